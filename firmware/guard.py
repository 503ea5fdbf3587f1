# SPDX-License-Identifier: MIT
"""What keeps an untethered walk alive: the watchdog, the mark that a log was under way, the sleep of the idle.

A watchdog can't be stopped once it runs, and it outlives a soft reset, which ends the timers that could feed it. So it
starts with the first untethered log only. Outside a log it is set to an hour, a timer feeds it, and RTC memory tells
the next start of the firmware to go on feeding. `mpremote`, whose soft resets start no firmware, then has an hour.

The mark is a file, which lasts through a reset, a brown-out and an empty cell. It holds the log's number and how often
the walk has been resumed.
"""

import gc
import os

from micropython import const

_MASK = const((1 << 30) - 1)  # ticks_ms wraps here
MARK = "logging.txt"
DOG = b"dog"  # in RTC memory: the watchdog runs
_DOG_MS = const(8000)
_RELAXED_MS = const(3600000)
_FEED_MS = const(1000)
_RESUMES = const(10)  # of one walk: a board that falls again and again is faulty
_SLEEP_MIN = const(10)


class Guard:
    """`open_dog` is machine.WDT, made again for a new timeout; `open_timer` is machine.Timer.

    `memory` is machine.RTC().memory. `soft` says that this
    start is a soft reset; `power` is the profile's block.
    """

    def __init__(self, open_dog, open_timer, memory, soft, power=None):
        power = power or {}
        self.open_dog = open_dog
        self.open_timer = open_timer
        self.memory = memory
        self.dog_ms = power.get("watchdog_ms", _DOG_MS)
        self.sleep_ms = power.get("sleep_min", _SLEEP_MIN) * 60000
        self.dog = self.timer = None
        self.resumes = 0
        self.gave_up = False
        self.last = self.heard = -1
        if soft and memory() == DOG:
            self._relax()
        else:
            memory(b"")

    def unfinished(self):
        """The number of the log that was under way when the board fell, 0 if none. `start` then counts as a resume."""
        try:
            with open(MARK) as file:
                log, resumes = [int(word) for word in file.read().split()]
        except (OSError, ValueError):
            return 0
        if resumes >= _RESUMES:
            self.gave_up = True
            self._forget()
            return 0
        self.resumes = resumes + 1
        return log

    def start(self, log):
        """An untethered log begins: leave the mark, start the watchdog. From now on the loop must `feed`."""
        try:
            with open(MARK, "w") as file:
                file.write("%d %d" % (log, self.resumes))
        except OSError:
            pass  # the walk counts for more than its resumption
        self.resumes = 0
        self._silence()
        self.memory(DOG)
        self.dog = self.open_dog(timeout=self.dog_ms)

    def feed(self):
        """In each turn of the loop."""
        if self.dog is not None:
            self.dog.feed()

    def stop(self):
        """The log is closed: remove the mark, hand feeding to a timer."""
        self.resumes = 0
        self._forget()
        if self.dog is not None:
            self._relax()

    def release(self):
        """Ctrl-C: whoever has come finds a board with a collector, and without a watchdog at his heels."""
        gc.enable()
        self.stop()

    def tired(self, now_ms, battery_mv, heard):
        """Whether to sleep: on a cell, and `heard` (a count of commands and presses) has stood still for sleep_min."""
        if heard != self.heard or self.last < 0 or not battery_mv or not self.sleep_ms:
            self.heard = heard
            self.last = now_ms
            return False
        return (now_ms - self.last) & _MASK >= self.sleep_ms

    def _forget(self):
        try:
            os.remove(MARK)
        except OSError:
            pass

    def _relax(self):
        self.dog = self.open_dog(timeout=_RELAXED_MS)
        self.dog.feed()
        if self.timer is None:
            self.timer = self.open_timer(0, period=_FEED_MS, callback=self._fed)

    def _fed(self, _timer):
        self.feed()

    def _silence(self):
        timer = self.timer
        self.timer = None
        if timer is not None:
            timer.deinit()
