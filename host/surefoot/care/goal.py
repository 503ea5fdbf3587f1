# SPDX-License-Identifier: MIT
"""A goal in the person's own words, tied to a measure: what was set, and how far it is, said truthfully. Pure.

A goal of walks is an amount (metres, seconds, steps of one walk, a day or a week); that of a test is its primary
outcome, where a change within the measurement error is called that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from math import exp, floor, isfinite, log, sqrt
from typing import Any

from surefoot.care.goal_values import (
    AMOUNTS,
    AWAY,
    FORMAT,
    MOST,
    NOT_COUNTED,
    NOT_MEASURED,
    ON_THE_WAY,
    PER,
    PER_TEST,
    PER_WALKS,
    REACHED,
    UNSURE,
    WALKING,
    WITHIN,
    WORDS_MAX,
    Goal,
    Progress,
    Reading,
)
from surefoot.care.measurement_error import error_of, errors_for
from surefoot.care.norms import how_of
from surefoot.care.norms_file import Error, load_norms
from surefoot.care.protocol import Protocol
from surefoot.errors import ProtocolError
from surefoot.measures.gait.table import GAIT
from surefoot.measures.reliability import Z95
from surefoot.measures.table import MEASURES, Measure


def row_of(measure: str) -> Measure:
    """The row of the gait or measures table. Raises ProtocolError."""
    row = GAIT.get(measure) or MEASURES.get(measure)
    if row is None:
        raise ProtocolError(f"There is no measure '{measure}': take one of {', '.join(AMOUNTS)}, or a test's.")
    return row


def goal_of_test(words: str, protocol: Protocol, value: float, **told: Any) -> Goal:
    """A goal of a test's primary outcome; without an `mdc` told, that of the tables, where one is known. Raises
    ProtocolError."""
    row, named = row_of(protocol.primary_measure), protocol.primary_outcome
    if row.better == "none" or named is None:
        raise ProtocolError(
            f"{protocol.title} names no result of which more or less is better: choose a test such as walk-10m or"
            " sit-to-stand-30s, or an amount of walking."
        )
    if told.get("mdc") is None and told.get("baseline") is not None:
        told["mdc"], told["mdc_source"] = mdc_of(protocol, told["baseline"])
    return checked(Goal(words.strip(), row.key, value, PER_TEST, protocol=protocol.id, **told))


def checked(goal: Goal, today: date | None = None) -> Goal:
    """The goal, where it can be one. Raises ProtocolError, saying what can't be."""
    if not goal.words.strip() or len(goal.words) > WORDS_MAX:
        raise ProtocolError(f"A goal is in the person's own words, up to {WORDS_MAX} letters.")
    row = row_of(goal.measure)
    if goal.per not in PER or (goal.per == PER_TEST) != bool(goal.protocol):
        raise ProtocolError(f"A goal is per {', '.join(PER)}, and that of a test names it: choose of these.")
    if goal.per in PER_WALKS and goal.measure not in AMOUNTS:
        raise ProtocolError(f"A goal of walks is of {', '.join(AMOUNTS)}: choose of these, or a test.")
    if goal.without_stop and goal.per != "walk":
        raise ProtocolError("Without a stop is of one walk: give --per walk.")
    for name in ("value", "baseline", "mdc"):
        number = getattr(goal, name)
        if number is not None and not (isfinite(number) and 0 <= number <= MOST and (number or name == "baseline")):
            raise ProtocolError(f"{name} {number:g} {row.unit} can't be: give a number above 0 and up to {MOST:,}.")
    if goal.baseline is not None and _gain(goal, goal.baseline, goal.value) <= 0:
        raise ProtocolError(
            f"The target {goal.value:g} is no better than the {goal.baseline:g} at the start: set it further."
        )
    if goal.by_date is not None:
        try:
            last = date.fromisoformat(goal.by_date)
        except ValueError:
            raise ProtocolError(f"{goal.by_date} is no date: write it as 2026-12-24.") from None
        if today is not None and last < today:
            raise ProtocolError(f"{goal.by_date} is over: a goal needs a day to come, or none.")
    return goal


def small(goal: Goal) -> str | None:
    """A warning where the goal is nearer to its baseline than measurement can tell, None where it isn't."""
    if goal.mdc is None or goal.baseline is None or abs(goal.value - goal.baseline) > goal.mdc:
        return None
    return (
        f"From {shown(goal, goal.baseline)} to {shown(goal, goal.value)} is less than the measurement error"
        f" ({shown(goal, goal.mdc)}): reaching it won't show a real change."
    )


def mdc_of(protocol: Protocol, baseline: float) -> tuple[float | None, str]:
    """What two results of the primary outcome may differ by without any change, in the row's unit, and its source; None
    where no checked figure holds for it."""
    named = protocol.primary_outcome
    rule = next((one for one in protocol.outcomes if named and one.id == named.outcome), None)
    if named is None or rule is None:
        return None, ""
    condition = protocol.condition(named.condition) if named.condition else protocol.conditions[0]
    known = [*load_norms().errors, *(error_of(one) for one in protocol.measurement_error)]
    found = errors_for(known, protocol.id, protocol.primary_measure, how_of(condition, rule.trials, rule.id))
    for error in found:
        if error.certainty == "V":
            return _threshold(error, baseline), f"{error.cite}: {error.population}"
    return None, ""


