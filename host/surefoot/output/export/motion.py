# SPDX-License-Identifier: MIT
"""A recording in SI as the systems that tracked it: a waist sensor and an insole in each shoe, on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...cells import CELLS_PER_FOOT
from ...device import clock
from .values import Mark, Motion, System, Unreadable, blocks

if TYPE_CHECKING:
    from ...decode import Decoded
    from ...signals import Signals

IMU, LEFT, RIGHT = "imu", "insoleL", "insoleR"
AXES = ("right", "forward", "up")
ACCELERATION, TURNING, FORCE = "m/s2", "deg/s", "N"
CELL = "MISC"  # BIDS has no type for a force
COMPONENT = {"right": "x", "forward": "y", "up": "z"}


def motion_of(decoded: Decoded, signals: Signals) -> Motion:
    """The systems of which anything arrived, and the marks of the stream. Raises Unreadable where there is nothing."""
    imu = np.column_stack((signals.acc_ms2, signals.gyr_dps))
    cells = signals.cell_force_n.astype(float)
    systems = systems_of(imu, cells[:, :CELLS_PER_FOOT], cells[:, CELLS_PER_FOOT:])
    rows = len(signals.t_s)
    marks = marks_of(decoded, signals.t0_us, rows / signals.rate_hz)
    return Motion(signals.rate_hz, rows, systems, marks, signals.nominal, *board(decoded))


def systems_of(imu: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[System, ...]:
    """Of waist [n,6] and feet [n,8] those of which anything arrived. Raises Unreadable where there is nothing."""
    systems = []
    names = [f"{what}_{axis}" for what in ("acc", "gyr") for axis in AXES]
    kinds, units = ("ACCEL",) * 3 + ("GYRO",) * 3, (ACCELERATION,) * 3 + (TURNING,) * 3
    axes = tuple(COMPONENT[axis] for axis in AXES) * 2
    systems.append(_system(IMU, names, kinds, axes, ("LowerBack",) * 6, units, imu))
    count = CELLS_PER_FOOT
    for name, side, values in ((LEFT, "Left", left), (RIGHT, "Right", right)):
        names = [f"{side[0]}{k + 1}_force" for k in range(count)]
        points, units = (f"{side}Sole",) * count, (FORCE,) * count
        systems.append(_system(name, names, (CELL,) * count, ("n/a",) * count, points, units, values))
    arrived = tuple(one for one in systems if one.lost < len(one.values))
    if not arrived:
        raise Unreadable("It holds no sample that arrived.")
    return arrived


def board(decoded: Decoded) -> tuple[str, str]:
    """Its id and firmware."""
    device, firmware = (str(decoded.config.get(key, "unknown")) for key in ("id", "fw"))
    return device, firmware


def _system(
    name: str,
    names: Sequence[str],
    kinds: Sequence[str],
    components: Sequence[str],
    points: Sequence[str],
    units: Sequence[str],
    values: np.ndarray,
) -> System:
    lost = np.concatenate([np.isnan(values[rows]).all(axis=1) for rows in blocks(len(values))] or [np.zeros(0, bool)])
    return System(
        name, tuple(names), tuple(kinds), tuple(components), tuple(points), tuple(units), values, int(lost.sum()),
        gaps_of(lost),
    )  # fmt: skip


def gaps_of(lost: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Runs of rows that are lost: (first, how many)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], lost, [False])).astype(np.int8)))
    return tuple((int(begin), int(end - begin)) for begin, end in zip(edges[::2], edges[1::2], strict=True))


def marks_of(decoded: Decoded, t0_us: float, end_s: float) -> tuple[Mark, ...]:
    """What the board marked and faulted, and the cues that the host gave where its clock is known."""
    found = [((one.t_us - t0_us) * 1e-6, one.text if one.code == "mark" else one.code)
             for one in decoded.events if one.code in ("mark", "fault")]  # fmt: skip
    made = clock.usable(decoded.pings)[0]
    for note in decoded.notes:
        if made is not None and note.get("note") == "cue" and "t_host_s" in note:
            at_us = float(made.to_device_us(float(note["t_host_s"])))
            found.append(((at_us - t0_us) * 1e-6, f"cue {note.get('cue', '')}".strip()))
    return tuple(Mark(at, text) for at, text in sorted(found) if 0 <= at < end_s)
