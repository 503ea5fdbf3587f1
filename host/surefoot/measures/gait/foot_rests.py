# SPDX-License-Identifier: MIT
"""When a foot rests on the floor, and which movements between two rests carried it on.

A rest is where turning and acceleration are least (the zero-velocity statistic of Skog 2010,
10.1109/TBME.2010.2060723; its minimum counts, its threshold only says where to look). Whether it was one, the movement
itself tells: integrated from rest to rest, it has next to no speed left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.foot_strapdown import Floats, Moves, Rows, moves
from surefoot.physics import GRAVITY_MS2

# Our own choices (D), but for the first (R) and the longest swing.
STILL_DPS, STILL_MS2 = 57.3, 1.0  # 1 rad/s, and what such a turn does to a sensor some 10 cm away from its pivot
WINDOW_S = 0.1
# A slow foot is nearly still all the time, a brisk one hardly ever: rests are sought below the first limit, and below
# the next only in what then still moves for so long that a rest may have been missed.
LIMITS = (0.05, 0.2, 1.0, 6.0)
HURRIED_S = 1.0
NEAR_S = 0.3  # a movement begins and ends within so much of the quiet beside it: what foot stands longer may shift
LEFT_SHARE, LEFT_MPS = 0.4, 0.1  # a rest with more of the peak speed left than this, and more than this, was none
LONGEST_S = 3.0  # no swing lasts longer (Mobilise-D: strides to 3 s)
SHORTEST_S = 0.25  # no foot is lifted and put down in less: a loss as short leaves a stance one
MOVED_M, TURNED_DEG = 0.08, 20.0  # a foot that does less of both shifts, taps or rises on its toes
# And one that is never this fast is moved by what it stands on, or is a drift; beside a swing, the half of it is a step
# that closes a walk or begins one.
PACE_MPS, CLOSING_MPS = 0.3, 0.15
Flags = npt.NDArray[np.bool_]
ROUNDS = 6
DOUBTFUL = 4.0  # times less still than the rest before or after

STAYED, SWUNG, UNKNOWN = 0, 1, 2  # what a movement between two rests was


@dataclass(frozen=True)
class Steps:
    """Rests [r] as rows (`entry` after the movement before, `exit` before the next) and the movements between them
    [r-1]: `kind` of each; `swings` [s], those of kind SWUNG; `moves` of these [s]. `lost` [r-1]: samples are NaN."""

    entry: Rows
    exit: Rows
    kind: npt.NDArray[np.int8]
    lost: Flags
    swings: Rows
    moves: Moves


def unrest(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float) -> Floats:
    """How far from rest [n], 1 at STILL_DPS or STILL_MS2 (mean squares over WINDOW_S); inf beside a loss.

    acc and gyr [n,3] in any axes; a rest reads standard gravity.
    """
    half = half_window(rate_hz)
    turning = centred(squared(gyr_dps), half)
    square = centred(squared(acc_ms2), half)
    mean = np.sqrt(sum(centred(acc_ms2[:, axis], half) ** 2 for axis in range(3)))
    # The mean square of a - g u, u being the window's own direction of up.
    pushed = square - 2 * GRAVITY_MS2 * mean + GRAVITY_MS2**2
    level = turning / STILL_DPS**2 + pushed / STILL_MS2**2
    return np.where(np.isnan(level), np.inf, level)


def half_window(rate_hz: float) -> int:
    return max(round(WINDOW_S * rate_hz / 2), 1)


def squared(vectors: Floats) -> Floats:
    """Square of the size of each row."""
    return np.einsum("ij,ij->i", vectors, vectors)


def centred(values: Floats, half: int) -> Floats:
    """Mean over 2 half + 1 rows; NaN where one of them is, or lies beyond the ends."""
    out = np.full(len(values), np.nan)
    width = 2 * half + 1
    if len(values) >= width:
        known = np.isfinite(values)
        sums = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
        lost = np.concatenate(([0], np.cumsum(~known)))
        clean = lost[width:] == lost[:-width]
        out[half : len(values) - half] = np.where(clean, (sums[width:] - sums[:-width]) / width, np.nan)
    return out


def rests(level: Floats, rate_hz: float) -> tuple[Rows, Rows]:
    """Rows `entry` and `exit` [r] of the foot's rests in `level`, which is unrest [n]."""
    quiet = np.zeros(len(level), bool)
    for limit in LIMITS:
        moving = _marked(len(level), *(edge[_lasting(quiet, rate_hz)] for edge in _runs(~quiet)))
        low, high = _runs(level < limit)
        before = np.concatenate(([0], np.cumsum(quiet)))
        fresh = (before[high] == before[low]) & moving[low]
        quiet |= _marked(len(level), low[fresh], high[fresh])
    low, high = _runs(quiet)
    if not len(low):
        return low, low
    near = np.arange(max(round(NEAR_S * rate_hz), 1))
    entry = low + _least(level, np.minimum(low[:, None] + near, high[:, None] - 1))
    exit_ = high - 1 - _least(level, np.maximum(high[:, None] - 1 - near, low[:, None]))
    stillest = np.where(level[entry] <= level[exit_], entry, exit_)
    crossed = entry >= exit_
    return np.where(crossed, stillest, entry), np.where(crossed, stillest, exit_)


def _lasting(quiet: Flags, rate_hz: float) -> Flags:
    low, high = _runs(~quiet)
    return high - low >= HURRIED_S * rate_hz


