# SPDX-License-Identifier: MIT
"""The guided session of level 2: weights on one cell after the other, each cell in an evidence recording of its own.

Nobody has to touch the keyboard under way: a load counts as soon as the named cell answers with about what is awaited
and holds still. It may be stopped after any cell; the others keep what they were until another time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..calibration import CELLS, Calibration
from ..errors import CalibrationError
from ..fit.cells import LEAST_LOADS, READ_TO_S, CellFit, fit_cell
from ..fit.pressing import CellLoads, Press, answer_doubt, index_of, rough_n, still_doubt, weight_n
from ..physics import GRAVITY_MS2
from .guide import Guide, Taken

ZERO_S = 2.0
PRESS_S = READ_TO_S + 0.5
LONG_S = 30.0  # of the heaviest load: from it comes the creep
DOWN_SHARE = 0.1  # of the heaviest load: below it the way down shows what that left behind, and no hysteresis
BARE_N = 1.0  # by the nominal law, on the cell itself before its first load
OTHER_N = 15.0  # on any other: it may still recover from what lay on it
NEAR_SHARE = 0.5  # off from the load that is awaited: another weight, or none yet
DONE = "cell"  # the note of a cell with which all went well

Opened = Callable[[str], AbstractContextManager[Guide]]


@dataclass(frozen=True)
class Plan:
    """The weights [kg] on the puck, from the lightest on, the puck's own, and the cells to do."""

    kg: tuple[float, ...]
    puck_kg: float = 0.0
    cells: tuple[str, ...] = CELLS
    long_s: float = LONG_S
    patience_s: float = 300.0

    @property
    def way(self) -> tuple[float, ...]:
        """Up and down again."""
        down = [kg for kg in self.kg[-2::-1] if kg >= DOWN_SHARE * self.kg[-1]]
        return (*self.kg, *down)


def plan_of(
    grams: str, puck_g: float = 0.0, cells: Sequence[str] = CELLS, *, long_s: float = LONG_S, patience_s: float = 300.0
) -> Plan:
    """The plan of weights as they were typed, in grams. Raises CalibrationError with what is wrong with them."""
    try:
        kg = sorted({float(word) * 1e-3 for word in grams.replace(";", ",").split(",") if word.strip()})
    except ValueError:
        raise CalibrationError(
            f"'{grams}' are no weights: give grams with commas between, such as 500,1000,2000,5000,10000."
        ) from None
    for one in kg:
        weight_n(one, puck_g * 1e-3)
    if len(kg) < LEAST_LOADS:
        raise CalibrationError(f"{len(kg)} different weights are too few for a curve: give {LEAST_LOADS} or more.")
    for name in cells:
        index_of(name)
    return Plan(tuple(kg), puck_g * 1e-3, tuple(cells), long_s, patience_s)


def run(
    opened: Opened, plan: Plan, base: Calibration, tell: Callable[[str], None]
) -> tuple[tuple[CellFit, ...], str | None]:
    """Press the plan's cells one after the other; those that were done, and what stopped it early, if anything did.

    `opened` begins the evidence recording of a cell. Errors of a cell are told, and the next is gone on with.
    """
    from .. import cells

    places = dict(zip(CELLS, cells.load().places, strict=True))
    done: dict[str, CellFit] = {}
    left = list(plan.cells)
    try:
        while left:
            name = left[0]
            tell(f"Cell {len(plan.cells) - len(left) + 1} of {len(plan.cells)}: {name}, {places[name]}.")
            with opened(name) as guide:
                answer = _cell(guide, plan, base, name, done)
            if answer != "a":
                left.pop(0)
            if answer == "s":
                return tuple(done.values()), "stopped after a cell"
    except KeyboardInterrupt:
        return tuple(done.values()), f"stopped during {left[0]}"
    return tuple(done.values()), None


def _cell(guide: Guide, plan: Plan, base: Calibration, name: str, done: dict[str, CellFit]) -> str:
    """Press one cell and add its fit to `done`; the answer to what is next: "" on, "a" again, "s" stop."""
    keys: list[str] = []
    try:
        loads = press_cell(guide, plan, base, name, keys)
        made = fit_cell(loads, base)
    except CalibrationError as error:
        guide.tell(str(error))
        _void(guide, keys, "it did not succeed")
        return _next(guide, "Enter: leave this cell for another time.")
    guide.tell(f"  {words(made)}")
    answer = _next(guide, "Enter: it is good.")
    if answer == "a":
        _void(guide, keys, "it is done again")
    else:
        guide.recorder.note(DONE, cell=name)
        done[name] = made
    return answer


