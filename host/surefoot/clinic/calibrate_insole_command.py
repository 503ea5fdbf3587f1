# SPDX-License-Identifier: MIT
"""`surefoot calibrate insole`: the insoles, by how far it is to go: level 0 says what is assumed, 1 leans, 2 cells."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CalibrationError
from . import calibrate_cells_command

if TYPE_CHECKING:
    from .insole_record import Found

HELP = "the insoles: body weight and leans over a rod (level 1), or weights on single cells (--level 2)"
DESCRIPTION = """\
Level 0 is no calibration: the nominal numbers, whose forces are newtons of nobody. Level 1 (the default) takes a chair,
a bathroom scale, a plank and a rod, and a quarter of an hour: feet lifted, body weight on one foot and on both, then
leans that balance the plank over three marks forward and three sideways for each foot. Found are the cells' exponent,
each foot's force, and gain and offset of its centre of pressure, with their error. Swapped, dead and stuck cells are
named.

--supported: for somebody who can't stand on one leg: hands on a rail, a scale under each foot, three shifts of weight.
Body weight is never used then. --healthy: somebody of that shoe size stands in; the person who will wear the insoles
then adds only their own leans: --wearer CODE.

"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", type=int, choices=(0, 1, 2), default=1, help="default: %(default)s")
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA)")
    parser.add_argument("--pair", metavar="NAME", help="which pair of insoles")
    parser.add_argument("--who", metavar="CODE", help="a code of whoever calibrates, never a name")
    parser.add_argument("--body-weight-kg", type=float, metavar="KG", help="asked for without it")
    parser.add_argument(
        "--from", dest="source", type=Path, nargs="+", metavar="FILE.sfr", help="repeat the fit of recordings"
    )
    how = parser.add_argument_group("level 1: who stands on them")
    one = how.add_mutually_exclusive_group()
    one.add_argument("--person", metavar="CODE", help="who will wear them, and does all of it")
    one.add_argument("--healthy", action="store_true", help="somebody of that shoe size, in the wearer's place")
    one.add_argument("--wearer", metavar="CODE", help="who will wear them: their leans alone, on a record there is")
    how.add_argument("--supported", action="store_true", help="hands on a rail, a scale under each foot")
    long = how.add_mutually_exclusive_group()
    long.add_argument("--size", type=float, metavar="EU", help="size of the insole, where no record tells it")
    long.add_argument("--length", type=float, metavar="MM", help="the same by its length")
    calibrate_cells_command.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """0 where a record was made."""
    if args.level == 2:
        return calibrate_cells_command.run(args)
    return _nominal(args) if args.level == 0 else _leans(args)


def _say(args: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)


def _nominal(args: argparse.Namespace) -> int:
    _say(
        args,
        "Level 0: nothing is measured and no record is made. Without a record, Surefoot takes the nominal numbers: no"
        " newtons, and a centre of pressure that may be off by tens of per cent sideways. Level 1 mends it.",
    )
    if args.json:
        print(json.dumps({"format": 1, "kind": "surefoot-calibrate-insole", "level": 0, "record": None}))
    return 0


def _leans(args: argparse.Namespace) -> int:
    from .session import check_person

    who = check_person(args.who) if args.who else None
    for code in (args.person, args.wearer):
        if code is not None:
            check_person(code)
    if args.wearer and args.supported:
        raise CalibrationError("--wearer is leans over a rod, which a rail may go with: leave --supported out.")
    if args.source:
        if len(args.source) > 1:
            raise CalibrationError("Level 1 is one recording: give one.")
        path = args.source[0]
    else:
        path = _session(args)
    return _fit(args, path, who)


