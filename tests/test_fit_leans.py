# SPDX-License-Identifier: MIT
"""Leans of which only a part is known: one axis, the sum of both feet, a scale under each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leaning import Actor, leaner, session, standing
from surefoot import calibration
from surefoot.calibration import Calibration
from surefoot.calibration_law import counts_of, loads
from surefoot.clinic.insole_steps import FREE, tasks
from surefoot.errors import CalibrationError
from surefoot.fit.known import MARK_MM, Evidence, evidence, evidence_of
from surefoot.fit.leans import fit, solve, zero_counts
from surefoot.physics import GRAVITY_MS2

WHEN = "2026-03-01T10:00:00Z"
TRUE = replace(
    calibration.nominal(),
    device="f00d",
    foot_gain=(2.4, 2.9),
    cop_gain=((1.3, 0.96), (1.2, 1.02)),
    cop_offset_mm=((1.5, -4.0), (-2.0, 3.0)),
)
BLANK = replace(calibration.nominal(), device="f00d")


def exact(left_share: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts, CoP and force that TRUE reads exactly, with about 700 N shared so between the feet."""
    rng = np.random.default_rng(seed)
    n = len(left_share)
    t = np.linspace(0, 1, n)[:, None]
    waves = 1 + 0.7 * np.sin(2 * np.pi * (rng.uniform(2, 9, 16) * t + rng.uniform(0, 1, 16)))
    share = np.repeat(np.stack((left_share, 1 - left_share), 1), 8, axis=1)
    force = 700 * share * waves / waves.reshape(n, 2, 8).sum(axis=2).repeat(8, axis=1)
    counts = np.rint(counts_of(force, TRUE)).astype(np.uint16)
    seen = loads(counts, TRUE)
    return counts, seen.foot_cop_m, seen.foot_force_n


SHIFT = 0.5 + 0.4 * np.sin(np.linspace(0, 20, 1500))
UNKNOWN = np.full((1500, 2), np.nan)


def test_the_sum_of_both_feet_is_enough_where_weight_shifts():
    counts, cop, force = exact(SHIFT)
    got = fit(counts, cop, UNKNOWN, force.sum(axis=1), device="f00d", base=BLANK, fit_exponent=False, created_utc=WHEN)
    np.testing.assert_allclose(got.foot_gain, TRUE.foot_gain, rtol=1e-3)
    np.testing.assert_allclose(got.cop_gain, TRUE.cop_gain, rtol=1e-6)
    assert got.made_insole
    assert got.made_insole.residuals["both_force_rms_n"] < 0.5
    assert got.made_insole.residuals["not_fitted"] == []


def test_a_sum_that_never_shifts_gives_one_factor_and_says_so():
    counts, cop, force = exact(np.full(1500, 0.5))
    solved = solve(evidence(counts, cop, UNKNOWN, force.sum(axis=1)), BLANK, fit_exponent=False)
    left, right = solved.record.foot_gain
    assert left == right
    assert 2.4 < left < 2.9
    assert any(text.startswith("left and right force gain apart") for text in solved.not_fitted)


def test_one_scale_and_the_sum_tell_both_feet():
    counts, cop, force = exact(SHIFT)
    one = force.copy()
    one[:, 1] = np.nan
    solved = solve(evidence(counts, cop, one, force.sum(axis=1)), BLANK, fit_exponent=False)
    np.testing.assert_allclose(solved.record.foot_gain, TRUE.foot_gain, rtol=1e-3)


def test_one_axis_alone_leaves_the_other_as_it_was():
    counts, cop, force = exact(SHIFT)
    forward = cop.copy()
    forward[:, :, 0] = np.nan
    base = replace(BLANK, cop_gain=((1.11, 1.0), (1.12, 1.0)), cop_offset_mm=((0.5, 0.0), (0.6, 0.0)))
    solved = solve(evidence(counts, forward, force), base, fit_exponent=False)
    for f in (0, 1):
        assert solved.record.cop_gain[f][0] == base.cop_gain[f][0]
        assert solved.record.cop_offset_mm[f][0] == pytest.approx(base.cop_offset_mm[f][0])
        assert solved.record.cop_gain[f][1] == pytest.approx(TRUE.cop_gain[f][1], rel=1e-6)
    assert sum("sideways CoP gain and offset: no place was known" in text for text in solved.not_fitted) == 2


