# SPDX-License-Identifier: MIT
"""Sway measures on signals whose answer is known, their symmetries, losses and bad input."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.errors import MeasureError
from surefoot.measures import (
    AS_RECORDED,
    COP,
    MEASURES,
    Processing,
    comparable,
    cop_ap_measures,
    cop_measures,
    load_measures,
    require_comparable,
    romberg_quotient,
)
from surefoot.measures.processing import corrected_cutoff_hz, low_pass, prepare
from surefoot.measures.spectra import moments, spectrum
from surefoot.measures.sway import f_95, span_m

RATE_HZ = 100.0


def circle(radius_m: float = 0.01, turns_hz: float = 0.5, seconds: float = 60.0) -> np.ndarray:
    phase = 2 * np.pi * turns_hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return radius_m * np.column_stack((np.cos(phase), np.sin(phase)))


def sway(seed: int = 1, seconds: float = 40.0) -> np.ndarray:
    """A person-like wander of a few mm, [n, 2] in m."""
    noise = np.random.default_rng(seed).normal(size=(round(seconds * RATE_HZ), 2))
    smooth = low_pass(noise, RATE_HZ, Processing(filter_hz=1.0, order=1))
    return smooth / smooth.std() * (0.002, 0.004)


# Known answers


def test_circle() -> None:
    measured = cop_measures(circle(), RATE_HZ, AS_RECORDED)
    assert measured["cop_mfreq_hz"] == pytest.approx(0.500, abs=5e-4)
    assert measured["cop_area_sw_mm2ps"] == pytest.approx(np.pi * 10**2 * 0.5, rel=1e-3)
    assert measured["cop_velocity_mmps"] == pytest.approx(2 * np.pi * 10 * 0.5, rel=1e-3)
    assert measured["cop_mdist_mm"] == pytest.approx(10)
    assert measured["cop_range_mm"] == pytest.approx(20, rel=1e-6)
    assert measured["cop_area_cc_mm2"] == pytest.approx(np.pi * 100, rel=1e-4)
    assert measured["cop_mean_frequency_hz"] == pytest.approx(0.5, abs=1e-3)
    assert measured["cop_f50_ap_hz"] == pytest.approx(0.5)
    assert measured["cop_f95_ap_hz"] == pytest.approx(0.5, abs=0.101)


def test_sine_along_one_axis() -> None:
    measured = cop_measures(circle() * (1e-7, 1), RATE_HZ, AS_RECORDED)
    assert measured["cop_mfreq_ap_hz"] == pytest.approx(0.555, abs=1e-3)
    assert measured["cop_rdist_ap_mm"] == pytest.approx(10 / np.sqrt(2), rel=1e-6)
    assert measured["cop_totex_ap_mm"] == pytest.approx(0.5 * 60 * 4 * 10, rel=1e-3)
    assert measured["cop_area_95_mm2"] == pytest.approx(0, abs=1e-4)
    assert measured["cop_power_ap_mm2"] == pytest.approx(50, rel=1e-3)
    assert {"cop_mfreq_ml_hz", "cop_fd_ce"} <= set(measured.not_reported)


def test_a_column_that_never_changes_takes_the_plane_with_it() -> None:
    """As where a plate gives one axis and a file fills the other with noughts."""
    moved, dead = circle(), circle() * (0, 1)
    measured = cop_measures(dead, RATE_HZ, AS_RECORDED)
    assert set(measured) == {key for key in cop_measures(moved, RATE_HZ) if "_ap" in key}
    assert measured["cop_velocity_ap_mmps"] == cop_measures(moved, RATE_HZ, AS_RECORDED)["cop_velocity_ap_mmps"]
    for key in ("cop_area_95_mm2", "cop_velocity_mmps", "cop_velocity_ml_mmps", "cop_fd_ce"):
        assert "side-to-side column is the same in every sample" in measured.not_reported[key]


def test_second_formulas() -> None:
    """Each number again by another way: loops, eigenvalues, scipy's quantile, a periodogram."""
    from scipy import stats

    cop_m = sway()[:2001]
    measured = cop_measures(cop_m, RATE_HZ, AS_RECORDED)
    mm = (cop_m - cop_m.mean(axis=0)) * 1e3
    n = len(mm)
    path = sum(np.hypot(*(mm[i + 1] - mm[i])) for i in range(n - 1))
    assert measured["cop_totex_mm"] == pytest.approx(path)
    assert measured["cop_velocity_mmps"] == pytest.approx(path / (n / RATE_HZ))
    swept = sum(abs(mm[i + 1, 1] * mm[i, 0] - mm[i, 1] * mm[i + 1, 0]) for i in range(n - 1))
    assert measured["cop_area_sw_mm2ps"] == pytest.approx(swept / 2 / (n / RATE_HZ))
    f = float(stats.f.ppf(0.95, 2, n - 2))
    assert f_95(n) == pytest.approx(f, rel=1e-10)
    axes = np.sqrt(np.linalg.eigvalsh(np.cov(mm.T, ddof=0)) * 2 * f)
    assert measured["cop_area_ce_mm2"] == pytest.approx(np.pi * axes[0] * axes[1])
    assert measured["cop_area_95_mm2"] == pytest.approx(np.pi * axes.prod() * (n + 1) / (n - 2))
    assert measured["cop_range_mm"] == pytest.approx(max(np.hypot(*(mm - point).T).max() for point in mm))
    assert measured["cop_mdist_mm"] == pytest.approx(np.mean([np.hypot(x, y) for x, y in mm]))
    across = 2 * np.sqrt(measured["cop_area_cc_mm2"] / np.pi)
    assert measured["cop_fd_cc"] == pytest.approx(np.log(n) / np.log(n * across / path))


