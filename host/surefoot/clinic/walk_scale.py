# SPDX-License-Identifier: MIT
"""The insoles beside a bathroom scale: ten seconds of quiet standing, weighed, and what comes of it in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.care.cueing import OFF_SHARE
from surefoot.errors import MeasureError
from surefoot.physics import GRAVITY_MS2

STAND_S = 10.0
SHORTEST_S = 8.0  # of it that has to have arrived
KG = (25.0, 250.0)  # of a person with clothes and shoes
SWAYED_SHARE = 0.05  # SD of the whole load over its mean: more is no quiet standing
FOOT_SHARE = 0.2  # of the load on either foot at the least
NOBODY_N = 50.0


@dataclass(frozen=True)
class Stood:
    """What both insoles bore in N, and the share of it on the left one."""

    insole_n: float
    left_share: float


def scale_n(scale_kg: float) -> float:
    """What a scale's kilograms weigh. Raises MeasureError for what no person weighs."""
    if not KG[0] <= scale_kg <= KG[1]:
        raise MeasureError(
            f"{scale_kg:g} kg is no weight of a person ({KG[0]:g} to {KG[1]:g}): read the scale in kilograms, with"
            " shoes and device on."
        )
    return scale_kg * GRAVITY_MS2


def weigh(foot_force_n: npt.ArrayLike, rate_hz: float) -> Stood:
    """Of forces of both feet [n,2] in N; a row that was lost is NaN. MeasureError: too short, moving, on one foot."""
    force = np.asarray(foot_force_n, float)
    force = force[np.isfinite(force).all(axis=1)]
    if len(force) < SHORTEST_S * rate_hz:
        raise MeasureError(
            f"Only {len(force) / rate_hz:.1f} s arrived of {STAND_S:g}: plug both insoles in, then stand again."
        )
    total = force.sum(axis=1)
    whole = float(total.mean())
    if whole < NOBODY_N:
        raise MeasureError("Nobody stands on the insoles: plug both in, put the shoes on, stand on both feet.")
    left = float(force[:, 0].mean()) / whole
    for side, share in (("left", left), ("right", 1 - left)):
        if share < FOOT_SHARE:
            raise MeasureError(
                f"Only {max(share, 0):.0%} of the load is on the {side} foot: stand on both feet, and see that the"
                f" {side} insole is plugged in."
            )
    if total.std() > SWAYED_SHARE * whole:
        raise MeasureError(
            f"That was no quiet standing (the load went to and fro by {total.std() / whole:.0%}): hold nothing, stand"
            " still for ten seconds, then again."
        )
    return Stood(whole, left)


def words(stood: Stood, scale: float) -> str:
    """The share of the scale that the insoles show, and what to do where that is too far off."""
    off = stood.insole_n / scale - 1
    shows = (
        f"The insoles show {stood.insole_n / scale:.0%} of the scale ({stood.insole_n:.0f} N of {scale:.0f} N),"
        f" {stood.left_share:.0%} of it on the left foot"
    )
    if abs(off) <= OFF_SHARE:
        return f"{shows}: within {OFF_SHARE:.0%}. For a day this will do for a cued walk on this board."
    return (
        f"{shows}: {abs(off):.0%} off, and {OFF_SHARE:.0%} are allowed. Calibrate the insoles (`surefoot calibrate"
        " insole`), then check again; until then nobody is cued on this board."
    )
