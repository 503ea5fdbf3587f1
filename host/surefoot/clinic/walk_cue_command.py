# SPDX-License-Identifier: MIT
"""`surefoot walk cue`: a walk to the board's metronome, for symmetry training, where the rules allow it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandInvalid, Refused

if TYPE_CHECKING:
    from ..device.link import Link
    from .walk_values import Walker

NAME = "walk cue"
HELP = "a walk to the board's metronome, for symmetry training"
DESCRIPTION = """\
The board's buzzer or motor gives a pulse at each step. For symmetry training only: it is refused where weight-bearing
is restricted or nobody has asked, and without a scale check of this board within 24 h (`surefoot walk check`). With
--feedback it sounds only while the stance times of the last strides differ by more than that share. --log walks without
a cable and keeps the walk, marked as cued; without it nothing is kept. A restart of the board ends the cue.
"""
MOST_MIN = 24 * 60
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
    from . import walks_folder

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
        walker = walks_folder.walker_of(data_folder(args.data), args.person)
        with open_link(choose_port(args.port)) as link:
            answer = cue(link, walker, args, say)
    if args.json:
        print(json.dumps(answer))
    return 0


def cue(link: Link, walker: Walker, args: argparse.Namespace, say: Callable[[str], Any]) -> dict[str, Any]:
    """Start it, and over the line see it to its end. Raises CueRefused by the rules, SurefootError of the board."""
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
    return _over_line(link, words, args, say)


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
    say(f"Log {number} has begun, with room for {minutes} min: stand still first, then walk. The button ends it.")
    return {"kind": "surefoot-walk-cue", "cue": words, "log": number, "room_min": minutes}


def _over_line(link: Link, words: str, args: argparse.Namespace, say: Callable[[str], Any]) -> dict[str, Any]:
    from .walk_cue import CueRefused

    line = f"start frame=long {words}"
    link.end = None
    link.send(line)
    link.started(line)
    try:
        if (reason := _fault(link)) is not None:
            raise CueRefused(f"The board could not cue ({reason}): reset it and try again.")
        say(f"Cued for {args.minutes:g} min. Ctrl-C ends it.")
        until_s = link.timing.now_s() + 60 * args.minutes
        while (left_s := until_s - link.timing.now_s()) > 0 and link.end is None:
            link.poll(min(left_s, 0.5))
    except KeyboardInterrupt:  # the way to end it that was told: nothing went wrong, and nothing is kept
        pass
    finally:
        with suppress(Refused):
            link.stop()
    say("The cue has ended.")
    return {"kind": "surefoot-walk-cue", "cue": words, "log": None, "minutes": args.minutes}


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
