# SPDX-License-Identifier: MIT
"""The file in which a virtual board keeps its log's flash: outside the flash folder, alive over every restart."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from ... import wire
from ...errors import VirtualBoardError

SECTOR_BYTES = 4096


def write_flash(path: str | Path, n_bytes: int, prepared: bool = False) -> Path:
    """Make a flash of n_bytes: blank as from the factory, or prepared for logs as by `log prepare`. Its path."""
    _check(n_bytes)
    mark = wire.build(wire.KINDS["SECTOR"], 0, (1, 0), b"", wire.CRC_INIT) if prepared else b""
    sector = mark + b"\xff" * (SECTOR_BYTES - len(mark))
    Path(path).write_bytes(sector * (n_bytes // SECTOR_BYTES))
    return Path(path)


def _check(n_bytes: int) -> None:
    if n_bytes <= 0 or n_bytes % SECTOR_BYTES:
        raise VirtualBoardError(f"A log's flash has whole sectors of {SECTOR_BYTES} bytes, not {n_bytes} bytes.")


class LogFlash:
    """`path` of the file, the caller's or one in a folder of its own; `fd`, on which every machine finds it open."""

    def __init__(self, n_bytes: int, path: str | Path | None, prepared: bool):
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        keep = path is not None and Path(path).exists()
        _check(Path(path).stat().st_size if path is not None and keep else n_bytes)
        if path is None:
            self._folder = tempfile.TemporaryDirectory(prefix="surefoot-log-")
            path = Path(self._folder.name, "log.bin")
        self.path = Path(path)
        if not keep:
            write_flash(path, n_bytes, prepared)
        self.fd = os.open(self.path, os.O_RDWR)

    def close(self) -> None:
        """Close the file; a folder of its own goes with it."""
        with suppress(OSError):
            os.close(self.fd)
        self.fd = -1
        if self._folder:
            self._folder.cleanup()
