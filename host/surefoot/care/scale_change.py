# SPDX-License-Identifier: MIT
"""Totals of one rated scale of one person in; one verdict about change out, or why there is none.

The same rule as for measured tests (`surefoot.care.change`): beyond 1.96 SEM sqrt(1 / k_baseline + 1 / k_now) of a
named population, between days, in the same circumstances; else the numbers without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from surefoot.care.change import (
    CONDITIONS,
    DECLINED,
    IMPROVED,
    INCOMPARABLE,
    PRACTICE_UNTIL,
    UNJUDGED,
    VERDICTS,
    WITHIN,
    Circumstances,
    Session,
    differences,
)
from surefoot.care.scales import Scale, ScaleError
from surefoot.measures.reliability import Z95

Z90 = 1.6449  # the two-sided 90 % point of the normal distribution


@dataclass(frozen=True)
class Rating:
    """One session's total, or None with a reason. `number` counts the person's sessions of this scale from 1; `own` are
    the person's own items, which must be the same ones to compare."""

    number: int
    version: str
    value: float | None
    reason: str | None
    circumstances: Circumstances
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScaleChange:
    """`verdict` is one of those of `surefoot.care.change`, or a reason for none; `sentence` says it for people."""

    verdict: str
    sentence: str
    before: float | None
    now: float | None
    difference: float | None = None
    threshold: float | None = None
    practice: bool = False

    @property
    def judged(self) -> bool:
        return self.verdict in VERDICTS


def error_of(scale: Scale) -> ScaleError | None:
    """The error of the total that is known, or None."""
    return next((error for error in scale.error if error.of == "score"), None)


def between_days(error: ScaleError) -> bool:
    """Whether days lay between its two ratings; what isn't stated isn't known."""
    return any(word in error.interval for word in ("day", "week"))


def threshold_of(error: ScaleError, baseline: int) -> float:
    """The change of a total, against the mean of so many sessions, that error alone seldom makes (5 %)."""
    sem = error.mdc / ({90: Z90, 95: Z95}[round(error.confidence_percent)] * sqrt(2))
    return Z95 * sem * sqrt(1 / baseline + 1)


def judge_scale(scale: Scale, before: Sequence[Rating], now: Rating) -> ScaleChange:
    """The change of the total from the mean of the sessions before to now."""
    ratings = [*before, now]
    if not before:
        return ScaleChange(UNJUDGED, "Not judged: there is no earlier session of this scale.", None, now.value)
    for one in ratings:
        if one.value is None:
            why = (one.reason or "it has no total").rstrip(".")
            return ScaleChange(UNJUDGED, f"Not judged: session {one.number} has no total. {why}.", None, now.value)
    values = [one.value for one in before if one.value is not None]
    mean, last = sum(values) / len(values), float(now.value or 0.0)
    numbers = f"{scale.title}: {shown(scale, mean)} before, {shown(scale, last)} now."
    numbers += _ends(scale, mean, last)

    def without(verdict: str, why: str) -> ScaleChange:
        return ScaleChange(verdict, f"{verdict.capitalize()}: {why}. {numbers}", mean, last)

    if len({one.version for one in ratings}) > 1:
        return without(INCOMPARABLE, "the scale's own file was changed in between")
    if len({tuple(text.casefold() for text in one.own) for one in ratings}) > 1:
        return without(INCOMPARABLE, "the items are not the same ones")
    if differing := differences([_session(scale, one) for one in ratings]):
        return without(CONDITIONS, "; ".join(differing))
    error = error_of(scale)
    if error is None:
        return without(UNJUDGED, "no measurement error that was read in its source is known for it")
    limit = threshold_of(error, len(before) if between_days(error) else 1)
    moved = last - mean
    beyond = abs(moved) > limit
    if beyond and not between_days(error):
        return without(UNJUDGED, "it exceeds the error that is known, and how far days differ isn't")
    better = (moved > 0) == (scale.better == "higher")
    verdict = WITHIN if not beyond else IMPROVED if better else DECLINED
    practice = verdict == IMPROVED and now.number <= PRACTICE_UNTIL
    sentence = (
        f"{verdict.capitalize()}: the two differ by {shown(scale, abs(moved))}, and {limit:.1f} can be measurement"
        f" error (95 % of the time, by {error.source}: {error.population}, {error.interval or 'interval not stated'})."
        f"{' Practice alone may explain this.' if practice else ''} {numbers}"
    )
    return ScaleChange(verdict, sentence, mean, last, abs(moved), limit, practice)


def shown(scale: Scale, value: float) -> str:
    """A total with the decimals that its scale has: none of a whole sum."""
    return f"{value:.0f}" if scale.score == "sum" and float(value).is_integer() else f"{value:.1f}"


def _ends(scale: Scale, before: float, now: float) -> str:
    best = scale.range[1] if scale.better == "higher" else scale.range[0]
    if best not in (before, now):
        return ""
    return f" {shown(scale, best)} is the best that it can show, so it can't tell what lies beyond."


def _session(scale: Scale, one: Rating) -> Session:
    """What `differences` reads: the circumstances alone."""
    return Session(str(one.number), one.number, scale.id, one.version, "all", "points", (), "", one.circumstances, True)
