# SPDX-License-Identifier: MIT
"""The weight check that opens and closes a walk: what both insoles bear while the person stands still on both feet.

Between them lies what insoles creep by. Somebody who just walks off has no opening, and is told so; what is found in
pieces of a long walk is put one behind the other (`join_quiet`) and read at the end (`weight_check`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.levels import runs
from surefoot.measures.gait.values import FEET, Floats

# Our own choices (D).
STILL_S = 3.0  # the shortest standing that is weighed
NEAR_S = 60.0  # of the recording's begin and end
MOVED_MS2 = 0.4  # SD of the board's acceleration within a second: one who stands has a tenth of it
SWAYED_SHARE = 0.05  # SD of the whole load within a second, of its mean
STEPPED_SHARE = 0.1  # SD of one foot's load within a second, of the mean of both: more is a step
SHIFTED_SHARE = 0.06  # and the most that a second's mean differs from the standing's own
FOOT_SHARE = 0.2  # of the load is on either foot at the least
WEIGHT = (0.7, 1.4)  # of the load's mean over whole strides, which is the body's weight: less is a seat


@dataclass(frozen=True, eq=False)
class Quiet:
    """Standing still on both feet [q]: `begin_s`, `end_s`, mean force of both insoles `mean_n`, its share on the left
    one; and what whole strides bore: the sum of their forces `walked_n` [1] over so many rows `rows` [1]."""

    begin_s: Floats
    end_s: Floats
    mean_n: Floats
    left_share: Floats
    walked_n: Floats
    rows: Floats


@dataclass(frozen=True)
class Weighed:
    """One weighing: when, what both insoles bore in N, and the share on the left one."""

    begin_s: float
    end_s: float
    mean_n: float
    left_share: float


@dataclass(frozen=True)
class WeightCheck:
    """`opening`, `closing`: None where `absent` says why, by name; `drift_pct`: closing against opening."""

    opening: Weighed | None
    closing: Weighed | None
    drift_pct: float | None
    absent: dict[str, str]


def quiet(
    foot_force_n: npt.ArrayLike,
    acc_ms2: npt.ArrayLike | None,
    rate_hz: float,
    start_s: Floats,
    end_s: Floats,
    *,
    begin_s: float = 0.0,
) -> Quiet:
    """Standings of both feet's loads [n,2] above their swings in N (`profiles.above_swing_n`), so that what a shoe
    presses weighs nothing, with the board's acceleration [n,3] where there is one.

    `start_s`, `end_s` [s]: strides that count, in s from row 0, which is at `begin_s` of a longer recording.
    """
    feet = np.asarray(foot_force_n, float)
    walked_n, rows = _strides(feet.sum(axis=1), start_s, end_s, rate_hz)
    width = max(round(rate_hz), 1)
    seconds = len(feet) // width
    blocks = feet[: seconds * width].reshape(seconds, width, len(FEET))
    mean = blocks.mean(axis=1)  # a NaN is no standing
    total = mean.sum(axis=1)
    with np.errstate(invalid="ignore"):
        still = (blocks.sum(axis=2).std(axis=1) < SWAYED_SHARE * total) & (mean.min(axis=1) > FOOT_SHARE * total)
        still &= blocks.std(axis=1).max(axis=1) < STEPPED_SHARE * total
    if acc_ms2 is not None:
        acc = np.asarray(acc_ms2, float)[: seconds * width].reshape(seconds, width, 3)
        still &= np.sqrt(acc.var(axis=1).sum(axis=1)) < MOVED_MS2
    found = []
    for low, high in zip(*runs(still), strict=True):
        found += _even(total, mean[:, 0], int(low), int(high))
    table = np.array(found, float).reshape(-1, 4)
    return Quiet(begin_s + table[:, 0], begin_s + table[:, 1], table[:, 2], table[:, 3], walked_n, rows)


def _even(total: Floats, left: Floats, low: int, high: int) -> list[tuple[float, float, float, float]]:
    """Parts of the seconds `low` to `high` - 1 that bear the same, those of STILL_S and more."""
    out, begin = [], low
    for second in range(low, high + 1):
        usual = float(np.median(total[begin : max(second, begin + 1)]))
        if second < high and abs(total[second] - usual) <= SHIFTED_SHARE * usual:
            continue
        if second - begin >= STILL_S:
            whole = float(total[begin:second].mean())
            out.append((float(begin), float(second), whole, float(left[begin:second].mean()) / whole))
        begin = second
    return out


def _strides(total: Floats, start_s: Floats, end_s: Floats, rate_hz: float) -> tuple[Floats, Floats]:
    """Sum of the known force in whole strides [1] and the rows that it is of [1]."""
    known = np.isfinite(total)
    sums = np.concatenate(([0.0], np.cumsum(np.where(known, total, 0.0))))
    counts = np.concatenate(([0], np.cumsum(known)))
    low, high = (np.clip(np.round(edge_s * rate_hz).astype(int), 0, len(total)) for edge_s in (start_s, end_s))
    return (sums[high] - sums[low]).sum(keepdims=True), (counts[high] - counts[low]).sum(keepdims=True).astype(float)


def join_quiet(parts: Sequence[Quiet]) -> Quiet:
    """Of all pieces of a walk in order of time; a standing across a border is two."""
    return Quiet(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Quiet)))


def weight_check(found: Quiet, span_s: float) -> WeightCheck:
    """The first standing within NEAR_S of the begin, the last one within NEAR_S of the end, and how they differ.

    A standing that bears far less than the walk did was a seat.
    """
    rows = float(found.rows.sum())
    usual = float(found.walked_n.sum()) / rows if rows else np.nan
    share = found.mean_n / usual if np.isfinite(usual) and usual > 0 else np.full(len(found.mean_n), np.nan)
    stood = ~(share < WEIGHT[0]) & ~(share > WEIGHT[1])
    near_s = min(NEAR_S, span_s / 2)
    early, late = found.begin_s <= near_s, found.end_s >= span_s - near_s
    opening = _one(found, np.flatnonzero(early & stood)[:1])
    closing = _one(found, np.flatnonzero(late & stood)[-1:])
    if closing is not None and closing == opening:
        closing = None
        late = np.zeros(len(late), bool)
    absent = {}
    for name, one, near in (("opening", opening, early), ("closing", closing, late)):
        if one is None:
            absent[name] = _why(name, bool(near.any()))
    if opening is None or closing is None:
        return WeightCheck(opening, closing, None, absent)
    return WeightCheck(opening, closing, 100 * (closing.mean_n / opening.mean_n - 1), absent)


def _one(found: Quiet, rows: npt.NDArray[np.intp]) -> Weighed | None:
    columns = (found.begin_s, found.end_s, found.mean_n, found.left_share)
    return Weighed(*(float(column[rows[0]]) for column in columns)) if len(rows) else None


def _why(name: str, sat: bool) -> str:
    where = "first" if name == "opening" else "last"
    if sat:
        return f"The {where} minute has no standing that bears what the walk did: it looks like a seat or a support."
    return (
        f"Nobody stood still on both feet for {STILL_S:.0f} s in the {where} minute: stand still when the walk"
        f" {'begins' if name == 'opening' else 'ends'}, next time."
    )
