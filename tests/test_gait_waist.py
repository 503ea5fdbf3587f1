# SPDX-License-Identifier: MIT
"""A waist's walk against signals whose steps, sway, height and turns are set here, and against real recordings."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from surefoot.device.virtual.walkers import walk_arrays
from surefoot.errors import MeasureError
from surefoot.measures.gait.parameters import gait_parameters
from surefoot.measures.gait.waist import Waist, waist
from surefoot.measures.gait.waist_speed import factor_of, pendulum_m, speed_words
from surefoot.physics import GRAVITY_MS2

RATE_HZ = 100.0
TURNED = {
    "upright": np.eye(3),
    "upside down": np.diag((-1.0, 1.0, -1.0)),
    "x up": np.array(((0, 0, 1.0), (1, 0, 0), (0, 1, 0))),
    "-y up": np.array(((1.0, 0, 0), (0, 0, -1), (0, 1, 0))),
    "backwards": np.diag((-1.0, -1.0, 1.0)),
}


def pendulum(step_s=0.55, rise_m=0.03, sway_m=0.02, turn=None, seconds=40.0, rate_hz=RATE_HZ, noise=0.02):
    """acc, gyr [n,3] (right, forward, up) of a body that is lowest every step from 5 s to 5 s before the end, with its
    left foot landing first, and turns by `turn` (begin_s, end_s, angle_deg); and the times of the lowest points."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    live = np.clip(np.minimum(t - 5 + step_s, seconds - 5 + step_s - t) / step_s, 0, 1)
    beat = 2 * np.pi * (t - 5) / step_s
    up = -live * rise_m / 2 * np.cos(beat)
    right = live * sway_m * np.cos(beat / 2 + np.pi / 2)  # fastest to the left at the first step
    ahead = live * 0.01 * np.sin(beat)
    acc = np.gradient(np.gradient(np.stack((right, ahead, up), 1), axis=0), axis=0) * rate_hz**2
    yaw = np.zeros_like(t)
    if turn:
        begin, end, angle = turn
        share = np.clip((t - begin) / (end - begin), 0, 1)
        yaw = np.gradient(angle * (share - np.sin(2 * np.pi * share) / 2 / np.pi)) * rate_hz
    rng = np.random.default_rng(1)
    acc += rng.normal((0, 0, GRAVITY_MS2), noise, acc.shape)
    gyr = np.stack((0 * t, 0 * t, yaw), 1) + rng.normal(0, 0.1, acc.shape)
    gyr += (10 * live * np.sin(beat))[:, None] * (0.0, 0.0, 1.0)
    lowest = np.arange(5, seconds - 5 + 1e-6, step_s)
    return acc, gyr, lowest


