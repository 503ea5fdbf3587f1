# SPDX-License-Identifier: MIT
"""The sway, load and trunk measures of the steady rows of a standing trial, or the reason for each that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .. import cells, measures
from ..calibration import Calibration
from ..care.protocol import Analysis
from ..decode import Decoded
from ..errors import MeasureError
from ..measures import MEASURES, Measured, Processing
from ..measures.processing import MIN_ANALYSED_S
from ..signals import Signals

# Dead-weight noise of the centre of pressure, unfiltered at 100 Hz, and the low-pass at which paths may be measured.
NOISE_GATE_MM_HZ = ((0.05, 10.0), (0.10, 5.0))
RATE_TOLERANCE = 1e-3
NO_NEWTONS = "No newtons are shown with the nominal calibration."
STEADINESS, DISTRIBUTION = "steadiness_score", "weight_distribution_index"
PATH_STEMS = ("velocity", "totex", "mfreq", "area_sw", "fd_")


def gate(record: Calibration, analysis: Analysis) -> tuple[float, str | None, str | None]:
    """Cut-off in Hz that the calibration's noise allows, why paths are left out if they are, and a warning."""
    noise = record.cop_noise_mm
    if noise is None:
        return analysis.filter_hz, None, "The noise floor of this board was not measured: small sway may be its noise."
    for limit_mm, cutoff_hz in NOISE_GATE_MM_HZ:
        if noise <= limit_mm:
            warning = None
            if cutoff_hz < analysis.filter_hz:
                warning = (
                    f"The board's noise is {noise:.3f} mm, so the centre of pressure is filtered at {cutoff_hz:g} Hz."
                )
            return min(cutoff_hz, analysis.filter_hz), None, warning
    reason = f"The board's noise is {noise:.3f} mm and paths need {NOISE_GATE_MM_HZ[-1][0]:.2f} mm or less."
    return NOISE_GATE_MM_HZ[-1][1], reason, None


def rate_hz_of(decoded: Decoded, signals: Signals) -> float:
    """The rate that was asked for where the board's clock kept it, else the rate it kept.

    So the rate in a fingerprint doesn't differ between two trials by the parts per million of a crystal.
    """
    asked_hz = decoded.samples["cells"].rate_hz
    return asked_hz if abs(signals.rate_hz / asked_hz - 1) < RATE_TOLERANCE else round(signals.rate_hz, 3)


class Collector:
    """Gathers numbers by key with unit and fingerprint, and the reasons of those that are missing."""

    def __init__(self) -> None:
        self.measures: dict[str, dict[str, Any]] = {}
        self.not_reported: dict[str, str] = {}

    def take(self, made: Measured) -> None:
        for key, value in made.items():
            self.measures[key] = {
                "value": value,
                "unit": MEASURES[key].unit,
                "fingerprint": made.fingerprint_of(key),
                "lost_share": made.lost_share,
            }
        self.not_reported |= made.not_reported

    def add(self, values: Mapping[str, float], fingerprint: str, lost_share: float) -> None:
        """Numbers of detectors, by key in the table's units."""
        for key, value in values.items():
            made = {"value": float(value), "unit": MEASURES[key].unit}
            self.measures[key] = made | {"fingerprint": fingerprint, "lost_share": lost_share}
            self.not_reported.pop(key, None)

    def run(self, family: str | tuple[str, ...], compute) -> None:
        """Take what `compute` gives; if it can't, its reason stands for every key of the family or families."""
        try:
            self.take(compute())
        except MeasureError as error:
            keys = [key for key, row in MEASURES.items() if key.startswith(family) and row.function]
            self.not_reported |= dict.fromkeys(keys, str(error))

    def drop(self, stems: tuple[str, ...], reason: str) -> None:
        """What is made of the path is left out: the measures of the stems, and all that looks into its fine grain."""
        for key in [k for k in self.measures if ("cop_" in k and any(s in k for s in stems)) or MEASURES[k].research]:
            del self.measures[key]
            self.not_reported[key] = reason


