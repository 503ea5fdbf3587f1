# SPDX-License-Identifier: MIT
"""A long walk in pieces: where to cut it, and contacts of overlapping pieces joined to those of the whole.

Every piece sees OVERLAP_S more than it owns, so that whatever a stance, a bout or a filter looks at is there. Beside a
cut both pieces saw the same contacts; which of them belongs to which is decided in the widest gap between two, so none
is lost or doubled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait.strides import anchors_s
from surefoot.measures.gait.values import FEET, Floats, Stances, Walked, stances
from surefoot.measures.gait.waist import Waist
from surefoot.measures.gait.waist_contacts import LONGEST_STEP_S

# Our own choices (D).
PIECE_S = 1200.0
OVERLAP_S = 60.0  # stretches and filters reach some tens of seconds, a bout is told from four steps
NEAR_S = 60.0  # a cut may lie so far from where it would be, in a loss or a rest
REST_S = 4  # whole seconds of least change
SEAM_S = 2.0  # to either side of a cut: several contacts
TIMES = ("initial_s", "off_s", "heel_rise_s", "loaded_s")
Ints = npt.NDArray[np.int64]


def cuts(seconds: int, restless: npt.ArrayLike, piece_s: float = PIECE_S) -> list[int]:
    """Whole seconds at which a recording of so many is cut, its begin and end among them.

    `restless` [seconds]: how much went on in each, any unit; NaN where samples were lost. A cut goes into a loss, else
    where least went on within NEAR_S (a rest, if there is one).
    """
    change = np.nan_to_num(np.asarray(restless, float), nan=-np.inf)
    count = max(round(seconds / piece_s), 1)
    out = [0]
    for k in range(1, count):
        due = round(k * seconds / count)
        near = int(min(NEAR_S, piece_s / 4))
        low, high = max(due - near, out[-1] + 1), min(due + near, seconds - 1)
        if high <= low:
            continue
        around = np.pad(change[low : high + 1], REST_S // 2, mode="edge")
        most = np.lib.stride_tricks.sliding_window_view(around, REST_S + 1).max(axis=1)
        if np.isneginf(change[low : high + 1]).any():
            most = change[low : high + 1]
        best = np.flatnonzero(most == most.min())
        out.append(low + int(best[np.argmin(np.abs(best + low - due))]))
    return [*out, seconds]


def shifted(walked: Walked, by_s: float) -> Walked:
    """The same walk on a clock that began `by_s` earlier."""
    if not by_s:
        return walked
    feet = [None if one is None else _moved(one, by_s) for one in (walked.left, walked.right)]
    lost, silent = ({foot: spans + by_s for foot, spans in one.items()} for one in (walked.lost, walked.silent))
    turns = walked.turns + np.array((by_s, by_s, 0.0))
    return replace(walked, left=feet[0], right=feet[1], turns=turns, lost=lost, silent=silent)


def _moved(one: Stances, by_s: float) -> Stances:
    return replace(one, **{name: getattr(one, name) + by_s for name in TIMES})


def shifted_waist(waist: Waist, by_s: float) -> Waist:
    """The same of a waist, without the motion that it was found in."""
    pauses = waist.pauses + by_s
    return replace(waist, walked=shifted(waist.walked, by_s), step_s=waist.step_s + by_s, pauses=pauses, level=None)


def join_walked(parts: Sequence[Walked | None], cuts_s: Sequence[float], span_s: float) -> Walked | None:
    """One walk of all pieces in order of time, each in seconds of the whole; `cuts_s` lie between them.

    None for a piece, or for all, in which the sensor told nothing.
    """
    known = [part for part in parts if part is not None]
    if not known:
        return None
    seams = seams_of(parts, cuts_s)
    feet = {foot: _join_foot(foot, parts, seams) for foot in FEET}
    by = next((part.length_by for part in known if part.length_by), "")
    lengths = {}
    for foot in FEET:
        if any(foot in part.length_m for part in known):
            lengths[foot] = np.concatenate(
                [_lengths(part, foot, *seam) for part, seam in zip(parts, seams, strict=True)]
            )
    for foot, one in feet.items():
        if one is not None:
            feet[foot], left = _stood(one)
            lengths |= {foot: lengths[foot][left]} if foot in lengths else {}
    pairs = [(part, seam) for part, seam in zip(parts, seams, strict=True) if part is not None]
    turns = [_owned(part.turns, part.turns[:, 0], (seam[0] - SEAM_S, seam[1] + SEAM_S)) for part, seam in pairs]
    return Walked(
        known[0].source, known[0].rate_hz, span_s, feet["left"], feet["right"], lengths, by,
        _apart(np.concatenate(turns)), joined_notes([_spoken(part, seam) for part, seam in pairs]),
        _spans([part.lost for part in known]), _spans([part.silent for part in known]),
    )  # fmt: skip


def join_waist(parts: Sequence[Waist | None], cuts_s: Sequence[float], span_s: float) -> Waist | None:
    """The same of a waist, with its single steps."""
    walked = join_walked([None if part is None else part.walked for part in parts], cuts_s, span_s)
    if walked is None:
        return None
    seams = seams_of([None if part is None else part.walked for part in parts], cuts_s)
    names = ("step_s", "left", "rise_m", "length_m", "next_s")
    pairs = [(part, seam) for part, seam in zip(parts, seams, strict=True) if part is not None]
    columns = {name: np.concatenate([_owned(getattr(p, name), p.step_s, seam) for p, seam in pairs]) for name in names}
    at_s = columns["step_s"]
    late = np.flatnonzero(np.diff(at_s) > LONGEST_STEP_S)
    pauses = np.column_stack((at_s[late], at_s[late + 1])) if len(late) else np.empty((0, 2))
    return Waist(walked, at_s, columns["left"], columns["rise_m"], columns["length_m"], columns["next_s"], pauses)


def _spans(parts: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Spans by foot in order of time, those that meet or overlap as one."""
    out = {}
    for foot in FEET:
        every = np.concatenate([np.empty((0, 2)), *(part[foot] for part in parts if foot in part)])
        if len(every):
            every = every[np.argsort(every[:, 0], kind="stable")]
            until = np.maximum.accumulate(every[:, 1])
            first = np.flatnonzero(np.concatenate(([True], every[1:, 0] > until[:-1] + 1e-6)))
            out[foot] = np.column_stack((every[first, 0], until[np.append(first[1:], len(every)) - 1]))
    return out


