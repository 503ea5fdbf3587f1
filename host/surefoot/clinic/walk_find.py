# SPDX-License-Identifier: MIT
"""Contacts of a walk by the best sensor that saw it; what only another one can tell is taken from that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from surefoot.clinic.walk_input import Floats, WalkInput
from surefoot.errors import MeasureError
from surefoot.measures.gait.parameters import Gait, gait_parameters
from surefoot.measures.gait.values import FEET, Stances, Walked

if TYPE_CHECKING:
    from surefoot.measures.gait.profiles import Profiles
    from surefoot.measures.gait.waist import Waist
    from surefoot.measures.gait.waist_axes import Axes
    from surefoot.measures.gait.wear import Wear
    from surefoot.measures.gait.weight import WeightCheck

SAME_CONTACT_S = 0.2  # between two sensors' times of one contact: under half of the shortest stride (D)
SENSORS = {"insole": "insoles", "foot-imu": "foot sensors", "waist-imu": "waist sensor"}
UNSEEN = {"off_s": "foot-offs", "heel_rise_s": "heel-rises"}
LENGTHLESS = {
    "insole": "Insoles know no lengths: sensors on the feet do.",
    "foot-imu": "No stride length could be told.",
    "waist-imu": "A sensor at the waist tells lengths of walking at 0.5 m/s and more, given the leg's (--leg-mm).",
}
SWAPPED = "Whether left and right are swapped can't be told without the insoles' cells or a sensor at the waist."


@dataclass(frozen=True)
class FoundWalk:
    """`walked`: contacts by the best sensor, lengths and turns by whichever told them. `by`: what came from where, in
    words. `also`: what each other sensor saw, by its source. `untold`: of events and lengths that nobody told, why.
    `notes`: all that is to be said. `gait`: strides, bouts and parameters. `waist`: its single
    steps. `profiles`, `weight`: of insoles whose contacts these are, `wear`: of insoles and waist, else None."""

    walked: Walked
    by: dict[str, str]
    also: dict[str, Walked]
    untold: dict[str, str]
    notes: tuple[str, ...]
    gait: Gait
    waist: Waist | None = None
    profiles: Profiles | None = None
    wear: Wear | None = None
    weight: WeightCheck | None = None


def find(walk: WalkInput, leg_m: float | None = None, length_factor: float | None = None) -> FoundWalk:
    """Contacts and what goes with them; a leg's length makes a waist's step lengths, by the person's own factor where
    there is one.

    MeasureError, with every reason, where no sensor saw a step.
    """
    from surefoot.clinic.walk_more import more, with_more, worn_of

    found, best = told(walk, looked(walk, leg_m, length_factor))
    return with_more(found, best, replace(more(walk, found, best), worn=worn_of(walk)))


@dataclass(frozen=True)
class Looked:
    """What each sensor saw by its source, the waist's single steps, and by source why one told nothing."""

    seen: dict[str, Walked]
    waist: Waist | None
    failed: dict[str, str]


def looked(
    walk: WalkInput, leg_m: float | None = None, length_factor: float | None = None, axes: Axes | None = None
) -> Looked:
    """Each sensor by itself; `axes` of the waist's, where this is a piece of a recording."""
    seen: dict[str, Walked] = {}
    waist: Waist | None = None
    failed: dict[str, str] = {}
    for source, finder in _finders(walk, leg_m, length_factor, axes).items():
        try:
            made = finder()
        except MeasureError as reason:
            failed[source] = str(reason)
            continue
        seen[source] = made if isinstance(made, Walked) else made.walked
        waist = waist if isinstance(made, Walked) else made
    return Looked(seen, waist, failed)


def told(walk: WalkInput, by_sensor: Looked) -> tuple[FoundWalk, Walked]:
    """The walk by all sensors, and what the best one of them saw. MeasureError where none saw a step."""
    seen, waist = by_sensor.seen, by_sensor.waist
    several = len(seen) + len(by_sensor.failed) > 1
    failed = [
        f"{SENSORS[source].capitalize()}: {reason}" if several else reason
        for source, reason in by_sensor.failed.items()
    ]
    stepped = [walked for walked in seen.values() if steps_of(walked)]
    if not stepped:
        lead = {source: f"{SENSORS[source].capitalize()}: " if several else "" for source in seen}
        said = [*failed, *(lead[source] + note for source, one in seen.items() for note in one.notes), *walk.warnings]
        raise MeasureError(" ".join(dict.fromkeys(["No steps were found.", *said])))
    best, *others = stepped
    notes = [*failed, *(f"The {SENSORS[one.source]} saw no steps." for one in seen.values() if not steps_of(one))]
    if best.source == "insole" and waist is not None:
        from surefoot.measures.gait.fuse import fused

        whole, by = _completed(fused(best, waist), others)
        for foot in FEET:
            if getattr(best, foot) is None and getattr(whole, foot) is not None:
                by[f"{foot} foot"] = SENSORS["waist-imu"]
    else:
        whole, by = _completed(best, others)
    notes += whole.notes
    notes += [note for other in others for note in other.notes]
    gait = gait_parameters(whole, _turning_seen(walk, stepped))
    notes += [note for note in gait.notes if note not in notes]
    untold = _untold(whole, waist is not None)
    if walk.force_n is not None and walk.force_n.shape[1] == 2 and walk.acc_ms2 is None and best.source == "insole":
        untold["swapped"] = SWAPPED
    also = {one.source: one for one in others}
    found = FoundWalk(whole, by, also, untold, tuple(dict.fromkeys(notes)), gait, waist)
    return found, best


