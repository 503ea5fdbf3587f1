# SPDX-License-Identifier: MIT
"""`machine` on the virtual board: pins, SPI, timers and the little else that firmware and mpremote ask for."""

import micropython
import vboard
from vboard import charge, charge_bus

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        self.id = id
        self._chip = vboard.selects.get(id)
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        if value is not None or mode == self.OUT:
            self.value(value or 0)
        elif pull == self.PULL_UP:
            vboard.levels[self.id] = 1

    def value(self, level=None):
        charge(vboard.PIN_US)
        if level is None:
            return vboard.levels[self.id]
        vboard.levels[self.id] = 1 if level else 0
        if self._chip is not None:
            vboard.select(self._chip, not level)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3, *, hard=False):
        pass  # no pin of the virtual board changes by itself


class SPI:
    MSB, LSB = 0, 1

    def __init__(self, id, baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None):
        self._pins, self._wired = vboard.WIRING.get(id, ((), {}))
        self.init(baudrate, polarity=polarity, phase=phase, sck=sck, mosi=mosi, miso=miso)

    def init(self, baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None):
        self._byte_ns = 8000000000 // baudrate
        right = polarity == phase  # both kinds of chip know SPI modes 0 and 3
        for pin, want in zip((sck, mosi, miso), self._pins):
            right = right and (pin is None or pin.id == want)
        self._chips = tuple(self._wired.values()) if right else ()

    def deinit(self):
        self._chips = ()

    def _move(self, tx, rx, n, fill):
        charge_bus(n, self._byte_ns)
        talking = 0
        for chip in self._chips:
            if chip.selected:
                chip.transfer(tx, rx, n, fill)
                talking += 1
        if talking != 1 and rx is not None:
            level = 0 if talking else 0xFF  # two chips fight, or nobody drives the line
            for i in range(n):
                rx[i] = level

    def write(self, buf):
        self._move(buf, None, len(buf), 0)

    def readinto(self, buf, write=0):
        self._move(None, buf, len(buf), write)

    def write_readinto(self, write_buf, read_buf):
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        self._move(write_buf, read_buf, len(write_buf), 0)

    def read(self, n, write=0):
        buf = bytearray(n)
        self._move(None, buf, n, write)
        return bytes(buf)


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3

    def __init__(self, pin, *, atten=0):
        self._pin = pin

    def read(self):
        charge(35)
        return 0

    read_u16 = read_uv = read


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id, **options):
        self._left = 0
        if options:
            self.init(**options)

    def init(self, *, mode=1, period=-1, freq=0, callback=None):
        self._period = self._left = period if period > 0 else int(1000 / freq)
        self._mode = mode
        self._callback = callback
        if self not in vboard.timers:
            vboard.timers.append(self)

    def deinit(self):
        if self in vboard.timers:
            vboard.timers.remove(self)

    def step(self):
        """A millisecond passed. A full queue loses the call, as it does on the chip."""
        if self._left:
            self._left -= 1
            if not self._left:
                self._left = self._period if self._mode else 0
                try:
                    micropython.schedule(self._callback, self)
                except RuntimeError:
                    pass


def unique_id():
    return vboard.UNIQUE_ID


def freq(hz=0):
    return 240000000


def reset_cause():
    return vboard.CAUSE


def idle():
    charge(vboard.IDLE_US)


def lightsleep(ms=0):
    charge(ms * 1000)


def disable_irq():
    return 0


def enable_irq(state=0):
    pass


def reset():
    vboard.leave(b"R")


def soft_reset():
    vboard.leave(b"S")
