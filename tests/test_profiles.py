# SPDX-License-Identifier: MIT
"""Board profiles: each rule refuses a bad one in one sentence, the shipped ones pass, and the firmware runs on each."""

from __future__ import annotations

import copy
import json
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drivers as programs
import lockstep
from surefoot import resources
from surefoot.decode import Decoded, decode
from surefoot.device import partitions, profiles
from surefoot.device.profiles import ProfileError

ROOT = Path(__file__).resolve().parents[1]
Edit = Callable[[dict[str, Any]], Any]


def edited(board: str, edit: Edit) -> dict[str, Any]:
    profile = copy.deepcopy(resources.profile(board))
    edit(profile)
    return profile


def put(path: str, value: Any) -> Edit:
    """Set a value by its way from the top, as 'spi.0.sck'."""

    def edit(profile: Any) -> None:
        *way, last = [int(word) if word.isdigit() else word for word in path.split(".")]
        for word in way:
            profile = profile[word]
        profile[last] = value

    return edit


def both(*edits: Edit) -> Edit:
    return lambda profile: [edit(profile) for edit in edits]


@pytest.mark.parametrize("board", resources.boards())
def test_a_shipped_profile_passes(board: str):
    profile = profiles.load(board)
    assert profile["name"] == board
    used = {use.pin for use in profiles.uses(profile)}
    assert {int(pin) for pin in profile["why"]} <= used, "a reason for a pin that is not used"
    if profile["log"]["kind"] == "partition":
        assert profile["log"]["bytes"] == partitions.find(partitions.table_for(profile["flash_bytes"]), "log").size


def test_the_boards_that_are_promised_are_there():
    assert {"esp32-devkit", "esp32-s3-devkit", "xiao-esp32s3", "esp32-mux", "esp32-sd"} <= set(resources.boards())
    assert resources.profile("esp32-s3-devkit")["flash_bytes"] == 16 * 2**20
    xiao = resources.profile("xiao-esp32s3")
    assert len(xiao["limits"]["edge"]) == 11
    assert {xiao["imu"]["spi"], xiao["insoles"]["spi"]} == {1}


