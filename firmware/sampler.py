# SPDX-License-Identifier: MIT
"""Sampling: cells at deadlines of ticks_us, IMU samples as its FIFO holds them, both framed without allocating.

A sample's number comes from time: cells' sample k belongs to start + k * period, and what can't be read before the
next deadline is lost and named by a GAP. The IMU's numbers follow its own timestamps.
"""

import gc
import time

import wire
from console import FAULT as FAULT_EVENT
from health import Health
from link import TICK_MASK
from micropython import const
from report import FAULT, IMU_ERROR, INTERRUPT, STOP, Report

_LIVE_US = const(20000)
LONG_CELLS, LONG_IMU = 12, 24  # samples in a long frame
_SLICE_US = const(1000)  # longest sleep between two looks at the console
_FIFO_SAMPLES = const(200)  # more than lie in a full FIFO
_FETCHES = const(64)  # that empty a full FIFO after a stall
_FAR_BEHIND = const(1000000)  # samples; times the IMU's rate it stays a small integer
LATE, FLASH, BUS = wire.numbers("causes", "late", "flash", "bus-error")


class Sampler:
    """`prepare`, then `run` until a stop; everything it needs is allocated here, once."""

    def __init__(self, link, commands, insoles, imu, hand):
        self.link = link
        self.commands = commands
        self.console = commands.console
        self.insoles = insoles
        self.imu = imu
        self.hand = hand
        self.health = Health(insoles)
        self.into(None, None, None)
        self.ended = STOP
        self.seen_at = 0

    def into(self, sink, cells, motion):
        """Where samples go from the next `prepare` on; None for all three lets go of that."""
        self.cells = cells
        self.motion = motion
        self.report = sink and Report(sink, self.console, self.imu, cells, motion, self.health, self.hand.battery)

    def prepare(self, rate_hz, scans, odr_hz, live, moving):
        """Set rates, scans a sample and frame length; `moving` says whether the IMU is there."""
        self.health.restart()
        self.rate_hz = rate_hz
        self.scans = scans
        self.odr_hz = odr_hz
        self.moving = moving
        self.cells.restart(_LIVE_US * rate_hz // 1000000 if live else LONG_CELLS)
        self.motion.restart(_LIVE_US * odr_hz // 1000000 if live else LONG_IMU)
        self.report.restart(moving)
        self.seen_at = 0

    def run(self):
        """Sample until `stop`. KeyboardInterrupt and faults pass through, after END is queued."""
        reason = FAULT
        gc.collect()
        gc.disable()
        try:
            self.loop()
            reason = self.hand.reason
        except KeyboardInterrupt:
            reason = INTERRUPT
            self.link.ring.mend()
            raise
        finally:
            gc.enable()
            self._finish(reason)

    def loop(self):
        """The sampling itself: allocates nothing."""
        # One name a line, here and in all that runs below: unpacking three or more at once makes a tuple.
        cells = self.cells
        link = self.link
        commands = self.commands
        report = self.report
        console = self.console
        hand = self.hand
        cue = hand.cue
        health = self.health
        ticks_us = time.ticks_us
        ticks_diff = time.ticks_diff
        ticks_add = time.ticks_add
        period = 1000000 // self.rate_hz
        uneven = period // 8
        status_at = self.rate_hz
        first_late = 0
        if self.moving:
            self.imu.flow()
        deadline = ticks_us()
        while not commands.stop:
            now = ticks_us()
            late = ticks_diff(now, deadline)
            if late > report.max_late_us:
                report.max_late_us = late
            if late >= period:
                missed = late // period
                cells.gap(missed, FLASH if hand.wrote else LATE)
                report.late += missed
                late -= missed * period
                deadline = ticks_add(deadline, missed * period)
            if cells.n and not -uneven < late - first_late < uneven:
                cells.close()  # a frame promises even spacing from its first sample's clock
            cells.t = now & TICK_MASK
            if not cells.n:
                cells.open(cells.t)
            self.insoles.scan(self.scans)
            cells.record(self.insoles.counts)
            if cells.n == 1:
                first_late = late
            health.see(self.insoles.counts)
            deadline = ticks_add(deadline, period)
            if self.moving:
                self._motion()
            if cells.index >= status_at:
                status_at = cells.index + self.rate_hz
                health.judge()
                report.status(self.moving)
            hand.step()
            link.pump()
            console.poll()
            while not commands.stop:
                spare = ticks_diff(deadline, ticks_us())
                if spare <= 0:
                    break
                time.sleep_us(spare if spare < _SLICE_US else _SLICE_US)
                link.pump()
                console.poll()
                if cue is not None:
                    cue.step()

    def _motion(self):
        fifo = self.imu.fifo
        motion = self.motion
        report = self.report
        behind = self.cells.index - self.seen_at
        if behind > _FAR_BEHIND:
            behind = _FAR_BEHIND
        waited = behind * self.odr_hz // self.rate_hz  # samples, by the cells' clock
        words = fifo.fetch(waited + _FIFO_SAMPLES)
        while fifo.take():
            if fifo.step > 1:
                motion.gap(fifo.step - 1, fifo.cause)
                report.fifo_lost += fifo.step - 1
            if not motion.n:
                motion.open(0)
                motion.stamp(fifo.stamp)
            motion.record(fifo.record)
            self.seen_at = self.cells.index
            report.flags &= ~IMU_ERROR
        if waited > self.odr_hz and not report.flags & IMU_ERROR:
            report.flags |= IMU_ERROR
            self.console.event(FAULT_EVENT, b"the IMU stopped answering: check its cable")
        return words

    def _finish(self, reason):
        self.ended = reason
        silent = (self.cells.index - self.seen_at) * self.odr_hz // self.rate_hz if self.moving else 0
        if reason == FAULT or reason == INTERRUPT:
            self.moving = False  # the bus may be in the middle of a transfer
        for _ in range(_FETCHES if self.moving else 0):
            if not self._motion():
                break
        self.cells.close()
        self.motion.close()
        if silent > self.odr_hz:
            self.motion.gap(silent, BUS)  # counted by the cells' clock
        self.report.status(self.moving)
        self.report.end(reason)
