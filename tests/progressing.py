# SPDX-License-Identifier: MIT
"""A well person who trains standing, for the tests of the rules of progression: sessions, standings, verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from surefoot.care.ladder import load_ladder
from surefoot.care.progression import decide, load_rules
from surefoot.care.progression_values import FLAGS, Decision, Person, Session, Standing

LADDER, RULES, WALKING = load_ladder(), load_rules(), load_ladder("walking")
TODAY = date(2026, 6, 15)
TASK = LADDER.task("none/together")
TANDEM, CLOSED = LADDER.task("none/tandem"), LADDER.task("none/together/closed")
ALONE = LADDER.task("none/single-leg")
FINE = dict.fromkeys(FLAGS, "fine")
WELL = Person(usual_pain=1, company="corner", falls=(), single_leg_s=21.5)
HELPED = replace(WELL, company="helper")


def session(days_ago: int, **changes: Any) -> Session:
    good = Session(
        TODAY - timedelta(days=days_ago), TASK, (True,) * 3, (1, 2, 1), 1, 2, "fine", "fine", FINE, 30, beside=False
    )
    return replace(good, **changes)


def good(count: int = 2, **changes: Any) -> list[Session]:
    return [session(2 * k + 1, **changes) for k in reversed(range(count))]


def at(task: tuple[int, ...] = TASK, **changes: Any) -> Standing:
    return replace(Standing(task, 30), **changes)


def verdict(
    sessions: list[Session],
    standing: Standing | None = None,
    person: Person = WELL,
    elsewhere: tuple[Session, ...] = (),
) -> Decision:
    return decide(LADDER, RULES, standing or at(), sessions, person, TODAY, elsewhere)


def last(**changes: Any) -> list[Session]:
    return [session(3), session(1, **changes)]


def flagged(name: str, state: str) -> dict[str, str]:
    return {**FINE, name: state}


def walk(days_ago: int, **changes: Any) -> Session:
    first = {"task": WALKING.task("10-min"), "succeeded": (True,), "steadiness": (1,), "target_s": None, "exertion": 4}
    return session(days_ago, **(first | changes))


HARD = {"succeeded": (True, False, False)}
LOST = {"steadiness": (5, 5, 2)}
NEARLY = {"steadiness": (4, 4, 2)}
UP = (LADDER.height(TASK) + 1, 10.0)
