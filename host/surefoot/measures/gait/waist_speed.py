# SPDX-License-Identifier: MIT
"""Step length from how far a waist goes up and down: the inverted pendulum, and one person's factor for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait.values import Floats
from surefoot.measures.gait.waist_axes import Level
from surefoot.measures.gait.waist_contacts import LONGEST_STEP_S, Steps
from surefoot.measures.gait.waist_signals import filtered

BY = "inverted pendulum"
MOSTLY_SLOW = 0.5  # share of slow steps above which no speed is told: a mean of the quick ones alone is none (D)
USUAL_FACTOR = 1.25  # Zijlstra & Hof 2003, 10.1016/S0966-6362(02)00190-X: a foot rolls on while the pendulum ends
RELIABLE_MPS = 0.5  # slower, a waist's speed is not reliable (Mico-Amigo 2023, 10.1186/s12984-023-01198-5)
ERROR_MPS = (0.10, 0.06)  # mean error of a waist's speed: uncalibrated, after one measured walk
QUICK_MPS = 1.2  # told by the usual factor: from here on walkers of over 1.4 m/s are among them, told 0.17 too slow (D)
RISE_HZ = (0.4, 10.0)  # below, the integral is drift; no walk has slower steps that a length can be told of (D)
FACTORS = (0.7, 2.5)  # a factor outside says that distance, leg or walk is wrong (D)
LEGS_M = (0.4, 1.3)


def rises_m(found: Steps, level: Level, rate_hz: float) -> Floats:
    """How far [n] m the body goes up and down from each step to the next; NaN where no next one follows."""
    out = np.full(len(found), np.nan)
    for part in level.stretches:
        mine = np.flatnonzero((found.row >= part.start) & (found.row < part.stop))
        if len(mine) < 2:
            continue
        speed = filtered(np.cumsum(filtered(level.rise_ms2[part], rate_hz, *RISE_HZ)) / rate_hz, rate_hz, *RISE_HZ)
        height = filtered(np.cumsum(speed) / rate_hz, rate_hz, *RISE_HZ)
        rows = found.row[mine].astype(int) - part.start
        span = np.maximum.reduceat(height, rows)[:-1] - np.minimum.reduceat(height, rows)[:-1]
        out[mine[:-1]] = np.where(follows(found, rate_hz)[mine[:-1]], span, np.nan)
    return out


def follows(found: Steps, rate_hz: float) -> npt.NDArray[np.bool_]:
    """Whether the next step [n] is the other foot's, of the same chain, and soon enough."""
    if not len(found):
        return np.zeros(0, bool)
    near = (np.diff(found.chain) == 0) & ~found.again[1:] & (np.diff(found.row) <= LONGEST_STEP_S * rate_hz)
    return np.append(near, False)


def pendulum_m(rise_m: npt.ArrayLike, leg_m: float, factor: float = USUAL_FACTOR) -> Floats:
    """Step length factor x 2 sqrt(2 l h - h^2) of a leg l whose upper end rises by h (Zijlstra & Hof 2003).

    MeasureError for a leg that isn't given in metres.
    """
    if not LEGS_M[0] <= leg_m <= LEGS_M[1]:
        raise MeasureError(f"A leg of {leg_m:g} m can't be used: measure from the hip's bone to the floor, in metres.")
    rise = np.clip(np.asarray(rise_m, float), 0, leg_m)
    return factor * 2 * np.sqrt(2 * leg_m * rise - rise**2)


def factor_of(rise_m: npt.ArrayLike, leg_m: float, distance_m: float) -> float:
    """One person's factor, from the rises [n] of all steps of a walk over a measured distance.

    Steps whose rise is NaN count as the others' mean. MeasureError where too few are known or the factor is not one.
    """
    raw = pendulum_m(rise_m, leg_m, 1.0)
    known = raw[np.isfinite(raw)]
    if len(known) < 8 or len(known) < 0.8 * len(raw):
        raise MeasureError(
            f"Only {len(known)} of {len(raw)} steps of the measured walk are known: walk 10 m or more, straight on."
        )
    factor = distance_m / (float(known.mean()) * len(raw))
    if not FACTORS[0] <= factor <= FACTORS[1]:
        raise MeasureError(
            f"The measured distance of {distance_m:g} m would make the factor {factor:.2f}, and people have"
            f" {FACTORS[0]:g} to {FACTORS[1]:g}: check distance and leg, and that only this walk was counted."
        )
    return factor


SLOW = "A waist's speed is not reliable below 0.5 m/s, so of this walk it tells the cadence only."


def speed_words(speed_mps: float, calibrated: bool) -> str:
    """What may be said of a waist's speed: its mean error, how it errs, or that it is not reliable."""
    if not np.isfinite(speed_mps):
        return "not known"
    if speed_mps < RELIABLE_MPS:
        return "not reliable: below 0.5 m/s a waist tells cadence only"
    quick = (
        ", more of quick walking, which is mostly told too slow" if speed_mps >= QUICK_MPS and not calibrated else ""
    )
    return f"mean error {ERROR_MPS[1 if calibrated else 0]:.2f} m/s{quick}"
