# SPDX-License-Identifier: MIT
"""The timed up and go: its two totals, its phases and its turns.

The clinical total runs from the cue until the person is seated: the only one that meets norms and cut-offs. The
movement total runs from the first trunk motion. A start before the cue is shown, never corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.attitude import Trunk, trunk
from surefoot.measures.events.lean import bent_s, stood_s
from surefoot.measures.events.seat import Seat, left_s, met_s, seat
from surefoot.measures.events.sit_to_stand import started_s
from surefoot.measures.events.spans import Floats, columns
from surefoot.measures.events.steps import Walk, walk
from surefoot.measures.events.swing import swing_dps
from surefoot.measures.events.turns import Turn, turns

# Our own choices (D).
LEAST_S = 2.0  # off the seat for less is a rise that failed, no walk of six metres
MOST_DEG = 270.0  # who walks fast may pause as briefly between two turns to one side as another within one
HALF_TURN_DEG = 90.0  # each turn of the test is a half turn; who turns by less went round in two
EARLY_STEP_S = 1.0  # who is in a hurry lifts the first foot this long before the trunk is upright
POSTURE_S = 0.5  # of walking at the least: what its posture is taken from
EARLY_S = 0.1  # a start this much before the cue is within what a cue's own time is known to


@dataclass(frozen=True)
class Tug:
    """Seconds from row 0, None where it can't be told. `clinical_s`: cue to seated; `movement_s`: first trunk motion to
    seated; `early_s`: how long before the cue it began, 0 where it didn't. `first_turn` about the far mark, `last_turn`
    to sit down; `steps_in_turns` initial contacts in each. `attempts`: weight that left the seat and came back first.
    `confidence`: 1 with both insoles and the waist sensor, halved for each that is missing and where the two turns
    weren't found."""

    cue_s: float
    motion_s: float | None
    seat_off_s: float
    standing_s: float | None
    walk_s: float | None
    first_turn: Turn | None
    last_turn: Turn | None
    sit_start_s: float | None
    touch_s: float
    seated_s: float
    walk: Walk | None
    attempts: int
    confidence: float
    unseen: tuple[str, ...] = ()
    OVERRIDES: ClassVar[tuple[str, ...]] = ("cue_s", "seated_s", "motion_s", "aid", "arms")

    @property
    def clinical_s(self) -> float:
        return self.seated_s - self.cue_s

    @property
    def movement_s(self) -> float | None:
        return None if self.motion_s is None else self.seated_s - self.motion_s

    @property
    def early_s(self) -> float:
        early = 0.0 if self.motion_s is None else self.cue_s - self.motion_s
        return early if early > EARLY_S else 0.0

    @property
    def peak_turn_dps(self) -> float | None:
        found = [turn.peak_dps for turn in (self.first_turn, self.last_turn) if turn]
        return max(found) if found else None

    @property
    def steps_in_turns(self) -> tuple[int | None, int | None]:
        def count(turn: Turn | None) -> int | None:
            return self.walk.between(turn.begin_s, turn.end_s) if turn and self.walk else None

        return count(self.first_turn), count(self.last_turn)

    @property
    def phases_s(self) -> dict[str, float | None]:
        """Duration of each phase; they follow one another except that sitting down may begin in the last turn."""
        first, last = self.first_turn, self.last_turn
        return {
            "sit_to_stand": _between(self.motion_s, self.standing_s),
            "walk_out": _between(self.walk_s, first and first.begin_s),
            "turn": first and first.duration_s,
            "walk_back": _between(first and first.end_s, last and last.begin_s),
            "turn_to_sit": last and last.duration_s,
            "stand_to_sit": _between(self.sit_start_s, self.seated_s),
        }


def _between(begin_s: float | None, end_s: float | None) -> float | None:
    return None if begin_s is None or end_s is None else max(end_s - begin_s, 0.0)


