# SPDX-License-Identifier: MIT
"""Faults that others' libraries meet in silence, and bad input: each a refusal that names it, or a stated effect."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from surefoot.errors import MeasureError
from surefoot.measures import (
    AS_RECORDED,
    cop_measures,
    load_measures,
    require_imu,
    require_unbroken,
    rows_on_grid,
    trunk_measures,
)
from surefoot.measures.processing import Processing, low_pass

RATE_HZ = 100.0
G_MS2 = 9.80665


def sway(seed: int = 1, seconds: float = 60.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(round(seconds * RATE_HZ), 2))
    smooth = low_pass(noise, RATE_HZ, Processing(filter_hz=0.7, order=1))
    return smooth / smooth.std() * (0.002, 0.004)


def waist(seed: int = 1, seconds: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    """A trunk that leans a degree or so: specific force [n, 3] and turning rate [n, 3] (right, forward, up), noisy."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE_HZ)
    roll, back = low_pass(rng.normal(size=(n, 2)), RATE_HZ, Processing(filter_hz=0.5)).T * 0.1
    roll_rate, back_rate = np.gradient(roll) * RATE_HZ, np.gradient(back) * RATE_HZ
    # A trunk that turns about `right` by a positive angle leans back: the forward axis points up, and reads +g sin.
    acc = G_MS2 * np.column_stack((-np.sin(roll), np.sin(back), np.cos(roll) * np.cos(back)))
    gyr = np.degrees(np.column_stack((back_rate, roll_rate, np.zeros(n))))
    return acc + rng.normal(0, 0.02, acc.shape), gyr + rng.normal(0, 0.05, gyr.shape)


ACC, GYR = waist()
COP = sway()


