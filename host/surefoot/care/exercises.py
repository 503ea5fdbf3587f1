# SPDX-License-Identifier: MIT
"""Exercises that a plan may hold (protocols/exercises/exercises.toml), as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.care.ladder import ladder_names, load_ladder
from surefoot.care.protocol import parse_toml, protocol_names, read_text
from surefoot.errors import ProtocolError

SCHEMA = "exercises/schema.json"


@dataclass(frozen=True)
class Dose:
    """Frequency and time of one thing to do; None where it isn't counted so. `hold_s`: seconds of each repetition."""

    days_per_week: int
    sets: int | None = None
    reps: int | None = None
    hold_s: float | None = None
    steps: int | None = None
    minutes: float | None = None


@dataclass(frozen=True)
class Exercise:
    """One exercise: see protocols/exercises/schema.json. `levels`: (axis, level) of the ladders, `like`: tests that ask
    as much of a person; `not_barred_by`: safety answers that don't speak against it."""

    id: str
    title: str
    type: str
    setting: str
    needs: tuple[str, ...]
    does: tuple[str, ...]
    stop: str
    dose: Dose
    source: str
    certainty: str
    figure: str
    each_side: bool = False
    levels: tuple[tuple[str, str], ...] = ()
    like: tuple[str, ...] = ()
    not_barred_by: tuple[str, ...] = field(default_factory=tuple)


def load_exercises(path: Path | None = None) -> dict[str, Exercise]:
    """The shipped exercises by id, or those of a file. Raises ProtocolError naming the field that is wrong."""
    path = path or resources.data_dir("protocols") / "exercises" / "exercises.toml"
    document = parse_toml(read_text(path), path)
    rules = schema_of(SCHEMA)
    check_format(document, rules, path)
    check_schema(document, rules, path)
    ids = [row["id"] for row in document["exercises"]]
    if again := [name for name in ids if ids.count(name) > 1]:
        raise ProtocolError(f"{path}: two exercises are called '{again[0]}': give each its own id.")
    levels = {
        f"{axis.id}/{level}" for name in ladder_names() for axis in load_ladder(name).axes for level in axis.levels
    }
    for row in document["exercises"]:
        for field_, known in (("levels", levels), ("like", set(protocol_names()))):
            if unknown := [one for one in row.get(field_, ()) if one not in known]:
                raise ProtocolError(f"{path}: field '{field_}' of {row['id']} names '{unknown[0]}', which there isn't.")
    return {row["id"]: _exercise(row) for row in document["exercises"]}


def _exercise(row: Mapping[str, Any]) -> Exercise:
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    levels = tuple((axis, level) for axis, _, level in (one.partition("/") for one in row.get("levels", ())))
    return Exercise(**{**plain, "levels": levels, "dose": Dose(**row["dose"])})


@cache
def exercises() -> Mapping[str, Exercise]:
    """The shipped ones, read once."""
    return load_exercises()


def exercise(name: str) -> Exercise:
    """A shipped exercise. Raises ProtocolError with those there are."""
    found = exercises().get(name)
    if found is None:
        raise ProtocolError(f"There is no exercise '{name}': choose one of {', '.join(exercises())}.")
    return found
