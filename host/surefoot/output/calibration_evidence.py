# SPDX-License-Identifier: MIT
"""What a calibration was made from, as far as it is at hand: what was known, and what the record makes of the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from surefoot.calibration import CELLS, Calibration
from surefoot.calibration_law import conductance_s, loads
from surefoot.physics import GRAVITY_MS2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """All optional. Pairs are (left, right) and (ml, ap), cells are in the order of CELLS; NaN where not known.

    known_..., read_...: foot CoP [n,2,2] mm, foot force [n,2] N and that of both feet [n] N, as known and as read.
    held_out: whether the record was fitted to something else.
    cell_conductance_s (above the leak), cell_force_n: single loads [k,16] on cells.
    cell_error_n: each cell's own error, left out where the fit can do that. faults: cell -> what is wrong with it.
    pose_unit [k,3]: which way is up in each pose, in the sensor's axes; pose_error_ms2 [k].
    """

    known_cop_mm: Floats | None = None
    read_cop_mm: Floats | None = None
    known_force_n: Floats | None = None
    read_force_n: Floats | None = None
    known_both_force_n: Floats | None = None
    read_both_force_n: Floats | None = None
    held_out: bool = False
    cell_conductance_s: Floats | None = None
    cell_force_n: Floats | None = None
    cell_error_n: Mapping[str, float] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    pose_unit: Floats | None = None
    pose_error_ms2: Floats | None = None


def leans_evidence(
    record: Calibration,
    counts: npt.ArrayLike,
    known_foot_cop_m: npt.ArrayLike,
    known_foot_force_n: npt.ArrayLike,
    known_both_force_n: npt.ArrayLike | None = None,
    *,
    held_out: bool = False,
) -> Evidence:
    """Leans as `fit.leans.fit` takes them, read again with the record."""
    read = loads(counts, record)
    return Evidence(
        known_cop_mm=1e3 * np.asarray(known_foot_cop_m, float),
        read_cop_mm=1e3 * read.foot_cop_m,
        known_force_n=np.asarray(known_foot_force_n, float),
        read_force_n=read.foot_force_n,
        known_both_force_n=None if known_both_force_n is None else np.asarray(known_both_force_n, float),
        read_both_force_n=read.foot_force_n.sum(axis=1),
        held_out=held_out,
    )


def single_loads_evidence(record: Calibration, counts: npt.ArrayLike, known_cell_force_n: npt.ArrayLike) -> Evidence:
    """Known loads on single cells as `fit.leans.cell_gains` takes them: [n,16], NaN or 0 where not pressed."""
    record = replace(record, foot_gain=(1.0, 1.0))  # what the cell bears itself
    force = np.asarray(known_cell_force_n, float)
    pressed = np.nan_to_num(force) > 0
    conductance = conductance_s(counts, record.rm_ohm) - conductance_s(record.zero_count, record.rm_ohm)
    off = np.where(pressed, loads(counts, record).cell_force_n - force, np.nan)
    told = {
        name: float(np.sqrt(np.mean(np.square(off[pressed[:, cell], cell]))))
        for cell, name in enumerate(CELLS)
        if pressed[:, cell].any()
    }
    return Evidence(
        cell_conductance_s=np.where(pressed, conductance, np.nan),
        cell_force_n=np.where(pressed, force, np.nan),
        cell_error_n=told,
    )


def poses_evidence(record: Calibration, means_ms2: npt.ArrayLike, gravity_ms2: float = GRAVITY_MS2) -> Evidence:
    """Means [k,3] of still poses as the sensor tells them, under the record's own numbers."""
    made = (np.asarray(means_ms2, float) - record.imu.acc_bias_ms2) @ np.array(record.imu.acc_matrix).T
    length = np.linalg.norm(made, axis=1)
    return Evidence(pose_unit=made / length[:, None], pose_error_ms2=length - gravity_ms2)
