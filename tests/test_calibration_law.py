# SPDX-License-Identifier: MIT
"""Cells with curves of their own, and counts between counts; the power law itself is in `test_calibration`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot import calibration, cells
from surefoot.calibration import CELLS, Calibration, Curve
from surefoot.calibration_law import (
    FULL_COUNT,
    NEAR_LIMIT,
    SATURATED_COUNT,
    conductance_s,
    counts_of,
    curve_force_n,
    force_table_n,
    loads,
    saturated_counts,
)
from surefoot.errors import CalibrationError

BENT = Curve((1e-4, 3e-4, 8e-4, 2.5e-3, 7e-3), (2.0, 5.0, 20.0, 50.0, 160.0))  # no power law
RISING = st.lists(st.floats(0.05, 1.5), min_size=2, max_size=8)


def curved(curves: tuple[Curve | None, ...] = (BENT,) * 16, **changes) -> Calibration:
    return replace(calibration.nominal(), curves=curves, **changes)


def power(record: Calibration, points: int = 5) -> Curve:
    """The record's own power law as a curve."""
    force = np.geomspace(5, 100, points)
    g = (force / record.gain_n_per_siemens_exp[0]) ** (1 / record.exponent[0])
    return Curve(tuple(g), tuple(force))


def test_a_curve_goes_through_its_points_and_never_falls():
    np.testing.assert_allclose(curve_force_n(BENT, BENT.conductance_s), BENT.force_n, rtol=1e-12)
    force = curve_force_n(BENT, np.geomspace(1e-6, 0.1, 5000))
    assert (np.diff(force) > 0).all()
    np.testing.assert_array_equal(curve_force_n(BENT, [0.0, -1e-5]), [0, 0])


@settings(max_examples=60, deadline=None)
@given(RISING, st.data())
def test_any_rising_points_make_a_rising_law(steps: list[float], data):
    others = data.draw(st.lists(st.floats(0.05, 1.5), min_size=len(steps), max_size=len(steps)))
    curve = Curve(tuple(1e-4 * np.exp(np.cumsum(steps))), tuple(np.exp(np.cumsum(others))))
    g = np.geomspace(1e-6, 1.0, 700)
    force = curve_force_n(curve, g)
    assert np.isfinite(force).all()
    assert (np.diff(force) >= 0).all()
    inner = (g >= curve.conductance_s[0]) & (g <= curve.conductance_s[-1])
    assert (force[inner] <= curve.force_n[-1] * (1 + 1e-9)).all()
    assert (force[inner] >= curve.force_n[0] * (1 - 1e-9)).all()


def test_beyond_its_points_a_curve_is_a_power_law():
    for g, points in ((np.geomspace(1e-6, 1e-4, 9), slice(3)), (np.geomspace(7e-3, 0.1, 9), slice(-3, None))):
        slope = np.diff(np.log(curve_force_n(BENT, g))) / np.diff(np.log(g))
        x, y = np.log(BENT.conductance_s[points]), np.log(BENT.force_n[points])
        np.testing.assert_allclose(slope, np.polyfit(x, y, 1)[0], rtol=1e-9)


def test_a_curve_of_a_power_law_is_that_law_over_the_whole_range():
    plain = calibration.nominal()
    made = curved((power(plain),) * 16, foot_gain=(2.0, 3.0), zero_count=tuple(np.linspace(0, 12, 16)))
    expected = force_table_n(replace(made, curves=None))
    np.testing.assert_allclose(force_table_n(made), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(saturated_counts(made), saturated_counts(replace(made, curves=None)))


def test_cells_without_a_curve_keep_their_own_law():
    some = tuple(BENT if name in ("L3", "R1") else None for name in CELLS)
    made, plain = curved(some, foot_gain=(2.5, 2.8)), calibration.nominal()
    table, usual = force_table_n(made), force_table_n(replace(plain, foot_gain=(2.5, 2.8)))
    for cell, curve in enumerate(some):
        assert np.array_equal(table[cell], usual[cell]) == (curve is None)


def test_the_law_of_curves_runs_both_ways():
    made = curved((BENT, None) * 8, foot_gain=(2.0, 2.5), zero_count=tuple(np.linspace(0.3, 20, 16)))
    force = np.random.default_rng(0).uniform(0.5, 200, (400, 16))
    counts = counts_of(force, made)
    assert counts.min() > 0
    assert counts.max() < SATURATED_COUNT
    np.testing.assert_allclose(loads(counts, made).cell_force_n, force, rtol=2e-3)
    assert counts_of(30.0, made).shape == (16,)
    np.testing.assert_allclose(counts_of(0.0, made), made.zero_count, atol=1)


def test_the_end_of_the_range_is_that_of_the_part_by_its_own_curve():
    made = curved()
    limit_n = NEAR_LIMIT * cells.load().law.limit_n
    full = saturated_counts(made)
    table = force_table_n(made)
    assert (table[np.arange(16), full] <= limit_n).all()
    assert (table[np.arange(16), full + 1] > limit_n).all()
    assert (full != saturated_counts(calibration.nominal())).all()


@pytest.mark.parametrize(
    "curve",
    [
        Curve((1e-4,), (2.0,)),
        Curve((1e-4, 1e-3), (2.0, 2.0)),
        Curve((1e-3, 1e-4), (2.0, 5.0)),
        Curve((0.0, 1e-4), (0.0, 5.0)),
    ],
)
def test_a_curve_that_does_not_rise_is_refused(curve: Curve):
    with pytest.raises(CalibrationError, match="points that rise"):
        force_table_n(curved((curve, *(None,) * 15)))


def test_counts_between_counts_are_read_between_them():
    made = curved((BENT, None) * 8)
    whole = np.random.default_rng(2).integers(0, FULL_COUNT + 1, (300, 16)).astype(np.uint16)
    one, other = loads(whole, made), loads(whole.astype(float), made)
    np.testing.assert_array_equal(one.cell_force_n, other.cell_force_n)
    np.testing.assert_array_equal(one.foot_cop_m, other.foot_cop_m)
    table = force_table_n(made)
    between = loads(np.full((1, 16), 1234.25), made).cell_force_n[0]
    np.testing.assert_allclose(between, 0.75 * table[:, 1234] + 0.25 * table[:, 1235], rtol=1e-6)


def test_a_record_with_curves_survives_the_file(tmp_path):
    made = calibration.sealed(curved((BENT, None) * 8, device="f00d", hysteresis_share=(0.01,) * 16))
    again = calibration.load(calibration.save(made, tmp_path))
    assert again == made
    np.testing.assert_array_equal(force_table_n(again), force_table_n(made))


def test_conductance_is_above_the_leak_of_the_zero():
    made = curved(zero_count=(40.0,) * 16)
    g = conductance_s(900, 560.0) - conductance_s(40, 560.0)
    assert force_table_n(made)[0, 900] == pytest.approx(float(curve_force_n(BENT, g)), rel=1e-12)
