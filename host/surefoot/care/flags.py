# SPDX-License-Identifier: MIT
"""What of a person on a caseload asks to be looked at, the most urgent first; each with its reason and where to look.

Pure. A flag says what was told or is missing, never what it means: a clinician decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from surefoot.care.asked import LIMITS, STEADY
from surefoot.care.diary import Day
from surefoot.care.diary_week import week_begins
from surefoot.care.encouragement import SILENT_DAYS
from surefoot.care.falls import RECENT_DAYS
from surefoot.care.progression_case import Numbers
from surefoot.care.progression_lower import too_painful
from surefoot.care.progression_values import NOT_ASKED, NOT_FINE, Session
from surefoot.unit_words import counted

GOAL_DAYS = 14  # so long before its day a goal is looked at (D)
PLAN_DAYS = 42  # so long without a change a plan is looked at again (D)
WORST = LIMITS["steadiness"][1]
NAMED = 3  # so many of a kind are named in a reason


@dataclass(frozen=True)
class Felt:
    """A day, the numbers of the rule `pain-limit` of each ladder that counts for it, and by which `way` it was told."""

    day: Day
    numbers: Sequence[Numbers]
    way: str


@dataclass(frozen=True)
class Facts:
    """All that a flag may rest on. `days`: what was told of days at home, by any way; `pains`: the same with limits;
    `settled`: how pain was on the morning after a day; `falls` and `near_falls`: days, from the calendar, training and
    diaries, none before the last re-check; `unasked` and `expired`: safety questions by id; `stale`: kinds of entries
    that rest on what was taken back; `plan_changed`: None without a plan."""

    today: date
    days: Sequence[Day] = ()
    pains: Sequence[Felt] = ()
    settled: Mapping[date, str] | None = None
    usual_pain: int | None = None
    falls: Sequence[date] = ()
    near_falls: Sequence[date] = ()
    locked: str = ""
    unasked: Sequence[str] = ()
    expired: Sequence[str] = ()
    stale: Sequence[str] = ()
    goals_by: Sequence[date] = ()
    plan_changed: date | None = None
    told_last: date | None = None

    def recent(self, days: Sequence[date]) -> list[date]:
        """Those of the last two weeks, newest first."""
        return sorted({one for one in days if 0 <= (self.today - one).days < RECENT_DAYS}, reverse=True)


@dataclass(frozen=True)
class Flag:
    """`reason`: what was seen; `look`: what to look at next."""

    id: str
    reason: str
    look: str


@dataclass(frozen=True)
class Row:
    """`says` what was seen, "" where nothing was; `look` may hold {person} and, where it is `of` a day, {week}."""

    id: str
    look: str
    says: Callable[[Facts], str]
    of: Callable[[Facts], date | None] = lambda facts: None


def _listed(days: Sequence[date]) -> str:
    more = len(days) - NAMED
    return ", ".join(map(str, days[:NAMED])) + (f" and {more} more" if more > 0 else "")


def _fall(facts: Facts) -> str:
    days = facts.recent(facts.falls)
    return f"A fall was told of {_listed(days)}." if days else ""


def _near_fall(facts: Facts) -> str:
    days = facts.recent(facts.near_falls)
    return f"Nearly a fall was told of {_listed(days)}." if days else ""


def _locked(facts: Facts) -> str:
    return f"Training is locked: {facts.locked}" if facts.locked else ""


def _pain(facts: Facts) -> str:
    return _too_painful(facts)[1]


def _too_painful(facts: Facts) -> tuple[date | None, str]:
    """The newest day, and what was too much."""
    settled = facts.settled or {}
    for felt in sorted(facts.pains, key=lambda one: one.day.on, reverse=True):
        day = felt.day
        if not facts.recent([day.on]):
            continue
        session = Session(day.on, (), (), (), day.pain_before, day.pain_after, settled.get(day.on, NOT_ASKED))
        seen = [too_painful(session, facts.usual_pain, one) for one in felt.numbers]
        told = f"on {day.on} ({felt.way})"
        if peaks := [one["limit"] for one in seen if "peak" in one]:
            return day.on, f"Pain afterwards was {day.pain_after} of 10 {told}; the limit is {min(peaks):g}."
        if rises := [(one["most"], one["rise"]) for one in seen if "rise" in one]:
            return day.on, f"Pain rose by {rises[0][1]} {told}; the limit is {min(rises)[0]:g}."
        if session.settled == NOT_FINE:
            return day.on, f"Pain had not settled on the morning after {day.on}."
    return None, ""


def _lost(facts: Facts) -> str:
    days = _lost_days(facts)
    return f"Steadiness was {WORST} of {WORST} (“{STEADY[-1]}”) on {_listed(days)}." if days else ""


def _lost_days(facts: Facts) -> list[date]:
    return facts.recent([one.on for one in facts.days if one.steadiness == WORST])


def _silent(facts: Facts) -> str:
    if facts.plan_changed is None:
        return ""
    since = facts.told_last or facts.plan_changed
    days = (facts.today - since).days
    if days < SILENT_DAYS:
        return ""
    begin = f"since {since}" if facts.told_last else f"since the plan of {since}"
    return f"Nothing was told {begin}, {counted(days, 'day')} ago. That isn't “not done”."


def _unasked(facts: Facts) -> str:
    many = len(facts.unasked)
    return f"{counted(many, 'safety question')} not asked: {_names(facts.unasked)}." if many else ""


def _expired(facts: Facts) -> str:
    many = len(facts.expired)
    return f"{counted(many, 'safety answer')} to be asked again: {_names(facts.expired)}." if many else ""


def _names(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(one.replace("_", " ") for one in names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _stale(facts: Facts) -> str:
    kinds = sorted(set(facts.stale))
    return f"Computed of what was taken back since: {', '.join(kinds)}." if kinds else ""


def _goal(facts: Facts) -> str:
    near = sorted(day for day in facts.goals_by if (day - facts.today).days <= GOAL_DAYS)
    if not near:
        return ""
    return f"A goal's day {'was' if near[0] < facts.today else 'is'} {near[0]}."


def _plan(facts: Facts) -> str:
    since = facts.plan_changed
    if since is None or (facts.today - since).days < PLAN_DAYS:
        return ""
    return f"The plan has been the same since {since}, {(facts.today - since).days // 7} weeks."


WEEK = "`surefoot diary show --person {person} --week {week}`"
TABLE = (
    Row("fall", "What happened: `surefoot assess falls --person {person}`; then the ladder.", _fall),
    Row("locked", "The re-check: `surefoot ladder show --person {person}`.", _locked),
    Row("pain", f"The week: {WEEK}; ask about pain.", _pain, lambda facts: _too_painful(facts)[0]),
    Row(
        "balance-lost",
        f"The week: {WEEK}; which task it was.",
        _lost,
        lambda facts: next(iter(_lost_days(facts)), None),
    ),
    Row("near-fall", "What happened: `surefoot assess falls --person {person}`.", _near_fall),
    Row("silent", "A call: is all well, and do paper or page work?", _silent),
    Row("safety-not-asked", "`surefoot assess safety --person {person}`.", _unasked),
    Row("safety-expired", "`surefoot assess safety --person {person}`.", _expired),
    Row("stale", "`surefoot kept list --person {person}`.", _stale),
    Row("goal-near", "`surefoot goal show --person {person}`.", _goal),
    Row("plan-old", "`surefoot plan show --person {person}`.", _plan),
)
RANK = {row.id: rank for rank, row in enumerate(TABLE)}


def flags(facts: Facts, person: str) -> tuple[Flag, ...]:
    """In order of urgency."""
    found = ((row, row.says(facts)) for row in TABLE)
    return tuple(Flag(row.id, reason, _look(row, facts, person)) for row, reason in found if reason)


def _look(row: Row, facts: Facts, person: str) -> str:
    on = row.of(facts)
    return row.look.format(person=person, week=on and week_begins(on))
