# SPDX-License-Identifier: MIT
"""The product's own functions reproduce what others published about the same recordings."""

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from surefoot.measures import AS_RECORDED, cop_measures
from surefoot.measures.sway import prediction_ellipse_m2
from surefoot.placement import Placement
from surefoot.signals import Signals, net_cop_m

QUIET = [f"BDS{number:05d}" for number in range(1, 13)]
TWO_PLATES = ["PDS13OR1", "PDS13CR1"]
EXACT = 1e-9


def published(folder: Path, trial: str) -> dict[str, float]:
    with (folder / "published.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["Trial"] == trial)
    return {name: float(row[name]) for name in ("COParea", "COPvelo", "COPmfreq")}


def plates(folder: Path, trial: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertical force [n, 2] in N, its centre of pressure [n, 2 feet, 2], and the net one [n, 2] in m; left, right."""
    table = np.genfromtxt(folder / f"{trial}grf.txt", names=True)
    force_n = np.column_stack([table[f"{foot}GRF_Y"] for foot in "LR"])
    cop_m = np.stack([np.column_stack((table[f"{foot}COP_Z"], table[f"{foot}COP_X"])) for foot in "LR"], axis=1)
    return force_n, cop_m, np.column_stack((table["COPNET_Z"], table["COPNET_X"]))


def net_of_two_feet_m(force_n: np.ndarray, cop_m: np.ndarray) -> np.ndarray:
    """The product's net centre of pressure [n, 2] of feet whose own is given in one frame, as on the plates."""
    nowhere = np.zeros(len(force_n), dtype=bool)
    columns = SimpleNamespace(foot_force_n=force_n, foot_cop_m=cop_m, off_insoles=nowhere, lost_cells=nowhere)
    length_m = 0.265
    together = Placement(heel_distance_m=0.0, foot_angle_deg=0.0, foot_length_m=length_m)
    return net_cop_m(cast(Signals, columns), together) - (0.0, length_m / 2)


def check(measured: dict[str, float], expected: dict[str, float]) -> None:
    assert measured["cop_area_95_mm2"] / 100 == pytest.approx(expected["COParea"], rel=EXACT)
    assert measured["cop_velocity_mmps"] / 10 == pytest.approx(expected["COPvelo"], rel=EXACT)
    assert measured["cop_mean_frequency_hz"] == pytest.approx(expected["COPmfreq"], rel=EXACT)


@pytest.mark.parametrize("trial", QUIET)
def test_quiet_stance(shared_data: Path, trial: str) -> None:
    folder = shared_data / "quiet-stance"
    table = np.loadtxt(folder / f"{trial}.txt", skiprows=1)
    check(cop_measures(table[:, [8, 7]] / 100, 100.0, AS_RECORDED), published(folder, trial))


@pytest.mark.parametrize("trial", TWO_PLATES)
def test_two_plates(shared_data: Path, trial: str) -> None:
    folder = shared_data / "two-plates"
    _, _, net_m = plates(folder, trial)
    check(cop_measures(net_m, 100.0, AS_RECORDED), published(folder, trial))


@pytest.mark.parametrize("trial", TWO_PLATES)
def test_net_from_two_feet(shared_data: Path, trial: str) -> None:
    force_n, cop_m, net_m = plates(shared_data / "two-plates", trial)
    assert np.abs(net_of_two_feet_m(force_n, cop_m) - net_m).max() < 0.01e-3


@pytest.mark.parametrize("trial", TWO_PLATES)
def test_two_feet_give_the_published_numbers(shared_data: Path, trial: str) -> None:
    """From each foot's own plate, which is rounded to a micrometre: so not to 1e-9."""
    folder = shared_data / "two-plates"
    force_n, cop_m, _ = plates(folder, trial)
    measured = cop_measures(net_of_two_feet_m(force_n, cop_m), 100.0, AS_RECORDED)
    expected = published(folder, trial)
    assert measured["cop_area_95_mm2"] / 100 == pytest.approx(expected["COParea"], rel=2e-4)
    assert measured["cop_velocity_mmps"] / 10 == pytest.approx(expected["COPvelo"], rel=2e-4)


def test_a_filter_takes_path_away_but_not_area(shared_data: Path) -> None:
    table = np.loadtxt(shared_data / "quiet-stance" / "BDS00001.txt", skiprows=1)
    cop_m = table[:, [8, 7]] / 100
    raw, smooth = cop_measures(cop_m, 100.0, AS_RECORDED), cop_measures(cop_m, 100.0)
    assert smooth["cop_velocity_mmps"] < raw["cop_velocity_mmps"]
    assert smooth["cop_area_95_mm2"] == pytest.approx(raw["cop_area_95_mm2"], rel=5e-3)


def test_ellipse_holds_95_percent_of_new_points() -> None:
    """Coverage over many draws: n points make the ellipse, fresh points fall into it."""
    rng = np.random.default_rng(7)
    for n in (20, 1500):
        inside = []
        for _ in range(400):
            shape = np.array(((3.0, 0.0), (1.0, 0.7)))
            made, fresh = rng.normal(size=(n, 2)) @ shape.T, rng.normal(size=(200, 2)) @ shape.T
            covariance = np.cov(made.T)
            radius2 = prediction_ellipse_m2(made) / np.pi / np.sqrt(np.linalg.det(covariance))
            off = fresh - made.mean(axis=0)
            inside.append(np.mean(np.sum(off @ np.linalg.inv(covariance) * off, axis=1) < radius2))
        assert np.mean(inside) == pytest.approx(0.95, abs=0.004)
