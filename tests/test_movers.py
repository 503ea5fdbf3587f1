# SPDX-License-Identifier: MIT
"""Movers: stated ranges are filled, the held-out fifth is kept apart, the truth says what was done."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from importing import loaded_by, names_of
from surefoot.device.virtual.movers import KINDS, perform
from surefoot.device.virtual.movers.chair import draw_chair
from surefoot.device.virtual.movers.dice import OPEN, RESERVED, Dice
from surefoot.device.virtual.movers.gait import draw_gait
from surefoot.device.virtual.movers.performance import GRID_HZ
from surefoot.device.virtual.movers.shapes import Track, busy, draw_shape, least_s, shape_at, times, wave
from surefoot.device.virtual.movers.stage import new_stage
from surefoot.device.virtual.person import PersonError

HERE = ROOT / "host" / "surefoot"


def shapes(held_out: bool, count: int = 60):
    return {draw_shape(Dice(seed, "shape", held_out)) for seed in range(count)}


def slope(values: np.ndarray, step: float) -> np.ndarray:
    """The derivative in the middle of each pair of steps, by differences."""
    return (values[2:] - values[:-2]) / (2 * step)


@pytest.mark.parametrize("held_out", [False, True])
def test_every_shape_goes_from_nought_to_one_and_rests_at_both_ends(held_out):
    u = np.linspace(-0.1, 1.1, 24001)
    for shape in shapes(held_out):
        value, rate, bent = shape_at(shape, u)
        assert (value[u <= 0] == 0).all()
        assert np.allclose(value[u >= 1], 1)
        assert (np.diff(value) >= -1e-12).all()
        assert np.abs(slope(value, 5e-5) - rate[1:-1]).max() < 1e-4 * rate.max()
        assert np.abs(slope(rate, 5e-5) - bent[1:-1]).max() < 1e-3 * np.abs(bent).max()
        assert np.abs(np.diff(bent)).max() < 0.02 * np.abs(bent).max()
        begin, end = busy(shape)
        assert 0 < begin < end < 1
        over_s = least_s(shape, 2.0, rate=3.0, acceleration=5.0)
        assert 2 * rate.max() / over_s <= 3.0 * (1 + 1e-3)
        assert 2 * np.abs(bent).max() / over_s**2 <= 5.0 * (1 + 1e-3)


def test_shapes_are_of_several_kinds():
    peaks = []
    for shape in shapes(False):
        u = np.linspace(0, 1, 1001)
        peaks.append(u[np.argmax(shape_at(shape, u)[1])])
    assert min(peaks) < 0.32
    assert max(peaks) > 0.6
    assert len(shapes(False)) > 20
    assert not shapes(False) & {s for s in shapes(True) if len(s) == 6}
    assert {s for s in shapes(True) if len(s) == 6}


@given(st.integers(0, 10**6), st.floats(-5, 5), st.floats(0.01, 10))
def test_held_out_draws_are_never_made_in_development(seed, low, size):
    for held_out, bands in ((False, OPEN), (True, RESERVED)):
        u = (Dice(seed, "x", held_out).between(low, low + size) - low) / size
        assert any(start - 1e-9 <= u <= stop + 1e-9 for start, stop in bands)
    assert sum(stop - start for start, stop in RESERVED) == pytest.approx(0.2)
    assert sorted((*OPEN, *RESERVED))[0][0] == 0
    assert sum(stop - start for start, stop in (*OPEN, *RESERVED)) == pytest.approx(1)


def test_a_track_remembers_where_it_is():
    track = Track(1.0)
    track.to(1.0, 2.0, 4.0)
    track.by(2.0, 1.0, -1.0)
    track.pulse(5.0, 1.0, 2.0)
    t = np.linspace(0, 8, 8001)
    value, rate, _ = track.path(t)
    assert track.now == value[-1] == 3.0
    assert value[0] == 1.0
    assert value[t == 5.5] == pytest.approx(5.0)
    assert np.abs(slope(value, 1e-3) - rate[1:-1]).max() < 1e-3


def test_products_and_waves_come_with_their_derivatives():
    t = np.linspace(0, 3, 30001)
    phase = np.stack((t**2, 2 * t, np.full_like(t, 2.0)))
    both = times(wave(phase, 0.5, 0.3), phase)
    assert np.allclose(both[0], np.sin(np.pi * t**2 + 0.3) * t**2)
    assert np.abs(slope(both[0], 1e-4) - both[1, 1:-1]).max() < 1e-3
    assert np.abs(slope(both[1], 1e-4) - both[2, 1:-1]).max() < 0.1


def test_people_are_light_and_heavy_slow_and_quick():
    stages = [new_stage(seed, "x", False, 1.0) for seed in range(60)]
    for stage in stages:
        draw_chair(stage)
        draw_gait(stage)
    mass, rise, flexion, speed = (
        np.array([stage.drawn[name] for stage in stages]) for name in ("mass_kg", "rise_s", "flexion_deg", "speed_mps")
    )
    assert mass.min() < 60
    assert mass.max() > 105
    assert ((mass > 45) & (mass < 120)).all()
    assert rise.min() < 1.1
    assert rise.max() > 3.2
    assert flexion.min() < 28
    assert flexion.max() > 52
    assert speed.min() < 0.5
    assert speed.max() > 1.4


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_is_the_same_trial_and_another_is_not(kind):
    one, same = perform(kind, 8, hold_s=8), perform(kind, 8, hold_s=8)
    assert one.truth == same.truth
    assert np.array_equal(one.acc_ms2, same.acc_ms2)
    other, kept = perform(kind, 8, 2, hold_s=8), perform(kind, 8, held_out=True, hold_s=8)
    assert other.person.mass_kg == one.person.mass_kg
    assert kept.truth.held_out
    for unlike in (other, kept, perform(kind, 9, hold_s=8)):
        assert unlike.truth.drawn != one.truth.drawn or unlike.truth.events != one.truth.events or kind == "quiet"


@pytest.mark.parametrize("seed", range(8))
def test_the_phases_of_an_up_and_go_follow_one_another(seed):
    seen = perform("tug", seed, failed=0)
    truth = seen.truth
    rise, off = truth.one("rise"), truth.one("seat-off")
    turn_1, turn_2, sit = truth.one("turn-1"), truth.one("turn-2"), truth.one("sit")
    steps = truth.all("step")
    order = [truth.cue_s, rise.begin_s, off.begin_s, rise.end_s, turn_1.begin_s, turn_1.end_s, turn_2.begin_s]
    assert order == sorted(order)
    assert off.begin_s < steps[0].begin_s < turn_1.begin_s
    assert turn_2.end_s < sit.end_s
    assert sit.begin_s < truth.one("seat-on").begin_s < truth.one("seated").begin_s < sit.end_s + 1e-9
    # What the heading says: half a turn, and half a turn again, and little before and between.
    heading = np.degrees(seen.heading_rad)
    at = [heading[int(t * GRID_HZ)] for t in (rise.begin_s, turn_1.begin_s, turn_1.end_s, turn_2.begin_s, turn_2.end_s)]
    assert abs(at[1] - at[0]) < 12
    assert abs(abs(at[2] - at[1]) - 180) < 30
    assert abs(at[3] - at[2]) < 20
    assert abs(abs(at[4] - at[3]) - 180) < 30
    walked_s = turn_2.begin_s - turn_1.end_s
    assert walked_s > 0.8


@pytest.mark.parametrize("kind", ["five-times", "thirty-seconds"])
def test_stands_are_counted_as_an_observer_would(kind):
    for seed in range(3):
        seen = perform(kind, seed)
        truth = seen.truth
        height = seen.up_m / seen.up_m.max()
        up = height > 0.97
        stood = int((np.diff(up.astype(int)) == 1).sum())
        late = len(truth.all("uncounted"))
        assert stood == truth.counts["stands"] + late, seed
        for event in truth.all("partial"):
            rows = slice(int(event.begin_s * GRID_HZ), int(event.end_s * GRID_HZ))
            assert 0.1 < height[rows].max() < 0.5
        if kind == "thirty-seconds":
            half = (np.diff((height > 0.5).astype(int)) == 1).nonzero()[0] / GRID_HZ
            assert truth.counts["stands"] == (half <= truth.cue_s + 30).sum()


def test_whole_turns_go_all_the_way_round_and_back():
    for seed in range(4):
        seen = perform("full-turns", seed)
        heading = np.degrees(seen.heading_rad)
        middle = heading[int((seen.truth.one("turn-1").end_s + 0.3) * GRID_HZ)]
        assert abs(middle) == pytest.approx(360, abs=15)
        assert heading[-1] == pytest.approx(0, abs=12)


def test_a_slow_lean_goes_far_and_loses_nothing():
    for seed in range(6):
        seen = perform("slow-lean", seed)
        weight = seen.foot_force_n.sum(1)
        assert (seen.foot_force_n / weight[:, None]).min() > 0.05
        assert np.degrees(np.abs(seen.tilt_rad)).max() < 9
        assert np.ptp(seen.foot_cop_m[..., 1], axis=0).max() > 0.01 or np.ptp(seen.foot_force_n / weight[:, None]) > 0.2


def test_what_nobody_can_do_is_refused():
    with pytest.raises(PersonError, match="can't 'juggle'"):
        perform("juggle", 1)


def test_movers_and_detectors_know_nothing_of_one_another():
    movers, measures = HERE / "device" / "virtual" / "movers", HERE / "measures"
    assert not any("measures" in name for name in names_of(movers) | loaded_by("surefoot.device.virtual.movers"))
    assert not any("virtual" in name for name in names_of(measures) | loaded_by("surefoot.measures"))
    # What both may share is nature: gravity, and the words of an error.
    shared = {n for n in names_of(movers) & names_of(measures / "events") if n.startswith("surefoot")}
    assert shared <= {"surefoot.physics", "surefoot.errors"}
