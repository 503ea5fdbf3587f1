# SPDX-License-Identifier: MIT
"""The budget front end: sixteen cells behind a multiplexer and the chip's own converter."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import drivers as programs
from offboard import firmware
from test_virtual_chips import load

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
Mux = load("mux").Mux
SETTLE_US = load("mux").SETTLE_US
FULL, SUPPLY_MV = 4095, 3300
LOW, HIGH = 150 * FULL / SUPPLY_MV, 2450 * FULL / SUPPLY_MV  # the converter's window in counts


@pytest.fixture
def module() -> ModuleType:
    return firmware("mux")


@pytest.fixture
def bench(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The driver on the multiplexer's model: a pin takes 1 us, a conversion 40."""
    on = SimpleNamespace(us=0, data=bytearray(32), levels=bytearray(4), changes=[], conversions=0, noise=[0])
    chip = Mux(on.data, 0, on.levels, (0, 1, 2, 3), lambda: on.us)

    def line(i: int) -> Any:
        def level(value: int) -> None:
            on.us += 1
            if on.levels[i] != value:
                on.changes.append(i)
            on.levels[i] = value
            chip.select(value)

        return level

    def read_uv() -> int:
        mv = chip.millivolts() + on.noise[on.conversions % len(on.noise)]
        on.us += 40
        on.conversions += 1
        return mv * 1000

    def sleep_us(us: int) -> None:
        on.us += us

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep_us=sleep_us))
    on.chip = chip
    on.cells = lambda *counts: struct.pack_into("<16H", on.data, 0, *counts)
    on.make = lambda settle_us=10: module.Insoles(
        SimpleNamespace(read_uv=read_uv), [line(i) for i in range(4)], settle_us
    )
    return on


RISING = tuple(range(200, 3000, 175))


def test_every_cell_is_read_in_its_place(bench: SimpleNamespace):
    bench.cells(*RISING)
    insoles = bench.make()
    for times in (1, 2):
        bench.conversions = 0
        insoles.scan(times)
        assert bench.conversions == 16 * 2 * times
        assert insoles.counts.typecode == "H"
        assert all(0 <= true - got <= 2 for got, true in zip(insoles.counts, RISING, strict=True)), "whole millivolts"
    assert insoles.errors == 0
    assert insoles.NAME == "ADC1+CD74HC4067"


def test_one_select_line_changes_from_cell_to_cell(bench: SimpleNamespace, module: ModuleType):
    assert sorted(module.ORDER) == list(range(16))
    for before, after, line in zip(module.ORDER, module.ORDER[1:], module.LINE[1:], strict=False):
        assert before ^ after == 1 << line
    insoles = bench.make()
    insoles.scan(1)
    bench.changes.clear()
    insoles.scan(1)
    assert len(bench.changes) == 16, "fifteen, and one back to the first"


def test_a_scan_that_was_cut_short_does_not_shift_the_cells(bench: SimpleNamespace):
    bench.cells(*RISING)
    insoles = bench.make()
    insoles.scan(1)
    before = insoles.counts.tolist()
    for pattern in range(16):
        for i in range(4):
            insoles.select[i](pattern >> i & 1)
        insoles.scan(1)
        assert insoles.counts.tolist() == before


def test_without_settling_a_cell_shows_its_neighbour(bench: SimpleNamespace):
    bench.cells(*RISING)
    insoles = bench.make(settle_us=SETTLE_US - 1)
    insoles.scan(1)
    wrong = [i for i in range(16) if abs(insoles.counts[i] - RISING[i]) > 50]
    assert len(wrong) >= 14, "the first of two reads came too early"


@pytest.mark.parametrize(
    ("count", "reads"),
    [(0, 0), (100, 0), (185, 0), (187, 187), (1000, 1000), (3039, 3039), (3041, FULL), (3500, FULL), (4095, FULL)],
)
def test_outside_the_window_nothing_is_guessed(bench: SimpleNamespace, count: int, reads: int):
    bench.cells(*[count] * 16)
    insoles = bench.make()
    insoles.scan(1)
    assert all(0 <= reads - got <= 2 for got in insoles.counts)
    assert (reads == 0) == (count < LOW)
    assert (reads == FULL) == (count >= HIGH)


def test_more_reads_less_noise(bench: SimpleNamespace):
    bench.cells(*[1500] * 16)
    bench.noise = [-12, 12, 12, -12]
    insoles = bench.make()
    insoles.scan(2)
    assert {abs(got - 1500) <= 2 for got in insoles.counts} == {True}


# -- on the virtual board, in MicroPython --

pty = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")


class Ramp:
    """Cells from empty to the rail, so that both ends of the window are passed."""

    def slots(self, first: int, n: int) -> bytes:
        return struct.pack("<16H6i", *range(0, 4096, 273), 0, 0, 1_000_000, 0, 0, 0) * n


@pty
def test_nothing_is_allocated_and_the_window_holds(tmp_path: Path):
    got, said = programs.run(Ramp(), programs.flash(tmp_path, "esp32-mux"), "esp32-mux")
    assert got, said
    due = [0 if count < LOW else FULL if count >= HIGH else count for count in range(0, 4096, 273)]
    assert all(0 <= true - count <= 2 for count, true in zip(got["counts"], due, strict=True))
    assert (got["front_end"], got["errors"], got["lost"]) == ("ADC1+CD74HC4067", 0, 0)


@pty
@pytest.mark.parametrize("function", ["scan", "count_of"])
def test_the_proof_fails_where_a_hot_function_allocates(tmp_path: Path, function: str):
    folder = programs.flash(tmp_path, "esp32-mux")
    programs.plant(folder, "mux.py", function)
    got, said = programs.run(Ramp(), folder, "esp32-mux")
    assert not got
    assert "heap is locked" in said
