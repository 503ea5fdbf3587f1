# SPDX-License-Identifier: MIT
"""What happens beside the samples while they run: button, light, battery, watchdog, a log that fills up."""

import time

from panel import LOGGING, LONG, MARK, READY, SHORT, STILL
from report import BATTERY, STOP
from report import FULL as LOG_FULL


class Hand:
    """`step` in each turn of the loop; it ends a session by `commands.stop`, and `reason` says why."""

    def __init__(self, panel, guard, commands):
        self.panel = panel
        self.guard = guard
        self.commands = commands
        self.battery = panel.battery
        self.reason = STOP
        self.logger = None  # while a walk is being logged
        self.strap = None  # of a heart, while one is listened to
        self.cue = None  # while somebody is cued
        self.presses = 0
        self.wrote = False  # a page was programmed in the turn before

    def begin(self, logger, resumed=0):
        """Samples run from now on, into a log unless None; a walk opens with standing, one that is resumed does not."""
        self.reason = STOP
        self.wrote = False
        self.logger = logger
        self.panel.show(READY if logger is None else LOGGING if resumed else STILL)

    def end(self, state):
        """They have stopped; the light shows state."""
        self.logger = None
        if self.strap is not None:
            self.strap.hush()
            self.strap = None
        if self.cue is not None:
            self.cue.quiet()
            self.cue = None
        self.panel.show(state)

    def step(self):
        """One turn; allocates nothing."""
        guard = self.guard
        guard.feed()
        now = time.ticks_ms()
        event = self.panel.step(now)
        if self.strap is not None:
            self.strap.step(now)
        if self.cue is not None:
            self.cue.turn()
        logger = self.logger
        if event == LONG:
            self.presses += 1
            self.commands.console.mark(b"button")
            self.panel.show(MARK)
        elif event == SHORT:
            self.presses += 1
            if logger is not None:
                self.commands.stop = True
        if logger is None:
            return
        self.wrote = logger.waiting > 0
        logger.pump()
        if logger.full:
            self._stop(LOG_FULL)
        elif self.battery.empty:
            self._stop(BATTERY)

    def _stop(self, reason):
        self.reason = reason
        self.commands.stop = True
