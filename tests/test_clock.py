# SPDX-License-Identifier: MIT
"""Clock maps against devices whose true clock is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from surefoot import wire
from surefoot.decode import Ping
from surefoot.device import clock

Truth = Callable[[np.ndarray], np.ndarray]


def exchange(rng: np.random.Generator, sent_s: np.ndarray, to_device_s: Truth, one_sided: bool = False) -> list[Ping]:
    """Pings at these host times: asymmetric jittered delays, whole microseconds on the device."""
    n = len(sent_s)
    up = rng.uniform(0, 2e-3) + rng.exponential(rng.uniform(1e-4, 8e-3), n)
    down = np.full(n, 1e-5) if one_sided else rng.uniform(0, 2e-3) + rng.exponential(rng.uniform(1e-4, 8e-3), n)
    inside = rng.uniform(1e-4, 3e-3, n)
    rx = np.floor(to_device_s(sent_s + up) * 1e6).astype(int)
    tx = np.floor(to_device_s(sent_s + up + inside) * 1e6).astype(int)
    received = sent_s + up + inside + down
    return [Ping(i, *row) for i, row in enumerate(zip(sent_s, received, rx.tolist(), tx.tolist(), strict=True))]


def errors_s(made: clock.ClockMap, host_s: np.ndarray, to_device_s: Truth) -> tuple[np.ndarray, np.ndarray]:
    device_us = to_device_s(host_s) * 1e6
    return np.abs(made.to_host_s(device_us) - host_s), made.bound_at_s(device_us)


@pytest.mark.parametrize("one_sided", [False, True])
def test_the_true_error_is_within_the_bound(one_sided: bool) -> None:
    rng = np.random.default_rng(20)
    used = []
    for _ in range(300):
        ppm, begin, boot = rng.uniform(-100, 100), rng.uniform(0, 1e5), rng.uniform(0, 1e5)
        span = float(rng.choice([0.5, 5.0, 35.0, 600.0, 3600.0]))
        sent = np.sort(begin + rng.uniform(0, span, rng.integers(1, 80)))

        def to_device_s(host: np.ndarray, boot: float = boot, begin: float = begin, ppm: float = ppm) -> np.ndarray:
            return boot + (host - begin) / (1 + ppm * 1e-6)

        made = clock.fit(exchange(rng, sent, to_device_s, one_sided))
        assert made is not None
        inside, bound = errors_s(made, np.linspace(sent[0] + 0.01, max(sent[-1], sent[0] + 0.01), 20), to_device_s)
        assert np.all(inside <= bound)
        outside, grown = errors_s(made, np.array([begin - 60, begin + span + 60, begin + span + 1000]), to_device_s)
        assert np.all(outside <= grown)
        assert made.dropped == 0
        if made.last_us > made.first_us:
            within = np.linspace(made.first_us, made.last_us, 9)
            assert np.all(made.bound_at_s(within) <= made.bound_s + 1e-12)
        used.append(np.max(inside) / made.bound_s)
    # Neither empty promises nor a bound so wide that it says nothing.
    assert 0.1 < np.median(used) < 0.9


def test_a_rate_that_wanders_stays_within_the_bound() -> None:
    rng = np.random.default_rng(7)
    for span in (35.0, 600.0, 3600.0):
        for _ in range(20):
            period, phase = span * rng.uniform(0.3, 2.0), rng.uniform(0, 6.28)

            def to_device_s(host: np.ndarray, period: float = period, phase: float = phase) -> np.ndarray:
                swing = 1e-6 * period / 6.2832  # rate within +-1 ppm of its mean
                return 50.0 + host * (1 - 30e-6) + swing * (np.sin(host / period * 6.2832 + phase) - np.sin(phase))

            made = clock.fit(exchange(rng, np.arange(0, span, 1.0), to_device_s))
            assert made is not None
            error, bound = errors_s(made, np.linspace(1, span - 1, 200), to_device_s)
            assert np.all(error <= bound)


def test_the_skew_of_a_long_recording() -> None:
    rng = np.random.default_rng(3)
    made = clock.fit(exchange(rng, np.arange(0, 900, 1.0), lambda host: host / (1 + 42e-6)))
    assert made is not None
    assert made.skew_ppm == pytest.approx(42, abs=3)
    assert made.bound_s < 0.006
    assert made.rms_s < 0.003
    there = made.to_device_us(np.array([5.0, 500.0]))
    assert made.to_host_s(there) == pytest.approx([5.0, 500.0], abs=1e-9)


def test_one_ping_gives_an_offset_and_no_skew() -> None:
    made = clock.fit([Ping(1, 100.0, 100.004, 2_000_000, 2_001_000)])
    assert made is not None
    assert made.skew_ppm == 0
    assert made.n == 1
    assert float(made.to_host_s(2_000_500)) == pytest.approx(100.002)
    assert made.bound_s == pytest.approx(0.0015, abs=1e-5)
    assert made.bound_at_s(2_000_500 + 10e6)[0] - made.bound_s == pytest.approx(1e-3, rel=0.02)  # 100 ppm, 1 ppm wander


def test_without_pings_there_is_no_map() -> None:
    assert clock.fit([]) is None
    assert clock.fit([Ping(1, 2.0, 1.0, 5, 6)]) is None
    assert clock.fit([Ping(1, 1.0, 1.001, 0, 500_000)]) is None


def test_a_ping_with_a_wrong_stamp_is_dropped_and_counted() -> None:
    rng = np.random.default_rng(5)
    pings = exchange(rng, np.arange(0, 30, 1.0), lambda host: host)
    clean = clock.fit(pings)
    wrap = wire.TICK_WRAP
    pings[11] = pings[11]._replace(rx_us=pings[11].rx_us + wrap, tx_us=pings[11].tx_us + wrap)
    pings[20] = pings[20]._replace(tx_us=pings[20].rx_us - 1)
    made = clock.fit(pings)
    assert made is not None
    assert clean is not None
    assert made.dropped == 2
    assert abs(float(made.to_host_s(15e6)) - 15) <= made.bound_s < 2 * clean.bound_s + 1e-3


def test_whole_microseconds_are_in_the_bound_where_there_is_no_delay() -> None:
    rng = np.random.default_rng(8)
    for _ in range(50):
        sent = np.sort(rng.uniform(0, 20, 10))
        stamps = np.floor(sent * 1e6).astype(int).tolist()
        made = clock.fit([Ping(0, t, t, us, us) for t, us in zip(sent.tolist(), stamps, strict=True)])
        assert made is not None
        within = np.linspace(sent[0], sent[-1], 20)
        error, bound = errors_s(made, within, lambda host: host)
        assert np.all(error <= bound)
        assert made.bound_s < 3e-5


def test_a_clock_no_crystal_would_have_still_gets_an_honest_bound() -> None:
    rng = np.random.default_rng(6)
    made = clock.fit(exchange(rng, np.arange(0, 300, 1.0), lambda host: host * 1.002))
    assert made is not None
    assert made.skew_ppm == pytest.approx(-1996, abs=10)
    error, bound = errors_s(made, np.linspace(1, 298, 50), lambda host: host * 1.002)
    assert np.all(error <= bound)


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
