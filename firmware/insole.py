# SPDX-License-Identifier: MIT
"""Two insoles of eight force cells, each behind an MCP3208 (12 bit, 8 channels, Microchip DS21298)."""

from array import array

from micropython import const

_CELLS_PER_FOOT = const(8)
_NULL_BIT = const(0x10)  # of the second byte, before the twelve of the count: low from a chip that answers
_ERRORS = const(0x3FFFFFFF)


def requests():
    """The three bytes that ask for each channel: start bit and single-ended mode, then the channel's three bits."""
    return [bytes((0b00000110 | channel >> 2, (channel & 3) << 6, 0)) for channel in range(_CELLS_PER_FOOT)]


class Insoles:
    """`scan(1)` fills `counts` (array('H'), L1..L8 R1..R8, 0..4095); nothing is allocated after the constructor.

    `errors` counts conversions that no chip answered.
    """

    NAME = "MCP3208"

    def __init__(self, spi, cs_left, cs_right):
        self.spi = spi
        self.cs_left = cs_left
        self.cs_right = cs_right
        self.counts = array("H", [0] * (2 * _CELLS_PER_FOOT))
        self.first = array("H", self.counts)
        self.requests = requests()
        self.answer = bytearray(3)
        self.errors = 0

    def scan(self, times):
        """Read all sixteen cells, left first; with `times` 2 again, and keep the mean, which has less noise."""
        self._both()
        if times == 2:
            counts = self.counts
            first = self.first
            for i in range(2 * _CELLS_PER_FOOT):
                first[i] = counts[i]
            self._both()
            for i in range(2 * _CELLS_PER_FOOT):
                counts[i] = (counts[i] + first[i] + 1) >> 1

    def _both(self):
        self._foot(self.cs_left, 0)
        self._foot(self.cs_right, _CELLS_PER_FOOT)

    def _foot(self, cs, at):
        spi = self.spi  # not its bound method, which would allocate
        requests = self.requests
        answer = self.answer
        counts = self.counts
        for channel in range(_CELLS_PER_FOOT):
            cs(0)
            spi.write_readinto(requests[channel], answer)
            cs(1)  # the rise ends the conversion: the chip wants one select per sample
            high = answer[1]
            if high & _NULL_BIT:
                self.errors = (self.errors + 1) & _ERRORS
            counts[at + channel] = (high & 0x0F) << 8 | answer[2]
