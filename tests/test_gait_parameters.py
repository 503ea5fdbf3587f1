# SPDX-License-Identifier: MIT
"""Gait parameters of walks with exact answers, their reasons where there are none, and synthetic walkers' truth."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from statistics import mean, stdev
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiting import STRIDE_S, foot, joined, walk
from surefoot.device.virtual.walkers import walker
from surefoot.measures.gait.parameters import Gait, gait_parameters
from surefoot.measures.gait.table import GAIT, OF_SOLES, OF_WAIST
from surefoot.measures.gait.values import Walked, stances
from surefoot.measures.table import MEASURES


def told(gait: Gait, **expected):
    for key, value in expected.items():
        assert gait.values[key] == pytest.approx(value, rel=1e-9, abs=1e-9), key


def uneven(seed=4, count=60, **more) -> Walked:
    """Strides of both feet that vary, the right foot landing at a varying time."""
    dice = np.random.default_rng(seed)
    left = 1 + np.concatenate(([0.0], np.cumsum(dice.normal(1.1, 0.03, count - 1))))
    right = left + dice.normal(0.52, 0.02, count)
    length_m = {name: dice.normal(1.3, 0.04, count) for name in ("left", "right")}
    feet = stances("left", left, left + dice.normal(0.70, 0.01, count)), stances("right", right, right + 0.72)
    return Walked("foot-imu", 100.0, 99.0, *feet, length_m=length_m, length_by="made by hand", **more)


def test_every_parameter_of_a_walk_that_never_varies():
    """Strides of 1.2 s; left stands 0.8 s, right 0.7 s and lands 0.65 s after the left."""
    gait = gait_parameters(walk(40, step_s=0.65, left={"stance_s": 0.8}, right={"stance_s": 0.7}, length_m=1.26))
    assert set(gait.not_reported) == {*OF_SOLES, *OF_WAIST}
    assert set(gait.values) == set(GAIT) - {*OF_SOLES, *OF_WAIST}
    assert gait.length_by == "made by hand"
    assert gait.notes == ()
    told(gait, gait_stride_time_s=1.2, left_gait_stride_time_s=1.2, right_gait_stride_time_s=1.2)
    told(gait, gait_step_time_s=0.6, left_gait_step_time_s=0.55, right_gait_step_time_s=0.65)
    told(gait, gait_stance_time_s=0.75, left_gait_stance_time_s=0.8, right_gait_stance_time_s=0.7)
    told(gait, gait_swing_time_s=0.45, left_gait_swing_time_s=0.4, right_gait_swing_time_s=0.5)
    told(gait, left_gait_single_support_time_s=0.5, right_gait_single_support_time_s=0.4)
    told(gait, gait_single_support_time_s=0.45, gait_double_support_time_s=0.3)
    told(gait, left_gait_initial_double_time_s=0.15, left_gait_terminal_double_time_s=0.15)
    told(gait, right_gait_initial_double_time_s=0.15, right_gait_terminal_double_time_s=0.15)
    told(gait, gait_initial_double_time_s=0.15, gait_terminal_double_time_s=0.15)
    told(gait, gait_stance_pct=62.5, left_gait_stance_pct=200 / 3, right_gait_stance_pct=175 / 3)
    told(gait, gait_swing_pct=37.5, left_gait_swing_pct=100 / 3, right_gait_swing_pct=125 / 3)
    told(gait, gait_single_support_pct=37.5, left_gait_single_support_pct=125 / 3, gait_double_support_pct=25.0)
    told(gait, gait_cadence_spm=100, gait_speed_mps=1.05, gait_stride_length_m=1.26)
    told(gait, gait_step_time_si_pct=100 / 6, gait_stance_time_si_pct=100 * 0.1 / 0.75)
    told(gait, gait_swing_time_si_pct=100 * 0.1 / 0.45, gait_single_support_time_si_pct=100 * 0.1 / 0.45)
    told(gait, gait_stride_length_si_pct=0, gait_asymmetry_pct=100 * math.log(0.5 / 0.4))
    # The right foot swings longer, and the left one lands 0.55 s after it.
    told(gait, gait_pci_pct=100 * abs(360 * 0.55 / 1.2 - 180) / 180)
    told(gait, gait_walking_s=39 * 1.2 + 0.65, gait_steps=80, gait_bouts=1, gait_turns=0, gait_pauses=0)
    told(gait, gait_bouts_over_10s=1, gait_bouts_over_30s=1, gait_bouts_over_60s=0)
    told(gait, gait_bout_median_s=47.45, gait_bout_p90_s=47.45, gait_distance_m=39 * 1.26)
    spread = [key for key in GAIT if re.search("_(sd|cv)_", key)]
    assert len(spread) == 18
    for key in spread:
        assert gait.values[key] == pytest.approx(0, abs=1e-9), key
    # Double support by the identity DS = (stance_left + stance_right) / stride - 1.
    told(gait, gait_double_support_pct=100 * ((0.8 + 0.7) / 1.2 - 1))
    assert gait.values["gait_speed_mps"] == pytest.approx(1.26 / 2 * gait.values["gait_cadence_spm"] / 60)


def test_means_and_spreads_of_a_walk_that_varies():
    walked = uneven()
    assert walked.left is not None
    assert walked.right is not None
    gait = gait_parameters(walked)
    left, right = (list(np.diff(one.initial_s)) for one in (walked.left, walked.right))
    told(gait, gait_stride_time_s=mean(left + right))
    told(gait, left_gait_stride_time_s=mean(left), right_gait_stride_time_s=mean(right))
    sd = math.sqrt((stdev(left[2:-2]) ** 2 + stdev(right[2:-2]) ** 2) / 2)
    told(gait, gait_stride_time_sd_s=sd, gait_stride_time_cv_pct=100 * sd / mean(left[2:-2] + right[2:-2]))
    told(gait, gait_cadence_spm=mean(120 / x for x in left + right))
    speeds = [list(walked.length_m[n][:-1] / t) for n, t in (("left", left), ("right", right))]
    told(gait, gait_speed_mps=mean(speeds[0] + speeds[1]))
    told(gait, gait_speed_sd_mps=math.sqrt((stdev(speeds[0][2:-2]) ** 2 + stdev(speeds[1][2:-2]) ** 2) / 2))
    assert gait.counts["gait_stride_time_s"] == 118
    assert gait.counts["gait_stride_time_cv_pct"] == 110


@pytest.mark.parametrize("seed", range(5))
def test_phase_coordination_stride_by_stride(seed):
    walked = uneven(seed, 45)
    assert walked.left is not None
    assert walked.right is not None
    swing = {one.foot: mean(one.initial_s[1:] - one.off_s[:-1]) for one in (walked.left, walked.right)}
    if swing["left"] > swing["right"]:
        long, short = walked.left.initial_s, walked.right.initial_s
    else:
        long, short = walked.right.initial_s, walked.left.initial_s[1:]
    phase = []
    for k in range(2, len(long) - 3):
        if k < len(short):
            phase.append(360 * (short[k] - long[k]) / (long[k + 1] - long[k]))
    pci = 100 * stdev(phase) / mean(phase) + 100 * mean(abs(p - 180) for p in phase) / 180
    told(gait_parameters(walked), gait_pci_pct=pci)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.9, 1.1))
def test_mirrored_and_slower_walks(seed, factor):
    walked = uneven(seed)
    assert walked.left is not None
    assert walked.right is not None
    gait = gait_parameters(walked)
    left = stances("left", walked.right.initial_s, walked.right.off_s)
    right = stances("right", walked.left.initial_s, walked.left.off_s)
    mirrored = replace(
        walked, left=left, right=right, length_m=dict(zip(("right", "left"), walked.length_m.values(), strict=True))
    )
    other = gait_parameters(mirrored)
    for key, value in gait.values.items():
        swapped = (
            key.replace("left_", "r_").replace("right_", "left_").replace("r_", "right_") if key[0] in "lr" else key
        )
        assert other.values[swapped] == pytest.approx(value, rel=1e-6, abs=1e-9), key
    slow = {
        n: stances(n, one.initial_s * factor, one.off_s * factor)
        for n, one in (("left", walked.left), ("right", walked.right))
    }
    timed = gait_parameters(replace(walked, **slow))
    for key in ("gait_pci_pct", "gait_asymmetry_pct", "gait_stride_time_cv_pct", "gait_stance_pct"):
        assert timed.values[key] == pytest.approx(gait.values[key], rel=1e-6), key
    for key in ("gait_stride_time_s", "gait_stance_time_sd_s"):
        assert timed.values[key] == pytest.approx(factor * gait.values[key], rel=1e-6), key


def test_walking_faster_in_another_bout_is_no_variability():
    slow, fast = 1.3, 1.0
    begin_s = 60.0
    left = joined(foot("left", 25, stride_s=slow), foot("left", 25, begin_s=begin_s, stride_s=fast, stance_s=0.6))
    right = joined(
        foot("right", 25, begin_s=1.65, stride_s=slow),
        foot("right", 25, begin_s=begin_s + 0.5, stride_s=fast, stance_s=0.6),
    )
    gait = gait_parameters(Walked("foot-imu", 100.0, 99.0, left, right))
    told(gait, gait_bouts=2, gait_stride_time_sd_s=0, gait_stride_time_s=1.15, gait_cadence_cv_pct=0, gait_pauses=1)
    assert [gait.by_bout.row(k)[0]["gait_stride_time_s"] for k in (0, 1)] == pytest.approx([slow, fast])


def test_a_loss_is_no_pause():
    for broken, pauses in (((), 1), ((0,), 0)):
        left = joined(foot("left", 20), foot("left", 20, begin_s=60.0, broken=broken))
        right = joined(foot("right", 20, begin_s=1.6), foot("right", 20, begin_s=60.6, broken=broken))
        told(gait_parameters(Walked("foot-imu", 100.0, 99.0, left, right)), gait_pauses=pauses, gait_bouts=2)


def test_a_bout_has_the_numbers_that_it_would_have_alone():
    one, two = uneven(1, 40), uneven(2, 45)
    assert one.left is not None
    assert one.right is not None
    assert two.left is not None
    assert two.right is not None
    later = {
        n: replace(s, initial_s=s.initial_s + 80, off_s=s.off_s + 80)
        for n, s in (("left", two.left), ("right", two.right))
    }
    # The feet stand until they swing into the second bout.
    alone = [gait_parameters(one), gait_parameters(two)]
    left, right = joined(one.left, later["left"]), joined(one.right, later["right"])
    lengths = {n: np.concatenate((one.length_m[n], two.length_m[n])) for n in ("left", "right")}
    lengths["left"][39] = lengths["right"][39] = np.nan
    both = gait_parameters(replace(one, left=left, right=right, length_m=lengths))
    assert len(both.bouts) == 2
    for number, single in enumerate(alone):
        values, reasons = both.by_bout.row(number)
        assert not set(reasons) & set(values)
        assert len(values) > 60
        for key, value in values.items():
            # Standing tells when the other foot left before the first stride of the second bout.
            if number == 0 or ("double" not in key and "single" not in key):
                assert value == pytest.approx(single.values[key], rel=1e-6, abs=1e-9), key
    told(both, gait_walking_s=sum(g.values["gait_walking_s"] for g in alone), gait_steps=170, gait_bouts=2)
    told(both, gait_distance_m=sum(g.values["gait_distance_m"] for g in alone))


def test_of_too_few_strides_there_is_a_reason():
    for count, least in ((5, 8), (6, 10)):
        gait = gait_parameters(walk(count))
        assert ("gait_stride_time_s" in gait.values) == (least >= 10)
    assert gait_parameters(walk(5)).not_reported["gait_stride_time_s"] == "8 strides are too few: it takes 10 or more."
    for count, enough in ((19, False), (20, True)):
        gait = gait_parameters(walk(count))
        assert ("gait_stride_time_cv_pct" in gait.values) == enough
        assert ("gait_stance_time_sd_s" in gait.values) == enough
    for count, enough in ((27, False), (28, True)):
        gait = gait_parameters(walk(count, left={"stance_s": 0.7}))
        assert ("gait_pci_pct" in gait.values) == enough
    assert gait_parameters(walk(27)).not_reported["gait_pci_pct"].startswith("22 strides are too few: it takes 23")
    for count, enough in ((10, False), (11, True)):
        gait = gait_parameters(walk(count))
        assert ("left_gait_stance_time_s" in gait.values) == enough
        assert ("gait_asymmetry_pct" in gait.values) == enough
        assert ("gait_stance_time_si_pct" in gait.values) == enough


def every(gait: Gait):
    assert not set(gait.values) & set(gait.not_reported)
    assert set(gait.values) | set(gait.not_reported) == set(GAIT)
    assert all(np.isfinite(value) for value in gait.values.values())
    assert all(reason.endswith(".") for reason in gait.not_reported.values())


def test_one_foot_alone():
    for name in ("left", "right"):
        other = "right" if name == "left" else "left"
        gait = gait_parameters(replace(walk(40, length_m=1.2), **{other: None}))
        every(gait)
        told(gait, gait_stride_time_s=1.2, gait_stance_time_s=0.75, gait_cadence_spm=100, gait_speed_mps=1.0)
        told(gait, gait_stride_time_sd_s=0, gait_steps=79, gait_distance_m=39 * 1.2)
        told(gait, **{f"{name}_gait_swing_time_s": 0.45})
        for key in ("gait_step_time_s", "gait_double_support_pct", "gait_pci_pct", "gait_asymmetry_pct"):
            assert gait.not_reported[key] == f"It takes both feet, and the {other} foot was not measured."
        assert gait.not_reported[f"{other}_gait_stance_time_s"] == f"The {other} foot was not measured."


def test_a_foot_that_was_measured_and_never_stepped():
    gait = gait_parameters(replace(walk(40), right=stances("right", [], [])))
    every(gait)
    told(gait, gait_stride_time_s=1.2, left_gait_stance_time_s=0.75)
    assert gait.not_reported["gait_stance_time_s"] == "0 strides are too few: it takes 10 or more."
    assert "gait_step_time_s" in gait.not_reported


def test_a_source_without_foot_offs_or_lengths():
    walked = walk(40)
    assert walked.left is not None
    assert walked.right is not None
    never = np.full(40, np.nan)
    feet = {one.foot: stances(one.foot, one.initial_s, never) for one in (walked.left, walked.right)}
    gait = gait_parameters(replace(walked, source="waist-imu", notes=("Seen by the waist.",), **feet))
    every(gait)
    told(gait, gait_stride_time_s=1.2, gait_step_time_s=0.6, gait_step_time_si_pct=0, gait_cadence_cv_pct=0)
    for key in ("gait_stance_time_s", "gait_double_support_pct", "gait_swing_time_cv_pct", "gait_pci_pct"):
        assert "When a foot leaves the floor is not known" in gait.not_reported[key]
    for key in ("gait_speed_mps", "gait_stride_length_si_pct", "gait_distance_m", "left_gait_stride_length_m"):
        assert "How long strides are is not known from this recording (waist-imu)" in gait.not_reported[key]
    assert gait.notes == ("Seen by the waist.",)


def test_a_few_measured_strides_make_no_distance():
    walked = walk(40, length_m=1.2)
    for length_m in walked.length_m.values():
        length_m[::3] = np.nan  # 26 of 39 are left
    gait = gait_parameters(walked)
    every(gait)
    assert gait.not_reported["gait_distance_m"] == "52 strides are too few: it takes 63 or more."
    told(gait, gait_stride_length_m=1.2)


def test_nothing_measured_and_nobody_walking():
    nothing = gait_parameters(Walked("foot-imu", 100.0, 60.0, None, None))
    every(nothing)
    assert nothing.values == {}
    assert set(nothing.not_reported.values()) == {"No foot was measured."}
    still = gait_parameters(walk(0))
    every(still)
    told(still, gait_steps=0, gait_walking_s=0, gait_bouts=0, gait_turns=0, gait_pauses=0)
    assert still.not_reported["gait_bout_median_s"] == "There is no bout of walking."
    assert still.not_reported["gait_speed_mps"] == "0 strides are too few: it takes 10 or more."
    assert {re.sub("_over_[0-9]+s$", "", key) for key in still.values} == {
        "gait_steps", "gait_walking_s", "gait_bouts", "gait_turns", "gait_pauses"
    }  # fmt: skip


def test_turns_count_in_the_way_and_in_no_mean():
    walked = walk(60, length_m=1.3, turns=[(20.0, 23.0, 180.0)])
    inside = {n: np.arange(60) for n in ("left", "right")}
    for name, one in (("left", walked.left), ("right", walked.right)):
        assert one is not None
        turning = (one.initial_s < 23) & (one.initial_s + STRIDE_S > 20)
        inside[name] = np.flatnonzero(turning)
        walked.length_m[name][turning] = 0.5
    gait = gait_parameters(walked)
    count = sum(len(rows) for rows in inside.values())
    told(gait, gait_stride_length_m=1.3, gait_stride_length_cv_pct=0, gait_turns=1)
    told(gait, gait_distance_m=(2 * 59 - count) * 1.3 / 2 + count * 0.5 / 2)
    assert gait.counts["gait_stride_length_m"] == 118 - count
    assert gait.notes == (f"Of 118 strides {count} count in no mean: {count} in turns.",)


def test_insoles_see_no_turns_and_say_so():
    for known, source in ((None, "insole"), (False, "waist-imu"), (True, "insole"), (None, "foot-imu")):
        gait = gait_parameters(replace(walk(40), source=source), turns_known=known)
        every(gait)
        seen = known or source == "foot-imu"
        assert ("gait_turns" in gait.values) == seen
        assert ("gait_turns" in gait.by_bout.row(0)[0]) == seen
        assert any("Turns are not known" in note for note in gait.notes) != seen
    turned = gait_parameters(replace(walk(40, turns=[(9, 10, 90)]), source="insole"))
    told(turned, gait_turns=1)


def test_losses_change_no_mean():
    walked = uneven()
    assert walked.left is not None
    broken = np.zeros(60, bool)
    broken[[10, 30]] = True
    gait = gait_parameters(replace(walked, left=replace(walked.left, broken=broken)))
    kept = np.delete(np.diff(walked.left.initial_s), [9, 10, 29, 30])
    told(gait, left_gait_stride_time_s=mean(kept), gait_bouts=1)
    assert gait.counts["left_gait_stride_time_s"] == 55
    assert gait.notes == ("Of 118 strides 4 count in no mean: 4 beside lost samples.",)


@pytest.mark.parametrize("kind", ["level", "slow", "fast", "old", "hemiparetic", "shuffling", "rollator", "stick"])
@pytest.mark.parametrize("seed", [1, 2])
def test_synthetic_walkers_have_the_speed_and_cadence_that_they_were_drawn_with(kind, seed):
    truth = walker(kind, seed, 180.0).truth
    left, right = (stances(n, one.initial_s, one.off_s) for n, one in zip(("left", "right"), truth.feet, strict=True))
    lengths = {"left": truth.left.stride_m, "right": truth.right.stride_m}
    gait = gait_parameters(
        Walked("foot-imu", 100.0, 180.0, left, right, length_m=lengths, length_by="truth", turns=truth.turns)
    )
    every(gait)
    # Step length over cadence is drawn: speed = ratio * cadence^2 / 60.
    cadence_spm = math.sqrt(60 * truth.speed_mps / truth.drawn["walk_ratio_m_min"])
    assert gait.values["gait_speed_mps"] == pytest.approx(truth.speed_mps, rel=0.03)
    assert gait.values["gait_cadence_spm"] == pytest.approx(cadence_spm, rel=0.02)
    assert gait.values["gait_steps"] == truth.bouts[:, 2].sum()
    assert gait.values["gait_bouts"] == len(truth.bouts)
    assert gait.values["gait_distance_m"] == pytest.approx(truth.distance_m, rel=0.03)
    assert gait.values["gait_distance_m"] < truth.distance_m


def test_an_hour_in_numbers_in_milliseconds():
    walked = uneven(count=3600)
    gait, best_s = gait_parameters(walked), np.inf
    for _ in range(5):
        begin_s = process_time()
        gait_parameters(walked)
        best_s = min(best_s, process_time() - begin_s)
    every(gait)
    assert best_s < 0.15


def test_the_gait_table():
    assert not set(GAIT) & set(MEASURES)
    for key, row in GAIT.items():
        assert row.key == key
        assert row.certainty in ("V", "R", "D")
        assert row.certainty == "D" or "10." in row.source or row.source.startswith("Robinson 1987"), key
        suffix = {"s": "s", "m": "m", "mps": "m/s", "spm": "{steps}/min", "pct": "%"}.get(key.rsplit("_", 1)[1])
        assert suffix is None or suffix == row.unit, key
        factors = {"mm": 1e3, "mm2": 1e6} | ({"%": 100} if key not in ("gait_pci_pct", "gait_asymmetry_pct") else {})
        assert row.factor == factors.get(row.unit, 1)
        assert row.better == "none"
    assert [key for key, row in GAIT.items() if row.certainty == "V"] == ["gait_pci_pct"]
    assert len({row.label for row in GAIT.values()}) == len(GAIT)
