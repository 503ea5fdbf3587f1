# SPDX-License-Identifier: MIT
"""Sensors on the feet against a rigid foot on known tracks: lengths, heights, turns, mountings, losses, faults."""

from __future__ import annotations

import time

import numpy as np
import pytest

from footsteps import SENSOR_M, Footsteps, footsteps
from surefoot.errors import MeasureError
from surefoot.measures.gait.foot_imu import FootStrides, walk_by_feet
from surefoot.measures.gait.foot_strapdown import moves
from surefoot.measures.gait.values import Stances

# Strides of people at whom methods break: a brisk one, slow, shuffling, one leg lifted flat, stairs.
GAITS = {
    "usual": {"length_m": (1.3,) * 12, "swing_s": 0.42, "stance_s": 0.63},
    "brisk": {"length_m": (1.8,) * 12, "swing_s": 0.4, "stance_s": 0.45, "pitch_deg": (-70, 35)},
    "slow": {"length_m": (0.3,) * 12, "swing_s": 0.8, "stance_s": 1.2, "pitch_deg": (-20, 5), "lift_m": 0.04},
    "shuffling": {"length_m": (0.15,) * 12, "swing_s": 0.6, "stance_s": 0.8, "pitch_deg": (-5, 0), "lift_m": 0.01},
    "flat": {"length_m": (0.5,) * 12, "swing_s": 1.2, "stance_s": 1.0, "pitch_deg": (-10, -8), "lift_m": 0.06},
    "upstairs": {"length_m": (0.6,) * 12, "rise_m": 0.34, "lift_m": 0.15, "pitch_deg": (-40, 2)},
    "downstairs": {"length_m": (0.6,) * 12, "rise_m": -0.34, "pitch_deg": (-40, -20)},
}


def left_of(walk: Footsteps, rate_hz: float = 100.0) -> tuple[Stances, FootStrides]:
    found = walk_by_feet(walk.signal, None, rate_hz)
    assert found.walked.left is not None
    assert found.left is not None
    return found.walked.left, found.left


def turns(seed: int) -> np.ndarray:
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return axes * np.sign(np.linalg.det(axes))


@pytest.mark.parametrize("gait", GAITS)
def test_every_stride_of_a_known_track_with_its_length_and_rise(gait: str) -> None:
    walk = footsteps(**GAITS[gait])
    stood, strides = left_of(walk)
    assert len(stood) == len(walk.length_m) + 1
    assert np.isnan(stood.initial_s[0])
    assert np.isnan(stood.off_s[-1])
    assert not stood.broken.any()
    # A stride begins with the landing of the swing before: the first swing has none, the last landing none after.
    assert np.isnan(strides.length_m[[0, -1]]).all()
    assert strides.length_m[1:-1] == pytest.approx(walk.length_m[1:], abs=0.005)
    assert strides.rise_m[1:-1] == pytest.approx(walk.rise_m[1:], abs=0.02)
    inside = (stood.off_s[:-1] > walk.begin_s - 0.35) & (stood.initial_s[1:] < walk.end_s + 0.05)
    assert inside.all()
    assert (stood.initial_s[1:] > stood.off_s[:-1]).all()
    assert strides.speed_mps[1:-1] == pytest.approx(walk.length_m[1:] / np.diff(walk.end_s), rel=0.02)


@pytest.mark.parametrize(("rate_hz", "worst_m"), [(50.0, 0.01), (100.0, 0.003), (200.0, 0.001), (512.0, 0.001)])
def test_lengths_at_any_rate(rate_hz: float, worst_m: float) -> None:
    walk = footsteps((1.0, 1.4, 0.6, 1.2, 1.2, 0.9), rate_hz=rate_hz)
    _, strides = left_of(walk, rate_hz)
    assert strides.length_m[1:-1] == pytest.approx(walk.length_m[1:], abs=worst_m)


