# SPDX-License-Identifier: MIT
"""Gait line, butterfly, rockers, load rate and peaks on signals with known answers, and on the real insole walk."""

from __future__ import annotations

import numpy as np
import pytest

import opengo
from surefoot.errors import MeasureError
from surefoot.measures.gait import progression, rockers
from surefoot.measures.gait.contacts import contacts
from surefoot.measures.gait.insole_checks import map_xy
from surefoot.measures.gait.levels import bridged, levels, over_stance
from surefoot.measures.gait.values import FEET, Walked, stances
from treading import RATE_HZ, feet, tread

XY = map_xy(None)
ALL = np.ones(16, bool)


def known(body) -> Walked:
    """The walk by its truth, so that nothing here hangs on the finder."""
    left, right = (stances(name, *np.array(pairs).T) for name, pairs in zip(FEET, body.truth, strict=True))
    return Walked("insole", RATE_HZ, len(body.t) / RATE_HZ, left, right)


def progress(body, foot: int) -> np.ndarray:
    """Share of the stance at each row, NaN between them."""
    u = np.full(len(body.t), np.nan)
    for on_s, off_s in body.truth[foot]:
        rows = (body.t >= on_s) & (body.t <= off_s)
        u[rows] = (body.t[rows] - on_s) / (off_s - on_s)
    return u


def cop(body, ml_m: float = 0.01) -> np.ndarray:
    """From 0.1 m behind to 0.1 m ahead of the middle, bulging outward by `ml_m`."""
    out = np.zeros((len(body.t), 2, 2))
    for foot, outward in enumerate((-1, 1)):
        u = progress(body, foot)
        out[:, foot, 1] = np.nan_to_num(0.2 * u - 0.1)
        out[:, foot, 0] = np.nan_to_num(outward * ml_m * np.sin(np.pi * u))
    return out


def in_parts(body, spans: dict[int, tuple[float, float, float]]) -> np.ndarray:
    """Cells [n,16]: cell k of each foot bears a load from one share of the stance to another."""
    out = np.zeros((len(body.t), 16))
    for foot in (0, 1):
        u = progress(body, foot)
        for cell, (begin, end, load) in spans.items():
            middle, half = (begin + end) / 2, (end - begin) / 2
            out[:, 8 * foot + cell] = np.nan_to_num(load * np.clip(8 * (1 - np.abs(u - middle) / half), 0, 1))
    return out


USUAL = {0: (0.0, 0.6, 300.0), 3: (0.1, 0.8, 100.0), 5: (0.2, 1.0, 150.0), 6: (0.2, 1.0, 150.0), 7: (0.4, 1.0, 120.0)}


def test_gait_line_is_the_line_that_was_walked():
    body = tread(40)
    walked = known(body)
    for foot, sign in (("left", -1), ("right", 1)):
        found = progression.gait_line(body.load_n, cop(body), walked, foot)
        assert found.line_m.shape == (len(body.truth[0 if foot == "left" else 1]), 101, 2)
        inside = np.isfinite(found.mean_m[:, 0])
        u = np.linspace(0, 1, 101)[inside]
        np.testing.assert_allclose(found.mean_m[inside, 1], 0.2 * u - 0.1, atol=0.003)
        np.testing.assert_allclose(found.mean_m[inside, 0], sign * 0.01 * np.sin(np.pi * u), atol=0.001)
        assert np.nanmedian(found.length_m) == pytest.approx(0.2 * 0.97, abs=0.008)  # edges that hardly press are out
        assert np.nanmedian(found.width_m) == pytest.approx(0.01, abs=0.001)
        assert np.nanmax(found.sd_m) < 0.003
        assert (found.start_m[:, 1] < found.end_m[:, 1])[np.isfinite(found.start_m[:, 1])].all()


