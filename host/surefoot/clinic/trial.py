# SPDX-License-Identifier: MIT
"""One recording and a calibration record in; the trial's entry of a result out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..calibration import Calibration, Made, doubts
from ..care.protocol import Analysis, Condition, Protocol
from ..decode import Decoded
from ..device import clock_limits
from ..measures import Processing
from ..measures.processing import low_pass, unbroken
from ..signals import Signals, ap_only_m, net_cop_m, placement_of, to_signals
from . import heart
from .happened import Happened, happened
from .holding import Hold
from .trial_numbers import (
    NO_NEWTONS,
    NOISE_GATE_MM_HZ,
    Collector,
    add_steadiness,
    gate,
    lean_measures,
    measure,
    rate_hz_of,
)

__all__ = ["NOISE_GATE_MM_HZ", "NO_NEWTONS", "trial_entry"]

PLOT_HZ = 25.0
LOSS_S = 2.0
STANDS = ("hold", "lean")
DETECTED = "detected1"  # the version of what detectors and clocks give
NO_SWAY = {
    "lean": "A lean moves the centre of pressure on purpose, so it has no sway, however long it lasts: how far it was"
    " moved and how it was kept stands with the results of the test.",
}
NOT_STANDING = "This trial is no quiet standing, so it has no sway."


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


def _warnings(
    kind: str, decoded: Decoded, signals: Signals, held: Happened, record: Calibration, analysis: Analysis
) -> list[str]:
    warnings = [held.hold.sentence] if held.hold.sentence else []
    if held.hold.ended in ("fall", "step") and kind == "hold":
        warnings.append(f"The last {LOSS_S:g} s before the loss of balance are not in the sway numbers.")
    warnings += held.warnings
    warnings += signals.warnings
    unsure = clock_limits.doubt(signals.clock.bound_s) if signals.clock else None
    warnings += [unsure] if unsure else []
    noisy = gate(record, analysis)[2]
    warnings += [noisy] if noisy and kind == "hold" else []
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


def _numbers(
    kind: str,
    signals: Signals,
    held: Happened,
    net,
    ap,
    steady: slice,
    record: Calibration,
    decoded: Decoded,
    analysis: Analysis,
) -> Collector:
    rate_hz, shares = rate_hz_of(decoded, signals), [samples.lost_share for samples in decoded.samples.values()]
    scans = int(decoded.config.get("scans", 1))
    if kind == "hold":
        found = measure(signals, rate_hz, steady, net, ap, record, scans, analysis)
    else:
        leans = kind == "lean"
        found = lean_measures(signals, rate_hz, steady, record, scans, analysis) if leans else Collector()
        found.not_reported["cop_velocity_mmps"] = NO_SWAY.get(kind, NOT_STANDING)
    for made in held.tables:
        found.take(made)
    found.add(held.numbers, f"{DETECTED}/{rate_hz:g}Hz", max(shares, default=0.0))
    found.not_reported |= held.missing
    return found


def trial_entry(
    path: Path, decoded: Decoded, protocol: Protocol, condition: Condition, record: Calibration
) -> dict[str, Any]:
    """The trial of one recording, with its `series` for the pictures. Never raises for what is wrong in the signal."""
    signals, analysis = to_signals(decoded, record), protocol.analysis
    placement = placement_of(decoded, record)
    net = net_cop_m(signals, placement) if placement else None
    seen = happened(decoded, signals, protocol, condition, record.foot_length_mm * 1e-3, net)
    held = seen.hold
    rows = slice(held.begin, held.end)
    ap = ap_only_m(signals)
    steady = _steady(held, signals)
    found = _numbers(condition.kind, signals, seen, net, ap, steady, record, decoded, analysis)
    if condition.kind == "hold":
        add_steadiness(found, held.ended)
    shares = [samples.lost_share for samples in decoded.samples.values()]
    clock, head = signals.clock, decoded.head
    beats = heart.of_recording(decoded, signals.t0_us, clock, held.begin / signals.rate_hz, held.end / signals.rate_hz)
    return {
        "condition": condition.id,
        "kind": condition.kind,
        "surface": condition.surface,
        "vision": condition.vision,
        "trial": int(head.get("trial", 1)),
        "target": head.get("target"),
        "practice": bool(head.get("practice", False)),
        "watched": bool(head.get("watched", False)),
        "leg": head.get("leg"),
        "recording": path.name,
        "duration_s": (held.end - held.begin) / signals.rate_hz,
        "held_s": held.held_s,
        "target_s": condition.limit_s,
        "ended": held.ended,
        "marks": [asdict(mark) for mark in seen.marks],
        "events": list(seen.events),
        "typed": {},
        "lost_share": max(shares, default=0.0),
        "lost": lost_of(decoded),
        **({"heart": beats} if beats else {}),
        "warnings": _warnings(condition.kind, decoded, signals, seen, record, analysis),
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
        if held.end > held.begin and seen.stands
        else None,
    }
