# SPDX-License-Identifier: MIT
"""A live board as Lab Streaming Layer outlets: the waist sensor and the cells, each on its own clock.

Each sample carries the moment it was taken, by the map of the board's clock that the pings allow, on LSL's clock. A
sample that was lost is not sent and none is made up: its time stamp is missing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ... import wire
from ...calibration import SIDES, Calibration
from ...calibration_law import FULL_COUNT, force_table_n
from ...care.codes import codes
from ...cells import CELLS_PER_FOOT
from ...decode import Ping
from ...device import clock
from ...device.framer import Frame
from ...device.link import Link
from ...frames import unpack12
from ...signals import imu_map
from .motion import ACCELERATION, AXES, FORCE, TURNING
from .values import ExportError

INSTALL = "pip install 'surefoot[export]'"
PING_S = 0.9839  # un-round, so that pings don't lock to anything periodic
FIRST_PINGS, KEPT_PINGS = 4, 64
WAIT_S = 0.02
# Nobody else on the network is told of the outlets; that nobody reaches their ports, liblsl has no setting for.
THIS_MACHINE = "[multicast]\nResolveScope = machine\nListenAddress = 127.0.0.1\n"
CELLS, IMU = "cells", "imu"

Floats = npt.NDArray[np.float64]


class Samples:
    """Frames in, samples in SI with their host times out; nothing before the clocks are known."""

    def __init__(self, config: Mapping[str, Any], record: Calibration):
        self._pings: deque[Ping] = deque(maxlen=KEPT_PINGS)
        self._map: clock.ClockMap | None = None
        self._table = force_table_n(record)
        self._gone = np.repeat([config.get(side) is False for side in SIDES], CELLS_PER_FOOT)
        self._imu = imu_map(config, record) if config.get("imu") else None
        self._rate_hz = {CELLS: float(config["rate_hz"]), IMU: float(config["imu_odr_hz"])}
        self._us_per_tick = int(config.get("imu_tick_ns", wire.STREAMS[wire.IMU]["tick_ns"])) * 1e-3
        self._read: tuple[int, float] | None = None  # IMU ticks and unwrapped device us, read together

    def ping(self, ping: Ping) -> None:
        self._pings.append(ping)
        self._map = clock.fit(self._pings)

    @property
    def bound_s(self) -> float:
        """How far a time stamp may be off now."""
        return float("inf") if self._map is None else self._map.bound_s

    def take(self, frames: Iterable[Frame]) -> dict[str, tuple[Floats, Floats]]:
        """By stream, host times [n] in s and values [n, 16] in N or [n, 6] in m/s2 and deg/s."""
        found: dict[str, list[tuple[Floats, Floats]]] = {CELLS: [], IMU: []}
        for frame in frames:
            if frame.name == "STATUS" and frame.fields["imu_us"] and self._pings:
                self._paired(frame.fields["imu_t"], self._unwrapped(frame.fields["imu_us"]))
            elif frame.name == "DATA" and self._map is not None:
                if frame.stream == wire.CELLS:
                    found[CELLS].append(
                        (self._times(CELLS, self._unwrapped(frame.fields["t"]), frame), self._force(frame))
                    )
                elif self._read is not None and self._imu is not None:
                    ticks = _near(frame.fields["t"] - self._read[0], wire.STREAMS[wire.IMU]["wrap"])
                    at_us = self._read[1] + ticks * self._us_per_tick
                    matrix, offset = self._imu
                    counts = np.frombuffer(frame.body, "<i2").reshape(-1, 6)
                    found[IMU].append((self._times(IMU, at_us, frame), counts @ matrix + offset))
        return {
            name: (np.concatenate([one[0] for one in rows]), np.concatenate([one[1] for one in rows]))
            for name, rows in found.items()
            if rows
        }

    def _force(self, frame: Frame) -> Floats:
        counts = unpack12(np.frombuffer(frame.body, np.uint8).reshape(-1, wire.STREAMS[wire.CELLS]["bytes"]))
        force = self._table.ravel().take(counts + np.arange(2 * CELLS_PER_FOOT) * (FULL_COUNT + 1))
        force[:, self._gone] = np.nan
        return force

    def _times(self, stream: str, first_us: float, frame: Frame) -> Floats:
        assert self._map is not None
        return self._map.to_host_s(first_us + np.arange(frame.fields["n"]) * 1e6 / self._rate_hz[stream])

    def _unwrapped(self, ticks_us: int) -> float:
        """Device us since boot, of the turn of its counter that is nearest to the newest ping."""
        newest = self._pings[-1].tx_us
        return newest + _near(ticks_us - newest, wire.TICK_WRAP)

    def _paired(self, tick: int, at_us: float) -> None:
        """A reading of the IMU's clock; two of them, half a second apart or more, give its rate."""
        if self._read is not None:
            ticks, passed_us = _near(tick - self._read[0], wire.STREAMS[wire.IMU]["wrap"]), at_us - self._read[1]
            if ticks > 0 and passed_us > 5e5:
                self._us_per_tick = passed_us / ticks
        self._read = tick, at_us


