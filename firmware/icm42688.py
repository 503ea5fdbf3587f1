# SPDX-License-Identifier: MIT
"""ICM-42688-P over SPI, with the face of imu.py. Names and bits: TDK DS-000347 revision 1.8."""

import time

from icmfifo import Fifo
from micropython import const
from registers import Registers

_DEVICE_CONFIG = const(0x11)
_FIFO_CONFIG = const(0x16)
_TEMP_DATA1 = const(0x1D)
_INT_STATUS = const(0x2D)
_SIGNAL_PATH_RESET = const(0x4B)
_INTF_CONFIG0 = const(0x4C)
_INTF_CONFIG1 = const(0x4D)
_PWR_MGMT0 = const(0x4E)
_GYRO_CONFIG0 = const(0x4F)
_ACCEL_CONFIG0 = const(0x50)
_GYRO_ACCEL_CONFIG0 = const(0x52)
_TMST_CONFIG = const(0x54)
_FIFO_CONFIG1 = const(0x5F)
_TMSTVAL0 = const(0x62)  # bank 1
_WHO_AM_I = const(0x75)
_REG_BANK_SEL = const(0x76)

_ICM42688 = const(0x47)
_RESET_DONE = const(0x10)
_COUNT_PACKETS = const(0x73)  # FIFO_COUNT in packets, most significant byte first as after reset, I2C off
_ONE_SCALE = const(0x51)  # reset value 91; bits 7:6 = 01 end the gyroscope's undocumented changes of scale
_CLOCK_16US = const(0x39)  # readable, 16 us, no FSYNC; bit 5 as after reset
_STREAM = const(0x40)
_PACKETS = const(0x47)  # accelerometer, gyroscope, temperature; reading goes on where it stopped
_LOW_NOISE = const(0x0F)
_STROBE = const(0x04)
_FLUSH = const(0x02)

SETTLE_MS = 100
FS = {2: 3, 4: 2, 8: 1, 16: 0, 125: 4, 250: 3, 500: 2, 1000: 1, 2000: 0}
SETTINGS = {100: (8, 0x33, 18750), 200: (7, 0x22, 9375)}  # ODR code, filters of 47 or 77 Hz, 1/32 ticks a sample


class Imu(Registers):
    """As imu.Imu."""

    NAME = "ICM-42688-P"
    ACC_LSB_UG = {2: 61, 4: 122, 8: 244, 16: 488}
    GYRO_LSB_UDPS = {125: 3815, 250: 7629, 500: 15259, 1000: 30518, 2000: 61035}
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
        """Set rates and ranges, or raise OSError in words. Samples are valid SETTLE_MS later: then call `flow()`."""
        self.cs(1)
        self._write(_REG_BANK_SEL, 0)
        who = self._get(_WHO_AM_I)
        if who != _ICM42688:
            raise OSError("IMU answers 0x%02X, not 0x47, to who-am-I: check its power and SPI wires" % who)
        self._write(_DEVICE_CONFIG, 1)
        time.sleep_ms(2)  # no access within 1 ms of a reset
        if not self._get(_INT_STATUS) & _RESET_DONE:
            raise OSError("IMU does not come back from its reset: check its power and SPI wires")
        code, filters, period = SETTINGS[self.odr_hz(rate_hz)]
        self._put(_INTF_CONFIG0, _COUNT_PACKETS)
        self._put(_INTF_CONFIG1, _ONE_SCALE)
        self._put(_TMST_CONFIG, _CLOCK_16US)
        self._put(_GYRO_CONFIG0, FS[gyro_dps] << 5 | code)
        self._put(_ACCEL_CONFIG0, FS[acc_g] << 5 | code)
        self._put(_GYRO_ACCEL_CONFIG0, filters)
        self._put(_FIFO_CONFIG1, _PACKETS)
        self._put(_FIFO_CONFIG, _STREAM)
        self._put(_PWR_MGMT0, _LOW_NOISE)  # last: while the sensors run, no other register may change
        time.sleep_ms(1)  # and no write for 200 us
        self.fifo.restart(period)

    def flow(self):
        """Let samples into the FIFO: what came while the chip settled is thrown away."""
        self.fifo.ms = time.ticks_ms()
        self.clock()
        self.fifo.floor = self.fifo.now
        self._write(_SIGNAL_PATH_RESET, _FLUSH)
        self._get(_INT_STATUS)  # reading clears it

    def temperature_raw(self):
        """TEMP_DATA: 132.48 counts per kelvin, 0 at 25 degrees Celsius."""
        self.read(_TEMP_DATA1, self.two)
        raw = self.two[1] << 8 | self.two[2]
        return raw - 65536 if raw & 0x8000 else raw

    def clock(self):
        """Read the running clock, carried on to 32 bits; its four bytes, low first, are then `four[1:5]`."""
        self._write(_REG_BANK_SEL, 0)
        for _ in range(2):
            self._get(_WHO_AM_I)  # as many transfers before the moment as behind it: callers take it for the middle
        self._write(_SIGNAL_PATH_RESET, _STROBE)
        self._write(_REG_BANK_SEL, 1)
        three = self.three
        self.read(_TMSTVAL0, three)
        self._write(_REG_BANK_SEL, 0)
        self.fifo.place(three[1] | three[2] << 8 | (three[3] & 15) << 16, self.four)
