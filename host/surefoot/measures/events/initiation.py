# SPDX-License-Identifier: MIT
"""Gait initiation (the weight shift before the first step) and push-and-release (steps and time until stable)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.attitude import Trunk, trunk
from surefoot.measures.events.lean import MOVING_SHARE, SWAY_SD, speed_per_s
from surefoot.measures.events.spans import Floats, columns, last_below, runs, smooth
from surefoot.measures.events.steps import AIR_SHARE, FEET, contacts, walk

# Our own choices (D).
SHIFT_S = 2.0  # the weight shift begins at most this long before the foot leaves; young adults take about half a second
REST_S = 1.5  # of standing before it, for the usual share; half a second of it must be there
WANDER_S = 1.0  # a shift takes no longer to its peak, and standing load wanders more slowly
SMOOTH_S = 0.06  # of the shares before they are read
NOISE = 1.0  # a shift is one that stands out by this many standard deviations of how standing changes the share as fast
LEAST_SHIFT = 0.02  # and by 2 % of the weight
STILL_S = 0.2  # of rest before a shift: its own parts turn round within less
PUSH_SMOOTH_S = 0.1  # of the waist's acceleration: below a shift, above noise
STABLE_S, STABLE_DPS, STABLE_SHARE = 1.0, 10.0, 0.1  # stable: for a second the trunk's lean turns slower and the
# feet's load on both stays within a tenth: twice what standing sway does, a fraction of any step
RELEASE_DPS = 15.0  # how fast a released trunk turns: faster than sway, in reach within 0.1 s of a fall from a lean


@dataclass(frozen=True)
class Initiation:
    """The first step, by `foot`. `shift_s`: the load began to move onto the foot that steps; `off_s`: it left the
    floor; `on_s`: it landed. `size_share`: how much more of the weight it carried at the most than while standing;
    `back_m`: how far the CoP went back with it, by each foot's own, None without one. `confidence`: 1 where the shift
    is twice what counts as one, 0.5 at the limit, 0 with no shift (then shift_s is None)."""

    foot: str
    shift_s: float | None
    off_s: float
    on_s: float | None
    size_share: float
    back_m: float | None
    confidence: float
    OVERRIDES: ClassVar[tuple[str, ...]] = ("shift_s", "off_s", "foot")

    @property
    def duration_s(self) -> float | None:
        return None if self.shift_s is None else self.off_s - self.shift_s


def gait_initiation(
    foot_force_n: npt.ArrayLike,
    rate_hz: float,
    foot_cop_m: npt.ArrayLike | None = None,
    after_s: float = 0.0,
    acc_ms2: npt.ArrayLike | None = None,
    gyr_dps: npt.ArrayLike | None = None,
) -> Initiation:
    """The weight shift before the first step of a walk from standing: force [n,2] N, CoP [n,2,2] m, acc and gyr [n,3].

    It begins where load, CoP and waist (Mancini 2009, 10.1016/j.parkreldis.2008.12.009, tells it by the waist alone)
    begin to move, each after its own rest: their median, so that none that wanders decides. MeasureError: shapes, rate,
    an insole that gave nothing, no walk, or no standing before it.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    if not np.isfinite(feet).any(axis=0).all():
        raise MeasureError("One insole gave nothing, so a weight shift can't be told: plug it in and repeat.")
    walked = walk(feet, rate_hz, after_s)
    off_s = walked.start_s
    foot = next(
        (FEET.index(c.foot) for c in contacts(feet, rate_hz) if c.off_s is not None and abs(c.off_s - off_s) < 1e-6),
        FEET.index(walked.initial_s[0][0]),
    )
    on_s = next((at_s for name, at_s in walked.initial_s if name == FEET[foot]), None)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = smooth(feet[:, foot] / feet.sum(axis=1), rate_hz, SMOOTH_S)
    off = round(off_s * rate_hz)
    first = max(off - round(SHIFT_S * rate_hz), 0)
    before = slice(max(first - round(REST_S * rate_hz), 0), max(first, min(round(0.5 * rate_hz), off)))
    rest = share[before][np.isfinite(share[before])]
    if len(rest) < 0.25 * rate_hz:
        raise MeasureError("There was no standing before the first step: stand still for two seconds, then walk.")
    if not np.isfinite(share[first : off + 1]).any():
        raise MeasureError("The load on the feet was lost before the first step: repeat the trial.")
    peak = _peak(share, first, off)
    # From the last low before it on: in standing the load wanders by as much as a small shift, but more slowly.
    low = max(peak - round(WANDER_S * rate_hz), first)
    moved = share - np.nanmin(share[low : peak + 1])
    size = float(moved[peak])
    lag = round(WANDER_S / 2 * rate_hz)
    wander = rest[lag:] - rest[:-lag]
    limit = max(NOISE * float(wander.std()) if len(wander) else 0.0, LEAST_SHIFT)
    if size < limit:
        return Initiation(FEET[foot], None, off_s, on_s, max(size, 0.0), None, 0.0)
    moving = [(np.abs(speed_per_s(share, rate_hz)), peak)]  # behind it the load goes off again, much faster
    if foot_cop_m is not None:
        moving.append((np.abs(speed_per_s(_along_m(feet, foot_cop_m, rate_hz), rate_hz)), off))
    if acc_ms2 is not None and gyr_dps is not None:
        pushes = trunk(acc_ms2, gyr_dps, rate_hz).plane_ms2
        calm = np.column_stack([smooth(axis, rate_hz, PUSH_SMOOTH_S) for axis in pushes.T])
        moving.append((np.linalg.norm(calm, axis=1), off))
    onsets = [after_rest_s(signal, before, first, last, rate_hz) for signal, last in moving]
    found = [at_s for at_s in onsets if at_s is not None]
    began = float(np.median(found)) if found else low / rate_hz
    back = None if foot_cop_m is None else _back_m(feet, foot_cop_m, began, off_s, rate_hz)
    return Initiation(FEET[foot], began, off_s, on_s, size, back, round(min(size / limit / 2, 1.0), 2))


