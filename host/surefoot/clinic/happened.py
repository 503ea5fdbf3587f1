# SPDX-License-Identifier: MIT
"""What happened in a trial: its span and end, the observer's marks, and what the condition's detectors saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..calibration import Calibration
from ..care.outcome import Done, Given
from ..care.protocol import Condition, Protocol
from ..decode import Decoded
from ..errors import MeasureError
from ..measures import Measured
from ..signals import Signals, net_cop_m, placement_of, to_signals
from .detecting import STANCE_ENDS, Found, Scene, detect, kinds_of, stance_on_one_leg, stopping
from .holding import START, Hold, Watch, aside_kept, hold, mark_s, moving, no_start, reason_kept

SAME_S = 2.0  # an observer's mark and a detector's this close are one event, seen twice
STANDS = ("hold", "lean")


@dataclass(frozen=True)
class Happened:
    """`hold`: the span and its end; `marks` of observer and device; `events` as they are shown; `numbers` by measure
    key in the table's units and `tables` with their own processing; `missing` reasons by key. `stands`: whether sway
    is asked of it."""

    hold: Hold
    stands: bool
    marks: tuple[Given, ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    tables: tuple[Measured, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def given_of(decoded: Decoded, protocol: Protocol, condition: Condition) -> tuple[Given, ...]:
    """The observer's marks in a recording, in seconds after the start cue, by the host's clock."""
    notes = decoded.notes
    start_s = next((n["t_host_s"] for n in notes if n.get("note") == "cue" and n.get("cue") == START), None)
    allowed = {mark.id for mark in protocol.marks_of(condition)}
    return tuple(
        Given(
            str(note["mark"]),
            None if start_s is None else round(note["t_host_s"] - start_s, 3),
            note.get("value"),
            str(note.get("by", "observer")),
        )
        for note in notes
        if note.get("note") == "mark" and note.get("mark") in allowed
    )


def happened(
    decoded: Decoded,
    signals: Signals,
    protocol: Protocol,
    condition: Condition,
    foot_length_m: float,
    net_m: np.ndarray | None = None,
) -> Happened:
    """All that is known of a trial but its sway."""
    given = given_of(decoded, protocol, condition)
    stands = condition.kind in STANDS
    if mark_s(decoded, signals, START) is None:
        return Happened(no_start(reason_kept(decoded)), stands, given)
    warnings: list[str] = []
    held = _held(decoded, signals, protocol, condition, given, warnings) if stands else moving(decoded, signals)
    cue_s = mark_s(decoded, signals, START) or 0.0
    scene = Scene(signals, protocol, condition, held, cue_s, given, decoded.head, foot_length_m, net_m)
    found = detect(scene)
    held = _ended(held, protocol, condition, given, found)
    own = [mark for mark in found.marks if not _seen_by_observer(mark, given)]
    if aside_kept(decoded) is not None:
        own = [mark for mark in own if protocol.mark(mark.mark).effect != "stop"]
    return Happened(
        held,
        stands,
        tuple(sorted((*given, *own), key=lambda mark: mark.t_s or 0.0)),
        tuple(found.events),
        found.numbers,
        tuple(found.tables),
        found.missing,
        tuple(dict.fromkeys((*warnings, *found.warnings))),
    )


def done_from(
    decoded: Decoded, protocol: Protocol, condition: Condition, record: Calibration
) -> tuple[Done, str | None]:
    """The trial of a recording as outcomes want it, and the words of its end where it wasn't completed."""
    signals, head = to_signals(decoded, record), decoded.head
    placement = placement_of(decoded, record)
    net = net_cop_m(signals, placement) if placement else None
    seen = happened(decoded, signals, protocol, condition, record.foot_length_mm * 1e-3, net)
    measured = {"held_s": seen.hold.held_s, **seen.numbers}
    for table in seen.tables:
        measured |= table
    done = Done(
        condition.id,
        int(head.get("trial", 1)),
        seen.hold.ended,
        measured,
        marks=seen.marks,
        target=head.get("target"),
        practice=bool(head.get("practice", False)),
        watched=bool(head.get("watched", False)),
    )
    return done, seen.hold.sentence


def _held(
    decoded: Decoded,
    signals: Signals,
    protocol: Protocol,
    condition: Condition,
    given: tuple[Given, ...],
    warnings: list[str],
) -> Hold:
    """The span of a trial that is held for a time: with the feet that shall stay, and from a lifted foot on."""
    stops = stopping(protocol, condition)
    watch, begin_s, seen = Watch(kinds_of(stops), leaning=condition.kind == "lean"), None, None
    late = condition.kind == "hold" and condition.starts_on == "mark"
    cue_s = mark_s(decoded, signals, START) or 0.0
    if condition.stance == "single" and condition.kind == "hold":
        try:
            one = stance_on_one_leg(signals, decoded.head.get("leg"), cue_s, late)
        except MeasureError as error:
            one = None
            warnings.append(str(error))
        watch = replace(watch, feet=("right" if one.raised == "left" else "left",) if one else ())
        if one and "raised-foot-touch" in stops and one.ended != "open":
            seen = (one.end_s, "step", STANCE_ENDS[one.ended])
        begin_s = one.start_s if one and late else None
    if late:
        starts = [mark.t_s for mark in given if protocol.mark(mark.mark).effect == "start" and mark.t_s is not None]
        begin_s = cue_s + starts[-1] if starts else begin_s
        if begin_s is None and reason_kept(decoded) == "observer":
            return Hold(0, 0, 0.0, "stopped", "The observer stopped the trial before its clock had started.")
        if begin_s is None:
            return Hold(
                0, 0, 0.0, "interrupted", "Nobody saw the clock start, neither key nor device: repeat the trial."
            )
    return hold(decoded, signals, condition.hold_s or condition.time_s, watch, begin_s, seen)


def _ended(held: Hold, protocol: Protocol, condition: Condition, given: tuple[Given, ...], found: Found) -> Hold:
    """The end with its words: which key it was; a finish that only a detector saw; a loss where nobody saw one."""
    if held.ended == "stopped":
        last = [protocol.mark(mark.mark) for mark in given if mark.value is None]
        words = [mark.label for mark in last if mark.effect in ("stop", "repeat", "disqualify")]
        if words:
            return replace(held, sentence=f"{(held.sentence or '').rstrip('.')}: {words[-1]}.")
    if held.ended == "timeout":
        if found.lost:
            # Lying on the floor unloads the feet as a chair does: what a detector took for the end may have been that.
            kind, words = found.lost
            found.numbers.pop("elapsed_s", None)
            return replace(held, ended=kind, sentence=f"Nobody saw the end of the trial, and {words}.")
        if any(protocol.mark(mark.mark).effect == "finish" for mark in found.marks) or found.finished:
            return replace(held, ended="complete", sentence=None)
    return held


def _seen_by_observer(mark: Given, given: tuple[Given, ...]) -> bool:
    times = [one.t_s for one in given if one.mark == mark.mark and one.t_s is not None]
    return any(mark.t_s is not None and abs(t_s - mark.t_s) <= SAME_S for t_s in times)
