# SPDX-License-Identifier: MIT
"""Calibration records in words and units: a line of a list, a page about one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .. import calibration
from ..calibration import CELLS, RECORD, SIDES, Calibration, Made
from ..calibration_law import counts_of
from ..physics import GRAVITY_MS2
from .in_force import pairs_of

TYPICAL_KG = 70.0  # a person who stands evenly: what a typical load of a cell or a foot is taken from
CELL_N = TYPICAL_KG * GRAVITY_MS2 / len(CELLS)
BODY = ("right", "forward", "up")
# The end of a key and the unit that it tells, longer ones first.
UNITS = {
    "_share_bw": "of body weight", "_share": "of the value", "_ms2": "m/s\u00b2", "_dps": "deg/s", "_degc": "deg C",
    "_deg": "deg", "_mm": "mm", "_n": "N", "_kg": "kg", "_hz": "Hz", "_s": "s",
}  # fmt: skip
PARTS = {"insoles": "insoles", "imu": "motion sensor"}


def in_force(records: Iterable[Calibration], utc: str) -> dict[str, tuple[str, ...]]:
    """By id of a record, which of its parts a session would be recorded under now, of any of its board's pairs."""
    records = tuple(records)
    found: dict[str, dict[str, None]] = {}
    for device in dict.fromkeys(record.device for record in records):
        wearers = dict.fromkeys([None, *(record.wearer for record in records if record.device == device)])
        for pair in pairs_of(records, device) or (None,):
            for wearer in wearers:
                chosen = calibration.sources(records, device, utc, pair, wearer)
                for part, record in zip(PARTS, chosen, strict=True):
                    if record and (part == "imu" or record.made_insole):
                        found.setdefault(record.id, {})[part] = None
    return {identity: tuple(part for part in PARTS if part in parts) for identity, parts in found.items()}


def row(record: Calibration, parts: Iterable[str]) -> dict[str, Any]:
    """A record in a list."""
    made = record.made_insole or record.made_imu
    return {
        "id": record.id,
        "device": record.device,
        "pair": record.pair.id or None,
        "wearer": record.wearer,
        "created_utc": record.created_utc,
        "level": record.made_insole.level if record.made_insole else None,
        "error": dict(made.error) if made else {},
        "expires_utc": made.expires_utc if made else None,
        "in_force": list(parts),
    }


def table(rows: Iterable[Mapping[str, Any]], utc: str) -> list[str]:
    """The rows of a list as lines under their headings."""
    lines = [("record", "board", "pair", "wearer", "made", "level", "error", "expires", "in force")]
    for one in rows:
        expires = (one["expires_utc"] or "")[:10]
        late = expires and calibration.when_utc(one["expires_utc"]) <= calibration.when_utc(utc)
        error = "; ".join(text for text in told(one["error"])[:2])
        lines.append(
            (one["id"], one["device"], one["pair"] or "-", one["wearer"] or "anybody", one["created_utc"][:10],
             str(one["level"] or "-"), error or "-", f"{expires} (expired)" if late else expires or "-",
             ", ".join(PARTS[part] for part in one["in_force"]) or "-")
        )  # fmt: skip
    wide = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip() for line in lines]


def told(values: Mapping[str, Any]) -> list[str]:
    """Errors and residuals as phrases: the unit is read off the end of the key."""
    out = []
    for key, value in values.items():
        end = next((end for end in UNITS if key.endswith(end)), "")
        name = key.removesuffix(end).replace("_", " ").replace("cop", "CoP").replace("acc", "acceleration")
        text = _value(value, UNITS.get(end, ""))
        if text:
            out.append(f"{name} {text}")
    return out


