# SPDX-License-Identifier: MIT
"""Pieces of a long walk to one walk, without ever having all of it in memory.

Pieces go to disk as they come. What is true of all of them is counted up first (which sensor is the best, which foot is
missing); then each is looked at between its two neighbours, its stances and strides written, and chains of contacts
followed from piece to piece; then strides are told their bouts, block by block, and counted up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from surefoot.clinic.walk_find import SENSORS, SOME, Choice, FoundWalk, Summary, choose, chosen, described, steps_of
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_rows import EVENTS, LENGTH, STRIDES, TURNS, WAIST, Rows
from surefoot.clinic.walk_windows import ORDER, Window, owned, windows
from surefoot.measures.gait import bouts, fuse, pieces, tallies
from surefoot.measures.gait.parameters import gait_of
from surefoot.measures.gait.strides import Strides, strides
from surefoot.measures.gait.values import FEET, Stances, Walked, stances
from surefoot.measures.gait.waist import Waist

if TYPE_CHECKING:
    pass

BEST = "best"  # table of the contacts that count
_STEPS = ("step_s", "left", "rise_m", "length_m", "next_s")


def streamed(
    walk: WalkInput, rows: Rows, count: int, cuts_s: Sequence[float], span_s: float
) -> tuple[FoundWalk, Walked]:
    """What `walk_find.told` makes of all pieces, its tables in `rows` instead of in memory, and the best sensor's walk
    without stances. MeasureError where none saw a step."""
    summed = _Summed(span_s)
    for window in windows(rows, count, cuts_s, span_s):
        summed.take(window)
    seen = summed.summaries()
    choice = choose(walk, seen, summed.failed, summed.waist_steps)
    chains, blocks = bouts.Chains(), 0
    by_waist: Counter[str] = Counter()
    for window in windows(rows, count, cuts_s, span_s):
        for source in choice.others:
            if source in window.seen:
                _write(rows, source, owned(window.seen[source], window.owned[source]), bool(seen[source].length_by))
        blocks += _told(window, choice, rows, chains, blocks, by_waist)
    found = _settled(rows, blocks, chains)
    for number in range(count):
        rows.drop(f"piece-{number}")
    shells = {source: summed.shell(source, one) for source, one in seen.items()}
    fusing = choice.best == "insole" and summed.waist_steps is not None
    whole = replace(
        shells[choice.best],
        length_by=choice.length_by,
        notes=(*seen[choice.best].notes, *summed.fused(choice, fusing), *fuse.filled_words(by_waist)),
    )
    choice = replace(choice, by=choice.by | {SOME.format(foot=foot): SENSORS["waist-imu"] for foot in by_waist})
    whole = replace(whole, **_ends(rows, whole, choice), turns=_turns(rows))
    gait = gait_of(whole, found[0], bouts.Bouted(_none(), *found[1:]), choice.gyroscope)
    also = {source: shells[source] for source in choice.others}
    notes = [*choice.notes, *whole.notes, *(note for one in also.values() for note in one.notes), *gait.notes]
    told = described(walk, choice, whole, gait, summed.waist_steps is not None)
    waist = summed.waist(shells)
    return replace(told, also=also, notes=tuple(dict.fromkeys(notes)), waist=waist, rows=rows), shells[choice.best]


def loaded(found: FoundWalk) -> FoundWalk:
    """The same with all its tables in memory."""
    from surefoot.measures.gait.waist_contacts import LONGEST_STEP_S

    rows = found.rows
    assert rows is not None
    also = {source: rows.walked(source, one) for source, one in found.also.items()}
    walked = rows.walked(BEST, found.walked)
    waist = found.waist
    if waist is not None:
        waist = rows.waist(also.get("waist-imu", walked), LONGEST_STEP_S)
    return replace(
        found, walked=walked, also=also, waist=waist, gait=replace(found.gait, strides=rows.strides()), rows=None
    )


class _Summed:
    """What all pieces told, counted up."""

    def __init__(self, span_s: float):
        self.failed: dict[str, str] = {}
        self.waist_steps: int | None = None
        self._span_s = span_s
        self._seen: dict[str, dict[str, Any]] = {}
        self._felt: dict[str, fuse.Felt] = {}

    def take(self, window: Window) -> None:
        for source, reason in window.mine.failed.items():
            self.failed.setdefault(source, reason)
        for source, whole in window.seen.items():
            if source not in window.mine.seen:
                continue
            self.failed.pop(source, None)
            own, seam = owned(whole, window.owned[source]), window.owned[source]
            known = self._seen.setdefault(
                source, {"steps": 0, "turns": 0, "length_by": "", "stances": {}, "spoken": [], "rate_hz": own.rate_hz}
            )
            known["steps"] += steps_of(own)
            known["turns"] += len(own.turns)
            known["length_by"] = known["length_by"] or own.length_by
            for foot in FEET:
                if (one := getattr(own, foot)) is not None:
                    known["stances"][foot] = known["stances"].get(foot, 0) + len(one)
                    if source == "insole" and window.waist is not None:
                        self._feel(one, window.waist)
            walked = any(len(one) for one in (own.left, own.right) if one is not None)
            known["spoken"].append(pieces.Spoken(window.mine.seen[source].notes, seam[0], walked))
        if window.waist is not None and window.mine.waist is not None:
            low_s, high_s = window.owned["waist-imu"]
            at_s = window.waist.step_s
            self.waist_steps = (self.waist_steps or 0) + int(((at_s >= low_s) & (at_s < high_s)).sum())

    def _feel(self, one: Stances, waist: Waist) -> None:
        before = self._felt.get(one.foot, fuse.Felt(0, 0, 0, 0))
        now = fuse.felt(one, waist)
        self._felt[one.foot] = fuse.Felt(
            before.stances + now.stances, before.known + now.known, before.felt + now.felt, before.against + now.against
        )

    def summaries(self) -> dict[str, Summary]:
        """Of each sensor, the surest on contacts first."""
        self.failed = {source: why for source, why in self.failed.items() if source not in self._seen}
        return {
            source: Summary(
                one["steps"], one["turns"], one["length_by"], one["stances"], pieces.joined_notes(one["spoken"])
            )
            for source in ORDER
            if (one := self._seen.get(source)) is not None
        }

    def shell(self, source: str, one: Summary) -> Walked:
        """A walk without stances."""
        feet = {foot: stances(foot, [], []) if foot in one.stances else None for foot in FEET}
        rate_hz = self._seen[source]["rate_hz"]
        return Walked(
            source, rate_hz, self._span_s, feet["left"], feet["right"], length_by=one.length_by, notes=one.notes
        )

    def fused(self, choice: Choice, fusing: bool) -> list[str]:
        """What is said of insoles and waist together, as `fuse.fused` does."""
        if not fusing:
            return []
        from surefoot.measures.gait.insole_checks import SWAPPED

        said = [SWAPPED] if self._felt and fuse.exchanged(self._felt) else []
        if self.waist_steps:
            said += [fuse.BY_WAIST.format(foot=choice.missing)] if choice.missing else []
            said += fuse.apart({foot: one for foot, one in self._felt.items() if one.stances})
        return said

    def waist(self, shells: dict[str, Walked]) -> Waist | None:
        """A waist without steps."""
        if self.waist_steps is None:
            return None
        none = np.empty(0)
        return Waist(shells["waist-imu"], none, np.empty(0, bool), none, none, none, np.empty((0, 2)))


def _told(window: Window, choice: Choice, rows: Rows, chains: bouts.Chains, block: int, by_waist: Counter[str]) -> int:
    """Write what a piece owns, go on with the chains and count the waist's contacts; how many blocks of strides it
    gave."""
    if window.waist is not None:
        at_s, (low_s, high_s) = window.waist.step_s, window.owned["waist-imu"]
        mine = (at_s >= low_s) & (at_s < high_s)
        rows.add(WAIST, {name: getattr(window.waist, name)[mine] for name in _STEPS})
    if choice.best not in window.seen:
        return 0
    seam, whole = window.owned[choice.best], chosen(choice, window.seen, window.waist)
    own = owned(whole, seam)
    by_waist.update({} if choice.missing else fuse.filled_in(own))
    _write(rows, BEST, own, bool(choice.lengths))
    table = strides(whole)
    begun = table.at(window.begins(table, seam))
    seen = bouts.contacts_of(whole, table)
    mine, lost = (values[(values >= seam[0]) & (values < seam[1])] for values in (seen.at_s, seen.lost_s))
    chains.take(bouts.Contacts(mine, lost, seen.both))
    rows.keep(f"strides-{block}", (begun, own.turns))
    return 1


def _write(rows: Rows, table: str, own: Walked, lengths: bool) -> None:
    for foot in FEET:
        if (one := getattr(own, foot)) is not None:
            length = {LENGTH: own.length_m.get(foot, np.full(len(one), np.nan))} if lengths else {}
            rows.add(f"{table}.{foot}", {name: getattr(one, name) for name in EVENTS} | length)
    rows.add(f"{table}.{TURNS}", dict(zip(("begin_s", "end_s", "angle_deg"), own.turns.T, strict=True)))


def _settled(rows: Rows, blocks: int, chains: bouts.Chains) -> tuple[tallies.Tally, bouts.Bouts, bouts.Pauses]:
    """All strides with their bouts into the table, and what they come to."""
    found = chains.found()
    seen = bouts.evidence(_none(), *found[:2])
    for number in range(blocks):
        seen += bouts.evidence(rows.kept(f"strides-{number}")[0], *found[:2])
    settler = bouts.Settler(found, seen)
    told = tallies.tally(_none(), len(settler.bouts))
    for number in range(blocks):
        table = settler.settle(*rows.kept(f"strides-{number}"))
        rows.drop(f"strides-{number}")
        rows.add(STRIDES, table.columns())
        told = tallies.join([told, tallies.tally(table, len(settler.bouts))])
    return told, settler.bouts, chains.pauses(settler.bouts)


def _ends(rows: Rows, whole: Walked, choice: Choice) -> dict[str, Any]:
    """Feet with one stance in which all is known that is known of any, and a length if there is one."""
    feet: dict[str, Any] = {}
    lengths = {}
    for foot in FEET:
        columns = rows.columns(f"{BEST}.{foot}")
        if not columns:
            feet[foot] = getattr(whole, foot)
            continue
        first = {name: _any(columns[name].blocks()) for name in EVENTS if name != "broken"}
        feet[foot] = Stances(foot, **first, broken=np.zeros(1, bool))
        if LENGTH in columns:
            lengths[foot] = _any(columns[LENGTH].blocks())
    return {"left": feet["left"], "right": feet["right"], "length_m": lengths}


def _any(blocks: Iterator[np.ndarray]) -> np.ndarray:
    for block in blocks:
        known = block[np.isfinite(block)]
        if len(known):
            return known[:1]
    return np.array([np.nan])


def _turns(rows: Rows) -> np.ndarray:
    columns = rows.columns(f"{BEST}.{TURNS}")
    return np.column_stack([column.whole() for column in columns.values()]) if columns else np.empty((0, 3))


def _none() -> Strides:
    """A table without a row."""
    return strides(Walked("", 1.0, 0.0, None, None))
