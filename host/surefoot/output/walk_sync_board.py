# SPDX-License-Identifier: MIT
"""Walks off a board into a person's folder: those that are new, or one that is walked on the cable now."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..clinic.log_fetch import Wanted, device_of, fetch, kept_of, new_path
from ..clinic.run_values import now_utc
from ..clinic.walks_folder import FOLDER, live_path, made_folder, walks_folder
from ..errors import CommandInvalid, LinkError, RecordingError, SurefootError
from ..unit_words import counted
from .walk_plain import plain
from .walk_sync_words import time_words

if TYPE_CHECKING:
    from ..clinic.walk_live import StepCounter
    from ..device.link import Link
    from ..device.logs import LogEntry, LogList

Say = Callable[[str], None]
Ask = Callable[[str], str]
Teller = Callable[[int], Callable[[int, int], Any]]
LITTLE_ROOM_MIN = 60
STAND = "Stand still for a few seconds, walk, and stand still again before you end it."


def _silent(number: int) -> Callable[[int, int], Any]:
    return lambda done, total: None


@dataclass
class Brought:
    """Names of walks that are new here, how many of this person's were here before, which log is kept for whom else,
    what broke a walk off, and technical sentences that whoever walked reads in other words."""

    new: list[str] = field(default_factory=list)
    here: int = 0
    others: dict[str, str] = field(default_factory=dict)
    error: SurefootError | None = None
    details: list[str] = field(default_factory=list)

    def tell(self, text: str, say: Say) -> None:
        """A sentence in plain words; as it is it goes to whoever treats (--json)."""
        self.details.append(text)
        if words := plain(text):
            say(words)


def bring(
    link: Link,
    data: Path,
    person: str,
    say: Say,
    teller: Teller = _silent,
    utc_now: Callable[[], str] = now_utc,
    only: Sequence[int] | None = None,
) -> Brought:
    """All logs that nobody has yet, or `only` these of them, for this person; then the board is told the time. Raises
    SurefootError."""
    from ..device.logs import list_logs

    device, folder = device_of(link), walks_folder(data, person)
    folders = [folder, *(path for path in sorted((data / FOLDER).glob("*")) if path.is_dir() and path != folder)]
    found = list_logs(link)
    out = Brought()
    wanted: list[Wanted] = []
    for entry in chosen(found, only):
        kept = kept_of(entry, device, folders)
        if kept is None:
            wanted.append(Wanted(entry, new_path(entry, device, folder, folders)))
        elif kept.parent == folder:
            out.here += 1
        else:
            out.others[kept.stem] = kept.parent.name
    if out.others and not wanted and not out.here:
        raise RecordingError(_all_others(out.others, person))
    made_folder(data, person)
    for name, other in out.others.items():
        out.tell(f"{name} is kept for {other} already and was left alone: a walk belongs to one person.", say)
    fetch(link, wanted, teller, lambda path: out.new.append(path.stem), utc_now)
    _tell_time(link, out, say)
    _room(found, out, say)
    return out


def chosen(found: LogList, only: Sequence[int] | None) -> tuple[LogEntry, ...]:
    """The logs of these numbers, or all. Raises CommandInvalid for one that isn't there."""
    there = [entry.number for entry in found.logs]
    for number in only or ():
        if number not in there:
            have = f"there are {', '.join(map(str, there))}" if there else "there is none"
            raise CommandInvalid(f"There is no log {number} on this board: {have}.")
    return tuple(entry for entry in found.logs if not only or entry.number in only)


def _all_others(others: dict[str, str], person: str) -> str:
    whose = ", ".join(sorted(set(others.values())))
    return (
        f"What is on this board ({', '.join(others)}) is kept for {whose} already, and a walk belongs to one person:"
        f" check the code {person}, or that this is their board. If they were kept for the wrong person, move their"
        " files to the other folder."
    )


def end_running(link: Link, args: argparse.Namespace, ask: Ask | None, say: Say) -> None:
    """A walk that is still being logged is ended, where somebody says so. Raises SurefootError where nobody does."""
    from ..device.logs import stop_log

    number = (link.config or {}).get("log")
    if not number:
        return
    if not args.yes:
        answer = ask(f"The board is still logging walk {number}. End it and go on? [Y/n] ") if ask else "n"
        if answer.strip().lower() not in ("", "y", "yes"):
            raise RecordingError(
                f"The board is still logging walk {number}: press its button to end it, or say --yes, and sync again."
            )
    stop_log(link)
    say(f"Walk {number} is ended.")


def _tell_time(link: Link, out: Brought, say: Say) -> None:
    try:
        link.set_utc()
    except LinkError as error:
        out.tell(f"The board could not be told the time: {error}", say)


def _room(found: LogList, out: Brought, say: Say) -> None:
    minutes = found.room_min[100]
    if found.logs and minutes < LITTLE_ROOM_MIN:
        out.tell(
            f"Room on the board for {counted(minutes, 'more minute')} of walking. What was fetched is verified:"
            " `surefoot log erase` makes room.",
            say,
        )


def walk_now(
    link: Link, data: Path, person: str, args: argparse.Namespace, say: Say, utc_now: Callable[[], str] = now_utc
) -> Brought:
    """A walk on the cable, recorded from now until Ctrl-C or --seconds. Raises SurefootError where it never began."""
    from ..clinic.walk_live import walk_live

    created = utc_now()
    path = live_path(data, person, device_of(link), created)
    line = _Line(sys.stderr if args.json else sys.stdout)

    def begun() -> None:
        say(STAND + ("" if args.seconds else " Ctrl-C ends it."))

    error = walk_live(link, path, person, created, args.seconds, line.tell, begun)
    line.close()
    out = Brought([path.stem], 0, {}, error)
    if error is not None:
        out.tell(str(error), say)
    return out


class _Line:
    """Minutes and steps, one line that is written over; only on a terminal."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._shown = -1

    def tell(self, counter: StepCounter) -> None:
        second = int(counter.seconds)
        if not self._out.isatty() or second == self._shown:
            return
        self._shown = second
        self._out.write(f"\r  {time_words(second)}, {counter.steps} steps".ljust(40))
        self._out.flush()

    def close(self) -> None:
        if self._shown >= 0:
            print(file=self._out, flush=True)
