# SPDX-License-Identifier: MIT
"""Forces and moments of a force plate to its centre of pressure, and two feet to one. Pure: arrays in, arrays out.

A right-handed frame in the plate, its z along the force that it reads as positive. The point (x, y, az0) of the surface
where the force acts has the moment Mx = y Fz - az0 Fy, My = az0 Fx - x Fz, so x = (az0 Fx - My) / Fz and
y = (az0 Fy + Mx) / Fz. Kistler's formulas are these, with az0 negative since its z points down, y forward and x to the
left; AMTI's z points down too. With forces and moments of the ground on the person instead (all signs turned), nothing
changes. az0 includes the thickness of whatever lies on the plate.
"""

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.load import ABSENT_SHARE, LOADED_SHARE, WEIGHT_N

USUAL_N = (200.0, 1500.0)


def plate_cop_m(force_n: np.ndarray, moment_nm: np.ndarray, az0_m: float = 0.0) -> np.ndarray:
    """Centre of pressure [n, 2] (x, y of the plate) in m from force [n, 3] in N and moment [n, 2 or 3] in N m.

    Rows with less than a fifth of the usual load are NaN: there the quotient is noise.
    """
    fx, fy, fz = np.asarray(force_n, dtype=float).T
    mx, my = np.asarray(moment_nm, dtype=float).T[:2]
    with np.errstate(divide="ignore", invalid="ignore"):
        cop_m = np.column_stack(((az0_m * fx - my) / fz, (az0_m * fy + mx) / fz))
    cop_m[_unloaded(fz)] = np.nan
    return cop_m


def net_of_feet_m(foot_cop_m: np.ndarray, foot_force_n: np.ndarray) -> np.ndarray:
    """Net centre of pressure [n, 2] of each foot's [n, 2 feet, 2], in one frame, weighted by their force [n, 2]."""
    force_n = np.abs(np.asarray(foot_force_n, dtype=float))
    total_n = force_n.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        net_m = np.einsum("nf,nfk->nk", force_n, np.asarray(foot_cop_m, dtype=float)) / total_n[:, None]
    net_m[_unloaded(total_n)] = np.nan
    return net_m


def _unloaded(force_n: np.ndarray) -> np.ndarray:
    """Rows in which nobody stands there, bool [n]."""
    size = np.abs(force_n)
    real = size[np.isfinite(size)]
    usual = float(np.median(real)) if len(real) else 0.0
    return ~(size >= max(LOADED_SHARE * usual, np.finfo(float).tiny))


def weight(force_n: np.ndarray) -> tuple[float, list[str]]:
    """Weight in N of the vertical force [n], and a warning if it is unusual; MeasureError if it is no person's."""
    real = force_n[np.isfinite(force_n)]
    weight_n = abs(float(np.median(real))) if len(real) else 0.0
    low, high = WEIGHT_N
    if not low <= weight_n <= high:
        guess = "nobody stands on the plate"
        if weight_n > high:
            guess = "this looks like a wrong unit, or raw counts"
        elif USUAL_N[0] <= weight_n * 1e3 <= USUAL_N[1]:
            guess = "this looks like kilonewtons given as newtons"
        raise MeasureError(
            f"The vertical force is {weight_n:.3g} N ({weight_n / 9.80665:.3g} kg), which no standing person weighs:"
            f" {guess}. Check the column and its unit."
        )
    if USUAL_N[0] <= weight_n <= USUAL_N[1]:
        return weight_n, []
    guess = ", or kilograms given as newtons" if weight_n < USUAL_N[0] else ""
    return weight_n, [f"The vertical force is {weight_n:.0f} N: {weight_n / 9.80665:.0f} kg is unusual{guess}."]


def absent_foot(foot_force_n: np.ndarray) -> str | None:
    """ "left" or "right" where that foot bears next to nothing of the force [n, 2] (left, right), else None."""
    usual_n = np.abs(np.nanmedian(foot_force_n, axis=0))
    share = usual_n / max(float(usual_n.sum()), np.finfo(float).tiny)
    return next((foot for foot, own in zip(("left", "right"), share, strict=True) if not own >= ABSENT_SHARE), None)
