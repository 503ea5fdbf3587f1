# SPDX-License-Identifier: MIT
"""`surefoot doctor`: each broken part leads to its own finding and to words that say what to do."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fakeboard import FakeBoard, frame
from restworld import RestWorld
from surefoot import cells, cli, wire
from surefoot.clinic import doctor_command
from surefoot.device import doctor
from surefoot.device import link as link_module
from surefoot.device.doctor import CHECKS, Finding, examine
from surefoot.device.link import Link, open_link
from surefoot.device.virtual import electronics
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.world import dead_weight

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the virtual board needs pseudo terminals")
FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
Told = dict[str, Finding]


@contextmanager
def linked(world: Any, **board: Any) -> Iterator[tuple[VirtualBoard, Link]]:
    with VirtualBoard(world, **board) as virtual, open_link(virtual.port, virtual.timing()) as link:
        yield virtual, link


def visit(world: Any, during: Callable[[VirtualBoard], None] | None = None, loaded: bool = False, **board: Any) -> Told:
    """The findings by check; `during` happens between self-test and line."""
    with linked(world, **board) as (virtual, link):

        def tell(text: str) -> None:
            if during and text.startswith("Clocks"):
                during(virtual)

        noise = doctor_command.gate(None) if loaded else None
        return {found.check: found for found in examine(link, loaded=loaded, noise=noise, tell=tell)}


def failing(found: Told) -> set[str]:
    return {check for check, one in found.items() if one.verdict == "fail"}


# The table


def test_every_check_of_the_firmware_has_its_words() -> None:
    added = set()
    for path in FIRMWARE.glob("self*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "add"
                and isinstance(node.args[0], ast.Constant)
            ):
                added.add(node.args[0].value)
    assert len(added) > 15
    assert added <= set(CHECKS)
    assert {"adc-left", "adc-right"} <= set(CHECKS)


def test_advice_is_given_where_something_failed_and_is_a_sentence() -> None:
    for check, (label, advice) in CHECKS.items():
        assert advice.endswith("."), check
        assert len(label) < 34
        assert Finding(check, "fail", "").advice == advice
        assert Finding(check, "ok", "").advice == Finding(check, "skip", "").advice == ""
    assert Finding("selfmotion", "fail", "no room").advice


# A sound board


def test_nothing_fails_on_a_sound_board_and_the_order_is_the_tables() -> None:
    found = visit(RestWorld())
    assert failing(found) == set()
    places = [list(CHECKS).index(check) for check in found]
    assert places == sorted(places)
    assert {"port", "wire", "imu", "cells-rest", "ping", "one-clock", "line", "late", "imu-stream"} <= set(found)
    assert found["wire"].value.startswith("firmware ")
    assert found["noise"].verdict == "skip"
    assert found["noise"].value == doctor.NEEDS_WEIGHT


def test_the_link_serves_on_afterwards() -> None:
    heard = bytearray()
    with linked(RestWorld()) as (_, link):
        link.sink = heard.extend
        examine(link)
        assert heard
        size = len(heard)
        assert link.info()["streaming"] is False
        assert len(heard) > size, "the sink is back in its place"


# What is broken, and what to do


@pytest.mark.parametrize(("world", "board", "check", "words"), [
    (RestWorld(), {"imu": False}, "imu", "wires"),
    (RestWorld(), {"faults": {"push_ug": 20_000}}, "imu-acc-test", "replace the IMU"),
    (RestWorld(), {"faults": {"push_ddps": 9_000_000}}, "imu-gyro-test", "replace the IMU"),
    (RestWorld(), {"faults": {"dead_axes": 2}}, "imu-axes", "Replace the IMU"),
    (RestWorld(), {"faults": {"no_adc": 1}}, "adc-left", "plug and cable"),
    (RestWorld(), {"faults": {"no_adc": 2}}, "adc-right", "plug and cable"),
    (RestWorld(fixed={"L3": 4095}), {}, "cells-top", "shorted"),
    (RestWorld(fixed={"L3": 900}), {}, "cells-stuck", "replace the cell"),
    (RestWorld(loaded=True), {}, "cells-rest", "Step off"),
    (RestWorld(turn_ddps=150_000), {}, "imu-still", "Lay the board down"),
])  # fmt: skip
def test_a_fault_gets_its_advice(world: RestWorld, board: dict[str, Any], check: str, words: str) -> None:
    found = visit(world, **board)
    assert found[check].verdict == "fail"
    assert words in found[check].advice
    assert not failing(found) & {"line", "late", "ping"}


def test_an_open_cell_is_found_under_a_load() -> None:
    found = visit(RestWorld(True, {"R5": 0}), loaded=True)
    assert found["cells-open"].verdict == "fail"
    assert found["cells-open"].value == "R5"
    assert "broken wire" in found["cells-open"].advice


def test_a_bad_line() -> None:
    found = visit(RestWorld(), lambda board: board.corrupt(flip=3e-4))
    assert failing(found) <= {"line", "ping", "imu-stream"}
    assert found["line"].verdict == "fail"
    assert "cable" in found["line"].advice
    assert not found["line"].value.startswith("0 of")


def test_a_board_that_is_too_slow() -> None:
    found = visit(RestWorld(), cpu_factor=4.0)
    assert found["late"].verdict == "fail"
    assert not found["late"].value.startswith("0 of")


def test_a_board_that_is_unplugged_keeps_the_findings_so_far() -> None:
    found = visit(RestWorld(), lambda board: board.unplug())
    assert found["port"].verdict == "fail"
    assert "unplugged" in found["port"].value
    assert found["imu"].verdict == "ok"
    assert "line" not in found


# The noise of the centre of pressure


@pytest.mark.parametrize(("noise", "verdict", "words"), [
    (1.0, "ok", "at 10 Hz"), (1.6, "ok", "at 5 Hz"), (4.0, "fail", "no path measures"),
])  # fmt: skip
def test_the_gate_of_a_dead_weight(noise: float, verdict: str, words: str) -> None:
    parts = electronics.draw(3, cells.load(265).law, noise=noise)
    found = visit(dead_weight(3, electronics=parts), loaded=True)
    assert found["noise"].verdict == verdict
    assert words in found["noise"].value
    assert "nominal" in found["noise"].value
    assert failing(found) == ({"noise"} if verdict == "fail" else set())


def test_without_the_weight_that_was_promised_cells_and_noise_fail() -> None:
    found = visit(RestWorld(), loaded=True)
    assert failing(found) == {"cells-open", "noise"}
    assert "no load" in found["cells-open"].value


# Boards of another kind, and ones that fail on demand


def test_an_older_firmware_is_a_finding() -> None:
    with FakeBoard() as board, open_link(board.port, board.timing) as link:
        found = doctor.selftest(link)
    assert [(one.check, one.verdict) for one in found] == [("selftest", "fail")]
    assert "copy the firmware" in found[0].advice


def test_a_self_test_that_never_ends_is_a_finding() -> None:
    with FakeBoard() as board, open_link(board.port, board.timing) as link:
        board.ignore.add("selftest")
        found = {one.check: one for one in examine(link)}
    assert found["selftest"].verdict == "fail"
    assert "did not finish" in found["selftest"].value


def test_a_clock_that_is_known_too_badly_fails() -> None:
    with FakeBoard() as board, open_link(board.port, board.timing) as link:
        board.delay_s = 0.03
        board.on_line = lambda line: frame("EVENT", (0, 1), b"selftest done 0 fail") if line == "selftest" else None
        found = {one.check: one for one in examine(link)}
    assert found["ping"].verdict == "fail"
    assert "30." in found["ping"].value


@pytest.mark.parametrize(("ahead_s", "words"), [
    (None, "The board restarted while its clock was followed"),
    (40.0, "jumped apart by 40 s"),
    (0.02, "contradict each other by"),
])  # fmt: skip
def test_a_clock_that_is_not_one_is_told_in_words(ahead_s: float | None, words: str) -> None:
    with FakeBoard() as board, open_link(board.port, board.timing) as link:
        pings = 0
        began_s = board.now_s - 100.0  # it has run for some time
        board.ticks = lambda: int((board.now_s - began_s) * 1e6) % wire.TICK_WRAP

        def hear(line: str) -> bytes | None:
            nonlocal pings, began_s
            pings += line.startswith("ping")
            if line.startswith("ping") and pings == 7:
                began_s = board.now_s if ahead_s is None else began_s - ahead_s
            return frame("EVENT", (0, 1), b"selftest done 0 fail") if line == "selftest" else None

        board.on_line = hear
        found = {one.check: one for one in examine(link)}
    assert found["one-clock"].verdict == "fail"
    assert words in found["one-clock"].value
    assert "cable and battery" in found["one-clock"].advice


@pytest.mark.parametrize(("millivolts", "minutes", "flags", "verdict", "value"), [
    (0, 0, [], "skip", "this board does not measure it"),
    (3950, 255, [], "ok", "3.95 V, about 4 h 15 min left"),
    (3300, 9, ["battery-low"], "fail", "3.30 V, about 0 h 09 min left"),
])  # fmt: skip
def test_the_battery(millivolts: int, minutes: int, flags: list[str], verdict: str, value: str) -> None:
    bits = sum(1 << wire.TABLE["flags"].index(flag) for flag in flags)
    status = {"battery_mv": [millivolts], "left_min": [minutes], "flags": [bits]}
    found = doctor.battery(SimpleNamespace(status=status, schema=wire.TABLE))  # pyright: ignore[reportArgumentType]
    assert (found.verdict, found.value) == (verdict, value)


def test_room_in_the_log_is_told_in_minutes() -> None:
    told = frame("EVENT", (0, 1), b"log-room ok 1500000 bytes") + frame("EVENT", (0, 1), b"selftest done 0 fail")
    with FakeBoard() as board, open_link(board.port, board.timing) as link:
        board.on_line = lambda line: told if line == "selftest" else None
        assert doctor.selftest(link) == [Finding("log-room", "ok", "about 10 minutes at 100 Hz")]


# The command


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run the command on a virtual board: exit code, standard output, standard error."""
    real = link_module.open_link

    def run(world: Any, *words: str, **board: Any) -> tuple[int, str, str]:
        with VirtualBoard(world, **board) as virtual:
            monkeypatch.setattr(link_module, "open_link", lambda port: real(port, virtual.timing()))
            capsys.readouterr()
            code = cli.main(["doctor", "--port", virtual.port, *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_the_table(say) -> None:
    code, out, err = say(RestWorld())
    assert (code, err) == (0, "")
    assert "ok       IMU answers" in out
    assert "skipped  Every cell feels the load" in out
    assert "->" not in out
    code, out, err = say(RestWorld(fixed={"R1": 4095}))
    assert (code, err) == (1, "")
    rows = out.splitlines()
    at = next(i for i, row in enumerate(rows) if row.startswith("FAIL"))
    assert rows[at].endswith("R1")
    assert rows[at + 1].lstrip().startswith("-> Take all weight off")
    assert rows[-1].startswith("1 of ")


def test_one_document_for_machines(say) -> None:
    code, out, _ = say(RestWorld(), "--json", imu=False)
    told = json.loads(out)
    assert (code, told["kind"], told["failed"]) == (1, "surefoot-doctor", 1)
    row = next(row for row in told["findings"] if row["check"] == "imu")
    assert (row["verdict"], row["label"]) == ("fail", "IMU answers")
    assert row["advice"] == CHECKS["imu"].advice


def test_no_board_is_a_finding_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--port", "/dev/nowhere", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(row["check"], row["verdict"]) for row in told["findings"]] == [("port", "fail")]
    assert "/dev/nowhere" in told["findings"][0]["value"]


def test_another_wire_version_is_a_finding(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = link_module.open_link
    number = f'"wire":{wire.VERSION}'.encode()
    with FakeBoard(schema=wire.SCHEMA.replace(number, b'"wire":9')) as board:
        monkeypatch.setattr(link_module, "open_link", lambda port: real(port, board.timing))
        assert cli.main(["doctor", "--port", board.port, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in told["findings"]] == ["wire"]
    assert "wire version 9" in told["findings"][0]["value"]
