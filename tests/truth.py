# SPDX-License-Identifier: MIT
"""How well known sway comes back: trials on the virtual board, each against its truth. `make truth` prints it.

Nothing is read off the model except the truth to compare with: the calibration record comes from simulated leans, the
stance from the foot mat, the numbers from the product's own functions.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

import jerk_noise
from chain import (
    RATE_HZ,
    Held,
    Trial,
    calibrated,
    held,
    lags_ms,
    record,
    reported,
    sway,
    true_measures,
    true_net_m,
)
from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual import person as people
from surefoot.device.virtual.person import Person
from surefoot.device.virtual.stand import Stand, stand_for
from surefoot.device.virtual.world import World, dead_weight
from surefoot.fit.leans import dead_weight_noise
from surefoot.placement import place_feet

WORKERS = 2
SWAY_KEYS = ("cop_velocity_mmps", "cop_area_95_mm2", "cop_rdist_ml_mm", "cop_rdist_ap_mm")
POINTS = ("load_left_share",)  # compared in percentage points, all others in per cent of the truth


class Case(NamedTuple):
    """One simulated person in one condition."""

    seed: int
    kind: str
    condition: str


CASES = tuple(Case(k, ("steady", "unsteady")[k // 2 % 2], ("eyes-open", "eyes-closed")[k % 2]) for k in range(1, 21))


class Limit(NamedTuple):
    """Expected SD of a measure's error over people, in per cent (or points): cells' gains known, and unknown."""

    known: float
    unknown: float
    why: str


# The SDs follow from what is drawn and can't be known to the host. ML of the net CoP is load share times the width
# between the feet's CoPs, some 200 mm: a heel distance 5 mm (SD) and two foot angles 2 degrees (SD) off the mat's lines
# are 3.8 % of it; cells that lose more load the further a foot's CoP lies from them make another 2.5 %, with gains
# unknown 4 %. AP is bent by the sole between the marks of the calibration: 2.2 %, with gains unknown 3 %.
ML, AP = "stance off the mat's lines, load lost between cells", "the sole's curve between marks"
BOTH = "side to side and forward together"
LIMITS = {
    "cop_velocity_mmps": Limit(2.3, 3.0, BOTH),
    "cop_velocity_ml_mmps": Limit(4.6, 5.5, ML),
    "cop_velocity_ap_mmps": Limit(2.2, 3.0, AP),
    "cop_area_95_mm2": Limit(5.0, 6.3, BOTH),
    "cop_rdist_mm": Limit(2.2, 3.0, BOTH),
    "cop_rdist_ml_mm": Limit(4.6, 5.5, ML),
    "cop_rdist_ap_mm": Limit(2.2, 3.0, AP),
    "cop_mdist_mm": Limit(2.2, 3.0, BOTH),
    "cop_range_mm": Limit(2.5, 3.3, BOTH),
    "cop_mean_frequency_hz": Limit(1.5, 2.0, "weighs side to side against forward"),
    "load_left_share": Limit(0.1, 0.2, "load lost between cells, in points"),
    "load_shift_share": Limit(3.0, 4.5, "load lost between cells"),
    "trunk_rms_ms2": Limit(0.7, 0.7, "sensor's scale (0.4 %) and mounting"),
    "trunk_dist_ms2": Limit(0.7, 0.7, "sensor's scale and mounting"),
    "trunk_velocity_mps": Limit(0.8, 0.8, "sensor's scale and noise"),
    "trunk_path_ms2": Limit(3.2, 3.2, "sensor's noise, which only adds: half of what it adds to jerk"),
    "trunk_frequency_hz": Limit(3.2, 3.2, "sensor's noise, which only adds: half of what it adds to jerk"),
    "trunk_jerk_m2ps5": Limit(6.0, 6.0, "sensor's noise, which only adds: 0.009 m2/s5 to 0.1 ... 1"),
    "trunk_sway_range_deg": Limit(2.0, 2.0, "sensor's noise and mounting, at two moments"),
}
# In SDs: of the median over people, of the median without sign, of the worst. Twenty draws from a normal distribution
# pass each of them in 99 of 100 tables: the standard error of their median is 0.28 SD.
BIAS, TYPICAL, WORST = 0.7, 1.0, 3.3  # SDs: of the median, of the median without sign, of the worst


def error(key: str, seen: dict[str, float], truth: dict[str, float]) -> float:
    """Error of a measure in per cent of the truth, or in points."""
    return seen[key] - truth[key] if key in POINTS else 100 * (seen[key] / truth[key] - 1)


def errors(seen: dict[str, float], truth: dict[str, float], keys: Iterable[str] = LIMITS) -> dict[str, float]:
    return {key: error(key, seen, truth) for key in keys}


def side_by_side(function: Callable[[Any], Any], jobs: Iterable[Any]) -> list[Any]:
    """The function of each job, in a few processes; a fork of a threaded test worker could hang, so none is made."""
    one_thread = patch.dict(os.environ, {"OPENBLAS_NUM_THREADS": "1"})
    with one_thread, ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        return list(pool.map(function, jobs))


def _trial(stand: Stand, seed: int, condition: str = "eyes-open") -> Trial:
    with tempfile.TemporaryDirectory(prefix="surefoot-truth-") as folder:
        return record(stand, Path(folder), condition=condition, seed=seed)


def _placed(person: Person, cop_m: np.ndarray, force_n: np.ndarray, on_mat: bool) -> np.ndarray:
    """Net CoP [n,2] of both feet's, placed as the mat says or as the insoles truly lie."""
    mat = (people.MAT_HEEL_DISTANCE_M, people.MAT_FOOT_ANGLE_DEG, people.MAT_FOOT_ANGLE_DEG, person.insole_length_m)
    rotation, translation = place_feet(*mat) if on_mat else person.feet_placed
    body = np.einsum("fij,nfj->nfi", rotation, cop_m) + translation
    return np.einsum("nf,nfi->ni", force_n, body) / force_n.sum(axis=1)[:, None]


