# SPDX-License-Identifier: MIT
"""What happened between the first visit and the last beside the tests: plain values, and falls counted in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surefoot.care import falls as calendar
from surefoot.care.adherence import WEEK_DAYS, Week
from surefoot.care.assessment import Assessment
from surefoot.care.plan import Item


@dataclass(frozen=True)
class Rung:
    """Where somebody stood on a ladder (its title, with the leg) at the start of `began_on`, and stands now."""

    title: str
    began_on: date
    began: str
    now: str


@dataclass(frozen=True)
class Step:
    """A decision of a day on a ladder: what the rules suggest or, decided `by` a clinician, what was done instead of
    what they had `said`, with the `reason`; `then`: the task that follows."""

    title: str
    words: str
    then: str
    by: str = ""
    said: str = ""
    reason: str = ""


@dataclass(frozen=True)
class HomeWeek:
    """Seven days at home up to `end`, or the `days` of them that were of the episode: what was done of the plan (None:
    there was no plan), how many days are unreported, and every pain (0 to 10) and steadiness (1 to 5) that was told."""

    end: date
    week: Week | None
    days: int
    unreported: int
    pain: tuple[int, ...] = ()
    steadiness: tuple[int, ...] = ()


@dataclass(frozen=True)
class FallsTold:
    """Of the days from the first to the last: how many were `reported` of all, falls and near-falls of these, months
    that weren't reported whole, days of falls that only a diary told of; and the year before, as remembered."""

    days: int
    reported: int = 0
    falls: int = 0
    injuries: int = 0
    near_falls: int = 0
    missing: tuple[str, ...] = ()
    by_diary: tuple[date, ...] = ()
    history: calendar.History | None = None

    def per_year(self, count: int) -> float | None:
        """A rate per person-year of the days that were reported, None without any."""
        return count / (self.reported / calendar.YEAR_DAYS) if self.reported else None


@dataclass(frozen=True)
class Episode:
    """`plan`: what is planned on the last day, since `plan_on` (None: no plan was ever made); `asked`: what was asked
    around the tests of each visit; `steps`: decisions of the last day."""

    first: date
    last: date
    plan: tuple[Item, ...] = ()
    plan_on: date | None = None
    weeks: tuple[HomeWeek, ...] = ()
    falls: FallsTold | None = None
    rungs: tuple[Rung, ...] = ()
    asked: tuple[tuple[date, Assessment], ...] = ()
    steps: tuple[Step, ...] = ()


def week_ends(first: date, last: date) -> tuple[date, ...]:
    """The last days of the weeks up to `last`, oldest first; the first one has fewer days where they don't divide."""
    count = max(-(-((last - first).days + 1) // WEEK_DAYS), 1)
    return tuple(last - timedelta(days=WEEK_DAYS * back) for back in reversed(range(count)))


def falls_between(
    months: Sequence[calendar.Month],
    history: calendar.History | None,
    by_diary: Sequence[date],
    first: date,
    last: date,
) -> FallsTold:
    """Falls of the days between, both included: those of the calendar, and days that only diaries told of."""
    clipped = [found for found in (_clipped(one, first, last) for one in months) if found is not None]
    rows = calendar.calendar(clipped, last, since=first)
    whole = _days_of_months(first, last)
    told = [one for row in rows for one in row.falls]
    known = {one.on for one in told}
    return FallsTold(
        (last - first).days + 1,
        sum(row.days for row in rows),
        len(told),
        sum(one.injury in ("minor", "serious") for one in told),
        sum(len(row.near_falls) for row in rows),
        tuple(row.name for row in rows if row.days < whole[row.name]),
        tuple(day for day in sorted(set(by_diary)) if first <= day <= last and day not in known),
        history,
    )


def _clipped(found: calendar.Month, first: date, last: date) -> calendar.Month | None:
    begin, end = max(found.first, first), min(found.last, last)
    if begin > end:
        return None
    return calendar.Month(
        begin,
        end,
        tuple(one for one in found.falls if begin <= one.on <= end),
        tuple(one for one in found.near_falls if begin <= one.on <= end),
    )


def _days_of_months(first: date, last: date) -> dict[str, int]:
    """How many of the days between are of each month."""
    counts: dict[str, int] = {}
    for back in range((last - first).days + 1):
        name = f"{first + timedelta(days=back):%Y-%m}"
        counts[name] = counts.get(name, 0) + 1
    return counts
