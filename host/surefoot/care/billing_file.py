# SPDX-License-Identifier: MIT
"""A file of protocols/billing in, frozen codes and rules out, each with its dates, source and certainty."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.errors import ProtocolError

SCHEMA = "billing/schema.json"


@dataclass(frozen=True)
class Kind:
    """What minutes of a visit were spent on; `code` is None where they count toward no timed code."""

    id: str
    title: str
    code: str | None = None


@dataclass(frozen=True)
class Timed:
    """A code counted in units of time, what a record of it is expected to hold, and what is said of a day that has
    another activity too (`apart`: its id and the words)."""

    code: str
    title: str
    expects: tuple[str, ...]
    certainty: str
    source: str
    note: str = ""
    apart: Mapping[str, str] = field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class UnitStep:
    """From `from_min` timed minutes of a day on there are `units`."""

    from_min: int
    units: int
    certainty: str
    source: str


@dataclass(frozen=True)
class Monitoring:
    """A code of remote therapeutic monitoring with its thresholds; None asks for nothing. `each_min`: it counts once
    more for each further so many minutes."""

    code: str
    title: str
    per: str
    certainty: str
    source: str
    data_days_min: int | None = None
    data_days_max: int | None = None
    minutes_min: int | None = None
    each_min: int | None = None
    interactive: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Billing:
    """All rows of one country; see protocols/billing/schema.json."""

    id: str
    title: str
    as_of: int
    says: str
    device: str
    window_days: int
    activities: tuple[Kind, ...]
    timed: tuple[Timed, ...]
    units: tuple[UnitStep, ...]
    rtm: tuple[Monitoring, ...]
    rtm_expects: tuple[str, ...]
    rtm_notes: tuple[str, ...]
    needs: dict[str, str]

    def kind(self, name: str) -> Kind:
        """An activity by its id. Raises ProtocolError."""
        for one in self.activities:
            if one.id == name:
                return one
        known = ", ".join(one.id for one in self.activities)
        raise ProtocolError(f"There is no activity '{name}': write one of {known}.")


@lru_cache(maxsize=4)
def load_billing(name: str = "us") -> Billing:
    """The rules of a country that come with Surefoot. Raises ProtocolError."""
    path = resources.data_dir("protocols") / "billing" / f"{name}.toml"
    try:
        return parse_billing(path.read_bytes().decode("utf-8"), path)
    except FileNotFoundError:
        raise ProtocolError(f"There are no billing rules '{name}': there are those of 'us'.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{path} can't be read ({error}): install Surefoot again.") from None


def parse_billing(text: str, path: Path) -> Billing:
    """The rules in the text of a file, checked; the path serves the messages. Raises ProtocolError."""
    try:
        raw = tomllib.loads(text)
    except ValueError as error:
        raise ProtocolError(f"{path} isn't valid TOML: {error}. Mend that place and try again.") from None
    document = json.loads(json.dumps(raw, default=str))
    schema = schema_of(SCHEMA)
    check_format(document, schema, path)
    check_schema(document, schema, path)
    made = Billing(
        **{key: document[key] for key in ("id", "title", "as_of", "says", "device", "window_days")},
        activities=tuple(Kind(**one) for one in document["activities"]),
        timed=tuple(_timed(_dated(one, path)) for one in document["timed"]),
        units=tuple(UnitStep(**one) for one in document["units"]),
        rtm=tuple(Monitoring(**_dated(one, path)) for one in document["rtm"]),
        rtm_expects=tuple(document["rtm_expects"]),
        rtm_notes=tuple(document["rtm_notes"]),
        needs=document["needs"],
    )
    _check(made, path)
    return made


def _timed(entry: dict[str, Any]) -> Timed:
    return Timed(**{**entry, "expects": tuple(entry["expects"])})


def _dated(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    try:
        days = {key: date.fromisoformat(entry[key]) for key in ("valid_from", "valid_to") if key in entry}
    except ValueError as error:
        raise ProtocolError(f"{path}: code {entry['code']} has no such day ({error}): correct it.") from None
    if len(days) == 2 and days["valid_from"] > days["valid_to"]:
        raise ProtocolError(f"{path}: code {entry['code']} ends before it begins: swap valid_from and valid_to.")
    return entry | days


def _check(made: Billing, path: Path) -> None:
    """What a schema can't say."""
    codes = {one.code for one in made.timed}
    for kind in made.activities:
        if kind.code is not None and kind.code not in codes:
            raise ProtocolError(f"{path}: activity '{kind.id}' has code {kind.code}, which no [[timed]] names: add it.")
    kinds = {one.id for one in made.activities}
    for row in made.timed:
        if unknown := [what for what in row.apart if what not in kinds]:
            raise ProtocolError(f"{path}: code {row.code} is apart from '{unknown[0]}', which no activity is: add it.")
    expected = [*made.rtm_expects, *(name for one in made.timed for name in one.expects)]
    if unknown := [name for name in expected if name not in made.needs]:
        raise ProtocolError(f"{path}: '{unknown[0]}' is expected, but [needs] doesn't say what it is: add it there.")
    steps = [(one.from_min, one.units) for one in made.units]
    if any(a[0] >= b[0] or a[1] >= b[1] for a, b in pairwise(steps)):
        raise ProtocolError(f"{path}: [[units]] don't rise from row to row: put them in order.")
