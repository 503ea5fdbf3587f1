# SPDX-License-Identifier: MIT
"""The Heart Rate Measurement and what is made of a series of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import WRAP, frame, session
from surefoot import recording_parts, wire
from surefoot.clinic import heart, walk_own
from surefoot.clinic.heart import HeartRate
from surefoot.clinic.walk_long_sources import own_source
from surefoot.decode import decode
from surefoot.device.heart import Measurement, measurement, of_record
from surefoot.device.virtual.straps import beating, value
from surefoot.recording import from_log

KNOWN = [  # worked out by hand from the Heart Rate Service's table of flags
    ("0048", Measurement(72)),
    ("013c00", Measurement(60)),
    ("012c01", Measurement(300)),
    ("044b", Measurement(75, False)),
    ("064b", Measurement(75, True)),
    ("024b", Measurement(75, None)),  # "detected" of a strap that can't tell means nothing
    ("0e5a0a00", Measurement(90, True, (), 10)),
    ("103e0004", Measurement(62, None, (1024,))),
    ("1664b8017b02", Measurement(100, True, (440, 635))),
    ("1f2c010100c900ca00", Measurement(300, True, (201, 202), 1)),
    ("1664b80100", Measurement(100, True, (440,))),  # half an interval is none
    ("1664", Measurement(100, True)),
]
SHORT = ["", "00", "01", "013c", "084b", "084b01", "093c0001"]


@pytest.mark.parametrize(("data", "told"), KNOWN)
def test_known_answers(data: str, told: Measurement) -> None:
    assert measurement(bytes.fromhex(data)) == told


@pytest.mark.parametrize("data", SHORT)
def test_what_is_shorter_than_its_flags_say_is_none(data: str) -> None:
    assert measurement(bytes.fromhex(data)) is None


u16 = st.integers(0, 65535)


@given(u16, st.lists(u16, max_size=9), st.sampled_from([None, False, True]), st.none() | u16, st.booleans())
def test_what_a_strap_writes_is_read(bpm: int, rr: list[int], contact: bool | None, energy: int | None, wide: bool):
    data = value(bpm, rr, contact, energy, wide)
    told = measurement(data)
    assert told is not None
    assert told == Measurement(bpm, contact, tuple(rr), energy)
    assert told.rr_s == tuple(one / 1024 for one in rr)
    record = bytes((87, len(data))) + data + bytes(8)
    assert of_record(record) == Measurement(bpm, contact, tuple(rr), energy, 87)
    assert measurement(data[:1]) is None


@given(st.binary(max_size=24))
def test_no_bytes_raise(data: bytes) -> None:
    told = measurement(data)
    assert told is None or 0 <= told.bpm <= 65535
    of_record(data)


@given(st.binary(min_size=2, max_size=24))
def test_an_unknown_battery_is_none(data: bytes) -> None:
    told = of_record(data)
    assert told is None or (told.battery_pct is None) == (data[0] > 100)


def heart_frame(index: int, t_us: int, data: bytes, battery: int = 255) -> bytes:
    body = bytes((battery, len(data))) + data
    return frame("DATA", (index, t_us % WRAP, 1), body + bytes(22 - len(body)), wire.HEART)


def test_the_stream_comes_back_beside_the_samples_on_the_devices_clock() -> None:
    made = session(seconds=4.0, start_us=WRAP - 2_000_000)  # the ticks wrap in the middle
    frames = list(made.frames)
    at_us = [WRAP - 1_500_000 + 1_000_000 * k for k in range(3)]
    rows = [heart_frame(k if k < 2 else 3, t, value(70 + k, contact=True), 60) for k, t in enumerate(at_us)]
    for k, row in enumerate(rows):
        frames.insert((k + 1) * len(frames) // 4, row)
    got = decode(b"".join(frames))
    assert got.heart is not None
    assert sorted(got.samples) == ["cells", "imu"]
    assert got.bad_frames == 0
    t0_us = float(got.samples["cells"].frame_tick[0])
    rate = heart.heard(got, t0_us, None)
    assert rate is not None
    assert rate.t_s == pytest.approx([0.5, 1.5, 2.5], abs=0.02)
    assert rate.bpm.tolist() == [70, 71, 72]
    assert (rate.by, rate.battery_pct, rate.lost, rate.unreadable) == ("board", 60, 1, 0)


def test_a_walk_tells_its_heart_rate_and_one_without_nothing(tmp_path: Path) -> None:
    made = session(seconds=9.0)
    rows = [
        heart_frame(k, 5_600_000 + 1_000_000 * t, value(90 + t, contact=t != 1), 60) for k, t in enumerate((0, 1, 7))
    ]
    for name, data in (("with", made.data + b"".join(rows)), ("without", made.data)):
        raw = tmp_path / f"{name}.raw"
        raw.write_bytes(data)
        from_log(raw, tmp_path / f"{name}.sfr", {"log": 1})
    told = walk_own.read_walk(tmp_path / "with.sfr", data=tmp_path).facts["heart"]
    assert (told["by"], told["mean_bpm"], told["peak_bpm"], told["contact_share"]) == ("board", 93.5, 97, 0.667)
    assert (told["gaps"], told["missing_s"]) == (1, 6.0)
    assert "heart" not in walk_own.read_walk(tmp_path / "without.sfr", data=tmp_path).facts


def test_a_long_walk_in_parts_tells_the_same(tmp_path: Path) -> None:
    begin_us = WRAP - 12_000_000
    made = session(seconds=30.0, start_us=begin_us)
    frames = list(made.frames)
    each = len(frames) / 30
    for k in reversed([k for k in range(28) if not 9 < k < 16]):
        row = heart_frame(k, begin_us + 500_000 + 1_000_000 * k, value(60 + k, contact=True), 60)
        frames.insert(round((k + 0.5) * each), row)
    raw = tmp_path / "walk.raw"
    raw.write_bytes(b"".join(frames))
    path = tmp_path / "walk.sfr"
    from_log(raw, path, {"log": 1})
    whole = walk_own.read_walk(path, data=tmp_path).facts["heart"]
    assert (whole["measurements"], whole["missing_s"], whole["peak_bpm"]) == (22, 7.0, 87)
    source = replace(own_source(path, data=tmp_path), parts=tuple(recording_parts.parts_of(path, 12_000)))
    assert len(source.parts) > 5
    joined = source.surveyed([source.survey(number) for number in range(source.surveys())])
    assert joined.shape().facts["heart"] == whole


def test_a_recording_of_before_has_none() -> None:
    got = decode(session().data)
    assert got.heart is None
    assert heart.of_recording(got, 0.0, None, 0.0, 3.0) is None


def rate(t_s: list[float], bpm: list[float], contact: list[float] | None = None) -> HeartRate:
    told = np.full(len(t_s), np.nan) if contact is None else np.array(contact, float)
    return HeartRate("host", np.array(t_s), np.array(bpm, float), told, ((),) * len(t_s), None, 0, 0)


def test_the_numbers_of_a_stretch() -> None:
    t_s = [float(t) for t in range(30) if not 10 < t < 19]
    bpm = [80.0 if t < 10 else 100.0 for t in t_s]
    told = heart.summary(rate(t_s, bpm), 0.0, 29.0)
    assert told["mean_bpm"] == pytest.approx(np.mean(bpm), abs=0.05)
    assert (told["peak_bpm"], told["gaps"], told["missing_s"], told["contact_share"]) == (100, 1, 9.0, None)
    assert heart.summary(rate(t_s, bpm), 0.0, 8.0)["peak_bpm"] == 80
    assert heart.summary(rate(t_s, bpm), -5.0, 40.0)["missing_s"] == 5 + 9 + 11


def test_what_was_measured_beside_the_skin_is_no_rate() -> None:
    told = heart.summary(rate([0, 1, 2, 3], [0, 190, 80, 90], [0, 0, 1, 1]), 0, 3)
    assert (told["mean_bpm"], told["peak_bpm"], told["contact_share"]) == (85.0, 90, 0.5)
    assert heart.summary(rate([0, 1], [0, 0], [0, 0]), 0, 1)["mean_bpm"] is None


def test_no_measurement_inside_is_all_missing() -> None:
    told = heart.summary(rate([0, 1], [70, 70]), 10.0, 20.0)
    assert (told["mean_bpm"], told["measurements"], told["gaps"], told["missing_s"]) == (None, 0, 1, 10.0)


def test_words_of_a_summary() -> None:
    told = heart.summary(rate([0, 1, 2, 8], [70, 72, 74, 76], [1, 1, 1, 0]), 0, 8)
    assert heart.words(told) == (
        "mean 72, peak 74 beats a minute; on the skin 75 % of the time; 6 s without a measurement"
    )
    assert heart.words({"not_reported": heart.SILENT}) == heart.SILENT
    assert heart.words(heart.summary(rate([0], [0]), 0, 1)) == "no pulse found"


def test_the_beats_of_a_made_heart_are_those_of_its_rate() -> None:
    told = [measurement(data) for _, data in beating(lambda t: 60 + t, 60.0)]
    intervals = [rr for one in told if one for rr in one.rr]
    assert len(intervals) == pytest.approx(59.5 + 59.5**2 / 120, abs=3)
    assert intervals[0] == pytest.approx(1024 * 60 / 60.5, abs=2)
