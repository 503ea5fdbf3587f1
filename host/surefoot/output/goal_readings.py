# SPDX-License-Identifier: MIT
"""What was measured of a goal: amounts of the kept walks, primary outcomes of the kept results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from ..care.goal_values import PER_TEST, Goal, Reading
from ..care.protocol import load_protocol
from ..clinic.store import entries
from ..clinic.store.values import Entry, Store
from ..clinic.walk_values import KeptWalk
from .outcome_view import is_primary
from .walk_page_read import counts, when
from .walk_page_weeks import monday

UNDATED = "it came off the board on that day, and when it was walked is not known"


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
    """A reading for each walk, or each day or week with walks; one whose day isn't known counts for none."""
    walks = list(walks)
    span: Callable[[date], date] = monday if goal.per == "week" else lambda day: day
    dated = sorted(((at.date(), walk) for walk in walks if (at := when(walk)) is not None), key=lambda one: one[0])
    undated = [_undated(walk, goal) for walk in walks if when(walk) is None and walk.fetched_utc]
    if goal.per == "walk":
        return (*(_of(day, walk, goal) for day, walk in dated), *undated)
    sums: dict[date, list[Reading]] = {}
    for day, walk in dated:
        sums.setdefault(span(day), []).append(_of(day, walk, goal))
    return (*(_sum(rows) for rows in sums.values()), *undated)


def _undated(walk: KeptWalk, goal: Goal) -> Reading:
    """Of a walk whose day nobody knows, on the day that it was brought."""
    value, seen, why = counts(walk, goal)
    on = datetime.fromisoformat(walk.fetched_utc or "").astimezone().date()
    return Reading(on, None, seen=seen if value is None else value, why=why or UNDATED)


def _of(day: date, walk: KeptWalk, goal: Goal) -> Reading:
    value, seen, why = counts(walk, goal)
    return Reading(day, value, seen=seen, why=why)


def _sum(rows: list[Reading]) -> Reading:
    told = [one.value for one in rows if one.value is not None]
    if told:
        return Reading(rows[-1].on, sum(told), len(told) < len(rows))
    seen = [one.seen for one in rows if one.seen is not None]
    return replace(rows[-1], at_least=True, seen=sum(seen) if seen else None)


def _result(entry: Entry, goal: Goal) -> Reading | None:
    if entry.document["protocol"].get("id") != goal.protocol:
        return None
    named = load_protocol(goal.protocol).primary_outcome
    primary = next(
        (one for one in entry.document.get("outcomes", ()) if named and is_primary(one, asdict(named))), None
    )
    return Reading(entry.on, None if primary is None else primary.get("value"))
