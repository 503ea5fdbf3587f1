# SPDX-License-Identifier: MIT
"""The chip models against the bit patterns of their data sheets, without MicroPython."""

import copy
import importlib.util
import struct
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot.device.virtual as room

VM = Path(room.__file__).parent / "vm"


def load(name: str) -> ModuleType:
    # By path: the folder also holds a `time` that must not be found by anyone else.
    spec = importlib.util.spec_from_file_location(f"virtual_{name}", VM / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LSM6DSO = load("lsm6dso").LSM6DSO
MCP3208 = load("mcp3208").MCP3208
UNITS_104 = 384


def talk(chip: Any, *sent: int, more: int = 0) -> list[int]:
    """One conversation: the bytes that come back while `sent` and `more` zeros go out."""
    chip.select(True)
    back = [chip.exchange(byte) for byte in bytes(sent) + bytes(more)]
    chip.select(False)
    return back


def read(chip: Any, register: int, n: int = 1) -> list[int]:
    return talk(chip, register | 0x80, more=n)[1:]


def imu(acc_ug: tuple = (0, 0, 1_000_000), rate_ddps: tuple = (0, 0, 0)) -> Any:
    return LSM6DSO(bytearray(struct.pack("<6i", *acc_ug, *rate_ddps)), 0)


def streaming(**kwargs: Any) -> Any:
    """104 Hz, 4 g, 500 dps, timestamp on, both sensors batched into a continuous FIFO."""
    chip = imu(**kwargs)
    talk(chip, 0x10, 0x48, 0x44)
    talk(chip, 0x19, 0x20)
    talk(chip, 0x09, 0x44)
    talk(chip, 0x0A, 0x06)
    return chip


def words(chip: Any) -> list[tuple[int, bytes]]:
    low, high = read(chip, 0x3A, 2)
    n = low | (high & 3) << 8
    raw = bytes(read(chip, 0x78, 7 * n))
    return [(raw[k], raw[k + 1 : k + 7]) for k in range(0, 7 * n, 7)]


def test_imu_identity_and_reset_values():
    chip = imu()
    assert read(chip, 0x0F) == [0x6C]
    assert [read(chip, r)[0] for r in (0x01, 0x02, 0x10, 0x11, 0x12, 0x18, 0x19)] == [0, 0x3F, 0, 0, 0x04, 0xE0, 0]
    talk(chip, 0x0F, 0x55)
    assert read(chip, 0x0F) == [0x6C], "WHO_AM_I is read only"


def test_imu_address_increments_unless_switched_off():
    chip = imu()
    talk(chip, 0x10, 0x48, 0x44)
    assert read(chip, 0x10, 2) == [0x48, 0x44]
    talk(chip, 0x12, 0x00)
    assert read(chip, 0x10, 3) == [0x48] * 3


@pytest.mark.parametrize(("ctrl1", "count"), [(0x40, 16393), (0x48, 8197), (0x4C, 4098), (0x44, 2049)])
def test_acceleration_lsb(ctrl1: int, count: int):
    chip = imu(acc_ug=(1_000_000, -1_000_000, 0))
    talk(chip, 0x10, ctrl1)
    chip.advance(UNITS_104)
    assert struct.unpack("<3h", bytes(read(chip, 0x28, 6))) == (count, -count, 0)


@pytest.mark.parametrize(("ctrl2", "count"), [(0x42, 22857), (0x40, 11429), (0x44, 5714), (0x48, 2857), (0x4C, 1429)])
def test_rate_lsb(ctrl2: int, count: int):
    chip = imu(rate_ddps=(1_000_000, 0, -1_000_000))  # 100 dps; 70 mdps a count at 2000 dps
    talk(chip, 0x11, ctrl2)
    chip.advance(UNITS_104)
    assert struct.unpack("<3h", bytes(read(chip, 0x22, 6))) == (count, 0, -count)


def test_saturation():
    chip = imu(acc_ug=(5_000_000, -5_000_000, 0))
    talk(chip, 0x10, 0x48)
    chip.advance(UNITS_104)
    assert struct.unpack("<3h", bytes(read(chip, 0x28, 6))) == (32767, -32768, 0)


def test_new_data_flags_fall_when_read():
    chip = streaming()
    assert read(chip, 0x1E) == [0]
    chip.advance(UNITS_104)
    assert read(chip, 0x1E) == [0x07]
    read(chip, 0x28, 6)
    assert read(chip, 0x1E) == [0x06]
    read(chip, 0x20, 8)
    assert read(chip, 0x1E) == [0]


@pytest.mark.parametrize(("code", "units"), [(1, 3072), (4, 384), (5, 192), (10, 6), (11, 24576)])
def test_output_periods(code: int, units: int):
    chip = imu()
    talk(chip, 0x10, code << 4)
    chip.advance(units - 1)
    assert read(chip, 0x1E)[0] & 1 == 0
    chip.advance(1)
    assert read(chip, 0x1E)[0] & 1


def test_timestamp_counts_when_enabled_and_resets():
    chip = imu()
    chip.advance(100)
    assert read(chip, 0x40, 4) == [0, 0, 0, 0]
    talk(chip, 0x19, 0x20)
    chip.advance(0x1234567)
    assert read(chip, 0x40, 4) == [0x67, 0x45, 0x23, 0x01]
    chip.advance(0x100000000 - 0x1234567 - 1)
    assert read(chip, 0x40, 4) == [0xFF] * 4
    chip.advance(1)
    assert read(chip, 0x40, 4) == [0] * 4
    chip.advance(77)
    talk(chip, 0x42, 0xAA)
    assert read(chip, 0x40, 4) == [0] * 4


def test_fifo_tags_parity_and_round_burst():
    chip = streaming(rate_ddps=(175_000, 0, 0))
    talk(chip, 0x0A, 0x46)  # a timestamp with each batch
    chip.advance(4 * UNITS_104)
    got = words(chip)
    # sensor << 3 | slot << 1 | parity, of slots 1, 2, 3, 0
    assert [tag for tag, _ in got] == [0x22, 0x0A, 0x12, 0x24, 0x0C, 0x14, 0x27, 0x0F, 0x17, 0x21, 0x09, 0x11]
    assert all(tag.bit_count() % 2 == 0 for tag, _ in got)
    stamps = [int.from_bytes(data[:4], "little") for tag, data in got if tag >> 3 == 4]
    assert stamps == [384, 768, 1152, 1536]
    assert struct.unpack("<3h", got[1][1]) == (1000, 0, 0)
    assert struct.unpack("<3h", got[2][1]) == (0, 0, 8197)
    assert read(chip, 0x3A, 2) == [0, 0]
    assert read(chip, 0x78, 7) == [0] * 7, "an empty FIFO has no tag"


def test_fifo_word_goes_with_its_last_byte():
    chip = streaming()
    chip.advance(UNITS_104)
    first = read(chip, 0x78, 1)
    assert read(chip, 0x78, 1) == first
    assert read(chip, 0x3A) == [2]
    read(chip, 0x79, 6)
    assert read(chip, 0x3A) == [1]


def test_fifo_overrun_overwrites_the_oldest_and_says_so():
    chip = streaming()
    talk(chip, 0x0A, 0x46)
    chip.advance(171 * UNITS_104)  # 513 words
    assert read(chip, 0x3A, 2) == [0x00, 0x02 | 0x40 | 0x20 | 0x08]
    assert read(chip, 0x3B) == [0x02 | 0x40 | 0x20], "the latched bit falls when read"
    got = words(chip)
    assert len(got) == 512
    assert got[0][0] >> 3 == 1, "the first timestamp is gone"
    assert int.from_bytes(got[2][1][:4], "little") == 768
    assert read(chip, 0x3B) == [0]


def test_fifo_mode_keeps_the_oldest_and_bypass_empties():
    chip = streaming()
    talk(chip, 0x0A, 0x41)
    chip.advance(300 * UNITS_104)
    got = words(chip)
    assert len(got) == 512
    assert int.from_bytes(got[0][1][:4], "little") == 384
    chip.advance(UNITS_104)
    talk(chip, 0x0A, 0x00)
    assert read(chip, 0x3A, 2) == [0, 0]


def test_fifo_watermark_and_stop_on_it():
    chip = streaming()
    talk(chip, 0x07, 6, 0x00)
    chip.advance(2 * UNITS_104)
    assert read(chip, 0x3B)[0] & 0x80 == 0
    chip.advance(UNITS_104)
    assert read(chip, 0x3B)[0] & 0x80
    talk(chip, 0x08, 0x80)
    chip.advance(5 * UNITS_104)
    assert read(chip, 0x3A) == [6]


def test_fifo_rates_decimation_and_temperature():
    chip = streaming()
    talk(chip, 0x10, 0x58)  # accelerometer 208 Hz
    talk(chip, 0x09, 0x45)  # batched at 208, gyroscope at 104
    talk(chip, 0x0A, 0xB6)  # timestamps one in eight, temperature at 52 Hz
    chip.advance(16 * 192)
    sensors = [tag >> 3 for tag, _ in words(chip)]
    assert [sensors.count(s) for s in (1, 2, 3, 4)] == [8, 16, 4, 2]


def test_software_reset_takes_two_units():
    chip = streaming()
    chip.advance(UNITS_104)
    talk(chip, 0x12, 0x05)
    assert read(chip, 0x12) == [0x05]
    assert read(chip, 0x10, 2) == [0, 0]
    assert read(chip, 0x3A, 2) == [0, 0]
    chip.advance(2)
    assert read(chip, 0x12) == [0x04]


def test_embedded_pages_hide_the_registers():
    chip = imu()
    talk(chip, 0x01, 0x80)
    assert read(chip, 0x0F) == [0]
    talk(chip, 0x01, 0x00)
    assert read(chip, 0x0F) == [0x6C]


def test_self_test_moves_outputs_within_the_limits():
    chip = imu(acc_ug=(0, 0, 0))
    talk(chip, 0x10, 0x48, 0x4C)
    talk(chip, 0x14, 0x05)
    chip.advance(UNITS_104)
    gx, _, _, ax, _, _ = struct.unpack("<6h", bytes(read(chip, 0x22, 12)))
    assert 50 <= ax * 0.122 <= 1700
    assert 150 <= gx * 0.070 <= 700


COUNTS = [0, 4095, 0x555, 0xAAA, 1, 2048, 3000, 123]


def adc() -> Any:
    return MCP3208(bytearray(struct.pack("<8H", *COUNTS)), 0)


@pytest.mark.parametrize("channel", range(8))
def test_adc_conversation_as_in_figure_6_1(channel: int):
    _, high, low = talk(adc(), 0x06 | channel >> 2, (channel & 3) << 6, 0)
    assert high & 0x10 == 0, "the null bit"
    assert (high & 0x0F) << 8 | low == COUNTS[channel]


@pytest.mark.parametrize("zeros", range(9))
def test_adc_waits_for_the_start_bit(zeros: int):
    bits = "0" * zeros + "1" + "1" + "011"  # single ended, channel 3
    sent = int(bits.ljust(32, "0"), 2).to_bytes(4, "big")
    got = f"{int.from_bytes(bytes(talk(adc(), *sent)), 'big'):032b}"
    assert got[zeros + 6] == "0"
    assert int(got[zeros + 7 : zeros + 19], 2) == COUNTS[3]


@given(st.binary(min_size=1, max_size=9))
def test_adc_a_byte_at_a_time_is_what_its_clocks_are_one_by_one(sent: bytes):
    bytewise, bitwise = adc(), adc()
    assert [bytewise.exchange(byte) for byte in sent] == [bitwise._clocks(byte) for byte in sent]


def in_one_step(chip: Any, twin: Any, sent: bytes) -> bool:
    """Whether the chip takes three bytes in one step: then it is as its twin, byte by byte, and untouched if not."""
    before = copy.deepcopy(vars(chip))
    back = bytearray(len(sent))
    done = chip.converts(sent, back)
    if done:
        assert list(back) == [twin.exchange(byte) for byte in sent]
        assert vars(chip) == vars(twin)
    else:
        assert vars(chip) == before
    return done


@given(st.binary(min_size=3, max_size=3), st.integers(0, 0xFF), st.booleans())
def test_adc_in_one_step_is_what_its_bytes_are(sent: bytes, first: int, midway: bool):
    chips = adc(), adc()
    for chip in chips:
        chip.select(True)
        if midway:
            chip.exchange(first)
    in_one_step(*chips, sent)


@pytest.mark.parametrize("channel", range(8))
def test_adc_takes_what_every_driver_sends_in_one_step(channel: int):
    chips = adc(), adc()
    for chip in chips:
        chip.select(True)
    assert in_one_step(*chips, bytes((0x06 | channel >> 2, (channel & 3) << 6, 0)))


def test_adc_repeats_lsb_first_then_zeros():
    got = f"{int.from_bytes(bytes(talk(adc(), 0x06, 0x40, more=5)), 'big'):056b}"
    word = got[12:24]
    assert int(word, 2) == 4095
    assert got[24:35] == word[::-1][1:]
    assert got[35:] == "0" * 21


def test_adc_needs_a_new_select_for_a_new_conversation():
    chip = adc()
    chip.select(True)
    high = low = 0
    for _ in range(2):
        _, high, low = [chip.exchange(byte) for byte in (0x06, 0x40, 0)]
    assert (high & 0x0F) << 8 | low != 4095
    chip.select(False)
    assert talk(chip, 0x06, 0x40, 0)[2] == 0xFF


def test_adc_differential_pairs():
    _, high, low = talk(adc(), 0x04, 0x40, 0)  # CH1 is IN+, CH0 is IN-
    assert (high & 0x0F) << 8 | low == 4095
    _, high, low = talk(adc(), 0x04, 0x00, 0)
    assert (high & 0x0F) << 8 | low == 0, "it can't be negative"
