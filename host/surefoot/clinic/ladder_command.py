# SPDX-License-Identifier: MIT
"""`surefoot ladder`: where a person stands on each ladder of tasks, training typed in, decisions and overrides."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..errors import CommandInvalid
from .day_option import add_on, day_in
from .store import options

if TYPE_CHECKING:
    from ..care.progression_tracks import Track
    from .ladder_ask import Sway
    from .store.values import Store

TESTED = "as the kept tests of that day say, set beside the first ones; they are shown without it"
NAME = "ladder"
HELP = "a person's ladders of tasks: training, what is suggested next, overrides"
DESCRIPTION = """\
Tasks of standing, moving, walking and leg strength in small steps. Rules (protocols/progression/rules.toml) suggest
whether a task becomes harder, stays, becomes easier or stops; what was not asked never makes it harder. Left and right
legs stand for themselves; a fall, a warning sign or severe pain stops all ladders. A clinician decides.

examples:
  surefoot ladder suggest --person P001                        decide on every ladder, and keep it
  surefoot ladder train --person P001 --in clinic              a session of standing, question after question
  surefoot ladder train --person P001 --trials yyn --steadiness 1,2,2 --pain-before 1 --pain-peak 2 --happened none
  surefoot ladder train --person P001 --trials yyy --sway-tested   sway as the kept tests of the day say
  surefoot ladder train --person P001 --ladder walking --trials y --steadiness 2 --exertion 4
  surefoot ladder train --person P001 --from out/1 out/2 out/3  trials recorded by the device
  surefoot ladder morning --person P001 --settled              pain was at its usual level the morning after
  surefoot ladder show --person P001                           where, why, what next, what is not asked
  surefoot ladder override --person P001 --task none/tandem --leg left --why "stood it well in the clinic"
  surefoot ladder set --person P001 not-yet.sessions=3 --why "tires easily"
  surefoot ladder set --person P001 --fallback "seated marching, 2 minutes, twice a day" --why "while locked"
  surefoot ladder clear --person P001 --clinician PT7 --found "no injury, pressure 130/80, steady with rail"
  surefoot ladder tasks --ladder walking                       the ladder as a table
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, f"{help_text[:1].upper()}{help_text[1:]}.")
        own.add_argument("--ladder", metavar="NAME", help="standing, dynamic, strength or walking")
        if name != "tasks":
            own.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
            add_on(own)
        arguments(own)
        if name != "tasks":
            options.add_store_arguments(own)


def run(args: argparse.Namespace, sway_of: Callable[[Store, str, date], Sway | None] | None = None) -> int:
    """`sway_of`: what the tests of a day say of a person's sway."""
    from .ladder_actions import tasks

    if args.action == "tasks":
        answer, lines = tasks(args.ladder)
    else:
        args.on, args.sway_of = day_in(args), sway_of
        with options.opened(args) as store:
            from .store.people import must_be_known

            must_be_known(store, args.person)
            answer, lines = ACTIONS[args.action][2](store, args)
    print(json.dumps(answer) if args.json else "\n".join(lines))
    return 0


Answer = tuple[dict[str, Any], list[str]]


def _none(parser: argparse.ArgumentParser) -> None:
    pass


def _leg(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--leg", choices=("left", "right"), help="which stands, is in front or does more (default: both)"
    )


def _suggest_arguments(parser: argparse.ArgumentParser) -> None:
    _leg(parser)
    parser.add_argument("--clinic", action="store_true", default=None, help="it is trained at the clinic, not at home")


def _place_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--task", metavar="TASK", help="as `ladder tasks` names it (default: where they stand)")
    parser.add_argument("--target", type=float, metavar="S", help="seconds to hold it (default: as they stand)")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    _leg(parser)
    _place_arguments(parser)
    add = parser.add_argument
    add("--trials", metavar="YYN", help="which trials succeeded, y or n each; without it you are asked")
    add("--from", dest="folder", type=Path, nargs="+", metavar="DIR",
        help="folders recorded that day: what was held there decides that")  # fmt: skip
    add("--steadiness", metavar="N,N,N", help="1 steady to 5 lost balance, one a trial; - not asked")
    add("--pain-before", type=int, choices=range(11), metavar="0-10")
    add("--pain-peak", type=int, choices=range(11), metavar="0-10")
    add("--exertion", type=int, choices=range(11), metavar="0-10", help="how hard it was, 0 nothing to 10 the most")
    add("--happened", nargs="+", metavar="SIGN", help="none, or of fall, caught, chest-pain, dizziness, weakness")
    for name, what in (
        ("settled", "pain at its usual level the next morning, once that has come"),
        ("sway", "sway within the own baseline"),
    ):
        both = parser.add_mutually_exclusive_group()
        both.add_argument(f"--{name}", action="store_const", const="fine", help=what)
        both.add_argument(f"--not-{name}", dest=name, action="store_const", const="not fine")
        if name == "sway":
            both.add_argument("--sway-tested", dest=name, action="store_const", const="tested", help=TESTED)
    beside = parser.add_mutually_exclusive_group()
    beside.add_argument("--beside", action="store_true", default=None, help="somebody stood beside the person")
    beside.add_argument("--alone", dest="beside", action="store_false")
    add(
        "--in",
        dest="setting",
        choices=("home", "corner", "helper", "clinic"),
        default="home",
        help="where it was done (default: %(default)s); a helper or clinician stood beside",
    )
    add("--at", metavar="HH:MM", help="when it began: sessions count as a day apart by it")
    add("--note", metavar="TEXT")


