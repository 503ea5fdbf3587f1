# SPDX-License-Identifier: MIT
"""The guided sessions of the motion sensor: still poses and whole turns on a table, or standing and a bow at the waist.

Nobody has to touch the keyboard: a pose counts as soon as the board lies still in a way that is new.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import CalibrationError
from ..fit.accelerometer import FACES, LEAST_POSES, fit_accelerometer
from ..fit.mounting import LEAST_BOW_DEG, LEAST_STAND_S, halves
from .guide import Guide, Taken
from .imu_poses import (
    IDLE_S,
    TurnWatch,
    farthest,
    missing_faces,
    missing_turns,
    name,
    pose_doubt,
    si,
)

POSE, CHECK, TURN, STAND, BOW = "pose", "check", "turn", "stand", "bow"
POSE_S = 2.5
EDGES = 8  # edges and corners after the six faces: fourteen poses for nine unknowns
MOST_POSES = 24
STAND_S = 10.0
SWAY_MS2, SWAY_DPS = 0.5, 10.0  # rms: a person who stands as quietly as they can is well below
BOW_S = 20.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """What a session takes. `six`: the faces only, for bias and scale, and one corner to tell the error by.

    `enter`: every pose waits for the key; `patience_s` is how long a step may take until it succeeds.
    """

    six: bool = False
    turns: bool = True
    bow: bool = True
    enter: bool = False
    patience_s: float = 180.0


def on_table(guide: Guide, plan: Plan) -> None:
    """Poses, then turns. Raises CalibrationError where a step never succeeds."""
    guide.tell(
        "Lay the board, in its case, on something that doesn't shake. x, y and z are the sensor's own axes; what is up "
        "is told as you go. Take the hand away each time: it goes on by itself."
    )
    former: list[Floats] = []
    rates: list[Floats] = []
    for k in range(FACES):
        text = f"Pose {k + 1}: lay it on a face. Not up yet: {', '.join(missing_faces(former))}."
        _pose(guide, plan, f"{POSE}-{k + 1}", text, former, rates, True)
    if plan.six:
        text = "One more, to tell the error by: lean it on a corner."
        _pose(guide, plan, f"{CHECK}-1", text, former, rates, False)
    else:
        _edges(guide, plan, former, rates)
    if plan.turns:
        turns(guide, plan, np.mean(rates, axis=0))


def _pose(
    guide: Guide, plan: Plan, key: str, text: str, former: list[Floats], rates: list[Floats], faces: bool
) -> None:
    if plan.enter:
        guide.tell(text)
        guide.ask("Press Enter when it lies still.")
        text = ""
    config = guide.config

    def judge(window: Taken) -> str | None:
        return pose_doubt(window, config, former, faces)

    taken = guide.step(key, text, POSE_S, judge, patience_s=plan.patience_s)
    acc, rate = si(taken, config)
    former.append(acc.mean(axis=0))
    rates.append(rate.mean(axis=0))
    guide.tell(f"  taken: {name(former[-1])} is up.")


def _edges(guide: Guide, plan: Plan, former: list[Floats], rates: list[Floats]) -> None:
    """Edges and corners, until the fit can tell all nine unknowns apart."""
    while len(former) < MOST_POSES:
        if len(former) >= max(FACES + EDGES, LEAST_POSES):
            try:
                fit_accelerometer(np.array(former))
                return
            except CalibrationError as error:
                guide.tell(str(error))
        text = (
            f"Pose {len(former) + 1}: lean it on an edge or a corner, against a book; "
            f"farthest from all so far: {farthest(former)} up."
        )
        _pose(guide, plan, f"{POSE}-{len(former) + 1}", text, former, rates, False)
    raise CalibrationError(
        f"{MOST_POSES} poses don't tell bias, scale and misalignment apart: begin again, with poses all around, or use "
        "--six for bias and scale alone."
    )


def turns(guide: Guide, plan: Plan, bias_dps: Floats) -> None:
    """Whole turns about each axis, both ways. Raises CalibrationError where one never succeeds."""
    guide.tell(
        "Now turns: lay it on a face with one edge against a straight edge on the table, let it rest, turn it flat on "
        "the table by two whole turns (one will do) until the same edge is back, and let it rest. Slower than one turn "
        "in two seconds."
    )
    taken: list[str] = []
    while missing := missing_turns(taken):
        text = (
            f"Turn {len(taken) + 1} of 6: still to come about the upright axis: {', '.join(missing)} (left: "
            "counter-clockwise seen from the tip of the axis)."
        )
        watch = TurnWatch(guide.config, bias_dps, taken)
        if plan.enter:
            guide.ask("Press Enter when it lies against the edge.")
        guide.step(f"{TURN}-{len(taken) + 1}", text, IDLE_S, watch.doubt, done=watch.done, patience_s=plan.patience_s)
        taken.append(watch.label)
        guide.tell(f"  taken: {watch.turns} turn{'s' if watch.turns > 1 else ''} about {watch.label}.")


def at_waist(guide: Guide, plan: Plan) -> None:
    """Quiet standing, then a bow. Raises CalibrationError where a step never succeeds."""
    config = guide.config
    guide.ask("The unit is strapped to the waist as in a test. Press Enter when the person stands upright and quiet.")

    def standing(window: Taken) -> str | None:
        if len(window.imu) < 10:
            return "no sample of the motion sensor arrives"
        acc, rate = si(window, config)
        if acc.std(axis=0).max() > SWAY_MS2 or rate.std(axis=0).max() > SWAY_DPS:
            return "the person moves: stand upright and quiet"
        return None

    stand = guide.step(STAND, "", STAND_S, standing, patience_s=plan.patience_s)
    assert STAND_S >= LEAST_STAND_S
    guide.tell("  taken.")
    if not plan.bow:
        return
    bias = si(stand, config)[1].mean(axis=0)
    watch = BowWatch(guide, bias)
    text = "Bow forward once, slowly, straight ahead by about 45 degrees, come up again and stand quiet."
    guide.step(BOW, text, BOW_S, done=watch.done, patience_s=plan.patience_s)
    guide.tell("  taken.")


class BowWatch:
    """Follows a bow: down, up again, and rest."""

    def __init__(self, guide: Guide, bias_dps: Floats):
        self.config, self.bias_dps = guide.config, bias_dps

    def done(self, taken: Taken) -> bool:
        if len(taken.imu) < 20:
            return False
        rate, t_s = si(taken, self.config)[1] - self.bias_dps, taken.imu_t_s
        if (np.abs(rate[t_s > t_s[-1] - 1.0]) > SWAY_DPS).any():
            return False
        down, back = halves(rate, t_s)
        depth = float(np.linalg.norm(down))
        return depth >= LEAST_BOW_DEG and float(np.linalg.norm(down + back)) < depth / 4
