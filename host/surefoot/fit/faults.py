# SPDX-License-Identifier: MIT
"""Faults that leans show: cells that are dead, stuck or shorted, insoles or cells in each other's plugs.

Swapped cells are told by how each cell's share of its foot's load follows a lean: ahead of the lean it grows, behind it
it shrinks, the more the further away. The logarithm of the share is taken to change by a plane over the cells' places,
and the map under which it does so best is the likeliest. That is exact on the simulator's soles and rough on real feet.
What leans can't tell, pressing one cell after another (level 2) can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import cells
from ..calibration import CELLS, SIDES, Calibration
from ..calibration_law import FULL_COUNT, SATURATED_COUNT, loads
from .known import AXES

FAINT_COUNTS = 8.0  # more than noise: a cell that never rises by it has felt nothing
ALIVE_COUNTS = 40.0  # what the other cells of the foot show at least, for one without an answer to stand out
STUCK_COUNTS = 20.0  # above what leaks past an unpressed cell (4 uS over 560 ohm: 9 counts)
PRESS = "`surefoot calibrate insole --level 2` presses one cell after another and tells"
# A swap is named where it is so much likelier than the map: by one in a hundred for all swaps of a foot together.
SURE = float(np.log(100 * 28))
LEAST_N = 0.3  # smaller shares than this are the converter's steps
LEAST_MARKS = 2
SWAPS = tuple(combinations(range(cells.CELLS_PER_FOOT), 2))
# The order of a foot's cells by the map, then with each two of them exchanged.
_ORDERS = np.tile(np.arange(cells.CELLS_PER_FOOT), (1 + len(SWAPS), 1))
for _row, (_a, _b) in enumerate(SWAPS, 1):
    _ORDERS[_row, [_a, _b]] = _b, _a

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
    for foot, side in enumerate(SIDES):
        if not any(fault.where[0].startswith(side[0].upper()) for fault in found):
            swap = swapped_cells(steps, base, foot)
            found = (*found, swap) if swap else found
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


def swapped_cells(steps: Steps, base: Calibration, foot: int) -> Fault | None:
    """Two cells of a foot in each other's plugs, from its leans over marks; None also where too few tell."""
    shares, places = [], []
    for axis, word in enumerate(AXES):
        told = [
            (values["mark_mm"], counts)
            for values, counts in steps
            if values.get("foot") == SIDES[foot] and values.get("axis") == word
        ]
        if len(told) < LEAST_MARKS:
            continue
        seen = loads(np.concatenate([counts for _, counts in told]), base).cell_force_n
        ends = np.cumsum([len(counts) for _, counts in told])[:-1]
        force = np.array([np.median(part, axis=0) for part in np.split(seen, ends)])
        place = np.zeros((len(told), 2))
        place[:, axis] = [mark * 1e-3 for mark, _ in told]
        shares.append(_log_shares(force[:, 8 * foot : 8 * foot + 8]))
        places.append(place - place.mean(axis=0))
        shares[-1] -= shares[-1].mean(axis=0)
    if not shares:
        return None
    axes = [axis for axis in (0, 1) if any(np.ptp(place[:, axis]) > 0 for place in places)]
    lean = np.concatenate(places)[:, axes]
    slopes = np.linalg.lstsq(lean, np.concatenate(shares), rcond=None)[0]
    misfits = _misfits(slopes, axes, _map(base, foot))
    best = int(np.argmin(misfits[1:]))
    if not np.isfinite(misfits[1 + best]) or misfits[0] - misfits[1 + best] < SURE:
        return None
    a, b = (CELLS[8 * foot + cell] for cell in SWAPS[best])
    return Fault(
        "swapped cells",
        (a, b),
        f"{a} and {b} answer in each other's place as the {SIDES[foot]} foot leans: swap their two plugs. To be sure,"
        f" {PRESS}.",
    )


def out_of_order(counts: npt.ArrayLike, base: Calibration) -> tuple[Fault, ...]:
    """Feet whose cells don't answer in the order of the map in a walk or another movement from heel to toe.

    Counts [n,16] of any movement; nothing is known of it, so the CoP of each candidate map itself is the lean. That is
    enough to say that something is wrong, not what.
    """
    seen = loads(np.asarray(counts), base)
    found = []
    for foot, side in enumerate(SIDES):
        total = seen.foot_force_n[:, foot]
        carried = total > 0.5 * np.percentile(total, 95)
        force = np.asarray(seen.cell_force_n[carried, 8 * foot : 8 * foot + 8], float)
        if carried.sum() < 100 or not (force.max(axis=0) > LEAST_N).all():
            continue
        xy = _map(base, foot)
        misfits: list[float] = []
        for order in _ORDERS:
            mine = force[:, order]
            cop = mine @ xy / mine.sum(axis=1, keepdims=True)
            design = np.column_stack((np.ones(len(cop)), cop))
            slopes = np.linalg.lstsq(design, _log_shares(mine), rcond=None)[0][1:]
            misfits.append(float(_misfits(slopes, [0, 1], xy)[0]))
        if np.isfinite(min(misfits[1:])) and misfits[0] - min(misfits[1:]) >= SURE:
            text = (
                f"The {side} foot's cells don't answer from heel to toe as the map says: look at their plugs; {PRESS}."
            )
            found.append(Fault("swapped cells", (side,), text, sure=False))
    return tuple(found)


def untold_swaps(steps: Steps, base: Calibration) -> tuple[tuple[str, str], ...]:
    """Pairs of cells that these leans can't tell apart: without a lean along an axis, those that differ only in it."""
    pairs = []
    for foot, side in enumerate(SIDES):
        xy = _map(base, foot)
        for a, b in SWAPS:
            told = False
            for axis, word in enumerate(AXES):
                marks = {v["mark_mm"] for v, _ in steps if v.get("foot") == side and v.get("axis") == word}
                told |= len(marks) >= LEAST_MARKS and abs(xy[a, axis] - xy[b, axis]) > 1e-6
            if not told:
                pairs.append((CELLS[8 * foot + a], CELLS[8 * foot + b]))
    return tuple(pairs)


def _map(base: Calibration, foot: int) -> Floats:
    return np.asarray(cells.load(base.foot_length_mm).xy_m[8 * foot : 8 * foot + 8])


def _log_shares(force_n: npt.NDArray[Any]) -> Floats:
    force = np.maximum(np.asarray(force_n, float), LEAST_N)
    return np.log(force / force.sum(axis=1, keepdims=True))


def _misfits(slopes: npt.NDArray[Any], axes: list[int], xy_m: Floats) -> Floats:
    """Of the map and then of each swap: minus the log likelihood, but for a constant, that slopes [axes, 8] are a plane
    over the places [8,2]; infinite where a lean would take load away from where it goes."""
    design = np.column_stack((np.ones(len(xy_m)), xy_m))
    to_plane = np.linalg.pinv(design)
    total = np.zeros(len(_ORDERS))
    for row, axis in enumerate(axes):
        mine = slopes[row][_ORDERS].T
        plane = to_plane @ mine
        left_over = ((mine - design @ plane) ** 2).sum(axis=0)
        total += np.where(plane[1 + axis] > 0, len(xy_m) / 2 * np.log(left_over + 1e-12), np.inf)
    return total
