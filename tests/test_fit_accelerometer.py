# SPDX-License-Identifier: MIT
"""The accelerometer's fit: a sensor with known faults comes back, a real one leaves less than bias and scale alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.errors import CalibrationError
from surefoot.fit.accelerometer import LEAST_POSES, fit_accelerometer, fit_bias_and_scale, still_poses
from surefoot.physics import GRAVITY_MS2, gravity_at_ms2

RATE_HZ = 100.0
LOCAL_MS2 = 9.81744  # of the real recording, by its makers


def directions(n: int, seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, 3))
    return found / np.linalg.norm(found, axis=1)[:, None]


def sensed(unit: np.ndarray, bias: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """What a faulty sensor shows of gravity along these directions: the inverse of what a fit has to find."""
    return (GRAVITY_MS2 * unit) @ np.linalg.inv(matrix).T + bias


def recording(unit: np.ndarray, noise: float, seed: int, bias: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Four seconds in each pose and one in between, in which it is turned."""
    rng = np.random.default_rng(seed)
    parts = []
    for here, there in zip(unit, np.roll(unit, -1, axis=0), strict=True):
        parts.append(np.repeat(here[None], 400, axis=0))
        way = np.linspace(0, 1, 100)[:, None]
        turning = (1 - way) * here + way * there + 0.3 * rng.normal(size=(100, 3))
        parts.append(turning / np.linalg.norm(turning, axis=1)[:, None])
    raw = sensed(np.concatenate(parts), bias, matrix)
    return raw + noise * rng.normal(size=raw.shape)


