# SPDX-License-Identifier: MIT
"""The proof sees every hot function: a list planted in any function that the loop can reach must fail it.

Which those are is read from the source (`reach.py`), so that none can be forgotten: one that no scenario here runs
under the lock fails its test, as does a function that runs under the lock though the source doesn't tell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from lockstep import LOCKED, Alarm, Bench, Edit, Sway, bench, flash, insert, lock_heap, replace, without_machine_code
from reach import Reach
from surefoot.device.virtual import process
from surefoot.device.virtual.straps import Strap
from surefoot.errors import VirtualBoardError
from surefoot.resources import firmware_files

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals"),
    pytest.mark.long,
]

FOR_PEOPLE = ("bench", "benchsteps")  # nothing of the firmware imports them
REACH = Reach([path for path in firmware_files() if path.stem not in FOR_PEOPLE])
# Reached by name only.
NEVER = {
    "commands.py:Commands._later": "a job while samples run is refused, in words",
    "logger.py:Logger.drain": "END is queued when the loop has ended",
}
TALK = ("event by the window", "ping 77", "ping x", "info", "help", "stopp", "log list", "nonsense", "e" * 99)
LOCK_LINE = "            self.loop()\n"
TALLY = """
seen = bytearray({n})
on = False


def hit(k):
    if on:
        seen[k] = 1


def save():
    with open("seen.bin", "wb") as file:
        file.write(seen)
"""
TALLIED = """            tally.on = True
            try:
                self.loop()
            finally:
                tally.on = False
                tally.save()
"""
CARD = '''
class Blocks:
    """An SD card in a file; like `machine.SDCard` it erases nothing and raises nothing."""

    def __init__(self):
        self.size = 6 << 16
        with open("card.bin", "wb") as file:
            for _ in range(self.size >> 9):
                file.write(bytes(512))
        self.file = open("card.bin", "r+b")

    def ioctl(self, op, arg):
        return self.size >> 9

    def readblocks(self, block, buf):
        self.file.seek(block << 9)
        self.file.readinto(buf)

    def writeblocks(self, block, buf):
        self.file.seek(block << 9)
        self.file.write(buf)
'''
FAULT = b"sampling ended: "


def no_imu_after(samples: int) -> Edit:
    """The IMU's chip select breaks off in the middle."""
    line = "        fifo = self.imu.fifo\n        motion"
    broken = f"        if self.cells.index == {samples}:\n            self.imu.cs = int\n"
    return replace("sampler.py", line, broken + line)


def bad_pages(folder: Path) -> None:
    """The last five pages of each sector can't be programmed."""
    old = "        self.partition.writeblocks(addr"
    new = "        if addr // 256 % 16 > 10:\n            raise ERROR\n" + old
    replace("flash.py", old, new)(folder)
    replace("flash.py", "_BLOCK_SIZE = const(5)\n", "_BLOCK_SIZE = const(5)\nERROR = OSError(5)\n")(folder)


def with_card(folder: Path) -> None:
    """A board whose logs go to an SD card; with sectors so short that the walk comes to their ends."""
    replace("card.py", "sector_bytes = 65536", "sector_bytes = 4096")(folder)
    (folder / "blocks.py").write_text(CARD)
    old = "    import esp32\n    from flash"
    replace("board.py", old, "    import blocks, card\n    return card.Card(blocks.Blocks())\n" + old)(folder)


def stream(on: Bench, start: str = "start") -> None:
    on.run(5.0, until=b"ready")
    on.say(start, 1.3)
    for line in TALK:
        on.say(line, 0.1)
    on.board.press(1.2)
    on.run(1.5)
    on.say("stop", 4.0)


def walk(on: Bench) -> None:
    on.run(5.0, until=b"ready")
    on.say("log prepare", 2.0)
    on.say("log start rate=200", 2.0)
    on.say("event on the stairs", 2.0)
    on.board.battery_mv = 3000
    on.run(3.0, until=b"log 1 ended")


def strapped(on: Bench) -> None:
    on.run(5.0, until=b"ready")
    on.say("start heart=1", 6.0)
    on.say("stop", 1.0)


def cued(on: Bench) -> None:
    on.run(5.0, until=b"ready")
    for word in ("cue=140,sides", "cue=140,beyond=5"):
        on.say(f"start {word}", 5.0)
        on.say("stop", 1.0)


def fast(on: Bench) -> None:
    stream(on, "start rate=200")


@dataclass
class Scenario:
    run: Callable[[Bench], None]
    edits: tuple[Edit, ...] = ()
    board: str = "esp32-devkit"
    options: dict[str, Any] = field(default_factory=dict)
    stand_in_bytes: int = 0  # of heap, for what is no Python on a board
    alarm: bytes = FAULT


