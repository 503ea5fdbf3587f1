# SPDX-License-Identifier: MIT
"""The table of times: on the virtual board as one would run it on a board, and on the desk."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import budget
from lockstep import Bench, Sway, bench, flash
from surefoot.resources import data_dir

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")

STEPS = {
    "scan", "pack12", "CRC", "COBS", "ring, in and out", "record of cells, with pack12, CRC, COBS and ring",
    "record of the IMU, likewise", "pump of 40 bytes", "FIFO: fetch and take", "health: see", "health: judge",
    "panel, battery, watchdog", "log: code of cells", "log: page of cells, code and all", "log: code of the IMU",
    "log: page of the IMU, code and all",
}  # fmt: skip


def typed(on: Bench, line: str, until: str, seconds: float) -> str:
    """What comes after a line, up to `until`."""
    on.received = b""
    on.handle.write(line.encode())
    assert on.run(seconds, until=until.encode()), on.received[-500:].decode("latin1")
    return on.received.decode("latin1").replace("\r", "")


def histogram(text: str, title: str) -> dict[int, int]:
    """Of the printed histogram: upper bound in us -> how many."""
    found = re.search(rf"\n{title}: (\d+) times, at most (\d+) us\n((?:  below .*\n)+)", text)
    assert found, text
    bins = {int(us): int(n) for us, n in re.findall(r"below +(\d+) us +(\d+)", found.group(3))}
    assert sum(bins.values()) == int(found.group(1))
    assert int(found.group(2)) < max(bins)
    return bins


def test_it_runs_at_the_prompt_of_a_board_and_leaves_its_logs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tool, with all modules in memory at once: of 64-bit words that is more than a walk takes.
    monkeypatch.setattr("surefoot.device.virtual.process.HEAP_BYTES", 150_000)
    # At a prompt the virtual clock stands still, and with it the line: the sleep lets all that was printed arrive.
    go = "import bench, time, machine\nbench.run()\ntime.sleep(2)\nmachine.reset()\n"
    (flash(tmp_path) / "go.py").write_text(go)
    with bench(tmp_path, Sway(), log_prepared=True) as on:
        on.run(5.0, until=b"ready")
        on.say("log start", 2.0)
        on.say("stop", 1.0)
        before = re.findall(r"log 1 sectors \d+ bytes \d+ whole", typed(on, "log list\n", " dirty ", 2.0))
        text = typed(on, "\x03import go\r\n", " ready", 120.0)
        on.run(1.0)
        after = re.findall(r"log 1 sectors \d+ bytes \d+ whole", typed(on, "log list\n", " dirty ", 2.0))
    assert before == after
    assert len(before) == 1
    told = {name.strip(): float(us) for name, us in re.findall(r"^  (\S.*?) +(\d+\.\d\d)$", text, re.MULTILINE)}
    assert told.keys() == STEPS
    assert 2000 < told["scan"] < 3000  # the models charge buses and pins; bytecode takes no virtual time
    assert told["CRC"] == 0
    assert sum(histogram(text, "late to a sample").values()) == 2000
    assert sum(histogram(text, "late to a sample while logging").values()) == 2000
    assert list(histogram(text, "page program")) == [2048]
    assert list(histogram(text, "sector erase")) == [65536]
    assert "lost: 0 late, 0 by the IMU" in text


def test_the_desk_measures_the_same_steps_and_machine_code_is_faster() -> None:
    slow, fast = budget.measured(machine_code=False), budget.measured(machine_code=True)
    assert slow.keys() == fast.keys() == STEPS
    for step in ("pack12", "CRC", "COBS", "health: see", "log: code of cells"):
        assert 0 < fast[step] < slow[step] / 3, step
    # With machine code, a tick's bytecode leaves two fifths of 5000 us to the buses even on the slower estimate.
    assert budget.total(fast, budget.WALKING) * budget.SLOWER[1] < 2000
    assert budget.total(fast, budget.TETHERED) * budget.SLOWER[1] < 2000


def test_the_page_has_the_table() -> None:
    page = (data_dir("firmware") / "README.md").read_text()
    table = page.split(budget.BEGIN)[1].split(budget.END)[0]
    assert all(f"| {step} |" in table for step in STEPS)
    assert budget.put(table, page) == page
    with pytest.raises(ValueError, match="put the marks back"):
        budget.put(table, page.replace(budget.END, ""))
