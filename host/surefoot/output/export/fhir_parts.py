# SPDX-License-Identifier: MIT
"""Parts of FHIR resources: codings and quantities, each looked up in the shipped table of codes and units."""

from __future__ import annotations

from typing import Any

from ...care.codes import LOCAL, Code, codes
from .values import Row

Part = dict[str, Any]
COMPLETE = "complete"
WEEK = "wk"


def coding(code: Code) -> Part:
    return {"system": codes().systems[code.system], "code": code.code, "display": code.display}


def concept(system: str, code: str) -> Part:
    """A CodeableConcept of one code. Raises CodeError."""
    found = codes().code(system, code)
    return {"coding": [coding(found)], "text": found.display}


def quantity(value: float, unit: str) -> Part:
    """Raises CodeError for a unit that isn't in the table."""
    table = codes()
    code = table.unit(unit)
    return {"value": value, "unit": table.units[code], "system": table.systems["ucum"], "code": code}


def measured(row: Row, absent: str = "error") -> Part:
    """Code and value of a row with a measure; where there is no number, `absent` says why."""
    found = codes().of_measure(row["measure"], row.get("protocol") or "")
    words = ", ".join(word for word in (row.get("protocol"), row.get("condition"), found[-1].display) if word)
    told: Part = {"code": {"coding": [coding(one) for one in found], "text": words}}
    if row["value"] is None:
        return told | {"dataAbsentReason": no_number(absent, row.get("reason"))}
    return told | {"valueQuantity": quantity(row["value"], found[0].unit or row["unit"])}


def no_number(absent: str, words: str | None) -> Part:
    """Why there is no number; `words` only where the tables hold them."""
    found = concept("absent", absent)
    return found | ({"text": words} if words else {})


def when(row: Row, key: str = "effectiveDateTime") -> Part:
    return {key: row["on"].isoformat()} if row["on"] else {}


def observed(category: str, base: Part, row: Row) -> Part:
    """What every Observation has."""
    return {"status": "final", "category": [concept("category", category)], **base, **when(row)}


def timing(days_per_week: int) -> Part:
    return {"repeat": {"frequency": days_per_week, "period": 1, "periodUnit": codes().unit(WEEK)}}


def answers(row: Row, names: tuple[str, ...]) -> list[Part]:
    """Items of a QuestionnaireResponse, of what was told."""
    items: list[Part] = []
    for name in names:
        if (value := row.get(name)) is not None:
            kind = "valueInteger" if isinstance(value, int) else "valueDecimal"
            text = codes().code(LOCAL, name).display
            items.append({"linkId": name, "text": text, "answer": [{kind: value}]})
    return items


def rated(rows: list[Row]) -> list[Part]:
    """Items of a rated scale, by number: their wording is the form's own."""
    items: list[Part] = []
    for row in rows:
        answer = {} if row["value"] is None else {"answer": [{"valueDecimal": row["value"]}]}
        items.append({"linkId": row["item"], "text": row["own"] or f"item {row['item']}", **answer})
    return items


def dose(row: Row) -> str:
    """A thing to do in words: what, and how much."""
    words = {"sets": "sets", "reps": "repetitions", "hold_s": "s held", "steps": "steps", "minutes": "minutes"}
    amounts = [f"{row[key]:g} {word}" for key, word in words.items() if row[key] is not None]
    limits = [f"{word} at most {row[key]}" for key, word in (("steadiness", "unsteadiness"), ("exertion", "exertion"))
              if row[key] is not None]  # fmt: skip
    where = ": ".join(word for word in (row["ladder"], row["what"]) if word)
    return ", ".join([f"{where} ({row['leg']})" if row["leg"] else where, *amounts, *limits])
