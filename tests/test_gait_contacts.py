# SPDX-License-Identifier: MIT
"""Contacts from insoles on known answers: weight, preload, creep, dead cells, losses, drag, and what is no walk."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

from surefoot import cells
from surefoot.device.virtual.walkers import walk_arrays
from surefoot.errors import MeasureError
from surefoot.measures.gait.contacts import contacts
from surefoot.measures.gait.insole_checks import map_xy, swapped, usable_cells
from surefoot.measures.gait.values import stances
from treading import RATE_HZ, errors_ms, feet, tread


def checked(walked, truth, median_ms=5.0, p95_ms=12.0):
    on, off, missed = errors_ms(walked, truth)
    assert missed == 0
    for errors in (on, off):
        assert np.median(np.abs(errors)) <= median_ms
        assert np.percentile(np.abs(errors), 95) <= p95_ms
    return on, off


@pytest.mark.parametrize("weight_n", [490, 1080])
@pytest.mark.parametrize(("stride_s", "stance"), [(0.9, 0.58), (1.1, 0.62), (1.5, 0.67), (3.0, 0.78)])
def test_straight_ramps_are_timed_to_a_part_of_a_sample(stride_s, stance, weight_n):
    body = tread(60, stride_s=stride_s, stance=stance, weight_n=weight_n)
    walked = contacts(body.felt(), RATE_HZ)
    on, off = checked(walked, body.truth)
    assert abs(off.mean() - on.mean()) < 8  # bias of stance
    # Nothing beside the steps but the standing before them.
    for mine, pairs in zip(feet(walked), body.truth, strict=True):
        assert len(mine) == len(pairs) + 1
        assert np.isnan(mine.initial_s[0])
        assert not mine.broken.any()
    assert walked.notes == ()
    assert (walked.source, walked.span_s) == ("insole", 60.0)


@pytest.mark.parametrize(("stride_s", "stance"), [(0.9, 0.58), (1.1, 0.62), (1.5, 0.67)])
def test_loads_that_begin_and_end_in_a_curve(stride_s, stance):
    """Half cosines: nothing tells where they leave nought, and a line is late at their beginning."""
    body = tread(60, stride_s=stride_s, stance=stance, smooth=True)
    checked(contacts(body.felt(), RATE_HZ), body.truth, 30, 40)


@pytest.mark.parametrize("preload_n", [30.0, 150.0])
def test_what_a_shoe_presses_and_its_creep_move_nothing(preload_n):
    body = tread(600, weight_n=650)
    walked = contacts(body.felt(preload_n=preload_n, drift_n=200.0), RATE_HZ)
    checked(walked, body.truth)
    assert len(walked.notes) == 2
    assert all("in the air went from" in note for note in walked.notes)


@pytest.mark.parametrize("stride_s", [0.9, 1.1])
def test_a_bent_shoe_after_foot_off_is_not_all_stance(stride_s):
    """It presses a twelfth of the weight before foot off and up to 60 ms after it."""
    body = tread(60, stride_s=stride_s)
    _, off = checked(contacts(body.felt(tail=0.08), RATE_HZ), body.truth, 20, 40)
    assert off.mean() > 0  # what presses can't all be told apart: README


@pytest.mark.parametrize("keep", [0.1, 0.2, 0.3])
def test_a_foot_that_never_leaves_the_floor_steps_all_the_same(keep):
    body = tread(60)
    shuffled = body.felt() * (1 - keep) + keep * 0.5 * body.weight_n
    checked(contacts(shuffled, RATE_HZ), body.truth)


@pytest.mark.parametrize("load", [0.05, 0.12, 0.2])
@pytest.mark.parametrize("part", [(0.1, 0.6), (0.3, 0.95), (0.0, 1.0)])
def test_a_toe_that_drags_is_no_contact(load, part):
    body = tread(60)
    felt, pairs = body.felt(), body.truth[0]
    for (_, off_s), (on_s, _) in pairwise(pairs):
        begin, end = off_s + part[0] * (on_s - off_s), off_s + part[1] * (on_s - off_s)
        rows = (body.t > begin) & (body.t < end)
        felt[rows, 0] += load * body.weight_n * np.sin(np.pi * (body.t[rows] - begin) / (end - begin))
    checked(contacts(felt, RATE_HZ), body.truth, 10, 20)


@pytest.mark.parametrize("share", [(0.4, 1.0), (1.0, 0.6)])
def test_a_weak_leg_is_judged_by_its_own_load(share):
    body = tread(60, share=share)
    checked(contacts(body.felt(), RATE_HZ), body.truth, 5, 15)


def test_no_stride_goes_across_a_loss():
    body = tread(60)
    felt = body.felt()
    felt[2000:2300] = np.nan
    felt[4000:4008, 0] = np.nan  # too short to hide a step, too long to be nothing
    singles = np.random.default_rng(3).integers(500, 1900, 30)
    felt[singles, 1] = np.nan
    walked = contacts(felt, RATE_HZ)
    on, off, missed = errors_ms(walked, body.truth)
    assert missed <= 14  # six strides of each foot lie in the loss, a few edges beside it
    assert np.percentile(np.abs(np.concatenate((on, off))), 95) < 15
    for foot, mine in enumerate(feet(walked)):
        lost = np.flatnonzero(np.isnan(felt[:, foot])) / RATE_HZ
        lost = lost[(lost >= 20) | (foot == 0)]
        for k in range(len(mine) - 1):
            inside = (lost > mine.initial_s[k]) & (lost < mine.initial_s[k + 1])
            assert not inside.any() or mine.broken[k] or mine.broken[k + 1]
        assert mine.broken.sum() <= 4


def test_an_edge_in_a_loss_has_no_time_but_beside_a_single_row_it_has():
    body = tread(20)
    felt = body.felt()
    on_s = body.truth[0][5][0]
    row = round(on_s * RATE_HZ)
    lost = felt.copy()
    lost[row - 4 : row + 6, 0] = np.nan
    walked = feet(contacts(lost, RATE_HZ))[0]
    stance = np.flatnonzero(np.abs(walked.off_s - body.truth[0][5][1]) < 0.1)[0]
    assert np.isnan(walked.initial_s[stance])
    assert walked.broken[stance]
    lost = felt.copy()
    lost[row + 1, 0] = np.nan
    walked = feet(contacts(lost, RATE_HZ))[0]
    assert np.nanmin(np.abs(walked.initial_s - on_s)) < 0.02
    assert not walked.broken.any()


def test_hours_of_sitting_around_a_short_walk_are_no_steps():
    body = tread(20)
    rng = np.random.default_rng(0)
    swaying = 40 + 20 * np.sin(np.arange(60_000) / 900)[:, None]
    sitting = np.maximum(swaying + rng.normal(0, 5, (60_000, 2)), 0)
    walked = contacts(np.concatenate((sitting, body.felt(), sitting)), RATE_HZ)
    checked(walked, tuple([(a + 600, b + 600) for a, b in pairs] for pairs in body.truth))
    assert sum(map(len, feet(walked))) == sum(map(len, body.truth)) + 2


def pedal(rng, count: int) -> np.ndarray:
    """A driver's right foot: a pedal pressed now and then by up to 180 N."""
    load = np.zeros(count)
    at = 0
    while at < count:
        held, idle = rng.integers(50, 400), rng.integers(30, 300)
        load[at : at + held] = rng.uniform(60, 250)
        at += held + idle
    return load


