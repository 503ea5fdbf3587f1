# SPDX-License-Identifier: MIT
"""Sessions as a device would send them, built with the wire format: known counts in, frames out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from surefoot import wire

WRAP = wire.TICK_WRAP
CONFIG = {
    "fw": "0.1.0",
    "wire": wire.VERSION,
    "board": "esp32-devkit",
    "id": "f00d",
    "boot": 1,
    "session": 1,
    "rate_hz": 100,
    "scans": 2,
    "imu_odr_hz": 104,
    "acc_g": 4,
    "gyro_dps": 500,
    "acc_lsb_ug": 122,
    "gyro_lsb_udps": 17500,
    "cell_bits": 12,
    "frame": "live",
    "baud": 115200,
    "imu": "LSM6DSO",
    "left": True,
    "right": True,
    "streaming": True,
}


@dataclass
class Session:
    """Frames of one made-up session, one list item each, and the counts that are in them."""

    cells: np.ndarray
    imu: np.ndarray
    frames: list[bytes] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        return b"".join(self.frames)


def frame(kind: str, values: tuple[int, ...] = (), body: bytes = b"", stream: int = 0) -> bytes:
    return wire.build(wire.KINDS[kind], stream, values, body, wire.SEED)


def config(**changes: object) -> bytes:
    return frame("CONFIG", body=json.dumps({**CONFIG, **changes}).encode())


def data_frame(stream: int, index: int, tick: int, records: np.ndarray) -> bytes:
    if stream == wire.CELLS:
        body = bytearray(24 * len(records))
        for k, row in enumerate(records):
            wire.pack12(row.tolist(), 16, body, 24 * k)
    else:
        body = records.astype("<i2").tobytes()
    return frame("DATA", (index, tick, len(records)), bytes(body), stream)


def status(t_us: int, imu_t: int, cells: int, imu: int, **changes: int) -> bytes:
    wraps, now = divmod(t_us, WRAP)
    values = {"t_us": now, "wraps": wraps, "imu_us": now, "imu_t": imu_t % 2**32, "cells": cells, "imu": imu}
    fields = dict.fromkeys([text.split(":")[0] for text in wire.TABLE["kinds"][wire.KINDS["STATUS"] - 1][2].split()], 0)
    return frame("STATUS", tuple({**fields, **values, **changes}.values()))


def session(
    seconds: float = 3.0,
    seed: int = 0,
    start_us: int = 5_000_000,
    rate_hz: int = 100,
    n: int = 2,
    skew: float = 0.0,
    counts: np.ndarray | None = None,
    imu: np.ndarray | None = None,
) -> Session:
    """A whole session: SCHEMA, CONFIG, DATA of both streams, a STATUS each second, END. `skew`: of the IMU clock."""
    rng = np.random.default_rng(seed)
    total, imu_total = int(seconds * rate_hz), int(seconds * 104)
    cells = rng.integers(0, 4096, (total, 16)).astype(np.uint16) if counts is None else counts
    drawn = rng.integers(-32768, 32768, (imu_total, 6)).astype(np.int16)
    imu = drawn if imu is None else imu[:imu_total]
    made = Session(cells, imu, [wire.schema_frame(), config(rate_hz=rate_hz)])
    period_us = 1_000_000 // rate_hz
    timed: list[tuple[int, bytes]] = []
    for k in range(0, total, n):
        at = start_us + k * period_us
        timed.append((at, data_frame(wire.CELLS, k, at % WRAP, cells[k : k + n])))
    for k in range(0, imu_total, n):
        at = start_us + round(k * 1e6 / 104)
        tick = round((at - start_us) * (1 + skew) / 25)
        timed.append((at, data_frame(wire.IMU, k, tick % 2**32, imu[k : k + n])))
    for second in range(1, int(seconds) + 1):
        at = start_us + second * 1_000_000 - 1
        tick = round((at - start_us) * (1 + skew) / 25)
        timed.append((at, status(at, tick, second * rate_hz, second * 104)))
    timed.sort(key=lambda item: item[0])
    made.frames += [data for _, data in timed]
    wraps, now = divmod(start_us + int(seconds * 1e6), WRAP)
    made.frames.append(frame("END", (now, wraps, total, imu_total, len(made.frames), 0, 0)))
    return made
