# SPDX-License-Identifier: MIT
"""What a cell remembers: creep under a lasting load, and hysteresis, so that the way back is not the way there.

Both are states that are carried from block to block, so that the result does not depend on how the time is cut.

Creep: F + sum of a (F seen through a low-pass of time constant tau), the taus two to a decade: a step of force rises by
the given share for each decade of time, and recovers as it rose. Hysteresis: a Prandtl-Ishlinskii sum of play operators
(Kuhnen, Eur J Control 9(4):407-418, 2003, doi 10.3166/ejc.9.407-418) on the logarithm of the force, which makes its
width a share of the force at hand, the same going up as coming down; it is rate-independent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from surefoot.cells import CellMapError

FLOOR_N = 0.5  # below it a width as a share of the force means nothing
PLAYS = np.array((1.0, 2.0, 4.0, 8.0, 16.0))  # thresholds, in half widths: small loops are narrower than full ones
TAUS_S = 10.0 ** np.arange(-1.0, 4.1, 0.5)
PER_DECADE = 2
MAX_HYSTERESIS, MAX_CREEP = 0.1, 0.2
SPREAD = 0.2  # of both from cell to cell


@dataclass(frozen=True, eq=False)
class Memory:
    """Per cell [16]: half width of a full loop as a share of the force, and rise for each decade of time."""

    hysteresis_share: np.ndarray
    creep_share_per_decade: np.ndarray


class Remembered(NamedTuple):
    """The state of all cells between two blocks: what is left in the low-passes [taus,16], and the plays [plays,16]."""

    left_n: np.ndarray
    plays: np.ndarray


def draw(seed: int, cells: int, hysteresis_share: float, creep_share_per_decade: float) -> Memory | None:
    """The memory of the cells of this seed around these two shares; None where both are 0."""
    for name, value, limit in (
        ("hysteresis", hysteresis_share, MAX_HYSTERESIS),
        ("creep", creep_share_per_decade, MAX_CREEP),
    ):
        if not 0 <= value <= limit:
            raise CellMapError(f"A share of {value:g} of {name} is no cell's: give 0 to {limit:g}.")
    if not hysteresis_share and not creep_share_per_decade:
        return None
    parts = np.exp(SPREAD * np.random.default_rng([seed, *b"cell-memory"]).standard_normal((2, cells)))
    return Memory(hysteresis_share * parts[0], creep_share_per_decade * parts[1])


def fresh(cells: int) -> Remembered:
    """Cells that nothing has pressed for long."""
    return Remembered(np.zeros((len(TAUS_S), cells)), np.full((len(PLAYS), cells), np.log(FLOOR_N)))


class Past:
    """The states before each second of a world, kept so that its blocks can be rendered again and in any order."""

    def __init__(self, memory: Memory | None, slot_s: float):
        self._memory, self._slot_s = memory, slot_s
        self._before: dict[int, Remembered | None] = {0: None}

    def forget_after(self, block: int) -> None:
        """The forces in `block` and later will be others."""
        self._before = {known: state for known, state in self._before.items() if known <= block}

    def felt_n(self, block: int, force_of: Callable[[int], np.ndarray]) -> np.ndarray:
        """What the cells take the forces [n,cells] force_of(block) for, after all that came before."""
        if self._memory is None:
            return force_of(block)
        felt = np.empty(0)
        for at in range(max(known for known in self._before if known <= block), block + 1):
            felt, self._before[at + 1] = felt_n(self._memory, force_of(at), self._slot_s, self._before[at])
        return felt


def felt_n(
    memory: Memory | None, force_n: np.ndarray, slot_s: float, before: Remembered | None = None
) -> tuple[np.ndarray, Remembered | None]:
    """What cells with a memory take the forces [n,cells] N for, one every slot_s; and their state behind the last.

    `before` is the state that the block before it left, None where these are the first.
    """
    if memory is None:
        return force_n, None
    force_n = np.asarray(force_n, float)
    left_n, plays = before or fresh(force_n.shape[1])
    force_n, left_n = _creep(memory, force_n, slot_s, left_n)
    log_force, plays = _play(memory, np.log(np.maximum(force_n, 0) + FLOOR_N), plays)
    return np.exp(log_force) - FLOOR_N, Remembered(left_n, plays)


def _creep(memory: Memory, force_n: np.ndarray, slot_s: float, left_n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.signal import lfilter

    felt, after_n = force_n.copy(), np.empty_like(left_n)
    for k, tau_s in enumerate(TAUS_S):
        step = -np.expm1(-slot_s / tau_s)
        seen, left = lfilter([step], [1, step - 1], force_n, axis=0, zi=left_n[k : k + 1])
        after_n[k] = left[0]
        felt += memory.creep_share_per_decade / PER_DECADE * seen
    return felt, after_n


def _play(memory: Memory, log_force: np.ndarray, plays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    radius = PLAYS[:, None] * memory.hysteresis_share
    low, high = log_force[:, None] - radius, log_force[:, None] + radius
    out = np.empty_like(low)
    now = plays
    for k in range(len(log_force)):
        now = np.maximum(low[k], np.minimum(high[k], now))
        out[k] = now
    # Each threshold carries the same part of the full width; what is left follows at once, so that the gain is 1.
    weights = 1 / (len(PLAYS) * PLAYS)
    felt = (1 - weights.sum()) * log_force
    for k, weight in enumerate(weights):
        felt += weight * out[:, k]
    return felt, now
