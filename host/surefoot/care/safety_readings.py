# SPDX-License-Identifier: MIT
"""What blood pressure, heart rate and weight say of the safety profile's answers."""

from dataclasses import replace
from datetime import date

from surefoot.care.progression_values import FINE, NOT_FINE
from surefoot.care.safety import answered, table
from surefoot.care.safety_values import Question, Readings, SafetyProfile, Table
from surefoot.errors import ProtocolError

SYSTOLIC, DIASTOLIC, HEART_RATE = (50, 300), (20, 200), (20, 250)  # what a living person can have (D)


def measured(profile: SafetyProfile, readings: Readings, by: Table | None = None) -> SafetyProfile:
    """The profile with what blood pressure and heart rate say of its answers. A pressure lying alone says nothing of a
    drop. Raises ProtocolError for what no living person has."""
    check_readings(readings)
    for question in (by or table()).questions:
        said = _reading(question, readings)
        if said is not None:
            state, note = said
            profile = answered(profile, question.id, state, readings.on, note, by)
    return replace(profile, readings=readings)


def weighed(profile: SafetyProfile, weight_kg: float, on: date, by: Table | None = None) -> SafetyProfile:
    """The profile with what the body's weight says of its answers."""
    for question in (by or table()).questions:
        if question.reading == "weight":
            state = FINE if weight_kg <= question.numbers["most_kg"] else NOT_FINE
            profile = answered(profile, question.id, state, on, f"{weight_kg:g} kg", by)
    return profile


def _reading(question: Question, found: Readings) -> tuple[str, str] | None:
    numbers, lying = question.numbers, (found.lying_systolic_mmhg, found.lying_diastolic_mmhg)
    standing = (found.standing_systolic_mmhg, found.standing_diastolic_mmhg)
    if question.reading == "heart-rate" and found.heart_rate_bpm is not None:
        good = found.heart_rate_bpm <= numbers["most_bpm"]
        return (FINE if good else NOT_FINE), f"{found.heart_rate_bpm} a minute"
    if question.reading == "pressure" and lying[0] is not None and lying[1] is not None:
        good = lying[0] <= numbers["systolic_mmhg"] and lying[1] <= numbers["diastolic_mmhg"]
        return (FINE if good else NOT_FINE), f"{lying[0]}/{lying[1]} lying"
    if question.reading == "pressure-drop" and None not in lying and None not in standing:
        falls = [a - b for a, b in zip(lying, standing, strict=True) if a is not None and b is not None]
        good = falls[0] < numbers["systolic_mmhg"] and falls[1] < numbers["diastolic_mmhg"]
        return (FINE if good else NOT_FINE), f"{lying[0]}/{lying[1]} lying, {standing[0]}/{standing[1]} standing"
    return None


def check_readings(found: Readings) -> None:
    """Raises ProtocolError for impossible readings, or half of a pressure."""
    for posture in ("lying", "standing"):
        high, low = (getattr(found, f"{posture}_{name}_mmhg") for name in ("systolic", "diastolic"))
        if (high is None) != (low is None):
            raise ProtocolError(f"Blood pressure {posture} has two numbers: give both, such as 140/80.")
        if high is None or low is None:
            continue
        if not (SYSTOLIC[0] <= high <= SYSTOLIC[1] and DIASTOLIC[0] <= low <= DIASTOLIC[1] and low < high):
            raise ProtocolError(f"Blood pressure {posture} {high}/{low} can't be: measure again.")
    rate = found.heart_rate_bpm
    if rate is not None and not HEART_RATE[0] <= rate <= HEART_RATE[1]:
        raise ProtocolError(f"A heart rate of {rate} a minute can't be: count again.")
