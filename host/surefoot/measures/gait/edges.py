# SPDX-License-Identifier: MIT
"""Where a stance begins and ends, between samples: read from a foot's own loading, all edges at once.

Arrays in, arrays out, one column at a time; the end of a stance is the beginning of one in reversed time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.values import Floats

Rows = npt.NDArray[np.intp]
Shares = tuple[float, ...]  # two, for the line through them, or three, for their curve

# Our own choices (D); README.md has the table that shows how little hangs on them.
ZERO_SHARE = 0.25  # of a swing's samples lie below its zero: a toe that drags or a cell that tingles is the exception
ZERO_S = 1.0  # of a long swing beside the edge: what creeps meanwhile is not its zero
PEAK_S = 0.6  # the load that an edge is a share of is the most within this time of it
REACH_S = 0.15  # a line leads at most so far beyond its last point: it is no line of a slower edge
AIR_SHARE = 0.01  # and not beyond the last sample with less than that: there the foot was in the air


def begins(force: Floats, first: Rows, last: Rows, free: Rows, shares: Shares, rate_hz: float) -> Floats:
    """When each stance began, in rows (fractions too), NaN where that can't be told.

    force [n]; the stance is loaded for sure in rows `first` to `last`, its swing in rows `free` to `first` - 1. Where
    the load crosses `shares` of its most tells how it rose, and that leads to where it was nought.
    """
    if not len(first):
        return np.empty(0)
    zero = _lower(force, np.maximum(free, first - max(round(ZERO_S * rate_hz), 1)), first)
    steady = np.fmin(force[:-1], force[1:])  # a peak of one sample is a loose contact
    peak = _most(steady, first, np.minimum(last, first + max(round(PEAK_S * rate_hz), 1)))
    with np.errstate(invalid="ignore", divide="ignore"):
        span = np.where(peak > zero, peak - zero, np.nan)
        air, *at = (_crossing(force, zero + level * span, first, last, free) for level in (AIR_SHARE, *shares))
        back = np.minimum(_back(at, shares), REACH_S * rate_hz)
        return np.fmax(at[0] - back, np.floor(air))


def _back(at: list[Floats], shares: Shares) -> Floats:
    """How long before the first of its shares [m] each rise began, in rows.

    A load that rises with the time itself has its beginning on a line, one that rises with the square of the time on a
    line of roots; how far apart three shares lie tells how much of either a rise is.
    """
    step = np.maximum(at[1] - at[0], 0.0)
    backs, bends = [], []
    for power in (1.0, 2.0):
        low, middle, *high = (share ** (1 / power) for share in shares)
        backs.append(low / (middle - low))
        bends += [(last - middle) / (middle - low) for last in high]
    if len(shares) < 3:
        return step * backs[0]
    squared = np.clip((bends[0] - (at[2] - at[1]) / step) / (bends[0] - bends[1]), 0.0, 1.0)
    return step * (backs[0] + np.where(step > 0, squared, 0.0) * (backs[1] - backs[0]))


def _lower(force: Floats, begin: Rows, end: Rows) -> Floats:
    """The lower quartile of known rows begin to end - 1 of each swing; NaN where there is none."""
    length = np.maximum(end - begin, 0)
    rows = np.repeat(begin - np.concatenate(([0], np.cumsum(length)[:-1])), length) + np.arange(length.sum())
    values, owner = force[rows], np.repeat(np.arange(len(begin)), length)
    known = np.isfinite(values)
    values, owner = values[known], owner[known]
    order = np.lexsort((values, owner))
    many = np.bincount(owner, minlength=len(begin))
    start = np.concatenate(([0], np.cumsum(many)[:-1]))
    picked = np.minimum(start + (ZERO_SHARE * many).astype(np.intp), max(len(values) - 1, 0))
    out = np.full(len(begin), np.nan)
    seen = many > 0
    out[seen] = values[order][picked[seen]]
    return out


def _most(values: Floats, begin: Rows, end: Rows) -> Floats:
    """The greatest known value of rows begin to end - 1 (one at the least) of each stance; -inf where none is."""
    known = np.append(np.where(np.isfinite(values), values, -np.inf), -np.inf)
    begin = np.minimum(begin, len(values) - 1)
    pairs = np.stack((begin, np.maximum(np.minimum(end, len(values)), begin + 1)), axis=1).ravel()
    return np.maximum.reduceat(known, pairs)[::2]


def _crossing(force: Floats, level: Floats, first: Rows, last: Rows, free: Rows) -> Floats:
    """Where each edge crosses its level, in rows: on the way up that leads to row `first`, or soon after it."""
    row = first.copy()
    moving = np.flatnonzero(np.isfinite(level))
    while len(moving):  # on to the first row that is above, a few rows at most
        moving = moving[(force[row[moving]] < level[moving]) & (row[moving] < last[moving])]
        row[moving] += 1
    moving = np.flatnonzero(np.isfinite(level) & (row > free))
    while len(moving):  # back while the row before is above; a lost one ends it
        moving = moving[(row[moving] > free[moving]) & (force[np.maximum(row[moving] - 1, 0)] >= level[moving])]
        row[moving] -= 1
    before, after = force[np.maximum(row - 1, 0)], force[row]
    inside = (row > 0) & (row >= free) & (before < level) & (after >= level)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(inside, row - (after - level) / (after - before), np.nan)
