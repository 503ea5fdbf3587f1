# SPDX-License-Identifier: MIT
"""The page of figures of the calibration, which `make truth` writes: `python tests/calibration_truth_page.py FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import calibration_truth as truth
from surefoot.device.virtual.cell_memory import PLAYS
from truth import side_by_side
from truth_page import table

MEMORY_BOARDS = range(1, 13)
BARS = {"velocity": 3.0, "area": 8.0, "foot_force": 3.0, "both_force": 3.0}  # per cent: medians after level 1; level 2
LEVELS = ("nominal", "level 1", "level 2")
MEASURES = {
    "foot_force": "force of each foot, % of body weight",
    "both_force": "force of both feet, % of body weight",
    "shift": "force of each foot as weight shifts, rms, % of body weight",
    "cop_mm": "CoP of each foot, rms, mm",
    "velocity": "sway velocity, %",
    "area": "sway area, %",
    "velocity_feet": "sway velocity, feet placed where they are, %",
    "area_feet": "sway area, feet placed where they are, %",
    "tilt_deg": "tilt of the trunk, degrees",
}
SIGNED = ("velocity", "area", "velocity_feet", "area_feet")
NUMBERS: dict[str, tuple[str, float, int]] = {
    "acc_bias_ms2": ("accelerometer's bias, m/s2", 1, 4),
    "acc_scale_share": ("accelerometer's scale, %", 100, 3),
    "acc_skew_deg": ("accelerometer's axes off their right angles, degrees", 1, 3),
    "gyr_bias_dps": ("gyroscope's bias, deg/s", 1, 4),
    "gyr_scale_share": ("gyroscope's scale, %", 100, 3),
    "mount_up_deg": ("what is up for the pod, degrees", 1, 2),
    "mount_deg": ("how the pod hangs, with the turn about the vertical, degrees", 1, 2),
    "zero_counts": ("a cell's zero, counts", 1, 2),
    "exponent_share": ("exponent of all cells, level 1, %", 100, 1),
    "foot_gain_share": ("gain of a foot in quiet standing, level 1, %", 100, 1),
    "cell_share": ("a cell's own force at 5, 20, 60 N, level 2, %", 100, 2),
}
SHOWN = 0.01  # of hysteresis, for each board
LAGGING = f"level 1, {100 * SHOWN:g} % hysteresis"
COLUMNS = (
    *(("nominal", key) for key in ("foot_force", "velocity", "area", "tilt_deg")),
    *(("level 1", key) for key in ("foot_force", "both_force", "cop_mm", "velocity", "area", "tilt_deg")),
    *(("level 2", key) for key in ("foot_force", "both_force", "shift", "velocity", "area")),
    *((LAGGING, key) for key in ("velocity", "area")),
)


def spread(values: Iterable[float], signed: bool, digits: int = 1) -> str:
    """Median (with its sign, and without), 95th percentile and worst, both without sign."""
    all_ = np.array(list(values))
    size = np.abs(all_)
    middle = [f"{np.median(all_):+.{digits}f}"] if signed else []
    return ", ".join([*middle, *(f"{value:.{digits}f}" for value in (*np.percentile(size, (50, 95)), size.max()))])


def of_levels(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [word, *(spread((one["levels"][level][key] for one in found), key in SIGNED) for level in LEVELS)]
        for key, word in MEASURES.items()
    ]
    return table(["error of a quiet stance", "before (nominal)", "level 1", "level 2, then level 1"], rows)


def of_numbers(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            word,
            *(
                spread((factor * one["levels"][which][key] for one in found), False, digits)
                for which in ("drawn", "off")
            ),
        ]
        for key, (word, factor, digits) in NUMBERS.items()
    ]
    return table(["drawn value", "off as assumed", "off after calibration"], rows)


def of_hysteresis(found: Sequence[dict[str, Any]]) -> str:
    rows = []
    for share in truth.HYSTERESIS:
        row = [f"{100 * share:g}"]
        for key in ("velocity", "area"):
            row.append(spread((one["hysteresis"][share][key] for one in found), True))
            row += [f"{median(found[kind::2], share, key):+.1f}" for kind in (1, 0)]
        row += [spread((one["hysteresis"][share][key] for one in found), False) for key in ("foot_force", "cop_mm")]
        rows.append(row)
    small = ("of the steady", "of the unsteady")
    head = ["hysteresis %", "velocity %", *small, "area %", *small, "force of a foot, % of body weight", "CoP, mm"]
    return table(head, rows)


def median(found: Sequence[dict[str, Any]], share: float, key: str) -> float:
    return float(np.median([one["hysteresis"][share][key] for one in found]))


def of_faults(found: Sequence[dict[str, Any]]) -> str:
    rows = []
    for kind in truth.FAULTS:
        row = [kind]
        for form in (*truth.FORMS, "level 2"):
            some = [one["fates"][kind, form] for one in found]
            named = sum(fate.named for fate in some)
            asked = sum(fate.named and not fate.refused for fate in some)
            wrong = sum(fate.noticed and not fate.named for fate in some)
            extra = [f"{asked} of them as a question"] * bool(asked) + [f"{wrong} wrongly named"] * bool(wrong)
            row.append("; ".join([f"{named} of {len(some)}", *extra]))
        rows.append(row)
    none = [[one["fates"]["none", form] for one in found] for form in (*truth.FORMS, "level 2")]
    rows.append(["no fault: false alarms", *(str(sum(fate.refused for fate in some)) for some in none)])
    rows.append(
        ["no fault: questions", *(str(sum(fate.noticed and not fate.refused for fate in some)) for some in none)]
    )
    head = ["fault, one on each board", *(f"level 1, {form}" for form in truth.FORMS), "level 2, those cells pressed"]
    return table(head, rows)


def row_of(seed: int, one: dict[str, Any]) -> list[str]:
    """The page's row of a board; "-" where level 2 was not computed."""
    levels = one["levels"] | {LAGGING: one["hysteresis"][SHOWN]}
    cells = [
        f"{levels[level][key]:{'+' if key in SIGNED else ''}.2f}" if level in levels else "-" for level, key in COLUMNS
    ]
    return [str(seed), ("steady", "unsteady")[seed % 2], *cells]


