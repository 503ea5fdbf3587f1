# SPDX-License-Identifier: MIT
"""What a clinic keeps of walks beside the recordings: a person's own words on each, a goal, checks of the insoles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..care.goal_values import AMOUNTS as GOAL_MEASURES
from ..care.goal_values import PER_WALKS as GOAL_PER
from ..care.goal_values import Goal

__all__ = [
    "GOAL_MEASURES", "GOAL_PER", "WEIGHT_BEARING", "Goal", "KeptWalk", "Said", "ScaleCheck", "Walker", "walk_goal",
]  # fmt: skip

WEIGHT_BEARING = ("full", "restricted", "not asked")
TYPED, BUTTON, BOTH = "typed", "button", "both"  # ways in which something was said
BY_WORDS = {BUTTON: "by button", BOTH: "in part by button"}


@dataclass(frozen=True)
class Said:
    """What a person said of a walk; None is unreported. steadiness of 1 (steady) to 5 (lost balance), as asked.STEADY
    says, pain before and after 0 to 10, exertion by Borg's 0 to 10; `by` TYPED, BUTTON or, what was typed over what a
    button told, BOTH."""

    steadiness: int | None = None
    pain_before: int | None = None
    pain_after: int | None = None
    exertion: int | None = None
    note: str = ""
    by: str = TYPED


def said_row(said: Said) -> dict[str, Any]:
    """What a document keeps of it; without `by` it was typed."""
    return {key: value for key, value in asdict(said).items() if (key, value) != ("by", TYPED)}


def walk_goal(goal: Goal | None) -> dict[str, Any] | None:
    """What the file of a person who walks keeps of a goal: see protocols/walker.schema.json."""
    if goal is None:
        return None
    names = ("words", "measure", "value", "per", "by_date", "set_utc")
    without_stop = {"without_stop": True} if goal.without_stop else {}
    return {name: getattr(goal, name) for name in names} | without_stop


@dataclass(frozen=True)
class ScaleCheck:
    """Force of both insoles in quiet standing beside that of a bathroom scale, on one device, in N."""

    utc: str
    device: str
    scale_n: float
    insole_n: float


@dataclass(frozen=True)
class Walker:
    """A person who walks, by code. `leg_m`: hip to floor; `length_factor`: of step lengths by the waist sensor, from a
    measured walk (`measured_utc`); weight_bearing: of each foot one of WEIGHT_BEARING; `checks` newest last."""

    person: str
    leg_m: float | None = None
    length_factor: float | None = None
    measured_utc: str | None = None
    weight_bearing_left: str = "not asked"
    weight_bearing_right: str = "not asked"
    goal: Goal | None = None
    checks: tuple[ScaleCheck, ...] = ()


@dataclass(frozen=True)
class KeptWalk:
    """One walk: name of its files, when it began (None: the board had not been told the time of day), the entry that
    `output.walk_result.entry` makes of it, and what the person said of it (None: nothing). `problem`: a sentence on
    what of it could not be analysed or read; an entry that isn't there has no "parameters", and "notes" says why.
    `fetched_utc`: when it came off the board, which is later than it was walked."""

    name: str
    begun_utc: str | None
    entry: Mapping[str, Any]
    said: Said | None = None
    problem: str | None = None
    fetched_utc: str | None = None
