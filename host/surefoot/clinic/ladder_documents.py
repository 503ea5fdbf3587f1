# SPDX-License-Identifier: MIT
"""Training sessions, decisions and a person's own numbers, to and from the documents that the store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..care.ladder import Ladder
from ..care.progression_values import FLAGS, NOT_ASKED, Decision, Place, Session
from ..errors import ProtocolError

FORMAT = 1
ALL = "all"  # ladders
PLACED, DECIDED, OPENED = "placed", "decided", "opened"
Numbers = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Thresholds:
    """A person's own numbers by ladder (or ALL), rule and name; `fallback`: what they do while training is locked."""

    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    fallback: str = ""

    def of(self, ladder: str) -> dict[str, dict[str, float]]:
        """Those that hold on a ladder: its own before those of all."""
        merged: dict[str, dict[str, float]] = {}
        for name in (ALL, ladder):
            for rule, numbers in self.numbers.get(name, {}).items():
                merged[rule] = {**merged.get(rule, {}), **numbers}
        return merged


def training_document(ladder: Ladder, session: Session, setting: str, how: str, /, **more: Any) -> dict[str, Any]:
    """`setting`: where it was done; `how`: typed, recorded or diary; `more`: held_s, session, note."""
    begun = session.minutes
    return {
        "format": FORMAT,
        "ladder": ladder.id,
        "task": ladder.name(session.task),
        "leg": session.leg,
        "target_s": session.target_s,
        "begun": None if begun is None else f"{begun // 60:02d}:{begun % 60:02d}",
        "succeeded": list(session.succeeded),
        "steadiness": list(session.steadiness),
        "exertion": session.exertion,
        "pain_before": session.pain_before,
        "pain_peak": session.pain_peak,
        "settled": session.settled,
        "sway": session.sway,
        "flags": {flag: session.flags.get(flag, NOT_ASKED) for flag in FLAGS},
        "beside": session.beside,
        "setting": setting,
        "how": how,
        **{key: value for key, value in more.items() if value},
    }


def session_of(ladder: Ladder, document: Mapping[str, Any], on: date) -> Session:
    """Raises ProtocolError for a task that the ladder has no more."""
    begun = document.get("begun")
    hours, _, minutes = (begun or "0:0").partition(":")
    return Session(
        on=on,
        task=ladder.task(document["task"]),
        succeeded=tuple(document["succeeded"]),
        steadiness=tuple(document["steadiness"]),
        pain_before=document.get("pain_before"),
        pain_peak=document.get("pain_peak"),
        settled=document.get("settled", NOT_ASKED),
        sway=document.get("sway", NOT_ASKED),
        flags={flag: document["flags"].get(flag, NOT_ASKED) for flag in FLAGS},
        target_s=document.get("target_s"),
        leg=document["leg"],
        exertion=document.get("exertion"),
        beside=document.get("beside"),
        minutes=int(hours) * 60 + int(minutes) if begun else None,
        ladder=document["ladder"],
    )


def decision_document(ladder: Ladder, leg: str, decision: Decision) -> dict[str, Any]:
    """Of what the rules said, or of an override, which keeps that."""
    own = {"by": decision.by, "reason": decision.reason} if decision.by else {}
    return {
        "format": FORMAT,
        "what": DECIDED,
        "ladder": ladder.id,
        "leg": leg,
        "task": ladder.name(decision.task),
        "target_s": decision.target_s,
        "outcome": decision.outcome,
        "rule": decision.rule,
        "words": decision.words,
        "inputs": dict(decision.inputs),
        "would_change": decision.would_change,
        "supervised": decision.supervised,
        **own,
    }


def decision_of(ladder: Ladder, document: Mapping[str, Any], on: date) -> Decision:
    """Raises ProtocolError for a task that the ladder has no more."""
    return Decision(
        on,
        document["outcome"],
        ladder.task(document["task"]),
        document["rule"],
        document["words"],
        document["inputs"],
        document["would_change"],
        document["target_s"],
        document["supervised"],
        document.get("by", ""),
        document.get("reason", ""),
    )


def placed_document(
    ladder: Ladder, leg: str, place: Place, reason: str, by: str = "", inputs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Where a person begins: by the tests on file, or, with `by`, a clinician's own choice."""
    return {
        "format": FORMAT,
        "what": PLACED,
        "ladder": ladder.id,
        "leg": leg,
        "task": ladder.name(place.task),
        "target_s": place.target_s,
        "inputs": dict(inputs or {}),
        "reason": reason,
        **({"by": by} if by else {}),
    }


def opened_document(by: str, found: str, known: Mapping[str, int]) -> dict[str, Any]:
    """A lock opened by a named clinician after a re-check that knew of `known`. Raises ProtocolError without who and
    what."""
    if not by.strip() or not found.strip():
        raise ProtocolError("A lock is opened by a named clinician, with what the re-check found.")
    return {"format": FORMAT, "what": OPENED, "by": by.strip(), "found": found.strip(), "known": dict(known)}


def thresholds_document(found: Thresholds, why: str) -> dict[str, Any]:
    told = {"fallback": found.fallback} if found.fallback else {}
    numbers = {name: {rule: dict(own) for rule, own in rules.items()} for name, rules in found.numbers.items()}
    return {"format": FORMAT, "numbers": numbers, "why": why, **told}


def thresholds_of(document: Mapping[str, Any] | None) -> Thresholds:
    return Thresholds(document["numbers"], document.get("fallback", "")) if document else Thresholds()
