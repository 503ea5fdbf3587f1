# SPDX-License-Identifier: MIT
"""LSM6DSO / LSM6DSOX over SPI: who-am-I, rates, ranges, clock and temperature. Names and bits: ST DS12140, AN5192."""

import time

from fifo import Fifo
from micropython import const
from registers import Registers

_FIFO_CTRL3 = const(0x09)
_FIFO_CTRL4 = const(0x0A)
_WHO_AM_I = const(0x0F)
_CTRL1_XL = const(0x10)
_CTRL2_G = const(0x11)
_CTRL3_C = const(0x12)
_CTRL4_C = const(0x13)
_CTRL9_XL = const(0x18)
_CTRL10_C = const(0x19)
_OUT_TEMP_L = const(0x20)
_TIMESTAMP0 = const(0x40)

_LSM6DSO = const(0x6C)
_SW_RESET = const(0x01)
_RESET_TRIES = const(20)  # milliseconds; it takes 50 us
_BDU_IF_INC = const(0x44)
_I2C_DISABLE = const(0x04)
_I3C_DISABLE = const(0xE2)  # reset value E0 and bit 1
_TIMESTAMP_EN = const(0x20)
_CONTINUOUS_TS = const(0x46)  # DEC_TS_BATCH 01: a timestamp in every slot; FIFO_MODE 110: newest kept

SETTLE_MS = 100  # the gyroscope turns on within 70 ms, the filters then want two samples
RATES = {104: 4, 208: 5}  # ODR code, the same for sensors and FIFO
TICKS = {104: 384, 208: 192}  # 25 us ticks a sample: ODR = 6667 Hz / 64 or / 32, from the timestamp's own oscillator
ACC_FS = {2: 0, 4: 2, 8: 3, 16: 1}
GYRO_FS = {125: 1, 250: 0, 500: 2, 1000: 4, 2000: 6}  # FS_G and FS_125 as one field
ACC_LSB_UG = {2: 61, 4: 122, 8: 244, 16: 488}
GYRO_LSB_UDPS = {125: 4375, 250: 8750, 500: 17500, 1000: 35000, 2000: 70000}


class Imu(Registers):
    """The chip's registers over SPI, and in `fifo` the samples; nothing is allocated after `start`."""

    NAME = "LSM6DSO"
    ACC_LSB_UG = ACC_LSB_UG
    GYRO_LSB_UDPS = GYRO_LSB_UDPS
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
        """Set rates and ranges, or raise OSError in words. Samples are valid SETTLE_MS later: then call `flow()`."""
        self.cs(1)
        who = self._get(_WHO_AM_I)
        if who != _LSM6DSO:
            raise OSError("IMU answers 0x%02X, not 0x6C, to who-am-I: check its power and SPI wires" % who)
        self._write(_CTRL3_C, _SW_RESET)  # this also leaves the FIFO empty and in bypass
        for _ in range(_RESET_TRIES):
            if not self._get(_CTRL3_C) & _SW_RESET:
                break
            time.sleep_ms(1)
        else:
            raise OSError("IMU does not come back from its reset: check its power and SPI wires")
        odr_hz = self.odr_hz(rate_hz)
        rate = RATES[odr_hz]
        self._put(_CTRL3_C, _BDU_IF_INC)
        self._put(_CTRL4_C, _I2C_DISABLE)
        self._put(_CTRL9_XL, _I3C_DISABLE)
        self._put(_CTRL10_C, _TIMESTAMP_EN)
        self._put(_FIFO_CTRL3, rate << 4 | rate)
        self._put(_CTRL1_XL, rate << 4 | ACC_FS[acc_g] << 2)
        self._put(_CTRL2_G, rate << 4 | GYRO_FS[gyro_dps] << 1)
        self.fifo.restart(TICKS[odr_hz])

    def flow(self):
        """Let samples into the FIFO."""
        self._write(_FIFO_CTRL4, _CONTINUOUS_TS)

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
        from imutest import self_test

        return self_test(self)
