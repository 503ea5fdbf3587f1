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
    off = real - real.mean(axis=0)
    covariance = np.cov(off.T)
    determinant = float(covariance[0, 0] * covariance[1, 1] - covariance[0, 1] ** 2)
    if determinant <= 1e-12 * float(covariance[0, 0] * covariance[1, 1]):
        return NO_ELLIPSE
    x, y = off.T
    squared = (covariance[1, 1] * x * x - 2 * covariance[0, 1] * x * y + covariance[0, 0] * y * y) / determinant
    return float(np.count_nonzero(squared > radius2)) / len(real) / EXPECTED_SHARE
