# SPDX-License-Identifier: MIT
"""How the waist unit sits on its wearer: up from gravity while standing, forward from one bow.

Gravity alone tells nothing of the turn about the vertical. Without a bow that turn is kept as it was known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import CalibrationError

Floats = npt.NDArray[np.float64]

WINDOW_S = 1.0
LEAST_STAND_S = 5.0
LEAST_BOW_DEG = 15.0
CROOKED_DEG = 30.0  # of the bow's axis from the horizontal, beyond which it was no bow


@dataclass(frozen=True)
class MountingFit:
    """`axes` rows right, forward, up in the sensor's own axes. Angles in degrees.

    tilt_sway_deg: rms of the standing trunk's direction about its mean, in windows of a second; tilt_error_deg: its
    standard error. yaw_error_deg: half the difference of the ways down and up, None where no bow was made, and the
    turn about the vertical is the assumed one. bow_deg: how deep it was; off_level_deg: its axis from the horizontal.
    """

    axes: Floats
    tilt_sway_deg: float
    tilt_error_deg: float
    yaw_error_deg: float | None = None
    bow_deg: float | None = None
    off_level_deg: float | None = None


def fit_mounting(
    acc_ms2: Floats,
    rate_hz: float,
    assumed: Floats,
    bow_dps: Floats | None = None,
    bow_t_s: Floats | None = None,
) -> MountingFit:
    """Rotation from sensor to body, from specific force [n, 3] of quiet standing, in sensor axes and calibrated.

    `assumed` [3, 3]: the axes as known before; the smallest turn that puts its up axis right is made, which leaves the
    turn about the vertical as it was. `bow_dps` [m, 3], `bow_t_s` [m]: rate, without its bias, from upright down to the
    deepest point of a forward bow and up again; it turns about the axis that points left. Raises CalibrationError.
    """
    acc = np.asarray(acc_ms2, float)
    size = round(WINDOW_S * rate_hz)
    if len(acc) < LEAST_STAND_S * rate_hz:
        raise CalibrationError(f"The mounting needs {LEAST_STAND_S:g} s of quiet standing: stand longer.")
    means = np.array([acc[k : k + size].mean(axis=0) for k in range(0, len(acc) - size + 1, size)])
    units = means / np.linalg.norm(means, axis=1)[:, None]
    up = units.mean(axis=0)
    up /= np.linalg.norm(up)
    sway = np.degrees(np.arccos(np.clip(units @ up, -1, 1)))
    sway_deg = float(np.sqrt(np.mean(sway**2)))
    error_deg = sway_deg / np.sqrt(len(units))
    if bow_dps is None or bow_t_s is None:
        return MountingFit(assumed @ _shortest(np.asarray(assumed, float)[2], up).T, sway_deg, error_deg)
    down, back = halves(np.asarray(bow_dps, float), np.asarray(bow_t_s, float))
    depth = float(np.linalg.norm(down - back) / 2)
    if depth < LEAST_BOW_DEG:
        raise CalibrationError(f"The bow was {depth:.0f} degrees deep, {LEAST_BOW_DEG:g} are needed: bow lower.")
    # Down turns about the left, which is minus the right; up again turns about the right.
    right = back - down
    off_level = float(np.degrees(np.arcsin(np.clip(abs(right @ up) / np.linalg.norm(right), 0, 1))))
    if off_level > CROOKED_DEG:
        raise CalibrationError("The bow turned the trunk to the side: bow straight ahead and come up the same way.")
    ways = [_level(back, up), _level(-down, up)]
    apart = float(np.degrees(np.arccos(np.clip(ways[0] @ ways[1], -1, 1))))
    right = _level(right, up)
    axes = np.array((right, np.cross(up, right), up))
    return MountingFit(axes, sway_deg, error_deg, apart / 2, depth, off_level)


def halves(rate_dps: Floats, t_s: Floats) -> tuple[Floats, Floats]:
    """Turn vectors [3] in degrees from the first sample to the farthest point, and from there to the last."""
    step = np.diff(t_s)[:, None]
    path = np.concatenate((np.zeros((1, 3)), np.cumsum((rate_dps[1:] + rate_dps[:-1]) / 2 * step, axis=0)))
    far = int(np.argmax(np.linalg.norm(path, axis=1)))
    return path[far], path[-1] - path[far]


def angle_deg(first: Floats, second: Floats) -> float:
    """Between two rotations [3, 3]."""
    return float(np.degrees(np.arccos(np.clip((np.trace(first @ second.T) - 1) / 2, -1, 1))))


def _level(direction: Floats, up: Floats) -> Floats:
    flat = direction - (direction @ up) * up
    return flat / np.linalg.norm(flat)


def _shortest(first: Floats, second: Floats) -> Floats:
    """The shortest rotation that takes one unit vector to another. Raises CalibrationError where they are opposite."""
    cosine = float(first @ second)
    if cosine < -0.999:
        raise CalibrationError(
            "The unit hangs upside down from how it is known: turn it over, or tell its mounting by a bow."
        )
    x, y, z = np.cross(first, second)
    k = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
    return np.eye(3) + k + k @ k / (1 + cosine)
