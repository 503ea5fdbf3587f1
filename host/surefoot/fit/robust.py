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
