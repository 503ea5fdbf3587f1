# SPDX-License-Identifier: MIT
"""Whether a program is stuck without its clock, or its machine just has no time for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

STUCK_S = 0.3  # of computing, or of waiting for something else than its clock


class Watch:
    """Whether a process has since computed, or waited, for long without a look at its clock.

    A machine under load may not have let it run at all: time on the wall says nothing. Where the system doesn't tell
    (not Linux), four times as long on the wall has to do.
    """

    def __init__(self, pid: int):
        self._pid = pid
        self._cpu_s, _ = self._look()
        self._asleep_s: float | None = None

    def stuck(self) -> bool:
        cpu_s, asleep = self._look()
        now_s = time.monotonic()
        if not asleep:
            self._asleep_s = None
        elif self._asleep_s is None:
            self._asleep_s = now_s
        waited_s = now_s - self._asleep_s if self._asleep_s is not None else 0.0
        return max(cpu_s - self._cpu_s, waited_s) >= STUCK_S

    def _look(self) -> tuple[float, bool]:
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return time.monotonic() / 4, False
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0] == "S"
