# SPDX-License-Identifier: MIT
"""A stream's open PACK frame: same face as `stream.Stream`, samples coded as they come, frames as long as a page lets.

Frames come in chains of eight: the first starts with a verbatim sample, the others go on from the one before. A body is
a mark, then the chain's bits; those of an int16 chain start with a byte, the channels that predict a straight line.
The mark counts the chain's frames from 0 (bits 0 to 2), numbers the chain (bits 4 to 7), and tells with bit 3 that the
frame before was filled up with zero bits. Without it a sample's bits may lie across both frames, and it belongs to the
one where it ends. A frame of kind MORE goes on in time too: its samples follow at the stream's rate, and of the number
of its first one it keeps the low byte.
"""

import struct

import wire
from link import GAP, GAP_BYTES, GAP_LAYOUT
from micropython import const
from pack import BITS, choose, coder
from ring import copy
from store import WORST
from wire import CRC_BYTES

try:
    from fastpack import encode, lend, verbatim
except (ImportError, SyntaxError):
    from slowpack import encode, lend, verbatim

_SHAPES = [(told["n"], told["pack"] != "u12") for told in (wire.stream(wire.CELLS), wire.stream(wire.IMU))]
PACK, MORE = wire.numbers("kinds", "PACK", "MORE")
LAYOUT, MORE_LAYOUT = wire.layout_of(PACK), wire.layout_of(MORE)
HEAD = struct.calcsize(LAYOUT)
MORE_HEAD = struct.calcsize(MORE_LAYOUT)
STAMP_AT = HEAD - 5  # u32 clock, then u8 count
_CHAIN = const(8)  # frames that one damaged page can spoil
_MOST = const(255)  # samples that the count has room for
_FILLED = const(8)


class PackStream:
    """Set `t`, or call `open` (and `stamp`), before every `record`: a new frame starts wherever a page is full.

    `n`: samples since the last that a frame has the clock of.
    """

    def __init__(self, logger, stream):
        self.link = logger
        self.stream = stream
        channels, wide = _SHAPES[stream - 1]
        self.coder = coder(channels, 16 if wide else 12)
        lend(logger.store.codes)
        self.raw = logger.store.raws[stream - 1]
        self.rest = bytearray(2 * WORST)
        self.gap_raw = bytearray(GAP_BYTES + CRC_BYTES)
        self.four = None
        logger.packs[stream] = self
        self.restart(_MOST)

    def restart(self, limit):
        """Sample 0 comes next. How long a frame gets is the page's business, whatever `limit` says."""
        self.n = self.held = self.index = self.framed = 0
        self.at = self.head = self.t = self.filled = self.serial = 0
        self.chain = _CHAIN - 1

    def open(self, t):
        """The clock of the next sample."""
        self.t = t

    def stamp(self, four):
        """Its clock as four bytes, low first, which are looked at when a frame begins."""
        self.four = four

    def record(self, values):
        """Add one sample: the cells' array('H'), or the IMU's bytes as they are."""
        if self.held == _MOST:
            self.close()
        last = self.at
        if self.held:
            self.at = encode(values, self.coder, self.raw, last)
        else:
            self._start(values)
        self.held += 1
        self.n += 1
        self.index += 1
        room = self.link.room(self.stream)
        if self.at > 8 * room:
            if self.held > 1:
                self._cut(room, last, values)
            self.link.finish(self.stream)

    def _start(self, values):
        raw = self.raw
        self.n = 0
        struct.pack_into(LAYOUT, raw, 0, PACK, self.stream, self.index, self.t, 0)
        if self.four:
            copy(self.four, 0, 4, raw, STAMP_AT)
        self._mark(HEAD)
        if self.chain:
            self.at = encode(values, self.coder, raw, self.at)
            return
        if self.coder[BITS] == 16:
            raw[HEAD + 1] = choose(self.coder)
            self.at += 8
        self.at = verbatim(values, self.coder, raw, self.at)

    def _mark(self, head):
        self.chain = (self.chain + 1) % _CHAIN
        if not self.chain:
            self.serial = self.serial + 16 & 0xF0
            self.filled = 0
        self.raw[head] = self.chain | self.filled | self.serial
        self.filled = 0
        self.head = head
        self.at = 8 * (head + 1)

    def _cut(self, room, last, values):
        # Close the frame before its last sample, which begins the next one; the bits that fit stay where they are.
        raw = self.raw
        self.held -= 1
        self.index -= 1
        if last > 8 * room:  # a page that the flash refused has moved the others on
            self.chain = _CHAIN - 1
        if self.chain == _CHAIN - 1:
            if last & 7:
                raw[last >> 3] &= (1 << (last & 7)) - 1
            self._queue(last + 7 >> 3)
            self._start(values)
            self.n = 1
        else:
            over = self.at - 8 * room
            size = over + 7 >> 3
            copy(raw, room, size, self.rest, 0)
            self._queue(room)
            struct.pack_into(MORE_LAYOUT, raw, 0, MORE, self.stream, self.index & 0xFF, 0)
            self._mark(MORE_HEAD)
            copy(self.rest, 0, size, raw, MORE_HEAD + 1)
            self.at += over
        self.held = 1
        self.index += 1

    def _queue(self, size):
        held = self.held
        self.raw[self.head - 1] = held
        self.held = 0
        self.framed += held
        self.link.queue(self.raw, size, self.stream, self.index - held, held)

    def pending(self):
        """Bytes of the open frame, its CRC not among them; 0 where none is open."""
        return self.at + 7 >> 3 if self.held else 0

    def close(self):
        """End the open frame, if there is one."""
        if self.held:
            self._queue(self.pending())
            self.filled = _FILLED
            self.n = 0

    def alone(self):
        """What came before is lost: the next frame begins a chain."""
        self.chain = _CHAIN - 1

    def gap(self, count, cause):
        """Name the next `count` samples as lost."""
        self.close()
        self.alone()
        struct.pack_into(GAP_LAYOUT, self.gap_raw, 0, GAP, self.stream, self.index, count, cause)
        self.link.queue(self.gap_raw, GAP_BYTES, self.stream, self.index, count)
        self.index += count
