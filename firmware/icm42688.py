# SPDX-License-Identifier: MIT
"""ICM-42688-P over SPI, with the face of imu.py. Names and bits: TDK DS-000347 revision 1.8."""

import time

from icmfifo import Fifo
from micropython import const
from once import once
from registers import Registers

_TEMP_DATA1 = const(0x1D)
_INT_STATUS = const(0x2D)
_SIGNAL_PATH_RESET = const(0x4B)
_TMSTVAL0 = const(0x62)  # bank 1
_WHO_AM_I = const(0x75)
_REG_BANK_SEL = const(0x76)

_STROBE = const(0x04)
_FLUSH = const(0x02)


class Imu(Registers):
    """As imu.Imu."""

    NAME = "ICM-42688-P"
    TICK_NS = 17067
    TEMP_LSB_PER_C = 132
    TEMP_ZERO_C = 25

    def __init__(self, spi, cs):
        super().__init__(spi, cs)
        self.three = bytearray(4)
        self.fifo = Fifo(self)

    def odr_hz(self, rate_hz):
        """The chip's own rate beside cells at rate_hz."""
        return 100 if rate_hz < 150 else 200

    def start(self, rate_hz, acc_g, gyro_dps):
        """Set rates and ranges, or raise OSError in words. Samples are valid 100 ms later: then call `flow()`."""
        once("icmstart").start(self, rate_hz, acc_g, gyro_dps)

    def flow(self):
        """Let samples into the FIFO: what came while the chip settled is thrown away."""
        self.fifo.ms = time.ticks_ms()
        self.clock()
        self.fifo.floor = self.fifo.now
        self.write(_SIGNAL_PATH_RESET, _FLUSH)
        self.get(_INT_STATUS)  # reading clears it

    def temperature_raw(self):
        """TEMP_DATA: 132.48 counts per kelvin, 0 at 25 degrees Celsius."""
        self.read(_TEMP_DATA1, self.two)
        raw = self.two[1] << 8 | self.two[2]
        return raw - 65536 if raw & 0x8000 else raw

    def clock(self):
        """Read the running clock, carried on to 32 bits; its four bytes, low first, are then `four[1:5]`."""
        self.write(_REG_BANK_SEL, 0)
        for _ in range(2):
            self.get(_WHO_AM_I)  # as many transfers before the moment as behind it: callers take it for the middle
        self.write(_SIGNAL_PATH_RESET, _STROBE)
        self.write(_REG_BANK_SEL, 1)
        three = self.three
        self.read(_TMSTVAL0, three)
        self.write(_REG_BANK_SEL, 0)
        self.fifo.place(three[1] | three[2] << 8 | (three[3] & 15) << 16, self.four)
