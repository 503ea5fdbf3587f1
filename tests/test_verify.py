# SPDX-License-Identifier: MIT
"""Two minutes on a virtual board: fit where nothing changed, drifted where something did, and by how much."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leaning import Standing, leaner
from surefoot import calibration, calibration_store, cli
from surefoot.calibration import Calibration, Made
from surefoot.clinic import insole_record, keyboard, verify
from surefoot.clinic.insole_steps import FREE, SUPPORTED
from surefoot.device import link as links
from surefoot.device.virtual.electronics import Electronics
from surefoot.errors import CalibrationError
from test_calibrate_insole import OPEN, UTC, VirtualBoard, files, on_board, take

pytest.importorskip("serial")
pytestmark = pytest.mark.long

SEED = 81


def imu_part(parts: Electronics, record: Calibration) -> Calibration:
    """The record with its motion sensor's part as these parts truly are."""
    imu = replace(
        record.imu,
        acc_bias_ms2=tuple(float(v) for v in parts.acc_bias_ms2),
        acc_matrix=tuple(tuple(float(v) for v in row) for row in np.diag(1 / parts.acc_scale)),
    )
    return calibration.sealed(replace(record, imu=imu, made_imu=Made("drawn", 1, UTC, error={"acc_ms2": 0.002})))


@dataclass
class Made1:
    record: Calibration
    parts: Electronics


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made1:
    path = tmp_path_factory.mktemp("verify") / "free.sfr"
    who = Standing(leaner(SEED), FREE)
    take(path, who, FREE)
    found = insole_record.record_of(insole_record.session_of(path), (), draws=20)
    return Made1(imu_part(who.world.electronics, found.record), who.world.electronics)


def looked(path: Path, made: Made1, form: str = FREE, parts: dict[str, Any] | None = None, **how: Any):
    """A verdict on the same board under the same person, with some of its parts changed."""
    who = Standing(leaner(SEED), form, seed=5)
    who.world.electronics = replace(made.parts, **(parts or {}))
    how = {"supported": form == SUPPORTED} | how
    with on_board(path, who, evidence=verify.EVIDENCE) as (guide, _):
        verify.look(guide, made.record, patience_s=25.0, **how)
    return verify.verdict_of(path, made.record), who


def bad(verdict: verify.Verdict) -> set[str]:
    return {check.key for check in verdict.checks if not check.good}


def off(verdict: verify.Verdict, key: str) -> float:
    (check,) = [check for check in verdict.checks if check.key == key]
    return check.value


@pytest.mark.parametrize("form", [FREE, SUPPORTED])
def test_a_board_that_did_not_change_is_fit(made: Made1, tmp_path: Path, form: str):
    verdict, who = looked(tmp_path / "v.sfr", made, form)
    assert not verdict.drifted, verdict.checks
    assert {check.key for check in verdict.checks} == {
        *("zero_left", "zero_right", "force_left", "force_right", "cop_left", "cop_right", "gravity_1", "gravity_2")
    }
    assert all(check.limit is not None and check.value >= 0 for check in verdict.checks)
    assert who.world.now_s < 120, "two minutes, but for what is said between"


def test_a_foot_that_reads_more_has_drifted_and_the_other_not(made: Made1, tmp_path: Path):
    gain = made.parts.cell_gain * np.repeat((1.0, 1.35), 8)
    verdict, _ = looked(tmp_path / "v.sfr", made, parts={"cell_gain": gain})
    assert verdict.drifted
    assert bad(verdict) == {"force_right"}
    # A third more conductance is 1.35 ** exponent of the force; the gain that mends it is its inverse.
    exponent = made.parts.law.exponent
    assert off(verdict, "force_right") == pytest.approx(100 * (1 - 1.35**-exponent), abs=8)


def test_a_zero_that_has_drifted_is_told_as_force(made: Made1, tmp_path: Path):
    leak = made.parts.leak_s + np.where(np.arange(16) < 8, 120e-6, 0)
    verdict, _ = looked(tmp_path / "v.sfr", made, parts={"leak_s": leak}, plank=False, faces=False)
    assert "zero_left" in bad(verdict)
    assert "zero_right" not in bad(verdict)


def test_an_insole_that_moved_in_its_shoe_is_off_its_mark(made: Made1, tmp_path: Path):
    moved = Made1(
        replace(made.record, cop_offset_mm=(made.record.cop_offset_mm[0], (0.0, made.record.cop_offset_mm[1][1] + 15))),
        made.parts,
    )
    verdict, _ = looked(tmp_path / "v.sfr", moved, faces=False)
    assert bad(verdict) == {"cop_right"}
    assert off(verdict, "cop_right") == pytest.approx(15, abs=5)


