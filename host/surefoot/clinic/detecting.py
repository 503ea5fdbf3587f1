# SPDX-License-Identifier: MIT
"""The detectors that a condition names, on the signals of a trial: marks, events and numbers out.

A detector is only somebody else who may give a mark. What it couldn't tell is a warning, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import cells
from ..care.outcome import Given
from ..care.protocol import Condition, Mark, Protocol
from ..errors import MeasureError
from ..measures import Measured
from ..measures.events import SingleLeg, part_lifts, single_leg
from ..signals import Signals
from .holding import Hold, Watch, losses

KINDS = {
    "step": ("step", "off"),
    "foot-lift": ("foot lift", "off"),
    "tilt": ("tilt",),
    "free-fall": ("free fall",),
    "impact": ("impact",),
}
STANCE_ENDS = {"touch": "the raised foot came down", "moved": "the standing foot moved"}
SETTLING_S = 0.5  # a foot that is raised for a stance may be in the air so long before its cue


@dataclass(frozen=True)
class Scene:
    """A trial to be looked at: its signals and span, when its cue was on their clock, and what the observer gave."""

    signals: Signals
    protocol: Protocol
    condition: Condition
    held: Hold
    cue_s: float
    given: tuple[Given, ...]
    head: Mapping[str, Any]
    foot_length_m: float
    net_m: np.ndarray | None = None

    @property
    def begin_s(self) -> float:
        return self.held.begin / self.signals.rate_hz

    @property
    def end_s(self) -> float:
        return self.held.end / self.signals.rate_hz

    def observed_s(self, effect: str) -> float | None:
        """When the observer last gave a mark of an effect, on the signals' clock."""
        times = [g.t_s for g in self.given if g.t_s is not None and self.protocol.mark(g.mark).effect == effect]
        return self.cue_s + times[-1] if times else None


@dataclass
class Found:
    """What detectors say of a trial. `finished`: one saw it end as it should; `lost`: the kind and words of a loss."""

    numbers: dict[str, float] = field(default_factory=dict)
    tables: list[Measured] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    marks: list[Given] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    finished: bool = False
    lost: tuple[str, str] | None = None

    def event(self, scene: Scene, detector: str, kind: str, at_s: float | None, **more: Any) -> None:
        """Something seen, in seconds after the start cue."""
        t_s = None if at_s is None else round(at_s - scene.cue_s, 3)
        shown = {key: round(value, 3) if isinstance(value, float) else value for key, value in more.items()}
        self.events.append({"detector": detector, "kind": kind, "t_s": t_s, **shown})

    def mark(self, scene: Scene, mark: Mark | None, at_s: float | None) -> None:
        """A mark given by the device."""
        if mark and at_s is not None:
            self.marks.append(Given(mark.id, round(at_s - scene.cue_s, 3), None, "device"))


Detector = Callable[[Scene, Mark | None, Found], None]


def detect(scene: Scene) -> Found:
    """Run the condition's detectors. One that can't tell says why and keeps none of the others back."""
    from . import detecting_moves, detecting_targets

    found = Found()
    named = scene.protocol.detectors_of(scene.condition)
    _losses(scene, {name: mark for name, mark in named.items() if name in KINDS}, found)
    table: dict[str, Detector] = {
        "heel-lift": _heels,
        "raised-foot-touch": _touch,
        **detecting_moves.DETECTORS,
    }
    detectors = [(table[name], mark) for name, mark in named.items() if name in table]
    detectors += [(one, None) for one in detecting_targets.detectors_for(scene.condition)]
    for detector, mark in detectors:
        try:
            detector(scene, mark, found)
        except MeasureError as error:
            found.warnings.append(str(error))
    return found


def stopping(protocol: Protocol, condition: Condition) -> frozenset[str]:
    """The detectors whose mark ends a trial of the condition."""
    named = protocol.detectors_of(condition).items()
    return frozenset(name for name, mark in named if mark and mark.effect == "stop")


def kinds_of(detectors: Iterable[str]) -> frozenset[str]:
    """The kinds of loss that detectors stand for."""
    return frozenset(kind for name in detectors for kind in KINDS.get(name, ()))


def raised_of(leg: object) -> str | None:
    """The foot that is raised where somebody stands on this leg; None where nobody said."""
    return {"left": "right", "right": "left"}.get(str(leg))


