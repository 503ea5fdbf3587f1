# SPDX-License-Identifier: MIT
"""Strides counted up by bout and foot, all that parameters are made of: blocks of a table join to what all of it gives.

Places [p] are 2 * bout + foot (0 left, 1 right). Groups are bouts, or all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surefoot.measures.gait.strides import GAP, IMPLAUSIBLE, KEPT, NO_BOUT, SHORT, TURN, Numbers, Strides
from surefoot.measures.gait.sums import Sums, join_sums
from surefoot.measures.gait.symmetry import phases_deg
from surefoot.measures.gait.table import KEYS, SHARES
from surefoot.measures.gait.values import FEET, Floats

COLUMNS = tuple(dict.fromkeys(name for name, _, _ in KEYS))
REASONS = (KEPT, GAP, IMPLAUSIBLE, TURN, SHORT)


@dataclass(frozen=True, eq=False)
class Tally:
    """`kept`, `steady`: of each column of COLUMNS, of strides that count in means and in variability; `phase` deg and
    how far it is `off` 180, of steady ones; `length_m` of all that were walked, also in turns, and how many were
    `walked`; all by place. `excluded`: strides by reason; `told`: of those without a loss, how many, with a foot-off,
    with a length."""

    kept: dict[str, Sums]
    steady: dict[str, Sums]
    phase: Sums
    off: Sums
    length_m: Sums
    walked: Floats
    excluded: dict[str, int]
    told: tuple[int, int, int]

    @property
    def strides(self) -> int:
        """All of them."""
        return sum(self.excluded.values())


def column_of(table: Strides, name: str) -> Floats:
    """A column, or a share of the stride."""
    return getattr(table, SHARES[name]) / table.stride_s if name in SHARES else getattr(table, name)


def tally(table: Strides, bouts: int) -> Tally:
    """Of a table, or of a block of one, whose strides know their bouts 0 to `bouts` - 1."""
    place, places = 2 * table.bout + (table.foot == FEET[1]), 2 * bouts
    kept, steady = np.flatnonzero(table.excluded == KEPT), np.flatnonzero(table.steady)
    walking = (table.bout != NO_BOUT) & ((table.excluded == KEPT) | (table.excluded == TURN))
    phase = phases_deg(table.stride_s[steady], table.step_s[steady])
    unbroken = table.excluded != GAP
    columns = {name: column_of(table, name) for name in COLUMNS}
    return Tally(
        {name: _sums(values[kept], place[kept], places) for name, values in columns.items()},
        {name: _sums(values[steady], place[steady], places) for name, values in columns.items()},
        _sums(phase, place[steady], places),
        _sums(np.abs(phase - 180), place[steady], places),
        _sums(table.length_m[walking], place[walking], places),
        np.bincount(place[walking], minlength=places).astype(float),
        {reason: int((table.excluded == reason).sum()) for reason in REASONS},
        (
            int(unbroken.sum()),
            int(np.isfinite(table.stance_s[unbroken]).sum()),
            int(np.isfinite(table.length_m[unbroken]).sum()),
        ),
    )


def join(parts: Sequence[Tally]) -> Tally:
    """Of all blocks of one table, one or more, in any order."""
    return Tally(
        {name: join_sums([part.kept[name] for part in parts]) for name in COLUMNS},
        {name: join_sums([part.steady[name] for part in parts]) for name in COLUMNS},
        join_sums([part.phase for part in parts]),
        join_sums([part.off for part in parts]),
        join_sums([part.length_m for part in parts]),
        np.sum([part.walked for part in parts], axis=0),
        {reason: sum(part.excluded[reason] for part in parts) for reason in REASONS},
        tuple(sum(part.told[k] for part in parts) for k in range(3)),  # type: ignore[arg-type]
    )


def _sums(values: Floats, place: Numbers, places: int) -> Sums:
    known = np.isfinite(values)
    values, place = values[known], place[known]
    count = np.bincount(place, minlength=places).astype(float)
    centre = np.bincount(place, values, minlength=places) / np.maximum(count, 1.0)
    squares = np.bincount(place, (values - centre[place]) ** 2, minlength=places).astype(float)
    return Sums(count, centre, squares)


@dataclass(frozen=True, eq=False)
class Means:
    """By group and foot [g,2]: means, NaN of none, and of how many."""

    mean: Floats
    count: Numbers


class Groups:
    """Which group [b] each bout is in, of so many `groups`."""

    def __init__(self, group: Numbers, groups: int):
        self.place = (2 * np.asarray(group, int)[:, None] + np.arange(2)).ravel()
        self.groups = groups

    def summed(self, values: Floats) -> Floats:
        """Of places [p] by group and foot [g,2]."""
        sums = np.bincount(self.place, values, minlength=2 * self.groups).astype(float)
        return sums.reshape(self.groups, 2)

    def means(self, one: Sums) -> Means:
        """Of all strides of a group."""
        count = self.summed(one.count)
        with np.errstate(invalid="ignore", divide="ignore"):
            return Means(self.summed(one.count * one.centre) / count, count.astype(int))

    def spreads(self, one: Sums, feet: int) -> tuple[Floats, Floats, Numbers]:
        """SD from stride to stride and mean of each group [g], and how many strides tell of it.

        About the mean of each foot in each bout, so that walking faster in another bout is no variability:
        var = SS / (n - bouts), of each foot; SD = sqrt((var_left + var_right) / 2). The mean is of the same strides. Of
        two `feet` the count is twice that of the one with fewer.
        """
        told = one.count > 1
        number = np.where(told, one.count, 0.0)
        count, free = self.summed(number), self.summed(np.where(told, one.count - 1, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = self.summed(np.where(told, one.squares, 0.0)) / free
            mean = self.summed(number * one.centre).sum(axis=1) / count.sum(axis=1)
        count = count.astype(int)
        if feet == 2:
            return np.sqrt(variance.mean(axis=1)), mean, 2 * count.min(axis=1)
        return np.sqrt(np.where(count > 0, variance, 0).sum(axis=1)), mean, count.sum(axis=1)

    def phase_coordination_pct(self, told: Tally, longer: Numbers) -> tuple[Floats, Numbers]:
        """Phase coordination index of each group and how many strides tell of it; of the foot `longer` [g] that swings
        longer, -1 where nobody knows.

        PCI = 100 SD / mean of the phase + 100 mean |phase - 180| / 180 (Plotnik 2007, 10.1007/s00221-007-0955-7), SD
        with n - 1, of all strides of a group about one mean.
        """
        phase, rows = told.phase, np.arange(self.groups)
        both = self.means(phase)
        mean, count = both.mean, both.count
        apart = phase.count * (phase.centre - np.where(phase.count > 0, mean.ravel()[self.place], 0.0)) ** 2
        squares = self.summed(phase.squares + apart)[rows, longer]
        off = self.means(told.off).mean[rows, longer]
        middle, number = mean[rows, longer], np.where(longer < 0, 0, count[rows, longer])
        with np.errstate(invalid="ignore", divide="ignore"):
            return 100 * np.sqrt(squares / (number - 1)) / middle + 100 * off / 180, number
