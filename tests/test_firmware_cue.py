# SPDX-License-Identifier: MIT
"""The cue on the board: true to its cadence, off whenever nobody asked for it, and nothing lost beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest

import offboard
from lockstep import Bench, Sway, bench, flash, lock_heap
from surefoot.decode import Decoded, decode

WRAP = 1 << 30
HOUR_US = 3_600_000_000
BUZZER = ("100", 100, False, 0, None, 60, 2700, 3400)  # as settings.py puts it in force, but for the pin


@dataclass
class Clock:
    """`time` of a board whose ticks wrap, as far as cue.py asks."""

    us: int = 0

    def ticks_us(self) -> int:
        return self.us % WRAP

    @staticmethod
    def ticks_add(ticks: int, delta: int) -> int:
        return (ticks + delta) % WRAP

    @staticmethod
    def ticks_diff(end: int, start: int) -> int:
        return (end - start + WRAP // 2) % WRAP - WRAP // 2


@dataclass
class Pwm:
    clock: Clock
    hz: int = 0
    told: list[tuple[int, int, int]] = field(default_factory=list)

    def freq(self, hz: int) -> None:
        self.hz = hz

    def duty_u16(self, duty: int) -> None:
        self.told.append((self.clock.us, self.hz, duty))

    def deinit(self) -> None:
        self.told.append((self.clock.us, 0, -1))

    @property
    def begun_us(self) -> list[int]:
        return [us for us, _, duty in self.told if duty > 0]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a Cue with those settings at that time; its clock and its pin."""
    module = offboard.firmware("cue")

    def make(settings: tuple = BUZZER, start_us: int = 0, feel: Any = None) -> tuple[Any, Clock, Pwm]:
        clock = Clock(start_us)
        monkeypatch.setattr(module, "time", clock)
        pwm = Pwm(clock)
        return module.Cue((*settings[:4], pwm, *settings[5:]), feel), clock, pwm

    return make


def play(cue: Any, clock: Clock, seconds: float, every_us: int = 1000) -> None:
    for us in range(clock.us, clock.us + round(seconds * 1e6), every_us):
        clock.us = us
        cue.step()


@pytest.mark.parametrize("cadence", [40, 77, 100, 113, 139, 140])
def test_no_beat_of_an_hour_is_a_microsecond_off(made: Any, cadence: int) -> None:
    start = WRAP - 5_000_000
    cue, clock, pwm = made(("", cadence, *BUZZER[2:]), start)
    for _ in range(60 * cadence + 1):
        clock.us += (cue.at - clock.us) % WRAP
        cue.step()
    begun = np.array(pwm.begun_us) - pwm.begun_us[0]
    ideal = np.arange(len(begun)) * 60e6 / cadence
    assert begun[-1] >= HOUR_US - 1
    assert np.abs(begun - ideal).max() <= 1.0


def test_a_late_beat_delays_none_and_one_that_comes_too_late_is_left_out(made: Any) -> None:
    cue, clock, pwm = made()
    for us in (1_030_000, 1_100_000, 1_600_000, 2_270_000, 2_300_000, 2_800_000):
        clock.us = us
        cue.step()
    assert pwm.begun_us == [1_030_000, 1_600_000, 2_800_000], "due at 1.0, 1.6, 2.2 and 2.8 s"


def test_a_pulse_is_as_long_as_the_board_says(made: Any) -> None:
    cue, clock, pwm = made()
    play(cue, clock, 5.0)
    on = np.array(pwm.begun_us)
    off = np.array([us for us, _, duty in pwm.told if duty == 0])
    assert (off - on).tolist() == [60_000] * len(on) == [60_000] * 7
    cue.quiet()
    assert [duty for _, _, duty in pwm.told[-2:]] == [0, -1]


def test_sides_differ_by_tone_or_by_length(made: Any) -> None:
    cue, clock, pwm = made(("", 100, True, *BUZZER[3:]))
    play(cue, clock, 5.0)
    assert [hz for _, hz, duty in pwm.told if duty > 0] == [2700, 3400, 2700, 3400, 2700, 3400, 2700]
    cue, clock, pwm = made(("", 100, True, 0, None, 120, 0, 0))
    play(cue, clock, 5.0)
    off = np.array([us for us, _, duty in pwm.told if duty == 0])
    assert (off - np.array(pwm.begun_us)).tolist() == [120_000, 240_000] * 3 + [120_000]
    assert {duty for _, _, duty in pwm.told if duty > 0} == {65535}, "a motor runs at full voltage"


def test_feedback_lets_beats_through_and_keeps_their_phase(made: Any) -> None:
    feel = SimpleNamespace(beyond=lambda: 2_000_000 < clock.us < 4_000_000, take=lambda: takes.append(1))
    takes: list[int] = []
    cue, clock, pwm = made(feel=feel)
    play(cue, clock, 6.0)
    assert pwm.begun_us == [2_200_000, 2_800_000, 3_400_000]
    cue.turn()
    assert len(takes) == 1


