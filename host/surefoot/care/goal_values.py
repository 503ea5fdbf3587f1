# SPDX-License-Identifier: MIT
"""A goal in the person's own words, what was measured of it, and how far it is: plain values."""

from dataclasses import dataclass
from datetime import date

FORMAT = 1
WALKING = "gait_walking_s"
AMOUNTS = ("gait_distance_m", WALKING, "gait_steps")  # of walks: these can be summed
PER_WALKS, PER_TEST = ("walk", "day", "week"), "test"
PER = (*PER_WALKS, PER_TEST)
WORDS_MAX, MOST = 200, 1_000_000  # letters, and of metres, seconds or steps: far beyond any week (D)
REACHED, ON_THE_WAY, WITHIN, AWAY = "reached", "on the way", "within measurement error", "not nearer"
UNSURE, NOT_COUNTED, NOT_MEASURED = "measured", "not counted", "not measured"
ENDED = ("reached", "given up", "replaced")


@dataclass(frozen=True)
class Goal:
    """`words` of the person's own; `value`: the target, in the unit of the row `measure`, of each walk, the sum of a
    day or week, or a test (`per`, then with its `protocol`), by a date (YYYY-MM-DD) or none. `without_stop`: in one
    bout. `baseline` of `baseline_on` and the `mdc` (95 %) of one result against one, with its source; None unknown."""

    words: str
    measure: str
    value: float
    per: str
    by_date: str | None = None
    set_utc: str = ""
    protocol: str = ""
    without_stop: bool = False
    baseline: float | None = None
    baseline_on: str | None = None
    mdc: float | None = None
    mdc_source: str = ""
    ended: str = ""


@dataclass(frozen=True)
class Reading:
    """What was measured of a goal on a day; None: it was done, and `why` it doesn't count, with what was `seen` of it
    all the same (None: nothing). `at_least`: a part wasn't told."""

    on: date
    value: float | None
    at_least: bool = False
    seen: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Progress:
    """`state` of REACHED ... NOT_MEASURED; `sentence` for people; `share` of the way from baseline (or nought) to
    target, 0 to 1, None where it can't be told; `sure`: a reached target is beyond the baseline's measurement error."""

    state: str
    sentence: str
    reading: Reading | None = None
    share: float | None = None
    sure: bool | None = None
