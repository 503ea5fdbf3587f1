# SPDX-License-Identifier: MIT
"""Agreement of repeats: a published example, simulations with known variances, and reasons for what can't be told."""

from __future__ import annotations

from math import log, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from surefoot.errors import MeasureError
from surefoot.measures.reliability import (
    FORMS,
    bland_altman,
    intraclass,
    mean_squares,
    percent,
    reliability,
    spread_with_size,
)

# Shrout & Fleiss 1979, table 2: six targets by four judges, and the coefficients of their table 4.
SHROUT = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
PUBLISHED = {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}
# Limits that pingouin 0.7.0, an independent implementation, prints for the same table.
PINGOUIN = {
    "1,1": (-0.13, 0.72), "2,1": (0.02, 0.76), "3,1": (0.34, 0.95),
    "1,k": (-0.88, 0.91), "2,k": (0.07, 0.93), "3,k": (0.68, 0.99),
}  # fmt: skip


def draw(rng: np.random.Generator, n: int, k: int, person: float, repeat: float, rest: float) -> np.ndarray:
    """A table with these three SDs."""
    return (
        person * rng.standard_normal((n, 1)) + repeat * rng.standard_normal((1, k)) + rest * rng.standard_normal((n, k))
    )


def test_the_published_example() -> None:
    found = reliability(SHROUT)
    assert {form: round(found.icc[form].value, 2) for form in FORMS} == PUBLISHED
    assert {form: (round(found.icc[form].low, 2), round(found.icc[form].high, 2)) for form in FORMS} == PINGOUIN
    # Their table 3: mean squares 11.24 between targets, 32.49 between judges, 1.02 residual, 6.26 within targets.
    assert [round(square, 2) for square in mean_squares(SHROUT)] == [11.24, 32.49, 1.02, 6.26]
    assert found.sem.value == pytest.approx(sqrt(6.26), abs=2e-3)
    assert found.mdc95.value == pytest.approx(1.96 * sqrt(2) * found.sem.value)


def test_mean_squares_are_those_of_least_squares() -> None:
    """An unrelated way: residual sums of squares of three nested linear models."""
    table = draw(np.random.default_rng(4), 17, 4, 2.0, 0.7, 1.0) + 5
    n, k = table.shape
    people, repeats = np.repeat(np.eye(n), k, axis=0), np.tile(np.eye(k), (n, 1))

    def rest(design: np.ndarray) -> float:
        fitted = design @ np.linalg.lstsq(design, table.ravel(), rcond=None)[0]
        return float(np.sum((table.ravel() - fitted) ** 2))

    both = rest(np.hstack((people, repeats)))
    expected = (
        (rest(repeats) - both) / (n - 1),
        (rest(people) - both) / (k - 1),
        both / ((n - 1) * (k - 1)),
        rest(people) / (n * (k - 1)),
    )
    assert mean_squares(table) == pytest.approx(expected)


@pytest.mark.parametrize(("person", "repeat", "rest"), [(2.0, 0.0, 1.0), (1.0, 0.0, 1.0), (2.0, 0.5, 1.0)])
def test_known_variances_are_found_and_intervals_cover(person: float, repeat: float, rest: float) -> None:
    rng = np.random.default_rng(11)
    n, k, draws = 40, 4, 1500
    single = person**2 / (person**2 + rest**2)
    agreement = person**2 / (person**2 + repeat**2 + rest**2)
    true = {"3,1": single, "2,1": agreement}
    true |= {f"{form[0]},k": k * icc / (1 + (k - 1) * icc) for form, icc in true.items()}
    made = [reliability(draw(rng, n, k, person, repeat, rest)) for _ in range(draws)]
    for form, icc in true.items():
        values = np.array([one.icc[form].value for one in made])
        assert np.median(values) == pytest.approx(icc, abs=0.02), form
        covered = np.mean([one.icc[form].low <= icc <= one.icc[form].high for one in made])
        # Binomial noise of the draws is 0.6 %; Satterthwaite's agreement interval is an approximation.
        assert covered == pytest.approx(0.95, abs=0.02), form
    sem = sqrt(repeat**2 + rest**2)
    assert np.mean([one.sem.value**2 for one in made]) == pytest.approx(sem**2, rel=0.03)
    assert np.mean([one.sem_consistency**2 for one in made]) == pytest.approx(rest**2, rel=0.02)
    covered = np.mean([one.sem.low <= sem <= one.sem.high for one in made])
    assert covered == pytest.approx(0.95, abs=0.02)
    drift = np.mean([one.drift_p < 0.05 for one in made])
    assert drift == pytest.approx(0.05, abs=0.02) if repeat == 0 else drift > 0.5


def test_limits_of_agreement_by_hand_and_their_intervals_cover() -> None:
    first, second = np.array([10.0, 12, 9, 14, nan]), np.array([11.0, 12, 11, 15, 3])
    found = bland_altman(first, second)
    assert (found.n, found.bias.value) == (4, 1.0)
    sd = sqrt(2 / 3)
    assert found.lower.value == pytest.approx(1 - 1.96 * sd)
    assert found.upper.value == pytest.approx(1 + 1.96 * sd)
    assert found.bias.high - 1 == pytest.approx(stats.t.ppf(0.975, 3) * sd / 2)
    rng = np.random.default_rng(3)
    made = [bland_altman(np.zeros(50), 0.3 + rng.standard_normal(50)) for _ in range(2000)]
    for name, true in (("bias", 0.3), ("lower", 0.3 - 1.96), ("upper", 0.3 + 1.96)):
        covered = np.mean([getattr(one, name).low <= true <= getattr(one, name).high for one in made])
        assert covered == pytest.approx(0.95, abs=0.015), name


