# SPDX-License-Identifier: MIT
"""Detectors of movements: chair, TUG, turns, steps, the first step, push and release."""

from __future__ import annotations

from ..care.protocol import Mark
from ..measures import events
from .detecting import Detector, Found, Scene

LENGTH_DEG = 120.0  # a turn of this much ends a length of a track; corners are below


def _chair(scene: Scene, mark: Mark | None, found: Found) -> None:
    signals, condition = scene.signals, scene.condition
    seen = events.sit_to_stand(signals.foot_force_n, signals.acc_ms2, signals.gyr_dps, signals.rate_hz, scene.begin_s)
    stops_s = scene.begin_s + condition.time_s if condition.time_s else None
    counts, finish = (scene.protocol.marks_of(condition, effect) for effect in ("count", "finish"))
    for number, rise in enumerate(seen.rises, 1):
        more = {"full": rise.full, "confidence": rise.confidence, "height_share": rise.height_share}
        found.event(scene, "sit-to-stand", f"rise {number}", rise.standing_s, **_known(more))
    for rise in seen.full:
        if rise.standing_s is not None and (stops_s is None or rise.standing_s <= stops_s):
            found.mark(scene, counts[0] if counts else None, rise.standing_s)
    if stops_s is not None:
        found.numbers["count"] = float(seen.completed_at(stops_s))
    if condition.repetitions:
        stand_s, seated_s = (way(condition.repetitions) for way in (seen.stand_s, seen.seated_s))
        ends_s = seated_s if condition.ends_on == "fifth-seat" else stand_s
        if stand_s is not None:
            found.numbers["to_fifth_stand_s"] = stand_s - scene.cue_s
        if ends_s is not None:
            found.numbers["elapsed_s"] = ends_s - scene.cue_s
            found.finished = True
            found.mark(scene, finish[0] if finish else None, ends_s)
    if seen.partial:
        found.warnings.append(f"Rises that did not get up fully, not counted by the device: {seen.partial}.")
    found.warnings += seen.unseen


def _tug(scene: Scene, mark: Mark | None, found: Found) -> None:
    signals = scene.signals
    seen = events.tug(signals.foot_force_n, signals.acc_ms2, signals.gyr_dps, signals.rate_hz, scene.cue_s)
    found.numbers["elapsed_s"] = seen.clinical_s
    if seen.movement_s is not None:
        found.numbers["movement_s"] = seen.movement_s
    for phase, seconds in seen.phases_s.items():
        found.event(scene, "tug", phase, None, **_known({"duration_s": seconds}))
    found.event(scene, "tug", "seated", seen.seated_s, confidence=seen.confidence)
    found.mark(scene, mark, seen.seated_s)
    if seen.early_s:
        found.warnings.append(f"The trunk moved {seen.early_s:.1f} s before the cue: an early start is done again.")
    found.warnings += seen.unseen


def _turns(scene: Scene, mark: Mark | None, found: Found) -> None:
    signals, condition = scene.signals, scene.condition
    moved = events.trunk(signals.acc_ms2, signals.gyr_dps, signals.rate_hz)
    seen = [turn for turn in events.turns(moved.yaw_dps, signals.rate_hz) if turn.end_s > scene.begin_s]
    for turn in seen:
        more = {"angle_deg": turn.angle_deg, "duration_s": turn.duration_s, "peak_dps": turn.peak_dps}
        found.event(scene, "turn", turn.side, turn.begin_s, confidence=turn.confidence, **more)
    if mark and mark.effect == "count":
        lengths = [t for t in seen if abs(t.angle_deg) >= LENGTH_DEG and t.begin_s <= scene.end_s]
        for turn in lengths:
            found.mark(scene, mark, turn.begin_s)
        found.numbers["count"] = float(len(lengths))
    full = [turn for turn in seen if turn.full and turn.side == condition.id]
    if mark and mark.effect == "finish" and full:
        found.numbers["elapsed_s"] = full[0].end_s - scene.cue_s
        found.mark(scene, mark, full[0].end_s)
        walked = events.contacts(signals.foot_force_n, signals.rate_hz)
        landed = [c for c in walked if c.on_s is not None and full[0].begin_s - 1 <= c.on_s <= full[0].end_s + 0.5]
        found.numbers["steps"] = float(len(landed))


def _steps(scene: Scene, mark: Mark | None, found: Found) -> None:
    # Steps of a turn on the spot are counted with the turn, and those of a TUG are its own.
    named = scene.protocol.detectors_of(scene.condition)
    if "tug" in named or scene.condition.ends_on == "facing-front":
        return
    signals = scene.signals
    seen = events.walk(signals.foot_force_n, signals.rate_hz, scene.begin_s, scene.end_s)
    found.event(scene, "steps", "walk", seen.start_s, steps=seen.steps, confidence=seen.confidence)
    found.numbers["steps"] = float(seen.steps)
    found.warnings += seen.unseen


def _first_step(scene: Scene, mark: Mark | None, found: Found) -> None:
    signals = scene.signals
    waist = signals.acc_ms2, signals.gyr_dps
    seen = events.gait_initiation(signals.foot_force_n, signals.rate_hz, signals.foot_cop_m, scene.begin_s, *waist)
    more = {"foot": seen.foot, "confidence": seen.confidence, "size_share": seen.size_share}
    found.event(scene, "gait-initiation", "first step", seen.off_s, **more)
    found.numbers["elapsed_s"] = seen.off_s - scene.cue_s
    found.mark(scene, mark, seen.off_s)
    if seen.duration_s is None:
        reason = "No weight shift stood out before the first step."
        found.missing |= dict.fromkeys(("initiation_s", "initiation_share"), reason)
    else:
        found.numbers |= {"initiation_s": seen.duration_s, "initiation_share": 100 * seen.size_share}


def _release(scene: Scene, mark: Mark | None, found: Found) -> None:
    if found.finished:
        return  # the detector of two marks runs once
    signals, given_s = scene.signals, scene.observed_s("start")
    seen = events.push_and_release(
        signals.foot_force_n, signals.acc_ms2, signals.gyr_dps, signals.rate_hz, given_s, scene.begin_s
    )
    starts, ends = (scene.protocol.marks_of(scene.condition, effect) for effect in ("start", "finish"))
    found.event(scene, "push-release", "released", seen.release_s, steps=seen.steps, confidence=seen.confidence)
    found.mark(scene, starts[0] if starts else None, seen.release_s)
    found.numbers["steps"] = float(seen.steps)
    if seen.recovery_s is not None and seen.stable_s is not None:
        found.event(scene, "push-release", "stable", seen.stable_s)
        found.numbers["elapsed_s"] = seen.recovery_s
        found.mark(scene, ends[0] if ends else None, seen.stable_s)


def _known(values: dict[str, float | bool | None]) -> dict[str, float | bool | None]:
    """Without NaN, which no result holds."""
    return {key: None if value != value else value for key, value in values.items()}


DETECTORS: dict[str, Detector] = {
    "sit-to-stand": _chair,
    "tug": _tug,
    "turn": _turns,
    "steps": _steps,
    "gait-initiation": _first_step,
    "push-release": _release,
}
