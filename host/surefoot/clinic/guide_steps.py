# SPDX-License-Identifier: MIT
"""The steps of a guided session: what was taken in each, live or cut from the evidence recording."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from .. import signals_time
from ..decode import Decoded

RESERVED = ("key", "phase", "t_host_s", "cells_index", "imu_index", "reason", "note")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Taken:
    """Samples of one step: counts, and seconds since the recording's first sample of the insoles.

    Live, times are nominal (the IMU's own clock may be off by per cents); from a recording they are the device's.
    """

    cells: npt.NDArray[np.uint16]
    cells_t_s: Floats
    imu: npt.NDArray[np.int16]
    imu_t_s: Floats
    temp_degc: float | None
    lost_share: float


class Step(NamedTuple):
    """The last good window of a step, with what was known of it."""

    key: str
    values: dict[str, Any]
    taken: Taken


def temperature_degc(config: Mapping[str, Any], raw: float) -> float | None:
    """The IMU's temperature from STATUS temp_raw by its own scale in CONFIG, None where that is not told."""
    scale, zero = config.get("temp_lsb_per_c"), config.get("temp_zero_c")
    return None if not scale or zero is None else zero + raw / scale


def lost_share(came: int, due: int) -> float:
    """The share of the samples due that did not come."""
    return 1 - came / due if due else 0.0


def steps_of(decoded: Decoded) -> tuple[Step, ...]:
    """The last good window of every step in a recording, in the order in which they were taken."""
    good: dict[str, dict[str, Any]] = {}
    for note in decoded.notes:
        if note.get("note") != "step" or not isinstance(note.get("key"), str):
            continue
        if note.get("phase") in ("end", "redo"):
            good.pop(note["key"], None)
        if note.get("phase") == "end" and "cells_index" in note and "imu_index" in note:
            good[note["key"]] = note
    if not good:
        return ()
    cells, imu = decoded.samples["cells"], decoded.samples["imu"]
    period_us, t0_us = 1e6 / cells.rate_hz, 0.0
    if len(cells.index):
        period_us, t0_us, _ = signals_time.cells_clock(cells)
    imu_t_s = signals_time.imu_times_s(imu, decoded.status, decoded.schema, t0_us)[0] if len(imu.index) else np.empty(0)
    steps: list[Step] = []
    for key, note in good.items():
        (c0, c1), (i0, i1) = note["cells_index"], note["imu_index"]
        some = (cells.index >= c0) & (cells.index < c1)
        other = (imu.index >= i0) & (imu.index < i1)
        lost = max(lost_share(int(some.sum()), c1 - c0), lost_share(int(other.sum()), i1 - i0))
        degc = _temperature(decoded, (i0 + i1) / 2)
        cells_t_s = (cells.index[some] * (period_us * 1e-6)).astype(np.float64)
        taken = Taken(
            cast(Any, cells.counts[some]), cells_t_s, cast(Any, imu.counts[other]), imu_t_s[other], degc, lost
        )
        steps.append(Step(key, {name: value for name, value in note.items() if name not in RESERVED}, taken))
    return tuple(steps)


def _temperature(decoded: Decoded, sample: float) -> float | None:
    """The temperature that was read nearest to this number of the IMU's samples."""
    status = decoded.status
    if not len(status.get("imu", ())):
        return None
    wrap = decoded.schema["tick_wrap"]
    read = status["imu_us"] % wrap != 0
    if not read.any():
        return None
    away = np.where(read, np.abs(status["imu"] - sample), math.inf)
    return temperature_degc(decoded.config, float(status["temp_raw"][int(np.argmin(away))]))
