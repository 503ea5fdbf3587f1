# SPDX-License-Identifier: MIT
"""Faults that leans show: cells that are dead, stuck or shorted, insoles or cells in each other's plugs.

What leans can't tell, pressing one cell after another (level 2) can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import cells
from ..calibration import CELLS, SIDES, Calibration
from ..calibration_law import FULL_COUNT, SATURATED_COUNT, loads
from .cell_order import LEAST_MARKS, crossed_cells, swapped_cells
from .known import AXES

FAINT_COUNTS = 8.0  # more than noise: a cell that never rises by it has felt nothing
ALIVE_COUNTS = 40.0  # what the other cells of the foot show at least, for one without an answer to stand out
STUCK_COUNTS = 20.0  # above what leaks past an unpressed cell (4 uS over 560 ohm: 9 counts)
PRESS = "`surefoot calibrate insole --level 2` presses one cell after another and tells"

Floats = npt.NDArray[np.float64]
Steps = Sequence[tuple[Mapping[str, Any], npt.NDArray[Any]]]


@dataclass(frozen=True)
class Fault:
    """One fault: its kind, the cells or feet, a sentence with what to do. `sure`: no record is to be made with it."""

    kind: str  # "unplugged" | "shorted" | "stuck" | "dead" | "faint" | "swapped feet" | "swapped cells"
    where: tuple[str, ...]
    sentence: str
    sure: bool = True


def find(zero_counts: npt.NDArray[Any], steps: Steps, base: Calibration) -> tuple[Fault, ...]:
    """What is wrong, from counts [n,16] of unpressed insoles and of guided steps with their values."""
    found = broken(zero_counts, [counts for _, counts in steps], base)
    if any(fault.kind == "unplugged" for fault in found):
        return found
    if feet := swapped_feet(steps, base):
        return (*found, feet)
    if not found and (pair := crossed_cells(steps, base)):
        text = (
            f"{pair[0]} follows the leans of the right foot and {pair[1]} those of the left one: swap their two plugs."
            f" To be sure, {PRESS}."
        )
        return (Fault("swapped cells", pair, text),)
    for foot, side in enumerate(SIDES):
        if any(fault.where[0].startswith(side[0].upper()) for fault in found):
            continue
        if pair := swapped_cells(steps, base, foot):
            text = (
                f"{pair[0]} and {pair[1]} answer in each other's place as the {side} foot leans: swap their two plugs."
                f" To be sure, {PRESS}."
            )
            found = (*found, Fault("swapped cells", pair, text))
    return found


def broken(zero_counts: npt.NDArray[Any], loaded: Sequence[npt.NDArray[Any]], base: Calibration) -> tuple[Fault, ...]:
    """Cells and insoles that don't answer: counts [n,16] unpressed, and of steps under load."""
    zero = np.median(zero_counts, axis=0)
    levels = np.array([np.median(counts, axis=0) for counts in loaded])
    rise = (levels - zero).max(axis=0)
    places = cells.load(base.foot_length_mm).places
    found: list[Fault] = []
    for foot, side in enumerate(SIDES):
        mine = range(8 * foot, 8 * foot + 8)
        if (zero[list(mine)] == FULL_COUNT).all() or (levels[:, list(mine)] == FULL_COUNT).all(axis=1).any():
            found.append(Fault("unplugged", (side,), f"The {side} insole does not answer: push its plug in."))
            continue
        for cell in mine:
            name, place = CELLS[cell], places[cell]
            others = np.delete(rise[list(mine)], cell - 8 * foot)
            if zero[cell] >= SATURATED_COUNT:
                found.append(Fault("shorted", (name,), f"{name} ({place}) is at its end unpressed: a short circuit."))
            elif rise[cell] > FAINT_COUNTS:
                continue
            elif zero[cell] > STUCK_COUNTS:
                text = f"{name} ({place}) stays at {zero[cell]:.0f} counts, pressed or not: mend or replace it."
                found.append(Fault("stuck", (name,), text))
            elif "medial" in place and "forefoot" not in place:
                text = f"{name} ({place}) felt nothing: this arch does not reach it, or it is broken: {PRESS}."
                found.append(Fault("faint", (name,), text, sure=False))
            elif np.median(others) > ALIVE_COUNTS:
                text = f"{name} ({place}) felt nothing while its neighbours did: its wire or plug is broken: mend it."
                found.append(Fault("dead", (name,), text))
    return tuple(found)


def swapped_feet(steps: Steps, base: Calibration) -> Fault | None:
    """Whether the load went to the other insole than the person did; None also where no step tells."""
    votes: list[float] = []
    readings: list[tuple[float, float]] = []
    marks: dict[tuple[int, int], list[tuple[float, Floats]]] = {}
    for values, counts in steps:
        seen = loads(counts, base)
        left, right = np.median(seen.foot_force_n, axis=0)
        if "side" in values and left + right > 0:
            votes.append((left - right) / (left + right) * (1 if values["side"] == "left" else -1))
        if "kg_left" in values and left + right > 0:
            share = values["kg_left"] / max(values["kg_left"] + values["kg_right"], 1e-9)
            readings.append((share, left / (left + right)))
        if "mark_mm" in values:
            key = SIDES.index(values["foot"]), AXES.index(values["axis"])
            marks.setdefault(key, []).append((values["mark_mm"], np.nanmedian(seen.foot_cop_m[:, :, key[1]], axis=0)))
    if len(readings) >= LEAST_MARKS:
        known, seen_share = np.array(readings).T
        votes.append(float(np.sign(np.polyfit(known, seen_share, 1)[0])) if np.ptp(known) > 0.1 else 0.0)
    for (foot, axis), told in marks.items():
        if axis == AXES.index("ap") and len(told) >= LEAST_MARKS:
            known, cop = np.array([mark for mark, _ in told]), np.array([place for _, place in told])
            moved = np.nan_to_num(np.abs(np.polyfit(known, cop, 1)[0]))
            votes.append(float((moved[foot] - moved[1 - foot]) / max(moved.sum(), 1e-12)))
    if not votes or np.mean(votes) >= 0:
        return None
    return Fault(
        "swapped feet",
        SIDES,
        "What the left foot did came from the right insole: the insoles or their plugs are swapped. Put the left one"
        " left and begin again.",
    )


def lone_cell(counts: npt.NDArray[Any], base: Calibration, foot: int) -> str | None:
    """The cell that alone feels nearly all that a foot seems to carry, as where its wire is the other foot's."""
    force = np.median(loads(counts, base).cell_force_n[:, 8 * foot : 8 * foot + 8], axis=0)
    most = int(np.argmax(force))
    return CELLS[8 * foot + most] if force[most] > 0.9 * force.sum() > 0 else None
