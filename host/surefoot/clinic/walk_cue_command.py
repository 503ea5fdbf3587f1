# SPDX-License-Identifier: MIT
"""`surefoot walk cue`: a walk to the board's metronome, for symmetry training, where the rules allow it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandInvalid, Refused, SurefootError

if TYPE_CHECKING:
    from ..device.link import Link
    from .walk_values import Walker

NAME = "walk cue"
HELP = "a walk to the board's metronome, for symmetry training"
DESCRIPTION = """\
The board's buzzer or motor gives a pulse at each step. For symmetry training only: it is refused where weight-bearing
is restricted or nobody has asked, and without a scale check of this board within 24 h (`surefoot walk check`). With
--feedback it sounds only while the stance times of the last strides differ by more than that share. --log walks without
a cable. Either way the walk is kept, marked as cued; the next `surefoot walk sync` analyses it. A restart of the board
ends the cue. Each walk opens and closes with some seconds of standing still, which weigh the person on the insoles.
"""
MOST_MIN = 24 * 60
STAND = "stand still for a few seconds, walk, and stand still again before it ends."
_BEGUN_S = 2.0  # in which the board tells that a cue found no memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument("--cadence", type=float, metavar="N", help="steps a minute, 40 to 140")
    parser.add_argument("--feedback", type=float, metavar="PCT", help="sound only beyond that asymmetry, 5 to 60 %%")
    parser.add_argument("--sides", action="store_true", help="another tone, or a longer pulse, for the right foot")
    parser.add_argument("--minutes", type=float, default=5.0, metavar="N", help="default: %(default)s; --log: room for")
    parser.add_argument("--log", action="store_true", help="into the board's log, without a cable; the button ends it")
    parser.add_argument("--off", action="store_true", help="end a cued walk")
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder (default: SUREFOOT_DATA, ~/surefoot)")


def run(args: argparse.Namespace) -> int:
    from ..calibration_store import data_folder
    from ..device.link import open_link
    from ..device.ports import choose_port
    from . import assess_gate, walks_folder
    from .walk_cue import CueRefused

    def say(text: str) -> None:
        print(text, file=sys.stderr if args.json else sys.stdout, flush=True)

    if args.off:
        with open_link(choose_port(args.port)) as link:
            answer = off(link, say)
    else:
        if args.person is None or args.cadence is None:
            raise CommandInvalid("Give --person and --cadence, or --off to end a cued walk.")
        if not 0 < args.minutes <= MOST_MIN:
            raise CommandInvalid(
                f"--minutes {args.minutes:g} is no length of a walk: give more than 0, up to {MOST_MIN}."
            )
        data = data_folder(args.data)
        walker = walks_folder.walker_of(data, args.person)
        if reason := assess_gate.cue(data, args.person, date.today(), feedback=args.feedback is not None):
            raise CueRefused(reason)
        with open_link(choose_port(args.port)) as link:
            answer = cue(link, walker, data, args, say)
    if args.json:
        print(json.dumps(answer))
    return 0


def cue(link: Link, walker: Walker, data: Path, args: argparse.Namespace, say: Callable[[str], Any]) -> dict[str, Any]:
    """Start it, and over the line see it to its end and keep the walk. Raises CueRefused by the rules, SurefootError
    of the board."""
    from ..care import cueing
    from .run_values import now_utc
    from .walk_cue import CueRefused, wish, word

    config = link.config or {}
    asked = wish(walker, str(config.get("id", "")), now_utc(), args.cadence, args.feedback, _has_part(config))
    if reason := cueing.refusal(asked):
        raise CueRefused(reason)
    if number := config.get("log"):
        raise CueRefused(f"The board logs walk {number}: end it first (`surefoot walk cue --off`).")
    words = word(int(args.cadence), args.sides, None if args.feedback is None else int(args.feedback))
    say(cueing.TRAINING)
    if args.log:
        return _into_log(link, words, args, say)
    return _over_line(link, words, data, args, say)


def _has_part(config: Any) -> bool | None:
    """Whether the board has a buzzer or motor, by its shipped profile; None where only the board itself knows."""
    from ..resources import ResourceMissing, profile

    try:
        return bool(profile(str(config.get("board", ""))).get("cue"))
    except ResourceMissing:
        return None


def _into_log(link: Link, words: str, args: argparse.Namespace, say: Callable[[str], Any]) -> dict[str, Any]:
    from ..device.logs import start_log, stop_log
    from .walk_cue import CueRefused

    link.set_utc()
    number, minutes = start_log(link, max(round(args.minutes), 1), None, (words,))
    if (reason := _fault(link)) is not None:
        with suppress(Refused):
            stop_log(link)
        raise CueRefused(f"The board could not cue ({reason}): reset it and try again, or cue without --log.")
    say(f"Log {number} has begun, with room for {minutes} min: {STAND} The button ends it.")
    return {"kind": "surefoot-walk-cue", "cue": words, "log": number, "room_min": minutes}


def _over_line(
    link: Link, words: str, data: Path, args: argparse.Namespace, say: Callable[[str], Any]
) -> dict[str, Any]:
    from .log_fetch import device_of
    from .run_values import now_utc
    from .walk_cue import CueRefused
    from .walk_live import StepCounter, walk_live
    from .walks_folder import live_path

    walked_s = 0.0

    def begun() -> None:
        if (reason := _fault(link)) is not None:
            raise CueRefused(f"The board could not cue ({reason}): reset it and try again.")
        say(f"Cued for {args.minutes:g} min: {STAND} Ctrl-C ends it.")

    def tell(counter: StepCounter) -> None:
        nonlocal walked_s
        walked_s = counter.seconds

    created = now_utc()
    path = live_path(data, args.person, device_of(link), created)
    try:
        error = walk_live(link, path, args.person, created, 60 * args.minutes, tell, begun, words.removeprefix("cue="))
    finally:
        with suppress(SurefootError):
            link.stop()
    say(f"The cue has ended after {walked_s / 60:.1f} min. Kept: {path}; `surefoot walk sync` analyses it.")
    if error is not None:
        raise error
    return {
        "kind": "surefoot-walk-cue", "cue": words, "log": None, "minutes": round(walked_s / 60, 2),
        "asked_minutes": args.minutes, "recording": str(path),
    }  # fmt: skip


def _fault(link: Link) -> str | None:
    """What the board tells within a moment of a cue that can't be, None where it begins."""
    from .walk_cue import FAILED

    until_s = link.timing.now_s() + _BEGUN_S
    while (left_s := until_s - link.timing.now_s()) > 0:
        for frame in link.poll(min(left_s, 0.2)):
            if frame.name == "EVENT" and frame.text.startswith((FAILED, "no memory", "sampling ended")):
                return frame.text
    return None


def off(link: Link, say: Callable[[str], Any]) -> dict[str, Any]:
    """End a cued walk; a stream was stopped when the board was opened. A walk without a cue is left alone."""
    from ..device.logs import stop_log

    config = link.config or {}
    number = config.get("log")
    if number and config.get("cue"):
        ended = stop_log(link)[1]
        say(f"Log {number} is closed ({ended}), and the cue with it.")
    elif number:
        say(f"The board logs walk {number} without a cue, and goes on with it.")
        number = None
    else:
        say("The board is silent.")
    return {"kind": "surefoot-walk-cue", "cue": None, "log": number or None}
