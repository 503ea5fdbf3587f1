# SPDX-License-Identifier: MIT
"""The weight on the feet: its share, symmetry and shifting, and whether it can be a person's."""

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.processing import COP, Measured, Processing, prepare
from surefoot.measures.table import to_table

LOADED_SHARE = 0.2  # of the usual load: with less on both feet together the person is off them
ABSENT_SHARE = 0.02
WEIGHT_N = (100.0, 3500.0)  # about 10 to 350 kg
FEET = ("left", "right")


def load_measures(foot_force_n: np.ndarray, rate_hz: float, processing: Processing = COP) -> Measured:
    """Share of the weight on the left foot, how much it shifts, its symmetry, and the weight itself, from each foot's
    force [n, 2] (left, right) in N.

    Samples with less than a fifth of the usual load in all have no share and count as lost. The scale cancels out of
    all but the weight, so forces of an uncalibrated board will do; a weight that no person has isn't reported.
    """
    force_n = np.asarray(foot_force_n, dtype=float)
    if force_n.ndim != 2 or force_n.shape[1] != 2:
        raise MeasureError(f"The forces of the feet have the shape {list(force_n.shape)}: give an array of [n, 2].")
    for foot, name in enumerate(FEET):
        if len(force_n) and not np.isfinite(force_n[:, foot]).any() and np.isfinite(force_n[:, 1 - foot]).any():
            raise MeasureError(
                f"All of the {name} foot's force is lost, so there is no share of the weight: look at its insole and"
                " record the trial again."
            )
    total_n = force_n.sum(axis=1)
    share = np.full((len(force_n), 1), np.nan)
    real_n = total_n[np.isfinite(total_n)]
    usual_n = float(np.median(real_n)) if len(real_n) else 0.0
    np.divide(force_n[:, 0], total_n, out=share[:, 0], where=(total_n > 0) & (total_n >= LOADED_SHARE * usual_n))
    signal = prepare(share, rate_hz, processing, 1, "load on the feet")
    mean = float(signal.real.mean())
    both: float | str = abs(2 * mean - 1)
    if not ABSENT_SHARE <= mean <= 1 - ABSENT_SHARE:
        name = FEET[mean > 0.5]
        both = (
            f"The {name} foot carries next to nothing, so there is no symmetry: one leg, or an insole that isn't read."
        )
    weight: float | str = usual_n
    if not WEIGHT_N[0] <= usual_n <= WEIGHT_N[1]:
        weight = f"A weight of {usual_n:.3g} N is no person's: look at the unit of the forces and at the calibration."
    return to_table(
        {
            "load_left_share": mean,
            "load_shift_share": float(signal.real.std()),
            "load_asymmetry": both,
            "load_weight_n": weight,
        },
        signal,
    )


def weight_distribution_index(load_n: np.ndarray) -> float:
    """How unevenly k supports carry the weight, in percent: RMS over the supports of (share - 1/k).

    load_n [n, k] or [k] in any unit; the index is that of the mean load. With four (heel and forefoot of both feet) it
    is the index of Kohen-Raz 1991; with two, the distance of the left share from half. MeasureError for a load that
    isn't there.
    """
    loads = np.atleast_2d(np.asarray(load_n, dtype=float))
    real = loads[np.isfinite(loads).all(axis=1)]
    mean = real.mean(axis=0) if len(real) else np.zeros(0)
    if len(mean) < 2 or not (mean >= 0).all() or mean.sum() <= 0:
        raise MeasureError(
            f"No weight distribution of loads {np.round(mean, 3).tolist()}: give two or more, 0 or above, not all 0."
        )
    return float(100 * np.sqrt(((mean / mean.sum() - 1 / len(mean)) ** 2).mean()))
