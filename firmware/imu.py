# SPDX-License-Identifier: MIT
"""LSM6DSO / LSM6DSOX over SPI: who-am-I, rates, ranges, clock and temperature. Names and bits: ST DS12140, AN5192."""

from fifo import Fifo
from micropython import const
from once import once
from registers import Registers

_FIFO_CTRL4 = const(0x0A)
_OUT_TEMP_L = const(0x20)
_TIMESTAMP0 = const(0x40)

_CONTINUOUS_TS = const(0x46)  # DEC_TS_BATCH 01: a timestamp in every slot; FIFO_MODE 110: newest kept


class Imu(Registers):
    """The chip's registers over SPI, and in `fifo` the samples; nothing is allocated after `start`."""

    NAME = "LSM6DSO"
    TICK_NS = 25000
    TEMP_LSB_PER_C = 256
    TEMP_ZERO_C = 25

    def __init__(self, spi, cs):
        super().__init__(spi, cs)
        self.fifo = Fifo(self)

    def odr_hz(self, rate_hz):
        """The chip's own rate beside cells at rate_hz."""
        return 104 if rate_hz < 150 else 208

    def start(self, rate_hz, acc_g, gyro_dps):
        """Set rates and ranges, or raise OSError in words. Samples are valid 100 ms later: then call `flow()`."""
        once("imustart").start(self, rate_hz, acc_g, gyro_dps)

    def flow(self):
        """Let samples into the FIFO."""
        self.write(_FIFO_CTRL4, _CONTINUOUS_TS)

    def temperature_raw(self):
        """OUT_TEMP: 256 counts per kelvin, 0 at 25 degrees Celsius."""
        self.read(_OUT_TEMP_L, self.two)
        raw = self.two[1] | self.two[2] << 8
        return raw - 65536 if raw & 0x8000 else raw

    def clock(self):
        """Read the running timestamp; its four bytes, low first, are then `four[1:5]`."""
        self.read(_TIMESTAMP0, self.four)

    def self_test(self):
        """The chip's own test, see imutest.py: the board lies still; call `start` again afterwards."""
        return once("imutest").self_test(self)
