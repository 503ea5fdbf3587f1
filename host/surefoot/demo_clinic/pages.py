# SPDX-License-Identifier: MIT
"""Every page and paper of the demo's clinic, as the commands write them, each marked as simulated."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .boards import session_folder
from .people import VOID, Member, last_day, visit_days

if TYPE_CHECKING:
    from ..clinic.store.values import Store

FOLDER = "pages"
MARK = "Simulated: nobody is treated here, and these numbers say nothing about anyone."
STYLE = "margin:0 0 .7rem;padding:.3rem .8rem;border-left:.35rem solid #9a3c0a;background:#fdf4ee"
SHOWN = f'<p role="note" style="{STYLE}">{MARK}</p>'
BODY = re.compile(r"<body[^>]*>")
NAMED = ("letter",)
WHOLE = 7  # of so many people every paper is written, of the others a note and a discharge summary


@dataclass(frozen=True)
class Link:
    """A file of the index, below the demo's folder, what to look at in it, and the same as a PDF."""

    path: str
    title: str
    look: str
    pdf: str = ""


def person_pages(store: Store, member: Member, out: Path, weeks: int) -> list[Link]:
    """Those of one person that rest on the store. Raises SurefootError."""
    from ..output.result import made_folder

    today, folder = last_day(weeks), out / FOLDER / member.code
    made_folder(folder)
    papers = list(_papers(store, member, folder, today))  # first: the audit log notes whose names they bear
    screens = _screens(store, member, folder, visit_days(member, weeks)[-1])
    return [_marked(out, *one) for one in (*_plan(store, member, folder, today), *screens, *papers)]


def board_pages(member: Member, out: Path, weeks: int) -> list[Link]:
    """Those that rest on recordings alone. Raises SurefootError."""
    links = [*_sessions(member, out, weeks), *(_walks(member, out, last_day(weeks)) if member.walk else [])]
    return [_marked(out, *one) for one in links]


Made = tuple[Path, str, str]


def _plan(store: Store, member: Member, folder: Path, today: date) -> Iterable[Made]:
    from ..output.diary_page import own_page, printed_page
    from ..output.diary_view import sheet
    from ..output.plan_make import print_plan
    from ..output.result import write_whole

    print_plan(store, member.code, today, folder)
    yield folder / f"plan-{member.code}.html", "Plan for home", "drawn figures, what was done, what encourages"
    week = sheet(store, member.code, today + timedelta(days=1), today)
    printed, own = folder / f"diary-{member.code}.html", folder / f"my-week-{member.code}.html"
    write_whole(printed, printed_page(week).encode("utf-8"))
    yield printed, "Diary of next week", "one sheet of paper, typed in within two minutes"
    write_whole(own, own_page(store, week).encode("utf-8"))
    yield own, "The person's own page", "fill it in and save: one file that this store alone opens"


def _screens(store: Store, member: Member, folder: Path, today: date) -> Iterable[Made]:
    """What commands say of a person, on one page."""
    from ..output.page import render
    from ..output.result import write_whole

    path = folder / f"screens-{member.code}.html"
    screens = [(words, "\n".join(lines)) for words, lines in _commands(store, member, today)]
    page = render(
        "demo_clinic_screens.html.j2", person=member.code, screens=screens, course=_course(store, member.code)
    )
    write_whole(path, page.encode("utf-8"))
    yield path, "On the screen", "ladder, safety, falls, diary, goals, minutes, audit log; what the rules decided"


def _course(store: Store, code: str) -> list[tuple[str, str, str, str, str]]:
    """Every decision on the ladders: day, ladder, what was decided, by what, and what follows; both legs in one row
    where it is the same."""
    from ..clinic.ladder_documents import OPENED, PLACED
    from ..clinic.ladder_kept import ladder_of, progress, track_of
    from ..clinic.ladder_words import OUTCOMES

    rows: dict[tuple[str, str, str, str, str], list[str]] = {}
    for one in progress(store, code).decisions:
        told, track, day = one.document, track_of(one), str(one.on)
        if track is None:
            rows[day, "every ladder", told["what"], told["by"], told["found"]] = []
            continue
        ladder = ladder_of(track[0])
        what = told["what"] if told["what"] in (OPENED, PLACED) else OUTCOMES[told["outcome"]]
        held = f", {told['target_s']:g} s" if told["target_s"] else ""
        follows = "" if told.get("outcome") == "stop" else f"{ladder.words(ladder.task(told['task']))}{held}"
        rows.setdefault((day, ladder.title, what, told.get("rule", ""), follows), []).append(track[1])
    return [
        (day, title + (f", {legs[0]} leg" if len(legs) == 1 and legs[0] else ""), what, why, follows)
        for (day, title, what, why, follows), legs in rows.items()
    ]


