# SPDX-License-Identifier: MIT
"""The page of a calibration: numbers as in the record, nothing invented, nothing fetched, and no newtons of nobody."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pages import HOSTILE, Page, pictures
from surefoot import calibration, cells
from surefoot.calibration import CELLS, Calibration, ImuCalibration, Made, Pair, sealed
from surefoot.calibration_law import loads
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.device.virtual.electronics import cell_counts
from surefoot.device.virtual.leans import calibration_run
from surefoot.device.virtual.stand import stand_for
from surefoot.fit import cells_record
from surefoot.fit.accelerometer import fit_accelerometer
from surefoot.fit.leans import cell_gains, fit
from surefoot.fit.pressing import CellLoads, Press
from surefoot.output import calibration_figures as figures
from surefoot.output import calibration_plots as plots
from surefoot.output.calibration_plots import cell_map, curves, errors, known_and_read
from surefoot.output.calibration_report import (
    Evidence,
    leans_evidence,
    poses_evidence,
    render_calibration_report,
    single_loads_evidence,
    write_calibration_report,
)
from surefoot.physics import GRAVITY_MS2

pytestmark = pytest.mark.long

WHEN = "2026-01-02T03:04:05Z"
LATER = "2027-06-01T00:00:00Z"
DEVICE = "f00d"


Drawn = dict[bytes, str | None]


@pytest.fixture(scope="module", autouse=True)
def drawn() -> Iterator[Drawn]:
    """Pictures of the pages: one of the same law and evidence is drawn once, however the record was made."""
    kept: Drawn = {}

    def once(draw: Callable[..., str | None]) -> Callable[..., str | None]:
        def drawn(*given: Any) -> str | None:
            told = [
                replace(g, id="", made_insole=None, made_imu=None) if isinstance(g, Calibration) else g for g in given
            ]
            key = pickle.dumps((draw.__name__, told))
            if key not in kept:
                kept[key] = draw(*given)
            return kept[key]

        return drawn

    with pytest.MonkeyPatch.context() as patch:
        for draw in (cell_map, curves, errors, known_and_read):
            patch.setattr(plots, draw.__name__, once(draw))
        yield kept


@pytest.fixture(scope="module")
def world():
    return stand_for("steady", 1, None).world


@pytest.fixture(scope="module")
def run(world):
    return calibration_run(world, 30.0, place_error_m=0.002, force_error_share=0.02)


@pytest.fixture(scope="module")
def pressed(world):
    """Counts and known loads of a press on each cell."""
    load_n = np.tile(np.repeat(np.linspace(10, 140, 8), 4)[:, None], (1, 16))
    return cell_counts(world.electronics, load_n, np.random.default_rng(0).standard_normal(load_n.shape)), load_n


@pytest.fixture(scope="module")
def level_1(world, run) -> Calibration:
    base = replace(calibration.nominal(world.person.insole_length_m * 1e3), device=DEVICE)
    return fit(run.counts, run.foot_cop_m, run.foot_force_n, device=DEVICE, base=base, created_utc=WHEN)


@pytest.fixture(scope="module")
def level_2(world, pressed) -> Calibration:
    base = replace(calibration.nominal(world.person.insole_length_m * 1e3), device=DEVICE)
    counts, load_n = pressed
    return cell_gains(counts, load_n, base, created_utc=WHEN)


def three(values: list[float]) -> calibration.Three:
    x, y, z = values
    return x, y, z


def imu_only(**residuals: Any) -> tuple[Calibration, np.ndarray]:
    """A record of a motion sensor alone, and the means of its poses."""
    rng = np.random.default_rng(7)
    up = rng.standard_normal((16, 3))
    means = GRAVITY_MS2 * up / np.linalg.norm(up, axis=1)[:, None] * (1.004, 0.996, 1.002) + (0.1, -0.05, 0.2)
    means += 0.004 * rng.standard_normal(means.shape)
    found = fit_accelerometer(means)
    bias, matrix = found.bias.tolist(), found.matrix.tolist()
    imu = ImuCalibration(
        calibration.IDENTITY,
        three(bias),
        (three(matrix[0]), three(matrix[1]), three(matrix[2])),
        (0.31, -0.2, 0.05),
        gyr_bias_temp_degc=27.4,
    )
    made = Made(
        "16 still poses",
        1,
        WHEN,
        residuals={"acc_poses": 16, "acc_residual_ms2": found.residual_ms2, "acc_misalignment_fitted": True}
        | residuals,
        error={"acc_ms2": found.worst_ms2, "gyr_bias_dps": 0.0021, "gyr_scale_share": 0.003},
        expires_utc="2027-01-02T03:04:05Z",
    )
    return sealed(replace(calibration.nominal(), device=DEVICE, imu=imu, made_imu=made, created_utc=WHEN)), means


def with_insole(record: Calibration, **changes: Any) -> Calibration:
    """The record with another part of the insoles' making."""
    assert record.made_insole
    return sealed(replace(record, made_insole=replace(record.made_insole, **changes)))


