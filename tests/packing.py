# SPDX-License-Identifier: MIT
"""Walks as counts of our board, and the logger as flashed writing them to a store in memory, in a real MicroPython.

Counts from the maker's insoles (shared data, `insole-walk`): every second of his sixteen pressures on a cell's puck
through our cell law, rounded to 12 bits, with 1 LSB rms of noise from the chain. At 200 Hz his 100 Hz pressures are
interpolated between samples by monotone cubics (a pressure neither rings nor falls below zero), the IMU by cubic
splines, and noise is added afresh at 200 Hz: the chain's 1 LSB, and for the IMU 70 ug and 3.8 mdps a root hertz over
100 Hz. His pressures come in steps of 0.25 N/cm2, a hundred counts and more at light load: his rounding is in our
counts as if feet did that.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from surefoot.resources import data_dir

PAGE = 256
ACC_LSB_G, GYRO_LSB_DPS = 122e-6, 17.5e-3  # of the default ranges, 4 g and 500 dps
ACC_NOISE, GYRO_NOISE = 70e-6 * 10 / ACC_LSB_G, 3.8e-3 * 10 / GYRO_LSB_DPS  # LSB rms over 100 Hz
GRAVITY = 9.81

Ints = npt.NDArray[Any]


class Walk(NamedTuple):
    """Counts of the cells [n,16] and of the IMU [m,6]."""

    cells: Ints
    imu: Ints


def _rounded(counts: npt.NDArray[Any], low: int, high: int, kind: str) -> Ints:
    return np.clip(np.rint(counts), low, high).astype(kind)


def _law(force_n: npt.NDArray[Any]) -> npt.NDArray[Any]:
    with (data_dir("hardware") / "cells.toml").open("rb") as file:
        law = tomllib.load(file)["electrical"]
    pressed = np.minimum(force_n, law["limit_n"]) / law["gain_n_per_siemens_exp"]
    g_rm = pressed ** (1 / law["exponent"]) * law["rm_ohm"]
    return law["full_count"] * g_rm / (1 + g_rm)


def imu_counts(acc_g: npt.NDArray[Any], gyro_dps: npt.NDArray[Any], twice: bool, seed: int = 0) -> Ints:
    """int16 [n,6]; `twice`: at twice the rate of the given, with fresh noise."""
    from scipy.interpolate import CubicSpline

    out = np.concatenate([acc_g / ACC_LSB_G, gyro_dps / GYRO_LSB_DPS], 1)
    if twice:
        out = CubicSpline(np.arange(len(out)), out)(np.arange(2 * len(out) - 1) / 2)
        noise = np.random.default_rng(seed).normal(size=out.shape)
        out = out + noise * ([ACC_NOISE] * 3 + [GYRO_NOISE] * 3)
    return _rounded(out, -32768, 32767, "<i2")


def insole_walk(data: Path, rate_hz: int, odd: int = 0, side: int = 0, seed: int = 0) -> Walk:
    """The maker's walk as ours; `odd` picks which eight cells, `side` whose IMU."""
    from scipy.interpolate import PchipInterpolator

    lines = (data / "insole-walk" / "normal.txt").read_text().splitlines()
    rows = [line.split("\t")[:51] for line in lines if line and not line.startswith("#")]
    whole = [[float(cell) for cell in row] for row in rows if len(row) == 51 and all(cell.strip() for cell in row)]
    table = np.array(whole)
    pressure = np.concatenate([table[:, 1 + odd : 17 : 2], table[:, 26 + odd : 42 : 2]], 1)
    if rate_hz == 200:
        pressure = PchipInterpolator(np.arange(len(table)), pressure)(np.arange(2 * len(table) - 1) / 2)
    cells = _law(pressure * np.pi * 1.5**2)
    cells = _rounded(cells + np.random.default_rng(seed).normal(size=cells.shape), 0, 4095, "<u2")
    at = 17 + 25 * side
    return Walk(cells, imu_counts(table[:, at : at + 3], table[:, at + 3 : at + 6], rate_hz == 200, seed))


