# SPDX-License-Identifier: MIT
"""What is true of a walk, by its own plan and not by any detector."""

from dataclasses import dataclass, field

import numpy as np

from surefoot.device.virtual.walkers.feet import FootTrack
from surefoot.device.virtual.walkers.plan import LONG_AGO_S, START_S, STOP_S, Plan


@dataclass(frozen=True, eq=False)
class FootTruth:
    """Stances of one foot, arrays [n] in s from the walk's time 0; NaN where there is none.

    `initial_s`: the load ceases to be nought, `off_s`: it becomes nought; a stance that the walk begins or ends with
    has no contact or no foot-off. `flat_s`: the foot is flat and still. `heel_rise_s`: the heel is 5 mm off the ground;
    NaN where it never rises, or only once the foot is off. `stride_m`, `stride_up_m`, `turned_deg` (left positive):
    level way, climb and turn of the foot from this contact to its next. `clearance_m`: lowest height of the sole in the
    middle of the swing after this stance; NaN on stairs. `stands`: this stance holds a pause. `plate_on_s` is later
    than contact and `plate_off_s` earlier than foot-off: the load crosses the 20 N that users of force plates go by.
    """

    initial_s: np.ndarray
    flat_s: np.ndarray
    heel_rise_s: np.ndarray
    off_s: np.ndarray
    stride_m: np.ndarray
    stride_up_m: np.ndarray
    turned_deg: np.ndarray
    clearance_m: np.ndarray
    stands: np.ndarray
    plate_on_s: np.ndarray
    plate_off_s: np.ndarray

    @property
    def stride_s(self) -> np.ndarray:
        """From each contact to the next [n]."""
        return np.append(np.diff(self.initial_s), np.nan)

    @property
    def stance_s(self) -> np.ndarray:
        """Contact to foot-off [n]."""
        return self.off_s - self.initial_s

    @property
    def swing_s(self) -> np.ndarray:
        """Foot-off to next contact [n]."""
        return np.append(self.initial_s[1:] - self.off_s[:-1], np.nan)

    @property
    def speed_mps(self) -> np.ndarray:
        """Stride length over stride time [n]."""
        return self.stride_m / self.stride_s


@dataclass(frozen=True, eq=False)
class WalkTruth:
    """The whole walk. `left` and `right` are the feet as they are, whichever plug their insole is in.

    `turns` [m,3]: begin and end in s, angle in degrees, left positive; of the waist, from the middle of the double
    support before the turn's first step to the one after the step that follows its last. `bouts` [m,3]: first foot-off,
    last landing, steps, of each stretch between two times of standing with the feet side by side.
    """

    kind: str
    seed: int
    held_out: bool
    mass_kg: float  # what the ground carries: person and load
    left: FootTruth
    right: FootTruth
    turns: np.ndarray
    bouts: np.ndarray
    worse: str  # foot that a one-sided kind speaks of
    speed_mps: float  # drawn, of a usual stride
    distance_m: float  # along the way between the feet
    drawn: dict[str, float] = field(default_factory=dict)

    @property
    def feet(self) -> tuple[FootTruth, FootTruth]:
        """Left and right."""
        return self.left, self.right


def foot_truth(track: FootTrack, plan: Plan, foot: int) -> FootTruth:
    """One foot's."""
    begins, ends = track.begin_s > -LONG_AGO_S, track.end_s <= plan.off_s[-1]
    initial, off = np.where(begins, track.begin_s, np.nan), np.where(ends, track.end_s, np.nan)
    gone = np.diff(track.place_m, axis=0)
    known = begins[:-1]
    stood, mine = np.flatnonzero(plan.stands), np.flatnonzero(plan.foot == foot)
    # Double support j lies on prints j and j+1.
    stands = np.isin(mine, stood) | np.isin(mine - 1, stood)
    return FootTruth(
        initial_s=initial,
        flat_s=np.where(begins, track.flat_s, np.nan),
        heel_rise_s=track.rise_s,
        off_s=off,
        stride_m=_last(np.where(known, np.linalg.norm(gone[:, :2], axis=1), np.nan)),
        stride_up_m=_last(np.where(known, gone[:, 2], np.nan)),
        turned_deg=_last(np.where(known, np.degrees(np.diff(track.yaw_rad)), np.nan)),
        clearance_m=_last(track.clearance_m),
        stands=stands,
        plate_on_s=np.full(len(mine), np.nan),
        plate_off_s=np.full(len(mine), np.nan),
    )


def _last(values: np.ndarray) -> np.ndarray:
    return np.append(values, np.nan)


def turns_of(plan: Plan) -> np.ndarray:
    """Turns [m,3]."""
    begin, end = plan.double_s
    middle = (begin + end) / 2
    leaves, arrives = np.where(plan.stands, end - START_S, middle), np.where(plan.stands, begin + STOP_S, middle)
    turn = np.diff(plan.heading_rad)[1:]
    rows = []
    for number in range(int(plan.turn_of.max(initial=-1)) + 1):
        steps = np.flatnonzero(plan.turn_of == number)
        if len(steps):
            after = min(steps[-1] + 2, len(middle) - 1)
            rows.append((leaves[steps[0]], arrives[after], np.degrees(turn[steps].sum())))
    return np.array(rows).reshape(-1, 3)


def bouts_of(plan: Plan) -> np.ndarray:
    """Stretches of walking [m,3]."""
    first = np.flatnonzero(plan.stands[:-1])
    last = np.append(first[1:], len(plan.off_s)) - 1
    return np.stack((plan.off_s[first], plan.on_s[last], last - first + 1.0), 1)
