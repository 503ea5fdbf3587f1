# SPDX-License-Identifier: MIT
"""How far a level-1 record may be off: its fit repeated on evidence that might as well have been seen.

A block bootstrap of the residuals (Kuensch 1989, doi:10.1214/aos/1176347265): samples of one step follow each other,
and its mark and its scale err for all of it alike, so whole steps are the blocks. To that comes what marks and scales
may be off, evenly between their limits. Forces are few: their residuals are widened by the freedom that the fit took.
What cells do in weeks is not in it: that is what the expiry and `verify` are for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calibration import SIDES, Calibration
from ..calibration_law import loads
from ..errors import CalibrationError
from .known import Evidence
from .leans import Solved, solve
from .teaching import MIN_SHARE

DRAWS = 100
KEPT_ROWS = 1500  # of the evidence: its samples follow each other so closely that more tell nothing
RANGE = 95.0  # per cent
# Our choice. The maker's drift test of such a part (below 5 % per decade of time) ends at 35 days under 1 kg: for what
# comes after it, nobody has a number.
VALID_DAYS = 35
EXPIRES = "35 days: as long as such cells' drift has been tested by their maker; our choice"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Left:
    """Residuals of the fit, known minus read: force of feet [n,2] and of both [n] N, CoP [n,2,2] m; NaN not known."""

    force: Floats
    both: Floats
    cop: Floats


def doubt(
    told: Evidence,
    base: Calibration,
    solved: Solved,
    weight_n: float,
    *,
    fit_exponent: bool = True,
    fit_force: bool = True,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Any]:
    """95 % ranges of a single reading and of what was fitted, and the range in which that holds, for `Made.error`.

    `force_share_bw`: of a foot's force, as a share of body weight; `cop_mm`: of its CoP (ml, ap); `foot_gain_share`,
    `cop_gain_share`, `cop_offset_mm`: of what was fitted. What was not fitted has no number.
    """
    few = told.some(np.arange(0, len(told.counts), max(1, len(told.counts) // KEPT_ROWS)))
    made = loads(few.counts, solved.record)
    wider = _freedom(few, 2 + fit_exponent) if fit_force else 1.0
    left = _Left(
        wider * (few.foot_force_n - made.foot_force_n),
        wider * (few.both_force_n - made.foot_force_n.sum(axis=1)),
        few.foot_cop_m - made.foot_cop_m,
    )
    dice = np.random.default_rng(seed)
    found: list[Calibration] = []
    for _ in range(draws):
        again = _redrawn(few, made.foot_force_n, made.foot_cop_m, left, dice)
        try:
            found.append(solve(again, base, fit_exponent=fit_exponent, fit_force=fit_force).record)
        except CalibrationError:
            continue  # a draw that can't be fitted tells nothing
    if len(found) < draws / 2:
        raise CalibrationError("The leans hold no fit together when they are drawn again: repeat the session.")
    return _ranges(few, solved.record, made, left, found, weight_n, fit_force, dice) | valid(told, solved.record)


def _freedom(few: Evidence, unknowns: int) -> float:
    """By what residuals of forces are too small: the root of readings over what is left of them, at most 2."""
    readings = len(np.unique(few.step[np.isfinite(few.both_force_n)]))
    readings += sum(len(np.unique(few.step[np.isfinite(few.foot_force_n[:, f])])) for f in (0, 1))
    return min(2.0, float(np.sqrt(readings / max(readings - unknowns, 1))))


def _redrawn(few: Evidence, force_n: Floats, cop_m: Floats, left: _Left, dice: np.random.Generator) -> Evidence:
    """The same steps with other steps' residuals, and with marks and scales off by what they may be."""
    steps = len(few.mark_m)
    mark = few.mark_m[:, None, None] * dice.uniform(-1, 1, (steps, 2, 2))
    # One scale weighs the whole body in all its steps; those under the feet are read anew each time.
    scale = few.force_n * dice.uniform(-1, 1)
    scales = few.force_n[:, None] * dice.uniform(-1, 1, (steps, 2))
    cop = np.full_like(left.cop, np.nan)
    force = np.full_like(left.force, np.nan)
    for f in (0, 1):
        force[:, f] = force_n[:, f] + _other(left.force[:, f], few.step, dice) + scales[few.step, f]
        for axis in (0, 1):
            pool = left.cop[:, :, axis]
            cop[:, f, axis] = cop_m[:, f, axis] + _other(left.cop[:, f, axis], few.step, dice, pool)
    both = force_n.sum(axis=1) + _other(left.both, few.step, dice) + scale[few.step]
    return replace(few, foot_cop_m=cop + mark[few.step], foot_force_n=force, both_force_n=both)