def stance_on_one_leg(signals: Signals, leg: str | None, cue_s: float, late: bool) -> SingleLeg:
    """The stance on one leg of a trial. MeasureError where no foot was raised, or too late after its cue."""
    after_s = cue_s if late else max(cue_s - SETTLING_S, 0.0)
    found = single_leg(signals.foot_force_n, signals.rate_hz, raised_of(leg), after_s)
    if not late and found.start_s > cue_s + SETTLING_S:
        raise MeasureError(
            f"No foot was raised at the start cue, only {found.start_s - cue_s:.1f} s after it: repeat the trial, or"
            " time it by keys."
        )
    return found


def _losses(scene: Scene, named: Mapping[str, Mark | None], found: Found) -> None:
    """Losses of balance. In a trial that is held one ends it, in one that moves it is shown to the observer: a trunk
    leans far to rise from a chair, and nobody but the observer knows whether it was meant."""
    if not named:
        return
    condition, held = scene.condition, scene.held
    kinds = kinds_of(named)
    feet: tuple[str, ...] = ("left", "right")
    if condition.stance == "single":
        standing = {"left": ("left",), "right": ("right",)}
        feet = standing.get(str(scene.head.get("leg")), ())
    held_still = condition.kind in ("hold", "lean")
    leaning = condition.kind != "hold"
    # A hold ends with its first loss; that row itself belongs to what is seen.
    until = held.end + round(2 * scene.signals.rate_hz) if held.ended in ("step", "fall") else held.end
    until = min(until, len(scene.signals.t_s) if held.judged is None else held.judged)
    seen = losses(scene.signals, held.begin, until, Watch(kinds, feet, leaning))
    for one in seen.events:
        more = {"seen_s": one.seen_s - scene.cue_s, "confidence": one.confidence, "sentence": one.sentence}
        found.event(scene, "balance-loss", one.kind, one.onset_s, **more)
        name = next(name for name in named if one.kind in KINDS[name])
        mark = named[name]
        # What is raised on purpose starts a clock by a detector of its own.
        if mark and mark.effect != "start" and (mark.effect != "stop" or held_still):
            found.mark(scene, mark, one.onset_s)
    hard = [one for one in seen.events if one.kind in ("free fall", "impact")]
    if hard and not held_still:
        found.lost = "fall", hard[0].sentence
        at_s = hard[0].onset_s - scene.cue_s
        found.warnings.append(f"At {at_s:.1f} s {hard[0].sentence}: whether that was a loss is the observer's to say.")


def _heels(scene: Scene, mark: Mark | None, found: Found) -> None:
    rows = slice(0, scene.held.end)
    force_n = scene.signals.cell_force_n[rows].astype(float)
    # The rear of the sole: a heel off the floor leaves nothing on it, a forefoot off leaves everything.
    heel = np.array([place == "heel" or place.startswith("rear") for place in cells.load().places])
    shares = []
    for foot in (0, 1):
        own, is_heel = force_n[:, 8 * foot : 8 * foot + 8], heel[8 * foot : 8 * foot + 8]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares.append(own[:, is_heel].sum(axis=1) / own.sum(axis=1))
    lifts = part_lifts(
        scene.signals.foot_force_n[rows],
        scene.signals.foot_cop_m[rows],
        scene.signals.rate_hz,
        scene.foot_length_m,
        np.column_stack(shares),
    )
    for lift in lifts:
        if lift.begin_s >= scene.begin_s:
            found.event(scene, "heel-lift", lift.part, lift.begin_s, foot=lift.foot, confidence=lift.confidence)
            found.mark(scene, mark, lift.begin_s)


def _touch(scene: Scene, mark: Mark | None, found: Found) -> None:
    late = scene.condition.starts_on == "mark"
    one = stance_on_one_leg(scene.signals, scene.head.get("leg"), scene.cue_s, late)
    found.event(scene, "raised-foot-touch", "raised", one.start_s, foot=one.raised, confidence=one.confidence)
    start = scene.protocol.marks_of(scene.condition, "start")
    found.mark(scene, start[0] if start and late else None, one.start_s)
    # What comes after the end of the trial is the foot being put down.
    if one.end_s is not None and one.ended != "open" and one.end_s <= scene.end_s + 1 / scene.signals.rate_hz:
        found.event(scene, "raised-foot-touch", one.ended, one.end_s, foot=one.raised)
        found.mark(scene, mark, one.end_s)
