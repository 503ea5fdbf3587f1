# SPDX-License-Identifier: MIT
"""A MicroPython image that somebody downloaded: which chip it is for, which version it is, whether it is whole.

Images as ESP-IDF builds them: 24 bytes of header (magic 0xE9, segments, at 12 the chip), segments, a checksum that
pads to 16, a SHA-256 if the header says so; an application's first segment begins with its description.
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from functools import reduce
from operator import xor
from pathlib import Path

from ..errors import InstallError
from .partitions import APP_AT, TABLE_AT, TABLE_BYTES, Table, find, pack

OLDEST = (1, 28)
WHERE = "download the .bin for your board from micropython.org/download"
# Chip -> its number in an image, and where its bootloader lies in the flash.
CHIPS = {
    "esp32": (0x00, 0x1000),
    "esp32s2": (0x02, 0x1000),
    "esp32c3": (0x05, 0x0),
    "esp32s3": (0x09, 0x0),
    "esp32c6": (0x0D, 0x0),
}
_NAMES = {number: name for name, (number, _) in CHIPS.items()}
_MAGIC, _HEAD, _APP_MAGIC = 0xE9, 24, 0xABCD5432
_CHECKSUM = 0xEF
_BANNER = re.compile(rb"MicroPython v(\d+)\.(\d+)(?:\.(\d+))?([-\w.+]*) on [-\d]+")


@dataclass(frozen=True)
class Image:
    """`whole` says that bootloader and partition table are in it; `app` is the application alone."""

    path: Path
    chip: str
    version: str
    whole: bool
    data: bytes
    app: bytes

    def parts(self, table: Table) -> list[tuple[int, bytes]]:
        """What to write where, with this partition table in place of the image's own: bytes by flash offset."""
        if not self.whole:
            return [(TABLE_AT, pack(table)), (APP_AT, self.data)]
        boot_at = CHIPS[self.chip][1]
        at = TABLE_AT - boot_at
        # One write for all: the table never stands beside an application that it doesn't fit.
        return [(boot_at, self.data[:at] + pack(table) + self.data[at + TABLE_BYTES :])]


def read_image(path: Path, chip: str) -> Image:
    """Read and check an image for `chip`. Raises InstallError with what is wrong and where a right one is."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InstallError(f"The image {path} can't be read ({error.strerror}): check its name.") from error
    if data[:1] != bytes([_MAGIC]) or len(data) < _HEAD:
        raise InstallError(f"{path} is no ESP32 image (it begins otherwise): {WHERE}.")
    number = struct.unpack_from("<H", data, 12)[0]
    if number != CHIPS[chip][0]:
        theirs = _NAMES.get(number, f"chip number {number}")
        raise InstallError(f"{path} is for the {theirs}, this board has an {chip}: {WHERE}.")
    whole = not _is_app(data)
    app_at = APP_AT - CHIPS[chip][1] if whole else 0
    app = data[app_at:]
    if whole:
        _check(data, path, "bootloader")
        if not _is_app(app):
            raise InstallError(f"{path} holds no application at 0x{APP_AT:x} of the flash: {WHERE}.")
    end = _check(app, path, "application")
    version = _version(app, path)
    return Image(path, chip, version, whole, data, app[:end])


def check_fits(image: Image, table: Table) -> None:
    """Raises InstallError where the application is larger than its partition."""
    room = find(table, "factory").size
    if len(image.app) > room:
        raise InstallError(
            f"{image.path} needs {len(image.app)} bytes, the board's partition for it has {room}: "
            "choose the plain variant of MicroPython for this board."
        )


def _is_app(data: bytes) -> bool:
    return len(data) >= 0x24 and data[0] == _MAGIC and struct.unpack_from("<I", data, 0x20)[0] == _APP_MAGIC


def _check(data: bytes, path: Path, name: str) -> int:
    """Where the image at the start of data ends. Raises InstallError where it is damaged or breaks off."""
    broken = InstallError(f"The {name} in {path} is damaged or incomplete: {WHERE} again.")
    at, total = _HEAD, _CHECKSUM
    if len(data) < _HEAD:
        raise broken
    for _ in range(data[1]):
        if at + 8 > len(data):
            raise broken
        size = struct.unpack_from("<I", data, at + 4)[0]
        at += 8 + size
        total = reduce(xor, data[at - size : at], total)
    end = (at | 15) + 1
    if len(data) < end or data[end - 1] != total:
        raise broken
    if data[23] == 1:
        if data[end : end + 32] != hashlib.sha256(data[:end]).digest():
            raise broken
        end += 32
    return end


def _version(app: bytes, path: Path) -> str:
    banner = _BANNER.search(app)
    if banner is None:
        raise InstallError(f"{path} is an ESP32 image but no MicroPython (it names no version): {WHERE}.")
    major, minor, patch, rest = banner.groups()
    text = b".".join(part for part in (major, minor, patch) if part).decode() + rest.decode()
    number = (int(major), int(minor))
    before = not int(patch or 0) and rest.startswith(b"-preview")  # of that version's first release
    if number < OLDEST or (number == OLDEST and before):
        raise InstallError(
            f"{path} is MicroPython {text}, this firmware needs {OLDEST[0]}.{OLDEST[1]} or newer: {WHERE}."
        )
    return text
