# SPDX-License-Identifier: MIT
"""Movers on the virtual board: the firmware samples them, and what arrives is what was done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chain import RATE_HZ, UTC, calibrated, protocol
from moving import Director
from surefoot.clinic.session import Setup, run_protocol
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.movers import MoverWorld, Performance, Truth, perform
from surefoot.device.virtual.person import PersonError
from surefoot.device.virtual.stand import Stand
from surefoot.recording import read
from surefoot.signals import Signals, to_signals


def run(seen: Performance, out: Path, hold_s: float) -> tuple[Signals, Truth, MoverWorld]:
    """One condition of quiet stance in which the person does this at the start cue."""
    world = MoverWorld(seen)
    director = Director(world, [seen])
    with VirtualBoard(world, seed=1) as board, open_link(board.port, board.timing()) as link:
        setup = Setup("MOVER", out, Stand(world).placement, simulated=True, utc_now=lambda: UTC)
        outcome = run_protocol(link, protocol(hold_s), setup, director)
    assert outcome.error is None
    return to_signals(read(outcome.recordings[0]), calibrated(world)), director.truths[0], world


@pytest.mark.parametrize("kind", ["step", "one-rise"])
def test_the_firmware_sees_what_the_person_does(kind, tmp_path):
    seen = perform(kind, 3, lead_s=0.0, hold_s=8.0, failed=0)
    signals, truth, world = run(seen, tmp_path, min(seen.duration_s, 10.0))
    at_s = signals.t0_us * 1e-6 + signals.t_s
    true = world.truth(at_s)
    rows = np.isfinite(signals.foot_force_n).all(1) & np.isfinite(signals.gyr_dps).all(1)
    weight = seen.person.mass_kg * 9.80665
    assert np.abs(signals.foot_force_n - true["foot_force_n"])[rows].mean() < 0.05 * weight
    assert np.corrcoef(signals.foot_force_n[rows, 0], true["foot_force_n"][rows, 0])[0, 1] > 0.98
    busy = (at_s > truth.events[0].begin_s - 1) & (at_s < truth.events[-1].end_s + 1) & rows
    # Sensors have offsets, and sit some degrees off the trunk's axes.
    off = signals.gyr_dps[busy] - true["gyr_dps"][busy]
    assert np.abs(off - np.median(off, axis=0)).max() < 0.15 * np.linalg.norm(true["gyr_dps"][busy], axis=1).max()
    if kind == "step":
        step = truth.all("step")[0]
        air = (at_s > step.begin_s + 2 / RATE_HZ) & (at_s < step.end_s - 2 / RATE_HZ)
        assert air.sum() > 5
        assert signals.foot_force_n[air, step.foot].max() < 0.1 * weight
    else:
        seated = (at_s > truth.cue_s - 1) & (at_s < truth.cue_s)
        share = np.nanmedian(signals.foot_force_n[seated].sum(1)) / weight
        assert 0.05 < share < 0.3


def test_a_world_waits_in_the_first_posture_and_stays_in_the_last():
    seen = perform("one-rise", 4, lead_s=0.0)
    world = MoverWorld(seen)
    before = world.state(np.array((0.0, 100.0)))
    assert np.array_equal(before.foot_force_n[0], before.foot_force_n[1])
    assert np.allclose(before.foot_force_n[0], seen.foot_force_n[0])
    truth = world.take(seen, 50.0)
    assert truth.cue_s == 50.0
    t = np.linspace(50, 50 + seen.duration_s, 100)
    assert np.allclose(world.state(t).acc_ms2, seen.at("acc_ms2", t - 50))
    assert np.allclose(world.state(np.array((500.0,))).foot_force_n, seen.foot_force_n[-1])
    again = perform("tug", 4, lead_s=0.0)
    world.wait(again)
    assert np.allclose(world.state(np.array((20.0,))).acc_ms2, again.acc_ms2[0])


def test_slots_are_the_same_however_they_are_asked_for():
    seen = perform("step", 5, lead_s=0.0)
    one, other = MoverWorld(seen), MoverWorld(seen)
    for world in (one, other):
        world.take(seen, 0.5)
    whole = one.slots(0, 3000)
    assert b"".join(other.slots(k, 250) for k in range(0, 3000, 250)) == whole


def test_another_person_needs_another_world():
    world = MoverWorld(perform("step", 5))
    with pytest.raises(PersonError, match="somebody else"):
        world.take(perform("step", 6))
    seen = perform("lift", 5)
    world.take(seen)
    with pytest.raises(PersonError, match="somebody else"):
        world.take(replace(seen, person=replace(seen.person, mass_kg=70.0)))
