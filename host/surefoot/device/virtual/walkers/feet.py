# SPDX-License-Identifier: MIT
"""A foot's path: it rolls over heel, flat and ball without slipping, then swings to its next print.

The sole is a rocker. Its support function p(pitch), the height of the sensor above the ground that the foot rests on,
gives both ways of the sensor: up by p itself, and forward by minus the integral of p over pitch, as of all that rolls.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from surefoot.device.virtual.walkers.curve import Curve, bump, curve
from surefoot.device.virtual.walkers.plan import SIDES, Plan
from surefoot.device.virtual.walkers.style import Style

HEEL_TO_BALL = 0.62  # of a foot's length
ROUND_RAD = 0.10  # within so much pitch the sole rolls from heel to ball
HEEL_UP_M = 0.005  # a heel has risen when it is so far off the ground
LATE, LIFT, LOW = 0.12, 0.22, 0.58  # of the swing: toes furthest down, highest, lowest
SETTLE = 0.4  # way that a foot still goes once it lands hard, over its speed and time
SOFT, SOFT_TAKES = 0.6, 0.15  # of what takes up a landing: heel's pad and shoe, in time and in speed
STAIRS_IN_RAD, STAIRS_SHARE = -0.12, 0.5
STAIRS_LIFT_M = 0.03
LEAVE_S = 1e-3  # within it a foot starts forward
MID_SWING = (0.3, 0.7)
DRAG = (0.08, 0.30)  # of the swing


class Rocker(NamedTuple):
    """Where the sensor sits over the sole: its height, and how far heel and ball are behind and before it, in m."""

    height_m: float
    heel_m: float
    ball_m: float

    def up_m(self, pitch: np.ndarray) -> np.ndarray:
        """Height of the sensor above the ground that the sole rests on."""
        arm, off = (self.heel_m + self.ball_m) / 2, (self.heel_m - self.ball_m) / 2
        return self.height_m * np.cos(pitch) + off * np.sin(pitch) + arm * (np.hypot(pitch, ROUND_RAD) - ROUND_RAD)

    def up_slope(self, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and second derivative of `up_m` by pitch."""
        arm, off = (self.heel_m + self.ball_m) / 2, (self.heel_m - self.ball_m) / 2
        far = np.hypot(pitch, ROUND_RAD)
        first = -self.height_m * np.sin(pitch) + off * np.cos(pitch) + arm * pitch / far
        return first, -self.height_m * np.cos(pitch) - off * np.sin(pitch) + arm * ROUND_RAD**2 / far**3

    def ahead_m(self, pitch: np.ndarray) -> np.ndarray:
        """How far rolling from flat to this pitch takes the sensor forward: minus the integral of `up_m`."""
        arm, off = (self.heel_m + self.ball_m) / 2, (self.heel_m - self.ball_m) / 2
        bent = (pitch * np.hypot(pitch, ROUND_RAD) + ROUND_RAD**2 * np.arcsinh(pitch / ROUND_RAD)) / 2
        return -(self.height_m * np.sin(pitch) + off * (1 - np.cos(pitch)) + arm * (bent - ROUND_RAD * pitch))

    def heel_up_m(self, pitch: np.ndarray) -> np.ndarray:
        """Height of the heel above that ground."""
        return self.up_m(pitch) - self.heel_m * np.sin(pitch) - self.height_m * np.cos(pitch)


class Landing(NamedTuple):
    """How what lands is stopped [n,3], for each m/s that it lands with: at contact, when pad and shoe have given way,
    and at rest."""

    at_s: np.ndarray
    left_s: np.ndarray  # the way that is left
    kept: np.ndarray  # of the speed
    braked_hz: np.ndarray


