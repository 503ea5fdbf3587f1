# SPDX-License-Identifier: MIT
"""Step of the self-test: a second of scans of all cells, and whether both converters answer."""

import time
from array import array

from micropython import const

_WATCH_MS = const(1000)
_FULL = const(4095)  # all eight: a data line that nobody drives
_STEP = const(127)  # counts between two scans at most: squares of a second then add up to a small integer


def look(fw, loaded, add):
    """Leave in `fw.seen` low, high and mean of each cell's counts, its noise (square of the rms in tenths), and a list
    of the cells whose converter answers."""
    insoles = fw.insoles
    counts = insoles.counts
    n = len(counts)
    low, high = array("H", [_FULL] * n), array("H", [0] * n)
    sums, squares, last = array("I", [0] * n), array("I", [0] * n), None
    wrong = getattr(insoles, "errors", None)
    scans = 0
    began_ms = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), began_ms) < _WATCH_MS:
        insoles.scan(1)
        for i in range(n):
            count = counts[i]
            low[i] = min(low[i], count)
            high[i] = max(high[i], count)
            sums[i] += count
            if last:
                squares[i] += min(abs(count - last[i]), _STEP) ** 2
        last = array("H", counts)
        scans += 1
    if wrong is None:
        add("adc", None, "no bit to check")
    else:
        wrong = (insoles.errors - wrong) & 0x3FFFFFFF  # it wraps
        add("adc", not wrong, "%d of %d conversions wrong" % (wrong, scans * n))
    for i in range(n):
        sums[i] //= scans
        squares[i] = squares[i] * 50 // scans  # of the difference of two readings: twice the noise
    there = []
    for side, at in (("left", 0), ("right", 8)):
        gone = min(low[at : at + 8]) == _FULL
        silent = not max(high[at : at + 8])
        good = not gone and not silent if loaded or not silent else None
        add("adc-" + side, good, "%d to %d" % (min(sums[at : at + 8]), max(sums[at : at + 8])))
        there += range(at, at + 8) if good is not False else ()
    fw.seen = low, high, sums, squares, there
