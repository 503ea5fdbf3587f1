# SPDX-License-Identifier: MIT
"""Recordings of several boards on one time axis, that of the host which recorded them, with a bound between any two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from . import signals_time
from .decode import Decoded
from .device import clock
from .device.clock_limits import DOUBLE_SUPPORT, Use, milliseconds
from .errors import ClockError

_PLACES = 1001  # of the common stretch where the bound is looked at, beside every ping

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Together:
    """Boards by role on one axis: seconds since `origin_s` of the host's clock.

    cells_s and imu_s: when each sample that arrived was taken (rows of `decoded.samples[...].counts`). All boards were
    recording from begin_s to end_s; there the times of any two agree within `bound_s`. The bound is that of the clocks:
    a scan of the cells takes its milliseconds, on each board alike.
    """

    origin_s: float
    clocks: Mapping[str, clock.ClockMap]
    cells_s: Mapping[str, Floats]
    imu_s: Mapping[str, Floats]
    begin_s: float
    end_s: float
    bound_s: float
    warnings: tuple[str, ...]

    def axis_s(self, role: str, device_us: npt.ArrayLike) -> Floats:
        """A board's device time on the axis."""
        return self.clocks[role].to_host_s(device_us) - self.origin_s

    def bound_at_s(self, one: str, other: str, axis_s: npt.ArrayLike) -> Floats:
        """Bound of the difference between the times of two boards, at times of the axis."""
        host_s = np.asarray(axis_s, dtype=float) + self.origin_s
        return np.sum([made.bound_at_s(made.to_device_us(host_s)) for made in self._of(one, other)], axis=0)

    def _of(self, *roles: str) -> list[clock.ClockMap]:
        return [self.clocks[role] for role in roles]

    def doubt(self, use: Use = DOUBLE_SUPPORT) -> str | None:
        """Why times of different boards may not be compared for this use; None where they may."""
        if self.bound_s <= use.limit_s:
            return None
        return (
            f"The boards' clocks agree within {milliseconds(self.bound_s)} only, {use.name} needs"
            f" {use.limit_s * 1e3:.0f} ms, or {use.cost}: it is not reported."
        )


def together(recordings: Mapping[str, Decoded]) -> Together:
    """Put recordings made at once by one host on one axis, that begins where the last board began.

    Raises ClockError where they were not made together, or where a board's clock can't be followed.
    """
    groups = {str((decoded.head.get("together") or {}).get("id")) for decoded in recordings.values()}
    if len(recordings) < 2 or len(groups) != 1 or groups == {"None"}:
        raise ClockError(
            "These recordings were not made together, so they share no clock: give the files of one folder that"
            " `surefoot together` wrote."
        )
    clocks: dict[str, clock.ClockMap] = {}
    cells_us: dict[str, Floats] = {}
    imu_us: dict[str, Floats] = {}
    warnings: list[str] = []
    for role, decoded in recordings.items():
        made = clock.fit(decoded.pings)
        if made is None:
            raise ClockError(f"{role}: the board answered no ping, so its clock is unknown: record again.")
        if made.breaks:
            raise ClockError(f"{role}: {made.breaks[0]}")
        clocks[role] = made
        cells_us[role], imu_us[role], said = _device_us(decoded)
        warnings += [f"{role}: {text}" for text in (*made.doubts, *said)]
    spans = {role: np.concatenate((cells_us[role], imu_us[role])) for role in recordings}
    empty = [role for role, us in spans.items() if not len(us)]
    if empty:
        raise ClockError(f"{', '.join(empty)}: not one sample arrived: check the cable and record again.")
    begin = max(float(clocks[role].to_host_s(us.min())) for role, us in spans.items())
    end = min(float(clocks[role].to_host_s(us.max())) for role, us in spans.items())
    if end <= begin:
        raise ClockError("The boards never recorded at the same time: record again.")
    axis = Together(
        origin_s=begin,
        clocks=clocks,
        cells_s={role: clocks[role].to_host_s(us) - begin for role, us in cells_us.items()},
        imu_s={role: clocks[role].to_host_s(us) - begin for role, us in imu_us.items()},
        begin_s=0.0,
        end_s=end - begin,
        bound_s=0.0,
        warnings=tuple(warnings),
    )
    return Together(**{**axis.__dict__, "bound_s": _worst_s(axis)})


def _device_us(decoded: Decoded) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Device times of the samples that arrived, of cells and IMU; without cells the IMU has no time."""
    cells, imu = decoded.samples.get("cells"), decoded.samples.get("imu")
    nothing = np.empty(0)
    if cells is None or not len(cells.index):
        return nothing, nothing, ()
    period_us, t0_us, said = signals_time.cells_clock(cells)
    cells_us: Floats = t0_us + cells.index.astype(float) * period_us
    if imu is None or not len(imu.index):
        return cells_us, nothing, said
    at_s, more = signals_time.imu_times_s(imu, decoded.status, decoded.schema, t0_us)
    return cells_us, t0_us + at_s * 1e6, said + more


def _worst_s(axis: Together) -> float:
    """The largest bound between two boards in the common stretch.

    Between the places looked at, a bound can't grow by more than the rate times the way to the next place.
    """
    worst = 0.0
    for one, other in combinations(axis.clocks, 2):
        pings = [made.to_host_s(made.knots_s * 1e6) - axis.origin_s for made in axis._of(one, other)]
        at = np.concatenate((np.linspace(axis.begin_s, axis.end_s, _PLACES), *pings))
        at = np.sort(at[(at >= axis.begin_s) & (at <= axis.end_s)])
        rate = sum((made.fast - made.slow) / 2 for made in axis._of(one, other))
        widest = float(np.max(np.diff(at), initial=0.0)) / 2
        worst = max(worst, float(np.max(axis.bound_at_s(one, other, at))) + rate * widest)
    return worst
