# SPDX-License-Identifier: MIT
"""The logs that are there: listed, counted and read back as one stream of bytes each.

The stream is what the log's sectors hold, in their order, without the blank rest of each page: nothing but frames.
Needed between walks only: import it by `once`.
"""

from array import array

import wire
from micropython import const
from opened import opened
from ring import copy
from store import BLANK

_LAST = const((1 << 30) - 1)


class Logs:
    """The logs of a store, which writes nothing meanwhile. `read` and `total` allocate nothing.

    `at` is the log that is being read; `lengths`, the bytes in each page of the sector where it is read.
    """

    def __init__(self, store):
        self.store = store
        self.dev = store.dev
        self.page = store.page
        self.page_bytes = store.page_bytes
        self.pages = store.pages
        self.blank = b"\xff" * self.page_bytes
        self.lengths = array("H", [0] * self.pages)
        self.at = None
        self.at_sector = self.at_seq = 0
        self.base = self.span = 0  # where in the stream that sector begins, and its bytes

    def logs(self):
        """(log, sectors, bytes, whole) of each; whole: no sector is missing and the last frame is END."""
        told = []
        for entry in self.store.entries:
            if entry.sectors:
                total = self.total(entry.log)
                if not entry.whole and entry.log != self.store.log:
                    entry.whole = entry.low == 0 and entry.top + 1 == entry.sectors and self._ends(entry)
                told.append((entry.log, entry.sectors, total, entry.whole))
        return sorted(told)

    def total(self, log):
        """Bytes of a log's stream."""
        entry = self.store.entry(log)
        if entry.total < 0:
            self._go(entry, _LAST)
            entry.total = self.base + self.span
        return entry.total

    def read(self, log, offset, buf):
        """Fill buf from a log's stream; how many bytes that were, fewer than asked for only at its end."""
        entry = self.store.entry(log)
        if not entry.sectors:
            return 0
        self._go(entry, offset)
        at = offset - self.base
        page = done = 0
        while page < self.pages and at >= self.lengths[page]:
            at -= self.lengths[page]
            page += 1
        while done < len(buf):
            if page == self.pages:
                if not self._move(entry, 1):
                    break
                page = 0
            n = min(self.lengths[page] - at, len(buf) - done)
            if n > 0:
                self._read_page(page)
                copy(self.page, at, n, buf, done)
                done += n
            page += 1
            at = 0
        return done

    def _go(self, entry, offset):
        """To the sector of a log that holds byte `offset` of its stream, or to its last."""
        if self.at is not entry:
            self.at = entry
            self.base = self.span = 0
            if entry.sectors:
                self._enter(entry.sector, entry.low)
        while offset < self.base and self._move(entry, -1):
            pass
        while offset >= self.base + self.span and self._move(entry, 1):
            pass

    def _move(self, entry, step):
        """To the neighbouring sector; False where there is none."""
        seq = self.at_seq + step
        while entry.low <= seq <= entry.top:
            sector = self.store.seek(entry.log, seq, self.at_sector, step)
            if sector >= 0:
                if step > 0:
                    self.base += self.span
                self._enter(sector, seq)
                if step < 0:
                    self.base -= self.span
                return True
            seq += step
        return False

    def _enter(self, sector, seq):
        self.at_sector = sector
        self.at_seq = seq
        self.span = 0
        for page in range(self.pages):
            self._read_page(page)
            n = 0
            if self.page != self.blank:
                n = self.page_bytes
                while self.page[n - 1] == BLANK:
                    n -= 1
            self.lengths[page] = n
            self.span += n

    def _read_page(self, page):
        self.dev.read(self.at_sector * self.dev.sector_bytes + page * self.page_bytes, self.page)

    def _ends(self, entry):
        """Whether the last frame of a log is END."""
        self._go(entry, _LAST)
        page = self.pages - 1
        while page and not self.lengths[page]:
            page -= 1
        self._read_page(page)
        end = self.lengths[page] - 1
        start = end
        while start > 0 and self.page[start - 1]:
            start -= 1
        return (
            end > 0 and not self.page[end] and opened(self.page[start:end], wire.numbers("kinds", "END")[0]) is not None
        )
