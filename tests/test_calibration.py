# SPDX-License-Identifier: MIT
"""Calibration: records that can't be mistaken, a law that runs both ways, fits that find what was put in."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from surefoot import calibration, cells
from surefoot.calibration import Calibration, ImuCalibration, Made
from surefoot.calibration_law import (
    FULL_COUNT,
    SATURATED_COUNT,
    conductance_s,
    counts_of,
    force_table_n,
    loads,
    saturated_counts,
)
from surefoot.device.virtual import electronics, leans, person, world
from surefoot.errors import CalibrationError
from surefoot.fit.leans import cell_gains, dead_weight_noise, fit, robust_lstsq, zero_counts
from surefoot.placement import Placement, PlacementError, place_feet

WHEN = "2026-03-01T10:00:00Z"
MADE = Made("made for a test", 1, WHEN, residuals={"cop_rms_mm": {"left": [1.0, 1.5], "right": [1.0, 1.5]}})


def record(**changes) -> Calibration:
    """A record of one board in which no number is trivial."""
    rng = np.random.default_rng(5)
    base = calibration.nominal()
    made = replace(
        base,
        device="f00d",
        created_utc=WHEN,
        made_insole=MADE,
        gain_n_per_siemens_exp=tuple(32000 * np.exp(0.15 * rng.standard_normal(16))),
        exponent=tuple(1.1 + 0.02 * rng.standard_normal(16)),
        zero_count=tuple(rng.uniform(0, 12, 16)),
        foot_gain=(2.5, 2.8),
        cop_gain=((1.3, 0.96), (1.2, 1.02)),
        cop_offset_mm=((1.5, -4.0), (-2.0, 3.0)),
    )
    return calibration.sealed(replace(made, **changes))


def how_made(record: Calibration) -> Made:
    """How its insoles' part was made."""
    assert record.made_insole is not None
    return record.made_insole


def told(record: Calibration):
    return how_made(record).residuals


def altered(change) -> dict:
    raw = calibration.to_dict(record(id="by-hand"))
    raw["id"] = "by-hand"
    change(raw)
    return raw


def test_the_nominal_record_is_valid_and_says_the_law_of_the_cell_map():
    made = calibration.nominal()
    assert calibration.check(calibration.to_dict(made)) == made
    law = cells.load().law
    assert set(made.rm_ohm) == {law.rm_ohm}
    assert set(made.exponent) == {law.exponent}
    assert set(made.gain_n_per_siemens_exp) == {law.gain_n_per_siemens_exp}
    assert law.full_count == FULL_COUNT
    assert made.nominal
    assert made.cop_noise_mm is None
    assert cells.load().names == calibration.CELLS


def test_a_nominal_record_for_another_foot_carries_its_length_in_its_id():
    assert calibration.nominal(240).id != calibration.nominal().id
    assert calibration.nominal(240).foot_length_mm == 240
    with pytest.raises(CalibrationError, match="measure it again"):
        calibration.nominal(24.0)


def test_a_saved_record_comes_back_and_is_never_overwritten(tmp_path):
    made = record()
    path = calibration.save(made, tmp_path)
    assert path.name == f"{made.id}.json"
    assert calibration.load(path) == made
    before = path.read_bytes()
    with pytest.raises(CalibrationError, match="never change"):
        calibration.save(made, tmp_path)
    assert path.read_bytes() == before


def test_the_id_is_of_the_content_alone():
    made = record()
    assert made.id == f"cal-{calibration.content_hash(calibration.to_dict(made))[:12]}"
    assert calibration.sealed(replace(made, id="anything")).id == made.id
    assert record(foot_gain=(2.5, 2.81)).id != made.id


