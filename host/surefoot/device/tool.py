# SPDX-License-Identifier: MIT
"""Other people's commands as child processes: their lines as they come, an end when they fall silent, no orphans."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

SILENT_S = 120.0  # erasing or verifying megabytes of flash prints nothing for so long at most


def run_tool(
    command: Sequence[str], on_line: Callable[[str], None] | None = None, silent_s: float = SILENT_S
) -> tuple[int, str]:
    """Exit code and all output, errors included. A command silent for silent_s is ended (its code is then negative).

    Raises OSError where it can't be started. Ctrl-C, or any other exception, ends it too.
    """
    log.debug("%s", " ".join(command))
    said: list[str] = []
    # Both are Python programs: without this their lines would arrive all at once at the end.
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    running = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace", env=env,
    )  # fmt: skip
    assert running.stdout
    watch = _Watchdog(running, silent_s)
    try:
        for line in running.stdout:
            watch.feed()
            said.append(line)
            log.debug("  %s", line.rstrip())
            if on_line:
                on_line(line.rstrip())
        code = running.wait()
    finally:
        watch.stop()
        running.kill()
        running.wait()
        running.stdout.close()
    return code, "".join(said)


class _Watchdog:
    def __init__(self, process: subprocess.Popen[str], silent_s: float):
        self._process, self._silent_s = process, silent_s
        self.feed()

    def feed(self) -> None:
        self.stop()
        self._timer = threading.Timer(self._silent_s, self._process.kill)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if timer := getattr(self, "_timer", None):
            timer.cancel()
