# SPDX-License-Identifier: MIT
"""One session from its settings to its end: over the line, or into the log."""

import time

import wire
from console import FAULT, OK
from hand import FAULT as BROKEN
from hand import FULL, LOW, READY
from report import BATTERY, RESUMED
from report import FULL as LOG_FULL

SETTLE_MS = 100  # an IMU's filters after its start


def stream(fw, settings):
    """One session over the line: announce the values in force, sample until `stop`, say why it ended."""
    link, commands = fw.link, fw.commands
    fw.session += 1
    settled_ms = _begin(fw, settings)
    link.send(commands.schema)
    link.send(commands.config)
    link.drain()
    _sample(fw, 0, settled_ms)


def walk(fw, settings, resumed=0):
    """One session into the log, until `stop`, a press, a full log or an empty cell."""
    fw.session += 1
    fw.log = fw.store.next_log
    fw.resumed = resumed
    settled_ms = _begin(fw, settings)
    fw.logger.begin(fw.log, (fw.commands.schema, fw.commands.config))
    fw.commands.console.log = fw.logger
    fw.guard.start(fw.log)
    try:
        _sample(fw, 1, settled_ms)
    finally:
        fw.commands.console.log = None
        try:
            fw.logger.drain()
        except (OSError, ValueError) as error:
            fw.commands.console.event(FAULT, ("the log's last page is lost: %s" % error).encode())
        finally:
            fw.store.end()
            fw.guard.stop()
            why = wire.TABLE["reasons"][fw.sampler.ended]
            fw.commands.console.event(OK, ("log %d ended: %s" % (fw.log, why)).encode())
            fw.log = fw.resumed = 0
            fw.describe(False)


def _begin(fw, settings):
    # Put the settings in force; when the IMU's samples will be good.
    fw.set(settings)
    settled_ms = time.ticks_add(time.ticks_ms(), SETTLE_MS)
    if fw.fault:
        fw.commands.console.event(FAULT, fw.fault.encode())
    fw.describe(True)
    return settled_ms


def _sample(fw, log, settled_ms):
    while not fw.fault and time.ticks_diff(settled_ms, time.ticks_ms()) > 0:
        time.sleep_ms(1)
    commands, sampler, hand = fw.commands, fw.sampler, fw.hand
    sampler.prepare(fw.rate_hz, fw.scans, fw.odr_hz, fw.live, not fw.fault, log)
    if fw.resumed:
        sampler.report.flags |= RESUMED
    commands.stop, commands.streaming = False, True
    hand.begin(fw.logger if log else None)
    light = BROKEN
    try:
        sampler.run()
        light = FULL if sampler.ended == LOG_FULL else LOW if sampler.ended == BATTERY else READY
    except Exception as error:
        commands.console.event(FAULT, ("sampling ended: %s %s" % (type(error).__name__, error)).encode())
    finally:
        hand.end(light)
        commands.stop = commands.streaming = False
        fw.describe(False)
