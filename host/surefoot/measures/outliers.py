# SPDX-License-Identifier: MIT
"""Outlier excursions: whether a path now and then breaks out of what its own spread explains."""

import numpy as np

EXPECTED_SHARE = 0.05
NO_ELLIPSE = "A path along one line has no ellipse to break out of."


def outlier_ratio(real: np.ndarray, radius2: float) -> float | str:
    """Share of points [n, 2] outside their own 95 % prediction ellipse, over the 5 % that normal sway would have.

    `radius2`: the squared Mahalanobis radius of the ellipse. 1 is normal sway, above 1 a path with excursions that its
    spread doesn't explain, 0 a circle. Our own measure: it says how far the ellipse's assumption holds.
    """
    x, y = (real - real.mean(axis=0)).T
    (xx, xy), (_, yy) = covariance(real).tolist()
    determinant = xx * yy - xy * xy
    if determinant <= 1e-12 * xx * yy:
        return NO_ELLIPSE
    squared = (yy / determinant) * x * x - (2 * xy / determinant) * x * y + (xx / determinant) * y * y
    return float(np.count_nonzero(squared > radius2)) / len(real) / EXPECTED_SHARE


def covariance(real: np.ndarray) -> np.ndarray:
    """The covariance [k, k] of the columns of [n, k], divided by n - 1."""
    off = real - real.mean(axis=0)
    return off.T @ off / (len(real) - 1)
