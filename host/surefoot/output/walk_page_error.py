# SPDX-License-Identifier: MIT
"""Standard errors of a walk's parameters, of the strides that they are of. How much days differ is not in them.

Strides are taken as independent; where they drift together the errors are too small.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from ..clinic.walk_values import KeptWalk
from ..measures.gait.parameters import MEAN_STRIDES
from ..measures.gait.table import CV, GAIT, INDEX, KEYS, MEAN, SD, SHARES
from ..measures.gait.values import FEET
from .walk_page_read import column, number, strides_of

Floats = npt.NDArray[np.float64]
ASYMMETRY = "gait_asymmetry_pct"
# As `gait_parameters` does: of these strides of both feet make one mean, of all others each foot makes its own.
OF_BOTH = ("stride_s", "cadence_spm", "double_s", "double_share", "length_m", "speed_mps")
Z95 = 1.959964
# Speed is compared within bouts of like length (Mobilise-D has these two).
BOUT_LENGTHS = {"bouts of 10 to 30 s": (10.0, 30.0), "bouts over 30 s": (30.0, np.inf)}


def by_foot(walk: KeptWalk, name: str) -> dict[str, Floats]:
    """A column of the strides that count in means, or a share of the stride, by foot, in SI; what is known of it."""
    kept = np.array([one == "" for one in column(walk, "excluded")], bool)
    values = _floats(column(walk, SHARES.get(name, name)))
    if name in SHARES and len(values):
        values = values / _floats(column(walk, "stride_s"))
    feet = np.array(column(walk, "foot"), str)
    return {foot: values[kept & (feet == foot) & np.isfinite(values)] if len(values) else values for foot in FEET}


def standard_errors(walk: KeptWalk) -> dict[str, float]:
    """By key of the gait table, in its unit; only of what the walk tells and its strides give an error of."""
    out: dict[str, float] = {}
    known: dict[str, dict[str, Floats]] = {}
    for (name, kind, foot), key in KEYS.items():
        value, count = number(walk, key), strides_of(walk, key)
        if value is None:
            continue
        if kind in (SD, CV):
            out[key] = value / sqrt(2 * max((count or 2) - 1, 1))  # of a normal spread
            continue
        feet = known.setdefault(name, by_foot(walk, name))
        error = _of_index(feet) if kind == INDEX else _of_mean(feet, foot, name) if kind == MEAN else None
        if error is not None:
            out[key] = error * GAIT[key].factor
    if number(walk, ASYMMETRY) is not None:
        error = _of_log_ratio(known.get("swing_s") or by_foot(walk, "swing_s"))
        if error is not None:
            out[ASYMMETRY] = 100 * error
    return out


def speeds(walk: KeptWalk) -> dict[str, tuple[float, float, int]]:
    """Mean speed in m/s, its error and strides, by the length of the bouts that they lie in; those with enough."""
    held = walk.entry.get("bouts") or {}
    lasted_s = _floats(held.get("end_s", ())) - _floats(held.get("start_s", ()))
    kept = np.array([one == "" for one in column(walk, "excluded")], bool)
    speed, number_of = _floats(column(walk, "speed_mps")), np.array(column(walk, "bout"), int)
    rows = np.flatnonzero(kept & np.isfinite(speed) & (number_of >= 0)) if len(speed) and len(lasted_s) else []
    out: dict[str, tuple[float, float, int]] = {}
    for name, (low, high) in BOUT_LENGTHS.items():
        mine = [row for row in rows if low < lasted_s[number_of[row]] <= high]
        error = _error(speed[mine])
        if len(mine) >= MEAN_STRIDES and error is not None:
            out[name] = float(speed[mine].mean()), error, len(mine)
    return out


def mean_of(feet: Mapping[str, Floats], foot: str, name: str) -> float | None:
    """The mean that the error is of; "" for both feet."""
    parts = [feet[foot]] if foot else [one for one in feet.values() if len(one)]
    if not parts or not all(len(one) for one in parts):
        return None
    if name in OF_BOTH:
        return float(np.concatenate(parts).mean())
    return float(np.mean([one.mean() for one in parts]))


def _of_mean(feet: Mapping[str, Floats], foot: str, name: str) -> float | None:
    parts = [feet[foot]] if foot else [one for one in feet.values() if len(one)]
    errors = [_error(one) for one in parts]
    if not parts or None in errors:
        return None
    total = sum(len(one) for one in parts)
    weights = [len(one) / total if name in OF_BOTH else 1 / len(parts) for one in parts]
    return sqrt(sum((weight * error) ** 2 for weight, error in zip(weights, errors, strict=True) if error is not None))


def _of_index(feet: Mapping[str, Floats]) -> float | None:
    """Of |L - R| / ((L + R) / 2), by its slopes."""
    left, right = (feet[foot] for foot in FEET)
    mine, other = _error(left), _error(right)
    if mine is None or other is None:
        return None
    a, b = float(left.mean()), float(right.mean())
    return 4 * hypot(b * mine, a * other) / (a + b) ** 2


def _of_log_ratio(feet: Mapping[str, Floats]) -> float | None:
    """Of |ln(L / R)|, by its slopes."""
    left, right = (feet[foot] for foot in FEET)
    mine, other = _error(left), _error(right)
    if mine is None or other is None:
        return None
    return hypot(mine / float(left.mean()), other / float(right.mean()))


def _error(values: Floats) -> float | None:
    return float(values.std(ddof=1) / sqrt(len(values))) if len(values) > 1 else None


def _floats(values: Any) -> Floats:
    return np.array([np.nan if value is None else value for value in values], float)
