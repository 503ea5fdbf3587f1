# SPDX-License-Identifier: MIT
"""A zero taken anew in every swing: drift goes, a foot with load on it is left alone, and what is right stays right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import session
from surefoot import calibration
from surefoot.calibration import Calibration, Curve
from surefoot.calibration_law import FULL_COUNT, conductance_s, counts_of, loads
from surefoot.decode import decode
from surefoot.rezero import SWING_S, rezeroed, swings, unloaded_below_n
from surefoot.signals import to_signals

RATE_HZ = 100.0
STEP_S = 1.1


def record(**changes) -> Calibration:
    rng = np.random.default_rng(5)
    made = replace(
        calibration.nominal(),
        gain_n_per_siemens_exp=tuple(20000 * np.exp(0.15 * rng.standard_normal(16))),
        zero_count=tuple(rng.uniform(2, 12, 16)),
        foot_gain=(2.5, 2.8),
    )
    return replace(made, **changes)


def walk(made: Calibration, seconds: float = 20.0, seed: int = 0) -> np.ndarray:
    """Cell forces [n,16] N, as the record's cells feel them: each foot bears load for 60 % of a step, 700 N at most."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    share = rng.dirichlet(np.full(8, 3.0), 2)
    foot = []
    for side in (0, 1):
        phase = (t / STEP_S + 0.5 * side) % 1
        foot.append(700 * np.where(phase < 0.6, np.sin(np.pi * np.minimum(phase / 0.6, 1)), 0))
    return np.concatenate([foot[side][:, None] * share[side] for side in (0, 1)], axis=1)


def leaking(force_n: np.ndarray, made: Calibration, leak_s: np.ndarray | float, whole: bool = True) -> np.ndarray:
    """Counts of these forces on cells with so much more leak than the record knows of."""
    g = conductance_s(counts_of(force_n, made), made.rm_ohm) + leak_s
    g_rm = np.maximum(g, 0) * np.asarray(made.rm_ohm)
    counts = FULL_COUNT * g_rm / (1 + g_rm)
    return np.rint(counts).astype(np.uint16) if whole else counts


def errors_n(
    made: Calibration, counts: np.ndarray, force_n: np.ndarray, *, scaled: bool = False
) -> tuple[float, float]:
    """Rms error of the feet's forces without and with new zeros, after the first two swings; `scaled`: each by the
    gain that suits it best, as a calibration would have it."""
    truth = force_n.reshape(len(force_n), 2, 8).sum(axis=2)[round(2 * STEP_S * RATE_HZ) :]
    out = []
    for some in (counts, rezeroed(counts, made, RATE_HZ).counts):
        seen = loads(some, made).foot_force_n[-len(truth) :]
        gain = (seen * truth).sum(axis=0) / (seen**2).sum(axis=0) if scaled else 1.0
        out.append(float(np.sqrt(((gain * seen - truth) ** 2).mean())))
    return out[0], out[1]


@pytest.mark.parametrize("curves", [None, (Curve((1e-4, 1e-3, 8e-3), (1.5, 14.0, 130.0)),) * 16])
def test_a_drifting_leak_is_removed(curves):
    made = record(curves=curves)
    force = walk(made, 60.0)
    drift = np.linspace(0, 1, len(force))[:, None] * np.random.default_rng(1).uniform(-4e-6, 6e-5, 16)
    plain, anew = errors_n(made, leaking(force, made, drift), force)
    assert plain > 4
    assert anew < 0.2 * plain
    assert anew < 1.0


def test_what_a_cell_still_shows_of_its_creep_is_removed():
    from surefoot.device.virtual.cell_memory import Memory, felt_n

    made = record()
    force = walk(made, 90.0)
    felt, _ = felt_n(Memory(np.zeros(16), np.full(16, 0.03)), force, 1 / RATE_HZ)
    plain, anew = errors_n(made, leaking(felt, made, 0.0), force, scaled=True)
    assert plain > 8
    assert anew < 0.5 * plain


