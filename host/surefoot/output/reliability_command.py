# SPDX-License-Identifier: MIT
"""The command `reliability`: how far repeats agree, by test, condition and population."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surefoot.errors import MeasureError, SurefootError

if TYPE_CHECKING:
    from .repeats import Group

NAME = "reliability"
HELP = "how far repeats of a test agree: ICC, SEM, MDC95, Bland-Altman"
DESCRIPTION = """\
Compare repeats, of the sessions below a folder or in a table with one row per repeat, with nothing changed between
them: ICC, standard error of measurement, smallest detectable change and limits of agreement, each with its 95 %
interval and the number of people. Trials of one session and sessions of different days are told apart.

  surefoot reliability out/clinic --people people.csv --out out/reliability
  surefoot reliability out/clinic --keep
  surefoot reliability table.csv --person Subject --measure COPvelo --by Surface --by Vision"""
FORMAT, KIND = 1, "surefoot-reliability"
FILES = ("reliability.csv", "reliability.json")
TABLES = (".csv", ".tsv", ".txt")
NO_SESSIONS = "Nobody has two sessions that compare."


class _ReliabilityError(SurefootError):
    """The command was called with what doesn't fit together."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FOLDER|FILE.csv", help="sessions, or a table")
    parser.add_argument(
        "--measure", action="append", default=[], metavar="NAME",
        help="a key of the measures table, or a column; once for each (default: each test's primary measure)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR", help="write reliability.csv and reliability.json there")
    parser.add_argument(
        "--people", type=Path, metavar="FILE", help="of a folder: a CSV with the columns person and population"
    )
    parser.add_argument(
        "--keep", action="store_true",
        help="of a folder: keep how far sessions of different days differ as this clinic's own error, which changes are"
        " held against from then on",
    )  # fmt: skip
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    table = parser.add_argument_group("columns of a table")
    table.add_argument("--person", metavar="COLUMN", help="whose number it is")
    table.add_argument(
        "--by", action="append", default=[], metavar="COLUMN", help="condition, population: once for each"
    )
    table.add_argument("--repeat", metavar="COLUMN", help="which repeat it is (default: the order of the rows)")


def run(args: argparse.Namespace) -> int:
    """0 where there was at least one number, else 1."""
    groups, problems = _groups(args)
    rows = [row for group in groups for row in rows_of(group)]
    kept, unkept = _keep(args, groups) if args.keep else ([], [])
    document = {"format": FORMAT, "kind": KIND, "rows": rows, "problems": problems}
    written = _write(document, args.out) if args.out else []
    if args.json:
        print(json.dumps(document))
    else:
        for line in lines(rows):
            print(line)
        for problem in problems:
            print(f"Left out: {problem}")
        for line in (*kept, *unkept):
            print(line)
        for path in written:
            print(f"Written: {path}")
    if args.keep and not kept:
        raise _ReliabilityError(f"Nothing was kept. {' '.join(unkept) or NO_SESSIONS}")
    return 0 if any("icc" in row for row in rows) else 1


def _groups(args: argparse.Namespace) -> tuple[list[Group], list[str]]:
    from .repeats import Columns, from_folder, from_table, populations

    if args.keep and args.path.suffix.lower() in TABLES:
        raise _ReliabilityError("--keep is for a folder of sessions: a table doesn't say on which days they were.")
    of_table = [f"--{name}" for name in ("person", "by", "repeat") if getattr(args, name)]
    if args.path.suffix.lower() in TABLES:
        if not args.person or not args.measure:
            raise _ReliabilityError("A table needs --person and --measure: name the columns of people and of numbers.")
        if args.people:
            raise _ReliabilityError("--people is for a folder of sessions: name the table's own column by --by.")
        return from_table(args.path, Columns(args.person, tuple(args.measure), tuple(args.by), args.repeat)), []
    if of_table:
        raise _ReliabilityError(
            f"{', '.join(of_table)} name columns of a table, and {args.path} is none: leave them out."
        )
    from surefoot.measures import MEASURES

    unknown = [key for key in args.measure if key not in MEASURES]
    if unknown:
        raise _ReliabilityError(f"There is no measure '{unknown[0]}': take a key of a result, as cop_velocity_mmps.")
    return from_folder(args.path, args.measure, populations(args.people) if args.people else None)


