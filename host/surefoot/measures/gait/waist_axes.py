# SPDX-License-Identifier: MIT
"""Which way is up and which way is ahead for a sensor at the lower back, however it was put on.

Up is where gravity points, followed by the gyroscope through what is too quick for gravity. Ahead is the level
direction in which the body is pushed a quarter of a step before it is lifted: a walker's middle is lowest and fastest
at once (the pendulum's exchange of height and speed; Cavagna 1977, 10.1152/ajpregu.1977.233.5.R243). The direction
comes with its sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait.values import Floats
from surefoot.measures.gait.waist_signals import STEP_HZ, caught_ms2, filtered, sway
from surefoot.measures.processing import unbroken
from surefoot.physics import GRAVITY_MS2

# Our own choices (D).
MIN_RATE_HZ = 20.0
SHORTEST_S = 3.0  # of an unbroken stretch: four steps, and what the filters' ends take
LEAN_HZ = 0.15  # below, gravity tells the vertical; above, the gyroscope does: between a turn's push and a step's swing
WINDOW_S = 4.0  # some steps
AT_REST_MS2 = (8.0, 11.5)  # middle size of an acceleration that is in m/s2
MILLI_MS2 = 300.0  # a middle size above is in thousandths of a g
DECLARED = 0.7  # share of an axis: the sensor's stated axis is within 45 degrees of it
QUIET_DPS = 3.0  # a waist that walks turns by 10 to 60; a tenth of a radian in between would be 6
NEVER_DPS = 1500.0  # and never by that much in the middle
SURE_AHEAD = 0.3  # of the windows' pushes along one direction: of 100 windows chance leaves a tenth


@dataclass(frozen=True)
class Level:
    """A waist sensor's motion along level axes: columns [n], NaN where lost or in a stretch under SHORTEST_S.

    `rise_ms2` up, `ahead_ms2` and `right_ms2`: acceleration without gravity; `yaw_dps` about the vertical, left
    positive, all NaN without a gyroscope. `caught_ms2`, `sway_mps`: as in `waist_signals`. `stretches`: the unbroken
    rows. `up`, `ahead` [3]: in the sensor's axes, in the middle of the recording. `sure`: how far the pushes agree on
    where ahead is, 0 not at all, 1 wholly.
    """

    rise_ms2: Floats = field(repr=False)
    ahead_ms2: Floats = field(repr=False)
    right_ms2: Floats = field(repr=False)
    yaw_dps: Floats = field(repr=False)
    caught_ms2: Floats = field(repr=False)
    sway_mps: Floats = field(repr=False)
    stretches: tuple[slice, ...]
    up: Floats
    ahead: Floats
    sure: float
    notes: tuple[str, ...]


class Axes(NamedTuple):
    """What a whole recording says of a mounting: `up`, `ahead` [3] in the sensor's axes, how `sure` of the latter, its
    middle upward acceleration `lift_ms2`, and notes."""

    up: Floats
    ahead: Floats
    sure: float
    lift_ms2: float
    notes: tuple[str, ...]


class Seen(NamedTuple):
    """What a piece says of it: of each second `vertical` [k,3] and `rise_ms2` [k], of each window `push` [w,3] and how
    sway goes with rise, a matrix [w,3,3]."""

    vertical: Floats
    rise_ms2: Floats
    push: Floats
    sway: Floats


def checked(acc_ms2: npt.ArrayLike, gyr_dps: npt.ArrayLike | None, rate_hz: float) -> tuple[Floats, Floats | None]:
    """Both as floats [n,3]. MeasureError: shapes, rate, nothing measured, or an acceleration that isn't in m/s2."""
    acc = np.asarray(acc_ms2, float)
    gyr = None if gyr_dps is None else np.asarray(gyr_dps, float)
    for values, what in ((acc, "acceleration"), (gyr, "turning rate")):
        if values is not None and (values.ndim != 2 or values.shape != (len(acc), 3)):
            raise MeasureError(
                f"The waist {what} has the shape {list(values.shape)}: give an array of [{len(acc)}, 3]."
            )
    if not MIN_RATE_HZ <= rate_hz < np.inf:
        raise MeasureError(f"The waist sensor has a rate of {rate_hz:g} Hz: record at {MIN_RATE_HZ:g} Hz or more.")
    size = np.sqrt(np.einsum("ij,ij->i", acc, acc))
    size = size[np.isfinite(size)]
    if not len(size):
        raise MeasureError("The waist sensor gave no acceleration at all: look at its plug, or leave it out.")
    middle = float(np.median(size))
    if not AT_REST_MS2[0] <= middle <= AT_REST_MS2[1]:
        unit = " in g" if 0.8 <= middle <= 1.2 else " in thousandths of a g" if middle > MILLI_MS2 else ""
        hint = f"this looks like one{unit}" if unit else "check its unit, range and calibration"
        raise MeasureError(
            f"The waist acceleration has a middle size of {middle:.3g} and not about {GRAVITY_MS2:.1f} m/s2: {hint}."
        )
    if gyr is not None and not np.isfinite(gyr).any():
        gyr = None
    return acc, gyr


