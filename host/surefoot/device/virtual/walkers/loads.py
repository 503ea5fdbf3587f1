# SPDX-License-Identifier: MIT
"""What each foot carries, and where under the sole: from heel to toes, one foot handing over to the other."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.walkers.curve import Curve, bump, curve
from surefoot.device.virtual.walkers.feet import FootTrack, dragged
from surefoot.device.virtual.walkers.plan import SIDES, Plan
from surefoot.device.virtual.walkers.style import Style

SETTLE_S, SHIFT_S = 0.5, 0.55  # weight comes to rest on both feet, and goes to one before the first step
REST_SHARE, AHEAD_SHARE = (0.42, 0.58), (0.03, 0.12)
REST_COP = (-0.09, -0.03)  # foot lengths
SWAY_LOAD = 0.03  # share, about rest
STAIRS_COP = (0.16, 0.04)  # foot lengths at contact and flat: the forefoot comes first
REACH_ML, REACH_AP = 0.05, (-0.325, 0.315)  # what a sole's pressure can be centred on, in foot lengths


@dataclass(frozen=True, eq=False)
class Loads:
    """How the weight is shared out. Arrays of double supports [K+1] as in the plan."""

    style: Style
    events_s: np.ndarray  # foot-off, landing, foot-off, ... [2K]
    begin_s: np.ndarray
    end_s: np.ndarray
    stands: np.ndarray
    lead: np.ndarray  # foot that takes over
    rest_right: float
    ahead: float
    tracks: tuple[FootTrack, FootTrack]
    cop: tuple[Curve, Curve]  # ml, ap in foot lengths
    foot_m: float

    def shares(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share of the weight on each foot [n,2] and in the hands [n]; they add up to one."""
        after = np.searchsorted(self.events_s, t_s, side="right")
        both, double = after // 2, after % 2 == 0
        lead = self.lead[both]
        taken = self._taken(t_s, both)
        # In a swing the double support before it is over: the foot that led it carries everything.
        on_lead = np.where(double, taken, 1.0)
        right = np.where(lead == 1, on_lead, 1 - on_lead)
        feet = np.stack((1 - right, right), 1)
        hands = np.full(len(t_s), self.style.one["aid_share"])
        if self.style.one["stick_share"]:
            hands = hands + self.style.one["stick_share"] * feet[:, self.style.worse] ** 2
        feet *= (1 - hands)[:, None]
        for foot, track in enumerate(self.tracks):
            share = float(self.style.feet["drag_share"][foot])
            if share:
                rub = dragged(track, t_s, share)
                feet[:, foot] += rub
                feet[:, 1 - foot] -= rub
        return feet, hands

    def _taken(self, t_s: np.ndarray, both: np.ndarray) -> np.ndarray:
        """Share of the leading foot while both stand [n]."""
        begin, end, stands = self.begin_s[both], self.end_s[both], self.stands[both]
        early, late = (self.style.feet[name][self.lead[both]] for name in ("load_early", "load_late"))

        def over(u: np.ndarray) -> np.ndarray:
            return 1 - (1 - np.clip(u, 0, 1) ** early) ** late

        walking = over((t_s - begin) / (end - begin))
        rest = np.where(self.lead[both] == 1, self.rest_right, 1 - self.rest_right)
        shift = (t_s - end + SHIFT_S) / SHIFT_S
        swaying = SWAY_LOAD * np.sin(2.1 * t_s) * np.cos(0.37 * t_s)
        calm = np.clip((t_s - begin) / SETTLE_S - 1, 0, 1) * np.clip((end - SHIFT_S - t_s) / SETTLE_S, 0, 1)
        held = rest * over((t_s - begin) / SETTLE_S) + calm * swaying - self.ahead * bump((shift + 0.6) / 1.1)
        return np.where(stands, held + (1 - rest) * over(shift), walking)

    def cop_m(self, t_s: np.ndarray) -> np.ndarray:
        """CoP [n,2,2] of both feet in their own frames, wherever they are."""
        out = np.stack([one.at(t_s) for one in self.cop], 1)
        out[..., 0] = np.clip(out[..., 0], -REACH_ML, REACH_ML)
        out[..., 1] = np.clip(out[..., 1], *REACH_AP)
        return out * self.foot_m


def make_loads(plan: Plan, style: Style, tracks: tuple[FootTrack, FootTrack], foot_m: float, dice: Dice) -> Loads:
    """The weight of a plan on its feet."""
    begin, end = plan.double_s
    rest_cop = dice.between(*REST_COP)
    cops = tuple(_cop(track, style, foot, rest_cop, dice) for foot, track in enumerate(tracks))
    return Loads(
        style=style,
        events_s=np.stack((plan.off_s, plan.on_s), 1).ravel(),
        begin_s=begin,
        end_s=end,
        stands=plan.stands,
        lead=plan.foot[1:],
        rest_right=dice.between(*REST_SHARE),
        ahead=dice.between(*AHEAD_SHARE),
        tracks=tracks,
        cop=(cops[0], cops[1]),
        foot_m=foot_m,
    )


def _cop(track: FootTrack, style: Style, foot: int, rest: float, dice: Dice) -> Curve:
    """Knots of every stance: contact, flat, two on the way, heel-rise, off."""
    got = {name: float(values[foot]) for name, values in style.feet.items()}
    begin, end, count = track.begin_s, track.end_s, len(track.begin_s)
    rise = np.where(np.isfinite(track.rise_s), track.rise_s, track.roll_s)
    flat = np.minimum(track.flat_s, rise - 0.02)
    long = end - begin > 2 * style.step_s * style.stance_share * 1.3
    way = np.array((0.35, 0.7))
    knots = np.empty((count, 6))
    knots[:, (0, 1, 4, 5)] = np.stack((begin, flat, rise, end), 1)
    knots[:, 2:4] = flat[:, None] + (rise - flat)[:, None] * way
    knots[long, 2], knots[long, 3] = flat[long] + 0.4, rise[long] - 0.35
    spread = 0.012 * dice.rng.standard_normal((count, 6))
    ap = np.array((got["cop_in"], got["cop_flat"], 0, 0, got["cop_rise"], got["cop_out"])) + spread
    ap[track.stairs, :2] = np.array(STAIRS_COP) + spread[track.stairs, :2]
    ap[:, 2:4] = np.where(long[:, None], rest, ap[:, 1:2] + (ap[:, 4:5] - ap[:, 1:2]) * way)
    aside, inward = got["cop_aside"], got["cop_inward"]
    ml = np.array((0.2 * aside, 0.7 * aside, aside, aside, 0.4 * aside - 0.5 * inward, -inward)) + 0.4 * spread[:, ::-1]
    ml *= SIDES[foot]
    value = np.stack((ml, ap), -1)
    slope = np.zeros_like(value)
    slope[:, 1:-1] = (value[:, 2:] - value[:, :-2]) / (knots[:, 2:] - knots[:, :-2])[..., None]
    slope[long, 2:4] = 0
    # Heel and toes are left and reached at speed, not eased into.
    slope[:, 0] = 1.2 * (value[:, 1] - value[:, 0]) / (knots[:, 1] - knots[:, 0])[:, None]
    slope[:, 5] = 0.6 * (value[:, 5] - value[:, 4]) / (knots[:, 5] - knots[:, 4])[:, None]
    return curve(knots, value, slope)
