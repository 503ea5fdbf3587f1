# SPDX-License-Identifier: MIT
"""One person's visits and results in, a progress note, report, discharge summary or letter out: content, not layout."""

from collections.abc import Callable, Sequence
from datetime import date

from surefoot.care.billing import by_code, sure
from surefoot.care.billing_file import Billing
from surefoot.care.visit import Visit
from surefoot.output.paper_findings import Finding, findings
from surefoot.output.paper_lead import lead
from surefoot.output.paper_parts import (
    NO_TEST,
    ONE_JUDGED,
    course_part,
    minutes_part,
    results_parts,
    short_table,
    words_part,
)
from surefoot.output.paper_values import DECIDES, Bullets, Case, Paper, PaperError, Part, Table, Words

SIMULATED = "Simulated person. Nobody stood here: these numbers say nothing about anyone."
PERFORMANCE = "97750"


def make_paper(kind: str, case: Case, billing: Billing) -> Paper:
    """A paper of a kind of PAPERS. Raises PaperError where there is nothing to make it from."""
    if not case.visits:
        raise PaperError(
            f"There is no visit of {case.person} to write about: type its minutes in first, with"
            f" `surefoot minutes visit --person {case.person}`."
        )
    title, make = PAPERS[kind]
    found, facts, parts = make(case, billing)
    _, visit = case.last
    marks = (SIMULATED,) if any(one.now["simulated"] for one in found) else ()
    return Paper(
        kind, title, case.person, case.made, marks, (*_who(case), *facts), lead(found, visit.next), tuple(parts),
        _signature(visit), (DECIDES, f"Made {case.made.isoformat()} from what was kept until then."),
    )  # fmt: skip


Made = tuple[Sequence[Finding], Sequence[tuple[str, str]], Sequence[Part]]


def _note(case: Case, billing: Billing) -> Made:
    on, visit = case.last
    found = findings(case, on, on)
    tests = results_parts(found, brief=True)
    return found, _when(on, visit), [minutes_part(billing, on, visit), *tests, *_goals(case), words_part(visit)]


def _report(case: Case, billing: Billing) -> Made:
    on, visit = case.last
    found = findings(case, on, on)
    if not found:
        raise PaperError(
            f"There is no result of {case.person} on {on.isoformat()}, so there is nothing to report: keep the session"
            " with `surefoot keep`, or name the visit with --visit."
        )
    parts = [minutes_part(billing, on, visit, PERFORMANCE), *results_parts(found)]
    course = course_part(found)
    return found, _when(on, visit), [*parts, *([course] if course else []), words_part(visit)]


def _discharge(case: Case, billing: Billing) -> Made:
    visits = [one for one in case.visits if case.since is None or one[0] >= case.since]
    first, (on, visit) = visits[0][0], visits[-1]
    found = findings(case, first, on)
    facts = [("From", first.isoformat()), ("To", on.isoformat()), ("Visits", str(len(visits)))]
    parts = [_care(visits, billing), *_goals(case)]
    blocks = (short_table(found), Words(ONE_JUDGED, soft=True)) if found else (Words(NO_TEST),)
    parts.append(Part("Tests, at the beginning and now", blocks))
    course = course_part(found)
    return found, facts, [*parts, *([course] if course else []), words_part(visit, "After discharge")]


def _letter(case: Case, billing: Billing) -> Made:
    on, visit = case.last
    found = findings(case, case.since or min([on, *(day for day, _ in case.results)]), on)
    facts = [("To", case.to)] if case.to else []
    blocks = (short_table(found), Words(ONE_JUDGED, soft=True)) if found else (Words(NO_TEST),)
    return (
        found,
        [("Date", case.made.isoformat()), *facts, ("Visit", on.isoformat())],
        [Part("Tests", blocks), words_part(visit)],
    )


def _who(case: Case) -> tuple[tuple[str, str], ...]:
    return (*case.names, ("Person", case.person))


def _when(on: date, visit: Visit) -> tuple[tuple[str, str], ...]:
    return (("Visit", on.isoformat()), ("Time", f"{visit.start} to {visit.stop}, {visit.minutes} min"))


def _goals(case: Case) -> tuple[Part, ...]:
    return (Part("Goals, in the person's own words", (Bullets(case.goals),)),) if case.goals else ()


def _care(visits: Sequence[tuple[date, Visit]], billing: Billing) -> Part:
    """What was done over all visits, by code."""
    found = by_code(billing, visits)
    whole = Words(f"{len(visits)} visits, {sum(visit.minutes for _, visit in visits)} minutes in all.")
    if not found:
        return Part("What was done", (whole,))
    unsure = {one.row.code: f" ({sure(one.row.certainty)})" if sure(one.row.certainty) else "" for one in found}
    rows = tuple((one.row.title + unsure[one.row.code], one.row.code, str(one.minutes)) for one in found)
    return Part(
        "What was done", (whole, Table(("What", "Code", "Minutes"), rows, (2,)), Words(billing.says, soft=True))
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
