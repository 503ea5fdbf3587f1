# SPDX-License-Identifier: MIT
"""Means and spreads of strides by group (a bout, or all of a walk), all groups at once; NaN is left out."""

from __future__ import annotations

import numpy as np

from surefoot.measures.gait.strides import Numbers
from surefoot.measures.gait.values import Floats


def means(values: Floats, group: Numbers, groups: int) -> tuple[Floats, Numbers]:
    """Mean of each group's known values [groups] and how many those are; `group` [n] is 0 to groups - 1."""
    known = np.isfinite(values)
    count = np.bincount(group[known], minlength=groups)
    total = np.bincount(group[known], values[known], minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count, count


def spreads(
    values: Floats, foot: Numbers, unit: Numbers, group: Numbers, groups: int, feet: int
) -> tuple[Floats, Floats, Numbers]:
    """SD from stride to stride and mean of each group [groups], and how many strides tell of it.

    About the mean of each foot in each `unit` (bout), so that walking faster in another bout is no variability:
    var = SS / (n - units), of each foot; SD = sqrt((var_left + var_right) / 2). The mean is of the same strides. Of
    two `feet` the count is twice that of the one with fewer.
    """
    known = np.isfinite(values)
    values, foot, unit, group = values[known], foot[known], unit[known], group[known]
    _, code, sizes = np.unique(2 * unit + foot, return_inverse=True, return_counts=True)
    told = sizes[code] > 1
    values, foot, group, code = values[told], foot[told], group[told], code[told]
    centre = np.bincount(code, values, minlength=len(sizes)) / sizes if len(sizes) else values
    place = 2 * group + foot
    count = np.bincount(place, minlength=2 * groups)
    free = np.bincount(place, 1 - 1 / sizes[code], minlength=2 * groups)
    squares = np.bincount(place, (values - centre[code]) ** 2, minlength=2 * groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (squares / free).reshape(groups, 2)
        mean = np.bincount(group, values, minlength=groups) / np.bincount(group, minlength=groups)
    count = count.reshape(groups, 2)
    if feet == 2:
        return np.sqrt(variance.mean(axis=1)), mean, 2 * count.min(axis=1)
    return np.sqrt(np.where(count > 0, variance, 0).sum(axis=1)), mean, count.sum(axis=1)
