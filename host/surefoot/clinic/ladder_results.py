# SPDX-License-Identifier: MIT
"""Tests as tasks of the standing ladder: what was held in them, and sessions recorded by a device as training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..care.ladder import Ladder, Task
from ..care.outcome_trial import done_of, given_marks, trial_value
from ..care.protocol import load_protocol
from ..care.protocol_values import Condition, Protocol
from ..errors import ProtocolError
from .store.values import Entry

STANCES = {"single": "single-leg"}  # levels of the ladder that a test calls otherwise
HANDS_OFF = (None, "", "none", "supervised")  # assistance that holds nobody up


@dataclass(frozen=True)
class Did:
    """A trial that is a task of the ladder: which leg ("" where that isn't said), the seconds held by its task's rules
    (0 where it couldn't be done or doesn't count), and how long it was to be."""

    task: Task
    leg: str
    held_s: float
    target_s: float | None


def task_of(ladder: Ladder, condition: Condition) -> Task | None:
    """The task that a held condition is; None where it is none of the ladder."""
    if condition.kind != "hold" or ladder.id != "standing":
        return None
    names = [STANCES.get(condition.stance or "", condition.stance), condition.surface, condition.vision]
    names += ["turning"] if condition.head not in (None, "still") else []
    names += ["counting"] if condition.second_task else []
    try:
        return ladder.task("/".join(["none", *(name for name in names if name)]))
    except ProtocolError:
        return None


def leg_of(condition: Condition, trial: Mapping[str, Any]) -> str:
    """Which leg stands or is in front; "" where that isn't said."""
    told = trial.get("leg") or condition.leg or ""
    return told if told in ("left", "right") else ""


def held_of(
    results: Iterable[Entry], ladder: Ladder, leg: str, today: date, days: int
) -> tuple[dict[Task, float], tuple[str, ...]]:
    """The longest time that each task was held in the newest test of the last `days` that had it, and the entries. A
    test in which somebody had to hold the person says nothing."""
    held: dict[Task, float] = {}
    ids: dict[Task, str] = {}
    for entry in results:
        if not 0 <= (today - entry.on).days <= days or helped(entry.document):
            continue
        newest: dict[Task, float] = {}
        for one in trials_of(ladder, entry.document):
            if not ladder.one_legged(one.task) or one.leg == leg:
                newest[one.task] = max(newest.get(one.task, 0.0), one.held_s)
        held |= newest
        ids |= dict.fromkeys(newest, entry.id)
    return held, tuple(dict.fromkeys(ids.values()))


def helped(result: Mapping[str, Any]) -> str:
    """The assistance by which somebody was held in a test, "" without."""
    told = (result.get("circumstances") or {}).get("assistance")
    return "" if told in HANDS_OFF else str(told)


def trials_of(ladder: Ladder, result: Mapping[str, Any], protocol: Protocol | None = None) -> list[Did]:
    """The scored trials of a result that are a task of the ladder, without those that are to be done again; of a test
    of one's own by its `protocol`."""
    named = result["protocol"]
    try:
        protocol = protocol or load_protocol(named["id"] if isinstance(named, Mapping) else named)
    except ProtocolError:
        return []
    conditions = {one.id: one for one in protocol.conditions}
    out = []
    for trial in result["trials"]:
        condition = conditions.get(trial["condition"])
        task = task_of(ladder, condition) if condition else None
        if condition is None or task is None or trial.get("practice"):
            continue
        done = done_of(trial)
        if done.ended == "interrupted" or given_marks(protocol, done, "repeat"):
            continue
        value, _ = trial_value(protocol, done, "held_s")
        out.append(Did(task, leg_of(condition, trial), float(value or 0.0), trial.get("target_s")))
    return out


def recorded(
    ladder: Ladder, trials: Sequence[Did], task: Task, leg: str, target_s: float | None
) -> tuple[tuple[bool, ...], tuple[float, ...]]:
    """Which trials of a session succeeded at a task, and how long each was held: what ends a trial (a step, an open
    eye, a hand that holds on, a loss of balance) ends the time that counts. Raises ProtocolError where the session has
    too few of them."""
    own = [one for one in trials if one.task == task and (one.leg == leg or not ladder.one_legged(task))]
    if target_s is None or not own:
        known = sorted({f"{ladder.name(one.task)}{_leg_words(ladder, one)}" for one in trials})
        has = f"it has {', '.join(known)}" if known else "it has no task of this ladder"
        raise ProtocolError(f"This session has no trial of {ladder.name(task)}{' ' + leg if leg else ''}: {has}.")
    if len(own) < ladder.trials:
        raise ProtocolError(
            f"This session has {len(own)} of {ladder.trials} trials of {ladder.name(task)}: do the rest, and name all "
            "its folders: --from DIR DIR DIR."
        )
    own = own[-ladder.trials :]
    if short := [one.target_s for one in own if one.target_s is not None and one.target_s < target_s]:
        raise ProtocolError(
            f"That test ends at {short[0]:g} s; {target_s:g} s are asked for: take a longer test, or give --target."
        )
    held = tuple(one.held_s for one in own)
    return tuple(seconds >= target_s for seconds in held), held


def _leg_words(ladder: Ladder, did: Did) -> str:
    unsaid = " (which leg isn't said)" if ladder.one_legged(did.task) else ""
    return f" {did.leg}" if did.leg else unsaid
