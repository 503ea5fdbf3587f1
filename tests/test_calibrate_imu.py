# SPDX-License-Identifier: MIT
"""The guided calibration of the motion sensor on the virtual board: drawn parts come back, errors are said."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from handling import UTC, Act, Hand, parts, table, true_matrix
from surefoot import calibration, calibration_store, cli
from surefoot.calibration import Calibration, Made
from surefoot.clinic import calibrate_imu, imu_record
from surefoot.clinic.calibrate_imu import Plan
from surefoot.clinic.guide import steps_of
from surefoot.clinic.imu_poses import directions, farthest, missing_turns, name
from surefoot.device import link as links
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.poses import Poses
from surefoot.errors import CalibrationError, RecordingError
from surefoot.fit.mounting import angle_deg
from surefoot.physics import GRAVITY_MS2
from surefoot.recording import read
from surefoot.signals import to_signals

pytest.importorskip("serial")
pytestmark = pytest.mark.long

LOCAL_MS2 = 9.7989  # of somewhere


@dataclass
class Kept:
    """A whole session on disk, and the parts that it was about."""

    path: Path
    made: Electronics
    hand: Hand
    seed: int = 4


def session(path: Path, plan: Plan, act: Act | None = None, world: Poses | None = None) -> Hand:
    hand = Hand(world or Poses(parts(), 4, up=(1, 2, 3)), act)
    with table(path, hand) as (guide, _):
        calibrate_imu.on_table(guide, plan)
    return hand


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    path = tmp_path_factory.mktemp("imu") / "whole.sfr"
    world = Poses(parts(), 4, up=(1, 2, 3), gravity_ms2=LOCAL_MS2)
    return Kept(path, world.parts, session(path, Plan(), world=world))


def here() -> imu_record.Gravity:
    return imu_record.gravity_of(LOCAL_MS2, None, None)


def test_drawn_bias_scale_and_misalignment_come_back(kept: Kept):
    made = imu_record.fit_from(kept.path, (), here())
    record = imu_record.record_of(made, ())
    true = kept.made
    # The drawn bias is in m/s2 of the standard g, as counts are; a tenth of a milli-g is what stillness tells.
    np.testing.assert_allclose(record.imu.acc_bias_ms2, true.acc_bias_ms2, atol=1e-3)
    np.testing.assert_allclose(record.imu.acc_matrix, true_matrix(true), atol=2e-4)
    assert np.abs(true_matrix(true) - np.eye(3)).max() > 0.01, "there was something to find"
    np.testing.assert_allclose(record.imu.gyr_bias_dps, true.gyr_bias_dps, atol=2e-3)
    np.testing.assert_allclose(record.imu.gyr_scale, 1 / true.gyr_scale, atol=1e-3)
    assert np.abs(true.gyr_scale - 1).max() > 0.003
    assert all(check.good for check in imu_record.checks(made))
    assert made.acc
    assert made.acc.left_out_ms2
    assert made.acc.residual_ms2 < made.acc.left_out_ms2 < 2e-3


def test_the_record_says_how_it_was_made(kept: Kept):
    made = imu_record.fit_from(kept.path, (), here())
    record = imu_record.record_of(made, (), "T01")
    entry = record.made_imu
    assert entry
    assert record.device == made.device != calibration.ANY
    assert entry.method.startswith("14 still poses: bias, scale and misalignment")
    assert "6 whole turns" in entry.method
    assert (entry.created_utc, entry.who) == (UTC, "T01")
    assert entry.expires_utc == "2027-01-02T03:04:05Z"
    assert entry.evidence_sha256
    assert len(entry.evidence_sha256) == 64
    assert entry.residuals["acc_g"] == 4
    assert entry.residuals["imu"] == "LSM6DSO"
    assert entry.error["acc_scale_share"] == 0.0001
    assert record.imu.gyr_bias_temp_degc is not None
    assert record.made_insole is None
    calibration.check(calibration.to_dict(record))


def test_a_fit_repeated_gives_the_same_record(kept: Kept, tmp_path: Path):
    made = imu_record.fit_from(kept.path, (), here())
    record = imu_record.record_of(made, ())
    calibration_store.save(record, tmp_path)
    again = imu_record.record_of(made, calibration_store.records(tmp_path))
    assert again == record
    other = imu_record.record_of(imu_record.fit_from(kept.path), ())
    scale = np.array(other.imu.acc_matrix) / np.array(record.imu.acc_matrix).clip(1e-9)
    assert np.diag(scale) == pytest.approx(GRAVITY_MS2 / LOCAL_MS2, abs=1e-4), "another gravity, another scale"


def test_the_insoles_part_of_the_record_in_force_is_kept(kept: Kept):
    made = imu_record.fit_from(kept.path, (), here())
    old = replace(
        calibration.nominal(),
        device=made.device,
        created_utc="2026-01-01T00:00:00Z",
        foot_gain=(1.5, 1.25),
        made_insole=Made("leans", 1, "2026-01-01T00:00:00Z"),
    )
    old = calibration.sealed(old)
    record = imu_record.record_of(made, (old,))
    assert record.supersedes == old.id
    assert record.foot_gain == (1.5, 1.25)
    assert record.made_insole == old.made_insole


def test_signals_apply_the_records_matrix(kept: Kept):
    """body = axes @ acc_matrix @ (sensor - bias), and at every pose of the session it is as long as gravity."""
    decoded = read(kept.path)
    record = imu_record.record_of(imu_record.fit_from(kept.path, (), here()), ())
    turned = ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    record = replace(record, imu=replace(record.imu, axes=turned))
    signals, plain = to_signals(decoded, record), to_signals(decoded, calibration.nominal())
    sensor, imu = plain.acc_ms2, record.imu
    expected = (sensor - imu.acc_bias_ms2) @ (np.array(turned) @ np.array(imu.acc_matrix)).T
    np.testing.assert_allclose(signals.acc_ms2, expected, atol=1e-9)
    rates = (plain.gyr_dps - imu.gyr_bias_dps) * imu.gyr_scale
    np.testing.assert_allclose(signals.gyr_dps, rates @ np.array(turned).T, atol=1e-9)
    lengths = []
    for step in steps_of(decoded):
        if step.key.startswith("pose"):
            rows = (signals.t_s >= step.taken.imu_t_s[0]) & (signals.t_s <= step.taken.imu_t_s[-1])
            lengths.append(np.linalg.norm(np.nanmean(signals.acc_ms2[rows], axis=0)))
    assert len(lengths) == 14
    np.testing.assert_allclose(lengths, LOCAL_MS2, atol=2e-3)
    assert np.nanstd(np.linalg.norm(sensor, axis=1)) > 0.05


def test_every_step_says_what_is_up_and_what_is_missing(kept: Kept):
    said = kept.hand.said
    assert re.search(r"Pose 1: .*x\+, x-, y\+, y-, z\+, z-\.", said)
    assert "taken: x+ is up" in said
    assert "Pose 6: lay it on a face. Not up yet: z-." in said
    assert said.count("taken: 2 turns about") == 6
    assert "Again" not in said
    assert any("moves" in text for text in kept.hand.shown), "live, while the hand was on it"


# Six faces


def test_six_faces_are_bias_and_scale_and_say_so(tmp_path: Path):
    made_of = parts(skew_deg=0.02)
    path = tmp_path / "six.sfr"
    session(path, Plan(six=True, turns=False), world=Poses(made_of, 4))
    made = imu_record.fit_from(path)
    record = imu_record.record_of(made, ())
    np.testing.assert_allclose(record.imu.acc_bias_ms2, made_of.acc_bias_ms2, atol=5e-3)
    np.testing.assert_allclose(np.diag(record.imu.acc_matrix), 1 / made_of.acc_scale, atol=1e-3)
    assert np.count_nonzero(record.imu.acc_matrix) == 3
    assert record.made_imu
    assert record.made_imu.method == "6 still poses: bias and scale; gyroscope's bias from rest"
    assert record.imu.gyr_scale == (1.0, 1.0, 1.0), "no turns: as it was"
    assert made.acc
    assert made.acc.left_out_ms2 is not None
    assert made.acc.left_out_ms2 < 0.02
    assert record.made_imu.residuals["acc_misalignment_fitted"] is False


def test_the_corner_after_six_faces_finds_axes_that_are_askew(tmp_path: Path):
    path = tmp_path / "six.sfr"
    session(path, Plan(six=True, turns=False), world=Poses(parts(skew_deg=2.0), 4))
    bad = [check for check in imu_record.checks(imu_record.fit_from(path)) if not check.good]
    assert len(bad) == 1
    assert "without --six" in bad[0].advice


# What goes wrong


def test_the_same_pose_twice_is_told_with_its_angle_and_a_moved_pose_is_taken_again(tmp_path: Path):
    def act(hand: Hand, text: str) -> bool:
        if text.startswith("Pose 3") and not hand.shown[-1].startswith("twice"):
            hand.lay("x+")  # it was pose 1
            hand.world.rest(4.0)
            hand.shown.append("twice")
            hand.lay("y+")
            hand.world.rest(1.0)
            hand.world.hold(0.6)  # somebody touches it in the middle
            return True
        return False

    hand = session(tmp_path / "a.sfr", Plan(six=True, turns=False), act)
    assert any(re.match(r"this is pose 1 again, \d+ degrees from it \(x\+ is up\)", text) for text in hand.shown)
    assert "Again: it moves: put it down and take the hand away." in hand.lines
    steps = steps_of(read(tmp_path / "a.sfr"))
    assert [step.key for step in steps] == [*(f"pose-{k}" for k in range(1, 7)), "check-1"]
    phases = [n["phase"] for n in read(tmp_path / "a.sfr").notes if n["note"] == "step" and n["key"] == "pose-3"]
    assert phases == ["begin", "redo", "begin", "end"]


def test_an_edge_where_a_face_is_asked_for_is_named(tmp_path: Path):
    def act(hand: Hand, text: str) -> bool:
        if text.startswith("Pose 2"):
            hand.lay("y+ z+")
            hand.world.rest(4.0)
            hand.lay("y-")
            return True
        return False

    hand = session(tmp_path / "a.sfr", Plan(six=True, turns=False), act)
    assert any(text.startswith("it lies on an edge or corner (y+ z+ is up") for text in hand.shown)


def test_bad_turns_are_told_and_taken_again(tmp_path: Path):
    def act(hand: Hand, text: str) -> bool:
        if text.startswith("Turn 1"):
            hand.lay("z+")
            hand.turn(1.5)
        elif text.startswith("Again: that was"):
            hand.turn(6.0, 5.0)
        elif text.startswith("Again: the turn was too fast"):
            hand.world.rest(3.0)
            hand.turn(1.0)
        elif text.startswith("Turn 2"):
            hand.turn(1.0)
        elif text.startswith("Again: the turn about"):
            hand.world.rest(2.5)
            hand.world.tip((1, 0, 0), 20, 1.0)
        elif text.startswith("Again: it was tipped"):
            hand.turn(-1.0)
        return True

    hand = Hand(Poses(parts(), 4), _until(act, "Turn 3"))
    with table(tmp_path / "a.sfr", hand) as (guide, _), pytest.raises(_EnoughError):
        calibrate_imu.turns(guide, Plan(), np.array(hand.world.parts.gyr_bias_dps))
    again = [line for line in hand.lines if line.startswith("Again")]
    assert re.match(r"Again: that was 1\.5\d? of a turn", again[0])
    assert "too fast" in again[1]
    assert any("let it rest" in text for text in hand.shown), "it was still turning when the next window began"
    assert "the turn about z left was taken already" in again[2]
    assert "tipped by 20 degrees" in again[3]
    assert len(again) == 4
    assert [step.key for step in steps_of(read(tmp_path / "a.sfr"))] == ["turn-1", "turn-2"]
    assert "taken: 1 turn about z right." in hand.said


class _EnoughError(Exception):
    pass


def _until(act: Act, words: str) -> Act:
    def stop(hand: Hand, text: str) -> bool | None:
        if text.startswith(words):
            raise _EnoughError
        return act(hand, text)

    return stop


def test_a_board_that_is_never_still_ends_in_words_and_keeps_the_evidence(tmp_path: Path):
    path = tmp_path / "a.sfr"

    def act(hand: Hand, text: str) -> bool:
        hand.world.hold(60.0)
        return True

    with pytest.raises(CalibrationError, match=r"it moves: put it down.*is kept in"):
        session(path, Plan(patience_s=10.0), act)
    assert len(read(path).samples["imu"].index) > 500
    with pytest.raises(CalibrationError, match="holds 0 poses"):
        imu_record.fit_from(path)


@pytest.mark.parametrize(("column", "words"), [(1, "y axis of the accelerometer"), (5, "z axis of the gyroscope")])
def test_a_dead_axis_is_named(tmp_path: Path, column: int, words: str):
    with pytest.raises(CalibrationError, match=f"The {words} never moves"):
        session(tmp_path / "a.sfr", Plan(), world=Poses(parts(), 4, stuck=(column,)))


# At the waist


def waist(path: Path, made: Electronics, plan: Plan) -> Hand:
    hand = Hand(Poses(made, 4))
    with table(path, hand) as (guide, _):
        calibrate_imu.at_waist(guide, plan)
    return hand


def test_standing_and_a_bow_tell_how_the_unit_sits(kept: Kept, tmp_path: Path):
    on_table = imu_record.record_of(imu_record.fit_from(kept.path, (), here()), ())
    made_of = replace(parts(misalignment_deg=25.0), gyr_scale=kept.made.gyr_scale)
    path = tmp_path / "waist.sfr"
    hand = waist(path, made_of, Plan())
    assert "stands upright and quiet" in hand.said
    made = imu_record.fit_from(path, (on_table,))
    assert made.mounting
    assert angle_deg(made.mounting.axes, made_of.mount.T) < 1.0
    assert angle_deg(np.eye(3), made_of.mount.T) > 20
    assert all(check.good for check in imu_record.checks(made))
    record = imu_record.record_of(made, (on_table,))
    assert record.supersedes == on_table.id
    assert record.imu.acc_matrix == on_table.imu.acc_matrix
    assert record.made_imu
    assert record.made_imu.residuals["acc_poses"] == 14, "what the table told stays"
    assert record.made_imu.residuals["yaw_seen"] is True
    calibration.check(calibration.to_dict(record))


def test_standing_alone_leaves_the_turn_about_the_vertical(tmp_path: Path):
    made_of = parts(misalignment_deg=15.0)
    path = tmp_path / "waist.sfr"
    waist(path, made_of, Plan(bow=False))
    made = imu_record.fit_from(path)
    record = imu_record.record_of(made, ())
    assert record.made_imu
    assert "as it was known" in record.made_imu.method
    assert record.made_imu.residuals["yaw_seen"] is False
    assert "yaw_deg" not in record.made_imu.error
    # Uncalibrated, the bias of 0.2 m/s2 leaves about a degree.
    off = np.degrees(np.arccos(np.array(record.imu.axes)[2] @ made_of.mount.T[2]))
    assert off < 2.0


# From the command line


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`surefoot` with a virtual board on virtual time, and a hand that hears what the console says."""
    from surefoot.clinic import keyboard

    def run(words: str, act: Act | None = None, world: Poses | None = None) -> tuple[int, Hand, VirtualBoard]:
        hand = Hand(world or Poses(parts(), 4), act)
        with VirtualBoard(hand.world, seed=4) as board:  # type: ignore[arg-type]
            plain = keyboard.Keyboard.tell

            def tell(self: keyboard.Keyboard, text: str) -> None:
                plain(self, text)
                hand.tell(text)

            with monkeypatch.context() as patch:
                patch.setattr(keyboard.Keyboard, "tell", tell)
                patch.setattr(keyboard.Keyboard, "ask", lambda self, question, choices: "")
                patch.setattr(links, "open_link", lambda port: OPEN(port, board.timing()))
                boards.append(board)
                line = f"calibrate imu --port {board.port} --data {tmp_path / 'data'} {words}"
                code = cli.main(line.split())
        return code, hand, board

    boards: list[VirtualBoard] = []
    run.boards = boards  # type: ignore[attr-defined]
    return run


