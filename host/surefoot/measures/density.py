# SPDX-License-Identifier: MIT
"""Sway density (Baratto 2002, Motor Control 6:246-270): how long the centre of pressure stays near where it is."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from surefoot.measures.processing import Processing, low_pass

RADIUS_M = 0.003
SMOOTH_HZ = 2.5
FIRST_BLOCK, LARGEST_BLOCK = 8, 256
PAIRS = 1 << 21  # compared at a time, where a block is longer than the first: some 64 MB, however many wait
NEVER_LEAVES = "The centre of pressure hardly leaves a circle of 3 mm, so there are no stays to count."


def stays(points: np.ndarray, radius_m: float = RADIUS_M) -> np.ndarray:
    """How many samples after each of [n, 2] lie within radius_m of it before the first that doesn't; -1 if the series
    ends before that."""
    n = len(points)
    # Beyond its end the series is infinitely far away: whoever gets there has left, and is found by the count.
    ahead = np.full((2, n + LARGEST_BLOCK), np.inf)
    ahead[:, :n] = points.T
    left = np.empty(n, dtype=int)
    waiting, lag, block = np.arange(n), 1, FIRST_BLOCK
    while len(waiting):
        shape, strides = (2, ahead.shape[1] - block + 1, block), (ahead.strides[0], ahead.itemsize, ahead.itemsize)
        windows = as_strided(ahead, shape, strides, writeable=False)
        apart = windows[:, np.minimum(waiting + lag, n)]
        apart -= ahead[:, waiting, None]
        apart *= apart
        gone = apart[0] + apart[1] > radius_m**2
        first = gone.argmax(axis=1)
        done = gone[np.arange(len(waiting)), first]
        left[waiting[done]] = lag + first[done] - 1
        waiting = waiting[~done]
        lag, block = lag + block, min(2 * block, LARGEST_BLOCK, max(FIRST_BLOCK, PAIRS // max(len(waiting), 1)))
    left[left + np.arange(n) + 1 >= n] = -1
    return left


def density(points: np.ndarray, rate_hz: float, radius_m: float = RADIUS_M, smooth_hz: float = SMOOTH_HZ) -> dict:
    """Mean stay [s] at the peaks of the smoothed density of [n, 2] in m, mean distance [m] and time [s] between
    successive peaks; a reason where there are fewer than three. Stays that outlast the series are left out."""
    keys = ("density_peak", "density_distance", "density_interval")
    samples = stays(points, radius_m)
    outlast = np.flatnonzero(samples < 0)
    known = samples[: outlast[0]] if len(outlast) else samples
    if len(known) < 4 * rate_hz / smooth_hz:
        return dict.fromkeys(keys, NEVER_LEAVES)
    stay_s = known / rate_hz
    if rate_hz > smooth_hz / 0.45:
        stay_s = low_pass(stay_s[:, None], rate_hz, Processing(smooth_hz))[:, 0]
    peaks = 1 + np.flatnonzero((stay_s[1:-1] > stay_s[:-2]) & (stay_s[1:-1] > stay_s[2:]))
    if len(peaks) < 3:
        return dict.fromkeys(keys, NEVER_LEAVES)
    apart = np.diff(points[peaks], axis=0)
    return {
        "density_peak": float(stay_s[peaks].mean()),
        "density_distance": float(np.hypot(*apart.T).mean()),
        "density_interval": float(np.diff(peaks).mean() / rate_hz),
    }
