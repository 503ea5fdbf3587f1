# SPDX-License-Identifier: MIT
"""How the trunk bends and straightens for a chair: when it begins to, and when it has.

A movement's beginning and end are where its speed passes a twentieth of its greatest: the usual convention for
voluntary movements, here of the trunk's lean, whose speed the gyroscope measures itself.
"""

from __future__ import annotations

import numpy as np

from surefoot.measures.events.attitude import Trunk
from surefoot.measures.events.spans import Floats, crossing_s, last_below, smooth

# Our own choices (D).
MOVING_SHARE = 0.05  # of the greatest speed
STARTED_SHARE = 0.2  # of the whole lean: from here its beginning is sought backwards; a pause on the way lies beyond
CALM_S = 0.15  # of the lean before its speed is taken: below a trunk's movement for a chair, above noise and tremor
ABOUT_S = 0.5  # of leaving the seat: there the trunk is bent the most
BENDING_S = 2.0  # before the seat is met the trunk is bent for it
MIN_LEAN_DEG = 5.0  # more than waiting, and more than walking bends


def lean_deg(moved: Trunk, rest: slice, bent: slice) -> Floats | None:
    """Lean [n] out of the posture of `rest`, towards where the trunk is most bent in `bent`; None if it hardly is.

    By the vertical alone, so however the sensor is turned about it.
    """
    rest_up, bent_up = (_known(moved.up[rows]) for rows in (rest, bent))
    if not len(rest_up) or not len(bent_up):
        return None
    level = rest_up.mean(axis=0)
    level /= np.linalg.norm(level)
    away = bent_up - level
    far = away[int(np.argmax((away**2).sum(axis=1)))]
    far = far - (far @ level) * level
    size = float(np.linalg.norm(far))
    if size < np.sin(np.radians(MIN_LEAN_DEG)):
        return None
    with np.errstate(invalid="ignore"):
        return np.degrees(np.arcsin(np.clip(moved.up @ (far / size), -1.0, 1.0)))


def _known(up: Floats) -> Floats:
    return up[np.isfinite(up).all(axis=1)]


def began_s(lean: Floats, first: int, last: int, rate_hz: float) -> float | None:
    """When the lean [n] that is greatest between `first` and `last` began to grow [s]; None where it was under way."""
    calm = smooth(lean, rate_hz, CALM_S)
    part = calm[first : last + 1]
    if len(part) < 3 or not np.isfinite(part).any():
        return None
    top = int(np.nanargmax(part))
    early = last_below(part, STARTED_SHARE * float(part[top]), top)
    if early is None:
        return None
    speed = np.gradient(part) * rate_hz
    level = MOVING_SHARE * float(np.nanmax(speed[early : top + 1], initial=0.0))
    row = last_below(speed, level, early)
    return None if row is None else first / rate_hz + crossing_s(speed, level, row, rate_hz)


def straight_s(lean: Floats, first: int, last: int, rate_hz: float) -> float | None:
    """When the lean [n], greatest between `first` and `last`, had straightened: `began_s` in reversed time."""
    n = len(lean) - 1
    found = began_s(lean[::-1], n - last, n - first, rate_hz)
    return None if found is None else n / rate_hz - found


def stood_s(moved: Trunk, rest: slice, off_s: float, until_s: float, rate_hz: float) -> float | None:
    """When the trunk, bent as the seat was left at `off_s`, had straightened to the posture of `rest` [s]."""
    if not moved.known:
        return None
    first, about = max(round((off_s - ABOUT_S) * rate_hz), 0), round((off_s + ABOUT_S) * rate_hz)
    lean = lean_deg(moved, rest, slice(first, about))
    return None if lean is None else straight_s(lean, first, min(round(until_s * rate_hz), len(lean) - 1), rate_hz)


def bent_s(moved: Trunk, rest: slice, from_s: float, touch_s: float, rate_hz: float) -> float | None:
    """When the trunk began to bend out of the posture of `rest` for a seat that is met at `touch_s` [s]."""
    if not moved.known:
        return None
    first, last = max(round(from_s * rate_hz), 0), round(touch_s * rate_hz)
    lean = lean_deg(moved, rest, slice(max(first, last - round(BENDING_S * rate_hz)), last + 1))
    return None if lean is None else began_s(lean, first, last, rate_hz)
