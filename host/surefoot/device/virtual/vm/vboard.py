# SPDX-License-Identifier: MIT
"""The virtual board's clock, wiring and prices, inside the VM. `machine` and `time` are thin faces of this module.

The host sends the physical world in slots of 1 ms and each slot is also the permission to run for 1 ms. Every call
of `machine` or `time` costs virtual time; when it has used up the slots, the VM says "." and waits for more. Nothing
here allocates once it is set up, so the firmware may hold the heap lock, and no integer needs more than 31 bits.
"""

import gc
import json
import os

import front

MASK = (1 << 30) - 1  # period of ticks_us, as on the ESP32
HALF = 1 << 29
SLOT_US = 1000
SLOT_BYTES = 56
MAX_SLOTS = 20
INTERRUPT = 1  # flag: Ctrl-C has come over the line
IMU_UNITS = 40  # timestamp units of 25 us in a slot, before the chip's own error

_settings = {}
for _item in (os.getenv("SUREFOOT_VBOARD") or "").split():
    _key, _value = _item.split("=")
    _settings[_key] = _value
FACTOR = int(_settings.get("factor", "100"))
IMU_PPM = int(_settings.get("imu_ppm", "0"))
UNIQUE_ID = bytes([int(_settings.get("id", "53757265f007")[i : i + 2], 16) for i in range(0, 12, 2)])
EPOCH_S = int(_settings.get("epoch", "0"))
CAUSE = int(_settings.get("cause", "1"))
WAKE = int(_settings.get("wake", "0"))
HEAP_BYTES = int(_settings.get("heap", "102400"))
RUN_MAIN = _settings.get("main", "1") == "1"


def _cost(us):
    return us * FACTOR // 100


# What calls cost, bytecode around them included: estimates for an ESP32 at 240 MHz, not measured on silicon.
SPI_SHORT_US = _cost(112)  # up to 4 bytes: the gap between interrupt-driven transactions
SPI_LONG_US = _cost(140)  # more: the queue and the DMA
PIN_US = _cost(8)
TICKS_US = _cost(30)  # a turn of a loop that looks at the clock and polls
SLEEP_US = _cost(15)
IDLE_US = _cost(200)
ADC_US = _cost(60)
# Flash: the call, with both cores' caches off, and what the chip takes by itself.
FLASH_US = _cost(50)
PROGRAM_US = 200  # and 3 us a byte: a page of 256 takes 1 ms
ERASE_US = 45000
CARD_US = _cost(800)  # of an SD card, and 1 us a byte

head = bytearray(12)  # n_slots u16, stall_us u16, skip_slots u24, flags u8, battery_mv u16, spare u16
block = bytearray(MAX_SLOTS * SLOT_BYTES)
levels = bytearray(64)
# What is soldered to which pin: the profile that the host gives, whatever the flash says.
PROFILE = json.loads(_settings["profile"]) if "profile" in _settings else front.PROFILE
_part = PROFILE.get("imu")
if _part and _part["kind"] == "icm42688":
    from icm42688 import ICM42688 as _Imu
else:
    from lsm6dso import LSM6DSO as _Imu
gc.collect()
from mcp3208 import MCP3208

imu = _Imu(block, 32)
left = MCP3208(block, 0)
right = MCP3208(block, 16)
mux = None
WIRING = {}  # bus -> its pins and the chips by their chip-select pin
for _bus in PROFILE.get("spi", ()):
    WIRING[_bus["id"]] = (_bus["sck"], _bus["mosi"], _bus["miso"]), {}
if _part and _settings.get("imu", "1") == "1":
    WIRING[_part["spi"]][1][_part["cs"]] = imu
# Faults that a test asks for: a weak self-test, dead axes, converters that don't answer (1 left, 2 right).
imu.push_ug = int(_settings.get("push_ug", imu.push_ug))
imu.push_ddps = int(_settings.get("push_ddps", imu.push_ddps))
imu.dead = int(_settings.get("dead_axes", "0"))
_missing = int(_settings.get("no_adc", "0"))
_part = PROFILE.get("insoles")
if _part and _part["kind"] == "mcp3208":
    for _pin, _chip, _bit in ((_part["cs_left"], left, 1), (_part["cs_right"], right, 2)):
        if not _missing & _bit:
            WIRING[_part["spi"]][1][_pin] = _chip
elif _part:
    from mux import Mux

    mux = Mux(block, 0, levels, _part["select"], lambda: now_us())