def test_moments_of_two_known_lines() -> None:
    t = np.arange(6000) / RATE_HZ
    two = 2 * np.sin(2 * np.pi * 0.5 * t) + np.sin(2 * np.pi * 2 * t)
    found = moments(two[:, None], RATE_HZ, 5.0)
    assert found["power"] == pytest.approx(2.5, rel=1e-2)
    mean_2 = (4 * 0.5**2 + 1 * 2**2) / 5
    assert found["cfreq"] == pytest.approx(np.sqrt(mean_2), rel=2e-2)
    assert found["freqd"] == pytest.approx(np.sqrt(1 - ((4 * 0.5 + 2) / 5) ** 2 / mean_2), rel=2e-2)
    assert (found["f50"], found["f95"]) == pytest.approx((0.5, 2.0), abs=0.101)


def test_filter_is_down_3_db_at_its_cutoff_and_has_no_lag() -> None:
    t = np.arange(4000) / RATE_HZ
    for order, cutoff_hz in ((2, 10.0), (4, 10.0), (4, 3.5), (2, 20.0)):
        sine = np.sin(2 * np.pi * cutoff_hz * t)
        out = low_pass(sine[:, None], RATE_HZ, Processing(cutoff_hz, order))[500:-500, 0]
        assert 2 * np.mean(out * sine[500:-500]) == pytest.approx(np.sqrt(0.5), abs=1e-4)
        assert 2 * np.mean(out * np.cos(2 * np.pi * cutoff_hz * t[500:-500])) == pytest.approx(0, abs=1e-4)


def test_filter_equals_scipys() -> None:
    from scipy.signal import butter, sosfiltfilt

    for order, cutoff_hz, n in ((4, 10.0, 4000), (2, 3.5, 150), (4, 0.85, 30), (3, 5.0, 2)):
        values = sway(2)[:n]
        sections = butter(order, corrected_cutoff_hz(cutoff_hz, order, RATE_HZ), fs=RATE_HZ, output="sos")
        expected = sosfiltfilt(sections, values, axis=0, padlen=min(n - 1, int(3 * RATE_HZ / cutoff_hz)))
        assert low_pass(values, RATE_HZ, Processing(cutoff_hz, order)) == pytest.approx(expected, rel=1e-12)


def test_filter_leaves_a_drift_alone_up_to_its_edges() -> None:
    drift = np.column_stack((np.linspace(0, 0.1, 3000), np.linspace(0.3, 0.2, 3000)))
    for processing in (COP, Processing(filter_hz=0.85), Processing(filter_hz=3.5, order=2)):
        assert np.abs(low_pass(drift, RATE_HZ, processing) - drift).max() < 1e-6


