# SPDX-License-Identifier: MIT
"""Weights on single cells of virtual insoles, cell after cell, as a level-2 session has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surefoot import calibration
from surefoot.calibration import CELLS, Calibration
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.presses import LAY_S, Presses
from surefoot.fit.pressing import CellLoads, Press, weight_n

KG = (0.5, 1.0, 2.0, 5.0, 10.0)
RATE_HZ = 100.0
ZERO_S, PRESS_S, HOLD_S, CHANGE_S = 2.0, 4.5, 30.0, 3.0


def press_all(
    parts: Electronics,
    cells: Sequence[str] = CELLS,
    kg: Sequence[float] = KG,
    *,
    seed: int = 0,
    down: bool = True,
    hold_s: float = HOLD_S,
    told: dict[tuple[str, float], float] | None = None,
    on: dict[str, str] | None = None,
) -> tuple[CellLoads, ...]:
    """The evidence of a session. `told` replaces weights as they were typed, `on` where the puck truly lay."""
    world = Presses(parts, seed)
    way = [*kg, *(kg[-2::-1] if down else ())]
    plan: list[tuple[str, float, list[tuple[float, float, float]]]] = []
    at_s = 0.0
    for cell in cells:
        zero_s = at_s
        at_s += ZERO_S
        windows = []
        for number, one in enumerate(way):
            world.lay((on or {}).get(cell, cell), one, at_s)
            begin_s, long_s = at_s + LAY_S + 0.2, hold_s if number == len(kg) - 1 else PRESS_S
            windows.append(((told or {}).get((cell, one), one), begin_s, begin_s + long_s))
            at_s = begin_s + long_s + CHANGE_S
        world.lay((on or {}).get(cell, cell), 0.0, at_s)
        at_s += 5.0
        plan.append((cell, zero_s, windows))
    t_s = np.arange(round(at_s * RATE_HZ)) / RATE_HZ
    counts = world.counts(t_s)

    def rows(begin_s: float, end_s: float) -> slice:
        return slice(round(begin_s * RATE_HZ), round(end_s * RATE_HZ))

    return tuple(
        CellLoads(
            cell,
            np.median(counts[rows(zero_s, zero_s + ZERO_S)], axis=0),
            tuple(Press(weight_n(one), t_s[rows(a, b)], counts[rows(a, b)]) for one, a, b in windows),
        )
        for cell, zero_s, windows in plan
    )


def base_of(length_mm: float | None = None) -> Calibration:
    """A nominal record of one board."""
    return replace(calibration.nominal(length_mm), device="f00d")
