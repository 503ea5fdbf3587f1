# SPDX-License-Identifier: MIT
"""The one table of codes and UCUM units that exports may hold: protocols/codes and the measures' own tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.care.file_schema import check_format, check_schema, schema_of
from surefoot.errors import ProtocolError, SurefootError
from surefoot.measures.gait.table import GAIT
from surefoot.measures.table import MEASURES

NAME, SCHEMA = "codes/codes.toml", "codes/schema.json"
LOCAL, LOINC = "local", "loinc"
SEEN = "V"


class CodeError(SurefootError):
    """A code or unit that isn't in the shipped table."""


@dataclass(frozen=True)
class Code:
    """A code of a system (its short name); `measure`, `protocol`: what of Surefoot it says; `unit`: UCUM that it asks
    for, "" the measure's own."""

    system: str
    code: str
    display: str
    certainty: str = ""
    measure: str = ""
    protocol: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Codes:
    """`systems`: short names to URIs; `units`: UCUM codes to words; `codes` by (system, code)."""

    systems: Mapping[str, str]
    units: Mapping[str, str]
    codes: Mapping[tuple[str, str], Code]

    def code(self, system: str, code: str) -> Code:
        """Raises CodeError where the table doesn't have it."""
        try:
            return self.codes[system, code]
        except KeyError:
            raise CodeError(
                f"The code '{code}' of '{system}' isn't in protocols/{NAME}, so nothing was exported: add it with "
                "its source, or leave it out."
            ) from None

    def unit(self, ucum: str) -> str:
        """The unit itself. Raises CodeError where the table doesn't have it."""
        if ucum not in self.units:
            raise CodeError(
                f"The unit '{ucum}' isn't in protocols/{NAME}, so nothing was exported: add it there as UCUM has it."
            )
        return ucum

    def of_measure(self, key: str, protocol: str = "") -> tuple[Code, ...]:
        """All codes of a measure of a test, LOINC first where one was seen. Raises CodeError."""
        own = self.code(LOCAL, key)
        others = (one for one in self.codes.values() if one.measure == key and one.protocol in ("", protocol))
        return (*(one for one in others if one.system == LOINC and one.certainty == SEEN), own)


def load_codes(path: Path | None = None) -> Codes:
    """Read and check the table. Raises ProtocolError naming what is wrong."""
    path = path or resources.data_dir("protocols") / NAME
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ProtocolError(f"{path} can't be read ({error}): install Surefoot again, or correct that line.") from None
    rules = schema_of(SCHEMA)
    check_format(document, rules, path)
    check_schema(document, rules, path)
    units = _once({one["ucum"]: one["words"] for one in document["units"]}, document["units"], "unit", path)
    rows = [Code(**one) for one in document["codes"]]
    rows += [Code(LOCAL, row.key, row.label) for row in (*MEASURES.values(), *GAIT.values())]
    codes = _once({(one.system, one.code): one for one in rows}, rows, "code", path)
    for one in rows:
        if one.system not in document["systems"]:
            raise ProtocolError(f"{path}: code '{one.code}' is of '{one.system}', which is none of its systems.")
        if one.measure and one.measure not in MEASURES and one.measure not in GAIT:
            raise ProtocolError(f"{path}: code '{one.code}' says the measure '{one.measure}', which there isn't.")
        if one.unit and one.unit not in units:
            raise ProtocolError(f"{path}: code '{one.code}' has the unit '{one.unit}', which is none of its units.")
    for row in (*MEASURES.values(), *GAIT.values()):
        if row.unit not in units:
            raise ProtocolError(f"{path} lacks the unit '{row.unit}' of the measure '{row.key}': add it.")
    return Codes(document["systems"], units, codes)


@cache
def codes() -> Codes:
    """The shipped table."""
    return load_codes()


def _once(found: dict[Any, Any], rows: Sequence[Any], what: str, path: Path) -> dict[Any, Any]:
    if len(found) != len(rows):
        raise ProtocolError(f"{path} has a {what} twice: take one out.")
    return found
