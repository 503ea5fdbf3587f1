# SPDX-License-Identifier: MIT
"""Entries of the store as rows of the tidy tables; what wasn't told is None."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ...care.goal import row_of
from ...care.progression_values import NOT_ASKED
from ...care.safety import table
from ...care.scale_answers import total
from ...care.scales import load_scale
from ...care.visit import visit_of
from ...clinic.scale_record import answers_in
from ...clinic.store.values import Entry
from .columns import TABLES
from .values import Row, Table

SAID = ("steadiness", "exertion", "pain_before", "pain_after", "note")
UNITS = {"mmhg": "mm[Hg]", "bpm": "{beats}/min"}  # by the end of a reading's name


def tables_of(entries: Sequence[Entry], people: Sequence[Row]) -> dict[str, Table]:
    """All tables. Days are counted from the first that something is told of, the year before the calendar apart."""
    found: dict[str, list[Row]] = {name: [] for name in TABLES}
    first: dict[str, date] = {}
    for entry in entries:
        for name, row in ROWS.get(entry.kind, _nothing)(entry):
            head: Row = {"person": entry.person, "entry": entry.id, "on": entry.on, "by": entry.by}
            found[name].append(head | row)
            begun = row.get("from") or (head | row)["on"]
            first[entry.person] = min(first.get(entry.person, begun), begun)
    for row in (row for rows in found.values() for row in rows):
        row["day"] = (row["on"] - first[row["person"]]).days
    found["people"] = [row | {"first_on": first.get(row["person"])} for row in people]
    return {name: _filled(TABLES[name], rows) for name, rows in found.items()}


def _filled(table: Table, rows: Sequence[Row]) -> Table:
    names = [column.name for column in table.columns]
    if unknown := {key for row in rows for key in row} - set(names):
        raise ValueError(f"{table.name} has no column {sorted(unknown)}")
    return Table(table.name, table.grain, table.columns, tuple({key: row.get(key) for key in names} for row in rows))


Rows = Iterator[tuple[str, Row]]


def _nothing(entry: Entry) -> Rows:
    return iter(())


def _result(entry: Entry) -> Rows:
    of = entry.document
    head = {"session": of["session"], "protocol": of["protocol"].get("id")}
    for trial in of["trials"]:
        place = {key: trial.get(key) for key in ("condition", "target", "trial")}
        hand = bool(trial.get("by_hand", of.get("by_hand", False)))
        yield "trials", {
            **head, **place, "version": str(of["protocol"].get("version", "")), "ended": trial.get("ended"),
            "held_s": trial.get("held_s"), "target_s": trial.get("target_s"), "lost_share": trial.get("lost_share"),
            "by_hand": hand, "simulated": bool(of.get("simulated", False)), "recording": trial.get("recording") or None,
        }  # fmt: skip
        base = {**head, **place, "of": "trial", "by_hand": hand}
        for key, one in trial.get("measures", {}).items():
            yield "results", base | {"measure": key, "value": one["value"], "unit": one["unit"]}
        for key, why in trial.get("not_reported", {}).items():
            yield "results", base | {"measure": key, "unit": row_of(key).unit, "reason": why}
    for one in of.get("outcomes", ()):
        told = {key: one.get(key) for key in ("condition", "target", "measure", "value", "reason", "by_hand")}
        named = {"of": "outcome", "outcome": one["id"], "unit": row_of(one["measure"]).unit}
        yield "results", head | told | named
    for key, one in (of.get("comparisons") or {}).items():
        # A comparison on foam has the name of the measure and where.
        measure = key.removesuffix("_foam")
        named = {"of": "comparison", "outcome": key, "measure": measure, "unit": one["unit"]}
        yield "results", head | named | {"value": one["value"], "reason": one.get("reason")}
    if score := of.get("score"):
        told = {"of": "score", "outcome": "balance", "measure": "balance_score", "value": score.get("value")}
        yield "results", head | told | {"unit": score["unit"], "reason": score.get("reason")}


def _scale(entry: Entry) -> Rows:
    of = entry.document
    scale = load_scale(of["scale"]["id"])
    head = {"scale": of["scale"]["id"], "version": of["scale"]["version"], "by_hand": of["typed"]}
    for one in of["answers"]:
        yield "scales", head | {key: one.get(key) for key in ("item", "state", "value", "weight", "own", "reason")}
    found = total(scale, answers_in(of, scale))
    yield "scales", head | {"item": "total", "state": of["ended"], "value": found.value, "reason": found.reason}


def _walk(entry: Entry) -> Rows:
    of, name = entry.document, entry.document["name"]
    head = {"walk": name, "duration_s": of["walk"].get("duration_s")}
    for key, one in of["walk"]["parameters"].items():
        yield "walks", head | {"measure": key, "value": one["value"], "unit": one["unit"]}
    for key, why in of["walk"]["not_reported"].items():
        yield "walks", head | {"measure": key, "unit": row_of(key).unit, "reason": why}
    if of["said"]:
        yield "said", {"about": "walk", "walk": name} | {key: of["said"].get(key) for key in SAID}


def _assessment(entry: Entry) -> Rows:
    of = entry.document
    base = {"about": "visit", **{key: of.get(key) for key in ("steadiness", "exertion", "note")}}
    base |= dict(of.get("circumstances", {}))
    if sure := of.get("confidence"):
        base |= {"confidence_percent": sure["percent"], "confidence_by": sure["by"]}
    for pain in of.get("pain", [{}]):
        told = {"pain_site": pain.get("site"), "pain_before": pain.get("before"), "pain_after": pain.get("after")}
        yield "said", base | told
        base = {"about": "visit"}  # the rest is said once


def _training(entry: Entry) -> Rows:
    of = entry.document
    same = ("ladder", "task", "leg", "target_s", "setting", "how", "exertion", "pain_before", "pain_peak")
    base = {key: of.get(key) for key in (*same, "settled", "sway", "beside", "note")} | dict(of["flags"])
    for number, succeeded in enumerate(of["succeeded"]):
        each = {key: _nth(of.get(key, ()), number) for key in ("held_s", "steadiness")}
        yield "trainings", base | each | {"trial": number + 1, "succeeded": succeeded}


def _decision(entry: Entry) -> Rows:
    keys = ("what", "ladder", "task", "leg", "target_s", "outcome", "rule", "supervised", "words", "reason", "found")
    yield "decisions", {key: entry.document.get(key) for key in keys}


def _diary(entry: Entry) -> Rows:
    of = entry.document
    keys = ("pain_before", "pain_after", "steadiness", "falls", "near_falls", "note")
    for one in of["days"]:
        done = list(one.get("done", {}).values())
        counted = {"way": of["way"], "asked": len(of["items"]), "done": sum(done), "not_done": len(done) - sum(done)}
        yield "diary", {"on": _day(one["day"]), **counted, **{key: one.get(key) for key in keys}}


def _falls(entry: Entry) -> Rows:
    of = entry.document
    if of["what"] == "history":
        counted = {key: of.get(key) for key in ("falls", "near_falls")}
        yield "falls", {"what": "history", "on": _day(of["until"]), "days": 365, **counted}
        return
    first, last = _day(of["first"]), _day(of["last"])
    counted = {key: len(of[key]) for key in ("falls", "near_falls")}
    yield "falls", {"what": "month", "on": last, "from": first, "days": (last - first).days + 1, **counted}
    for what, key in (("fall", "falls"), ("near-fall", "near_falls")):
        for one in of[key]:
            told = {name: one.get(name) for name in ("injury", "caught", "place", "activity")}
            yield "falls", {"what": what, "on": _day(one["on"]), **told}


def _plan(entry: Entry) -> Rows:
    keys = ("kind", "what", "ladder", "leg", "days_per_week", "sets", "reps", "hold_s", "steps", "minutes",
            "steadiness", "exertion", "note")  # fmt: skip
    for one in entry.document["items"]:
        told = {key: one.get(key) for key in keys}
        yield "plans", {"company": entry.document["company"], "since": _day(one["since"]), **told}


def _goal(entry: Entry) -> Rows:
    keys = ("words", "measure", "value", "per", "protocol", "without_stop", "baseline", "mdc", "ended")
    of = entry.document
    by = _day(of["by_date"]) if of.get("by_date") else None
    yield "goals", {key: of.get(key) for key in keys} | {"unit": row_of(of["measure"]).unit, "by_date": by}


def _visit(entry: Entry) -> Rows:
    of, visit = entry.document, visit_of(entry.document)
    head: Row = {key: of.get(key) for key in ("start", "stop", "response", "interpretation", "plan", "next")}
    who = {"clinician": of["clinician"]["name"]} | {key: of["clinician"].get(key) for key in ("credential", "licence")}
    head |= {**who, "visit_minutes": visit.minutes, "modifiers": " ".join(of.get("modifiers", ())) or None}
    for one in visit.activities:
        told = {"activity": one.what, "minutes": one.minutes, "one_to_one": one.one_to_one}
        yield "visits", head | told | {"activity_words": one.words or None}
    if not visit.activities:
        yield "visits", head
    for test in visit.tests:
        yield "visit_tests", {"protocol": test.test, "purpose": test.purpose}


def _contact(entry: Entry) -> Rows:
    yield "contacts", {key: entry.document.get(key) for key in ("at", "minutes", "interactive", "activity", "decision")}


def _thresholds(entry: Entry) -> Rows:
    of = entry.document
    head = {"fallback": of.get("fallback"), "why": of["why"]}
    numbers = [
        {"ladder": ladder, "rule": rule, "name": name, "value": float(value)}
        for ladder, rules in of["numbers"].items() for rule, own in rules.items() for name, value in own.items()
    ]  # fmt: skip
    for one in numbers or [{}]:
        yield "thresholds", head | one


def _safety(entry: Entry) -> Rows:
    """Every question of the table, also those that were not asked; readings apart."""
    of = entry.document
    for question in dict.fromkeys((*(one.id for one in table().questions), *of["answers"])):
        one = of["answers"].get(question)
        told = {"state": one["state"], "on": _day(one["asked_on"]), "note": one.get("note")} if one else {}
        yield "safety", {"question": question, "state": NOT_ASKED} | told
    readings = dict(of.get("readings", {}))
    on = readings.pop("on", None)
    for name, value in readings.items():
        yield "readings", {"on": _day(on), "reading": name, "value": value, "unit": UNITS[name.rpartition("_")[2]]}


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _nth(values: Sequence[Any], number: int) -> Any:
    return values[number] if number < len(values) else None


ROWS: Mapping[str, Callable[[Entry], Rows]] = {
    "result": _result,
    "scale": _scale,
    "walk": _walk,
    "assessment": _assessment,
    "training": _training,
    "decision": _decision,
    "diary": _diary,
    "falls": _falls,
    "plan": _plan,
    "goal": _goal,
    "visit": _visit,
    "contact": _contact,
    "thresholds": _thresholds,
    "safety": _safety,
}
