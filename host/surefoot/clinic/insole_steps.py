# SPDX-License-Identifier: MIT
"""The steps of a level-1 session of the insoles: what a person is told, what is known of each, how each is judged.

Places are in the foot frame: its origin is the middle of the insole's long axis, so the back edge of the heel is half
a length behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..calibration import SIDES, Calibration
from ..calibration_law import FULL_COUNT, loads
from ..fit.faults import lone_cell
from ..fit.known import AXES, MARK_MM
from .guide_steps import Taken

ZERO, STILL, ALONE, SHIFT, SCALES, PLANK = "zero", "still", "alone", "shift", "scales", "plank"
REST = "rest"  # the zero of a calibrated insole, whose drift is to be seen, not refused
FREE, SUPPORTED, WEARER = "free", "supported", "wearer"
SCALE_SHIFTS = ("at ease", "with more weight on the left foot", "with more weight on the right foot")
# Marks in insole lengths from the middle: forward about where a standing foot's centre of pressure is, as far apart as
# 2 mm of error allow and no further, since eight cells are not linear over a whole foot.
AP_MARKS = (-0.20, -0.06, 0.08)
ML_MARKS = (-0.038, 0.0, 0.038)
NOBODY_N = 60.0  # of the nominal law, which sees less than half of a load
BESIDE = 0.06  # of the load on a foot that is off the ground
SHARED = 0.10  # least share of the load on each of two feet that stand
STEADY_SHARE = 0.06  # standard deviation of the total over its mean, and of the left foot's share
SPAN_SHARE = 0.30  # of the load that has to change feet in a shift
STEADY_M = 0.005  # standard deviation of the CoP over a rod that balances
# From the first half of a step to its second: more, and the person was still on the way when it began.
WAY_SHARE, WAY_M = 0.03, 0.003
NOISE_COUNTS = 12.0  # standard deviation of any cell that nothing presses
LIFTED_N, RESTED_N = 20.0, 100.0

Judge = Callable[[Taken], str | None]


@dataclass(frozen=True)
class Task:
    """One step: `ready` is asked first and answered with Enter; `values` are what the fit is told."""

    key: str
    kind: str
    ready: str
    seconds: float
    values: dict[str, Any] = field(default_factory=dict)


def tasks(form: str, foot_length_mm: float) -> tuple[Task, ...]:
    """The steps of a session on insoles of this length, in their order."""
    out = [Task(ZERO, ZERO, "Sit down with the shoes on and lift both feet off the floor.", 4.0)]
    if form == FREE:
        out += [
            Task(STILL, STILL, "Stand still on both feet, arms hanging, holding nothing.", 8.0, {"weight": "body"}),
            *(
                Task(
                    f"{ALONE}-{side}",
                    ALONE,
                    f"Stand on the {side} foot alone, the other off the ground, holding nothing.",
                    5.0,
                    {"weight": "body", "side": side},
                )
                for side in SIDES
            ),
            Task(
                SHIFT,
                SHIFT,
                "Shift your weight slowly from foot to foot and back, about four seconds each way, feet down, holding"
                " nothing. Begin now and go on.",
                16.0,
                {"weight": "body"},
            ),
        ]
    elif form == SUPPORTED:
        out += [
            Task(
                f"{SCALES}-{k}",
                SCALES,
                f"A scale under each foot, hands on the rail: stand still {how}.",
                5.0,
                {"weight": "scales"},
            )
            for k, how in enumerate(SCALE_SHIFTS, 1)
        ]
    elif form == WEARER:
        out.append(
            Task(STILL, STILL, "Stand still on both feet, arms hanging, holding nothing.", 8.0, {"weight": "body"})
        )
    return tuple(out + planks(foot_length_mm))


def planks(foot_length_mm: float, axes: tuple[str, ...] = AXES, marks: slice = slice(None)) -> list[Task]:
    """The leans over a rod: forward marks of each foot, then sideways ones."""
    out = []
    for axis in reversed(axes):
        for side in SIDES:
            places = AP_MARKS if axis == "ap" else ML_MARKS
            for k, share in list(enumerate(places, 1))[marks]:
                mark_mm = round(share * foot_length_mm, 1)
                values = {"foot": side, "axis": axis, "mark_mm": mark_mm, "mark_error_mm": MARK_MM}
                ready = (_across if axis == "ap" else _along)(side, mark_mm, foot_length_mm)
                out.append(Task(f"{PLANK}-{side}-{axis}-{k}", PLANK, ready, 5.0, values))
    return out


def _across(side: str, mark_mm: float, foot_length_mm: float) -> str:
    return (
        f"Rod ACROSS the {side} foot, under a plank, {foot_length_mm / 2 + mark_mm:.0f} mm (within {MARK_MM:g}) in"
        f" front of the back edge of the insole's heel. Only the {side} foot on the plank, the other beside it, as"
        " high. Lean until neither end of the plank touches the floor; a hand on a rail is fine."
    )


def _along(side: str, mark_mm: float, foot_length_mm: float) -> str:
    where = (
        "right under it" if not mark_mm else f"{abs(mark_mm):.0f} mm to the {'right' if mark_mm > 0 else 'left'} of it"
    )
    return (
        f"Rod ALONG the {side} foot, under a plank, parallel to the insole's long axis and {where} (within"
        f" {MARK_MM:g}). Only the {side} foot on the plank. Lean until neither edge of the plank touches the floor."
    )


def judge(task: Task, base: Calibration) -> Judge:
    """What is wrong with the window of a step so far, or None. `base` is the record that was in force before."""

    def doubt(taken: Taken) -> str | None:
        if len(taken.cells) < 10:
            return "no sample of the insoles arrives"
        if gone := [side for f, side in enumerate(SIDES) if (taken.cells[:, 8 * f : 8 * f + 8] == FULL_COUNT).all()]:
            return f"the {' and the '.join(gone)} insole does not answer: push its plug in"
        return _KINDS[task.kind](task, taken, base)

    return doubt


def _feet(taken: Taken, base: Calibration) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Total force [n], left foot's share [n], both feet's CoP [n,2,2]."""
    seen = loads(taken.cells, base)
    total = seen.foot_force_n.sum(axis=1)
    return (
        total,
        np.divide(seen.foot_force_n[:, 0], total, out=np.full(len(total), 0.5), where=total > 0),
        seen.foot_cop_m,
    )


