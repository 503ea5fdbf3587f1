# SPDX-License-Identifier: MIT
"""The 72 descriptors of the reference code of Quijoux 2021 beside ours, name by name, on the signal it made itself.

The code is in no registry and no part of Surefoot: SUREFOOT_QUIJOUX names the folder that a clone of
github.com/Jythen/code_descriptors_postural_control lies in, SUREFOOT_QUIJOUX_PYTHON an interpreter with numpy, scipy,
statsmodels and scikit-learn. Without them the tests are skipped, saying so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from surefoot.measures import AS_RECORDED, Measured, every_cop_measure
from surefoot.measures.diffusion import diffusion, mean_square_displacement
from surefoot.measures.processing import Processing, low_pass

QUIJOUX = "code_descriptors_postural_control"
FOLDER = Path(os.environ.get("SUREFOOT_QUIJOUX", ""))
PYTHON = os.environ.get("SUREFOOT_QUIJOUX_PYTHON", sys.executable)
RATE_HZ = 25.0  # what it resamples to
EXACT = 1e-9
PSD = "Power_Spectrum_Density_"
PLANES = {"ML": "_ml", "AP": "_ap", "ML_AND_AP": "", "Radius": ""}

# Its own conditioning, in cm, then its mean taken away once more: it takes it away before it resamples, so that some
# is left. `plain`: its own Welch without the zeros that it pads each window of 10 s with.
PROGRAM = f"""
import json, sys, numpy as np
sys.path.insert(0, {str(FOLDER)!r})
from scipy.signal import welch
from {QUIJOUX}.stabilogram.stato import Stabilogram
from {QUIJOUX}.descriptors import compute_all_features, frequentist
s = Stabilogram(); s.from_array(array=100 * np.load('x.npy'), original_frequency=100)
s.signal = s.signal - s.signal.mean(axis=0)
told = compute_all_features(s)
f, p = welch(s.signal, fs=25, detrend='linear', nperseg=250, noverlap=125, axis=0)
s._power_spectrum = np.column_stack((f, p))
plain = {{}}
for made in frequentist.all_features:
    for axis in ('ML', 'AP'):
        plain.update(made(s, axis='{PSD}' + axis))
