# SPDX-License-Identifier: MIT
"""What is wrong with a pair of insoles, in words: cells dead or loose, a foot's zero that creeps, left for right.

Nothing here changes a number but for cells that say nothing true: they are left out of a foot's load.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surefoot import cells as cell_map
from surefoot.errors import MeasureError
from surefoot.measures.events.spans import smooth
from surefoot.measures.gait.levels import over_stance, runs, stretches
from surefoot.measures.gait.values import FEET, Floats, Stances

Flags = npt.NDArray[np.bool_]
CELLS = 16

# Our own choices (D).
KNOWN_SHARE = 0.5  # of the samples of its foot's best cell: less, and the cell is left out
DEAD_SHARE = 0.002  # of its foot's change of load: a cell under the arch of a shoe still changes by some percent
JUMP_SHARE, JUMP_LOAD = 0.3, 0.03  # of its own range and its foot's, up and down within two samples: no foot does that
JUMPS = 0.002  # of all samples: more is a loose contact
LOOSE_CELLS = 2  # of a foot at the most: where more jump, the foot is shaken, as in a wheelchair
SEEN_ROWS = 20_000  # are enough to tell a cell's range
CREPT_SHARE = 0.2  # of a foot's load, between its first and last stretches of walking
ARCH_Y, ARCH_STANCE = (-0.15, 0.15), slice(30, 61)  # of the insole's length; of a stance in %
INNER_SHARE = 0.42  # of the arch's load is on its outer side at the least: an arch bears outside
SILENT_S = 10.0  # of one insole alone: longer than a plug that slips, and several steps of that foot are missed
LEVEL_S, SWAY_S = 3.0, 0.25  # means of the trunk's push that are how it leans, and its push within a step
AGAINST = 0.15  # correlation of that push with the leg that bears: with the legs the right way round it is negative
LEAST_SWINGS = 6
SWAPPED = (
    "The trunk is pushed towards the leg that bears: left and right insole are swapped, or the waist sensor is worn the"
    " wrong way round. Look at both, and correct it before anything of left and right is read."
)


def silent(feet: Floats, rate_hz: float) -> tuple[dict[str, Floats], list[str]]:
    """Of forces [2,n]: spans [k,2] in s by foot in which one insole gave nothing while the other did; and how long
    those of one that gave something were."""
    known, notes, spans = np.isfinite(feet), [], {}
    for name, mine, other in zip(FEET, known, known[::-1], strict=True):
        low, high = runs(~mine & other)
        long = high - low >= SILENT_S * rate_hz
        if not long.any():
            continue
        spans[name] = np.column_stack((low[long], high[long])) / rate_hz
        if mine.sum() > 1:
            notes.append(
                f"The {name} insole gave nothing for {np.diff(spans[name]).sum():.0f} s while the other one did: in"
                " them insoles see only the other foot."
            )
    return spans, notes


def lost(force: Floats, rate_hz: float) -> Floats:
    """Spans [k,2] in s without samples."""
    return np.column_stack(runs(~np.isfinite(force))) / rate_hz


def map_xy(cell_xy_share: npt.ArrayLike | None) -> Floats:
    """Places of the cells [16,2], of the insole's length from its middle; our own map without any given."""
    if cell_xy_share is None:
        mine = cell_map.load()
        return mine.xy_m / (mine.foot_length_mm * 1e-3)
    xy = np.asarray(cell_xy_share, float)
    if xy.shape != (CELLS, 2):
        raise MeasureError(f"The places of the cells have the shape {list(xy.shape)}: give [16, 2].")
    return xy


