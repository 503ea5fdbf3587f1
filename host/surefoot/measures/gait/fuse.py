# SPDX-License-Identifier: MIT
"""Insoles and waist together: a foot whose insole fails, contacts that the waist felt too, insoles exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait import insole_checks
from surefoot.measures.gait.strides import STRIDE_S, anchors_s
from surefoot.measures.gait.values import FEET, Floats, Stances, Walked, stances
from surefoot.measures.gait.waist import Waist

# Our own choices (D).
NEAR_S = 0.2  # an insole and a waist mean the same contact: less than half of the quickest step
STEP_SHARE = (0.25, 0.75)  # of a stride: where the other foot lands, also with a limp
LEAST = 8  # contacts, before anything is said of all of them
MOST = 0.75  # share that must speak for it
BY_WAIST = "The {foot} insole gave no steps: that foot's contacts are the waist's, without foot-off."
FILLED = (
    "{count} contacts of the {foot} foot, while its insole gave nothing, are the waist's: without foot-off, within some"
    " {ms} ms, and no stride goes from the insole's contacts to them."
)
WITHIN_MS = 200  # of the true contact, 95 % of them on synthetic walkers: 35 to 180 by kind


def matched(contact_s: npt.ArrayLike, waist: Waist, near_s: float = NEAR_S) -> npt.NDArray[np.int64]:
    """Number of the waist's step nearest to each contact [n], -1 where none is within `near_s`."""
    at = np.asarray(contact_s, float)
    out = np.full(len(at), -1)
    if not len(waist.step_s) or not len(at):
        return out
    right = np.clip(np.searchsorted(waist.step_s, at), 0, len(waist.step_s) - 1)
    left = np.maximum(right - 1, 0)
    nearer = np.abs(waist.step_s[left] - at) < np.abs(waist.step_s[right] - at)
    best = np.where(nearer, left, right)
    return np.where(np.abs(waist.step_s[best] - at) <= near_s, best, out)


class Felt(NamedTuple):
    """Of an insole's stances: how many contacts are known, how many of these the waist felt too, and how many of those
    it took for the other foot's. Of pieces of a walk they add up."""

    stances: int
    known: int
    felt: int
    against: int

    @property
    def share(self) -> float:
        """Of the contacts that the waist felt, NaN for none. A waist misses some of a slow walk."""
        return self.felt / self.known if self.known else float("nan")


def felt(foot: Stances, waist: Waist) -> Felt:
    """Of a foot beside a waist."""
    known = foot.initial_s[np.isfinite(foot.initial_s)]
    step = matched(known, waist)
    mine = step[step >= 0]
    return Felt(len(foot), len(known), len(mine), int((waist.left[mine] != (foot.foot == FEET[0])).sum()))


def exchanged(feet: Mapping[str, Felt]) -> bool | None:
    """Whether left and right are, by the sides of the waist's steps; None where it found too few of them."""
    against, count = (sum(part) for part in zip(*((one.against, one.felt) for one in feet.values()), strict=True))
    share = against / count if count >= LEAST else 0.5
    return share >= MOST if share >= MOST or share <= 1 - MOST else None


def swapped(left: Stances | None, right: Stances | None, waist: Waist) -> bool | None:
    """Whether left and right are exchanged, by the sides of the waist's steps, or where it found too few of them by
    how the trunk is pushed in each swing; None where neither tells."""
    feet = {foot.foot: felt(foot, waist) for foot in (left, right) if foot is not None}
    by_sides = exchanged(feet) if feet else None
    if by_sides is not None or waist.level is None:
        return by_sides
    pushed = insole_checks.leaning(left, right, waist.level.right_ms2, waist.walked.rate_hz)
    return None if np.isnan(pushed) else pushed >= insole_checks.AGAINST


def other_foot(foot: Stances, waist: Waist) -> Stances:
    """Contacts of the foot whose insole failed, from the waist's steps in the middle of the measured foot's strides.

    No foot-off: the waist doesn't tell it. Broken where a stride of the measured foot holds no such step, or is broken.
    """
    name = FEET[1 - FEET.index(foot.foot)]
    foot = _timed(foot)
    at = waist.step_s
    after = np.searchsorted(foot.initial_s, at, side="right")
    inside = (after > 0) & (after < len(foot.initial_s))
    begin = foot.initial_s[np.clip(after - 1, 0, None)] if len(foot) else at
    end = foot.initial_s[np.clip(after, 0, max(len(foot) - 1, 0))] if len(foot) else at
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(inside, (at - begin) / (end - begin), np.nan)
        good = (share > STEP_SHARE[0]) & (share < STEP_SHARE[1])
    stride, share, at = after[good], share[good], at[good]
    # Of several steps in one stride, the one nearest to its middle.
    order = np.lexsort((np.abs(share - 0.5), stride))
    _, first = np.unique(stride[order], return_index=True)
    chosen = order[first]
    stride, at = stride[chosen], at[chosen]
    gap = np.diff(stride, prepend=stride[0] if len(stride) else 0) > 1
    lost = np.concatenate(([0], np.cumsum(foot.broken)))
    before = np.concatenate((stride[:1] - 1, stride[:-1]))
    return stances(
        name, at, np.full(len(at), np.nan), broken=gap | (lost[np.minimum(stride + 1, len(foot))] > lost[before])
    )


