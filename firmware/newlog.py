# SPDX-License-Identifier: MIT
"""How a log begins in a store (store.py): before a walk, so import it by `once`."""

from micropython import const
from sectors import SECTOR, dirty, frame, must_be_closed
from store import BLANK, CLEAN, Entry

_MOST_LOGS = const(64)  # each takes heap


def begin(store, log, frames=b""):
    """Open a new log, number `next_log`, and write ready frames. OSError in words where there is no room for it."""
    must_be_closed(store)
    if not store.clean:
        many = dirty(store)
        raise OSError("no room: prepare %d sectors first" % many if many else "no room: erase a log first")
    if len(store.entries) >= _MOST_LOGS:
        raise OSError("%d logs are the most: erase some first" % _MOST_LOGS)
    if log < 1 or [entry for entry in store.entries if entry.log == log]:
        raise OSError("no new log can be number %d: take %d" % (log, store.next_log))
    store.open = Entry(log, 0, 0)
    store.open.top = -1
    store.open.total = 0
    store.entries.append(store.open)
    store.log = log
    store.seq = 0
    store.index = store.pages
    _choose(store)
    store.ahead = store.find_ahead()
    if not write(store, frames):
        store.end()
        raise OSError("the log is full before it begins: erase another first")


def _choose(store):
    """Even wear: a log begins with the least erased clean sector, the first of a run of them."""
    least = before = -1
    for sector in range(store.dev.sectors):
        mark = frame(store, sector, 0, SECTOR) if store.is_(sector) == CLEAN else None
        erases = mark[0] if mark else -1
        if mark and (least < 0 or erases < least or (erases == least and before != least and store.hand == 0)):
            store.hand = sector
            least = erases
        before = erases


def write(store, data):
    """Append ready frames to a log that has just begun; False where it is full. Allocates."""
    at = 0
    while at < len(data):
        piece = data[at : at + store.room()]
        while piece and at + len(piece) < len(data) and piece[-1] == BLANK:
            piece = piece[:-1]
        if not store.append(piece, len(piece)):
            return False
        at += len(piece)
    return True
