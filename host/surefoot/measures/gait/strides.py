# SPDX-License-Identifier: MIT
"""From stances to strides: one row for each, both feet in order of time, nothing told across a loss.

A stride goes from an initial contact to the next one of the same foot. Within it the other foot leaves (end of the
initial double support), lands (end of single support), and then this foot leaves (end of the terminal one). So
stance + swing = stride, and initial double + single + terminal double support = stance.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait.values import FEET, Floats, Stances, Walked

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

# Limits of a plausible stride (bounds of Mobilise-D); what lies outside is no stride of a walk.
STRIDE_S = (0.46, 3.0)
STEP_S = (0.14, 2.12)
LENGTH_M = (0.15, 2.19)
SPEED_MPS = (0.08, 2.22)
FLIGHT_S = 0.05  # both feet in the air for longer: a run or a contact that was missed (our own choice)

KEPT, GAP, IMPLAUSIBLE, TURN, SHORT = "", "gap", "implausible", "turn", "short"
NO_BOUT = -1


@dataclass(frozen=True, eq=False)
class Strides:
    """Strides of both feet by the time they start, all columns [n], NaN where not known.

    `foot` "left" or "right". `step_s`: the step that ends the stride, from the other foot's contact to this foot's.
    `double_s` = `initial_double_s` + `terminal_double_s`; a negative one says that both feet were in the air.
    `cadence_spm`: 120 / `stride_s`. `turn`: some of it lies in a turn. `excluded`: "" or why it counts in no mean:
    "gap" (samples lost, no duration told), "implausible", "turn", "short" (too few steps for a bout). `bout`: number of
    its bout, -1 for none. `steady`: counts in variability, so neither excluded nor next to either end of its bout.
    """

    foot: npt.NDArray[np.str_]
    start_s: Floats
    end_s: Floats
    stance_s: Floats
    swing_s: Floats
    stride_s: Floats
    step_s: Floats
    initial_double_s: Floats
    terminal_double_s: Floats
    double_s: Floats
    single_s: Floats
    length_m: Floats
    speed_mps: Floats
    cadence_spm: Floats
    turn: Flags
    steady: Flags
    excluded: npt.NDArray[np.str_]
    bout: Numbers

    def __len__(self) -> int:
        return len(self.start_s)

    def columns(self) -> dict[str, np.ndarray]:
        """All columns by name, of equal length."""
        return {column.name: getattr(self, column.name) for column in fields(self)}

    def at(self, rows: np.ndarray) -> Strides:
        """Some of the rows: flags or numbers."""
        return Strides(**{name: column[rows] for name, column in self.columns().items()})


def strides(walked: Walked) -> Strides:
    """Every stride of a walk, bouts not yet told (`surefoot.measures.gait.bouts`).

    MeasureError where contacts aren't in order of time or lengths aren't aligned to the stances.
    """
    pairs = zip(FEET, (walked.left, walked.right), (walked.right, walked.left), strict=True)
    found = [_of_foot(walked, name, mine, other) for name, mine, other in pairs if mine is not None]
    if not found:
        return _empty()
    names = [column.name for column in fields(Strides)]
    out = Strides(**{name: np.concatenate([getattr(one, name) for one in found]) for name in names})
    out = out.at(np.argsort(out.start_s, kind="stable"))
    turn = in_turns(out.start_s, out.end_s, walked.turns)
    return replace(out, turn=turn, excluded=np.where((out.excluded == KEPT) & turn, TURN, out.excluded))


def in_turns(start_s: Floats, end_s: Floats, turns: Floats) -> Flags:
    """Whether some of each span [n] lies in one of the turns [m,3]."""
    known = turns[np.isfinite(turns[:, :2]).all(axis=1)]
    if not len(known):
        return np.zeros(len(start_s), bool)
    known = known[np.argsort(known[:, 0], kind="stable")]
    latest_s = np.concatenate(([-np.inf], np.maximum.accumulate(known[:, 1])))
    return latest_s[np.searchsorted(known[:, 0], np.fmax(start_s, end_s), "left")] > start_s


def doubtful(stood: Stances) -> Flags:
    """Stances that are broken by a loss or whose contact has no time [n]."""
    return stood.broken | ~np.isfinite(stood.initial_s)


def anchors_s(stood: Stances) -> Floats:
    """A time of each stance [n] that never falls: its contact, else its foot-off, else that of the one before."""
    at_s = np.where(np.isfinite(stood.initial_s), stood.initial_s, stood.off_s)
    return np.maximum.accumulate(np.where(np.isfinite(at_s), at_s, -np.inf))


def check(stood: Stances) -> None:
    """MeasureError where contacts aren't in order of time."""
    known = stood.initial_s[np.isfinite(stood.initial_s)]
    if (np.diff(known) <= 0).any():
        raise MeasureError(f"Contacts of the {stood.foot} foot aren't in order of time: sort its stances.")


