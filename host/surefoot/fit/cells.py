# SPDX-License-Identifier: MIT
"""Level 2: each cell's own law from known loads on it alone, with its creep, its hysteresis and its error.

A reading of force F is taken as F (1 +- h + c sum of dF / F log10(age / REFERENCE_S)): h the half width of its loop,
minus on the way up and plus on the way down, c the creep for each decade of the age of every load laid on before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calibration import Calibration, Curve
from ..calibration_law import curve_force_n
from ..errors import CalibrationError
from ..physics import GRAVITY_MS2
from .pressing import CellLoads, Press, answer_doubt, index_of, pressed_s

LEAST_LOADS = 3
LEAST_SPAN = 4.0  # largest to smallest load: less tells no curve
SAME_SHARE = 0.02  # loads that differ by less are one, the way up and the way down
READ_FROM_S, READ_TO_S = 3.0, 4.0  # of each press: the same delay for all
REFERENCE_S = 10.0  # the age of a load that a curve holds for: the middle of the decades of a trial
HOLD_S = 15.0  # a press that lasts so long tells creep
LAID_S = 0.5  # before a press begins, its load was laid on and came to rest
WRONG_SHARE = 0.4  # off from what the other loads tell: a weight mistyped or a puck that slipped, no noise
DRAWS = 100
AGAIN = "Look whether the weights were given rightly and the puck lay well, and press this cell again."

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CellFit:
    """One cell: its curve, half width of its loop and creep (None: not told), and how wrong a force by it may be.

    `left_out_n` and `left_out_share`: rms over the loads, each told by a curve without it. `doubt_n`: standard error of
    the force at the curve's points, by bootstrap of the presses.
    """

    cell: str
    curve: Curve
    hysteresis_share: float | None
    creep_share_per_decade: float | None
    left_out_n: float
    left_out_share: float
    doubt_n: tuple[float, ...]


def fit_cell(loads: CellLoads, base: Calibration, seed: int = 0) -> CellFit:
    """The fit of one cell; `base` gives its resistor and a rough law. Raises CalibrationError with what is wrong."""
    cell = index_of(loads.cell)
    force = _checked(loads, base)
    levels = _levels(force)
    reading = np.log([_reading_s(press, loads, base)[cell] for press in loads.presses])
    _must_rise(loads.cell, force, reading)
    bend = float(np.polyfit(reading, np.log(force), 1)[0])
    age = np.array([_age(loads.presses, k, _read_at_s(press)) for k, press in enumerate(loads.presses)])
    creep = _creep(loads, base, bend)
    told = bend * reading - np.log1p((creep or 0.0) * age)
    falls = np.diff(force, prepend=0) < 0
    # Small loads on the way down are mostly what the large ones left behind: they count as far as creep is known.
    weight = 1 / (1 + age**2)
    loop = _half_width(loads.cell, levels, force, told, falls, weight)
    told = (told - np.where(falls, 1, -1) * (loop or 0.0)) / bend
    curve = _curve(force, told, weight, levels)
    off = _left_out(curve)
    worst = int(np.argmax(np.abs(off)))
    if abs(off[worst]) > np.log1p(WRONG_SHARE):
        kg = curve.force_n[worst] / GRAVITY_MS2
        raise CalibrationError(
            f"Cell {loads.cell}: by its other loads, {kg:.3g} kg reads like {kg * np.exp(off[worst]):.3g} kg. {AGAIN}"
        )
    missed_n = np.array(curve.force_n) * np.expm1(off)
    return CellFit(
        loads.cell,
        curve,
        loop,
        creep,
        float(np.sqrt(np.mean(missed_n**2))),
        float(np.sqrt(np.mean(off**2))),
        _doubt_n(force, told, weight, levels, curve, seed),
    )


def _checked(loads: CellLoads, base: Calibration) -> Floats:
    """The forces of the presses, where all of them are the cell's own and enough."""
    for press in loads.presses:
        if not np.isfinite(press.force_n) or press.force_n <= 0:
            raise CalibrationError(f"Cell {loads.cell}: a load of {press.force_n:g} N is none, give what was laid on.")
        if _rows(press).sum() < 3:
            raise CalibrationError(
                f"Cell {loads.cell}: {press.force_n:.3g} N was held for less than {READ_TO_S:g} s: press it again."
            )
        if doubt := answer_doubt(press.counts[_rows(press)], loads, press.force_n, base):
            raise CalibrationError(f"Cell {loads.cell}: {doubt}.")
    force = np.array([press.force_n for press in loads.presses])
    count = len(_levels(force))
    if count < LEAST_LOADS or force.max() < LEAST_SPAN * force.min():
        span = f", {force.min():.3g} to {force.max():.3g} N" if len(force) else ""
        raise CalibrationError(
            f"Cell {loads.cell} has {count} different loads{span}: {LEAST_LOADS} are needed, the largest {LEAST_SPAN:g}"
            " times the smallest or more."
        )
    return force


def _levels(force: Floats) -> list[npt.NDArray[np.int64]]:
    """The presses of each load, from the smallest load on."""
    order = np.argsort(force, kind="stable")
    cuts = np.flatnonzero(np.diff(force[order]) > SAME_SHARE * force[order][:-1]) + 1
    return [part for part in np.split(order, cuts) if len(part)]