def row(text: str, label: str) -> list[str]:
    """The cells of the first row of the page whose head is `label`."""
    found = re.search(rf"<tr><th scope=\"row\">{re.escape(label)}</th>(.*?)</tr>", text, re.DOTALL)
    assert found, label
    return [unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in re.findall("<td.*?</td>", found[1], re.DOTALL)]


# Numbers


def test_residuals_stand_on_the_page_as_in_the_record(level_1: Calibration) -> None:
    text = render_calibration_report(level_1)
    assert level_1.made_insole
    told = level_1.made_insole.residuals
    for label, key, axis in (
        ("Centre of pressure, rms error, sideways", "cop_rms_mm", 0),
        ("Centre of pressure, rms error, forward", "cop_rms_mm", 1),
        ("Centre of pressure, 95 % of errors within, forward", "cop_p95_mm", 1),
    ):
        unit, *shown = row(text, label)
        assert unit == "mm"
        assert [float(one) for one in shown] == pytest.approx([told[key][s][axis] for s in ("left", "right")], rel=5e-3)
    unit, *shown = row(text, "Force, rms error")
    assert unit == "N"
    assert [float(one) for one in shown] == pytest.approx([told["force_rms_n"][s] for s in ("left", "right")], rel=5e-3)
    assert row(text, "Samples used")[1:] == [str(told["rows"][s]) for s in ("left", "right")]


def test_numbers_in_force_stand_on_the_page(level_1: Calibration) -> None:
    text = render_calibration_report(level_1)
    assert row(text, "Gain of force")[1:] == [f"{gain:.4f}" for gain in level_1.foot_gain]
    assert row(text, "Gain of centre of pressure, forward")[1:] == [f"{gain[1]:.4f}" for gain in level_1.cop_gain]
    shown = [float(one.replace("\u2212", "-")) for one in row(text, "Offset of centre of pressure, sideways")[1:]]
    assert shown == pytest.approx([offset[0] for offset in level_1.cop_offset_mm], abs=0.0051)
    for k, name in enumerate(CELLS):
        place, rm, exponent, gain, zero = row(text, name)
        assert place == cells.load().places[k]
        assert (rm, exponent, zero) == ("560", f"{level_1.exponent[k]:.3f}", "0")
        assert float(gain) == pytest.approx(level_1.gain_n_per_siemens_exp[k] / 1000, abs=0.0051)


def test_numbers_of_the_motion_sensor_stand_on_the_page() -> None:
    record, _ = imu_only()
    text = render_calibration_report(record)
    shown = [float(one.replace("\u2212", "-")) for one in row(text, "Accelerometer, bias")[1:]]
    assert shown == pytest.approx(record.imu.acc_bias_ms2, abs=5.1e-5)
    shown = [float(one.replace("\u2212", "-")) for one in row(text, "Accelerometer, scale off 1 by")[1:]]
    assert shown == pytest.approx(100 * (np.diag(record.imu.acc_matrix) - 1), abs=5.1e-4)
    assert row(text, "Gyroscope, bias at 27.4 \u00b0C") == ["\u00b0/s", "+0.310", "\u22120.200", "+0.050"]
    assert row(text, "Length of gravity, rms error in the fit")[0] == "m/s\u00b2"


def test_cells_show_their_own_error_on_table_and_map(level_2: Calibration, pressed) -> None:
    assert level_2.made_insole
    told = level_2.made_insole.residuals["cell_force_rms_n"]
    text = render_calibration_report(level_2)
    drawn = pictures(text)[0]
    for name in CELLS:
        assert row(text, name)[-1] == figures.number(told[name])
        assert f">{figures.number(told[name])}<" in drawn
    assert "error, N" in drawn
    assert "Force of single cells, rms error, N: the darker" in Page(text).words
    assert "\u2013<" not in drawn
    # Evidence tells the same numbers, since it is what the fit left over.
    again = single_loads_evidence(level_2, *pressed)
    assert again.cell_error_n == pytest.approx(told, rel=1e-3)


