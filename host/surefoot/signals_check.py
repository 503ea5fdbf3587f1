# SPDX-License-Identifier: MIT
"""What is wrong with a recording's insoles and IMU, said in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .calibration import CELLS, SIDES
from .calibration_law import FULL_COUNT

LOADED_SHARE = 0.1  # of the near-highest total: rows above it are loaded, their median is the usual load
OFF_SHARE = 0.2  # of the usual load: a total below it is a person off the insoles
FOOT_SHARE = 0.02  # of the usual load: a foot whose mean is below it carried nothing
NOBODY_N = 20.0  # even under the nominal record: less than 2 kg is nobody
FAINT_COUNTS = 8  # a cell that never rose above it showed noise (one count rms at most) and no load

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class State:
    """What the counts say of the parts: ranges [16]; `stuck` at the end of the range throughout; rows at the end by
    cell, stuck ones left out; rows `gone` by foot, where its insole does not answer or is not there."""

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    stuck: Flags
    at_end: Mapping[int, Flags]
    gone: tuple[Flags, Flags]


def state(counts: npt.NDArray[Any], full: npt.NDArray[np.int64], config: Mapping[str, object]) -> State:
    """The state of counts [k,16], cells ending at `full` [16]. A converter that isn't there reads as all ones."""
    low, high = counts.min(axis=0).astype(np.int64), counts.max(axis=0).astype(np.int64)
    gone = []
    for foot, side in enumerate(SIDES):
        mine = slice(8 * foot, 8 * foot + 8)
        rows = np.zeros(len(counts), bool)
        if config.get(side) is False:
            rows[:] = True
        elif (high[mine] == FULL_COUNT).all():
            rows = (counts[:, mine] == FULL_COUNT).all(axis=1)
        gone.append(rows)
    stuck = (low == high) & (low >= full)
    at_end = {int(c): (counts[:, c] >= full[c]) & ~gone[c // 8] for c in np.flatnonzero((high >= full) & ~stuck)}
    return State(low, high, stuck, at_end, (gone[0], gone[1]))


def total_n(foot_force_n: Floats) -> Floats:
    """Force [n] of the feet that there are, NaN where there is neither."""
    left, right = foot_force_n[:, 0], foot_force_n[:, 1]
    total = left + right
    one = np.isnan(total)
    if one.any():
        total[one] = np.where(np.isnan(left[one]), right[one], left[one])
    return total


def usual_load(total: Floats) -> float:
    """Median [N] of the loaded rows of `total`, 0 where nobody stood on the insoles; a person who stepped off for most
    of the time still has the load of the rest."""
    known = total[np.isfinite(total)]
    high = float(np.percentile(known, 99)) if len(known) else 0.0
    return float(np.median(known[known >= LOADED_SHARE * high])) if high >= NOBODY_N else 0.0


def off(total: Floats, load_n: float) -> Flags:
    """Rows with less than OFF_SHARE of the usual load; all where there was none; rows without a force are not among."""
    return np.isfinite(total) if load_n <= 0 else total < OFF_SHARE * load_n


def insoles(
    found: State, foot_force_n: Floats, total: Floats, load_n: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of dead cells, and the sentences to show."""
    said: list[str] = []
    absent: list[str] = []
    for side, rows in zip(SIDES, found.gone, strict=True):
        if rows.all():
            absent.append(side)
            said.append(f"The {side} insole did not answer: plug it in and record again.")
        elif rows.any():
            said.append(f"The {side} insole did not answer in {rows.mean():.1%} of the samples: secure its plug.")
    if load_n <= 0:
        said.append("Nobody stood on the insoles: together they never carried 2 kg. Step on, and check the plugs.")
        return (), tuple(said)
    loaded = foot_force_n[total >= OFF_SHARE * load_n]
    idle = [
        side
        for foot, side in enumerate(SIDES)
        if side not in absent and np.nan_to_num(loaded[:, foot]).mean() < FOOT_SHARE * load_n
    ]
    said += [
        f"The {side} foot carried next to no load: as it should on the other leg alone, otherwise check its plug."
        for side in idle
    ]
    dead: list[str] = []
    for cell, name in enumerate(CELLS):
        low, high = found.low[cell], found.high[cell]
        side = SIDES[cell // 8]
        if side in absent or (side in idle and not found.stuck[cell]):
            continue
        if low == high or high <= FAINT_COUNTS:
            dead.append(name)
            what = f"stood at {low}" if low == high else f"never rose above {high} counts"
            why = "it is shorted, and left out" if found.stuck[cell] else "a broken wire, or never touched by this foot"
            said.append(f"Cell {name} {what} throughout while its foot was loaded ({why}): press on it and look.")
    said += [
        f"Cell {CELLS[cell]} was at the end of its range in {rows.mean():.1%} of the samples: force and CoP are off"
        " there; spread the load or use a smaller resistor."
        for cell, rows in found.at_end.items()
        if rows.any()
    ]
    away = float(np.mean(off(total, load_n)[np.isfinite(total)]))
    if away > 0:
        said.append(
            f"For {away:.1%} of the recording the insoles carried less than {OFF_SHARE:.0%} of the usual load: the"
            " person was off them."
        )
    return tuple(dead), tuple(said)


def imu(counts: npt.NDArray[np.integer[Any]]) -> tuple[str, ...]:
    """Sentences about an IMU at the end of its range or standing still in its registers; counts [k,6]."""
    said: list[str] = []
    low, high = counts.min(axis=0), counts.max(axis=0)
    for name, part in (("acceleration", slice(0, 3)), ("turn rate", slice(3, 6))):
        if (high[part] >= 32767).any() or (low[part] <= -32768).any():
            share = float(np.mean(((counts[:, part] >= 32767) | (counts[:, part] <= -32768)).any(axis=1)))
            said.append(
                f"The IMU's {name} hit the end of its range in {share:.1%} of the samples: start with a wider one."
            )
    if len(counts) > 50 and (low == high).all():
        said.append("The IMU repeats one and the same sample: run the board's self-test.")
    return tuple(said)
