# SPDX-License-Identifier: MIT
"""The LSM6DSO's own self-test: a push on each of its masses has to show in the output. Procedure: ST AN5192, self-test;
limits: DS12140, mechanical characteristics.

Loaded only when asked for. The chip lies still, has been started, and is started again afterwards.
"""

import time

from micropython import const

_CTRL1_XL = const(0x10)
_CTRL2_G = const(0x11)
_CTRL5_C = const(0x14)
_STATUS = const(0x1E)
_OUT_G = const(0x22)
_OUT_A = const(0x28)
_NEW_A = const(0x01)
_NEW_G = const(0x02)

_A_52HZ_4G = const(0x38)
_G_208HZ_2000DPS = const(0x5C)
_A_SIGNS = (0x01, 0x02)  # ST_XL: positive, negative
_G_SIGNS = (0x04, 0x0C)  # ST_G
_A_UG = const(122)
_G_MDPS = const(70)
_SETTLE_MS = const(100)
_SAMPLES = const(5)
_WAIT_MS = const(100)  # for one sample: 52 Hz gives one each 19 ms

ACC_MG = (50, 1700)
GYRO_DPS = (150, 700)


def self_test(imu):
    """(acc ok, mg), (gyro ok, dps): six changes each, x y z by the positive push, then by the negative.

    Raises OSError in words. Any driver's `self_test` answers like this.
    """
    imu.put(_CTRL2_G, 0)
    acc = _changes(imu, _CTRL1_XL, _A_52HZ_4G, _OUT_A, _NEW_A, _A_SIGNS, _A_UG)
    gyro = _changes(imu, _CTRL2_G, _G_208HZ_2000DPS, _OUT_G, _NEW_G, _G_SIGNS, _G_MDPS)
    return (_within(acc, ACC_MG), acc), (_within(gyro, GYRO_DPS), gyro)


def _within(changes, limits):
    return limits[0] <= min(changes) and max(changes) <= limits[1]


def _changes(imu, control, setting, out, new, signs, lsb):
    imu.put(control, setting)
    imu.put(_CTRL5_C, 0)
    rest = _sums(imu, out, new)
    changes = []
    for sign in signs:
        imu.put(_CTRL5_C, sign)
        for pushed, still in zip(_sums(imu, out, new), rest):
            changes.append(abs(pushed - still) * lsb // (1000 * _SAMPLES))
    imu.put(_CTRL5_C, 0)
    imu.put(control, 0)
    return changes


def _sums(imu, out, new):
    # The sums of five samples of x, y, z; the first after settling is from before and is dropped.
    time.sleep_ms(_SETTLE_MS)
    six = bytearray(7)
    sums = [0, 0, 0]
    for sample in range(1 + _SAMPLES):
        for _ in range(_WAIT_MS):
            if imu.get(_STATUS) & new:
                break
            time.sleep_ms(1)
        else:
            raise OSError("IMU has no new sample in its self-test")
        imu.read(out, six)
        for axis in range(3):
            raw = six[1 + 2 * axis] | six[2 + 2 * axis] << 8
            if sample:
                sums[axis] += raw - 65536 if raw & 0x8000 else raw
    return sums