def _turning_seen(walk: WalkInput, stepped: Sequence[Walked]) -> bool:
    """Whether a sensor with a gyroscope saw the walk, so that no turns means none."""
    sources = {walked.source for walked in stepped}
    gyroscope = walk.gyr_dps is not None and bool(np.isfinite(walk.gyr_dps).any())
    return "foot-imu" in sources or ("waist-imu" in sources and gyroscope)


def steps_of(walked: Walked) -> int:
    """Initial contacts of both feet."""
    return sum(int(np.isfinite(one.initial_s).sum()) for one in (walked.left, walked.right) if one is not None)


def _finders(
    walk: WalkInput, leg_m: float | None, length_factor: float | None, axes: Axes | None
) -> dict[str, Callable[[], Walked | Waist]]:
    """Those that the recording has the sensors for, the surest on contacts first."""
    out: dict[str, Callable[[], Walked | Waist]] = {}
    if walk.force_n is not None:
        out["insole"] = lambda: _insoles(walk)
    if walk.shoes:
        out["foot-imu"] = lambda: _feet(walk)
    if walk.acc_ms2 is not None:
        out["waist-imu"] = lambda: _waist(walk, leg_m, length_factor, axes)
    return out


def _insoles(walk: WalkInput) -> Walked:
    from surefoot.measures.gait.contacts import contacts

    assert walk.force_n is not None
    return contacts(
        walk.force_n,
        walk.rate_hz,
        foot_cop_m=walk.cop_share,
        foot_length_m=None if walk.cop_share is None else 1.0,  # in shares of the insole's length
    )


def _feet(walk: WalkInput) -> Walked:
    from surefoot.measures.gait.foot_imu import walk_by_feet

    return walk_by_feet(walk.shoes.get("left"), walk.shoes.get("right"), walk.rate_hz).walked


def _waist(walk: WalkInput, leg_m: float | None, length_factor: float | None, axes: Axes | None) -> Waist:
    from surefoot.measures.gait.waist import waist

    assert walk.acc_ms2 is not None
    factor = None if leg_m is None else length_factor
    return waist(walk.acc_ms2, walk.gyr_dps, walk.rate_hz, leg_m=leg_m, factor=factor, axes=axes)


def _completed(best: Walked, others: Sequence[Walked]) -> tuple[Walked, dict[str, str]]:
    """The best one with lengths and turns of another where it has none, and what came from where."""
    by = {"contacts": SENSORS[best.source]}
    whole = best
    if len(best.turns):
        by["turns"] = SENSORS[best.source] if best.source != "insole" else SENSORS["waist-imu"]
    for other in others:
        if not whole.length_by and other.length_by:
            lengths = {
                foot: lengths_onto(mine, theirs, other.length_m[foot])
                for foot in FEET
                if (mine := getattr(best, foot)) is not None
                and (theirs := getattr(other, foot)) is not None
                and foot in other.length_m
            }
            whole = replace(whole, length_m=lengths, length_by=other.length_by)
        if not len(whole.turns) and len(other.turns):
            whole = replace(whole, turns=other.turns)
            by["turns"] = SENSORS[other.source]
    if whole.length_by:
        by["lengths"] = whole.length_by
    return whole, by


def lengths_onto(mine: Stances, theirs: Stances, length_m: Floats) -> Floats:
    """Another sensor's stride lengths [n] beside `mine`: where it saw the same contact begin and end the stride."""
    out = np.full(len(mine), np.nan)
    known = np.flatnonzero(np.isfinite(theirs.initial_s))
    if not len(known):
        return out
    at_s = theirs.initial_s[known]
    after = np.clip(np.searchsorted(at_s, mine.initial_s), 1, max(len(at_s) - 1, 1))
    near = np.where(
        np.abs(mine.initial_s - at_s[after - 1]) <= np.abs(at_s[np.minimum(after, len(at_s) - 1)] - mine.initial_s),
        after - 1,
        np.minimum(after, len(at_s) - 1),
    )
    same = np.abs(mine.initial_s - at_s[near]) <= SAME_CONTACT_S  # a NaN is not
    stride = known[near]
    whole = same[:-1] & same[1:] & (stride[1:] == stride[:-1] + 1) & ~mine.broken[1:]
    out[:-1][whole] = length_m[stride[:-1][whole]]
    return out


def _untold(walked: Walked, waist: bool) -> dict[str, str]:
    """Of what a walk may have and this one hasn't, why."""
    out: dict[str, str] = {}
    feet = [one for one in (walked.left, walked.right) if one is not None]
    for name, words in UNSEEN.items():
        if not any(np.isfinite(getattr(one, name)).any() for one in feet):
            out[name] = _why(walked.source, name, words)
    if not any(np.isfinite(values).any() for values in walked.length_m.values()):
        out["length_m"] = LENGTHLESS["waist-imu" if waist else walked.source]
    return out


def _why(source: str, name: str, words: str) -> str:
    if source == "waist-imu":
        return f"A sensor at the waist doesn't see {words}."
    if source == "insole" and name == "heel_rise_s":
        return "Heel-rises need the insoles' cells, or each foot's centre of pressure along it; or no heel bore load."
    return f"No {words} were seen."
