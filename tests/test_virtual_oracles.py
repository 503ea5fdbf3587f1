# SPDX-License-Identifier: MIT
"""The chip models under drivers by other people, who have never heard of this project.

- qwiic_lsm6dso: SparkFun's driver of the LSM6DSO.
- micropython_lsm6dsox: a driver of its sister, of Adafruit's descent; the registers used here are the same.
- gpiozero.MCP3208: the Raspberry Pi's driver of the converter.

Where a driver is known to be wrong, the size of its error is asserted: the model must show it, as the chip would.
None of them reads the FIFO, whose words are held against the data sheet in test_virtual_chips.py.
"""

from __future__ import annotations

import importlib
import math
import struct
import sys
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType, SimpleNamespace
from typing import Any

import gpiozero
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qwiic_lsm6dso import QwiicLSM6DSO

from test_virtual_chips import MCP3208, imu, read, talk

G_MS2 = 9.80665
UNITS_S = 40_000  # the chip's time unit is 25 us
ACC_UG = (1_000_000, -1_234_567, 345_678)
RATE_DDPS = (1_000_000, -1_112_223, 54_321)  # 0.1 mdps, below 125 dps
TRUE_MS2 = [ug * 1e-6 * G_MS2 for ug in ACC_UG]
TRUE_RADS = [math.radians(ddps * 1e-4) for ddps in RATE_DDPS]
# Data sheet, table 2: one count in g and in degrees per second.
ACC_LSB_G = {2: 61e-6, 4: 122e-6, 8: 244e-6, 16: 488e-6}
RATE_LSB_DPS = {125: 4.375e-3, 250: 8.75e-3, 500: 17.5e-3, 1000: 35e-3, 2000: 70e-3}
RESET_VALUES = {0x01: 0, 0x02: 0x3F, 0x0A: 0, 0x10: 0, 0x11: 0, 0x12: 0x04, 0x14: 0, 0x17: 0, 0x18: 0xE0, 0x19: 0}


class Bus:
    """The I2C the drivers speak: the same registers, and a transaction takes its time."""

    def __init__(self, chip: Any):
        self.chip = chip
        self.units = 4  # 100 us, three or four bytes at 400 kHz

    def readfrom_mem(self, _: int, register: int, n: int) -> bytes:
        self.chip.advance(self.units)
        return bytes(read(self.chip, register, n))

    def writeto_mem(self, _: int, register: int, data: bytes) -> None:
        self.chip.advance(self.units)
        talk(self.chip, register, *data)

    def readByte(self, address: int, register: int) -> int:
        return self.readfrom_mem(address, register, 1)[0]

    def readWord(self, address: int, register: int) -> int:
        return int.from_bytes(self.readfrom_mem(address, register, 2), "little")

    def readBlock(self, address: int, register: int, n: int) -> list[int]:
        return list(self.readfrom_mem(address, register, n))

    def writeByte(self, address: int, register: int, value: int) -> None:
        self.writeto_mem(address, register, bytes((value,)))

    def isDeviceConnected(self, address: int) -> bool:
        return address in QwiicLSM6DSO.available_addresses


def sparkfun(acc_ug: tuple = ACC_UG, rate_ddps: tuple = RATE_DDPS) -> tuple[Any, Any, Bus]:
    """SparkFun's driver after its `begin`, the chip and the bus between them."""
    chip = imu(acc_ug, rate_ddps)
    bus = Bus(chip)
    driver = QwiicLSM6DSO(i2c_driver=bus)
    assert driver.begin()
    return driver, chip, bus


def test_sparkfun_knows_the_chip_by_its_identity():
    driver, chip, _ = sparkfun()
    assert driver.is_connected()
    chip.regs[0x0F] = 0x69
    assert not driver.begin()


def test_sparkfun_begin_leaves_what_its_manual_says():
    driver, chip, _ = sparkfun()
    assert read(chip, 0x12) == [0x44], "block data update, and the address still counts up"
    assert (driver.get_accel_data_rate_odr(), driver.get_gyro_data_rate_odr()) == (12.5, 12.5)
    assert (driver.get_accel_range_g(), driver.get_gyro_range_dps()) == (2, 250)
    assert driver.read_temp_c() == 28.0


