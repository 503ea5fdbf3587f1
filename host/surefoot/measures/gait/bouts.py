# SPDX-License-Identifier: MIT
"""Bouts of walking and the pauses between them, as Mobilise-D has them (Kluge 2021, 10.1371/journal.pone.0256541).

A bout goes from an initial contact to a later one, has four steps or more, and ends where the next contact of either
foot comes more than three seconds later. A shorter pause stays within its bout, but no stride goes over it that isn't
plausible. Every landing is a step; of a foot that wasn't measured, one is counted between two of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.strides import (
    GAP,
    IMPLAUSIBLE,
    KEPT,
    NO_BOUT,
    SHORT,
    STEP_S,
    STRIDE_S,
    TURN,
    Flags,
    Numbers,
    Strides,
    anchors_s,
    beyond,
    doubtful,
    strides,
)
from surefoot.measures.gait.values import FEET, Floats, Stances, Walked

LEAST_STEPS = 4
BREAK_S = 3.0
CADENCE_SPM = (40.0, 173.0)  # of a bout, at its median (bounds of Mobilise-D)
ENDS = 2  # strides of each foot next to either end of a bout that aren't steady


@dataclass(frozen=True, eq=False)
class Bouts:
    """Bouts in order of time, all columns [m]: first and last contact in s, landings, strides that count, turns."""

    start_s: Floats
    end_s: Floats
    steps: Numbers
    strides: Numbers
    turns: Numbers

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def duration_s(self) -> Floats:
        """First to last contact [m]."""
        return self.end_s - self.start_s

    def columns(self) -> dict[str, np.ndarray]:
        """All columns by name, of equal length."""
        return {column.name: getattr(self, column.name) for column in fields(self)}


@dataclass(frozen=True, eq=False)
class Pauses:
    """Longer between two contacts than a step takes, in order of time, all columns [k].

    `begin_s`: contact before, `end_s`: contact after. `ended`: a bout ends here. `lost`: samples were lost in it, so
    that nothing says whether the person stood.
    """

    begin_s: Floats
    end_s: Floats
    ended: Flags
    lost: Flags

    def __len__(self) -> int:
        return len(self.begin_s)


@dataclass(frozen=True, eq=False)
class Bouted:
    """Strides with their bouts told, the bouts, and the pauses."""

    strides: Strides
    bouts: Bouts
    pauses: Pauses


class _Contacts(NamedTuple):
    """Contacts of both feet by time [n]; stances with a loss in or before them [d]; whether both feet were measured."""

    at_s: Floats
    lost_s: Floats
    both: bool


def bouts(walked: Walked, table: Strides | None = None) -> Bouted:
    """Bouts, pauses and the strides in them. `table`: from `strides(walked)`, where it is there already."""
    table = strides(walked) if table is None else table
    contacts = _contacts(walked, table)
    first, last, steps = _chains(contacts)
    long = steps >= LEAST_STEPS
    start_s, end_s, steps = contacts.at_s[first[long]], contacts.at_s[last[long]], steps[long]
    number = _number(table, start_s, end_s)
    likely = _likely(table, number, len(start_s))
    wrong = (number != NO_BOUT) & ~np.append(likely, True)[number] & (table.excluded != GAP)
    start_s, end_s, steps = start_s[likely], end_s[likely], steps[likely]
    number = np.append(np.where(likely, np.cumsum(likely) - 1, NO_BOUT), NO_BOUT)[number]
    counting = (table.excluded == KEPT) | (table.excluded == TURN)
    excluded = np.where(wrong, IMPLAUSIBLE, np.where(counting & (number == NO_BOUT), SHORT, table.excluded))
    steady = (excluded == KEPT) & _inner(table.foot, number)
    kept = np.bincount(number[excluded == KEPT], minlength=len(start_s))
    found = Bouts(start_s, end_s, steps, kept, _turns(walked.turns, start_s, end_s))
    pauses = _pauses(contacts, found)
    return Bouted(replace(table, bout=number, excluded=excluded, steady=steady), found, pauses)


def _contacts(walked: Walked, table: Strides) -> _Contacts:
    """Contacts, without those that only strides too long or too short begin or end with."""
    feet = [(name, foot) for name, foot in zip(FEET, (walked.left, walked.right), strict=True) if foot is not None]
    at, lost = [np.empty(0)], [np.empty(0)]
    for name, foot in feet:
        mine = table.at(table.foot == name)
        begins = np.isin(foot.initial_s, mine.start_s)
        wrong = np.isin(foot.initial_s, mine.start_s[beyond(mine.stride_s, STRIDE_S)])
        ends, ends_wrong = (np.concatenate(([False], flags[:-1])) for flags in (begins, wrong))
        stray = (wrong | ends_wrong) & (wrong | ~begins) & (ends_wrong | ~ends)
        at.append(foot.initial_s[np.isfinite(foot.initial_s) & ~stray])
        lost.append(_lost_s(foot))
    return _Contacts(np.sort(np.concatenate(at)), np.sort(np.concatenate(lost)), len(feet) == len(FEET))


def _lost_s(foot: Stances) -> Floats:
    at_s = anchors_s(foot)[doubtful(foot)]
    return at_s[np.isfinite(at_s)]


def _chains(contacts: _Contacts) -> tuple[Numbers, Numbers, Numbers]:
    """First and last contact of each chain without a break, and its steps [c]."""
    if not len(contacts.at_s):
        none = np.empty(0, np.int64)
        return none, none, none
    broken = np.flatnonzero(np.diff(contacts.at_s) > BREAK_S)
    first = np.concatenate(([0], broken + 1))
    last = np.concatenate((broken, [len(contacts.at_s) - 1]))
    landings = last - first + 1
    return first, last, landings if contacts.both else 2 * landings - 1


def _number(table: Strides, start_s: Floats, end_s: Floats) -> Numbers:
    """Number of the bout that each stride lies in, or NO_BOUT."""
    number = np.searchsorted(start_s, table.start_s, "right") - 1
    until_s = np.append(end_s, -np.inf)[number]
    return np.where(np.fmax(table.start_s, table.end_s) <= until_s, number, NO_BOUT)


def _likely(table: Strides, number: Numbers, count: int) -> Flags:
    """Whether each bout has plausible strides and a median cadence of walking; one all beside losses is let be."""
    out = np.bincount(number[(number != NO_BOUT) & (table.excluded != IMPLAUSIBLE)], minlength=count) > 0
    rows = np.flatnonzero((number != NO_BOUT) & ((table.excluded == KEPT) | (table.excluded == TURN)))
    if not len(rows):
        return out
    rows = rows[np.lexsort((table.cadence_spm[rows], number[rows]))]
    which, first, sizes = np.unique(number[rows], return_index=True, return_counts=True)
    spm = table.cadence_spm[rows]
    median = (spm[first + (sizes - 1) // 2] + spm[first + sizes // 2]) / 2
    out[which] = (median >= CADENCE_SPM[0]) & (median <= CADENCE_SPM[1])
    return out


def _inner(foot: npt.NDArray[np.str_], number: Numbers) -> Flags:
    """Neither of the first nor of the last ENDS strides of that foot in its bout."""
    out = np.zeros(len(number), bool)
    for name in FEET:
        rows = np.flatnonzero((foot == name) & (number != NO_BOUT))
        mine, each = number[rows], np.arange(len(rows))
        first, after = np.searchsorted(mine, mine, "left"), np.searchsorted(mine, mine, "right")
        out[rows] = (each - first >= ENDS) & (after - 1 - each >= ENDS)
    return out


def _turns(turns: Floats, start_s: Floats, end_s: Floats) -> Numbers:
    """Turns whose middle lies in each bout."""
    middle = np.sort(turns[:, :2].mean(axis=1)) if len(turns) else np.empty(0)
    middle = middle[np.isfinite(middle)]
    return np.searchsorted(middle, end_s, "right") - np.searchsorted(middle, start_s, "left")


def _pauses(contacts: _Contacts, found: Bouts) -> Pauses:
    """Between two contacts, of which one at least is in a bout."""
    at = contacts.at_s
    rows = np.flatnonzero(np.diff(at) > (STEP_S[1] if contacts.both else STRIDE_S[1]))
    begin, end = at[rows], at[rows + 1]
    before, after = (np.searchsorted(found.start_s, t, "right") - 1 for t in (begin, end))
    until = np.append(found.end_s, -np.inf)
    walked = (begin <= until[before]) | (end <= until[after])
    begin, end = begin[walked], end[walked]
    lost = np.searchsorted(contacts.lost_s, end, "right") > np.searchsorted(contacts.lost_s, begin, "right")
    return Pauses(begin, end, end - begin > BREAK_S, lost)
