# SPDX-License-Identifier: MIT
"""A protocol document of format 1 in, the same test as format 2 out; anything else comes out as it came in."""

from typing import Any

# What format 1 left to the code: the stop rules of a standing trial, and the observer's Ctrl-C.
_MARKS = (
    {
        "id": "loss",
        "key": "s",
        "label": "Balance lost: a step, a foot moved, or held on",
        "effect": "stop",
        "detectors": ["step", "foot-lift", "tilt", "free-fall", "impact"],
    },
    {"id": "stop", "key": "x", "label": "Stopped by the observer", "effect": "stop"},
)
_OUTCOME = {
    "id": "held",
    "label": "Seconds held",
    "measure": "held_s",
    "trials": "best",
    "conditions": "each",
}
_BY_HAND = {"how": "Time how long each trial is held, with a stopwatch.", "typed": ["held_s"]}


def upgrade(document: dict[str, Any]) -> dict[str, Any]:
    """Only what has the shape of format 1 is changed, so that the schema still finds the mistakes in the rest."""
    if document.get("format") != 1:
        return document
    conditions = document.get("conditions")
    safety = document.get("safety")
    new = {**document, "format": 2, "marks": list(_MARKS), "outcomes": [_OUTCOME], "by_hand": _BY_HAND}
    if isinstance(conditions, list):
        new["conditions"] = [{"kind": "hold", **one} if isinstance(one, dict) else one for one in conditions]
    if isinstance(safety, dict) and isinstance(safety.get("stop_rules"), list):
        # Which of these sentences a detector can see, the file doesn't say: the observer's key is sure to reach each.
        rules = [
            {"id": f"rule-{number}", "text": text, "mark": "stop", "seen_by": "observer"}
            for number, text in enumerate(safety["stop_rules"], 1)
        ]
        new["safety"] = {**safety, "stop_rules": rules}
    return new
