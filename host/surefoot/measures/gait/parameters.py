# SPDX-License-Identifier: MIT
"""Gait parameters of a walk: over all of it and of each bout, each a row of the gait table or the reason why not.

Means are of all strides of bouts without those in turns, beside losses or implausible; SD, CV and phase coordination of
the steady ones among them (Strides.steady). What each foot has its own of is the mean of both feet's means, so that the
foot with fewer losses doesn't count for more; SD and CV are as `tallies.Groups.spreads` has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surefoot.measures.gait import symmetry
from surefoot.measures.gait.bouts import Bouted, Bouts, Pauses, bouts
from surefoot.measures.gait.strides import GAP, IMPLAUSIBLE, SHORT, TURN, Numbers, Strides
from surefoot.measures.gait.table import COMPARED, CV, GAIT, INDEX, KEYS, MEAN, OF_SOLES, OF_WAIST, SD
from surefoot.measures.gait.tallies import COLUMNS, Groups, Tally, tally
from surefoot.measures.gait.values import FEET, Floats, Walked
from surefoot.measures.gait.waist_speed import BY, SLOW
from surefoot.unit_words import counted

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


def too_few(count: int, word: str, needed: int) -> str:
    """Why so many strides, steps or windows tell no number."""
    return f"{counted(count, word)} {'is' if count == 1 else 'are'} too few: it takes {needed} or more."


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
        return too_few(int(self.counts[key][group]), "stride", needed)


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
    return gait_of(walked, tally(found.strides, len(found.bouts)), found, turns_known)


def gait_of(walked: Walked, told: Tally, found: Bouted, turns_known: bool | None = None) -> Gait:
    """The same of strides that were counted up, however they came; of `walked` no stance is looked at."""
    held = found.bouts
    unknown = _unknown(walked, told)
    turns_known = len(walked.turns) > 0 or (walked.source != "insole" if turns_known is None else turns_known)
    if not turns_known:
        unknown["gait_turns"] = TURNS_UNKNOWN
    whole = _parameters(walked, told, Groups(np.zeros(len(held), int), 1), unknown)
    each = _parameters(walked, told, Groups(np.arange(len(held)), len(held)), unknown)
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
    blind = [] if turns_known or not told.strides else [TURNS_UNKNOWN]
    notes = (*walked.notes, *_left_out(told), *blind)
    return Gait(values, not_reported, counts, each, found.strides, held, found.pauses, walked.length_by, notes)


def _parameters(walked: Walked, told: Tally, by: Groups, unknown: dict[str, str]) -> Parameters:
    """Of strides by group; strides outside of bouts are in none."""
    values: dict[str, Floats] = {}
    counts: dict[str, Numbers] = {}
    least: dict[str, int | Numbers] = {}

    def put(key: str, number: Floats, count: Numbers, needed: int | Numbers) -> None:
        fine = np.isfinite(number) & (count >= needed) if key not in unknown else np.zeros(by.groups, bool)
        values[key], counts[key], least[key] = np.where(fine, number * GAIT[key].factor, np.nan), count, needed

    feet = (walked.left is not None) + (walked.right is not None)
    means = {column: by.means(told.kept[column]) for column in COLUMNS}
    for column, both in means.items():
        mean, count = both.mean, both.count
        for number, foot in enumerate(FEET):
            if (column, MEAN, foot) in KEYS:
                put(KEYS[column, MEAN, foot], mean[:, number], count[:, number], MEAN_STRIDES)
        if feet < 2 or column in _OF_BOTH:
            with np.errstate(invalid="ignore", divide="ignore"):
                pooled = np.nansum(mean * count, axis=1) / count.sum(axis=1)
            put(KEYS[column, MEAN, ""], pooled, count.sum(axis=1), MEAN_STRIDES)
        else:
            put(KEYS[column, MEAN, ""], mean.mean(axis=1), 2 * count.min(axis=1), MEAN_STRIDES)
        if (column, SD, "") in KEYS:
            sd, middle, number = by.spreads(told.steady[column], feet)
            put(KEYS[column, SD, ""], sd, number, SPREAD_STRIDES)
            with np.errstate(invalid="ignore", divide="ignore"):
                put(KEYS[column, CV, ""], sd / middle, number, SPREAD_STRIDES)
        if column in COMPARED:
            index = symmetry.symmetry_index(mean[:, 0], mean[:, 1])
            put(KEYS[column, INDEX, ""], index, count.min(axis=1), MEAN_STRIDES)
    swing_s, count = means["swing_s"].mean, means["swing_s"].count
    put(ASYMMETRY, symmetry.gait_asymmetry_pct(swing_s[:, 0], swing_s[:, 1]), count.min(axis=1), MEAN_STRIDES)
    longer = np.where(np.isfinite(swing_s).all(axis=1), (swing_s[:, 1] > swing_s[:, 0]).astype(int), -1)
    put(PCI, *by.phase_coordination_pct(told, longer), PCI_STRIDES)
    put(DISTANCE, *_distance_m(told, by))
    return Parameters(values, counts, least, unknown)


def _distance_m(told: Tally, by: Groups) -> tuple[Floats, Numbers, Numbers]:
    """Sum of the lengths of each foot that has any, in turns too, and the mean of both [g]; strides in it, and how
    many it takes: of a few the sum is no distance."""
    length = told.length_m
    total, count, every = by.summed(length.count * length.centre), by.summed(length.count), by.summed(told.walked)
    needed = np.ceil(DISTANCE_SHARE * np.where(count > 0, every, 0).sum(axis=1)).astype(int)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total.sum(axis=1) / (count > 0).sum(axis=1)
    return mean, count.sum(axis=1).astype(int), np.maximum(needed, 1)


def _of_walk(held: Bouts, pauses: Pauses) -> dict[str, Floats]:
    lasted_s = held.duration_s
    middle, most = np.percentile(lasted_s, (50, 90)) if len(held) else (np.nan, np.nan)
    numbers = (len(held), (~pauses.lost).sum(), middle, most, *((lasted_s > least_s).sum() for least_s in (10, 30, 60)))
    return {key: np.array([float(number)]) for key, number in zip(_OF_WALK, numbers, strict=True)}


def _unknown(walked: Walked, told: Tally) -> dict[str, str]:
    """Why a key can't be told by this recording: a foot that wasn't measured, no foot-off, no length."""
    out: dict[str, str] = {}
    missing = [name for name, foot in zip(FEET, (walked.left, walked.right), strict=True) if foot is None]
    whole, with_off, with_length = told.told
    no_off, no_length = whole > 0 and not with_off, whole > 0 and not with_length
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


def _left_out(told: Tally) -> list[str]:
    numbers = {word: told.excluded[reason] for reason, word in _WORDS.items()}
    parts = [f"{number} {word}" for word, number in numbers.items() if number]
    out = sum(numbers.values())
    said = f"Of {counted(told.strides, 'stride')} {out} count{'s' if out == 1 else ''} in no mean: {', '.join(parts)}."
    return [said] if parts else []
