# SPDX-License-Identifier: MIT
"""Accelerometer from still poses: bias, scale and misalignment by the one thing that is known, gravity's size.

The multi-position method (Tedaldi, Pretto & Menegatti 2014, doi:10.1109/ICRA.2014.6907297): in each still pose the
length of the calibrated vector is g, whatever the pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import CalibrationError
from ..physics import GRAVITY_MS2

Floats = npt.NDArray[np.float64]

WINDOW_S = 1.0
NOISIER = 3.0  # times the quietest tenth of all windows: that still is stillness
LEAST_STILL_S = 2.0
MARGIN_S = 0.25  # at both ends of a pose, where a hand still is on it
LEAST_POSES = 12  # of nine unknowns: some are left over to tell the error
FACES = 6  # of six unknowns: nothing is left over, so the error is told by other poses, or not at all
PLACED_MS2 = 0.005  # how well a pose is told at best: what a desk and a minute's drift leave
WORST_MS2 = 0.05  # standard error in the worst direction that is still worth having: 0.5 % of g
UNLIKE = 1.5  # axes of one chip are of one size to per cents; a fit that stretches one saw too little of it
_SPHERE = 400


@dataclass(frozen=True)
class Pose:
    """A stretch without motion: samples first to last (excluded) and their mean, in the unit of the recording."""

    first: int
    last: int
    mean: tuple[float, float, float]


@dataclass(frozen=True)
class AccelerometerFit:
    """ms2 = matrix @ (raw - bias). `matrix` is upper triangular: the sensor's x axis is kept; diagonal if not `skewed`.

    residual_ms2: rms of the length's error over the poses; left_out_ms2: the same of poses that the fit has not seen,
    each in turn or those set aside, None where there is none; worst_ms2: standard error of the length in the direction
    that the poses tell least about.
    """

    bias: Floats
    matrix: Floats
    residual_ms2: float
    left_out_ms2: float | None
    worst_ms2: float
    poses: int
    skewed: bool = True

    def apply(self, raw: Floats) -> Floats:
        """Specific force in m/s2, [n, 3], of raw samples [n, 3]."""
        return (raw - self.bias) @ self.matrix.T


def still_poses(raw: Floats, rate_hz: float) -> list[Pose]:
    """The stretches of raw [n, 3] in which nothing moves, told from the noise of its quietest windows.

    Raises CalibrationError where there are fewer than LEAST_POSES of them.
    """
    raw = np.asarray(raw, float)
    if raw.ndim != 2 or raw.shape[1] != 3 or not np.isfinite(raw).all():
        raise CalibrationError("The recording for a calibration holds three finite columns: x, y, z.")
    window = round(WINDOW_S * rate_hz)
    if len(raw) < LEAST_POSES * LEAST_STILL_S * rate_hz:
        raise CalibrationError(
            f"{len(raw) / rate_hz:.0f} s are too short for {LEAST_POSES} poses of {LEAST_STILL_S:g} s: record longer."
        )
    views = np.lib.stride_tricks.sliding_window_view(raw, window, axis=0)
    spread = np.sqrt(views.var(axis=-1).sum(axis=1))
    still = spread <= NOISIER * np.quantile(spread, 0.1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], still, [False])).astype(int)))
    margin = round(MARGIN_S * rate_hz)
    poses: list[Pose] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        last = stop - 1 + window
        if last - first >= LEAST_STILL_S * rate_hz:
            mean = raw[first + margin : last - margin].mean(axis=0)
            poses.append(Pose(first, last, (float(mean[0]), float(mean[1]), float(mean[2]))))
    if len(poses) < LEAST_POSES:
        raise CalibrationError(
            f"{len(poses)} still poses were found, {LEAST_POSES} are needed: put the sensor down in each pose, "
            f"take the hand away and wait {LEAST_STILL_S + 2 * MARGIN_S:g} s."
        )
    return poses


def fit_accelerometer(means: Floats, gravity_ms2: float = GRAVITY_MS2) -> AccelerometerFit:
    """Fit bias and matrix to the means [k, 3] of still poses, in any unit of the sensor's.

    Raises CalibrationError where the poses are too few, or too alike to tell all nine unknowns apart.
    """
    means = np.asarray(means, float)
    if len(means) < LEAST_POSES:
        raise CalibrationError(f"{len(means)} poses can't tell nine unknowns: take {LEAST_POSES} or more.")
    bias, scale = _first_guess(means, gravity_ms2)
    found = _fit(means, gravity_ms2, np.concatenate((bias, (scale, 0.0, 0.0, scale, 0.0, scale))))
    worst = _worst(means, gravity_ms2, found)
    left_out = [
        _errors(means[k : k + 1], gravity_ms2, _fit(np.delete(means, k, axis=0), gravity_ms2, found))[0]
        for k in range(len(means))
    ]
    return _made(means, gravity_ms2, found, worst, np.array(left_out))


def fit_bias_and_scale(
    means: Floats, gravity_ms2: float = GRAVITY_MS2, unseen: Floats | None = None
) -> AccelerometerFit:
    """The six-position method: bias and scale of each axis from the means of the six faces or more, no misalignment.

    `unseen` [m, 3]: poses set aside, on edges or corners; they alone tell what it leaves over, misalignment included.
    Raises CalibrationError where the poses are too few, or too alike to tell all six unknowns apart.
    """
    means = np.asarray(means, float)
    if len(means) < FACES:
        raise CalibrationError(f"{len(means)} poses can't tell six unknowns: lay the board on each of its six faces.")
    middle = (means.max(axis=0) + means.min(axis=0)) / 2
    half = np.ptp(means, axis=0) / 2
    if not (half > 0).all():
        raise CalibrationError("An axis feels the same in every pose: lay the board on each of its six faces.")
    found = _fit(means, gravity_ms2, np.concatenate((middle, gravity_ms2 / half)))
    worst = _worst(means, gravity_ms2, found)
    left_out = np.empty(0) if unseen is None else _errors(np.asarray(unseen, float), gravity_ms2, found)
    return _made(means, gravity_ms2, found, worst, left_out)


def _made(means: Floats, gravity_ms2: float, found: Floats, worst: float, left_out: Floats) -> AccelerometerFit:
    bias, matrix = _unpacked(found)
    residual = _errors(means, gravity_ms2, found)
    return AccelerometerFit(
        bias=bias,
        matrix=matrix,
        residual_ms2=float(np.sqrt(np.mean(residual**2))),
        left_out_ms2=float(np.sqrt(np.mean(left_out**2))) if len(left_out) else None,
        worst_ms2=worst,
        poses=len(means),
        skewed=len(found) > 6,
    )


def _unpacked(values: Floats) -> tuple[Floats, Floats]:
    """Bias and matrix of nine values, or of six."""
    if len(values) == 6:
        return values[:3], np.diag(values[3:])
    matrix = np.zeros((3, 3))
    matrix[np.triu_indices(3)] = values[3:]
    return values[:3], matrix


def _errors(means: Floats, gravity_ms2: float, values: Floats) -> Floats:
    bias, matrix = _unpacked(values)
    return np.linalg.norm((means - bias) @ matrix.T, axis=1) - gravity_ms2


def _first_guess(means: Floats, gravity_ms2: float) -> tuple[Floats, float]:
    """Bias and scale of the sphere through the means: |m|^2 = 2 m . centre + (r^2 - |centre|^2), by least squares."""
    design = np.column_stack((2 * means, np.ones(len(means))))
    solution, *_ = np.linalg.lstsq(design, (means**2).sum(axis=1), rcond=None)
    square = float(solution[3] + (solution[:3] ** 2).sum())
    if not square > 0:
        raise CalibrationError("The poses lie on no sphere: were these still poses of one accelerometer?")
    return solution[:3], float(gravity_ms2 / np.sqrt(square))


def _fit(means: Floats, gravity_ms2: float, start: Floats) -> Floats:
    from scipy.optimize import least_squares

    size = np.abs(start)
    size[:3] = np.ptp(means, axis=0).max()
    size[3:] = start[3]
    return least_squares(lambda x: _errors(means, gravity_ms2, x), start, x_scale=size, method="lm").x


def _worst(means: Floats, gravity_ms2: float, values: Floats) -> float:
    """How far the length may be off in the direction that the poses tell least about: one standard error, m/s2.

    Raises CalibrationError where that is above WORST_MS2.
    """
    bias, matrix = _unpacked(values)
    unit = (means - bias) @ matrix.T
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    sigma = max(float(np.sqrt(np.mean(_errors(means, gravity_ms2, values) ** 2))), PLACED_MS2)
    design = _told_by(unit, len(values))
    information = design.T @ design
    turn = np.arange(_SPHERE) * np.pi * (3 - np.sqrt(5))
    height = 1 - (2 * np.arange(_SPHERE) + 1) / _SPHERE
    radius = np.sqrt(1 - height**2)
    sphere = np.column_stack((radius * np.cos(turn), radius * np.sin(turn), height))
    all_over = _told_by(sphere, len(values))
    worst = float("inf")
    if np.linalg.cond(information) < 1e12:
        worst = sigma * float(np.sqrt((all_over @ np.linalg.inv(information) * all_over).sum(axis=1).max()))
    size = np.abs(np.diag(matrix))
    if worst > WORST_MS2 or size.max() > UNLIKE * size.min():
        raise CalibrationError(
            "The poses are too alike to tell scale, bias and misalignment apart: add poses on other sides, edges "
            "and corners of the case."
        )
    return worst


def _told_by(unit: Floats, unknowns: int) -> Floats:
    """What a pose along each unit vector tells of bias and triangle or diagonal: rows of the design, [k, unknowns]."""
    rows, columns = np.triu_indices(3) if unknowns > 6 else (np.arange(3), np.arange(3))
    return np.column_stack((unit, unit[:, rows] * unit[:, columns]))
