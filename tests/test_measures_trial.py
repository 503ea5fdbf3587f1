# SPDX-License-Identifier: MIT
"""Load, outliers, steadiness, leaning and the published stability on inputs whose answer is known."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot import measures
from surefoot.errors import MeasureError
from surefoot.measures import (
    AS_RECORDED,
    MEASURES,
    cop_measures,
    level_axes,
    limits_of_stability,
    load_measures,
    sensory_ratios,
    stability_measures,
    steadiness_composite,
    steadiness_score,
    weight_distribution_index,
)
from surefoot.measures.processing import Processing, low_pass

RATE_HZ = 100.0
FOOT_M = 0.25


def test_every_row_names_a_function_that_is_there() -> None:
    """What a test is scored by (seconds, counts) has none here: it is timed and counted, not computed from arrays."""
    for row in MEASURES.values():
        assert not row.function or callable(getattr(measures, row.function)), row.key
        assert row.better in ("none", "lower", "higher")
    assert {row.key for row in MEASURES.values() if row.research} == {k for k in MEASURES if k.startswith("research_")}


def test_every_row_of_the_truth_table_is_a_test() -> None:
    here = Path(__file__).parent
    page = (here.parent / "host" / "surefoot" / "measures" / "README.md").read_text()
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", page)
    assert len(named) > 30
    for file, name in named:
        assert re.search(rf"^def {name}\(", (here / file).read_text(), re.MULTILINE), (file, name)


# Load


def standing(left: float, weight_n: float = 700.0) -> np.ndarray:
    share = left + 0.01 * np.sin(2 * np.pi * 0.3 * np.arange(3000) / RATE_HZ)
    return weight_n * np.column_stack((share, 1 - share))


@given(st.floats(0.1, 0.9))
@settings(max_examples=20, deadline=None)
def test_asymmetry_and_its_mirror(left: float) -> None:
    measured, mirrored = (load_measures(f, RATE_HZ) for f in (standing(left), standing(left)[:, ::-1]))
    assert measured["load_asymmetry"] == pytest.approx(100 * abs(2 * left - 1), abs=0.05)
    assert mirrored["load_asymmetry"] == pytest.approx(measured["load_asymmetry"])
    assert mirrored["load_left_share"] == pytest.approx(100 - measured["load_left_share"])
    assert measured["load_weight_n"] == pytest.approx(700)


@pytest.mark.parametrize("weight_n", [1.0, 70.0, 7e4, 7e5])
def test_an_absurd_weight_is_a_reason_and_the_share_stays(weight_n: float) -> None:
    measured = load_measures(standing(0.4, weight_n), RATE_HZ)
    assert "no person's" in measured.not_reported["load_weight_n"]
    assert measured["load_left_share"] == pytest.approx(40, abs=0.05)


def test_an_absent_foot_is_named() -> None:
    forces = standing(0.5)
    one_leg = load_measures(forces * (0, 2), RATE_HZ)
    assert one_leg["load_left_share"] == 0
    assert "left foot carries next to nothing" in one_leg.not_reported["load_asymmetry"]
    forces[:, 1] = np.nan
    with pytest.raises(MeasureError, match="right foot's force is lost"):
        load_measures(forces, RATE_HZ)


def test_weight_distribution_index() -> None:
    assert weight_distribution_index(np.full((10, 4), 3.0)) == pytest.approx(0)
    assert weight_distribution_index(np.array((40, 10, 40, 10))) == pytest.approx(15)
    assert weight_distribution_index(np.array((1, 0, 0, 0))) == pytest.approx(100 * np.sqrt(3) / 4)
    assert weight_distribution_index(np.array((0.3, 0.7))) == pytest.approx(20)
    for bad in (np.zeros(4), np.array((1.0,)), np.array((1, -1)), np.empty((0, 4)), np.array((1, np.nan))):
        with pytest.raises(MeasureError, match="No weight distribution"):
            weight_distribution_index(bad)


# Outlier excursions


def test_outlier_ratio_is_1_for_normal_sway_and_0_for_a_circle() -> None:
    rng = np.random.default_rng(0)
    shape = np.array(((3e-3, 0.0), (1e-3, 2e-3)))
    normal = [
        cop_measures(rng.normal(size=(6000, 2)) @ shape, RATE_HZ, AS_RECORDED)["cop_outlier_ratio"] for _ in "12345"
    ]
    assert np.mean(normal) == pytest.approx(1, abs=0.04)
    phase = np.arange(6000) / 50
    circle = np.column_stack((np.cos(phase), np.sin(phase))) * 0.01
    assert cop_measures(circle, RATE_HZ, AS_RECORDED)["cop_outlier_ratio"] == 0


def test_an_excursion_now_and_then_raises_the_outlier_ratio() -> None:
    noise = np.random.default_rng(1).normal(size=(6000, 2))
    calm = low_pass(noise, RATE_HZ, Processing(filter_hz=1.0)) * 0.01
    broken = calm.copy()
    for begin, way in ((900, (0.03, 0.0)), (2500, (0.0, 0.03)), (4800, (-0.02, -0.02))):
        broken[begin : begin + 150] += way  # a second and a half each, 7.5 % of the trial
    ratios = [cop_measures(x, RATE_HZ, AS_RECORDED)["cop_outlier_ratio"] for x in (calm, broken)]
    assert ratios[0] < 1.15
    assert ratios[1] == pytest.approx(0.075 / 0.05, abs=0.1)


def test_fractal_dimension_by_the_diameter() -> None:
    measured = cop_measures(np.random.default_rng(2).normal(0, 1e-3, (2000, 2)), RATE_HZ, AS_RECORDED)
    expected = np.log(2000) / np.log(2000 * measured["cop_range_mm"] / measured["cop_totex_mm"])
    assert measured["cop_fd_pd"] == pytest.approx(expected)


# Steadiness


def test_steadiness_score_and_composite() -> None:
    assert steadiness_score(0) == 100
    assert steadiness_score(5) == pytest.approx(60)
    assert steadiness_score(12.5) == steadiness_score(30) == steadiness_score(1, failed=True) == 0
    scores = {("firm", "open"): [90.0, 94.0], ("foam", "closed"): [46.0]}
    assert steadiness_composite(scores) == pytest.approx(69)
    for bad in ({}, {("firm", "open"): []}, {("firm", "open"): [101.0]}):
        with pytest.raises(MeasureError, match="No composite"):
            steadiness_composite(bad)
    for bad in (-1.0, float("nan")):
        with pytest.raises(MeasureError, match="No steadiness"):
            steadiness_score(bad)


def test_sensory_ratios() -> None:
    scores = {("firm", "open"): [80.0, 100.0], ("firm", "closed"): [72.0], ("foam", "closed"): [45.0]}
    found = sensory_ratios(scores)
    assert found["kept_without_sight"] == pytest.approx(0.8)
    assert found["kept_on_foam_without_sight"] == pytest.approx(0.5)
    assert found["kept_on_foam"] == "There is no score of: foam, eyes open."
    assert "nothing to keep" in str(sensory_ratios(scores | {("firm", "open"): [0.0]})["kept_without_sight"])
    with pytest.raises(MeasureError, match="made differently"):
        sensory_ratios(scores, ("a/100Hz", "a/50Hz"))


def test_no_label_borrows_the_name_of_another_instrument() -> None:
    for row in MEASURES.values():
        for name in ("SOT", "NeuroCom", "Equilibrium", "vestibular ratio", "Tetrax"):
            assert name not in row.label


# Leaning towards a target


def lean(target_deg: float = 0.0, reach_m: float = 0.08, wait_s: float = 0.4, rise_s: float = 1.0) -> np.ndarray:
    """Two seconds of rest, a cue, a raised-cosine lean of reach_m, held, then a further 10 mm; [n, 2] at 100 Hz."""
    t = np.arange(1200) / RATE_HZ - 2.0

    def rise(begin_s: float, long_s: float) -> np.ndarray:
        return (1 - np.cos(np.pi * np.clip((t - begin_s) / long_s, 0, 1))) / 2

    along = reach_m * rise(wait_s, rise_s) + 0.010 * rise(wait_s + rise_s + 2, 1.0)
    rest = low_pass(np.random.default_rng(1).normal(0, 1, (1200, 2)), RATE_HZ, Processing(filter_hz=1.0)) * 0.002
    rest *= np.clip(1 - (t - wait_s) / 0.1, 0, 1)[:, None]
    angle = np.radians(target_deg)
    return rest + along[:, None] * (np.sin(angle), np.cos(angle))


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 360), st.floats(0.04, 0.12), st.floats(0.2, 1.0), st.floats(0.5, 2.0))
def test_a_lean_whose_answer_is_known(target_deg: float, reach_m: float, wait_s: float, rise_s: float) -> None:
    measured = limits_of_stability(lean(target_deg, reach_m, wait_s, rise_s), RATE_HZ, 2.0, target_deg, FOOT_M)
    assert measured["los_reaction_s"] == pytest.approx(wait_s, abs=0.12 * rise_s + 0.05)
    assert measured["los_endpoint_pct"] == pytest.approx(100 * reach_m / FOOT_M, rel=0.03)
    assert measured["los_maximum_pct"] == pytest.approx(100 * (reach_m + 0.01) / FOOT_M, rel=0.02)
    # 5 to 95 % of a raised cosine takes 1 - 2 acos(0.9) / pi of its time
    taken_s = rise_s * (1 - 2 * np.arccos(0.9) / np.pi)
    assert measured["los_velocity_pctps"] == pytest.approx(90 * reach_m / FOOT_M / taken_s, rel=0.1)
    assert measured["los_control_pct"] > 90
    assert measured.fingerprint_of("los_endpoint_pct").endswith("foot250mm")


def test_a_lean_aside_costs_control() -> None:
    """At 30 degrees off the target, the way across is tan 30 of the way along."""
    measured = limits_of_stability(lean(30), RATE_HZ, 2.0, 0.0, FOOT_M)
    assert measured["los_control_pct"] == pytest.approx(100 * (1 - np.tan(np.radians(30))), abs=3)
    assert measured["los_endpoint_pct"] == pytest.approx(100 * 0.08 * np.cos(np.radians(30)) / FOOT_M, rel=0.03)


def test_bad_leans_have_a_reason() -> None:
    still = lean(reach_m=0.0)[:520]
    assert "never left" in limits_of_stability(still, RATE_HZ, 2.0, 0.0, FOOT_M).not_reported["los_reaction_s"]
    away = limits_of_stability(lean(180), RATE_HZ, 2.0, 0.0, FOOT_M)
    assert "never left" in away.not_reported["los_endpoint_pct"]
    lost = lean()
    lost[300:310] = np.nan
    assert "lost" in limits_of_stability(lost, RATE_HZ, 2.0, 0.0, FOOT_M).not_reported["los_control_pct"]
    for cue_s in (0.5, 11.5):
        with pytest.raises(MeasureError, match="mark it again"):
            limits_of_stability(lean(), RATE_HZ, cue_s, 0.0, FOOT_M)
    for foot_m in (25.0, 0.0, 250.0):
        with pytest.raises(MeasureError, match="no person's"):
            limits_of_stability(lean(), RATE_HZ, 2.0, 0.0, foot_m)


# The published stability


def turned(quaternion: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    w, axis = quaternion[:, :1], quaternion[:, 1:]
    return vectors + 2 * np.cross(axis, np.cross(axis, vectors) + w * vectors)


def test_published_stability(shared_data: Path) -> None:
    table = np.genfromtxt(shared_data / "waist-imu" / "firm-eyes-closed.csv", delimiter=",", skip_header=1)
    quaternion = table[:, 7:11] / np.linalg.norm(table[:, 7:11], axis=1, keepdims=True)
    measured = stability_measures(turned(quaternion, table[:, 1:4] * 9.8), RATE_HZ)
    for key, value in (("stability", 3.514615), ("stability_ml", 4.117167), ("stability_ap", 4.099491)):
        assert measured[key] == pytest.approx(value, abs=1e-6)
    assert measured.fingerprint_of("stability") == "nofilter/100Hz/trim0/v1/band0.3-45"


def test_axes_that_the_sensor_keeps_level_itself_give_nearly_the_published_stability(shared_data: Path) -> None:
    """The phone's y is down, its z backward; its own orientation is left out."""
    table = np.genfromtxt(shared_data / "waist-imu" / "firm-eyes-closed.csv", delimiter=",", skip_header=1)
    acc_ms2, gyr_dps = -table[:, [1, 3, 2]] * (9.8, -9.8, 9.8), np.degrees(table[:, [4, 6, 5]] * (1, -1, 1))
    measured = stability_measures(level_axes(acc_ms2, gyr_dps, RATE_HZ), RATE_HZ)
    for key, value in (("stability", 3.514615), ("stability_ml", 4.117167), ("stability_ap", 4.099491)):
        assert measured[key] == pytest.approx(value, abs=0.06)