def each_board(found: Sequence[dict[str, Any]]) -> str:
    short = {"foot_force": "foot %", "both_force": "both %", "cop_mm": "CoP mm", "velocity": "velocity %"}
    short |= {"area": "area %", "tilt_deg": "tilt deg", "shift": "shift %"}
    head = ["seed", "who", *(f"{level.replace('level ', 'L')}: {short[key]}" for level, key in COLUMNS)]
    return table(head, [row_of(seed, one) for seed, one in zip(truth.BOARDS, found, strict=True)])


def of_memory(found: Sequence[dict[str, float]]) -> str:
    words = {
        "foot_force": ("force of each foot, % of body weight", False),
        "both_force": ("force of both feet, % of body weight", False),
        "cop_mm": ("CoP of each foot, mm", False),
        "velocity": ("sway velocity, %", True),
        "area": ("sway area, %", True),
        "loop": ("a cell's hysteresis as found, off by points of %", False),
        "creep": ("a cell's creep as found, off by points of %", False),
    }
    rows = [
        [word, spread((one[key] for one in found), signed, 2 if key in ("loop", "creep") else 1)]
        for key, (word, signed) in words.items()
    ]
    return table(["level 2, then level 1", f"{len(found)} boards"], rows)


def figures(found: Sequence[dict[str, Any]]) -> Callable[[str, str], np.ndarray]:
    """The errors of all boards by level and measure."""
    return lambda level, key: np.array([one["levels"][level][key] for one in found])


def of_bars(found: Sequence[dict[str, Any]]) -> str:
    get = figures(found)
    rows = []
    for key, word in (("velocity", "sway velocity"), ("area", "sway area")):
        for end, where in (("", "feet on the mat's lines, as the product has it"), ("_feet", "feet where they are")):
            all_ = get("level 1", key + end)
            size = np.abs(all_)
            inside = (size <= BARS[key]).sum()
            rows.append(
                [
                    f"level 1: {word}, {where}",
                    f"median within {BARS[key]:g} %",
                    f"{np.median(all_):+.1f}, without sign {np.median(size):.1f} %",
                    f"{np.percentile(size, 95):.1f} %",
                    f"{inside} of {len(all_)}",
                ]
            )
    for key in ("foot_force", "both_force", "shift"):
        size = get("level 2", key)
        rows.append(
            [
                f"level 2: {MEASURES[key].removesuffix(', % of body weight')}",
                "within 3 % of body weight",
                f"{np.median(size):.1f} %",
                f"{np.percentile(size, 95):.1f} %",
                f"{(size <= 3).sum()} of {len(size)}",
            ]
        )
    return table(["hysteresis off", "bar", "median", "95th percentile of boards", "boards within"], rows)


def above(found: Sequence[dict[str, Any]]) -> str:
    """A sentence on the boards whose force after level 2 is not within the bar."""
    get = figures(found)
    seen = {
        seed: f"seed {seed} ({force:.1f} %)"
        for key in ("foot_force", "both_force", "shift")
        for seed, force in zip(truth.BOARDS, get("level 2", key), strict=True)
        if force > BARS["foot_force"]
    }
    missed = ", ".join(seen.values()) or "none"
    return f"""Above 3 % after level 2: {missed}. What is left is load between the cells, whose share changes by some
per cent with where a foot's CoP is in the steps of the session, and the scale, whose half a kilogram is most for the
lightest."""


