# SPDX-License-Identifier: MIT
"""The detectors against people who move in ways that the detectors were not made from; not verified on real people.

Every trial has noise, a sensor misplaced by up to 20 degrees about each axis, and lost rows. The long versions run more
people, and those of the held-out fifth of all ranges, which nobody looks at while a detector is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

import moving
from surefoot.device.virtual.movers import perform

SHORT, LONG = 12, 100
HARMLESS = ("quiet", "slow-lean", "cough", "head-turn", "arms", "hip-sway", "fidget")
PHASES = (
    "trunk",
    "seat-off",
    "upright",
    "first step",
    "turn 1 begins",
    "turn 1 ends",
    "turn 2 begins",
    "turn 2 ends",
    "sitting begins",
    "seated",
)

# Which people: so many, from this seed on, held out or not.
PEOPLE = [
    pytest.param((100, SHORT, False), id="some"),
    pytest.param((1000, LONG, False), id="many", marks=pytest.mark.soak),
    pytest.param((9000, LONG, True), id="held-out", marks=pytest.mark.soak),
]
EARLIER = (8000, LONG, True)  # held out before these; detectors have been mended by what was seen of them since
HARD = pytest.mark.xfail(strict=True, reason="95th percentile of the shift's beginning 0.37 s")


def seeds(people: tuple[int, int, bool]) -> Iterator[int]:
    first, count, _ = people
    return iter(range(first, first + count))


lost = cache(moving.losses)


def told(made: list[moving.Verdict], people: tuple[int, int, bool]) -> str:
    """What went wrong; of held-out people only in how many trials, or detectors would soon be made from them."""
    wrong = [verdict for verdict in made if verdict.wrong]
    return f"{len(wrong)} of {len(made)} held-out trials" if people[2] else moving.words(wrong)


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize("kind", ["step", "lift", "near-fall", "fall"])
def test_losses_of_balance_are_found_within_three_tenths_of_a_second(kind, people):
    made = [lost(kind, seed, people[2]) for seed in seeds(people)]
    found = np.array([abs(verdict.errors[kind]) <= 0.3 for verdict in made])
    assert found.mean() >= 0.95, told(made, people)
    assert np.mean([not any("before anything" in line for line in verdict.wrong) for verdict in made]) >= 0.95


@pytest.mark.xfail(
    strict=True, reason="some 9 of 10 (held out 91 of 100): the others lean no further by then than who shifts weight"
)
@pytest.mark.parametrize("people", PEOPLE)
def test_a_near_fall_that_is_caught_is_told_within_three_tenths_of_its_beginning(people):
    made = [lost("near-fall", seed, people[2]) for seed in seeds(people)]
    assert np.mean([verdict.errors["told"] <= 0.3 for verdict in made]) >= 0.95


@pytest.mark.parametrize("people", PEOPLE)
def test_at_most_one_in_fifty_harmless_trials_is_stopped(people):
    made = [lost(kind, seed, people[2]) for kind in HARMLESS for seed in seeds(people)]
    stopped = sum(bool(verdict.wrong) for verdict in made)
    assert stopped <= len(made) // 50, told(made, people)


@pytest.mark.parametrize("people", PEOPLE)
def test_five_stands_are_counted_exactly(people):
    stands_are_exact("five-times", people)


@pytest.mark.parametrize("people", PEOPLE)
def test_stands_of_thirty_seconds_are_counted_exactly(people):
    stands_are_exact("thirty-seconds", people)


def stands_are_exact(kind, people):
    made = [moving.chair(kind, seed, people[2]) for seed in seeds(people)]
    assert all(verdict.errors["count"] == 0 for verdict in made), told(made, people)


@pytest.mark.parametrize("people", PEOPLE)
def test_slow_risers_are_counted_too(people):
    slow = [s for s in seeds(people) if perform("one-rise", s, held_out=people[2]).truth.drawn["rise_s"] > 2]
    assert len(slow) >= 2
    made = [moving.chair("one-rise", seed, people[2]) for seed in slow]
    assert all(verdict.errors["count"] == 0 for verdict in made), told(made, people)


@pytest.mark.parametrize("people", [*PEOPLE, pytest.param(EARLIER, id="earlier", marks=pytest.mark.soak)])
def test_an_up_and_go_is_timed_to_a_tenth_and_its_phases_to_two(people):
    made = [moving.up_and_go(seed, people[2]) for seed in seeds(people)]
    far = {name: round(float(moving.percentile(made, name)), 3) for name in ("total", *PHASES)}
    late = {name: value for name, value in far.items() if not value <= (0.1 if name == "total" else 0.2)}
    assert not late, f"95th percentiles {late}\n{told(made, people)}"


@pytest.mark.parametrize("people", PEOPLE)
def test_a_raised_foot_is_timed_from_off_to_touch(people):
    made = [moving.on_one_leg(seed, people[2]) for seed in seeds(people)]
    for name in ("off", "touch"):
        assert moving.percentile(made, name) <= 0.3, told(made, people)


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize("kind", ["ten-metres", "tandem"])
def test_steps_of_a_walk_are_found(kind, people):
    far = np.array([error for seed in seeds(people) for error in moving.contacts(kind, seed, people[2])])
    assert (far <= 0.3).mean() >= 0.95


@pytest.mark.parametrize("people", PEOPLE)
def test_whole_turns_are_found_with_side_and_size(people):
    made = [moving.turning_round(seed, people[2]) for seed in seeds(people)]
    assert np.mean([not verdict.wrong for verdict in made]) >= 0.95, told(made, people)


@pytest.mark.parametrize("people", [*PEOPLE, pytest.param(EARLIER, id="earlier", marks=[pytest.mark.soak, HARD])])
def test_the_first_step_and_the_weight_shift_before_it_are_found(people):
    made = [moving.first_step(seed, people[2]) for seed in seeds(people)]
    for name in ("shift", "off"):
        assert moving.percentile(made, name) <= 0.3, told(made, people)


@pytest.mark.parametrize("people", PEOPLE)
def test_steps_after_a_release_are_counted(people):
    made = [moving.released(seed, people[2]) for seed in seeds(people)]
    assert np.mean([not verdict.wrong for verdict in made]) >= 0.95, told(made, people)


@pytest.mark.parametrize("people", PEOPLE)
@pytest.mark.parametrize("kind", ["heel-rise", "forefoot-lift"])
def test_heels_and_forefeet_off_the_ground_are_found(kind, people):
    made = [moving.heels(kind, seed, people[2]) for seed in seeds(people)]
    assert np.mean([not verdict.wrong for verdict in made]) >= 0.95, told(made, people)


def test_a_missed_event_counts_as_an_infinite_error():
    made = [moving.Verdict(str(k)) for k in range(20)]
    for k, verdict in enumerate(made):
        verdict.add("x", None if k < 2 else 1.0 + 0.01 * k, 1.0)
    assert moving.percentile(made, "x") == np.inf
    made[0].add("x", 1.0, 1.0)
    assert moving.percentile(made, "x") == pytest.approx(0.19)
