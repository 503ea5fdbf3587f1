# SPDX-License-Identifier: MIT
"""The virtual board's flash for logs: a NOR in a file, its prices, restarts and power cuts; and the store upon it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import lockstep
from flatworld import FlatWorld, flash
from nor import HEAD, Nor, stream
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.logflash import write_flash
from surefoot.errors import VirtualBoardError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")

IDLE = "\nwhile True: time.sleep_ms(10)\n"
PART = """
import time, machine, micropython
from esp32 import Partition
found = Partition.find(Partition.TYPE_DATA, label="log")
part = found[0] if found else None
"""


def said(folder: Path, main: str, seconds: float = 0.5, **options: object) -> list[str]:
    options = {"log_prepared": False, **options}
    with VirtualBoard(FlatWorld(), flash_dir=flash(folder, PART + main + IDLE), **options) as board:  # type: ignore[arg-type]
        board.advance(seconds)
        return board.console.split("\n")[:-1]


def test_it_is_the_partition_of_the_profile(tmp_path: Path) -> None:
    main = "print(part.ioctl(4, 0), part.ioctl(5, 0), part.info()[3:5], len(found), Partition('log').ioctl(4, 0))"
    assert said(tmp_path, main) == ["344 4096 (1409024, 'log') 1 344"]
    assert said(tmp_path, main, log_bytes=8192) == ["2 4096 (8192, 'log') 1 2"]
    assert said(tmp_path, "print(found, Partition.find(label='log'))", log_bytes=0) == ["[] []"]
    lost = "for label in ('log', 'vfs'):\n    try: Partition(label)\n    except OSError as error: print(error.errno)"
    assert said(tmp_path, lost, log_bytes=0) == ["2", "2"]


def test_bits_only_fall_until_an_erase(tmp_path: Path) -> None:
    main = """
page, got = bytearray(range(256)), bytearray(256)
part.writeblocks(1, page, 256)
part.readblocks(1, got, 256); print(got == page)
part.readblocks(1, got, 0); print(got == b"\\xff" * 256)
part.writeblocks(1, bytes(16), 256 + 8); part.readblocks(1, got, 256); print(got[7:25])
try: part.writeblocks(1, b"\\x01", 256 + 8)
except RuntimeError as error: print(error)
part.ioctl(6, 1); part.readblocks(1, got, 256); print(got == b"\\xff" * 256)
part.writeblocks(0, bytes(page) * 16); part.writeblocks(0, bytes(4096))
part.readblocks(0, got, 3840); print(got == bytes(256))
part.writeblocks(1, b"ab", 255); part.readblocks(1, got, 255); print(got[:3])
for call in (lambda: part.readblocks(1, got, 4000), lambda: part.ioctl(6, 2), lambda: part.writeblocks(1, got, 3999)):
    try: call()
    except OSError as error: print(error.errno)
"""
    assert said(tmp_path, main, log_bytes=8192) == [
        "True",
        "True",
        "bytearray(b'\\x07" + "\\x00" * 16 + "\\x18')",
        "flash: a program lifts a bit, erase the sector first",
        "True",
        "True",
        "bytearray(b'ab\\xff')",
        *["-260"] * 3,
    ]


def test_operations_take_their_time_and_no_memory(tmp_path: Path) -> None:
    main = """
page, got = bytes(256), bytearray(256)
a = b = c = d = 0
micropython.heap_lock()
a = time.ticks_us()
part.writeblocks(0, page, 0)
b = time.ticks_us()
part.readblocks(0, got, 0)
c = time.ticks_us()
part.ioctl(6, 0)
d = time.ticks_us()
micropython.heap_unlock()
print(b - a, c - b, d - c, got == page)
"""
    for factor in (1, 2):
        program, read, erase = 200 + 3 * 256, 32, 45000
        us = [80 * factor + flash_us for flash_us in (program, read, erase)]
        assert said(tmp_path, main, log_bytes=8192, cpu_factor=factor) == [f"{us[0]} {us[1]} {us[2]} True"]


def test_it_outlives_restarts_and_boards(tmp_path: Path) -> None:
    main = """
