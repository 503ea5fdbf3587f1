# SPDX-License-Identifier: MIT
"""The virtual board's button, light, cell, watchdog, RTC memory and deep sleep; and panel.py and guard.py on them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import serial

from flatworld import FlatWorld, flash
from panelbench import IDLE, PINS, console, with_firmware
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.panel import Panel

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")


def test_the_button_goes_down_and_up_by_itself(tmp_path: Path):
    main = (
        PINS
        + """
was = button()
print("up", was)
while True:
    if button() != was:
        was = button()
        print(was, time.ticks_ms())
    time.sleep_ms(1)
"""
    )
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        board.advance(0.5)
        board.press(0.2)
        lines = console(board, 0.5)
    assert lines[0] == "up 1"
    (down, at), (up, end) = [tuple(map(int, line.split())) for line in lines[1:]]
    assert (down, up) == (0, 1)
    assert abs(at - 500) <= 3
    assert end - at == pytest.approx(200, abs=6)


def test_the_light_shows_what_the_pins_say(tmp_path: Path):
    main = (
        PINS
        + """
for on in range(8):
    for k in range(3): lamps[k](on >> k & 1)
    time.sleep_ms(100)
fade = PWM(lamps[0], freq=1000, duty_u16=300)
time.sleep_ms(100)
fade.duty_u16(0); lamps[1].off(); lamps[2].off()
"""
        + IDLE
    )
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        board.advance(0.05)
        seen = [board.light]
        for _ in range(9):
            board.advance(0.1)
            seen.append(board.light)
    assert seen == ["off", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "white", "off"]


def test_the_cell_is_read_through_its_divider(tmp_path: Path):
    main = PINS + "while True:\n    print(adc.read_uv(), adc.read_u16(), ADC(35).read_uv())\n    time.sleep_ms(100)\n"
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
        got = []
        for mv in (3900, 3501, 5200, 150, 0):
            board.battery_mv = mv
            got.append(console(board, 0.1)[-1])
    assert [line.split()[0] for line in got] == ["1950000", "1750000", "2450000", "0", "0"]
    assert {line.split()[2] for line in got} == {"0"}
    assert int(got[0].split()[1]) == 1950 * 65535 // 2450


WATCHED = (
    PINS
    + """
print("boot", machine.reset_cause(), time.ticks_ms())
if machine.reset_cause() == machine.PWRON_RESET:
    dog = WDT(timeout=500)
    try:
        for _ in range(10):
            time.sleep_ms(100)
            dog.feed()
        print("fed", time.ticks_ms())
        time.sleep_ms(2000)
        print("not reached")
    finally:
        print("nor this")
"""
    + IDLE
)


def test_a_hungry_watchdog_resets_the_board(tmp_path: Path):
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, WATCHED)) as board:
        lines = console(board, 1.45)
        assert (lines[0], lines[-1][:5]) == ("boot 1 0", "fed 1")
        lines = console(board, 2.0)
    assert lines[2:] == ["boot 3 0"]


def test_rtc_memory_outlives_resets_but_not_the_power(tmp_path: Path):
    main = """
import machine, time
kept = machine.RTC().memory
print(machine.reset_cause(), kept())
if len(kept()) < 3:
    kept(kept() + b"x")
    time.sleep_ms(20)
    if len(kept()) == 2: machine.WDT(timeout=10)
    else: machine.reset()
    time.sleep_ms(100)
kept(b""); print(kept())
try: kept(bytes(3000))
except ValueError: print("too long")
while True: time.sleep_ms(10)
"""
    for _ in range(2):
        with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, main)) as board:
            assert console(board, 0.5) == ["1 b''", "2 b'x'", "3 b'xx'", "2 b'xxx'", "b''", "too long"]


SLEEPER = (
    PINS
    + """
