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


class Contacts(NamedTuple):
    """Contacts of both feet by time [n]; stances with a loss in or before them [d]; whether both feet were measured."""

    at_s: Floats
    lost_s: Floats
    both: bool


class Chains:
    """Contacts without a break between them, told piece by piece: `take` each in order of time, then `found`."""

    def __init__(self) -> None:
        self._chains: list[tuple[float, float, int]] = []  # first and last contact, how many
        self._pauses: list[Floats] = []
        self._lost_s = np.empty(0)
        self._both = True

    def take(self, contacts: Contacts) -> None:
        """The next contacts, and losses that none of the pieces before had."""
        self._both = contacts.both
        lost_s = np.concatenate((self._lost_s, contacts.lost_s))
        if not len(contacts.at_s):
            self._lost_s = lost_s
            return
        at_s = contacts.at_s if not self._chains else np.concatenate(([self._chains[-1][1]], contacts.at_s))
        gap_s = np.diff(at_s)
        rows = np.flatnonzero(gap_s > (STEP_S[1] if contacts.both else STRIDE_S[1]))
        begin_s, end_s = at_s[rows], at_s[rows + 1]
        lost = np.searchsorted(lost_s, end_s, "right") > np.searchsorted(lost_s, begin_s, "right")
        self._pauses.append(np.column_stack((begin_s, end_s, lost.astype(float))))
        self._lost_s = lost_s[lost_s > at_s[-1]]
        broken = np.flatnonzero(gap_s > BREAK_S)
        edges = zip(np.concatenate(([0], broken + 1)), np.concatenate((broken, [len(at_s) - 1])), strict=True)
        for number, (first, last) in enumerate(edges):
            begun, before = float(at_s[first]), 0
            if not number and self._chains:
                begun, _, before = self._chains.pop()
                before -= 1  # its last contact is the first here
            self._chains.append((begun, float(at_s[last]), before + int(last - first) + 1))

    def found(self) -> tuple[Floats, Floats, Numbers]:
        """First and last contact and steps of those with enough of them [c]."""
        first, last, landings = np.array(self._chains, float).reshape(-1, 3).T
        steps = (landings if self._both else 2 * landings - 1).astype(np.int64)
        long = steps >= LEAST_STEPS
        return first[long], last[long], steps[long]

    def pauses(self, found: Bouts) -> Pauses:
        """Between two contacts, of which one at least is in a bout."""
        begin, end, lost = np.concatenate([np.empty((0, 3)), *self._pauses]).T
        before, after = (np.searchsorted(found.start_s, t, "right") - 1 for t in (begin, end))
        until = np.append(found.end_s, -np.inf)
        walked = (begin <= until[before]) | (end <= until[after])
        begin, end, lost = begin[walked], end[walked], lost[walked] > 0
        return Pauses(begin, end, end - begin > BREAK_S, lost)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Of each chain [c]: strides that are plausible, those that count or are in turns, how many of these are slower and
    quicker than walking; and strides of each foot in it [c,2]. Of blocks of a table they add up."""

    plausible: Numbers
    counting: Numbers
    slower: Numbers
    quicker: Numbers
    of_foot: Numbers

    def __add__(self, other: Evidence) -> Evidence:
        names = [column.name for column in fields(self)]
        return Evidence(*(getattr(self, name) + getattr(other, name) for name in names))

    def walking(self) -> Flags:
        """Whether each has plausible strides and a median cadence of walking [c]; one all beside losses is let be."""
        half = self.counting / 2
        return (self.plausible > 0) & (self.slower <= half) & (self.quicker <= half)


def evidence(table: Strides, start_s: Floats, end_s: Floats) -> Evidence:
    """Of a table, or a block of one, and the chains from and to these times."""
    number, count = _number(table, start_s, end_s), len(start_s)
    inside = number != NO_BOUT
    counting = inside & ((table.excluded == KEPT) | (table.excluded == TURN))
    of_foot = 2 * number + (table.foot == FEET[1])
    of_chain = [
        np.bincount(number[rows], minlength=count)
        for rows in (
            inside & (table.excluded != IMPLAUSIBLE),
            counting,
            counting & (table.cadence_spm < CADENCE_SPM[0]),
            counting & (table.cadence_spm > CADENCE_SPM[1]),
        )
    ]
    feet = np.bincount(of_foot[inside], minlength=2 * count).reshape(count, 2)
    return Evidence(of_chain[0], of_chain[1], of_chain[2], of_chain[3], feet)


class Settler:
    """Says of strides, block by block in order, in which bout they are and whether they count."""

    def __init__(self, chains: tuple[Floats, Floats, Numbers], seen: Evidence):
        self._start_s, self._end_s, steps = chains
        self._walking = seen.walking()
        rows = self._walking
        self._of_foot = seen.of_foot[rows]
        self._before = np.zeros_like(self._of_foot)
        none = np.zeros(int(rows.sum()), np.int64)
        self.bouts = Bouts(self._start_s[rows], self._end_s[rows], steps[rows], none, none)

    def settle(self, table: Strides, turns: Floats) -> Strides:
        """The next ones; `turns` that no block before had."""
        number = _number(table, self._start_s, self._end_s)
        wrong = (number != NO_BOUT) & ~np.append(self._walking, True)[number] & (table.excluded != GAP)
        kept = np.append(np.where(self._walking, np.cumsum(self._walking) - 1, NO_BOUT), NO_BOUT)
        number = kept[number]
        counting = (table.excluded == KEPT) | (table.excluded == TURN)
        excluded = np.where(wrong, IMPLAUSIBLE, np.where(counting & (number == NO_BOUT), SHORT, table.excluded))
        steady = (excluded == KEPT) & self._inner(table.foot, number)
        held = self.bouts
        mine = np.bincount(number[excluded == KEPT], minlength=len(held))
        turned = held.turns + _turns(turns, held.start_s, held.end_s)
        self.bouts = replace(held, strides=held.strides + mine, turns=turned)
        return replace(table, bout=number, excluded=excluded, steady=steady)

    def _inner(self, foot: npt.NDArray[np.str_], number: Numbers) -> Flags:
        """Neither of the first nor of the last ENDS strides of that foot in its bout."""
        out = np.zeros(len(number), bool)
        for which, name in enumerate(FEET):
            rows = np.flatnonzero((foot == name) & (number != NO_BOUT))
            mine = number[rows]
            place = self._before[mine, which] + np.arange(len(rows)) - np.searchsorted(mine, mine, "left")
            out[rows] = (place >= ENDS) & (self._of_foot[mine, which] - 1 - place >= ENDS)
            self._before[:, which] += np.bincount(mine, minlength=len(self._before))
        return out


def bouts(walked: Walked, table: Strides | None = None) -> Bouted:
    """Bouts, pauses and the strides in them. `table`: from `strides(walked)`, where it is there already."""
    table = strides(walked) if table is None else table
    chains = Chains()
    chains.take(contacts_of(walked, table))
    found = chains.found()
    settler = Settler(found, evidence(table, *found[:2]))
    settled = settler.settle(table, walked.turns)
    return Bouted(settled, settler.bouts, chains.pauses(settler.bouts))


def contacts_of(walked: Walked, table: Strides) -> Contacts:
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
    return Contacts(np.sort(np.concatenate(at)), np.sort(np.concatenate(lost)), len(feet) == len(FEET))


def _lost_s(foot: Stances) -> Floats:
    at_s = anchors_s(foot)[doubtful(foot)]
    return at_s[np.isfinite(at_s)]


def _number(table: Strides, start_s: Floats, end_s: Floats) -> Numbers:
    """Number of the bout that each stride lies in, or NO_BOUT."""
    number = np.searchsorted(start_s, table.start_s, "right") - 1
    until_s = np.append(end_s, -np.inf)[number]
    return np.where(np.fmax(table.start_s, table.end_s) <= until_s, number, NO_BOUT)


def _turns(turns: Floats, start_s: Floats, end_s: Floats) -> Numbers:
    """Turns whose middle lies in each bout."""
    middle = np.sort(turns[:, :2].mean(axis=1)) if len(turns) else np.empty(0)
    middle = middle[np.isfinite(middle)]
    return np.searchsorted(middle, end_s, "right") - np.searchsorted(middle, start_s, "left")
