# SPDX-License-Identifier: MIT
"""A REDCap project's data dictionary and import file: one record a person, one event a session.

REDCap's dictionary has 18 fixed columns. A variable is lower-case, begins with a letter, holds a-z, 0-9 and _ and is at
most 26 letters long: a number is named by its test, outcome and condition, shortened where that is too long.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...care.codes import codes
from ...care.scales import load_scale
from .tabular import csv_file, text
from .values import ExportError, Package, Row

DICTIONARY = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
README = """# For REDCap

In a new longitudinal project, in this order: `data-dictionary.csv` (Data Dictionary), `events.csv` (Define My Events),
`event-forms.csv` (Designate Instruments for My Events), `data.csv` (Data Import Tool; dates as Y-M-D). REDCap itself
was not at hand to try it: the files follow its published rules.
"""
NAME_MAX = 26
ARM, SCORE = "arm_1", "{score}"
PEOPLE, VISITS = "people", "visits"
BASELINE = f"person_{ARM}"
SEXES = {"female": "1", "male": "2"}
SAID = ("pain_before", "pain_after", "steadiness", "exertion")
LIMITS = {"pain_before": (0, 10), "pain_after": (0, 10), "steadiness": (1, 5), "exertion": (0, 10)}


@dataclass(frozen=True)
class Field:
    """A variable; `type`: text, radio or yesno; `check`: integer, number, date_ymd or ""."""

    name: str
    form: str
    label: str
    type: str = "text"
    check: str = ""
    choices: str = ""
    note: str = ""
    low: str = ""
    high: str = ""
    identifier: bool = False


def write_redcap(package: Package, folder: Path) -> list[Path]:
    """The project's dictionary, its events, which form each has, and the data, as REDCap's own pages take them. Raises
    ExportError where two numbers would share a name."""
    fields, named = _fields(package)
    head, rows = _data(package, fields, named)
    events = sorted({row[1] for row in rows}, key=_number)
    readme = folder / "README.md"
    readme.write_text(README, "utf-8")
    return [
        readme,
        csv_file(folder / "data-dictionary.csv", DICTIONARY, (_line(one) for one in fields)),
        csv_file(folder / "data.csv", head, rows),
        csv_file(
            folder / "events.csv",
            ("event_name", "arm_num", "unique_event_name"),
            ((one.removesuffix(f"_{ARM}").replace("_", " "), "1", one) for one in events),
        ),
        csv_file(
            folder / "event-forms.csv",
            ("arm_num", "unique_event_name", "form"),
            (("1", one, PEOPLE if one == BASELINE else VISITS) for one in events),
        ),
    ]


def variable(protocol: str, *words: str, taken: Iterable[str] = ()) -> str:
    """A name by REDCap's rules that depends on these words alone, so that a later import fits. One that is too long has
    the test's initials and ends in a few letters that stand for the whole of it."""
    whole = _name(protocol, *words)
    name = whole
    if len(whole) > NAME_MAX:
        short = _name("".join(word[0] for word in protocol.split("-") if word), *words)
        mark = hashlib.sha256(whole.encode()).hexdigest()[:5]
        name = f"{short[: NAME_MAX - len(mark) - 1].rstrip('_')}_{mark}"
    if name in taken:
        raise ExportError(f"Two numbers would both be called '{name}' in REDCap: export them as CSV instead.")
    return name


def _name(*words: str) -> str:
    joined = re.sub(r"[^a-z0-9]+", "_", "_".join(word for word in words if word).lower()).strip("_")
    return joined if joined[:1].isalpha() else f"v_{joined}"


Place = tuple[str, str, str, str, str]
Named = Mapping[Place, str]