def test_a_cell_s_own_curve_is_drawn_and_told(world) -> None:
    loads_n = (10.0, 40.0, 120.0)
    presses = []
    for k, force_n in enumerate(loads_n):
        t_s = 10.0 * k + np.arange(0, 6, 0.05)
        known = np.where(np.arange(16) == 3, force_n, 0.0) * np.ones((len(t_s), 1))
        counts = cell_counts(world.electronics, known, np.zeros_like(known))
        presses.append(Press(force_n, t_s, counts))
    base = replace(calibration.nominal(world.person.insole_length_m * 1e3), device=DEVICE)
    record = cells_record.fit([CellLoads("L4", np.zeros(16), tuple(presses))], base, device=DEVICE, created_utc=WHEN)
    assert record.made_insole
    told = record.made_insole.residuals
    text = render_calibration_report(record)
    shown = row(text, "L4")
    assert shown[2:4] == ["curve", "curve"]
    assert figures.number(100 * told["cell_force_left_out_share"]["L4"]) in shown
    assert figures.number(told["cell_force_left_out_n"]["L4"]) in shown
    assert "10.0, 120" in shown
    drawn = pictures(text)
    assert "error, %" in drawn[0]
    assert drawn[0].count("\u2013<") == 15
    assert "known loads" in drawn[1]
    part = Page(text).words.split("What this does not show")[1].split("The cells")[0]
    assert "cells without a load of their own: L1, L2, L3, L5" in part
    assert "hysteresis of L4: no load came both ways" in part
    share = figures.short(100 * record.made_insole.error["force_share_bw"])
    assert f"force within \u00b1{share} % of body weight" in Page(text).words


# What it is good for


def test_the_sentence_says_what_the_record_says(level_1: Calibration) -> None:
    words = Page(render_calibration_report(level_1)).words
    assert "Insoles: how far a reading may be off was not measured." in words
    error = {"force_share_bw": 0.021, "cop_p95_mm": {"left": [2.1, 2.0], "right": [1.9, 3.0]}}
    words = Page(render_calibration_report(with_insole(level_1, error=error))).words
    assert (
        "Insoles: force within \u00b12.1 % of body weight and the centre of pressure of a foot within 3 mm (95 %)."
        in words
    )
    seen = {"valid_load_from_n": {"left": 70.0, "right": 80.0}, "valid_load_to_n": {"left": 640.0, "right": 600.0}}
    words = Page(render_calibration_report(with_insole(level_1, error=error | seen))).words
    assert "within 3 mm (95 %), for loads of 80 to 600 N on a foot." in words
    assert "not measured." not in words
    record, _ = imu_only()
    assert record.made_imu
    words = Page(render_calibration_report(record)).words
    acc = figures.short(record.made_imu.error["acc_ms2"])
    assert (
        f"standard errors: acceleration {acc} m/s\u00b2, turn rate at rest 0.0021 \u00b0/s, scale of turn rate 0.3 %"
        in words
    )


@pytest.mark.parametrize("worst", [None, {"left": 2.0}, {"left": [2.0, None], "right": [1.0, 1.0]}, "3", True])
def test_half_a_figure_makes_no_claim(level_1: Calibration, worst: Any) -> None:
    page = render_calibration_report(with_insole(level_1, error={"cop_p95_mm": worst}, residuals={}))
    claimed = "within" in page.split("How wrong")[0].split("<main>")[1]
    assert claimed == (worst == {"left": 2.0})


def test_a_nominal_record_shows_no_newtons() -> None:
    text = render_calibration_report(calibration.nominal())
    page = Page(text)
    assert "No newtons are shown with this record." in page.words
    assert "Nominal calibration" in page.words
    assert "Board any" in page.words
    assert not re.search(r"\d N\b", page.words)
    assert not any("force, N" in picture or "error, N" in picture for picture in pictures(text))
    assert "Cells (assumed)" in page.words
    assert "How wrong a reading may be" not in page.words
    record, means = imu_only()
    text = render_calibration_report(record, poses_evidence(record, means))
    assert "No newtons are shown with this record." in Page(text).words
    assert not any("force, N" in picture for picture in pictures(text))


