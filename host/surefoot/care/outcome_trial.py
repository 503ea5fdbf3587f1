# SPDX-License-Identifier: MIT
"""One trial as it went, by the device, by keys or typed in later; in: that and a measure, out: a number or a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from surefoot.care.protocol_condition import Condition
from surefoot.care.protocol_values import ErrorRule, Mark, Protocol, StopRule
from surefoot.errors import ProtocolError
from surefoot.measures.table import MEASURES

# complete: held, or finished; step, fall: balance lost; stopped: by a stop rule or the observer; timeout: not
# finished in time; interrupted: by a fault, so it doesn't count; unable: not tried, as it can't be done safely.
ENDED = ("complete", "step", "fall", "stopped", "timeout", "interrupted", "unable")
Value = tuple[float | None, str | None]


@dataclass(frozen=True)
class Given:
    """A mark as it was given: seconds after the start cue, the typed value, and by whom ("observer", "device")."""

    mark: str
    t_s: float | None = None
    value: float | None = None
    by: str = "observer"


@dataclass(frozen=True)
class Done:
    """One trial. `measured` is the device's and `typed` the observer's, by measure key; typed ones win.

    `watched`: the keys were at hand during the trial, so that no error mark means no error; False if typed in later.
    """

    condition: str
    trial: int = 1
    ended: str = "complete"
    measured: Mapping[str, float] = field(default_factory=dict)
    typed: Mapping[str, float] = field(default_factory=dict)
    marks: tuple[Given, ...] = ()
    target: str | None = None
    practice: bool = False
    watched: bool = True

    @property
    def by_hand(self) -> bool:
        return not self.measured

    @property
    def name(self) -> str:
        return "/".join(part for part in (self.condition, self.target, str(self.trial)) if part)


def done_of(entry: Mapping[str, Any]) -> Done:
    """The trial of a result (its `trials` entry) as outcomes want it."""
    measured = {key: float(made["value"]) for key, made in entry.get("measures", {}).items()}
    by_hand = bool(entry.get("by_hand"))
    if entry.get("held_s") is not None and not by_hand:
        measured["held_s"] = float(entry["held_s"])
    return Done(
        str(entry["condition"]),
        int(entry.get("trial", 1)),
        str(entry.get("ended", "complete")),
        {} if by_hand else measured,
        dict(entry.get("typed", {})),
        tuple(_given(mark) for mark in entry.get("marks", ())),
        entry.get("target"),
        bool(entry.get("practice", False)),
        bool(entry.get("watched", True)),
    )


def _given(mark: Mapping[str, Any]) -> Given:
    """A mark of a result, which has its label too."""
    return Given(**{key: value for key, value in mark.items() if key in Given.__dataclass_fields__})


def check_done(protocol: Protocol, done: Done) -> Done:
    """The trial, if the protocol has room for it. Raises ProtocolError naming what was typed wrongly."""
    condition = protocol.condition(done.condition)
    where = f"'{condition.title}', trial {done.trial}"
    targets = [target.id for target in condition.targets] or [None]
    if done.target not in targets:
        raise ProtocolError(f"{where}: there is no target '{done.target}': use one of {targets}.")
    if done.ended not in ENDED:
        raise ProtocolError(f"{where} ended '{done.ended}': use one of {', '.join(ENDED)}.")
    if done.practice:
        most = condition.practice
    else:
        most = condition.trials
    if not 1 <= done.trial <= most:
        raise ProtocolError(f"{where}: there are {most} of these: number them from 1.")
    allowed = {mark.id for mark in protocol.marks_of(condition)}
    for given in done.marks:
        if given.mark not in allowed:
            raise ProtocolError(f"{where} has no mark '{given.mark}': use one of {', '.join(sorted(allowed))}.")
        mark = protocol.mark(given.mark)
        if mark.effect == "value":
            _check_range(where, mark.label, given.value, mark.low, mark.high)
    for key, value in done.typed.items():
        if key not in protocol.by_hand.typed and key not in _valued(protocol, condition):
            known = ", ".join(protocol.by_hand.typed)
            raise ProtocolError(f"{where}: '{key}' isn't typed in this test: type {known}.")
        low, high = limits(protocol, condition, key)
        _check_range(where, MEASURES[key].label, value, low, high)
    return done


def limits(protocol: Protocol, condition: Condition, key: str) -> tuple[float, float | None]:
    """The least and the largest value of a measure that may be typed; None: no bound is known."""
    for mark in _valued(protocol, condition).values():
        if mark.measure == key and mark.low is not None:
            return mark.low, mark.high
    most = {"held_s": condition.hold_s or condition.time_s, "elapsed_s": condition.timeout_s}
    if key == "count":
        return 0.0, float(condition.repetitions) if condition.repetitions else None
    if key == "errors":
        return 0.0, float(protocol.errors.most) if protocol.errors else None
    return 0.0, most.get(key) or None


def trial_value(protocol: Protocol, done: Done, measure: str) -> Value:
    """A trial's number for a measure, or None and why there is none."""
    condition = protocol.condition(done.condition)
    if done.ended == "interrupted":
        return None, "it was interrupted: repeat it"
    if done.ended == "unable":
        return None, "it could not be done"
    if again := given_marks(protocol, done, "repeat"):
        return None, f"it is to be done again ({again[0].label})"
    for mark in given_marks(protocol, done, "disqualify"):
        return mark.becomes, None if mark.becomes is not None else f"it doesn't count ({mark.label})"
    rule = ending_rule(protocol, done)
    if rule and condition.kind == "hold":
        return None, f"the test was ended: {rule.text.rstrip('.')}"  # illness is no loss of balance
    if done.ended != "complete" and not _counts_when_cut(condition, measure):
        return None, "it was not finished"
    if measure == "held_s" and measure not in done.typed and _unstarted(protocol, condition, done):
        return None, "its clock was not started"
    return _plain(protocol, condition, done, measure)


