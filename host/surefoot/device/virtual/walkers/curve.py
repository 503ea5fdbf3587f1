# SPDX-License-Identifier: MIT
"""Curves through knots with value, slope and bend of each: pieces of fifth degree, so acceleration has no step."""

from dataclasses import dataclass

import numpy as np

LEAST_S = 1e-4  # knots no nearer than this


@dataclass(frozen=True, eq=False)
class Curve:
    """Values [n,d] over time; before the first and after the last knot it keeps their values."""

    knots_s: np.ndarray  # [k]
    parts: np.ndarray  # [6,k-1,d], powers of the seconds since each knot

    def at(self, t_s: np.ndarray) -> np.ndarray:
        """Values [n,d] at times [n]."""
        return self._sum(t_s, self.parts)

    def one(self, t_s: np.ndarray) -> np.ndarray:
        """The first column [n] alone."""
        return self.at(t_s)[:, 0]

    def slope(self, t_s: np.ndarray) -> np.ndarray:
        """First derivative [n,d]; the one-sided ones where the ends' values are kept."""
        return self._sum(t_s, self.parts[1:] * np.arange(1, 6)[:, None, None])

    def _sum(self, t_s: np.ndarray, parts: np.ndarray) -> np.ndarray:
        knots = self.knots_s
        which = np.clip(np.searchsorted(knots, t_s, side="right") - 1, 0, len(knots) - 2)
        u = (np.clip(t_s, knots[0], knots[-1]) - knots[which])[:, None]
        out = parts[-1][which]
        for part in parts[-2::-1]:
            out = out * u + part[which]
        return out


def curve(
    knots_s: np.ndarray, value: np.ndarray, slope: np.ndarray | None = None, bend: np.ndarray | None = None
) -> Curve:
    """The curve through knots of any shape, read row by row: times [...], value, slope and bend [...] or [...,d].

    Slope and bend are nought where none are given. Knots that fall together or behind one another are pushed apart.
    """
    t = np.asarray(knots_s, float).ravel()
    t = np.maximum.accumulate(t - LEAST_S * np.arange(len(t))) + LEAST_S * np.arange(len(t))
    p = np.asarray(value, float).reshape(len(t), -1)
    v, a = (np.zeros_like(p) if x is None else np.asarray(x, float).reshape(p.shape) for x in (slope, bend))
    over = np.diff(t)[:, None]
    p0, v0, v1 = p[:-1], v[:-1] * over, v[1:] * over
    a0, a1, gone = a[:-1] * over**2, a[1:] * over**2, p[1:] - p[:-1]
    parts = (
        p0,
        v0 / over,
        a0 / 2 / over**2,
        (20 * gone - 8 * v1 - 12 * v0 - 3 * a0 + a1) / 2 / over**3,
        (-30 * gone + 14 * v1 + 16 * v0 + 3 * a0 - 2 * a1) / 2 / over**4,
        (12 * gone - 6 * (v1 + v0) + a1 - a0) / 2 / over**5,
    )
    return Curve(t, np.stack(parts))


def slopes(knots_s: np.ndarray, value: np.ndarray, at_rest: np.ndarray) -> np.ndarray:
    """Slopes [k,d] through neighbours for times [k] and values [k,d]; nought where it is at rest, and at the ends."""
    out = np.zeros_like(value)
    out[1:-1] = (value[2:] - value[:-2]) / (knots_s[2:] - knots_s[:-2])[:, None]
    out[at_rest] = 0
    return out


def bump(u: np.ndarray) -> np.ndarray:
    """From nought to one at u = 1/2 and back, smooth at both ends; nought outside of 0 to 1."""
    u = np.clip(u, 0, 1)
    return 64 * (u * (1 - u)) ** 3
