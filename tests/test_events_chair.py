# SPDX-License-Identifier: MIT
"""Sit-to-stand, timed up and go, turns. Not verified on people."""

from __future__ import annotations

import numpy as np
import pytest

import crude
from surefoot.errors import MeasureError
from surefoot.measures.events import SitToStand, sit_to_stand, trunk, tug, turns

RATE_HZ = crude.RATE_HZ
SITS = [(0, 0, 0), (15, -12, 20), (-20, 0, -20)]


def chair(
    plan: list[tuple[float, float, float, float]], seconds: float, weight_n: float = crude.WEIGHT_N, seed: int = 0
) -> crude.Body:
    """Rises as (leaves the seat, takes so long, stays up, to a height); goes down as slowly."""
    body = crude.sitting(seconds, weight_n=weight_n, seed=seed)
    for at_s, for_s, up_s, to_m in plan:
        crude.rise(body, at_s, for_s, to_m)
        crude.rise(body, at_s + for_s + up_s, for_s, to_m, back=True)
        if to_m < 0.3:  # with bent knees the trunk stays bent
            down_s = at_s + for_s + up_s
            body.pitch_deg += crude.ease(body.t, at_s, for_s, 25.0) - crude.ease(body.t, down_s, for_s, 25.0)
    crude.dynamic(body)
    return body


def five(for_s: float, up_s: float, down_s: float, to_m: float = 0.35) -> list[tuple[float, float, float, float]]:
    period_s = 2 * for_s + up_s + down_s
    return [(4.0 + k * period_s, for_s, up_s, to_m) for k in range(5)]


def run(body: crude.Body, sits=(0, 0, 0), lost: float = 0.0, seed: int = 0) -> SitToStand:
    load_n, acc, gyr = crude.lose((body.load_n, *body.waist(sits, seed=seed)), lost, seed)
    return sit_to_stand(load_n, acc, gyr, RATE_HZ)


@pytest.mark.parametrize("sits", SITS)
@pytest.mark.parametrize("pace", [(0.6, 0.3, 0.5), (1.0, 0.6, 0.8), (2.5, 1.0, 1.5)])
def test_five_rises_are_five_at_any_pace(sits, pace):
    for seed, weight_n in enumerate((450.0, 700.0, 1150.0)):
        plan = five(*pace)
        found = run(chair(plan, 8 + plan[-1][0] + 2 * pace[0] + pace[1], weight_n, seed), sits, seed=seed)
        assert (found.count, found.partial) == (5, 0)
        assert found.weight_n == pytest.approx(weight_n, rel=0.1)
        for rise, (off_s, for_s, up_s, _) in zip(found.rises, plan, strict=True):
            assert rise.seat_off_s == pytest.approx(off_s, abs=0.12)
            assert rise.standing_s == pytest.approx(off_s + for_s, abs=0.2)
            assert rise.sit_start_s == pytest.approx(off_s + for_s + up_s, abs=0.2)
            assert rise.seated_s == pytest.approx(off_s + 2 * for_s + up_s, abs=0.15)
            assert rise.height_m == pytest.approx(0.35, abs=0.06)
        assert found.start_s == pytest.approx(3.4, abs=0.2)
        assert found.stand_s() == found.rises[4].standing_s
        assert found.seated_s() == found.rises[4].seated_s
        assert found.stand_s(6) is None


@pytest.mark.parametrize("sits", SITS)
def test_partial_rises_are_counted_apart(sits):
    plan = five(0.9, 0.6, 0.9)
    plan[1] = (*plan[1][:3], 0.18)
    plan[3] = (*plan[3][:3], 0.2)
    found = run(chair(plan, 30), sits)
    assert (found.count, found.partial) == (3, 2)
    assert [rise.full for rise in found.rises] == [True, False, True, False, True]
    assert found.stand_s(3) == found.rises[4].standing_s


def test_weight_that_leaves_the_seat_and_comes_back_is_an_attempt():
    body = chair([(8.0, 1.0, 2.0, 0.35)], 18)
    body.load_n += crude.bump(body.t, 4.0, 1.2, 0.53 * crude.WEIGHT_N)[:, None] / 2
    found = run(body)
    assert (found.count, found.tried, found.partial) == (1, 1, 0)