@dataclass(frozen=True, eq=False)
class FootTrack:
    """One foot's curves, and what is true of each of its stances [n] and the swings after them [n-1]."""

    rocker: Rocker
    pitch: Curve
    roll: Curve
    yaw: Curve
    print_m: Curve  # where it would lie flat: right, forward
    give: Curve  # of the shoe that has just landed
    flight: Curve  # height of the sensor in its swings
    out: Curve  # outward swing
    side: float
    begin_s: np.ndarray
    end_s: np.ndarray
    flat_s: np.ndarray
    rise_s: np.ndarray  # the heel has risen; NaN where it doesn't before the foot is off
    roll_s: np.ndarray  # the push over the ball begins
    place_m: np.ndarray
    yaw_rad: np.ndarray
    clearance_m: np.ndarray
    stairs: np.ndarray  # stances on a tread that a step up or down led to

    def at(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] of the sensor and yaw, pitch, roll [n,3] of the foot at times [n]."""
        pitch, roll, yaw = self.pitch.one(t_s), self.roll.one(t_s), self.yaw.one(t_s)
        ahead, right = self.rocker.ahead_m(pitch), self.side * self.out.one(t_s)
        place = np.empty((len(t_s), 3))
        place[:, :2] = self.print_m.at(t_s)
        place[:, 0] += np.cos(yaw) * right - np.sin(yaw) * ahead
        place[:, 1] += np.sin(yaw) * right + np.cos(yaw) * ahead
        which = np.searchsorted(self.begin_s[1:], t_s, side="right")
        down = t_s < self.end_s[which]
        rests = self.place_m[which, 2] + self.give.one(t_s) + self.rocker.up_m(pitch)
        place[:, 2] = np.where(down, rests, self.flight.one(t_s))
        return place, np.stack((yaw, pitch, roll), 1)


def foot_track(plan: Plan, style: Style, foot: int, foot_m: float, rng: np.random.Generator) -> FootTrack:
    """The path of the left (0) or right (1) foot through a plan."""
    mine = np.flatnonzero(plan.foot == foot)
    got = {name: float(values[foot]) for name, values in style.feet.items()}
    begin, end = plan.begin_s[mine], plan.end_s[mine]
    usual_s = np.minimum(end - begin, 2 * style.step_s * style.stance_share * 1.15)
    flat = begin + got["flat_share"] * usual_s
    push = end - (1 - got["rise_share"]) * usual_s
    swing = begin[1:] - end[:-1]
    steps = mine[:-1]  # step k takes up print k
    share, stairs = plan.share[steps], np.diff(plan.place_m[mine, 2]) != 0
    size = np.where(stairs, STAIRS_SHARE, np.sqrt(share)) * np.exp(0.04 * rng.standard_normal(len(steps)))
    pitch_in = np.where(stairs, STAIRS_IN_RAD, np.radians(got["pitch_in_deg"]) * size)
    pitch_out = np.radians(got["pitch_out_deg"]) * size
    pitch = _pitch(begin, end, flat, push, swing, pitch_in, pitch_out, got)
    landing = _landing(begin[1:], got["settle_s"])
    rocker = Rocker(got["imu_height_m"], *(np.array((1, -1)) * got["imu_along"] + (0, 1)) * HEEL_TO_BALL * foot_m)
    lift = got["lift_m"] * np.minimum(share + 0.2, 1.1) + np.where(stairs, STAIRS_LIFT_M, 0.0)
    low = got["clearance_m"] * np.exp(0.15 * rng.standard_normal(len(steps)))
    low = np.where(lift > 0, np.minimum(low, 0.8 * lift), low) + np.where(stairs, STAIRS_LIFT_M, 0.0)
    drop = got["drop_mps"] * np.minimum(share + 0.1, 1)
    up = plan.place_m[mine, 2]
    flight, least = _flight(rocker, pitch, end, begin, up, lift, low, drop, landing)
    nought = np.zeros((len(steps), 1))
    left, kept, braked = (drop[:, None] * one for one in (landing.left_s, landing.kept, landing.braked_hz))
    track = FootTrack(
        rocker=rocker,
        pitch=pitch,
        roll=_swung(end, swing, begin, np.radians(got["roll_deg"]) * np.minimum(share, 1)),
        yaw=curve(np.stack((end[:-1], begin[1:]), 1), np.stack((plan.yaw_rad[mine][:-1], plan.yaw_rad[mine][1:]), 1)),
        print_m=_prints(plan, mine, end, swing, landing, got),
        give=curve(
            np.hstack((landing.at_s[:, :1] - LEAVE_S, landing.at_s)),
            *(np.hstack((nought, one)) for one in (left, -kept, braked)),
        ),
        flight=flight,
        out=_swung(end, swing, begin, got["circumduct_m"] * np.minimum(share, 1)),
        side=float(SIDES[foot]),
        begin_s=begin,
        end_s=end,
        flat_s=np.maximum(flat, begin + got["settle_s"]),
        rise_s=np.full(len(mine), np.nan),
        roll_s=push,
        place_m=plan.place_m[mine],
        yaw_rad=plan.yaw_rad[mine],
        clearance_m=np.where(stairs, np.nan, least if got["lift_m"] else 0.0),
        stairs=np.concatenate(((False,), stairs)),
    )
    track.rise_s[:-1] = _rises(track)
    return track


def _landing(on: np.ndarray, settle_s: float) -> Landing:
    """Contacts [n] that `settle_s` takes up: by a force that grows with the square of time at first, then hard."""
    soft_s, hard_s = SOFT * settle_s, (1 - SOFT) * settle_s
    hard_way_s = SETTLE * (1 - SOFT_TAKES) * hard_s
    every = np.ones((len(on), 1))
    return Landing(
        at_s=on[:, None] + (0.0, soft_s, settle_s),
        left_s=every * (soft_s * (1 - SOFT_TAKES / 4) + hard_way_s, hard_way_s, 0.0),
        kept=every * (1.0, 1 - SOFT_TAKES, 0.0),
        braked_hz=every * (0.0, 3 * SOFT_TAKES / soft_s, 0.0),
    )


def _pitch(
    begin: np.ndarray,
    end: np.ndarray,
    flat: np.ndarray,
    push: np.ndarray,
    swing: np.ndarray,
    pitch_in: np.ndarray,
    pitch_out: np.ndarray,
    got: dict[str, float],
) -> Curve:
    """From each push over the ball to the next flat foot: push, off, toes furthest down, furthest up, landing, flat.

    What brakes the rise of the toes goes on until the heel bears something: they stop rising a little before, and by
    the landing have turned back as far as that brake alone turns them.
    """
    off, on = end[:-1], begin[1:]
    peak = got["pitch_peak"]
    rate_out = got["push_rate"] * pitch_out / (off - push[:-1])
    deepest = pitch_out + rate_out * LATE * swing / 2.5
    back = got["pitch_brake"] * ((1 - peak) / (peak - LATE)) ** 2 / 2
    rise = (pitch_in - deepest) / (1 - back)
    brake = -got["pitch_brake"] * rise / ((peak - LATE) * swing) ** 2
    nought = np.zeros_like(off)
    knots = np.stack((push[:-1], off, off + LATE * swing, off + peak * swing, on, flat[1:]), 1)
    value = np.stack((nought, pitch_out, deepest, deepest + rise, pitch_in, nought), 1)
    slope = np.stack((nought, rate_out, nought, nought, brake * (1 - peak) * swing, nought), 1)
    return curve(knots, value, slope, np.stack((nought, nought, nought, brake, brake, nought), 1))


def _prints(
    plan: Plan, mine: np.ndarray, end: np.ndarray, swing: np.ndarray, landing: Landing, got: dict[str, float]
) -> Curve:
    """The flat foot's place: starts hard, comes in with some speed left, which the shoe takes up."""
    here, there = plan.place_m[mine][:-1, :2], plan.place_m[mine][1:, :2]
    gone, still = there - here, np.zeros_like(here)
    length = np.maximum(np.linalg.norm(gone, axis=1), 1e-9)
    skid = gone / length[:, None] * np.minimum(got["skid_mps"], 0.5 * length / swing)[:, None]
    launch = got["launch"] * gone / swing[:, None] ** 2
    off = end[:-1, None]

    def then(first: np.ndarray, second: np.ndarray, later: np.ndarray) -> np.ndarray:
        return np.concatenate((np.stack((first, second), 1), later), 1)

    return curve(
        np.hstack((off - LEAVE_S, off, landing.at_s)),
        then(here, here, there[:, None] - skid[:, None] * landing.left_s[..., None]),
        then(still, still, skid[:, None] * landing.kept[..., None]),
        then(still, launch, -skid[:, None] * landing.braked_hz[..., None]),
    )


