# SPDX-License-Identifier: MIT
"""Walkers on the virtual board: the firmware itself samples them, live or into a log."""

from typing import Any

import numpy as np

from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual.blocks import BLOCK, SLOTS_PER_S
from surefoot.device.virtual.body import State
from surefoot.device.virtual.electronics import Electronics
from surefoot.device.virtual.sole import hold
from surefoot.device.virtual.walkers import faults as wrongs
from surefoot.device.virtual.walkers.faults import Faults
from surefoot.device.virtual.walkers.truth import WalkTruth
from surefoot.device.virtual.walkers.walker import Walker, walker
from surefoot.device.virtual.world import World

SLOT_S = 1 / SLOTS_PER_S


class WalkWorld(World):
    """A world whose person walks as a walker does, from time 0 on, and stands once the walk is over."""

    def __init__(
        self, who: Walker, electronics: Electronics | None = None, seed: int | None = None, preload_n: float = 0.0
    ):
        super().__init__(who.person, electronics, seed)
        self.who = who
        self.preload_n = wrongs.draw_faults(Faults(preload_n=preload_n), self.seed, 1.0, held_out=False).preload_n

    @property
    def walked(self) -> WalkTruth:
        """The truth, on the world's clock."""
        return self.who.truth

    def do(self, action: str, at_s: float | None = None) -> None:
        """Walkers walk, whatever they are told."""

    def cell_force_n(self, foot_cop_m: np.ndarray, foot_force_n: np.ndarray) -> np.ndarray:
        """Force on each cell [n,16], the shoe's preload included."""
        return super().cell_force_n(foot_cop_m, foot_force_n) + self.preload_n

    def state(self, t_s: np.ndarray) -> State:
        """Truth at times [n] of the world. Feet move about: nothing is given in the frame of a standing body."""
        t_s = np.atleast_1d(np.asarray(t_s, float))
        rows = self.who.rows(t_s, SLOT_S)
        cop = np.stack([hold(self.sole, side, rows.foot_cop_m[:, side]) for side in (0, 1)], 1)
        nowhere = np.full((len(t_s), 2), np.nan)
        tilt = np.stack((rows.angles_rad[:, 2], -rows.angles_rad[:, 1]), 1)
        return State(nowhere, nowhere, cop, rows.foot_force_n, tilt, rows.acc_ms2, rows.gyr_dps)

    def _state_in(self, block: int) -> State:
        return self.state((block * BLOCK + np.arange(BLOCK)) / SLOTS_PER_S)


def walk_world(
    kind: str,
    seed: int,
    seconds: float = 60.0,
    held_out: bool = False,
    *,
    lead_s: float = 0.0,
    preload_n: float = 0.0,
    **parts: Any,
) -> WalkWorld:
    """A walk for the virtual board; `lead_s` more of standing before it, for whoever has a board to start first.

    `parts` as in `electronics.draw`: dead, shorted, unplugged, swapped cells, hysteresis_share, creep_share_per_decade.
    """
    who = walker(kind, seed, seconds, held_out, lead_s)
    world = WalkWorld(who, None, seed, preload_n)
    if parts:
        world = WalkWorld(who, instruments.draw(seed, world.cells.law, **parts), seed, preload_n)
    return world
