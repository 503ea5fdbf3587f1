# SPDX-License-Identifier: MIT
"""The zero taken anew in every swing: what leaks past, or still creeps in, a cell that a lifted foot no longer presses.

From the beginning of a swing until that of the next, the foot's cells are read above what they showed in it; before the
first swing the record's zero holds. Counts are moved so that the record's own law applies to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .calibration import CELLS, Calibration
from .calibration_law import FULL_COUNT, conductance_s, force_table_n, loads, saturated_counts

UNLOADED_SHARE = 0.005  # of the range of a foot's eight cells under the record: a load below it may be a lifted foot's
SWING_S = 0.2  # what lasts less is no swing, but a moment of little load
EDGE_S = 0.05  # at both ends of a swing the foot still leaves the ground, or touches it already
LATEST_S = 1.0  # of a long swing: a drift within it is followed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rezeroed:
    """Counts [n,16], moved to the record's zero; `unloaded` [n,2] marks the rows of swings (left, right).

    Per foot: `first_row` int[k] of each swing, and its `zero_count` [k,8], the medians in it.
    """

    counts: Floats
    unloaded: Flags
    first_row: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
    zero_count: tuple[Floats, Floats]


def unloaded_below_n(record: Calibration) -> Floats:
    """The load [2] N of each foot below which it may be lifted: a share of the range of its cells under this record."""
    table = force_table_n(record)
    full = table[np.arange(len(CELLS)), saturated_counts(record)]
    return UNLOADED_SHARE * full.reshape(2, -1).sum(axis=1)


def swings(
    foot_force_n: npt.ArrayLike, below_n: npt.ArrayLike, rate_hz: float, index: npt.ArrayLike | None = None
) -> tuple[list[slice], list[slice]]:
    """Per foot the rows of each swing: loads [n,2] below `below_n` [2] for SWING_S and longer.

    `index` [n] numbers the rows' samples, without one there is no gap; a gap ends a swing, and so does an unknown load.
    """
    force = np.asarray(foot_force_n, float)
    low = force < np.asarray(below_n, float)
    number = np.arange(len(force)) if index is None else np.asarray(index)
    joined = np.diff(number) == 1
    found: tuple[list[slice], list[slice]] = [], []
    for foot in (0, 1):
        begins = low[:, foot].copy()
        begins[1:] &= ~(low[:-1, foot] & joined)
        ends = low[:, foot].copy()
        ends[:-1] &= ~(low[1:, foot] & joined)
        for begin, end in zip(np.flatnonzero(begins), np.flatnonzero(ends) + 1, strict=True):
            if end - begin >= SWING_S * rate_hz:
                found[foot].append(slice(int(begin), int(end)))
    return found


def rezeroed(
    counts: npt.NDArray[Any],
    record: Calibration,
    rate_hz: float,
    *,
    index: npt.ArrayLike | None = None,
    ignore: Flags | None = None,
    gone: tuple[Flags, Flags] | None = None,
    before: tuple[Floats | None, Floats | None] = (None, None),
) -> Rezeroed:
    """Counts uint16 [n,16] with the zero of every swing. Cells in `ignore` bool[16] say nothing about the load, nor
    does a foot in rows [n] where it is `gone`. `before`: the zero [8] of each foot's last swing before these rows, if
    they are a piece of a recording. With the zero of the record in every swing the counts stay as they are.
    """
    force = loads(counts, record, ignore=ignore).foot_force_n
    for foot, rows in enumerate(gone or ()):
        force[rows, foot] = np.nan
    found = swings(force, unloaded_below_n(record), rate_hz, index)
    edge, latest = round(EDGE_S * rate_hz), round(LATEST_S * rate_hz)
    rm_ohm = np.asarray(record.rm_ohm)
    leak_s = conductance_s(record.zero_count, rm_ohm)
    moved, unloaded = counts.astype(float), np.zeros((len(counts), 2), bool)
    zeros: list[Floats] = []
    for foot, mine in enumerate((slice(0, 8), slice(8, 16))):
        begin, end = (np.array([getattr(rows, side) for rows in found[foot]], np.int64) for side in ("start", "stop"))
        inner = np.maximum(begin + edge, end - edge - latest)
        zero = _medians(counts[:, mine], inner, end - edge)
        zeros.append(zero)
        unloaded[:, foot] = _inside(begin, end, len(counts))
        earlier = before[foot]
        if earlier is not None:
            begin, zero = np.append(0, begin), np.vstack((earlier, zero))
        if not len(begin):
            continue
        shift_s = conductance_s(zero, rm_ohm[mine]) - leak_s[mine]
        holds = np.diff(begin, append=len(counts))
        for k in np.flatnonzero((shift_s != 0).any(axis=0)):
            cell, rows = mine.start + k, slice(int(begin[0]), None)
            by_s = np.repeat(shift_s[:, k], holds)
            read = counts[rows, cell]
            anew = _count_of(conductance_s(read, rm_ohm[cell]) - by_s, rm_ohm[cell])
            moved[rows, cell] = np.where(by_s != 0, anew, read)
    first_row = tuple(np.array([rows.start for rows in found[foot]], np.int64) for foot in (0, 1))
    return Rezeroed(moved, unloaded, (first_row[0], first_row[1]), (zeros[0], zeros[1]))


def _medians(counts: npt.NDArray[Any], begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> Floats:
    """Medians [k,8] of counts [n,8] in rows begin to end - 1 of each swing, those of one length at once."""
    out = np.empty((len(begin), counts.shape[1]))
    length = end - begin
    for rows in np.unique(length):
        same = np.flatnonzero(length == rows)
        out[same] = np.median(counts[begin[same, None] + np.arange(rows)], axis=1)
    return out


def _inside(begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64], n: int) -> Flags:
    edges = np.zeros(n + 1, np.int8)
    edges[begin] += 1
    edges[end] -= 1
    return np.cumsum(edges[:-1], dtype=np.int8) > 0


def _count_of(conductance: Floats, rm_ohm: Floats | float) -> Floats:
    g_rm = np.maximum(conductance, 0) * rm_ohm
    return FULL_COUNT * g_rm / (1 + g_rm)
