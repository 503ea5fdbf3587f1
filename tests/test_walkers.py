# SPDX-License-Identifier: MIT
"""Walkers: stated ranges are filled, the held-out fifth is kept apart, faults show where they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conftest import ROOT
from importing import loaded_by, names_of
from surefoot import cells
from surefoot.device.virtual.movers.dice import OPEN, RESERVED
from surefoot.device.virtual.person import PersonError
from surefoot.device.virtual.walkers import KINDS, WalkArrays, walk_arrays, walk_chunks, walker
from surefoot.device.virtual.walkers.arrays import BLOCK_ROWS
from surefoot.device.virtual.walkers.curve import curve
from surefoot.device.virtual.walkers.rides import RIDES
from surefoot.device.virtual.walkers.style import FOOT, PERSON, draw_style
from surefoot.device.virtual.walkers.style import KINDS as WALKS

HERE = ROOT / "host" / "surefoot"
INSOLES = ("cell_force_n", "foot_force_n", "foot_cop_m")
WAIST = ("acc_ms2", "gyr_dps")


def alike(one: WalkArrays, other: WalkArrays) -> bool:
    same = all(np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True) for n in ("t_s", *INSOLES, *WAIST))
    feet = ((one.left, other.left), (one.right, other.right))
    return same and all(np.array_equal(getattr(a, n), getattr(b, n), equal_nan=True) for a, b in feet for n in WAIST)


@pytest.mark.parametrize("kind", list(WALKS))
def test_every_figure_is_drawn_from_its_open_or_from_its_reserved_part(kind):
    for held_out, bands in ((False, OPEN), (True, RESERVED)):
        for seed in range(12):
            style = draw_style(kind, seed, held_out)
            for name, value in style.one.items():
                low, high = WALKS[kind].get(name, PERSON[name])
                if high > low:
                    u = (value - low) / (high - low)
                    assert any(begin - 1e-9 <= u <= end + 1e-9 for begin, end in bands), name
            for name, (left, right) in style.feet.items():
                low, high = WALKS[kind].get(name, FOOT[name])
                fine = min(low, left, right) == low and max(high, left, right) == high
                assert fine or f"worse.{name}" in WALKS[kind], name


def test_walkers_are_light_and_heavy_slow_and_quick():
    drawn = [draw_style(kind, seed, False) for kind in WALKS for seed in range(60)]
    speed, mass = (np.array([style.one[name] for style in drawn]) for name in ("speed_mps", "mass_kg"))
    assert speed.min() < 0.36
    assert speed.max() > 1.74
    assert mass.min() < 55
    assert mass.max() > 105
    assert {style.worse for style in drawn} == {0, 1}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_is_the_same_walk_and_another_is_not(kind):
    one = walk_arrays(kind, 8, seconds=20, noisy=True, gaps_per_min=4.0, preload_n=20.0)
    assert alike(one, walk_arrays(kind, 8, seconds=20, noisy=True, gaps_per_min=4.0, preload_n=20.0))
    for other in (walk_arrays(kind, 9, seconds=20), walk_arrays(kind, 8, seconds=20, held_out=True)):
        assert not alike(one, other)
        assert other.truth.drawn != one.truth.drawn
    assert len(one.t_s) == len(one.cell_force_n) == len(one.left.acc_ms2) == 2000
    assert one.foot_cop_m.shape == (2000, 2, 2)


def test_the_truth_tells_each_foots_events_in_order():
    for kind in WALKS:
        for seed in (4, 5):
            truth = walker(kind, seed, 60).truth
            for foot in truth.feet:
                assert np.isnan(foot.initial_s[0])
                assert np.isnan(foot.off_s[-1])
                whole = np.isfinite(foot.initial_s) & np.isfinite(foot.off_s)
                assert whole.sum() > 8
                assert (foot.initial_s < foot.plate_on_s)[whole].all()
                assert (foot.plate_on_s < foot.flat_s + 0.06)[whole].all()
                assert (foot.flat_s < foot.plate_off_s)[whole].all()
                assert (foot.plate_off_s < foot.off_s)[whole].all()
                rises = np.isfinite(foot.heel_rise_s)
                assert (foot.heel_rise_s < foot.off_s)[rises].all()
                assert (foot.flat_s < foot.heel_rise_s)[rises & whole].all()
                inner = foot.stride_m[1:-2]
                assert np.isfinite(inner).all()
                assert 0.2 < np.median(inner) < 2.0
            worse = truth.left if truth.worse == "left" else truth.right
            assert np.isnan(worse.heel_rise_s).all() == (kind == "afo")
            steps = sum(len(foot.initial_s) - 1 for foot in truth.feet)
            assert truth.bouts[:, 2].sum() == steps
            assert (truth.bouts[1:, 0] - truth.bouts[:-1, 1] > 1.0).all()
            assert truth.bouts[-1, 1] < 60 - 1.5


def test_pauses_part_a_day_into_bouts_and_a_treadmill_has_no_turn():
    truth = walker("daily", 3, 300).truth
    assert len(truth.bouts) > 4
    assert len(truth.turns) > 3
    assert truth.left.stands.sum() >= len(truth.bouts)
    mill = walker("treadmill", 3, 120).truth
    assert len(mill.turns) == 0
    assert len(mill.bouts) == 1


def test_stairs_go_up_and_down_again():
    truth = walker("stairs", 2, 120).truth
    up = truth.left.stride_up_m[np.isfinite(truth.left.stride_up_m)]
    assert 0.29 < up.max() < 0.39
    assert -0.39 < up.min() < -0.29


def test_uneven_walkers_stand_shorter_on_the_worse_foot():
    for seed in range(6):
        truth = walker("hemiparetic", seed, 60).truth
        better, worse = truth.feet if truth.worse == "right" else truth.feet[::-1]
        assert np.nanmedian(worse.swing_s) > 1.08 * np.nanmedian(better.swing_s)
        inner = slice(1, -1)
        assert np.nanmedian(worse.stance_s[inner]) < np.nanmedian(better.stance_s[inner])


def test_eight_cells_see_a_part_of_each_foot_and_none_of_the_other():
    walk = walk_arrays("level", 5, seconds=20)
    for foot in (0, 1):
        mine = walk.cell_force_n[:, 8 * foot : 8 * foot + 8]
        down = walk.foot_force_n[:, foot] > 100
        share = mine[down].sum(1) / walk.foot_force_n[down, foot]
        assert 0.25 < share.min() < share.max() < 0.6
        assert mine[walk.foot_force_n[:, foot] == 0].max() == 0
        # The heel first, the toes last; by the time the heel has risen little is left on it.
        place = cells.load(walker("level", 5, 20).person.insole_length_m * 1e3).xy_m[8 * foot : 8 * foot + 8, 1]
        heel, toes = int(np.argmin(place)), int(np.argmax(place))
        truth = walk.truth.feet[foot]
        for k in range(1, len(truth.off_s) - 1):
            early, late, rise = np.searchsorted(
                walk.t_s, (truth.initial_s[k] + 0.03, truth.off_s[k] - 0.05, truth.heel_rise_s[k])
            )
            assert mine[early, heel] > 3 * mine[early, toes]
            assert mine[late, toes] > 3 * mine[late, heel]
            assert mine[rise, heel] < 0.12 * mine[rise].sum()


def test_blocks_are_the_same_rows_and_no_larger_for_an_hour():
    asked = {"noisy": True, "gaps_per_min": 2.0, "drift_n_per_h": 20.0, "creep_share_per_decade": 0.03}
    whole = walk_arrays("daily", 6, 100, 200, **asked)
    at = 0
    for block in walk_chunks("daily", 6, 100, 200, **asked):
        rows = slice(at, at + len(block.t_s))
        assert np.array_equal(block.cell_force_n, whole.cell_force_n[rows], equal_nan=True)
        assert len(block.t_s) <= BLOCK_ROWS
        at += len(block.t_s)
    assert at == 20000
    hour = walk_chunks("level", 6, 100, 3600)
    first = next(hour)
    assert len(first.t_s) == BLOCK_ROWS
    assert first.truth.bouts[-1, 1] > 3590
    assert len(first.truth.left.initial_s) > 2000


def test_faults_show_where_they_should():
    plain = walk_arrays("level", 7, seconds=40)
    air = plain.foot_force_n == 0
    loaded = walk_arrays("level", 7, seconds=40, preload_n=30.0)
    assert np.allclose(loaded.foot_force_n[air], 30)
    assert np.allclose(loaded.cell_force_n[air[:, 0], :8].sum(1), 30)
    dead = walk_arrays("level", 7, seconds=40, dead=("L1", "R4"))
    assert dead.cell_force_n[:, (0, 11)].max() == 0
    rest = np.delete(np.arange(16), (0, 11))
    assert np.array_equal(dead.cell_force_n[:, rest], plain.cell_force_n[:, rest])
    swapped = walk_arrays("level", 7, seconds=40, swapped=True)
    assert np.array_equal(swapped.cell_force_n[:, :8], plain.cell_force_n[:, 8:])
    assert np.array_equal(swapped.foot_cop_m[:, 1], plain.foot_cop_m[:, 0], equal_nan=True)
    assert np.array_equal(swapped.left.acc_ms2, plain.left.acc_ms2)
    single = walk_arrays("level", 7, seconds=40, missing="right")
    assert np.isnan(single.foot_force_n[:, 1]).all()
    assert np.isfinite(single.foot_force_n[:, 0]).all()
    drift = walk_arrays("level", 7, seconds=40, drift_n_per_h=900.0)
    crept = np.abs(drift.cell_force_n - plain.cell_force_n)
    assert crept[:100].max() < 0.3
    assert 3 < crept[-100:].max() <= 10
    gaps = walk_arrays("level", 7, seconds=40, gaps_per_min=20.0)
    for stream in (gaps.acc_ms2, gaps.cell_force_n, gaps.left.gyr_dps):
        assert 0.01 < np.isnan(stream[:, 0]).mean() < 0.5
    assert not np.array_equal(np.isnan(gaps.acc_ms2), np.isnan(gaps.left.acc_ms2))
    assert not np.isnan(plain.acc_ms2).any()
    jump = walk_arrays("level", 7, seconds=40, clock_jump=(20.0, 5.0))
    assert np.flatnonzero(np.diff(jump.t_s) > 1).tolist() == [1999]
    upside = walk_arrays("level", 7, seconds=40, waist_turned_deg=(0.0, 180.0, 0.0))
    assert np.allclose(upside.acc_ms2 * (-1, 1, -1), plain.acc_ms2)
    noisy = walk_arrays("level", 7, seconds=40, noisy=True, misplaced=True)
    still = slice(0, 150)
    assert 0 < noisy.gyr_dps[still].std(0).max() < 1
    assert noisy.acc_ms2[still, 2].mean() < 9.8


def test_what_nobody_can_walk_is_refused():
    with pytest.raises(PersonError, match="can't be 'hopping'"):
        walker("hopping", 1)
    with pytest.raises(PersonError, match="too short"):
        walk_arrays("level", 1, seconds=3)
    with pytest.raises(PersonError, match="no fault 'rain'"):
        walk_arrays("level", 1, rain=1)
    with pytest.raises(PersonError, match="no cell 'L9'"):
        walk_arrays("level", 1, dead=("L9",))
    with pytest.raises(PersonError, match="no insole 'middle'"):
        walk_arrays("level", 1, missing="middle")
    with pytest.raises(PersonError, match="not a rate"):
        walk_arrays("level", 1, 5.0)
    with pytest.raises(PersonError, match="no 'shoe_size'"):
        walk_arrays("level", 1, fixed={"shoe_size": 43})


def test_what_is_fixed_is_not_drawn():
    one = walker("level", 3, 30, fixed={"mass_kg": 50.0, "speed_mps": 1.8}).truth
    assert one.mass_kg == 50
    assert np.nanmedian(one.left.speed_mps) == pytest.approx(1.8, rel=0.08)
    assert replace(one, seed=4).seed == 4


def test_a_curve_has_the_slopes_that_were_asked_for():
    rng = np.random.default_rng(1)
    t = np.cumsum(rng.uniform(0.1, 1, 9))
    value, slope, bend = rng.normal(0, 1, (3, 9))
    line = curve(t, value, slope, bend)
    assert np.allclose(line.one(t), value)
    for side in (-1, 1):
        near = t[1:-1] + side * 1e-5
        assert np.allclose(line.slope(near)[:, 0], slope[1:-1] + side * 1e-5 * bend[1:-1], rtol=0, atol=1e-6)
    assert (line.one(np.array((-5.0, 99.0))) == (value[0], line.one(t[-1:])[0])).all()


def test_walkers_and_what_finds_steps_know_nothing_of_one_another():
    walkers, gait = HERE / "device" / "virtual" / "walkers", HERE / "measures" / "gait"
    mine, theirs = names_of(walkers), names_of(gait)
    assert not any("measures" in name for name in mine | loaded_by("surefoot.device.virtual.walkers"))
    assert not any("virtual" in name for name in theirs | loaded_by("surefoot.measures.gait.values"))
    # What both may share is nature: gravity, where the cells lie, and the words of an error.
    shared = {name for name in mine & theirs if name.startswith("surefoot")}
    assert shared <= {"surefoot.physics", "surefoot.errors", "surefoot.cells", "surefoot"}
    assert set(RIDES) < set(KINDS)
