# SPDX-License-Identifier: MIT
"""Step of the self-test: a second of the IMU's samples, and the clocks beside it. Without an IMU, the clocks alone."""

import struct
import time

from micropython import const

_WATCH_MS = const(1000)
_MOST = const(200)  # samples missing in a row
_RATE_PERCENT = const(12)
_CLOCK_PPM = const(100000)  # 10 %: the IMU has an oscillator of its own, within a few percent of nominal
_TICKS_US = const(2000)  # ticks_ms is whole milliseconds
AXES = ("ax", "ay", "az", "gx", "gy", "gz")


def look(fw, loaded, add):
    """Leave in `fw.seen` lists of least, most and mean of six axes, in counts, or None."""
    imu = None if fw.fault else fw.imu
    count, lost = 0, 0
    least, most, total = [32767] * 6, [-32768] * 6, [0] * 6
    if imu:
        imu.flow()
    first = _stamp(imu)
    began_ms = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), began_ms) < _WATCH_MS:
        time.sleep_ms(1)
        while imu and imu.fifo.fetch(_MOST):
            while imu.fifo.take():
                count += 1
                lost += imu.fifo.step - 1
                for i, value in enumerate(struct.unpack("<6h", imu.fifo.record)):
                    least[i] = min(least[i], value)
                    most[i] = max(most[i], value)
                    total[i] += value
    ms = time.ticks_diff(time.ticks_ms(), began_ms)
    last = _stamp(imu)
    us = time.ticks_diff(last[0], first[0])
    add("clock", abs(us - 1000 * ms) <= _TICKS_US, "%d us off in %d ms" % (us - 1000 * ms, ms))
    if not imu:
        return
    due = fw.odr_hz * ms // 1000
    rate = not lost and abs(count - due) * 100 <= _RATE_PERCENT * due
    add("imu-rate", rate, "%d of %d samples, %d lost" % (count, due, lost))
    off = ((last[1] - first[1] & 0xFFFFFF) * imu.TICK_NS // 1000 - us) * 1000 // (us // 1000)
    add("imu-clock", abs(off) <= _CLOCK_PPM, "%d ppm" % off)
    if count:
        dead = [name for name, a, b in zip(AXES, least, most) if a == b]
        add("imu-axes", not dead, " ".join(dead) or "all six move")
        fw.seen = least, most, [t // count for t in total]


def _stamp(imu):
    # The same moment by ticks_us and by the low 24 bits of the IMU's clock.
    before = time.ticks_us()
    if not imu:
        return before, 0
    imu.clock()
    half = time.ticks_diff(time.ticks_us(), before) // 2
    four = imu.four
    return time.ticks_add(before, half), four[1] | four[2] << 8 | four[3] << 16
