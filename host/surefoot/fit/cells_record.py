# SPDX-License-Identifier: MIT
"""From the presses of any number of cells to a level-2 record, with its error in newtons and of body weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..calibration import ANY, CELLS, Calibration, Curve, Made, sealed
from ..errors import CalibrationError
from .cells import CellFit, fit_cell
from .pressing import ANSWER_SHARE, CellLoads, answering, rough_n
from .robust import now_utc

METHOD = "level 2: known loads on single cells"
CARRYING = 6  # cells of a foot's eight that carry most of a standing load: their own errors average over these
LEFT_OUT_N, LEFT_OUT, DOUBT_N, RANGE_N = (
    "cell_force_left_out_n",
    "cell_force_left_out_share",
    "cell_force_doubt_n",
    "cell_range_n",
)
FILES = "evidence_sha256"  # the recording of each cell
OF_CELLS = (LEFT_OUT_N, LEFT_OUT, DOUBT_N, RANGE_N, FILES, "not_done")  # of residuals: they hold as long as the curves


def swapped(all_loads: Sequence[CellLoads], base: Calibration) -> tuple[str, ...]:
    """A sentence for each cell in whose place another answered."""
    answered = {}
    for loads in all_loads:
        if loads.presses:
            top = max(loads.presses, key=lambda press: press.force_n)
            shown = rough_n(np.median(top.counts, axis=0), loads.zero_count, base)
            if shown.max() >= ANSWER_SHARE * top.force_n:
                answered[loads.cell] = answering(shown)
    said = []
    for cell, other in answered.items():
        if answered.get(other) == cell and cell < other:
            said.append(f"{cell} and {other} are in each other's plugs: swap the two plugs")
        elif cell != other and answered.get(other) != cell:
            said.append(f"{other} answered where {cell} was pressed: look at the puck's place and at both plugs")
    return tuple(said)


def fit(
    all_loads: Sequence[CellLoads],
    base: Calibration,
    *,
    device: str,
    created_utc: str | None = None,
    evidence_sha256: str | None = None,
    who: str | None = None,
    body_weight_n: float | None = None,
) -> Calibration:
    """A level-2 record of the cells that were pressed; the others stay as they are in `base`, those without a curve are
    named in residuals["not_done"]. Foot gain and CoP map stay those of `base`: leans find them, under these curves.

    Raises CalibrationError where a cell's presses can't teach; nothing is made then.
    """
    if not all_loads:
        raise CalibrationError("Not one cell was pressed: begin with one, the others can be done later.")
    if said := swapped(all_loads, base):
        raise CalibrationError(f"{'; '.join(said)}. Then press them again.")
    fits = [fit_cell(loads, base) for loads in all_loads]
    zeros = {loads.cell: loads.zero_count for loads in all_loads}
    usual_zero = np.median(list(zeros.values()), axis=0)
    curves = list(base.curves or (None,) * len(CELLS))
    zero_count = list(base.zero_count)
    for made in fits:
        cell = CELLS.index(made.cell)
        curves[cell], zero_count[cell] = made.curve, float(zeros[made.cell][cell])
    for cell, curve in enumerate(curves):
        if curve is None:
            zero_count[cell] = float(usual_zero[cell])
    loops = _shares(base.hysteresis_share, {made.cell: made.hysteresis_share for made in fits})
    creeps = _shares(base.creep_share_per_decade, {made.cell: made.creep_share_per_decade for made in fits})
    before, now = base.made_insole, created_utc or now_utc()
    residuals = _residuals(fits, curves, base)
    more = "" if before is None or before.level == 2 else f", then: {before.method}"
    made_insole = Made(
        METHOD + more, 2, now, who, evidence_sha256, residuals, _errors(residuals, loops, creeps, body_weight_n)
    )
    return sealed(
        replace(
            base,
            device=device,
            created_utc=now,
            zero_count=tuple(zero_count),
            curves=tuple(curves),
            hysteresis_share=loops,
            creep_share_per_decade=creeps,
            cop_noise_mm=None,
            made_insole=made_insole,
            supersedes=None if base.device == ANY else base.id,
        )
    )


def _shares(old: tuple[float, ...] | None, found: Mapping[str, float | None]) -> tuple[float, ...] | None:
    """Per cell what was found, else what was known, else the median of what was found; None where nothing was."""
    told = [share for share in found.values() if share is not None]
    if not told:
        return old
    usual = old or (float(np.median(told)),) * len(CELLS)
    return tuple(usual[cell] if (own := found.get(name)) is None else own for cell, name in enumerate(CELLS))


def _residuals(fits: Sequence[CellFit], curves: Sequence[Curve | None], base: Calibration) -> dict[str, Any]:
    old = dict(base.made_insole.residuals) if base.made_insole else {}
    rows = {
        LEFT_OUT_N: {made.cell: made.left_out_n for made in fits},
        LEFT_OUT: {made.cell: made.left_out_share for made in fits},
        DOUBT_N: {made.cell: max(made.doubt_n) for made in fits},
        RANGE_N: {made.cell: [made.curve.force_n[0], made.curve.force_n[-1]] for made in fits},
    }
    merged = {key: {**old.get(key, {}), **row} for key, row in rows.items()}
    missing = [name for name, curve in zip(CELLS, curves, strict=True) if curve is None]
    leans = (
        "foot gain and CoP map: none yet, so that forces are those on the cells alone, without the load between them"
        if base.foot_gain == (1.0, 1.0)
        else "foot gain and CoP map: those found under the cells' former laws: fit the leans again"
    )
    untold = [
        f"creep of {made.cell}: no load was held for long" for made in fits if made.creep_share_per_decade is None
    ]
    untold += [f"hysteresis of {made.cell}: no load came both ways" for made in fits if made.hysteresis_share is None]
    return {**old, **merged, "not_done": missing, "not_fitted": [leans, *untold]}


def _errors(
    residuals: Mapping[str, Any],
    loops: tuple[float, ...] | None,
    creeps: tuple[float, ...] | None,
    body_weight_n: float | None,
) -> dict[str, Any]:
    """How wrong forces may be. The cells' own errors average out over those that carry; loop and creep, for a load a
    decade older or younger than those of the curves, do not."""
    own = float(np.sqrt(np.mean(np.square(list(residuals[LEFT_OUT].values())))))
    loop = float(np.mean(loops)) if loops else 0.0
    creep = float(np.mean(creeps)) if creeps else 0.0
    share = float(np.sqrt(own**2 / (2 * CARRYING) + loop**2 + creep**2))
    out: dict[str, Any] = {
        "cell_force_n": max(residuals[LEFT_OUT_N].values()),
        "cell_force_share": float(np.sqrt(own**2 + loop**2 + creep**2)),
        "hysteresis_share": loop if loops else None,
        "creep_share_per_decade": creep if creeps else None,
        "force_share_bw": share,
    }
    if body_weight_n is not None:
        out["force_n"] = share * body_weight_n
    return out