def ending_rule(protocol: Protocol, done: Done) -> StopRule | None:
    """The stop rule by which a trial ended the whole test, if one did."""
    marks = {given.mark for given in done.marks}
    return next((rule for rule in protocol.safety.stop_rules if rule.ends == "test" and rule.mark in marks), None)


def given_marks(protocol: Protocol, done: Done, effect: str) -> list[Mark]:
    """The marks of one effect that were given in a trial, in the order they were given."""
    return [mark for given in done.marks if (mark := protocol.mark(given.mark)).effect == effect]


def _counts_when_cut(condition: Condition, measure: str) -> bool:
    # What was held, walked or done up to the first error is itself the result; a time to the end, or a count in a
    # fixed time, is none before that end; nor is sway, which is that of standing and not of losing balance.
    if measure.startswith(("cop_", "trunk_")):
        return False
    return condition.kind in ("hold", "distance") or (condition.kind == "timed" and measure == "count")


def _plain(protocol: Protocol, condition: Condition, done: Done, measure: str) -> Value:
    if measure == "errors":
        return _errors(protocol, condition, done)
    if measure == "speed_mps" and measure not in done.typed:
        return _speed(protocol, condition, done)
    if measure == "distance_m" and measure not in done.typed and condition.kind == "distance":
        return _distance(protocol, condition, done)
    value = done.typed.get(measure)
    for source in (_from_marks(protocol, condition, done, measure, "observer"), done.measured.get(measure)):
        value = source if value is None else value
    if value is None:
        value = _from_marks(protocol, condition, done, measure, "device")
    if value is None and measure == "count" and done.by_hand and done.watched:
        return 0.0, None
    if value is None or not isfinite(value):
        return None, f"{MEASURES[measure].label.lower()} is missing"
    return float(value), None


