# SPDX-License-Identifier: MIT
"""What is known of a plan's days: the diary, training that was typed in or recorded, and walks long enough.

A walk that was shorter, or whose time isn't known, says nothing: it may have gone on without the insoles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from ..care.adherence import Told
from ..care.exercises import exercise
from ..care.plan import EXERCISE, Item
from .store import entries
from .store.values import Entry, Store

LONG_ENOUGH = 0.8  # of the minutes that were planned (D)
WALKING = "gait_walking_s"


def told(store: Store, person: str, items: Sequence[Item]) -> tuple[Told, ...]:
    """Of every day. Raises StoreError."""
    diary, training, walks = (entries.entries(store, person, kind) for kind in ("diary", "training", "walk"))
    return (*written(diary), *_trained(training, items), *_walked(walks, items))


def written(found: Iterable[Entry]) -> list[Told]:
    """What diaries say; of one thing told twice, what was written down last."""
    last: dict[tuple[date, str], bool] = {}
    for entry in sorted(found, key=lambda one: one.made_utc):
        for day in entry.document["days"]:
            last |= {(date.fromisoformat(day["day"]), item): done for item, done in day.get("done", {}).items()}
    return [Told(on, item, done) for (on, item), done in last.items()]


def _trained(found: Iterable[Entry], items: Sequence[Item]) -> list[Told]:
    """A task was done on a day of its training, with the leg that was planned or, by turns, with both."""
    days: dict[tuple[date, str, str], set[str]] = {}
    for entry in found:
        document = entry.document
        days.setdefault((entry.on, document["ladder"], document["task"]), set()).add(document["leg"])
    return [
        Told(on, item.id, True)
        for (on, ladder, task), legs in days.items()
        for item in items
        if (item.ladder, item.what) == (ladder, task) and _legs(item, legs)
    ]


def _legs(item: Item, legs: set[str]) -> bool:
    return "" in legs or (item.leg in legs if item.leg else {"left", "right"} <= legs)


def _walked(found: Iterable[Entry], items: Sequence[Item]) -> list[Told]:
    seconds: dict[date, float] = {}
    for entry in found:
        value = entry.document["walk"]["parameters"].get(WALKING, {}).get("value")
        if value is not None:
            day = day_of(entry.document) or entry.on
            seconds[day] = seconds.get(day, 0.0) + value
    out = []
    for item in items:
        minutes = item.minutes if item.kind == EXERCISE and exercise(item.what).figure == "walk" else None
        if minutes is not None:
            out += [Told(day, item.id, True) for day, walked in seconds.items() if walked >= LONG_ENOUGH * 60 * minutes]
    return out


def day_of(document: Any) -> date | None:
    """The day on which a kept walk began, by the clock of this place; None where the board knew no time."""
    begun = document.get("begun_utc")
    return datetime.fromisoformat(begun).replace(tzinfo=UTC).astimezone().date() if begun else None
