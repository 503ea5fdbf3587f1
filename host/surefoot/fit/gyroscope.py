# SPDX-License-Identifier: MIT
"""Gyroscope: bias from stillness, scale from whole turns against an edge.

A turn that ends where it began is known to be a multiple of 360 degrees, whatever way it took: the length of the
integral of the scaled rate has to be that. The table is level enough where it is flat: the turn's axis need not be an
axis of the sensor, so a board that sits a little crooked in its case costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import CalibrationError

Floats = npt.NDArray[np.float64]

BLOCK_S = 0.5
EDGE_DEG = 1.5  # how well a case is put back to its edge: 2 mm over 80 mm
ASTRAY = 0.1  # of a turn: a scale is off by less, so that more is no whole turn
LEAST_SCALE_INFO = 0.5  # of a whole turn's length, that an axis has to have had in all turns together


@dataclass(frozen=True)
class Bias:
    """Mean rate at rest and its standard error, told from how windows at different times and in poses differ."""

    bias_dps: Floats
    error_dps: Floats
    windows: int


@dataclass(frozen=True)
class Turn:
    """Integral of the rate minus the bias [3] in degrees over one turn, and how long it took."""

    sensed_deg: Floats
    lasted_s: float

    @property
    def turns(self) -> int:
        """The whole turns that it must have been, 0 where it was none."""
        return whole_turns(self.sensed_deg)


@dataclass(frozen=True)
class ScaleFit:
    """rate = scale * (raw - bias). Residuals of each turn in degrees, signed by direction of size alone.

    left_out_share: rms of the error of each turn told by a fit without it, as a share of the turn; None where it can't.
    """

    scale: Floats
    error_share: Floats
    residual_deg: tuple[float, ...]
    left_out_share: float | None
    turns: int


def whole_turns(sensed_deg: Floats) -> int:
    """How many whole turns that was, 0 where it is further than ASTRAY from any (each may be off by the scale)."""
    share = float(np.linalg.norm(sensed_deg)) / 360
    nearest = round(share)
    return nearest if nearest and abs(share - nearest) <= ASTRAY * min(nearest, 2) else 0


def fit_bias(windows: Sequence[Floats], rate_hz: float) -> Bias:
    """Bias of rates at rest: windows [n, 3] in dps, each without motion, from different times.

    The standard error is that of the windows' means where there are two or more, else of blocks of half a second: so
    what wanders slowly is in it. The turning earth (0.004 dps) is part of the bias. Raises CalibrationError.
    """
    means = [np.asarray(window, float).mean(axis=0) for window in windows if len(window) >= BLOCK_S * rate_hz]
    if not means:
        raise CalibrationError(f"The gyroscope's bias needs {BLOCK_S:g} s of rest: let the board lie and repeat.")
    if len(means) == 1:
        size = round(BLOCK_S * rate_hz)
        whole = np.asarray(windows[0], float)
        means = [whole[k : k + size].mean(axis=0) for k in range(0, len(whole) - size + 1, size)]
    table = np.array(means)
    error = table.std(axis=0, ddof=1) / np.sqrt(len(table)) if len(table) > 1 else np.full(3, np.inf)
    return Bias(table.mean(axis=0), error, len(windows))


def integrate(rate_dps: Floats, t_s: Floats, rest_s: float) -> Turn:
    """The turn in rates [n, 3] at times t_s [n], which rest for `rest_s` at both ends: these tell the bias of just now.

    Samples may be missing: the trapezoid bridges what is lost, and the caller limits how much may be.
    Raises CalibrationError where the record is too short.
    """
    rate, t_s = np.asarray(rate_dps, float), np.asarray(t_s, float)
    head, tail = t_s < t_s[0] + rest_s, t_s > t_s[-1] - rest_s
    if t_s[-1] - t_s[0] < 2 * rest_s or head.sum() < 10 or tail.sum() < 10:
        raise CalibrationError("The turn is too short: let the board rest before and after it, and repeat.")
    first, last = rate[head].mean(axis=0), rate[tail].mean(axis=0)
    # The bias wanders: a straight line from the rest before to the rest after.
    middle = float(t_s[head].mean()), float(t_s[tail].mean())
    share = np.clip((t_s - middle[0]) / (middle[1] - middle[0]), 0, 1)[:, None]
    net = rate - first * (1 - share) - last * share
    step = np.diff(t_s)[:, None]
    return Turn(((net[1:] + net[:-1]) / 2 * step).sum(axis=0), float(t_s[-1] - t_s[0]) - 2 * rest_s)


def fit_scale(turns: Sequence[Turn]) -> ScaleFit:
    """Scale of each axis from whole turns, at least one about each axis; both directions undo what the bias left.

    Raises CalibrationError where a turn is no whole one, or where an axis was hardly turned about.
    """
    sensed = np.array([turn.sensed_deg for turn in turns], float).reshape(-1, 3)
    known = np.array([360.0 * turn.turns for turn in turns])
    if (known == 0).any() or not len(known):
        part = np.linalg.norm(sensed, axis=1)[known == 0] / 360
        said = f"one was {part[0]:.2f} of a turn" if len(part) else "there is none"
        raise CalibrationError(
            f"The scale of the gyroscope needs whole turns, and {said}: end each at the edge where it began."
        )
    weight = (sensed / known[:, None]) ** 2
    if len(turns) < 3 or np.linalg.svd(weight, compute_uv=False)[-1] < LEAST_SCALE_INFO:
        raise CalibrationError("The turns leave an axis untold: turn the board about each of its three axes.")
    scale = _fit(sensed, known)
    residual = _length(sensed, scale) - known
    spare = len(turns) - 3
    noise = max(float(np.sqrt((residual**2).sum() / spare)) if spare > 0 else 0.0, EDGE_DEG)
    design = sensed**2 * scale / _length(sensed, scale)[:, None]
    error = noise * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    return ScaleFit(scale, error, tuple(residual.tolist()), _left_out(sensed, known), len(turns))


def _length(sensed: Floats, scale: Floats) -> Floats:
    return np.linalg.norm(sensed * scale, axis=1)


def _fit(sensed: Floats, known: Floats) -> Floats:
    """Squares of the scales by linear least squares on the share of the known length: |scale * sensed|^2 = known^2."""
    squares, *_ = np.linalg.lstsq((sensed / known[:, None]) ** 2, np.ones(len(known)), rcond=None)
    if not (squares > 0).all():
        raise CalibrationError("The turns contradict each other: turn about each axis in turn, and repeat.")
    return np.sqrt(squares)


def _left_out(sensed: Floats, known: Floats) -> float | None:
    errors: list[float] = []
    for k in range(len(known)):
        others, lengths = np.delete(sensed, k, axis=0), np.delete(known, k)
        if len(lengths) < 3 or np.linalg.svd((others / lengths[:, None]) ** 2, compute_uv=False)[-1] < LEAST_SCALE_INFO:
            continue
        errors.append(float(_length(sensed[k : k + 1], _fit(others, lengths))[0] / known[k] - 1))
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else None
