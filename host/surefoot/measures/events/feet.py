# SPDX-License-Identifier: MIT
"""A foot that is raised, touches down, or lifts its heel or forefoot: single-leg stance and what ends a stance.

An insole is inside the shoe: it can't tell a foot that slides or turns on the floor, nor one that is held against the
other ankle. Those are the observer's to mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.balance_loss import FEET, usual_n
from surefoot.measures.events.spans import Flags, Floats, columns, crossing_s, lasting, runs

# Our own choices (D); shares are of the load on both feet before, which is body weight.
RAISED_SHARE = 0.05  # less on a foot is raised: the 5 % of body weight that gait analysis takes for contact
OFF_FLOOR_SHARE = 0.01  # above what is left on the foot in the air: then it has left the floor
RAISED_S = 0.3  # so long at the least: a shorter one is a foot that is put down again before the stance begins
TOUCH_SHARE, TOUCH_S = 0.03, 0.05  # more than in the air for longer is a touch: the lower edge of that convention
HOP_SHARE, HOP_S = 0.3, 0.05  # less on the standing foot for longer: it hopped or stepped, so it moved
REST_S = 3.0  # before the stance: where the load on both feet comes from
EDGE_S = 0.3  # about lifting and touching, in which nothing is told of the standing foot
# A heel off the floor leaves all load ahead of the middle of the foot, a forefoot off leaves it behind: in groups of
# cells nothing on the other, or the CoP beyond the heads of the metatarsals (about 0.7 of the length from the heel) or
# behind the front of the heel's pad (about a quarter of it).
GROUP_SHARE = 0.03
HEEL_LIFT_COP, FOREFOOT_LIFT_COP = 0.2, -0.25  # of the foot's length from its middle, forward positive
BACK_COP = 0.06  # of the foot's length further back to the middle a lift ends: a foot on its toes sways by some of it
PART_S, PART_LOAD = 0.2, 0.3  # for this long, with this share of the foot's usual load on it


@dataclass(frozen=True)
class SingleLeg:
    """Seconds from row 0: `start_s` the raised foot left the floor, `touch_s` it came back, `moved_s` the standing foot
    hopped or stepped, `end_s` the first of both or the end of the recording. `ended`: touch, moved or open. `attempts`:
    times that the foot was raised too briefly before. `confidence`: how far the raised foot was unloaded (1: wholly,
    0.5: to half of RAISED_SHARE; 0 at it)."""

    raised: str
    start_s: float
    touch_s: float | None
    moved_s: float | None
    end_s: float
    ended: str
    attempts: int
    confidence: float
    OVERRIDES: ClassVar[tuple[str, ...]] = ("start_s", "end_s", "ended", "arms", "eyes", "raised foot against the leg")

    @property
    def held_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class PartLift:
    """A heel or forefoot (`part`) of a foot off the floor, seconds from row 0. `confidence`: 1 by groups of cells, 0.6
    by the CoP alone, which a strong lean can take as far."""

    foot: str
    part: str
    begin_s: float
    end_s: float
    confidence: float
    OVERRIDES: ClassVar[tuple[str, ...]] = ("is a lift", "begin_s", "end_s")


def single_leg(
    foot_force_n: npt.ArrayLike, rate_hz: float, raised: str | None = None, after_s: float = 0.0
) -> SingleLeg:
    """The first stance on one leg after `after_s`, of force [n,2] N (left, right); `raised` left or right, or found.

    NaN rows are lost. MeasureError: shape, rate, an insole that gave nothing, or no foot that was raised.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    if not 20 <= rate_hz < np.inf:
        raise MeasureError(f"The force on the feet has a rate of {rate_hz:g} Hz: record at 20 Hz or more.")
    if not np.isfinite(feet).any(axis=0).all():
        raise MeasureError("One insole gave nothing, so a raised foot can't be told: plug it in, or time it by keys.")
    total = feet.sum(axis=1)
    weight = float(np.nanmedian(total))
    known = np.isfinite(total)
    late = np.arange(len(feet)) >= after_s * rate_hz
    found: list[tuple[int, int, int, int]] = []
    for foot, name in enumerate(FEET):
        if raised in (None, name):
            air = known & late & (feet[:, foot] < RAISED_SHARE * weight)
            air &= (
                feet[:, 1 - foot] > (1 - 2 * RAISED_SHARE) * weight / 2
            )  # a person off both insoles stands on neither
            spans = lasting(air, known, rate_hz, TOUCH_S)
            long = [span for span in spans if span[1] - span[0] >= round(RAISED_S * rate_hz)]
            if long:
                found.append((*long[0], foot, sum(span[1] <= long[0][0] for span in spans)))
    if not found:
        who = f"The {raised} foot" if raised else "No foot"
        raise MeasureError(f"{who} was raised for {RAISED_S:g} s or more: repeat the trial, or time it by keys.")
    low, high, foot, attempts = min(found)
    return _stance(feet, weight, low, high, foot, attempts, rate_hz)


