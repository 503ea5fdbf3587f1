# SPDX-License-Identifier: MIT
"""Walkers obey mechanics: what sensors feel, integrated by other means, gives back where the body and the feet went."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from surefoot.device.virtual.walkers import KINDS, Walker, walker
from surefoot.device.virtual.walkers.rides import KINDS as RIDES
from surefoot.device.virtual.walkers.walker import Rows, Walk
from surefoot.physics import GRAVITY_MS2

RATE_HZ = 200
WALKS = tuple(kind for kind in KINDS if kind not in RIDES)
SEEDS = (1, 2)
GROUND = np.array((0, 0, GRAVITY_MS2))


@cache
def walked(kind: str, seed: int, seconds: float = 40.0) -> tuple[Walker, np.ndarray, Rows]:
    who = walker(kind, seed, seconds)
    t_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return who, t_s, who.rows(t_s, 1 / RATE_HZ)


def tracks(who: Walker):
    assert isinstance(who.mover, Walk)
    return who.mover.tracks


def to_world(angles_rad: np.ndarray) -> Rotation:
    """Turned left by yaw, then chest or toes up by pitch, then right by roll, by another's arithmetic."""
    return Rotation.from_euler("ZXY", angles_rad)


def within(t_s: np.ndarray, begin_s: float, end_s: float) -> np.ndarray:
    return (t_s > begin_s) & (t_s < end_s)


@pytest.mark.parametrize("kind", KINDS)
def test_what_carries_is_mass_times_gravity_and_the_waists_own_acceleration(kind):
    for seed in SEEDS:
        who, _, rows = walked(kind, seed)
        up_ms2 = to_world(rows.angles_rad).apply(rows.acc_ms2)[:, 2]
        carried = rows.foot_force_n.sum(1) + rows.other_n
        weight = who.truth.mass_kg * GRAVITY_MS2
        assert np.abs(carried - who.truth.mass_kg * up_ms2).max() < 1e-6 * weight
        assert rows.foot_force_n.min() >= 0
        assert carried.mean() == pytest.approx(weight, rel=0.01)


@pytest.mark.parametrize("kind", WALKS)
def test_the_waist_goes_where_its_acceleration_takes_it(kind):
    for seed in SEEDS:
        who, t_s, rows = walked(kind, seed)
        world = to_world(rows.angles_rad).apply(rows.acc_ms2) - GROUND
        speed = np.cumsum(world, 0) / RATE_HZ
        place = np.cumsum(speed, 0) / RATE_HZ
        true = who.mover.trunk_at(t_s)[0]
        start = who.mover.trunk_at(np.array((-1 / RATE_HZ, 0.0)))[0]
        drift = (start[1] - start[0]) * RATE_HZ
        moved = place + start[1] + drift * (np.arange(len(t_s)) + 1)[:, None] / RATE_HZ
        assert np.abs(moved[:-1] - true[1:]).max() < 1e-5
        level = np.linalg.norm(np.diff(true[:, :2], axis=0), axis=1).sum()
        assert 0.9 < level / who.truth.distance_m < 1.25  # swaying is a way, too


@pytest.mark.parametrize("kind", WALKS)
@pytest.mark.parametrize("foot", [0, 1])
def test_strapdown_from_flat_foot_to_flat_foot_gives_the_stride(kind, foot):
    who, t_s, rows = walked(kind, 2)
    truth = who.truth.feet[foot]
    acc, gyr = rows.foot_acc_ms2[:, foot], np.radians(rows.foot_gyr_dps[:, foot])
    checked = 0
    for k in range(1, len(truth.stride_m) - 1):
        begin, end = np.searchsorted(t_s, truth.flat_s[k : k + 2]) + 2
        turn = to_world(who.mover.foot_at(foot, t_s[begin : begin + 1])[1])[0]
        speed, place = np.zeros(3), np.zeros(3)
        half = 0.5 / RATE_HZ
        for row in range(begin, end):
            speed = speed + (turn.apply(acc[row]) - GROUND) / RATE_HZ
            place = place + speed / RATE_HZ
            turn = turn * Rotation.from_rotvec((gyr[row] + gyr[row + 1]) * half)
        assert np.abs(speed).max() < 0.02
        assert np.linalg.norm(place[:2]) == pytest.approx(truth.stride_m[k], abs=0.01)
        assert place[2] == pytest.approx(truth.stride_up_m[k], abs=0.01)
        checked += 1
        if checked == 6:
            break
    assert checked >= 4


