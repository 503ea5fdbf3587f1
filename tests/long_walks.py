# SPDX-License-Identifier: MIT
"""Long walks as our own board writes them, made block by block, so that a day takes no more memory than a minute."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

import bench
from streams import CONFIG, status
from surefoot import nominal_calibration, wire
from surefoot.calibration_law import counts_of
from surefoot.device.virtual.walkers import WalkArrays, walk_chunks
from surefoot.physics import GRAVITY_MS2
from surefoot.recording import MAGIC, note_frame

HZ, IMU_HZ, PER_FRAME = 100, 104, 2
LSB = np.repeat((CONFIG["acc_lsb_ug"] * 1e-6 * GRAVITY_MS2, CONFIG["gyro_lsb_udps"] * 1e-6), 3)
Lost = Callable[[int], bool]


def packed(cell_n: np.ndarray, record) -> np.ndarray:
    """Cell forces [n,16] as the board packs their counts, uint8[n,24]."""
    counts = np.rint(np.clip(counts_of(cell_n, record), 0, 4095)).astype(np.uint16)
    low, high = counts[:, 0::2], counts[:, 1::2]
    out = np.empty((len(counts), 24), np.uint8)
    out[:, 0::3], out[:, 1::3], out[:, 2::3] = low & 0xFF, low >> 8 | (high & 0xF) << 4, high >> 4
    return out


def seconds_of(blocks: Iterable[WalkArrays]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cells uint8[100,24] and counts of the waist's IMU int16[104,6] of each second, of walks at 100 Hz."""
    record = nominal_calibration()
    cells, motion, done = np.empty((0, 24), np.uint8), np.empty((0, 6)), 0
    for block in blocks:
        cells = np.concatenate((cells, packed(np.nan_to_num(block.cell_force_n), record)))
        motion = np.concatenate((motion, np.column_stack((block.acc_ms2, block.gyr_dps)) / LSB))
        whole = (len(motion) - 1) // HZ
        at = np.arange(whole * IMU_HZ) * (HZ / IMU_HZ)
        low = at.astype(int)
        part = (at - low)[:, None]
        imu = np.clip(np.rint(motion[low] * (1 - part) + motion[low + 1] * part), -32768, 32767).astype("<i2")
        for second in range(whole):
            yield cells[second * HZ : (second + 1) * HZ], imu[second * IMU_HZ : (second + 1) * IMU_HZ]
        cells, motion, done = cells[whole * HZ :], motion[whole * HZ :], done + whole


def write(path: Path, blocks: Iterable[WalkArrays], lost: Lost = lambda second: False, start_s: float = 5.0) -> Path:
    """A recording of a walk at 100 Hz with its waist's IMU at 104 Hz; the samples of `lost` seconds never arrive."""
    config = wire.build(wire.KINDS["CONFIG"], 0, (), json.dumps({**CONFIG, "utc_ms": 1.7e12}).encode(), wire.SEED)
    start_us = round(start_s * 1e6)
    with path.open("wb") as file:
        file.write(MAGIC + note_frame("head", {"format": 1, "log": 7}) + wire.schema_frame() + config)
        for s, (cells, imu) in enumerate(seconds_of(blocks)):
            now_us = start_us + s * 1_000_000
            at_us = (now_us + np.arange(0, HZ, PER_FRAME) * 10_000) % wire.TICK_WRAP
            tick = s * 40_000 + np.rint(np.arange(0, IMU_HZ, PER_FRAME) * (40_000 / IMU_HZ)).astype(np.int64)
            first = bench.data_frames(wire.CELLS, at_us, cells.reshape(-1, PER_FRAME, 24), s * HZ)
            records = np.ascontiguousarray(imu).view(np.uint8).reshape(-1, PER_FRAME, 12)
            second = bench.data_frames(wire.IMU, tick % 2**32, records, s * IMU_HZ)
            if not lost(s):
                file.write(first.tobytes() + second.tobytes())
            end_us = now_us + 1_000_000
            file.write(status(end_us, (s + 1) * 40_000, (s + 1) * HZ, (s + 1) * IMU_HZ))
    return path


if __name__ == "__main__":
    write(Path(sys.argv[1]), walk_chunks(sys.argv[2], int(sys.argv[3]), float(HZ), float(sys.argv[4])))