def test_angles_and_lift_are_those_of_the_track() -> None:
    walk = footsteps((1.2,) * 8, pitch_deg=(-60, 25), lift_m=0.1)
    stood, strides = left_of(walk)
    assert strides.contact_deg[1:] == pytest.approx(25, abs=1)  # toes are highest at contact, heel first
    assert (strides.off_deg[:-1] < -25).all()
    assert (strides.off_deg[:-1] > -60).all()
    assert np.median(strides.lift_m[1:-1]) == pytest.approx(0.1, abs=0.01)
    assert (stood.heel_rise_s[:-1] < stood.off_s[:-1]).all()
    assert (stood.heel_rise_s[:-1] > walk.begin_s - 0.2).all()
    assert (strides.flat_s[1:] > stood.initial_s[1:]).all()
    assert (strides.flat_s[1:-1] < walk.begin_s[1:]).all()


def test_a_foot_that_lands_flat_has_no_heel_contact_to_show() -> None:
    _, strides = left_of(footsteps((0.8,) * 8, pitch_deg=(-12, 0)))
    assert np.abs(strides.contact_deg[1:]).max() < 1
    assert (strides.off_deg[:-1] > -13).all()


@pytest.mark.parametrize("seed", range(4))
def test_any_mounting_gives_the_same(seed: int) -> None:
    plain, sensor = footsteps(), footsteps(mounting=turns(seed))
    (stood, strides), (other, others) = left_of(plain), left_of(sensor)
    assert other.initial_s == pytest.approx(stood.initial_s, abs=1e-3, nan_ok=True)
    assert others.length_m == pytest.approx(strides.length_m, abs=1e-4, nan_ok=True)
    assert others.contact_deg == pytest.approx(strides.contact_deg, abs=0.2, nan_ok=True)
    assert others.turn_deg == pytest.approx(strides.turn_deg, abs=0.2, nan_ok=True)


def test_turns_to_the_left_are_positive_and_found_once_by_both_feet() -> None:
    turning = np.array([0.0] * 4 + [30.0] * 3 + [0.0] * 4)
    walk, mirrored = footsteps((1.0,) * 11, turn_deg=turning), footsteps((1.0,) * 11, turn_deg=-turning)
    found = walk_by_feet(walk.signal, walk.signal, 100.0)
    assert found.left is not None
    assert found.left.turn_deg[1:-1] == pytest.approx(turning[1:], abs=0.5)
    ((begin_s, end_s, angle),) = found.walked.turns
    assert angle == pytest.approx(90, abs=1)
    assert begin_s == pytest.approx(walk.begin_s[4], abs=0.1)
    assert end_s == pytest.approx(walk.end_s[6], abs=0.1)
    assert walk_by_feet(mirrored.signal, None, 100.0).walked.turns[:, 2] == pytest.approx(-90, abs=1)


def test_a_turning_stride_is_the_sensors_own_way() -> None:
    walk = footsteps((0.8,) * 8, turn_deg=30.0)
    _, strides = left_of(walk)
    # The sensor sits beside the point that the track is of: turning left, what is on the right goes further.
    assert strides.length_m[1:-1] == pytest.approx(0.8 + 2 * np.sin(np.radians(15)) * SENSOR_M[0], abs=0.003)


def test_constant_biases_change_next_to_nothing() -> None:
    walk = footsteps()
    biased = walk.signal + np.array((0.05, -0.05, 0.1, 1.5, -2.0, 1.0))
    found = walk_by_feet(biased, None, 100.0)
    assert found.left is not None
    assert found.left.length_m[1:-1] == pytest.approx(walk.length_m[1:], abs=0.02)
    assert found.left.turn_deg[1:-1] == pytest.approx(0, abs=0.5)


def test_noise_of_a_cheap_sensor() -> None:
    walk = footsteps((1.2,) * 40)
    noise = np.random.default_rng(5).normal(size=walk.signal.shape) * ((0.1,) * 3 + (1.0,) * 3)
    found = walk_by_feet(walk.signal + noise, None, 100.0)
    assert found.left is not None
    assert len(found.left.length_m) == 41
    error = found.left.length_m[1:-1] - 1.2
    assert abs(error.mean()) < 0.01
    assert np.abs(error).mean() < 0.03


