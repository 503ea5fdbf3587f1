# SPDX-License-Identifier: MIT
"""How one posture goes over into another: five families of smooth steps, and tracks that add them up.

A shape is a weighted sum of Beta distribution functions I_u(a, b) over parts of the stretch 0..1; for whole a, b >= 3
it is a polynomial whose speed and acceleration vanish at both ends, so what is built of them can be felt by a sensor.
Shares of weight are not differentiated and may begin and end more sharply.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np

from surefoot.device.virtual.movers.dice import Dice

ONSET_SHARE = 0.05  # of the peak speed: where a motion is said to begin and to end


class Piece(NamedTuple):
    """`weight` of the whole is done between `start` and `stop` (shares of the time) as I_u(a, b)."""

    weight: float
    start: float
    stop: float
    a: int
    b: int


Shape = tuple[Piece, ...]
MIN_JERK: Shape = (Piece(1.0, 0.0, 1.0, 3, 3),)  # Flash & Hogan 1985: 10 u3 - 15 u4 + 6 u5
EARLY: Shape = (Piece(1.0, 0.0, 1.0, 3, 5),)
LATE: Shape = (Piece(1.0, 0.0, 1.0, 5, 3),)


def draw_shape(dice: Dice) -> Shape:
    """A shape of one of the families open to these dice."""
    family = dice.family(("min-jerk", "beta", "hesitating", "creeping"), "even")
    if family == "beta":
        a, b = dice.choose(((3, 4), (4, 3), (3, 6), (6, 3), (4, 6), (5, 4), (5, 5)))
        return (Piece(1.0, 0.0, 1.0, a, b),)
    if family == "hesitating":
        first, pause = dice.between(0.3, 0.7), dice.between(0.0, 0.18)
        middle = dice.between(0.35, 0.6)
        return (Piece(first, 0.0, middle, 3, 4), Piece(1 - first, min(middle + pause, 0.75), 1.0, 3, 3))
    if family == "creeping":
        rest, early = dice.between(0.15, 0.35), dice.between(0.5, 0.75)
        return (Piece(1 - rest, 0.0, early, 3, 3), Piece(rest, 0.1, 1.0, 3, 3))
    if family == "even":
        return tuple(Piece(1 / 6, k / 9, (k + 4) / 9, 3, 3) for k in range(6))
    return MIN_JERK


def draw_load_shape(dice: Dice) -> Shape:
    """How weight goes from one foot to the other: contact and foot-off are quick, as they are on a floor."""
    mixed = dice.between(0.3, 0.7)
    options = (
        (Piece(1.0, 0.0, 1.0, 2, 2),),
        (Piece(mixed, 0.0, 1.0, 2, 5), Piece(1 - mixed, 0.0, 1.0, 5, 2)),
        (Piece(mixed, 0.0, 1.0, 1, 3), Piece(1 - mixed, 0.0, 1.0, 3, 1)),
        (Piece(1.0, 0.0, 1.0, 2, 3),),
    )
    return dice.family(options, (Piece(1.0, 0.0, 1.0, 3, 2),))


def draw_release(dice: Dice) -> Shape:
    """How a seat is left: slowly at first, with an end that can be told. A seat is taken the same way backward."""
    return (Piece(1.0, 0.0, 1.0, *dice.family(((2, 1), (3, 1), (3, 2)), (2, 2))),)


def mirrored(shape: Shape) -> Shape:
    """The same shape run backward."""
    return tuple(Piece(p.weight, 1 - p.stop, 1 - p.start, p.b, p.a) for p in shape)


@lru_cache(maxsize=64)
def _polynomials(a: int, b: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """I_u(a, b) and its two derivatives, highest power first."""
    n = a + b - 1
    one_minus = np.array((-1.0, 1.0))
    value = np.zeros(n + 1)
    for j in range(a, n + 1):
        term = np.array((float(comb(n, j)),))
        for _ in range(n - j):
            term = np.polymul(term, one_minus)
        term = np.concatenate((term, np.zeros(j)))
        value[n + 1 - len(term) :] += term
    rate = np.polyder(value)
    return value, rate, np.polyder(rate)


def shape_at(shape: Shape, u: np.ndarray) -> np.ndarray:
    """Value, first and second derivative by u [3,n] of a shape at u [n], held before 0 and after 1."""
    out = np.zeros((3, len(u)))
    for weight, start, stop, a, b in shape:
        part = stop - start
        inner = np.clip((u - start) / part, 0, 1)
        for order, polynomial in enumerate(_polynomials(a, b)):
            moving = 1.0 if order == 0 else (inner > 0) & (inner < 1)
            out[order] += weight / part**order * np.polyval(polynomial, inner) * moving
    return out


@lru_cache(maxsize=1024)
def busy(shape: Shape) -> tuple[float, float]:
    """Where on 0..1 a shape's speed first and last exceeds ONSET_SHARE of its peak."""
    u = np.linspace(0, 1, 2001)
    speed = shape_at(shape, u)[1]
    moving = u[speed > ONSET_SHARE * speed.max()]
    return float(moving[0]), float(moving[-1])


