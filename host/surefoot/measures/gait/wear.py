# SPDX-License-Identifier: MIT
"""Whether a person wore the insoles and the board, minute by minute, and if not, what says so.

A foot in a shoe is never wholly still, and never weightless for long; what lies in a cupboard is both. All limits are
our own (D) and not verified on people: somebody asleep with the board on may count as not worn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait.insole_checks import CELLS
from surefoot.measures.gait.values import FEET, Floats
from surefoot.measures.processing import STILL

MINUTE_S = 60.0
WORN, UNLOADED, CARRIED, FLAT, LOST, BATTERY = range(6)
WORDS = ("worn", "no load and no motion", "motion without load", "flat signal", "samples lost", "battery")
# A day counts from so many hours worn, a week from so many such days (Mobilise-D; R).
DAY_H, WEEK_DAYS = 12.0, 3

LOADED_N, CELLS_SEE = 40.0, 0.4  # on both insoles together, of which cells see so much: feet of one who sits weigh more
STIRRED_N = 4.0  # seconds of a minute differ by more where a foot is in the shoe, cells or not
MOVED_MS2 = 0.1  # and by more where the board is on a person
SHAKEN_MS2 = 0.3  # or within one of its seconds
KNOWN_SHARE = 0.5  # of a minute's samples: with fewer nothing is said of it


@dataclass(frozen=True, eq=False)
class Wear:
    """Minutes in order of time: `begin_s` [m] and `state` [m], numbers of WORDS."""

    begin_s: Floats
    state: npt.NDArray[np.int8]

    @property
    def worn_min(self) -> int:
        return int((self.state == WORN).sum())

    def not_worn(self) -> dict[str, int]:
        """Minutes by reason, those that there are."""
        counts = np.bincount(self.state, minlength=len(WORDS))
        return {WORDS[state]: int(count) for state, count in enumerate(counts) if count and state != WORN}

    def day_counts(self) -> bool:
        """Whether this one day was worn for long enough."""
        return self.worn_min >= 60 * DAY_H


def wear(
    force_n: npt.ArrayLike | None,
    acc_ms2: npt.ArrayLike | None,
    rate_hz: float,
    *,
    begin_s: float = 0.0,
    until_battery: bool = False,
) -> Wear:
    """Of insoles' forces, cells [n,16] or feet [n,2] in N, and the board's acceleration [n,3]; None: not measured.

    `begin_s`: of row 0, a whole minute, for a piece of a longer recording. `until_battery`: it ends because the
    battery was empty, so the minute that is cut off counts as that. A last minute cut off otherwise is left out where
    over half of it is missing, unless there is no other. MeasureError: neither was measured, or they differ in rows.
    """
    force, acc = (None if one is None else np.asarray(one, float) for one in (force_n, acc_ms2))
    given = [one for one in (force, acc) if one is not None]
    if not given or len({len(one) for one in given}) > 1:
        raise MeasureError("Wear needs forces, accelerations or both, of the same rows.")
    width = round(MINUTE_S * rate_hz)
    n = len(given[0])
    count = -(-n // width)
    state = np.array([_minute(force, acc, slice(k * width, (k + 1) * width), rate_hz) for k in range(count)], np.int8)
    if (count > 1 or until_battery) and n - (count - 1) * width < KNOWN_SHARE * width:
        state = np.append(state[:-1], [BATTERY] if until_battery else []).astype(np.int8)
    return Wear(begin_s + MINUTE_S * np.arange(len(state), dtype=float), state)


def _minute(force: Floats | None, acc: Floats | None, rows: slice, rate_hz: float) -> int:
    load = None if force is None else _seconds(force[rows], rate_hz)
    motion = None if acc is None else _seconds(acc[rows], rate_hz)
    if (load is None or load.lost) and (motion is None or motion.lost):
        return LOST
    load, motion = (None if one is None or one.lost else one for one in (load, motion))
    if all(one is None or one.flat for one in (load, motion)):
        return FLAT
    moved = motion is not None and not motion.flat and motion.moved(MOVED_MS2, SHAKEN_MS2)
    if load is None:
        return WORN if moved else UNLOADED
    seen = CELLS_SEE if force is not None and force.shape[1] == CELLS else 1.0
    level = float(np.nansum(np.nanmean(load.mean, axis=0)))
    stirred = moved or load.moved(seen * STIRRED_N, np.inf)
    if level < seen * LOADED_N:
        return CARRIED if moved else UNLOADED
    return WORN if stirred else UNLOADED if motion is not None else FLAT


@dataclass(frozen=True, eq=False)
class _Seconds:
    """Means [s,k] of a minute's seconds and the widest spread within one of them; `flat`: not even noise."""

    mean: Floats
    shaken: float
    lost: bool
    flat: bool

    def moved(self, between: float, within: float) -> bool:
        told = self.mean[np.isfinite(self.mean).all(axis=1)]
        return self.shaken > within or (len(told) > 1 and float(np.ptp(told, axis=0).max()) > between)


def _seconds(values: Floats, rate_hz: float) -> _Seconds:
    """Of columns that were measured at all; lost where fewer than half of the rows are known."""
    known = np.asarray(np.isfinite(values))
    columns = known.any(axis=0)
    rows = np.asarray(known[:, columns].all(axis=1)) if columns.any() else np.zeros(len(values), bool)
    none = _Seconds(np.empty((0, 1)), 0.0, True, False)
    if rows.sum() < max(KNOWN_SHARE * len(values), 1):
        return none
    part = np.where(rows[:, None], values[:, columns], np.nan)
    flat = float(np.ptp(part[rows], axis=0).max()) < STILL
    if part.shape[1] > 3:
        feet = np.flatnonzero(columns) // (CELLS // len(FEET))
        part = np.stack([part[:, feet == foot].sum(axis=1) for foot in np.unique(feet)], axis=1)
    width = max(min(round(rate_hz), len(part)), 1)
    blocks = part[: len(part) // width * width].reshape(-1, width, part.shape[1])
    count = np.isfinite(blocks[:, :, 0]).sum(axis=1)
    blocks = blocks[count >= KNOWN_SHARE * width]
    if not len(blocks):
        return none
    return _Seconds(np.nanmean(blocks, axis=1), float(np.nanmax(np.nanstd(blocks, axis=1))), False, flat)


def join_wear(parts: Sequence[Wear]) -> Wear:
    """Of all pieces of a recording in order of time, each begun at a whole minute."""
    return Wear(np.concatenate([part.begin_s for part in parts]), np.concatenate([part.state for part in parts]))
