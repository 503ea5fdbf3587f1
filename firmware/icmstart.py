# SPDX-License-Identifier: MIT
"""Rates and ranges of the ICM-42688-P into its registers. Names and bits: TDK DS-000347. Import it by `once`."""

import time

from micropython import const

_DEVICE_CONFIG = const(0x11)
_FIFO_CONFIG = const(0x16)
_INT_STATUS = const(0x2D)
_INTF_CONFIG0 = const(0x4C)
_INTF_CONFIG1 = const(0x4D)
_PWR_MGMT0 = const(0x4E)
_GYRO_CONFIG0 = const(0x4F)
_ACCEL_CONFIG0 = const(0x50)
_GYRO_ACCEL_CONFIG0 = const(0x52)
_TMST_CONFIG = const(0x54)
_FIFO_CONFIG1 = const(0x5F)
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

FS = {2: 3, 4: 2, 8: 1, 16: 0, 125: 4, 250: 3, 500: 2, 1000: 1, 2000: 0}
SETTINGS = {100: (8, 0x33, 18750), 200: (7, 0x22, 9375)}  # ODR code, filters of 47 or 77 Hz, 1/32 ticks a sample
ACC_LSB_UG = {2: 61, 4: 122, 8: 244, 16: 488}
GYRO_LSB_UDPS = {125: 3815, 250: 7629, 500: 15259, 1000: 30518, 2000: 61035}


def start(imu, rate_hz, acc_g, gyro_dps):
    """Set rates and ranges, or raise OSError in words. Samples are valid 100 ms later: then call `flow()`."""
    imu.acc_lsb_ug = ACC_LSB_UG[acc_g]
    imu.gyro_lsb_udps = GYRO_LSB_UDPS[gyro_dps]
    imu.cs(1)
    imu.write(_REG_BANK_SEL, 0)
    who = imu.get(_WHO_AM_I)
    if who != _ICM42688:
        raise OSError("IMU answers 0x%02X, not 0x47, to who-am-I: check its power and SPI wires" % who)
    imu.write(_DEVICE_CONFIG, 1)
    time.sleep_ms(2)  # no access within 1 ms of a reset
    if not imu.get(_INT_STATUS) & _RESET_DONE:
        raise OSError("IMU does not come back from its reset: check its power and SPI wires")
    code, filters, period = SETTINGS[imu.odr_hz(rate_hz)]
    imu.put(_INTF_CONFIG0, _COUNT_PACKETS)
    imu.put(_INTF_CONFIG1, _ONE_SCALE)
    imu.put(_TMST_CONFIG, _CLOCK_16US)
    imu.put(_GYRO_CONFIG0, FS[gyro_dps] << 5 | code)
    imu.put(_ACCEL_CONFIG0, FS[acc_g] << 5 | code)
    imu.put(_GYRO_ACCEL_CONFIG0, filters)
    imu.put(_FIFO_CONFIG1, _PACKETS)
    imu.put(_FIFO_CONFIG, _STREAM)
    imu.put(_PWR_MGMT0, _LOW_NOISE)  # last: while the sensors run, no other register may change
    time.sleep_ms(1)  # and no write for 200 us
    imu.fifo.restart(period)
