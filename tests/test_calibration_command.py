# SPDX-License-Identifier: MIT
"""`surefoot calibration`, and the record that `surefoot record` takes by itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakeboard import CONFIG, FakeBoard
from flatworld import FlatWorld
from lockstep import flash
from sessions import lab, short_protocol
from surefoot import calibration, calibration_store, cli
from surefoot.calibration import Calibration, ImuCalibration, Made, Pair
from surefoot.clinic import calibration_compare, calibration_words, pair_log
from surefoot.device import board_file
from surefoot.device import link as link_module
from surefoot.device.virtual.board import VirtualBoard
from surefoot.errors import CalibrationError, InstallError, NotSurefoot
from surefoot.recording import read
from test_calibration import MADE, record

UTC = "2026-01-01T00:00:00Z"
GOLDEN = Path(__file__).parent / "golden" / f"calibration-{calibration.RECORD}.json"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "inside Surefoot" not in err
        return code, out, err

    return run


def of(pair: str = "", day: int = 1, **changes: Any) -> Calibration:
    return record(**({"pair": Pair(pair), "created_utc": f"2026-01-0{day}T00:00:00Z"} | changes))


# List, show, compare, export-check


def test_a_list_tells_what_is_in_force_and_what_expired(say, tmp_path):
    late = replace(MADE, level=2, error={"force_share_bw": 0.031}, expires_utc="2026-01-31T00:00:00Z")
    old, a = of("A"), of("A", 2, made_insole=late)
    theirs = of("B", 3, wearer="P001", made_imu=Made("still poses", 1, UTC))
    for one in (old, a, theirs):
        calibration_store.save(one, tmp_path)
    code, out, err = say("calibration", "list", "--data", tmp_path)
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.split() == ["record", "board", "pair", "wearer", "made", "level", "error", "expires", "in", "force"]
    assert [line.split()[0] for line in lines] == [old.id, a.id, theirs.id]
    assert lines[0].split()[-1] == "-"
    assert "force 0.031 of body weight  2026-01-31 (expired)  insoles" in lines[1]
    assert "P001" in lines[2]
    assert lines[2].endswith("insoles, motion sensor")
    code, out, _ = say("calibration", "list", "--json", "--data", tmp_path)
    rows = json.loads(out)["records"]
    assert [row["in_force"] for row in rows] == [[], ["insoles"], ["insoles", "imu"]]
    assert say("calibration", "list", "--device", "beef", "--data", tmp_path)[1].startswith("No calibration record")


def test_a_bad_file_is_told_beside_the_list(say, tmp_path, monkeypatch):
    monkeypatch.setenv("SUREFOOT_DATA", str(tmp_path))
    path = calibration_store.save(of("A"), tmp_path)
    (path.parent / "half.json").write_text(path.read_text()[:99])
    code, out, err = say("calibration", "list")
    assert code == 1
    assert path.stem in out
    assert "half.json" in err


def test_a_page_about_a_record_has_units_and_words(say, tmp_path):
    code, out, _ = say("calibration", "show", GOLDEN)
    assert code == 0
    for words in (
        "pair G1, EU 42, 278.334 mm long", "wearer      TRUTH", "expires 2026-07-01", "CoP rms 1.5 mm",
        "noise of the CoP", "not fitted gyroscope scale about up", "curve to", "3.0%", "counts", "ohm", "m/s\u00b2",
        "deg/s at 27.5 deg C",
        "forward of the body is the sensor's -x", "tilt 0.1 deg",
    ):  # fmt: skip
        assert words in out
    code, out, _ = say("calibration", "show", GOLDEN, "--json")
    assert json.loads(out)["record"] == json.loads(GOLDEN.read_text())
    assert "not calibrated, assumed numbers (no newtons)" in "\n".join(calibration_words.page(calibration.nominal()))
    code, _, err = say("calibration", "show", "cal-none", "--data", tmp_path)
    assert code == 1
    assert "no record begins with 'cal-none'" in err


def test_phrases_take_their_unit_from_the_key():
    told = calibration_words.told(
        {"force_share_bw": 0.02, "acc_ms2": 0.01, "cop_rms_mm": {"left": [1.0, 2.0]}, "rows": 12000, "fits": True}
    )
    assert told == [
        "force 0.02 of body weight",
        "acceleration 0.01 m/s\u00b2",
        "CoP rms left 1 / 2 mm",
        "rows 12,000",
        "fits yes",
    ]
    assert calibration_words.told({"not_fitted": [], "made": None}) == ["made unknown"]


def test_two_records_are_compared_in_newtons_millimetres_and_metres_per_second_squared(say, tmp_path):
    first = replace(of("A"), zero_count=(0.0,) * 16)
    second = replace(
        first,
        foot_gain=(first.foot_gain[0] * 1.1, first.foot_gain[1]),
        cop_offset_mm=((first.cop_offset_mm[0][0] + 2.0, first.cop_offset_mm[0][1]), first.cop_offset_mm[1]),
        imu=ImuCalibration(calibration.IDENTITY, acc_bias_ms2=(0.03, 0.04, 0.0), gyr_bias_dps=(0.0, 0.6, 0.8)),
    )
    first, second = calibration.sealed(first), calibration.sealed(second)
    found = calibration_compare.compare(first, second)
    left, right = found["foot_n"]["left"], found["foot_n"]["right"]
    assert left["first"] == pytest.approx(70 * 9.80665 / 2, rel=1e-3)
    assert left["difference"] == pytest.approx(0.1 * left["first"], rel=1e-6)
    assert right["difference"] == 0
    assert found["largest_cell"].startswith("L")
    assert found["cop_mm"]["left"] == {"ml": pytest.approx(2.0), "ap": pytest.approx(0.0, abs=1e-9)}
    assert found["acc_ms2"] == pytest.approx(0.05)
    assert (found["rest_dps"], found["turn_dps"]) == (pytest.approx(1.0), pytest.approx(1.0))
    assert found["mounting_deg"] == 0
    turned = replace(second, imu=replace(second.imu, axes=((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0))))
    assert calibration_compare.compare(second, turned)["mounting_deg"] == pytest.approx(90)
    for one in (first, second):
        calibration_store.save(one, tmp_path)
    code, out, _ = say("calibration", "compare", first.id, second.id, "--data", tmp_path)
    assert code == 0
    assert "343 -> 378 N (+34.3 N); CoP moves by up to 2.0 mm sideways, 0.0 mm forward" in out
    assert "0.050 m/s\u00b2" in out
    assert "one record" in say("calibration", "compare", first.id, first.id, "--data", tmp_path)[1]


def test_records_that_can_not_be_handed_on_are_told_from_those_that_can(say, tmp_path):
    good = calibration_store.save(of("A"), tmp_path)
    named = calibration_store.save(of("A", wearer="Anna Li", made_imu=replace(MADE, who="Bo Berg")), tmp_path)
    edited = tmp_path / "edited.json"
    edited.write_text(good.read_text().replace("265.0", "266.0"))
    code, out, _ = say("calibration", "export-check", "--data", tmp_path, "--json")
    assert code == 1
    found = json.loads(out)["files"]
    assert found[str(good)] == []
    assert [text.split(":")[0] for text in found[str(named)]] == ["In wearer", "In imu"]
    code, out, _ = say("calibration", "export-check", good, edited)
    assert code == 1
    assert out.startswith(f"ok   {good}\nNOT  {edited}\n")
    assert "changed after it was made" in out
    assert say("calibration", "export-check", good)[0] == 0


def test_cleaning_is_noted(say, tmp_path):
    assert say("calibration", "cleaned", "--pair", "A", "--who", "T001", "--data", tmp_path)[0] == 0
    (entry,) = pair_log.entries(tmp_path, "A")
    assert (entry["what"], entry["who"]) == ("cleaned", "T001")
    code, _, err = say("calibration", "cleaned", "--pair", "A", "--who", "Anna Li", "--data", tmp_path)
    assert code == 1
    assert "never a name" in err


# On a board


@pytest.fixture
def on_board(tmp_path: Path, micropython: list[str]) -> Iterator[tuple[VirtualBoard, Path, Calibration]]:
    """A live board with the real firmware, the folder that is its filesystem, and its record in the clinic's store."""
    if os.name == "nt":
        pytest.skip("no pseudo terminals on Windows")
    files = tmp_path / "flash"
    flash(files)
    with VirtualBoard(FlatWorld(), live=True, flash_dir=files) as board:
        own = of("A", device=board.unique_id)
        calibration_store.save(own, tmp_path)
        yield board, files, own


