# SPDX-License-Identifier: MIT
"""Where a standing body is heading: by the lean of its trunk, and by the speed of its mass.

Place plus speed over the pendulum's rate is the extrapolated centre of mass: where that lies beyond the feet nobody
gets back without a step or a hand (Hof 2005, 10.1016/j.jbiomech.2004.03.025). A lean says it of a stiff body only: a
cough jerks the trunk and leaves the mass where it was, and a hip strategy sends trunk and waist to opposite sides.
"""

from __future__ import annotations

import numpy as np

from surefoot.measures.events.attitude import Trunk, tilt_rate_dps, turning_away_dps
from surefoot.measures.events.spans import Flags, Floats, runs

# Our own choices (D).
PENDULUM_PER_S = 3.1  # root of g over 1 m
TILT_S = 0.1  # between the tilts that a speed is taken from
SPEED_S = 0.05  # of the gyroscope's speed of the lean: less than that is noise and tremor
KNOWN_SHARE = 0.7  # of a rest before a movement
LEAK_S = 0.3  # what is integrated is forgotten by this: later, and what is left of gravity outgrows it
# A stiff body gets back from at most about 12 degrees of where its lean is heading: 0.2 m from ankle to toe, or across,
# under 0.95 m of height. One more is for sway and for how well the quiet start is level.
HEADING_DEG = 13.0
HEADING_SWAY_DEG = 5.0  # what a standing person's sway reaches
EDGE_M = 0.1  # a mass that stands over the feet is about this far from the nearest of their edges, the heels
# Of both ways, of lean and mass, their geometric mean: more than half of both is no sway, no cough and no shift of
# weight, where half of one alone can be, and it is reached sooner than the whole of either.
BOTH_SHARE = 0.58
REST_S = 0.5  # of standing before that: what follows another movement may be the way back from it
# A waist that, while the trunk heads beyond sway, goes the other way by so much of it, both as above, is a bend at the
# hip, which keeps the mass over the feet: the trunk may head twice as far within a second of it. Less may be gravity.
AGAINST_SHARE, AGAINST_S = 0.05, 1.0


def limits_reached(moved: Trunk, known: Flags, rate_hz: float) -> tuple[Floats, Floats]:
    """How far a standing body is to a loss [n], 1 at the limit: by its trunk's heading alone, and by trunk and mass."""
    heading = heading_deg(moved, rate_hz)
    with np.errstate(invalid="ignore"):
        beyond = heading > HEADING_SWAY_DEG
        by_lean, by_mass = np.clip(heading, 0.0, None) / HEADING_DEG, carried_m(moved, rate_hz) / EDGE_M
        straight = ~_lately(beyond & (by_mass < -AGAINST_SHARE * by_lean), rate_hz, AGAINST_S)
        both = np.sqrt(by_lean * np.clip(by_mass, 0.0, None)) / BOTH_SHARE
    fresh = straight & _from_rest(beyond, known, rate_hz, REST_S)
    return by_lean / np.where(straight, 1.0, 2.0), np.where(fresh, both, 0.0)


def heading_deg(moved: Trunk, rate_hz: float) -> Floats:
    """Lean plus its speed over the pendulum's rate [n]."""
    speed = np.fmax(tilt_rate_dps(moved, rate_hz, TILT_S), turning_away_dps(moved, rate_hz, SPEED_S))
    return moved.tilt_deg + speed / PENDULUM_PER_S


def carried_m(moved: Trunk, rate_hz: float) -> Floats:
    """How far the waist's new place plus its speed over the pendulum's rate carry the mass [n] the way that the trunk
    is heading; negative where they carry it the other way.

    NaN where the way isn't known. An unknown acceleration counts as none.
    """
    back = max(round(TILT_S * rate_hz), 1)
    away = (moved.up @ moved.level)[:, None] * moved.level - moved.up  # the way it leans, in the plane
    way = np.full(away.shape, np.nan)
    way[back:] = away[back:] + (away[back:] - away[:-back]) * (rate_hz / back / PENDULUM_PER_S)
    with np.errstate(invalid="ignore", divide="ignore"):
        way /= np.linalg.norm(way, axis=1)[:, None]
    pushed, after_s = np.nan_to_num(moved.plane_ms2), np.arange(round(5 * LEAK_S * rate_hz)) / rate_hz
    # What a push one moment long has made of place and speed by so long after it.
    made = (after_s + 1 / PENDULUM_PER_S) * np.exp(-after_s / LEAK_S) / rate_hz
    mass = np.column_stack([np.convolve(axis, made)[: len(pushed)] for axis in pushed.T])
    return (mass * way).sum(axis=1)


def _lately(flags: Flags, rate_hz: float, window_s: float) -> Flags:
    """Whether any of the flags [n] was raised within the `window_s` up to each row."""
    counts = np.concatenate(([0], np.cumsum(flags)))
    rows = np.arange(len(flags))
    return counts[rows + 1] > counts[np.maximum(rows - round(window_s * rate_hz), 0)]


def _from_rest(flags: Flags, known: Flags, rate_hz: float, rest_s: float) -> Flags:
    """The runs of flags [n] before which none was raised for `rest_s`, most of it known.

    A loss keeps what was before it.
    """
    rows = np.arange(len(flags))
    kept = flags[np.maximum.accumulate(np.where(known, rows, 0))]
    out, rest = np.zeros(len(flags), bool), round(rest_s * rate_hz)
    for low, high in runs(kept):
        before = slice(max(low - rest, 0), low)
        out[low:high] = not kept[before].any() and known[before].sum() >= KNOWN_SHARE * rest
    return out
