# SPDX-License-Identifier: MIT
"""Contacts of each foot with the floor, and the steps of a walk made of them.

Nothing here is in newtons: a foot's own swing is its zero and its own stance its scale, so body weight, a shoe's
preload and an insole's gain don't move an event. Contact is any loading; heel, flat foot or forefoot first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from surefoot.errors import MeasureError
from surefoot.measures.events.spans import Floats, bridged, columns, crossing_s, runs, smooth

# Our own choices (D), but for the two shortest times, which are clinical convention.
LOADED_SHARE = 0.25  # of a foot's stance load above its swing load: more is stance for sure, whatever a shoe presses
SWUNG_SHARE = 0.35  # a foot that never gets below it of its stance load was never lifted
AIR_SHARE = 0.1  # a swing gets as low as this above its swing load; more is weight shifted away, as before a first step
GAP_S = 0.2  # an edge in a loss up to this long is placed between known neighbours; in a longer one it has no time
EDGE_SHARES = (0.1, 0.3)  # the line through them leads to where loading began or unloading ended
EDGE_REACH_S = 0.05  # by at most this much: a foot that is put down slowly is down when it is felt
PEAK_S = 0.4  # the load that an edge is a share of is the most within this time of it
MIN_STANCE_S, MIN_SWING_S = 0.15, 0.1
LONG_SWING_S = 1.5  # no swing of a walk is longer (Mobilise-D: strides to 3 s, of which swing is under half)
PAUSE_S = 3.0  # a break that ends a walking bout (Kluge 2021, as the Mobilise-D bouts)
FEET = ("left", "right")


@dataclass(frozen=True)
class Contact:
    """One stance of a foot: initial contact and foot off in s from row 0, None where it began before, lasted to the
    end, or lies in a loss of more than GAP_S. `confidence`: how far the foot was unloaded beside the edge, 0 not at
    all, 1 wholly."""

    foot: str
    on_s: float | None
    off_s: float | None
    confidence: float


@dataclass(frozen=True)
class Walk:
    """`start_s`: the first foot off; `stop_s`: the last initial contact; `first_s` the first initial contact.
    `steps`: initial contacts after a swing; those with a time are in `initial_s` as (foot, s), `untimed` lie in a loss.
    `confidence`: the least of its contacts' medians, halved where only one foot was measured."""

    start_s: float
    first_s: float
    stop_s: float
    initial_s: tuple[tuple[str, float], ...]
    contacts: tuple[Contact, ...]
    confidence: float
    untimed: int = 0
    unseen: tuple[str, ...] = ()
    OVERRIDES: ClassVar[tuple[str, ...]] = ("start_s", "stop_s", "steps")

    @property
    def steps(self) -> int:
        return len(self.initial_s) + self.untimed

    def between(self, begin_s: float, end_s: float) -> int:
        """Initial contacts from `begin_s` to before `end_s`: steps of a turn, or between two marks."""
        return sum(begin_s <= at_s < end_s for _, at_s in self.initial_s)


