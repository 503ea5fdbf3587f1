# SPDX-License-Identifier: MIT
"""Before a session: does each insole carry its foot, and is the left one the left one?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..calibration import SIDES, Calibration
from ..calibration_law import loads
from .guide import Guide
from .guide_steps import Taken

STAND_S = 10.0
LEAN_S = 2.0
PRESSED_COUNTS = 40  # above a cell's zero: well above its noise, well below a standing foot's share
MIN_CELLS = 3  # pressed under each foot of somebody who stands
PLAUSIBLE = (0.25, 0.75)  # of the weight on one foot, standing at ease
LEAN_SHARE = 0.10  # of the weight, from foot to foot: several times what quiet standing shifts


@dataclass(frozen=True)
class Checked:
    """The share of the load on the left foot while standing and while leaning to the left."""

    stand_left_share: float
    lean_left_share: float

    @property
    def swapped(self) -> bool:
        """Whether the load went to the other insole than the person did."""
        return self.lean_left_share < self.stand_left_share

    @property
    def words(self) -> str:
        shares = f"{self.stand_left_share:.0%} of the load left in standing, {self.lean_left_share:.0%} leaning left"
        if self.swapped:
            return (
                f"Leaning to the left loaded the right insole ({shares}): the insoles or their plugs are swapped. Put "
                "the left one left, then check again."
            )
        return f"Both insoles carry load and left is left ({shares})."


def left_share(cells: npt.NDArray[np.uint16], record: Calibration) -> float:
    """Median share of the load on the left foot, of counts [n,16]; NaN where neither foot has any."""
    force = loads(cells, record).foot_force_n
    total = force.sum(axis=1)
    return float(np.median(force[total > 0, 0] / total[total > 0])) if (total > 0).any() else float("nan")


def why_not_standing(cells: npt.NDArray[np.uint16], record: Calibration) -> str | None:
    """Why these counts [n,16] are not of somebody who stands on both insoles, or None where they are."""
    pressed = np.median(cells, axis=0) - np.asarray(record.zero_count) > PRESSED_COUNTS
    silent = [side for foot, side in enumerate(SIDES) if pressed[8 * foot : 8 * foot + 8].sum() < MIN_CELLS]
    if len(silent) == 2:
        return "nobody stands on the insoles, or neither is plugged in"
    if silent:
        return (
            f"the {silent[0]} insole carries nothing: stand on both feet, and see that it is in the shoe and plugged in"
        )
    share = left_share(cells, record)
    if not PLAUSIBLE[0] <= share <= PLAUSIBLE[1]:
        return f"{share:.0%} of the load is on the left insole: stand at ease on both feet"
    return None


def check_pair(guide: Guide, record: Calibration) -> Checked:
    """A stand of ten seconds, then a lean to the left until it shows. Raises CalibrationError where one fails."""
    stand = guide.step(
        "pair-stand",
        f"Stand still at ease on both feet, for {STAND_S:g} s.",
        STAND_S,
        lambda taken: why_not_standing(taken.cells, record) if len(taken.cells) else None,
    )
    standing = left_share(stand.cells, record)

    def why_not_leaning(taken: Taken) -> str | None:
        if not len(taken.cells) or abs(left_share(taken.cells, record) - standing) >= LEAN_SHARE:
            return None
        return "no lean is seen: lean further to the left, with both feet down"

    lean = guide.step(
        "pair-lean",
        "Now lean to the left, so that the left foot carries more, and stay there.",
        LEAN_S,
        why_not_leaning,
    )
    return Checked(standing, left_share(lean.cells, record))
