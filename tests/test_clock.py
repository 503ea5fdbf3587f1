# SPDX-License-Identifier: MIT
"""Clock maps against devices whose true clock is known: whatever rates and delays do, the truth is within the bound."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clocks import LINES, Clock, pings, schedule_s, stepped
from surefoot import wire
from surefoot.decode import Ping
from surefoot.device import clock
from surefoot.device.clock_limits import DOUBLE_SUPPORT, STANDING, doubt, short
from surefoot.device.live_clock import LiveClock

CASES = 700
WRAP_S = wire.TICK_WRAP * 1e-6


def straight(ppm: float = 0.0, boot_s: float = 50.0) -> Clock:
    host = np.array([-5000.0, 50_000.0])
    return Clock(host, boot_s + host / (1 + ppm * 1e-6))


def made_of(rows: list[Ping]) -> clock.ClockMap:
    made = clock.fit(rows)
    assert made is not None
    return made


def errors_s(made: clock.ClockMap, true: Clock, device_us: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True error and bound at device times."""
    return np.abs(made.to_host_s(device_us) - true.at_host(device_us * 1e-6)), made.bound_at_s(device_us)


def looked_at(made: clock.ClockMap, true: Clock, sent_s: np.ndarray) -> np.ndarray:
    """Device times from a minute before the first to a minute after the last ping, and at each."""
    begin, end = true.at_device(np.array([sent_s[0] - 60, sent_s[-1] + 60])) * 1e6
    return np.concatenate((np.linspace(begin, end, 300), made.knots_s * 1e6))


# The bound


@pytest.mark.parametrize("line", LINES)
def test_the_true_error_is_within_the_bound_though_rates_step_by_two_hundred_ppm(line: str) -> None:
    rng = np.random.default_rng(LINES.index(line))
    used = []
    for _ in range(CASES):
        sent = schedule_s(rng)
        true = stepped(rng, float(sent[0]), float(sent[-1]) + 0.1)
        made = made_of(pings(rng, true, sent, line))
        at = looked_at(made, true, sent)
        error, bound = errors_s(made, true, at)
        assert np.all(error <= bound)
        assert made.breaks == made.doubts == ()
        assert made.dropped == 0
        inside = (at >= made.first_us) & (at <= made.last_us)
        assert np.all(bound[inside] <= made.bound_s)
        assert np.max(np.abs(made.to_device_us(made.to_host_s(at)) - at)) < 1e-3
        used.append(np.max(error / bound))
    # No bound so wide that it says nothing.
    assert np.median(used) > 0.1


def test_a_step_between_two_pings_at_the_worst_moment_stays_inside() -> None:
    # Exact stamps two minutes apart, and a clock that runs 100 ppm fast to half way and 100 ppm slow from there.
    true = Clock(
        np.array([0.0, 60.0, 120.0]), 500 + np.array([0.0, 60 / (1 + 1e-4), 60 / (1 + 1e-4) + 60 / (1 - 1e-4)])
    )
    ends = np.array([0.0, 120.0])
    stamps = np.round(true.at_device(ends) * 1e6).astype(int).tolist()
    made = made_of(
        [Ping(k, host, host, us, us) for k, (host, us) in enumerate(zip(ends.tolist(), stamps, strict=True))]
    )
    middle = true.at_device(np.array([60.0])) * 1e6
    error, bound = errors_s(made, true, middle)
    assert error[0] == pytest.approx(6e-3, abs=1e-5)
    assert error[0] <= bound[0] <= made.bound_s
    assert made.bound_s == pytest.approx(clock.RATE_PPM * 1e-6 * 60, rel=0.01)


