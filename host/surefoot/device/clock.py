# SPDX-License-Identifier: MIT
"""Maps between clocks: device microseconds to host seconds with a bound, IMU ticks to device microseconds.

Each ping brackets the device's two stamps between two of the host's, so the true map passes through an interval that
no delay can falsify. The estimate is a robust line through the quickest pings; the bound is the largest error that
all intervals together leave possible (the polygon of offsets and rates, after Duda et al., "Estimating global time
in distributed systems", ICDCS 1987), widened by how far a crystal's rate may wander.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..decode import Ping

RATE_PRIOR_PPM = 100.0  # two crystals of 50 ppm, one at each end
WANDER_PPM = 1.0  # change of a crystal's rate within a recording, from self-heating and room temperature
STAMP_S = 2e-6  # both device stamps are whole microseconds
FAULT_S = 0.005  # a ping this far outside its own interval has a wrong stamp
_BINS = 64
_THEIL_SEN_POINTS = 128

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
        slope, intercept = _huber(dx, dy, base, *_theil_sen(dx, dy))
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


def _theil_sen(dx: Floats, dy: Floats) -> tuple[float, float]:
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


@dataclass(frozen=True)
class ClockMap:
    """Device microseconds since boot to host seconds: host = offset_s + device (1 + skew).

    `bound_s` holds everywhere between the first and the last ping; outside them `bound_at_s` grows. `corners` are the
    outermost errors (s at mid_us, s per device s) that the pings leave possible; `dropped` pings had wrong stamps.
    """

    offset_s: float
    skew_ppm: float
    bound_s: float
    n: int
    rms_s: float
    first_us: float
    last_us: float
    corners: tuple[tuple[float, float], ...]
    slack_s: float
    dropped: int

    @property
    def mid_us(self) -> float:
        return (self.first_us + self.last_us) / 2

    def to_host_s(self, device_us: npt.ArrayLike) -> Floats:
        return self.offset_s + np.asarray(device_us) * (1e-6 * (1 + self.skew_ppm * 1e-6))

    def to_device_us(self, host_s: npt.ArrayLike) -> Floats:
        return (np.asarray(host_s) - self.offset_s) / (1e-6 * (1 + self.skew_ppm * 1e-6))

    def bound_at_s(self, device_us: npt.ArrayLike) -> Floats:
        """Bound of the error of `to_host_s` at each device time."""
        away = (np.atleast_1d(np.asarray(device_us, dtype=float)) - self.mid_us) * 1e-6
        offsets, rates = np.array(self.corners).T
        beyond = np.maximum(np.abs(away) - (self.last_us - self.first_us) * 0.5e-6, 0) * WANDER_PPM * 1e-6
        return np.max(np.abs(offsets + away[:, None] * rates), axis=1) + self.slack_s + beyond


def fit(pings: Iterable[Ping]) -> ClockMap | None:
    """The clock map that these pings allow, None where none is usable.

    One ping leaves the skew unknown: 0, with a bound that grows by RATE_PRIOR_PPM away from it.
    """
    rows = np.array([tuple(ping) for ping in pings], dtype=float).reshape(-1, 5)
    sent, received, rx, tx = rows[:, 1], rows[:, 2], rows[:, 3] * 1e-6, rows[:, 4] * 1e-6
    half = (received - sent - (tx - rx)) / 2
    sane = np.flatnonzero(np.isfinite(half) & (half >= -STAMP_S) & (tx >= rx))
    if not len(sane):
        return None
    dropped = len(rows) - len(sane)
    half, device = np.maximum(half[sane], 0) + STAMP_S, ((rx + tx) / 2)[sane]
    # Host minus device: its slope is the skew itself.
    lead = ((sent + received) / 2)[sane] - device
    # Faults go first, by medians: a stamp that is a whole wrap off would stretch the time that is cut into bins.
    rough, intercept = _theil_sen(device, lead)
    faulty = np.abs(lead - intercept - rough * device) > half + FAULT_S
    if faulty.sum() * 4 <= len(faulty):
        dropped += int(faulty.sum())
        device, half, lead = device[~faulty], half[~faulty], lead[~faulty]
    keep = _quickest(device, half)
    device, half, lead = device[keep], half[keep], lead[keep]
    offset, rate = _line(device, lead, half)
    middle, reach = (device.min() + device.max()) / 2, np.ptp(device) / 2
    t, at = device - middle, offset + rate * middle
    slack = WANDER_PPM * 1e-6 * reach
    prior = RATE_PRIOR_PPM * 1e-6
    corners = _corners(t, lead - half - slack, lead + half + slack, -prior, prior)
    if not len(corners):
        # A rate beyond what crystals do, or one that wandered: every interval is widened until the line fits.
        slack += max(float(np.max(np.abs(lead - at - rate * t) - half)) - slack, 0.0) + 1e-9
        corners = _corners(t, lead - half - slack, lead + half + slack, rate - prior, rate + prior)
    elif abs(rate) > prior or np.any(np.abs(lead - at - rate * t) > half + slack):
        at, rate = corners.mean(axis=0)
    errors = corners - (at, rate)
    return ClockMap(
        offset_s=float(at - rate * middle),
        skew_ppm=float(rate * 1e6),
        bound_s=float(np.max(np.abs(errors[:, 0]) + np.abs(errors[:, 1]) * reach) + slack),
        n=len(device),
        rms_s=float(np.sqrt(np.mean((lead - at - rate * t) ** 2))),
        first_us=float(device.min() * 1e6),
        last_us=float(device.max() * 1e6),
        corners=tuple((float(a), float(b)) for a, b in errors),
        slack_s=float(slack),
        dropped=dropped,
    )


def _quickest(device: Floats, half: Floats) -> Ints:
    """The ping with the shortest round trip in each of _BINS stretches of device time."""
    span = np.ptp(device)
    if span <= 0:
        return np.array([np.argmin(half)])
    place = np.minimum(((device - device.min()) / span * _BINS).astype(int), _BINS - 1)
    order = np.lexsort((half, place))
    return np.sort(order[np.concatenate(([True], np.diff(place[order]) > 0))])


def _line(device: Floats, lead: Floats, half: Floats) -> tuple[float, float]:
    """Offset and rate of the robust line, quick pings weighing more."""
    line = fit_pairs(device, lead, nominal=0.0, weights=half**-2.0)
    assert line is not None
    return float(line.to_y(0.0)), line.slope


def _corners(t: Floats, low: Floats, high: Floats, slowest: float, fastest: float) -> Floats:
    """Corners float64[k, 2] of all (a, b) with low <= a + b t <= high and slowest <= b <= fastest; none: k = 0."""
    one, none = np.ones_like(t), np.zeros(2)
    # Rows of (p, q, r): p a + q b <= r, with b in units that make both columns alike in size.
    unit = 1.0 / max(float(np.max(np.abs(t))), 1.0)
    p = np.concatenate((one, -one, none))
    q = np.concatenate((t * unit, -t * unit, [1.0, -1.0]))
    r = np.concatenate((high, -low, [fastest / unit, -slowest / unit]))
    i, j = np.triu_indices(len(p), 1)
    det = p[i] * q[j] - p[j] * q[i]
    cross = np.abs(det) > 1e-12
    i, j, det = i[cross], j[cross], det[cross]
    a = (r[i] * q[j] - r[j] * q[i]) / det
    b = (p[i] * r[j] - p[j] * r[i]) / det
    fits = np.all(a[:, None] * p + b[:, None] * q <= r + 1e-9, axis=1)
    return np.column_stack((a[fits], b[fits] * unit))
