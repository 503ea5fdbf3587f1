# SPDX-License-Identifier: MIT
"""Device microseconds to host seconds, with a bound that no delay and no crystal can falsify.

Each ping brackets the device's two stamps between two of the host's: an interval that holds the truth, whatever the
delays were. Between pings the two clocks may run apart at any rate, and change it at any time, but not faster than
RATE_PPM. So the truth lies in a tube: the map is the tube's middle, the bound its half width. Nothing is assumed to
be straight, so a rate that steps (a crystal that warms up) can't leave the tube; no pings for a while widen it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..decode import Ping
from .line import Line, fit_pairs, theil_sen

__all__ = ["RATE_PPM", "ClockMap", "Line", "fit", "fit_pairs", "usable"]

RATE_PPM = 200.0  # the two clocks never run apart faster: 100 ppm each is far worse than any crystal in a board or PC
STAMP_S = 2e-6  # both device stamps are whole microseconds
LOOSE, JUMP_S = 0.01, 0.05  # more than this rate and this jump between pings: a restart, a sleep of the host
_ROUNDING_S = 1e-9  # seconds since boot have no finer digits
_INVERSE_STEPS = 8

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClockMap:
    """Device microseconds since boot to host seconds.

    `bound_s` holds everywhere between the first and the last ping, `bound_at_s` at one time and beyond them too.
    `offset_s` and `skew_ppm` are the straight line nearest to the map, for people to read. The tube: `low_s` and
    `high_s` of host minus device at `knots_s`, rates between `slow` and `fast` in between. `breaks`, in sentences:
    where the pings are of more than one clock, this is the map of most of them and nothing is known beyond them.
    `dropped` pings had impossible stamps.
    """

    offset_s: float
    skew_ppm: float
    bound_s: float
    n: int
    rms_s: float
    first_us: float
    last_us: float
    knots_s: Floats
    low_s: Floats
    high_s: Floats
    slow: float
    fast: float
    dropped: int
    breaks: tuple[str, ...]
    doubts: tuple[str, ...]

    def to_host_s(self, device_us: npt.ArrayLike) -> Floats:
        device_s = np.asarray(device_us, dtype=float) * 1e-6
        low, high = self._tube(device_s)
        return device_s + (low + high) / 2

    def to_device_us(self, host_s: npt.ArrayLike) -> Floats:
        host = np.asarray(host_s, dtype=float)
        device_s = (host - self.offset_s) / (1 + self.skew_ppm * 1e-6)
        for _ in range(_INVERSE_STEPS):  # each step is nearer by the clocks' rate: thousandfold
            low, high = self._tube(device_s)
            device_s = host - (low + high) / 2
        return device_s * 1e6

    def bound_at_s(self, device_us: npt.ArrayLike) -> Floats:
        """Bound of the error of `to_host_s` at each device time; inf where a break leaves it unknown."""
        us = np.atleast_1d(np.asarray(device_us, dtype=float))
        low, high = self._tube(us * 1e-6)
        unknown = (us < self.first_us) | (us > self.last_us) if self.breaks else np.zeros(us.shape, bool)
        return np.where(unknown, np.inf, (high - low) / 2)

    def _tube(self, t: Floats) -> tuple[Floats, Floats]:
        left = np.clip(np.searchsorted(self.knots_s, t, side="right") - 1, 0, len(self.knots_s) - 1)
        right = np.minimum(left + 1, len(self.knots_s) - 1)
        low, high = np.full(t.shape, -np.inf), np.full(t.shape, np.inf)
        for knot in (left, right):
            slow, fast = self.slow * (t - self.knots_s[knot]), self.fast * (t - self.knots_s[knot])
            low = np.maximum(low, self.low_s[knot] + np.minimum(slow, fast))
            high = np.minimum(high, self.high_s[knot] + np.maximum(slow, fast))
        return low, high


@dataclass(frozen=True, eq=False)
class Stamps:
    """Sane pings in the order of their sending: host minus device lies in low..high at the device's time [s]."""

    host: Floats
    device: Floats
    low: Floats
    high: Floats

    def only(self, chosen: npt.ArrayLike) -> Stamps:
        at = np.asarray(chosen)
        return Stamps(self.host[at], self.device[at], self.low[at], self.high[at])