def gyroscope_note(gyr_dps: Floats | None, walking: npt.NDArray[np.bool_]) -> str:
    """What is wrong with the unit of a gyroscope [n,3] by its size on walking rows [n]; "" for nothing."""
    if gyr_dps is None or not walking.any():
        return ""
    part = gyr_dps[walking]
    turning = float(np.sqrt(np.nanmean(part**2) * 3)) if np.isfinite(part).any() else np.nan
    if turning < QUIET_DPS:
        return (
            f"The gyroscope turns by {turning:.2g} a second while walking and not by 10 to 60 degrees: this looks like"
            " rad/s given as degrees per second, so no turns are given."
        )
    if turning > NEVER_DPS:
        return f"The gyroscope turns by {turning:.3g} degrees a second while walking: check its unit."
    return ""


def seen_axes(acc_ms2: Floats, gyr_dps: Floats | None, rate_hz: float) -> Seen:
    """What acc [n,3] and gyr [n,3] or None, as from `checked`, of a piece of a recording say of the mounting."""
    vertical, stretches = _upright(acc_ms2, gyr_dps, rate_hz)
    rise = np.einsum("ij,ij->i", acc_ms2, vertical)
    some = np.flatnonzero(np.isfinite(rise))[:: max(round(rate_hz), 1)]
    if not len(some):
        return Seen(vertical[some], rise[some], np.empty((0, 3)), np.empty((0, 3, 3)))
    flat, basis = acc_ms2 - rise[:, None] * vertical, _basis(np.median(vertical[some], axis=0))
    push, swayed = _windows(rise, flat, basis, stretches, rate_hz)
    aside = swayed[:, 1] / np.sqrt(2)
    matrix = np.stack((swayed[:, 0], aside, aside, swayed[:, 2]), axis=1).reshape(-1, 2, 2)
    return Seen(vertical[some], rise[some], push @ basis.T, basis @ matrix @ basis.T)


def joined_axes(parts: Sequence[Seen]) -> Axes | None:
    """The mounting by all pieces of a recording; None where none knew it."""
    vertical, rise, pushes, sways = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if not len(rise):
        return None
    up = np.median(vertical, axis=0)
    up /= np.linalg.norm(up)
    basis = _basis(up)
    push, matrix = pushes @ basis, basis.T @ sways @ basis
    swayed = np.stack((matrix[:, 0, 0], np.sqrt(2) * matrix[:, 0, 1], matrix[:, 1, 1]), axis=1)
    ahead, sure = _ahead(push, swayed, basis)
    ahead, notes = _settled(up, ahead, sure)
    return Axes(up, ahead, sure, float(np.median(rise)), notes)


