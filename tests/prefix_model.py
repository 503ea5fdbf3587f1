# SPDX-License-Identifier: MIT
"""Where the code of surefoot/prefix.py comes from: a model of how sizes of differences follow each other, no recording.

A channel's differences are two-sided geometric with a scale that wanders by half an octave a sample and, once in ten
samples, jumps anywhere. Given the buckets of two differences the model tells how likely each bucket is for the third;
those odds, pooled over the pairs that share a row, make the row's Huffman code.

    python tests/prefix_model.py     prints the table
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from surefoot import prefix

BUCKETS = 17  # bits of a difference modulo 2^16, zigzag: 0 to 16
JUMP, WANDER = 0.1, 0.5
SCALES = np.arange(-3, 15.01, 0.5)  # log2
LONGEST = 11

Floats = npt.NDArray[np.float64]


def bucket_odds() -> Floats:
    """P(bucket | scale) [scales, buckets] of a two-sided geometric difference."""
    u = np.arange(2 ** (BUCKETS - 1))
    size = (u + 1) // 2
    bucket = np.ceil(np.log2(u + 1)).astype(int)
    q = (2.0**SCALES / (1 + 2.0**SCALES))[:, None]
    odds = (1 - q) / (1 + q) * q**size
    out = np.stack([odds[:, bucket == b].sum(1) for b in range(BUCKETS)], 1)
    return out / out.sum(1, keepdims=True)


def next_odds() -> Floats:
    """P(bucket | bucket before, bucket before that) [buckets, buckets, buckets]."""
    odds = bucket_odds()
    step = np.exp(-0.5 * ((SCALES[:, None] - SCALES) / WANDER) ** 2)
    step = (1 - JUMP) * step / step.sum(1, keepdims=True) + JUMP / len(SCALES)
    earlier = (odds / odds.sum(0)).T @ step
    later = earlier[None] * odds.T[:, None]
    return later / later.sum(2, keepdims=True) @ step @ odds


def rows() -> Floats:
    """The odds of each symbol, pooled over the pairs of a row: [rows, symbols]."""
    pooled = np.zeros((prefix.ROWS, prefix.SYMBOLS))
    odds = next_odds()
    for before in range(BUCKETS):
        for earlier in range(BUCKETS):
            row = prefix.row(before, earlier)
            first = prefix.offset(before)
            share = odds[before, earlier] / sum(prefix.row(before, other) == row for other in range(BUCKETS))
            pooled[row, first : first + BUCKETS] += share
    return pooled


def huffman(odds: Floats) -> list[int]:
    """Code length of each symbol, 0 where it can't occur."""
    some = np.flatnonzero(odds > 0).tolist()
    lengths = [0] * len(odds)
    heap = [(float(odds[i]), i, [i]) for i in some]
    heapq.heapify(heap)
    while len(heap) > 1:
        one, other = heapq.heappop(heap), heapq.heappop(heap)
        for i in one[2] + other[2]:
            lengths[i] += 1
        heapq.heappush(heap, (one[0] + other[0], len(odds) + len(heap), one[2] + other[2]))
    return lengths


def main() -> None:
    for odds in rows():
        lengths = huffman(np.where(odds > 0, np.maximum(odds, odds.sum() / 2**LONGEST / 1.5), 0))
        assert max(lengths) <= LONGEST
        print('    b"' + "".join(f"{n:x}" for n in lengths) + '"')


if __name__ == "__main__":
    main()
