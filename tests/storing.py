# SPDX-License-Identifier: MIT
"""Logs written to and read from a store by tests."""

from __future__ import annotations

import random
from array import array
from typing import Any

from nor import HEAD, Nor, firmware, stream
from surefoot import prefix

newlog, erasing, logs, sectors = (firmware(name) for name in ("newlog", "erasing", "logs", "sectors"))
_module = firmware("store")


class _Prefix:
    """The codes, which are the same each time, made once for the thousands of stores that tests begin."""

    made = prefix.codes()

    @classmethod
    def codes(cls) -> Any:
        return array("H", cls.made)


_once = _module.once
_module.once = lambda name, *others: _Prefix if name == "prefix" else _once(name, *others)


class Store(_module.Store):
    """A store with what the firmware does to it in modules of their own."""

    def begin(self, log: int) -> None:
        newlog.begin(self, log)

    def dirty(self) -> int:
        return sectors.dirty(self)

    def write(self, data: bytes) -> bool:
        return newlog.write(self, data)

    def prepare(self, on_step: Any = None) -> int:
        return erasing.prepare(self, on_step)

    def erase(self, log: int | None = None, on_step: Any = None) -> int:
        return erasing.erase(self, log, on_step)

    def logs(self) -> list[Any]:
        return logs.Logs(self).logs()

    def total(self, log: int) -> int:
        return logs.Logs(self).total(log)

    def read(self, log: int, offset: int, buf: bytearray) -> int:
        return logs.Logs(self).read(log, offset, buf)


SECTORS, SECTOR_BYTES, PAGE = 6, 1024, 256
CAPACITY = SECTOR_BYTES - HEAD


def payload(n: int, seed: int) -> bytes:
    """n bytes as frames are: any, but a zero at the end."""
    return random.Random(seed).randbytes(n - 1) + b"\0"


def fill(store: Any, pages: int, seed: int = 0, shrink: int = 0) -> bytes:
    """Append pages, each as long as it may be less `shrink`; what has been taken."""
    taken = b""
    for number in range(pages):
        if not store.room():
            break
        data = payload(store.room() - shrink, 1000 * seed + number)
        assert store.append(data, len(data)) is True
        taken += data
    return taken


def write_log(store: Any, pages: int, shrink: int = 0) -> tuple[int, bytes]:
    log = store.next_log
    store.begin(log)
    taken = fill(store, pages, log, shrink)
    store.end()
    return log, taken


def read_log(store: Any, log: int, chunk: int = 700) -> bytes:
    buf, got = bytearray(chunk), b""
    while n := store.read(log, len(got), buf):
        got += buf[:n]
        assert n == chunk or len(got) == store.total(log)
    assert len(got) == store.total(log)
    return got


def prepared(nor: Nor) -> Any:
    store = Store(nor)
    store.prepare()
    assert store.dirty() == 0
    return store


def without_marks(nor: Nor, log: int) -> bytes:
    return b"".join(piece[HEAD:] for piece in stream(nor, bytes(nor.data), log))
