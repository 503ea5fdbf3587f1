# SPDX-License-Identifier: MIT
"""Which of a waist's chains of steps are walking: where rise, push and sway go together as they only do on two feet.

A seat in a car shakes, a wheelchair's rider pushes and leans, a trunk bends; none of them is pushed ahead a quarter of
a step before it rises, nor sways with a velocity that is greatest whenever it is caught.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.values import Floats
from surefoot.measures.gait.waist_axes import Level
from surefoot.measures.gait.waist_contacts import Steps
from surefoot.measures.gait.waist_signals import STEP_HZ, filtered

# Our own choices (D), but for the break and the steps of a bout (Kluge 2021, 10.1371/journal.pone.0256541).
WINDOW_S = 8.0  # some strides
SOME, SURE = 0.2, 0.75  # sum of both correlations: of all steps, and of one at the least; chance leaves 0.5 on a ride
LIMIT = 2.0  # a push of more than so often the usual counts as that much: one stumble is not a rhythm
NEAR_HZ = 0.05
BREAK_S = 3.0
LEAST_STEPS = 4


def together(level: Level, rate_hz: float) -> Floats:
    """How far rise, push and sway go together within WINDOW_S about each row [n], -2 to 2; NaN where lost."""
    out = np.full(len(level.rise_ms2), np.nan)
    for part in level.stretches:
        rise, ahead = level.rise_ms2[part], level.ahead_ms2[part]
        band = filtered(np.column_stack((rise, ahead)), rate_hz, *STEP_HZ)
        push, speed = level.caught_ms2[part], level.sway_mps[part]
        square = filtered(_limited(speed, rate_hz) ** 2, rate_hz, *STEP_HZ)
        lifting = _limited(np.gradient(band[:, 0]), rate_hz)
        one = _correlated(lifting, _limited(band[:, 1], rate_hz), rate_hz)
        out[part] = one + _correlated(_limited(push, rate_hz), square, rate_hz)
    return out


def walking(found: Steps, level: Level, rate_hz: float) -> Steps:
    """The steps of walking bouts: LEAST_STEPS or more without a break of more than BREAK_S, numbered by chain."""
    if not len(found):
        return found
    share = together(level, rate_hz)[found.row.astype(int)]
    keep = np.zeros(len(found), bool)
    for low, high in _runs(found, share > SOME, rate_hz):
        keep[low:high] = high - low >= LEAST_STEPS and float(share[low:high].max()) > SURE
    return _kept(found, keep)


def enough(found: Steps, rate_hz: float) -> Steps:
    """All steps of bouts of LEAST_STEPS or more, of somebody who is known to be on foot."""
    keep = np.zeros(len(found), bool)
    if len(found):
        for low, high in _runs(found, ~keep, rate_hz):
            keep[low:high] = high - low >= LEAST_STEPS
    return _kept(found, keep)


def _kept(found: Steps, keep: npt.NDArray[np.bool_]) -> Steps:
    out = found.only(keep)
    if not len(out):
        return out
    new = (np.diff(np.flatnonzero(keep), prepend=-9) > 1) | (np.diff(out.chain, prepend=-1) != 0)
    return Steps(out.row, out.left, out.evidence, np.cumsum(new) - 1, out.again & ~new)


def _runs(found: Steps, good: npt.NDArray[np.bool_], rate_hz: float) -> list[tuple[int, int]]:
    """First step and step after the last of each run of good ones without a long break."""
    apart = np.diff(found.row, prepend=found.row[0]) > BREAK_S * rate_hz
    edge = np.flatnonzero(np.concatenate(([True], (good[1:] != good[:-1]) | apart[1:], [True])))
    return [(int(low), int(high)) for low, high in pairwise(edge) if good[low]]


def _limited(values: Floats, rate_hz: float) -> Floats:
    usual = 1.25 * filtered(np.abs(values), rate_hz, None, NEAR_HZ, 1)
    return np.clip(values, -LIMIT * usual, LIMIT * usual)


def _correlated(one: Floats, other: Floats, rate_hz: float) -> Floats:
    """Correlation of two signals of mean nought within WINDOW_S about each row."""
    half = round(WINDOW_S * rate_hz / 2)
    rows = np.arange(len(one))
    low, high = np.maximum(rows - half, 0), np.minimum(rows + half + 1, len(one))
    sums = []
    for product in (one * other, one * one, other * other):
        total = np.concatenate(([0.0], np.cumsum(product)))
        sums.append(total[high] - total[low])
    return sums[0] / np.sqrt(np.maximum(sums[1] * sums[2], 1e-18))
