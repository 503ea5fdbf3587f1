# SPDX-License-Identifier: MIT
"""Decoding: every sample comes back on its index, what is lost is counted and named, damage never becomes data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import CONFIG, WRAP, config, data_frame, frame, session, status
from surefoot import unframe, wire
from surefoot.decode import Decoded, decode

SESSION = session(2.0)


def assert_only_true(decoded: Decoded, made=SESSION) -> None:
    """What was accepted is what was sent, and kept and lost add up."""
    for name, sent in (("cells", made.cells), ("imu", made.imu)):
        got = decoded.samples[name]
        assert (np.diff(got.index) > 0).all()
        np.testing.assert_array_equal(got.counts, sent[got.index])
        assert got.lost == sum(gap.count for gap in got.gaps)
        missing = np.setdiff1d(np.arange(got.expected), got.index)
        told = [np.arange(gap.first, gap.first + gap.count) for gap in got.gaps]
        np.testing.assert_array_equal(missing, np.concatenate([*told, np.empty(0, int)]))


def test_a_whole_session_comes_back_to_the_count():
    decoded = decode(SESSION.data)
    assert_only_true(decoded)
    assert decoded.complete
    assert decoded.bad_frames == decoded.repeated == 0
    assert [decoded.samples[name].lost for name in ("cells", "imu")] == [0, 0]
    assert decoded.samples["cells"].expected == len(SESSION.cells)
    assert decoded.config["acc_lsb_ug"] == 122
    np.testing.assert_array_equal(decoded.status["cells"], [100, 200])


def test_the_vectorised_decoder_agrees_with_the_scalar_one():
    rng = np.random.default_rng(3)
    for size in [*range(1, 40), 253, 254, 255, 256, 507, 508, 509, 600]:
        for density in (0.0, 0.02, 0.5, 1.0):
            raw = rng.integers(0, 256, size).astype(np.uint8) * (rng.random(size) < density)
            out = bytearray(wire.encoded_size(size + 3))
            sealed = bytearray(bytes(raw.astype(np.uint8)) + bytes(3))
            end = wire.cobs_into(sealed, wire.seal(sealed, size, 77), out, 0)
            chunk = bytes(out[: end - 1])
            assert wire.uncobs(chunk) == bytes(sealed)
            if size < 2 or sealed[0] == wire.KINDS["SCHEMA"] or sealed[0] >= unframe.HOST_KINDS:
                continue
            (batch,) = unframe.batches(np.frombuffer(bytes(out[:end]), np.uint8), 77)
            assert batch.rows.tobytes() == bytes(sealed)
            assert batch.sound.tolist() == [True]


def test_lost_frames_are_counted_and_those_the_device_named_keep_their_cause():
    frames = list(SESSION.frames)
    cells_at = [i for i, f in enumerate(frames) if (wire.uncobs(f[:-1]) or b"")[:2] == bytes((3, wire.CELLS))]
    for i in (cells_at[10], cells_at[11], cells_at[40]):
        frames[i] = b""
    frames.insert(cells_at[12], frame("GAP", (20, 4, wire.TABLE["causes"].index("late")), stream=wire.CELLS))
    decoded = decode(b"".join(frames))
    assert_only_true(decoded)
    gaps = decoded.samples["cells"].gaps
    assert [(gap.first, gap.count, gap.cause) for gap in gaps] == [(20, 4, "late"), (80, 2, "link")]
    assert decoded.samples["cells"].lost_share == pytest.approx(6 / 200)


def test_a_gap_that_only_partly_covers_a_hole_leaves_the_rest_to_the_link():
    parts = [data_frame(wire.CELLS, k, k * 10_000, SESSION.cells[k : k + 2]) for k in (0, 20)]
    gap = frame("GAP", (5, 6, wire.TABLE["causes"].index("tx-full")), stream=wire.CELLS)
    got = decode(wire.schema_frame() + config() + parts[0] + gap + parts[1]).samples["cells"]
    assert [(g.first, g.count, g.cause) for g in got.gaps] == [(2, 3, "link"), (5, 6, "tx-full"), (11, 9, "link")]


def test_samples_lost_at_the_very_end_are_counted_by_the_end_record():
    frames = SESSION.frames[:-20] + SESSION.frames[-1:]
    decoded = decode(b"".join(frames))
    assert_only_true(decoded)
    assert decoded.samples["cells"].expected == len(SESSION.cells)
    assert decoded.samples["cells"].lost > 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SESSION.data) - 1), st.integers(1, 255)), min_size=1, max_size=30))
def test_flipped_bits_never_become_samples(flips):
    data = bytearray(SESSION.data)
    for at, bits in flips:
        data[at] ^= bits
    decoded = decode(bytes(data))
    assert_only_true(decoded)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SESSION.data)))
def test_any_truncation_keeps_what_came_before(cut):
    decoded = decode(SESSION.data[:cut])
    assert_only_true(decoded)
    whole = SESSION.data[:cut].count(b"\0")
    kept = sum(len(s.frame_index) for s in decoded.samples.values())
    assert kept == sum((wire.uncobs(f[:-1]) or b"")[0] == 3 for f in SESSION.frames[:whole])
    assert decoded.complete == (cut == len(SESSION.data))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_repeated_and_reordered_blocks_are_sorted_and_dropped(data):
    size = len(SESSION.frames)
    low = data.draw(st.integers(0, size - 1))
    high = data.draw(st.integers(low, size))
    to = data.draw(st.integers(0, size))
    again = data.draw(st.booleans())
    frames = list(SESSION.frames)
    block = frames[low:high]
    if not again:
        del frames[low:high]
    frames[to:to] = block
    decoded = decode(b"".join(frames))
    assert_only_true(decoded)
    assert [s.lost for s in decoded.samples.values()] == [0, 0]
    assert decoded.repeated == (sum((wire.uncobs(f[:-1]) or b"")[0] == 3 for f in block) if again else 0)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=4000))
def test_noise_is_never_a_sample(noise):
    decoded = decode(noise)
    assert [len(s.index) for s in decoded.samples.values()] == [0, 0]
    decoded = decode(SESSION.frames[0] + SESSION.frames[1] + noise + b"\0" + b"".join(SESSION.frames[2:]))
    assert_only_true(decoded)
    assert [s.lost for s in decoded.samples.values()] == [0, 0]


def test_ticks_cross_their_wrap_and_start_from_boot():
    start_us = 3 * WRAP - 1_000_000
    decoded = decode(session(4.0, start_us=start_us, n=4).data)
    cells = decoded.samples["cells"]
    np.testing.assert_array_equal(cells.frame_tick, start_us + cells.frame_index * 10_000)
    assert (np.diff(decoded.status["t_us"]) == 1_000_000).all()
    assert decoded.status["t_us"][0] == start_us + 999_999
    np.testing.assert_array_equal(decoded.status["imu_us"], decoded.status["t_us"])


def test_the_imus_own_clock_wraps_too():
    made = session(3.0)
    low = 2**32 - 40_000
    frames = [data_frame(wire.IMU, k, (low + k * 385) % 2**32, made.imu[k : k + 2]) for k in range(0, len(made.imu), 2)]
    decoded = decode(
        wire.schema_frame() + config() + b"".join(frames) + status(1, 2**32 - 5, 0, 0) + status(2, 7, 0, 0)
    )
    imu = decoded.samples["imu"]
    np.testing.assert_array_equal(imu.frame_tick, low + imu.frame_index * 385)
    assert np.diff(decoded.status["imu_t"]).tolist() == [12]


def test_text_outside_frames_is_kept_and_broken_chunks_are_counted():
    decoded = decode(b"surefoot 0.1.0 ready\r\n\0" + SESSION.data + b"\x05\x01\0Traceback: no\n\0")
    assert b"surefoot 0.1.0 ready" in decoded.text
    assert b"Traceback: no" in decoded.text
    assert decoded.bad_frames == 1


def test_events_pings_and_notes_are_put_on_one_clock():
    from surefoot.recording import note_frame

    t_us = WRAP + 500
    pong = frame("PONG", (9, 1, 500 - 200, 500))
    event = frame("EVENT", (700, 0), b"step")
    note = note_frame("ping", {"nonce": 9, "sent_s": 1.0, "received_s": 1.01})
    made = session(1.0, start_us=t_us)
    decoded = decode(wire.schema_frame() + pong + note + made.data + event)
    assert decoded.pings == ((9, 1.0, 1.01, WRAP + 300, WRAP + 500),)
    assert decoded.events[0].code == "mark"
    assert decoded.events[0].text == "step"
    assert decoded.events[0].t_us == WRAP + 700


def test_a_schema_of_another_build_is_read_by_its_own_table():
    other = wire.SCHEMA.replace(b'"flags":["no-imu"', b'"flags":["no-inertia"')
    assert other != wire.SCHEMA
    seed = wire.crc24(other, len(other), wire.CRC_INIT)
    schema = wire.build(wire.KINDS["SCHEMA"], 0, (), other, wire.CRC_INIT)
    body = SESSION.cells[:1]
    packed = bytearray(24)
    wire.pack12(body[0].tolist(), 16, packed, 0)
    data = wire.build(wire.KINDS["DATA"], wire.CELLS, (0, 0, 1), bytes(packed), seed)
    decoded = decode(schema + data)
    np.testing.assert_array_equal(decoded.samples["cells"].counts, body)
    assert decoded.schema["flags"][0] == "no-inertia"
    ours = decode(wire.schema_frame() + data)
    assert len(ours.samples["cells"].index) == 0
    assert ours.bad_frames == 1


def sealed(raw: bytes, seed: int) -> bytes:
    body = bytearray(raw) + bytes(wire.CRC_BYTES)
    n = wire.seal(body, len(raw), seed)
    out = bytearray(wire.encoded_size(n))
    return bytes(out[: wire.cobs_into(body, n, out, 0)])


@pytest.mark.parametrize(
    ("chunk", "bad"),
    [
        (sealed(bytes((wire.KINDS["DATA"], wire.CELLS, 1, 2)), wire.SEED), 1),
        (sealed(bytes((unframe.HOST_KINDS, 0)) + b"no JSON", wire.CRC_INIT), 0),
        (sealed(bytes((unframe.HOST_KINDS, 0)) + b"[1]", wire.CRC_INIT), 0),
        (sealed(bytes((wire.KINDS["SCHEMA"], 0)) + b"no JSON", wire.CRC_INIT), 0),
        (sealed(bytes((wire.KINDS["SCHEMA"], 0)) + b'{"wire":3}', wire.CRC_INIT), 0),
    ],
)
def test_a_sound_frame_that_means_nothing_ends_nothing(chunk, bad):
    decoded = decode(chunk)
    assert (decoded.bad_frames, decoded.notes, decoded.head) == (bad, (), {})
    assert_only_true(decode(SESSION.frames[0] + chunk + b"".join(SESSION.frames[1:])))


def test_status_that_comes_twice_or_late_leaves_the_imus_clock_as_it_was():
    rows = [status(k * 1_000_000, k * 40_000, 0, 0) for k in range(1, 8)]
    head = wire.schema_frame() + config()
    again = decode(head + b"".join([*rows[:3], *rows[:3], rows[4], rows[3], *rows[5:]]))
    ticks = again.status["imu_t"] - again.status["imu_t"][0]
    np.testing.assert_array_equal(ticks, (again.status["imu_us"] - 1_000_000) // 25)


def test_config_of_the_stream_wins_over_the_idle_one_and_sessions_are_counted():
    idle = frame("CONFIG", body=json.dumps({"streaming": False, "rate_hz": 50}).encode())
    decoded = decode(idle + SESSION.data + idle)
    assert decoded.config["rate_hz"] == 100
    assert decoded.sessions == 1
    assert decode(SESSION.data + config(session=2)).sessions == 2


def test_a_lost_config_frame_is_replaced_by_the_hosts_note_of_it():
    from surefoot.recording import note_frame

    frames = [SESSION.frames[0], note_frame("config", {"config": {**CONFIG, "scans": 1}}), *SESSION.frames[2:]]
    decoded = decode(b"".join(frames))
    assert_only_true(decoded)
    assert decoded.config["scans"] == 1
    assert decoded.sessions == 1
    assert decode(b"".join([frames[1], *SESSION.frames])).config["scans"] == 2