def test_what_is_complete_at_a_time_counts_half_way_up():
    plan = five(1.0, 1.0, 1.0)
    found = run(chair(plan, 30))
    off_s = plan[2][0]
    assert [found.completed_at(off_s + s) for s in (-0.2, 0.35, 0.75, 1.5, 3.0)] == [2, 2, 3, 3, 3]
    cut = round((off_s + 0.75) * RATE_HZ)
    whole = chair(plan, 30)
    acc, gyr = whole.waist()
    short = sit_to_stand(whole.load_n[:cut], acc[:cut], gyr[:cut], RATE_HZ)
    assert short.completed_at(off_s + 0.75) == 3


def test_losses_and_one_insole_leave_the_count():
    plan = five(1.0, 0.8, 1.0)
    body = chair(plan, 30)
    assert run(body, lost=0.03).count == 5
    body.load_n[:, 1] = np.nan
    found = run(body)
    assert found.count == 5
    assert "left foot" in found.unseen[0]
    assert all(rise.confidence <= 0.5 for rise in found.rises)


def test_without_a_waist_sensor_rises_are_counted_by_load_and_said_to_be():
    body = chair(five(1.0, 0.8, 1.0), 30)
    nothing = np.full((len(body.t), 3), np.nan)
    found = sit_to_stand(body.load_n, nothing, nothing, RATE_HZ)
    assert found.count == 5
    assert found.start_s is None
    assert any("partial" in reason for reason in found.unseen)


def test_who_never_sat_or_stood_gets_a_reason():
    for body in (crude.standing(15), crude.sitting(15)):
        with pytest.raises(MeasureError, match="sit"):
            run(body)
    body = crude.sitting(15)
    with pytest.raises(MeasureError, match="Neither insole"):
        sit_to_stand(body.load_n * np.nan, *body.waist(), RATE_HZ)


SHAPES = {
    "half sine": lambda x: np.sin(np.pi * x) * np.pi / 2,
    "trapezoid": lambda x: np.minimum(1, np.minimum(x, 1 - x) / 0.25) / 0.75,
    "triangle": lambda x: 4 * np.minimum(x, 1 - x),
}


def turning(t: np.ndarray, at_s: float, for_s: float, angle_deg: float, shape: str = "half sine") -> np.ndarray:
    """A rate about the vertical."""
    x = np.clip((t - at_s) / for_s, 0, 1)
    return SHAPES[shape](x) * ((x > 0) & (x < 1)) * angle_deg / for_s


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("for_s", [0.9, 1.5, 2.4])
@pytest.mark.parametrize("angle_deg", [180.0, -90.0, 360.0])
def test_turns_in_a_walk_that_swings_the_pelvis(shape, for_s, angle_deg):
    rng = np.random.default_rng(1)
    for phase in (0.0, 2.0, 4.0):
        t = np.arange(0, 15, 1 / RATE_HZ)
        yaw = turning(t, 6.0, for_s, angle_deg, shape) + 10 * np.sin(2 * np.pi * 0.9 * t + phase)
        (found,) = turns(yaw + rng.normal(0, 0.5, len(t)), RATE_HZ)
        assert found.angle_deg == pytest.approx(angle_deg, abs=6)
        # The swing of 1.8 degrees to either side is twice the share of a quarter turn.
        assert found.begin_s == pytest.approx(6.0, abs=0.2 if abs(angle_deg) > 90 else 0.3)
        assert found.end_s == pytest.approx(6.0 + for_s, abs=0.2 if abs(angle_deg) > 90 else 0.3)
        assert found.side == ("left" if angle_deg > 0 else "right")
        assert found.full == (abs(angle_deg) == 360.0)
        assert found.peak_dps == pytest.approx(np.abs(turning(t, 6.0, for_s, angle_deg, shape)).max(), rel=0.25)


def test_a_full_turn_each_way_and_a_turn_in_small_steps():
    t = np.arange(0, 30, 1 / RATE_HZ)
    both = turns(turning(t, 3.0, 3.0, 360.0) + turning(t, 8.0, 3.5, -360.0), RATE_HZ)
    assert [(turn.side, turn.full) for turn in both] == [("left", True), ("right", True)]
    small = sum(turning(t, 5.0 + 0.8 * k, 0.5, 30.0) for k in range(6))
    (found,) = turns(np.asarray(small), RATE_HZ)
    assert found.angle_deg == pytest.approx(180, abs=2)
    assert turns(10 * np.sin(2 * np.pi * 0.9 * t), RATE_HZ) == ()
    assert turns(np.full(500, np.nan), RATE_HZ) == ()
    assert turns([], RATE_HZ) == ()


