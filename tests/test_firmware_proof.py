# SPDX-License-Identifier: MIT
"""Nothing is allocated once samples run: the heap is locked around the loop, in both builds, across the wrap of ticks.

Integers of the unix build are small up to 2^62; those of the WebAssembly build up to 2^30 - 1, as on the ESP32. What
the two send must be the same in every byte but the free heap, though one runs machine code and the other bytecode.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lockstep import Bench, Edit, Sway, bench, flash, lock_heap, replace, wasm, without_machine_code
from surefoot import wire
from surefoot.decode import Decoded, decode

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")

WRAP_S = 10  # after power on
LOG_BYTES = 4 << 20
TALK = ("event by the window", "ping 77", "ping x", "info", "help", "stopp", "start", "log list", "nonsense", "e" * 99)
QUICK, LONG = 20, pytest.param(600, marks=pytest.mark.soak)


def command(build: str) -> tuple[str, ...]:
    return () if build == "unix" else wasm()


def talk(on: Bench, seconds: float, each_s: float = 0.2) -> None:
    """Say all that can be said while samples run, press the button for a mark, then let the rest of the time pass."""
    end = on.board.slot + round(seconds * 1000)
    for line in TALK:
        on.say(line, each_s)
    on.board.press(1.5)
    on.run((end - on.board.slot) / 1000)


def stream(on: Bench, seconds: float) -> Decoded:
    on.run(0.5)
    on.say("start rate=200", 0)
    talk(on, seconds)
    on.say("stop", 2.0)
    return decode(on.received)


def walk(on: Bench, seconds: float) -> Decoded:
    """A walk into the log, and what is then downloaded of it."""
    on.run(2.0)
    on.say("log start rate=200", 0)
    talk(on, seconds)
    on.say("stop", 1.0)
    on.received = b""
    on.say("log get 1", 0)
    assert on.run(seconds, until=b" sent up to "), frames(on.received)[-3:]
    on.run(0.1)
    return decode(downloaded(on.received))


WAYS = {"stream": stream, "log": walk}


def frames(received: bytes) -> list[tuple[int, int, tuple[int, ...], bytes]]:
    """(kind, stream, fields, body) of each whole frame, the free heap of a STATUS left out."""
    told = []
    for chunk in received.split(b"\0"):
        raw = wire.uncobs(chunk) if chunk else None
        if not raw or raw[0] not in wire.LAYOUTS:
            continue
        layout = wire.LAYOUTS[raw[0]]
        head = struct.calcsize(layout)
        fields = list(struct.unpack_from(layout, raw))[2:]
        if raw[0] == wire.KINDS["STATUS"]:
            fields[[word.split(":")[0] for word in wire.TABLE["kinds"][3][2].split()].index("heap_b")] = 0
        told.append((raw[0], raw[1], tuple(fields), raw[head : -wire.CRC_BYTES]))
    return told


def downloaded(received: bytes) -> bytes:
    """The log's bytes out of its BLOCK frames."""
    log = bytearray()
    for kind, _, fields, body in frames(received):
        if kind == wire.KINDS["BLOCK"]:
            assert fields[0] == len(log)
            log += body
    return bytes(log)


def check(got: Decoded, seconds: float) -> None:
    """Ended by `stop`, without a fault; every sample that is not there is named, and there are about as many as due."""
    assert got.end is not None
    assert got.schema["reasons"][got.end["reason"]] == "stop"
    assert not [event for event in got.events if event.code == "fault"]
    assert [event.text for event in got.events if event.code == "mark"] == ["by the window", "button"]
    cells, imu = got.samples["cells"], got.samples["imu"]
    assert cells.expected == pytest.approx(200 * seconds, abs=200)
    assert imu.expected == pytest.approx(208 * seconds, abs=220, rel=0.01)
    for samples in (cells, imu):
        assert samples.lost == sum(gap.count for gap in samples.gaps)
        assert "link" not in {gap.cause for gap in samples.gaps}
    assert np.abs(np.diff(cells.frame_tick) - np.diff(cells.frame_index) * 5000).max() < 2500
    assert got.status["wraps"][-1] == 1
    assert got.status["wraps"][0] == 0
    assert (np.diff(got.status["t_us"]) > 0).all()
    assert got.bad_frames == 0


@dataclass(frozen=True)
class Run:
    """What a board sent, the walk's own bytes in case of a log, and what they decode to."""

    data: bytes
    decoded: Decoded


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """A locked run, made once: proof(way, build, seconds, *edits)."""
    made: dict[tuple[Any, ...], Run] = {}

    def run(way: str, build: str, seconds: float = QUICK, *edits: Edit) -> Run:
        key = way, build, seconds, edits
        if key not in made:
            folder = flash(tmp_path_factory.mktemp("flash"), lock_heap, *edits, build=command(build))
            options: dict[str, Any] = {"boot_us": 2**30 - WRAP_S * 1_000_000}
            if way == "log":
                options |= {"log_bytes": LOG_BYTES, "log_prepared": True}
            with bench(folder, Sway(), command(build), **options) as on:
                decoded = WAYS[way](on, seconds)
                made[key] = Run(downloaded(on.received) if way == "log" else on.received, decoded)
        return made[key]

    return run


@pytest.mark.parametrize("seconds", [QUICK, LONG])
@pytest.mark.parametrize("build", ["unix", "wasm"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_allocated_at_200_hz(proof: Callable[..., Run], way: str, build: str, seconds: float) -> None:
    got = proof(way, build, seconds).decoded
    check(got, seconds)
    assert np.ptp(got.status["heap_b"][:-1]) == 0


@pytest.mark.parametrize("way", WAYS)
def test_both_builds_send_the_same_bytes(proof: Callable[..., Run], way: str) -> None:
    unix, other = frames(proof(way, "unix").data), frames(proof(way, "wasm").data)
    assert len(unix) > 300
    assert unix == other


@pytest.mark.parametrize("way", WAYS)
def test_machine_code_and_bytecode_send_the_same_bytes(proof: Callable[..., Run], way: str) -> None:
    assert frames(proof(way, "unix").data) == frames(proof(way, "unix", QUICK, without_machine_code).data)


def test_an_integer_that_an_esp32_would_allocate_is_seen_in_the_32_bit_build_only(tmp_path: Path) -> None:
    detour = "        self.index += 0x3FFFFFFF\n        self.index -= 0x3FFFFFFE\n"
    big = replace("stream.py", "        self.index += 1\n", detour)
    seen = {}
    for build in ("unix", "wasm"):
        with bench(flash(tmp_path / build, lock_heap, big, build=command(build)), build=command(build)) as on:
            got = on.session(seconds=0.5)
        seen[build] = [event.text.split(" memory")[0].strip() for event in got.events if event.code == "fault"]
    assert seen == {"unix": [], "wasm": ["sampling ended: MemoryError"]}
