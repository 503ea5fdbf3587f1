# SPDX-License-Identifier: MIT
"""Moments of a foot's swing by its sensor: heel-rise, foot off, initial contact, foot flat, and its angle at them.

A foot that is pushed off turns faster and faster until it has lost the floor; one that lands on its heel raises its
toes until the heel is down. Where it is lifted or put down flat, its speed and the first of the impact tell. In the air
acceleration changes, but smoothly: what it leaves the line of its last two samples by is a jolt, and the floor's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.foot_rests import squared
from surefoot.measures.gait.foot_strapdown import Floats, Moves, Rows

# Our own choices (D).
PUSHED_DPS = 30.0  # slower than this, a foot wasn't pushed off but lifted
LIFTED_SHARE = 0.05  # of the swing's peak speed: a foot lifted flat is off the floor as soon as it gets on
LANDING_SHARE = 0.5  # of the swing's peak speed: contact is later, and toes that fall earlier fall in the air
IMPACT_SHARE = 0.3  # of the landing's hardest jolt: the first such one is felt of contact
FAR_S = 0.04  # what is felt later still is the slap of the foot's front
# A heel's pad and a shoe give way for so long at most before the sensor feels it: contact is no earlier, and of a foot
# that lands flat, where nothing else tells, is taken to be in the middle.
LEAD_S = 0.025
TILTED_DEG = 5.0  # further from how it stands a foot isn't flat: heel-rise, foot flat, and heel first or not
BATCH = 512


@dataclass(frozen=True)
class Swings:
    """[s] swings: moments in s from row 0, NaN where absent; angles in deg against the floor, toe up positive."""

    heel_rise_s: Floats
    off_s: Floats
    initial_s: Floats
    flat_s: Floats
    off_deg: Floats
    initial_deg: Floats


def swings(acc_ms2: Floats, right_dps: Floats, rate_hz: float, first: Rows, last: Rows, moved: Moves) -> Swings:
    """Moments of the movements from rows `first` to `last` [s], rests, of which `moved` has the curves.

    `acc_ms2` [n,3]; `right_dps` [n]: turning about the foot's right.
    """
    jolt = np.zeros(len(acc_ms2))
    jolt[2:] = squared(acc_ms2[2:] - 2 * acc_ms2[1:-1] + acc_ms2[:-2])
    parts = [
        _batch(jolt, right_dps, rate_hz, first[low : low + BATCH], last[low : low + BATCH], moved)
        for low in range(0, len(first), BATCH)
    ]
    table = np.concatenate(parts, axis=1) if parts else np.empty((6, 0))
    return Swings(*table)


def _batch(jolt: Floats, right_dps: Floats, rate_hz: float, first: Rows, last: Rows, moved: Moves) -> Floats:
    """Arrays are [swing, sample]; what lies beyond a swing repeats its last sample."""
    step = np.arange(int((last - first).max()) + 1)
    rows = np.minimum(first[:, None] + step, last[:, None])
    each = np.arange(len(rows))
    turning, pitch, along = right_dps[rows], moved.pitch_deg[rows], moved.along_mps[rows]
    fastest = along.argmax(axis=1)
    peak = along[each, fastest][:, None]

    lowest = np.where(step <= fastest[:, None], pitch, np.inf).argmin(axis=1)
    pushed = np.where(step <= lowest[:, None], turning, np.inf)
    hardest = pushed.argmin(axis=1)
    lifted = (along >= LIFTED_SHARE * peak).argmax(axis=1)
    off = np.where(pushed[each, hardest] <= -PUSHED_DPS, hardest, lifted)
    tilt = pitch - pitch[:, :1]
    level_yet = (tilt > -TILTED_DEG) & (step <= off[:, None])
    flat_last = len(step) - 1 - level_yet[:, ::-1].argmax(axis=1)
    heel_rise = np.where(
        (tilt[each, off] <= -TILTED_DEG) & (flat_last < off), _crossing(tilt, flat_last, -TILTED_DEG), np.nan
    )

    landing = (step > fastest[:, None]) & (along <= LANDING_SHARE * peak)
    felt = np.where(landing, jolt[rows], 0.0)
    # Somewhere between its sample and the one before.
    impact = (felt >= IMPACT_SHARE**2 * felt.max(axis=1, keepdims=True)).argmax(axis=1) - 0.5
    over = pitch - pitch[:, -1:]
    toes = np.where(step >= fastest[:, None], over, -np.inf).argmax(axis=1)
    heel_first = (over[each, toes] > TILTED_DEG) & landing[each, toes] & (toes > 0)
    before = np.maximum(toes - (turning[each, toes] <= 0), 0)
    stopped = _crossing(turning, before, 0.0)
    given_way = impact - LEAD_S * rate_hz
    later = (given_way > stopped) & (given_way <= stopped + FAR_S * rate_hz)
    initial = np.where(heel_first, np.where(later, given_way, stopped), impact - LEAD_S * rate_hz / 2)
    whole = np.clip(np.round(initial).astype(int), 0, len(step) - 1)
    tilted = (np.abs(over) > TILTED_DEG) & (step >= whole[:, None])
    flat = np.where(tilted.any(axis=1), len(step) - tilted[:, ::-1].argmax(axis=1), initial)
    begin = first / rate_hz
    return np.stack(
        (
            begin + heel_rise / rate_hz,
            begin + off / rate_hz,
            begin + initial / rate_hz,
            begin + flat / rate_hz,
            tilt[each, off],
            over[each, whole],
        )
    )


def _crossing(values: Floats, row: Rows, level: float) -> Floats:
    """Where between `row` and the next [s] each line of `values` [s, k] crosses `level`, in samples."""
    each, after = np.arange(len(row)), np.minimum(row + 1, values.shape[1] - 1)
    one, other = values[each, row], values[each, after]
    step = np.where(one == other, 1.0, one - other)
    return row + np.clip((one - level) / step, 0.0, 1.0)


def turns_of(begin_s: Floats, end_s: Floats, turn_deg: Floats, least_deg: float, whole_deg: float) -> npt.NDArray:
    """(begin_s, end_s, angle_deg) [m,3] of strides in a row that turn by `least_deg` or more to one side, together by
    `whole_deg` or more; a stride whose turn is not known ends a turn."""
    side = np.where(np.abs(turn_deg) >= least_deg, np.sign(turn_deg), 0.0)
    side[np.isnan(turn_deg)] = 0.0
    out, low = [], 0
    for high in range(1, len(side) + 1):
        if high < len(side) and side[high] == side[low]:
            continue
        angle = float(turn_deg[low:high].sum()) if side[low] else 0.0
        if abs(angle) >= whole_deg:
            out.append((begin_s[low], end_s[high - 1], angle))
        low = high
    return np.array(out).reshape(-1, 3)