def test_without_any_place_only_forces_are_fitted():
    counts, cop, force = exact(SHIFT)
    solved = solve(evidence(counts, np.full_like(cop, np.nan), force), BLANK, fit_exponent=False)
    np.testing.assert_allclose(solved.record.foot_gain, TRUE.foot_gain, rtol=1e-3)
    assert solved.record.cop_gain == BLANK.cop_gain
    assert len(solved.not_fitted) == 4


def test_without_forces_only_places_are_fitted():
    counts, cop, _ = exact(SHIFT)
    base = replace(BLANK, foot_gain=(1.7, 1.8))
    solved = solve(evidence(counts, cop, UNKNOWN), base, fit_force=False)
    assert solved.record.foot_gain == base.foot_gain
    assert solved.record.exponent == base.exponent
    np.testing.assert_allclose(solved.record.cop_offset_mm, TRUE.cop_offset_mm, atol=1e-3)


def test_sixteen_gains_are_never_fitted():
    counts, cop, force = exact(SHIFT)
    solved = solve(evidence(counts, cop, force), BLANK, fit_exponent=False)
    assert solved.record.gain_n_per_siemens_exp == BLANK.gain_n_per_siemens_exp
    assert solved.record.zero_count == BLANK.zero_count


def test_evidence_that_knows_nothing_of_a_foot_is_refused():
    counts, cop, force = exact(SHIFT)
    force = force.copy()
    force[:, 1] = np.nan
    with pytest.raises(CalibrationError, match=r"Only 0 samples of the right foot .* repeat the leans"):
        solve(evidence(counts, cop, force), BLANK)


def test_the_values_of_steps_say_what_is_known():
    counts = np.full((4, 16), 500, np.uint16)
    told = evidence_of(
        [
            ({"kg": 70.0}, counts),
            ({"kg_left": 20.0, "kg_right": 30.0, "kg_error": 0.2}, counts),
            ({"foot": "right", "axis": "ap", "mark_mm": -40.0}, counts),
        ]
    )
    assert isinstance(told, Evidence)
    np.testing.assert_allclose(told.both_force_n[:4], 70 * GRAVITY_MS2)
    assert np.isnan(told.both_force_n[4:]).all(), "hands may hold a rail there"
    np.testing.assert_allclose(told.foot_force_n[4:8] / GRAVITY_MS2, [[20, 30]] * 4)
    assert np.isfinite(told.foot_cop_m).sum() == 4
    np.testing.assert_allclose(told.foot_cop_m[8:, 1, 1], -0.04)
    assert told.step.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert told.mark_m[2] == MARK_MM * 1e-3
    assert told.force_n[1] == pytest.approx(0.2 * GRAVITY_MS2)
    with pytest.raises(CalibrationError, match="no step"):
        evidence_of([])


def fitted(seed: int, form: str, drop: tuple[str, ...] = ()) -> tuple[Actor, Calibration, tuple[str, ...]]:
    actor = Actor(leaner(seed))
    taken = session(actor, form)
    zero = zero_counts(taken[0][2])
    base = replace(calibration.nominal(actor.world.person.insole_length_m * 1e3), zero_count=zero)
    told = evidence_of([(values, counts) for task, values, counts in taken[1:] if task.kind not in drop])
    solved = solve(told, base)
    return actor, solved.record, solved.not_fitted


@pytest.mark.parametrize("form", ["free", "supported"])
@pytest.mark.parametrize("seed", range(31, 35))
def test_a_session_on_a_drawn_board_finds_exponent_force_and_place(seed, form):
    """Marks 2 mm off, cells 15 % apart, an exponent that nobody knows: what level 1 can do on the simulator's soles."""
    actor, got, missed = fitted(seed, form)
    assert missed == ()
    np.testing.assert_allclose(got.exponent, actor.world.electronics.law.exponent, rtol=0.08)
    counts, cop, load = standing(actor)
    seen = loads(counts, got)
    force_share = np.abs(seen.foot_force_n - load) / (actor.kg * GRAVITY_MS2)
    place_mm = 1e3 * np.abs(seen.foot_cop_m - cop)
    assert np.percentile(force_share, 95, axis=0).max() < 0.06
    assert np.percentile(place_mm, 95, axis=0).max() < 8.0


