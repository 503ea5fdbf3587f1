# SPDX-License-Identifier: MIT
"""Strides and bouts of walks made by hand: identities to the sample, nothing across a loss, breaks and ends."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiting import STANCE_S, STEP_S, STRIDE_S, foot, joined, walk
from surefoot.errors import MeasureError
from surefoot.measures.gait.bouts import bouts
from surefoot.measures.gait.strides import GAP, IMPLAUSIBLE, KEPT, SHORT, TURN, strides
from surefoot.measures.gait.values import Walked, stances

times = st.floats(0.5, 2.9)
shares = st.floats(0.3, 0.8)


def of(table, name):
    return table.at(table.foot == name)


def two_feet(stride_s, share, phase, lag=0.5):
    """Left strides of any lengths; the right foot lands at any time in each, and each leaves once the other stands."""
    left = 1 + np.concatenate(([0.0], np.cumsum(stride_s)))
    right = left[:-1] + np.asarray(phase) * stride_s
    left_off = right + np.asarray(share) * (left[1:] - right)
    right_off = left[1:-1] + lag * (right[1:] - left[1:-1])
    return Walked(
        "insole",
        100.0,
        float(left[-1] + 5),
        stances("left", left, np.append(left_off, np.nan)),
        stances("right", right, np.append(right_off, np.nan)),
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(times, shares, st.floats(0.3, 0.7)), min_size=2, max_size=30), shares)
def test_what_a_stride_is_made_of_adds_up_to_it(drawn, lag):
    stride_s, share, phase = (np.array(column) for column in zip(*drawn, strict=True))
    walked = two_feet(stride_s, share, phase, lag)
    table = strides(walked)
    assert len(table) == 2 * len(stride_s) - 1
    left = of(table, "left")
    np.testing.assert_allclose(left.stride_s, stride_s, atol=1e-9)
    np.testing.assert_allclose(left.stance_s, (phase + share * (1 - phase)) * stride_s, atol=1e-9)
    np.testing.assert_allclose(left.step_s, (1 - phase) * stride_s, atol=1e-9)
    assert np.isfinite(table.stance_s).all()
    np.testing.assert_allclose(table.stance_s + table.swing_s, table.stride_s, rtol=0, atol=1e-9)
    told = np.isfinite(table.single_s)
    assert told.sum() >= len(stride_s) - 1
    parts = table.initial_double_s + table.single_s + table.terminal_double_s
    np.testing.assert_allclose(parts[told], table.stance_s[told], rtol=0, atol=1e-9)
    # The swing of one foot is the single support of the other.
    swings = np.sort(of(table, "right").swing_s)
    singles = np.sort(left.single_s[np.isfinite(left.single_s)])
    np.testing.assert_allclose(singles, swings, atol=1e-9)
    assert (np.diff(table.start_s) >= 0).all()


@settings(max_examples=80, deadline=None)
@given(st.sets(st.integers(0, 29), min_size=1, max_size=6), st.sets(st.integers(0, 29), max_size=6))
def test_no_stride_goes_across_a_loss(lost_left, lost_right):
    walked = walk(30, left={"broken": lost_left}, right={"broken": lost_right}, length_m=1.3)
    table = bouts(walked).strides
    for name, lost in (("left", lost_left), ("right", lost_right)):
        mine = of(table, name)
        across = np.array([k in lost or k + 1 in lost for k in range(29)])
        assert np.array_equal(mine.excluded == GAP, across)
        for column in (mine.end_s, mine.stride_s, mine.stance_s, mine.swing_s, mine.step_s, mine.length_m):
            assert np.array_equal(np.isnan(column), across | np.isnan(column))
            assert np.isnan(column[across]).all()
        assert np.isfinite(mine.stride_s[~across]).all()
        assert not mine.steady[across].any()
    # A step isn't told by a contact that a loss lies next to.
    left = of(table, "left")
    assert np.isnan(left.step_s[[k for k in lost_right if k < 29]]).all()
    assert np.isnan(left.single_s[[k for k in lost_right if k < 29]]).all()


def test_a_contact_without_a_time_begins_and_ends_no_stride():
    walked = walk(20)
    assert walked.left is not None
    initial = walked.left.initial_s.copy()
    initial[[0, 7]] = np.nan
    off = walked.left.off_s.copy()
    off[[12, 19]] = np.nan
    table = strides(replace(walked, left=stances("left", initial, off)))
    left, right = of(table, "left"), of(table, "right")
    assert len(left) == 17  # 19 without those that begin at either
    assert list(np.flatnonzero(left.excluded == GAP)) == [5]
    assert np.isnan(left.stride_s[5])
    assert list(np.flatnonzero(np.isnan(left.stance_s))) == [5, 10]
    assert left.stride_s[10] == pytest.approx(STRIDE_S)
    assert (right.excluded == KEPT).all()
    assert np.isnan(right.step_s[6])
    assert np.isfinite(np.delete(right.step_s, 6)).all()


def test_one_foot_alone_has_strides_and_no_steps():
    table = strides(replace(walk(20, length_m=1.2), right=None))
    assert set(table.foot) == {"left"}
    np.testing.assert_allclose(table.stance_s, STANCE_S)
    np.testing.assert_allclose(table.speed_mps, 1.2 / STRIDE_S)
    for column in (table.step_s, table.double_s, table.initial_double_s, table.terminal_double_s, table.single_s):
        assert np.isnan(column).all()
    assert (table.excluded == KEPT).all()


def test_nothing_walked():
    for walked in (Walked("insole", 100.0, 60.0, None, None), walk(0), walk(1)):
        found = bouts(walked)
        assert len(found.strides) == len(found.bouts) == len(found.pauses) == 0
        assert {len(column) for column in found.strides.columns().values()} == {0}


@pytest.mark.parametrize(
    ("stride_s", "length_m", "wrong"),
    [
        (0.45, None, True),
        (0.72, None, False),
        (2.9, None, False),
        (3.1, None, True),
        (1.2, 0.14, True),
        (1.2, 0.16, False),
        (1.2, 2.2, True),
        (1.2, 2.18, False),
        (0.9, 2.1, True),
        (2.5, 0.19, True),
    ],
)
def test_limits_of_a_plausible_stride(stride_s, length_m, wrong):
    walked = walk(8, stride_s=stride_s, stance_s=0.6 * stride_s, step_s=stride_s / 2, length_m=length_m)
    assert (strides(walked).excluded == (IMPLAUSIBLE if wrong else KEPT)).all()


def test_steps_of_a_stride_are_both_within_limits():
    for step_s in (0.1, 1.1):
        table = strides(walk(8, step_s=step_s))
        assert (of(table, "left").excluded == IMPLAUSIBLE).all()


def test_feet_that_do_not_take_turns_are_no_strides_of_a_walk():
    walked = walk(20)
    assert walked.right is not None
    missed = np.delete(np.arange(20), 9)
    right = stances("right", walked.right.initial_s[missed], walked.right.off_s[missed])
    table = strides(replace(walked, right=right))
    assert list(np.flatnonzero(of(table, "right").excluded == IMPLAUSIBLE)) == [8]
    assert list(np.flatnonzero(of(table, "left").excluded == IMPLAUSIBLE)) == [9]


def test_running_is_no_walking():
    for stance_s, word in ((0.5, IMPLAUSIBLE), (0.58, KEPT)):  # both feet in the air for 0.1 s, for 0.02 s
        table = strides(walk(10, stance_s=stance_s))
        inner = np.isfinite(table.double_s)
        assert (table.excluded[inner] == word).all()
        np.testing.assert_allclose(table.initial_double_s[inner], stance_s - STEP_S)


def test_strides_in_turns_and_at_the_ends_are_told_apart():
    walked = walk(20, turns=[(10.3, 12.5, 95.0), (5.0, 5.1, -90.0), (np.nan, 3.0, 50.0)])
    table = bouts(walked).strides
    spans = [(5.0, 5.1), (10.3, 12.5)]
    inside = [any(a < t1 and b > t0 for a, b in spans) for t0, t1 in zip(table.start_s, table.end_s, strict=True)]
    assert np.array_equal(table.turn, inside)
    assert np.array_equal(table.excluded == TURN, inside)
    for name in ("left", "right"):
        mine = of(table, name)
        ends = np.isin(np.arange(19), (0, 1, 17, 18))
        assert np.array_equal(mine.steady, ~ends & ~mine.turn)


def test_an_overlong_turn_covers_the_ones_inside_it():
    table = strides(walk(20, turns=[(2.0, 15.0, 180.0), (3.0, 4.0, 50.0)]))
    assert np.array_equal(table.turn, (table.start_s < 15) & (table.end_s > 2))


@pytest.mark.parametrize(("stood_s", "count"), [(1.0, 1), (2.9, 1), (3.1, 2), (60.0, 2)])
def test_a_break_of_three_seconds_ends_a_bout(stood_s, count):
    last_s = 1 + 9 * STRIDE_S + STEP_S  # right foot's last contact before the pause
    left = joined(foot("left", 10), foot("left", 10, begin_s=last_s + stood_s))
    right = joined(foot("right", 10, begin_s=1 + STEP_S), foot("right", 10, begin_s=last_s + stood_s + STEP_S))
    found = bouts(Walked("insole", 100.0, 99.0, left, right))
    assert len(found.bouts) == count
    assert found.bouts.steps.sum() == 40
    assert found.bouts.start_s[0] == 1
    assert found.bouts.end_s[-1] == pytest.approx(last_s + stood_s + 9 * STRIDE_S + STEP_S)
    paused = [] if stood_s < 2.12 else [stood_s]
    np.testing.assert_allclose(found.pauses.end_s - found.pauses.begin_s, paused)
    assert list(found.pauses.ended) == [count == 2] * len(paused)
    assert not found.pauses.lost.any()
    if count == 2:
        assert found.bouts.duration_s.sum() == pytest.approx(2 * (9 * STRIDE_S + STEP_S))
        assert set(found.strides.bout[found.strides.excluded == KEPT]) == {0, 1}
        assert found.strides.steady.sum() == 2 * 2 * 5


def test_a_loss_of_more_than_three_seconds_ends_a_bout_and_says_so():
    left = joined(foot("left", 10), foot("left", 10, begin_s=20.0, broken=[0]))
    right = joined(foot("right", 10, begin_s=1 + STEP_S), foot("right", 10, begin_s=20.0 + STEP_S, broken=[0]))
    found = bouts(Walked("insole", 100.0, 99.0, left, right))
    assert len(found.bouts) == 2
    assert list(found.pauses.lost) == [True]


def test_four_steps_make_a_bout_and_three_do_not():
    for count, steps in ((1, 2), (2, 4), (3, 6)):
        found = bouts(walk(count))
        assert list(found.bouts.steps) == ([steps] if steps >= 4 else [])
    three = walk(2)
    assert three.right is not None
    right = stances("right", three.right.initial_s[:1], three.right.off_s[:1])
    found = bouts(replace(three, right=right))
    assert len(found.bouts) == 0
    assert list(found.strides.excluded) == [SHORT]
    alone = bouts(replace(walk(3), right=None)).bouts
    assert list(alone.steps) == [5]
    assert len(bouts(replace(walk(2), right=None)).bouts) == 0


def test_steps_that_no_plausible_stride_joins_are_no_bout():
    slow = walk(8, stride_s=5.0, step_s=2.5, stance_s=4.0)
    found = bouts(slow)
    assert len(found.bouts) == 0
    assert (found.strides.excluded == IMPLAUSIBLE).all()
    assert len(found.pauses) == 0


def test_single_steps_after_a_bout_make_it_no_longer():
    last_s = 1 + 9 * STRIDE_S + STEP_S
    left = stances("left", [last_s + 2.5, last_s + 7.5], [last_s + 4.5, last_s + 9.5])
    right = stances("right", [last_s + 5.0], [last_s + 7.0])
    found = bouts(
        Walked(
            "insole", 100.0, 99.0, joined(foot("left", 10), left), joined(foot("right", 10, begin_s=1 + STEP_S), right)
        )
    )
    assert list(found.bouts.end_s) == pytest.approx([last_s])
    assert list(found.bouts.steps) == [20]
    assert not found.pauses.ended.any()


@pytest.mark.parametrize(("spm", "walking"), [(39, False), (41, True), (172, True), (174, False)])
def test_a_bout_has_a_cadence_of_walking(spm, walking):
    stride_s = 120 / spm
    found = bouts(walk(12, stride_s=stride_s, stance_s=0.6 * stride_s, step_s=stride_s / 2))
    assert len(found.bouts) == walking
    assert (found.strides.excluded == (KEPT if walking else IMPLAUSIBLE)).all()
    assert (found.strides.bout == (0 if walking else -1)).all()


def test_a_running_bout_leaves_the_walking_one_its_number():
    fast = 120 / 180
    left = joined(foot("left", 12, stride_s=fast, stance_s=0.4), foot("left", 12, begin_s=30.0))
    right = joined(
        foot("right", 12, begin_s=1 + fast / 2, stride_s=fast, stance_s=0.4), foot("right", 12, begin_s=30 + STEP_S)
    )
    found = bouts(Walked("insole", 100.0, 99.0, left, right))
    assert list(found.bouts.start_s) == [30.0]
    assert list(found.bouts.strides) == [22]
    assert (found.strides.bout == np.where(found.strides.start_s < 29, -1, 0)).all()


def test_turns_belong_to_the_bout_that_they_are_in():
    left = joined(foot("left", 10), foot("left", 10, begin_s=40.0))
    right = joined(foot("right", 10, begin_s=1 + STEP_S), foot("right", 10, begin_s=40.0 + STEP_S))
    turns = np.array([[3, 4, 90.0], [6, 7, -90.0], [25, 26, 180.0], [44, 45, 90.0]])
    assert list(bouts(Walked("insole", 100.0, 99.0, left, right, turns=turns)).bouts.turns) == [2, 1]


def test_disorder_is_refused():
    with pytest.raises(MeasureError, match="order of time"):
        strides(replace(walk(5), left=stances("left", [1.0, 3.0, 2.0], [1.5, 3.5, 2.5])))
    with pytest.raises(MeasureError, match="one for each"):
        strides(replace(walk(5), length_m={"left": np.ones(4)}))


def test_an_hour_of_strides_in_milliseconds():
    dice = np.random.default_rng(1)
    left = 1 + np.cumsum(dice.uniform(0.95, 1.05, 3600))
    right = left + 0.5
    turns = np.stack((left[::20], left[::20] + 2, np.full(180, 90.0)), 1)
    walked = Walked(
        "insole", 100.0, 3800.0, stances("left", left, left + 0.6), stances("right", right, right + 0.6), turns=turns
    )
    found, best_s = bouts(walked), np.inf
    for _ in range(5):
        begin_s = process_time()
        bouts(walked)
        best_s = min(best_s, process_time() - begin_s)
    assert len(found.strides) == 7198
    assert best_s < 0.06
