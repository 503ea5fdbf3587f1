# SPDX-License-Identifier: MIT
"""What all guided sessions share: steps shown, streamed, judged while they last, and kept in one evidence recording.

A step's notes carry the sample numbers of its window, so `steps_of` cuts from the file exactly what was judged live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import wire
from ..device.framer import Frame
from ..device.link import Link
from ..errors import CalibrationError, LinkError, NoReply, RecordingError, SurefootError
from ..frames import unpack12
from ..recording import Recorder
from .guide_steps import RESERVED, Step, Taken, lost_share, steps_of, temperature_degc
from .run_board import FIRST_PINGS, PING_S, SILENT_S
from .run_trial import TAIL_S
from .session import reason_of

__all__ = ["Guide", "Judge", "Step", "Taken", "guided", "steps_of"]

LOOK_S = 0.25  # how often a step is judged while it lasts
PATIENCE_S = 180.0
SLOW = 0.97  # of the IMU's nominal rate: its own clock may run so much slower, and a window still is full

Answer = str | Callable[[], str | None]  # an answer, or what is asked again and again until it has one
Judge = Callable[[Taken], str | None]


class _Stream:
    """Samples of one stream as they arrive: `next` is the number of the one that comes next."""

    def __init__(self, width: int, dtype: str):
        self.next = 0
        self._kept: list[tuple[int, npt.NDArray[Any]]] = []
        self._none = np.empty((0, width), dtype)

    def add(self, index: int, counts: npt.NDArray[Any]) -> None:
        if index >= self.next:
            self._kept.append((index, counts))
            self.next = index + len(counts)

    def clear(self) -> None:
        self._kept = []

    def window(self, first: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
        """Numbers and counts of what has come since sample `first`."""
        if not self._kept:
            return np.empty(0, np.int64), self._none
        index = np.concatenate([np.arange(i, i + len(part)) for i, part in self._kept])
        return index[index >= first], np.concatenate([part for _, part in self._kept])[index >= first]


class Guide:
    """A streaming board and a person who is told what to do. Made by `guided`.

    `tell` shows a line, `show` what is going on now (text, share done 0 to 1), `ask` reads an answer to a question,
    with the choices there are.
    """

    def __init__(
        self,
        link: Link,
        recorder: Recorder,
        tell: Callable[[str], None],
        ask: Callable[[str, tuple[str, ...] | None], Answer],
        show: Callable[[str, float], None] = lambda text, share: None,
    ):
        self.link, self.recorder, self.tell, self.show = link, recorder, tell, show
        self._ask = ask
        self._cells, self._imu = _Stream(16, "<u2"), _Stream(6, "<i2")
        self._temperatures: list[float] = []
        self._pinged_s = link.timing.now_s()

    @property
    def config(self) -> dict[str, Any]:
        """The settings in force."""
        return dict(self.link.config or {})

    def ask(self, question: str, choices: tuple[str, ...] | None = None) -> str:
        """One of the choices, or any text; asked again until it is. The board is read meanwhile."""
        while True:
            answer = self._ask(question, choices)
            while not isinstance(answer, str):
                found = answer()
                if found is None:
                    self.receive(0.05)
                else:
                    answer = found
            answer = answer.strip()
            if choices is None or answer in choices:
                return answer
            self.tell(f"'{answer}' is none of {', '.join(choices)}.")

    def step(
        self,
        key: str,
        text: str,
        seconds: float,
        fit_for: Judge | None = None,
        *,
        done: Callable[[Taken], bool] | None = None,
        patience_s: float = PATIENCE_S,
        **values: Any,
    ) -> Taken:
        """Show `text` and take `seconds` in a row of which `fit_for` says nothing against.

        `fit_for` judges the growing window every LOOK_S; where it has a reason, the window is thrown away and the next
        begins. With `done` the window lasts until that is true, at most `seconds`. Raises CalibrationError where
        nothing fit came within `patience_s`, with the last reason.
        """
        if clash := [name for name in values if name in RESERVED]:
            raise ValueError(f"{', '.join(clash)}: these names are the step's own")
        if text:
            self.tell(text)
        until_s = self.link.timing.now_s() + patience_s
        last: str | None = None
        begun = False
        self._begin()
        while True:
            self.receive(LOOK_S)
            window, lasted_s = self._window()
            some = len(window.cells) or len(window.imu)
            reason = (fit_for(window) if fit_for else None) if some else "no sample arrives"
            if reason is None and not begun:
                begun = True
                self._note(key, "begin", **values)
            full = lasted_s >= seconds
            if reason is None and (done(window) if done else full):
                self._note(key, "end", **self._indexes(), **values)
                self.show("", 1.0)
                return window
            if reason is None and done and full:
                reason = f"that took longer than {seconds:g} s"
            last = reason or last
            if reason is not None:
                if begun:
                    self._note(key, "redo", reason=reason)
                    self.tell(f"Again: {reason}.")
                begun = False
                self._begin()
            self.show(reason or "", 0.0 if reason else min(lasted_s / seconds, 1.0))
            if self.link.timing.now_s() > until_s:
                raise CalibrationError(
                    f"This step did not succeed within {patience_s:g} s"
                    f"{f' ({last})' if last else ''}: see to that and begin the calibration again; "
                    f"what was recorded is kept in {self.recorder.path}."
                )

    def drop(self, key: str, reason: str) -> None:
        """A step that was taken is not to count: it will be taken again."""
        self._note(key, "redo", reason=reason)

    def receive(self, seconds: float) -> None:
        """Keep reading for so long by the link's clock, with a ping about every second."""
        timing = self.link.timing
        until_s = timing.now_s() + seconds
        while (left := until_s - timing.now_s()) > 0:
            for frame in self.link.poll(min(0.02, left)):
                self._look(frame)
            if self.link.end is not None:
                raise NoReply("The board has ended the measurement by itself: press its reset and begin again.")
            if self.link.silent_s > SILENT_S:
                raise NoReply(f"The board has sent nothing for {SILENT_S:g} s: check cable and power, and begin again.")
            if timing.now_s() - self._pinged_s >= PING_S:
                self._pinged_s = timing.now_s()
                self.link.ping()

    def _look(self, frame: Frame) -> None:
        if frame.name == "DATA":
            records = np.frombuffer(frame.body, np.uint8).reshape(frame.fields["n"], -1)
            if frame.stream == wire.CELLS:
                self._cells.add(frame.fields["index"], unpack12(records))
            else:
                self._imu.add(frame.fields["index"], np.ascontiguousarray(records).view("<i2"))
        elif frame.name == "STATUS" and frame.fields["imu_us"]:
            degc = temperature_degc(self.config, frame.fields["temp_raw"])
            self._temperatures = self._temperatures[-1:] + ([] if degc is None else [degc])

    def _begin(self) -> None:
        self._cells.clear()
        self._imu.clear()
        self._first = self._cells.next, self._imu.next

    def _window(self) -> tuple[Taken, float]:
        rates = float(self.config.get("rate_hz", 100)), float(self.config.get("imu_odr_hz", 104))
        (cells_at, cells), (imu_at, imu) = self._cells.window(self._first[0]), self._imu.window(self._first[1])
        due = self._cells.next - self._first[0], self._imu.next - self._first[1]
        lost = max(lost_share(len(cells), due[0]), lost_share(len(imu), due[1]))
        degc = float(np.mean(self._temperatures)) if self._temperatures else None
        taken = Taken(cells, cells_at / rates[0], imu, imu_at / rates[1], degc, lost)
        return taken, max(due[0] / rates[0], SLOW * due[1] / rates[1])

    def _indexes(self) -> dict[str, list[int]]:
        return {
            "cells_index": [self._first[0], self._cells.next],
            "imu_index": [self._first[1], self._imu.next],
        }

    def _note(self, key: str, phase: str, **values: Any) -> None:
        self.recorder.note("step", key=key, phase=phase, t_host_s=self.link.timing.now_s(), **values)


