# SPDX-License-Identifier: MIT
"""Synthetic recordings of other instruments, written as their programs write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surefoot.clinic.import_file import read_file

G = 9.80665
RATE_HZ = 100.0
BIOWARE = (
    "BioWare\t5.4.8.0", "Data filename:\ttrial.dat", "Test type:\tquiet stance", "Sampling rate (Hz):\t100", "",
    "Normalized force (N):\t700.000", "Plates:\t1",
)  # fmt: skip


def sway_m(seconds: float = 30.0, rate_hz: float = RATE_HZ, seed: int = 3) -> np.ndarray:
    """A centre of pressure [n, 2] (ML, AP) in m: slow sines with some tremor, AP the larger."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    out = np.zeros((len(t_s), 2))
    for hz in (0.11, 0.23, 0.37, 0.71, 1.3):
        out += np.sin(2 * np.pi * hz * t_s[:, None] + rng.uniform(0, 6, 2)) * (1.1e-3, 2.3e-3) / (1 + hz)
    return out + rng.normal(0, 2e-5, out.shape) + (0.012, -0.031)


def plate(cop_m: np.ndarray, weight_n: float = 700.0, az0_m: float = -0.041) -> tuple[np.ndarray, np.ndarray]:
    """Force and moment [n, 3] that a plate whose z points down reads of a force on its surface at x = AP, y = ML."""
    rng = np.random.default_rng(8)
    force = np.column_stack((rng.normal(0, 3, (len(cop_m), 2)), weight_n + rng.normal(0, 2, len(cop_m))))
    arm = np.column_stack((cop_m[:, 1], cop_m[:, 0], np.full(len(cop_m), az0_m)))
    return force, np.cross(arm, force) + np.column_stack((*np.zeros((2, len(cop_m))), rng.normal(0, 0.3, len(cop_m))))


def waist(seconds: float = 30.0, rate_hz: float = RATE_HZ, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Specific force in m/s2 and rate of turn in deg/s, both [n, 3] (right, forward, up), of a leaning trunk."""
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(seed)
    forward, right = 0.012 * np.sin(2 * np.pi * 0.31 * t_s), 0.006 * np.sin(2 * np.pi * 0.43 * t_s + 1)
    acc = G * np.column_stack((-np.sin(right), -np.sin(forward), np.cos(right) * np.cos(forward)))
    gyr = np.degrees(np.column_stack((-np.gradient(forward, t_s), np.gradient(right, t_s), np.zeros(len(t_s)))))
    return acc + rng.normal(0, 0.003, acc.shape), gyr + rng.normal(0, 0.02, gyr.shape)


def cop_of(path: Path, columns: str | None = None, **told: Any) -> np.ndarray:
    """The centre of pressure [n, 2] in m that is read from a file."""
    cop_m = read_file(path, columns, **told).cop_m
    assert cop_m is not None
    return cop_m


def number(value: float, decimal: str = ".") -> str:
    return "" if np.isnan(value) else f"{value:.9g}".replace(".", decimal)


def write(
    path: Path,
    names: Sequence[str],
    columns: Sequence[np.ndarray] | np.ndarray,
    *,
    delimiter: str = ",",
    decimal: str = ".",
    above: Sequence[str] = (),
    units: Sequence[str] = (),
    encoding: str = "utf-8",
    quoted: bool = False,
    end: str = "\n",
) -> Path:
    """A table of columns [n] below its names (none: no line of names), a row of units, and lines above."""
    mark = '"' if quoted else ""
    rows = [delimiter.join(f"{mark}{number(v, decimal)}{mark}" for v in row) for row in np.column_stack(tuple(columns))]
    head = [*above, *([delimiter.join(names)] if names else []), *([delimiter.join(units)] if units else [])]
    path.write_bytes((end.join([*head, *rows]) + end).encode(encoding))
    return path


def cop_csv(path: Path, cop_m: np.ndarray | None = None, unit: str = "mm", factor: float = 1e3, **how) -> Path:
    """Times and both columns of a centre of pressure under headings that leave no doubt."""
    values = sway_m() if cop_m is None else cop_m
    t_s = np.arange(len(values)) / RATE_HZ
    return write(path, (f"t_s,cop_ml_{unit},cop_ap_{unit}").split(","), (t_s, *(values * factor).T), **how)


def imu_csv(
    path: Path, acc: np.ndarray, gyr: np.ndarray | None = None, acc_unit: str = "ms2", gyr_unit: str = "dps"
) -> Path:
    """Times, acceleration and turning under plain axis names, x right, y forward, z up."""
    columns = [np.arange(len(acc)) / RATE_HZ, *acc.T, *(gyr.T if gyr is not None else ())]
    names = ["time_s", *(f"acc_{axis}_{acc_unit}" for axis in "xyz")]
    names += [f"gyr_{axis}_{gyr_unit}" for axis in "xyz"] if gyr is not None else []
    return write(path, names, columns)


IMU = "ml=acc_x,ap=acc_y,v=acc_z"
TURNED = f"{IMU},gyr_ml=gyr_x,gyr_ap=gyr_y,gyr_v=gyr_z"
