# SPDX-License-Identifier: MIT
"""Walking tests: ten and four metres, heel to toe, whole turns, the first step, push and release."""

from dataclasses import replace

import numpy as np

from surefoot.device.virtual.movers.gait import Part, begin_walking, draw_gait, step_times, walk
from surefoot.device.virtual.movers.performance import Performance
from surefoot.device.virtual.movers.shapes import LATE
from surefoot.device.virtual.movers.stage import Stage, play
from surefoot.device.virtual.movers.standing import set_upright, stamp
from surefoot.device.virtual.movers.turning import WAYS, do_turn, draw_turn

DISTANCE_M = {"ten-metres": 10.0, "four-metres": 4.0, "first-step": 2.5}
KINDS = (*DISTANCE_M, "tandem", "full-turns", "push-release")


def walking(stage: Stage, kind: str) -> Performance:
    """One of KINDS."""
    at_s = stage.lead_s + stage.dice.between(0.3, 1.5)
    if kind in DISTANCE_M:
        end_s = _straight(stage, at_s, DISTANCE_M[kind])
    else:
        end_s = {"tandem": _tandem, "full-turns": _full_turns, "push-release": _push_release}[kind](stage, at_s)
    return play(stage, kind, end_s + 2.0)


def _straight(stage: Stage, at_s: float, distance_m: float) -> float:
    gait = draw_gait(stage)
    first = stage.dice.count(0, 1)
    parts = (Part(max(3, round(distance_m / (gait.speed_mps * gait.step_s)))),)
    steps = step_times(stage, gait, begin_walking(stage, at_s, first), first, parts)
    stage.counts["steps"] = len(steps)
    return walk(stage, gait, steps, parts)


def _tandem(stage: Stage, at_s: float) -> float:
    """Ten steps or so heel to toe; some people put a foot aside."""
    dice = stage.dice
    gait = draw_gait(stage, (0.12, 0.45))
    slow = replace(gait, step_s=dice.between(0.7, 1.6), rise_m=dice.between(0.002, 0.008))
    first, count = dice.count(0, 1), dice.count(8, 12)
    parts = (Part(count),)
    steps = step_times(stage, slow, begin_walking(stage, at_s, first), first, parts)
    end_s = walk(stage, slow, steps, parts)
    aside = sorted(int(k) for k in dice.rng.choice(range(2, count), dice.count(0, 3), replace=False))
    for k in aside:
        step, way = steps[k], 1.0 if steps[k].foot else -1.0
        # The foot goes out to its own side, the body lurches after it and comes back with the next step.
        size_m = dice.between(0.03, 0.09)
        stage.aside.by(step.off_s, step.on_s - step.off_s + 0.15, way * size_m, LATE)
        stage.roll.pulse(step.off_s - 0.1, step.on_s - step.off_s + 0.4, way * np.radians(dice.between(2, 7)))
        stage.aside.by(step.on_s + 0.2, 0.9, -way * size_m)
        stamp(stage, step.on_s)
        stage.note("side-step", step.off_s, step.on_s, step.foot)
    stage.counts |= {"steps": len(steps), "side-steps": len(aside)}
    return end_s


def _full_turns(stage: Stage, at_s: float) -> float:
    """Once round to one side, a pause, and once round to the other."""
    dice = stage.dice
    gait, way = draw_gait(stage), dice.choose(WAYS)
    side = dice.choose((-1, 1))
    end_s = at_s
    for name, angle_deg in (("turn-1", 360.0 * side), ("turn-2", -360.0 * side)):
        turn = draw_turn(stage, gait, way, angle_deg, 0.05)
        first = int(angle_deg < 0)
        steps = step_times(stage, gait, begin_walking(stage, end_s, first), first, (turn.part,))
        stopped_s = walk(stage, gait, steps, (turn.part,))
        end_s = max(stopped_s, do_turn(stage, gait, steps, turn, name)) + dice.between(0.8, 2.5)
    stage.keep(way=float(WAYS.index(way)), side=float(side))
    return end_s


def _push_release(stage: Stage, at_s: float) -> float:
    """Leaning into a tester's hands, which let go; none to four steps until the person stands."""
    dice = stage.dice
    back = dice.choose((-1.0, -1.0, 1.0))  # mostly backward
    tilt, size_m = back * np.radians(dice.between(5, 10)), back * dice.between(0.06, 0.12)
    lean_s = dice.between(0.8, 2.0)
    stage.pitch.by(at_s, lean_s, tilt, stage.shape())
    stage.ahead.by(at_s, lean_s, size_m)
    stage.hands.to(at_s, lean_s, dice.between(0.02, 0.08))
    release_s = at_s + lean_s + dice.between(1.0, 3.0)
    stage.hands.to(release_s, dice.between(0.03, 0.1), 0.0)
    fall_s = dice.between(0.25, 0.5)
    stage.pitch.by(release_s, fall_s, tilt * dice.between(0.4, 1.2), LATE)
    count, foot = dice.count(0, 4), dice.count(0, 1)
    stage.ahead.by(release_s, fall_s + 0.3 * count + 0.2, back * dice.between(0.05, 0.12) * (1 + count), stage.shape())
    end_s, off_s = release_s + fall_s, release_s + fall_s * dice.between(0.75, 1.1)
    for number in range(count):
        on_s = off_s + dice.between(0.16, 0.35)
        over_s = dice.between(0.08, 0.16)
        if number == 0:
            unload_s = min(0.2, off_s - release_s)
            stage.load(off_s - unload_s, unload_s, float(1 - foot))
        stage.note("step", off_s, on_s, foot)
        stamp(stage, on_s)
        if number < count - 1:
            stage.load(on_s, over_s, float(foot))
        end_s, off_s, foot = on_s, on_s + over_s, 1 - foot
    back_s = dice.between(0.5, 1.2)
    set_upright(stage, end_s, back_s)
    stage.note("release", release_s)
    stage.note("stable", end_s + back_s)
    stage.counts["steps"] = count
    return end_s + back_s
