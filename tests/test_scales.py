# SPDX-License-Identifier: MIT
"""Rated scales: the sums are right at both ends, a missing or impossible rating is named, no wording is copied."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.care.scales import Scale, load_scale, scale_names, score
from surefoot.errors import ProtocolError
from surefoot.resources import data_dir

SCALES = {name: load_scale(name) for name in scale_names()}
RANGES = {
    "berg": (0, 56),
    "fga": (0, 30),
    "mini-bestest": (0, 28),
    "abc": (0, 100),
    "short-fes-i": (7, 28),
    "psfs": (0, 10),
}


def every(scale: Scale, value: float) -> dict[str, float | None]:
    return dict.fromkeys(scale.keys, value)


@pytest.mark.parametrize("name", RANGES)
def test_both_ends(name: str) -> None:
    scale = SCALES[name]
    assert scale.range == RANGES[name]
    worst, best = (score(scale, every(scale, end)) for end in (scale.items.low, scale.items.high))
    assert (worst.value, best.value) == RANGES[name]
    assert (worst.at_ceiling, best.at_ceiling) == (scale.better == "lower", scale.better == "higher")


def test_the_ones_asked_for_are_there() -> None:
    assert set(SCALES) == {*RANGES, "gas"}


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
def test_wording_stays_with_its_owner_and_errors_are_those_that_were_read(scale: Scale) -> None:
    assert scale.wording == ()
    assert scale.licence
    assert all(error.certainty == "V" for error in scale.error)


def test_a_missing_item_makes_no_score() -> None:
    berg = SCALES["berg"]
    found = score(berg, every(berg, 4) | {"7": None})
    assert found.value is None
    assert found.missing == ("7",)
    assert found.reason == "1 of 14 answers are missing (item 7): rate them first."
    assert "and more" in str(score(berg, {}).reason)
    assert score(berg, every(berg, 0)).value == 0


def test_the_worse_side_counts() -> None:
    scale = SCALES["mini-bestest"]
    assert {"3-left", "3-right", "6-left", "6-right"} <= set(scale.keys)
    found = score(scale, every(scale, 2) | {"3-left": 0, "6-right": 1})
    assert found.value == 28 - 2 - 1
    assert score(scale, every(scale, 2) | {"3-left": None}).missing == ("3-left",)


def test_activities_of_ones_own_are_averaged_over_those_named() -> None:
    scale = SCALES["psfs"]
    assert score(scale, {"1": 4, "2": 7}).value == 5.5
    assert score(scale, {}).reason == "0 of at least 1 are rated."


def test_goal_attainment_by_hand() -> None:
    """T of two goals of weights 1 and 3, reached at +1 and -1: 50 + 10 (1 - 3) / sqrt(0.7 * 10 + 0.3 * 16)."""
    scale = SCALES["gas"]
    assert score(scale, {"1": 1, "2": -1}, {"2": 3}).value == pytest.approx(50 - 20 / sqrt(11.8))
    assert score(scale, {"1": 2}).value == pytest.approx(70)
    assert score(scale, {"1": 0, "2": 0, "3": 0}, {"1": 4}).value == 50


@settings(deadline=None)
@given(st.lists(st.integers(-2, 2), min_size=1, max_size=10), st.floats(0.1, 9))
def test_goal_attainment_knows_no_unit_of_weight_and_no_order(levels: list[int], factor: float) -> None:
    scale = SCALES["gas"]
    answers = {str(n): float(level) for n, level in enumerate(levels, 1)}
    value = score(scale, answers).value
    assert score(scale, answers, dict.fromkeys(answers, factor)).value == pytest.approx(value)
    turned = {str(n): float(level) for n, level in enumerate(reversed(levels), 1)}
    assert score(scale, turned).value == pytest.approx(value)
    assert scale.range[0] - 1e-9 <= float(value or 0) <= scale.range[1] + 1e-9


@pytest.mark.parametrize(
    ("name", "answers", "said"),
    [
        ("berg", {"1": 5}, "item 1: 5 can't be, use 0 to 4 in steps of 1"),
        ("berg", {"1": 2.5}, "2.5 can't be"),
        ("berg", {"15": 2}, "no item '15': its items are 1 to 14"),
        ("abc", {"1": float("nan")}, "nan can't be"),
        ("mini-bestest", {"3": 1}, "no item '3'"),
        ("short-fes-i", {"1": 0}, "use 1 to 4"),
    ],
)
def test_an_impossible_rating_is_refused(name: str, answers: dict[str, float | None], said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        score(SCALES[name], answers)


def test_weights_only_where_there_are_some() -> None:
    for name, weight in (("berg", 2.0), ("gas", 0.0), ("gas", float("nan"))):
        with pytest.raises(ProtocolError, match="can't be: give one above 0"):
            score(SCALES[name], {"1": 1}, {"1": weight})


def test_unknown_scale() -> None:
    with pytest.raises(ProtocolError, match=r"no scale 'tinetti': name one of these: abc, berg"):
        load_scale("tinetti")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("most = 14\n", "", "field 'items' lacks 'most'"),
        ("high = 4\n", "high = 0\n", "goes from more to less"),
        ("least = 14\n", "least = 12\n", "lets fixed items be left out"),
        ("step = 1\n", 'step = 1\nsided = ["19"]\n', "names an item that there is not"),
        ('better = "higher"\n', 'better = "higher"\nwording = ["Stand up"]\n', "has 1 items of 14"),
        ('  "Rising from a chair",\n', "", "'about' has 13 items of 14"),
        ("{ value = 4, says", "{ value = 5, says", "'levels' has one outside 0 to 4"),
        ('certainty = "V"', 'certainty = "R"', "must be V: write that"),
        ("format = 1\n", "format = 9\n", "newer than this Surefoot reads (1)"),
        ('id = "berg"', 'id = "other"', "make both the same"),
    ],
)
def test_mistakes_in_a_file_are_named(tmp_path, old: str, new: str, said: str) -> None:
    text = (data_dir("protocols") / "scales" / "berg.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "berg.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProtocolError) as caught:
        load_scale("berg", tmp_path)
    assert said in str(caught.value)
