# SPDX-License-Identifier: MIT
"""Values that exports share: columns and rows of tidy tables, recordings in SI, and all that goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from ...errors import SurefootError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TEXT, INTEGER, NUMBER, FLAG, DATE = "text", "integer", "number", "flag", "date"
# What a column says of somebody, and so what de-identification does with it.
PERSON, ID, FREE, WHO, TEST, AGE = "person", "id", "free", "who", "test", "age"
WALK = "walk"  # in the place of a test's id

Row = dict[str, Any]


class ExportError(SurefootError):
    """Nothing was exported."""


@dataclass(frozen=True)
class Column:
    """`type`: TEXT, INTEGER, NUMBER, FLAG or DATE; `unit`: UCUM, "" where it has none; `role`: PERSON (a code), ID (of
    an entry, session, file, device), FREE (somebody's words), WHO (who wrote it), TEST (a test's id), AGE, or ""."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    role: str = ""


@dataclass(frozen=True)
class Table:
    """`rows` hold every column, None where it wasn't told. One row a `grain`."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class System:
    """What one device of a recording tracked: [n, channels] in `units` (UCUM), NaN where lost; `lost` rows. `gaps`:
    (first row, rows) of which nothing arrived."""

    name: str
    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    components: tuple[str, ...]
    points: tuple[str, ...]
    units: tuple[str, ...]
    values: npt.NDArray[np.float64]
    lost: int
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Mark:
    """Something that happened, seconds from the first row."""

    onset_s: float
    text: str


@dataclass(frozen=True)
class Motion:
    """One recording on one uniform clock; `nominal`: by the nominal calibration, not one of these insoles' own."""

    rate_hz: float
    rows: int
    systems: tuple[System, ...]
    marks: tuple[Mark, ...]
    nominal: bool
    device: str
    firmware: str


@dataclass(frozen=True)
class Recording:
    """A kept recording; `motion` reads and converts it. `begun_utc`: None where that isn't told."""

    person: str
    id: str
    session: str
    day: int | None
    on: date | None
    begun_utc: str | None
    protocol: str
    condition: str
    trial: int
    motion: Callable[[], Motion] = field(repr=False)


@dataclass(frozen=True)
class Package:
    """All that goes out. `made_utc`: when; `hidden`: de-identified; `notes`: sentences on what was left out or done."""

    tables: Mapping[str, Table]
    recordings: Sequence[Recording]
    made_utc: str
    hidden: bool = False
    notes: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(row["person"] for row in self.tables["people"].rows)

    def rows(self, table: str, person: str | None = None) -> list[Row]:
        """Rows of a table, of one person or all."""
        found = self.tables[table].rows if table in self.tables else ()
        return [row for row in found if person is None or row["person"] == person]