def test_a_record_goes_onto_its_board_and_comes_back_to_a_computer_that_lacks_it(say, tmp_path, on_board):
    board, files, own = on_board
    other = calibration_store.save(of("A", 5, device="beef"), tmp_path)
    where = ["--port", board.port, "--data", tmp_path]
    code, _, err = say("calibration", "push", other.stem, *where)
    assert code == 1
    assert "is of board beef" in err
    code, _, err = say("calibration", "pull", *where)
    assert code == 1
    assert "carries no calibration record" in err

    code, out, err = say("calibration", "push", "--json", *where)
    assert code == 0, err
    done = json.loads(out)
    data = (files / "calibration.json").read_bytes()
    assert calibration.check(json.loads(data)) == own
    assert (done["record"], done["sha256"]) == (own.id, hashlib.sha256(data).hexdigest())
    assert not (files / "calibration.new").exists()

    code, out, _ = say("calibration", "pull", *where)
    assert (code, "here already" in out) == (0, True)
    elsewhere = tmp_path / "elsewhere"
    code, out, _ = say("calibration", "pull", "--port", board.port, "--data", elsewhere)
    assert (code, "new, kept in" in out) == (0, True)
    assert calibration_store.records(elsewhere) == (own,)

    (files / "calibration.json").write_bytes(data.replace(b'"foot_length_mm":265.0', b'"foot_length_mm":266.0'))
    code, _, err = say("calibration", "pull", "--port", board.port, "--data", elsewhere)
    assert code == 1
    assert "calibration.json was changed after it was made" in err
    (files / "calibration.json").write_bytes(other.read_bytes())
    code, _, err = say("calibration", "pull", "--port", board.port, "--data", elsewhere)
    assert code == 1
    assert "is of board beef, and this board is" in err
    (files / "calibration.json").write_bytes(data[:700])
    code, _, err = say("calibration", "pull", "--port", board.port, "--data", elsewhere)
    assert code == 1
    assert "not readable as JSON" in err
    (files / "calibration.json").write_bytes(b"\xff\xff\x00")
    code, _, err = say("calibration", "pull", "--port", board.port, "--data", elsewhere)
    assert "is damaged" in err
    assert calibration_store.records(elsewhere) == (own,)


