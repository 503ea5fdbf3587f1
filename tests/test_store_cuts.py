# SPDX-License-Identifier: MIT
"""The power goes at every operation of the log memory, in the middle of it, and once more while that is mended."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from nor import HEAD, Nor, Operation, PowerCut, frames, stream, tears
from storing import PAGE, SECTOR_BYTES, SECTORS, Store, read_log, without_marks, write_log

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Moment:
    """The flash's bytes ahead of an operation."""

    data: bytes
    operation: Operation


def known(nor: Nor, data: bytes) -> int:
    """The highest log number that the flash tells."""
    numbers = [0]
    for sector in range(nor.sectors):
        mark, owner = frames(nor, data, sector)
        numbers += [mark[1] if mark else 0, owner[0] if owner else 0]
    return max(numbers)


def record(nor: Nor, story: Callable[[Any], object], store: Any = None) -> list[Moment]:
    """Every operation of a story."""
    moments: list[Moment] = []
    nor.before = lambda operation: moments.append(Moment(bytes(nor.data), operation))
    story(store or Store(nor))
    return moments


def whole_story(store: Any) -> None:
    """Prepare, three logs, a full memory, one log erased and its sector used again, all erased, round the end."""
    store.prepare()
    for pages in (6, 1, 5):
        write_log(store, pages, shrink=pages % 2)
    write_log(store, 99)
    assert store.free_bytes() == 0
    store.erase(2)
    write_log(store, 1, shrink=40)
    store.erase()
    write_log(store, 5)
    write_log(store, 9)
    store.erase(7)
    write_log(store, 2)
    store.erase(8)
    assert [log for log, *_ in store.logs()] == [6]


def check_after(nor: Nor, moment: Moment, store: Any) -> None:
    """A store on what the cut has left: all earlier logs are as they were, the one at work has lost a page at most."""
    data, operation = moment.data, moment.operation
    at_work = operation.at // nor.sector_bytes
    erased = frames(nor, data, at_work)[1] if operation.data is None else None
    there = {log for log, *_ in store.logs()}
    for log in range(1, known(nor, data) + 1):
        pieces = stream(nor, data, log)
        if erased and erased[0] == log:
            kept = b"".join(pieces[: erased[1]])
            assert not kept or read_log(store, log).startswith(kept)
        elif pieces:
            got, before = read_log(store, log), b"".join(pieces)
            assert got.startswith(before)
            assert got == before or (operation.data and len(got) - len(before) <= nor.page_bytes)
    new = there - {log for log in range(1, known(nor, data) + 1) if stream(nor, data, log)}
    assert not new or (operation.data is not None and new == {max(new)})
    assert store.next_log > known(nor, data)


def recover(nor: Nor, moment: Moment, torn: bytes, seed: int, cuts: list[int], again: bool = True) -> None:
    """Restart on torn bytes, with every cut of the recovery too, up to a memory that is all there again."""
    fresh = nor.again(torn)
    store = Store(fresh)
    check_after(nor, moment, store)
    cuts[0] += 1
    dirty = store.dirty()
    repair = record(fresh, lambda store: store.prepare(), store)
    assert store.dirty() == 0
    assert len(repair) >= 2 * dirty
    check_after(nor, moment, store)
    if again:
        for number, second in enumerate(repair):
            for state in tears(nor, second.operation, second.data, seed + number, few=True):
                recover(nor, moment, state, seed, cuts, again=False)
    used = sum(count for _, count, *_ in store.logs())
    assert store.free_bytes() == (nor.sectors - used) * (nor.sector_bytes - HEAD)
    if used < nor.sectors:
        log, taken = write_log(store, 2)
        assert without_marks(fresh, log) == taken
        assert read_log(Store(fresh), log) == read_log(store, log)
    assert store.erase() > 0
    assert store.free_bytes() == nor.sectors * (nor.sector_bytes - HEAD)


def test_power_cut_at_every_operation() -> None:
    garbage = random.Random(1).randbytes(SECTORS * SECTOR_BYTES)
    nor = Nor(SECTORS, SECTOR_BYTES, data=garbage)
    moments = record(nor, whole_story)
    cuts = [0]
    for number, moment in enumerate(moments):
        for torn in tears(nor, moment.operation, moment.data, number):
            recover(nor, moment, torn, number, cuts)
    print(f"{len(moments)} operations, {cuts[0]} cuts")
    assert len(moments) > 60
    assert cuts[0] > 7000


def test_power_cut_behind_every_byte() -> None:
    """The pages with a mark or a LOG frame in them, bit patterns that a half programmed byte may have included."""
    nor = Nor(4, SECTOR_BYTES)
    moments = record(nor, lambda store: (store.prepare(), write_log(store, 5), store.erase(1)))
    pages = [moment for moment in moments if moment.operation.data and moment.operation.at % SECTOR_BYTES < PAGE]
    assert len(pages) == 4 + 2 + 2
    cuts = [0]
    for moment in (pages[3], pages[4], pages[5], pages[-1]):
        at, data = moment.operation.at, moment.operation.data or b""
        for n in range(len(data)):
            for mask in (0, 0x0F, 0xAA) if n < 2 * HEAD else (0,):
                torn = data[:n] + (bytes([data[n] | mask]) if mask else b"")
                recover(nor, moment, moment.data[:at] + torn + moment.data[at + len(torn) :], n, cuts, again=False)
    assert cuts[0] > 600


def test_an_exception_of_the_power_leaves_what_the_model_says() -> None:
    """The cuts above are made on the bytes; here the store itself is thrown out of an operation."""
    for k in range(14):
        nor = Nor(4, SECTOR_BYTES)
        nor.cut_at, nor.torn = k, None
        with pytest.raises(PowerCut):
            whole_story(Store(nor))
        store = Store(nor.again())
        store.prepare()
        assert store.dirty() == 0
        assert [log for log, *_ in store.logs()] == ([] if k < 9 else [1])
