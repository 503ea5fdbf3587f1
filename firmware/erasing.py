# SPDX-License-Identifier: MIT
"""How dirty sectors become clean, and logs dirty: functions of a store (store.py), never run while a log is written."""

import wire
from sectors import SECTOR, dirty, frame, is_blank, must_be_closed
from store import CLEAN, DIRTY, FRAME, LOG, TAKEN


def prepare(store, on_step=None):
    """Erase what is dirty; how many sectors are clean by that. One that doesn't come out blank stays dirty.

    on_step(done, total) is called after each; where it returns True, the rest is left for another time.
    """
    must_be_closed(store)
    total = dirty(store)
    done = 0
    before = store.clean
    for sector in range(store.dev.sectors):
        if store.is_(sector) == DIRTY:
            wipe(store, sector)
            done += 1
            if on_step and on_step(done, total):
                break
    return store.clean - before


def erase(store, log=None, on_step=None):
    """Erase a log, or all, each from its end: a cut leaves a beginning. How many sectors; on_step as above."""
    must_be_closed(store)
    going = list(store.entries) if log is None else [store.entry(log)]
    total = sum([entry.sectors for entry in going])
    done = 0
    for entry in sorted(going, key=lambda entry: entry.log):
        sector = entry.sector
        entry.total = -1
        entry.whole = stop = False
        while entry.top >= entry.low and not stop:
            found = store.seek(entry.log, entry.top, sector, -1)
            entry.top -= 1
            if found >= 0:
                wipe(store, found)
                sector = found
                entry.sectors -= 1
                done += 1
                stop = bool(on_step and on_step(done, total))
        if entry.top < entry.low:
            store.entries.remove(entry)
            if entry.sectors:  # copies of a piece, which no store makes
                _disown(store, entry.log)
        if stop:
            break
    return done


def wipe(store, sector):
    """Erase a sector and mark it clean; one that fails stays dirty."""
    _keep(store, sector)
    mark = frame(store, sector, 0, SECTOR)
    erases = (mark[0] if mark else store.worst) + 1
    store.clean -= store.is_(sector) == CLEAN
    store.mark(sector, DIRTY)
    try:
        store.dev.erase(sector)
        if not is_blank(store, sector, 0, store.page, b"\xff" * store.page_bytes):
            return
        marked = wire.build(SECTOR, 0, (erases, store.high), b"", wire.CRC_INIT)
        store.dev.program(sector * store.dev.sector_bytes, marked)
    except OSError:
        return
    store.mark(sector, CLEAN)
    store.clean += 1
    store.holder = sector


def _keep(store, sector):
    """Before a sector goes that alone tells the highest log number, another is marked with it."""
    if store.holder != sector or not store.high:
        return
    for other in range(store.dev.sectors):
        mark = frame(store, other, 0, SECTOR) if other != sector else None
        owner = frame(store, other, FRAME, LOG) if mark else None
        if (mark and mark[1] >= store.high) or (owner and owner[0] >= store.high):
            store.holder = other
            return
    store.holder = -1
    for i in range(1, store.dev.sectors):
        other = (sector + i) % store.dev.sectors
        if store.is_(other) != TAKEN:
            wipe(store, other)
            return


def _disown(store, log):
    """What still carries a LOG frame of that log becomes dirty."""
    for sector in range(store.dev.sectors):
        owner = frame(store, sector, FRAME, LOG) if store.is_(sector) == TAKEN else None
        if owner and owner[0] == log:
            store.mark(sector, DIRTY)