def test_a_motion_sensor_that_has_drifted_is_told(made: Made1, tmp_path: Path):
    parts = {"acc_bias_ms2": made.parts.acc_bias_ms2 + np.array((0.0, 0.0, 0.1))}
    verdict, _ = looked(tmp_path / "v.sfr", made, parts=parts, plank=False)
    assert "gravity_1" in bad(verdict)
    assert off(verdict, "gravity_1") == pytest.approx(0.1, abs=0.01)
    assert off(verdict, "gravity_2") < 0.03, "x is up on the second face, but for how the pod is mounted"


def test_a_motion_sensor_that_nobody_calibrated_is_told_not_judged(made: Made1, tmp_path: Path):
    blank = Made1(replace(made.record, made_imu=None, imu=calibration.nominal().imu), made.parts)
    verdict, _ = looked(tmp_path / "v.sfr", blank, plank=False)
    assert [check.limit for check in verdict.checks if check.key.startswith("gravity")] == [None, None]
    assert not verdict.drifted


def test_a_broken_cell_is_a_fault_whatever_the_numbers_are(made: Made1, tmp_path: Path):
    verdict, _ = looked(tmp_path / "v.sfr", made, parts={"dead": ("L6",)}, plank=False, faces=False)
    assert verdict.drifted
    assert verdict.faults[0].startswith("L6 (forefoot, lateral) felt nothing")


def test_the_same_face_twice_is_not_taken(made: Made1, tmp_path: Path):
    def act(who: Standing, text: str) -> bool:
        return text.startswith("Turn the board")

    who = Standing(leaner(SEED), FREE, act=act)
    with (
        pytest.raises(CalibrationError, match="it lies as before: turn it to another face"),
        on_board(tmp_path / "v.sfr", who, evidence=verify.EVIDENCE) as (guide, _),
    ):
        verify.look(guide, made.record, plank=False, patience_s=25.0)


def test_what_can_not_be_verified_is_said(made: Made1, tmp_path: Path):
    who = Standing(leaner(SEED), FREE, answers={"hands free": ["no"]})
    with (
        pytest.raises(CalibrationError, match="use --supported"),
        on_board(tmp_path / "v.sfr", who, evidence=verify.EVIDENCE) as (guide, _),
    ):
        verify.look(guide, made.record)
    with pytest.raises(CalibrationError, match="breaks off before anything can be said"):
        verify.verdict_of(tmp_path / "v.sfr", made.record)
    with (
        pytest.raises(CalibrationError, match="nothing to verify them by"),
        on_board(tmp_path / "w.sfr", who, evidence="other") as (guide, _),
    ):
        verify.look(guide, calibration.nominal())
    with pytest.raises(CalibrationError, match="no recording of `surefoot calibration verify`"):
        verify.verdict_of(tmp_path / "w.sfr", made.record)


def run(who: Standing, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    with VirtualBoard(who.world, seed=4) as board, monkeypatch.context() as patch:
        plain = keyboard.Keyboard.tell

        def tell(self: keyboard.Keyboard, text: str) -> None:
            plain(self, text)
            who.tell(text)

        patch.setattr(keyboard.Keyboard, "tell", tell)
        patch.setattr(keyboard.Keyboard, "ask", lambda self, question, choices: who.ask(question, choices))
        patch.setattr(links, "open_link", lambda port: OPEN(port, board.timing()))
        return cli.main(["calibration", "verify", "--port", board.port, *words])


def test_the_command_says_fit_or_drifted_by_its_exit_code_and_keeps_what_it_said(
    made: Made1, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    data = ["--data", str(tmp_path)]
    calibration_store.save(made.record, tmp_path)
    who = Standing(leaner(SEED), FREE, seed=6)
    assert run(who, monkeypatch, *data) == 0
    said = capsys.readouterr().out
    assert f"Fit, by record {made.record.id}." in said
    assert "off by" in said
    kept = [tmp_path / name for name in files(tmp_path) if name.startswith("evidence")]
    assert [path.suffix for path in kept] == [".json", ".sfr"]
    document = json.loads(kept[0].read_text())
    assert (document["kind"], document["verdict"]) == ("surefoot-verify", "fit")
    assert cli.main(["calibration", "verify", "--json", "--from", str(kept[1]), *data]) == 0
    assert json.loads(capsys.readouterr().out) == document


def test_the_command_exits_with_1_where_it_has_drifted(
    made: Made1, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    calibration_store.save(made.record, tmp_path)
    who = Standing(leaner(SEED), FREE, seed=6)
    who.world.electronics = replace(made.parts, cell_gain=made.parts.cell_gain * 1.4)
    assert run(who, monkeypatch, "--data", str(tmp_path), "--no-plank", "--no-faces") == 1
    said = capsys.readouterr().out
    assert "DRIFT  left force gain" in said
    assert "Drifted, by record" in said
    assert "The centre of pressure was not looked at." in said
    assert "The motion sensor was not looked at." in said


def test_without_a_record_there_is_nothing_to_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert run(Standing(leaner(SEED), FREE), monkeypatch, "--data", str(tmp_path)) != 0
    assert "calibrate them first" in capsys.readouterr().err
    assert files(tmp_path) == []
