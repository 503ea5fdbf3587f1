# SPDX-License-Identifier: MIT
"""A FHIR R4 Bundle (type collection) of a person: pseudonymous, every code and unit of the shipped table.

R4 and R4B are the same for every resource used here. What was found is told, nothing of it is a diagnosis.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from ... import __version__
from ...care.codes import LOCAL, LOINC, codes
from . import fhir_visits
from .fhir_parts import (
    COMPLETE,
    Part,
    answers,
    coding,
    concept,
    dose,
    measured,
    no_number,
    observed,
    quantity,
    rated,
    timing,
    when,
)
from .fhir_visits import QUESTIONS
from .values import Package, Row

PERSON = "urn:surefoot:person"
SAID = ("pain_before", "pain_after", "steadiness", "exertion", "confidence_percent")
NOT_DEVICE = "Surefoot measures and suggests; a clinician decides. It is not a medical device."
PAIN = "72514-3"
LIFECYCLE = {None: "active", "reached": "completed", "given up": "cancelled", "replaced": "cancelled"}
ACHIEVED = {"reached": "achieved", "given up": "not-attainable"}


def write_fhir(package: Package, folder: Path) -> list[Path]:
    """A bundle a person, bundle-<code>.json."""
    made = []
    for person in package.people:
        path = folder / f"bundle-{person}.json"
        path.write_text(json.dumps(bundle(package, person), ensure_ascii=False, indent=1) + "\n", "utf-8")
        made.append(path)
    return made


def bundle(package: Package, person: str) -> dict[str, Any]:
    """All of one person. Raises CodeError for a code or unit that isn't in the table."""
    made = _Made()
    about = package.rows("people", person)[0]
    patient = made.add("Patient", {"identifier": [{"system": PERSON, "value": person}]} | _gender(about))
    device = made.add("Device", {
        "deviceName": [{"name": "Surefoot: insoles and waist sensor", "type": "model-name"}],
        "version": [{"value": __version__}],
        "note": [{"text": NOT_DEVICE}],
    })  # fmt: skip
    base = {"subject": patient}
    for resource, part in (
        *_tests(package, person, made, base | {"device": device}),
        *_walks(package, person, base | {"device": device}),
        *_scales(package, person, made, base),
        *_said(package, person, base),
        *_falls(package, person, base),
        *_plans(package, person, base),
        *_goals(package, person, base),
        *fhir_visits.visits(package, person, made, base),
        *fhir_visits.contacts(package, person, base),
        *fhir_visits.safety(package, person, base),
    ):
        made.add(resource, part)
    software = {"type": concept("agent", "assembler"), "who": {"display": f"Surefoot {__version__}"}}
    made.add("Provenance", {
        "target": [{"reference": one["fullUrl"]} for one in made.entries],
        "recorded": package.made_utc,
        "agent": [software, *_authors(package, person)],
    })  # fmt: skip
    return {"resourceType": "Bundle", "type": "collection", "timestamp": package.made_utc, "entry": made.entries}


class _Made:
    """Resources of a bundle in order; ids are drawn for it alone, so that they say nothing."""

    def __init__(self) -> None:
        self.entries: list[Part] = []

    def add(self, resource: str, part: Part) -> Part:
        """The reference to a new resource."""
        own = uuid.uuid4()
        url = f"urn:uuid:{own}"
        self.entries.append({"fullUrl": url, "resource": {"resourceType": resource, "id": str(own), **part}})
        return {"reference": url}


Parts = Iterator[tuple[str, Part]]


def _gender(about: Row) -> Part:
    return {"gender": about["sex"]} if about["sex"] else {}


def _authors(package: Package, person: str) -> list[Part]:
    """Who wrote it down, where that goes out."""
    names = {row["by"] for name in package.tables if name != "people" for row in package.rows(name, person)}
    return [{"type": concept("agent", "author"), "who": {"display": name}} for name in sorted(filter(None, names))]


def _tests(package: Package, person: str, made: _Made, base: Part) -> Parts:
    """An Observation a trial, its measures as components; one each outcome; a DiagnosticReport a session."""
    trials = {_place(row): row for row in package.rows("trials", person)}
    components: dict[Any, list[Part]] = {key: [] for key in trials}
    others: list[Row] = []
    for row in package.rows("results", person):
        if row["of"] == "trial":
            key = _place(row)
            components[key].append(measured(row, _absent(trials[key])))
        else:
            others.append(row)
    reports: dict[str, tuple[Row, list[Part]]] = {}
    for key, row in trials.items():
        words = ", ".join(word for word in (row["protocol"], row["condition"], row["target"]) if word)
        part = observed("procedure", base, row) | {
            "code": concept(LOCAL, "trial") | {"text": f"{words}, trial {row['trial']}"}
        }
        if row["held_s"] is not None and row["target_s"] is not None:
            held = row | {"measure": "held_s", "value": row["held_s"], "unit": "s", "reason": None}
            components[key].append(measured(held))
        if row["ended"] != COMPLETE:
            part["dataAbsentReason"] = no_number("not-applicable", f"ended: {row['ended']}")
        elif not components[key]:
            continue  # by hand: its outcome has the number
        if components[key]:
            part["component"] = components[key]
        reports.setdefault(row["session"], (row, []))[1].append(made.add("Observation", part))
    for row in others:
        part = observed("procedure", base, row) | measured(row, "not-performed")
        reports.setdefault(row["session"], (row, []))[1].append(made.add("Observation", part))
    for row, found in reports.values():
        told = {"status": "final", "code": concept(LOCAL, "session") | {"text": row["protocol"]}, "result": found}
        yield "DiagnosticReport", told | {"subject": base["subject"]} | when(row)


