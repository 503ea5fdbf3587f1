# SPDX-License-Identifier: MIT
"""Insoles on a table with weights on single cells, for the virtual board: what is laid on stays until it is changed."""

from __future__ import annotations

import numpy as np

from surefoot.device.virtual import cell_memory
from surefoot.device.virtual import electronics as instruments
from surefoot.device.virtual.electronics import NAMES, Electronics
from surefoot.device.virtual.person import GRAVITY_MS2
from surefoot.device.virtual.poses import Poses
from surefoot.device.virtual.world import BLOCK, SLOT_DTYPE, SLOTS_PER_S

LAY_S = 0.3  # a weight is set down within this time


class Presses(Poses):
    """A world for the virtual board, which lies still. `truth_n` is what presses the cells."""

    def __init__(self, parts: Electronics | None = None, seed: int = 0):
        super().__init__(parts, seed)
        self._steps: list[tuple[float, int, float]] = []
        self._past = cell_memory.Past(self.parts.memory, 1 / SLOTS_PER_S)

    def lay(self, cell: str, kg: float, at_s: float | None = None) -> None:  # type: ignore[override]
        """So much in all on this cell from a time on, now if none is given; 0 takes it off."""
        at_s = self.now_s if at_s is None else at_s
        if at_s < self.now_s:
            raise ValueError(f"The time {at_s:g} s has passed, it is {self.now_s:g} s.")
        self._steps.append((at_s, NAMES.index(cell), kg * GRAVITY_MS2))
        self._past.forget_after(self._blocks.forget())

    def truth_n(self, t_s: np.ndarray) -> np.ndarray:
        """Force [n,16] N on the cells at times [n]."""
        force = np.zeros((len(t_s), len(NAMES)))
        for at_s, cell, force_n in self._steps:
            u = np.clip((t_s - at_s) / LAY_S, 0, 1)
            force[:, cell] += (force_n - force[:, cell]) * u**3 * (10 - 15 * u + 6 * u * u)
        return force

    def counts(self, t_s: np.ndarray) -> np.ndarray:
        """Counts uint16 [n,16] at evenly spaced times [n] from 0 on, straight from the parts, without a board."""
        noise = np.random.default_rng([self.seed, *b"presses"]).standard_normal((len(t_s), len(NAMES)))
        felt_n, _ = cell_memory.felt_n(self.parts.memory, self.truth_n(t_s), float(t_s[1] - t_s[0]))
        return instruments.cell_counts(self.parts, felt_n, noise)

    def _render(self, block: int) -> bytes:
        out = np.frombuffer(super()._render(block), SLOT_DTYPE).copy()
        noise = np.random.Generator(np.random.Philox(key=[self.seed, block])).standard_normal((BLOCK, 22))
        felt_n = self._past.felt_n(block, lambda at: self.truth_n((at * BLOCK + np.arange(BLOCK)) / SLOTS_PER_S))
        out["cells"] = instruments.cell_counts(self.parts, felt_n, noise[:, :16])
        return out.tobytes()