def _from_marks(protocol: Protocol, condition: Condition, done: Done, measure: str, by: str) -> float | None:
    given = [(one, protocol.mark(one.mark)) for one in done.marks if one.by == by]
    if measure == "count":
        return float(sum(mark.effect == "count" for _, mark in given)) or None
    begin_s = _begin_s(protocol, done)
    counts = [(one, mark) for one, mark in given if mark.effect == "count"]
    if condition.repetitions and len(counts) >= condition.repetitions:
        one, mark = counts[condition.repetitions - 1]
        ends = not protocol.marks_of(condition, "finish")
        if one.t_s is not None and (mark.measure == measure or (ends and measure == "elapsed_s")):
            return one.t_s - begin_s
    for one, mark in given:
        clock = {"finish": mark.measure or "elapsed_s", "split": mark.measure}.get(mark.effect)
        if one.t_s is not None and (clock == measure or (mark.effect == "finish" and measure == "elapsed_s")):
            return one.t_s - begin_s
        if mark.effect == "value" and mark.measure == measure:
            return one.value
    if measure == "held_s":
        ends = [one.t_s - begin_s for one, mark in given if mark.effect == "stop" and one.t_s is not None]
        return min([*ends, condition.hold_s]) if ends else None
    return None


def _begin_s(protocol: Protocol, done: Done) -> float:
    """When the clock started: by the last start mark of the observer, else of the device, else at the cue."""
    for by in ("observer", "device"):
        given = [one for one in done.marks if one.by == by and one.t_s is not None]
        starts = [one.t_s for one in given if one.t_s is not None and protocol.mark(one.mark).effect == "start"]
        if starts:
            return starts[-1]
    return 0.0


def _unstarted(protocol: Protocol, condition: Condition, done: Done) -> bool:
    """Whether a hold whose clock starts with a mark has none."""
    starts = {mark.id for mark in protocol.marks_of(condition, "start")}
    return condition.starts_on == "mark" and not any(given.mark in starts for given in done.marks)


def _speed(protocol: Protocol, condition: Condition, done: Done) -> Value:
    elapsed_s, reason = _plain(protocol, condition, done, "elapsed_s")
    if elapsed_s is None:
        return None, reason
    if not condition.distance_m or elapsed_s <= 0:
        return None, "a speed needs a distance and a time above 0 s"
    return condition.distance_m / elapsed_s, None


def _distance(protocol: Protocol, condition: Condition, done: Done) -> Value:
    lengths, reason = _plain(protocol, condition, done, "count")
    if lengths is None:
        return None, reason
    track_m = done.typed.get("track_m") or condition.track_m
    part_m, _ = _plain(protocol, condition, done, "last_length_m")
    if not track_m:
        return None, "the length of the track is missing"
    if part_m is None:
        return None, "the metres of the last length are missing (type 0 if there are none)"
    return lengths * track_m + part_m, None


def _errors(protocol: Protocol, condition: Condition, done: Done) -> Value:
    rule = protocol.errors
    if rule is None:
        return None, "this test counts no errors"
    held_s, _ = _plain(protocol, condition, done, "held_s")
    if held_s is not None and held_s < rule.least_s:
        return float(rule.most), None
    if (typed := done.typed.get("errors")) is not None:
        return min(float(typed), float(rule.most)), None
    if not done.watched:
        return None, "the number of errors is missing (type 0 if there were none)"
    return float(min(_together(protocol, done, rule), rule.most)), None


def _together(protocol: Protocol, done: Done, rule: ErrorRule) -> int:
    """Errors, those that come within `together_s` of the first of a group as one."""
    total, first_s = 0, None
    given = [(one.t_s, protocol.mark(one.mark)) for one in done.marks if protocol.mark(one.mark).effect == "error"]
    for t_s, mark in sorted(given, key=lambda pair: -1.0 if pair[0] is None else pair[0]):
        if t_s is not None and first_s is not None and t_s - first_s <= rule.together_s and mark.errors == 1:
            continue
        first_s = t_s
        total += mark.errors
    return total


def _valued(protocol: Protocol, condition: Condition) -> dict[str, Mark]:
    return {mark.measure: mark for mark in protocol.marks_of(condition, "value") if mark.measure}


def _check_range(where: str, what: str, value: float | None, low: float | None, high: float | None) -> None:
    inside = value is not None and isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
    if not inside:
        bounds = f"from {low:g}" if low is not None else "of any size"
        bounds += f" to {high:g}" if high is not None else ""
        raise ProtocolError(f"{where}: {what} is {value}, but must be a number {bounds}: type it again.")
