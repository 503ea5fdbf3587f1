# SPDX-License-Identifier: MIT
"""The sectors of a log memory: which are clean, dirty or taken by a log, and how a dirty one is made clean.

A sector begins with a SECTOR frame (its clean mark, written when the erase has completed), then a LOG frame, written
together with the first data of the log that takes it. A sector without a mark, or with other bytes than 0xFF behind it
and no LOG frame, is dirty. Erasing and marking happen in `prepare` and `erase` of the store, never in a walk.
"""

import struct

import wire

SECTOR, LOG = wire.KINDS["SECTOR"], wire.KINDS["LOG"]
RAW = 10  # kind, stream and two u32: both frames before their CRC
FRAME = wire.encoded_size(RAW + wire.CRC_BYTES)
CLEAN, DIRTY, TAKEN = 0, 1, 2
BULK = 1024


def opened(chunk, kind):
    """The raw bytes of a frame of that kind, None where the chunk is anything else."""
    raw = wire.uncobs(chunk)
    n = len(raw) - wire.CRC_BYTES if raw else 0
    if not raw or n < 2 or raw[0] != kind:
        return None
    return raw if wire.crc24(raw, n, wire.seed_of(kind)) == raw[n] | raw[n + 1] << 8 | raw[n + 2] << 16 else None


class Entry:
    """A log: the sector of its piece `low`, its last piece `top`, and what has been counted (total -1: not yet)."""

    def __init__(self, log, sector, seq):
        self.log = log
        self.sector = sector
        self.low = self.top = seq
        self.sectors = 0
        self.total = -1
        self.whole = False


class Sectors:
    """`state` of each sector, `clean` of them ready; `entries`, the logs; `high`, the highest log number ever seen."""

    def __init__(self, dev):
        self.dev = dev
        self.page = bytearray(dev.page_bytes)
        self.blank = b"\xff" * dev.page_bytes
        self.raw = bytearray(RAW + wire.CRC_BYTES)
        self.tag = bytearray(FRAME)
        self.found = bytearray(FRAME)
        self.state = bytearray(dev.sectors)
        self.entries = []
        self.high = self.clean = 0
        self.hand = 0  # where a log looks for its next sector
        self._worst = 0  # erases of the most erased sector, assumed of one that has lost its count
        self._holder = -1  # a sector that tells `high`
        self._scan()

    def _scan(self):
        bulk = bytearray(BULK if self.dev.sector_bytes % BULK == 0 else self.dev.page_bytes)
        blank = b"\xff" * len(bulk)
        for sector in range(self.dev.sectors):
            mark = self._frame(sector, 0, SECTOR)
            owner = self._frame(sector, FRAME, LOG) if mark else None
            if mark:
                self._worst = max(self._worst, mark[0])
                self._know(mark[1], sector)
            if owner:
                self._know(owner[0], sector)
                self._own(sector, owner[0], owner[1])
                self.state[sector] = TAKEN
            elif mark and self._is_blank(sector, FRAME, bulk, blank):
                self.clean += 1
            else:
                self.state[sector] = DIRTY

    def _know(self, number, sector):
        if number >= self.high:
            self.high = number
            self._holder = sector

    def _own(self, sector, log, seq):
        for entry in self.entries:
            if entry.log == log:
                break
        else:
            entry = Entry(log, sector, seq)
            self.entries.append(entry)
        entry.sectors += 1
        entry.top = max(entry.top, seq)
        if seq < entry.low:
            entry.low = seq
            entry.sector = sector

    def _disown(self, log):
        """What still carries a LOG frame of that log becomes dirty."""
        for sector in range(self.dev.sectors):
            owner = self._frame(sector, FRAME, LOG) if self.state[sector] == TAKEN else None
            if owner and owner[0] == log:
                self.state[sector] = DIRTY

    def _frame(self, sector, at, kind):
        """The two fields of a SECTOR or LOG frame, None where there is none."""
        self.dev.read(sector * self.dev.sector_bytes + at, self.found)
        raw = None if self.found[-1] else opened(self.found[:-1], kind)
        return struct.unpack_from("<II", raw, 2) if raw and len(raw) == RAW + wire.CRC_BYTES else None

    def _is_blank(self, sector, behind, buf, blank):
        """Whether all is 0xFF from byte `behind` (less than a page) on; buf and blank are equally long."""
        start = sector * self.dev.sector_bytes
        for at in range(0, self.dev.check_bytes, len(buf)):
            self.dev.read(start + at, buf)
            if at == 0:
                buf[:behind] = blank[:behind]
            if buf != blank:
                return False
        return True

    def _seek(self, log, seq, sector, step):
        """The nearest sector from `sector` on, in the direction of step, with piece seq of a log; -1: none."""
        self._tag(log, seq)
        n = self.dev.sectors
        for _ in range(n):
            sector = (sector + step) % n
            if self.state[sector] == TAKEN:
                self.dev.read(sector * self.dev.sector_bytes + FRAME, self.found)
                if self.found == self.tag:
                    return sector
        return -1

    def _tag(self, log, seq):
        """The LOG frame, made without allocating."""
        struct.pack_into("<BBII", self.raw, 0, LOG, 0, log, seq)
        wire.cobs_into(self.raw, wire.seal(self.raw, RAW, wire.CRC_INIT), self.tag, 0)

    def _choose(self):
        """Even wear: a log begins with the least erased clean sector, the first of a run of them."""
        least = before = -1
        for sector in range(self.dev.sectors):
            mark = self._frame(sector, 0, SECTOR) if self.state[sector] == CLEAN else None
            erases = mark[0] if mark else -1
            if mark and (least < 0 or erases < least or (erases == least and before != least and self.hand == 0)):
                self.hand = sector
                least = erases
            before = erases

    def _ahead(self):
        """The next clean sector, -1 where there is none."""
        n = self.dev.sectors
        for i in range(n if self.clean else 0):
            sector = (self.hand + i) % n
            if self.state[sector] == CLEAN:
                return sector
        return -1

    def _wipe(self, sector):
        """Erase a sector and mark it clean; one that fails stays dirty."""
        self._keep(sector)
        mark = self._frame(sector, 0, SECTOR)
        erases = (mark[0] if mark else self._worst) + 1
        self.clean -= self.state[sector] == CLEAN
        self.state[sector] = DIRTY
        try:
            self.dev.erase(sector)
            if not self._is_blank(sector, 0, self.page, self.blank):
                return
            marked = wire.build(SECTOR, 0, (erases, self.high), b"", wire.CRC_INIT)
            self.dev.program(sector * self.dev.sector_bytes, marked)
        except OSError:
            return
        self.state[sector] = CLEAN
        self.clean += 1
        self._holder = sector

    def _keep(self, sector):
        """Before a sector goes that alone tells the highest log number, another is marked with it."""
        if self._holder != sector or not self.high:
            return
        for other in range(self.dev.sectors):
            mark = self._frame(other, 0, SECTOR) if other != sector else None
            owner = self._frame(other, FRAME, LOG) if mark else None
            if (mark and mark[1] >= self.high) or (owner and owner[0] >= self.high):
                self._holder = other
                return
        self._holder = -1
        for i in range(1, self.dev.sectors):
            other = (sector + i) % self.dev.sectors
            if self.state[other] != TAKEN:
                self._wipe(other)
                return
