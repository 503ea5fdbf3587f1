# SPDX-License-Identifier: MIT
"""The log memory: logs of pages that are each programmed once, in sectors that are used round and round.

Nothing is erased while a log is written, nothing is written behind a page that a power cut has torn, and the next log
begins in a fresh sector: a cut costs the page being written. `dev` is an adapter of flash.py. This file is what a walk
needs; sectors.py finds out what there is, erasing.py makes room, logs.py lists and reads back.
"""

import struct

import wire
from micropython import const
from once import once
from ring import copy

(LOG,) = wire.numbers("kinds", "LOG")
RAW = 10  # kind, stream and two u32: SECTOR and LOG frames before their CRC
FRAME = wire.encoded_size(RAW + wire.CRC_BYTES)
HEAD = 2 * FRAME  # what both take of a sector's first page
CLEAN, DIRTY, TAKEN = 0, 1, 2
BLANK = 0xFF
WORST = 52  # bytes that a coded sample takes at most: sixteen channels of a code of 11 bits and 15 bits behind it
_WAITING_BYTES = const(1024)  # of finished pages, beside the two that are filled


class Entry:
    """A log: the sector of its piece `low`, its last piece `top`, and what has been counted (total -1: not yet)."""

    def __init__(self, log, sector, seq):
        self.log = log
        self.sector = sector
        self.low = self.top = seq
        self.sectors = 0
        self.total = -1
        self.whole = False


class Store:
    """What each sector `is_`, `clean` of them ready; `entries`, the logs; `high`, the highest log number ever seen.

    `log` is the open log, 0 where none is. `append`, `room` and `free_bytes` allocate nothing.
    """

    def __init__(self, dev):
        self.dev = dev
        self.page_bytes = dev.page_bytes
        self.pages = dev.sector_bytes // dev.page_bytes
        self.page = bytearray(dev.page_bytes)
        # For Logger and PackStream: made here, while the heap still has room in one piece.
        self.buffers = [bytearray(dev.page_bytes) for _ in range(2 + _WAITING_BYTES // dev.page_bytes)]
        self.codes = once("prefix").codes()
        self.raws = [bytearray(dev.page_bytes + 2 * WORST) for _ in range(2)]
        self.rest = memoryview(self.page)[FRAME:]
        self.raw = bytearray(RAW + wire.CRC_BYTES)
        self.tag = bytearray(FRAME)
        self.found = bytearray(FRAME)
        self.states = bytearray((dev.sectors + 3) // 4)
        self.entries = []
        self.high = self.clean = self.log = 0
        self.hand = 0  # where a log looks for its next sector
        self.worst = 0  # erases of the most erased sector, assumed of one that has lost its count
        self.holder = -1  # a sector that tells `high`
        self.open = Entry(0, 0, 0)
        self.sector = self.seq = self.index = 0  # where the next page goes: piece `seq` is the next that is taken
        self.ahead = -1  # the next clean sector
        once("sectors", "opened").scan(self)

    @property
    def next_log(self):
        """A number that no log has had."""
        return self.high + 1

    def free_bytes(self):
        """What a log that begins now can hold; where one is open, what it can still take."""
        left = self.clean * (self.dev.sector_bytes - HEAD)
        return left + (self.pages - self.index) * self.page_bytes if self.log else left

    def minutes(self, rate_hz):
        """Of walking that a log begun now can take, by a bit more than what walking was measured to fill."""
        return self.free_bytes() // (60 * (2500 if rate_hz <= 100 else 4200))

    def is_(self, sector):
        """CLEAN, DIRTY or TAKEN; two bits each, for there may be thousands."""
        return self.states[sector >> 2] >> 2 * (sector & 3) & 3

    def mark(self, sector, state):
        """It is that from now on."""
        shift = 2 * (sector & 3)
        self.states[sector >> 2] = self.states[sector >> 2] & ~(3 << shift) | state << shift

    def entry(self, log):
        """The Entry of that number; OSError in words where there is none."""
        for entry in self.entries:
            if entry.log == log:
                return entry
        raise OSError("there is no log %d" % log)

    def know(self, number, sector):
        """That sector names a log of that number."""
        if number >= self.high:
            self.high = number
            self.holder = sector

    def seek(self, log, seq, sector, step):
        """The nearest sector from `sector` on, in the direction of step, with piece seq of a log; -1: none."""
        self._tag(log, seq)
        n = self.dev.sectors
        for _ in range(n):
            sector = (sector + step) % n
            if self.is_(sector) == TAKEN:
                self.dev.read(sector * self.dev.sector_bytes + FRAME, self.found)
                if self.found == self.tag:
                    return sector
        return -1

    def _tag(self, log, seq):
        """The LOG frame, made without allocating."""
        struct.pack_into("<BBII", self.raw, 0, LOG, 0, log, seq)
        wire.cobs_into(self.raw, wire.seal(self.raw, RAW, wire.CRC_INIT), self.tag, 0)

    def find_ahead(self):
        """The next clean sector, -1 where there is none."""
        n = self.dev.sectors
        for i in range(n if self.clean else 0):
            sector = (self.hand + i) % n
            if self.is_(sector) == CLEAN:
                return sector
        return -1

    def room(self):
        """Bytes that the next page takes, 0 where the log is full."""
        if not self.log:
            return 0
        if self.index < self.pages:
            return self.page_bytes
        return self.page_bytes - HEAD if self.ahead >= 0 else 0

    def append(self, buf, n):
        """Program a page with buf[:n], n at most room(), its last byte not 0xFF. False, nothing written: log full."""
        room = self.room()
        if not room:
            return False
        if n < 1 or n > room or buf[n - 1] == BLANK:
            raise ValueError("a page takes 1 to room() bytes, and its last can't be 0xFF")
        head = self.page_bytes - room
        copy(buf, 0, n, self.page, head)
        for at in range(head + n, self.page_bytes):
            self.page[at] = BLANK
        if head:
            self._take()
        start = self.sector * self.dev.sector_bytes + self.index * self.page_bytes
        self.index += 1
        try:
            if head:
                self.dev.program(start + FRAME, self.rest)
            else:
                self.dev.program(start, self.page)
        except OSError:
            if head:  # without its LOG frame the sector is nobody's
                self.mark(self.sector, DIRTY)
                self.index = self.pages
            raise
        if head:
            self._taken()
        self.open.total += head + n
        return True

    def end(self):
        """Close the log. What it holds is on the flash already."""
        if self.log and not self.open.sectors:
            self.entries.remove(self.open)
        self.open.total = -1
        self.log = 0

    def _take(self):
        """Go on in the next clean sector: its LOG frame into the page."""
        self._tag(self.log, self.seq)
        copy(self.tag, 0, FRAME, self.page, FRAME)
        sector = self.ahead
        self.mark(sector, TAKEN)
        self.clean -= 1
        self.hand = (sector + 1) % self.dev.sectors
        ahead = self.find_ahead()
        # Only now, so that Ctrl-C in between leaves no sector half begun.
        self.ahead = ahead
        self.seq += 1
        self.index = 0
        self.sector = sector

    def _taken(self):
        self.know(self.log, self.sector)
        if not self.open.sectors:
            self.open.sector = self.sector
            self.open.low = self.seq - 1
        self.open.sectors += 1
        self.open.top = self.seq - 1
