# SPDX-License-Identifier: MIT
"""The cell map of hardware/cells.toml, scaled to one insole.

Foot frame: origin at the middle of the insole's length on its long axis, X right, Y towards the toes, metres.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from surefoot import resources
from surefoot.errors import SurefootError

CELLS_PER_FOOT = 8


class CellMapError(SurefootError):
    """The cell map is missing, has a mistake, or doesn't fit the asked insole."""


@dataclass(frozen=True)
class CellLaw:
    """Nominal law of a cell: force_n = gain * G ** exponent, G in siemens; names as in a calibration record."""

    rm_ohm: float
    exponent: float
    gain_n_per_siemens_exp: float
    limit_n: float
    full_count: int


@dataclass(frozen=True, eq=False)
class CellMap:
    """Sixteen cells (L1..L8, R1..R8): centres xy_m [16,2], each in its own foot's frame."""

    names: tuple[str, ...]
    places: tuple[str, ...]
    xy_m: np.ndarray
    diameter_m: float
    foot_length_mm: float
    law: CellLaw


@cache
def _table() -> dict[str, Any]:
    return resources.hardware_table("cells.toml", "The cell map", CellMapError)


def parse(table: dict[str, Any], foot_length_mm: float) -> CellMap:
    """The map in `table` (the content of cells.toml) on an insole of this length; 100 to 400 mm."""
    if not 100 <= foot_length_mm <= 400:
        raise CellMapError(
            f"An insole length of {foot_length_mm:g} mm is outside 100 to 400 mm: give it in mm, e.g. 265."
        )
    try:
        if table["map"] != 1:
            raise CellMapError(f"The cell map is of version {table['map']}, not 1: update Surefoot.")
        cells = table["cell"]
        names = tuple(str(cell["name"]) for cell in cells)
        shares = np.array([(float(cell["x_share"]), float(cell["y_share"])) for cell in cells])
        places = tuple(str(cell["place"]) for cell in cells)
        diameter_m = float(table["insole"]["cell_diameter_mm"]) * 1e-3
        law = CellLaw(**table["electrical"])
    except (KeyError, TypeError, ValueError) as error:
        raise CellMapError(
            f"The cell map lacks or misspells an entry ({error}): correct hardware/cells.toml."
        ) from error
    wanted = tuple(f"{side}{k}" for side in "LR" for k in range(1, CELLS_PER_FOOT + 1))
    if names != wanted:
        raise CellMapError(f"The cell map must name {wanted[0]} to {wanted[-1]} in order: correct hardware/cells.toml.")
    xy_m = shares * foot_length_mm * 1e-3
    xy_m.setflags(write=False)
    return CellMap(names, places, xy_m, diameter_m, float(foot_length_mm), law)


def load(foot_length_mm: float | None = None) -> CellMap:
    """The cell map on an insole of this length [mm]; without one, the reference insole."""
    table = _table()
    return parse(table, table["insole"]["reference_length_mm"] if foot_length_mm is None else foot_length_mm)


def insole_length_mm(foot_length_mm: float) -> float:
    """Length [mm] of the smallest insole (a whole EU size) that is at least as long as the foot."""
    insole = _table()["insole"]
    reference, step = float(insole["reference_length_mm"]), float(insole["size_step_mm"])
    return reference + step * float(np.ceil((foot_length_mm - reference) / step))


def size_length_mm(eu_size: float) -> float:
    """Length [mm] of the insole of an EU size."""
    insole = _table()["insole"]
    return float(insole["reference_length_mm"] + (eu_size - insole["reference_eu_size"]) * insole["size_step_mm"])


def eu_size(insole_length_mm: float) -> float:
    """The EU size of an insole of this length [mm]; its inverse."""
    insole = _table()["insole"]
    return float(
        insole["reference_eu_size"] + (insole_length_mm - insole["reference_length_mm"]) / insole["size_step_mm"]
    )
