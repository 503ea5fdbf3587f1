# SPDX-License-Identifier: MIT
"""When a standing trial began, and how long it was held: signals and marks in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..decode import Decoded
from ..measures.events import Losses, balance_loss
from ..signals import Signals

START, END = "start", "end"
# The reasons that a recording keeps (its note "stop") for breaking off by itself.
WHY = {
    "unplugged": "the board was unplugged or switched off",
    "restarted": "the board restarted, by a power dip or its reset button",
    "silent": "the board fell silent",
    "refused": "the board refused a command",
    "link": "the line to the board failed",
    "loss": "the device saw a loss of balance that the whole recording does not show, so it is to be repeated",
}
LOSS = "loss"  # the device ended it, for a loss of balance that it saw
# A cue reaches the board some milliseconds after it is spoken: a hold is full to within this, and a loss that begins
# this soon after the device had ended the trial is the one it was ended for, since nobody obeys a cue as fast.
SHORT_S = 0.1


@dataclass(frozen=True)
class Hold:
    """`begin` and `end` are rows of the signals; `ended` is complete, interrupted, stopped, step or fall. `judged`: the
    row before which a step or fall was told, where the device had ended the trial for it."""

    begin: int
    end: int
    held_s: float
    ended: str
    sentence: str | None = None
    judged: int | None = None


@dataclass(frozen=True)
class Watch:
    """What ends a trial by itself: kinds of `balance_loss`, of which feet, and whether the task leans on purpose."""

    kinds: frozenset[str] = frozenset(("step", "foot lift", "off", "tilt", "free fall", "impact"))
    feet: tuple[str, ...] = ("left", "right")
    leaning: bool = False


def mark_s(decoded: Decoded, signals: Signals, which: str) -> float | None:
    """Seconds on the signals' clock of a mark: by the device's own event, else by the host's note and the clock map."""
    for event in decoded.events:
        if event.code == "mark" and event.text == which:
            return (event.t_us - signals.t0_us) * 1e-6
    for note in decoded.notes:
        if note.get("note") == "cue" and note.get("cue") == which and signals.clock is not None:
            return float(signals.clock.to_device_us(note["t_host_s"]) - signals.t0_us) * 1e-6
    return None


def losses(signals: Signals, begin: int, end: int, watch: Watch = Watch()) -> Losses:
    """Losses of balance between the rows `begin` and `end`, of the kinds that are watched."""
    rows = slice(0, end)
    motion = signals.acc_ms2[rows], signals.gyr_dps[rows]
    return losses_in(signals.foot_force_n[rows], signals.off_insoles[rows], *motion, signals.rate_hz, begin, watch)


def losses_in(
    foot_force_n: np.ndarray,
    off_insoles: np.ndarray,
    acc_ms2: np.ndarray,
    gyr_dps: np.ndarray,
    rate_hz: float,
    begin: int,
    watch: Watch,
) -> Losses:
    """The same of rows as they are, from the row `begin` on."""
    feet_n = foot_force_n.copy()
    feet_n[off_insoles[:, None] & np.isfinite(feet_n)] = 0.0
    begin_s = begin / rate_hz
    found = balance_loss(feet_n, acc_ms2, gyr_dps, rate_hz, begin_s, watch=watch.feet, leaning=watch.leaning)
    return replace(found, events=tuple(event for event in found.events if event.kind in watch.kinds))


def reason_kept(decoded: Decoded) -> str:
    """Why the recording says that it ended; empty where it breaks off."""
    return next((str(note.get("reason")) for note in decoded.notes if note.get("note") == "stop"), "")


def aside_kept(decoded: Decoded) -> str | None:
    """Why the observer set the loss aside for which the device ended the trial; None where nobody did."""
    notes = (note for note in decoded.notes if note.get("note") == "aside")
    return next((str(note.get("reason")) for note in notes), None)


def no_start(reason: str) -> Hold:
    """A trial that ended before its start cue."""
    why = "the observer stopped it" if reason == "observer" else WHY.get(reason, "the recording breaks off")
    return Hold(0, 0, 0.0, "interrupted", f"The trial ended before its start cue ({why}): repeat it.")


