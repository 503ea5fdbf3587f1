# SPDX-License-Identifier: MIT
"""The commands `log list`, `log get` and `log sum`. Import it by `once`."""

import struct
import time

import wire
from micropython import const
from once import once
from panel import DOWNLOADING, READY
from wire import CRC_BYTES

(BLOCK,) = wire.numbers("kinds", "BLOCK")
BLOCK_LAYOUT = wire.layout_of(BLOCK)
BLOCK_HEAD = struct.calcsize(BLOCK_LAYOUT)
_PIECE = const(256)  # bytes of a log in one BLOCK: 6 % overhead, and it fits the link's frame


def _list(fw, words):
    store = fw.store
    logs = once("logs", "opened").Logs(fw.store).logs()
    for number, sectors, size, whole in logs:
        fw.say("log %d sectors %d bytes %d %s" % (number, sectors, size, "whole" if whole else "part"))
        fw.link.drain()
    fw.say(
        "logs %d room %d %d dirty %d"
        % (len(logs), fw.store.minutes(100), fw.store.minutes(200), once("sectors", "opened").dirty(store))
    )


def _get(fw, words):
    if not 1 <= len(words) <= 2:
        raise ValueError("log get takes the number of a log and where to go on")
    number = _known(fw, words)
    offset = int(words[1]) if len(words) > 1 else 0
    link, logs, commands = fw.link, once("logs", "opened").Logs(fw.store), fw.commands
    total = logs.total(number)
    raw = bytearray(BLOCK_HEAD + _PIECE + CRC_BYTES)
    body = memoryview(raw)[BLOCK_HEAD : BLOCK_HEAD + _PIECE]
    commands.stop, commands.streaming = False, True  # so that a `stop` line ends it
    fw.panel.show(DOWNLOADING)
    try:
        while offset < total and not commands.stop:
            n = logs.read(number, offset, body)
            if not n:
                break
            struct.pack_into(BLOCK_LAYOUT, raw, 0, BLOCK, 0, offset, total)
            while link.ring.size - link.ring.bytes.any() < 2 * _PIECE:
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
    fw.say("log %d sent up to %d of %d" % (number, offset, total))


def _sum(fw, words):
    number = _known(fw, words)
    logs = once("logs", "opened").Logs(fw.store)
    piece = bytearray(_PIECE)
    at, crc = 0, wire.CRC_INIT
    while True:
        n = logs.read(number, at, piece)
        if not n:
            break
        crc = wire.crc24(piece, n, crc)
        at += n
        fw.link.pump()
    fw.say("log %d bytes %d crc %d" % (number, at, crc))


def _known(fw, words):
    word = words[0] if words else ""
    if not word.isdigit():
        raise ValueError("'%s' is no log: log list shows them" % word)
    fw.store.entry(int(word))
    return int(word)


VERBS = {"list": _list, "get": _get, "sum": _sum}