@pytest.mark.parametrize("resting_n", [0.0, 40.0])
def test_a_car_ride_is_no_walk(resting_n):
    rng = np.random.default_rng(1)
    ride = np.stack((np.full(12_000, resting_n), pedal(rng, 12_000)), 1) + rng.normal(0, 3, (12_000, 2))
    walked = contacts(np.maximum(ride, 0), RATE_HZ)
    assert len(walked.left or ()) + len(walked.right or ()) == 0
    assert walked.notes


@pytest.mark.parametrize("base_n", [5.0, 30.0, 60.0])
def test_a_wheelchair_and_standing_are_no_walk(base_n):
    rng = np.random.default_rng(2)
    shaken = np.convolve(rng.normal(0, 1, 12_000), np.ones(20) / 4, "same")[:, None] * [1, -0.8]
    walked = contacts(np.maximum(base_n + 15 * shaken, 0), RATE_HZ)
    assert len(walked.left or ()) + len(walked.right or ()) == 0
    assert any("no walking" in note or "never lifted" in note for note in walked.notes)
    standing = contacts(350 + 30 * shaken, RATE_HZ)
    assert len(standing.left or ()) + len(standing.right or ()) == 0


def test_one_insole_none_and_wrong_shapes():
    body = tread(30)
    felt = body.felt()
    alone = felt.copy()
    alone[:, 1] = np.nan
    walked = contacts(alone, RATE_HZ)
    assert walked.right is None
    assert walked.left is not None
    assert len(walked.left) == len(body.truth[0]) + 1
    assert "right insole gave nothing" in walked.notes[0]
    alone[:, 1] = 12.0  # unplugged, but read
    assert contacts(alone, RATE_HZ).right is None
    with pytest.raises(MeasureError, match="Neither insole"):
        contacts(felt * np.nan, RATE_HZ)
    with pytest.raises(MeasureError, match="shape"):
        contacts(felt[:, :1], RATE_HZ)
    with pytest.raises(MeasureError, match="20 Hz"):
        contacts(felt, 10.0)
    with pytest.raises(MeasureError, match="Neither insole"):
        contacts(felt[:0], RATE_HZ)


