# SPDX-License-Identifier: MIT
"""Loss of balance in a standing trial: a step, a lifted foot, too much tilt, free fall, an impact.

These are stop rules of a test, our own choice throughout (D) and none of them published. They raise no alarm and detect
no falls: a trial ends, and whoever stands beside the person decides what it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.attitude import Trunk, trunk, turned_deg
from surefoot.measures.events.heading import HEADING_DEG, HEADING_SWAY_DEG, TILT_S, limits_reached
from surefoot.measures.events.lean import began_s, lean_deg, speed_per_s, sway_per_s
from surefoot.measures.events.spans import Flags, Floats, columns, crossing_s, lasting, row_at, smooth

FREE_FALL_G, FREE_FALL_S = 0.4, 0.15
IMPACT_G = 2.5
TILT_DEG = 45.0
JUMP_DEG, JUMP_S = 30.0, 0.5
BOTH_S = 0.02  # of heading away by lean and mass: both are means over some time already
BOTH = "the trunk was heading away and the body after it, faster than in any sway"
BEGAN_S, SHIFTED_S = 1.5, 0.3  # a tilt began at most this long before it was one, the load moved so long before it
SHIFT_SHARE, SHIFT_SD = (
    0.05,
    4.0,
)  # of the load: so much, and so many of its standard deviations in standing, is a shift
LIFT_SHARE = 0.1  # of the foot's usual load: some 5 % of body weight in an even stance
OFF_FLOOR_SHARE = 0.02  # of the usual load above what is left on a foot in the air
LIFT_S = 0.15  # no human swing is shorter, and a blink of the signal is
STEP_S = 1.0  # a foot back on the floor within it may have stepped; later it was held up
STEP_MS2 = 1.0  # vertical acceleration about a step, or a lean beyond sway, tells it from a foot put down gently
MIN_SHARE = 0.05  # of the load on both: a foot with less was not stood on to begin with
OFF_SHARE = 0.2  # of the usual load: less on both feet together is a person off the insoles
USUAL_S = 3.0  # before the trial begins: where the usual load and the sensor's own tilt come from
ONE_EVENT_S = 2.0  # a fall begins as a step or a tilt: what follows within it is the same event
FEET = ("left", "right")


@dataclass(frozen=True)
class Loss:
    """`kind`: step, foot lift, off, tilt, free fall or impact. Seconds from row 0: it began at `onset_s` and could
    first be told at `seen_s`. `confidence`: 0.5 at the limit of the rule, 1 at twice the evidence it asks for; it is
    no probability. `foot`: the one that left the floor. `beyond`: further than anybody gets back from standing."""

    kind: str
    onset_s: float
    seen_s: float
    confidence: float
    sentence: str
    foot: str | None = None
    beyond: bool = True


@dataclass(frozen=True)
class Losses:
    """All events by onset; `unseen` says what could not be watched, and why. `moved_trunk` is whether one of the
    trunk's rules (tilt, free fall, impact) belongs to the first event, and not as a mere beginning."""

    events: tuple[Loss, ...] = ()
    unseen: tuple[str, ...] = ()
    OVERRIDES: ClassVar[tuple[str, ...]] = ("first", "kind", "onset_s")

    @property
    def first(self) -> Loss | None:
        return self.events[0] if self.events else None

    @property
    def moved_trunk(self) -> bool:
        trunks = [event for event in self.events if event.kind in ("tilt", "free fall", "impact") and event.beyond]
        return bool(trunks) and trunks[0].onset_s - self.events[0].onset_s <= ONE_EVENT_S


@dataclass(frozen=True)
class _Found:
    kind: str
    row: int
    seen: int
    strength: float  # 1 at the limit
    sentence: str
    onset_s: float
    foot: str | None = None
    beyond: bool = True


