# SPDX-License-Identifier: MIT
"""What sensors make of the truth: noise, offsets, a sensor strapped on crookedly, lost rows."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.movers.dice import Dice

NO_LOAD_N = 3.0  # a foot that presses less has no centre of pressure
WORST_MISPLACEMENT_DEG = 20.0


@dataclass(frozen=True, eq=False)
class Arrays:
    """Rows of a recording: force [n,2] N, CoP [n,2,2] m, specific force [n,3] m/s2, rate [n,3] deg/s; lost is NaN."""

    foot_force_n: np.ndarray
    foot_cop_m: np.ndarray
    acc_ms2: np.ndarray
    gyr_dps: np.ndarray


@dataclass(frozen=True)
class Sensing:
    """Faults of the instruments; all are nought by default. `misplaced_deg`: pitch, roll, yaw of the sensor."""

    seed: int = 0
    misplaced_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    acc_noise_ms2: float = 0.0
    acc_offset_ms2: float = 0.0
    gyr_noise_dps: float = 0.0
    gyr_offset_dps: float = 0.0
    force_noise_n: float = 0.0
    force_gain_share: float = 0.0  # spread of each foot's own gain
    force_zero_n: float = 0.0  # what a foot in the air still shows, up to this
    cop_noise_m: float = 0.0
    lost_share: float = 0.0
    lost_run_rows: int = 8  # longest gap


def drawn(dice: Dice) -> Sensing:
    """Sensors as they come: noise of the parts, misplaced by up to 20 degrees, up to 2 % of rows lost."""
    worst = WORST_MISPLACEMENT_DEG
    return Sensing(
        seed=dice.count(0, 2**31),
        misplaced_deg=(dice.spread(worst), dice.spread(worst), dice.spread(worst)),
        acc_noise_ms2=dice.between(0.005, 0.03),
        acc_offset_ms2=dice.between(0.0, 0.15),
        gyr_noise_dps=dice.between(0.03, 0.2),
        gyr_offset_dps=dice.between(0.0, 0.8),
        force_noise_n=dice.between(0.5, 3.0),
        force_gain_share=dice.between(0.0, 0.06),
        force_zero_n=dice.between(0.0, 6.0),
        cop_noise_m=dice.between(0.0002, 0.0015),
        lost_share=dice.between(0.0, 0.02),
    )


def misplacement(pitch_deg: float, roll_deg: float, yaw_deg: float) -> np.ndarray:
    """Matrix [3,3] from trunk axes to those of a sensor that leans forward, leans right, and is turned left."""
    (cp, cr, cy), (sp, sr, sy) = (f(np.radians((pitch_deg, roll_deg, yaw_deg))) for f in (np.cos, np.sin))
    about_up = np.array(((cy, sy, 0), (-sy, cy, 0), (0, 0, 1)))
    about_right = np.array(((1, 0, 0), (0, cp, -sp), (0, sp, cp)))
    about_forward = np.array(((cr, 0, -sr), (0, 1, 0), (sr, 0, cr)))
    return about_forward @ about_right @ about_up


def sensed(true: Arrays, how: Sensing) -> Arrays:
    """The rows as the instruments give them. Noise differs from call to call only by its seed."""
    rng = np.random.default_rng([how.seed, *b"sensing"])
    n = len(true.acc_ms2)
    turn = misplacement(*how.misplaced_deg)
    acc = true.acc_ms2 @ turn.T + how.acc_offset_ms2 * rng.uniform(-1, 1, 3)
    gyr = true.gyr_dps @ turn.T + how.gyr_offset_dps * rng.uniform(-1, 1, 3)
    acc = acc + how.acc_noise_ms2 * rng.standard_normal((n, 3))
    gyr = gyr + how.gyr_noise_dps * rng.standard_normal((n, 3))
    gain = 1 + how.force_gain_share * np.clip(rng.standard_normal(2), -2, 2)
    force = true.foot_force_n * gain + how.force_zero_n * rng.uniform(0, 1, 2)
    force = np.maximum(force + how.force_noise_n * rng.standard_normal((n, 2)), 0)
    # The fewer newtons press, the less is known of where.
    light = np.sqrt(200 / np.maximum(true.foot_force_n, 5))
    cop = true.foot_cop_m + how.cop_noise_m * light[..., None] * rng.standard_normal((n, 2, 2))
    cop[true.foot_force_n < NO_LOAD_N] = np.nan
    # Cells and IMU are streams of their own and lose rows of their own.
    for columns in ((force, cop), (acc, gyr)):
        rows = _lost(rng, n, how)
        for values in columns:
            values[rows] = np.nan
    return Arrays(force, cop, acc, gyr)


def _lost(rng: np.random.Generator, n: int, how: Sensing) -> np.ndarray:
    rows = np.zeros(n, bool)
    while how.lost_share and rows.sum() < how.lost_share * n:
        first = int(rng.integers(n))
        rows[first : first + int(rng.integers(1, how.lost_run_rows + 1))] = True
    return rows
