# SPDX-License-Identifier: MIT
"""`surefoot minutes`: visits and contacts typed in, their minutes and what monitoring counts; never advice."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from .. import subcommands
from .store.options import add_store_arguments, opened, who

if TYPE_CHECKING:
    from ..care.billing_file import Billing
    from ..care.visit import Clinician, Contact, Visit
    from .store.values import Store

NAME = "minutes"
HELP = "type in a visit or a contact; minutes, units and days counted"
DESCRIPTION = """\
What a note is made of: start and stop of a visit and of each activity, tests and what they were for, the clinician's
words. Contacts are minutes spent on monitoring between visits. Without options each is asked line by line, with the
last visit's codes, and who signed it, to take over.

examples:
  surefoot minutes visit --person P001         asked line by line
  surefoot minutes visit --person P001 --time 09:00-09:45 \\
      --activity "test 09:05-09:20 1:1 Timed Up and Go; gait belt" \\
      --activity "balance 09:20-09:38 1:1 semi-tandem on foam; hands-on guarding" \\
      --test "tug: is crossing the street safe?" --interpretation "Turns are quicker." \\
      --plan "Steps backward at the rail." --clinician "Ana Example" --credential PT --licence 12345
  surefoot minutes visit --person P001 --replaces 3fa8 --plan "Steps backward with a helper."
  surefoot minutes contact --person P001 --minutes 12 --activity "diary read, called" \\
      --interactive yes --at 14:05 --decision "Stay on this rung for a week."
  surefoot minutes show --person P001          what is kept, and its counts

Codes and rules are dated facts of protocols/billing, never advice. RTM needs a medical device as the FDA defines one,
and Surefoot is none.
"""
TEXTS = {
    "response": "how the person took it",
    "interpretation": "what the clinician makes of the results",
    "plan": "effect on the plan",
    "next": "what to check next",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, DESCRIPTION)
        own.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
        own.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="the day (default: today)")
        arguments(own)
        add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    with opened(args) as store:
        answer, lines = ACTIONS[args.action][2](store, args)
    print(json.dumps(answer) if args.json else "\n".join(lines))
    return 0


def _visit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--time", metavar="HH:MM-HH:MM", help="start and stop of the visit")
    parser.add_argument(
        "--activity", action="append", default=[], metavar='"WHAT HH:MM-HH:MM [1:1|group] WORDS"',
        help="test, balance, gait, functional, evaluation, talk, rest, writing or other; again for each",
    )  # fmt: skip
    parser.add_argument(
        "--test",
        action="append",
        default=[],
        metavar='"TEST: PURPOSE"',
        help="a test and what it was for; again for each",
    )
    for name, help_text in TEXTS.items():
        parser.add_argument(f"--{name}", metavar="WORDS", help=help_text)
    parser.add_argument("--clinician", metavar="NAME", help="who signs (default: as in the last visit that you wrote)")
    parser.add_argument("--credential", metavar="WORDS", help="such as PT, DPT")
    parser.add_argument("--licence", metavar="ID", help="number of the licence")
    parser.add_argument("--modifier", action="append", default=[], metavar="XX", help="as you bill it; again for each")
    _replaces(parser)


def _contact_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=int, metavar="N", help="how many")
    parser.add_argument("--activity", metavar="WORDS", help="what was done")
    parser.add_argument("--interactive", choices=("yes", "no"), help="a conversation with the person in real time")
    parser.add_argument("--at", metavar="HH:MM", help="time of day")
    parser.add_argument("--decision", metavar="WORDS", help="what was decided")
    _replaces(parser)


def _replaces(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replaces", metavar="ID", help="correct this entry: what isn't said anew stays as it was")


def _nothing(parser: argparse.ArgumentParser) -> None:
    """No further options."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: write it as 2026-03-04") from None


def _visit(store: Store, args: argparse.Namespace) -> tuple[Any, list[str]]:
    from ..care.billing import by_code, lacking
    from ..care.billing_file import load_billing
    from ..care.visit import visit_of
    from .minutes_words import day_lines
    from .store import entries
    from .visits import VISIT, has_result, kept, put_visit, to_replace

    billing = load_billing()
    old = to_replace(store, args.person, VISIT, args.replaces) if args.replaces else None
    on = args.on or (old.on if old else date.today())
    asked = not old and _asks(args, ("time", "activity", "test", *TEXTS))
    visit = (
        _asked_visit(store, args, billing, on)
        if asked
        else _typed(args, visit_of(old.document) if old else None, store)
    )
    for one in visit.activities:
        billing.kind(one.what)
    made = put_visit(store, args.person, on, visit, by=who(args), replaces=old.id if old else None)
    found = by_code(billing, [(on, visit)])
    goal = entries.last(store, args.person, "goal") is not None
    lacks = lacking(billing, on, visit, has_result(store, args.person, on), goal)
    lines = [f"Kept as {made.id}: {on.isoformat()}, {visit.start} to {visit.stop}, {visit.minutes} minutes."]
    lines += [f"  {one.row.code}  {one.minutes:3d} min" for one in found]
    lines += day_lines(billing, on, [one for entry, one in kept(store, args.person).visits if entry.on == on])
    lines += [f"{code}: the record lacks {', '.join(words)}." for code, words in lacks.items()]
    lines += [
        f"There is no test or scale '{one}' here, so no result stands beside what it was for: `surefoot protocols` and"
        " `surefoot scale` list them."
        for one in _unknown(visit)
    ]
    codes = {one.row.code: one.minutes for one in found}
    return {"id": made.id, "on": on.isoformat(), "minutes": visit.minutes, "codes": codes, "lacks": lacks}, lines


