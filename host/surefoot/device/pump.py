# SPDX-License-Identifier: MIT
"""Bytes to and from an open port: every received byte to the sink, then its frames into one queue, on one clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from ..errors import DeviceLost, NoReply
from .framer import Frame, Framer

READ_S = 0.01  # longest single wait for bytes; every timeout is kept to within this
_FIRST_BYTES = 256

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """The link's only clock and its only way to read, so that a board on virtual time runs the same code.

    `read(port, timeout_s)` returns what has arrived, waiting at most about timeout_s for a first byte; b"" is fine.
    Time must pass, by `now_s`, while it waits in vain.
    """

    now_s: Callable[[], float]
    read: Callable[[Any, float], bytes]


def _read_arrived(port: Any, timeout_s: float) -> bytes:
    """What waits at the port, else the first byte to come within the port's own timeout (READ_S)."""
    waiting = port.in_waiting
    if not waiting and timeout_s <= 0:
        return b""
    data = port.read(max(1, waiting))
    if str(port.port).startswith("socket:"):
        # A socket says only that something waits, not how much.
        port.timeout = 0
        with suppress(OSError):  # the next read reports it; what was read before must not get lost
            data += port.read(4096)
        port.timeout = READ_S
    return data


def _host_clock() -> Callable[[], float]:
    """The clock that boards are compared by: NTP must not bend it, and on Windows `monotonic` ticks in 16 ms."""
    raw: int | None = getattr(time, "CLOCK_MONOTONIC_RAW", None)
    return time.perf_counter if raw is None else lambda: time.clock_gettime(raw)


REAL_TIMING = Timing(_host_clock(), _read_arrived)


class Pump:
    """An open pyserial port. `sink` gets every received byte before anyone sees its frames.

    Once the board is lost, every call raises the same DeviceLost: open the port again. `first` keeps the first bytes,
    `heard_s` is the time of the latest.
    """

    def __init__(self, handle: Any, port: str, timing: Timing, sink: Callable[[bytes], Any] | None = None):
        self.port = port
        self.timing = timing
        self.sink = sink
        self.first = b""
        self.heard_s = timing.now_s()
        self._handle = handle
        self._framer = Framer()
        self._queue: list[Frame] = []
        self._lost: DeviceLost | None = None

    @property
    def text(self) -> str:
        """Text outside frames: boot messages, tracebacks (the last 16 kB)."""
        return self._framer.text

    @property
    def bad_frames(self) -> int:
        return self._framer.bad

    @property
    def unheard(self) -> bool:
        """Whether no frame has come yet."""
        return self._framer.frames == 0

    @property
    def silent_s(self) -> float:
        """Seconds since the last byte; a streaming board sends at least each 20 ms (live) or 240 ms (long)."""
        return self.timing.now_s() - self.heard_s

    @property
    def baud(self) -> int:
        """Bits a second of the line; setting it changes this end only."""
        return int(self._handle.baudrate)

    @baud.setter
    def baud(self, baud: int) -> None:
        self._handle.baudrate = baud

    def poll(self, timeout_s: float = 0.0) -> list[Frame]:
        """All frames since the last poll, in order; waits up to timeout_s for the first, else [].

        Raises DeviceLost, but only after everything received has been returned.
        """
        deadline = self.timing.now_s() + timeout_s
        try:
            self.receive(0.0)
            while not self._queue and (left := deadline - self.timing.now_s()) > 0:
                self.receive(_slice(left, READ_S))
        except DeviceLost:
            if not self._queue:
                raise
        frames, self._queue = self._queue, []
        return frames

    def write(self, data: bytes) -> None:
        """Send raw bytes: only for getting a board out of its prompt."""
        import serial

        if self._lost:
            raise self._lost
        try:
            self._handle.write(data)
        except serial.SerialTimeoutException as error:
            raise NoReply(f"The board on {self.port} takes no commands: press its reset and try again.") from error
        except OSError as error:
            raise self._lose(error) from error

    def receive(self, timeout_s: float) -> list[Frame]:
        """One read: its bytes to the sink, its frames into the queue of `poll`; those frames too."""
        if self._lost:
            raise self._lost
        try:
            data = self.timing.read(self._handle, timeout_s)
        except OSError as error:
            raise self._lose(error) from error
        if not data:
            return []
        self.heard_s = self.timing.now_s()
        self.first += data[: _FIRST_BYTES - len(self.first)]
        if self.sink:
            self.sink(data)
        frames = self._framer.feed(data)
        self._queue += frames
        self._look(frames)
        return frames

    def tap(self, sink: Callable[[bytes], Any]) -> None:
        """From now on hand every received byte to `sink`, a frame that is under way from its first byte on."""
        if self._framer.pending:
            sink(self._framer.pending)
        self.sink = sink

    def forget(self) -> None:
        """Drop the frames that wait for `poll`; the sink has had their bytes."""
        self._queue = []

    def wait_for(self, pick: Callable[[Frame], T | None], timeout_s: float, read_s: float = READ_S) -> T | None:
        """What `pick` makes of the first frame it wants, None after timeout_s; `poll` still gets every frame."""
        deadline = self.timing.now_s() + timeout_s
        while (left := deadline - self.timing.now_s()) > 0:
            for frame in self.receive(_slice(left, read_s)):
                found = pick(frame)
                if found is not None:
                    return found
        return None

    def close(self) -> None:
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _look(self, frames: list[Frame]) -> None:
        """What a link makes of frames as they arrive."""

    def _lose(self, error: OSError) -> DeviceLost:
        log.debug("%s lost: %s", self.port, error)
        self._lost = DeviceLost(
            f"The board on {self.port} was unplugged or switched off: what arrived before is kept; "
            "plug it in again and repeat the trial."
        )
        return self._lost


def _slice(left_s: float, longest_s: float) -> float:
    # Never below a millisecond: rounding must not make a wait on virtual time stand still.
    return min(max(left_s, 0.001), longest_s)