got = bytearray(4)
part.readblocks(0, got, 0); print(machine.reset_cause(), got)
if got == b"\\xff" * 4: part.writeblocks(0, b"kept", 0); machine.reset()
"""
    file = tmp_path / "log.bin"
    folder = flash(tmp_path / "flash", PART + main + IDLE)
    with VirtualBoard(FlatWorld(), flash_dir=folder, log_file=file, log_bytes=8192, log_prepared=False) as board:
        board.advance(0.3)
        board.cut_power()
        board.advance(0.1)
        assert board.log_path == file
        assert board.console.split("\n")[:-1] == [
            "1 bytearray(b'\\xff\\xff\\xff\\xff')",
            "2 bytearray(b'kept')",
            "1 bytearray(b'kept')",
        ]
        assert board.flash_cuts == 0
    assert file.read_bytes()[:5] == b"kept\xff"
    with VirtualBoard(FlatWorld(), flash_dir=folder, log_file=file) as board:
        board.advance(0.1)
        assert board.console == "1 bytearray(b'kept')\n"
    with VirtualBoard(FlatWorld(), flash_dir=folder) as board:
        own = board.log_path
        assert own.is_file()
        assert folder not in own.parents
    assert not own.parent.exists()


def test_a_file_that_is_no_flash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"\xff" * 5000)
    for options in ({"log_bytes": 5000}, {"log_file": tmp_path / "short"}):
        with pytest.raises(VirtualBoardError, match="4096"), VirtualBoard(FlatWorld(), **options):  # type: ignore[arg-type]
            pass
    with (
        VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path / "flash", IDLE), log_bytes=0) as board,
        pytest.raises(VirtualBoardError, match="log_bytes="),
    ):
        _ = board.log_path


def test_a_cut_at_any_time_tears_the_operation_it_meets(tmp_path: Path) -> None:
    main = "part.ioctl(6, 0)"
    file = tmp_path / "log.bin"
    states = set()
    for ms in (0, 20, 60):
        file.write_bytes(bytes(8192))
        folder = flash(tmp_path / "flash", PART + "print('up')\n" + main + IDLE)
        with VirtualBoard(FlatWorld(), flash_dir=folder, log_file=file) as board:
            board.advance(0.005 + ms / 1000 if ms else 0)
            board.machine.end()  # and never comes back
        states.add(file.read_bytes().count(0xFF))
    assert states == {0, 2048, 4096}


@pytest.mark.parametrize(
    ("k", "percent", "left"), [(0, 0, (0, 0)), (0, 30, (76, 0)), (1, 50, (256, 128)), (2, 100, (0, 0))]
)
def test_power_goes_in_the_operation_asked_for(tmp_path: Path, k: int, percent: int, left: tuple[int, int]) -> None:
    main = """
print("up", machine.reset_cause())
got = bytearray(1)
part.readblocks(0, got, 0)
if got == b"\\xff" and not machine.RTC().memory():
    machine.RTC().memory(b"x")
    part.writeblocks(0, bytes(256), 0)
    part.writeblocks(0, bytes(256), 256)
    part.ioctl(6, 0)
    print("done")
"""
    file = tmp_path / "log.bin"
    write_flash(file, 8192)
    with VirtualBoard(
        FlatWorld(), flash_dir=flash(tmp_path / "f", PART + main + IDLE), log_file=file, flash_cut=(k, percent)
    ) as board:
        while not board.flash_cuts:
            board.advance(0.005)
        data = file.read_bytes()
        assert (data[:256].count(0), data[256:512].count(0)) == left
        assert len(data) - data.count(0) == data.count(0xFF)
        board.advance(0.1)
        assert board.flash_cuts == 1, "the next life is not cut"


STORE = """
import sys
sys.path.insert(0, "/fw_a")
import erasing, flash, newlog, sectors, store
from logs import Logs
def page(n, seed):
    data = bytearray((seed * 7 + i * 5) % 255 for i in range(n))
    data[n - 1] = 0
    return data