def on_cells(force: np.ndarray, u: np.ndarray, foot: int) -> np.ndarray:
    """Load [n] on eight cells [n,8] that roll from heel to toes with the share of the stance `u` [n]."""
    along = cells.load().xy_m[8 * foot : 8 * foot + 8, 1] / 0.265
    near = np.exp(-(((u[:, None] * 0.8 - 0.4) - along) ** 2) / (2 * 0.12**2)) + 0.02
    return force[:, None] * near / near.sum(axis=1, keepdims=True)


def rolling(body, felt: np.ndarray) -> np.ndarray:
    out = np.zeros((len(felt), 16))
    for foot, pairs in enumerate(body.truth):
        u = np.full(len(felt), 0.5)
        for on_s, off_s in pairs:
            rows = (body.t >= on_s) & (body.t <= off_s)
            u[rows] = (body.t[rows] - on_s) / (off_s - on_s)
        out[:, 8 * foot : 8 * foot + 8] = on_cells(felt[:, foot], u, foot)
    return out


def test_cells_that_are_dead_loose_or_lost_are_named_and_left_out():
    body = tread(60)
    sound = rolling(body, body.felt())
    checked(contacts(sound, RATE_HZ), body.truth)
    rng = np.random.default_rng(0)
    broken = sound.copy()
    broken[:, 3] = 0.0
    broken[:, 12] = np.where(rng.random(len(broken)) < 0.05, 250.0, broken[:, 12])
    broken[:, 6] = np.nan
    usable, notes = usable_cells(broken)
    assert np.flatnonzero(~usable).tolist() == [6, 12]
    assert [word for note in notes for word in ("dead", "gave nothing", "jumps") if word in note] == [
        "dead",
        "gave nothing",
        "jumps",
    ]
    walked = contacts(broken, RATE_HZ)
    on, off, missed = errors_ms(walked, body.truth)
    assert missed == 0
    assert np.median(np.abs(on)) < 10
    assert np.median(np.abs(off)) < 20
    stuck = sound.copy()
    stuck[:, 2] = 60.0  # what doesn't change is a preload
    checked(contacts(stuck, RATE_HZ), body.truth, 10, 20)


def test_swapped_plugs_show_against_the_waist():
    body = tread(30)
    felt = body.felt()
    acc = np.zeros((len(felt), 3))
    acc[:, 0] = 0.8 * (felt[:, 0] - felt[:, 1]) / 700 + np.random.default_rng(0).normal(0, 0.3, len(felt))
    assert contacts(felt, RATE_HZ, acc_ms2=acc).notes == ()
    assert "swapped" in contacts(felt[:, ::-1], RATE_HZ, acc_ms2=acc).notes[0]
    with pytest.raises(MeasureError, match="right, forward, up"):
        contacts(felt, RATE_HZ, acc_ms2=acc[:, :2])


def test_places_of_cells_are_the_one_maps_or_given():
    np.testing.assert_allclose(map_xy(None)[:, 1], cells.load().xy_m[:, 1] / 0.265)
    with pytest.raises(MeasureError, match="16, 2"):
        map_xy(np.zeros((8, 2)))


