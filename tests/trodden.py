# SPDX-License-Identifier: MIT
"""Walks of known contacts, written as other makers' programs and our own board write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

import streams
import treading
from surefoot import calibration, recording
from surefoot.calibration_law import counts_of
from treading import RATE_HZ, Tread

G_MS2 = 9.80665
FEET = ("left", "right")
# Shares of the load that eight cells see early and late in a stance, heel to toes.
HEEL, TOES = np.array((0.5, 0.2, 0.2, 0.05, 0.05, 0, 0, 0)), np.array((0, 0, 0, 0.05, 0.05, 0.3, 0.3, 0.3))


def walk(seconds: float = 20.0, **options) -> Tread:
    return treading.tread(seconds, **options)


def tread(seconds: float = 20.0) -> np.ndarray:
    """Forces [n,2] N as insoles read them."""
    return walk(seconds).felt()


def times(force: np.ndarray) -> np.ndarray:
    return np.arange(len(force)) / RATE_HZ


def cells_of(made: Tread) -> np.ndarray:
    """Loads of eight cells of each foot [n,16], rolling from heel to toes over each stance."""
    out = np.zeros((len(made.t), 16))
    for foot, pairs in enumerate(made.truth):
        late = np.zeros(len(made.t))
        for on_s, off_s in pairs:
            inside = (made.t >= on_s) & (made.t <= off_s)
            late[inside] = (made.t[inside] - on_s) / (off_s - on_s)
        share = np.outer(1 - late, HEEL) + np.outer(late, TOES / TOES.sum())
        out[:, 8 * foot : 8 * foot + 8] = made.load_n[:, foot, None] * share
    return out


def table(path: Path, columns: Mapping[str, np.ndarray]) -> Path:
    lines = [",".join(columns)]
    lines += [",".join(_cell(value) for value in row) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.7g}"


def gaitpdb(path: Path, totals: Callable[[np.ndarray], np.ndarray] = lambda sums: sums) -> tuple[Path, np.ndarray]:
    """Nineteen columns without a name at 100 Hz; the load [n,2] beside it."""
    made = walk()
    cell_n = np.maximum(np.round(cells_of(made) + np.random.default_rng(2).normal(0, 0.3, (len(made.t), 16)), 2), 0)
    sums = np.column_stack((cell_n[:, :8].sum(axis=1), cell_n[:, 8:].sum(axis=1)))
    rows = np.column_stack((made.t, cell_n, totals(sums)))
    path.write_text("\n".join("\t".join(f"{value:.2f}" for value in row) for row in rows) + "\n")
    return path, sums


def opengo(path: Path, sides: Sequence[str] = FEET, sensors: bool = True) -> tuple[Path, np.ndarray]:
    """OpenGo's text export with still sensors, the left side's rows beginning later; the forces [n,2] beside it."""
    made = walk()
    force = np.where(made.t[:, None] < (0.3, 0.0), np.nan, made.felt())
    head = [
        "# Start time: 01.02.2024 10:00:00.000",
        "# Sensor insoles: Left SN1, Right SN2",
        "# Recording type: normal",
    ]
    names, columns = ["time"], [made.t]
    for foot, side in enumerate(FEET):
        if side not in sides:
            continue
        known = np.isfinite(force[:, foot])
        names += [f"{side} pressure {k}[N/cm²]" for k in range(1, 17)]
        columns += [np.where(known, 1.0, np.nan)] * 16
        if sensors:
            names += [f"{side} acceleration {axis}[g]" for axis in "XYZ"]
            names += [f"{side} angular {axis}[dps]" for axis in "XYZ"]
            columns += [np.where(known, value, np.nan) for value in (0, 0, 1.0, 0, 0, 0)]
        names.append(f"{side} total force[N]")
        columns.append(force[:, foot])
        if sensors:
            names += [f"{side} center of pressure {axis}[-0.5...+0.5]" for axis in "XY"]
            columns += [np.where(known, 0.1, np.nan)] * 2
    lines = [*head, "# " + "\t".join(names)]
    lines += ["\t".join(_cell(value) for value in row) for row in np.column_stack(columns)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, force


def sfr(path: Path, cell_n: np.ndarray, acc_ms2: np.ndarray, gyr_dps: np.ndarray) -> Path:
    """Our own log: cells [n,16] at 100 Hz through the nominal law, the waist's IMU [m,3] at 104 Hz."""
    counts = np.rint(np.clip(counts_of(cell_n, calibration.nominal()), 0, 4095)).astype(np.uint16)
    lsb = (streams.CONFIG["acc_lsb_ug"] * 1e-6 * G_MS2, streams.CONFIG["gyro_lsb_udps"] * 1e-6)
    imu = np.rint(np.clip(np.column_stack((acc_ms2 / lsb[0], gyr_dps / lsb[1])), -32768, 32767))
    sent = streams.session(seconds=len(counts) / RATE_HZ, counts=counts, imu=imu.astype(np.int16))
    raw = path.with_suffix(".raw")
    raw.write_bytes(sent.data)
    recording.from_log(raw, path, {"device": "f00d", "log": 7})
    return path
