# SPDX-License-Identifier: MIT
"""A dull world for the virtual board: each cell a constant and the slot's number, gravity straight down."""

import struct
from pathlib import Path

SLOT = struct.Struct("<16H6i")


class FlatWorld:
    """Cell c of slot k counts 100 c + k % 50; specific force 0, 0, 1 g; 10 dps about x."""

    def __init__(self):
        self.asked: list[tuple[int, int]] = []

    def slots(self, first: int, n: int) -> bytes:
        self.asked.append((first, n))
        return b"".join(
            SLOT.pack(*[100 * cell + k % 50 for cell in range(16)], 0, 0, 1_000_000, 100_000, 0, 0)
            for k in range(first, first + n)
        )


def flash(folder: Path, main: str) -> Path:
    """A flash folder with that main.py."""
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(main)
    return folder
