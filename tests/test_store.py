# SPDX-License-Identifier: MIT
"""The log memory on a model of NOR flash: what is written is read back, and the power may go at any operation."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nor import HEAD, Nor, PowerCut, firmware, stream
from storing import (
    CAPACITY,
    PAGE,
    SECTOR_BYTES,
    SECTORS,
    Store,
    fill,
    payload,
    prepared,
    read_log,
    without_marks,
    write_log,
)
from surefoot import wire

Card = firmware("card").Card


def test_a_log_is_read_back_as_its_frames() -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    store = Store(nor)
    assert (store.dirty(), store.free_bytes(), store.next_log, store.logs()) == (SECTORS, 0, 1, [])
    steps: list[tuple[int, int]] = []
    assert store.prepare(lambda step, total: steps.append((step, total))) == SECTORS
    assert steps == [(step + 1, SECTORS) for step in range(SECTORS)]
    assert store.free_bytes() == SECTORS * CAPACITY
    log, taken = write_log(store, 6, shrink=3)
    again = Store(nor)
    for one in (store, again):
        assert one.logs() == [(log, 2, len(taken) + 2 * HEAD, False)]
        got = read_log(one, log)
        assert got == b"".join(stream(nor, bytes(nor.data), log))
        first = wire.build(wire.KINDS["SECTOR"], 0, (1, 0), b"", wire.CRC_INIT)
        marks = [first + wire.build(wire.KINDS["LOG"], 0, (log, seq), b"", wire.CRC_INIT) for seq in range(2)]
        split = CAPACITY - 4 * 3
        assert got == marks[0] + taken[:split] + marks[1] + taken[split:]
        assert one.free_bytes() == (SECTORS - 2) * CAPACITY
        assert one.next_log == log + 1
    with pytest.raises(OSError, match="no log 9"):
        store.read(9, 0, bytearray(9))


def test_any_offset_can_be_read_in_any_order() -> None:
    store = prepared(Nor(SECTORS, SECTOR_BYTES))
    write_log(store, 3)
    log, _ = write_log(store, 13, shrink=1)
    whole = read_log(store, log)
    dice = random.Random(1)
    for _ in range(300):
        offset, n = dice.randrange(len(whole) + 50), dice.randrange(1, 1500)
        buf = bytearray(n)
        got = store.read(log, offset, buf)
        assert bytes(buf[:got]) == whole[offset : offset + n]


def test_full_says_so_and_loses_nothing() -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    store = prepared(nor)
    write_log(store, 4)
    store.begin(2)
    free = store.free_bytes()
    taken = b""
    while store.room():
        before = store.free_bytes()
        data = fill(store, 1, len(taken))
        assert store.free_bytes() == before - len(data)
        taken += data
    assert len(taken) == free == (SECTORS - 1) * CAPACITY
    operations = nor.operations
    assert store.append(payload(8, 1), 8) is False
    assert store.write(payload(8, 1)) is False
    assert nor.operations == operations
    store.end()
    assert len(read_log(store, 2)) == len(taken) + (SECTORS - 1) * HEAD
    with pytest.raises(OSError, match="erase a log"):
        store.begin(3)


def test_misuse_is_refused_in_words() -> None:
    store = Store(Nor(SECTORS, SECTOR_BYTES))
    with pytest.raises(OSError, match="prepare 6 sectors"):
        store.begin(1)
    store.prepare()
    for log in (0, -1):
        with pytest.raises(OSError, match="take 1"):
            store.begin(log)
    assert (store.room(), store.append(b"a\0", 2)) == (0, False)
    store.begin(1)
    for action in (store.prepare, store.erase, lambda: store.begin(2)):
        with pytest.raises(OSError, match="log 1 is being written"):
            action()
    for data, n in ((bytes(PAGE), PAGE), (b"", 0), (b"ab\xff", 3)):
        with pytest.raises(ValueError, match="room"):
            store.append(data, n)
    assert store.free_bytes() == SECTORS * CAPACITY
    store.end()
    assert store.logs() == []
    write_log(store, 1)
    with pytest.raises(OSError, match="take 2"):
        store.begin(1)
    with pytest.raises(OSError, match="no log 7"):
        store.erase(7)


def test_frames_may_cross_pages_before_the_walk() -> None:
    store = prepared(Nor(SECTORS, SECTOR_BYTES))
    data = payload(PAGE - HEAD - 1, 1) + b"\xff\xff" + payload(500, 2) + b"\xff" * 5 + payload(400, 3)
    store.begin(1)
    assert store.write(data) is True
    store.end()
    assert read_log(store, 1) == b"".join(stream(store.dev, bytes(store.dev.data), 1))
    assert without_marks(store.dev, 1) == data


def test_whole_says_that_the_last_frame_is_the_end() -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    store = prepared(nor)
    end = wire.build(wire.KINDS["END"], 0, (1, 0, 2, 3, 4, 5, 0), b"", wire.SEED)
    bent = bytes([end[0], end[1], end[2] ^ 1]) + end[3:]
    for tail in (end, bent, payload(len(end), 1)):
        store.begin(store.next_log)
        fill(store, 5, store.log)
        data = payload(60, store.log) + tail
        store.append(data, len(data))
        store.end()
        assert [whole for *_, whole in store.logs()][-1] is (tail is end)
    assert [whole for *_, whole in Store(nor).logs()] == [True, False, False]
    nor.data[0] = 0  # the first sector of log 1 loses its mark
    assert [(log, whole) for log, *_, whole in Store(nor).logs()] == [(1, False), (2, False), (3, False)]


@pytest.mark.parametrize("content", ["blank", "zeros", "random", "marks", "logs", "copies"])
def test_any_content_becomes_a_memory(content: str) -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    dice = random.Random(7)
    for sector in range(SECTORS):
        mark = wire.build(wire.KINDS["SECTOR"], 0, (5, 3), b"", wire.CRC_INIT)
        piece = (2**30 - 9, 0 if content == "copies" else 77 * sector)
        owner = wire.build(wire.KINDS["LOG"], 0, piece, b"", wire.CRC_INIT)
        junk = dice.randbytes(SECTOR_BYTES)
        start = {"blank": b"\xff", "zeros": bytes(SECTOR_BYTES), "random": junk, "marks": mark + b"\xff" * 900 + junk}
        piece = start.get(content, mark + owner + junk)[:SECTOR_BYTES]
        nor.data[sector * SECTOR_BYTES : sector * SECTOR_BYTES + len(piece)] = piece
    store = Store(nor)
    for _ in range(3):
        store = Store(nor)
        for log, *_ in store.logs():
            read_log(store, log)
        store.erase()
        store.prepare()
        assert store.next_log == {"marks": 4, "logs": 2**30 - 8, "copies": 2**30 - 8}.get(content, 1)
    for one in (store, Store(nor)):
        assert (one.dirty(), one.free_bytes(), one.logs()) == (0, SECTORS * CAPACITY, [])


def test_a_worn_sector_is_left_out() -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    nor.failing = {2}
    store = Store(nor)
    assert store.prepare() == SECTORS - 1
    assert (store.dirty(), store.free_bytes()) == (1, (SECTORS - 1) * CAPACITY)
    log, taken = write_log(store, 99)
    assert without_marks(nor, log) == taken
    assert len(taken) == (SECTORS - 1) * CAPACITY
    assert store.erase(log) == SECTORS - 1
    assert store.dirty() == 1


def broken(addr: int, buf: Any) -> None:
    raise OSError("flash")


def test_a_page_that_fails_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for bad in (0, 2, 4, 5):
        nor = Nor(SECTORS, SECTOR_BYTES)
        store = prepared(nor)
        store.begin(1)
        taken = b""
        for page in range(9):
            data = payload(store.room(), page)
            with monkeypatch.context() as patch:
                if page == bad:
                    patch.setattr(nor, "program", broken)
                    with pytest.raises(OSError, match="flash"):
                        store.append(data, len(data))
                    continue
            store.append(data, len(data))
            taken += data
        store.end()
        for one in (store, Store(nor.again())):
            assert without_marks(nor, 1) == taken
            assert len(read_log(one, 1)) == len(taken) + HEAD * len(stream(nor, bytes(nor.data), 1))


def test_an_interrupted_erase_goes_on() -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    store = prepared(nor)
    first, _ = write_log(store, 10)
    whole = read_log(store, first)
    second, _ = write_log(store, 4)
    assert store.erase(None, lambda step, total: (step, total) == (2, 4)) == 2
    assert [log for log, *_ in store.logs()] == [first, second]
    assert read_log(store, first) == whole[: len(read_log(store, first))]
    assert store.erase() == 2
    assert store.prepare() == 0
    assert store.free_bytes() == SECTORS * CAPACITY


# -- wear --


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("pages", [1, 5, None])
def test_wear_is_even(pages: int | None, restart: bool) -> None:
    nor = Nor(16, SECTOR_BYTES)
    store = prepared(nor)
    dice = random.Random(3)
    for _ in range(300):
        write_log(store, pages or dice.randrange(1, 40))
        if dice.random() < 0.6:
            store.erase()
        elif store.free_bytes() < 8 * CAPACITY:
            store.erase(min(log for log, *_ in store.logs()))
        if restart:
            store = Store(nor)
    print(f"erases {min(nor.erases)}..{max(nor.erases)}")
    assert max(nor.erases) - min(nor.erases) <= 3


def test_a_log_that_is_kept_wears_nothing_else_unevenly() -> None:
    nor = Nor(16, SECTOR_BYTES)
    store = prepared(nor)
    kept, _ = write_log(store, 12)
    before = read_log(store, kept)
    for number in range(200):
        log, _ = write_log(store, 1 + number % 9)
        store = Store(nor)
        store.erase(log)
    assert read_log(store, kept) == before
    others = sorted(nor.erases)[3:]
    assert others[-1] - others[0] <= 3


# -- any sequence --


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("wwwwweEpoc"), st.integers(0, 10**6)), max_size=25))
def test_any_sequence_against_a_model(steps: list[tuple[str, int]]) -> None:
    nor = Nor(SECTORS, SECTOR_BYTES)
    store, truth, high = prepared(nor), {}, 0
    for kind, number in steps:
        if kind == "w" and store.free_bytes():
            high = store.next_log
            store.begin(high)
            taken = b""
            for page in range(1 + number % 9):
                n = min(store.room(), 1 + number * (page + 7) % PAGE)
                data = payload(n, number + page) if n else b"\0"
                if not store.append(data, len(data)):
                    assert store.room() == 0 == store.free_bytes()
                    break
                taken += data
                assert without_marks(nor, high) == taken
                assert len(read_log(store, high)) == store.total(high)
            store.end()
            truth[high] = taken
        elif kind == "e" and truth:
            log = sorted(truth)[number % len(truth)]
            store.erase(log)
            del truth[log]
        elif kind == "E":
            store.erase()
            truth.clear()
        elif kind == "p":
            assert store.prepare() == 0
        elif kind == "o":
            store = Store(nor)
        elif kind == "c" and store.free_bytes():
            nor.cut_at = nor.operations + number % 3
            store.begin(store.next_log)
            log, before = store.log, nor.operations
            try:
                fill(store, 4, number)
                store.end()
            except PowerCut:
                nor = nor.again()
                store = Store(nor)
            nor.cut_at = -1
            if stream(nor, bytes(nor.data), log):
                truth[log], high = without_marks(nor, log), log
            assert before <= nor.operations or not nor.operations
        assert {log for log, *_ in store.logs()} == set(truth)
        assert {log: without_marks(nor, log) for log in truth} == truth
        assert store.next_log > high


# -- an SD card --


class Blocks:
    """A block device as machine.SDCard is: it answers False instead of raising."""

    def __init__(self, blocks: int, fill: int = 0):
        self.data = bytearray([fill]) * (512 * blocks)
        self.here = True
        self.written: list[tuple[int, int]] = []

    def ioctl(self, op: int, arg: int) -> int:
        return {4: len(self.data) // 512, 5: 512}[op] if self.here else -1

    def readblocks(self, block: int, buf: bytearray) -> bool:
        assert not len(buf) % 512
        buf[:] = self.data[512 * block : 512 * block + len(buf)]
        return self.here

    def writeblocks(self, block: int, buf: bytes) -> bool:
        assert not len(buf) % 512
        self.written.append((block, len(buf) // 512))
        if self.here:
            self.data[512 * block : 512 * block + len(buf)] = buf
        return self.here


def test_a_card_keeps_logs_as_a_flash_does() -> None:
    card = Blocks(128 * 5 + 9)
    store = prepared(Card(card))
    assert store.free_bytes() == 4 * (65536 - HEAD)
    assert store.page_bytes == 512
    log, taken = write_log(store, 130)
    again = Store(Card(card))
    assert again.logs() == [(log, 2, len(taken) + 2 * HEAD, False)]
    assert read_log(again, log).replace(read_log(again, log)[:HEAD], b"", 1)[: 512 - HEAD] == taken[: 512 - HEAD]
    assert again.erase() == 2
    card.written.clear()
    again.dev.erase(3)
    assert card.written[0] == (4 * 128, 1), "the mark's block goes first, alone"
    assert card.written[1:] == [(block, 2) for block in range(4 * 128, 5 * 128, 2)]
    card.here = False
    with pytest.raises(OSError, match="SD card"):
        again.dev.program(0, bytes(15))
    with pytest.raises(OSError, match="SD card"):
        again.dev.read(512, bytearray(15))
    with pytest.raises(OSError, match="no SD card"):
        Card(card)


def test_a_card_with_files_is_left_alone() -> None:
    card = Blocks(400)
    card.data[510:512] = b"\x55\xaa"
    before = bytes(card.data)
    with pytest.raises(OSError, match="something else"):
        Card(card)
    assert card.data == before
    prepared(Card(card, take=True))
    assert Store(Card(card)).dirty() == 0


def test_logs_survive_an_update_to_another_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a log's sectors are known by does not depend on the schema in force: nothing of it may become "dirty".
    nor = Nor(SECTORS, SECTOR_BYTES)
    log, _ = write_log(prepared(nor), 5)
    before = read_log(Store(nor), log)
    monkeypatch.setattr(wire, "SEED", wire.SEED ^ 0x123456)
    after = Store(nor)
    assert after.dirty() == 0
    assert [entry[0] for entry in after.logs()] == [log]
    assert read_log(after, log) == before
    assert after.next_log == log + 1