# Symmetries

angles = st.floats(0, 2 * np.pi)
seeds = st.integers(0, 1000)
SPECTRAL = {key: 0.05 for key in MEASURES if any(stem in key for stem in ("frequency", "power", "cfreq", "freqd"))}
PLANE = [key for key in MEASURES if key.startswith("cop_") and not {"ml", "ap"} & set(key.split("_"))]


@settings(max_examples=20, deadline=None)
@given(seeds, angles, st.booleans(), st.floats(-0.3, 0.3))
def test_turned_mirrored_and_shifted_the_plane_is_the_same(seed: int, turn: float, mirror: bool, shift: float) -> None:
    cop_m = sway(seed, 12)
    c, s = np.cos(turn), np.sin(turn)
    moved = cop_m @ np.array(((c, -s), (s, c))) * ((-1, 1) if mirror else (1, 1)) + (shift, -shift)
    a, b = cop_measures(cop_m, RATE_HZ, AS_RECORDED), cop_measures(moved, RATE_HZ, AS_RECORDED)
    for key in PLANE:
        # the published weighting mixes a sum with trapezoids, so turning moves it by up to half a percent
        assert b[key] == pytest.approx(a[key], rel=1e-2 if key == "cop_mean_frequency_hz" else 1e-7)


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0.05, 5))
def test_scale(seed: int, scale: float) -> None:
    cop_m = sway(seed, 12)
    a, b = cop_measures(cop_m, RATE_HZ), cop_measures(cop_m * scale, RATE_HZ)
    assert a.keys() == b.keys()
    for key in a:
        power = {"mm": 1, "mm/s": 1, "mm2": 2, "mm2/s": 2}.get(MEASURES[key].unit, 0)
        assert b[key] == pytest.approx(a[key] * scale**power, rel=1e-7)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_backwards_and_axes_swapped(seed: int) -> None:
    cop_m = sway(seed, 40)
    a = cop_measures(cop_m, RATE_HZ, AS_RECORDED)
    back = cop_measures(cop_m[::-1], RATE_HZ, AS_RECORDED)
    swapped = cop_measures(cop_m[:, ::-1], RATE_HZ, AS_RECORDED)
    names = {"ml": "ap", "ap": "ml"}
    for key in a:
        # Welch's window isn't the same backwards, and f50 and f95 come in steps of 0.1 Hz
        assert back[key] == pytest.approx(
            a[key], abs=0.101 * ("_f50" in key or "_f95" in key), rel=SPECTRAL.get(key, 1e-7)
        )
        assert swapped["_".join(names.get(part, part) for part in key.split("_"))] == pytest.approx(a[key], rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=40))
def test_span_equals_brute_force(points: list[tuple[int, int]]) -> None:
    array = np.array(points, dtype=float)
    assert span_m(array) == pytest.approx(max(np.hypot(*(array - p).T).max() for p in array))


@pytest.mark.parametrize("points", [circle(), circle()[:4500] * (1, 0.999), sway(5) @ ((1, 0.9), (0.9, 1))])
def test_span_of_many_points_far_out(points: np.ndarray) -> None:
    """Of a circle every point is a corner, and of a narrow sway few are."""
    assert span_m(points) == pytest.approx(max(np.hypot(*(points - p).T).max() for p in points), rel=1e-12)


# Losses


def test_lost_samples_are_not_bridged() -> None:
    cop_m = sway(3, 40)
    whole = cop_measures(cop_m, RATE_HZ, AS_RECORDED)
    broken = cop_m.copy()
    broken[1000:1050] = np.nan  # 0.5 s away from the middle of a trial
    broken[2000:2010] = np.nan
    broken[1050:] += 0.05  # a bridge over the gap would add this to the path
    measured = cop_measures(broken, RATE_HZ, AS_RECORDED)
    assert measured.lost_share == pytest.approx(60 / 4000)
    kept = [np.hypot(*np.diff(part, axis=0).T).sum() for part in (cop_m[:1000], cop_m[1050:2000], cop_m[2010:])]
    steps = 999 + 949 + 1989
    assert measured["cop_velocity_mmps"] == pytest.approx(1e3 * sum(kept) / ((steps + 1) / RATE_HZ))
    assert measured["cop_velocity_mmps"] == pytest.approx(whole["cop_velocity_mmps"], rel=0.02)
    assert "cop_totex_mm" in measured.not_reported
    assert measured["cop_f50_ml_hz"] == cop_measures(cop_m[2010:], RATE_HZ, AS_RECORDED)["cop_f50_ml_hz"]