def test_an_impact_that_is_cut_off_is_put_where_it_was() -> None:
    """A sensor at the end of its range misses speed at the landing, which is no drift of the whole swing."""
    walk = footsteps((1.2,) * 6)
    cut = walk.signal.copy()
    for end_s in walk.end_s:
        row = round(end_s * 100) - 2
        cut[row, 1] -= 60.0  # never made good again: 0.6 m/s at the end of what then is 20 ms more of swing
    found = walk_by_feet(cut, None, 100.0)
    assert found.left is not None
    assert found.left.length_m[1:-1] == pytest.approx(1.2, abs=0.03)


@pytest.mark.parametrize("offset", range(0, 100, 7))
def test_no_stride_crosses_a_loss_wherever_it_falls(offset: int) -> None:
    walk = footsteps((1.2,) * 8)
    signal = walk.signal.copy()
    lost = 500 + offset
    signal[lost : lost + 3] = np.nan
    found = walk_by_feet(signal, None, 100.0)
    stood, strides = found.walked.left, found.left
    assert stood is not None
    assert strides is not None
    assert stood.broken.sum() == 1
    whole = np.flatnonzero(np.isfinite(strides.length_m))
    begin, end = stood.initial_s[whole], stood.initial_s[whole + 1]
    assert len(whole) >= 4
    assert not ((begin <= lost / 100) & (lost / 100 <= end)).any()
    assert strides.length_m[whole] == pytest.approx(1.2, abs=0.01)


def test_a_long_loss_takes_only_what_is_in_it() -> None:
    walk = footsteps((1.2,) * 20)
    signal = walk.signal.copy()
    signal[800:1100, 4] = np.nan  # one channel lost is a row lost
    stood, strides = left_of(
        Footsteps(signal, *(getattr(walk, k) for k in ("begin_s", "end_s", "length_m", "rise_m", "turn_deg")))
    )
    known = stood.initial_s[np.isfinite(stood.initial_s)]
    assert not ((known > 8.0) & (known < 11.0)).any()
    assert len(known) >= 15
    assert np.isfinite(strides.length_m).sum() >= 13


def test_standing_tapping_and_rising_on_the_toes_are_no_strides() -> None:
    still = footsteps((0.0,) * 6, pitch_deg=(-25, 0), lift_m=0.0)
    found = walk_by_feet(still.signal, None, 100.0)
    assert found.walked.left is not None
    assert len(found.walked.left) == 0
    assert "doesn't walk" in found.walked.notes[0]


def test_a_slow_step_counts_beside_a_stride_only() -> None:
    """Two feet are set side by side at the end of a walk; the same small step by itself is a shift of a foot."""
    slow = {"swing_s": 0.7, "stance_s": 0.8, "pitch_deg": (-8, 0), "lift_m": 0.02}
    closing = footsteps((1.0,) * 5 + (0.1,), **slow)
    stood, strides = left_of(closing)
    assert len(stood) == 7
    assert stood.initial_s[-1] == pytest.approx(closing.end_s[-1], abs=0.1)
    assert np.isfinite(strides.speed_mps[1:-1]).all()
    assert len(left_of(footsteps((0.1,) * 6, **slow))[0]) == 0


def test_a_ride_gives_no_strides() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(6000) / 100
    shake = rng.normal(size=(6000, 6)) * ((0.6,) * 3 + (4.0,) * 3)
    shake[:, 1] += 1.5 * np.sin(2 * np.pi * t / 20)  # speeding up and slowing down
    found = walk_by_feet(shake + np.array((0, 0, 9.80665, 0, 0, 0)), None, 100.0)
    assert found.walked.left is not None
    assert len(found.walked.left) == 0


def test_one_foot_is_enough_and_is_said() -> None:
    walk = footsteps()
    found = walk_by_feet(None, walk.signal, 100.0)
    assert found.walked.left is None
    assert found.left is None
    assert found.walked.right is not None
    assert found.walked.notes == ("The left foot was not measured.",)
    assert found.walked.source == "foot-imu"
    assert found.walked.length_by
    assert found.right is not None
    assert found.walked.length_m["right"] is found.right.length_m


