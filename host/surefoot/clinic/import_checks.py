# SPDX-License-Identifier: MIT
"""Is it a person standing, in the units that were said? By size and physics; refused beyond doubt, else only said."""

from collections.abc import Sequence

import numpy as np

from surefoot.clinic.import_columns import Source
from surefoot.errors import MeasureError
from surefoot.measures.processing import unbroken
from surefoot.measures.sway import MAX_EXCURSION_M
from surefoot.physics import GRAVITY_MS2
from surefoot.unit_words import UNITS, Unit

WIDE_M = 0.4  # two feet side by side reach about as far; a CoP that moves more is a wrong unit, or steps
STILL_M = 0.5e-3  # nobody alive stands with less sway over seconds
STANDING_M = (3e-3, 0.3)  # the sway of somebody standing, to guess a unit by
SPIKE_PERCENT = 0.5
SIDEWAYS = 1.25
REST_MS2 = (8.0, 11.5)
MAX_LEAN_DEG = 45.0
SMOOTH_S = 1.0
LEAST_S = 10.0
WRONG_TURN = np.sqrt(180 / np.pi)  # in the middle, as ratios go, between right and 57 times wrong
SURE = 0.5  # correlation of the gyroscope with the accelerometer's tilt


def constant(values: np.ndarray, sources: Sequence[Source], path: object) -> None:
    """MeasureError where a column [n, k] never changes, or holds nothing."""
    for column, source in zip(values.T, sources, strict=True):
        real = column[np.isfinite(column)]
        if not len(real):
            raise MeasureError(f"{path}: the column {source.name} holds no number at all. Choose another column.")
        if np.ptp(real) == 0:
            raise MeasureError(
                f"{path}: the column {source.name} is {real[0] + 0.0:g} in every row, so nothing was measured there."
                " Choose another column, or record again."
            )


def check_cop(cop_m: np.ndarray, unit: Unit | None) -> list[str]:
    """Warnings on a centre of pressure [n, 2] (ML, AP) in m; MeasureError where it can't be a person's in this unit."""
    real = cop_m[np.isfinite(cop_m).all(axis=1)]
    if not len(real):
        raise MeasureError("No row has a centre of pressure: check that somebody stood on the plate.")
    moved_m = float(np.ptp(real, axis=0).max())
    low, high = np.percentile(real, (SPIKE_PERCENT, 100 - SPIKE_PERCENT), axis=0)
    usual_m = float((high - low).max())
    word = unit.word if unit else "m"
    if moved_m > MAX_EXCURSION_M and usual_m <= WIDE_M:
        raise MeasureError(
            f"The centre of pressure jumps over {moved_m:.3g} m in single rows and else keeps within"
            f" {usual_m * 1e3:.0f} mm: leave those cells empty, or cut the file where somebody steps on or off."
        )
    if moved_m > MAX_EXCURSION_M:
        raise MeasureError(
            f"The centre of pressure moves over {moved_m:.3g} m, further than feet reach:"
            f" {_units(usual_m, unit) or f'{word} is not its unit'}. Correct the unit in --columns."
        )
    warnings = []
    if usual_m > WIDE_M:
        guess = _units(usual_m, unit)
        warnings.append(
            f"The centre of pressure moves over {usual_m * 1e3:.0f} mm, more than feet side by side reach: somebody"
            f" stepped{f', or {guess}' if guess else ''}."
        )
    if moved_m < STILL_M:
        guess = _units(usual_m, unit)
        warnings.append(
            f"The centre of pressure moves over {moved_m * 1e3:.2g} mm only, less than anybody who stands: a dead"
            f" weight{f', or {guess}' if guess else ''}."
        )
    sway_ml, sway_ap = real.std(axis=0)
    if sway_ml > SIDEWAYS * sway_ap:
        warnings.append(
            f"Sway is larger side to side ({sway_ml * 1e3:.1f} mm RMS) than forward and back ({sway_ap * 1e3:.1f} mm):"
            " usual on one leg or in tandem, else the two columns may be swapped."
        )
    return warnings


def _units(moved_m: float, unit: Unit | None) -> str:
    """Units of length in which this would be standing: "this looks like mm given as m (15 mm)"; or nothing."""
    if unit is None:
        return ""
    given = moved_m / unit.factor
    low, high = STANDING_M
    fits = [u for u in UNITS if u.word in ("mm", "cm", "m") and u != unit and low <= given * u.factor <= high]
    named = " or ".join(f"{u.word} ({given * u.factor * 1e3:.0f} mm)" for u in fits)
    return f"this looks like {named} given as {unit.word}" if fits else ""


