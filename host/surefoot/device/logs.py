# SPDX-License-Identifier: MIT
"""Walks on a board's own log: what is there, fetched piece by piece, taken up again where it broke off, verified."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import unframe, wire
from ..errors import LinkError, LogDamaged, NoReply, Refused
from .framer import Frame
from .link import Link
from .opening import FAST_BAUD

PART = ".part"
_REPLY_S = 5.0
_ERASE_S = 120.0  # a whole partition, a sector at a time
_SILENT_S = 2.0
_TRIES = 5
_LOG = re.compile(r"log (\d+) sectors (\d+) bytes (\d+) (whole|part)")
_ROOM = re.compile(r"logs (\d+) room (\d+) (\d+) dirty (\d+)")
_SUM = re.compile(r"log (\d+) bytes (\d+) crc (\d+)")
_BEGUN = re.compile(r"log (\d+) begins, room for (\d+) min")
_ENDED = re.compile(r"log (\d+) ended: (.+)")

Tell = Callable[[int, int], Any]


@dataclass(frozen=True)
class LogEntry:
    """One log. `whole` is False where its first sectors are gone."""

    number: int
    n_bytes: int
    whole: bool


@dataclass(frozen=True)
class LogList:
    """What lies on the board. `room_min` by sampling rate in Hz: minutes that a walk begun now may last."""

    logs: tuple[LogEntry, ...]
    room_min: dict[int, int]
    dirty_sectors: int


def list_logs(link: Link) -> LogList:
    """What is on the board. Raises Refused where it keeps no log, NoReply."""
    entries: list[LogEntry] = []
    for text in _answers(link, "log list", _REPLY_S):
        if found := _LOG.fullmatch(text):
            number, _, size, whole = found.groups()
            entries.append(LogEntry(int(number), int(size), whole == "whole"))
        elif found := _ROOM.fullmatch(text):
            _, slow, fast, dirty = map(int, found.groups())
            return LogList(tuple(entries), {100: slow, 200: fast}, dirty)
    raise _silent(link, "log list")


def start_log(
    link: Link, minutes: int | None = None, rate_hz: int | None = None, more: Sequence[str] = ()
) -> tuple[int, int]:
    """Begin a walk, with `more` words of `start`; the number of its log and the minutes there is room for. Raises
    Refused where it would not fit."""
    words = [f"minutes={minutes}"] if minutes else []
    words += [f"rate={rate_hz}"] if rate_hz else []
    line = " ".join(["log start", *words, *more])
    for text in _answers(link, line, _REPLY_S):
        if found := _BEGUN.fullmatch(text):
            return int(found[1]), int(found[2])
    raise _silent(link, line)


def stop_log(link: Link) -> tuple[int, str]:
    """End the walk that is being logged; its number and why it ended. Raises Refused where there is none, NoReply."""
    for text in _answers(link, "stop", _REPLY_S):
        if found := _ENDED.fullmatch(text):
            return int(found[1]), found[2]
    raise _silent(link, "stop")


def erase_logs(link: Link, number: int | None = None) -> None:
    """Erase one log, or all of them, for good; what can be written then is ready to be written."""
    line = f"log erase {'all' if number is None else number}"
    for text in _answers(link, line, _ERASE_S):
        if text.startswith("erased"):
            return
    raise _silent(link, line)


def prepare_log(link: Link) -> None:
    """Erase what is not in use and not blank, so that the next walk has all the room there is."""
    for text in _answers(link, "log prepare", _ERASE_S):
        if text.startswith("prepared"):
            return
    raise _silent(link, "log prepare")


def fetch_log(link: Link, number: int, path: Path, tell: Tell = lambda done, total: None) -> Path:
    """The bytes of log `number` into the file `path`. What an earlier try left in `path`.part is not fetched again.

    `tell` hears how many bytes of how many are here. Raises Refused, NoReply, LogDamaged.
    """
    part = path.with_name(path.name + PART)
    part.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        with open(part, "ab") as file:
            _pieces(link, number, file, tell)
        size, crc = _sum(link, number)
        data = part.read_bytes()
        if len(data) == size and unframe.crc24(data, wire.CRC_INIT) == crc:
            part.replace(path)
            return path
        part.unlink()  # the log has changed since an earlier try: all of it again
    raise LogDamaged(
        f"Log {number} arrived damaged twice: check the cable, then fetch it again; the board still has it."
    )


def _pieces(link: Link, number: int, file: Any, tell: Tell) -> None:
    tries = 0
    while True:
        at = file.seek(0, 2)
        line = f"log get {number} {at}"
        link.send(line)
        moved = False
        for frame in _frames(link, line):
            if frame.name == "BLOCK":
                if frame.fields["offset"] == at:
                    file.write(frame.body)
                    at += len(frame.body)
                    moved = True
                    tell(at, frame.fields["total"])
            elif frame.text.startswith(f"log {number} sent"):
                file.flush()
                if at >= int(frame.text.rsplit(" ", 1)[1]):
                    return
                break
        file.flush()
        tries = 0 if moved else tries + 1
        if tries >= _TRIES:
            raise _silent(link, line)


def _sum(link: Link, number: int) -> tuple[int, int]:
    line = f"log sum {number}"
    for text in _answers(link, line, 60.0):
        if found := _SUM.fullmatch(text):
            return int(found[2]), int(found[3])
    raise _silent(link, line)


def _frames(link: Link, line: str) -> Iterator[Frame]:
    """BLOCK frames and answers until nothing has come for a while."""
    heard_s = link.timing.now_s()
    while link.timing.now_s() - heard_s < _SILENT_S:
        frames = link.poll(0.2)
        if frames:
            heard_s = link.timing.now_s()
        for frame in frames:
            _refusal(line, frame)
            if frame.name == "BLOCK" or _is_ok(frame):
                yield frame


def _answers(link: Link, line: str, timeout_s: float) -> Iterator[str]:
    """The texts with which the board answers a command, as they come, until the time is over."""
    link.forget()
    link.send(line)
    until_s = link.timing.now_s() + timeout_s
    while (left_s := until_s - link.timing.now_s()) > 0:
        for frame in link.poll(min(left_s, 0.2)):
            _refusal(line, frame)
            if _is_ok(frame):
                yield frame.text


def _is_ok(frame: Frame) -> bool:
    return frame.name == "EVENT" and wire.TABLE["events"][frame.fields["code"]] == "ok"


def _refusal(line: str, frame: Frame) -> None:
    if frame.name == "EVENT" and wire.TABLE["events"][frame.fields["code"]] == "refused":
        raise Refused(line, frame.text)


def _silent(link: Link, line: str) -> NoReply:
    return NoReply(f"The board on {link.port} did not answer '{line}': press its reset and try again; nothing is lost.")


@contextmanager
def fast_line(link: Link, baud: int = FAST_BAUD) -> Iterator[bool]:
    """Both ends speak faster in here, where they can: not over a USB that has no baud rate, or a bad cable."""
    before = link.baud
    fast = _change_baud(link, baud)
    try:
        yield fast
    finally:
        if fast:
            with suppress(LinkError):  # a board that is gone goes back by itself
                _change_baud(link, before)


def _change_baud(link: Link, baud: int) -> bool:
    before = link.baud
    try:
        if next(_answers(link, f"baud {baud}", _REPLY_S), "") != f"baud {baud}":
            return False
    except Refused:
        return False
    link.baud = baud
    if any(link.ping(0.3) for _ in range(3)):
        return True
    link.baud = before  # the board goes back too when it hears nothing
    until_s = link.timing.now_s() + 2 * _SILENT_S
    while link.timing.now_s() < until_s and not link.ping(0.3):
        pass
    return False
