# SPDX-License-Identifier: MIT
"""One recording and a calibration record in; the trial's entry of a result out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import measures
from ..calibration import Calibration, Made, doubts
from ..care.protocol import Analysis, Condition
from ..decode import Decoded
from ..device import clock_limits
from ..errors import MeasureError
from ..measures import MEASURES, Measured, Processing
from ..measures.processing import low_pass, unbroken
from ..signals import Signals, ap_only_m, net_cop_m, placement_of, to_signals
from .holding import Hold, hold

# Dead-weight noise of the centre of pressure, unfiltered at 100 Hz, and the low-pass at which paths may be measured.
NOISE_GATE_MM_HZ = ((0.05, 10.0), (0.10, 5.0))
PLOT_HZ = 25.0
RATE_TOLERANCE = 1e-3
LOSS_S = 2.0
NO_NEWTONS = "No newtons are shown with the nominal calibration."
PATH_STEMS = ("velocity", "totex", "mfreq", "area_sw", "fd_")


def _gate(record: Calibration, analysis: Analysis) -> tuple[float, str | None, str | None]:
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


def _rate_hz(decoded: Decoded, signals: Signals) -> float:
    """The rate that was asked for where the board's clock kept it, else the rate it kept.

    So the rate in a fingerprint doesn't differ between two trials by the parts per million of a crystal.
    """
    asked_hz = decoded.samples["cells"].rate_hz
    return asked_hz if abs(signals.rate_hz / asked_hz - 1) < RATE_TOLERANCE else round(signals.rate_hz, 3)


class _Collector:
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

    def run(self, family: str, compute) -> None:
        """Take what `compute` gives; if it can't, its reason stands for every key of the family."""
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


def _measure(
    signals: Signals, rate_hz: float, rows: slice, net, ap, record: Calibration, scans: int, analysis: Analysis
) -> _Collector:
    cutoff_hz, no_paths, _ = _gate(record, analysis)
    # The mean of two scans has less noise than one, and noise is path.
    made_by = f"{record.id}x{scans}" if scans > 1 else record.id
    cop = Processing(cutoff_hz, analysis.order, analysis.trim_s, made_by)
    trunk = replace(cop, filter_hz=analysis.trunk_filter_hz)
    out = _Collector()
    if net is not None:
        out.run("cop_", lambda: measures.cop_measures(net[rows], rate_hz, cop))
        out.run("research_", lambda: measures.research_measures(net[rows], rate_hz, cop))
    else:
        # Forward by the feet's own axes, not by the body's: near the number of a placed stance, but made otherwise.
        unplaced = replace(cop, calibration=f"{made_by}+unplaced")
        out.run("cop_", lambda: measures.cop_ap_measures(ap[rows], rate_hz, unplaced))
        out.run("research_", lambda: measures.research_measures(ap[rows], rate_hz, unplaced))
    for foot, prefix in enumerate(("left_", "right_")):
        cop_m = signals.foot_cop_m[rows, foot]
        out.run(f"{prefix}cop_", lambda c=cop_m, p=prefix: measures.cop_measures(c, rate_hz, cop, p))
    out.run("load_", lambda: measures.load_measures(signals.foot_force_n[rows], rate_hz, cop))
    out.run("trunk_", lambda: measures.trunk_measures(signals.acc_ms2[rows], rate_hz, trunk))
    if no_paths:
        out.drop(PATH_STEMS, no_paths)
    if record.nominal:
        for key in [key for key, made in out.measures.items() if made["unit"] == "N"]:
            del out.measures[key]
            out.not_reported[key] = NO_NEWTONS
    return out


def _steady(held: Hold, signals: Signals) -> slice:
    """The held rows without the last LOSS_S before a loss of balance, which begins before it is seen and is no sway."""
    lost = held.ended in ("fall", "step")
    return slice(held.begin, max(held.end - round(LOSS_S * signals.rate_hz) * lost, held.begin))


def _series(signals: Signals, rows: slice, steady: slice, net, ap, order: int, filter_hz: float) -> dict[str, Any]:
    """Filtered columns for the pictures, thinned to about PLOT_HZ; losses stay NaN."""
    step = max(round(signals.rate_hz / PLOT_HZ), 1)
    low = Processing(min(filter_hz, PLOT_HZ * 0.4), order)

    def treat(values: np.ndarray) -> np.ndarray:
        out = np.full_like(values, np.nan)
        for stretch in unbroken(values):
            if stretch.stop - stretch.start > signals.rate_hz:
                out[stretch] = low_pass(values[stretch], signals.rate_hz, low)
        return out[::step]

    cop_m = treat(net[rows] if net is not None else np.column_stack((np.zeros(len(ap[rows])), ap[rows])))
    acc = treat(signals.acc_ms2[rows])
    series: dict[str, Any] = {
        "until_s": (steady.stop - rows.start) / signals.rate_hz,
        "t_s": (signals.t_s[rows] - signals.t_s[rows.start])[::step],
        "cop_ap_mm": cop_m[:, 1] * 1e3,
        "acc_ml_ms2": acc[:, 0] - np.nanmean(acc[:, 0]) if np.isfinite(acc[:, 0]).any() else acc[:, 0],
        "acc_ap_ms2": acc[:, 1] - np.nanmean(acc[:, 1]) if np.isfinite(acc[:, 1]).any() else acc[:, 1],
    }
    if net is not None:
        series["cop_ml_mm"] = cop_m[:, 0] * 1e3
    return series