def _session(args: argparse.Namespace) -> Path:
    """The evidence recording of a session with a board."""
    from .. import __version__, calibration_store, cells
    from ..device.link import open_link
    from ..device.ports import choose_port
    from ..device.virtual import VIRTUAL_ID
    from . import calibrate_insole, insole_record
    from .guide import guided
    from .insole_steps import FREE, SUPPORTED, WEARER
    from .keyboard import Keyboard

    keys = Keyboard(sys.stderr if args.json else sys.stdout)
    data = calibration_store.data_folder(args.data)
    records = calibration_store.records(data)
    kg = args.body_weight_kg
    if kg is not None and (doubt := calibrate_insole.weight_doubt(kg)):
        raise CalibrationError(doubt)
    form = WEARER if args.wearer else SUPPORTED if args.supported else FREE
    with open_link(choose_port(args.port)) as link:
        for note in link.notes:
            keys.tell(note)
        device = str((link.config or {}).get("id", ""))
        now = datetime.now(UTC)
        utc = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        length = args.length if args.size is None else cells.size_length_mm(args.size)
        wearer = None if form == WEARER else args.person
        base = insole_record.base_of(records, device, utc, args.pair, wearer, length)
        if form == WEARER and base.nominal:
            raise CalibrationError(insole_record.NO_FORCES)
        head = {
            "evidence": insole_record.EVIDENCE,
            "pair": args.pair,
            "wearer": args.wearer or args.person,
            insole_record.HEALTHY: args.healthy,
            "created_utc": utc,
            "software": __version__,
            "simulated": device.startswith(VIRTUAL_ID),
        }
        path = calibration_store.evidence_folder(data) / f"insole-{device}-{now:%Y%m%dT%H%M%SZ}.sfr"
        with guided(link, path, head, keys.tell, keys.ask, keys.show) as guide:
            calibrate_insole.run(guide, form, base, kg)
    return path


def _fit(args: argparse.Namespace, path: Path, who: str | None) -> int:
    from .. import calibration, calibration_store
    from . import insole_record

    data = calibration_store.data_folder(args.data)
    shelf = calibration_store.shelf(data)
    for problem in shelf.problems:
        _say(args, f"Not used: {problem}")
    found = insole_record.record_of(insole_record.session_of(path), shelf.records, who)
    saved = args.saved = calibration_store.save(found.record, data)
    for line in table(found):
        _say(args, line)
    made = found.record.made_insole
    assert made
    _say(args, f"Evidence: {path}")
    _say(args, f"New record {found.record.id} ({made.method}): {saved}")
    if args.json:
        document = {
            "format": 1,
            "kind": "surefoot-calibrate-insole",
            "level": made.level,
            "record": found.record.id,
            "file": str(saved),
            "evidence": str(path),
            "notes": list(found.notes),
            "insole": {
                key: calibration.to_dict(found.record)[key] for key in ("foot_gain", "cop_map", "zero_count", "wearer")
            },
            "residuals": dict(made.residuals),
            "error": dict(made.error),
            "expires_utc": made.expires_utc,
        }
        print(json.dumps(document))
    return 0


def table(found: Found) -> list[str]:
    """What was found as lines, with its error, and what is open."""
    from ..calibration import SIDES

    record, made = found.record, found.record.made_insole
    assert made
    error: dict[str, Any] = dict(made.error)
    lines = ["foot   force gain   CoP gain ml, ap    offset [mm] ml, ap   95 % of force   of CoP [mm] ml, ap"]
    for f, side in enumerate(SIDES):
        gains = ", ".join(f"{value:.2f}" for value in record.cop_gain[f])
        offsets = ", ".join(f"{value:+.1f}" for value in record.cop_offset_mm[f])
        force = error.get("force_share_bw", {})
        share = f"{force[side]:.1%} BW" if isinstance(force, dict) and side in force else "-"
        places = error.get("cop_mm", {}).get(side)
        within = ", ".join("-" if value is None else f"{value:.1f}" for value in places) if places else "-"
        lines.append(f"{side:<5}  {record.foot_gain[f]:>10.2f}   {gains:<16}   {offsets:<18}   {share:<13}   {within}")
    lines += [f"Open: {text}." for text in made.residuals["not_fitted"]]
    if pairs := made.residuals["swaps_not_told"]:
        lines.append(f"Swapped, these could not be told: {', '.join(pairs)}. Level 2 presses each cell and tells.")
    lines += [f"Note: {text}" for text in found.notes]
    lines.append(f"Holds until {str(made.expires_utc)[:10]} ({made.residuals['expires_because']}).")
    return lines
