# SPDX-License-Identifier: MIT
"""`surefoot goal`: goals in a person's own words, each tied to a measure, and how far they are."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..clinic.day_option import add_on, day_in
from ..clinic.store import options
from ..errors import CommandInvalid

if TYPE_CHECKING:
    from ..care.goal_values import Goal
    from ..clinic.store.values import Entry, Store

NAME = "goal"
HELP = "goals in the person's own words, tied to a measure, and how far they are"
DESCRIPTION = """\
A goal is said by the person and measured by a walk (metres, seconds or steps, of a walk, a day or a week) or by a test.
Progress is told as it is: reached, on the way, within measurement error, or not measured.

examples:
  surefoot goal set --person P001 --words "walk to school with my grandchild" \\
      --measure gait_distance_m --value 900 --per walk --without-stop --by-date 2027-03-01
  surefoot goal set --person P001 --words "cross the road in time" --test walk-10m --value 1.0 --baseline 0.7
  surefoot goal show --person P001
  surefoot goal set --person P001 --words "to the bakery" --measure gait_distance_m --value 400 --to-walks
  surefoot goal drop --person P001 --goal 3fa2 --as reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, DESCRIPTION)
        own.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
        add_on(own)
        arguments(own)
        options.add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    args.on = day_in(args)
    with options.opened(args) as store:
        from ..clinic.store.people import must_be_known

        must_be_known(store, args.person)
        answer, lines = ACTIONS[args.action][2](store, args)
    print(json.dumps(answer, ensure_ascii=False) if args.json else "\n".join(lines))
    return 0


def _set_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--words", metavar="WORDS", help="the person's own")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--measure", metavar="KEY", help="of walks: gait_distance_m, gait_walking_s or gait_steps")
    what.add_argument("--test", metavar="NAME", help="a test's primary result, such as walk-10m")
    what.add_argument(
        "--from-walks", action="store_true", help="the goal that `surefoot walk sync` keeps of this person"
    )
    parser.add_argument("--value", type=float, metavar="N", help="the target, in the measure's unit")
    parser.add_argument(
        "--per", choices=("walk", "day", "week"), default="walk", help="of walks (default: %(default)s)"
    )
    parser.add_argument(
        "--to-walks",
        action="store_true",
        help="keep it beside the walks too, where nothing is encrypted: their page for who walks shows it",
    )
    parser.add_argument("--without-stop", action="store_true", help="of one walk in one go")
    parser.add_argument("--by-date", metavar="DAY", help="until when, such as 2027-03-01")
    parser.add_argument(
        "--baseline", type=float, metavar="N", help="at the start (default, of a test: its last result)"
    )
    parser.add_argument("--baseline-on", metavar="DAY", help="when that was (default: the day it is about)")
    parser.add_argument("--mdc", type=float, metavar="N", help="measurement error (95 %%), where the tables have none")
    parser.add_argument("--mdc-source", default="", metavar="WORDS", help="where that figure is from")
    parser.add_argument("--instead-of", metavar="ID", help="of this goal, as `show` tells it")


def _drop_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--goal", metavar="ID", help="as `show` tells it (default: the only one)")
    parser.add_argument(
        "--as", dest="how", choices=("reached", "given up"), default="given up", help="default: %(default)s"
    )


Answer = tuple[Any, list[str]]


def _set(store: Store, args: argparse.Namespace) -> Answer:
    from ..care.goal import checked, small
    from ..clinic.plan_entries import chosen, goals, keep_goal
    from ..clinic.run_values import now_utc

    if args.to_walks and (args.from_walks or args.test is not None):
        raise CommandInvalid("--to-walks is of a goal of walks: give --measure with it.")
    goal = checked(replace(_typed(store, args), set_utc=now_utc()), args.on)
    over = chosen(goals(store, args.person), args.instead_of, args.person)[1] if args.instead_of else None
    entry = keep_goal(store, args.person, goal, args.on, by=options.who(args), over=over)
    answer, lines = _told(store, args.person, goal, entry, args.on)
    beside = _beside_walks(args, goal) if args.to_walks else []
    doubt = small(goal)
    return answer, [*lines, *beside, *([doubt] if doubt else [])]