def _commands(store: Store, member: Member, today: date) -> Iterable[tuple[str, list[str]]]:
    from ..clinic import assess_command, minutes_command, store_command
    from ..clinic.kept_command import entry_line
    from ..clinic.ladder_actions import show
    from ..clinic.ladder_kept import all_tracks
    from ..clinic.store import audit, entries
    from ..output import diary_show, goal_command

    code, monday = member.code, today - timedelta(days=today.weekday() + 7)
    args = argparse.Namespace(person=code, on=today)
    yield f"ladder show --person {code} --on {today}", show(store, code, all_tracks(), today)[1]
    yield f"assess show --person {code} --on {today}", assess_command.ACTIONS["show"][3](store, args, today)[1]
    yield f"diary show --person {code} --week {monday}", diary_show.shown(store, code, monday)[1]
    yield f"goal show --person {code} --on {today}", goal_command.ACTIONS["show"][2](store, args)[1]
    yield f"minutes show --person {code} --on {today}", minutes_command.ACTIONS["show"][2](store, args)[1]
    yield f"store audit --person {code}", store_command.audit_lines(audit.log(store, code))
    if VOID in member.stories:
        every = entries.entries(store, code, "trial", every=True)
        yield f"kept list --person {code} --kind trial --every", [entry_line(one) for one in every]


def _papers(store: Store, member: Member, folder: Path, today: date) -> Iterable[Made]:
    from ..care.billing_file import load_billing
    from ..output.paper_command import KINDS, read_case
    from ..output.paper_make import make_paper
    from ..output.paper_pages import write_paper

    billing = load_billing()
    for kind in KINDS if member.number <= WHOLE else ("note",):
        named = kind in NAMED
        args = argparse.Namespace(
            person=member.code, visit=None, since=None, named=named, by=member.therapist, kind=kind, data=folder,
            to="Dr. Example (made up)",
        )  # fmt: skip
        case, _ = read_case(store, args)
        paper = make_paper(kind, replace(case, made=today), billing)
        page, pdf = write_paper(paper, folder, f"{kind}-{member.code}")
        look = KINDS[kind] + (", with names" if named else "")
        assert pdf == page.with_suffix(".pdf")
        yield page, paper.title, look


def _sessions(member: Member, out: Path, weeks: int) -> Iterable[Made]:
    """The page of the last session, with what changed since those before, as the papers count it."""
    from ..care.protocol import load_protocol
    from ..clinic.scoring import score_folder
    from ..output.change_command import with_change
    from ..output.report import write_report

    *before, last = (session_folder(out, member, day) for day in visit_days(member, weeks))
    result, series = score_folder(last)
    write_report(with_change(result, last, before), series, last / "report.html")
    title = load_protocol(member.test).title
    yield last / "report.html", "Last test", f"{title}: every number, and what changed since the visits before"


def _walks(member: Member, out: Path, today: date) -> Iterable[Made]:
    from ..output.walk_pages_command import write_pages

    patient, therapist = write_pages(out, member.code, now=datetime(today.year, today.month, today.day, 18, tzinfo=UTC))
    yield patient, "Walks, for who walked", "plain words, large type"
    yield therapist, "Walks, for the therapist", "distributions, and two walks side by side"


def clinic_pages(store: Store, out: Path, weeks: int) -> list[Link]:
    """Those of the whole clinic. Raises SurefootError."""
    from ..clinic.caseload import caseload
    from ..output.caseload_page import caseload_page
    from ..output.result import made_folder, write_whole

    today, path = last_day(weeks), out / FOLDER / "caseload.html"
    made_folder(path.parent)
    cases = list(caseload(store, today))
    write_whole(path, caseload_page(cases, len(cases), today).encode("utf-8"))
    return [_marked(out, path, "Caseload", "who asks to be looked at first, and why")]


def marks() -> tuple[str, ...]:
    """By which a page says that it is simulated: the demo's own, and those of pages that say it by themselves."""
    from ..clinic.simulated import EVERYBODY
    from ..clinic.simulated import MARK as OF_PERSON
    from ..output.paper_make import SIMULATED as OF_PAPER

    return MARK, OF_PERSON, EVERYBODY, OF_PAPER


def _marked(out: Path, path: Path, title: str, look: str) -> Link:
    from ..output.result import write_whole

    text = path.read_text("utf-8")
    if not any(one in text for one in marks()):
        marked = BODY.sub(lambda found: found[0] + "\n" + SHOWN, text, count=1)
        write_whole(path, marked.encode("utf-8"))
    pdf = path.with_suffix(".pdf")
    return Link(path.relative_to(out).as_posix(), title, look, pdf.relative_to(out).as_posix() if pdf.exists() else "")


def write_index(out: Path, people: list[tuple[Member, list[Link]]], whole: list[Link], facts: dict[str, str]) -> Path:
    """The page that links them all."""
    from ..output.page import render
    from ..output.result import write_whole

    path = out / "index.html"
    write_whole(path, render("demo_clinic.html.j2", people=people, whole=whole, facts=facts, mark=MARK).encode("utf-8"))
    return path
