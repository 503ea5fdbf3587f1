# SPDX-License-Identifier: MIT
"""Contacts from insoles against synthetic walkers that the finder shares nothing with: every kind, a fifth held out.

Truth is where a force plate's user would say it, at 20 N. Cells see part of the pressure, with noise and preload.
"""

from __future__ import annotations

import numpy as np
import pytest

from surefoot.device.virtual.walkers import KINDS, walk_arrays
from surefoot.measures.gait.contacts import contacts
from surefoot.measures.gait.foot_imu import walk_by_feet

RIDES = ("wheelchair", "car", "standing")
WALKS = [kind for kind in KINDS if kind not in RIDES]
SECONDS, EDGE_S = 40.0, 1.0


def errors_s(found: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, int]:
    """Signed errors of the events found, and how many true ones have none within a quarter of a second."""
    true = true[(true > EDGE_S) & (true < SECONDS - EDGE_S)]
    apart = found[np.isfinite(found)][:, None] - true
    nearest = np.abs(apart).argmin(axis=0)
    error = apart[nearest, np.arange(len(true))]
    return error[np.abs(error) < 0.25], int(np.sum(np.abs(error) >= 0.25))


def judged(kind: str, seed: int, held_out: bool) -> tuple[np.ndarray, np.ndarray, int]:
    walk = walk_arrays(kind, seed, 100, SECONDS, held_out=held_out, noisy=True, preload_n=25)
    seen = contacts(walk.cell_force_n, 100)
    on, off, missed = [], [], 0
    for name in ("left", "right"):
        stances, truth = getattr(seen, name), getattr(walk.truth, name)
        error, lost = errors_s(stances.initial_s, truth.plate_on_s[np.isfinite(truth.plate_on_s)])
        later, gone = errors_s(stances.off_s, truth.plate_off_s[np.isfinite(truth.plate_off_s)])
        on.append(error)
        off.append(later)
        missed += lost + gone
    return np.concatenate(on), np.concatenate(off), missed


@pytest.fixture(scope="module")
def one_of_each() -> dict[tuple[str, bool], tuple[np.ndarray, np.ndarray, int]]:
    return {(kind, held_out): judged(kind, 8100, held_out) for kind in WALKS for held_out in (False, True)}


def test_every_contact_of_every_kind_of_walk_is_found_and_timed(one_of_each):
    assert {key: missed for key, (_, _, missed) in one_of_each.items() if missed} == {}
    late = {key: float(np.median(np.abs(on))) for key, (on, _, _) in one_of_each.items()}
    assert max(late.values()) < 0.020, late
    assert np.median(np.abs(np.concatenate([off for _, off, _ in one_of_each.values()]))) < 0.020


@pytest.mark.soak
@pytest.mark.parametrize("held_out", [False, True], ids=["open", "held-out"])
@pytest.mark.parametrize("kind", WALKS)
def test_twenty_people_of_each_kind(kind: str, held_out: bool):
    found = [judged(kind, seed, held_out) for seed in range(8100, 8120)]
    on, off = np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
    print(f"{kind:12} {held_out!s:5} n {len(on)} missed {sum(f[2] for f in found)}", end=" ")
    for error in (on, off):
        print(np.percentile(np.abs(error) * 1e3, (50, 95)).round(1), f"{error.mean() * 1e3:+.1f}", end=" ")
    assert sum(f[2] for f in found) == 0
    assert np.median(np.abs(on)) < 0.020
    assert np.median(np.abs(off)) < 0.020


@pytest.mark.parametrize("kind", RIDES)
def test_a_ride_and_a_stand_have_no_steps(kind: str):
    walk = walk_arrays(kind, 8100, 100, SECONDS, noisy=True)
    seen = contacts(walk.cell_force_n, 100)
    assert all(stances is None or not len(stances) for stances in (seen.left, seen.right))
    assert seen.notes


FEET_KINDS = ["level", "fast", "old", "hemiparetic", "shuffling", "stairs", "afo", "forefoot", "daily"]


@pytest.mark.parametrize("kind", FEET_KINDS)
def test_sensors_on_the_feet_tell_contacts_of_walkers_in_time(kind: str):
    """Against the first load itself."""
    on, missed = told_by_feet(kind, 9600)
    assert missed == 0
    assert np.median(np.abs(on)) < 0.020


@pytest.mark.soak
@pytest.mark.parametrize("kind", WALKS)
def test_sensors_on_the_feet_of_four_people_of_each_kind(kind: str):
    found = [told_by_feet(kind, seed) for seed in range(9700, 9704)]
    on = np.concatenate([one for one, _ in found])
    print(f"{kind:12} n {len(on)}", np.percentile(np.abs(on) * 1e3, (50, 95)).round(1), f"{on.mean() * 1e3:+.1f}")
    assert sum(missed for _, missed in found) == 0
    assert np.median(np.abs(on)) < 0.020


def told_by_feet(kind: str, seed: int) -> tuple[np.ndarray, int]:
    walk = walk_arrays(kind, seed, 100, SECONDS, held_out=True, noisy=True, misplaced=True)
    left, right = (np.hstack((imu.acc_ms2, imu.gyr_dps)) for imu in (walk.left, walk.right))
    found = walk_by_feet(left, right, 100).walked
    errors, missed = [], 0
    for name in ("left", "right"):
        truth = getattr(walk.truth, name).initial_s
        error, lost = errors_s(getattr(found, name).initial_s, truth[np.isfinite(truth)])
        errors.append(error)
        missed += lost
    return np.concatenate(errors), missed
