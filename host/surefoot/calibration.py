# SPDX-License-Identifier: MIT
"""Calibration records: load, upgrade, check, choose and save them.

Raw counts are what is stored; a record is applied on reading, so an old recording can be read again with a better one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from . import wire
from .errors import CalibrationError

RECORD = 1
KIND = "insole+imu"
CELLS = tuple(wire.STREAMS[wire.CELLS]["cols"].split())
SIDES = ("left", "right")

Two = tuple[float, float]
Three = tuple[float, float, float]
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}  # version n -> a record of version n + 1


@dataclass(frozen=True)
class ImuCalibration:
    """body = axes @ (scale * (sensor - bias)); rows of `axes` are the body's right, forward and up."""

    axes: tuple[Three, Three, Three]
    acc_bias_ms2: Three = (0.0, 0.0, 0.0)
    acc_scale: Three = (1.0, 1.0, 1.0)
    gyr_bias_dps: Three = (0.0, 0.0, 0.0)
    gyr_scale: Three = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Calibration:
    """One record. Tuples of 16 are in the order of CELLS, pairs of feet are (left, right), pairs of axes (ml, ap)."""

    device: str
    created_utc: str
    method: str
    nominal: bool
    foot_length_mm: float
    rm_ohm: tuple[float, ...]
    exponent: tuple[float, ...]
    gain_n_per_siemens_exp: tuple[float, ...]
    zero_count: tuple[float, ...]
    foot_gain: Two
    cop_gain: tuple[Two, Two]
    cop_offset_mm: tuple[Two, Two]
    imu: ImuCalibration
    cop_noise_mm: float | None = None
    residuals: Mapping[str, Any] = field(default_factory=dict)
    evidence_sha256: str | None = None
    supersedes: str | None = None
    id: str = ""


def to_dict(record: Calibration) -> dict[str, Any]:
    """The record as it stands in a file."""
    maps = {
        side: {"gain": list(record.cop_gain[f]), "offset_mm": list(record.cop_offset_mm[f])}
        for f, side in enumerate(SIDES)
    }
    imu = record.imu
    return {
        "record": RECORD,
        "kind": KIND,
        "id": record.id,
        "device": record.device,
        "created_utc": record.created_utc,
        "method": record.method,
        "nominal": record.nominal,
        "foot_length_mm": record.foot_length_mm,
        "cells": {
            "rm_ohm": list(record.rm_ohm),
            "exponent": list(record.exponent),
            "gain_n_per_siemens_exp": list(record.gain_n_per_siemens_exp),
        },
        "zero_count": list(record.zero_count),
        "foot_gain": dict(zip(SIDES, record.foot_gain, strict=True)),
        "cop_map": maps,
        "cop_noise_mm": record.cop_noise_mm,
        "imu": {
            "axes": [list(row) for row in imu.axes],
            "acc_bias_ms2": list(imu.acc_bias_ms2),
            "acc_scale": list(imu.acc_scale),
            "gyr_bias_dps": list(imu.gyr_bias_dps),
            "gyr_scale": list(imu.gyr_scale),
        },
        "residuals": dict(record.residuals),
        "evidence_sha256": record.evidence_sha256,
        "supersedes": record.supersedes,
    }


def _three(values: list[float]) -> Three:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _two(values: Iterable[float]) -> Two:
    a, b = (float(value) for value in values)
    return a, b


def _from_dict(raw: Mapping[str, Any]) -> Calibration:
    cells, imu, maps = raw["cells"], raw["imu"], raw["cop_map"]
    x, y, z = (_three(row) for row in imu["axes"])
    return Calibration(
        id=raw["id"],
        device=raw["device"],
        created_utc=raw["created_utc"],
        method=raw["method"],
        nominal=raw["nominal"],
        foot_length_mm=float(raw["foot_length_mm"]),
        rm_ohm=tuple(cells["rm_ohm"]),
        exponent=tuple(cells["exponent"]),
        gain_n_per_siemens_exp=tuple(cells["gain_n_per_siemens_exp"]),
        zero_count=tuple(raw["zero_count"]),
        foot_gain=_two(raw["foot_gain"][side] for side in SIDES),
        cop_gain=(_two(maps["left"]["gain"]), _two(maps["right"]["gain"])),
        cop_offset_mm=(_two(maps["left"]["offset_mm"]), _two(maps["right"]["offset_mm"])),
        cop_noise_mm=raw["cop_noise_mm"],
        imu=ImuCalibration(
            (x, y, z),
            _three(imu["acc_bias_ms2"]),
            _three(imu["acc_scale"]),
            _three(imu["gyr_bias_dps"]),
            _three(imu["gyr_scale"]),
        ),
        residuals=raw["residuals"],
        evidence_sha256=raw["evidence_sha256"],
        supersedes=raw["supersedes"],
    )