def nearest_s(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.array([found[np.abs(found - at).argmin()] - at for at in true])


@pytest.mark.parametrize("name", TURNED)
def test_steps_and_sides_are_found_however_the_sensor_is_worn(name):
    acc, gyr, lowest = pendulum()
    turned = TURNED[name]
    found = waist(acc @ turned.T, gyr @ turned.T, RATE_HZ)
    inner = lowest[1:-1]
    error = nearest_s(found.step_s, inner)
    # The steepest rise of a cosine lies a quarter of it before its top; the search goes back three tenths.
    assert np.abs(error + 0.25 * 0.55).max() < 0.04
    assert 0 <= len(found.step_s) - len(lowest) <= 2  # it sets out and stops with half a step
    first = int(np.abs(found.step_s - lowest[2]).argmin())
    assert found.left[first]
    assert not found.left[first + 1]
    assert (np.diff(found.left.astype(int)) != 0).all()
    assert found.cadence_spm() == pytest.approx(60 / 0.55, rel=0.02)
    notes = " ".join(found.walked.notes)
    if name == "upright":
        assert not notes
    else:
        assert {"upside down": "upside down", "x up": "+x axis", "-y up": "-y axis", "backwards": "backwards"}[
            name
        ] in notes


@pytest.mark.parametrize(("step_s", "rise_m"), [(0.45, 0.05), (0.55, 0.03), (0.75, 0.02), (1.1, 0.012)])
def test_height_and_length_of_a_pendulum(step_s, rise_m):
    acc, gyr, _ = pendulum(step_s, rise_m)
    found = waist(acc, gyr, RATE_HZ, leg_m=0.9, factor=1.0)
    middle = found.rise_m[2:-2]
    assert np.nanmedian(middle) == pytest.approx(rise_m, rel=0.08)
    assert np.nanmedian(found.length_m) == pytest.approx(2 * np.sqrt(2 * 0.9 * rise_m - rise_m**2), rel=0.05)


def test_a_measured_distance_gives_the_factor():
    acc, gyr, _ = pendulum()
    raw = waist(acc, gyr, RATE_HZ, leg_m=0.9)
    factor = factor_of(raw.rise_m[:-1], 0.9, 40.0)
    found = waist(acc, gyr, RATE_HZ, leg_m=0.9, factor=factor)
    assert np.nanmean(found.length_m) * (len(found.step_s) - 1) == pytest.approx(40.0, rel=1e-9)
    assert "own factor" in found.walked.length_by
    assert "uncalibrated" in raw.walked.length_by
    both = found.walked.length_m["left"]
    assert found.walked.left is not None
    assert len(both) == len(found.walked.left)
    assert np.nanmedian(both) == pytest.approx(80 / (len(found.step_s) - 1), rel=0.1)
    with pytest.raises(MeasureError, match="check distance"):
        factor_of(raw.rise_m[:-1], 0.9, 400.0)
    with pytest.raises(MeasureError, match="metres"):
        pendulum_m([0.03], 90)
    with pytest.raises(MeasureError, match="leg_m"):
        waist(acc, gyr, RATE_HZ, factor=1.1)


def test_slow_walking_gives_cadence_and_no_length():
    acc, gyr, _ = pendulum(1.1, 0.004, sway_m=0.03)
    found = waist(acc, gyr, RATE_HZ, leg_m=0.9, on_foot=True)
    assert len(found.step_s) > 20
    assert np.isfinite(found.cadence_spm())
    assert found.speed_mps() < 0.5
    assert "not reliable" in speed_words(found.speed_mps(), True)
    assert speed_words(0.9, False) == "mean error 0.10 m/s"
    assert "too slow" in speed_words(1.3, False)
    assert speed_words(1.3, True) == "mean error 0.06 m/s"
    assert np.isnan(found.walked.length_m["left"]).all()
    assert "not reliable" in " ".join(found.walked.notes)


@pytest.mark.parametrize("angle", [90.0, -180.0])
def test_a_turn(angle):
    acc, gyr, _ = pendulum(turn=(15.0, 18.0, angle))
    ((begin, end, turned),) = waist(acc, gyr, RATE_HZ).walked.turns
    assert turned == pytest.approx(angle, abs=4)
    assert begin == pytest.approx(15.5, abs=0.5)
    assert end == pytest.approx(17.5, abs=0.5)


def test_no_step_crosses_a_loss():
    acc, gyr, _ = pendulum(seconds=60.0)
    acc[2500:2600] = np.nan
    found = waist(acc, gyr, RATE_HZ, leg_m=0.9)
    inside = (found.step_s > 25) & (found.step_s < 26)
    assert not inside.any()
    last = int(np.flatnonzero(found.step_s < 25)[-1])
    assert np.isnan(found.next_s[last])
    assert np.isnan(found.length_m[last])
    for foot in (found.walked.left, found.walked.right):
        assert foot is not None
        assert foot.broken[np.flatnonzero(foot.initial_s > 26)[0]]
        assert foot.broken.sum() == 1
    assert "lost" in " ".join(found.walked.notes)


def test_a_sensor_that_begins_a_little_later_has_lost_nothing():
    acc, gyr, _ = pendulum(seconds=60.0)
    acc[:2] = gyr[:2] = acc[-1] = gyr[-1] = np.nan
    assert "lost" not in " ".join(waist(acc, gyr, RATE_HZ).walked.notes)


def test_a_pause_is_told():
    one, gyr, _ = pendulum(seconds=30.0)
    found = waist(np.vstack((one, one)), np.vstack((gyr, gyr)), RATE_HZ)
    ((begin, end),) = found.pauses
    assert begin == pytest.approx(25, abs=0.6)
    assert end == pytest.approx(35, abs=0.6)
    gait = gait_parameters(found.walked)
    assert gait.values["gait_pauses"] == 1, "nothing was lost in it"
    assert gait.pauses.lost.tolist() == [False]
    assert "gap" not in gait.strides.excluded


def test_units_are_noticed_by_their_size():
    acc, gyr, _ = pendulum()
    for scale, word in ((1 / GRAVITY_MS2, "in g"), (1000 / GRAVITY_MS2, "thousandths"), (3.0, "check")):
        with pytest.raises(MeasureError, match=word):
            waist(acc * scale, gyr, RATE_HZ)
    found = waist(acc, np.radians(gyr), RATE_HZ)
    assert "rad/s" in " ".join(found.walked.notes)
    assert not len(found.walked.turns)
    for wrong in (acc[:, :2], acc[:-1]):
        with pytest.raises(MeasureError, match="shape"):
            waist(wrong, gyr, RATE_HZ)
    with pytest.raises(MeasureError, match="Hz"):
        waist(acc, gyr, 5.0)
    with pytest.raises(MeasureError, match="no acceleration"):
        waist(acc * np.nan, gyr, RATE_HZ)


def test_an_accelerometer_alone_finds_the_steps():
    acc, _, lowest = pendulum()
    found = waist(acc, None, RATE_HZ)
    assert (
        0 <= len(found.step_s) - len(lowest) <= 2
    )  # it sets out and stops with half a step and not len(found.walked.turns)


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.5])
def test_too_short_a_recording_is_no_walk(seconds):
    acc, gyr, _ = pendulum()
    found = waist(acc[: round(seconds * 100)], gyr[: round(seconds * 100)], RATE_HZ)
    assert not len(found.step_s)
    assert "No walking" in found.walked.notes[0]


