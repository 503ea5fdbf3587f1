# SPDX-License-Identifier: MIT
"""What a clinic keeps of walks beside the recordings: a person's own words on each, a goal, checks of the insoles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WEIGHT_BEARING = ("full", "restricted", "not asked")
GOAL_MEASURES = ("gait_distance_m", "gait_walking_s", "gait_steps")
# Level by level, the ends as in Ferris 2023, Frontiers in Rehabilitation Sciences 4:1096171; those between are ours.
STEADY = ("steady", "swayed a little", "swayed", "nearly lost my balance", "lost my balance")
GOAL_PER = ("walk", "day", "week")


@dataclass(frozen=True)
class Said:
    """What a person said of a walk; None is unreported. steadiness of 1 (steady) to 5 (lost balance), as STEADY says,
    pain before and after 0 to 10, exertion by Borg's 0 to 10."""

    steadiness: int | None = None
    pain_before: int | None = None
    pain_after: int | None = None
    exertion: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal in the person's own words, tied to a row of the gait table: `value`, in the row's unit, of each `per`, by
    a date (YYYY-MM-DD) or none."""

    words: str
    measure: str
    value: float
    per: str
    by_date: str | None = None
    set_utc: str = ""


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
