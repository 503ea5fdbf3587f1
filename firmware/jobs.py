# SPDX-License-Identifier: MIT
"""Commands that take their time, only while no samples run: logs, self-test, baud rate, the time of day.

`answer(firmware, words)` answers each with EVENTs, as all commands are.
"""

import gc
import sys
import time

from micropython import const
from once import once

BAUDS = (115200, 230400, 460800, 921600)
_BAUD_TRIAL_MS = const(2000)


def answer(fw, words):
    """Do what the words say and answer in words."""
    try:
        VERBS[words[0]](fw, words[1:])
    except (ValueError, OSError, KeyError) as error:
        fw.commands.console.refuse(str(error).encode())
    except MemoryError:
        gc.collect()
        fw.commands.console.refuse(b"no memory left for that: reset the board and try again")
    gc.collect()


def _log(fw, words):
    verb = words[0] if words else ""
    if fw.store is None:
        raise ValueError("this board has no room for logs: flash it with 'surefoot flash'")
    if verb in ("list", "get", "sum"):
        once("logread").VERBS[verb](fw, words[1:])
    elif verb in ("start", "erase", "prepare"):
        once("logwrite").VERBS[verb](fw, words[1:])
    else:
        raise ValueError("log takes list, start, get, sum, erase or prepare")


def _selftest(fw, words):
    import selftest  # by its name: its steps look there for what they share

    try:
        selftest.answer(fw, words)
    finally:
        sys.modules.pop("selftest", None)


def _baud(fw, words):
    baud = int(words[0]) if len(words) == 1 and words[0].isdigit() else 0
    if baud not in BAUDS:
        raise ValueError("baud is one of %s" % " ".join([str(b) for b in BAUDS]))
    if fw.console != "uart":
        raise ValueError("this board's USB has no baud rate: it is as fast as it can be")
    fw.say("baud %d" % baud)
    fw.link.drain()
    time.sleep_ms(20)  # the last bytes are still in the UART's FIFO
    fw.baud(baud)
    fw.baud_until_ms = time.ticks_add(time.ticks_ms(), _BAUD_TRIAL_MS)


def _utc(fw, words):
    if len(words) != 2:
        raise ValueError("utc takes milliseconds since 1970 and how far they may be off")
    fw.utc_ms = int(words[0])
    fw.utc_at = time.ticks_ms()
    fw.utc_err_ms = int(words[1])
    fw.say("utc set")


VERBS = {"log": _log, "selftest": _selftest, "baud": _baud, "utc": _utc}
