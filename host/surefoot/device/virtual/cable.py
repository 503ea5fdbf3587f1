# SPDX-License-Identifier: MIT
"""What lies between the virtual board's UART and the program at the host: line, port, and the faults of both."""

from __future__ import annotations

import os
import random
import select
from collections.abc import Callable
from typing import Any

from ...errors import VirtualBoardError
from .bridge import Port, open_bridge
from .uart import Uart

SILENT_S = 5.0
_MARK = os.urandom(16)  # behind what was sent: once a reader has come to it, nothing more of that is on its way


class Cable:
    """The line at `baud`, and the port at its far end while it is plugged in; all times in virtual seconds.

    `device_baud` is the rate that the firmware has chosen, 0 where it leaves it at `baud`. `due` says how many bytes
    have been handed to the port since the last `collect`, `corrupted` how many a bad line has cost. `hears`, where it
    is set, is given what is typed to the board, often and mostly nothing.
    """

    def __init__(self, baud: int, *, live: bool, tcp_port: int | None, seed: int):
        self.baud = baud
        self.port: Port | None = None
        self.due = 0
        self.corrupted = 0
        self.hears: Callable[[bytes], None] | None = None
        self._pulled: list[Port] = []
        self._live = live
        self._tcp_port = tcp_port
        self._drop = self._flip = 0.0
        self._dice = random.Random(seed)
        self.restart()

    def restart(self) -> None:
        """What was under way is gone."""
        self._uart = Uart(self.baud)

    def plug(self) -> None:
        """A new port, unless there is one."""
        if self.port is None:
            self.restart()
            self.port = open_bridge(self._live, self._tcp_port)

    def unplug(self) -> None:
        port, self.port = self.port, None
        if port:
            port.pull()
            self._pulled.append(port)
        self.due = 0

    def close(self) -> None:
        """Unplug, for good."""
        self.unplug()
        while self._pulled:
            self._pulled.pop().close()

    def corrupt(self, drop: float, flip: float) -> None:
        """From now on, lose that share of the bytes to the host, and flip a bit in that share."""
        self._drop, self._flip = drop, flip

    # -- from the board --

    def sent(self, data: bytes, now_s: float) -> float:
        """The board has written data: how long that has kept it waiting for room in its FIFO, in seconds."""
        return self._uart.sent(data, now_s)

    def arrive(self, now_s: float, device_baud: int) -> None:
        """Hand to the port what has come through by now."""
        self.deliver(self._uart.arrived(now_s), device_baud)

    def deliver(self, data: bytes, device_baud: int) -> None:
        """Hand data to the port, with the faults asked for."""
        if self._drop or self._flip:
            data = self._damage(data)
        data = self._understood(data, device_baud)
        if self.port and data:
            self.port.write(data)
            self.due += len(data)

    def collect(self, handle: Any) -> bytes:
        """All that was handed to the port, but for what a reader has thrown away or had before; for lockstep only.

        Whoever opens a port throws away what waits there, and nobody tells. So a mark is sent behind it, and what comes
        before that is what there is, however long a busy machine takes to pass it on.
        """
        assert self.port
        got = bytearray()
        self.port.write(_MARK)
        while not got.endswith(_MARK):
            self.port.flush()
            if not select.select([handle.fileno()], [], [], SILENT_S)[0]:
                raise VirtualBoardError(
                    f"The port {handle.port} passes no bytes on: close other programs that read it."
                )
            got += handle.read(max(1, handle.in_waiting))
        self.due = 0
        return bytes(got[: -len(_MARK)])

    # -- to the board --

    def typed(self, device_baud: int) -> bytes:
        """What the host has written since the last call, as the board hears it."""
        data = self._understood(self.port.read(), device_baud) if self.port else b""
        if self.hears:
            self.hears(data)
        return data

    def received(self, now_s: float, device_baud: int) -> bytes:
        """What the board has received of that by now."""
        self._uart.speed(device_baud or self.baud)
        self._uart.send(self.typed(device_baud), now_s)
        return self._uart.received(now_s)

    # -- faults --

    def _understood(self, data: bytes, device_baud: int) -> bytes:
        """What comes out at the other end: nonsense where the board has changed its rate and the host has not."""
        if not data or device_baud in (0, self.baud) or not self.port or self.port.baud in (0, device_baud):
            return data
        return bytes(0x80 | byte >> 1 for byte in data[::4])

    def _damage(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            chance = self._dice.random()
            if chance < self._drop:
                self.corrupted += 1
                continue
            if chance < self._drop + self._flip:
                self.corrupted += 1
                byte ^= 1 << self._dice.randrange(8)
            out.append(byte)
        return bytes(out)