def lost_of(decoded: Decoded) -> dict[str, Any]:
    """What was lost on the way, by stream and cause, with what else went wrong on the wire."""
    out: dict[str, Any] = {}
    for name, samples in decoded.samples.items():
        causes: dict[str, int] = {}
        for gap in samples.gaps:
            causes[gap.cause] = causes.get(gap.cause, 0) + gap.count
        out[name] = {"expected": samples.expected, "lost": samples.lost, "causes": causes}
    return out


def _warnings(decoded: Decoded, signals: Signals, held: Hold, record: Calibration, analysis: Analysis) -> list[str]:
    warnings = [held.sentence] if held.sentence else []
    if held.ended in ("fall", "step"):
        warnings.append(f"The last {LOSS_S:g} s before the loss of balance are not in the sway numbers.")
    warnings += signals.warnings
    unsure = clock_limits.doubt(signals.clock.bound_s) if signals.clock else None
    warnings += [unsure] if unsure else []
    gate = _gate(record, analysis)[2]
    warnings += [gate] if gate else []
    made_utc = decoded.head.get("created_utc")
    warnings += doubts(record, made_utc) if made_utc else ()
    if decoded.bad_frames:
        pieces = "1 broken piece" if decoded.bad_frames == 1 else f"{decoded.bad_frames} broken pieces"
        warnings.append(f"Received and left out: {pieces} of data.")
    if decoded.repeated:
        frames = "1 frame" if decoded.repeated == 1 else f"{decoded.repeated} frames"
        warnings.append(f"Received twice and counted once: {frames}.")
    warnings += [str(note.get("text", "")) for note in decoded.notes if note.get("note") == "warning"]
    if not decoded.complete:
        warnings.append("The board's closing record is missing: samples lost at the very end can't be counted.")
    return list(dict.fromkeys(warnings))


def _made(made: Made | None) -> dict[str, Any] | None:
    keys = ("method", "level", "created_utc", "expires_utc")
    return {key: getattr(made, key) for key in keys} if made else None


def trial_entry(
    path: Path, decoded: Decoded, condition: Condition, record: Calibration, analysis: Analysis
) -> dict[str, Any]:
    """The trial of one recording, with its `series` for the pictures. Never raises for what is wrong in the signal."""
    signals = to_signals(decoded, record)
    held = hold(decoded, signals, condition.hold_s)
    rows = slice(held.begin, held.end)
    placement = placement_of(decoded, record)
    net = net_cop_m(signals, placement) if placement else None
    ap = ap_only_m(signals)
    steady = _steady(held, signals)
    found = _measure(
        signals, _rate_hz(decoded, signals), steady, net, ap, record, int(decoded.config.get("scans", 1)), analysis
    )
    shares = [samples.lost_share for samples in decoded.samples.values()]
    clock = signals.clock
    return {
        "condition": condition.id,
        "surface": condition.surface,
        "vision": condition.vision,
        "trial": int(decoded.head.get("trial", 1)),
        "recording": path.name,
        "duration_s": (held.end - held.begin) / signals.rate_hz,
        "held_s": held.held_s,
        "target_s": condition.hold_s,
        "ended": held.ended,
        "lost_share": max(shares, default=0.0),
        "lost": lost_of(decoded),
        "warnings": _warnings(decoded, signals, held, record, analysis),
        "measures": found.measures,
        "not_reported": found.not_reported,
        "cop_noise_mm": record.cop_noise_mm,
        "clock": {"offset_s": clock.offset_s, "skew_ppm": clock.skew_ppm, "bound_s": clock.bound_s} if clock else None,
        "calibration": {
            "id": record.id,
            "nominal": record.nominal,
            "pair": record.pair.id or None,
            "recorded_under": decoded.head.get("calibration"),
            "insoles": _made(record.made_insole),
            "imu": _made(record.made_imu),
        },
        "series": _series(signals, rows, steady, net, ap, analysis.order, analysis.filter_hz)
        if held.end > held.begin
        else None,
    }
