# SPDX-License-Identifier: MIT
"""Steps: a list of foot-offs and contacts that is drawn first, and what the body does between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from surefoot.device.virtual.movers.shapes import MIN_JERK, Track, times, wave
from surefoot.device.virtual.movers.stage import Stage

SPEED_MPS = (0.3, 1.6)
WALK_RATIO_M_MIN = (0.0038, 0.0065)  # step length over cadence: short quick steps to long slow ones


@dataclass(frozen=True)
class Gait:
    """How this person walks."""

    speed_mps: float
    step_s: float
    double_share: float  # of a step's time with both feet on the ground
    uneven: float  # left steps so much longer than right ones
    jitter: float  # spread of step times
    rise_m: float  # up and down
    sway_m: float  # side to side
    surge_m: float  # to and fro about the even speed
    roll_rad: float
    pitch_rad: float
    yaw_rad: float
    phases: tuple[float, float, float, float]
    heel_share: float  # where a foot lands and leaves, in foot lengths before its middle
    toe_share: float
    strike: float


class Step(NamedTuple):
    """One foot leaves the ground and comes down."""

    foot: int
    off_s: float
    on_s: float


class Part(NamedTuple):
    """So many steps at this share of the walking speed and of the usual step time."""

    steps: int
    speed: float = 1.0
    tempo: float = 1.0


def draw_gait(stage: Stage, speed_mps: tuple[float, float] = SPEED_MPS) -> Gait:
    """A way to walk; cadence follows from speed and the walk ratio."""
    dice = stage.dice
    speed = dice.between(*speed_mps)
    cadence = float(np.clip((60 * speed / dice.between(*WALK_RATIO_M_MIN)) ** 0.5, 45, 150))
    step_s, leg_m = 60 / cadence, 0.53 * stage.person.height_m
    length_m = speed * step_s
    quick = (speed - SPEED_MPS[0]) / (SPEED_MPS[1] - SPEED_MPS[0])
    arc_m = leg_m - (leg_m**2 - min(length_m / 2, 0.6 * leg_m) ** 2) ** 0.5
    rise_m = float(np.clip(arc_m * dice.between(0.4, 0.8), 0.004, 0.18 * step_s**2))
    gait = Gait(
        speed_mps=speed,
        step_s=step_s,
        double_share=float(np.clip(0.42 - 0.22 * quick + dice.spread(0.05), 0.16, 0.46)),
        uneven=dice.spread(0.12) if dice.chance(0.4) else 0.0,
        jitter=dice.between(0.01, 0.07),
        rise_m=rise_m,
        sway_m=dice.between(0.012, 0.04) * min(1.0, step_s / 0.6),
        surge_m=dice.between(0.004, 0.012),
        roll_rad=np.radians(dice.between(1, 4)),
        pitch_rad=np.radians(dice.between(0.5, 2)),
        yaw_rad=np.radians(dice.between(1, 7)),
        phases=(dice.between(0, 6.28), dice.between(0, 6.28), dice.between(0, 6.28), dice.between(0, 6.28)),
        heel_share=-dice.between(0.05, 0.30),
        toe_share=dice.between(0.12, 0.29),
        strike=dice.between(0.1, 1.0),
    )
    stage.keep(speed_mps=speed, step_s=step_s)
    return gait


def step_times(stage: Stage, gait: Gait, off_s: float, first: int, parts: Sequence[Part]) -> list[Step]:
    """Foot-offs and contacts of all parts, one after the other, from the first foot-off."""
    dice, steps, foot = stage.dice, [], first
    for part in parts:
        for _ in range(part.steps):
            side = 1 + gait.uneven * (0.5 - foot)
            whole_s = gait.step_s * part.tempo * side * (1 + dice.jitter(gait.jitter))
            double_s = max(whole_s * gait.double_share, 0.06)
            steps.append(Step(foot, off_s, off_s + max(whole_s - double_s, 0.18)))
            off_s, foot = steps[-1].on_s + double_s, 1 - foot
    return steps


def begin_walking(stage: Stage, at_s: float, first: int) -> float:
    """Weight goes to the foot that will leave, then off it: the first foot-off. Notes weight-shift."""
    dice = stage.dice
    towards_s, off_s = dice.between(0.2, 0.5), dice.between(0.25, 0.6)
    more = dice.between(0.04, 0.25)
    before = stage.right.now
    loaded = before + more if first == 1 else before - more
    stage.load(at_s, towards_s, float(np.clip(loaded, 0.08, 0.92)))
    stage.load(at_s + towards_s, off_s, float(1 - first))
    side = 1.0 if first == 1 else -1.0
    stage.aside.pulse(at_s, towards_s + off_s, -side * dice.between(0.005, 0.02))
    for foot in (0, 1):
        stage.press(at_s, towards_s, foot, stage.cop[foot][1].now / stage.foot_m - dice.between(0.03, 0.12))
    stage.note("weight-shift", at_s, at_s + towards_s + off_s, first)
    return at_s + towards_s + off_s


def walk(stage: Stage, gait: Gait, steps: list[Step], parts: Sequence[Part], *, name: str = "step") -> float:
    """Do these steps and stop; notes each of them. When both feet carry the person at rest again."""
    dice, double_s = stage.dice, gait.double_share * gait.step_s
    first, last = steps[0], steps[-1]
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        stage.note(name, step.off_s, step.on_s, step.foot)
        if after:
            stage.load(step.on_s, after.off_s - step.on_s, float(step.foot))
        stage.press(step.off_s, step.on_s - step.off_s, step.foot, gait.heel_share, MIN_JERK)
        if after:
            until_s = _next_off(steps, step) or last.on_s + double_s
            stage.press(step.on_s, until_s - step.on_s, step.foot, gait.toe_share)
        stage.up.pulse(step.on_s, dice.between(0.07, 0.13), -gait.strike * gait.rise_m * dice.between(0.002, 0.01))
    other = 1 - first.foot
    leaving = next((s for s in steps if s.foot == other), None)
    if leaving:
        stage.press(first.off_s, leaving.off_s - first.off_s, other, gait.toe_share)
    end_s = last.on_s + dice.between(0.3, 0.7)
    stage.load(last.on_s, end_s - last.on_s, stage.drawn["right_share"])
    for foot in (0, 1):
        stage.press(last.on_s, end_s - last.on_s, foot, stage.person.rest_cop_m[foot, 1] / stage.foot_m)
    stage.calm.to(first.off_s - 0.3, 0.4, 0.0)
    stage.calm.to(last.on_s, 1.0, stage.drawn["sway_factor"])
    _body(stage, gait, steps, parts)
    return end_s


def _next_off(steps: list[Step], step: Step) -> float | None:
    later = [s.off_s for s in steps if s.foot == step.foot and s.off_s > step.on_s]
    return later[0] if later else None


def _body(stage: Stage, gait: Gait, steps: list[Step], parts: Sequence[Part]) -> None:
    """Speed, and a trunk that swings by a clock that strikes a whole number midway through each double support."""
    from scipy.interpolate import PchipInterpolator

    double_s = gait.double_share * gait.step_s
    speed, liveliness = Track(), Track()
    at = 0
    for part in parts:
        if part.steps:
            begin_s = steps[at - 1].on_s if at else steps[0].off_s - 0.2
            over_s = min(1.6 * gait.step_s, max(part.steps * gait.step_s * part.tempo, 0.4))
            speed.to(begin_s, over_s, gait.speed_mps * part.speed)
            liveliness.to(begin_s, over_s, max(part.speed, 0.15))
        at += part.steps
    stop_s = steps[-1].off_s - 0.3 * gait.step_s
    speed.to(stop_s, steps[-1].on_s + 0.25 - stop_s, 0.0)
    liveliness.to(steps[-1].off_s, steps[-1].on_s - steps[-1].off_s + 0.3, 0.0)
    knots = [steps[0].off_s - double_s / 2]
    knots += [step.on_s + (after.off_s - step.on_s) / 2 for step, after in pairwise(steps)]
    knots.append(steps[-1].on_s + double_s / 2)
    clock = PchipInterpolator(knots, np.arange(len(knots)), extrapolate=False)
    stance = 1.0 if steps[0].foot == 0 else -1.0  # which way the first stance foot lies
    a, b, c, d = gait.phases

    def swinging(t: np.ndarray) -> dict[str, np.ndarray]:
        inside = (t > knots[0]) & (t < knots[-1])
        tick = np.where(t >= knots[-1], len(knots) - 1.0, 0.0)
        phase = np.stack((tick, np.zeros_like(t), np.zeros_like(t)))
        phase[:, inside] = clock(t[inside]), clock(t[inside], 1), clock(t[inside], 2)
        live, v = liveliness.path(t), speed.path(t)
        swing = {
            "up": gait.rise_m / 2 * (wave(phase, 1, -np.pi / 2)),
            "ahead": gait.surge_m * (wave(phase, 1, 0.4) + 0.2 * wave(phase, 2, a)),
            "aside": gait.sway_m * stance * (wave(phase, 0.5, 0) + 0.15 * wave(phase, 1.5, b)),
            "roll": gait.roll_rad * stance * (wave(phase, 0.5, 0.3) + 0.2 * wave(phase, 1, b)),
            "pitch": gait.pitch_rad * (wave(phase, 1, c) + 0.3 * wave(phase, 0.5, d)),
            "yaw": gait.yaw_rad * wave(phase, 0.5, d),
        }
        out = {name: times(live, values) for name, values in swing.items()}
        travelled = np.concatenate(((0.0,), np.cumsum((v[0, 1:] + v[0, :-1]) / 2 * np.diff(t))))
        out["ahead"] = out["ahead"] + np.stack((travelled, v[0], v[1]))
        return out

    stage.more.append(swinging)
