# SPDX-License-Identifier: MIT
"""Stabilogram diffusion (Collins & De Luca 1993, 10.1007/BF00229788): how far the centre of pressure gets in a time."""

from functools import lru_cache

import numpy as np

Line = tuple[float, np.ndarray]  # mean of the abscissae, and the weights that make a slope of ordinates
NOT_TWO_REGIMES = "The path spreads no slower after two seconds than before one, so it has no critical point."
NO_SPREAD = "Nothing moves in this signal, so nothing spreads."
NO_REGION = "A region of this diffusion holds no two lags of this trial: choose another, or record a longer trial."


def mean_square_displacement(values: np.ndarray, longest: int) -> np.ndarray:
    """Mean of |x[t + k] - x[t]|^2 of the columns of [n, c], for k = 0 .. longest: [longest + 1, c].

    By the Fourier transform, in n log n: a product at a lag is the autocorrelation, and the squares are running sums.
    """
    n, columns = values.shape
    rows = values.T
    centred = rows - rows.mean(axis=1, keepdims=True)
    size = 1 << int(n + longest - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    product = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:, : longest + 1]
    squares = np.zeros((columns, n + 1))
    np.cumsum(centred * centred, axis=1, out=squares[:, 1:])
    early, late = squares[:, n - longest :][:, ::-1], squares[:, n:] - squares[:, : longest + 1]
    return (np.maximum(early + late - 2 * product, 0.0) / np.arange(n, n - longest - 1, -1)).T


def diffusion(spread_m2: np.ndarray, rate_hz: float, dimensions: int, regions_s: tuple[float, ...]) -> dict:
    """Coefficients, exponents and critical point of mean squares [lags + 1] in m2, by lag at rate_hz.

    `regions_s`: begin and end of the short and of the long region, in seconds. d = slope / (2 dimensions) of a line
    through the mean squares, h = half the slope in logarithms, the critical point is where both lines meet. A reason
    stands for what can't be told.
    """
    keys = ("d_short", "d_long", "h_short", "h_long", "critical_time", "critical_spread")
    found: dict[str, float | str] = {}
    lines = []
    for name, begin_s, end_s in (("short", *regions_s[:2]), ("long", *regions_s[2:])):
        inside, lag_s, log_lag = _lags(len(spread_m2), rate_hz, begin_s, end_s)
        spread = spread_m2[inside]
        if len(spread) < 2:
            return dict.fromkeys(keys, NO_REGION)
        if not spread.min(initial=np.inf) > 0:
            return dict.fromkeys(keys, NO_SPREAD)
        slope, offset = _line(lag_s, spread)
        found[f"d_{name}"] = slope / (2 * dimensions)
        found[f"h_{name}"] = _line(log_lag, np.log(spread))[0] / 2
        lines.append((slope, offset))
    (steep, low), (flat, high) = lines
    meet_s = (high - low) / (steep - flat) if steep > flat else -1.0
    told = meet_s > 0
    found["critical_time"] = meet_s if told else NOT_TWO_REGIMES
    found["critical_spread"] = low + steep * meet_s if told else NOT_TWO_REGIMES
    return found


@lru_cache(maxsize=32)
def _lags(count: int, rate_hz: float, begin_s: float, end_s: float) -> tuple[slice, Line, Line]:
    """Which of so many lags lie in a region, and what a line over them, or over their logarithms, is fitted with."""
    lag_s = np.arange(count) / rate_hz
    inside = np.flatnonzero((lag_s >= max(begin_s, 0.5 / rate_hz)) & (lag_s <= end_s + 1e-9))
    if len(inside) < 2:
        return slice(0, 0), (0.0, np.empty(0)), (0.0, np.empty(0))
    rows = slice(int(inside[0]), int(inside[-1]) + 1)
    return rows, _fitting(lag_s[rows]), _fitting(np.log(lag_s[rows]))


def _fitting(x: np.ndarray) -> Line:
    off = x - x.mean()
    return float(x.mean()), off / (off @ off)


def _line(x: Line, y: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the least-squares line."""
    mean, weights = x
    slope = float(weights @ y)
    return slope, float(y.mean()) - slope * mean
