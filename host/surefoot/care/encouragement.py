# SPDX-License-Identifier: MIT
"""Sentences that encourage, each with the condition under which it is true. Nothing is said to alarm or to blame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surefoot.care.adherence import TOP, WEEK_DAYS, Told, Week, days_running, week, weeks_running
from surefoot.care.goal_values import ON_THE_WAY, REACHED, Progress
from surefoot.care.plan import Item

SILENT_DAYS = 14  # after so long without a word one is greeted (D)
MOST_SAID = 3


@dataclass(frozen=True)
class Facts:
    """All that a sentence may rest on."""

    this: Week
    before: Week
    days: int
    weeks: int
    ever: int
    told_this: int
    silent_days: int | None
    goal: Progress | None = None


@dataclass(frozen=True)
class Sentence:
    """`words` may hold {days}, {weeks}, {done}, {prescribed}; of one `about` only the first that is true is said."""

    id: str
    about: str
    words: str
    true: Callable[[Facts], bool]


def _reached(facts: Facts) -> bool:
    return facts.goal is not None and facts.goal.state == REACHED and facts.goal.sure is not False


TABLE = (
    Sentence("goal-reached", "goal", "You reached your goal. Well done.", _reached),
    Sentence("all-week", "week", "You did all that was planned in these seven days.", lambda f: f.this.low == 1),
    Sentence("most-week", "week", "You did nearly all of your plan in these seven days.", lambda f: f.this.band == TOP),
    Sentence("half-week", "week", "You did more than half of your plan in these seven days.",
             lambda f: (f.this.low or 0) > 0.5),
    Sentence("first", "week", "You have made a start.", lambda f: f.ever == f.this.done > 0),
    Sentence("some-week", "week", "{done} done in these seven days. Each one counts.", lambda f: f.this.done > 0),
    Sentence("weeks", "running", "{weeks} weeks running with nearly all of your plan.", lambda f: f.weeks >= 2),
    Sentence("days", "running", "You trained on {days} days in a row.", lambda f: f.days >= 3),
    Sentence("more", "more", "That is more than in the seven days before.",
             lambda f: f.this.done > sum(one.most for one in f.before.items) and f.before.low is not None),
    Sentence("goal-way", "goal", "You are on the way to your goal.",
             lambda f: f.goal is not None and f.goal.state == ON_THE_WAY),
    Sentence("again", "told", "Good to hear from you again.",
             lambda f: f.silent_days is not None and f.silent_days >= SILENT_DAYS),
    Sentence("nothing-told", "told", "Nothing is told of these seven days yet. What you did counts: tell it any day.",
             lambda f: f.told_this == 0),
)  # fmt: skip


def facts_of(items: Sequence[Item], told: Sequence[Told], today: date, goal: Progress | None = None) -> Facts:
    """What is known of the seven days up to today and of those before. `silent_days`: without a word before the first
    one of these days, None where there is none or there never was one before."""
    begin = today - timedelta(days=WEEK_DAYS - 1)
    days = sorted({one.on for one in told if one.on <= today})
    now, earlier = [day for day in days if day >= begin], [day for day in days if day < begin]
    return Facts(
        week(items, told, today),
        week(items, told, begin - timedelta(days=1)),
        days_running(told, today),
        weeks_running(items, told, today),
        sum(one.done for one in told if one.on <= today),
        len(now),
        (now[0] - earlier[-1]).days - 1 if now and earlier else None,
        goal,
    )


def said(facts: Facts) -> tuple[str, ...]:
    """What is true and said, in the order of the table."""
    out: list[str] = []
    about: set[str] = set()
    for row in TABLE:
        if row.about not in about and row.true(facts):
            about.add(row.about)
            out.append(
                row.words.format(
                    days=facts.days, weeks=facts.weeks, done=facts.this.done, prescribed=facts.this.prescribed
                )
            )
    return tuple(out[:MOST_SAID])
