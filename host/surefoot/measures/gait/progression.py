# SPDX-License-Identifier: MIT
"""How a foot rolls over: line of its centre of pressure, rockers, load rate and peak of each region, stride by stride.

Arrays [m,...] are aligned to the stances of a foot, NaN where one is broken by a loss or was no step. Lengths are in
each foot's own frame (hardware/cells.toml). Not verified on people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait import rockers
from surefoot.measures.gait.levels import over_stance
from surefoot.measures.gait.values import FEET, Floats, Stances, Walked

POINTS = 101  # 0 to 100 % of stance
# Our own choices (D).
PRESSED_SHARE = 0.05  # of a stance's most load: with less, the centre of what little presses is noise
RISING = (0.2, 0.8)  # of the first peak: between them the load rate is read, as of a force plate
_STRIDES, _NEAR_M = 64, 1e-9  # looked at at once; by so much their segments may be apart and still meet by rounding
APART_M = 0.2  # between the long axes of the feet, where it isn't told: it only spreads the butterfly's wings


@dataclass(frozen=True)
class GaitLine:
    """Centre of pressure of a foot over its stances.

    `line_m` [m,101,2] (ml, ap; right and forward positive), NaN where the foot hardly presses; `length_m`, `width_m`
    [m] how far it goes along and across; `start_m`, `end_m` [m,2]; `mean_m`, `sd_m` [101,2] of whole ones.
    """

    foot: str
    line_m: Floats
    length_m: Floats
    width_m: Floats
    start_m: Floats
    end_m: Floats
    mean_m: Floats
    sd_m: Floats


@dataclass(frozen=True)
class Rollover:
    """Per stance [m]: `first_part` "heel", "flat", "forefoot" or ""; moments in s; forces in N.

    `flat_s`: the forefoot bears too. Heel rocker: initial contact to `flat_s`; ankle rocker: to heel-rise; forefoot
    rocker: to foot off; each NaN where one of its ends is absent. `rate_nps`: of the load from 20 to 80 % of its first
    peak. `peak_n`, `peak_at` [m,4]: most load of heel, midfoot, forefoot, toes, and when, in shares of the stance.
    """

    foot: str
    first_part: tuple[str, ...]
    flat_s: Floats
    heel_rocker_s: Floats
    ankle_rocker_s: Floats
    forefoot_rocker_s: Floats
    rate_nps: Floats
    peak_n: Floats
    peak_at: Floats


@dataclass(frozen=True)
class Butterfly:
    """Net centre of pressure over strides of the left foot, [k,101,2] m: right and forward of the middle between feet.

    `begin_s` [k]: contact that each begins with.
    `crossing_m` [k,2]: where the line from left to right meets that from right to left, NaN where they don't.
    """

    begin_s: Floats
    stride_s: Floats
    line_m: Floats
    crossing_m: Floats
    mean_crossing_m: Floats
    sd_crossing_m: Floats


def gait_line(foot_force_n: npt.ArrayLike, foot_cop_m: npt.ArrayLike, walked: Walked, foot: str) -> GaitLine:
    """The gait line of a foot: force [n,2] N, centre of pressure [n,2,2] m. MeasureError: shapes, foot not measured."""
    mine, load, cop = _of(foot_force_n, foot_cop_m, walked, foot)
    force = over_stance(load, mine.initial_s, mine.off_s, walked.rate_hz, POINTS)
    cop = np.where(load[:, None] > 0, cop, np.nan)  # nothing that presses, no centre
    line = over_stance(cop, mine.initial_s, mine.off_s, walked.rate_hz, POINTS)
    with np.errstate(invalid="ignore"):
        pressed = force >= PRESSED_SHARE * force.max(axis=1, keepdims=True)
    line = np.where((pressed & ~_left_out(mine)[:, None])[..., None], line, np.nan)
    told = np.asarray(np.isfinite(line).all(axis=2))
    begin, end = told.argmax(axis=1), POINTS - 1 - told[:, ::-1].argmax(axis=1)
    each = np.arange(len(line))
    whole = told.sum(axis=1) >= 0.8 * POINTS
    spans = np.full((len(line), 2), np.nan)
    if whole.any():
        spans[whole] = np.nanmax(line[whole], axis=1) - np.nanmin(line[whole], axis=1)
    mean, sd = _mean_sd(line)
    return GaitLine(
        foot,
        line,
        spans[:, 1],
        spans[:, 0],
        np.where(whole[:, None], line[each, begin], np.nan),
        np.where(whole[:, None], line[each, end], np.nan),
        mean,
        sd,
    )


def line_area_m2(line_m: Floats) -> Floats:
    """Area [m] between each line [m,101,2] and the straight one from its first known place to its last.

    NaN where under four fifths of it are known.
    """
    told = np.asarray(np.isfinite(line_m).all(axis=2))
    each, begin, end = np.arange(len(line_m)), told.argmax(axis=1), POINTS - 1 - told[:, ::-1].argmax(axis=1)
    chord = line_m[each, end] - line_m[each, begin]
    with np.errstate(invalid="ignore", divide="ignore"):
        chord /= np.hypot(chord[:, 0], chord[:, 1])[:, None]
    place = line_m - line_m[each, begin][:, None]
    along = np.einsum("mpk,mk->mp", place, chord)
    across = np.abs(place[..., 0] * chord[:, None, 1] - place[..., 1] * chord[:, None, 0])
    part = np.abs(np.diff(along, axis=1)) * (across[:, 1:] + across[:, :-1]) / 2
    return np.where(told.sum(axis=1) >= 0.8 * POINTS, np.nansum(part, axis=1), np.nan)


def rollover(
    cell_force_n: npt.ArrayLike,
    walked: Walked,
    foot: str,
    xy_share: Floats,
    usable: npt.NDArray[np.bool_] | None = None,
) -> Rollover:
    """Rockers, load rate and peaks of a foot, of cells [n,16] N at xy_share [16,2] (of the insole's length)."""
    cells = np.asarray(cell_force_n, float)
    mine = _stances(walked, foot)
    if cells.ndim != 2 or cells.shape[1] != len(xy_share):
        raise MeasureError(f"The cells have the shape {list(cells.shape)}: give [n, {len(xy_share)}] in N.")
    fine = np.ones(len(xy_share), bool) if usable is None else usable
    loads = rockers.region_loads(cells, xy_share, fine, FEET.index(foot), walked.rate_hz)
    loads = rockers.above_swing(loads, mine, walked.rate_hz)
    regions = over_stance(loads, mine.initial_s, mine.off_s, walked.rate_hz, POINTS)
    regions[_left_out(mine)] = np.nan
    total = np.where(np.isfinite(regions).any(axis=2), np.nansum(regions, axis=2), np.nan)
    stance_s = mine.off_s - mine.initial_s
    flat, first_part = rockers.parts_down(regions)
    flat_s = mine.initial_s + flat * stance_s
    told = np.isfinite(regions)
    known = np.where(told, regions, -np.inf)
    missing = ~told.any(axis=1)
    return Rollover(
        foot,
        first_part,
        flat_s,
        np.where(np.array(first_part, dtype=object) == "heel", flat_s - mine.initial_s, np.nan),
        mine.heel_rise_s - flat_s,
        mine.off_s - mine.heel_rise_s,
        load_rate_nps(total, mine),
        np.where(missing, np.nan, known.max(axis=1)),
        np.where(missing, np.nan, known.argmax(axis=1) / (POINTS - 1)),
    )


def load_rate_nps(total: Floats, mine: Stances) -> Floats:
    """Of loads [m,101] over the stances [m]: from 20 to 80 % of the first peak, or of the most load without one."""
    stance_s = mine.off_s - mine.initial_s
    with np.errstate(invalid="ignore"):
        at = np.where(np.isfinite(mine.loaded_s), (mine.loaded_s - mine.initial_s) / stance_s, 1.0)
    # The peak lies at a point, but for rounding.
    until = np.arange(POINTS) <= np.nan_to_num(at)[:, None] * (POINTS - 1) + 0.5
    peak = np.where(until, total, -np.inf).max(axis=1)
    low, high = (rockers.first_above(total, share * peak) for share in RISING)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(high > low, (RISING[1] - RISING[0]) * peak / ((high - low) * stance_s), np.nan)


def butterfly(
    foot_force_n: npt.ArrayLike, foot_cop_m: npt.ArrayLike, walked: Walked, apart_m: float = APART_M
) -> Butterfly:
    """Net centre of pressure over whole strides of the left foot; the feet are drawn `apart_m` between their axes.

    MeasureError: shapes, or a foot that was not measured.
    """
    left, load, cop = _of(foot_force_n, foot_cop_m, walked, "left")
    right, other, other_cop = _of(foot_force_n, foot_cop_m, walked, "right")
    offset = np.array((apart_m / 2, 0.0))
    press = np.stack((load, other), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        places = np.stack((cop - offset, other_cop + offset), axis=1)
        moments = np.where(press[..., None] > 0, press[..., None] * places, 0.0)  # an unloaded foot has no centre
        net = moments.sum(axis=1) / press.sum(axis=1)[:, None]  # a loss on either foot is one of both
    begin, end = left.initial_s[:-1], left.initial_s[1:]
    with np.errstate(invalid="ignore"):
        whole = (end - begin <= rockers.LONGEST_S) & ~left.broken[1:] & ~left.broken[:-1]
    begin, end = begin[whole], end[whole]
    line = over_stance(net, begin, end, walked.rate_hz, POINTS)
    on_s = right.initial_s[np.isfinite(right.initial_s)]
    first, after = np.searchsorted(on_s, begin, "right"), np.searchsorted(on_s, end, "left")
    one = np.flatnonzero((after - first == 1) & np.isfinite(line).all(axis=(1, 2)))
    share = (on_s[first[one]] - begin[one]) / (end[one] - begin[one])
    crossing = np.full((len(begin), 2), np.nan)
    crossing[one] = _crossings(line[one], np.rint(share * (POINTS - 1)).astype(int))
    mean, sd = _mean_sd(crossing)
    return Butterfly(begin, end - begin, line, crossing, mean, sd)


def _crossings(line: Floats, turn: npt.NDArray[np.intp]) -> Floats:
    """Where the line [k,p,2] up to each `turn` meets that from there on [k,2], the mean of all crossings; else NaN."""
    low, high = np.minimum(line[:, :-1], line[:, 1:]), np.maximum(line[:, :-1], line[:, 1:])
    low, high = np.ascontiguousarray(low.transpose(2, 0, 1)), np.ascontiguousarray(high.transpose(2, 0, 1))
    places = line.shape[1] - 1
    owner, before, behind = ([np.empty(0, np.intp)] for _ in range(3))
    for start in range(0, len(line), _STRIDES):
        some = slice(start, start + _STRIDES)
        a, b = low[:, some, :, None] - _NEAR_M, high[:, some, :, None] + _NEAR_M
        near = (a[0] <= high[0, some, None]) & (b[0] >= low[0, some, None])
        near &= (a[1] <= high[1, some, None]) & (b[1] >= low[1, some, None])
        near &= (np.arange(places) < turn[some, None] - 1)[:, :, None]
        near &= (np.arange(places) >= turn[some, None])[:, None, :]
        which, first, last = np.nonzero(near)
        owner.append(which + start)
        before.append(first)
        behind.append(last)
    who, i, j = (np.concatenate(parts) for parts in (owner, before, behind))
    a, b = line[who, i], line[who, i + 1] - line[who, i]
    c, d = line[who, j], line[who, j + 1] - line[who, j]
    across = b[:, 0] * d[:, 1] - b[:, 1] * d[:, 0]
    gap = c - a
    with np.errstate(invalid="ignore", divide="ignore"):
        u = (gap[:, 0] * d[:, 1] - gap[:, 1] * d[:, 0]) / across
        w = (gap[:, 0] * b[:, 1] - gap[:, 1] * b[:, 0]) / across
        hit = (u >= 0) & (u < 1) & (w >= 0) & (w < 1)
        met, who = (a + u[:, None] * b)[hit], who[hit]
        count = np.bincount(who, minlength=len(line))
        sums = [np.bincount(who, met[:, axis], len(line)) for axis in (0, 1)]
        return np.stack(sums, axis=1) / count[:, None]


def _mean_sd(values: Floats) -> tuple[Floats, Floats]:
    """Mean and sample SD over the first axis of what is known, NaN of fewer than one or two."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        square = np.where(known, values - mean, 0.0) ** 2
        return mean, np.where(count > 1, np.sqrt(square.sum(axis=0) / (count - 1)), np.nan)


def _left_out(mine: Stances) -> npt.NDArray[np.bool_]:
    """Stances without both ends, broken, or too long to be a step."""
    with np.errstate(invalid="ignore"):
        return ~(mine.off_s - mine.initial_s <= rockers.LONGEST_S) | mine.broken


def _stances(walked: Walked, foot: str) -> Stances:
    mine = {"left": walked.left, "right": walked.right}.get(foot)
    if mine is None:
        raise MeasureError(f"The {foot} foot was not measured, so it has no line: plug its insole in and walk again.")
    return mine


def _of(force_n: npt.ArrayLike, cop_m: npt.ArrayLike, walked: Walked, foot: str) -> tuple[Stances, Floats, Floats]:
    mine, load, cop = _stances(walked, foot), np.asarray(force_n, float), np.asarray(cop_m, float)
    if load.ndim != 2 or load.shape[1] != 2 or cop.shape != (len(load), 2, 2):
        raise MeasureError(
            f"Force and centre of pressure have the shapes {list(load.shape)} and {list(cop.shape)}: give [n, 2] and"
            " [n, 2, 2] of the same rows."
        )
    return mine, load[:, FEET.index(foot)], cop[:, FEET.index(foot)]