def _stance(feet: Floats, weight: float, low: int, high: int, foot: int, attempts: int, rate_hz: float) -> SingleLeg:
    air = feet[:, foot] / weight
    inside = air[low : max(high, low + 1)]
    level = float(np.nanmedian(inside))  # what the shoe presses, or a sensor drifted by
    off_row = low + int(
        np.argmax(inside < level + OFF_FLOOR_SHARE)
    )  # a foot that is raised slowly leaves the floor last
    start_s = crossing_s(air, level + OFF_FLOOR_SHARE, off_row, rate_hz)
    settled = low + round(EDGE_S * rate_hz)
    up = np.isfinite(air) & (air > level + TOUCH_SHARE)
    up[:settled] = False
    touches = lasting(up, np.isfinite(air), rate_hz, TOUCH_S)
    touch_s = crossing_s(air, level + TOUCH_SHARE, touches[0][0], rate_hz) if touches else None
    standing = feet[:, 1 - foot] / weight
    hop = np.isfinite(standing) & (standing < HOP_SHARE)
    hop[:settled] = False
    if touches:
        hop[touches[0][0] :] = False  # the load that goes to the raised foot is no hop
    hops = lasting(hop, np.isfinite(standing), rate_hz, HOP_S)
    moved_s = crossing_s(standing, HOP_SHARE, hops[0][0], rate_hz) if hops else None
    ends = [(s, what) for s, what in ((touch_s, "touch"), (moved_s, "moved")) if s is not None]
    end_s, ended = min(ends, default=(len(feet) / rate_hz, "open"))
    return SingleLeg(
        raised=FEET[foot],
        start_s=start_s,
        touch_s=touch_s,
        moved_s=moved_s,
        end_s=end_s,
        ended=ended,
        attempts=attempts,
        confidence=round(float(np.clip(1 - level / RAISED_SHARE, 0.0, 1.0)), 2),
    )


def part_lifts(
    foot_force_n: npt.ArrayLike,
    foot_cop_m: npt.ArrayLike,
    rate_hz: float,
    foot_length_m: float,
    heel_share: npt.ArrayLike | None = None,
) -> tuple[PartLift, ...]:
    """Heels and forefeet off the floor: force [n,2] N, CoP [n,2,2] m (foot, (ml, ap)) from the middle of each foot.

    `heel_share` [n,2], where the cells are known: the share of each foot's load on its heel cells; the rest is taken
    to be forefoot and arch. A foot that carries little is left out. MeasureError: shapes, rate, foot length.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    cop = columns(foot_cop_m, (2, 2), "centre of pressure of the feet", len(feet))
    shares = None if heel_share is None else columns(heel_share, (2,), "share on the heels", len(feet))
    if not 20 <= rate_hz < np.inf:
        raise MeasureError(f"The force on the feet has a rate of {rate_hz:g} Hz: record at 20 Hz or more.")
    if not 0.1 <= foot_length_m <= 0.4:
        raise MeasureError(f"A foot length of {foot_length_m:g} m is outside 0.1 to 0.4 m: give it in metres.")
    usual = usual_n(feet, slice(0, round(REST_S * rate_hz)))
    out = []
    for foot, name in enumerate(FEET):
        if not usual[foot] > 0:
            continue
        loaded = feet[:, foot] > PART_LOAD * usual[foot]
        along = cop[:, foot, 1] / foot_length_m
        if shares is None:
            known = np.isfinite(along)
            heel_up = _latched(along, HEEL_LIFT_COP, HEEL_LIFT_COP - BACK_COP)
            signs, sure = (
                ((heel_up, "heel"), (_latched(-along, -FOREFOOT_LIFT_COP, -FOREFOOT_LIFT_COP - BACK_COP), "forefoot")),
                0.6,
            )
        else:
            heel = shares[:, foot]
            signs, sure = ((heel < GROUP_SHARE, "heel"), (heel > 1 - GROUP_SHARE, "forefoot")), 1.0
            known = np.isfinite(heel)
        known = known & np.isfinite(feet[:, foot])
        for sign, part in signs:
            out += _parts(sign & loaded & known, known, name, part, sure, rate_hz)
    return tuple(sorted(out, key=lambda lift: lift.begin_s))


def _latched(values: Floats, high: float, low: float) -> Flags:
    """True from where values rise above `high` until they are below `low`; a lost row leaves it as it was."""
    switched = np.where(values > high, 1, np.where(values < low, -1, 0))
    last = np.maximum.accumulate(np.where(switched != 0, np.arange(len(values)), -1))
    return (last >= 0) & (switched[last] > 0)


def _parts(flags: Flags, known: Flags, name: str, part: str, sure: float, rate_hz: float) -> list[PartLift]:
    """Lifts that last PART_S; one that is interrupted for less than that is one."""
    whole = np.array(flags, bool)
    for low, high in runs(~whole):
        if low > 0 and high < len(whole) and high - low < PART_S * rate_hz:
            whole[low:high] = True
    return [
        PartLift(name, part, low / rate_hz, high / rate_hz, sure)
        for low, high in lasting(whole, known, rate_hz, PART_S)
    ]
