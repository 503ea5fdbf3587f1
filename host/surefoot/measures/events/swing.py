# SPDX-License-Identifier: MIT
"""The pelvis' swing in a straight walk: turning about the vertical that comes back with every stride.

It is as fast as a slow turn begins, so a turn that is walked into can't be read from the turning rate alone. But it is
locked to the steps, which the insoles know: what repeats by the stride in the straight parts is swing and no turn.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from surefoot.measures.events.spans import Floats
from surefoot.measures.events.steps import Walk
from surefoot.measures.events.turns import Turn

# Our own choices (D).
HARMONICS = 2  # of the stride: a swing to each side, and what the two steps have in common
STRAIGHT_S = 0.2  # this near to a turn the walk isn't straight for sure
LEAST_STRIDES = 1.5  # of straight walking: fewer can't tell a swing from a drift


def swing_dps(yaw_dps: Floats, walked: Walk, found: tuple[Turn, ...], rate_hz: float) -> Floats | None:
    """The swing [n] that repeats by the stride outside of the turns `found`, 0 outside of the walk; None if too short.

    Its phase runs evenly from initial contact to initial contact; two contacts of one foot are a whole stride.
    """
    rows_s = np.arange(len(yaw_dps)) / rate_hz
    feet, times_s = [foot for foot, _ in walked.initial_s], np.array([at_s for _, at_s in walked.initial_s])
    steps = [1.0 if foot != before else 2.0 for before, foot in pairwise(feet)]
    place = np.cumsum([1.0 if feet[0] == "right" else 0.0, *steps])
    step_s = float(np.median(np.diff(times_s) / steps))
    # The first step begins before its contact, and the last one ends after it.
    times_s = np.concatenate(([times_s[0] - 2 * step_s], times_s, [times_s[-1] + 2 * step_s]))
    phase = np.pi * np.interp(rows_s, times_s, np.concatenate(([place[0] - 2], place, [place[-1] + 2])))
    walking = (rows_s > walked.start_s) & (rows_s < walked.stop_s)
    straight = walking & np.isfinite(yaw_dps)
    for turn in found:
        straight &= (rows_s < turn.begin_s - STRAIGHT_S) | (rows_s > turn.end_s + STRAIGHT_S)
    if straight.sum() < LEAST_STRIDES * 2 * step_s * rate_hz:
        return None
    waves = np.column_stack([wave(k * phase) for k in range(1, HARMONICS + 1) for wave in (np.cos, np.sin)])
    sizes = np.linalg.lstsq(waves[straight], yaw_dps[straight], rcond=None)[0]
    return np.where(walking, waves @ sizes, 0.0)
