# SPDX-License-Identifier: MIT
"""Loads of feet that walk with known contacts, for the tests of insole gait: straight ramps, two humps, and trouble.

As coarse as can be, and shares nothing with the product's own synthetic walkers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surefoot.measures.gait.values import Stances, Walked

RATE_HZ = 100.0
G_MS2 = 9.81


@dataclass
class Tread:
    """Load [n,2] N on the floor of both feet, and when each stance began and ended [k,2] s per foot."""

    t: np.ndarray
    load_n: np.ndarray
    truth: tuple[list[tuple[float, float]], list[tuple[float, float]]] = field(default_factory=lambda: ([], []))
    weight_n: float = 700.0

    def felt(
        self, seed: int = 0, noise_n: float = 3.0, preload_n: float = 0.0, drift_n: float = 0.0, tail: float = 0.0
    ):
        """What an insole in a shoe reads: noise, whole newtons, a preload that creeps by `drift_n` over the recording,
        and a share `tail` of the weight by a shoe that bends before foot off and straightens within 60 ms after it."""
        rng = np.random.default_rng(seed)
        out = self.load_n + preload_n + drift_n * self.t[:, None] / self.t[-1]
        for foot, pairs in enumerate(self.truth):
            for _, off_s in pairs:
                since_s = self.t - off_s
                out[:, foot] += (
                    tail * self.weight_n * np.clip(1 - since_s / 0.06, 0, 1) * np.clip(1 + since_s / 0.15, 0, 1)
                )
        return np.round(np.maximum(out + rng.normal(0, noise_n, out.shape), 0.0))


def hump(u: np.ndarray, rise: float, fall: float, smooth: bool) -> np.ndarray:
    """Share of the weight over a stance: up within `rise` of it, a dip, a second hump, down within `fall`."""
    knots = (0, rise, (1 + rise - fall) / 2, 1 - fall, 1)
    body = np.interp(u, knots, (0, 1.08, 0.75, 1.1, 0))
    if not smooth:
        return np.where((u > 0) & (u < 1), body, 0.0)
    up = np.where(u < rise, 1.08 * (1 - np.cos(np.pi * np.clip(u / rise, 0, 1))) / 2, body)
    down = 1.1 * (1 - np.cos(np.pi * np.clip((1 - u) / fall, 0, 1))) / 2
    return np.where((u > 0) & (u < 1), np.where(u > 1 - fall, down, up), 0.0)


def tread(
    seconds: float = 60.0,
    *,
    stride_s: float = 1.1,
    stance: float = 0.62,
    rise: float = 0.2,
    fall: float = 0.25,
    smooth: bool = False,
    weight_n: float = 700.0,
    jitter_s: float = 0.02,
    share: tuple[float, float] = (1.0, 1.0),
    first_s: float = 1.0,
    seed: int = 0,
    rate_hz: float = RATE_HZ,
) -> Tread:
    """Standing until `first_s`, then walking to the end; each foot bears `share` of what a sound one would."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    out = Tread(t, np.zeros((len(t), 2)), weight_n=weight_n)
    for foot in (0, 1):
        # Both feet stand; the left one goes first.
        at_s = first_s + foot * stride_s / 2
        out.load_n[:, foot] += np.where(t < at_s, 0.5 * weight_n * np.clip((at_s - t) / 0.15, 0, 1), 0.0)
        at_s += (1 - stance) * stride_s
        while at_s + stance * stride_s < seconds - 0.2:
            on_s, off_s = at_s + rng.uniform(0, jitter_s), at_s + stance * stride_s + rng.uniform(0, jitter_s)
            out.load_n[:, foot] += share[foot] * weight_n * hump((t - on_s) / (off_s - on_s), rise, fall, smooth)
            out.truth[foot].append((on_s, off_s))
            at_s += stride_s
    return out


def feet(walked: Walked) -> tuple[Stances, Stances]:
    """Left and right, both of which were measured."""
    assert walked.left is not None
    assert walked.right is not None
    return walked.left, walked.right


def errors_ms(walked: Walked, truth) -> tuple[np.ndarray, np.ndarray, int]:
    """Errors of initial contacts and foot offs [k] ms of both feet, and how many of them were missed.

    Each known event takes the nearest one found, within half of its stance.
    """
    errors: tuple[list[float], list[float]] = ([], [])
    missed = 0
    for mine, pairs in zip(feet(walked), truth, strict=True):
        for pair in pairs:
            reach_s = (pair[1] - pair[0]) / 2
            for errs, events, at_s in zip(errors, (mine.initial_s, mine.off_s), pair, strict=True):
                near = events[np.isfinite(events)] - at_s
                best = near[np.abs(near).argmin()] if len(near) else np.inf
                if abs(best) < reach_s:
                    errs.append(1e3 * best)
                else:
                    missed += 1
    return np.array(errors[0]), np.array(errors[1]), missed
