# SPDX-License-Identifier: MIT
"""What a rule of progression may look at, and where it may lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from surefoot.care.ladder import SETTINGS, Ladder, Task
from surefoot.care.progression_values import Person, Place, Session, Standing

Numbers = Mapping[str, float]
Found = tuple[Mapping[str, Any], str] | None  # what a rule saw and what would change it
DAY_HOURS = 24


@dataclass(frozen=True)
class Rule:
    """One row of the rules: see protocols/progression/rules.toml. `least`, `most`: bounds that nobody's own numbers
    pass."""

    id: str
    outcome: str
    basis: str
    certainty: str
    words: str
    source: str
    numbers: Numbers
    least: Numbers = field(default_factory=dict)
    most: Numbers = field(default_factory=dict)

    def within(self, name: str, value: float) -> float:
        """A number, no laxer than its bound."""
        value = max(value, self.least.get(name, value))
        return min(value, self.most.get(name, value))


@dataclass(frozen=True)
class Rules:
    """All of them in order; where a person begins: `below` steps under what was held `entry_s` in a test of the
    last `entry_days`; the share of trials that succeed at a task of the right difficulty."""

    rows: tuple[Rule, ...]
    entry_s: float
    below: int
    entry_days: int
    success_band: tuple[float, float]


@dataclass(frozen=True)
class Case:
    """All that a rule may look at. `elsewhere`: sessions of other ladders and of the other leg; `at_home`: days of
    which a diary tells that a task of this ladder and leg was done, and no more."""

    ladder: Ladder
    rules: Rules
    standing: Standing
    sessions: tuple[Session, ...]
    person: Person
    today: date
    elsewhere: tuple[Session, ...] = ()
    at_home: tuple[date, ...] = ()

    @property
    def last(self) -> Session | None:
        return self.sessions[-1] if self.sessions else None

    def numbers(self, rule: str) -> Numbers:
        """Of a rule: the person's own before the ladder's, those before the file's; none laxer than its bound."""
        return numbers_of(self.rules, rule, self.ladder.numbers, self.person.numbers)

    @cached_property
    def running(self) -> list[Session]:
        """The sessions at this task and target since the last step, oldest first; those at other tasks say nothing."""
        here = (self.standing.task, self.standing.target_s)
        steps = [*self.standing.stepped[-1:], *([self.standing.fell_back] if self.standing.fell_back else [])]
        since = max(steps, default=date.min)
        return [one for one in self.sessions if (one.task, one.target_s) == here and one.on >= since]

    def needed(self) -> int:
        """Good sessions for a step up: more with each time that a place as high as it leads was lost, and no more than
        the first time to one that was left only because of pain, a break or a bar."""
        numbers = self.numbers("not-yet")
        ahead = higher(self)
        up = height(self.ladder, ahead[0]) if ahead else (self.ladder.height(self.standing.task) + 1, 0.0)
        again = self.standing.held is not None and up <= self.standing.held
        times = 0 if again else sum(lost <= up for lost in self.standing.lost)
        return int(numbers["sessions_after_loss"] * times if times else numbers["sessions"])

    @cached_property
    def window(self) -> tuple[list[Session], int]:
        """The sessions that a step up rests on, newest last, and how many of them are a day apart; none from before
        the last re-check, while training was locked."""
        hours, needed = self.numbers("not-yet")["hours_apart"], self.needed()
        out: list[Session] = []
        counted: list[Session] = []
        for session in reversed(self.running):
            if len(counted) >= needed or session.on < (self.standing.cleared or date.min):
                break
            out.insert(0, session)
            if not counted or _apart(session, counted[-1]) >= hours:
                counted.append(session)
        return out, len(counted)

    def passed(self) -> frozenset[str]:
        """Levels that were passed with somebody beside."""
        with_somebody = [one for one in self.sessions if one.beside and all(one.succeeded)]
        return self.standing.tried.union(*(self.ladder.watched(one.task) for one in with_somebody))


def numbers_of(rules: Rules, rule: str, *own: Mapping[str, Numbers]) -> Numbers:
    """Of a rule: the last of its `own` ones before the first, those before the file's; none laxer than its bound."""
    row = next(row for row in rules.rows if row.id == rule)
    merged = dict(row.numbers)
    for one in own:
        merged |= one.get(rule, {})
    return {name: row.within(name, value) for name, value in merged.items()}


def _apart(earlier: Session, later: Session) -> float:
    """The least hours between: without both times of day, as if late on one day and early on the other."""
    days = (later.on - earlier.on).days
    if earlier.minutes is None or later.minutes is None:
        return (days - 1) * DAY_HOURS
    return days * DAY_HOURS + (later.minutes - earlier.minutes) / 60


def height(ladder: Ladder, place: Place) -> tuple[int, float]:
    """How high a place is: its rung, then how long it is held."""
    return ladder.height(place.task), place.target_s or 0.0


def higher(case: Case) -> list[Place]:
    """Where a step up may lead, the suggested one first: longer at this task; at its longest, tasks a step harder
    that company and safety profile allow."""
    ladder, person, standing = case.ladder, case.person, case.standing
    longer = [
        target
        for target in ladder.targets(standing.task, person.single_leg_s)
        if (target or 0) > (standing.target_s or 0)
    ]
    if longer:
        return [Place(standing.task, longer[0])]
    return [
        Place(task, ladder.targets(task, person.single_leg_s)[0])
        for task in ladder.harder(standing.task)
        if allowed(case, task) and not waits(case, task)
    ]


def lower(case: Case, rule: str) -> Place:
    """Where a step down leads: back on the way that led here, from what was too hard by one step of it (a shorter time
    counts), else to the task before; then to any task that is allowed and no harder than that; the place itself where
    there is none."""
    ladder, standing, person = case.ladder, case.standing, case.person
    most = ladder.height(standing.task)
    way = [
        place
        for place in reversed(standing.path)
        if (rule == "too-hard" and place.task == standing.task) or ladder.height(place.task) < most
    ]
    for place in way:
        if _below(case, place.task):
            return place
    most = ladder.height(way[0].task) if way else most
    level: Sequence[Task] = (standing.task,)
    while level := tuple(dict.fromkeys(easier for task in level for easier in ladder.easier(task))):
        fit = [task for task in level if ladder.height(task) <= most and _below(case, task)]
        if fit:
            task = min(fit, key=lambda one: ladder.walk.index(one) if one in ladder.walk else len(ladder.walk))
            return Place(task, ladder.targets(task, person.single_leg_s)[0])
    return Place(standing.task, standing.target_s)


def allowed(case: Case, task: Task) -> bool:
    """Whether company and safety profile allow it, but for what only waits for an answer."""
    return case.ladder.fits(task, case.person.company, case.person.barred)


def waits(case: Case, task: Task) -> tuple[str, ...]:
    """Safety questions without an answer that a task waits for."""
    found = case.person.waiting
    return tuple(one.question for one in found if not case.ladder.fits(task, one.company or SETTINGS[-1], one.barred))


def unanswered(case: Case) -> list[str]:
    """Safety questions that training at the task they stand at waits for."""
    return list(dict.fromkeys([*case.person.unasked, *waits(case, case.standing.task)]))


def _below(case: Case, task: Task) -> bool:
    """Whether a step down may lead there: to what waits for no other answer than the task they stand at."""
    return allowed(case, task) and set(waits(case, task)) <= set(waits(case, case.standing.task))
