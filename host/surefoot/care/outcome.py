# SPDX-License-Identifier: MIT
"""A protocol and the trials done in; the test's outcomes out, each a number or the reason why there is none.

Pure: the same for trials that a device timed, that were timed by keys, and that were typed in later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surefoot.care.outcome_next import Next, blocked, ended_by, next_trial, passes, planned, settled, skipped, valid
from surefoot.care.outcome_trial import Done, Given, Value, check_done, done_of, trial_value
from surefoot.care.protocol_condition import Condition
from surefoot.care.protocol_values import OutcomeRule, Points, Protocol, StopRule
from surefoot.measures.table import MEASURES

__all__ = [
    "Done",
    "Found",
    "Given",
    "Next",
    "check_done",
    "done_of",
    "next_trial",
    "outcomes",
    "skipped",
    "trial_value",
]


@dataclass(frozen=True)
class Found:
    """One outcome: `value` in the unit of its measure, or None with a `reason`; `of` names the trials it is made of.

    `certainty` is that of how the number is made (R: by a rule not yet checked in its source); `by_hand`: no trial of
    it was measured by the device.
    """

    id: str
    label: str
    measure: str
    value: float | None
    reason: str | None
    of: tuple[str, ...]
    certainty: str
    by_hand: bool
    condition: str | None = None
    target: str | None = None
    note: str = ""


def outcomes(protocol: Protocol, done: Sequence[Done]) -> tuple[Found, ...]:
    """All outcomes of a test, in the order of its file."""
    found: list[Found] = []
    for rule in protocol.outcomes:
        chosen = tuple(c for c in protocol.conditions if not rule.only or c.id in rule.only)
        if rule.conditions == "each":
            for condition in chosen:
                for target in [target.id for target in condition.targets] or [None]:
                    value = _of_condition(protocol, condition, done, rule, target)
                    found.append(_found(protocol, rule, value, (condition,), done, target))
        else:
            if rule.conditions == "cost":
                chosen = tuple(protocol.condition(str(one)) for one in (rule.single, rule.dual))
            value = _of_several(protocol, rule, chosen, done)
            found.append(_found(protocol, rule, value, chosen, done))
    return tuple(found)


def combine(values: Sequence[float], how: str, measure: str) -> float:
    """Several numbers of one measure as one: best or worst (by the measure's better direction), mean, first, last or
    sum."""
    if how in ("best", "worst"):
        return max(values) if (MEASURES[measure].better == "higher") is (how == "best") else min(values)
    if how == "mean":
        return sum(values) / len(values)
    return {"first": values[0], "last": values[-1], "sum": sum(values)}[how]


def points_for(table: Points, value: float) -> float:
    """The points of a value. It is rounded first, since the published steps leave gaps (6.20, then 6.21)."""
    rounded = round(value, table.decimals)
    place = sum(rounded >= step for step in table.at_least) - 1
    return table.points[max(place, 0)]


def _of_condition(
    protocol: Protocol, condition: Condition, done: Sequence[Done], rule: OutcomeRule, target: str | None = None
) -> Value:
    measure = rule.of or rule.measure
    if measure == "points":
        return _points(protocol, condition, done)
    return _of_trials(protocol, condition, done, measure, rule.trials, target)


def _of_trials(
    protocol: Protocol, condition: Condition, done: Sequence[Done], measure: str, how: str, target: str | None = None
) -> Value:
    """One condition's trials as one number."""
    if why := blocked(protocol, condition, done):
        return None, why
    own = valid(protocol, condition, done, target)
    wanted = 1 if how == "first" else planned(protocol, condition, own)
    if not own or len(own) < wanted:
        return None, _too_few(protocol, condition, done, len(own), wanted)
    made = [(one, trial_value(protocol, one, measure)) for one in own[:wanted]]
    values = [value for _, (value, _) in made if value is not None]
    missing = [f"trial {one.trial}: {why}" for one, (value, why) in made if value is None]
    # The best of several is still the best when another could not be finished; a mean is no mean without it.
    if missing and (how != "best" or not values):
        return None, f"'{condition.title}', {'; '.join(missing)}"
    return combine(values, how, measure), None


def _too_few(protocol: Protocol, condition: Condition, done: Sequence[Done], have: int, wanted: int) -> str:
    if rule := ended_by(protocol, done):
        return _ended(rule)
    return f"'{condition.title}': {have} of {wanted} {'trial is' if wanted == 1 else 'trials are'} done"


def _ended(rule: StopRule) -> str:
    return f"the test was ended: {rule.text.rstrip('.')}"


def _points(protocol: Protocol, condition: Condition, done: Sequence[Done]) -> Value:
    table = next(table for table in protocol.points if condition.id in table.conditions)
    value, why = _of_trials(protocol, condition, done, table.measure, table.trials)
    if value is not None:
        return points_for(table, value), None
    if rule := ended_by(protocol, done):
        return None, _ended(rule)
    if blocked(protocol, condition, done):
        return table.unable, None
    own = valid(protocol, condition, done)
    tried = [trial_value(protocol, one, table.measure) for one in own]
    failed = own and all(one.ended not in ("complete", "interrupted") for one in own)
    if failed and settled(protocol, condition, done) and all(value is None for value, _ in tried):
        return table.unable, None
    return None, why


def _of_several(protocol: Protocol, rule: OutcomeRule, chosen: Sequence[Condition], done: Sequence[Done]) -> Value:
    if rule.conditions == "passed":
        open_ = [c for c in chosen if not settled(protocol, c, done) and not blocked(protocol, c, done)]
        if open_:
            return None, _too_few(protocol, open_[0], done, len(valid(protocol, open_[0], done)), open_[0].trials)
        count = sum(passes(protocol, c, done) for c in chosen)
        ended = ended_by(protocol, done)
        if ended and count < sum(len(c.targets) or 1 for c in chosen):
            return None, _ended(ended)
        return float(count), None
    places = [(c, target.id) if target else (c, None) for c in chosen for target in c.targets or (None,)]
    made = [_of_condition(protocol, condition, done, rule, target) for condition, target in places]
    values = [value for value, _ in made if value is not None]
    if len(values) < len(made):
        return None, "; ".join(dict.fromkeys(str(why) for value, why in made if value is None))
    if rule.conditions == "cost":
        return _cost(values[0], values[1], str(rule.of))
    return combine(values, rule.conditions, rule.of or rule.measure), None


def _cost(single: float, dual: float, measure: str) -> Value:
    """Percent by which the second task makes a number worse: 100 (dual - single) / single, signed by what is better."""
    if single == 0:
        return None, "the number without the second task is 0, so there is no cost"
    sign = -1.0 if MEASURES[measure].better == "higher" else 1.0
    return sign * 100.0 * (dual - single) / single, None


def _found(
    protocol: Protocol,
    rule: OutcomeRule,
    value: Value,
    chosen: Sequence[Condition],
    done: Sequence[Done],
    target: str | None = None,
) -> Found:
    targets = [target] if target else None
    own = [
        one
        for condition in chosen
        for place in targets or [t.id for t in condition.targets] or [None]
        for one in valid(protocol, condition, done, place)
    ]
    each = rule.conditions == "each"
    tables = [table for table in protocol.points if any(condition.id in table.conditions for condition in chosen)]
    unsure = rule.measure == "points" and any(table.certainty == "R" for table in tables)
    number, why = value
    return Found(
        rule.id,
        f"{rule.label}: {chosen[0].title}" if each and len(protocol.conditions) > 1 else rule.label,
        rule.measure,
        number,
        None if number is not None else f"{str(why)[0].upper()}{str(why)[1:]}.",
        tuple(one.name for one in own),
        "R" if unsure else MEASURES[rule.measure].certainty,
        bool(own) and all(one.by_hand for one in own),
        chosen[0].id if each else None,
        target,
        rule.note,
    )
