# SPDX-License-Identifier: MIT
"""One person's visits and results in, a progress note, report, discharge summary or letter out: content, not layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from surefoot.care.billing import by_code, never_advice, not_counted, sure
from surefoot.care.billing_file import Billing
from surefoot.care.visit import Visit
from surefoot.clinic.scale_kept import Rated, rated
from surefoot.output.paper_episode import asked_part, episode_parts, scale_rows, scales_part, step_rows
from surefoot.output.paper_findings import BASELINE_SESSIONS, Finding, findings, purposes
from surefoot.output.paper_lead import lead
from surefoot.output.paper_parts import (
    EFFECT,
    NO_TEST_AT_ALL,
    ONE_JUDGED,
    course_part,
    minutes_part,
    named_part,
    results_parts,
    short_table,
    words_part,
)
from surefoot.output.paper_values import DECIDES, Bullets, Case, Paper, PaperError, Part, Table, Words
from surefoot.unit_words import counted

SIMULATED = "Simulated person. Nobody stood here: these numbers say nothing about anyone."
PERFORMANCE = "97750"
MOST_TESTS = 12  # rows of a letter, the newest: our choice, so that it stays one page


def make_paper(kind: str, case: Case, billing: Billing) -> Paper:
    """A paper of a kind of PAPERS. Raises PaperError where there is nothing to make it from."""
    if not case.visits:
        raise PaperError(
            f"There is no visit of {case.person} to write about: type its minutes in first, with"
            f" `surefoot minutes visit --person {case.person}`."
        )
    if case.since is not None and case.since > case.last[0]:
        raise PaperError(
            f"The visit of {case.last[0].isoformat()} was before {case.since.isoformat()}, when --since begins: give an"
            " earlier day, or another visit by --visit."
        )
    title, make = PAPERS[kind]
    made = make(case, billing)
    _, visit = case.last
    marks = (SIMULATED,) if any(one.now["simulated"] for one in made.found) else ()
    return Paper(
        kind, title, case.person, case.made, marks, (*_who(case), *made.facts),
        lead(made.found, visit.next, made.scales), tuple(one for one in made.parts if one is not None),
        _signature(visit), (DECIDES, f"Made {case.made.isoformat()} from what was kept until then."),
    )  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What is a paper's own: tests and scales that its lead is of, facts beside who it is of, and parts."""

    found: Sequence[Finding]
    scales: Sequence[Rated]
    facts: Sequence[tuple[str, str]]
    parts: Sequence[Part | None]


def _note(case: Case, billing: Billing) -> Made:
    on, visit = case.last
    found, scales = findings(case, on, on), _scales(case, on, on)
    asked = [asked_part([one for one in case.episode.asked if one[0] == on])] if case.episode else []
    results = results_parts(found, brief=True) if found or not scales else []
    parts = [minutes_part(billing, on, visit, case.same_day), *asked, *results, *_more(case, on, on, found, scales)]
    return Made(found, scales, _when(on, visit), [*parts, *_goals(case), _words(case)])


def _report(case: Case, billing: Billing) -> Made:
    on, visit = case.last
    found, scales = findings(case, on, on), _scales(case, on, on)
    if not found and not scales:
        raise PaperError(
            f"There is no result of {case.person} on {on.isoformat()}, so there is nothing to report: keep the session"
            " with `surefoot keep`, or name the visit with --visit."
        )
    parts = [
        minutes_part(billing, on, visit, case.same_day, PERFORMANCE),
        *(results_parts(found) if found else []),
        *_more(case, on, on, found, scales),
    ]
    episode = episode_parts(case.episode) if case.episode else []
    return Made(found, scales, _when(on, visit), [*parts, course_part(found), *_goals(case), *episode, _words(case)])


def _discharge(case: Case, billing: Billing) -> Made:
    visits = [one for one in case.visits if case.since is None or one[0] >= case.since]
    first, (on, _) = visits[0][0], visits[-1]
    found, scales = findings(case, first, on), _scales(case, first, on)
    facts = [("From", first.isoformat()), ("To", on.isoformat()), ("Visits", str(len(visits)))]
    blocks = (short_table(found), Words(ONE_JUDGED, soft=True)) if found else (Words(NO_TEST_AT_ALL),)
    tests = Part("Tests, at the beginning and now", blocks) if found or not scales else None
    rated_part = scales_part(scales, purposes(case, first, on))
    parts = [_care(visits, billing), *_goals(case), tests, rated_part, course_part(found)]
    episode = episode_parts(case.episode) if case.episode else []
    return Made(found, scales, facts, [*parts, *episode, _words(case, "After discharge")])


