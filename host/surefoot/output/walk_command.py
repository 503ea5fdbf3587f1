# SPDX-License-Identifier: MIT
"""`surefoot walk FILE...`: contacts, strides and gait parameters of anybody's recording of a walk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import SurefootError
from ..unit_words import counted

NAME = "walk"
HELP = "contacts, strides and gait parameters of a walk, of our own or any other maker's recording"
DESCRIPTION = """\
Read recordings of walks and tell when each foot met the floor and left it, the strides and their parameters:
  .sfr            our own, as `surefoot log fetch` writes them
  OpenGo          Moticon's text export: insoles, and the sensors in them
  gaitpdb         PhysioNet's text of 19 columns: eight cells of each insole
  any other text  forces of insoles, sensors on the feet or one at the waist, by --columns with their units

  surefoot walk out/walks/f00d-00001.sfr --out out/walk1
  surefoot walk trial.csv --columns "left_force=FL[N],right_force=FR[N],time=t[s]" --json
  surefoot walk feet.csv --rate 204.8 --columns "left_acc_x=LAx[m/s2],...,left_gyr_z=LGz[deg/s],..."

Recordings of about an hour and longer are analysed in pieces, side by side, in memory that doesn't grow with their
length; document and tables are the same, written part by part.
What can't be told is left out, with its reason."""
HEADLINE = (
    "gait_walking_s", "gait_steps", "gait_distance_m", "gait_speed_mps", "gait_cadence_spm", "gait_stride_length_m",
    "gait_stride_time_s", "gait_stance_pct", "gait_double_support_pct", "gait_stride_time_cv_pct", "gait_asymmetry_pct",
    "gait_pci_pct",
)  # fmt: skip
ON_FOOT = "All of it is taken to be on foot, as was said: a ride or a wheelchair would have steps."
FILES = ("walk.json", "strides.csv", "contacts.csv", "strides.parquet", "bouts.parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE|DIR", help="recordings; each is a walk by itself")
    parser.add_argument(
        "--columns", metavar="MAP", help='which column is what, such as "left_force=FL[N],right_force=FR[N],time=t[s]"'
    )
    parser.add_argument("--rate", type=float, metavar="HZ", help="samples a second, where there are no times")
    parser.add_argument(
        "--calibration", type=Path, metavar="FILE", help="of .sfr: this record instead of the one in force"
    )
    parser.add_argument("--pair", metavar="ID", help="of .sfr: the pair of insoles that was worn")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    parser.add_argument(
        "--leg-mm", type=float, metavar="MM", help="hip to floor: makes step lengths of a sensor at the waist"
    )
    parser.add_argument(
        "--on-foot",
        action="store_true",
        help="all of it is walked, as in a clinic: a waist sensor's slow steps without a rhythm count too",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="processes for recordings of an hour and more (default: all cores)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"write {', '.join(FILES)} into this folder")


def run(args: argparse.Namespace) -> int:
    """Analyse each file; 1 if one of several could not be, with the others done. SurefootError if none could."""
    from ..clinic.walk_own import files_of
    from .result import versions_here
    from .walk_lists import json_parts
    from .walk_result import document

    _check_leg(args.leg_mm)
    _check_jobs(args.jobs)
    walks: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in files_of(args.file):
        try:
            walks.append(_walk(path, args))
        except SurefootError as error:
            problems.append(str(error) if str(path) in str(error) else f"{path}: {error}")
    if not walks:
        raise SurefootError(" ".join(problems))
    made = {"created_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "versions": versions_here()}
    result = document(walks, problems, made)
    if args.out:
        _write(result, args.out)
    if args.json:
        for part in json_parts(result):
            sys.stdout.write(part)
        print(flush=True)
    else:
        for walk in walks:
            show(walk)
        if len(walks) > 1:
            print(f"All {len(walks)}: {_all_words(result['summary'])}")
        if args.out:
            print(f"Written: {', '.join(str(args.out / name) for name in FILES)}")
    for problem in problems:
        print(f"surefoot: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _check_leg(leg_mm: float | None) -> None:
    from ..measures.gait.waist_speed import LEGS_M

    low, high = (1e3 * limit for limit in LEGS_M)
    if leg_mm is not None and not low <= leg_mm <= high:
        raise SurefootError(
            f"--leg-mm {leg_mm:g} is no leg: measure from the hip's bone to the floor, in mm ({low:g} to {high:g})."
        )


def _check_jobs(jobs: int | None) -> None:
    if jobs is not None and jobs < 1:
        raise SurefootError(f"--jobs {jobs} analyses nothing: give 1 or more.")


def _walk(path: Path, args: argparse.Namespace) -> dict[str, Any]:
    from ..clinic.walk_find import find
    from ..clinic.walk_long import stream_long
    from ..clinic.walk_long_sources import long_source
    from ..clinic.walk_own import read_walk
    from .walk_result import entry

    leg_m = None if args.leg_mm is None else args.leg_mm * 1e-3
    source = long_source(path, args.columns, args.rate, args.calibration, args.data, args.pair)
    if source is None:
        walk = read_walk(path, args.columns, args.rate, args.calibration, args.data, args.pair)
        walk = replace(walk, on_foot=args.on_foot)
        found = find(walk, leg_m)
    else:
        progress = _progress(path.name)
        walk, found = stream_long(source, leg_m, jobs=args.jobs, on_foot=args.on_foot, progress=progress)
    said = (ON_FOOT, *walk.warnings) if args.on_foot else walk.warnings
    return entry(path.name, replace(walk, warnings=said), found)


def _progress(name: str) -> Callable[[str, int, int], None]:
    """A line that is written over, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda what, done, total: None

    def show(what: str, done: int, total: int) -> None:
        end = "\r" + " " * (len(name) + 20) + "\r" if what == "analysing" and done >= total else ""
        print(f"\r{name}: {what:<9} {done / max(total, 1):4.0%}", end=end, file=sys.stderr, flush=True)

    return show


def _write(result: Mapping[str, Any], out: Path) -> None:
    from .result import made_folder, write_by
    from .walk_lists import json_parts
    from .walk_result import contacts_csv, strides_csv
    from .walk_tables import bouts_parquet, strides_parquet

    def put(name: str, parts: Iterable[str]) -> None:
        write_by(out / name, lambda file: [file.write(part.encode("utf-8")) for part in parts] and None)

    made_folder(out)
    walks = result["walks"]
    put(FILES[0], chain(json_parts(result, ascii_only=False), "\n"))
    put(FILES[1], strides_csv(walks))
    put(FILES[2], contacts_csv(walks))
    write_by(out / FILES[3], lambda file: strides_parquet(walks, file))
    write_by(out / FILES[4], lambda file: bouts_parquet(walks, file))


def show(walk: Mapping[str, Any]) -> None:
    """The walk in words."""
    from ..clinic import heart

    missing = f", {counted(walk['missing_rows'], 'row')} missing in {counted(walk['gaps'], 'gap')}"
    lost = missing if walk["missing_rows"] else ""
    print(f"{walk['file']} ({walk['maker']}): {walk['duration_s']:.1f} s at {walk['rate_hz']:g} Hz{lost}")
    named = [f"{key}={one['from']}" for key, one in walk["columns"].items() if one["guessed"]]
    if named:
        print(f"  told by their names: {','.join(named)}")
    for foot, one in walk["feet"].items():
        print(f"  {foot:<6}{_foot_words(one)}")
    for what, by in walk["by"].items():
        print(f"  {what} by {by}")
    for line in _parameter_words(walk):
        print(f"  {line}")
    if walk.get("heart"):
        print(f"  heart rate: {heart.words(walk['heart'])}")
    said = [reason for key, reason in walk["not_reported"].items() if "gait_" not in key]
    for note in (*said, *walk["notes"]):
        print(f"  note: {note}")


def _all_words(summary: Mapping[str, Any]) -> str:
    metres = summary["distance_m"]
    far = "" if metres is None else f", {metres:.0f} m of those whose length is known"
    done = f"{counted(summary['bouts'], 'bout')}, {counted(summary['steps'], 'step')}"
    return f"{summary['walking_s'] / 60:.1f} min walked in {done}{far}"


def _foot_words(foot: Mapping[str, Sequence[Any]] | None) -> str:
    if foot is None:
        return "was not measured"
    offs = sum(value is not None for value in foot["foot_off_s"])
    count, first, last = 0, None, None
    for at_s in foot["initial_contact_s"]:
        if at_s is not None:
            count, first, last = count + 1, at_s if first is None else first, at_s
    span = f", from {first:.2f} to {last:.2f} s" if last is not None else ""
    return f"{count:>4} contact{'' if count == 1 else 's'} and {counted(offs, 'foot-off')}{span}"


def _parameter_words(walk: Mapping[str, Any]) -> list[str]:
    """The main numbers, and for those that are missing each reason once."""
    from ..measures.gait.table import GAIT
    from .wording import unit_text

    told: list[str] = []
    missing: dict[str, list[str]] = {}
    for key in HEADLINE:
        row, entry = GAIT[key], walk["parameters"].get(key)
        if entry is None:
            missing.setdefault(walk["not_reported"][key], []).append(row.label[:1].lower() + row.label[1:])
            continue
        strides = f" ({counted(entry['strides'], 'stride')})" if entry["strides"] is not None else ""
        unit = unit_text(row.unit.translate({ord("{"): None, ord("}"): None}))
        told.append(f"{row.label:<46} {entry['value']:>9.{row.decimals}f} {unit}{strides}")
    return [*told, *(f"not told: {'; '.join(labels)}. {reason}" for reason, labels in missing.items())]
