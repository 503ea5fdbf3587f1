# SPDX-License-Identifier: MIT
"""Rated scales of a person in the store: each one's sessions, its total now, and the change of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ..care.assessment import ABC
from ..care.change import Circumstances
from ..care.scale_change import Rating, ScaleChange, judge_scale, shown
from ..care.scales import Scale, load_scale
from ..errors import ProtocolError
from .scale_scoring import rating_of
from .store import entries
from .store.values import LIVE, Store


@dataclass(frozen=True)
class KeptScale:
    """One scale of a person: its sessions, oldest first, each with its day."""

    scale: Scale
    sessions: tuple[tuple[date, Rating], ...]

    def until(self, on: date) -> KeptScale:
        """What was known on a day."""
        return KeptScale(self.scale, tuple(one for one in self.sessions if one[0] <= on))


@dataclass(frozen=True)
class Rated:
    """A scale as a paper tells it: the session `now` of the day `on` beside those it is compared with; `change` is None
    at the first session. `told`, `number` and `placed` are as of a test's finding."""

    scale: Scale
    on: date
    now: Rating
    baseline: tuple[tuple[date, Rating], ...]
    change: ScaleChange | None

    @property
    def title(self) -> str:
        return self.scale.title

    @property
    def number(self) -> int:
        return self.now.number

    @property
    def placed(self) -> bool:
        return False

    @property
    def told(self) -> tuple[Circumstances, ...]:
        return (*(one.circumstances for _, one in self.baseline), self.now.circumstances)

    @property
    def at_best(self) -> bool:
        """Whether it is at its ceiling, where it can't show that somebody got better."""
        return self.now.value == self.scale.range[1 if self.scale.better == "higher" else 0]

    def total(self, rating: Rating) -> str | None:
        """A total in words, None where there is none."""
        return None if rating.value is None else shown(self.scale, rating.value)


def kept_scales(store: Store, person: str) -> tuple[KeptScale, ...]:
    """In the order in which they were first rated. Raises StoreError, ProtocolError for a scale that is no more."""
    found: dict[str, list[tuple[date, Rating]]] = {}
    own = [one for one in entries.entries(store, person, "scale") if one.state == LIVE]
    for entry in sorted(own, key=lambda one: (one.document["rated"], one.document["created_utc"])):
        scale = load_scale(entry.document["scale"]["id"])
        rows = found.setdefault(scale.id, [])
        rows.append((entry.on, rating_of(scale, entry.document, len(rows) + 1)))
    return tuple(KeptScale(load_scale(name), tuple(rows)) for name, rows in found.items())


def rated(
    found: Sequence[KeptScale], first: date, last: date, since: date | None = None, baseline: int = 2
) -> tuple[Rated, ...]:
    """Each scale that was rated between two days (both included), by its last session there, beside the first
    `baseline` ones (from `since` on)."""
    made = []
    for one in found:
        sessions = one.until(last).sessions
        if not sessions or sessions[-1][0] < first:
            continue
        on, now = sessions[-1]
        before = tuple(each for each in sessions[:-1] if since is None or each[0] >= since)[:baseline]
        change = judge_scale(one.scale, [rating for _, rating in before], now) if before else None
        made.append(Rated(one.scale, on, now, before, change))
    return tuple(made)


def confidence(store: Store, person: str, on: date) -> Rated | None:
    """The last ABC scale up to a day that has a total, None where there is none. Raises StoreError."""
    try:
        own = [one for one in kept_scales(store, person) if one.scale.id == ABC]
    except ProtocolError:
        return None
    found = rated(own, date.min, on)
    return found[0] if found and found[0].now.value is not None else None