def test_a_rate_that_swings_slowly_stays_within_the_bound() -> None:
    rng = np.random.default_rng(7)
    for span in (35.0, 600.0, 3600.0):
        for _ in range(20):
            host = np.arange(-100, span + 100, 0.5)
            rate = 100e-6 * np.sin(host / (span * rng.uniform(0.3, 2.0)) * 6.2832 + rng.uniform(0, 6.28))
            true = Clock(host, 200 + np.concatenate(([0], np.cumsum(0.5 / (1 + rate[:-1])))))
            sent = np.arange(0, span, 1.0)
            made = made_of(pings(rng, true, sent))
            error, bound = errors_s(made, true, looked_at(made, true, sent))
            assert np.all(error <= bound)


def test_the_bound_grows_with_the_time_without_pings() -> None:
    rng = np.random.default_rng(11)
    sent = np.concatenate((np.arange(0, 20, 1.0), np.arange(80, 100, 1.0)))
    true = straight(30)
    made = made_of(pings(rng, true, sent))
    quiet, busy = (made.bound_at_s(true.at_device(np.array([host])) * 1e6)[0] for host in (50.0, 10.0))
    assert busy < 0.0015
    assert quiet == pytest.approx(busy + clock.RATE_PPM * 1e-6 * 30, rel=0.15)
    assert made.bound_s == pytest.approx(quiet, rel=0.05)


def test_the_skew_of_a_long_recording() -> None:
    rng = np.random.default_rng(3)
    made = made_of(pings(rng, straight(42), np.arange(0, 900, 1.0)))
    assert made.skew_ppm == pytest.approx(42, abs=1)
    assert made.bound_s < 0.002
    assert made.rms_s < 0.001
    there = made.to_device_us(np.array([5.0, 500.0]))
    assert made.to_host_s(there) == pytest.approx([5.0, 500.0], abs=1e-9)


def test_one_ping_gives_an_offset_and_no_skew() -> None:
    made = made_of([Ping(1, 100.0, 100.004, 2_000_000, 2_001_000)])
    assert made.skew_ppm == 0
    assert made.n == 1
    assert float(made.to_host_s(2_000_500)) == pytest.approx(100.002)
    assert made.bound_s == pytest.approx(0.0015, abs=1e-5)
    assert made.bound_at_s(2_000_500 + 10e6)[0] - made.bound_s == pytest.approx(2e-3, rel=0.02)  # 200 ppm


def test_without_pings_there_is_no_map() -> None:
    assert clock.fit([]) is None
    assert clock.fit([Ping(1, 2.0, 1.0, 5, 6)]) is None
    assert clock.fit([Ping(1, 1.0, 1.001, 0, 500_000)]) is None
    assert clock.usable([]) == (None, ())


def test_whole_microseconds_are_in_the_bound_where_there_is_no_delay() -> None:
    rng = np.random.default_rng(8)
    true = straight(0, boot_s=0)
    for _ in range(50):
        sent = np.sort(rng.uniform(0, 20, 10))
        made = made_of(pings(rng, true, sent, "no delay"))
        error, bound = errors_s(made, true, np.linspace(made.first_us, made.last_us, 20))
        assert np.all(error <= bound)
        # No delay, so all that is left is a microsecond, and what two clocks may do in between.
        assert made.bound_s < 5e-6 + clock.RATE_PPM * 1e-6 * np.max(np.diff(sent)) / 2


# Wraps, wrong stamps, restarts, jumps


def test_a_wrap_of_the_ticks_is_no_event() -> None:
    rng = np.random.default_rng(4)
    true = straight(-80, boot_s=WRAP_S - 100)
    sent = np.arange(0, 200, 1.0)
    rows = pings(rng, true, sent)
    assert rows[0].rx_us < wire.TICK_WRAP < rows[-1].rx_us
    made = made_of(rows)
    error, bound = errors_s(made, true, looked_at(made, true, sent))
    assert np.all(error <= bound)
    assert made.breaks == ()
    assert made.bound_s < 0.002


