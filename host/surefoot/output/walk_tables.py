# SPDX-License-Identifier: MIT
"""Tables of strides and bouts as Parquet: typed columns, each with its unit and what it means, and no person.

Units, decimals and definitions are those of the gait table where a column is one of its rows before the factor; what
only these tables hold is said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..measures.gait.bouts import Bouts
from ..measures.gait.strides import Strides
from ..measures.gait.table import GAIT, KEYS, MEAN

if TYPE_CHECKING:
    import pyarrow as pa

LEVEL, ROWS = 9, 1 << 12
WORDS = {
    "file": ("", "Recording that the row is of"),
    "foot": ("", "Foot: left or right"),
    "start_s": ("s", "Initial contact that begins it, from the recording's begin"),
    "end_s": ("s", "Last contact of it, from the recording's begin"),
    "double_s": ("s", "Double support: initial and terminal; below nought both feet were in the air"),
    "single_s": ("s", "Single support"),
    "turn": ("", "Whether some of it lies in a turn"),
    "steady": ("", "Whether it counts in variability"),
    "excluded": ("", "Why it counts in no mean: gap, implausible, turn or short; empty for one that counts"),
    "bout": ("", "Number of its bout from 0, -1 for none"),
    "steps": ("{count}", "Landings of both feet"),
    "strides": ("{count}", "Strides that count in means"),
    "turns": ("{count}", "Turns"),
}
UNITS = {"_s": "s", "_m": "m", "_mps": "m/s", "_spm": "{steps}/min"}


def described(name: str) -> dict[str, str]:
    """Unit (UCUM) and words of a column: of a row of the gait table, or of this table's own."""
    if name in GAIT:
        row = GAIT[name]
        return {"unit": row.unit, "description": row.label, "source": row.source, "certainty": row.certainty}
    unit, words = WORDS.get(name, ("", ""))
    row = GAIT.get(KEYS.get((name, MEAN, ""), ""))
    if row is not None:
        words = words or row.label
        unit = unit or (row.unit if row.factor == 1 else _unit_of(name))
        return {"unit": unit, "description": words, "source": row.source, "certainty": row.certainty}
    return {"unit": unit or _unit_of(name), "description": words}


def _unit_of(name: str) -> str:
    return next((unit for end, unit in sorted(UNITS.items(), key=lambda item: -len(item[0])) if name.endswith(end)), "")


def strides_parquet(walks: Sequence[Mapping[str, Any]], file: Any) -> None:
    """One row a stride into an open file, in the order of files and time; null where a value is not known."""
    names = [field.name for field in fields(Strides)]
    rows = (
        (walk["file"], *cells)
        for walk in walks
        for cells in zip(*(walk["strides"][name] for name in names), strict=True)
    )
    _write(("file", *names), rows, "strides", file)


def bouts_parquet(walks: Sequence[Mapping[str, Any]], file: Any) -> None:
    """One row a bout with every parameter that it has enough strides for, else null."""
    there = {key for walk in walks for row in walk["bouts"]["parameters"] for key in row}
    names, keys = [field.name for field in fields(Bouts)], [key for key in GAIT if key in there]
    rows = (
        (walk["file"], *cells, *(row.get(key) for key in keys))
        for walk in walks
        for row, *cells in zip(walk["bouts"]["parameters"], *(walk["bouts"][name] for name in names), strict=True)
    )
    _write(("file", *names, *keys), rows, "bouts", file)


def _write(names: Sequence[str], rows: Iterator[Sequence[Any]], kind: str, file: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = [pa.field(name, _type(pa, name), metadata=described(name)) for name in names]
    schema = pa.schema(made, metadata={"kind": f"surefoot-{kind}", "format": "1"})
    with pq.ParquetWriter(file, schema, compression="zstd", compression_level=LEVEL) as writer:
        some, left = list(islice(rows, ROWS)), True
        while some or left:
            columns = zip(*some, strict=True) if some else [()] * len(names)
            arrays = [pa.array(list(values), _type(pa, name)) for name, values in zip(names, columns, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
            some, left = list(islice(rows, ROWS)), False


def _type(pa: Any, name: str) -> pa.DataType:
    if name in ("file", "foot", "excluded"):
        return pa.string()
    if name in ("turn", "steady"):
        return pa.bool_()
    return pa.int64() if name in ("bout", "steps", "strides", "turns") else pa.float64()
