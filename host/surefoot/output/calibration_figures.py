# SPDX-License-Identifier: MIT
"""Figures of a calibration as people read them: labels, units by the key's suffix, rounding. What is unknown is listed.

A key of `residuals` or `error` ends in its unit; what a value is keyed by (left and right, cell names) is told from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from surefoot.calibration import CELLS, SIDES
from surefoot.output.wording import MINUS

DASH = "\u2013"


class Unit(NamedTuple):
    """How a quantity is written: its unit, and what the stored number is multiplied by."""

    text: str
    factor: float = 1.0


PLAIN = Unit("")


# Suffix -> unit; the longest that fits is taken.
UNITS = {
    "share_bw": Unit("% of body weight", 100),
    "share_per_decade": Unit("% per decade of time", 100),
    "share": Unit("%", 100),
    "percent": Unit("%"),
    "n": Unit("N"),
    "kg": Unit("kg"),
    "mm": Unit("mm"),
    "m": Unit("mm", 1000),
    "deg": Unit("\u00b0"),
    "dps": Unit("\u00b0/s"),
    "ms2": Unit("m/s\u00b2"),
    "degc": Unit("\u00b0C"),
    "s": Unit("s"),
    "hz": Unit("Hz"),
    "ohm": Unit("\u2126"),
    "count": Unit("counts"),
    "ppm": Unit("ppm"),
    "g": Unit("g"),
    "ug": Unit("\u00b5g"),
    "udps": Unit("\u00b5\u00b0/s"),
}
LABELS = {
    "rows": "Samples used",
    "force_rms_n": "Force, rms error",
    "both_force_rms_n": "Force of both feet, rms error",
    "cop_rms_mm": "Centre of pressure, rms error",
    "cop_p95_mm": "Centre of pressure, 95 % of errors within",
    "cell_force_rms_n": "Force of single cells, rms error",
    "cell_force_left_out_n": "Force of single cells, rms error of loads left out of the fit",
    "cell_force_left_out_share": "Force of single cells, rms error of loads left out of the fit",
    "cell_force_doubt_n": "Force of single cells, standard error of the curve",
    "cell_range_n": "Range of the loads",
    "cell_force_n": "Force of a single cell, the worst one's rms error",
    "cell_force_share": "Force of a single cell",
    "hysteresis_share": "Hysteresis in it, half a loop",
    "creep_share_per_decade": "Creep in it",
    "force_n": "Force of both feet",
    "force_share_bw": "Force of both feet",
    "cop_mm": "Centre of pressure of a foot, 95 % of readings within",
    "foot_gain_share": "Gain of force, 95 % range",
    "cop_gain_share": "Gain of centre of pressure, 95 % range",
    "cop_offset_mm": "Offset of centre of pressure, 95 % range",
    "valid_load_from_n": "Seen: load from",
    "valid_load_to_n": "Seen: load to",
    "valid_cop_from_mm": "Seen: centre of pressure from",
    "valid_cop_to_mm": "Seen: centre of pressure to",
    "body_weight_kg": "Body weight",
    "body_weight_seen_share": "Body weight as it is read",
    "acc_ms2": "Acceleration, standard error",
    "acc_scale_share": "Acceleration, what the size of gravity here is known to",
    "gyr_bias_dps": "Turn rate at rest, standard error",
    "gyr_scale_share": "Scale of turn rate, standard error",
    "tilt_deg": "Direction of up, standard error",
    "yaw_deg": "Direction of forward, standard error",
    "imu": "Sensor",
    "acc_g": "Range of acceleration",
    "gyro_dps": "Range of turn rate",
    "acc_lsb_ug": "A count of acceleration",
    "gyro_lsb_udps": "A count of turn rate",
    "gravity_ms2": "Gravity that it was held against",
    "gravity_from": "Gravity is from",
    "acc_poses": "Poses",
    "acc_residual_ms2": "Length of gravity, rms error in the fit",
    "acc_left_out_ms2": "Length of gravity, rms error in poses that the fit has not seen",
    "acc_misalignment_fitted": "Misalignment was fitted",
    "turns": "Turns",
    "turn_residual_deg": "Whole turns, what is left of each",
    "yaw_seen": "A bow told what is forward",
    "tilt_sway_deg": "Direction of up while standing, rms",
}
SIDED = {"force_share_bw": "Force of a foot, 95 % of readings within"}  # what a key means where it is told by side
# The same over a narrow column of the cells' table.
HEADS = {
    "cell_force_rms_n": "Error, rms",
    "cell_force_left_out_n": "Left out, rms",
    "cell_force_left_out_share": "Left out, rms",
    "cell_force_doubt_n": "Curve, standard error",
    "cell_range_n": "Loads",
}
DECIMALS = {"gravity_ms2": 5}  # where three digits are too few
AXES = {2: ("sideways", "forward"), 3: ("x", "y", "z")}
HIDDEN = frozenset(
    {"not_fitted", "not_done", "swaps_not_told", "faults_not_sure", "expires_because", "evidence_sha256"}
)  # have places of their own


@dataclass(frozen=True)
class Row:
    """One figure in words. `texts` is (left, right), or one text for both; `path` tells two records' rows apart."""

    path: tuple[str, ...]
    label: str
    unit: str
    texts: tuple[str, ...]


