# SPDX-License-Identifier: MIT
"""When each sample was taken: the cells' grid in device time, and the IMU's own clock mapped onto it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .decode import Samples
from .device.clock import fit_pairs

_POINTS = 4096  # a line through this many frames is as good as one through all
_RATE_ERROR = 0.2  # no oscillator is so far off: the frames' times are wrong
_SLOW_S = 60.0  # the IMU's oscillator follows its temperature: beyond this its rate is followed, not assumed constant

Floats = npt.NDArray[np.float64]
Warnings = tuple[str, ...]


def _frames_line(samples: Samples, nominal_ticks: float, least: int):
    """Robust line of frame ticks over sample index, or None under `least` frames; share of frames half a period off it.

    Under 10 frames nothing is said of single ones.
    """
    if len(samples.frame_index) < least:
        return None, 0.0
    some = np.unique(np.linspace(0, len(samples.frame_index) - 1, _POINTS).astype(int))
    index, tick = samples.frame_index[some], samples.frame_tick[some]
    line = fit_pairs(index, tick, nominal=nominal_ticks)
    if line is None or abs(line.slope / nominal_ticks - 1) > _RATE_ERROR:
        return None, 0.0
    if len(some) < 10:
        return line, 0.0
    return line, float(np.mean(np.abs(tick - line.to_y(index)) > line.slope / 2))


def cells_clock(cells: Samples) -> tuple[float, float, Warnings]:
    """Period [us] and device time [us] of sample 0. The period is the nominal one, by which the device keeps its
    deadlines, unless the frames' own ticks run away from it by a quarter of a sample within the recording."""
    nominal = 1e6 / cells.rate_hz
    us = cells.tick_ns * 1e-3
    line, astray = _frames_line(cells, nominal / us, 10)
    warnings: Warnings = ()
    period = nominal
    if line is not None:
        measured = line.slope * us
        if abs(measured - nominal) * np.ptp(cells.frame_index) > nominal / 4:
            period = measured
            warnings += (
                f"The insoles were sampled at {1e6 / measured:.4f} Hz by the board's clock, not at {cells.rate_hz:g}"
                " Hz: the measured rate is used; check the firmware.",
            )
    if astray > 0.01:
        warnings += (
            f"{astray:.0%} of the insole frames carry a time half a sample or more away from their sample number:"
            " the board was overloaded, record again at a lower rate.",
        )
    t0 = float(np.median(cells.frame_tick * us - cells.frame_index * period))
    return period, t0, warnings


def _pairs(
    status: Mapping[str, npt.NDArray[np.int64]], schema: Mapping[str, Any], near_tick: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """IMU ticks and device us read together, each pair once, with as many wraps as the frames; unread ones left out."""
    us, tick = status.get("imu_us"), status.get("imu_t")
    if us is None or tick is None or not len(us):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    imu_wrap = next((s["wrap"] for s in schema.get("streams", ()) if s["name"] == "imu"), 2**32)
    tick = tick + round((near_tick - int(tick[0])) / imu_wrap) * imu_wrap
    read = us % schema.get("tick_wrap", 2**30) != 0
    _, first = np.unique(us[read], return_index=True)
    return tick[read][first], us[read][first]


def imu_times_s(
    imu: Samples, status: Mapping[str, npt.NDArray[np.int64]], schema: Mapping[str, Any], t0_us: float
) -> tuple[Floats, Warnings]:
    """Time [s] after t0_us of each IMU sample: sample number to chip ticks by a robust line through the frames, chip
    ticks to device time by the STATUS pairs. Without two pairs the rate is the nominal one, and that is said."""
    nominal = 1e9 / imu.rate_hz / imu.tick_ns
    line, astray = _frames_line(imu, nominal, 2)
    warnings: Warnings = ()
    if line is None:
        line = fit_pairs(imu.frame_index[:1], imu.frame_tick[:1], nominal=nominal)
    if astray > 0.01:
        warnings += (
            f"{astray:.0%} of the IMU frames carry a time half a sample or more away from their sample number:"
            " IMU samples were lost uncounted, record again.",
        )
    tick, us = _pairs(status, schema, int(imu.frame_tick[0]) if len(imu.frame_tick) else 0)
    if line is None or len(us) < 2:
        at_us = t0_us + (imu.index - imu.index[0]) * (1e6 / imu.rate_hz)
        said = "at its nominal rate and its first sample is taken to be as old as the first of the insoles"
        if line is not None and len(us) == 1:
            at_us = us[0] + (line.to_y(imu.index) - tick[0]) * (imu.tick_ns * 1e-3)
            said = f"at {imu.tick_ns / 1000:g} us a tick from the one reading of its clock"
        warnings += (
            f"The IMU's clock was read {len(us)} times, not the 2 that its rate needs: it is timed {said};"
            " trunk and insoles may be several per cent of the recording's length apart.",
        )
        return (at_us - t0_us) * 1e-6, warnings
    to_us = fit_pairs(tick, us, nominal=imu.tick_ns * 1e-3)
    assert to_us is not None
    tick_of = line.to_y(imu.index)
    at_us = to_us.to_y(tick_of) + _slow_part(tick, us - to_us.to_y(tick), tick_of, imu.tick_ns)
    return (at_us - t0_us) * 1e-6, warnings


def _slow_part(tick: npt.NDArray[np.int64], residual_us: Floats, at: Floats, tick_ns: int) -> Floats | float:
    """What the straight line leaves of the chip's clock, as medians over a minute each, joined by lines."""
    minute = (tick - tick[0]) * (tick_ns * 1e-9) // _SLOW_S
    order = np.argsort(minute, kind="stable")
    edges = np.unique(minute[order], return_index=True)[1]
    blocks = [block for block in np.split(order, edges[1:]) if len(block) >= 10]
    if len(blocks) < 3:
        return 0.0
    middles = [float(np.median(tick[block])) for block in blocks]
    return np.interp(at, middles, [float(np.median(residual_us[block])) for block in blocks])
