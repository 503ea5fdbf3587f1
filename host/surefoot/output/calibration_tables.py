# SPDX-License-Identifier: MIT
"""The tables of a calibration's page: numbers in force, errors, what is told cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from surefoot import cells
from surefoot.calibration import CELLS, SIDES, Calibration
from surefoot.output.calibration_evidence import Evidence
from surefoot.output.calibration_figures import (
    DASH,
    HEADS,
    Row,
    Unit,
    by_cell,
    label_of,
    number,
    numbers,
    rows,
    text,
    unit_of,
)
from surefoot.output.wording import MINUS

# Error of a single cell, best first: what the map is coloured by.
CELL_ERRORS = ("cell_force_left_out_share", "cell_force_left_out_n", "cell_force_rms_n")
FAULTS = ("faults", "dead", "swapped")


class CellError(NamedTuple):
    """What the map of the cells shows: the quantity, and its number, in its unit, of each cell that has one."""

    label: str
    unit: str
    values: dict[str, float]


def faults_of(record: Calibration, evidence: Evidence) -> dict[str, str]:
    """Cells that the record or its evidence calls faulty, each with what is said of it."""
    out: dict[str, str] = {}
    made = record.made_insole
    for figures in (made.residuals, made.error) if made else ():
        for key in FAULTS:
            told = figures.get(key)
            if isinstance(told, Mapping):
                out |= {str(cell): str(words) for cell, words in told.items() if cell in CELLS}
            elif isinstance(told, list | tuple):
                out |= {cell: key for cell in told if cell in CELLS}
    return out | {cell: str(words) for cell, words in evidence.faults.items() if cell in CELLS}


def told_of_cells(record: Calibration, history: Sequence[Calibration]) -> dict[str, dict[str, Any]]:
    """What is told cell by cell: by the record, else by that of `history`, newest first, which its curves are from."""
    for one in (record, *history):
        if one.curves != record.curves or (one is not record and record.curves is None):
            break
        if one.made_insole and (told := by_cell(one.made_insole.error) | by_cell(one.made_insole.residuals)):
            return told
    return {}


def cell_error(record: Calibration, evidence: Evidence, history: Sequence[Calibration]) -> CellError:
    """The error of each cell that is known best; no values where none is known."""
    if evidence.cell_error_n:
        return CellError(
            "Force of single cells, rms error", "N", {k: float(v) for k, v in evidence.cell_error_n.items()}
        )
    every = told_of_cells(record, history)
    told = {key: found for key, values in every.items() if (found := numbers(values))}
    for key in (*CELL_ERRORS, *(key for key in told if unit_of(key).text in ("N", "%"))):
        if key in told:
            unit = unit_of(key)
            return CellError(label_of(key), unit.text, {c: abs(v) * unit.factor for c, v in told[key].items()})
    return CellError("Error of single cells", "", {})


def cells_table(record: Calibration, evidence: Evidence, history: Sequence[Calibration]) -> dict[str, Any]:
    """Head and sixteen rows: the numbers in force of each cell, then whatever is told cell by cell."""
    heads = ["Resistor, \u2126", "Exponent", "Gain, kN/S^exp", "Zero, counts"]
    curved = [curve is not None for curve in record.curves or (None,) * len(CELLS)]
    columns = [
        [number(v) for v in record.rm_ohm],
        ["curve" if curved[k] else f"{v:.3f}" for k, v in enumerate(record.exponent)],
        ["curve" if curved[k] else f"{v / 1000:.2f}" for k, v in enumerate(record.gain_n_per_siemens_exp)],
        [number(v) for v in record.zero_count],
    ]
    for share, head, key in (
        (record.hysteresis_share, "Hysteresis, %", "share"),
        (record.creep_share_per_decade, "Creep, % a decade", "share"),
    ):
        if share is not None:
            heads.append(head)
            columns.append([number(v, Unit(key, 100)) for v in share])
    for key, values in told_of_cells(record, history).items():
        unit = unit_of(key)
        head = HEADS.get(key) or label_of(key)
        heads.append(f"{head}, {unit.text}" if unit.text else head)
        columns.append([text(values.get(cell), unit) for cell in CELLS])
    faults = faults_of(record, evidence)
    places = cells.load(record.foot_length_mm).places
    body = [
        {"name": cell, "place": places[k], "fault": faults.get(cell), "texts": [column[k] for column in columns]}
        for k, cell in enumerate(CELLS)
    ]
    return {"heads": heads, "rows": body}


def feet_table(record: Calibration) -> list[Row]:
    out = [Row((), "Gain of force", "", tuple(f"{v:.4f}" for v in record.foot_gain))]
    for axis, word in enumerate(("sideways", "forward")):
        out.append(Row((), f"Gain of centre of pressure, {word}", "", tuple(f"{g[axis]:.4f}" for g in record.cop_gain)))
        texts = tuple(_signed(record.cop_offset_mm[f][axis]) for f in range(len(SIDES)))
        out.append(Row((), f"Offset of centre of pressure, {word}", "mm", texts))
    noise = DASH if record.cop_noise_mm is None else f"{record.cop_noise_mm:.3f}"
    out.append(Row((), "Noise of centre of pressure under a dead weight", "mm", (noise,)))
    return out


def _signed(value: float, decimals: int = 2) -> str:
    return f"{round(value, decimals) + 0.0:+.{decimals}f}".replace("-", MINUS)


def imu_table(record: Calibration) -> list[tuple[str, str, tuple[str, str, str]]]:
    """(what, unit, x y z of the sensor) of the numbers in force."""
    imu = record.imu
    matrix = np.array(imu.acc_matrix)
    skew = np.degrees(np.arctan2(matrix - np.diag(np.diag(matrix)), np.diag(matrix)[:, None]))

    def three(values: Any, decimals: int) -> tuple[str, str, str]:
        x, y, z = (_signed(float(v), decimals) for v in values)
        return x, y, z

    at = "" if imu.gyr_bias_temp_degc is None else f" at {imu.gyr_bias_temp_degc:.1f} \u00b0C"
    out = [
        ("Accelerometer, bias", "m/s\u00b2", three(imu.acc_bias_ms2, 4)),
        ("Accelerometer, scale off 1 by", "%", three(100 * (np.diag(matrix) - 1), 3)),
    ]
    for row, name in enumerate("xyz"):
        out.append((f"Accelerometer, {name} takes up of the others", "\u00b0", three(skew[row], 3)))
    out += [
        (f"Gyroscope, bias{at}", "\u00b0/s", three(imu.gyr_bias_dps, 3)),
        ("Gyroscope, scale off 1 by", "%", three([100 * (v - 1) for v in imu.gyr_scale], 3)),
    ]
    for row, name in zip(imu.axes, ("right", "forward", "up"), strict=True):
        out.append((f"Mounting, {name} of the body", "", three(row, 4)))
    return out


def errors_table(record: Calibration, before: Calibration | None) -> list[dict[str, Any]]:
    """Rows of what each part says of its error, with the same figure of the record before where it has it."""
    out = []
    for name, made, old in (
        ("Insoles", record.made_insole, before.made_insole if before else None),
        ("Motion sensor", record.made_imu, before.made_imu if before else None),
    ):
        now, then = (rows(part.error) if part else [] for part in (made, old))
        known = {row.path: row for row in now} | {row.path: row for row in then}
        for path, row in known.items():
            texts = next((r.texts for r in now if r.path == path), (DASH,))
            earlier = next((r.texts for r in then if r.path == path), (DASH,))
            out.append(
                {
                    "part": name,
                    "label": row.label,
                    "unit": row.unit,
                    "now": _side_words(texts),
                    "then": _side_words(earlier),
                }
            )
    return out


def _side_words(texts: tuple[str, ...]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(f"{s} {t}" for s, t in zip(SIDES, texts, strict=True))
