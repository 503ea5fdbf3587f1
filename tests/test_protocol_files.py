# SPDX-License-Identifier: MIT
"""Every shipped test: passed, failed by each stop rule, interrupted, and scored with each mark, as data alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol_page import PAGE, page
from surefoot.care.outcome import Done, Given, Next, check_done, next_trial, outcomes, skipped
from surefoot.care.outcome_next import full
from surefoot.care.outcome_trial import limits, trial_value
from surefoot.care.protocol import Condition, Protocol, load_protocol, protocol_names
from surefoot.measures.table import MEASURES

PROTOCOLS = {name: load_protocol(name) for name in protocol_names()}
EACH = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
FULL = ("held_s",)


def values(protocol: Protocol, condition: Condition) -> dict[str, float]:
    """Something that may be typed for each measure: all of a hold, else a middling number."""
    made = {}
    for key in protocol.by_hand.typed:
        low, high = limits(protocol, condition, key)
        most = 60.0 if high is None else high
        made[key] = most if key in FULL else (low + most) / 2
    return made


def done_by_hand(protocol: Protocol, ahead: Next, ended: str = "complete", marks: tuple[Given, ...] = ()) -> Done:
    musts = tuple(
        Given(mark.id, value=((mark.low or 0) + (mark.high or 0)) / 2)
        for mark in protocol.marks_of(ahead.condition, "value")
        if mark.must
    )
    typed = values(protocol, ahead.condition) if ended != "unable" else {}
    target = ahead.target.id if ahead.target else None
    one = Done(ahead.condition.id, ahead.trial, ended, {}, typed, (*musts, *marks), target, ahead.practice)
    return check_done(protocol, one)


def run(protocol: Protocol, done: list[Done] | None = None) -> list[Done]:
    """All that stays to be done, each trial complete."""
    done = list(done or [])
    while ahead := next_trial(protocol, done):
        done.append(done_by_hand(protocol, ahead))
        assert len(done) < 200
    return done


@EACH
def test_passed_by_stopwatch_and_keys_alone(protocol: Protocol) -> None:
    found = outcomes(protocol, run(protocol))
    by_hand = {rule.id: rule.by_hand for rule in protocol.outcomes}
    for one in found:
        assert one.by_hand
        if by_hand[one.id]:
            assert one.value is not None, one.reason
            assert one.reason is None
        else:
            assert one.value is None
            assert one.reason
    assert not skipped(protocol, run(protocol))
    assert outcomes(protocol, [])
    assert all(one.value is None and one.reason for one in outcomes(protocol, []))


@EACH
def test_failed_by_each_of_its_stop_rules(protocol: Protocol) -> None:
    """A rule ends the trial or the test as it says, and the rest can still be done to an end."""
    reached: set[str] = set()
    for rule in protocol.safety.stop_rules:
        mark = protocol.mark(rule.mark)
        before: list[Done] = []
        while (ahead := next_trial(protocol, before)) and (
            ahead.practice or mark not in protocol.marks_of(ahead.condition)
        ):
            before.append(done_by_hand(protocol, ahead))
        assert ahead, f"{rule.id} can't be reached"
        reached.add(rule.id)
        failed = done_by_hand(protocol, ahead, "stopped", (Given(mark.id, 1.0),))
        after = [*before, failed]
        if rule.ends == "test":
            assert next_trial(protocol, after) is None
            open_ = [one for one in outcomes(protocol, after) if one.value is None]
            assert all(one.reason for one in open_)
            continue
        following = next_trial(protocol, after)
        if mark.effect == "repeat":
            assert following
            assert (following.condition, following.trial) == (ahead.condition, ahead.trial)
            assert trial_value(protocol, failed, protocol.primary_measure)[0] is None
        if mark.effect != "error" and ahead.condition.kind not in ("hold", "distance"):
            assert not full(protocol, failed)
            assert trial_value(protocol, failed, "elapsed_s")[0] == mark.becomes
        assert all(one.value is not None or one.reason for one in outcomes(protocol, run(protocol, after)))
    assert reached == {rule.id for rule in protocol.safety.stop_rules}


@EACH
def test_interrupted_at_any_trial(protocol: Protocol) -> None:
    whole = run(protocol)
    for cut in range(len(whole)):
        ahead = next_trial(protocol, whole[:cut])
        assert ahead
        broken = Done(ahead.condition.id, ahead.trial, "interrupted", target=whole[cut].target, practice=ahead.practice)
        again = next_trial(protocol, [*whole[:cut], broken])
        if not ahead.practice:
            assert again == Next(ahead.condition, ahead.trial, ahead.target, False, again.rest_s if again else 0.0)
        made = run(protocol, [*whole[:cut], broken])
        assert [(o.id, o.value) for o in outcomes(protocol, made)] == [
            (o.id, o.value) for o in outcomes(protocol, whole)
        ]


@EACH
def test_scored_with_each_mark_of_the_observer(protocol: Protocol) -> None:
    for mark in protocol.marks:
        done: list[Done] = []
        while (ahead := next_trial(protocol, done)) and (
            ahead.practice or mark not in protocol.marks_of(ahead.condition)
        ):
            done.append(done_by_hand(protocol, ahead))
        assert ahead, f"nobody can give {mark.id}"
        value = ((mark.low or 0) + (mark.high or 0)) / 2 if mark.effect == "value" else None
        ended = "stopped" if mark.effect == "stop" else "complete"
        one = Done(ahead.condition.id, ahead.trial, ended, marks=(Given(mark.id, 2.0, value),), target=None)
        one = check_done(protocol, one if not ahead.target else Done(**{**vars(one), "target": ahead.target.id}))
        number = trial_value(protocol, one, mark.measure or "elapsed_s")[0]
        if mark.effect == "value" and mark.measure:
            assert number == value
        if mark.effect == "finish":
            assert number == 2.0
        if mark.effect == "count":
            assert trial_value(protocol, one, "count")[0] == 1.0
        if mark.effect == "error":
            assert trial_value(protocol, one, "errors")[0] == min(
                mark.errors, protocol.errors.most if protocol.errors else 0
            )
        if mark.effect == "disqualify":
            assert trial_value(protocol, one, protocol.primary_measure)[0] == mark.becomes


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["complete", "step", "fall", "stopped", "timeout", "unable"]), min_size=1, max_size=9))
@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_any_course_comes_to_an_end_and_every_outcome_has_a_number_or_a_reason(protocol: Protocol, course) -> None:
    done: list[Done] = []
    while ahead := next_trial(protocol, done):
        done.append(done_by_hand(protocol, ahead, course[len(done) % len(course)]))
        assert len(done) < 200
    for one in outcomes(protocol, done):
        assert (one.value is None) != (one.reason is None)


@EACH
def test_it_guards_and_says_what_it_can_not(protocol: Protocol) -> None:
    assert any("stop rules aloud" in line for line in protocol.safety.guarding)
    assert {rule.id for rule in protocol.safety.stop_rules} & {"ill"}
    assert protocol.takes_min > 0
    assert protocol.not_measured
    assert protocol.by_hand.how
    assert {source.certainty for source in protocol.sources} <= {"V", "R", "D"}
    for condition in protocol.conditions:
        marks = {mark.id for mark in protocol.marks_of(condition)}
        if condition.vision == "closed":
            assert "eyes" in marks  # nothing but the observer sees them
        if condition.surface == "foam":
            assert condition.setting in ("helper", "clinic")
        if condition.kind == "hold":
            assert condition.limit_s - protocol.analysis.trim_s >= 10


def test_each_says_which_of_its_numbers_may_be_judged() -> None:
    for protocol in PROTOCOLS.values():
        assert protocol.primary_measure in MEASURES
        made = {rule.measure for rule in protocol.outcomes} | {"cop_velocity_mmps"}
        assert protocol.primary_measure in made


def test_what_is_spoken_is_in_the_order_of_the_minutes() -> None:
    six = PROTOCOLS["walk-6min"].conditions[0]
    assert [cue.at_s for cue in six.cues.during][:5] == [60, 120, 180, 240, 300]
    assert six.limit_s == 360
    assert len({cue.say for cue in six.cues.during}) == 6


def test_variants_are_apart() -> None:
    ten, fourteen = PROTOCOLS["walk-10m"].conditions[0], PROTOCOLS["walk-10m-14"].conditions[0]
    assert (ten.distance_m, ten.run_in_m) == (6, 2)
    assert (fourteen.distance_m, fourteen.run_in_m) == (10, 2)
    assert PROTOCOLS["sppb"].condition("chair-stands").ends_on == "fifth-stand"
    assert PROTOCOLS["sit-to-stand-5"].conditions[0].ends_on == "fifth-seat"


def test_the_detectors_of_a_condition() -> None:
    bess = PROTOCOLS["bess"]
    found = bess.detectors_of(bess.condition("double-firm"))
    assert {name: mark.id for name, mark in found.items() if mark} == {
        "step": "step",
        "foot-lift": "step",
        "tilt": "hip",
        "heel-lift": "heel",
        "free-fall": "loss",
        "impact": "loss",
    }
    assert "step" not in bess.detectors_of(bess.condition("single-firm"))  # the raised foot is no step
    tug = PROTOCOLS["tug"]
    assert tug.detectors_of(tug.conditions[0])["turn"] is None


def test_the_readme_tells_what_the_files_say() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "run: python tests/protocol_page.py"
    assert re.search(r"None of the tests was verified on people", text)
