# SPDX-License-Identifier: MIT
"""`make bench`: an hour at 100 Hz from bytes to SI columns. Times are this machine's; the ratios are the point."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from streams import CONFIG, status
from surefoot import unframe, wire
from surefoot.recording import MAGIC, note_frame

HOUR_S = 3600
PER_FRAME = 2  # live frames at 100 Hz: the most frames there are


def encode_rows(rows: np.ndarray) -> np.ndarray:
    """COBS of uint8[k, n < 254] with its delimiter, many rows at once."""
    count, length = rows.shape
    padded = np.zeros((count, length + 1), np.uint8)
    padded[:, :length] = rows
    place = np.where(padded == 0, np.arange(length + 1), length + 1)
    following = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    out = np.zeros((count, length + 2), np.uint8)
    out[:, 0] = following[:, 0] + 1
    body = np.where(rows == 0, following[:, 1:] - np.arange(length), rows)
    out[:, 1 : length + 1] = body
    return out


def data_frames(stream: int, ticks: np.ndarray, records: np.ndarray, first: int = 0) -> np.ndarray:
    """DATA frames uint8[k, size] of records uint8[k, n, bytes] whose first samples carry `ticks`; samples are numbered
    from `first`."""
    count, n, size = records.shape
    raw = np.zeros((count, 11 + n * size + 3), np.uint8)
    raw[:, 0], raw[:, 1], raw[:, 10] = wire.KINDS["DATA"], stream, n
    raw[:, 2:6] = (first + np.arange(count) * n).astype("<u4")[:, None].view(np.uint8)
    raw[:, 6:10] = ticks.astype("<u4")[:, None].view(np.uint8)
    raw[:, 11:-3] = records.reshape(count, -1)
    crc = unframe.crc24_rows(raw[:, :-3], np.full(count, wire.SEED, np.uint32))
    for k in range(3):
        raw[:, -3 + k] = crc >> 8 * k & 0xFF
    return encode_rows(raw)


def hour(path: Path) -> None:
    """Write an hour of a person standing, as a live recording at 100 Hz would be."""
    rng = np.random.default_rng(0)
    frames = HOUR_S * 100 // PER_FRAME
    load = 1200 + 300 * np.sin(np.arange(HOUR_S * 100) / 400)[:, None] + rng.normal(0, 3, (HOUR_S * 100, 16))
    cells = np.clip(load, 0, 4095).astype(np.uint16)
    packed = np.empty((len(cells), 24), np.uint8)
    low, high = cells[:, 0::2], cells[:, 1::2]
    packed[:, 0::3], packed[:, 1::3], packed[:, 2::3] = low & 0xFF, low >> 8 | (high & 0xF) << 4, high >> 4
    at_us = np.arange(frames) * 20_000 % wire.TICK_WRAP
    first = data_frames(wire.CELLS, at_us, packed.reshape(frames, PER_FRAME, 24))
    imu_frames = HOUR_S * 104 // PER_FRAME
    imu = rng.normal(0, 30, (imu_frames * PER_FRAME, 6)).astype("<i2")
    imu[:, 2] += 8192
    ticks = np.round(np.arange(imu_frames) * PER_FRAME * 40_000 / 104).astype(np.int64)
    second = data_frames(wire.IMU, ticks, imu.view(np.uint8).reshape(imu_frames, PER_FRAME, 12))
    config = wire.build(wire.KINDS["CONFIG"], 0, (), json.dumps(CONFIG).encode(), wire.SEED)
    with open(path, "wb") as file:
        file.write(MAGIC + note_frame("head", {"format": 1, "person": "BENCH"}) + wire.schema_frame() + config)
        for s in range(HOUR_S):
            cut, imu_cut = slice(s * 50, s * 50 + 50), slice(s * 52, s * 52 + 52)
            file.write(first[cut].tobytes() + second[imu_cut].tobytes())
            file.write(status((s + 1) * 1_000_000, (s + 1) * 40_000, s * 100, s * 104))


def measure(path: Path) -> None:
    """Read, check and convert one recording in this process; prints seconds and peak memory."""
    from surefoot import nominal_calibration, read_recording, to_signals

    record = nominal_calibration()
    begin = time.perf_counter()
    decoded = read_recording(path)
    middle = time.perf_counter()
    signals = to_signals(decoded, record)
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = {"decode_s": middle - begin, "si_s": end - middle, "peak_b": peak, "rows": len(signals.t_s)}
    found |= {"lost": {name: s.lost for name, s in decoded.samples.items()}, "bad": decoded.bad_frames}
    print(json.dumps(found))


def run() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hour.sfr"
        # Written in a process of its own: a child's peak memory starts at its parent's.
        subprocess.run([sys.executable, __file__, "write", str(path)], check=True)
        runs = []
        for _ in range(3):
            told = subprocess.run(
                [sys.executable, __file__, "read", str(path)], capture_output=True, text=True, check=True
            )
            runs.append(json.loads(told.stdout))
        best = min(runs, key=lambda found: found["decode_s"] + found["si_s"])
        return {**best, "file_b": path.stat().st_size}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"write": hour, "read": measure}[sys.argv[1]](Path(sys.argv[2]))
    else:
        found = run()
        total = found["decode_s"] + found["si_s"]
        print(f"1 h at 100 Hz, {found['file_b'] / 1e6:.1f} MB, {found['rows']} rows, lost {found['lost']}")
        print(f"decode and check {found['decode_s']:.3f} s, to SI {found['si_s']:.3f} s: {HOUR_S / total:,.0f} x life")
        print(f"peak memory {found['peak_b'] / found['file_b']:.1f} x the file")
