# SPDX-License-Identifier: MIT
"""guard.py on the virtual board: hangs, power cuts, Ctrl-C, soft resets and mpremote, with a watchdog that bites."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import serial

from flatworld import FlatWorld
from panelbench import IDLE, PINS, console, with_firmware
from surefoot.device.virtual.board import VirtualBoard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")

GUARD = (
    PINS
    + """
from guard import Guard
def build():
    soft = machine.reset_cause() == machine.SOFT_RESET
    return Guard(WDT, Timer, RTC().memory, soft, PROFILE["power"])
"""
)


def test_a_hang_while_logging_resets_and_the_walk_is_resumed(tmp_path: Path):
    main = (
        GUARD
        + """
guard = build()
log = guard.unfinished()
print("cause", machine.reset_cause(), "unfinished", log)
guard.start(log + 1)
for _ in range(150):
    guard.feed()
    time.sleep_ms(10)
if log < 2:
    while True: time.sleep_ms(10)
guard.stop()
print("done", guard.unfinished())
"""
        + IDLE
    )
    with VirtualBoard(FlatWorld(), flash_dir=with_firmware(tmp_path, main)) as board:
        lines = console(board, 14)
    assert lines == ["cause 1 unfinished 0", "cause 3 unfinished 1", "cause 3 unfinished 2", "done 0"]


def test_a_power_cut_leaves_the_mark(tmp_path: Path):
    main = GUARD + "guard = build()\nprint(machine.reset_cause(), guard.unfinished())\nguard.start(5)" + IDLE
    folder = with_firmware(tmp_path, main)
    with VirtualBoard(FlatWorld(), flash_dir=folder) as board:
        assert console(board, 0.3) == ["1 0"]
    with VirtualBoard(FlatWorld(), flash_dir=folder) as board:
        assert console(board, 0.3) == ["1 5"]


RECOVER = (
    GUARD
    + """
guard = build()
print("cause", machine.reset_cause())
try:
    if machine.reset_cause() == machine.PWRON_RESET: guard.start(1)
    gc.disable()
    for n in range(%d):
        guard.feed()
        time.sleep_ms(10)
except KeyboardInterrupt:
    %s
print("free", gc.isenabled(), guard.unfinished())
"""
    + IDLE
)


def test_after_ctrl_c_the_watchdog_bites_nobody(tmp_path: Path):
    program = RECOVER % (10**6, "guard.release()")
    with (
        VirtualBoard(FlatWorld(), flash_dir=with_firmware(tmp_path, program)) as board,
        serial.Serial(board.port, timeout=0.01) as port,
    ):
        board.advance(2.5)
        port.write(b"\x03")
        lines = console(board, 20)
    assert lines == ["cause 1", "free True 0"]


def test_without_the_hand_over_it_would_have_bitten(tmp_path: Path):
    with (
        VirtualBoard(FlatWorld(), flash_dir=with_firmware(tmp_path, RECOVER % (10**6, "pass"))) as board,
        serial.Serial(board.port, timeout=0.01) as port,
    ):
        board.advance(2.5)
        port.write(b"\x03")
        lines = console(board, 3)
    assert lines == ["cause 1", "free False 1", "cause 3"]


def test_a_soft_reset_ends_the_timer_and_the_next_start_feeds_on(tmp_path: Path):
    main = (
        GUARD
        + """
guard = build()
print("cause", machine.reset_cause(), guard.dog is not None)
if machine.reset_cause() == machine.PWRON_RESET:
    guard.start(1)
    guard.stop()
    WDT(timeout=1500)  # as if an hour had gone
    time.sleep_ms(100)
    machine.soft_reset()
if machine.reset_cause() == machine.SOFT_RESET: WDT(timeout=1500)
"""
        + IDLE
    )
    folder = with_firmware(tmp_path, main)
    with VirtualBoard(FlatWorld(), flash_dir=folder) as board:
        board.advance(8)
        assert [line for line in board.console.split("\n") if line.startswith("cause")] == [
            "cause 1 False",
            "cause 5 True",
        ]
    guardless = main.replace(
        "guard = build()", "import guard as g; guard = build() if machine.reset_cause() == 1 else g"
    )
    (folder / "main.py").write_text(
        guardless.replace("guard.dog is not None", "0").replace(": WDT(timeout=1500)", ": pass")
    )
    with VirtualBoard(FlatWorld(), flash_dir=folder) as board:
        board.advance(8)
        causes = [line for line in board.console.split("\n") if line.startswith("cause")]
    assert causes == ["cause 1 0", "cause 5 0", "cause 3 0"], "a start that does not feed it is reset"


def test_mpremote_finds_a_board_that_stays(tmp_path: Path):
    program = (RECOVER % (10**6, "guard.release()")).removesuffix(IDLE)  # as main.py: it leaves the prompt
    with VirtualBoard(FlatWorld(), live=True, flash_dir=with_firmware(tmp_path, program)) as board:
        deadline = time.monotonic() + 10
        while "cause 1" not in board.console and time.monotonic() < deadline:
            time.sleep(0.02)
        # Three times the watchdog's second, at the raw prompt behind a soft reset, where no firmware feeds it.
        words = "import machine, time; time.sleep(3); print('alive', machine.reset_cause(), machine.RTC().memory())"
        done = subprocess.run(
            [sys.executable, "-m", "mpremote", "connect", board.port, "exec", words],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.stdout.split("\n")[0].strip() == "alive 5 b'dog'", done.stdout + done.stderr
