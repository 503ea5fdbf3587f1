# SPDX-License-Identifier: MIT
"""Where the ladders put a person, as a plan looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from ..care.plan import Item, task_of
from ..care.plan_check import Rung, Rungs
from .ladder_kept import Progress, ladder_of, passed, progress
from .store.values import Store


@dataclass(frozen=True)
class Ladders:
    """`rungs` by ladder and leg; `targets_s`: how long the rung's task is to be held; `fallback`: what the therapist
    chose for as long as training is locked, "" otherwise."""

    rungs: Rungs
    targets_s: dict[tuple[str, str], float | None]
    fallback: str = ""


def ladders(store: Store, person: str) -> Ladders:
    """What the decisions in force say. Raises StoreError, ProtocolError."""
    found = progress(store, person)
    rungs = {
        (track[0], track[1]): Rung(
            one.task, one.locked, bool(ladder_of(track[0]).watched(one.task) - passed(found, track))
        )
        for track, one in found.standings.items()
    }
    targets = {(track[0], track[1]): one.target_s for track, one in found.standings.items()}
    return Ladders(rungs, targets, _fallback(found))


def target_of(store: Store, person: str, item: Item) -> float | None:
    """How long a task is to be held, where it is the one that the ladder leads to. Raises StoreError."""
    found, track = ladders(store, person), (item.ladder, item.leg or "")
    rung = found.rungs.get(track)
    return found.targets_s[track] if rung is not None and rung.task == task_of(item)[1] else None


def _fallback(found: Progress) -> str:
    return found.thresholds.fallback if found.locked else ""
