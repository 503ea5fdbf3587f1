# SPDX-License-Identifier: MIT
"""`machine` on the virtual board: pins, SPI, timers and the little else that firmware and mpremote ask for."""

import micropython
import vboard
from vboard import PIN_US, SPI_LONG_US, SPI_SHORT_US, charge, imu, levels, select

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
EXT0_WAKE = PIN_WAKE = 2
EXT1_WAKE, TIMER_WAKE = 3, 4
RTC_BYTES = 2048


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        self.id = id
        self._chip = vboard.selects.get(id)
        self._lamp = id in vboard.panel.lamps
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        if value is not None or mode == self.OUT:
            self.value(value or 0)
        elif pull == self.PULL_UP and self.id != vboard.panel.button:
            vboard.levels[self.id] = 1

    def value(self, level=None):
        charge(PIN_US)
        if level is None:
            return levels[self.id]
        levels[self.id] = 1 if level else 0
        chip = self._chip
        if chip is not None:
            select(chip, not level)
        if self._lamp:
            vboard.panel.shine(self.id, levels[self.id])

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3, *, hard=False):
        pass  # nothing here needs it: the firmware polls


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

    def _charge(self, n):
        # The wire's share doesn't depend on the CPU.
        charge((SPI_SHORT_US if n <= 4 else SPI_LONG_US) + n * self._byte_ns // 1000)

    def _converts(self, tx, rx):
        # Whether a converter, alone on the bus, has done it all in one step.
        talker = None
        for chip in self._chips:
            if chip.selected:
                if talker is not None or chip is imu:
                    return False
                talker = chip
        return talker is not None and talker.converts(tx, rx)

    def _move(self, tx, rx, n, fill):
        talking = 0
        for chip in self._chips:
            if chip.selected:
                talking += 1
                for i in range(n):
                    out = chip.exchange(fill if tx is None else tx[i])
                    if rx is not None:
                        rx[i] = out
        if talking != 1 and rx is not None:
            level = 0 if talking else 0xFF  # two chips fight, or nobody drives the line
            for i in range(n):
                rx[i] = level

    def write(self, buf):
        self._charge(len(buf))
        self._move(buf, None, len(buf), 0)

    def readinto(self, buf, write=0):
        self._charge(len(buf))
        self._move(None, buf, len(buf), write)

    def write_readinto(self, write_buf, read_buf):
        n = len(write_buf)
        if n != len(read_buf):
            raise ValueError("buffers must be the same length")
        self._charge(n)
        if n != 3 or not self._converts(write_buf, read_buf):
            self._move(write_buf, read_buf, n, 0)

    def read(self, n, write=0):
        buf = bytearray(n)
        self._charge(n)
        self._move(None, buf, n, write)
        return bytes(buf)


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3

    def __init__(self, pin, *, atten=0):
        self._id = pin.id if isinstance(pin, Pin) else pin
        self.atten(atten)

    def atten(self, atten):
        # What lies above the range where the chip is linear reads as its end, which is cruder than the chip.
        self._top = (950, 1250, 1750, 2450)[atten]

    def _millivolts(self):
        charge(vboard.ADC_US)
        mv = vboard.panel.millivolts(self._id)
        return self._top if mv > self._top else mv if mv >= 100 else 0

    def read_uv(self):
        return self._millivolts() * 1000

    def read_u16(self):
        return self._millivolts() * 65535 // self._top

    def read(self):
        return self._millivolts() * 4095 // self._top


class PWM:
    """A lamp's brightness doesn't show: it is lit where it is not dark for the whole period. A cue's tone is told."""

    def __init__(self, dest, *, freq=1000, duty_u16=0, duty=None):
        self._pin = dest
        self._hz = freq
        self._on = False
        self.duty_u16(duty_u16 if duty is None else duty * 64)

    def freq(self, freq=0):
        charge(PIN_US)
        self._hz = freq
        if self._pin.id == vboard.panel.cue:
            self._sound()

    def _sound(self):
        vboard.panel.sound(vboard.now_us(), self._hz if self._on else 0)

    def duty_u16(self, duty):
        self._on = duty > 0
        if self._pin.id == vboard.panel.cue:
            charge(PIN_US)
            self._sound()
        elif vboard.panel.lamp_on:
            self._pin.value(1 if duty else 0)
        else:
            self._pin.value(0 if duty < 65535 else 1)

    def duty(self, duty):
        self.duty_u16(duty * 64)

    def deinit(self):
        self.duty_u16(0)
        self._pin.value(0)


class WDT:
    """There is one, and no way to stop it; making it again sets its time anew, as in the ESP32's port."""

    def __init__(self, id=0, timeout=5000):
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        vboard.set_dog(timeout)
        self.feed()

    def feed(self):
        charge(PIN_US)
        vboard.panel.dog_left = vboard.panel.dog_ms


class RTC:
    def memory(self, data=None):
        file = vboard.rtc
        if file is None:
            return b""
        file.seek(0)
        if data is None:
            size = file.read(2)
            return file.read(size[0] | size[1] << 8) if len(size) == 2 else b""
        if len(data) > RTC_BYTES:
            raise ValueError("buffer too long")
        file.write(bytes([len(data) & 0xFF, len(data) >> 8]) + bytes(data))


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


def bitstream(pin, encoding, timing, data):
    charge(PIN_US)
    vboard.panel.glow(pin.id, data)


class UART:
    """The console's: only its rate is of interest, and the host holds the line."""

    def __init__(self, id, baudrate=115200, **options):
        self.init(baudrate)

    def init(self, baudrate=115200, **options):
        vboard.set_baud(baudrate)
        charge(PIN_US)


def wake_reason():
    return vboard.WAKE


def deepsleep(time_ms=0):
    vboard.leave(b"D%d,%d;" % (vboard.panel.wake_reason(), time_ms))


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


def SDCard(*args, **pins):  # noqa: N802 -- the card lies in the same file as the flash
    import esp32

    return esp32.SDCard(*args, **pins)
