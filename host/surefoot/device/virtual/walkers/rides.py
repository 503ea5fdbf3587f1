# SPDX-License-Identifier: MIT
"""Nobody walks: a wheelchair, a car, standing about. Insoles and IMUs feel something all the same."""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.person import Person
from surefoot.device.virtual.walkers.curve import Curve, bump, curve
from surefoot.device.virtual.walkers.truth import FootTruth, WalkTruth

RIDES: dict[str, dict[str, tuple[float, float]]] = {
    "wheelchair": {
        "speed_mps": (0.4, 1.5),
        "push_s": (0.8, 1.8),
        "push_m": (0.005, 0.03),  # to and fro of the waist with each push
        "lean_deg": (1, 6),
        "shake_ms2": (0.2, 1.2),
        "shake_hz": (4, 18),
        "feet_share": (0.06, 0.16),
        "tap_share": (0.0, 0.03),
        "mass_kg": (50, 110),
    },
    "car": {
        "speed_mps": (3, 20),
        "push_s": (4, 15),
        "push_m": (0, 0),
        "lean_deg": (0, 1),
        "shake_ms2": (0.1, 0.8),
        "shake_hz": (1.2, 14),
        "feet_share": (0.06, 0.18),
        "tap_share": (0.01, 0.08),
        "mass_kg": (50, 110),
    },
    "standing": {
        "speed_mps": (0, 0),
        "push_s": (5, 20),
        "push_m": (0, 0),
        "lean_deg": (0, 2),
        "shake_ms2": (0.005, 0.02),
        "shake_hz": (0.3, 6),
        "feet_share": (0.42, 0.58),
        "tap_share": (0.02, 0.3),
        "mass_kg": (50, 110),
    },
}
KINDS = tuple(RIDES)
LEG_S = (3.0, 12.0)  # between two changes of speed and way
TONES = 24
SHAKE = ((1.0, 0.6, 1.0), (0.5, 0.3, 0.8))  # right, forward, up: waist and feet


@dataclass(frozen=True, eq=False)
class Ride:
    """A way, a shaking seat, and feet that only rest on something."""

    one: dict[str, float]
    way_m: Curve
    heading: Curve
    tones: np.ndarray  # [parts,3,3,tones]: rate, size, phase for each axis of waist, left and right foot
    taps_s: np.ndarray  # [m,2] begin and length
    tapping: np.ndarray  # [m] foot
    split: float
    foot_m: float

    @property
    def mass_kg(self) -> float:
        """Of the person."""
        return self.one["mass_kg"]

    def _shaken(self, part: int, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rate, size, phase = self.tones[part]
        shake = np.stack([(size[k] * np.sin(t_s[:, None] * rate[k] + phase[k])).sum(1) for k in range(3)], 1)
        heading = self.heading.one(t_s)
        place = self.way_m.at(t_s)
        place[:, 0] += np.cos(heading) * shake[:, 0] - np.sin(heading) * shake[:, 1]
        place[:, 1] += np.sin(heading) * shake[:, 0] + np.cos(heading) * shake[:, 1]
        return place + shake * (0, 0, 1), np.stack((heading, 0.5 * shake[:, 1], 0.5 * shake[:, 0]), 1)

    def trunk_at(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and angles [n,3] of the waist."""
        place, angles = self._shaken(0, t_s)
        heading, push = angles[:, 0], np.sin(2 * np.pi * t_s / self.one["push_s"])
        ahead = self.one["push_m"] * push
        place[:, :2] += ahead[:, None] * np.stack((-np.sin(heading), np.cos(heading)), 1)
        if self.one["push_m"]:
            angles[:, 1] -= np.radians(self.one["lean_deg"]) * (0.5 + 0.5 * push)
        return place, angles

    def foot_at(self, foot: int, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and angles [n,3] of a foot."""
        return self._shaken(1 + foot, t_s)

    def shares(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share of the weight on each foot [n,2] and on the seat [n]."""
        right = 2 * self.split * self.one["feet_share"]
        both = 1.0 if not self.one["speed_mps"] else 2 * self.one["feet_share"]
        feet = np.tile((both - right, right), (len(t_s), 1))
        which = np.clip(np.searchsorted(self.taps_s[:, 0], t_s, side="right") - 1, 0, None)
        begin_s, over_s = self.taps_s[which].T
        some = self.one["tap_share"] * bump((t_s - begin_s) / over_s)
        tapping, row = self.tapping[which], np.arange(len(t_s))
        feet[row, tapping] += some
        if not self.one["speed_mps"]:
            feet[row, 1 - tapping] -= some
        return feet, np.maximum(1 - feet.sum(1), 0) if self.one["speed_mps"] else np.zeros(len(t_s))

    def cop_m(self, t_s: np.ndarray) -> np.ndarray:
        """CoP [n,2,2] of each foot, which hardly moves."""
        wave = np.sin(0.9 * t_s[:, None, None] + np.array(((0, 1), (2, 3))))
        return self.foot_m * (np.array((0.0, -0.06)) + wave * (0.005, 0.02))


def draw_ride(kind: str, dice: Dice, seconds: float, person: Person) -> Ride:
    """A ride of one of KINDS."""
    one = {name: dice.between(*span) for name, span in RIDES[kind].items()}
    t, heading, speed = [0.0], [0.0], [0.0]
    while t[-1] < seconds:
        t.append(t[-1] + dice.between(*LEG_S))
        speed.append(one["speed_mps"] * dice.between(0, 1.2) * dice.chance(0.85))
        slow = 1.5 / (1.5 + speed[-1])
        heading.append(heading[-1] + (dice.spread(2.0) * slow if one["speed_mps"] and dice.chance(0.5) else 0.0))
    at, way, v = np.array(t), np.array(heading), np.array(speed)
    velocity = v[:, None] * np.stack((-np.sin(way), np.cos(way)), 1)
    gone = np.concatenate((np.zeros((1, 2)), np.cumsum(np.diff(at)[:, None] * (velocity[1:] + velocity[:-1]) / 2, 0)))
    rate = 2 * np.pi * np.exp(dice.rng.uniform(np.log(0.5), np.log(2), (3, 3, TONES))) * one["shake_hz"]
    part = np.array((SHAKE[0], SHAKE[1], SHAKE[1]))[:, :, None]
    size = one["shake_ms2"] * np.sqrt(2 / TONES) * part / rate**2
    taps = np.sort(dice.rng.uniform(0, seconds, max(int(seconds / one["push_s"] / 2), 1)))
    return Ride(
        one=one,
        way_m=curve(at, np.column_stack((gone, np.zeros(len(at)))), np.column_stack((velocity, np.zeros(len(at))))),
        heading=curve(at, way[:, None]),
        tones=np.stack((rate, size, dice.rng.uniform(0, 2 * np.pi, rate.shape)), 1),
        taps_s=np.stack((taps, np.minimum(dice.rng.uniform(0.3, 2.0, len(taps)), np.diff(taps, append=np.inf))), 1),
        tapping=dice.rng.integers(0, 2, len(taps)),
        split=dice.between(0.4, 0.6),
        foot_m=person.foot_length_m,
    )


def truth(kind: str, seed: int, held_out: bool, ride: Ride) -> WalkTruth:
    """No step, no turn on foot, no bout."""
    none = np.empty(0)
    foot = FootTruth(none, none, none, none, none, none, none, none, np.empty(0, bool), none, none)
    rows = np.empty((0, 3))
    return WalkTruth(kind, seed, held_out, ride.mass_kg, foot, foot, rows, rows, "", 0.0, 0.0, dict(ride.one))
