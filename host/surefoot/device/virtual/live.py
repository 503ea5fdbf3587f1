# SPDX-License-Identifier: MIT
"""A virtual board on the wall clock: one thread moves bytes and hands out the slots that have become due."""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .board import VirtualBoard
    from .process import Machine

STEP_SLOTS = 4
MAX_SLOTS = 20
PAUSE_SLOTS = 100  # a program that left the clock alone for longer finds that it has leapt; a late desk catches up
IDLE_S = 0.05
log = logging.getLogger(__name__)


class Pacer(threading.Thread):
    """Runs one board. `error` is what ended it, None while all is well."""

    def __init__(self, board: VirtualBoard, machine: Machine):
        super().__init__(name="virtual-board", daemon=True)
        self._board = board
        self._machine = machine
        self._wake_read, self._wake_write = os.pipe()
        self._stopping = threading.Event()
        self._skip = 0
        self.error: Exception | None = None

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        os.write(self._wake_write, b".")
        self.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def run(self) -> None:
        began_s = time.monotonic()
        rate = 1000 * (1 + self._board.device_ppm * 1e-6)

        def due() -> int:
            return int((time.monotonic() - began_s) * rate)

        try:
            while not self._stopping.is_set():
                self._wait(due())
                with self._board.lock:
                    self._move(due())
                    if self._machine.hungry:
                        self._feed(due())
        except Exception as error:
            log.exception("the virtual board stopped")
            self.error = error
            self._board.unplug()

    def _wait(self, due: int) -> None:
        machine, bridge = self._machine, self._board.bridge
        timeout_s = IDLE_S
        if machine.hungry:
            timeout_s = max(0, STEP_SLOTS - (due - self._skip - self._board.slot)) / 1000
        elif machine.waiting:
            timeout_s = 0.005
        fds = [self._wake_read, machine.master, machine.acks, *(bridge.fds() if bridge else [])]
        with suppress(OSError, ValueError):  # the port may be unplugged meanwhile
            select.select([fd for fd in fds if fd >= 0], [], [], timeout_s)

    def _move(self, due: int) -> None:
        machine, board = self._machine, self._board
        was_hungry = machine.hungry
        alive = machine.read_acks()
        machine.drain()
        if not alive:
            if not machine.started:
                raise RuntimeError(f"MicroPython ended as soon as it had started. {machine.last_words()}")
            machine.revive()
        lag = due - board.slot
        if machine.hungry and not was_hungry and lag > PAUSE_SLOTS:
            self._skip = lag
        printed = machine.take_output()
        if printed:
            board.account(printed, due / 1000)
            board.cable.deliver(printed, machine.panel.baud)
        if board.bridge:
            machine.write(board.cable.typed(machine.panel.baud))
            board.bridge.flush()

    def _feed(self, due: int) -> None:
        board = self._board
        n = min(MAX_SLOTS, due - self._skip - board.slot)
        if n >= STEP_SLOTS:
            board.grant(n, self._skip)
            self._skip = 0
