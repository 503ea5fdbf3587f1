# SPDX-License-Identifier: MIT
"""The log memory: logs of pages that are each programmed once, in sectors that are used round and round.

Nothing is erased while a log is written, nothing is written behind a page that a power cut has torn, and the next log
begins in a fresh sector: a cut costs the page being written. `dev` is an adapter of flash.py; listing and reading back
are in logs.py, the sectors in sectors.py.
"""

from logs import BLANK, Logs, copy
from sectors import DIRTY, FRAME, TAKEN, Entry

HEAD = 2 * FRAME  # what SECTOR and LOG take of a sector's first page
MOST_LOGS = 64  # each takes heap


class Store(Logs):
    """`log` is the open log, 0 where none is. `append`, `room`, `free_bytes`, `read` and `total` allocate nothing."""

    def __init__(self, dev):
        super().__init__(dev)
        self.rest = memoryview(self.page)[FRAME:]
        self.open = Entry(0, 0, 0)
        self.sector = self.seq = self.index = 0  # where the next page goes: piece `seq` is the next that is taken
        self.ahead = -1  # the next clean sector

    @property
    def next_log(self):
        """A number that no log has had."""
        return self.high + 1

    def free_bytes(self):
        """What a log that begins now can hold; where one is open, what it can still take."""
        left = self.clean * (self.dev.sector_bytes - HEAD)
        return left + (self.pages - self.index) * self.page_bytes if self.log else left

    # -- before and after a walk --

    def dirty(self):
        """How many sectors `prepare` would erase."""
        count = 0
        for state in self.state:
            if state == DIRTY:
                count += 1
        return count

    def prepare(self, on_step=None):
        """Erase what is dirty; how many sectors are clean by that. One that doesn't come out blank stays dirty.

        on_step(done, total) is called after each; where it returns True, the rest is left for another time.
        """
        self._closed()
        total = self.dirty()
        done = 0
        before = self.clean
        for sector in range(self.dev.sectors):
            if self.state[sector] == DIRTY:
                self._wipe(sector)
                done += 1
                if on_step and on_step(done, total):
                    break
        return self.clean - before

    def erase(self, log=None, on_step=None):
        """Erase a log, or all, each from its end: a cut leaves a beginning. How many sectors; on_step as above."""
        self._closed()
        going = [entry for entry in self.entries if log is None or entry.log == log]
        if log is not None and not going:
            raise OSError("there is no log %d" % log)
        self.at = None
        total = sum([entry.sectors for entry in going])
        done = 0
        for entry in sorted(going, key=lambda entry: entry.log):
            sector = entry.sector
            entry.total = -1
            entry.whole = stop = False
            while entry.top >= entry.low and not stop:
                found = self._seek(entry.log, entry.top, sector, -1)
                entry.top -= 1
                if found >= 0:
                    self._wipe(found)
                    sector = found
                    entry.sectors -= 1
                    done += 1
                    stop = bool(on_step and on_step(done, total))
            if entry.top < entry.low:
                self.entries.remove(entry)
                if entry.sectors:  # copies of a piece, which no store makes
                    self._disown(entry.log)
            if stop:
                break
        return done

    def _closed(self):
        if self.log:
            raise OSError("log %d is being written: end it first" % self.log)

    # -- writing --

    def begin(self, log):
        """Open a new log, number `next_log`. Raises OSError in words where there is no room for it."""
        self._closed()
        if not self.clean:
            dirty = self.dirty()
            raise OSError("no room: prepare %d sectors first" % dirty if dirty else "no room: erase a log first")
        if len(self.entries) >= MOST_LOGS:
            raise OSError("%d logs are the most: erase some first" % MOST_LOGS)
        if log < 1 or [entry for entry in self.entries if entry.log == log]:
            raise OSError("no new log can be number %d: take %d" % (log, self.next_log))
        self.open = Entry(log, 0, 0)
        self.open.top = -1
        self.open.total = 0
        self.entries.append(self.open)
        self.log = log
        self.seq = 0
        self.index = self.pages
        self._choose()
        self.ahead = self._ahead()

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
        copy(self.blank, 0, room - n, self.page, head + n)
        if head:
            self._take()
        start = self.sector * self.dev.sector_bytes + self.index * self.page_bytes
        self.index += 1
        self.at = None  # what has been read of it may be out of date
        try:
            if head:
                self.dev.program(start + FRAME, self.rest)
            else:
                self.dev.program(start, self.page)
        except OSError:
            if head:  # without its LOG frame the sector is nobody's
                self.state[self.sector] = DIRTY
                self.index = self.pages
            raise
        if head:
            self._taken()
        self.open.total += head + n
        return True

    def write(self, data):
        """Append frames that may cross pages, before the walk; False where the log is full. Allocates."""
        at = 0
        while at < len(data):
            piece = data[at : at + self.room()]
            while piece and at + len(piece) < len(data) and piece[-1] == BLANK:
                piece = piece[:-1]
            if not self.append(piece, len(piece)):
                return False
            at += len(piece)
        return True

    def end(self):
        """Close the log. What it holds is on the flash already."""
        if self.log and not self.open.sectors:
            self.entries.remove(self.open)
        self.open.total = -1
        self.log = 0
        self.at = None

    def _take(self):
        """Go on in the next clean sector: its LOG frame into the page."""
        self._tag(self.log, self.seq)
        copy(self.tag, 0, FRAME, self.page, FRAME)
        sector = self.ahead
        self.state[sector] = TAKEN
        self.clean -= 1
        self.hand = (sector + 1) % self.dev.sectors
        ahead = self._ahead()
        # Only now, so that Ctrl-C in between leaves no sector half begun.
        self.ahead = ahead
        self.seq += 1
        self.index = 0
        self.sector = sector

    def _taken(self):
        self._know(self.log, self.sector)
        if not self.open.sectors:
            self.open.sector = self.sector
            self.open.low = self.seq - 1
        self.open.sectors += 1
        self.open.top = self.seq - 1