def check_acceleration(acc_ms2: np.ndarray, sources: Sequence[Source]) -> list[str]:
    """Warnings on specific force [n, 3] (ML, AP, V) in m/s2, sources in that order.

    MeasureError where its size at rest isn't gravity, or where another axis points up; the one that does is named.
    """
    real = acc_ms2[np.isfinite(acc_ms2).all(axis=1)]
    if not len(real):
        raise MeasureError("No row has all three accelerations: choose other columns.")
    mean = np.median(real, axis=0)
    size = float(np.linalg.norm(mean))
    unit = sources[2].unit
    if not REST_MS2[0] <= size <= REST_MS2[1]:
        raise MeasureError(f"The acceleration at rest is {size:.3g} m/s2 and not about 9.8: {_rest(size, unit)}.")
    lean_deg = float(np.degrees(np.arccos(np.clip(mean[2] / size, -1, 1))))
    if lean_deg > MAX_LEAN_DEG:
        raise MeasureError(
            f"The upward axis ({sources[2]}) is {lean_deg:.0f} degrees away from gravity. {_upright(real, sources)}"
        )
    sway_ml, sway_ap = real[:, :2].std(axis=0)
    if sway_ml > SIDEWAYS * sway_ap:
        return [
            f"The trunk moves more side to side ({sway_ml:.3f} m/s2 RMS) than forward and back ({sway_ap:.3f} m/s2):"
            " usual on one leg or in tandem, else the two columns may be swapped."
        ]
    return []


def _rest(size_ms2: float, unit: Unit | None) -> str:
    given = size_ms2 / unit.factor if unit else size_ms2
    for other in UNITS:
        if other.quantity == "acceleration" and other != unit and REST_MS2[0] <= given * other.factor <= REST_MS2[1]:
            return f"this looks like {other.word} given as {unit.word if unit else 'm/s2'}, so write [{other.word}]"
    if size_ms2 < 2.0:
        return "gravity was taken away from it; give the acceleration as the sensor reads it, with gravity"
    return "check the sensor's range, and that all three axes are there"


def _upright(real: np.ndarray, sources: Sequence[Source]) -> str:
    """A mapping whose upward axis reads gravity; right-handed if the file's axes are, forward where it sways more."""
    mean = np.median(real, axis=0)
    up = int(np.argmax(np.abs(mean)))
    flat = [axis for axis in range(3) if axis != up]
    fore = max(flat, key=lambda axis: real[:, axis].std())
    order = np.argsort([source.column.place if source.column else 0 for source in sources])
    axis_of = {int(axis): place for place, axis in enumerate(order)}  # the file's first column is its x, and so on
    sign_up = int(np.sign(mean[up])) * sources[up].sign
    upward = np.zeros(3)
    upward[axis_of[up]] = sign_up
    forward = np.zeros(3)
    forward[axis_of[fore]] = 1
    right = np.cross(forward, upward)
    side = 3 - up - fore
    sign_side = int(np.sign(right[axis_of[side]]))

    def told(turn: int) -> str:
        pairs = (("ml", side, sign_side * turn), ("ap", fore, turn), ("v", up, sign_up))
        return ",".join(f"{role}={'-' * (s < 0)}{str(sources[axis]).lstrip('-')}" for role, axis, s in pairs)

    return (
        f'Gravity is along {"-" * (sign_up < 0)}{sources[up].name}: say "{told(1)}", or "{told(-1)}" if the sensor'
        " faces the other way; which axis points forward is only a guess by where it sways more."
    )


def check_turning(acc_ms2: np.ndarray, gyr_dps: np.ndarray, rate_hz: float, unit: Unit | None) -> list[str]:
    """Warnings on a rate of turn [n, 3] (about right, forward, up) in deg/s, against the tilt of the acceleration.

    A sensor that turns sees gravity turn the other way: d(acc)/dt = -gyr x acc. MeasureError where it goes along with
    the tilt and is some 57 times too large or too small: rad/s given as deg/s, or the other way round.
    """
    both = np.column_stack((acc_ms2, gyr_dps[:, :2]))
    stretch = max(unbroken(both), key=lambda s: s.stop - s.start, default=slice(0, 0))
    if stretch.stop - stretch.start < LEAST_S * rate_hz:
        return []
    window = max(round(SMOOTH_S * rate_hz), 1)
    summed = np.cumsum(both[stretch], axis=0)
    smooth = (summed[window:] - summed[:-window]) / window
    slope = np.degrees(np.gradient(smooth[:, :2], 1 / rate_hz, axis=0) / GRAVITY_MS2)
    tilting = np.column_stack((slope[:, 1], -slope[:, 0])).ravel()
    turning = (smooth[:, 3:] - smooth[:, 3:].mean(axis=0)).ravel()
    size_tilt, size_turn = np.linalg.norm(tilting), np.linalg.norm(turning)
    if not size_tilt or not size_turn:
        return ["The gyroscope reads the same in every row." if not size_turn else "The acceleration never changes."]
    ratio, together = size_turn / size_tilt, float(tilting @ turning / (size_tilt * size_turn))
    word = unit.word if unit else "deg/s"
    for other, wrong in (("rad/s", ratio < 1 / WRONG_TURN), ("deg/s", ratio > WRONG_TURN)):
        if wrong and other != word:
            what = f"The gyroscope turns {ratio:.2g} times as fast as the acceleration tilts"
            if abs(together) > SURE:
                raise MeasureError(f"{what}: this looks like {other} given as {word}, so write [{other}].")
            return [f"{what}: {other} may have been given as {word}, or its axes are others."]
    if together < -SURE:
        return ["The gyroscope turns against the tilt of the acceleration: the sign of one of them is wrong."]
    return []
