# SPDX-License-Identifier: MIT
"""A long table of another maker in parts of some megabytes: read twice, once for its clock, once for its rows.

What parts can't settle (times that scatter, dates instead of seconds, a cell that is no number) is left to the reader
of whole files, which knows the words for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from surefoot.clinic.import_columns import Source as Column
from surefoot.clinic.import_time import GAP, UNEVEN, WHOLE_HZ
from surefoot.clinic.walk_columns import walk_sources
from surefoot.clinic.walk_input import Floats, WalkInput, check_force, walk_of
from surefoot.clinic.walk_long_sources import HeldSource
from surefoot.clinic.walk_own import read_walk
from surefoot.delimited import Layout, look
from surefoot.delimited_read import read_columns
from surefoot.errors import MeasureError, SurefootError
from surefoot.measures.gait.waist_axes import Axes, Seen, checked, joined_axes, seen_axes

PART_BYTES = 1 << 23
EVERY = 20  # one row of so many tells whether forces are a walker's


class Facts(NamedTuple):
    """Of one part: its rows, time of the first and the last, sum and number of usual steps and how they scatter, the
    long ones [k,2] (row that it leads to, s), empty cells by role, some rows [m,r], and what waist and seconds say."""

    rows: int
    first_s: float
    last_s: float
    step_s: float
    steps: int
    scatter: float
    usual_s: float
    long: Floats
    empty: dict[str, int]
    some: Floats
    seen: Seen | None
    restless: Floats


@dataclass(frozen=True, eq=False)
class TextSource:
    """A table, its columns found, cut between lines; `begins` [p + 1]: first row of each part on the even grid."""

    path: Path
    said: str | None
    given_hz: float | None
    layout: Layout
    maker: str
    found: dict[str, Column]
    warnings: tuple[str, ...]
    parts: tuple[tuple[int, int], ...]
    rate_hz: float = 0.0
    begins: tuple[int, ...] = ()
    facts: tuple[Facts, ...] = ()
    worn: Axes | None = None
    told: WalkInput | None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def surveys(self) -> int:
        return len(self.parts)

    def _read(self, number: int) -> dict[str, Floats]:
        """Signals [n] in SI by role of the lines of one part."""
        begin, end = self.parts[number]
        with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
            piece = Path(folder) / self.path.name
            with self.path.open("rb") as file, piece.open("wb") as out:
                for _ in range(self.layout.above):
                    out.write(file.readline())
                file.seek(max(begin, file.tell()))
                out.write(file.read(end - file.tell()))
            places = list(dict.fromkeys(one.column.place for one in self.found.values() if one.column))
            table = read_columns(replace(self.layout, path=piece), places)
        return {
            role: table[:, places.index(one.column.place)] * (one.sign * (one.unit.factor if one.unit else 1.0))
            for role, one in self.found.items()
            if one.column
        }

    def survey(self, number: int) -> Facts | None:
        try:
            signal = self._read(number)
        except SurefootError:
            return None
        time_s = signal.pop("time", None)
        names = list(signal)
        table = np.column_stack([signal[role] for role in names])
        rows = len(table)
        if time_s is None:
            time_s = np.arange(rows) / (self.given_hz or np.nan)
        step = np.diff(time_s)
        if rows < 3 or not np.isfinite(time_s).all() or (step <= 0).any():
            return None
        usual = float(np.median(step))
        near = step < GAP * usual
        scatter = float(np.abs(step[step < 3 * usual] / usual - 1).mean())
        far = np.flatnonzero(~near)
        walk = walk_of(signal, self.found, self.maker, 1 / usual)
        seen = None
        if walk.acc_ms2 is not None:
            try:
                seen = seen_axes(*checked(walk.acc_ms2, walk.gyr_dps, walk.rate_hz), walk.rate_hz)
            except MeasureError:
                seen = None
        width = max(round(1 / usual), 1)
        whole = table[: rows // width * width].reshape(-1, width, table.shape[1])
        return Facts(
            rows=rows,
            first_s=float(time_s[0]),
            last_s=float(time_s[-1]),
            step_s=float(step[near].sum()),
            steps=int(near.sum()),
            scatter=scatter,
            usual_s=usual,
            long=np.stack((far + 1.0, step[far]), axis=1, dtype=np.float64),
            empty=dict(zip(names, np.isnan(table).sum(axis=0).tolist(), strict=True)),
            some=table[::EVERY],
            seen=seen,
            restless=np.ptp(whole, axis=1).sum(axis=1),
        )

    def surveyed(self, found: Sequence[Facts | None]) -> TextSource | HeldSource:
        facts = [one for one in found if one is not None]
        if len(facts) < len(found) or not self._clear(facts):
            held = HeldSource(read_walk(self.path, self.said, self.given_hz), self.name)
            return held.surveyed([held.survey(number) for number in range(held.surveys())])
        timed = "time" in self.found
        rate_hz = sum(one.steps for one in facts) / sum(one.step_s for one in facts)
        whole_hz = float(round(rate_hz))
        rate_hz = whole_hz if whole_hz and abs(rate_hz / whole_hz - 1) < WHOLE_HZ else round(rate_hz, 3)
        rate_hz = self.given_hz or rate_hz
        begins, absent, gaps = [0], 0, 0
        for k, one in enumerate(facts):
            inside = _absent(one.long, rate_hz)
            between = 0
            if timed and k + 1 < len(facts) and facts[k + 1].first_s - one.last_s >= GAP * one.usual_s:
                between = max(round((facts[k + 1].first_s - one.last_s) * rate_hz) - 1, 0)
            begins.append(begins[-1] + one.rows + int(inside.sum()) + between)
            absent += int(inside.sum()) + between
            gaps += int((inside > 0).sum()) + (between > 0)
        empty = {role: sum(one.empty[role] for one in facts) for role in facts[0].empty}
        told = {
            "rows": sum(one.rows for one in facts),
            "rate_hz": rate_hz,
            "duration_s": begins[-1] / rate_hz,
            "missing_rows": absent,
            "gaps": gaps,
            "empty_cells": {self.found[role].name: count for role, count in empty.items() if count},
            "columns": {role: {"from": str(one), "guessed": one.guessed} for role, one in self.found.items()},
        }
        some = np.concatenate([one.some for one in facts])
        walk = walk_of(dict(zip(empty, some.T, strict=True)), self.found, self.maker, rate_hz)
        said = list(self.warnings)
        if walk.force_n is not None:
            said += check_force(walk.force_n, self.found)
        said += walk.warnings
        seen = [one.seen for one in facts if one.seen is not None]
        return replace(
            self,
            rate_hz=rate_hz,
            begins=tuple(begins),
            facts=tuple(one._replace(some=one.some[:0], seen=None) for one in facts),
            worn=joined_axes(seen) if seen else None,
            told=replace(HeldSource(walk, self.name).shape(), facts=told, warnings=tuple(said)),
        )

    def _clear(self, facts: Sequence[Facts]) -> bool:
        """Whether parts agree on a rate that leaves no doubt, and follow each other in time."""
        usual = np.array([one.usual_s for one in facts])
        if max(one.scatter for one in facts) > UNEVEN or np.ptp(usual) > 0.05 * usual.min():
            return False
        if "time" not in self.found:
            return True
        if self.given_hz is not None and abs(self.given_hz * float(np.median(usual)) - 1) > 0.01:
            return False
        return all(after.first_s > before.last_s for before, after in pairwise(facts))

    def shape(self) -> WalkInput:
        assert self.told is not None
        return self.told

    def axes(self) -> Axes | None:
        return self.worn

    def rows(self) -> int:
        return self.begins[-1]

    def restless(self) -> np.ndarray:
        width = max(round(self.rate_hz), 1)
        change = np.full(max(self.rows() // width, 1), np.nan)
        for begin, one in zip(self.begins[:-1], self.facts, strict=True):
            if not len(one.long):
                mine = one.restless[: len(change) - begin // width]
                change[begin // width : begin // width + len(mine)] = mine
        known = np.isfinite(change)
        return np.where(known, change, change[known].max() if known.any() else 0.0)

    def piece(self, low: int, high: int) -> WalkInput:
        blocks: list[dict[str, Floats]] = []
        for number, begin in enumerate(self.begins[:-1]):
            if begin >= high or self.begins[number + 1] <= low:
                continue
            signal = self._read(number)
            signal.pop("time", None)
            count = self.begins[number + 1] - begin
            at = np.arange(self.facts[number].rows)
            long = self.facts[number].long
            for row, absent in zip(long[:, 0].astype(int), _absent(long, self.rate_hz), strict=True):
                at[row:] += absent
            cut = slice(max(low - begin, 0), min(high - begin, count))
            blocks.append({})
            for role, values in signal.items():
                full = np.full(count, np.nan)
                full[at] = values
                blocks[-1][role] = full[cut]
        joined = {role: np.concatenate([block[role] for block in blocks]) for role in blocks[0]}
        return replace(walk_of(joined, self.found, self.maker, self.rate_hz), facts=self.shape().facts, warnings=())


def _absent(long: Floats, rate_hz: float) -> np.ndarray:
    """Rows that are missing at each long step, as `import_time.even` counts them."""
    return np.maximum(np.rint(long[:, 1] * rate_hz).astype(np.int64) - 1, 0)


def text_source(path: Path, said: str | None = None, rate_hz: float | None = None) -> TextSource | None:
    """A table that can be read in parts; None where only all of it at once tells what it is."""
    layout = look(path)
    if layout.quoted or layout.encoding == "utf-16":
        return None
    maker, found, warnings = walk_sources(layout, said)
    time = found.get("time")
    if time is None and rate_hz is None:
        return None
    if time is not None and (time.column is None or time.column.kind == "moment"):
        return None
    total, cuts = path.stat().st_size, [0]
    with path.open("rb") as file:
        for at in range(PART_BYTES, total - PART_BYTES // 2, PART_BYTES):
            file.seek(at)
            file.readline()
            cuts.append(file.tell())
    parts = tuple(zip(cuts, [*cuts[1:], total], strict=True))
    return TextSource(path, said, rate_hz, layout, maker, found, tuple(warnings), parts)