@lru_cache(maxsize=1024)
def _peaks(shape: Shape) -> tuple[float, float]:
    """The largest first and second derivative by u, without sign."""
    _, rate, bent = np.abs(shape_at(shape, np.linspace(0, 1, 2001)))
    return float(rate.max()), float(bent.max())


def least_s(shape: Shape, size: float, *, rate: float = np.inf, acceleration: float = np.inf) -> float:
    """The shortest time in which `size` can be done without exceeding limits, in its unit and seconds."""
    fastest, sharpest = _peaks(shape)
    return max(fastest * abs(size) / rate, (sharpest * abs(size) / acceleration) ** 0.5)


class Move(NamedTuple):
    """A track changes by `by` from at_s, over_s long; a pulse (no shape) goes by so much and comes back."""

    at_s: float
    over_s: float
    by: float
    shape: Shape | None

    @property
    def begin_s(self) -> float:
        """When it begins: speed above ONSET_SHARE of its peak."""
        return self.at_s + (busy(self.shape)[0] if self.shape else 0.0) * self.over_s

    @property
    def end_s(self) -> float:
        """When it ends, by the same rule."""
        return self.at_s + (busy(self.shape)[1] if self.shape else 1.0) * self.over_s


# 256 u4 (1 - u)4: its peak is 1, and it rests at both ends.
_PULSE = tuple(np.polyder(256 * np.poly([0] * 4 + [1] * 4), k) for k in range(3))


@dataclass
class Track:
    """One quantity over time; `now` is where the moves so far leave it."""

    start: float = 0.0
    moves: list[Move] = field(default_factory=list)
    now: float = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.start

    def to(self, at_s: float, over_s: float, value: float, shape: Shape = MIN_JERK) -> Move:
        """Go to a value."""
        return self.by(at_s, over_s, value - self.now, shape)

    def by(self, at_s: float, over_s: float, change: float, shape: Shape = MIN_JERK) -> Move:
        """Go on by a change."""
        move = Move(at_s, over_s, change, shape)
        self.moves.append(move)
        self.now += change
        return move

    def pulse(self, at_s: float, over_s: float, size: float) -> Move:
        """Go by `size` and come back."""
        move = Move(at_s, over_s, size, None)
        self.moves.append(move)
        return move

    def path(self, t_s: np.ndarray) -> np.ndarray:
        """Value and its two derivatives by time [3,n] at rising times [n]."""
        out = np.zeros((3, len(t_s)))
        jumps = np.zeros(len(t_s) + 1)
        for at_s, over_s, by, shape in self.moves:
            first, stop = np.searchsorted(t_s, (at_s, at_s + over_s))
            u = (t_s[first:stop] - at_s) / over_s
            made = shape_at(shape, u) if shape else np.stack([np.polyval(p, u) for p in _PULSE])
            out[:, first:stop] += by * made / np.array((1.0, over_s, over_s**2))[:, None]
            if shape:
                jumps[stop] += by
        out[0] += self.start + np.cumsum(jumps)[:-1]
        return out


def times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of two quantities given with two derivatives each [3,n]."""
    return np.stack((a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2 * a[1] * b[1] + a[0] * b[2]))


def wave(phase: np.ndarray, cycles: float, offset_rad: float) -> np.ndarray:
    """sin(2 pi cycles phase + offset) with two derivatives [3,n] of a phase that is given with two [3,n]."""
    w = 2 * np.pi * cycles
    sine, cosine = np.sin(w * phase[0] + offset_rad), np.cos(w * phase[0] + offset_rad)
    return np.stack((sine, w * phase[1] * cosine, w * phase[2] * cosine - (w * phase[1]) ** 2 * sine))
