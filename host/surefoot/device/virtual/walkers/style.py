# SPDX-License-Identifier: MIT
"""How somebody walks: every figure drawn from a stated range, by kind of walker."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.person import PersonError

Range = tuple[float, float]

# What everybody has, unless their kind says otherwise. Angles in degrees, toes up positive; CoP in foot lengths.
PERSON: dict[str, Range] = {
    "age": (20, 90),
    "mass_kg": (50, 110),
    "speed_mps": (0.6, 1.6),
    "walk_ratio_m_min": (0.0042, 0.0064),  # step length over cadence
    "stance_more": (-0.012, 0.012),
    "uneven_length": (-0.03, 0.03),  # right steps so much longer, left ones shorter
    "uneven_swing": (-0.03, 0.03),
    "vary_time": (0.008, 0.03),
    "vary_length": (0.01, 0.04),
    "vary_width_m": (0.005, 0.02),
    "width_m": (0.06, 0.14),
    "up_share": (0.42, 0.78),  # of the rise and fall that stiff legs would give
    "up_second": (-0.05, 0.05),
    "sway_m": (0.012, 0.035),
    "surge_m": (0.004, 0.012),
    "thud_mm": (0.1, 0.7),
    "trunk_roll_deg": (1, 4),
    "trunk_pitch_deg": (0.5, 2),
    "trunk_yaw_deg": (1, 7),
    "lean_deg": (-2, 8),
    "carried_kg": (0, 0),
    "aid_share": (0, 0),  # of the weight, always in the hands
    "stick_share": (0, 0),  # at most, while the worse foot carries
}
FOOT: dict[str, Range] = {
    "toe_out_deg": (-2, 14),
    "pitch_in_deg": (12, 26),
    "pitch_out_deg": (-62, -42),
    "pitch_peak": (0.95, 0.99),  # of the swing: toes furthest up
    "pitch_brake": (3.5, 6.5),  # how hard the toes' rise is braked, over its size and its time squared
    "push_rate": (1.7, 2.1),  # turning at foot-off over the mean of the push
    "flat_share": (0.10, 0.18),
    "rise_share": (0.58, 0.74),
    "clearance_m": (0.012, 0.030),
    "lift_m": (0.035, 0.060),
    "circumduct_m": (0.0, 0.015),
    "roll_deg": (-8, 8),
    "drop_mps": (0.15, 0.5),
    "skid_mps": (0.1, 0.6),
    "settle_s": (0.015, 0.035),
    "launch": (2.0, 5.5),  # how hard the foot starts forward
    "load_early": (1.0, 1.35),
    "load_late": (1.3, 1.8),
    "cop_in": (-0.33, -0.27),
    "cop_flat": (-0.20, -0.10),
    "cop_rise": (0.18, 0.24),
    "cop_out": (0.27, 0.32),
    "cop_aside": (0.0, 0.025),
    "cop_inward": (0.005, 0.04),
    "drag_share": (0, 0),  # of the weight, on a toe that drags
    "imu_height_m": (0.05, 0.09),
    "imu_along": (0.50, 0.68),  # from heel to ball
}

# Of those, what each kind draws from instead; "worse" is one foot alone. A foot that leaves at pitch 0 raises no heel.
KINDS: dict[str, dict[str, Range]] = {
    "level": {},
    "slow": {"speed_mps": (0.3, 0.8), "walk_ratio_m_min": (0.0040, 0.0065), "lift_m": (0.025, 0.05)},
    "fast": {"speed_mps": (1.4, 1.8), "pitch_in_deg": (18, 30)},
    "old": {
        "age": (70, 95),
        "speed_mps": (0.4, 1.1),
        "walk_ratio_m_min": (0.0035, 0.0055),
        "vary_time": (0.02, 0.06),
        "vary_length": (0.03, 0.08),
        "width_m": (0.08, 0.20),
        "pitch_in_deg": (5, 18),
        "pitch_out_deg": (-48, -28),
        "clearance_m": (0.006, 0.020),
        "lift_m": (0.02, 0.045),
        "lean_deg": (0, 16),
    },
    "hemiparetic": {
        "speed_mps": (0.3, 0.9),
        "vary_time": (0.02, 0.06),
        "width_m": (0.10, 0.22),
        "uneven_length": (-0.22, 0.22),
        "uneven_swing": (0.06, 0.25),
        "worse.pitch_in_deg": (-4, 8),
        "worse.pitch_out_deg": (-35, -15),
        "worse.circumduct_m": (0.02, 0.07),
        "worse.clearance_m": (0.005, 0.015),
        "worse.lift_m": (0.015, 0.03),
        "worse.cop_in": (-0.20, -0.02),
        "worse.cop_flat": (-0.08, 0.02),
    },
    "shuffling": {
        "age": (60, 95),
        "speed_mps": (0.3, 0.7),
        "walk_ratio_m_min": (0.0018, 0.0030),
        "stance_more": (0.0, 0.05),
        "vary_time": (0.02, 0.07),
        "vary_length": (0.04, 0.12),
        "pitch_in_deg": (-1, 5),
        "pitch_out_deg": (-25, -12),
        "clearance_m": (0.003, 0.008),
        "lift_m": (0.008, 0.018),
        "drop_mps": (0.03, 0.15),
        "cop_in": (-0.18, -0.02),
        "cop_flat": (-0.06, 0.0),
        "lean_deg": (5, 20),
        "up_share": (0.3, 0.7),
    },
    "stairs": {"speed_mps": (0.6, 1.2)},
    "carrying": {"carried_kg": (5, 15), "speed_mps": (0.6, 1.4), "trunk_yaw_deg": (0.5, 3)},
    "stick": {"speed_mps": (0.3, 1.0), "stick_share": (0.05, 0.22), "uneven_swing": (0.04, 0.16)},
    "rollator": {"speed_mps": (0.3, 1.0), "aid_share": (0.22, 0.38), "lean_deg": (6, 22), "trunk_yaw_deg": (0.5, 3)},
    "afo": {
        "speed_mps": (0.4, 1.2),
        "uneven_swing": (0.02, 0.12),
        "worse.pitch_in_deg": (4, 14),
        "worse.pitch_out_deg": (0, 0),
        "worse.rise_share": (0.84, 0.94),
        "worse.cop_rise": (0.02, 0.10),
        "worse.cop_out": (0.06, 0.16),
        "worse.clearance_m": (0.010, 0.025),
        "worse.lift_m": (0.02, 0.04),
    },
    "forefoot": {
        "speed_mps": (0.4, 1.2),
        "worse.pitch_in_deg": (-20, -6),
        "worse.cop_in": (0.16, 0.28),
        "worse.cop_flat": (0.02, 0.12),
        "worse.clearance_m": (0.006, 0.015),
    },
    "toe-drag": {
        "speed_mps": (0.3, 0.9),
        "uneven_swing": (0.04, 0.18),
        "worse.pitch_in_deg": (-6, 4),
        "worse.lift_m": (0, 0),
        "worse.clearance_m": (0.004, 0.010),
        "worse.drag_share": (0.005, 0.04),
        "worse.cop_in": (-0.12, 0.10),
        "worse.cop_flat": (-0.06, 0.02),
    },
    "daily": {"speed_mps": (0.5, 1.4)},
    "treadmill": {"speed_mps": (0.5, 1.7), "vary_time": (0.006, 0.02), "vary_length": (0.008, 0.025)},
}
FOOT_SPREAD = 0.08  # of a range, between two feet that are alike
CADENCE = (40.0, 165.0)


@dataclass(frozen=True, eq=False)
class Style:
    """One way to walk: what was drawn, `one[name]` of the person and `feet[name]` [2] of the left and right foot."""

    kind: str
    one: dict[str, float]
    feet: dict[str, np.ndarray]
    worse: int  # 0 left, 1 right: the foot that a one-sided kind speaks of
    step_s: float
    stance_share: float
    held_out: bool

    @property
    def step_m(self) -> float:
        """Length of a usual step."""
        return self.one["speed_mps"] * self.step_s

    @property
    def swing_ratio(self) -> np.ndarray:
        """Swing times [2] over the usual one."""
        uneven = self.one["uneven_swing"]
        return np.array((1 + uneven, 1 - uneven))[:: 1 if self.worse == 0 else -1]

    @property
    def length_ratio(self) -> np.ndarray:
        """Step lengths [2] over the usual one."""
        uneven = self.one["uneven_length"]
        return np.array((1 - uneven, 1 + uneven))


def draw_style(kind: str, seed: int, held_out: bool, fixed: Mapping[str, float] | None = None) -> Style:
    """A way to walk; cadence follows from speed and the walk ratio, the share of stance from speed.

    `fixed`: figures of PERSON that are given and not drawn.
    """
    fixed = fixed or {}
    for name in fixed:
        if name not in PERSON:
            raise PersonError(f"There is no '{name}' to be fixed in a walker: choose {', '.join(PERSON)}.")
    dice = Dice(seed, f"walker {kind}", held_out)
    ranges = PERSON | FOOT | KINDS[kind]
    one, feet = {}, {}
    worse = dice.count(0, 1)
    for name, (low, high) in ranges.items():
        foot, _, plain = name.rpartition(".")
        value = dice.between(low, high)
        if foot:
            feet[plain][worse] = value
        elif plain in FOOT:
            # Reserved bands are of the person; the two feet of one person lie a little to either side of it.
            apart = FOOT_SPREAD * (high - low) / 2 * (1 if dice.chance(0.5) else -1)
            feet[plain] = np.clip((value - apart, value + apart), low, high)
        else:
            one[plain] = float(fixed.get(plain, value))
    speed = one["speed_mps"]
    cadence = float(np.clip((60 * speed / one["walk_ratio_m_min"]) ** 0.5, *CADENCE))
    stance = float(np.clip(0.602 + 0.075 * (1.3 - speed) + one["stance_more"], 0.55, 0.76))
    return Style(kind, one, feet, worse, 60 / cadence, stance, held_out)
