# SPDX-License-Identifier: MIT
"""Two or more sessions of one person and a measurement error in; one verdict about change out, or why there is none.

A change counts where it exceeds 1.96 SEM sqrt(1 / k_baseline + 1 / k_now), in logarithms for sway: SEM of a named
population and interval, k the repeats that each side is the mean of. One measure of a protocol, fixed before the test,
is judged; every other number is shown without a verdict, since of twenty one is always beyond its limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import exp, isfinite, log, sqrt

from surefoot.care.norms_file import Error
from surefoot.care.protocol import Protocol
from surefoot.errors import MeasureError
from surefoot.measures import MEASURES, require_comparable
from surefoot.measures.reliability import Z95, percent

PRACTICE_UNTIL = 3
DOSE_TOLERANCE_MIN = 30.0
IMPROVED, DECLINED, CHANGED, WITHIN = "improved", "declined", "changed", "within measurement error"
CONDITIONS, INCOMPARABLE, UNJUDGED = "conditions differ", "not comparable", "not judged"
VERDICTS = (IMPROVED, DECLINED, CHANGED, WITHIN)
NO_DOSE = "none"
LAY = {
    "within-session": "within one session",
    "between-raters": "between raters",
    "between-days": "between days",
    "not-stated": "over an interval that isn't stated",
}


@dataclass(frozen=True)
class Circumstances:
    """What must be the same for a verdict; None is not known, and not known gives none.

    `medication`: "none", or what is taken for the condition, with the minutes since the last dose.
    """

    aid: str | None = None
    assistance: str | None = None
    footwear: str | None = None
    orthosis: str | None = None
    foot_position: str | None = None
    medication: str | None = None
    minutes_since_dose: float | None = None


@dataclass(frozen=True)
class Session:
    """One measure of one session: a value per trial, in the table's unit, and all that decides whether it compares.

    `number` counts the person's sessions of this test from 1; `fingerprint` says how the numbers were made ("" for
    those by hand, which compare with each other by `version` alone).
    """

    id: str
    number: int
    protocol: str
    version: str
    condition: str
    measure: str
    values: tuple[float, ...]
    fingerprint: str
    circumstances: Circumstances
    by_hand: bool = False
    simulated: bool = False


@dataclass(frozen=True)
class Change:
    """`verdict` is one of VERDICTS or a reason for none; `sentence` says it for people, with both numbers.

    `baseline` and `now` are in the measure's unit (geometric means for logarithms), None where they can't be told;
    `difference` and `threshold` are in that unit, or in percent of the smaller where `log`.
    """

    verdict: str
    sentence: str
    measure: str
    baseline: float | None
    now: float | None
    difference: float | None = None
    threshold: float | None = None
    log: bool = False
    practice: bool = False
    error: Error | None = None

    @property
    def judged(self) -> bool:
        return self.verdict in VERDICTS


def judge(protocol: Protocol, baseline: Sequence[Session], now: Session, error: Error | None) -> Change:
    """The change of a protocol's primary measure from the mean of the baseline sessions to now.

    Other measures, other procedures, other or unknown circumstances, and errors that are recalled, of another measure,
    or of more trials than were done, never give a verdict. An error within one session is too small for sessions of
    different days: what it calls within error is, what exceeds it stays unjudged.
    """
    sessions = [*baseline, now]
    measure, logs = now.measure, error.scale == "log" if error else False
    bad = bad_input(sessions, logs)
    if bad:
        return Change(UNJUDGED, f"Not judged: {bad}.", measure, None, None)
    before, after = mean_of(baseline, logs), mean_of([now], logs)
    shown = (_back(before, logs), _back(after, logs))

    def without(verdict: str, why: str) -> Change:
        sentence = f"{verdict.capitalize()}: {why}. {_numbers(measure, *shown)}"
        return Change(verdict, sentence, measure, *shown, log=logs, error=error)

    made = made_differently(sessions)
    if made:
        return without(INCOMPARABLE, made)
    differing = differences(sessions)
    if differing:
        return without(CONDITIONS, "; ".join(differing))
    why = _no_verdict(protocol, sessions, error)
    if why or error is None:
        return without(UNJUDGED, why or "")
    threshold = Z95 * error.sem * sqrt(1 / _repeats(baseline, error) + 1 / _repeats([now], error))
    moved = after - before
    beyond = abs(moved) > threshold
    if beyond and error.interval != "between-days" and len({session.id for session in sessions}) > 1:
        return without(UNJUDGED, f"it exceeds the error {LAY[error.interval]}, and how far days differ isn't known")
    verdict = _direction(moved, MEASURES[measure].better) if beyond else WITHIN
    practice = verdict in (IMPROVED, CHANGED) and now.number <= PRACTICE_UNTIL
    size = (abs(moved), threshold)
    size = (percent(size[0]), percent(size[1])) if logs else size
    return Change(
        verdict,
        _sentence(verdict, measure, shown, size, logs, practice, error),
        measure,
        *shown,
        *size,
        logs,
        practice,
        error,
    )


def differences(sessions: Sequence[Session]) -> list[str]:
    """What of the circumstances differs between sessions or isn't known, in words."""
    return circumstances_differ([session.circumstances for session in sessions])