def test_with_the_zero_that_the_record_has_nothing_changes():
    made = record(zero_count=tuple(range(3, 19)))
    force = walk(made)
    counts = leaking(force, made, 0.0)
    found = rezeroed(counts, made, RATE_HZ)
    assert len(found.first_row[0]) > 10
    for zeros, mine in zip(found.zero_count, (slice(0, 8), slice(8, 16)), strict=True):
        np.testing.assert_array_equal(zeros, np.broadcast_to(made.zero_count[mine], zeros.shape))
    np.testing.assert_array_equal(found.counts, counts)
    one, other = loads(counts, made), loads(found.counts, made)
    np.testing.assert_array_equal(one.cell_force_n, other.cell_force_n)
    np.testing.assert_array_equal(one.foot_force_n, other.foot_force_n)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.floats(0, 4e-5), st.sampled_from((25.0, 100.0, 200.0)))
def test_a_loaded_foot_is_never_zeroed(seed: int, leak_s: float, rate_hz: float):
    """Whatever it does: loads that come and go, slowly or by jumps, over a leak that the record doesn't know."""
    made, rng = record(), np.random.default_rng(seed)
    steps = rng.integers(3, 120, 40)
    level = rng.choice((0.0, 0.0, 5.0, 60.0, 300.0, 700.0), (40, 2)) * rng.uniform(0.3, 1, (40, 2))
    foot = np.repeat(level, steps, axis=0)
    force = np.repeat(foot / 8, 8, axis=1)
    counts = leaking(force, made, leak_s)
    found = rezeroed(counts, made, rate_hz)
    heavy = foot > unloaded_below_n(made)
    assert not (found.unloaded & heavy).any()
    for side, mine in enumerate((slice(0, 8), slice(8, 16))):
        for zero in found.zero_count[side]:
            below = loads(np.tile(zero, 2)[None], made).foot_force_n[0, side]
            assert below < unloaded_below_n(made)[side]
        first = found.first_row[side][0] if len(found.first_row[side]) else len(counts)
        np.testing.assert_array_equal(found.counts[:first, mine], counts[:first, mine])
        assert (found.counts[:, mine] >= 0).all()


def test_standing_has_no_swing_and_stays_as_it_is():
    made = record()
    force = np.full((3000, 16), 40.0)
    counts = leaking(force, made, 1e-5)
    found = rezeroed(counts, made, RATE_HZ)
    assert not found.unloaded.any()
    np.testing.assert_array_equal(found.counts, counts)
    lifted = force.copy()
    lifted[1000:2000, 8:] = 0
    found = rezeroed(leaking(lifted, made, 1e-5), made, RATE_HZ)
    assert found.unloaded[:, 1].sum() == 1000
    assert not found.unloaded[:, 0].any()
    np.testing.assert_array_equal(found.counts[:, :8], leaking(lifted, made, 1e-5)[:, :8])
    after = loads(found.counts, made).foot_force_n[2000:, 1]
    np.testing.assert_allclose(after, 320, rtol=0.003)


def test_the_zero_of_a_swing_holds_until_the_next():
    made = record()
    force = walk(made, 8.0)
    half = len(force) // 2
    leak = np.where(np.arange(len(force)) < half, 0.0, 2e-5)[:, None]
    found = rezeroed(leaking(force, made, leak), made, RATE_HZ)
    for side in (0, 1):
        new = found.first_row[side] > half
        assert new.any()
        assert (found.zero_count[side][new].mean(axis=0) > found.zero_count[side][~new].mean(axis=0) + 20).all()
        loaded = np.flatnonzero(~found.unloaded[:, side])
        late = loaded[loaded > found.first_row[side][new][0]]
        seen = loads(found.counts, made).foot_force_n[late, side]
        np.testing.assert_allclose(seen, force.reshape(-1, 2, 8).sum(axis=2)[late, side], atol=3.0)


