# SPDX-License-Identifier: MIT
"""Values that exports share: columns and rows of tidy tables, recordings in SI, and all that goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from ...errors import SurefootError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TEXT, INTEGER, NUMBER, FLAG, DATE = "text", "integer", "number", "flag", "date"
# What a column says of somebody, and so what de-identification does with it.
PERSON, ID, FREE, WHO, TEST, AGE, CLOCK = "person", "id", "free", "who", "test", "age", "clock"
WALK = "walk"  # in the place of a test's id

Row = dict[str, Any]


BLOCK = 8192  # rows of samples that are worked on at a time


class ExportError(SurefootError):
    """Nothing was exported."""


class Unreadable(ExportError):
    """A recording from which nothing can be exported: it is left out, and said."""


@dataclass(frozen=True)
class Column:
    """`type`: TEXT, INTEGER, NUMBER, FLAG or DATE; `unit`: UCUM, "" where it has none; `role`: PERSON (a code), ID (of
    an entry, session, file, device), FREE (somebody's words), WHO (who wrote or signed it), TEST (a test's id), AGE,
    CLOCK (a time of day), or ""."""

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
    (first row, rows) of which nothing arrived. The values of hours may lie in a file."""

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
    """A kept recording; `motion` reads and converts it. `begun_utc`: None where that isn't told; `version`: of its
    test."""

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
    version: str = ""


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


def blocks(rows: int) -> Iterator[slice]:
    """So many rows in pieces, since a recording of hours has no room in memory."""
    for first in range(0, rows, BLOCK):
        yield slice(first, min(first + BLOCK, rows))