def contacts(foot_force_n: npt.ArrayLike, rate_hz: float) -> tuple[Contact, ...]:
    """Stances of both feet, force [n,2] N (left, right), ordered by initial contact (those without one first).

    NaN rows are lost: an edge in a longer loss than GAP_S has no time. MeasureError: shape, or a rate below 20 Hz.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    if not 20 <= rate_hz < np.inf:
        raise MeasureError(f"The force on the feet has a rate of {rate_hz:g} Hz: record at 20 Hz or more.")
    found = [contact for foot, name in enumerate(FEET) for contact in _stances(feet[:, foot], name, rate_hz)]
    return tuple(sorted(found, key=lambda c: -1.0 if c.on_s is None else c.on_s))


def _stances(force: Floats, name: str, rate_hz: float) -> list[Contact]:
    known = np.isfinite(force)
    if known.sum() < 2:
        return []
    # As low as a fiftieth of the time, or as the shortest swing: one quick step in a long trial is a swing too.
    ranked = np.sort(force[known])
    low = ranked[min(len(ranked) // 50, max(round(MIN_SWING_S * rate_hz) - 1, 0))]
    high = np.percentile(ranked, 90)
    if high <= 0 or low > SWUNG_SHARE * high:
        return [Contact(name, None, None, 0.0)] if high > 0 else []
    held = _despeckled(force, known, low + np.array((LOADED_SHARE, AIR_SHARE)) * (high - low), rate_hz)
    force = bridged(force, round(GAP_S * rate_hz))
    out = []
    for first, last in held:
        on_s, on_share = _edge(force, first, last, rate_hz)
        back_s, off_share = _edge(force[::-1], len(force) - last, len(force) - first, rate_hz)
        off_s = None if back_s is None else (len(force) - 1) / rate_hz - back_s
        shares = [share for share in (on_share, off_share) if share is not None]
        out.append(Contact(name, on_s, off_s, round(min(shares), 2) if shares else 0.0))
    return out


def _despeckled(force: Floats, known: np.ndarray, levels: Floats, rate_hz: float) -> list[tuple[int, int]]:
    """Runs above the first of `levels`, without swings and stances that are too short and swings that stay above the
    second; a loss keeps the state before it."""
    state = np.where(known, force > levels[0], False)
    for low, high in runs(~known):
        state[low:high] = state[low - 1] if low else False
    for low, high in runs(~state):
        if low > 0 and high < len(state) and np.nanmin(force[low:high], initial=np.inf) > levels[1]:
            state[low:high] = True
    for flip, least_s in ((False, MIN_SWING_S), (True, MIN_STANCE_S)):
        for low, high in runs(state == flip):
            inside = low > 0 and high < len(state)
            if inside and high - low < round(least_s * rate_hz):
                state[low:high] = not flip
    return runs(state)


def _edge(force: Floats, first: int, last: int, rate_hz: float) -> tuple[float | None, float | None]:
    """When loading began before row `first` of a stance [s], and how unloaded the foot was before; None if unknown."""
    before = force[max(first - round(LONG_SWING_S * rate_hz), 0) : first]
    if not len(before) or not np.isfinite(force[max(first - 2, 0) : first + 1]).all():
        return None, None
    swing = before[_since_stance(before, force[first]) :]
    swing = swing[np.isfinite(swing)]
    peak = float(np.nanmax(force[first : min(last, first + round(PEAK_S * rate_hz)) + 1]))
    zero = float(np.median(np.sort(swing)[: max(len(swing) // 2, 1)]))
    if peak <= zero:
        return None, None
    share = (force - zero) / (peak - zero)
    times = []
    for level in EDGE_SHARES:
        row = first
        while row > 0 and share[row - 1] >= level:  # a NaN ends it
            row -= 1
        while row < last and share[row] < level:
            row += 1
        times.append(crossing_s(share, level, row, rate_hz))
    slope_s = max(times[1] - times[0], 0.0) * EDGE_SHARES[0] / (EDGE_SHARES[1] - EDGE_SHARES[0])
    return times[0] - min(slope_s, EDGE_REACH_S), float(np.clip(1 - zero / peak, 0.0, 1.0))


def _since_stance(before: Floats, level: float) -> int:
    """The row of `before` at which the swing that ends it began: after the last row above `level`."""
    above = np.flatnonzero(before > level)
    return int(above[-1]) + 1 if len(above) and above[-1] + 1 < len(before) else 0


def walk(foot_force_n: npt.ArrayLike, rate_hz: float, begin_s: float = 0.0, end_s: float | None = None) -> Walk:
    """The longest walking bout between `begin_s` and `end_s`: two steps or more, without a pause over PAUSE_S.

    MeasureError where there is none, where no insole was measured, and as for `contacts`.
    """
    feet = columns(foot_force_n, (2,), "force on the feet")
    found = contacts(feet, rate_hz)
    missing = [name for foot, name in enumerate(FEET) if not np.isfinite(feet[:, foot]).any()]
    if len(missing) == 2:
        raise MeasureError("Neither insole gave anything, so there are no steps: plug them in and repeat, or use keys.")
    end_s = len(feet) / rate_hz if end_s is None else end_s
    steps = sorted((c.on_s, c.foot) for c in found if c.on_s is not None and begin_s <= c.on_s <= end_s)
    bouts: list[list[tuple[float, str]]] = []
    for step in steps:
        if bouts and step[0] - bouts[-1][-1][0] <= PAUSE_S:
            bouts[-1].append(step)
        else:
            bouts.append([step])
    bout = max(bouts, key=len, default=[])
    if len(bout) < 2:
        raise MeasureError(
            "No walk was found in the trial, fewer than two steps: repeat it, or give its times by keys."
        )
    first_s, stop_s = bout[0][0], bout[-1][0]
    offs = [c.off_s for c in found if c.off_s is not None and first_s - LONG_SWING_S <= c.off_s < first_s]
    mine = tuple(c for c in found if c.on_s is not None and first_s <= c.on_s <= stop_s)
    sure = min(float(np.median([c.confidence for c in mine if c.foot == name])) for name in {c.foot for c in mine})
    unseen = tuple(f"The {name} insole gave nothing, so that foot's steps are not counted." for name in missing)
    return Walk(
        start_s=max(offs) if offs else first_s,
        first_s=first_s,
        stop_s=stop_s,
        initial_s=tuple((foot, at_s) for at_s, foot in bout),
        contacts=mine,
        confidence=round(sure / (2 if missing else 1), 2),
        untimed=_untimed(found, first_s, stop_s),
        unseen=unseen,
    )


def _untimed(found: tuple[Contact, ...], first_s: float, stop_s: float) -> int:
    """Stances of the bout whose beginning was lost; a foot's first one is that of standing before."""
    count = 0
    for name in FEET:
        mine = sorted((c for c in found if c.foot == name and c.off_s is not None), key=lambda c: c.off_s or 0.0)
        count += sum(c.on_s is None and first_s < (c.off_s or 0.0) < stop_s for c in mine[1:])
    return count


STAGGER = 3.0  # robust standard deviations of the person's own steps; a marker for the observer, not a verdict


def staggered_s(found: Walk, side_ms2: Floats, rate_hz: float) -> tuple[float, ...]:
    """Steps [s] whose sideways push at the waist stands out from this person's own: candidates for a side step.

    side_ms2 [n] is `Trunk.side_ms2`. Fewer than five known steps say nothing. The observer decides.
    """
    calm = smooth(side_ms2, rate_hz, 0.1)
    pushes = []
    for _, at_s in found.initial_s:
        row = round(at_s * rate_hz)
        part = calm[max(row - round(0.2 * rate_hz), 0) : row + round(0.3 * rate_hz)]
        part = part[np.isfinite(part)]
        pushes.append(float(np.abs(part).max()) if len(part) else np.nan)
    sizes = np.array(pushes)
    known = sizes[np.isfinite(sizes)]
    if len(known) < 5:
        return ()
    middle = float(np.median(known))
    spread = 1.4826 * float(np.median(np.abs(known - middle)))
    limit = middle + STAGGER * max(spread, 0.1 * middle)
    return tuple(at_s for (_, at_s), size in zip(found.initial_s, sizes, strict=True) if size > limit)