def _peak(share: Floats, first: int, off: int) -> int:
    """The row at which the load of the foot that steps began its last fall to nothing, at `off`."""
    peak = off
    for row in range(off, first - 1, -1):
        if not np.isfinite(share[row]):
            continue
        if not np.isfinite(share[peak]) or share[row] > share[peak]:
            peak = row
        elif share[row] < share[peak] - LEAST_SHIFT:
            break
    return peak


def after_rest_s(moving: Floats, rest: slice, first: int, last: int, rate_hz: float) -> float | None:
    """When the last STILL_S of rest before the greatest of what moves [n] between `first` and `last` ended [s].

    Rest is below MOVING_SHARE of that, or what `rest` has in 19 of 20 moments. None where there is none or nothing
    is known.
    """
    usual = moving[rest][np.isfinite(moving[rest])]
    part = moving[first : last + 1]
    if not len(usual) or not np.isfinite(part).any():
        return None
    peak = first + int(np.nanargmax(part))
    level = max(MOVING_SHARE * float(moving[peak]), SWAY_SD * float(np.sqrt((usual**2).mean())))
    still = round(STILL_S * rate_hz)
    with np.errstate(invalid="ignore"):
        rests = [high for low, high in runs(~(moving[first:peak] > level)) if high - low >= still]
    return (first + rests[-1]) / rate_hz if rests else None


def _along_m(feet: Floats, foot_cop_m: npt.ArrayLike, rate_hz: float) -> Floats:
    """Where the load-weighted CoP of both feet lies along them [n]; a foot without a CoP carries next to nothing."""
    cop = columns(foot_cop_m, (2, 2), "centre of pressure of the feet", len(feet))
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where(np.isfinite(cop[:, :, 1]), feet * cop[:, :, 1], 0.0).sum(axis=1) / feet.sum(axis=1)
        along[~np.isfinite(cop[:, :, 1]).any(axis=1)] = np.nan
    return smooth(along, rate_hz, SMOOTH_S)


def _back_m(feet: Floats, foot_cop_m: npt.ArrayLike, began_s: float, off_s: float, rate_hz: float) -> float | None:
    """How far the load-weighted CoP of both feet went back before foot off, from where it was when the shift began."""
    along = _along_m(feet, foot_cop_m, rate_hz)
    low, high = round(began_s * rate_hz), round(off_s * rate_hz)
    before, during = along[max(low - round(0.3 * rate_hz), 0) : low + 1], along[low : high + 1]
    if not (np.isfinite(before).any() and np.isfinite(during).any()):
        return None
    return max(float(np.nanmean(before) - np.nanmin(during)), 0.0)