def held(found: Sequence[dict[str, Any]]) -> str:
    """Up to which of the shares both medians of level 1 are within the bars."""
    good = 0.0
    for share in truth.HYSTERESIS:
        if any(abs(median(found, share, key)) > BARS[key] for key in ("velocity", "area")):
            break
        good = share
    return f"{100 * good:g} % in this table"


def page(found: Sequence[dict[str, Any]], remembered: Sequence[dict[str, float]]) -> str:
    def of_share(share: float) -> str:
        return f"{median(found, share, 'velocity'):+.0f} % and area {median(found, share, 'area'):+.0f} %"

    loop, creep = truth.MEMORY
    boards = f"{len(found)} boards, seeds {truth.BOARDS[0]} to {truth.BOARDS[-1]}"
    bow = truth.imu_truth.BOW_CROOKED_DEG
    answered = 100 * (1 - (1 / (len(PLAYS) * PLAYS)).sum())
    return f"""# What a calibration brings back

**Simulated, not verified on silicon or people.** Drawn people with drawn soles on drawn parts; what is made of their
counts goes through the product's own steps, fits, records and law. Firmware and wire are left out ([TRUTH.md](TRUTH.md)
has them). Made by `make truth`; `tests/test_calibration_truth.py` asserts it. Real feet are worse: what eight cells
miss of them is in [TRUTH.md](TRUTH.md#real-feet), and no such error is in the figures below.

{boards}, each with a person of its own. Drawn are: cells' gains 15 % apart (SD), the
exponent of all cells 8 %, leak of up to 4 uS, noise; the sensor's bias 10 mg and 0.4 deg/s, scale 0.4 and 0.5 %, axes
{truth.SKEW_DEG:g} degree off their right angles, pod 3 degrees crooked; soles, and feet that stand off the mat's lines
by 5 mm and 2 degrees. In the session marks are off by up to 2 mm, body weight is read off a scale that errs by up to
half a kilogram, weights of level 2 are exact, a bow is {bow:g} degrees off straight ahead. Then comes a quiet stance of
60 s, eyes open, held against its truth, both filtered at 10 Hz. There is no creep but where it is named.

## The bars

{of_bars(found)}

{above(found)}

## Before and after

Force: 95 % of the stance is within it. Numbers of a cell: median, 95th percentile and worst of {len(found)} boards;
where errors have a sign, the median with it comes first and the others are without.

{of_levels(found)}

## Hysteresis

It is the largest error that is left, and no calibration takes it out. Its share is half the width of a full loop of
a cell's force (drawn 20 % apart from cell to cell). By the model, `cell_memory.py` of the virtual board, smaller loops
are narrower, and a movement of the force smaller than the share is answered by {answered:.0f} % of it. Nobody has
measured small loops of such a cell: with this model the curve stands and falls. Level 1, hysteresis in the leans as in
the stance; numbers of a cell as above, with the medians of the people who sway little and much beside them.

{of_hysteresis(found)}

A cell that lags answers a small movement less than a large one, so the small, quick ones that make a path are lost
first. Medians: with 0.1 % of hysteresis velocity reads {of_share(0.001)}, with 0.5 %
it reads {of_share(0.005)}, with 1 % {of_share(0.01)}, with 2 % {of_share(0.02)}.
The bars of level 1 hold up to {held(found)}. Who sways less loses more, so a change of sway is read too large. Force
and place hardly feel it.

There is no compensation to compare with: after level 2 a record carries each cell's hysteresis as an error, and signals
are not corrected by it, since that one number does not tell what small loops do
([what was tried](../calibration/README.md#level-2-weights-on-single-cells)).

Parts with {100 * loop:g} % of hysteresis and {100 * creep:g} % of creep for a decade, which level 2 finds and says:

{of_memory(remembered)}

## Drawn values found again

How far the record's number is from the drawn one, the worst axis or cell of each board: median, 95th percentile, worst.

{of_numbers(found)}

The pod's turn about the vertical is as good as the bow. A zero is the median of whole counts: half a count off at
worst, but for noise. Up is what it was in ten seconds of standing: drawn people stand upright, and how far real ones
lean then is not in it.

## Faults

One fault drawn for each board. *Named*: that cell, that pair or both feet. A *question* is asked where a cell under the
arch feels nothing, which may be the arch; no other fault lets a record be made. Boards without a fault stand below.

{of_faults(found)}

## Each board

L1: level 1; L2: level 2, then level 1.

{each_board(found)}
"""


if __name__ == "__main__":
    text = page(side_by_side(truth.whole, truth.BOARDS), side_by_side(truth.memory, MEMORY_BOARDS))
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
