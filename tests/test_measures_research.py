# SPDX-License-Identifier: MIT
"""Research measures on processes whose answer is known, against brute force, and their fingerprints."""

from math import erf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.errors import MeasureError
from surefoot.measures import (
    AS_RECORDED,
    MEASURES,
    Processing,
    Research,
    cop_measures,
    every_cop_measure,
    research_measures,
)
from surefoot.measures.density import RADIUS_M, density, stays
from surefoot.measures.diffusion import diffusion, mean_square_displacement
from surefoot.measures.entropy import sample_entropy
from surefoot.measures.fluctuation import scaling_exponent
from surefoot.measures.processing import low_pass
from surefoot.measures.research import resampled

RATE_HZ = 100.0


def walk(seed: int, n: int = 6000, step_m: float = 2e-4) -> np.ndarray:
    """A random walk in the plane, [n, 2] in m."""
    return np.random.default_rng(seed).normal(0, step_m, (n, 2)).cumsum(axis=0)


def fractional_walk(hurst: float, seed: int, n: int = 6000) -> np.ndarray:
    """Fractional Brownian motion [n], exact, by circulant embedding of its increments (Davies & Harte 1987)."""
    k = np.arange(n + 1)
    covariance = (np.abs(k + 1) ** (2 * hurst) + np.abs(k - 1.0) ** (2 * hurst) - 2 * k ** (2 * hurst)) / 2
    power = np.fft.fft(np.concatenate((covariance, covariance[-2:0:-1]))).real
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=len(power)) + 1j * rng.normal(size=len(power))
    return np.fft.fft(np.sqrt(np.maximum(power, 0) / len(power)) * noise).real[:n].cumsum()


def sway(seed: int = 1, seconds: float = 60.0) -> np.ndarray:
    """A wander that is held back, of a few mm, [n, 2] in m."""
    noise = np.random.default_rng(seed).normal(size=(round(seconds * RATE_HZ), 2))
    smooth = low_pass(noise, RATE_HZ, Processing(filter_hz=0.7, order=1))
    return smooth / smooth.std() * (0.002, 0.004)


# Sample entropy


def test_entropy_of_white_noise() -> None:
    """Independent Gaussian samples match with probability erf(r / 2), whatever went before."""
    for m, r in ((2, 0.2), (3, 0.35)):
        found = [sample_entropy(np.random.default_rng(seed).normal(size=1200), m, r) for seed in range(20)]
        assert np.mean(np.array(found, dtype=float)) == pytest.approx(-log(erf(r / 2)), rel=0.03)


def by_pairs(x: np.ndarray, m: int, r: float) -> tuple[int, int]:
    tolerance, found = r * x.std(), [0, 0]
    for i in range(len(x) - m):
        for j in range(i + 1, len(x) - m):
            if np.abs(x[i : i + m] - x[j : j + m]).max() <= tolerance:
                found[0] += 1
                found[1] += bool(abs(x[i + m] - x[j + m]) <= tolerance)
    return found[0], found[1]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4), st.floats(0.1, 0.6))
def test_entropy_equals_counting_pairs(seed: int, m: int, r: float) -> None:
    x = walk(seed, 90)[:, 0]
    matched, extended = by_pairs(x, m, r)
    found = sample_entropy(x, m, r)
    if extended:
        assert found == pytest.approx(-log(extended / matched), rel=1e-12, abs=1e-12)
    else:
        assert isinstance(found, str)


@pytest.mark.parametrize("n", [65, 66, 67, 68, 69, 128, 133])
def test_entropy_where_patterns_end_at_the_edge_of_a_word(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = walk(n, n)[:, 0]
    matched, extended = by_pairs(x, 4, 0.4)
    for block in (1 << 18, 1):  # all at once, and a word at a time
        monkeypatch.setattr("surefoot.measures.entropy.BLOCK", block)
        assert sample_entropy(x, 4, 0.4) == pytest.approx(-log(extended / matched), rel=1e-12)


def test_entropy_in_blocks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x = walk(3, 700)[:, 1]
    whole = sample_entropy(x)
    monkeypatch.setattr("surefoot.measures.entropy.BLOCK", 5000)
    assert sample_entropy(x) == whole


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.floats(0.01, 100), st.floats(-5, 5), st.booleans())
def test_entropy_and_exponent_know_no_size_place_or_side(seed: int, scale: float, shift: float, mirror: bool) -> None:
    x = walk(seed, 1200)[:, 0] * 1e3
    moved = x * (-scale if mirror else scale) + shift
    for measure in (sample_entropy, scaling_exponent):
        # rounding may move a pair over the tolerance
        assert measure(moved) == pytest.approx(measure(x), rel=2e-3)


