# SPDX-License-Identifier: MIT
"""Known sway through the whole chain and back: tolerances of every measure, and real people's CoP against the plate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jerk_noise
import truth
from truth import BIAS, CASES, LIMITS, TYPICAL, WORST

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows"), pytest.mark.long]
FILES = [pytest.param(range(1, 13, 2), id="half"), pytest.param(range(1, 13), id="all", marks=pytest.mark.soak)]
TARGET = {"cop_velocity_mmps": 5.0, "cop_area_95_mm2": 10.0}  # per cent, both sides at 10 Hz


@pytest.fixture(scope="session")
def crowd(micropython) -> list[dict[str, dict[Any, Any]]]:
    """Twenty people: steady and unsteady, eyes open and closed."""
    return truth.side_by_side(truth.person_errors, CASES)


@pytest.fixture(scope="session", params=FILES)
def replays(micropython, shared_data: Path, request: pytest.FixtureRequest) -> list[dict[Any, Any]]:
    """Every other of the twelve files, all of them in the soak, each under another body, stance, soles and parts."""
    jobs = [truth.Replay(shared_data / "quiet-stance" / f"BDS{n:05d}.txt", n) for n in request.param]
    return truth.side_by_side(truth.replay_errors, jobs)


@pytest.fixture(scope="session")
def floors(micropython) -> list[dict[str, float]]:
    return truth.side_by_side(truth.floor, (1, 2))


@pytest.fixture(scope="session")
def ideal(micropython) -> tuple[dict[str, float], list[float]]:
    return truth.ideal_errors(3)


@pytest.mark.parametrize("gains", ["known", "unknown"])
@pytest.mark.parametrize("key", LIMITS)
def test_sway_comes_back(crowd, gains, key):
    found = np.array([person[gains][key] for person in crowd])
    sd = getattr(LIMITS[key], gains)
    assert abs(np.median(found)) <= BIAS * sd
    assert np.median(np.abs(found)) <= TYPICAL * sd
    assert np.abs(found).max() <= WORST * sd


def test_the_people_are_a_mixture(crowd):
    """The tolerances hold over what they are meant for: from still to swaying people."""
    velocity = np.array([person["truth"]["cop_velocity_mmps"] for person in crowd])
    area = np.array([person["truth"]["cop_area_95_mm2"] for person in crowd])
    assert velocity.max() > 2 * velocity.min()
    assert area.max() > 4 * area.min()


@pytest.mark.parametrize("key", truth.SWAY_KEYS)
def test_stance_and_insoles_explain_every_error(crowd, key):
    """Known gains: the product of both causes taken alone is the error of the chain, so there is no third one."""
    whole = np.array([1 + person["known"][key] / 100 for person in crowd])
    stance, insoles = (np.array([1 + person[name][key] / 100 for person in crowd]) for name in ("stance", "insoles"))
    assert np.abs(100 * (whole / (stance * insoles) - 1)).max() < 1.0


def test_a_chain_without_physics_errs_by_nothing(ideal):
    """On ideal feet, parts and stance only firmware, wire, clocks, laws, filters and formulas are left."""
    found, _ = ideal
    assert {key: value for key, value in found.items() if abs(value) > 0.3} == {}


def test_everything_is_timed_to_a_fraction_of_a_sample(ideal):
    """Of 10 ms; what is left is known: a scan lasts some ms after its stamp, and the world moves in steps of 1 ms."""
    _, lags_ms = ideal
    assert np.abs(lags_ms).max() < 3
    assert np.ptp(lags_ms) < 4


def jerk_deviates(crowd, times: float) -> np.ndarray:
    """By how many SDs each person's jerk is off from what a sensor so many times as noisy as its data sheet makes."""
    key = jerk_noise.KEY
    seen = np.array([person["truth"][key] * (1 + person["known"][key] / 100) for person in crowd])
    noiseless, added, sd = np.array([person["jerk"][times] for person in crowd]).T
    return (seen - noiseless - added) / sd


def test_jerk_is_too_large_by_the_sensors_noise_alone(crowd):
    assert jerk_noise.misfits(jerk_deviates(crowd, 1.0)) == []


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_another_noise_would_not_explain_the_jerk(crowd, times):
    """What the test above can see: a sensor twice as noisy, or half."""
    assert "mean" in jerk_noise.misfits(jerk_deviates(crowd, times))


def test_replays_play_what_the_file_says(replays):
    """The simulator's own CoP is the file's, at the file's times: up to the half sample that both grids are apart."""
    assert max(found["apart_mm"] for found in replays) < 0.5


@pytest.mark.parametrize(
    ("key", "typical", "ceiling"), [("cop_velocity_mmps", 2.5, 8.0), ("cop_area_95_mm2", 5.0, 17.0)]
)
def test_real_people_against_the_plate(replays, key, typical, ceiling):
    """Filtered alike. Stance and soles are drawn, so one in fifty may miss the target: not all can be promised."""
    found = np.abs([replay["known", "10 Hz"][key] for replay in replays])
    assert np.median(found) < typical
    assert (found >= TARGET[key]).sum() <= len(found) // 6
    assert found.max() < ceiling


@pytest.mark.parametrize("record", ["unknown", "2 mm"])
def test_a_poorer_calibration_costs_little(replays, record):
    for key, target in TARGET.items():
        found = np.abs([replay[record, "10 Hz"][key] for replay in replays])
        assert np.median(found) < target
        assert found.max() < 2 * target


def test_unfiltered_paths_hold_the_noise(replays, floors):
    """Why paths are filtered: noise of some 6 mm/s adds to a path like a second, independent walk."""
    noise = np.median([floor["velocity"] for floor in floors])
    for replay in replays:
        true = replay["plate", "none"]["cop_velocity_mmps"]
        seen = true * (1 + replay["known", "none"]["cop_velocity_mmps"] / 100)
        assert seen == pytest.approx(np.hypot(true, noise), rel=0.25)
        assert abs(replay["known", "none"]["cop_area_95_mm2"] - replay["known", "10 Hz"]["cop_area_95_mm2"]) < 1


def test_noise_floor(floors):
    for floor in floors:
        ml_mm, ap_mm = floor["noise ML"], floor["noise AP"]
        assert 0.01 < ap_mm < ml_mm < 0.045
        assert floor["noise of the record"] <= 0.05  # the gate for paths at 10 Hz
        assert floor["velocity 10 Hz"] < 0.9
        assert floor["velocity"] < 7.5
        # White noise of these SDs alone makes this path and this area.
        rng = np.random.default_rng(0)
        steps_mm = np.diff(rng.normal(size=(20000, 2)) * (ml_mm, ap_mm), axis=0)
        assert floor["velocity"] == pytest.approx(100 * np.hypot(*steps_mm.T).mean(), rel=0.05)
        assert floor["area"] == pytest.approx(np.pi * 5.99 * ml_mm * ap_mm, rel=0.1)
        assert floor["area 10 Hz"] < floor["area"] / 3