def _rows(press: Press) -> npt.NDArray[np.bool_]:
    age = press.t_s - press.t_s[0]
    return (age >= READ_FROM_S) & (age <= READ_TO_S)


def _read_at_s(press: Press) -> float:
    return float(press.t_s[_rows(press)].mean())


def _reading_s(press: Press, loads: CellLoads, base: Calibration) -> Floats:
    return pressed_s(np.median(press.counts[_rows(press)], axis=0), loads.zero_count, base.rm_ohm)


def _must_rise(cell: str, force: Floats, reading: Floats) -> None:
    """Between any two loads that differ, on the same way, the larger must read more."""
    falls = np.diff(force, prepend=0) < 0
    for way in (~falls, falls):
        for low, high in pairwise(np.flatnonzero(way)[np.argsort(force[way])]):
            if force[high] > (1 + SAME_SHARE) * force[low] and reading[high] <= reading[low]:
                raise CalibrationError(
                    f"Cell {cell} reads less under {force[high] / GRAVITY_MS2:.3g} kg than under"
                    f" {force[low] / GRAVITY_MS2:.3g} kg. {AGAIN}"
                )


def _age(presses: Sequence[Press], k: int, t_s: npt.ArrayLike) -> Any:
    """Decades of age against REFERENCE_S at times t_s during press k, of all loads laid on so far, weighted by them."""
    before, total = 0.0, np.zeros(np.shape(t_s))
    for press in presses[: k + 1]:
        age_s = np.asarray(t_s) - press.t_s[0] + LAID_S
        total = total + (press.force_n - before) * np.log10(age_s / REFERENCE_S)
        before = press.force_n
    return total / presses[k].force_n


def _creep(loads: CellLoads, base: Calibration, bend: float) -> float | None:
    """The rise of the reading for each decade, from the presses that last; None where none does."""
    found = []
    for k, press in enumerate(loads.presses):
        lasted_s = press.t_s[-1] - press.t_s[0]
        if lasted_s < HOLD_S:
            continue
        # Means over equal parts of the logarithm of time: the many late samples don't outweigh the few early ones.
        edges = np.geomspace(1.0, lasted_s, 13)
        part = np.digitize(press.t_s - press.t_s[0], edges)
        some = [part == number for number in range(1, len(edges)) if (part == number).any()]
        level = pressed_s(press.counts, loads.zero_count, base.rm_ohm)[:, index_of(loads.cell)]
        told = bend * np.log([level[rows].mean() for rows in some])
        age = np.array([_age(loads.presses, k, press.t_s[rows]).mean() for rows in some])
        slope = float(np.polyfit(age, told, 1)[0])
        found.append(slope / (1 - slope * float(age.mean())))
    return max(0.0, float(np.mean(found))) if found else None


def _half_width(
    cell: str,
    levels: list[npt.NDArray[np.int64]],
    force: Floats,
    told: Floats,
    falls: npt.NDArray[np.bool_],
    weight: Floats,
) -> float | None:
    """Half the logarithm of the reading down over that up, the mean over loads that were laid on both ways."""
    found = []
    for some in levels:
        down, up = told[some][falls[some]], told[some][~falls[some]]
        if not (len(down) and len(up)):
            continue
        half = float(down.mean() - up.mean()) / 2
        if abs(half) > np.log1p(WRONG_SHARE) / 2:
            raise CalibrationError(
                f"Cell {cell} reads {np.expm1(2 * half):+.0%} on the way down against the way up, under"
                f" {force[some[0]] / GRAVITY_MS2:.3g} kg. {AGAIN}"
            )
        found.append((half, weight[some].min()))
    if not found:
        return None
    halves, weights = np.array(found).T
    return max(0.0, float(np.average(halves, weights=weights)))


def _curve(force: Floats, told: Floats, weight: Floats, levels: Sequence[npt.NDArray[np.int64]]) -> Curve:
    points = [
        (
            float(np.exp(np.average(told[some], weights=weight[some]))),
            float(np.average(force[some], weights=weight[some])),
        )
        for some in levels
    ]
    return Curve(tuple(point[0] for point in points), tuple(point[1] for point in points))


def _left_out(curve: Curve) -> Floats:
    """ln of the force over the true one at each point, by a curve without it."""
    x, y = np.array(curve.conductance_s), np.array(curve.force_n)
    keep = ~np.eye(len(x), dtype=bool)
    told = [float(curve_force_n(Curve(tuple(x[k]), tuple(y[k])), x[~k])[0]) for k in keep]
    return np.log(np.array(told) / y)


def _doubt_n(
    force: Floats, told: Floats, weight: Floats, levels: list[npt.NDArray[np.int64]], curve: Curve, seed: int
) -> tuple[float, ...]:
    """Standard error of the force at the points, the presses drawn again and again with replacement."""
    rng = np.random.default_rng([seed, *b"doubt"])
    drawn: list[Floats] = []
    for _ in range(DRAWS):
        chosen = rng.integers(0, len(force), len(force))
        some = [mine for level in levels if len(mine := chosen[np.isin(chosen, level)])]
        made = _curve(force, told, weight, some)
        if len(some) >= LEAST_LOADS and (np.diff(made.conductance_s) > 0).all():
            drawn.append(curve_force_n(made, curve.conductance_s))
    return tuple(np.std(drawn, axis=0).tolist()) if len(drawn) > 1 else (float("nan"),) * len(levels)