class Desk:
    """A board whose files are a dict, for what goes wrong on the way."""

    def __init__(self, damage: bool = False):
        self.files: dict[str, bytes] = {}
        self.damage = damage

    def copy(self, files, folder) -> None:
        for path in files:
            self.files[path.name] = path.read_bytes()[: -5 if self.damage else None]

    def run(self, program: str) -> str:
        sha = hashlib.sha256(self.files["calibration.new"]).hexdigest()
        return f"{json.dumps(['sha', sha])}\n[half a line"


def test_what_arrives_damaged_or_is_too_large_changes_nothing():
    with pytest.raises(InstallError, match="arrived damaged, so the board keeps what it had"):
        board_file.write_file(Desk(damage=True), b"{} is a record")  # type: ignore[arg-type]
    desk = Desk()
    with pytest.raises(InstallError, match="a board takes up to 64: nothing was changed"):
        board_file.write_file(desk, b" " * 70_000)  # type: ignore[arg-type]
    assert desk.files == {}
    data = b"{} is a record"
    assert board_file.write_file(desk, data) == hashlib.sha256(data).hexdigest()  # type: ignore[arg-type]


def test_a_board_that_is_busy_or_is_none_is_left_alone(monkeypatch):
    monkeypatch.setattr(board_file, "Remote", lambda port: pytest.fail("its program was stopped"))
    monkeypatch.setattr(board_file, "peek", lambda port: {"id": "f00d", "streaming": True, "log": 7})
    with pytest.raises(InstallError, match="writes log 7: end that first"), board_file.opened("port"):
        pass
    monkeypatch.setattr(board_file, "peek", lambda port: None)
    with pytest.raises(NotSurefoot, match="No Surefoot answers"), board_file.opened("port"):
        pass