SD = {"kind": "sdcard", "slot": 2, "sck": 16, "mosi": 17, "miso": 21, "cs": 5}
BAD = [
    # One pin for two things; a bus is one thing, whoever hangs on it.
    ("esp32-devkit", put("button.pin", 25), "Pin 25 is both button and red lamp: give each its own."),
    ("esp32-devkit", put("insoles.cs_right", 27), "Pin 27 is both chip select of the left insole and"),
    ("xiao-esp32s3", put("imu.cs", 7), "Pin 7 is both clock of SPI 1 and chip select of the IMU: give each its own."),
    # Pins that do not exist.
    ("esp32-devkit", put("light.red", 24), "Pin 24 (red lamp) does not exist on the ESP32: choose another."),
    ("esp32-s3-devkit", put("button.pin", 23), "Pin 23 (button) does not exist on the ESP32-S3: choose another."),
    # Pins of flash, PSRAM, USB and console.
    ("esp32-devkit", put("light.red", 6), "Pin 6 (red lamp) belongs to the flash of the ESP32: choose another."),
    ("esp32-devkit", put("imu.cs", 11), "Pin 11 (chip select of the IMU) belongs to the flash of the ESP32"),
    ("esp32-s3-devkit", put("light.pixel", 30), "Pin 30 (addressable lamp) belongs to the flash of the ESP32-S3"),
    ("esp32-s3-devkit", put("light.pixel", 35), "Pin 35 (addressable lamp) belongs to the octal PSRAM of the ESP32-S3"),
    ("esp32-devkit", both(put("psram", "quad"), put("light.red", 16)), "Pin 16 (red lamp) belongs to the quad PSRAM"),
    ("esp32-s3-devkit", put("light.pixel", 19), "Pin 19 (addressable lamp) is a data line of the ESP32-S3's USB"),
    ("esp32-devkit", put("light.red", 1), "Pin 1 (red lamp) carries the console of the ESP32: choose another."),
    ("esp32-s3-devkit", put("light.pixel", 43), "Pin 43 (addressable lamp) carries the console"),
    # Strapping pins: some uses disturb, the rest wants a reason.
    ("esp32-devkit", put("spi.1.miso", 12), "Pin 12 (data input of SPI 1) decides at reset how the ESP32 boots, and"),
    ("esp32-devkit", put("imu.cs", 12), "Pin 12 (chip select of the IMU) decides at reset how the ESP32 boots, and"),
    ("esp32-devkit", put("imu.cs", 2), "Pin 2 (chip select of the IMU) decides at reset how the ESP32 boots, and"),
    ("esp32-devkit", put("button.pin", 0), "Pin 0 (button) decides at reset how the ESP32 boots, and"),
    ("esp32-devkit", put("light.red", 15), "Pin 15 (red lamp) decides at reset how the ESP32 boots, and"),
    ("esp32-devkit", put("imu.cs", 15), "Pin 15 (chip select of the IMU) decides at reset how the ESP32 boots: choose"),
    ("esp32-devkit", lambda p: p["why"].pop("5"), "Pin 5 (chip select of the IMU) decides at reset how the ESP32"),
    ("esp32-s3-devkit", put("imu.cs", 46), "Pin 46 (chip select of the IMU) decides at reset how the ESP32-S3 boots,"),
    ("esp32-s3-devkit", put("imu.cs", 45), "Pin 45 (chip select of the IMU) decides at reset how the ESP32-S3 boots,"),
    ("xiao-esp32s3", put("insoles.cs_left", 3), "Pin 3 (chip select of the left insole) decides at reset how the"),
    # Pins that only read.
    ("esp32-devkit", put("light.red", 36), "Pin 36 (red lamp) can't be driven, it is an input only: choose another."),
    ("esp32-devkit", put("imu.cs", 39), "Pin 39 (chip select of the IMU) can't be driven, it is an input only"),
    ("esp32-mux", put("insoles.select.2", 39), "Pin 39 (select line 2 of the multiplexer) can't be driven"),
    ("esp32-devkit", put("button.pin", 36), "Pin 36 (button) has no pull-up of its own: choose another."),
    # Analogue inputs belong on ADC1, a button on a pin that wakes.
    ("esp32-devkit", put("battery.pin", 4), "Pin 4 (analogue input of the battery) is not on ADC1"),
    ("esp32-mux", put("insoles.pin", 27), "Pin 27 (analogue input of the cells) is not on ADC1"),
    ("esp32-s3-devkit", put("battery.pin", 14), "Pin 14 (analogue input of the battery) is not on ADC1"),
    ("esp32-devkit", put("button.pin", 21), "Pin 21 (button) can't wake the ESP32 from deep sleep: choose one of the"),
    ("xiao-esp32s3", put("button.pin", 43), "Pin 43 (button) can't wake the ESP32-S3 from deep sleep"),
    # A small board has eleven pins, one bus and no card.
    ("xiao-esp32s3", put("button.pin", 10), "Pin 10 (button) is not led out on this board: choose one of 1, 2, 3, 4,"),
    (
        "xiao-esp32s3",
        lambda p: p["spi"].append({"id": 2, "sck": 43, "mosi": 44, "miso": 3, "hz": 1_000_000}),
        "This board has pins for 1 SPI bus only: put IMU and insoles on one.",
    ),
    ("xiao-esp32s3", put("log", SD), "This board has no pins left for an SD card: log to a flash partition."),
    # Buses.
    ("esp32-mux", put("imu.spi", 1), "The LSM6DSO is on SPI 1, which the profile does not describe: add it to 'spi'."),
    ("esp32-devkit", put("spi.1.id", 2), "SPI 2 is described twice: a second bus has the other number."),
    ("esp32-devkit", put("spi.1.hz", 2_000_000), "SPI 1 runs at 2 MHz, the MCP3208 at most at 1: slow the bus down."),
    ("esp32-devkit", put("spi.0.hz", 12_000_000), "SPI 2 runs at 12 MHz, the LSM6DSO at most at 10: slow the bus"),
    ("esp32-devkit", put("insoles.spi", 2), "SPI 2 runs at 8 MHz, the MCP3208 at most at 1: slow the bus down."),
    ("esp32-mux", put("log", {**SD, "cs": 32}), "The SD card's slot 2 is SPI 2, which other parts use: choose the"),
    # Log and cell.
    ("esp32-devkit", put("log.bytes", 2**21), "The log of 2097152 bytes does not fit, 1409024 are left in the flash"),
    ("esp32-devkit", put("battery.down_kohm", 300), "A full cell gives 3150 mV behind the divider, and the ADC ends"),
    ("esp32-devkit", put("battery.empty_mv", 3700), "The battery would be empty before it is low"),
]  # fmt: skip


@pytest.mark.parametrize(("board", "edit", "said"), BAD, ids=[said[:40] for *_, said in BAD])
def test_each_rule_refuses_in_one_sentence(board: str, edit: Edit, said: str):
    wrong = profiles.check(edited(board, edit))
    assert any(sentence.startswith(said) for sentence in wrong), wrong
    for sentence in wrong:
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0