def test_butterfly_crosses_in_the_middle_of_the_feet_and_shows_a_shift():
    body = tread(40)
    where = cop(body)
    even = progression.butterfly(body.load_n, where, known(body))
    assert np.isfinite(even.crossing_m).all(axis=1).mean() > 0.9
    np.testing.assert_allclose(even.mean_crossing_m, 0.0, atol=0.01)
    assert even.line_m.shape[1:] == (101, 2)
    assert np.nanmin(even.line_m[..., 0]) < -0.09
    assert np.nanmax(even.line_m[..., 0]) > 0.09
    ahead = progression.butterfly(body.load_n, where + np.array((0.0, 0.03)), known(body))
    np.testing.assert_allclose(ahead.mean_crossing_m - even.mean_crossing_m, (0.0, 0.03), atol=1e-6)
    assert (even.sd_crossing_m < 0.02).all()


def test_rockers_and_peaks_in_order():
    body = tread(40)
    cells = in_parts(body, USUAL)
    walked = known(body)
    left, right = rockers.with_cells(feet(walked), cells, XY, ALL, RATE_HZ)
    walked = Walked("insole", RATE_HZ, 40.0, left, right)
    for foot, mine in zip(FEET, feet(walked), strict=True):
        found = progression.rollover(cells, walked, foot, XY)
        stance_s = mine.off_s - mine.initial_s
        assert set(found.first_part) == {"heel"}
        # The heel's load is down to a tenth of its most within a fraction of the end of its span.
        assert np.nanmedian((mine.heel_rise_s - mine.initial_s) / stance_s) == pytest.approx(0.6, abs=0.02)
        assert np.nanmedian((found.flat_s - mine.initial_s) / stance_s) == pytest.approx(0.2, abs=0.02)
        whole = found.heel_rocker_s + found.ankle_rocker_s + found.forefoot_rocker_s
        np.testing.assert_allclose(whole, stance_s, atol=1e-9)
        np.testing.assert_allclose(np.nanmedian(found.peak_n, axis=0), (300, 100, 300, 120), atol=3)
        assert (np.diff(np.nanmedian(found.peak_at, axis=0)[[0, 2]]) > 0).all()


def test_a_heel_that_never_bears_or_never_rises_is_absent():
    body = tread(30)
    walked = known(body)
    forefoot = in_parts(body, {5: (0.0, 1.0, 300.0), 6: (0.0, 1.0, 300.0), 7: (0.3, 1.0, 100.0)})
    shuffled = in_parts(body, {0: (0.0, 1.0, 300.0), 5: (0.0, 1.0, 300.0)})
    for cells, word in ((forefoot, "forefoot"), (shuffled, "flat")):
        left, right = rockers.with_cells(feet(walked), cells, XY, ALL, RATE_HZ)
        rolled = Walked("insole", RATE_HZ, 30.0, left, right)
        assert np.isnan(feet(rolled)[0].heel_rise_s).all()
        found = progression.rollover(cells, rolled, "left", XY)
        assert set(found.first_part) == {word}
        assert np.isnan(found.heel_rocker_s).all()
        assert np.isnan(found.forefoot_rocker_s).all()


def test_heel_rise_by_the_centre_of_pressure_alone():
    body = tread(30)
    length_m = 0.26
    walked = contacts(body.felt(), RATE_HZ, foot_cop_m=cop(body), foot_length_m=length_m)
    mine = feet(walked)[0]
    share = (mine.heel_rise_s - mine.initial_s) / (mine.off_s - mine.initial_s)
    assert np.nanmedian(share) == pytest.approx((0.1 + 0.2 * length_m) / 0.2, abs=0.03)
    with pytest.raises(MeasureError, match="n, 2, 2"):
        contacts(body.felt(), RATE_HZ, foot_cop_m=cop(body)[:, :, 0], foot_length_m=length_m)


def test_end_of_loading_is_the_first_peak_and_absent_without_one():
    body = tread(30, rise=0.2)
    mine = feet(contacts(body.felt(), RATE_HZ))[0]
    whole = np.isfinite(mine.initial_s) & np.isfinite(mine.off_s)
    share = ((mine.loaded_s - mine.initial_s) / (mine.off_s - mine.initial_s))[whole]
    assert np.isfinite(share).all()
    assert np.median(share) == pytest.approx(0.2, abs=0.015)
    flat = tread(30)
    for pairs in flat.truth:
        for on_s, off_s in pairs:
            rows = (flat.t > on_s) & (flat.t < off_s)
            u = (flat.t[rows] - on_s) / (off_s - on_s)
            flat.load_n[rows, 0 if pairs is flat.truth[0] else 1] = 700 * np.clip(np.minimum(u, 1 - u) / 0.3, 0, 1)
    assert np.isnan(feet(contacts(flat.felt(), RATE_HZ))[0].loaded_s).all()


