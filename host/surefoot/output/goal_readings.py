# SPDX-License-Identifier: MIT
"""What was measured of a goal: amounts of the kept walks, primary outcomes of the kept results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from ..care.goal_values import PER_TEST, Goal, Reading
from ..care.protocol import load_protocol
from ..clinic.store import entries
from ..clinic.store.values import Entry, Store
from ..clinic.walk_values import KeptWalk
from .outcome_view import is_primary
from .walk_page_read import amount, number, when
from .walk_page_weeks import monday


def readings(store: Store, person: str, goal: Goal, until: date = date.max) -> tuple[Reading, ...]:
    """Oldest first, `until` that day. Raises StoreError."""
    if goal.per == PER_TEST:
        made = [_result(entry, goal) for entry in entries.entries(store, person, "result")]
        found = [one for one in made if one is not None]
    else:
        walks = (kept_walk(one.document) for one in entries.entries(store, person, "walk") if one.on <= until)
        found = of_walks(walks, goal)
    return tuple(one for one in found if one.on <= until)


def kept_walk(document: Mapping[str, Any]) -> KeptWalk:
    """A walk of the store, as the pages of walks read it."""
    return KeptWalk(
        document["name"], document["begun_utc"], document["walk"], None, document["problem"], document["fetched_utc"]
    )


def of_walks(walks: Iterable[KeptWalk], goal: Goal) -> tuple[Reading, ...]:
    """A reading for each walk, or each day or week with walks; walks without a date tell none."""
    span: Callable[[date], date] = monday if goal.per == "week" else lambda day: day
    dated = sorted(((at.date(), walk) for walk in walks if (at := when(walk)) is not None), key=lambda one: one[0])
    if goal.per == "walk":
        return tuple(Reading(day, _of(walk, goal)) for day, walk in dated)
    sums: dict[date, list[tuple[date, float | None]]] = {}
    for day, walk in dated:
        sums.setdefault(span(day), []).append((day, amount(walk, goal.measure)))
    return tuple(_sum(rows) for rows in sums.values())


def _of(walk: KeptWalk, goal: Goal) -> float | None:
    """None where a walk without a stop was asked for, and it had one, or nobody knows."""
    bouts, pauses = number(walk, "gait_bouts"), number(walk, "gait_pauses")
    if goal.without_stop and (bouts != 1 or pauses != 0):
        return None
    return amount(walk, goal.measure)


def _sum(rows: list[tuple[date, float | None]]) -> Reading:
    told = [value for _, value in rows if value is not None]
    return Reading(rows[-1][0], sum(told) if told else None, len(told) < len(rows))


def _result(entry: Entry, goal: Goal) -> Reading | None:
    if entry.document["protocol"].get("id") != goal.protocol:
        return None
    named = load_protocol(goal.protocol).primary_outcome
    primary = next(
        (one for one in entry.document.get("outcomes", ()) if named and is_primary(one, asdict(named))), None
    )
    return Reading(entry.on, None if primary is None else primary.get("value"))
