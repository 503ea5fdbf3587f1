# SPDX-License-Identifier: MIT
"""Speed by a sensor at the waist on synthetic walkers, band by band: the table of measures/gait/README.md.

`python tests/test_gait_waist_speed.py` prints it, `pytest -m soak tests/test_gait_waist_speed.py -s` checks it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from surefoot.device.virtual.walkers import walk_arrays, walker
from surefoot.errors import MeasureError
from surefoot.measures.gait.values import Floats
from surefoot.measures.gait.waist import Waist, waist
from surefoot.measures.gait.waist_contacts import LONGEST_STEP_S
from surefoot.measures.gait.waist_speed import ERROR_MPS, RELIABLE_MPS, USUAL_FACTOR, factor_of

KINDS = (
    "level", "slow", "fast", "old", "hemiparetic", "shuffling", "carrying", "stick", "rollator", "afo", "forefoot",
    "toe-drag",
)  # fmt: skip
PEOPLE = range(9000, 9008)
SECONDS, RATE_HZ = 60.0, 100.0
LEG_SHARE = 0.53  # of the height
BANDS = (0.0, RELIABLE_MPS, 0.8, 1.1, 1.4, np.inf)
FEWEST = 30  # steps, of which half make a factor


@dataclass(frozen=True)
class Told:
    """One walk: speeds in m/s, NaN where the waist told none; `own` by a factor of the walk's other half, of each half;
    cadence's error as a share."""

    true_mps: float
    usual_mps: float
    own: tuple[tuple[float, float], ...]  # told, true
    cadence: float


def told(kind: str, seed: int) -> Told:
    """Of a walker who is held out, with noise and a sensor up to 20 degrees off."""
    made = walk_arrays(kind, seed, RATE_HZ, SECONDS, held_out=True, noisy=True, misplaced=True)
    leg_m = LEG_SHARE * walker(kind, seed, SECONDS, held_out=True).person.height_m
    feet = [getattr(made.truth, foot) for foot in ("left", "right")]
    begin_s, stride_s, stride_m = (
        np.concatenate([getattr(foot, name) for foot in feet]) for name in ("initial_s", "stride_s", "stride_m")
    )
    whole = np.isfinite(stride_s) & np.isfinite(stride_m) & (stride_s < 3.0)

    def true_mps(low_s: float, high_s: float) -> float:
        inside = whole & (begin_s >= low_s) & (begin_s + stride_s <= high_s)
        return float(stride_m[inside].sum() / stride_s[inside].sum()) if inside.any() else np.nan

    all_s = true_mps(0.0, SECONDS)
    try:
        found = waist(made.acc_ms2, made.gyr_dps, RATE_HZ, leg_m=leg_m)
    except MeasureError:
        return Told(all_s, np.nan, (), np.nan)
    if len(found.step_s) < FEWEST:
        return Told(all_s, np.nan, (), np.nan)
    middle = len(found.step_s) // 2
    halves = (slice(0, middle), slice(middle, None))
    spans = [(float(found.step_s[half][0]), float(found.step_s[half][-1]) + 1.0) for half in halves]
    own = []
    for mine, other in ((0, 1), (1, 0)):
        known = known_of(found, halves[other])
        distance_m = true_mps(*spans[other]) * float(found.next_s[halves[other]][known].sum())
        factor = factor_of(found.rise_m[halves[other]][known], leg_m, distance_m)
        own.append((factor / USUAL_FACTOR * speed_mps(found, halves[mine]), true_mps(*spans[mine])))
    steps_s = np.diff(np.sort(begin_s[np.isfinite(begin_s)]))
    true_s = float(np.mean(steps_s[steps_s < LONGEST_STEP_S]))
    return Told(
        all_s, speed_mps(found, slice(None)), tuple(own), float(true_s / np.nanmean(found.next_s) - 1)
    )  # fmt: skip


def known_of(found: Waist, part: slice) -> np.ndarray:
    return np.isfinite(found.length_m[part]) & np.isfinite(found.next_s[part])


def speed_mps(found: Waist, part: slice) -> float:
    """Of all single steps whose length is known; below 0.5 m/s nobody is told it."""
    known = known_of(found, part)
    return float(found.length_m[part][known].sum() / found.next_s[part][known].sum())


@dataclass(frozen=True)
class Band:
    """Walks of a true speed from `low` to `high` m/s, how many were not found, and errors in m/s and as a share."""

    low_mps: float
    high_mps: float
    walks: int
    missed: int
    usual: Floats
    own: Floats
    cadence: Floats


def table(walks: Iterable[Told]) -> Iterator[Band]:
    every = list(walks)
    for low, high in pairwise(BANDS):
        mine = [one for one in every if low <= one.true_mps < high]
        seen = [one for one in mine if np.isfinite(one.usual_mps)]
        yield Band(
            low,
            high,
            len(mine),
            len(mine) - len(seen),
            np.array([one.usual_mps - one.true_mps for one in seen]),
            np.array([said - true for one in seen for said, true in one.own]),
            np.array([one.cadence for one in seen]),
        )


def line(band: Band) -> str:
    """A row of the README's table."""
    usual, own = np.abs(band.usual), np.abs(band.own)
    return (
        f"| {band.low_mps:g} to {band.high_mps:g} | {band.walks} ({band.missed}) | {usual.mean():.2f} /"
        f" {band.usual.mean():+.2f} / {usual.max():.2f} | {own.mean():.2f} / {own.max():.2f} |"
        f" {100 * np.abs(band.cadence).mean():.1f} % |"
    )


@pytest.mark.soak
def test_speed_band_by_band():
    bands = list(table(told(kind, seed) for kind in KINDS for seed in PEOPLE))
    print("", *map(line, bands), sep="\n")
    walks, missed = sum(band.walks for band in bands), sum(band.missed for band in bands)
    assert walks == len(KINDS) * len(PEOPLE)
    assert missed <= 0.03 * walks
    reliable = bands[1:]
    errors = [np.abs(np.concatenate([getattr(band, name) for band in reliable])) for name in ("usual", "own")]
    for error, most in zip(errors, ERROR_MPS, strict=True):
        assert error.mean() < most
    assert all(np.abs(band.cadence).mean() < 0.02 for band in reliable)


if __name__ == "__main__":
    print(*map(line, table(told(kind, seed) for kind in KINDS for seed in PEOPLE)), sep="\n")
