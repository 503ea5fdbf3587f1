# SPDX-License-Identifier: MIT
"""Packed samples back to counts: the inverse of firmware/pack.py and packstream.py for all chains of a log at once.

Chains are decoded side by side, one channel of one sample a step. A frame that is damaged, or lacks the one it goes on
from, is left out; nothing raises.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import prefix, wire
from .unframe import Bytes, Ints

PACK, MORE = wire.KINDS["PACK"], wire.KINDS["MORE"]
CHAIN = 8
START = 5  # bucket before the first difference of a chain
_HEADS = {kind: struct.calcsize(wire.LAYOUTS[kind]) for kind in (PACK, MORE)}
_BUCKETS = 17
_RECORD_BITS = 16 * (prefix.LONGEST + 15)  # at most; as many may belong to a sample that ends in the next frame
_BAD = 31
_LOOK = (1 << prefix.LONGEST) - 1
_SPARE = 128  # bytes behind the last, where damage may lead a sample
_CHUNK = 1 << 23  # bytes of coded samples decoded at once; every one becomes a word of eight

Flags = npt.NDArray[np.bool_]


class Runs(NamedTuple):
    """Samples in a row, each run with the number and clock of its first, their number and its place in the file, int64;
    `counts` [sum of n, width] of all; `bad`: places of frames that could not be used."""

    first: Ints
    tick: Ints
    n: Ints
    order: Ints
    counts: npt.NDArray[Any]
    bad: Ints


class _Frames(NamedTuple):
    """All frames of a stream in file order; `start` and `end` of their coded bytes in `coded`."""

    kind: Ints
    order: Ints
    first: Ints
    tick: Ints
    n: Ints
    mark: Ints
    start: Ints
    end: Ints
    coded: Bytes


@cache
def _table() -> npt.NDArray[np.uint32]:
    """By both buckets before and the next bits: length of the code, with the bits behind it << 4, bucket << 10."""
    codes = np.asarray(prefix.codes(), np.int64).reshape(prefix.ROWS, prefix.SYMBOLS)
    out = np.full((_BUCKETS, _BUCKETS, _LOOK + 1), _BAD << 10 | 1 << 4 | 1, np.uint32)
    for before in range(_BUCKETS):
        for earlier in range(_BUCKETS):
            row = codes[prefix.row(before, earlier), prefix.offset(before) :][:_BUCKETS].tolist()
            for bucket, code in enumerate(row):
                length = code >> 12
                if length:
                    whole = length + max(bucket - 1, 0)
                    out[before, earlier, code & 0xFFF :: 1 << length] = length | whole << 4 | bucket << 10
    return out.ravel()


def runs(stream: Mapping[str, Any], packed: Sequence[tuple[Bytes, Ints]]) -> Runs:
    """Decode a stream's PACK and MORE frames; `packed`: rows of sound frames of one kind and length each, CRC still
    on, with their places in the file."""
    frames = _in_order(packed)
    chained, first = _chains(frames)
    use = np.flatnonzero(chained)
    n, kind = frames.n[use], frames.kind[use]
    heads = np.flatnonzero(frames.mark[use] & 7 == 0)
    width, bits = stream["n"], 12 if stream["pack"] == "u12" else 16
    base = np.concatenate(([0], np.cumsum(n)))
    counts = np.zeros((int(base[-1]), width), np.uint16)
    ends = np.zeros(len(counts), np.int64)
    wrong = np.zeros(len(counts), bool)
    edges = np.append(heads, len(use))
    cuts = np.searchsorted(frames.start[use][heads], np.arange(0, len(frames.coded) + _CHUNK, _CHUNK))
    for low, high in pairwise(cuts):
        if low < high:
            part = slice(int(edges[low]), int(edges[high]))
            _decode(frames, use[part], bits, base[part.start : part.stop + 1], counts, ends, wrong)
    if bits == 12:
        wrong |= (counts > 4095).any(axis=1)
    sound = _sound(frames, use, base, ends, wrong)
    # A chain is good up to its first bad frame.
    spoilt = np.cumsum(~sound)
    sound = spoilt == np.repeat(spoilt[heads] - ~sound[heads], np.diff(edges))
    keep = np.repeat(sound, n)
    use, n, kind = use[sound], n[sound], kind[sound]
    start = np.flatnonzero(kind == PACK)
    total = np.add.reduceat(n, start) if len(start) else n
    bad = np.delete(frames.order, use)
    lead = use[start]
    out = counts[keep] if bits == 12 else counts[keep].view(np.int16)
    return Runs(first[lead], frames.tick[lead], total, frames.order[lead], out, bad)


def _in_order(packed: Sequence[tuple[Bytes, Ints]]) -> _Frames:
    columns: list[Ints] = []
    bodies: list[Bytes] = []
    for rows, order in packed:
        kind = int(rows[0, 0]) if len(rows) else PACK
        head = _HEADS[kind]
        low = rows[:, 2:head]
        if rows.shape[1] <= head + 1 + wire.CRC_BYTES:
            low = np.zeros((len(rows), head - 2), np.uint8)  # no samples in it: n is 0
            body = np.zeros((len(rows), 1), np.uint8)
        else:
            body = rows[:, head : -wire.CRC_BYTES]
        column = np.zeros((len(rows), 7), np.int64)
        column[:, 0], column[:, 1], column[:, 4], column[:, 5] = kind, order, low[:, -1], body[:, 0]
        if kind == PACK:
            column[:, 2:4] = np.ascontiguousarray(low[:, :8]).view("<u4")
        else:
            column[:, 2] = low[:, 0]
        column[:, 6] = body.shape[1] - 1
        columns.append(column)
        bodies.append(np.ascontiguousarray(body[:, 1:]).ravel())
    table = np.concatenate([*columns, np.zeros((0, 7), np.int64)])
    length = table[:, 6]
    source = np.cumsum(length) - length
    sort = np.argsort(table[:, 1], kind="stable")
    table, length = table[sort], length[sort]
    end = np.cumsum(length)
    take = np.repeat(source[sort] - (end - length), length) + np.arange(int(length.sum()))
    coded = np.concatenate([*bodies, np.zeros(0, np.uint8)])[take]
    kind, order, first, tick, n, mark, _ = table.T
    return _Frames(kind, order, first, tick, n, mark, end - length, end, coded)


def _chains(frames: _Frames) -> tuple[Flags, Ints]:
    """Which frames stand in a chain without a hole before them, and the number of each one's first sample."""
    place, serial, filled = frames.mark & 7, frames.mark >> 4, frames.mark & 8 > 0
    first = frames.first.copy()
    chained = (frames.kind == PACK) & (place == 0) & ~filled & (frames.n > 0)
    follows = np.zeros(len(place), bool)
    follows[1:] = (place[1:] == place[:-1] + 1) & (serial[1:] == serial[:-1]) & (frames.n[1:] > 0)
    follows &= filled == (frames.kind == PACK)
    for k in range(1, CHAIN):
        at = np.flatnonzero(follows & (place == k))
        at = at[chained[at - 1]]
        due = first[at - 1] + frames.n[at - 1]
        more = frames.kind[at] == MORE
        at, due = at[(first[at] == np.where(more, due & 0xFF, due))], due[first[at] == np.where(more, due & 0xFF, due)]
        first[at] = due
        chained[at] = True
    return chained, first


