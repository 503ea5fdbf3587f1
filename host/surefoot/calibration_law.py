# SPDX-License-Identifier: MIT
"""The cell law: counts to forces and foot CoP under a calibration record, and back.

A cell is the upper arm of a divider over a resistor Rm, read against the divider's own supply: with v = count / 4095
its conductance is G = v / ((1 - v) Rm), and its force is gain * (G - G0) ** exponent, G0 being that of the zero count:
what leaks past an unpressed cell leaks past a pressed one too. A cell with a curve of its own follows that instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .calibration import CELLS, Calibration, Curve
from .errors import CalibrationError

FULL_COUNT = 4095
SATURATED_COUNT = 4090  # of the converter: from here on one count is a fifth of the conductance and more
NEAR_LIMIT = 0.98  # of the force above which the part itself gives no more conductance (limit_n in hardware/cells.toml)
END_POINTS = 3  # of a curve: the power law beyond its points has the slope of so many at that end
_BLOCK = 8192

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Loads:
    """Cell forces float32[n,16] and foot forces [n,2] in N, foot CoP [n,2,2] (foot, (ml, ap)) in m, NaN at no force."""

    cell_force_n: npt.NDArray[np.float32]
    foot_force_n: Floats
    foot_cop_m: Floats


def cell_positions_m(foot_length_mm: float) -> Floats:
    """Cell centres [16,2] (ml, ap) in m, each in its own foot's frame, from hardware/cells.toml."""
    from . import cells

    return np.asarray(cells.load(foot_length_mm).xy_m, float)


def conductance_s(counts: npt.ArrayLike, rm_ohm: npt.ArrayLike) -> Floats:
    """Conductance [S] of each count over the resistor of its cell; counts at saturation read as the last one below."""
    v = np.minimum(np.asarray(counts, float), SATURATED_COUNT) / FULL_COUNT
    return v / ((1 - v) * np.asarray(rm_ohm, float))


def force_table_n(record: Calibration) -> Floats:
    """Force [16, 4096] in N of every count of every cell, foot gain in it: looking up is faster than computing."""
    pressed = _pressed_table_s(record.rm_ohm, record.zero_count)
    return cell_force_n(pressed, record).T * np.repeat(record.foot_gain, 8)[:, None]


@lru_cache(maxsize=8)
def _pressed_table_s(rm_ohm: tuple[float, ...], zero_count: tuple[float, ...]) -> Floats:
    """Conductance [4096, 16] above the leak, of every count: a fit asks for it a thousand times. Not to be changed."""
    table = conductance_s(np.arange(FULL_COUNT + 1.0)[:, None], rm_ohm) - conductance_s(zero_count, rm_ohm)
    table.flags.writeable = False
    return table


def cell_force_n(pressed_s: Floats, record: Calibration) -> Floats:
    """Force [n,16] in N of conductances above the leak [n,16], without the gains of the feet."""
    force = np.asarray(record.gain_n_per_siemens_exp) * np.maximum(pressed_s, 0) ** np.asarray(record.exponent)
    for cell, curve in enumerate(record.curves or ()):
        if curve:
            force[:, cell] = curve_force_n(curve, pressed_s[:, cell])
    return force


def curve_force_n(curve: Curve, pressed_s: npt.ArrayLike) -> Floats:
    """Force [N] at conductances above the leak [S], 0 at none: a monotone cubic through the logarithms of the points
    (Fritsch and Butland, doi 10.1137/0905021), and beyond them power laws. Raises CalibrationError where the points
    don't rise."""
    from scipy.interpolate import PchipInterpolator

    points = np.array((curve.conductance_s, curve.force_n), float)
    if points.shape[1] < 2 or (points <= 0).any() or (np.diff(points) <= 0).any():
        raise CalibrationError("A cell's curve needs two or more points that rise, all above 0: calibrate again.")
    x, y = np.log(points)
    with np.errstate(divide="ignore"):
        at = np.log(np.maximum(np.asarray(pressed_s, float), 0))
    first, last = (_slope(x[part], y[part]) for part in (slice(END_POINTS), slice(-END_POINTS, None)))
    inside = PchipInterpolator(x, y)(np.clip(at, x[0], x[-1]))
    return np.exp(inside + first * np.minimum(at - x[0], 0) + last * np.maximum(at - x[-1], 0))