def test_a_swing_is_long_enough_whole_and_known():
    force = np.full((200, 2), 100.0)
    force[20:60, 0] = 0
    force[100 : 100 + round(SWING_S * RATE_HZ) - 1, 0] = 0
    force[150:180, 1] = 0
    assert swings(force, (10, 10), RATE_HZ) == ([slice(20, 60)], [slice(150, 180)])
    index = np.arange(200)
    index[40:] += 5
    assert swings(force, (10, 10), RATE_HZ, index) == ([slice(20, 40), slice(40, 60)], [slice(150, 180)])
    force[165, 1] = np.nan
    assert swings(force, (10, 10), RATE_HZ)[1] == []
    everywhere = swings(np.zeros((50, 2)), (10, 10), RATE_HZ)
    assert everywhere == ([slice(0, 50)], [slice(0, 50)])
    assert swings(np.empty((0, 2)), (10, 10), RATE_HZ) == ([], [])


def test_an_insole_that_is_gone_and_a_cell_that_is_shorted_tell_nothing():
    made = record()
    force = walk(made)
    counts = leaking(force, made, 1e-5)
    gone = np.zeros(len(counts), bool)
    gone[500:900] = True
    counts[gone, 8:] = 0  # even where it reads as no load at all
    found = rezeroed(counts, made, RATE_HZ, gone=(np.zeros_like(gone), gone))
    assert not found.unloaded[gone, 1].any()
    assert found.unloaded[gone, 0].any()
    shorted = leaking(force, made, 1e-5)
    shorted[:, 2] = FULL_COUNT
    ignore = np.arange(16) == 2
    assert not rezeroed(shorted, made, RATE_HZ).unloaded[:, 0].any()
    assert rezeroed(shorted, made, RATE_HZ, ignore=ignore).unloaded[:, 0].any()


def test_the_threshold_is_of_the_record_in_force():
    made = record()
    twice = replace(made, foot_gain=(5.0, 2.8))
    np.testing.assert_allclose(unloaded_below_n(twice), unloaded_below_n(made) * (2, 1))
    assert (unloaded_below_n(made) > 15).all()
    assert (unloaded_below_n(made) < 40).all(), "a few per cent of body weight"


def test_signals_take_new_zeros_where_they_are_asked_to():
    made = calibration.sealed(record(device="f00d"))
    force = walk(made, 12.0)
    counts = leaking(force, made, np.linspace(0, 3e-5, len(force))[:, None])
    data = decode(session(12.0, counts=counts).data)
    plain, anew = to_signals(data, made), to_signals(data, made, rezero=True)
    assert plain.rezeroed is None
    np.testing.assert_array_equal(plain.foot_force_n, to_signals(data, made, rezero=False).foot_force_n)
    assert anew.rezeroed is not None
    assert anew.rezeroed.shape == (len(anew.t_s), 2)
    direct = rezeroed(counts, made, RATE_HZ)
    np.testing.assert_array_equal(anew.rezeroed, direct.unloaded)
    np.testing.assert_array_equal(anew.foot_force_n, loads(direct.counts, made).foot_force_n)
    truth = force.reshape(-1, 2, 8).sum(axis=2)
    late = slice(600, None)
    assert np.abs(anew.foot_force_n - truth)[late].mean() < 0.3 * np.abs(plain.foot_force_n - truth)[late].mean()


def test_lost_samples_are_no_swing():
    made = calibration.sealed(record(device="f00d"))
    counts = leaking(walk(made, 12.0), made, 1e-5)
    whole = session(12.0, counts=counts)
    cells = [k for k, frame in enumerate(whole.frames) if len(frame) > 55]
    kept = [frame for k, frame in enumerate(whole.frames) if k not in cells[100:140]]
    signals = to_signals(decode(b"".join(kept)), made, rezero=True)
    assert signals.lost_cells.any()
    assert signals.rezeroed is not None
    assert not signals.rezeroed[signals.lost_cells].any()
    assert signals.rezeroed.any()
