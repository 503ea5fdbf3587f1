# SPDX-License-Identifier: MIT
"""Spectra of an unbroken stretch: the published mean power frequency, and moments of a Welch spectrum."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

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
    n = len(values)
    frequency_hz, power = welch(values, rate_hz, n // 2, n // 4, straight=False)
    trapezoid = np.ones(len(frequency_hz))
    trapezoid[[0, -1]] = 0.5
    moving = moves(values)
    below = trapezoid @ power
    each_hz = (trapezoid * frequency_hz) @ power / np.where(moving, below, 1.0)
    weights = np.where(moving, power.sum(axis=0), 0.0)
    together = float(each_hz @ weights / weights.sum()) if moving.any() else NO_MOTION
    return together, [float(f) if yes else NO_MOTION for f, yes in zip(each_hz, moving, strict=True)]


def spectrum(values: np.ndarray, rate_hz: float, highest_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines from 0.15 Hz to highest_hz [f] and the power of each column in them [f, k], of an unbroken stretch [n, k].

    Welch, Hann, 10 s, half overlapping, linear trend removed from each window.
    """
    size = min(round(WINDOW_S * rate_hz), len(values))
    frequency_hz, power = welch(values, rate_hz, size, size // 2, straight=True)
    band = (frequency_hz >= LOWEST_HZ) & (frequency_hz <= highest_hz + 1e-9)
    return frequency_hz[band], power[band] * rate_hz / size


def welch(values: np.ndarray, rate_hz: float, size: int, overlap: int, straight: bool) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies [f] and density [f, k] of the columns of [n, k]: as scipy's welch with Hann, several times faster.

    From each window its mean is removed, or its straight line.
    """
    window, slope, power_of_window = _hann(size)
    rows = np.ascontiguousarray(values.T)
    step = size - overlap
    count = (rows.shape[1] - size) // step + 1
    strides = (rows.strides[0], step * rows.itemsize, rows.itemsize)
    windows = as_strided(rows, (len(rows), count, size), strides, writeable=False)
    level = windows - windows.mean(axis=2, keepdims=True)
    if straight:
        level -= (level @ slope)[..., None] * slope
    level *= window
    lines = np.fft.rfft(level)
    power = (lines.real**2 + lines.imag**2).sum(axis=1) * (2 / (count * rate_hz * power_of_window))
    # One-sided: the lines at both ends have no mirror image.
    power[:, 0] /= 2
    if size % 2 == 0:
        power[:, -1] /= 2
    return np.arange(power.shape[1]) * rate_hz / size, power.T


@lru_cache(maxsize=32)
def _hann(size: int) -> tuple[np.ndarray, np.ndarray, float]:
    """The window, a straight line of unit length through 0, and the window's power."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    time = np.arange(size) - (size - 1) / 2
    return window, time / np.sqrt(time @ time), float(window @ window)


def moments_of(f: np.ndarray, line: np.ndarray, moving: bool) -> dict[str, float | str]:
    """Prieto's frequency measures (10.1109/10.532130) of one spectrum's lines.

    power (mu_0), f50 and f95 (first line at which that share of power is reached), cfreq = sqrt(mu_2 / mu_0), freqd =
    sqrt(1 - mu_1^2 / (mu_0 mu_2)): f50 and f95 come in steps of 0.1 Hz. A reason where nothing moves.
    """
    mu_0, mu_1, mu_2 = line.sum(), f @ line, f**2 @ line
    if mu_0 <= 0 or not moving:
        return dict.fromkeys(("f50", "f95", "cfreq", "freqd"), NO_MOTION) | {"power": 0.0}
    share = np.cumsum(line) / mu_0
    return {
        "power": float(mu_0),
        "f50": float(f[np.searchsorted(share, 0.50)]),
        "f95": float(f[np.searchsorted(share, 0.95)]),
        "cfreq": float(np.sqrt(mu_2 / mu_0)),
        "freqd": float(np.sqrt(max(0.0, 1 - mu_1**2 / (mu_0 * mu_2)))),
    }


def moments(values: np.ndarray, rate_hz: float, highest_hz: float) -> dict[str, float | str]:
    """`moments_of` the summed spectra of an unbroken stretch's columns [n, k], from 0.15 Hz to highest_hz."""
    f, line = spectrum(values, rate_hz, highest_hz)
    return moments_of(f, line.sum(axis=1), bool(moves(values).any()))
