# SPDX-License-Identifier: MIT
"""One trial as it runs: cues out, keys in, until its time is up or a mark ends it. With a board or without one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol as Interface

from ..care.outcome import Given, Next
from ..care.protocol import Condition, Mark, Protocol
from .holding import END, LOSS, START
from .observer import Observer, number_asked, why_aside
from .run_values import Moment, Tell
from .watching import Seen

REST_S = 1.5  # before a movement is cued: its beginning is told from a second of rest
LIFT_S = 15.0  # so long a foot may take to be lifted where the clock starts with it
TAIL_S = 0.25  # recorded after the end mark, so that the last held sample is surely on disk
LOSS_TAIL_S = 1.0  # after a loss of balance: a fall is over by then, and a foot that steps is back on the floor
MOVING_TAIL_S = 2.0  # after a movement, so that a detector sees that it is over
ENDING = ("stop", "repeat", "disqualify", "finish")
AFTER_DEVICE = ("stop", "repeat", "disqualify", "note")  # what may be said of an end that the device saw first
HOLDS_STILL = ("hold", "lean")


class Line(Interface):
    """What a trial runs on: a board's link, or the host's clock alone."""

    def now_s(self) -> float: ...

    def begin(self) -> None:
        """What comes after the first cue and before the count."""

    def wait(self, seconds: float, progress: Callable[[float], None] | None, over: Callable[[], bool] | None) -> None:
        """Let so much time pass, or less if `over` says so."""

    def cue(self, which: str) -> None:
        """Keep the moment of the start or of the end."""

    def mark(self, mark: Mark, given: Given) -> None:
        """Keep a mark."""

    def seen(self) -> Seen | None:
        """A loss of balance, or the end of a movement, that the device has just seen."""

    def aside(self, reason: str) -> None:
        """Keep why the loss that ended the trial was none."""


@dataclass
class Run:
    """What became of a trial: `reason` is complete, timeout, observer or loss, which is the one `seen`; `start_s` None
    where it ended before. `confirmed`: the observer pressed the key of a loss too, just after the device.
    `finished`: the end of the movement, where the device ended the trial for it."""

    reason: str = "observer"
    start_s: float | None = None
    end_s: float | None = None
    given: list[Given] = field(default_factory=list)
    seen: Seen | None = None
    confirmed: bool = False
    finished: Seen | None = None

    @property
    def passed_s(self) -> float:
        """Seconds from the start cue to the end."""
        return 0.0 if self.start_s is None or self.end_s is None else self.end_s - self.start_s


def perform(line: Line, protocol: Protocol, ahead: Next, observer: Observer, tell: Tell) -> Run:
    """Run one trial. The observer's Ctrl-C ends it wherever it is."""
    condition, run = ahead.condition, Run()

    def say(kind: str, text: str = "", share: float = 0.0) -> None:
        tell(Moment(kind, text, share, condition, ahead.trial))

    def progress(share: float) -> None:
        say("progress", share=share)

    keys = _Keys(line, protocol, condition, observer, run, lambda text: say("mark", text))
    with observer.watching():
        with suppress(KeyboardInterrupt):
            say("cue", condition.cues.prepare)
            line.begin()
            for word in condition.cues.countdown:
                say("cue", word)
                line.wait(1.0, None, None)
            if condition.kind != "hold" and len(condition.cues.countdown) < 2:
                line.wait(REST_S, None, None)
            say("cue", start_words(ahead))
            run.start_s = line.now_s()
            line.cue(START)
            run.reason = _until_over(line, condition, run, keys, progress, lambda text: say("cue", text))
        run.end_s = line.now_s()
        line.cue(END)
        by_device = run.seen or run.finished
        if by_device:
            say("mark", by_device.words)
        say("cue", condition.cues.end)
        # Who sees a fall, or arms used, presses a key a moment after the device has ended the trial: it belongs to it.
        with suppress(KeyboardInterrupt):
            line.wait(_tail_s(condition, run), None, keys.after_device if by_device else None)
    return run


def _tail_s(condition: Condition, run: Run) -> float:
    if run.seen:
        return LOSS_TAIL_S
    return TAIL_S if condition.kind in HOLDS_STILL else MOVING_TAIL_S


