# SPDX-License-Identifier: MIT
"""Visits, contacts and safety as FHIR resources: an Encounter with its questions answered, and readings apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ...care.codes import LOCAL, codes
from ...care.progression_values import NOT_ASKED
from .fhir_parts import Part, coding, concept, observed, quantity, when
from .values import Package, Row

QUESTIONS = "urn:surefoot:questionnaire"
WORDS = {
    "response": "how the person took it",
    "interpretation": "what the clinician makes of it",
    "plan": "effect on the plan",
    "next": "what to check next",
}
MINUTES = "min"
Parts = Iterator[tuple[str, Part]]


def visits(package: Package, person: str, made: Any, base: Part) -> Parts:
    """An Encounter a visit; `made` adds a resource and gives the reference to it. What was done in it, and what the
    clinician made of it, are answers."""
    tests = package.rows("visit_tests", person)
    for entry, found in groupby(package.rows("visits", person), key=lambda row: row["entry"]):
        rows = list(found)
        head = rows[0]
        part: Part = {"status": "finished", "class": coding(codes().code("act", "AMB")), **base}
        part |= {"length": quantity(head["visit_minutes"], MINUTES)}
        if head["on"]:
            part["period"] = {"start": head["on"].isoformat()}
        if head["clinician"]:
            part["participant"] = [{"individual": {"display": f"{head['clinician']}, {head['credential']}"}}]
        items = []
        for number, row in enumerate((row for row in rows if row["activity"]), 1):
            items.append(
                _item(f"activity-{number}", row["activity"], {"valueQuantity": quantity(row["minutes"], MINUTES)})
            )
            items += _words(f"activity-{number}.words", "task, and why it needed skill", row["activity_words"])
            if row["one_to_one"] is not None:
                items.append(_item(f"activity-{number}.one-to-one", "one to one", {"valueBoolean": row["one_to_one"]}))
        own = [row for row in tests if row["entry"] == entry]
        for number, row in enumerate(own, 1):
            items.append(_item(f"test-{number}", "test", {"valueString": row["protocol"]}))
            items += _words(f"test-{number}.purpose", "what it was done for", row["purpose"])
        items += [item for key, words in WORDS.items() for item in _words(key, words, head[key])]
        encounter = made.add("Encounter", part)
        if items:
            yield "QuestionnaireResponse", _form("visit", items, base, head) | {"encounter": encounter}


def contacts(package: Package, person: str, base: Part) -> Parts:
    for row in package.rows("contacts", person):
        items = [
            _item("minutes", "minutes", {"valueQuantity": quantity(row["minutes"], MINUTES)}),
            _item("interactive", "a conversation in real time", {"valueBoolean": row["interactive"]}),
            *_words("activity", "what was done", row["activity"]),
            *_words("decision", "what was decided", row["decision"]),
        ]
        yield "QuestionnaireResponse", _form("contact", items, base, row)


def safety(package: Package, person: str, base: Part) -> Parts:
    """A form a profile and day: what was not asked is an item without an answer."""
    from ...care.safety import table

    asked = {one.id: one.ask for one in table().questions}
    rows = sorted(package.rows("safety", person), key=lambda row: (row["entry"], row["day"] or 0))
    for _, found in groupby(rows, key=lambda row: (row["entry"], row["day"])):
        same = list(found)
        items = []
        for row in same:
            name, state = str(row["question"]), str(row["state"])
            told = {"valueCoding": coding(codes().code(LOCAL, state.replace(" ", "-")))} if state != NOT_ASKED else {}
            items.append(_item(name, asked.get(name, name), told))
            items += _words(f"{name}.note", "note", row["note"])
        yield "QuestionnaireResponse", _form("safety", items, base, same[0])
    for row in package.rows("readings", person):
        value = {"code": concept(LOCAL, row["reading"]), "valueQuantity": quantity(row["value"], row["unit"])}
        yield "Observation", observed("procedure", base, row) | value


def _form(name: str, items: list[Part], base: Part, row: Row) -> Part:
    told = {"status": "completed", "questionnaire": f"{QUESTIONS}:{name}", "item": items}
    return told | base | when(row, "authored")


def _item(link: str, words: str, answer: Part) -> Part:
    return {"linkId": link, "text": words} | ({"answer": [answer]} if answer else {})


def _words(link: str, words: str, told: str | None) -> list[Part]:
    return [_item(link, words, {"valueString": told})] if told else []
