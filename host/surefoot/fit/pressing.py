# SPDX-License-Identifier: MIT
"""Known loads on single cells: what a press is, which cell answers it, and whether it holds still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calibration import CELLS, Calibration
from ..calibration_law import NEAR_LIMIT, SATURATED_COUNT, conductance_s
from ..errors import CalibrationError
from ..physics import GRAVITY_MS2

LEAST_N = 1.0  # a part answers from a fraction of a newton on, and a puck alone weighs that
ANSWER_SHARE = 0.1  # of the load by the nominal law: parts differ by tens of per cent, what shows less is broken
BESIDE_SHARE = 0.25  # of what the pressed cell shows: more on others together, and the puck lies on two
PART_S = 0.5  # a window is compared with itself from part to part, a shorter one by its halves
STEP_SHARE = 0.03  # from part to part: fresh creep is 1.5 % of the reading, a hand that slips is more
DRIFT_SHARE = 0.15  # from the first part to the last: two decades of the worst creep
LEFT_SHARE = 0.02  # of a heavier load taken off, from part to part

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Press:
    """A known force [N] held on a cell: counts [n,16] at t_s [n] on the clock of all presses of that cell."""

    force_n: float
    t_s: Floats
    counts: npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class CellLoads:
    """All presses of one cell in the order in which they were made, and the counts [16] before them, unpressed."""

    cell: str
    zero_count: Floats
    presses: tuple[Press, ...]


def weight_n(kg: float, puck_kg: float = 0.0) -> float:
    """The force [N] of a mass and the puck below it. Raises CalibrationError for what is no load of a cell."""
    from .. import cells

    limit_n = NEAR_LIMIT * cells.load().law.limit_n
    force_n = (kg + puck_kg) * GRAVITY_MS2
    if kg <= 0 or puck_kg < 0 or not LEAST_N <= force_n <= limit_n:
        raise CalibrationError(
            f"{kg:g} kg{f' and a puck of {puck_kg:g} kg' if puck_kg else ''} is no load for one cell, which measures"
            f" {LEAST_N / GRAVITY_MS2:.2g} to {limit_n / GRAVITY_MS2:.3g} kg: is the unit right?"
        )
    return force_n


def index_of(cell: str) -> int:
    """The place of a cell among the sixteen. Raises CalibrationError."""
    if cell not in CELLS:
        raise CalibrationError(f"There is no cell '{cell}': cells are named {CELLS[0]} to {CELLS[-1]}.")
    return CELLS.index(cell)


def pressed_s(counts: npt.ArrayLike, zero_count: npt.ArrayLike, rm_ohm: npt.ArrayLike) -> Floats:
    """Conductance [..., 16] in S above the leak of `zero_count` [16], never below 0."""
    return np.maximum(conductance_s(counts, rm_ohm) - conductance_s(zero_count, rm_ohm), 0)


def rough_n(counts: npt.ArrayLike, zero_count: npt.ArrayLike, base: Calibration) -> Floats:
    """Forces [..., 16] in N by the power laws of `base`: good to tell a cell that answers from one that doesn't."""
    above = pressed_s(counts, zero_count, base.rm_ohm)
    return np.asarray(base.gain_n_per_siemens_exp) * above ** np.asarray(base.exponent)


def answering(forces_n: Floats) -> str:
    """The cell that shows the most."""
    return CELLS[int(np.argmax(forces_n))]


def answer_doubt(counts: npt.NDArray[Any], loads: CellLoads, force_n: float, base: Calibration) -> str | None:
    """Why these counts [n,16] are not those of the cell alone under the force; None where they may be."""
    cell = index_of(loads.cell)
    level = np.median(counts, axis=0)
    shown = rough_n(level, loads.zero_count, base)
    first = answering(shown)
    if shown.max() < ANSWER_SHARE * force_n:
        return (
            f"{loads.cell} does not answer ({shown[cell]:.1f} of {force_n:.1f} N): the puck lies beside it, or its wire"
            " is broken"
        )
    if first != loads.cell and shown[cell] < BESIDE_SHARE * shown.max():
        return (
            f"{first} answers where {loads.cell} is pressed: the puck lies on the wrong one, or their plugs are swapped"
        )
    if level[cell] >= SATURATED_COUNT:
        return f"{loads.cell} is at the end of its range: take less weight"
    beside = shown.copy()
    beside[cell] = 0
    if beside.sum() > BESIDE_SHARE * shown[cell]:
        return f"{answering(beside)} is pressed together with {loads.cell}: put the puck on {loads.cell} alone"
    return None


def still_doubt(counts: npt.NDArray[Any], t_s: Floats, loads: CellLoads, base: Calibration) -> str | None:
    """Why the load [n,16] at t_s [n] does not hold still; None where it does, creep being no fault."""
    cell = index_of(loads.cell)
    forces = rough_n(counts, loads.zero_count, base)[:, cell]
    count = max(2, int((t_s[-1] - t_s[0]) / PART_S)) if len(t_s) > 1 else 1
    parts = np.array([np.median(part) for part in np.array_split(forces, count)])
    if len(parts) < 2:
        return None
    # What heavier loads have left behind goes back fast at first, however still a light one lies.
    heaviest_n = max((press.force_n for press in loads.presses), default=0.0)
    left_n = LEFT_SHARE * np.maximum(heaviest_n - parts, 0)
    size = np.maximum(parts, LEAST_N)
    fast = np.abs(np.diff(parts)) > STEP_SHARE * size[1:] + left_n[1:]
    if fast.any() or abs(parts[-1] - parts[0]) > DRIFT_SHARE * size[0] + 4 * left_n[0]:
        return f"the load on {loads.cell} does not hold still: take the hand away"
    return None
