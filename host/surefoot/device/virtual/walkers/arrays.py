# SPDX-License-Identifier: MIT
"""A walk as arrays: at once, or in blocks of constant size for as long as it may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from surefoot.device.virtual import cell_memory
from surefoot.device.virtual.electronics import CELLS
from surefoot.device.virtual.person import PersonError
from surefoot.device.virtual.walkers import faults as wrongs
from surefoot.device.virtual.walkers.faults import Drawn, Faults
from surefoot.device.virtual.walkers.truth import WalkTruth
from surefoot.device.virtual.walkers.walker import Walker, walker

BLOCK_ROWS = 8192
RATES_HZ = (20.0, 2000.0)


@dataclass(frozen=True, eq=False)
class Imu:
    """Specific force and rate [n,3] about (right, forward, up), NaN where lost."""

    acc_ms2: np.ndarray
    gyr_dps: np.ndarray


@dataclass(frozen=True, eq=False)
class WalkArrays:
    """Rows of one clock at `rate_hz`; lost rows are NaN. Feet are (left, right), as the plugs say.

    `t_s` [n]: the recorder's clock, `row / rate_hz` where it never jumped, on which all times of the truth lie.
    `foot_force_n` [n,2], `foot_cop_m` [n,2,2]: of the whole sole (CoP NaN off the ground); `cell_force_n` [n,16]: of
    what eight cells see. `acc_ms2`, `gyr_dps` [n,3]: waist; `left`, `right`: IMU on each foot.
    """

    rate_hz: float
    t_s: np.ndarray
    cell_force_n: np.ndarray
    foot_force_n: np.ndarray
    foot_cop_m: np.ndarray
    acc_ms2: np.ndarray
    gyr_dps: np.ndarray
    left: Imu
    right: Imu
    truth: WalkTruth


def walk_arrays(
    kind: str,
    seed: int,
    rate_hz: float = 100.0,
    seconds: float = 60.0,
    held_out: bool = False,
    fixed: Mapping[str, float] | None = None,
    **faults: Any,
) -> WalkArrays:
    """All of a walk, 41 doubles a row; `fixed` as in `walker`, `faults` as in `Faults`; repeatable to the byte."""
    return _joined(list(walk_chunks(kind, seed, rate_hz, seconds, held_out, fixed, **faults)))


def walk_chunks(
    kind: str,
    seed: int,
    rate_hz: float = 100.0,
    seconds: float = 60.0,
    held_out: bool = False,
    fixed: Mapping[str, float] | None = None,
    **faults: Any,
) -> Iterator[WalkArrays]:
    """The same rows in blocks of BLOCK_ROWS, made one after the other; each has the truth of all the walk."""
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise PersonError(f"{rate_hz:g} Hz is not a rate of a walk: give {RATES_HZ[0]:g} to {RATES_HZ[1]:g}.")
    known = {field.name for field in fields(Faults)}
    for name in faults:
        if name not in known:
            raise PersonError(f"There is no fault '{name}': choose {', '.join(sorted(known))}.")
    return _chunks(walker(kind, seed, seconds, held_out, fixed=fixed), seed, rate_hz, held_out, Faults(**faults))


def _chunks(who: Walker, seed: int, rate_hz: float, held_out: bool, faults: Faults) -> Iterator[WalkArrays]:
    drawn = wrongs.draw_faults(faults, seed, who.seconds, held_out)
    memory = cell_memory.draw(seed, CELLS, faults.hysteresis_share, faults.creep_share_per_decade)
    before = None
    count = int(who.seconds * rate_hz)
    for number, first in enumerate(range(0, count, BLOCK_ROWS)):
        t_s = np.arange(first, min(first + BLOCK_ROWS, count)) / rate_hz
        rows = who.rows(t_s, 1 / rate_hz)
        cells, before = cell_memory.felt_n(memory, who.cell_force_n(rows), 1 / rate_hz, before)
        rng = np.random.Generator(np.random.Philox(key=[seed, number]))
        of_cells, of_feet = wrongs.insole_noise(drawn, rng, len(t_s))
        cells = np.maximum(wrongs.cells_felt(drawn, t_s, cells) + of_cells, 0)
        force = np.maximum(rows.foot_force_n + faults.preload_n + of_feet, 0)
        cop = np.where(rows.foot_force_n[..., None] > 0, rows.foot_cop_m, np.nan)
        imus = [wrongs.imu_felt(drawn, 0, rows.acc_ms2, rows.gyr_dps, rng)]
        for foot in (0, 1):
            imus.append(wrongs.imu_felt(drawn, 1 + foot, rows.foot_acc_ms2[:, foot], rows.foot_gyr_dps[:, foot], rng))
        yield _recorded(drawn, rate_hz, t_s, (cells, force, cop), imus, who.truth)


def _recorded(
    drawn: Drawn,
    rate_hz: float,
    t_s: np.ndarray,
    insoles: tuple[np.ndarray, np.ndarray, np.ndarray],
    imus: list[tuple[np.ndarray, np.ndarray]],
    truth: WalkTruth,
) -> WalkArrays:
    """What arrives of it."""
    faults, (cells, force, cop) = drawn.faults, insoles
    for name in faults.dead:
        cells[:, wrongs.NAMES.index(name)] = 0
    if faults.swapped:
        cells, force, cop = np.roll(cells, CELLS // 2, 1), force[:, ::-1].copy(), cop[:, ::-1].copy()
    if faults.missing:
        foot = wrongs.FEET.index(faults.missing)
        cells[:, 8 * foot : 8 * foot + 8], force[:, foot], cop[:, foot] = np.nan, np.nan, np.nan
    gone = wrongs.lost(drawn, "insoles", t_s)
    cells[gone], force[gone], cop[gone] = np.nan, np.nan, np.nan
    for stream, (acc, gyr) in zip(wrongs.STREAMS[1:], imus, strict=True):
        rows = wrongs.lost(drawn, stream, t_s)
        acc[rows], gyr[rows] = np.nan, np.nan
    clock = t_s
    if faults.clock_jump:
        at_s, by_s = faults.clock_jump
        clock = t_s + by_s * (t_s >= at_s)
    (acc, gyr), left, right = imus
    return WalkArrays(rate_hz, clock, cells, force, cop, acc, gyr, Imu(*left), Imu(*right), truth)


def _joined(blocks: list[WalkArrays]) -> WalkArrays:
    def all_of(name: str) -> np.ndarray:
        return np.concatenate([getattr(block, name) for block in blocks])

    def imu_of(side: str) -> Imu:
        imus = [getattr(block, side) for block in blocks]
        return Imu(np.concatenate([imu.acc_ms2 for imu in imus]), np.concatenate([imu.gyr_dps for imu in imus]))

    return WalkArrays(
        rate_hz=blocks[0].rate_hz,
        t_s=all_of("t_s"),
        cell_force_n=all_of("cell_force_n"),
        foot_force_n=all_of("foot_force_n"),
        foot_cop_m=all_of("foot_cop_m"),
        acc_ms2=all_of("acc_ms2"),
        gyr_dps=all_of("gyr_dps"),
        left=imu_of("left"),
        right=imu_of("right"),
        truth=blocks[0].truth,
    )
