# SPDX-License-Identifier: MIT
"""Step of the self-test: what a second of scans says of the cells.

Empty, a sound cell lies near 0, and so does one whose wire is broken: an open cell shows under a load only.
"""

from micropython import const
from selftest import root

_RAIL = const(4090)  # of 4095: a cell that is shorted, or its wire
_REST = const(256)  # counts of an unpressed cell at most; about 1.5 newtons by the nominal law
_FAINT = const(8)  # never above it: noise, and no load
_FOOT = const(400)  # counts of a foot's cells together: less is no load
_NOISE_TENTHS = const(30)  # rms; a front end of another kind brings its own _NOISE_TENTHS


def look(fw, loaded, add):
    """From what selfscan has seen."""
    low, high, mean, squares, there = fw.seen
    top, stuck, pressed, faint, noise = [], [], [], [], []
    for i in there:
        name = "%s%d" % ("R" if i > 7 else "L", i % 8 + 1)
        if (high if loaded else low)[i] >= _RAIL:
            top.append(name)
        elif low[i] == high[i] > _REST:
            stuck.append("%s at %d" % (name, low[i]))
        elif mean[i] > _REST:
            pressed.append("%s at %d" % (name, mean[i]))
        elif high[i] <= _FAINT:
            faint.append(name)
        noise.append(root(squares[i]))
    empty = [side for side, at in (("left", 0), ("right", 8)) if at in there and sum(mean[at : at + 8]) < _FOOT]
    if not there:
        return
    add("cells-top", not top, " ".join(top) or "none")
    add("cells-stuck", not stuck, ", ".join(stuck) or "none")
    if loaded:
        add(
            "cells-open",
            not empty and not faint,
            "no load on the " + " and ".join(empty) if empty else " ".join(faint) or "none",
        )
    else:
        add("cells-rest", not pressed, ", ".join(pressed) or "none")
        add("cells-open", None, "needs a load")
    limit = getattr(fw.insoles, "_NOISE_TENTHS", _NOISE_TENTHS)
    text = " ".join(["%d.%d" % (v // 10, v % 10) for v in noise])
    add("cells-noise", None if loaded else max(noise) <= limit, text)
