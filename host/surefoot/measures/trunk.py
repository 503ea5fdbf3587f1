# SPDX-License-Identifier: MIT
"""Sway of the trunk by an accelerometer at the waist: the ISway measures and the range of forward-and-back inclination.

Specific force in m/s2 with columns (ML right, AP forward, V up), so that standing still reads about (0, 0, +9.8).
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.processing import (
    STILL,
    TRUNK,
    Analysed,
    Measured,
    Processing,
    moves,
    prepare,
    require_motion,
    steps,
)
from surefoot.measures.spectra import LOWEST_HZ, NO_MOTION, NO_STRETCH, moments_of, spectrum
from surefoot.measures.table import KEYS, to_table

HIGHEST_HZ = 3.5
REFERENCE_S = 30.0  # jerk and path grow with time: they are given for ISway's trial of 30 s, whatever was recorded
TILT_HZ = 0.85  # above it the waist's own acceleration, not its inclination, is what the accelerometer reads
MAX_LEAN_DEG = 45.0
AXES = ("ml", "ap")


def trunk_measures(acc_ms2: np.ndarray, rate_hz: float, processing: Processing = TRUNK) -> Measured:
    """ISway's measures (Mancini 2012, 10.1186/1743-0003-9-59) of specific force [n, 3] (ML, AP, V) in m/s2.

    Filtered, trimmed, corrected for the sensor's mean tilt. Rows with NaN are lost samples, treated as in sway.py.
    MeasureError as for `prepare`, and for what looks like g, or a sensor that isn't upright.
    """
    signal = prepare(acc_ms2, rate_hz, processing, 3, "waist acceleration")
    require_motion(signal, "waist acceleration")
    _check(signal)
    level = replace(signal, values=tilt_correct(signal.values)[:, :2])
    si = _time_domain(level)
    si |= _frequencies(level)
    si["trunk_sway_range_deg"] = _sway_range_deg(acc_ms2, rate_hz, processing)
    return to_table(si, signal)


def tilt_correct(acc_ms2: np.ndarray) -> np.ndarray:
    """Specific force [n, 3] turned so that the trial's mean is vertical, with the mean removed (Moe-Nilssen 1998,
    10.1016/S0268-0033(98)00089-8).

    g is the size of the trial's mean, so that an error of the accelerometer's scale doesn't become a tilt.
    """
    mean_ml, mean_ap, mean_v = np.nanmean(acc_ms2, axis=0)
    g = np.sqrt(mean_ml**2 + mean_ap**2 + mean_v**2)
    sin_ap, sin_ml = mean_ap / g, mean_ml / g
    cos_ap, cos_ml = np.sqrt(1 - sin_ap**2), np.sqrt(1 - sin_ml**2)
    ml, ap, v = acc_ms2.T
    forward = ap * cos_ap - v * sin_ap
    up = ap * sin_ap + v * cos_ap
    level = np.stack((ml * cos_ml - up * sin_ml, forward, ml * sin_ml + up * cos_ml))
    return (level - np.nanmean(level, axis=1, keepdims=True)).T


def _check(signal: Analysed) -> None:
    mean = signal.real.mean(axis=0)
    size = float(np.linalg.norm(mean))
    if not 8.0 <= size <= 11.5:
        guess = "check the sensor's range and calibration"
        if 0.8 <= size <= 1.2:
            guess = "this looks like g given as m/s2"
        elif 80 <= size <= 110:
            guess = "this looks like m/s2 taken for g"
        raise MeasureError(f"The waist acceleration at rest is {size:.3g} m/s2 and not about 9.8: {guess}.")
    lean_deg = float(np.degrees(np.arccos(np.clip(mean[2] / size, -1, 1))))
    if lean_deg > MAX_LEAN_DEG:
        named = "it is upside down" if lean_deg > 135 else "its axes are swapped, or it lies"
        raise MeasureError(
            f"The waist sensor's upward axis leans {lean_deg:.0f} degrees ({named}): wear it upright, or calibrate its"
            " axes."
        )


def _time_domain(signal: Analysed) -> dict[str, float | str]:
    stepped = steps(signal.values)
    counted_s = (len(stepped) + 1) / signal.rate_hz
    si: dict[str, float | str] = {}
    for axis, columns in (("", slice(0, 2)), ("ml", slice(0, 1)), ("ap", slice(1, 2))):
        size = np.sqrt((signal.real[:, columns] ** 2).sum(axis=1))
        step = np.sqrt((stepped[:, columns] ** 2).sum(axis=1))
        # 1/2 integral of |dA/dt|^2 dt, as the mean over the steps that are known
        si[KEYS["trunk", "jerk", axis]] = REFERENCE_S * float((step**2).mean()) * signal.rate_hz**2 / 2
        si[KEYS["trunk", "rms", axis]] = float(np.sqrt((size**2).mean()))
        si[KEYS["trunk", "dist", axis]] = float(size.mean())
        si[KEYS["trunk", "path", axis]] = REFERENCE_S * float(step.sum()) / counted_s
        if axis:
            si[KEYS["trunk", "range", axis]] = float(np.ptp(signal.real[:, columns]))
        else:
            turns = step.sum() / (2 * np.pi * size.mean() * counted_s) if size.mean() > STILL else NO_MOTION
            si["trunk_frequency_hz"] = turns
    ml, ap = signal.values.T
    swept = np.abs(ap[1:] * ml[:-1] - ap[:-1] * ml[1:])
    si["trunk_area_m2ps5"] = float(np.nansum(swept)) / (2 * counted_s)
    return si


def _frequencies(signal: Analysed) -> dict[str, float | str]:
    stems = ("power", "f50", "f95", "cfreq", "freqd")
    longest = signal.longest
    if longest is None:
        missing: dict[str, float | str] = {
            KEYS["trunk", stem, axis]: NO_STRETCH for stem in stems for axis in ("", *AXES)
        }
        return missing | {"trunk_velocity_mps": NO_STRETCH}
    si: dict[str, float | str] = {"trunk_velocity_mps": _mean_speed_mps(longest, signal.rate_hz)}
    f, lines = spectrum(longest, signal.rate_hz, HIGHEST_HZ)
    for axis, columns in (("", slice(0, 2)), ("ml", slice(0, 1)), ("ap", slice(1, 2))):
        moving = bool(moves(longest[:, columns]).any())
        found = moments_of(f, lines[:, columns].sum(axis=1), moving)
        si |= {KEYS["trunk", stem, axis]: found[stem] for stem in stems}
    return si


def _mean_speed_mps(level: np.ndarray, rate_hz: float) -> float:
    """Mean size of the integrated horizontal acceleration [n, 2] of an unbroken stretch.

    A zero-lag high-pass at 0.15 Hz before and the removal of the mean after keep the integral from drifting.
    """
    if not moves(level).any():
        return 0.0
    from scipy.signal import sosfiltfilt

    padding = min(len(level) - 1, int(rate_hz / LOWEST_HZ))
    # Mirrored evenly, the edges carry no step into the integral; scipy's own odd extension would add some 20 %.
    slow_free = sosfiltfilt(_high_pass(rate_hz), level.T, padtype="even", padlen=padding)
    velocity = np.cumsum((slow_free[:, 1:] + slow_free[:, :-1]) / (2 * rate_hz), axis=1)
    velocity -= velocity.mean(axis=1, keepdims=True)
    return float(np.hypot(*velocity).mean())


@lru_cache(maxsize=32)
def _high_pass(rate_hz: float) -> np.ndarray:
    from scipy.signal import butter

    return np.array(butter(2, LOWEST_HZ * (np.sqrt(2) - 1) ** 0.25, "highpass", fs=rate_hz, output="sos"))


def _sway_range_deg(acc_ms2: np.ndarray, rate_hz: float, processing: Processing) -> float | str:
    """Largest minus smallest forward-and-back inclination of the specific force below 0.85 Hz."""
    try:
        signal = prepare(acc_ms2, rate_hz, replace(processing, filter_hz=TILT_HZ), 3, "waist acceleration")
    except MeasureError as reason:
        return str(reason)
    _, ap, v = tilt_correct(signal.values).T
    g = float(np.linalg.norm(signal.real.mean(axis=0)))
    lean_deg = np.degrees(np.arctan2(ap, v + g))
    return float(np.nanmax(lean_deg) - np.nanmin(lean_deg))
