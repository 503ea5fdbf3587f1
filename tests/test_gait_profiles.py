# SPDX-License-Identifier: MIT
"""Mean curves, what they join to, and the parameters that take more than contacts, on signals with known answers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from surefoot.clinic.walk_find import FoundWalk, find
from surefoot.clinic.walk_input import WalkInput
from surefoot.device.virtual.walkers import WalkArrays, walk_arrays
from surefoot.errors import MeasureError
from surefoot.measures.gait import profiles, sensed, sums
from surefoot.measures.gait.bouts import bouts
from surefoot.measures.gait.contacts import contacts
from surefoot.measures.gait.parameters import gait_parameters
from surefoot.measures.gait.progression import line_area_m2
from surefoot.measures.gait.table import GAIT, OF_SOLES, OF_WAIST
from surefoot.measures.gait.values import FEET, Walked
from surefoot.output.walk_profiles import more
from surefoot.output.walk_result import entry

RATE_HZ = 100.0


def given(made: WalkArrays, **change) -> WalkInput:
    facts = {"rows": len(made.t_s), "rate_hz": RATE_HZ, "duration_s": len(made.t_s) / RATE_HZ}
    walk = WalkInput(
        "test", RATE_HZ, made.cell_force_n, acc_ms2=made.acc_ms2, gyr_dps=made.gyr_dps, facts=facts, insole_mm=265
    )
    return replace(walk, **change)


@pytest.fixture(scope="module")
def level() -> WalkArrays:
    """Somebody who stands still for five seconds more before the walk."""
    made = walk_arrays("level", 21, RATE_HZ, 60.0, noisy=True, preload_n=20)
    names = ("t_s", "cell_force_n", "foot_force_n", "acc_ms2", "gyr_dps")
    return replace(
        made, **{name: np.concatenate([getattr(made, name)[:100]] * 5 + [getattr(made, name)]) for name in names}
    )


@pytest.fixture(scope="module")
def found(level: WalkArrays) -> FoundWalk:
    return find(given(level), 0.9)


@pytest.mark.parametrize("cuts", [(1,), (30,), (7, 8, 40), (0, 59)])
def test_pieces_join_to_what_all_at_once_gives(cuts):
    values = 1e3 + np.random.default_rng(3).normal(size=(60, 5, 2))
    values[::7, 2] = np.nan
    values[:, 4, 1] = np.nan
    values[1:, 3, 0] = np.nan
    whole, pieces = sums.sums(values), sums.join_sums([sums.sums(part) for part in np.split(values, cuts)])
    np.testing.assert_array_equal(pieces.count, np.isfinite(values).sum(axis=0))
    for one in (whole, pieces):
        known = one.count > 0
        np.testing.assert_allclose(one.mean[known], np.nanmean(values[:, known], axis=0), rtol=1e-12)
        assert np.isnan(one.mean[~known]).all()
        spread = one.count > 1
        np.testing.assert_allclose(one.sd[spread], np.nanstd(values[:, spread], axis=0, ddof=1), rtol=1e-9)
        assert np.isnan(one.sd[~spread]).all()


def test_the_area_of_a_line():
    u = np.linspace(0, 1, 101)
    bulge = np.stack((0.01 * np.sin(np.pi * u), 0.2 * u), axis=1)
    crossed = np.stack((0.01 * np.sin(2 * np.pi * u), 0.2 * u), axis=1)
    part = bulge.copy()
    part[:30] = np.nan
    area = line_area_m2(np.stack((bulge, crossed, bulge @ [[0, 1], [-1, 0]], part)))
    np.testing.assert_allclose(area[:3], 0.2 * 0.01 * 2 / np.pi, rtol=1e-3)  # both sides count, however it lies
    assert np.isnan(area[3])


def test_curves_are_those_of_the_strides_that_count(level: WalkArrays, found: FoundWalk):
    assert found.profiles is not None
    table = found.gait.strides
    for number, foot in enumerate(FEET):
        mine = found.profiles.feet[foot]
        begins = table.start_s[(table.foot == foot) & (table.excluded == "")]
        assert mine.force_n.most == len(begins) > 20
        # Cell by cell and stance by stance, without what the shoe presses on a foot in the air.
        stood = getattr(found.walked, foot)
        curves = []
        for k in np.flatnonzero(np.isin(stood.initial_s, begins)):
            at = np.linspace(stood.initial_s[k], stood.off_s[k], 101) * RATE_HZ
            felt = level.cell_force_n[:, 8 * number : 8 * number + 8].sum(axis=1)
            free = slice(int(stood.off_s[k - 1] * RATE_HZ) + 8, int(stood.initial_s[k] * RATE_HZ) - 8)
            curves.append(np.interp(at, np.arange(len(felt)), felt) - felt[free].mean())
        np.testing.assert_allclose(mine.force_n.mean, np.mean(curves, axis=0), atol=6)
        assert mine.rocker_share is not None
        assert mine.rocker_share.mean.sum() == pytest.approx(1, abs=1e-6)
        assert mine.first is not None
        assert mine.first.argmax() == 0
        # A foot rolls over from its heel to its toes.
        assert mine.line_m is not None
        along = mine.line_m.mean[:, 1]
        known = np.flatnonzero(np.isfinite(along))
        assert along[known[-1]] - along[known[0]] > 0.1
        assert (np.diff(along[5:95]) > -0.002).all()  # at the ends hardly anything presses
    assert found.profiles.crossing_m is not None
    assert np.abs(found.profiles.crossing_m.mean).max() < 0.03


def test_curves_of_two_halves_join_to_those_of_the_whole(level: WalkArrays, found: FoundWalk):
    table = found.gait.strides
    middle = np.median(table.start_s)
    halves = [
        profiles.profiles(level.cell_force_n, found.walked, table.at(rows), 0.265)
        for rows in (table.start_s < middle, table.start_s >= middle)
    ]
    joined, whole = profiles.join_profiles(halves), found.profiles
    assert whole is not None
    for foot in FEET:
        for name, one in vars(whole.feet[foot]).items():
            other = getattr(joined.feet[foot], name)
            if name == "first":
                np.testing.assert_array_equal(one, other)
                continue
            np.testing.assert_array_equal(one.count, other.count)
            np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9)
            np.testing.assert_allclose(one.sd, other.sd, rtol=1e-6, atol=1e-12)
    assert whole.crossing_m is not None
    assert joined.crossing_m is not None
    np.testing.assert_allclose(whole.crossing_m.mean, joined.crossing_m.mean, rtol=1e-9)


def test_what_the_document_says_of_curves(level: WalkArrays, found: FoundWalk):
    made = entry("walk", given(level), found)["profiles"]
    assert set(made) == {
        "force_pct_bw", "body_weight", "gait_line_mm", "butterfly", "rockers", "load_rate_pct_bw_per_s",
        "peak_by_region",
    }  # fmt: skip
    for foot in FEET:
        force = made["force_pct_bw"][foot]
        assert len(force["mean"]) == len(force["sd"]) == 101
        assert 80 < max(force["mean"]) < 140  # of what the same cells showed of the standing person
        line = made["gait_line_mm"][foot]
        assert {len(line[name]) for name in ("ml", "ap", "sd_ml", "sd_ap")} == {101}
        told = [made["rockers"][foot][name] for name in ("heel", "ankle", "forefoot")]
        assert sum(one["mean_pct"] for one in told) == pytest.approx(100, abs=0.1)
        assert list(made["peak_by_region"][foot]) == ["heel", "midfoot", "forefoot", "toes"]
    assert {"ml_mm", "ap_mm", "n", "feet_apart_mm", "crossing"} == set(made["butterfly"])
    # Nobody stood still: newtons, and why there is no weight.
    walking = found.gait.strides.start_s.min()
    rows = slice(int(walking * RATE_HZ), int((walking + 30) * RATE_HZ))
    short = given(level, force_n=level.cell_force_n[rows], acc_ms2=level.acc_ms2[rows], gyr_dps=None)
    off = more(find(short))
    assert "force_n" in off["profiles"]
    assert "Nobody stood still" in off["weight"]["opening"]["absent"]
    assert off["weight"]["drift_pct"] is None


def test_a_forefoot_first_walker_has_no_heel_rocker():
    made = walk_arrays("forefoot", 3, RATE_HZ, 40.0)
    told = more(find(given(made)))["profiles"]["rockers"]
    worse, other = told[made.truth.worse], told["left" if made.truth.worse == "right" else "right"]
    assert worse["first_part"]["heel"] == 0
    assert "No heel came down first" in worse["heel"]["absent"]
    assert other["first_part"]["heel"] == other["heel"]["n"] > 10


def test_feet_without_cells_have_force_alone(level: WalkArrays):
    made = more(find(given(level, force_n=level.foot_force_n, acc_ms2=None, gyr_dps=None)))["profiles"]
    assert set(made) == {"force_pct_bw", "body_weight", "load_rate_pct_bw_per_s", "absent"}
    assert 100 < made["load_rate_pct_bw_per_s"]["left"]["mean"] < 3000
    one = find(given(level, force_n=level.foot_force_n * (1, np.nan), acc_ms2=None, gyr_dps=None))
    assert set(more(one)["profiles"]["force_n"]) == {"left"}


SENSORS = {
    "cells": ("force_n",),
    "cells and waist": ("force_n", "acc_ms2", "gyr_dps"),
    "waist": ("acc_ms2", "gyr_dps"),
    "accelerometer": ("acc_ms2",),
}


@pytest.mark.parametrize("sensors", SENSORS)
def test_every_row_of_the_table_is_told_or_has_its_reason(level: WalkArrays, sensors: str):
    given_all = given(level)
    walk = given(level, **{name: None for name in SENSORS["cells and waist"] if name not in SENSORS[sensors]})
    assert given_all.force_n is not None
    gait = find(walk, None if walk.acc_ms2 is None else 0.9).gait
    assert set(gait.values) | set(gait.not_reported) == set(GAIT)
    assert not set(gait.values) & set(gait.not_reported)
    assert all(reason.endswith(".") for reason in gait.not_reported.values())
    assert (set(OF_WAIST) <= set(gait.values)) == (walk.acc_ms2 is not None)
    assert (set(OF_SOLES) <= set(gait.values)) == (walk.force_n is not None)
    for key in (*OF_WAIST, *OF_SOLES):
        assert (key in gait.values) == (gait.counts.get(key, 0) >= 10)


def test_few_strides_are_too_few_for_them(level: WalkArrays):
    rows = slice(0, 1400)
    gait = find(given(level, force_n=level.cell_force_n[rows], acc_ms2=level.acc_ms2[rows], gyr_dps=None)).gait
    for key in ("gait_harmonic_ratio_v", "left_gait_line_area_mm2"):
        assert "strides are too few" in gait.not_reported[key], key
    assert "10 strides in a row" in gait.not_reported["gait_step_regularity"]


def test_what_the_waist_did_joins_piece_by_piece(found: FoundWalk):
    assert found.waist is not None
    table, held = found.gait.strides, found.gait.bouts
    whole = sensed.moved(found.waist, table, held)
    middle = np.median(table.start_s)
    parts = [
        sensed.moved(found.waist, table.at(rows), held) for rows in (table.start_s < middle, table.start_s >= middle)
    ]
    np.testing.assert_array_equal(sensed.join_moved(parts).ratio, whole.ratio)
    with pytest.raises(MeasureError, match="weren't kept"):
        sensed.moved(replace(found.waist, level=None), table, held)


def test_rise_is_the_walkers_own(level: WalkArrays, found: FoundWalk):
    """Against twice the integral of the waist's true vertical acceleration, step by step."""
    from scipy.signal import butter, sosfiltfilt

    clean = walk_arrays("level", 21, RATE_HZ, 60.0)
    up = clean.acc_ms2[:, 2] - clean.acc_ms2[:, 2].mean()
    sections = butter(2, 0.5, "high", fs=RATE_HZ, output="sos")
    height = sosfiltfilt(sections, np.cumsum(sosfiltfilt(sections, np.cumsum(up)))) / RATE_HZ**2
    at = np.sort(np.concatenate([one.initial_s[np.isfinite(one.initial_s)] for one in clean.truth.feet]))
    rises = [np.ptp(height[int(a * RATE_HZ) : int(b * RATE_HZ)]) for a, b in pairwise(at)]
    assert found.gait.values["gait_rise_mm"] == pytest.approx(1e3 * np.median(rises), rel=0.15)


def test_nothing_measured_has_no_curves():
    walked = contacts(np.zeros((500, 2)) + 300.0, RATE_HZ)
    table = bouts(walked).strides
    assert profiles.profiles(np.zeros((500, 2)) + 300.0, walked, table).feet == {}
    gait = gait_parameters(Walked("insole", RATE_HZ, 5.0, walked.left, walked.right))
    assert set(sensed.sensed_parameters(gait, None, None).not_reported) == set(GAIT) - set(gait.values)
