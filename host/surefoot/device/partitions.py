# SPDX-License-Identifier: MIT
"""The partition table of a Surefoot board: MicroPython's own, with a smaller filesystem and the rest for the log.

The format is ESP-IDF's: 32 bytes an entry (magic, type, subtype, offset, size, 16 bytes of label, flags), an MD5 entry
over all before it, 0xFF up to 3 kB, at 0x8000 of the flash (ESP-IDF Programming Guide, "Partition Tables").
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from ..errors import InstallError

TABLE_AT = 0x8000
TABLE_BYTES = 0xC00
APP_AT = 0x10000
APP, DATA = 0, 1
FACTORY, PHY, NVS, UNDEFINED, FAT = 0x00, 0x01, 0x02, 0x06, 0x81
MB = 1 << 20
_ENTRY = struct.Struct("<2sBBII16sI")
_MAGIC, _MD5_HEAD = b"\xaa\x50", b"\xeb\xeb" + b"\xff" * 14

# Flash size in MB -> where the application ends and where the filesystem ends; the log has the rest. MicroPython's own
# tables have given the application 0x1F0000 to 0x230000 bytes; at 4 MB 0x200000 leaves a filesystem that holds two
# versions of the firmware, each file in blocks of 4 kB.
_ENDS = {
    4: (0x210000, 0x2A8000),
    8: (0x240000, 0x400000),
    16: (0x240000, 0x400000),
    32: (0x240000, 0x400000),
}


@dataclass(frozen=True)
class Partition:
    """One entry; offset and size in bytes."""

    label: str
    type: int
    subtype: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size

    def __str__(self) -> str:
        return f"{self.label:<9} 0x{self.offset:06x}  {self.size // 1024:>6} kB"


Table = tuple[Partition, ...]


def table_for(flash_bytes: int) -> Table:
    """The table for that size of flash; `vfs` and `log` are found by their labels. Raises InstallError."""
    ends = _ENDS.get(flash_bytes // MB) if flash_bytes % MB == 0 else None
    if ends is None:
        sizes = ", ".join(str(size) for size in _ENDS)
        raise InstallError(
            f"There is no partition table for {flash_bytes / MB:g} MB of flash: use a board with {sizes} MB, "
            "or correct its profile."
        )
    app_end, vfs_end = ends
    return (
        Partition("nvs", DATA, NVS, 0x9000, 0x6000),
        Partition("phy_init", DATA, PHY, 0xF000, 0x1000),
        Partition("factory", APP, FACTORY, APP_AT, app_end - APP_AT),
        Partition("vfs", DATA, FAT, app_end, vfs_end - app_end),
        Partition("log", DATA, UNDEFINED, vfs_end, flash_bytes - vfs_end),
    )


def find(table: Table, label: str) -> Partition:
    """The partition of that label. Raises KeyError."""
    for partition in table:
        if partition.label == label:
            return partition
    raise KeyError(label)


def pack(table: Table) -> bytes:
    """The TABLE_BYTES that go to TABLE_AT."""
    entries = b"".join(
        _ENTRY.pack(_MAGIC, part.type, part.subtype, part.offset, part.size, part.label.encode(), 0) for part in table
    )
    return (entries + _MD5_HEAD + hashlib.md5(entries).digest()).ljust(TABLE_BYTES, b"\xff")


def unpack(data: bytes) -> Table | None:
    """The table in these bytes of a flash, or None where there is none or its MD5 is wrong."""
    table = []
    for at in range(0, len(data) - _ENTRY.size + 1, _ENTRY.size):
        entry = data[at : at + _ENTRY.size]
        if entry[:16] == _MD5_HEAD:
            return tuple(table) if entry[16:] == hashlib.md5(data[:at]).digest() else None
        magic, kind, subtype, offset, size, label, _ = _ENTRY.unpack(entry)
        if magic != _MAGIC:
            return None
        table.append(Partition(label.rstrip(b"\0").decode("ascii", "replace"), kind, subtype, offset, size))
    return None