def upgrade(
    raw: Mapping[str, Any],
    upgrades: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = UPGRADES,
    to: int = RECORD,
) -> dict[str, Any]:
    """The record as this version writes it; refuses what it doesn't know. Only the copy in memory changes."""
    out = dict(raw)
    version = out.get("record")
    if not isinstance(version, int) or isinstance(version, bool) or out.get("kind") != KIND:
        raise CalibrationError(
            f'This is not a Surefoot calibration record (it lacks a whole-number "record" or the kind "{KIND}"):'
            " choose another file, or make one as calibration/README.md says."
        )
    if version > to:
        raise CalibrationError(
            f"The calibration record is of version {version}, this Surefoot reads up to {to}: update Surefoot."
        )
    while version < to:
        step = upgrades.get(version)
        if step is None:
            raise CalibrationError(
                f"The calibration record is of version {version}, and there is no way from it to {to}: calibrate again."
            )
        out = step(out)
        version += 1
        out["record"] = version
    return out


def content_hash(record: Calibration) -> str:
    """SHA-256 (hex) of everything in the record but its id."""
    body = _plain({key: value for key, value in to_dict(record).items() if key != "id"})
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The same with every number a float: 1 and 1.0 are one content."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def sealed(record: Calibration) -> Calibration:
    """The record under the id that its content gives it."""
    return replace(record, id=f"cal-{content_hash(record)[:12]}")


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number")


def check(raw: Any, where: str = "The calibration record") -> Calibration:
    """The record of a parsed JSON value, checked against calibration/schema.json; `where` begins an error."""
    import jsonschema

    if not isinstance(raw, dict):
        raise CalibrationError(f"{where} holds no JSON object: choose another file.")
    raw = upgrade(raw)
    validator = jsonschema.Draft202012Validator(_shipped("schema.json"))
    error = next(iter(sorted(validator.iter_errors(raw), key=lambda e: [str(part) for part in e.path])), None)
    if error:
        place = ".".join(str(part) for part in error.path) or "the top level"
        raise CalibrationError(f"{where} has a mistake at {place}: {error.message}. Correct it or calibrate again.")
    record = _from_dict(raw)
    axes = np.array(record.imu.axes)
    if np.abs(axes @ axes.T - np.eye(3)).max() > 0.01 or np.linalg.det(axes) < 0:
        raise CalibrationError(
            f"{where} has imu.axes that are no rotation (rows of length 1 at right angles, right-handed):"
            " correct the mounting or calibrate again."
        )
    if record.id.startswith("cal-") and record.id != sealed(record).id:
        raise CalibrationError(
            f"{where} was changed after it was made (its content is not that of {record.id}): use an untouched copy."
        )
    return record


def load(path: Path | str) -> Calibration:
    """Read, upgrade and check one record."""
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CalibrationError(f"The calibration record {path} can't be read ({reason}): check the path.") from None
    except ValueError as error:
        raise CalibrationError(f"{path} is not readable as JSON ({error}): choose another file.") from None
    return check(raw, f"The calibration record {path}")


def save(record: Calibration, folder: Path | str) -> Path:
    """Write the sealed record under its id into `folder`; a record on disk is never overwritten."""
    record = sealed(record)
    path = Path(folder) / f"{record.id}.json"
    check(to_dict(record))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(json.dumps(to_dict(record), indent=1, allow_nan=False) + "\n")
    except FileExistsError:
        raise CalibrationError(
            f"{path} exists already and calibration records never change: to change a number, make a new record."
        ) from None
    return path


def when_utc(text: str) -> datetime:
    """A moment from ISO 8601 text; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def choose(records: Iterable[Calibration], device: str, date_utc: str) -> Calibration | None:
    """The newest record of `device` made at or before `date_utc` (ISO 8601), or None."""
    moment = when_utc(date_utc)
    mine = [r for r in records if r.device == device and not r.nominal and when_utc(r.created_utc) <= moment]
    return max(mine, key=lambda record: when_utc(record.created_utc), default=None)


def must_be_of(record: Calibration, device: str) -> Calibration:
    """The record, if it is of this device or nominal. Raises CalibrationError."""
    if not record.nominal and record.device != device:
        raise CalibrationError(
            f"The calibration record {record.id} is of board {record.device}, and this board is {device}: "
            "name the record of this board, or none."
        )
    return record


def nominal(foot_length_mm: float | None = None) -> Calibration:
    """The shipped default, for any device: assumed numbers, so its forces are no newtons of anyone."""
    record = _from_dict(_shipped("nominal.json"))
    if foot_length_mm is None:
        return record
    if not 100 <= foot_length_mm <= 400:
        raise CalibrationError(f"A foot length of {foot_length_mm:g} mm is outside 100 to 400 mm: measure it again.")
    return replace(record, id=f"{record.id}-{foot_length_mm:g}mm", foot_length_mm=float(foot_length_mm))


def _shipped(name: str) -> dict[str, Any]:
    from . import resources

    return json.loads((resources.data_dir("calibration") / name).read_text(encoding="utf-8"))
