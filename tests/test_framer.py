# SPDX-License-Identifier: MIT
"""The framer against noise: never a wrong frame, never an exception, never more memory than one frame."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from fakeboard import frame, plain
from surefoot import wire
from surefoot.device.framer import MAX_CHUNK, MAX_TEXT, Framer

SOUND = [
    wire.schema_frame(),
    frame("CONFIG", (), b'{"fw":"0.1.0"}'),
    frame("DATA", (0, 17, 2), bytes(range(48)), wire.CELLS),
    frame("DATA", (2, 0, 24), bytes(288), wire.IMU),
    frame("STATUS", (1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12, 13, 0, 14, 15, 16)),
    frame("GAP", (4, 9, 2), b"", wire.CELLS),
    frame("PONG", (7, 0, 1, 2)),
    frame("EVENT", (5, 0), b"mark"),
    frame("END", (9, 0, 13, 0, 2, 0, 0)),
]
TRUE = set(plain(Framer().feed(b"".join(SOUND))))
chunks = st.lists(st.one_of(st.sampled_from(SOUND), st.binary(max_size=60)), max_size=12)


def test_each_kind_of_frame_is_read_back() -> None:
    assert len(TRUE) == len(SOUND)


@given(chunks, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_cutting_gives_the_same_frames(pieces: list[bytes], rng: random.Random) -> None:
    data = b"".join(pieces)
    whole = Framer()
    at_once = plain(whole.feed(data))
    parts, at, out = Framer(), 0, []
    while at < len(data):
        step = rng.randint(1, 40)
        out += parts.feed(data[at : at + step])
        at += step
    assert plain(out) == at_once
    assert parts.bad == whole.bad
    assert set(at_once) <= TRUE


@given(
    st.lists(st.sampled_from(SOUND), min_size=1, max_size=8),
    st.lists(
        st.tuples(st.sampled_from(["flip", "cut", "insert", "repeat", "swap"]), st.integers(0, 1 << 30)), max_size=6
    ),
)
@settings(max_examples=400, deadline=None)
def test_damage_never_makes_a_frame(pieces: list[bytes], damage: list[tuple[str, int]]) -> None:
    data = bytearray(b"".join(pieces))
    for what, number in damage:
        if not data:
            break
        at = number % len(data)
        if what == "flip":
            data[at] ^= 1 << (number // len(data)) % 8
        elif what == "cut":
            del data[at : at + number % 37 + 1]
        elif what == "insert":
            data[at:at] = number.to_bytes(4, "little")
        elif what == "repeat":
            data[at:at] = data[at : at + number % 97]
        else:
            half = bytes(data[at:])
            data = bytearray(half + bytes(data[:at]))
    framer = Framer()
    assert set(plain(framer.feed(bytes(data)))) <= TRUE
    # What follows a zero byte is read again, whatever came before.
    assert plain(framer.feed(b"\0" + SOUND[2]))[-1:] == plain(Framer().feed(SOUND[2]))


def test_every_single_flip_costs_at_most_that_frame_and_its_neighbour() -> None:
    data = SOUND[6] + SOUND[7] + SOUND[8]
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        framer = Framer()
        got = framer.feed(bytes(damaged) + b"\0")
        assert set(plain(got)) < TRUE
        assert len(got) in (1, 2)
        assert framer.bad >= 1


def test_wrong_seed_length_stream_and_codes_are_no_frames() -> None:
    wrong = [
        frame("PONG", (7, 0, 1, 2), seed=wire.CRC_INIT),
        wire.build(wire.KINDS["SCHEMA"], 0, (), wire.SCHEMA, wire.SEED),
        frame("DATA", (0, 0, 3), bytes(48), wire.CELLS),
        frame("DATA", (0, 0, 0), b"", wire.CELLS),
        frame("DATA", (0, 0, 2), bytes(48), 7),
        frame("PONG", (7, 0, 1, 2), b"more"),
        frame("GAP", (0, 1, 99), b"", wire.IMU),
        frame("EVENT", (0, 99), b"?"),
        wire.build(99, 0, (), b"later kind", wire.SEED),
        wire.build(0x80, 0, (), b'{"note":"head"}', wire.CRC_INIT),
    ]
    framer = Framer()
    assert framer.feed(b"".join(wrong)) == []
    assert framer.bad == len(wrong)


def test_memory_stays_bounded_without_a_zero_byte() -> None:
    framer = Framer()
    for _ in range(400):
        framer.feed(b"line of text that never ends a frame\r\n" * 5)
        framer.feed(b"\xff" * 500)
    assert len(framer._pending) <= MAX_CHUNK
    assert len(framer.text) <= MAX_TEXT + MAX_CHUNK
    assert framer.bad > 50