@pytest.mark.parametrize("askew_deg", [0.0, 15.0])
def test_a_lean_that_comes_and_goes_is_no_acceleration_in_level_axes(askew_deg: float) -> None:
    """The trunk leans forward by 3 degrees and back at 0.4 Hz and is shaken sideways at 2 Hz; the sensor sits askew."""
    t = np.arange(6000) / RATE_HZ
    lean = np.radians(askew_deg - 3 * np.sin(2 * np.pi * 0.4 * np.maximum(t - 6, 0)))
    shaken = 0.1 * np.sin(2 * np.pi * 2 * t)
    acc_ms2 = np.column_stack((shaken, 9.8 * np.sin(lean), 9.8 * np.cos(lean)))
    gyr_dps = np.column_stack((np.degrees(np.gradient(lean, t)), 0 * t, 0 * t))
    level = level_axes(acc_ms2, gyr_dps, RATE_HZ)
    assert np.abs(level[500:, 1]).max() < 0.1 * 9.8 * np.radians(3)
    measured = stability_measures(level, RATE_HZ)
    assert measured["stability_ml"] == pytest.approx(-np.log(np.abs(shaken).mean()), abs=0.01)
    left = stability_measures(acc_ms2, RATE_HZ)
    assert measured["stability_ap"] > left["stability_ap"] + 1.5
    gyr_dps[1000:1010] = np.nan
    assert np.isnan(level_axes(acc_ms2, gyr_dps, RATE_HZ)[1000:1010]).all()
    with pytest.raises(MeasureError, match="gyroscope gives nothing"):
        level_axes(acc_ms2, 0 * gyr_dps, RATE_HZ)


def test_stability_of_a_sine_and_its_scale() -> None:
    t = np.arange(6000) / RATE_HZ
    level = np.column_stack((0.1 * np.sin(2 * np.pi * 2 * t), 0 * t, 9.8 + 0 * t))
    measured = stability_measures(level, RATE_HZ)
    assert measured["stability_ml"] == pytest.approx(-np.log(np.abs(level[:, 0]).mean()), abs=2e-3)
    assert "stability_ap" in measured.not_reported
    twice = stability_measures(level * (2, 1, 1), RATE_HZ)
    assert twice["stability_ml"] == pytest.approx(measured["stability_ml"] - np.log(2), abs=1e-6)


def test_stability_needs_its_band_and_gravity() -> None:
    level = np.random.default_rng(0).normal((0, 0, 9.8), 0.05, (3000, 3))
    assert "above 94 Hz" in stability_measures(level, 50.0).not_reported["stability"]
    for bad in (level / 9.8, level - (0, 0, 9.8)):
        with pytest.raises(MeasureError, match="not about"):
            stability_measures(bad, RATE_HZ)
