# SPDX-License-Identifier: MIT
"""Sample entropy of a series: how seldom a pattern that was seen before goes on as it did then."""

import numpy as np

BLOCK = 1 << 18  # words of 64 comparisons at a time: 2 MB, whatever the length of the series
NO_MATCH = "No pattern of this signal comes back, so it has no sample entropy."


def sample_entropy(series: np.ndarray, m: int = 4, r: float = 0.25) -> float | str:
    """-ln(A / B) of a series [n] (Richman & Moorman 2000, 10.1152/ajpheart.2000.278.6.H2039), or why there is none.

    B counts the pairs of patterns of m samples that are nowhere further apart than r standard deviations (divided by
    n), A those that still are with one sample more; no pattern is paired with itself, and both use the same n - m.
    m may be 1 to 63.
    """
    x = np.asarray(series, dtype=float)
    n = len(x)
    templates, tolerance = n - m, r * float(x.std())
    if templates < 2 or tolerance <= 0:
        return NO_MATCH
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    # The samples near one are an interval of ranks.
    low = np.searchsorted(ordered, ordered - tolerance, side="left").take(rank)
    high = np.searchsorted(ordered, ordered + tolerance, side="right").take(rank)
    matched = extended = 0
    # Each block takes a word more than it counts, for a pattern reaches up to m bits into it.
    words = min(max(BLOCK // n - 1, 1), (templates + 63) // 64)
    for begin in range(0, templates, 64 * words):
        near = _near(rank[begin : begin + 64 * (words + 1)], low, high)
        row, both = near.shape[1], near.reshape(-1)
        alone, length = both, 1
        while length < m:
            more = min(length, m - length)
            both = _and_ahead(both, both, row, more)
            length += more
        size = min(64 * words, templates - begin)
        matched += _count(both[: templates * row].reshape(-1, row), size)
        extended += _count(_and_ahead(both, alone, row, m)[: templates * row].reshape(-1, row), size)
    # Every pattern met itself, and every pair was seen from both ends.
    matched, extended = matched - templates, extended - templates
    # What always goes on has 0, not the -0 that a logarithm of 1 turns into.
    return float(-np.log(extended / matched)) + 0.0 if extended > 0 else NO_MATCH


def _near(rank: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Which of the samples ranked `rank` [k] lie in each interval of ranks, as bits: [n, k / 64], lowest first.

    Bits of all samples ranked below each limit; what two limits differ in is between them.
    """
    k = np.arange(len(rank))
    below = np.zeros((len(low) + 1, (len(rank) + 63) // 64), dtype=np.uint64)
    below[rank + 1, k >> 6] = np.left_shift(np.uint64(1), (k & 63).astype(np.uint64))
    np.bitwise_xor.accumulate(below, axis=0, out=below)
    near = below.take(high, axis=0)
    near ^= below.take(low, axis=0)
    return near


def _and_ahead(both: np.ndarray, bits: np.ndarray, row: int, by: int) -> np.ndarray:
    """`both` and what `bits`, in rows of `row` words, say `by` (1 to 63) rows and as many bits further on.

    The last bits of a row get the next one's first, which no pattern that is counted reaches.
    """
    ahead = bits[by * row :] >> np.uint64(by)
    ahead[:-1] |= bits[by * row + 1 :] << np.uint64(64 - by)
    size = min(len(both), len(ahead))
    return np.bitwise_and(both[:size], ahead[:size], out=ahead[:size])


def _count(bits: np.ndarray, size: int) -> int:
    """How many of the first `size` bits of the rows [n, words] are set."""
    whole, rest = divmod(size, 64)
    found = int(np.bitwise_count(bits[:, :whole]).sum(dtype=np.int64))
    if rest:
        found += int(np.bitwise_count(bits[:, whole] & np.uint64((1 << rest) - 1)).sum(dtype=np.int64))
    return found
