# SPDX-License-Identifier: MIT
"""The resistor of an insole that tells its side and size: hardware/plugs.toml."""

from __future__ import annotations

from typing import Any

from surefoot import resources

from .netlist import SIDES
from .sheet import HardwareError

ROUNDING = 1e-9


def table() -> dict[str, Any]:
    """hardware/plugs.toml."""
    return resources.hardware_table("plugs.toml", "The table of side-and-size resistors", HardwareError)


def resistor_ohm(side: str, eu_size: int) -> float:
    """The resistor of an insole. Raises HardwareError for a side or size that has none."""
    try:
        return float(table()[side][str(eu_size)])
    except KeyError:
        sizes = list(table()[SIDES[0]])
        raise HardwareError(
            f"There is no resistor for a {side} insole of size {eu_size}: sides are left and right, sizes "
            f"{sizes[0]} to {sizes[-1]}."
        ) from None


def insole(ohm: float) -> tuple[str, int] | None:
    """Side and EU size of a measured resistor; None where no entry of the table could measure so."""
    own = table()
    low, high = ((1 + sign * own["tolerance"]) * (1 + sign * own["meter"]) for sign in (-1, 1))
    for side in SIDES:
        for size, nominal in own[side].items():
            if nominal * low * (1 - ROUNDING) <= ohm <= nominal * high * (1 + ROUNDING):
                return side, int(size)
    return None
