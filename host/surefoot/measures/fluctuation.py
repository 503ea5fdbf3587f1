# SPDX-License-Identifier: MIT
"""Detrended fluctuation analysis: how the size of fluctuations grows with the time over which they are looked at."""

from functools import lru_cache

import numpy as np

SHORTEST = 4  # samples in the smallest window
SIZES = 20  # windows between it and a quarter of the series, evenly spaced in logarithms
NO_FLUCTUATION = "Nothing fluctuates in this signal, so it has no scaling exponent."


def fluctuation(series: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """F(n) of a series [n]: RMS about the straight line of each window, in the sum of the deviations from the mean.

    Windows are laid from the start, without overlap; a remainder is left out (Peng 1994, 10.1103/PhysRevE.49.1685).
    """
    profile = np.cumsum(series - np.mean(series))
    squares = np.empty(len(sizes))
    for k, size in enumerate(sizes.tolist()):
        windows = profile[: len(profile) // size * size].reshape(-1, size)
        fit = windows @ _level_and_slope(size)
        # Centred before it is squared: the profile may be far from 0, and what is left of it is small.
        centred, slopes = (windows - fit[:, :1]).reshape(-1), fit[:, 1]
        squares[k] = (centred @ centred - slopes @ slopes) / len(centred)
    return np.sqrt(np.maximum(squares, 0.0))


@lru_cache(maxsize=256)
def _level_and_slope(size: int) -> np.ndarray:
    """What a window [size] is multiplied by for its mean, and for the root of the squares that its slope explains."""
    time = np.arange(size) - (size - 1) / 2
    return np.column_stack((np.full(size, 1 / size), time / np.sqrt(time @ time)))


@lru_cache(maxsize=32)
def _sizes(shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """The windows' sizes, and what the logarithms of their fluctuations are multiplied by for the slope."""
    sizes = np.unique(np.round(np.geomspace(shortest, longest, SIZES)).astype(int))
    x = np.log(sizes)
    x -= x.mean()
    return sizes, x / (x @ x)


def scaling_exponent(series: np.ndarray, shortest: int = SHORTEST) -> float | str:
    """The slope of ln F(n) over ln n, n from `shortest` to a quarter of the series: 0.5 white, 1.5 Brownian."""
    longest = len(series) // 4
    if longest < 4 * shortest:
        return f"A series of {len(series)} samples is too short for a scaling exponent: record a longer trial."
    sizes, weights = _sizes(shortest, longest)
    found = fluctuation(np.asarray(series, dtype=float), sizes)
    return float(weights @ np.log(found)) if (found > 0).all() else NO_FLUCTUATION