def read_stamps(pings: Iterable[Ping]) -> tuple[Stamps, int]:
    """What the pings say, and how many of them have stamps that can't be."""
    rows = np.array([tuple(ping) for ping in pings], dtype=float).reshape(-1, 5)
    sent, received, rx, tx = rows[:, 1], rows[:, 2], rows[:, 3] * 1e-6, rows[:, 4] * 1e-6
    with np.errstate(invalid="ignore"):
        half = (received - sent - (tx - rx)) / 2
        sane = np.flatnonzero(np.isfinite(half) & (half >= -STAMP_S) & (tx >= rx))
    sane = sane[np.argsort(sent[sane], kind="stable")]
    host, device = (sent + received)[sane] / 2, (rx + tx)[sane] / 2
    # The stamps are half the device's own delay away from the middle: the clocks may run apart over that, too.
    width = np.maximum(half[sane], 0) + STAMP_S + (tx - rx)[sane] * (LOOSE / 2)
    return Stamps(host, device, host - device - width, host - device + width), len(rows) - len(sane)


def fit(pings: Iterable[Ping]) -> ClockMap | None:
    """The clock map that these pings allow, None where none is usable."""
    stamps, dropped = read_stamps(pings)
    if not len(stamps.host):
        return None
    pieces = _pieces(stamps)
    main = max(pieces, key=len)
    # A lone ping that agrees with no other has a wrong stamp, unless the board may have just restarted.
    faults = [p for p in pieces if len(main) > 2 and p is not main and _faulty(stamps, p, main)]
    kept = [piece for piece in pieces if not any(piece is fault for fault in faults)]
    breaks = tuple(_why_broken(stamps, one, two) for one, two in pairwise(kept))
    return replace(_tube_map(stamps.only(main)), dropped=dropped + sum(len(fault) for fault in faults), breaks=breaks)


def usable(pings: Iterable[Ping]) -> tuple[ClockMap | None, tuple[str, ...]]:
    """The map where it holds for a whole recording, None where a break leaves no one map; and what there is to say."""
    made = fit(pings)
    return (None, made.breaks) if made and made.breaks else (made, made.doubts if made else ())


def _pieces(stamps: Stamps) -> list[list[int]]:
    """Pings by clock: those of a piece can be joined by rates up to LOOSE and jumps up to JUMP_S."""
    pieces: list[list[int]] = []
    tubes: list[tuple[float, float, float]] = []
    for i, (host, low, high) in enumerate(zip(stamps.host, stamps.low, stamps.high, strict=True)):
        for k in sorted(range(len(pieces)), key=lambda k: -pieces[k][-1]):
            then, floor, ceiling = tubes[k]
            spread = LOOSE * abs(host - then)  # two pings under way at once may swap their order
            floor, ceiling = max(floor - spread, low), min(ceiling + spread, high)
            if floor <= ceiling + JUMP_S:
                pieces[k].append(i)
                tubes[k] = (host, min(floor, ceiling), max(floor, ceiling))
                break
        else:
            pieces.append([i])
            tubes.append((host, low, high))
    return pieces


def _faulty(stamps: Stamps, piece: Sequence[int], main: Sequence[int]) -> bool:
    among = piece[0] < main[-1] and piece[-1] > main[0]
    one, two = (piece, main) if piece[0] < main[0] else (main, piece)
    return among or (len(piece) == 1 and not _restarted(stamps, one, two))


def _restarted(stamps: Stamps, one: Sequence[int], two: Sequence[int]) -> bool:
    """Whether the clock of `two` may have begun at zero after the last ping of `one`."""
    passed = stamps.host[two[0]] - stamps.host[one[-1]]
    return bool(stamps.device[two[0]] <= passed * (1 + LOOSE) + 1.0)


def _why_broken(stamps: Stamps, one: Sequence[int], two: Sequence[int]) -> str:
    if _restarted(stamps, one, two):
        return (
            "The board restarted while its clock was followed, and its time began anew: what it measured can't be put"
            " on the host's clock; check cable and battery, and record again."
        )
    by_s = stamps.low[two[0]] - stamps.low[one[-1]]
    return (
        f"The clocks of board and host jumped apart by {abs(by_s):.3g} s (did the computer sleep?): what was measured"
        " can't be put on the host's clock; record again."
    )


