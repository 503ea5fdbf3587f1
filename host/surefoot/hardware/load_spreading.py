# SPDX-License-Identifier: MIT
"""What must lie around a sensor so that a heel does not drive it beyond its range.

A stiff puck rests on two springs side by side: a button on the sensing area, and a ring of foam around it. Of the force
on the puck the sensor gets Eb Ab / (Eb Ab + Er Ar), E being moduli and A areas, whatever the thickness, as long as both
are equally thick. The share is only as steady as the foam: its creep and hysteresis become the cell's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from surefoot import cells

from .front_end_noise import table


@dataclass(frozen=True)
class Spread:
    """One sensor under the map's puck. `share` is what of the force it may get; None where it may get all of it.

    `button_mm` is the diameter of a button of the ring's own material, `stiffer` what the ring has to be times the
    stiffness of a button as large as the sensing area, `ring_mpa` the modulus at which the ring holds.
    """

    sensor: str
    label: str
    range_n: float
    standing_n: float
    walking_n: float
    share: float | None
    button_mm: float | None
    stiffer: float | None
    ring_mpa: float | None


def puck_mm2() -> float:
    """Area of the puck of the cell map."""
    return math.pi / 4 * (1e3 * cells.load().diameter_m) ** 2


def puck_force_n(kpa: float) -> float:
    """Force on a puck that lies wholly in an even pressure: a bound, since a peak is smaller than a puck."""
    return 1e-3 * kpa * puck_mm2()


def spread(sensor: str) -> Spread:
    """What a sensor of hardware/sensors.toml needs below a heel that walks."""
    own = table()["sensor"][sensor]
    area, range_n = float(own["area_mm2"]), float(own["range_n"])
    standing = puck_force_n(table()["pressure"]["standing"]["kpa"])
    walking = puck_force_n(table()["pressure"]["walking"]["kpa"])
    if walking <= range_n or area >= puck_mm2():
        share = button = stiffer = ring = None
        if walking > range_n:  # nothing fits around a sensor that is larger than the puck
            share = range_n / walking
    else:
        share = range_n / walking
        ring_area = puck_mm2() - area
        # a button of the ring's material: share = Ab / (Ab + Ar)
        button = math.sqrt(4 / math.pi * share / (1 - share) * ring_area)
        stiffer = area / ring_area * (1 / share - 1)
        ring = (walking - range_n) / ring_area / table()["ring"]["strain"]
    return Spread(sensor, own["label"], range_n, standing, walking, share, button, stiffer, ring)