@given(
    st.lists(st.floats(-0.8, 0.8), min_size=3, max_size=3),
    st.lists(st.floats(0.95, 1.05), min_size=3, max_size=3),
    st.lists(st.floats(-0.03, 0.03), min_size=3, max_size=3),
    st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_known_faults_come_back_exactly(bias, scale, skew, seed):
    matrix = np.diag(scale)
    matrix[np.triu_indices(3, 1)] = skew
    fit = fit_accelerometer(sensed(directions(30, seed), np.array(bias), matrix))
    np.testing.assert_allclose(fit.bias, bias, atol=1e-6)
    np.testing.assert_allclose(fit.matrix, matrix, atol=1e-6)
    assert fit.residual_ms2 < 1e-7
    assert fit.left_out_ms2 is not None
    assert fit.left_out_ms2 < 1e-6


def test_the_unit_is_the_sensors_own_business():
    unit, bias, matrix = directions(25, 3), np.array([0.2, -0.1, 0.3]), np.diag([1.01, 0.98, 1.02])
    ms2 = sensed(unit, bias, matrix)
    fit = fit_accelerometer(32768 + 800 * ms2)
    np.testing.assert_allclose(fit.apply(32768 + 800 * ms2), GRAVITY_MS2 * unit, atol=1e-6)


def test_from_a_recording_with_noise_and_hands_to_the_numbers():
    unit, bias, matrix = directions(20, 5), np.array([0.3, -0.2, 0.1]), np.diag([1.02, 0.99, 1.01])
    matrix[0, 1] = 0.01
    poses = still_poses(recording(unit, 0.02, 7, bias, matrix), RATE_HZ)
    assert len(poses) == 20
    assert all(2.0 <= (pose.last - pose.first) / RATE_HZ <= 4.2 for pose in poses)
    fit = fit_accelerometer(np.array([pose.mean for pose in poses]))
    np.testing.assert_allclose(fit.bias, bias, atol=5e-3)
    np.testing.assert_allclose(fit.matrix, matrix, atol=1e-3)
    assert fit.left_out_ms2 is not None
    assert fit.residual_ms2 < fit.left_out_ms2 < 0.01


def test_a_real_sensor_leaves_less_than_bias_and_scale(shared_data: Path):
    raw = np.loadtxt(shared_data / "imu-calibration" / "accelerometer-counts.txt")
    poses = still_poses(raw[:, 1:], RATE_HZ)
    fit = fit_accelerometer(np.array([pose.mean for pose in poses]), LOCAL_MS2)
    assert 34 <= len(poses) <= 42, "38 poses, its makers say"
    assert fit.residual_ms2 < 0.034
    assert fit.worst_ms2 < 0.05
    assert fit.left_out_ms2 is not None
    assert fit.left_out_ms2 < 0.034, "and so it does for a pose that the fit has not seen"
    lengths = np.linalg.norm(fit.apply(raw[poses[0].first : poses[0].last, 1:]), axis=1)
    assert np.median(lengths) == pytest.approx(LOCAL_MS2, abs=0.05)


@pytest.mark.parametrize(
    ("means", "words"),
    [
        (directions(LEAST_POSES - 1, 1), "can't tell nine unknowns"),
        (directions(40, 1) * [1, 1, 0.01], "too alike"),
        (np.repeat(directions(2, 2), 10, axis=0), "too alike|no sphere"),
        (np.abs(directions(40, 4)) * [0.1, 0.1, 1], "too alike"),
    ],
)
def test_poses_that_can_not_tell_are_refused(means, words):
    with pytest.raises(CalibrationError, match=words):
        fit_accelerometer(GRAVITY_MS2 * means)


def test_a_recording_that_can_not_do_is_refused():
    still = np.tile([0.0, 0.0, GRAVITY_MS2], (6000, 1)) + 0.01 * np.random.default_rng(0).normal(size=(6000, 3))
    with pytest.raises(CalibrationError, match="1 still poses were found"):
        still_poses(still, RATE_HZ)
    with pytest.raises(CalibrationError, match="too short"):
        still_poses(still[:500], RATE_HZ)
    with pytest.raises(CalibrationError, match="three finite columns"):
        still_poses(np.full((6000, 3), np.nan), RATE_HZ)


# Six positions

FACES = np.concatenate((np.eye(3), -np.eye(3)))
CORNER = np.array([[1.0, -1.0, 1.0]]) / np.sqrt(3)


def tilted(unit: np.ndarray, seed: int, by: float) -> np.ndarray:
    off = unit + by * np.random.default_rng(seed).normal(size=unit.shape)
    return off / np.linalg.norm(off, axis=1)[:, None]


@given(
    st.lists(st.floats(-0.8, 0.8), min_size=3, max_size=3),
    st.lists(st.floats(0.95, 1.05), min_size=3, max_size=3),
    st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_six_faces_tell_bias_and_scale_however_crooked_they_lie(bias, scale, seed):
    means = sensed(tilted(FACES, seed, 0.05), np.array(bias), np.diag(scale))
    fit = fit_bias_and_scale(means)
    np.testing.assert_allclose(fit.bias, bias, atol=1e-6)
    np.testing.assert_allclose(fit.matrix, np.diag(scale), atol=1e-6)
    assert not fit.skewed
    assert fit.left_out_ms2 is None, "six poses for six unknowns leave nothing to tell the error by"


def test_a_pose_set_aside_shows_the_misalignment_that_six_faces_can_not_find():
    matrix = np.eye(3)
    matrix[0, 1] = 0.02
    six, corner = (sensed(unit, np.zeros(3), matrix) for unit in (FACES, CORNER))
    fit = fit_bias_and_scale(six, unseen=corner)
    assert fit.residual_ms2 < 1e-9
    # |inv(matrix) u| on that corner is g (1 + 0.02 / 3) to first order.
    assert fit.left_out_ms2 == pytest.approx(0.02 / 3 * GRAVITY_MS2, rel=0.05)
    straight = fit_bias_and_scale(six, unseen=sensed(FACES[:2], np.zeros(3), matrix))
    assert straight.left_out_ms2 == pytest.approx(0, abs=1e-9)


def test_bias_and_scale_alone_leave_what_is_known_of_a_real_sensor(shared_data: Path):
    raw = np.loadtxt(shared_data / "imu-calibration" / "accelerometer-counts.txt")
    means = np.array([pose.mean for pose in still_poses(raw[:, 1:], RATE_HZ)])
    assert fit_bias_and_scale(means, LOCAL_MS2).residual_ms2 == pytest.approx(0.034, abs=0.001)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (FACES[:5], "each of its six faces"),
        (np.repeat(FACES[:2], 5, axis=0), "feels the same in every pose"),
        (tilted(np.repeat(FACES[[2, 5]], 10, axis=0), 3, 0.02), "too alike"),
    ],
)
def test_faces_that_can_not_tell_are_refused(unit: np.ndarray, words: str):
    with pytest.raises(CalibrationError, match=words):
        fit_bias_and_scale(GRAVITY_MS2 * unit)


def test_gravity_by_latitude():
    # WGS 84 (NIMA TR8350.2, table 3.4): at the equator and at the poles.
    assert gravity_at_ms2(0) == pytest.approx(9.7803253359, abs=1e-9)
    assert gravity_at_ms2(-90) == pytest.approx(9.8321849378, abs=1e-9)
    # Measured: Sevres 9.80926 (CIPM 1968, 48.83 N, 70 m), Denver about 9.796 (39.7 N, 1600 m).
    assert gravity_at_ms2(48.83, 70) == pytest.approx(9.80926, abs=1e-3)
    assert gravity_at_ms2(39.7, 1600) == pytest.approx(9.796, abs=1e-3)
