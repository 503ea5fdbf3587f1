# SPDX-License-Identifier: MIT
"""Coding of samples for the log: differences of each channel under the prefix code of prefix.py, integers only.

A coder is an array("i"): channels, bits of a value, which channels predict a straight line, then six words for each
channel. Bits are written from the lowest up. `encode` and `verbatim` are in
fastpack.py as machine code and in slowpack.py as bytecode: a board loads one of them.
"""

from array import array

CHANNELS, BITS, SECOND, WORDS = range(4)
FIELDS = 6  # last value, the one before it, buckets of the last two differences, mean sizes of both kinds of difference
START = 5  # bucket that stands for those before the first


def coder(channels, bits):
    """A new coder for values of 12 bits, given as array('H'), or of 16, given as bytes, low first."""
    state = array("i", bytes(4 * (WORDS + FIELDS * channels)))
    state[CHANNELS] = channels
    state[BITS] = bits
    return state


def choose(state):
    """Let each channel predict, from now on, in the way that would have served it better; one bit a channel."""
    at = WORDS
    second = 0
    for channel in range(state[CHANNELS]):
        if state[at + 5] < state[at + 4]:
            second |= 1 << channel
        at += FIELDS
    state[SECOND] = second
    return second
