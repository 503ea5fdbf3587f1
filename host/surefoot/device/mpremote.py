# SPDX-License-Identifier: MIT
"""Files on a board by mpremote, called at its command line only."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import DeviceLost, InstallError, PortBusy, PortMissing
from .tool import run_tool

SILENT_S = 30.0
AGAIN = "then run this again: it goes on where it stopped"
_FULL = re.compile(r"Errno 28|OSError: 28|ENOSPC|No space left")
_GONE = re.compile(r"SerialException|device disconnected|Errno 5\b|Errno 6\b|ClearCommError|could not enter raw repl")
_BUSY = re.compile(r"failed to access (\S+)")


class Remote:
    """A board at a port. Each call stops its program and starts MicroPython anew, without main.py."""

    def __init__(self, port: str):
        if importlib.util.find_spec("mpremote") is None:
            raise InstallError(
                "mpremote, which copies files to the board, was not found: install it with 'pip install mpremote', "
                "then run this again."
            )
        self.port = port
        self._command = [sys.executable, "-m", "mpremote", "connect", port]

    def run(self, program: str) -> str:
        """What a MicroPython program prints."""
        return self._run("exec", program)

    def copy(self, files: Sequence[Path], folder: str, on_file: Callable[[str], None] | None = None) -> None:
        """Copy files into a folder that is there (":" is the top); on_file hears each name as its turn comes."""

        def hear(line: str) -> None:
            if line.startswith("cp ") and on_file:
                on_file(Path(line.removeprefix("cp ").removesuffix(f" {folder}")).name)

        if files:
            self._run("fs", "cp", *(str(path) for path in files), folder, on_line=hear)

    def reset(self) -> None:
        """As its reset button does."""
        self._run("reset")

    def _run(self, *words: str, on_line: Callable[[str], None] | None = None) -> str:
        code, said = run_tool([*self._command, *words], on_line, SILENT_S)
        if code:
            raise self._why(code, said)
        return said

    def _why(self, code: int, said: str) -> Exception:
        if _FULL.search(said):
            return InstallError(
                f"The filesystem of the board on {self.port} is full: remove files that are not Surefoot's "
                f"(mpremote fs ls, mpremote fs rm), {AGAIN}."
            )
        if code < 0:
            return InstallError(f"mpremote was ended or fell silent: press the board's reset, {AGAIN}.")
        if _BUSY.search(said):
            if not self.port.startswith("COM") and not Path(self.port).exists():
                return PortMissing(
                    f"There is no port {self.port}: plug the board in and look at its name by 'surefoot devices', "
                    f"{AGAIN}."
                )
            return PortBusy(f"{self.port} is in use by another program, or yours may not open it: close it, {AGAIN}.")
        if _GONE.search(said):
            return DeviceLost(
                f"The board on {self.port} was unplugged or does not answer: check the cable, press its reset, {AGAIN}."
            )
        last = said.strip().splitlines()[-1:] or [f"exit code {code}"]
        return InstallError(f"mpremote failed ({last[0].strip()[:200]}): press the board's reset, {AGAIN}.")
