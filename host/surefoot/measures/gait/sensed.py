# SPDX-License-Identifier: MIT
"""Parameters that take more than contacts: how smooth and regular the waist moves, how far it rises, how a sole rolls.

Rows of strides, bouts and windows that pieces of a long walk just put one behind the other (`join_moved`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.gait import harmony
from surefoot.measures.gait.bouts import Bouts
from surefoot.measures.gait.parameters import MEAN_STRIDES, Gait, too_few
from surefoot.measures.gait.profiles import Profiles
from surefoot.measures.gait.strides import KEPT, Strides
from surefoot.measures.gait.sums import Sums, join_sums, sums
from surefoot.measures.gait.table import GAIT, OF_SOLES, OF_WAIST
from surefoot.measures.gait.values import FEET, Floats
from surefoot.measures.gait.waist import Waist

AXES = ("v", "ap", "ml")
LEAST_WINDOWS = 10
NO_WAIST = "It takes a sensor at the waist that saw the walking."
NO_CELLS = "It takes the cells of the insoles under both feet."
NO_FORCE = "It takes insoles under both feet, or under that foot."
IRREGULAR = "No bout has a step that comes again: it takes 10 strides in a row or more."


@dataclass(frozen=True, eq=False)
class Moved:
    """What a waist did. Of each stride that counts [s]: `stride_s`, its contact, and `ratio` [s,3], the harmonic ratio
    up, ahead and sideways. Of each step that another follows: `rise_m` [k]. Of each bout of 10 strides and more [b]:
    `strides`, `step_share`, `stride_share`, regularity of what it does up and down. `freezing` [w]: the freezing index
    of each window inside of bouts."""

    stride_s: Floats
    ratio: Floats
    rise_m: Floats
    strides: Floats
    step_share: Floats
    stride_share: Floats
    freezing: Floats


def moved(waist: Waist, table: Strides, held: Bouts) -> Moved:
    """Of a waist's level accelerations (`Waist.level`) in strides and bouts that any sensor found.

    MeasureError: the waist was found without keeping them.
    """
    level, rate_hz = waist.level, waist.walked.rate_hz
    if level is None:
        raise MeasureError("The waist's level accelerations weren't kept: find the walk anew.")
    kept = table.at(table.excluded == KEPT)
    axes = (level.rise_ms2, level.ahead_ms2, level.right_ms2)
    sizes = [harmony.stride_harmonics(axis, kept.start_s, kept.end_s, rate_hz) for axis in axes]
    ratios = [harmony.harmonic_ratio(size, axis == "ml")[0] for axis, size in zip(AXES, sizes, strict=True)]
    told = np.isfinite(waist.next_s) & np.isfinite(waist.rise_m)
    bouts, freezing = [], [np.empty(0)]
    for number, (begin_s, end_s) in enumerate(zip(held.start_s, held.end_s, strict=True)):
        rows = slice(max(int(begin_s * rate_hz), 0), int(end_s * rate_hz) + 1)
        freezing.append(harmony.freezing_index(level.rise_ms2[rows], rate_hz)[1])
        mine = kept.at(kept.bout == number)
        if len(mine) >= MEAN_STRIDES:
            bouts.append((len(mine), *_regular(level.rise_ms2[rows], mine, begin_s, rate_hz)))
    counts, steps, strides = np.array(bouts, float).reshape(-1, 3).T
    ratio = np.stack(ratios, axis=1)
    return Moved(kept.start_s, ratio, waist.rise_m[told], counts, steps, strides, np.concatenate(freezing))


def _regular(acc: Floats, mine: Strides, begin_s: float, rate_hz: float) -> tuple[float, float]:
    """Step and stride regularity of a bout; what lies in no stride that counts is left out."""
    edges = np.zeros(len(acc) + 1)
    np.add.at(edges, np.clip(((mine.start_s - begin_s) * rate_hz).astype(int), 0, len(acc)), 1)
    np.add.at(edges, np.clip(((mine.end_s - begin_s) * rate_hz).astype(int) + 1, 0, len(acc)), -1)
    try:
        return harmony.regularity(
            np.where(np.cumsum(edges)[:-1] > 0, acc, np.nan), rate_hz, float(mine.stride_s.mean()) / 2
        )
    except MeasureError:
        return np.nan, np.nan


def join_moved(parts: Sequence[Moved]) -> Moved:
    """Of all pieces of a walk in order of time, one or more."""
    names = [column.name for column in fields(Moved)]
    return Moved(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class MovedSums:
    """The same in sums that pieces of a long walk join (`join_moved_sums`): `ratio` [3], `rise_m` []; bouts and windows
    are few."""

    ratio: Sums
    rise_m: Sums
    strides: Floats
    step_share: Floats
    stride_share: Floats
    freezing: Floats


def moved_sums(one: Moved) -> MovedSums:
    """Of rows."""
    known = one.freezing[np.isfinite(one.freezing)]
    return MovedSums(sums(one.ratio), sums(one.rise_m), one.strides, one.step_share, one.stride_share, known)


def join_moved_sums(parts: Sequence[MovedSums]) -> MovedSums:
    """Of all pieces of a walk in order of time, one or more."""
    names = ("strides", "step_share", "stride_share", "freezing")
    rows = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
    return MovedSums(join_sums([part.ratio for part in parts]), join_sums([part.rise_m for part in parts]), *rows)


def sensed_parameters(gait: Gait, profiles: Profiles | None, waist: Moved | MovedSums | None) -> Gait:
    """The walk's numbers with the rows of the gait table that are in OF_SOLES and OF_WAIST, or why one is not told."""
    found: dict[str, tuple[float, int, int]] = {}
    why = {key: NO_FORCE if "load_rate" in key else NO_CELLS for key in OF_SOLES} | dict.fromkeys(OF_WAIST, NO_WAIST)
    if waist is not None:
        found |= _of_waist(moved_sums(waist) if isinstance(waist, Moved) else waist)
        why |= dict.fromkeys(OF_WAIST, IRREGULAR)
    if profiles is not None:
        found |= _of_soles(profiles)
    values, reasons, counts = dict(gait.values), dict(gait.not_reported), dict(gait.counts)
    for key in (*OF_WAIST, *OF_SOLES):
        value, count, least = found.get(key, (np.nan, 0, 0))
        reasons.pop(key, None)
        if key in found:
            counts[key] = count
        if np.isfinite(value) and count >= least:
            values[key] = float(value * GAIT[key].factor)
        elif 0 < count < least or (least and not count and key not in _REGULAR):
            what = "window" if key == "gait_freezing_index" else "step" if key == "gait_rise_mm" else "stride"
            reasons[key] = too_few(count, what, least)
        else:
            reasons[key] = why[key]
    return replace(gait, values=values, not_reported=reasons, counts=counts)


