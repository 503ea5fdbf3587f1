# SPDX-License-Identifier: MIT
"""A recording in SI as the systems that tracked it: a waist sensor and an insole in each shoe, on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...cells import CELLS_PER_FOOT
from ...clinic.store.values import StoreError
from ...device import clock
from .values import Mark, Motion, System

if TYPE_CHECKING:
    from ...decode import Decoded
    from ...signals import Signals

IMU, LEFT, RIGHT = "imu", "insoleL", "insoleR"
AXES = ("right", "forward", "up")
ACCELERATION, TURNING, FORCE = "m/s2", "deg/s", "N"
CELL = "MISC"  # BIDS has no type for a force
COMPONENT = {"right": "x", "forward": "y", "up": "z"}


def motion_of(decoded: Decoded, signals: Signals) -> Motion:
    """The systems of which anything arrived, and the marks of the stream. Raises StoreError where there is nothing."""
    rows = len(signals.t_s)
    systems = []
    if not signals.lost_imu.all():
        names = [f"{what}_{axis}" for what in ("acc", "gyr") for axis in AXES]
        values = np.column_stack((signals.acc_ms2, signals.gyr_dps))
        kinds, units = ("ACCEL",) * 3 + ("GYRO",) * 3, (ACCELERATION,) * 3 + (TURNING,) * 3
        points, axes = ("LowerBack",) * 6, tuple(COMPONENT[axis] for axis in AXES) * 2
        systems.append(_system(IMU, names, kinds, axes, points, units, values))
    for foot, (name, side) in enumerate(((LEFT, "Left"), (RIGHT, "Right"))):
        values = signals.cell_force_n[:, foot * CELLS_PER_FOOT : (foot + 1) * CELLS_PER_FOOT].astype(float)
        if np.isfinite(values).any():
            count = CELLS_PER_FOOT
            names = [f"{side[0]}{k + 1}_force" for k in range(count)]
            nothing = ("n/a",) * count
            points, units = (f"{side}Sole",) * count, (FORCE,) * count
            systems.append(_system(name, names, (CELL,) * count, nothing, points, units, values))
    if not systems:
        raise StoreError("A recording holds no sample that arrived: void it, or leave its person out.")
    device, firmware = (str(decoded.config.get(key, "unknown")) for key in ("id", "fw"))
    return Motion(signals.rate_hz, rows, tuple(systems), _marks(decoded, signals), signals.nominal, device, firmware)


def _system(
    name: str,
    names: Sequence[str],
    kinds: Sequence[str],
    components: Sequence[str],
    points: Sequence[str],
    units: Sequence[str],
    values: np.ndarray,
) -> System:
    lost = np.asarray(np.isnan(values).all(axis=1))
    return System(
        name, tuple(names), tuple(kinds), tuple(components), tuple(points), tuple(units), values, int(lost.sum()),
        gaps_of(lost),
    )  # fmt: skip


def gaps_of(lost: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Runs of rows that are lost: (first, how many)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], lost, [False])).astype(np.int8)))
    return tuple((int(begin), int(end - begin)) for begin, end in zip(edges[::2], edges[1::2], strict=True))


def _marks(decoded: Decoded, signals: Signals) -> tuple[Mark, ...]:
    """What the board marked and faulted, and the cues that the host gave where its clock is known."""
    end_s = len(signals.t_s) / signals.rate_hz
    found = [((one.t_us - signals.t0_us) * 1e-6, one.text if one.code == "mark" else one.code)
             for one in decoded.events if one.code in ("mark", "fault")]  # fmt: skip
    made = clock.usable(decoded.pings)[0]
    for note in decoded.notes:
        if made is not None and note.get("note") == "cue" and "t_host_s" in note:
            at_us = float(made.to_device_us(float(note["t_host_s"])))
            found.append(((at_us - signals.t0_us) * 1e-6, f"cue {note.get('cue', '')}".strip()))
    return tuple(Mark(at, text) for at, text in sorted(found) if 0 <= at < end_s)
