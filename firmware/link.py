# SPDX-License-Identifier: MIT
"""Frames out, no faster than the UART sends them, so that a write never blocks; pings are answered first."""

import struct
import sys
import time

import wire
from wire import KINDS, LAYOUTS, SEED, seal

try:
    from fast import cobs_into, crc24, pack12

    wire.crc24 = crc24  # `seal` and `build` then run on it too
except (ImportError, SyntaxError):
    from wire import cobs_into, pack12

__all__ = ["GAP", "GAP_BYTES", "GAP_LAYOUT", "TICK_MASK", "Link", "pack12"]

LONGEST = 320  # raw frames that `queue` takes; SCHEMA and CONFIG come ready-made through `send`
MARGIN = 8  # bytes of the UART FIFO left alone: a traceback or banner may have put some there
GAP, PONG = KINDS["GAP"], KINDS["PONG"]
GAP_LAYOUT, PONG_LAYOUT = LAYOUTS[GAP], LAYOUTS[PONG]
GAP_BYTES, PONG_BYTES = struct.calcsize(GAP_LAYOUT), struct.calcsize(PONG_LAYOUT)
TX_FULL = wire.TABLE["causes"].index("tx-full")
TICK_MASK = wire.TICK_WRAP - 1


class Link:
    """`queue` a frame, `pump` often. Nothing is allocated after the constructor."""

    def __init__(self, baud, fifo, ring):
        self.ring = ring
        self.out = sys.stdout.buffer
        self.fifo = fifo - MARGIN
        self.speed(baud)
        self.flight = bytearray(wire.encoded_size(len(wire.SCHEMA) + 8))
        self.at = self.end = 0
        self.coded = bytearray(wire.encoded_size(LONGEST))
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

    def send(self, frame):
        """Queue ready bytes: a frame of `wire.build`, or a lone zero after text."""
        self.ring.push(frame, len(frame), 0, 0, 0, 0)

    def pong(self, nonce, rx_us):
        """Answer a ping that came at rx_us, as soon as the frame on its way is out."""
        self.nonce = nonce
        self.pong_rx = rx_us

    def _load(self):
        # The next frame into `flight`: a PONG first, then what the ring has lost, then its oldest frame.
        raw, ring = self.raw, self.ring
        stream = ring.gap()
        if self.nonce >= 0:
            if self.room < self.fifo:
                return 0  # bytes ahead of it in the FIFO would make its time stamp early
            now = self.now()  # before `wraps`, which belongs to it
            struct.pack_into(PONG_LAYOUT, raw, 0, PONG, 0, self.nonce, self.wraps, self.pong_rx, now)
            self.nonce = -1
            self.end = cobs_into(raw, seal(raw, PONG_BYTES, SEED), self.flight, 0)
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
            n = self.out.write(self.flight, self.at, n)
            if not n:
                return
            self.at += n
            self.room -= n

    def backlog(self):
        """Bytes not yet handed to the UART."""
        return self.ring.bytes.any() + self.end - self.at

    def drain(self):
        """Pump until nothing waits; sleeps in between."""
        while self.backlog() or self.nonce >= 0 or self.ring.gap():
            self.pump()
            time.sleep_ms(1)
