# SPDX-License-Identifier: MIT
"""A ring of whole frames. When it is full the oldest go; the samples that went with them are kept as a gap to name."""

from array import array

from wire import numbers

try:
    from fast import copy
except (ImportError, SyntaxError):

    def copy(src, at, n, dst, to):
        """dst[to : to + n] = src[at : at + n], without making a slice."""
        for i in range(n):
            dst[to + i] = src[at + i]


(DATA,) = numbers("kinds", "DATA")


class Ring:
    """`push` and `pop` coded frames, kept in a RingIO of `size` bytes.

    `gap_first`, `gap_count` (by stream): samples of dropped frames that nothing has named yet.
    """

    def __init__(self, store, size):
        self.bytes = store
        self.size = size
        self.most = most = size // 48  # frames: the mean of a live session is 52 bytes
        self.sizes = array("H", bytes(2 * most))
        self.kinds = bytearray(most)
        self.streams = bytearray(most)
        self.firsts = array("I", bytes(4 * most))
        self.counts = array("I", bytes(4 * most))
        self.oldest = self.waiting = 0
        self.bin = bytearray(64)
        self.gap_first = array("I", [0] * 4)
        self.gap_count = array("I", [0] * 4)
        self.frames = self.dropped = 0

    def push(self, coded, n, kind, stream, first, count):
        """Append coded[:n] with the samples it holds or names (stream 0: none), dropping the oldest frames for room."""
        while self.waiting and (self.waiting == self.most or self.size - self.bytes.any() < n):
            self._drop()
        i = (self.oldest + self.waiting) % self.most
        self.sizes[i] = n
        self.kinds[i] = kind
        self.streams[i] = stream
        self.firsts[i] = first
        self.counts[i] = count
        self.bytes.write(coded, 0, n)  # pyright: ignore[reportCallIssue] -- stream form (buf, offset, length)
        self.waiting += 1
        self.frames += 1

    def pop(self, into):
        """Move the oldest frame into a buffer; its size, 0 where there is none."""
        if not self.waiting:
            return 0
        size = self.sizes[self.oldest]
        self.bytes.readinto(into, size)
        self._popped()
        return size

    def gap(self):
        """The stream that has samples to name, 0 where none has."""
        if self.gap_count[1]:
            return 1
        if self.gap_count[2]:
            return 2
        return 3 if self.gap_count[3] else 0

    def _popped(self):
        self.oldest = (self.oldest + 1) % self.most
        self.waiting -= 1

    def _drop(self):
        left = self.sizes[self.oldest]
        while left > 0:
            left -= self.bytes.readinto(self.bin, left if left < 64 else 64)
        self._forget()

    def _forget(self):
        # A lost GAP joins the samples around it: within a stream, frames and gaps follow without a hole.
        i = self.oldest
        stream = self.streams[i]
        if stream:
            if not self.gap_count[stream]:
                self.gap_first[stream] = self.firsts[i]
            self.gap_count[stream] += self.counts[i]
            if self.kinds[i] == DATA:
                self.dropped += self.counts[i]
        self._popped()

    def mend(self):
        """Make table and bytes agree again after Ctrl-C between two steps of `push` or `pop`."""
        due = 0
        for i in range(self.waiting):
            due += self.sizes[(self.oldest + i) % self.most]
        if self.bytes.any() > due:
            self.waiting += 1
            return
        while self.waiting and self.bytes.any() < due:
            due -= self.sizes[self.oldest]
            self._forget()
        self.bytes.read(self.bytes.any() - due)
