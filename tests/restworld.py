# SPDX-License-Identifier: MIT
"""A board that lies still, with the noise of its parts: what the self-test expects, and what may be wrong in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SLOT = np.dtype([("cells", "<u2", 16), ("imu", "<i4", 6)])
BLOCK = 1000
NAMES = tuple(f"{side}{k}" for side in "LR" for k in range(1, 9))
LOADED = (1800, 300, 250, 500, 480, 1500, 1600, 900) * 2
ACC_UG, RATE_DDPS = 500, 270  # rms, in micro-g and 0.1 mdps: 70 ug and 3.8 mdps per root hertz, over 52 Hz


class RestWorld:
    """Sixteen cells at a level of counts with noise, gravity along z, a gyroscope off by 0.3 dps.

    `fixed` counts have no noise: a cell by its name at 4095 is shorted, at 0 open, between them stuck.
    """

    def __init__(
        self,
        loaded: bool = False,
        fixed: Mapping[str, int] | None = None,
        *,
        noise: float = 1.0,
        gravity_ug: int = 1_003_000,
        acc_ug: int = ACC_UG,
        turn_ddps: int = 3_000,
    ):
        rng = np.random.default_rng(5)
        slots = np.zeros(BLOCK, SLOT)
        level = np.array(LOADED if loaded else [3] * 16)
        counts = np.rint(level + noise * rng.standard_normal((BLOCK, 16)))
        for name, count in (fixed or {}).items():
            counts[:, NAMES.index(name)] = count
        slots["cells"] = np.clip(counts, 0, 4095)
        rest = np.array((12_000, -8_000, gravity_ug, turn_ddps, -2_000, 1_000))
        spread = np.array([acc_ug] * 3 + [RATE_DDPS] * 3)
        slots["imu"] = np.rint(rest + spread * rng.standard_normal((BLOCK, 6)))
        self._bytes = slots.tobytes() * 2

    def slots(self, first: int, n: int) -> bytes:
        at = first % BLOCK * SLOT.itemsize
        return self._bytes[at : at + n * SLOT.itemsize]
