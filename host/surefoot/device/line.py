# SPDX-License-Identifier: MIT
"""A robust straight line through pairs of two clocks' readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_THEIL_SEN_POINTS = 128

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """y = y0 + slope (x - x0): the pivot keeps precision where x counts from boot."""

    x0: float
    y0: float
    slope: float
    n: int
    rms: float
    worst: float

    def to_y(self, x: npt.ArrayLike) -> Floats:
        return self.y0 + self.slope * (np.asarray(x) - self.x0)


def fit_pairs(
    x: npt.ArrayLike, y: npt.ArrayLike, *, nominal: float | None = None, weights: npt.ArrayLike | None = None
) -> Line | None:
    """Robust line through (x, y): Theil-Sen start, then Huber weights; `rms` and `worst` residual in y.

    Maps the IMU's 25 us ticks to device microseconds from STATUS pairs (`nominal=25.0`). With one distinct x the
    slope is `nominal`; None where that is missing or there is no pair.
    """
    xs, ys = np.atleast_1d(np.asarray(x)), np.atleast_1d(np.asarray(y))
    if not len(xs):
        return None
    base = np.ones(len(xs)) if weights is None else np.asarray(weights, dtype=float)
    # Differences first, in the input's own type: int64 counts since boot keep all their digits.
    dx, dy = (xs - xs[0]).astype(float), (ys - ys[0]).astype(float)
    if not np.any(dx):
        if nominal is None:
            return None
        slope, intercept = nominal, float(np.median(dy))
    else:
        slope, intercept = _huber(dx, dy, base, *theil_sen(dx, dy))
    residual = dy - intercept - slope * dx
    mean_x = float(np.average(dx, weights=base))
    return Line(
        float(xs[0]) + mean_x,
        float(ys[0]) + intercept + slope * mean_x,
        slope,
        len(xs),
        float(np.sqrt(np.mean(residual**2))),
        float(np.max(np.abs(residual))),
    )


def theil_sen(dx: Floats, dy: Floats) -> tuple[float, float]:
    """Median slope between up to 128 spread points (0 where all x are one) and the median intercept."""
    some = np.unique(np.linspace(0, len(dx) - 1, _THEIL_SEN_POINTS).astype(int))
    i, j = np.triu_indices(len(some), 1)
    run, rise = dx[some[j]] - dx[some[i]], dy[some[j]] - dy[some[i]]
    apart = run != 0
    slope = float(np.median(rise[apart] / run[apart])) if apart.any() else 0.0
    return slope, float(np.median(dy - slope * dx))


def _huber(dx: Floats, dy: Floats, base: Floats, slope: float, intercept: float) -> tuple[float, float]:
    """Slope and intercept after iteratively reweighted least squares with Huber's weights (k = 1.345)."""
    for _ in range(20):
        residual = np.abs(dy - intercept - slope * dx)
        scale = 1.4826 * float(np.median(residual))
        w = base * np.minimum(1.0, 1.345 * scale / np.maximum(residual, 1e-30)) if scale > 0 else base * (residual == 0)
        mean_x, mean_y = np.average(dx, weights=w), np.average(dy, weights=w)
        spread = float(np.sum(w * (dx - mean_x) ** 2))
        if spread <= 0:
            break
        fresh = float(np.sum(w * (dx - mean_x) * (dy - mean_y)) / spread)
        done = abs(fresh - slope) <= 1e-12 * abs(fresh)
        slope, intercept = fresh, float(mean_y - fresh * mean_x)
        if done:
            break
    return slope, intercept
