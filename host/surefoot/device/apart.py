# SPDX-License-Identifier: MIT
"""Boards that log a walk away from the host: their clocks, compared before and after it, with a bound in between.

Nobody sees the two clocks during the walk. Both ends are pinned by pings, so the mean rate in between is known, and
what is left is how far the rate strays from its mean. A crystal whose rate changes by at most `change_ppm` in a walk
of T seconds is, s seconds into it, at most change_ppm s (T - s) / T off the straight line: change_ppm T / 4 half way.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..decode import Ping
from ..errors import ClockError
from .clock import RATE_PPM, ClockMap, fit
from .clock_limits import DOUBLE_SUPPORT, Use, milliseconds
from .link import Link

APART_PPM = 40.0  # two boards of 20 ppm each, nothing compared: 144 ms an hour
# From one end of a crystal's specified range to the other it changes by 20 ppm; half of that is indoors and then
# a winter street. From data sheets of AT-cut crystals, not measured on these boards.
CHANGE_PPM = 10.0
SYNC_PINGS = 32
KEPT_PINGS = 8
_ROUNDING_S = 1e-9
_SLEPT_S = 1.0  # host's clock and wall clock may differ by this over a walk; more, and the host slept

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sync:
    """One comparison of a board's clock with the host's: the board, its boot, pings, and the wall clock [s]."""

    device: str
    boot: int
    pings: tuple[Ping, ...]
    wall_s: float

    def as_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "pings": [list(ping) for ping in self.pings]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sync:
        pings = tuple(Ping(*row) for row in values["pings"])
        return cls(str(values["device"]), int(values["boot"]), pings, float(values["wall_s"]))


def take_sync(link: Link, n: int = SYNC_PINGS, wall_s: Callable[[], float] = time.time) -> Sync:
    """Compare a connected board's clock with the host's now; the quickest pings are kept. Raises LinkError."""
    config = link.info()
    got = [ping for _ in range(n) if (ping := link.ping()) is not None]
    if not got:
        raise ClockError(f"The board on {link.port} answered no ping: press its reset and compare clocks again.")
    quickest = sorted(got, key=lambda ping: ping.received_s - ping.sent_s)[:KEPT_PINGS]
    return Sync(config["id"], config["boot"], tuple(sorted(quickest, key=lambda ping: ping.sent_s)), wall_s())


@dataclass(frozen=True)
class Bridge:
    """Device microseconds to host seconds between two syncs; ends are (device_us, host_s, bound_s).

    `bound_s` holds everywhere between the ends; beyond them `bound_at_s` grows by the rate clocks may have.
    """

    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    change_ppm: float

    @property
    def span_s(self) -> float:
        return (self.end[0] - self.begin[0]) * 1e-6

    @property
    def rate(self) -> float:
        """Host minus device, seconds a second."""
        return (self.end[1] - self.begin[1]) / self.span_s - 1

    @property
    def bound_s(self) -> float:
        # Where the parabola on the slope between the two ends' bounds is highest, or at an end.
        at_s = [0.0, self.span_s]
        if self.change_ppm > 0:
            top_s = self.span_s / 2 + (self.end[2] - self.begin[2]) / (2 * self.change_ppm * 1e-6)
            at_s.append(min(max(top_s, 0.0), self.span_s))
        return float(np.max(self.bound_at_s(self.begin[0] + np.array(at_s) * 1e6))) + _ROUNDING_S

    def to_host_s(self, device_us: npt.ArrayLike) -> Floats:
        after_s = (np.asarray(device_us, dtype=float) - self.begin[0]) * 1e-6
        return self.begin[1] + after_s * (1 + self.rate)

    def bound_at_s(self, device_us: npt.ArrayLike) -> Floats:
        after_s = (np.atleast_1d(np.asarray(device_us, dtype=float)) - self.begin[0]) * 1e-6
        s = np.clip(after_s, 0, self.span_s)
        share = s / self.span_s
        inside = (1 - share) * self.begin[2] + share * self.end[2]
        inside = inside + self.change_ppm * 1e-6 * s * (1 - share)
        return inside + np.abs(after_s - s) * (RATE_PPM * 1e-6 + abs(self.rate))


def bridge(before: Sync, after: Sync, change_ppm: float = CHANGE_PPM) -> Bridge:
    """The map between two syncs of one board. Raises ClockError, in words, where there is none."""
    if before.device != after.device:
        raise ClockError(
            f"The clocks compared before and after the walk are of two boards ({before.device}, {after.device}):"
            " compare the same board's clock at both ends."
        )
    if before.boot != after.boot:
        raise ClockError(
            f"The board {before.device} restarted during the walk, and its time began anew: its walk stands alone;"
            " check its battery and walk again."
        )
    one, two = fit(before.pings), fit(after.pings)
    if one is None or two is None or one.breaks or two.breaks:
        raise ClockError(f"The pings of the board {before.device} fit no clock: compare clocks again at both ends.")
    begin, end = _best(one), _best(two)
    if end[0] <= begin[0]:
        raise ClockError(
            f"The clock of the board {before.device} ran backwards between the two comparisons: it restarted, or the"
            " two are swapped; walk again."
        )
    made = Bridge(begin, end, change_ppm)
    slept_s = (after.wall_s - before.wall_s) - (end[1] - begin[1])
    if abs(made.rate) > RATE_PPM * 1e-6 or abs(slept_s) > _SLEPT_S:
        raise ClockError(
            f"Between the two comparisons the host's clock and the board's ran apart by {abs(made.rate) * 1e6:.0f} ppm,"
            f" host's and wall clock by {abs(slept_s):.1f} s: the computer slept or was restarted; keep it awake and"
            " walk again."
        )
    return made


def _best(made: ClockMap) -> tuple[float, float, float]:
    at_us = made.knots_s * 1e6
    bounds = made.bound_at_s(at_us)
    k = int(np.argmin(bounds))
    return float(at_us[k]), float(made.to_host_s(at_us[k])), float(bounds[k])


@dataclass(frozen=True)
class Verdict:
    """Whether double support may be reported of two pods that logged apart, the bound between them, and why."""

    reported: bool
    bound_s: float
    sentence: str


def unsynced_bound_s(walk_s: float, ppm: float = APART_PPM) -> float:
    """How far two clocks may have run apart after `walk_s` since they were last compared; 0.144 s after an hour."""
    return walk_s * ppm * 1e-6


def double_support(bridges: Mapping[str, Bridge | str], use: Use = DOUBLE_SUPPORT) -> Verdict:
    """The verdict on the pods of a walk: each one's bridge by its role, or the sentence that says why it has none."""
    missing = [f"{role}: {made}" for role, made in bridges.items() if not isinstance(made, Bridge)]
    made = [made for made in bridges.values() if isinstance(made, Bridge)]
    if missing or len(made) < 2:
        why = " ".join(missing) or "it needs two pods."
        return Verdict(False, math.inf, f"No double support is reported. {why}")
    bound_s = float(sum(sorted(each.bound_s for each in made)[-2:]))
    within = f"the pods' clocks agree within {milliseconds(bound_s)}"
    if bound_s <= use.limit_s:
        return Verdict(True, bound_s, f"Double support is reported: {within} ({use.limit_s * 1e3:.0f} ms needed).")
    longest_s = max(each.span_s for each in made)
    every_min = _every_min(made, use)
    advice = (
        f"Compare clocks every {every_min} minutes." if every_min else "Use another cable or USB port, without a hub."
    )
    return Verdict(
        False,
        bound_s,
        f"No double support is reported: {within} only over {longest_s / 60:.0f} minutes, and"
        f" {use.limit_s * 1e3:.0f} ms are needed, or {use.cost}. {advice}",
    )


def bridge_or_why(syncs: Sequence[Sync | None], change_ppm: float = CHANGE_PPM) -> Bridge | str:
    """What `double_support` takes: the bridge from the sync before to that after the walk, or why there is none."""
    before, after = syncs
    if before is None or after is None:
        when = "before and after" if before is after else "before" if before is None else "after"
        return (
            f"The pod's clock was not compared {when} the walk, so it may be {APART_PPM:.0f} ppm off the other's,"
            f" {unsynced_bound_s(3600) * 1e3:.0f} ms an hour: connect it before and after."
        )
    try:
        return bridge(before, after, change_ppm)
    except ClockError as error:
        return str(error)


def _every_min(made: Sequence[Bridge], use: Use) -> int:
    """Whole minutes of walk that would keep two such pods within the limit; 0 where their pings alone are too slow."""
    ends_s = sum(sorted(max(each.begin[2], each.end[2]) for each in made)[-2:])
    change = sum(sorted(each.change_ppm for each in made)[-2:]) * 1e-6 / 4
    left_s = (use.limit_s - ends_s - 1e-6) / change if change > 0 else math.inf
    return max(math.floor(min(left_s, 86400.0) / 60), 0)
