# SPDX-License-Identifier: MIT
"""imu.py, fifo.py and insole.py against chips that record what they are told; bit patterns are the data sheets'."""

from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from offboard import firmware

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
ACCEL, GYRO, TEMPERATURE, STAMP = 2, 1, 3, 4


@pytest.fixture
def drivers(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The modules as CPython sees them."""
    loaded = SimpleNamespace(**{name: firmware(name) for name in ("imu", "imustart", "fifo", "insole")})
    loaded.slept_ms = []
    monkeypatch.setattr(loaded.imustart, "time", SimpleNamespace(sleep_ms=loaded.slept_ms.append))
    return loaded


class Chip:
    """An LSM6DSO as far as the driver can see: registers, a queue of FIFO words, and what was written to it."""

    def __init__(self, who: int = 0x6C, stuck: dict[int, int] | None = None):
        self.regs = bytearray(0x80)
        self.regs[0x0F] = who
        self.stuck = stuck or {}
        self.writes: list[tuple[int, int]] = []
        self.words: list[bytes] = []
        self.flags = 0
        self.reset_reads = 2
        self.selected = False

    def cs(self, level: int) -> None:
        self.selected = not level

    def write(self, buf: bytes) -> None:
        assert self.selected
        assert len(buf) == 2
        assert not buf[0] & 0x80
        self.writes.append((buf[0], buf[1]))
        self.regs[buf[0]] = self.stuck.get(buf[0], buf[1])

    def write_readinto(self, out: bytes, into: bytearray) -> None:
        assert self.selected
        assert out[0] & 0x80
        reg = out[0] & 0x7F
        if reg == 0x78:
            count, rest = divmod(len(into) - 1, 7)
            assert not rest
            assert count <= len(self.words)
            into[1:] = b"".join(self.words[:count])
            del self.words[:count]
            return
        if reg == 0x12 and self.regs[0x12] & 1:
            self.reset_reads -= 1
            if not self.reset_reads:
                self.regs[0x12] = 0x04
        self.regs[0x3A:0x3C] = struct.pack("<H", len(self.words) | self.flags << 8)
        if reg == 0x3A:
            self.flags = 0  # the latch is cleared by reading it
        into[1:] = self.regs[reg : reg + len(into) - 1]


def word(sensor: int, slot: int, payload: bytes) -> bytes:
    tag = sensor << 3 | (slot & 3) << 1
    return bytes([tag | tag.bit_count() & 1]) + payload.ljust(6, b"\0")


def sample(slot: int, ticks: int, order: tuple[int, ...] = (STAMP, GYRO, ACCEL)) -> list[bytes]:
    payload = {
        ACCEL: struct.pack("<3h", slot, -slot, 1000),
        GYRO: struct.pack("<3h", -32768, 32767, slot),
        STAMP: struct.pack("<I", ticks & 0xFFFFFFFF),
    }
    return [word(sensor, slot, payload[sensor]) for sensor in order]


def started(drivers: SimpleNamespace, chip: Chip, odr_hz: int = 104) -> Any:
    imu = drivers.imu.Imu(chip, chip.cs)
    imu.start(odr_hz, 4, 500)
    return imu


def taken(fifo: Any, most: int = 1000) -> list[tuple[bytes, int, int, int]]:
    out = []
    while fifo.fetch(most):
        while fifo.take():
            out.append((bytes(fifo.record), int.from_bytes(fifo.stamp, "little"), fifo.step, fifo.cause))
    return out


@pytest.mark.parametrize(
    ("odr_hz", "acc_g", "gyro_dps", "ctrl1", "ctrl2", "batch"),
    [
        (104, 2, 250, 0b0100_00_00, 0b0100_00_00, 0x44),
        (104, 4, 500, 0b0100_10_00, 0b0100_01_00, 0x44),
        (208, 8, 1000, 0b0101_11_00, 0b0101_10_00, 0x55),
        (208, 16, 2000, 0b0101_01_00, 0b0101_11_00, 0x55),
        (104, 4, 125, 0b0100_10_00, 0b0100_00_10, 0x44),
    ],
)
def test_start_writes_what_the_data_sheet_says(
    drivers: SimpleNamespace, odr_hz: int, acc_g: int, gyro_dps: int, ctrl1: int, ctrl2: int, batch: int
) -> None:
    chip = Chip()
    imu = drivers.imu.Imu(chip, chip.cs)
    imu.start(odr_hz, acc_g, gyro_dps)
    assert chip.writes == [
        (0x12, 0x01),  # CTRL3_C: software reset
        (0x12, 0x44),  # BDU, IF_INC
        (0x13, 0x04),  # CTRL4_C: I2C off
        (0x18, 0xE2),  # CTRL9_XL: I3C off
        (0x19, 0x20),  # CTRL10_C: timestamp on
        (0x09, batch),  # FIFO_CTRL3: both batched at their rate
        (0x10, ctrl1),
        (0x11, ctrl2),
    ]
    assert drivers.slept_ms == [1]  # the reset was waited for
    imu.flow()
    assert chip.writes[-1] == (0x0A, 0b01_00_0_110)  # FIFO_CTRL4: a timestamp per slot, continuous
    assert not chip.selected


def test_lsb_sizes_are_the_data_sheets(drivers: SimpleNamespace) -> None:
    assert drivers.imustart.ACC_LSB_UG == {2: 61, 4: 122, 8: 244, 16: 488}
    assert drivers.imustart.GYRO_LSB_UDPS == {125: 4375, 250: 8750, 500: 17500, 1000: 35000, 2000: 70000}
    for odr_hz, divisor in ((104, 64), (208, 32)):
        assert drivers.imustart.TICKS[odr_hz] == round(40000 * divisor / 6667)


def test_a_chip_that_stays_in_its_reset_is_said_and_not_waited_for_for_ever(drivers: SimpleNamespace) -> None:
    chip = Chip()
    chip.reset_reads = 1000
    with pytest.raises(OSError, match="reset"):
        started(drivers, chip)
    assert sum(drivers.slept_ms) < 100


@pytest.mark.parametrize("who", [0x00, 0xFF, 0x6A])
def test_another_chip_or_none_is_said_in_words(drivers: SimpleNamespace, who: int) -> None:
    chip = Chip(who)
    with pytest.raises(OSError, match=f"0x{who:02X}, not 0x6C, .*check its power and SPI wires"):
        started(drivers, chip)
    assert chip.writes == []


def test_a_register_that_does_not_keep_its_value_is_said(drivers: SimpleNamespace) -> None:
    with pytest.raises(OSError, match="register 0x10 keeps 0x40, not 0x48"):
        started(drivers, Chip(stuck={0x10: 0x40}))


@pytest.mark.parametrize(
    "order", [(GYRO, ACCEL, STAMP), (STAMP, GYRO, ACCEL), (ACCEL, STAMP, GYRO)], ids=lambda order: str(order)
)
def test_samples_come_whole_in_any_order_of_words(drivers: SimpleNamespace, order: tuple[int, ...]) -> None:
    chip = Chip()
    fifo = started(drivers, chip).fifo
    for k in range(30):
        chip.words += sample(k, 1000 + 384 * k, order)
    got = taken(fifo)
    assert [stamp for _, stamp, _, _ in got] == [1000 + 384 * k for k in range(30)]
    assert [struct.unpack("<6h", record) for record, *_ in got] == [(k, -k, 1000, -32768, 32767, k) for k in range(30)]
    assert {(step, cause) for *_, step, cause in got} == {(1, 0)}


def test_a_sample_split_over_two_reads_is_joined(drivers: SimpleNamespace) -> None:
    chip = Chip()
    fifo = started(drivers, chip).fifo
    words = sample(0, 0) + sample(1, 384)
    got = []
    for piece in (words[:1], words[1:5], words[5:]):
        chip.words += piece
        got += taken(fifo)
    assert [stamp for _, stamp, _, _ in got] == [0, 384]


@pytest.mark.parametrize(("odr_hz", "ticks"), [(104, 384), (208, 192)])
def test_an_overrun_is_counted_by_the_timestamps(drivers: SimpleNamespace, odr_hz: int, ticks: int) -> None:
    chip = Chip()
    fifo = started(drivers, chip, odr_hz).fifo
    chip.words = sample(0, 2**32 - ticks) + sample(1, 2**32)  # across the wrap of the u32
    assert [step for *_, step, _ in taken(fifo)] == [1, 1]
    # Eight slots are gone, a multiple of the slot counter's four; of the first one left only the accel survives.
    chip.flags = 0x48
    chip.words = sample(1 + 9, 9 * ticks)[2:] + sample(1 + 10, 10 * ticks + 3) + sample(1 + 11, 11 * ticks)
    got = taken(fifo)
    assert [(step, cause) for *_, step, cause in got] == [(10, drivers.fifo.CAUSE_FIFO), (1, 0)]
    assert fifo.overruns == 1
    chip.words = sample(1 + 14, 14 * ticks) + sample(1 + 15, 15 * ticks)
    assert [(step, cause) for *_, step, cause in taken(fifo)] == [(3, drivers.fifo.CAUSE_UNKNOWN), (1, 0)]


def test_a_dead_bus_is_no_data(drivers: SimpleNamespace) -> None:
    chip = Chip()
    fifo = started(drivers, chip).fifo
    chip.words = sample(0, 0)
    assert len(taken(fifo)) == 1
    chip.flags = 0xFF  # MISO floats high: 1023 words and a bit that is always zero
    assert fifo.fetch(1000) == 0
    assert not fifo.take()
    assert fifo.bus_errors == 1
    chip.words = sample(5, 5 * 384)
    assert [(step, cause) for *_, step, cause in taken(fifo)] == [(5, drivers.fifo.CAUSE_BUS)]


def test_a_foreign_tag_or_an_impossible_stamp_is_dropped(drivers: SimpleNamespace) -> None:
    chip = Chip()
    fifo = started(drivers, chip).fifo
    chip.words = [*sample(0, 0), b"\xff" * 7]
    assert len(taken(fifo)) == 1
    chip.words = sample(1, 384 * 500)  # nothing so long can have been missed by now
    assert taken(fifo, most=210) == []
    chip.words = sample(2, 0)  # and no time has passed
    assert taken(fifo, most=210) == []
    assert fifo.bus_errors == 3
    chip.words = sample(3, 384 * 3)
    assert [step for *_, step, _ in taken(fifo, most=210)] == [3]


@pytest.mark.parametrize(("low", "high", "raw"), [(0, 3, 768), (0xFF, 0xFF, -1), (0, 0x80, -32768)])
def test_temperature_and_clock(drivers: SimpleNamespace, low: int, high: int, raw: int) -> None:
    chip = Chip()
    imu = started(drivers, chip)
    chip.regs[0x20:0x22] = bytes([low, high])
    chip.regs[0x40:0x44] = bytes([1, 2, 3, 0xF4])
    assert imu.temperature_raw() == raw
    imu.clock()
    assert bytes(imu.four[1:5]) == bytes([1, 2, 3, 0xF4])


class Mcp3208:
    """Two of them on one bus: figure 6-1 of DS21298, with garbage on the bits that a driver has to mask."""

    def __init__(self) -> None:
        self.counts = [[100 * k + 7 for k in range(8)], [4095 - k for k in range(8)]]
        self.active = [False, False]
        self.asked: list[bytes] = []

    def select(self, which: int) -> Any:
        return lambda level: self.active.__setitem__(which, not level)

    def write_readinto(self, out: bytes, into: bytearray) -> None:
        assert sum(self.active) == 1
        self.asked.append(bytes(out))
        start, single, channel = out[0] >> 2 & 1, out[0] >> 1 & 1, (out[0] & 1) << 2 | out[1] >> 6
        assert (start, single) == (1, 1)
        into[:] = struct.pack(">BH", 0xFF, 0xE000 | self.counts[self.active.index(True)][channel])


def test_insoles_read_all_cells_in_order(drivers: SimpleNamespace) -> None:
    chips = Mcp3208()
    insoles = drivers.insole.Insoles(chips, chips.select(0), chips.select(1))
    insoles.scan(1)
    assert insoles.counts.tolist() == chips.counts[0] + chips.counts[1]
    assert insoles.counts.typecode == "H"
    assert chips.asked[:8] == chips.asked[8:]
    assert chips.asked[:8] == [bytes([6 + (channel >> 2), channel % 4 * 64, 0]) for channel in range(8)]
    assert chips.active == [False, False]


def test_two_scans_are_averaged_cell_by_cell_and_rounded(drivers: SimpleNamespace) -> None:
    chips = Mcp3208()
    insoles = drivers.insole.Insoles(chips, chips.select(0), chips.select(1))
    plain = chips.write_readinto

    def drifting(out: bytes, into: bytearray) -> None:
        if len(chips.asked) == 16:
            chips.counts = [[count - 3 for count in foot] for foot in chips.counts]
        plain(out, into)

    chips.write_readinto = drifting  # type: ignore[method-assign]
    insoles.scan(2)
    assert len(chips.asked) == 32
    first = np.array(chips.counts).ravel() + 3
    assert insoles.counts.tolist() == ((2 * first - 3 + 1) // 2).tolist()
