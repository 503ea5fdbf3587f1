# SPDX-License-Identifier: MIT
"""Where a walk leads: for each step its length, tempo, turn and climb, and how long somebody stands before it."""

from dataclasses import dataclass, field

import numpy as np

from surefoot.device.virtual.movers.dice import Dice
from surefoot.device.virtual.walkers.style import Style

LEAD_S = (2.0, 4.0)  # standing before the first step
REST_S = 2.5  # and at the end, at least
FEWEST = 4  # steps
MORE = 1.05  # than enough steps are laid out: how long they take is drawn later
TREAD_M = (0.25, 0.31)
RISER_M = (0.15, 0.19)
STAIRS_TEMPO = (1.0, 1.5)
TURN_DEG = (45, 180)
TURN_STEP_DEG = (18, 55)
TURN_LENGTH = (0.4, 0.85)
PAUSE_S = (1.2, 20.0)
FIRST_STEP = (0.55, 0.85)  # of a usual step


@dataclass
class Course:
    """Steps [k] in order: `length` and `tempo` over the usual ones, `turn_rad` to the left, `climb_m`, `wait_s` before.

    `turn_of`: the number of the turn that a step belongs to, -1 for none. `stops`: both feet stand side by side after.
    """

    length: list[float] = field(default_factory=list)
    tempo: list[float] = field(default_factory=list)
    turn_rad: list[float] = field(default_factory=list)
    climb_m: list[float] = field(default_factory=list)
    wait_s: list[float] = field(default_factory=list)
    turn_of: list[int] = field(default_factory=list)
    stops: list[bool] = field(default_factory=list)
    spent: float = 0.0  # steps' worth of time
    waited_s: float = 0.0
    turns: int = 0

    def step(self, length: float = 1.0, tempo: float = 1.0, turn_rad: float = 0.0, climb_m: float = 0.0) -> None:
        """One more step, a part of the turn at hand where it turns."""
        self.length.append(length)
        self.tempo.append(tempo)
        self.turn_rad.append(turn_rad)
        self.climb_m.append(climb_m)
        self.wait_s.append(0.0)
        self.turn_of.append(self.turns if turn_rad else -1)
        self.stops.append(False)
        self.spent += tempo


def lay_out(style: Style, dice: Dice, seconds: float, lead_s: float = 0.0) -> Course:
    """A course of the style's kind, longer than this time; `lead_s` more of standing before it. `end` ends it."""
    course = Course()
    first, lead_s = dice.between(*FIRST_STEP), lead_s + dice.between(*LEAD_S)
    leg = {"stairs": _stairs, "treadmill": _straight, "daily": _outing}.get(style.kind, _round)
    while course.spent * style.step_s + course.waited_s < MORE * seconds:
        leg(course, style, dice)
    course.wait_s[0] = lead_s
    course.length[0] *= first
    for k in [k for k, wait_s in enumerate(course.wait_s) if wait_s and k]:
        course.length[k] *= dice.between(*FIRST_STEP)
    return course


def end(course: Course, on_s: np.ndarray, seconds: float) -> int:
    """Cut a course whose steps land at on_s; how many are left. It ends standing, never on stairs or a first step."""
    keep = max(int(np.searchsorted(on_s, seconds - REST_S)), FEWEST)
    while keep > FEWEST and (course.climb_m[keep - 1] or course.climb_m[keep - 2] or course.wait_s[keep - 1]):
        keep -= 1
    for name in ("length", "tempo", "turn_rad", "climb_m", "wait_s", "turn_of", "stops"):
        setattr(course, name, getattr(course, name)[:keep])
    course.stops[-1] = True
    return keep


def _straight(course: Course, style: Style, dice: Dice, steps: tuple[int, int] = (10, 40)) -> None:
    for _ in range(dice.count(*steps)):
        course.step()


def _turn(course: Course, style: Style, dice: Dice, degrees: float | None = None) -> None:
    side = 1 if dice.chance(0.5) else -1
    angle = np.radians(degrees or dice.between(*TURN_DEG))
    steps = max(2, round(angle / np.radians(dice.between(*TURN_STEP_DEG))))
    slower = dice.between(*TURN_LENGTH)
    for _ in range(steps):
        course.step(slower, 1.0 + 0.15 * (1 - slower), float(side * angle / steps))
    course.turns += 1


def _round(course: Course, style: Style, dice: Dice) -> None:
    """A corridor and its end."""
    _straight(course, style, dice)
    _turn(course, style, dice)


def _outing(course: Course, style: Style, dice: Dice) -> None:
    """A stretch at a pace of its own, a turn now and then, and mostly a stop."""
    pace = dice.between(0.65, 1.1)
    for _ in range(dice.count(1, 3)):
        begin = len(course.length)
        _straight(course, style, dice, (3, 40))
        if dice.chance(0.6):
            _turn(course, style, dice)
        for k in range(begin, len(course.length)):
            course.length[k] *= pace**0.5
            course.spent += course.tempo[k] * (pace**-0.5 - 1)
            course.tempo[k] *= pace**-0.5
    if dice.chance(0.8):
        _wait(course, dice)


def _wait(course: Course, dice: Dice) -> None:
    course.stops[-1] = True
    wait_s = dice.ratio(*PAUSE_S)
    course.step()
    course.wait_s[-1] = wait_s
    course.waited_s += wait_s


def _stairs(course: Course, style: Style, dice: Dice) -> None:
    """To the stairs, up, a landing with a turn, down again."""
    tread, riser, tempo = dice.between(*TREAD_M), dice.between(*RISER_M), dice.between(*STAIRS_TEMPO)
    steps = dice.count(8, 14)
    for way in (1, -1):
        _straight(course, style, dice, (6, 16))
        for _ in range(steps):
            course.step(tread / style.step_m, tempo, climb_m=way * riser)
        _straight(course, style, dice, (4, 8))
        _turn(course, style, dice, 180)
