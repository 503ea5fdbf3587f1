# SPDX-License-Identifier: MIT
"""How well a board's clock is known at this moment, from pings as they come."""

from __future__ import annotations

import math

from ..decode import Ping
from .clock import JUMP_S, LOOSE, RATE_PPM, read_stamps

_Tube = tuple[float, float, float]  # device time, and the least and most of host minus device there, in seconds


class LiveClock:
    """The bound as far as it is known now: what a map would say at its last moment.

    `worst_s` is the largest bound asked for since `restart_worst`; `breaks` counts how often the clock began anew.
    """

    def __init__(self) -> None:
        self.breaks = 0
        self.worst_s = 0.0
        self._tube: _Tube | None = None
        self._odd: _Tube | None = None

    def add(self, ping: Ping) -> None:
        stamps, _ = read_stamps([ping])
        if not len(stamps.host):
            return
        fresh = (float(stamps.device[0]), float(stamps.low[0]), float(stamps.high[0]))
        if self._tube is None:
            self._tube = fresh
        elif both := _meet(self._tube, fresh):
            self._tube, self._odd = both, None
        elif self._odd and (both := _meet(self._odd, fresh)):
            self.breaks += 1
            self._tube, self._odd = both, None
        else:
            self._odd = fresh  # a wrong stamp, or a clock that began anew: the next ping tells

    def bound_s(self, host_s: float) -> float:
        """Bound of the map at this moment; inf before the first ping, and while two pings contradict each other."""
        bound_s = math.inf
        if self._tube and not self._odd:
            then, low, high = self._tube
            half = (high - low) / 2
            passed = abs(host_s - (low + high) / 2 - then) + half
            bound_s = half + passed * RATE_PPM * 1e-6 * (1 + LOOSE)
        self.worst_s = max(self.worst_s, bound_s)
        return bound_s

    def restart_worst(self) -> None:
        self.worst_s = 0.0


def _meet(old: _Tube, new: _Tube) -> _Tube | None:
    """The tube of `old` at the time of `new`, narrowed by it; None where a jump lies between them.

    Where they contradict each other by less, both are kept, and the tube is wide.
    """
    spread = abs(new[0] - old[0]) * RATE_PPM * 1e-6
    floor, ceiling = old[1] - spread, old[2] + spread
    low, high = max(floor, new[1]), min(ceiling, new[2])
    if low <= high:
        return new[0], low, high
    return (new[0], min(floor, new[1]), max(ceiling, new[2])) if low - high <= JUMP_S else None