def _anchors(part: Walked | None) -> Floats:
    """Times of all stances of both feet, rising."""
    feet = [] if part is None else [anchors_s(one) for one in (part.left, part.right) if one is not None]
    return np.sort(np.concatenate([np.empty(0), *feet]))


def seams_of(parts: Sequence[Walked | None], cuts_s: Sequence[float]) -> list[tuple[float, float]]:
    """From and to which second each piece owns what it saw."""
    return _seams([_anchors(part) for part in parts], cuts_s)


def _seams(anchors: Sequence[Floats], cuts_s: Sequence[float]) -> list[tuple[float, float]]:
    """What each piece owns, in s: cuts moved into the widest gap between contacts that either side saw."""
    edges = [-np.inf]
    for before, after, cut_s in zip(anchors[:-1], anchors[1:], cuts_s, strict=True):
        low, high = cut_s - SEAM_S, cut_s + SEAM_S
        both = np.sort(np.concatenate((before, after)))
        both = np.concatenate(([low], both[(both > low) & (both < high)], [high]))
        widest = int(np.argmax(np.diff(both)))
        edges.append(float(both[widest] + both[widest + 1]) / 2)
    edges.append(np.inf)
    return list(pairwise(edges))


def _owned(values: np.ndarray, at_s: Floats, seam: tuple[float, float]) -> np.ndarray:
    return values[(at_s >= seam[0]) & (at_s < seam[1])]


def _lengths(part: Walked | None, foot: str, low_s: float, high_s: float) -> Floats:
    mine = None if part is None else getattr(part, foot)
    if part is None or mine is None:
        return np.empty(0)
    return _owned(part.length_m.get(foot, np.full(len(mine), np.nan)), anchors_s(mine), (low_s, high_s))


def _join_foot(foot: str, parts: Sequence[Walked | None], seams: Sequence[tuple[float, float]]) -> Stances | None:
    if all(part is None or getattr(part, foot) is None for part in parts):
        return None
    columns: dict[str, list[np.ndarray]] = {name: [np.empty(0)] for name in TIMES}
    broken: list[np.ndarray] = [np.empty(0, bool)]
    blind = False
    for part, seam in zip(parts, seams, strict=True):
        mine = None if part is None else getattr(part, foot)
        if mine is None:  # nothing says what this foot did meanwhile
            blind = True
            continue
        at_s = anchors_s(mine)
        for name in TIMES:
            columns[name].append(_owned(getattr(mine, name), at_s, seam))
        flags = _owned(mine.broken, at_s, seam).copy()
        flags[:1] |= blind
        blind = not len(flags) and (blind or (part is not None and _loses(part, foot, seam)))
        broken.append(flags)
    whole = {name: np.concatenate(values) for name, values in columns.items()}
    return Stances(foot, broken=np.concatenate(broken), **whole)


