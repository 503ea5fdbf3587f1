# SPDX-License-Identifier: MIT
"""Sums of walks by week and beside a goal: what isn't known is said to be so, never nought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..clinic.walk_values import Goal, KeptWalk
from .walk_page_read import DISTANCE, STEPS, WALKING, amount, counts, when

SHOWN_WEEKS = 8
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `value`: sum of the walks that tell it, None where none does; `walks` of it, on `days`;
    `untold`: those among them that don't tell it, so that the sum is too small."""

    begin: date
    value: float | None
    walks: int
    days: int
    untold: int


@dataclass(frozen=True)
class Progress:
    """Towards a goal in its unit: `value` None where it isn't known, and `walks` that it is of; `untold` as of a Week.
    `day`: of which day or walk, None for this week and for a walk without a date. Of walks that were measured whole
    and don't count, `seen`: their sum, and `why` the last one doesn't."""

    value: float | None
    share: float
    walks: int
    untold: int
    day: date | None
    seen: float | None = None
    why: str = ""


def monday(day: date) -> date:
    """Of the week that the day lies in."""
    return day - timedelta(days=day.weekday())


def measure_of(goal: Goal | None, walks: Sequence[KeptWalk]) -> str:
    """What the weeks are shown in: as the goal is, if any walk tells it; else metres if all do; else steps or time."""
    if goal is not None and any(amount(walk, goal.measure) is not None for walk in walks):
        return goal.measure
    for key in (DISTANCE, STEPS):
        told = [amount(walk, key) for walk in walks if amount(walk, STEPS) is not None]
        if told and None not in told:
            return key
    return WALKING


def weeks(walks: Sequence[KeptWalk], measure: str, now: datetime) -> list[Week]:
    """The last ones up to this week, from that of the first walk on; of walks with a date."""
    dated = [(at.date(), walk) for walk in walks if (at := when(walk)) is not None]
    if not dated:
        return []
    last = max(monday(now.date()), monday(max(day for day, _ in dated)))
    first = max(monday(min(day for day, _ in dated)), last - (SHOWN_WEEKS - 1) * WEEK)
    out = []
    while first <= last:
        mine = [(day, walk) for day, walk in dated if monday(day) == first]
        value, untold = _sum([walk for _, walk in mine], measure)
        out.append(Week(first, value, len(mine), len({day for day, _ in mine}), untold))
        first += WEEK
    return out


def progress(goal: Goal, walks: Sequence[KeptWalk], now: datetime) -> Progress:
    """How far this week, the last day with a walk or the last walk went towards a goal."""
    dated = [(at.date(), walk) for walk in walks if (at := when(walk)) is not None]
    day: date | None = None
    if goal.per == "walk":
        mine = [*walks[-1:]]
        day = None if not mine or (at := when(mine[0])) is None else at.date()
    elif goal.per == "day":
        day = max((day for day, _ in dated), default=None)
        mine = [walk for own, walk in dated if own == day]
    else:
        mine = [walk for own, walk in dated if monday(own) == monday(now.date())]
    all_of = [counts(walk, goal) for walk in mine]
    known = [value for value, _, _ in all_of if value is not None]
    value, untold = (sum(known) if known else None), len(mine) - len(known)
    seen = [whole for walk in mine if (whole := amount(walk, goal.measure)) is not None]
    why = next((why for _, _, why in reversed(all_of) if why), "")
    share = 0.0 if value is None else value / goal.value
    return Progress(value, share, len(mine), untold, day, sum(seen) if seen else None, why)


def _sum(walks: Sequence[KeptWalk], measure: str) -> tuple[float | None, int]:
    """Of those that tell it, and how many don't."""
    told = [value for walk in walks if (value := amount(walk, measure)) is not None]
    return (sum(told) if told else None), len(walks) - len(told)
