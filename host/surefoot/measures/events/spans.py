# SPDX-License-Identifier: MIT
"""Runs of rows, and moments between rows: what every detector of this folder is made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError

BRIDGE_S = 0.1  # a loss this short neither begins nor ends a run; longer, nothing is known of what went on in it
Shares = tuple[float, float, float]
SHARES: Shares = (0.05, 0.12, 0.25)  # of a movement: where its beginning is read; below is sway, above its middle
REACH_S = 1.0  # the beginning is sought at most this long before the first of them, even of a slow movement

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def columns(values: npt.ArrayLike, shape: tuple[int, ...], what: str, n: int | None = None) -> Floats:
    """`values` as floats [n, *shape]. MeasureError for another shape or another number of rows."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 + len(shape) or array.shape[1:] != shape or (n is not None and len(array) != n):
        wanted = ", ".join(str(size) for size in (n or "n", *shape))
        raise MeasureError(f"The {what} has the shape {list(array.shape)}: give an array of [{wanted}].")
    return array


def runs(flags: npt.ArrayLike) -> list[tuple[int, int]]:
    """First row and row after the last of each run of true rows."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], np.asarray(flags, bool), [False])).astype(np.int8)))
    return [(int(low), int(high)) for low, high in zip(edges[::2], edges[1::2], strict=True)]


def lasting(flags: npt.ArrayLike, known: npt.ArrayLike, rate_hz: float, least_s: float) -> list[tuple[int, int]]:
    """The runs in which `flags` holds on known rows for `least_s` or more (one row at the least).

    Unknown rows, up to BRIDGE_S of them between two true ones, leave the run whole but don't count for its length.
    """
    known = np.asarray(known, bool)
    held = np.asarray(flags, bool) & known
    if not held.any():
        return []
    bridged = held.copy()
    for low, high in runs(~known):
        short = high - low <= round(BRIDGE_S * rate_hz)
        if short and low > 0 and high < len(held) and held[low - 1] and held[high]:
            bridged[low:high] = True
    least = max(round(least_s * rate_hz), 1)
    return [(low, high) for low, high in runs(bridged) if held[low:high].sum() >= least]


def bridged(values: Floats, most: int) -> Floats:
    """A copy of [n] with losses of up to `most` rows led straight over: only to say where between its known neighbours
    an edge may lie."""
    out, rows = values.copy(), np.arange(len(values))
    known = np.isfinite(values)
    for low, high in runs(~known):
        if low > 0 and high < len(values) and high - low <= most:
            out[low:high] = np.interp(rows[low:high], (low - 1, high), (values[low - 1], values[high]))
    return out


def row_at(flags: npt.NDArray[np.bool_], low: int, high: int, least_s: float, rate_hz: float) -> int:
    """The row at which a run of `lasting` had lasted `least_s`: when it could first be told."""
    counted = np.cumsum(flags[low:high])
    return low + int(np.searchsorted(counted, max(round(least_s * rate_hz), 1)))


def smooth(values: Floats, rate_hz: float, window_s: float) -> Floats:
    """Centred mean of [n] over `window_s`, of the rows that are known; NaN where fewer than half of them are."""
    width = max(round(window_s * rate_hz) | 1, 1)
    if width == 1 or not len(values):
        return values.copy()
    known = np.isfinite(values)
    half = width // 2
    sums = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    counts = np.concatenate(([0], np.cumsum(known)))
    rows = np.arange(len(values))
    low, high = np.maximum(rows - half, 0), np.minimum(rows + half + 1, len(values))
    seen = counts[high] - counts[low]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(2 * seen >= high - low, (sums[high] - sums[low]) / seen, np.nan)


def crossing_s(values: Floats, level: float, row: int, rate_hz: float) -> float:
    """The moment just before `row`, the first beyond `level`, at which the line from its neighbour crosses it [s]."""
    if 0 < row < len(values):
        before, after = values[row - 1], values[row]
        if np.isfinite(before) and np.isfinite(after) and before != after:
            return float(row - np.clip((after - level) / (after - before), 0.0, 1.0)) / rate_hz
    return row / rate_hz


def last_below(values: Floats, level: float, row: int) -> int | None:
    """The first row of the stretch above `level` (by known values) that holds at `row`; None where none begins it."""
    below = np.flatnonzero(values[: row + 1] < level)  # a NaN is not below
    return int(below[-1]) + 1 if len(below) else None


def onset_s(share: Floats, row: int, rate_hz: float, shares: Shares = SHARES) -> float | None:
    """When a movement began, by the shares [n] of its whole that were done (0 to 1), `row` being well inside it.

    A movement from rest grows with the square of the time (constant acceleration), one that is soon at its speed with
    the time itself. How far apart three shares are tells which, and their line (of roots) meets zero at the beginning.
    """
    times = []
    for level in shares:
        first = last_below(share, level, row)
        if first is None:
            return None
        times.append(crossing_s(share, level, first, rate_hz))
    first_s, step_s, next_s = times[0], times[1] - times[0], times[2] - times[1]
    if step_s <= 0:
        return times[0]
    bends, backs = [], []
    for power in (1.0, 2.0):
        low, middle, high = (level ** (1 / power) for level in shares)
        bends.append((high - middle) / (middle - low))
        backs.append(low / (middle - low))
    squared = np.clip((bends[0] - next_s / step_s) / (bends[0] - bends[1]), 0.0, 1.0)
    return float(first_s - min(step_s * (backs[0] + squared * (backs[1] - backs[0])), REACH_S))


def settled_s(share: Floats, row: int, rate_hz: float, shares: Shares = SHARES) -> float | None:
    """When a movement ended, by the shares [n] of its whole that are still to do: `onset_s` in reversed time."""
    last = len(share) - 1
    found = onset_s(share[::-1], last - row, rate_hz, shares)
    return None if found is None else last / rate_hz - found
