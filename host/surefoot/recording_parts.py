# SPDX-License-Identifier: MIT
"""A recording's file cut between frames, and any part of it decoded behind the recording's own beginning."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import recording, unframe, wire
from .decode import Decoded, decode
from .errors import RecordingError

PART_BYTES = 1 << 19
HEAD_BYTES = 1 << 18  # schema and configuration come first
HEAD_FRAMES = 256
PEEK_BYTES = 1 << 13
_NUMBERED, _FIRST = (wire.KINDS["DATA"], wire.KINDS["PACK"]), slice(2, 6)


class Part(NamedTuple):
    """Bytes `begin` to `end` - 1 of the file."""

    begin: int
    end: int


def beginning(path: Path) -> bytes:
    """The file's schema, configuration and head as frames. RecordingError: it is no recording, or lacks them."""
    try:
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES)
    except OSError as error:
        raise RecordingError(f"{path} can't be read ({error.strerror}): check the path.") from None
    if not data.startswith(recording.MAGIC):
        raise RecordingError(f"{path} is no Surefoot recording.")
    whole = np.frombuffer(data[len(recording.MAGIC) :], np.uint8)
    starts, ends = unframe.chunks(whole)
    kinds = {wire.KINDS["SCHEMA"], wire.KINDS["CONFIG"], unframe.HOST_KINDS}
    kept: list[bytes] = []
    for start, end in zip(starts[:HEAD_FRAMES].tolist(), ends[:HEAD_FRAMES].tolist(), strict=True):
        chunk = whole[start:end].tobytes()
        if len(chunk) > 1 and (chunk[1] if chunk[0] > 1 else 0) in kinds:
            kept.append(chunk + b"\0")
    return b"".join(kept)


def parts_of(path: Path, size: int = PART_BYTES) -> list[Part]:
    """The file cut between frames into parts of some `size` bytes."""
    total = path.stat().st_size
    cuts = [len(recording.MAGIC)]
    with path.open("rb") as file:
        for at in range(cuts[0] + size, total - size // 2, size):
            file.seek(at)
            zero = file.read(1 << 16).find(b"\0")
            if zero >= 0 and at + zero + 1 > cuts[-1]:
                cuts.append(at + zero + 1)
    return [Part(begin, end) for begin, end in zip(cuts, [*cuts[1:], total], strict=True)]


def read_bytes(path: Path, begin: int, end: int, head: bytes) -> Decoded:
    """What a range of bytes holds, behind the recording's beginning."""
    with path.open("rb") as file:
        file.seek(begin)
        return decode(head + file.read(end - begin))


def first_row(path: Path, at: int) -> int | None:
    """Number of the first sample of the insoles in the frames from byte `at` on, which begins one; None if none is
    near."""
    with path.open("rb") as file:
        file.seek(at)
        chunks = file.read(PEEK_BYTES).split(b"\0")
    for chunk in chunks[:-1]:
        head = bytearray()
        place = 0
        while place < len(chunk) and len(head) < _FIRST.stop:  # the beginning of a frame is all that is needed of it
            head += chunk[place + 1 : place + chunk[place]] + b"\0" * (chunk[place] < 255)
            place += chunk[place]
        if len(head) >= _FIRST.stop and head[0] in _NUMBERED and head[1] == wire.CELLS:
            return int.from_bytes(head[_FIRST], "little")
    return None