def _timed(foot: Stances) -> Stances:
    """Stances whose contact is known; broken, where one before it isn't."""
    rows = np.flatnonzero(np.isfinite(foot.initial_s))
    passed = np.concatenate(([0], np.cumsum(foot.broken | ~np.isfinite(foot.initial_s))))
    return stances(foot.foot, foot.initial_s[rows], foot.off_s[rows], broken=np.diff(passed[rows + 1], prepend=0) > 0)


def filled(insoles: Walked, waist: Waist) -> Walked:
    """With the waist's contacts of a foot in the spans in which its insole alone gave nothing. The first of each is
    broken, as is the insole's first after it: no stride goes from one source to the other."""
    feet = {foot: getattr(insoles, foot) for foot in FEET}
    found = dict(feet)
    for foot, other in zip(FEET, FEET[::-1], strict=True):
        if foot in insoles.silent and feet[other] is not None and len(feet[other]):
            found[foot] = _filled(
                feet[foot] or stances(foot, [], []), other_foot(feet[other], waist), insoles.silent[foot]
            )
    return replace(insoles, left=found["left"], right=found["right"])


def _filled(own: Stances, felt_too: Stances, silent_s: Floats) -> Stances:
    at_s = felt_too.initial_s
    span = _span(at_s, silent_s)
    known = np.concatenate(([-np.inf], np.sort(own.initial_s[np.isfinite(own.initial_s)]), [np.inf]))
    after = np.searchsorted(known, at_s)
    near = np.minimum(known[after] - at_s, at_s - known[after - 1])
    rows = np.flatnonzero((span >= 0) & (near > STRIDE_S[0]))
    if not len(rows):
        return own
    first = np.diff(span[rows], prepend=-1) != 0
    passed = np.concatenate(([0], np.cumsum(felt_too.broken)))
    broken = first | (np.diff(passed[rows + 1], prepend=0) > 0)
    order = np.argsort(np.concatenate((anchors_s(own), at_s[rows])), kind="stable")
    columns = {
        name: np.concatenate((getattr(own, name), getattr(felt_too, name)[rows]))[order]
        for name in ("initial_s", "off_s", "heel_rise_s", "loaded_s")
    }
    return Stances(own.foot, **columns, broken=np.concatenate((own.broken, broken))[order])


def _span(at_s: Floats, spans: Floats) -> npt.NDArray[np.int64]:
    """In which of the spans [k,2], in order of time, each time lies, -1 for none."""
    number = np.searchsorted(spans[:, 0], at_s, "right") - 1
    return np.where((number >= 0) & (at_s < np.append(spans[:, 1], -np.inf)[number]), number, -1)


def filled_in(walked: Walked) -> dict[str, int]:
    """How many contacts of each foot lie where its insole gave nothing, and so are the waist's."""
    count = {foot: int((_span(getattr(walked, foot).initial_s, spans) >= 0).sum())
             for foot, spans in walked.silent.items() if getattr(walked, foot) is not None}  # fmt: skip
    return {foot: number for foot, number in count.items() if number}


def filled_words(count: Mapping[str, int]) -> list[str]:
    """What is to be said of them."""
    return [FILLED.format(count=number, foot=foot, ms=WITHIN_MS) for foot, number in count.items()]


def apart(feet: Mapping[str, Felt]) -> list[str]:
    """What is to be said where the waist felt hardly a contact of a foot."""
    return [
        f"The waist felt {100 * one.share:.0f} % of the {foot} foot's contacts: are both of the same walk, on one"
        " clock, and is the waist sensor at the lower back?"
        for foot, one in feet.items()
        if one.stances >= LEAST and one.share < 1 - MOST
    ]


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
    same = np.abs(mine.initial_s - at_s[near]) <= NEAR_S  # a NaN is not
    stride = known[near]
    whole = same[:-1] & same[1:] & (stride[1:] == stride[:-1] + 1) & ~mine.broken[1:]
    out[:-1][whole] = length_m[stride[:-1][whole]]
    return out


def fused(insoles: Walked, waist: Waist) -> Walked:
    """The insoles' walk with what the waist adds: the contacts of a missing foot, turns, and notes of disagreement."""
    notes = list(insoles.notes)
    feet: dict[str, Stances | None] = {"left": insoles.left, "right": insoles.right}
    present = [foot for foot in feet.values() if foot is not None and len(foot)]
    if swapped(insoles.left, insoles.right, waist):
        notes.append(insole_checks.SWAPPED)
    if not len(waist.step_s):
        return replace(insoles, notes=tuple(notes))
    if len(present) == 1:
        missing = other_foot(present[0], waist)
        if len(missing):
            feet[missing.foot] = missing
            notes.append(BY_WAIST.format(foot=missing.foot))
    notes += apart({foot.foot: felt(foot, waist) for foot in present})
    return replace(insoles, left=feet["left"], right=feet["right"], turns=waist.walked.turns, notes=tuple(notes))
