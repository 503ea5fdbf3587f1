# SPDX-License-Identifier: MIT
"""Turns about the vertical, from the turning rate of a waist sensor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.spans import (
    Floats,
    bridged,
    columns,
    crossing_s,
    last_below,
    onset_s,
    runs,
    settled_s,
    smooth,
)

# Our own choices (D), near El-Gohary 2013 (10.3390/s140100356: 45 degrees or more, 0.5 to 10 s, peaks above 15 deg/s).
STRIDE_S = 1.0  # a mean over about a stride leaves the turn and takes out the pelvis' swing to both sides
TURNING_DPS = 10.0  # of that mean; straight walking and standing stay below
PAUSE_S = 1.5  # a turn in several small steps stops between them for less, of that mean
MIN_TURN_DEG = 45.0
WOBBLE_SHARE = 0.25  # of a turn: the mean over it moves the turn's ends by less than a hundredth of the turn
SHARES = (
    0.06,
    0.18,
    0.36,
)  # of its angle: where a turn's ends are read; the pelvis' swing of some 2 degrees is well below
GAP_S = 0.2  # a body turns on through so short a loss: no turn of a quarter is done in it
PEAK_S = 0.3  # the peak rate is the greatest mean over this long, so that one sample's noise isn't one
EDGE_S = 0.15  # the ends are read of the mean rate over this long: below any turn, above noise
MOVING_SHARE = 0.05  # of the peak rate: a movement's usual beginning and end
# The rate's standard deviation beside a turn at the most, times MOVING_SHARE of its peak. The crests of a swing that
# isn't known are 1.4 times it; what is left of a known one only raises the level.
NOISY = 0.5, 2.0
BEGUN = 2.0  # times the level of an edge: a turn that begins with less can't be told from what is left of a swing
STARTED_SHARE = 0.12  # of the angle: from here, 20 degrees of a half turn, an end is sought outwards
REST_S = 1.0  # the heading before and after a turn is the mean over this long, about a stride
FULL_DEG, FULL_SLACK_DEG = 360.0, 45.0  # people stop a full turn early or late by this much and call it one


@dataclass(frozen=True)
class Turn:
    """`angle_deg` left positive, `begin_s` to `end_s`, `peak_dps` without sign. `confidence`: share of its rows that
    were measured, halved where it had begun before the recording or went on after it."""

    angle_deg: float
    begin_s: float
    end_s: float
    peak_dps: float
    confidence: float
    OVERRIDES: ClassVar[tuple[str, ...]] = ("begin_s", "end_s")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.begin_s

    @property
    def side(self) -> str:
        return "left" if self.angle_deg > 0 else "right"

    @property
    def full(self) -> bool:
        """Whether it is a turn once round, as the 360-degree turn asks for."""
        return abs(abs(self.angle_deg) - FULL_DEG) <= FULL_SLACK_DEG


def turns(
    yaw_dps: npt.ArrayLike,
    rate_hz: float,
    min_deg: float = MIN_TURN_DEG,
    swing_dps: npt.ArrayLike | None = None,
    most_deg: float = np.inf,
) -> tuple[Turn, ...]:
    """Turns of `min_deg` or more in a rate about the vertical [n] deg/s, left positive (`Trunk.yaw_dps`), in order.

    They begin and end where the rate passes a twentieth of its peak; where the body swings as fast beside the turn, by
    the shares of the angle instead. `swing_dps` [n] is a swing that is known (`swing.swing_dps`) and that the walk into
    a turn goes on with; it is taken to pause in the turn. What pauses for less than PAUSE_S is one turn, unless
    it would be more than `most_deg`. NaN rows are lost: for up to GAP_S the body is taken to turn on as at both ends,
    longer losses add no angle, and the confidence says how many. MeasureError: shape or rate.
    """
    yaw = columns(yaw_dps, (), "turning rate")
    if not 20 <= rate_hz < np.inf:
        raise MeasureError(f"The turning rate has a rate of {rate_hz:g} Hz: record at 20 Hz or more.")
    if not len(yaw):
        return ()
    known = np.isfinite(yaw)
    heading = np.cumsum(np.nan_to_num(bridged(yaw, round(GAP_S * rate_hz)))) / rate_hz
    mean = smooth(yaw, rate_hz, STRIDE_S)
    peaks = smooth(yaw, rate_hz, PEAK_S)
    swing = np.zeros(len(yaw)) if swing_dps is None else columns(swing_dps, (), "swing", len(yaw))
    rates = smooth(yaw - swing, rate_hz, EDGE_S), smooth(yaw, rate_hz, EDGE_S)
    swings = smooth(swing, rate_hz, EDGE_S)
    spans = _candidates(np.nan_to_num(mean), rate_hz, most_deg)
    straight = known.copy()
    for low, high in spans:
        straight[low:high] = False
    noise_dps = float(np.nanstd(rates[0][straight])) if straight.any() else np.inf
    out = []
    for low, high in spans:
        found = _turn(heading, known, peaks, low, high, rate_hz)
        if found is not None and noise_dps < NOISY[swing_dps is not None] * MOVING_SHARE * found.peak_dps:
            found = _edged(found, rates, noise_dps, rate_hz)
            if swing_dps is not None:
                found = _begin_swung(found, rates, noise_dps, rate_hz)
                found = _end_swung(found, rates[1], swings, noise_dps, rate_hz)
        if found is not None and abs(found.angle_deg) >= min_deg:
            out.append(found)
    return tuple(out)


def _candidates(mean: Floats, rate_hz: float, most_deg: float) -> list[tuple[int, int]]:
    """Rows between which the body keeps turning one way."""
    spans = [(low, high, side) for side in (1, -1) for low, high in runs(side * mean > TURNING_DPS)]
    merged: list[tuple[int, int, int]] = []
    for low, high, side in sorted(spans):
        near = bool(merged) and merged[-1][2] == side and low - merged[-1][1] <= PAUSE_S * rate_hz
        if near and abs(mean[merged[-1][0] : high].sum()) / rate_hz <= most_deg:
            merged[-1] = (merged[-1][0], high, side)
        else:
            merged.append((low, high, side))
    return [(low, high) for low, high, _ in merged]


def _turn(heading: Floats, known: np.ndarray, peaks: Floats, low: int, high: int, rate_hz: float) -> Turn | None:
    rest, last = round(REST_S * rate_hz), len(heading) - 1
    before = float(np.mean(heading[max(low - rest, 0) : low + 1]))
    after = float(np.mean(heading[min(high, last) : min(high + rest, last) + 1]))
    angle = after - before
    if not angle:
        return None
    # A long turn can lose its wobble before its ends are read; a short one would lose its ends.
    turning_s = max((high - low) / rate_hz - STRIDE_S, 0.0)  # the mean over a stride made it longer by that much
    share = smooth((heading - before) / angle, rate_hz, min(STRIDE_S, WOBBLE_SHARE * turning_s))
    middle = low + int(np.searchsorted(share[low:high], 0.5))
    began = onset_s(share[: high + rest], middle, rate_hz, SHARES)
    ended = settled_s((1 - share)[max(low - rest, 0) :], middle - max(low - rest, 0), rate_hz, SHARES)
    whole = began is not None and ended is not None and known[low:high].any()
    began = low / rate_hz if began is None else began
    ended = high / rate_hz if ended is None else ended + max(low - rest, 0) / rate_hz
    peak = np.nanmax(np.abs(peaks[low:high]), initial=0.0)
    sure = float(known[low:high].mean())
    return Turn(angle, began, ended, float(peak), round(sure if whole else sure / 2, 2))


def _edged(turn: Turn, rates: tuple[Floats, Floats], noise_dps: float, rate_hz: float) -> Turn:
    """The same turn between the moments at which its rate passes MOVING_SHARE of its peak."""
    last = len(rates[0]) - 1
    sign = 1.0 if turn.angle_deg > 0 else -1.0
    into, out = sign * rates[0], sign * rates[1][::-1]
    begin_s = _begin_s(into, turn.begin_s, turn.end_s, abs(turn.angle_deg), noise_dps, rate_hz)
    end_s = _begin_s(
        out, last / rate_hz - turn.end_s, last / rate_hz - turn.begin_s, abs(turn.angle_deg), noise_dps, rate_hz
    )
    return replace(
        turn,
        begin_s=turn.begin_s if begin_s is None else begin_s,
        end_s=turn.end_s if end_s is None else last / rate_hz - end_s,
    )


def _begin_s(
    rate: Floats, begin_s: float, end_s: float, angle_deg: float, noise_dps: float, rate_hz: float
) -> float | None:
    low, high = max(round((begin_s - REST_S) * rate_hz), 0), round(end_s * rate_hz) + 1
    part = rate[low:high]
    done = np.cumsum(np.nan_to_num(part)) / rate_hz / angle_deg
    done -= np.mean(done[: max(round(REST_S * rate_hz / 2), 1)])
    early = last_below(done, STARTED_SHARE, round((begin_s + end_s) / 2 * rate_hz) - low)
    if early is None:
        return None
    level = max(MOVING_SHARE * float(np.nanmax(part, initial=0.0)), noise_dps)
    row = last_below(part, level, early)
    return None if row is None else low / rate_hz + crossing_s(part, level, row, rate_hz)


def _begin_swung(turn: Turn, rates: tuple[Floats, Floats], noise_dps: float, rate_hz: float) -> Turn:
    """The same turn from before a swing to its own side that stopped once it had begun.

    Who turns swings less from then on: the full swing taken out leaves a dip behind the turn's beginning, which looks
    like a beginning of its own. Where the rate itself, with all of the swing in it, had been to the turn's side ever
    since, the turn was already under way in what rises before the dip.
    """
    sign, begin = 1.0 if turn.angle_deg > 0 else -1.0, round(turn.begin_s * rate_hz)
    without, whole = sign * rates[0], sign * rates[1]
    peak_dps = float(np.nanmax(without[begin : round(turn.end_s * rate_hz) + 1], initial=0.0))
    level = max(MOVING_SHARE * peak_dps, noise_dps)
    since = (last_below(whole, level, begin - 1) if begin else None) or 0
    before = without[since:begin]
    if not np.nanmax(before, initial=0.0) > BEGUN * level:
        return turn
    row = last_below(without, level, since + int(np.nanargmax(before)))
    return turn if row is None else replace(turn, begin_s=crossing_s(without, level, row, rate_hz))


def _end_swung(turn: Turn, rate: Floats, swing: Floats, noise_dps: float, rate_hz: float) -> Turn:
    """The same turn without a swing to its own side that goes on at its end, as much of it as there is behind the turn.

    Who walks out of a turn swings the more the faster they get: behind the turn the share of the full swing is a line,
    and that line led back says what of the rate is swing before.
    """
    sign, end = 1.0 if turn.angle_deg > 0 else -1.0, round(turn.end_s * rate_hz)
    behind = slice(end, min(end + round(REST_S * rate_hz), len(rate)))
    y, s, after_s = rate[behind], swing[behind], np.arange(behind.stop - end) / rate_hz
    known = np.isfinite(y) & np.isfinite(s)
    if known.sum() < rate_hz * REST_S / 2 or not s[known].any():
        return turn
    level, grows = np.linalg.lstsq(np.column_stack((s, s * after_s))[known], y[known], rcond=None)[0]
    rows = np.arange(len(rate))
    share = np.clip(level + max(grows, 0.0) * (rows - end) / rate_hz, 0.0, 1.0)
    left = sign * (rate - share * swing)
    last = len(rate) - 1
    end_s = _begin_s(
        left[::-1],
        last / rate_hz - turn.end_s,
        last / rate_hz - turn.begin_s,
        abs(turn.angle_deg),
        noise_dps,
        rate_hz,
    )
    if end_s is None or not turn.begin_s < last / rate_hz - end_s < turn.end_s:
        return turn
    return replace(turn, end_s=last / rate_hz - end_s)