def measure(
    signals: Signals, rate_hz: float, rows: slice, net, ap, record: Calibration, scans: int, analysis: Analysis
) -> Collector:
    _, no_paths, _ = gate(record, analysis)
    cop = _processing(record, scans, analysis)
    made_by = cop.calibration
    trunk = replace(cop, filter_hz=analysis.trunk_filter_hz)
    out = Collector()
    if net is not None:
        out.run(("cop_", "research_"), lambda: measures.every_cop_measure(net[rows], rate_hz, cop))
    else:
        # Forward by the feet's own axes, not by the body's: near the number of a placed stance, but made otherwise.
        unplaced = replace(cop, calibration=f"{made_by}+unplaced")
        out.run("cop_", lambda: measures.cop_ap_measures(ap[rows], rate_hz, unplaced))
        out.run("research_", lambda: measures.research_measures(ap[rows], rate_hz, unplaced))
    for foot, prefix in enumerate(("left_", "right_")):
        cop_m = signals.foot_cop_m[rows, foot]
        out.run(f"{prefix}cop_", lambda c=cop_m, p=prefix: measures.cop_measures(c, rate_hz, cop, p))
    out.run("load_", lambda: measures.load_measures(signals.foot_force_n[rows], rate_hz, cop))
    _distribution(out, signals, rows, rate_hz, cop)
    out.run("trunk_", lambda: measures.trunk_measures(signals.acc_ms2[rows], rate_hz, trunk))
    # The band of these is theirs: of the sensor's own samples, in axes that our filter keeps level.
    levelled = Processing(None, analysis.order, analysis.trim_s, f"{made_by}+levelled")
    out.run("stability", lambda: measures.stability_measures(_level(signals, rows, rate_hz), rate_hz, levelled))
    if no_paths:
        out.drop(PATH_STEMS, no_paths)
    if record.nominal:
        for key in [key for key, made in out.measures.items() if made["unit"] == "N"]:
            del out.measures[key]
            out.not_reported[key] = NO_NEWTONS
    return out


def lean_measures(
    signals: Signals, rate_hz: float, rows: slice, record: Calibration, scans: int, analysis: Analysis
) -> Collector:
    """What a lean has of a standing trial's numbers: where heels and forefeet carry the weight."""
    out = Collector()
    _distribution(out, signals, rows, rate_hz, _processing(record, scans, analysis))
    if DISTRIBUTION in out.not_reported and not signals.dead_cells:
        out.not_reported[DISTRIBUTION] = "A lean is too short, or its load too unsure, for where the feet carry it."
    return out


def _processing(record: Calibration, scans: int, analysis: Analysis) -> Processing:
    # The mean of two scans has less noise than one, and noise is path.
    made_by = f"{record.id}x{scans}" if scans > 1 else record.id
    return Processing(gate(record, analysis)[0], analysis.order, analysis.trim_s, made_by)


def _level(signals: Signals, rows: slice, rate_hz: float) -> np.ndarray:
    return measures.level_axes(signals.acc_ms2[rows], signals.gyr_dps[rows], rate_hz)


def add_steadiness(out: Collector, ended: str) -> None:
    """The steadiness of a quiet stand, by the range of the trunk's tilt; 0 where it ended in a step or fall."""
    tilt, failed = out.measures.get("trunk_sway_range_deg"), ended in ("step", "fall")
    if ended != "complete" and not failed:
        out.not_reported[STEADINESS] = "The stand was neither held to its end nor lost: repeat it."
    elif tilt is None and not failed:
        out.not_reported[STEADINESS] = out.not_reported.get("trunk_sway_range_deg", "The tilt of the trunk is missing.")
    else:
        score = measures.steadiness_score(tilt["value"] if tilt else 0.0, failed)
        out.add({STEADINESS: score}, tilt["fingerprint"] if tilt else "", tilt["lost_share"] if tilt else 0.0)


def _distribution(out: Collector, signals: Signals, rows: slice, rate_hz: float, cop: Processing) -> None:
    """How evenly heels and forefeet carry the weight, by the cells behind the middle of the foot and the others."""
    if signals.dead_cells:
        out.not_reported[DISTRIBUTION] = f"Cells give nothing ({', '.join(signals.dead_cells)}), so loads would be off."
        return
    behind = np.array([place == "heel" or place.startswith("rear") for place in cells.load().places])
    supports = [
        np.flatnonzero(part[8 * foot : 8 * foot + 8]) + 8 * foot for foot in (0, 1) for part in (behind, ~behind)
    ]
    kept = slice(rows.start + round(cop.trim_s * rate_hz), rows.stop)
    standing = signals.cell_force_n[kept][~signals.off_insoles[kept]].astype(float)
    if len(standing) < MIN_ANALYSED_S * rate_hz:
        out.not_reported[DISTRIBUTION] = f"Fewer than {MIN_ANALYSED_S:g} s of standing are left: record a longer trial."
        return
    try:
        index = measures.weight_distribution_index(np.column_stack([standing[:, own].sum(axis=1) for own in supports]))
    except MeasureError as error:
        out.not_reported[DISTRIBUTION] = str(error)
        return
    lost = float(1 - np.isfinite(standing).all(axis=1).mean())
    out.add({DISTRIBUTION: index}, f"{replace(cop, filter_hz=None).fingerprint(rate_hz)}/heels-forefeet", lost)
