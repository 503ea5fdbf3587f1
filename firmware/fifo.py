# SPDX-License-Identifier: MIT
"""Samples out of the LSM6DSO's FIFO, each with its hardware timestamp and with how many are missing before it.

A FIFO word is a tag byte and six data bytes. The words of one sample share the two-bit slot counter of their tags,
so their order inside a slot doesn't matter.
"""

from micropython import const
from ring import copy

_FIFO_STATUS1 = const(0x3A)
_FIFO_DATA_OUT_TAG = const(0x78)
_OVERRUN = const(0x48)  # FIFO_OVR_IA and FIFO_OVR_LATCHED
_FIFO_WORDS = const(512)
_WORD = const(7)
_GYRO = const(1)
_ACCEL = const(2)
_STAMP = const(4)
_WHOLE = const(0x16)  # one bit for each of the three tags
_FETCH_WORDS = const(12)  # four samples: several times what comes in a tick, so that a backlog drains

CAUSE_UNKNOWN, CAUSE_FIFO, CAUSE_BUS = 0, 3, 4


class Fifo:
    """`fetch()` then `take()` until False; each True leaves `record` (ax ay az gx gy gz, int16 little endian),
    `stamp` (u32, 25 us, little endian), `step` (1, or more where samples are missing before it) and `cause`."""

    def __init__(self, imu):
        self.imu = imu
        self.buf = bytearray(1 + _FETCH_WORDS * _WORD)
        self.views = [memoryview(self.buf)[: 1 + words * _WORD] for words in range(_FETCH_WORDS + 1)]
        self.state = bytearray(3)
        self.record = bytearray(12)
        self.stamp = bytearray(4)
        self.restart(384)

    def restart(self, ticks):
        """Forget all; samples come every `ticks` of 25 us."""
        self.ticks = ticks
        self.overruns = self.bus_errors = 0
        self.at = self.end = 0
        self.slot = self.seen = 0
        self.last = -1
        self.step = self.most = 1
        self.cause = self.trouble = CAUSE_UNKNOWN

    def fetch(self, most):
        """Read at most twelve words, and return how many; `most` is the longest `step` that can be true by now."""
        self.most = most
        state = self.state
        self.imu.read(_FIFO_STATUS1, state)
        words = state[1] | (state[2] & 3) << 8
        self.at = self.end = 1
        if words > _FIFO_WORDS or state[2] & 4:  # bit 2 is wired to zero
            self._trip()
            return 0
        if state[2] & _OVERRUN:
            self.overruns += 1
            self.trouble = CAUSE_FIFO
            self.seen = 0
        if words > _FETCH_WORDS:
            words = _FETCH_WORDS
        if words:
            self.imu.read(_FIFO_DATA_OUT_TAG, self.views[words])  # the address rolls over from 7E to 78
            self.end = 1 + words * _WORD
        return words

    def _trip(self):
        self.bus_errors += 1
        self.trouble = CAUSE_BUS
        self.seen = 0
        self.at = self.end

    def take(self):
        """True with the next whole sample, False when the fetched words are used up."""
        buf = self.buf
        while self.at < self.end:
            at = self.at
            tag = buf[at]
            self.at = at + _WORD
            kind = tag >> 3
            if kind != _GYRO and kind != _ACCEL and kind != _STAMP:
                self._trip()
                return False
            slot = tag >> 1 & 3
            if slot != self.slot or self.seen & 1 << kind:
                self.slot = slot
                self.seen = 0
            self.seen |= 1 << kind
            if kind == _STAMP:
                copy(buf, at + 1, 4, self.stamp, 0)
            else:
                copy(buf, at + 1, 6, self.record, 6 if kind == _GYRO else 0)
            if self.seen == _WHOLE:
                self.seen = 0
                if self._timed():
                    return True
        return False

    def _timed(self):
        # 24 bits of the stamp are enough for 7 minutes between two samples and stay small integers.
        stamp = self.stamp
        now = stamp[0] | stamp[1] << 8 | stamp[2] << 16
        self.step = 1
        if self.last >= 0:
            self.step = (((now - self.last) & 0xFFFFFF) + self.ticks // 2) // self.ticks
            if self.step < 1 or self.step > self.most:
                self._trip()
                return False
        self.last = now
        self.cause = self.trouble
        self.trouble = CAUSE_UNKNOWN
        return True
