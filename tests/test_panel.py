# SPDX-License-Identifier: MIT
"""panel.py, battery.py and guard.py in CPython, with pins, ADC, watchdog and timer of plain Python."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboard import firmware

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
WRAP = 1 << 30
NAMES = ("panel", "battery", "guard")


@pytest.fixture(scope="module")
def fw() -> SimpleNamespace:
    """The three modules as CPython sees them."""
    return SimpleNamespace(**{name: firmware(name) for name in NAMES})


class Pin:
    """Called without a level it gives the one it has, as machine.Pin does."""

    def __init__(self, level: int = 1):
        self.level = level
        self.writes = 0

    def __call__(self, level: int | None = None) -> int:
        if level is not None:
            self.level = level
            self.writes += 1
        return self.level


def play(
    fw: SimpleNamespace, levels: list[tuple[int, int]], every_ms: int = 1, start_ms: int = 0
) -> list[tuple[int, int]]:
    """Poll a button that is down (0) or up (1) for so many ms; the events and when they came."""
    pin = Pin(1)
    button = fw.panel.Button(pin)
    events, now, next_look = [], 0, 0
    for level, ms in levels:
        end = now + ms
        pin.level = level
        while next_look < end:
            event = button.step((start_ms + next_look) % WRAP)
            if event:
                events.append((event, next_look))
            next_look += every_ms
        now = end
    return events


@pytest.mark.parametrize("start_ms", [0, WRAP - 600])
@pytest.mark.parametrize("every_ms", [1, 5, 10])
def test_a_short_press_is_told_at_its_release(fw: SimpleNamespace, every_ms: int, start_ms: int) -> None:
    events = play(fw, [(1, 100), (0, 300), (1, 500)], every_ms, start_ms)
    assert [event for event, _ in events] == [fw.panel.SHORT]
    assert 430 <= events[0][1] <= 430 + every_ms


@pytest.mark.parametrize("start_ms", [0, WRAP - 600])
def test_a_long_press_is_told_while_it_is_held_and_once(fw: SimpleNamespace, start_ms: int) -> None:
    assert play(fw, [(1, 100), (0, 5000), (1, 500)], 1, start_ms) == [(fw.panel.LONG, 1100)]


def test_a_second_less_a_bit_is_short(fw: SimpleNamespace) -> None:
    assert [event for event, _ in play(fw, [(1, 100), (0, 995), (1, 500)])] == [fw.panel.SHORT]
    assert [event for event, _ in play(fw, [(1, 100), (0, 1005), (1, 500)])] == [fw.panel.LONG]


# Contacts that settle within the debounce time: that is sure even at a look each 10 ms, which may miss a bounce.
bounce = (
    st.lists(st.integers(1, 12), max_size=8)
    .map(lambda ms: ms if len(ms) % 2 == 0 else ms[:-1])
    .filter(lambda ms: sum(ms) < 30)
)
press = st.tuples(bounce, st.integers(60, 3000), bounce, st.integers(80, 600))


@given(presses=st.lists(press, max_size=5), every_ms=st.sampled_from([1, 2, 5, 10]), start_ms=st.integers(0, WRAP - 1))
def test_each_bouncing_press_is_one_event(fw, presses, every_ms, start_ms) -> None:
    levels, expected = [(1, 100)], []
    for down, held_ms, up, apart_ms in presses:
        levels += [(k % 2, ms) for k, ms in enumerate(down)]
        levels += [(0, held_ms)]
        levels += [(1 - k % 2, ms) for k, ms in enumerate(up)]
        levels += [(1, apart_ms)]
        if sum(down) + held_ms + sum(up) < 1000 - 2 * every_ms:
            expected.append(fw.panel.SHORT)
        elif held_ms > 1000 + 2 * every_ms:
            expected.append(fw.panel.LONG)
        else:
            expected.append(None)  # so near to a second that where the bouncing ends decides
    got = [event for event, _ in play(fw, levels, every_ms, start_ms)]
    assert len(got) == len(expected)
    assert all(want is None or event == want for event, want in zip(got, expected, strict=True))


@given(
    down_ms=st.lists(st.tuples(st.integers(1, 29), st.integers(0, 19)), max_size=40),
    every_ms=st.sampled_from([1, 3, 10]),
)
def test_noise_below_the_debounce_time_is_nothing(fw, down_ms, every_ms) -> None:
    """However many glitches, as long as the looks can see that they are apart."""
    levels = [(level, ms) for down, more in down_ms for level, ms in ((0, down), (1, every_ms + more))]
    assert play(fw, levels, every_ms) == []


@given(looks=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2000)), max_size=80))
def test_events_alternate_with_releases_whatever_the_pin_does(fw, looks) -> None:
    pin, now, presses, events = Pin(1), 0, 0, 0
    button = fw.panel.Button(pin)
    for level, ms in looks:
        now += ms
        pin.level = level
        was = button.down
        events += button.step(now % WRAP) != fw.panel.NONE
        presses += button.down and not was
    assert events <= presses, "never more events than accepted presses"


def test_after_a_stall_one_look_at_a_glitch_is_no_press(fw: SimpleNamespace) -> None:
    pin = Pin(1)
    button = fw.panel.Button(pin)
    for level, now in ((1, 0), (0, 1), (0, 700), (1, 701), (1, 702), (1, 740), (1, 790)):
        pin.level = level
        assert button.step(now) == fw.panel.NONE


def test_the_press_that_woke_the_board_does_not_count(fw: SimpleNamespace) -> None:
    pin = Pin(0)
    button = fw.panel.Button(pin)
    assert not any(button.step(now) for now in range(3000))
    pin.level = 1
    assert not any(button.step(now) for now in range(3000, 3200))
    pin.level = 0
    assert [button.step(now) for now in range(3200, 4300)].count(fw.panel.LONG) == 1


def test_a_button_to_the_rail_and_none_at_all(fw: SimpleNamespace) -> None:
    pin = Pin(0)
    button = fw.panel.Button(pin, low=False)
    pin.level = 1
    assert not any(button.step(now) for now in range(300))
    pin.level = 0
    assert [button.step(now) for now in range(300, 400)].count(fw.panel.SHORT) == 1
    assert fw.panel.Button(None).step(5) == fw.panel.NONE


# -- light --


def film(fw: SimpleNamespace, state: int, **options: Any) -> tuple[list[int], list[int]]:
    """What red | green << 1 | blue << 2 show in each of 32 steps, and how often each pin was written."""
    pins = [Pin(0), Pin(0), Pin(0)]
    light = fw.panel.Light(pins)
    light.show(state)
    for name, value in options.items():
        setattr(light, name, value)
    seen = []
    for step in range(32):
        for now in range(step << fw.panel._SHIFT, (step + 1) << fw.panel._SHIFT, 16):
            light.step(now)
        seen.append(pins[0].level | pins[1].level << 1 | pins[2].level << 2)
    return seen, [pin.writes for pin in pins]


def rhythm(bits: int) -> tuple[int, int]:
    steps = [bits >> k & 1 for k in range(16)]
    return sum(steps[k] and not steps[k - 1] for k in range(16)), sum(steps)


def test_no_two_states_blink_alike(fw: SimpleNamespace) -> None:
    states = range(fw.panel.IDLE, fw.panel.STILL + 1)
    assert len(fw.panel.PATTERNS) == len(fw.panel.COLOURS) == len(states) + 1
    rhythms = {rhythm(fw.panel.PATTERNS[state]) for state in states}
    assert len(rhythms) == len(states), "flashes a cycle and time lit, which no late look changes"


def test_states_of_hours_are_dark_mostly(fw: SimpleNamespace) -> None:
    for state in (fw.panel.IDLE, fw.panel.READY, fw.panel.LOGGING, fw.panel.LOW):
        assert rhythm(fw.panel.PATTERNS[state])[1] <= 4


def test_patterns_reach_the_pins_and_only_changes_are_written(fw: SimpleNamespace) -> None:
    seen, writes = film(fw, fw.panel.FAULT)
    assert seen == [1, 0] * 16
    assert max(writes) <= 34
    assert film(fw, fw.panel.LOGGING)[0] == ([2] * 4 + [0] * 12) * 2
    assert film(fw, fw.panel.OFF)[0] == [0] * 32


def test_a_low_battery_shows_in_every_other_cycle(fw: SimpleNamespace) -> None:
    seen, _ = film(fw, fw.panel.LOGGING, warn=True)
    assert seen[:16] == [2] * 4 + [0] * 12
    assert seen[16:] == [3, 0, 0, 3, 0, 0, 3, *[0] * 9]
    for state in (fw.panel.OFF, fw.panel.FAULT, fw.panel.FULL, fw.panel.DOWNLOADING):
        assert film(fw, state, warn=True)[0] == film(fw, state)[0]


def test_a_mark_answers_at_once_and_gives_way(fw: SimpleNamespace) -> None:
    pins = [Pin(), Pin(), Pin()]
    light = fw.panel.Light(pins)
    light.show(fw.panel.LOGGING)
    start = WRAP - 300
    light.step(start - 1000)
    light.show(fw.panel.MARK)
    for ms in range(0, fw.panel._MARK_MS, 10):
        light.step((start + ms) % WRAP)
        assert [pin.level for pin in pins] == [0, 1, 1]
    light.step((start + fw.panel._MARK_MS) % WRAP)
    assert pins[2].level == 0
    assert light.state == fw.panel.LOGGING


def test_standing_still_is_asked_for_five_seconds_then_the_walk_blinks(fw: SimpleNamespace) -> None:
    light = fw.panel.Light([Pin(), Pin(), Pin()])

    def lit(at_ms: int) -> int:
        light.step(at_ms % WRAP)
        return sum(pin.level << k for k, pin in enumerate(light.pins))

    start = (WRAP // 2048) * 2048 - 2048
    light.show(fw.panel.STILL)
    still = [lit(start + 128 * k) for k in range(39)]
    assert still[:16] == [2] * 12 + [0] * 4
    assert light.state == fw.panel.LOGGING
    assert [lit(start + 6144 + 128 * k) for k in range(16)] == [2] * 4 + [0] * 12
    light.show(fw.panel.STILL)
    lit(start)
    light.show(fw.panel.MARK)
    assert lit(start + 10) == 6, "a mark answers at once"
    light.show(fw.panel.STILL)
    lit(start)
    light.show(fw.panel.FAULT)
    assert [lit(start + 128 * k) for k in range(4)] == [1, 0, 1, 0], "what is wrong does not wait"


def test_one_lamp_blinks_all_states(fw: SimpleNamespace) -> None:
    lamp = Pin()
    light = fw.panel.Light((None, None, lamp), low=True)
    assert lamp.level == 1, "dark"
    for state in range(fw.panel.IDLE, fw.panel.STILL + 1):
        if state != fw.panel.MARK:
            light.show(state)
            shown = []
            for step in range(16):
                light.step(step << fw.panel._SHIFT)
                shown.append(1 - lamp.level)
            assert shown == [fw.panel.PATTERNS[state] >> k & 1 for k in range(16)]
    fw.panel.Light(None).step(0)


# -- battery --

PROFILE = {
    "battery": {"pin": 34, "up_kohm": 100, "down_kohm": 100, "low_mv": 3650, "empty_mv": 3450, "hysteresis_mv": 50},
    "power": {"cell_mah": 2000, "usable_mah": 1600, "ma": {"log": 160, "idle": 80}},
}


def cell(fw: SimpleNamespace, mv: int = 3900) -> Any:
    adc = SimpleNamespace(mv=mv, reads=0)

    def read_uv() -> int:
        adc.reads += 1
        return adc.mv * 1000 // 2

    adc.read_uv = read_uv
    battery = fw.battery.Battery(adc, PROFILE)
    battery.now = 0
    return battery


def later(battery: Any, seconds: float) -> None:
    for _ in range(int(seconds * 100)):
        battery.step(battery.now % WRAP)
        battery.now += 10


def test_millivolts_through_the_divider_and_smoothed(fw: SimpleNamespace) -> None:
    battery = cell(fw, 3900)
    later(battery, 0.01)
    assert battery.mv == 3900, "the first value needs no time"
    battery.adc.mv = 3700
    later(battery, 1)
    assert 3820 < battery.mv < 3900
    later(battery, 30)
    assert 3698 <= battery.mv <= 3702
    assert battery.adc.reads <= 8 + 31 * 4 + 1


def test_percent_follows_the_table_and_never_rises_as_the_cell_falls(fw: SimpleNamespace) -> None:
    battery, last = cell(fw), 101
    for mv in range(4300, 3000, -1):
        battery.mv = mv
        assert 0 <= battery.percent() <= last
        last = battery.percent()
    for mv, percent in zip(fw.battery.CELL_MV, fw.battery.CELL_PERCENT, strict=True):
        battery.mv = mv
        assert battery.percent() == percent
    battery.mv = 3650
    assert battery.percent() == 7  # half-way from 5 to 10
    own = {"battery": {**PROFILE["battery"], "table": [[3000, 0], [4000, 100]]}}
    battery = fw.battery.Battery(battery.adc, own)
    battery.mv = 3250
    assert battery.percent() == 25


def test_minutes_left_by_what_the_board_does(fw: SimpleNamespace) -> None:
    battery = cell(fw)
    battery.mv = 4200
    assert battery.minutes("log") == 600
    assert battery.minutes("idle") == 1200
    assert battery.minutes("flying") == 0
    battery.mv = 3840
    assert battery.minutes("log") == 300
    battery.mv = 3300
    assert battery.minutes("log") == 1, "known, and over"
    battery.usable_mah = 10_000_000
    battery.mv = 4200
    assert battery.minutes("log") == 65535


def test_low_and_empty_have_hysteresis(fw: SimpleNamespace) -> None:
    battery = cell(fw, 3651)
    later(battery, 1)
    assert not battery.low
    for mv, low, empty in ((3640, 1, 0), (3690, 1, 0), (3710, 0, 0), (3440, 1, 1), (3480, 1, 1), (3520, 1, 0)):
        battery.adc.mv = mv
        later(battery, 60)
        assert (battery.low, battery.empty) == (bool(low), bool(empty)), mv


def test_without_a_cell_all_is_unknown(fw: SimpleNamespace) -> None:
    battery = cell(fw, 0)
    later(battery, 5)
    assert battery.adc.reads <= 21, "a missing cell is not looked for more often"
    nothing = (0, 0, 0, False, False)
    for gauge in (battery, fw.battery.Battery(None, PROFILE), fw.battery.Battery(battery.adc, {})):
        gauge.step(1)
        assert (gauge.mv, gauge.percent(), gauge.minutes("log"), gauge.low, gauge.empty) == nothing
    battery.adc.mv = 3400
    later(battery, 1)
    assert battery.empty
    battery.adc.mv = 100  # its plug is pulled, the board runs on by USB
    later(battery, 1)
    assert (battery.mv, battery.low, battery.empty) == (0, False, False)


def test_the_panel_is_all_three_and_needs_none(fw: SimpleNamespace) -> None:
    pins, button = (Pin(), Pin(), Pin()), Pin(1)
    adc = SimpleNamespace(read_uv=lambda: 1_800_000)
    panel = fw.panel.Panel(button, pins, adc, PROFILE)
    panel.show(fw.panel.READY)
    events = []
    for now in range(0, 9000, 5):
        button.level = 0 if 1000 <= now < 2500 else 1
        events.append(panel.step(now))
    assert [event for event in events if event] == [fw.panel.LONG]
    assert (panel.battery.mv, panel.battery.low, panel.light.warn) == (3600, True, True)
    bare = fw.panel.Panel(None, None, None, {})
    bare.show(fw.panel.FAULT)
    assert not any(bare.step(now) for now in range(100))


# -- guard --


class Bench:
    """A board whose watchdog, timer and RTC memory can be looked at; its flash is the folder of the test."""

    def __init__(self, fw: SimpleNamespace, memory: bytes = b"", soft: bool = False, **power: int):
        self.kept = memory
        self.opened: list[int] = []
        self.feeds = 0
        self.timers: list[Callable[[Any], None]] = []
        self.guard = fw.guard.Guard(self.dog, self.timer, self.memory, soft, power)

    def dog(self, timeout: int) -> Any:
        self.opened.append(timeout)
        return SimpleNamespace(feed=self.feed)

    def feed(self) -> None:
        self.feeds += 1

    def timer(self, _id: int, period: int, callback: Callable[[Any], None]) -> Any:
        assert period <= 1000
        self.timers.append(callback)
        return SimpleNamespace(deinit=lambda: self.timers.remove(callback))

    def memory(self, data: bytes | None = None) -> bytes:
        if data is not None:
            self.kept = data
        return self.kept


@pytest.fixture
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_watchdog_starts_with_a_log_and_is_handed_over_after_it(fw: SimpleNamespace, flash: Path) -> None:
    bench = Bench(fw, watchdog_ms=5000)
    bench.guard.feed()
    bench.guard.stop()
    assert (bench.opened, bench.timers, bench.feeds) == ([], [], 0), "tethered: never"
    bench.guard.start(7)
    assert bench.opened == [5000]
    assert not bench.timers, "only the loop feeds"
    bench.guard.feed()
    assert bench.feeds == 1
    bench.guard.stop()
    assert bench.opened == [5000, fw.guard._RELAXED_MS]
    assert len(bench.timers) == 1
    bench.timers[0](None)
    assert bench.feeds == 3
    bench.guard.start(8)
    assert bench.opened[-1] == 5000
    assert not bench.timers
    assert (flash / fw.guard.MARK).read_text() == "8 0"


def test_ctrl_c_gives_the_board_back(fw: SimpleNamespace, flash: Path) -> None:
    bench = Bench(fw)
    bench.guard.start(7)
    gc.disable()
    try:
        bench.guard.release()
        assert gc.isenabled()
    finally:
        gc.enable()
    assert len(bench.timers) == 1
    assert bench.guard.unfinished() == 0, "whoever connects has ended the walk"
    # A soft reset ends the timer, not the watchdog: the next start goes on feeding it. Any other reset ends both.
    after = Bench(fw, bench.kept, soft=True)
    assert (after.opened, len(after.timers)) == ([fw.guard._RELAXED_MS], 1)
    reset = Bench(fw, bench.kept, soft=False)
    assert (reset.opened, reset.timers, reset.kept) == ([], [], b"")


def test_a_log_cut_short_is_resumed_but_not_for_ever(fw: SimpleNamespace, flash: Path) -> None:
    guard = Bench(fw).guard
    assert guard.unfinished() == 0
    guard.start(1)
    for log in range(1, fw.guard._RESUMES + 1):
        guard = Bench(fw).guard
        assert guard.unfinished() == log
        guard.start(log + 1)
    guard = Bench(fw).guard
    assert guard.unfinished() == 0
    assert guard.gave_up
    assert not list(flash.iterdir())
    guard.start(20)
    guard.stop()
    guard.start(21)
    assert (flash / fw.guard.MARK).read_text() == "21 0"


def test_a_mark_that_makes_no_sense_is_none(fw: SimpleNamespace, flash: Path) -> None:
    for text in ("", "x", "5", "1 2 3"):
        (flash / fw.guard.MARK).write_text(text)
        assert Bench(fw).guard.unfinished() == 0


def test_a_flash_that_cannot_be_written_does_not_stop_the_walk(fw: SimpleNamespace, flash: Path) -> None:
    os.mkdir(fw.guard.MARK)
    bench = Bench(fw)
    bench.guard.start(3)
    bench.guard.stop()
    assert bench.opened == [fw.guard._DOG_MS, fw.guard._RELAXED_MS]


def test_it_sleeps_when_nobody_has_been_heard(fw: SimpleNamespace, flash: Path) -> None:
    guard = Bench(fw, sleep_min=2).guard
    start = WRAP - 60_000
    tired = [guard.tired((start + ms) % WRAP, 3900, 0) for ms in range(0, 120_000, 1000)]
    assert not any(tired)
    assert guard.tired((start + 120_000) % WRAP, 3900, 0)
    assert not guard.tired((start + 121_000) % WRAP, 3900, 1), "a command"
    assert not guard.tired((start + 240_000) % WRAP, 3900, 1)
    assert guard.tired((start + 241_000) % WRAP, 3900, 1)
    assert not guard.tired((start + 242_000) % WRAP, 0, 1), "no cell: it lives by its cable"
    never = Bench(fw, sleep_min=0).guard
    assert not any(never.tired(ms, 3900, 0) for ms in range(0, 10_000_000, 100_000))
