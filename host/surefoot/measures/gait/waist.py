# SPDX-License-Identifier: MIT
"""A walk from one sensor at the lower back: where somebody walks, contacts and their sides, step length, turns, pauses.

Foot-off is not told: a waist hardly feels it (agreement of double support 0.21 to 0.73, Morris 2019). Not verified on
people with a walking aid, an orthosis or a limp.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait.values import Floats, Stances, Walked, stances
from surefoot.measures.gait.waist_axes import Axes, Level, checked, gyroscope_note, level
from surefoot.measures.gait.waist_contacts import LONGEST_STEP_S, Steps, landed, steps
from surefoot.measures.gait.waist_speed import (
    BY,
    MOSTLY_SLOW,
    RELIABLE_MPS,
    SLOW,
    USUAL_FACTOR,
    follows,
    pendulum_m,
    rises_m,
)
from surefoot.measures.gait.waist_turns import turns
from surefoot.measures.gait.waist_walking import BREAK_S, enough, walking

NOTHING = (
    "No walking was found, as nothing rises, is pushed on and sways as one on two feet does: sitting, standing, a"
    " wheelchair or a ride look like this, and so may very slow walking without a rhythm."
)
MORE_S = 1.0  # about a bout: where its turns lie


@dataclass(frozen=True)
class Waist:
    """`walked`, and its steps in order of time, arrays [n]: `step_s` of the contact, `left` its side, `rise_m` up and
    down until the next, `length_m` of the step that ends with the next (NaN without a leg's length), `next_s` until it
    (NaN where none follows). `pauses` [m,2]: begin and end in s of breaks of more than a longest step. `level`: the
    motion along level axes that they were found in."""

    walked: Walked
    step_s: Floats
    left: npt.NDArray[np.bool_]
    rise_m: Floats
    length_m: Floats
    next_s: Floats
    pauses: Floats
    level: Level | None = field(default=None, repr=False)

    def cadence_spm(self, begin_s: float = 0.0, end_s: float = np.inf) -> float:
        """Steps a minute, of steps that follow each other, NaN for none."""
        mine = np.isfinite(self.next_s) & (self.step_s >= begin_s) & (self.step_s + self.next_s <= end_s)
        return float(60 * mine.sum() / self.next_s[mine].sum()) if mine.any() else float("nan")

    def speed_mps(self, begin_s: float = 0.0, end_s: float = np.inf) -> float:
        """Speed, of steps whose length is known, NaN for none; `waist_speed.speed_words` says what it is worth."""
        mine = np.isfinite(self.length_m) & (self.step_s >= begin_s) & (self.step_s + self.next_s <= end_s)
        return float(self.length_m[mine].sum() / self.next_s[mine].sum()) if mine.any() else float("nan")


def waist(
    acc_ms2: npt.ArrayLike,
    gyr_dps: npt.ArrayLike | None,
    rate_hz: float,
    *,
    leg_m: float | None = None,
    factor: float | None = None,
    on_foot: bool = False,
    axes: Axes | None = None,
) -> Waist:
    """Walking of a sensor at the lower back, acc and gyr [n,3] along the same axes, whichever way it was put on.

    NaN rows are lost, and no step crosses them. `gyr_dps` None: no turns, and sides are less sure. `leg_m` gives
    lengths, by `factor` where the person has one (`waist_speed.factor_of`). `on_foot`: the whole recording is known to
    be on foot, as a walk in the clinic, so that steps without a rhythm count too. `axes`: of the whole recording, where
    this is a piece of it. No walking gives no stances and a
    note that says so. MeasureError: shapes, rate, unit of the acceleration.
    """
    acc, gyr = checked(acc_ms2, gyr_dps, rate_hz)
    if factor is not None and leg_m is None:
        raise MeasureError("A person's factor needs their leg's length too: give leg_m.")
    seen = level(acc, gyr, rate_hz, axes)
    candidates = steps(seen, rate_hz)
    found = landed(enough(candidates, rate_hz) if on_foot else walking(candidates, seen, rate_hz), seen, rate_hz)
    at_s = found.row / rate_hz
    next_s = np.where(follows(found, rate_hz), np.diff(at_s, append=np.nan), np.nan)
    rise = rises_m(found, seen, rate_hz)
    length = np.full(len(found), np.nan) if leg_m is None else pendulum_m(rise, leg_m, factor or USUAL_FACTOR)
    notes = list(seen.notes) if len(found) else [NOTHING]
    known = np.flatnonzero(np.isfinite(acc).all(axis=1))
    if len(known) and len(known) <= known[-1] - known[0]:  # a sensor that begins later or ends earlier loses nothing
        notes.append("Samples of the waist sensor were lost: no step crosses the loss.")
    about = _about(at_s, len(acc), rate_hz)
    fault = gyroscope_note(gyr, about)
    notes += [fault] * bool(fault)
    feet = {name: _foot(name, found, at_s, seen, rate_hz) for name in ("left", "right")}
    lengths = _strides(found, length, next_s) if leg_m is not None else {}
    known = ~np.isnan(length)
    if leg_m is not None and known.any():
        slow = known & (length / next_s < RELIABLE_MPS)
        if slow.sum() > MOSTLY_SLOW * known.sum():
            lengths = {foot: np.full(len(one), np.nan) for foot, one in lengths.items()}
            notes.append(SLOW)
        elif slow.any():
            notes.append(
                f"{100 * slow.sum() / known.sum():.0f} % of the steps are slower than {RELIABLE_MPS:g} m/s, where a"
                " waist's speed is not reliable: of those strides only the cadence is given."
            )
    by = "" if leg_m is None else f"{BY}, " + ("own factor" if factor else "usual factor (uncalibrated)")
    walked = Walked(
        source="waist-imu",
        rate_hz=rate_hz,
        span_s=len(acc) / rate_hz,
        left=feet["left"],
        right=feet["right"],
        length_m=lengths,
        length_by=by,
        turns=_turns(seen, about, rate_hz) if gyr is not None and not fault else np.empty((0, 3)),
        notes=tuple(notes),
    )
    late = np.flatnonzero(np.diff(at_s) > LONGEST_STEP_S)
    pauses = np.column_stack((at_s[late], at_s[late + 1])) if len(late) else np.empty((0, 2))
    return Waist(walked, at_s, found.left, rise, length, next_s, pauses, seen)


def _foot(name: str, found: Steps, at_s: Floats, seen: Level, rate_hz: float) -> Stances:
    """Contacts of one foot. Broken: the first of a chain, and the one after a step of the other foot was not seen; but
    not after a pause in which nothing was lost."""
    mine = np.flatnonzero(found.left == (name == "left"))
    if not len(mine):
        return stances(name, [], [])
    breaks = found.again.astype(int)
    stretch = np.searchsorted([part.start for part in seen.stretches], found.row, "right")
    paused = (np.diff(at_s) > LONGEST_STEP_S) & (np.diff(stretch) == 0)
    breaks[1:] += (np.diff(found.chain) != 0) & ~paused
    passed = np.diff(np.cumsum(breaks)[mine], prepend=0) > 0
    return stances(name, at_s[mine], np.full(len(mine), np.nan), broken=passed)


def _strides(found: Steps, length: Floats, next_s: Floats) -> dict[str, Floats]:
    """Length of the stride that begins with each contact of a foot: its step and the other's; NaN where too slow, and
    across a pause."""
    both = np.append(length[:-1] + length[1:], np.nan) if len(length) else length
    span = np.append(next_s[:-1] + next_s[1:], np.nan) if len(length) else length
    with np.errstate(invalid="ignore"):
        both = np.where(both / span >= RELIABLE_MPS, both, np.nan)
    return {"left": both[found.left], "right": both[~found.left]}


def _about(at_s: Floats, n: int, rate_hz: float) -> npt.NDArray[np.bool_]:
    """Rows [n] of walking bouts and MORE_S about them."""
    edges = np.zeros(n + 1, int)
    if len(at_s):
        last = np.append(np.diff(at_s) > BREAK_S, True)
        first = np.insert(last[:-1], 0, True)
        low = np.maximum(((at_s[first] - MORE_S) * rate_hz).astype(int), 0)
        high = np.minimum(((at_s[last] + MORE_S) * rate_hz).astype(int), n)
        np.add.at(edges, low, 1)
        np.add.at(edges, high, -1)
    return np.cumsum(edges)[:n] > 0


def _turns(seen: Level, about: npt.NDArray[np.bool_], rate_hz: float) -> Floats:
    """Turns [m,3] in walking bouts."""
    yaw = np.where(about, seen.yaw_dps, 0.0)
    yaw[~np.isfinite(seen.yaw_dps)] = np.nan
    return turns(yaw, rate_hz)
