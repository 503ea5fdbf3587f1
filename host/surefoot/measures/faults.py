# SPDX-License-Identifier: MIT
"""Faults of a file that no single number shows: a gyroscope's unit, mirrored or swapped axes, rows that are missing."""

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.processing import AS_RECORDED, MIN_RATE_HZ, prepare
from surefoot.physics import GRAVITY_MS2

LEAN_BAND_HZ = (0.1, 0.5)  # where a standing trunk leans and hardly pushes: both sensors see the same turn
AGREEING = 0.5  # correlation from which both are taken to speak of the same motion
WRONG_UNIT = 10.0  # radians are 57 times smaller than degrees
STILL_DPS = 3e-4  # below a standing trunk, also where its radians are taken for degrees
UNTOLD = "The trunk hardly leans in this recording, so the gyroscope can't be checked against the accelerometer."


def require_imu(acc_ms2: np.ndarray, gyr_dps: np.ndarray, rate_hz: float) -> float | str:
    """How far a waist's gyroscope agrees with its accelerometer (correlation of leaning), or why that can't be told.

    Both [n, 3] (right, forward, up), of a person standing. Leaning turns gravity in the sensor's axes by d f = f x w,
    so between 0.1 and 0.5 Hz the change of one is the other. MeasureError that names the fault: turning in rad/s, a
    mirrored axis or two swapped ones, the gyroscope's axes swapped against the accelerometer's.
    """
    from scipy.signal import butter, sosfiltfilt

    signal = prepare(np.column_stack((acc_ms2, gyr_dps)), rate_hz, AS_RECORDED, 6, "waist sensor's signal")
    longest = signal.longest
    if longest is None:
        return UNTOLD
    sections = np.array(butter(2, LEAN_BAND_HZ, "band", fs=rate_hz, output="sos"))
    slow = sosfiltfilt(sections, longest, axis=0)
    turned_ms3 = np.gradient(slow[:, :2], axis=0) * rate_hz
    right, forward = np.radians(slow[:, 3:5]).T
    if float(np.hypot(slow[:, 3], slow[:, 4]).mean()) < STILL_DPS:
        return UNTOLD
    straight = GRAVITY_MS2 * np.column_stack((-forward, right))
    swapped = GRAVITY_MS2 * np.column_stack((-right, forward))
    agreement, across = _correlation(turned_ms3, straight), _correlation(turned_ms3, swapped)
    if max(abs(agreement), abs(across)) < AGREEING:
        return UNTOLD
    if abs(across) > abs(agreement):
        raise MeasureError(
            "The gyroscope's axes are swapped against the accelerometer's: it turns about the axis along which the"
            " trunk leans. Give both as right, forward, up."
        )
    if agreement < 0:
        raise MeasureError(
            "The gyroscope turns the other way than the accelerometer leans: an axis is mirrored, or two are swapped."
            " Give both as right, forward, up, right-handed."
        )
    gain = float((turned_ms3 * straight).sum() / (straight**2).sum())
    if gain > WRONG_UNIT:
        raise MeasureError(
            f"The gyroscope turns {gain:.0f} times less than the accelerometer leans: this looks like rad/s given as"
            " degrees per second."
        )
    if gain < 1 / WRONG_UNIT:
        raise MeasureError(
            f"The gyroscope turns {1 / gain:.0f} times more than the accelerometer leans: check the unit of both."
        )
    return agreement


def rows_on_grid(t_s: np.ndarray, values: np.ndarray, rate_hz: float) -> np.ndarray:
    """values [n, k] taken at t_s [n], on a grid at rate_hz from the first: rows that are missing become rows of NaN.

    MeasureError where the times don't rise, or where they don't keep rate_hz to half a sample between two losses.
    """
    times = np.asarray(t_s, dtype=float)
    rows = np.asarray(values, dtype=float)
    if times.ndim != 1 or len(times) != len(rows) or len(times) < 2 or not np.isfinite(times).all():
        raise MeasureError(f"{len(rows)} rows need as many times, two or more, none missing: look at the time column.")
    if not MIN_RATE_HZ <= rate_hz < np.inf:
        raise MeasureError(f"A rate of {rate_hz:g} Hz can't be used: record at {MIN_RATE_HZ:g} Hz or more.")
    taken = np.diff(times) * rate_hz
    if (taken <= 0).any():
        at = float(times[int(np.argmax(taken <= 0))])
        raise MeasureError(f"The times don't rise after {at:.3f} s: rows are repeated or out of order.")
    usual = float(np.median(taken))
    if abs(usual - 1) > 0.02:
        raise MeasureError(
            f"The times say {rate_hz / usual:.4g} Hz and not {rate_hz:g} Hz: check the rate and the unit of the times."
        )
    steps = np.maximum(np.round(taken), 1).astype(int)
    index = np.concatenate(([0], np.cumsum(steps)))
    out = np.full((index[-1] + 1, *rows.shape[1:]), np.nan)
    out[index] = rows
    return out


def require_unbroken(t_s: np.ndarray, rate_hz: float) -> None:
    """Raise MeasureError that says where rows are missing, of times [n] that should come at rate_hz."""
    grid = rows_on_grid(t_s, np.zeros((len(t_s), 1)), rate_hz)
    lost = np.flatnonzero(np.isnan(grid[:, 0]))
    if len(lost):
        raise MeasureError(
            f"{len(lost) / rate_hz:.2f} s are missing, the first after {(lost[0] - 1) / rate_hz:.2f} s, and the rest"
            " was joined: put rows of NaN there (rows_on_grid does)."
        )


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0
