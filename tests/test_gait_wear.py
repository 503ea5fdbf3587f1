# SPDX-License-Identifier: MIT
"""Wear minute by minute, and the weight check that opens and closes a walk, on days and walks made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surefoot.device.virtual.walkers import walk_arrays
from surefoot.errors import MeasureError
from surefoot.measures.gait.contacts import contacts
from surefoot.measures.gait.profiles import above_swing_n
from surefoot.measures.gait.strides import strides
from surefoot.measures.gait.wear import BATTERY, FLAT, LOST, WORDS, join_wear, wear
from surefoot.measures.gait.weight import Quiet, join_quiet, quiet, weight_check

RATE_HZ = 50.0
MINUTE = round(60 * RATE_HZ)
RNG = np.random.default_rng(11)


def noise(size, rows=MINUTE, columns=2):
    return RNG.normal(0, size, (rows, columns))


def lying(rows=MINUTE) -> np.ndarray:
    return np.array((0.3, 0.2, 9.8)) + noise(0.02, rows, 3)


T_S = np.arange(MINUTE) / RATE_HZ
SWAYING = np.stack((350 + 20 * np.sin(T_S), 350 - 20 * np.sin(T_S)), axis=1)
WALKING = np.stack((np.maximum(800 * np.sin(6 * T_S), 0), np.maximum(-800 * np.sin(6 * T_S), 0)), axis=1)
SEATED = np.stack((60 + 5 * np.sin(0.2 * T_S), 55 + 4 * np.sin(0.3 * T_S)), axis=1)
SHAKEN = lying() + 2 * np.sin(12 * T_S)[:, None]
LEANING = lying() + 0.2 * np.sin(0.4 * T_S)[:, None]
GONE = np.full((MINUTE, 3), np.nan)


def after(seconds, values):
    return np.where(T_S[:, None] < seconds, np.nan, values)


# What the insoles and the board show in a minute, and what it is.
MINUTES = {
    "walks": (WALKING, SHAKEN, "worn"),
    "stands": (SWAYING, LEANING, "worn"),
    "sits": (SEATED, LEANING, "worn"),
    "sits, board quite still": (SEATED, lying(), "worn"),
    "a cupboard": (3 + noise(0.3), lying(), "no load and no motion"),
    "a box on the shoes": (150 + noise(0.3), lying(), "no load and no motion"),
    "a bag": (3 + noise(0.3), SHAKEN, "motion without load"),
    "stuck": (np.full((MINUTE, 2), 77.0), np.tile((0.0, 0.0, 9.8), (MINUTE, 1)), "flat signal"),
    "nothing came": (GONE[:, :2], GONE, "samples lost"),
    "half came": (after(31, WALKING), after(31, SHAKEN), "samples lost"),
    "most came": (after(20, WALKING), after(20, SHAKEN), "worn"),
    "one insole": (WALKING * (1, np.nan), SHAKEN, "worn"),
    "insoles lost": (GONE[:, :2], SHAKEN, "worn"),
}  # fmt: skip


@pytest.mark.parametrize("name", MINUTES)
def test_a_minute(name):
    force, acc, word = MINUTES[name]
    found = wear(force, acc, RATE_HZ)
    assert [WORDS[state] for state in found.state] == [word]
    # Eight cells of each foot, which see two fifths of it.
    cells = wear(np.repeat(force, 8, axis=1) * 0.4 / 8, acc, RATE_HZ)
    assert [WORDS[state] for state in cells.state] == [word]


def test_one_sensor_alone():
    assert [WORDS[wear(force, None, RATE_HZ).state[0]] for force in (WALKING, SEATED, 3 + noise(0.3))] == [
        "worn", "worn", "no load and no motion",
    ]  # fmt: skip
    assert [WORDS[wear(None, acc, RATE_HZ).state[0]] for acc in (SHAKEN, LEANING, lying())] == [
        "worn", "worn", "no load and no motion",
    ]  # fmt: skip
    for given in ((None, None), (WALKING, SHAKEN[:-1])):
        with pytest.raises(MeasureError, match="same rows"):
            wear(*given, RATE_HZ)


def day(names):
    return (np.concatenate([MINUTES[name][k] for name in names]) for k in (0, 1))


def test_a_day_is_the_sum_of_its_pieces():
    names = ["walks", "sits", "a bag", "a cupboard", "nothing came", "stands", "stuck"]
    force, acc = day(names)
    whole = wear(force, acc, RATE_HZ)
    assert [WORDS[state] for state in whole.state] == [MINUTES[name][2] for name in names]
    assert whole.worn_min == 3
    assert whole.not_worn() == {
        "no load and no motion": 1, "motion without load": 1, "flat signal": 1, "samples lost": 1,
    }  # fmt: skip
    cut = 3 * MINUTE
    parts = [wear(force[:cut], acc[:cut], RATE_HZ), wear(force[cut:], acc[cut:], RATE_HZ, begin_s=180.0)]
    joined = join_wear(parts)
    np.testing.assert_array_equal(joined.begin_s, whole.begin_s)
    np.testing.assert_array_equal(joined.state, whole.state)


@pytest.mark.parametrize(
    ("seconds", "battery", "states"), [(20, False, 1), (20, True, 2), (40, False, 2), (0, True, 1)]
)
def test_the_minute_that_is_cut_off(seconds, battery, states):
    force, acc = day(["walks", "walks"])
    rows = MINUTE + round(seconds * RATE_HZ)
    found = wear(force[:rows], acc[:rows], RATE_HZ, until_battery=battery)
    assert len(found.state) == states
    assert (found.state[-1] == BATTERY) == (seconds == 20 and battery)


def test_a_recording_shorter_than_half_a_minute_is_a_minute_of_its_own():
    assert [WORDS[state] for state in wear(WALKING[:700], SHAKEN[:700], RATE_HZ).state] == ["worn"]
    assert not len(wear(WALKING[:0], SHAKEN[:0], RATE_HZ).state)


def test_a_day_counts_from_twelve_hours():
    force, acc = day(["sits"])
    worn = wear(force, acc, RATE_HZ)
    assert not join_wear([worn] * 719).day_counts()
    assert join_wear([worn] * 720).day_counts()
    assert {FLAT, LOST}.isdisjoint(worn.state)


def test_people_who_walk_wear_it():
    for kind in ("level", "slow", "rollator", "wheelchair", "standing"):
        made = walk_arrays(kind, 5, RATE_HZ, 60.0, noisy=True)
        assert [WORDS[state] for state in wear(made.cell_force_n, made.acc_ms2, RATE_HZ).state] == ["worn"], kind


# Weight. Strides of a second between two standings of ten.
def walk_of(before_n=800.0, after_n=780.0, shake=0.0, standing_s=10.0, seat=False):
    stand = round(standing_s * RATE_HZ)
    t = np.arange(round(30 * RATE_HZ)) / RATE_HZ
    left = 800 * np.clip(0.5 + 0.7 * np.sin(2 * np.pi * t), 0, 1)
    walk = np.stack((left, 800 - left), axis=1)
    share = np.array((0.55, 0.45)) if not seat else np.array((0.12, 0.12))
    before, after = (np.tile(load * share, (stand, 1)) for load in (before_n, after_n))
    force = np.concatenate((before, walk, after))
    acc = np.concatenate((lying(stand) + noise(shake, stand, 3), SHAKEN[: len(walk)], lying(stand)))
    starts = standing_s + np.arange(1.0, 29.0)
    return force, acc, starts, starts + 1.0


def checked(force, acc, starts, ends):
    return weight_check(quiet(force, acc, RATE_HZ, starts, ends), len(force) / RATE_HZ)


def test_two_standings_and_how_they_differ():
    check = checked(*walk_of())
    assert check.opening is not None
    assert check.closing is not None
    assert (check.opening.begin_s, check.opening.end_s) == pytest.approx((0, 10), abs=1)
    assert check.opening.mean_n == pytest.approx(800)
    assert check.opening.left_share == pytest.approx(0.55)
    assert check.closing.mean_n == pytest.approx(780)
    assert check.drift_pct == pytest.approx(-2.5, abs=1e-6)
    assert check.absent == {}
    without = checked(walk_of()[0], None, *walk_of()[2:])
    assert without.drift_pct == pytest.approx(-2.5, abs=1e-6)


def test_who_walks_off_fidgets_or_sits_has_none_and_is_told_why():
    for walk, word in (
        (walk_of(standing_s=2.0), "Nobody stood still"),
        (walk_of(shake=1.0), "Nobody stood still"),
        (walk_of(seat=True), "a seat or a support"),
    ):
        check = checked(*walk)
        assert check.opening is None
        assert check.drift_pct is None
        assert word in check.absent["opening"]
    one_leg = walk_of()
    one_leg[0][: round(10 * RATE_HZ)] = (795.0, 5.0)
    assert set(checked(*one_leg).absent) == {"opening"}
    lost = walk_of()
    lost[0][: round(10 * RATE_HZ) : 20] = np.nan
    assert set(checked(*lost).absent) == {"opening"}


def test_a_standing_in_the_middle_of_an_hour_is_no_weight_check():
    found = Quiet(*(np.array(column) for column in ([1800.0], [1810.0], [800.0], [0.5], [8e5], [1e3])))
    assert set(weight_check(found, 3600.0).absent) == {"opening", "closing"}
    # One standing for all of a short recording can't be both.
    whole = replace(found, begin_s=np.array([0.0]), end_s=np.array([20.0]))
    assert set(weight_check(whole, 30.0).absent) == {"closing"}


def test_a_load_that_shifts_is_more_than_one_standing():
    stand = np.full((round(12 * RATE_HZ), 2), 400.0)
    stand[round(6 * RATE_HZ) :] = 340.0
    none = np.empty(0)
    found = quiet(stand, None, RATE_HZ, none, none)
    np.testing.assert_allclose(found.mean_n, (800, 680))
    np.testing.assert_allclose(found.begin_s, (0, 6))


def test_pieces_of_a_walk_are_weighed_together():
    force, acc, starts, ends = walk_of()
    cut = round(25 * RATE_HZ)
    early = ends <= 25
    parts = [
        quiet(force[:cut], acc[:cut], RATE_HZ, starts[early], ends[early]),
        quiet(force[cut:], acc[cut:], RATE_HZ, starts[~early] - 25, ends[~early] - 25, begin_s=25.0),
    ]
    joined, whole = weight_check(join_quiet(parts), 50.0), checked(force, acc, starts, ends)
    assert joined.drift_pct == pytest.approx(whole.drift_pct)
    assert joined.closing == whole.closing


def test_what_a_shoe_presses_weighs_nothing():
    made = walk_arrays("level", 8, RATE_HZ, 40.0)
    weights = []
    for preload_n in (0.0, 5.0):
        cells = np.concatenate([made.cell_force_n[:50]] * 5 + [made.cell_force_n]) + preload_n
        walked = contacts(cells, RATE_HZ)
        table = strides(walked)
        check = weight_check(quiet(above_swing_n(cells, walked), None, RATE_HZ, table.start_s, table.end_s), 45.0)
        assert check.opening is not None
        weights.append(check.opening.mean_n)
    assert weights[0] == pytest.approx(weights[1], rel=1e-3)
