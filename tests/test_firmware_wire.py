# SPDX-License-Identifier: MIT
"""The wire on both sides: CPython, MicroPython bytecode and MicroPython machine code give identical bytes."""

from __future__ import annotations

import json
import struct
import subprocess
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surefoot import wire

# Runs on MicroPython, beside the staged firmware: cases in, the answers of wire.py and of its fast twins out.
DEVICE = """
import binascii, json, sys
from array import array
import fast, wire

def answers(module, case):
    data = binascii.unhexlify(case["data"])
    out = bytearray(wire.encoded_size(len(data)) + case["at"])
    end = module.cobs_into(data, len(data), out, case["at"])
    values = array("H", case["cells"])
    packed = bytearray(case["at"] + 3 * len(values) // 2)
    packed_end = module.pack12(values, len(values), packed, case["at"])
    crc = module.crc24(data, len(data), case["seed"])
    copied = bytearray(case["at"] + len(data))
    fast.copy(data, 0, len(data), copied, case["at"])
    assert copied[case["at"] :] == data and not any(copied[: case["at"]])
    return [crc, end, hexed(out), packed_end, hexed(packed)]

def hexed(data):
    return binascii.hexlify(data).decode()

with open(sys.argv[1]) as file:
    cases = json.load(file)
told = [[answers(wire, case), answers(fast, case)] for case in cases]
slow = [hexed(wire.build(*case["frame"], binascii.unhexlify(case["data"]), wire.SEED)) for case in cases]
wire.crc24 = fast.crc24
quick = [hexed(wire.build(*case["frame"], binascii.unhexlify(case["data"]), wire.SEED)) for case in cases]
print(json.dumps([told, slow, quick, hexed(wire.schema_frame()), wire.SEED]))
"""

RANGES = {"I": (0, 2**32 - 1), "H": (0, 2**16 - 1), "B": (0, 255), "h": (-(2**15), 2**15 - 1)}


@st.composite
def frames(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    kind = draw(st.sampled_from(sorted(wire.LAYOUTS)))
    values = [draw(st.integers(*RANGES[code])) for code in wire.LAYOUTS[kind][3:]]
    return kind, draw(st.integers(0, 255)), values


# Long runs without a zero, and of zeros, are where COBS has its edges.
runs = st.builds(lambda byte, n: bytes([byte]) * n, st.sampled_from([0, 1, 255]), st.integers(0, 300))
data = st.lists(st.one_of(runs, st.binary(max_size=120)), max_size=4).map(b"".join)
cells = st.lists(st.integers(0, 4095), max_size=12).map(lambda values: values + values)
case = st.fixed_dictionaries(
    {"data": data, "at": st.integers(0, 5), "seed": st.integers(0, 2**24 - 1), "cells": cells, "frame": frames()}
)


def ask(micropython: list[str], staged: Path, cases: list[dict[str, Any]]) -> list[Any]:
    text = json.dumps([{**one, "data": one["data"].hex()} for one in cases])
    (staged / "cases.json").write_text(text)
    (staged / "device_side.py").write_text(DEVICE)
    command = [*micropython, "-X", "heapsize=4M", "device_side.py", "cases.json"]
    answer = subprocess.run(command, cwd=staged, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return json.loads(answer.stdout)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example, HealthCheck.too_slow],
)
@given(cases=st.lists(case, min_size=30, max_size=60))
def test_three_implementations_agree_byte_for_byte(
    micropython: list[str], staged: Path, cases: list[dict[str, Any]]
) -> None:
    told, slow, quick, schema, seed = ask(micropython, staged, cases)
    assert (bytes.fromhex(schema), seed) == (wire.schema_frame(), wire.SEED)
    for one, (bytecode, viper), built, built_fast in zip(cases, told, slow, quick, strict=True):
        raw, at, values = one["data"], one["at"], array("H", one["cells"])
        out = bytearray(wire.encoded_size(len(raw)) + at)
        end = wire.cobs_into(raw, len(raw), out, at)
        packed = bytearray(at + 3 * len(values) // 2)
        packed_end = wire.pack12(values, len(values), packed, at)
        crc = wire.crc24(raw, len(raw), one["seed"])
        expected = [crc, end, out.hex(), packed_end, packed.hex()]
        assert bytecode == expected
        assert viper == expected
        kind, stream, fields = one["frame"]
        frame = wire.build(kind, stream, fields, raw, wire.SEED)
        assert built == built_fast == frame.hex()
        head = struct.pack(wire.LAYOUTS[kind], kind, stream, *fields)
        assert (wire.uncobs(frame[:-1]) or b"")[: -wire.CRC_BYTES] == head + raw
        assert 0 not in frame[:-1]
        assert len(frame) <= wire.encoded_size(len(head) + len(raw) + wire.CRC_BYTES)


@pytest.mark.parametrize("n", [0, 1, 253, 254, 255, 508, 509])
def test_cobs_at_its_block_edges(micropython: list[str], staged: Path, n: int) -> None:
    one = {"data": b"\x01" * n, "at": 0, "seed": 0, "cells": [], "frame": (7, 0, [1, 2])}
    told, *_ = ask(micropython, staged, [one])
    coded = bytes.fromhex(told[0][1][2])[: told[0][1][1]]
    assert wire.uncobs(coded[:-1]) == one["data"]


def test_crc_is_the_published_one() -> None:
    assert wire.crc24(b"123456789", 9, 0xB704CE) == 0x21CF02  # CRC-24/OPENPGP check value