import esp32
print(machine.reset_cause(), machine.wake_reason(), time.ticks_ms(), button())
lamps[1].on()
time.sleep_ms(200)
esp32.wake_on_ext0(button, esp32.WAKEUP_ALL_LOW)
machine.deepsleep(%d)
print("not reached")
"""
)


def test_deep_sleep_until_the_button(tmp_path: Path):
    world = FlatWorld()
    with VirtualBoard(world, flash_dir=flash(tmp_path, SLEEPER % 0)) as board:
        board.advance(0.1)
        assert (board.light, board.asleep) == ("green", False)
        board.advance(0.2)
        assert (board.light, board.asleep) == ("off", False) or board.asleep
        slot, asked = board.slot, len(world.asked)
        board.advance(5)
        assert board.asleep
        assert board.slot == slot + 5000, "time goes on"
        assert len(world.asked) == asked, "and nothing is sampled"
        board.press(0.3)
        board.advance(0.1)
        assert not board.asleep
        assert console(board, 0) == ["1 0 0 1", "4 2 0 0"]
        board.advance(1)
        assert board.asleep


def test_deep_sleep_until_a_time_and_for_ever(tmp_path: Path):
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, SLEEPER % 1000)) as board:
        lines = console(board, 1.5)
    assert lines == ["1 0 0 1", "4 4 0 1"]
    deaf = "import machine, time\nprint(machine.reset_cause())\ntime.sleep_ms(50)\nmachine.deepsleep()\n"
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, deaf)) as board:
        board.advance(0.2)
        board.press(0.5)
        assert console(board, 1) == ["1"]
        assert board.asleep


def test_a_sleeping_board_hears_nothing(tmp_path: Path):
    with (
        VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, SLEEPER % 0)) as board,
        serial.Serial(board.port, timeout=0.01) as port,
    ):
        board.advance(0.5)
        port.write(b"hello\n\x03")
        board.advance(0.5)
        assert board.asleep
        board.press(0.1)
        board.advance(0.15)
        assert console(board, 0)[-1] == "4 2 0 0"


@pytest.mark.parametrize("program", [WATCHED, SLEEPER % 300])
def test_the_same_presses_give_the_same_bytes(tmp_path: Path, program: str):
    def run() -> tuple[bytes, list[str]]:
        seen = []
        with (
            VirtualBoard(FlatWorld(), seed=3, flash_dir=flash(tmp_path, program)) as board,
            serial.Serial(board.port, timeout=0.01) as port,
        ):
            for _ in range(12):
                board.press(0.07)
                board.advance(0.2)
                seen.append(board.light)
            return port.read(10_000), seen

    assert run() == run()


def test_a_live_board_wakes_too(tmp_path: Path):
    with VirtualBoard(FlatWorld(), live=True, flash_dir=flash(tmp_path, SLEEPER % 0)) as board:
        deadline = time.monotonic() + 10
        while not board.asleep and time.monotonic() < deadline:
            time.sleep(0.02)
        assert board.asleep
        board.press(0.2)
        while "4 2 0 0" not in board.console and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "4 2 0 0" in board.console


def test_words_of_the_machine_may_come_in_pieces():
    panel = Panel()
    try:
        assert [panel.told(piece) for piece in (b"c", b".w36", b"0000", b"0;.", b"D2,", b"50;")] == [
            (False, ""),
            (True, ""),
            (False, ""),
            (True, ""),
            (False, ""),
            (False, "sleep"),
        ]
        assert (panel.lamps, panel.dog_ms) == (2, 3_600_000)
        assert panel.sleep is not None
        assert [panel.sleep.wakes(False, 20) for _ in range(3)] == [0, 0, 4]
        panel.start(5)
        assert (panel.dog_ms, panel.sleep) == (3_600_000, None), "a soft reset doesn't stop the watchdog"
        panel.start(3)
        assert panel.dog_ms == 0
    finally:
        panel.close()


# -- the firmware's modules on it --


def test_panel_step_allocates_nothing_and_the_modules_are_small(tmp_path: Path):
    main = (
        PINS
        + """
gc.collect(); free = gc.mem_free()
import battery
gc.collect(); a = gc.mem_free()
import panel
gc.collect(); b = gc.mem_free()
import guard
gc.collect(); c = gc.mem_free()
p = panel.Panel(button, tuple(lamps), adc, PROFILE)
gc.collect(); d = gc.mem_free()
print("heap", free - a, a - b, b - c, c - d)
seen = [0, 0]
def work(turns):
    for i in range(turns):
        event = p.step(time.ticks_ms())
        if event:
            seen[event - 1] += 1
            p.show(panel.MARK)
        if i == 40:
            p.show(i // 8)
        p.battery.percent(); p.battery.minutes("log")
        time.sleep_ms(5)
p.show(panel.LOGGING)
work(50)
micropython.heap_lock()
work(900)
micropython.heap_unlock()
print("clean", seen, p.battery.mv, p.battery.low, p.battery.minutes("log"), gc.mem_free() // 1000)
"""
        + IDLE
    )
    with VirtualBoard(FlatWorld(), flash_dir=with_firmware(tmp_path, main)) as board:
        board.battery_mv = 3600
        board.advance(1.5)
        board.press(0.2)
        board.advance(1)
        board.press(1.5)
        lines = console(board, 4)
    heap, clean = lines
    assert clean.startswith("clean [1, 1] 3600 True 27 ")
    sizes = [int(word) for word in heap.split()[1:]]
    print("bytes of heap, 64-bit words: battery.py, panel.py, guard.py, one Panel:", sizes)
    assert sum(sizes) < 12_000


def plant(folder: Path, name: str, line: str) -> None:
    text = (folder / name).read_text()
    assert text.count(line) == 1
    indent = line[: len(line) - len(line.lstrip())]
    (folder / name).write_text(text.replace(line, f"{indent}[self]\n{line}"))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("panel.py", "        down = self.pin() == self.level\n        if down == self.down:"),
        ("panel.py", "        state = self.state\n        if self.marking:"),
        ("panel.py", "        self.lit = mask\n"),
        ("panel.py", "        self.battery.step(now_ms)\n"),
        ("battery.py", "        self.at = now_ms\n"),
        ("battery.py", "        mv = self.mv\n        n = len"),
        ("battery.py", "        return adc.read_uv()"),
    ],
)
def test_the_proof_fails_where_a_step_allocates(tmp_path: Path, name: str, line: str):
    main = (
        PINS
        + """
import panel
p = panel.Panel(button, tuple(lamps), adc, PROFILE)
p.show(panel.FAULT)
micropython.heap_lock()
try:
    for _ in range(200):
        p.step(time.ticks_ms()); p.battery.minutes("log"); time.sleep_ms(5)
    word = "clean"
except MemoryError:
    word = "locked"
micropython.heap_unlock()
print(word)
"""
        + IDLE
    )
    folder = with_firmware(tmp_path, main)
    plant(folder, name, line)
    with VirtualBoard(FlatWorld(), flash_dir=folder) as board:
        assert console(board, 2) == ["locked"]
