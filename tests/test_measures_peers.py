# SPDX-License-Identifier: MIT
"""Agreement with second implementations that can be installed; skipped, saying so, where one is absent.

None is a dependency of Surefoot: `make bench` installs them into a folder of their own, and SUREFOOT_PEERS may name
the site-packages of another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surefoot.measures import AS_RECORDED, COP, cop_measures, weight_distribution_index
from surefoot.measures.diffusion import diffusion, mean_square_displacement
from surefoot.measures.entropy import sample_entropy
from surefoot.measures.fluctuation import fluctuation, scaling_exponent
from surefoot.measures.processing import Processing, low_pass
from surefoot.measures.research import resampled

PEERS = Path(os.environ.get("SUREFOOT_PEERS") or Path(__file__).resolve().parents[1] / "build" / "peers")
RATE_HZ = 100.0


def asked(module: str, code: str, values: np.ndarray, tmp_path: Path) -> Any:
    """What `code`, which sets `out`, makes of `x` in a process of the peers' own."""
    python = PEERS / "bin" / "python"
    known = subprocess.run([str(python), "-c", f"import {module}"], capture_output=True) if python.exists() else None
    if known is None or known.returncode:
        pytest.skip(f"{module} is not installed in {PEERS}: `make bench` puts it there")
    np.save(tmp_path / "x.npy", values)
    program = f"import json, warnings, numpy as np; warnings.simplefilter('ignore'); x = np.load('x.npy'); {code}"
    told = subprocess.run(
        [str(python), "-c", f"{program}; print(json.dumps(out))"], capture_output=True, text=True, cwd=tmp_path
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def cop_m() -> np.ndarray:
    noise = np.random.default_rng(7).normal(size=(6000, 2))
    smooth = low_pass(noise, RATE_HZ, Processing(filter_hz=0.5, order=1))
    return smooth / smooth.std() * (0.002, 0.004)


def test_the_process_of_the_peers_is_another() -> None:
    assert Path(sys.executable).resolve() != PEERS / "bin" / "python"
    assert "micromotion" not in sys.modules


ENTROPIES = {
    "micromotion": "import micromotion as mm; out = float(mm.sample_entropy(x, m=%d, r=%g))",
    "antropy": "import antropy; out = float(antropy.sample_entropy(x, order=%d, tolerance=%g * x.std()))",
    "neurokit2": "import neurokit2 as nk; out = float(nk.entropy_sample(x, dimension=%d, tolerance=%g * x.std())[0])",
}


@pytest.mark.parametrize("peer", ENTROPIES)
@pytest.mark.parametrize(("m", "r"), [(2, 0.2), (4, 0.25)])
def test_sample_entropy_is_the_same(peer: str, m: int, r: float, cop_m: np.ndarray, tmp_path: Path) -> None:
    slow = np.ascontiguousarray(resampled(cop_m, RATE_HZ, 20.0)[:, 1])
    theirs = asked(peer, ENTROPIES[peer] % (m, r), slow, tmp_path)
    assert sample_entropy(slow, m, r) == pytest.approx(theirs, rel=1e-12)


def test_fluctuations_are_those_of_micromotion(cop_m: np.ndarray, tmp_path: Path) -> None:
    """The same F(n); the slope over other windows differs, since sway has no single exponent."""
    slow = resampled(cop_m, RATE_HZ, 20.0)[:, 1]
    code = "import micromotion.dynamics as d; f = d.dfa(x, smin=8, smax=300, nsc=20); "
    theirs = asked("micromotion", code + "out = [f['scales'].tolist(), f['F'].tolist(), f['alpha']]", slow, tmp_path)
    assert fluctuation(slow, np.array(theirs[0])) == pytest.approx(theirs[1], rel=1e-9)
    assert scaling_exponent(slow, 8) == pytest.approx(theirs[2], rel=0.01)


def test_exponent_of_antropy_differs_by_its_windows(cop_m: np.ndarray, tmp_path: Path) -> None:
    """antropy's windows grow by a fifth up to a tenth of the series, so on white noise alone both must agree."""
    white = np.random.default_rng(3).normal(size=6000)
    theirs = asked("antropy", "import antropy; out = float(antropy.detrended_fluctuation(x))", white, tmp_path)
    assert scaling_exponent(white) == pytest.approx(theirs, abs=0.06)


def test_path_ellipse_and_range_are_those_of_micromotion(cop_m: np.ndarray, tmp_path: Path) -> None:
    """Velocity is over (N - 1) / rate there, N / rate here; its ellipse has the chi-squared quantile, ours F's."""
    code = "import micromotion as mm; out = {k: float(v) for k, v in mm.cop_sway_metrics(x * 1e3, fs=100.0).items()}"
    theirs = asked("micromotion", code, cop_m, tmp_path)
    ours = cop_measures(cop_m, RATE_HZ, AS_RECORDED)
    assert ours["cop_totex_mm"] == pytest.approx(theirs["path_len"], rel=1e-12)
    assert ours["cop_velocity_mmps"] == pytest.approx(theirs["path_rate"] * 5999 / 6000, rel=1e-12)
    for axis in ("ml", "ap"):
        assert ours[f"cop_range_{axis}_mm"] == pytest.approx(theirs[f"{axis}_range"], rel=1e-12)
        assert ours[f"cop_rdist_{axis}_mm"] == pytest.approx(theirs[f"{axis}_sd"] * np.sqrt(5999 / 6000), rel=1e-12)
    assert ours["cop_area_95_mm2"] == pytest.approx(theirs["area95"], rel=2e-3)


def test_diffusion_exponents_are_those_of_micromotion_over_its_regions(cop_m: np.ndarray, tmp_path: Path) -> None:
    """Lags evenly spaced in time here, in logarithms there: the short one weighs the first lags less."""
    smooth = low_pass(cop_m, RATE_HZ, COP)
    code = "import micromotion as mm; out = mm.stabilogram_diffusion(x * 1e3, 100.0)"
    theirs = asked("micromotion", code, smooth, tmp_path)
    spread = mean_square_displacement(smooth, 1500).sum(axis=1)
    ours = diffusion(spread, RATE_HZ, 2, (0.0, 0.6, 1.5, 15.0))
    assert ours["h_short"] == pytest.approx(theirs["H_short"], abs=0.15)
    assert ours["h_long"] == pytest.approx(theirs["H_long"], abs=0.05)


def test_areas_and_load_are_those_of_openbalance(cop_m: np.ndarray, tmp_path: Path) -> None:
    """Its ellipse has the chi-squared quantile; its weight distribution is the mean of an index of every sample, so it
    can't be below the index of the mean load that ours is, and is the same for a load that stands still."""
    code = (
        "import openbalance.processing.kinematics as k; from types import SimpleNamespace as N;"
        "t = N(parameters={'COP_x': x[:, 0] * 1e3, 'COP_y': x[:, 1] * 1e3});"
        "k.calculate_path_length(t); k.calculate_sway_areas(t); o = np.ones(50);"
        "k.calculate_wdi(t, 40 * o, 10 * o, 30 * o, 20 * o);"
        "out = [float(t.parameters[n]) for n in ('Path_Length', 'Area_Ellipse', 'Area_Circle', 'WDI')]"
    )
    path, ellipse, circle, index = asked("openbalance", code, cop_m, tmp_path)
    ours = cop_measures(cop_m, RATE_HZ, AS_RECORDED)
    assert ours["cop_totex_mm"] == pytest.approx(path, rel=1e-12)
    assert ours["cop_area_95_mm2"] == pytest.approx(ellipse, rel=2e-3)
    assert ours["cop_area_cc_mm2"] == pytest.approx(circle, rel=2e-3)
    assert weight_distribution_index(np.array((40, 10, 30, 20))) == pytest.approx(index, rel=1e-12)
