# SPDX-License-Identifier: MIT
"""The demo's simulated patients, training for a year on every ladder and each leg by the rules of progression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np

from surefoot.care.ladder import Ladder, load_ladder
from surefoot.care.progression import begin, decide, load_rules
from surefoot.care.progression_tracks import Track, opened, others, own, taken, tracks
from surefoot.care.progression_values import Person, Place, Session, Standing
from surefoot.demo_clinic.patient import KINDS, STAGE, Kind, body, hardness, place_of, train, trials

BEGIN = date(2026, 1, 5)
WEEKS = 52
WEEKDAYS = (0, 2, 4)
RECHECK_DAYS = 7
LADDERS = ("standing", "dynamic", "strength", "walking")
SEEN = 16  # the sessions of a track that a decision is given
AGE_NORM_S = 30.0
RIGHT = 0.725  # the share of trials that succeed at the right task: the middle of clinical practice's 60 to 85 %


@dataclass
class Course:
    """What came of one ladder and leg: places from day to day of training, and what they can do in the end."""

    places: list[float]
    moved_on: list[date]
    ruled: list[str]
    steps_days: list[date] = field(default_factory=list)
    right: float = 0.0

    @property
    def gap(self) -> float:
        return self.places[-1] - self.right

    @property
    def reversals_26(self) -> int:
        """How often the way up turns down or back in the first 26 weeks."""
        return self._reversals(self.places)

    @property
    def unexplained_26(self) -> int:
        """The same without the steps down that pain led and the way back to where it had led down from."""
        places, ceiling = self.places[:1], None
        for before, place, rule in zip(self.places, self.places[1:], self.ruled[1:], strict=False):
            if place < before and rule == "pain-limit":
                ceiling = max(before, ceiling or before)
            elif ceiling is not None and (place < before or place >= ceiling):
                ceiling = None
            places.append(place if ceiling is None else ceiling)
        return self._reversals(places)

    def _reversals(self, places: Sequence[float]) -> int:
        half = [place for place, on in zip(places, self.moved_on, strict=True) if on < BEGIN + timedelta(weeks=26)]
        moves = [np.sign(b - a) for a, b in pairwise(half) if a != b]
        return sum(a != b for a, b in pairwise(moves))


@dataclass
class Year:
    """All courses of a person, and the days they fell."""

    courses: dict[Track, Course]
    fall_days: list[date]

    @property
    def early(self) -> int:
        """Steps up within 14 days of a fall, on whichever ladder."""
        return sum(
            0 <= (step - fall).days <= 14
            for one in self.courses.values()
            for step in one.steps_days
            for fall in self.fall_days
        )


@cache
def ladder_of(name: str) -> Ladder:
    return load_ladder(name)


def live(kind: Kind, seed: int, names: Sequence[str] = LADDERS) -> Year:
    """A year of three sessions a week on these ladders."""
    dice, rules = np.random.default_rng(seed), load_rules()
    skills, reach, standings, courses = {}, {}, {}, {}
    ladders = {name: ladder_of(name) for name in names}
    for name in names:
        ladder, first = ladder_of(name), dice.uniform(*kind.skill)
        for track in tracks(ladder):
            skills[track] = first + dice.uniform(-0.5, 0.5) * kind.uneven * bool(track[1])
            reach[track] = max(skills[track], dice.uniform(*kind.reach))
            standings[track] = _entry(ladder, skills[track])
            courses[track] = Course([hardness(ladder, place_of(standings[track]))], [BEGIN], [""])
    person = Person(usual_pain=kind.usual_pain, company="clinic", falls=(), single_leg_s=AGE_NORM_S)
    done: list[Session] = []
    falls: list[date] = []
    back_on, locked_on = BEGIN, None
    for today in (BEGIN + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in WEEKDAYS):
        if today < back_on or dice.random() < kind.missing:
            continue
        if dice.random() < kind.away:
            back_on = today + timedelta(weeks=float(dice.uniform(3, 6)))
            continue
        if any(one.locked for one in standings.values()):
            locked_on = locked_on or today
            if (today - locked_on).days < RECHECK_DAYS:
                continue
            standings = opened(standings, "PT", "steady again", today - timedelta(days=1))
            locked_on = None
        about = body(kind, dice, today)
        if about.flags["fall"] == "not fine":
            falls.append(today)
            person = replace(person, falls=tuple(falls))
        last = done[-1].on if done else None
        for occasion in (False, True):  # before the session for the break, after it for the next one
            if occasion:
                done = [*done, *train(kind, dice, ladders, standings, skills, about)]
                for track in skills:
                    skills[track] += kind.learning * (reach[track] - skills[track])
            elif last is None or (today - last).days < 10:
                continue
            for track in standings:
                ladder = ladder_of(track[0])
                recent = own(track, done)[-SEEN:]
                elsewhere = others(track, done[-SEEN:])
                decision = decide(ladder, rules, standings[track], recent, person, today, elsewhere)
                if decision.outcome == "advance":
                    courses[track].steps_days.append(today)
                standings = taken(ladder, standings, track, decision)
                courses[track].places.append(hardness(ladder, place_of(standings[track])))
                courses[track].moved_on.append(today)
                courses[track].ruled.append(decision.rule)
    for track, course in courses.items():
        ladder = ladder_of(track[0])
        top = sum(len(axis.levels) - 1 for axis in ladder.axes) + STAGE * max(len(ladder.targets_s) - 1, 0)
        course.right = min(skills[track] - margin(kind, ladder.trials), top)
    return Year(courses, falls)


@cache
def margin(kind: Kind, many: int) -> float:
    """By how much skill must exceed a task for RIGHT of all trials to succeed, found by trying."""
    dice = np.random.default_rng(0)
    for tenths in range(-10, 60):
        if np.mean([trials(kind, dice, tenths / 10, many) for _ in range(400)]) >= RIGHT:
            return tenths / 10
    raise AssertionError("nobody ever succeeds")


def _entry(ladder: Ladder, skill: float) -> Standing:
    """The highest task of the walk that is well within reach."""
    fit = [task for task in ladder.walk if ladder.height(task) <= max(skill - 1.5, 0)]
    return begin(ladder, Place(max(fit, key=ladder.height)))


@cache
def patient(kind: str, number: int) -> Year:
    return live(KINDS[kind], number)
