# SPDX-License-Identifier: MIT
"""What goes wrong while samples are taken: a stuck or saturated cell, a foot without load, an ADC that answers badly.

`see` takes each sample, `judge` once a second says what was wrong in it. Sampling goes on with what is left.
"""

from array import array

import wire
from micropython import const

try:
    from fast import extremes
except (ImportError, SyntaxError):

    def extremes(counts, n, low, high):
        """Keep the smallest and the largest of each of n counts."""
        for i in range(n):
            c = counts[i]
            if c < low[i]:
                low[i] = c
            if c > high[i]:
                high[i] = c


_CELLS = const(16)
_FOOT = const(8)
_RAIL = const(4090)  # of 4095: the cell, or its wire, is shorted
_NOTHING = const(8)  # counts: less may be an unloaded cell, which is no fault
_MOVES = const(40)  # counts: what another cell of the foot does within a second while this one stands still
_STUCK_S = const(10)
_SATURATED_S = const(2)
_EMPTY_S = const(10)
NO_LEFT, NO_RIGHT, ADC_ERROR, STUCK, SATURATED = [
    1 << bit for bit in wire.numbers("flags", "no-left", "no-right", "adc-error", "cell-stuck", "cell-saturated")
]


class Health:
    """`flags` and `cells` (one bit a cell, L1 first) after the last `judge`; nothing is allocated."""

    def __init__(self, insoles):
        self.insoles = insoles
        self.low = array("H", [0] * _CELLS)
        self.high = array("H", [0] * _CELLS)
        self.still = bytearray(_CELLS)
        self.railed = bytearray(_CELLS)
        self.empty = bytearray(2)
        self.restart()

    def restart(self):
        """A new session."""
        for i in range(_CELLS):
            self.still[i] = self.railed[i] = 0
        self.empty[0] = self.empty[1] = 0
        self.flags = self.cells = 0
        self.errors = self.insoles.errors
        self._clear()

    def _clear(self):
        for i in range(_CELLS):
            self.low[i] = 4095
            self.high[i] = 0

    def see(self, counts):
        """One sample."""
        extremes(counts, _CELLS, self.low, self.high)

    def judge(self):
        """A second has passed."""
        self.flags = self.cells = 0
        if self.insoles.errors != self.errors:
            self.errors = self.insoles.errors
            self.flags = ADC_ERROR
        self._foot(0)
        self._foot(1)
        self._clear()

    def _foot(self, foot):
        first = foot * _FOOT
        most = top = 0
        for i in range(first, first + _FOOT):
            if self.high[i] > top:
                top = self.high[i]
            if self.high[i] - self.low[i] > most:
                most = self.high[i] - self.low[i]
        self.empty[foot] = min(self.empty[foot] + 1, 250) if top < _NOTHING else 0
        if self.empty[foot] >= _EMPTY_S:
            self.flags |= NO_RIGHT if foot else NO_LEFT
        for i in range(first, first + _FOOT):
            high = self.high[i]
            same = high == self.low[i]
            self.railed[i] = min(self.railed[i] + 1, 250) if self.low[i] >= _RAIL else 0
            if not same:
                self.still[i] = 0
            elif most >= _MOVES and high >= _NOTHING:
                self.still[i] = min(self.still[i] + 1, 250)
            if self.railed[i] >= _SATURATED_S:
                self.flags |= SATURATED
                self.cells |= 1 << i
            elif self.still[i] >= _STUCK_S:
                self.flags |= STUCK
                self.cells |= 1 << i
