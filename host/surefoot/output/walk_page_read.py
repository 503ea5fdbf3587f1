# SPDX-License-Identifier: MIT
"""What the pages of walks read from a kept walk: numbers or None, when it was, and what can be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..care.goal_values import Goal
from ..clinic.walk_values import KeptWalk
from ..device.virtual import VIRTUAL_ID
from ..measures.gait.parameters import DISTANCE_SHARE
from ..measures.gait.table import GAIT
from ..measures.gait.values import FEET
from ..unit_words import counted
from .wording import MINUS, unit_text

NO_LENGTH = "the length of its strides is not known"
DISTANCE, WALKING, STEPS = "gait_distance_m", "gait_walking_s", "gait_steps"


def number(walk: KeptWalk, key: str) -> float | None:
    """A parameter of the gait table, in its unit; None where it is not told."""
    told = walk.entry.get("parameters", {}).get(key)
    return None if told is None else told["value"]


def strides_of(walk: KeptWalk, key: str) -> int | None:
    """How many strides a parameter is of."""
    return walk.entry.get("parameters", {}).get(key, {}).get("strides")


def analysed(walk: KeptWalk) -> bool:
    """Whether steps were found in it."""
    return bool(number(walk, STEPS))


def simulated(walk: KeptWalk) -> bool:
    """Whether nobody walked: the board was a virtual one."""
    return str(walk.entry.get("device") or "").startswith(VIRTUAL_ID)


def nominal(walk: KeptWalk) -> bool:
    """Whether its cells were not calibrated, so that their newtons are none."""
    return walk.entry.get("maker") == "Surefoot" and walk.entry.get("calibration", "none") == "none"


def measured_share(walk: KeptWalk) -> float | None:
    """Strides whose length is known, of those of the feet that have lengths; None where there is no distance."""
    count, steps = strides_of(walk, DISTANCE), number(walk, STEPS)
    if not count or not steps:
        return None
    feet = walk.entry.get("feet", {})
    known = [foot for foot in FEET if _has_lengths(feet.get(foot) or {})]
    return min(count / (steps * (len(known) or len(FEET)) / 2), 1.0)


def _has_lengths(foot: Mapping[str, Any]) -> bool:
    """Of a long walk only their number is kept with it."""
    return bool(foot.get("lengths")) or any(x is not None for x in foot.get("stride_length_m", ()))


def amount(walk: KeptWalk, key: str) -> float | None:
    """As `number`, but a distance only where nearly all strides' lengths are known: of a few it is none."""
    if not analysed(walk) or (key == DISTANCE and (measured_share(walk) or 0.0) < DISTANCE_SHARE):
        return None
    return number(walk, key)


def counts(walk: KeptWalk, goal: Goal) -> tuple[float | None, float | None, str]:
    """What of a walk counts for a goal of walks. Where none does: None, what was measured of it all the same (None:
    nothing), and why it doesn't count."""
    seen, value = number(walk, goal.measure), amount(walk, goal.measure)
    if not analysed(walk):
        return None, None, "no steps were found in it"
    if value is None:
        share = measured_share(walk)
        return None, seen, f"only {100 * share:.0f} % of its strides have a length" if share else NO_LENGTH
    if not goal.without_stop:
        return value, None, ""
    bouts, pauses = number(walk, "gait_bouts"), number(walk, "gait_pauses")
    if bouts is None or pauses is None:
        return None, value, "whether it had a stop is not known"
    stops = round(bouts - 1 + pauses)
    return (None, value, f"it had {counted(stops, 'stop')}") if stops else (value, None, "")


def when(walk: KeptWalk) -> datetime | None:
    """When it began, by the clock of this place; None where the board had no clock or nobody can read it."""
    try:
        at = datetime.fromisoformat(walk.begun_utc or "")
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone()


def lost_share(walk: KeptWalk) -> float:
    """Rows missing, of all."""
    rows = walk.entry.get("rows") or 0
    return (walk.entry.get("missing_rows") or 0) / rows if rows else 0.0


def column(walk: KeptWalk, name: str) -> Sequence[Any]:
    """A column of the table of strides."""
    return walk.entry.get("strides", {}).get(name, ())


def unit_of(key: str) -> str:
    """As people write it; "steps/min" without UCUM's braces."""
    return unit_text(GAIT[key].unit.translate({ord("{"): None, ord("}"): None}))


def text_of(key: str, value: float) -> str:
    """With the decimals of the gait table."""
    return f"{value:.{GAIT[key].decimals}f}".replace("-", MINUS)


def day_text(at: datetime) -> str:
    """Such as "Saturday 28 November 2026"."""
    return f"{at:%A} {at.day} {at:%B %Y}"


def feet_measured(walk: KeptWalk) -> tuple[str, ...]:
    """Feet whose load or motion a sensor of their own told."""
    seen: Mapping[str, Any] = walk.entry.get("feet") or {}
    by = walk.entry.get("by") or {}
    return tuple(foot for foot in FEET if seen.get(foot) is not None and f"{foot} foot" not in by)
