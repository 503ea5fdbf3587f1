# SPDX-License-Identifier: MIT
"""Calibration from evidence: leans over a known centre of pressure, known loads on single cells, a dead weight."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from .calibration import CELLS, SIDES, Calibration, nominal, sealed
from .calibration_law import conductance_s, loads, saturated_counts
from .errors import CalibrationError
from .placement import Placement, place_feet

MIN_ROWS = 30
MIN_SHARE = 0.1  # of a foot's largest known load: below it the CoP of that foot tells nothing
MIN_SPAN_M = 0.008  # 5th to 95th percentile; with marks placed to +-2 mm a shorter lean leaves a gain not worth having
MIN_CELL_ROWS = 3
MIN_LOAD_RATIO = 2.0  # of a foot's known load, 95th to 5th percentile: less can't tell an exponent from a gain
AXES = ("sideways", "forward")

Floats = npt.NDArray[np.float64]


def robust_lstsq(design: Floats, y: Floats) -> Floats:
    """Coefficients of least squares with Huber's weights (k = 1.345 robust SDs), from an unweighted start."""
    weight = np.ones(len(y))
    solution = np.zeros(design.shape[1])
    for _ in range(30):
        root = np.sqrt(weight)
        fresh = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
        done = np.allclose(fresh, solution, rtol=1e-10, atol=0)
        solution = fresh
        residual = np.abs(y - design @ solution)
        scale = 1.4826 * float(np.median(residual))
        if done or scale <= 1e-12 * float(np.abs(y).max(initial=1e-300)):
            break
        weight = np.minimum(1, 1.345 * scale / np.maximum(residual, 1e-300))
    return np.asarray(solution, float)


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _now_utc() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _evidence(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def fit(
    counts: npt.ArrayLike,
    known_foot_cop_m: npt.ArrayLike,
    known_foot_force_n: npt.ArrayLike,
    *,
    device: str,
    base: Calibration | None = None,
    created_utc: str | None = None,
    fit_exponent: bool = True,
    cell_xy_m: Floats | None = None,
) -> Calibration:
    """A level-1 record from leans: counts [n,16], CoP [n,2,2] (foot, (ml, ap)) in the foot frames, force [n,2].

    Found per foot: the gain of force, and gain and offset of the CoP on each axis; for all cells together, unless
    `fit_exponent` is off, one factor on their exponents. Sixteen cell gains can't be told from leans and stay those
    of `base` (nominal by default). What the evidence does not show is kept from `base` and named in
    residuals["not_fitted"]. NaN rows are left out.
    """
    base = nominal() if base is None else base
    raw = np.asarray(counts)
    cop, force = np.asarray(known_foot_cop_m, float), np.asarray(known_foot_force_n, float)
    n = len(raw)
    if raw.shape != (n, 16) or cop.shape != (n, 2, 2) or force.shape != (n, 2):
        raise CalibrationError(
            f"Evidence of shapes {raw.shape}, {cop.shape}, {force.shape} doesn't fit together: give counts [n,16], foot"
            " CoP [n,2,2] and foot force [n,2]."
        )
    usable = _usable(raw, cop, force, saturated_counts(base))
    start = replace(base, foot_gain=(1.0, 1.0), cop_gain=((1.0, 1.0),) * 2, cop_offset_mm=((0.0, 0.0),) * 2)
    missed: list[str] = []
    if fit_exponent:
        start, told = _exponent(start, raw, force, usable, cell_xy_m)
        missed += told
    made = loads(raw, start, cell_xy_m)
    gains, maps, offsets = [1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]
    residuals: dict[str, Any] = {"rows": {}, "force_rms_n": {}, "cop_rms_mm": {}, "cop_p95_mm": {}}
    for f, side in enumerate(SIDES):
        rows = usable[:, f]
        seen, known = made.foot_force_n[rows, f], force[rows, f]
        gains[f] = float(robust_lstsq(seen[:, None], known)[0])
        errors = []
        for axis, word in enumerate(AXES):
            x, y = made.foot_cop_m[rows, f, axis], cop[rows, f, axis]
            low, high = np.percentile(y, (5, 95))
            if high - low < MIN_SPAN_M:
                missed.append(
                    f"{side} {word} CoP gain: the lean spans {1e3 * (high - low):.1f} mm"
                    f", and {1e3 * MIN_SPAN_M:g} are needed"
                )
                maps[f][axis] = base.cop_gain[f][axis]
                offsets[f][axis] = float(np.median(y - maps[f][axis] * x))
            else:
                maps[f][axis], offsets[f][axis] = robust_lstsq(np.column_stack((x, np.ones_like(x))), y)
            errors.append(1e3 * (maps[f][axis] * x + offsets[f][axis] - y))
        residuals["rows"][side] = int(rows.sum())
        residuals["force_rms_n"][side] = _rms(gains[f] * seen - known)
        residuals["cop_rms_mm"][side] = [_rms(error) for error in errors]
        residuals["cop_p95_mm"][side] = [float(np.percentile(np.abs(error), 95)) for error in errors]
        if gains[f] <= 0 or min(maps[f]) <= 0:
            raise CalibrationError(
                f"The {side} insole answers the wrong way round (force gain {gains[f]:.3g}, CoP gains {maps[f][0]:.3g}"
                f" and {maps[f][1]:.3g}): check that left and right and the cells' plugs aren't swapped."
            )
    residuals["not_fitted"] = missed
    return sealed(
        replace(
            start,
            device=device,
            created_utc=created_utc or _now_utc(),
            method="level 1: leans over a known centre of pressure" + (", exponent fitted" if fit_exponent else ""),
            nominal=False,
            foot_gain=(gains[0], gains[1]),
            cop_gain=((maps[0][0], maps[0][1]), (maps[1][0], maps[1][1])),
            cop_offset_mm=(
                (1e3 * offsets[0][0], 1e3 * offsets[0][1]),
                (1e3 * offsets[1][0], 1e3 * offsets[1][1]),
            ),
            cop_noise_mm=None,
            residuals=residuals,
            evidence_sha256=_evidence(raw, cop, force),
            supersedes=None if base.nominal else base.id,
        )
    )


def _usable(counts: npt.NDArray[Any], cop: Floats, force: Floats, full: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Rows [n,2] of each foot that can teach: loaded, known, no cell at the end of its range."""
    top = np.nanmax(force, axis=0, initial=0.0)
    out = np.isfinite(cop).all(axis=2) & (np.nan_to_num(force) > np.maximum(MIN_SHARE * top, 1e-9))
    for f in (0, 1):
        mine = counts[:, 8 * f : 8 * f + 8]
        out[:, f] &= (mine < full[8 * f : 8 * f + 8]).all(axis=1) & (mine > 0).any(axis=1)
        if out[:, f].sum() < MIN_ROWS:
            raise CalibrationError(
                f"Only {out[:, f].sum()} samples of the {SIDES[f]} foot are loaded, known and within range, and"
                f" {MIN_ROWS} are needed: repeat the leans with that foot loaded."
            )
    return out


def _exponent(start: Calibration, counts, force: Floats, usable, cell_xy_m) -> tuple[Calibration, list[str]]:
    """`start` with all exponents times the factor that fits the known forces best."""
    ratio = [float(np.divide(*np.percentile(force[usable[:, f], f], (95, 5)))) for f in (0, 1)]
    if max(ratio) < MIN_LOAD_RATIO:
        return start, [f"exponent: the load of a foot varied {max(ratio):.2f} times, and {MIN_LOAD_RATIO:g} are needed"]
    some = np.unique(np.linspace(0, len(counts) - 1, 2000).astype(int))
    g = conductance_s(counts[some], start.rm_ohm)
    loaded = np.where(g > 0, g, np.nan)
    pivot = np.nan_to_num(np.nanmedian(loaded, axis=0), nan=1.0)  # keeps each cell's usual force while it bends

    def bent(factor: float) -> Calibration:
        old = np.asarray(start.exponent)
        gain = np.asarray(start.gain_n_per_siemens_exp) * pivot ** (old - factor * old)
        return replace(start, exponent=tuple(factor * old), gain_n_per_siemens_exp=tuple(gain.tolist()))

    def cost(factor: float) -> float:
        seen = loads(counts[some], bent(factor), cell_xy_m).foot_force_n
        total = 0.0
        for f in (0, 1):
            rows = usable[some, f]
            x, y = seen[rows, f], force[some][rows, f]
            error = np.abs(y - x * robust_lstsq(x[:, None], y)[0])
            total += float(np.mean(np.minimum(error / np.median(y), 0.5)))
        return total

    best = _lowest(cost, 0.6, 1.6)
    record = bent(best)
    return replace(record, exponent=tuple(float(e) for e in record.exponent)), []


def _lowest(function: Callable[[float], float], low: float, high: float) -> float:
    """Golden section to 1e-3."""
    golden = (5**0.5 - 1) / 2
    a, b = high - golden * (high - low), low + golden * (high - low)
    at_a, at_b = function(a), function(b)
    while high - low > 1e-3:
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - golden * (high - low)
            at_a = function(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + golden * (high - low)
            at_b = function(b)
    return (low + high) / 2


def zero_counts(counts: npt.ArrayLike) -> tuple[float, ...]:
    """`zero_count` of a record: the median counts [n,16] of insoles that nothing presses."""
    raw = np.asarray(counts)
    if raw.ndim != 2 or raw.shape[1] != 16 or len(raw) < MIN_ROWS:
        raise CalibrationError(f"The zero needs at least {MIN_ROWS} samples of 16 cells: lift both feet for a second.")
    return tuple(np.median(raw, axis=0).tolist())


def cell_gains(
    counts: npt.ArrayLike, known_cell_force_n: npt.ArrayLike, record: Calibration, *, created_utc: str | None = None
) -> Calibration:
    """`record` with each cell's own gain, from known loads [n,16] N on single cells (NaN or 0 where not pressed)."""
    raw, known = np.asarray(counts), np.asarray(known_cell_force_n, float)
    seen = loads(raw, record, np.zeros((16, 2))).cell_force_n.astype(float)
    full = saturated_counts(record)
    factor, left_over = np.ones(16), {}
    for cell, name in enumerate(CELLS):
        rows = (np.nan_to_num(known[:, cell]) > 0) & (raw[:, cell] < full[cell]) & (seen[:, cell] > 0)
        if rows.sum() < MIN_CELL_ROWS:
            raise CalibrationError(
                f"Cell {name} has {rows.sum()} known loads within its range, and {MIN_CELL_ROWS} are needed: press it"
                " with more weights."
            )
        x, y = seen[rows, cell], known[rows, cell]
        factor[cell] = robust_lstsq(x[:, None], y)[0]
        left_over[name] = _rms(factor[cell] * x - y)
    if (factor <= 0).any():
        names = " ".join(np.array(CELLS)[factor <= 0])
        raise CalibrationError(
            f"The known loads and the counts of {names} don't rise together: check the plugs' order."
        )
    return sealed(
        replace(
            record,
            created_utc=created_utc or _now_utc(),
            method="known loads on each cell, then: " + record.method,
            gain_n_per_siemens_exp=tuple((np.asarray(record.gain_n_per_siemens_exp) * factor).tolist()),
            cop_noise_mm=None,
            residuals={**record.residuals, "cell_force_rms_n": left_over},
            evidence_sha256=_evidence(raw, known),
            supersedes=None if record.nominal else record.id,
        )
    )


def dead_weight_noise(
    counts: npt.ArrayLike, record: Calibration, placement: Placement | None = None, cell_xy_m: Floats | None = None
) -> float:
    """CoP noise [mm] of a dead weight, unfiltered: rms step of the CoP over sqrt(2), both axes together.

    Of the net CoP where the feet's placement is given, otherwise of the worse foot. From steps, since a weight that
    creeps for minutes adds nothing to path; for white noise it equals the standard deviation.
    """
    made = loads(counts, record, cell_xy_m)
    if placement is None:
        points = made.foot_cop_m
    else:
        p = placement
        rotation, translation = place_feet(p.heel_distance_m, p.foot_angle_deg, p.foot_angle_deg, p.foot_length_m)
        body = np.einsum("fij,nfj->nfi", rotation, made.foot_cop_m) + translation
        force = made.foot_force_n[:, :, None]
        points = (force * body).sum(axis=1, keepdims=True) / force.sum(axis=1, keepdims=True)
    steps = np.diff(points, axis=0)
    if len(steps) < MIN_ROWS or not np.isfinite(steps).all():
        raise CalibrationError(
            "The noise needs a weight on both insoles throughout and at least 0.3 s of samples: put it on and repeat."
        )
    return 1e3 * float(np.sqrt((steps**2).sum(axis=2).mean(axis=0) / 2).max())
