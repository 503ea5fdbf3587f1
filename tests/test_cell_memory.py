# SPDX-License-Identifier: MIT
"""Virtual cells that creep and lag: as much as asked, the same however time is cut, and not at all by default."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot import cells
from surefoot.cells import CellMapError
from surefoot.device.virtual import electronics, person, world
from surefoot.device.virtual.blocks import SLOT_BYTES
from surefoot.device.virtual.cell_memory import Memory, felt_n

LAW = cells.load().law
SLOT_S = 0.01


def memory(hysteresis: float = 0.0, creep: float = 0.0) -> Memory:
    return Memory(np.full(16, hysteresis), np.full(16, creep))


def on_all(force_n: np.ndarray) -> np.ndarray:
    return np.repeat(force_n[:, None], 16, axis=1)


def test_cells_remember_nothing_unless_asked():
    parts = electronics.draw(3, LAW)
    force = np.random.default_rng(0).uniform(0, 100, (50, 16))
    assert parts.memory is None
    assert felt_n(parts.memory, force, SLOT_S) == (force, None)


def test_a_memory_changes_no_other_part():
    plain, slow = electronics.draw(3, LAW), electronics.draw(3, LAW, hysteresis_share=0.01, creep_share_per_decade=0.03)
    for name in ("cell_gain", "leak_s", "mount", "acc_bias_ms2", "gyr_scale"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(slow, name))
    assert slow.memory
    assert 0 < np.std(slow.memory.hysteresis_share) < 0.005, "parts differ"
    assert np.median(slow.memory.creep_share_per_decade) == pytest.approx(0.03, rel=0.3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 399), max_size=6, unique=True), st.integers(0, 99))
def test_the_result_does_not_depend_on_how_time_is_cut(cuts: list[int], seed: int):
    rng = np.random.default_rng(seed)
    force = np.cumsum(rng.normal(0, 3, (400, 16)), axis=0).clip(0) + rng.uniform(0, 40, 16)
    made = Memory(rng.uniform(0, 0.05, 16), rng.uniform(0, 0.1, 16))
    whole, at_end = felt_n(made, force, SLOT_S)
    parts, state = [], None
    for part in np.split(force, sorted(cuts)):
        felt, state = felt_n(made, part, SLOT_S, state)
        parts.append(felt)
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert state
    assert at_end
    for one, other in zip(state, at_end, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.08])
def test_a_lasting_load_creeps_by_the_share_for_each_decade(share: float):
    felt, _ = felt_n(memory(creep=share), on_all(np.full(100_001, 50.0)), SLOT_S)
    at = [round(t / SLOT_S) for t in (1, 10, 100, 1000)]
    np.testing.assert_allclose(np.diff(felt[at, 0]) / 50, share, rtol=0.06)


def test_creep_recovers_as_it_rose():
    """What a load that lay for 100 s leaves behind is what a load of that long would have less than one that stays."""
    made = memory(creep=0.03)
    force = np.concatenate((np.full(10_000, 50.0), np.zeros(40_000)))
    felt, _ = felt_n(made, on_all(force), SLOT_S)
    lasting, _ = felt_n(made, on_all(np.full(50_000, 50.0)), SLOT_S)
    left = felt[10_000:, 0]
    np.testing.assert_allclose(left, (lasting[10_000:] - lasting[:40_000])[:, 0], atol=1e-9)
    assert left[100] > 2.0
    assert left[-1] < 0.25 * left[100]


def loop(half: float, swing: float, per_loop: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Two loops of the force about 50 N in its logarithm, and what is felt of them."""
    force = 50 * np.exp(swing * np.sin(2 * np.pi * np.arange(2 * per_loop + 1) / per_loop))
    felt, _ = felt_n(memory(hysteresis=half), on_all(force), SLOT_S)
    return force, felt[:, 0]