# What `surefoot record` takes


def session(folder: Path, *more: str | Path) -> list[str | Path]:
    words = ["record", "--person", "P001", "--out", folder / "out", "--yes", "--data", folder / "data"]
    return [*words, *more]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the command open its port on this timing, so that no test waits for the wall clock."""
    real = link_module.open_link

    def use(timing: Any) -> None:
        monkeypatch.setattr(link_module, "open_link", lambda port: real(port, timing))

    return use


def test_a_session_takes_the_record_in_force_names_it_everywhere_and_is_scored_without_the_store(say, on, tmp_path):
    data = tmp_path / "data"
    pair_log.note(data, "A", pair_log.WORN, "P009", UTC)
    with lab(tmp_path, hold_s=11) as here:
        here.link.close()
        late = replace(MADE, expires_utc=UTC)
        own = of("A", device=here.board.unique_id, created_utc="2020-01-01T00:00:00Z", made_insole=late)
        calibration_store.save(own, data)
        (calibration_store.calibration_folder(data) / "half.json").write_text("{")
        on(here.board.timing())
        code, out, err = say(*session(tmp_path, "--port", here.board.port, "--protocol", here.path, "--json"))
    assert code == 0, err
    assert (
        f"Calibration {own.id}, pair A: insoles calibrated 2026-03-01 (level 1), motion sensor not calibrated." in err
    )
    assert "half.json" in err
    assert "expired on 2026-01-01" in err
    assert "worn by another person on 2026-01-01 and not cleaned since" in err
    assert [entry["who"] for entry in pair_log.entries(data, "A")] == ["P009", "P001"]
    made = tmp_path / "out"
    for path in made.glob("*.sfr"):
        head = read(path).head
        assert (head["calibration"], head["pair"]) == (own.id, "A")
    result = json.loads(out)
    for trial in result["trials"]:
        used = trial["calibration"]
        assert (used["id"], used["pair"], used["recorded_under"], used["imu"]) == (own.id, "A", own.id, None)
        assert used["insoles"]["expires_utc"] == UTC
        assert any("expired on 2026-01-01" in text for text in trial["warnings"])
    page = (made / "report.html").read_text("utf-8")
    assert f"<code>{own.id}</code> (pair A, insoles calibrated 2026-03-01, motion sensor not calibrated)" in page
    assert (made / "calibration" / f"{own.id}.json").read_bytes() == calibration_store.shelf(data).paths[
        own.id
    ].read_bytes()
    code, out, _ = say("score", made, "--json")
    assert code == 0
    assert json.loads(out) == result


def test_a_pair_without_a_record_is_recorded_uncalibrated_and_said(say, on, tmp_path):
    data = tmp_path / "data"
    with lab(tmp_path, hold_s=2) as here:
        here.link.close()
        imu = Made("still poses", 1, "2020-01-01T00:00:00Z")
        own = of("A", device=here.board.unique_id, created_utc="2020-01-01T00:00:00Z", made_imu=imu)
        calibration_store.save(own, data)
        on(here.board.timing())
        words = ["--port", here.board.port, "--protocol", here.path, "--pair", "B", "--json"]
        code, out, err = say(*session(tmp_path, *words))
    assert code == 0, err
    assert "There is no calibration record of pair B on this board: no newtons will be shown." in err
    result = json.loads(out)
    for trial in result["trials"]:
        assert trial["calibration"]["nominal"]
        assert trial["calibration"]["pair"] == "B"
        assert trial["calibration"]["insoles"] is None
        assert trial["calibration"]["imu"]["created_utc"] == "2020-01-01T00:00:00Z"
    assert "Nominal calibration" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_check_that_fails_ends_the_session_before_its_first_trial(say, on, tmp_path, monkeypatch):
    from surefoot.clinic import in_force

    def check(link, found, data, tell, utc):
        assert (found.pair, data) == ("A", tmp_path / "data")
        raise CalibrationError("The plugs are swapped: put the left one left.")

    monkeypatch.setattr(in_force, "check", check)
    with FakeBoard() as board:
        on(board.timing)
        words = session(tmp_path, "--port", board.port, "--protocol", short_protocol(tmp_path), "--pair", "A")
        code, _, err = say(*words, "--check-pair")
    assert (code, "plugs are swapped" in err) == (1, True)
    assert not list((tmp_path / "out").glob("*.sfr"))
    assert pair_log.entries(tmp_path / "data", "A") == ()


def test_several_pairs_and_nobody_to_ask(say, on, tmp_path):
    for pair in "AB":
        calibration_store.save(of(pair, device=CONFIG["id"]), tmp_path / "data")
    with FakeBoard() as board:
        on(board.timing)
        words = session(tmp_path, "--port", board.port, "--protocol", short_protocol(tmp_path))
        code, _, err = say(*words)
        assert code == 1
        assert "several pairs of insoles (A, B): say which is worn with --pair" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "pair", "words"),
    [
        ({"wearer": "P002"}, None, "of the wearer P002 alone"),
        ({"pair": Pair("B")}, "A", "is of pair B, not of A"),
        ({}, "A", "a pair that nobody named"),
        ({}, "a/b", "can't name a pair"),
    ],
)
def test_a_record_that_is_named_has_to_be_of_this_person_and_pair(say, on, tmp_path, changes, pair, words):
    own = calibration.save(record(device=CONFIG["id"], **changes), tmp_path)
    with FakeBoard() as board:
        on(board.timing)
        more = ["--pair", pair] if pair else []
        code, _, err = say(*session(tmp_path, "--port", board.port, "--calibration", own, *more))
    assert code == 1
    assert words in err
    assert not (tmp_path / "out").exists()


def test_an_old_record_keeps_its_id_and_its_bytes_beside_the_recordings(tmp_path):
    from surefoot.clinic import in_force

    old = GOLDEN.with_name("calibration-1.json")
    record_1 = calibration.load(old)
    found = in_force.given(old, record_1.device, "P001").keep(tmp_path)
    assert found.record == record_1
    assert (tmp_path / "calibration" / f"{record_1.id}.json").read_bytes() == old.read_bytes()
    by_hand = tmp_path / "hand.json"
    by_hand.write_text(json.dumps(calibration.to_dict(replace(record_1, id="mine"))))
    found = in_force.given(by_hand, record_1.device, "P001").keep(tmp_path)
    assert found.record is not None
    assert found.record.id.startswith("cal-")
    assert calibration.load(tmp_path / "calibration" / f"{found.record.id}.json") == found.record


def test_a_pair_is_asked_for_where_there_are_several():
    from surefoot.clinic import in_force

    asked: list[tuple[str, ...]] = []
    assert in_force.pick_pair(None, ("A", "B"), lambda question, pairs: asked.append(pairs) or "B") == "B"
    assert asked == [("A", "B")]
    assert in_force.pick_pair(None, ("A",), None) == "A"
    assert in_force.pick_pair(None, (), None) is None
    assert in_force.pick_pair("C", ("A", "B"), None) == "C"


def test_no_newton_of_uncalibrated_insoles_gets_into_a_result(say, tmp_path, monkeypatch):
    """No measure is in newtons today; one that will be is held back in the document, not on the page alone."""
    from surefoot.measures import MEASURES

    (tmp_path / "01.sfr").write_bytes((GOLDEN.parent / "recording-1-wire-2.sfr").read_bytes())
    monkeypatch.setitem(MEASURES, "load_left_share", replace(MEASURES["load_left_share"], unit="N"))
    code, out, _ = say("score", tmp_path, "--json")
    assert code == 0
    (trial,) = json.loads(out)["trials"]
    assert "cop_velocity_mmps" in trial["measures"]
    assert "load_left_share" not in trial["measures"]
    assert trial["not_reported"]["load_left_share"] == "No newtons are shown with the nominal calibration."
