# SPDX-License-Identifier: MIT
"""Commands that take their time, only while no samples run: logs, self-test, baud rate, the time of day.

`answer(firmware, words)` answers each with EVENTs, as all commands are.
"""

import gc
import struct
import time

import board
import session
import wire
from console import OK
from panel import DOWNLOADING, READY
from wire import CRC_BYTES, KINDS, LAYOUTS

BLOCK = KINDS["BLOCK"]
BLOCK_LAYOUT = LAYOUTS[BLOCK]
BLOCK_HEAD = struct.calcsize(BLOCK_LAYOUT)
PIECE = 256  # bytes of a log in one BLOCK: 6 % overhead, and it fits the link's frame
BYTES_PER_S = {100: 2500, 200: 4200}  # of a walk, a bit more than measured on walking
BAUDS = (115200, 230400, 460800, 921600)
BAUD_TRIAL_MS = 2000


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


def _say(fw, text):
    fw.commands.console.event(OK, text.encode())


def minutes(fw, rate_hz):
    """Of walking that a log begun now can take."""
    return fw.store.free_bytes() // (60 * BYTES_PER_S[rate_hz])


def _known(fw, word):
    if not word.isdigit():
        raise ValueError("'%s' is no log: log list shows them" % word)
    number = int(word)
    for entry in fw.store.logs():
        if entry[0] == number:
            return number
    raise ValueError("there is no log %d: log list shows them" % number)


def _log(fw, words):
    verb = words[0] if words else ""
    if verb not in LOG_VERBS:
        raise ValueError("log takes list, start, get, sum, erase or prepare")
    if fw.store is None:
        raise ValueError("this board has no room for logs: flash it with 'surefoot flash'")
    LOG_VERBS[verb](fw, words[1:])


def _list(fw, words):
    store = fw.store
    logs = store.logs()
    for number, sectors, size, whole in logs:
        _say(fw, "log %d sectors %d bytes %d %s" % (number, sectors, size, "whole" if whole else "part"))
        fw.link.drain()
    _say(fw, "logs %d room %d %d dirty %d" % (len(logs), minutes(fw, 100), minutes(fw, 200), store.dirty()))


def _start(fw, words):
    wanted = 0
    rest = []
    for word in words:
        if word.startswith("minutes="):
            wanted = int(word[8:])
        else:
            rest.append(word)
    settings = fw.commands.settings(rest)
    if settings is None:
        return
    room = minutes(fw, int(settings.get("rate", "100")))
    if wanted > room or not room:
        raise ValueError(
            "room for %d min, not %d: fetch and erase old walks (log erase), then log prepare" % (room, max(wanted, 1))
        )
    _say(fw, "log %d begins, room for %d min" % (fw.store.next_log, room))
    session.walk(fw, settings)


def _get(fw, words):
    if not 1 <= len(words) <= 2:
        raise ValueError("log get takes the number of a log and where to go on")
    number = _known(fw, words[0])
    offset = int(words[1]) if len(words) > 1 else 0
    link, store, commands = fw.link, fw.store, fw.commands
    total = store.total(number)
    raw = bytearray(BLOCK_HEAD + PIECE + CRC_BYTES)
    body = memoryview(raw)[BLOCK_HEAD : BLOCK_HEAD + PIECE]
    commands.stop, commands.streaming = False, True  # so that a `stop` line ends it
    fw.panel.show(DOWNLOADING)
    try:
        while offset < total and not commands.stop:
            n = store.read(number, offset, body)
            if not n:
                break
            struct.pack_into(BLOCK_LAYOUT, raw, 0, BLOCK, 0, offset, total)
            while link.ring.size - link.ring.bytes.any() < 2 * PIECE:
                link.pump()
                commands.console.poll()
            link.queue(raw, BLOCK_HEAD + n, 0, 0, 0)
            offset += n
            link.pump()
            commands.console.poll()
            fw.panel.step(time.ticks_ms())
    finally:
        commands.stop = commands.streaming = False
        fw.panel.show(READY)
    _say(fw, "log %d sent up to %d of %d" % (number, offset, total))


def _sum(fw, words):
    number = _known(fw, words[0] if words else "")
    piece = bytearray(PIECE)
    at, crc = 0, wire.CRC_INIT
    while True:
        n = fw.store.read(number, at, piece)
        if not n:
            break
        crc = wire.crc24(piece, n, crc)
        at += n
        fw.link.pump()
    _say(fw, "log %d bytes %d crc %d" % (number, at, crc))


def _erase(fw, words):
    fw.store.erase(None if words == ["all"] else _known(fw, words[0] if words else ""), fw.breathe)
    fw.dirty = fw.store.dirty()
    _say(fw, "erased, room %d %d" % (minutes(fw, 100), minutes(fw, 200)))


def _prepare(fw, words):
    fw.store.prepare(fw.breathe)
    _say(fw, "prepared, room %d %d" % (minutes(fw, 100), minutes(fw, 200)))


def _selftest(fw, words):
    import selftest

    selftest.answer(fw, words)


def _baud(fw, words):
    baud = int(words[0]) if len(words) == 1 and words[0].isdigit() else 0
    if baud not in BAUDS:
        raise ValueError("baud is one of %s" % " ".join([str(b) for b in BAUDS]))
    if board.PROFILE["console"] != "uart":
        raise ValueError("this board's USB has no baud rate: it is as fast as it can be")
    _say(fw, "baud %d" % baud)
    fw.link.drain()
    time.sleep_ms(20)  # the last bytes are still in the UART's FIFO
    fw.baud(baud)
    fw.baud_until_ms = time.ticks_add(time.ticks_ms(), BAUD_TRIAL_MS)


def _utc(fw, words):
    if len(words) != 2:
        raise ValueError("utc takes milliseconds since 1970 and how far they may be off")
    fw.utc_ms = int(words[0])
    fw.utc_at = time.ticks_ms()
    fw.utc_err_ms = int(words[1])
    _say(fw, "utc set")


LOG_VERBS = {"list": _list, "start": _start, "get": _get, "sum": _sum, "erase": _erase, "prepare": _prepare}


VERBS = {"log": _log, "selftest": _selftest, "baud": _baud, "utc": _utc}
