# SPDX-License-Identifier: MIT
"""Step of the self-test: the log's sectors, and the heap."""

import gc

from micropython import const
from once import once

_HEAP_B = const(8192)
_READ_B = const(64)


def look(fw, loaded, add):
    """A log is read at its end, which is where a damaged one breaks off."""
    store = getattr(fw, "store", None)
    if store is None:
        add("log", None, "no log on this board")
    else:
        try:
            reader = once("logs", "opened").Logs(store)
            logs = reader.logs()
            buf = bytearray(_READ_B)
            bad = []
            for log in logs:
                total = reader.total(log[0])
                n = min(_READ_B, total)
                if reader.read(log[0], total - n, buf) != n:
                    bad.append(str(log[0]))
            said = "%d logs, %d of %d sectors to erase" % (
                len(logs),
                once("sectors", "opened").dirty(store),
                store.dev.sectors,
            )
            add("log", not bad, said + (", not whole: " + " ".join(bad) if bad else ""))
            free = store.free_bytes()
            add("log-room", free > 0, "%d bytes" % free)
        except OSError as error:
            add("log", False, str(error))
    gc.collect()
    add("heap", gc.mem_free() >= _HEAP_B, "%d bytes" % gc.mem_free())
