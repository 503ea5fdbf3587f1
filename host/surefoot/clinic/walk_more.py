# SPDX-License-Identifier: MIT
"""What takes more than a walk's contacts: mean curves, weight, wear, how the waist moved, and what they tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from surefoot.clinic.walk_find import FoundWalk, steps_of
from surefoot.clinic.walk_input import WalkInput
from surefoot.measures.gait.strides import KEPT
from surefoot.measures.gait.values import Walked

if TYPE_CHECKING:
    from surefoot.measures.gait.profiles import Profiles
    from surefoot.measures.gait.sensed import Moved, MovedSums
    from surefoot.measures.gait.wear import Wear
    from surefoot.measures.gait.weight import Quiet


@dataclass(frozen=True)
class More:
    """What takes more than contacts, of a walk or of a piece of one: None for what no sensor tells."""

    curves: Profiles | None = None
    quiet: Quiet | None = None
    worn: Wear | None = None
    moved: Moved | MovedSums | None = None


def more(walk: WalkInput, found: FoundWalk, best: Walked) -> More:
    """Mean curves, standing and how the waist moved, without wear (`worn_of`)."""
    from surefoot.measures.gait import profiles, sensed, weight
    from surefoot.measures.gait.insole_checks import CELLS, usable_cells

    gait, rate_hz = found.gait, walk.rate_hz
    curves = quiet = None
    if best.source == "insole" and walk.force_n is not None:
        insole_m = None if walk.insole_mm is None else walk.insole_mm * 1e-3
        usable = usable_cells(walk.force_n)[0] if walk.force_n.shape[1] == CELLS else None
        curves = profiles.profiles(walk.force_n, best, gait.strides, insole_m, usable)
        kept = gait.strides.at(gait.strides.excluded == KEPT)
        loads = profiles.above_swing_n(walk.force_n, best, usable)
        quiet = weight.quiet(loads, walk.acc_ms2, rate_hz, kept.start_s, kept.end_s)
    seen = found.waist if found.waist is not None and steps_of(found.waist.walked) else None
    moved = None if seen is None else sensed.moved(seen, gait.strides, gait.bouts)
    return More(curves, quiet, moved=moved)


def worn_of(walk: WalkInput, begin_s: float = 0.0) -> Wear | None:
    """Wear by insoles and waist, or a foot's sensor; `begin_s` of the first row of a piece, a whole minute."""
    from surefoot.measures.gait import wear

    acc = walk.acc_ms2
    if acc is None:  # a foot's sensor moves with the person as well
        acc = next((signal[:, :3] for signal in walk.shoes.values()), None)
    if walk.force_n is None and acc is None:
        return None
    battery = walk.facts.get("ended") == "battery"
    return wear.wear(walk.force_n, acc, walk.rate_hz, begin_s=begin_s, until_battery=battery)


def with_more(found: FoundWalk, best: Walked, also: More) -> FoundWalk:
    """The walk with them, and the parameters that they tell."""
    from surefoot.measures.gait import sensed, weight

    weighed = None if also.quiet is None else weight.weight_check(also.quiet, best.span_s)
    gait = sensed.sensed_parameters(found.gait, also.curves, also.moved)
    notes = tuple(dict.fromkeys((*found.notes, *_speed_words(found))))
    return replace(found, gait=gait, notes=notes, profiles=also.curves, wear=also.worn, weight=weighed)


def _speed_words(found: FoundWalk) -> list[str]:
    """What a waist's speed is worth, where one is told."""
    from surefoot.measures.gait.waist_speed import BY, speed_words

    speed = found.gait.values.get("gait_speed_mps")
    if speed is None or not found.walked.length_by.startswith(BY):
        return []
    return [f"Walking speed by the waist sensor: {speed_words(speed, 'own factor' in found.walked.length_by)}."]


class MoreSoFar:
    """What takes more than contacts, joined piece by piece."""

    def __init__(self) -> None:
        self._curves: Any = None
        self._moved: Any = None
        self._quiet: list[Any] = []
        self._worn: list[Any] = []

    def take(self, also: More) -> None:
        """Of the next piece."""
        from surefoot.measures.gait import profiles, sensed

        if also.curves is not None:
            self._curves = also.curves if self._curves is None else profiles.join_profiles([self._curves, also.curves])
        if also.moved is not None:
            mine = sensed.moved_sums(also.moved) if isinstance(also.moved, sensed.Moved) else also.moved
            self._moved = mine if self._moved is None else sensed.join_moved_sums([self._moved, mine])
        self._quiet += [also.quiet] if also.quiet is not None else []
        self._worn += [also.worn] if also.worn is not None else []

    def more(self) -> More:
        """Of all pieces."""
        from surefoot.measures.gait import wear, weight

        quiet = weight.join_quiet(self._quiet) if self._quiet else None
        return More(self._curves, quiet, wear.join_wear(self._worn) if self._worn else None, self._moved)
