# SPDX-License-Identifier: MIT
"""Contacts, steps, single-leg stance, heel lifts, gait initiation, push-and-release. Not verified on people."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import crude
from surefoot.errors import MeasureError
from surefoot.measures.events import (
    contacts,
    gait_initiation,
    part_lifts,
    push_and_release,
    single_leg,
    staggered_s,
    trunk,
    walk,
)

RATE_HZ = crude.RATE_HZ
FEET = ("left", "right")


@pytest.mark.parametrize("weight_n", [400.0, 700.0, 1200.0])
@pytest.mark.parametrize("step_s", [0.4, 0.55, 0.9, 1.3])
def test_contacts_of_a_walk_by_any_weight_and_pace(weight_n, step_s):
    body, swings = crude.walking(20, 3.0, 12, step_s, weight_n=weight_n)
    found = walk(body.load_n, RATE_HZ)
    assert found.steps == 12
    assert found.initial_s == tuple((FEET[foot], pytest.approx(on_s, abs=0.03)) for foot, _, on_s in swings)
    assert found.start_s == pytest.approx(3.0, abs=0.03)
    assert found.stop_s == pytest.approx(swings[-1][2], abs=0.03)
    assert found.confidence > 0.9
    offs = sorted(c.off_s for c in contacts(body.load_n, RATE_HZ) if c.off_s is not None)
    np.testing.assert_allclose(offs, [off_s for _, off_s, _ in swings], atol=0.03)


def test_a_shoe_that_presses_and_a_gain_that_is_wrong_move_no_step():
    body, swings = crude.walking(15, 3.0, 10)
    found = walk(body.load_n * (1.3, 0.7) + (40.0, 15.0), RATE_HZ)
    assert found.initial_s == tuple((FEET[foot], pytest.approx(on_s, abs=0.03)) for foot, _, on_s in swings)


def test_an_edge_in_a_short_loss_lies_within_it():
    body, swings = crude.walking(15, 3.0, 10)
    edges = round(swings[0][1] * RATE_HZ), round(swings[4][2] * RATE_HZ), round(swings[-1][2] * RATE_HZ)
    for edge in edges:
        body.load_n[edge - 3 : edge + 6] = np.nan
    found = walk(body.load_n, RATE_HZ)
    assert (found.steps, len(found.initial_s), found.untimed) == (10, 10, 0)
    middle = min((at_s for _, at_s in found.initial_s), key=lambda at_s: abs(at_s - swings[4][2]))
    for edge, at_s in zip(edges, (found.start_s, middle, found.stop_s), strict=True):
        assert edge - 4 <= round(at_s * RATE_HZ, 6) <= edge + 6


def test_weight_that_is_shifted_to_the_other_foot_is_no_step():
    body, swings = crude.walking(15, 5.0, 10)
    away = crude.bump(body.t, 3.5, 1.0, 0.35 * crude.WEIGHT_N)  # 15 % stays on the foot
    body.load_n += np.column_stack((-away, away))
    found = walk(body.load_n, RATE_HZ)
    assert found.steps == 10
    assert found.start_s == pytest.approx(swings[0][1], abs=0.06)


def test_an_edge_in_a_longer_loss_has_no_time_and_the_others_stay():
    body, swings = crude.walking(15, 3.0, 10)
    on = round(swings[4][2] * RATE_HZ)
    body.load_n[on - 3 : on + 20] = np.nan
    found = walk(body.load_n, RATE_HZ)
    assert (found.steps, len(found.initial_s), found.untimed) == (10, 9, 1)
    assert min(abs(at_s - swings[4][2]) for _, at_s in found.initial_s) > 0.2


def test_standing_is_no_walk_and_one_insole_is_half_of_one():
    with pytest.raises(MeasureError, match="No walk"):
        walk(crude.standing(10).load_n, RATE_HZ)
    body, _ = crude.walking(15, 3.0, 10)
    body.load_n[:, 0] = np.nan
    found = walk(body.load_n, RATE_HZ)
    assert found.steps == 5
    assert found.confidence <= 0.5
    assert "left insole" in found.unseen[0]
    with pytest.raises(MeasureError, match="Neither insole"):
        walk(body.load_n * np.nan, RATE_HZ)


def test_a_pause_ends_a_bout_and_marks_count_steps_between():
    body, _ = crude.walking(40, 3.0, 8)
    for k in range(20):
        crude.swing(body, k % 2, 15.0 + 0.5 * k, 15.35 + 0.5 * k)
    found = walk(body.load_n, RATE_HZ)
    assert found.steps == 20
    assert found.between(15.3, 17.3) == 4
    assert walk(body.load_n, RATE_HZ, end_s=12.0).steps == 8


def test_a_side_step_stands_out_from_the_persons_own():
    body, swings = crude.walking(15, 3.0, 14)
    acc, gyr = body.waist()
    for k, (foot, _, on_s) in enumerate(swings):
        size = 4.0 if k == 6 else 0.8 + 0.02 * (k % 3)
        acc[:, 0] += crude.bump(body.t, on_s, 0.15, (1 if foot else -1) * size)
    found = walk(body.load_n, RATE_HZ)
    assert staggered_s(found, trunk(acc, gyr, RATE_HZ).side_ms2, RATE_HZ) == (found.initial_s[6][1],)


def reported(folder: Path) -> dict[str, np.ndarray]:
    """Initial contact and toe off [k,2] in s of each side in the insoles' own report."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    out = {}
    with zipfile.ZipFile(folder / "insole-walk" / "normal-report.xlsx") as book:
        for side, sheet in zip(FEET, ("sheet2", "sheet3"), strict=True):
            rows = ElementTree.fromstring(book.read(f"xl/worksheets/{sheet}.xml")).iter(f"{name}row")
            cells = [[cell.find(f"{name}v") for cell in row][1:3] for row in rows][1:]
            out[side] = np.array([[float(cell.text) for cell in pair] for pair in cells])  # type: ignore[union-attr]
    return out


