# SPDX-License-Identifier: MIT
"""Starts with the board: waits for commands and presses, samples, logs walks, gives way to the REPL on Ctrl-C."""

import gc
import json
import time

import board
import config
import session
import wire
from commands import Commands
from guard import Guard
from hand import FAULT as BROKEN
from hand import IDLE, READY, Hand
from link import Link
from panel import LONG, SHORT, Panel
from ring import Ring
from sampler import Sampler

DEFAULTS = {"rate": "100", "frame": "live", "acc": "4", "gyro": "500"}
IDLE_MS = 2
SLOW_BAUD = 115200  # up to here 200 Hz fits in long frames only
QUIET_MS = 10000  # of a fast line: then it is as slow again as the next host expects it


class Firmware:
    """The parts of the board, built once, and the values in force."""

    def __init__(self):
        profile = board.PROFILE
        ring = Ring(board.tx_store, profile["tx_bytes"])
        self.link = Link(board.baud, profile["uart_fifo"], ring)
        self.commands = Commands(self.link)
        self.imu = board.open_imu()
        self.insoles = board.open_insoles()
        self.panel = Panel(board.button(), board.light(), board.battery(), profile)
        soft = board.soft_start()
        self.guard = Guard(board.open_dog, board.open_timer, board.rtc_memory(), soft, profile.get("power"))
        self.hand = Hand(self.panel, self.guard, self.commands)
        self.sampler = Sampler(self.link, self.commands, self.insoles, self.imu, self.hand)
        self.store = self.logger = None
        device = board.log_device()
        if device is not None:
            self._open_log(device)
        self.boot = board.count_boot()
        self.session = self.log = self.resumed = 0
        self.selftest = {}
        self.utc_ms = None
        self.utc_at = time.ticks_ms()
        self.utc_err_ms = 0
        self.now_baud = board.baud
        self.baud_until_ms = 0
        self.lines = 0
        self.dirty = self.store.dirty() if self.store is not None else 0
        self.set(DEFAULTS)

    def _open_log(self, device):
        from logger import Logger
        from packstream import PackStream
        from store import Store

        self.store = Store(device)
        self.logger = Logger(self.store, self.link)
        self.sampler.add_log(self.logger, PackStream(self.logger, wire.CELLS), PackStream(self.logger, wire.IMU))

    def set(self, settings):
        """Put settings (words of `start`) in force, the IMU's included; a fault in words where it doesn't answer."""
        value = dict(DEFAULTS)
        value.update(settings)
        self.rate_hz = int(value["rate"])
        # Two scans a sample where they leave a third of the period for all else, as this board's bus really is.
        began = time.ticks_us()
        self.insoles.scan(1)
        self.scans = 2 if 3 * time.ticks_diff(time.ticks_us(), began) * self.rate_hz < 1000000 else 1
        self.odr_hz = self.imu.odr_hz(self.rate_hz)
        self.live = value["frame"] == "live" and (self.rate_hz == 100 or board.baud > SLOW_BAUD)
        self.acc_g, self.gyro_dps = int(value["acc"]), int(value["gyro"])
        self.fault = None
        try:
            self.imu.start(self.rate_hz, self.acc_g, self.gyro_dps)
        except OSError as error:
            self.fault = str(error)
        self.describe(False)

    def describe(self, streaming):
        """Build the CONFIG frame that `info` and `start` send."""
        body = json.dumps(config.values(self, streaming)).encode()
        self.commands.config = wire.build(wire.KINDS["CONFIG"], 0, (), body, wire.SEED)

    def baud(self, baud):
        """Speak that fast from now on."""
        board.set_baud(baud)
        self.link.speed(baud)
        self.now_baud = baud
        self.lines = self.commands.lines
        self.describe(False)

    def _watch_baud(self):
        # A host that is gone, or does not understand: speak again as the next one expects it.
        if self.now_baud == board.baud:
            return
        if self.commands.lines != self.lines:
            self.lines = self.commands.lines
            self.baud_until_ms = time.ticks_add(time.ticks_ms(), QUIET_MS)
        elif time.ticks_diff(self.baud_until_ms, time.ticks_ms()) < 0:
            self.baud(board.baud)

    def resume(self):
        """Go on with a walk that a reset has cut short, in a log of its own."""
        log = self.guard.unfinished()
        self.panel.step(time.ticks_ms())
        if self.guard.gave_up:
            self.panel.show(BROKEN)
        elif log and self.store is not None and not self.panel.battery.empty:
            session.walk(self, {}, log)
            gc.collect()

    def breathe(self, _done, _total):
        """Between two steps of something long."""
        self.guard.feed()
        self.link.pump()

    def _do(self, words):
        if words[0] == "start":
            settings = self.commands.settings(words[1:])
            if settings is not None:
                session.stream(self, settings)
        else:
            import jobs  # not before: who only streams has no memory to spare for it

            jobs.answer(self, words)
        gc.collect()

    def serve(self):
        """Answer commands and the button until Ctrl-C."""
        commands, panel = self.commands, self.panel
        panel.show(READY if self.store is not None else IDLE)
        while True:
            commands.console.poll()
            words = commands.job
            if words:
                commands.job = None
                self._do(words)
            self.link.pump()
            self.guard.feed()
            self._watch_baud()
            if self.store is not None and self.dirty:
                # One sector a turn, 45 ms, so that the next walk finds all the room there is.
                self.store.prepare(_one)
                self.dirty -= 1
            event = panel.step(time.ticks_ms())
            if event == SHORT and self.store is not None:
                self._do(["log", "start"])
            elif event == LONG:
                commands.console.mark(b"button")
            self.hand.presses += event != 0
            if self.guard.tired(time.ticks_ms(), panel.battery.mv, commands.lines + self.hand.presses):
                board.deep_sleep()
            time.sleep_ms(IDLE_MS)


def _one(_done, _total):
    return True


def main():
    """Say hello, serve, and leave a clean prompt behind."""
    firmware = Firmware()
    print("surefoot %s ready" % config.VERSION)
    firmware.link.send(b"\0")  # closes the text, so that the first frame stands alone
    firmware.link.drain()
    try:
        firmware.resume()
        firmware.serve()
    except KeyboardInterrupt:
        firmware.guard.release()
        firmware.link.drain()
        print("surefoot %s stopped: soft reset (Ctrl-D) starts it again" % config.VERSION)


if __name__ == "__main__":
    main()
