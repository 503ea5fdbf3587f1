# SPDX-License-Identifier: MIT
"""Stabilogram diffusion (Collins & De Luca 1993, 10.1007/BF00229788): how far the centre of pressure gets in a time."""

import numpy as np

NOT_TWO_REGIMES = "The path spreads no slower after two seconds than before one, so it has no critical point."
NO_SPREAD = "Nothing moves in this signal, so nothing spreads."


def mean_square_displacement(values: np.ndarray, longest: int) -> np.ndarray:
    """Mean of |x[t + k] - x[t]|^2 of the columns of [n, c], for k = 0 .. longest: [longest + 1, c].

    By the Fourier transform, in n log n: a product at a lag is the autocorrelation, and the squares are running sums.
    """
    n, columns = values.shape
    centred = values - values.mean(axis=0)
    size = 1 << int(n + longest - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=0)
    product = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=0)[: longest + 1]
    squares = np.vstack((np.zeros((1, columns)), np.cumsum(centred**2, axis=0)))
    lags = np.arange(longest + 1)
    early, late = squares[n - lags], squares[n] - squares[lags]
    return np.maximum(early + late - 2 * product, 0.0) / (n - lags)[:, None]


def diffusion(spread_m2: np.ndarray, rate_hz: float, dimensions: int, regions_s: tuple[float, ...]) -> dict:
    """Coefficients, exponents and critical point of mean squares [lags + 1] in m2, by lag at rate_hz.

    `regions_s`: begin and end of the short and of the long region, in seconds. d = slope / (2 dimensions) of a line
    through the mean squares, h = half the slope in logarithms, the critical point is where both lines meet. A reason
    stands for what can't be told.
    """
    keys = ("d_short", "d_long", "h_short", "h_long", "critical_time", "critical_spread")
    lag_s = np.arange(len(spread_m2)) / rate_hz
    found: dict[str, float | str] = {}
    lines = []
    for name, begin_s, end_s in (("short", *regions_s[:2]), ("long", *regions_s[2:])):
        inside = (lag_s >= max(begin_s, 0.5 / rate_hz)) & (lag_s <= end_s + 1e-9)
        if not (spread_m2[inside] > 0).all():
            return dict.fromkeys(keys, NO_SPREAD)
        slope, offset = _line(lag_s[inside], spread_m2[inside])
        found[f"d_{name}"] = slope / (2 * dimensions)
        found[f"h_{name}"] = _line(np.log(lag_s[inside]), np.log(spread_m2[inside]))[0] / 2
        lines.append((slope, offset))
    (steep, low), (flat, high) = lines
    meet_s = (high - low) / (steep - flat) if steep > flat else -1.0
    told = meet_s > 0
    found["critical_time"] = meet_s if told else NOT_TWO_REGIMES
    found["critical_spread"] = low + steep * meet_s if told else NOT_TWO_REGIMES
    return found


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the least-squares line."""
    off = x - x.mean()
    slope = float(off @ y / (off @ off))
    return slope, float(y.mean() - slope * x.mean())
