# SPDX-License-Identifier: MIT
"""Trunk sway by accelerometer: known answers, tilt, losses, bad input."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.errors import MeasureError
from surefoot.measures import AS_RECORDED, MEASURES, TRUNK, Processing, trunk_measures
from surefoot.measures.processing import low_pass
from surefoot.measures.trunk import tilt_correct

RATE_HZ = 100.0
G_MS2 = 9.80665


def turning(size_ms2: float = 0.05, turns_hz: float = 0.5, seconds: float = 30.0) -> np.ndarray:
    """Horizontal acceleration of constant size that turns around, upright sensor, [n, 3]."""
    phase = 2 * np.pi * turns_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.column_stack((size_ms2 * np.cos(phase), size_ms2 * np.sin(phase), np.full(len(phase), G_MS2)))


def swaying(seed: int, seconds: float = 30.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(round(seconds * RATE_HZ), 3))
    smooth = low_pass(noise, RATE_HZ, Processing(filter_hz=2.0, order=2))
    return smooth / smooth.std() * (0.03, 0.05, 0.01) + (0, 0, G_MS2)


def turned(acc_ms2: np.ndarray, pitch_deg: float, roll_deg: float) -> np.ndarray:
    """The same motion felt by a sensor that sits crooked."""
    p, r = np.radians((pitch_deg, roll_deg))
    pitch = np.array(((1, 0, 0), (0, np.cos(p), -np.sin(p)), (0, np.sin(p), np.cos(p))))
    roll = np.array(((np.cos(r), 0, -np.sin(r)), (0, 1, 0), (np.sin(r), 0, np.cos(r))))
    return acc_ms2 @ pitch.T @ roll.T


def test_known_answers() -> None:
    measured = trunk_measures(turning(), RATE_HZ, AS_RECORDED)
    size, omega = 0.05, 2 * np.pi * 0.5
    assert measured["trunk_rms_ms2"] == pytest.approx(size, rel=1e-6)
    assert measured["trunk_rms_ap_ms2"] == pytest.approx(size / np.sqrt(2), rel=1e-6)
    assert measured["trunk_dist_ms2"] == pytest.approx(size, rel=1e-6)
    assert measured["trunk_path_ms2"] == pytest.approx(size * omega * 30, rel=1e-3)
    assert measured["trunk_jerk_m2ps5"] == pytest.approx(0.5 * (size * omega) ** 2 * 30, rel=1e-3)
    assert measured["trunk_frequency_hz"] == pytest.approx(0.5, abs=5e-4)
    assert measured["trunk_area_m2ps5"] == pytest.approx(np.pi * size**2 * 0.5, rel=1e-3)
    assert measured["trunk_range_ml_ms2"] == pytest.approx(2 * size, rel=1e-6)
    assert measured["trunk_velocity_mps"] == pytest.approx(size / omega, rel=0.02)
    assert measured["trunk_power_m2ps4"] == pytest.approx(size**2, rel=1e-3)
    assert measured["trunk_f50_hz"] == pytest.approx(0.5)
    assert measured["trunk_cfreq_hz"] == pytest.approx(0.5, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.3, 2), st.floats(0, 2 * np.pi), st.floats(12, 40))
def test_velocity_is_free_of_the_trials_edges(turns_hz: float, start: float, seconds: float) -> None:
    phase = start + 2 * np.pi * turns_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    acc_ms2 = np.column_stack((0.05 * np.cos(phase), 0.05 * np.sin(phase), np.full(len(phase), G_MS2)))
    expected_mps = 0.05 / (2 * np.pi * turns_hz)
    assert trunk_measures(acc_ms2, RATE_HZ, AS_RECORDED)["trunk_velocity_mps"] == pytest.approx(expected_mps, rel=0.06)


def test_the_filter_keeps_sway_and_takes_tremor() -> None:
    plain = trunk_measures(turning(), RATE_HZ)
    shaken = turning()
    shaken[:, 1] += 0.05 * np.sin(2 * np.pi * 12 * np.arange(3000) / RATE_HZ)
    assert plain["trunk_rms_ms2"] == pytest.approx(0.05, rel=2e-3)
    assert trunk_measures(shaken, RATE_HZ)["trunk_rms_ms2"] == pytest.approx(plain["trunk_rms_ms2"], rel=2e-3)


@pytest.mark.parametrize("trim_s", [0.0, 5.0])
def test_jerk_and_path_do_not_grow_with_the_trial(trim_s: float) -> None:
    short = trunk_measures(turning(seconds=30), RATE_HZ, AS_RECORDED)
    long = trunk_measures(turning(seconds=60), RATE_HZ, Processing(None, trim_s=trim_s))
    for key in ("trunk_jerk_m2ps5", "trunk_path_ms2"):
        assert long[key] == pytest.approx(short[key], rel=1e-3)


def test_inclination_range() -> None:
    t = np.arange(3000) / RATE_HZ
    lean = np.radians(1.5) * np.sin(2 * np.pi * 0.2 * t)
    acc_ms2 = np.column_stack((np.zeros(3000), -G_MS2 * np.sin(lean), G_MS2 * np.cos(lean)))
    assert trunk_measures(acc_ms2, RATE_HZ)["trunk_sway_range_deg"] == pytest.approx(3.0, rel=0.01)
    assert trunk_measures(turned(acc_ms2, 12, 0), RATE_HZ)["trunk_sway_range_deg"] == pytest.approx(3.0, rel=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 500), st.floats(-20, 20), st.floats(-20, 20))
def test_a_crooked_sensor_reads_the_same(seed: int, pitch_deg: float, roll_deg: float) -> None:
    acc_ms2 = swaying(seed, 12)
    straight = trunk_measures(acc_ms2, RATE_HZ)
    crooked = trunk_measures(turned(acc_ms2, pitch_deg, roll_deg), RATE_HZ)
    level = tilt_correct(turned(acc_ms2, pitch_deg, roll_deg))
    assert np.abs(level.mean(axis=0)).max() < 1e-12
    # Moe-Nilssen's two turns leave a turn about the vertical of about sin(pitch) sin(roll): the plane's sizes stay
    for key in ("trunk_rms_ms2", "trunk_jerk_m2ps5", "trunk_path_ms2", "trunk_area_m2ps5", "trunk_frequency_hz"):
        assert crooked[key] == pytest.approx(straight[key], rel=0.03)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 500), st.floats(0, 2 * np.pi))
def test_turned_about_the_vertical_and_mirrored(seed: int, turn: float) -> None:
    acc_ms2 = swaying(seed, 12)
    acc_ms2[:, :2] -= acc_ms2[:, :2].mean(axis=0)
    c, s = np.cos(turn), np.sin(turn)
    moved = acc_ms2 * (-1, 1, 1)
    moved[:, :2] = moved[:, :2] @ np.array(((c, -s), (s, c)))
    a, b = trunk_measures(acc_ms2, RATE_HZ, AS_RECORDED), trunk_measures(moved, RATE_HZ, AS_RECORDED)
    for key in (key for key in a if not {"ml", "ap", "sway"} & set(key.split("_"))):
        assert b[key] == pytest.approx(a[key], rel=1e-6)


def test_lost_samples_are_not_bridged() -> None:
    acc_ms2 = swaying(1)
    whole = trunk_measures(acc_ms2, RATE_HZ)
    broken = acc_ms2.copy()
    broken[1700:1760] = np.nan
    measured = trunk_measures(broken, RATE_HZ)
    assert measured.lost_share == pytest.approx(0.02)
    for key in ("trunk_rms_ms2", "trunk_jerk_m2ps5", "trunk_path_ms2", "trunk_area_m2ps5"):
        assert measured[key] == pytest.approx(whole[key], rel=0.05)
    broken[::700] = np.nan
    assert "unbroken" in trunk_measures(broken, RATE_HZ, AS_RECORDED).not_reported["trunk_velocity_mps"]


def test_every_number_is_in_the_table() -> None:
    measured = trunk_measures(swaying(2), RATE_HZ)
    assert measured.fingerprint == TRUNK.fingerprint(100) == "bw4z3.5/100Hz/trim0/v1"
    assert set(measured) == {key for key in MEASURES if key.startswith("trunk_")}
    assert not measured.not_reported


def test_a_real_waist(shared_data: Path) -> None:
    """A phone at a real lower back (y up, z about forward): sizes that a standing adult's waist has."""
    table = np.genfromtxt(shared_data / "waist-imu" / "firm-eyes-closed.csv", delimiter=",", skip_header=1)
    x, y, z = table[:, 1:4].T * G_MS2
    measured = trunk_measures(np.column_stack((x, z, -y)), RATE_HZ)
    assert 0.02 < measured["trunk_rms_ms2"] < 0.1
    assert 0.2 < measured["trunk_sway_range_deg"] < 3
    assert 0.15 < measured["trunk_f50_hz"] < 2


def test_a_sensor_that_never_changes_is_refused() -> None:
    with pytest.raises(MeasureError, match="same in every sample"):
        trunk_measures(np.tile((0.0, 0.2, G_MS2), (3000, 1)), RATE_HZ)


@pytest.mark.parametrize(
    ("acc_ms2", "words"),
    [
        (turning() / G_MS2, "g given as m/s2"),
        (turning() * G_MS2, "m/s2 taken for g"),
        (turning() * 0.01, "range and calibration"),
        (turning()[:, [2, 0, 1]], r"leans 90 degrees \(its axes are swapped"),
        (turning() * (1, 1, -1), r"leans 180 degrees \(it is upside down"),
        (turning()[:, :2], r"shape \[3000, 2\]"),
        (turning(seconds=9), "10 s are needed"),
        (turning() * np.nan, "100.0 %"),
    ],
)
def test_bad_input_is_a_reason(acc_ms2: np.ndarray, words: str) -> None:
    with pytest.raises(MeasureError, match=words):
        trunk_measures(acc_ms2, RATE_HZ)