def _decode(
    frames: _Frames,
    use: Ints,
    bits: int,
    base: Ints,
    counts: npt.NDArray[np.uint16],
    ends: Ints,
    wrong: Flags,
) -> None:
    """Fill counts, the bit behind each sample and whether it is wrong, for the chains of the frames `use`."""
    mark, kind = frames.mark[use], frames.kind[use]
    coded = np.concatenate((frames.coded[frames.start[use[0]] : frames.end[use[-1]]], np.zeros(_SPARE, np.uint8)))
    origin = int(frames.start[use[0]])
    words = np.ascontiguousarray(np.ndarray((len(coded) - 7,), "<u8", coded, strides=(1,)))
    last = 8 * (len(coded) - _SPARE) + 256
    heads = np.flatnonzero(mark & 7 == 0)
    total = np.add.reduceat(np.diff(base), heads)
    sort = np.argsort(-total, kind="stable")
    lane_base, total = base[:-1][heads][sort], total[sort]
    position = 8 * (frames.start[use[heads]][sort] - origin)
    # Where the frame before was filled up with zeros, the next bit is the frame's first.
    jump = np.flatnonzero((mark & 7 > 0) & (kind == PACK))
    lane_of = np.empty(len(heads), np.int64)
    lane_of[sort] = np.arange(len(heads))
    lane = lane_of[np.searchsorted(heads, jump, side="right") - 1]
    when = base[:-1][jump] - lane_base[lane]
    by_time = np.argsort(when, kind="stable")
    lane, when, target = lane[by_time], when[by_time], 8 * (frames.start[use[jump[by_time]]] - origin)
    jumps = np.searchsorted(when, np.arange(int(total[0]) + 1))

    width = counts.shape[1]
    lanes = len(heads)
    second = np.zeros((width, lanes), np.int64)
    if bits == 16:
        line = words[position >> 3]
        position = position + 8
        for channel in range(width):
            second[channel] = (line >> np.uint64(channel)) & np.uint64(1)
    now = np.zeros((width, lanes), np.int64)
    slope = np.zeros((width, lanes), np.int64)
    context = np.full((width, lanes), START * _BUCKETS + START, np.int64)
    table = _table()
    top = np.array([0, *(1 << b for b in range(_BUCKETS - 1)), *[0] * 15], np.int64)
    below = np.maximum(top - 1, 0)
    active = np.searchsorted(-total, -np.arange(int(total[0])), side="left")
    for k, m in enumerate(active.tolist()):
        due = slice(int(jumps[k]), int(jumps[k + 1]))
        position[lane[due]] = target[due]
        at = position[:m]
        place = lane_base[:m] + k
        for channel in range(width):
            word = (words[at >> 3] >> (at & 7).astype(np.uint64)).astype(np.int64)
            x, step = now[channel, :m], slope[channel, :m]
            if k == 0:
                x[:] = word & ((1 << bits) - 1)
                at += bits
            else:
                before = context[channel, :m]
                entry = table[before << prefix.LONGEST | word & _LOOK].astype(np.int64)
                bucket = entry >> 10
                wrong[place] |= bucket == _BAD
                u = (word >> (entry & 15)) & below[bucket] | top[bucket]
                at += entry >> 4 & 63
                change = (u >> 1) ^ -(u & 1)
                if bits == 16:
                    change += second[channel, :m] * step
                    step[:] = change
                x += change
                x &= 0xFFFF
                before[:] = np.where(bucket < _BUCKETS, bucket, 0) * _BUCKETS + before // _BUCKETS
            counts[place, channel] = x
        np.minimum(at, last, out=at)
        ends[place] = at + 8 * origin


def _sound(frames: _Frames, use: Ints, base: Ints, ends: Ints, wrong: Flags) -> Flags:
    """Which frames' samples end where their bytes do."""
    if not len(use):
        return np.zeros(0, bool)
    spare = 8 * frames.end[use] - ends[base[1:] - 1]
    last = np.append(frames.mark[use[1:]] & 7 == 0, True)  # of its chain, as far as it is there
    across = np.append(frames.kind[use[1:]] == MORE, False)
    following = np.append(ends[base[1:-1]] > 8 * frames.end[use[:-1]], True)
    good = (spare >= 0) & (spare < np.where(last | across, _RECORD_BITS, 8)) & (~across | following)
    return good & (np.add.reduceat(wrong.astype(np.int64), base[:-1]) == 0)
