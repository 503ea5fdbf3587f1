# SPDX-License-Identifier: MIT
"""Somebody who does what a condition asks for, on the virtual board: which movement, and the keys of an observer.

Movements that no mover has (leans, a segment that turns, a reach) are drawn here, with the movers' own stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from surefoot.care.outcome import Next
from surefoot.care.protocol import Condition, Mark, Protocol
from surefoot.clinic.observer import Observer
from surefoot.clinic.run_trial import start_words
from surefoot.clinic.run_values import Moment
from surefoot.device.virtual.movers import MoverWorld, Performance, perform
from surefoot.device.virtual.movers.stage import Stage, new_stage, play

SEED = 3
LEGS = {"chosen": "right", "dominant": "right", "non-dominant": "left"}  # this person's answers
Keys = tuple[tuple[float, str], ...]  # seconds after the start cue, and the key


@dataclass(frozen=True)
class Act:
    """What is done and pressed in a trial. `ahead_s`: so much of the movement lies before the cue."""

    what: Performance
    keys: Keys = ()
    ahead_s: float = 0.0


def act_for(protocol: Protocol, condition: Condition, trial: int = 1, target: str | None = None) -> Act:
    """What a person who can do it does in a condition, with the observer's keys for what only they can see."""
    if condition.kind == "hold":
        if condition.stance != "single":
            return Act(_mover("quiet", 1, condition.hold_s + 3))
        what, raised_s = _one_leg(condition.hold_s, LEGS.get(str(condition.leg), str(condition.leg)))
        late = condition.starts_on == "mark"
        return Act(what, ahead_s=0.0 if late else raised_s + 0.8)
    if condition.kind == "lean":
        aim = next(one for one in condition.targets if one.id == target)
        return Act(_lean(aim.direction_deg, protocol.primary_measure == "load_reached_share"))
    if condition.kind in ("angle", "reach"):
        key = protocol.marks_of(condition, "finish")[0].key
        return Act(_bend(50.0 if condition.kind == "angle" else 12.0), ((5.0, key),))
    return _moving(protocol, condition, trial)


def _moving(protocol: Protocol, condition: Condition, trial: int) -> Act:
    finish = [mark.key for mark in protocol.marks_of(condition, "finish")]
    start = [mark.key for mark in protocol.marks_of(condition, "start")]
    counts = [mark.key for mark in protocol.marks_of(condition, "count")]
    if condition.kind == "count":
        return Act(_mover("thirty-seconds", trial))
    if condition.kind == "distance":
        return Act(_mover("ten-metres", trial), ((2.0, counts[0]), (4.0, counts[0])))
    if condition.ends_on == "seated":
        return _ended(_mover("tug", trial), "seated", finish)
    if condition.ends_on == "fifth-seat":
        return _ended(_mover("five-times", trial), "seated", finish)
    if condition.ends_on == "fifth-stand":
        what = _mover("five-times", trial)
        return Act(what, tuple((rise.end_s, counts[0]) for rise in what.truth.all("rise")))
    if condition.ends_on == "repetitions":
        what = _tandem(condition.repetitions or 10)
        return Act(what, tuple((step.end_s, counts[0]) for step in what.truth.all("step")[: condition.repetitions]))
    if condition.ends_on == "first-step":
        what = _mover("first-step", trial)
        return Act(what, ((what.truth.all("step")[0].begin_s + 1.5, finish[0]),))
    if condition.ends_on == "facing-front":
        what = _turned(condition.id)
        return Act(what, ((what.truth.one("turn-1").end_s + 0.6, finish[0]),))
    if condition.ends_on == "stable":
        what = _mover("push-release", trial)
        return Act(what, ((what.truth.one("release").begin_s, start[0]), (what.truth.one("stable").begin_s, finish[0])))
    what = _mover("four-metres" if (condition.distance_m or 9) < 5 else "ten-metres", trial)
    steps = what.truth.all("step")
    first = ((steps[1].end_s, start[0]),) if start else ()
    return Act(what, (*first, (steps[-2].end_s, finish[0])))


def _ended(what: Performance, name: str, finish: list[str]) -> Act:
    return Act(what, ((what.truth.all(name)[-1].begin_s + 0.3, finish[0]),))


@cache
def _mover(kind: str, trial: int, hold_s: float | None = None) -> Performance:
    return perform(kind, SEED, trial, lead_s=0.0, hold_s=hold_s, failed=0, partials=0)


def losing(kind: str, hold_s: float) -> Act:
    """A stance in which somebody steps or falls."""
    return Act(_mover(kind, 1, max(hold_s, 8.0)))