def _flight(
    rocker: Rocker,
    pitch: Curve,
    end: np.ndarray,
    begin: np.ndarray,
    up: np.ndarray,
    lift: np.ndarray,
    low: np.ndarray,
    drop: np.ndarray,
    landing: Landing,
) -> tuple[Curve, np.ndarray]:
    """The sensor's height from each foot-off to landing, and the least height of the sole in mid-swing [n].

    It leaves and lands as the rolling sole does; between it is lifted and passes low. From there one curve leads to the
    landing: nothing jolts a foot in the air. Where the sole came lower than it should, all of mid-swing is raised by
    what it lacked.
    """
    off, on = end[:-1], begin[1:]
    swing = on - off
    times = off[:, None] + swing[:, None] * (0.0, LIFT, LOW, 1.0)
    rise = np.diff(up)[:, None]
    ground = up[:-1, None] + rise * np.where(rise > 0, (0, 0.35, 0.9, 1), (0, 0.1, 0.48, 1))
    tilt = pitch.one(times.ravel()).reshape(times.shape)
    rate = pitch.slope(times.ravel())[:, 0].reshape(times.shape)
    first, second = rocker.up_slope(tilt)
    nought = np.zeros_like(off)
    value = ground + rocker.up_m(tilt) + np.stack((nought, lift, low, drop * landing.left_s[:, 0]), 1)
    slope, bend = np.zeros_like(value), np.zeros_like(value)
    slope[:, 0], slope[:, 3] = first[:, 0] * rate[:, 0], first[:, 3] * rate[:, 3] - drop
    climbing = (ground[:, 2:] - ground[:, :-2]) / (times[:, 2:] - times[:, :-2])
    slope[:, 1] = climbing[:, 0]
    bend[:, 0] = second[:, 0] * rate[:, 0] ** 2
    braked = (rate[:, 3] - pitch.slope(on - LEAVE_S)[:, 0]) / LEAVE_S
    bend[:, 3] = second[:, 3] * rate[:, 3] ** 2 + first[:, 3] * braked
    fine = np.linspace(MID_SWING[0], MID_SWING[1], 31)
    look = (off[:, None] + swing[:, None] * fine).ravel()
    under = np.interp(fine, (0, LIFT, LOW, 1), np.arange(4))
    floor = np.array([np.interp(under, np.arange(4), row) for row in ground]).ravel() + rocker.up_m(pitch.one(look))
    flight, least = curve(times, value, slope, bend), low
    for _ in range(4):
        through = (value[:, 3] - value[:, 1]) / (times[:, 3] - times[:, 1])
        slope[:, 2] = climbing[:, 1] + 0.5 * (through - climbing[:, 1])
        flight = curve(times, value, slope, bend)
        least = (flight.one(look) - floor).reshape(-1, len(fine)).min(1)
        value[:, 1:3] += np.maximum(low - least, 0)[:, None] * (0.5, 1)
    return flight, least


