# SPDX-License-Identifier: MIT
"""Which cell is in which plug: how each cell's share of its foot's load follows a lean.

Ahead of the lean a share grows, behind it it shrinks, the more the further away. The logarithm of the share is taken to
change by a plane over the cells' places, and the map under which it does so best is the likeliest. That is exact on the
simulator's soles and rough on real feet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import cells
from ..calibration import CELLS, SIDES, Calibration
from ..calibration_law import loads
from .known import AXES

LEAST_N = 0.3  # smaller shares than this are the converter's steps
LEAST_MARKS = 2
PER_FOOT = cells.CELLS_PER_FOOT
SWAPS = tuple(combinations(range(PER_FOOT), 2))
CROSSINGS = tuple(product(range(PER_FOOT), range(PER_FOOT, 2 * PER_FOOT)))  # of a left cell and a right one
# A swap is named where it is so much likelier than the map: by one in a hundred for all that were looked at together.
SURE = float(np.log(100 * len(SWAPS)))
SURE_CROSSED = float(np.log(100 * len(CROSSINGS)))
# The order of a foot's cells by the map, then with each two of them exchanged.
_ORDERS = np.tile(np.arange(PER_FOOT), (1 + len(SWAPS), 1))
for _row, (_a, _b) in enumerate(SWAPS, 1):
    _ORDERS[_row, [_a, _b]] = _b, _a
_MAP_ONLY = _ORDERS[:1]

Floats = npt.NDArray[np.float64]
Steps = Sequence[tuple[Mapping[str, Any], npt.NDArray[Any]]]


def swapped_cells(steps: Steps, base: Calibration, foot: int) -> tuple[str, str] | None:
    """Two cells of a foot in each other's plugs, from its leans over marks; None also where too few tell."""
    leans = _leans(steps, base, foot)
    if not leans:
        return None
    misfits = _of_leans(leans, foot, _map(base, foot), _ORDERS)
    best = int(np.argmin(misfits[1:]))
    if not np.isfinite(misfits[1 + best]) or misfits[0] - misfits[1 + best] < SURE:
        return None
    a, b = SWAPS[best]
    return CELLS[PER_FOOT * foot + a], CELLS[PER_FOOT * foot + b]


def crossed_cells(steps: Steps, base: Calibration) -> tuple[str, str] | None:
    """A left and a right cell in each other's plugs, from the leans of both feet over marks; None also where too few
    tell, or where two cells of one foot are the likelier ones."""
    leans = [_leans(steps, base, foot) for foot in (0, 1)]
    if not all(leans):
        return None
    maps = [_map(base, foot) for foot in (0, 1)]

    def misfit(pair: tuple[int, int] | None) -> float:
        order = np.arange(len(CELLS))
        if pair:
            order[list(pair)] = pair[::-1]
        return sum(
            float(_of_leans([(a, p, f[:, order]) for a, p, f in leans[foot]], foot, maps[foot], _MAP_ONLY)[0])
            for foot in (0, 1)
        )

    within = [(PER_FOOT * foot + a, PER_FOOT * foot + b) for foot in (0, 1) for a, b in SWAPS]
    found = {pair: misfit(pair) for pair in (*CROSSINGS, *within)}
    best = min(found, key=found.__getitem__)
    if best in within or not np.isfinite(found[best]) or misfit(None) - found[best] < SURE_CROSSED:
        return None
    return CELLS[best[0]], CELLS[best[1]]


