# SPDX-License-Identifier: MIT
"""Spectra of an unbroken stretch: the published mean power frequency, and moments of a Welch spectrum."""

import numpy as np

from surefoot.measures.processing import moves

LOWEST_HZ = 0.15
WINDOW_S = 10.0

NO_STRETCH = (
    "No unbroken stretch is long enough for a spectrum (10 s): look at what was lost and record the trial again."
)
NO_MOTION = "Nothing moves in this signal, so it has no frequency: check that a person stood there."


def mean_frequency_hz(values: np.ndarray, rate_hz: float) -> tuple[float | str, list[float | str]]:
    """Mean power frequency of the columns of an unbroken stretch [n, k] together, and of each.

    As Santos & Duarte 2016 published it (10.7717/peerj.2648): Welch, Hann, n/2 long with n/4 overlap, mean removed;
    trapezoid mean frequency of each column; together: weighted by each column's summed power. A reason where nothing
    moves.
    """
    from scipy.signal import welch

    n = len(values)
    frequency_hz, power = welch(
        values, rate_hz, "hann", nperseg=n // 2, noverlap=n // 4, detrend="constant", axis=0
    )  # [f], [f, k]
    trapezoid = np.ones(len(frequency_hz))
    trapezoid[[0, -1]] = 0.5
    moving = moves(values)
    below = trapezoid @ power
    each_hz = (trapezoid * frequency_hz) @ power / np.where(moving, below, 1.0)
    weights = np.where(moving, power.sum(axis=0), 0.0)
    together = float(each_hz @ weights / weights.sum()) if moving.any() else NO_MOTION
    return together, [float(f) if yes else NO_MOTION for f, yes in zip(each_hz, moving, strict=True)]


def moments(values: np.ndarray, rate_hz: float, highest_hz: float) -> dict[str, float | str]:
    """Prieto's frequency measures (10.1109/10.532130) of the summed spectra of an unbroken stretch's columns [n, k].

    Over 0.15 Hz to highest_hz: power (mu_0), f50 and f95 (first line at which that share of power is reached),
    cfreq = sqrt(mu_2 / mu_0), freqd = sqrt(1 - mu_1^2 / (mu_0 mu_2)). Welch, Hann, 10 s, half overlapping, linear trend
    removed from each window: f50 and f95 come in steps of 0.1 Hz. A reason where nothing moves.
    """
    from scipy.signal import welch

    size = min(round(WINDOW_S * rate_hz), len(values))
    frequency_hz, power = welch(values, rate_hz, "hann", nperseg=size, noverlap=size // 2, detrend="linear", axis=0)
    band = (frequency_hz >= LOWEST_HZ) & (frequency_hz <= highest_hz + 1e-9)
    f, line = frequency_hz[band], power.sum(axis=1)[band] * rate_hz / size
    mu_0, mu_1, mu_2 = line.sum(), f @ line, f**2 @ line
    if mu_0 <= 0 or not moves(values).any():
        return dict.fromkeys(("f50", "f95", "cfreq", "freqd"), NO_MOTION) | {"power": 0.0}
    share = np.cumsum(line) / mu_0
    return {
        "power": float(mu_0),
        "f50": float(f[np.searchsorted(share, 0.50)]),
        "f95": float(f[np.searchsorted(share, 0.95)]),
        "cfreq": float(np.sqrt(mu_2 / mu_0)),
        "freqd": float(np.sqrt(max(0.0, 1 - mu_1**2 / (mu_0 * mu_2)))),
    }