def level(acc_ms2: Floats, gyr_dps: Floats | None, rate_hz: float, axes: Axes | None = None) -> Level:
    """Level axes of a sensor at the waist; acc [n,3] and gyr [n,3] or None as from `checked`. `axes`: of the whole
    recording, where this is a piece of it."""
    n = len(acc_ms2)
    vertical, stretches = _upright(acc_ms2, gyr_dps, rate_hz)
    rise = np.einsum("ij,ij->i", acc_ms2, vertical)
    yaw = np.full(n, np.nan) if gyr_dps is None else np.einsum("ij,ij->i", gyr_dps, vertical)
    flat = acc_ms2 - rise[:, None] * vertical
    known = np.isfinite(rise)
    if not known.any():
        nothing = np.full(n, np.nan)
        return Level(
            nothing, nothing, nothing, nothing, nothing, nothing, (), np.full(3, np.nan), np.full(3, np.nan), 0.0, ()
        )
    if axes is None:
        up = np.median(vertical[known], axis=0)
        up /= np.linalg.norm(up)
        rise = rise - np.median(rise[known])
        basis = _basis(up)
        ahead, sure = _ahead(*_windows(rise, flat, basis, stretches, rate_hz), basis)
        ahead, notes = _settled(up, ahead, sure)
    else:
        up, ahead, sure, lift_ms2, notes = axes
        rise = rise - lift_ms2
    forward = ahead - (vertical @ ahead)[:, None] * vertical
    with np.errstate(invalid="ignore", divide="ignore"):
        forward /= np.sqrt(np.einsum("ij,ij->i", forward, forward))[:, None]
    along = np.einsum("ij,ij->i", flat, forward)
    across = np.einsum("ij,ij->i", flat, np.cross(forward, vertical))
    push, speed = np.full(n, np.nan), np.full(n, np.nan)
    for part in stretches:
        push[part], speed[part] = caught_ms2(rise[part], along[part], rate_hz), sway(across[part], rate_hz)
    return Level(rise, along, across, yaw, push, speed, stretches, up, ahead, sure, notes)


def _vertical(acc: Floats, gyr: Floats | None, rate_hz: float) -> Floats:
    """Unit vectors [n,3] in the sensor's axes.

    Of gravity's direction the part below LEAN_HZ is the accelerometer's, the rest the gyroscope's (d up/dt = up x w):
    a complementary filter of zero lag, written as filters of whole columns.
    """
    slow = filtered(acc, rate_hz, None, LEAN_HZ, 1)
    slow /= np.sqrt(np.einsum("ij,ij->i", slow, slow))[:, None]
    if gyr is None:
        return slow
    change = np.cross(slow, np.radians(gyr))
    # 1 - 1 / (1 + (f/f0)^2) of an integral is minus the filtered one's slope over (2 pi f0)^2.
    quick = -np.gradient(filtered(change, rate_hz, None, LEAN_HZ, 1), axis=0) * rate_hz / (2 * np.pi * LEAN_HZ) ** 2
    out = slow + quick
    return out / np.sqrt(np.einsum("ij,ij->i", out, out))[:, None]


def _upright(acc_ms2: Floats, gyr_dps: Floats | None, rate_hz: float) -> tuple[Floats, tuple[slice, ...]]:
    """Up [n,3] in the sensor's axes, NaN outside of unbroken stretches, and these."""
    both = acc_ms2 if gyr_dps is None else np.column_stack((acc_ms2, gyr_dps))
    stretches = tuple(s for s in unbroken(both) if s.stop - s.start >= SHORTEST_S * rate_hz)
    vertical = np.full((len(acc_ms2), 3), np.nan)
    for part in stretches:
        vertical[part] = _vertical(acc_ms2[part], None if gyr_dps is None else gyr_dps[part], rate_hz)
    return vertical, stretches


def _basis(up: Floats) -> Floats:
    """Two level directions [3,2]."""
    across: Floats = np.cross(up, np.eye(3)[int(np.argmin(np.abs(up)))]).astype(float)
    across /= np.linalg.norm(across)
    return np.column_stack((across, np.cross(up, across)))