def channels() -> dict[str, list[tuple[str, str]]]:
    """Labels and UCUM units of each outlet's channels. Raises CodeError."""
    table = codes()
    waist = [
        (f"{what}_{axis}", table.unit(unit))
        for what, unit in (("acc", ACCELERATION), ("gyr", TURNING))
        for axis in AXES
    ]
    cells = [(f"{side[0].upper()}{k + 1}_force", table.unit(FORCE)) for side in SIDES for k in range(CELLS_PER_FOOT)]
    return {IMU: waist, CELLS: cells}


def stream(
    link: Link,
    record: Calibration,
    going: Callable[[], bool],
    *,
    rate_hz: int = 100,
    network: bool = False,
    on_sent: Callable[[dict[str, int]], None] | None = None,
) -> dict[str, int]:
    """Stream until `going` says no; samples sent of each outlet. `network`: others on the network may see them, too.
    Raises ExportError where pylsl isn't installed, LinkError."""
    lsl = library(network)
    config = link.start(rate_hz, "live")
    samples = Samples(config, record)
    before, link.on_ping = link.on_ping, samples.ping
    outlets, sent = _outlets(lsl, config, record), {CELLS: 0, IMU: 0}
    try:
        for _ in range(FIRST_PINGS):
            link.ping()
        asked_s = link.timing.now_s()
        while going():
            if link.timing.now_s() - asked_s > PING_S:
                link.ping()
                asked_s = link.timing.now_s()
            ahead_s = lsl.local_clock() - link.timing.now_s()
            for name, (times_s, values) in samples.take(link.poll(WAIT_S)).items():
                outlets[name].push_chunk(values.astype(np.float32), (times_s + ahead_s).tolist())
                sent[name] += len(values)
            if on_sent:
                on_sent(sent)
    finally:
        link.on_ping = before
        link.stop()
    return sent


def _outlets(lsl: Any, config: Mapping[str, Any], record: Calibration) -> dict[str, Any]:
    rates = {CELLS: float(config["rate_hz"]), IMU: float(config["imu_odr_hz"])}
    found = {}
    for name, rows in channels().items():
        kind = "Force" if name == CELLS else "MoCap"
        info = lsl.StreamInfo(
            f"surefoot-{name}", kind, len(rows), rates[name], lsl.cf_float32, f"surefoot-{config['id']}-{name}"
        )
        told = info.desc().append_child("channels")
        for label, unit in rows:
            one = told.append_child("channel")
            one.append_child_value("label", label)
            one.append_child_value("unit", unit)
            one.append_child_value(
                "type", "Force" if name == CELLS else "Acceleration" if unit == ACCELERATION else "AngularVelocity"
            )
        made = info.desc().append_child("acquisition")
        made.append_child_value("manufacturer", "Surefoot")
        made.append_child_value("calibration", record.id)
        made.append_child_value("nominal", str(record.nominal).lower())  # then forces are no newtons of anyone
        made.append_child_value("lost_samples", "not sent")
        found[name] = lsl.StreamOutlet(info)
    return found


_configured: list[str] = []


def library(network: bool = False) -> Any:
    """pylsl, kept to this machine unless told otherwise; liblsl reads its settings once. Raises ExportError."""
    try:
        import pylsl
    except (ImportError, RuntimeError):
        raise ExportError(f"Lab Streaming Layer needs pylsl, which isn't installed: {INSTALL}") from None
    if not network and not _configured:
        pylsl.set_config_content(THIS_MACHINE)
        _configured.append(THIS_MACHINE)
    return pylsl


def _near(ticks: float, wrap: int) -> float:
    """A difference of clocks that wrap, the shorter way round."""
    return (ticks + wrap / 2) % wrap - wrap / 2