@pytest.mark.parametrize("places", [(0,), (11,), (29,), (0, 11, 29)])
def test_a_ping_with_a_wrong_stamp_is_dropped_and_counted(places: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    rows = pings(rng, straight(0, boot_s=5000.0), np.arange(0, 30, 1.0))
    clean = made_of(rows)
    for k in places:
        rows[k] = rows[k]._replace(rx_us=rows[k].rx_us + wire.TICK_WRAP, tx_us=rows[k].tx_us + wire.TICK_WRAP)
    rows[20] = rows[20]._replace(tx_us=rows[20].rx_us - 1)
    made = made_of(rows)
    assert made.dropped == len(places) + 1
    assert made.breaks == ()
    assert abs(float(made.to_host_s(5015e6)) - 15) <= made.bound_s < 2 * clean.bound_s + 1e-3


@pytest.mark.parametrize("restart", [1, 3, 15, 28, 29])
def test_a_restart_breaks_the_map_and_is_said(restart: int) -> None:
    rng = np.random.default_rng(restart)
    true, anew = straight(20, boot_s=900.0), straight(20, boot_s=0.0)
    late = Clock(anew.host_s + restart - 0.5, anew.device_s)  # boots half a second before its first ping
    sent = np.arange(0, 30, 1.0)
    made = made_of(pings(rng, true, sent[:restart]) + pings(rng, late, sent[restart:]))
    assert len(made.breaks) == 1
    assert "restarted" in made.breaks[0]
    assert made.dropped == 0
    kept = true if restart >= 15 else late
    inside = np.linspace(made.first_us, made.last_us, 50)
    error, bound = errors_s(made, kept, inside)
    assert np.all(error <= bound)
    assert np.isinf(made.bound_at_s([made.first_us - 1e6, made.last_us + 1e6])).all()
    assert clock.usable(pings(rng, true, sent[:restart]) + pings(rng, late, sent[restart:]))[0] is None


def test_a_host_that_slept_breaks_the_map_and_is_said() -> None:
    rng = np.random.default_rng(12)
    true = straight(20)
    awake = pings(rng, true, np.arange(0, 20, 1.0))
    # Its clock stood for 40 s while the board's went on.
    woken = [
        ping._replace(sent_s=ping.sent_s - 40, received_s=ping.received_s - 40)
        for ping in pings(rng, true, np.arange(60, 90, 1.0))
    ]
    made, said = clock.usable(awake + woken)
    assert made is None
    assert len(said) == 1
    assert "jumped apart by 40 s" in said[0]


def test_a_clock_no_crystal_would_have_still_gets_an_honest_bound_and_a_doubt() -> None:
    rng = np.random.default_rng(6)
    true, sent = straight(-2000), np.arange(0, 300, 1.0)
    made = made_of(pings(rng, true, sent))
    assert made.skew_ppm == pytest.approx(-2000, abs=10)
    error, bound = errors_s(made, true, looked_at(made, true, sent))
    assert np.all(error <= bound)
    assert "-2000 ppm" in made.doubts[0] or "-1999 ppm" in made.doubts[0]


def test_stamps_that_contradict_each_other_widen_the_bound_and_are_said() -> None:
    rng = np.random.default_rng(13)
    true, sent = straight(10), np.arange(0, 60, 1.0)
    rows = pings(rng, true, sent)
    rows[30] = rows[30]._replace(rx_us=rows[30].rx_us + 12_000, tx_us=rows[30].tx_us + 12_000)
    made = made_of(rows)
    assert made.breaks == ()
    assert "contradict each other by" in made.doubts[0]
    error, bound = errors_s(made, true, looked_at(made, true, sent))
    assert np.all(error <= bound)
    assert made.bound_s > 0.006


# The bound while it records


@pytest.mark.parametrize("line", LINES)
def test_the_live_bound_holds_at_its_moment(line: str) -> None:
    rng = np.random.default_rng(100 + LINES.index(line))
    for _ in range(60):
        sent = np.arange(0, 60, 0.9839) + rng.uniform(0, 1e4)
        true = stepped(rng, float(sent[0]), float(sent[-1]) + 5)
        live = LiveClock()
        assert math.isinf(live.bound_s(float(sent[0])))
        live.restart_worst()
        rows = pings(rng, true, sent, line)
        bound_s = 0.0
        for k, ping in enumerate(rows):
            live.add(ping)
            now_s = max(ping.received_s, rows[min(k + 1, len(rows) - 1)].sent_s)
            bound_s = live.bound_s(now_s)
            device_us = true.at_device(np.array([now_s])) * 1e6
            # The map of the same pings, asked for the same moment, is no wider, and its truth is inside.
            if k % 20 == 19:
                error, bound = errors_s(made_of(rows[: k + 1]), true, device_us)
                assert error[0] <= bound[0] <= bound_s * 1.02 + 1e-6
        assert live.worst_s >= bound_s
        assert live.breaks == 0


def test_the_live_clock_sees_a_restart_and_starts_anew() -> None:
    rng = np.random.default_rng(2)
    live = LiveClock()
    for ping in pings(rng, straight(0, boot_s=900.0), np.arange(0, 10, 1.0)):
        live.add(ping)
    assert live.bound_s(10.0) < 0.002
    after = pings(rng, Clock(np.array([0.0, 100.0]), np.array([0.0, 100.0])), np.arange(10, 13, 1.0))
    live.add(after[0])
    assert math.isinf(live.bound_s(10.1))
    live.add(after[1])
    assert live.breaks == 1
    assert live.bound_s(11.1) < 0.002


def test_one_wrong_stamp_does_not_move_the_live_clock() -> None:
    rng = np.random.default_rng(2)
    live = LiveClock()
    rows = pings(rng, straight(0), np.arange(0, 10, 1.0))
    live.add(Ping(0, 2.0, 1.0, 5, 6))
    for k, ping in enumerate(rows):
        shift = wire.TICK_WRAP if k == 5 else 0
        live.add(ping._replace(rx_us=ping.rx_us + shift, tx_us=ping.tx_us + shift))
    assert live.breaks == 0
    assert live.bound_s(9.1) < 0.002


def test_what_is_said_of_a_bound() -> None:
    assert doubt(0.0099) is None
    assert doubt(0.0099, DOUBLE_SUPPORT) is not None
    assert "within 14.2 ms only, standing needs 10 ms" in str(doubt(0.0142))
    assert "not known" in str(doubt(math.inf))
    assert short(0.0018) == "clock 1.8 ms"
    assert short(0.0142) == "clock 14.2 ms, needs 10 ms!"
    assert short(math.inf, STANDING) == "clock unknown, needs 10 ms!"
    assert short(0.24, DOUBLE_SUPPORT) == "clock 240 ms, needs 5 ms!"


# Pairs of clocks


def test_imu_ticks_to_device_time_with_late_readings() -> None:
    rng = np.random.default_rng(9)
    device_us = 3_000_000_000 + np.arange(0, 3600) * 1_000_000 + rng.integers(0, 3000, 3600)
    slope = 25.0 * 1.013  # the sensor's oscillator may be off by percents
    ticks = 4_000_000_000 + np.floor((device_us - 3e9) / slope).astype(np.int64)
    late = device_us.copy()
    late[::9] += rng.integers(200, 5000, len(late[::9]))
    line = clock.fit_pairs(ticks, late, nominal=25.0)
    assert line is not None
    assert line.slope == pytest.approx(slope, rel=1e-8)
    assert np.max(np.abs(line.to_y(ticks) - device_us)) < 30
    assert line.worst > 200


def test_few_pairs() -> None:
    assert clock.fit_pairs([], []) is None
    assert clock.fit_pairs([5], [9]) is None
    one = clock.fit_pairs([400], [10_000], nominal=25.0)
    assert one is not None
    assert float(one.to_y(404)) == 10_100
    two = clock.fit_pairs([0, 40_000], [5, 1_000_009])
    assert two is not None
    assert two.slope == pytest.approx(25.0001)
    assert two.worst < 1e-6