def foot_imu(data: Path, side: int) -> Ints:
    """IMU counts on a foot at 204.8 Hz as recorded; beyond 4 g they saturate, as on our board."""
    rows = np.genfromtxt(data / "foot-imu-walk" / "imu_sample.csv", delimiter=",", skip_header=2)[:, 1:]
    one = rows[np.isfinite(rows).all(1)][:, side::2]
    return imu_counts(one[:, :3] / GRAVITY, one[:, 3:], False)


def waist_imu(data: Path, twice: bool) -> Ints:
    rows = np.genfromtxt(data / "waist-imu" / "daily-activity.csv", delimiter=",", skip_header=1)
    return imu_counts(rows[:, 1:4], rows[:, 4:7], twice)


# Runs beside the staged firmware: case file in, the log's bytes out, with what the proofs ask for on standard output.
DEVICE = """
import gc, json, micropython, struct, sys
from array import array
with open(sys.argv[1]) as file:
    case = json.load(file)
if case["slow"]:
    open("fast.py", "w").close()  # nothing to import from it
    open("fastpack.py", "w").close()
import wire
from logger import Logger
from packstream import PackStream
from prefix import codes
from store import WORST
STATUS, END = wire.layout_of(4), wire.layout_of(8)

class Dev:
    sector_bytes = 4096

class Store:
    page_bytes = 256
    dev = Dev
    pages = Dev.sector_bytes // 256
    def __init__(self):
        self.bytes = bytearray(256 * case["pages"])
        self.sizes = array("H", [0] * case["pages"])
        self.n = self.calls = self.bad = self.clean = 0
        self.buffers = [bytearray(256) for _ in range(6)]
        self.raws = [bytearray(256 + 2 * WORST) for _ in range(2)]
        self.codes = codes()
    def write(self, data):
        while data:
            piece = data[: self.room()]
            if not self.append(piece, len(piece)):
                return False
            data = data[len(piece) :]
        self.bad = 0
        return True
    @property
    def index(self):
        return self.n % 16 or 16
    def free_bytes(self):
        left = case["pages"] - self.n
        return 256 * left - 30 * (left // 16)
    def room(self):
        return 0 if self.n == case["pages"] else 226 if self.n % 16 == 0 else 256
    def append(self, buf, n):
        if not self.room():
            return False
        self.calls += 1
        if not 0 < n <= self.room() or buf[n - 1]:
            self.bad += 1
        at = 256 * self.n
        self.n += 1
        if self.calls in case["fail"]:
            for i in range(n // 2):
                self.bytes[at + i] = buf[i]  # torn
            self.sizes[self.n - 1] = n // 2
            raise OSError(5)
        for i in range(n):
            self.bytes[at + i] = buf[i]
        self.sizes[self.n - 1] = n
        return True

class Clock:
    wraps = 0
    def now(self):
        return 77

store = Store()
gc.collect()
before = gc.mem_free()
logger = Logger(store, Clock())
cells = PackStream(logger, 1)
motion = PackStream(logger, 2)
gc.collect()
after = gc.mem_free()
status = bytearray(struct.calcsize(STATUS) + 3)
if not store.write(wire.schema_frame() + wire.build(2, 0, (), b'{"streaming":true}' + b" " * 420, wire.SEED)):
    raise OSError("the log is full before it begins: erase another first")
start = store.n
with open(case["cells"], "rb") as file:
    counts = memoryview(file.read())
with open(case["imu"], "rb") as file:
    motions = memoryview(file.read())
many, several = len(counts) // 32, len(motions) // 12
values = array("H", [0] * 16)
record = bytearray(12)
four = bytearray(4)
flags = bytearray(1)
programs = taken = 0
def count_at(k, i):
    return counts[32 * k + 2 * i] | counts[32 * k + 2 * i + 1] << 8

def tick(k, most):
    global programs, taken
    for i in range(16):
        values[i] = count_at(k, i)
    if k in gaps:
        cells.gap(3, 2)
        motion.gap(2, 3)
    cells.t = (cells.index * case["period"]) & 0x3FFFFFFF
    if not cells.n:
        cells.open(cells.t)
    cells.record(values)
    while taken < several and taken < most:
        m = taken
        taken += 1
        for i in range(12):
            record[i] = motions[12 * m + i]
        struct.pack_into("<I", four, 0, motion.index * 384)
        motion.open(0)
        motion.stamp(four)
        motion.record(record)
    if k % case["rate"] == case["rate"] - 1:
        struct.pack_into(STATUS, status, 0, 4, 0, k, 0, k, k, k, k, 0, 0, 30000, k & 255, 0, 0, 768, 0, 0,
            3700, 300, 0)
        logger.queue(status, len(status) - 3, 0, 0, 0)
    if k in marks:
        struct.pack_into("<BBIB", event, 0, 7, 0, k, 0)
        logger.queue(event, 200, 0, 0, 0)
    calls = store.calls
    logger.pump()
    programs = max(programs, store.calls - calls)

marks = case["marks"]
gaps = case["gaps"]
event = bytearray(b"x" * 213)
gc.collect()
gc.disable()
if case["lock"]:
    micropython.heap_lock()
free = gc.mem_free()
k = 0
while k < many and not logger.full:
    tick(k, (k + 1) * case["odr"] // case["rate"])
    k += 1
spent = free - gc.mem_free()
if case["lock"]:
    micropython.heap_unlock()
struct.pack_into(END, status, 0, 8, 0, 5, 0, cells.index, motion.index, logger.frames, logger.dropped,
    3 if logger.full else 0)
logger.queue(status, struct.calcsize(END), 0, 0, 0)
logger.drain()
with open(case["out"], "wb") as file:
    for p in range(store.n):
        file.write(memoryview(store.bytes)[256 * p : 256 * p + store.sizes[p]])
print(json.dumps({"pages": store.n, "sizes": list(store.sizes[: store.n]), "cells": cells.index, "imu": motion.index,
    "bad": store.bad, "programs": programs, "spent": spent, "full": logger.full, "dropped": logger.dropped,
    "errors": logger.errors, "start": start, "memory": before - after}))
"""


