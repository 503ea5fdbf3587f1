# SPDX-License-Identifier: MIT
"""Rises from a chair: five times sit-to-stand, the 30-s chair stand, and a single one.

Full rises are counted, partial ones apart. Both ends that are in use, the fifth stand and the fifth time seated, are
named. Whether arms were used can't be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.attitude import Trunk, trunk
from surefoot.measures.events.lean import began_s, bent_s, lean_deg, stood_s
from surefoot.measures.events.seat import UPRIGHT_DEG, Seat, height_m, left_s, met_s, seat
from surefoot.measures.events.spans import Floats, columns, crossing_s, last_below, onset_s, runs, settled_s, smooth

# Our own choices (D).
FULL_SHARE = 0.8  # of this person's usual full rise; a hip or knee that stays bent by 30 degrees is still above it
MIN_RISE_M = 0.15  # from a 43 cm seat the hip of the smallest adult rises by more
TRIED_SHARE = 0.1  # a waist that got no higher hasn't left the seat, whatever hands or feet took off it
HALF_SHARE = 0.5  # more than half way up at the end of the time counts (STEADI's 30-s chair stand)
HELD_S = 0.2  # a recording that ends sooner after the highest point cut a rise short
SETTLE_S = 0.8  # after it is met at the latest the waist is at rest on it: until then a body sinks in
LEAD_S = 0.3  # the waist is at rest on the seat at most this long before the seat is left
UP_SHARES = (
    0.08,
    0.16,
    0.3,
)  # of the rise still to do: where its end is read; the double integral's error is below them
POSTURE_S = 0.2  # about the most upright moment: the posture that a person straightens to and bends from
EARLY_S = 2.0  # a start this long before the cue is still one
LEAN_DEG, MIN_LEAN_DEG = 10.0, 5.0  # a lean to rise; where there is none, the least that is more than waiting


@dataclass(frozen=True)
class Rise:
    """One time off the seat, seconds from row 0. `standing_s`: risen; `sit_start_s`: going down; `touch_s`: back on
    the seat, `seated_s`: half the weight on it; None where it lies behind the end or can't be told. `half_s`: half way
    up. `height_share` of this person's usual rise and `height_m`, NaN without a waist sensor. `full`: counted."""

    seat_off_s: float
    half_s: float | None
    standing_s: float | None
    sit_start_s: float | None
    touch_s: float | None
    seated_s: float | None
    height_share: float
    height_m: float
    full: bool
    confidence: float


@dataclass(frozen=True)
class SitToStand:
    """`start_s`: first trunk motion of the first rise, None where it can't be told. `partial`: rises that got off the
    seat but not up; `tried`: weight that left the seat and came back. The confidence of a rise: how far its height is
    from FULL_SHARE (1: by 0.2 or more, 0.5: on it), halved where the seat's load is less sure."""

    rises: tuple[Rise, ...]
    start_s: float | None
    tried: int
    weight_n: float
    unseen: tuple[str, ...]
    OVERRIDES: ClassVar[tuple[str, ...]] = ("start_s", "count", "partial", "arms", "stand_s", "seated_s")

    @property
    def full(self) -> tuple[Rise, ...]:
        return tuple(rise for rise in self.rises if rise.full)

    @property
    def count(self) -> int:
        return len(self.full)

    @property
    def partial(self) -> int:
        return len(self.rises) - self.count

    def stand_s(self, k: int = 5) -> float | None:
        """When the `k`-th full rise was complete: the end of the short physical performance battery's chair stands."""
        return self.full[k - 1].standing_s if len(self.full) >= k else None

    def seated_s(self, k: int = 5) -> float | None:
        """When the person sat again after the `k`-th full rise: the end that many clinics use."""
        return self.full[k - 1].seated_s if len(self.full) >= k else None

    def completed_at(self, t_s: float) -> int:
        """Full rises complete by `t_s`, and one that is more than half way up then."""
        done = sum(rise.standing_s is not None and rise.standing_s <= t_s for rise in self.full)
        for rise in self.rises:
            going = rise.half_s is not None and rise.half_s <= t_s
            later = rise.standing_s is None or rise.standing_s > t_s
            down = rise.sit_start_s is not None and rise.sit_start_s <= t_s
            if going and later and not down:
                done += 1
        return done


