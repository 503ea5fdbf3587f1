# SPDX-License-Identifier: MIT
"""A safety profile as the document that is kept of it, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from surefoot.care.progression_values import NOT_ASKED
from surefoot.care.safety_values import Answer, Readings, SafetyProfile

FORMAT = 1


def safety_document(profile: SafetyProfile) -> dict[str, Any]:
    """What was answered; what was not asked has no place in it."""
    answers = {
        name: {"state": one.state, "asked_on": str(one.asked_on)} | ({"note": one.note} if one.note else {})
        for name, one in profile.answers.items()
        if one.state != NOT_ASKED
    }
    found = {"format": FORMAT, "answers": answers}
    if profile.readings is None:
        return found
    readings = {key: value for key, value in asdict(profile.readings).items() if value is not None}
    return found | {"readings": readings | {"on": str(profile.readings.on)}}


def safety_of(document: Mapping[str, Any]) -> SafetyProfile:
    """The profile that a document was made of."""
    answers = {
        name: Answer(one["state"], date.fromisoformat(one["asked_on"]), one.get("note", ""))
        for name, one in document["answers"].items()
    }
    told = document.get("readings")
    readings = Readings(**{**told, "on": date.fromisoformat(told["on"])}) if told else None
    return SafetyProfile(answers, readings)


def merged(profiles: Sequence[SafetyProfile]) -> SafetyProfile:
    """Several profiles of one person as one: of each answer, and of the readings, the one that was asked last."""
    answers: dict[str, Answer] = {}
    readings: Readings | None = None
    for profile in profiles:
        for name, one in profile.answers.items():
            before = answers.get(name)
            if before is None or (one.asked_on or date.min) >= (before.asked_on or date.min):
                answers[name] = one
        if profile.readings and (readings is None or profile.readings.on >= readings.on):
            readings = profile.readings
    return SafetyProfile(answers, readings)
