# SPDX-License-Identifier: MIT
"""How the trunk bends and straightens for a chair: when it begins to, and when it has.

A movement's beginning and end are where its speed passes a twentieth of its greatest: the usual convention for
voluntary movements, here of the trunk's lean, whose speed the gyroscope measures itself.
"""

from __future__ import annotations

import numpy as np

from surefoot.measures.events.attitude import Trunk, cross
from surefoot.measures.events.spans import Floats, crossing_s, last_below, smooth

# Our own choices (D).
MOVING_SHARE = 0.05  # of the greatest speed
STARTED_SHARE = 0.2  # of the whole lean: from here its beginning is sought backwards; a pause on the way lies beyond
SWAY_SD = 2.0  # standard deviations of the speed at rest: more is no sway in 19 of 20 moments
SWAY_DPS = 2.0  # how fast a trunk leans to and fro in quiet standing
CALM_S = 0.15  # of the lean before its speed is taken: below a trunk's movement for a chair, above noise and tremor
ABOUT_S = 0.5  # of leaving the seat: there the trunk is bent the most
BENDING_S = 2.0  # before the seat is met the trunk is bent for it
REST_S, SLOW_S = 0.3, 1.0  # of rest that says what sway is; a slow bend passes SWAY_DPS at most so much later than that
MIN_LEAN_DEG = 5.0  # more than waiting, and more than walking bends


def lean_deg(moved: Trunk, rest: slice, bent: slice, rate_hz: float) -> tuple[Floats, Floats] | None:
    """Lean [n] out of the posture of `rest`, towards where the trunk is most bent in `bent`, and its speed [n] deg/s;
    None if it hardly bends.

    By the vertical alone, so however the sensor is turned about it. The speed is the gyroscope's: that of the lean
    would also be the pull by which the accelerometer takes its drift back.
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
        lean = np.arcsin(np.clip(moved.up @ (far / size), -1.0, 1.0))
        speed_dps = cross(moved.up, moved.gyr_dps) @ (far / size) / np.cos(lean)
    lean = np.degrees(lean)
    known = np.isfinite(speed_dps).any()
    return lean, smooth(speed_dps, rate_hz, CALM_S) if known else speed_per_s(lean, rate_hz)


def _known(up: Floats) -> Floats:
    return up[np.isfinite(up).all(axis=1)]


def speed_per_s(value: Floats, rate_hz: float) -> Floats:
    """How fast a value [n] grows, per second."""
    return np.gradient(smooth(value, rate_hz, CALM_S)) * rate_hz


def sway_per_s(speed: Floats, rest: slice) -> float:
    """What a speed [n] reaches by sway, in the rows of `rest`."""
    known = speed[rest][np.isfinite(speed[rest])]
    return SWAY_SD * float(known.std()) if len(known) else 0.0


def began_s(
    value: Floats,
    speed: Floats,
    first: int,
    last: int,
    rate_hz: float,
    sway: float = SWAY_DPS,
    started: float = STARTED_SHARE,
) -> float | None:
    """When a value [n] that is greatest between `first` and `last` began to grow, at a speed [n] per second [s].

    `sway` is the speed that is no beginning yet, `started` the share of the whole that it is sought from backwards.
    None where it was under way before.
    """
    calm = smooth(value, rate_hz, CALM_S)[first : last + 1]
    if len(calm) < 3 or not np.isfinite(calm).any():
        return None
    top = int(np.nanargmax(calm))
    early = last_below(calm, started * float(calm[top]), top)
    if early is None:
        return None
    speed = speed[first : last + 1]
    level = max(MOVING_SHARE * float(np.nanmax(speed[early : top + 1], initial=0.0)), sway)
    row = last_below(speed, level, early)
    return None if row is None else first / rate_hz + crossing_s(speed, level, row, rate_hz)


def _bent(moved: Trunk, first: int, last: int) -> slice:
    """The row at which the trunk is most bent forward. The farthest from standing can be a seated trunk, leant back."""
    pitch = moved.pitch_deg[first:last]
    if not np.isfinite(pitch).any():
        return slice(first, first)
    row = first + int(np.nanargmax(pitch))
    return slice(row, row + 1)


def stood_s(moved: Trunk, rest: slice, off_s: float, until_s: float, rate_hz: float) -> float | None:
    """When the trunk, bent as the seat was left at `off_s`, had straightened to the posture of `rest` [s]."""
    if not moved.known:
        return None
    first, about = max(round((off_s - ABOUT_S) * rate_hz), 0), round((off_s + ABOUT_S) * rate_hz)
    found = lean_deg(moved, rest, _bent(moved, first, about), rate_hz)
    if found is None:
        return None
    lean, speed = found
    last, until = len(lean) - 1, min(round(until_s * rate_hz), len(lean) - 1)
    back_s = began_s(lean[::-1], -speed[::-1], last - until, last - first, rate_hz)  # in reversed time it bends
    return None if back_s is None else last / rate_hz - back_s


def bent_s(moved: Trunk, rest: slice, from_s: float, touch_s: float, rate_hz: float) -> float | None:
    """When the trunk began to bend out of the posture of `rest` for a seat that is met at `touch_s` [s]."""
    if not moved.known:
        return None
    first, last = max(round(from_s * rate_hz), 0), round(touch_s * rate_hz)
    lean = lean_deg(moved, rest, _bent(moved, max(first, last - round(BENDING_S * rate_hz)), last + 1), rate_hz)
    if lean is None:
        return None
    began = began_s(*lean, first, last, rate_hz)
    if began is None:
        return None
    # Who bends slowly passes the speed of sway late: who stood stiller than that before is taken at their own.
    still = stillest_per_s(lean[1], first, round(began * rate_hz), rate_hz)
    finer = began if still >= SWAY_DPS else began_s(*lean, first, last, rate_hz, still)
    return began if finer is None or finer < began - SLOW_S else finer


def stillest_per_s(speed: Floats, first: int, last: int, rate_hz: float) -> float:
    """What a speed [n] reaches by sway in the stillest REST_S of the rows from `first` to `last`; inf if too short."""
    width = round(REST_S * rate_hz)
    parts = (speed[low : low + width] for low in range(first, last - width + 1, max(width // 4, 1)))
    known = [part[np.isfinite(part)] for part in parts]
    return SWAY_SD * min((float(np.sqrt((part**2).mean())) for part in known if 2 * len(part) > width), default=np.inf)