def _tube_map(stamps: Stamps) -> ClockMap:
    order = np.argsort(stamps.device, kind="stable")
    t0 = stamps.device[order[0]]
    t, low, high = stamps.device[order] - t0, stamps.low[order], stamps.high[order]
    centre, rate = 0.0, RATE_PPM * 1e-6
    doubts: tuple[str, ...] = ()
    floor, ceiling = _tube(t, low, high, centre, rate)
    if (lack_s := _apart(floor, ceiling)) > _ROUNDING_S:
        # The pings win: around the rate that they show where that explains them.
        shown = theil_sen(t, (low + high) / 2)[0]
        if (left_s := _apart(*_tube(t, low, high, shown, rate))) < lack_s / 2:
            centre, lack_s = shown, max(left_s, 0.0)
        t, low, high = _agreeing(t, low, high, centre, rate)
        floor, ceiling = _tube(t, low - lack_s, high + lack_s, centre, rate)
        doubts = (
            f"The stamps of board and host contradict each other by {lack_s * 1e3:.1f} ms at a rate of"
            f" {centre * 1e6:+.0f} ppm, which two sound clocks never do: the bound is widened by it; don't rely on"
            " times between this board and others.",
        )
    low, high = floor, np.maximum(ceiling, floor)
    slow, fast = centre - rate, centre + rate
    middle = (low + high) / 2
    line = fit_pairs(t, middle, nominal=0.0, weights=np.maximum(high - low, STAMP_S) ** -2.0)
    assert line is not None
    made = ClockMap(
        offset_s=float(line.to_y(0.0) - line.slope * t0),
        skew_ppm=line.slope * 1e6,
        bound_s=0.0,
        n=len(t),
        rms_s=line.rms,
        first_us=float((t[0] + t0) * 1e6),
        last_us=float((t[-1] + t0) * 1e6),
        knots_s=t + t0,
        low_s=low,
        high_s=high,
        slow=slow,
        fast=fast,
        dropped=0,
        breaks=(),
        doubts=doubts,
    )
    # Between two knots the tube is widest where one of its walls has a kink.
    kinks = [
        (low[:-1] - low[1:] - slow * t[:-1] + fast * t[1:]) / (fast - slow),
        (high[1:] - high[:-1] + fast * t[:-1] - slow * t[1:]) / (fast - slow),
    ]
    places = np.concatenate((t, *(np.clip(kink, t[:-1], t[1:]) for kink in kinks)))
    return replace(made, bound_s=float(np.max(made.bound_at_s((places + t0) * 1e6))) + _ROUNDING_S)


def _tube(t: Floats, low: Floats, high: Floats, centre: float, rate: float) -> tuple[Floats, Floats]:
    """What all pings together leave at each ping's time, where rates lie within `rate` of `centre`."""
    slow, fast = centre - rate, centre + rate
    up, down = np.maximum.accumulate, np.minimum.accumulate
    floor = np.maximum(slow * t + up(low - slow * t), fast * t + up((low - fast * t)[::-1])[::-1])
    ceiling = np.minimum(fast * t + down(high - fast * t), slow * t + down((high - slow * t)[::-1])[::-1])
    return floor, ceiling


def _agreeing(t: Floats, low: Floats, high: Floats, centre: float, rate: float) -> tuple[Floats, Floats, Floats]:
    """The pings that contradict no other. Of two that do one is wrong, and nobody knows which: both go."""
    while len(t) > 2:
        floor, ceiling = _tube(t, low, high, centre, rate)
        worst = int(np.argmax(floor - ceiling))
        if floor[worst] - ceiling[worst] <= _ROUNDING_S:
            return t, low, high
        dt = t[worst] - t
        slow, fast = (centre - rate) * dt, (centre + rate) * dt
        pair = (np.argmax(low + np.minimum(slow, fast)), np.argmin(high + np.maximum(slow, fast)))
        t, low, high = (np.delete(values, pair) for values in (t, low, high))
    # One or two are left: the truth is in one of them.
    room = (abs(centre) + rate) * np.ptp(t)
    return t, np.full(len(t), low.min() - room), np.full(len(t), high.max() + room)


def _apart(floor: Floats, ceiling: Floats) -> float:
    """By how much the pings contradict each other: positive where no clock fits them all."""
    return float(np.max(floor - ceiling))
