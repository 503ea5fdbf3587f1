# SPDX-License-Identifier: MIT
"""The second IMU: the chip's model against its data sheet, the driver on the model, both on the virtual board.

Bit patterns, reset values and the scale of the clock are those of TDK's DS-000347 revision 1.8; no independent driver
of this chip is packaged.
"""

from __future__ import annotations

import struct
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import drivers as programs
from offboard import firmware
from test_virtual_chips import load, read, talk

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
ICM42688 = load("icm42688").ICM42688
UNITS_S = 40_000
TICK_US = 16 * 32 / 30
ACC_UG = (1_000_000, -1_234_567, 345_678)
RATE_DDPS = (1_000_000, -1_112_223, 54_321)


def chip(acc_ug: tuple = ACC_UG, rate_ddps: tuple = RATE_DDPS) -> Any:
    return ICM42688(bytearray(struct.pack("<6i", *acc_ug, *rate_ddps)), 0)


def running(odr: int = 8, clock: int = 0x39, config0: int = 0x73, sources: int = 0x47, mode: int = 0x40) -> Any:
    """Both sensors on at one rate, 4 g and 500 dps, into the FIFO."""
    out = chip()
    settings = {0x4C: config0, 0x54: clock, 0x4F: 2 << 5 | odr, 0x50: 2 << 5 | odr, 0x5F: sources, 0x16: mode, 0x4E: 15}
    for register, value in settings.items():
        talk(out, register, value)
    out.advance(8)
    return out


def packets(out: Any, n: int, size: int = 16) -> list[bytes]:
    data = bytes(read(out, 0x30, n * size))
    return [data[i : i + size] for i in range(0, n * size, size)]


# -- the model --


def test_reset_values_are_the_data_sheets():
    out = chip()
    due = {0x13: 0x05, 0x14: 0, 0x16: 0, 0x1D: 0x80, 0x1E: 0, 0x1F: 0x80, 0x25: 0x80, 0x2D: 0x10, 0x2E: 0, 0x4C: 0x30}
    due |= {0x4D: 0x91, 0x4E: 0, 0x4F: 0x06, 0x50: 0x06, 0x51: 0x16, 0x52: 0x11, 0x53: 0x0D, 0x54: 0x23, 0x56: 0x82}
    due |= {0x5F: 0, 0x62: 0x10, 0x75: 0x47, 0x76: 0}
    assert {register: read(out, register)[0] for register in due} == due
    assert read(out, 0x2D) == [0], "INT_STATUS clears when it is read"
    assert read(out, 0x30) == [0xFF], "an empty FIFO"


def test_a_reset_wants_its_millisecond_and_power_its_200_us():
    out = chip()
    talk(out, 0x4E, 0x0F)
    talk(out, 0x16, 0x40)
    assert (out.misused, read(out, 0x16)) == (1, [0])
    out.advance(8)
    talk(out, 0x16, 0x40)
    assert (out.misused, read(out, 0x16)) == (2, [0]), "no such register while a sensor runs"
    talk(out, 0x11, 1)
    assert read(out, 0x75) == [0]
    out.advance(40)
    assert (read(out, 0x75), read(out, 0x2D), read(out, 0x4E)) == ([0x47], [0x10], [0])
    assert out.misused == 3


@pytest.mark.parametrize(
    ("clock", "interval"),
    [(0x31, (937, 938)), (0x39, (58, 59))],  # section 12.7: the two resolutions at 1 kHz
)
def test_the_clocks_ticks_are_32_thirtieths_of_what_they_are_called(clock: int, interval: tuple[int, int]):
    out = running(odr=6, clock=clock)
    out.advance(41 * 40)
    stamps = [int.from_bytes(packet[14:], "big") for packet in packets(out, 40)]
    steps = {(after - before) & 0xFFFF for before, after in pairwise(stamps)}
    assert steps == set(interval)
    talk(out, 0x4B, 0x04)
    talk(out, 0x76, 1)
    value = int.from_bytes(bytes(read(out, 0x62, 3)), "little")
    talk(out, 0x76, 0)
    assert value >> 16 < 16
    assert (value - stamps[-1]) & 0xFFFF <= 2 * interval[1]


