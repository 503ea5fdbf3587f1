# SPDX-License-Identifier: MIT
"""Synthetic walkers: walks of minutes to hours with every contact, length and turn known, and rides with none."""

from surefoot.device.virtual.walkers.arrays import Imu, WalkArrays, walk_arrays, walk_chunks
from surefoot.device.virtual.walkers.faults import Faults
from surefoot.device.virtual.walkers.truth import FootTruth, WalkTruth
from surefoot.device.virtual.walkers.walker import KINDS, Walker, walker
from surefoot.device.virtual.walkers.world import WalkWorld, walk_world

__all__ = [
    "KINDS",
    "Faults",
    "FootTruth",
    "Imu",
    "WalkArrays",
    "WalkTruth",
    "WalkWorld",
    "Walker",
    "walk_arrays",
    "walk_chunks",
    "walk_world",
    "walker",
]
