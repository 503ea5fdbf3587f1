# SPDX-License-Identifier: MIT
"""What white noise of the accelerometer does to the trunk's jerk, from its density, the filter and the true motion.

Jerk is linear in the squares of steps. A step is what truly happened, s, plus what the treatment H makes of white noise
w of SD sigma, so the excess over the true jerk is 2 c s'Hw + c |Hw|^2 in each axis. For normal w (moments of quadratic
forms: Searle, Linear Models, 1971, ch. 2) it has the mean c sigma^2 tr(H'H), the variance 4 c^2 sigma^2 |H's|^2 +
2 c^2 sigma^4 tr((H'H)^2), and no covariance between its two parts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from chain import HOLD_S, RATE_HZ, Held, Trial, treatment
from surefoot import measures
from surefoot.care.protocol import load_protocol
from surefoot.device.virtual.electronics import ACC_NOISE_G, Electronics
from surefoot.device.virtual.person import GRAVITY_MS2
from surefoot.device.virtual.world import World
from surefoot.measures.processing import low_pass
from surefoot.measures.trunk import REFERENCE_S

KEY = "trunk_jerk_m2ps5"
CHANCE = 1e-3  # that sound figures fail one check of `misfits`
_TREATMENT = treatment(load_protocol("quiet-stance").analysis.trunk_filter_hz)


class Jerk(NamedTuple):
    """Jerk without noise, and the mean and SD of what noise adds, all in m2/s5."""

    noiseless: float
    added: float
    sd: float


@lru_cache(maxsize=1)
def _steps_of_noise() -> tuple[np.ndarray, float, float, float]:
    """H: samples of a held trial to the steps that jerk counts; its factor c, tr(H'H) and tr((H'H)^2)."""
    filtered = low_pass(np.eye(round(HOLD_S * RATE_HZ)), RATE_HZ, _TREATMENT)
    h = np.diff(filtered[round(_TREATMENT.trim_s * RATE_HZ) :], axis=0)
    gram = h.T @ h
    return h, REFERENCE_S * RATE_HZ**2 / 2 / len(h), float(np.trace(gram)), float((gram**2).sum())


def _sigma_ms2(parts_hz: float, imu_hz: float, times: float) -> float:
    """SD of white noise at RATE_HZ as dense as that of the sensor, whose samples at imu_hz are independent."""
    return times * ACC_NOISE_G * GRAVITY_MS2 * np.sqrt(parts_hz / imu_hz * RATE_HZ)


def of_noise_m2ps5(parts_hz: float = 52.0, imu_hz: float = 104.0, times: float = 1.0) -> float:
    """Mean jerk that both axes' noise makes by itself, by default of usual parts at the rate for 100 Hz."""
    _, c, trace, _ = _steps_of_noise()
    return 2 * c * _sigma_ms2(parts_hz, imu_hz, times) ** 2 * trace


def sensed_ms2(world: World, at_s: np.ndarray, imu_hz: float) -> np.ndarray:
    """Specific force [n,3] that this world's sensor would report at these times without noise.

    Its own scale, mounting and bias, and the line between its samples; when exactly those fall makes no difference.
    """
    parts: Electronics = world.electronics
    own_s = np.arange(at_s[0] - 1 / imu_hz, at_s[-1] + 1 / imu_hz, 1 / imu_hz)
    own = world.truth(own_s)["acc_ms2"] @ parts.mount.T * parts.acc_scale + parts.acc_bias_ms2
    return np.column_stack([np.interp(at_s, own_s, axis) for axis in own.T])


def expected(trial: Trial, seen: Held, times: float = 1.0) -> Jerk:
    """What the held seconds of a trial should give, where the sensor's noise is `times` what its data sheet says."""
    world, imu_hz = trial.stand.world, trial.decoded.samples["imu"].rate_hz
    sensed = sensed_ms2(world, seen.at_s, imu_hz)
    noiseless = measures.trunk_measures(sensed, RATE_HZ, _TREATMENT)[KEY]
    h, c, _, of_squares = _steps_of_noise()
    true_steps = np.diff(low_pass(sensed[:, :2], RATE_HZ, _TREATMENT)[-len(h) - 1 :], axis=0)
    parts_hz = world.electronics.imu_bandwidth_hz
    sigma = _sigma_ms2(parts_hz, imu_hz, times)
    crossed = (2 * c * sigma) ** 2 * float(((h.T @ true_steps) ** 2).sum())
    by_itself = 2 * 2 * (c * sigma**2) ** 2 * of_squares
    return Jerk(noiseless, of_noise_m2ps5(parts_hz, imu_hz, times), float(np.sqrt(crossed + by_itself)))


def misfits(z: np.ndarray) -> list[str]:
    """In which ways these are not independent draws from a standard normal: mean, spread, the furthest.

    Each check passes sound draws but for CHANCE, whatever their number.
    """
    n = len(z)
    spread_low, spread_high = stats.chi2.ppf((CHANCE / 2, 1 - CHANCE / 2), n)
    furthest = stats.norm.isf((1 - (1 - CHANCE) ** (1 / n)) / 2)
    checks = {
        "mean": abs(z.sum()) / np.sqrt(n) <= stats.norm.isf(CHANCE / 2),
        "spread": spread_low <= (z**2).sum() <= spread_high,
        "furthest": np.abs(z).max() <= furthest,
    }
    return [name for name, good in checks.items() if not good]
