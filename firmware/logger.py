# SPDX-License-Identifier: MIT
"""Frames to the log: whole frames into pages in memory, whole pages to the store, one program a tick.

Each stream fills a page of its own, so that its frames are as long as pages let; other frames go where there is room.
A finished page waits for `pump`. A power cut costs what is in memory: the two open pages and those that wait.
"""

import struct
from array import array

import wire
from link import GAP, GAP_BYTES, GAP_LAYOUT
from micropython import const
from store import HEAD
from wire import CRC_BYTES, SEED, encoded_size, seal

try:
    from fast import cobs_into
except (ImportError, SyntaxError):
    from wire import cobs_into

PACK, MORE, END = wire.numbers("kinds", "PACK", "MORE", "END")
(FLASH,) = wire.numbers("causes", "flash")
_RESERVE = const(4)  # pages kept for what is open when the log is full, and for END
_TRIES = const(3)  # pages that one page's content may be tried on


class Logger:
    """One log, which the store has open. `pump` once a tick, `drain` at the end.

    Same face as `link.Link` for Report, Stream and Console.

    clock: the Link, whose `now` counts the wraps for both. `full`: end the session, little more fits. `errors`: pages
    that the flash refused; `dropped`: samples that are in no page because of that.
    """

    def __init__(self, store, clock):
        self.store = store
        self.clock = clock
        self.ring = self  # Report asks it for `frames` and `dropped`
        # An object's fields lie in one piece, so what the store knows is left to it.
        most = len(store.buffers)  # pages: two that are filled, the others may wait
        self.used = array("H", [0] * most)
        self.owner = bytearray(most)  # stream whose samples are in it
        self.first = array("I", [0] * most)
        self.count = array("I", [0] * most)
        self.filling = bytearray(3)  # by stream: its page
        self.due = bytearray(most)  # ring of finished pages
        self.spare = bytearray(most)  # stack of empty ones
        self.packs: list = [None, None, None]  # by stream; each PackStream puts itself here
        self.gap_raw = bytearray(GAP_BYTES + CRC_BYTES)
        for i in range(most):
            self.spare[i] = i
            self.used[i] = self.count[i] = 0
        self.spares = most - 2
        self.filling[1], self.filling[2] = most - 1, most - 2
        self.oldest = self.waiting = 0
        self.frames = self.dropped = self.errors = self.tries = 0
        self.full = self.torn = False
        self.wraps = self.clock.wraps

    def now(self):
        """The link's clock."""
        now = self.clock.now()
        self.wraps = self.clock.wraps
        return now

    def _limit(self, stream):
        # What the stream's page may hold if it is finished next. While a sector's last page is due, the pages of both
        # streams can't be longer than a first page: one of them will be that.
        place = (self.store.index + self.waiting) % self.store.pages
        if place and (place < self.store.pages - 1 or self._size(3 - stream) <= self.store.page_bytes - HEAD):
            return self.store.page_bytes
        return self.store.page_bytes - HEAD

    def _size(self, stream):
        # Bytes of the stream's page if it were finished now.
        pending = self.packs[stream].pending()
        return self.used[self.filling[stream]] + (encoded_size(pending + CRC_BYTES) if pending else 0)

    def room(self, stream):
        """The most bytes, CRC not counted, that the stream's open frame may have."""
        room = self._limit(stream) - self.used[self.filling[stream]] - CRC_BYTES - 2
        return room if room + CRC_BYTES < 254 else 253 - CRC_BYTES

    def _beside(self, stream, n):
        return self._size(stream) + encoded_size(n + CRC_BYTES) <= self._limit(stream)

    def queue(self, raw, n, stream, first, count):
        """Seal raw[:n] and put it into a page; first and count say which samples it holds or names (stream 0: none)."""
        if stream > 2:  # no page is its own, and its numbers tell what is lost
            stream = count = 0
        into = stream
        if raw[0] == END:
            self.drain()  # so that it is the last there is: the mark of a whole log
        if raw[0] == PACK or raw[0] == MORE:  # `room` was asked, but a refused page may have come between
            if self.used[self.filling[into]] + encoded_size(n + CRC_BYTES) > self.store.page_bytes:
                self._wait(into)
        else:
            if not stream:
                into = 2 if not self._beside(1, n) and self._beside(2, n) else 1
            if not self._beside(into, n):
                self.packs[into].close()
                self.finish(into)
        i = self.filling[into]
        if self.used[i] + encoded_size(n + CRC_BYTES) > self.store.page_bytes:
            self.dropped += count  # after Ctrl-C between a sample and its cut; never past the page's end
            return
        self.used[i] = cobs_into(raw, seal(raw, n, SEED), self.store.buffers[i], self.used[i])
        self.frames += 1
        if stream:
            if not self.count[i]:
                self.first[i] = first
            self.count[i] += count

    def finish(self, stream):
        """Let the stream's page wait for its program, and begin the next; an open frame goes there."""
        if not self.used[self.filling[stream]]:
            return
        other = 3 - stream
        last = (self.store.index + self.waiting + 1) % self.store.pages == 0
        if last and self._size(other) > self.store.page_bytes - HEAD:
            self.packs[other].close()
            self._wait(other)
        self._wait(stream)

    def _wait(self, stream):
        while not self.spares:
            self.pump()  # a second program in this tick, rather than a lost page
        i = self.filling[stream]
        self.owner[i] = stream
        self.due[(self.oldest + self.waiting) % len(self.due)] = i
        self.waiting += 1
        self.spares -= 1
        i = self.spare[self.spares]
        self.used[i] = self.count[i] = 0
        self.filling[stream] = i

    def pump(self):
        """Program the oldest finished page, if there is one: at most one program, about 1.5 ms."""
        if not self.waiting:
            return
        i = self.due[self.oldest]
        store = self.store
        room = store.room()
        kept = False
        try:
            if self.torn or self.tries:
                store.append(b"\0", 1)  # ends what a refused page may hold, or skips a page that is too short
                self.torn = False
            kept = self.used[i] <= store.room() and store.append(self.store.buffers[i], self.used[i])
        except OSError:
            self.torn = True
            self.errors += 1
            self.tries += 1
        if not kept and room and 0 < self.tries < _TRIES:
            return  # the next page may be sound
        self.tries = 0
        self.oldest = (self.oldest + 1) % len(self.due)
        self.waiting -= 1
        self.spare[self.spares] = i
        self.spares += 1
        if not kept:
            self._lost(i, room)
        self.full = store.free_bytes() <= _RESERVE * self.store.page_bytes

    def _lost(self, i, room):
        # Name the page's samples, and those coded from them; in a full log nothing can be named, END tells how many.
        stream = self.owner[i]
        first = self.first[i]
        pack = self.packs[stream]
        self.dropped += self.count[i]
        if self.count[i] and room:
            pack.close()
            pack.alone()
            struct.pack_into(GAP_LAYOUT, self.gap_raw, 0, GAP, stream, first, pack.index - first, FLASH)
            self.queue(self.gap_raw, GAP_BYTES, stream, pack.index, 0)

    def backlog(self):
        """Bytes that are in no page of the flash yet, those of finished pages rounded up."""
        return self._size(1) + self._size(2) + self.waiting * self.store.page_bytes

    def drain(self):
        """Finish both pages and program all."""
        for _ in range(2):  # a page that is refused leaves a GAP
            for stream in (1, 2):
                self.packs[stream].close()
                self.finish(stream)
            while self.waiting:
                self.pump()