@pytest.mark.parametrize(
    ("code", "full_scale_g"),
    [
        (QwiicLSM6DSO.FS_XL_2g, 2),
        (QwiicLSM6DSO.FS_XL_4g, 4),
        (QwiicLSM6DSO.FS_XL_8g, 8),
        (QwiicLSM6DSO.FS_XL_16g, 16),
    ],
)
def test_sparkfun_acceleration(code: int, full_scale_g: int):
    driver, chip, _ = sparkfun()
    assert driver.set_accel_range(code)
    chip.advance(UNITS_S)
    assert driver.get_accel_range_g() == full_scale_g
    got_ms2 = [g * G_MS2 for g in driver.read_float_accel_all()]
    assert got_ms2 == pytest.approx(TRUE_MS2, abs=ACC_LSB_G[full_scale_g] * G_MS2, rel=0)
    each = [driver.read_float_accel_x(), driver.read_float_accel_y(), driver.read_float_accel_z()]
    assert [g * G_MS2 for g in each] == got_ms2


@pytest.mark.parametrize(
    ("code", "full_scale_dps"),
    [
        (QwiicLSM6DSO.FS_G_125dps, 125),
        (QwiicLSM6DSO.FS_G_250dps, 250),
        (QwiicLSM6DSO.FS_G_500dps, 500),
        (QwiicLSM6DSO.FS_G_1000dps, 1000),
        (QwiicLSM6DSO.FS_G_2000dps, 2000),
    ],
)
def test_sparkfun_angular_rate(code: int, full_scale_dps: int):
    driver, chip, _ = sparkfun()
    assert driver.set_gyro_range(code)
    chip.advance(UNITS_S)
    assert driver.get_gyro_range_dps() == full_scale_dps
    got_rads = [math.radians(dps) for dps in driver.read_float_gyro_all()]
    assert got_rads == pytest.approx(TRUE_RADS, abs=math.radians(RATE_LSB_DPS[full_scale_dps]), rel=0)
    each = [driver.read_float_gyro_x(), driver.read_float_gyro_y(), driver.read_float_gyro_z()]
    assert [math.radians(dps) for dps in each] == got_rads


