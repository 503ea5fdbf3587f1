# SPDX-License-Identifier: MIT
"""Synthetic people who step, lift a foot, fall, get up, walk and turn, with the truth about when they did."""

from surefoot.device.virtual.movers.catalogue import KINDS, perform, sensors
from surefoot.device.virtual.movers.performance import Event, Performance, Truth
from surefoot.device.virtual.movers.sensing import Arrays, Sensing
from surefoot.device.virtual.movers.world import MoverWorld

__all__ = ["KINDS", "Arrays", "Event", "MoverWorld", "Performance", "Sensing", "Truth", "perform", "sensors"]
