# SPDX-License-Identifier: MIT
"""What may be typed when: the console's turns, told from bytes alone, and typing ahead on a live board."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from flatworld import FlatWorld, flash
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.console import RAW_BANNER, TAIL_BYTES, Console

BANNER = b'MicroPython v1 on today\r\nType "help()" for more information.\r\n>>> '


def at_friendly() -> Console:
    console = Console()
    console.printed(BANNER)
    return console


def at_raw() -> Console:
    console = at_friendly()
    console.typed(b"\x01")
    console.printed(b"\r\n" + RAW_BANNER)
    return console


def test_a_board_starts_with_a_program_or_waits_for_its_prompt():
    console = Console()
    assert console.state == "run"
    console.restart(main=False)
    assert console.state == "turn"
    console.printed(BANNER[:-1])
    assert console.state == "turn"
    console.printed(BANNER[-1:])
    assert (console.state, console.raw) == ("prompt", False)


@pytest.mark.parametrize(
    ("typed", "chunk", "state"),
    [
        (b"1+1", b"1+1", "prompt"),
        (b"1+1\r2", b"1+1\r", "run"),
        (b"\x03\x03", b"\x03", "turn"),
        (b"\x01print(1)", b"\x01", "turn"),
        (b"\x02x", b"\x02", "turn"),
        (b"\x04x", b"\x04", "run"),
    ],
)
def test_the_friendly_prompt_takes_one_turn_at_a_time(typed: bytes, chunk: bytes, state: str):
    console = at_friendly()
    n = console.next_chunk(typed)
    assert typed[:n] == chunk
    console.typed(typed[:n])
    assert console.state == state
    if state != "prompt":
        console.printed(b"anything\r\n")
        assert console.state == state
        console.printed(BANNER if chunk == b"\x02" else b">>> ")
        assert console.state == "prompt"


def test_half_a_chunk_that_the_terminal_took_is_no_turn():
    console = at_friendly()
    console.typed(b"1+")
    assert console.state == "prompt"
    console.typed(b"1\r")
    assert console.state == "run"


def test_lines_at_the_raw_prompt_are_no_turns_and_its_program_ends_with_a_prompt():
    console = at_raw()
    assert (console.state, console.raw) == ("prompt", True)
    program = b"for i in range(3):\r\n    print('>>> ')\r\n\x04"
    assert console.next_chunk(program + b"\x02") == len(program)
    console.typed(program)
    console.printed(b"OK>>> ")
    assert console.state == "run", "what a program prints is no prompt of another kind"
    console.printed(b"\x04\x04>")
    assert (console.state, console.raw) == ("prompt", True)
    console.typed(b"\r\x02")
    console.printed(BANNER)
    assert (console.state, console.raw) == ("prompt", False)


def test_raw_paste_takes_a_program_and_waits_for_its_end():
    console = at_raw()
    assert console.next_chunk(b"\x05A\x01import") == 3
    console.typed(b"\x05A\x01")
    assert console.state == "turn"
    console.printed(b"R\x01\x80\x00")
    assert console.state == "turn"
    console.printed(b"\x01")
    assert (console.state, console.pasting) == ("prompt", True)
    assert console.next_chunk(b"a\x01\x02\r\nb\x04more") == 7
    console.typed(b"a\r\nb\x04")
    assert console.state == "run"
    console.silent()
    assert console.state == "run", "a program in paste mode may be silent"
    console.printed(b"\x04out\x04\x04>")
    assert (console.state, console.pasting) == ("prompt", False)


def test_a_prompt_of_an_unknown_kind_is_one_when_it_has_been_silent():
    console = at_friendly()
    console.typed(b"\x05")
    console.silent()
    assert console.state == "prompt"


def test_its_memory_is_bounded():
    console = Console()
    console.printed(bytes(10 * TAIL_BYTES))
    console.printed(BANNER)
    assert len(console.tail) == TAIL_BYTES
    assert console.state == "prompt"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[serial.Serial]:
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")
    main = "import time\nwhile True: time.sleep_ms(5)\n"
    world, folder = FlatWorld(), flash(tmp_path / "flash", main)
    with VirtualBoard(world, live=True, flash_dir=folder) as board, serial.Serial(board.port, timeout=10) as port:
        yield port


def test_nothing_typed_ahead_is_lost(port: serial.Serial):
    lines = b"".join(b"print(%d)\r" % i for i in range(40))
    port.write(b"\x03" + lines + b"\x01print('raw')\x04\x02print('again')\r\r\x03\x03\x01\x02print('end')\r")
    got = port.read_until(b"end\n")
    heard = [word for word in got.replace(b"\r", b"\n").split(b"\n") if word.isdigit()]
    assert heard == [b"%d" % i for i in range(40)]
    for word in (b"OKraw\n", b"\nagain\n", b"\nend\n"):
        assert word in got


@pytest.mark.parametrize("program", ["while True: pass", "import sys; sys.stdin.read(1)"])
def test_ctrl_c_reaches_a_program_that_leaves_the_clock_alone(port: serial.Serial, program: str):
    port.write(b"\x03\x01print('going')\n" + program.encode() + b"\x04")
    assert port.read_until(b"OKgoing\n").endswith(b"going\n")
    port.write(b"\x03print(6*7)\x04")
    assert b"KeyboardInterrupt" in port.read_until(b"\x04>")
    assert port.read_until(b"\x04>") == b"OK42\n\x04\x04>"
