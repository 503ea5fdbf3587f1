# SPDX-License-Identifier: MIT
"""What a foot presses when it is in the air and when it bears, as both creep over hours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.values import Floats

# Our own choices (D).
STRETCH_S = 20.0  # a stretch of walking has swings and stances enough; what creeps within one is little
AIR_PART, BEARING_PART = 0.01, 0.98  # of a stretch's samples: a fifth of a second in the air is a swing's
SWUNG_SHARE = 0.25  # of the greatest change of load in any stretch: less is sitting, or standing still
NEAR_STRETCHES = 10  # over three minutes before and after: a foot that is up must be as light as ever in them
BRIDGE_S = 0.03  # a loss this short hides neither a swing nor a stance: it breaks nothing, and is led over
NEAR_SHARE, CREEP_SHARE = 0.1, 0.02  # of that change: heavier, and by so much more for each stretch between, it stood


def runs(flags: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First rows, and rows after the last, of each run of true rows of [n]."""
    change = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return change[::2], change[1::2]


def bridged(values: Floats, rate_hz: float) -> Floats:
    """Values [n] with losses of up to BRIDGE_S led straight over: only to say where an edge between neighbours lies."""
    known = np.isfinite(values)
    if known.all() or not known.any():
        return values
    low, high = runs(~known)
    short = (high - low <= BRIDGE_S * rate_hz) & (low > 0) & (high < len(values))
    length = (high - low)[short]
    rows = np.repeat(low[short] - np.concatenate(([0], np.cumsum(length)[:-1])), length) + np.arange(length.sum())
    out = values.copy()
    out[rows] = np.interp(rows, np.flatnonzero(known), values[known])
    return out


def stretches(force: Floats, rate_hz: float) -> tuple[Floats, Floats, Floats]:
    """Middle row, load in the air and load when bearing of each stretch of force [n], NaN where nothing is known."""
    count = max(round(len(force) / (STRETCH_S * rate_hz)), 1)
    size = -(-len(force) // count)
    ordered = np.sort(np.append(force, np.full(count * size - len(force), np.nan)).reshape(count, size), axis=1)
    known = np.isfinite(ordered).sum(axis=1)
    middle = np.minimum((np.arange(count) + 0.5) * size, len(force) - 1.0)
    low, high = (
        np.where(known > 0, ordered[np.arange(count), (part * np.maximum(known - 1, 0)).astype(int)], np.nan)
        for part in (AIR_PART, BEARING_PART)
    )
    return middle, low, high


def levels(force: Floats, rate_hz: float) -> tuple[Floats, Floats]:
    """Load in the air [n], and above it when bearing [n]: of stretches with swings, led straight over those between.

    Noughts where no stretch has one.
    """
    middle, low, high = stretches(force, rate_hz)
    size = np.nan_to_num(high - low)
    most = size.max()
    around = np.pad(np.where(np.isfinite(low), low, np.inf), NEAR_STRETCHES, constant_values=np.inf)
    between = np.abs(np.arange(-NEAR_STRETCHES, NEAR_STRETCHES + 1))
    near = np.lib.stride_tricks.sliding_window_view(around, len(between))
    heaviest = (near + CREEP_SHARE * most * between).min(axis=1) + NEAR_SHARE * most
    with np.errstate(invalid="ignore"):
        swung = (size > 0) & (size >= SWUNG_SHARE * most) & (low <= heaviest)
    if not swung.any():
        return np.zeros(len(force)), np.zeros(len(force))
    rows = np.arange(len(force))
    return np.interp(rows, middle[swung], low[swung]), np.interp(rows, middle[swung], size[swung])


def over_stance(values: npt.ArrayLike, initial_s: Floats, off_s: Floats, rate_hz: float, points: int = 101) -> Floats:
    """Values [n] or [n,k] at even shares of each stance, [m,points] or [m,points,k].

    A NaN beside a point, or a stance without both ends, is NaN there: nothing is led over a loss.
    """
    rows = np.asarray(values, float)
    n = len(rows)
    at = (initial_s[:, None] + (off_s - initial_s)[:, None] * np.linspace(0, 1, points)) * rate_hz
    told = np.isfinite(at) & (at >= 0) & (at <= n - 1)
    at = np.where(told, at, 0.0)
    low = np.minimum(at.astype(np.intp), max(n - 2, 0))
    part = at - low
    if rows.ndim > 1:
        part, told = part[..., None], told[..., None]
    return np.where(told, rows[low] * (1 - part) + rows[np.minimum(low + 1, n - 1)] * part, np.nan)
