# SPDX-License-Identifier: MIT
"""A virtual board in lockstep: it runs while somebody waits for it, on virtual time, and never by the wall clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import VirtualBoardError

if TYPE_CHECKING:
    from .board import VirtualBoard

STEP_SLOTS = 5  # of a block: how exactly the time of a written byte is known
HANG_S = 10.0


class Lockstep:
    """Runs one board."""

    def __init__(self, board: VirtualBoard):
        self._board = board
        self._carry_s = 0.0

    def advance(self, seconds: float) -> None:
        """Run for that much virtual time; what is less than a slot counts the next time."""
        self._carry_s += seconds
        left = int(self._carry_s * 1000 + 1e-6)
        self._carry_s -= left / 1000
        while left > 0:
            left -= self._run(left)

    def read(self, handle: Any, timeout_s: float) -> bytes:
        """What the open port `handle` has received; runs for at most timeout_s until there is some."""
        cable = self._board.cable
        left = max(1, round(timeout_s * 1000)) if timeout_s > 0 else 0
        here = cable.port is not None and handle.port == cable.port.name
        while not (here and cable.due and (got := cable.collect(handle))):
            if left <= 0:
                return b"" if here else handle.read(1)  # fails as it does when a cable is pulled
            left -= self._run(left)
        return got

    def _run(self, most: int) -> int:
        """One block of at most so many slots; of how many."""
        board, machine, cable = self._board, self._board.machine, self._board.cable
        if board.live:
            raise VirtualBoardError("A live virtual board runs by itself: read its port, or make it without live=True.")
        n = min(STEP_SLOTS, most)
        machine.write(cable.received(board.slot / 1000, machine.panel.baud))
        board.grant(n)
        if not machine.panel.sleep and not machine.wait(HANG_S):
            if not machine.resetting:
                raise VirtualBoardError(f"The MicroPython of the virtual board ended. {machine.last_words()}")
            machine.revive()
        now_s = board.slot / 1000
        board.account(machine.take_output(), now_s)
        cable.arrive(now_s, machine.panel.baud)
        return n
