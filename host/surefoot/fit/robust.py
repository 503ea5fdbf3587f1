# SPDX-License-Identifier: MIT
"""Small tools that fits share: robust least squares, a search in one dimension, hashes and moments for records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def robust_lstsq(design: Floats, y: Floats, counts_as: Floats | None = None) -> Floats:
    """Coefficients of least squares with Huber's weights (k = 1.345 robust SDs), from a start without them.

    `counts_as` [m]: how much each row counts, as if it were there so many times; all alike if not given.
    """
    share = np.ones(len(y)) if counts_as is None else counts_as
    weight = share
    solution = np.zeros(design.shape[1])
    for _ in range(30):
        root = np.sqrt(weight)
        fresh = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
        done = bool((np.abs(fresh - solution) <= 1e-10 * np.abs(solution)).all())
        solution = fresh
        residual = np.abs(y - design @ solution)
        scale = 1.4826 * middle(residual, share)
        if done or scale <= 1e-12 * float(np.abs(y).max(initial=1e-300)):
            break
        weight = share * np.minimum(1, 1.345 * scale / np.maximum(residual, 1e-300))
    return np.asarray(solution, float)


def middle(values: Floats, counts_as: Floats) -> float:
    """Median of values [m] that count so much [m]."""
    order = np.argsort(values)
    passed = np.cumsum(counts_as[order])
    return float(np.interp(passed[-1] / 2, passed - counts_as[order] / 2, values[order]))


def lstsq_of_steps(design: Floats, y: Floats, share: Floats, off: Floats) -> tuple[Floats, Floats]:
    """Coefficients of `robust_lstsq` where each step counts by its own error, and how much each row counted [m].

    What is known of a step is wrong for all of its samples alike, and so is most of what the fit leaves: a step's error
    does not shrink with its length. Its samples together therefore count as the inverse of its variance: that of the
    reading, `off` [m] standard deviations, and what the fit leaves, taken to be alike in all. `share` [m]: of its step
    that a row is.
    """
    solution = robust_lstsq(design, y, share)
    if np.ptp(off) <= 1e-9 * off.max(initial=0.0):
        return solution, share
    left = 1.4826 * middle(np.abs(y - design @ solution), share)
    counts_as = share / np.maximum(off**2 + left**2, 1e-300)
    return robust_lstsq(design, y, counts_as), counts_as


def rms(values: Floats) -> float:
    """Root mean square; 0 of nothing."""
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else 0.0


def lowest(function: Callable[[float], float], low: float, high: float, within: float = 1e-3) -> float:
    """Where the function of one number is lowest between low and high, by golden section."""
    golden = (5**0.5 - 1) / 2
    a, b = high - golden * (high - low), low + golden * (high - low)
    at_a, at_b = function(a), function(b)
    while high - low > within:
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - golden * (high - low)
            at_a = function(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + golden * (high - low)
            at_b = function(b)
    return (low + high) / 2


def now_utc() -> str:
    """This moment as records write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def evidence_sha256(*arrays: npt.NDArray[Any]) -> str:
    """One hash of all arrays, their shapes and types."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
