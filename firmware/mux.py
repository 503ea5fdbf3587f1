# SPDX-License-Identifier: MIT
"""Sixteen force cells behind one CD74HC4067 and the ESP32's own converter: cheaper than insole.py, and noisier.

The converter is linear from 150 to 2450 mV only, and knows nothing of the cells' supply. `counts` are 12 bits of 3.3 V;
what lies below the window reads 0 (nothing known to press), what lies above it 4095 (saturated): never a guess.
"""

import time
from array import array

from micropython import const

_CELLS = const(16)  # channel 0 is L1, channel 15 is R8
_SUPPLY_MV = const(3300)
_FULL = const(4095)
_LOW_MV = const(150)
_HIGH_MV = const(2450)
_READS = const(2)  # of a channel in each scan; their mean has less noise
# One select line changes between neighbours (Gray code), so that no third channel is touched on the way.
ORDER = bytes((0, 1, 3, 2, 6, 7, 5, 4, 12, 13, 15, 14, 10, 11, 9, 8))
LINE = bytes((0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0))  # the one that changes before each of them


class Insoles:
    """As insole.Insoles. `errors` stays 0: nothing tells a channel that is not there from a cell at rest."""

    NAME = "ADC1+CD74HC4067"

    def __init__(self, adc, select, settle_us):
        self.adc = adc
        self.select = select
        self.settle_us = settle_us
        self.counts = array("H", [0] * _CELLS)
        self.errors = 0

    def scan(self, times):
        """Read all sixteen cells; with `times` 2 each twice as often."""
        adc = self.adc
        select = self.select
        counts = self.counts
        settle_us = self.settle_us
        reads = _READS * times
        for i in range(4):
            select[i](0)  # whatever an interrupted scan has left
        for i in range(_CELLS):
            channel = ORDER[i]
            if i:
                line = LINE[i]
                select[line](channel >> line & 1)
            time.sleep_us(settle_us)
            uv = 0
            for _ in range(reads):
                uv += adc.read_uv()
            counts[channel] = count_of(uv // (1000 * reads))


def count_of(mv):
    """12 bits of millivolts, 0 and 4095 outside the window."""
    if mv < _LOW_MV:
        return 0
    return mv * _FULL // _SUPPLY_MV if mv < _HIGH_MV else _FULL
