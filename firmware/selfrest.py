# SPDX-License-Identifier: MIT
"""Step of the self-test: is the board at rest, does it feel gravity, is its temperature that of a room."""

from micropython import const
from selftest import root

GRAVITY_MG = (900, 1100)
_SHAKEN_MG = const(100)  # from least to most in a second
_TURNING_DPS = const(10)
TEMPERATURE_C = (-10, 60)


def look(fw, loaded, add):
    """From what selfmotion has seen."""
    if not fw.seen:
        return
    least, most, mean = fw.seen
    imu = fw.imu
    acc_ug = imu.acc_lsb_ug
    shaken = max([most[i] - least[i] for i in range(3)]) * acc_ug // 1000
    turning = max([abs(v) for v in mean[3:]]) * imu.gyro_lsb_udps // 1000000
    add("imu-still", shaken <= _SHAKEN_MG and turning <= _TURNING_DPS, "%d mg, %d dps" % (shaken, turning))
    mg = root(sum([(v * acc_ug // 1000) ** 2 for v in mean[:3]]))
    add("imu-gravity", GRAVITY_MG[0] <= mg <= GRAVITY_MG[1], "%d mg" % mg)
    warm = imu.TEMP_ZERO_C + imu.temperature_raw() // imu.TEMP_LSB_PER_C
    add("imu-temperature", TEMPERATURE_C[0] <= warm <= TEMPERATURE_C[1], "%d C" % warm)
