# SPDX-License-Identifier: MIT
"""Documents of what a session folder or a walk holds, as their schemas under protocols/clinic/ have them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..walk_values import KeptWalk, said_row

FORMAT = 1
File = Mapping[str, str]


def result_document(result: Mapping[str, Any], person: str, session: str) -> dict[str, Any]:
    """A result as result.json has it, of this person whatever its recordings say, and of this session."""
    whole = {"format": FORMAT, "kind": "surefoot-result", "session": session, **result, "person": person}
    return json.loads(json.dumps(whole, default=lambda value: value.tolist()))


def trial_document(head: Mapping[str, Any], session: str, file: File, beside: Sequence[File]) -> dict[str, Any]:
    """Of the head of a recording, or of a trial by hand."""
    told = {
        "format": FORMAT,
        "session": session,
        "created_utc": str(head["created_utc"]),
        "protocol": {"id": str(head["protocol"]["id"]), "version": head["protocol"].get("version", 1)},
        "condition": str(head["condition"]),
        "trial": int(head.get("trial") or 1),
        "practice": bool(head.get("practice", False)),
        "by_hand": bool(head.get("by_hand", False)),
        "simulated": bool(head.get("simulated", False)),
        "file": dict(file),
        "with": [dict(one) for one in beside],
    }
    return told | ({"target": str(head["target"])} if head.get("target") else {})


def walk_document(walk: KeptWalk, files: Sequence[File]) -> dict[str, Any]:
    """Of a kept walk; its strides stay in the file of its analysis."""
    entry = {key: value for key, value in walk.entry.items() if key != "strides"}
    return {
        "format": FORMAT,
        "name": walk.name,
        "begun_utc": walk.begun_utc,
        "fetched_utc": walk.fetched_utc,
        "walk": entry,
        "said": said_row(walk.said) if walk.said else None,
        "problem": walk.problem,
        "files": [dict(one) for one in files],
    }