@pytest.mark.parametrize("half", [0.002, 0.01, 0.03])
def test_a_full_loop_is_as_wide_as_asked_and_small_ones_are_narrower(half: float):
    _, felt = loop(half, 1.0)
    up, down = felt[2000], felt[3000]  # at 50 N both
    assert np.log(down / up) / 2 == pytest.approx(half, rel=0.05)
    assert down > 50 > up
    widths = []
    for swing in (0.5, 2.0, 5.0, 20.0):
        _, small = loop(half, swing * half)
        widths.append(np.log(small[3000] / small[2000]) / 2)
    assert widths[0] < 0.05 * half
    assert widths[0] < widths[1] < widths[2] < widths[3] <= 1.05 * half


def test_hysteresis_knows_no_time():
    _, slow = loop(0.01, 0.4, 4000)
    _, fast = loop(0.01, 0.4, 400)
    np.testing.assert_allclose(slow[::10], fast, rtol=1e-3)


def test_the_width_is_a_share_of_the_force_at_hand():
    force = np.concatenate((np.linspace(0, 200, 3000), np.linspace(200, 0, 3000)))
    felt = felt_n(memory(hysteresis=0.01), on_all(force), SLOT_S)[0][:, 0]
    for k in (300, 600, 1200):
        assert felt[5999 - k] / felt[k] == pytest.approx(1.0202, abs=0.001)
    assert abs(felt[-1]) < 0.01


@pytest.mark.parametrize(
    "option", [{"hysteresis_share": -0.01}, {"hysteresis_share": 0.5}, {"creep_share_per_decade": 3}]
)
def test_shares_that_are_no_cells_are_refused(option):
    with pytest.raises(CellMapError, match="is no cell's"):
        electronics.draw(0, LAW, **option)


def swaying(seed: int = 2) -> world.World:
    made = person.draw(seed)
    law = cells.load(made.insole_length_m * 1e3).law
    return world.World(made, electronics.draw(seed, law, hysteresis_share=0.01, creep_share_per_decade=0.03))


def test_a_world_gives_the_same_bytes_however_its_slots_are_asked_for():
    whole = swaying().slots(0, 4500)
    pieces, other = swaying(), swaying()
    assert b"".join(pieces.slots(k, min(700, 4500 - k)) for k in range(0, 4500, 700)) == whole
    assert other.slots(3000, 1500) == whole[3000 * SLOT_BYTES :], "what came before was remembered all the same"
    assert other.slots(0, 3000) == whole[: 3000 * SLOT_BYTES]


def test_what_is_done_later_leaves_the_past_alone():
    calm, moved = swaying(), swaying()
    assert calm.slots(0, 1500) == moved.slots(0, 1500)
    moved.do("off")
    assert calm.slots(1500, 3000) != moved.slots(1500, 3000)
    again = swaying()
    again.slots(0, 1500)
    again.do("off")
    again.slots(4000, 10)
    assert again.slots(0, 4500) == moved.slots(0, 4500)


def test_a_memory_is_felt_in_a_world():
    slow, made = swaying(), person.draw(2)
    plain = world.World(made, electronics.draw(2, slow.cells.law))
    counts = [np.frombuffer(one.slots(0, 3000), world.SLOT_DTYPE)["cells"].astype(float) for one in (plain, slow)]
    assert counts[1].mean() > 1.01 * counts[0].mean()
    assert np.array_equal(plain.truth(np.zeros(1))["cell_force_n"], slow.truth(np.zeros(1))["cell_force_n"])


def test_swapped_cells_answer_in_each_others_place():
    force = np.random.default_rng(0).uniform(5, 80, (20, 16))
    noise = np.zeros((20, 16))
    plain = electronics.cell_counts(electronics.draw(1, LAW), force, noise)
    made = electronics.cell_counts(electronics.draw(1, LAW, swapped=(("L2", "L5"), ("R1", "R8"))), force, noise)
    order = [0, 4, 2, 3, 1, 5, 6, 7, 15, 9, 10, 11, 12, 13, 14, 8]
    np.testing.assert_array_equal(made, plain[:, order])
    dead = electronics.cell_counts(electronics.draw(1, LAW, swapped=(("L2", "L5"),), dead=("L2",)), force, noise)
    assert (dead[:, 4] == 0).all()
    with pytest.raises(CellMapError, match="no cell 'L9'"):
        electronics.draw(1, LAW, swapped=(("L2", "L9"),))
