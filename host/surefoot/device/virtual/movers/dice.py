# SPDX-License-Identifier: MIT
"""Draws from stated ranges, a fifth of each of which is kept for the last test.

Of every range the outermost twentieths and a tenth in the middle are reserved, and of the five families of shapes one.
With `held_out` everything comes from the reserved part, without it nothing does.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

RESERVED = ((0.0, 0.05), (0.45, 0.55), (0.95, 1.0))
OPEN = ((0.05, 0.45), (0.55, 0.95))

T = TypeVar("T")


class Dice:
    """Repeatable draws of one seed and name."""

    def __init__(self, seed: int, name: str, held_out: bool = False):
        self.rng = np.random.default_rng([seed, int(held_out), *name.encode()])
        self.held_out = held_out

    def between(self, low: float, high: float) -> float:
        """From the part of a range that is open to these dice, evenly."""
        bands = RESERVED if self.held_out else OPEN
        sizes = np.array([stop - start for start, stop in bands])
        start, stop = bands[int(self.rng.choice(len(bands), p=sizes / sizes.sum()))]
        return float(low + (high - low) * self.rng.uniform(start, stop))

    def ratio(self, low: float, high: float) -> float:
        """From a range of times or rates, evenly by ratio: as many between 1 and 2 as between 2 and 4."""
        return float(np.exp(self.between(np.log(low), np.log(high))))

    def spread(self, size: float) -> float:
        """About nought, evenly to `size` on either side."""
        return self.between(-size, size)

    def choose(self, options: Sequence[T]) -> T:
        """One of several, all alike."""
        return options[int(self.rng.integers(len(options)))]

    def family(self, usual: Sequence[T], reserved: T) -> T:
        """One of the usual kinds; held-out dice take the reserved one in half of the draws."""
        if self.held_out and self.rng.random() < 0.5:
            return reserved
        return self.choose(usual)

    def chance(self, share: float) -> bool:
        """True in so many of all cases."""
        return bool(self.rng.random() < share)

    def count(self, low: int, high: int) -> int:
        """A whole number from low to high, both included; no number is reserved."""
        return int(self.rng.integers(low, high + 1))

    def jitter(self, spread: float) -> float:
        """A normal draw of this standard deviation, no further out than two and a half of it."""
        return float(np.clip(self.rng.normal(0, 1), -2.5, 2.5) * spread)