OPEN = links.open_link


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).parts[0] for path in folder.rglob("*.*") if path.is_file())


def only(records: tuple[Calibration, ...]) -> Calibration:
    (record,) = records
    return record


def test_the_command_makes_a_record_and_says_its_residuals(desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code, *_ = desk(
        "--six --no-turns --latitude 47.4 --altitude 400 --who T01 --json", world=Poses(parts(skew_deg=0.1), 4)
    )
    out, err = capsys.readouterr()
    assert code == 0, err
    told = json.loads(out)
    record = only(calibration_store.records(tmp_path / "data"))
    assert told["record"] == record.id
    assert told["passed"] is True
    assert told["residuals"]["gravity_from"] == "WGS 84 at latitude 47.4, 400 m"
    assert told["residuals"]["gravity_ms2"] == pytest.approx(9.807, abs=0.001)
    assert "Pose 1" in err
    assert re.search(r"ok +Acceleration, a pose the fit has not seen +0\.0\d+ m/s2 \(limit 0\.05\)", err)
    assert Path(told["evidence"]).parent == tmp_path / "data" / "evidence"
    assert cli.main(f"calibrate imu --from {told['evidence']} --data {tmp_path / 'data'} --gravity 9.81".split()) == 0
    assert len(calibration_store.records(tmp_path / "data")) == 2, "another gravity is another record"


def test_a_residual_above_its_limit_makes_no_record(desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code, *_ = desk("--six --no-turns", world=Poses(parts(skew_deg=2.0), 4))
    out = capsys.readouterr().out
    assert code == 1
    assert "FAIL" in out
    assert "-> Its axes may not be at right angles" in out
    assert "No record was made" in out
    assert files(tmp_path / "data") == ["evidence"]


def test_unplugged_in_the_middle_keeps_the_evidence_and_makes_no_record(desk, tmp_path: Path, capsys):
    def act(hand: Hand, text: str) -> bool:
        if text.startswith("Pose 3"):
            desk.boards[0].unplug()
        return False

    code, *_ = desk("--six", act)
    assert code == 1
    assert "unplugged" in capsys.readouterr().err
    assert files(tmp_path / "data") == ["evidence"]
    (path,) = (tmp_path / "data" / "evidence").iterdir()
    assert [step.key for step in steps_of(read(path))] == ["pose-1", "pose-2"]


def test_ctrl_c_keeps_the_evidence_and_makes_no_record(desk, tmp_path: Path, capsys):
    def act(hand: Hand, text: str) -> bool:
        if text.startswith("Pose 2"):
            raise KeyboardInterrupt
        return False

    code, *_ = desk("", act)
    assert code == 130
    assert "kept" in capsys.readouterr().err
    assert files(tmp_path / "data") == ["evidence"]
    (path,) = (tmp_path / "data" / "evidence").iterdir()
    assert read(path).complete


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--gravity 1.62", "no gravity on earth"),
        ("--latitude 100", "latitude"),
        ("--altitude 100", "together with --latitude"),
        ("--gravity 9.8 --latitude 40", "not both"),
        ("--who Anna_1950-01-02", "never a name"),
        ("--from nowhere.sfr", "can't be read"),
        ("--csv nowhere.csv", "can't be read"),
    ],
)
def test_wrong_calls_are_one_sentence(words: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(f"calibrate imu --data {tmp_path} {words}".split()) in (1, 2)
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert files(tmp_path) == []


def test_foreign_data_from_a_file(shared_data: Path, capsys: pytest.CaptureFixture[str]):
    path = shared_data / "imu-calibration" / "accelerometer-counts.txt"
    assert cli.main(f"calibrate imu --json --csv {path} --gravity 9.81744".split()) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["residual_ms2"] < told["left_out_ms2"] < 0.034
    assert cli.main(f"calibrate imu --six --csv {path} --gravity 9.81744".split()) == 0
    assert "bias and scale" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0 rows"),
        ("time,x,y\n" + "1,2,3\n" * 20, "has 3 columns"),
        ("t,x,y,z\n" + "1,2,3,4\n" * 20, "no time that always rises"),
        ("0,2,3,4\n1,2,3,4\nnonsense here\n", "line 3 is no row"),
        ("".join(f"{k},nan,3,4\n" for k in range(20)), "not finite"),
        ("".join(f"{k / 100},0,0,{1 + k % 2}\n" for k in range(9000)), "still poses were found"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert cli.main(["calibrate", "imu", "--csv", str(path)]) == 1
    assert said in capsys.readouterr().err


# Names


def test_every_direction_has_its_own_name():
    found = directions()
    assert len({label for label, _ in found}) == len(found) == 26
    assert all(name(unit) == label for label, unit in found)
    assert [sum(" " not in label for label, _ in found), farthest([np.array((1.0, 1.0, 1.0))])] == [6, "x- y- z-"]
    assert missing_turns(["x left", "z right"]) == ["x right", "y left", "y right", "z left"]


def test_a_recording_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "a.sfr"
    path.write_bytes(b"hello")
    with pytest.raises(RecordingError, match="no Surefoot recording"):
        imu_record.fit_from(path)