out = dict(told=told, plain=plain, signal_cm=s.signal, spread_cm2=s.diffusion_plot[:, 1:])
print('OUT', json.dumps(out, default=lambda v: v.tolist()))
"""

Case = tuple[np.ndarray, dict[str, float], dict[str, float], np.ndarray, Measured]
Ours = Callable[[Mapping[str, float], int], float]


def _as_named(theirs: str, ours: str, unit: float, axes: tuple[str, ...], by: Callable[[int], float] | None = None):
    def value(key: str, m: Mapping[str, float], n: int) -> float:
        return unit * m[key] * (by(n) if by else 1.0)

    return {f"{theirs}_{axis}": partial(value, ours.format(PLANES[axis])) for axis in axes}


def _less_one(n: int) -> float:
    return n / (n - 1)


def _population(n: int) -> float:
    """Its ellipse is made of the mean square about the mean; Schubert & Kirchner's of the sample's covariance."""
    return (n - 1) / n


ALL, EACH, FROM_MIDDLE, PLANE = ("ML", "AP", "ML_AND_AP"), ("ML", "AP"), ("ML", "AP", "Radius"), ("ML_AND_AP",)
# Names that are one of ours, a ratio of ours, or ours by a known factor of the number of samples.
SAME: dict[str, Ours] = (
    _as_named("mean_distance", "cop_mdist{}_mm", 0.1, FROM_MIDDLE)
    | _as_named("rms", "cop_rdist{}_mm", 0.1, FROM_MIDDLE)
    | _as_named("planar_deviation", "cop_rdist{}_mm", 0.1, PLANE)
    | _as_named("range", "cop_range{}_mm", 0.1, ALL)
    | {"range_ratio_ML_AND_AP": lambda m, n: m["cop_range_ml_mm"] / m["cop_range_ap_mm"]}
    | _as_named("mean_velocity", "cop_velocity{}_mmps", 0.1, ALL)
)
BY_FACTOR: dict[str, Ours] = (
    _as_named("confidence_ellipse_area", "cop_area_95{}_mm2", 0.01, PLANE, _population)
    | _as_named("sway_area_per_second", "cop_area_sw{}_mm2ps", 0.01, PLANE, _less_one)
    | _as_named("mean_frequency", "cop_mfreq{}_hz", 1.0, ALL, _less_one)
    | {"LFS_ML_AND_AP": lambda m, n: 10 * m["cop_totex_mm"] / (m["cop_area_95_mm2"] * _population(n))}
    | {
        "fractal_dimension_ML_AND_AP": lambda m, n: (
            np.log(n) / np.log(n * np.sqrt(4 * m["cop_area_95_mm2"] * _population(n) / np.pi) / m["cop_totex_mm"])
        )
    }
)
# The same definition on another grid of frequencies: equal where no zeros are padded. Its power is a sum of densities.
OTHER_GRID: dict[str, Ours] = (
    _as_named(f"total_power_{PSD[:-1]}", "cop_power{}_mm2", 0.01, EACH, lambda n: 10.0)
    | _as_named(f"power_frequency_50_{PSD[:-1]}", "cop_f50{}_hz", 1.0, EACH)
    | _as_named(f"power_frequency_95_{PSD[:-1]}", "cop_f95{}_hz", 1.0, EACH)
    | _as_named(f"centroid_frequency_{PSD[:-1]}", "cop_cfreq{}_hz", 1.0, EACH)
    | _as_named(f"frequency_dispersion_{PSD[:-1]}", "cop_freqd{}", 1.0, EACH)
)
# Another definition under a like name: its regions of diffusion are chosen by the fit, its lines lie in logarithms,
# and its sway density counts the samples before as well as those after, to the trial's very end.
OTHER_DEFINITION = {
    f"{name}_Diffusion_{axis}"
    for axis in EACH
    for name in (
        *("short_time_diffusion", "long_time_diffusion", "critical_time", "critical_displacement"),
        *("short_time_scaling", "long_time_scaling"),
    )
} | {"mean_peak_Sway_Density", "mean_distance_peak_Sway_Density"}
# Not measures of ours: where on the plate somebody stood, the direction, the largest distance, mixtures of units
# (phase plane), counts and peaks of a speed, and shares of the spectrum.
NOT_OURS = (
    {f"{name}_{axis}" for name in ("mean_value", "phase_plane_parameter") for axis in EACH}
    | {f"maximal_distance_{axis}" for axis in FROM_MIDDLE}
    | {"coefficient_sway_direction_ML_AND_AP", "principal_sway_direction_ML_AND_AP"}
    | {
        f"{name}_SPD_{axis}"
        for name in ("zero_crossing", "peak_velocity_pos", "peak_velocity_neg", "peak_velocity_all")
        for axis in EACH
    }
    | {
        f"{name}_{PSD}{axis}"
        for axis in EACH
        for name in (
            *("frequency_mode", "energy_content_below_05", "energy_content_05_2", "energy_content_above_2"),
            "frequency_quotient",
        )
    }
)


def made_up_m() -> np.ndarray:
    noise = np.random.default_rng(7).normal(size=(6000, 2))
    smooth = low_pass(noise, 100.0, Processing(filter_hz=0.5, order=1))
    return smooth / smooth.std() * (0.002, 0.004)


def its_own_m() -> np.ndarray:
    """The 30 s of the plate recording beside the code, as its main.py takes them."""
    file = FOLDER / QUIJOUX / "test.csv"
    if not file.exists():
        pytest.skip(f"{file} is not there: clone the reference code whole")
    head = next(at for at, line in enumerate(file.read_text().splitlines()) if line.startswith("MocapFrame"))
    table = np.genfromtxt(file, delimiter=",", skip_header=head + 1)[4000:7000]
    cop_m = table[:, [7, 6]] / table[:, [5]]
    return cop_m[np.isfinite(cop_m).all(axis=1)]


@pytest.fixture(scope="module", params=(made_up_m, its_own_m), ids=("made up", "test.csv"))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Its conditioned signal [n, 2] in m, its descriptors, those without padding, its mean squares, our measures."""
    if "SUREFOOT_QUIJOUX" not in os.environ or not (FOLDER / QUIJOUX / "descriptors").is_dir():
        pytest.skip(f"SUREFOOT_QUIJOUX names no folder that holds {QUIJOUX}: git clone it from github.com/Jythen")
    folder = tmp_path_factory.mktemp("quijoux")
    np.save(folder / "x.npy", request.param())
    ran = subprocess.run([PYTHON, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    out = json.loads(ran.stdout.split("OUT ")[-1])
    signal_m = np.array(out["signal_cm"]) / 100
    ours = every_cop_measure(signal_m, RATE_HZ, AS_RECORDED)
    return signal_m, out["told"], out["plain"], np.array(out["spread_cm2"]) / 1e4, ours


def test_each_of_the_72_names_has_its_place() -> None:
    places = [*SAME, *BY_FACTOR, *OTHER_GRID, *OTHER_DEFINITION, *NOT_OURS]
    assert len(places) == len(set(places)) == 72
    counts = [len(group) for group in (SAME, BY_FACTOR, OTHER_GRID, OTHER_DEFINITION, NOT_OURS)]
    assert counts == [14, 7, 10, 14, 27]


def test_no_name_is_forgotten(case: Case) -> None:
    assert set(case[1]) == {*SAME, *BY_FACTOR, *OTHER_GRID, *OTHER_DEFINITION, *NOT_OURS}


@pytest.mark.parametrize("name", [*SAME, *BY_FACTOR])
def test_equal_to_1e_9(name: str, case: Case) -> None:
    signal_m, told, _, _, ours = case
    assert (SAME | BY_FACTOR)[name](ours, len(signal_m)) == pytest.approx(told[name], rel=EXACT)


@pytest.mark.parametrize("name", OTHER_GRID)
def test_spectra_are_equal_without_padding_and_near_with_it(name: str, case: Case) -> None:
    signal_m, told, plain, _, ours = case
    mine = OTHER_GRID[name](ours, len(signal_m))
    assert mine == pytest.approx(plain[name], rel=EXACT)
    # Padded, its lines lie rate / n apart instead of 0.1 Hz, and its band begins in the middle of one of ours.
    finer = 10 * RATE_HZ / len(signal_m) if name.startswith("total") else 1.0
    step_hz = 0.1 if "frequency_" in name and name.startswith("power") else 0.0
    assert mine == pytest.approx(told[name] * finer, rel=0.12, abs=1.01 * step_hz)


def test_mean_squares_are_the_same(case: Case) -> None:
    signal_m, _, _, spread_m2, _ = case
    mine = mean_square_displacement(signal_m, len(spread_m2) - 1)
    assert np.abs(mine - spread_m2).max() <= EXACT * spread_m2.max()


@pytest.mark.parametrize("axis", EACH)
def test_exponents_are_the_same_over_the_regions_that_it_chose(axis: str, case: Case) -> None:
    """It seeks, from 0.3 to 2.5 s, the end of the first region and the beginning of the second that fit best."""
    _, told, _, spread_m2, _ = case
    column = spread_m2[:, EACH.index(axis)]
    x, y = np.log(np.arange(1, len(column)) / RATE_HZ), np.log(column[1:])
    rms: dict[str, dict[int, float]] = {"short": {}, "long": {}}
    for i in range(8, 63):
        for which, part in (("short", slice(0, i)), ("long", slice(i - 1, None))):
            off = y[part] - np.polyval(np.polyfit(x[part], y[part], 1), x[part])
            rms[which][i] = float(np.sqrt((off**2).mean()))
    end, begin = (min(which, key=which.__getitem__) for which in (rms["short"], rms["long"]))
    regions = (0.0, end / RATE_HZ, begin / RATE_HZ, (len(column) - 1) / RATE_HZ)
    found = diffusion(column, RATE_HZ, 1, regions)
    assert found["h_short"] == pytest.approx(told[f"short_time_scaling_Diffusion_{axis}"], rel=1e-8)
    assert found["h_long"] == pytest.approx(told[f"long_time_scaling_Diffusion_{axis}"], rel=1e-8, abs=1e-11)