# -- feedback's criterion --


def steps(left_s: float, right_s: float, n: int = 12, rate_hz: int = 100, gain: float = 1.0, preload: int = 0) -> Any:
    """Cells' counts [rows,16] of strides of 1.1 s whose stances last so long; the right foot's cells have a gain."""
    t = np.arange(round(1.1 * n * rate_hz)) / rate_hz

    def foot(stance_s: float, lag_s: float) -> Any:
        phase = (t - lag_s) % 1.1
        x = phase / stance_s
        load = np.where((x < 1) & (t >= lag_s), np.sin(np.pi * np.clip(x, 0, 1)) ** 0.5, 0)
        return np.outer(800 * load, np.ones(8)) + preload

    return np.hstack([foot(left_s, 0.2), gain * foot(right_s, 0.75)]).astype(int)


def felt(rows: Any, percent: int, rate_hz: int = 100) -> list[bool]:
    counts = [0] * 16
    feel = offboard.firmware("cuefeel").Feel(counts, rate_hz, percent)
    told = []
    for row in rows.tolist():
        counts[:] = row
        feel.take()
        told.append(feel.beyond())
    return told


@pytest.mark.parametrize("gain", [1.0, 0.4, 2.5])
@pytest.mark.parametrize("rate_hz", [100, 200])
def test_stances_that_differ_are_felt_whatever_the_cells_gains(gain: float, rate_hz: int) -> None:
    even = steps(0.66, 0.66, rate_hz=rate_hz, gain=gain, preload=60)
    uneven = steps(0.72, 0.58, rate_hz=rate_hz, gain=gain, preload=60)  # 21.5 % of their mean
    assert not any(felt(even, 10, rate_hz))
    assert felt(uneven, 12, rate_hz)[-1]
    assert not felt(uneven, 30, rate_hz)[-1]


def test_nothing_is_felt_before_three_strides_and_after_a_stand() -> None:
    uneven = steps(0.72, 0.58)
    told = felt(uneven, 12)
    first_s = told.index(True) / 100
    assert 2.8 < first_s < 4.0, "the third stance of either foot has ended"
    stand = np.full((400, 16), 400)
    assert not felt(np.vstack([uneven, stand]), 12)[-1]
    assert not any(felt(stand, 5))
    assert not any(felt(np.zeros((300, 16), int), 5))


# -- on the virtual board --


@dataclass(frozen=True)
class Heard:
    stream: Decoded
    stream_tones: list[tuple[int, int]]
    walk: Decoded
    walk_tones: list[tuple[int, int]]
    light: list[str]
    after: list[list[tuple[int, int]]]


def begun_us(tones: list[tuple[int, int]]) -> Any:
    return np.array([us for us, hz in tones if hz])


def silent(on: Bench, seconds: float = 1.5) -> list[tuple[int, int]]:
    """The tones of a time in which there should be none."""
    before = len(on.board.tones)
    on.run(seconds)
    return on.board.tones[before:]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    """A cued stream at 200 Hz with all that a cue can do, then a cued walk, then neither."""
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")
    after = []
    with bench(flash(tmp_path_factory.mktemp("f"), lock_heap), Sway(), log_bytes=1 << 18) as on:
        on.run(0.5)
        on.say("start rate=200 cue=113,sides", 12.0)
        stream_tones = list(on.board.tones)
        on.say("stop", 1.0)
        stream = decode(on.received)
        after.append(silent(on))
        on.received = b""
        n = len(on.board.tones)
        on.say("log start cue=140,beyond=60", 2.0)
        light = []
        for _ in range(70):
            light.append(on.board.light)
            on.run(0.1)
        on.say("stop", 1.5)
        after.append(silent(on))
        walk_tones = on.board.tones[n:]
        on.received = b""
        on.say("log get 1 0", 4.0)
        yield Heard(stream, stream_tones, decode(b"".join(_blocks(on.received))), walk_tones, light, after)


def _blocks(data: bytes) -> Iterator[bytes]:
    from surefoot.device.framer import Framer

    for frame in Framer().feed(data):
        if frame.name == "BLOCK":
            yield frame.body


def test_beats_of_a_stream_come_in_time(heard: Heard) -> None:
    begun = begun_us(heard.stream_tones)
    ideal = np.arange(len(begun)) * 60e6 / 113
    late = begun - begun[0] - ideal
    print("a beat is late by (us)", np.round([late.min(), late.max(), np.std(late)]))
    assert len(begun) >= 20
    assert np.ptp(late) < 4000, "a scan of the cells is the longest that nobody looks at the clock"
    assert abs(np.polyfit(np.arange(len(late)), late, 1)[0]) < 100, "no drift"
    lengths = np.array([us for us, hz in heard.stream_tones if not hz][: len(begun)]) - begun
    assert np.all((lengths > 59_900) & (lengths < 66_000))
    assert [hz for _, hz in heard.stream_tones if hz][:4] == [2700, 3400, 2700, 3400]


