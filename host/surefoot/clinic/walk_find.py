# SPDX-License-Identifier: MIT
"""Contacts of a walk by the best sensor that saw it; what only another one can tell is taken from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from surefoot.clinic.walk_input import WalkInput
from surefoot.errors import MeasureError
from surefoot.measures.gait.parameters import Gait, gait_parameters
from surefoot.measures.gait.values import FEET, Walked
from surefoot.measures.gait.waist_speed import BY, SLOW

if TYPE_CHECKING:
    from surefoot.clinic.walk_rows import Rows
    from surefoot.measures.gait.profiles import Profiles
    from surefoot.measures.gait.waist import Waist
    from surefoot.measures.gait.waist_axes import Axes
    from surefoot.measures.gait.wear import Wear
    from surefoot.measures.gait.weight import WeightCheck

SENSORS = {"insole": "insoles", "foot-imu": "foot sensors", "waist-imu": "waist sensor"}
SOME = "{foot} foot, without its insole"
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
    steps. `profiles`, `weight`: of insoles whose contacts these are, `wear`: of insoles and waist, else None. `rows`:
    of a long walk, whose stances, strides and steps are on disk and not here."""

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
    rows: Rows | None = None


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


@dataclass(frozen=True)
class Summary:
    """What one sensor told of all of a walk: steps and turns, how lengths were obtained ("": not at all), which feet
    have stances, and its notes."""

    steps: int
    turns: int
    length_by: str
    stances: Mapping[str, int]
    notes: tuple[str, ...]


def summary_of(walked: Walked) -> Summary:
    """Of a walk in memory."""
    feet = {foot: one for foot in FEET if (one := getattr(walked, foot)) is not None}
    stances = {foot: len(one) for foot, one in feet.items()}
    return Summary(steps_of(walked), len(walked.turns), walked.length_by, stances, walked.notes)


@dataclass(frozen=True)
class Choice:
    """From which sensor what is taken, for all of a walk: contacts of `best`, `lengths` and `turns` by source or "",
    a `missing` foot's contacts of the waist ("": none is). `by` in words, `notes` so far; `gyroscope`: whether a sensor
    with one saw the walk, so that no turns means none."""

    best: str
    others: tuple[str, ...]
    lengths: str
    length_by: str
    turns: str
    missing: str
    by: dict[str, str]
    notes: tuple[str, ...]
    gyroscope: bool


def choose(walk: WalkInput, seen: Mapping[str, Summary], failed: Mapping[str, str], waist_steps: int | None) -> Choice:
    """By what each sensor told, the surest on contacts first. `waist_steps`: single ones of the waist, None without
    it. MeasureError where none saw a step."""
    several = len(seen) + len(failed) > 1
    why = [f"{SENSORS[source].capitalize()}: {reason}" if several else reason for source, reason in failed.items()]
    stepped = [source for source, one in seen.items() if one.steps]
    if not stepped:
        lead = {source: f"{SENSORS[source].capitalize()}: " if several else "" for source in seen}
        said = [*why, *(lead[source] + note for source, one in seen.items() for note in one.notes), *walk.warnings]
        raise MeasureError(" ".join(dict.fromkeys(["No steps were found.", *said])))
    best, *others = stepped
    notes = [*why, *(f"The {SENSORS[source]} saw no steps." for source, one in seen.items() if not one.steps)]
    own, by = seen[best], {"contacts": SENSORS[best]}
    fusing = best == "insole" and bool(waist_steps)
    turns = "waist-imu" if fusing and seen["waist-imu"].turns else best if own.turns else ""
    lengths = best if own.length_by else next((source for source in others if seen[source].length_by), "")
    turns = turns or next((source for source in others if seen[source].turns), "")
    if turns:
        by["turns"] = SENSORS["waist-imu" if turns == best == "insole" else turns]
    if lengths:
        by["lengths"] = seen[lengths].length_by
    known = [foot for foot, count in own.stances.items() if count]
    missing = FEET[1 - FEET.index(known[0])] if fusing and len(known) == 1 else ""
    if missing and missing not in own.stances:
        by[f"{missing} foot"] = SENSORS["waist-imu"]
    length_by = seen[lengths].length_by if lengths else ""
    gyroscope = walk.gyr_dps is not None and bool(np.isfinite(walk.gyr_dps).any())
    turning = "foot-imu" in stepped or ("waist-imu" in stepped and gyroscope)
    return Choice(best, tuple(others), lengths, length_by, turns, missing, by, tuple(notes), turning)


