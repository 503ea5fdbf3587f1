# SPDX-License-Identifier: MIT
"""Sample entropy of a series: how seldom a pattern that was seen before goes on as it did then."""

import numpy as np

BLOCK = 250_000  # comparisons at a time: they stay in the cache
NO_MATCH = "No pattern of this signal comes back, so it has no sample entropy."


def sample_entropy(series: np.ndarray, m: int = 4, r: float = 0.25) -> float | str:
    """-ln(A / B) of a series [n] (Richman & Moorman 2000, 10.1152/ajpheart.2000.278.6.H2039), or why there is none.

    B counts the pairs of patterns of m samples that are nowhere further apart than r standard deviations (divided by
    n), A those that still are with one sample more; no pattern is paired with itself, and both use the same n - m.
    """
    x = np.asarray(series, dtype=float)
    n = len(x)
    templates, tolerance = n - m, r * float(x.std())
    if templates < 2 or tolerance <= 0:
        return NO_MATCH
    # The samples near one are an interval of ranks, and small integers compare several times faster than differences.
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    small = np.uint16 if n < 1 << 16 else np.uint32
    rank = np.empty(n, small)
    rank[order] = np.arange(n, dtype=small)
    low = np.searchsorted(ordered, x - tolerance, side="left").astype(small)
    width = np.searchsorted(ordered, x + tolerance, side="right").astype(small) - low
    matched = extended = 0.0
    rows = max(BLOCK // n, 2 * m, 1)
    for begin in range(0, templates, rows):
        size = min(rows, templates - begin)
        # [rows + m, n - begin]: an unsigned difference below 0 wraps round to a large one, so one comparison does
        near = rank[begin:] - low[begin : begin + size + m, None] < width[begin : begin + size + m, None]
        both = near[:size, : templates - begin].copy()
        for step in range(1, m):
            both &= near[step : step + size, step : step + templates - begin]
        matched += _pairs(both)
        both &= near[m : m + size, m : m + templates - begin]
        extended += _pairs(both)
    return float(-np.log(extended / matched)) if extended > 0 else NO_MATCH


def _pairs(both: np.ndarray) -> float:
    """Pairs in a block of rows whose first columns are themselves: there each counts twice, and a row meets itself."""
    size = len(both)
    return np.count_nonzero(both[:, size:]) + (np.count_nonzero(both[:, :size]) - size) / 2
