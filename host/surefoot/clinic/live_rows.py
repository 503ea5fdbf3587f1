# SPDX-License-Identifier: MIT
"""The last seconds of a stream while it arrives: frames in, forces and waist motion on the cells' grid out.

What `signals` makes of a whole recording, for a stretch of it: the same cell law and the same IMU map. Work and memory
are those of the stretch, however long the trial is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .. import signals_check, wire
from ..calibration import SIDES, Calibration
from ..calibration_law import FULL_COUNT, force_table_n, saturated_counts
from ..device.framer import Frame
from ..errors import SurefootError
from ..frames import unpack12
from ..signals import imu_map, interpolated

KEEP_S = 8.0
_WAITING = 400  # frames of the IMU that wait for the first reading of its clock

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Rows(NamedTuple):
    """Columns of n rows, NaN where lost: foot_force_n [n,2], acc_ms2 and gyr_dps [n,3]."""

    foot_force_n: Floats
    acc_ms2: Floats
    gyr_dps: Floats

    def then(self, other: Rows) -> Rows:
        return Rows(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


def lost_rows(n: int) -> Rows:
    """Rows of which nothing is known."""
    return Rows(np.full((n, 2), np.nan), np.full((n, 3), np.nan), np.full((n, 3), np.nan))


class LiveRows:
    """The samples of one stream, of the last `keep_s`. `next`: the row after the newest; rows are numbers of samples of
    the cells."""

    def __init__(self, config: Mapping[str, Any], record: Calibration, keep_s: float = KEEP_S):
        self.rate_hz = float(config.get("rate_hz", 100))
        self.next = 0
        self._config = config
        self._table = force_table_n(record)
        self._full = saturated_counts(record)
        self._gone = np.array([config.get(side) is False for side in SIDES])
        try:
            self._imu = imu_map(config, record)
        except SurefootError:  # a board without an IMU; the recording says so afterwards
            self._imu = None
        self._cells = _Ring(round(keep_s * self.rate_hz), 16, np.uint16)
        odr_hz = float(config.get("imu_odr_hz", 104))
        self._per_sample = self.rate_hz / odr_hz  # rows from one IMU sample to the next
        self._motion = _Ring(round(keep_s * odr_hz), 6, np.int16)
        self._motion_row = np.zeros(self._motion.size)
        self._us_per_tick = int(config.get("imu_tick_ns", wire.STREAMS[wire.IMU]["tick_ns"])) * 1e-3
        self._read: tuple[int, int] | None = None  # IMU ticks and device us, read together
        self._newest: tuple[int, int] | None = None  # number and device us of the first sample of the last frame
        self._waiting: dict[int, list[Frame]] = {wire.CELLS: [], wire.IMU: []}

    def take(self, frames: Iterable[Frame]) -> None:
        """Frames as they arrived. Those of samples are kept as they are until somebody looks."""
        for frame in frames:
            fields = frame.fields
            if frame.name == "DATA":
                self._waiting[frame.stream].append(frame)
                if frame.stream == wire.CELLS:
                    self.next = max(self.next, fields["index"] + fields["n"])
                    self._newest = fields["index"], fields["t"]
            elif frame.name == "STATUS" and fields["imu_us"]:
                self._paired(fields["imu_t"], fields["imu_us"])

    def row_at(self, t_us: float) -> float:
        """The row of a moment by the device's clock; 0 where no sample has arrived."""
        if self._newest is None:
            return 0.0
        index, at_us = self._newest
        return index + _near(t_us - at_us, wire.TICK_WRAP) * 1e-6 * self.rate_hz

    def between(self, low: int, high: int) -> Rows:
        """The rows from `low` to before `high`, of which those of the last `keep_s` are still known."""
        self._digest()
        counts, lost = self._cells.between(low, high)
        force = self._table.ravel().take(counts + np.arange(16) * (FULL_COUNT + 1)).reshape(-1, 2, 8)
        feet = force.sum(axis=2)
        feet[lost[:, None] | self._gone | (counts.reshape(-1, 2, 8) == FULL_COUNT).all(axis=2)] = np.nan
        motion = np.full((high - low, 6), np.nan)
        if self._imu is not None:
            number, values, row = self._moved()
            motion, _ = interpolated(np.arange(low, high, dtype=float), row, number, values, *self._imu)
        return Rows(feet, motion[:, :3], motion[:, 3:])

    def leave_out_stuck(self, low: int, high: int) -> None:
        """Cells that stood at the end of their range in these rows weigh nothing from now on."""
        self._digest()
        counts, lost = self._cells.between(low, high)
        if not lost.all():
            self._table[signals_check.state(counts[~lost], self._full, self._config).stuck] = 0.0

    def _moved(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any], Floats]:
        """Numbers, counts and rows of the IMU samples that are kept."""
        last = self._motion.next
        number = np.arange(max(last - self._motion.size, 0), last)
        values, lost = self._motion.between(int(number[0]) if len(number) else 0, last)
        row = self._motion_row[number[~lost] % self._motion.size]
        # A new reading of its clock may set it back by some rows.
        return number[~lost], values[~lost], np.maximum.accumulate(row)

    def _digest(self) -> None:
        cells, self._waiting[wire.CELLS] = self._waiting[wire.CELLS], []
        if cells:
            packed = np.frombuffer(b"".join(frame.body for frame in cells), np.uint8)
            index, _ = _numbered(cells)
            self._cells.put(index, unpack12(packed.reshape(-1, wire.STREAMS[wire.CELLS]["bytes"])))
        motion = self._waiting[wire.IMU]
        if self._read is None or self._newest is None:
            self._waiting[wire.IMU] = motion[-_WAITING:]
        elif motion:
            self._waiting[wire.IMU] = []
            tick, at_us = self._read
            wrap = wire.STREAMS[wire.IMU]["wrap"]
            first = [self.row_at(at_us + _near(f.fields["t"] - tick, wrap) * self._us_per_tick) for f in motion]
            index, place = _numbered(motion)
            self._motion.put(index, np.frombuffer(b"".join(f.body for f in motion), "<i2").reshape(-1, 6))
            self._motion_row[index % self._motion.size] = (
                np.repeat(first, [f.fields["n"] for f in motion]) + place * self._per_sample
            )

    def _paired(self, tick: int, at_us: int) -> None:
        """A reading of the IMU's clock; two of them, seconds apart, give its rate."""
        if self._read is not None:
            ticks = _near(tick - self._read[0], wire.STREAMS[wire.IMU]["wrap"])
            passed_us = _near(at_us - self._read[1], wire.TICK_WRAP)
            if ticks > 0 and passed_us > 5e5:
                self._us_per_tick = passed_us / ticks
        self._read = tick, at_us


class _Ring:
    """The last `size` rows of counts by their number."""

    def __init__(self, size: int, width: int, kind: Any):
        self.size, self.next = size, 0
        self._counts = np.zeros((size, width), kind)
        self._number = np.full(size, -1, np.int64)

    def put(self, number: npt.NDArray[np.int64], counts: npt.NDArray[Any]) -> None:
        self._counts[number % self.size] = counts
        self._number[number % self.size] = number
        self.next = max(self.next, int(number.max()) + 1)

    def between(self, low: int, high: int) -> tuple[npt.NDArray[Any], Flags]:
        """Counts of these numbers, and which of them are lost or no longer kept."""
        number = np.arange(low, high)
        return self._counts[number % self.size], self._number[number % self.size] != number


def _numbered(frames: list[Frame]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The number of each sample, and its place in its frame."""
    n = np.array([frame.fields["n"] for frame in frames])
    place = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    return np.repeat([frame.fields["index"] for frame in frames], n) + place, place


def _near(ticks: float, wrap: int) -> float:
    """A difference of clocks that wrap, the shorter way round."""
    return (ticks + wrap / 2) % wrap - wrap / 2