def _keep(args: argparse.Namespace, groups: Sequence[Group]) -> tuple[list[str], list[str]]:
    """Keep the clinic's own error; sentences of what was kept, and of what wasn't."""
    from surefoot.calibration_store import data_folder
    from surefoot.clinic import clinic_errors
    from surefoot.clinic.run_values import now_utc

    from .repeats import tables

    errors, kept, unkept = [], [], []
    for group in groups:
        if group.interval != "between-sessions":
            continue
        labels = dict(group.labels)
        of = f"{group.measure}, {', '.join(labels.values())}"
        plain, geometric = tables(group)
        made = clinic_errors.Repeats(
            labels["protocol"].rpartition(" ")[0],
            labels["condition"],
            group.measure,
            group.unit,
            labels["population"],
            labels["made"],
            group.trials,
            tuple(map(tuple, geometric if clinic_errors.in_logarithms(group.measure) else plain)),
            labels["population"].endswith(" (simulated)"),
        )
        try:
            if not group.other_days:
                raise MeasureError("Some of the sessions are of one day, and a change is one between days.")
            errors.append(clinic_errors.error_row(made))
        except MeasureError as error:
            unkept.append(f"Not kept: {of}: {error}")
            continue
        kept.append(f"Kept as this clinic's own error: {of}.")
    if errors:
        kept.append(f"Kept in {clinic_errors.keep(errors, data_folder(args.data), now_utc())}")
    return kept, unkept


def rows_of(group: Group) -> list[dict[str, Any]]:
    """Two plain rows of a group, of the numbers as they are and of their logarithms; one that can't has a `reason`."""
    import numpy as np

    from surefoot.measures.reliability import reliability

    from .repeats import tables

    made: list[dict[str, Any]] = []
    for log, table in zip((False, True), tables(group), strict=True):
        row: dict[str, Any] = {
            "labels": dict(group.labels),
            "measure": group.measure,
            "unit": group.unit,
            "interval": group.interval,
            "trials": group.trials,
            "scale": "log" if log else "raw",
            "notes": list(group.notes),
        }
        try:
            found = asdict(reliability(np.array(table), log))
        except MeasureError as error:
            made.append(row | {"reason": str(error)})
            continue
        found["left_out"] += group.left_out
        found["notes"] = row["notes"] + list(found["notes"])
        del found["log"]
        row |= found
        if log:
            row["mdc95_percent"] = reliability(np.array(table), log).mdc95_percent
        made.append(_finite(row))
    return made


def _finite(value: Any) -> Any:
    """Plain JSON: a bound that is infinite has no number."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and abs(value) == float("inf") else value


def lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The table as people read it: a line for each group, numbers as they are beside those in logarithms."""
    out: list[str] = []
    for raw, log in zip(rows[::2], rows[1::2], strict=True):
        labels = ", ".join(value for value in raw["labels"].values()) or "all"
        of = f", each the mean of {raw['trials']} trials" if raw["trials"] > 1 else ""
        out.append(f"{raw['measure']}: {labels} ({raw['interval'].replace('-', ' ')}{of})")
        if "reason" in raw:
            out.append(f"    {raw['reason']}")
            continue
        left = f", {raw['left_out']} left out" if raw["left_out"] else ""
        out.append(
            f"    n {raw['n']}, {raw['k']} repeats{left}; ICC(2,1) {_span(raw['icc']['2,1'])},"
            f" (3,1) {_span(raw['icc']['3,1'])}, (2,k) {_span(raw['icc']['2,k'])}"
        )
        unit = f" {raw['unit']}" if raw["unit"] not in ("", "1") else ""
        agreement = raw["first_last"]
        out.append(
            f"    SEM {raw['sem']['value']:.4g}{unit}, MDC95 {raw['mdc95']['value']:.4g}{unit}; last - first"
            f" {agreement['bias']['value']:+.3g}, limits {agreement['lower']['value']:+.3g} to"
            f" {agreement['upper']['value']:+.3g}{unit}"
        )
        if "reason" not in log:
            out.append(
                f"    in logarithms: ICC(2,1) {_span(log['icc']['2,1'])}, (3,1) {_span(log['icc']['3,1'])},"
                f" SEM {log['sem']['value']:.4f}, MDC95 {log['mdc95_percent']:.0f} %"
            )
        out += [f"    {note}" for note in raw["notes"]]
    out.append("Two results of one person that differ by less than MDC95 may differ by measurement error alone.")
    return out


def _span(interval: dict[str, Any]) -> str:
    return f"{interval['value']:.2f} [{_two(interval['low'])}, {_two(interval['high'])}]"


def _two(bound: float | None) -> str:
    return "-" if bound is None else f"{bound:.2f}"


def _write(document: dict[str, Any], folder: Path) -> list[Path]:
    from .result import write_whole

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _ReliabilityError(f"{folder} can't be made ({error.strerror or error}): name another by --out.") from None
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    paths = [folder / name for name in FILES]
    for path, content in zip(paths, (_as_csv(document["rows"]), text), strict=True):
        write_whole(path, content.encode("utf-8"))
    return paths


def _as_csv(rows: Sequence[dict[str, Any]]) -> str:
    flat = [_flat(row) for row in rows]
    headings = list(dict.fromkeys(name for row in flat for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """One level of names: icc_2_1_low, first_last_bias_value, by_<label>, ...; lists are joined."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        name = prefix + key.replace(",", "_")
        if isinstance(value, dict):
            out |= _flat(value, "by_" if key == "labels" else f"{name}_")
        elif isinstance(value, list):
            out[name] = " ".join(str(item) for item in value)
        else:
            out[name] = value
    return out
