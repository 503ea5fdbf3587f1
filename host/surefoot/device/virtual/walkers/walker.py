# SPDX-License-Identifier: MIT
"""A walker: somebody who walks a drawn course in a drawn style. Everything at any time, in no order, from curves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from surefoot import cells
from surefoot.device.virtual import person as people
from surefoot.device.virtual import sole as soles
from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.person import Person, PersonError
from surefoot.device.virtual.sole import Sole
from surefoot.device.virtual.walkers import rides
from surefoot.device.virtual.walkers.body import felt
from surefoot.device.virtual.walkers.feet import FootTrack, foot_track
from surefoot.device.virtual.walkers.loads import Loads, make_loads
from surefoot.device.virtual.walkers.plan import Plan, make_plan
from surefoot.device.virtual.walkers.plates import plate_times
from surefoot.device.virtual.walkers.style import KINDS as WALKS
from surefoot.device.virtual.walkers.style import Style, draw_style
from surefoot.device.virtual.walkers.trunk import Trunk, make_trunk
from surefoot.device.virtual.walkers.truth import WalkTruth, bouts_of, foot_truth, turns_of
from surefoot.physics import GRAVITY_MS2

KINDS = (*WALKS, *rides.KINDS)
SHORTEST_S = 10.0
PLATE_WINDOW_S = 1e-3


class Rows(NamedTuple):
    """What is true at n times. Feet are (left, right); IMU axes right, forward, up of waist or foot.

    `foot_force_n` [n,2] + `other_n` [n] (hands, a seat) = mass (g + `up_ms2` [n]); `foot_cop_m` [n,2,2] (ml, ap) in
    each foot's frame; `acc_ms2`, `gyr_dps` [n,3] of the waist; `foot_acc_ms2`, `foot_gyr_dps` [n,2,3]; `angles_rad`
    [n,3]: yaw left, pitch back and roll right of the waist.
    """

    foot_force_n: np.ndarray
    foot_cop_m: np.ndarray
    other_n: np.ndarray
    acc_ms2: np.ndarray
    gyr_dps: np.ndarray
    foot_acc_ms2: np.ndarray
    foot_gyr_dps: np.ndarray
    up_ms2: np.ndarray
    angles_rad: np.ndarray


class Mover(Protocol):
    """What carries waist and feet about: a walk or a ride."""

    def trunk_at(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and angles [n,3] of the waist."""
        ...

    def foot_at(self, foot: int, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and angles [n,3] of a foot."""
        ...

    def shares(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share of the weight on each foot [n,2] and elsewhere [n]."""
        ...

    def cop_m(self, t_s: np.ndarray) -> np.ndarray:
        """CoP [n,2,2] of each foot."""
        ...


@dataclass(frozen=True, eq=False)
class Walk:
    """A plan and all that follows from it."""

    plan: Plan
    trunk: Trunk
    tracks: tuple[FootTrack, FootTrack]
    loads: Loads

    def trunk_at(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and angles [n,3] of the waist."""
        return self.trunk.at(t_s)

    def foot_at(self, foot: int, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Place [n,3] and angles [n,3] of a foot."""
        return self.tracks[foot].at(t_s)

    def shares(self, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share of the weight on each foot [n,2] and in the hands [n]."""
        return self.loads.shares(t_s)

    def cop_m(self, t_s: np.ndarray) -> np.ndarray:
        """CoP [n,2,2] of each foot."""
        return self.loads.cop_m(t_s)


@dataclass(frozen=True, eq=False)
class Walker:
    """A person on their way for `seconds`; before and after they stand."""

    person: Person
    truth: WalkTruth
    mover: Mover
    seconds: float

    @property
    def sole(self) -> Sole:
        """The person's soles on their insoles."""
        return _sole(self.person.seed, self.person.foot_length_m, self.person.insole_length_m * 1e3)

    def rows(self, t_s: np.ndarray, window_s: float) -> Rows:
        """The truth at times [n], with IMUs that average over `window_s`; quickest where times lie that far apart."""
        mover = self.mover
        acc, gyr, up_ms2 = felt(mover.trunk_at, t_s, window_s)
        feet = [felt(lambda t, foot=foot: mover.foot_at(foot, t), t_s, window_s)[:2] for foot in (0, 1)]
        share, other = mover.shares(t_s)
        weight = self.truth.mass_kg * np.maximum(GRAVITY_MS2 + up_ms2, 0)
        return Rows(
            foot_force_n=share * weight[:, None],
            foot_cop_m=mover.cop_m(t_s),
            other_n=other * weight,
            acc_ms2=acc,
            gyr_dps=gyr,
            foot_acc_ms2=np.stack([foot[0] for foot in feet], 1),
            foot_gyr_dps=np.stack([foot[1] for foot in feet], 1),
            up_ms2=up_ms2,
            angles_rad=mover.trunk_at(t_s)[1],
        )

    def cell_force_n(self, rows: Rows) -> np.ndarray:
        """What the eight cells under each foot feel of it [n,16]."""
        out = np.zeros((len(rows.foot_force_n), 16))
        for foot in (0, 1):
            down = rows.foot_force_n[:, foot] > 0
            shares = soles.cell_shares(self.sole, foot, rows.foot_cop_m[down, foot])
            out[down, 8 * foot : 8 * foot + 8] = shares * rows.foot_force_n[down, foot, None]
        return out


@lru_cache(maxsize=8)
def _sole(seed: int, foot_length_m: float, insole_mm: float) -> Sole:
    return soles.draw(seed, foot_length_m, cells.load(insole_mm))


def walker(
    kind: str,
    seed: int,
    seconds: float = 60.0,
    held_out: bool = False,
    lead_s: float = 0.0,
    fixed: Mapping[str, float] | None = None,
) -> Walker:
    """Somebody of this kind (KINDS) and seed, who stands `lead_s` longer before the first step than they would.

    `held_out`: from the part of all ranges that development never sees. `fixed`: figures of `style.PERSON` that are
    given, such as speed_mps or mass_kg; nothing is fixed in a ride.
    """
    if kind not in KINDS:
        raise PersonError(f"A walker can't be '{kind}': choose {', '.join(KINDS)}.")
    if not seconds - lead_s >= SHORTEST_S:
        raise PersonError(
            f"A walk of {seconds:g} s is too short to begin and end: give {SHORTEST_S + lead_s:g} s or more."
        )
    person = people.draw(seed, "steady")
    if kind in rides.KINDS:
        dice = Dice(seed, f"ride {kind}", held_out)
        ride = rides.draw_ride(kind, dice, seconds, person)
        truth = rides.truth(kind, seed, held_out, ride)
        return Walker(people.with_mass(person, ride.mass_kg), truth, ride, seconds)
    style = draw_style(kind, seed, held_out, fixed)
    person = replace(people.with_mass(person, style.one["mass_kg"]), fall_after_s=None)
    dice = Dice(seed, f"walk {kind}", held_out)
    plan = make_plan(style, dice, seconds, lead_s)
    foot_m = person.foot_length_m
    tracks = (foot_track(plan, style, 0, foot_m, dice.rng), foot_track(plan, style, 1, foot_m, dice.rng))
    trunk = make_trunk(plan, style, person.height_m, dice.rng)
    loads = make_loads(plan, style, tracks, foot_m, dice)
    walk = Walk(plan, trunk, tracks, loads)
    return Walker(person, _truth(style, seed, walk), walk, seconds)


def _truth(style: Style, seed: int, walk: Walk) -> WalkTruth:
    plan = walk.plan
    mass_kg = style.one["mass_kg"] + style.one["carried_kg"]
    pair = [foot_truth(track, plan, foot) for foot, track in enumerate(walk.tracks)]
    for foot in (0, 1):

        def load_n(t_s: np.ndarray, foot: int = foot) -> np.ndarray:
            up_ms2 = felt(walk.trunk_at, t_s, PLATE_WINDOW_S)[2]
            return walk.shares(t_s)[0][:, foot] * mass_kg * (GRAVITY_MS2 + up_ms2)

        own, other = pair[foot], pair[1 - foot]
        on_s, off_s = plate_times(load_n, own.initial_s, own.off_s, other.off_s, other.initial_s)
        pair[foot] = replace(own, plate_on_s=on_s, plate_off_s=off_s)
    left, right = pair
    drawn = dict(style.one) | {
        f"{side}.{name}": float(values[k])
        for name, values in style.feet.items()
        for k, side in ((0, "left"), (1, "right"))
    }
    return WalkTruth(
        kind=style.kind,
        seed=seed,
        held_out=style.held_out,
        mass_kg=mass_kg,
        left=left,
        right=right,
        turns=turns_of(plan),
        bouts=bouts_of(plan),
        worse=("left", "right")[style.worse],
        speed_mps=style.one["speed_mps"],
        distance_m=float(plan.length_m.sum()),
        drawn=drawn | {"step_s": style.step_s, "stance_share": style.stance_share},
    )
