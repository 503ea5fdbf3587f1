# SPDX-License-Identifier: MIT
"""`surefoot plan`: what a person does at home, by FITT; shown, changed, printed with drawn figures, and spoken."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..clinic.day_option import add_on, day_in
from ..clinic.store import options
from ..errors import CommandInvalid

if TYPE_CHECKING:
    from ..care.plan import Item, Plan
    from ..clinic.store.values import Entry, Store

NAME = "plan"
HELP = "what a person does at home: tasks, exercises and walks, printed and spoken"
DESCRIPTION = """\
A plan holds tasks of the ladders, exercises and walks: how often, how hard, how long. What the safety profile or the
ladder speaks against is refused with the reason; --despite "REASON" keeps it all the same, with the reason. A page for
somebody alone never shows what needs a helper or a clinic.

examples:
  surefoot plan exercises                                        what there is, and its pictures' names
  surefoot plan set --person P001 --company corner --call "Ms Novak, 01 234 5678"
  surefoot plan add --person P001 --task standing:none/together
  surefoot plan add --person P001 --exercise sit-to-stand --days 3 --reps 8
  surefoot plan add --person P001 --exercise walk --minutes 15 --exertion 4
  surefoot plan set --person P001 --item walk --minutes 20
  surefoot plan drop --person P001 --item sit-to-stand
  surefoot plan print --person P001 --out pages                  a page with figures: pages/plan-P001.html
  surefoot plan show --person P001                               what is planned, and what of it is on no page today
  surefoot plan speak --person P001                              the same as short sentences
