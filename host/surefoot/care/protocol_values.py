# SPDX-License-Identifier: MIT
"""What a protocol file says, as frozen values: marks, stop rules, outcomes, and where it all comes from."""

from dataclasses import dataclass

from surefoot.care.protocol_condition import Condition, PlacementDefault
from surefoot.errors import ProtocolError


@dataclass(frozen=True)
class Analysis:
    """How a trial becomes numbers: seconds left out at the start, low-pass of CoP and trunk, order of both filters."""

    trim_s: float
    filter_hz: float
    order: int
    trunk_filter_hz: float


@dataclass(frozen=True)
class Mark:
    """An event in a trial that the observer gives by `key`, and that `detectors` may give too.

    effect: start and finish run the clock, split stops a second one (`measure`), count is one repetition or length
    (the last of the `repetitions` gives `measure`, and ends the trial where no mark has effect finish),
    error one error (or `errors`), stop ends the trial, repeat throws it out and has it done again, disqualify makes
    its outcome `becomes` (None: no number), value is typed (of `measure`, or in `unit`), note is kept and shown. No
    `conditions` means all.
    """

    id: str
    key: str
    label: str
    effect: str
    detectors: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    measure: str | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    must: bool = False
    becomes: float | None = None
    errors: int = 1


@dataclass(frozen=True)
class StopRule:
    """What ends a trial (ends: "trial") or all of the test ("test"), by which mark; a detector may see it too."""

    id: str
    text: str
    mark: str
    seen_by: str
    ends: str = "trial"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Safety:
    """How the person is guarded, who should not start, and what ends a trial, in sentences to read aloud."""

    guarding: tuple[str, ...]
    do_not_start: tuple[str, ...]
    stop_rules: tuple[StopRule, ...]


@dataclass(frozen=True)
class ErrorRule:
    """How errors are counted: those within `together_s` are one, at most `most`, and `most` if not held `least_s`."""

    together_s: float
    most: int
    least_s: float


@dataclass(frozen=True)
class Points:
    """A table from a number to points: from `at_least[i]` on, `points[i]`; `unable` where it couldn't be done.

    The number is the `trials` (best, mean, first) of `measure`, first rounded to `decimals`.
    """

    id: str
    conditions: tuple[str, ...]
    measure: str
    trials: str
    decimals: int
    at_least: tuple[float, ...]
    points: tuple[float, ...]
    unable: float
    source: str
    certainty: str


@dataclass(frozen=True)
class OutcomeRule:
    """How trials become one number: `trials` of a condition by best, mean, first, last or sum; then `conditions` by
    each (one number a condition), sum, mean, best, worst (of both sides), passed (how many were) or cost (`dual`
    against `single`, percent). All but each count every target of a condition that has some.

    `by_hand` false: only the device can give it.
    """

    id: str
    label: str
    measure: str
    trials: str
    conditions: str
    of: str | None = None
    only: tuple[str, ...] = ()
    single: str | None = None
    dual: str | None = None
    by_hand: bool = True
    note: str = ""


@dataclass(frozen=True)
class PrimaryOutcome:
    """Which outcome may be judged for change; its condition and target where there are several."""

    outcome: str
    condition: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class ByHand:
    """How the test runs by stopwatch and keys alone, and which measures are typed for each trial."""

    how: str
    typed: tuple[str, ...]


@dataclass(frozen=True)
class Footwear:
    """What is worn on the feet, and why it matters."""

    rule: str
    reason: str


@dataclass(frozen=True)
class MeasurementError:
    """How far two results differ, in percent, when nothing has changed (95 % of the time), and in whom."""

    measure: str
    surface: str
    vision: str
    mdc95_percent: float
    trials: int
    population: str
    interval: str
    source: str
    certainty: str
    doi: str = ""


@dataclass(frozen=True)
class Source:
    """Where a figure comes from. Certainty: V read in the source, R recalled and unchecked, D our own choice."""

    what: str
    cite: str
    certainty: str
    doi: str = ""


@dataclass(frozen=True)
class Protocol:
    """One test, as its file says it. order: "condition" does all trials of one after the other, "round" one of each."""

    id: str
    version: str
    title: str
    purpose: str
    primary_measure: str
    conditions: tuple[Condition, ...]
    analysis: Analysis
    safety: Safety
    footwear: Footwear
    sources: tuple[Source, ...]
    marks: tuple[Mark, ...]
    outcomes: tuple[OutcomeRule, ...]
    by_hand: ByHand
    primary_outcome: PrimaryOutcome | None = None
    placement: PlacementDefault | None = None
    measurement_error: tuple[MeasurementError, ...] = ()
    points: tuple[Points, ...] = ()
    errors: ErrorRule | None = None
    automatic: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    not_measured: tuple[str, ...] = ()
    takes_min: float = 0.0
    order: str = "condition"
    rest_s: float = 0.0
    round_rest_s: float = 0.0

    def condition(self, condition_id: str) -> Condition:
        """The condition of that id; an unknown id raises ProtocolError with those there are."""
        for condition in self.conditions:
            if condition.id == condition_id:
                return condition
        known = ", ".join(condition.id for condition in self.conditions)
        raise ProtocolError(
            f"Protocol '{self.id}' {self.version} has no condition '{condition_id}': use one of {known}."
        )

    def marks_of(self, condition: Condition, effect: str | None = None) -> tuple[Mark, ...]:
        """The marks that can be given in a condition, of one effect or of all."""
        return tuple(
            mark
            for mark in self.marks
            if (not mark.conditions or condition.id in mark.conditions) and effect in (None, mark.effect)
        )

    def mark(self, mark_id: str) -> Mark:
        """The mark of that id; an unknown id raises ProtocolError with those there are."""
        for mark in self.marks:
            if mark.id == mark_id:
                return mark
        known = ", ".join(mark.id for mark in self.marks)
        raise ProtocolError(f"Protocol '{self.id}' {self.version} has no mark '{mark_id}': use one of {known}.")

    def detectors_of(self, condition: Condition) -> dict[str, Mark | None]:
        """Each detector that runs in a condition, with the mark it gives (None: it only gives numbers)."""
        found: dict[str, Mark | None] = dict.fromkeys(self.automatic)
        for mark in self.marks_of(condition):
            found |= dict.fromkeys(mark.detectors, mark)
        return found