@contextmanager
def guided(
    link: Link,
    path: Path,
    head: dict[str, Any],
    tell: Callable[[str], None],
    ask: Callable[[str, tuple[str, ...] | None], Answer],
    show: Callable[[str, float], None] = lambda text, share: None,
    *,
    rate_hz: int = 100,
    acc_g: int | None = None,
    gyro_dps: int | None = None,
) -> Iterator[Guide]:
    """A guide over a board that streams into the evidence recording `path`, with the ranges of `link.start`.

    Whatever ends it, the recording is closed with the reason in its note "stop", and what came is in it.
    """
    with Recorder(path, head) as recorder:
        link.tap(recorder.write)
        link.on_ping = lambda ping: recorder.note(
            "ping", nonce=ping.nonce, sent_s=ping.sent_s, received_s=ping.received_s
        )
        reason = "observer"
        try:
            link.forget()  # an earlier recording's last frames would be taken for this one's
            for _ in range(FIRST_PINGS):
                link.ping()
            config = link.start(rate_hz, acc_g=acc_g, gyro_dps=gyro_dps)
            recorder.note("config", config=dict(config))
            guide = Guide(link, recorder, tell, ask, show)
            yield guide
            guide.receive(TAIL_S)
            reason = "complete"
        except SurefootError as error:
            reason = reason_of(error) if isinstance(error, LinkError) else "failed"
            raise
        finally:
            with suppress(SurefootError):  # a lost board can't be stopped, and the first error is the one to tell
                link.stop()
            with suppress(RecordingError):
                recorder.note("stop", t_host_s=link.timing.now_s(), reason=reason)
            link.sink = link.on_ping = None
