# SPDX-License-Identifier: MIT
"""The outside of the virtual board: a port that pyserial opens like any other, as a pseudo terminal or a TCP socket."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from ...errors import VirtualBoardError

KEEP_BYTES = 1 << 20
RATES = (9600, 38400, 115200, 230400, 460800, 921600)


class PtyPort:
    """A pseudo terminal; its path is the port's name."""

    def __init__(self, lossy: bool):
        import pty
        import tty

        self._lossy = lossy
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        self.dropped = 0
        self._waiting = bytearray()

    def fds(self) -> list[int]:
        return [self._master]

    @property
    def baud(self) -> int:
        """The rate that whoever opened the port has set, 0 where it is none that has a name."""
        import termios

        speed = termios.tcgetattr(self._slave)[5]
        return next((rate for rate in RATES if getattr(termios, f"B{rate}", -1) == speed), 0)

    def read(self) -> bytes:
        """What a host has written."""
        got = b""
        try:
            while data := os.read(self._master, 4096):
                got += data
        except BlockingIOError:
            pass
        return got

    def write(self, data: bytes) -> None:
        """Hand data to whoever has the port open. With nobody reading, a lossy port drops it as a line does."""
        self._waiting += data
        self.flush()
        excess = len(self._waiting) if self._lossy else len(self._waiting) - KEEP_BYTES
        if excess > 0:
            self.dropped += excess
            del self._waiting[:excess]

    def flush(self) -> int:
        """Write what fits; how many bytes still wait."""
        try:
            while self._waiting:
                del self._waiting[: os.write(self._master, self._waiting[:4096])]
        except BlockingIOError:
            pass
        return len(self._waiting)

    def pull(self) -> None:
        """Whoever has the port open loses it. Its name is not free before `close`: a stale one must meet no other."""
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def close(self) -> None:
        self.pull()
        if self._slave >= 0:
            os.close(self._slave)
        self._slave = -1


class TcpPort:
    """A socket on the loopback interface for one client at a time."""

    def __init__(self, lossy: bool, tcp_port: int):
        self._lossy = lossy
        self._server = socket.socket()
        try:
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._server.bind(("127.0.0.1", tcp_port))
            self._server.listen(1)
        except OSError as error:
            self._server.close()
            raise VirtualBoardError(f"Port {tcp_port} can't be used ({error.strerror}): choose another.") from error
        self._server.setblocking(False)
        self.name = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self.dropped = 0
        self._client: socket.socket | None = None
        self._waiting = bytearray()

    baud = 0  # a socket has none

    def fds(self) -> list[int]:
        return [self._client.fileno() if self._client else self._server.fileno()]

    def _accept(self) -> None:
        if self._client is None:
            with suppress(BlockingIOError):
                self._client, _ = self._server.accept()
                self._client.setblocking(False)
                self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _hang_up(self) -> None:
        if self._client:
            self._client.close()
        self._client = None

    def read(self) -> bytes:
        """What the client has written."""
        self._accept()
        got = bytearray()
        try:
            while self._client:
                data = self._client.recv(4096)
                if not data:
                    self._hang_up()
                got += data
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up()
        return bytes(got)

    def write(self, data: bytes) -> None:
        """Hand data to the client. Without one, a lossy port drops it."""
        self._accept()
        self._waiting += data
        self.flush()
        limit = 0 if self._lossy and self._client is None else KEEP_BYTES
        excess = len(self._waiting) - limit
        if excess > 0:
            self.dropped += excess
            del self._waiting[:excess]

    def flush(self) -> int:
        """Send what fits; how many bytes still wait."""
        try:
            while self._client and self._waiting:
                del self._waiting[: self._client.send(self._waiting[:4096])]
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up()
        return len(self._waiting)

    def pull(self) -> None:
        """Whoever has the port open loses it, and nobody gets it."""
        self._hang_up()
        self._server.close()

    close = pull


Port = PtyPort | TcpPort


def open_bridge(live: bool, tcp_port: int | None) -> Port:
    """The outer port: lossy when it lives on the wall clock, patient in lockstep."""
    return PtyPort(lossy=live) if tcp_port is None else TcpPort(live, tcp_port)