def up_and_go(
    pace: float = 1.0, cue_s: float = 3.0, react_s: float = 0.5, weight_n: float = crude.WEIGHT_N, seed: int = 0
) -> tuple[crude.Body, dict[str, float]]:
    """A whole test; `pace` stretches it. Its truth by name, in s."""
    motion = cue_s + react_s
    off, rise_s, turn_s, step_s = motion + 0.6, 1.0 * pace, 1.6 * pace, 0.55 * min(pace, 1.4)
    stand = off + rise_s
    out_s = 5 * step_s * pace
    first = stand + 0.2 + out_s
    back = first + turn_s
    last = back + out_s
    sit = last + turn_s + 0.2
    seated = sit + rise_s
    body = crude.sitting(seated + 4, weight_n=weight_n, seed=seed)
    crude.rise(body, off, rise_s)
    crude.rise(body, sit, rise_s, back=True)
    crude.dynamic(body)
    rate = turning(body.t, first, turn_s, 180) + turning(body.t, last, turn_s, -180, "triangle")
    moving = crude.ramp(body.t, stand, 0.3) - crude.ramp(body.t, last + turn_s - 0.3, 0.3)
    rate += 8 * moving * np.sin(2 * np.pi * body.t / (2 * step_s))
    body.heading_deg = np.cumsum(rate) / RATE_HZ
    body.height_m = body.height_m + 0.015 * moving * np.sin(2 * np.pi * body.t / step_s)
    walk_s = stand + 0.2
    steps = int((sit - 0.3 - walk_s) / step_s)
    for k in range(steps):
        crude.swing(body, k % 2, walk_s + k * step_s, walk_s + k * step_s + 0.75 * step_s)
    return body, {
        "motion": motion, "off": off, "standing": stand, "walk": walk_s, "first": first, "back": back, "last": last,
        "turned": last + turn_s, "sit": sit, "seated": seated, "steps": steps,
    }  # fmt: skip


@pytest.mark.parametrize("sits", SITS)
@pytest.mark.parametrize("pace", [0.8, 1.0, 1.8, 2.6])
def test_a_timed_up_and_go_and_its_phases(sits, pace):
    for seed, weight_n in enumerate((500.0, 1000.0)):
        body, truth = up_and_go(pace, weight_n=weight_n, seed=seed)
        found = tug(body.load_n, *body.waist(sits, seed=seed), RATE_HZ, 3.0)
        assert found.clinical_s == pytest.approx(truth["seated"] - 3.0, abs=0.1)
        assert found.movement_s == pytest.approx(truth["seated"] - truth["motion"], abs=0.2)
        assert found.first_turn is not None
        assert found.last_turn is not None
        got = {
            "off": found.seat_off_s, "standing": found.standing_s, "walk": found.walk_s,
            "first": found.first_turn.begin_s, "back": found.first_turn.end_s, "last": found.last_turn.begin_s,
            "turned": found.last_turn.end_s, "sit": found.sit_start_s,
        }  # fmt: skip
        for name, at_s in got.items():
            assert at_s == pytest.approx(truth[name], abs=0.25), name
        assert found.walk is not None
        assert abs(found.walk.steps - truth["steps"]) <= 1
        assert all(2 <= (count or 0) <= 6 for count in found.steps_in_turns)
        assert found.early_s == 0.0
        assert found.confidence == 1.0
        phases = found.phases_s
        assert all(value is not None and value > 0 for value in phases.values()), phases


def test_a_start_before_the_cue_is_shown():
    body, truth = up_and_go(cue_s=3.0, react_s=-0.4)
    found = tug(body.load_n, *body.waist(), RATE_HZ, 3.0)
    assert found.early_s == pytest.approx(0.4, abs=0.15)
    assert found.clinical_s == pytest.approx(truth["seated"] - 3.0, abs=0.1)


def test_a_test_without_a_waist_sensor_or_an_insole_says_what_it_lacks():
    body, truth = up_and_go()
    nothing = np.full((len(body.t), 3), np.nan)
    found = tug(body.load_n, nothing, nothing, RATE_HZ, 3.0)
    assert found.clinical_s == pytest.approx(truth["seated"] - 3.0, abs=0.15)
    assert (found.movement_s, found.first_turn, found.peak_turn_dps) == (None, None, None)
    assert found.steps_in_turns == (None, None)
    assert found.confidence <= 0.25
    body.load_n[:, 0] = np.nan
    with pytest.raises(MeasureError, match="One insole"):
        tug(body.load_n, *body.waist(), RATE_HZ, 3.0)