RIDES = [(kind, seed) for kind in ("car", "wheelchair", "standing") for seed in range(1, 7)]


def test_rides_and_standing_are_no_walk():
    wrong = [(kind, seed) for kind, seed in RIDES if len(found_of(kind, seed).step_s)]
    assert not wrong


def found_of(kind: str, seed: int) -> Waist:
    walk = walk_arrays(kind, seed, seconds=60.0)
    return waist(walk.acc_ms2, walk.gyr_dps, RATE_HZ)


@pytest.mark.parametrize("kind", ["level", "fast", "old", "treadmill", "carrying", "afo", "rollator"])
def test_simulated_walkers(kind):
    """Contacts of a walker whom another room of the house draws, seeds 1 to 3."""
    true_count = hits = found_count = 0
    for seed in (1, 2, 3):
        walk = walk_arrays(kind, seed, seconds=60.0)
        found = waist(walk.acc_ms2, walk.gyr_dps, RATE_HZ)
        for foot, name in zip(walk.truth.feet, ("left", "right"), strict=True):
            true = foot.initial_s[np.isfinite(foot.initial_s)]
            mine = found.step_s[found.left == (name == "left")]
            hits += int((np.abs(nearest_s(mine, true)) < 0.25).sum())
            true_count, found_count = true_count + len(true), found_count + len(mine)
    assert hits >= 0.97 * true_count
    assert found_count <= 1.05 * true_count


def test_daily_activity(shared_data: Path):
    """Slow walking of 0.25 to 0.57 m/s, none of it rhythmic. Without being told that all is on foot, the bout at
    0.25 m/s is not found."""
    folder = shared_data / "waist-imu"
    rows = np.genfromtxt(folder / "daily-activity.csv", delimiter=",", skip_header=1)
    bouts = json.loads((folder / "daily-activity-reference.json").read_text())["walking_bouts"]
    found = waist(rows[:, 1:4] * GRAVITY_MS2, rows[:, 4:7], RATE_HZ, on_foot=True)
    hits, true_count, errors, right_side = 0, 0, [], 0
    for bout in bouts:
        for at, side in zip(bout["initial_contacts_s"], bout["initial_contact_side"], strict=True):
            if at is None:
                continue
            true_count += 1
            k = int(np.abs(found.step_s - at).argmin())
            if abs(found.step_s[k] - at) <= 0.25:
                hits += 1
                errors.append(found.step_s[k] - at)
                right_side += found.left[k] == (side == "Left")
    assert hits >= 0.8 * true_count
    assert right_side >= 0.95 * hits
    assert np.median(np.abs(errors)) <= 0.05
    assert abs(np.median(errors)) <= 0.02
    unasked = waist(rows[:, 1:4] * GRAVITY_MS2, rows[:, 4:7], RATE_HZ)
    within = [((unasked.step_s > b["start_s"]) & (unasked.step_s < b["end_s"])).sum() for b in bouts]
    assert within[0] >= 4
    assert within[2] >= 12
    assert "+x axis" in unasked.walked.notes[0]
    still = (unasked.step_s > 82) & (unasked.step_s < 139)
    assert not still.any()


def test_standing_has_no_step(shared_data: Path):
    rows = np.genfromtxt(
        shared_data / "waist-imu" / "firm-eyes-closed.csv", delimiter=",", skip_header=1, usecols=range(1, 7)
    )
    acc, gyr = rows[:, :3] * GRAVITY_MS2, np.degrees(rows[:, 3:])
    for on_foot in (False, True):
        found = waist(acc, gyr, RATE_HZ, on_foot=on_foot)
        assert not len(found.step_s)
        assert "No walking" in " ".join(found.walked.notes)


@pytest.mark.long
def test_an_hour_takes_under_a_second():
    acc, gyr, _ = pendulum(seconds=3600.0)
    waist(acc[:5000], gyr[:5000], RATE_HZ)  # loads scipy
    took = []
    for _ in range(3):
        begin = time.process_time()
        waist(acc, gyr, RATE_HZ, leg_m=0.9)
        took.append(time.process_time() - begin)
    assert min(took) < 0.7
