# SPDX-License-Identifier: MIT
"""From the centre of mass to the instruments: load and CoP of each foot, acceleration and turn of the waist.

The net CoP is the force-weighted sum of the two placed feet, always: in standing it is the asked one to rounding.
"""

from dataclasses import dataclass

import numpy as np

from surefoot.device.virtual.person import GRAVITY_MS2, Person, Wave
from surefoot.device.virtual.script import Script, falls_at, steps_at
from surefoot.device.virtual.sole import Sole, hold


@dataclass(frozen=True, eq=False)
class State:
    """Truth at n times; feet are (left, right), pairs are (ml, ap), body axes right, forward, up."""

    com_m: np.ndarray  # [n,2] horizontal place of the centre of mass, body frame
    cop_m: np.ndarray  # [n,2] net CoP, NaN where nothing presses
    foot_cop_m: np.ndarray  # [n,2,2] in each foot's frame
    foot_force_n: np.ndarray  # [n,2]
    tilt_rad: np.ndarray  # [n,2] lean of the trunk to the right and forward
    acc_ms2: np.ndarray  # [n,3] specific force at the waist, trunk axes: (0, 0, g) at rest
    gyr_dps: np.ndarray  # [n,3] trunk axes


@dataclass(frozen=True, eq=False)
class Rest:
    """Where a person stands at ease: each foot's CoP and the net CoP in the body frame."""

    feet_m: np.ndarray
    net_m: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray

    @property
    def width_m(self) -> float:
        """ML distance between the two feet's CoPs."""
        return float(self.feet_m[1, 0] - self.feet_m[0, 0])


def rest_of(person: Person) -> Rest:
    """The resting CoPs of a person."""
    rotation, translation = person.feet_placed
    feet_m = np.einsum("fij,fj->fi", rotation, person.rest_cop_m) + translation
    share = np.array((person.left_load_share, 1 - person.left_load_share))
    return Rest(feet_m, share @ feet_m, rotation, translation)


def split(person: Person, rest: Rest, cop_m: np.ndarray, feet_wave_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of load on the right foot [n] and both feet's CoP [n,2,2] in the body frame for a net CoP [n,2].

    ML comes mostly from shifting load, AP from both feet together; what one foot does forward by itself the other
    answers backward, weighted by load, so the weighted sum stays the asked CoP.
    """
    ml = rest.feet_m[:, 0] + person.foot_follow * (cop_m[:, :1] - rest.net_m[0])
    right = np.clip((cop_m[:, 0] - ml[:, 0]) / rest.width_m, 0, 1)
    apart = rest.feet_m[1, 1] - rest.feet_m[0, 1] + feet_wave_m
    ap = cop_m[:, 1:] + np.stack((-right * apart, (1 - right) * apart), 1)
    return right, np.stack((ml, ap), -1)


def state_at(person: Person, rest: Rest, sole: Sole, script: Script, wave: Wave, t_s: np.ndarray) -> State:
    """Everything true at times t_s [n] of the world."""
    gain = steps_at(script.gain, np.ones(wave.com.shape[1]), t_s)[..., None]
    s = np.moveaxis(wave.com, 2, 0)
    com = steps_at(script.offset, rest.net_m, t_s)
    com[0] += (gain[0] * s[0]).sum(1)
    com[1] += (gain[1] * s[0] + gain[0] * s[1]).sum(1)
    com[2] += (gain[2] * s[0] + 2 * gain[1] * s[1] + gain[0] * s[2]).sum(1)
    asked = com[0] - person.pendulum_s2 * com[2]
    right, feet = split(person, rest, asked, wave.feet)
    contact = np.clip(steps_at(script.contact, np.ones(2), t_s)[0], 0, 1)
    load = np.stack((1 - right, right), 1) * contact
    total = load.sum(1, keepdims=True)
    alone = np.where(total > 1e-9, load / np.maximum(total, 1e-9), contact)
    weight = person.mass_kg * (GRAVITY_MS2 + wave.lift)
    force = weight[:, None] * alone * contact.max(1, keepdims=True)
    own = np.einsum("fji,nfj->nfi", rest.rotation, feet - rest.translation)
    own = np.stack([hold(sole, side, own[:, side]) for side in (0, 1)], 1)
    placed = np.einsum("fij,nfj->nfi", rest.rotation, own) + rest.translation
    pressing = force.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        net = np.where(pressing[:, None] > 1, np.einsum("nf,nfi->ni", force, placed) / pressing[:, None], np.nan)
    acc, gyr, tilt = trunk(person, com - np.array((rest.net_m, (0, 0), (0, 0)))[:, None], script, wave.lift, t_s)
    return State(com[0], net, own, force, tilt, acc, gyr)


def trunk(
    person: Person, sway: np.ndarray, script: Script, lift_ms2: np.ndarray, t_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Specific force [n,3] m/s2, rate [n,3] dps, lean [n,2] of the waist from the CoM's sway [3,n,2] and falls."""
    fall = falls_at(script.falls, t_s)
    lean = sway * (np.array((person.trunk_follow, 1.0)) / person.com_height_m) + fall
    world = np.empty((len(t_s), 3))
    world[:, :2] = sway[2] * (person.waist_height_m / person.com_height_m)
    world[:, 2] = GRAVITY_MS2 + lift_ms2
    angle = np.linalg.norm(fall[0], axis=1)
    if angle.any():
        # The waist runs on a circle about the feet: v = H (sin, cos), twice differentiated.
        unit = fall[0] / np.maximum(angle, 1e-12)[:, None]
        rate, turn = (unit * fall[1]).sum(1), (unit * fall[2]).sum(1)
        out = turn * np.cos(angle) - rate**2 * np.sin(angle)
        world[:, :2] += person.waist_height_m * out[:, None] * unit
        world[:, 2] -= person.waist_height_m * (turn * np.sin(angle) + rate**2 * np.cos(angle))
    # Leaning right turns about +Y, leaning forward about -X.
    spin = np.stack((-lean[..., 1], lean[..., 0], np.zeros(lean.shape[:2])), -1)
    r, rate3 = spin[0], spin[1]
    phi = np.linalg.norm(r, axis=1)[:, None]
    safe = np.maximum(phi, 1e-9)
    sinc, half, third = np.sin(safe) / safe, (1 - np.cos(safe)) / safe**2, (safe - np.sin(safe)) / safe**3
    third = np.where(phi < 1e-3, 1 / 6, third)
    # World to trunk is the inverse turn; the rate in trunk axes is the turn vector's rate by its right Jacobian.
    specific = world * np.cos(phi) - np.cross(r, world) * sinc + r * (r * world).sum(1, keepdims=True) * half
    cross = np.cross(r, rate3)
    gyr = rate3 - half * cross + third * np.cross(r, cross)
    return specific, np.degrees(gyr), lean[0]
