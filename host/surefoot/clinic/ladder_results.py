# SPDX-License-Identifier: MIT
"""Tests as tasks of the standing ladder: what was held in them, and a session recorded by a device as training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ..care.ladder import Ladder, Task
from ..care.protocol import load_protocol
from ..care.protocol_values import Condition
from ..errors import ProtocolError
from .store.values import Entry


def task_of(ladder: Ladder, condition: Condition) -> Task | None:
    """The task that a held condition is; None where it is none of the ladder."""
    if condition.kind != "hold" or ladder.id != "standing":
        return None
    names = [name for name in (condition.stance, condition.surface, condition.vision) if name]
    try:
        return ladder.task("/".join(["none", *names]))
    except ProtocolError:
        return None


def leg_of(condition: Condition, trial: Mapping[str, Any]) -> str:
    """Which leg stands or is in front; "" where that isn't said."""
    told = trial.get("leg") or condition.leg or ""
    return told if told in ("left", "right") else ""


def held_of(
    results: Iterable[Entry], ladder: Ladder, leg: str, today: date, days: int
) -> tuple[dict[Task, float], tuple[str, ...]]:
    """The longest time that each task was held in the newest test of the last `days` that had it, and the entries."""
    held: dict[Task, float] = {}
    ids: dict[Task, str] = {}
    for entry in results:
        if not 0 <= (today - entry.on).days <= days:
            continue
        newest: dict[Task, float] = {}
        for task, told_leg, trial in trials_of(ladder, entry.document):
            if not ladder.one_legged(task) or told_leg == leg:
                newest[task] = max(newest.get(task, 0.0), float(trial["held_s"]))
        held |= newest
        ids |= dict.fromkeys(newest, entry.id)
    return held, tuple(dict.fromkeys(ids.values()))


def trials_of(ladder: Ladder, result: Mapping[str, Any]) -> list[tuple[Task, str, Mapping[str, Any]]]:
    """The scored trials of a result that are a task of the ladder: the task, its leg, the trial."""
    named = result["protocol"]
    try:
        protocol = load_protocol(named["id"] if isinstance(named, Mapping) else named)
    except ProtocolError:
        return []
    conditions = {one.id: one for one in protocol.conditions}
    out = []
    for trial in result["trials"]:
        condition = conditions.get(trial["condition"])
        task = task_of(ladder, condition) if condition else None
        if condition is None or task is None or trial.get("practice"):
            continue
        out.append((task, leg_of(condition, trial), trial))
    return out


def recorded(
    ladder: Ladder, result: Mapping[str, Any], task: Task, leg: str, target_s: float | None
) -> tuple[tuple[bool, ...], tuple[float, ...]]:
    """Which trials of a session succeeded at a task, and how long each was held: what ends a trial (a step, an open
    eye, a hand that holds on, a loss of balance) ends the time that counts. Raises ProtocolError where the session has
    too few of them."""
    own = [
        trial
        for at, told, trial in trials_of(ladder, result)
        if at == task and (told == leg or not ladder.one_legged(task))
    ]
    if target_s is None or not own:
        known = sorted({f"{ladder.name(at)}{' ' + told if told else ''}" for at, told, _ in trials_of(ladder, result)})
        has = f"it has {', '.join(known)}" if known else "it has no task of this ladder"
        raise ProtocolError(f"This session has no trial of {ladder.name(task)}{' ' + leg if leg else ''}: {has}.")
    if len(own) < ladder.trials:
        raise ProtocolError(
            f"This session has {len(own)} of {ladder.trials} trials of {ladder.name(task)}: do the rest."
        )
    own = own[-ladder.trials :]
    if short := [float(trial["target_s"]) for trial in own if float(trial.get("target_s", target_s)) < target_s]:
        raise ProtocolError(
            f"That test ends at {short[0]:g} s; {target_s:g} s are asked for: take a longer test, or give --target."
        )
    held = tuple(float(trial["held_s"]) for trial in own)
    return tuple(seconds >= target_s for seconds in held), held