def test_newtons_given_as_evidence_don_t_get_on_a_nominal_page(run) -> None:
    nominal = calibration.nominal()
    text = render_calibration_report(nominal, leans_evidence(nominal, *run))
    assert len(pictures(text)) == 1


def test_what_is_missing_is_listed(level_1: Calibration) -> None:
    words = Page(
        render_calibration_report(with_insole(level_1, residuals={"not_fitted": ["left forward CoP gain: 3 mm"]}))
    ).words
    part = words.split("What this does not show")[1].split("The cells")[0]
    assert "left forward CoP gain: 3 mm" in part
    assert "no single cell" in part
    assert "the motion sensor" in part
    record, _ = imu_only(acc_misalignment_fitted=False)
    part = Page(render_calibration_report(record)).words.split("What this does not show")[1]
    assert "six faces don't tell it" in part
    full = replace(level_1, hysteresis_share=(0.02,) * 16, creep_share_per_decade=(0.01,) * 16, cop_noise_mm=0.2)
    words = Page(render_calibration_report(sealed(full))).words
    assert "hysteresis: whether" not in words
    assert "Hysteresis, %" in words
    assert row(render_calibration_report(sealed(full)), "L1")[-2:] == ["2.00", "1.00"]


def test_expiry_wearer_pair_and_what_it_replaces(level_1: Calibration) -> None:
    record = with_insole(
        replace(level_1, pair=Pair("A7", 42.0), wearer="P001", supersedes="cal-0123456789ab"),
        expires_utc="2026-07-01T00:00:00Z",
        who="T1",
    )
    words = Page(render_calibration_report(record, now_utc=WHEN)).words
    assert "Expired" not in words
    for said in ("A7, EU 42", "Wearer P001", "cal-0123456789ab", "2026-07-01", " T1 ", record.id, DEVICE):
        assert said in words
    assert "Expired. Insoles" in Page(render_calibration_report(record, now_utc=LATER)).words


def test_errors_stand_beside_those_before(level_1: Calibration) -> None:
    before = with_insole(level_1, error={"cop_p95_mm": {"left": [4.0, 5.0], "right": [6.0, 7.0]}, "old_thing_mm": 9.5})
    now = with_insole(
        replace(level_1, supersedes=before.id), error={"cop_p95_mm": {"left": [2.1, 2.0], "right": [1.9, 3.0]}}
    )
    text = render_calibration_report(now, history=[before])
    table = text.split("How wrong a reading may be")[1].split("</section>")[0]
    assert "left 2.10, right 1.90" in table
    assert "left 4.00, right 6.00" in table
    assert "Old thing" in table
    assert before.id in table
    assert before.id not in render_calibration_report(now).split("How wrong")[1].split("</section>")[0]


# Keys that nobody knows yet


def test_unknown_keys_are_listed_with_their_unit(level_1: Calibration) -> None:
    residuals = {
        "push_ms2": 0.25,
        "odd_share": {"left": 0.125, "right": None},
        "by_mark_mm": {"heel": 1.5, "ball": 2.5},
        "bend_deg": [1.0, 2.0, 3.0],
        "steps": [{"key": "a", "force_n": 3.0}],
        "words": "some words",
        "seen": False,
        "nested": {"inner_n": 12.0, "deep": {"far_mm": 0.5}},
        "nothing": None,
        "empty": {},
        "lopsided_mm": {"left": [1.0, 2.0], "right": 3.0},
        "stranger_n": {"L1": 2.5, "R8": 0.75},
    }
    text = render_calibration_report(with_insole(level_1, residuals=residuals))
    assert row(text, "Push") == ["m/s\u00b2", "0.250"]
    assert row(text, "Odd") == ["%", "12.5", "\u2013"]
    assert row(text, "By mark, ball") == ["mm", "2.50"]
    assert row(text, "Bend") == ["\u00b0", "x 1.00, y 2.00, z 3.00"]
    assert "force_n 3.00" in row(text, "Steps")[1]
    assert row(text, "Words")[1] == "some words"
    assert row(text, "Seen")[1] == "no"
    assert row(text, "Nested: inner") == ["N", "12.0"]
    assert row(text, "Deep: far") == ["mm", "0.500"]
    assert row(text, "Nothing")[1] == "\u2013"
    assert row(text, "Empty")[1] == "\u2013"
    assert row(text, "Lopsided")[1:] == ["1.00, 2.00", "3.00"]
    assert row(text, "L1")[-1] == "2.50"
    assert row(text, "L2")[-1] == "\u2013"
    assert "error, N" in pictures(text)[0]