class _Other(NamedTuple):
    """What the other foot did in each stride [n]: contact and foot-off in s; whether the feet took turns, or NaN."""

    contact_s: Floats
    off_s: Floats
    uneven: Flags


def _of_foot(walked: Walked, name: str, mine: Stances, other: Stances | None) -> Strides:
    check(mine)
    length_m = np.asarray(walked.length_m.get(name, np.full(len(mine), np.nan)), float)
    if len(length_m) != len(mine):
        raise MeasureError(f"{len(length_m)} lengths for {len(mine)} stances of the {name} foot: give one for each.")
    rows = np.flatnonzero(np.isfinite(mine.initial_s[:-1]))
    start, end, off = mine.initial_s[rows], mine.initial_s[rows + 1], mine.off_s[rows]
    gap = mine.broken[rows] | doubtful(mine)[rows + 1]
    end, off, length = (np.where(gap, np.nan, values) for values in (end, off, length_m[rows]))
    before_s = np.concatenate(([-np.inf], mine.off_s))[rows]
    there = _other(other, start, end, before_s)
    outside = (off < start) | (off > end)
    off = np.where(outside, np.nan, off)
    stride, step = end - start, end - there.contact_s
    first, last = there.off_s - start, off - there.contact_s
    speed = length / stride
    wrong = outside | there.uneven | beyond(stride, STRIDE_S) | beyond(step, STEP_S) | beyond(stride - step, STEP_S)
    wrong |= beyond(length, LENGTH_M) | beyond(speed, SPEED_MPS) | (first < -FLIGHT_S) | (last < -FLIGHT_S)
    none = np.zeros(len(rows), bool)
    return Strides(
        foot=np.full(len(rows), name),
        start_s=start,
        end_s=end,
        stance_s=off - start,
        swing_s=end - off,
        stride_s=stride,
        step_s=step,
        initial_double_s=first,
        terminal_double_s=last,
        double_s=first + last,
        single_s=there.contact_s - there.off_s,
        length_m=length,
        speed_mps=speed,
        cadence_spm=120 / stride,
        turn=none,
        steady=none,
        excluded=np.where(gap, GAP, np.where(wrong, IMPLAUSIBLE, KEPT)),
        bout=np.full(len(rows), NO_BOUT),
    )


def beyond(values: Floats, limits: tuple[float, float]) -> Flags:
    """Outside of the limits; what isn't known is not."""
    return (values < limits[0]) | (values > limits[1])


def _other(other: Stances | None, start: Floats, end: Floats, before_s: Floats) -> _Other:
    """`before_s`: this foot's foot-off before each stride; the other one's comes later, or a stance was missed."""
    nan, none = np.full(len(start), np.nan), np.zeros(len(start), bool)
    if other is None or not len(other):
        return _Other(nan, nan, none)
    check(other)
    at, doubt = anchors_s(other), doubtful(other)
    first, after = np.searchsorted(at, start, "right"), np.searchsorted(at, end, "left")
    sums = np.concatenate(([0], np.cumsum(doubt)))
    unsure = sums[np.minimum(after + 1, len(at))] > sums[np.maximum(first - 1, 0)]
    whole = np.isfinite(end)
    # Beyond what was seen of the other foot nothing says that it should have landed.
    seen = (first > 0) & (after < len(at))
    landings = np.flatnonzero(np.isfinite(other.initial_s))
    if not len(landings):
        return _Other(nan, nan, none)
    contacts_s = other.initial_s[landings]
    begin, until = np.searchsorted(contacts_s, start, "right"), np.searchsorted(contacts_s, end, "left")
    landed = landings[np.minimum(begin, len(landings) - 1)]
    one = whole & (until - begin == 1) & ~doubt[landed]
    contact = np.where(one, other.initial_s[landed], np.nan)
    off = np.where(one & (landed > 0), other.off_s[np.maximum(landed - 1, 0)], np.nan)
    off = np.where((off < contact) & ~(off < before_s), off, np.nan)
    uneven = whole & ~unsure & ((until - begin > 1) | ((until == begin) & seen))
    return _Other(contact, off, uneven)


def _empty() -> Strides:
    none = np.empty(0)
    words, flags = np.empty(0, "<U11"), np.empty(0, bool)
    columns: dict[str, np.ndarray] = {column.name: none for column in fields(Strides)}
    columns |= {"foot": words, "excluded": words, "turn": flags, "steady": flags, "bout": np.empty(0, np.int64)}
    return Strides(**columns)