def test_a_record_changed_after_it_was_made_is_refused(tmp_path):
    path = calibration.save(record(), tmp_path)
    path.write_text(path.read_text().replace('"foot_length_mm": 265.0', '"foot_length_mm": 275.0'))
    with pytest.raises(CalibrationError, match="changed after it was made"):
        calibration.load(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r.pop("foot_gain"), "foot_gain"),
        (lambda r: r["cells"]["exponent"].pop(), r"cells\.exponent"),
        (lambda r: r["cells"]["gain_n_per_siemens_exp"].__setitem__(3, -1), r"cells\.gain_n_per_siemens_exp\.3"),
        (lambda r: r["cop_map"]["left"].update(gain=[1, 0]), r"cop_map\.left\.gain\.1"),
        (lambda r: r.update(foot_length_mm=26.5), "foot_length_mm"),
        (lambda r: r.update(colour="red"), "colour"),
        (lambda r: r.update(created_utc="yesterday"), "created_utc"),
        (lambda r: r["imu"].update(axes=[[1, 0, 0], [0, 1, 0], [0, 0, -1]]), "no rotation"),
        (lambda r: r.update(record=7), "version 7, this Surefoot reads up to 2: update"),
        (lambda r: r.update(record=0), "no way from it to 2"),
        (lambda r: r.update(record="1"), "not a Surefoot calibration record"),
        (lambda r: r.update(kind="scale"), "not a Surefoot calibration record"),
        (lambda r: r.pop("record"), "not a Surefoot calibration record"),
    ],
)
def test_a_mistake_in_a_record_is_named(change, sentence):
    with pytest.raises(CalibrationError, match=sentence):
        calibration.check(altered(change))


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"record": NaN}', '{"record": 1}'])
def test_a_file_that_is_no_record_is_refused(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(CalibrationError):
        calibration.load(path)


def test_a_missing_file_is_said():
    with pytest.raises(CalibrationError, match=r"can't be read .*check the path"):
        calibration.load("nowhere.json")


def test_old_records_are_upgraded_step_by_step_and_the_original_is_left():
    steps = {1: lambda r: {**r, "b": r["a"] + 1}, 2: lambda r: {**r, "c": r["b"] + 1}}
    old = {"record": 1, "kind": calibration.KIND, "a": 1}
    assert calibration.upgrade(old, steps, 3) == {"record": 3, "kind": calibration.KIND, "a": 1, "b": 2, "c": 3}
    assert old["record"] == 1
    with pytest.raises(CalibrationError, match="no way from it to 3: calibrate again"):
        calibration.upgrade({**old, "record": 2}, {1: steps[1]}, 3)


def test_the_newest_record_of_the_device_before_the_recording_is_chosen():
    first = record(created_utc="2026-03-01T10:00:00Z")
    second = record(created_utc="2026-03-05T10:00:00+00:00")
    other = record(device="beef", created_utc="2026-03-06T10:00:00Z")
    records = [second, other, first, calibration.nominal()]
    assert calibration.choose(records, "f00d", "2026-03-04T23:00:00Z") is first
    assert calibration.choose(records, "f00d", "2026-03-05T10:00:00Z") is second
    assert calibration.choose(records, "f00d", "2026-03-05T11:30:00+02:00") is first
    assert calibration.choose(records, "beef", "2027-01-01T00:00:00") is other
    assert calibration.choose(records, "f00d", "2026-02-01T00:00:00Z") is None
    assert calibration.choose(records, "cafe", "2027-01-01T00:00:00Z") is None


def test_the_law_runs_both_ways():
    made = record()
    force = np.random.default_rng(0).uniform(0.5, 200, (500, 16))
    counts = counts_of(force, made)
    assert counts.min() > 0
    assert counts.max() < SATURATED_COUNT
    table = force_table_n(made)
    for cell in range(16):
        np.testing.assert_allclose(np.interp(counts[:, cell], np.arange(4096), table[cell]), force[:, cell], rtol=2e-3)


def test_the_law_by_hand():
    made = replace(
        calibration.nominal(),
        rm_ohm=(680.0,) * 16,
        exponent=(1.1,) * 16,
        gain_n_per_siemens_exp=(32000.0,) * 16,
        foot_gain=(2.0, 1.0),
        zero_count=(40.0,) * 16,
    )
    g = (2048 / 4095) / (1 - 2048 / 4095) / 680 - (40 / 4095) / (1 - 40 / 4095) / 680
    assert force_table_n(made)[0, 2048] == pytest.approx(2 * 32000 * g**1.1, rel=1e-12)
    assert force_table_n(made)[8, 2048] == pytest.approx(32000 * g**1.1, rel=1e-12)
    assert conductance_s(FULL_COUNT, 680) == conductance_s(SATURATED_COUNT, 680)
    assert (force_table_n(made)[:, :41] == 0).all()
    assert (np.diff(force_table_n(made)) >= 0).all()


def test_the_end_of_a_cells_range_is_that_of_the_part():
    nominal = calibration.nominal()
    law = cells.load().law
    full = saturated_counts(nominal)
    assert (force_table_n(nominal)[np.arange(16), full] <= 0.98 * law.limit_n).all()
    assert (force_table_n(nominal)[np.arange(16), full + 1] > 0.98 * law.limit_n).all()
    np.testing.assert_array_equal(saturated_counts(replace(nominal, foot_gain=(3.0, 2.0))), full)
    assert (saturated_counts(replace(nominal, rm_ohm=(1e6,) * 16)) == SATURATED_COUNT).all()


def test_loads_are_sums_and_centroids_under_the_foots_map():
    made = record()
    counts = np.random.default_rng(1).integers(50, 3000, (20_000, 16)).astype(np.uint16)
    got = loads(counts, made)
    force = np.stack([force_table_n(made)[cell, counts[:, cell]] for cell in range(16)], 1)
    np.testing.assert_allclose(got.cell_force_n, force, rtol=1e-6)
    xy = cells.load(made.foot_length_mm).xy_m
    for foot in (0, 1):
        mine = slice(8 * foot, 8 * foot + 8)
        total = force[:, mine].sum(1)
        np.testing.assert_allclose(got.foot_force_n[:, foot], total, rtol=1e-12)
        centroid = force[:, mine] @ xy[mine] / total[:, None]
        expected = centroid * made.cop_gain[foot] + np.array(made.cop_offset_mm[foot]) * 1e-3
        np.testing.assert_allclose(got.foot_cop_m[:, foot], expected, atol=1e-12)


def test_a_foot_without_force_has_no_cop_and_an_ignored_cell_no_force():
    counts = np.full((3, 16), 800, np.uint16)
    counts[:, 8:] = 0
    got = loads(counts, calibration.nominal(), ignore=np.arange(16) == 0)
    assert np.isnan(got.foot_cop_m[:, 1]).all()
    assert np.isfinite(got.foot_cop_m[:, 0]).all()
    assert np.isnan(got.cell_force_n[:, 0]).all()
    np.testing.assert_allclose(got.foot_force_n[:, 0], got.cell_force_n[:, 1:8].sum(1), rtol=1e-6)


def evidence(made: Calibration, n=1500, seed=0):
    """Counts, CoP and force of leans that follow the record exactly but for the rounding of counts."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, n)[:, None]
    waves = 1 + 0.9 * np.sin(2 * np.pi * (rng.uniform(2, 9, 16) * t + rng.uniform(0, 1, 16)))
    counts = np.rint(counts_of(rng.uniform(10, 60, 16) * waves, made)).astype(np.uint16)
    truth = loads(counts, made)
    return counts, truth.foot_cop_m, truth.foot_force_n


def test_a_fit_finds_the_gains_and_offsets_that_made_the_leans():
    truth = record(exponent=(1.05,) * 16)
    base = replace(truth, foot_gain=(1.0, 1.0), cop_gain=((1.0, 1.0),) * 2, cop_offset_mm=((0.0, 0.0),) * 2)
    counts, cop, force = evidence(truth)
    got = fit(counts, cop, force, device="f00d", base=base, created_utc=WHEN, fit_exponent=False)
    np.testing.assert_allclose(got.foot_gain, truth.foot_gain, rtol=1e-6)
    np.testing.assert_allclose(got.cop_gain, truth.cop_gain, rtol=1e-6)
    np.testing.assert_allclose(got.cop_offset_mm, truth.cop_offset_mm, atol=1e-4)
    assert np.max(told(got)["cop_rms_mm"]["left"]) < 1e-3
    assert told(got)["not_fitted"] == []
    assert not got.nominal
    assert got.device == "f00d"
    other = fit(counts[1:], cop[1:], force[1:], device="f00d", base=base)
    assert how_made(got).evidence_sha256 != how_made(other).evidence_sha256
    assert calibration.check(calibration.to_dict(got)) == got


def test_a_fit_is_not_carried_off_by_a_tenth_of_bad_rows():
    truth = record(exponent=(1.05,) * 16)
    base = replace(truth, foot_gain=(1.0, 1.0), cop_gain=((1.0, 1.0),) * 2, cop_offset_mm=((0.0, 0.0),) * 2)
    counts, cop, force = evidence(truth)
    rng = np.random.default_rng(3)
    cop, force = cop + rng.normal(0, 0.0005, cop.shape), force * (1 + rng.normal(0, 0.01, force.shape))
    bad = rng.random(len(counts)) < 0.1
    cop[bad] += 0.05
    force[bad] *= 0.3
    got = fit(counts, cop, force, device="f00d", base=base, fit_exponent=False)
    np.testing.assert_allclose(got.foot_gain, truth.foot_gain, rtol=0.01)
    np.testing.assert_allclose(got.cop_gain, truth.cop_gain, rtol=0.03)
    np.testing.assert_allclose(got.cop_offset_mm, truth.cop_offset_mm, atol=0.6)


def test_a_fit_finds_a_wrong_exponent():
    truth = record(exponent=(1.21,) * 16, zero_count=(0.0,) * 16)
    counts, cop, force = evidence(truth)
    base = replace(
        truth, exponent=(1.1,) * 16, gain_n_per_siemens_exp=tuple(np.array(truth.gain_n_per_siemens_exp) * 0.55)
    )
    got = fit(counts, cop, force, device="f00d", base=base)
    np.testing.assert_allclose(got.exponent, truth.exponent, rtol=0.01)
    blind = fit(counts, cop, force, device="f00d", base=base, fit_exponent=False)
    left_over, blind_left_over = (sum(told(r)["force_rms_n"].values()) for r in (got, blind))
    assert left_over < 0.5 * blind_left_over


@pytest.mark.parametrize("seed", range(4))
def test_leans_on_a_drawn_sole_leave_millimetres(seed):
    """Continuous pressure, load lost between the cells, parts that differ by 15 %: what a level-1 record can do."""
    made = world.World(person.draw(seed, "steady"))
    run = leans.calibration_run(made, place_error_m=0.002, force_error_share=0.02, seed=seed)
    base = calibration.nominal(made.person.insole_length_m * 1e3)
    got = fit(run.counts, run.foot_cop_m, run.foot_force_n, device="virtual", base=base)
    assert np.max(list(told(got)["cop_rms_mm"].values())) < 8
    assert 1.5 < min(got.foot_gain) < max(got.foot_gain) < 4
    for value in np.ravel(got.cop_gain):
        assert 0.6 < value < 2
    np.testing.assert_allclose(got.exponent, made.electronics.law.exponent, rtol=0.1)


def test_a_fit_keeps_what_the_leans_did_not_show_and_says_so():
    truth = record()
    counts, cop, force = evidence(truth)
    cop = cop.copy()
    cop[:, 0, 0] = 0.003
    got = fit(counts, cop, force, device="f00d", base=truth, fit_exponent=False)
    assert got.cop_gain[0][0] == truth.cop_gain[0][0]
    assert [text for text in told(got)["not_fitted"] if text.startswith("left sideways CoP gain")]
    still = fit(counts, cop, np.full_like(force, 300.0), device="f00d", base=truth)
    assert still.exponent == truth.exponent
    assert any(text.startswith("exponent") for text in told(still)["not_fitted"])


def test_evidence_that_can_not_teach_is_refused():
    truth = record()
    counts, cop, force = evidence(truth)
    with pytest.raises(CalibrationError, match="doesn't fit together"):
        fit(counts, cop[:-1], force, device="f00d")
    with pytest.raises(CalibrationError, match=r"right foot .* repeat the leans"):
        fit(counts, cop, force * (1, 0), device="f00d")
    with pytest.raises(CalibrationError, match="wrong way round"):
        fit(counts, -cop, force, device="f00d", base=truth)


def test_part_to_part_gain_goes_with_known_loads():
    parts = electronics.draw(4, cells.load().law)
    grams = np.repeat((0.2, 0.5, 1.0, 2.0, 5.0), 4)
    known = np.zeros((16 * len(grams), 16))
    for cell in range(16):
        known[cell * len(grams) : (cell + 1) * len(grams), cell] = grams * 9.80665
    normals = np.random.default_rng(0).standard_normal(known.shape)
    counts = electronics.cell_counts(parts, known, normals)
    unpressed = np.random.default_rng(1).standard_normal((200, 16))
    zero = zero_counts(electronics.cell_counts(parts, np.zeros((200, 16)), unpressed))
    base = replace(calibration.nominal(), device="f00d", zero_count=zero)
    got = cell_gains(counts, known, base, created_utc=WHEN)
    wanted = parts.law.gain_n_per_siemens_exp * parts.cell_gain**-parts.law.exponent
    np.testing.assert_allclose(got.gain_n_per_siemens_exp, wanted, rtol=0.02)
    assert set(told(got)["cell_force_rms_n"]) == set(calibration.CELLS)
    with pytest.raises(CalibrationError, match="Cell L4 has 0 known loads"):
        cell_gains(counts, known * (np.arange(16) != 3), base)
    with pytest.raises(CalibrationError, match="lift both feet"):
        zero_counts(counts[:3])


def test_dead_weight_noise_is_the_spread_of_white_noise_and_blind_to_creep():
    rng = np.random.default_rng(0)
    nominal = calibration.nominal()
    level = counts_of(np.full((1, 16), 40.0), nominal)
    creep = 1 + np.linspace(0, 0.1, 3000)[:, None] * (np.arange(16) < 4)
    counts = np.rint(level * creep + rng.normal(0, 3, (3000, 16))).astype(np.uint16)
    steady = loads(np.rint(level + rng.normal(0, 3, (3000, 16))).astype(np.uint16), nominal).foot_cop_m
    expected = 1e3 * np.sqrt(steady.var(axis=0).sum(axis=1)).max()
    assert dead_weight_noise(counts, nominal) == pytest.approx(expected, rel=0.05)
    net = dead_weight_noise(counts, nominal, Placement(0.0, 0.0, 0.265))
    assert net == pytest.approx(expected / np.sqrt(2), rel=0.1)
    with pytest.raises(CalibrationError, match="weight on both insoles"):
        dead_weight_noise(counts * (np.arange(16) < 8).astype(np.uint16), nominal)


def test_robust_least_squares_is_least_squares_on_clean_data():
    rng = np.random.default_rng(0)
    design = np.column_stack((rng.normal(size=200), np.ones(200)))
    np.testing.assert_allclose(robust_lstsq(design, design @ (3.0, -2.0)), (3, -2), rtol=1e-9)


def test_feet_stand_with_their_heels_where_the_mat_says():
    rotation, translation = place_feet(0.17, 7.0, 12.0, 0.265)
    for foot, (side, angle) in enumerate(((-1, 7.0), (1, 12.0))):
        heel = rotation[foot] @ (0, -0.1325) + translation[foot]
        np.testing.assert_allclose(heel, (side * 0.085, 0), atol=1e-15)
        toes = rotation[foot] @ (0, 0.1325) + translation[foot] - heel
        assert np.hypot(*toes) == pytest.approx(0.265)
        assert np.degrees(np.arctan2(side * toes[0], toes[1])) == pytest.approx(angle)
        assert np.linalg.det(rotation[foot]) == pytest.approx(1)
    straight, _ = place_feet(0.1, 0, 0, 0.25)
    np.testing.assert_allclose(straight, np.stack((np.eye(2),) * 2))


@pytest.mark.parametrize("values", [(-0.01, 0, 0, 0.26), (0.1, np.nan, 0, 0.26), (0.1, 0, 0, 265)])
def test_an_impossible_placement_is_refused(values):
    with pytest.raises(PlacementError):
        place_feet(*values)


def test_the_imu_part_survives_the_file(tmp_path):
    turned = ImuCalibration(
        ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
        (0.1, 0.2, 0.3),
        ((1.01, 0.01, 0), (0, 1, 0), (0, 0, 0.99)),
        (1, 2, 3),
        (1, 1, 1.1),
        31.5,
    )
    path = calibration.save(record(imu=turned), tmp_path)
    assert calibration.load(path).imu == turned
    assert json.loads(path.read_text())["imu"]["acc_bias_ms2"] == [0.1, 0.2, 0.3]
