# SPDX-License-Identifier: MIT
"""Slots of a world, rendered in whole blocks of a second so that they are the same bytes however they are asked for."""

import struct
from collections import OrderedDict
from collections.abc import Callable

SLOT_BYTES = struct.calcsize("<16H6i")
SLOTS_PER_S = 1000
BLOCK = 1000
KEPT_BLOCKS = 4


class Blocks:
    """`render(block)` gives BLOCK slots; the last few are kept. `delivered` is the next slot that nobody asked for."""

    def __init__(self, render: Callable[[int], bytes]):
        self._render = render
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self.delivered = 0

    @property
    def now_s(self) -> float:
        """Time of the next slot that nobody has asked for yet."""
        return self.delivered / SLOTS_PER_S

    def slots(self, first: int, n: int) -> bytes:
        """Slots first .. first+n-1."""
        parts, at, end = [], first, first + n
        while at < end:
            block, offset = divmod(at, BLOCK)
            stop = min(end - block * BLOCK, BLOCK)
            parts.append(self._block(block)[offset * SLOT_BYTES : stop * SLOT_BYTES])
            at = block * BLOCK + stop
        self.delivered = max(self.delivered, end)
        return b"".join(parts)

    def forget(self, from_slot: float | None = None) -> int:
        """Throw away what was rendered of the time from a slot on, by default the next; the first block that goes."""
        at = self.delivered if from_slot is None else from_slot
        for block in [b for b in self._kept if (b + 1) * BLOCK > at]:
            del self._kept[block]
        return int(at) // BLOCK

    def _block(self, block: int) -> bytes:
        if block not in self._kept:
            self._kept[block] = self._render(block)
            while len(self._kept) > KEPT_BLOCKS:
                self._kept.popitem(last=False)
        return self._kept[block]