def tug(
    foot_force_n: npt.ArrayLike, acc_ms2: npt.ArrayLike, gyr_dps: npt.ArrayLike, rate_hz: float, cue_s: float = 0.0
) -> Tug:
    """The test whose cue was at `cue_s`: force [n,2] N (left, right), acc and gyr [n,3] (right, forward, up).

    NaN rows are lost, columns of NaN a sensor that isn't there. MeasureError: shapes, rate, nobody sat or stood up, or
    the person didn't sit down again.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    moved = trunk(acc_ms2, gyr_dps, rate_hz)
    if len(moved.tilt_deg) != len(feet):
        raise MeasureError(f"The waist sensor has {len(moved.tilt_deg)} rows and the feet {len(feet)}: give the same.")
    if not np.isfinite(feet).any(axis=0).all():
        raise MeasureError(
            "One insole gave nothing, and a swing of the other foot looks like sitting: plug it in, or time it by keys."
        )
    sat = seat(feet, moved, rate_hz)
    low, high = _up_and_about(sat, rate_hz, cue_s)
    off_s = left_s(sat.share, low, high, rate_hz)
    touch_s, seated_s = met_s(sat, low, high, rate_hz)
    unseen = list(sat.unseen)
    first, last = _two_turns(moved, off_s, touch_s, rate_hz)
    if moved.known and (first is None or last is None):
        unseen.append("The two half turns weren't both found: the phases between them are not told.")
    try:
        rows = np.arange(len(feet))[:, None]  # a sitting person's feet are on the floor, whatever the seat takes
        walked = walk(np.where((rows >= off_s * rate_hz) & (rows < high), feet, sat.weight_n / 2), rate_hz, off_s)
    except MeasureError as reason:
        walked = None
        unseen.append(str(reason))
    if walked and first and last:
        swing = swing_dps(moved.yaw_dps, walked, (first, last), rate_hz)
        first, last = _two_turns(moved, off_s, touch_s, rate_hz, swing)
    standing, sit_start = _up_and_down_s(moved, walked, first, last, off_s, touch_s, rate_hz)
    motion = started_s(moved, off_s, rate_hz, cue_s)
    sure = sat.sure * (1.0 if first and last else 0.5) * (1.0 if walked else 0.5)
    return Tug(
        cue_s=cue_s,
        motion_s=motion,
        seat_off_s=off_s,
        standing_s=standing,
        walk_s=walked.start_s if walked else None,
        first_turn=first,
        last_turn=last,
        sit_start_s=sit_start,
        touch_s=touch_s,
        seated_s=seated_s,
        walk=walked,
        attempts=len([span for span in (*sat.tried, *sat.off) if span[1] <= low]),
        confidence=round(sure, 2),
        unseen=tuple(unseen),
    )


def _up_and_about(sat: Seat, rate_hz: float, cue_s: float) -> tuple[int, int]:
    """The longest span off the seat."""
    spans = [(low, high) for low, high in sat.off if high - low >= LEAST_S * rate_hz and high > cue_s * rate_hz]
    if not spans:
        raise MeasureError("The person didn't stand up and walk in this trial: repeat it, or time it by keys.")
    low, high = max(spans, key=lambda span: span[1] - span[0])
    if high >= len(sat.share):
        raise MeasureError(
            "The person wasn't seated again before the recording ended: let it run until they sit, or time it by keys."
        )
    return low, high


def _two_turns(
    moved: Trunk, off_s: float, touch_s: float, rate_hz: float, swing: Floats | None = None
) -> tuple[Turn | None, Turn | None]:
    """The first and the last half turn between leaving and meeting the seat."""
    if not moved.known:
        return None, None
    found = [
        turn
        for turn in turns(moved.yaw_dps, rate_hz, swing_dps=swing, most_deg=MOST_DEG)
        if abs(turn.angle_deg) >= HALF_TURN_DEG and turn.begin_s < touch_s and turn.end_s > off_s
    ]
    if len(found) < 2:
        return (found[0], None) if found else (None, None)
    return found[0], found[-1]


def _up_and_down_s(
    moved: Trunk,
    walked: Walk | None,
    first: Turn | None,
    last: Turn | None,
    off_s: float,
    touch_s: float,
    rate_hz: float,
) -> tuple[float | None, float | None]:
    """When the trunk was upright, and when it began to bend for the seat, both by its posture in the walk beside."""
    if walked is None or first is None or last is None:
        return None, None
    out, back = (
        slice(round(begin_s * rate_hz), max(round(end_s * rate_hz), round((begin_s + POSTURE_S) * rate_hz)))
        for begin_s, end_s in ((walked.start_s, first.begin_s), (first.end_s, last.begin_s))
    )
    until_s = min(walked.start_s + EARLY_STEP_S, first.begin_s)
    return (
        stood_s(moved, out, off_s, until_s, rate_hz),
        bent_s(moved, back, last.begin_s, touch_s, rate_hz),
    )