def _marked(count: int, low: Rows, high: Rows) -> Flags:
    """The rows [count] of runs."""
    edges = np.zeros(count + 1, np.int8)
    edges[low] += 1
    edges[high] -= 1
    return np.cumsum(edges[:-1], dtype=np.int8) > 0


def _runs(flags: Flags) -> tuple[Rows, Rows]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return edges[::2], edges[1::2]


def _least(level: Floats, rows: Rows) -> Rows:
    return level[rows].argmin(axis=1)


def steps(
    acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, level: Floats, entry: Rows, exit_: Rows, known: npt.ArrayLike
) -> Steps:
    """Which movements between the rests carried the foot on; acc and gyr [n,3] in the foot's axes;
    `level` is unrest [n].

    Rests at which much speed was left were none: the movements beside them are taken as one and integrated again.
    """
    missing = np.concatenate(([0], np.cumsum(~np.asarray(known, bool))))
    tried = _tried(acc_ms2, gyr_dps, rate_hz, entry, exit_, missing)
    for _ in range(ROUNDS):
        doubt = np.concatenate(([0.0], np.maximum(level[entry], level[exit_]), [0.0]))
        odd = np.concatenate(([False], tried.odd, [False]))
        before, after = odd[:-1], odd[1:]
        own = doubt[1:-1]
        # Of the two rests that an odd movement lies between, one was none: the one that was far the less still.
        blamed = (before & (own > DOUBTFUL * doubt[:-2])) | (after & (own > DOUBTFUL * doubt[2:]))
        no_rest = (before & after) | (blamed & (own > LIMITS[1])) | _paused(tried, entry, exit_, own, rate_hz)
        # Of some in a row, one may be none because of the other: those go first that are less still than both beside.
        rival = np.concatenate(([0.0], np.where(no_rest, own, 0.0), [0.0]))
        no_rest &= (own > rival[:-2]) & (own >= rival[2:])
        if not no_rest.any():
            break
        entry, exit_ = entry[~no_rest], exit_[~no_rest]
        tried = _tried(acc_ms2, gyr_dps, rate_hz, entry, exit_, missing)
    found, whole = tried.found, tried.whole
    kind = np.full(len(tried.lost), UNKNOWN, np.int8)
    swung = np.zeros(len(kind) + 2, bool)
    swung[whole + 1] = _carried(found)
    beside = swung[whole] | swung[whole + 2]
    carried = swung[whole + 1] | (beside & _carried(found, CLOSING_MPS))
    unread = found.left_mps > np.maximum(found.peak_mps, LEFT_MPS)
    kind[whole] = np.where(unread, UNKNOWN, np.where(carried, SWUNG, STAYED))
    kind[tried.lost & (entry[1:] - exit_[:-1] < SHORTEST_S * rate_hz)] = STAYED
    taken = np.flatnonzero(kind[whole] == SWUNG)
    return Steps(entry, exit_, kind, tried.lost, whole[taken], picked(found, taken))


def _carried(found: Moves, pace_mps: float = PACE_MPS) -> Flags:
    """Whether each movement took the foot on, at `pace_mps` or more."""
    far = np.hypot(found.displacement_m[:, 0], found.displacement_m[:, 1]) >= MOVED_M
    return (far | (np.abs(found.turn_deg) >= TURNED_DEG)) & (found.peak_mps >= pace_mps)


@dataclass(frozen=True)
class _Tried:
    """Movements [r-1] between rests: with losses or not, those integrated, and whether one had too much speed left."""

    lost: Flags
    whole: Rows
    found: Moves
    odd: Flags


def _tried(acc: Floats, gyr: Floats, rate_hz: float, entry: Rows, exit_: Rows, missing: Rows) -> _Tried:
    first, last = exit_[:-1], entry[1:]
    lost = missing[last + 1] > missing[first]
    whole = np.flatnonzero(~lost & (last - first <= LONGEST_S * rate_hz))
    found = moves(acc, gyr, rate_hz, first[whole], last[whole])
    odd = np.zeros(len(first), bool)
    odd[whole] = (found.left_mps > LEFT_SHARE * found.peak_mps) & (found.left_mps > LEFT_MPS)
    return _Tried(lost, whole, found, odd)


def _paused(tried: _Tried, entry: Rows, exit_: Rows, own: Floats, rate_hz: float) -> Flags:
    """Rests [r] that are far less still than the ones beside and part what took the foot nowhere: a slow swing pauses
    so. `own` [r] is their unrest."""
    stayed = np.zeros(len(entry) - 1, bool)
    stayed[tried.whole] = ~_carried(tried.found)
    out = np.zeros(len(entry), bool)
    if len(entry) > 2:
        short = entry[2:] - exit_[:-2] <= LONGEST_S * rate_hz
        doubtful = (own[1:-1] > LIMITS[1]) & (own[1:-1] > DOUBTFUL * np.minimum(own[:-2], own[2:]))
        out[1:-1] = stayed[:-1] & stayed[1:] & short & doubtful
    return out


def picked(found: Moves, which: Rows) -> Moves:
    """The movements `which` of `found`; the curves stay whole."""
    return Moves(
        found.displacement_m[which],
        found.lift_m[which],
        found.turn_deg[which],
        found.peak_mps[which],
        found.left_mps[which],
        found.pitch_deg,
        found.height_m,
        found.along_mps,
    )