def test_real_steps_are_found_without_a_newton(shared_data):
    """A commercial insole's walk of one adult against its maker's report: 14 stances, bounds of the clinical text."""
    lines = (shared_data / "insole-walk" / "normal.txt").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    feet = np.full((round(float(rows[-1][0]) * RATE_HZ) + 1, 2), np.nan)
    for row in rows:
        for foot, column in enumerate((23, 48)):
            if len(row) > column and row[column].strip():
                feet[round(float(row[0]) * RATE_HZ), foot] = float(row[column])
    found = contacts(feet, RATE_HZ)
    errors: tuple[list[float], list[float]] = ([], [])
    for side, events in reported(shared_data).items():
        for errs, truth, ours in zip(
            errors,
            events.T,
            ([c.on_s for c in found if c.foot == side], [c.off_s for c in found if c.foot == side]),
            strict=True,
        ):
            known = np.array([at_s for at_s in ours if at_s is not None])
            errs += [float(known[np.abs(known - at_s).argmin()] - at_s) for at_s in truth]
    assert len(errors[0]) == 14
    assert np.percentile(np.abs(errors[0]), 95) <= 0.025
    assert np.percentile(np.abs(errors[1]), 95) <= 0.040
    assert abs(np.mean(errors[1]) - np.mean(errors[0])) <= 0.025  # bias of stance


@pytest.mark.parametrize("foot", [0, 1])
@pytest.mark.parametrize("press_n", [0.0, 15.0])
def test_single_leg_stance_begins_and_ends_with_the_raised_foot(foot, press_n):
    body = crude.standing(30)
    crude.swing(body, foot, 5.0, 5.15)
    crude.swing(body, foot, 8.0, 21.0)
    body.load_n[:, foot] += press_n
    found = single_leg(body.load_n, RATE_HZ)
    assert (found.raised, found.ended) == (FEET[foot], "touch")
    assert found.start_s == pytest.approx(8.0, abs=0.05)
    assert found.touch_s == pytest.approx(21.0, abs=0.05)
    assert found.held_s == pytest.approx(13.0, abs=0.08)
    assert found.attempts == 1
    assert found.confidence > 0.5


def test_a_light_touch_of_the_raised_foot_ends_it_and_a_hop_too():
    body = crude.standing(30)
    crude.swing(body, 0, 8.0, 25.0)
    touched = body.load_n.copy()
    touched[1500:1510, 0] += 0.05 * crude.WEIGHT_N
    found = single_leg(touched, RATE_HZ)
    assert (found.ended, found.end_s) == ("touch", pytest.approx(15.0, abs=0.02))
    hopped = body.load_n.copy()
    hopped[1300:1315, 1] = 20.0
    found = single_leg(hopped, RATE_HZ)
    assert (found.ended, found.end_s) == ("moved", pytest.approx(13.0, abs=0.02))


def test_a_stance_that_outlasts_the_recording_is_open():
    body = crude.standing(20)
    crude.swing(body, 1, 8.0, 99.0)
    found = single_leg(body.load_n, RATE_HZ, "right")
    assert (found.ended, found.end_s, found.touch_s) == ("open", 20.0, None)
    with pytest.raises(MeasureError, match="left foot"):
        single_leg(body.load_n, RATE_HZ, "left")
    body.load_n[:, 0] = np.nan
    with pytest.raises(MeasureError, match="insole"):
        single_leg(body.load_n, RATE_HZ)


@pytest.mark.parametrize("cells", [False, True])
def test_heel_and_forefoot_lifts(cells):
    body = crude.standing(20)
    t, length_m = body.t, 0.265
    along = 0.02 + crude.bump(t, 6.0, 1.5, 0.08) - crude.bump(t, 12.0, 1.5, 0.15)
    cop = np.zeros((len(t), 2, 2))
    cop[:, 1, 1] = along
    heel = np.full((len(t), 2), 0.5)
    heel[:, 1] = np.clip(0.5 - 8 * (along - 0.02), 0, 1)
    found = part_lifts(body.load_n, cop, RATE_HZ, length_m, heel if cells else None)
    assert [(lift.foot, lift.part) for lift in found] == [("right", "heel"), ("right", "forefoot")]
    assert all(6.0 <= lift.begin_s < lift.end_s <= 7.5 or 12.0 <= lift.begin_s < lift.end_s <= 13.5 for lift in found)
    assert {lift.confidence for lift in found} == {1.0 if cells else 0.6}
    with pytest.raises(MeasureError, match="metres"):
        part_lifts(body.load_n, cop, RATE_HZ, 265.0)


