# SPDX-License-Identifier: MIT
"""One session into the log, from its settings to its end, and what one over the line shares with it."""

import gc
import sys
import time

import wire
from console import FAULT, OK
from link import SCHEMA
from micropython import const
from once import once
from panel import FAULT as BROKEN
from panel import FULL, LOW, READY
from report import BATTERY, RESUMED
from report import FULL as LOG_FULL

_SETTLE_MS = const(100)  # an IMU's filters after its start


def walk(fw, settings, resumed=0):
    """One session into the log, until `stop`, a press, a full log or an empty cell."""
    fw.session += 1
    fw.log = fw.store.next_log
    fw.resumed = resumed
    console = fw.commands.console
    logger = None
    try:
        fw.guard.start(fw.log)
        settled_ms = begin(fw, settings)
        gc.collect()
        once("newlog", "sectors", "opened").begin(fw.store, fw.log, b"".join(fw.link.told[SCHEMA:]))
        logger = into_log(fw)
    except (MemoryError, OSError) as error:
        fw.store.end()
        out_of_log(fw)
        fw.guard.stop()
        fw.log = fw.resumed = 0
        fw.describe(False)
        if isinstance(error, OSError):
            raise
        raise OSError("no memory left for a log: reset the board and try again")
    console.log = logger
    try:
        sample(fw, logger, settled_ms)
    finally:
        console.log = None
        try:
            logger.drain()
        except (OSError, ValueError) as error:
            console.event(FAULT, ("the log's last page is lost: %s" % error).encode())
        finally:
            fw.store.end()
            logger = None
            out_of_log(fw)
            fw.guard.stop()
            why = once("schema").words("reasons")[fw.sampler.ended]
            console.event(OK, ("log %d ended: %s" % (fw.log, why)).encode())
            fw.log = fw.resumed = 0
            fw.describe(False)


def into_log(fw):
    """Samples go from now on into the log that the store has open; its Logger."""
    for attempt in range(3):
        try:
            return _into_log(fw, attempt & 1)
        except MemoryError:
            # Nothing of it stays, and the next attempt finds other gaps: names that it brought are in already.
            out_of_log(fw)
            sys.modules.pop("schema", None)
    return _into_log(fw, 1)


def _into_log(fw, turned):
    gc.collect()
    __import__("schema")  # until all is in
    logging = None if turned else once("logger")
    gc.collect()
    packing = once("packstream", "pack", "slowpack")
    gc.collect()
    logging = logging or once("logger")
    sys.modules.pop("schema", None)
    gc.collect()
    logger = logging.Logger(fw.store, fw.link)
    fw.sampler.into(logger, packing.PackStream(logger, wire.CELLS), packing.PackStream(logger, wire.IMU))
    return logger


def out_of_log(fw):
    """What a log takes of the memory goes."""
    fw.sampler.into(None, None, None)
    gc.collect()


def begin(fw, settings):
    # Put the settings in force; when the IMU's samples will be good.
    fw.set(settings)
    settled_ms = time.ticks_add(time.ticks_ms(), _SETTLE_MS)
    if fw.fault:
        fw.commands.console.event(FAULT, fw.fault.encode())
    fw.describe(True)
    return settled_ms


def sample(fw, logger, settled_ms):
    while not fw.fault and time.ticks_diff(settled_ms, time.ticks_ms()) > 0:
        time.sleep_ms(1)
    commands, sampler, hand = fw.commands, fw.sampler, fw.hand
    sampler.prepare(fw.rate_hz, fw.scans, fw.odr_hz, fw.live, not fw.fault)
    if logger is not None:
        sampler.report.state = "log"
    if fw.resumed:
        sampler.report.flags |= RESUMED
    if fw.asked[1] != "0":
        once("hear").begin(fw, logger or fw.link)
    commands.stop, commands.streaming = False, True
    if fw.asked[2]:
        gc.collect()
        try:
            once("cue").begin(fw)
        except MemoryError:
            commands.console.event(FAULT, b"no cue: no memory left beside this log")
        gc.collect()
    hand.begin(logger, fw.resumed)
    light = BROKEN
    try:
        sampler.run()
        light = FULL if sampler.ended == LOG_FULL else LOW if sampler.ended == BATTERY else READY
    except Exception as error:
        commands.console.event(FAULT, ("sampling ended: %s %s" % (type(error).__name__, error)).encode())
    finally:
        hand.end(light)
        commands.stop = commands.streaming = False
