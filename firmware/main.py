# SPDX-License-Identifier: MIT
"""Starts with the board: waits for commands and presses, samples, logs walks, gives way to the REPL on Ctrl-C."""
# start.py fills a Firmware, which can't be seen from here:
# pyright: reportAttributeAccessIssue=false

import gc
import time

from micropython import const
from once import once

_start = once("start")  # first: it wants room in one piece

from console import FAULT, OK
from link import CONFIG, ZERO
from panel import FAULT as BROKEN
from panel import IDLE, LONG, READY, SHORT

_IDLE_MS = const(2)
_QUIET_MS = const(10000)  # of a fast line: then it is as slow again as the next host expects it


class Firmware:
    """The parts of the board, built once, and the values in force."""

    def __init__(self):
        global _start
        (_start or once("start")).build(self)
        _start = None
        self.set({})
        gc.collect()

    def set(self, settings):
        """Put settings (words of `start`) in force; a `fault` in words where the IMU doesn't answer."""
        once("settings").apply(self, settings)
        self.describe(False)

    def describe(self, streaming):
        """Make the CONFIG frame anew."""
        self.link.told[CONFIG] = b"\0"
        gc.collect()
        self.link.told[CONFIG] = once("config").frame(self, streaming)

    def baud(self, baud):
        """Speak that fast from now on."""
        once("board").set_baud(baud)
        self.link.speed(baud)
        self.now_baud = baud
        self.lines = self.commands.lines
        self.describe(False)

    def _watch_baud(self):
        # A host that is gone, or does not understand: speak again as the next one expects it.
        if self.now_baud == self.own_baud:
            return
        if self.commands.lines != self.lines:
            self.lines = self.commands.lines
            self.baud_until_ms = time.ticks_add(time.ticks_ms(), _QUIET_MS)
        elif time.ticks_diff(self.baud_until_ms, time.ticks_ms()) < 0:
            self.baud(self.own_baud)

    def resume(self):
        """Go on with a walk that a reset has cut short, in a log of its own."""
        self.panel.show(READY if self.store is not None else IDLE)
        log = self.guard.unfinished()
        self.panel.step(time.ticks_ms())
        if self.guard.gave_up:
            self.panel.show(BROKEN)
        elif log and self.store is not None and not self.panel.battery.empty:
            self._walk({}, log)

    def _walk(self, settings, resumed):
        try:
            once("session").walk(self, settings, resumed)
        except OSError as error:
            self.commands.console.refuse(str(error).encode())
        except MemoryError:
            self._no_memory()
        gc.collect()

    def _no_memory(self):
        gc.collect()
        self.commands.console.refuse(b"no memory left for that: try again, or reset the board")

    def say(self, text):
        """Answer in words."""
        self.commands.console.event(OK, text.encode())

    def breathe(self, _done, _total):
        """Between two steps of something long."""
        self.guard.feed()
        self.link.pump()

    def _do(self, words):
        try:
            self._answer(words)
        except MemoryError:
            self._no_memory()

    def _answer(self, words):
        self.erasing = None
        gc.collect()
        if words[0] == "start":
            settings = once("settings").read(self, words[1:])
            if settings is not None:
                once("online").stream(self, settings)
        else:
            once("jobs").answer(self, words)
        gc.collect()
        if self.walk is not None:
            settings = self.walk
            self.walk = None
            self._walk(settings, 0)

    def _erase_one(self):
        # One sector a turn, 45 ms, so that the next walk finds all the room there is; what is said goes first.
        try:
            if self.erasing is None:
                self.erasing = once("erasing", "sectors", "opened")
            self.erasing.prepare(self.store, _one)
            self.dirty -= 1
        except OSError as error:  # a card that is out: what is dirty stays so until the next start
            self.dirty = 0
            self.commands.console.event(FAULT, str(error).encode())
        if not self.dirty:
            self.erasing = None

    def serve(self):
        """Answer commands and the button until Ctrl-C."""
        commands, panel = self.commands, self.panel
        while True:
            commands.console.poll()
            words = commands.job
            if words:
                commands.job = None
                self._do(words)
            self.link.pump()
            self.guard.feed()
            self._watch_baud()
            if self.dirty and not self.link.asked and not self.link.backlog():
                self._erase_one()
            event = panel.step(time.ticks_ms())
            if event == SHORT and self.store is not None:
                self._do(["log", "start"])
            elif event == LONG:
                commands.console.mark(b"button")
            self.hand.presses += event != 0
            if self.guard.tired(time.ticks_ms(), panel.battery.mv, commands.lines + self.hand.presses):
                once("board").deep_sleep()
            time.sleep_ms(_IDLE_MS)


def _one(_done, _total):
    return True


def main():
    """Say hello, serve, and leave a clean prompt behind."""
    firmware = Firmware()
    version = once("config").VERSION
    print("surefoot %s ready" % version)
    firmware.link.tell(ZERO)  # closes the text, so that the first frame stands alone
    firmware.link.drain()
    try:
        firmware.resume()
        firmware.serve()
    except KeyboardInterrupt:
        firmware.guard.release()
        firmware.link.drain()
        print("surefoot %s stopped: soft reset (Ctrl-D) starts it again" % version)


if __name__ == "__main__":
    main()