def _letter(case: Case, billing: Billing) -> Made:
    on, _ = case.last
    days = [day for day, _ in case.results] + [day for one in case.scales for day, _ in one.sessions]
    first = case.since or min([on, *days])
    found, scales, left = _newest(findings(case, first, on), _scales(case, first, on))
    table = short_table(found)
    table = replace(table, rows=(*table.rows, *scale_rows(scales)))
    more = f" {counted(left, 'more test')} of before: a discharge summary has all." if left else ""
    blocks = (table, Words(ONE_JUDGED + more, soft=True)) if table.rows else (Words(NO_TEST_AT_ALL),)
    facts = [("Date", case.made.isoformat()), *([("To", case.to)] if case.to else []), ("Visit", on.isoformat())]
    return Made(found, scales, facts, [Part("Tests", blocks), words_part(case.last[1])])


def _newest(found: Sequence[Finding], scales: Sequence[Rated]) -> tuple[Sequence[Finding], Sequence[Rated], int]:
    """The newest tests and scales, as many as go on a letter, in their order; and how many are left out."""
    newest = sorted((*found, *scales), key=lambda one: one.on, reverse=True)[:MOST_TESTS]
    kept = {id(one) for one in newest}
    tests, rest = [one for one in found if id(one) in kept], [one for one in scales if id(one) in kept]
    return tests, rest, len(found) + len(scales) - len(newest)


def _more(
    case: Case, first: date, last: date, found: Sequence[Finding], scales: Sequence[Rated]
) -> tuple[Part | None, Part | None]:
    """Rated scales, and tests that the visit names without a result."""
    known = [*(one.test for one in found), *(one.scale.id for one in scales)]
    return scales_part(scales, purposes(case, first, last)), named_part(case.last[1], known)


def _scales(case: Case, first: date, last: date) -> tuple[Rated, ...]:
    return rated(case.scales, first, last, case.since, BASELINE_SESSIONS)


def _words(case: Case, plan: str = EFFECT) -> Part:
    """The clinician's words, and with them what the ladders' rules suggest or a clinician decided that day."""
    return words_part(case.last[1], plan, step_rows(case.episode.steps) if case.episode else ())


def _who(case: Case) -> tuple[tuple[str, str], ...]:
    return (*case.names, ("Person", case.person))


def _when(on: date, visit: Visit) -> tuple[tuple[str, str], ...]:
    return (("Visit", on.isoformat()), ("Time", f"{visit.start} to {visit.stop}, {visit.minutes} min"))


def _goals(case: Case) -> tuple[Part, ...]:
    return (Part("Goals, in the person's own words", (Bullets(case.goals),)),) if case.goals else ()


def _care(visits: Sequence[tuple[date, Visit]], billing: Billing) -> Part:
    """What was done over all visits, by code."""
    found = by_code(billing, visits)
    minutes = sum(visit.minutes for _, visit in visits)
    whole = Words(f"{counted(len(visits), 'visit')}, {counted(minutes, 'minute')} in all.")
    small = Words(" ".join(filter(None, (not_counted(billing, visits), never_advice(billing)))), soft=True)
    if not found:
        return Part("What was done", (whole,))
    unsure = {one.row.code: f" ({sure(one.row.certainty)})" if sure(one.row.certainty) else "" for one in found}
    rows = tuple((one.row.title + unsure[one.row.code], one.row.code, str(one.minutes)) for one in found)
    return Part(
        "What was done",
        (whole, Table(("What", "Code", "Minutes"), rows, (2,)), small),
    )


def _signature(visit: Visit) -> tuple[tuple[str, str], ...]:
    """What the clinician fills in by hand is empty."""
    one = visit.clinician
    return (
        ("Name", one.name), ("Credential", one.credential), ("Licence", one.licence), ("Signature", ""), ("Date", ""),
    )  # fmt: skip


# What a paper is called, and what makes it.
PAPERS: dict[str, tuple[str, Callable[[Case, Billing], Made]]] = {
    "note": ("Progress note", _note),
    "report": ("Report of physical performance tests", _report),
    "discharge": ("Discharge summary", _discharge),
    "letter": ("Letter on tests of balance and walking", _letter),
}
