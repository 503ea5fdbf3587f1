# SPDX-License-Identifier: MIT
"""Bad input and people who don't walk, from sensors to what is told: one sentence, a reason, never a wrong stride."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import trodden
from surefoot.clinic.walk_find import LENGTHLESS, FoundWalk, find
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_own import read_walk
from surefoot.device.virtual.walkers import WalkArrays, walk_arrays
from surefoot.errors import MeasureError, SurefootError
from surefoot.measures.gait import fuse
from surefoot.measures.gait.foot_imu import walk_by_feet
from surefoot.measures.gait.strides import GAP
from surefoot.measures.gait.values import FEET
from surefoot.measures.gait.waist_speed import SLOW, USUAL_FACTOR

RATE_HZ = 100.0


def given(made: WalkArrays, pods: bool = False) -> WalkInput:
    shoes = {
        foot: np.hstack((one.acc_ms2, one.gyr_dps)) for foot, one in zip(FEET, (made.left, made.right), strict=True)
    }
    return WalkInput(
        "test", RATE_HZ, made.cell_force_n, shoes=shoes if pods else {}, acc_ms2=made.acc_ms2, gyr_dps=made.gyr_dps
    )


def walked(kind: str, seed: int, seconds: float = 40.0, pods: bool = False, **faults) -> tuple[WalkArrays, FoundWalk]:
    made = walk_arrays(kind, seed, RATE_HZ, seconds, noisy=True, **faults)
    return made, find(given(made, pods), 0.9)


def missed(made: WalkArrays, found: FoundWalk, lost=()) -> int:
    """True contacts of steps without one of ours within a quarter of a second, but those beside a loss."""
    count = 0
    for foot, true in zip(FEET, made.truth.feet, strict=True):
        at = true.initial_s[np.isfinite(true.initial_s) & ~true.stands]
        at = at[(at > 1) & (at < len(made.t_s) / RATE_HZ - 1)]
        mine = getattr(found.walked, foot).initial_s
        count += sum(
            np.abs(mine - a)[np.isfinite(mine)].min() > 0.25 and not any(low - 1 < a < high + 1 for low, high in lost)
            for a in at
        )
    return count


@pytest.mark.parametrize("kind", ["wheelchair", "car", "standing"])
def test_who_does_not_walk_is_told_so_in_one_sentence_for_each_sensor(kind: str):
    made = walk_arrays(kind, 5, RATE_HZ, 30.0, noisy=True, preload_n=20)
    with pytest.raises(MeasureError) as refused:
        find(given(made, pods=True))
    words = str(refused.value)
    assert words.startswith("No steps were found. Insoles: The feet were never lifted")
    for lead in ("Insoles: ", "Foot sensors: ", "Waist sensor: "):
        assert words.count(lead) == 1
    assert words.count(". ") == 3
    assert "bore" not in words
    # One sensor alone needs no name.
    alone = replace(given(made), acc_ms2=None, gyr_dps=None)
    with pytest.raises(MeasureError, match=r"^No steps were found\. The feet were never lifted[^.]*\.$"):
        find(alone)


def test_one_foot_that_is_never_lifted_is_named():
    made = walk_arrays("level", 5, RATE_HZ, 20.0)
    force = made.foot_force_n.copy()
    force[:, 0] = 400 + np.random.default_rng(0).normal(0, 3, len(force))
    found = find(WalkInput("test", RATE_HZ, force))
    assert "The left foot was never lifted, so it has no steps." in found.notes


@pytest.mark.parametrize("kind", ["level", "shuffling"])
def test_swapped_insoles_are_said_once(kind: str):
    _, found = walked(kind, 7, swapped=True)
    assert sum("swapped" in note or "each other" in note for note in found.notes) == 1
    _, right = walked(kind, 7)
    assert not any("swapped" in note for note in right.notes)


def test_a_waist_that_found_no_steps_still_tells_swapped_insoles():
    made, found = walked("level", 7)
    assert found.waist is not None
    none = np.empty(0)
    blind = replace(found.waist, step_s=none, left=none.astype(bool), next_s=none, rise_m=none)
    left, right = found.walked.left, found.walked.right
    assert left is not None
    assert right is not None
    assert fuse.swapped(left, right, blind) is False
    assert fuse.swapped(replace(right, foot="left"), replace(left, foot="right"), blind) is True
    assert fuse.swapped(left, right, replace(blind, level=None)) is None
    assert len(made.t_s) == 4000


def test_a_persons_own_factor_makes_the_waists_lengths():
    made = walk_arrays("level", 9, RATE_HZ, 40.0, noisy=True)
    walk = replace(given(made), force_n=None)
    usual, own = find(walk, 0.9), find(walk, 0.9, 1.1 * USUAL_FACTOR)
    ratio = own.gait.values["gait_stride_length_m"] / usual.gait.values["gait_stride_length_m"]
    assert ratio == pytest.approx(1.1, rel=1e-6)
    assert "own factor" in own.by["lengths"]
    assert "uncalibrated" in usual.by["lengths"]
    assert any("mean error 0.06 m/s" in note for note in own.notes)
    assert any("mean error 0.10 m/s" in note for note in usual.notes)
    # Without a leg's length a factor says nothing.
    assert "gait_speed_mps" in find(walk, None, 1.3).gait.not_reported


def test_below_half_a_metre_a_second_a_waist_tells_the_cadence_only():
    made = walk_arrays("slow", 5, RATE_HZ, 60.0, fixed={"speed_mps": 0.4})
    found = find(replace(given(made), force_n=None), 0.53 * 1.7)
    assert found.gait.not_reported["gait_speed_mps"] == SLOW
    assert found.untold["length_m"] == SLOW, "the leg is known"
    assert find(replace(given(made), force_n=None)).untold["length_m"] == LENGTHLESS["waist-imu"]
    assert found.gait.not_reported["gait_stride_length_m"] == SLOW
    assert SLOW in found.notes
    true = np.nanmean(np.concatenate([120 / one.stride_s for one in made.truth.feet]))
    assert found.gait.values["gait_cadence_spm"] == pytest.approx(true, rel=0.05)


# Sensors on the feet: stances that were lost, and contacts that were told too early.
@pytest.mark.parametrize(("kind", "seed", "held_out"), [
    ("hemiparetic", 301, False), ("toe-drag", 302, False), ("hemiparetic", 9101, True), ("toe-drag", 9102, True),
])  # fmt: skip
def test_every_stance_of_a_foot_that_swings_flat_and_slow_is_found(kind: str, seed: int, held_out: bool):
    made = walk_arrays(kind, seed, RATE_HZ, 40.0, held_out=held_out, noisy=True, misplaced=True)
    shoes = given(made, pods=True).shoes
    found = walk_by_feet(shoes["left"], shoes["right"], RATE_HZ).walked
    assert missed(made, FoundWalk(found, {}, {}, {}, (), None)) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "seed"), [("forefoot", 9103), ("toe-drag", 9103), ("hemiparetic", 9103)])
def test_a_foot_that_lands_flat_lands_when_it_is_felt(kind: str, seed: int):
    made = walk_arrays(kind, seed, RATE_HZ, 40.0, held_out=True, noisy=True, misplaced=True)
    worse = made.truth.worse
    shoes = given(made, pods=True).shoes
    mine = getattr(walk_by_feet(shoes["left"], shoes["right"], RATE_HZ).walked, worse).initial_s
    mine = mine[np.isfinite(mine)]
    true = getattr(made.truth, worse).initial_s
    true = true[np.isfinite(true)]
    error = mine[np.abs(mine[:, None] - true).argmin(axis=0)] - true
    assert np.median(np.abs(error)) <= 0.020


# Bad input of the whole chain.
BAD = {
    "upside down": {"waist_turned_deg": (0, 180, 0)},
    "turned": {"waist_turned_deg": (0, 0, 90)},
    "dead cells": {"dead": ("L1", "R6")},
    "preload": {"preload_n": 60},
    "drift": {"preload_n": 20, "drift_n_per_h": 200, "drift_share_per_h": 0.5},
    "cells that remember": {"hysteresis_share": 0.05, "creep_share_per_decade": 0.05},
}


@pytest.mark.parametrize("name", BAD)
def test_what_goes_wrong_costs_no_step(name: str):
    made, found = walked("level", 9301, **BAD[name])
    assert missed(made, found) == 0
    said = " ".join(found.notes)
    assert ("upside down" in said) == (name == "upside down")
    assert ("turned about" in said) == (name == "turned")
    assert ("is dead" in said) == (name == "dead cells")
    assert "swapped" not in said


@pytest.mark.parametrize("mass_kg", [50.0, 110.0])
def test_light_and_heavy_people(mass_kg: float):
    made, found = walked("level", 9302, fixed={"mass_kg": mass_kg})
    assert made.truth.mass_kg == pytest.approx(mass_kg)
    assert missed(made, found) == 0


def test_no_stride_spans_a_gap_of_any_sensor():
    made, found = walked("level", 9303, gaps_per_min=12.0, gap_s=(0.05, 2.0), pods=True)
    lost = ~np.isfinite(made.cell_force_n).all(axis=1)
    edge = np.flatnonzero(np.diff(np.concatenate(([False], lost, [False])).astype(int)))
    losses = [(a / RATE_HZ, b / RATE_HZ) for a, b in zip(edge[::2], edge[1::2], strict=True)]
    assert len(losses) > 3
    table = found.gait.strides
    whole = table.excluded != GAP
    for low, high in losses:
        assert not (whole & (table.start_s < low) & (table.end_s > high) & (table.stride_s > 0)).any()
    assert missed(made, found, losses) == 0


@pytest.mark.parametrize("kind", ["treadmill", "stairs", "afo", "forefoot", "toe-drag", "rollator"])
def test_kinds_of_walks_whose_sums_hold_to_the_sample(kind: str):
    made, found = walked(kind, 9304, 30.0)
    assert missed(made, found) == 0
    table = found.gait.strides
    told = np.isfinite(table.stance_s + table.swing_s)
    assert told.sum() > 10
    np.testing.assert_allclose((table.stance_s + table.swing_s)[told], table.stride_s[told], atol=1e-9)
    parts = table.initial_double_s + table.single_s + table.terminal_double_s
    both = np.isfinite(parts)
    np.testing.assert_allclose(parts[both], table.stance_s[both], atol=1e-9)
    if kind == "treadmill":
        assert found.gait.values["gait_turns"] == 0


def test_an_insole_that_fails_takes_its_steps_from_the_waist():
    made, found = walked("level", 9305, missing="right")
    assert found.by["right foot"] == "waist sensor"
    assert missed(made, found) <= 2
    assert found.gait.values["gait_rise_mm"] > 10
    assert "right" not in (found.profiles.feet if found.profiles is not None else {})


@pytest.mark.parametrize(
    ("kind", "low_s", "high_s"), [("level", 30, 60), ("hemiparetic", 20, 40), ("shuffling", 0, 30)]
)
def test_an_insole_that_falls_silent_for_a_while_takes_those_steps_from_the_waist(kind: str, low_s: int, high_s: int):
    made = walk_arrays(kind, 9307, RATE_HZ, 60.0, noisy=True)
    force = made.foot_force_n.copy()
    force[int(low_s * RATE_HZ) : int(high_s * RATE_HZ), 1] = np.nan
    walk = replace(given(made), force_n=force)
    found, whole = find(walk, 0.9), find(replace(walk, force_n=made.foot_force_n), 0.9)
    assert missed(made, found) <= 2
    right = found.walked.right
    assert right is not None
    inside = (right.initial_s > low_s) & (right.initial_s < high_s)
    true = made.truth.feet[1].initial_s
    off_s = np.abs(right.initial_s[inside][:, None] - true[np.isfinite(true)]).min(axis=1)
    assert off_s.max() < 0.15
    assert np.isnan(right.off_s[inside]).all()
    table = found.gait.strides
    for at_s in (low_s, high_s):  # no stride goes from one source to the other
        over = (table.foot == "right") & (table.start_s < at_s) & (table.end_s > at_s)
        assert (table.excluded[over] != "").all()
    assert found.by["right foot, without its insole"] == "waist sensor"
    assert any(f"{inside.sum()} contacts of the right foot" in note for note in found.notes)
    assert not any("without" in key for key in whole.by)
    assert whole.walked.right is not None
    kept = ~inside & (right.initial_s > high_s + 2)
    assert np.isin(right.initial_s[kept], whole.walked.right.initial_s).all()


def test_nobody_steps_while_standing_with_a_silent_insole():
    made = walk_arrays("level", 9308, RATE_HZ, 30.0, noisy=True)
    rng, stood = np.random.default_rng(5), 2000
    still = np.tile((0.0, 0.0, 9.81), (stood, 1)) + rng.normal(0, 0.03, (stood, 3))
    quiet = np.full((stood, 2), np.nansum(made.foot_force_n, axis=1).mean() / 2) + rng.normal(0, 2, (stood, 2))
    force = np.concatenate((made.foot_force_n, quiet, made.foot_force_n))
    force[2500:5500, 1] = np.nan
    acc, gyr = (np.concatenate((a, b, a)) for a, b in ((made.acc_ms2, still), (made.gyr_dps, still * 0)))
    right = find(WalkInput("test", RATE_HZ, force, acc_ms2=acc, gyr_dps=gyr), 0.9).walked.right
    assert right is not None
    inside = (right.initial_s > 25) & (right.initial_s < 55)
    true = made.truth.feet[1].initial_s
    assert inside.sum() >= (true > 25).sum() + (true < 5).sum() - 2
    assert not ((right.initial_s > 31) & (right.initial_s < 50)).any()


@pytest.mark.parametrize("by_s", [1.5, 20.0, 400.0, -1.0])
def test_a_clock_that_jumps_parts_the_walk(tmp_path: Path, by_s: float):
    made = walk_arrays("level", 9306, RATE_HZ, 30.0, clock_jump=(15.0, by_s))
    columns = {"time_s": made.t_s}
    columns |= {f"{foot}_force_N": force for foot, force in zip(FEET, made.foot_force_n.T, strict=True)}
    path = trodden.table(tmp_path / "jump.csv", columns)
    if not 0 < by_s < 100:
        with pytest.raises(SurefootError, match="time"):
            read_walk(path)
        return
    walk = read_walk(path)
    assert walk.facts["gaps"] == 1
    table = find(walk).gait.strides
    assert len(table) > 20
    over = (table.start_s < 15.0) & (table.start_s > 13.0) & (table.end_s > 15.0 + by_s)
    assert (table.excluded[over] != "").all()