# Scaling exponent


@pytest.mark.parametrize(("kind", "expected"), [("white", 0.5), ("brownian", 1.5)])
def test_scaling_exponent(kind: str, expected: float) -> None:
    found = []
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=6000)
        # windows below 16 samples read a little high, which is the method's and not the noise's
        found.append(scaling_exponent(x if kind == "white" else x.cumsum(), 16))
    assert np.mean(np.array(found, dtype=float)) == pytest.approx(expected, abs=0.03)


def test_scaling_exponent_from_the_smallest_window_is_within_a_tenth() -> None:
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=1200)
        assert scaling_exponent(x) == pytest.approx(0.5, abs=0.1)
        assert scaling_exponent(x.cumsum()) == pytest.approx(1.5, abs=0.15)


# Diffusion


def test_mean_squares_equal_their_definition() -> None:
    values = walk(2, 900)
    found = mean_square_displacement(values, 300)
    for lag in (0, 1, 7, 150, 300):
        expected = ((values[lag:] - values[: len(values) - lag]) ** 2).mean(axis=0)
        assert found[lag] == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_diffusion_of_a_random_walk() -> None:
    """Steps of s metres along each axis, 100 times a second: D = 100 s^2 / 2 in every region, H = 0.5."""
    found = [research_measures(walk(seed), RATE_HZ, AS_RECORDED) for seed in range(30)]
    for axis in ("", "_ml", "_ap"):
        for region, tolerance in (("short", 0.03), ("long", 0.3)):
            d = np.mean([one[f"research_d_{region}{axis}_mm2ps"] for one in found])
            assert d == pytest.approx(100 * 0.2**2 / 2, rel=tolerance)
        assert np.mean([one[f"research_h_short{axis}"] for one in found]) == pytest.approx(0.5, abs=0.02)
        assert np.mean([one[f"research_h_long{axis}"] for one in found]) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("hurst", [0.3, 0.7])
def test_diffusion_exponent_of_fractional_motion(hurst: float) -> None:
    found = []
    for seed in range(20):
        spread = mean_square_displacement(fractional_walk(hurst, seed)[:, None], 1000)[:, 0]
        found.append(diffusion(spread, RATE_HZ, 1, (0.0, 1.0, 2.0, 10.0))["h_short"])
    assert np.mean(found) == pytest.approx(hurst, abs=0.03)


def test_critical_point_is_where_two_lines_meet() -> None:
    lag_s = np.arange(1001) / RATE_HZ
    spread = np.minimum(8.0 * lag_s, 6.0 + 4.0 * lag_s)  # slopes 8 and 4 meet at 1.5 s
    found = diffusion(spread, RATE_HZ, 2, (0.0, 1.0, 2.0, 10.0))
    assert found["d_short"] == pytest.approx(2)
    assert found["d_long"] == pytest.approx(1)
    assert (found["critical_time"], found["critical_spread"]) == pytest.approx((1.5, 12.0))
    straight = diffusion(lag_s**1.5, RATE_HZ, 1, (0.0, 1.0, 2.0, 10.0))
    assert "no critical point" in straight["critical_time"]


# Sway density


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.floats(5e-4, 0.01), st.integers(5, 700))
def test_stays_equal_looking_sample_by_sample(seed: int, radius_m: float, n: int) -> None:
    points = walk(seed, n, 5e-4)
    expected = np.full(n, -1)
    for i in range(n):
        for j in range(i + 1, n):
            if ((points[j] - points[i]) ** 2).sum() > radius_m**2:
                expected[i] = j - i - 1
                break
    assert stays(points, radius_m).tolist() == expected.tolist()


def test_stays_of_who_hardly_moves_equal_looking_at_every_pair() -> None:
    """Stays of hundreds of samples, that are found by boxes; on a grid, so that many lie right at the radius."""
    rng = np.random.default_rng(3)
    still = rng.normal(0, 5e-4, (1600, 2))
    for points in (still, np.round(still * 2e3) * 5e-4, still[:1025], still * 0.1):
        apart = ((points[:, None] - points) ** 2).sum(axis=2) > RADIUS_M**2
        leaves = np.triu(apart, 1)
        expected = np.where(leaves.any(axis=1), leaves.argmax(axis=1) - np.arange(len(points)) - 1, -1)
        assert np.array_equal(stays(points), expected)
        assert (stays(points) > 300).any() or (expected == -1).all()


