# SPDX-License-Identifier: MIT
"""What progression is decided from, and the decision: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from surefoot.care.ladder import Task

STATES = FINE, NOT_FINE, NOT_ASKED = "fine", "not fine", "not asked"
OUTCOMES = ("stop", "regress", "hold", "advance")  # in the order of precedence
# What a person is asked of a session; the words complete "There was ...".
FLAGS = {
    "fall": "a fall",
    "caught": "a near-fall that somebody caught",
    "chest_pain": "chest pain",
    "dizziness": "new dizziness or fainting",
    "weakness": "a new weakness, numbness, or trouble with speech or sight",
}


def _unasked() -> dict[str, str]:
    return dict.fromkeys(FLAGS, NOT_ASKED)


@dataclass(frozen=True)
class Session:
    """One day's trials of a task. Ratings 1 (steady) to 5 (balance lost), one a trial; pain 0 to 10; None: not asked.

    `settled`: whether pain was at its usual level the next morning; `sway`: whether it was within the own baseline and
    its measurement error; both, like each flag, one of STATES.
    """

    on: date
    task: Task
    succeeded: tuple[bool, ...]
    steadiness: tuple[int | None, ...]
    pain_before: int | None = None
    pain_peak: int | None = None
    settled: str = NOT_ASKED
    sway: str = NOT_ASKED
    flags: Mapping[str, str] = field(default_factory=_unasked)


@dataclass(frozen=True)
class Person:
    """What holds for a person whatever the day. `usual_pain`: 0 to 10 at the usual site, None not asked. `company`: the
    setting they train in at most (one of ladder.SETTINGS). `barred`: levels (axis, level) that the safety profile
    blocks. `falls`: dates off the calendar, None not asked. `numbers`: thresholds of the therapist's, by rule and name.
    """

    usual_pain: int | None = None
    company: str = "home"
    barred: frozenset[tuple[str, str]] = frozenset()
    falls: tuple[date, ...] | None = None
    numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """Where a person stands on a ladder, for one leg or both. `path`: the tasks that led here, easiest first; `lost`:
    heights they had to leave; `stepped`: days of steps up; `fell_back`: day of the last step down; `locked`: why, "" if
    not; `cleared`: day of the last re-check; `tried`: senses met under supervision."""

    task: Task
    path: tuple[Task, ...] = ()
    lost: tuple[int, ...] = ()
    stepped: tuple[date, ...] = ()
    fell_back: date | None = None
    locked: str = ""
    cleared: date | None = None
    tried: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decision:
    """`outcome` of OUTCOMES and the task that follows; the rule that decided, what it saw, and what would change it.
    `supervised`: the task's first time, only with somebody beside. `by`, `reason`: of an override, else ""."""

    on: date
    outcome: str
    task: Task
    rule: str
    words: str
    inputs: Mapping[str, Any]
    would_change: str
    supervised: bool = False
    by: str = ""
    reason: str = ""
