# SPDX-License-Identifier: MIT
"""When a standing trial began, and how long it was held: signals and marks in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..decode import Decoded
from ..measures.events import balance_loss
from ..signals import Signals

START, END = "start", "end"
# The reasons that a recording keeps (its note "stop") for breaking off by itself.
WHY = {
    "unplugged": "the board was unplugged or switched off",
    "restarted": "the board restarted, by a power dip or its reset button",
    "silent": "the board fell silent",
    "refused": "the board refused a command",
    "link": "the line to the board failed",
}


@dataclass(frozen=True)
class Hold:
    """`begin` and `end` are rows of the signals; `ended` is complete, interrupted, stopped, step or fall."""

    begin: int
    end: int
    held_s: float
    ended: str
    sentence: str | None = None


def _mark_s(decoded: Decoded, signals: Signals, which: str) -> float | None:
    """Seconds on the signals' clock of a mark: by the device's own event, else by the host's note and the clock map."""
    for event in decoded.events:
        if event.code == "mark" and event.text == which:
            return (event.t_us - signals.t0_us) * 1e-6
    for note in decoded.notes:
        if note.get("note") == "cue" and note.get("cue") == which and signals.clock is not None:
            return float(signals.clock.to_device_us(note["t_host_s"]) - signals.t0_us) * 1e-6
    return None


def _first_loss(signals: Signals, begin: int, end: int) -> tuple[int, str, str] | None:
    """The row, kind and sentence of the first loss of balance between the rows `begin` and `end`."""
    feet_n = signals.foot_force_n[:end].copy()
    feet_n[signals.off_insoles[:end, None] & np.isfinite(feet_n)] = 0.0
    begin_s = begin / signals.rate_hz
    found = balance_loss(feet_n, signals.acc_ms2[:end], signals.gyr_dps[:end], signals.rate_hz, begin_s)
    if found.first is None:
        return None
    row = min(max(round(found.first.onset_s * signals.rate_hz), begin), end)
    return row, "fall" if found.moved_trunk else "step", found.first.sentence


def hold(decoded: Decoded, signals: Signals, target_s: float) -> Hold:
    """How long the trial was held, at most `target_s`, and what ended it."""
    rate_hz = signals.rate_hz
    start_s = _mark_s(decoded, signals, START)
    reason = next((str(note.get("reason")) for note in decoded.notes if note.get("note") == "stop"), "")
    why = WHY.get(reason, "the recording breaks off")
    if start_s is None:
        why = "the observer stopped it" if reason == "observer" else why
        return Hold(0, 0, 0.0, "interrupted", f"The trial ended before its start cue ({why}): repeat it.")
    last = len(signals.t_s)
    begin = min(max(round(start_s * rate_hz), 0), last)
    target = begin + round(target_s * rate_hz)
    stop_s = _mark_s(decoded, signals, END)
    end = max(min(target, last, round(stop_s * rate_hz) if stop_s is not None else last), begin)
    loss = _first_loss(signals, begin, end)
    if loss:
        row, kind, what = loss
        held_s = (row - begin) / rate_hz
        return Hold(begin, row, held_s, kind, f"The trial ended after {held_s:.1f} s: {what}.")
    held_s = (end - begin) / rate_hz
    # A cue reaches the board some milliseconds after it is spoken: a hold is full to within a tenth of a second.
    if held_s >= target_s - 0.1:
        return Hold(begin, end, target_s, "complete")
    if reason == "observer":
        return Hold(begin, end, held_s, "stopped", f"The observer stopped the trial after {held_s:.1f} s.")
    return Hold(begin, end, held_s, "interrupted", f"The trial was interrupted after {held_s:.1f} s: {why}.")