def balance_loss(
    foot_force_n: npt.ArrayLike,
    acc_ms2: npt.ArrayLike,
    gyr_dps: npt.ArrayLike,
    rate_hz: float,
    begin_s: float = 0.0,
    *,
    watch: tuple[str, ...] = FEET,
    leaning: bool = False,
) -> Losses:
    """Losses of balance from `begin_s` on: foot_force_n [n,2] (left, right), acc and gyr [n,3] (right, forward, up).

    NaN rows are lost, columns of NaN a sensor that isn't there. `watch`: the feet that shall stay on the floor (in
    single-leg stance the standing one). `leaning`: the task leans on purpose (limits of stability, reach), so where the
    mass is heading ends nothing. MeasureError: shapes, or a rate below 20 Hz.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    acc = columns(acc_ms2, (3,), "waist acceleration", len(feet))
    gyr = columns(gyr_dps, (3,), "waist turning rate", len(feet))
    if not 20 <= rate_hz < np.inf:
        raise MeasureError(f"The trial has a rate of {rate_hz:g} Hz: record at 20 Hz or more.")
    begin = min(max(round(begin_s * rate_hz), 0), len(feet))
    before = round(USUAL_S * rate_hz)
    base = slice(max(begin - before, 0), min(max(begin, before), len(feet)))
    found: list[_Found] = []
    unseen: list[str] = []
    try:
        moved = trunk(acc, gyr, rate_hz, base)
    except MeasureError as reason:
        moved = None
        unseen.append(str(reason))
    if moved is not None and not moved.known:
        moved = None
        unseen.append("The waist sensor gave nothing, so tilt, free fall and impact were not watched.")
    if moved is not None:
        if moved.quiet is None:
            unseen.append("There was no quiet second at the start, so tilt is from the sensor's own upright.")
        found += _trunk_rules(moved, feet, rate_hz, begin, base, leaning)
    found += _feet_rules(feet, moved, rate_hz, begin, base, watch, unseen)
    events = [
        Loss(f.kind, f.onset_s, f.seen / rate_hz, _confidence(f.strength), f.sentence, f.foot, f.beyond)
        for f in sorted(found, key=lambda f: (f.onset_s, f.seen))
    ]
    return Losses(tuple(events), tuple(unseen))


def _confidence(strength: float) -> float:
    return round(float(np.clip(strength / 2, 0.5, 1.0)), 2)


def _trunk_rules(moved: Trunk, feet: Floats, rate_hz: float, begin: int, base: slice, leaning: bool) -> list[_Found]:
    tilt, size = moved.tilt_deg, moved.size_g
    known = np.isfinite(tilt) & np.isfinite(size)
    turned = turned_deg(moved, rate_hz, JUMP_S)
    if moved.quiet is not None:
        # What was done before the quiet start belongs to getting into position.
        begin = max(begin, min(moved.quiet.start, len(tilt)))
    free = f"the trunk was in free fall, below {FREE_FALL_G:g} g for {FREE_FALL_S:g} s"
    rules = [
        ("free fall", size < FREE_FALL_G, FREE_FALL_S, 2 - size / FREE_FALL_G, free),
        ("impact", size > IMPACT_G, 0.0, size / IMPACT_G, f"an impact of more than {IMPACT_G:g} g at the waist"),
        ("tilt", tilt > TILT_DEG, TILT_S, tilt / TILT_DEG, f"the trunk tilted more than {TILT_DEG:g} degrees"),
        (
            "tilt",
            turned > JUMP_DEG,
            TILT_S,
            turned / JUMP_DEG,
            f"the trunk tilted by {JUMP_DEG:g} degrees within {JUMP_S:g} s",
        ),
    ]
    if not leaning:
        words = f"the trunk was heading beyond {HEADING_DEG:g} degrees, from where nobody gets back standing"
        alone, both = limits_reached(moved, known, rate_hz)
        rules.append(("tilt", alone > 1, TILT_S, alone, words))
        rules.append(("tilt", both > 1, BOTH_S, both, BOTH))
    out = []
    for kind, flags, least_s, strength, sentence in rules:
        flags = flags & known
        flags[:begin] = False
        for low, high in lasting(flags, known, rate_hz, least_s):
            onset_s = low / rate_hz
            seen = row_at(flags, low, high, least_s, rate_hz)
            if kind == "tilt":
                onset_s = _tilt_began_s(moved, feet, low, seen, max(begin, base.start), base, rate_hz)
            most = float(np.nanmax(strength[low:high]))
            out.append(_Found(kind, low, seen, most, sentence, onset_s, beyond=sentence != BOTH))
    return _one_tilt(out, rate_hz)


def _tilt_began_s(moved: Trunk, feet: Floats, low: int, seen: int, begin: int, base: slice, rate_hz: float) -> float:
    """When the trunk left the posture of `base`, or, shortly before it, the load its place between the feet."""
    first = max(low - round(BEGAN_S * rate_hz), begin)
    rest = slice(max(first - round(rate_hz), 0), first + 1)  # a posture drifts in half a minute of standing
    lean = lean_deg(moved, rest, slice(low, seen + 1), rate_hz)
    began = None if lean is None else began_s(*lean, first, seen, rate_hz, sway_per_s(lean[1], base))
    began = low / rate_hz if began is None else began
    with np.errstate(invalid="ignore", divide="ignore"):
        share = smooth(feet[:, 0] / feet.sum(axis=1), rate_hz, TILT_S)
    usual = share[base][np.isfinite(share[base])]
    now = share[low : seen + 1][np.isfinite(share[low : seen + 1])]
    if not len(usual) or not len(now):
        return began
    shift = float(now[-1] - np.median(usual))
    if abs(shift) > max(SHIFT_SHARE, SHIFT_SD * float(usual.std())):
        away = np.sign(shift) * (share - np.median(usual))
        speed = speed_per_s(away, rate_hz)
        shifted = began_s(away, speed, first, seen, rate_hz, sway_per_s(speed, base))
        if shifted is not None and began - SHIFTED_S <= shifted < began:
            return shifted
    return began


def _one_tilt(found: list[_Found], rate_hz: float) -> list[_Found]:
    """Of tilts that several rules saw, the one that could be told first."""
    out: list[_Found] = []
    for event in sorted(found, key=lambda f: f.seen):
        near = (k for k, e in enumerate(out) if e.kind == event.kind and event.row - e.row <= ONE_EVENT_S * rate_hz)
        same = next(near, None) if event.kind == "tilt" else None
        if same is None:
            out.append(event)
        else:
            strength, beyond = max(out[same].strength, event.strength), out[same].beyond or event.beyond
            out[same] = replace(out[same], strength=strength, beyond=beyond)
    return out


def usual_n(feet: Floats, base: slice) -> Floats:
    """Load [2] that each foot usually carries: before the trial or in it, whichever is more; NaN where not measured."""
    out = np.full(2, np.nan)
    for foot, force in enumerate(feet.T):
        parts = [part[np.isfinite(part)] for part in (force[base], force[base.start :])]
        medians = [float(np.median(part)) for part in parts if len(part)]
        if medians:
            out[foot] = max(medians)
    return out


def _feet_rules(
    feet: Floats,
    moved: Trunk | None,
    rate_hz: float,
    begin: int,
    base: slice,
    watch: tuple[str, ...],
    unseen: list[str],
) -> list[_Found]:
    usual = usual_n(feet, base)
    whole = float(np.nansum(usual))
    out: list[_Found] = []
    lifted: list[Flags] = []
    for foot, name in enumerate(FEET):
        if not np.isfinite(usual[foot]):
            unseen.append(f"The {name} insole gave nothing, so that foot's steps and lifts were not watched.")
        elif name in watch and not usual[foot] > MIN_SHARE * whole:
            unseen.append(f"The {name} foot carried nothing from the start, so it was not watched.")
        elif name in watch:
            known = np.isfinite(feet[:, foot])
            share = feet[:, foot] / usual[foot]
            flags = known & (share < LIFT_SHARE)
            flags[:begin] = False
            lifted.append(flags)
            for low, high in lasting(flags, known, rate_hz, LIFT_S):
                out.append(_lift(name, share, flags, low, high, moved, rate_hz))
    total = feet.sum(axis=1)
    off = np.isfinite(total) & (total < OFF_SHARE * whole)
    off[:begin] = False
    for low, high in lasting(off, np.isfinite(total), rate_hz, LIFT_S):
        seen, sentence = row_at(off, low, high, LIFT_S, rate_hz), "the person was off the insoles"
        out.append(_Found("off", low, seen, 2.0, sentence, low / rate_hz))
        out = [event for event in out if event.foot is None or not low - rate_hz <= event.row < high]
    return out


def _lift(name: str, share: Floats, flags: Flags, low: int, high: int, moved: Trunk | None, rate_hz: float) -> _Found:
    seen = row_at(flags, low, high, LIFT_S, rate_hz)
    # A foot that is raised slowly is off the floor when only what its shoe presses is left.
    off_level = float(np.nanmedian(share[low:high])) + OFF_FLOOR_SHARE
    off_row = low + int(np.argmax(share[low:high] < off_level))
    onset_s = crossing_s(share, off_level, off_row, rate_hz)
    seen = max(seen, off_row)
    strength = 2 - float(np.nanmin(share[low:high])) / LIFT_SHARE
    back = high < len(share) and high - low <= STEP_S * rate_hz
    if back and moved is not None:
        about = moved.rise_ms2[max(low - round(0.2 * rate_hz), 0) : high + round(0.3 * rate_hz)]
        known = about[np.isfinite(about)]
        lean = moved.tilt_deg[max(low - round(0.5 * rate_hz), 0) : high]
        leaned = bool((lean[np.isfinite(lean)] > HEADING_SWAY_DEG).any())
        back = not len(known) or leaned or float(np.abs(known).max()) > STEP_MS2
    if back:
        return _Found("step", low, seen, strength, f"the {name} foot stepped", onset_s, name)
    return _Found("foot lift", low, seen, strength, f"the {name} foot was lifted", onset_s, name)