def _value(value: Any, unit: str) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text}" for key, item in value.items() if (text := _value(item, unit)))
    if isinstance(value, list | tuple):
        numbers = all(isinstance(item, int | float) for item in value)
        if numbers and value:
            return f"{' / '.join(map(_number, value))} {unit}".rstrip()
        return "; ".join(str(item) for item in value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    if isinstance(value, int | float):
        return f"{_number(value)} {unit}".rstrip()
    return str(value)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def page(record: Calibration, parts: Iterable[str] = ()) -> list[str]:
    """All of a record in words and units."""
    pair = f"pair {record.pair.id}" if record.pair.id else "a pair that nobody named"
    size = f", EU {record.pair.eu_size:g}" if record.pair.eu_size else ""
    return [
        f"Record {record.id} (version {RECORD})",
        f"  board       {'any' if record.device == calibration.ANY else record.device}",
        f"  insoles     {pair}{size}, {record.foot_length_mm:g} mm long",
        f"  wearer      {record.wearer or 'anybody'}",
        f"  made        {record.created_utc[:16].replace('T', ' ')} UTC",
        f"  supersedes  {record.supersedes or 'nothing'}",
        f"  in force    {', '.join(PARTS[part] for part in parts) or 'no part of it'}",
        "",
        *_made("Insoles", record.made_insole),
        *_insoles(record),
        "",
        *_made("Motion sensor", record.made_imu),
        *_imu(record),
    ]


def _made(what: str, made: Made | None) -> list[str]:
    if made is None:
        return [f"{what}: not calibrated, assumed numbers" + (" (no newtons)" if what == "Insoles" else "")]
    lines = [
        f"{what}: level {made.level}, {made.method.removeprefix(f'level {made.level}: ')}",
        f"  on {made.created_utc[:10]} by {made.who or 'somebody not named'}; "
        + (f"expires {made.expires_utc[:10]}" if made.expires_utc else "no date of expiry"),
    ]
    lines += [f"  error       {text}" for text in told(made.error)] or ["  error       not known"]
    lines += [f"  left over   {text}" for text in told(made.residuals)]
    if made.evidence_sha256:
        lines.append(f"  evidence    SHA-256 {made.evidence_sha256}")
    return lines


def _insoles(record: Calibration) -> list[str]:
    noise = "not measured" if record.cop_noise_mm is None else f"{record.cop_noise_mm:.3f} mm"
    lines = [f"  noise of the CoP under a dead weight: {noise}"]
    for f, side in enumerate(SIDES):
        gain, offset = record.cop_gain[f], record.cop_offset_mm[f]
        lines.append(
            f"  {side:<5} foot: force times {record.foot_gain[f]:.3f}; CoP sideways times {gain[0]:.3f} and "
            f"{offset[0]:+.1f} mm, forward times {gain[1]:.3f} and {offset[1]:+.1f} mm"
        )
    if not record.nominal:
        lines.append(f"  cell  resistor  unloaded  at {CELL_N:.0f} N     law of force               hysteresis  creep")
        counts = counts_of(np.full(16, CELL_N), record)
        for c, name in enumerate(CELLS):
            law = f"{record.gain_n_per_siemens_exp[c]:.0f} N per S^{record.exponent[c]:.3f}"
            curve = record.curves[c] if record.curves else None
            if curve:
                law = f"curve to {curve.force_n[-1] * record.foot_gain[c // 8]:.0f} N"
            loop, creep = (_percent(values, c) for values in (record.hysteresis_share, record.creep_share_per_decade))
            lines.append(
                f"  {name:<4}  {record.rm_ohm[c]:>4.0f} ohm  {record.zero_count[c]:>8.1f}  {counts[c]:>4.0f} counts  "
                f"{law:<25}  {loop:>10}  {creep}"
            )
    return lines


def _percent(values: tuple[float, ...] | None, cell: int) -> str:
    return "unknown" if values is None else f"{values[cell]:.1%}"


def _imu(record: Calibration) -> list[str]:
    imu = record.imu
    lines = []
    for name, axis in zip(BODY, imu.axes, strict=True):
        best = int(np.argmax(np.abs(axis)))
        away = np.degrees(np.arccos(min(1.0, abs(axis[best]))))
        sign = "+" if axis[best] > 0 else "-"
        lines.append(f"  {name:<7} of the body is the sensor's {sign}{'xyz'[best]}, {away:.1f} deg away from it")
    scale = np.diag(imu.acc_matrix)
    cross = np.degrees(np.abs(np.array(imu.acc_matrix) - np.diag(scale)).max())
    temp = "" if imu.gyr_bias_temp_degc is None else f" at {imu.gyr_bias_temp_degc:.1f} deg C"
    lines += [
        "  acceleration: offset " + _three(imu.acc_bias_ms2, "+.3f") + " m/s\u00b2, scale " + _three(scale, ".4f")
        + f", axes out of square by up to {cross:.2f} deg",
        "  turn rate: offset " + _three(imu.gyr_bias_dps, "+.3f") + f" deg/s{temp}, scale "
        + _three(imu.gyr_scale, ".4f"),
    ]  # fmt: skip
    return lines


def _three(values: Iterable[float], how: str) -> str:
    return "x {} y {} z {}".format(*(format(float(value), how) for value in values))
