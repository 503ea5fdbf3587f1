# SPDX-License-Identifier: MIT
"""`make bench`: every measure of a minute of sway beside the peers that can be installed, in one run on one signal.

Times are this machine's; the ratios are the point. Peers live in build/peers and run in processes of their own: none
is imported by the product. What can't be fetched is said. The reference code of Quijoux 2021 is in no registry:
SUREFOOT_QUIJOUX names the folder that its own folder lies in, SUREFOOT_QUIJOUX_PYTHON the interpreter that has numpy,
scipy, statsmodels and scikit-learn (that of build/peers unless it is given).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PEERS = Path(os.environ.get("SUREFOOT_PEERS") or Path(__file__).resolve().parents[1] / "build" / "peers")
PACKAGES = ("micromotion", "antropy", "neurokit2", "openbalance")
QUIJOUX = "code_descriptors_postural_control"
QUIJOUX_IN = Path(os.environ.get("SUREFOOT_QUIJOUX") or PEERS)
QUIJOUX_PYTHON = os.environ.get("SUREFOOT_QUIJOUX_PYTHON") or str(PEERS / "bin" / "python")
QUIJOUX_MISSING = (
    f"it is not in {QUIJOUX_IN}: git clone https://github.com/Jythen/{QUIJOUX}.git there and set SUREFOOT_QUIJOUX to it"
)
RATE_HZ, SECONDS = 100.0, 60.0

# What each makes of x, a centre of pressure [6000, 2] in m, once it has been imported.
OURS = (
    "from surefoot.measures import every_cop_measure",
    "every_cop_measure(x, 100.0)",
)
WHOLE = (
    "from surefoot.measures import *; acc = np.column_stack((x * 20, 9.8 + 0 * x[:, 0])); f = 350 + x * 1e4",
    "every_cop_measure(x, 100.0); cop_measures(x, 100.0, prefix='left_');"
    " cop_measures(x, 100.0, prefix='right_'); load_measures(f, 100.0); trunk_measures(acc, 100.0)",
)
_READY = (
    "from surefoot.measures import *; from surefoot.measures import density, diffusion, entropy, fluctuation, research,"
    " sway; s = sway.prepare_cop(x, 100.0, COP, 2); slow = np.ascontiguousarray(research.resampled(s.longest, 100.0,"
    " 20.0).T); calm = research.resampled(s.longest, 100.0, 25.0)"
)
PARTS = {
    "checked, filtered, prepared": "sway.prepare_cop(x, 100.0, COP, 2)",
    "Prieto's measures, ellipses, spectra": "sway.cop_of(s)",
    "sample entropy of both axes": "[entropy.sample_entropy(c) for c in slow]",
    "scaling exponents of both axes": "[fluctuation.scaling_exponent(c) for c in slow]",
    "mean squares of the diffusion, 1000 lags": "diffusion.mean_square_displacement(s.longest, 1000)",
    "sway density": "density.density(calm, 25.0)",
    "both resamplings": "research.resampled(s.longest, 100.0, 20.0); research.resampled(s.longest, 100.0, 25.0)",
}
_MICRO = (
    "m.cop_sway_metrics(mm, fs=100.0); m.convex_hull_area(mm); m.stabilogram_diffusion(mm, 100.0);"
    " [(m.dfa(c), m.sample_entropy(c{every}), m.spectral_edges(c, 100.0)) for c in cols]"
)
_MICRO_IMPORT = "import micromotion as m; mm = x * 1e3; cols = [np.ascontiguousarray(c) for c in mm.T]"
PEER_CALLS = {
    "micromotion, entropy at 100 Hz": (_MICRO_IMPORT, _MICRO.format(every="")),
    "micromotion, entropy at 20 Hz": (_MICRO_IMPORT, _MICRO.format(every="[::5]")),
    "openbalance, 4 numbers": (
        "import openbalance.processing.kinematics as k; from types import SimpleNamespace as N",
        "t = N(parameters={'COP_x': x[:, 0], 'COP_y': x[:, 1]}); k.calculate_path_length(t); k.calculate_sway_areas(t)",
    ),
    "antropy, entropy and DFA at 20 Hz": (
        "import antropy; cols = [np.ascontiguousarray(c[::5]) for c in x.T]",
        "[(antropy.sample_entropy(c), antropy.detrended_fluctuation(c)) for c in cols]",
    ),
    "neurokit2, entropy and DFA at 20 Hz": (
        "import neurokit2 as nk; cols = [np.ascontiguousarray(c[::5]) for c in x.T]",
        "[(nk.entropy_sample(c, dimension=2), nk.fractal_dfa(c)) for c in cols]",
    ),
}
QUIJOUX_CALL = (
    f"import sys; sys.path.insert(0, {str(QUIJOUX_IN)!r}); import {QUIJOUX}.stabilogram.stato as stato;"
    f" from {QUIJOUX}.descriptors import compute_all_features",
    "s = stato.Stabilogram(); s.from_array(array=x * 100, original_frequency=100); f = compute_all_features(s)",
)


def sway() -> np.ndarray:
    """A minute of sway [6000, 2] in m: a random walk held back, of a few mm."""
    rng = np.random.default_rng(0)
    out, pull = np.zeros((round(SECONDS * RATE_HZ), 2)), np.exp(-1 / (1.5 * RATE_HZ))
    for row, step in enumerate(rng.normal(0, 1, out.shape)):
        out[row] = pull * out[row - 1] + step if row else step
    smooth = np.stack([np.convolve(column, np.hanning(31) / np.hanning(31).sum(), "same") for column in out.T], axis=1)
    return smooth / smooth.std(axis=0) * (0.0025, 0.0045)


def timed(python: str, call: tuple[str, str], signal: Path) -> tuple[float | None, str]:
    """Median of the milliseconds of processor that a call takes after warming up, in a process of its own on one core,
    where other programs' turns don't count; or why there are none."""
    program = (
        "import json, sys, time, warnings, numpy as np\nwarnings.simplefilter('ignore')\n"
        f"x = np.load({str(signal)!r})\n{call[0]}\ndef call():\n    {call[1]}\n"
        "call(); call(); taken = []\nbegin = time.perf_counter()\n"
        "while len(taken) < 5 or (len(taken) < 60 and time.perf_counter() - begin < 3):\n"
        "    at = time.process_time(); call(); taken.append(time.process_time() - at)\n"
        "print('MS', json.dumps(1e3 * sorted(taken)[len(taken) // 2]))"
    )
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    told = subprocess.run([python, "-c", program], capture_output=True, text=True, env=os.environ | one)
    if told.returncode:
        return None, (told.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return json.loads(told.stdout.split("MS ")[-1]), ""


def fetch() -> None:
    """Put the peers into build/peers once; what can't be had shows as missing in the table."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        for package in (*PACKAGES, "statsmodels", "scikit-learn"):  # the last two are for the reference code
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
            subprocess.run(pip, check=False, capture_output=True, timeout=600)


