# SPDX-License-Identifier: MIT
"""The command: help that teaches, one sentence for each mistake, one JSON document for machines."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import surefoot
from conftest import hear_ctrl_c
from fakeboard import CONFIG, FakeBoard, frame
from sessions import Teller, during_hold, interrupt, lab, short_protocol
from surefoot import calibration, cli, terminal, wire
from surefoot.care.protocol import load_protocol
from surefoot.device import link as link_module
from surefoot.device.link import Timing
from surefoot.recording import Recorder

pytestmark = pytest.mark.long

COMMANDS = tuple(name for _, group in cli.GROUPS for name in group)
ENV = {**os.environ, "PYTHONWARNINGS": "error"}


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[Timing], None]:
    """Have the command open its port on this timing, so that no test waits for the wall clock."""
    real = link_module.open_link

    def use(timing: Timing) -> None:
        monkeypatch.setattr(link_module, "open_link", lambda port: real(port, timing))

    return use


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole session."""
    folder = tmp_path_factory.mktemp("kept")
    with lab(folder, hold_s=11) as here:
        here.run()
    (here.out / here.path.name).write_bytes(here.path.read_bytes())
    return here.out


def process(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "surefoot.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENV | more.pop("env", {}), **more)


def one_sentence(err: str) -> str:
    """What standard error says, which has to be one line and no traceback."""
    assert err.startswith("surefoot: ")
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    assert "inside Surefoot" not in err
    return err


# Help


def test_help_is_light():
    code = """
import sys
from surefoot import cli
try:
    cli.main(["--help"])
except SystemExit as end:
    assert end.code == 0
names = "numpy scipy matplotlib serial jinja2 jsonschema micropython sqlalchemy typst cryptography pyarrow bleak"
heavy = set(names.split()) & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENV, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for name in COMMANDS:
        assert re.search(rf"\n  {name}\s", done.stdout)
    assert "not a medical device" in done.stdout


def test_every_command_is_listed_once():
    assert sorted(COMMANDS) == sorted({*cli.WORDS, *cli.MODULES})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "--json" in out
    assert "--verbose" in out
    assert len(out.split("\n\n")) >= 3


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"surefoot {surefoot.__version__}\n"


# Wrong calls


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dance"],
        ["record", "--out", "x"],
        ["record", "--person", "P001"],
        ["record", "--person", "P001", "--out", "x", "--rate", "150"],
        ["record", "--person", "P001", "--out", "x", "--heel-distance-mm", "wide"],
        ["score"],
        ["demo", "--person", "giant"],
        ["demo", "--seed", "one"],
        ["devices", "--loud"],
    ],
)
def test_a_wrong_call_says_where_to_read_on(say, words):
    code, out, err = say(*words)
    assert (code, out) == (2, "")
    assert "--help" in one_sentence(err)
    code, out, _ = say(*words, "--json")
    assert code == 2
    assert list(json.loads(out)) == ["error"]


# Bad input to record


def record(folder: Path, *more: str | Path) -> list[str | Path]:
    return ["record", "--person", "P001", "--out", folder / "out", "--yes", *more]


@pytest.fixture
def no_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serial.tools.list_ports.comports", list)


def fails(say, words: list[str | Path], *parts: str) -> None:
    """The command ends with 1 and one sentence that has these parts; with --json the same in one document."""
    code, out, err = say(*words)
    assert (code, out) == (1, "")
    for part in parts:
        assert part in one_sentence(err)
    code, out, err = say(*words, "--json")
    assert code == 1
    assert err == f"surefoot: {json.loads(out)['error']}\n"


@pytest.mark.usefixtures("no_ports")
def test_no_port(say, tmp_path):
    fails(say, record(tmp_path), "No board found", "plug it in")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_ports")
def test_a_port_that_is_not_there(say, tmp_path):
    fails(say, record(tmp_path, "--port", "/dev/ttyNONE"), "no port /dev/ttyNONE", "plug the board in")
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_port(say, tmp_path):
    (tmp_path / "file").write_text("")
    fails(say, record(tmp_path, "--port", tmp_path / "file"), "no serial port", "surefoot devices")


def test_a_port_that_another_program_holds(say, tmp_path):
    import serial

    with FakeBoard() as board, serial.Serial(board.port, exclusive=True):
        fails(say, record(tmp_path, "--port", board.port), "in use by another program", "close that")


@pytest.mark.parametrize("state", ["mute", b"login: ", b"\x9f\x80\xe2\x00"])
def test_a_port_that_is_no_surefoot(say, on, tmp_path, state):
    with FakeBoard(state) as board:
        on(board.timing)
        fails(say, record(tmp_path, "--port", board.port), "no Surefoot board")
    assert not (tmp_path / "out").exists()


def test_a_board_of_another_wire_version(say, on, tmp_path):
    schema = wire.SCHEMA.replace(b'{"wire":3', b'{"wire":9')
    with FakeBoard(schema=schema) as board:
        on(board.timing)
        fails(say, record(tmp_path, "--port", board.port), "wire version 9", "copy the firmware")


def test_a_board_that_refuses_is_quoted_and_its_recording_is_kept(say, on, tmp_path):
    with FakeBoard() as board:
        refusal = frame("EVENT", (1, 2), b"no IMU found", seed=board.seed)
        board.on_line = lambda line: refusal if line.startswith("start") else None
        on(board.timing)
        code, _, err = say(*record(tmp_path, "--port", board.port))
    assert code == 1
    assert "no IMU found" in one_sentence(err.splitlines(keepends=True)[-1])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["01-eyes-open.sfr"]


@pytest.mark.parametrize("person", ["Anna Li", "", "M\u00fcller"])
def test_a_name_is_no_code(say, tmp_path, person):
    words = ["record", "--person", person, "--out", tmp_path / "out", "--port", "/dev/ttyNONE"]
    fails(say, words, "never a name")


def test_an_unknown_protocol(say, tmp_path):
    fails(say, record(tmp_path, "--protocol", "dancing"), "no protocol 'dancing'", "quiet-stance")


@pytest.mark.parametrize(
    ("text", "part"), [("", "is empty"), ("id = ", "valid TOML"), ("id = 'mine'", "lacks"), (None, "can't be read")]
)
def test_a_protocol_file_that_is_none(say, tmp_path, text, part):
    if text is not None:
        (tmp_path / "mine.toml").write_text(text)
    fails(say, record(tmp_path, "--protocol", tmp_path / "mine.toml"), "mine.toml", part)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--heel-distance-mm", "170"], "both"),
        (["--foot-angle-deg", "7"], "both"),
        (["--heel-distance-mm", "-170", "--foot-angle-deg", "7"], "foot mat"),
        (["--heel-distance-mm", "nan", "--foot-angle-deg", "7"], "foot mat"),
        (["--heel-distance-mm", "170", "--foot-angle-deg", "7", "--foot-length-mm", "26.5"], "foot length"),
    ],
)
def test_a_placement_that_cannot_be(say, tmp_path, words, part):
    fails(say, record(tmp_path, "--port", "/dev/ttyNONE", *words), part)


@pytest.mark.parametrize(("text", "part"), [(None, "can't be read"), ("{", "JSON"), ("[]", "object"), ("{}", "record")])
def test_a_calibration_file_that_is_none(say, tmp_path, text, part):
    path = tmp_path / "cal.json"
    if text is not None:
        path.write_text(text)
    fails(say, record(tmp_path, "--port", "/dev/ttyNONE", "--calibration", path), part)


def test_the_calibration_of_another_board(say, on, tmp_path):
    own = calibration.save(replace(calibration.nominal(), device="beef01"), tmp_path)
    with FakeBoard() as board:
        on(board.timing)
        fails(say, record(tmp_path, "--port", board.port, "--calibration", own), "beef01", CONFIG["id"])
    assert not (tmp_path / "out").exists()


def test_a_folder_with_recordings_is_refused_before_anything_is_written(say, on, tmp_path):
    with Recorder(tmp_path / "out" / "01.sfr", {"person": "P009"}):
        pass
    with FakeBoard() as board:
        on(board.timing)
        words = record(tmp_path, "--port", board.port, "--protocol", short_protocol(tmp_path))
        fails(say, words, "holds recordings already", "choose a new folder")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["01.sfr"]


# Record


def test_a_session_by_the_command_with_a_protocol_and_a_calibration_of_ones_own(say, on, tmp_path, monkeypatch):
    with lab(tmp_path, hold_s=11) as here:
        here.link.close()
        own = calibration.save(_calibrated(here.board.unique_id), tmp_path / "records")
        on(here.board.timing())
        _stands(monkeypatch, here.stand)
        words = ["--port", here.board.port, "--protocol", here.path, "--calibration", own]
        words += ["--heel-distance-mm", "170", "--foot-angle-deg", "7", "--foot-length-mm", "270"]
        code, out, err = say(*record(tmp_path, *words, "--json"))
    assert code == 0
    result = json.loads(out)
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "complete"]
    assert result["simulated"] is True
    assert result["placement"] == {"heel_distance_mm": 170.0, "foot_angle_deg": 7.0, "foot_length_mm": 270.0}
    assert {trial["calibration"]["id"] for trial in result["trials"]} == {own.stem}
    assert '> "Go. Stand still."' in err
    for word in ("Safety: ", "Don't start if: ", "Stop rule: ", "Feet: ", "Rest: at least 30 s"):
        assert word in err
    made = tmp_path / "out"
    assert json.loads((made / "result.json").read_text()) == result
    # The folder is enough: it is scored again without the files that were given.
    here.path.unlink()
    own.unlink()
    code, out, _ = say("score", made, "--json")
    assert code == 0
    assert json.loads(out) == result


def _calibrated(device: str) -> calibration.Calibration:
    return replace(calibration.nominal(270), device=device, created_utc="2020-01-01T00:00:00Z")


def _stands(monkeypatch: pytest.MonkeyPatch, stand: Any, act: Callable[..., None] | None = None) -> None:
    """Have the simulated person hear what the command tells, and something happen."""
    real = terminal.Screen.tell
    teller = Teller(act)

    def tell(self: terminal.Screen, moment: Any) -> None:
        real(self, moment)
        if moment.kind == "trial":
            stand.take(moment.condition.vision, moment.condition.surface)
        teller(moment)

    monkeypatch.setattr(terminal.Screen, "tell", tell)


def test_a_cable_pulled_is_exit_code_1_with_result_and_page(say, on, tmp_path, monkeypatch):
    with lab(tmp_path, hold_s=11) as here:
        here.link.close()
        on(here.board.timing())
        _stands(monkeypatch, here.stand, during_hold(2, 0.5, here.board.unplug))
        code, out, err = say(*record(tmp_path, "--port", here.board.port, "--protocol", here.path, "--json"))
    assert code == 1
    result = json.loads(out)
    assert "unplugged" in result["error"]
    assert err.endswith(f"surefoot: {result['error']}\n")
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "interrupted"]
    assert (tmp_path / "out" / "report.html").is_file()
    assert json.loads((tmp_path / "out" / "result.json").read_text())["score"]["value"] is None


def test_ctrl_c_ends_a_trial_and_keeps_it(say, on, tmp_path, monkeypatch):
    with lab(tmp_path, hold_s=11) as here:
        here.link.close()
        on(here.board.timing())
        _stands(monkeypatch, here.stand, during_hold(2, 0.5, interrupt))
        code, out, _ = say(*record(tmp_path, "--port", here.board.port, "--protocol", here.path))
    assert code == 0
    assert "eyes-closed: held 5.5 of 11 s" in out
    assert "The observer stopped the trial after 5.5 s." in out
    assert "note: The insoles are not calibrated" in out
    assert out.rstrip().endswith(f"Written: {tmp_path / 'out' / 'report.html'}")


def test_ctrl_c_before_the_first_trial_is_130(say, on, tmp_path, monkeypatch):
    with lab(tmp_path) as here:
        here.link.close()
        on(here.board.timing())
        _stands(monkeypatch, here.stand, lambda moment, teller: interrupt())
        code, out, err = say(*record(tmp_path, "--port", here.board.port, "--json"))
    assert code == 130
    assert "stopped" in json.loads(out)["error"]
    assert err.endswith("surefoot: stopped; what was recorded is kept.\n")


# Score and report


def test_a_folder_that_is_not_there_or_holds_nothing(say, tmp_path):
    for command in ("score", "report"):
        fails(say, [command, tmp_path / "none"], "no folder")
        fails(say, [command, tmp_path], "no recording")


def test_a_recording_that_breaks_off_in_its_head(say, kept, tmp_path):
    (tmp_path / "01-eyes-open.sfr").write_bytes((kept / "01-eyes-open.sfr").read_bytes()[:100])
    fails(say, ["score", tmp_path], "01-eyes-open.sfr", "nothing in it to score")
    fails(say, ["report", tmp_path], "01-eyes-open.sfr")


def test_a_recording_that_breaks_off_in_the_middle_is_scored_as_far_as_it_goes(say, kept, tmp_path):
    for path in kept.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "02-eyes-closed.sfr"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    code, out, err = say("score", tmp_path)
    assert (code, err) == (0, "")
    assert "breaks off" in out
    assert "No score: 'Eyes closed'" in out


def test_a_bad_calibration_or_protocol_for_score(say, kept, tmp_path):
    (tmp_path / "cal.json").write_text("{}")
    fails(say, ["score", kept, "--calibration", tmp_path / "cal.json"], "calibration record")
    other = calibration.save(_calibrated("beef01"), tmp_path)
    fails(say, ["score", kept, "--calibration", other], "beef01", "name the record of this board")
    fails(say, ["score", kept, "--protocol", "dancing"], "no protocol 'dancing'")


def test_score_and_report_print_one_document_each(say, kept):
    code, out, err = say("score", kept, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["kind"] == "surefoot-result"
    code, out, err = say("report", kept, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"report": str(kept / "report.html")}
    assert (kept / "report.html").is_file()


def test_a_console_without_the_signs_shows_something_else_and_goes_on(kept):
    done = process("score", str(kept), env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "m/s?" in done.stdout


def test_a_reader_that_is_gone_is_no_traceback(kept):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as gone:
        command = [sys.executable, "-m", "surefoot.cli", "score", str(kept)]
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, text=True, env=ENV, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")


# Devices, demo, log


@pytest.mark.usefixtures("no_ports")
def test_devices_without_any(say):
    code, out, _ = say("devices")
    assert code == 0
    assert "surefoot demo" in out
    code, out, _ = say("devices", "--json")
    assert (code, json.loads(out)) == (0, [])


def test_devices_are_listed_likely_boards_first(say, monkeypatch):
    entry = {"vid": 0x10C4, "pid": 0xEA60, "serial_number": "7", "product": "CP2102", "description": "USB"}
    port = type("Port", (), {**entry, "device": "/dev/ttyUSB0"})()
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port])
    code, out, _ = say("devices", "--json")
    assert code == 0
    assert [found["port"] for found in json.loads(out)] == ["/dev/ttyUSB0"]
    assert "/dev/ttyUSB0 (CP210x" in say("devices")[1]


def test_demo_prints_one_document(say, tmp_path, monkeypatch):
    whole = load_protocol("quiet-stance")
    brief = replace(whole, conditions=tuple(replace(condition, hold_s=6.0) for condition in whole.conditions))
    monkeypatch.setattr("surefoot.demo.load_protocol", lambda name: brief)
    code, out, err = say("demo", "--out", tmp_path / "demo", "--json")
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "demo" / "result.json").read_text())
    assert "A virtual board with a simulated steady person" in err


def test_a_replay_file_that_is_not_there(say, tmp_path):
    fails(say, ["demo", "--out", tmp_path / "demo", "--replay", tmp_path / "no.csv"], "no.csv", "check its name")
    fails(say, ["virtual", "--replay", tmp_path / "no.csv"], "no.csv", "check its name")


@pytest.fixture
def log_closed() -> Iterator[None]:
    yield
    logger = logging.getLogger("surefoot")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.NOTSET)


@pytest.mark.usefixtures("log_closed")
def test_verbose_writes_what_happened_and_no_secrets(say, on, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUREFOOT_TOKEN", "canary-4711")
    with FakeBoard() as board:
        on(board.timing)
        words = ["--port", board.port, "--protocol", short_protocol(tmp_path, 2.0), "-v"]
        say(*record(tmp_path, *words))
    text = (tmp_path / "surefoot.log").read_text("utf-8")
    assert ": record" in text
    assert "P001" not in text
    assert "start rate=100" in text
    assert "canary" not in text


@pytest.mark.usefixtures("log_closed")
def test_a_log_that_cannot_be_written_is_said(say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "surefoot.log").mkdir()
    fails(say, ["devices", "-v"], "surefoot.log can't be written", "leave out -v")


def test_a_bug_is_one_sentence_and_a_file(say, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("surefoot.device.ports.list_ports", lambda: 1 / 0)
    code, _, err = say("devices")
    assert code == 1
    assert "ZeroDivisionError" in err
    assert err.count("\n") == 1
    (log,) = tmp_path.glob("surefoot-*.log")
    assert str(log) in err
    assert "Traceback" in log.read_text()


# The virtual board as a program


def test_a_virtual_board_is_a_port_like_any_other(tmp_path):
    command = [sys.executable, "-m", "surefoot.cli", "virtual", "--json", "--seed", "5"]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **piped, env=ENV, preexec_fn=hear_ctrl_c) as board:
        try:
            assert board.stdout
            port = json.loads(board.stdout.readline())["port"]
            words = ["--port", port, "--protocol", str(short_protocol(tmp_path, 2.0)), "--json"]
            done = process("record", "--person", "P001", "--out", str(tmp_path / "out"), "--yes", *words)
            board.send_signal(signal.SIGINT)
            rest, err = board.communicate(timeout=20)
        finally:
            board.kill()
    assert (board.returncode, rest, err) == (0, "", "")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["simulated"] is True
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "complete"]
    assert not [text for trial in result["trials"] for text in trial["warnings"] if "left out" in text]


# The library's front door


def test_every_name_of_the_front_door_opens():
    for name in surefoot._HOMES:
        assert getattr(surefoot, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = surefoot.nothing  # type: ignore[attr-defined]


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(surefoot.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        seen |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    homes = {name: (home.partition(":")[0], home.partition(":")[2] or name) for name, home in surefoot._HOMES.items()}
    assert seen == homes
    assert list(surefoot._HOMES) == sorted(surefoot._HOMES)
