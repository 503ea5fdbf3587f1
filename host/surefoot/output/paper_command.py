# SPDX-License-Identifier: MIT
"""`surefoot paper`: a note, report, discharge summary or letter of one person, as a page and as a PDF."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..clinic.store.options import add_store_arguments, data_of, opened, who

if TYPE_CHECKING:
    from ..care.episode import Episode
    from ..care.visit import Visit
    from ..clinic.store.values import Entry, Store
    from .paper_values import Case

NAME = "paper"
HELP = "a progress note, report, discharge summary or letter"
DESCRIPTION = """\
Each paper is a page (HTML) and a PDF with the same words: changed? could something else explain it? what to check next?
Then minutes, tests against norm and baseline, your words, and a block to sign.

examples:
  surefoot paper note --person P001                          of the last visit
  surefoot paper report --person P001 --visit 2026-03-04     the tests of that day
  surefoot paper discharge --person P001 --since 2026-01-04  from the first visit to the last
  surefoot paper letter --person P001 --to "Dr. Ruiz" --named --out ~/letters

It carries the code, and with --named the person's names and birth date, which the audit log notes. Type visits in with
`surefoot minutes visit`. Surefoot measures and suggests; a clinician decides.
"""
KINDS = {
    "note": "one visit: minutes, tests, your words",
    "report": "the tests of one visit at length",
    "discharge": "from the first visit to the last",
    "letter": "one page, to a colleague",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="kind", metavar="KIND", parser_class=type(parser), required=True)
    for name, help_text in KINDS.items():
        own = subcommands.add(below, name, help_text, DESCRIPTION)
        own.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
        own.add_argument("--visit", metavar="DAY|ID", help="the visit, by its day or id (default: the last one)")
        own.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="baselines begin on this day")
        own.add_argument("--named", action="store_true", help="with names and birth date; noted in the audit log")
        own.add_argument("--size", choices=("a4", "letter"), default="a4", help="of the paper (default: %(default)s)")
        own.add_argument("--out", type=Path, default=Path("."), metavar="DIR", help="a folder (default: this one)")
        if name == "letter":
            own.add_argument("--to", default="", metavar="WORDS", help="to whom it goes")
        add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    from ..care.billing import lacking
    from ..care.billing_file import load_billing
    from ..clinic.store.audit import note
    from ..clinic.visits import has_result
    from .paper_make import make_paper
    from .paper_pages import write_paper
    from .result import made_folder

    billing = load_billing()
    with opened(args) as store:
        case, warnings = read_case(store, args)
        paper = make_paper(args.kind, case, billing)
        made_folder(args.out)
        on, visit = case.last
        at = f"-{visit.start.replace(':', '')}" if case.same_day else ""
        name = f"{args.kind}-{args.person}-{on.isoformat()}{at}"
        paths = write_paper(paper, args.out, name, args.size)
        if case.names:
            note(store, "paper", who(args), args.person, f"{name}.pdf and .html, with names")
        lacks = lacking(billing, on, visit, has_result(store, args.person, on), bool(case.goals))
    if args.json:
        print(json.dumps({"page": str(paths[0]), "pdf": str(paths[1]), "lacks": lacks, "warnings": warnings}))
        return 0
    print(f"Written: {paths[0]}\nWritten: {paths[1]}")
    for code, words in lacks.items():
        print(f"{code}: the record lacks {', '.join(words)}.")
    for text in warnings:
        print(f"surefoot: {text}", file=sys.stderr)
    return 0


def read_case(store: Store, args: argparse.Namespace) -> tuple[Case, list[str]]:
    """What the store has for a paper, and what to think of before it is signed. Raises VisitError, StoreError,
    PaperError."""
    from ..clinic.clinic_errors import kept as own_errors
    from ..clinic.scale_kept import kept_scales
    from ..clinic.store import entries
    from ..clinic.store.people import age_on, identity_of
    from ..clinic.store.values import LIVE
    from ..clinic.visits import kept
    from .paper_values import Case

    every = kept(store, args.person).visits
    visits = _until(every, args.visit, args.person)
    found = entries.entries(store, args.person, "result")
    profile = entries.last(store, args.person, "profile")
    sex = profile.document.get("sex") if profile else None
    results = [
        (one.on, _told(one.document, age_on(store, args.person, one.on), sex)) for one in found if one.state == LIVE
    ]
    last = visits[-1][0] if visits else date.today()
    goals = tuple(_goal(store, args.person, one, last) for one in _goals_on(store, args.person, last))
    names: tuple[tuple[str, str], ...] = ()
    if args.named:
        why = f"{args.kind} of {last.isoformat() if visits else 'no visit'}"
        names = _names(args.person, identity_of(store, args.person, by=who(args), why=why))
    case = Case(
        args.person, date.today(), tuple(visits), tuple(results), names, args.since, getattr(args, "to", ""), goals,
        own_errors(data_of(args)), kept_scales(store, args.person), _episode(store, args, visits),
        tuple(one for entry, one in every if visits and entry.on == last and one is not visits[-1][1]),
    )  # fmt: skip
    return case, _warnings(store, args, case, sum(one.state != LIVE for one in found))


def _warnings(store: Store, args: argparse.Namespace, case: Case, stale: int) -> list[str]:
    from ..clinic.store import entries
    from ..clinic.store.values import MOVED, VOID
    from ..clinic.visits import agrees

    words = []
    if case.same_day and args.visit in (None, case.last[0].isoformat()):
        words.append(
            f"{case.last[0].isoformat()} has {len(case.same_day) + 1} visits, and this is of the one at"
            f" {case.last[1].start}: --visit ID takes another, and `surefoot minutes show` has the ids."
        )
    if stale:
        rest = "result rests" if stale == 1 else "results rest"
        left = "is" if stale == 1 else "are"
        words.append(f"{stale} {rest} on what was taken back, and {left} left out: `surefoot kept list` shows it.")
    every = [one for kind in ("result", "scale") for one in entries.entries(store, args.person, kind, every=True)]
    if case.visits and any(one.on == case.last[0] and one.state in (VOID, MOVED) for one in every):
        words.append("A result of that day was taken back: read whether the words of the visit still hold.")
    if args.kind == "letter" and not agrees(store, args.person, "consent_share"):
        words.append(f"No consent of {args.person} to hand data on is kept: ask before the letter leaves the clinic.")
    return words


def _until(visits: Sequence[tuple[Entry, Visit]], wanted: str | None, person: str) -> list[tuple[date, Visit]]:
    """The visits up to the one that is wanted, which comes last."""
    from .paper_values import PaperError

    places = [n for n, (entry, _) in enumerate(visits) if wanted in (None, entry.on.isoformat(), entry.id)]
    if wanted and not places:
        places = [n for n, (entry, _) in enumerate(visits) if entry.id.startswith(wanted)]
        if len(places) > 1:
            found = ", ".join(visits[n][0].id for n in places)
            raise PaperError(f"Several visits of {person} begin with '{wanted}': {found}. Give more of the id.")
    if wanted and not places:
        days = ", ".join(entry.on.isoformat() for entry, _ in visits[-5:]) or "none"
        raise PaperError(f"{person} has no visit '{wanted}': kept are {days}. `surefoot minutes show` lists them.")
    return [(entry.on, visit) for entry, visit in visits[: places[-1] + 1]] if places else []


def _told(result: Mapping[str, Any], age: int | None, sex: str | None) -> Mapping[str, Any]:
    """The result with age and sex as the store knows them, where nobody said them with the test."""
    told = dict(result.get("circumstances") or {})
    for key, known in (("age_years", age), ("sex", sex)):
        if told.get(key) is None:
            told[key] = known
    return {**result, "circumstances": told}


def _episode(store: Store, args: argparse.Namespace, visits: Sequence[tuple[date, Visit]]) -> Episode | None:
    """From the first visit, or the day of --since, to the one that the paper is of."""
    from ..clinic.episode import episode

    if not visits:
        return None
    first, last = visits[0][0], visits[-1][0]
    return episode(store, args.person, min(args.since or first, last), last)


def _goals_on(store: Store, person: str, on: date) -> list[Mapping[str, Any]]:
    """Every goal as it stood on a day; one that was set later isn't of it."""
    from ..clinic.store import entries

    known = {one.id: one for one in entries.entries(store, person, "goal", every=True)}
    found = []
    for one in entries.entries(store, person, "goal"):
        stood: Entry | None = one
        while stood is not None and stood.on > on:
            stood = known.get(stood.replaces or "")
        found += [stood.document] if stood is not None else []
    return found


def _goal(store: Store, person: str, document: Mapping[str, Any], on: date) -> str:
    """In the person's own words, and how it ended or how far it is."""
    from ..care.goal import goal_of, progress, target
    from ..errors import SurefootError
    from .goal_readings import readings
    from .wording import isolated

    if document.get("ended"):
        return f"{isolated(document['words'])} ({document['ended']})"
    goal = goal_of(document)
    try:
        known = [one for one in readings(store, person, goal) if one.on <= on]
        until = f", by {goal.by_date}" if goal.by_date else ""
        return f"{isolated(goal.words)}: {target(goal)}{until}. {progress(goal, known).sentence}"
    except SurefootError:
        return isolated(goal.words)  # of a measure or a test that is no more


def _names(person: str, identity: Any) -> tuple[tuple[str, str], ...]:
    from .paper_values import PaperError

    if identity is None:
        raise PaperError(
            f"Who {person} is was never written down: leave out --named, or say it with `surefoot person identity`."
        )
    return (
        ("Family name", identity.family_name),
        ("Given name", identity.given_name),
        ("Born", identity.born.isoformat()),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: write it as 2026-03-04") from None
