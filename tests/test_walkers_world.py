# SPDX-License-Identifier: MIT
"""Walkers on the virtual board: the firmware logs them, and what comes back is the walk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chain import calibrated
from surefoot.device import logs
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.walkers import WalkWorld, walk_world
from surefoot.recording import from_log, read
from surefoot.signals import Signals, to_signals

GRAVITY_MS2 = 9.80665


def test_slots_are_the_same_however_they_are_asked_for():
    one, other = walk_world("level", 5, 20), walk_world("level", 5, 20)
    whole = one.slots(0, 6000)
    assert other.slots(3500, 2500) == whole[3500 * 56 :]
    assert other.slots(0, 100) == whole[: 100 * 56]


def test_a_world_walks_as_its_arrays_and_stands_before_and_after():
    world = walk_world("level", 5, 20, lead_s=5.0)
    t_s = np.arange(25000) / 1000
    state = world.state(t_s)
    truth = world.walked
    assert truth.left.off_s[0] > 5
    total = state.foot_force_n.sum(1)
    assert total.mean() == pytest.approx(truth.mass_kg * GRAVITY_MS2, rel=0.01)
    assert (state.foot_force_n[:5000] > 0).all()
    assert (world.state(np.array((100.0,))).foot_force_n > 0.2 * total.mean()).all()
    for foot in (0, 1):
        off_s, on_s = truth.feet[foot].off_s[2], truth.feet[foot].initial_s[3]
        air = (t_s > off_s) & (t_s < on_s)
        assert state.foot_force_n[air, foot].max() == 0


def test_what_a_shoe_and_bad_parts_do_reaches_the_counts():
    plain = walk_world("level", 5, 20)
    shoe = walk_world("level", 5, 20, preload_n=40.0)
    broken = walk_world("level", 5, 20, dead=("L1",), unplugged=("right",))
    at = int(1000 * (plain.walked.left.off_s[2] + 0.1))
    counts = [np.frombuffer(w.slots(at, 1), "<u2")[:16].astype(int) for w in (plain, shoe, broken)]
    assert counts[1][:8].sum() > counts[0][:8].sum() + 100
    assert counts[2][0] == 0
    assert (counts[2][8:] == broken.electronics.law.full_count).all()


def by_button(world: WalkWorld, folder: Path, seconds: float) -> Signals:
    """A press, a walk, a press; then the board is back on its cable."""
    with VirtualBoard(world, seed=1, board="xiao-esp32s3") as board:
        board.advance(1.0)
        board.press(0.2)
        board.advance(seconds)
        board.press(0.2)
        board.advance(2.0)
        with open_link(board.port, board.timing()) as link:
            raw = logs.fetch_log(link, 1, folder / "1.raw")
    from_log(raw, folder / "1.sfr", {"log": 1})
    return to_signals(read(folder / "1.sfr"), calibrated(world))


@pytest.mark.long
def test_a_walk_by_button_comes_back_as_it_was_walked(tmp_path):
    pytest.importorskip("termios", reason="no pseudo terminals on Windows")
    world = walk_world("level", 3, 40, lead_s=4.0)
    signals = by_button(world, tmp_path, 40.0)
    at_s = signals.t0_us * 1e-6 + signals.t_s
    true = world.truth(at_s)
    rows = np.isfinite(signals.foot_force_n).all(1) & np.isfinite(signals.gyr_dps).all(1)
    assert rows.mean() > 0.95
    weight = world.walked.mass_kg * GRAVITY_MS2
    for foot, seen in enumerate(world.walked.feet):
        force, felt = true["foot_force_n"][rows, foot], signals.foot_force_n[rows, foot]
        assert np.corrcoef(force, felt)[0, 1] > 0.97
        swings = 0
        for off_s, on_s in zip(seen.off_s[:-1], seen.initial_s[1:], strict=True):
            air = rows & (at_s > off_s + 0.02) & (at_s < on_s - 0.02)
            if air.sum() > 5:
                assert signals.foot_force_n[air, foot].max() < 0.1 * weight
                swings += 1
        assert swings > 8
    # What this board's IMU should show of it, sitting as it does some degrees off the trunk's axes.
    parts = world.electronics
    shown = true["gyr_dps"] @ parts.mount.T * parts.gyr_scale + parts.gyr_bias_dps
    assert np.abs(signals.gyr_dps - shown)[rows].max() < 0.05 * np.abs(shown).max()