class Log(NamedTuple):
    """A log as a store keeps it: its pages without their empty rests, and what the device told."""

    pages: list[bytes]
    told: dict[str, Any]

    @property
    def data(self) -> bytes:
        return b"".join(self.pages)

    def ratio(self) -> float:
        """Plain packed bytes of its samples over the flash they take, status frames and all, but for SCHEMA and CONFIG
        at its beginning and the two or three pages that are cut short at its end."""
        whole = self.told["pages"] - self.told["start"] - 1.5
        return (24 * self.told["cells"] + 12 * self.told["imu"]) / (PAGE * whole)


def log_walk(micropython: list[str], staged: Path, walk: Walk, rate_hz: int = 100, **options: Any) -> Log:
    """The walk through the logger as flashed, under a locked heap. Options: `gaps` before these ticks, an EVENT of 200
    bytes at each tick of `marks`, calls of append that `fail`, `pages` there are, `slow` for bytecode, `lock`."""
    (staged / "cells.bin").write_bytes(walk.cells.astype("<u2").tobytes())
    (staged / "imu.bin").write_bytes(walk.imu.astype("<i2").tobytes())
    case = {"cells": "cells.bin", "imu": "imu.bin", "out": "log.bin", "rate": rate_hz, "odr": 104 * rate_hz // 100}
    case |= {"period": 1_000_000 // rate_hz, "pages": 4000, "gaps": [], "marks": [], "fail": [], "lock": True}
    (staged / "case.json").write_text(json.dumps({**case, "slow": False, **options}))
    (staged / "device_side.py").write_text(DEVICE)
    command = [*micropython, "-X", "heapsize=16M", "device_side.py", "case.json"]
    answer = subprocess.run(command, cwd=staged, capture_output=True, text=True, timeout=120)
    assert answer.stdout.startswith("{"), answer.stdout + answer.stderr
    told = json.loads(answer.stdout)
    data = (staged / "log.bin").read_bytes()
    ends = np.cumsum(told["sizes"]).tolist()
    return Log([data[end - size : end] for size, end in zip(told["sizes"], ends, strict=True)], told)
