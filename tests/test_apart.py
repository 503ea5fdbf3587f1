# SPDX-License-Identifier: MIT
"""Pods that log a walk apart: clocks compared before and after it, a bound in between, and a verdict in words."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace

import numpy as np
import pytest

from clocks import LINES, Clock, pings
from flatworld import FlatWorld
from surefoot.device.apart import (
    CHANGE_PPM,
    Bridge,
    Sync,
    bridge,
    bridge_or_why,
    double_support,
    take_sync,
    unsynced_bound_s,
)
from surefoot.device.clock import RATE_PPM
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.errors import ClockError


def walked(rng: np.random.Generator, walk_s: float, change_ppm: float, ppm: float | None = None) -> Clock:
    """A clock whose rate changes in steps by at most change_ppm, end to end, while it is away for walk_s."""
    edges = np.sort(rng.uniform(0, walk_s, rng.integers(0, 12)))
    if rng.random() < 0.3:
        edges = np.array([walk_s / 2])  # the worst: one half fast, the other slow
    host = np.concatenate(([-100.0], edges, [walk_s + 100]))
    low = rng.uniform(-100, 100 - change_ppm) if ppm is None else ppm - change_ppm / 2
    rates = low + change_ppm * rng.integers(0, 2, len(host) - 1)
    rates = np.where(rng.random(len(rates)) < 0.3, low + change_ppm * rng.random(len(rates)), rates)
    if len(edges) == 1:
        rates = np.array([low, low + change_ppm])
    return Clock(host, 500 + np.concatenate(([0.0], np.cumsum(np.diff(host) / (1 + rates * 1e-6)))))


def syncs(rng: np.random.Generator, true: Clock, walk_s: float, line: str = "usb") -> tuple[Sync, Sync]:
    """Eight pings in the last seconds before, and the first after the walk."""
    before = pings(rng, true, -2.0 + np.arange(8) * 0.05, line)
    after = pings(rng, true, walk_s + 1.0 + np.arange(8) * 0.05, line)
    wall_s = 1.7e9
    return Sync("f00d", 3, tuple(before), wall_s), Sync("f00d", 3, tuple(after), wall_s + walk_s + 3)


@pytest.mark.parametrize("line", LINES)
def test_the_true_error_is_within_the_bound_all_along_the_walk(line: str) -> None:
    rng = np.random.default_rng(LINES.index(line))
    used = []
    for _ in range(300):
        walk_s = float(rng.choice([60.0, 600.0, 3600.0, 4 * 3600.0]))
        change_ppm = float(rng.choice([0.0, 2.0, 10.0, 40.0]))
        true = walked(rng, walk_s, change_ppm)
        made = bridge(*syncs(rng, true, walk_s, line), change_ppm=change_ppm)
        device_us = np.linspace(made.begin[0], made.end[0], 301)
        error = np.abs(made.to_host_s(device_us) - true.at_host(device_us * 1e-6))
        bound = made.bound_at_s(device_us)
        assert np.all(error <= bound)
        assert np.all(bound <= made.bound_s)
        assert made.bound_s <= np.max(bound) + 1e-6 * walk_s
        outside = np.array([made.begin[0] - 30e6, made.end[0] + 30e6])
        assert np.all(np.abs(made.to_host_s(outside) - true.at_host(outside * 1e-6)) <= made.bound_at_s(outside))
        used.append(np.max(error / bound))
    assert np.median(used) > 0.1


def test_the_stated_figures() -> None:
    assert unsynced_bound_s(3600) == pytest.approx(0.144)
    hour = Bridge((0.0, 0.0, 0.001), (3600e6, 3600.0, 0.001), CHANGE_PPM)
    assert hour.bound_s == pytest.approx(0.001 + 0.009, abs=1e-6)
    assert hour.bound_at_s(1800e6)[0] == pytest.approx(0.010)
    uneven = Bridge((0.0, 0.0, 0.001), (600e6, 600.0, 0.004), CHANGE_PPM)
    at = np.linspace(0, 600e6, 6001)
    assert uneven.bound_s == pytest.approx(float(np.max(uneven.bound_at_s(at))), abs=2e-9)


def test_double_support_needs_two_pods_synced_at_both_ends_within_five_milliseconds() -> None:
    rng = np.random.default_rng(1)
    short = {role: bridge_or_why(syncs(rng, walked(rng, 300, 10), 300)) for role in ("left", "right")}
    verdict = double_support(short)
    assert verdict.reported
    assert verdict.bound_s <= 0.005
    assert "within" in verdict.sentence
    long = {role: bridge_or_why(syncs(rng, walked(rng, 3600, 10), 3600)) for role in ("left", "right")}
    verdict = double_support(long)
    assert not verdict.reported
    assert 0.018 < verdict.bound_s < 0.022
    assert "only over 60 minutes" in verdict.sentence
    assert "Compare clocks every" in verdict.sentence
    steady = {role: bridge_or_why(syncs(rng, walked(rng, 3600, 1), 3600), change_ppm=1.0) for role in ("left", "right")}
    assert double_support(steady).reported


def test_the_advice_keeps_its_word() -> None:
    ends = (0.0, 0.0, 0.001), (3600e6, 3600.0, 0.001)
    sentence = double_support({"left": Bridge(*ends, CHANGE_PPM), "right": Bridge(*ends, CHANGE_PPM)}).sentence
    minutes = int(sentence.split("every ")[1].split(" ")[0])
    assert minutes == 9
    shorter = Bridge(ends[0], (minutes * 60e6, minutes * 60.0, 0.001), CHANGE_PPM)
    assert double_support({"left": shorter, "right": shorter}).reported
    slow = Bridge((0.0, 0.0, 0.004), (60e6, 60.0, 0.004), CHANGE_PPM)
    assert "another cable" in double_support({"left": slow, "right": slow}).sentence


@pytest.mark.parametrize(("gone", "when"), [((0,), "before"), ((1,), "after"), ((0, 1), "before and after")])
def test_without_a_sync_at_either_end_no_double_support_is_reported(gone: tuple[int, ...], when: str) -> None:
    rng = np.random.default_rng(2)
    both = syncs(rng, walked(rng, 300, 2), 300)
    why = bridge_or_why([None if k in gone else sync for k, sync in enumerate(both)])
    assert isinstance(why, str)
    assert f"not compared {when} the walk" in why
    assert "40 ppm" in why
    assert "144 ms an hour" in why
    verdict = double_support({"left": bridge(*both), "right": why})
    assert not verdict.reported
    assert math.isinf(verdict.bound_s)
    assert verdict.sentence.startswith("No double support is reported. right: ")
    assert not double_support({"left": bridge(*both)}).reported


def test_what_spoils_a_bridge_is_said() -> None:
    rng = np.random.default_rng(3)
    before, after = syncs(rng, walked(rng, 600, 2), 600)
    with pytest.raises(ClockError, match="two boards"):
        bridge(before, replace(after, device="beef"))
    with pytest.raises(ClockError, match="restarted during the walk"):
        bridge(before, replace(after, boot=4))
    with pytest.raises(ClockError, match="backwards"):
        bridge(after, before)
    with pytest.raises(ClockError, match="fit no clock"):
        bridge(replace(before, pings=()), after)
    with pytest.raises(ClockError, match="slept"):  # wall clock: an hour more than the host's
        bridge(before, replace(after, wall_s=after.wall_s + 3600))
    slept = tuple(ping._replace(sent_s=ping.sent_s - 0.5, received_s=ping.received_s - 0.5) for ping in after.pings)
    with pytest.raises(ClockError, match="ran apart by 8"):  # 0.5 s in 600 s
        bridge(before, replace(after, pings=slept))
    assert "restarted" in str(bridge_or_why((before, replace(after, boot=4))))


@pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals on Windows")
def test_a_virtual_pod_walks_alone_and_its_clock_is_bridged(tmp_path) -> None:
    truth: dict[int, float] = {}
    with VirtualBoard(FlatWorld(), seed=4) as pod:
        pod.drift(95)
        wall = iter((1.7e9, 1.7e9 + 120.0))
        with open_link(pod.port, pod.timing()) as link:
            before = take_sync(link, wall_s=lambda: next(wall))
        for ppm in (90, 100, 92, 98):  # away, and its crystal warms and cools by 10 ppm
            pod.drift(ppm)
            for _ in range(30):
                pod.advance(1.0)
                truth[pod.slot] = pod.now_s
        with open_link(pod.port, pod.timing()) as link:
            after = take_sync(link, wall_s=lambda: next(wall))
    again = Sync.from_dict(json.loads(json.dumps(before.as_dict())))
    assert again == before
    made = bridge(again, after, change_ppm=10.0)
    assert -RATE_PPM < made.rate * 1e6 < -85
    device_us = np.array(list(truth)) * 1000.0
    error = np.abs(made.to_host_s(device_us) - np.array(list(truth.values())))
    assert np.all(error <= made.bound_at_s(device_us))
    assert made.bound_s < 0.003
