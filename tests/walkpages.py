# SPDX-License-Identifier: MIT
"""Kept walks for the pages: one simulated walk analysed once, and copies of it with other days, sums and faults."""

from __future__ import annotations

import time
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from surefoot.clinic.walk_find import find
from surefoot.clinic.walk_input import WalkInput
from surefoot.clinic.walk_values import KeptWalk, Said
from surefoot.device.virtual.walkers import walk_arrays
from surefoot.output.walk_result import entry

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)  # a Thursday
SUMS = ("gait_distance_m", "gait_walking_s", "gait_steps")
SECONDS = 60.0


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch):
    """Days and hours of the pages are those of the clock of this place."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@cache
def _arrays() -> Any:
    return walk_arrays("level", 4, 100.0, SECONDS, noisy=True)


@cache
def _entry(feet: str) -> dict[str, Any]:
    rows = _arrays()
    cells = rows.cell_force_n.copy()
    if feet == "left":
        cells[:, 8:] = np.nan
    facts = {
        "rows": len(cells), "rate_hz": 100.0, "duration_s": SECONDS, "missing_rows": 0, "gaps": 0, "columns": {},
        "begun_utc": None, "calibration": "c0ffee", "device": "b0a7", "log": 1, "ended": "stop",
        "lost_rows": {"cells": 0, "imu": 3},
    }  # fmt: skip
    waist = (rows.acc_ms2, rows.gyr_dps) if feet != "insoles" else (None, None)
    walk = WalkInput("Surefoot", 100.0, cells, acc_ms2=waist[0], gyr_dps=waist[1], facts=facts, insole_mm=265.0)
    return entry("walk.sfr", walk, find(walk, 0.88))


def document(feet: str = "both") -> dict[str, Any]:
    """An entry of a walk of both feet, of the "left" one and the waist, or of "insoles" alone."""
    return deepcopy(_entry(feet))


def kept(
    days: float | None = 0,
    *,
    name: str = "",
    feet: str = "both",
    said: Said | None = None,
    sums: Mapping[str, float] | None = None,
    entry: dict[str, Any] | None = None,
) -> KeptWalk:
    """A walk so many days before NOW at ten o'clock, None without a clock; `sums`: other values of SUMS."""
    made = entry or document(feet)
    utc = None if days is None else f"{NOW - timedelta(days=days):%Y-%m-%d}T10:00:00Z"
    made["begun_utc"] = utc
    for key, value in (sums or {}).items():
        if key == "gait_distance_m":
            made["parameters"][key]["strides"] = made["parameters"]["gait_steps"]["value"]
        made["parameters"][key]["value"] = value
    return KeptWalk(name or f"b0a7-{500 - (days or 0):05.0f}", utc, made, said)


def failed(days: float | None = 0, name: str = "b0a7-00099") -> KeptWalk:
    """A walk that could not be analysed, as the folder of walks lists it."""
    why = "No steps were found."
    utc = None if days is None else f"{NOW - timedelta(days=days):%Y-%m-%d}T11:00:00Z"
    nothing = {"file": f"{name}.sfr", "parameters": {}, "not_reported": {}, "notes": [why]}
    return KeptWalk(name, utc, nothing, None, why, utc)


def lengths_of_few(walk: KeptWalk) -> KeptWalk:
    """The same with the lengths of seven strides alone, as of slow walking by a waist sensor."""
    told = walk.entry["parameters"]
    told["gait_distance_m"] = {"value": 2.6, "unit": "m", "strides": 7}
    return walk