@dataclass(frozen=True)
class Release:
    """Push-and-release: `release_s` the support went, `stable_s` the person was stable again, None if not within the
    recording; `steps` the initial contacts between. `confidence`: 1 where the release is the observer's mark, 0.7 where
    it is the trunk's own start, which lags it; halved where one sensor is missing."""

    release_s: float
    first_step_s: float | None
    steps: int
    stable_s: float | None
    confidence: float
    OVERRIDES: ClassVar[tuple[str, ...]] = ("release_s", "steps", "stable_s", "caught by the helper")

    @property
    def recovery_s(self) -> float | None:
        return None if self.stable_s is None else self.stable_s - self.release_s


def push_and_release(
    foot_force_n: npt.ArrayLike,
    acc_ms2: npt.ArrayLike,
    gyr_dps: npt.ArrayLike,
    rate_hz: float,
    release_s: float | None = None,
    after_s: float = 0.0,
) -> Release:
    """Steps and time to stable after the support is let go at `release_s`, or, without a mark, at the trunk's start.

    Force [n,2] N, acc and gyr [n,3]. MeasureError: shapes, rate, or no release to be found.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    moved = trunk(acc_ms2, gyr_dps, rate_hz)
    if len(moved.tilt_deg) != len(feet):
        raise MeasureError(f"The waist sensor has {len(moved.tilt_deg)} rows and the feet {len(feet)}: give the same.")
    sure = 1.0
    if release_s is None:
        release_s, sure = _released_s(moved, rate_hz, after_s), 0.7
    if not moved.known or not np.isfinite(feet).any(axis=0).all():
        sure /= 2
    landed = [c.on_s for c in contacts(feet, rate_hz) if c.on_s is not None and c.on_s > release_s]
    stable_s = _stable_s(feet, moved, rate_hz, max([release_s, *landed[:1]]))
    taken = sorted(at_s for at_s in landed if stable_s is None or at_s <= stable_s + STABLE_S)
    if taken and stable_s is not None:
        stable_s = max(stable_s, taken[-1])
    return Release(release_s, taken[0] if taken else None, len(taken), stable_s, round(sure, 2))


def _lean_dps(moved: Trunk, rate_hz: float) -> Floats:
    """Speed [n] of the lean in whatever direction."""
    parts = [np.gradient(smooth(angle, rate_hz, 0.05)) * rate_hz for angle in (moved.pitch_deg, moved.roll_deg)]
    return np.hypot(*parts)


def _released_s(moved: Trunk, rate_hz: float, after_s: float) -> float:
    speed = _lean_dps(moved, rate_hz)
    fast = np.flatnonzero(speed[round(after_s * rate_hz) :] > RELEASE_DPS)
    if not len(fast):
        raise MeasureError("No release was found, the trunk never moved: mark it by key, or repeat the trial.")
    row = round(after_s * rate_hz) + int(fast[0])
    calm = last_below(speed, RELEASE_DPS / 3, row)
    return (row if calm is None else calm) / rate_hz


def _stable_s(feet: Floats, moved: Trunk, rate_hz: float, from_s: float) -> float | None:
    """The first moment from which the trunk and the load stay calm for STABLE_S."""
    first = round(from_s * rate_hz)
    calm = np.ones(len(feet), bool)
    if moved.known:
        with np.errstate(invalid="ignore"):
            calm &= smooth(_lean_dps(moved, rate_hz), rate_hz, 0.1) < STABLE_DPS
    total = feet.sum(axis=1)
    if np.isfinite(total).any():
        # Who holds a foot in the air isn't stable yet, however still.
        with np.errstate(invalid="ignore", divide="ignore"):
            calm &= ~(feet.min(axis=1) / total < AIR_SHARE / 2)
        usual = float(np.nanmedian(total))
        with np.errstate(invalid="ignore"):
            calm &= np.abs(smooth(total, rate_hz, 0.1) / usual - 1) < STABLE_SHARE
    for low, high in runs(calm):
        low = max(low, first)
        if high - low >= STABLE_S * rate_hz:
            return low / rate_hz
    return None
