# SPDX-License-Identifier: MIT
"""Tidy tables as CSV or Parquet, a file a kind, and the data dictionary that says what each column means."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...care.codes import codes
from .values import DATE, FLAG, INTEGER, NUMBER, TEXT, Package, Table

if TYPE_CHECKING:
    import pyarrow as pa

DICTIONARY = "data-dictionary"
DICTIONARY_COLUMNS = ("table", "row", "column", "type", "unit", "unit_words", "meaning")
MEASURES = "measures"
MEASURE_COLUMNS = ("measure", "label", "unit", "unit_words", "system", "code", "source", "certainty")


def write_csv(package: Package, folder: Path) -> list[Path]:
    """A CSV file a table (UTF-8, comma, decimal point, empty: not told), their dictionary and the measures in them."""
    made = []
    for table in package.tables.values():
        names = [column.name for column in table.columns]
        rows = ([text(row[name]) for name in names] for row in table.rows)
        made.append(csv_file(folder / f"{table.name}.csv", names, rows))
    return [*made, *_explained(package, folder)]


def write_parquet(package: Package, folder: Path) -> list[Path]:
    """A Parquet file a table (zstd; meaning and unit in each field's metadata), their dictionary and measures."""
    import pyarrow.parquet as pq

    made = []
    for table in package.tables.values():
        path = folder / f"{table.name}.parquet"
        pq.write_table(arrow(table), path, compression="zstd")
        made.append(path)
    return [*made, *_explained(package, folder)]


def arrow(table: Table) -> pa.Table:
    """A table with its schema: null is what was not told."""
    import pyarrow as pa

    kinds = {TEXT: pa.string(), INTEGER: pa.int64(), NUMBER: pa.float64(), FLAG: pa.bool_(), DATE: pa.date32()}
    fields = []
    for column in table.columns:
        told = {"meaning": column.meaning} | ({"unit": column.unit} if column.unit else {})
        fields.append(pa.field(column.name, kinds[column.type], metadata=told))
    return pa.Table.from_pylist(list(table.rows), pa.schema(fields, metadata={"row": table.grain}))


def csv_file(path: Path, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
    return path


def text(value: Any) -> str:
    """As a cell: dates as YYYY-MM-DD, flags as 0 and 1, numbers in full, nothing for what was not told."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _explained(package: Package, folder: Path) -> list[Path]:
    table = codes()
    rows = [
        (one.name, one.grain, column.name, column.type, column.unit, table.units.get(column.unit, ""), column.meaning)
        for one in package.tables.values()
        for column in one.columns
    ]
    return [
        csv_file(folder / f"{DICTIONARY}.csv", DICTIONARY_COLUMNS, rows),
        csv_file(folder / f"{MEASURES}.csv", MEASURE_COLUMNS, _measures(package)),
    ]


def _measures(package: Package) -> list[tuple[str, ...]]:
    """Each measure that occurs, by the shipped tables, a row for each of its codes."""
    from ...measures.gait.table import GAIT
    from ...measures.table import MEASURES as STANDING

    table = codes()
    found = {}
    for name in ("results", "walks", "goals"):
        for row in package.rows(name):
            for code in table.of_measure(row["measure"], row.get("protocol") or ""):
                known = STANDING.get(row["measure"]) or GAIT.get(row["measure"])
                unit = code.unit or row["unit"]
                told = (known.source, known.certainty) if known else ("", "")
                label = known.label if known else code.display
                key = (row["measure"], code.system, code.code)
                found[key] = (
                    row["measure"],
                    label,
                    unit,
                    table.units[unit],
                    table.systems[code.system],
                    code.code,
                    *told,
                )
    return [found[key] for key in sorted(found)]
