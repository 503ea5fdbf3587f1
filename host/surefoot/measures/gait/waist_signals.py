# SPDX-License-Identifier: MIT
"""What a waist's accelerations hold of a walk: the push that catches the body, and its sway.

All of unbroken stretches."""

from __future__ import annotations

import numpy as np

from surefoot.measures.gait.values import Floats

# Our own choices (D), by the limits of steps in clinical use (Mobilise-D: 40 to 173 a minute).
STEP_HZ = (0.5, 3.0)
SWAY_HZ = (0.3, 2.5)  # a stride's sway, which takes two steps, and what makes it uneven
USUAL_STEP_HZ = 1.5  # turns a change of push into a push, and sway's velocity at half of it into one


def filtered(values: Floats, rate_hz: float, low_hz: float | None, high_hz: float, order: int = 2) -> Floats:
    """Zero-lag Butterworth of [n] or [n,k] along n: low-pass, or band-pass where `low_hz` is given."""
    from scipy.signal import butter, sosfiltfilt

    high_hz = min(high_hz, 0.45 * rate_hz)
    if low_hz is None:
        sections = butter(order, high_hz, fs=rate_hz, output="sos")
    else:
        sections = butter(order, (low_hz, high_hz), "band", fs=rate_hz, output="sos")
    pad = min(len(values) - 1, round(3 * rate_hz / (low_hz or high_hz)))
    # Along the last axis it runs several times as fast.
    return sosfiltfilt(np.asarray(sections), values.T, axis=-1, padlen=pad).T


def caught_ms2(rise_ms2: Floats, ahead_ms2: Floats, rate_hz: float) -> Floats:
    """Push [n] by which a falling body is caught: up, and ahead no longer."""
    band = filtered(np.column_stack((rise_ms2, ahead_ms2)), rate_hz, *STEP_HZ)
    return band[:, 0] - np.gradient(band[:, 1]) * rate_hz / (2 * np.pi * USUAL_STEP_HZ)


def sway(across_ms2: Floats, rate_hz: float) -> Floats:
    """Velocity m/s of the body's sway along level directions [n] or [n,k], without what is slower than walking."""
    return filtered(np.cumsum(filtered(across_ms2, rate_hz, *SWAY_HZ), axis=0) / rate_hz, rate_hz, *SWAY_HZ)