selects = {}
for _pins, _chips in WIRING.values():
    selects.update(_chips)
if mux is not None:
    for _pin in mux.lines:
        selects[_pin] = mux
timers = []
ballast = None

_input = _output = None
if "fds" in _settings:
    _fd_in, _fd_out = _settings["fds"].split(",")
    _input = open(int(_fd_in), "rb")
    _output = open(int(_fd_out), "wb")
rtc = open(int(_settings["rtc"]), "r+b") if "rtc" in _settings else None  # outlives every reset but the power's
panel = front.Front(PROFILE, levels, _output)
if mux is not None:
    panel.analog[_part["pin"]] = mux.millivolts
panel.dog_ms = panel.dog_left = int(_settings.get("dog", "0"))
_asked = True  # a new board waits for its first slots without asking
_count = 0  # slots in the block
_index = 0  # the slot in force
_us = (int(_settings.get("boot_us", "0")) - SLOT_US) & MASK  # start of the slot in force
_ms = MASK  # the same since boot, in ms
_frac = SLOT_US  # time since then: the first call leaves the slot before the first
_units = 0  # IMU timestamp units of the slot in force
_done = 0  # and how many of them the chip has had
_ppm = 0


def _take():
    """Wait for the next block of slots."""
    global _asked, _count, _index
    if not _asked:
        _output.write(b".")
        _asked = True
    if not _input.readinto(head):
        raise SystemExit("the host of the virtual board is gone")
    _input.readinto(block, SLOT_BYTES * head[0])
    _asked = False
    _index = -1
    _count = head[0]


def _skip(slots):
    """The world went on while nothing ran: the clock jumps, the IMU keeps the last it felt."""
    global _us, _ms
    _us = (_us + slots % 1000000 * SLOT_US) & MASK
    _ms = (_ms + slots) & MASK
    imu.advance(min(slots, 8000) * IMU_UNITS)


def _next():
    """Into the next slot."""
    global _index, _us, _ms, _frac, _units, _done, _ppm
    imu.advance(_units - _done)
    _done = _units
    if _index + 1 >= _count:
        _take()
    _index += 1
    _frac -= SLOT_US
    at = SLOT_BYTES * _index
    left.at = at
    right.at = at + 16
    imu.at = at + 32
    if mux is not None:
        mux.at = at
    _done = 0
    _ppm += IMU_PPM * IMU_UNITS
    _units = IMU_UNITS + _ppm // 1000000
    _ppm %= 1000000
    _us += SLOT_US if _us <= MASK - SLOT_US else SLOT_US - MASK - 1
    _ms = _ms + 1 if _ms < MASK else 0
    if _index == 0:
        _begin()
    if timers:
        _step_timers()
    if panel.bites():
        leave(b"W")
    if _index == 0 and head[7] & INTERRUPT:
        # MicroPython's own signal handler may strike inside a collection; here nothing is half done.
        raise KeyboardInterrupt


def _begin():
    """A block begins: what its head says."""
    global _frac
    _frac += head[2] | head[3] << 8
    slots = head[4] | head[5] << 8 | head[6] << 16
    if slots:
        _skip(slots)
    panel.block(head)


def _step_timers():
    for timer in timers:
        timer.step()


def charge(us):
    """Let virtual time pass."""
    global _frac
    _frac += us
    while _frac >= SLOT_US:
        _next()


def select(chip, on):
    """A chip-select pin changed."""
    global _done
    if chip is imu and on:
        units = min(_frac // 25, _units)
        if units > _done:
            imu.advance(units - _done)
            _done = units
    chip.select(on)


def now_us():
    """Microseconds since boot, modulo 2^30."""
    return ((_us - HALF + _frac) & MASK) ^ HALF


def now_ms():
    """Milliseconds since boot, modulo 2^30."""
    return _ms


def set_dog(ms):
    """The watchdog starts, or has a new time: the host is told, as a soft reset doesn't stop it."""
    panel.dog_ms = ms
    if _output:
        _output.write(b"w%d;" % ms)


def set_baud(baud):
    """The console's line has another rate from now on."""
    if _output:
        _output.write(b"B%d;" % baud)


def leave(byte):
    """Ask the host for a reset (b"R" hard, b"S" soft, b"W" watchdog) or for sleep (b"D"), and wait for the end."""
    if _output:
        _output.write(byte)
        _input.readinto(head)
    raise SystemExit