def test_a_foot_without_a_way_has_no_angles() -> None:
    back_and_forth = footsteps((0.6, -0.6) * 6, pitch_deg=(-30, 5))
    found = walk_by_feet(back_and_forth.signal, None, 100.0)
    assert found.left is not None
    assert np.isnan(found.left.contact_deg).all()
    assert any("can't be told" in note for note in found.walked.notes)


def test_a_sensor_that_slips_is_said() -> None:
    walk = footsteps((1.2,) * 12)
    half = len(walk.signal) // 2
    axes = np.array(((1, 0, 0), (0, np.cos(0.5), np.sin(0.5)), (0, -np.sin(0.5), np.cos(0.5))))
    slipped = walk.signal.copy()
    slipped[half:, :3], slipped[half:, 3:] = slipped[half:, :3] @ axes.T, slipped[half:, 3:] @ axes.T
    assert any("sits 29 degrees otherwise" in note for note in walk_by_feet(slipped, None, 100.0).walked.notes)


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ((1 / 9.80665, 1), "looks like g given as m/s2"),
        ((9.80665, 1), "looks like m/s2 taken for g"),
        ((1, np.pi / 180), "looks like rad/s"),
        ((1, 180 / np.pi), "degrees taken for radians"),
    ],
)
def test_wrong_units_are_said(factor: tuple[float, float], said: str) -> None:
    signal = footsteps(pitch_deg=(-60, 25)).signal * (*(factor[0],) * 3, *(factor[1],) * 3)
    with pytest.raises(MeasureError, match=said):
        walk_by_feet(signal, None, 100.0)


def test_what_can_not_be_used_is_refused() -> None:
    signal = footsteps((1.0,) * 3).signal
    with pytest.raises(MeasureError, match="No foot's sensor"):
        walk_by_feet(None, None, 100.0)
    with pytest.raises(MeasureError, match="shape"):
        walk_by_feet(signal[:, :5], None, 100.0)
    with pytest.raises(MeasureError, match="differ in rows"):
        walk_by_feet(signal, signal[:-1], 100.0)
    for rate_hz in (25.0, np.nan, np.inf, 0.0):
        with pytest.raises(MeasureError, match="too slow"):
            walk_by_feet(signal, None, rate_hz)
    with pytest.raises(MeasureError, match="same values all the time"):
        walk_by_feet(np.ones((1000, 6)), None, 100.0)
    for empty in (np.full((500, 6), np.nan), np.empty((0, 6))):
        assert "gave nothing" in walk_by_feet(empty, None, 100.0).walked.notes[0]


def test_the_batches_are_the_same_as_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = footsteps((1.2, 0.4, 0.9, 1.3))
    first = np.round((walk.begin_s - 0.2) * 100).astype(int)
    last = np.round((walk.end_s + 0.2) * 100).astype(int) + np.arange(4)
    acc, gyr = walk.signal[:, :3], walk.signal[:, 3:]
    together = moves(acc, gyr, 100.0, first, last)
    monkeypatch.setattr("surefoot.measures.gait.foot_strapdown.BATCH_SAMPLES", 1)
    alone = moves(acc, gyr, 100.0, first, last)
    assert alone.displacement_m == pytest.approx(together.displacement_m, abs=1e-12)
    assert alone.pitch_deg == pytest.approx(together.pitch_deg, abs=1e-9, nan_ok=True)


def test_an_hour_of_both_feet_takes_seconds_at_most() -> None:
    minute = footsteps((1.2,) * 58, stand_s=1.0)
    signal = np.tile(minute.signal, (60, 1))
    begin = time.process_time()
    found = walk_by_feet(signal, signal, 100.0)
    taken_s = time.process_time() - begin
    assert found.left is not None
    assert np.isfinite(found.left.length_m).sum() >= 60 * 57
    assert taken_s < 4  # a bound for any machine; the README has the figure