def _beside_walks(args: argparse.Namespace, goal: Goal) -> list[str]:
    """The goal kept with the walks. Raises RecordingError."""
    from ..clinic.walks_folder import keep_walker, walker_of

    data = options.data_of(args)
    keep_walker(data, replace(walker_of(data, args.person), goal=goal))
    return [f"Kept beside the walks too: `surefoot walk pages --person {args.person}` shows it."]


def _typed(store: Store, args: argparse.Namespace) -> Goal:
    from ..care.goal import goal_of_test
    from ..care.goal_values import Goal

    if args.from_walks:
        from ..clinic.walks_folder import walker_of

        found = walker_of(options.data_of(args), args.person).goal
        if found is None:
            raise CommandInvalid(f"No goal of {args.person} is kept with the walks: give --words and --measure.")
        return found
    if args.words is None or args.value is None:
        raise CommandInvalid('A goal needs --words "THE PERSON\'S OWN" and --value: see `surefoot goal set --help`.')
    more = {"by_date": args.by_date, "mdc": args.mdc, "mdc_source": args.mdc_source}
    start = {
        "baseline": args.baseline,
        "baseline_on": args.baseline_on or (str(args.on) if args.baseline else None),
    }
    if args.test is None:
        return Goal(
            args.words.strip(), args.measure, args.value, args.per, without_stop=args.without_stop, **more, **start
        )
    from ..care.protocol import load_protocol
    from .goal_readings import readings

    protocol = load_protocol(args.test)
    if args.baseline is None:
        bare = Goal(args.words, protocol.primary_measure, args.value, "test", protocol=protocol.id)
        known = [one for one in readings(store, args.person, bare, args.on) if one.value is not None]
        if known:
            start = {"baseline": known[-1].value, "baseline_on": str(known[-1].on)}
    return goal_of_test(args.words, protocol, args.value, **more, **start)


def _show(store: Store, args: argparse.Namespace) -> Answer:
    from ..clinic.plan_entries import goals

    found = [_told(store, args.person, goal, entry, args.on) for goal, entry in goals(store, args.person)]
    lines = [line for _, own in found for line in own]
    return [answer for answer, _ in found], lines or [
        f"No goal of {args.person} is kept: `surefoot goal set` keeps one."
    ]


def _told(store: Store, person: str, goal: Goal, entry: Entry, on: date) -> Answer:
    from ..care.goal import goal_document, progress, shown, target
    from .goal_readings import readings

    made = progress(goal, readings(store, person, goal, on))
    lines = [f"{entry.id[:8]}  “{goal.words}”: {target(goal)}{f', by {goal.by_date}' if goal.by_date else ''}"]
    if goal.baseline is not None:
        error = f"; measurement error {shown(goal, goal.mdc)} ({goal.mdc_source or 'given'})" if goal.mdc else ""
        lines.append(f"          at the start {shown(goal, goal.baseline)}, {goal.baseline_on}{error}")
    lines.append(f"          {made.sentence}")
    told = asdict(made) | {"reading": made.reading and {**asdict(made.reading), "on": str(made.reading.on)}}
    return {"entry": entry.id, "goal": goal_document(goal), "progress": told}, lines


def _drop(store: Store, args: argparse.Namespace) -> Answer:
    from ..clinic.plan_entries import chosen, end_goal, goals

    goal, _ = chosen(goals(store, args.person), args.goal, args.person)
    entry = end_goal(store, args.person, args.goal or "", args.how, args.on, by=options.who(args))
    lines = [f"“{goal.words}”: {args.how}. It stays in the store.", *_off_walks(args, goal)]
    return {"entry": entry.id, "ended": args.how}, lines


def _off_walks(args: argparse.Namespace, goal: Goal) -> list[str]:
    """The same goal taken from beside the walks. Raises RecordingError."""
    from ..clinic.walks_folder import keep_walker, walker_of

    data = options.data_of(args)
    walker = walker_of(data, args.person)
    if walker.goal is None or (walker.goal.words, walker.goal.measure) != (goal.words, goal.measure):
        return []
    keep_walker(data, replace(walker, goal=None))
    return ["It is no longer on the page of the walks."]


ACTIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None], Any]] = {
    "set": ("keep a goal", _set_options, _set),
    "show": ("the goals, and how far they are", lambda parser: None, _show),
    "drop": ("a goal that is reached or given up", _drop_options, _drop),
}
