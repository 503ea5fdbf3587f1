# SPDX-License-Identifier: MIT
"""How far somebody got: leans towards a target, weight onto a leg, a segment's inclination against gravity."""

from __future__ import annotations

import numpy as np

from ..care.protocol import Condition, Mark
from ..errors import MeasureError
from ..measures import events
from ..measures.events.spans import smooth
from ..measures.limits import LIMITS, limits_of_stability
from .detecting import Detector, Found, Scene

# Our own choices (D).
LEAD_S = 1.3  # of rest before the cue of a lean; its measure takes a second of it
KEPT_S = 1.0  # a share of the weight counts as reached when it is the mean over so long
HELD_S = 0.5  # the same of an angle
LOS = "los_maximum_pct"


def detectors_for(condition: Condition) -> tuple[Detector, ...]:
    """What runs for the kind of a condition, named or not."""
    return {"lean": (_lean, _load), "angle": (_angle,), "reach": (_reach,)}.get(condition.kind, ())


def _wanted(scene: Scene, key: str) -> bool:
    """Whether an outcome of the protocol is made of a measure."""
    return any(key in (rule.measure, rule.of) for rule in scene.protocol.outcomes)


def _lean(scene: Scene, mark: Mark | None, found: Found) -> None:
    if not _wanted(scene, LOS):
        return
    if scene.net_m is None:
        found.missing[LOS] = "Without the foot placement there is no way of the centre of pressure: type it next time."
        return
    target = next(one for one in scene.condition.targets if one.id == scene.head.get("target"))
    rate_hz = scene.signals.rate_hz
    first = max(scene.held.begin - round(LEAD_S * rate_hz), 0)
    cue_s = scene.cue_s - first / rate_hz
    rows = slice(first, scene.held.end)
    try:
        made = limits_of_stability(scene.net_m[rows], rate_hz, cue_s, target.direction_deg, scene.foot_length_m, LIMITS)
    except MeasureError as error:
        found.missing[LOS] = str(error)
        return
    found.tables.append(made)


def _load(scene: Scene, mark: Mark | None, found: Found) -> None:
    if not _wanted(scene, "load_reached_share"):
        return
    target = next(one for one in scene.condition.targets if one.id == scene.head.get("target"))
    foot = 1 if np.sin(np.radians(target.direction_deg)) > 0 else 0
    force_n = scene.signals.foot_force_n[scene.held.begin : scene.held.end]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = force_n[:, foot] / force_n.sum(axis=1)
    best = _kept(share, scene.signals.rate_hz, KEPT_S)
    if best is None:
        found.missing["load_reached_share"] = f"No {KEPT_S:g} s of the lean were measured."
    else:
        found.numbers["load_reached_share"] = 100 * best


def _angle(scene: Scene, mark: Mark | None, found: Found) -> None:
    moved = _moved(scene)
    best = _kept(moved.tilt_deg[scene.held.begin : scene.held.end], scene.signals.rate_hz, HELD_S)
    if best is None:
        found.missing["angle_deg"] = "The sensor gave nothing, so there is no angle."
    else:
        found.numbers["angle_deg"] = best
        found.event(scene, "inclination", "furthest", None, angle_deg=best)


def _reach(scene: Scene, mark: Mark | None, found: Found) -> None:
    moved = _moved(scene)
    pitch = moved.pitch_deg[scene.held.begin : scene.held.end]
    ends = _kept(pitch, scene.signals.rate_hz, HELD_S), _kept(-pitch, scene.signals.rate_hz, HELD_S)
    if ends[0] is not None and ends[1] is not None:
        found.numbers["trunk_sway_range_deg"] = ends[0] + ends[1]


def _moved(scene: Scene) -> events.Trunk:
    """The sensor against gravity, from how it was in the three seconds before the cue."""
    signals = scene.signals
    before = slice(max(scene.held.begin - round(3 * signals.rate_hz), 0), max(scene.held.begin, 1))
    moved = events.trunk(signals.acc_ms2, signals.gyr_dps, signals.rate_hz, before)
    if moved.quiet is None:
        raise MeasureError("The sensor was not still before the cue, so the angle has no beginning: repeat the trial.")
    return moved


def _kept(values: np.ndarray, rate_hz: float, seconds: float) -> float | None:
    """The largest mean over so many seconds, all of them inside; None where there is none."""
    half = round(seconds * rate_hz / 2)
    mean = smooth(values, rate_hz, seconds)[half : len(values) - half]
    return float(np.nanmax(mean)) if len(mean) and np.isfinite(mean).any() else None