_REGULAR = ("gait_step_regularity", "gait_stride_regularity")


def _of_waist(waist: MovedSums) -> dict[str, tuple[float, int, int]]:
    """Value, of how many, and how many it takes, by key."""
    out: dict[str, tuple[float, int, int]] = {}
    for axis, mean, count in zip(AXES, waist.ratio.mean, waist.ratio.count, strict=True):
        out[f"gait_harmonic_ratio_{axis}"] = float(mean), int(count), MEAN_STRIDES
    for key, shares in zip(_REGULAR, (waist.step_share, waist.stride_share), strict=True):
        known = np.isfinite(shares)
        count = int(waist.strides[known].sum())
        value = float((shares[known] * waist.strides[known]).sum() / count) if count else np.nan
        out[key] = value, count, MEAN_STRIDES
    index = waist.freezing
    out["gait_freezing_index"] = float(np.median(index)) if len(index) else np.nan, len(index), LEAST_WINDOWS
    out["gait_rise_mm"] = float(waist.rise_m.mean), waist.rise_m.most, MEAN_STRIDES
    return out


def _of_soles(profiles: Profiles) -> dict[str, tuple[float, int, int]]:
    """The same of gait lines and load rates: of each foot, and of both the mean of their means."""
    out: dict[str, tuple[float, int, int]] = {}
    stems = ("gait_line_length_mm", "gait_line_width_mm", "gait_line_area_mm2", "gait_load_rate_nps")
    for number, stem in enumerate(stems):
        means, counts = [], []
        for foot in FEET:
            mine = profiles.feet.get(foot)
            known = None if mine is None else mine.rate_nps if number == len(stems) - 1 else mine.line_size
            if known is None:
                continue
            place = () if number == len(stems) - 1 else number
            means.append(float(known.mean[place]))
            counts.append(int(known.count[place]))
            out[f"{foot}_{stem}"] = means[-1], counts[-1], MEAN_STRIDES
        if len(means) == len(FEET):
            out[stem] = float(np.mean(means)), 2 * min(counts), 2 * MEAN_STRIDES
    return out
