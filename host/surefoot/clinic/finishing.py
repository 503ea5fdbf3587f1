# SPDX-License-Identifier: MIT
"""The end of a movement while it is recorded, by the detectors that judge the recording afterwards.

It decides when a trial is over and what is said at once; what is kept is what the whole recording shows. Only what is
beyond doubt ends a trial: without both insoles, the waist sensor and both turns, the observer's key does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ..care.protocol import Condition, Protocol
from ..errors import MeasureError
from ..measures import events
from .live_rows import Floats, Rows

# Our own choices (D).
LOOK_S = 0.5  # of new samples between two looks
SETTLED_S = 1.0  # so long somebody must have sat or stood for it to be the end: an observer's key comes sooner
UP_SHARE, DOWN_SHARE = 0.6, 0.45  # of the weight on the feet: risen, and seated

Finish = Callable[[Rows, float, float], tuple[float, str] | None]


def finish_of(protocol: Protocol, condition: Condition) -> Finish | None:
    """What tells the end of a condition from rows, their rate and the second of the start cue on them: the second of
    the end with its words, None while there is none. None for a condition whose end only an observer sees."""
    named = protocol.detectors_of(condition)
    if "tug" in named and condition.ends_on == "seated":
        return _tug
    if "sit-to-stand" in named and condition.repetitions and condition.ends_on in ("fifth-seat", "fifth-stand"):
        return partial(_chair, condition.repetitions, condition.ends_on == "fifth-seat")
    return None


def _tug(rows: Rows, rate_hz: float, cue_s: float) -> tuple[float, str] | None:
    if _rises(rows.foot_force_n) < 1 or not _seated(rows.foot_force_n, rate_hz):
        return None
    try:
        seen = events.tug(*rows, rate_hz, cue_s)
    except MeasureError:
        return None
    if seen.confidence < 1 or seen.clinical_s <= 0 or not _settled(rows, rate_hz, seen.seated_s):
        return None
    return seen.seated_s, "seated again"


def _chair(repetitions: int, to_seat: bool, rows: Rows, rate_hz: float, cue_s: float) -> tuple[float, str] | None:
    if _rises(rows.foot_force_n) < repetitions or (to_seat and not _seated(rows.foot_force_n, rate_hz)):
        return None
    try:
        seen = events.sit_to_stand(*rows, rate_hz, cue_s)
    except MeasureError:
        return None
    # A rise that may not have been a full one leaves the count to the observer.
    doubtful = any(rise.confidence < 0.5 for rise in seen.rises)
    at_s = (seen.seated_s if to_seat else seen.stand_s)(repetitions)
    if doubtful or at_s is None or not _settled(rows, rate_hz, at_s):
        return None
    return at_s, f"{'seated after' if to_seat else 'stood up'} {repetitions} times"


def _settled(rows: Rows, rate_hz: float, at_s: float) -> bool:
    return len(rows.foot_force_n) / rate_hz - at_s >= SETTLED_S


def _rises(feet_n: Floats) -> int:
    """How often the weight came onto the feet: a look that costs nothing, before one that does."""
    total = feet_n.sum(axis=1)
    total = total[np.isfinite(total)]
    if not len(total):
        return 0
    usual = np.percentile(total, 95)
    side = np.where(total > UP_SHARE * usual, 1, np.where(total < DOWN_SHARE * usual, 0, -1))
    return int((np.diff(side[side >= 0]) == 1).sum())


def _seated(feet_n: Floats, rate_hz: float) -> bool:
    total = feet_n.sum(axis=1)
    now = total[-round(SETTLED_S * rate_hz) :]
    if not np.isfinite(now).any():
        return False
    return bool(np.nanmean(now) < DOWN_SHARE * np.nanpercentile(total, 95))
