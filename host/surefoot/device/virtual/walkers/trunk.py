# SPDX-License-Identifier: MIT
"""The waist's path: the middle between the prints, with the rise, sway and turns of walking upon it."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.walkers.curve import Curve, bump, curve, slopes
from surefoot.device.virtual.walkers.plan import SIDES, START_S, STOP_S, Plan
from surefoot.device.virtual.walkers.style import Style

THUD_S, THUD_MPS = 0.11, 1.2  # how long a landing shakes the waist; slower than that it does so less
MOST_G = 0.42  # of up and down
SWAY_TONES, SWAY_HZ, SWAY_RMS_M = 12, (0.08, 1.2), 0.0035


@dataclass(frozen=True, eq=False)
class Trunk:
    """Curves over the middles of double support, where the clock of the steps strikes whole numbers."""

    style: Style
    way_m: Curve  # right, forward, up
    heading: Curve
    clock: Curve
    rise: Curve  # half of the way up and down, m
    live: Curve  # 0 standing to 1 walking
    on_s: np.ndarray  # landings
    phases: np.ndarray
    side: float  # of the foot that stands after the clock's stroke 0
    tones: np.ndarray  # [2,3,tones]: rate, size, phase of sway to the right and forward

    def at(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and yaw, pitch, roll [n,3] at times [n]."""
        one, live, heading = self.style.one, self.live.one(t_s), self.heading.one(t_s)
        beat = 2 * np.pi * self.clock.one(t_s)
        half, a = beat / 2, self.phases
        sway = [(size * np.sin(t_s[:, None] * rate + phase)).sum(1) for rate, size, phase in self.tones]
        side = self.side * live
        right = one["sway_m"] * side * (np.sin(half) + 0.15 * np.sin(3 * half + a[0])) + sway[0]
        ahead = one["surge_m"] * live * (np.sin(beat + 0.4) + 0.2 * np.sin(2 * beat + a[1])) + sway[1]
        place = self.way_m.at(t_s)
        place[:, 0] += np.cos(heading) * right - np.sin(heading) * ahead
        place[:, 1] += np.sin(heading) * right + np.cos(heading) * ahead
        second = one["up_second"] * (1 - np.cos(2 * beat))
        place[:, 2] -= self.rise.one(t_s) * (1 + np.cos(beat) + second) + self._thud(t_s) * live
        yaw = heading + np.radians(one["trunk_yaw_deg"]) * side * np.sin(half + a[2])
        pitch = np.radians(one["trunk_pitch_deg"]) * live * (np.sin(beat + a[3]) + 0.3 * np.sin(half + a[2]))
        pitch -= np.radians(one["lean_deg"]) + sway[1]
        roll = np.radians(one["trunk_roll_deg"]) * side * (np.sin(half + 0.3) + 0.2 * np.sin(2 * half + a[0])) + sway[0]
        return place, np.stack((yaw, pitch, roll), 1)

    def _thud(self, t_s: np.ndarray) -> np.ndarray:
        since = t_s - self.on_s[np.clip(np.searchsorted(self.on_s, t_s, side="right") - 1, 0, None)]
        size_m = 1e-3 * self.style.one["thud_mm"] * min(self.style.one["speed_mps"] / THUD_MPS, 1.0)
        return size_m * bump(since / THUD_S)


def make_trunk(plan: Plan, style: Style, height_m: float, rng: np.random.Generator) -> Trunk:
    """The waist of somebody so tall who walks this plan."""
    begin, end = plan.double_s
    stands = plan.stands
    knots = np.stack((begin + STOP_S, end - START_S), 1)
    knots[~stands] = ((begin + end) / 2)[~stands, None]
    # Far-off ends would make pieces of a quarter of an hour: nothing happens there.
    knots[0, 0], knots[-1, 1] = knots[0, 1] - 1, knots[-1, 0] + 1
    used = np.stack((np.ones_like(stands), stands), 1)
    both = np.repeat(np.arange(len(stands)), used.sum(1))
    t, rest = knots[used], stands[both]
    middle = (plan.place_m[1:] + plan.place_m[:-1]) / 2
    heading = (plan.heading_rad[1:] + plan.heading_rad[:-1]) / 2
    way, turn, beat = middle[both], heading[both][:, None], both[:, None].astype(float)
    leg_m = 0.53 * height_m
    arc_m = leg_m - np.sqrt(leg_m**2 - np.minimum(plan.length_m, 0.9 * leg_m) ** 2 / 4)
    step_s = np.minimum(np.gradient((begin + end)[1:-1] / 2) if len(begin) > 3 else style.step_s, 2 * style.step_s)
    step_s = np.concatenate((step_s[:1], step_s, step_s[-1:]))
    rise = np.minimum(style.one["up_share"] * arc_m / 2, MOST_G * 9.8 * (step_s / 2 / np.pi) ** 2)
    live = np.clip(plan.length_m / style.step_m, 0.2, 1.1)
    rise[stands], live[stands] = 0, 0
    rate = 2 * np.pi * np.exp(rng.uniform(np.log(SWAY_HZ[0]), np.log(SWAY_HZ[1]), (2, SWAY_TONES)))
    size = SWAY_RMS_M * np.sqrt(2 / SWAY_TONES) * rng.uniform(0.7, 1.3, (2, SWAY_TONES)) / (1 + rate / 3)
    return Trunk(
        style=style,
        way_m=curve(t, way, slopes(t, way, rest)),
        heading=curve(t, turn, slopes(t, turn, rest)),
        clock=curve(t, beat, slopes(t, beat, rest)),
        rise=curve(t, rise[both]),
        live=curve(t, live[both]),
        on_s=np.concatenate(((-1e3,), plan.on_s)),
        phases=rng.uniform(0, 2 * np.pi, 4),
        side=float(SIDES[plan.foot[1]]),
        tones=np.stack((rate, size, rng.uniform(0, 2 * np.pi, (2, SWAY_TONES))), 1),
    )
