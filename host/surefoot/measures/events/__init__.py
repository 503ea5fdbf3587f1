# SPDX-License-Identifier: MIT
"""Events and times in a trial: arrays and a rate in, frozen values with seconds from row 0 out.

Arrays are those of `surefoot.signals.Signals`: force on the feet [n,2] N (left, right), CoP of each foot [n,2,2] m
(foot, (ml, ap)) in its own frame, waist specific force [n,3] m/s2 and turning rate [n,3] deg/s (right, forward, up).
Rows lost are NaN. Every result names in OVERRIDES what an observer may put right. Nothing here is verified on people.
"""

from surefoot.measures.events.attitude import Trunk, trunk
from surefoot.measures.events.balance_loss import Loss, Losses, balance_loss
from surefoot.measures.events.feet import PartLift, SingleLeg, part_lifts, single_leg
from surefoot.measures.events.initiation import Initiation, Release, gait_initiation, push_and_release
from surefoot.measures.events.sit_to_stand import Rise, SitToStand, sit_to_stand
from surefoot.measures.events.steps import Contact, Walk, contacts, staggered_s, walk
from surefoot.measures.events.tug import Tug, tug
from surefoot.measures.events.turns import Turn, turns

__all__ = [
    "Contact",
    "Initiation",
    "Loss",
    "Losses",
    "PartLift",
    "Release",
    "Rise",
    "SingleLeg",
    "SitToStand",
    "Trunk",
    "Tug",
    "Turn",
    "Walk",
    "balance_loss",
    "contacts",
    "gait_initiation",
    "part_lifts",
    "push_and_release",
    "single_leg",
    "sit_to_stand",
    "staggered_s",
    "trunk",
    "tug",
    "turns",
    "walk",
]
