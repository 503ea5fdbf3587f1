# SPDX-License-Identifier: MIT
"""One sample of each document that `surefoot assess` keeps, with every field in use; profiles of safety in a word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from surefoot.care import assessment, falls
from surefoot.care.change import Circumstances
from surefoot.care.progression_values import FINE
from surefoot.care.safety import table
from surefoot.care.safety_document import safety_document
from surefoot.care.safety_values import Answer, Readings, SafetyProfile

DAY = date(2026, 3, 12)
ABOUT = assessment.Profile(78, "female", 1.62, 71.5, 2, "left knee")
SAFETY = SafetyProfile(
    {
        "wound": Answer("fine", DAY),
        "affected_side": Answer("not fine", date(2026, 1, 2), "left"),
        "insole_release": Answer("fine", DAY, "DR7"),
    },
    Readings(DAY, 140, 80, 132, 78, 72),
)
SAID = assessment.Assessment(
    (assessment.Pain("left knee", 2, 3), assessment.Pain("back", 0, 1)),
    2,
    assessment.Confidence(71.9, assessment.ABC),
    4,
    Circumstances("cane", "none", "shoes", "left ankle", "170 mm, 7 degrees", "levodopa", 45.0),
    "tired today",
)
MONTH = falls.Month(
    date(2026, 2, 1),
    date(2026, 2, 28),
    (falls.Fall(date(2026, 2, 3), "minor", "kitchen", "turning"),),
    (falls.NearFall(date(2026, 2, 9), True, "on the stairs"),),
)
HISTORY = falls.History(DAY, 2, 1, 5, date(2026, 1, 9))


def samples() -> dict[str, dict[str, Any]]:
    """Documents by the name of their kind, and of its variant."""
    return {
        "profile": assessment.profile_document(ABOUT),
        "safety": safety_document(SAFETY),
        "assessment": assessment.assessment_document(SAID),
        "falls-month": falls.month_document(MONTH),
        "falls-history": falls.history_document(HISTORY),
    }


def all_fine(on: date = DAY, but: Mapping[str, str] | None = None) -> SafetyProfile:
    """Everything asked that day and fine, but for these."""
    states = {one.id: (but or {}).get(one.id, FINE) for one in table().questions}
    return SafetyProfile({name: Answer(state, on, "T1") for name, state in states.items()})
