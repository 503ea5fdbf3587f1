# SPDX-License-Identifier: MIT
"""Losses of balance, and the end of a movement, while a trial runs, by the detectors that judge it afterwards.

It looks at the quiet start and at the last seconds, with a gap between them over which it knows nothing. It decides
when a hold is over and what is said at once; what is kept is what the whole recording shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import signals_check
from ..calibration import Calibration
from ..care.protocol import Condition, Protocol
from ..device.framer import Frame
from ..errors import MeasureError, SurefootError
from ..measures.events import SingleLeg, single_leg
from ..measures.events.attitude import BLIND_S
from ..measures.events.balance_loss import JUMP_S, ONE_EVENT_S, USUAL_S
from .detecting import SETTLING_S, STANCE_ENDS, kinds_of, raised_of, stopping
from .finishing import LOOK_S as FINISH_LOOK_S
from .finishing import finish_of
from .holding import Watch, losses_in
from .live_rows import KEEP_S, LiveRows, Rows, lost_rows

# Our own choices (D).
LOOK_S = 0.25  # of new samples between two looks
WINDOW_S = 2.0  # that a look goes back: a tilt is sought back for one and a half
GAP_S = max(BLIND_S, JUMP_S) + 0.1  # nothing is compared across it, and the vertical is taken anew behind it
FRESH_S = 1.0  # what could have been told longer ago is not told: there the vertical has only just been taken anew
SURE = 0.55  # the confidence from which a loss ends a trial: a tenth beyond the limit of its rule
STEPS_S = 0.4  # after a lean that people do get back from by a step, who takes one has a foot off the floor
STANCE_S = 1.0  # a shorter stance on one leg is an attempt, for the observer to judge
BEFORE_CUE_S = 60.0  # of a stream, at most: its first cue and the count
HARD = ("free-fall", "impact")  # where people move, only these are told: a trunk leans far to rise from a chair


@dataclass(frozen=True)
class Seen:
    """A loss of balance as it is told: `at_s` seconds after the start cue; whether it `ends` the trial. `finished`: no
    loss, but the end of a movement."""

    at_s: float
    words: str
    ends: bool
    finished: bool = False


class Watcher:
    """Watches one trial. Give it the board's configuration when the stream begins, every frame, and the moment of the
    start cue; then `look` as often as you like. `ends`: whether it may end a trial, or tells only."""

    def __init__(
        self, protocol: Protocol, condition: Condition, leg: str | None, record: Calibration, ends: bool = True
    ):
        held = condition.kind in ("hold", "lean")
        self._stops = stopping(protocol, condition)
        named = self._stops if held else frozenset(protocol.detectors_of(condition)) & frozenset(HARD)
        self._watch = Watch(kinds_of(named), leaning=condition.kind != "hold")
        self._one_leg = condition.kind == "hold" and condition.stance == "single"
        self._late = condition.kind == "hold" and condition.starts_on == "mark"
        self._leg, self._record, self._ends = leg, record, ends and held
        self._finish = finish_of(protocol, condition) if ends else None
        self._keep_s = KEEP_S if self._finish is None else condition.limit_s + BEFORE_CUE_S
        self._finish_looked = 0
        self._rows: LiveRows | None = None
        self._begin: int | None = None
        self._base: Rows | None = None
        self._cue_row = 0.0
        self._looked = 0
        self._raised = False
        self._full_s = condition.hold_s if self._late else np.inf
        self._clock_s = np.inf  # after the cue, where it starts when a foot is raised
        self._told_s = -np.inf

    def stream(self, config: Mapping[str, Any]) -> None:
        """The stream begins. What can't be watched is no reason not to run the trial."""
        try:
            watched = self._watch.kinds or self._one_leg or self._finish
            self._rows = LiveRows(config, self._record, self._keep_s) if watched else None
        except SurefootError:
            self._rows = None

    def take(self, frames: Iterable[Frame]) -> None:
        """Frames as they arrived."""
        if self._rows:
            self._rows.take(frames)

    def cue(self, t_us: int) -> None:
        """The start cue, by the device's clock."""
        if self._rows:
            self.begin_at(self._rows, self._rows.row_at(t_us))

    def begin_at(self, rows: LiveRows, row: float) -> None:
        """The start cue at a row of these."""
        self._rows, self._cue_row = rows, row
        self._begin, self._base = max(round(row), 0), None

    def look(self) -> Seen | None:
        """A loss of balance that was not told yet, or the end of a movement; None too where there is nothing new."""
        return self._lost() or self._finished()

    def _finished(self) -> Seen | None:
        rows, finish = self._rows, self._finish
        if rows is None or finish is None or self._begin is None:
            return None
        if rows.next - self._finish_looked < FINISH_LOOK_S * rows.rate_hz:
            return None
        self._finish_looked = rows.next
        found = finish(rows.between(0, rows.next), rows.rate_hz, self._cue_row / rows.rate_hz)
        if found is None:
            return None
        at_s = found[0] - self._cue_row / rows.rate_hz
        return Seen(at_s, f"{at_s:.1f} s: {found[1]}, seen by the device.", True, finished=True)

    def _lost(self) -> Seen | None:
        rows, begin = self._rows, self._begin
        if rows is None or begin is None or rows.next - self._looked < LOOK_S * rows.rate_hz:
            return None
        self._looked = rows.next
        before = round(USUAL_S * rows.rate_hz)
        first, base_end = max(begin - before, 0), max(begin, before)
        if rows.next <= base_end:
            return None
        if self._base is None:
            rows.leave_out_stuck(first, base_end)
            self._base = rows.between(first, base_end)
        low = max(base_end, rows.next - round(WINDOW_S * rows.rate_hz))
        gap = round(GAP_S * rows.rate_hz) if low > base_end else 0
        seen = self._base.then(lost_rows(gap)).then(rows.between(low, rows.next))

        def after_cue_s(seconds: float) -> float:
            row = seconds * rows.rate_hz
            row += low - base_end - gap if row >= base_end - first + gap / 2 else 0
            return (row + first - self._cue_row) / rows.rate_hz

        try:
            found = self._first(seen, min(begin, before), rows.rate_hz, after_cue_s)
        except MeasureError:
            return None
        if found is None or not found[2] or after_cue_s(found[0]) - self._clock_s >= self._full_s:
            return None
        return self._told(after_cue_s(found[0]), found[1])

    def _told(self, at_s: float, sentence: str) -> Seen | None:
        if self._ends:
            held = "" if self._late else f": held {max(at_s, 0.0):.1f} s"  # from the cue; a later start is the key's
            return Seen(at_s, f"{sentence[0].upper()}{sentence[1:]}{held}.", True)
        if at_s < self._told_s + ONE_EVENT_S:
            return None
        self._told_s = at_s
        return Seen(at_s, f"{at_s:.1f} s: {sentence}. Whether that was a loss is yours to say.", False)

    def _first(
        self, seen: Rows, begin: int, rate_hz: float, after_cue_s: Callable[[float], float]
    ) -> tuple[float, str, bool] | None:
        """The first loss among these rows from `begin` on, in seconds from row 0, its words, and whether it is sure."""
        watch, found, from_s = self._watch, [], 0.0
        if self._one_leg:
            one = self._stance(seen, begin, rate_hz)
            if one is None and self._late:
                return None  # its clock has not started
            if one and self._late:
                from_s, self._clock_s = one.start_s, min(self._clock_s, after_cue_s(one.start_s))
            watch = replace(watch, feet=(raised_of(one.raised) or "",) if one else ())
            if one and one.ended in STANCE_ENDS and "raised-foot-touch" in self._stops:
                found.append((one.end_s, STANCE_ENDS[one.ended], one.held_s >= STANCE_S))
        total = signals_check.total_n(seen.foot_force_n)
        off = signals_check.off(total, signals_check.usual_load(total))
        lost = losses_in(seen.foot_force_n, off, seen.acc_ms2, seen.gyr_dps, rate_hz, begin, watch)
        now_s = len(total) / rate_hz
        told = [e for e in lost.events if e.onset_s >= from_s and e.seen_s >= now_s - FRESH_S]
        sure = [e for e in told if e.confidence >= SURE]
        waits = [e for e in sure if not e.beyond and e.seen_s > now_s - STEPS_S]
        found += [(e.onset_s, e.sentence, e in sure and e not in waits) for e in told]
        # The first that is sure: a foot that hardly left the floor keeps no fall from being seen.
        first = min(found, key=lambda one: (not one[2], one[0]), default=None)
        if first is None or not first[2]:
            return first
        begun = [e.onset_s for e in waits if 0 < first[0] - e.onset_s <= ONE_EVENT_S]
        return min([first[0], *begun]), *first[1:]

    def _stance(self, seen: Rows, begin: int, rate_hz: float) -> SingleLeg | None:
        cue_s = begin / rate_hz
        try:
            one = single_leg(
                seen.foot_force_n, rate_hz, raised_of(self._leg), cue_s if self._late else max(cue_s - SETTLING_S, 0.0)
            )
        except MeasureError:
            return None
        # Once it was raised in time, a foot that is still in the air is raised when the window begins.
        self._raised = self._raised or self._late or one.start_s <= cue_s + SETTLING_S
        return one if self._raised else None
