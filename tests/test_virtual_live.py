# SPDX-License-Identifier: MIT
"""The virtual board on the wall clock, as mpremote and terminals meet it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from conftest import hear_ctrl_c
from flatworld import FlatWorld, flash
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.interpreter import interpreter
from surefoot.errors import VirtualBoardError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")

MAIN = """
import time, sys, machine
print("ready", machine.reset_cause())
try:
    while True: time.sleep_ms(5)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    with VirtualBoard(FlatWorld(), live=True, flash_dir=flash(tmp_path / "flash", MAIN)) as board:
        yield board


def mpremote(board: VirtualBoard, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", board.port, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def hear(port: serial.Serial, text: bytes) -> bytes:
    """Read until text has come; the port's timeout says how long at most."""
    got = port.read_until(text)
    assert got.endswith(text), got
    return got


def open_port(board: VirtualBoard) -> serial.Serial:
    return serial.serial_for_url(board.port, timeout=5)


def test_who_stands_there_hears_what_is_typed(board: VirtualBoard):
    heard: list[bytes] = []
    board.cable.hears = heard.append
    with open_port(board) as port:
        hear(port, b"ready")
        port.write(b"\x03")
        hear(port, b"stopped")
    assert b"\x03" in b"".join(heard)


def test_mpremote_lists_runs_copies_and_resets(board: VirtualBoard, tmp_path: Path):
    program = tmp_path / "program.py"
    program.write_text("import time\nfor i in range(3):\n    print(i)\n    time.sleep_ms(3)\n")
    assert "main.py" in mpremote(board, "fs", "ls")
    assert mpremote(board, "exec", "print(1+1)").strip() == "2"
    assert mpremote(board, "run", str(program)).split() == ["0", "1", "2"]
    mpremote(board, "fs", "cp", str(program), ":lib.py")
    assert mpremote(board, "fs", "cat", ":lib.py") == program.read_text()
    mpremote(board, "exec", "kept = 5")
    assert mpremote(board, "resume", "exec", "print(kept)").strip() == "5"
    mpremote(board, "soft-reset")
    assert mpremote(board, "resume", "exec", "print('kept' in globals())").strip() == "False"
    with open_port(board) as port:
        port.write(b"\x04")
        hear(port, b"soft reboot\r\nready 5\n")


def test_mpremote_reset_starts_the_firmware(board: VirtualBoard):
    mpremote(board, "reset")
    with open_port(board) as port:
        # The reset happens 100 ms after mpremote has gone.
        hear(port, b"ready 2\n")


def test_the_board_sees_its_flash_only(board: VirtualBoard):
    # So that `mpremote rm -r :/` can't reach the desk; tried by looking, not by removing.
    assert mpremote(board, "exec", "import os; print(os.listdir('/'))").strip() == "['main.py']"


def test_ctrl_c_and_ctrl_d_again_and_again(board: VirtualBoard):
    with open_port(board) as port:
        for _ in range(5):
            port.write(b"\x03")
            assert b"stopped" in hear(port, b">>> ")
            port.write(b"\x04")
            assert b"soft reboot" in hear(port, b"ready 5\n")


def test_ctrl_c_twice_and_typing_behind_it(board: VirtualBoard):
    with open_port(board) as port:
        port.write(b"\r\x03\x03print(6*7)\r\n")
        hear(port, b"42\n")


@pytest.mark.parametrize("program", ["while True: pass", "import time\nwhile True: time.sleep_ms(1)"])
def test_ctrl_c_ends_a_program_that_mpremote_runs(board: VirtualBoard, tmp_path: Path, program: str):
    path = tmp_path / "spin.py"
    path.write_text(f"print('going')\n{program}\n")
    command = [sys.executable, "-m", "mpremote", "connect", board.port, "run", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=hear_ctrl_c) as running:
        try:
            assert running.stdout
            assert running.stdout.readline() == b"going\n"
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
        finally:
            running.kill()
    assert mpremote(board, "exec", "print('free')").strip() == "free"


def test_it_keeps_the_time_of_the_wall(tmp_path: Path):
    main = "import time\nwhile True:\n    print(time.ticks_ms())\n    time.sleep_ms(50)\n"
    with VirtualBoard(FlatWorld(), live=True, flash_dir=flash(tmp_path, main)) as board, open_port(board) as port:
        hear(port, b"\n")
        first, began_s = int(hear(port, b"\n")), time.monotonic()
        for _ in range(9):
            hear(port, b"\n")
        ticks = int(hear(port, b"\n")) - first
        assert ticks == pytest.approx((time.monotonic() - began_s) * 1000, abs=60)


def test_a_board_over_tcp(tmp_path: Path):
    with VirtualBoard(FlatWorld(), live=True, tcp_port=0, flash_dir=flash(tmp_path, MAIN)) as board:
        assert board.port.startswith("socket://127.0.0.1:")
        for _ in range(2):
            with open_port(board) as port:
                port.write(b"\x03")
                hear(port, b">>> ")
                port.write(b"\x04")
                hear(port, b"ready 5\n")
        taken = int(board.port.rsplit(":", 1)[1])
        with pytest.raises(VirtualBoardError, match="choose another"):
            VirtualBoard(FlatWorld(), live=True, tcp_port=taken, flash_dir=tmp_path).__enter__()


def test_unplugged_while_open(board: VirtualBoard):
    with open_port(board) as port:
        port.write(b"\x03")
        hear(port, b">>> ")
        board.unplug()
        with pytest.raises(serial.SerialException):
            port.read(1)
    board.plug()
    assert mpremote(board, "exec", "print('back')").strip() == "back"


def test_a_live_board_is_not_advanced_by_hand(board: VirtualBoard):
    with pytest.raises(VirtualBoardError, match="runs by itself"):
        board.advance(0.01)


def test_a_switched_off_board_says_so(tmp_path: Path):
    board = VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, MAIN))
    with pytest.raises(VirtualBoardError, match="switched off"):
        board.advance(0.01)
    with pytest.raises(VirtualBoardError, match="unplugged"):
        _ = board.port


@pytest.mark.soak
@pytest.mark.parametrize("program", ["while True: pass", "import time\nwhile True: time.sleep_ms(1)", "input()"])
def test_mpremote_again_and_again_on_a_starved_board(
    board: VirtualBoard, tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
):
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    monkeypatch.setattr(board.machine, "_command", ("nice", "-n", "19", *interpreter()))
    try:
        for i in range(100):
            test_ctrl_c_ends_a_program_that_mpremote_runs(board, tmp_path, program)
            assert mpremote(board, "exec", f"print({i})").strip() == str(i)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
