# SPDX-License-Identifier: MIT
"""Whether the last strides were uneven: stance times of both feet, from the sums of their cells.

A foot stands while its sum lies above a share of what this foot's sums span, so cells that differ from foot to foot
hardly matter; loads can't be compared here, as the board knows no calibration. All in whole numbers of samples.
"""

from micropython import const

_CELLS = const(8)
_LEAST = const(1000)  # counts of a foot's sum between swing and stance: less is no walking
_STRIDES = const(3)  # of each foot, until it is judged
_SCALE = const(4)  # bits of a mean behind the point
_OFF, _ON = const(3), const(2)  # a foot comes off below 1/8 of the span and on above 1/4


class Feel:
    """`take` each sample of `counts`; `beyond()` then says whether stance times differ by more than `percent`.

    That is of their mean: 100 |L - R| / ((L + R) / 2).
    """

    def __init__(self, counts, rate_hz, percent):
        self.counts = counts
        self.percent = percent
        self.shortest = rate_hz * 3 // 20  # 150 ms
        self.longest = 3 * rate_hz
        self.creep = 10 if rate_hz > 100 else 9  # bits: both ends of the span close up within 5 s
        self.high = [0, 0]
        self.low = [8 * 4095, 8 * 4095]
        self.down = [False, False]
        self.since = [0, 0]
        self.mean = [0, 0]
        self.strides = [0, 0]

    def take(self):
        """One sample; allocates nothing."""
        self._foot(0)
        self._foot(1)

    def _foot(self, foot):
        counts = self.counts
        total = 0
        for i in range(_CELLS * foot, _CELLS * foot + _CELLS):
            total += counts[i]
        high = self.high[foot]
        low = self.low[foot]
        creep = (high - low) >> self.creep if high > low else 0
        high = total if total > high else high - creep
        low = total if total < low else low + creep
        self.high[foot] = high
        self.low[foot] = low
        since = self.since[foot]
        down = total - low > (high - low) >> (_OFF if self.down[foot] else _ON)
        if down == self.down[foot]:
            if since <= self.longest:
                self.since[foot] = since + 1
            else:
                self.strides[foot] = 0  # a stand, or a seat
            return
        self.down[foot] = down
        self.since[foot] = 1
        if not down:
            self._stood(foot, since, high - low)

    def _stood(self, foot, samples, span):
        if span < _LEAST or not self.shortest <= samples <= self.longest:
            self.strides[foot] = 0
            return
        strides = self.strides[foot]
        mean = self.mean[foot]
        scaled = samples << _SCALE
        self.mean[foot] = mean + ((scaled - mean) >> 2) if strides else scaled
        if strides < _STRIDES:
            self.strides[foot] = strides + 1

    def beyond(self):
        """Whether both feet walk, and stand for times that differ by more than the share."""
        if self.strides[0] < _STRIDES or self.strides[1] < _STRIDES:
            return False
        left = self.mean[0]
        right = self.mean[1]
        return 200 * abs(left - right) > self.percent * (left + right)