def test_filter_does_not_smear_a_loss() -> None:
    cop_m = sway(4, 40)
    cop_m[1500:1520] = np.nan
    cop_m[1525:1530] = np.nan  # the 5 samples between can't be filtered: lost as well
    signal = prepare(cop_m, RATE_HZ, COP, 2, "test")
    assert np.flatnonzero(np.isnan(signal.values[:, 0])).tolist() == list(range(1500, 1530))


def test_frequencies_need_an_unbroken_stretch() -> None:
    cop_m = sway(5, 36)
    cop_m[::900] = np.nan
    measured = cop_measures(cop_m, RATE_HZ)
    assert "unbroken stretch" in measured.not_reported["cop_mean_frequency_hz"]
    assert "cop_velocity_mmps" in measured


def test_trim_is_at_the_start() -> None:
    cop_m = sway(6, 40)
    trimmed = cop_measures(cop_m, RATE_HZ, Processing(None, trim_s=3))
    assert trimmed == cop_measures(cop_m[300:], RATE_HZ, AS_RECORDED)
    assert trimmed.real_s == 37


# Without a foot placement; one foot; load; net


def test_without_placement_only_forward_and_back() -> None:
    cop_m = sway(7)
    both, alone = cop_measures(cop_m, RATE_HZ), cop_ap_measures(cop_m[:, 1], RATE_HZ)
    assert set(alone) == {key for key in both if "_ap" in key}
    for key in alone:
        assert alone[key] == pytest.approx(both[key], rel=1e-12)
    assert "foot placement" in alone.not_reported["cop_area_95_mm2"]
    assert set(alone) | set(alone.not_reported) == set(both)


def test_one_foot_has_its_own_keys() -> None:
    measured = cop_measures(sway(8), RATE_HZ, prefix="left_")
    assert measured["left_cop_velocity_mmps"] == cop_measures(sway(8), RATE_HZ)["cop_velocity_mmps"]
    assert all(key.startswith("left_") and key in MEASURES for key in measured)


def test_load_share() -> None:
    t = np.arange(3000) / RATE_HZ
    left = 300 + 30 * np.sin(2 * np.pi * 0.2 * t)
    measured = load_measures(np.column_stack((left, 750 - left)), RATE_HZ, AS_RECORDED)
    assert measured["load_left_share"] == pytest.approx(40)
    assert measured["load_shift_share"] == pytest.approx(4 / np.sqrt(2), rel=1e-3)
    off = np.column_stack((left, 750 - left))
    off[:100] *= 0.1  # stepped on after a second
    stepped_on = load_measures(off, RATE_HZ, AS_RECORDED)
    assert stepped_on.lost_share == pytest.approx(100 / 3000)
    assert stepped_on["load_left_share"] == pytest.approx(
        load_measures(off[100:], RATE_HZ, AS_RECORDED)["load_left_share"]
    )
    for empty in (np.zeros((3000, 2)), np.full((3000, 2), np.nan)):
        with pytest.raises(MeasureError, match="lost"):
            load_measures(empty, RATE_HZ)
    with pytest.raises(MeasureError, match="shape"):
        load_measures(left, RATE_HZ)


def test_romberg_quotient() -> None:
    same, other = COP.fingerprint(100), COP.fingerprint(200)
    assert romberg_quotient(15.0, 10.0, (same, same)) == 1.5
    with pytest.raises(MeasureError, match="100Hz against 200Hz"):
        romberg_quotient(15.0, 10.0, (same, other))
    with pytest.raises(MeasureError, match="above 0"):
        romberg_quotient(15.0, 0.0, (same, same))


# How a number was made


