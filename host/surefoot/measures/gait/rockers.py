# SPDX-License-Identifier: MIT
"""What happens within a stance: end of loading, foot flat, heel-rise; NaN where it is absent.

Regions of the foot, in shares of the insole's length from its middle, are those of hardware/cells.toml: heel, midfoot,
forefoot, toes. Not verified on people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.feet import HEEL_LIFT_COP
from surefoot.measures.gait.levels import bridged, over_stance
from surefoot.measures.gait.values import Floats, Stances

REGIONS = ("heel", "midfoot", "forefoot", "toes")
# Our own choices (D).
BORDERS = (-0.3, 0.1, 0.3)  # between the regions, of the insole's length
GONE_SHARE = 0.1  # of a region's own most load in the stance: less, and it has left the floor or isn't on it yet
BORE_SHARE = 0.1  # of the foot's most load: a region that never bears so much was not used
PEAK_BEFORE, DIP_SHARE = 0.6, 0.03  # of the stance; of the most load that it falls again after the end of loading
TOGETHER = 0.03  # of the stance: heel and forefoot that come so close to each other come flat
WITH_FOOT = 0.9  # of the stance: a heel that leaves with the whole foot did not rise
LONGEST_S = 3.0  # a stance of walking; a longer one is standing


def region_loads(
    cell_force_n: Floats, xy_share: Floats, usable: npt.NDArray[np.bool_], foot: int, rate_hz: float
) -> Floats:
    """Load [n,4] of the regions of a foot (0 left, 1 right) by its usable cells; NaN where a region has none."""
    mine = slice(8 * foot, 8 * foot + 8)
    region = np.digitize(xy_share[mine, 1], BORDERS)
    chosen = (region[:, None] == np.arange(4)) & usable[mine, None]
    part = cell_force_n[:, mine]
    if not usable[mine].all():
        part = np.where(usable[mine], part, 0.0)
    loads = np.where(chosen.any(axis=0), part @ chosen.astype(float), np.nan)
    return np.stack([bridged(column, rate_hz) for column in loads.T], axis=1)


def above_swing(load: Floats, mine: Stances, rate_hz: float) -> Floats:
    """Loads [n,k] above what they are in the swing before each stance (the mean of its middle half), to its end."""
    off, on = mine.off_s[:-1] * rate_hz, mine.initial_s[1:] * rate_hz
    told = np.isfinite(off) & np.isfinite(on) & (on - off >= 4)
    if not told.any():
        return load
    off, on = off[told], on[told]
    begin, end = np.ceil(off + 0.25 * (on - off)).astype(int), np.floor(off + 0.75 * (on - off)).astype(int) + 1
    length = end - begin
    rows = np.repeat(begin - np.cumsum(length) + length, length) + np.arange(length.sum())
    swung = load[rows]
    known = np.isfinite(swung)
    start = np.cumsum(length) - length  # sums of each swing by itself: the same wherever a recording begins
    sums = np.add.reduceat(np.where(known, swung, 0.0), start, axis=0)
    zero = sums / np.maximum(np.add.reduceat(known, start, axis=0, dtype=np.intp), 1)
    # Each zero holds from the middle of its swing to that of the next one, the first also before.
    until = np.concatenate(((begin[1:] + end[1:]) // 2, [len(load)]))
    return load - np.repeat(zero, np.diff(until, prepend=0), axis=0)


def _walked(mine: Stances) -> npt.NDArray[np.bool_]:
    return mine.off_s - mine.initial_s <= LONGEST_S


def loaded(total: Floats, mine: Stances) -> Floats:
    """End of loading [m] s: the first peak of the load [m,101] before a dip of DIP_SHARE; NaN without such a dip."""
    with np.errstate(invalid="ignore"):
        most = total.max(axis=1, keepdims=True)
        so_far = np.maximum.accumulate(total, axis=1)
        dipped = total < so_far - DIP_SHARE * most
    first = dipped.argmax(axis=1)
    early = np.where(np.arange(total.shape[1]) <= first[:, None], total, -np.inf)
    at = early.argmax(axis=1) / (total.shape[1] - 1)
    there = dipped.any(axis=1) & np.isfinite(most[:, 0]) & (at < PEAK_BEFORE) & _walked(mine)
    there &= np.take_along_axis(so_far, first[:, None], 1)[:, 0] > 0.5 * most[:, 0]
    # The load must come again: what falls only once is a foot that is lifted, not one that has been loaded.
    after = np.where(np.arange(total.shape[1]) > first[:, None], total, -np.inf)
    there &= after.max(axis=1) > np.take_along_axis(total, first[:, None], 1)[:, 0] + DIP_SHARE * most[:, 0]
    return np.where(there, mine.initial_s + at * (mine.off_s - mine.initial_s), np.nan)


def heel_risen(regions: Floats, mine: Stances) -> Floats:
    """Heel-rise [m] s by loads [m,101,4] of the regions: the heel's load is gone, and the rest still bears."""
    heel, rest = regions[..., 0], np.nansum(regions[..., 1:], axis=2)
    whole = (np.nan_to_num(heel) + rest).max(axis=1)
    most = np.where(np.isfinite(heel).all(axis=1), heel.max(axis=1), np.nan)
    at = _last_above(heel, GONE_SHARE * most)
    with np.errstate(invalid="ignore"):
        there = (most >= BORE_SHARE * whole) & (at < WITH_FOOT) & _walked(mine)
    row = np.nan_to_num(at * (heel.shape[1] - 1)).astype(int)
    there &= np.take_along_axis(rest, row[:, None], 1)[:, 0] >= BORE_SHARE * whole
    return np.where(there, mine.initial_s + at * (mine.off_s - mine.initial_s), np.nan)


