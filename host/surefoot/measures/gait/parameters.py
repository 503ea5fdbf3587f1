# SPDX-License-Identifier: MIT
"""Gait parameters of a walk: over all of it and of each bout, each a row of the gait table or the reason why not.

Means are of all strides of bouts without those in turns, beside losses or implausible; SD, CV and phase coordination of
the steady ones among them (Strides.steady). What each foot has its own of is the mean of both feet's means, so that the
foot with fewer losses doesn't count for more; SD and CV are as `averages.spreads` has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surefoot.measures.gait import averages, symmetry
from surefoot.measures.gait.bouts import Bouts, Pauses, bouts
from surefoot.measures.gait.strides import GAP, IMPLAUSIBLE, KEPT, NO_BOUT, SHORT, TURN, Numbers, Strides
from surefoot.measures.gait.table import COMPARED, CV, GAIT, INDEX, KEYS, MEAN, OF_SOLES, OF_WAIST, SD, SHARES
from surefoot.measures.gait.values import FEET, Floats, Walked
from surefoot.measures.gait.waist_speed import BY, SLOW

# The fewest strides that a number is told of.
DISTANCE_SHARE = 0.8  # of the strides must have a length for their sum to be a distance (D)
MEAN_STRIDES = 10  # of 10 to 20 that means take, and each foot's own mean
SPREAD_STRIDES = 30  # of both feet together, as many of each (30 to 50)
PCI_STRIDES = 23  # of one foot (Kribus-Shmiel 2018, 10.1371/journal.pone.0192049)
_PAIRED = ("step_s", "single_s", "double_s", "initial_double_s", "terminal_double_s", "single_share", "double_share")
_LENGTHS = ("length_m", "speed_mps")
_OF_BOTH = (*_LENGTHS, "stride_s", "cadence_spm", "double_s", "double_share")  # either foot's stride tells it
_WORDS = {
    GAP: "beside lost samples",
    IMPLAUSIBLE: "implausible",
    TURN: "in turns",
    SHORT: "in too few steps for a bout",
}
_OF_WALK = ("gait_bouts", "gait_pauses", "gait_bout_median_s", "gait_bout_p90_s")
_OF_WALK += tuple(f"gait_bouts_over_{least_s}s" for least_s in (10, 30, 60))
TURNS_UNKNOWN = "Turns are not known from this recording: strides in them count like all others."
MORE = "Contacts alone don't tell it: it takes insoles' cells or a waist's motion."
PCI, ASYMMETRY, DISTANCE = "gait_pci_pct", "gait_asymmetry_pct", "gait_distance_m"


@dataclass(frozen=True, eq=False)
class Parameters:
    """Numbers of one or more groups of strides (all of a walk, or its bouts), in units of the gait table.

    `values`: by key [g], NaN where not told; `counts`: strides that each is of [g], where it is of strides; `least`:
    how many it takes; `unknown`: why a key can't be told by this recording, however long.
    """

    values: dict[str, Floats]
    counts: dict[str, Numbers]
    least: dict[str, int | Numbers]
    unknown: dict[str, str]

    def row(self, group: int) -> tuple[dict[str, float], dict[str, str]]:
        """Numbers of a group by key, and the reason for each that is missing."""
        told = {key: float(column[group]) for key, column in self.values.items() if np.isfinite(column[group])}
        return told, {key: self._reason(key, group) for key in self.values if key not in told}

    def _reason(self, key: str, group: int) -> str:
        if key in self.unknown:
            return self.unknown[key]
        if key not in self.counts:
            return "There is no bout of walking."
        needed = int(np.broadcast_to(self.least[key], self.counts[key].shape)[group])
        if self.counts[key][group] >= needed:
            return "The strides leave it undefined: their mean is nought or they are one to a bout."
        return f"{self.counts[key][group]} strides are too few: it takes {needed} or more."


@dataclass(frozen=True, eq=False)
class Gait:
    """A walk in numbers. `values`, `not_reported`: every key of the gait table is in one of them; `counts`: strides.

    `by_bout`: of each bout, without what only a whole walk has. `length_by`: how lengths and speeds were obtained.
    """

    values: dict[str, float]
    not_reported: dict[str, str]
    counts: dict[str, int]
    by_bout: Parameters
    strides: Strides
    bouts: Bouts
    pauses: Pauses
    length_by: str
    notes: tuple[str, ...]


def gait_parameters(walked: Walked, turns_known: bool | None = None) -> Gait:
    """All parameters of a walk and of its bouts. MeasureError where its stances are out of order.

    `turns_known`: whether no turns means that there were none; left out, it doesn't for insoles, which see no turning.
    """
    found = bouts(walked)
    table, held = found.strides, found.bouts
    unknown = _unknown(walked, table)
    turns_known = len(walked.turns) > 0 or (walked.source != "insole" if turns_known is None else turns_known)
    if not turns_known:
        unknown["gait_turns"] = TURNS_UNKNOWN
    whole = _parameters(walked, table, np.zeros(len(table), int), 1, unknown)
    each = _parameters(walked, table, table.bout, len(held), unknown)
    of_bouts = {
        "gait_walking_s": held.duration_s,
        "gait_steps": held.steps.astype(float),
        "gait_turns": held.turns.astype(float) if turns_known else np.full(len(held), np.nan),
    }
    sums = {
        key: np.array([column.sum() if turns_known or key != "gait_turns" else np.nan])
        for key, column in of_bouts.items()
    }
    whole = replace(whole, values=whole.values | sums | _of_walk(held, found.pauses))
    each = replace(each, values=each.values | of_bouts)
    if walked.left is None and walked.right is None:
        nothing = {key: np.array([np.nan]) for key in whole.values}
        whole = replace(whole, values=nothing, unknown=dict.fromkeys(GAIT, "No foot was measured."))
    values, not_reported = whole.row(0)
    why = whole.unknown if walked.left is None and walked.right is None else {}
    not_reported = {key: why.get(key, MORE) for key in (*OF_SOLES, *OF_WAIST)} | not_reported
    counts = {key: int(count[0]) for key, count in whole.counts.items()}
    blind = [] if turns_known or not len(table) else [TURNS_UNKNOWN]
    notes = (*walked.notes, *_left_out(table), *blind)
    return Gait(values, not_reported, counts, each, table, held, found.pauses, walked.length_by, notes)


def _parameters(walked: Walked, table: Strides, group: Numbers, groups: int, unknown: dict[str, str]) -> Parameters:
    """Of strides by group [n]; strides outside of bouts are in none."""
    values: dict[str, Floats] = {}
    counts: dict[str, Numbers] = {}
    least: dict[str, int | Numbers] = {}

    def put(key: str, number: Floats, count: Numbers, needed: int | Numbers) -> None:
        fine = np.isfinite(number) & (count >= needed) if key not in unknown else np.zeros(groups, bool)
        values[key], counts[key], least[key] = np.where(fine, number * GAIT[key].factor, np.nan), count, needed

    mean_rows, steady_rows = np.flatnonzero(table.excluded == KEPT), np.flatnonzero(table.steady)
    kept, steady = table.at(mean_rows), table.at(steady_rows)
    mean_group, steady_group = group[mean_rows], group[steady_rows]
    right, steady_right = kept.foot == FEET[1], (steady.foot == FEET[1]).astype(int)
    feet = (walked.left is not None) + (walked.right is not None)
    by_foot: dict[tuple[str, str], tuple[Floats, Numbers]] = {}
    for column in dict.fromkeys(name for name, _, _ in KEYS):
        of_kept = _column(kept, column)
        for foot, rows in zip(FEET, (~right, right), strict=True):
            by_foot[column, foot] = averages.means(of_kept[rows], mean_group[rows], groups)
            if (column, MEAN, foot) in KEYS:
                put(KEYS[column, MEAN, foot], *by_foot[column, foot], MEAN_STRIDES)
        (left_mean, left), (right_mean, other) = by_foot[column, FEET[0]], by_foot[column, FEET[1]]
        both = (left_mean + right_mean) / 2, 2 * np.minimum(left, other)
        pooled = feet < 2 or column in _OF_BOTH
        put(KEYS[column, MEAN, ""], *(averages.means(of_kept, mean_group, groups) if pooled else both), MEAN_STRIDES)
        if (column, SD, "") in KEYS:
            of_steady = _column(steady, column)
            sd, mean, count = averages.spreads(of_steady, steady_right, steady.bout, steady_group, groups, feet)
            put(KEYS[column, SD, ""], sd, count, SPREAD_STRIDES)
            put(KEYS[column, CV, ""], sd / mean, count, SPREAD_STRIDES)
        if column in COMPARED:
            index = symmetry.symmetry_index(left_mean, right_mean)
            put(KEYS[column, INDEX, ""], index, np.minimum(left, other), MEAN_STRIDES)
    (left_s, left), (right_s, other) = by_foot["swing_s", FEET[0]], by_foot["swing_s", FEET[1]]
    put(ASYMMETRY, symmetry.gait_asymmetry_pct(left_s, right_s), np.minimum(left, other), MEAN_STRIDES)
    longer = (right_s > left_s).astype(int)
    mine = (steady_right == longer[steady_group]) & np.isfinite(left_s + right_s)[steady_group]
    phase = symmetry.phases_deg(steady.stride_s[mine], steady.step_s[mine])
    put(PCI, *symmetry.phase_coordination_pct(phase, steady_group[mine], groups), PCI_STRIDES)
    put(DISTANCE, *_distance_m(table, group, groups))
    return Parameters(values, counts, least, unknown)


def _column(table: Strides, column: str) -> Floats:
    return getattr(table, SHARES[column]) / table.stride_s if column in SHARES else getattr(table, column)


def _distance_m(table: Strides, group: Numbers, groups: int) -> tuple[Floats, Numbers, Numbers]:
    """Sum of the lengths of each foot that has any, in turns too, and the mean of both [groups]; strides in it, and how
    many it takes: of a few the sum is no distance."""
    walking = (table.bout != NO_BOUT) & ((table.excluded == KEPT) | (table.excluded == TURN))
    rows = walking & np.isfinite(table.length_m)
    places = 2 * group + (table.foot == FEET[1])
    total = np.bincount(places[rows], table.length_m[rows], minlength=2 * groups).reshape(groups, 2)
    count, every = (np.bincount(places[of], minlength=2 * groups).reshape(groups, 2) for of in (rows, walking))
    needed = np.ceil(DISTANCE_SHARE * np.where(count > 0, every, 0).sum(axis=1)).astype(int)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total.sum(axis=1) / (count > 0).sum(axis=1), count.sum(axis=1), np.maximum(needed, 1)


def _of_walk(held: Bouts, pauses: Pauses) -> dict[str, Floats]:
    lasted_s = held.duration_s
    middle, most = np.percentile(lasted_s, (50, 90)) if len(held) else (np.nan, np.nan)
    numbers = (len(held), (~pauses.lost).sum(), middle, most, *((lasted_s > least_s).sum() for least_s in (10, 30, 60)))
    return {key: np.array([float(number)]) for key, number in zip(_OF_WALK, numbers, strict=True)}


def _unknown(walked: Walked, table: Strides) -> dict[str, str]:
    """Why a key can't be told by this recording: a foot that wasn't measured, no foot-off, no length."""
    out: dict[str, str] = {}
    missing = [name for name, foot in zip(FEET, (walked.left, walked.right), strict=True) if foot is None]
    whole = table.at(table.excluded != GAP)
    no_off, no_length = (len(whole) > 0 and not np.isfinite(x).any() for x in (whole.stance_s, whole.length_m))
    for (column, kind, foot), key in KEYS.items():
        if missing and (column in _PAIRED or kind == INDEX):
            out[key] = f"It takes both feet, and the {missing[0]} foot was not measured."
        elif foot in missing:
            out[key] = f"The {foot} foot was not measured."
        elif no_length and column in _LENGTHS:
            blind = f"How long strides are is not known from this recording ({walked.source})."
            out[key] = SLOW if walked.length_by.startswith(BY) else blind
        elif no_off and column not in (*_LENGTHS, "stride_s", "step_s", "cadence_spm"):
            out[key] = f"When a foot leaves the floor is not known from this recording ({walked.source})."
    for key, column in ((ASYMMETRY, "swing_s"), (PCI, "swing_s"), (DISTANCE, "length_m")):
        reason = out.get(KEYS[column, INDEX, ""] if key != DISTANCE else KEYS[column, MEAN, ""])
        if reason:
            out[key] = reason
    return out


def _left_out(table: Strides) -> list[str]:
    numbers = {word: int((table.excluded == reason).sum()) for reason, word in _WORDS.items()}
    parts = [f"{number} {word}" for word, number in numbers.items() if number]
    return [f"Of {len(table)} strides {sum(numbers.values())} count in no mean: {', '.join(parts)}."] if parts else []
