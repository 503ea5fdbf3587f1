# SPDX-License-Identifier: MIT
"""The values of a calibration record, and the way to and from the plain dict of its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from . import wire
from .calibration_file import KIND, RECORD

CELLS = tuple(wire.STREAMS[wire.CELLS]["cols"].split())
SIDES = ("left", "right")
ANY = "*"  # the device of a record that is assumed for every board

Two = tuple[float, float]
Three = tuple[float, float, float]
Nine = tuple[Three, Three, Three]
IDENTITY: Nine = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class ImuCalibration:
    """body = axes @ matrix @ (sensor - bias), for the gyroscope with its scale; rows of `axes` are right, forward, up.

    `acc_matrix` holds scale and misalignment.
    """

    axes: Nine
    acc_bias_ms2: Three = (0.0, 0.0, 0.0)
    acc_matrix: Nine = IDENTITY
    gyr_bias_dps: Three = (0.0, 0.0, 0.0)
    gyr_scale: Three = (1.0, 1.0, 1.0)
    gyr_bias_temp_degc: float | None = None


@dataclass(frozen=True)
class Pair:
    """A pair of insoles, one left and one right; "" and None where nobody named them."""

    id: str = ""
    eu_size: float | None = None


@dataclass(frozen=True)
class Curve:
    """A cell's own law from single loads: rising points of conductance [S] above its leak, and force [N]."""

    conductance_s: tuple[float, ...]
    force_n: tuple[float, ...]


@dataclass(frozen=True)
class Made:
    """How one part of a record was made, and how far it may be trusted.

    `level` is that of the insoles (1 leans, 2 single cells), 1 for an IMU. `error` holds numbers with a unit in their
    key, as in error["force_share_bw"] or error["cop_rms_mm"]; `residuals` what the fit left over and did not see.
    """

    method: str
    level: int
    created_utc: str
    who: str | None = None
    evidence_sha256: str | None = None
    residuals: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    expires_utc: str | None = None


@dataclass(frozen=True)
class Calibration:
    """One record. Tuples of 16 are in the order of CELLS, pairs of feet are (left, right), pairs of axes (ml, ap).

    A part that nobody calibrated has no `made_...`: its numbers are assumed.
    """

    device: str
    created_utc: str
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
    pair: Pair = Pair()
    wearer: str | None = None
    curves: tuple[Curve | None, ...] | None = None
    hysteresis_share: tuple[float, ...] | None = None
    creep_share_per_decade: tuple[float, ...] | None = None
    made_insole: Made | None = None
    made_imu: Made | None = None
    supersedes: str | None = None
    id: str = ""

    @property
    def nominal(self) -> bool:
        """Whether the insoles' numbers are assumed, so that forces are newtons of nobody."""
        return self.made_insole is None


def to_dict(record: Calibration) -> dict[str, Any]:
    """The record as it stands in a file."""
    maps = {
        side: {"gain": list(record.cop_gain[f]), "offset_mm": list(record.cop_offset_mm[f])}
        for f, side in enumerate(SIDES)
    }
    curves = [curve and asdict(curve) for curve in record.curves] if record.curves else None
    plain = {
        "record": RECORD,
        "kind": KIND,
        "id": record.id,
        "device": record.device,
        "pair": asdict(record.pair),
        "wearer": record.wearer,
        "created_utc": record.created_utc,
        "foot_length_mm": record.foot_length_mm,
        "cells": {
            "rm_ohm": record.rm_ohm,
            "exponent": record.exponent,
            "gain_n_per_siemens_exp": record.gain_n_per_siemens_exp,
            "curves": curves,
            "hysteresis_share": record.hysteresis_share,
            "creep_share_per_decade": record.creep_share_per_decade,
        },
        "zero_count": record.zero_count,
        "foot_gain": dict(zip(SIDES, record.foot_gain, strict=True)),
        "cop_map": maps,
        "cop_noise_mm": record.cop_noise_mm,
        "imu": asdict(record.imu),
        "made": {
            "insole": record.made_insole and asdict(record.made_insole),
            "imu": record.made_imu and asdict(record.made_imu),
        },
        "supersedes": record.supersedes,
    }
    return _listed(plain)


def _listed(value: Any) -> Any:
    """The same with every tuple a list, as JSON has it."""
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _three(values: list[float]) -> Three:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _nine(rows: list[list[float]]) -> Nine:
    x, y, z = (_three(row) for row in rows)
    return x, y, z


def _two(values: Iterable[float]) -> Two:
    a, b = (float(value) for value in values)
    return a, b


def _sixteen(values: list[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(float(value) for value in values)


def from_dict(raw: Mapping[str, Any]) -> Calibration:
    """The record of a file of this version, which was checked."""
    cells, imu, maps, made = raw["cells"], raw["imu"], raw["cop_map"], raw["made"]
    curves = cells["curves"]
    return Calibration(
        id=raw["id"],
        device=raw["device"],
        pair=Pair(**raw["pair"]),
        wearer=raw["wearer"],
        created_utc=raw["created_utc"],
        foot_length_mm=float(raw["foot_length_mm"]),
        rm_ohm=tuple(cells["rm_ohm"]),
        exponent=tuple(cells["exponent"]),
        gain_n_per_siemens_exp=tuple(cells["gain_n_per_siemens_exp"]),
        curves=curves and tuple(c and Curve(tuple(c["conductance_s"]), tuple(c["force_n"])) for c in curves),
        hysteresis_share=_sixteen(cells["hysteresis_share"]),
        creep_share_per_decade=_sixteen(cells["creep_share_per_decade"]),
        zero_count=tuple(raw["zero_count"]),
        foot_gain=_two(raw["foot_gain"][side] for side in SIDES),
        cop_gain=(_two(maps["left"]["gain"]), _two(maps["right"]["gain"])),
        cop_offset_mm=(_two(maps["left"]["offset_mm"]), _two(maps["right"]["offset_mm"])),
        cop_noise_mm=raw["cop_noise_mm"],
        imu=ImuCalibration(
            _nine(imu["axes"]),
            _three(imu["acc_bias_ms2"]),
            _nine(imu["acc_matrix"]),
            _three(imu["gyr_bias_dps"]),
            _three(imu["gyr_scale"]),
            imu["gyr_bias_temp_degc"],
        ),
        made_insole=made["insole"] and Made(**made["insole"]),
        made_imu=made["imu"] and Made(**made["imu"]),
        supersedes=raw["supersedes"],
    )
