# SPDX-License-Identifier: MIT
"""What a virtual person is told to do, and when: actions compiled into smooth steps of a few quantities.

Every step is a quintic with two continuous derivatives, so that the pendulum's equation holds through it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from surefoot.device.virtual.person import Person, PersonError

ACTIONS = ("stand", "eyes_closed", "eyes_open", "foam", "firm", "off", "fall", "shift", "step")
SETTLE_S = 1.5  # a change of eyes or ground
SHIFT_S, SHIFT_HOLD_S, SHIFT_LOAD = 1.5, 3.0, 0.3  # to one foot, share of body weight moved
FALL_TILT_RAD, FALL_S, STOP_S = 1.3, 1.0, 0.06  # a trunk that falls over, and the ground that stops it
FALL_LAG_S = 0.35  # from the loss of balance to the trunk going over
RISE_S = 3.0


class Action(NamedTuple):
    """One thing done at a time [s] of the world."""

    at_s: float
    name: str


class Step(NamedTuple):
    """A quantity grows by `by` from at_s, over_s long."""

    at_s: float
    over_s: float
    by: np.ndarray


class Fall(NamedTuple):
    """The trunk goes over from at_s towards (ml, ap), and up again from up_s."""

    at_s: float
    towards: np.ndarray
    up_s: float


@dataclass
class Script:
    """Steps of the sway gain [bands], the CoM offset [2] in m, the contact of each foot [2]; and the falls."""

    gain: list[Step] = field(default_factory=list)
    offset: list[Step] = field(default_factory=list)
    contact: list[Step] = field(default_factory=list)
    falls: list[Fall] = field(default_factory=list)


def steps_at(steps: list[Step], start: np.ndarray, t_s: np.ndarray) -> np.ndarray:
    """Sum of steps on top of `start` [k]: value, first and second derivative [3, n, k] at times [n]."""
    out = np.zeros((3, len(t_s), len(start)))
    out[0] = start
    for at_s, over_s, by in steps:
        if (t_s <= at_s).all():
            continue
        u = np.clip((t_s - at_s) / over_s, 0, 1)
        out[0] += np.multiply.outer(u**3 * (10 - 15 * u + 6 * u * u), by)
        out[1] += np.multiply.outer(30 * (u * (1 - u)) ** 2 / over_s, by)
        out[2] += np.multiply.outer(60 * u * (1 - u) * (1 - 2 * u) / over_s**2, by)
    return out


def falls_at(falls: list[Fall], t_s: np.ndarray) -> np.ndarray:
    """Angle vector (ml, ap) of the falls and its two derivatives [3, n, 2] in rad at times [n].

    The trunk goes over as a cube of time, is stopped evenly within STOP_S and lies until it gets up.
    """
    out = np.zeros((3, len(t_s), 2))
    for at_s, towards, up_s in falls:
        u = np.clip((t_s - at_s) / FALL_S, 0, 1)
        going = (u < 1) & (t_s >= at_s)
        speed = 3 * FALL_TILT_RAD / FALL_S
        v = np.clip((t_s - at_s - FALL_S) / STOP_S, 0, 1)
        stopping = (v > 0) & (v < 1)
        angle = FALL_TILT_RAD * u**3 + speed * STOP_S * (v - v * v / 2)
        rate = np.where(going, speed * u * u, np.where(u >= 1, speed * (1 - v), 0))
        turn = np.where(going, 2 * speed * u / FALL_S, np.where(stopping, -speed / STOP_S, 0))
        path = np.stack((angle, rate, turn))
        lying = FALL_TILT_RAD + speed * STOP_S / 2
        path += steps_at([Step(up_s, RISE_S, np.array((-lying,)))], np.zeros(1), t_s)[..., 0]
        out += path[..., None] * towards
    return out


def gains_of(person: Person, closed: bool, foam: bool, bands: int) -> np.ndarray:
    """Sway factor of each band for a condition; a replayed motion has one band, and brings its own condition."""
    if bands == 1:
        return np.ones(1)
    gains = person.gains
    if foam:
        return np.array(gains.foam_eyes_closed if closed else gains.foam)
    return np.array(gains.eyes_closed) if closed else np.ones(2)


def with_weakness(person: Person, actions: Iterable[Action]) -> list[Action]:
    """The actions in order of time, with the falls of a person who can't stand long with eyes closed."""
    ordered = sorted(actions, key=lambda action: action.at_s)
    if person.fall_after_s is None:
        return ordered
    added = []
    for k, action in enumerate(ordered):
        if action.name != "eyes_closed":
            continue
        fall_s = action.at_s + person.fall_after_s
        ends = ("eyes_open", "eyes_closed", "off", "fall", "stand")
        if not any(later.at_s < fall_s for later in ordered[k + 1 :] if later.name in ends):
            added.append(Action(fall_s, "fall?"))
    return sorted(ordered + added, key=lambda action: action.at_s)


