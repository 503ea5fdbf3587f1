# SPDX-License-Identifier: MIT
"""The frame that a stream's samples are being written to, and the number of its next sample."""

import struct

import wire
from link import GAP, GAP_BYTES, GAP_LAYOUT
from ring import DATA, copy
from wire import CRC_BYTES

LAYOUT = wire.layout_of(DATA)
HEAD = struct.calcsize(LAYOUT)
STAMP_AT = HEAD - 5  # u32 clock, then u8 count


class Stream:
    """The open frame of one stream: `open` it, then `record` sample by sample."""

    def __init__(self, link, stream, longest):
        self.link = link
        self.stream = stream
        told = wire.stream(stream)
        self.size = told["bytes"]
        self.t = 0  # the clock of the sample under way
        self.packed = told["pack"] == "u12"
        self.raw = bytearray(HEAD + longest * self.size + CRC_BYTES)
        self.gap_raw = bytearray(GAP_BYTES + CRC_BYTES)
        self.restart(longest)

    def restart(self, limit):
        """Sample 0 comes next; frames close at `limit` samples."""
        self.limit = limit
        self.n = self.index = self.framed = 0

    def open(self, t):
        """Begin a frame whose first sample has clock t."""
        struct.pack_into(LAYOUT, self.raw, 0, DATA, self.stream, self.index, t, 0)

    def stamp(self, four):
        """Replace that clock by four bytes, low first: a u32 that may not fit a small integer."""
        copy(four, 0, 4, self.raw, STAMP_AT)

    def record(self, values):
        """Add one sample: the cells' array('H'), or the IMU's bytes as they are."""
        at = HEAD + self.n * self.size
        if self.packed:
            wire.pack12(values, len(values), self.raw, at)
        else:
            copy(values, 0, self.size, self.raw, at)
        self.n += 1
        self.index += 1
        if self.n >= self.limit:
            self.close()

    def close(self):
        """Queue the open frame, if it holds anything."""
        n = self.n
        if n:
            self.raw[HEAD - 1] = n
            self.link.queue(self.raw, HEAD + n * self.size, self.stream, self.index - n, n)
            self.n = 0
            self.framed += n

    def gap(self, count, cause):
        """Name the next `count` samples as lost."""
        self.close()
        struct.pack_into(GAP_LAYOUT, self.gap_raw, 0, GAP, self.stream, self.index, count, cause)
        self.link.queue(self.gap_raw, GAP_BYTES, self.stream, self.index, count)
        self.index += count
