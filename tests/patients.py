# SPDX-License-Identifier: MIT
"""Simulated patients who train for a year by the rules of progression. Knows nothing of the rules' numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from surefoot.care.ladder import Ladder, Task, load_ladder
from surefoot.care.progression import after, cleared, decide, load_rules
from surefoot.care.progression_values import FLAGS, Person, Session, Standing

BEGIN = date(2026, 1, 5)
WEEKS = 52
WEEKDAYS = (0, 2, 4)
RECHECK_DAYS = 7


@dataclass(frozen=True)
class Kind:
    """How a patient is. Skill and difficulty are in steps of the ladder; rates are of a session."""

    skill: tuple[float, float] = (3.0, 6.0)  # drawn between, in the beginning
    learning: float = 0.04  # of a session, toward what they can reach
    reach: tuple[float, float] = (4.0, 8.0)
    spread: float = 0.6  # of difficulty from day to day
    usual_pain: int = 1
    flares: float = 0.0
    falls: float = 0.0
    missing: float = 0.05
    away: float = 0.0  # begins a break of three to six weeks
    tiring: float = 0.0  # skill lost from trial to trial
    careless: float = 0.0  # always says 1


KINDS = {
    "learns": Kind(),
    "doesn't learn": Kind(learning=0.0),
    "tires": Kind(tiring=0.5),
    "pain flares": Kind(usual_pain=3, flares=0.08),
    "falls": Kind(falls=0.02),
    "misses sessions": Kind(missing=0.45, away=0.02),
    "rates carelessly": Kind(careless=1.0, spread=1.0),
}


@dataclass(frozen=True)
class Year:
    """What came of it: heights of the ladder day by day of training, and events."""

    heights: list[int]
    outcomes: list[str]
    steps_days: list[date]
    fall_days: list[date]
    reversals_26: int
    right_height: float
    end_height: int


def live(kind: Kind, seed: int, company: str = "clinic") -> Year:
    """A year of three sessions a week."""
    dice = np.random.default_rng(seed)
    ladder, rules = load_ladder(), load_rules()
    skill = dice.uniform(*kind.skill)
    reach = max(skill, dice.uniform(*kind.reach))
    standing = Standing(_entry(ladder, skill))
    person = Person(usual_pain=kind.usual_pain, company=company, falls=())
    sessions: list[Session] = []
    heights, outcomes, steps, falls = [ladder.height(standing.task)], [], [], []
    back_on, locked_on = BEGIN, None
    for week in range(WEEKS):
        for weekday in WEEKDAYS:
            today = BEGIN + timedelta(weeks=week, days=weekday)
            if today < back_on or dice.random() < kind.missing:
                continue
            if dice.random() < kind.away:
                back_on = today + timedelta(weeks=float(dice.uniform(3, 6)))
                continue
            if standing.locked:
                locked_on = locked_on or today
                if (today - locked_on).days < RECHECK_DAYS:
                    continue
                standing, locked_on = cleared(standing, "PT", "steady again", today - timedelta(days=1)), None
            for occasion in (False, True):  # before the session for the break, after it for the next one
                if occasion:
                    session = _train(kind, dice, ladder.height(standing.task), standing.task, skill, today)
                    sessions.append(session)
                    if session.flags["fall"] == "not fine":
                        falls.append(today)
                        person = replace(person, falls=(*(person.falls or ()), today))
                    skill += kind.learning * (reach - skill)
                elif not sessions or (today - sessions[-1].on).days < 10:
                    continue
                decision = decide(ladder, rules, standing, sessions[-12:], person, today)
                if decision.outcome == "advance":
                    steps.append(today)
                standing = after(ladder, standing, decision)
                heights.append(ladder.height(standing.task))
                outcomes.append(decision.outcome)
    half = heights[: len(heights) // 2]
    return Year(heights, outcomes, steps, falls, reversals(half), skill - margin(kind), heights[-1])


def margin(kind: Kind) -> float:
    """By how much skill must exceed a task for half of all sessions to succeed whole, found by trying."""
    dice = np.random.default_rng(0)
    for tenths in range(60):
        whole = [all(_trials(kind, dice, tenths / 10)) for _ in range(400)]
        if np.mean(whole) >= 0.5:
            return tenths / 10
    raise AssertionError("nobody ever succeeds")


def reversals(heights: list[int]) -> int:
    """How often the way up turns down or back."""
    moves = [np.sign(b - a) for a, b in pairwise(heights) if a != b]
    return sum(a != b for a, b in pairwise(moves))


def _entry(ladder: Ladder, skill: float) -> Task:
    """The highest task of the walk that is well within reach."""
    fit = [task for task in ladder.walk if ladder.height(task) <= max(skill - 1.5, 0)]
    return max(fit, key=ladder.height)


def _trials(kind: Kind, dice: np.random.Generator, ahead: float) -> list[bool]:
    luck = dice.normal(0, kind.spread)
    return [bool(dice.logistic(0, 0.35) < ahead + luck - kind.tiring * k) for k in range(3)]


def _train(kind: Kind, dice: np.random.Generator, height: int, task: Task, skill: float, today: date) -> Session:
    ahead = skill - height
    done = _trials(kind, dice, ahead)
    felt = [int(np.clip(round(3 - ahead + dice.normal(0, 0.6) + (0 if one else 2)), 1, 5)) for one in done]
    careless = dice.random() < kind.careless
    flare = dice.random() < kind.flares
    before = int(np.clip(round(kind.usual_pain + dice.normal(0, 0.5)), 0, 10))
    peak = min(10, before + (int(dice.integers(2, 6)) if flare else int(dice.integers(0, 2))))
    flags = dict.fromkeys(FLAGS, "fine")
    if dice.random() < kind.falls:
        flags["fall"] = "not fine"
    return Session(
        today,
        task,
        tuple(done),
        (1, 1, 1) if careless else tuple(felt),
        before,
        peak,
        "not fine" if flare and dice.random() < 0.5 else "fine",
        "not fine" if dice.random() < 0.05 else "fine",
        flags,
    )


def people(kind: str, count: int, begin: int = 0, one: Callable[[Kind, int], Year] = live) -> list[Year]:
    return [one(KINDS[kind], begin + number) for number in range(count)]
