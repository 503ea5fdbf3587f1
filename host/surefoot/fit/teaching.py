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
    """The known forces of the rows that teach them."""
    share, off_n = told.share, (told.force_n * EVEN_SD)[told.step]
    readings = [(rows.force[:, f], seen_n * np.eye(2)[f], told.foot_force_n[:, f]) for f in (0, 1)]
    readings.append((rows.both, seen_n, told.both_force_n))
    parts = [
        Forces(seen[mine], known[mine], np.full(int(mine.sum()), np.median(known[mine])), share[mine], off_n[mine])
        for mine, seen, known in readings
        if mine.any()
    ]
    return Forces(*(np.concatenate(column) for column in zip(*parts, strict=True)))