def hold(
    decoded: Decoded,
    signals: Signals,
    target_s: float,
    watch: Watch = Watch(),
    begin_s: float | None = None,
    seen: tuple[float, str, str] | None = None,
) -> Hold:
    """How long the trial was held, at most `target_s`, and what ended it.

    `begin_s`: on the signals' clock, where a trial begins later than its cue. `seen`: another end that was seen, in
    seconds on that clock, with its kind (step or fall) and its words.
    """
    rate_hz = signals.rate_hz
    start_s = mark_s(decoded, signals, START)
    reason = reason_kept(decoded)
    if start_s is None:
        return no_start(reason)
    last = len(signals.t_s)
    begin = min(max(round((start_s if begin_s is None else begin_s) * rate_hz), 0), last)
    target = begin + round(target_s * rate_hz)
    stop_s = mark_s(decoded, signals, END)
    end = max(min(target, last, round(stop_s * rate_hz) if stop_s is not None else last), begin)
    lost, judged = losses(signals, begin, end, watch), None
    if reason == LOSS and aside_kept(decoded) is not None:
        lost, seen = Losses(), None
    elif reason == LOSS:
        # What came after the device had ended it still tells a fall from a step, and a step from a lifted foot; but who
        # then steps off the insoles had lifted a foot before.
        later, judged = losses(signals, begin, last, watch), end
        if later.first and later.first.onset_s * rate_hz <= end + SHORT_S * rate_hz:
            lost, judged = later, last
    ends = []
    if lost.first:
        kind = "fall" if lost.moved_trunk else "step"
        ends.append((min(max(round(lost.first.onset_s * rate_hz), begin), end), kind, lost.first.sentence))
    if seen and round(seen[0] * rate_hz) < end:
        ends.append((max(round(seen[0] * rate_hz), begin), *seen[1:]))
    if ends:
        row, kind, what = min(ends)
        held_s = (row - begin) / rate_hz
        return Hold(begin, row, held_s, kind, f"The trial ended after {held_s:.1f} s: {what}.", judged)
    held_s = (end - begin) / rate_hz
    # A loss that the device saw and that nobody set aside leaves no full hold, however late it came.
    if held_s >= target_s - (SHORT_S if reason != LOSS or aside_kept(decoded) is not None else 0.0):
        return Hold(begin, end, target_s, "complete")
    if reason == "observer":
        return Hold(begin, end, held_s, "stopped", f"The observer stopped the trial after {held_s:.1f} s.")
    why = WHY.get(reason, "the recording breaks off")
    if reason == LOSS and (aside := aside_kept(decoded)) is not None:
        why = f"the device stopped it, which the observer set aside ({aside}), so it is to be repeated"
    return Hold(begin, end, held_s, "interrupted", f"The trial was interrupted after {held_s:.1f} s: {why}.")


def moving(decoded: Decoded, signals: Signals) -> Hold:
    """The same of a trial that moves: its rows from the cue to its end, and why it ended. Balance is not judged."""
    rate_hz, reason = signals.rate_hz, reason_kept(decoded)
    start_s, stop_s = (mark_s(decoded, signals, which) for which in (START, END))
    if start_s is None:
        return no_start(reason)
    last = len(signals.t_s)
    begin = min(max(round(start_s * rate_hz), 0), last)
    end = max(min(last, round(stop_s * rate_hz) if stop_s is not None else last), begin)
    passed_s = (end - begin) / rate_hz
    if reason == "complete":
        return Hold(begin, end, passed_s, "complete")
    if reason == "timeout":
        return Hold(begin, end, passed_s, "timeout", f"Nobody saw the end of the trial within {passed_s:.0f} s.")
    if reason == "observer":
        return Hold(begin, end, passed_s, "stopped", f"The observer stopped the trial after {passed_s:.1f} s.")
    why = WHY.get(reason, "the recording breaks off")
    return Hold(begin, end, passed_s, "interrupted", f"The trial was interrupted after {passed_s:.1f} s: {why}.")
