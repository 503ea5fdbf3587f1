# SPDX-License-Identifier: MIT
"""One person's kept results in, one finding for each test out: the result of the visit beside its baseline sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from surefoot.care.change import Circumstances
from surefoot.care.protocol import Protocol, load_protocol, protocol_names
from surefoot.care.scales import load_scale, scale_names
from surefoot.clinic.circumstances import for_change
from surefoot.errors import MeasureError, ProtocolError
from surefoot.output.changes import ChangeError, change_of
from surefoot.output.filled import filled
from surefoot.output.outcome_view import is_primary
from surefoot.output.paper_values import Case
from surefoot.output.wording import number_text, spoken

BASELINE_SESSIONS = 2  # our choice: one session alone is often out of the way, and practice shows in later ones
Kept = tuple[date, Mapping[str, Any]]


@dataclass(frozen=True)
class Finding:
    """A test: its result `now` (filled), the baseline sessions, all sessions up to now, and the change between them.

    `change` is None at the first session; `number` counts the person's sessions of this test from 1; `placed`: the test
    leaves the feet a choice, so where they stood is told.
    """

    test: str
    title: str
    purpose: str
    on: date
    now: Mapping[str, Any]
    baseline: tuple[Kept, ...]
    course: tuple[Kept, ...]
    change: Mapping[str, Any] | None
    number: int
    placed: bool

    @property
    def compared(self) -> tuple[Mapping[str, Any], ...]:
        """The results that are set beside one another, the present one last."""
        return (*(one for _, one in self.baseline), self.now)

    @property
    def told(self) -> tuple[Circumstances, ...]:
        """In which circumstances each of these was done."""
        return tuple(for_change(one) for one in self.compared)


def purposes(case: Case, first: date, last: date) -> dict[str, str]:
    """What each test or scale was done for, as the visits between two days name it; the last one counts."""
    return {one.test: one.purpose for day, visit in case.visits if first <= day <= last for one in visit.tests}


def findings(case: Case, first: date, last: date) -> tuple[Finding, ...]:
    """A finding for each test that has a result between two days (both included), by its last one there."""
    tests = dict.fromkeys(str(one["protocol"]["id"]) for on, one in case.results if first <= on <= last)
    return tuple(_finding(case, test, first, last) for test in tests)


def primary(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The outcome that the protocol names as primary, of a filled result."""
    named = result["protocol"]["primary_outcome"]
    return next((one for one in result["outcomes"] if is_primary(one, named)), None)


def like(result: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The same outcome in another session."""
    keys = ("id", "measure", "condition", "target")
    return next((one for one in result["outcomes"] if all(one[key] == found[key] for key in keys)), None)


def title_of(test: str) -> str:
    """What a test or scale is called, by its id."""
    try:
        if test in protocol_names():
            return load_protocol(test).title
        return load_scale(test).title if test in scale_names() else spoken(test)
    except ProtocolError:
        return spoken(test)


def outcome_text(found: Mapping[str, Any] | None) -> str:
    """An outcome's number without its unit; a dash where there is none."""
    if found is None or found["value"] is None:
        return "\u2013"
    return number_text(found["measure"], float(found["value"]))


def _finding(case: Case, test: str, first: date, last: date) -> Finding:
    course = [(on, filled(one)) for on, one in case.results if one["protocol"]["id"] == test and on <= last]
    course.sort(key=lambda kept: (kept[0], kept[1]["created_utc"]))
    since = [kept for kept in course if case.since is None or kept[0] >= case.since]
    place = max(n for n, (on, _) in enumerate(course) if on >= first)
    on, now = course[place]
    baseline = [kept for kept in since if kept[1] is not now][:BASELINE_SESSIONS]
    now = _numbered(now, place + 1)
    protocol = now["protocol"]
    rules = _rules(test)
    return Finding(
        test,
        protocol["title"] or test,
        purposes(case, first, last).get(test) or protocol["purpose"],
        on,
        now,
        tuple(baseline),
        tuple(course[: place + 1]),
        _change(rules, [one for _, one in baseline], now, case.clinic_errors),
        now["circumstances"]["session"],
        isinstance(rules, Protocol) and rules.placement is not None,
    )


def _rules(test: str) -> Protocol | ProtocolError:
    """The protocol, or why it can't be read."""
    try:
        return load_protocol(test)
    except ProtocolError as error:
        return error


def _numbered(result: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The result with the number of its session, or a later one that was said: of a course only the baseline is
    compared, so how many are doesn't tell."""
    told = result["circumstances"] or {}
    said = told.get("session")
    return {**result, "circumstances": {**told, "session": max(said, number) if isinstance(said, int) else number}}


def _change(
    rules: Protocol | ProtocolError,
    baseline: Sequence[Mapping[str, Any]],
    now: Mapping[str, Any],
    errors: Sequence[Any],
) -> Mapping[str, Any] | None:
    if not baseline:
        return None
    try:
        if isinstance(rules, ProtocolError):
            # Its own words name every test that there is, to somebody who mistyped one.
            raise ProtocolError("the file of this test can't be read, and its rules are there.") from rules
        return change_of(rules, baseline, now, errors)
    except (ChangeError, ProtocolError, MeasureError) as error:
        return {"verdict": "not judged", "judged": False, "sentence": f"Not judged: {error}", "advice": ""}
