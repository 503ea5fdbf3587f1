# SPDX-License-Identifier: MIT
"""Where the time goes on this very board. The firmware never imports it.

Stop the firmware with Ctrl-C, then `import bench; bench.run()`: microseconds of each step a sample, how late the loop
comes to its samples, how long the flash holds everything up. It takes a minute; the logs stay as they are.
"""
# start.py fills a Firmware, which can't be seen from here:
# pyright: reportAttributeAccessIssue=false

import time
from array import array

import session
from benchsteps import Sink, steps
from link import SCHEMA
from micropython import const
from once import once

_RATE_HZ = const(200)
_LOOP_S = const(10)
_SECTORS = const(8)  # whose erase and pages are timed
_BINS = const(20)  # powers of two, up to half a second


class Histogram:
    """Durations by powers of two; `add` allocates nothing."""

    def __init__(self):
        self.bins = array("H", [0] * _BINS)
        self.most = self.count = 0

    def add(self, us):
        """One more."""
        i = 0
        while us >> i and i < _BINS - 1:
            i += 1
        if self.bins[i] < 65535:
            self.bins[i] += 1
        self.count += 1
        if us > self.most:
            self.most = us

    def show(self, title):
        """Print it."""
        print("\n%s: %d times, at most %d us" % (title, self.count, self.most))
        for i in range(_BINS):
            if self.bins[i]:
                print("  below %7d us %6d" % (1 << i, self.bins[i]))


class Probe:
    """Insoles that note how late each scan begins, and stop the loop after `left` of them."""

    def __init__(self, insoles, commands, left, period_us):
        self.insoles = insoles
        self.commands = commands
        self.left = left
        self.period_us = period_us
        self.counts = insoles.counts
        self.late = Histogram()
        self.due = time.ticks_us()
        self.begun = False

    @property
    def errors(self):
        return self.insoles.errors

    def scan(self, times):
        """As theirs."""
        now = time.ticks_us()
        if not self.begun:
            self.begun = True
            self.due = now
        late = time.ticks_diff(now, self.due)
        self.late.add(late if late > 0 else 0)
        while late >= self.period_us:  # lost, and named by the loop
            late -= self.period_us
            self.due = time.ticks_add(self.due, self.period_us)
        self.due = time.ticks_add(self.due, self.period_us)
        self.insoles.scan(times)
        self.left -= 1
        if self.left <= 0:
            self.commands.stop = True


def lateness(fw, logger):
    """Run the firmware's own loop for some seconds, into a log unless None: a histogram of what it comes too late."""
    sampler, commands = fw.sampler, fw.commands
    fw.set({"rate": str(_RATE_HZ)})
    sampler.insoles = probe = Probe(fw.insoles, commands, _LOOP_S * _RATE_HZ, 1000000 // _RATE_HZ)
    fw.link.out, out = Sink(), fw.link.out
    sampler.prepare(_RATE_HZ, fw.scans, fw.odr_hz, False, not fw.fault)
    commands.stop, commands.streaming = False, True
    fw.hand.begin(logger)
    try:
        sampler.run()
    finally:
        fw.hand.end(0)
        commands.stop = commands.streaming = False
        sampler.insoles = fw.insoles
        fw.link.out = out
    return probe.late


def stalls(store):
    """Histograms of page programs and sector erases, on sectors that are clean and are so again afterwards."""
    programs, erases = Histogram(), Histogram()
    dev = store.dev
    page = bytearray([0x55] * dev.page_bytes)
    clean = [sector for sector in range(dev.sectors) if not store.is_(sector)][:_SECTORS]
    for sector in clean:
        began = time.ticks_us()
        dev.erase(sector)
        erases.add(time.ticks_diff(time.ticks_us(), began))
        for at in range(0, dev.sector_bytes, dev.page_bytes):
            began = time.ticks_us()
            dev.program(sector * dev.sector_bytes + at, page)
            programs.add(time.ticks_diff(time.ticks_us(), began))
        once("erasing", "sectors", "opened").wipe(store, sector)
    return programs, erases


def run():
    """Print it all."""
    try:
        from program import Firmware  # pyright: ignore[reportMissingImports] -- main.py once it is compiled
    except ImportError:
        from main import Firmware

    fw = Firmware()
    fw.set({"rate": str(_RATE_HZ)})
    if not fw.fault:
        fw.imu.flow()
    time.sleep_ms(700)  # the FIFO fills
    print("microseconds a sample, %d Hz" % _RATE_HZ)
    once("online").into_line(fw)
    for name, us in steps(fw.link, fw.insoles, fw.imu, fw.sampler, fw.hand):
        print("  %-48s %5d.%02d" % (name, us // 100, us % 100))
    lateness(fw, None).show("late to a sample")
    lost = fw.sampler.report
    store = fw.store
    if store is not None and store.clean > _SECTORS:
        programs, erases = stalls(store)
        programs.show("page program")
        erases.show("sector erase")
        log = store.next_log
        once("newlog", "sectors", "opened").begin(store, log, fw.link.told[SCHEMA])
        logger = session.into_log(fw)
        late = lateness(fw, logger)
        lost = fw.sampler.report
        logger.drain()
        store.end()
        session.out_of_log(fw)
        once("erasing", "sectors", "opened").erase(store, log)
        late.show("late to a sample while logging")
    print("\nlost: %d late, %d by the IMU" % (lost.late, lost.fifo_lost))
