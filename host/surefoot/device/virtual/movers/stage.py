# SPDX-License-Identifier: MIT
"""The stage: a mover's quantities as tracks, and the physics that turns them into what the instruments feel.

Everything comes from the same positions and angles, so it holds together by construction: the waist's specific force
is the second derivative of its place plus gravity, seen from the turned trunk; the rate is the derivative of that turn;
the feet carry mass times (g + vertical acceleration), less what chair, hands or ground carry.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from surefoot.device.virtual import person as people
from surefoot.device.virtual.body import Rest, rest_of
from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.movers.performance import GRID_HZ, Event, Performance, Truth
from surefoot.device.virtual.movers.shapes import Shape, Track, draw_load_shape, draw_shape, times
from surefoot.device.virtual.person import Person
from surefoot.physics import GRAVITY_MS2

MASS_KG = (45.0, 120.0)
SWAY_FACTOR = (0.8, 2.2)
REACH_ML, REACH_AP = 0.05, (-0.32, 0.30)  # CoP a foot can hold, in foot lengths
SHIFT_LIMIT = 0.24  # of the load, by sway alone
SWAY_HZ = 125
LEAN_LIMIT_MS2 = 4.0  # nobody speeds up harder than this of their own will


@dataclass
class Stage:
    """One person about to do something: tracks to be written on, and the list of what is true."""

    person: Person
    dice: Dice
    lead_s: float
    rest: Rest
    right: Track  # share of the feet's load on the right one
    cop: tuple[tuple[Track, Track], tuple[Track, Track]]  # [foot][ml, ap] in m
    calm: Track  # factor on the person's own sway
    up: Track = field(default_factory=Track)
    ahead: Track = field(default_factory=Track)
    aside: Track = field(default_factory=Track)
    pitch: Track = field(default_factory=Track)  # forward
    roll: Track = field(default_factory=Track)  # to the right
    yaw: Track = field(default_factory=Track)  # to the left
    seat: Track = field(default_factory=Track)  # share of the weight on a chair or on the ground
    hands: Track = field(default_factory=Track)  # share on armrests, or in a helper's hands
    com: tuple[Track, Track] = field(default_factory=lambda: (Track(), Track()))  # leaning from the ankles: ml, ap in m
    more: list = field(default_factory=list)  # functions of t that give {track name: [3,n]} to be added
    events: list[Event] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    drawn: dict[str, float] = field(default_factory=dict)

    @property
    def foot_m(self) -> float:
        """Length of a foot."""
        return self.person.foot_length_m

    def shape(self) -> Shape:
        """A fresh shape."""
        return draw_shape(self.dice)

    def note(self, name: str, begin_s: float, end_s: float | None = None, foot: int = -1) -> None:
        """Write down what is true."""
        self.events.append(Event(name, float(begin_s), float(begin_s if end_s is None else end_s), foot))

    def keep(self, **values: float) -> None:
        """Write down what was drawn."""
        self.drawn |= values

    def load(self, at_s: float, over_s: float, right_share: float, shape: Shape | None = None) -> None:
        """Put the weight so much on the right foot."""
        self.right.to(at_s, over_s, right_share, shape or draw_load_shape(self.dice))

    def press(self, at_s: float, over_s: float, foot: int, ap_share: float, shape: Shape | None = None) -> None:
        """Press with this part of a foot, in foot lengths before its middle."""
        self.cop[foot][1].to(at_s, over_s, ap_share * self.foot_m, shape or self.shape())


def new_stage(seed: int, name: str, held_out: bool, lead_s: float) -> Stage:
    """A person of this seed, the same for every `name` of what they do, at ease on both feet until the cue."""
    own = Dice(seed, "mover", held_out)
    drawn = people.draw(seed, own.choose(("steady", "unsteady")))
    person = replace(people.with_mass(drawn, own.between(*MASS_KG)), fall_after_s=None)
    right, factor = 0.5 + own.spread(0.12), own.between(*SWAY_FACTOR)
    cop = [(Track(float(person.rest_cop_m[f, 0])), Track(float(person.rest_cop_m[f, 1]))) for f in (0, 1)]
    dice = Dice(seed, name, held_out)
    stage = Stage(person, dice, lead_s, rest_of(person), Track(right), (cop[0], cop[1]), Track(factor))
    stage.keep(mass_kg=person.mass_kg, right_share=right, sway_factor=factor)
    return stage


def _sway(person: Person, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The person's own CoM sway [3,n,2], one foot against the other [n] m, and vertical acceleration [n]."""
    from scipy.interpolate import CubicSpline

    # Sway ends at 8 Hz: a spline through fewer moments has it all, and derivatives that are its own.
    moments = np.arange(0, t_s[-1] + 2, 1 / SWAY_HZ)
    move, block = people.motion(person), np.arange(SWAY_HZ) / SWAY_HZ
    waves = [move(float(moments[k]), block) for k in range(0, len(moments), SWAY_HZ)]
    rows = [np.column_stack((w.com[:, :, 0].sum(1), w.feet, w.lift)) for w in waves]
    line = CubicSpline(moments, np.concatenate(rows)[: len(moments)])
    whole = line(t_s)
    com = np.stack((whole[:, :2], line(t_s, 1)[:, :2], line(t_s, 2)[:, :2]))
    return com, whole[:, 2], whole[:, 3]