def causes(stand: Stand, seen: Held, truth: dict[str, float]) -> dict[str, dict[str, float]]:
    """Errors that remain with one cause alone: true feet on the mat's lines, and the insoles' feet truly placed."""
    true = stand.world.truth(seen.at_s)
    rows, signals, person = seen.rows, seen.signals, stand.world.person
    stance = _placed(person, true["foot_cop_m"], true["foot_force_n"], on_mat=True)
    soles = _placed(person, signals.foot_cop_m[rows], signals.foot_force_n[rows], on_mat=False)
    return {name: errors(sway(net), truth, SWAY_KEYS) for name, net in (("stance", stance), ("insoles", soles))}


def person_errors(case: Case, whole_foot: bool = False) -> dict[str, dict[Any, Any]]:
    """Errors of one person's trial by kind of calibration record, by cause alone, and the truth itself; "jerk" of
    `jerk_noise`, by how many times noisier than its data sheet the sensor is taken for."""
    stand = stand_for(case.kind, case.seed)
    trial = _trial(stand, case.seed, case.condition)
    records = {"known": calibrated(stand.world), "unknown": calibrated(stand.world, gains=False)}
    if whole_foot:
        records["whole foot"] = calibrated(stand.world, gains=False, stance=False)
    seen = held(trial, records["known"])
    truth = true_measures(stand, seen.at_s)
    found = {name: errors(reported(trial, made), truth) for name, made in records.items()}
    jerk = {times: jerk_noise.expected(trial, seen, times) for times in (0.5, 1.0, 2.0)}
    return found | causes(stand, seen, truth) | {"truth": truth, "jerk": jerk}


REPLAY_RECORDS: dict[str, dict[str, Any]] = {"known": {}, "unknown": {"gains": False}, "2 mm": {"place_error_m": 0.002}}
REPLAY_KEYS = ("cop_velocity_mmps", "cop_area_95_mm2", "cop_mean_frequency_hz")


class Replay(NamedTuple):
    """A file of a force plate to be replayed under the body, the stance, the soles and the parts of a seed."""

    path: Path
    seed: int