def _slope(x: Floats, y: Floats) -> float:
    """Of the straight line of least squares."""
    off = x - x.mean()
    return float(off @ y / (off @ off))


def counts_of(force_n: npt.ArrayLike, record: Calibration) -> Floats:
    """The counts [..., 16], not rounded, at which the record reads these cell forces: the law backwards."""
    force = np.asarray(force_n, float) / np.repeat(record.foot_gain, 8)
    pressed = (force / np.asarray(record.gain_n_per_siemens_exp)) ** (1 / np.asarray(record.exponent))
    g_rm = (pressed + _leak_s(record)) * np.asarray(record.rm_ohm)
    counts = FULL_COUNT * g_rm / (1 + g_rm)
    if record.curves:
        table = force_table_n(replace(record, foot_gain=(1.0, 1.0)))
        wanted = np.broadcast_to(force, counts.shape)
        for cell, curve in enumerate(record.curves):
            if curve:
                first = int(np.flatnonzero(table[cell] <= 0)[-1])
                rising = table[cell, first : SATURATED_COUNT + 1]
                counts[..., cell] = np.interp(wanted[..., cell], rising, first + np.arange(len(rising)))
    return counts


def _leak_s(record: Calibration) -> Floats:
    return conductance_s(record.zero_count, record.rm_ohm)


def saturated_counts(record: Calibration) -> npt.NDArray[np.int64]:
    """Count [16] from which each cell is at the end of its range, the part's or the converter's: its force is then a
    lower bound. A cell whose own gain the record doesn't know may stop some per cent short of it, unmarked."""
    from . import cells

    limit = cells.load(record.foot_length_mm).law.limit_n * NEAR_LIMIT * np.repeat(record.foot_gain, 8)
    return np.minimum(np.floor(counts_of(limit, record)), SATURATED_COUNT).astype(np.int64)


def loads(
    counts: npt.ArrayLike,
    record: Calibration,
    cell_xy_m: Floats | None = None,
    ignore: npt.NDArray[np.bool_] | None = None,
) -> Loads:
    """Forces and foot CoP of counts uint16[n,16], or of floats between them (`rezero`); `cell_xy_m` [16,2] replaces the
    cell map's positions.

    Cells in `ignore` bool[16] are left out of force and CoP, and are NaN themselves.
    """
    counts = np.asarray(counts)
    xy = cell_positions_m(record.foot_length_mm) if cell_xy_m is None else np.asarray(cell_xy_m, float)
    table = force_table_n(record)
    if ignore is not None:
        table[ignore] = 0
    table = table.ravel()
    first = np.arange(len(CELLS)) * (FULL_COUNT + 1)
    moments = np.zeros((16, 6))
    for foot in (0, 1):
        mine = slice(8 * foot, 8 * foot + 8)
        moments[mine, foot] = 1
        moments[mine, 2 + 2 * foot : 4 + 2 * foot] = xy[mine]
    n = len(counts)
    cell_force = np.empty((n, 16), np.float32)
    foot_force = np.empty((n, 2))
    foot_cop = np.empty((n, 2, 2))
    gain, offset = np.array(record.cop_gain), np.array(record.cop_offset_mm) * 1e-3
    with np.errstate(invalid="ignore", divide="ignore"):
        for at in range(0, n, _BLOCK):
            rows = slice(at, at + _BLOCK)
            force = _looked_up(table, counts[rows], first)
            sums = force @ moments
            cell_force[rows] = force
            foot_force[rows] = sums[:, :2]
            foot_cop[rows] = sums[:, 2:].reshape(-1, 2, 2) / sums[:, :2, None] * gain + offset
    if ignore is not None:
        cell_force[:, ignore] = np.nan
    return Loads(cell_force, foot_force, foot_cop)


def _looked_up(table: Floats, counts: npt.NDArray[Any], first: npt.NDArray[np.int64]) -> Floats:
    if counts.dtype.kind != "f":
        return table.take(counts + first)
    low = np.minimum(counts.astype(np.int64), FULL_COUNT - 1)
    below = table.take(low + first)
    return below + (counts - low) * (table.take(low + 1 + first) - below)