def _fields(package: Package) -> tuple[list[Field], Named]:
    """All variables, the record's first, and the name of each number by its place."""
    fields = [
        Field("record_id", PEOPLE, "Code of the person"),
        Field("sex", PEOPLE, "Sex", "radio", choices=" | ".join(f"{one}, {word}" for word, one in SEXES.items())),
        Field("age_years", PEOPLE, "Age, years; 90: older than 89", check="integer", low="0", high="90"),
        Field("height_m", PEOPLE, "Height, metres", check="number", low="0.5", high="2.5"),
        Field("weight_kg", PEOPLE, "Weight, kilograms", check="number", low="20", high="300"),
        Field("visit_date", VISITS, "Day of the visit", check="date_ymd", identifier=True),
        Field("visit_day", VISITS, "Days since the first", check="integer"),
        Field("by_hand", VISITS, "By stopwatch and keys", "yesno"),
    ]
    for name in SAID:
        low, high = map(str, LIMITS[name])
        fields.append(Field(name, VISITS, name.replace("_", " ").capitalize(), check="integer", low=low, high=high))
    named: dict[Place, str] = {}
    table, taken = codes(), {one.name for one in fields}
    for row in _numbers(package):
        if (key := _key(row)) in named:
            continue
        named[key] = variable(*key[:4], taken=taken)
        taken.add(named[key])
        display = table.code("local", row["measure"]).display
        label = ": ".join(
            word
            for word in (row["protocol"], row["outcome"], row["condition"] or "", row["target"] or "", display)
            if word
        )
        note = f"{table.units[row['unit']]} ({row['unit']})"
        fields.append(Field(named[key], VISITS, label, check="number", note=note))
    for scale in sorted({row["scale"] for row in _totals(package)}):
        key = (scale, "total", "", "", SCORE)
        named[key] = variable(*key[:4], taken=taken)
        taken.add(named[key])
        about = load_scale(scale)
        low, high = (f"{limit:g}" for limit in about.range)
        label = f"{about.title}: total"
        fields.append(Field(named[key], VISITS, label, check="number", note=table.units[SCORE], low=low, high=high))
    return fields, named


def _totals(package: Package, person: str | None = None) -> list[Row]:
    """Of rated scales, where there is one; the items are in the CSV and Parquet exports."""
    rows = package.rows("scales") if person is None else package.rows("scales", person)
    return [row for row in rows if row["item"] == "total" and row["value"] is not None]


def _numbers(package: Package) -> list[Row]:
    """What a test comes to; the single trials are in the CSV and Parquet exports."""
    return [row for row in package.rows("results") if row["of"] != "trial"]


def _key(row: Row) -> Place:
    return row["protocol"], row["outcome"], row["condition"] or "", row["target"] or "", row["unit"]


def _data(package: Package, fields: Sequence[Field], named: Named) -> tuple[list[str], list[list[str]]]:
    head = ["record_id", "redcap_event_name", *(one.name for one in fields[1:])]
    rows = []
    for person in package.rows("people"):
        told = {key: person[key] for key in ("age_years", "height_m", "weight_kg")}
        sex = SEXES.get(person["sex"] or "")
        rows.append(_row(head, person["person"], BASELINE, told | {"sex": sex}))
        for number, visit in enumerate(_visits(package, person["person"], named), 1):
            rows.append(_row(head, person["person"], f"visit_{number}_{ARM}", visit))
    return head, rows


def _visits(package: Package, person: str, named: Named) -> list[dict[str, Any]]:
    """Sessions, scales and what was said in visits, a dict a session; what is of another day is a visit of its own."""
    found: dict[Any, dict[str, Any]] = {}
    for row in _numbers(package):
        if row["person"] == person:
            visit = found.setdefault(row["session"], {"visit_date": row["on"], "visit_day": row["day"]})
            visit[named[_key(row)]] = row["value"]
            visit["by_hand"] = bool(visit.get("by_hand")) or bool(row["by_hand"])
    of_day = {visit["visit_day"]: visit for visit in reversed(found.values())}

    def visit_of(row: Row, *names: str) -> dict[str, Any]:
        """Of that day; a new one where it has one of these numbers already, or there is none."""
        if row["day"] not in of_day or any(name in of_day[row["day"]] for name in names):
            of_day[row["day"]] = found[row["entry"]] = {"visit_date": row["on"], "visit_day": row["day"]}
        return of_day[row["day"]]

    for row in package.rows("said", person):
        if row["about"] == "visit":
            visit_of(row).update({key: row[key] for key in SAID if row[key] is not None})
    for row in _totals(package, person):
        name = named[row["scale"], "total", "", "", SCORE]
        visit_of(row, name)[name] = row["value"]
    return sorted(found.values(), key=lambda visit: -1 if visit["visit_day"] is None else visit["visit_day"])


def _row(head: Sequence[str], person: str, event: str, told: Mapping[str, Any]) -> list[str]:
    return [person, event, *(text(told.get(name)) for name in head[2:])]


def _line(one: Field) -> tuple[str, ...]:
    return (
        one.name, one.form, "", one.type, one.label, one.choices, one.note, one.check, one.low, one.high,
        "y" if one.identifier else "", "", "y" if one.name == "record_id" else "", "", "", "", "", "",
    )  # fmt: skip


def _number(event: str) -> int:
    return int((re.findall(r"\d+", event.removesuffix(f"_{ARM}")) or ["0"])[0])