def _void(guide: Guide, keys: list[str], reason: str) -> None:
    for key in keys:
        guide.drop(key, reason)


def _next(guide: Guide, first: str) -> str:
    while True:
        answer = guide.ask(f"{first} a: this cell again. s: stop, the rest another time.").lower()
        if answer in ("", "a", "s"):
            return answer


def words(made: CellFit) -> str:
    """What was found of one cell, in a line."""
    of = [f"{made.cell}: {len(made.curve.force_n)} loads, wrong by {made.left_out_n:.2f} N"]
    if made.hysteresis_share is not None:
        of.append(f"hysteresis {made.hysteresis_share:.1%}")
    if made.creep_share_per_decade is not None:
        of.append(f"creep {made.creep_share_per_decade:.1%} for each decade of time")
    return ", ".join(of) + "."


def press_cell(guide: Guide, plan: Plan, base: Calibration, name: str, keys: list[str] | None = None) -> CellLoads:
    """Zero and loads of one cell; `keys` gets those of its steps. Raises CalibrationError where one never succeeds."""
    keys = [] if keys is None else keys
    keys.append(f"{name}-zero")
    taken = guide.step(
        keys[-1],
        "Take everything off both insoles, the puck too.",
        ZERO_S,
        lambda window: zero_doubt(window.cells, base, name),
        patience_s=plan.patience_s,
        cell=name,
        kg=0.0,
    )
    loads = CellLoads(name, np.median(taken.cells, axis=0), ())
    heaviest = plan.kg[-1]
    for number, kg in enumerate(plan.way):
        if number == 0:
            text = f"Lay the puck on {name} alone, and {kg:g} kg on it. Take the hand away."
        elif number < len(plan.kg):
            text = f"{kg:g} kg on it now; add, take nothing off."
        else:
            text = f"{kg:g} kg on it now; take off, add nothing."
        seconds = plan.long_s if kg == heaviest else PRESS_S
        if seconds > PRESS_S:
            text += f" Leave it for {seconds:g} s."
        awaited_n = weight_n(kg, plan.puck_kg)
        keys.append(f"{name}-{number + 1}")

        def judge(window: Taken, awaited_n: float = awaited_n, before: CellLoads = loads) -> str | None:
            return load_doubt(window, before, awaited_n, base)

        taken = guide.step(
            keys[-1], text, seconds, judge, patience_s=plan.patience_s, cell=name, kg=kg, puck_kg=plan.puck_kg
        )
        press = Press(awaited_n, taken.cells_t_s, taken.cells)
        loads = CellLoads(name, loads.zero_count, (*loads.presses, press))
    return loads


def zero_doubt(counts: npt.NDArray[np.uint16], base: Calibration, name: str) -> str | None:
    """Why these counts [n,16] are not of insoles that nothing presses; None where they may be."""
    if not len(counts):
        return None
    shown = rough_n(np.median(counts, axis=0), base.zero_count, base)
    own = index_of(name)
    if shown[own] > BARE_N:
        return f"{name} shows {shown[own]:.1f} N: something lies on it, or it still recovers from its last load"
    if (shown > OTHER_N).any():
        return f"{CELLS[int(np.argmax(shown))]} is pressed: take everything off"
    return None


def load_doubt(window: Taken, before: CellLoads, awaited_n: float, base: Calibration) -> str | None:
    """Why this window is not of the load that is awaited, at rest; None where it may be. What is said of the weight is
    by the load before, so that it needs no calibration."""
    if not len(window.cells):
        return None
    cell = index_of(before.cell)
    shown = float(rough_n(np.median(window.cells, axis=0), before.zero_count, base)[cell])
    if before.presses:
        last = before.presses[-1]
        then = float(rough_n(np.median(last.counts[-50:], axis=0), before.zero_count, base)[cell])
        like_n = last.force_n * shown / max(then, 1e-9)
        step = np.log(awaited_n / last.force_n)
        off = np.log(max(like_n, 1e-9) / awaited_n) * np.sign(step or 1)
        # Not yet half of the way, or far beyond it: coming down, what was left behind is no fault.
        if off < -min(abs(step) / 2, np.log1p(NEAR_SHARE)) or off > np.log1p(NEAR_SHARE):
            return f"{before.cell} reads like {_kg(like_n)}, {_kg(awaited_n)} is awaited"
    doubt = answer_doubt(window.cells, before, awaited_n, base)
    return doubt or still_doubt(window.cells, window.cells_t_s, before, base)


def _kg(force_n: float) -> str:
    return f"{force_n / GRAVITY_MS2:.2f} kg"