def test_what_shares_a_bus_is_no_conflict():
    one_bus = both(
        put("insoles.spi", 2), put("spi.0.hz", 1_000_000), lambda p: p["spi"].pop(1), lambda p: p["why"].pop("32")
    )
    assert profiles.check(edited("esp32-devkit", one_bus)) == []
    card = both(one_bus, put("log", {"kind": "sdcard", "slot": 3, "sck": 14, "mosi": 13, "miso": 32, "cs": 21}))
    assert profiles.check(edited("esp32-devkit", card)) == []


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (lambda p: p.pop("imu"), "the profile"),
        (put("imu.kind", "mpu6050"), "imu.kind"),
        (put("insoles", {"kind": "mux", "pin": 35, "select": [26, 27, 14], "settle_us": 10}), "insoles"),
        (put("log.bytes", 100_000), "log"),
        (put("colour", "red"), "the profile"),
        (put("spi.0.sck", 70), "spi.0.sck"),
        (put("why.five", "because it is so"), "why"),
    ],
)
def test_what_the_schema_refuses_is_named(edit: Edit, field: str):
    (first, *_) = profiles.check(edited("esp32-devkit", edit))
    assert first.startswith(f"In '{field}' ")


@pytest.fixture
def own_boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A firmware folder whose profiles may be changed."""
    (tmp_path / "profiles").mkdir()
    for path in (ROOT / "firmware" / "profiles").glob("*.json"):
        (tmp_path / "profiles" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(resources, "data_dir", lambda name: tmp_path)
    return tmp_path / "profiles"


def test_adding_a_board_is_adding_a_file(own_boards: Path):
    mine = resources.profile("esp32-devkit") | {"name": "mine"}
    (own_boards / "mine.json").write_text(json.dumps(mine))
    assert "mine" in resources.boards()
    assert profiles.load("mine") == mine


def test_a_bad_file_is_refused_with_every_reason(own_boards: Path):
    bad = edited("esp32-devkit", both(put("light.red", 6), put("battery.pin", 4), put("button", None)))
    (own_boards / "mine.json").write_text(json.dumps(bad))
    with pytest.raises(ProfileError, match=r"mine can't be used\. .*Pin 6 .*Pin 4 .*names itself 'esp32-devkit'"):
        profiles.load("mine")


@pytest.mark.parametrize("board", resources.boards())
def test_the_readme_has_the_pins_of_every_board(board: str):
    lines = [line for line in (ROOT / "firmware" / "README.md").read_text().splitlines() if line.startswith("| ")]
    head = next(line for line in lines if "`esp32-devkit`" in line)
    column = [cell.strip() for cell in head.split("|")].index(f"`{board}`")
    rows = [line.split("|") for line in lines if line.count("|") == head.count("|")]
    named = ("sck", "button", "lamps", "half the cell", "cue", "card")
    cells = [row[column] for row in rows if row[1].strip().startswith(named)]
    told = {int(word) for cell in cells for word in re.findall(r"(?<!S)\b\d+", cell.replace("one bus", ""))}
    assert told == {use.pin for use in profiles.uses(resources.profile(board))}


# -- staging --


@pytest.mark.parametrize("board", resources.boards())
def test_staging_brings_the_profile_without_what_the_board_has_no_use_for(tmp_path: Path, board: str):
    staged = resources.stage(tmp_path, board)
    assert staged[-1] == tmp_path / "profile.json"
    raw = staged[-1].read_bytes()
    assert len(raw) < 1000, "it is read into the board's heap"
    told, whole = json.loads(raw), resources.profile(board)
    assert told == {key: whole[key] for key in told}
    assert {"name", "baud", "spi", "imu", "insoles", "log", "power"} <= set(told)
    assert not {"why", "title", "limits"} & set(told)


def test_staging_from_the_command_line(tmp_path: Path):
    command = [sys.executable, "-m", "surefoot.resources", str(tmp_path), "--board", "xiao-esp32s3"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.count(b"profile.json") == 1
    assert json.loads((tmp_path / "profile.json").read_text())["name"] == "xiao-esp32s3"
    refused = subprocess.run([*command[:-1], "toaster"], capture_output=True, text=True)
    assert refused.returncode == 2
    assert "xiao-esp32s3" in refused.stderr


def test_an_unknown_board_is_said(tmp_path: Path):
    with pytest.raises(resources.ResourceMissing, match="no board 'toaster': choose one of esp32-devkit"):
        resources.stage(tmp_path / "out", "toaster")
    assert not (tmp_path / "out").exists()


# -- each board as it runs --

pty = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")
CELLS = tuple(range(200, 1800, 100))
MOTION = (10_000, -20_000, 1_000_000, 1_000_000, -2_000_000, 3_000_000)  # micro-g, then 0.1 mdps


class Still:
    def slots(self, first: int, n: int) -> bytes:
        return struct.pack("<16H6i", *CELLS, *MOTION) * n


def without_log(folder: Path, board: str) -> Path:
    return lockstep.flash(folder, lockstep.without_log, board=board)


def session(board: Any, start: str, seconds: float) -> Decoded:
    import serial

    handle = serial.Serial(board.port, timeout=0)
    got = b""
    for line, wait_s in (("", 0.6), (start, seconds), ("stop", 1.5)):
        handle.write(line.encode() + b"\n")
        end = board.slot + round(wait_s * 1000)
        while board.slot < end:
            got += board.read(handle, 0.005)
    handle.close()
    return decode(got)


@pty
@pytest.mark.parametrize("rate_hz", [100, 200])
@pytest.mark.parametrize("board", resources.boards())
def test_a_record_is_whole_on_every_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, board: str, rate_hz: int):
    from surefoot.device.virtual.board import VirtualBoard

    profile = resources.profile(board)
    with VirtualBoard(Still(), flash_dir=without_log(tmp_path, board)) as virtual:
        got = session(virtual, f"start rate={rate_hz}", 3.0)
        assert virtual.stalled_us == 0
    config, cells, imu = got.config, got.samples["cells"], got.samples["imu"]
    assert (config["board"], config["rate_hz"], config["baud"]) == (board, rate_hz, profile["baud"])
    assert got.bad_frames == cells.lost == imu.lost == 0
    assert not [event for event in got.events if event.code == "fault"]
    # Telling SCHEMA and CONFIG, and settling, take up to 0.3 s.
    assert 0 <= 3 * rate_hz - len(cells.index) <= 3 * rate_hz // 10
    odr_hz = config["imu_odr_hz"]
    assert abs(len(imu.index) - len(cells.index) * odr_hz / rate_hz) <= 3 + len(imu.index) * 0.005
    assert got.end is not None
    assert (got.end["cells"], got.end["imu"]) == (cells.expected, imu.expected)
    # The multiplexed cells pass through whole millivolts: less than two counts.
    off = np.abs(cells.counts.astype(int) - np.array(CELLS)).max()
    assert off <= (2 if profile["insoles"]["kind"] == "mux" else 0)
    due = np.array(
        [v / config["acc_lsb_ug"] for v in MOTION[:3]] + [v * 100 / config["gyro_lsb_udps"] for v in MOTION[3:]]
    )
    assert np.abs(imu.counts - due).max() <= 1 + np.abs(due).max() * 1e-3
    step = np.diff(imu.frame_tick) * config["imu_tick_ns"] * 1e-9 * odr_hz / np.diff(imu.frame_index)
    assert np.abs(step - 1).max() < 0.01
    assert got.status["late"][-1] == got.status["fifo_lost"][-1] == 0
    warm = config["temp_zero_c"] + got.status["temp_raw"] / config["temp_lsb_per_c"]
    assert np.abs(warm - 28).max() < 0.1


@pty
@pytest.mark.parametrize("board", resources.boards())
def test_nothing_is_allocated_by_any_boards_drivers(tmp_path: Path, board: str):
    folder = programs.flash(tmp_path, board)
    got, said = programs.run(Still(), folder, board)
    assert got, said
    assert got["lost"] == got["errors"] == got["bus_errors"] == 0


@pty
def test_the_wrong_profile_meets_silence(tmp_path: Path):
    # Parts of one board, profile of another: nothing is where it is looked for, and that is said.
    folder = programs.flash(tmp_path, "esp32-devkit")
    got, said = programs.run(Still(), folder, "esp32-s3-devkit")
    assert not got
    assert "IMU answers 0xFF, not 0x6C, to who-am-I: check its power and SPI wires" in said


@pty
@pytest.mark.parametrize(("missing", "cells"), [(1, range(8)), (2, range(8, 16)), (3, range(16))])
def test_conversions_that_nobody_answers_are_counted(tmp_path: Path, missing: int, cells: range):
    folder = programs.flash(tmp_path, "esp32-devkit", turns=10)
    got, said = programs.run(Still(), folder, "esp32-devkit", faults={"no_adc": missing})
    assert got, said
    assert got["errors"] == 10 * 3 * len(cells), "each of three scans a turn"
    assert [i for i in range(16) if got["counts"][i] == 4095] == list(cells)


@pty
@pytest.mark.parametrize(
    ("board", "colour"), [("esp32-devkit", "blue"), ("esp32-s3-devkit", "blue"), ("xiao-esp32s3", "green")]
)
def test_the_light_of_each_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, board: str, colour: str):
    from surefoot.device.virtual.board import VirtualBoard

    seen = set()
    with VirtualBoard(Still(), flash_dir=without_log(tmp_path, board)) as virtual:
        for _ in range(60):
            virtual.advance(0.05)
            seen.add(virtual.light)
    assert seen == {"off", colour}, "idle, with nothing to log on"