@pytest.mark.parametrize("size", [0.1, 0.25])
@pytest.mark.parametrize("for_s", [0.4, 0.9])
def test_the_weight_shift_before_the_first_step(size, for_s):
    body, swings = crude.walking(12, 4.0, 8)
    # The load goes onto the foot that will step, then off it until it leaves the floor.
    shift = crude.bump(body.t, 4.0 - 0.06 - for_s, for_s, size) * crude.WEIGHT_N
    body.load_n += np.column_stack((-shift, shift))
    cop = np.zeros((len(body.t), 2, 2))
    cop[:, :, 1] = -crude.bump(body.t, 4.0 - for_s, for_s, 0.04)[:, None]
    found = gait_initiation(body.load_n, RATE_HZ, cop)
    assert found.foot == FEET[swings[0][0]]
    assert found.off_s == pytest.approx(4.0, abs=0.03)
    assert found.on_s == pytest.approx(swings[0][2], abs=0.03)
    assert found.shift_s == pytest.approx(4.0 - 0.06 - for_s, abs=0.1)
    assert found.size_share == pytest.approx(size, abs=0.04)
    assert found.back_m == pytest.approx(0.04, abs=0.006)


def test_no_weight_shift_is_none_and_not_a_number():
    body, _ = crude.walking(12, 4.0, 8)
    found = gait_initiation(body.load_n, RATE_HZ)
    assert (found.shift_s, found.duration_s, found.confidence) == (None, None, 0.0)
    with pytest.raises(MeasureError, match="stand"):
        gait_initiation(body.load_n[390:], RATE_HZ)


@pytest.mark.parametrize("marked", [True, False])
def test_push_and_release_counts_steps_until_stable(marked):
    body = crude.standing(15)
    body.pitch_deg -= crude.ease(body.t, 5.0, 0.5, 14.0) - crude.ease(body.t, 6.4, 0.8, 14.0)
    crude.swing(body, 0, 5.3, 5.6)
    crude.swing(body, 1, 5.9, 6.2)
    acc, gyr = body.waist((0, 0, 15))
    found = push_and_release(body.load_n, acc, gyr, RATE_HZ, 5.0 if marked else None, after_s=3.0)
    assert found.steps == 2
    assert found.release_s == pytest.approx(5.0, abs=0.15)
    assert found.first_step_s == pytest.approx(5.6, abs=0.05)
    assert found.stable_s == pytest.approx(7.1, abs=0.3)
    assert found.confidence == (1.0 if marked else 0.7)


def test_a_release_that_never_came_or_never_settled():
    body = crude.standing(10)
    acc, gyr = body.waist()
    with pytest.raises(MeasureError, match="never moved"):
        push_and_release(body.load_n, acc, gyr, RATE_HZ)
    body.pitch_deg -= crude.ramp(body.t, 5.0, 5.0, 100.0)
    assert push_and_release(body.load_n, *body.waist(), RATE_HZ, 5.0).stable_s is None


def test_a_weight_shift_after_a_slow_drift_of_load_begins_where_waist_and_soles_say():
    body, _ = crude.walking(12, 4.0, 8)
    shift = crude.bump(body.t, 3.44, 0.5, 0.1) + crude.ramp(body.t, 2.6, 0.9, 0.07) - crude.ramp(body.t, 3.9, 0.1, 0.07)
    body.load_n += np.column_stack((-shift, shift)) * crude.WEIGHT_N
    cop = np.zeros((len(body.t), 2, 2))
    cop[:, :, 1] = -crude.ease(body.t, 3.44, 0.4, 0.04)[:, None]
    acc, gyr = body.waist()
    acc[:, 0] += crude.bump(body.t, 3.44, 0.4, 0.5)
    found = gait_initiation(body.load_n, RATE_HZ, cop, acc_ms2=acc, gyr_dps=gyr)
    assert found.shift_s == pytest.approx(3.44, abs=0.1)
    assert gait_initiation(body.load_n, RATE_HZ).shift_s < 3.0  # type: ignore[operator]


@pytest.mark.parametrize("seconds", [6.0, 60.0])
def test_one_quick_step_is_a_swing_however_long_the_trial(seconds):
    body = crude.standing(seconds)
    crude.swing(body, 0, 3.0, 3.2)
    landed = [c.on_s for c in contacts(body.load_n, RATE_HZ) if c.on_s is not None]
    assert landed == [pytest.approx(3.2, abs=0.05)]
