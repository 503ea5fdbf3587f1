# SPDX-License-Identifier: MIT
"""Bytes in as they arrive, checked frames out, one at a time and without any I/O: the live end of the wire.

`surefoot.decode` reads whole recordings, many frames at a time; both accept the same frames, but for codes beyond the
tables: a file may come from a later build, and there they are kept by number.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from .. import wire

MAX_CHUNK = wire.encoded_size(wire.MAX_RAW) - 1  # the zero byte not counted
MAX_TEXT = 1 << 14
NAMES = {number: name for name, number in wire.KINDS.items()}
FIELDS = {number: tuple(field.split(":")[0] for field in fields.split()) for number, _, fields in wire.TABLE["kinds"]}
# Coded fields and their tables; a code beyond its table is no frame of ours.
_CODES = {"GAP": ("cause", "causes"), "EVENT": ("code", "events"), "END": ("reason", "reasons")}
_FREE_BODY = ("SCHEMA", "CONFIG", "EVENT", "BLOCK", "PACK", "MORE")
_PRINTABLE = bytes([8, 9, 10, 13, 27, *range(0x20, 0x7F)])
_UNPRINTABLE = re.compile(rb"[^\x08\t\n\r\x1b\x20-\x7e]")


@dataclass(frozen=True)
class Frame:
    """One sound frame: `fields` by their SCHEMA names, `body` what follows them, `raw` the COBS chunk as received."""

    kind: int
    stream: int
    fields: dict[str, int]
    body: bytes
    raw: bytes

    @property
    def name(self) -> str:
        return NAMES[self.kind]

    @property
    def text(self) -> str:
        """The body as text (SCHEMA, CONFIG, EVENT)."""
        return self.body.decode("utf-8", "replace")


def parse(chunk: bytes) -> Frame | None:
    """The frame in one COBS chunk (delimiter removed), or None where COBS, length, kind, CRC or a code is wrong."""
    if len(chunk) > MAX_CHUNK:
        return None
    raw = wire.uncobs(chunk)
    if raw is None or len(raw) > wire.MAX_RAW or not raw or raw[0] not in FIELDS:
        return None
    kind = raw[0]
    name, layout = NAMES[kind], wire.LAYOUTS[kind]
    head, end = struct.calcsize(layout), len(raw) - wire.CRC_BYTES
    if end < head or (name not in _FREE_BODY and name != "DATA" and end != head):
        return None
    seed = wire.seed_of(kind)
    if wire.crc24(raw, end, seed) != int.from_bytes(raw[end:], "little"):
        return None
    _, stream, *values = struct.unpack_from(layout, raw)
    fields = dict(zip(FIELDS[kind], values, strict=True))
    if name in ("DATA", "PACK", "MORE", "GAP") and stream not in wire.STREAMS:
        return None
    if name == "DATA" and (not fields["n"] or end - head != fields["n"] * wire.STREAMS[stream]["bytes"]):
        return None
    if name in _CODES:
        field, table = _CODES[name]
        if fields[field] >= len(wire.TABLE[table]):
            return None
    return Frame(kind, stream, fields, raw[head:end], chunk)


def _is_text(chunk: bytes) -> bool:
    return not chunk.translate(None, _PRINTABLE)


def _last_lines(chunk: bytes) -> bytes:
    """Readable end of a chunk that holds a line break: a traceback or boot text behind a frame that was cut off."""
    tail = _UNPRINTABLE.split(chunk)[-1]
    return tail if len(tail) >= 8 and b"\n" in tail else b""


class Framer:
    """Takes any bytes without raising; holds at most one frame's length of them and the last MAX_TEXT of text.

    `frames` counts them, `bad` the chunks between zero bytes that were neither a frame nor text.
    """

    def __init__(self) -> None:
        self.bad = 0
        self.frames = 0
        self._pending = b""
        self._text = b""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete, in order."""
        frames: list[Frame] = []
        *chunks, last = (self._pending + data).split(b"\0")
        for chunk in chunks:
            if not chunk:
                continue
            frame = parse(chunk)
            if frame is None:
                self._outside(chunk)
            else:
                frames.append(frame)
        if len(last) > MAX_CHUNK:
            self._outside(last)
            last = b""
        self._pending = last
        self.frames += len(frames)
        return frames

    @property
    def pending(self) -> bytes:
        """The bytes of a frame that is not complete yet."""
        return self._pending

    @property
    def text(self) -> str:
        """What was readable outside frames, with what is arriving now: boot text, tracebacks, a prompt."""
        pending = self._pending if _is_text(self._pending) else _last_lines(self._pending)
        return (self._text + pending).decode("ascii", "replace")

    def _outside(self, chunk: bytes) -> None:
        whole = _is_text(chunk) and (b"\n" in chunk or b"\r" in chunk or chunk.endswith(b">>> "))
        if not whole:
            self.bad += 1
        self._text = (self._text + (chunk if _is_text(chunk) else _last_lines(chunk)))[-MAX_TEXT:]
