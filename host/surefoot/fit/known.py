# SPDX-License-Identifier: MIT
"""What leans tell, sample by sample: the force of a foot, of both together, the place of a foot's CoP, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calibration import SIDES
from ..errors import CalibrationError
from ..physics import GRAVITY_MS2

AXES = ("ml", "ap")
MARK_MM = 2.0  # how far off a mark under the plank may lie, either way, unless a step says otherwise
SCALE_KG = 0.5  # how far off a reading of a bathroom scale may be, either way
EVEN_SD = 3**-0.5  # standard deviation of what may be off by 1 either way, evenly

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Counts [n,16] and what is known with them, NaN where it is not.

    Force of each foot [n,2] N and of both together [n] N; CoP [n,2,2] (foot, (ml, ap)) m in the foot frames.
    `step` int [n]: samples of one step share the error of its mark and of its scale, which may be off by `mark_m` and
    `force_n` [steps] either way.
    """

    counts: npt.NDArray[Any]
    foot_cop_m: Floats
    foot_force_n: Floats
    both_force_n: Floats
    step: npt.NDArray[np.int64]
    mark_m: Floats
    force_n: Floats

    @property
    def share(self) -> Floats:
        """How much each sample counts [n], 1 on average: a step's together as much as any other's, however long."""
        samples = np.bincount(self.step)
        return len(self.step) / (np.count_nonzero(samples) * samples[self.step])

    def some(self, rows: npt.NDArray[Any]) -> Evidence:
        """The same of some rows."""
        cut = {k: getattr(self, k)[rows] for k in ("counts", "foot_cop_m", "foot_force_n", "both_force_n", "step")}
        return replace(self, **cut)


def evidence(
    counts: npt.ArrayLike,
    foot_cop_m: npt.ArrayLike,
    foot_force_n: npt.ArrayLike,
    both_force_n: npt.ArrayLike | None = None,
) -> Evidence:
    """Evidence of one step from arrays. Raises CalibrationError where their shapes don't fit together."""
    raw = np.asarray(counts)
    cop, force = np.asarray(foot_cop_m, float), np.asarray(foot_force_n, float)
    n = len(raw)
    both = np.full(n, np.nan) if both_force_n is None else np.asarray(both_force_n, float)
    if raw.shape != (n, 16) or cop.shape != (n, 2, 2) or force.shape != (n, 2) or both.shape != (n,):
        raise CalibrationError(
            f"Evidence of shapes {raw.shape}, {cop.shape}, {force.shape} doesn't fit together: give counts [n,16], foot"
            " CoP [n,2,2] and foot force [n,2]."
        )
    return Evidence(raw, cop, force, both, np.zeros(n, np.int64), np.zeros(1), np.zeros(1))


def evidence_of(steps: Iterable[tuple[Mapping[str, Any], npt.NDArray[Any]]]) -> Evidence:
    """Evidence of guided steps: the values of each step's note, and its counts [n,16].

    `kg`: body weight on both feet, hands free. `kg_left`, `kg_right`: a scale under a foot. `foot`, `axis` ("ml" or
    "ap"), `mark_mm`: this foot alone stands on a plank that balances on a rod, so its CoP is over the rod on that axis;
    how the load is shared between the feet and what a rail carries changes nothing of that.
    """
    parts: list[Evidence] = []
    marks: list[float] = []
    scales: list[float] = []
    for values, counts in steps:
        n = len(counts)
        cop, force, both = np.full((n, 2, 2), np.nan), np.full((n, 2), np.nan), np.full(n, np.nan)
        if "kg" in values:
            both[:] = float(values["kg"]) * GRAVITY_MS2
        for f, side in enumerate(SIDES):
            if f"kg_{side}" in values:
                force[:, f] = float(values[f"kg_{side}"]) * GRAVITY_MS2
        if "mark_mm" in values:
            cop[:, SIDES.index(values["foot"]), AXES.index(values["axis"])] = float(values["mark_mm"]) * 1e-3
        part = evidence(counts, cop, force, both)
        parts.append(replace(part, step=np.full(n, len(marks), np.int64)))
        marks.append(float(values.get("mark_error_mm", MARK_MM)) * 1e-3)
        scales.append(float(values.get("kg_error", SCALE_KG)) * GRAVITY_MS2)
    if not parts:
        raise CalibrationError("There is no step of which anything is known: finish a session first.")
    names = ("counts", "foot_cop_m", "foot_force_n", "both_force_n", "step")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Evidence(**joined, mark_m=np.array(marks), force_n=np.array(scales))