def _threshold(error: Error, baseline: float) -> float | None:
    limit = Z95 * error.sem * sqrt(2)
    if error.scale == "log":
        return baseline * (exp(limit) - 1) if baseline > 0 and isfinite(log(baseline)) else None
    return limit


def higher(goal: Goal) -> bool:
    """Whether more is better."""
    return row_of(goal.measure).better != "lower"


def _gain(goal: Goal, start: float, now: float) -> float:
    return now - start if higher(goal) else start - now


def shown(goal: Goal, value: float) -> str:
    """A number of the goal with its unit."""
    row = row_of(goal.measure)
    if goal.measure == WALKING:
        minutes, seconds = divmod(round(value), 60)
        return " ".join([f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds or not minutes))
    unit = "" if row.unit in ("1", "{count}", "{score}") else " " + row.unit.strip("{}")
    decimals = 0 if goal.measure in AMOUNTS else row.decimals
    return f"{value:.{decimals}f}{unit}"


def target(goal: Goal) -> str:
    """The target in words, such as "900 m a walk, without a stop"."""
    if goal.per == PER_TEST:
        return f"{row_of(goal.measure).label}: {shown(goal, goal.value)}{'' if higher(goal) else ' or less'}"
    return f"{shown(goal, goal.value)} a {goal.per}{', without a stop' if goal.without_stop else ''}"


def progress(goal: Goal, readings: Sequence[Reading]) -> Progress:
    """How far the newest reading that counts is, and what was measured since that doesn't; those before the baseline's
    day say nothing."""
    since = date.fromisoformat(goal.baseline_on) if goal.baseline_on else date.min
    ours = sorted((one for one in readings if one.on >= since), key=lambda one: one.on)
    told = [one for one in ours if one.value is not None]
    newer = [one for one in ours[::-1] if one.why and (not told or one.on > told[-1].on)]
    if not told:
        if not newer:
            return Progress(NOT_MEASURED, "Not measured since the goal was set.")
        return Progress(NOT_COUNTED, _uncounted(goal, newer[0]), newer[0])
    made = _judged(goal, told[-1])
    return replace(made, sentence=f"{made.sentence} {_uncounted(goal, newer[0])}") if newer else made


def _uncounted(goal: Goal, one: Reading) -> str:
    """What was measured and doesn't count, and why."""
    day = f"{one.on.day} {one.on:%B %Y}"
    if one.seen is None:
        return f"What was walked on {day} doesn't count: {one.why}."
    return f"Measured on {day}: {shown(goal, one.seen)}. It doesn't count: {one.why}."


def _judged(goal: Goal, best: Reading) -> Progress:
    value = best.value or 0.0
    number = ("at least " if best.at_least else "") + shown(goal, value)
    share, moved = _share(goal, value), None if goal.baseline is None else _gain(goal, goal.baseline, value)
    if _gain(goal, goal.value, value) >= 0:
        sure = None if moved is None or goal.mdc is None else moved > goal.mdc
        doubt = (
            "" if sure is not False else " It differs from the start by no more than measurement error: measure again."
        )
        return Progress(REACHED, f"Reached: {number}.{doubt}", best, 1.0, sure)
    if goal.per in PER_WALKS:
        if moved is not None and moved < 0 and not best.at_least:
            return Progress(AWAY, f"{number} so far, less than at the start.", best, share)
        so_far = ("at least " if best.at_least else "") + shown(goal, floor(value))  # 19.6 m of 20 m isn't 20 m
        return Progress(ON_THE_WAY, f"On the way: {so_far} of {shown(goal, goal.value)}.", best, share)
    if moved is None or goal.mdc is None:
        why = "there is no number from the start" if moved is None else "no measurement error is known for it"
        return Progress(UNSURE, f"{number} now. Not judged: {why}.", best, share)
    if abs(moved) <= goal.mdc:
        return Progress(
            WITHIN, f"{number} now: within measurement error of the start ({shown(goal, goal.mdc)}).", best, share
        )
    if moved < 0:
        return Progress(AWAY, f"{number} now: further from the goal than at the start.", best, 0.0)
    return Progress(ON_THE_WAY, f"On the way: {number} now, and {shown(goal, goal.value)} is the goal.", best, share)


def _share(goal: Goal, value: float) -> float | None:
    if goal.per in PER_WALKS:
        return min(max(value / goal.value, 0.0), 1.0)
    if goal.baseline is None:
        return None
    return min(max(_gain(goal, goal.baseline, value) / _gain(goal, goal.baseline, goal.value), 0.0), 1.0)


def goal_document(goal: Goal) -> dict[str, Any]:
    """As goal.schema.json has it; what isn't known has no place in it."""
    return {"format": FORMAT} | {key: value for key, value in asdict(goal).items() if value not in (None, "", False)}


def goal_of(document: Mapping[str, Any]) -> Goal:
    """The goal that a document was made of."""
    return Goal(**{key: value for key, value in document.items() if key in Goal.__dataclass_fields__})
