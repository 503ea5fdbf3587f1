# SPDX-License-Identifier: MIT
"""Any rows of a long recording that was surveyed, as all of it at once would have them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from . import rezero, signals_check, signals_time
from .calibration_law import loads, saturated_counts
from .recording_parts import read_bytes
from .signals import Floats, imu_map, interpolated
from .signals_survey import Survey

SAME_S = 5e-6


class Rows(NamedTuple):
    """Rows of a piece: cells [n,16] N, acceleration and rate [n,3] (right, forward, up); NaN where lost."""

    cell_force_n: Floats
    acc_ms2: Floats
    gyr_dps: Floats


def rows_of(whole: Survey, low: int, high: int) -> Rows:
    """Rows `low` to `high` - 1 of the recording, as `to_signals` with its zeros taken anew has them."""
    mine = [k for k, (_, first, last) in enumerate(whole.parts) if first < high and last > low]
    near = range(max(min(mine) - 1, 0), min(max(mine) + 2, len(whole.parts))) if mine else range(0)
    force = np.full((high - low, 16), np.nan)
    nothing = np.full((high - low, 3), np.nan)
    if not len(near):
        return Rows(force, nothing, nothing.copy())
    decoded = read_bytes(whole.path, whole.parts[near[0]][0].begin, whole.parts[near[-1]][0].end, whole.head)
    cells, imu = decoded.samples["cells"], decoded.samples.get("imu")
    cut = slice(*np.searchsorted(cells.index, (low, high)).tolist())
    index, counts = cells.index[cut], cells.counts[cut]
    if len(index):
        state = signals_check.state(counts, saturated_counts(whole.record), whole.decoded.config)
        anew = rezero.rezeroed(
            counts, whole.record, whole.rate_hz, index=index, ignore=whole.stuck, gone=state.gone,
            before=whole.before[mine[0]],
        )  # fmt: skip
        made = loads(anew.counts, whole.record, ignore=whole.stuck).cell_force_n
        for foot, gone in enumerate(state.gone):
            made[gone, 8 * foot : 8 * foot + 8] = np.nan
        force[index - low] = made
    if imu is None or not len(imu.index):
        return Rows(force, nothing, nothing.copy())
    clock = whole.decoded.samples["imu"]
    timed = replace(imu, frame_index=clock.frame_index, frame_tick=clock.frame_tick)
    at_s, _ = signals_time.imu_times_s(timed, whole.decoded.status, whole.decoded.schema, whole.t0_us)
    t_s = np.arange(low, high, dtype=np.float64) * (whole.period_us * 1e-6)
    if (
        low == 0 and 0 < at_s[0] < SAME_S
    ):  # their clock is fitted to some frames, so that the first may seem to be later
        t_s[0] = at_s[0]
    motion, _ = interpolated(t_s, at_s, imu.index, imu.counts, *imu_map(whole.decoded.config, whole.record))
    return Rows(force, motion[:, :3], motion[:, 3:])
