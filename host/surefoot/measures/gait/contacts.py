# SPDX-License-Identifier: MIT
"""Contacts of both feet with the floor from insoles, for hours at a time.

Nothing that times an event is in newtons: a foot's own swing is its zero, taken anew in each, and its own load its
scale, so body weight, a shoe's preload, creep and an insole's gain don't move it. Contact is any loading, of whichever
part of the foot comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait import edges, insole_checks, rockers
from surefoot.measures.gait.levels import bridged, levels, runs
from surefoot.measures.gait.values import FEET, Floats, Stances, Walked, stances

Flags = npt.NDArray[np.bool_]

# Our own choices (D), but for the two shortest times, which are clinical convention.
LOADED_SHARE = 0.25  # of a foot's load above its swing: more is stance for sure, whatever a shoe presses
AIR_SHARE = 0.1  # a swing gets as low as this; more is weight shifted away, as in standing
SWUNG_SHARE = 0.35  # of the whole load is left on a foot that was never lifted
MIN_STANCE_S, MIN_SWING_S = 0.15, 0.1
CONTACT = (0.1, 0.3)  # above what a foot does that is not yet down, below the bend before its first peak
OFF = (0.2, 0.4, 0.7)  # below them a shoe may still press on a foot that has left; a slow foot leaves in a curve
LEAST_N = 150.0  # an adult's load on the more loaded foot is above it in any walk; a seat leaves less
CELLS_SEE = 0.4  # of it, as the rest goes past eight cells
LIGHT_SHARE, DEAD_SHARE = 0.1, 0.02  # of the other foot's load: less is no step; less still, the insole says nothing
LONG_SWING_S = 1.5  # no swing of a walk is longer (Mobilise-D: strides to 3 s, of which swing is under half)
BEARING_SHARE = 0.3  # of its own load is on the other foot in the middle of a swing, else both were up: no walking
NEIGHBOURS = 5  # swings before and after a stance, of which half must be borne
BRIDGE_S = (
    0.03  # a loss this short hides neither a swing nor a stance: it breaks nothing, and an edge in it is led over
)
MIN_RATE_HZ = 20.0
UNLIFTED = "the person stood all the time, or sat on a chair, in a wheelchair or a car"


@dataclass(frozen=True)
class _Foot:
    """`force` [n] N and its `share` of the foot's own load `size_n` above its swing; of the other's, where the foot has
    no steps. Stances are loaded for sure from row `first` to `last`; the swing before begins at row `free`, the one
    behind ends before `until`. `new`: others, left out, lie between a stance and the one before."""

    force: Floats
    share: Floats
    size_n: float
    first: edges.Rows
    last: edges.Rows
    free: edges.Rows
    until: edges.Rows
    new: Flags

    def only(self, keep: Flags) -> _Foot:
        gone = np.concatenate(([0], np.cumsum(~keep)))[:-1][keep]
        new = self.new[keep] | (np.diff(gone, prepend=0) > 0)
        return replace(
            self, first=self.first[keep], last=self.last[keep], free=self.free[keep], until=self.until[keep], new=new
        )


def contacts(
    force_n: npt.ArrayLike,
    rate_hz: float,
    *,
    cell_xy_share: npt.ArrayLike | None = None,
    foot_cop_m: npt.ArrayLike | None = None,
    foot_length_m: float | None = None,
    acc_ms2: npt.ArrayLike | None = None,
) -> Walked:
    """Stances of both feet. force_n: cells [n,16] (8 left, 8 right) or feet [n,2] (left, right), in N, NaN rows lost.

    Heel-rise needs cells, at `cell_xy_share` [16,2] (of the insole's length from its middle; without it our own map),
    or `foot_cop_m` [n,2,2] and the foot's length. `acc_ms2` [n,3] (right, forward, up) of the waist tells swapped
    insoles. No walking gives no stances, and `notes` that say why.
    MeasureError: shapes, rate, or neither insole gave anything.
    """
    values = np.asarray(force_n, float)
    if values.ndim != 2 or values.shape[1] not in (2, insole_checks.CELLS):
        raise MeasureError(f"The force has the shape {list(values.shape)}: give cells [n, 16] or feet [n, 2] in N.")
    if not MIN_RATE_HZ <= rate_hz < np.inf:
        raise MeasureError(f"The insoles have a rate of {rate_hz:g} Hz: record at {MIN_RATE_HZ:g} Hz or more.")
    notes: list[str] = []
    cells, usable = (values if values.shape[1] == insole_checks.CELLS else None), np.ones(insole_checks.CELLS, bool)
    if cells is None:
        feet = np.ascontiguousarray(values.T)
    else:
        usable, said = insole_checks.usable_cells(cells)
        notes += said
        feet = insole_checks.foot_sums(cells, usable)
    if not np.isfinite(feet).any():
        raise MeasureError("Neither insole gave anything, so there are no steps: plug them in and walk again.")
    silent, said = insole_checks.silent(feet, rate_hz)
    notes += said
    feet = np.stack([bridged(force, rate_hz) for force in feet])
    found = [_foot(feet[k], name, rate_hz, notes) for k, name in enumerate(FEET)]
    found = _walking(found, LEAST_N * (1.0 if cells is None else CELLS_SEE), rate_hz, notes)
    timed = [None if foot is None else _timed(feet[k], foot, FEET[k], rate_hz) for k, foot in enumerate(found)]
    if cells is None:
        timed = rockers.with_feet(timed, feet, rate_hz, foot_cop_m, foot_length_m)
    else:
        xy = insole_checks.map_xy(cell_xy_share)
        notes += insole_checks.mirrored(cells, xy, timed, rate_hz)
        timed = rockers.with_cells(timed, cells, xy, usable, rate_hz)
    if acc_ms2 is not None:
        notes += insole_checks.swapped(timed[0], timed[1], acc_ms2, rate_hz)
    lost = {name: insole_checks.lost(force, rate_hz) for name, force in zip(FEET, feet, strict=True)}
    return Walked(
        "insole", rate_hz, len(values) / rate_hz, timed[0], timed[1], notes=tuple(notes), lost=lost, silent=silent
    )


def _foot(force: Floats, name: str, rate_hz: float, notes: list[str]) -> _Foot | None:
    """The foot's stances, roughly; None where it was not measured."""
    known = np.isfinite(force)
    if known.sum() < 2:
        notes.append(f"The {name} insole gave nothing, so only the other foot's steps are known.")
        return None
    zero, size = levels(force, rate_hz)
    size_n = float(np.median(size))
    none = np.empty(0, np.intp)
    if size_n <= 0 or np.median(zero) > SWUNG_SHARE * np.median(zero + size):
        return _Foot(force, np.full(len(force), np.nan), size_n, none, none, none, none, np.empty(0, bool))
    notes += insole_checks.crept(force, name, rate_hz, size_n)
    share = (force - zero) / size
    loaded = share > LOADED_SHARE
    cut = np.zeros(len(force), bool)  # a loss that may hide a swing ends a stance
    for low, high in zip(*runs(~known), strict=True):
        cut[low:high] = high - low >= MIN_SWING_S * rate_hz
    switched = np.where(loaded, 1, np.where((share < AIR_SHARE) | cut, -1, 0))
    latest = np.maximum.accumulate(np.where(switched != 0, np.arange(len(force)), -1))
    first, end = runs((latest >= 0) & (switched[latest] > 0))
    last = np.flatnonzero(loaded)[np.cumsum(loaded)[end - 1] - 1] if len(first) else none
    first, last = _lasting(first, last, cut, rate_hz)
    free, until = np.concatenate(([0], last + 1))[: len(first)], np.concatenate((first, [len(force)]))[1:]
    return _Foot(force, share, size_n, first, last, free, until, np.zeros(len(first), bool))


def _lasting(first: edges.Rows, last: edges.Rows, cut: Flags, rate_hz: float) -> tuple[edges.Rows, edges.Rows]:
    """Without swings, then stances, that are too short to be one; what a loss cuts off may have been longer."""
    if not len(first):
        return first, last
    lost = np.concatenate(([0], np.cumsum(cut)))
    apart = (first[1:] - last[:-1] - 1 >= MIN_SWING_S * rate_hz) | (lost[first[1:]] > lost[last[:-1]])
    first, last = first[np.concatenate(([True], apart))], last[np.concatenate((apart, [True]))]
    beside = lost[np.minimum(last + 2, len(cut))] > lost[np.maximum(first - 1, 0)]
    long = (last - first + 1 >= MIN_STANCE_S * rate_hz) | beside | (first == 0) | (last == len(cut) - 1)
    return first[long], last[long]


def _walking(found: list[_Foot | None], least_n: float, rate_hz: float, notes: list[str]) -> list[_Foot | None]:
    """Without stances that aren't walking: hardly any load, or in most swings around the other foot was up as well."""
    measured = [foot for foot in found if foot is not None]
    unlifted = [foot is not None and not np.isfinite(foot.share).any() for foot in found]
    if sum(unlifted) == len(measured) > 0:
        notes.append(f"The {'feet were' if len(measured) > 1 else 'foot was'} never lifted: {UNLIFTED}.")
        return found
    notes += [
        f"The {name} foot was never lifted, so it has no steps."
        for name, not_once in zip(FEET, unlifted, strict=True)
        if not_once
    ]
    if max((foot.size_n for foot in found if foot is not None), default=0.0) < least_n:
        notes.append(
            f"No foot bore {least_n:.0f} N, so this is no walking: a seat, a wheelchair or a car leaves as much."
        )
        return [None if foot is None else foot.only(np.zeros(len(foot.first), bool)) for foot in found]
    out = [_beside(mine, other, name, notes) for mine, other, name in zip(found, found[::-1], FEET, strict=True)]
    left, right = out
    if left is None or right is None:
        return out
    keep = [_borne(mine, other, rate_hz) for mine, other in ((left, right), (right, left))]
    dropped = sum(int((~kept).sum()) for kept in keep)
    if dropped:
        notes.append(
            f"{dropped} loadings were left out: both feet were unloaded at once, as on a seat, in a car or wheelchair,"
            " or on crutches with one leg."
        )
    return [left.only(keep[0]), right.only(keep[1])]


def _beside(mine: _Foot | None, other: _Foot | None, name: str, notes: list[str]) -> _Foot | None:
    """A foot judged by the other one's load: hardly loaded, it has no steps; unchanged, it was not measured."""
    if mine is None or other is None:
        return mine
    if mine.size_n < DEAD_SHARE * other.size_n:
        notes.append(f"The {name} insole shows the same all the time, so it is not used: look at its plug.")
        return None
    if mine.size_n < LIGHT_SHARE * other.size_n and len(mine.first):
        notes.append(f"The {name} foot hardly bore anything, so it has no steps.")
        mine = mine.only(np.zeros(len(mine.first), bool))
    return mine if len(mine.first) else replace(mine, share=mine.force / other.size_n)


def _borne(mine: _Foot, other: _Foot, rate_hz: float) -> Flags:
    """Whether around each stance the other foot bore at least half of the swings that can be judged."""
    if len(mine.first) < 2:
        return np.ones(len(mine.first), bool)
    bears = other.share[(mine.first[1:] + mine.last[:-1]) // 2]
    told = np.isfinite(bears) & (mine.first[1:] - mine.last[:-1] <= LONG_SWING_S * rate_hz)
    borne = told & (bears > BEARING_SHARE)
    swings, each = len(told), np.arange(len(mine.first))
    low, high = np.maximum(each - NEIGHBOURS, 0), np.minimum(each + NEIGHBOURS, swings)
    yes, of = (np.concatenate(([0], np.cumsum(flags))) for flags in (borne, told))
    return 2 * (yes[high] - yes[low]) >= of[high] - of[low]


def _timed(force: Floats, foot: _Foot, name: str, rate_hz: float) -> Stances:
    """Initial contact and foot off between samples, and which stances are broken by a loss."""
    final = len(force) - 1
    on = edges.begins(force, foot.first, foot.last, foot.free, CONTACT, rate_hz)
    first, last, free = (final - rows[::-1] for rows in (foot.last, foot.first, foot.until - 1))
    off = final - edges.begins(force[::-1], first, last, free, OFF, rate_hz)[::-1]
    lost = np.concatenate(([0], np.cumsum(~np.isfinite(force))))
    broken = foot.new | (lost[np.minimum(foot.last + 2, len(force))] > lost[foot.free])
    return stances(name, on / rate_hz, off / rate_hz, broken=broken)
