# SPDX-License-Identifier: MIT
"""Logs off a board into recordings: which are here already, where a new one goes, fetched and verified one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecordingError
from ..recording import MAGIC, SUFFIX
from .run_values import now_utc

if TYPE_CHECKING:
    from ..device.link import Link
    from ..device.logs import LogEntry

_HEAD_MAX = 1 << 16


@dataclass(frozen=True)
class Wanted:
    """A log on a board, and the recording that is to hold it."""

    entry: LogEntry
    path: Path


def device_of(link: Link) -> str:
    return str(link.config["id"]) if link.config else "unknown"


def kept_of(entry: LogEntry, device: str, folders: Iterable[Path]) -> Path | None:
    """The recording of this very log in one of the folders. Of the same number and another length is another log: a
    board that was set up anew counts from 1 again."""
    name = f"{device}-{entry.number:05}"
    for folder in folders:
        for path in sorted((*folder.glob(f"{name}{SUFFIX}"), *folder.glob(f"{name}-*{SUFFIX}"))):
            if logged_bytes(path) in (entry.n_bytes, None):
                return path
    return None


def new_path(entry: LogEntry, device: str, folder: Path, folders: Iterable[Path]) -> Path:
    """Where a new log goes in `folder`, under a name that none of the folders has."""
    name = f"{device}-{entry.number:05}"
    taken = {path.name for other in folders for path in other.glob(f"{name}*{SUFFIX}")}
    names = [f"{name}{SUFFIX}", *(f"{name}-{k}{SUFFIX}" for k in range(2, len(taken) + 3))]
    return folder / next(one for one in names if one not in taken)


def logged_bytes(path: Path) -> int | None:
    """How many bytes of a log a recording holds; None where it can't be told."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_MAX)
        size = path.stat().st_size
    except OSError:
        return None
    end = head.find(b"\0", len(MAGIC))
    return None if end < 0 or not head.startswith(MAGIC) else size - (end + 1) - 1


def fetch(
    link: Link,
    wanted: Sequence[Wanted],
    teller: Callable[[int], Callable[[int, int], Any]],
    done: Callable[[Path], Any],
    utc_now: Callable[[], str] = now_utc,
) -> None:
    """Each log into its recording, taken up again where an earlier try broke off, verified by checksum; `teller(log)`
    hears how many bytes of how many are here, `done` of each whole recording. Raises LinkError, RecordingError."""
    from ..device.logs import fast_line, fetch_log
    from ..recording import from_log

    device = device_of(link)
    with fast_line(link) if wanted else nullcontext():
        for one in wanted:
            number = one.entry.number
            try:
                raw = fetch_log(link, number, one.path.with_suffix(".raw"), teller(number))
                from_log(raw, one.path, {"device": device, "log": number, "fetched_utc": utc_now()})
                raw.unlink()
            except OSError as error:
                raise RecordingError(
                    f"{one.path} can't be written ({error.strerror or error}): make room on the disk, or name a folder"
                    " that you may write to; the board still has the walk."
                ) from None
            done(one.path)
