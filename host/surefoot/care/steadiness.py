# SPDX-License-Identifier: MIT
"""Steadiness over the conditions of a standing test, and what of it is kept without sight, on foam and without both."""

from collections.abc import Mapping, Sequence
from typing import Any

from surefoot.care.protocol import Protocol
from surefoot.care.score import Trial, measured
from surefoot.errors import MeasureError
from surefoot.measures import MEASURES, require_comparable, sensory_ratios, steadiness_composite
from surefoot.measures.sensory import KEPT, Condition

STEADINESS = "steadiness_score"
COMPOSITE = "steadiness_composite"


def steadiness_over(protocol: Protocol, trials: Sequence[Trial]) -> dict[str, dict[str, Any]]:
    """The `steadiness` of a result: value or None with a reason by key, and `of` which numbers; {} where a test has
    no conditions of one stance that differ in surface and vision alone."""
    senses = {condition.id: (condition.surface, condition.vision) for condition in protocol.conditions}
    alike = {(condition.kind, condition.stance, condition.leg, condition.arms) for condition in protocol.conditions}
    if len(alike) != 1 or next(iter(alike))[0] != "hold" or len(set(senses.values())) != len(senses) or len(senses) < 2:
        return {}
    scores: dict[Condition, list[float]] = {}
    made: list[str] = []
    missing: dict[Condition, str] = {}
    for condition in protocol.conditions:
        sense = senses[condition.id]
        own = [trial for trial in trials if trial["condition"] == condition.id]
        if not own:
            missing[sense] = f"'{condition.title}' was not recorded."
        for trial in own:
            value, why = measured(trial, STEADINESS)
            if value is None:
                missing[sense] = f"'{condition.title}', trial {trial['trial']}: {why}."
                continue
            scores.setdefault(sense, []).append(value)
            # A step or fall scores 0 however its tilt was filtered, and may have none.
            if fingerprint := trial["measures"][STEADINESS].get("fingerprint"):
                made.append(fingerprint)
    names = {sense: condition for condition, sense in senses.items()}
    known = {sense: own for sense, own in scores.items() if sense not in missing}
    found: dict[str, dict[str, Any]] = {}
    for key, pair in ((COMPOSITE, tuple(names)), *KEPT.items()):
        if not set(pair) <= set(names):
            continue
        lacking = next((missing[sense] for sense in pair if sense in missing), None)
        value, reason = (None, lacking) if lacking else _value(key, known, made)
        of = [f"{names[sense]}/{STEADINESS}" for sense in pair]
        found[key] = {"value": value, "unit": MEASURES[key].unit, "of": of, "reason": reason}
    return found


def _value(
    key: str, scores: Mapping[Condition, Sequence[float]], made: Sequence[str]
) -> tuple[float | None, str | None]:
    try:
        for other in made[1:]:
            require_comparable(made[0], other)
        value = steadiness_composite(scores) if key == COMPOSITE else sensory_ratios(scores)[key]
    except MeasureError as error:
        return None, str(error)
    return (None, value) if isinstance(value, str) else (value, None)
