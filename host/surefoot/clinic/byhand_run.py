# SPDX-License-Identifier: MIT
"""A protocol without a board: the same cues and keys on the host's clock, one file a trial."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..care.outcome import Done, Given, Next, next_trial
from ..care.protocol import Condition, Mark, Protocol
from ..errors import ProtocolError, SurefootError
from .byhand import hand_trial, typed_done, write
from .observer import Observer, leg_asked
from .run_trial import Run, ask_values, perform
from .run_values import HAND_SUFFIX, Moment, Outcome, Setup, Tell, check_person, new_folder, trial_path
from .session import announce, settled, tell_skipped
from .watching import Seen

LOOK_S = 0.02


@dataclass(frozen=True)
class HandLine:
    """The host's clock alone: `Line` of a trial."""

    now_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def begin(self) -> None:
        """There is nothing to be started."""

    def wait(self, seconds: float, progress: Callable[[float], None] | None, over: Callable[[], bool] | None) -> None:
        begin_s = self.now_s()
        while (left_s := begin_s + seconds - self.now_s()) > 0:
            self.sleep(min(LOOK_S, left_s))
            if progress:
                progress(min((self.now_s() - begin_s) / seconds, 1.0))
            if over and over():
                return

    def cue(self, which: str) -> None:
        """The run keeps the times itself."""

    def mark(self, mark: Mark, given: Given) -> None:
        """The run keeps the marks itself."""

    def seen(self) -> Seen | None:
        """A clock sees nothing."""
        return None

    def aside(self, reason: str) -> None:
        """So there is nothing to set aside."""


def run_by_hand(
    protocol: Protocol, setup: Setup, tell: Tell, observer: Observer, line: HandLine | None = None
) -> Outcome:
    """Run every trial with keys. Ctrl-C ends the trial under way, between two trials the session."""
    check_person(setup.person)
    new_folder(setup.out)
    made: list[Path] = []
    done: list[Done] = []
    legs: dict[str, str | None] = {}
    line = line or HandLine()
    while ahead := next_trial(protocol, done):
        try:
            announce(protocol, ahead, observer, tell)
            leg = leg_asked(observer, protocol, ahead, legs)
        except KeyboardInterrupt:
            if not made:
                raise
            break
        run = perform(line, protocol, ahead, observer, tell)
        ask_values(line, protocol, ahead.condition, observer, run, tell)
        one = done_by_hand(protocol, ahead, run, observer.watched)
        path = trial_path(setup.out, len(made) + 1, ahead, HAND_SUFFIX)
        write(hand_trial(protocol, ahead, setup, one, leg), path)
        made.append(path)
        tell(Moment("done", str(path), condition=ahead.condition, trial=ahead.trial))
        done.append(settled(protocol, ahead, one, done, run.reason == "observer"))
    tell_skipped(protocol, done, tell)
    return Outcome(tuple(made), None)


def done_by_hand(protocol: Protocol, ahead: Next, run: Run, watched: bool) -> Done:
    """A trial that was timed by keys. What the clock itself gives, the seconds of a hold, counts as typed."""
    condition = ahead.condition
    typed: dict[str, float] = {}
    if condition.kind == "hold" and run.start_s is not None:
        held_s = _held_s(protocol, condition, run)
        if held_s is not None:
            typed["held_s"] = round(min(held_s, condition.hold_s), 2)
    ended = {"complete": "complete", "timeout": "timeout"}.get(run.reason, "stopped")
    unstarted = condition.kind == "hold" and not typed and run.reason != "observer"
    ended = "interrupted" if run.start_s is None or unstarted else ended
    return Done(
        condition.id,
        ahead.trial,
        ended,
        typed=typed,
        marks=tuple(run.given),
        target=ahead.target.id if ahead.target else None,
        practice=ahead.practice,
        watched=watched,
    )


def _held_s(protocol: Protocol, condition: Condition, run: Run) -> float | None:
    """Seconds from the start, which may be a key, to the end; None where nobody started the clock."""
    begin_s = 0.0
    if condition.starts_on == "mark":
        starts = [g.t_s for g in run.given if protocol.mark(g.mark).effect == "start" and g.t_s is not None]
        if not starts:
            return None
        begin_s = starts[-1]
    return condition.hold_s if run.reason == "complete" and not begin_s else run.passed_s - begin_s


def type_in(protocol: Protocol, setup: Setup, entries: Sequence[dict[str, Any]]) -> Outcome:
    """Write trials that were timed elsewhere. All are checked before the first is written. Raises ProtocolError."""
    check_person(setup.person)
    if not entries:
        raise ProtocolError(f"Nothing was typed: give {', '.join(f'{k}=...' for k in protocol.by_hand.typed)}.")
    trials = [typed_done(entry, protocol) for entry in entries]
    new_folder(setup.out)
    made = []
    for number, one in enumerate(trials, 1):
        condition = protocol.condition(one.condition)
        target = next((t for t in condition.targets if t.id == one.target), None)
        ahead = Next(condition, one.trial, target, False, 0.0)
        path = trial_path(setup.out, number, ahead, HAND_SUFFIX)
        write(hand_trial(protocol, ahead, setup, one, None), path)
        made.append(path)
    return Outcome(tuple(made), None)


def prompts(protocol: Protocol, observer: Observer, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Ask for what is typed of each trial, in the order of the test. Enter alone: not done."""
    done: list[Done] = []
    entries: list[dict[str, Any]] = []
    while ahead := next_trial(protocol, done):
        condition, target = ahead.condition, ahead.target.id if ahead.target else None
        if ahead.practice:
            done.append(Done(condition.id, ahead.trial, target=target, practice=True))
            continue
        say(f"{condition.title}{f', {target}' if target else ''}, trial {ahead.trial}")
        typed = {}
        for key in protocol.by_hand.typed:
            answer = observer.ask(f"{key}, Enter if not known:")
            if answer:
                typed[key] = answer
        entry = {"condition": condition.id, "trial": ahead.trial, "target": target, "typed": typed}
        entry["ended"] = "complete" if typed else "unable"
        try:
            done.append(typed_done(entry, protocol))
        except SurefootError as error:
            say(str(error))
            continue
        entries.append(entry)
    return entries