def _other(mine: Floats, step: npt.NDArray[np.int64], dice: np.random.Generator, pool: Floats | None = None) -> Floats:
    """Residuals [n] of steps drawn from those of `pool` [n, k] (both feet's), NaN where `mine` [n] is."""
    pool = mine[:, None] if pool is None else pool
    blocks = [
        column[(step == k) & np.isfinite(column)] for column in pool.T for k in np.unique(step[np.isfinite(column)])
    ]
    out = np.full(len(mine), np.nan)
    for k in np.unique(step[np.isfinite(mine)]):
        rows = np.flatnonzero((step == k) & np.isfinite(mine))
        block = blocks[int(dice.integers(len(blocks)))]
        out[rows] = np.resize(np.roll(block, int(dice.integers(len(block)))), len(rows))
    return out


def _ranges(
    few: Evidence,
    record: Calibration,
    made: Any,
    left: _Left,
    found: list[Calibration],
    weight_n: float,
    fit_force: bool,
    dice: np.random.Generator,
) -> dict[str, Any]:
    drawn = [loads(few.counts, one) for one in found]
    out: dict[str, Any] = {"cop_mm": {}, "cop_gain_share": {}, "cop_offset_mm": {}}
    if fit_force:
        out |= {"force_share_bw": {}, "foot_gain_share": {}}
    for f, side in enumerate(SIDES):
        if fit_force:
            moved = np.concatenate([one.foot_force_n[:, f] - made.foot_force_n[:, f] for one in drawn])
            # Where only the sum was known, what is left of it may be either foot's.
            pool = left.force[:, f] if np.isfinite(left.force[:, f]).any() else left.both
            out["force_share_bw"][side] = _within(moved + _picked(pool, few.share, len(moved), dice)) / weight_n
            gains = np.array([one.foot_gain[f] for one in found])
            out["foot_gain_share"][side] = _within(gains / record.foot_gain[f] - 1)
        known = [np.isfinite(left.cop[:, f, axis]) for axis in (0, 1)]
        if not any(rows.any() for rows in known):
            continue
        errors, gains, offsets = [], [], []
        for axis in (0, 1):
            pool = left.cop[:, :, axis]
            rows = known[axis]
            moved = np.concatenate([(one.foot_cop_m - made.foot_cop_m)[rows, f, axis] for one in drawn])
            errors.append(_within(moved + _picked(pool, few.share, len(moved), dice)) * 1e3 if rows.any() else None)
            gains.append(_within(np.array([one.cop_gain[f][axis] for one in found]) / record.cop_gain[f][axis] - 1))
            offsets.append(
                _within(np.array([one.cop_offset_mm[f][axis] for one in found]) - record.cop_offset_mm[f][axis])
            )
        out["cop_mm"][side], out["cop_gain_share"][side], out["cop_offset_mm"][side] = errors, gains, offsets
    return {key: value for key, value in out.items() if value}


def _picked(pool: Floats, share: Floats, n: int, dice: np.random.Generator) -> Floats:
    """So many residuals of `pool` [m] or [m,2], each step's as often as another's."""
    known = np.isfinite(pool)
    if not known.any():
        return np.zeros(n)
    often = np.broadcast_to(share, pool.T.shape).T[known]
    return dice.choice(pool[known], n, p=often / often.sum())


def _within(errors: Floats) -> float:
    """What 95 % of the errors' sizes are below."""
    known = np.abs(errors[np.isfinite(errors)])
    return float(np.percentile(known, RANGE)) if len(known) else 0.0


def valid(told: Evidence, record: Calibration) -> dict[str, Any]:
    """The loads [N] and places [mm] (ml, ap) that the evidence has seen: outside of them the record guesses."""
    made = loads(told.counts, record)
    out: dict[str, Any] = {
        "valid_load_from_n": {},
        "valid_load_to_n": {},
        "valid_cop_from_mm": {},
        "valid_cop_to_mm": {},
    }
    for f, side in enumerate(SIDES):
        told_force = np.isfinite(told.foot_force_n[:, f]) | np.isfinite(told.both_force_n)
        if told_force.any():
            seen = made.foot_force_n[told_force, f]
            low, high = np.percentile(seen[seen >= MIN_SHARE * seen.max()], (2, 98))
            out["valid_load_from_n"][side], out["valid_load_to_n"][side] = float(low), float(high)
        place = [told.foot_cop_m[np.isfinite(told.foot_cop_m[:, f, axis]), f, axis] for axis in (0, 1)]
        if all(len(part) for part in place):
            out["valid_cop_from_mm"][side] = [1e3 * float(part.min()) for part in place]
            out["valid_cop_to_mm"][side] = [1e3 * float(part.max()) for part in place]
    return {key: value for key, value in out.items() if value}
