# SPDX-License-Identifier: MIT
"""The guided level-1 session of the insoles: zero, body weight or scales, leans over a rod.

Everything that was known goes into the recording; what becomes of it is in `insole_record`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..calibration import SIDES, Calibration
from ..calibration_law import loads
from ..errors import CalibrationError
from ..fit.leans import zero_counts
from ..physics import GRAVITY_MS2
from .guide import Guide
from .guide_steps import Taken
from .insole_steps import FREE, PLANK, SCALES, STILL, SUPPORTED, ZERO, Task, judge, tasks

WEIGHT = "weight"  # the note that holds body weight; the last one counts
KG = (20.0, 250.0)
# Body weight over what the nominal law sees of it: 1.9 to 3.0 on drawn soles and parts. Outside of these wide limits a
# pound, a slipped digit or a broken insole is likelier than a foot.
NOMINAL_FACTOR = (1.4, 4.0)
KNOWN_SHARE = 0.15  # of what a calibrated record reads: below the 26 % that insoles were seen to drift in a day
RAIL_SHARE = (0.3, 1.05)  # of body weight on two scales beside a rail
PATIENCE_S = 180.0


def run(guide: Guide, form: str, base: Calibration, kg: float | None = None, patience_s: float = PATIENCE_S) -> None:
    """Take all steps of a form. `base` is the record in force, `kg` the body weight if it was given beforehand.

    Raises CalibrationError where a step never succeeds, or where hands are not free.
    """
    guide.recorder.note("form", form=form, foot_length_mm=base.foot_length_mm)
    kg = weight(guide, kg)
    planked = form != SUPPORTED
    for task in tasks(form, base.foot_length_mm):
        if task.kind == STILL and form == FREE:
            _hands_free(guide)
        if task.kind == PLANK and not planked:
            planked = True
            question = "Can the person stand with one foot on a plank that rocks a little, hands on the rail?"
            if guide.ask(question, ("yes", "no")) == "no":
                guide.tell("Then the centre of pressure stays as it was: only the forces are calibrated.")
                break
        taken = take(guide, task, base, kg, patience_s)
        if task.kind == ZERO:
            base = _zeroed(base, taken)
        if task.kind == STILL:
            kg = _plausible(guide, kg, taken, base)
        guide.tell("  taken.")


def take(guide: Guide, task: Task, base: Calibration, kg: float, patience_s: float) -> Taken:
    """Take one step, once the person has said that they are ready or the scales have been read."""
    guide.tell(task.ready)
    values = dict(task.values)
    if task.kind == SCALES:
        values |= _readings(guide, kg)
    else:
        guide.ask("Press Enter when so.")
    return guide.step(task.key, "", task.seconds, judge(task, base), patience_s=patience_s, **values)


def _zeroed(base: Calibration, taken: Taken) -> Calibration:
    return replace(base, zero_count=zero_counts(taken.cells))


def _hands_free(guide: Guide) -> None:
    if guide.ask("Will the person stand with hands free, leaning on nothing?", ("yes", "no")) == "no":
        raise CalibrationError(
            "Body weight is known only of somebody who holds on to nothing: begin again with --supported, a rail and a"
            " bathroom scale under each foot."
        )


def number_kg(text: str) -> float | None:
    """A weight as it is typed, 72.5 or 72,5, perhaps with its unit; None where it is no number."""
    try:
        value = float(text.lower().strip().removesuffix("kg").strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def weight_doubt(kg: float | None) -> str | None:
    """Why this can't be the weight of a person, or None."""
    if kg is None:
        return "That is no number: type the weight in kilograms, such as 72.5."
    if not KG[0] <= kg <= KG[1]:
        return f"{kg:g} kg is no weight of a person who stands: type {KG[0]:g} to {KG[1]:g}, in kilograms."
    return None


def weight(guide: Guide, kg: float | None = None, again: bool = False) -> float:
    """Body weight [kg], asked for where it was not given, until it can be one; kept in the recording."""
    while kg is None:
        kg = number_kg(guide.ask("Weight on a scale now, in shoes and clothes, in kg:"))
        if doubt := weight_doubt(kg):
            guide.tell(doubt)
            kg = None
    if doubt := weight_doubt(kg):
        raise CalibrationError(doubt)
    guide.recorder.note(WEIGHT, kg=kg, again=again)
    return kg


def implausible(kg: float, taken: Taken, base: Calibration) -> str | None:
    """Why this weight does not go with what the insoles read of somebody who stands with hands free, or None."""
    seen_kg = float(np.median(loads(taken.cells, base).foot_force_n.sum(axis=1))) / GRAVITY_MS2
    factor = kg / max(seen_kg, 1e-9)
    if base.nominal:
        if NOMINAL_FACTOR[0] <= factor <= NOMINAL_FACTOR[1]:
            return None
        return (
            f"{kg:g} kg does not go with the insoles, which before calibration see about"
            f" {seen_kg * NOMINAL_FACTOR[0]:.0f} to {seen_kg * NOMINAL_FACTOR[1]:.0f} kg"
        )
    if abs(factor - 1) <= KNOWN_SHARE:
        return None
    return f"{kg:g} kg does not go with the insoles, which by their calibration of before read {seen_kg:.0f} kg"


def _plausible(guide: Guide, kg: float, taken: Taken, base: Calibration) -> float:
    """The weight, asked again where it does not go with the insoles; typed twice alike, it counts."""
    while doubt := implausible(kg, taken, base):
        guide.tell(f"{doubt}. Is it right? Look at the scale again.")
        again = weight(guide, again=True)
        if again == kg:
            break
        kg = again
    return kg


def _readings(guide: Guide, kg: float) -> dict[str, float]:
    """What the scales under both feet show while the person stands so."""
    while True:
        read = {}
        for side in SIDES:
            value = None
            while value is None or value < 0:
                value = number_kg(guide.ask(f"The {side} scale shows, in kg:"))
                if value is None or value < 0:
                    guide.tell("Type what the scale shows, in kilograms, such as 31.5.")
            read[f"kg_{side}"] = value
        share = sum(read.values()) / kg
        if RAIL_SHARE[0] <= share <= RAIL_SHARE[1]:
            return read
        guide.tell(
            f"Both scales together would carry {share:.0%} of {kg:g} kg: read them again, and see that both feet stand"
            " on them."
        )
