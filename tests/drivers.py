# SPDX-License-Identifier: MIT
"""Firmware drivers alone on the virtual board: a program uses them under the heap lock and prints what it saw."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from surefoot.resources import data_dir, device_profile

# Stalls are by turn; a turn is 10 ms otherwise. What allocates ends with a traceback that the caller sees.
PROGRAM = """
import json, time, micropython
import board

imu = board.open_imu()
cells = board.open_insoles()
imu.start(%(rate_hz)d, 4, 500)
time.sleep_ms(100)
fifo = imu.fifo
i = turn = taken = lost = lost_fifo = 0  # all names there are: a new one would allocate
first = bytearray(4)
late = %(late)r
micropython.heap_lock()
try:
    imu.flow()
    for turn in range(%(turns)d):
        time.sleep_ms(late.get(turn, 10))
        cells.scan(1)
        cells.scan(2)
        while fifo.fetch(100000):
            while fifo.take():
                if not taken:
                    for i in range(4):
                        first[i] = fifo.stamp[i]
                taken += 1
                lost += fifo.step - 1
                if fifo.cause == 3:
                    lost_fifo += fifo.step - 1
        imu.temperature_raw()
        imu.clock()
finally:
    micropython.heap_unlock()
print(json.dumps({"imu": imu.NAME, "front_end": cells.NAME, "taken": taken, "lost": lost, "lost_fifo": lost_fifo,
    "overruns": fifo.overruns, "bus_errors": fifo.bus_errors, "record": list(fifo.record),
    "first": list(first), "stamp": list(fifo.stamp),
    "clock": list(imu.four[1:5]), "celsius": imu.TEMP_ZERO_C + imu.temperature_raw() / imu.TEMP_LSB_PER_C,
    "counts": list(cells.counts), "errors": cells.errors}))
print("END")
while True:
    time.sleep_ms(10)
"""


def flash(folder: Path, board: str, *, rate_hz: int = 100, turns: int = 60, late: dict[int, int] | None = None) -> Path:
    """A flash with that board's drivers and the program."""
    for path in data_dir("firmware").glob("*.py"):
        shutil.copy(path, folder / path.name)
    (folder / "main.py").write_text(PROGRAM % {"rate_hz": rate_hz, "turns": turns, "late": late or {}})
    (folder / "profile.json").write_bytes(device_profile(board))
    for name in ("schema.py", "wire.py"):
        shutil.copy(data_dir("firmware").parent / "host" / "surefoot" / name, folder / name)
    return folder


def plant(folder: Path, name: str, function: str) -> None:
    """Make one function allocate a list."""
    text = (folder / name).read_text()
    pattern = rf'((?:    )?)def {function}\(.*\):\n((?:\1    """(?:.|\n)*?"""\n)?)'
    found = re.search(pattern, text)
    assert found, f"{function} in {name}"
    (folder / name).write_text(f"{text[: found.end()]}{found[1]}    [0, 1]\n{text[found.end() :]}")


def run(world: Any, folder: Path, board: str, seconds: float = 10.0, **options: Any) -> tuple[dict[str, Any], str]:
    """The program's answer, empty where it fell, and all that it printed."""
    import serial

    from surefoot.device.virtual.board import VirtualBoard
    from surefoot.errors import VirtualBoardError

    said = b""
    with VirtualBoard(world, flash_dir=folder, board=board, **options) as virtual:
        handle = serial.Serial(virtual.port, timeout=0)
        try:
            while virtual.slot < seconds * 1000 and b"END" not in said:
                said += virtual.read(handle, 0.05)
        except VirtualBoardError as error:
            said += str(error).encode()
        finally:
            handle.close()
    text = said.decode("ascii", "replace")
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return json.loads(lines[0]) if lines else {}, text
