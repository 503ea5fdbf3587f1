# SPDX-License-Identifier: MIT
"""One factor on the exponents of all cells, from forces that are known at small loads and large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..calibration import Calibration
from ..calibration_law import cell_force_n, conductance_s, loads
from .known import Evidence
from .robust import lowest, middle
from .teaching import MIN_ROWS, Rows, force_design, seen_by

MIN_LOAD_RATIO = 2.0  # of a foot's known load, 95th to 5th percentile: less can't tell an exponent from a gain
ALONE, TOGETHER = 0.9, (0.3, 0.7)  # shares of the load on one foot and on both: their sums tell the exponent
THINNED = 2000  # samples for the exponent: they follow each other so closely that more tell nothing

Floats = npt.NDArray[np.float64]


def exponent(start: Calibration, told: Evidence, rows: Rows, cell_xy_m: Floats | None) -> tuple[Calibration, list[str]]:
    """`start` with all exponents times the factor that fits the known forces best."""
    if start.curves and all(start.curves):
        return start, ["exponent: every cell has a curve of its own"]
    if missing := _blind(start, told, rows, cell_xy_m):
        return start, [missing]
    some = np.unique(np.linspace(0, len(told.counts) - 1, THINNED).astype(int))
    few, few_rows = told.some(some), Rows(rows.force[some], rows.both[some], rows.cop[some])
    g = conductance_s(few.counts, start.rm_ohm)
    pressed = g - conductance_s(start.zero_count, start.rm_ohm)
    forces = force_design(few, few_rows, np.zeros((len(few.counts), 2)))
    share = few.share
    usual = np.array([middle(column[column > 0], share[column > 0]) if (column > 0).any() else 1.0 for column in g.T])

    def bent(factor: float) -> Calibration:
        old = np.asarray(start.exponent)  # each cell keeps its usual force while it bends
        gain = np.asarray(start.gain_n_per_siemens_exp) * usual ** (old - factor * old)
        return replace(
            start,
            exponent=tuple(float(e) for e in factor * old),
            gain_n_per_siemens_exp=tuple(float(value) for value in gain),
        )

    def cost(factor: float) -> float:
        cells = cell_force_n(pressed, bent(factor))
        seen = np.column_stack((cells[:, :8].sum(axis=1), cells[:, 8:].sum(axis=1))) * start.foot_gain
        bended = forces._replace(design=seen_by(few_rows, seen))
        gains, counts_as = bended.gains()
        error = np.abs(bended.design @ gains - forces.force_n)
        return float(np.average(np.minimum(error / forces.size_n, 0.5), weights=counts_as))

    return bent(lowest(cost, 0.6, 1.6)), []


def _blind(start: Calibration, told: Evidence, rows: Rows, cell_xy_m: Floats | None) -> str | None:
    """Why the forces can't tell an exponent, if they can't."""
    ratio = [
        float(np.divide(*np.percentile(told.foot_force_n[m, f], (95, 5))))
        for f, m in enumerate(rows.force.T)
        if m.any()
    ]
    if max(ratio, default=0.0) >= MIN_LOAD_RATIO:
        return None
    if not rows.both.any():
        return f"exponent: the load of a foot varied {max(ratio):.2f} times, and {MIN_LOAD_RATIO:g} are needed"
    seen = loads(told.counts[rows.both], start, cell_xy_m).foot_force_n
    share = seen[:, 0] / seen.sum(axis=1)
    alone = int((np.abs(share - 0.5) > ALONE - 0.5).sum())
    together = int(((share > TOGETHER[0]) & (share < TOGETHER[1])).sum())
    if min(alone, together) >= MIN_ROWS:
        return None
    return "exponent: body weight has to be known on one foot alone and on both, or a scale under each foot"
