# SPDX-License-Identifier: MIT
"""How smooth, regular and free of freezing a walk is, from level accelerations of the trunk and strides' times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.gait.values import Floats

HARMONICS = 20  # of a stride (Menz 2003, 10.1016/S0966-6362(02)00159-5)
FREEZE_HZ, WALK_HZ = (3.0, 8.0), (0.5, 3.0)  # Moore 2008, 10.1016/j.jneumeth.2007.08.023: of a shank
FREEZE_WINDOW_S = 6.0  # the same paper
SAMPLES = 128  # a stride is read at so many even shares: over three for each of the highest harmonics
LONGEST_LAG_S = 3.0
STEP_LAG_S = (0.3, 1.5)


def harmonics(acc_ms2: npt.ArrayLike, initial_s: npt.ArrayLike, rate_hz: float) -> Floats:
    """Sizes [strides, HARMONICS] of one level axis' acceleration [n] in each stride between contacts of one foot [m].

    A row is NaN where the stride holds a lost sample, lies outside, or has a NaN for a contact.
    """
    at_s = np.asarray(initial_s, float)
    return stride_harmonics(acc_ms2, at_s[:-1], at_s[1:], rate_hz)


def stride_harmonics(acc_ms2: npt.ArrayLike, begin_s: npt.ArrayLike, end_s: npt.ArrayLike, rate_hz: float) -> Floats:
    """The same of strides [m] that need not follow each other."""
    acc = np.asarray(acc_ms2, float)
    begin, end = (np.asarray(edge_s, float) * rate_hz for edge_s in (begin_s, end_s))
    if not len(begin):
        return np.empty((0, HARMONICS))
    place = begin[:, None] + (end - begin)[:, None] * np.arange(SAMPLES) / SAMPLES
    usable = np.isfinite(place).all(axis=1) & (begin >= 0) & (end < len(acc) - 1) & (end > begin)
    place = np.where(usable[:, None], place, 0.0)
    row = place.astype(int)
    part = place - row
    values = acc[row] * (1 - part) + acc[np.minimum(row + 1, len(acc) - 1)] * part
    lost = np.concatenate(([0], np.cumsum(~np.isfinite(acc))))
    low, high = np.where(usable, begin, 0).astype(int), np.where(usable, end, 0).astype(int) + 2
    usable &= lost[np.minimum(high, len(acc))] == lost[low]
    size = np.abs(np.fft.rfft(np.where(usable[:, None], values, 0.0), axis=1))[:, 1 : HARMONICS + 1]
    return np.where(usable[:, None], size, np.nan)


def harmonic_ratio(sizes: npt.ArrayLike, lateral: bool) -> tuple[Floats, Floats]:
    """Harmonic ratio and its improved form in % (Pasciuto 2017) of each stride.

    What two equal steps make, over what makes them differ: even over odd harmonics up, down and ahead; odd over even
    sideways. Not verified against their authors' figures.
    """
    size = np.asarray(sizes, float)
    odd, even = size[:, 0::2].sum(axis=1), size[:, 1::2].sum(axis=1)
    alike, unlike = (odd, even) if lateral else (even, odd)
    with np.errstate(invalid="ignore", divide="ignore"):
        power = (size**2)[:, 0::2].sum(axis=1), (size**2)[:, 1::2].sum(axis=1)
        ratio: Floats = alike / unlike
        return ratio, 100 * power[0 if lateral else 1] / (power[0] + power[1])


def regularity(acc_ms2: npt.ArrayLike, rate_hz: float, step_s: float) -> tuple[float, float]:
    """Unbiased autocorrelation of [n] at its peaks near one and two steps of about `step_s` (Moe-Nilssen 2004,
    10.1016/S0021-9290(03)00233-1): step and stride regularity, at most 1, NaN where no such peak is.

    Lost rows count in neither sum. MeasureError where fewer than four steps are known.
    """
    acc = np.asarray(acc_ms2, float)
    known = np.isfinite(acc)
    if not STEP_LAG_S[0] <= step_s <= STEP_LAG_S[1] or known.sum() < 4 * step_s * rate_hz:
        raise MeasureError("Regularity needs four steps of 0.3 to 1.5 s or more: give a longer bout.")
    part = np.where(known, acc - acc[known].mean(), 0.0)
    length = 1 << int(2 * len(part) - 1).bit_length()
    count = np.fft.irfft(np.abs(np.fft.rfft(known.astype(float), length)) ** 2)
    total = np.fft.irfft(np.abs(np.fft.rfft(part, length)) ** 2)
    lags = min(round(LONGEST_LAG_S * rate_hz) + 2, len(part) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(count[:lags] > 0.5, total[:lags] / np.round(count[:lags]), np.nan)
    share = share / share[0] if share[0] > 0 else np.full(lags, np.nan)
    return _peak(share, step_s * rate_hz, step_s * rate_hz / 4), _peak(
        share, 2 * step_s * rate_hz, step_s * rate_hz / 4
    )


def _peak(share: Floats, near: float, reach: float) -> float:
    low, high = max(round(near - reach), 1), min(round(near + reach), len(share) - 2)
    rows = np.arange(low, high + 1)
    top = rows[(share[rows] >= share[rows - 1]) & (share[rows] >= share[rows + 1])] if high >= low else rows[:0]
    return float(share[top].max()) if len(top) else float("nan")


def freezing_index(acc_ms2: npt.ArrayLike, rate_hz: float, step_s: float = 1.0) -> tuple[Floats, Floats]:
    """Middles [s] and power at 3-8 Hz over that at 0.5-3 Hz of [n] in windows of 6 s, one every `step_s`.

    Moore 2008 measured the vertical of a shank and compared with a threshold of the person's own standing; at the waist
    it is not verified, and no threshold is given. NaN where a window has a lost row.
    """
    acc = np.asarray(acc_ms2, float)
    width, hop = round(FREEZE_WINDOW_S * rate_hz), max(round(step_s * rate_hz), 1)
    if len(acc) < width:
        return np.empty(0), np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(acc, width)[::hop]
    known = np.isfinite(windows.sum(axis=1))
    even = windows - windows.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(np.nan_to_num(even) * np.hanning(width), axis=1)) ** 2
    hz = np.fft.rfftfreq(width, 1 / rate_hz)
    high, low = (power[:, (hz >= a) & (hz < b)].sum(axis=1) for a, b in (FREEZE_HZ, WALK_HZ))
    with np.errstate(invalid="ignore", divide="ignore"):
        index: Floats = np.where(known & (low > 0), high / low, np.nan)
    middle: Floats = (np.arange(len(windows), dtype=float) * hop + (width - 1) / 2) / rate_hz
    return middle, index
