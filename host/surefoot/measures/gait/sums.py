# SPDX-License-Identifier: MIT
"""Mean and spread of values that come in pieces: number, mean and squares of each place, NaN left out.

Pieces join to what all at once would give (Chan 1979, Technical Report STAN-CS-79-773), so a day needs no memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.values import Floats


@dataclass(frozen=True, eq=False)
class Sums:
    """Of each place [...]: how many values are known, their mean (0 without any), squares about it."""

    count: Floats
    centre: Floats
    squares: Floats

    @property
    def mean(self) -> Floats:
        """NaN where nothing is known."""
        return np.where(self.count > 0, self.centre, np.nan)

    @property
    def sd(self) -> Floats:
        """Sample SD (n - 1), NaN of fewer than two."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.count > 1, np.sqrt(self.squares / (self.count - 1)), np.nan)

    @property
    def most(self) -> int:
        """The most values that any place is of."""
        return int(self.count.max()) if self.count.size else 0


def sums(values: npt.ArrayLike) -> Sums:
    """Of values [m,...] over the first axis."""
    rows = np.asarray(values, float)
    known = np.isfinite(rows)
    count = known.sum(axis=0).astype(float)
    centre = np.where(known, rows, 0.0).sum(axis=0) / np.maximum(count, 1.0)
    squares = (np.where(known, rows - centre, 0.0) ** 2).sum(axis=0)
    return Sums(np.asarray(count), np.asarray(centre), np.asarray(squares))


def join_sums(parts: Sequence[Sums]) -> Sums:
    """Of all pieces, in any order; one or more of equal shape."""
    whole, *others = parts
    for part in others:
        count = whole.count + part.count
        apart = part.centre - whole.centre
        share = part.count / np.maximum(count, 1.0)
        whole = Sums(
            count,
            whole.centre + apart * share,
            whole.squares + part.squares + apart**2 * whole.count * share,
        )
    return whole
