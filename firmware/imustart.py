# SPDX-License-Identifier: MIT
"""Rates and ranges of the LSM6DSO into its registers. Names and bits: ST DS12140, AN5192. Import it by `once`."""

import time

from micropython import const

_FIFO_CTRL3 = const(0x09)
_WHO_AM_I = const(0x0F)
_CTRL1_XL = const(0x10)
_CTRL2_G = const(0x11)
_CTRL3_C = const(0x12)
_CTRL4_C = const(0x13)
_CTRL9_XL = const(0x18)
_CTRL10_C = const(0x19)
_LSM6DSO = const(0x6C)
_SW_RESET = const(0x01)
_RESET_TRIES = const(20)  # milliseconds; it takes 50 us
_BDU_IF_INC = const(0x44)
_I2C_DISABLE = const(0x04)
_I3C_DISABLE = const(0xE2)  # reset value E0 and bit 1
_TIMESTAMP_EN = const(0x20)

RATES = {104: 4, 208: 5}  # ODR code, the same for sensors and FIFO
TICKS = {104: 384, 208: 192}  # 25 us ticks a sample: ODR = 6667 Hz / 64 or / 32, from the timestamp's own oscillator
ACC_FS = {2: 0, 4: 2, 8: 3, 16: 1}
GYRO_FS = {125: 1, 250: 0, 500: 2, 1000: 4, 2000: 6}  # FS_G and FS_125 as one field
ACC_LSB_UG = {2: 61, 4: 122, 8: 244, 16: 488}
GYRO_LSB_UDPS = {125: 4375, 250: 8750, 500: 17500, 1000: 35000, 2000: 70000}


def start(imu, rate_hz, acc_g, gyro_dps):
    """Set rates and ranges, or raise OSError in words. Samples are valid 100 ms later: then call `flow()`."""
    imu.acc_lsb_ug = ACC_LSB_UG[acc_g]
    imu.gyro_lsb_udps = GYRO_LSB_UDPS[gyro_dps]
    imu.cs(1)
    who = imu.get(_WHO_AM_I)
    if who != _LSM6DSO:
        raise OSError("IMU answers 0x%02X, not 0x6C, to who-am-I: check its power and SPI wires" % who)
    imu.write(_CTRL3_C, _SW_RESET)  # this also leaves the FIFO empty and in bypass
    for _ in range(_RESET_TRIES):
        if not imu.get(_CTRL3_C) & _SW_RESET:
            break
        time.sleep_ms(1)
    else:
        raise OSError("IMU does not come back from its reset: check its power and SPI wires")
    odr_hz = imu.odr_hz(rate_hz)
    rate = RATES[odr_hz]
    imu.put(_CTRL3_C, _BDU_IF_INC)
    imu.put(_CTRL4_C, _I2C_DISABLE)
    imu.put(_CTRL9_XL, _I3C_DISABLE)
    imu.put(_CTRL10_C, _TIMESTAMP_EN)
    imu.put(_FIFO_CTRL3, rate << 4 | rate)
    imu.put(_CTRL1_XL, rate << 4 | ACC_FS[acc_g] << 2)
    imu.put(_CTRL2_G, rate << 4 | GYRO_FS[gyro_dps] << 1)
    imu.fifo.restart(TICKS[odr_hz])
