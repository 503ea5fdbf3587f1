# SPDX-License-Identifier: MIT
"""The insole's outline of hardware/outline.toml and the cells on it, in mm, for one size and side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from surefoot import cells, resources

from .sheet import HardwareError

SIDES = ("left", "right")
_POINTS_BETWEEN = 12  # the curve passes through the table's points


@dataclass(frozen=True, eq=False)
class Insole:
    """One insole seen from above, toes up; foot frame in mm. `margins_mm` are from each puck's rim to the cut."""

    eu_size: int
    side: str
    length_mm: float
    outline_mm: np.ndarray
    names: tuple[str, ...]
    places: tuple[str, ...]
    cells_mm: np.ndarray
    puck_mm: float
    margins_mm: np.ndarray
    groove_mm: float
    exit_mm: np.ndarray

    @property
    def outward(self) -> int:
        """Where the little toe is: -1 left, 1 right."""
        return 1 if self.side == "right" else -1


@cache
def table() -> dict[str, Any]:
    """hardware/outline.toml."""
    return resources.hardware_table("outline.toml", "The outline", HardwareError)


def size_for(foot_length_mm: float) -> int:
    """The EU size of the smallest insole that is at least as long as the bare foot."""
    if not 100 <= foot_length_mm <= 400:
        raise HardwareError(
            f"A foot length of {foot_length_mm:g} mm is outside 100 to 400 mm: measure heel to longest toe in mm."
        )
    return round(cells.eu_size(cells.insole_length_mm(foot_length_mm)))


def insole(eu_size: int, side: str, drawing: Mapping[str, Any] | None = None) -> Insole:
    """The insole of this size, by the content of outline.toml. Refused where a puck comes too near the cut."""
    drawing = table() if drawing is None else drawing
    length_mm = cells.size_length_mm(eu_size)
    outline_mm = curve_mm(length_mm, side, drawing)
    try:
        smallest, largest = drawing["sizes"]["smallest_eu"], drawing["sizes"]["largest_eu"]
        margin_mm, groove_mm = float(drawing["puck"]["margin_mm"]), float(drawing["leads"]["width_mm"])
        exit_y_mm = float(drawing["leads"]["exit_y_share"]) * length_mm
    except (KeyError, TypeError, ValueError) as error:
        raise _misspelt(error) from error
    if not smallest <= eu_size <= largest:
        raise HardwareError(f"There is no template for EU {eu_size}: sizes go from {smallest} to {largest}.")
    cell_map = cells.load(length_mm)
    mine = slice(0, 8) if side == "left" else slice(8, 16)
    cells_mm, puck_mm = 1e3 * cell_map.xy_m[mine], 1e3 * cell_map.diameter_m
    margins_mm = np.array([_inside_mm(outline_mm, centre) for centre in cells_mm]) - puck_mm / 2
    worst = int(margins_mm.argmin())
    if margins_mm[worst] < margin_mm:
        raise HardwareError(
            f"At EU {eu_size} the puck of {cell_map.names[mine][worst]} comes within {margins_mm[worst]:.1f} mm"
            f" of the cut, {margin_mm:g} mm are needed: widen hardware/outline.toml there."
        )
    edge = _across(outline_mm, exit_y_mm)
    exit_mm = np.array((max(edge) if side == "right" else min(edge), exit_y_mm))
    return Insole(
        eu_size, side, length_mm, outline_mm, cell_map.names[mine], cell_map.places[mine], cells_mm, puck_mm,
        margins_mm, groove_mm, exit_mm,
    )  # fmt: skip


def curve_mm(length_mm: float, side: str, drawing: Mapping[str, Any] | None = None) -> np.ndarray:
    """The outline [n,2] of an insole of any length; its last point is its first."""
    drawing = table() if drawing is None else drawing
    try:
        grade = float(drawing["grade"]["width_share"])
        points = np.array(drawing["right"]["points"], float).reshape(-1, 2)
    except (KeyError, TypeError, ValueError) as error:
        raise _misspelt(error) from error
    reference_mm = cells.load().foot_length_mm
    width_mm = reference_mm * (1 + grade * (length_mm / reference_mm - 1))
    return _smooth(points * ({"left": -1, "right": 1}[side] * width_mm, length_mm))


def _misspelt(error: Exception) -> HardwareError:
    return HardwareError(f"The outline lacks or misspells an entry ({error}): correct hardware/outline.toml.")


def _smooth(points: np.ndarray) -> np.ndarray:
    """A closed smooth curve [n,2] through points [m,2], finely sampled; its last point is its first."""
    from scipy.interpolate import CubicSpline

    closed = np.vstack((points, points[:1]))
    way = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))))
    fine = np.interp(np.arange((len(closed) - 1) * _POINTS_BETWEEN + 1) / _POINTS_BETWEEN, np.arange(len(closed)), way)
    return CubicSpline(way, closed, bc_type="periodic")(fine)


def _inside_mm(outline_mm: np.ndarray, point: np.ndarray) -> float:
    """Distance from a point to a closed outline; negative outside of it."""
    from matplotlib.path import Path

    start, step = outline_mm[:-1], np.diff(outline_mm, axis=0)
    along = np.clip(((point - start) * step).sum(1) / (step**2).sum(1), 0, 1)
    away = np.hypot(*(start + along[:, None] * step - point).T).min()
    return float(away if Path(outline_mm).contains_point(tuple(point)) else -away)


def _across(outline_mm: np.ndarray, y_mm: float) -> list[float]:
    """Where the outline crosses a height."""
    (x0, y0), (x1, y1) = outline_mm[:-1].T, outline_mm[1:].T
    hit = (y0 - y_mm) * (y1 - y_mm) < 0
    return list(x0[hit] + (y_mm - y0[hit]) * (x1[hit] - x0[hit]) / (y1[hit] - y0[hit]))