def joined(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A second lost at 30 s and the rest joined, with the times that its rows had."""
    keep = np.delete(np.arange(len(values)), slice(3000, 3100))
    return keep / RATE_HZ, values[keep]


SEVEN: dict[str, tuple[Callable[[], object], str]] = {
    "acceleration in g": (lambda: trunk_measures(ACC / G_MS2, RATE_HZ), "looks like g given as m/s2"),
    "acceleration times g twice": (lambda: trunk_measures(ACC * G_MS2, RATE_HZ), "m/s2 taken for g"),
    "gyroscope in rad/s": (lambda: require_imu(ACC, np.radians(GYR), RATE_HZ), "looks like rad/s given as degrees"),
    "sensor upside down": (lambda: trunk_measures(ACC * (1, -1, -1), RATE_HZ), "upside down"),
    "upward axis swapped": (lambda: trunk_measures(ACC[:, [0, 2, 1]], RATE_HZ), "axes are swapped"),
    "level axes swapped": (lambda: require_imu(ACC[:, [1, 0, 2]], GYR[:, [1, 0, 2]], RATE_HZ), "mirrored, or two are"),
    "gyroscope's axes swapped": (lambda: require_imu(ACC, GYR[:, [1, 0, 2]], RATE_HZ), "gyroscope's axes are swapped"),
    "a second lost and joined": (
        lambda: require_unbroken(joined(COP)[0], RATE_HZ),
        "1.00 s are missing.* after 29.99 s",
    ),
    "bad label of a foot": (lambda: cop_measures(COP, RATE_HZ, prefix="rigth_"), "no foot 'rigth_'"),
}


@pytest.mark.parametrize("fault", SEVEN)
def test_a_fault_is_refused_by_name(fault: str) -> None:
    run, words = SEVEN[fault]
    with pytest.raises(MeasureError, match=words):
        run()


def test_a_good_sensor_passes_and_one_that_hardly_moves_is_not_judged() -> None:
    agreement = require_imu(ACC, GYR, RATE_HZ)
    assert isinstance(agreement, float)
    assert agreement > 0.8
    still = np.random.default_rng(0).normal(0, 1e-3, (2, 3000, 3))
    assert "hardly leans" in str(require_imu(still[0] + (0, 0, G_MS2), still[1] * 10, RATE_HZ))
    with pytest.raises(MeasureError, match="times more than"):
        require_imu(ACC, GYR * 1000, RATE_HZ)


def test_a_real_gyroscope_in_radians_is_noticed(shared_data: Path) -> None:
    """A phone (x left, y up, z backward) at a real lower back, whose gyroscope does give rad/s."""
    table = np.genfromtxt(shared_data / "waist-imu" / "firm-eyes-closed.csv", delimiter=",", skip_header=1)
    acc, gyr_rps = (np.column_stack((v[:, 0], v[:, 2], -v[:, 1])) for v in (table[:, 1:4] * G_MS2, table[:, 4:7]))
    agreement = require_imu(acc, np.degrees(gyr_rps), RATE_HZ)
    assert isinstance(agreement, float)
    assert agreement > 0.7
    with pytest.raises(MeasureError, match="rad/s"):
        require_imu(acc, gyr_rps, RATE_HZ)


def test_ten_lost_samples_are_told_and_hardly_change_a_number() -> None:
    for measure, signal in ((cop_measures, COP), (trunk_measures, ACC)):
        broken = signal.copy()
        broken[3000:3010] = np.nan
        whole, measured = measure(signal, RATE_HZ), measure(broken, RATE_HZ)
        assert measured.lost_share == pytest.approx(10 / 6000)
        for key in ("cop_velocity_mmps", "cop_area_95_mm2", "trunk_rms_ms2", "trunk_jerk_m2ps5"):
            if key in whole:
                assert measured[key] == pytest.approx(whole[key], rel=0.02)


def test_a_second_lost_and_joined_without_times_changes_little_and_with_times_is_put_back() -> None:
    """Arrays and a rate can't tell: the step adds itself to the path, and everything later is a second early."""
    times_s, values = joined(COP)
    whole = cop_measures(COP, RATE_HZ, AS_RECORDED)
    told = cop_measures(rows_on_grid(times_s, values, RATE_HZ), RATE_HZ, AS_RECORDED)
    assert told.lost_share == pytest.approx(100 / 6000)
    silent = cop_measures(values, RATE_HZ, AS_RECORDED)
    step_mm = 1e3 * np.hypot(*(values[3000] - values[2999]))
    lost_mm = 1e3 * np.hypot(*np.diff(COP[2999:3101], axis=0).T).sum()
    assert silent["cop_totex_mm"] == pytest.approx(whole["cop_totex_mm"] - lost_mm + step_mm)
    for measured in (told, silent):
        assert measured["cop_velocity_mmps"] == pytest.approx(whole["cop_velocity_mmps"], rel=0.03)


def test_swapped_columns_of_the_centre_of_pressure_swap_the_axes_and_leave_the_plane() -> None:
    a, b = cop_measures(COP, RATE_HZ), cop_measures(COP[:, ::-1], RATE_HZ)
    assert b["cop_velocity_ml_mmps"] == pytest.approx(a["cop_velocity_ap_mmps"])
    for key in ("cop_velocity_mmps", "cop_area_95_mm2", "cop_mean_frequency_hz"):
        assert b[key] == pytest.approx(a[key])


def test_left_and_right_exchanged_mirror_the_load() -> None:
    forces = np.column_stack((300 + COP[:, 0] * 1e3, 400 - COP[:, 0] * 1e3))
    a, b = load_measures(forces, RATE_HZ), load_measures(forces[:, ::-1], RATE_HZ)
    assert b["load_left_share"] == pytest.approx(100 - a["load_left_share"])
    assert b["load_asymmetry"] == pytest.approx(a["load_asymmetry"])


# Units of length


@pytest.mark.parametrize("factor", [1000.0, 100.0])
def test_millimetres_or_centimetres_given_as_metres_are_noticed_by_their_size(factor: float) -> None:
    assert np.ptp(COP) > 0.01
    with pytest.raises(MeasureError, match="millimetres or centimetres given as metres"):
        cop_measures(COP * factor, RATE_HZ)


# Times


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (np.arange(100) * 10.0, "check the rate and the unit of the times"),
        (np.arange(100) / 50, "say 50 Hz and not 100 Hz"),
        (np.r_[np.arange(50), np.arange(40, 90)] / 100, r"don't rise after 0\.490 s"),
        (np.r_[np.arange(99), np.nan] / 100, "none missing"),
        (np.arange(99) / 100, "need as many times"),
    ],
)
def test_bad_times_are_refused(times: np.ndarray, words: str) -> None:
    with pytest.raises(MeasureError, match=words):
        rows_on_grid(times, np.zeros((100, 2)), RATE_HZ)


def test_times_that_jitter_are_whole() -> None:
    times_s = (np.arange(1000) + np.random.default_rng(0).uniform(-0.2, 0.2, 1000)) / RATE_HZ
    require_unbroken(times_s, RATE_HZ)
    values = np.arange(2000.0).reshape(-1, 2)
    assert (rows_on_grid(times_s, values, RATE_HZ) == values).all()
