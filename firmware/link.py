# SPDX-License-Identifier: MIT
"""Frames out, no faster than the UART sends them, so that a write never blocks; pings are answered first."""

import struct
import sys
import time

import wire
from micropython import const
from wire import SEED, seal

try:
    from fast import cobs_into, crc24, pack12

    # All of wire.py then runs on them too, and their bytecode twins go.
    wire.crc24 = crc24
    wire.cobs_into = cobs_into
    wire.pack12 = pack12
except (ImportError, SyntaxError):
    from wire import cobs_into

_LONGEST = const(320)  # raw frames that `queue` takes; SCHEMA and CONFIG come ready-made in `told`
ZERO, SCHEMA, CONFIG = 0, 1, 2  # of `told`
_MARGIN = const(8)  # bytes of the UART FIFO left alone: a traceback or banner may have put some there
GAP, PONG = wire.numbers("kinds", "GAP", "PONG")
GAP_LAYOUT, PONG_LAYOUT = wire.layout_of(GAP), wire.layout_of(PONG)
GAP_BYTES, PONG_BYTES = struct.calcsize(GAP_LAYOUT), struct.calcsize(PONG_LAYOUT)
(TX_FULL,) = wire.numbers("causes", "tx-full")
TICK_MASK = wire.table()["tick_wrap"] - 1


class Link:
    """`queue` a frame, `pump` often. Nothing is allocated after the constructor."""

    def __init__(self, baud, fifo, ring):
        self.ring = ring
        self.out = sys.stdout.buffer
        self.fifo = fifo - _MARGIN
        self.speed(baud)
        self.coded = bytearray(wire.encoded_size(_LONGEST))
        self.flight = self.out_of = bytearray(wire.encoded_size(_LONGEST))
        self.at = self.end = 0
        self.told = [b"\0", wire.schema_frame(), b"\0"]
        self.asked = 0  # one bit for each of them that waits
        self.raw = bytearray(32)
        self.nonce = -1
        self.pong_rx = 0
        self.last = time.ticks_us() & TICK_MASK
        self.wraps = 0
        self.room = 0
        self.fed = self.last

    def speed(self, baud):
        """The line's bits a second, from now on."""
        self.byte_ns = 10_100_000_000 // baud  # ten bits a byte, and 1 % for a UART that runs slow
        self.full_us = self.fifo * self.byte_ns // 1000

    def now(self):
        """ticks_us, with its wraps counted: call more often than every 17 minutes."""
        now = time.ticks_us() & TICK_MASK
        if now < self.last:
            self.wraps += 1
        self.last = now
        return now

    def queue(self, raw, n, stream, first, count):
        """Seal raw[:n] (room for the CRC behind it) and queue it; first and count say which samples it is about."""
        n = cobs_into(raw, seal(raw, n, SEED), self.coded, 0)
        self.ring.push(self.coded, n, raw[0], stream, first, count)

    def tell(self, which):
        """Send ready bytes of `told` as soon as the frame on its way is out."""
        self.asked |= 1 << which

    def pong(self, nonce, rx_us):
        """Answer a ping that came at rx_us, as soon as the frame on its way is out."""
        self.nonce = nonce
        self.pong_rx = rx_us

    def _load(self):
        # The next frame: a PONG first, then what is told, then what the ring has lost, then its oldest frame.
        raw = self.raw
        ring = self.ring
        stream = ring.gap()
        self.out_of = self.flight
        if self.nonce >= 0:
            if self.room < self.fifo:
                return 0  # bytes ahead of it in the FIFO would make its time stamp early
            now = self.now()  # before `wraps`, which belongs to it
            struct.pack_into(PONG_LAYOUT, raw, 0, PONG, 0, self.nonce, self.wraps, self.pong_rx, now)
            self.nonce = -1
            self.end = cobs_into(raw, seal(raw, PONG_BYTES, SEED), self.flight, 0)
        elif self.asked:
            which = 0
            while not self.asked >> which & 1:
                which += 1
            self.asked &= ~(1 << which)
            self.out_of = self.told[which]
            self.end = len(self.out_of)
        elif stream:
            count = ring.gap_count[stream]
            struct.pack_into(GAP_LAYOUT, raw, 0, GAP, stream, ring.gap_first[stream], count, TX_FULL)
            ring.gap_count[stream] = 0
            self.end = cobs_into(raw, seal(raw, GAP_BYTES, SEED), self.flight, 0)
        else:
            self.end = ring.pop(self.flight)
        self.at = 0
        return self.end

    def _earn(self):
        now = self.now()
        spent = time.ticks_diff(now, self.fed)
        if spent < 0 or spent >= self.full_us:
            self.room = self.fifo
            self.fed = now
            return
        earned = spent * 1000 // self.byte_ns
        self.room += earned
        self.fed = time.ticks_add(self.fed, earned * self.byte_ns // 1000)
        if self.room > self.fifo:
            self.room = self.fifo

    def pump(self):
        """Write as much as has drained from the UART FIFO since the last call."""
        self._earn()
        while self.room > 0 and (self.at < self.end or self._load()):
            n = self.end - self.at
            if n > self.room:
                n = self.room
            n = self.out.write(self.out_of, self.at, n)
            if not n:
                return
            self.at += n
            self.room -= n

    def backlog(self):
        """Bytes not yet handed to the UART."""
        return self.ring.bytes.any() + self.end - self.at

    def drain(self):
        """Pump until nothing waits; sleeps in between."""
        while self.backlog() or self.nonce >= 0 or self.asked or self.ring.gap():
            self.pump()
            time.sleep_ms(1)