# Kinds of the synthetic walkers, with the medians that must hold: contact, foot off. They share nothing with this.
NORMAL = ("level", "fast", "carrying", "treadmill", "daily", "stairs", "old", "slow", "afo", "rollator", "forefoot")
HARD = ("hemiparetic", "shuffling", "stick", "toe-drag")


@pytest.mark.parametrize("kind", NORMAL + HARD)
def test_synthetic_walkers(kind):
    on, off = [], []
    for seed in (11, 12, 13):
        walk = walk_arrays(kind, seed, seconds=40.0, preload_n=30.0, noisy=True)
        walked = contacts(walk.cell_force_n, RATE_HZ, acc_ms2=walk.acc_ms2)
        truth = tuple(
            [(a, b) for a, b in zip(foot.initial_s, foot.off_s, strict=True) if np.isfinite(a + b)]
            for foot in walk.truth.feet
        )
        errors = errors_ms(walked, truth)
        assert errors[2] == 0
        on += list(errors[0])
        off += list(errors[1])
        # None more than there were, but the standing before and after.
        for mine, foot in zip(feet(walked), walk.truth.feet, strict=True):
            assert np.isfinite(mine.initial_s).sum() <= np.isfinite(foot.initial_s).sum()
        assert not any("swapped" in note for note in walked.notes)
    print(f"\n{kind}: contact {np.median(np.abs(on)):.1f}, foot off {np.median(np.abs(off)):.1f} ms, {len(on)} stances")
    assert np.median(np.abs(on)) <= 20
    assert np.median(np.abs(off)) <= 20


@pytest.mark.parametrize("kind", ["wheelchair", "car", "standing"])
def test_synthetic_rides_are_no_walk(kind):
    ride = walk_arrays(kind, 5, seconds=60.0, preload_n=30.0, noisy=True)
    walked = contacts(ride.cell_force_n, RATE_HZ)
    assert len(walked.left or ()) + len(walked.right or ()) == 0
    assert walked.notes


@pytest.mark.parametrize("kind", ["level", "slow", "hemiparetic", "rollator"])
def test_synthetic_swapped_plugs(kind):
    walk = walk_arrays(kind, 7, seconds=40.0, swapped=True, noisy=True)
    assert any("swapped" in note for note in contacts(walk.cell_force_n, RATE_HZ, acc_ms2=walk.acc_ms2).notes)


def test_a_still_waist_or_one_foot_says_nothing_of_sides():
    mine = stances("left", np.arange(5.0), np.arange(5.0) + 0.6)
    assert swapped(mine, None, np.zeros((500, 3)), RATE_HZ) == []
    assert swapped(mine, mine, np.zeros((500, 3)), RATE_HZ) == []


def test_an_hour_in_six_tenths_of_a_second():
    """Processor time of one core, checks of cells and regions of the foot included."""
    body = tread(600)
    hour = np.tile(rolling(body, body.felt()), (6, 1))
    walked = contacts(hour[:6000], RATE_HZ)
    spent = []
    for _ in range(3):
        begin = time.process_time()
        walked = contacts(hour, RATE_HZ)
        spent.append(time.process_time() - begin)
    print(f"\n1 h, 16 cells, {sum(map(len, feet(walked)))} stances: {min(spent):.2f} s")
    assert len(feet(walked)[0]) > 3000
    assert min(spent) < 0.6


def test_an_insole_that_fails_on_the_way_is_said():
    cells = walk_arrays("level", 6, 100, 40.0).cell_force_n
    assert not [note for note in contacts(cells, 100).notes if "gave nothing" in note]
    cells[2500:, 8:] = np.nan
    said = [note for note in contacts(cells, 100).notes if "gave nothing" in note]
    assert said == [
        "The right insole gave nothing for 15 s while the other one did: in them insoles see only the other foot."
    ]
    cells[2500:] = np.nan  # both: a loss, and no insole's fault
    assert not [note for note in contacts(cells, 100).notes if "gave nothing for" in note]
    cells[:, 8:] = np.nan
    assert len([note for note in contacts(cells, 100).notes if "gave nothing" in note]) == 1