def usable_cells(cell_force_n: Floats) -> tuple[Flags, list[str]]:
    """Cells bool [16] that count, of forces [n,16], and what is wrong with others; dead ones do no harm and count."""
    n = len(cell_force_n)
    known = np.isfinite(cell_force_n).sum(axis=0)
    usable = np.empty(CELLS, bool)
    notes: list[str] = []
    seen = cell_force_n[:: max(n // SEEN_ROWS, 1)]
    for foot, name in enumerate(FEET):
        mine = slice(8 * foot, 8 * foot + 8)
        usable[mine] = known[mine] > KNOWN_SHARE * max(known[mine].max(), 1)
        if not known[mine].any():
            continue
        part = seen[:, mine]
        rows = part[np.isfinite(part[:, usable[mine]]).all(axis=1)]
        if not len(rows):
            continue
        span = np.subtract(*np.nanpercentile(np.where(np.isfinite(rows), rows, 0.0), (99.5, 0.5), axis=0))
        whole = np.subtract(*np.percentile(rows[:, usable[mine]].sum(axis=1), (99.5, 0.5)))
        sound, cell_n = usable[mine].copy(), np.ascontiguousarray(cell_force_n[:, mine].T)
        loose = [k for k in range(8) if sound[k] and _jumps(cell_n[k], max(JUMP_SHARE * span[k], JUMP_LOAD * whole))]
        for k in range(8):
            label = f"Cell {k + 1} of the {name} insole"
            if not sound[k]:
                notes.append(f"{label} gave nothing and was left out: events may be late where it lies.")
            elif whole > 0 and span[k] < DEAD_SHARE * whole:
                notes.append(f"{label} is dead: events may be late where it lies.")
            elif k in loose and len(loose) <= LOOSE_CELLS:
                usable[8 * foot + k] = False
                notes.append(f"{label} jumps, as a loose contact does, and was left out.")
    return usable, notes


def _jumps(force: Floats, least_n: float) -> bool:
    step = np.diff(force)
    big = np.abs(step) > least_n
    if big.sum() < JUMPS * len(force):
        return False
    back = big[1:] & big[:-1] & ((step[1:] > 0) != (step[:-1] > 0))
    return bool(back.sum() > JUMPS * len(force))


def foot_sums(cell_force_n: Floats, usable: Flags) -> Floats:
    """Load [2,n] of each foot by its usable cells; NaN where one of them is lost."""
    out = np.full((2, len(cell_force_n)), np.nan)
    for foot in (0, 1):
        mine = usable[8 * foot : 8 * foot + 8].astype(float)
        if mine.any():
            part = cell_force_n[:, 8 * foot : 8 * foot + 8]
            out[foot] = part @ mine if mine.all() else part[:, mine > 0].sum(axis=1)
    return out


def crept(force: Floats, name: str, rate_hz: float, size_n: float) -> list[str]:
    """That the load on a foot in the air is another at the end than at the beginning."""
    _, low, high = stretches(force, rate_hz)
    lifted = low[(high - low) > 0.5 * size_n]
    if len(lifted) < 2 or abs(lifted[-1] - lifted[0]) <= CREPT_SHARE * size_n:
        return []
    return [
        f"What the {name} insole shows of a foot in the air went from {lifted[0]:.0f} to {lifted[-1]:.0f} N: contacts"
        " follow it, forces don't, so take its zero anew."
    ]


def mirrored(cell_force_n: Floats, xy: Floats, timed: Sequence[Stances | None], rate_hz: float) -> list[str]:
    """That both feet bear on the inner side of their arches, as a left insole does under a right foot."""
    outer: list[float] = []
    for foot, mine in enumerate(timed):
        if mine is None or not len(mine):
            return []
        rows = slice(8 * foot, 8 * foot + 8)
        arch = np.flatnonzero((xy[rows, 1] > ARCH_Y[0]) & (xy[rows, 1] < ARCH_Y[1]) & (xy[rows, 0] != 0)) + 8 * foot
        some = slice(None, None, max(len(mine) // 200, 1))
        load = over_stance(cell_force_n[:, arch], mine.initial_s[some], mine.off_s[some], rate_hz)[:, ARCH_STANCE]
        load = load[np.isfinite(load).all(axis=(1, 2))]
        if not len(load):
            return []
        mean = load.mean(axis=(0, 1)) - np.nanpercentile(cell_force_n[::10, arch], 5, axis=0)
        side = xy[arch, 0] * (-1 if foot == 0 else 1) > 0
        if side.all() or not side.any():
            return []
        total = np.maximum(mean, 0).sum()
        outer.append(float(np.maximum(mean[side], 0).sum() / total) if total > 0 else 0.5)
    if max(outer) >= INNER_SHARE:
        return []
    return [
        f"Both feet bear on the inner side of their arches ({100 * (1 - max(outer)):.0f} % and more): the insoles look"
        " swapped, the left one under the right foot. Change them over, or confirm that the feet are flat."
    ]


def swapped(left: Stances | None, right: Stances | None, acc_ms2: npt.ArrayLike, rate_hz: float) -> list[str]:
    """That left and right are exchanged, by acc_ms2 [n,3] (right, forward, up) at the waist."""
    acc = np.asarray(acc_ms2, float)
    if acc.ndim != 2 or acc.shape[1] != 3:
        raise MeasureError(f"The acceleration has the shape {list(acc.shape)}: give [n, 3] (right, forward, up).")
    return [SWAPPED] if leaning(left, right, acc[:, 0], rate_hz) >= AGAINST else []


def leaning(left: Stances | None, right: Stances | None, right_ms2: Floats, rate_hz: float) -> float:
    """Correlation of the trunk's push to the right [n] with the leg that bears, NaN where too little tells.

    On one leg the body is beside its support and falls away from it, as an inverted pendulum: measured -0.3 to -0.6.
    """
    bears = np.zeros(len(right_ms2))
    swings = 0
    for mine, sign in ((left, 1), (right, -1)):  # in a left foot's swing the right leg bears
        if mine is None:
            return np.nan
        for off_s, on_s in zip(mine.off_s[:-1], mine.initial_s[1:], strict=True):
            if 0 < on_s - off_s < 1.5:
                bears[round(off_s * rate_hz) : round(on_s * rate_hz)] += sign
                swings += 1
    push = smooth(right_ms2, rate_hz, SWAY_S) - smooth(right_ms2, rate_hz, LEVEL_S)
    told = (bears != 0) & np.isfinite(push)
    if swings < LEAST_SWINGS or not told.any() or np.ptp(push[told]) == 0 or np.ptp(bears[told]) == 0:
        return np.nan
    return float(np.corrcoef(push[told], bears[told])[0, 1])
