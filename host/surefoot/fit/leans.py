# SPDX-License-Identifier: MIT
"""Calibration from evidence: leans over a known centre of pressure, known loads on single cells, a dead weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calibration import ANY, CELLS, SIDES, Calibration, Made, nominal, sealed
from ..calibration_law import loads, saturated_counts
from ..errors import CalibrationError
from ..placement import Placement, place_feet
from . import known
from .exponent import exponent
from .known import EVEN_SD, Evidence
from .robust import evidence_sha256, lstsq_of_steps, middle, now_utc, rms, robust_lstsq
from .teaching import MIN_ROWS, Rows, force_design, teaching

MIN_SPAN_M = 0.008  # 5th to 95th percentile; with marks placed to +-2 mm a shorter lean leaves a gain not worth having
MIN_CELL_ROWS = 3
MIN_SHARE_SPAN = 0.2  # of the left foot's share of the load, likewise: less can't tell the feet apart by their sum
AXES = ("sideways", "forward")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Solved:
    """A fit: the record with its new numbers (not sealed), residuals, and what the evidence did not show."""

    record: Calibration
    residuals: dict[str, Any]
    not_fitted: tuple[str, ...]


def fit(
    counts: npt.ArrayLike,
    known_foot_cop_m: npt.ArrayLike,
    known_foot_force_n: npt.ArrayLike,
    known_both_force_n: npt.ArrayLike | None = None,
    *,
    device: str,
    base: Calibration | None = None,
    created_utc: str | None = None,
    fit_exponent: bool = True,
    cell_xy_m: Floats | None = None,
) -> Calibration:
    """A level-1 record from leans: counts [n,16], CoP [n,2,2] (foot, (ml, ap)) in the foot frames, force [n,2], and the
    sum of both feet's force [n]; NaN is not known, and a row may tell any of them alone. As `solve`."""
    base = nominal() if base is None else base
    told = known.evidence(counts, known_foot_cop_m, known_foot_force_n, known_both_force_n)
    solved = solve(told, base, fit_exponent=fit_exponent, cell_xy_m=cell_xy_m)
    now = created_utc or now_utc()
    return sealed(
        replace(
            solved.record,
            device=device,
            created_utc=now,
            made_insole=Made(
                "level 1: leans over a known centre of pressure" + (", exponent fitted" if fit_exponent else ""),
                1,
                now,
                evidence_sha256=evidence_sha256(told.counts, told.foot_cop_m, told.foot_force_n),
                residuals={**solved.residuals, "not_fitted": list(solved.not_fitted)},
            ),
            supersedes=None if base.device == ANY else base.id,
        )
    )


def solve(
    told: Evidence,
    base: Calibration,
    *,
    fit_exponent: bool = True,
    fit_force: bool = True,
    cell_xy_m: Floats | None = None,
) -> Solved:
    """Fit what the evidence shows and keep the rest of `base`, by name in `not_fitted`.

    Found per foot: the gain of force, and gain and offset of the CoP on each axis; for all cells together, unless
    `fit_exponent` is off, one factor on their exponents. Sixteen cell gains can't be told from leans and stay. Without
    `fit_force` the forces of `base` stay too, and only the CoP is fitted.
    """
    start = replace(base, cop_gain=((1.0, 1.0),) * 2, cop_offset_mm=((0.0, 0.0),) * 2, cop_noise_mm=None)
    missed: list[str] = []
    if fit_force:
        start = replace(start, foot_gain=(1.0, 1.0))
    made = loads(told.counts, start, cell_xy_m)
    rows = teaching(told, start, made.foot_force_n, fit_force)
    residuals: dict[str, Any] = {"rows": {}}
    if fit_force:
        if fit_exponent:
            start, missing = exponent(start, told, rows, cell_xy_m)
            missed += missing
            made = loads(told.counts, start, cell_xy_m)
        gains, missing = _gains(told, rows, made.foot_force_n)
        missed += missing
        start = replace(start, foot_gain=gains)
        residuals |= _force_residuals(told, rows, made.foot_force_n * gains)
    maps, offsets, missing, left_over = _cop(told, rows, base, made.foot_cop_m)
    for f, side in enumerate(SIDES):
        residuals["rows"][side] = int((rows.force[:, f] | rows.both | rows.cop[:, f].any(axis=1)).sum())
        if start.foot_gain[f] <= 0 or min(maps[f]) <= 0:
            raise CalibrationError(
                f"The {side} insole answers the wrong way round (force gain {start.foot_gain[f]:.3g}, CoP gains"
                f" {maps[f][0]:.3g} and {maps[f][1]:.3g}): check that left and right and the cells' plugs aren't"
                " swapped."
            )
    record = replace(
        start,
        cop_gain=((maps[0][0], maps[0][1]), (maps[1][0], maps[1][1])),
        cop_offset_mm=((1e3 * offsets[0][0], 1e3 * offsets[0][1]), (1e3 * offsets[1][0], 1e3 * offsets[1][1])),
    )
    return Solved(record, residuals | left_over, (*missed, *missing))