def test_fingerprint() -> None:
    assert Processing(trim_s=3).fingerprint(100) == "bw4z10/100Hz/trim3/v1"
    assert AS_RECORDED.fingerprint(104.0) == "nofilter/104Hz/trim0/v1"
    assert Processing(3.5, 2, calibration="cal/7").fingerprint(100) == "bw2z3.5/100Hz/trim0/v1/cal_7"
    assert cop_measures(sway(), RATE_HZ).fingerprint == COP.fingerprint(100)


changes = st.tuples(
    st.sampled_from((None, 5.0, 10.0)), st.integers(1, 4), st.sampled_from((0.0, 2.0)), st.sampled_from(("", "a", "b"))
)


@given(changes, changes, st.sampled_from((100.0, 200.0)), st.sampled_from((100.0, 200.0)))
def test_only_the_same_processing_is_comparable(a: tuple, b: tuple, rate_a_hz: float, rate_b_hz: float) -> None:
    def made(change: tuple) -> tuple:
        return (change[0], change[0] and change[1], *change[2:])  # without a filter its order is nothing

    first, second = Processing(*a).fingerprint(rate_a_hz), Processing(*b).fingerprint(rate_b_hz)
    same = made(a) == made(b) and rate_a_hz == rate_b_hz
    assert comparable(first, second) is same
    if not same:
        with pytest.raises(MeasureError, match="against"):
            require_comparable(first, second)


def test_nothing_known_is_not_comparable() -> None:
    assert not comparable("", "")


def test_table_names_what_the_calls_return() -> None:
    for family, prefix in (("cop_", ""), ("right_", "right_")):
        measured = cop_measures(sway(), RATE_HZ, prefix=prefix)
        assert not measured.not_reported
        assert all(np.isfinite(value) for value in measured.values())
        assert set(measured) == {key for key in MEASURES if key.startswith(family)}
    for key, row in MEASURES.items():
        assert row.key == key
        assert row.certainty in ("V", "R", "D")
        assert row.better == "none" or not key.startswith(("cop_", "left_", "right_", "trunk_", "research_"))
        assert row.unit
        assert row.source
        assert row.label
    assert len({row.label for row in MEASURES.values()}) == len(MEASURES)


def test_import_loads_no_scipy() -> None:
    code = "import sys, surefoot.measures; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Bad input


def gappy(share: float) -> np.ndarray:
    cop_m = sway()
    cop_m[: round(share * len(cop_m))] = np.nan
    return cop_m


@pytest.mark.parametrize(
    ("cop_m", "rate_hz", "words"),
    [
        (sway()[:, 0], RATE_HZ, r"shape \[4000\]: give an array"),
        (np.ones((4000, 3)), RATE_HZ, r"shape \[4000, 3\]"),
        (sway()[:900], RATE_HZ, "9.0 s .* and 10 s are needed"),
        (np.empty((0, 2)), RATE_HZ, "0.0 s"),
        (gappy(0.06), RATE_HZ, "6.0 % .* at most 5 %"),
        (gappy(1.0), RATE_HZ, "100.0 %"),
        (sway() * 1e3, RATE_HZ, "millimetres"),
        (sway(), 20.0, "25 Hz or more"),
        (sway(), float("nan"), "rate"),
        (sway(), 0.0, "rate"),
    ],
)
def test_bad_input_is_a_reason(cop_m: np.ndarray, rate_hz: float, words: str) -> None:
    with pytest.raises(MeasureError, match=words):
        cop_measures(cop_m, rate_hz, AS_RECORDED)


def test_filter_above_what_the_rate_allows() -> None:
    with pytest.raises(MeasureError, match="rate above 56 Hz"):
        cop_measures(sway(), 50.0, Processing(filter_hz=25.0))


@pytest.mark.parametrize("bad", [{"filter_hz": 0.0}, {"order": 0}, {"trim_s": -1.0}, {"filter_hz": float("nan")}])
def test_bad_processing_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(MeasureError):
        Processing(**bad)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("processing", [AS_RECORDED, COP])
@pytest.mark.parametrize("value", [0.0, 0.1])
def test_a_constant_signal_is_refused(processing: Processing, value: float) -> None:
    with pytest.raises(MeasureError, match="same in every sample"):
        cop_measures(np.full((3000, 2), value), RATE_HZ, processing)


