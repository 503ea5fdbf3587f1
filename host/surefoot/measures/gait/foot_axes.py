# SPDX-License-Identifier: MIT
"""Which way a sensor sits on a foot, from how the foot stands, swings and gets on; and faults of what it gave.

Up is where gravity is felt while the foot rests, right is about what it swings, and forward is where it gets to. Any
mounting will do, so long as it doesn't slip. A person who only walks backward is taken to walk forward.
"""

from __future__ import annotations

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.gait.foot_rests import centred, squared
from surefoot.measures.gait.foot_strapdown import Floats, Rows, gravity_at
from surefoot.measures.processing import STILL
from surefoot.physics import GRAVITY_MS2

MIN_RATE_HZ = 50.0
GRAVITY_RANGE_MS2 = (8.8, 10.8)
WALKING_DPS = 15.0  # a foot that walks, however slowly, turns faster; in rad/s it never does
SHAKEN_MS2 = 3.0
WORN_DPS = 4000.0  # no foot turns faster
SWING_DPS = 50.0
STANDING_S, STANDING_DPS = 1.0, 1.5  # sway of a foot that stands, and the noise of a gyroscope, are less
MOST_BIAS_DPS = 20.0
SWINGS_ABOUT = 0.65  # share of a foot's level turning that is about one axis, from which on that one is named
SAME_WAY = 0.3  # of the way that a foot moves in all: less of it on, and forward is not known
OUT_DEG = 35.0  # more than a foot is turned out or in
SLIPPED_DEG = 15.0


def gravity_of(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, foot: str) -> float:
    """What the sensor reads for gravity where it turns least, m/s2, of acc and gyr [n,3], NaN rows lost.

    MeasureError where that, or the turning, is no foot's.
    """
    known = np.isfinite(acc_ms2[:, 0])
    size = np.sqrt(squared(acc_ms2))
    square = squared(gyr_dps)
    if max(np.ptp(acc_ms2[known], axis=0).max(), np.ptp(gyr_dps[known], axis=0).max()) < STILL:
        raise MeasureError(f"The {foot} foot's sensor gave the same values all the time: check its cable and repeat.")
    half = max(round(0.05 * rate_hz), 1)
    calm = centred(square, half)
    mean = np.sqrt(sum(centred(acc_ms2[:, axis], half) ** 2 for axis in range(3)))
    seen = np.isfinite(calm)
    if not seen.any():
        raise MeasureError(f"The {foot} foot's sensor gave nothing of {2 * half + 1} rows in a row: check its link.")
    gravity = float(np.median(mean[seen & (calm <= np.percentile(calm[seen], 15))]))
    if not GRAVITY_RANGE_MS2[0] <= gravity <= GRAVITY_RANGE_MS2[1]:
        guess = "check the sensor's range and calibration"
        if 0.8 <= gravity <= 1.2:
            guess = "this looks like g given as m/s2"
        elif 80 <= gravity <= 110:
            guess = "this looks like m/s2 taken for g"
        elif 800 <= gravity <= 1200:
            guess = "this looks like thousandths of g"
        raise MeasureError(f"The {foot} foot's acceleration at rest is {gravity:.3g} m/s2 and not about 9.8: {guess}.")
    fast = float(np.sqrt(np.percentile(square[known], 99.5)))
    shaken = float(np.percentile(np.abs(size[known] - gravity), 99.5))
    if fast < WALKING_DPS and shaken > SHAKEN_MS2:
        raise MeasureError(
            f"The {foot} foot's gyroscope reads {fast:.2g} degrees per second at most while the foot is shaken: this"
            " looks like rad/s given as degrees per second, or a foot in a vehicle."
        )
    if fast > WORN_DPS:
        raise MeasureError(
            f"The {foot} foot's gyroscope reads {fast:.0f} degrees per second: this looks like degrees taken for"
            " radians; check its unit."
        )
    return gravity


