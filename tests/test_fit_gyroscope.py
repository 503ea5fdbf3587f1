# SPDX-License-Identifier: MIT
"""The gyroscope's fit: drawn bias and scale come back from rest and whole turns; turns that are none are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.errors import CalibrationError
from surefoot.fit.gyroscope import EDGE_DEG, Turn, fit_bias, fit_scale, integrate, whole_turns

RATE_HZ = 104.0
REST_S = 1.0
AXES = [sign * axis for axis in np.eye(3) for sign in (1, -1)]


def turned(axis: np.ndarray, turns: float, scale, bias, noise: float = 0.0, seed: int = 0, drift: float = 0.0) -> Turn:
    """A turn in 6 s with rests about it, as a faulty sensor tells it; its bias drifts, in dps per second."""
    t_s = np.arange(round(10 * RATE_HZ)) / RATE_HZ
    u = np.clip((t_s - 2) / 6, 0, 1)
    rate = 360 * turns * 30 * (u * (1 - u)) ** 2 / 6
    true = rate[:, None] * np.asarray(axis) / np.linalg.norm(axis)
    told = true / np.asarray(scale) + bias + drift * t_s[:, None]
    told = told + noise * np.random.default_rng(seed).standard_normal(told.shape)
    return integrate(told, t_s, REST_S)


@given(
    st.lists(st.floats(0.96, 1.04), min_size=3, max_size=3),
    st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    st.integers(1, 3),
    st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_the_scale_comes_back_from_turns_that_are_a_little_crooked(scale, bias, turns, seed):
    rng = np.random.default_rng(seed)
    made = [turned(axis + 0.1 * rng.normal(size=3), turns, scale, bias) for axis in AXES]
    fit = fit_scale(made)
    np.testing.assert_allclose(fit.scale, scale, rtol=1e-6)
    assert fit.turns == 6
    assert max(map(abs, fit.residual_deg)) < 1e-3
    assert fit.left_out_share == pytest.approx(0, abs=1e-6)


def test_noise_and_a_drifting_bias_leave_little():
    scale = (1.01, 0.985, 1.002)
    made = [turned(axis, 2, scale, (0.5, -0.4, 0.2), 0.027, k, 0.002) for k, axis in enumerate(AXES)]
    fit = fit_scale(made)
    np.testing.assert_allclose(fit.scale, scale, atol=1e-3)
    assert fit.left_out_share
    assert fit.left_out_share < 2e-3
    assert (np.abs(fit.scale - scale) < 3 * fit.error_share).all()


def test_an_edge_that_was_missed_is_in_the_residual():
    made = [turned(axis, 1, np.ones(3), np.zeros(3)) for axis in AXES]
    made[0] = turned(AXES[0], 1 + 6 / 360, np.ones(3), np.zeros(3))
    fit = fit_scale(made)
    assert fit.residual_deg[0] == pytest.approx(3, abs=0.1), "two turns share the six degrees"
    assert fit.residual_deg[1] == pytest.approx(-3, abs=0.1)
    assert fit.left_out_share
    assert fit.left_out_share == pytest.approx(np.sqrt(2 / 6) * 6 / 360, rel=0.1)
    assert fit.error_share[0] > EDGE_DEG / 360 / 2


@pytest.mark.parametrize(("share", "n"), [(0.97, 1), (1.05, 1), (1.95, 2), (3.1, 3), (0.5, 0), (1.5, 0), (0.0, 0)])
def test_what_is_a_whole_turn(share: float, n: int):
    assert whole_turns(360 * share * np.array((0.6, 0.0, 0.8))) == n


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([], "there is none"),
        ([(axis, 1) for axis in AXES[:4]], "leave an axis untold"),
        ([(AXES[0], 1)] * 6, "leave an axis untold"),
        ([*[(axis, 1) for axis in AXES], (AXES[0], 1.4)], r"1\.40 of a turn"),
    ],
)
def test_turns_that_can_not_tell_are_refused(turns, words: str):
    made = [turned(axis, n, np.ones(3), np.zeros(3)) for axis, n in turns]
    with pytest.raises(CalibrationError, match=words):
        fit_scale(made)


def test_the_bias_and_how_well_it_is_told():
    rng = np.random.default_rng(3)
    true = np.array((0.4, -0.2, 0.05))
    windows = [true + 0.01 * rng.standard_normal(3) + 0.027 * rng.standard_normal((260, 3)) for _ in range(14)]
    bias = fit_bias(windows, RATE_HZ)
    np.testing.assert_allclose(bias.bias_dps, true, atol=0.01)
    # Poses differ by 0.01 dps, which the noise alone (0.0017 per window) would hide.
    np.testing.assert_allclose(bias.error_dps, 0.01 / np.sqrt(14), rtol=0.6)
    assert bias.windows == 14


def test_the_bias_of_one_window_is_told_by_its_blocks():
    noise = 0.027 * np.random.default_rng(1).standard_normal((1040, 3))
    bias = fit_bias([noise], RATE_HZ)
    assert (np.abs(bias.bias_dps) < 4 * bias.error_dps).all()
    np.testing.assert_allclose(bias.error_dps, 0.027 / np.sqrt(1040), rtol=0.6)
    assert np.isinf(fit_bias([noise[:60]], RATE_HZ).error_dps).all(), "one block tells no error"
    with pytest.raises(CalibrationError, match="rest"):
        fit_bias([noise[:10]], RATE_HZ)


def test_lost_samples_are_bridged_and_a_short_record_is_refused():
    t_s = np.arange(1040) / RATE_HZ
    u = np.clip((t_s - 2) / 6, 0, 1)
    rate = np.column_stack((np.zeros((1040, 2)), 360 * 30 * (u * (1 - u)) ** 2 / 6))
    keep = np.ones(1040, bool)
    keep[500:510] = False
    assert integrate(rate[keep], t_s[keep], REST_S).sensed_deg[2] == pytest.approx(360, abs=0.2)
    with pytest.raises(CalibrationError, match="too short"):
        integrate(rate[:150], t_s[:150], REST_S)