@given(
    acc_ug=st.tuples(*[st.integers(-3_990_000, 3_990_000)] * 3),
    rate_ddps=st.tuples(*[st.integers(-4_990_000, 4_990_000)] * 3),
)
def test_sparkfun_reads_any_motion_within_half_a_count(acc_ug: tuple, rate_ddps: tuple):
    driver, chip, _ = sparkfun(acc_ug, rate_ddps)
    driver.set_accel_range(driver.FS_XL_4g)
    driver.set_gyro_range(driver.FS_G_500dps)
    chip.advance(UNITS_S // 10)
    got = driver.read_float_accel_gyro_all()
    assert got[:3] == pytest.approx([ug * 1e-6 for ug in acc_ug], abs=0.5001 * ACC_LSB_G[4], rel=0)
    assert got[3:] == pytest.approx([ddps * 1e-4 for ddps in rate_ddps], abs=0.5001 * RATE_LSB_DPS[500], rel=0)


def test_sparkfun_saturates_at_full_scale():
    driver, chip, _ = sparkfun((2_500_000, -2_500_000, 0), (3_000_000, -3_000_000, 0))
    driver.set_gyro_range(driver.FS_G_250dps)
    chip.advance(UNITS_S)
    assert driver.read_float_accel_all() == pytest.approx((32767 * 61e-6, -32768 * 61e-6, 0))
    assert driver.read_float_gyro_all() == pytest.approx((32767 * 8.75e-3, -32768 * 8.75e-3, 0))


def test_sparkfun_second_full_scale_mode_turns_16_g_into_2_g():
    driver, chip, _ = sparkfun()
    driver.set_accel_range(driver.FS_XL_16g)
    driver.set_accel_full_scale(True)
    chip.advance(UNITS_S)
    assert driver.get_accel_range_g() == 2
    assert driver.read_raw_accel_x() == round(1 / 61e-6)


def period_units(driver: Any, chip: Any, bus: Bus, flag: int) -> int:
    """From one rising data-ready flag to the next, in time units; all periods are multiples of six."""
    bus.units = 0
    seen: list[int] = []
    for now in range(0, 60_000, 6):
        if driver.get_status_reg() & flag:
            driver.read_raw_accel_gyro_all()
            seen.append(now)
            if len(seen) == 2:
                return seen[1] - seen[0]
        chip.advance(6)
    raise AssertionError("no two samples in 1.5 s")


@pytest.mark.parametrize("code", range(1, 12))
def test_sparkfun_output_rates(code: int):
    driver, chip, bus = sparkfun()
    assert driver.set_gyro_data_rate(driver.ODR_DISABLE)
    assert driver.set_accel_data_rate(code)
    units = period_units(driver, chip, bus, 1)
    # The nominal 12.5 Hz is 6667 / 512 by the chip's own formula of INTERNAL_FREQ_FINE: 13.02.
    nominal_hz = {12.5: 6667 / 512, 1.6: 6667 / 4096}.get(rate := driver.get_accel_data_rate_odr(), rate)
    assert UNITS_S / units == pytest.approx(nominal_hz, rel=0.005)
    assert driver.set_accel_data_rate(driver.ODR_DISABLE)
    if driver.set_gyro_data_rate(code):
        assert driver.get_gyro_data_rate_odr() == rate
        assert period_units(driver, chip, bus, 2) == units
    else:
        assert code == driver.ODR_1_6Hz, "the gyroscope has no such rate"


def test_sparkfun_software_reset():
    driver, chip, bus = sparkfun()
    driver.set_accel_range(driver.FS_XL_8g)
    driver.set_gyro_data_rate(driver.ODR_208Hz)
    driver.set_accel_full_scale(True)
    chip.advance(UNITS_S)
    driver.software_reset()
    chip.advance(2)
    assert {register: read(chip, register)[0] for register in RESET_VALUES} == RESET_VALUES
    bus.units = 0
    chip.advance(UNITS_S)
    assert driver.get_status_reg() & 3 == 0, "both sensors are off"
    assert driver.read_raw_accel_gyro_all() == [0] * 12


def test_sparkfun_reads_half_the_rate_until_a_range_is_set():
    driver, chip, _ = sparkfun()
    chip.advance(UNITS_S)
    # It takes 125 dps for the range after reset, which is 250 dps.
    ratios = [got / (ddps * 1e-4) for got, ddps in zip(driver.read_float_gyro_all(), RATE_DDPS, strict=True)]
    assert ratios == pytest.approx([0.5] * 3, rel=1e-3)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("first", [0, 1])
def test_sparkfun_block_data_update_keeps_the_halves_of_a_sample_together(held: bool, first: int):
    driver, chip, bus = sparkfun(acc_ug=(0x1FF * 61, 0, 0))
    driver.set_block_data_update(held)
    driver.set_accel_data_rate(driver.ODR_104Hz)
    chip.advance(UNITS_S)
    half = {first: bus.readByte(0, driver.OUTX_L_A + first)}
    struct.pack_into("<2i", chip.data, chip.at, 0x200 * 61, 0x300 * 61)
    chip.advance(UNITS_S)
    half[1 - first] = bus.readByte(0, driver.OUTX_L_A + 1 - first)
    torn = 0x100 if first else 0x2FF
    assert half[0] | half[1] << 8 == (0x1FF if held else torn)
    assert driver.read_raw_accel_y() == 0x300, "the other axes go on"
    chip.advance(UNITS_S)
    assert driver.read_raw_accel_x() == 0x200


def test_sparkfun_map_of_registers_leads_to_the_fifo():
    driver, chip, bus = sparkfun()
    driver.set_accel_data_rate(driver.ODR_104Hz)
    driver.set_gyro_data_rate(driver.ODR_104Hz)
    driver.set_block_data_update(True)
    bus.writeByte(0, driver.CTRL10_C, 0x20)
    bus.writeByte(0, driver.FIFO_CTRL3, 0x44)
    bus.writeByte(0, driver.FIFO_CTRL4, 0x46)
    bus.readByte(0, driver.OUTX_L_A)  # held outputs are nothing to the FIFO
    struct.pack_into("<i", chip.data, chip.at, 500_000)
    bus.units = 0
    chip.advance(UNITS_S // 10)
    n = bus.readByte(0, driver.FIFO_STATUS1)
    assert n == 30, "ten samples of three words"
    assert bus.readByte(0, driver.FIFO_STATUS2) == 0
    now = int.from_bytes(bus.readfrom_mem(0, driver.TIMESTAMP0_REG, 4), "little")
    words = [bytes(bus.readBlock(0, driver.FIFO_DATA_OUT_TAG, 7)) for _ in range(n)]
    # ST's own names: 1 gyroscope, 2 accelerometer, 4 timestamp, none of them compressed.
    by_tag = {tag: [word[1:] for word in words if word[0] >> 3 == tag] for tag in (1, 2, 4)}
    assert [len(found) for found in by_tag.values()] == [10, 10, 10]
    assert all(list(word) == driver.read_raw_gyro_all() for word in by_tag[1])
    assert [driver.calc_accel(value) for value in struct.unpack("<3h", by_tag[2][-1])] == pytest.approx(
        [0.5, -1.234567, 0.345678], abs=61e-6
    )
    stamps = [int.from_bytes(word[:4], "little") for word in by_tag[4]]
    assert {after - before for before, after in pairwise(stamps)} == {round(UNITS_S * 64 / 6667)}
    assert 0 <= now - stamps[-1] < 384


@pytest.fixture
def lsm6dsox(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The MicroPython driver's module, with the one name of MicroPython that it needs."""
    stub: Any = ModuleType("micropython")
    stub.const = lambda value: value
    monkeypatch.setitem(sys.modules, "micropython", stub)
    yield importlib.import_module("micropython_lsm6dsox.lsm6dsox")
    for name in [name for name in sys.modules if name.partition(".")[0] == "micropython_lsm6dsox"]:
        del sys.modules[name]


@pytest.fixture
def second(lsm6dsox: ModuleType, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """That driver on a chip; its sleeps are the chip's time."""
    chip = imu(ACC_UG, RATE_DDPS)
    slept_s: list[float] = []

    def sleep(seconds: float) -> None:
        slept_s.append(seconds)
        chip.advance(round(seconds * UNITS_S))

    monkeypatch.setattr(lsm6dsox, "sleep", sleep)
    bus = Bus(chip)
    bus.units = 0
    return SimpleNamespace(driver=lsm6dsox.LSM6DSOX(bus), chip=chip, slept_s=slept_s, module=lsm6dsox)


def test_second_driver_starts_and_waits_for_the_reset(second: SimpleNamespace):
    assert second.slept_s[0] == 0.001, "the reset bit was seen set once"
    assert second.slept_s.count(0.001) == 1
    assert second.driver._bdu == 1
    assert second.driver.acceleration_range == "RANGE_4G"
    assert second.driver.gyro_data_rate == "RATE_104_HZ"


def test_second_driver_refuses_another_chip(lsm6dsox: ModuleType):
    chip = imu()
    chip.regs[0x0F] = 0x69
    with pytest.raises(RuntimeError, match="LSM6DSOX"):
        lsm6dsox.LSM6DSOX(Bus(chip))


@pytest.mark.parametrize("full_scale_g", [2, 4, 8, 16])
def test_second_driver_acceleration(second: SimpleNamespace, full_scale_g: int):
    second.driver.acceleration_range = getattr(second.module, f"RANGE_{full_scale_g}G")
    assert second.driver.acceleration_range == f"RANGE_{full_scale_g}G"
    assert second.driver.acceleration == pytest.approx(TRUE_MS2, abs=ACC_LSB_G[full_scale_g] * G_MS2, rel=0)


@pytest.mark.parametrize("full_scale_dps", [250, 500, 1000, 2000])
def test_second_driver_angular_rate_is_right_at_250_dps_only(second: SimpleNamespace, full_scale_dps: int):
    second.driver.gyro_range = getattr(second.module, f"RANGE_{full_scale_dps}_DPS")
    # It changes its factor and not the register: the chip stays at 250 dps, and so must the model.
    ratio = full_scale_dps / 250
    lsb_rads = math.radians(RATE_LSB_DPS[full_scale_dps])
    assert second.driver.gyro == pytest.approx([ratio * rads for rads in TRUE_RADS], abs=lsb_rads, rel=0)


def test_second_driver_writes_the_rate_two_bits_too_low(second: SimpleNamespace):
    assert read(second.chip, 0x10) == [0x18], "12.5 Hz where 104 Hz was meant; the range is written over the rest"
    assert second.chip._xl == 3072


def converter(counts: tuple[int, ...], **options: Any) -> gpiozero.MCP3208:
    """gpiozero's driver on the model: whole conversations, most significant bit first."""
    chip = MCP3208(bytearray(struct.pack("<8H", *counts)), 0)
    bus = SimpleNamespace(bits_per_word=8, transfer=lambda words: talk(chip, *words), close=lambda: None)
    return gpiozero.MCP3208(pin_factory=SimpleNamespace(spi=lambda **_: bus), **options)


counts_12_bits = st.tuples(*[st.integers(0, 4095)] * 8)


@given(counts=counts_12_bits)
def test_gpiozero_reads_every_channel(counts: tuple[int, ...]):
    for channel in range(8):
        with converter(counts, channel=channel) as driver:
            assert driver.bits == 12
            assert driver.raw_value == counts[channel]
            assert driver.voltage == pytest.approx(3.3 * counts[channel] / 4095, abs=3.3 / 4096)


@given(counts=counts_12_bits)
def test_gpiozero_reads_differences_of_pairs(counts: tuple[int, ...]):
    for channel in range(8):
        with converter(counts, channel=channel, differential=True) as driver:
            assert driver.raw_value == max(counts[channel] - counts[channel ^ 1], 0)