@pytest.mark.parametrize(
    ("value", "key", "shown"),
    [
        *((0.0021, "a_dps", "0.0021"), (-1.5, "a_mm", "\u22121.50"), (1234.5, "a_n", "1234"), (0, "a_mm", "0")),
        *((7, "a", "7"), (0.5, "a_share_bw", "50.0"), (float("nan"), "a_mm", "\u2013"), (99.97, "a_n", "100.0")),
        (1e-9, "a_s", "1e\u221209"),
    ],
)
def test_figures_keep_three_digits_that_count(value: float, key: str, shown: str) -> None:
    assert figures.number(value, figures.unit_of(key)) == shown


def test_every_known_label_has_its_unit() -> None:
    bare = {key for key in figures.LABELS if not figures.unit_of(key).text}
    assert bare == {"rows", "imu", "gravity_from", "acc_poses", "acc_misalignment_fitted", "turns", "yaw_seen"}


def test_advice_is_for_what_the_page_shows(level_1: Calibration, level_2: Calibration) -> None:
    def advice(record: Calibration) -> str:
        return Page(render_calibration_report(record)).words.split("What to do")[1]

    assert "far darker" in advice(level_2)
    assert "far darker" not in advice(level_1)
    assert "surefoot calibrate imu" in advice(level_1)
    assert "surefoot calibrate insole" not in advice(level_1)
    record, _ = imu_only()
    assert "surefoot calibrate insole" in advice(record)
    assert "surefoot calibrate imu" not in advice(record)
    assert "`" not in advice(record)


def test_faults_are_marked(level_2: Calibration) -> None:
    plain = render_calibration_report(level_2)
    assert "Faulty cells" not in Page(plain).words
    assert "fault<" not in pictures(plain)[0]
    text = render_calibration_report(level_2, Evidence(faults={"R3": "no signal", "X9": "no such cell"}))
    assert "Faulty cells. R3: no signal." in Page(text).words
    assert pictures(text)[0].count("fault<") == 1
    text = render_calibration_report(with_insole(level_2, residuals={"dead": ["L2"]}))
    assert "L2: dead" in Page(text).words


# Pictures


def test_known_and_read_are_those_of_the_record(level_1: Calibration, run) -> None:
    evidence = leans_evidence(level_1, *run)
    read = loads(run.counts, level_1)
    np.testing.assert_array_equal(evidence.read_force_n, read.foot_force_n)
    assert evidence.known_cop_mm is not None
    assert evidence.read_cop_mm is not None
    off = evidence.read_cop_mm - evidence.known_cop_mm
    assert level_1.made_insole
    told = level_1.made_insole.residuals["cop_p95_mm"]
    text = render_calibration_report(level_1, evidence)
    drawn = pictures(text)[-1]
    for foot, side in enumerate(("left", "right")):
        for axis in (0, 1):
            limit = np.percentile(np.abs(off[:, foot, axis]), 95)
            assert limit == pytest.approx(told[side][axis], rel=0.05)
            assert f"95 % within \u00b1{limit:.3g} mm" in drawn
    assert "fitted to: new readings can be further off" in Page(text).words
    again = Page(render_calibration_report(level_1, replace(evidence, held_out=True))).words
    assert "has not seen this evidence" in again
    assert "fitted to: new readings" not in again


def test_poses_are_told_with_their_limit() -> None:
    record, means = imu_only()
    evidence = poses_evidence(record, means)
    assert evidence.pose_error_ms2 is not None
    assert record.made_imu
    rms = float(np.sqrt(np.mean(np.square(evidence.pose_error_ms2))))
    assert rms == pytest.approx(record.made_imu.residuals["acc_residual_ms2"], rel=1e-6)
    text = render_calibration_report(record, evidence)
    assert "limit<" in pictures(text)[0]
    assert "Up, lower half" in pictures(text)[0]
    assert "Poses: not drawn" in Page(render_calibration_report(record)).words
    untold, _ = imu_only(acc_misalignment_fitted=None)
    assert "limit<" not in pictures(render_calibration_report(untold, evidence))[0]


