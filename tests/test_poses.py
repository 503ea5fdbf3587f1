# SPDX-License-Identifier: MIT
"""The world of a board that is laid and turned: rate and gravity belong together, and the bytes don't depend on how."""

from __future__ import annotations

import numpy as np
import pytest

from handling import parts
from surefoot.device.virtual.poses import Poses, practise
from surefoot.device.virtual.world import SLOT_DTYPE


def busy() -> Poses:
    world = Poses(parts(), 2, up=(1, 0, 0.2))
    world.lay((0, 1, 0))
    world.rest(1.0)
    world.turn(720, 4.0)
    world.lay((0, -1, 0))
    world.tip((-1, 0, 0), 40, 2.0)
    world.hold(1.0)
    return world


def test_the_vertical_turns_as_the_rate_says():
    world, t_s = busy(), np.arange(0, 12, 1e-3)
    acc, rate = world.truth(t_s)
    np.testing.assert_allclose(np.linalg.norm(acc, axis=1), world.gravity_ms2)
    slope = np.gradient(acc, 1e-3, axis=0)
    np.testing.assert_allclose(slope[1:-1], np.cross(acc, np.radians(rate))[1:-1], atol=2e-2)
    assert np.abs(slope).max() > 10


def test_each_thing_ends_where_it_was_to_end():
    world = busy()
    acc, rate = world.truth(np.array([0.0, 2.0, 6.4, 8.0, 9.9, 11.0]))
    up = acc / world.gravity_ms2
    np.testing.assert_allclose(up[0], np.array((1, 0, 0.2)) / np.sqrt(1.04), atol=1e-9)
    np.testing.assert_allclose(up[[1, 2]], [[0, 1, 0]] * 2, atol=1e-9)
    np.testing.assert_allclose(up[3], (0, -1, 0), atol=1e-9)
    # Turned by 40 degrees about -x, the vertical turns by 40 degrees about +x in the board.
    np.testing.assert_allclose(up[-1], (0, -np.cos(np.radians(40)), -np.sin(np.radians(40))), atol=1e-9)
    assert np.abs(rate[[0, -1]]).max() == 0
    turn = world.truth(np.arange(2.5, 6.5, 1e-3))[1].sum(axis=0) * 1e-3
    np.testing.assert_allclose(turn, (0, 720, 0), atol=0.1)


def test_the_bytes_do_not_depend_on_how_they_are_asked_for():
    whole = busy().slots(0, 9000)
    world = busy()
    parts_of_it = b"".join(world.slots(first, 250) for first in range(0, 9000, 250))
    assert parts_of_it == whole


def test_what_is_asked_for_later_changes_only_what_comes_later():
    still, moved = Poses(parts(), 2), Poses(parts(), 2)
    assert still.slots(0, 1500) == moved.slots(0, 1500)
    moved.lay((1, 0, 0))
    later = np.frombuffer(moved.slots(1500, 3000), SLOT_DTYPE)["imu"]
    assert still.slots(1500, 3000) != later.tobytes()
    assert later[-500:, 0].mean() == pytest.approx(1e6, rel=0.05)
    spread = later[:1400, :3].std(axis=0).max()
    assert spread > 1e4, "a hand held it meanwhile"


def test_a_stuck_axis_never_moves():
    imu = np.frombuffer(Poses(parts(), 2, stuck=(4,)).slots(0, 1000), SLOT_DTYPE)["imu"]
    assert np.ptp(imu[:, 4]) == 0
    assert (np.ptp(np.delete(imu, 4, axis=1), axis=0) > 0).all()


def test_practice_goes_through_all_poses_and_turns():
    world = Poses(parts(), 2)
    practise(world, rounds=1)
    acc, rate = world.truth(np.arange(0, world.free_s, 0.05))
    still = acc[(np.abs(rate) < 1e-9).all(axis=1)] / world.gravity_ms2
    assert len(np.unique(np.round(still, 3) + 0.0, axis=0)) == 14
    assert (np.abs(rate).max(axis=0) > 90).all()
