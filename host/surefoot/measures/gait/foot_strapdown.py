# SPDX-License-Identifier: MIT
"""Movements of a foot from rest to rest, all integrated at once: turned, moved, and freed of drift at both ends.

Plain integration of the gyroscope between two rests of the foot. Such a movement lasts a second, in which a filter
learns nothing that the two rests don't tell: their gravity takes the drift of tilt away, their zero velocity that of
speed (Skog 2010, 10.1109/TBME.2010.2060723).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from surefoot.physics import GRAVITY_MS2

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Turns = tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128]]

BATCH_SAMPLES = 20_000  # so many are integrated at a time, as many as a cache holds; numbers do not depend on it
REST_S = 0.1  # gravity at a rest is the mean over this
SMOOTH_MS2 = 1.0  # per sample: steps below it are noise like any other, and speed drifts evenly


@dataclass(frozen=True)
class Moves:
    """[m] movements in the level axes (right, forward, up) that the foot had at its first rest.

    Net displacement [m,3] m; peak height over the line between both rests m; turn about up deg, left positive; peak
    speed along the floor m/s, and that which was left at the second rest before it was taken away m/s. On the
    recording's rows [n], NaN between movements: pitch deg, toe up against level; height over the first rest m; speed
    along the floor m/s.
    """

    displacement_m: Floats
    lift_m: Floats
    turn_deg: Floats
    peak_mps: Floats
    left_mps: Floats
    pitch_deg: Floats
    height_m: Floats
    along_mps: Floats


def moves(acc_ms2: Floats, gyr_dps: Floats, rate_hz: float, first: Rows, last: Rows) -> Moves:
    """Integrate from rows `first` to rows `last` [m], both at rest, of acc and gyr [n,3] in the foot's axes; no NaN.

    `acc_ms2` is scaled so that a rest reads standard gravity.
    """
    count, n = len(first), len(acc_ms2)
    out = Moves(np.zeros((count, 3)), *(np.zeros(count) for _ in range(4)), *(np.full(n, np.nan) for _ in range(3)))
    if not count:
        return out
    up = gravity_at(acc_ms2, rate_hz, np.concatenate((first, last)))
    order = np.argsort(last - first)
    length = (last - first)[order] + 1
    begin = 0
    while begin < count:
        # Ordered by length, a batch's last movement is its longest: as many as fit.
        samples = np.arange(1, count - begin + 1) * length[begin:]
        end = begin + max(int(np.searchsorted(samples, BATCH_SAMPLES, "right")), 1)
        part = order[begin:end]
        _batch(acc_ms2, gyr_dps, rate_hz, first[part], last[part], (up[part], up[count + part]), part, out)
        begin = end
    return out


def reversed_moves(found: Moves) -> Moves:
    """The same movements in axes that look the other way."""
    return replace(found, displacement_m=found.displacement_m * (-1.0, -1.0, 1.0), pitch_deg=-found.pitch_deg)


def gravity_at(acc_ms2: Floats, rate_hz: float, rows: Rows) -> Floats:
    """Direction of up [m,3] at rows at rest, the mean of REST_S around each."""
    half = max(round(REST_S * rate_hz / 2), 1)
    around = np.clip(rows[:, None] + np.arange(-half, half + 1), 0, max(len(acc_ms2) - 1, 0))
    mean = acc_ms2[around].mean(axis=1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _batch(
    acc: Floats, gyr: Floats, rate_hz: float, first: Rows, last: Rows, up: tuple[Floats, Floats], part: Rows, out: Moves
) -> None:
    """Arrays here are [axis, sample, movement]: axes are taken apart all the time, samples are run through once."""
    count, each = last - first, np.arange(len(part))
    step = np.arange(int(count.max()) + 1)[:, None]
    rows = np.minimum(first + step, last)
    inside = step <= count
    turned = _turned(np.stack([gyr[:, axis][rows] for axis in range(3)]), rate_hz, inside, up[0])
    felt = np.stack([acc[:, axis][rows] for axis in range(3)])
    share = np.minimum(step / count, 1.0)
    drift = _level(_rotated((turned[0][count, each], turned[1][count, each]), up[1].T))
    force = _nudged(_rotated(turned, felt), share, drift)
    force[2] -= GRAVITY_MS2
    velocity = _sum((force[:, 1:] + force[:, :-1]) / (2 * rate_hz) * inside[1:])
    left = velocity[:, -1].copy()
    velocity -= _missed(felt, inside) * left[:, None]
    position = _sum((velocity[:, 1:] + velocity[:, :-1]) / (2 * rate_hz))
    moved = position[:, -1]
    ahead = _nudged(_rotated(turned, np.array([0.0, 1.0, 0.0])[:, None, None]), share, drift)
    out.displacement_m[part] = moved.T
    out.lift_m[part] = (position[2] - share * moved[2]).max(axis=0)
    out.turn_deg[part] = np.degrees(np.arctan2(-ahead[0, -1], ahead[1, -1]))
    out.peak_mps[part] = np.hypot(velocity[0], velocity[1]).max(axis=0)
    out.left_mps[part] = np.hypot(left[0], left[1])
    at = rows[inside]
    out.pitch_deg[at] = np.degrees(np.arcsin(np.clip(ahead[2][inside], -1.0, 1.0)))
    out.height_m[at] = position[2][inside]
    out.along_mps[at] = np.hypot(velocity[0], velocity[1])[inside]


def _sum(steps: Floats) -> Floats:
    """Running sum along samples, from zero."""
    out = np.zeros((steps.shape[0], steps.shape[1] + 1, steps.shape[2]))
    np.cumsum(steps, axis=1, out=out[:, 1:])
    return out


def _missed(felt: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    """Share [sample, movement] of the speed that is left at the end which had come about until each sample.

    What sampling, range and mounting miss of an impact grows with the step from one sample to the next, so the error
    of the sum is a random walk whose variance is that of the squared steps; known at its end, this is its expectation.
    """
    wrong = ((felt[:, 1:] - felt[:, :-1]) ** 2).sum(axis=0) + SMOOTH_MS2**2
    run = _sum((wrong * inside[1:])[None])[0]
    return run / run[-1]


def _turned(rate_dps: Floats, rate_hz: float, inside: npt.NDArray[np.bool_], up: Floats) -> Turns:
    """Orientations [sample, movement] from the least turn that sets `up` [m,3] upright.

    As pairs of complex numbers: the unit quaternion w + xi + yj + zk is (w + xi) + (y + zi)j.
    """
    half = np.radians(rate_dps[:, 1:] + rate_dps[:, :-1]) / (4 * rate_hz) * inside[1:]
    size = np.sqrt((half**2).sum(axis=0))
    half *= np.sinc(size / np.pi)
    a, b = np.empty(inside.shape, complex), np.empty(inside.shape, complex)
    a[1:], b[1:] = np.cos(size) + 1j * half[0], half[1] + 1j * half[2]
    w = np.sqrt((1 + up[:, 2]) / 2)
    a[0], b[0] = w + 0.5j * up[:, 1] / w, -0.5 * up[:, 0] / w
    for row in range(1, len(a)):
        before_a, before_b, by_a, by_b = a[row - 1], b[row - 1], a[row], b[row]
        a[row], b[row] = before_a * by_a - before_b * by_b.conj(), before_a * by_b + before_b * by_a.conj()
    return a, b


def _rotated(turned: Turns, v: Floats) -> Floats:
    """v [3, ...] turned by each orientation."""
    w, x, y, z = turned[0].real, turned[0].imag, turned[1].real, turned[1].imag
    axis = np.stack((x, y, z))
    twice = 2 * _cross(axis, v)
    return v + w * twice + _cross(axis, twice)


def _level(up: Floats) -> Floats:
    """Rotation vector [3, m] that leads `up` [3, m] to vertical, for small tilts."""
    return np.stack((up[1], -up[0], np.zeros_like(up[0])))


def _nudged(v: Floats, share: Floats, drift: Floats) -> Floats:
    """v [3, sample, m] turned by share * drift [3, m] rad, to the second order."""
    turn = share * drift[:, None]
    first = _cross(turn, v)
    return v + first + _cross(turn, first) / 2


def _cross(a: Floats, b: Floats) -> Floats:
    return np.stack((a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]))
