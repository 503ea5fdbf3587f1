# SPDX-License-Identifier: MIT
"""`surefoot record`: what is said and asked around a test, and the test without a board, timed by keys or typed in."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..care.protocol import Protocol
from ..errors import SurefootError
from ..placement import Placement, PlacementError, place_feet
from . import byhand
from .byhand_run import prompts, run_by_hand, type_in
from .observer import NOBODY, Observer, at_terminal
from .run_values import Moment, Outcome, Setup, Tell

if TYPE_CHECKING:
    from ..device.heart_strap import HeartStrap


def observer_here(args: argparse.Namespace) -> Observer:
    """The keys of this terminal; nobody where there is none, or where a machine reads what is printed."""
    return at_terminal() if not args.json and sys.stdin is not None and sys.stdin.isatty() else NOBODY


def run(
    args: argparse.Namespace,
    protocol: Protocol,
    setup: Setup,
    tell: Tell,
    say: Callable[[str], None],
    observer: Observer | None = None,
) -> Outcome:
    """Run or type in a test by hand. Raises SurefootError, before anything is written, where it can't be."""
    if args.heart is not None:
        raise SurefootError("A heart rate is kept in the board's recording: leave --heart out without a board.")
    observer = observer_here(args) if observer is None else observer
    say(f"By hand: {protocol.by_hand.how}")
    if args.typed is not None:
        entries = byhand.typed_values(args.typed, protocol) if args.typed else _asked(protocol, observer, say)
        outcome = type_in(protocol, setup, entries)
    else:
        if not observer.watched:
            raise SurefootError(
                "There is no terminal here to read keys from: run it in one, or give what was timed with --typed."
            )
        outcome = run_by_hand(protocol, setup, tell, observer)
    if args.protocol.endswith(".toml"):
        shutil.copyfile(args.protocol, args.out / f"{protocol.id}.toml")
    return outcome


def _asked(protocol: Protocol, observer: Observer, say: Callable[[str], None]) -> Sequence[dict[str, Any]]:
    if not observer.watched:
        raise SurefootError("There is no terminal here to ask at: give what was timed as --typed key=value.")
    return prompts(protocol, observer, say)


def brief(say: Callable[[str], None], protocol: Protocol) -> None:
    """What whoever stands beside the person reads before the first trial."""
    safety = protocol.safety
    for word, lines in (("Safety", safety.guarding), ("Don't start if", safety.do_not_start)):
        for line in lines:
            say(f"{word}: {line}")
    for line in safety.stop_rules:
        say(f"Stop rule: {line}")
    if protocol.placement:
        say(f"Feet: {protocol.placement.instruction}")
    if protocol.rest_s:
        say(f"Rest: at least {protocol.rest_s:g} s between two trials.")


def is_simulated(device_id: str) -> bool:
    from ..device.virtual import VIRTUAL_ID

    return device_id.startswith(VIRTUAL_ID)


def asking(then: Tell) -> Tell:
    """The same moments, and before each trial it waits for Enter."""

    def tell(moment: Moment) -> None:
        then(moment)
        if moment.kind == "trial":
            try:
                input("  Press Enter when the person stands ready, Ctrl-C to end here. ")
            except EOFError:  # Ctrl-D means the same
                raise KeyboardInterrupt from None

    return tell


def choosing(say: Callable[[str], None]) -> Callable[[str, tuple[str, ...]], str]:
    """A question with a few answers."""

    def ask(question: str, choices: tuple[str, ...]) -> str:
        while True:
            try:
                answer = input(f"{question} ({', '.join(choices)}) ").strip()
            except EOFError:
                raise KeyboardInterrupt from None
            if answer in choices:
                return answer
            say(f"'{answer}' is none of them.")

    return ask


def heart_strap(args: argparse.Namespace, now_s: Callable[[], float], say: Callable[[str], None]) -> HeartStrap | None:
    """The strap that was asked for, listened to from now on; without one it says why, and the test goes on."""
    if args.heart is None:
        return None
    from ..device.heart_strap import HeartError, HeartStrap

    strap = HeartStrap(args.heart, now_s)
    try:
        say(f"Heart rate: {strap.start()}")
    except HeartError as error:
        say(f"Heart rate: {error}")
        return None
    return strap


def placement_in(args: argparse.Namespace) -> Placement | None:
    """Where the feet stand, as it was typed. Raises PlacementError."""
    heel, angle = args.heel_distance_mm, args.foot_angle_deg
    if heel is None and angle is None:
        return None
    if heel is None or angle is None:
        raise PlacementError(
            "Give both --heel-distance-mm and --foot-angle-deg, or neither: read them off the foot mat."
        )
    placement = Placement(heel * 1e-3, angle, args.foot_length_mm * 1e-3)
    place_feet(placement.heel_distance_m, angle, angle, placement.foot_length_m)  # refuses it now, not after the test
    return placement
