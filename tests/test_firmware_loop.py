# SPDX-License-Identifier: MIT
"""The firmware as flashed, on the virtual board: nothing allocated, nothing lost unnamed, every command answered."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from lockstep import CELLS, Bench, Edit, bench, flash, lock_heap, replace
from surefoot.decode import Decoded, decode

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the virtual board needs pseudo terminals")


def talk(on: Bench, start: str) -> Decoded:
    on.run(0.5)
    on.say(start, 1.3)
    for line in ("event by the window", "ping 77", "ping x", "info", "help", "stopp", "start", "nonsense", "e" * 99):
        on.say(line, 0.1)
    on.say("stop", 1.0)
    return decode(on.received)


@pytest.mark.parametrize("start", ["start", "start rate=200", "start frame=long"])
def test_nothing_is_allocated_while_sampling(tmp_path: Path, start: str) -> None:
    with bench(flash(tmp_path, lock_heap)) as on:
        got = talk(on, start)
    assert got.end is not None
    assert got.schema["reasons"][got.end["reason"]] == "stop"
    assert not [event for event in got.events if event.code == "fault"]
    assert {event.text for event in got.events if event.code == "mark"} == {"by the window"}


@pytest.mark.parametrize(
    ("start", "rate_hz", "odr_hz", "frame", "most"),
    [
        ("start", 100, 104, "live", 2),
        ("start frame=long", 100, 104, "long", 12),
        ("start rate=200", 200, 208, "long", 12),
    ],
)
def test_a_session_is_whole(tmp_path: Path, start: str, rate_hz: int, odr_hz: int, frame: str, most: int) -> None:
    with bench(flash(tmp_path)) as on:
        got = on.session(start)
        assert on.board.stalled_us == 0  # no write ever met a full UART
    cells, imu, status = got.samples["cells"], got.samples["imu"], got.status
    assert (got.config["rate_hz"], got.config["imu_odr_hz"], got.config["frame"]) == (rate_hz, odr_hz, frame)
    assert got.bad_frames == got.repeated == cells.lost == imu.lost == 0
    assert abs(len(cells.index) - 3 * rate_hz) <= rate_hz // 5
    assert (cells.counts == np.array(CELLS)).all()
    expected = [82, -164, 8197, 5714, -11429, 17143]  # 122 ug and 17500 udps a count
    assert (np.abs(imu.counts - np.array(expected)) <= 1).all()
    assert np.diff(cells.frame_index)[:-1].tolist() == [most] * (len(cells.frame_index) - 2)
    due = cells.frame_tick[0] + cells.frame_index * 1_000_000 // rate_hz
    assert np.abs(cells.frame_tick - due).max() < 500
    assert (np.diff(imu.frame_tick) == np.diff(imu.frame_index) * (40000 * (208 // odr_hz) // 208.333)).all()
    assert np.ptp(status["heap_b"][:-1]) == 0
    assert status["heap_b"].min() > 8000
    assert status["late"][-1] == status["fifo_lost"][-1] == status["dropped"][-1] == 0
    assert (status["temp_raw"] == 768).all()


def test_the_imu_clock_pairs_lie_on_a_line(tmp_path: Path) -> None:
    with bench(flash(tmp_path)) as on:
        got = on.session(seconds=5.0)
        ppm = on.board.imu_ppm
    us, units = got.status["imu_us"], got.status["imu_t"]
    assert np.abs(np.diff(us) - np.diff(units) * 25 / (1 + ppm * 1e-6)).max() < 60


def test_ranges_reach_the_chip(tmp_path: Path) -> None:
    with bench(flash(tmp_path)) as on:
        got = on.session("start acc=16 gyro=2000", 1.0)
    assert (got.config["acc_lsb_ug"], got.config["gyro_lsb_udps"]) == (488, 70000)
    assert np.abs(got.samples["imu"].counts - np.array([20, -41, 2049, 1429, -2857, 4286])).max() <= 1


def test_half_as_fast_a_cpu_loses_samples_and_names_each(tmp_path: Path) -> None:
    with bench(flash(tmp_path), cpu_factor=2.0) as on:
        got = on.session("start rate=200")
    cells = got.samples["cells"]
    assert cells.lost > 10
    assert {gap.cause for gap in cells.gaps} == {"late"}
    assert cells.lost == got.status["late"][-1]
    assert got.samples["imu"].lost == 0
    # Each frame's clock is its own, so that no sample is told to be more than a fraction of a period from its time.
    assert np.abs(np.diff(cells.frame_tick) - np.diff(cells.frame_index) * 5000).max() < 5000


def test_a_slow_line_drops_the_oldest_and_names_them(tmp_path: Path) -> None:
    slow = replace("profile.json", '"baud":115200', '"baud":38400')
    with bench(flash(tmp_path, slow, lock_heap), baud=38400) as on:
        on.run(0.5)
        on.say("start", 8.0)
        on.say("stop", 5.0)
        got = decode(on.received)
        assert on.board.stalled_us == 0
    lost = sum(stream.lost for stream in got.samples.values())
    assert lost > 100
    assert {gap.cause for stream in got.samples.values() for gap in stream.gaps} == {"tx-full"}
    assert got.end is not None
    assert 0 <= lost - got.end["dropped"] <= 8  # END itself may have pushed one or two more out
    assert got.bad_frames == 0


def stall(ms: int, then: str = "") -> Edit:
    """Hold the loop up once, after cell sample 50."""
    line = "            link.pump()\n            console.poll()\n            while"
    held = f"            if cells.index == 50:\n                time.sleep_ms({ms})\n{then}"
    return replace("sampler.py", line, line.replace("            console", held + "            console", 1))


def test_a_stall_is_late_for_cells_and_no_loss_for_the_imu(tmp_path: Path) -> None:
    with bench(flash(tmp_path, stall(700))) as on:
        got = on.session()
    assert [(gap.first, gap.cause) for gap in got.samples["cells"].gaps] == [(50, "late")]
    assert 68 <= got.samples["cells"].lost <= 71
    assert got.samples["imu"].lost == 0
    assert got.status["max_late_us"][-1] > 690_000


def test_a_stall_beyond_the_fifo_is_counted_from_its_timestamps(tmp_path: Path) -> None:
    with bench(flash(tmp_path, stall(3000))) as on:
        got = on.session(seconds=6.0)
    imu = got.samples["imu"]
    assert {gap.cause for gap in imu.gaps} == {"imu-fifo"}
    assert len(imu.gaps) == 1
    assert imu.lost == got.status["fifo_lost"][-1]
    assert abs(imu.lost - (3.0 * 104.17 - 512 / 3)) < 3


def test_without_an_imu_the_cells_go_on(tmp_path: Path) -> None:
    with bench(flash(tmp_path), imu=False) as on:
        got = on.session()
    assert got.config["imu"] is None
    assert got.samples["cells"].lost == 0
    assert len(got.samples["imu"].index) == 0
    assert got.schema["flags"][0] == "no-imu"
    assert (got.status["flags"] == 1).all()
    assert [event.text for event in got.events if event.code == "fault"] == [
        "IMU answers 0xFF, not 0x6C, to who-am-I: check its power and SPI wires"
    ]


def test_commands_are_answered_or_refused_in_words(tmp_path: Path) -> None:
    with bench(flash(tmp_path)) as on:
        on.run(0.5)
        assert on.received == b"surefoot 0.2.0 ready\n\0"
        for line in (
            "foo bar",
            "stop",
            "ping",
            "ping 99999999999",
            "ping 1073741820",
            "start rate=300",
            "start speed=9",
        ):
            on.say(line)
        on.handle.write(b"caf\xc3\xa9\r\n" + b"\r\n" + b"y" * 90 + b"\n")
        on.say("info\r")
        got = decode(on.received)
    assert [(event.code, event.text) for event in got.events] == [
        ("refused", "no command 'foo': try help"),
        ("refused", "not streaming: start first"),
        ("refused", "ping takes a whole number below 1073741820"),
        ("refused", "ping takes a whole number below 1073741820"),
        ("refused", "ping takes a whole number below 1073741820"),
        ("refused", "rate is one of 100 200"),
        ("refused", "start knows no 'speed': try help"),
        ("refused", "a command is printable ASCII"),
        ("refused", "a line holds at most 80 characters"),
    ]
    assert got.config["streaming"] is False
    assert got.config["session"] == 0
    assert got.config["boot"] == 1


def test_ticks_that_wrap_in_a_session(tmp_path: Path) -> None:
    with bench(flash(tmp_path), boot_us=2**30 - 1_500_000) as on:
        got = on.session()
    assert got.status["wraps"][-1] == 1
    assert (np.diff(got.status["t_us"]) > 0).all()
    assert got.samples["cells"].lost == 0
    assert np.abs(np.diff(got.samples["cells"].frame_tick) - 20_000).max() < 500


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    received = []
    for name in ("a", "b"):
        with bench(flash(tmp_path / name), seed=5) as on:
            on.session(seconds=1.0)
            received.append(on.received)
    assert received[0] == received[1]


def test_a_stop_right_after_a_stall_still_sends_what_the_fifo_holds(tmp_path: Path) -> None:
    with bench(flash(tmp_path, stall(700, "                commands.stop = True\n"))) as on:
        got = on.session()
    cells, imu = got.samples["cells"], got.samples["imu"]
    assert cells.expected == 50
    assert imu.lost == 0
    assert len(imu.index) == pytest.approx((0.49 + 0.7) * 104, abs=4)
    assert got.end is not None
    assert got.end["imu"] == len(imu.index)