def test_who_never_gets_up_or_never_sits_again_gets_a_reason():
    body = chair([(5.0, 0.8, 0.3, 0.35)], 15)
    with pytest.raises(MeasureError, match="didn't stand up and walk"):
        tug(body.load_n, *body.waist(), RATE_HZ)
    body, truth = up_and_go()
    cut = round((truth["sit"] - 1) * RATE_HZ)
    acc, gyr = body.waist()
    with pytest.raises(MeasureError, match="seated again"):
        tug(body.load_n[:cut], acc[:cut], gyr[:cut], RATE_HZ, 3.0)


def test_a_failed_attempt_before_the_rise_belongs_to_the_movement():
    body, truth = up_and_go(cue_s=3.0, react_s=2.4)
    body.load_n += crude.bump(body.t, 3.9, 0.9, 0.55 * crude.WEIGHT_N)[:, None] / 2
    body.pitch_deg += crude.bump(body.t, 3.6, 1.3, 30.0)
    found = tug(body.load_n, *body.waist(), RATE_HZ, 3.0)
    assert found.attempts == 1
    assert found.motion_s == pytest.approx(3.6, abs=0.25)
    assert found.seat_off_s == pytest.approx(truth["off"], abs=0.12)


def test_turning_is_measured_about_the_true_vertical_however_the_sensor_sits():
    body = crude.standing(15)
    body.heading_deg = np.cumsum(turning(body.t, 6.0, 2.0, 180.0)) / RATE_HZ
    for sits in SITS:
        (found,) = turns(trunk(*body.waist(sits), RATE_HZ).yaw_dps, RATE_HZ)
        assert found.angle_deg == pytest.approx(180, abs=4)


def test_who_takes_the_weight_off_the_seat_without_rising_has_tried_and_not_half_risen():
    body = chair([(6.0, 1.0, 1.0, 0.35)], 14.0)
    body.load_n += (
        (crude.ramp(body.t, 3.0, 0.3, 0.72) - crude.ramp(body.t, 3.6, 0.3, 0.72))[:, None] * body.weight_n / 2
    )
    body.pitch_deg += crude.bump(body.t, 2.6, 1.4, 30.0)
    found = run(body)
    assert (found.count, found.partial, found.tried) == (1, 0, 1)


def test_a_loss_while_the_trunk_bends_leaves_the_vertical_where_it_was():
    body = crude.standing(12)
    body.pitch_deg += crude.ease(body.t, 6.0, 0.5, 40.0)
    acc, gyr = body.waist()
    acc[618:633], gyr[618:633] = np.nan, np.nan  # at its fastest, 125 deg/s
    pitch = trunk(acc, gyr, RATE_HZ).pitch_deg
    assert np.isnan(pitch[618:633]).all()
    assert np.nanmax(np.abs(pitch[633:700] - body.pitch_deg[633:700])) < 4.0


def test_a_vertical_that_is_first_taken_in_a_jerk_is_that_of_its_mean():
    acc, gyr = crude.standing(6).waist()
    acc[:, 1] += crude.bump(np.arange(600) / RATE_HZ, 3.0, 0.2, 3.0) - crude.bump(
        np.arange(600) / RATE_HZ, 3.2, 0.2, 3.0
    )
    acc[200:305], gyr[200:305] = np.nan, np.nan
    assert np.nanmax(trunk(acc, gyr, RATE_HZ).tilt_deg[305:400]) < 4.0


def test_a_swing_that_grows_again_behind_a_turn_is_no_turning():
    t = np.arange(1600) / RATE_HZ
    growing = np.clip((t - 6.0) / 1.2, 0.0, 0.85) + 0.15
    full = 40 * np.sin(2 * np.pi * 0.9 * (t - 5.9))
    yaw = np.where(t < 4.0, full, np.where(t < 6.0, 0.0, growing * full))
    swing = np.where((t < 4.0) | (t > 5.5), full, 0.0)
    turned = turning(t, 4.5, 1.5, 180.0)
    (found,) = turns(yaw + turned, RATE_HZ, swing_dps=swing)
    assert found.end_s == pytest.approx(6.0, abs=0.15)
