# SPDX-License-Identifier: MIT
"""Pure functions from arrays and a rate to numbers: sway of the centre of pressure, of the trunk, load on the feet."""

from surefoot.measures.faults import require_imu, require_unbroken, rows_on_grid
from surefoot.measures.limits import limits_of_stability
from surefoot.measures.load import load_measures, weight_distribution_index
from surefoot.measures.processing import (
    AS_RECORDED,
    COP,
    TRUNK,
    Measured,
    Processing,
    comparable,
    require_comparable,
)
from surefoot.measures.research import Research, every_cop_measure, research_measures
from surefoot.measures.sensory import sensory_ratios, steadiness_composite, steadiness_score
from surefoot.measures.stability import level_axes, stability_measures
from surefoot.measures.sway import cop_ap_measures, cop_measures, romberg_quotient
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
    "Research",
    "comparable",
    "cop_ap_measures",
    "cop_measures",
    "every_cop_measure",
    "level_axes",
    "limits_of_stability",
    "load_measures",
    "require_comparable",
    "require_imu",
    "require_unbroken",
    "research_measures",
    "romberg_quotient",
    "rows_on_grid",
    "sensory_ratios",
    "stability_measures",
    "steadiness_composite",
    "steadiness_score",
    "trunk_measures",
    "weight_distribution_index",
]