@pytest.mark.parametrize("kind", WALKS)
def test_a_flat_foot_is_still_and_a_foot_in_the_air_carries_nothing(kind):
    for seed in SEEDS:
        who, t_s, rows = walked(kind, seed)
        for foot, (truth, track) in enumerate(zip(who.truth.feet, tracks(who), strict=True)):
            flat, drags = np.zeros(len(t_s), bool), track.end_s[:-1]
            for begin_s, end_s in zip(track.flat_s, track.roll_s, strict=True):
                flat |= within(t_s, begin_s + 2 / RATE_HZ, end_s - 2 / RATE_HZ)
            assert flat.mean() > 0.2
            assert np.abs(rows.foot_acc_ms2[flat, foot] - GROUND).max() < 1e-6
            assert np.abs(rows.foot_gyr_dps[flat, foot]).max() < 1e-6
            air = np.zeros(len(t_s), bool)
            for off_s, on_s in zip(truth.off_s[:-1], truth.initial_s[1:], strict=True):
                air |= within(t_s, off_s, on_s)
            force = rows.foot_force_n[:, foot]
            assert (force[~air] > 0).mean() > 0.999
            if kind == "toe-drag" and foot == ("left", "right").index(who.truth.worse):
                # A toe that drags: never more than drawn, and a moment in the air before it does.
                assert 0 < force[air].max() < 0.05 * who.truth.mass_kg * GRAVITY_MS2
                assert (force[air] == 0).any()
                assert len(drags)
            else:
                assert force[air].max() == 0


@pytest.mark.parametrize("kind", WALKS)
def test_no_sole_goes_through_the_ground_and_clearance_is_what_is_said(kind):
    for seed in SEEDS:
        who, t_s, _ = walked(kind, seed)
        for foot, (truth, track) in enumerate(zip(who.truth.feet, tracks(who), strict=True)):
            place, angles = who.mover.foot_at(foot, t_s)
            sole = place[:, 2] - track.rocker.up_m(angles[:, 1])
            for k, (off_s, on_s) in enumerate(zip(truth.off_s[:-1], truth.initial_s[1:], strict=True)):
                swing = within(t_s, off_s, on_s)
                height = sole[swing] - min(track.place_m[k : k + 2, 2])
                assert height.min() > -1e-3
                if np.isfinite(truth.clearance_m[k]):
                    late = within(t_s, off_s + 0.3 * (on_s - off_s), off_s + 0.7 * (on_s - off_s))
                    least = (sole[late] - track.place_m[k, 2]).min()
                    assert least == pytest.approx(truth.clearance_m[k], abs=0.01 if kind == "toe-drag" else 2e-3)


def test_stance_and_swing_are_the_stride_and_double_support_is_what_is_left():
    for kind in WALKS:
        who, _, _ = walked(kind, 1)
        for foot in who.truth.feet:
            whole = foot.stance_s + foot.swing_s
            known = np.isfinite(whole)
            assert known.sum() >= 3
            assert np.abs(whole - foot.stride_s)[known].max() < 1e-9
        left, right = who.truth.feet
        # Within one bout: both double supports of a stride, against (stance L + stance R) / stride - 1.
        for k in range(1, len(left.initial_s) - 1):
            begin_s, end_s = left.initial_s[k], left.initial_s[k + 1]
            j = np.flatnonzero((right.initial_s > begin_s) & (right.initial_s < end_s))
            if not (np.isfinite(begin_s + end_s) and len(j) == 1 and j[0] and np.isfinite(right.off_s[j[0] - 1])):
                continue
            i = int(j[0])
            double_s = (right.off_s[i - 1] - begin_s) + (left.off_s[k] - right.initial_s[i])
            single_s = (right.initial_s[i] - right.off_s[i - 1]) + (end_s - left.off_s[k])
            assert double_s + single_s == pytest.approx(end_s - begin_s)
            assert double_s > 0
            assert single_s > 0


def steady(foot) -> np.ndarray:
    """Strides between walking, neither first nor last of a bout, straight on."""
    return np.isfinite(foot.stride_s) & ~foot.stands & ~np.append(foot.stands[1:], True) & (np.abs(foot.turned_deg) < 3)


