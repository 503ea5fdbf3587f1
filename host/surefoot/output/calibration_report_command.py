# SPDX-License-Identifier: MIT
"""`surefoot calibration report`: one record as a page with pictures; and the page after a guided session."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from surefoot import calibration_store
from surefoot.calibration import Calibration
from surefoot.clinic.session import now_utc
from surefoot.errors import CalibrationError, SurefootError

SUFFIXES = (".html", ".htm")


def run(args: argparse.Namespace) -> int:
    """Write the page of the record that `args.id` names."""
    data = calibration_store.data_folder(args.data)
    record = calibration_store.find(data, args.id)
    path = write_page(record, data, args.out)
    print(json.dumps({"record": record.id, "report": str(path)}) if args.json else f"Page: {path}")
    return 0


def after_session(args: argparse.Namespace) -> None:
    """The page of the record that a guided session has just saved, `args.saved`; where it fails, the record stays."""
    saved: Path | None = getattr(args, "saved", None)
    if saved is None:
        return
    data = calibration_store.data_folder(args.data)
    try:
        text = f"Page: {write_page(calibration_store.find(data, str(saved)), data)}"
    except SurefootError as error:
        text = f"surefoot: The record was made, its page wasn't. {error}"
    print(text, file=sys.stderr if args.json or text.startswith("surefoot") else sys.stdout)


def write_page(record: Calibration, data: Path, out: Path | None = None) -> Path:
    """The page of a record with what evidence the data folder has, by default beside the clinic's records."""
    from .calibration_recordings import evidence_of
    from .calibration_report import write_calibration_report

    path = out or calibration_store.calibration_folder(data) / f"{record.id}.html"
    if path.suffix.lower() not in SUFFIXES:
        raise CalibrationError(f"{path} is no name of a page: let it end in .html.")
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {one.id: one for one in calibration_store.records(data)}
    history: list[Calibration] = []
    while (last := (history or [record])[-1].supersedes) in known:
        history.append(known.pop(str(last)))
    evidence = evidence_of(record, calibration_store.evidence_folder(data))
    write_calibration_report(record, path, evidence, history, now_utc())
    return path