def test_load_rate_is_the_slope_of_the_first_peak():
    body = tread(30, rise=0.2)
    cells = np.zeros((len(body.t), 16))
    cells[:, 0], cells[:, 8] = body.load_n[:, 0], body.load_n[:, 1]
    walked = known(body)
    found = progression.rollover(cells, walked, "left", XY)
    stance_s = feet(walked)[0].off_s - feet(walked)[0].initial_s
    np.testing.assert_allclose(np.nanmedian(found.rate_nps * stance_s), 1.08 * 700 / 0.2, rtol=0.03)


def test_losses_stay_losses():
    body = tread(30)
    load, where = body.load_n.copy(), cop(body)
    on_s, off_s = body.truth[0][4]
    load[round(on_s * RATE_HZ) + 20 : round(on_s * RATE_HZ) + 40, 0] = np.nan
    walked = contacts(load, RATE_HZ)
    found = progression.gait_line(load, where, walked, "left")
    # The loss parts the stance: neither part has both ends.
    left = feet(walked)[0]
    hit = np.flatnonzero(left.broken)
    assert np.nanmin(np.abs(left.off_s[hit] - off_s)) < 0.03
    assert len(hit) == 2
    assert np.isnan(found.length_m[hit]).all()
    assert np.isnan(found.line_m[hit]).all()
    assert np.isfinite(np.delete(found.length_m, hit)[1:]).all()
    wings = progression.butterfly(load, where, walked)
    assert len(wings.stride_s) == len(left) - 1 - 1 - len(hit) - 1  # strides; from standing; to and from the loss
    assert (wings.stride_s < 1.3).all()
    assert np.isfinite(wings.line_m).mean() > 0.9


def test_over_stance_and_bridged_fill_nothing_in():
    values = np.arange(100.0)
    values[40:45] = np.nan
    lines = over_stance(values, np.array([0.1, 0.3, np.nan]), np.array([0.3, 0.6, 0.9]), RATE_HZ)
    np.testing.assert_allclose(lines[0], np.linspace(10, 30, 101))
    assert np.isnan(lines[1]).any()
    assert np.isnan(lines[2]).all()
    assert np.isnan(bridged(values, RATE_HZ)[40:45]).all()
    values[43:45] = (43, 44)
    np.testing.assert_allclose(bridged(values, RATE_HZ), np.arange(100.0))
    zero, size = levels(np.full(500, 300.0), RATE_HZ)
    assert not zero.any()
    assert not size.any()


def test_words_for_wrong_shapes_and_missing_feet():
    body = tread(20)
    walked = Walked("insole", RATE_HZ, 20.0, None, known(body).right)
    with pytest.raises(MeasureError, match="left foot was not measured"):
        progression.gait_line(body.load_n, cop(body), walked, "left")
    with pytest.raises(MeasureError, match="same rows"):
        progression.gait_line(body.load_n, cop(body)[:-1], known(body), "left")
    with pytest.raises(MeasureError, match="16"):
        progression.rollover(body.load_n, known(body), "left", XY)


def test_the_makers_own_gait_line(shared_data):
    """Length along the foot against the maker's report, in shares of the length: he cuts its ends by his own rule."""
    _, force, where, _ = opengo.loads(shared_data)
    walked = contacts(force, RATE_HZ)
    for foot, rows in zip(("left", "right"), opengo.reported(shared_data), strict=True):
        found = progression.gait_line(force, where, walked, foot)
        theirs = np.median(rows[:, 3] - rows[:, 2])
        ours = np.nanmedian(found.length_m) / 0.285
        print(f"\n{foot}: {ours:.3f} of the length, the maker {theirs:.3f}")
        assert ours == pytest.approx(theirs, abs=0.05)
    wings = progression.butterfly(force, where, walked)
    assert np.isfinite(wings.crossing_m).all(axis=1).sum() >= 5