"""
COUNTS = (
    ("days", "days_per_week", int, "days a week"),
    ("sets", "sets", int, "how often at a time"),
    ("reps", "reps", int, "repetitions"),
    ("hold-s", "hold_s", float, "seconds each is held"),
    ("steps", "steps", int, "steps"),
    ("minutes", "minutes", float, "minutes"),
    ("steadiness", "steadiness", int, "at most so unsteady, 1 steady to 5 balance lost"),
    ("exertion", "exertion", int, "at most so hard, Borg 0 to 10"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, DESCRIPTION)
        if name != "exercises":
            own.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
            add_on(own)
        arguments(own)
        if name != "exercises":
            options.add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    if args.action == "exercises":
        answer, lines = _exercises()
    else:
        args.on = day_in(args)
        with options.opened(args) as store:
            from ..clinic.store.people import must_be_known

            must_be_known(store, args.person)
            answer, lines = ACTIONS[args.action][2](store, args)
    print(json.dumps(answer, ensure_ascii=False) if args.json else "\n".join(lines))
    return 0


Answer = tuple[Any, list[str]]


def _none(parser: argparse.ArgumentParser) -> None:
    pass


def _seen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seen", metavar="ID", help="only if the plan is still the one of this id, as `show` tells it")


def _counts(parser: argparse.ArgumentParser) -> None:
    for flag, field, kind, words in COUNTS:
        parser.add_argument(f"--{flag}", dest=field, type=kind, metavar="N", help=words)
    parser.add_argument("--words", dest="note", metavar="WORDS", help="a word of yours on it, for the page")


def _add_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--task", metavar="LADDER:TASK", help="of a ladder, such as standing:none/together/closed")
    what.add_argument("--exercise", metavar="NAME", help="such as sit-to-stand: `plan exercises` lists them")
    parser.add_argument("--leg", choices=("left", "right"), help="one leg alone (default: both by turns)")
    parser.add_argument(
        "--from", dest="since", metavar="DAY", help="first day, such as 2026-12-01 (default: the day it is about)"
    )
    parser.add_argument("--despite", metavar="REASON", help="keep it although something speaks against it, and why")
    _counts(parser)
    _seen(parser)


def _set_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", choices=("home", "corner", "helper"), help="the most there is at home")
    parser.add_argument("--call", metavar="WORDS", help="whom to call when something is wrong, for the page")
    parser.add_argument("--item", metavar="ID", help="the item whose numbers change, by its id or name")
    _counts(parser)
    _seen(parser)


def _drop_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--item", required=True, metavar="ID", help="by its id or name, as `show` tells it")
    _seen(parser)


def _page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--alone", action="store_true", help="leave out what is done with a helper")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder to write into")


def _looked_at(store: Store, args: argparse.Namespace) -> tuple[Plan, Entry | None]:
    from ..clinic.plan_entries import plan
    from ..clinic.store.values import Conflict

    found, entry = plan(store, args.person)
    if args.seen and (entry is None or not entry.id.startswith(args.seen)):
        now = f"it is {entry.id[:8]} by {entry.by} now" if entry else "there is none now"
        raise Conflict(f"The plan of {args.person} is not {args.seen} any more, {now}: look at it, then change it.")
    return found, entry


def _told(args: argparse.Namespace) -> dict[str, Any]:
    return {field: getattr(args, field) for field in (*(one[1] for one in COUNTS), "note")}


def _since(args: argparse.Namespace) -> date:
    try:
        return date.fromisoformat(args.since) if args.since else args.on
    except ValueError:
        raise CommandInvalid(f"{args.since} is no day: write it as 2026-12-01.") from None


def _add(store: Store, args: argparse.Namespace) -> Answer:
    from dataclasses import replace

    from ..care.plan import Despite, added, exercise_item, task_item
    from ..clinic.plan_entries import keep_plan, speaks_against
    from ..clinic.plan_rungs import target_of

    found, entry = _looked_at(store, args)
    today, by = args.on, options.who(args)
    if args.task:
        ladder, sign, task = args.task.partition(":")
        if not sign:
            raise CommandInvalid(f"--task {args.task} names no ladder: write it as standing:none/together.")
        item = task_item(ladder, task, _since(args), args.leg, **_told(args))
        if args.hold_s is None and (target := target_of(store, args.person, item)):
            item = replace(item, hold_s=target)
    else:
        item = exercise_item(args.exercise, _since(args), args.leg, **_told(args))
    words, why = speaks_against(store, args.person, item, found.company, today)
    reason = (args.despite or "").strip()
    if words and not reason:
        raise CommandInvalid(f'{why} Not planned. To plan it all the same, say why: --despite "REASON", which is kept.')
    noted = ""
    if words:
        item = replace(item, despite=Despite(reason, by, today, words))
        noted = f"plan {item.what} despite {', '.join(words)}"[:300] + f": {reason[:190]}"
    new = added(found, item)
    kept = keep_plan(store, args.person, new, today, by=by, over=entry, override=noted)
    return _answer(store, args.person, new, kept, today)


def _set(store: Store, args: argparse.Namespace) -> Answer:
    from dataclasses import replace

    from ..care.plan import changed
    from ..clinic.plan_entries import keep_plan

    found, entry = _looked_at(store, args)
    told = _told(args)
    if args.item:
        new = changed(found, args.item, **told)
    elif any(value is not None for key, value in told.items() if key != "note"):
        raise CommandInvalid("Numbers are of an item: name it by --item, as `surefoot plan show` tells it.")
    else:
        new = replace(found, **({"note": args.note} if args.note is not None else {}))
    own = {key: value for key in ("company", "call") if (value := getattr(args, key)) is not None}
    new = replace(new, **own)
    if new == found:
        raise CommandInvalid("Nothing is to be changed: give --company, --call, --words, or --item with a number.")
    kept = keep_plan(store, args.person, new, args.on, by=options.who(args), over=entry)
    return _answer(store, args.person, new, kept, args.on)


def _drop(store: Store, args: argparse.Namespace) -> Answer:
    from ..care.plan import dropped
    from ..clinic.plan_entries import keep_plan

    found, entry = _looked_at(store, args)
    new = dropped(found, args.item)
    kept = keep_plan(store, args.person, new, args.on, by=options.who(args), over=entry)
    return _answer(store, args.person, new, kept, args.on)


def _show(store: Store, args: argparse.Namespace) -> Answer:
    from ..clinic.plan_entries import plan

    return _answer(store, args.person, *plan(store, args.person), args.on)


def _answer(store: Store, person: str, found: Plan, entry: Entry | None, today: date) -> Answer:
    """The plan, with what is withheld from pages today and why."""
    from ..care.plan import plan_document
    from ..clinic.plan_entries import shown
    from .plan_make import week_lines

    now = shown(store, person, found, today)
    lines = [f"{person} has no plan yet: `surefoot plan add` begins it."]
    if entry is not None:
        lines = [f"Plan of {person}, {entry.on}, by {entry.by} ({entry.id[:8]}); at home at most: {found.company}."]
        lines += [_line(item, "") for item in now.alone] + [_line(item, "with a helper") for item in now.together]
        lines += week_lines(store, person, today, found.items) if found.items else []
        for item, words in now.withheld:
            lines += [_line(item, "on no page")] + [f"    {why}" for why in words.values()]
    withheld = {item.id: dict(words) for item, words in now.withheld}
    answer = {
        "person": person,
        "entry": entry and entry.id,
        "plan": plan_document(found),
        "alone": [item.id for item in now.alone],
        "together": [item.id for item in now.together],
        "withheld": withheld,
    }
    return answer, lines


def _line(item: Item, where: str) -> str:
    from ..care.plan import title_of, type_of
    from .plan_view import dose, often

    limits = (("steadiness", item.steadiness, 5), ("exertion", item.exertion, 10))
    hard = "".join(f"; {name} at most {value} of {most}" for name, value, most in limits if value is not None)
    leg = f" ({item.leg})" if item.leg else ""
    kept = f"; kept despite {', '.join(item.despite.against)}: {item.despite.reason}" if item.despite else ""
    much = f"{dose(item)}, {often(item)}{hard} ({type_of(item)})"
    return f"  {item.id}  {title_of(item)}{leg}: {much}{'; ' + where if where else ''}{kept}"


def _exercises() -> Answer:
    from dataclasses import asdict

    from ..care.exercises import exercises

    rows = exercises().values()
    return [asdict(one) for one in rows], [f"{one.id:20} {one.title} ({one.type}; {one.setting})" for one in rows]


def _printed(store: Store, args: argparse.Namespace) -> Answer:
    from .plan_make import print_plan

    return print_plan(store, args.person, args.on, args.out or Path(), helper=not args.alone)


def _spoken(store: Store, args: argparse.Namespace) -> Answer:
    from .plan_make import speak_plan

    return speak_plan(store, args.person, args.on, args.out, helper=not args.alone)


ACTIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None], Any]] = {
    "show": ("what is planned, and what of it is on no page today", _none, _show),
    "set": ("company, whom to call, or the numbers of an item", _set_options, _set),
    "add": ("one more task, exercise or walk", _add_options, _add),
    "drop": ("take an item out", _drop_options, _drop),
    "print": ("write the page", _page_options, _printed),
    "speak": ("the plan as short sentences to be read aloud", _page_options, _spoken),
    "exercises": ("the exercises there are", _none, _exercises),
}
