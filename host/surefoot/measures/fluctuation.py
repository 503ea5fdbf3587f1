# SPDX-License-Identifier: MIT
"""Detrended fluctuation analysis: how the size of fluctuations grows with the time over which they are looked at."""

import numpy as np

SHORTEST = 4  # samples in the smallest window
SIZES = 20  # windows between it and a quarter of the series, evenly spaced in logarithms
NO_FLUCTUATION = "Nothing fluctuates in this signal, so it has no scaling exponent."


def fluctuation(series: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """F(n) of a series [n]: RMS about the straight line of each window, in the sum of the deviations from the mean.

    Windows are laid from the start, without overlap; a remainder is left out (Peng 1994, 10.1103/PhysRevE.49.1685).
    """
    profile = np.cumsum(series - np.mean(series))
    found = np.empty(len(sizes))
    for k, size in enumerate(sizes):
        windows = profile[: len(profile) // size * size].reshape(-1, size)
        time = np.arange(size) - (size - 1) / 2
        # Centred before it is squared: the profile may be far from 0, and what is left of it is small.
        centred = windows - windows.mean(axis=1, keepdims=True)
        slope = centred @ time / (time @ time)
        centred -= slope[:, None] * time
        found[k] = np.sqrt(np.einsum("ij,ij->", centred, centred) / centred.size)
    return found


def scaling_exponent(series: np.ndarray, shortest: int = SHORTEST) -> float | str:
    """The slope of ln F(n) over ln n, n from `shortest` to a quarter of the series: 0.5 white, 1.5 Brownian."""
    longest = len(series) // 4
    if longest < 4 * shortest:
        return f"A series of {len(series)} samples is too short for a scaling exponent: record a longer trial."
    sizes = np.unique(np.round(np.geomspace(shortest, longest, SIZES)).astype(int))
    found = fluctuation(np.asarray(series, dtype=float), sizes)
    if not (found > 0).all():
        return NO_FLUCTUATION
    x, y = np.log(sizes), np.log(found)
    x -= x.mean()
    return float(x @ y / (x @ x))
