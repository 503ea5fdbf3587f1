# SPDX-License-Identifier: MIT
"""Limits of stability: one lean towards a target, from the centre of pressure, as parts of the own foot's length."""

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.processing import Measured, Processing
from surefoot.measures.sway import prepare_cop
from surefoot.measures.table import to_table

LIMITS = Processing(filter_hz=5.0)
LEAST_S = 3.0
REST_S = 1.0  # before the cue, that the start of the lean is told from
LEAVES_SD = 4.0
LEAST_LEAVE_M = 0.003
HOLD_S = 0.1
STALL_S = 0.15
FOOT_M = (0.1, 0.4)
KEYS = ("los_reaction_s", "los_velocity_pctps", "los_endpoint_pct", "los_maximum_pct", "los_control_pct")
NO_LEAN = "The centre of pressure never left its rest towards the target: repeat the lean."


def limits_of_stability(
    cop_m: np.ndarray,
    rate_hz: float,
    cue_s: float,
    target_deg: float,
    foot_length_m: float,
    processing: Processing = LIMITS,
) -> Measured:
    """One lean of a centre of pressure [n, 2] (ML, AP) in m towards target_deg, 0 forward, 90 to the right.

    The target is cued cue_s after the first row, with a second of rest before it. Reaction: from the cue to where the
    path leaves its rest for good; endpoint: where the first movement towards the target ends; velocity: mean from 5 to
    95 % of the endpoint; maximum: the furthest towards the target; control: 100 (on - off) / on of the endpoint's path,
    the ways along and across the target's direction. Distances in percent of foot_length_m, as clinical limits of lean
    are of height. Definitions are our own where the instruments' aren't published. MeasureError for bad input.
    """
    if not FOOT_M[0] <= foot_length_m <= FOOT_M[1]:
        raise MeasureError(f"A foot of {foot_length_m:g} m is no person's: give its length in metres, 0.1 to 0.4.")
    signal = prepare_cop(cop_m, rate_hz, processing, 2, LEAST_S)
    cue = round((cue_s - processing.trim_s) * rate_hz)
    rest = slice(cue - round(REST_S * rate_hz), cue)
    if rest.start < 0 or cue + rate_hz > len(signal.values):
        raise MeasureError(f"A cue at {cue_s:g} s leaves no second of rest before it or none to lean: mark it again.")
    own: dict[str, str] = dict.fromkeys(KEYS, f"target{target_deg % 360:g}/foot{foot_length_m * 1e3:.0f}mm")
    if not np.isfinite(signal.values[rest.start :]).all():
        reason = "Samples of the lean were lost, so its path isn't known: repeat the lean."
        return to_table(dict.fromkeys(KEYS, reason), signal, own=own)
    direction = np.array((np.sin(np.radians(target_deg)), np.cos(np.radians(target_deg))))
    off = signal.values - signal.values[rest].mean(axis=0)
    along, across = off @ direction, off @ (direction[1], -direction[0])
    begin = _leaves(along[cue:], along[rest], rate_hz)
    if begin is None:
        return to_table(dict.fromkeys(KEYS, NO_LEAN), signal, own=own)
    begin += cue
    end = _endpoint(along, begin, rate_hz)
    reach = float(along[end])
    passed = [int(np.argmax(along[begin : end + 1] >= share * reach)) for share in (0.05, 0.95)]
    taken_s = (passed[1] - passed[0]) / rate_hz
    on = float(np.abs(np.diff(along[begin : end + 1])).sum())
    aside = float(np.abs(np.diff(across[begin : end + 1])).sum())
    percent = 1 / foot_length_m
    si: dict[str, float | str] = {
        "los_reaction_s": (begin - cue) / rate_hz,
        "los_velocity_pctps": 0.9 * reach * percent / taken_s
        if taken_s > 0
        else "The lean was over within one sample.",
        "los_endpoint_pct": reach * percent,
        "los_maximum_pct": float(along[cue:].max()) * percent,
        "los_control_pct": (on - aside) / on,
    }
    return to_table(si, signal, own=own)


def _leaves(after: np.ndarray, rest: np.ndarray, rate_hz: float) -> int | None:
    """The row of `after` in which the lean begins: from where the path moves faster than at rest until it stays beyond
    its rest for HOLD_S, and gets to twice as far. None where it never does."""
    beyond = max(LEAVES_SD * float(rest.std()), LEAST_LEAVE_M)
    hold = max(round(HOLD_S * rate_hz), 1)
    away = np.convolve(after > beyond, np.ones(hold), "valid") >= hold
    if not away.any() or after.max() < 2 * beyond:
        return None
    first = int(np.argmax(away))
    # The threshold itself is reached late: back along the rise to where it was no faster than at rest.
    slow = np.flatnonzero(np.diff(after[: first + 1]) <= float(np.abs(np.diff(rest)).max()))
    return int(slow[-1]) + 1 if len(slow) else 0


def _endpoint(along: np.ndarray, begin: int, rate_hz: float) -> int:
    """The row where the first movement towards the target ends: no further within the next STALL_S."""
    stall = max(round(STALL_S * rate_hz), 1)
    top = np.maximum.accumulate(along[begin:])
    for row in range(1, len(top) - stall):
        if top[row] > LEAST_LEAVE_M and top[row + stall] - top[row] < 0.02 * top[row]:
            return begin + int(np.argmax(along[begin : begin + row + 1] >= top[row]))
    return begin + int(np.argmax(along[begin:]))
