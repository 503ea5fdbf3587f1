# SPDX-License-Identifier: MIT
"""Step of the self-test: does the IMU answer, and what does its built-in test say."""

import sys
import time

from micropython import const

_SETTLE_MS = const(120)


def look(fw, loaded, add):
    """`fw.fault` tells the next step whether there is an IMU, which has then started."""
    fw.set({})
    if fw.fault:
        add("imu", False, fw.fault)
        return
    test = getattr(fw.imu, "self_test", None)
    try:
        (acc_good, mg), (gyro_good, dps) = test() if test else ((None, ()), (None, ()))
        add("imu-acc-test", acc_good, _spaced(mg) + " mg" if test else "not of this kind")
        add("imu-gyro-test", gyro_good, _spaced(dps) + " dps" if test else "not of this kind")
    except OSError as error:
        add("imu-acc-test", False, str(error))
    sys.modules.pop("imutest", None)
    fw.set({})
    add("imu", not fw.fault, fw.fault or fw.imu.NAME)
    time.sleep_ms(_SETTLE_MS)


def _spaced(values):
    return " ".join([str(value) for value in values])