def test_density_of_stays_and_leaps() -> None:
    """Two seconds in a place, then 10 mm further: peaks of nearly 2 s, 10 mm and 2 s apart."""
    points = np.repeat(np.arange(30)[:, None] * (0.006, 0.008), 50, axis=0)
    found = density(points, 25.0)
    assert found["density_interval"] == pytest.approx(2.0, abs=0.01)
    assert found["density_distance"] == pytest.approx(0.010, rel=0.01)
    assert 1.5 < found["density_peak"] < 2.1
    assert "hardly leaves" in density(points * 1e-3, 25.0)["density_peak"]


# All of them


def test_every_number_is_in_the_table_with_its_parameters() -> None:
    measured = research_measures(sway(), RATE_HZ)
    keys = {key for key, row in MEASURES.items() if row.research}
    assert not measured.not_reported
    assert set(measured) == keys == {key for key in MEASURES if key.startswith("research_")}
    base = measured.fingerprint
    assert measured.fingerprint_of("research_sampen_ap") == f"{base}/sampen-m4-r0.25-N1200-20Hz"
    assert measured.fingerprint_of("research_dfa_ml") == f"{base}/dfa-4-300-20Hz"
    assert measured.fingerprint_of("research_d_long_mm2ps") == f"{base}/diffusion-0-1-2-10s"
    assert measured.fingerprint_of("research_density_peak_s") == f"{base}/density-3mm-2.5Hz-25Hz"


CHANGES = (
    {"rate_hz": 25.0},
    {"m": 2},
    {"r": 0.2},
    {"shortest": 8},
    {"regions_s": (0, 0.5, 2, 10)},
    {"density_hz": 50.0},
)


@pytest.mark.parametrize("change", [*CHANGES, {"radius_m": 0.002}, {"smooth_hz": 2.0}])
def test_a_changed_parameter_changes_what_it_makes_and_its_fingerprint(change: dict) -> None:
    cop_m = sway()
    a, b = research_measures(cop_m, RATE_HZ), research_measures(cop_m, RATE_HZ, options=Research(**change))
    assert any(a[key] != b[key] for key in a)
    for key in a:
        if a[key] != b[key]:
            assert a.fingerprint_of(key) != b.fingerprint_of(key)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.floats(0, 6.28), st.floats(-0.2, 0.2), st.booleans())
def test_the_plane_knows_no_direction(seed: int, turn: float, shift: float, mirror: bool) -> None:
    cop_m = sway(seed, 40)
    c, s = np.cos(turn), np.sin(turn)
    moved = cop_m @ np.array(((c, -s), (s, c))) * ((-1, 1) if mirror else (1, 1)) + shift
    a, b = research_measures(cop_m, RATE_HZ, AS_RECORDED), research_measures(moved, RATE_HZ, AS_RECORDED)
    for key in a:
        if not {"ml", "ap"} & set(key.split("_")) and "density" not in key:
            assert b[key] == pytest.approx(a[key], rel=1e-6, abs=1e-9)
    # a stay ends at 3 mm exactly, so rounding may move one by a sample
    assert b["research_density_peak_s"] == pytest.approx(a["research_density_peak_s"], rel=1e-2)


@pytest.mark.parametrize("rate_hz", [50.0, 104.0, 200.0])
def test_another_rate_of_the_same_sway_is_nearly_the_same(rate_hz: float) -> None:
    t = np.arange(round(60 * rate_hz)) / rate_hz
    waves = np.random.default_rng(5).uniform(0, 2 * np.pi, (2, 40))
    hz = np.linspace(0.05, 3, 40)

    def at(times: np.ndarray) -> np.ndarray:
        return np.stack([(np.cos(2 * np.pi * hz * times[:, None] + w) / hz).sum(axis=1) for w in waves], 1) * 5e-4

    a, b = research_measures(at(np.arange(6000) / 100), 100.0), research_measures(at(t), rate_hz)
    for key in a:
        assert b[key] == pytest.approx(a[key], rel=0.03), key


def test_resampling_keeps_what_is_slow() -> None:
    t = np.arange(6000) / RATE_HZ
    slow = resampled(np.sin(2 * np.pi * 0.5 * t)[:, None], RATE_HZ, 20.0)[:, 0]
    assert len(slow) == 1200
    assert np.abs(slow - np.sin(2 * np.pi * 0.5 * np.arange(1200) / 20))[20:-20].max() < 1e-3
    odd = resampled(np.sin(2 * np.pi * 0.5 * np.arange(6240) / 104)[:, None], 104.0, 20.0)[:, 0]
    assert np.abs(odd - np.sin(2 * np.pi * 0.5 * np.arange(1200) / 20))[20:-20].max() < 2e-3


