# SPDX-License-Identifier: MIT
"""Lists of a long walk's document that are read from disk as they are written: JSON and CSV in parts, never whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, overload

import numpy as np

from ..clinic.walk_rows import Column

DECIMALS = 4  # a tenth of a millisecond: finer than any sensor here tells
LINES = 1000


def listed(values: np.ndarray) -> list[Any]:
    """A column in JSON's own types."""
    return numbers(values) if values.dtype.kind == "f" else values.tolist()


def numbers(values: Iterable[float]) -> list[float | None]:
    """Finite numbers, rounded; None for the others."""
    column = np.asarray(values, float)
    known, rounded = np.isfinite(column), np.round(column, DECIMALS).tolist()
    if known.all():
        return rounded
    return [value if told else None for value, told in zip(rounded, known.tolist(), strict=True)]


class Listed(Sequence[Any]):
    """The list that a column on disk is in a document."""

    def __init__(self, column: Column):
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        numbers_ = range(len(self))[place]
        if isinstance(numbers_, int):
            return listed(self._column.rows(numbers_, numbers_ + 1))[0]
        low, high = min(numbers_, default=0), max(numbers_, default=-1) + 1
        return listed(self._column.rows(low, high)[[number - low for number in numbers_]])

    def __iter__(self) -> Iterator[Any]:
        for block in self._column.blocks():
            yield from listed(block)

    def blocks(self) -> Iterator[list[Any]]:
        """Some thousand entries at once."""
        return (listed(block) for block in self._column.blocks())


def json_parts(value: Any, ascii_only: bool = True) -> Iterator[str]:
    """The text that json.dumps makes, in parts."""
    if isinstance(value, Listed):
        yield "["
        for number, block in enumerate(value.blocks()):
            yield (", " if number else "") + json.dumps(block, allow_nan=False, ensure_ascii=ascii_only)[1:-1]
        yield "]"
    elif isinstance(value, Mapping):
        yield "{"
        for number, (key, one) in enumerate(value.items()):
            yield (", " if number else "") + json.dumps(str(key), ensure_ascii=ascii_only) + ": "
            yield from json_parts(one, ascii_only)
        yield "}"
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield "["
        for number, one in enumerate(value):
            yield ", " if number else ""
            yield from json_parts(one, ascii_only)
        yield "]"
    else:
        yield json.dumps(value, allow_nan=False, ensure_ascii=ascii_only)


def csv_parts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A table of values as CSV, some lines at once; empty where a value is None."""
    text, left = io.StringIO(), iter(rows)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    while True:
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        some = list(islice(left, LINES))
        if not some:
            return
        writer.writerows(["" if value is None else value for value in row] for row in some)
