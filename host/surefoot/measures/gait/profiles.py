# SPDX-License-Identifier: MIT
"""A walk's mean curves and how they vary: force, gait line, butterfly, rockers, load rate and peaks of regions.

Of whole strides that count in means (Strides.excluded is empty), over their stances; what each is of comes with it.
Pieces of a long walk are joined (`join_profiles`). Not verified on people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from surefoot.measures.gait import insole_checks, progression, rockers
from surefoot.measures.gait.levels import over_stance
from surefoot.measures.gait.strides import KEPT, Strides
from surefoot.measures.gait.sums import Sums, join_sums, sums
from surefoot.measures.gait.values import FEET, Floats, Walked

T = TypeVar("T")
Flags = npt.NDArray[np.bool_]
ROCKERS = ("heel", "ankle", "forefoot")
FIRST_PARTS = ("heel", "flat", "forefoot")


@dataclass(frozen=True, eq=False)
class FootProfile:
    """One foot: `force_n` [101] over the stance, above its own swing, and `rate_nps` [], how fast the load comes on. Of
    cells alone, else None: `line_m` [101,2] (ml,
    ap) in its own frame, `line_size` [3] length m, width m and area m2 (between the line and the straight one from its
    start to its end), `rocker_share` [3] of the stance (heel, ankle, forefoot), `peak_n`, `peak_share`
    [4] by region and when, `first` [3] stances whose heel, whole sole or forefoot came down first."""

    force_n: Sums
    line_m: Sums | None = None
    line_size: Sums | None = None
    rocker_share: Sums | None = None
    rate_nps: Sums | None = None
    peak_n: Sums | None = None
    peak_share: Sums | None = None
    first: Floats | None = None


@dataclass(frozen=True, eq=False)
class Profiles:
    """By foot, those that were measured; `wings_m` [101,2] and `crossing_m` [2] of the butterfly, None without cells
    of both feet; its feet are drawn `progression.APART_M` apart."""

    feet: dict[str, FootProfile]
    wings_m: Sums | None = None
    crossing_m: Sums | None = None


def profiles(
    force_n: npt.ArrayLike, walked: Walked, table: Strides, insole_m: float | None = None, usable: Flags | None = None
) -> Profiles:
    """Of insoles' forces, cells [n,16] or feet [n,2] in N, whose contacts are `walked` and strides `table`, bouts told.

    `insole_m`: the insoles' length; left out, the reference size. `usable` [16]: cells that count, looked for where it
    is left out.
    """
    values = np.asarray(force_n, float)
    if values.shape[1] == insole_checks.CELLS:
        return _of_cells(values, walked, table, insole_m, usable)
    feet, loads = {}, above_swing_n(values, walked)
    for number, foot in enumerate(FEET):
        mine = getattr(walked, foot)
        if mine is not None and len(mine) and np.isfinite(loads[:, number]).any():
            force = over_stance(loads[:, number], mine.initial_s, mine.off_s, walked.rate_hz, progression.POINTS)
            keep = _counts(mine.initial_s, table, foot)
            feet[foot] = FootProfile(sums(force[keep]), rate_nps=sums(progression.load_rate_nps(force, mine)[keep]))
    return Profiles(feet)


def above_swing_n(force_n: npt.ArrayLike, walked: Walked, usable: Flags | None = None) -> Floats:
    """Force [n,2] of each foot above its own swing, of cells [n,16] or feet [n,2]; NaN for one that has no stances."""
    values = np.asarray(force_n, float)
    if values.shape[1] == insole_checks.CELLS:
        usable = insole_checks.usable_cells(values)[0] if usable is None else usable
        values = insole_checks.foot_sums(values, usable).T
    out = np.full((len(values), len(FEET)), np.nan)
    for number, foot in enumerate(FEET):
        mine = getattr(walked, foot)
        if mine is not None and len(mine):
            out[:, number] = rockers.above_swing(values[:, number, None], mine, walked.rate_hz)[:, 0]
    return out


def _of_cells(cells: Floats, walked: Walked, table: Strides, insole_m: float | None, usable: Flags | None) -> Profiles:
    usable = insole_checks.usable_cells(cells)[0] if usable is None else usable
    share = insole_checks.map_xy(None)
    force, cop = _loads(cells, share * _length_m(insole_m), usable, walked)
    feet = {}
    for foot in FEET:
        mine = getattr(walked, foot)
        if mine is None or not len(mine) or not np.isfinite(force[:, FEET.index(foot)]).any():
            continue
        keep = _counts(mine.initial_s, table, foot)
        line = progression.gait_line(force, cop, walked, foot)
        rolled = progression.rollover(cells, walked, foot, share, usable)
        stance_s = mine.off_s - mine.initial_s
        load = over_stance(force[:, FEET.index(foot)], mine.initial_s, mine.off_s, walked.rate_hz, progression.POINTS)
        shares = (rolled.heel_rocker_s, rolled.ankle_rocker_s, rolled.forefoot_rocker_s)
        first = np.array(rolled.first_part, dtype=str)[keep]
        sizes = np.stack((line.length_m, line.width_m, progression.line_area_m2(line.line_m)), axis=1)
        feet[foot] = FootProfile(
            sums(load[keep]),
            sums(line.line_m[keep]),
            sums(sizes[keep]),
            sums((np.stack(shares, axis=1) / stance_s[:, None])[keep]),
            sums(rolled.rate_nps[keep]),
            sums(rolled.peak_n[keep]),
            sums(rolled.peak_at[keep]),
            np.array([(first == part).sum() for part in FIRST_PARTS], float),
        )
    if len(feet) < len(FEET):
        return Profiles(feet)
    wings = progression.butterfly(force, cop, walked)
    keep = _counts(wings.begin_s, table, FEET[0])
    return Profiles(feet, sums(wings.line_m[keep]), sums(wings.crossing_m[keep]))


def _length_m(insole_m: float | None) -> float:
    from surefoot import cells as cell_map

    return cell_map.load().foot_length_mm * 1e-3 if insole_m is None else insole_m


def _counts(begin_s: Floats, table: Strides, foot: str) -> Flags:
    """Whether a stride that counts begins with each contact [m] of a foot."""
    return np.isin(begin_s, table.start_s[(table.foot == foot) & (table.excluded == KEPT)])


def _loads(cells: Floats, xy_m: Floats, usable: Flags, walked: Walked) -> tuple[Floats, Floats]:
    """Force [n,2] and centre of pressure [n,2,2] of what the usable cells bear above each foot's own swing."""
    force, cop = np.full((len(cells), 2), np.nan), np.full((len(cells), 2, 2), np.nan)
    for number, foot in enumerate(FEET):
        mine = getattr(walked, foot)
        rows = np.flatnonzero(usable[8 * number : 8 * number + 8]) + 8 * number
        if mine is None or not len(mine) or not len(rows):
            continue
        above = np.maximum(rockers.above_swing(cells[:, rows], mine, walked.rate_hz), 0.0)
        force[:, number] = above.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            cop[:, number] = above @ xy_m[rows] / force[:, number, None]
    return force, cop


def join_profiles(parts: Sequence[Profiles]) -> Profiles:
    """Of all pieces of a walk, one or more."""
    feet = {}
    for foot in FEET:
        mine = [part.feet[foot] for part in parts if foot in part.feet]
        if mine:
            first = [one.first for one in mine if one.first is not None]
            names = ("line_m", "line_size", "rocker_share", "rate_nps", "peak_n", "peak_share")
            joined = {name: _joined(mine, lambda one, name=name: getattr(one, name)) for name in names}
            feet[foot] = FootProfile(
                join_sums([one.force_n for one in mine]), **joined, first=np.sum(first, axis=0) if first else None
            )
    return Profiles(feet, _joined(parts, lambda part: part.wings_m), _joined(parts, lambda part: part.crossing_m))


def _joined(parts: Sequence[T], of: Callable[[T], Sums | None]) -> Sums | None:
    known = [one for part in parts if (one := of(part)) is not None]
    return join_sums(known) if known else None