def _windows(
    rise: Floats, flat: Floats, basis: Floats, stretches: tuple[slice, ...], rate_hz: float
) -> tuple[Floats, Floats]:
    """Of each window how pushes [w,2] lead the rise by a quarter of a step, and how sway's squares [w,3] go with it."""
    pushes, sways = [], []
    for part in stretches:
        plane: Floats = flat[part] @ basis
        band = filtered(np.column_stack((rise[part], plane)), rate_hz, *STEP_HZ)
        lifting, velocity = np.gradient(band[:, 0]), sway(plane, rate_hz)
        x, y = velocity.T
        square = filtered(np.column_stack((x * x, np.sqrt(2) * x * y, y * y)), rate_hz, *STEP_HZ)
        pushes.append(_together(lifting, band[:, 1:], rate_hz))
        sways.append(_together(band[:, 0], square, rate_hz))
    return np.concatenate(pushes), np.concatenate(sways)


def _ahead(push: Floats, sway_of: Floats, basis: Floats) -> tuple[Floats, float]:
    """The direction [3] in the sensor's axes, of length 1 and level, and how far windows' pushes agree with it.

    Of all level directions the one with the most of both: a push a quarter of a step before the rise, and to its side a
    sway whose velocity, squared, goes with the rise. The second has no sign, but holds where a limp lifts the body
    aside.
    """
    size = np.sqrt((push**2).sum(axis=1))
    push, sway_of = size**2 @ push, size**2 @ sway_of
    angle = np.arange(0, 2 * np.pi, np.pi / 180)
    cos, sin = np.cos(angle), np.sin(angle)
    agreed = cos * push[0] + sin * push[1]
    # Right of (cos, sin) is (sin, -cos).
    total = agreed + sin**2 * sway_of[0] - np.sqrt(2) * sin * cos * sway_of[1] + cos**2 * sway_of[2]
    best = int(np.argmax(total))
    whole = float((size**3).sum())
    return basis @ np.array((cos[best], sin[best])), float(agreed[best]) / whole if whole > 0 else 0.0


def _together(one: Floats, many: Floats, rate_hz: float) -> Floats:
    """Share of [n] and [n,k] that goes together in each window of WINDOW_S: [windows,k], of length 1 at the most."""
    width = round(WINDOW_S * rate_hz)
    count = max(len(one) // width, 1)
    used = min(count * width, len(one))
    one, many = one[:used].reshape(count, -1), many[:used].reshape(count, -1, many.shape[1])
    size = np.sqrt(np.einsum("wi,wi->w", one, one) * np.einsum("wik,wik->w", many, many))
    return np.einsum("wi,wik->wk", one, many) / np.maximum(size, 1e-12)[:, None]


def _settled(up: Floats, ahead: Floats, sure: float) -> tuple[Floats, tuple[str, ...]]:
    """Ahead [3] of length 1 and level, as stated where walking doesn't tell it, and what to say of the mounting."""
    notes = []
    axis = int(np.argmax(np.abs(up)))
    if up[2] < -DECLARED:
        notes.append("The waist sensor was worn upside down: its axes were turned back.")
    elif up[2] < DECLARED:
        sign = "-" if up[axis] < 0 else "+"
        notes.append(f"The waist sensor's {sign}{'xyz'[axis]} axis points up: its axes were turned.")
    stated = np.eye(3)[2 if axis == 1 else 1]
    stated = stated - (stated @ up) * up
    stated /= np.linalg.norm(stated)
    if sure < SURE_AHEAD:
        if notes:
            notes.append("Where ahead is could not be told from the walking: left and right may be exchanged.")
        return stated, tuple(notes)
    if not notes and float(ahead @ stated) < DECLARED:
        way = "backwards" if float(ahead @ stated) < -DECLARED else "turned about the vertical"
        notes.append(f"The waist sensor was worn {way}: the walking says where ahead is.")
    return ahead, tuple(notes)