def compile_script(person: Person, actions: Iterable[Action], width_m: float, bands: int) -> Script:
    """Turn actions into steps. `width_m`: ML distance of the two feet's centres of pressure."""
    script = Script()
    closed = foam = False
    posture = "standing"
    gain = np.ones(bands)
    share = np.array((person.left_load_share, 1 - person.left_load_share))
    sides = np.array((-1.0, 1.0))
    weak, strong = person.weak_side, 1 - person.weak_side
    feet = np.eye(2)
    shifts = 0
    reach = 0.8 * width_m * share[weak]

    def move(at_s: float, over_s: float, by_m: float, axis: int = 0) -> None:
        script.offset.append(Step(at_s, over_s, by_m * feet[axis]))

    for at_s, name in with_weakness(person, actions):
        if name not in (*ACTIONS, "fall?"):
            raise PersonError(f"A virtual person can't '{name}': choose {', '.join(ACTIONS)}.")
        if name in ("eyes_closed", "eyes_open", "foam", "firm"):
            closed = name == "eyes_closed" if "eyes" in name else closed
            foam = name == "foam" if name in ("foam", "firm") else foam
            wanted = gains_of(person, closed, foam, bands)
            if posture != "fallen":
                script.gain.append(Step(at_s, SETTLE_S, wanted - gain))
                gain = wanted
        elif name == "stand":
            if posture == "fallen":
                script.falls[-1] = script.falls[-1]._replace(up_s=at_s)
                wanted = gains_of(person, closed, foam, bands)
                script.gain.append(Step(at_s + RISE_S, SETTLE_S, wanted - gain))
                script.contact += [Step(at_s + RISE_S - 0.5, 0.5, np.ones(2))]
                gain = wanted
            elif posture == "off":
                move(at_s, 1.2, sides[strong] * reach)
                script.contact += [Step(at_s + 1.0, 0.3, feet[strong]), Step(at_s + 1.6, 0.3, feet[weak])]
                move(at_s + 1.5, 1.2, -sides[strong] * reach)
            posture = "standing"
        elif name == "fall?" and posture != "standing":
            continue
        elif posture != "standing":
            raise PersonError(f"The virtual person is {posture} and can't '{name}': let them 'stand' first.")
        elif name == "shift":
            side = sides[(weak + shifts) % 2]
            shifts += 1
            move(at_s, SHIFT_S, side * SHIFT_LOAD * width_m)
            move(at_s + SHIFT_S + SHIFT_HOLD_S, SHIFT_S, -side * SHIFT_LOAD * width_m)
        elif name == "step":
            move(at_s, 0.9, 0.7 * sides[strong] * reach)
            script.contact += [Step(at_s + 0.7, 0.15, -feet[weak]), Step(at_s + 1.2, 0.15, feet[weak])]
            move(at_s + 1.2, 0.9, -0.7 * sides[strong] * reach)
        elif name == "off":
            move(at_s, 1.2, sides[strong] * reach)
            script.contact += [Step(at_s + 1.0, 0.25, -feet[weak]), Step(at_s + 1.6, 0.25, -feet[strong])]
            move(at_s + 1.9, 1.2, -sides[strong] * reach)
            posture = "off"
        else:
            # The centre of mass runs away to one side and forward, the other foot leaves first, then this one.
            towards = np.array((sides[weak] * 0.6, 0.8))
            away = 0.35 * width_m * towards
            script.offset += [Step(at_s, 0.7, away), Step(at_s + 1.6, 1.0, -away)]
            script.contact += [Step(at_s + 0.5, 0.15, -feet[strong]), Step(at_s + 1.0, 0.2, -feet[weak])]
            script.falls.append(Fall(at_s + FALL_LAG_S, towards, np.inf))
            script.gain.append(Step(at_s + 1.0, 0.5, -gain))
            gain = np.zeros(bands)
            posture = "fallen"
    return script
