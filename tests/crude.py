# SPDX-License-Identifier: MIT
"""Crude signals of people for the detectors' tests: ramps, half sines and noise with known times.

A body here is a lean, a heading and a height over time, and a load on each foot; the waist sensor feels what follows
from them. It is as coarse as can be and shares nothing with the product's own synthetic people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE_HZ = 100.0
G_MS2 = 9.81
WEIGHT_N = 700.0


def ramp(t: np.ndarray, at_s: float, for_s: float, to: float = 1.0) -> np.ndarray:
    """0 before, `to` after, a straight line between."""
    return to * np.clip((t - at_s) / for_s, 0.0, 1.0)


def ease(t: np.ndarray, at_s: float, for_s: float, to: float = 1.0) -> np.ndarray:
    """0 before, `to` after, half a cosine between."""
    return to * (1 - np.cos(np.pi * np.clip((t - at_s) / for_s, 0.0, 1.0))) / 2


def bump(t: np.ndarray, at_s: float, for_s: float, to: float = 1.0) -> np.ndarray:
    """Half a sine that begins at `at_s`."""
    inside = (t > at_s) & (t < at_s + for_s)
    return np.where(inside, to * np.sin(np.pi * (t - at_s) / for_s), 0.0)


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    """Rotation matrices [n,3,3] about an axis (0 right, 1 forward, 2 up) by angles [n] in rad."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((len(angle), 3, 3))
    a, b = (axis + 1) % 3, (axis + 2) % 3
    out[:, axis, axis] = 1
    out[:, a, a], out[:, b, b] = c, c
    out[:, a, b], out[:, b, a] = -s, s
    return out


@dataclass
class Body:
    """Lean forward and right, heading (left positive) in deg, height and place in m, load [n,2] in N, over t [n]."""

    t: np.ndarray
    pitch_deg: np.ndarray
    roll_deg: np.ndarray
    heading_deg: np.ndarray
    height_m: np.ndarray
    load_n: np.ndarray
    weight_n: float = WEIGHT_N

    def waist(self, tilt_deg: tuple[float, float, float] = (0.0, 0.0, 0.0), noise: float = 1.0, seed: int = 0):
        """acc [n,3] and gyr [n,3] of a sensor that sits turned by `tilt_deg` about right, forward and up."""
        rng = np.random.default_rng(seed)
        dt = self.t[1] - self.t[0]
        turned = (
            _about(2, np.radians(self.heading_deg))
            @ _about(0, np.radians(-self.pitch_deg))
            @ _about(1, np.radians(self.roll_deg))
        )
        force = np.zeros((len(self.t), 3))
        force[:, 2] = G_MS2 + np.gradient(np.gradient(self.height_m, dt), dt)
        body = np.einsum("nji,nj->ni", turned, force)
        step = np.einsum("nji,njk->nik", turned[:-1], turned[1:])
        rate = np.zeros((len(self.t), 3))
        for k in range(3):
            a, b = (k + 1) % 3, (k + 2) % 3
            rate[:-1, k] = np.degrees((step[:, b, a] - step[:, a, b]) / 2) / dt
        sits = np.eye(3)
        for axis, angle in enumerate(tilt_deg):
            sits = sits @ _about(axis, np.radians([angle]))[0]
        acc = body @ sits + rng.normal(0, 0.03 * noise, body.shape)
        gyr = rate @ sits + rng.normal(0, 0.3 * noise, rate.shape) + 0.5 * noise
        return acc, gyr


def standing(seconds: float = 20.0, rate_hz: float = RATE_HZ, weight_n: float = WEIGHT_N, seed: int = 0) -> Body:
    """A person who sways a little, even on both feet."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    parts = ((0.17, 1.0), (0.4, 0.5), (0.9, 0.2))
    sway = np.sum([size * np.sin(2 * np.pi * hz * t + rng.uniform(0, 6)) for hz, size in parts], axis=0)
    zero = np.zeros(len(t))
    load = np.column_stack((0.5 + 0.02 * sway, 0.5 - 0.02 * sway)) * weight_n
    return Body(t, 0.5 * sway, 0.4 * sway[::-1], zero, zero, load + rng.normal(0, 1.5, load.shape), weight_n)


def sitting(seconds: float, rate_hz: float = RATE_HZ, weight_n: float = WEIGHT_N, seed: int = 0) -> Body:
    """A person on a chair, with a tenth of the weight on each foot."""
    body = standing(seconds, rate_hz, weight_n, seed)
    body.load_n[:] = 0.1 * weight_n + np.random.default_rng(seed + 1).normal(0, 1.5, body.load_n.shape)
    return body


def rise(body: Body, at_s: float, for_s: float, to_m: float = 0.35, back: bool = False) -> None:
    """Leaves the seat at `at_s` and is up (or `back` down from up: leaves standing, is seated) `for_s` later.

    The weight goes from the seat to the feet within the 0.2 s before leaving, and back within 0.2 s about meeting it.
    """
    sign = -1 if back else 1
    body.height_m += sign * ease(body.t, at_s, for_s, to_m)
    meets = at_s + for_s if back else at_s
    begin = meets - 0.1 if back else meets - 0.2
    body.load_n += (sign * ramp(body.t, begin, 0.2, 0.8 * body.weight_n))[:, None] / 2
    lean = bump(body.t, at_s - (0.1 if back else 0.6), for_s + 0.7, 35.0)
    body.pitch_deg += lean


def dynamic(body: Body) -> None:
    """What the acceleration of the height adds to the load on feet that carry the body."""
    dt = body.t[1] - body.t[0]
    share = 1 + np.gradient(np.gradient(body.height_m, dt), dt) / G_MS2
    total = body.load_n.sum(axis=1)
    body.load_n *= np.where(total > 0.7 * body.weight_n, share, 1.0)[:, None]


def swing(body: Body, foot: int, off_s: float, on_s: float, edge_s: float = 0.06) -> None:
    """Foot 0 or 1 is off the floor between both times; the other carries its load. Edges are ramps within them."""
    up = ramp(body.t, off_s - edge_s, edge_s) - ramp(body.t, on_s, edge_s)
    body.load_n[:, 1 - foot] += up * body.load_n[:, foot]
    body.load_n[:, foot] *= 1 - up


def walking(
    seconds: float, start_s: float, steps: int, step_s: float = 0.55, share: float = 0.62, seed: int = 0, **more
) -> tuple[Body, list[tuple[int, float, float]]]:
    """Standing, then `steps` steps beginning with the right foot; swings as (foot, off, on)."""
    body = standing(seconds, seed=seed, **more)
    swings, for_s = [], step_s * 2 * (1 - share)
    for k in range(steps):
        foot, off_s = 1 - k % 2, start_s + k * step_s
        swing(body, foot, off_s, off_s + for_s)
        swings.append((foot, off_s, off_s + for_s))
    return body, swings


def lose(arrays: tuple[np.ndarray, ...], share: float, seed: int = 0, run: int = 4) -> tuple[np.ndarray, ...]:
    """The same arrays with `share` of their rows lost, in runs of `run`."""
    rng = np.random.default_rng(seed)
    out = []
    for array in arrays:
        array = array.copy()
        for row in rng.integers(0, len(array), round(share * len(array) / run)):
            array[row : row + run] = np.nan
        out.append(array)
    return tuple(out)
