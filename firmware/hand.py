# SPDX-License-Identifier: MIT
"""What happens beside the samples while they run: button, light, battery, watchdog, a log that fills up."""

import time

from panel import LOGGING, LONG, MARK, READY, SHORT
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
        self.presses = 0
        self.wrote = False  # a page was programmed in the turn before

    def begin(self, logger):
        """Samples run from now on, into a log unless None."""
        self.reason = STOP
        self.wrote = False
        self.logger = logger
        self.panel.show(LOGGING if logger is not None else READY)

    def end(self, state):
        """They have stopped; the light shows state."""
        self.logger = None
        self.panel.show(state)

    def step(self):
        """One turn; allocates nothing."""
        guard = self.guard
        guard.feed()
        event = self.panel.step(time.ticks_ms())
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
