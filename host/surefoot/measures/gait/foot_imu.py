# SPDX-License-Identifier: MIT
"""Walks by sensors on the feet: strides with their lengths, heights, angles and turns, and the stances between them.

Integrated from rest to rest (foot_strapdown.py), so it holds for any pace at which a foot comes to rest on the floor:
not for running, nor where the floor itself speeds up. A treadmill's strides are those along its belt.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.spans import columns
from surefoot.measures.gait.foot_axes import (
    MIN_RATE_HZ,
    SLIPPED_DEG,
    axes_of,
    forward_of,
    gravity_of,
    scaled,
    slipped_deg,
    standing_dps,
    turned,
)
from surefoot.measures.gait.foot_events import swings, turns_of
from surefoot.measures.gait.foot_rests import STAYED, UNKNOWN, Steps, rests, steps, unrest
from surefoot.measures.gait.foot_strapdown import Floats, Rows, reversed_moves
from surefoot.measures.gait.values import FEET, Stances, Walked, stances

LENGTH_BY = "foot sensor, integrated from foot flat to foot flat"
STILL = "The {} foot doesn't walk in this recording."
NEITHER = "Neither foot swings as one that walks does: standing, sitting, a wheelchair or a ride look like this."
TURNING_DEG, TURN_DEG = 10.0, 45.0  # a stride that turns; strides in a row that make a turn (D)


@dataclass(frozen=True)
class FootStrides:
    """What one foot's sensor saw, [n] beside its `Stances`, NaN where not known. Of the stance: `mid_s`, when the foot
    was stillest, `flat_s`, since when it was flat, `contact_deg` and `off_deg`, its angle to the floor at initial
    contact and foot off (toe up positive). Of the stride that begins with it: `length_m` along the floor, `rise_m`
    from floor to floor (stairs, slopes), `lift_m`, how high the sensor was lifted over the line between both,
    `turn_deg` (left positive), `speed_mps` = length / stride time.
    """

    mid_s: Floats
    flat_s: Floats
    contact_deg: Floats
    off_deg: Floats
    length_m: Floats
    rise_m: Floats
    lift_m: Floats
    turn_deg: Floats
    speed_mps: Floats


@dataclass(frozen=True)
class FeetWalked:
    """`walked`, and each foot's strides in more detail (None: not measured)."""

    walked: Walked
    left: FootStrides | None
    right: FootStrides | None


def walk_by_feet(left: npt.ArrayLike | None, right: npt.ArrayLike | None, rate_hz: float) -> FeetWalked:
    """Strides of both feet or of one, each [n,6]: specific force m/s2, then turning deg/s, in any mounting.

    NaN rows are lost: no stride crosses one. MeasureError: shape, rate below 50 Hz, units, a sensor that gave nothing.
    """
    given = {
        foot: columns(one, (6,), f"{foot} foot's signal")
        for foot, one in zip(FEET, (left, right), strict=True)
        if one is not None
    }
    if not given:
        raise MeasureError("No foot's sensor was given: give the left one's rows, the right one's, or both.")
    if len({len(one) for one in given.values()}) > 1:
        raise MeasureError("The left and the right foot's sensor differ in rows: bring both onto one clock first.")
    if not MIN_RATE_HZ <= rate_hz < np.inf:
        raise MeasureError(
            f"{rate_hz:g} Hz is too slow for a foot: its landing lasts some hundredths of a second. Record at"
            f" {MIN_RATE_HZ:g} Hz or more."
        )
    standing: dict[str, Stances] = {}
    strides: dict[str, FootStrides] = {}
    notes: list[str] = []
    for foot, signal in given.items():
        standing[foot], strides[foot], said = _foot(foot, signal, rate_hz)
        notes += said
    if [STILL.format(foot) for foot in FEET] == notes:
        notes = [NEITHER]
    notes += [f"The {foot} foot was not measured." for foot in FEET if foot not in given]
    walked = Walked(
        source="foot-imu",
        rate_hz=rate_hz,
        span_s=len(next(iter(given.values()))) / rate_hz,
        left=standing.get("left"),
        right=standing.get("right"),
        length_m={foot: one.length_m for foot, one in strides.items()},
        length_by=LENGTH_BY,
        turns=_turns([(standing[foot], strides[foot]) for foot in given]),
        notes=tuple(notes),
    )
    return FeetWalked(walked, strides.get("left"), strides.get("right"))


