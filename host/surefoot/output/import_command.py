# SPDX-License-Identifier: MIT
"""`surefoot score FILE...`: measures of other instruments' files on the screen, as JSON and as a table."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..clinic import import_options
from ..clinic.import_file import read_file, score
from ..clinic.session import check_person
from ..errors import SurefootError
from ..measures import MEASURES
from .result import made_folder, plain_result, versions_here, write_result, write_whole
from .wording import number_text, unit_text

KIND = "surefoot-measures"
HEADLINE = {
    "cop": ("cop_velocity_mmps", "cop_area_95_mm2", "cop_mean_frequency_hz", "cop_rdist_ml_mm", "cop_rdist_ap_mm"),
    "imu": ("trunk_rms_ms2", "trunk_jerk_m2ps5", "trunk_sway_range_deg"),
}


def run(args: argparse.Namespace) -> int:
    """Score each file; 1 if one of several could not be, with the others done. SurefootError if none could."""
    if args.person is not None:
        check_person(args.person)
    trials: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in args.dir:
        try:
            trials.append(_trial(path, args))
        except SurefootError as error:
            if len(args.dir) == 1:
                raise
            problems.append(str(error) if str(path) in str(error) else f"{path}: {error}")
    if not trials:
        raise SurefootError(" ".join(problems))
    result = {
        "kind": KIND,
        "person": args.person,
        "created_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "trials": trials,
        "problems": problems,
        "versions": versions_here(),
    }
    if args.out:
        _write(result, args.out)
    if args.json:
        print(json.dumps(plain_result(result)))
    else:
        _show(trials)
        if args.out:
            print(f"Written: {args.out / 'measures.json'} and measures.csv, with every measure")
    for problem in problems:
        print(f"surefoot: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _trial(path: Path, args: argparse.Namespace) -> dict[str, Any]:
    recording = read_file(path, args.columns, kind=args.kind, rate_hz=args.rate, az0_mm=args.az0_mm, amti=args.amti)
    found, missing = score(recording, import_options.processing(args, recording.kind))
    return {
        "file": path.name,
        "signal": recording.kind,
        **recording.facts,
        "warnings": list(recording.warnings),
        "measures": found,
        "not_reported": missing,
    }


def _write(result: Mapping[str, Any], out: Path) -> None:
    made_folder(out)
    write_result(result, out / "measures.json")
    write_whole(out / "measures.csv", _table(result["trials"]).encode("utf-8"))


def _table(trials: Sequence[Mapping[str, Any]]) -> str:
    """One row a measure and file: long, so that trials of different kinds stand in one table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file", "measure", "value", "unit", "fingerprint", "lost_share", "not_reported"))
    for trial in trials:
        for key, entry in trial["measures"].items():
            writer.writerow((trial["file"], key, repr(float(entry["value"])), *_made(entry), ""))
        for key, reason in trial["not_reported"].items():
            writer.writerow((trial["file"], key, "", MEASURES[key].unit, "", "", reason))
    return text.getvalue()


def _made(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["unit"], entry["fingerprint"], repr(float(entry["lost_share"]))


def _show(trials: Sequence[Mapping[str, Any]]) -> None:
    for trial in trials:
        lost = f", {trial['missing_rows']} rows missing in {trial['gaps']} gaps" if trial["missing_rows"] else ""
        print(f"{trial['file']}: {trial['duration_s']:.1f} s at {trial['rate_hz']:g} Hz{lost}")
        sources = trial["columns"].items()
        guessed = [f"{role}={one['from']}" for role, one in sources if one["guessed"]]
        said = [f"{role}={one['from']}" for role, one in sources if not one["guessed"]]
        for word, mapped in (("columns", said), ("guessed from the headings", guessed)):
            if mapped:
                print(f"  {word}: {','.join(mapped)}")
        empty = [f"{count} in {name}" for name, count in trial["empty_cells"].items()]
        if empty:
            print(f"  empty cells, counted as lost: {', '.join(empty)}")
        for key in HEADLINE[trial["signal"]]:
            entry, row = trial["measures"].get(key), MEASURES[key]
            if entry:
                print(f"  {row.label:<48} {number_text(key, entry['value']):>9} {unit_text(row.unit)}")
        made = next((entry["fingerprint"] for entry in trial["measures"].values()), None)
        print(f"  {len(trial['measures'])} measures, made by {made}")
        for warning in trial["warnings"]:
            print(f"  note: {warning}")