@pytest.mark.parametrize(("odr", "hz"), [(6, 1000), (7, 200), (8, 100), (9, 50), (10, 25), (11, 12.5), (15, 500)])
def test_rates(odr: int, hz: float):
    out = running(odr=odr)
    out.advance(UNITS_S // 10 + 4)
    assert abs(int.from_bytes(bytes(read(out, 0x2E, 2)), "big") - min(hz / 10, 127)) <= 1


def test_a_packet_is_16_bytes_in_the_data_sheets_order():
    out = running()
    out.advance(3 * 400)
    assert read(out, 0x2E, 2) == [0, 3]
    first, second, third = packets(out, 3)
    assert [first[0] & 0xFC, second[0], third[0]] == [0x68, 0x68, 0x68]
    acc = [round(ug / (4e6 / 32768)) for ug in ACC_UG]
    rate = [round(ddps / (500e4 / 32768)) for ddps in RATE_DDPS]
    assert list(struct.unpack(">6h", second[1:13])) == acc + rate
    assert second[13] / 2.07 + 25 == pytest.approx(28, abs=0.5)
    assert list(struct.unpack(">7h", bytes(read(out, 0x1D, 14)))) == [397, *acc, *rate]
    assert abs((28 - 25) * 132.48 - 397) < 1
    assert read(out, 0x2E, 2) == [0, 0]


@pytest.mark.parametrize(("code", "full_scale_g"), [(0, 16), (1, 8), (2, 4), (3, 2)])
def test_accelerometer_ranges(code: int, full_scale_g: int):
    out = chip((1_000_000, -17_000_000, 17_000_000))
    talk(out, 0x50, code << 5 | 8)
    talk(out, 0x4E, 0x03)
    out.advance(500)
    x, y, z = struct.unpack(">3h", bytes(read(out, 0x1F, 6)))
    assert x == 32768 // full_scale_g
    assert (y, z) == (-32766, 32767), "-32768 and -32767 mean that there is no sample"


@pytest.mark.parametrize(("code", "full_scale_dps"), [(0, 2000), (1, 1000), (2, 500), (3, 250), (4, 125), (5, 62.5)])
def test_gyroscope_ranges(code: int, full_scale_dps: float):
    out = chip(rate_ddps=(100_000, -21_000_000, 21_000_000))
    talk(out, 0x4F, code << 5 | 8)
    talk(out, 0x4E, 0x0C)
    out.advance(500)
    x, y, z = struct.unpack(">3h", bytes(read(out, 0x25, 6)))
    assert x == round(10 * 32768 / full_scale_dps)
    assert (y, z) == (-32766, 32767)


def test_without_the_other_sensor_its_samples_are_invalid():
    out = running()
    talk(out, 0x4E, 0x03)
    out.advance(900)
    *_, last = packets(out, int.from_bytes(bytes(read(out, 0x2E, 2)), "big"))
    assert struct.unpack(">3h", last[7:13]) == (-32768,) * 3


def test_endianness_counts_and_halves():
    big, little = running(config0=0x30), running(config0=0x00)
    for out in (big, little):
        out.advance(17 * 400)
    assert (read(big, 0x2E, 2), read(little, 0x2E, 2)) == ([1, 16], [16, 1]), "272 bytes"
    assert struct.unpack(">6h", packets(big, 1)[0][1:13]) == struct.unpack("<6h", packets(little, 1)[0][1:13])


def test_an_unfinished_read_counts_only_where_it_may_go_on():
    going_on, starting_over = running(sources=0x47), running(sources=0x07)
    for out in (going_on, starting_over):
        out.advance(4 * 400)
        first = packets(out, 2)
        assert packets(out, 2) == first if out is starting_over else packets(out, 2) != first
    assert (read(going_on, 0x2E, 2), read(starting_over, 0x2E, 2)) == ([0, 0], [0, 4])


@pytest.mark.parametrize(("mode", "oldest"), [(0x40, 23), (0x80, 0)])
def test_a_full_fifo_drops_the_oldest_or_stops(mode: int, oldest: int):
    out = running(mode=mode)
    read(out, 0x2D)
    out.advance(126 * 400)
    assert not read(out, 0x2D)[0] & 2
    out.advance(24 * 400)
    assert read(out, 0x2D)[0] & 2
    assert read(out, 0x2E, 2) == [0, 127], "2 kB less the room of one"
    assert read(out, 0x6C, 2) == [0, 23]
    first = packets(out, 1)[0]
    assert int.from_bytes(first[14:], "big") == int((oldest + 1) * 10_000 / TICK_US) & 0xFFFF


def test_the_self_test_pushes_the_axis_it_is_asked_to():
    out = running()
    out.advance(400)
    rest = struct.unpack(">6h", bytes(read(out, 0x1F, 12)))
    for bit, axis in ((3, 0), (4, 1), (5, 2), (0, 3), (1, 4), (2, 5)):
        talk(out, 0x70, 0x40 | 1 << bit)
        out.advance(400)
        pushed = struct.unpack(">6h", bytes(read(out, 0x1F, 12)))
        assert [i for i in range(6) if pushed[i] - rest[i] > 1000] == [axis]
    talk(out, 0x70, 0x08)
    out.advance(400)
    assert struct.unpack(">6h", bytes(read(out, 0x1F, 12))) == rest, "without ACCEL_ST_POWER nothing moves"


# -- the driver on the model --


class Wire:
    """SPI and chip select to a model; a transfer takes its time, and `dead` holds the data line at a level."""

    def __init__(self, out: Any):
        self.chip = out
        self.dead: int | None = None
        self.writes: list[tuple[int, int]] = []

    def cs(self, level: int) -> None:
        self.chip.select(not level)

    def write(self, buf: bytes) -> None:
        self.writes.append((buf[0], buf[1]))
        for byte in buf:
            self.chip.exchange(byte)

    def write_readinto(self, buf: bytes, into: bytearray) -> None:
        into[:] = bytes(self.chip.exchange(byte) for byte in bytes(buf))
        if self.dead is not None:
            into[:] = bytes([self.dead]) * len(into)


@pytest.fixture
def module() -> ModuleType:
    return firmware("icm42688")


@pytest.fixture
def bench(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A driver on a chip, whose time `wait(ms)` lets pass; the CPU's clock runs 0.8 % faster."""
    out = chip()
    wire = Wire(out)
    on = SimpleNamespace(chip=out, wire=wire, ms=2**30 - 500.0, imu=module.Imu(wire, wire.cs))

    def wait(ms: float) -> None:
        out.advance(round(ms * 40))
        on.ms += ms * 1.008

    on.wait = wait
    stub = SimpleNamespace(
        sleep_ms=wait,
        ticks_ms=lambda: int(on.ms) % 2**30,
        ticks_diff=lambda end, start: ((end - start + 2**29) % 2**30) - 2**29,
    )
    for name in ("icm42688", "icmstart", "icmfifo"):
        monkeypatch.setattr(firmware(name), "time", stub)
    return on


def drained(on: SimpleNamespace, most: int = 100_000) -> list[tuple[int, int, int]]:
    """(stamp, step, cause) of all that the FIFO holds."""
    fifo = on.imu.fifo
    got = []
    while fifo.fetch(most):
        while fifo.take():
            got.append((int.from_bytes(fifo.stamp, "little"), fifo.step, fifo.cause))
    return got


@pytest.mark.parametrize(
    ("rate_hz", "acc_g", "gyro_dps", "gyro", "acc", "filters"),
    [
        (100, 4, 500, 0b010_0_1000, 0b010_0_1000, 0x33),
        (200, 16, 2000, 0b000_0_0111, 0b000_0_0111, 0x22),
        (100, 2, 125, 0b100_0_1000, 0b011_0_1000, 0x33),
        (200, 8, 1000, 0b001_0_0111, 0b001_0_0111, 0x22),
        (100, 2, 250, 0b011_0_1000, 0b011_0_1000, 0x33),
    ],
)
def test_start_writes_what_the_data_sheet_says(
    bench: SimpleNamespace, rate_hz: int, acc_g: int, gyro_dps: int, gyro: int, acc: int, filters: int
):
    bench.imu.start(rate_hz, acc_g, gyro_dps)
    assert bench.wire.writes == [
        (0x76, 0),
        (0x11, 0x01),  # DEVICE_CONFIG: software reset
        (0x4C, 0b0111_0011),  # INTF_CONFIG0: count in packets, big endian, I2C off
        (0x4D, 0b0101_0001),  # INTF_CONFIG1: PLL; one scale
        (0x54, 0b0011_1001),  # TMST_CONFIG: readable, 16 us, on
        (0x4F, gyro),
        (0x50, acc),
        (0x52, filters),
        (0x5F, 0b0100_0111),  # FIFO_CONFIG1
        (0x16, 0b0100_0000),  # FIFO_CONFIG: stream
        (0x4E, 0b0000_1111),  # PWR_MGMT0: both in low noise
    ]
    bench.wait(100)
    bench.imu.flow()
    assert bench.chip.misused == 0
    assert bench.imu.fifo.fetch(10) == 0, "what came before is thrown away"
    bench.wait(30)
    assert len(drained(bench)) == 30 * rate_hz // 1000
    assert bench.chip.misused == 0


def test_scale_of_a_count(module: ModuleType):
    assert {g: round(g * 1e6 / 32768) for g in (2, 4, 8, 16)} == firmware("icmstart").ACC_LSB_UG
    assert {dps: round(dps * 1e6 / 32768) for dps in (125, 250, 500, 1000, 2000)} == firmware("icmstart").GYRO_LSB_UDPS
    assert round(1000 * TICK_US) == module.Imu.TICK_NS


def started(on: SimpleNamespace, rate_hz: int = 100) -> SimpleNamespace:
    on.imu.start(rate_hz, 4, 500)
    on.wait(100)
    on.imu.flow()
    return on


@pytest.mark.parametrize("rate_hz", [100, 200])
def test_samples_come_whole_and_their_clock_has_32_bits(bench: SimpleNamespace, rate_hz: int):
    started(bench, rate_hz)
    stamps = []
    for _ in range(400):
        bench.wait(10)
        got = drained(bench)
        assert {(step, cause) for _, step, cause in got} <= {(1, 0)}
        stamps += [stamp for stamp, *_ in got]
    assert len(stamps) == 4 * rate_hz
    steps = {after - before for before, after in pairwise(stamps)}
    assert all(abs(step - 1e6 / rate_hz / TICK_US) < 1 for step in steps), "4 s, three wraps of 16 bits"
    assert stamps[-1] - stamps[0] == pytest.approx((len(stamps) - 1) * 1e6 / rate_hz / TICK_US, abs=1)
    acc = [round(ug / (4e6 / 32768)) for ug in ACC_UG]
    rate = [round(ddps / (500e4 / 32768)) for ddps in RATE_DDPS]
    assert list(struct.unpack("<6h", bench.imu.fifo.record)) == acc + rate


def test_the_running_clock_goes_with_the_stamps(bench: SimpleNamespace):
    started(bench)
    stamp = 0
    bench.wait(5)
    for _ in range(300):
        bench.wait(7)
        stamp = drained(bench)[-1][0]
        bench.wait(3)
        bench.imu.clock()
        clock = int.from_bytes(bench.imu.four[1:5], "little")
        assert clock & 0xFFFFF == bench.chip._ticks() & 0xFFFFF
        assert 0 <= clock - stamp <= 10_000 / TICK_US + 1
    assert stamp > 2 * 65536
    assert bench.imu.temperature_raw() == 397


def test_the_stamp_wraps_at_32_bits(bench: SimpleNamespace):
    started(bench)
    fifo = bench.imu.fifo
    bench.wait(10)
    assert drained(bench)
    # The same moment, 20 hours on: only the driver's own upper bits tell.
    fifo.last = fifo.floor = 0xFF0_0000 | fifo.last
    fifo.top = 15
    stamps = []
    for _ in range(200):
        bench.wait(100)
        stamps += [stamp for stamp, step, _ in drained(bench) if step == 1]
        bench.imu.clock()
        clock = int.from_bytes(bench.imu.four[1:5], "little")
        assert 0 <= (clock - stamps[-1]) % 2**32 < 600
    assert len(stamps) == 2000
    assert max(stamps) > 2**32 - 600
    assert min(stamps) < 600


@pytest.mark.parametrize("rate_hz", [100, 200])
@pytest.mark.parametrize("stall_s", [1.2, 2.0, 3.5, 17.0, 19.0, 40.0, 100.0])
def test_an_overrun_is_counted_by_the_clock(bench: SimpleNamespace, rate_hz: int, stall_s: float):
    started(bench, rate_hz)
    bench.wait(100)
    before = len(drained(bench))
    assert before == rate_hz // 10
    bench.wait(stall_s * 1000)
    got = drained(bench)
    lost = [(step - 1, cause) for _, step, cause in got if step > 1]
    due = round(stall_s * rate_hz) - len(got)
    assert len(got) == 127 if stall_s * rate_hz > 127 else due == 0
    assert lost == ([(due, 3)] if due else [])
    bench.wait(100)
    assert {(step, cause) for _, step, cause in drained(bench)} == {(1, 0)}


@pytest.mark.parametrize("level", [0xFF, 0x00])
def test_a_dead_bus_is_no_data_and_its_loss_is_counted(bench: SimpleNamespace, level: int):
    started(bench)
    bench.wait(50)
    assert len(drained(bench)) == 5
    bench.wire.dead = level
    for _ in range(200):
        bench.wait(10)
        assert drained(bench) == []
    assert (bench.imu.fifo.bus_errors > 0) == (level == 0xFF)
    bench.wire.dead = None
    got = drained(bench)
    assert got[0][1] == 200 - 127 + 1
    assert {(step, cause) for _, step, cause in got[1:]} == {(1, 0)}


def test_a_foreign_header_or_an_impossible_stamp_is_dropped(bench: SimpleNamespace):
    started(bench)
    bench.wait(30)
    assert len(drained(bench)) == 3
    for where, value in ((0, 0x80), (14, 0x12)):
        bench.wait(10)
        bench.chip.fifo[(bench.chip._head + where) % 2048] = value
        assert drained(bench, most=50) == []
    bench.wait(10)
    assert [(step, cause) for _, step, cause in drained(bench, most=50)] == [(3, 4)]


@pytest.mark.parametrize("who", [0x00, 0xFF, 0x6C])
def test_another_chip_or_none_is_said_in_words(bench: SimpleNamespace, who: int):
    bench.chip.regs[0x75] = who
    with pytest.raises(OSError, match=f"0x{who:02X}, not 0x47, .*check its power and SPI wires"):
        bench.imu.start(100, 4, 500)
    assert bench.wire.writes == [(0x76, 0)]


def test_a_chip_that_does_not_come_back_is_said(bench: SimpleNamespace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench.imu, "get", lambda register: 0x47 if register == 0x75 else 0)
    with pytest.raises(OSError, match="does not come back from its reset"):
        bench.imu.start(100, 4, 500)


# -- on the virtual board, in MicroPython --

pty = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")


class Still:
    def slots(self, first: int, n: int) -> bytes:
        return struct.pack("<16H6i", *range(100, 1700, 100), *ACC_UG, *RATE_DDPS) * n


@pty
@pytest.mark.parametrize("rate_hz", [100, 200])
def test_nothing_is_allocated_and_an_overrun_is_named(tmp_path: Path, rate_hz: int):
    folder = programs.flash(tmp_path, "esp32-s3-devkit", rate_hz=rate_hz, late={30: 3000})
    got, said = programs.run(Still(), folder, "esp32-s3-devkit")
    assert got, said
    assert (got["imu"], got["bus_errors"], got["errors"]) == ("ICM-42688-P", 0, 0)
    assert got["overruns"] >= 1
    first, last = (int.from_bytes(bytes(got[name]), "little") for name in ("first", "stamp"))
    assert got["taken"] + got["lost"] == 1 + round((last - first) * TICK_US * rate_hz / 1e6)
    # The chip's oscillator is up to 0.5 % off, and the turn that stalls has its own 17 ms.
    assert got["lost"] == got["lost_fifo"] == pytest.approx(3.017 * rate_hz - 127, abs=0.005 * 3 * rate_hz + 1)
    assert got["celsius"] == pytest.approx(28, abs=0.05)
    acc = [round(ug / (4e6 / 32768)) for ug in ACC_UG]
    assert list(struct.unpack("<6h", bytes(got["record"])))[:3] == acc
    assert got["counts"] == list(range(100, 1700, 100))


@pty
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("registers.py", "read"),
        ("icm42688.py", "flow"),
        ("icm42688.py", "temperature_raw"),
        ("icm42688.py", "clock"),
        ("icmfifo.py", "fetch"),
        ("icmfifo.py", "take"),
        ("icmfifo.py", "_timed"),
        ("icmfifo.py", "place"),
        ("icmfifo.py", "write"),
    ],
)
def test_the_proof_fails_where_a_hot_function_allocates(tmp_path: Path, name: str, function: str):
    folder = programs.flash(tmp_path, "esp32-s3-devkit")
    programs.plant(folder, name, function)
    got, said = programs.run(Still(), folder, "esp32-s3-devkit")
    assert not got
    assert "heap is locked" in said
