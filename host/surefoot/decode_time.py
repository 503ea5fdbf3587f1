# SPDX-License-Identifier: MIT
"""The device's clocks in a recording: ticks that wrap, taken as time since boot."""

from __future__ import annotations

import numpy as np

from .frames import Row
from .unframe import Ints


def near(ticks: int, reference: int, wrap: int) -> int:
    return ticks + round((reference - ticks) / wrap) * wrap


def status_of(rows: list[Row], wrap: int) -> dict[str, Ints]:
    if not rows:
        return {}
    out = {key: np.array([row.fields[key] for row in rows], np.int64) for key in rows[0].fields}
    now = out["wraps"] * wrap + out["t_us"]
    out["imu_us"] = now - (out["t_us"] - out["imu_us"]) % wrap
    out["t_us"] = now
    # The shorter way round, either way: rows may come twice or out of order.
    steps = (np.diff(out["imu_t"]) + 2**31) % 2**32 - 2**31
    out["imu_t"] = out["imu_t"][0] + np.concatenate(([0], np.cumsum(steps)))
    out["order"] = np.array([row.order for row in rows], np.int64)
    return out
