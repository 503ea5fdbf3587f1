# SPDX-License-Identifier: MIT
"""Bytes as received in, checked frames out, many at a time: the vectorised twin of `wire.uncobs` and `wire.crc24`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from . import wire

HOST_KINDS = 0x80  # kinds from here on are written by the host, under the constant seed like SCHEMA
_BLOCK_BYTES = 1 << 22
_ROWS = 1 << 15

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Raw chunks of one length: `rows` uint8[k, length], CRC still on; `order` int64[k], their place in the file."""

    rows: Bytes
    order: Ints
    sound: npt.NDArray[np.bool_]


def _crc_pairs() -> npt.NDArray[np.uint32]:
    one = np.frombuffer(wire.CRC_TABLE, dtype=np.uint32)
    pairs = np.arange(65536, dtype=np.uint32)
    first = one[pairs >> 8]
    return (((first << 8) & 0xFFFFFF) ^ one[(first >> 16) ^ (pairs & 0xFF)]).astype(np.uint32)


_PAIRS = _crc_pairs()


def crc24_rows(rows: Bytes, seeds: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """CRC-24 of every row of uint8[k, n], each from its own seed."""
    length = rows.shape[1]
    crc = seeds.astype(np.uint32)
    even = length & ~1
    words = np.ascontiguousarray(rows[:, :even]).view(">u2").T.astype(np.uint16, order="C")
    for word in words:
        crc = _PAIRS[(crc >> 8) ^ word] ^ ((crc << 16) & 0xFFFFFF)
    if length & 1:
        one = np.frombuffer(wire.CRC_TABLE, dtype=np.uint32)
        crc = ((crc << 8) & 0xFFFFFF) ^ one[(crc >> 16) ^ rows[:, -1]]
    return crc.astype(np.uint32, copy=False)


def crc24(data: bytes | Bytes, seed: int) -> int:
    """`wire.crc24` of megabytes: pieces side by side, then joined, as a CRC is linear in its start value."""
    whole = np.frombuffer(data, np.uint8)
    length = 1 << max(6, (len(whole).bit_length() + 1) // 2)
    count = len(whole) // length
    crc = seed
    if count:
        pieces = crc24_rows(whole[: count * length].reshape(count, length), np.zeros(count, np.uint32))
        ones = np.uint32(1) << np.arange(24, dtype=np.uint32)
        moved = crc24_rows(np.zeros((24, length), np.uint8), ones).tolist()
        for piece in pieces.tolist():
            for bit in range(24):
                if crc >> bit & 1:
                    piece ^= moved[bit]
            crc = piece
    rest = whole[count * length :].tobytes()
    return wire.crc24(rest, len(rest), crc)


def chunks(data: Bytes) -> tuple[Ints, Ints]:
    """Start and end of each non-empty run of bytes that a zero closes; what follows the last zero is not among them."""
    ends = np.flatnonzero(data == 0)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    some = ends > starts
    return starts[some], ends[some]


def _uncobs(data: Bytes, starts: Ints, ends: Ints) -> tuple[Bytes, Ints, Ints, npt.NDArray[np.bool_]]:
    """Decode the chunks of one block: raw bytes, offset and length of each chunk in them, and whether it was COBS."""
    base = int(starts[0])
    out = data[base : int(ends[-1]) + 1].copy()
    keep = out != 0
    starts, ends = starts - base, ends - base
    lengths = ends - starts - 1
    keep[starts] = False
    good = np.ones(len(starts), dtype=bool)
    who = np.arange(len(starts))
    at = starts.copy()
    source = data[base:]
    while len(who):
        code = source[at].astype(np.int64)
        at = at + code
        limit = ends[who]
        good[who[at > limit]] = False
        inside = at < limit
        at, who, code = at[inside], who[inside], code[inside]
        full = code == 255
        out[at[~full]] = 0
        keep[at[full]] = False
        lengths[who[full]] -= 1
    raw = out[keep]
    offsets = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    return raw, offsets, lengths, good


def batches(data: Bytes, seed: int) -> Iterator[Batch]:
    """Every chunk of `data`, grouped by length; `sound` says whether COBS, length and CRC all hold.

    `seed` is the CRC seed of the schema in force.
    """
    starts, ends = chunks(data)
    cuts = np.searchsorted(starts, np.arange(0, len(data) + _BLOCK_BYTES, _BLOCK_BYTES))
    for low, high in pairwise(cuts):
        if low == high:
            continue
        raw, offsets, lengths, good = _uncobs(data, starts[low:high], ends[low:high])
        by_length = np.argsort(lengths, kind="stable")
        edges = np.flatnonzero(np.diff(lengths[by_length])) + 1
        for group in np.split(by_length, edges):
            length = int(lengths[group[0]])
            if length < 2 + wire.CRC_BYTES or length > wire.MAX_RAW:
                empty = np.zeros((len(group), 0), np.uint8)
                yield Batch(empty, group + low, np.zeros(len(group), bool))
                continue
            view = np.lib.stride_tricks.sliding_window_view(raw, length)
            for part in np.split(group, range(_ROWS, len(group), _ROWS)):
                rows = view[offsets[part]]
                fixed = np.isin(rows[:, 0], wire.FIXED) | (rows[:, 0] >= HOST_KINDS)
                seeds = np.where(fixed, wire.CRC_INIT, seed).astype(np.uint32)
                crc = crc24_rows(rows[:, : -wire.CRC_BYTES], seeds)
                told = rows[:, -3].astype(np.uint32) | rows[:, -2].astype(np.uint32) << 8
                told |= rows[:, -1].astype(np.uint32) << 16
                yield Batch(rows, part + low, good[part] & (crc == told))