def test_spearman_is_scipys() -> None:
    rng = np.random.default_rng(8)
    table = np.round(np.exp(draw(rng, 60, 3, 0.5, 0, 0.2)), 1)
    rho, p = spread_with_size(table)
    expected = stats.spearmanr(table.std(axis=1, ddof=1), table.mean(axis=1))
    assert (rho, p) == pytest.approx(tuple(expected))


def test_errors_that_grow_with_size_are_noted_and_gone_in_logarithms() -> None:
    table = np.exp(draw(np.random.default_rng(2), 150, 3, 0.6, 0.0, 0.15))
    assert any("use the logarithm" in note for note in reliability(table).notes)
    found = reliability(table, log=True)
    assert not found.notes
    assert found.sem.value == pytest.approx(0.15, rel=0.15)
    assert found.mdc95_percent == pytest.approx(percent(1.96 * sqrt(2) * found.sem.value))
    assert percent(log(1.5)) == pytest.approx(50)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 30), st.integers(2, 5), st.floats(0.1, 50), st.floats(-100, 100))
def test_units_order_of_people_and_origin_do_not_matter(seed: int, n: int, k: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    table = draw(rng, n, k, 1.5, 0.2, 1.0)
    one, other = reliability(table), reliability(rng.permutation(table) * scale + shift)
    assert other.sem.value == pytest.approx(scale * one.sem.value)
    for form in FORMS:
        assert other.icc[form].value == pytest.approx(one.icc[form].value, abs=1e-8)
        if one.icc["2,1"].value > 0:
            assert one.icc[form].low <= one.icc[form].value <= one.icc[form].high
    assert one.sem.low < one.sem.value < one.sem.high
    forwards, backwards = one.first_last, reliability(table[:, ::-1]).first_last
    assert backwards.bias.value == pytest.approx(-forwards.bias.value)
    assert backwards.lower.value == pytest.approx(-forwards.upper.value)
    positive = np.exp(table)
    assert reliability(positive * scale, log=True).sem.value == pytest.approx(reliability(positive, log=True).sem.value)


def test_drift_counts_against_agreement_and_not_against_consistency() -> None:
    table = draw(np.random.default_rng(1), 60, 3, 2.0, 0.0, 0.5)
    still, drifting = reliability(table), reliability(table + np.arange(3.0))
    assert drifting.icc["3,1"].value == pytest.approx(still.icc["3,1"].value)
    assert drifting.icc["2,1"].value < still.icc["2,1"].value - 0.1
    assert drifting.sem.value > drifting.sem_consistency == pytest.approx(still.sem_consistency)
    assert any("drift" in note for note in drifting.notes)
    assert drifting.first_last.bias.value == pytest.approx(still.first_last.bias.value + 2)


def test_people_without_a_repeat_are_left_out_and_counted() -> None:
    table = draw(np.random.default_rng(6), 33, 3, 1.0, 0.0, 0.5)
    table[4, 2] = nan
    found = reliability(table)
    assert (found.n, found.left_out) == (32, 1)
    assert found.icc == reliability(np.delete(table, 4, axis=0)).icc


def test_perfect_repeats() -> None:
    found = reliability(np.repeat(np.arange(10.0)[:, None], 3, axis=1))
    assert {interval.value for interval in found.icc.values()} == {1.0}
    assert (found.sem.value, found.mdc95.value, found.drift_p) == (0.0, 0.0, 1.0)


def test_people_who_do_not_differ_have_an_icc_below_zero() -> None:
    found = reliability(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [2.0, 1.0]]))
    assert found.icc["3,1"].value == pytest.approx(-1)
    assert found.icc["3,k"].value == -np.inf


def test_icc_from_mean_squares_without_error() -> None:
    assert intraclass(4.0, 0.0, 0.0, 0.0, 10, 2)["2,1"].value == 1.0


def test_pairs_that_are_missing() -> None:
    with pytest.raises(MeasureError, match="3 pairs or more, and there are 1"):
        bland_altman(np.array([1.0, nan, 2.0]), np.array([1.0, 1.0, nan]))


@pytest.mark.parametrize(
    ("table", "log", "said"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], False, "2 of 2 people have all 2 repeats, and 3 are needed"),
        ([[1.0, nan], [3.0, 4.0], [5.0, 7.0], [nan, 1.0]], False, "2 of 4 people have all 2 repeats"),
        ([[1.0], [2.0], [3.0]], False, "Nobody has two repeats"),
        ([1.0, 2.0, 3.0], False, "shape [3]"),
        ([[2.0, 2.0], [2.0, 2.0], [2.0, 2.0]], False, "Every number is the same"),
        ([[1.0, np.inf], [1.0, 2.0], [1.0, 3.0]], False, "infinite"),
        ([[0.0, 1.0], [1.0, 2.0], [1.0, 3.0]], True, "no logarithm"),
    ],
)
def test_a_reason_instead_of_a_number(table: list, log: bool, said: str) -> None:
    with pytest.raises(MeasureError) as caught:
        reliability(np.array(table), log)
    assert said in str(caught.value)
