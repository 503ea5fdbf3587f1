# SPDX-License-Identifier: MIT
"""`make budget`: microseconds a sample of each step of the firmware, in bytecode and with machine code.

The steps of firmware/benchsteps.py run in the unix build against real time, with stubs for pins and buses: what is
measured is the interpreter's share. The table goes into firmware/README.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from lockstep import without_machine_code
from surefoot.device.virtual.interpreter import interpreter
from surefoot.resources import data_dir, stage

SLOWER = (25, 45)  # times that an ESP32 at 240 MHz takes, by published loops: an estimate
REPEATS = 7
BEGIN, END = "<!-- budget: written by make budget -->\n", "<!-- end of budget -->\n"
TETHERED = ("scan", "record of cells", "record of the IMU", "pump", "FIFO", "health", "panel")
WALKING = ("scan", "log: page of cells", "log: page of the IMU", "FIFO", "health", "panel")
DEVICE = """
import json
from micropython import RingIO
from commands import Commands
from guard import Guard
from hand import Hand
from imu import Imu
from insole import Insoles
from link import Link
from panel import Panel
from ring import Ring
from sampler import Sampler
from stream import Stream
from benchsteps import steps

class Spi:
    def write(self, buf):
        pass
    def write_readinto(self, tx, rx):
        pass

class Adc:
    def read_uv(self):
        return 1950000

link = Link(115200, 128, Ring(RingIO(8192), 8192))
commands = Commands(link)
imu = Imu(Spi(), int)
profile = {"button": {"low": False}, "battery": {"up_kohm": 100, "down_kohm": 100, "low_mv": 3650, "empty_mv": 3450}}
hand = Hand(Panel(int, [int, int, int], Adc(), profile), Guard(None, None, lambda *told: b"", False), commands)
insoles = Insoles(Spi(), int, int)
sampler = Sampler(link, commands, insoles, imu, hand)
sampler.into(link, Stream(link, 1, 12), Stream(link, 2, 24))
fifo = imu.fifo
fifo.restart(192)
fifo.state[1] = 12
for k in range(4):
    for i, kind in enumerate((4, 1, 2)):
        fifo.buf[1 + 7 * (3 * k + i)] = kind << 3 | k << 1
    fifo.buf[2 + 21 * k] = 192 * k & 0xFF
    fifo.buf[3 + 21 * k] = 192 * k >> 8
for i in range(16):
    insoles.counts[i] = 200 * i + 100
print(json.dumps(steps(link, insoles, imu, sampler, hand)))
"""


def measured(*, machine_code: bool) -> dict[str, float]:
    """Microseconds a sample by step: the least of REPEATS runs, since a busy machine only ever adds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage(folder)
        if not machine_code:
            without_machine_code(folder)
        (folder / "desk.py").write_text(DEVICE)
        best: dict[str, float] = {}
        for _ in range(REPEATS):
            command = [*interpreter(), "-X", "heapsize=1M", "desk.py"]
            answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
            if not answer.stdout.startswith("["):
                raise RuntimeError(answer.stdout + answer.stderr)
            for step, hundredths in json.loads(answer.stdout):
                best[step] = min(best.get(step, 1e9), hundredths / 100)
        return best


def total(found: dict[str, float], parts: tuple[str, ...]) -> float:
    return sum(us for step, us in found.items() if step.startswith(parts))


def table(slow: dict[str, float], fast: dict[str, float]) -> str:
    """The table in markdown, with two totals."""
    rows = {step: (slow[step], us) for step, us in fast.items()}
    for title, parts in (("**all of a tick, over the line**", TETHERED), ("**all of a tick, into the log**", WALKING)):
        rows[title] = total(slow, parts), total(fast, parts)
    low, high = SLOWER
    lines = ["| step, us a sample | bytecode | machine code | on an ESP32, estimated |", "|---|---|---|---|"]
    for step, (bytecode, code) in rows.items():
        lines.append(f"| {step} | {bytecode:.2f} | {code:.2f} | {low * code:.0f} to {high * code:.0f} |")
    return "\n".join(lines) + "\n"


def put(text: str, page: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with its marked part replaced. Raises ValueError where the marks are missing."""
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page has no part between {begin.strip()} and {end.strip()}: put the marks back")
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: begin + text + end, page, flags=re.DOTALL)


def main() -> None:
    text = table(measured(machine_code=False), measured(machine_code=True))
    print(text)
    if "--print" not in sys.argv:
        page = data_dir("firmware") / "README.md"
        page.write_text(put(text, page.read_text()))


if __name__ == "__main__":
    main()
