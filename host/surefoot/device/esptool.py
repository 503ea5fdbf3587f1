# SPDX-License-Identifier: MIT
"""Espressif's esptool, called at its command line only: it writes flash through the chip's boot ROM."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InstallError
from .partitions import MB, TABLE_AT, TABLE_BYTES, Table, unpack
from .tool import run_tool

BAUD = 460800
INSTALL = "install it with 'pip install esptool' (version 5 is the one this was written for), then run this again"
_FATAL = re.compile(r"(?:A fatal error occurred|Error): (.+)")
_SIZE = re.compile(r"flash size: (\d+)MB", re.I)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")


@dataclass(frozen=True)
class Esptool:
    """`command` starts it; before version 5 its words had underscores."""

    command: tuple[str, ...]
    major: int
    port: str
    chip: str
    baud: int = BAUD

    def flash_bytes(self) -> int | None:
        """The size of the chip's flash; None where esptool doesn't say it. Raises InstallError for another chip."""
        found = _SIZE.search(self._run("flash-id"))
        return int(found[1]) * MB if found else None

    def table(self) -> Table | None:
        """The partition table that is on the board, None where there is none."""
        with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
            path = Path(folder) / "table.bin"
            self._run("read-flash", f"0x{TABLE_AT:x}", f"0x{TABLE_BYTES:x}", str(path))
            return unpack(path.read_bytes()) if path.is_file() else None

    def erase(self, offset: int, size: int) -> None:
        self._run("erase-region", f"0x{offset:x}", f"0x{size:x}")

    def write(
        self, parts: Sequence[tuple[int, bytes]], flash_bytes: int, progress: Callable[[float], None] | None = None
    ) -> None:
        """Write and verify; the bootloader is told the size of the flash, or it refuses the partition table."""
        with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
            words = []
            for offset, data in parts:
                path = Path(folder) / f"{offset:x}.bin"
                path.write_bytes(data)
                words += [f"0x{offset:x}", str(path)]
            size = f"{flash_bytes // MB}MB"
            self._run("write-flash", "--flash-size", size, *words, after="hard-reset", progress=progress)

    def words(self, *words: str, after: str = "no-reset") -> list[str]:
        """The whole command line for these words."""
        own = ["--chip", self.chip, "--port", self.port, "--baud", str(self.baud), "--after", after]
        line = [*own, *words]
        if self.major < 5:
            line = [word.replace("-", "_") if word in _RENAMED else word for word in line]
            line = [word.replace("--flash-size", "--flash_size") for word in line]
        return [*self.command, *line]

    def _run(self, *words: str, after: str = "no-reset", progress: Callable[[float], None] | None = None) -> str:
        def hear(line: str) -> None:
            percent = _PERCENT.search(line)
            if percent and progress:
                progress(float(percent[1]) / 100)

        code, said = _started(self.words(*words, after=after), hear)
        if code:
            raise InstallError(_why(said, words[0], code))
        return said


_RENAMED = ("flash-id", "read-flash", "erase-region", "write-flash", "no-reset", "hard-reset")


def find_esptool(port: str, chip: str, baud: int = BAUD) -> Esptool:
    """Raises InstallError with how to install it where there is none."""
    named = shutil.which("esptool") or shutil.which("esptool.py")
    if named:
        command = (named,)
    elif importlib.util.find_spec("esptool"):
        command = (sys.executable, "-m", "esptool")
    else:
        raise InstallError(f"esptool, which writes MicroPython to the board, was not found: {INSTALL}.")
    code, said = _started([*command, "version"])
    version = re.search(r"(\d+)\.\d+", said)
    if code or not version:
        raise InstallError(f"'{' '.join(command)} version' does not work: {INSTALL}.")
    return Esptool(command, int(version[1]), port, chip, baud)


def _started(command: Sequence[str], on_line: Callable[[str], None] | None = None) -> tuple[int, str]:
    try:
        return run_tool(command, on_line)
    except OSError as error:
        raise InstallError(f"{command[0]} can't be started ({error.strerror}): {INSTALL}.") from error


def _why(text: str, step: str, code: int) -> str:
    found = _FATAL.search(text)
    lines = text.strip().splitlines()
    words = found[1] if found else lines[-1] if lines else f"exit code {code}"
    return (
        f"esptool could not {step.replace('-', ' ').replace('_', ' ')}: {words.strip().rstrip('.')}. "
        "Check the cable, hold the board's BOOT button while it connects if it has one, then run this again: "
        "it begins anew."
    )
