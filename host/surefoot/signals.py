# SPDX-License-Identifier: MIT
"""A decoded recording and a calibration record in; SI columns on one clock out, with what is missing marked.

The grid is that of the cells: one row per sample that should exist. The IMU, which runs on its own clock, is put on
it by linear interpolation between neighbouring real samples only: a lost sample leaves NaN, never a bridge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import signals_check, signals_time
from .calibration import Calibration
from .calibration_law import Loads, loads, saturated_counts
from .decode import Decoded, Samples
from .device import clock
from .errors import SurefootError
from .physics import GRAVITY_MS2
from .placement import Placement, PlacementError, place_feet
from .rezero import rezeroed

COP_SHARE = 0.005  # of the usual load: below this on one foot its CoP is electrical noise, and left out
_BLOCK = 8192

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class SignalError(SurefootError):
    """A recording that no signals can be made of."""


@dataclass(frozen=True)
class Signals:
    """Columns of n rows on one uniform clock; device microseconds = t0_us + 1e6 t_s. NaN wherever nothing was
    measured, also on a foot whose insole is unplugged.

    cell_force_n [n,16]; foot_force_n [n,2] (left, right); foot_cop_m [n,2,2] (foot, (ml, ap)) in each foot's frame;
    acc_ms2 and gyr_dps [n,3] (right, forward, up), +1 g up at rest. `off_insoles`: less than a fifth of this
    recording's own usual load. `saturated`: a cell at the end of its range, its force a lower bound. `load_n`: the
    usual load, median of the loaded rows. `clock` maps device microseconds to host seconds, None where none can.
    `rezeroed` [n,2]: rows of swings in which a foot's zero was taken anew, None where that was not asked for.
    """

    rate_hz: float
    t_s: Floats
    t0_us: float
    cell_force_n: npt.NDArray[np.float32]
    foot_force_n: Floats
    foot_cop_m: Floats
    acc_ms2: Floats
    gyr_dps: Floats
    lost_cells: Flags
    lost_imu: Flags
    saturated: Flags
    off_insoles: Flags
    load_n: float
    dead_cells: tuple[str, ...]
    calibration_id: str
    nominal: bool
    clock: clock.ClockMap | None
    loss: Mapping[str, float]
    warnings: tuple[str, ...]
    rezeroed: Flags | None = None


def _on_grid(samples: Samples, n: int, made: Loads) -> tuple[Loads, Flags]:
    """Rows of `made` at their sample index among n, NaN elsewhere, and a mask of the rows that are missing."""
    if len(samples.index) == n:
        return made, np.zeros(n, bool)
    lost = np.ones(n, bool)
    lost[samples.index] = False
    spread = []
    for values in (made.cell_force_n, made.foot_force_n, made.foot_cop_m):
        out = np.full((n, *values.shape[1:]), np.nan, values.dtype)
        out[samples.index] = values
        spread.append(out)
    return Loads(*spread), lost


def imu_lsb(config: Mapping[str, object]) -> tuple[float, float]:
    """Acceleration [m/s2] and rate [deg/s] of one count, by the ranges in force. Raises SignalError."""
    try:
        return float(config["acc_lsb_ug"]) * 1e-6 * GRAVITY_MS2, float(config["gyro_lsb_udps"]) * 1e-6  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        raise SignalError(
            "The recording holds IMU samples but no CONFIG with acc_lsb_ug and gyro_lsb_udps, so their units are"
            " unknown: record the trial again, and if that doesn't help update the board's firmware."
        ) from None


def imu_map(config: Mapping[str, object], record: Calibration) -> tuple[Floats, Floats]:
    """[6,6] and [6]: body acceleration [m/s2] and rate [deg/s] = counts @ matrix + offset."""
    acc_lsb, gyr_lsb = imu_lsb(config)
    imu = record.imu
    axes = np.array(imu.axes)
    acc, gyr = axes @ np.array(imu.acc_matrix), axes * np.array(imu.gyr_scale)
    matrix = np.zeros((6, 6))
    matrix[:3, :3] = (acc * acc_lsb).T
    matrix[3:, 3:] = (gyr * gyr_lsb).T
    offset = -np.concatenate((acc @ imu.acc_bias_ms2, gyr @ imu.gyr_bias_dps))
    return matrix, offset


def interpolated(
    t_s: Floats, at_s: Floats, index: npt.NDArray[np.int64], counts: np.ndarray, matrix: Floats, offset: Floats
) -> tuple[Floats, Flags]:
    """counts [k,c], taken at rising times at_s [k], read at t_s [n] and then times `matrix` plus `offset`.

    Only between samples of successive `index`: elsewhere NaN, and True in the mask.
    """
    n, last = len(t_s), len(at_s) - 1
    out = np.empty((n, matrix.shape[1]))
    lost = np.ones(n, bool)
    if last < 0:
        out[:] = np.nan
        return out, lost
    for start in range(0, n, _BLOCK):
        rows = slice(start, start + _BLOCK)
        t = t_s[rows]
        left = np.searchsorted(at_s, t, side="right") - 1
        right = np.minimum(left + 1, last)
        before = left < 0
        left = np.maximum(left, 0)
        exact = at_s[left] == t
        joined = index[right] - index[left] == 1
        step = np.where(joined & ~exact, at_s[right] - at_s[left], 1.0)
        weight = np.where(joined & ~exact, (t - at_s[left]) / step, 0.0)[:, None]
        mixed = counts[left] * (1 - weight)
        mixed += counts[right] * weight
        out[rows] = mixed @ matrix + offset
        lost[rows] = before | ~(joined | exact)
    out[lost] = np.nan
    return out, lost


def to_signals(decoded: Decoded, record: Calibration, *, rezero: bool = False) -> Signals:
    """SI columns of one trial. Raises SignalError where there is no force sample; doubts are in `.warnings`.

    With `rezero` the zero of the cells is taken anew in every swing: for walking, since standing has none.
    """
    cells = decoded.samples.get("cells")
    if cells is None or not len(cells.index):
        raise SignalError(
            "The recording holds no sample of the insoles: check that the board was started and its cable, and repeat."
        )
    n = max(cells.expected, int(cells.index[-1]) + 1)
    period_us, t0_us, warnings = signals_time.cells_clock(cells)
    t_s: Floats = np.arange(n, dtype=np.float64) * (period_us * 1e-6)
    counts = cells.counts
    state = signals_check.state(counts, saturated_counts(record), decoded.config)
    read, swung = counts, None
    if rezero:
        anew = rezeroed(counts, record, 1e6 / period_us, index=cells.index, ignore=state.stuck, gone=state.gone)
        read, swung = anew.counts, np.zeros((n, 2), bool)
        swung[cells.index] = anew.unloaded
    made = loads(read, record, ignore=state.stuck)
    for foot, rows in enumerate(state.gone):
        made.foot_force_n[rows, foot] = np.nan
        made.cell_force_n[rows, 8 * foot : 8 * foot + 8] = np.nan
    made, lost_cells = _on_grid(cells, n, made)
    saturated = np.zeros(n, bool)
    for rows in state.at_end.values():
        saturated[cells.index[rows]] = True
    total = signals_check.total_n(made.foot_force_n)
    load = signals_check.usual_load(total)
    dead, doubts = signals_check.insoles(state, made.foot_force_n, total, load)
    warnings += doubts
    unloaded = ~(made.foot_force_n > (COP_SHARE * load or np.inf))
    made.foot_cop_m[unloaded] = np.nan
    imu = decoded.samples.get("imu")
    loss = {"cells": cells.lost_share}
    if imu is None or not len(imu.index):
        imu_out, lost_imu = np.full((n, 6), np.nan), np.ones(n, bool)
        if decoded.config.get("imu") is None:
            warnings += ("The board has no IMU, so nothing is known of the trunk.",)
        else:
            loss["imu"] = 1.0
            warnings += ("Not one IMU sample arrived, so nothing is known of the trunk: run the board's self-test.",)
    else:
        at_s, doubts = signals_time.imu_times_s(imu, decoded.status, decoded.schema, t0_us)
        imu_out, lost_imu = interpolated(t_s, at_s, imu.index, imu.counts, *imu_map(decoded.config, record))
        warnings += doubts + signals_check.imu(imu.counts)
        loss["imu"] = imu.lost_share
    clock_map, doubts = clock.usable(decoded.pings)
    warnings += doubts
    return Signals(
        rate_hz=1e6 / period_us,
        t_s=t_s,
        t0_us=t0_us,
        cell_force_n=made.cell_force_n,
        foot_force_n=made.foot_force_n,
        foot_cop_m=made.foot_cop_m,
        acc_ms2=imu_out[:, :3],
        gyr_dps=imu_out[:, 3:],
        lost_cells=lost_cells,
        lost_imu=lost_imu,
        saturated=saturated,
        off_insoles=signals_check.off(total, load),
        load_n=load,
        dead_cells=dead,
        calibration_id=record.id,
        nominal=record.nominal,
        clock=clock_map,
        loss=loss,
        warnings=warnings,
        rezeroed=swung,
    )


def placement_of(decoded: Decoded, record: Calibration) -> Placement | None:
    """The foot placement stored with the trial, None where nobody measured it."""
    stored = decoded.head.get("placement")
    if not stored:
        return None
    return Placement(stored["heel_distance_mm"] * 1e-3, stored["foot_angle_deg"], record.foot_length_mm * 1e-3)


def net_cop_m(signals: Signals, placement: Placement | None) -> Floats:
    """Net CoP [n,2] (ml, ap) in m in the body frame: the force-weighted mean of both feet; NaN off the insoles.

    A foot whose load is too small for a CoP of its own still weighs in, at the middle of its long axis.
    """
    if placement is None:
        raise PlacementError(
            "Without the foot placement there is no net sideways CoP and no area: read heel distance and angle off the"
            " foot mat and give both with the trial; forward sway, load share and each foot's CoP need neither."
        )
    rotation, translation = place_feet(
        placement.heel_distance_m, placement.foot_angle_deg, placement.foot_angle_deg, placement.foot_length_m
    )
    body = np.einsum("fij,nfj->nfi", rotation, np.nan_to_num(signals.foot_cop_m)) + translation
    return _weighted(signals, body)


def ap_only_m(signals: Signals) -> Floats:
    """Net AP CoP [n] in m about the middle of the foot's length, for feet side by side and pointing straight ahead.

    Feet turned out by an angle make it too large by 1 / cos of it: 1.5 % at 10 degrees.
    """
    return _weighted(signals, np.nan_to_num(signals.foot_cop_m[:, :, 1:]))[:, 0]


def _weighted(signals: Signals, points: Floats) -> Floats:
    force = signals.foot_force_n
    with np.errstate(invalid="ignore", divide="ignore"):
        net = np.einsum("nf,nfi->ni", force, points) / force.sum(axis=1)[:, None]
    net[signals.off_insoles | signals.lost_cells] = np.nan
    return net
