# SPDX-License-Identifier: MIT
"""Several virtual boards on one host's virtual time, feeling the same events at the same true times."""

from __future__ import annotations

from typing import Any

import numpy as np

from flatworld import SLOT
from surefoot.decode import Samples
from surefoot.device.link import Timing
from surefoot.device.virtual.board import VirtualBoard

RISE_S, LOW, HIGH = 0.4, 200.0, 3800.0


class Lockstep:
    """Boards that advance together: whichever is read from runs, and the others catch up with it."""

    def __init__(self, *boards: VirtualBoard):
        self.boards = boards

    def timing(self, board: VirtualBoard) -> Timing:
        def read(handle: Any, timeout_s: float) -> bytes:
            data = board.read(handle, timeout_s)
            for other in self.boards:
                if other is not board and other.now_s < board.now_s:
                    other.advance(board.now_s - other.now_s)
            return data

        return Timing(lambda: board.now_s, read)


class EventWorld:
    """Every cell's load rises evenly over RISE_S at each of these true times, and falls again; `truth` keeps when, on
    the host's clock, each slot was."""

    def __init__(self, at_s: np.ndarray):
        self.at_s = at_s
        self.board: VirtualBoard | None = None
        self.truth: dict[int, float] = {}

    def slots(self, first: int, n: int) -> bytes:
        assert self.board
        out = []
        for slot in range(first, first + n):
            self.truth[slot] = self.board.host_s(slot)
            after_s = self.board.host_s(slot + 0.5) - self.at_s
            share = np.max(np.minimum(after_s, 2 * RISE_S - after_s)) / RISE_S
            level = round(LOW + (HIGH - LOW) * min(max(float(share), 0.0), 1.0))
            out.append(SLOT.pack(*[level] * 16, 0, 0, 1_000_000, 0, 0, 0))
        return b"".join(out)


def rises_s(cells: Samples, at_s: np.ndarray) -> np.ndarray:
    """When the load rose through the middle, on the clock of at_s [n]: by a line through each rise."""
    level = cells.counts[:, 0].astype(float)
    inside = (level > LOW + 300) & (level < HIGH - 300) & (np.gradient(level) > 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(int)))
    found = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin >= 20:
            slope, start = np.polyfit(level[begin:end] - (LOW + HIGH) / 2, at_s[begin:end], 1)
            assert slope > 0
            found.append(start)
    return np.array(found)
