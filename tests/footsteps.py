# SPDX-License-Identifier: MIT
"""A rigid foot that moves on a track known in closed form, and what a sensor anywhere on it would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

G_MS2 = 9.80665
FINE = 8  # the track is laid out so many times finer than it is sampled
SENSOR_M = (0.02, 0.06, 0.05)  # right, forward and up of the point that the track is that of


@dataclass(frozen=True)
class Footsteps:
    """signal [n,6] in the sensor's axes and, of each swing, when it begins and ends (s), and what it does."""

    signal: np.ndarray
    begin_s: np.ndarray
    end_s: np.ndarray
    length_m: np.ndarray
    rise_m: np.ndarray
    turn_deg: np.ndarray


def footsteps(
    length_m: npt.ArrayLike = (1.2,) * 12,
    *,
    rate_hz: float = 100.0,
    rise_m: npt.ArrayLike = 0.0,
    turn_deg: npt.ArrayLike = 0.0,
    lift_m: float = 0.1,
    pitch_deg: tuple[float, float] = (-55.0, 25.0),
    swing_s: float = 0.5,
    stance_s: float = 0.5,
    stand_s: float = 2.0,
    mounting: npt.ArrayLike | None = None,
) -> Footsteps:
    """Strides in which the heel comes up about the toes' side, the foot goes on a cycloid, and lands on its heel.

    `rise_m`, `turn_deg`: one for all, or one for each stride. `mounting` [3,3]: rows are the sensor's axes in the
    foot's (right, forward, up).
    """
    lengths = np.asarray(length_m, float)
    rises, turns = np.broadcast_to(rise_m, lengths.shape), np.broadcast_to(turn_deg, lengths.shape)
    fine_hz = FINE * rate_hz
    period_s = swing_s + stance_s
    t = np.arange(round((2 * stand_s + period_s * len(lengths)) * fine_hz)) / fine_hz
    place, yaw, pitch = np.zeros((len(t), 3)), np.zeros(len(t)), np.zeros(len(t))
    begin = stand_s + period_s * np.arange(len(lengths))
    heading = np.concatenate(([0.0], np.cumsum(np.radians(turns))))
    for at, length, rise, turn, head in zip(begin, lengths, rises, turns, heading, strict=False):
        u = np.clip((t - at) / swing_s, 0.0, 1.0)
        on = u - np.sin(2 * np.pi * u) / (2 * np.pi)
        way = head + np.radians(turn) / 2
        place += np.outer(on, (-length * np.sin(way), length * np.cos(way), rise))
        place[:, 2] += lift_m * (1 - np.cos(2 * np.pi * u)) ** 2 / 4
        yaw += np.radians(turn) * on
        pitch += np.radians(pitch_deg[0]) * _bump(t, at - 0.3 * stance_s, at + 0.55 * swing_s)
        pitch += np.radians(pitch_deg[1]) * _bump(t, at + 0.5 * swing_s, at + swing_s + 0.3 * stance_s)
    cp, sp, cy, sy = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw)
    right = np.stack((cy, sy, 0 * cy), axis=1)
    ahead = np.stack((-sy * cp, cy * cp, sp), axis=1)
    up = np.cross(right, ahead)
    turned = np.stack((right, ahead, up), axis=2)  # columns: the foot's axes in the room's
    at_sensor = place + turned @ np.array(SENSOR_M)
    force = np.gradient(np.gradient(at_sensor, axis=0), axis=0) * fine_hz**2 + (0.0, 0.0, G_MS2)
    yaw_dot, pitch_dot = np.gradient(yaw) * fine_hz, np.gradient(pitch) * fine_hz
    rate = np.outer(yaw_dot, (0, 0, 1)) + pitch_dot[:, None] * right
    into = np.swapaxes(turned, 1, 2)
    felt = np.concatenate((into @ force[..., None], np.degrees(into @ rate[..., None])), axis=2)[::FINE]
    axes = np.eye(3) if mounting is None else np.asarray(mounting, float)
    signal = np.concatenate((felt[..., 0] @ axes.T, felt[..., 1] @ axes.T), axis=1)
    return Footsteps(signal, begin, begin + swing_s, lengths, np.array(rises), np.array(turns))


def _bump(t: np.ndarray, begin: float, end: float) -> np.ndarray:
    """Up to 1 and back to 0, smooth to the second derivative."""
    u = np.clip((t - begin) / (end - begin), 0.0, 1.0)
    return np.sin(np.pi * u) ** 4