def test_an_unknown_foot_is_refused() -> None:
    with pytest.raises(MeasureError, match="no foot 'lft_'"):
        cop_measures(sway(), RATE_HZ, prefix="lft_")


def test_linear_detrending_is_asked_for_and_told() -> None:
    t = np.arange(4000) / RATE_HZ
    drift = sway() + np.column_stack((t, -t)) * 5e-4
    linear = Processing(None, detrend="linear")
    assert linear.fingerprint(100) == "nofilter/100Hz/trim0/linear/v1"
    straight, drifting = cop_measures(sway(), RATE_HZ, linear), cop_measures(drift, RATE_HZ, linear)
    for key in straight:
        assert drifting[key] == pytest.approx(straight[key], rel=1e-6)
    assert cop_measures(drift, RATE_HZ, AS_RECORDED)["cop_area_95_mm2"] > 1.5 * straight["cop_area_95_mm2"]
    gappy_m = drift.copy()
    gappy_m[1000:1100] = np.nan
    assert cop_measures(gappy_m, RATE_HZ, linear)["cop_area_95_mm2"] == pytest.approx(
        straight["cop_area_95_mm2"], rel=0.1
    )
    with pytest.raises(MeasureError, match="detrending 'cubic'"):
        Processing(detrend="cubic")


def test_whole_trial_from_its_halves() -> None:
    """Split in two without a filter: paths add up but for the step between them, ranges don't shrink."""
    cop_m = sway(9, 40)
    whole, *halves = (cop_measures(part, RATE_HZ, AS_RECORDED) for part in (cop_m, cop_m[:2000], cop_m[2000:]))
    between = 1e3 * np.hypot(*(cop_m[2000] - cop_m[1999]))
    assert whole["cop_totex_mm"] == pytest.approx(sum(half["cop_totex_mm"] for half in halves) + between)
    for key in ("cop_range_mm", "cop_range_ml_mm"):
        assert max(half[key] for half in halves) <= whole[key]


@pytest.mark.parametrize("rate_hz", [50.0, 125.0, 400.0])
def test_another_rate_of_the_same_sway(rate_hz: float) -> None:
    t = {hz: np.arange(round(60 * hz)) / hz for hz in (100.0, rate_hz)}
    waves = ((0.2, 4.0, 0.3), (0.7, 1.5, 2.0), (1.7, 0.6, 5.0))
    a, b = (
        cop_measures(
            np.stack([sum(mm * np.cos(6.2832 * hz * t[r] + p + q) for hz, mm, p in waves) for q in (0, 1)], 1) / 1e3, r
        )
        for r in (100.0, rate_hz)
    )
    for key in a:
        # ln N is in the fractal dimensions, and f50 and f95 come in steps of 0.1 Hz
        if "fd_" not in key:
            assert b[key] == pytest.approx(a[key], rel=0.02, abs=0.101 * ("_f50" in key or "_f95" in key)), key


def test_spectrum_equals_scipys_welch() -> None:
    from scipy.signal import welch

    for n, rate_hz in ((4000, 100.0), (1033, 25.0), (2617, 104.0), (300, 25.0)):
        values, size = sway(3, 45)[:n], min(round(10 * rate_hz), n)
        f, power = welch(values, rate_hz, "hann", size, size // 2, detrend="linear", axis=0)
        band = (f >= 0.15) & (f <= 5 + 1e-9)
        lines_hz, lines = spectrum(values, rate_hz, 5.0)
        assert lines_hz == pytest.approx(f[band])
        assert lines == pytest.approx(power[band] * rate_hz / size, rel=1e-9)


def test_the_labels_of_one_foot_keep_an_acronyms_capitals():
    assert MEASURES["left_cop_rdist_mm"].label == "Left foot: RMS distance from the middle"
    assert MEASURES["right_cop_velocity_mmps"].label == "Right foot: sway velocity"


def test_the_span_of_a_long_ring_is_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = np.arange(1500) * 0.377
    ring = np.column_stack((np.cos(turn), np.sin(turn))) * 0.02
    apart = ring[:, None] - ring
    monkeypatch.setattr("surefoot.measures.sway.MANY", 256)
    assert span_m(ring) == pytest.approx(float(np.hypot(apart[..., 0], apart[..., 1]).max()), rel=1e-12)
