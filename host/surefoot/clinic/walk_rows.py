# SPDX-License-Identifier: MIT
"""Tables of a long walk on disk, column by column: written as pieces are done, read block by block."""

from __future__ import annotations

import pickle
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from surefoot.errors import SurefootError
from surefoot.measures.gait.strides import Strides
from surefoot.measures.gait.values import FEET, Stances, Walked
from surefoot.measures.gait.waist import Waist

BLOCK = 1 << 12  # values read at once
STRIDES, TURNS, WAIST = "strides", "turns", "waist"
EVENTS = ("initial_s", "off_s", "heel_rise_s", "loaded_s", "broken")
LENGTH = "length_m"


class NoRoom(SurefootError):
    """What a long walk is worked out with finds no room on the disk."""


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoom(
            f"There is no room for a long walk in {tempfile.gettempdir()} ({error.strerror or error}): make some, or"
            " name another folder by TMPDIR."
        ) from None


class Column:
    """A column of `rows` that is read as it is needed; NaN stays NaN."""

    def __init__(self, path: Path, dtype: str, rows: Rows):
        self.path, self.dtype = path, np.dtype(dtype)
        self._rows = rows  # whose folder is there as long as it is known of

    def __len__(self) -> int:
        return self.path.stat().st_size // self.dtype.itemsize

    def rows(self, begin: int, end: int) -> np.ndarray:
        """Those from `begin` to `end` - 1."""
        return np.fromfile(self.path, self.dtype, count=end - begin, offset=begin * self.dtype.itemsize)

    def blocks(self) -> Iterator[np.ndarray]:
        """All of it, some thousand values at once."""
        for begin in range(0, len(self), BLOCK):
            yield self.rows(begin, min(begin + BLOCK, len(self)))

    def whole(self) -> np.ndarray:
        """In memory."""
        return self.rows(0, len(self))


class Rows:
    """Columns by table and name in a folder of their own, which goes with the last who knows of it."""

    def __init__(self) -> None:
        with _room():
            self.folder = Path(tempfile.mkdtemp(prefix="surefoot-walk-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._known: dict[tuple[str, str], str] = {}

    def add(self, table: str, columns: Mapping[str, np.ndarray]) -> None:
        """Rows below those that are there. Raises NoRoom."""
        for name, values in columns.items():
            dtype = self._known.setdefault((table, name), values.dtype.str)
            with _room(), (self.folder / f"{table}.{name}").open("ab") as file:
                file.write(np.asarray(values, dtype).tobytes())

    def columns(self, table: str) -> dict[str, Column]:
        """Of a table by name; none of one without a row."""
        return {
            name: Column(self.folder / f"{table}.{name}", dtype, self)
            for (mine, name), dtype in self._known.items()
            if mine == table
        }

    def keep(self, name: str, value: Any) -> None:
        """Something of ours that is asked for later, out of memory. Raises NoRoom."""
        with _room(), (self.folder / name).open("wb") as file:
            pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)

    def kept(self, name: str) -> Any:
        """What was kept by that name in this process."""
        with (self.folder / name).open("rb") as file:
            return pickle.load(file)

    def drop(self, name: str) -> None:
        """It is asked for no more."""
        (self.folder / name).unlink()

    def strides(self) -> Strides:
        """All of them in memory."""
        return Strides(**{name: column.whole() for name, column in self.columns(STRIDES).items()})

    def walked(self, source: str, like: Walked) -> Walked:
        """All stances of a source in memory."""
        feet = {foot: self.columns(f"{source}.{foot}") for foot in FEET}
        stood = {
            foot: Stances(foot, **{name: columns[name].whole() for name in EVENTS}) if columns else None
            for foot, columns in feet.items()
        }
        lengths = {foot: columns[LENGTH].whole() for foot, columns in feet.items() if LENGTH in columns}
        turns = self.columns(f"{source}.{TURNS}")
        found = np.column_stack([column.whole() for column in turns.values()]) if turns else np.empty((0, 3))
        return Walked(
            like.source, like.rate_hz, like.span_s, stood["left"], stood["right"], lengths, like.length_by, found,
            like.notes,
        )  # fmt: skip

    def waist(self, walked: Walked, longest_step_s: float) -> Waist:
        """A waist's single steps in memory."""
        columns = {name: column.whole() for name, column in self.columns(WAIST).items()}
        at_s = columns["step_s"]
        late = np.flatnonzero(np.diff(at_s) > longest_step_s)
        pauses = np.column_stack((at_s[late], at_s[late + 1]))
        left, rise_m, length_m, next_s = (columns[name] for name in ("left", "rise_m", "length_m", "next_s"))
        return Waist(walked, at_s, left, rise_m, length_m, next_s, pauses)