def axes_of(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, rests: Rows) -> tuple[Floats, float]:
    """The foot's axes (right, forward, up) as rows [3,3] in the sensor's, right and forward perhaps both reversed;
    and the share of the turning that is about right. `rests`: rows at which it rests, with no NaN around."""
    felt = gravity_at(acc_ms2, rate_hz, rests)
    up = np.median(felt, axis=0)
    up /= np.linalg.norm(up)
    fast = squared(gyr_dps) > SWING_DPS**2  # no NaN is
    turning = gyr_dps[fast]
    turning = turning - np.outer(turning @ up, up)
    spread, along = np.linalg.eigh(turning.T @ turning)
    right = along[:, 2] - up * (along[:, 2] @ up)
    if not np.isfinite(right).all() or np.linalg.norm(right) < 0.5 or spread[2] <= 0:
        right = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
        spread = np.array((0.0, 1.0, 1.0))
    right /= np.linalg.norm(right)
    axes = np.array((right, np.cross(up, right), up), dtype=float)
    return axes, float(spread[2] / spread.sum())


def forward_of(displacement_m: Floats, about: float, foot: str) -> tuple[float, list[str]]:
    """By how much the axes of `axes_of` must be turned about up (deg, left positive) to look forward, and what to say;
    NaN where that can't be told.

    `displacement_m` [s,3] of the foot's swings in those axes; `about`, the share that `axes_of` gave.
    """
    level = displacement_m[:, :2]
    sizes = np.hypot(level[:, 0], level[:, 1])
    on = level.sum(axis=0)
    if np.hypot(*on) < SAME_WAY * sizes.sum():
        return np.nan, [
            f"The {foot} foot doesn't get on one way, so which way its sensor looks can't be told: no angles."
        ]
    ahead_deg = float(np.degrees(np.arctan2(-on[0], on[1])))
    if about < SWINGS_ABOUT:
        return ahead_deg, [
            f"The {foot} foot swings about no one axis, so its sensor is taken to look where the foot gets to."
        ]
    turn_deg = 180.0 if abs(ahead_deg) > 90 else 0.0
    out_deg = abs((ahead_deg - turn_deg + 180) % 360 - 180)
    if out_deg > OUT_DEG:
        return turn_deg, [
            f"The {foot} foot gets on {out_deg:.0f} degrees away from where it swings: its angles may be wrong, by a"
            " gait out to the side or a sensor that slips."
        ]
    return turn_deg, []


def turned(values: Floats, turn_deg: float) -> Floats:
    """Vectors [n,3] in axes that are turned about up by `turn_deg`, left positive."""
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    return values @ np.array(((cos, sin, 0.0), (-sin, cos, 0.0), (0.0, 0.0, 1.0))).T


def standing_dps(gyr_dps: Floats, rate_hz: float) -> Floats:
    """What the gyroscope reads [3] while the foot stands still for a second, its bias; zero where it never does.

    Not from the rests of a walk: a foot on the floor rolls and turns a little, always the same way.
    """
    half = max(round(STANDING_S * rate_hz / 2), 1)
    mean = np.stack([centred(gyr_dps[:, axis], half) for axis in range(3)])
    spread = centred(squared(gyr_dps), half) - (mean**2).sum(axis=0)
    still = spread < STANDING_DPS**2  # no NaN is
    still &= (mean**2).sum(axis=0) < MOST_BIAS_DPS**2
    return np.median(mean[:, still], axis=1) if still.any() else np.zeros(3)


def slipped_deg(acc_ms2: Floats, rate_hz: float, rests: Rows) -> float:
    """How far up has moved in the sensor's axes from the first to the last third of its rests [r]."""
    third = len(rests) // 3
    if third < 3:
        return 0.0
    felt = gravity_at(acc_ms2, rate_hz, rests)
    first, last = np.median(felt[:third], axis=0), np.median(felt[-third:], axis=0)
    cosine = first @ last / (np.linalg.norm(first) * np.linalg.norm(last))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def scaled(acc_ms2: Floats, gravity_ms2: float) -> Floats:
    """Specific force such that the sensor's own rest reads standard gravity."""
    return acc_ms2 * (GRAVITY_MS2 / gravity_ms2)
