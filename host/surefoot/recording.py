# SPDX-License-Identifier: MIT
"""A recording on disk: the received bytes as they came, with the host's notes as frames between them.

The file is append-only and readable at any truncation: a first line of text, a head note, the device's own frames.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from . import wire
from .decode import Decoded, decode
from .errors import RecordingError
from .frames import NOTE

FORMAT = 1
SUFFIX = ".sfr"
MAGIC = b"surefoot recording 1\n\0"
_FLUSH_S = 1.0
_PARTIAL_MAX = 1 << 16
_NOTE_MAX = wire.MAX_RAW - 2 - wire.CRC_BYTES


def note_frame(kind: str, values: dict[str, Any]) -> bytes:
    """A host note as one frame, ready to be appended between the device's frames."""
    body = json.dumps({"note": kind, **values}, ensure_ascii=True, allow_nan=False).encode()
    if len(body) > _NOTE_MAX:
        raise RecordingError(f"A note of {len(body)} bytes does not fit the recording: shorten it to {_NOTE_MAX}.")
    return wire.build(NOTE, 0, (), body, wire.CRC_INIT)


class Recorder:
    """Appends received bytes and notes to `path`; a note waits until the frame under way is closed."""

    def __init__(self, path: Path, head: dict[str, Any]):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = open(self.path, "xb")  # noqa: SIM115 (open as long as the Recorder is)
        except FileExistsError:
            raise RecordingError(
                f"{self.path} exists already: recordings are never overwritten, name another."
            ) from None
        self._partial = b""
        self._flushed_s = time.monotonic()
        self._put(MAGIC + note_frame("head", {"format": FORMAT, **head}))
        self.flush()

    def write(self, data: bytes) -> None:
        self._partial += data
        cut = self._partial.rfind(b"\0") + 1
        if cut or len(self._partial) > _PARTIAL_MAX:
            whole, self._partial = self._partial[:cut], self._partial[cut:]
            if not cut:  # no frame is that long: it is closed, so that a note behind it stays a frame of its own
                whole, self._partial = self._partial + b"\0", b""
            self._put(whole)
        if time.monotonic() - self._flushed_s >= _FLUSH_S:
            self.flush()

    def note(self, kind: str, **values: Any) -> None:
        self._put(note_frame(kind, values))

    def _put(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> RecordingError:
        return RecordingError(
            f"{self.path} can't be written any more ({error.strerror}): make room on the disk and repeat the trial; "
            "what was written before is kept."
        )

    def flush(self) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._full(error) from error
        self._flushed_s = time.monotonic()

    def close(self) -> None:
        if self._file.closed:
            return
        try:
            if self._partial:
                self._put(self._partial + b"\0")
                self._partial = b""
            self.flush()
        finally:
            try:
                self._file.close()
            except OSError as error:
                raise self._full(error) from error

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def from_log(raw: Path, path: Path, head: dict[str, Any]) -> None:
    """A recording at `path` of the bytes that a board kept in a log of its own."""
    whole = path.with_name(path.name + ".new")
    whole.write_bytes(MAGIC + note_frame("head", {"format": FORMAT, **head}) + raw.read_bytes() + b"\0")
    whole.replace(path)


def read(path: Path | str) -> Decoded:
    """The decoded recording at `path`. Raises RecordingError where it is none or holds more than one session."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path} can't be read ({error.strerror}): check the path.") from None
    if not data:
        raise RecordingError(f"{path} is empty: nothing was recorded.")
    if not data.startswith(MAGIC[: min(len(data), len(MAGIC) - 1)]):
        raise RecordingError(f"{path} is no Surefoot recording: its first line is not '{MAGIC[:-2].decode()}'.")
    decoded = decode(data[len(MAGIC) :])
    made = int(decoded.head.get("format", FORMAT))
    if made > FORMAT:
        raise RecordingError(
            f"{path} has recording format {made}, this software reads up to {FORMAT}: update surefoot."
        )
    if decoded.sessions > 1:
        raise RecordingError(f"{path} holds {decoded.sessions} sessions: a recording is one trial, split it by hand.")
    return decoded
