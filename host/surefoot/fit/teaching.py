# SPDX-License-Identifier: MIT
"""Which samples of the evidence teach what, and how the known forces depend on the gains of the feet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..calibration import SIDES, Calibration
from ..calibration_law import saturated_counts
from ..errors import CalibrationError
from .known import EVEN_SD, Evidence
from .robust import lstsq_of_steps

MIN_ROWS = 30
MIN_SHARE = 0.1  # of a foot's largest load: below it the CoP of that foot tells nothing

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples that teach the force of each foot [n,2], the sum of both [n], the CoP of each foot and axis [n,2,2]."""

    force: Flags
    both: Flags
    cop: Flags


def teaching(told: Evidence, record: Calibration, seen_n: Floats, fit_force: bool) -> Rows:
    """What can be learnt where: loaded, known, no cell at the end of its range."""
    full = saturated_counts(record)
    within = np.all((told.counts < full).reshape(-1, 2, 8), axis=2)
    pressed = within & np.any((told.counts > 0).reshape(-1, 2, 8), axis=2)
    known_top = np.nanmax(told.foot_force_n, axis=0, initial=0.0)
    # Where its own load is not known, a foot is loaded that carries a tenth of the most that it was seen to carry.
    seen_top = np.percentile(seen_n, 99, axis=0) if len(seen_n) else np.zeros(2)
    asked = np.isfinite(told.foot_force_n)
    loaded = np.where(asked, np.nan_to_num(told.foot_force_n) > np.maximum(MIN_SHARE * known_top, 1e-9), False)
    loaded |= ~asked & (seen_n > np.maximum(MIN_SHARE * seen_top, 1e-9))
    force = pressed & loaded & asked
    both = within[:, 0] & within[:, 1] & np.isfinite(told.both_force_n) & (seen_n > 0).any(axis=1)
    cop = np.isfinite(told.foot_cop_m) & (pressed & loaded)[:, :, None]
    for f, side in enumerate(SIDES):
        enough = [int(force[:, f].sum() + (both & loaded[:, f]).sum())] if fit_force else []
        enough += [int(cop[:, f].any(axis=1).sum())] if np.isfinite(told.foot_cop_m[:, f]).any() else []
        if min(enough, default=MIN_ROWS) < MIN_ROWS:
            raise CalibrationError(
                f"Only {min(enough)} samples of the {side} foot are loaded, known and within range, and {MIN_ROWS} are"
                " needed: repeat the leans with that foot loaded."
            )
    return Rows(force, both, cop)


class Forces(NamedTuple):
    """Rows [m,2] that times the feet's gains are the known forces [m]; what each force is measured by, how much of its
    step the row is, and the standard deviation of the scale's error [m]."""

    design: Floats
    force_n: Floats
    size_n: Floats
    share: Floats
    off_n: Floats

    def gains(self) -> tuple[Floats, Floats]:
        """The feet's gains [2], and how much each row counted [m]."""
        return lstsq_of_steps(self.design, self.force_n, self.share, self.off_n)


def force_design(told: Evidence, rows: Rows, seen_n: Floats) -> Forces:
    """The known forces of the rows that teach them, and what the feet's forces [n,2] as read have to do with them."""
    share, off_n = told.share, (told.force_n * EVEN_SD)[told.step]
    known = [(rows.force[:, f], told.foot_force_n[:, f]) for f in (0, 1)]
    parts = [
        (force[mine], np.full(int(mine.sum()), np.median(force[mine])), share[mine], off_n[mine])
        for mine, force in (*known, (rows.both, told.both_force_n))
        if mine.any()
    ]
    return Forces(seen_by(rows, seen_n), *(np.concatenate(column) for column in zip(*parts, strict=True)))


def seen_by(rows: Rows, seen_n: Floats) -> Floats:
    """`Forces.design` [m,2] of the feet's forces [n,2] as read: left alone, right alone, both."""
    left, right = rows.force.T
    out = np.zeros((int(left.sum() + right.sum() + rows.both.sum()), 2))
    first, last = int(left.sum()), len(out) - int(rows.both.sum())
    out[:first, 0], out[first:last, 1], out[last:] = seen_n[left, 0], seen_n[right, 1], seen_n[rows.both]
    return out
