# SPDX-License-Identifier: MIT
"""A calibration session on the virtual instruments: a person leans slowly through known places of each foot."""

from typing import NamedTuple

import numpy as np

from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual.person import GRAVITY_MS2
from surefoot.device.virtual.world import World


class CalibrationRun(NamedTuple):
    """What a session yields: counts uint16 [n,16]; CoP [n,2,2] m and load [n,2] N of each foot, as far as known."""

    counts: np.ndarray
    foot_cop_m: np.ndarray
    foot_force_n: np.ndarray


def calibration_run(
    world: World,
    duration_s: float = 120.0,
    rate_hz: float = 100.0,
    *,
    place_error_m: float = 0.0,
    force_error_share: float = 0.0,
    stance: bool = False,
    seed: int = 0,
) -> CalibrationRun:
    """Counts with known foot CoP (foot frame) and load, straight from the world's soles and parts.

    The CoP wanders over each foot's middle (AP -0.26 to +0.20 of the insole, ML +-8 mm; with `stance` only the +-25 by
    +-5 mm about rest that standing uses) while load moves between 10 and 90 % of body weight. `place_error_m` and
    `force_error_share` are standard deviations of one constant error per mark and per foot: no plank is exact.
    """
    rng = np.random.default_rng([seed, *b"leans"])
    n = round(duration_s * rate_hz)
    t = np.arange(n) / rate_hz
    person = world.person
    length = person.insole_length_m
    right = 0.5 + 0.4 * np.sin(2 * np.pi * t / 23.0)
    weight = person.mass_kg * GRAVITY_MS2
    force = weight * np.stack((1 - right, right), 1)
    # Periods without a common multiple fill the rectangle instead of retracing one line.
    ap = np.stack((np.sin(2 * np.pi * t / 17.3), np.sin(2 * np.pi * t / 17.3 + 0.9)), 1)
    ml = np.stack((np.sin(2 * np.pi * t / 7.1), np.sin(2 * np.pi * t / 7.1 + 1.7)), 1)
    if stance:
        cop = person.rest_cop_m + np.stack((0.005 * ml, 0.025 * ap), -1)
    else:
        cop = np.stack((0.008 * ml, (-0.03 + 0.23 * ap) * length), -1)
    noise = np.random.Generator(np.random.Philox(key=[seed, 2**63])).standard_normal((n, 16))
    counts = instruments.cell_counts(world.electronics, world.cell_force_n(cop, force), noise)
    known = cop + _mark_error(cop, place_error_m, rng)
    return CalibrationRun(counts, known, force * (1 + force_error_share * rng.standard_normal(2)))


def _mark_error(cop_m: np.ndarray, place_error_m: float, rng: np.random.Generator) -> np.ndarray:
    """An error that is linear between three marks along each foot, each of which is off by its own amount."""
    marks = np.linspace(-0.07, 0.05, 3)
    out = np.zeros_like(cop_m)
    for side in (0, 1):
        for axis in (0, 1):
            off = place_error_m * rng.standard_normal(3)
            out[:, side, axis] = np.interp(cop_m[:, side, 1], marks, off)
    return out
