# SPDX-License-Identifier: MIT
"""MCP3208, clock by clock: eight 12-bit channels, one conversation for each falling edge of chip select.

From Microchip's data sheet DS21298, figures 5-1 and 6-1: leading zeros, start bit, SGL/DIFF, D2, D1, D0, one clock
of sampling, a null bit, twelve bits MSB first, then the same bits again LSB first, then zeros.
"""

_COMMAND = 4  # clocks from the start bit to the command's last
_WHOLE = 10  # the last of them after which a byte ends with the value's first reading or before
HIGH_Z = 1  # an undriven DOUT, pulled up: a driver that forgets to mask it reads nonsense


class MCP3208:
    """`data[at:]` holds the counts of CH0..CH7, u16 little endian; whoever owns the clock moves `at`."""

    def __init__(self, data, at):
        self.data = data
        self.at = at
        self.selected = False
        self._clock = -1
        self._command = 0
        self._value = 0

    def select(self, on):
        """Chip select: a new conversation begins at its falling edge only."""
        if on and not self.selected:
            self._clock = -1
            self._command = 0
        self.selected = on

    def _count(self, channel):
        at = self.at + 2 * channel
        return self.data[at] | (self.data[at + 1] << 8)

    def _convert(self, command):
        channel = command & 7
        if command & 8:
            return self._count(channel)
        difference = self._count(channel) - self._count(channel ^ 1)
        return difference if difference > 0 else 0

    def converts(self, tx, rx):
        """A whole conversation in one step, where it is the one that every driver has; else False and nothing done."""
        if self._clock >= 0 or tx[0] >> 2 != 1:
            return False
        command = self._command = (tx[0] & 3) << 2 | tx[1] >> 6
        value = self._value = self._convert(command)
        self._clock = 18
        rx[0] = 0xFF
        rx[1] = 0xE0 | value >> 8
        rx[2] = value & 0xFF
        return True

    def exchange(self, byte):
        """Eight clocks: one byte in, and the one that comes out meanwhile."""
        clock = self._clock
        if clock < 0:
            if not byte:
                return 0xFF
            start = 7
            while not byte >> start:
                start -= 1
            if start > _COMMAND:
                return self._clocks(byte)
            self._clock = start
            self._command = byte & ((1 << start) - 1)
            if start == _COMMAND:
                self._value = self._convert(self._command)
            return 0xFF
        if clock > _WHOLE:
            return self._clocks(byte)
        if clock < _COMMAND:
            left = _COMMAND - clock
            self._command = self._command << left | byte >> (8 - left)
            self._value = self._convert(self._command)
        self._clock = clock + 8
        # Six clocks undriven, the null bit, the value: of these nineteen the eight that come now.
        return (0x7E000 | self._value) >> (_WHOLE - clock) & 0xFF

    def _clocks(self, byte):
        # One by one, where the command or the second reading of the value goes over the byte's end.
        clock = self._clock
        out = 0
        for shift in range(7, -1, -1):
            bit = HIGH_Z
            if clock < 0:
                if (byte >> shift) & 1:
                    clock = 0
            else:
                clock += 1
                if clock > 18:
                    bit = (self._value >> (clock - 18)) & 1 if clock < 30 else 0
                elif clock > 6:
                    bit = (self._value >> (18 - clock)) & 1
                elif clock == 6:
                    bit = 0
                elif clock < 5:
                    self._command = (self._command << 1) | ((byte >> shift) & 1)
                    if clock == 4:
                        self._value = self._convert(self._command)
            out = (out << 1) | bit
        self._clock = clock if clock < 64 else 64
        return out
