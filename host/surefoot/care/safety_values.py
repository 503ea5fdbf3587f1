# SPDX-License-Identifier: MIT
"""The safety profile of a person, what its answers block, and the table that says so: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from surefoot.care.ladder import SETTINGS
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE

SIDES = ("left", "right")
# What may be played or aimed at; the rest of THINGS is no cue.
CUES = ("metronome", "feedback", "sound", "heart-rate")
THINGS = {
    "insoles": "the insoles",
    "metronome": "a metronome",
    "feedback": "feedback on load",
    "sound": "cues by sound",
    "heart-rate": "heart-rate targets",
    "training": "training at home",
    "sharing": "handing data on",
}


@dataclass(frozen=True)
class Question:
    """One thing that is asked: see protocols/progression/safety.schema.json."""

    id: str
    about: str
    ask: str
    yes: str
    fine: str
    not_fine: str
    days: int
    asked_unless_fine: str | None = None
    needs_note: str | None = None
    reading: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    def says(self, state: str) -> str:
        """The answer in words."""
        return {FINE: self.fine, NOT_FINE: self.not_fine}.get(state, f"not asked: {self.ask}")


@dataclass(frozen=True)
class Block:
    """One row of the table. `levels` are (axis, level) of a ladder; with a `leg`, its tests and levels count for that
    leg alone; `named`: the tests as the row names them, by group. `company`: the most there is at home; `needs`: the
    least there has to be."""

    id: str
    answer: str
    when: tuple[str, ...]
    words: str
    lifts: str
    basis: str
    certainty: str
    source: str = ""
    unless_fine: str | None = None
    leg: str | None = None
    tests: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    things: tuple[str, ...] = ()
    company: str | None = None
    needs: str | None = None
    first_wear_min: float | None = None

    @property
    def blocks_nothing(self) -> bool:
        """Whether it only says what to mind."""
        return not (self.tests or self.levels or self.things or self.company or self.needs or self.first_wear_min)


@dataclass(frozen=True)
class Table:
    """All that is asked, in order, and all that is blocked. `all_tests`: ids of every test there is."""

    questions: tuple[Question, ...]
    blocks: tuple[Block, ...]
    all_tests: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """`state` of progression_values.STATES; the day it was asked; a few words, such as which side, or who said so."""

    state: str = NOT_ASKED
    asked_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Readings:
    """What was measured for an answer, in mmHg and beats a minute; None was not."""

    on: date
    lying_systolic_mmhg: int | None = None
    lying_diastolic_mmhg: int | None = None
    standing_systolic_mmhg: int | None = None
    standing_diastolic_mmhg: int | None = None
    heart_rate_bpm: int | None = None


@dataclass(frozen=True)
class SafetyProfile:
    """Answers by the id of their question; what isn't there was not asked. `readings`: the newest ones."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    readings: Readings | None = None


@dataclass(frozen=True)
class Reason:
    """A row that holds, and the answer that did it."""

    block: Block
    state: str
    says: str
    note: str = ""

    @property
    def sentence(self) -> str:
        note = f" ({self.note})" if self.note else ""
        says = f"{self.says}{note}"
        return f"{self.block.words} Because: {says}{'' if says.endswith('?') else '.'} Lifted by: {self.block.lifts}."


@dataclass(frozen=True)
class Blocks:
    """What a profile blocks on a day: every row that holds; all else follows from these."""

    reasons: tuple[Reason, ...] = ()

    def tests_on(self, leg: str) -> frozenset[str]:
        """Ids of the tests that are blocked on a leg."""
        return self._tests(None) | self._tests(leg)

    def levels_on(self, leg: str) -> frozenset[tuple[str, str]]:
        """Levels (axis, level) that are blocked on a leg."""
        return self._levels(None) | self._levels(leg)

    @property
    def tests(self) -> frozenset[str]:
        """Ids of the tests that are blocked on whichever leg."""
        return frozenset.intersection(*map(self.tests_on, SIDES))

    @property
    def levels(self) -> frozenset[tuple[str, str]]:
        """Levels (axis, level) that are blocked on whichever leg."""
        return frozenset.intersection(*map(self.levels_on, SIDES))

    @property
    def things(self) -> frozenset[str]:
        return frozenset(thing for one in self.reasons for thing in one.block.things)

    @property
    def cues(self) -> frozenset[str]:
        return self.things & frozenset(CUES)

    @property
    def insoles(self) -> bool:
        return "insoles" in self.things

    @property
    def training(self) -> bool:
        return "training" in self.things

    @property
    def sharing(self) -> bool:
        return "sharing" in self.things

    @property
    def company(self) -> str:
        """The most company there is at home, of ladder.SETTINGS."""
        caps = [one.block.company for one in self.reasons if one.block.company]
        return min((SETTINGS[-2], *caps), key=SETTINGS.index)

    @property
    def needs(self) -> str:
        """The least company that any training needs, of ladder.SETTINGS."""
        return max((SETTINGS[0], *(one.block.needs for one in self.reasons if one.block.needs)), key=SETTINGS.index)

    @property
    def first_wear_min(self) -> float | None:
        """Minutes that the insoles may be worn at most, None without a limit."""
        return min((one.block.first_wear_min for one in self.reasons if one.block.first_wear_min), default=None)

    def why(self, *, test: str = "", thing: str = "", leg: str | None = None) -> tuple[Reason, ...]:
        """The rows that block a test (on either leg, or on this one) or a thing."""
        return tuple(
            one
            for one in self.reasons
            if thing in one.block.things or (test in one.block.tests and (leg is None or one.block.leg in (None, leg)))
        )

    def _tests(self, leg: str | None) -> frozenset[str]:
        return frozenset(test for one in self.reasons if one.block.leg == leg for test in one.block.tests)

    def _levels(self, leg: str | None) -> frozenset[tuple[str, str]]:
        return frozenset(level for one in self.reasons if one.block.leg == leg for level in one.block.levels)
