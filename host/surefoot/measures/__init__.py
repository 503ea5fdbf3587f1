# SPDX-License-Identifier: MIT
"""Pure functions from arrays and a rate to numbers: sway of the centre of pressure, of the trunk, load on the feet."""

from surefoot.measures.processing import (
    AS_RECORDED,
    COP,
    TRUNK,
    Measured,
    Processing,
    comparable,
    require_comparable,
)
from surefoot.measures.sway import cop_ap_measures, cop_measures, load_measures, romberg_quotient
from surefoot.measures.table import MEASURES, Measure
from surefoot.measures.trunk import trunk_measures

__all__ = [
    "AS_RECORDED",
    "COP",
    "MEASURES",
    "TRUNK",
    "Measure",
    "Measured",
    "Processing",
    "comparable",
    "cop_ap_measures",
    "cop_measures",
    "load_measures",
    "require_comparable",
    "romberg_quotient",
    "trunk_measures",
]
