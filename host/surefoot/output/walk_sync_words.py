# SPDX-License-Identifier: MIT
"""A walk in a few plain lines for whoever walked: how far, how long, left and right; and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..care.goal import target
from ..clinic.walk_values import Goal, KeptWalk
from ..measures.gait.parameters import DISTANCE_SHARE
from ..unit_words import counted
from .walk_page_read import amount, counts
from .walk_plain import plain, walk_problem

UNITS = {"gait_distance_m": "m", "gait_walking_s": "min", "gait_steps": "steps"}
UNDATED = (
    "When it was walked is not known: nobody had told the board the time since it was switched on. Each sync tells it."
)
ALIKE_PCT = 3.0  # of the stride: what single contacts err by; smaller differences are not told apart (D)


def walk_lines(kept: KeptWalk, goal: Goal | None = None) -> list[str]:
    """What a patient is told of a walk."""
    if "strides" not in kept.entry:
        return [f"{when_words(kept)}: nothing could be told of it.", f"  {walk_problem(kept.problem or '')}"]
    values = kept.entry["parameters"]
    lines = [f"{when_words(kept)}: {_how_far(kept.entry)}"]
    lines += [f"  {line}" for line in (_pace(values), _sides(kept.entry), _goal(kept, goal)) if line]
    if kept.begun_utc is None:
        lines.append(f"  {UNDATED}")
    lines += [f"  {walk_problem(kept.problem)}"] if kept.problem else []
    return lines


def when_words(kept: KeptWalk) -> str:
    """Day and time where we are, as far as they are known."""
    if kept.begun_utc:
        return f"Walk of {_local(kept.begun_utc)}"
    return f"Walk fetched on {_local(kept.fetched_utc)}" if kept.fetched_utc else f"Walk {kept.name}"


def _local(utc: str) -> str:
    at = datetime.strptime(utc, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    return at.strftime("%Y-%m-%d at %H:%M")


def time_words(seconds: float) -> str:
    """Such as "6 min 40 s" or "1 h 05 min"."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"


def _how_far(entry: Mapping[str, Any]) -> str:
    values = entry["parameters"]
    steps, metres, seconds = (_value(values, key) for key in ("gait_steps", "gait_distance_m", "gait_walking_s"))
    if not steps:
        return "no row of steps that makes a walk was found; single steps don't count."
    told = f"{counted(round(steps), 'step')} in {time_words(seconds or 0.0)}"
    if metres is None:
        return f"{told}. How far is not known. {_why_no_length(entry)}".strip()
    known = [length is not None for length in entry["strides"].get("length_m", ())]
    if known and sum(known) < DISTANCE_SHARE * len(known):
        return f"{told}. How far is not known. {plain(f'only {sum(known)} of {len(known)} strides have a length.')}"
    return f"about {metres:.0f} m, {told}."


def _why_no_length(entry: Mapping[str, Any]) -> str:
    reasons = entry["not_reported"]
    return plain(reasons.get("length_m") or reasons.get("gait_distance_m", ""), "")


def _pace(values: Mapping[str, Any]) -> str:
    cadence, speed = _value(values, "gait_cadence_spm"), _value(values, "gait_speed_mps")
    told = [f"{cadence:.0f} steps a minute"] if cadence else []
    told += [f"{3.6 * speed:.1f} km/h"] if speed else []
    return f"{', '.join(told)}." if told else ""


def _sides(entry: Mapping[str, Any]) -> str:
    """Both feet beside each other; no word of better or worse."""
    values = entry["parameters"]
    for key, what, unit, decimals in (
        ("gait_stance_pct", "of each stride on the floor", "%", 0),
        ("gait_step_time_s", "from the other foot's contact to its own", "s", 2),
    ):
        left, right = (_value(values, f"{side}_{key}") for side in ("left", "right"))
        if left is None or right is None:
            continue
        like = ""
        if unit == "%":
            same = abs(left - right) < ALIKE_PCT
            like = ": alike" if same else f": {abs(left - right):.0f} points apart"
        return f"Left {left:.{decimals}f} {unit}, right {right:.{decimals}f} {unit} {what}{like}."
    missing = [foot for foot, one in entry["feet"].items() if one is None]
    if missing:
        return f"Left and right can't be compared: the {' and the '.join(missing)} foot was not measured."
    return "Left and right can't be compared yet: too few steps."


def _goal(kept: KeptWalk, goal: Goal | None) -> str:
    if goal is None or goal.per != "walk":
        return ""
    done, _, why = counts(kept, goal)
    seen = amount(kept, goal.measure)
    if done is None and seen is not None:
        return f'The goal, "{goal.words}", is {target(goal)}. This one doesn\'t count: {why}.'
    if done is None:
        return ""
    share = 60.0 if goal.measure == "gait_walking_s" else 1.0
    unit = UNITS[goal.measure]
    return f'The goal, "{goal.words}": {done / share:.0f} of {goal.value / share:.0f} {unit} in this walk.'


def _value(values: Mapping[str, Any], key: str) -> float | None:
    return values[key]["value"] if key in values else None