def _swung(end: np.ndarray, swing: np.ndarray, begin: np.ndarray, size: np.ndarray) -> Curve:
    """Nought on the ground, `size` in the middle of the swing."""
    nought = np.zeros_like(size)
    knots = np.stack((end[:-1], end[:-1] + swing / 2, begin[1:]), 1)
    return curve(knots, np.stack((nought, size, nought), 1))


def _rises(track: FootTrack) -> np.ndarray:
    """When each heel is HEEL_UP_M off the ground on the way to foot-off; NaN where it never is."""
    low, high = track.roll_s[:-1].copy(), track.end_s[:-1].copy()
    height = track.rocker.heel_up_m(track.pitch.one(high))
    for _ in range(30):
        middle = (low + high) / 2
        up = track.rocker.heel_up_m(track.pitch.one(middle)) > HEEL_UP_M
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    return np.where((track.pitch.one(track.end_s[:-1]) < 0) & (height > HEEL_UP_M), high, np.nan)


def dragged(track: FootTrack, t_s: np.ndarray, share: float) -> np.ndarray:
    """Share of the weight [n] on toes that drag over the ground early in each swing."""
    which = np.clip(np.searchsorted(track.end_s[:-1], t_s, side="right") - 1, 0, len(track.end_s) - 2)
    u = (t_s - track.end_s[which]) / (track.begin_s[which + 1] - track.end_s[which])
    return share * bump((u - DRAG[0]) / (DRAG[1] - DRAG[0]))