def plate_cop_m(path: Path) -> np.ndarray:
    """Net CoP [n,2] (ml, ap) in m of a file of Santos and Duarte, by its own columns."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    names = head.split("\t")
    table = np.array([[float(cell) for cell in line.split("\t")] for line in lines])
    return table[:, [names.index("COPy[cm]"), names.index("COPx[cm]")]] * 1e-2


def replay_errors(job: Replay) -> dict[Any, Any]:
    """Errors of a replayed trial against the plate's own columns, by record and by filter ("10 Hz" or "none")."""
    stand = stand_for("steady", job.seed, [job.path])
    trial = _trial(stand, job.seed)
    plate_m = plate_cop_m(job.path)
    found: dict[Any, Any] = {}
    for name, options in REPLAY_RECORDS.items():
        seen = held(trial, calibrated(stand.world, seed=job.seed, **options))
        first = round((seen.at_s[0] - trial.began_s) * RATE_HZ)
        part_m = plate_m[first : first + len(seen.at_s)]
        assert len(part_m) == len(seen.at_s), "the trial outlasts the file"
        for label, filter_hz in (("10 Hz", 10.0), ("none", None)):
            truth = sway(part_m, filter_hz)
            found[name, label] = errors(sway(seen.net_m, filter_hz), truth, REPLAY_KEYS)
            found["plate", label] = {key: truth[key] for key in REPLAY_KEYS}
        moved = (true_net_m(stand, seen.at_s) - part_m) * 1e3
        found["apart_mm"] = float(np.abs(moved - moved.mean(axis=0)).max())
    return found


def floor(seed: int) -> dict[str, float]:
    """What the chain reports of 700 N that don't move: mm/s, mm2, and the CoP's noise in mm, unfiltered."""
    stand = Stand(dead_weight(seed))
    trial = _trial(stand, seed)
    made = calibrated(stand.world)
    seen = held(trial, made)
    smooth, raw = sway(seen.net_m), sway(seen.net_m, None)
    ml_mm, ap_mm = 1e3 * (np.diff(seen.net_m, axis=0) / np.sqrt(2)).std(axis=0)
    return {
        "velocity 10 Hz": smooth["cop_velocity_mmps"],
        "velocity": raw["cop_velocity_mmps"],
        "area 10 Hz": smooth["cop_area_95_mm2"],
        "area": raw["cop_area_95_mm2"],
        "noise ML": float(ml_mm),
        "noise AP": float(ap_mm),
        "noise of the record": dead_weight_noise(trial.decoded.samples["cells"].counts, made, stand.placement),
    }


class IdealFeet(World):
    """Soles whose eight cells carry all of the load and whose centroid is the CoP: what remains is the chain itself."""

    def cell_force_n(self, foot_cop_m: np.ndarray, foot_force_n: np.ndarray) -> np.ndarray:
        out = []
        for side in (0, 1):
            design = np.column_stack((np.ones(8), self.cells.xy_m[8 * side : 8 * side + 8])).T
            # Weights of the foot at rest, bent as little as the asked CoP needs: all stay positive while standing.
            rest = np.linalg.pinv(design) @ (1, *self.person.rest_cop_m[side])
            bend = rest[:, None] * design.T @ np.linalg.inv(design * rest @ design.T)
            shares = np.column_stack((np.ones(len(foot_cop_m)), foot_cop_m[:, side])) @ bend.T
            assert (shares > 0).all()
            out.append(shares * foot_force_n[:, side, None])
        return np.concatenate(out, 1)


def ideal_errors(seed: int, kind: str = "unsteady") -> tuple[dict[str, float], list[float]]:
    """Errors where nothing but the chain can err, and the lag [ms] of CoP ml, ap and trunk ml, ap.

    The person stands on the mat's lines, on ideal feet and on parts without spread, leak, noise or tilt.
    """
    person = people.draw(seed, kind)
    mat = (people.MAT_FOOT_ANGLE_DEG, people.MAT_FOOT_ANGLE_DEG)
    person = replace(person, heel_distance_m=people.MAT_HEEL_DISTANCE_M, foot_angle_deg=mat)
    law = World(person).cells.law
    parts = instruments.draw(seed, law, gain_spread=0, noise=0, misalignment_deg=0)
    zero, one = np.zeros(3), np.ones(3)
    parts = replace(parts, leak_s=np.zeros(16), acc_bias_ms2=zero, acc_scale=one, gyr_bias_dps=zero, gyr_scale=one)
    stand = Stand(IdealFeet(person, parts, seed))
    trial = _trial(stand, seed)
    made = calibrated(stand.world)
    seen = held(trial, made)
    truth = stand.world.truth(seen.at_s)
    lags = lags_ms(seen.net_m, true_net_m(stand, seen.at_s))
    lags += lags_ms(seen.signals.acc_ms2[seen.rows], truth["acc_ms2"])
    return errors(reported(trial, made), true_measures(stand, seen.at_s)), lags


if __name__ == "__main__":
    from truth_page import page

    text = page()
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
