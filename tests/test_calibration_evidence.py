# SPDX-License-Identifier: MIT
"""The command that writes the page of a calibration, and the evidence recordings that it finds for it."""

from __future__ import annotations

import hashlib
import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handling import Hand, parts, table
from leaning import Standing, leaner
from pages import Page, pictures
from surefoot import calibration, cli
from surefoot.calibration import SIDES, Calibration, Curve, Made, sealed
from surefoot.calibration_law import conductance_s, loads
from surefoot.clinic import calibrate_imu, calibrate_insole, cells_record, insole_record
from surefoot.clinic.calibrate_cells import DONE
from surefoot.clinic.guide import guided
from surefoot.clinic.insole_steps import AP_MARKS, FREE
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.poses import Poses
from surefoot.fit import known
from surefoot.output import calibration_report_command
from surefoot.output.calibration_figures import HIDDEN, LABELS, short
from surefoot.output.calibration_recordings import evidence_of
from surefoot.output.calibration_report import render_calibration_report
from surefoot.physics import GRAVITY_MS2

pytestmark = pytest.mark.long

WHEN = "2026-01-02T03:04:05Z"


def made(**changes: object) -> Calibration:
    """A record whose insoles somebody calibrated."""
    part = Made("leans", 1, WHEN, residuals={"cop_rms_mm": {"left": [1.5, 2.5], "right": [1.0, 2.0]}})
    return sealed(replace(calibration.nominal(), device="f00d", created_utc=WHEN, made_insole=replace(part, **changes)))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_command_writes_the_page_of_a_record(tmp_path: Path, capsys) -> None:
    record = made()
    path = calibration.save(record, tmp_path / "calibration")
    assert cli.main(["calibration", "report", record.id[:8], "--data", str(tmp_path)]) == 0
    page = path.with_suffix(".html")
    assert str(page) in capsys.readouterr().out
    assert record.id in page.read_text("utf-8")
    out = tmp_path / "own.html"
    assert cli.main(["calibration", "report", str(path), "--data", str(tmp_path), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"record": record.id, "report": str(out)}
    assert out.read_text("utf-8") == page.read_text("utf-8")


def test_the_command_writes_over_no_record(tmp_path: Path, capsys) -> None:
    record = made()
    path = calibration.save(record, tmp_path / "calibration")
    before = path.read_bytes()
    assert cli.main(["calibration", "report", record.id, "--data", str(tmp_path), "--out", str(path)]) == 1
    assert "let it end in .html" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert cli.main(["calibration", "report", "cal-none", "--data", str(tmp_path)]) == 1
    assert "surefoot calibration list" in capsys.readouterr().err


def test_poses_are_drawn_from_the_evidence_that_the_record_names(tmp_path: Path, capsys) -> None:
    pytest.importorskip("serial")
    hand = Hand(Poses(parts(), 4, up=(1, 2, 3)))
    kept = tmp_path / "evidence" / "imu.sfr"
    kept.parent.mkdir()
    with table(kept, hand) as (guide, _):
        calibrate_imu.on_table(guide, calibrate_imu.Plan(six=True, turns=False))
    assert cli.main(["calibrate", "imu", "--from", str(kept), "--data", str(tmp_path)]) == 0
    (path,) = (tmp_path / "calibration").glob("*.json")
    page = path.with_suffix(".html")
    assert str(page) in capsys.readouterr().out
    text = page.read_text("utf-8")
    drawn = pictures(text)
    assert len(drawn) == 2
    assert "Up, upper half" in drawn[0]
    record = calibration.load(path)
    evidence = evidence_of(record, kept.parent)
    assert evidence.pose_error_ms2 is not None
    assert record.made_imu
    told = record.made_imu.residuals
    faces = evidence.pose_error_ms2[:6]
    assert np.sqrt(np.mean(faces**2)) == pytest.approx(told["acc_residual_ms2"], rel=1e-6, abs=1e-9)
    assert abs(evidence.pose_error_ms2[6]) == pytest.approx(told["acc_left_out_ms2"], rel=1e-6)
    assert "limit<" in drawn[0]
    # A recording that is gone, cut or another one is no evidence.
    assert evidence_of(record, tmp_path / "none").pose_error_ms2 is None
    kept.write_bytes(kept.read_bytes()[:-1])
    assert evidence_of(record, kept.parent).pose_error_ms2 is None


def test_a_page_that_can_t_be_written_costs_no_record(tmp_path: Path, capsys) -> None:
    record = made()
    path = calibration.save(record, tmp_path / "calibration")
    path.with_suffix(".html").mkdir()
    args = Namespace(saved=path, data=tmp_path, json=False)
    calibration_report_command.after_session(args)
    told = capsys.readouterr()
    assert "its page wasn't" in told.err
    assert told.out == ""
    assert calibration.load(path) == record


@pytest.fixture(scope="module")
def leant(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Standing]:
    """A data folder with the recording of a whole level-1 session, and who did it."""
    pytest.importorskip("serial")
    who = Standing(leaner(3), FREE)
    path = tmp_path_factory.mktemp("leans") / "evidence" / "leans.sfr"
    path.parent.mkdir()
    head = {"evidence": insole_record.EVIDENCE, "created_utc": WHEN, "pair": "A7", "wearer": None}
    base = calibration.nominal(who.world.person.insole_length_m * 1e3)
    with (
        VirtualBoard(who.world, seed=4) as board,
        open_link(board.port, board.timing()) as link,
        guided(link, path, head, who.tell, who.ask, who.show) as guide,
    ):
        calibrate_insole.run(guide, FREE, base)
    return path, who


@pytest.fixture(scope="module")
def level_1(leant: tuple[Path, Standing]) -> Calibration:
    return insole_record.record_of(insole_record.session_of(leant[0]), (), "T1", draws=10).record


def test_leans_are_read_again_from_the_recording(leant: tuple[Path, Standing], level_1: Calibration) -> None:
    path, who = leant
    evidence = evidence_of(level_1, path.parent)
    told = known.evidence_of(insole_record.session_of(path).steps)
    read = loads(told.counts, level_1)
    np.testing.assert_array_equal(evidence.read_force_n, read.foot_force_n)
    np.testing.assert_array_equal(evidence.read_cop_mm, 1e3 * read.foot_cop_m)
    assert evidence.known_both_force_n is not None
    assert evidence.known_cop_mm is not None
    weights_n = evidence.known_both_force_n[np.isfinite(evidence.known_both_force_n)]
    np.testing.assert_allclose(weights_n, who.kg * GRAVITY_MS2, rtol=1e-3)
    marks = np.unique(evidence.known_cop_mm[np.isfinite(evidence.known_cop_mm[:, 0, 1]), 0, 1])
    np.testing.assert_allclose(marks, np.array(AP_MARKS) * level_1.foot_length_mm, atol=0.06)
    drawn = pictures(render_calibration_report(level_1, evidence))
    assert "both feet, force" in drawn[-1]
    assert drawn[-1].count("not known here") == 1
    assert evidence_of(made(evidence_sha256="0" * 64), path.parent).known_cop_mm is None


def test_a_level_1_session_says_what_it_is_good_for(leant: tuple[Path, Standing], level_1: Calibration) -> None:
    assert level_1.made_insole
    error = level_1.made_insole.error
    words = Page(render_calibration_report(level_1, evidence_of(level_1, leant[0].parent))).words
    force = short(100 * max(error["force_share_bw"].values()))
    assert f"the force of a foot within \u00b1{force} % of body weight (95 %)" in words
    sideways, forward = (short(max(error["cop_mm"][side][axis] for side in SIDES)) for axis in (0, 1))
    assert f"of a foot within {sideways} mm sideways and {forward} mm forward (95 %)" in words
    low = max(error["valid_load_from_n"].values())
    high = min(error["valid_load_to_n"].values())
    weight_n = level_1.made_insole.residuals["body_weight_kg"] * GRAVITY_MS2
    shares = f"({100 * low / weight_n:.0f} to {100 * high / weight_n:.0f} % of body weight)"
    assert f"for loads of {short(low)} to {short(high)} N on a foot {shares}" in words
    assert "Insoles, good for 35 days" in words
    known_keys = {key for part in (level_1.made_insole.residuals, error) for key in part}
    assert known_keys <= set(LABELS) | HIDDEN


def test_half_of_what_a_session_tells_makes_no_claim(level_1: Calibration) -> None:
    assert level_1.made_insole
    error = dict(level_1.made_insole.error)
    error["cop_mm"] = {"left": [1.5, 2.5], "right": [None, 3.5]}
    error["valid_load_to_n"] = {"left": 500.0}
    text = Page(
        render_calibration_report(sealed(replace(level_1, made_insole=replace(level_1.made_insole, error=error))))
    )
    short_part = text.words.split("How wrong")[0]
    assert "of a foot within 3.5 mm forward (95 %)" in short_part
    assert "sideways" not in short_part
    assert "for loads of" not in short_part


def test_doubts_and_swaps_are_said(level_1: Calibration) -> None:
    assert level_1.made_insole
    more = {"faults_not_sure": ["R5 felt nothing: see."], "swaps_not_told": ["L1 L2", "R7 R8"]}
    part = replace(level_1.made_insole, residuals={**level_1.made_insole.residuals, **more})
    words = Page(render_calibration_report(sealed(replace(level_1, made_insole=part)))).words
    assert "Please look. R5 felt nothing: see." in words
    assert "whether these cells are in each other's plugs: L1 L2, R7 R8" in words
    assert "Please look" not in Page(render_calibration_report(made())).words


def test_cells_keep_their_errors_through_leans_on_their_curves() -> None:
    curve = Curve((1e-3, 4e-3), (20.0, 90.0))
    cells = made(level=2, residuals={"cell_force_left_out_share": {"L3": 0.0421}})
    cells = sealed(replace(cells, curves=(None, None, curve) + (None,) * 13))
    leans = sealed(replace(cells, supersedes=cells.id, made_insole=made().made_insole))
    again = sealed(replace(leans, supersedes=leans.id, cop_noise_mm=0.5))
    assert ">4.21<" in pictures(render_calibration_report(again, history=[leans, cells]))[0]
    assert ">4.21<" not in pictures(render_calibration_report(again, history=[leans]))[0]
    other = sealed(replace(again, curves=(None, curve, curve) + (None,) * 13))
    assert ">4.21<" not in pictures(render_calibration_report(other, history=[leans, cells]))[0]


def test_the_command_looks_back_through_what_was_replaced(tmp_path: Path) -> None:
    first = made(error={"force_share_bw": 0.031})
    second = sealed(replace(made(error={"force_share_bw": 0.017}), supersedes=first.id))
    for record in (first, second):
        calibration.save(record, tmp_path / "calibration")
    assert cli.main(["calibration", "report", second.id, "--data", str(tmp_path)]) == 0
    words = Page((tmp_path / "calibration" / f"{second.id}.html").read_text("utf-8")).words
    assert f"Before, {first.id}" in words
    assert "1.70 3.10" in words


@pytest.fixture(scope="module")
def pressed(tmp_path_factory: pytest.TempPathFactory):
    """A recording of one cell under a standing person, as if 5 kg lay on it: its path, and what was taken."""
    pytest.importorskip("serial")
    path = tmp_path_factory.mktemp("cells") / "cells.sfr"
    hand = Hand(Poses(parts(), 4))
    with (
        VirtualBoard(leaner(3), seed=4) as board,
        open_link(board.port, board.timing()) as link,
        guided(link, path, {"evidence": cells_record.EVIDENCE, "created_utc": WHEN}, hand.tell, hand.ask) as guide,
    ):
        zero = guide.step("L1-zero", "", 0.5, cell="L1", kg=0.0)
        press = guide.step("L1-1", "", 4.5, cell="L1", kg=5.0)
        guide.recorder.note(DONE, cell="L1")
    return path, zero, press


def test_presses_of_cells_are_read_again_from_their_recordings(pressed) -> None:
    path, zero, press = pressed
    record = made(residuals={cells_record.FILES: {"L1": sha256(path)}})
    evidence = evidence_of(record, path.parent)
    assert evidence.cell_force_n is not None
    assert evidence.cell_conductance_s is not None
    np.testing.assert_allclose(evidence.cell_force_n[:, 0], 5.0 * GRAVITY_MS2)
    assert np.isnan(evidence.cell_force_n[:, 1:]).all()
    settled = press.cells[(press.cells_t_s >= press.cells_t_s[0] + 3) & (press.cells_t_s <= press.cells_t_s[0] + 4), 0]
    leak = conductance_s(np.median(zero.cells[:, 0]), 560.0)
    assert evidence.cell_conductance_s[0, 0] == pytest.approx(conductance_s(np.median(settled), 560.0) - leak, abs=1e-6)
    text = render_calibration_report(record, evidence)
    assert "known loads" in pictures(text)[1]
    assert sha256(path) not in Page(text).words