@cache
def _one_leg(hold_s: float, standing: str) -> tuple[Performance, float]:
    """On that leg for longer than that, and when the other leaves the floor."""
    for trial in range(1, 60):
        what = _mover("single-leg", trial)
        raised = what.truth.all("raised")[0]
        if raised.end_s - raised.begin_s > hold_s + 2 and raised.foot == (0 if standing == "right" else 1):
            return what, raised.begin_s
    raise AssertionError("nobody stands on one leg for so long")


@cache
def _tandem(steps: int) -> Performance:
    return next(what for k in range(1, 60) if len((what := _mover("tandem", k)).truth.all("step")) >= steps)


@cache
def _turned(side: str) -> Performance:
    way = 1.0 if side == "left" else -1.0
    return next(what for k in range(1, 60) if (what := _mover("full-turns", k)).truth.drawn["side"] == way)


@cache
def _lean(direction_deg: float, onto_a_leg: bool) -> Performance:
    """Half a second after the cue towards a direction, held until the end; the mass goes there or the load does."""
    stage = _stage(f"lean {direction_deg:g}")
    right, forward = float(np.sin(np.radians(direction_deg))), float(np.cos(np.radians(direction_deg)))
    if onto_a_leg:
        stage.load(0.5, 1.0, 0.5 + 0.32 * np.sign(right))
    else:
        stage.com[0].by(0.5, 1.5, 0.035 * right)
        stage.com[1].by(0.5, 1.5, 0.035 * forward)
        stage.note("lean", 0.5, 2.0)
    return play(stage, "lean", 12.0)


@cache
def _bend(to_deg: float) -> Performance:
    """A segment that turns by so much after a second, and is held there."""
    stage = _stage(f"bend {to_deg:g}")
    stage.pitch.to(1.0, 1.8, np.radians(to_deg))
    stage.note("bend", 1.0, 2.8)
    return play(stage, "bend", 10.0)


def _stage(name: str) -> Stage:
    return new_stage(SEED, name, False, 0.0)


class Cast:
    """The person and the observer of a session: hears every moment, moves on cue and presses the keys in time.

    `pick` gives the act of a trial; `shout` keys replace the act's own.
    """

    def __init__(self, world: MoverWorld, protocol: Protocol, now_s: Callable[[], float]):
        self.world, self.protocol, self.now_s = world, protocol, now_s
        self.pick: Callable[[Protocol, Condition, int, str | None], Act] = act_for
        self.at_start: Callable[[], None] = lambda: None
        self.during: Callable[[float], None] = lambda passed_s: None
        self.keys: Keys | None = None
        self.moments: list[Moment] = []
        self._act: Act | None = None
        self._target: str | None = None
        self._start_s: float | None = None
        self._left: list[tuple[float, str]] = []

    def tell(self, moment: Moment) -> None:
        condition = moment.condition
        if moment.kind != "progress":
            self.moments.append(moment)
        if moment.kind == "trial" and condition:
            self._start_s, self._target = None, moment.target
            self._act = self.pick(self.protocol, condition, moment.trial, moment.target)
            self._left = sorted(self._act.keys if self.keys is None else self.keys)
            if self._act.ahead_s:
                self.world.take(self._act.what, self.world.now_s - self._act.ahead_s + self._act.what.truth.cue_s)
            else:
                self.world.wait(self._act.what)
        if moment.kind == "cue" and condition and self._act and moment.text == self._start(condition):
            if not self._act.ahead_s:
                self.world.take(self._act.what)
            self._start_s = self.now_s()
            self.at_start()
        if moment.kind == "progress" and self._start_s is not None:
            self.during(self.now_s() - self._start_s)

    def _start(self, condition: Condition) -> str:
        target = next((one for one in condition.targets if one.id == self._target), None)
        return start_words(Next(condition, 1, target, False, 0.0))

    def observer(self) -> Observer:
        return Observer(self._pressed, self._ask)

    def _pressed(self) -> tuple[str, ...]:
        if self._start_s is None:
            return ()
        passed_s = self.now_s() - self._start_s
        due = [key for at_s, key in self._left if at_s <= passed_s]
        self._left = self._left[len(due) :]
        return tuple(due)

    def _ask(self, question: str) -> str:
        for mark in self.protocol.marks:
            if mark.effect == "value" and question.startswith(mark.label):
                return f"{middle(mark):g}"
        return "right" if question.startswith("Which leg") else ""


def middle(mark: Mark) -> float:
    """A number that may be typed for a mark."""
    return round(((mark.low or 0.0) + (mark.high or 10.0)) / 2)
