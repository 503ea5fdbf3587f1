# SPDX-License-Identifier: MIT
"""Turns about the vertical while walking, for hours at a time."""

from __future__ import annotations

import numpy as np

from surefoot.measures.events.spans import bridged, runs, smooth
from surefoot.measures.events.turns import GAP_S, MIN_TURN_DEG, PAUSE_S, STRIDE_S, TURNING_DPS
from surefoot.measures.gait.values import Floats

REST_S = 0.5  # before and after: what a turn does below TURNING_DPS belongs to it (D)
ENDS = (0.05, 0.95)  # shares of a turn's angle at which it begins and ends: the pelvis' swing stays below (D)


def turns(yaw_dps: Floats, rate_hz: float) -> Floats:
    """Turns [m,3]: begin and end in s, angle in degrees, left positive; of MIN_TURN_DEG or more, in yaw [n] deg/s.

    By the thresholds of `events.turns`, but looked at each turn's own rows only. A loss longer than GAP_S ends a turn.
    """
    if not np.isfinite(yaw_dps).any():
        return np.empty((0, 3))
    known = bridged(yaw_dps, round(GAP_S * rate_hz))
    mean = np.where(np.isfinite(known), np.nan_to_num(smooth(known, rate_hz, STRIDE_S)), 0.0)
    lost = np.concatenate(([0], np.cumsum(~np.isfinite(known))))
    spans = sorted((low, high, side) for side in (1, -1) for low, high in runs(side * mean > TURNING_DPS))
    merged: list[tuple[int, int, int]] = []
    for low, high, side in spans:
        before = merged[-1] if merged else (0, 0, 0)
        near = before[2] == side and low - before[1] <= PAUSE_S * rate_hz and lost[low] == lost[before[1]]
        if near:
            merged[-1] = (before[0], high, side)
        else:
            merged.append((low, high, side))
    heading = np.concatenate(([0.0], np.cumsum(mean) / rate_hz))
    out, rest = [], round(REST_S * rate_hz)
    for low, high, side in merged:
        if lost[high] > lost[low]:
            continue
        angle = float(heading[min(high + rest, len(mean))] - heading[max(low - rest, 0)])
        if abs(angle) < MIN_TURN_DEG:
            continue
        # The ends are read of the rate itself: its mean over a stride is half a stride longer on both sides.

        done = side * np.cumsum(np.nan_to_num(smooth(known[low:high], rate_hz, STRIDE_S / 2))) / rate_hz
        share = np.maximum.accumulate(done) / done.max() if done.max() > 0 else np.linspace(0, 1, high - low)
        begin, end = low + np.searchsorted(share, ENDS)
        out.append((begin, max(end, begin + 1), angle))
    table = np.array(out, float).reshape(-1, 3)
    table[:, :2] /= rate_hz
    return table
