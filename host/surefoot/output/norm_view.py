# SPDX-License-Identifier: MIT
"""A filled result in, for each outcome the published figures that apply out, or one short reason why none is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from surefoot.care.norms import Asked, Norm, how_of, norms_for, unsaid, words
from surefoot.care.norms_file import load_norms
from surefoot.care.protocol import Protocol, load_protocol
from surefoot.errors import ProtocolError
from surefoot.output.wording import sentence

CERTAINTY = {"V": "read in the source", "D": "our own choice", "R": "recalled"}
# Which of several reasons says most: what could still be told, then what was done otherwise, then the rest.
ORDER = ("isn't known", "it is for", "it has", "it is of", "recalled", "another procedure", "")
MOST_LABELS = 3
NO_AID = ("none", "no", "no aid", "without", "nothing")
NO_FILE = "the file of this version of the test isn't at hand, so published figures can't be looked up"


def norm_lines(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A line for each figure that applies, and one for all results that share a reason for having none."""
    protocol = _protocol(result)
    shown: list[dict[str, Any]] = []
    without: dict[str, list[str]] = {}
    for found in result["outcomes"]:
        if found["value"] is None:
            continue
        try:
            if protocol is None:
                raise ProtocolError(NO_FILE)
            question = asked(result, protocol, found)
            applicable = norms_for(question)
        except ProtocolError as error:
            without.setdefault(str(error).rstrip("."), []).append(found["label"])
            continue
        shown += [_line(found, norm, unsaid(norm, question)) for norm in applicable.norms]
        if not applicable.norms:
            without.setdefault(_short(applicable.reasons), []).append(found["label"])
        elif aided := [
            reason for reason in applicable.reasons if question.aid and f"was with {question.aid}" in reason
        ]:
            without.setdefault(_short(aided), []).append(f"{found['label']}, other figures")
    return shown + [
        {"label": _labels(labels), "text": None, "reason": sentence(reason)} for reason, labels in without.items()
    ]


def asked(result: Mapping[str, Any], protocol: Protocol, found: Mapping[str, Any]) -> Asked:
    """What an outcome is of. All that nobody told is not known."""
    told = result["circumstances"] or {}
    rule = next((rule for rule in protocol.outcomes if rule.id == found["id"]), None)
    how = {"outcome": found["id"]}
    if rule is not None and found["condition"]:
        how = how_of(protocol.condition(found["condition"]), rule.trials, rule.id)
    return Asked(
        protocol.id,
        found["measure"],
        told.get("age_years"),
        told.get("sex") if told.get("sex") in ("female", "male") else None,
        _footwear(told.get("footwear"), bool(found["by_hand"])),
        "alone" if told.get("setting") == "alone" else "supervised",  # every test of ours has someone beside
        how=how,
        aid=_aid(told.get("aid")),
    )


def _protocol(result: Mapping[str, Any]) -> Protocol | None:
    said = result["protocol"]
    try:
        protocol = load_protocol(said["id"])
    except ProtocolError:
        return None
    return protocol if protocol.version == said["version"] else None


def _footwear(said: Any, by_hand: bool) -> str | None:
    """Shoes or bare feet. An insole means a shoe; bare feet on an insole are neither."""
    bare = str(said).strip().lower() in ("barefoot", "bare feet", "bare") if said else None
    if by_hand:
        return None if bare is None else "barefoot" if bare else "shoes"
    return None if bare else "shoes"


def _aid(said: Any) -> str | None:
    """The walking aid by its name, "" for none; None where nobody told."""
    text = str(said or "").strip()
    return None if not text else "" if text.lower() in NO_AID else text


def _line(found: Mapping[str, Any], norm: Norm, unknown: str) -> dict[str, Any]:
    table, row = norm.table, norm.row
    n = row.n or table.n
    parts = [table.population, f"n = {n}" if n else "n not given", table.doi]
    sure = f"certainty {table.certainty}: {CERTAINTY.get(table.certainty, 'unknown')}"
    return {
        "label": found["label"],
        "text": words(norm, float(found["value"])),
        "source": sentence("; ".join([part for part in parts if part] + [sure])).rstrip("."),
        "note": " ".join(text for text in (table.note, unknown) if text),
    }


def _short(reasons: Sequence[str]) -> str:
    """One reason, without whose figure it was that doesn't apply."""
    best = min(reasons, key=lambda reason: next(place for place, word in enumerate(ORDER) if word in reason))
    for cite in {table.cite for table in load_norms().tables}:
        best = best.removeprefix(f"{cite}: ")
    return best


def _labels(labels: Sequence[str]) -> str:
    """Which results, in as few words as say it."""
    own = list(dict.fromkeys(labels))
    return "; ".join(own) if len(own) <= MOST_LABELS else f"{own[0]} and {len(own) - 1} other results"
