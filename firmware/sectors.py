# SPDX-License-Identifier: MIT
"""The sectors of a log memory: which are clean, dirty or taken by a log, told from their first bytes at the start.

A sector begins with a SECTOR frame (its clean mark, written when the erase has completed), then a LOG frame, written
together with the first data of the log that takes it. A sector without a mark, or with other bytes than 0xFF behind it
and no LOG frame, is dirty. Functions of a store (store.py), needed before and after walks: import them by `once`.
"""

import struct

import wire
from micropython import const
from opened import opened
from store import DIRTY, FRAME, LOG, RAW, TAKEN, Entry

(SECTOR,) = wire.numbers("kinds", "SECTOR")
_BULK = const(1024)


def scan(store):
    """Fill a new store's `states` and `entries` from what the memory holds."""
    bulk = bytearray(_BULK if store.dev.sector_bytes % _BULK == 0 else store.dev.page_bytes)
    blank = b"\xff" * len(bulk)
    for sector in range(store.dev.sectors):
        mark = frame(store, sector, 0, SECTOR)
        owner = frame(store, sector, FRAME, LOG) if mark else None
        if mark:
            store.worst = max(store.worst, mark[0])
            store.know(mark[1], sector)
        if owner:
            store.know(owner[0], sector)
            _own(store, sector, owner[0], owner[1])
            store.mark(sector, TAKEN)
        elif mark and is_blank(store, sector, FRAME, bulk, blank):
            store.clean += 1
        else:
            store.mark(sector, DIRTY)


def _own(store, sector, log, seq):
    for entry in store.entries:
        if entry.log == log:
            break
    else:
        entry = Entry(log, sector, seq)
        store.entries.append(entry)
    entry.sectors += 1
    entry.top = max(entry.top, seq)
    if seq < entry.low:
        entry.low = seq
        entry.sector = sector


def frame(store, sector, at, kind):
    """The two fields of a SECTOR or LOG frame, None where there is none."""
    store.dev.read(sector * store.dev.sector_bytes + at, store.found)
    raw = None if store.found[-1] else opened(store.found[:-1], kind)
    return struct.unpack_from("<II", raw, 2) if raw and len(raw) == RAW + wire.CRC_BYTES else None


def is_blank(store, sector, behind, buf, blank):
    """Whether all is 0xFF from byte `behind` (less than a page) on; buf and blank are equally long."""
    start = sector * store.dev.sector_bytes
    for at in range(0, store.dev.check_bytes, len(buf)):
        store.dev.read(start + at, buf)
        if at == 0:
            buf[:behind] = blank[:behind]
        if buf != blank:
            return False
    return True


def dirty(store):
    """How many sectors are to be erased before a log can take them."""
    count = 0
    for sector in range(store.dev.sectors):
        if store.is_(sector) == DIRTY:
            count += 1
    return count


def must_be_closed(store):
    """Raises OSError in words while a log is written."""
    if store.log:
        raise OSError("log %d is being written: end it first" % store.log)
