# SPDX-License-Identifier: MIT
"""Packed samples: CPython, bytecode and machine code write the same bits, and numpy reads every count back."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from array import array
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import prefix_model
from offboard import firmware
from packing import Walk, foot_imu, insole_walk, log_walk, waist_imu
from surefoot import prefix, unframe, unpack, wire
from surefoot.decode import decode

KINDS = (unpack.PACK, unpack.MORE)
WORST = firmware("store").WORST

# Runs on MicroPython, beside the staged firmware: counts in, the bits of pack.py and of its fast twin out.
DEVICE = """
import binascii, json, sys
from array import array
import fastpack, pack, slowpack
from prefix import codes
from store import WORST
fastpack.lend(codes())
slowpack.lend(codes())

def answers(module, case):
    out = bytearray(b"\\xa5" * (len(case["rows"]) * WORST + 64))
    state = pack.coder(case["channels"], case["bits"])
    ends = [case["at"]]
    for k, row in enumerate(case["rows"]):
        values = array("H", row)
        if case["bits"] == 16:
            values = bytearray(2 * len(row))
            for i in range(len(row)):
                values[2 * i] = row[i] & 0xFF
                values[2 * i + 1] = row[i] >> 8
        if k % case["again"] == 0:
            pack.choose(state)
        code = module.verbatim if k % case["again"] == 0 else module.encode
        ends.append(code(values, state, out, ends[-1]))
    return [ends, binascii.hexlify(out[: (ends[-1] + 7) // 8]).decode(), list(state)]

with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps([[answers(slowpack, case), answers(fastpack, case)] for case in cases]))
"""

# Costs: repeated records of a walk through both codings, microseconds each.
COST = """
import json, sys, time
from array import array
import fastpack, pack, slowpack
from prefix import codes
fastpack.lend(codes())
slowpack.lend(codes())
cells = [array("H", row) for row in json.load(open("cells.json"))]
imu = [bytes(row) for row in json.load(open("imu.json"))]
out = bytearray(20000)
told = {}
for name, module, times in (("bytecode", slowpack, 10), ("viper", fastpack, 100)):
    for what, rows, state in (("cells", cells, pack.coder(16, 12)), ("imu", imu, pack.coder(6, 16))):
        module.verbatim(rows[0], state, out, 0)
        best = 1 << 29
        for _ in range(7):
            began = time.ticks_us()
            for _ in range(times):
                for row in rows:
                    module.encode(row, state, out, 5)
            best = min(best, time.ticks_diff(time.ticks_us(), began))
        told[name + " " + what] = best / (times * len(rows))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def pack() -> ModuleType:
    """firmware/pack.py in CPython."""
    firmware("slowpack").lend(prefix.codes())
    return firmware("pack")


def write(pack: ModuleType, case: dict[str, Any]) -> list[Any]:
    """What the device answers, from CPython."""
    slow = firmware("slowpack")
    out = bytearray(b"\xa5" * (len(case["rows"]) * WORST + 64))
    state = pack.coder(case["channels"], case["bits"])
    ends = [case["at"]]
    for k, row in enumerate(case["rows"]):
        values = array("H", row) if case["bits"] == 12 else array("H", row).tobytes()
        if k % case["again"] == 0:
            pack.choose(state)
        code = slow.verbatim if k % case["again"] == 0 else slow.encode
        ends.append(code(values, state, out, ends[-1]))
    return [ends, out[: (ends[-1] + 7) // 8].hex(), list(state)]


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    bits, channels = draw(st.sampled_from([(12, 16), (16, 6)]))
    top = (1 << bits) - 1
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kind = draw(st.sampled_from(["constant", "extremes", "noise", "walk", "given"]))
    if kind == "constant":
        rows = np.full((n, channels), draw(st.integers(0, top)))
    elif kind == "extremes":
        rows = rng.choice([0, 1, top - 1, top, top // 2, top // 2 + 1], (n, channels))
    elif kind == "noise":
        rows = rng.integers(0, top + 1, (n, channels))
    elif kind == "walk":
        size = draw(st.sampled_from([1, 4, 40, 700]))
        rows = np.cumsum(rng.normal(0, size, (n, channels)), 0).astype(int) + top // 2
        rows = np.clip(rows, 0, top) if bits == 12 else rows & top
    else:
        one = st.lists(st.integers(0, top), min_size=channels, max_size=channels)
        rows = np.array(draw(st.lists(one, min_size=1, max_size=6)))
    again = draw(st.sampled_from([1, 3, 10**6]))
    return {"bits": bits, "channels": channels, "rows": rows.tolist(), "at": draw(st.integers(0, 9)), "again": again}


def frame(case: dict[str, Any], bits: str, mark: int = 0, n: int | None = None) -> bytes:
    stream = wire.CELLS if case["bits"] == 12 else wire.IMU
    n = len(case["rows"]) if n is None else n
    return wire.build(wire.KINDS["PACK"], stream, (0, 0, n), bytes([mark]) + bytes.fromhex(bits), wire.SEED)


def counts_of(case: dict[str, Any], data: bytes) -> np.ndarray:
    return decode(data).samples["cells" if case["bits"] == 12 else "imu"].counts


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example, HealthCheck.too_slow],
)
@given(cases=st.lists(records(), min_size=20, max_size=40))
def test_three_implementations_agree_bit_for_bit(
    micropython: list[str], staged: Path, pack: ModuleType, cases: list[dict[str, Any]]
) -> None:
    (staged / "cases.json").write_text(json.dumps(cases))
    (staged / "device_side.py").write_text(DEVICE)
    command = [*micropython, "-X", "heapsize=16M", "device_side.py", "cases.json"]
    answer = subprocess.run(command, cwd=staged, capture_output=True, text=True, timeout=60)
    assert answer.stdout.startswith("["), answer.stdout + answer.stderr
    for case, (bytecode, viper) in zip(cases, json.loads(answer.stdout), strict=True):
        expected = write(pack, case)
        assert bytecode == expected
        assert viper == expected


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=records())
@example({"bits": 16, "channels": 6, "rows": [[0] * 6, [32768] * 6, [32767] * 6, [0] * 6], "at": 0, "again": 9})
@example({"bits": 12, "channels": 16, "rows": [[0, 4095] * 8, [4095, 0] * 8] * 20, "at": 0, "again": 99})
def test_every_count_comes_back_and_no_record_is_longer_than_promised(pack: ModuleType, case: dict[str, Any]) -> None:
    slow = firmware("slowpack")
    for second in (0, 0b101010, 0b111111):
        if second and case["bits"] == 12:
            continue
        state = pack.coder(case["channels"], case["bits"])
        out = bytearray(len(case["rows"]) * WORST + 64)
        at = 0
        if case["bits"] == 16:
            out[0] = second
            at = 8
            state[pack.SECOND] = second
        for k, row in enumerate(case["rows"]):
            values = array("H", row) if case["bits"] == 12 else array("H", row).tobytes()
            end = (slow.encode if k else slow.verbatim)(values, state, out, at)
            assert end - at <= (26 if case["bits"] == 16 else 23) * case["channels"] <= 8 * WORST
            at = end
        rows = np.array(case["rows"], np.uint16)
        got = counts_of(case, frame(case, out[: (at + 7) // 8].hex()))
        np.testing.assert_array_equal(got, rows if case["bits"] == 12 else rows.view(np.int16))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.integers(1, 3),
            st.integers(0, 255),
            st.integers(0, 255),
            st.binary(max_size=240),
        ),
        max_size=20,
    )
)
def test_nonsense_with_a_right_checksum_never_raises(parts: list[tuple[int, int, int, int, bytes]]) -> None:
    data = b""
    for kind, stream, index, n, body in parts:
        values = (index, 0, n) if kind == wire.KINDS["PACK"] else (index, n)
        data += wire.build(kind, stream, values, body, wire.SEED)
    got = decode(data)
    for samples in got.samples.values():
        assert len(samples.counts) == len(samples.index) <= 255 * len(parts)
    assert (got.samples["cells"].counts <= 4095).all()


@pytest.mark.parametrize("change", ["longer", "shorter", "more", "none"])
def test_a_frame_whose_bits_do_not_add_up_is_left_out(pack: ModuleType, change: str) -> None:
    rng = np.random.default_rng(3)
    rows = np.cumsum(rng.integers(-9, 10, (12, 16)), 0) + 2000
    case = {"bits": 12, "channels": 16, "rows": rows.tolist(), "at": 0, "again": 99}
    _, bits, _ = write(pack, case)
    n = len(rows) + {"more": 1, "none": -12}.get(change, 0)
    body = bits[:-8] if change == "shorter" else bits + "00" * 60 * (change == "longer")
    data = frame(case, body, n=n)
    got = decode(data)
    assert got.bad_frames == 1
    assert len(got.samples["cells"].counts) == 0


def test_a_code_is_complete_and_close_to_the_best_of_its_model() -> None:
    lengths = np.array([code >> 12 for code in prefix.codes()]).reshape(prefix.ROWS, prefix.SYMBOLS)
    used = lengths.any(axis=1)
    assert lengths.max() == prefix.LONGEST
    assert (np.where(lengths > 0, 0.5**lengths, 0)[used].sum(axis=1) == 1).all()
    odds = prefix_model.rows()
    assert ((odds > 0) == (lengths > 0)).all()
    best = np.array([prefix_model.huffman(row) for row in odds])
    assert (odds * lengths).sum() <= 1.001 * (odds * best).sum()


def speed(rows_of: dict[tuple[int, int], list[tuple[np.ndarray, np.ndarray]]], times: int) -> float:
    began = time.perf_counter()
    for stream in (wire.CELLS, wire.IMU):
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        for kind in KINDS:
            for rows, order in rows_of.get((kind, stream), []):
                many = np.tile(order, times) + np.repeat(np.arange(times) * 10**6, len(order))
                parts.append((np.tile(rows, (times, 1)), many))
        got = unpack.runs(wire.STREAMS[stream], parts)
        assert not len(got.bad)
    return time.perf_counter() - began


def test_an_hour_is_unpacked_in_well_under_a_second_and_a_half(
    micropython: list[str], staged: Path, shared_data: Path
) -> None:
    walk = insole_walk(shared_data, 100)
    log = log_walk(micropython, staged, walk)
    rows_of: dict[tuple[int, int], list[tuple[np.ndarray, np.ndarray]]] = {}
    for batch in unframe.batches(np.frombuffer(log.data, np.uint8), wire.SEED):
        for kind, stream in {(int(row[0]), int(row[1])) for row in batch.rows if row[0] in KINDS}:
            mine = (batch.rows[:, 0] == kind) & (batch.rows[:, 1] == stream)
            rows_of.setdefault((kind, stream), []).append((batch.rows[mine], batch.order[mine]))
    taken = min(speed(rows_of, 360_000 // len(walk.cells)) for _ in range(2))
    print(f"an hour at 100 Hz unpacked in {taken:.2f} s")
    assert taken < 1.2


def _twice(walk: Walk, imu: np.ndarray) -> Walk:
    """The walk with another IMU recording, as long as the shorter."""
    n = min(len(walk.cells), len(imu))
    return Walk(walk.cells[:n], imu[:n])


@pytest.mark.parametrize("odd", [0, 1], ids=["odd", "even"])
@pytest.mark.parametrize(("rate_hz", "bar"), [(100, 1.5), (200, 1.8)])
def test_a_walk_takes_this_much_less(
    micropython: list[str], staged: Path, shared_data: Path, rate_hz: int, bar: float, odd: int
) -> None:
    """Against 24 + 12 bytes a sample; frames, page padding, sector heads and STATUS included."""
    walk = insole_walk(shared_data, rate_hz, odd, odd, seed=odd)
    log = log_walk(micropython, staged, walk, rate_hz)
    got = decode(log.data)
    np.testing.assert_array_equal(got.samples["cells"].counts, walk.cells)
    np.testing.assert_array_equal(got.samples["imu"].counts, walk.imu)
    print(f"insole walk, {'even' if odd else 'odd'} cells, {rate_hz} Hz: {log.ratio():.3f}")
    assert log.ratio() >= bar


def test_other_imus_beside_the_same_feet(micropython: list[str], staged: Path, shared_data: Path) -> None:
    """No bar: a shoe that hits the ground at 4 g holds more news than a trunk."""
    slow, quick = insole_walk(shared_data, 100), insole_walk(shared_data, 200)
    foot = [foot_imu(shared_data, side) for side in (0, 1)]
    for name, walk, rate_hz in (
        ("waist", _twice(slow, waist_imu(shared_data, False)[2000:]), 100),
        ("waist", _twice(quick, waist_imu(shared_data, True)[4000:]), 200),
        ("left foot", _twice(quick, foot[0][1000:]), 200),
        ("right foot", _twice(quick, foot[1][1000:]), 200),
        ("left foot, every second sample", _twice(slow, foot[0][1000::2]), 100),
    ):
        log = log_walk(micropython, staged, walk, rate_hz)
        got = decode(log.data)
        np.testing.assert_array_equal(got.samples["imu"].counts, walk.imu)
        print(f"IMU at the {name}, {rate_hz} Hz: {log.ratio():.3f}")
        assert log.ratio() > 1.3


def test_what_a_record_costs(micropython: list[str], staged: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(staged, tmp_path / "device")
    rng = np.random.default_rng(1)
    t = np.arange(60)[:, None]
    cells = np.clip(3000 * np.sin(t / 9 + np.arange(16)) + rng.normal(0, 1, (60, 16)), 0, 4095).astype("<u2")
    imu = (5000 * np.sin(t / 7 + np.arange(6)) + rng.normal(0, 30, (60, 6))).astype("<i2")
    (folder / "cells.json").write_text(json.dumps(cells.tolist()))
    (folder / "imu.json").write_text(json.dumps([list(row.tobytes()) for row in imu]))
    (folder / "cost.py").write_text(COST)
    command = [*micropython, "-X", "heapsize=1M", "cost.py"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    told = json.loads(answer.stdout)
    for name, us in told.items():
        print(f"{name}: {us:.2f} us a record here, {us * 25:.0f} to {us * 45:.0f} us on an ESP32 (estimate)")
    # Both streams of one tick, by the larger estimate, within a fifth of the shortest period: room for a busy machine.
    assert (told["viper cells"] + told["viper imu"]) * 45 < 1000
