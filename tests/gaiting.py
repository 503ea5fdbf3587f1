# SPDX-License-Identifier: MIT
"""Walks made by hand: stances whose strides, steps and supports are known in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from surefoot.measures.gait.values import Stances, Walked, stances

STRIDE_S, STANCE_S, STEP_S = 1.2, 0.75, 0.6


def foot(name, count=40, *, begin_s=1.0, stride_s=STRIDE_S, stance_s=STANCE_S, broken=()) -> Stances:
    """Stances `count` long; `stride_s`, `stance_s`: one for all, or one for each."""
    every = np.broadcast_to(np.asarray(stride_s, float), (count,))
    initial = begin_s + np.concatenate(([0.0], np.cumsum(every[:-1])))
    flags = np.zeros(count, bool)
    flags[list(broken)] = True
    return stances(name, initial, initial + stance_s, broken=flags)


def walk(count=40, *, step_s=STEP_S, left=None, right=None, length_m=None, turns=(), **both) -> Walked:
    """Left lands first, right `step_s` later. `left`, `right`: what is said of one foot alone; `both` of each."""
    feet = foot("left", count, **both | (left or {})), foot("right", count, begin_s=1 + step_s, **both | (right or {}))
    lengths = {} if length_m is None else {name: np.full(count, float(length_m)) for name in ("left", "right")}
    by = "" if length_m is None else "made by hand"
    spans = np.array(turns, float).reshape(-1, 3)
    return Walked("foot-imu", 100.0, 600.0, *feet, length_m=lengths, length_by=by, turns=spans)


def joined(*parts: Stances) -> Stances:
    """Stances of one foot one after the other; it stands in between, until its next swing."""
    columns = ("initial_s", "off_s", "heel_rise_s", "loaded_s", "broken")
    for part, later in pairwise(parts):
        part.off_s[-1] = later.initial_s[0] - (STRIDE_S - STANCE_S)
    return Stances(parts[0].foot, *(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
