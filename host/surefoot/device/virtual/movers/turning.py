# SPDX-License-Identifier: MIT
"""Turns: on the spot in a step or two, in many small steps, or with the whole body as one block."""

from math import ceil
from typing import NamedTuple

import numpy as np

from surefoot.device.virtual.movers.gait import Gait, Part, Step
from surefoot.device.virtual.movers.shapes import MIN_JERK, Shape, least_s
from surefoot.device.virtual.movers.stage import Stage

WAYS = ("spin", "multi-step", "en-bloc")
TURN_LIMIT_RADS = np.radians(280)  # the fastest turn


class Turn(NamedTuple):
    """A turn to the left by angle_rad (right if negative), and the steps that it is done in."""

    way: str
    angle_rad: float
    shape: Shape
    part: Part


def draw_turn(stage: Stage, gait: Gait, way: str, angle_deg: float, moving: float) -> Turn:
    """How many steps a turn takes, how quick they are and how far they go on; as many as it can be done in."""
    dice, halves, shape = stage.dice, abs(angle_deg) / 180, stage.shape()
    if way == "spin":
        part = Part(max(1, round(dice.count(1, 2) * halves)), moving, dice.between(0.8, 1.1))
    elif way == "multi-step":
        part, shape = Part(round(dice.count(3, 6) * halves), moving, dice.between(0.8, 1.2)), MIN_JERK
    else:
        part = Part(round(dice.count(4, 8) * halves), moving * 0.6, dice.between(0.6, 0.95))
    needed_s = least_s(shape, np.radians(angle_deg), rate=TURN_LIMIT_RADS)
    least = ceil(needed_s / (gait.step_s * part.tempo))
    return Turn(way, float(np.radians(angle_deg)), shape, part._replace(steps=max(part.steps, least)))


def do_turn(stage: Stage, gait: Gait, steps: list[Step], turn: Turn, name: str) -> float:
    """Turn over these steps; notes it. When it ends."""
    dice, whole = stage.dice, turn.angle_rad
    begin_s = steps[0].off_s - dice.between(0.0, 0.3) * gait.step_s
    end_s = steps[-1].on_s + dice.between(0.0, 0.15)
    if turn.way == "multi-step":
        # Step by step, each share with a pause after it; shares are drawn and add up to the whole.
        shares = np.array([dice.between(0.6, 1.4) for _ in steps])
        moves = []
        for k, (step, share) in enumerate(zip(steps, whole * shares / shares.sum(), strict=True)):
            from_s = begin_s if k == 0 else step.off_s - 0.1 * gait.step_s
            until_s = steps[k + 1].off_s + 0.1 * gait.step_s if k + 1 < len(steps) else end_s
            over_s = max(until_s - from_s, least_s(MIN_JERK, share, rate=TURN_LIMIT_RADS))
            moves.append(stage.yaw.by(from_s, over_s, share, MIN_JERK))
    else:
        over_s = max(end_s - begin_s, least_s(turn.shape, whole, rate=TURN_LIMIT_RADS))
        moves = [stage.yaw.by(begin_s, over_s, whole, turn.shape)]
    ended_s = max(move.end_s for move in moves)
    stage.note(name, moves[0].begin_s, ended_s)
    return ended_s