def parts_down(regions: Floats) -> tuple[Floats, tuple[str, ...]]:
    """By loads [m,101,4]: when the foot is flat, in shares of the stance, NaN where it never is; and what came first.

    Flat: heel and forefoot (with the toes) bear, each above GONE_SHARE of its own most load. Both within TOGETHER of
    the stance are "flat"; "" where nothing is known.
    """
    heel, front = regions[..., 0], regions[..., 2:]
    front = np.where(np.isfinite(front).any(axis=2), np.nansum(front, axis=2), np.nan)
    whole = np.nansum(regions, axis=2).max(axis=1)
    at = []
    for load in (heel, front):
        most = np.where(np.isfinite(load).all(axis=1), load.max(axis=1), np.nan)
        with np.errstate(invalid="ignore"):
            at.append(np.where(most >= BORE_SHARE * whole, first_above(load, GONE_SHARE * most), np.nan))
    words = []
    for back, ahead in zip(*at, strict=True):
        if np.isnan(back) and np.isnan(ahead):
            words.append("")
        elif np.isnan(ahead) or ahead - back > TOGETHER:
            words.append("heel")
        elif np.isnan(back) or back - ahead > TOGETHER:
            words.append("forefoot")
        else:
            words.append("flat")
    return np.maximum(at[0], at[1]), tuple(words)


def first_above(values: Floats, level: Floats) -> Floats:
    """The share of the stance [m] at which values [m,points] first are above level [m]; NaN where they never are."""
    return _crossed(values, level, (values >= level[:, None]).argmax(axis=1), -1)


def _last_above(values: Floats, level: Floats) -> Floats:
    points = values.shape[1]
    return _crossed(values, level, points - 1 - (values >= level[:, None])[:, ::-1].argmax(axis=1), 1)


def _crossed(values: Floats, level: Floats, inside: npt.NDArray[np.intp], way: int) -> Floats:
    points, each = values.shape[1], np.arange(len(values))
    beside = np.clip(inside + way, 0, points - 1)
    here, there = values[each, inside], values[each, beside]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(beside != inside, (here - level) / (here - there), 0.0)
        return np.where(here >= level, (inside + way * part) / (points - 1), np.nan)


def with_cells(
    timed: Sequence[Stances | None],
    cell_force_n: Floats,
    xy_share: Floats,
    usable: npt.NDArray[np.bool_],
    rate_hz: float,
) -> list[Stances | None]:
    """Stances with end of loading and heel-rise, of cells [n,16] at xy_share [16,2]."""
    out: list[Stances | None] = []
    for foot, mine in enumerate(timed):
        if mine is None or not len(mine):
            out.append(mine)
            continue
        loads = above_swing(region_loads(cell_force_n, xy_share, usable, foot, rate_hz), mine, rate_hz)
        regions = over_stance(loads, mine.initial_s, mine.off_s, rate_hz)
        total = np.where(np.isfinite(regions).any(axis=2), np.nansum(regions, axis=2), np.nan)
        out.append(replace(mine, heel_rise_s=heel_risen(regions, mine), loaded_s=loaded(total, mine)))
    return out


def with_feet(
    timed: Sequence[Stances | None],
    foot_force_n: Floats,
    rate_hz: float,
    foot_cop_m: npt.ArrayLike | None = None,
    foot_length_m: float | None = None,
) -> list[Stances | None]:
    """Stances with end of loading, of foot_force_n [2,n]; with heel-rise, given foot_cop_m [n,2,2] and a length.

    By the centre of pressure a heel has risen when that stays ahead of the heads of the metatarsals.
    """
    cop = None if foot_cop_m is None or foot_length_m is None else np.asarray(foot_cop_m, float)
    if cop is not None and cop.shape != (foot_force_n.shape[1], 2, 2):
        raise MeasureError(f"The centre of pressure has the shape {list(cop.shape)}: give [n, 2, 2] (foot, (ml, ap)).")
    out: list[Stances | None] = []
    for foot, mine in enumerate(timed):
        if mine is None or not len(mine):
            out.append(mine)
            continue
        total = over_stance(foot_force_n[foot], mine.initial_s, mine.off_s, rate_hz)
        mine = replace(mine, loaded_s=loaded(total, mine))
        if cop is not None and foot_length_m:
            along = over_stance(cop[:, foot, 1] / foot_length_m, mine.initial_s, mine.off_s, rate_hz)
            along[:, [0, -1]] = along[:, [1, -2]]  # at the very edges nothing presses, so nothing has a centre
            behind = HEEL_LIFT_COP - along  # above nought while the heel may be down
            at = _last_above(behind, np.zeros(len(along)))
            with np.errstate(invalid="ignore"):
                there = (at < WITH_FOOT) & _walked(mine) & np.isfinite(along[:, 5:-5]).all(axis=1)
            mine = replace(
                mine, heel_rise_s=np.where(there, mine.initial_s + at * (mine.off_s - mine.initial_s), np.nan)
            )
        out.append(mine)
    return out
