# SPDX-License-Identifier: MIT
"""Whoever stands beside the person: keys during a trial, without the trial ever waiting for them, answers after it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import IO

from ..care.outcome import Next
from ..care.protocol import Mark, Protocol

NAMES = {" ": "space", "\r": "enter", "\n": "enter"}
KNOWN_LEGS = ("left", "right")
YES, NO = ("y", "yes", "ok", "okay", "right", "true"), ("n", "no")
REASON_MAX = 120  # characters of a reason


def _no_keys() -> Sequence[str]:
    return ()


def _no_answer(question: str) -> str | None:
    return None


@dataclass(frozen=True)
class Observer:
    """`pressed` gives the keys pressed since it was last asked, as marks name them, and never waits; `ask` the answer
    to a question in one line, None where nobody answers. `watching` holds while keys are to be read. `watched`:
    whether there is anybody."""

    pressed: Callable[[], Sequence[str]] = _no_keys
    ask: Callable[[str], str | None] = _no_answer
    watching: Callable[[], AbstractContextManager[None]] = nullcontext
    watched: bool = True


NOBODY = Observer(watched=False)


def at_terminal(source: IO[str] | None = None) -> Observer:
    """Keys and answers from a terminal. Ctrl-C stays what it is."""
    source = source or sys.stdin
    assert source is not None
    return _windows() if sys.platform == "win32" else _posix(source.fileno())


def _posix(fd: int) -> Observer:
    import select
    import termios
    import tty

    @contextmanager
    def watching() -> Iterator[None]:
        before = termios.tcgetattr(fd)
        tty.setcbreak(fd)
        try:
            yield
        finally:
            # What was typed and not read belonged to the trial and answers no question after it.
            termios.tcsetattr(fd, termios.TCSAFLUSH, before)

    def keys() -> Sequence[str]:
        if not select.select([fd], [], [], 0)[0]:
            return ()
        return key_names(os.read(fd, 64).decode("ascii", "replace"))

    return Observer(keys, _answer, watching)


def _windows() -> Observer:
    import msvcrt

    def keys() -> Sequence[str]:
        typed = ""
        while msvcrt.kbhit():  # type: ignore[attr-defined]
            typed += msvcrt.getwch()  # type: ignore[attr-defined]
        if "\x03" in typed:
            raise KeyboardInterrupt
        return key_names(typed)

    return Observer(keys, _answer)


def key_names(typed: str) -> tuple[str, ...]:
    """Keys as marks name them; others are left out, and an arrow or function key is none of its letters."""
    if "\x1b" in typed:
        typed = typed[: typed.index("\x1b")]
    names = (NAMES.get(key, key.lower()) for key in typed)
    return tuple(name for name in names if len(name) > 1 or (name.isascii() and name.isalnum()))


def _answer(question: str) -> str | None:
    try:
        return input(f"  {question} ").strip()
    except EOFError:  # Ctrl-D means the same
        raise KeyboardInterrupt from None


def help_of(marks: Sequence[Mark]) -> list[str]:
    """A line for each key of a trial."""
    ends = {"stop": "; ends the trial", "repeat": "; the trial is done again", "disqualify": "; ends the trial"}
    later = {"value": "; typed after the trial"}
    return [f"[{mark.key}] {mark.label}{ends.get(mark.effect, '')}{later.get(mark.effect, '')}" for mark in marks]


def number_asked(observer: Observer, mark: Mark, say: Callable[[str], None]) -> float | None:
    """The number of a mark that is typed, in its range; None where it isn't known."""
    unit = f" [{mark.low:g} to {mark.high:g}]" if mark.low is not None and mark.high is not None else ""
    while True:
        answer = observer.ask(f"{mark.label}{unit}, Enter if not known:")
        if not answer:
            return None
        try:
            value = float(answer.replace(",", "."))
        except ValueError:
            say(f"'{answer}' is no number.")
            continue
        if (mark.low is None or value >= mark.low) and (mark.high is None or value <= mark.high):
            return value
        say(f"{value:g} is outside {unit.strip()}.")


def why_aside(observer: Observer, words: str) -> str | None:
    """Why what the device saw was no loss of balance; None where it was, or where nobody says otherwise."""
    answer = (observer.ask(f"{words} Enter if it was so, otherwise why not (the trial is done again):") or "").strip()
    while answer.lower() in NO:
        answer = (observer.ask("What was it, in a few words and without a name? Enter if it was a loss:") or "").strip()
    plain = " ".join(answer.split())[:REASON_MAX]
    said = plain.lower().replace(",", " ").split()
    agreed = not said or said[0] in YES  # "yes, she stepped" is no reason against it
    return None if agreed else plain


def leg_asked(observer: Observer, protocol: Protocol, ahead: Next, known: dict[str, str | None]) -> str | None:
    """Which leg the condition is about: left or right, None where nobody says. Asked once for each way to choose it."""
    condition = ahead.condition
    word = condition.leg
    if word is None or word in KNOWN_LEGS:
        return word
    key = f"chosen {condition.stance}" if word == "chosen" else "dominant"
    if key not in known:
        what = "stands" if condition.stance == "single" else "is in front"
        question = f"Which leg {what}" if word == "chosen" else "Which leg would kick a ball"
        answer = (observer.ask(f"{question}: left or right, Enter if not known?") or "").lower()
        known[key] = next((leg for leg in KNOWN_LEGS if answer and leg.startswith(answer)), None)
    leg = known[key]
    if leg and word == "non-dominant":
        return "left" if leg == "right" else "right"
    return leg