def _gains(told: Evidence, rows: Rows, seen_n: Floats) -> tuple[tuple[float, float], list[str]]:
    forces = force_design(told, rows, seen_n)
    if not rows.force.any():
        share = seen_n[rows.both, 0] / seen_n[rows.both].sum(axis=1)
        span = float(np.ptp(np.percentile(share, (5, 95))))
        if span < MIN_SHARE_SPAN:
            one = float(forces._replace(design=forces.design.sum(axis=1)[:, None]).gains()[0][0])
            return (one, one), [
                f"left and right force gain apart: {span:.0%} of the load changed feet, and {MIN_SHARE_SPAN:.0%} are"
                " needed"
            ]
    left, right = forces.gains()[0]
    return (float(left), float(right)), []


def _force_residuals(told: Evidence, rows: Rows, force_n: Floats) -> dict[str, Any]:
    out: dict[str, Any] = {"force_rms_n": {}}
    for f, side in enumerate(SIDES):
        mine = rows.force[:, f]
        if mine.any():
            out["force_rms_n"][side] = rms(force_n[mine, f] - told.foot_force_n[mine, f])
    if rows.both.any():
        out["both_force_rms_n"] = rms(force_n[rows.both].sum(axis=1) - told.both_force_n[rows.both])
    return out


def _cop(
    told: Evidence, rows: Rows, base: Calibration, seen_m: Floats
) -> tuple[list[list[float]], list[list[float]], list[str], dict[str, Any]]:
    """Gains and offsets [m] by foot and axis, what was missed, residuals."""
    maps = [list(base.cop_gain[f]) for f in (0, 1)]
    offsets = [[1e-3 * value for value in base.cop_offset_mm[f]] for f in (0, 1)]
    missed: list[str] = []
    residuals: dict[str, Any] = {"cop_rms_mm": {}, "cop_p95_mm": {}}
    for f, side in enumerate(SIDES):
        errors: list[Floats] = []
        for axis, word in enumerate(AXES):
            mine = rows.cop[:, f, axis]
            x, y = seen_m[mine, f, axis], told.foot_cop_m[mine, f, axis]
            share, off_m = told.share[mine], EVEN_SD * told.mark_m[told.step[mine]]
            if not len(y):
                missed.append(f"{side} {word} CoP gain and offset: no place was known")
                continue
            low, high = np.percentile(y, (5, 95))
            if high - low < MIN_SPAN_M:
                missed.append(
                    f"{side} {word} CoP gain: the lean spans {1e3 * (high - low):.1f} mm"
                    f", and {1e3 * MIN_SPAN_M:g} are needed"
                )
                offsets[f][axis] = middle(y - maps[f][axis] * x, share)
            else:
                design = np.column_stack((x, np.ones_like(x)))
                maps[f][axis], offsets[f][axis] = lstsq_of_steps(design, y, share, off_m)[0]
            errors.append(1e3 * (maps[f][axis] * x + offsets[f][axis] - y))
        if len(errors) == len(AXES):
            residuals["cop_rms_mm"][side] = [rms(error) for error in errors]
            residuals["cop_p95_mm"][side] = [float(np.percentile(np.abs(error), 95)) for error in errors]
    return maps, offsets, missed, residuals


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
    record = replace(record, curves=None)
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
        left_over[name] = rms(factor[cell] * x - y)
    if (factor <= 0).any():
        names = " ".join(np.array(CELLS)[factor <= 0])
        raise CalibrationError(
            f"The known loads and the counts of {names} don't rise together: check the plugs' order."
        )
    now, before = created_utc or now_utc(), record.made_insole
    return sealed(
        replace(
            record,
            created_utc=now,
            made_insole=Made(
                "known loads on each cell" + (f", then: {before.method}" if before else ""),
                2,
                now,
                evidence_sha256=evidence_sha256(raw, known),
                residuals={**(before.residuals if before else {}), "cell_force_rms_n": left_over},
            ),
            gain_n_per_siemens_exp=tuple((np.asarray(record.gain_n_per_siemens_exp) * factor).tolist()),
            cop_noise_mm=None,
            supersedes=None if record.device == ANY else record.id,
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
