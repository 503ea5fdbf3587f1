# SPDX-License-Identifier: MIT
"""The metronome: a pulse of buzzer or motor at each beat. Loaded by `once`, and only where it was asked for.

Beat k is due at start + k minutes / cadence, in whole microseconds with the remainder carried on: however long it
runs, no beat is more than a microsecond off its place, and a late one delays none behind it.
"""

import time

from micropython import const
from once import once

_MINUTE_US = const(60000000)
_FIRST_US = const(1000000)  # from the start to the first beat
_LATEST_US = const(60000)  # a beat later than that, after a stall, is left out: it would mislead
_HALF = const(32768)  # duty of a tone
_FULL = const(65535)


def begin(fw):
    """The settings' cue sounds with the samples that come."""
    asked = fw.asked[2]
    feel = None
    if asked[3]:
        feel = once("cuefeel").Feel(fw.insoles.counts, fw.rate_hz, asked[3])
    fw.hand.cue = Cue(asked, feel)


class Cue:
    """`settings` as cueask.py makes them. `turn` each sample, `step` in between.

    `feel` takes each sample, and its `beyond()` lets beats sound; or None.
    """

    def __init__(self, settings, feel):
        _, self.cadence, self.sides, _, self.pwm, length_ms, self.left_hz, self.right_hz = settings
        self.length = 1000 * length_ms
        self.feel = feel
        self.right = self.on = False
        self.carried = 0
        self.off_at = 0
        self.at = time.ticks_add(time.ticks_us(), _FIRST_US)

    def turn(self):
        """With each sample."""
        if self.feel is not None:
            self.feel.take()
        self.step()

    def step(self):
        """Begin or end a pulse whose time has come; allocates nothing."""
        now = time.ticks_us()
        if self.on and time.ticks_diff(now, self.off_at) >= 0:
            self.pwm.duty_u16(0)
            self.on = False
        late = time.ticks_diff(now, self.at)
        if late < 0:
            return
        if late < _LATEST_US and (self.feel is None or self.feel.beyond()):
            self._sound(now)
        self._next()

    def _sound(self, now):
        length = self.length
        if self.sides:
            if self.left_hz:
                self.pwm.freq(self.right_hz if self.right else self.left_hz)
            elif self.right:
                length *= 2
        self.pwm.duty_u16(_HALF if self.left_hz else _FULL)
        self.off_at = time.ticks_add(now, length)
        self.on = True

    def _next(self):
        cadence = self.cadence
        self.at = time.ticks_add(self.at, _MINUTE_US // cadence)
        self.carried += _MINUTE_US % cadence
        if self.carried >= cadence:
            self.carried -= cadence
            self.at = time.ticks_add(self.at, 1)
        self.right = not self.right

    def quiet(self):
        """Silent, and the pin is free."""
        self.pwm.duty_u16(0)
        self.pwm.deinit()
