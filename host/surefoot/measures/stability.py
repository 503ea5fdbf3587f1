# SPDX-License-Identifier: MIT
"""Stability of the trunk as -ln of its mean acceleration (Rashid 2022, 10.3390/s22010124)."""

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.processing import AS_RECORDED, Measured, Processing, prepare
from surefoot.measures.spectra import NO_MOTION, NO_STRETCH
from surefoot.measures.table import to_table

BAND_HZ = (0.3, 45.0)
MIRROR_S = 10.0
GRAVITY_MS2 = (8.0, 11.5)
NO_TURNING = "The gyroscope gives nothing, so the axes can't be kept level: wear the waist sensor and record again."


def stability_measures(world_acc_ms2: np.ndarray, rate_hz: float, processing: Processing = AS_RECORDED) -> Measured:
    """-ln(mean |a|), a in m/s2, of the trunk's specific force [n, 3] (ML, AP, V) in axes that stay level.

    The axes must have been turned level sample by sample (by a sensor's orientation); in those of a sensor that leans
    with the trunk, gravity is added and AP reads some 0.3 less. Of the longest unbroken stretch, mirrored by 10 s at
    both ends, between 0.3 and 45 Hz by two second-order Butterworth filters, each run both ways. MeasureError as for
    `prepare`, and where what is given doesn't hold gravity.
    """
    signal = prepare(world_acc_ms2, rate_hz, processing, 3, "waist acceleration")
    up = float(signal.real[:, 2].mean())
    if not GRAVITY_MS2[0] <= abs(up) <= GRAVITY_MS2[1]:
        raise MeasureError(
            f"The upward acceleration is {up:.3g} m/s2 and not about 9.8: give specific force in m/s2, in level axes."
        )
    keys = ("stability", "stability_ml", "stability_ap")
    if 2.1 * BAND_HZ[1] > rate_hz:
        reason = f"The band reaches to {BAND_HZ[1]:g} Hz, which needs a rate above {2.1 * BAND_HZ[1]:.0f} Hz."
        return to_table(dict.fromkeys(keys, reason), signal)
    longest = signal.longest
    if longest is None:
        return to_table(dict.fromkeys(keys, NO_STRETCH), signal)
    moved = np.abs(_band(longest, rate_hz))
    means = (np.sqrt((moved**2).sum(axis=1)).mean(), moved[:, 0].mean(), moved[:, 1].mean())
    # What is left of a resting sensor's gravity by rounding is no motion.
    si: dict[str, float | str] = {
        key: float(-np.log(mean)) if mean > 1e-9 else NO_MOTION for key, mean in zip(keys, means, strict=True)
    }
    return to_table(si, signal, own=dict.fromkeys(keys, f"band{BAND_HZ[0]:g}-{BAND_HZ[1]:g}"))


def level_axes(acc_ms2: np.ndarray, gyr_dps: np.ndarray, rate_hz: float) -> np.ndarray:
    """A waist sensor's specific force [n, 3] in axes (ML, AP, V) that stay level, by its acceleration [m/s2] and rate
    [deg/s], both [n, 3] (right, forward, up); NaN where either is.

    Forward is as good as the sensor was put on. On a phone's recording the numbers differ from those by the phone's own
    orientation by 0.02 to 0.05; the least published change that is none is 0.28. MeasureError where the sensor never
    turned at all, for then nothing says how it leaned, and as for `events.trunk`.
    """
    from surefoot.measures.events import trunk

    gyr = np.asarray(gyr_dps, dtype=float)
    if not np.isfinite(gyr).any() or not np.ptp(gyr[np.isfinite(gyr).all(axis=1)], axis=0).any():
        raise MeasureError(NO_TURNING)
    found = trunk(acc_ms2, gyr, rate_hz)
    forward = np.array((0.0, 1.0, 0.0)) - found.level[1] * found.level
    forward /= max(float(np.linalg.norm(forward)), 1e-9)
    upward = (np.asarray(acc_ms2, dtype=float) * found.up).sum(axis=1)
    level = np.column_stack((found.plane_ms2 @ np.cross(forward, found.level), found.plane_ms2 @ forward, upward))
    level[~np.isfinite(gyr).all(axis=1)] = np.nan
    return level


def _band(values: np.ndarray, rate_hz: float) -> np.ndarray:
    from scipy.signal import butter, sosfiltfilt

    mirror = min(round(MIRROR_S * rate_hz), len(values))
    padded = np.pad(values, ((mirror, mirror), (0, 0)), mode="symmetric")
    kinds = zip(BAND_HZ, ("high", "low"), strict=True)
    sections = np.vstack([np.array(butter(2, hz, kind, fs=rate_hz, output="sos")) for hz, kind in kinds])
    return sosfiltfilt(sections, padded, axis=0, padlen=6)[mirror:-mirror]
