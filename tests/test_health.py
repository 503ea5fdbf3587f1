# SPDX-License-Identifier: MIT
"""health.py and hand.py in CPython: what is said of cells that go wrong, and what ends a walk."""

from __future__ import annotations

from array import array
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surefoot.wire
from offboard import firmware

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
FLAGS = surefoot.wire.TABLE["flags"]
REASONS = surefoot.wire.TABLE["reasons"]
NAMES = ("health", "hand", "panel", "battery", "report", "link", "wire", "fast", "console")


class Ticking:
    """`time` of a board, as far as hand.py asks."""

    @staticmethod
    def ticks_ms() -> int:
        return 5

    @staticmethod
    def ticks_add(ticks: int, delta: int) -> int:
        return ticks + delta

    @staticmethod
    def ticks_diff(end: int, start: int) -> int:
        return end - start


@pytest.fixture(scope="module")
def fw() -> SimpleNamespace:
    return SimpleNamespace(**{name: firmware(name) for name in ("health", "hand", "panel")})


def watch(fw: Any, seconds: list[list[list[int]]], errors: list[int] | None = None) -> list[tuple[set[str], set[int]]]:
    """Flags and bad cells after each second; a second is a list of samples."""
    insoles = SimpleNamespace(errors=0)
    health = fw.health.Health(insoles)
    told = []
    for k, samples in enumerate(seconds):
        for counts in samples:
            health.see(array("H", counts))
        insoles.errors += errors[k] if errors else 0
        health.judge()
        names = {name for bit, name in enumerate(FLAGS) if health.flags >> bit & 1}
        told.append((names, {cell for cell in range(16) if health.cells >> cell & 1}))
    return told


def walking(second: int, **fixed: int) -> list[list[int]]:
    """Twenty samples of a foot on and off the ground; `fixed` cells (c0, c9...) stay at a count."""
    out = []
    for k in range(20):
        counts = [200 + 40 * ((k * (cell + 3) + second) % 19) for cell in range(16)]
        for name, count in fixed.items():
            counts[int(name[1:])] = count
        out.append(counts)
    return out


def test_a_healthy_walk_says_nothing(fw):
    assert watch(fw, [walking(k) for k in range(30)]) == [(set(), set())] * 30


def test_a_stuck_cell_is_named_after_ten_seconds_and_forgiven_when_it_moves(fw):
    told = watch(fw, [walking(k, c3=700) for k in range(12)] + [walking(9)])
    assert told[8] == (set(), set())
    assert told[9] == told[11] == ({"cell-stuck"}, {3})
    assert told[12] == (set(), set())


def test_a_cell_that_stands_still_with_all_others_is_a_person_standing(fw):
    still = [[[500 + 10 * cell for cell in range(16)]] * 20] * 30
    assert watch(fw, still) == [(set(), set())] * 30


def test_an_unloaded_cell_is_no_fault_and_a_shorted_one_is(fw):
    told = watch(fw, [walking(k, c1=0, c12=4095) for k in range(12)])
    assert told[0] == (set(), set())
    assert told[1] == told[11] == ({"cell-saturated"}, {12})


@pytest.mark.parametrize(("foot", "flag"), [(0, "no-left"), (1, "no-right")])
def test_a_foot_without_load_for_ten_seconds_is_told(fw, foot, flag):
    empty = {f"c{cell + 8 * foot}": cell % 3 for cell in range(8)}
    told = watch(fw, [walking(k, **empty) for k in range(11)])
    assert told[8][0] == set()
    assert told[9][0] == {flag}


def test_an_adc_error_is_told_in_its_second_only(fw):
    told = watch(fw, [walking(k) for k in range(3)], errors=[0, 2, 0])
    assert [flags for flags, _ in told] == [set(), {"adc-error"}, set()]


@given(samples=st.lists(st.lists(st.integers(0, 4095), min_size=16, max_size=16), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_extremes_are_the_least_and_the_most(fw, samples):
    low, high = array("H", [4095] * 16), array("H", [0] * 16)
    for counts in samples:
        fw.health.extremes(array("H", counts), 16, low, high)
    assert list(low) == [min(column) for column in zip(*samples, strict=True)]
    assert list(high) == [max(column) for column in zip(*samples, strict=True)]


def hand(fw: Any, monkeypatch: pytest.MonkeyPatch, events: list[int]) -> SimpleNamespace:
    """A Hand among stand-ins that only note what they are told."""
    monkeypatch.setattr(fw.hand, "time", Ticking)
    shown: list[int] = []
    marks: list[bytes] = []
    battery = SimpleNamespace(empty=False)
    queue = list(events)
    panel = SimpleNamespace(
        battery=battery, show=shown.append, step=lambda ms: queue.pop(0) if queue else fw.panel.NONE
    )
    console = SimpleNamespace(mark=marks.append)
    commands = SimpleNamespace(console=console, stop=False)
    fed: list[int] = []
    made = fw.hand.Hand(panel, SimpleNamespace(feed=lambda: fed.append(1)), commands)
    return SimpleNamespace(hand=made, shown=shown, marks=marks, commands=commands, battery=battery, fed=fed)


def test_a_short_press_ends_a_walk_but_not_a_test_on_the_cable(fw, monkeypatch):
    on = hand(fw, monkeypatch, [fw.panel.SHORT, fw.panel.SHORT])
    on.hand.begin(None)
    on.hand.step()
    assert not on.commands.stop
    on.hand.begin(SimpleNamespace(full=False, waiting=0, pump=lambda: None))
    on.hand.step()
    assert on.commands.stop
    assert on.hand.reason == REASONS.index("stop")
    assert len(on.fed) == 2


def test_a_long_press_marks_and_answers_with_light(fw, monkeypatch):
    on = hand(fw, monkeypatch, [fw.panel.LONG])
    on.hand.begin(SimpleNamespace(full=False, waiting=0, pump=lambda: None), resumed=1)
    on.hand.step()
    assert on.marks == [b"button"]
    assert on.shown == [fw.panel.LOGGING, fw.panel.MARK]


def test_a_walk_asks_for_standing_a_resumed_one_does_not(fw, monkeypatch):
    on = hand(fw, monkeypatch, [])
    logger = SimpleNamespace(full=False, waiting=0, pump=lambda: None)
    on.hand.begin(logger)
    on.hand.begin(logger, resumed=1)
    on.hand.begin(None)
    assert on.shown == [fw.panel.STILL, fw.panel.LOGGING, fw.panel.READY]
    assert not on.commands.stop


@pytest.mark.parametrize("reason", ["full", "battery"])
def test_a_full_log_or_an_empty_cell_ends_the_walk_and_says_which(fw, monkeypatch, reason):
    on = hand(fw, monkeypatch, [])
    logger = SimpleNamespace(full=False, waiting=0, pump=lambda: None)
    on.hand.begin(logger)
    on.hand.step()
    assert not on.commands.stop
    if reason == "full":
        logger.full = True
    else:
        on.battery.empty = True
    on.hand.step()
    assert on.commands.stop
    assert on.hand.reason == REASONS.index(reason)