def ask_values(line: Line, protocol: Protocol, condition: Condition, observer: Observer, run: Run, tell: Tell) -> None:
    """What is typed after a trial that took place. Ctrl-C leaves the rest out."""
    if run.start_s is None or not observer.watched:
        return
    with suppress(KeyboardInterrupt):
        for mark in protocol.marks_of(condition, "value"):
            value = number_asked(observer, mark, lambda text: tell(Moment("say", text)))
            if value is not None:
                given = Given(mark.id, round(line.now_s() - run.start_s, 3), value)
                run.given.append(given)
                line.mark(mark, given)


def ask_aside(line: Line, observer: Observer, run: Run) -> None:
    """Whether a trial that the device ended was over indeed. Ctrl-C leaves it so."""
    if run.seen is None or run.confirmed or not observer.watched:
        return
    with suppress(KeyboardInterrupt):
        if why := why_aside(observer, run.seen.words):
            line.aside(why)


def start_words(ahead: Next) -> str:
    """The start cue; of a lean, the direction with it, since the direction is what it waits for."""
    said = ahead.condition.cues.start
    return f"{ahead.target.say} {said}" if ahead.target else said


def _until_over(
    line: Line,
    condition: Condition,
    run: Run,
    keys: _Keys,
    progress: Callable[[float], None],
    cue: Callable[[str], None],
) -> str:
    """Run the clock of a trial: why it is over."""
    begin_s = line.now_s()
    late = condition.kind == "hold" and condition.starts_on == "mark"
    waiting = list(condition.cues.during)

    def finished() -> bool:
        keys.look()
        return keys.over is not None or keys.lost()

    def over() -> bool:
        while waiting and line.now_s() - begin_s >= waiting[0].at_s:
            cue(waiting.pop(0).say)
        return finished() or (late and keys.started_s is not None)

    line.wait(condition.limit_s + (LIFT_S if late else 0.0), progress, over)
    if late and keys.over is None and run.seen is None and keys.started_s is not None:
        line.wait(max(keys.started_s + condition.hold_s - line.now_s(), 0.0), progress, finished)
    if run.seen:
        return LOSS
    if keys.over:
        return "complete" if keys.over.effect in ("finish", "count") else "observer"
    if run.finished:
        return "complete"
    # Nothing but the observer sees the end of a reach: without a key it is over when its time is.
    return "complete" if condition.lasts or condition.kind in ("angle", "reach") else "timeout"


class _Keys:
    """The marks of a trial as they are given: kept and told at once. `over` is the one that ended it."""

    def __init__(
        self,
        line: Line,
        protocol: Protocol,
        condition: Condition,
        observer: Observer,
        run: Run,
        tell: Callable[[str], None],
    ):
        self.over: Mark | None = None
        self.started_s: float | None = None
        self._line, self._condition, self._observer = line, condition, observer
        self._run, self._tell = run, tell
        self._marks = {mark.key: mark for mark in protocol.marks_of(condition)}
        self._ends_by_count = not protocol.marks_of(condition, "finish") and condition.kind == "timed"
        self._counted = 0

    def look(self) -> None:
        for key in self._observer.pressed():
            mark = self._marks.get(key)
            if mark is None:
                self._tell(f"[{key}] is no mark here")
            elif mark.effect == "value":
                self._tell(f"[{key}] is asked after the trial")
            elif self.over is None:
                self._take(mark)

    def after_device(self) -> bool:
        """What the observer says just after the device has ended the trial; a loss that they too have seen needs no
        question. Never an end of this wait."""
        marks = [self._marks[key] for key in self._observer.pressed() if key in self._marks]
        for mark in marks:
            if mark.effect in AFTER_DEVICE:
                self._take(mark)
                self._run.confirmed = self._run.confirmed or mark.effect == "stop"
        return False

    def lost(self) -> bool:
        """Whether the device has seen what ends the trial; another loss is told."""
        seen = self._line.seen()
        if seen and seen.finished:
            self._run.finished = seen
        elif seen and seen.ends:
            self._run.seen = seen
        elif seen:
            self._tell(seen.words)
        return self._run.seen is not None or self._run.finished is not None

    def _take(self, mark: Mark) -> None:
        now_s = self._line.now_s()
        start_s = now_s if self._run.start_s is None else self._run.start_s
        t_s = round(now_s - start_s, 3)
        given = Given(mark.id, t_s)
        self._run.given.append(given)
        self._tell(f"{t_s:.1f} s: {mark.label}")
        if mark.effect == "start":
            self.started_s = now_s
        self._counted += mark.effect == "count"
        enough = self._ends_by_count and 0 < (self._condition.repetitions or 0) <= self._counted
        if mark.effect in ENDING or (mark.effect == "count" and enough):
            self.over = mark
        self._line.mark(mark, given)
