# SPDX-License-Identifier: MIT
"""`surefoot calibration verify`: two minutes that say whether a board is still as its record says."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CalibrationError

if TYPE_CHECKING:
    from ..calibration import Calibration
    from .verify import Verdict

HELP = "two minutes on a board: is it still as its record says?"
DESCRIPTION = """\
Feet lifted, standing and shifting with body weight, one lean over a rod for each foot, and the board on two faces. Each
is held against the record's own error: "fit" (exit code 0) or "drifted" (1), with the numbers. The recording and what
it said stay in the data folder's evidence. --no-plank and --no-faces leave out what is not at hand, and say so.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--pair", metavar="NAME", help="which pair of insoles")
    parser.add_argument("--wearer", metavar="CODE", help="whose record, where the pair has one for them")
    parser.add_argument("--body-weight-kg", type=float, metavar="KG", help="asked for without it")
    parser.add_argument("--supported", action="store_true", help="hands on a rail, a scale under each foot")
    parser.add_argument("--no-plank", action="store_true", help="leave the centre of pressure unchecked")
    parser.add_argument("--no-faces", action="store_true", help="leave the motion sensor unchecked")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE.sfr", help="judge a recording again")


def run(args: argparse.Namespace) -> int:
    """0 where it is fit, 1 where it has drifted."""
    from .. import calibration_store
    from . import verify

    data = calibration_store.data_folder(args.data)
    shelf = calibration_store.shelf(data)
    for problem in shelf.problems:
        _say(args, f"Not used: {problem}")
    if args.source:
        from ..recording import read

        decoded = read(args.source)
        utc = str(decoded.head.get("created_utc", ""))
        record = _in_force(args, shelf.records, str(decoded.config.get("id", "")), utc)
        path = args.source
    else:
        path, record = _session(args, data, shelf.records)
    verdict = verify.verdict_of(path, record)
    document = as_json(verdict, path)
    kept = None if args.source else _log(path, document)
    for line in table(verdict):
        _say(args, line)
    if kept:
        _say(args, f"Kept: {path}, {kept}")
    if args.json:
        print(json.dumps(document))
    return 1 if verdict.drifted else 0


def _say(args: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)


def _in_force(args: argparse.Namespace, records: Any, device: str, utc: str) -> Calibration:
    from .. import calibration

    record = calibration.choose(records, device, utc, args.pair, args.wearer)
    if record is None or record.nominal:
        raise CalibrationError(
            f"There is no calibration record of the insoles on board {device} to verify them by: calibrate them first."
        )
    return record


def _session(args: argparse.Namespace, data: Path, records: Any) -> tuple[Path, Calibration]:
    """The recording of a short session, and the record in force."""
    from .. import __version__, calibration_store
    from ..device.link import open_link
    from ..device.ports import choose_port
    from ..device.virtual import VIRTUAL_ID
    from . import calibrate_insole, verify
    from .guide import guided
    from .keyboard import Keyboard

    keys = Keyboard(sys.stderr if args.json else sys.stdout)
    kg = args.body_weight_kg
    if kg is not None and (doubt := calibrate_insole.weight_doubt(kg)):
        raise CalibrationError(doubt)
    with open_link(choose_port(args.port)) as link:
        for note in link.notes:
            keys.tell(note)
        device = str((link.config or {}).get("id", ""))
        now = datetime.now(UTC)
        utc = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        record = _in_force(args, records, device, utc)
        head = {
            "evidence": verify.EVIDENCE,
            "pair": args.pair,
            "wearer": args.wearer,
            "created_utc": utc,
            "software": __version__,
            "simulated": device.startswith(VIRTUAL_ID),
        }
        path = calibration_store.evidence_folder(data) / f"verify-{device}-{now:%Y%m%dT%H%M%SZ}.sfr"
        with guided(link, path, head, keys.tell, keys.ask, keys.show) as guide:
            verify.look(
                guide,
                record,
                kg,
                supported=args.supported,
                plank=not args.no_plank,
                faces=not args.no_faces,
            )
    return path, record


def as_json(verdict: Verdict, path: Path) -> dict[str, Any]:
    """The verdict as it is kept beside its recording."""
    return {
        "format": 1,
        "kind": "surefoot-verify",
        "record": verdict.record,
        "evidence": str(path),
        "evidence_sha256": verdict.evidence_sha256,
        "verdict": "drifted" if verdict.drifted else "fit",
        "faults": list(verdict.faults),
        "checks": [
            {"check": c.key, "label": c.label, "off": c.value, "unit": c.unit, "limit": c.limit, "good": c.good}
            for c in verdict.checks
        ],
    }


def _log(path: Path, document: dict[str, Any]) -> Path:
    from ..calibration import write_new

    kept = path.with_suffix(".json")
    write_new(kept, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return kept


def table(verdict: Verdict) -> list[str]:
    """The checks as lines; what to do stands below what is above its limit."""
    lines: list[str] = []
    width = max((len(check.label) for check in verdict.checks), default=0)
    for check in verdict.checks:
        word = "-" if check.limit is None else "ok" if check.good else "DRIFT"
        limit = "not calibrated, so not judged" if check.limit is None else f"limit {check.limit:.3g}"
        lines.append(f"{word:<6} {check.label:<{width}}  off by {check.value:.3g} {check.unit} ({limit})")
        if not check.good:
            lines.append(f"{'':<6} -> {check.advice}")
    lines += [f"FAULT  {text}" for text in verdict.faults]
    for part, label in (("cop", "The centre of pressure"), ("gravity", "The motion sensor")):
        if not verdict.faults and not any(check.key.startswith(part) for check in verdict.checks):
            lines.append(f"{label} was not looked at.")
    lines.append(f"{'Drifted' if verdict.drifted else 'Fit'}, by record {verdict.record}.")
    return lines
