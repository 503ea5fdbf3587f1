# SPDX-License-Identifier: MIT
"""A partition of the flash to keep logs on. Any such place has one face for the store (card.py is another):

`sectors` of `sector_bytes`, pages of `page_bytes`; `read` and `program` any bytes (program within a page, into blank
bytes), `erase` a sector to 0xFF. `check_bytes` of a sector must be seen blank before its clean mark is believed.
"""

from micropython import const

_BLOCKS = const(4)  # ioctl
_BLOCK_SIZE = const(5)
_BLOCK_ERASE = const(6)


class Flash:
    """An `esp32.Partition`. Programming a page takes about 1 ms, erasing a sector 45; nothing else runs meanwhile."""

    page_bytes = 256

    def __init__(self, partition):
        self.partition = partition
        self.sectors = partition.ioctl(_BLOCKS, 0)
        self.sector_bytes = self.check_bytes = partition.ioctl(_BLOCK_SIZE, 0)

    def read(self, addr, buf):
        """Fill buf from byte addr on."""
        self.partition.readblocks(addr // self.sector_bytes, buf, addr % self.sector_bytes)

    def program(self, addr, buf):
        """Program buf at byte addr: with an offset given, the partition erases nothing first."""
        self.partition.writeblocks(addr // self.sector_bytes, buf, addr % self.sector_bytes)

    def erase(self, sector):
        """Erase a sector."""
        self.partition.ioctl(_BLOCK_ERASE, sector)
