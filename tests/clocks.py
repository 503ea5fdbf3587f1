# SPDX-License-Identifier: MIT
"""Clocks whose truth is known: a device whose rate changes in steps, and pings over lines of every kind of delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surefoot.decode import Ping

PPM = 1e-6
LINES = ("usb", "latency timer", "heavy tail", "spikes", "one way slow", "other way slow", "no delay")


@dataclass(frozen=True)
class Clock:
    """Device seconds `device_s` [k] at host seconds `host_s` [k], straight lines in between and beyond."""

    host_s: np.ndarray
    device_s: np.ndarray

    def at_host(self, device_s: np.ndarray) -> np.ndarray:
        return np.interp(device_s, self.device_s, self.host_s)

    def at_device(self, host_s: np.ndarray) -> np.ndarray:
        return np.interp(host_s, self.host_s, self.device_s)


def stepped(rng: np.random.Generator, begin_s: float, end_s: float, limit_ppm: float = 100.0) -> Clock:
    """A clock whose rate jumps up to 20 times from begin_s to end_s, anywhere within limit_ppm, often end to end."""
    edges = np.sort(rng.uniform(begin_s, end_s, rng.integers(0, 21)))
    host_s = np.concatenate(([begin_s - 4000], edges, [end_s + 4000]))
    rates = rng.uniform(-limit_ppm, limit_ppm, len(host_s) - 1)
    extreme = rng.random(len(rates)) < 0.5
    rates[extreme] = limit_ppm * rng.choice([-1.0, 1.0], int(extreme.sum()))
    device_s = rng.uniform(4001, 1e5) + np.concatenate(([0.0], np.cumsum(np.diff(host_s) / (1 + rates * PPM))))
    return Clock(host_s, device_s)


def delays_s(rng: np.random.Generator, line: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds to the device and back [n]."""
    up, down = (rng.uniform(1e-4, 1e-3) + rng.exponential(3e-4, n) for _ in range(2))
    if line == "latency timer":  # the bridge hands over what it has every 16 ms
        down += rng.uniform(0, 0.016, n)
    elif line == "heavy tail":
        up, down = (2e-4 * (1 + rng.pareto(1.1, n)) for _ in range(2))
    elif line == "spikes":
        for way in (up, down):
            way += (rng.random(n) < 0.2) * rng.uniform(0.02, 0.5, n)
    elif line == "one way slow":
        up = 0.02 + rng.exponential(0.01, n)
    elif line == "other way slow":
        down = 0.02 + rng.exponential(0.01, n)
    elif line == "no delay":
        up, down = np.zeros(n), np.zeros(n)
    return np.minimum(up, 0.9), np.minimum(down, 0.9)


def pings(rng: np.random.Generator, clock: Clock, sent_s: np.ndarray, line: str = "usb") -> list[Ping]:
    """The exchanges begun at these host times; the device stamps whole microseconds."""
    n = len(sent_s)
    up, down = delays_s(rng, line, n)
    inside = np.zeros(n) if line == "no delay" else rng.uniform(1e-4, 3e-3, n)
    rx_us = np.floor(clock.at_device(sent_s + up) * 1e6).astype(int).tolist()
    tx_us = np.floor(clock.at_device(sent_s + up + inside) * 1e6).astype(int).tolist()
    received = (sent_s + up + inside + down).tolist()
    return [Ping(i, *row) for i, row in enumerate(zip(sent_s.tolist(), received, rx_us, tx_us, strict=True))]


def schedule_s(rng: np.random.Generator) -> np.ndarray:
    """When pings are sent: each second as in a session, at random, few, or with a pause in between."""
    begin, span = rng.uniform(0, 1e5), float(rng.choice([0.5, 5.0, 35.0, 120.0, 600.0, 3600.0]))
    kind = rng.integers(4)
    if kind == 0:
        sent = np.concatenate((np.arange(8) * 0.01, np.arange(0.3, span, 0.9839)))
    elif kind == 1:
        sent = np.sort(rng.uniform(0, span, rng.integers(1, 80)))
    elif kind == 2:
        sent = np.sort(rng.uniform(0, span, rng.integers(1, 4)))
    else:
        sent = np.arange(0, span, 0.9839)
        pause = rng.uniform(0, span, 2)
        sent = sent[(sent < pause.min()) | (sent > pause.max())]
        sent = sent if len(sent) else np.zeros(1)
    return begin + sent