def _morning_arguments(parser: argparse.ArgumentParser) -> None:
    both = parser.add_mutually_exclusive_group(required=True)
    both.add_argument("--settled", action="store_const", const="fine", help="pain was at its usual level")
    both.add_argument("--not-settled", dest="settled", action="store_const", const="not fine", help="it was not")


def _override_arguments(parser: argparse.ArgumentParser) -> None:
    _leg(parser)
    _place_arguments(parser)
    parser.add_argument("--stop", action="store_true", help="stop and lock all ladders until a re-check")
    parser.add_argument("--why", required=True, metavar="TEXT", help="kept, with what the rules had said")


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "numbers", nargs="*", metavar="RULE.NAME=NUMBER", help="such as not-yet.sessions=3; empty takes it back"
    )
    parser.add_argument("--fallback", metavar="TEXT", help="seated or walking, while training is locked")
    parser.add_argument("--why", required=True, metavar="TEXT", help="kept with it")


def _clear_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clinician", required=True, metavar="WHO", help="who saw the person again")
    parser.add_argument("--found", required=True, metavar="TEXT", help="what the re-check found")


def _tracks(args: argparse.Namespace) -> list[Track]:
    """Those that --ladder and --leg name; all without."""
    from .ladder_kept import all_tracks, ladder_of

    if args.ladder:
        ladder_of(args.ladder)
    leg = getattr(args, "leg", None)
    return [one for one in all_tracks() if args.ladder in (None, one[0]) and leg in (None, one[1])]


def _show(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_actions import show

    return show(store, args.person, _tracks(args), args.on)


def _suggest(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_actions import suggested

    return suggested(store, args.person, _tracks(args), args.on, by=options.who(args), clinic=args.clinic)


def _train(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_train import train

    if not (args.trials or args.folder) and (args.json or not sys.stdin.isatty()):
        raise CommandInvalid("There is no terminal here to ask at: give --trials, such as --trials yyn, or --from DIR.")
    args.ladder = args.ladder or "standing"
    return train(store, args, by=options.who(args), sway_of=args.sway_of)


def _morning(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_train import morning

    return morning(store, args.person, args.settled, args.on, by=options.who(args))


def _override(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_actions import overruled

    if args.stop and args.task:
        raise CommandInvalid("--stop leads to no task: leave --task out.")
    args.ladder = args.ladder or "standing"
    return overruled(store, args.person, _tracks(args), args, by=options.who(args))


def _set(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_actions import numbers_set

    return numbers_set(store, args.person, args.ladder or "all", args, by=options.who(args))


def _clear(store: Store, args: argparse.Namespace) -> Answer:
    from .ladder_deciding import clear

    made = clear(store, args.person, args.on, by=options.who(args), clinician=args.clinician, found=args.found)
    said = f"Opened by {args.clinician}: {args.found}. `surefoot ladder suggest --person {args.person}` decides anew."
    return {"person": args.person, "opened": made.id}, [said]


Action = tuple[str, Callable[[argparse.ArgumentParser], None], Callable[["Store", argparse.Namespace], Answer]]
ACTIONS: dict[str, Action] = {
    "show": ("where a person stands, why, what next, what would change it, what is not asked", _leg, _show),
    "train": ("type in a session, or take it from a recorded one", _train_arguments, _train),
    "morning": ("how pain was on the morning after the last day of training", _morning_arguments, _morning),
    "suggest": ("decide on each ladder now, and keep the decision", _suggest_arguments, _suggest),
    "override": ("a clinician's own decision, with a reason", _override_arguments, _override),
    "set": ("a person's own numbers of the rules, and what they do while locked", _set_arguments, _set),
    "clear": ("open a lock after a recorded re-check", _clear_arguments, _clear),
    "tasks": ("a ladder as a table", _none, lambda *_: ({}, [])),
}