LOG = {"log_bytes": 1 << 18, "log_prepared": True}
SLOW = replace("profile.json", '"baud":115200', '"baud":38400')
SCENARIOS = {
    "stream": Scenario(stream),
    "walk": Scenario(walk, options=LOG),
    "bytecode": Scenario(stream, (without_machine_code,)),
    "bytecode walk": Scenario(walk, (without_machine_code,), options=LOG),
    "slow line": Scenario(fast, (SLOW,), options={"baud": 38400}),
    "slow board": Scenario(fast, options={"cpu_factor": 2.0}),
    "slow walk": Scenario(walk, options={"cpu_factor": 2.0, **LOG}),
    "bad flash": Scenario(walk, (bad_pages,), options=LOG),
    "card": Scenario(walk, (with_card,), stand_in_bytes=4000),
    "card, bytecode": Scenario(walk, (with_card, without_machine_code), stand_in_bytes=4000),
    "no IMU": Scenario(stream, (no_imu_after(50),)),
    "other IMU": Scenario(stream, board="esp32-s3-devkit"),
    "other IMU, bytecode": Scenario(stream, (without_machine_code,), board="esp32-s3-devkit"),
    "no other IMU": Scenario(stream, (no_imu_after(50),), board="esp32-s3-devkit"),
    "multiplexer": Scenario(stream, board="esp32-mux"),
    "cue": Scenario(cued),
    # What fails in an answer of the radio is only printed.
    "straps": Scenario(strapped, options={"straps": (Strap("a" * 12), Strap("b" * 12))}, alarm=b"MemoryError"),
}


def play(scenario: Scenario, folder: Path, *edits: Edit) -> bool:
    """Whether it comes to its end: False where the sampling has failed."""
    heap = process.HEAP_BYTES + scenario.stand_in_bytes
    with (
        mock.patch.object(process, "HEAP_BYTES", heap),
        bench(flash(folder, *scenario.edits, *edits, board=scenario.board), Sway(), **scenario.options) as on,
    ):
        on.alarm = scenario.alarm
        try:
            scenario.run(on)
        except (Alarm, VirtualBoardError):
            return False
        return b"surefoot" in on.received


def tallied(folder: Path) -> None:
    """Each function notes that it has run under the lock, by its number in `numbered`."""
    for name, module in REACH.modules.items():
        if (folder / f"{name}.py").exists():
            path = folder / f"{name}.py"
            insert(path, {f.name: f"tally.hit({NUMBERS[f.key]})" for f in module.functions.values()})
            path.write_text("import tally\n" + path.read_text())
    (folder / "tally.py").write_text(TALLY.format(n=len(NUMBERS)))
    replace("sampler.py", LOCK_LINE, TALLIED)(folder)


def planted(key: str) -> Edit:
    """A list is made, first thing, in that function."""
    function = REACH.found[key]

    def edit(folder: Path) -> None:
        insert(folder / function.file, {function.name: "[0]"})

    return edit


NUMBERS = {f.key: k for k, f in enumerate(f for m in REACH.modules.values() for f in m.functions.values())}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The scenarios in which each function runs while samples do."""
    found: dict[str, list[str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("surefoot.device.virtual.process.HEAP_BYTES", 1_000_000)
        for name, scenario in SCENARIOS.items():
            folder = tmp_path_factory.mktemp("tally")
            assert play(scenario, folder, tallied)
            seen = (folder / "seen.bin").read_bytes()
            for key, k in NUMBERS.items():
                if seen[k]:
                    found.setdefault(key, []).append(name)
    return found


def test_the_source_tells_of_every_function_that_runs(runs: dict[str, list[str]]) -> None:
    assert sorted(runs.keys() - REACH.found.keys()) == []
    assert LOCKED.count("self.loop()") == TALLIED.count("self.loop()") == 1


def test_the_firmware_imports_nothing_that_is_left_out_here() -> None:
    for name, module in REACH.modules.items():
        sources = module.modules | {source for found in module.imported.values() for source, _ in found}
        assert not sources & set(FOR_PEOPLE), name


def test_every_exception_has_its_reason_still(runs: dict[str, list[str]]) -> None:
    assert sorted(NEVER.keys() - REACH.found.keys()) == []
    assert sorted(NEVER.keys() & runs.keys()) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_without_a_planted_list_nothing_is_allocated(tmp_path: Path, scenario: str) -> None:
    assert play(SCENARIOS[scenario], tmp_path, lock_heap)


@pytest.mark.parametrize("key", sorted(REACH.found.keys() - NEVER.keys()))
def test_a_planted_list_fails_the_proof(tmp_path: Path, runs: dict[str, list[str]], key: str) -> None:
    assert key in runs, f"no scenario runs {key} while samples run: add one that does, or its reason to NEVER"
    assert not play(SCENARIOS[runs[key][0]], tmp_path, planted(key), lock_heap)