def test_the_faster_the_less_of_a_stride_is_stance_and_sixty_to_forty_in_between():
    speed, stance, cadence = [], [], []
    for fixed_mps in np.linspace(0.3, 1.8, 16):
        kind = "slow" if fixed_mps < 0.8 else "fast" if fixed_mps > 1.4 else "level"
        who = walker(kind, int(100 * fixed_mps), 60, fixed={"speed_mps": fixed_mps})
        foot = who.truth.left
        rows = steady(foot)
        speed.append(np.median(foot.speed_mps[rows]))
        stance.append(np.median((foot.stance_s / foot.stride_s)[rows]))
        cadence.append(120 / np.median(foot.stride_s[rows]))
        assert speed[-1] == pytest.approx(fixed_mps, rel=0.06)
    slope, at_zero = np.polyfit(speed, stance, 1)
    assert -0.11 < slope < -0.04
    assert slope * 1.3 + at_zero == pytest.approx(0.60, abs=0.02)  # Perry's 60/40/20 at a usual speed
    assert 2 * (slope * 1.3 + at_zero) - 1 == pytest.approx(0.20, abs=0.04)
    assert np.corrcoef(speed, cadence)[0, 1] > 0.9
    assert 35 < min(cadence) < 75
    assert 115 < max(cadence) < 170


@pytest.mark.parametrize("seed", range(1, 7))
def test_force_has_two_humps_and_its_centre_rolls_from_heel_to_toes(seed):
    who, t_s, rows = walked("fast", seed)
    weight = who.truth.mass_kg * GRAVITY_MS2
    for foot, truth in enumerate(who.truth.feet):
        curves, lines = [], []
        for k in np.flatnonzero(steady(truth)):
            u = (t_s - truth.initial_s[k]) / truth.stance_s[k]
            inside = (u > 0) & (u < 1)
            grid = np.linspace(0.03, 0.97, 48)
            curves.append(np.interp(grid, u[inside], rows.foot_force_n[inside, foot] / weight))
            lines.append(np.interp(grid, u[inside], rows.foot_cop_m[inside, foot, 1] / who.person.foot_length_m))
        force, line = np.mean(curves, 0), np.mean(lines, 0)
        first, valley, second = force[5:20].max(), force[18:30].min(), force[28:44].max()
        assert 1.0 < first < 1.5
        assert 1.0 < second < 1.5
        assert 0.5 < valley < min(first, second) - 0.1
        assert line[0] < -0.2
        assert line[-1] > 0.2
        assert (np.diff(line) > -0.005).all()


@pytest.mark.parametrize("kind", ["level", "fast", "old", "carrying"])
def test_a_foot_swings_its_toes_up_and_slaps_them_down_after_the_heel(kind):
    who, t_s, rows = walked(kind, 1)
    for foot, truth in enumerate(who.truth.feet):
        rate, acc = rows.foot_gyr_dps[:, foot, 0], rows.foot_acc_ms2[:, foot]
        shock = np.abs(np.linalg.norm(acc, axis=1) - GRAVITY_MS2)
        for k in np.flatnonzero(steady(truth)):
            off_s, on_s = truth.off_s[k], truth.initial_s[k + 1]
            swing = within(t_s, off_s + 0.15 * (on_s - off_s), on_s - 0.1 * (on_s - off_s))
            assert rate[swing].max() > 150
            assert rate[within(t_s, on_s, on_s + 0.1)].min() < -60
            assert rate[within(t_s, off_s - 0.1, off_s)].min() < -100
            flat = within(t_s, truth.flat_s[k] + 0.01, truth.heel_rise_s[k] - 0.15)
            assert shock[within(t_s, on_s - 0.03, on_s + 0.06)].max() > 5 + shock[flat].max()


def test_turns_are_turned_by_waist_and_feet():
    seen = 0
    for kind in ("level", "daily", "old", "rollator"):
        who, t_s, rows = walked(kind, 2, 90.0)
        smooth = np.convolve(np.unwrap(rows.angles_rad[:, 0]), np.ones(200) / 200, "same")
        for begin_s, end_s, angle in who.truth.turns:
            first, last = np.searchsorted(t_s, (begin_s - 0.5, end_s + 0.5))
            if first > 150 and last < len(t_s) - 150:
                assert np.degrees(smooth[last] - smooth[first]) == pytest.approx(angle, abs=15)
                seen += 1
        assert who.truth.left.turned_deg[1:-1].sum() == pytest.approx(who.truth.turns[:, 2].sum(), abs=190)
    assert seen > 6