def unit_of(key: str) -> Unit:
    """The unit that a key ends in; none where it ends in none."""
    parts = key.split("_")
    for start in range(len(parts)):
        found = UNITS.get("_".join(parts[start:]))
        if found and start:
            return found
    return PLAIN


def label_of(key: str) -> str:
    """The known label, else the key itself in words, without its unit."""
    if key in LABELS:
        return LABELS[key]
    parts = key.split("_")
    for start in range(1, len(parts)):
        if "_".join(parts[start:]) in UNITS:
            parts = parts[:start]
            break
    words = " ".join(parts)
    return f"{words[:1].upper()}{words[1:]}"


def number(value: Any, unit: Unit = PLAIN) -> str:
    """A figure with three digits that count; what is no number is shown as it is."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    scaled = float(value) * unit.factor
    if not isfinite(scaled):
        return DASH
    if scaled == 0 or (isinstance(value, int) and unit.factor == 1) or abs(scaled) >= 100:
        return f"{scaled:.0f}".replace("-", MINUS)
    decimals = 1 if abs(scaled) >= 10 else 2 if abs(scaled) >= 1 else 3
    return (f"{scaled:.{decimals}f}" if abs(scaled) >= 0.1 else f"{scaled:.2g}").replace("-", MINUS)


def short(value: float) -> str:
    """A figure in a sentence: two or three digits that count, and none that is an idle zero."""
    return f"{float(f'{value:.2g}' if abs(value) < 1 else f'{value:.3g}'):g}".replace("-", MINUS)


def by_cell(figures: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The quantities that are told cell by cell: key -> cell -> value as stored."""
    out: dict[str, dict[str, Any]] = {}
    for key, value in figures.items():
        if key in HIDDEN:
            continue
        if isinstance(value, Mapping) and value and set(value) <= set(CELLS):
            out[key] = dict(value)
        elif _is_list(value) and len(value) == len(CELLS) and all(_is_number(one) for one in value):
            out[key] = dict(zip(CELLS, value, strict=True))
    return out


def numbers(told: Mapping[str, Any]) -> dict[str, float]:
    """Those of them that are numbers."""
    return {cell: float(value) for cell, value in told.items() if _is_number(value)}


def rows(figures: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[Row]:
    """Everything in `figures` but what is told cell by cell or has a place of its own."""
    cells = by_cell(figures)
    return [
        row
        for key, value in figures.items()
        if key not in cells and key not in HIDDEN
        for row in _row(key, value, path)
    ]


def _row(key: str, value: Any, path: tuple[str, ...]) -> Iterator[Row]:
    unit, label, here = unit_of(key), label_of(key), (*path, key)
    if path:
        label = f"{label_of(path[-1])}: {label[:1].lower()}{label[1:]}"
    if isinstance(value, Mapping):
        if value and set(value) <= set(SIDES):
            pair = [value.get(side) for side in SIDES]
            yield from _of_sides(here, SIDED.get(key, label), unit, pair)
        elif not value:
            yield Row(here, label, unit.text, (DASH,))
        elif not unit.text:
            yield from rows(value, here)
        else:
            for name, one in value.items():
                yield Row((*here, str(name)), f"{label}, {name}", unit.text, (text(one, unit),))
    else:
        exact = key in DECIMALS and _is_number(value)
        yield Row(here, label, unit.text, (f"{value:.{DECIMALS[key]}f}" if exact else text(value, unit),))


def _of_sides(path: tuple[str, ...], label: str, unit: Unit, pair: Sequence[Any]) -> Iterator[Row]:
    lengths = {len(one) for one in pair if _is_list(one)}
    names = AXES.get(min(lengths), ()) if len(lengths) == 1 else ()
    if names and all(_is_list(one) or one is None for one in pair):
        for axis, name in enumerate(names):
            texts = tuple(number(one[axis] if one is not None else None, unit) for one in pair)
            yield Row((*path, name), f"{label}, {name}", unit.text, texts)
    else:
        yield Row(path, label, unit.text, tuple(text(one, unit) for one in pair))


def text(value: Any, unit: Unit) -> str:
    """Any value in words."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {text(one, unit_of(str(key)))}" for key, one in value.items()) or DASH
    if _is_list(value):
        words = [text(one, unit) for one in value]
        if len(words) == 3 and all(_is_number(one) for one in value):
            words = [f"{name} {word}" for name, word in zip(AXES[3], words, strict=True)]
        return ", ".join(words) or DASH
    return number(value, unit)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
