# SPDX-License-Identifier: MIT
"""An addressable lamp, each colour of it like a pin. It knows nothing of the board, so that the board can go."""

from micropython import const

PIXEL_NS = (400, 850, 800, 450)  # WS2812: high and low of a 0, of a 1
_GLOW = const(24)  # of 255: a lamp to look at, not to read by


class Pixel:
    """One colour of an addressable lamp, to be set like a pin."""

    def __init__(self, bitstream, pin, colours, at):
        self.bitstream = bitstream
        self.pin = pin
        self.colours = colours
        self.at = at

    def __call__(self, level):
        self.colours[self.at] = _GLOW if level else 0
        self.bitstream(self.pin, 0, PIXEL_NS, self.colours)
