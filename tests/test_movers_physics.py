# SPDX-License-Identifier: MIT
"""Movers obey physics: what the sensors are said to feel gives back, by other means, the motion that was planned."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from surefoot.device.virtual.movers import KINDS, Performance, Sensing, perform
from surefoot.device.virtual.movers.performance import GRID_HZ

G = 9.80665
STEP_S = 1 / GRID_HZ


def attitude(seen: Performance, every: int = 1) -> Rotation:
    """Turns from trunk to world axes, by adding up the gyroscope from the known start: nothing else is read."""
    roll, pitch = seen.tilt_rad[0]
    start = Rotation.from_euler("ZXY", [seen.heading_rad[0], -pitch, roll])
    middle = np.radians(seen.gyr_dps[1:] + seen.gyr_dps[:-1]) / 2 * STEP_S
    turns = Rotation.concatenate((start, Rotation.from_rotvec(middle)))
    reach = 1
    while reach < len(turns):
        # Each holds the product of the `reach` turns up to it: after this, of twice as many.
        turns = Rotation.concatenate((turns[:reach], turns[:-reach] * turns[reach:]))
        reach *= 2
    return turns[::every]


@pytest.mark.parametrize("kind", KINDS)
def test_the_gyroscope_adds_up_to_the_lean_and_the_heading(kind):
    seen = perform(kind, 31)
    every = 50
    heading, pitch, roll = attitude(seen, every).as_euler("ZXY").T
    assert np.allclose(roll, seen.tilt_rad[::every, 0], atol=2e-4)
    assert np.allclose(-pitch, seen.tilt_rad[::every, 1], atol=2e-4)
    turned = seen.heading_rad[::every]
    assert np.allclose(np.angle(np.exp(1j * (heading - turned))), 0, atol=2e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_on_the_feet_weighs_what_the_waist_feels(kind):
    seen = perform(kind, 32)
    world = attitude(seen).apply(seen.acc_ms2)
    lifted = world[:, 2] - G
    alone = seen.other_n < 1e-9
    assert alone.sum() > GRID_HZ
    from_feet = seen.foot_force_n.sum(1) / seen.person.mass_kg - G
    assert np.abs(from_feet - lifted)[alone].max() < 0.02
    # On a chair, in somebody's hands or on the ground the feet carry less, never more.
    assert (seen.foot_force_n.sum(1) <= seen.person.mass_kg * (G + lifted) + 3).all()
    assert (seen.foot_force_n >= 0).all()


@pytest.mark.parametrize("kind", ["one-rise", "five-times", "fall", "heel-rise", "ten-metres"])
def test_the_accelerometer_adds_up_to_the_height(kind):
    seen = perform(kind, 33)
    upward = attitude(seen).apply(seen.acc_ms2)[:, 2] - G
    # Breath and heartbeat are felt but lift nobody, so the ends are tied: a line of speed is taken off.
    place = cumulative_trapezoid(cumulative_trapezoid(upward, dx=STEP_S, initial=0), dx=STEP_S, initial=0)
    t = np.arange(len(place)) * STEP_S
    difference = place - seen.up_m
    drift = np.polynomial.Polynomial.fit(t, difference, 4)(t)
    assert np.abs(difference - drift).max() < 0.03
    tallest = seen.up_m.max() - seen.up_m.min()
    assert tallest > {"ten-metres": 0.003, "heel-rise": 0.02}.get(kind, 0.2)


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_touches_the_ground_when_it_says_so(seed):
    seen = perform("ten-metres", seed)
    steps = seen.truth.all("step")
    force = seen.foot_force_n
    in_air = np.zeros((len(force), 2), bool)
    t = np.arange(len(force)) * STEP_S
    for step in steps:
        in_air[(t > step.begin_s) & (t < step.end_s), step.foot] = True
    walking = (t > steps[0].begin_s) & (t < steps[-1].end_s)
    assert ((force < 1e-6) ^ in_air)[walking].sum() <= 2 * len(steps)
    # Double support, by force alone and by the list: the same share of the walk, and a share that people have.
    both = (force[walking] > 1e-6).all(1).mean()
    listed = sum(b.begin_s - a.end_s for a, b in pairwise(steps))
    assert both == pytest.approx(listed / (steps[-1].end_s - steps[0].begin_s), abs=0.002)
    assert 0.12 < both < 0.5
    assert all(a.foot != b.foot for a, b in pairwise(steps))


@pytest.mark.parametrize("kind", ["step", "lift", "single-leg", "tandem", "push-release"])
def test_a_foot_is_off_exactly_while_it_is_said_to_be(kind):
    for seed in range(4, 8):
        seen = perform(kind, seed)
        t = np.arange(len(seen.foot_force_n)) * STEP_S
        empty = seen.foot_force_n < 1e-6
        listed = np.zeros_like(empty)
        for event in seen.truth.all("step", "lift", "raised"):
            listed[(t > event.begin_s + 1e-6) & (t < event.end_s - 1e-6), event.foot] = True
        assert (empty ^ listed).sum() <= 4 * len(seen.truth.events), (kind, seed)


@pytest.mark.parametrize("kind", ["five-times", "one-rise", "tug"])
def test_feet_carry_a_tenth_to_a_quarter_while_seated(kind):
    for seed in range(4):
        seen = perform(kind, seed)
        share = seen.foot_force_n[: int(2.5 * GRID_HZ)].sum(1) / (seen.person.mass_kg * G)
        assert share.min() > 0.09
        assert share.max() < 0.26
        # When the seat is left nothing but feet and arms carries; before it, the seat does.
        off = int(seen.truth.all("seat-off")[0].begin_s * GRID_HZ)
        arms = seen.truth.drawn["arm_share"]
        weight = seen.person.mass_kg * (G + seen.up_ms2)
        assert seen.other_n[off + 2] <= (arms + 1e-6) * weight[off + 2]
        assert seen.other_n[off - 200] > seen.other_n[off + 2]


def test_a_misplaced_sensor_feels_the_same_in_other_axes():
    seen = perform("tug", 5)
    t = seen.times_s()
    true, crooked = seen.signals(t), seen.signals(t, Sensing(misplaced_deg=(20.0, -15.0, 10.0)))
    for name in ("acc_ms2", "gyr_dps"):
        a, b = getattr(true, name), getattr(crooked, name)
        assert np.allclose(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))
        # One rotation explains all rows, found by Kabsch's method, and it is as large as what was asked for.
        turn, left, *_ = Rotation.align_vectors(b[::10], a[::10])
        assert left < 1e-5 * np.sqrt(len(a)) * np.abs(a).max()
    asked = Rotation.from_euler("ZXY", [10.0, -20.0, -15.0], degrees=True).inv()
    assert (turn * asked.inv()).magnitude() < 1e-6
    # A sensor that leans forward and to the left sees the sky behind and to its right.
    standing = crooked.acc_ms2[:100].mean(0), true.acc_ms2[:100].mean(0)
    assert standing[0][1] < standing[1][1] - 2
    assert standing[0][0] > 2


def test_rows_are_lost_as_often_as_asked_and_nothing_else_is_touched():
    seen = perform("quiet", 5)
    t = seen.times_s()
    whole, holed = seen.signals(t), seen.signals(t, Sensing(seed=3, lost_share=0.05))
    for name in ("acc_ms2", "foot_force_n"):
        lost = np.isnan(getattr(holed, name)).any(1)
        assert 0.05 <= lost.mean() < 0.07
        assert np.array_equal(getattr(holed, name)[~lost], getattr(whole, name)[~lost])
    assert not np.array_equal(np.isnan(holed.acc_ms2[:, 0]), np.isnan(holed.foot_force_n[:, 0]))


def test_noise_has_the_size_that_was_asked_for():
    seen = perform("quiet", 6, hold_s=60)
    t = seen.times_s()
    how = Sensing(seed=1, acc_noise_ms2=0.02, gyr_noise_dps=0.1, force_noise_n=2.0, cop_noise_m=0.001)
    true, noisy = seen.signals(t), seen.signals(t, how)
    for name, size in (("acc_ms2", 0.02), ("gyr_dps", 0.1), ("foot_force_n", 2.0)):
        assert (getattr(noisy, name) - getattr(true, name)).std() == pytest.approx(size, rel=0.05)


def test_a_foot_in_the_air_has_no_centre_of_pressure():
    seen = perform("single-leg", 7)
    raised = seen.truth.all("raised")[0]
    rows = seen.signals(np.arange(raised.begin_s + 0.1, raised.end_s - 0.1, 0.01))
    assert np.isnan(rows.foot_cop_m[:, raised.foot]).all()
    assert np.isfinite(rows.foot_cop_m[:, 1 - raised.foot]).all()


def test_a_fall_is_felt_as_one():
    for seed in range(8):
        seen = perform("fall", seed)
        fall = seen.truth.one("fall")
        size = np.linalg.norm(seen.acc_ms2, axis=1)
        begin, hit = (int(x * GRID_HZ) for x in (fall.begin_s, fall.end_s))
        assert size[begin : hit - 5].min() < 0.6 * G
        assert size[hit : hit + 300].max() > 2 * G
        assert seen.up_m[-1] - seen.up_m[0] < -0.4
        assert seen.foot_force_n[-500:].sum(1).max() < 0.05 * seen.person.mass_kg * G
