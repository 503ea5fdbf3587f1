# SPDX-License-Identifier: MIT
"""The board as Bluetooth central: a strap of known beats comes back from the recording, and none costs nothing.

In the real MicroPython, the heap locked around the loop; the radio is a model of MicroPython's `bluetooth`.
Not verified with a real strap, nor on an ESP32.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lockstep import Bench, Still, bench, flash, lock_heap, wasm
from surefoot.clinic import heart
from surefoot.decode import Decoded, decode
from surefoot.device.virtual.straps import Strap, beating, value
from test_firmware_proof import downloaded

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")

ADDRESS, OTHER = "a0b1c2d3e4f5", "010203040506"
GONE_S, BACK_S, END_S = 12.0, 20.0, 34.0


def bpm_at(t_s: float) -> float:
    return 62.0 + 1.5 * t_s


BEATS = beating(bpm_at, 100.0)
LEAVES = Strap(ADDRESS, BEATS, near=((0.0, GONE_S), (BACK_S, 100.0)), battery_pct=((0.0, 81), (BACK_S, 80)))


def session(on: Bench, seconds: float, words: str = "heart=1") -> Decoded:
    on.run(5.0, until=b"ready")
    on.say(f"start {words}", seconds)
    on.say("stop", 1.0)
    return decode(on.received)


def walk(on: Bench, seconds: float, words: str = "heart=1") -> Decoded:
    on.run(5.0, until=b"ready")
    on.run(0.5)
    on.say(f"log start {words}", seconds)
    on.say("stop", 1.5)
    on.received = b""
    on.say("log get 1", 0)
    assert on.run(seconds, until=b" sent up to ")
    on.run(0.1)
    return decode(downloaded(on.received))


def faults(got: Decoded) -> list[str]:
    return [event.text for event in got.events if event.code == "fault"]


def whole(got: Decoded) -> None:
    """Ended by `stop`, every sample of cells and IMU there."""
    assert got.end is not None
    assert got.schema["reasons"][got.end["reason"]] == "stop"
    assert [samples.lost for samples in got.samples.values()] == [0, 0]
    assert got.bad_frames == 0


def check_beats(got: Decoded) -> None:
    """Each measurement is that of its second, to the bit, but while the strap was away and until it was found again."""
    whole(got)
    assert faults(got) == []
    assert got.heart is not None
    told = {round(t_s * 1000): data for t_s, data in BEATS}
    ticks_ms = got.heart.frame_tick / 1000
    for tick_ms, row in zip(ticks_ms, got.heart.counts, strict=True):
        due_ms = min(told, key=lambda ms: abs(ms - tick_ms))
        assert abs(due_ms - tick_ms) < 12
        assert row[2 : 2 + row[1]].tobytes() == told[due_ms]
    assert got.heart.index.tolist() == list(range(len(ticks_ms)))
    # Found within a scan, and within a pause and a connection when it is back.
    assert ticks_ms[0] < 8000
    away = ticks_ms[np.flatnonzero(np.diff(ticks_ms) > 1500)[0] :][:2]
    assert GONE_S - 1.2 < away[0] / 1000 <= GONE_S
    assert BACK_S < away[1] / 1000 < BACK_S + 12
    assert (np.diff(ticks_ms) > 1500).sum() == 1
    assert set(got.heart.counts[:, 0].tolist()) <= {255, 81, 80}
    assert got.heart.counts[-1, 0] == 80
    cells = got.samples["cells"]
    t0_us = float(cells.frame_tick[0])
    end_s = cells.expected / 100
    found = heart.of_recording(got, t0_us, None, 0.0, end_s)
    assert found is not None
    rates = np.array([round(bpm_at(tick / 1000)) for tick in ticks_ms])
    assert found["mean_bpm"] == pytest.approx(rates.mean(), abs=0.6)
    assert found["peak_bpm"] == pytest.approx(rates.max(), abs=1)
    assert found["contact_share"] == 1.0
    assert found["gaps"] == 2
    silent = (away[1] - away[0] + ticks_ms[0]) / 1000 - t0_us * 1e-6
    assert found["missing_s"] == pytest.approx(silent, abs=0.3)
    made = heart.heard(got, t0_us, None)
    assert made is not None
    rr = np.concatenate([np.array(one) for one in made.rr_s])
    assert 60 / rr.mean() == pytest.approx(rates.mean(), rel=0.03)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Decoded]:
    """run(how, seconds, straps, words, *edits): a session on a board of its own."""
    count = iter(range(99))

    def play(how, seconds, straps, words="heart=1", *edits, board="esp32-devkit", build=()) -> Decoded:
        folder = flash(tmp_path / str(next(count)), *edits, board=board, build=build)
        with bench(folder, Still(), build, straps=straps) as on:
            return how(on, seconds, words)

    return play


def test_a_strap_of_known_beats_is_found_lost_and_found_again(run: Callable[..., Decoded]) -> None:
    got = run(session, END_S, (LEAVES,), "heart=1", lock_heap)
    check_beats(got)
    assert got.config["heart"] == "1"
    assert np.ptp(got.status["heap_b"][:-1]) == 0


def test_the_same_in_a_log(run: Callable[..., Decoded]) -> None:
    got = run(walk, END_S, (LEAVES,), "heart=1", lock_heap)
    check_beats(got)
    assert got.status["heap_b"].min() > 1000


@pytest.mark.soak
def test_the_same_with_words_of_32_bits(run: Callable[..., Decoded]) -> None:
    check_beats(run(session, END_S, (LEAVES,), "heart=1", lock_heap, build=wasm()))


def test_absence_costs_nothing(run: Callable[..., Decoded]) -> None:
    without, alone = run(session, 8.0, None, ""), run(session, 8.0, ())
    for got in (without, alone):
        whole(got)
        assert got.heart is None
        assert faults(got) == []
        assert got.status["late"].max() == 0
    for name in ("cells", "imu"):
        one, other = without.samples[name], alone.samples[name]
        assert abs(one.expected - other.expected) <= 4
        n = min(one.expected, other.expected)
        assert (one.counts[:n] == other.counts[:n]).all()
    assert "heart" not in without.config
    assert heart.of_recording(without, 0.0, None, 0.0, 8.0) is None
    assert heart.of_recording(alone, 0.0, None, 0.0, 8.0) == {"not_reported": heart.SILENT}


def test_of_two_straps_none_is_taken_unless_it_is_named(run: Callable[..., Decoded]) -> None:
    two = (Strap(OTHER, beating(lambda _: 150.0, 60.0), battery_pct=()), Strap(ADDRESS, BEATS))
    got = run(session, 9.0, two)
    assert got.heart is None
    assert faults(got) == ["two heart-rate straps are near: start with heart=ADDRESS"]
    named = run(session, 9.0, two, "heart=A0:B1:C2:D3:E4:F5")
    assert faults(named) == []
    assert named.heart is not None
    assert {row[2 : 2 + row[1]].tobytes() for row in named.heart.counts} <= {data for _, data in BEATS}
    other = run(session, 9.0, two, f"heart={OTHER}")
    assert other.heart is not None
    assert (other.heart.counts[:, 3] == 150).all()
    assert (other.heart.counts[:, 0] == 255).all()  # it has no battery to tell of


def test_contact_energy_and_many_intervals_come_as_they_were_sent(run: Callable[..., Decoded]) -> None:
    sent = [value(0, contact=False), value(300, [201] * 5, True, 70), value(120, list(range(500, 509)), None), b"\x10"]
    strap = Strap(ADDRESS, [(8.0 + k, data) for k, data in enumerate(sent)])
    got = run(session, 13.0, (strap,))
    assert got.heart is not None
    assert [row[2 : 2 + row[1]].tobytes() for row in got.heart.counts] == sent
    made = heart.heard(got, 0.0, None)
    assert made is not None
    assert made.bpm.tolist() == [0, 300, 120]
    assert made.contact[:2].tolist() == [0, 1]
    assert np.isnan(made.contact[2])
    assert made.rr_s[1] == (201 / 1024,) * 5
    assert len(made.rr_s[2]) == 9  # as many as a notification of 20 bytes holds
    assert made.unreadable == 1


def test_without_bluetooth_it_is_refused_in_words_and_a_button_starts_all_the_same(run: Callable[..., Decoded]) -> None:
    got = run(session, 1.0, None)
    assert next(event.text for event in got.events if event.code == "refused") == (
        "this MicroPython has no Bluetooth: start without heart, or flash a build that has it"
    )
    assert got.end is None
    wrong = run(session, 1.0, (), "heart=strap")
    assert "a strap's address" in next(event.text for event in wrong.events if event.code == "refused")


def by_profile(folder: Path) -> None:
    path = folder / "profile.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"heart": ADDRESS}))


def test_a_profile_asks_for_its_strap_and_goes_on_where_there_is_no_radio(run: Callable[..., Decoded]) -> None:
    got = run(session, 9.0, (Strap(ADDRESS, BEATS),), "", by_profile)
    assert got.heart is not None
    assert got.config["heart"] == ADDRESS
    assert run(session, 3.0, (Strap(ADDRESS, BEATS),), "heart=0", by_profile).heart is None
    without = run(session, 3.0, None, "", by_profile)
    whole(without)
    assert len(faults(without)) == 1
    assert faults(without)[0].startswith("no heart rate: ")


def test_where_there_is_no_memory_beside_a_log_the_walk_is_logged_without(run: Callable[..., Decoded]) -> None:
    got = run(walk, 4.0, (Strap(ADDRESS, BEATS),), board="esp32-s3-devkit")  # 12 MB of log: the tightest
    whole(got)
    assert got.heart is None  # not found yet either way
    assert [fault.split(":")[0] for fault in faults(got)] in ([], ["no heart rate"])
