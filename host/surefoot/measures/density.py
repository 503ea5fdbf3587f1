# SPDX-License-Identifier: MIT
"""Sway density (Baratto 2002, Motor Control 6:246-270): how long the centre of pressure stays near where it is."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from surefoot.measures.processing import Processing, low_pass

RADIUS_M = 0.003
SMOOTH_HZ = 2.5
FIRST_BLOCK, LARGEST_BLOCK = 8, 256  # of samples that each of those who wait is compared with
NEAR = 500  # samples: who hasn't left by then is looked for by boxes
PAIRS = 1 << 21  # compared at a time, where a block is longer than the first: some 64 MB, however many wait
NEVER_LEAVES = "The centre of pressure hardly leaves a circle of 3 mm, so there are no stays to count."


def stays(points: np.ndarray, radius_m: float = RADIUS_M) -> np.ndarray:
    """How many samples after each of [n, 2] lie within radius_m of it before the first that doesn't; -1 if the series
    ends before that."""
    n, radius2 = len(points), radius_m**2
    # Beyond its end the series is infinitely far away: whoever gets there has left, and is found by the count.
    ahead = np.full((2, n + LARGEST_BLOCK), np.inf)
    ahead[:, :n] = points.T
    left = np.empty(n, dtype=int)
    waiting, lag, block = np.arange(n), 1, FIRST_BLOCK
    while len(waiting) and lag <= NEAR:
        shape, strides = (2, ahead.shape[1] - block + 1, block), (ahead.strides[0], ahead.itemsize, ahead.itemsize)
        windows = as_strided(ahead, shape, strides, writeable=False)
        apart = windows[:, np.minimum(waiting + lag, n)]
        apart -= ahead[:, waiting, None]
        apart *= apart
        gone = apart[0] + apart[1] > radius2
        first = gone.argmax(axis=1)
        done = gone[np.arange(len(waiting)), first]
        left[waiting[done]] = lag + first[done] - 1
        waiting = waiting[~done]
        lag, block = lag + block, min(2 * block, LARGEST_BLOCK, max(FIRST_BLOCK, PAIRS // max(len(waiting), 1)))
    if len(waiting):
        left[waiting] = _leaves(points, waiting, waiting + lag, radius2) - waiting - 1
    left[left + np.arange(n) + 1 >= n] = -1
    return left


def _leaves(points: np.ndarray, of: np.ndarray, begin: np.ndarray, radius2: float) -> np.ndarray:
    """The first row from `begin` [k] on that is further than the radius from the row `of` [k]; n where none is.

    By boxes about 1, 2, 4 ... rows: one whose furthest corner is near enough is passed over whole, so that the work
    for each is that of a few boxes and not of all the rows. A corner is as far, to the last bit, as the sums say.
    """
    n = len(points)
    levels = max(int(n - 1).bit_length(), 1)
    least = [np.pad(points.T, ((0, 0), (0, (1 << levels) - n)), constant_values=np.inf)]
    most = [np.where(np.isfinite(least[0]), least[0], -np.inf)]
    for _ in range(levels):
        least.append(np.minimum(least[-1][:, ::2], least[-1][:, 1::2]))
        most.append(np.maximum(most[-1][:, ::2], most[-1][:, 1::2]))
    # One table of all levels: that of `level` begins at start[level]. Beyond its end the series is nowhere, so near.
    start = np.cumsum([0] + [box.shape[1] for box in least[:-1]])
    low, high = np.concatenate(least, axis=1), np.concatenate(most, axis=1)
    found = np.full(len(of), n)
    who, at, level = np.arange(len(of)), begin.copy(), np.zeros(len(of), dtype=int)
    while len(who):
        inside = at < n
        who, at, level = who[inside], at[inside], level[inside]
        box, own = start[level] + (at >> level), points[of[who]].T
        off = np.maximum(own - low[:, box], high[:, box] - own)
        near = off[0] * off[0] + off[1] * off[1] <= radius2
        hit = ~near & (level == 0)
        found[who[hit]] = at[hit]
        at = np.where(near, at + (1 << level), at)
        # After a box that was passed over, the next begins where a larger one may; before one that wasn't, its half.
        up = near & (level < levels - 1) & ((at >> level) & 1 == 0)
        level = np.where(near, level + up, level - 1)
        who, at, level = who[~hit], at[~hit], level[~hit]
    return found


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