def _foot(foot: str, signal: Floats, rate_hz: float) -> tuple[Stances, FootStrides, list[str]]:
    known = np.asarray(np.isfinite(signal @ np.ones(6)))
    if not known.any():
        return *_empty(foot), [f"The {foot} foot's sensor gave nothing."]
    signal = np.where(known[:, None], signal, np.nan)
    acc, gyr = signal[:, :3], signal[:, 3:]
    gravity = gravity_of(acc, gyr, rate_hz, foot)
    acc = scaled(acc, gravity)
    level = unrest(acc, gyr, rate_hz)
    entry, exit_ = rests(level, rate_hz)
    if len(entry) < 2:
        return *_empty(foot), [STILL.format(foot)]
    at_rest = np.concatenate((entry, exit_))
    axes, about = axes_of(acc, gyr, rate_hz, at_rest)
    acc, gyr = acc @ axes.T, gyr @ axes.T
    gyr -= standing_dps(gyr, rate_hz)
    found = steps(acc, gyr, rate_hz, level, entry, exit_, known)
    if not len(found.swings):
        return *_empty(foot), [STILL.format(foot)]
    turned_deg, notes = forward_of(found.moves.displacement_m, about, foot)
    if turned_deg == 180.0:
        acc, gyr = turned(acc, 180.0), turned(gyr, 180.0)
        found = replace(found, moves=reversed_moves(found.moves))
    elif turned_deg and np.isfinite(turned_deg):
        acc, gyr = turned(acc, turned_deg), turned(gyr, turned_deg)
        found = steps(acc, gyr, rate_hz, level, entry, exit_, known)
    slip_deg = slipped_deg(acc, rate_hz, found.entry)
    if slip_deg > SLIPPED_DEG:
        notes.append(f"The {foot} foot's sensor sits {slip_deg:.0f} degrees otherwise at the end than at first.")
    stood, strides = _table(foot, found, acc, gyr, rate_hz)
    if np.isnan(turned_deg):
        none = np.full(len(stood), np.nan)
        strides = replace(strides, contact_deg=none, off_deg=none)
    return stood, strides, notes


def _empty(foot: str) -> tuple[Stances, FootStrides]:
    none = np.empty(0)
    return stances(foot, none, none), FootStrides(*[none] * len(fields(FootStrides)))


def _table(foot: str, found: Steps, acc: Floats, gyr: Floats, rate_hz: float) -> tuple[Stances, FootStrides]:
    """Rests between which the foot stayed are one stance; a movement that isn't known, or lost samples, break it."""
    first, last = found.exit[found.swings], found.entry[found.swings + 1]
    seen = swings(acc, gyr[:, 0], rate_hz, first, last, found.moves)
    between = np.flatnonzero(found.kind != STAYED)
    begin, end = np.concatenate(([0], between + 1)), np.concatenate((between, [len(found.kind)]))
    swing = np.full(len(found.kind), -1)
    swing[found.swings] = np.arange(len(found.swings))
    before = np.concatenate(([-1], swing[between]))
    after = np.concatenate((swing[between], [-1]))
    broken = np.concatenate(([False], found.kind[between] == UNKNOWN))
    gaps = np.concatenate(([0], np.cumsum(found.lost & (found.kind == STAYED))))
    broken |= gaps[end] > gaps[begin]
    kept = (before >= 0) | (after >= 0)
    begin, end, before, after, broken = (one[kept] for one in (begin, end, before, after, broken))

    def of(values: Floats, which: Rows) -> Floats:
        return np.where(which >= 0, values[which], np.nan)

    contact_s, off_s = of(seen.initial_s, before), of(seen.off_s, after)
    whole = (after >= 0) & (before >= 0) & ~broken
    stride = np.where(whole, after, -1)
    yaw = np.concatenate(([0.0], np.cumsum(np.nan_to_num(gyr[:, 2])))) / rate_hz
    on_floor_deg = yaw[found.exit[end]] - yaw[found.entry[begin]]
    moved = found.moves
    length_m = of(np.hypot(moved.displacement_m[:, 0], moved.displacement_m[:, 1]), stride)
    time_s = np.append(contact_s[1:] - contact_s[:-1], np.nan)
    heel_rise_s = of(seen.heel_rise_s, after)
    stillest = np.where(before >= 0, found.entry[begin], found.exit[end])
    table = FootStrides(
        mid_s=stillest / rate_hz,
        flat_s=of(seen.flat_s, before),
        contact_deg=of(seen.initial_deg, before),
        off_deg=of(seen.off_deg, after),
        length_m=length_m,
        rise_m=of(moved.displacement_m[:, 2], stride),
        lift_m=of(moved.lift_m, stride),
        turn_deg=np.where(broken, np.nan, of(moved.turn_deg, stride) + on_floor_deg),
        speed_mps=length_m / time_s,
    )
    return stances(foot, contact_s, off_s, heel_rise_s, broken=broken), table


def _turns(feet: list[tuple[Stances, FootStrides]]) -> Floats:
    """Turns of the walk [m,3]: those of both feet that overlap are one, their angle is the mean."""
    spans = []
    for one, strides in feet:
        if len(one):
            end_s = np.append(one.initial_s[1:], np.nan)
            spans.append(turns_of(one.off_s, end_s, strides.turn_deg, TURNING_DEG, TURN_DEG))
    out: list[list[float]] = []
    counted: list[int] = []
    for begin_s, end_s, angle in sorted(tuple(row) for rows in spans for row in rows):
        if out and begin_s < out[-1][1] and angle * out[-1][2] > 0:
            out[-1][1] = max(out[-1][1], end_s)
            out[-1][2] += angle
            counted[-1] += 1
        else:
            out.append([begin_s, end_s, angle])
            counted.append(1)
    return np.array([[a, b, c / k] for (a, b, c), k in zip(out, counted, strict=True)]).reshape(-1, 3)