def _unknown(visit: Visit) -> list[str]:
    from ..care.protocol import protocol_names
    from ..care.scales import scale_names

    return [one.test for one in visit.tests if one.test not in (*protocol_names(), *scale_names())]


def _asks(args: argparse.Namespace, options: tuple[str, ...]) -> bool:
    """Whether nothing was said, and there is a terminal to ask at."""
    return not any(getattr(args, name) for name in options) and not args.json and sys.stdin.isatty()


def _asked_visit(store: Store, args: argparse.Namespace, billing: Billing, on: date) -> Visit:
    """Line by line, with the last visit's codes, and who signed, to take over."""
    from ..care.billing import by_code
    from .minutes_ask import ask_visit, confirmed
    from .store import entries
    from .visits import clinician_of, kept

    found = kept(store, args.person).visits
    before, others = ([one for entry, one in found if entry.on <= on], [one for entry, one in found if entry.on == on])
    results = {
        one.document["protocol"]["id"]: one.document["protocol"].get("purpose", "")
        for one in entries.entries(store, args.person, "result")
        if one.on == on
    }
    known = clinician_of(store, who(args))
    print(f"{args.person}, {on.isoformat()}")
    visit = ask_visit(billing, before[-1] if before else None, known, tuple(results.items()), others, input, print)
    lines = [f"{visit.start}-{visit.stop}, {visit.minutes} min"]
    lines += [f"  {one.start}-{one.stop}  {one.what}  {one.minutes} min" for one in visit.activities]
    lines += [f"  {one.row.code}  {one.minutes} min" for one in by_code(billing, [(on, visit)])]
    confirmed(input, print, lines)
    return visit


def _typed(args: argparse.Namespace, old: Visit | None, store: Store) -> Visit:
    """The visit of the options, over the one that it replaces."""
    from ..care.visit import Visit, VisitError
    from .minutes_typed import activity, named_test, span

    start, stop = span(args.time, "--time") if args.time else (old.start, old.stop) if old else ("", "")
    if not start:
        raise VisitError("When was the visit? Say --time 09:00-09:45.")
    visit = replace(old, start=start, stop=stop) if old else Visit(start, stop, _clinician(args, store))
    if old and any((args.clinician, args.credential, args.licence)):
        visit = replace(visit, clinician=_signed(args, old.clinician))
    lists = {
        "activities": tuple(map(activity, args.activity)),
        "tests": tuple(map(named_test, args.test)),
        "modifiers": tuple(args.modifier),
    }
    said = {name: getattr(args, name) for name in TEXTS if getattr(args, name) is not None}
    return replace(visit, **{key: value for key, value in lists.items() if value}, **said)


def _clinician(args: argparse.Namespace, store: Store) -> Clinician:
    from ..care.visit import Clinician, VisitError
    from .visits import clinician_of

    before = clinician_of(store, who(args))
    if before is None and not (args.clinician and args.credential):
        raise VisitError("Who signs? Say --clinician NAME and --credential WORDS; the next time they are known.")
    same = before is not None and args.clinician in (None, before.name)
    return _signed(args, before if before is not None and same else Clinician("", ""))


def _signed(args: argparse.Namespace, before: Clinician) -> Clinician:
    from .minutes_typed import signed

    return signed(args.clinician, args.credential, args.licence, before)


def _contact(store: Store, args: argparse.Namespace) -> tuple[Any, list[str]]:
    from ..care.visit import contact_of, minute_of
    from .minutes_ask import ask_contact
    from .visits import CONTACT, put_contact, to_replace

    old = to_replace(store, args.person, CONTACT, args.replaces) if args.replaces else None
    on = args.on or (old.on if old else date.today())
    if args.at:
        minute_of(args.at)
    if not old and _asks(args, ("minutes", "activity", "interactive", "at", "decision")):
        contact = ask_contact(input, print)
    else:
        contact = _said_contact(args, contact_of(old.document) if old else None)
    made = put_contact(store, args.person, on, contact, by=who(args), replaces=old.id if old else None)
    talk = "a conversation" if contact.interactive else "no conversation"
    lines = [f"Kept as {made.id}: {on.isoformat()}, {contact.minutes} minutes, {talk}."]
    return {"id": made.id, "on": on.isoformat(), "minutes": contact.minutes}, lines


def _said_contact(args: argparse.Namespace, old: Contact | None) -> Contact:
    from ..care.visit import Contact, VisitError

    said = {name: getattr(args, name) for name in ("minutes", "activity", "at", "decision")}
    said |= {"interactive": None if args.interactive is None else args.interactive == "yes"}
    said = {key: value for key, value in said.items() if value is not None}
    needed = [] if old else [name for name in ("minutes", "activity", "interactive") if name not in said]
    if needed:
        raise VisitError(f"A contact needs {', '.join(f'--{name}' for name in needed)}: say it too.")
    return replace(old, **said) if old else Contact(**said)


def _show(store: Store, args: argparse.Namespace) -> tuple[Any, list[str]]:
    from ..care.billing_file import load_billing
    from .minutes_words import answer, lines
    from .visits import kept, monitoring

    billing, on = load_billing(), args.on or date.today()
    found = kept(store, args.person)
    count, held = monitoring(store, billing, args.person, on)
    return answer(billing, found, count, held), lines(billing, args.person, found, count, held)


# What an action is for, its arguments, what it does: a document for machines, and lines.
Action = tuple[str, Callable[[argparse.ArgumentParser], None], Callable[..., tuple[Any, list[str]]]]
ACTIONS: dict[str, Action] = {
    "visit": ("type in a visit", _visit_arguments, _visit),
    "contact": ("type in minutes spent on monitoring", _contact_arguments, _contact),
    "show": ("visits, contacts and their counts", _nothing, _show),
}
