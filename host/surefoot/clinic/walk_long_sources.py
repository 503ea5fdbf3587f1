# SPDX-License-Identifier: MIT
"""Where a long walk comes from: a recording of our own, read piece by piece, or rows that are in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surefoot import recording, recording_parts
from surefoot.calibration import Calibration
from surefoot.clinic import heart, walk_cue
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_long import Source
from surefoot.clinic.walk_own import cut_short, facts_of, read_walk, record_for
from surefoot.decode import Samples, decode
from surefoot.errors import MeasureError
from surefoot.measures.gait.waist_axes import Axes, Seen, checked, joined_axes, seen_axes
from surefoot.recording_parts import Part
from surefoot.signals import imu_map
from surefoot.signals_pieces import rows_of
from surefoot.signals_survey import PartFacts, Survey, part_facts, survey

PARTS = 10  # of a recording are looked at in one task
LONG_BYTES = 12 << 20  # three quarters of an hour at 100 Hz as it comes, a few hours packed
LONG_TEXT_BYTES = 64 << 20  # hours


@dataclass(frozen=True, eq=False)
class OwnSource:
    """A recording of our own."""

    path: Path
    head: bytes
    record: Calibration
    said: tuple[str, ...]
    parts: tuple[Part, ...]
    whole: Survey | None = None
    worn: Axes | None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def surveys(self) -> int:
        return -(-len(self.parts) // PARTS)

    def survey(self, number: int) -> tuple[PartFacts, Seen | None]:
        mine = self.parts[number * PARTS : (number + 1) * PARTS]
        facts, motion = part_facts(self.path, mine, self.head, self.record, self.surveys())
        return facts, None if motion is None or not len(motion.index) else self._seen(motion)

    def _seen(self, imu: Samples) -> Seen | None:
        """How the board was worn, by its own samples on their own clock."""
        matrix, offset = imu_map(decode(self.head).config, self.record)
        motion = np.full((int(imu.index[-1] - imu.index[0]) + 1, 6), np.nan)
        motion[imu.index - imu.index[0]] = imu.counts @ matrix + offset
        try:
            acc, gyr = checked(motion[:, :3], motion[:, 3:], imu.rate_hz)
        except MeasureError:  # said of the pieces
            return None
        return seen_axes(acc, gyr, imu.rate_hz)

    def surveyed(self, found: Sequence[tuple[PartFacts, Seen | None]]) -> OwnSource:
        whole = survey(self.path, self.head, self.record, [facts for facts, _ in found])
        seen = [one for _, one in found if one is not None]
        return replace(self, whole=whole, worn=joined_axes(seen) if seen else None)

    @property
    def known(self) -> Survey:
        assert self.whole is not None
        return self.whole

    def shape(self) -> WalkInput:
        whole = self.known
        holes = whole.holes[:, 1] - whole.holes[:, 0]
        lost = {"cells": int(holes.sum()), "imu": 0}
        facts = facts_of(whole.decoded, self.record, whole.rows, whole.rate_hz, len(holes), lost)
        beats = heart.of_recording(whole.decoded, whole.t0_us, None, 0.0, facts["duration_s"])
        facts |= {"heart": beats} if beats else {}
        return WalkInput(
            "Surefoot",
            whole.rate_hz,
            np.empty((0, 16)),
            acc_ms2=np.empty((0, 3)) if whole.has_imu else None,
            gyr_dps=np.zeros((1, 3)) if whole.has_imu else None,
            facts=facts,
            warnings=(*cut_short(whole.decoded), *walk_cue.notes(whole.decoded), *self.said, *whole.warnings),
            insole_mm=None if self.record.nominal else self.record.foot_length_mm,
        )

    def axes(self) -> Axes | None:
        return self.worn

    def rows(self) -> int:
        return self.known.rows

    def restless(self) -> np.ndarray:
        whole = self.known
        change = np.full(whole.rows // max(round(whole.rate_hz), 1) + 1, np.nan)
        inside = whole.restless[whole.restless[:, 0] < len(change)]
        change[inside[:, 0]] = inside[:, 1]
        width = max(round(whole.rate_hz), 1)
        for begin, end in whole.holes // width:
            change[begin : end + 1] = np.nan
        return change[: max(whole.rows // width, 1)]

    def piece(self, low: int, high: int) -> WalkInput:
        rows, shape = rows_of(self.known, low, high), self.shape()
        has_imu = shape.acc_ms2 is not None
        return replace(
            shape,
            force_n=rows.cell_force_n,
            acc_ms2=rows.acc_ms2 if has_imu else None,
            gyr_dps=rows.gyr_dps if has_imu else None,
            warnings=(),
        )


def own_source(path: Path, given: Path | None = None, data: Path | None = None, pair: str | None = None) -> OwnSource:
    """A recording of our own, as `walk_own.read_walk` takes it."""
    head = recording_parts.beginning(path)
    record, said = record_for(path, decode(head), given, data, pair)
    return OwnSource(path, head, record, said, tuple(recording_parts.parts_of(path)))


@dataclass(frozen=True, eq=False)
class HeldSource:
    """A walk whose rows are in memory, another maker's say."""

    walk: WalkInput
    name: str
    step: int = 0
    worn: Axes | None = None

    def surveys(self) -> int:
        return -(-self.rows() // self._size())

    def _size(self) -> int:
        return self.step or max(round(900 * self.walk.rate_hz), 1)

    def survey(self, number: int) -> Any:
        part = self.piece(number * self._size(), min((number + 1) * self._size(), self.rows()))
        if part.acc_ms2 is None:
            return None
        try:
            return seen_axes(*checked(part.acc_ms2, part.gyr_dps, part.rate_hz), part.rate_hz)
        except MeasureError:
            return None

    def surveyed(self, found: Sequence[Any]) -> HeldSource:
        seen = [one for one in found if one is not None]
        return replace(self, worn=joined_axes(seen) if seen else None)

    def shape(self) -> WalkInput:
        walk = self.walk
        return replace(
            walk,
            force_n=None if walk.force_n is None else walk.force_n[:0],
            cop_share=None if walk.cop_share is None else walk.cop_share[:0],
            shoes={foot: rows[:0] for foot, rows in walk.shoes.items()},
            acc_ms2=None if walk.acc_ms2 is None else walk.acc_ms2[:0],
            gyr_dps=None if walk.gyr_dps is None else np.zeros((int(np.isfinite(walk.gyr_dps).any()), 3)),
        )

    def axes(self) -> Axes | None:
        return self.worn

    def rows(self) -> int:
        walk = self.walk
        return len(next(rows for rows in (walk.force_n, walk.acc_ms2, *walk.shoes.values()) if rows is not None))

    def restless(self) -> np.ndarray:
        walk, width = self.walk, max(round(self.walk.rate_hz), 1)
        rows = next(rows for rows in (walk.force_n, walk.acc_ms2, *walk.shoes.values()) if rows is not None)
        whole = rows[: len(rows) // width * width].reshape(-1, width, rows.shape[1])
        return np.ptp(whole, axis=1).sum(axis=1)

    def piece(self, low: int, high: int) -> WalkInput:
        walk, rows = self.walk, slice(low, high)
        return replace(
            walk,
            force_n=None if walk.force_n is None else walk.force_n[rows],
            cop_share=None if walk.cop_share is None else walk.cop_share[rows],
            shoes={foot: values[rows] for foot, values in walk.shoes.items()},
            acc_ms2=None if walk.acc_ms2 is None else walk.acc_ms2[rows],
            gyr_dps=None if walk.gyr_dps is None else walk.gyr_dps[rows],
            warnings=(),
        )


def long_source(
    path: Path,
    columns: str | None = None,
    rate_hz: float | None = None,
    given: Path | None = None,
    data: Path | None = None,
    pair: str | None = None,
) -> Source | None:
    """The walk in a file that is long enough to be analysed in pieces, read as by `walk_own.read_walk`; else None."""
    if not path.is_file():
        return None
    if path.suffix != recording.SUFFIX:
        if path.stat().st_size < LONG_TEXT_BYTES:
            return None
        from surefoot.clinic.walk_long_text import text_source

        walk = None if given is not None else text_source(path, columns, rate_hz)
        return walk or HeldSource(read_walk(path, columns, rate_hz, given, data, pair), str(path))
    if path.stat().st_size < LONG_BYTES or columns or rate_hz is not None:
        return None
    return own_source(path, given, data, pair)
