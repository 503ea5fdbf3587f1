# SPDX-License-Identifier: MIT
"""The sound frames of a recording by kind, DATA in blocks of equal length, and what was no frame."""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import unframe, wire
from .unframe import Bytes, Ints
from .unpack import MORE, PACK, runs

NOTE = unframe.HOST_KINDS  # body: JSON with a "note" key
DATA_HEAD = struct.calcsize(wire.LAYOUTS[wire.KINDS["DATA"]])


class Row(NamedTuple):
    """A frame that holds no samples, and its place in the file."""

    order: int
    stream: int
    fields: dict[str, int]
    body: bytes


class Block(NamedTuple):
    """Frames of samples of one stream: first index, clock, number of samples and place in the file of each, int64[m];
    `counts` [sum of n, width] of all of them in that order."""

    first: Ints
    tick: Ints
    n: Ints
    order: Ints
    counts: npt.NDArray[Any]


def _layouts(table: Mapping[str, Any]) -> dict[int, tuple[str, str, tuple[str, ...]]]:
    out: dict[int, tuple[str, str, tuple[str, ...]]] = {NOTE: ("NOTE", "<BB", ())}
    for number, name, fields in table["kinds"]:
        pairs = [text.split(":") for text in fields.split()]
        out[number] = (name, "<BB" + "".join(kind for _, kind in pairs), tuple(key for key, _ in pairs))
    return out


_BODIES = ("SCHEMA", "CONFIG", "EVENT", "NOTE", "BLOCK")
_DATA = wire.KINDS["DATA"]
_SAMPLES = (_DATA, PACK, MORE)
_NONE = np.empty(0, np.int64)


def scan(data: Bytes, table: Mapping[str, Any], seed: int) -> tuple[dict[str, list[Row]], dict[int, list[Block]], Ints]:
    """All sound frames: control rows by kind name, samples by stream id, and the chunks that were neither."""
    layouts = _layouts(table)
    streams = {row["id"]: row for row in table["streams"]}
    control: dict[str, list[Row]] = defaultdict(list)
    blocks: dict[int, list[Block]] = defaultdict(list)
    packed: dict[int, list[tuple[Bytes, Ints]]] = defaultdict(list)
    bad: list[Ints] = [_NONE]
    for batch in unframe.batches(data, seed):
        bad.append(batch.order[~batch.sound])
        rows, order = batch.rows[batch.sound], batch.order[batch.sound]
        if not len(rows):
            continue
        samples = np.isin(rows[:, 0], _SAMPLES)
        if samples.any():
            both = rows[:, 0].astype(np.uint16) << 8 | rows[:, 1]
            for pair in np.flatnonzero(np.bincount(both[samples])).tolist():
                kind, stream = divmod(pair, 256)
                mine = both == pair
                if kind != _DATA and stream in streams:
                    packed[stream].append((rows[mine], order[mine]))
                    continue
                block, wrong = _block(streams.get(stream), rows[mine], order[mine])
                bad.append(wrong)
                if block:
                    blocks[stream].append(block)
        for raw, place in zip(rows[~samples], order[~samples], strict=True):
            name, layout, keys = layouts.get(int(raw[0]), ("", "<BB", ()))
            size = struct.calcsize(layout)
            length = len(raw) - wire.CRC_BYTES
            if not name or length < size or (length > size and name not in _BODIES):
                bad.append(np.array([place]))
                continue
            values = struct.unpack_from(layout, raw)
            body = raw[size:length].tobytes()
            control[name].append(Row(int(place), values[1], dict(zip(keys, values[2:], strict=True)), body))
    for stream, parts in packed.items():
        *found, wrong = runs(streams[stream], parts)
        bad.append(wrong)
        blocks[stream].append(Block(*found))
    for rows_of in control.values():
        rows_of.sort(key=lambda row: row.order)
    return control, blocks, np.concatenate(bad)


def _block(stream: Mapping[str, Any] | None, rows: Bytes, order: Ints) -> tuple[Block | None, Ints]:
    """The samples in DATA frames of one stream and length, and the places of those that hold none."""
    width = rows.shape[1] - DATA_HEAD - wire.CRC_BYTES
    if stream is None or width <= 0:
        return None, order
    n = rows[:, DATA_HEAD - 1].astype(np.int64)
    fits = (n > 0) & (n * stream["bytes"] == width)
    if not fits.any():
        return None, order
    counts = _counts(stream, rows[fits, DATA_HEAD : DATA_HEAD + width].reshape(-1, stream["bytes"]))
    head = np.ascontiguousarray(rows[fits, 2:10]).view("<u4").astype(np.int64)
    return Block(head[:, 0], head[:, 1], n[fits], order[fits], counts), order[~fits]


def unpack12(packed: Bytes) -> npt.NDArray[np.uint16]:
    """12-bit values uint16[n, 2 w/3] from uint8[n, w]: the inverse of `wire.pack12`."""
    low, mid, high = (packed[:, i::3].astype(np.uint16) for i in range(3))
    out = np.empty((len(packed), low.shape[1] * 2), np.uint16)
    out[:, 0::2] = low | (mid & 0xF) << 8
    out[:, 1::2] = mid >> 4 | high << 4
    return out


def _counts(stream: Mapping[str, Any], records: Bytes) -> npt.NDArray[Any]:
    if stream["pack"] == "u12":
        return unpack12(records)
    if stream["pack"] == "u8":
        return records
    return np.ascontiguousarray(records).view("<i2")


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, empty where it holds none."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def outside(data: Bytes, bad: Ints) -> tuple[bytes, int]:
    """Readable text among the chunks that were no frames, and how many were not text either."""
    starts, ends = unframe.chunks(data)
    texts: list[bytes] = []
    broken = 0
    for place in np.sort(bad).tolist():
        chunk = data[starts[place] : ends[place]]
        if ((chunk >= 32) & (chunk < 127) | (chunk == 10) | (chunk == 13) | (chunk == 9)).all():
            texts.append(chunk.tobytes())
        else:
            broken += 1
    return b"\n".join(texts), broken
