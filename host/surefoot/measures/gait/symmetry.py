# SPDX-License-Identifier: MIT
"""How alike left and right are, and how evenly their steps alternate. Arrays of groups [g] in, ratios out."""

from __future__ import annotations

import numpy as np

from surefoot.measures.gait.values import Floats


def symmetry_index(left: Floats, right: Floats) -> Floats:
    """|L - R| / ((L + R) / 2), 0 is alike (Robinson 1987)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.abs(left - right) / ((left + right) / 2)


def gait_asymmetry_pct(left_s: Floats, right_s: Floats) -> Floats:
    """100 |ln(short / long)| of the mean swing times (Plotnik 2007, 10.1007/s00221-007-0955-7)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return 100 * np.abs(np.log(left_s / right_s))


def phases_deg(stride_s: Floats, step_s: Floats) -> Floats:
    """When in each stride the other foot lands, 180 is half way. `step_s`: from there to the end of the stride."""
    return 360 * (1 - step_s / stride_s)