def test_evidence_in_part_is_drawn_in_part(level_1: Calibration, run) -> None:
    whole = leans_evidence(level_1, *run)
    cop_mm = whole.known_cop_mm
    assert cop_mm is not None
    assert str(errors(replace(whole, known_force_n=None), False)).count("not known here") == 2
    assert str(errors(replace(whole, known_cop_mm=np.full_like(cop_mm, np.nan)), False)).count("not known here") == 4
    assert str(known_and_read(Evidence(known_cop_mm=cop_mm[:1], read_cop_mm=cop_mm[:1]), False)).count("mm<") == 8
    assert errors(Evidence(), False) is None
    assert whole.read_cop_mm is not None
    far = whole.read_cop_mm.copy()
    far[1, 0, 0] = cop_mm[1, 0, 0] + 600.0  # one sample of thousands still is on the axes
    places = replace(whole, known_force_n=None)
    assert ">500<" in str(errors(replace(places, read_cop_mm=far), False))
    assert ">500<" not in str(errors(places, False))
    assert known_and_read(replace(whole, read_cop_mm=None, read_force_n=None), False) is None
    assert "Not drawn: the evidence is not at hand" in Page(render_calibration_report(level_1)).words


def test_curves_are_one_panel_a_foot_where_all_cells_are_alike(
    level_1: Calibration, level_2: Calibration, pressed
) -> None:
    assert "left, all cells alike" in curves(level_1, Evidence(), False)
    assert "all cells alike" not in curves(level_2, Evidence(), False)
    assert "known loads" not in curves(level_2, Evidence(), False)
    assert "known loads" in curves(level_2, single_loads_evidence(level_2, *pressed), False)


def test_the_map_is_drawn_without_an_outline_too() -> None:
    drawn = cell_map(110.0, {"L1": 1.0}, {}, "N", False)
    assert ">L1<" in drawn
    assert len(cell_map(265.0, {"L1": 1.0}, {}, "N", False)) > len(drawn)


def test_a_simulated_board_is_said_on_page_and_pictures(level_1: Calibration, run) -> None:
    record = sealed(replace(level_1, device=f"{VIRTUAL_ID}0001"))
    text = render_calibration_report(record, leans_evidence(record, *run))
    assert "Simulated board." in Page(text).words
    assert "(simulated)</title>" in text
    assert len(pictures(text)) == 4
    assert all("simulated board" in picture for picture in pictures(text))
    text = render_calibration_report(level_1, leans_evidence(level_1, *run))
    assert "imulated" not in text
    assert not any("imulated" in picture for picture in pictures(text))


# Safety of the page


@pytest.mark.parametrize("bad", HOSTILE)
def test_any_text_is_shown_as_it_is_and_never_run(level_2: Calibration, bad: str) -> None:
    made = level_2.made_insole
    assert made
    hostile = replace(
        made,
        method=bad,
        who=bad,
        residuals={
            **made.residuals,
            bad: bad,
            "not_fitted": [bad],
            "list": [bad],
            "map": {bad: {bad: bad}},
            f"{bad}_n": {"L1": 1.0},
        },
        error={bad: {"left": bad, "right": bad}},
    )
    record = replace(
        level_2,
        id=bad,
        device=bad,
        wearer=bad,
        pair=Pair(bad),
        supersedes=bad,
        made_insole=hostile,
        made_imu=replace(hostile, residuals={"expires_because": bad}),
    )
    before = replace(level_2, id=bad, made_insole=replace(made, error={bad: bad}))
    text = render_calibration_report(record, Evidence(faults={"L1": bad}), [before])
    assert bad in Page(text).text
    assert "<script>alert" not in text
    assert not [tag for tag, attributes in Page(text).tags if "onerror" in attributes or tag in ("b",)]
    assert [tag for tag, _ in Page(text).tags].count("script") == 1
    assert not any("<script" in picture or "<img" in picture for picture in pictures(text))


def test_nothing_is_fetched(level_1: Calibration, run) -> None:
    text = render_calibration_report(level_1, leans_evidence(level_1, *run))
    page = Page(text)
    assert not re.search("https?:", text)
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "audio", "video", "base", "form"}
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "action", "xlink:href"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
    assert "default-src 'none'" in text
    assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img")
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")
    for picture in pictures(text):
        links = set(re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', picture))
        assert all((one or other).startswith("#") for one, other in links)


def test_the_same_record_gives_the_same_bytes(tmp_path: Path, level_2: Calibration, pressed, drawn: Drawn) -> None:
    for name in ("one.html", "two.html"):
        drawn.clear()
        write_calibration_report(level_2, tmp_path / name, single_loads_evidence(level_2, *pressed), now_utc=WHEN)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