def test_both_kinds_from_one_preparation_are_the_same() -> None:
    cop_m = sway(2)
    cop_m[1500:1520] = np.nan
    parts = cop_measures(cop_m, RATE_HZ), research_measures(cop_m, RATE_HZ)
    both = every_cop_measure(cop_m, RATE_HZ)
    assert dict(both) == dict(parts[0]) | dict(parts[1])
    assert both.not_reported == parts[0].not_reported | parts[1].not_reported
    assert all(both.fingerprint_of(key) == part.fingerprint_of(key) for part in parts for key in part)


def test_losses_use_the_longest_stretch_and_short_trials_have_no_diffusion() -> None:
    cop_m = sway(2)
    cop_m[1500:1520] = np.nan
    broken, part = research_measures(cop_m, RATE_HZ, AS_RECORDED), research_measures(cop_m[1520:], RATE_HZ, AS_RECORDED)
    assert dict(broken) == dict(part)
    assert "N880" in broken.fingerprint_of("research_sampen_ml")
    short = research_measures(sway(3, 20), RATE_HZ)
    assert "25 s" in short.not_reported["research_d_long_mm2ps"]
    assert "research_sampen_ap" in short


def test_forward_and_back_alone() -> None:
    cop_m = sway(4)
    both, alone = research_measures(cop_m, RATE_HZ), research_measures(cop_m[:, 1], RATE_HZ)
    assert set(alone) == {key for key in both if "_ap" in key}
    for key in alone:
        assert alone[key] == pytest.approx(both[key], rel=1e-9)
    assert "foot placement" in alone.not_reported["research_density_peak_s"]
    assert set(alone) | set(alone.not_reported) == set(both)


@pytest.mark.parametrize("bad", [{"m": 0}, {"r": 0.0}, {"regions_s": (0, 3, 2, 10)}, {"shortest": 2}])
def test_bad_parameters_are_refused(bad: dict) -> None:
    with pytest.raises(MeasureError, match="can't be used"):
        Research(**bad)


def test_a_constant_signal_has_a_reason() -> None:
    assert "no sample entropy" in str(sample_entropy(np.ones(500)))
    assert "scaling exponent" in str(scaling_exponent(np.ones(500)))
    assert "too short" in str(scaling_exponent(np.arange(20.0)))
    with pytest.raises(MeasureError, match="same in every sample"):
        research_measures(np.ones((3000, 2)), RATE_HZ)


@pytest.mark.parametrize(("dead", "axis", "way"), [(0, "ml", "side-to-side"), (1, "ap", "forward-and-back")])
def test_a_column_that_never_changes_has_no_research_numbers_and_neither_has_the_plane(
    dead: int, axis: str, way: str
) -> None:
    cop_m = np.random.default_rng(1).normal(size=(3000, 2)).cumsum(axis=0) * 1e-4
    cop_m[:, dead] = 0.0123
    made = research_measures(cop_m, RATE_HZ)
    other = {"ml": "_ap", "ap": "_ml"}[axis]
    assert made
    assert all(other in key for key in made)
    assert way in made.not_reported[f"research_sampen_{axis}"]
    assert way in made.not_reported["research_density_peak_s"]


@pytest.mark.parametrize("regions_s", [(0.0, 0.01, 2.0, 10.0), (0.0, 1.0, 11.0, 12.0)])
def test_a_region_without_two_lags_has_a_reason_and_no_number(regions_s: tuple) -> None:
    cop_m = np.random.default_rng(1).normal(size=(3000, 2)).cumsum(axis=0) * 1e-4
    made = research_measures(cop_m, RATE_HZ, options=Research(regions_s=regions_s))
    assert np.isfinite(list(made.values())).all()
    assert "two lags" in made.not_reported["research_d_short_mm2ps"]


def test_a_rate_that_is_no_whole_number_stays_within_the_series() -> None:
    values = np.random.default_rng(1).normal(size=(6000, 2))
    assert len(resampled(values, RATE_HZ, 20.6)) == 1236
    with pytest.raises(MeasureError, match="1 Hz or more"):
        Research(rate_hz=0.3)


def test_what_always_goes_on_has_an_entropy_of_0_and_not_of_minus_0() -> None:
    assert str(sample_entropy(np.tile([0.0, 1.0], 200), 2)) == "0.0"


def test_a_few_pairs_at_a_time_give_the_same_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(3).normal(size=(800, 2)).cumsum(axis=0) * 5e-4
    whole = stays(points)
    monkeypatch.setattr("surefoot.measures.density.PAIRS", 1)
    assert (stays(points) == whole).all()
