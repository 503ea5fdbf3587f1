# SPDX-License-Identifier: MIT
"""The serial line of the virtual board: a 128-byte transmit FIFO, ten bits a byte, both ways."""

from collections import deque

FIFO_BYTES = 128


class Uart:
    """Bytes take their time on the line; all times in virtual seconds, never going back."""

    def __init__(self, baud: int):
        self.byte_s = 10 / baud
        self._level = 0.0
        self._level_s = 0.0
        self._out: deque[tuple[float, bytes]] = deque()
        self._out_free_s = 0.0
        self._in: deque[tuple[float, int]] = deque()
        self._in_free_s = 0.0

    def speed(self, baud: int) -> None:
        """The device's rate, from now on."""
        self.byte_s = 10 / baud

    def sent(self, data: bytes, now_s: float) -> float:
        """The device wrote data since the last call; the seconds it must have waited for room in its FIFO.

        When in the block it wrote is not known, so the line counts as busy from the block's start: the least stall
        that is certain. What arrives is timed from the block's end: never earlier than the line allows.
        """
        drained = max(0.0, now_s - self._level_s) / self.byte_s
        self._level = max(0.0, self._level + len(data) - drained)
        stall_s = max(0.0, self._level - FIFO_BYTES) * self.byte_s
        self._level = min(self._level, FIFO_BYTES)
        self._level_s = max(self._level_s, now_s) + stall_s
        if data:
            self._out_free_s = max(self._out_free_s, now_s) + len(data) * self.byte_s
            self._out.append((self._out_free_s, data))
        return stall_s

    def arrived(self, now_s: float) -> bytes:
        """What the host has received by now. A chunk's bytes come one by one."""
        got = bytearray()
        while self._out:
            done_s, data = self._out[0]
            late = max(0, -int(-(done_s - now_s) // self.byte_s)) if done_s > now_s else 0
            ready = len(data) - late
            if ready <= 0:
                break
            got += data[:ready]
            self._out.popleft()
            if late:
                self._out.appendleft((done_s, data[ready:]))
                break
        return bytes(got)

    def send(self, data: bytes, now_s: float) -> None:
        """The host wrote data."""
        for byte in data:
            self._in_free_s = max(self._in_free_s, now_s) + self.byte_s
            self._in.append((self._in_free_s, byte))

    def received(self, now_s: float) -> bytes:
        """What the device has received by now."""
        got = bytearray()
        while self._in and self._in[0][0] <= now_s + 1e-9:
            got.append(self._in.popleft()[1])
        return bytes(got)
