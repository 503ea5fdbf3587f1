# SPDX-License-Identifier: MIT
"""Samples out of the ICM-42688-P's FIFO, with the face of fifo.py. Names and bits: TDK DS-000347 revision 1.8.

A packet carries 16 bits of the chip's clock and the clock register 20, in ticks of 16 us * 32 / 30 (section 12.7). Both
are carried on to 32 bits here; only after a loss, when 16 bits (1.1 s) may not be enough, is the clock register asked.
"""

import time

from fifo import CAUSE_BUS, CAUSE_FIFO, CAUSE_UNKNOWN
from micropython import const

try:
    from fast import swap
except (ImportError, SyntaxError):

    def swap(src, at, n, dst):
        """dst[:n] = src[at : at + n] with the two bytes of each pair exchanged."""
        for i in range(0, n, 2):
            dst[i] = src[at + i + 1]
            dst[i + 1] = src[at + i]


_INT_STATUS = const(0x2D)
_FIFO_DATA = const(0x30)
_FULL = const(0x02)
_RESERVED = const(0x80)  # of INT_STATUS: reads zero

_PACKET = const(16)
_KIND = const(0xF0)
_BOTH = const(0x60)  # both sensors, 16 bits, not empty
_MOST_PACKETS = const(130)  # 2080 bytes
_FETCH = const(4)
_MASK = const(0xFFFFFFF)  # 28 bits of the clock stay small integers; `top` has the rest
_LONGEST = const(1 << 24)  # ticks, 4.7 minutes: a gap that 32 times as many still is a small integer


class Fifo:
    """As fifo.Fifo; `stamp` counts 17.07 us."""

    def __init__(self, imu):
        self.imu = imu
        self.buf = bytearray(1 + _FETCH * _PACKET)
        self.views = [memoryview(self.buf)[: 1 + n * _PACKET] for n in range(_FETCH + 1)]
        self.state = bytearray(4)
        self.record = bytearray(12)
        self.stamp = bytearray(4)
        self.restart(18750)

    def restart(self, period):
        """Forget all; samples come every `period` of 1/32 tick."""
        self.period = period
        self.overruns = self.bus_errors = 0
        self.at = self.end = 0
        self.last = -1
        self.floor = self.now = self.top = self.ms = 0
        self.step = self.most = 1
        self.cause = self.trouble = CAUSE_UNKNOWN

    def fetch(self, most):
        """Read at most four packets, and return how many; `most` is the longest `step` that can be true by now."""
        self.most = most
        state = self.state
        self.imu.read(_INT_STATUS, state)
        count = state[2] << 8 | state[3]
        self.at = self.end = 1
        if count > _MOST_PACKETS or state[1] & _RESERVED:
            self._trip()
            return 0
        if state[1] & _FULL:
            self.overruns += 1
            self.trouble = CAUSE_FIFO
        if not count:
            return 0
        if self.trouble:
            self.imu.clock()
            self.floor = (self.now - ((count + 2) * self.period >> 5)) & _MASK  # no packet in it is older
        self.ms = time.ticks_ms()
        if count > _FETCH:
            count = _FETCH
        self.imu.read(_FIFO_DATA, self.views[count])
        self.end = 1 + count * _PACKET
        return count

    def _trip(self):
        self.bus_errors += 1
        self.trouble = CAUSE_BUS
        self.at = self.end

    def take(self):
        """True with the next sample, False when the fetched packets are used up."""
        buf = self.buf
        while self.at < self.end:
            at = self.at
            self.at = at + _PACKET
            if buf[at] & _KIND != _BOTH:
                self._trip()
                return False
            swap(buf, at + 1, 12, self.record)
            if self._timed(buf[at + 14] << 8 | buf[at + 15]):
                return True
        return False

    def _timed(self, low):
        now = (self.floor + ((low - self.floor) & 0xFFFF)) & _MASK
        self.step = 1
        if self.last >= 0:
            ticks = (now - self.last) & _MASK
            self.step = ((ticks << 5) + self.period // 2) // self.period if ticks < _LONGEST else 0
            if self.step < 1 or self.step > self.most:
                self._trip()
                return False
            if now < self.last:
                self.top = (self.top + 1) & 15
        self.last = self.floor = now
        write(self.stamp, 0, now, self.top)
        self.cause = self.trouble
        self.trouble = CAUSE_UNKNOWN
        return True

    def place(self, clock, out):
        """Carry 20 bits of the clock on to 32: `now` has 28 of them, out[1:5] all."""
        base = self.last if self.last >= 0 else self.floor
        ticks = (clock - base) & 0xFFFFF
        waited = time.ticks_diff(time.ticks_ms(), self.ms) // 64 * 3750  # 20 bits are 18 s: this clock tells the turns
        if 0 < waited < _LONGEST:
            ticks += (waited - ticks + 0x80000) >> 20 << 20
        now = (base + ticks) & _MASK
        self.now = now
        write(out, 1, now, self.top + 1 if now < base else self.top)


def write(out, at, low, top):
    """out[at : at + 4] = the 28 bits of low and the 4 of top, low byte first."""
    out[at] = low & 0xFF
    out[at + 1] = low >> 8 & 0xFF
    out[at + 2] = low >> 16 & 0xFF
    out[at + 3] = low >> 24 | (top & 15) << 4