def chosen(choice: Choice, seen: Mapping[str, Walked], waist: Waist | None) -> Walked:
    """A walk, or a part of it, by that choice; what a sensor told nothing of is empty."""
    from surefoot.measures.gait.fuse import filled, lengths_onto, other_foot

    best = seen[choice.best]
    if best.silent and waist is not None and not choice.missing:
        best = filled(best, waist)
    feet = {foot: getattr(best, foot) for foot in FEET}
    mine = None if not choice.missing else feet[FEET[1 - FEET.index(choice.missing)]]
    if mine is not None and waist is not None and len(mine) and len(other := other_foot(mine, waist)):
        feet[choice.missing] = other
    lengths = dict(best.length_m)
    if choice.lengths not in ("", choice.best):
        other = seen.get(choice.lengths)
        lengths = {
            foot: lengths_onto(one, theirs, other.length_m[foot])
            for foot, one in feet.items()
            if other is not None
            and one is not None
            and (theirs := getattr(other, foot)) is not None
            and foot in other.length_m
        }
    turns = seen[choice.turns].turns if choice.turns in seen else np.empty((0, 3))
    return replace(
        best, left=feet["left"], right=feet["right"], length_m=lengths, length_by=choice.length_by, turns=turns
    )


def told(walk: WalkInput, by_sensor: Looked) -> tuple[FoundWalk, Walked]:
    """The walk by all sensors, and what the best one of them saw. MeasureError where none saw a step."""
    from surefoot.measures.gait.fuse import filled_in, filled_words, fused

    seen, waist = by_sensor.seen, by_sensor.waist
    steps = None if waist is None else len(waist.step_s)
    choice = choose(walk, {source: summary_of(one) for source, one in seen.items()}, by_sensor.failed, steps)
    best = seen[choice.best]
    whole = chosen(choice, seen, waist)
    fusing = choice.best == "insole" and waist is not None
    by_waist = filled_in(whole) if fusing and not choice.missing else {}
    notes = fused(best, waist).notes if fusing and waist is not None else best.notes
    whole = replace(whole, notes=(*notes, *filled_words(by_waist)))
    choice = replace(choice, by=choice.by | {SOME.format(foot=foot): SENSORS["waist-imu"] for foot in by_waist})
    found = described(walk, choice, whole, gait_parameters(whole, choice.gyroscope), waist is not None)
    also = {source: seen[source] for source in choice.others}
    notes = [*choice.notes, *whole.notes, *(note for one in also.values() for note in one.notes), *found.gait.notes]
    return replace(found, also=also, notes=tuple(dict.fromkeys(notes)), waist=waist), best


def described(walk: WalkInput, choice: Choice, whole: Walked, gait: Gait, waist: bool) -> FoundWalk:
    """What was found, with what nobody told."""
    untold = _untold(whole, waist)
    if walk.force_n is not None and walk.force_n.shape[1] == 2 and walk.acc_ms2 is None and choice.best == "insole":
        untold["swapped"] = SWAPPED
    return FoundWalk(whole, dict(choice.by), {}, untold, (), gait)


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
    return waist(walk.acc_ms2, walk.gyr_dps, walk.rate_hz, leg_m=leg_m, factor=factor, axes=axes, on_foot=walk.on_foot)


def _untold(walked: Walked, waist: bool) -> dict[str, str]:
    """Of what a walk may have and this one hasn't, why."""
    out: dict[str, str] = {}
    feet = [one for one in (walked.left, walked.right) if one is not None]
    for name, words in UNSEEN.items():
        if not any(np.isfinite(getattr(one, name)).any() for one in feet):
            out[name] = _why(walked.source, name, words)
    if not any(np.isfinite(values).any() for values in walked.length_m.values()):
        slow = walked.length_by.startswith(BY)  # they were sought with a leg's length
        out["length_m"] = SLOW if slow else LENGTHLESS["waist-imu" if waist else walked.source]
    return out


def _why(source: str, name: str, words: str) -> str:
    if source == "waist-imu":
        return f"A sensor at the waist doesn't see {words}."
    if source == "insole" and name == "heel_rise_s":
        return "Heel-rises need the insoles' cells, or each foot's centre of pressure along it; or no heel bore load."
    return f"No {words} were seen."