def sit_to_stand(
    foot_force_n: npt.ArrayLike, acc_ms2: npt.ArrayLike, gyr_dps: npt.ArrayLike, rate_hz: float, after_s: float = 0.0
) -> SitToStand:
    """Rises after `after_s`: force [n,2] N (left, right), acc and gyr [n,3] (right, forward, up) of a seated start.

    NaN rows are lost, columns of NaN a sensor that isn't there. MeasureError: shapes, rate, nobody sat or stood.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    moved = trunk(acc_ms2, gyr_dps, rate_hz)
    if len(moved.tilt_deg) != len(feet):
        raise MeasureError(f"The waist sensor has {len(moved.tilt_deg)} rows and the feet {len(feet)}: give the same.")
    sat = seat(feet, moved, rate_hz)
    spans = [span for span in sat.off if span[1] > after_s * rate_hz]
    until = [*(low for low, _ in spans[1:]), len(feet)]
    heights = [_height(moved, sat, low, high, last, rate_hz) for (low, high), last in zip(spans, until, strict=True)]
    tops = [float(np.percentile(h, 95)) if h is not None and len(h) else np.nan for h, _ in heights]
    usual = _usual_m(tops)
    upright = _upright(moved, spans)
    rises = tuple(
        _rise(moved, sat, span, height, top, usual, up, rate_hz)
        for span, height, top, up in zip(spans, heights, tops, upright, strict=True)
    )
    off_s = left_s(sat.share, *spans[0], rate_hz) if spans else 0.0
    start = started_s(moved, off_s, rate_hz, after_s) if spans else None
    rose = tuple(rise for rise in rises if not rise.height_share < TRIED_SHARE)
    tried = sum(high > after_s * rate_hz for _, high in sat.tried) + len(rises) - len(rose)
    return SitToStand(rose, start, tried, sat.weight_n, sat.unseen)


def _height(moved: Trunk, sat: Seat, low: int, high: int, until: int, rate_hz: float) -> tuple[Floats | None, int]:
    """Height [m] from the row that is returned, NaN-free; None without a waist sensor. At `until` it is left again."""
    first = max(low - round(LEAD_S * rate_hz), 0)
    if not moved.known:
        return None, first
    back = high < len(sat.share)
    last = min(high + round(SETTLE_S * rate_hz), until)
    return height_m(moved, first, last, rate_hz, back), first


def _usual_m(tops: list[float]) -> float:
    """This person's full rise [m]: near the highest of the trial, and no less than any adult's."""
    known = [top for top in tops if np.isfinite(top)]
    return max(float(np.percentile(known, 75)), MIN_RISE_M) if known else np.nan


def _upright(moved: Trunk, spans: list[tuple[int, int]]) -> list[bool]:
    """Whether the trunk got as upright in each span as in the best of them."""
    if not moved.known:
        return [False] * len(spans)
    parts = [moved.pitch_deg[low:high] for low, high in spans]
    least = [float(np.nanpercentile(part, 5)) if np.isfinite(part).any() else np.nan for part in parts]
    known = [angle for angle in least if np.isfinite(angle)]
    return [bool(known) and angle <= min(known) + UPRIGHT_DEG for angle in least]


def _rise(
    moved: Trunk,
    sat: Seat,
    span: tuple[int, int],
    found: tuple[Floats | None, int],
    top: float,
    usual: float,
    upright: bool,
    rate_hz: float,
) -> Rise:
    low, high = span
    height, first = found
    off_s = left_s(sat.share, low, high, rate_hz)
    touch_s, seated_s = met_s(sat, low, high, rate_hz) if high < len(sat.share) else (None, None)
    if height is None:
        # Without a height a rise is full by its load alone, and standing is where the load has settled.
        return Rise(off_s, off_s, off_s, touch_s, touch_s, seated_s, np.nan, np.nan, True, 0.5 * sat.sure)
    share = top / usual
    begins = first / rate_hz
    peak = int(np.argmax(height >= 0.98 * top)) if top > 0 else 0
    done = height / max(top, 1e-6)
    middle = last_below(done, 0.5, peak)
    going_up = touch_s is None and len(height) - peak < HELD_S * rate_hz
    standing = settled_s(1 - done, middle - 1, rate_hz, UP_SHARES) if middle and not going_up else None
    peak_down = len(height) - 1 - int(np.argmax(height[::-1] >= 0.98 * top))
    going = onset_s(1 - done, _half_row(done, peak_down), rate_hz, UP_SHARES) if touch_s is not None else None
    half_row = last_below(height, HALF_SHARE * usual, peak) if top > HALF_SHARE * usual else None
    half = None if half_row is None else begins + crossing_s(height, HALF_SHARE * usual, half_row, rate_hz)
    if standing is not None or going is not None:
        # The trunk's own lean is known better than a height that is integrated twice.
        until_s = len(sat.share) / rate_hz if touch_s is None else touch_s
        straight, bent = _by_lean(moved, off_s, until_s, rate_hz)
        standing = standing if standing is None or straight is None else straight - begins
        going = going if going is None or bent is None else bent - begins
    # With bent knees the trunk leans to keep the mass over the feet: who is more than half way up with a trunk as
    # upright as in this person's best stand stands, though the double integral of a slow rise says a little less.
    full = share >= FULL_SHARE or (upright and share >= HALF_SHARE)
    sure = 0.5 + min(abs(share - FULL_SHARE) / 0.2, 1.0) / 2
    return Rise(
        seat_off_s=off_s,
        half_s=half,
        standing_s=None if standing is None else begins + standing,
        sit_start_s=None if going is None else begins + going,
        touch_s=touch_s,
        seated_s=seated_s,
        height_share=share,
        height_m=top,
        full=full,
        confidence=round(sure * sat.sure, 2),
    )


def _by_lean(moved: Trunk, off_s: float, until_s: float, rate_hz: float) -> tuple[float | None, float | None]:
    """When the trunk was straight after leaving the seat, and when it bent for the next time on it [s]."""
    low, high = round(off_s * rate_hz), round(until_s * rate_hz)
    pitch = smooth(moved.pitch_deg, rate_hz, POSTURE_S)[low:high]
    if not np.isfinite(pitch).any():
        return None, None
    row = low + int(np.nanargmin(pitch))
    half = round(POSTURE_S * rate_hz / 2)
    rest = slice(max(row - half, low), row + half + 1)
    return stood_s(moved, rest, off_s, row / rate_hz, rate_hz), bent_s(moved, rest, row / rate_hz, until_s, rate_hz)


def _half_row(done: Floats, peak_down: int) -> int:
    """The row after `peak_down` at which half of the way down is done."""
    below = np.flatnonzero(done[peak_down:] < 0.5)
    return peak_down + int(below[0]) if len(below) else len(done) - 1


def started_s(moved: Trunk, off_s: float, rate_hz: float, after_s: float = 0.0) -> float | None:
    """When the trunk first leaned forward to rise, for a seat left at `off_s` [s]; None where not told.

    A lean that came to nothing is a start too, and so is one up to EARLY_S before `after_s`, the cue.
    """
    if not moved.known or moved.quiet is None:
        return None
    first, last = max(round((after_s - EARLY_S) * rate_hz), 0), round(off_s * rate_hz)
    pitch = moved.pitch_deg[first : last + 1] - np.nanmedian(moved.pitch_deg[moved.quiet])
    leans = runs(pitch > LEAN_DEG) or runs(pitch > MIN_LEAN_DEG)
    if not leans:
        return None
    high = first + leans[0][1]
    lean = lean_deg(moved, moved.quiet, slice(first + leans[0][0], high + 1), rate_hz)
    return None if lean is None else began_s(*lean, first, high, rate_hz)