def circumstances_differ(told: Sequence[Circumstances]) -> list[str]:
    """What differs between circumstances or isn't known, in words that begin with its name."""
    found: list[str] = []
    for name in (one.name for one in fields(Circumstances) if one.name != "minutes_since_dose"):
        values = [getattr(one, name) for one in told]
        word = name.replace("_", " ")
        if any(value is None or not str(value).strip() for value in values):
            found.append(f"{word} not known")
        elif len(set(values)) > 1:
            found.append(f"{word} ({' against '.join(dict.fromkeys(map(str, values)))})")
        elif name == "medication" and values[0] != NO_DOSE:
            found += _doses([one.minutes_since_dose for one in told])
    return found


def _doses(minutes: Sequence[float | None]) -> list[str]:
    known = [value for value in minutes if value is not None and isfinite(value)]
    if len(known) < len(minutes):
        return ["time since the dose not known"]
    if max(known) - min(known) > DOSE_TOLERANCE_MIN:
        return [f"time since the dose ({min(known):g} against {max(known):g} min)"]
    return []


def bad_input(sessions: Sequence[Session], logs: bool) -> str | None:
    """Why sessions have no means to compare, or None."""
    if len(sessions) < 2:
        return "there is no earlier session"
    for session in sessions:
        if session.measure not in MEASURES:
            return f"there is no measure '{session.measure}'"
        if not session.values or not all(isfinite(value) for value in session.values):
            return f"session {session.number} has no number"
        if logs and min(session.values) <= 0:
            return f"session {session.number} has a number of 0 or less, which has no logarithm"
    return None


def made_differently(sessions: Sequence[Session]) -> str | None:
    """In what the making of the numbers differs between sessions, or None."""
    first = sessions[0]
    for session in sessions[1:]:
        for name in ("protocol", "version", "condition", "measure", "by_hand", "simulated"):
            one, other = getattr(first, name), getattr(session, name)
            if one != other:
                return f"{name.replace('_', ' ')} {one} against {other}"
        if first.fingerprint == session.fingerprint == "" and first.by_hand:
            continue
        try:
            require_comparable(first.fingerprint, session.fingerprint)
        except MeasureError as error:
            return str(error)[:1].lower() + str(error)[1:].rstrip(".")
    return None


def _no_verdict(protocol: Protocol, sessions: Sequence[Session], error: Error | None) -> str | None:
    """Why an otherwise fair comparison has no verdict."""
    measure, here = sessions[0].measure, sessions[0].protocol
    if here != protocol.id:
        return f"these are sessions of {here}, not of {protocol.id}"
    if measure != protocol.primary_measure:
        return "only the primary measure of a test is judged, and this is another"
    if error is None:
        return "no measurement error is known for it"
    if error.measure != measure or (error.protocols and here not in error.protocols):
        return "the measurement error is of another measure or test"
    if error.certainty != "V":
        return "the measurement error is recalled and not yet checked in its source"
    if not (isfinite(error.sem) and error.sem > 0):
        return "the measurement error isn't a number above 0"
    least = min(len(session.values) for session in sessions)
    if least < error.trials:
        return f"the measurement error is of the mean of {error.trials} trials, and a session has {least}"
    return None


def _repeats(sessions: Sequence[Session], error: Error) -> int:
    """How many repeats, as the error counts them, a mean is made of: days, or else groups of `trials` trials."""
    if error.interval == "between-days":
        return len({session.id for session in sessions})
    return max(sum(len(session.values) // error.trials for session in sessions), 1)


def mean_of(sessions: Sequence[Session], logs: bool) -> float:
    """The mean of the sessions' means, each session counting the same."""
    means = [sum(log(v) if logs else v for v in one.values) / len(one.values) for one in sessions]
    return sum(means) / len(means)


def _back(value: float, logs: bool) -> float:
    return exp(value) if logs else value


def _direction(moved: float, better: str) -> str:
    if better not in ("higher", "lower"):
        return CHANGED
    return IMPROVED if (moved > 0) == (better == "higher") else DECLINED


def _numbers(measure: str, before: float, after: float) -> str:
    row = MEASURES[measure]
    unit = _unit(measure)
    return f"{row.label}: {mean_text(measure, before)}{unit} before, {mean_text(measure, after)}{unit} now."


def mean_text(measure: str, value: float) -> str:
    """A mean as it is told: that of counts may lie between two of them, and isn't rounded to either."""
    row = MEASURES[measure]
    between = row.decimals == 0 and row.unit.startswith("{") and abs(value - round(value)) > 0.01
    return f"{value:.{1 if between else row.decimals}f}"


def _unit(measure: str) -> str:
    unit = MEASURES[measure].unit
    return "" if unit == "1" or unit.startswith("{") else f" {unit}"


def _sentence(
    verdict: str,
    measure: str,
    shown: tuple[float, float],
    size: tuple[float, float],
    logs: bool,
    practice: bool,
    error: Error,
) -> str:
    row = MEASURES[measure]
    amounts = [f"{one:.0f} %" if logs else f"{one:.{max(row.decimals, 1)}f}{_unit(measure)}" for one in size]
    word = "changed by more than measurement error" if verdict == CHANGED else verdict
    limit = f"the two differ by {amounts[0]}, and {amounts[1]} can be measurement error"
    lie = f"95 % of the time, by {error.cite}: {error.population}, {LAY[error.interval]}"
    extra = " Practice alone may explain this." if practice else ""
    return f"{word.capitalize()}: {limit} ({lie}).{extra} {_numbers(measure, *shown)}"
