# SPDX-License-Identifier: MIT
"""CD74HC4067 with sixteen cells at its inputs, in front of an analogue pin.

After a change of the select lines the common line still holds the cell before. It settles with the time constant of a
cell's divider and the line's capacitance; here that is a step, nothing of it before SETTLE_US and all of it after. Some
10 kilohms and 100 pF make 1 us of time constant, 9 of them leave less than half a count: an estimate, not measured.
"""

SETTLE_US = 9
SUPPLY_MV = 3300


class Mux:
    """`data[at:]` holds the counts of the sixteen cells, u16 little endian; `now()` is a clock in us, of 30 bits.

    `lines` are the pins at S0 to S3, whose levels `levels` holds.
    """

    def __init__(self, data, at, levels, lines, now):
        self.data = data
        self.at = at
        self.levels = levels
        self.lines = lines
        self.now = now
        self.channel = self.before = self.since = 0

    def select(self, _on):
        """A select line changed."""
        channel = 0
        for i in range(4):
            channel |= self.levels[self.lines[i]] << i
        if channel != self.channel:
            self.before = self.channel
            self.channel = channel
            self.since = self.now()

    def millivolts(self):
        """On the common line, against the cells' supply."""
        waited = (self.now() - self.since) & 0x3FFFFFFF
        at = self.at + 2 * (self.before if waited < SETTLE_US else self.channel)
        return (self.data[at] | self.data[at + 1] << 8) * SUPPLY_MV // 4095