def test_hands_take_what_a_rollator_or_a_stick_takes():
    who, _, rows = walked("rollator", 1)
    share = rows.other_n / (rows.other_n + rows.foot_force_n.sum(1))
    assert share.std() < 1e-9
    assert 0.22 < share[0] < 0.38
    who, _, rows = walked("stick", 1)
    worse = ("left", "right").index(who.truth.worse)
    alone = (rows.foot_force_n[:, worse] > 0) & (rows.foot_force_n[:, 1 - worse] == 0)
    other = (rows.foot_force_n[:, 1 - worse] > 0) & (rows.foot_force_n[:, worse] == 0)
    assert rows.other_n[alone].min() > 0.04 * who.truth.mass_kg * GRAVITY_MS2
    assert rows.other_n[other].max() == 0


@pytest.mark.parametrize("kind", RIDES)
def test_nobody_walks_on_a_ride(kind):
    who, _, rows = walked(kind, 1)
    assert len(who.truth.left.initial_s) == len(who.truth.bouts) == len(who.truth.turns) == 0
    weight = who.truth.mass_kg * GRAVITY_MS2
    assert rows.foot_force_n.min() > 0.02 * weight
    if kind != "standing":
        assert rows.foot_force_n.sum(1).max() < 0.6 * weight
        assert np.abs(rows.acc_ms2 - GROUND).max() > 0.3


@pytest.mark.parametrize("kind", ["level", "slow", "fast", "old", "daily"])
def test_toes_that_are_held_up_turn_no_sooner_than_their_own_brake_turns_them(kind):
    """No load, no slap: in the air before a landing the turning of the foot is braked as before, and no harder."""
    for seed in SEEDS:
        who = walked(kind, seed)[0]
        for truth, track in zip(who.truth.feet, tracks(who), strict=True):
            for k in np.flatnonzero(steady(truth)):
                swing_s, on_s = truth.initial_s[k + 1] - truth.off_s[k], truth.initial_s[k + 1]
                late_s = on_s + np.linspace(-0.2 * swing_s, -1e-6, 200)
                rate_dps = np.degrees(track.pitch.slope(late_s)[:, 0])
                braked = np.diff(rate_dps) / np.diff(late_s)
                assert braked.max() < 0
                assert np.abs(braked[-40:]).max() < 1.2 * np.abs(braked).max()
                pitch_deg = np.degrees(track.pitch.one(late_s))
                assert pitch_deg.max() - pitch_deg[-1] < 2.5
                assert late_s[pitch_deg.argmax()] > on_s - 0.06 * swing_s
                after = np.degrees(track.pitch.slope(on_s + np.array((1e-6, 0.05)))[:, 0])
                assert after[0] == pytest.approx(rate_dps[-1], abs=1)  # an angle has no step of speed
                assert after[1] < after[0]  # the load turns the foot down faster


@pytest.mark.parametrize("kind", WALKS)
def test_nothing_jolts_a_foot_before_it_lands_and_the_floor_does(kind):
    """As on the feet of the one real walk: 7 m/s2 at most from one hundredth of a second to the next, at the median.

    There landings jolt by 315.
    """
    in_air, landing = [], []
    for seed in SEEDS:
        who, t_s, rows = walked(kind, seed)
        for foot, truth in enumerate(who.truth.feet):
            acc = rows.foot_acc_ms2[:, foot]
            jolt = np.linalg.norm(acc[2:] - acc[:-2], axis=1)
            for off_s, on_s in zip(truth.off_s[:-1], truth.initial_s[1:], strict=True):
                in_air.append(jolt[within(t_s[2:], on_s - min(0.15, 0.4 * (on_s - off_s)), on_s - 0.005)].max())
                landing.append(jolt[within(t_s[2:], on_s, on_s + 0.06)].max())
    assert np.median(in_air) < 10
    assert max(in_air) < 15
    assert np.median(landing) > 2 * np.median(in_air)


def test_a_landing_is_soft_at_first_then_hard_and_ends_at_rest():
    who = walked("level", 1)[0]
    for track in tracks(who):
        on_s = track.begin_s[5]
        after_s = on_s + np.linspace(0, 0.035, 351)
        down_mps = -track.give.slope(after_s)[:, 0]
        assert down_mps[0] > 0.1
        assert (np.diff(down_mps) < 1e-9).all()
        assert down_mps[-1] == pytest.approx(0, abs=1e-9)
        braked = -np.diff(down_mps) / np.diff(after_s)
        assert braked[:30].max() < 0.25 * braked.max()
