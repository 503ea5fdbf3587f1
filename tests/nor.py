# SPDX-License-Identifier: MIT
"""NOR flash as a device of the store: bits only fall, an erase lifts a sector, power may go in the middle of either.

`tears` gives the states that a cut in the middle of an operation can leave. `stream` reads a log out of the raw bytes,
written from the layout's description and not from the store's code.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from offboard import firmware as firmware
from surefoot import wire

FRAME = 15
HEAD = 2 * FRAME


class NorError(AssertionError):
    """The store did what would damage a real flash or its data."""


class PowerCut(BaseException):
    """The power has gone; no code of the store may catch that."""


@dataclass(frozen=True)
class Operation:
    """A program of `data` at byte `at`, or the erase of a sector (`data` None)."""

    at: int
    data: bytes | None


class Nor:
    """`operations` counts programs and erases, `cut_at` is the number of the one in which the power goes (from 0).

    `before(operation)` is called ahead of each. `failing` sectors raise OSError when erased.
    """

    def __init__(self, sectors: int = 8, sector_bytes: int = 1024, page_bytes: int = 256, data: bytes | None = None):
        self.sectors = sectors
        self.sector_bytes = self.check_bytes = sector_bytes
        self.page_bytes = page_bytes
        self.data = bytearray(b"\xff" * sectors * sector_bytes if data is None else data)
        self.erases = [0] * sectors
        self.operations = self.reads = 0
        self.cut_at = -1
        self.torn: bytes | None = None
        self.before: Callable[[Operation], None] = lambda operation: None
        self.failing: set[int] = set()

    def again(self, data: bytes | None = None) -> Nor:
        """A flash of that shape with these bytes, or with those of this one."""
        return Nor(self.sectors, self.sector_bytes, self.page_bytes, bytes(self.data) if data is None else data)

    def read(self, addr: int, buf: bytearray | memoryview) -> None:
        if addr < 0 or addr + len(buf) > len(self.data):
            raise NorError(f"read of {len(buf)} bytes at {addr} leaves the flash")
        self.reads += 1
        buf[:] = self.data[addr : addr + len(buf)]

    def program(self, addr: int, buf: bytes | bytearray | memoryview) -> None:
        data = bytes(buf)
        if addr < 0 or addr + len(data) > len(self.data) or not data:
            raise NorError(f"program of {len(data)} bytes at {addr} leaves the flash")
        if addr // self.page_bytes != (addr + len(data) - 1) // self.page_bytes:
            raise NorError(f"program of {len(data)} bytes at {addr} crosses a page")
        old = self.data[addr : addr + len(data)]
        if any(new & ~was for new, was in zip(data, old, strict=True)):
            raise NorError(f"program at {addr} lifts a bit")
        if old.count(0xFF) != len(old):
            raise NorError(f"program at {addr} onto bytes that aren't blank")
        self._do(Operation(addr, data))

    def erase(self, sector: int) -> None:
        if not 0 <= sector < self.sectors:
            raise NorError(f"erase of sector {sector} of {self.sectors}")
        if sector in self.failing:
            raise OSError("sector is worn out")
        self.erases[sector] += 1
        self._do(Operation(sector * self.sector_bytes, None))

    def _do(self, operation: Operation) -> None:
        self.before(operation)
        number, self.operations = self.operations, self.operations + 1
        if number == self.cut_at:
            self.data[:] = self.torn if self.torn is not None else self.data
            raise PowerCut
        self.data[:] = done(self, operation, bytes(self.data))


def done(nor: Nor, operation: Operation, data: bytes) -> bytes:
    """The flash's bytes after a whole operation."""
    new = operation.data if operation.data is not None else b"\xff" * nor.sector_bytes
    return data[: operation.at] + new + data[operation.at + len(new) :]


def tears(nor: Nor, operation: Operation, data: bytes, seed: int, few: bool = False) -> Iterator[bytes]:
    """What a cut in an operation may leave of the flash's bytes: nothing done, parts of it, all of it."""
    dice = random.Random(seed)
    whole = operation.data if operation.data is not None else b"\xff" * nor.sector_bytes
    n = len(whole)
    at = operation.at
    old = data[at : at + n]
    if operation.data is not None:
        parts = [0, n] if few else [0, 1, FRAME - 1, FRAME, FRAME + 1, n // 2, n - 1, n]
        states = [whole[:part] + old[part:] for part in parts if part <= n]
        states.append(whole[: n // 2] + bytes([whole[n // 2] | dice.randrange(256)]) + old[n // 2 + 1 :])
        states.append(bytes(byte | dice.randrange(256) for byte in whole))  # every byte half programmed
    else:
        page = nor.page_bytes
        parts = [page] if few else [FRAME, HEAD, page, n // 2, n - page]
        states = [old, whole, *(whole[:part] + old[part:] for part in parts)]
        states += [old[:part] + whole[part:] for part in ([FRAME] if few else [FRAME, HEAD, page, n // 2])]
        states.append(bytes(byte | dice.randrange(256) for byte in old))  # every byte half erased
        states.append(bytes(n))  # the chip clears a sector before it erases it
    for state in states:
        yield data[:at] + state + data[at + n :]


@lru_cache(4096)
def frame(kind: int, coded: bytes) -> tuple[int, int] | None:
    """The two numbers of a SECTOR or a LOG frame; None for anything else."""
    raw = wire.uncobs(coded[:-1]) or bytes(13)
    values = int.from_bytes(raw[2:6], "little"), int.from_bytes(raw[6:10], "little")
    return values if wire.build(kind, 0, values, b"", wire.seed_of(kind)) == coded else None


def frames(nor: Nor, data: bytes, sector: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """(erases, high) and (log, seq) of a sector, as far as it has them."""
    got: list[tuple[int, int] | None] = []
    for at, kind in ((0, wire.KINDS["SECTOR"]), (FRAME, wire.KINDS["LOG"])):
        start = sector * nor.sector_bytes + at
        got.append(frame(kind, data[start : start + FRAME]))
    return got[0], got[1] if got[0] else None


def stream(nor: Nor, data: bytes, log: int) -> list[bytes]:
    """The bytes of a log, sector by sector, blank rests left out; [] where it isn't there."""
    pieces: dict[int, bytes] = {}
    for sector in range(nor.sectors):
        owner = frames(nor, data, sector)[1]
        if owner and owner[0] == log:
            start = sector * nor.sector_bytes
            pages = range(start, start + nor.sector_bytes, nor.page_bytes)
            assert owner[1] not in pieces, f"two sectors are piece {owner[1]} of log {log}"
            pieces[owner[1]] = b"".join(data[page : page + nor.page_bytes].rstrip(b"\xff") for page in pages)
    return [pieces[seq] for seq in sorted(pieces)]