def _lifted(task: Task, taken: Taken, base: Calibration) -> str | None:
    force = np.median(loads(taken.cells, base).foot_force_n, axis=0)
    limit_n = RESTED_N if task.kind == REST else LIFTED_N
    if pressed := [side for f, side in enumerate(SIDES) if force[f] > limit_n]:
        return f"something presses the {' and the '.join(pressed)} insole: lift the feet, or loosen the laces"
    if taken.cells.astype(float).std(axis=0).max() > NOISE_COUNTS:
        return "something moves on the insoles: keep both feet up and still"
    return None


def _standing(task: Task, taken: Taken, base: Calibration) -> str | None:
    total, left, _ = _feet(taken, base)
    if total.mean() < NOBODY_N:
        return "nobody stands on the insoles"
    for share, side in ((left.mean(), "left"), (1 - left.mean(), "right")):
        if share < SHARED:
            return f"the {side} foot carries next to nothing: stand on both feet"
    if total.std() > STEADY_SHARE * total.mean() or left.std() > STEADY_SHARE or _way(left) > WAY_SHARE:
        return "you moved: stand still"
    return None


def _way(values: np.ndarray) -> float:
    """How far the mean of the second half is from that of the first."""
    half = len(values) // 2
    return abs(float(np.nanmean(values[half:]) - np.nanmean(values[:half])))


def _alone(task: Task, taken: Taken, base: Calibration) -> str | None:
    total, left, _ = _feet(taken, base)
    if total.mean() < NOBODY_N:
        return "nobody stands on the insoles"
    share = float(np.mean(left if task.values["side"] == "left" else 1 - left))
    if share < BESIDE:
        return None  # all on the other foot: plugs are swapped, which the whole session tells better than one step
    if share < 1 - BESIDE:
        lifted = 1 - SIDES.index(task.values["side"])
        if cell := lone_cell(taken.cells, base, lifted):
            return (
                f"both feet carry, and of the {SIDES[lifted]} one {cell} alone: lift that foot off the ground. Where it"
                f" is, the wire of {cell} is in the other insole's plug: stop and mend that"
            )
        return "both feet carry: lift the other foot off the ground"
    return "you moved: stand still" if total.std() > STEADY_SHARE * total.mean() else None


def _shift(task: Task, taken: Taken, base: Calibration) -> str | None:
    total, left, _ = _feet(taken, base)
    if total.mean() < NOBODY_N:
        return "nobody stands on the insoles"
    if taken.cells_t_s[-1] - taken.cells_t_s[0] > 0.95 * task.seconds:
        low, high = np.percentile(left, (10, 90))  # a foot that is put down at the beginning is no shift
        if high - low < SPAN_SHARE:
            return f"only {high - low:.0%} of the load changed feet: shift further, {SPAN_SHARE:.0%} are needed"
    return None


def _plank(task: Task, taken: Taken, base: Calibration) -> str | None:
    total, left, cop = _feet(taken, base)
    foot, axis = SIDES.index(task.values["foot"]), AXES.index(task.values["axis"])
    if total.mean() < NOBODY_N:
        return "nobody stands on the insoles"
    if np.mean(left if foot == 0 else 1 - left) < SHARED:
        return f"the {task.values['foot']} foot carries next to nothing: put more weight on it"
    if not np.isfinite(cop[:, foot, axis]).any():
        return f"the {task.values['foot']} foot carries nothing"
    if np.nanstd(cop[:, foot, axis]) > STEADY_M or _way(cop[:, foot, axis]) > WAY_M:
        return "the plank rocks: balance it, both ends off the floor"
    return None


_KINDS = {
    ZERO: _lifted,
    REST: _lifted,
    STILL: _standing,
    SCALES: _standing,
    ALONE: _alone,
    SHIFT: _shift,
    PLANK: _plank,
}
