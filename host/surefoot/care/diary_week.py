# SPDX-License-Identifier: MIT
"""A week as all ways together tell it. Pure.

Of each thing told twice the newest is shown and the other is named; nothing is added up, and what nobody told stays
untold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from surefoot.care.diary import FIELDS, NOT_TOLD, Day, week_days
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE


@dataclass(frozen=True)
class Report:
    """A day as one way told it: `way` in words, `made_utc` when it was written down, `ladder` where it was of one."""

    day: Day
    way: str
    made_utc: str
    ladder: str = ""


@dataclass(frozen=True)
class Seen:
    """A day merged. `ways`: of whom it is, in order; `twice`: a sentence for each thing that was told differently."""

    day: Day
    ways: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()


def merged(reports: Sequence[Report], first: date, titles: Mapping[str, str] | None = None) -> tuple[Seen, ...]:
    """The seven days from `first`; what is in other weeks is left out."""
    return tuple(_day(on, [one for one in reports if one.day.on == on], titles or {}) for on in week_days(first))


def _day(on: date, reports: Sequence[Report], titles: Mapping[str, str]) -> Seen:
    ordered = sorted((one for one in reports if one.day.told), key=lambda one: one.made_utc)
    twice: list[str] = []
    done = {}
    for item in dict.fromkeys(name for one in ordered for name in one.day.done):
        told = [(one.day.done[item], one.way) for one in ordered if item in one.day.done]
        done[item] = told[-1][0]
        twice += _twice(titles.get(item, item), [("done" if value else "not done", way) for value, way in told])
    numbers: dict[str, Any] = {}
    for row in FIELDS:
        told = [(getattr(one.day, row.name), one.way) for one in ordered if getattr(one.day, row.name) is not None]
        if told:
            numbers[row.name] = told[-1][0]
            twice += _twice(row.label, told)
    notes = " / ".join(dict.fromkeys(one.day.note for one in ordered if one.day.note))
    ways = tuple(dict.fromkeys(one.way for one in ordered))
    return Seen(Day(on, done, note=notes, **numbers), ways, tuple(twice))


def _twice(what: str, told: Sequence[tuple[Any, str]]) -> list[str]:
    """A sentence where a thing was told in different ways; the last one is shown."""
    others = [f"{value} by {way}" for value, way in told[:-1] if value != told[-1][0]]
    if not others:
        return []
    return [f"{what}: {told[-1][0]} by {told[-1][1]} is the newest; before: {', '.join(dict.fromkeys(others))}."]


def falls_told(reports: Sequence[Report]) -> tuple[date, ...]:
    """Days on which any way told of a fall."""
    return tuple(sorted({one.day.on for one in reports if one.day.falls}))


def settled(seen: Sequence[Seen], usual_pain: int | None) -> dict[date, str]:
    """Whether pain was at its usual level again on the morning after a day, one of FINE, NOT_FINE, NOT_ASKED: by the
    pain before training of the day after (D)."""
    out = {}
    for one in seen:
        pain = one.day.pain_before
        known = pain is not None and usual_pain is not None
        state = NOT_ASKED if not known else FINE if pain <= usual_pain else NOT_FINE  # type: ignore[operator]
        out[one.day.on - timedelta(days=1)] = state
    return out


def summary(seen: Sequence[Seen]) -> str:
    """How much of a week was told."""
    told = sum(one.day.told for one in seen)
    return f"{told} of {len(seen)} days told." if told else f"This week: {NOT_TOLD}."


def week_begins(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
