# SPDX-License-Identifier: MIT
"""Which samples of a recording came, as runs: for hours of them without a mark for each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def covered(index: Ints) -> Ints:
    """Runs [k,2] (first, after the last) of rising sample numbers [n]."""
    if not len(index):
        return np.empty((0, 2), np.int64)
    edge = np.flatnonzero(np.diff(index) != 1)
    return np.stack((index[np.append(0, edge + 1)], index[np.append(edge, len(index) - 1)] + 1), axis=1)


def outside_of(runs: Ints, count: int) -> Ints:
    """The holes [h,2] that runs [k,2], in any order and over one another, leave of numbers 0 to `count` - 1."""
    ordered = runs[np.argsort(runs[:, 0], kind="stable")]
    reach = np.concatenate(([0], np.maximum.accumulate(ordered[:, 1])))
    begin = np.append(ordered[:, 0], count)
    some = begin > reach
    return np.stack((reach[some], begin[some]), axis=1).astype(np.int64)
