# SPDX-License-Identifier: MIT
"""Calibration records as they stand in a file: versions and what they upgrade to, and the hash of their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from .errors import CalibrationError

RECORD = 2
KIND = "insole+imu"


def _to_2(raw: dict[str, Any]) -> dict[str, Any]:
    """Version 2: how each part was made stands with that part, misalignment of the accelerometer, pair and wearer."""
    out = {key: value for key, value in raw.items() if key not in ("method", "nominal", "residuals", "evidence_sha256")}
    scale = raw["imu"]["acc_scale"]
    imu = {key: value for key, value in raw["imu"].items() if key != "acc_scale"}
    imu |= {
        "acc_matrix": [[scale[i] if i == j else 0.0 for j in range(3)] for i in range(3)],
        "gyr_bias_temp_degc": None,
    }
    made = {
        "method": raw["method"],
        "created_utc": raw["created_utc"],
        "who": None,
        "evidence_sha256": raw["evidence_sha256"],
        "residuals": raw["residuals"],
        "error": {},
        "expires_utc": None,
    }
    level = 2 if raw["method"].startswith("known loads on each cell") else 1
    bare = imu["axes"] == [[float(i == j) for j in range(3)] for i in range(3)] and not any(
        [*imu["acc_bias_ms2"], *imu["gyr_bias_dps"]]
    )
    return out | {
        "pair": {"id": "", "eu_size": None},
        "wearer": None,
        "cells": raw["cells"] | {"curves": None, "hysteresis_share": None, "creep_share_per_decade": None},
        "imu": imu,
        "made": {
            "insole": None if raw["nominal"] else made | {"level": level},
            "imu": None if raw["nominal"] or bare else made | {"level": 1, "residuals": {}},
        },
    }


# version n -> a record of version n + 1
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _to_2}


def upgrade(
    raw: Mapping[str, Any],
    upgrades: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = UPGRADES,
    to: int = RECORD,
    where: str = "The calibration record",
) -> dict[str, Any]:
    """The record as this version writes it; refuses what it doesn't know. Only the copy in memory changes.

    `where` begins an error.
    """
    out = dict(raw)
    version = out.get("record")
    if not isinstance(version, int) or isinstance(version, bool) or out.get("kind") != KIND:
        raise CalibrationError(
            f'{where} is not a Surefoot calibration record (it lacks a whole-number "record" or the kind "{KIND}"):'
            " choose another file, or make one as calibration/README.md says."
        )
    if version > to:
        raise CalibrationError(f"{where} is of version {version}, this Surefoot reads up to {to}: update Surefoot.")
    while version < to:
        step = upgrades.get(version)
        if step is None:
            raise CalibrationError(
                f"{where} is of version {version}, and there is no way from it to {to}: calibrate again."
            )
        out = step(out)
        version += 1
        out["record"] = version
    return out


def content_hash(raw: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of everything in a record's file, of whatever version, but its id."""
    body = _plain({key: value for key, value in raw.items() if key != "id"})
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The same with every number a float: 1 and 1.0 are one content."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def name_of(raw: Mapping[str, Any]) -> str:
    """The id that a file's content gives it."""
    return f"cal-{content_hash(raw)[:12]}"
