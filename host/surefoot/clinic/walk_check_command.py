# SPDX-License-Identifier: MIT
"""`surefoot walk check`: the insoles beside a bathroom scale, and whether either leg may bear full weight."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MeasureError, SurefootError

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..device.link import Link
    from .walk_values import ScaleCheck, Walker

NAME = "walk check"
HELP = "the insoles beside a bathroom scale; who may bear weight"
DESCRIPTION = """\
Stand still on both feet for ten seconds, shoes and device on, as the person stood on a bathroom scale just before: the
force of both insoles is compared with the scale and kept in the person's file. A cued walk needs such a check within a
day. Each walk weighs the person as well, where it opens and closes with some seconds of standing still: the board's
light asks for it at the begin only, so ask for it at the end. --weight-bearing keeps what a clinician has said of
either leg; nothing said counts as not asked.
"""
SIDES = ("left", "right")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument("--scale-kg", type=float, metavar="KG", help="what the scale showed, shoes and device on")
    parser.add_argument(
        "--weight-bearing",
        metavar="SIDE=ANSWER,...",
        help="left=full,right=restricted: full, restricted or 'not asked' of either leg",
    )
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--pair", metavar="ID", help="the pair of insoles in the shoes, by the name on its label")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder (default: SUREFOOT_DATA, ~/surefoot)")


def answers(text: str) -> dict[str, str]:
    """Fields of a Walker by the words of --weight-bearing. Raises MeasureError."""
    from .walk_values import WEIGHT_BEARING

    found = {}
    for part in text.split(","):
        side, _, answer = part.strip().partition("=")
        if side not in SIDES or answer not in WEIGHT_BEARING or f"weight_bearing_{side}" in found:
            raise MeasureError(
                f"'{part.strip()}' is no answer: write left=ANSWER,right=ANSWER with {', '.join(WEIGHT_BEARING)}."
            )
        found[f"weight_bearing_{side}"] = answer
    return found


def run(args: argparse.Namespace) -> int:
    """0 where all that was asked is kept and the insoles agree with the scale, 1 where they don't."""
    from ..calibration_store import data_folder
    from ..device.link import open_link
    from ..device.ports import choose_port
    from . import walk_scale, walks_folder

    if args.scale_kg is None and args.weight_bearing is None:
        raise MeasureError("Give --scale-kg, --weight-bearing, or both: nothing was asked.")
    data = data_folder(args.data)
    walker = walks_folder.walker_of(data, args.person)
    if args.weight_bearing is not None:
        walker = replace(walker, **answers(args.weight_bearing))
    weighs_n = None if args.scale_kg is None else walk_scale.scale_n(args.scale_kg)
    if args.weight_bearing is not None:  # what was said is kept, whatever the insoles show
        walks_folder.keep_walker(data, walker)
        _say(args, f"Weight-bearing: left {walker.weight_bearing_left}, right {walker.weight_bearing_right}.")
    good = True
    if weighs_n is not None:
        with open_link(choose_port(args.port)) as link:
            walker, good = check(link, walker, weighs_n, data, args.pair, lambda text: _say(args, text))
        walks_folder.keep_walker(data, walker)
    if args.json:
        print(json.dumps(document(walker, good)))
    return 0 if good else 1


def check(
    link: Link, walker: Walker, weighs_n: float, data: Path, pair: str | None, say: Callable[[str], Any]
) -> tuple[Walker, bool]:
    """Weigh a quiet standing; the walker with the check, and whether it will do. One that is too far off is kept as
    well: it counts, being the newest. Raises SurefootError for what is no quiet standing."""
    from ..calibration_law import loads
    from ..care.cueing import OFF_SHARE
    from . import walk_scale
    from .run_values import now_utc
    from .walk_values import ScaleCheck

    device = str((link.config or {}).get("id", ""))
    record = _record(device, data, walker.person, now_utc(), pair)
    say("Stand still on both feet and hold nothing, for ten seconds.")
    cells, rate_hz = read_cells(link, walk_scale.STAND_S)
    stood = walk_scale.weigh(loads(cells, record).foot_force_n, rate_hz)
    say(walk_scale.words(stood, weighs_n))
    made = ScaleCheck(now_utc(), device, round(weighs_n, 1), round(stood.insole_n, 1))
    return replace(walker, checks=(*walker.checks, made)), abs(made.insole_n / made.scale_n - 1) <= OFF_SHARE


def _record(device: str, data: Path, person: str, utc: str, pair: str | None) -> Any:
    from .. import calibration_store
    from . import in_force

    found = in_force.from_shelf(calibration_store.shelf(data), device, person, utc, pair)
    if found.record is None or found.record.nominal:
        raise SurefootError(
            f"There is no calibration record of board {device}, so its insoles know no newtons: calibrate them first"
            " (`surefoot calibrate insole`), then check again."
        )
    return found.record


def read_cells(link: Link, seconds: float) -> tuple[npt.NDArray[Any], float]:
    """Counts [n,16] of the next seconds, and their rate. Raises SurefootError."""
    from ..decode import decode

    heard = bytearray()
    before = link.sink
    link.sink = heard.extend
    try:
        link.start(100)
        until_s = link.timing.now_s() + seconds
        while (left_s := until_s - link.timing.now_s()) > 0:
            link.poll(min(left_s, 0.2))
        link.stop()
    finally:
        link.sink = before
    samples = decode(bytes(heard)).samples["cells"]
    return samples.counts, samples.rate_hz


def document(walker: Walker, good: bool) -> dict[str, Any]:
    """For machines."""
    last: ScaleCheck | None = walker.checks[-1] if walker.checks else None
    return {
        "kind": "surefoot-walk-check",
        "person": walker.person,
        "weight_bearing": {side: getattr(walker, f"weight_bearing_{side}") for side in SIDES},
        "last_check": None if last is None else vars(last) | {"share": last.insole_n / last.scale_n},
        "good": good,
    }


def _say(args: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)