def play(stage: Stage, kind: str, end_s: float) -> Performance:
    """Play what is on the stage until end_s."""
    person, t = stage.person, np.arange(round(end_s * GRID_HZ) + 1) / GRID_HZ
    axes = ("up", "ahead", "aside", "pitch", "roll", "yaw")
    paths = {name: getattr(stage, name).path(t) for name in axes}
    for extra in stage.more:
        for name, values in extra(t).items():
            paths[name] = paths[name] + values
    calm, (sway, apart, lift) = stage.calm.path(t), _sway(person, t)
    com = [times(calm, sway[..., axis]) + stage.com[axis].path(t) for axis in (0, 1)]
    height = person.com_height_m
    paths["aside"] = paths["aside"] + com[0]
    paths["ahead"] = paths["ahead"] + com[1]
    paths["roll"] = paths["roll"] + com[0] * person.trunk_follow / height
    paths["pitch"] = paths["pitch"] + com[1] / height
    up_ms2 = paths["up"][2] + lift * calm[0]
    asked = np.stack([c[0] - person.pendulum_s2 * c[2] for c in com], 1)
    share, cop = _feet(stage, t, asked, apart * calm[0])
    held = np.clip(stage.seat.path(t)[0] + stage.hands.path(t)[0], 0, 1)
    weight = person.mass_kg * np.maximum(GRAVITY_MS2 + up_ms2, 0)
    force = (weight * (1 - held))[:, None] * np.stack((1 - share, share), 1)
    acc, gyr = felt(paths, up_ms2)
    return Performance(
        person=person,
        truth=Truth(kind, stage.lead_s, tuple(stage.events), stage.counts, stage.drawn, stage.dice.held_out),
        foot_force_n=force,
        foot_cop_m=cop,
        acc_ms2=acc,
        gyr_dps=gyr,
        other_n=weight * held,
        up_m=paths["up"][0],
        up_ms2=up_ms2,
        tilt_rad=np.stack((paths["roll"][0], paths["pitch"][0]), 1),
        heading_rad=paths["yaw"][0],
    )


def _feet(stage: Stage, t: np.ndarray, asked_m: np.ndarray, apart_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of load on the right foot [n] and both CoPs [n,2,2], with what sway asks of them."""
    person, rest = stage.person, stage.rest
    base = np.clip(stage.right.path(t)[0], 0, 1)
    base = np.where(base < 1e-9, 0.0, np.where(base > 1 - 1e-9, 1.0, base))
    # On two feet ML sway shifts load; on one there is nothing to shift, and the foot must do it alone.
    both = 4 * base * (1 - base)
    follow = person.foot_follow
    shifted = SHIFT_LIMIT * np.tanh((1 - follow) * asked_m[:, 0] / (rest.width_m * SHIFT_LIMIT))
    share = base + both * shifted  # below a quarter: sway alone lifts no foot
    ml = asked_m[:, 0] * (follow + (1 - follow) * (1 - both))
    against = np.stack((-share, 1 - share), 1) * (both * apart_m)[:, None]
    cop = np.empty((len(t), 2, 2))
    for foot in (0, 1):
        body = np.stack((ml, asked_m[:, 1] + against[:, foot]), 1)
        own = body @ rest.rotation[foot]
        for axis, (low, high) in enumerate(((-REACH_ML, REACH_ML), REACH_AP)):
            wanted = stage.cop[foot][axis].path(t)[0] + own[:, axis]
            cop[:, foot, axis] = np.clip(wanted, low * stage.foot_m, high * stage.foot_m)
    return share, cop


def felt(paths: dict[str, np.ndarray], up_ms2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Specific force [n,3] m/s2 and rate [n,3] deg/s in the trunk's axes.

    The trunk is first turned left by yaw about the vertical, then leaned forward by pitch about its right axis, then to
    the right by roll about its forward axis; `ahead` and `aside` are along the heading, which turns.
    """
    (pitch, pitch_rate), (roll, roll_rate) = paths["pitch"][:2], paths["roll"][:2]
    turn = paths["yaw"][1]
    right = paths["aside"][2] - turn * paths["ahead"][1]
    forward = paths["ahead"][2] + turn * paths["aside"][1]
    up = GRAVITY_MS2 + up_ms2
    cp, sp, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    forward, up = cp * forward - sp * up, sp * forward + cp * up
    acc = np.stack((cr * right - sr * up, forward, sr * right + cr * up), 1)
    gyr = np.stack(
        (-cr * pitch_rate - sr * cp * turn, roll_rate - sp * turn, -sr * pitch_rate + cr * cp * turn),
        1,
    )
    return acc, np.degrees(gyr)
