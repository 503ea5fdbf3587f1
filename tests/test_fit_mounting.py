# SPDX-License-Identifier: MIT
"""The mounting's fit: drawn mounts come back from standing and a bow; without a bow the yaw is not made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from surefoot.errors import CalibrationError
from surefoot.fit.mounting import angle_deg, fit_mounting, halves
from surefoot.physics import GRAVITY_MS2

RATE_HZ = 100.0
T_S = np.arange(600) / RATE_HZ
RIGHT, UP = np.array((1.0, 0.0, 0.0)), np.array((0.0, 0.0, 1.0))
turns = st.lists(st.floats(-180, 180), min_size=3, max_size=3)


def standing(axes: np.ndarray, sway_deg: float = 0.0, seconds: float = 10.0, seed: int = 0) -> np.ndarray:
    """Specific force in sensor axes: body = axes @ sensor, so sensor = axes.T @ body."""
    n = round(seconds * RATE_HZ)
    rng = np.random.default_rng(seed)
    lean = np.radians(sway_deg) * np.repeat(rng.standard_normal((n // 100, 2)), 100, axis=0)
    body = GRAVITY_MS2 * np.column_stack((lean, np.ones(n)))
    return body @ axes


def bow(axes: np.ndarray, depth_deg: float = 40.0, about: np.ndarray = -RIGHT) -> np.ndarray:
    """Rates of a bow down and up in six seconds: forward turns about the left."""
    speed = depth_deg * 2 * np.pi / 6 * np.sin(2 * np.pi * T_S / 6) / 2
    return (speed[:, None] * about) @ axes


@given(turns)
@settings(max_examples=60, deadline=None)
def test_any_mount_comes_back_from_standing_and_a_bow(angles):
    axes = Rotation.from_euler("zyx", angles, degrees=True).as_matrix()
    fit = fit_mounting(standing(axes), RATE_HZ, np.eye(3), bow(axes), T_S)
    assert angle_deg(fit.axes, axes) < 0.01
    assert np.linalg.det(fit.axes) == pytest.approx(1)
    assert fit.bow_deg == pytest.approx(40, abs=0.5)
    assert fit.yaw_error_deg == pytest.approx(0, abs=0.01)


@given(st.floats(-40, 40), st.floats(-40, 40), st.floats(-180, 180))
@settings(max_examples=60, deadline=None)
def test_gravity_alone_puts_up_right_and_leaves_the_yaw(pitch, roll, yaw):
    axes = Rotation.from_euler("zyx", (yaw, pitch, roll), degrees=True).as_matrix()
    assume(axes[2] @ UP > -0.9)
    fit = fit_mounting(standing(axes), RATE_HZ, np.eye(3))
    assert fit.axes[2] @ axes[2] == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(fit.axes @ fit.axes.T, np.eye(3), atol=1e-9)
    assert fit.yaw_error_deg is None
    # The smallest turn that will do: about a level axis, by the angle between old up and new.
    assert angle_deg(fit.axes, np.eye(3)) == pytest.approx(np.degrees(np.arccos(min(axes[2, 2], 1.0))), abs=1e-4)


def test_sway_is_told_and_a_crooked_bow_makes_the_yaw_unsure():
    axes = Rotation.from_euler("zyx", (70, 10, -20), degrees=True).as_matrix()
    there, back = bow(axes)[:300], bow(axes, about=np.array((-1.0, 0.3, 0.0)))[300:]
    fit = fit_mounting(standing(axes, 0.5, 20), RATE_HZ, np.eye(3), np.concatenate((there, back)), T_S)
    assert fit.tilt_sway_deg == pytest.approx(0.5 * np.sqrt(2), rel=0.4)
    assert fit.tilt_error_deg == pytest.approx(fit.tilt_sway_deg / np.sqrt(20))
    assert np.degrees(np.arccos(fit.axes[2] @ axes[2])) < 3 * fit.tilt_error_deg
    assert fit.yaw_error_deg == pytest.approx(np.degrees(np.arctan(0.3)) / 2, abs=0.6)
    assert angle_deg(fit.axes, axes) == pytest.approx(np.degrees(np.arctan(0.3)) / 2, abs=1.0)


@pytest.mark.parametrize(
    ("depth_deg", "about", "words"),
    [(8.0, -RIGHT, "8 degrees deep"), (40.0, np.array((-0.7, 0.0, 0.7)), "to the side")],
)
def test_what_is_no_bow_is_refused(depth_deg: float, about: np.ndarray, words: str):
    with pytest.raises(CalibrationError, match=words):
        fit_mounting(standing(np.eye(3)), RATE_HZ, np.eye(3), bow(np.eye(3), depth_deg, about), T_S)


def test_too_short_a_stand_and_a_unit_upside_down_are_refused():
    with pytest.raises(CalibrationError, match="stand longer"):
        fit_mounting(standing(np.eye(3), seconds=3), RATE_HZ, np.eye(3))
    with pytest.raises(CalibrationError, match="upside down"):
        fit_mounting(standing(np.diag((1.0, -1.0, -1.0))), RATE_HZ, np.eye(3))


def test_a_path_is_cut_where_it_is_farthest():
    down, back = halves(bow(np.eye(3)), T_S)
    np.testing.assert_allclose(down, -40 * RIGHT, atol=0.05)
    np.testing.assert_allclose(down + back, 0, atol=0.2)