@pytest.mark.soak
def test_ten_minutes_do_not_drift(tmp_path: Path) -> None:
    with bench(flash(tmp_path, lock_heap), Sway()) as on:
        on.run(0.5)
        on.say("start frame=long cue=113", 601.0)
        begun = begun_us(on.board.tones)
        on.say("stop", 1.0)
    late = begun - begun[0] - np.arange(len(begun)) * 60e6 / 113
    halves = [half.mean() for half in np.array_split(late, 2)]
    print("late by (us)", late.min(), late.max(), "halves of ten minutes", np.round(halves))
    assert len(begun) >= 1128
    assert np.ptp(late) < 6000, "two scans of the cells are the longest that nobody looks at the clock"
    assert abs(halves[1] - halves[0]) < 50, "no drift"
    assert decode(on.received).samples["cells"].lost_share == 0


def test_nothing_is_lost_beside_a_cue(heard: Heard) -> None:
    for got in (heard.stream, heard.walk):
        assert {name: samples.lost_share for name, samples in got.samples.items()} == {"cells": 0, "imu": 0}
        assert (got.status["late"] == 0).all()
        assert np.ptp(got.status["heap_b"][:-1]) == 0, "nothing is allocated"


def test_each_recording_says_that_it_was_cued(heard: Heard) -> None:
    assert heard.stream.config["cue"] == "113,sides"
    assert heard.walk.config["cue"] == "140,beyond=60"


def test_it_ends_with_the_session(heard: Heard) -> None:
    assert heard.after == [[], []]
    for tones in (heard.stream_tones, heard.walk_tones):
        assert all(a[1] == 0 or b[1] == 0 for a, b in pairwise(tones))


def test_a_walk_opens_with_standing_still(heard: Heard) -> None:
    """Lit three quarters of the time for five seconds, then a quarter of it."""
    lit = np.array([word == "green" for word in heard.light])
    assert lit[:20].mean() > 0.6
    assert lit[40:].mean() < 0.4


@pytest.mark.parametrize(
    "word", ["39", "141", "", "abc", "100,", "100,side", "100,beyond=4", "100,beyond=61", "100,beyond=9,sides", "-50"]
)
def test_a_word_that_is_no_cue_is_refused(word: str) -> None:
    ask = offboard.firmware("cueask")
    with mock.patch.dict(sys.modules, {"time": SimpleNamespace()}):
        assert b"cue is 40 to 140" in ask.refusal(word)


def test_a_board_without_the_part_says_so_and_starts_nothing(tmp_path: Path) -> None:
    with bench(flash(tmp_path, board="esp32-mux"), Sway(), board="esp32-mux") as on:
        on.run(0.5)
        on.say("start cue=100", 1.0)
        assert any("no buzzer or motor" in event.text for event in decode(on.received).events)
        assert on.board.tones == []


def test_ctrl_c_a_soft_reset_and_a_resumed_walk_are_silent(tmp_path: Path) -> None:
    with bench(flash(tmp_path), Sway()) as on:
        on.run(0.5)
        on.say("start cue=140", 2.5)
        tones = on.board.tones
        assert len(begun_us(tones)) >= 3
        on.handle.write(b"\x03import machine\rmachine.soft_reset()\r")
        on.run(3.0)
        assert tones[-1][1] == 0, "before the prompt came"
        assert b"stopped: soft reset" in on.received
        assert on.board.tones == [], "since the soft reset"
        on.say("log start cue=140", 3.0)
        assert len(begun_us(on.board.tones)) >= 3
        on.board.cut_power()
        on.received = b""
        on.run(3.0)
        on.say("info", 0.5)
        told = decode(on.received).config
        assert told["resumed"] == 1, "the walk goes on"
        assert "cue" not in told
        assert on.board.tones == []


@pytest.mark.parametrize("board", ["esp32-sd", "esp32-s3-devkit"])
@pytest.mark.parametrize("word", ["cue=140", "cue=140,beyond=60"])
def test_where_memory_is_short_a_walk_is_cued_or_the_board_says_that_it_is_not(tmp_path: Path, board: str, word: str):
    with bench(flash(tmp_path, board=board), Sway(), board=board) as on:
        on.run(0.5)
        on.say(f"log start {word}", 4.5)  # where memory is short a log is begun at the second or third attempt
        said = [event.text for event in decode(on.received).events if event.text.startswith("no ")]
        on.received = b""
        on.say("info", 0.5)
        logging = decode(on.received).config["log"] == 1
        print(board, word, len(begun_us(on.board.tones)), said)
        assert logging or any("no memory left for a log" in text for text in said)
        assert len(begun_us(on.board.tones)) >= 2 or "beyond" in word or said
        if said:
            assert on.board.tones == []
