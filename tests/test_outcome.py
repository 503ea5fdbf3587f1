# SPDX-License-Identifier: MIT
"""Trials become outcomes by each test's own rules, and a reason stands where no honest number can."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.care.outcome import Done, Found, Given, check_done, done_of, next_trial, outcomes, skipped
from surefoot.care.outcome_trial import trial_value
from surefoot.care.protocol import Protocol, load_protocol, protocol_names
from surefoot.errors import ProtocolError


def typed(condition: str, trial: int = 1, ended: str = "complete", **values: float) -> Done:
    return Done(condition, trial, ended, typed=values, watched=False)


def found(protocol: Protocol, done: list[Done], rule: str, condition: str | None = None) -> Found:
    hits = [one for one in outcomes(protocol, done) if (one.id, one.condition) == (rule, condition)]
    assert len(hits) == 1
    return hits[0]


def ids(protocol: Protocol, done: list[Done]) -> tuple[str, int] | None:
    ahead = next_trial(protocol, done)
    return (ahead.condition.id, ahead.trial) if ahead else None


# mCTSIB: a first trial held is enough; else three, averaged.


def test_mctsib_accepts_a_first_full_trial_and_averages_three_others() -> None:
    protocol = load_protocol("mctsib")
    done = [typed("firm-open", held_s=30)]
    assert ids(protocol, done) == ("firm-closed", 1)
    done += [typed("firm-closed", held_s=12, ended="step")]
    assert ids(protocol, done) == ("firm-closed", 2)
    done += [typed("firm-closed", 2, held_s=30)]  # a later full trial does not end it
    assert ids(protocol, done) == ("firm-closed", 3)
    assert found(protocol, done, "held", "firm-closed").reason == "'Firm, eyes closed': 2 of 3 trials are done."
    done += [typed("firm-closed", 3, held_s=18, ended="step")]
    assert found(protocol, done, "held", "firm-closed").value == 20
    assert found(protocol, done, "total").value is None
    done += [typed("foam-open", held_s=30), typed("foam-closed", held_s=6, ended="fall")]
    done += [typed("foam-closed", 2, held_s=9, ended="step"), typed("foam-closed", 3, held_s=3, ended="step")]
    assert next_trial(protocol, done) is None
    assert found(protocol, done, "total").value == 30 + 20 + 30 + 6


# STEADI: each stage needs the one before.


def test_a_stance_that_was_lost_has_seconds_and_no_sway() -> None:
    protocol = load_protocol("quiet-stance")
    done = [Done("eyes-open", 1, "fall", measured={"held_s": 12.0, "cop_velocity_mmps": 36.8})]
    assert found(protocol, done, "held", "eyes-open").value == 12.0
    lost = found(protocol, done, "velocity", "eyes-open")
    assert (lost.value, "was not finished" in str(lost.reason)) == (None, True)


def test_a_failed_stage_ends_the_four_stages() -> None:
    protocol = load_protocol("steadi-4-stage")
    done = [typed("side-by-side", held_s=10), typed("semi-tandem", held_s=10)]
    assert found(protocol, done, "stages").value is None
    done += [typed("tandem", held_s=9.9, ended="step")]
    assert next_trial(protocol, done) is None
    assert skipped(protocol, done) == {"single-leg": "not tried, because 'Tandem' was not held to the end"}
    assert found(protocol, done, "stages").value == 2
    assert found(protocol, done, "held", "tandem").value == 9.9
    assert found(protocol, done, "held", "single-leg").reason == "Not tried, because 'Tandem' was not held to the end."


def test_a_stage_that_cant_be_done_blocks_all_that_follow() -> None:
    protocol = load_protocol("steadi-4-stage")
    done = [Done("side-by-side", ended="unable")]
    assert next_trial(protocol, done) is None
    assert set(skipped(protocol, done)) == {"semi-tandem", "tandem", "single-leg"}
    assert found(protocol, done, "stages").value == 0


def test_illness_is_no_loss_of_balance() -> None:
    """A trial that ended the test by a safety rule is no result of balance: no stage or point is taken off for it."""
    four = load_protocol("steadi-4-stage")
    done = [typed("side-by-side", held_s=10), Done("semi-tandem", 1, "stopped", {"held_s": 4.0}, marks=(Given("ill"),))]
    assert next_trial(four, done) is None
    assert found(four, done, "stages").value is None
    assert str(found(four, done, "stages").reason).startswith("The test was ended: They feel dizzy")
    assert found(four, done, "held", "semi-tandem").value is None
    assert found(four, done, "held", "side-by-side").value == 10
    assert found(load_protocol("sppb"), done, "balance").value is None


# SPPB: points by table, nothing for what can't be done, walk and chair after a failed stance.


def sppb(tandem_s: float, walk_s: tuple[float, float], chair_s: float) -> list[Done]:
    done = [typed("side-by-side", held_s=10), typed("semi-tandem", held_s=10), typed("tandem", held_s=tandem_s)]
    done += [typed("walk", 1, elapsed_s=walk_s[0]), typed("walk", 2, elapsed_s=walk_s[1])]
    return [*done, typed("chair-stands", to_fifth_stand_s=chair_s)]


@pytest.mark.parametrize(
    ("tandem_s", "walk_s", "chair_s", "points"),
    [
        (10, (4.81, 9), 11.19, 2 + 2 + 4 + 4),
        (9.99, (4.82, 9), 11.20, 2 + 1 + 3 + 3),
        (3, (6.20, 9), 13.69, 2 + 1 + 3 + 3),
        (2.99, (6.21, 9), 13.70, 2 + 0 + 2 + 2),
        (0, (9, 8.70), 16.69, 2 + 0 + 2 + 2),
        (0, (9, 8.71), 16.70, 2 + 0 + 1 + 1),
        (0, (9, 8.704), 16.70, 2 + 0 + 2 + 1),  # the published steps are of hundredths
    ],
)
def test_sppb_points_at_every_step(tandem_s, walk_s, chair_s, points) -> None:
    protocol = load_protocol("sppb")
    total = found(protocol, sppb(tandem_s, walk_s, chair_s), "total")
    assert (total.value, total.reason) == (points, None)
    assert total.certainty == "R"  # its walking table was not read
    assert found(protocol, sppb(tandem_s, walk_s, chair_s), "balance").certainty == "V"


def test_sppb_goes_on_after_a_failed_stance_and_gives_0_for_what_was_not_finished() -> None:
    protocol = load_protocol("sppb")
    done = [typed("side-by-side", held_s=4, ended="step")]
    assert ids(protocol, done) == ("walk", 1)
    done += [Done("walk", 1, "unable")]
    ahead = next_trial(protocol, done)
    assert ahead
    assert (ahead.condition.id, ahead.practice) == ("chair-stands", True)
    done += [Done("chair-stands", 1, practice=True), Done("chair-stands", 1, "timeout", watched=False)]
    assert next_trial(protocol, done) is None
    assert found(protocol, done, "total").value == 0
    assert found(protocol, done, "speed", "walk").value is None


def test_an_interrupted_trial_scores_nothing_and_comes_again() -> None:
    protocol = load_protocol("sppb")
    done = [*sppb(10, (5, 5), 12)[:-1], Done("chair-stands", ended="interrupted")]
    done += [Done("chair-stands", practice=True)]
    assert ids(protocol, done) == ("chair-stands", 1)
    assert found(protocol, done, "total").value is None
    assert "0 of 1 trial is done" in str(found(protocol, done, "total").reason)


# BESS: errors by keys.


def bess(marks: list[tuple[str, float | None]], held_s: float = 20.0, condition: str = "double-firm") -> Done:
    ended = "complete" if held_s == 20 else "stopped"
    return Done(condition, 1, ended, {"held_s": held_s}, marks=tuple(Given(m, t) for m, t in marks))


@pytest.mark.parametrize(
    ("trial", "errors"),
    [
        (bess([]), 0),
        (bess([("hands", 3.0), ("eyes", 3.4), ("step", 3.9)]), 1),  # at the same moment
        (bess([("hands", 3.0), ("eyes", 4.1)]), 2),
        (bess([("hands", 3.0), ("hands", 3.8), ("hands", 4.6)]), 2),  # from the first of a group, not a chain
        (bess([("step", float(t)) for t in range(0, 40, 2)]), 10),
        (bess([("cannot", 9.0)]), 10),
        (bess([("eyes", 9.0), ("cannot", 9.0)]), 10),
        (bess([], held_s=4.9), 10),
        (bess([("loss", 12.0), ("step", 11.0)], held_s=12.0), 1),
        (bess([("hands", None), ("eyes", None)]), 2),  # without a clock each key counts
        (Done("double-firm", typed={"held_s": 20, "errors": 3}, watched=False), 3),
        (Done("double-firm", typed={"held_s": 2, "errors": 3}, watched=False), 10),
    ],
)
def test_bess_errors(trial: Done, errors: int) -> None:
    assert trial_value(load_protocol("bess"), trial, "errors") == (errors, None)


def test_bess_typed_in_later_needs_its_zero() -> None:
    protocol = load_protocol("bess")
    value, reason = trial_value(protocol, Done("double-firm", typed={"held_s": 20}, watched=False), "errors")
    assert value is None
    assert "type 0" in str(reason)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["hands", "eyes", "hip"]), st.floats(0, 20)), max_size=12))
def test_bess_errors_do_not_depend_on_the_order_of_the_marks(marks) -> None:
    protocol = load_protocol("bess")
    values = {trial_value(protocol, bess(list(order)), "errors") for order in list(permutations(marks[:4]))}
    assert len(values) == 1
    assert 0 <= float(trial_value(protocol, bess(marks), "errors")[0] or 0) <= min(10, len(marks))


# Clocks, counts and distances, by keys, by hand and by the device.


def test_a_walk_is_timed_between_two_keys_or_typed() -> None:
    protocol = load_protocol("walk-10m")
    keys = Done("comfortable", marks=(Given("start-line", 2.5), Given("finish", 7.5)))
    assert trial_value(protocol, keys, "elapsed_s") == (5.0, None)
    assert trial_value(protocol, keys, "speed_mps") == (1.2, None)
    later = replace(keys, typed={"elapsed_s": 4.0})
    assert trial_value(protocol, later, "speed_mps") == (1.5, None)
    both = [keys, typed("comfortable", 2, elapsed_s=4.0)]
    assert found(protocol, both, "speed", "comfortable").value == pytest.approx(1.35)
    fastest = found(protocol, both, "fastest", "comfortable")
    assert (fastest.value, fastest.of) == (1.5, ("comfortable/1", "comfortable/2"))
    stopped = [keys, Done("comfortable", 2, "stopped", {"elapsed_s": 9.0})]
    assert found(protocol, stopped, "speed", "comfortable").value is None  # half a mean is none
    assert found(protocol, stopped, "fastest", "comfortable").value == 1.2


def test_who_is_believed_when_observer_and_device_differ() -> None:
    protocol = load_protocol("tug")
    device = Done("tug", measured={"elapsed_s": 11.0, "movement_s": 10.2})
    assert trial_value(protocol, device, "elapsed_s") == (11.0, None)
    key = replace(device, marks=(Given("finish", 11.4),))
    assert trial_value(protocol, key, "elapsed_s") == (11.4, None)
    seen = replace(device, marks=(Given("finish", 11.4, by="device"),))
    assert trial_value(protocol, seen, "elapsed_s") == (11.0, None)
    assert trial_value(protocol, replace(key, typed={"elapsed_s": 12.0}), "elapsed_s") == (12.0, None)
    assert found(protocol, [device], "movement", "tug").value == 10.2
    assert not found(protocol, [device], "movement", "tug").by_hand
    hand = found(protocol, [typed("tug", elapsed_s=11.0)], "movement", "tug")
    assert (hand.value, hand.by_hand) == (None, True)


def test_a_start_before_the_cue_is_thrown_out_and_done_again() -> None:
    protocol = load_protocol("tug")
    done = [Done("tug", practice=True), Done("tug", measured={"elapsed_s": 9.0}, marks=(Given("early", 0.1),))]
    assert ids(protocol, done) == ("tug", 1)
    assert found(protocol, done, "clinical", "tug").value is None
    done += [Done("tug", measured={"elapsed_s": 10.0})]
    assert next_trial(protocol, done) is None
    assert found(protocol, done, "clinical", "tug").value == 10.0


def test_five_stands_have_two_ends() -> None:
    protocol = load_protocol("sit-to-stand-5")
    marks = (*(Given("stood", 2.0 * n - 1) for n in range(1, 6)), Given("finish", 10.5))
    done = Done("five", marks=marks)
    assert trial_value(protocol, done, "to_fifth_stand_s") == (9.0, None)
    assert trial_value(protocol, done, "elapsed_s") == (10.5, None)
    four = Done("five", ended="timeout", marks=marks[:4])
    assert trial_value(protocol, four, "elapsed_s")[0] is None
    arms = replace(done, marks=(*marks, Given("arms-used", 3.0)))
    assert trial_value(protocol, arms, "elapsed_s") == (None, "it doesn't count (Arms were used)")


def test_stands_in_30_s_are_0_with_arms() -> None:
    protocol = load_protocol("sit-to-stand-30s")
    done = Done("stands", marks=tuple(Given("stood", 2.0 * n) for n in range(14)))
    assert trial_value(protocol, done, "count") == (14.0, None)
    assert trial_value(protocol, replace(done, marks=(*done.marks, Given("arms-used"))), "count") == (0.0, None)
    assert trial_value(protocol, replace(done, ended="stopped"), "count")[0] is None
    assert trial_value(protocol, Done("stands"), "count") == (0.0, None)  # watched, and nobody stood up
    assert trial_value(protocol, typed("stands"), "count")[0] is None  # typed in later, and forgotten


def test_metres_of_a_long_walk() -> None:
    protocol = load_protocol("walk-6min")
    laps = tuple(Given("length", 30.0 * n) for n in range(1, 13))
    done = Done("walk", marks=(*laps, Given("part", value=12.5)))
    assert trial_value(protocol, done, "distance_m") == (12 * 30 + 12.5, None)
    assert "last length" in str(trial_value(protocol, Done("walk", marks=laps), "distance_m")[1])
    short = replace(done, typed={"track_m": 20.0})
    assert trial_value(protocol, short, "distance_m") == (12 * 20 + 12.5, None)
    early = replace(done, ended="stopped", marks=(*done.marks, Given("warning", 200.0)))
    assert trial_value(protocol, early, "distance_m") == (372.5, None)
    assert next_trial(protocol, [early]) is None
    assert trial_value(protocol, typed("walk", distance_m=400.0), "distance_m") == (400.0, None)


def test_tandem_steps_count_up_to_the_first_error() -> None:
    protocol = load_protocol("tandem-walk")
    seven = Done("walk", ended="stopped", marks=(*(Given("good-step") for _ in range(7)), Given("off")))
    assert trial_value(protocol, seven, "count") == (7.0, None)
    item = found(protocol, [seven, replace(seven, trial=2)], "item")
    assert (item.value, item.certainty) == (2, "R")


@pytest.mark.parametrize(
    ("name", "single", "dual", "cost"), [("tug-dual", 10.0, 13.0, 30.0), ("walk-dual", 5, 6, 50 / 3)]
)
def test_the_cost_of_a_second_task_is_more_when_it_is_worse(name: str, single, dual, cost) -> None:
    """Both slower: the seconds of the first rise by 30 %, the speed of the second falls by a sixth."""
    protocol = load_protocol(name)
    done = [typed(c, t, elapsed_s=s) for c, s in (("single", single), ("dual", dual)) for t in (1, 2)]
    assert found(protocol, done, "cost").value == pytest.approx(cost)
    assert found(protocol, done[:2], "cost").value is None
    assert found(protocol, done[:3], "cost").reason is not None


def test_rounds_rest_and_practice() -> None:
    protocol = load_protocol("single-leg-stance")
    done: list[Done] = []
    order, rests = [], []
    while ahead := next_trial(protocol, done):
        order.append((ahead.condition.id, ahead.trial))
        rests.append(ahead.rest_s)
        done.append(typed(ahead.condition.id, ahead.trial, "step", held_s=7.0 + len(done)))
    assert order == [(c, t) for t in (1, 2, 3) for c in ("eyes-open", "eyes-closed")]
    assert rests == [0, 30, 300, 30, 300, 30]
    assert found(protocol, done, "best", "eyes-open").value == 11
    assert found(protocol, done, "mean", "eyes-open").value == 9


def test_leaning_is_a_trial_for_each_target() -> None:
    protocol = load_protocol("limits-of-stability")
    done: list[Done] = []
    while ahead := next_trial(protocol, done):
        assert ahead.target
        ended = "step" if ahead.target.id == "back" else "complete"
        made = {"los_maximum_pct": 30.0 + len(done)}
        done.append(Done(ahead.condition.id, ahead.trial, ended, made, target=ahead.target.id, practice=ahead.practice))
    assert len(done) == 9
    assert found(protocol, done, "reached").value == 7
    maximum = {one.target: one.value for one in outcomes(protocol, done) if one.id == "maximum"}
    assert len(maximum) == 8
    assert maximum["forward"] == 31
    assert maximum["back"] is None


@pytest.mark.parametrize(
    ("name", "one", "other", "worse"),
    [
        ("single-leg-stance-each-leg", {"held_s": 20.0}, {"held_s": 8.0}, 8.0),
        ("turn-360", {"elapsed_s": 3.0, "steps": 6.0}, {"elapsed_s": 4.5, "steps": 9.0}, 4.5),
        ("weight-shift", {"load_reached_share": 85.0}, {"load_reached_share": 70.0}, 70.0),
        ("range-of-motion-ankle", {"angle_deg": 40.0}, {"angle_deg": 31.0}, 31.0),
        ("range-of-motion-hip", {"angle_deg": 110.0}, {"angle_deg": 95.0}, 95.0),
        ("range-of-motion-knee", {"angle_deg": 130.0}, {"angle_deg": 120.0}, 120.0),
    ],
)
def test_of_both_sides_the_worse_is_primary_whichever_it_is(name: str, one: dict, other: dict, worse: float) -> None:
    protocol = load_protocol(name)
    assert protocol.primary_outcome
    for left, right in ((one, other), (other, one)):
        done: list[Done] = []
        while ahead := next_trial(protocol, done):
            target = ahead.target.id if ahead.target else None
            made = left if "left" in (target or ahead.condition.id) else right
            done.append(
                Done(ahead.condition.id, ahead.trial, typed=made, target=target, practice=ahead.practice, watched=False)
            )
        assert found(protocol, done, protocol.primary_outcome.outcome).value == worse
        assert found(protocol, done, protocol.primary_outcome.outcome).condition is None
        # With one side not done there is no worse side: the other one is not taken for it.
        half = [trial for trial in done if "left" in (trial.target or trial.condition)]
        lone = found(protocol, half, protocol.primary_outcome.outcome)
        assert lone.value is None
        assert lone.reason


def test_every_test_names_one_result_that_may_be_judged() -> None:
    assert [name for name in protocol_names() if load_protocol(name).primary_outcome is None] == []


def test_a_trial_of_a_result_is_read() -> None:
    entry = {"condition": "eyes-open", "trial": 1, "ended": "step", "held_s": 12.0, "target_s": 30.0}
    entry |= {
        "measures": {"cop_velocity_mmps": {"value": 9.0, "unit": "mm/s"}},
        "marks": [{"mark": "loss", "t_s": 12.0}],
    }
    protocol = load_protocol("quiet-stance")
    done = check_done(protocol, done_of(entry))
    assert trial_value(protocol, done, "held_s") == (12.0, None)
    assert done.measured["cop_velocity_mmps"] == 9.0
    assert trial_value(protocol, done, "cop_velocity_mmps") == (None, "it was not finished"), (
        "sway is that of a stance held"
    )
    assert done_of({"condition": "eyes-open", "by_hand": True, "held_s": 5.0, "typed": {"held_s": 5.0}}).by_hand


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (typed("dark", held_s=1), "no condition 'dark'"),
        (typed("eyes-open", 2, held_s=1), "there are 1 of these"),
        (typed("eyes-open", held_s=31), "must be a number from 0 to 30"),
        (typed("eyes-open", held_s=float("nan")), "must be a number"),
        (typed("eyes-open", elapsed_s=3), "'elapsed_s' isn't typed in this test: type held_s"),
        (typed("eyes-open", ended="tired", held_s=3), "ended 'tired': use one of complete"),
        (Done("eyes-open", marks=(Given("eyes"),)), "has no mark 'eyes'"),
        (Done("eyes-open", target="left"), "no target 'left'"),
        (Done("eyes-open", practice=True), "there are 0 of these"),
    ],
)
def test_what_is_typed_wrongly_is_refused(done: Done, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        check_done(load_protocol("quiet-stance"), done)


def test_a_reach_in_centimetres_is_noticed() -> None:
    with pytest.raises(ProtocolError, match=r"Distance is 25\.0, but must be a number from 0 to 0\.8"):
        check_done(load_protocol("functional-reach"), typed("forward", distance_m=25.0))
