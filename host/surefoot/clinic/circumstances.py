# SPDX-License-Identifier: MIT
"""In which circumstances a test was done: asked as options, never required; what isn't said stays not known."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from ..care.assessment import DOSE_MAX_MIN, OLDEST
from ..care.change import Circumstances
from ..errors import RecordingError

TEXTS = ("aid", "assistance", "footwear", "orthosis", "medication")
LONGEST = 60


def from_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """What was said, by name. Raises RecordingError for what can't be, or would say who somebody is."""
    found: dict[str, Any] = {}
    for name in TEXTS:
        text = (getattr(args, name) or "").strip()
        if len(text) > LONGEST:
            raise RecordingError(f"--{name} has {len(text)} characters: keep it to {LONGEST}.")
        found |= {name: text} if text else {}
    minutes = args.medication_min
    session, age, sex = (getattr(args, name, None) for name in ("session", "age", "sex"))
    if minutes is not None and not 0 <= minutes <= DOSE_MAX_MIN:
        raise RecordingError(
            f"--medication-min {minutes:g} can't be: give minutes since the last dose, 0 to {DOSE_MAX_MIN}."
        )
    if session is not None and not 1 <= session <= 10_000:
        raise RecordingError(f"--session {session} can't be: number a person's sessions from 1.")
    if age is not None and not 0 <= age <= OLDEST:
        raise RecordingError(f"--age {age} can't be: give the years at the test, 0 to {OLDEST}.")
    said = {"minutes_since_dose": minutes, "session": session, "age_years": age, "sex": sex}
    return found | {key: value for key, value in said.items() if value is not None}


def of_heads(heads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The circumstances of a result: every name, None where it isn't known or trials of one session disagree."""
    kept = [dict(head.get("circumstances") or {}) for head in heads] or [{}]
    names = (*TEXTS, "minutes_since_dose", "session", "age_years", "sex")
    return {name: kept[0].get(name) if len({str(one.get(name)) for one in kept}) == 1 else None for name in names}


def for_scale(said: Mapping[str, Any]) -> Circumstances:
    """What is compared of a rated scale: its form says how the feet stand."""
    minutes = said.get("minutes_since_dose")
    told = {name: said.get(name) for name in TEXTS}
    return Circumstances(foot_position="as the form says", minutes_since_dose=minutes, **told)


def for_change(result: Mapping[str, Any]) -> Circumstances:
    """What `surefoot.care.change` compares: the circumstances of a result, with where the feet stood."""
    said, placed = result.get("circumstances") or {}, result.get("placement")
    feet = f"{placed['heel_distance_mm']:g} mm, {placed['foot_angle_deg']:g} degrees" if placed else None
    minutes = said.get("minutes_since_dose")
    return Circumstances(foot_position=feet, minutes_since_dose=minutes, **{name: said.get(name) for name in TEXTS})