def _loses(part: Walked, foot: str, seam: tuple[float, float]) -> bool:
    """Whether samples of a foot were lost in what a piece owns."""
    spans = part.lost.get(foot, np.empty((0, 2)))
    return bool(((spans[:, 1] > seam[0]) & (spans[:, 0] < seam[1])).any())


def still_open(before: Walked | None, part: Walked | None, own: Walked, seam: tuple[float, float]) -> Walked | None:
    """What goes on behind a piece, None for nothing. Of each foot the stance that does: the last in what the piece
    owns, or the one from `before`, where in all of the piece the foot wasn't lifted; and whether samples were lost
    since the foot's last stance."""
    if part is None:
        return None
    feet: dict[str, Stances | None] = {}
    lost = {}
    for foot in FEET:
        mine, then = getattr(own, foot), None if before is None else getattr(before, foot)
        if mine is None:
            continue
        if not len(mine):
            blind = _loses(part, foot, seam) or (before is not None and foot in before.lost)
            feet[foot] = None if blind else then
            lost |= {foot: np.array([[-np.inf, np.inf]])} if blind else {}
        elif np.isnan(mine.off_s[-1]) and np.isfinite(mine.initial_s[-1]) and not mine.broken[-1]:
            feet[foot] = Stances(foot, **{name: getattr(mine, name)[-1:] for name in (*TIMES, "broken")})
    if not lost and not any(one is not None and len(one) for one in feet.values()):
        return None
    left, right = (feet.get(foot) or stances(foot, [], []) for foot in FEET)
    return replace(own, left=left, right=right, length_m={}, turns=np.empty((0, 3)), notes=(), lost=lost, silent={})


def _stood(foot: Stances) -> tuple[Stances, npt.NDArray[np.bool_]]:
    """A foot that stood across a cut for longer than pieces overlap has one stance, not one without an end and one
    without a begin; and which of the stances given remain. What a loss parted is broken, and stays apart."""
    ends = np.isfinite(foot.initial_s) & np.isnan(foot.off_s) & ~foot.broken
    begins = np.isnan(foot.initial_s) & np.isfinite(foot.off_s) & ~foot.broken
    first = np.flatnonzero(ends[:-1] & begins[1:])
    left = np.ones(len(foot), bool)
    left[first + 1] = False
    columns = {name: getattr(foot, name).copy() for name in (*TIMES, "broken")}
    for name in ("off_s", "heel_rise_s"):
        columns[name][first] = columns[name][first + 1]
    return Stances(foot.foot, **{name: values[left] for name, values in columns.items()}), left


def _apart(turns: Floats) -> Floats:
    """Turns in order of time; of two over one another, which both sides of a cut saw, the first."""
    turns = turns[np.argsort(turns[:, 0], kind="stable")]
    reach = np.concatenate(([-np.inf], np.maximum.accumulate(turns[:, 1])))[:-1] if len(turns) else np.empty(0)
    return turns[turns[:, 0] >= reach]


class Spoken(NamedTuple):
    """What is said of a piece, from which second it is, and whether anybody walked in it."""

    notes: tuple[str, ...]
    from_s: float
    walked: bool


def _spoken(part: Walked, seam: tuple[float, float]) -> Spoken:
    at_s = _anchors(part)
    return Spoken(part.notes, seam[0], bool(len(_owned(at_s, at_s, seam))))


def joined_notes(parts: Sequence[Spoken]) -> tuple[str, ...]:
    """Each note once, whatever its numbers, with the minute from which it holds where that isn't the first.

    Of a piece without a contact only where no piece has one.
    """
    any_walked = any(part.walked for part in parts)
    out: dict[str, str] = {}
    for part in parts:
        if any_walked and not part.walked:
            continue
        for note in part.notes:
            minute = "" if np.isneginf(part.from_s) else f" (from minute {part.from_s / 60:.0f} on)"
            out.setdefault("".join(letter for letter in note if not letter.isdigit()), note + minute)
    return tuple(out.values())
