# SPDX-License-Identifier: MIT
"""A walk's recording of any other maker in, arrays in SI on one clock out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surefoot.clinic.import_columns import Source
from surefoot.clinic.import_file import gridded
from surefoot.clinic.walk_columns import ACC, CELLS, COPS, FEET, FORCES, GYR, SHOES, walk_sources
from surefoot.delimited import look
from surefoot.errors import MeasureError

Floats = npt.NDArray[np.float64]

# Our own choices (D): what a foot in a walk bears at its most, far beyond what people do.
MOST_N, LEAST_N = 6000.0, 5.0
KILOGRAM_N = (25.0, 150.0)
PEAK_PERCENT = 99.0


@dataclass(frozen=True, eq=False)
class WalkInput:
    """A recording, n rows at `rate_hz`, NaN where lost; None where it has no such sensor.

    force_n [n,2] (left, right) or cells [n,16]; cop_share [n,2,2] (foot, (ml, ap)) of the insole's length from its
    middle; shoes: by foot [n,6], specific force m/s2 and rate of turn deg/s in any mounting; acc_ms2, gyr_dps [n,3]:
    the same at the waist. `facts`: what was read, for the record. `insole_mm`: the insoles' length, None where nobody
    said it. `on_foot`: it was said that all of it is on foot, so that a waist's steps without a rhythm count.
    """

    maker: str
    rate_hz: float
    force_n: Floats | None = None
    cop_share: Floats | None = None
    shoes: Mapping[str, Floats] = field(default_factory=dict)
    acc_ms2: Floats | None = None
    gyr_dps: Floats | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    insole_mm: float | None = None
    on_foot: bool = False


def read_text(path: Path, columns: str | None = None, rate_hz: float | None = None) -> WalkInput:
    """The walk in another maker's file. SurefootError says what can't be read, told or believed, and what to do."""
    layout = look(path)
    maker, found, warnings = walk_sources(layout, columns)
    signal, rate, facts, said = gridded(layout, found, rate_hz)
    made = walk_of(signal, found, maker, rate)
    if made.force_n is not None:
        warnings += check_force(made.force_n, found)
    return replace(made, facts=facts, warnings=(*warnings, *made.warnings, *said))


def walk_of(signal: Mapping[str, Floats], found: Mapping[str, Source], maker: str, rate_hz: float) -> WalkInput:
    """The sensors that signals [n] in SI by role are of, without facts."""
    nothing = np.full(len(next(iter(signal.values()))), np.nan)

    def together(roles: tuple[str, ...]) -> Floats:
        return np.column_stack([signal.get(role, nothing) for role in roles])

    force_n, warnings = None, ()
    if set(CELLS["left"]) <= set(signal):
        force_n = together((*CELLS["left"], *CELLS["right"]))
    elif set(FORCES.values()) & set(signal):
        force_n = together(tuple(FORCES.values()))
    if all(found[role].guessed for role in ACC if role in found) and ACC[0] in found:
        warnings = (f"{', '.join(ACC)} name no foot, so they are taken as those of a sensor at the waist.",)
    cop_share = None
    if set(COPS.values()) <= set(signal):
        cop_share = np.stack([together(("", COPS[foot])) for foot in FEET], axis=1)
    return WalkInput(
        maker,
        rate_hz,
        force_n,
        cop_share,
        {foot: together(SHOES[foot]) for foot in FEET if set(SHOES[foot]) <= set(signal)},
        together(ACC) if set(ACC) <= set(signal) else None,
        together(GYR) if set(GYR) <= set(signal) else None,
        warnings=warnings,
    )


def check_force(force_n: Floats, found: Mapping[str, Source]) -> list[str]:
    """Doubts in words; MeasureError where forces [n,2 or 16] are no walker's in the unit that was said, or have the
    wrong sign."""
    feet = force_n if force_n.shape[1] == 2 else force_n.reshape(len(force_n), 2, -1).sum(axis=2)
    known = [foot[np.isfinite(foot)] for foot in feet.T if np.isfinite(foot).any()]
    if not known:
        return []
    low = min(float(np.percentile(foot, 100 - PEAK_PERCENT)) for foot in known)
    high = max(float(np.percentile(foot, PEAK_PERCENT)) for foot in known)
    units = [found[role].unit for role in (*FORCES.values(), CELLS["left"][0]) if role in found]
    word = units[0].word if units and units[0] else "N"
    if low < -max(high, LEAST_N):
        raise MeasureError(
            f"The force goes down to {low:.4g} N and up to {high:.4g} N: what presses must count upward, so turn the"
            " sign, such as left_force=-NAME."
        )
    if high > MOST_N:
        raise MeasureError(
            f"A foot bears {high:.4g} N, which no walker does: this looks like raw counts, or like another unit given"
            f" as {word}. Correct the unit in --columns."
        )
    if 0 < high < LEAST_N:
        guess = f"this looks like kN given as {word}" if word == "N" else f"check the unit {word}"
        raise MeasureError(f"No foot bears more than {high:.3g} N, which no walker does: {guess}.")
    if KILOGRAM_N[0] <= high < KILOGRAM_N[1] and word == "N" and force_n.shape[1] == 2:
        return [
            f"No foot bears more than {high:.3g} N, as on a seat: if this is a walk, it looks like kilograms given as"
            " newtons, so write [kgf]."
        ]
    return []
