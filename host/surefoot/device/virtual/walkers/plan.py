# SPDX-License-Identifier: MIT
"""The plan of a walk: when each foot leaves the ground and lands, and where. All else follows from it."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.walkers.course import Course, end, lay_out
from surefoot.device.virtual.walkers.style import Style

LEAST_SWING_S, LEAST_DOUBLE_S = 0.2, 0.045
LONG_AGO_S = 1000.0
STOP_S, START_S = 0.4, 0.3  # the waist comes to rest after a last landing, and sets out before a first foot-off
SIDES = np.array((-1.0, 1.0))  # left, right


@dataclass(frozen=True, eq=False)
class Plan:
    """Steps k = 0..K-1 of alternating feet. Prints j = 0..K+1: two where the feet stand at first, then one a step.

    Step k takes up print k and lands on print k+2. `begin_s`, `end_s` [K+2]: when each print is stood on, ends of the
    walk included as times far off. Between step j-1's landing and step j's foot-off both feet stand: double support j,
    j = 0..K, on prints j and j+1.
    """

    off_s: np.ndarray  # [K]
    on_s: np.ndarray  # [K]
    foot: np.ndarray  # [K+2] of each print
    place_m: np.ndarray  # [K+2,3] right, forward, up of where the walk begins
    yaw_rad: np.ndarray  # [K+2] of each print
    heading_rad: np.ndarray  # [K+2] of the way there
    length_m: np.ndarray  # [K+1] along the way between the prints of each double support
    stands: np.ndarray  # [K+1] double supports in which the person stands
    climb_m: np.ndarray  # [K]
    share: np.ndarray  # [K] each step's length over a usual one, at most 1.3
    turn_of: np.ndarray  # [K]

    @property
    def begin_s(self) -> np.ndarray:
        """When each print is stood on [K+2]."""
        return np.concatenate(((-LONG_AGO_S, -LONG_AGO_S), self.on_s))

    @property
    def end_s(self) -> np.ndarray:
        """When each print is left [K+2]."""
        return np.concatenate((self.off_s, self.on_s[-1] + (LONG_AGO_S, LONG_AGO_S)))

    @property
    def double_s(self) -> tuple[np.ndarray, np.ndarray]:
        """Begin and end of each double support [K+1]."""
        return (
            np.concatenate(((-LONG_AGO_S,), self.on_s)),
            np.concatenate((self.off_s, (self.on_s[-1] + LONG_AGO_S,))),
        )


def make_plan(style: Style, dice: Dice, seconds: float, lead_s: float = 0.0) -> Plan:
    """Draw a course and walk it in this style."""
    course = lay_out(style, dice, seconds, lead_s)
    foot = (dice.count(0, 1) + np.arange(len(course.length) + 2)) % 2
    off_s, on_s = _times(style, dice, course, foot[2:])
    count = end(course, on_s, seconds)
    off_s, on_s, foot = off_s[:count], on_s[:count], foot[: count + 2]
    mine = foot[2:]
    uneven = style.length_ratio[mine] * np.exp(_wander(dice, count, style.one["vary_length"]))
    length = np.array(course.length) * np.where(np.array(course.climb_m) == 0, uneven, 1.0) * style.step_m
    length[np.array(course.stops)] = 0.0  # a foot is set beside the other
    turn = np.array(course.turn_rad)
    heading = np.concatenate(((0.0, 0.0), np.cumsum(turn)))
    way = heading[2:] - turn / 2
    on_way = np.cumsum(length[:, None] * np.stack((-np.sin(way), np.cos(way)), 1), 0)
    on_way = np.concatenate((np.zeros((2, 2)), on_way))
    aside = style.one["width_m"] / 2 + _wander(dice, count + 2, style.one["vary_width_m"])
    aside = np.maximum(aside, 0.02) * SIDES[foot]
    xy = on_way + aside[:, None] * np.stack((np.cos(heading), np.sin(heading)), 1)
    up = np.concatenate(((0.0, 0.0), np.cumsum(course.climb_m)))
    toe_out = np.radians(style.feet["toe_out_deg"][foot]) * SIDES[foot]
    stands = np.concatenate((np.array(course.wait_s) > 0, (True,)))
    return Plan(
        off_s=off_s,
        on_s=on_s,
        foot=foot,
        place_m=np.column_stack((xy, up)),
        yaw_rad=heading - toe_out,
        heading_rad=heading,
        length_m=np.concatenate(((0.0,), length)),
        stands=stands,
        climb_m=np.array(course.climb_m),
        share=np.minimum(0.5 * (length + np.concatenate(((0.0,), length[:-1]))) / style.step_m, 1.3),
        turn_of=np.array(course.turn_of),
    )


def _times(style: Style, dice: Dice, course: Course, foot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Foot-offs and landings [K]."""
    count = len(foot)
    whole_s = style.step_s * np.array(course.tempo) * np.exp(_wander(dice, count, style.one["vary_time"]))
    swing_s = whole_s * (2 - 2 * style.stance_share) * style.swing_ratio[foot]
    swing_s = np.maximum(swing_s, LEAST_SWING_S)
    own = np.exp(_wander(dice, count, 1.5 * style.one["vary_time"]))
    both_s = np.maximum(whole_s * (2 * style.stance_share - 1) * own, LEAST_DOUBLE_S)
    wait_s = np.array(course.wait_s)
    off_s = wait_s[0] + np.concatenate(((0.0,), np.cumsum(swing_s[:-1] + both_s[:-1] + wait_s[1:])))
    return off_s, off_s + swing_s


def _wander(dice: Dice, count: int, spread: float) -> np.ndarray:
    """Normal draws [count] of this spread, to two and a half of it, each a little like the one before."""
    from scipy.signal import lfilter

    kept = 0.4
    fresh = dice.rng.standard_normal(count) * np.sqrt(1 - kept**2)
    return np.clip(lfilter([1], [1, -kept], fresh), -2.5, 2.5) * spread
