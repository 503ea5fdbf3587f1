# SPDX-License-Identifier: MIT
"""Step of the self-test: the log's sectors, and the heap."""

import gc

HEAP_B = 8192
READ_B = 64


def look(fw, loaded, add):
    """A log is read at its end, which is where a damaged one breaks off."""
    store = getattr(fw, "store", None)
    if store is None:
        add("log", None, "no log on this board")
    else:
        try:
            logs = store.logs()
            buf = bytearray(READ_B)
            bad = []
            for log in logs:
                total = store.total(log[0])
                n = min(READ_B, total)
                if store.read(log[0], total - n, buf) != n:
                    bad.append(str(log[0]))
            said = "%d logs, %d of %d sectors to erase" % (len(logs), store.dirty(), store.dev.sectors)
            add("log", not bad, said + (", not whole: " + " ".join(bad) if bad else ""))
            free = store.free_bytes()
            add("log-room", free > 0, "%d bytes" % free)
        except OSError as error:
            add("log", False, str(error))
    gc.collect()
    add("heap", gc.mem_free() >= HEAP_B, "%d bytes" % gc.mem_free())
