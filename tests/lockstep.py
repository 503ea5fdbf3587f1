# SPDX-License-Identifier: MIT
"""The firmware as flashed, or with an edit, on a virtual board in lockstep, in either build of MicroPython."""

from __future__ import annotations

import ast
import json
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from reach import read
from surefoot.decode import Decoded, decode
from surefoot.resources import BOARD, stage

CELLS = tuple(range(100, 1700, 100))
MOTION = (10_000, -20_000, 1_000_000, 1_000_000, -2_000_000, 3_000_000)  # micro-g, then 0.1 mdps
LOCKED = """            import micropython
            micropython.heap_lock()
            try:
                self.loop()
            finally:
                micropython.heap_unlock()
"""
WASM = Path(__file__).with_name("wasm")
_PROCESS = "surefoot.device.virtual.process"
Edit = Callable[[Path], None]


class Still:
    """A world in which nothing moves."""

    def slots(self, first: int, n: int) -> bytes:
        return struct.pack("<16H6i", *CELLS, *MOTION) * n


class Sway:
    """A world that goes to and fro once a second: each cell over most of its range, each axis by 1 g and 100 dps."""

    def __init__(self):
        dice = random.Random(0)
        second = bytearray()
        for ms in range(1000):
            waves = [abs((ms + 61 * c) % 1000 - 500) for c in range(22)]  # 0 to 500
            cells = [7 * waves[c] + dice.randrange(40) for c in range(16)]
            motion = [4000 * (waves[16 + a] - 250) + dice.randrange(3000) for a in range(6)]
            second += struct.pack("<16H6i", *cells, *motion)
        self._two = bytes(second * 2)

    def slots(self, first: int, n: int) -> bytes:
        at = 56 * (first % 1000)
        return self._two[at : at + 56 * n]


class Alarm(Exception):
    """The board has sent what nobody wants to wait behind."""


@dataclass
class Bench:
    """`alarm`: bytes at whose arrival Alarm is raised."""

    board: Any
    handle: Any
    received: bytes = b""
    alarm: bytes = b""

    def run(self, seconds: float, until: bytes = b"") -> bool:
        """Let virtual time pass; with `until`, only up to its arrival: whether it came."""
        end = self.board.slot + round(seconds * 1000)
        while self.board.slot < end:
            if until and until in self.received:
                return True
            self.received += self.board.read(self.handle, min(0.005, (end - self.board.slot) / 1000))
            if self.alarm and self.alarm in self.received:
                raise Alarm
        return bool(until) and until in self.received

    def say(self, line: str, seconds: float = 0.2) -> None:
        self.handle.write(line.encode() + b"\n")
        self.run(seconds)

    def session(self, start: str = "start", seconds: float = 3.0) -> Decoded:
        self.run(0.5)
        self.say(start, seconds)
        self.say("stop", 3.0)
        return decode(self.received)


@contextmanager
def bench(flash: Path, world: Any = None, build: Iterable[str] = (), **options: Any) -> Iterator[Bench]:
    """A virtual board with that flash; `build` is the command of another MicroPython than the usual one."""
    serial = pytest.importorskip("serial")
    from surefoot.device.virtual import process
    from surefoot.device.virtual.board import VirtualBoard

    command = tuple(build) or process.interpreter()
    with (
        mock.patch(f"{_PROCESS}.interpreter", return_value=command),
        VirtualBoard(world or Still(), flash_dir=flash, **options) as board,
    ):
        handle = serial.Serial(board.port, timeout=0)
        try:
            yield Bench(board, handle)
        finally:
            handle.close()


def flash(folder: Path, *edits: Edit, board: str = BOARD, build: Iterable[str] = ()) -> Path:
    """A flash with the firmware for that board, edited, then compiled for the usual MicroPython or for `build`."""
    from surefoot.device.bundle import put
    from surefoot.device.virtual.interpreter import architecture, interpreter

    stage(folder, board)
    for edit in edits:
        edit(folder)
    sources = sorted(folder.glob("*.py"))
    put(folder, architecture(tuple(build) or interpreter()), (folder / "profile.json").read_bytes(), sources)
    for path in sources:
        if path.name != "main.py":
            path.unlink()
    return folder


def replace(name: str, old: str, new: str) -> Edit:
    """In that file, old becomes new; it has to be there once."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert text.count(old) == 1, f"{old!r} in {name}"
        (folder / name).write_text(text.replace(old, new))

    return edit


lock_heap = replace("sampler.py", "            self.loop()\n", LOCKED)


def without_log(folder: Path) -> None:
    """A board that has no place for logs."""
    path = folder / "profile.json"
    profile = json.loads(path.read_text())
    profile["log"] = None
    path.write_text(json.dumps(profile))


def without_machine_code(folder: Path) -> None:
    """The bytecode alone, as where MicroPython has no viper emitter."""
    for path in folder.glob("fast*.py"):
        path.unlink()


def insert(path: Path, lines: Mapping[str, str]) -> None:
    """Put a line first into each of these functions (`Class.method` or bare) of a file; docstrings stay in front."""
    functions = read([path])[path.stem].functions
    text = path.read_text().splitlines(keepends=True)
    for name in sorted(lines, key=lambda name: -functions[name].node.lineno):
        first = functions[name].node.body[0]
        documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        at = (first.end_lineno or 0) if documented else first.lineno - 1
        text.insert(at, " " * first.col_offset + lines[name] + "\n")
    path.write_text("".join(text))


def wasm(build: str = "") -> tuple[str, ...]:
    """The command of the 32-bit MicroPython for WebAssembly; skips where node or the package is not there."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the path: the 32-bit MicroPython for WebAssembly runs in it")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"node is {version.strip()}: the WebAssembly build of MicroPython wants 20 or newer")
    if not (WASM / "node_modules" / "@micropython").is_dir():
        pytest.skip("the WebAssembly build of MicroPython is not installed: run make wasm")
    return ("env", f"SUREFOOT_WASM={build}", node, str(WASM / "micropython.mjs"))
