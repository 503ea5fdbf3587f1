# SPDX-License-Identifier: MIT
"""The heart rate of a recording, by the board's own strap or by the host's, and its few numbers. Shown, never judged.

One rule for both: measurements come each second, and what is longer than MISSING_S between two is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..decode import Decoded
from ..device import heart as strap
from ..device.clock import ClockMap

MISSING_S = 3.0
NOTE = "heart"
SILENT = "A heart rate was asked for and no strap answered."

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeartRate:
    """Measurements in order of time, t_s [n] from the first cell sample. `bpm` is 0 where the strap found no pulse;
    `contact` 1, 0, or NaN where it can't tell; `rr_s` are the intervals told with each; `battery_pct` the last level.
    `by`: "board" or "host". `unreadable`: measurements that were cut short. `lost`: made, and lost on the way."""

    by: str
    t_s: Floats
    bpm: Floats
    contact: Floats
    rr_s: tuple[tuple[float, ...], ...]
    battery_pct: int | None
    unreadable: int
    lost: int


def note_of(heard: Any) -> dict[str, Any]:
    """The values of a recording's note of a measurement that the host's strap told (device.heart_strap.Heard)."""
    more = {} if heard.battery_pct is None else {"battery_pct": heard.battery_pct}
    return {"t_host_s": heard.t_host_s, "value": heard.value.hex(), **more}


def heard(decoded: Decoded, t0_us: float, clock: ClockMap | None) -> HeartRate | None:
    """What a strap told; the board's own before the host's. None where nothing came, or where no clock tells when."""
    if decoded.heart is not None:
        stream = decoded.heart
        rows = [strap.of_record(row.tobytes()) for row in stream.counts]
        return _made("board", np.asarray(stream.frame_tick - t0_us, float) * 1e-6, rows, stream.lost)
    notes = [note for note in decoded.notes if note.get("note") == NOTE]
    if not notes or clock is None:
        return None
    t_us = clock.to_device_us([float(note["t_host_s"]) for note in notes])
    return _made("host", np.asarray(t_us - t0_us, float) * 1e-6, [_noted(note) for note in notes], 0)


def _noted(note: Mapping[str, Any]) -> strap.Measurement | None:
    try:
        value = bytes.fromhex(str(note.get("value", "")))
    except ValueError:
        return None
    level = note.get("battery_pct")
    return strap.of_record(bytes((255 if level is None else int(level), len(value))) + value)


def _made(by: str, t_s: Floats, rows: list[strap.Measurement | None], lost: int) -> HeartRate | None:
    known = [(t, row) for t, row in zip(t_s.tolist(), rows, strict=True) if row is not None]
    if not known:
        return None
    levels = [row.battery_pct for _, row in known if row.battery_pct is not None]
    return HeartRate(
        by,
        np.array([t for t, _ in known]),
        np.array([row.bpm for _, row in known], float),
        np.array([np.nan if row.contact is None else row.contact for _, row in known], float),
        tuple(row.rr_s for _, row in known),
        levels[-1] if levels else None,
        len(rows) - len(known),
        lost,
    )


def summary(heart: HeartRate, begin_s: float, end_s: float) -> dict[str, Any]:
    """Its numbers from begin_s to end_s: mean and peak of what was measured on the skin, in beats a minute (None where
    nothing was), the share of measurements with contact (None where the strap can't tell), the stretches of more than
    MISSING_S without a measurement and the seconds that are missing in them."""
    inside = (heart.t_s >= begin_s) & (heart.t_s <= end_s)
    bpm, contact = heart.bpm[inside], heart.contact[inside]
    good = bpm[(bpm > 0) & ~(contact == 0)]
    told = contact[np.isfinite(contact)]
    silent = np.diff(np.concatenate(([begin_s], heart.t_s[inside], [end_s])))
    gaps = silent[silent > MISSING_S]
    return {
        "by": heart.by,
        "mean_bpm": round(float(good.mean()), 1) if len(good) else None,
        "peak_bpm": round(float(good.max())) if len(good) else None,
        "measurements": int(inside.sum()),
        "contact_share": round(float(told.mean()), 3) if len(told) else None,
        "gaps": len(gaps),
        "missing_s": round(float(gaps.sum()), 1),
        "unreadable": heart.unreadable,
        "battery_pct": heart.battery_pct,
    }


def asked(decoded: Decoded) -> bool:
    """Whether a heart rate was wanted, from the board or from the host."""
    return bool(decoded.config.get("heart")) or bool(decoded.head.get("heart"))


def of_recording(
    decoded: Decoded, t0_us: float, clock: ClockMap | None, begin_s: float, end_s: float
) -> dict[str, Any] | None:
    """The summary; with a reason alone where one was asked for and nothing came; None where nobody asked."""
    found = heard(decoded, t0_us, clock)
    if found is not None:
        return summary(found, begin_s, end_s)
    return {"not_reported": SILENT} if asked(decoded) else None


def words(entry: Mapping[str, Any]) -> str:
    """A summary in a line."""
    if entry.get("not_reported"):
        return str(entry["not_reported"])
    if entry["mean_bpm"] is None:
        said = "no pulse found"
    else:
        said = f"mean {entry['mean_bpm']:.0f}, peak {entry['peak_bpm']} beats a minute"
    if entry["contact_share"] is not None:
        said += f"; on the skin {100 * entry['contact_share']:.0f} % of the time"
    if entry["gaps"]:
        said += f"; {entry['missing_s']:.0f} s without a measurement"
    if entry["battery_pct"] is not None:
        said += f"; strap's battery {entry['battery_pct']} %"
    return said
