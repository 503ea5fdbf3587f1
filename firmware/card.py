# SPDX-License-Identifier: MIT
"""An SD card to keep logs on, with the face that flash.py describes."""

from micropython import const
from ring import copy

_BLOCKS = const(4)  # ioctl
_BLOCK = const(512)
_AT_ONCE = const(2)  # blocks: more are faster, but a board in use has no memory for them
LABEL = b"surefoot log\n"


class Card:
    """An SD card (`machine.SDCard`, or another block device), as a whole: it holds logs and no files.

    Block 0 says so. A card that holds something else is refused unless `take` is true; then all on it is lost.
    """

    page_bytes = _BLOCK
    sector_bytes = 65536
    check_bytes = _BLOCK  # `erase` begins with the block of the mark, so what it leaves undone has none
    most_sectors = 1024  # 64 MB, hours of walking: the store keeps two bits for each, and looks at each at its start

    def __init__(self, card, take=False):
        self.card = card
        self.block = bytearray(_BLOCK)
        self.held = -1  # the block that is in there
        blocks = card.ioctl(_BLOCKS, 0)
        self.each = self.sector_bytes // _BLOCK
        self.sectors = min(self.most_sectors, blocks // self.each - 1)  # the first 64 kB are for the label
        if self.sectors < 1:
            raise OSError("no SD card answers, or one below 128 kB")
        self._hold(0)
        if self.block[: len(LABEL)] != LABEL:
            if not take and self.block != bytes(_BLOCK) and self.block != b"\xff" * _BLOCK:
                raise OSError("the SD card holds something else: take it for logs, and lose that, or change it")
            self.block[: len(LABEL)] = LABEL
            self._put(0, self.block)

    def read(self, addr, buf):
        """Fill buf from byte addr on."""
        n = len(buf)
        at = addr % _BLOCK
        if not at and not n % _BLOCK:
            self._get(self._where(addr), buf)
            return
        done = 0
        while done < n:
            self._hold(self._where(addr + done))
            part = min(_BLOCK - at, n - done)
            copy(self.block, at, part, buf, done)
            done += part
            at = 0

    def program(self, addr, buf):
        """Write buf at byte addr, within a block."""
        block = self._where(addr)
        if len(buf) == _BLOCK:
            self._put(block, buf)
            return
        self._hold(block)
        copy(buf, 0, len(buf), self.block, addr % _BLOCK)
        self._put(block, self.block)

    def erase(self, sector):
        """Fill a sector with 0xFF, its mark's block first."""
        first = (sector + 1) * self.each
        self.held = -1
        copy(b"\xff" * _BLOCK, 0, _BLOCK, self.block, 0)
        self._put(first, self.block)
        blank = b"\xff" * (_AT_ONCE * _BLOCK)
        for block in range(first, first + self.each, _AT_ONCE):
            self._put(block, blank)

    def _where(self, addr):
        return addr // _BLOCK + self.each

    def _hold(self, block):
        if self.held != block:
            self.held = -1
            self._get(block, self.block)
            self.held = block

    def _get(self, block, buf):
        if self.card.readblocks(block, buf) is False:  # machine.SDCard raises nothing
            raise OSError("the SD card can't be read: is it in its slot?")

    def _put(self, block, buf):
        if buf is not self.block:
            self.held = -1
        if self.card.writeblocks(block, buf) is False:
            self.held = -1
            raise OSError("the SD card can't be written: is it in its slot?")
