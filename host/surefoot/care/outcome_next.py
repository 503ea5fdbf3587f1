# SPDX-License-Identifier: MIT
"""What stays to be done of a test, from the trials done so far: the next trial, and what was left out and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from surefoot.care.outcome_trial import Done, ending_rule, given_marks, trial_value
from surefoot.care.protocol_condition import Condition, Target
from surefoot.care.protocol_values import Protocol, StopRule


@dataclass(frozen=True)
class Next:
    """The trial to do now, after a rest of at least `rest_s`; `target` is where to lean, in conditions that lean."""

    condition: Condition
    trial: int
    target: Target | None
    practice: bool
    rest_s: float


def next_trial(protocol: Protocol, done: Sequence[Done]) -> Next | None:
    """The next trial, or None when all is done or a stop rule ended the test.

    A trial that was interrupted, or thrown out by a mark that asks for it, comes again.
    """
    if ended_by(protocol, done):
        return None
    most = max(condition.trials for condition in protocol.conditions)
    rounds = range(1, most + 1) if protocol.order == "round" else (most,)
    for upto in rounds:
        for condition in protocol.conditions:
            found = _next_in(protocol, condition, done, upto)
            if found:
                return found
    return None


def skipped(protocol: Protocol, done: Sequence[Done]) -> dict[str, str]:
    """Conditions that aren't tried, by id, and why."""
    found = {c.id: why for c in protocol.conditions if (why := blocked(protocol, c, done))}
    if rule := ended_by(protocol, done):
        left = [c.id for c in protocol.conditions if c.id not in found and not settled(protocol, c, done)]
        found |= dict.fromkeys(left, f"the test was ended: {rule.text.rstrip('.')}")
    return found


def ended_by(protocol: Protocol, done: Sequence[Done]) -> StopRule | None:
    """The stop rule that ended the whole test, if one did."""
    return next((rule for one in done if (rule := ending_rule(protocol, one))), None)


def valid(protocol: Protocol, condition: Condition, done: Sequence[Done], target: str | None = None) -> list[Done]:
    """The trials of a condition that count, by number; of one number the last."""
    own = {
        one.trial: one
        for one in done
        if (one.condition, one.target) == (condition.id, target)
        and not one.practice
        and one.ended != "interrupted"
        and not given_marks(protocol, one, "repeat")
    }
    return [own[number] for number in sorted(own)]


def full(protocol: Protocol, one: Done) -> bool:
    """Whether a trial was held to the end, or finished, and counts."""
    condition = protocol.condition(one.condition)
    if given_marks(protocol, one, "disqualify"):
        return False
    if condition.kind == "hold":
        held_s, _ = trial_value(protocol, one, "held_s")
        return held_s is not None and held_s >= condition.hold_s
    return one.ended == "complete"


def passed(protocol: Protocol, condition: Condition, done: Sequence[Done]) -> bool:
    """Whether a trial of a condition (of each target) was held to the end, or finished."""
    return passes(protocol, condition, done) == len(_targets(condition))


def passes(protocol: Protocol, condition: Condition, done: Sequence[Done]) -> int:
    """How many targets of a condition were passed; a condition without targets counts as one."""
    own = [valid(protocol, condition, done, _id(target)) for target in _targets(condition)]
    return sum(any(full(protocol, one) for one in trials) for trials in own)


def planned(protocol: Protocol, condition: Condition, own: Sequence[Done]) -> int:
    """How many trials of a condition (of one target) there will be, given those done."""
    whole = [full(protocol, one) for one in own]
    if any(one.ended == "unable" for one in own):
        return len(own)
    if condition.enough == "first-full" and True in whole:
        return whole.index(True) + 1
    if condition.enough == "full-at-once" and whole[:1] == [True]:
        return 1
    return condition.trials


def settled(protocol: Protocol, condition: Condition, done: Sequence[Done]) -> bool:
    """Whether nothing stays to be done of a condition."""
    own = [valid(protocol, condition, done, _id(target)) for target in _targets(condition)]
    return all(len(trials) >= planned(protocol, condition, trials) for trials in own)


def blocked(protocol: Protocol, condition: Condition, done: Sequence[Done]) -> str | None:
    """Why a condition isn't tried: the one that it requires was not passed. None if it may be, or may yet be."""
    if condition.requires is None:
        return None
    needed = protocol.condition(condition.requires)
    if why := blocked(protocol, needed, done):
        return why
    if passed(protocol, needed, done) or not settled(protocol, needed, done):
        return None
    word = "held to the end" if needed.kind == "hold" else "finished"
    return f"not tried, because '{needed.title}' was not {word}"


def _next_in(protocol: Protocol, condition: Condition, done: Sequence[Done], upto: int) -> Next | None:
    if blocked(protocol, condition, done):
        return None
    practised = sum(one.practice and one.condition == condition.id for one in done)
    tried = any(one.condition == condition.id and not one.practice for one in done)
    for target in _targets(condition):
        own = valid(protocol, condition, done, _id(target))
        wanted = min(planned(protocol, condition, own), upto)
        missing = [number for number in range(1, wanted + 1) if number not in {one.trial for one in own}]
        if not missing:
            continue
        if not tried and practised < condition.practice:
            return Next(condition, practised + 1, target, True, _rest_s(protocol, condition, 1, done))
        return Next(condition, missing[0], target, False, _rest_s(protocol, condition, missing[0], done))
    return None


def _rest_s(protocol: Protocol, condition: Condition, trial: int, done: Sequence[Done]) -> float:
    if not done:
        return 0.0
    new_round = protocol.order == "round" and trial > 1 and condition is protocol.conditions[0]
    return max(protocol.rest_s, protocol.round_rest_s if new_round else 0.0)


def _targets(condition: Condition) -> tuple[Target | None, ...]:
    return condition.targets or (None,)


def _id(target: Target | None) -> str | None:
    return target.id if target else None