def out_of_order(counts: npt.ArrayLike, base: Calibration) -> tuple[str, ...]:
    """Feet whose cells don't answer in the order of the map in a walk or another movement from heel to toe.

    Counts [n,16] of any movement; nothing is known of it, so the CoP of each candidate map itself is the lean. That is
    enough to say that something is wrong, not what.
    """
    seen = loads(np.asarray(counts), base)
    found = []
    for foot, side in enumerate(SIDES):
        total = seen.foot_force_n[:, foot]
        carried = total > 0.5 * np.percentile(total, 95)
        force = np.asarray(seen.cell_force_n[carried, PER_FOOT * foot : PER_FOOT * (foot + 1)], float)
        if carried.sum() < 100 or not (force.max(axis=0) > LEAST_N).all():
            continue
        xy = _map(base, foot)
        misfits: list[float] = []
        for order in _ORDERS:
            mine = force[:, order]
            cop = mine @ xy / mine.sum(axis=1, keepdims=True)
            design = np.column_stack((np.ones(len(cop)), cop))
            slopes = np.linalg.lstsq(design, _log_shares(mine), rcond=None)[0][1:]
            misfits.append(float(_misfits(slopes, [0, 1], xy, _MAP_ONLY)[0]))
        if np.isfinite(min(misfits[1:])) and misfits[0] - min(misfits[1:]) >= SURE:
            found.append(side)
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


def _leans(steps: Steps, base: Calibration, foot: int) -> list[tuple[int, Floats, Floats]]:
    """For each axis of a foot with enough marks: the axis, the marks' places [k] m and the cells' forces [k,16] N."""
    out = []
    for axis, word in enumerate(AXES):
        told = [
            (values["mark_mm"] * 1e-3, counts)
            for values, counts in steps
            if values.get("foot") == SIDES[foot] and values.get("axis") == word
        ]
        if len(told) < LEAST_MARKS:
            continue
        seen = loads(np.concatenate([counts for _, counts in told]), base).cell_force_n
        ends = np.cumsum([len(counts) for _, counts in told])[:-1]
        force = np.array([np.median(part, axis=0) for part in np.split(seen, ends)], float)
        out.append((axis, np.array([mark for mark, _ in told]), force))
    return out


def _of_leans(leans: Sequence[tuple[int, Floats, Floats]], foot: int, xy_m: Floats, orders: npt.NDArray[Any]) -> Floats:
    """Misfit of each order of a foot's cells to its leans."""
    shares, places = [], []
    for axis, marks_m, force in leans:
        share = _log_shares(force[:, PER_FOOT * foot : PER_FOOT * (foot + 1)])
        place = np.zeros((len(marks_m), 2))
        place[:, axis] = marks_m
        shares.append(share - share.mean(axis=0))
        places.append(place - place.mean(axis=0))
    axes = [axis for axis in (0, 1) if any(np.ptp(place[:, axis]) > 0 for place in places)]
    slopes = np.linalg.lstsq(np.concatenate(places)[:, axes], np.concatenate(shares), rcond=None)[0]
    return _misfits(slopes, axes, xy_m, orders)


def _map(base: Calibration, foot: int) -> Floats:
    return np.asarray(cells.load(base.foot_length_mm).xy_m[PER_FOOT * foot : PER_FOOT * (foot + 1)])


def _log_shares(force_n: npt.NDArray[Any]) -> Floats:
    force = np.maximum(np.asarray(force_n, float), LEAST_N)
    return np.log(force / force.sum(axis=1, keepdims=True))


def _misfits(slopes: npt.NDArray[Any], axes: list[int], xy_m: Floats, orders: npt.NDArray[Any]) -> Floats:
    """Of each order of the cells: minus the log likelihood, but for a constant, that slopes [axes, 8] are a plane
    over the places [8,2]; infinite where a lean would take load away from where it goes."""
    design = np.column_stack((np.ones(len(xy_m)), xy_m))
    to_plane = np.linalg.pinv(design)
    total = np.zeros(len(orders))
    for row, axis in enumerate(axes):
        mine = slopes[row][orders].T
        plane = to_plane @ mine
        left_over = ((mine - design @ plane) ** 2).sum(axis=0)
        total += np.where(plane[1 + axis] > 0, len(xy_m) / 2 * np.log(left_over + 1e-12), np.inf)
    return total