def test_without_one_leg_or_scales_the_exponent_stays_and_is_said():
    _, got, missed = fitted(33, "free", drop=("alone",))
    assert set(got.exponent) == set(calibration.nominal().exponent)
    assert [text for text in missed if text.startswith("exponent")]


Steps = list[tuple[dict, np.ndarray]]
SEARCHED = 2e-3  # the search for an exponent ends within 1e-3: two of them may be so far apart


def longer(seed: int, key: str) -> tuple[Calibration, Steps, Steps, int]:
    """A session of which one step goes on for twice its time: base, the steps with all of it, those with its first
    half alone, and which it is."""
    actor = Actor(leaner(seed))
    length = actor.world.person.insole_length_m * 1e3
    told, at_s, where = [], 0.0, -1
    for k, task in enumerate(tasks(FREE, length)):
        actor.do(task, at_s)
        n = round(task.seconds * 100) * (1 + (task.key == key))
        t_s = at_s + 1.5 + np.arange(n) / 100
        told.append((actor.values(task), actor.world.counts(t_s, k)))
        where = k - 1 if task.key == key else where
        at_s = float(t_s[-1])
    base = replace(calibration.nominal(length), zero_count=zero_counts(told[0][1]))
    values, counts = told[where + 1]
    return base, told[1:], changed(told[1:], where, (values, counts[: len(counts) // 2])), where


def changed(steps: Steps, where: int, step: tuple[dict, np.ndarray]) -> Steps:
    return [*steps[:where], step, *steps[where + 1 :]]


def numbers(steps: Steps, base: Calibration) -> np.ndarray:
    """Gains of the feet, exponent, gains of the CoP."""
    got = solve(evidence_of(steps), base).record
    return np.array([*got.foot_gain, got.exponent[0], *got.cop_gain[0], *got.cop_gain[1]])


@pytest.mark.parametrize("key", ["still", "alone-left", "shift", "plank-right-ap-1"])
def test_a_step_of_twice_the_length_counts_no_more(key):
    for seed in (31, 33, 34):
        base, twice, once, where = longer(seed, key)
        values, counts = once[where]
        first = numbers(once, base)
        same = numbers(changed(once, where, (values, np.repeat(counts, 2, axis=0))), base)
        np.testing.assert_allclose(same, first, rtol=SEARCHED, err_msg="nothing new was said, only longer")
        # What the second half tells is new: alone it may move the fit, and both halves together no further than that.
        second = numbers(changed(once, where, (values, twice[where][1][len(counts) :])), base)
        noise = np.abs(second / first - 1).max()
        assert np.abs(numbers(twice, base) / first - 1).max() <= noise + SEARCHED, seed


def test_a_scale_that_may_be_further_off_counts_less():
    """One of two readings is wrong by a tenth: where it says that it may be, it is hardly heard."""
    counts, _, force = exact(np.repeat((0.35, 0.65), 500))
    kg = force / GRAVITY_MS2 * np.repeat((1.0, 1.1), 500)[:, None]
    off = []
    for kg_error in (0.5, 8.0):
        steps: Steps = []
        for k, error in enumerate((0.5, kg_error)):
            left, right = np.median(kg[500 * k : 500 * k + 500], axis=0)
            steps.append(({"kg_left": left, "kg_right": right, "kg_error": error}, counts[500 * k : 500 * k + 500]))
        gains = solve(evidence_of(steps), BLANK, fit_exponent=False).record.foot_gain
        off.append(float(np.abs(np.divide(gains, TRUE.foot_gain) - 1).max()))
    assert off[1] < off[0] / 3


def test_a_mark_that_may_be_further_off_counts_less():
    counts, cop, _ = exact(SHIFT)
    off = []
    for error_mm in (2.0, 20.0):
        order = np.argsort(cop[:, 0, 1])
        steps: Steps = []
        for k, rows in enumerate(np.array_split(order, 5)):
            middle = rows[len(rows) // 2]
            mark_mm = 1e3 * cop[middle, 0, 1] + 15.0 * (k == 4)
            known = {"foot": "left", "axis": "ap", "mark_mm": mark_mm, "mark_error_mm": error_mm if k == 4 else 2.0}
            steps.append((known, np.repeat(counts[middle][None], 50, axis=0)))
        solved = solve(evidence_of(steps), BLANK, fit_force=False)
        off.append(abs(solved.record.cop_gain[0][1] / TRUE.cop_gain[0][1] - 1))
    assert off[1] < off[0] / 3