store = store.Store(flash.Flash(part))
logs = Logs(store)
print("boot", store.next_log, sectors.dirty(store), logs.logs())
"""
WALK = """
erasing.prepare(store)
newlog.begin(store, store.next_log)
n = again = 0
first, more, got = page(226, 1), page(256, 2), bytearray(500)
def walk():
    while store.room():
        buf = first if store.room() < 256 else more
        store.append(buf, len(buf))
        store.free_bytes()
def read():
    at = same = 0
    total = logs.total(store.high)
    while at < total:
        n = logs.read(store.high, at, got)
        if not n: break
        at += n
    return at
micropython.heap_lock()
walk()
n = read()
micropython.heap_unlock()
print("full", n, store.append(more, 256))
store.end()
micropython.heap_lock()
again = logs.read(store.high, 100, got)
micropython.heap_unlock()
print("ended", logs.logs(), n == logs.total(store.high), again)
"""


def test_the_store_allocates_nothing_while_it_logs(tmp_path: Path) -> None:
    lockstep.flash(tmp_path / "f")
    folder = flash(tmp_path / "f", PART + STORE + WALK + IDLE)
    with VirtualBoard(FlatWorld(), flash_dir=folder, log_bytes=4 * 4096, log_prepared=False) as board:
        board.advance(1.5)
        whole = 4 * 4096
        assert board.console.split("\n")[:-1] == [
            "boot 1 4 []",
            f"full {whole} False",
            f"ended [(1, 4, {whole}, False)] True 500",
        ]
        nor = Nor(4, 4096, data=board.log_path.read_bytes())
    pieces = stream(nor, bytes(nor.data), 1)
    assert [len(piece) for piece in pieces] == [4096] * 4
    assert pieces[0][HEAD:256] == bytes((7 + i * 5) % 255 for i in range(225)) + b"\0"


@pytest.mark.parametrize("k", [0, 1, 5, 8, 9, 24, 25, 60])
@pytest.mark.parametrize("percent", [4, 50, 100])
def test_the_store_comes_back_from_a_cut_on_the_board(tmp_path: Path, k: int, percent: int) -> None:
    lockstep.flash(tmp_path / "f")
    main = (
        PART
        + STORE
        + WALK.replace("newlog.begin", "if not store.free_bytes(): erasing.erase(store)\nnewlog.begin")
        + IDLE
    )
    with VirtualBoard(
        FlatWorld(),
        flash_dir=flash(tmp_path / "f", main),
        log_bytes=4 * 4096,
        log_prepared=False,
        flash_cut=(k, percent),
    ) as board:
        while not board.flash_cuts:
            board.advance(0.01)
        before = Nor(4, 4096, data=board.log_path.read_bytes())
        board.advance(1.5)
        assert "ended" in board.console, board.console
        after = Nor(4, 4096, data=board.log_path.read_bytes())
    first = stream(before, bytes(before.data), 1)
    if len(first) == 4:
        return  # no room: it has erased all, and filled the flash again
    assert not first or stream(after, bytes(after.data), 1) == first
    assert [len(piece) for piece in stream(after, bytes(after.data), 2 if first else 1)] == [4096] * (4 - len(first))


def test_the_power_of_a_live_board_can_go_too(tmp_path: Path) -> None:
    main = "print('up', machine.reset_cause())" + IDLE
    with VirtualBoard(FlatWorld(), flash_dir=flash(tmp_path, PART + main), log_bytes=8192, live=True) as board:
        for lives in range(1, 4):
            deadline_s = time.monotonic() + 10
            while board.console.count("up 1\n") < lives and time.monotonic() < deadline_s:
                time.sleep(0.02)
            assert board.console == "up 1\n" * lives
            board.cut_power()
