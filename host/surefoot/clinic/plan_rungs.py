# SPDX-License-Identifier: MIT
"""Where the ladders put a person, as a plan looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ..care.pain_stop import RULES, PainStop, pain_stop
from ..care.plan import Item, task_of
from ..care.plan_check import Rung, Rungs
from . import assess
from .ladder_documents import ALL
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


def stop_at(store: Store, person: str, items: Iterable[Item], today: date) -> PainStop:
    """At which pain they are to stop in any of these things. Raises StoreError, ProtocolError."""
    found = progress(store, person)
    own = [_numbers(found, name) for name in sorted({item.ladder or ALL for item in items} or {ALL})]
    return pain_stop(assess.profile_on(store, person, today).usual_pain, own)


def _numbers(found: Progress, name: str) -> Mapping[str, Mapping[str, float]]:
    shipped = ladder_of(name).numbers if name != ALL else {}
    own = found.thresholds.of(name)
    return {rule: {**shipped.get(rule, {}), **own.get(rule, {})} for rule in RULES}
