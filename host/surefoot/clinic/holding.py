# SPDX-License-Identifier: MIT
"""When a standing trial began, and how long it was held: signals and marks in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..decode import Decoded
from ..signals import GRAVITY_MS2, Signals

START, END = "start", "end"
# The reasons that a recording keeps (its note "stop") for breaking off by itself.
WHY = {
    "unplugged": "the board was unplugged or switched off",
    "restarted": "the board restarted, by a power dip or its reset button",
    "silent": "the board fell silent",
    "refused": "the board refused a command",
    "link": "the line to the board failed",
}
OFF_S = 0.2  # off the insoles for this long is a step, not a lost sample
# Our own stop rules; none of them is published (they end a trial, they raise no alarm).
FREE_FALL_G, FREE_FALL_S = 0.4, 0.15
IMPACT_G = 2.5
TILT_DEG = 45.0
TILT_JUMP_DEG, TILT_JUMP_S = 30.0, 0.5
FOOT_SHARE = 0.05  # of the usual load: less on one foot for OFF_S is a foot lifted


@dataclass(frozen=True)
class Hold:
    """`begin` and `end` are rows of the signals; `ended` is complete, interrupted, stopped, step or fall."""

    begin: int
    end: int
    held_s: float
    ended: str
    sentence: str | None = None


def _lasting(flags: npt.ArrayLike, rows: int) -> int | None:
    """The first row from which `flags` holds for at least `rows` rows."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], np.asarray(flags, bool), [False])).astype(np.int8)))
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        if high - low >= max(rows, 1):
            return int(low)
    return None


def _mark_s(decoded: Decoded, signals: Signals, which: str) -> float | None:
    """Seconds on the signals' clock of a mark: by the device's own event, else by the host's note and the clock map."""
    for event in decoded.events:
        if event.code == "mark" and event.text == which:
            return (event.t_us - signals.t0_us) * 1e-6
    for note in decoded.notes:
        if note.get("note") == "cue" and note.get("cue") == which and signals.clock is not None:
            return float(signals.clock.to_device_us(note["t_host_s"]) - signals.t0_us) * 1e-6
    return None


def _first_loss(signals: Signals, rows: slice) -> tuple[int, str, str] | None:
    """The first row, kind and sentence of a loss of balance among the rows."""
    rate_hz = signals.rate_hz
    window = max(round(0.1 * rate_hz), 1)
    if rows.stop - rows.start < window:
        return None  # too short for anything to last
    acc_g = np.linalg.norm(signals.acc_ms2[rows], axis=1) / GRAVITY_MS2
    with np.errstate(invalid="ignore"):
        tilt_deg = np.degrees(np.arccos(np.clip(signals.acc_ms2[rows, 2] / (acc_g * GRAVITY_MS2), -1, 1)))
        smooth = np.convolve(tilt_deg, np.ones(window) / window, "same")
        steady = np.abs(acc_g - 1) < 0.5
        jump = max(round(TILT_JUMP_S * rate_hz), 1)
        rise = np.zeros(len(smooth))
        rise[jump:] = np.abs(smooth[jump:] - smooth[:-jump])
        feet_n = signals.foot_force_n[rows]
        # The usual load of a foot whose insole is unplugged is not known, and no row is less than that.
        usual = [np.median(foot[known]) if (known := np.isfinite(foot)).any() else np.nan for foot in feet_n.T]
        lifted = (feet_n < FOOT_SHARE * np.array(usual)).any(axis=1)
        found = [
            (_lasting(acc_g < FREE_FALL_G, round(FREE_FALL_S * rate_hz)), "fall", "free fall of the trunk"),
            (_lasting(acc_g > IMPACT_G, 1), "fall", "an impact at the waist"),
            (
                _lasting(steady & (smooth > TILT_DEG), window),
                "fall",
                f"the trunk tilted more than {TILT_DEG:g} degrees",
            ),
            (
                _lasting(steady & (rise > TILT_JUMP_DEG), window),
                "fall",
                f"the trunk tilted by {TILT_JUMP_DEG:g} degrees within {TILT_JUMP_S:g} s",
            ),
            (_lasting(signals.off_insoles[rows], round(OFF_S * rate_hz)), "step", "the person was off the insoles"),
            (_lasting(lifted, round(OFF_S * rate_hz)), "step", "a foot was lifted"),
        ]
    hits = [(row, kind, what) for row, kind, what in found if row is not None]
    if not hits:
        return None
    row, _, what = min(hits)
    # A fall begins as a step or a tilt: what follows within two seconds tells what it was.
    kind = "fall" if any(k == "fall" and r - row <= 2 * rate_hz for r, k, _ in hits) else "step"
    return row, kind, what


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
    loss = _first_loss(signals, slice(begin, end))
    if loss:
        row, kind, what = loss
        held_s = row / rate_hz
        return Hold(begin, begin + row, held_s, kind, f"The trial ended after {held_s:.1f} s: {what}.")
    held_s = (end - begin) / rate_hz
    # A cue reaches the board some milliseconds after it is spoken: a hold is full to within a tenth of a second.
    if held_s >= target_s - 0.1:
        return Hold(begin, end, target_s, "complete")
    if reason == "observer":
        return Hold(begin, end, held_s, "stopped", f"The observer stopped the trial after {held_s:.1f} s.")
    return Hold(begin, end, held_s, "interrupted", f"The trial was interrupted after {held_s:.1f} s: {why}.")
