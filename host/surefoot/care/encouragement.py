# SPDX-License-Identifier: MIT
"""Sentences that encourage, each with the condition under which it is true. Nothing is said to alarm or to blame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surefoot.care.adherence import TOP, WEEK_DAYS, Told, Week, days_running, week, weeks_running
from surefoot.care.goal_values import ON_THE_WAY, REACHED, Progress
from surefoot.care.plan import Item

NO_WEEK = Week(date.min, (), None, None, 0)
SILENT_DAYS = 14  # after so long without a word one is greeted (D)
MOST_SAID = 3


@dataclass(frozen=True)
class Walked:
    """Of recorded walks: how many, whether the last is the longest of them by far enough, and whether they go on
    `again` after a while without."""

    walks: int
    longest: bool
    again: bool


@dataclass(frozen=True)
class Facts:
    """All that a sentence may rest on; what isn't known has no part in any."""

    this: Week = NO_WEEK
    before: Week = NO_WEEK
    days: int = 0
    weeks: int = 0
    ever: int = 0
    told_this: int | None = None
    silent_days: int | None = None
    goal: Progress | None = None
    walked: Walked | None = None


@dataclass(frozen=True)
class Sentence:
    """`words` may hold {days}, {weeks}, {done}, {prescribed}, {walks}; of one `about` only the first that is true is
    said."""

    id: str
    about: str
    words: str
    true: Callable[[Facts], bool]


def _reached(facts: Facts) -> bool:
    return facts.goal is not None and facts.goal.state == REACHED and facts.goal.sure is not False


def _on_the_way(facts: Facts, least: float, most: float = 1.0) -> bool:
    """Whether that share of the way is known to be done."""
    goal = facts.goal
    return goal is not None and goal.state == ON_THE_WAY and goal.share is not None and least <= goal.share < most


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
    Sentence("longest", "walk", "This was the longest of your {walks} walks.",
             lambda f: f.walked is not None and f.walked.walks > 2 and f.walked.longest),
    Sentence("walking-again", "walks", "You are walking again. Welcome back.",
             lambda f: f.walked is not None and f.walked.again),
    Sentence("goal-more-than-half", "goal", "You are more than half way to your goal.", lambda f: _on_the_way(f, 0.51)),
    Sentence("goal-half", "goal", "You are half way to your goal.", lambda f: _on_the_way(f, 0.5, 0.51)),
    Sentence("goal-way", "goal", "You are on the way to your goal.",
             lambda f: f.goal is not None and f.goal.state == ON_THE_WAY and f.goal.share != 0),
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


def said(facts: Facts, *only: str) -> tuple[str, ...]:
    """What is true and said, in the order of the table; `only` what it is about, where that is given."""
    out: list[str] = []
    about: set[str] = set()
    for row in TABLE:
        if row.about not in about and (not only or row.about in only) and row.true(facts):
            about.add(row.about)
            out.append(
                row.words.format(
                    days=facts.days,
                    weeks=facts.weeks,
                    done=facts.this.done,
                    prescribed=facts.this.prescribed,
                    walks=facts.walked.walks if facts.walked else 0,
                )
            )
    return tuple(out[:MOST_SAID])
