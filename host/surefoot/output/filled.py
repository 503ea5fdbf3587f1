# SPDX-License-Identifier: MIT
"""A result of any version in, the same with every key that a page reads out: what is absent is plainly empty."""

from collections.abc import Mapping
from typing import Any

HOLD = "hold"
_RESULT: dict[str, Any] = {
    "person": "",
    "created_utc": "",
    "simulated": False,
    "placement": None,
    "problems": [],
    "comparisons": {},
    "steadiness": {},
    "outcomes": [],
    "skipped": {},
    "circumstances": None,
    "how": None,
    "versions": {},
    "change": None,
}
_PROTOCOL: dict[str, Any] = {
    "id": "",
    "version": "",
    "title": "",
    "purpose": "",
    "primary_measure": None,
    "primary_outcome": None,
    "marks": {},
    "analysis": {},
    "footwear": None,
    "measurement_error": [],
}
_CONDITION: dict[str, Any] = {"title": "", "instruction": "", "surface": "", "vision": "", "kind": HOLD}
_TRIAL: dict[str, Any] = {
    "condition": "",
    "trial": 1,
    "target": None,
    "practice": False,
    "surface": "",
    "recording": "",
    "duration_s": None,
    "held_s": None,
    "target_s": None,
    "ended": "",
    "lost_share": None,
    "lost": {},
    "warnings": [],
    "measures": {},
    "not_reported": {},
    "cop_noise_mm": None,
    "clock": None,
    "heart": None,
    "calibration": {},
    "marks": [],
    "events": [],
    "typed": {},
    "by_hand": False,
}
_OUTCOME: dict[str, Any] = {
    "id": "",
    "label": "",
    "measure": "",
    "value": None,
    "reason": None,
    "of": [],
    "certainty": "",
    "by_hand": False,
    "condition": None,
    "target": None,
    "note": "",
}
_COMPONENT: dict[str, Any] = {"condition": "", "trial": 1, "held_s": None, "target_s": None}


def filled(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result with nothing that it says changed."""
    protocol = _over(_PROTOCOL, result.get("protocol"))
    conditions = [_over(_CONDITION, one) for one in protocol.get("conditions") or ()]
    kinds = {one["id"]: one["kind"] for one in conditions if "id" in one}
    trials = [_over(_TRIAL, one) for one in result.get("trials") or ()]
    for trial in trials:
        trial["kind"] = trial.get("kind") or kinds.get(trial["condition"], HOLD)
    score = result.get("score")
    if score:
        empty = {"value": None, "reason": None, "mdc95": None, "label": "", "components": []}
        score = _over(empty, score)
        score["components"] = [_over(_COMPONENT, one) for one in score["components"]]
    return {
        **_over(_RESULT, result),
        "protocol": protocol | {"conditions": conditions},
        "trials": trials,
        "outcomes": [_over(_OUTCOME, one) for one in result.get("outcomes") or ()],
        "score": score or None,
    }


def _over(empty: Mapping[str, Any], said: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is said, over what is empty; None says nothing. Every empty list and table is its own."""
    own = {key: type(value)() if isinstance(value, list | dict) else value for key, value in empty.items()}
    return own | {key: value for key, value in (said or {}).items() if value is not None}