def import_s(module: str, python: str = sys.executable) -> float:
    """The best of five cold starts' seconds to import a module."""
    code = f"import time; at = time.perf_counter(); import {module}; print(time.perf_counter() - at)"
    run = [subprocess.run([python, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    return min(float(told.stdout) for told in run)


def print_peer(name: str, timed_ms: tuple[float | None, str], ours_ms: float) -> None:
    theirs, why = timed_ms
    told = f"{theirs:10.1f} ms {theirs / ours_ms:8.1f} x" if theirs is not None else f"  not run: {why}"
    print(f"  {name:52}{told}")


def main() -> None:
    fetch()
    with tempfile.TemporaryDirectory() as folder:
        signal = Path(folder) / "sway.npy"
        np.save(signal, sway())
        ours, why = timed(sys.executable, OURS, signal)
        if ours is None:
            raise SystemExit(why)
        whole, _ = timed(sys.executable, WHOLE, signal)
        print(f"\n{SECONDS:g} s of sway at {RATE_HZ:g} Hz, one core, median of processor time")
        print(f"  {'Surefoot, every measure of one centre of pressure':52}{ours:10.1f} ms")
        print(f"  {'Surefoot, a whole trial: net, both feet, load, trunk':52}{whole:10.1f} ms")
        for name, part in PARTS.items():
            taken, why = timed(sys.executable, (_READY, part), signal)
            print(f"    {name:50}{1e3 * taken:10.0f} us" if taken else f"    {name:50}  not run: {why}")
        for name, call in PEER_CALLS.items():
            print_peer(name, timed(str(PEERS / "bin" / "python"), call, signal), ours)
        there = (QUIJOUX_IN / QUIJOUX / "descriptors").is_dir()
        quijoux = timed(QUIJOUX_PYTHON, QUIJOUX_CALL, signal) if there else (None, QUIJOUX_MISSING)
        print_peer("reference code of Quijoux 2021, 72 descriptors", quijoux, ours)
    print(f"import surefoot.measures {import_s('surefoot.measures'):.3f} s, of which numpy {import_s('numpy'):.3f} s")


if __name__ == "__main__":
    main()
