# SPDX-License-Identifier: MIT
"""What a log can be kept on, with one face for the store: a partition of the flash, or an SD card.

`sectors` of `sector_bytes`, pages of `page_bytes`; `read` and `program` any bytes (program within a page, into blank
bytes), `erase` a sector to 0xFF. `check_bytes` of a sector must be seen blank before its clean mark is believed.
"""

try:
    from fast import copy
except (ImportError, SyntaxError):

    def copy(src, at, n, dst, to):
        """dst[to : to + n] = src[at : at + n], without making a slice."""
        for i in range(n):
            dst[to + i] = src[at + i]


BLOCKS, BLOCK_SIZE, BLOCK_ERASE = 4, 5, 6  # ioctl
BLOCK = 512
LABEL = b"surefoot log\n"


class Flash:
    """An `esp32.Partition`. Programming a page takes about 1 ms, erasing a sector 45; nothing else runs meanwhile."""

    page_bytes = 256

    def __init__(self, partition):
        self.partition = partition
        self.sectors = partition.ioctl(BLOCKS, 0)
        self.sector_bytes = self.check_bytes = partition.ioctl(BLOCK_SIZE, 0)

    def read(self, addr, buf):
        """Fill buf from byte addr on."""
        self.partition.readblocks(addr // self.sector_bytes, buf, addr % self.sector_bytes)

    def program(self, addr, buf):
        """Program buf at byte addr: with an offset given, the partition erases nothing first."""
        self.partition.writeblocks(addr // self.sector_bytes, buf, addr % self.sector_bytes)

    def erase(self, sector):
        """Erase a sector."""
        self.partition.ioctl(BLOCK_ERASE, sector)


class Card:
    """An SD card (`machine.SDCard`, or another block device), as a whole: it holds logs and no files.

    Block 0 says so. A card that holds something else is refused unless `take` is true; then all on it is lost.
    """

    page_bytes = BLOCK
    sector_bytes = 65536
    check_bytes = BLOCK  # `erase` begins with the block of the mark, so what it leaves undone has none
    most_sectors = 1024  # 64 MB, hours of walking: the store keeps a byte for each

    def __init__(self, card, take=False):
        self.card = card
        self.block = bytearray(BLOCK)
        self.held = -1  # the block that is in there
        blocks = card.ioctl(BLOCKS, 0)
        self.each = self.sector_bytes // BLOCK
        self.sectors = min(self.most_sectors, blocks // self.each - 1)  # the first 64 kB are for the label
        if self.sectors < 1:
            raise OSError("no SD card answers, or one below 128 kB")
        self._hold(0)
        if self.block[: len(LABEL)] != LABEL:
            if not take and self.block != bytes(BLOCK) and self.block != b"\xff" * BLOCK:
                raise OSError("the SD card holds something else: take it for logs, and lose that, or change it")
            self.block[: len(LABEL)] = LABEL
            self._put(0, self.block)

    def read(self, addr, buf):
        """Fill buf from byte addr on."""
        n = len(buf)
        at = addr % BLOCK
        if not at and not n % BLOCK:
            self._get(self._where(addr), buf)
            return
        done = 0
        while done < n:
            self._hold(self._where(addr + done))
            part = min(BLOCK - at, n - done)
            copy(self.block, at, part, buf, done)
            done += part
            at = 0

    def program(self, addr, buf):
        """Write buf at byte addr, within a block."""
        block = self._where(addr)
        if len(buf) == BLOCK:
            self._put(block, buf)
            return
        self._hold(block)
        copy(buf, 0, len(buf), self.block, addr % BLOCK)
        self._put(block, self.block)

    def erase(self, sector):
        """Fill a sector with 0xFF, its mark's block first."""
        first = (sector + 1) * self.each
        self.held = -1
        copy(b"\xff" * BLOCK, 0, BLOCK, self.block, 0)
        self._put(first, self.block)
        blank = b"\xff" * (8 * BLOCK)
        for block in range(first, first + self.each, 8):
            self._put(block, blank)

    def _where(self, addr):
        return addr // BLOCK + self.each

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
