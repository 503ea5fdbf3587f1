# SPDX-License-Identifier: MIT
"""What progression is decided from, and the decision: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from surefoot.care.ladder import Task

STATES = FINE, NOT_FINE, NOT_ASKED = "fine", "not fine", "not asked"
OUTCOMES = ("stop", "regress", "hold", "advance")  # in the order of precedence
LEGS = ("left", "right")  # of a task that is one leg's: which stands, is in front or does more
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


HOME = "home"  # in place of a ladder: pain that was told of a whole day at home, or of a walk


@dataclass(frozen=True)
class Session:
    """One day's trials of a task. Ratings 1 (steady) to 5 (balance lost), one a trial; pain and exertion 0 to 10; None:
    not asked.

    `target_s`: how long each trial was to be held, None where a task isn't timed; `minutes`: begun so long after
    midnight; `ladder`: by its id; `leg`: of LEGS, "" for both; `beside`: somebody stood beside the person; `settled`:
    whether pain was at its usual level the next morning; `sway`: whether it was within the own baseline and its
    measurement error; both, like each flag, one of STATES.
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
    target_s: float | None = None
    leg: str = ""
    exertion: int | None = None
    beside: bool | None = None
    minutes: int | None = None
    ladder: str = ""


@dataclass(frozen=True)
class Waiting:
    """What waits for an answer to a safety question that nobody asked, or not lately: levels (axis, level), and, with
    `company`, all that needs more of it."""

    question: str
    barred: frozenset[tuple[str, str]] = frozenset()
    company: str = ""


@dataclass(frozen=True)
class Person:
    """What holds for a person whatever the day. `usual_pain`: 0 to 10 at the usual site, None not asked. `company`: the
    setting they train in at most (one of ladder.SETTINGS). `barred`: levels (axis, level) that the safety profile
    blocks, and with each those above it; `waiting`: what only waits for an answer. `falls`: dates off the calendar,
    None not asked. `numbers`: thresholds of the therapist's, by rule and name. `unasked`: safety questions that all
    training needs and nobody answered. `single_leg_s`: the norm of their age, None not known. `fallback`: what the
    therapist chose for as long as training is locked. `entered`: the day they were first seen.
    """

    usual_pain: int | None = None
    company: str = "home"
    barred: frozenset[tuple[str, str]] = frozenset()
    falls: tuple[date, ...] | None = None
    numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    single_leg_s: float | None = None
    unasked: tuple[str, ...] = ()
    fallback: str = ""
    waiting: tuple[Waiting, ...] = ()
    entered: date | None = None


@dataclass(frozen=True)
class Place:
    """A task and how long it is to be held there (None: it isn't timed)."""

    task: Task
    target_s: float | None = None


@dataclass(frozen=True)
class Standing:
    """Where a person stands on a ladder, for one leg or both. `path`: the places that led here, easiest first; `lost`:
    (rung, target) that were too hard; `held`: the highest (rung, target) left for another reason, and not reached again
    since; `stepped`: days of steps up; `fell_back`: day of the last step down;
    `overridden`: day of a clinician's last own decision; `locked`: why, "" if not; `cleared`: day of the last re-check;
    `known`: what that re-check knew of, as progression_lower.reported counts it, None all up to its day; `tried`:
    levels passed with somebody beside; `placed`: day that they were first placed on any ladder; `begun`: on this."""

    task: Task
    target_s: float | None = None
    path: tuple[Place, ...] = ()
    lost: tuple[tuple[int, float], ...] = ()
    held: tuple[int, float] | None = None
    stepped: tuple[date, ...] = ()
    fell_back: date | None = None
    overridden: date | None = None
    locked: str = ""
    cleared: date | None = None
    known: Mapping[str, int] | None = field(default=None, hash=False)
    tried: frozenset[str] = frozenset()
    placed: date | None = None
    begun: date | None = None


@dataclass(frozen=True)
class Decision:
    """`outcome` of OUTCOMES and the task that follows; the rule that decided, what it saw, and what would change it.
    `supervised`: until it was passed so, only with somebody beside. `by`, `reason`: of an override, else ""."""

    on: date
    outcome: str
    task: Task
    rule: str
    words: str
    inputs: Mapping[str, Any]
    would_change: str
    target_s: float | None = None
    supervised: bool = False
    by: str = ""
    reason: str = ""
