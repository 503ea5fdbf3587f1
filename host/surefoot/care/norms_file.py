# SPDX-License-Identifier: MIT
"""The files of protocols/norms in, frozen norms and measurement errors out; or one sentence saying what to mend."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite, log, sqrt
from pathlib import Path
from typing import Any

from surefoot import resources
from surefoot.errors import ProtocolError
from surefoot.measures.reliability import Z95

NEEDED = {
    "mean": ("value",),
    "mean-sd": ("value", "sd"),
    "mean-ci95": ("value", "low", "high"),
    "upper-limit": ("value",),
    "quartiles": ("low", "high"),
    "cut-off": ("value",),
    "small-change": ("value",),
    "substantial-change": ("value",),
}


@dataclass(frozen=True)
class Row:
    """The figures for one sex and one span of ages, in completed years, both ends included.

    `aid`: whether these people had a walking aid, "without", "with" or "any"; None where the source doesn't say.
    """

    age_min: int
    age_max: int
    sex: str = "any"
    aid: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Table:
    """Figures of one source for one measure of one test, as the file says it; see protocols/norms/schema.json."""

    id: str
    file: str
    protocols: tuple[str, ...]
    measure: str
    unit: str
    stat: str
    population: str
    footwear: str
    setting: str
    instrument: str
    cite: str
    certainty: str
    rows: tuple[Row, ...]
    near: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict, hash=False)
    side: str | None = None
    says: str | None = None
    n: int | None = None
    ceiling: float | None = None
    doi: str = ""
    note: str = ""


@dataclass(frozen=True)
class Error:
    """How far two results of one person differ when nothing has changed, and in whom that was measured.

    `sem` is in `unit`, or that of the natural logarithm where scale is "log". One repeat is the mean of `trials`
    trials; `interval` says what lay between two repeats: "within-session", "between-raters", "between-days" or
    "not-stated". Certainty "R" is recalled and never judges a change.
    """

    measure: str
    unit: str
    scale: str
    sem: float
    trials: int
    interval: str
    population: str
    cite: str
    certainty: str
    protocols: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict, hash=False)
    footwear: str = "not-stated"
    instrument: str = "any"
    n: int | None = None
    doi: str = ""
    note: str = ""


@dataclass(frozen=True)
class Norms:
    """All tables and measurement errors of a folder."""

    tables: tuple[Table, ...]
    errors: tuple[Error, ...]


def load_norms(folder: Path | None = None) -> Norms:
    """The norms of a folder (by default those that come with Surefoot). Raises ProtocolError for a file's mistake."""
    return _load(folder or resources.data_dir("protocols") / "norms")


@lru_cache(maxsize=8)
def _load(folder: Path) -> Norms:
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise ProtocolError(f"There are no norms in {folder}: name a folder of .toml files.")
    tables: list[Table] = []
    errors: list[Error] = []
    for path in paths:
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProtocolError(f"{path} can't be read ({error}): check its rights, and save it as UTF-8.") from None
        more = parse_norms(text, path)
        tables += more.tables
        errors += more.errors
    return Norms(tuple(tables), tuple(errors))


def parse_norms(text: str, path: Path) -> Norms:
    """The norms in the text of one file, checked; the path serves the messages and must be named after the id."""
    try:
        document = tomllib.loads(text, parse_float=_finite)
    except ValueError as error:
        raise ProtocolError(f"{path} isn't valid TOML: {error}. Mend that place and try again.") from None
    _check(document, path)
    tables = tuple(_table(entry, path) for entry in document.get("tables", ()))
    for table in tables:
        _check_table(table, path)
    if len({table.id for table in tables}) < len(tables):
        raise ProtocolError(f"{path}: two tables have the same 'id': give each its own.")
    return Norms(tables, tuple(_error(entry, path) for entry in document.get("errors", ())))


def sem_of(mdc95: float) -> float:
    """The standard error of measurement behind a minimal detectable change of 95 %, for two single results."""
    return mdc95 / (Z95 * sqrt(2))


def _finite(text: str) -> float:
    if not isfinite(float(text)):
        raise ValueError(f"{text} is no number that a norm can hold")
    return float(text)


def _check(document: dict[str, Any], path: Path) -> None:
    import jsonschema

    schema = json.loads((resources.data_dir("protocols") / "norms" / "schema.json").read_text("utf-8"))
    newest = schema["properties"]["format"]["const"]
    if isinstance(document.get("format"), int) and document["format"] > newest:
        raise ProtocolError(
            f"{path} has format {document['format']}, newer than this Surefoot reads ({newest}): upgrade Surefoot."
        )
    found = sorted(jsonschema.Draft202012Validator(schema).iter_errors(document), key=lambda e: list(map(str, e.path)))
    if found:
        where = ".".join(str(part + 1) if isinstance(part, int) else part for part in found[0].absolute_path)
        raise ProtocolError(f"{path}: field '{where or 'format'}': {found[0].message[:200]}. Correct it.")
    if path.stem != document["id"]:
        raise ProtocolError(f"{path}: field 'id' is '{document['id']}': name it as the file, '{path.stem}'.")


def _table(entry: dict[str, Any], path: Path) -> Table:
    made = {key: tuple(entry[key]) for key in ("protocols", "near") if key in entry}
    rows = tuple(Row(**{"aid": entry.get("aid"), **row}) for row in entry["rows"])
    kept = {key: value for key, value in entry.items() if key != "aid"}
    return Table(**{**kept, **made, "rows": rows, "file": path.stem})


def _check_table(table: Table, path: Path) -> None:
    """What a schema can't say."""
    where = f"{path}: table '{table.id}'"
    if (table.stat == "cut-off") != (table.side is not None and table.says is not None):
        raise ProtocolError(f"{where}: 'side' and 'says' belong to a cut-off, and a cut-off needs both: mend that.")
    for number, row in enumerate(table.rows, 1):
        missing = [key for key in NEEDED[table.stat] if getattr(row, key) is None]
        if missing:
            raise ProtocolError(f"{where}, row {number} is a {table.stat} and lacks {', '.join(missing)}: add it.")
        if row.age_min > row.age_max:
            raise ProtocolError(f"{where}, row {number}: age_min is above age_max: swap them.")
        order = [x for x in (row.low, row.value, row.high) if x is not None]
        if table.stat in ("mean-ci95", "quartiles") and order != sorted(order):
            raise ProtocolError(f"{where}, row {number}: low, value and high aren't in that order: mend the row.")


def _error(entry: dict[str, Any], path: Path) -> Error:
    percent = entry.get("mdc95_percent")
    if percent is not None and entry["scale"] != "log":
        raise ProtocolError(f"{path}: an error in percent belongs to the scale 'log': write that, or mdc95.")
    if "sem" in entry:
        sem = entry["sem"]
    else:
        sem = sem_of(entry["mdc95"] if percent is None else log(1 + percent / 100))
    kept = {key: entry[key] for key in Error.__dataclass_fields__ if key in entry}
    return Error(**{**kept, "sem": sem, "protocols": tuple(entry["protocols"])})
