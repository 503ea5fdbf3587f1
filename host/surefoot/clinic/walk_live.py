# SPDX-License-Identifier: MIT
"""A walk on the cable: recorded as it streams, with a count of steps for whoever looks on; analysed afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..calibration import nominal
from ..device.framer import Frame
from ..device.link import Link
from ..errors import MeasureError, RecordingError, Refused, SurefootError
from ..recording import Recorder
from .live_rows import KEEP_S, LiveRows
from .run_board import BoardLine
from .session import reason_of

RATE_HZ = 100
LOOK_S = 2.0  # of new samples between two counts
SETTLED_S = 1.5  # a contact that is older won't be seen otherwise by what comes (D)


class StepCounter:
    """Counts steps while they arrive, by the finder that looks at the whole recording afterwards: a count to look at,
    some steps short where a walk begins."""

    def __init__(self) -> None:
        self.steps = 0
        self.arrived = False  # a sample
        self._rows: LiveRows | None = None
        self._until = self._looked = 0

    @property
    def seconds(self) -> float:
        """How long the stream is."""
        return 0.0 if self._rows is None else self._rows.next / self._rows.rate_hz

    def stream(self, config: Mapping[str, Any]) -> None:
        """The stream begins. What can't be counted is no reason not to record."""
        with suppress(SurefootError):
            self._rows = LiveRows(config, nominal())

    def take(self, frames: Iterable[Frame]) -> None:
        """Frames as they arrived; every other second their steps are counted."""
        rows, frames = self._rows, [*frames]
        self.arrived = self.arrived or any(frame.name == "DATA" for frame in frames)
        if rows is None:
            return
        rows.take(frames)
        if rows.next - self._looked >= LOOK_S * rows.rate_hz:
            self._looked = rows.next
            self._count(rows)

    def cue(self, t_us: int) -> None:
        """A walk on the cable has no start cue."""

    def look(self) -> None:
        """Nobody watches for losses of balance here."""

    def _count(self, rows: LiveRows) -> None:
        from ..measures.gait.contacts import contacts

        low = max(rows.next - round(KEEP_S * rows.rate_hz), 0)
        until = rows.next - round(SETTLED_S * rows.rate_hz)
        with suppress(MeasureError):
            seen = contacts(rows.between(low, rows.next).foot_force_n, rows.rate_hz)
            for one in (seen.left, seen.right):
                if one is not None:
                    at = low + one.initial_s * rows.rate_hz
                    self.steps += int(np.sum((at >= self._until) & (at < until)))
        self._until = max(until, self._until)


def walk_live(
    link: Link,
    path: Path,
    person: str,
    created_utc: str,
    seconds: float | None,
    tell: Callable[[StepCounter], Any],
    begun: Callable[[], Any] = lambda: None,
    cue: str | None = None,
) -> SurefootError | None:
    """Record a walk into `path` for so long, or until Ctrl-C, to this `cue`; what broke it off, if anything
    did, with what arrived before on disk. Raises SurefootError where it never began, and leaves nothing behind."""
    if log := (link.config or {}).get("log"):
        raise RecordingError(f"The board is logging walk {log}: press its button to end it, sync it, then repeat this.")
    counter = StepCounter()
    device = str((link.config or {}).get("id", "unknown"))
    with suppress(Refused):
        link.set_utc()
    head = {"person": person, "device": device, "live": True, "created_utc": created_utc, "software": __version__}
    error: SurefootError | None = None
    with Recorder(path, head) as recorder:
        line = BoardLine(link, recorder, RATE_HZ, counter, cue=cue)
        try:
            line.listen()
            line.begin()
            begun()
            line.end(_walked(line, counter, seconds, tell))
        except SurefootError as reason:
            error = reason
            with suppress(SurefootError):
                recorder.note("stop", t_host_s=link.timing.now_s(), reason=reason_of(reason))
        finally:
            line.leave()
    if error is not None and not counter.arrived:
        path.unlink()
        raise error
    return error


def _walked(line: BoardLine, counter: StepCounter, seconds: float | None, tell: Callable[[StepCounter], Any]) -> str:
    """Why it is over."""
    try:
        line.wait(seconds or math.inf, lambda share: tell(counter), lambda: line.link.end is not None)
    except KeyboardInterrupt:
        return "observer"
    return "complete"
