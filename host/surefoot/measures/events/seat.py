# SPDX-License-Identifier: MIT
"""What the seat carries, and how high the waist has risen from it: for sit-to-stand and the timed up and go.

The feet carry what the seat doesn't: seat = mass (g + upward acceleration) - feet, all by the person's own standing
load, so that body weight and an insole's gain cancel. The height is the waist's upward acceleration integrated twice
between moments at which it is known to be at rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from surefoot.errors import MeasureError
from surefoot.measures.events.attitude import Trunk, still_rows
from surefoot.measures.events.spans import Flags, Floats, bridged, crossing_s, smooth

# Our own choices (D).
SMOOTH_S = 0.1  # of load and acceleration before they are compared: a movement from a chair has nothing faster
ON_SHARE, OFF_SHARE = 0.5, 0.15  # of what the seat carries of a sitting person: more is seated, less is off the seat.
# The error of an insole's force (5-9 % of weight at the median) is below the second.
FALL_S, FALL_SHARE = 0.3, 0.15  # the fall of the seat's load is over where it is this much slower than at its fastest
UPRIGHT_DEG = 8.0  # standing is within this of the most upright the trunk gets
ATTEMPT_SHARE = 0.4  # who took that much off the seat and not all of it tried to rise
HANDS_S = 0.3  # before the touch: what is carried then is carried by hands
MOST_SHARE = 0.8  # of what the seat carries of a sitting person: beyond it a person settles, and is seated
MIN_SEATED_SHARE = 0.3  # of the weight: a seat that never carries as much was not sat on
STILL_S, STILL_DPS, STILL_MS2 = 1.0, 3.0, 0.15  # standing still: the vertical speed is zero; a slow rise turns faster

GAP_S = 0.2  # across so short a loss the acceleration goes straight; as nothing, it would cost the waist 0.3 m/s

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Seat:
    """Columns of n rows. `share`: of what the seat carries of a sitting person, 1 sitting, 0 off it, NaN unknown;
    `off`: spans of rows off the seat; `tried`: rows at which weight left the seat and came back without that.
    `sure` is 1, or 0.5 where one foot alone was measured or the vertical acceleration was not."""

    share: Floats = field(repr=False)
    off: Spans
    tried: Spans
    weight_n: float
    seated_share: float
    sure: float
    unseen: tuple[str, ...]


def seat(feet: Floats, moved: Trunk | None, rate_hz: float) -> Seat:
    """What the seat carries, of force on the feet [n,2] N. MeasureError where nobody sat or nobody stood."""
    unseen = []
    there = np.asarray(np.isfinite(feet).any(axis=0))
    if not there.any():
        raise MeasureError(
            "Neither insole gave anything, so sitting and standing can't be told: plug them in and repeat, or use keys."
        )
    total = feet[:, there].sum(axis=1)
    if not there.all():
        unseen.append(f"Only the {'left' if there[0] else 'right'} foot was measured: times are less sure.")
    load = smooth(total, rate_hz, SMOOTH_S)
    gravity = np.ones(len(load))
    if moved is not None and moved.known:
        rise = smooth(bridged(moved.rise_ms2, round(GAP_S * rate_hz)), rate_hz, SMOOTH_S) / 9.81
        gravity = np.where(np.isfinite(rise), 1 + rise, 1.0)
    else:
        unseen.append("The waist sensor gave nothing: heights, partial rises and the trunk's start are not told.")
    known = np.isfinite(load)
    at_rest = load / np.clip(gravity, 0.3, None)
    high = float(np.percentile(at_rest[known], 95)) if known.any() else 0.0
    if high <= 0:
        raise MeasureError("The feet carried nothing: put the insoles under the feet and repeat.")
    weight_n = float(np.median(at_rest[known & (at_rest > 0.7 * high)]))
    carried = gravity - load / weight_n
    low = carried[known & (carried > MIN_SEATED_SHARE)]
    if len(low) < 0.2 * rate_hz:
        raise MeasureError(
            "The load on the feet never fell to that of a sitting person: start the test seated, feet on the insoles."
        )
    seated = float(np.median(low))
    share = carried / seated
    off, tried = _spans(share, known)
    return Seat(share, off, tried, weight_n, seated, 1.0 if not unseen else 0.5, tuple(unseen))


def _spans(share: Floats, known: Flags) -> tuple[Spans, Spans]:
    """Spans off the seat, from the last row before on which half was on it to the first after; and those of attempts.

    A loss keeps the state before it.
    """
    off: list[tuple[int, int]] = []
    tried: list[tuple[int, int]] = []
    seated, began, least = True, 0, 1.0
    for row in np.flatnonzero(known).tolist():
        value = share[row]
        if value > ON_SHARE:
            if not seated:
                off.append((began, row))
            elif least < ATTEMPT_SHARE:
                tried.append((began, row))
            seated, began, least = True, row, 1.0
        else:
            least = min(least, value)
            seated = seated and value >= OFF_SHARE
    if not seated:
        off.append((began, len(share)))
    return tuple(off), tuple(tried)


def left_s(share: Floats, low: int, high: int, rate_hz: float) -> float:
    """When the seat was left: when the fast fall of its load about ON_SHARE ends [s].

    Without arms that is where nothing is left on it; with arms on a rest or the thighs, where the fall becomes theirs.
    """
    part = np.flatnonzero(share[max(low, 0) : high + 1] < ON_SHARE)
    row = max(low, 0) + int(part[0]) if len(part) else low
    whole = bridged(share, round(GAP_S * rate_hz))
    fall = -np.gradient(whole) * rate_hz if len(share) > 1 else np.zeros(len(share))
    fall = np.where(np.isfinite(fall), fall, np.inf)  # what is lost has not ended
    reach = round(FALL_S * rate_hz)
    first = max(row - reach, 0)
    near = fall[first : row + reach + 1]
    peak = first + int(np.argmax(np.where(np.isinf(near), 0.0, near)))
    over = np.flatnonzero((fall[peak : high + 1] < FALL_SHARE * fall[peak]) | (share[peak : high + 1] < 0))
    return (peak + int(over[0]) if len(over) else row) / rate_hz


def met_s(found: Seat, low: int, high: int, rate_hz: float) -> tuple[float, float]:
    """When the seat was touched and when it carried half of the weight, in the span `low` to `high` [s].

    What something else carried just before the touch, hands on rests or thighs, goes over to the seat as its load
    grows. A seat that never carries as much, of a person who keeps the feet loaded, is sat on at MOST_SHARE of what it
    does.
    """
    share, last = found.share, len(found.share) - 1
    touch_s = last / rate_hz - left_s(share[::-1], last - high, last - low, rate_hz)
    touch = round(touch_s * rate_hz)
    before = share[max(touch - round(HANDS_S * rate_hz), 0) : touch]
    hands = float(np.clip(np.nanmedian(before), 0.0, ON_SHARE)) if np.isfinite(before).any() else 0.0
    share = (share - hands) / (1 - hands)
    level = min(0.5 / found.seated_share, MOST_SHARE)
    row = max(touch, 1)
    while row < last and not share[row] >= level:
        row += 1
    return touch_s, crossing_s(share, level, row, rate_hz)


def height_m(moved: Trunk, low: int, high: int, rate_hz: float, back: bool) -> Floats:
    """How high the waist is above its seat [m] for the rows from `low` to `high`, at rest at the first.

    Its speed is zero there, wherever it stands still, and at the end where that is `back` on the seat; there the
    height is zero again too. Over a loss beyond GAP_S it counts as unaccelerated.
    """
    rise = np.nan_to_num(bridged(moved.rise_ms2, round(GAP_S * rate_hz))[low:high])
    still = still_rows(moved, rate_hz, STILL_S, STILL_DPS, STILL_MS2)[low:high]
    pitch = moved.pitch_deg[low:high]
    if still.any() and np.isfinite(pitch).any():
        # A trunk that is held bent on the way up or down is no standing, however steady it is.
        with np.errstate(invalid="ignore"):
            still &= pitch < np.nanpercentile(pitch, 5) + UPRIGHT_DEG
    n = len(rise)
    if n < 2:
        return np.zeros(n)
    speed = np.concatenate(([0.0], np.cumsum((rise[1:] + rise[:-1]) / (2 * rate_hz))))
    rest = still.copy()
    rest[: max(round(0.3 * rate_hz), 1)] = False  # the very start is a rest, and movement begins at once
    anchors = np.concatenate(([0], np.flatnonzero(rest), [n - 1] if back else [])).astype(int)
    wrong = np.interp(np.arange(n), anchors, speed[anchors])
    speed = np.where(rest, 0.0, speed - wrong)
    height = np.concatenate(([0.0], np.cumsum((speed[1:] + speed[:-1]) / (2 * rate_hz))))
    if back:
        height -= np.linspace(0.0, height[-1], n)
    return height