def _place(row: Row) -> tuple[Any, ...]:
    return row["session"], row["condition"], row["target"], row["trial"]


def _absent(trial: Row) -> str:
    return "error" if trial["ended"] == COMPLETE else "not-applicable"


def _walks(package: Package, person: str, base: Part) -> Parts:
    for _, found in groupby(package.rows("walks", person), key=lambda row: row["walk"]):
        rows = list(found)
        part = observed("activity", base, rows[0]) | {"code": concept(LOCAL, "walk")}
        yield "Observation", part | {"component": [measured(row) for row in rows]}


def _scales(package: Package, person: str, made: _Made, base: Part) -> Parts:
    """A QuestionnaireResponse a rated scale, an item without a rating without an answer; its total an Observation."""
    for _, found in groupby(package.rows("scales", person), key=lambda row: row["entry"]):
        *items, total = sorted(found, key=lambda row: row["item"] == "total")
        status = "completed" if total["state"] == COMPLETE else "in-progress"
        told = {"status": status, "questionnaire": f"{QUESTIONS}:scale:{total['scale']}", "item": rated(items)}
        form = made.add("QuestionnaireResponse", told | base | when(total, "authored"))
        part = observed("procedure", base, total) | {"code": concept(LOCAL, "scale") | {"text": total["scale"]}}
        if total["value"] is None:
            part["dataAbsentReason"] = no_number("not-performed", total["reason"])
        else:
            part["valueQuantity"] = quantity(total["value"], "{score}")
        yield "Observation", part | {"derivedFrom": [form]}


def _said(package: Package, person: str, base: Part) -> Parts:
    """What was told at visits, after walks and in the diary; pain as an Observation, too."""
    named = {name: package.rows(name, person) for name in ("said", "diary")}
    for name, rows in named.items():
        for row in rows:
            if items := answers(row, SAID):
                told = {"status": "completed", "questionnaire": f"{QUESTIONS}:{name}", "item": items}
                yield "QuestionnaireResponse", told | base | when(row, "authored")
            for key in ("pain_before", "pain_after"):
                if row[key] is not None:
                    code = {"coding": [coding(codes().code(*one)) for one in ((LOINC, PAIN), (LOCAL, key))]}
                    part = {"code": code, "valueQuantity": quantity(row[key], "{score}")}
                    yield "Observation", observed("procedure", base, row) | part


def _falls(package: Package, person: str, base: Part) -> Parts:
    for row in package.rows("falls", person):
        if row["what"] in ("fall", "near-fall"):
            actual = "actual" if row["what"] == "fall" else "potential"
            part = {"actuality": actual, "event": concept(LOCAL, row["what"]), **base, **when(row, "date")}
            if row["injury"]:
                part["seriousness"] = {"text": f"injury: {row['injury']}"}
            yield "AdverseEvent", part


def _plans(package: Package, person: str, base: Part) -> Parts:
    for _, found in groupby(package.rows("plans", person), key=lambda row: row["entry"]):
        rows = list(found)
        doses = [{"description": dose(row), "scheduledTiming": timing(row["days_per_week"])} for row in rows]
        activities = [{"detail": {"status": "in-progress", **one}} for one in doses]
        told = {"status": "active", "intent": "plan", "title": "Training at home", "activity": activities}
        yield "CarePlan", told | base | when(rows[0], "created")


def _goals(package: Package, person: str, base: Part) -> Parts:
    table = codes()
    for row in package.rows("goals", person):
        code = table.of_measure(row["measure"], row["protocol"] or "")
        words = row["words"] or f"{code[-1].display}: {row['value']:g} {table.units[row['unit']]}, per {row['per']}"
        target = {"measure": measured(row)["code"], "detailQuantity": quantity(row["value"], row["unit"])}
        part: Part = {"lifecycleStatus": LIFECYCLE[row["ended"]], "description": {"text": words}}
        part["target"] = [target | _due(row["by_date"])]
        if row["ended"] in ACHIEVED:
            part["achievementStatus"] = concept("achievement", ACHIEVED[row["ended"]])
        yield "Goal", part | base | when(row, "startDate")


def _due(day: date | None) -> Part:
    return {"dueDate": day.isoformat()} if day else {}
