# SPDX-License-Identifier: MIT
"""The balance score and the Romberg quotients: worked by hand, whole in their components, null with a reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.care.protocol import Protocol, load_protocol
from surefoot.care.score import LABEL, MDC95, balance_score, geometric_mean, romberg_quotients, steadiness
from surefoot.errors import MeasureError

QUIET: Protocol = load_protocol("quiet-stance")
OPEN, CLOSED = "eyes-open", "eyes-closed"


def trial(condition: str, tilt: float | None = 2.5, held: float = 30.0, **more: Any) -> dict[str, Any]:
    values = {"trunk_sway_range_deg": tilt, "cop_velocity_mmps": more.pop("velocity", 10.0)}
    values["cop_area_95_mm2"] = more.pop("area", 200.0)
    fingerprint = more.pop("fingerprint", "bw4z10/100Hz/trim3/v1/A")
    measures = {
        key: {"value": value, "unit": "?", "fingerprint": fingerprint}
        for key, value in values.items()
        if value is not None
    }
    plain = {"condition": condition, "trial": 1, "held_s": held, "target_s": 30.0, "ended": "complete"}
    return plain | {"measures": measures, "not_reported": {}} | more


def test_worked_by_hand() -> None:
    """2.5 of 12.5 degrees leave 0.8; 5 degrees leave 0.6, held for half the time 0.3: (0.8 + 0.3) / 2 = 55."""
    score = balance_score(QUIET, [trial(OPEN, 2.5), trial(CLOSED, 5.0, held=15.0, ended="step")])
    assert score["value"] == pytest.approx(55.0)
    assert score["reason"] is None
    assert [component["share"] for component in score["components"]] == pytest.approx([0.8, 0.3])
    assert [component["q"] for component in score["components"]] == pytest.approx([0.8, 0.6])


def test_it_is_labelled_and_carries_its_error() -> None:
    score = balance_score(QUIET, [trial(OPEN), trial(CLOSED)])
    assert (score["label"], score["mdc95"], score["unit"]) == (LABEL, MDC95, "{score}")
    assert LABEL == "own-baseline index, not a clinical score"
    assert MDC95 == 7
    words = str(score).lower()
    assert not [word for word in ("sot", "improv", "declin", "better", "worse", "trend") if word in words.split()]


def test_seconds_held_and_velocity_come_first() -> None:
    component = balance_score(QUIET, [trial(OPEN), trial(CLOSED)])["components"][0]
    keys = list(component)
    assert keys[:2] == ["condition", "trial"]
    assert keys[2:5] == ["held_s", "target_s", "cop_velocity_mmps"]
    assert component["cop_velocity_mmps"] == 10.0


@pytest.mark.parametrize(
    ("tilt", "left"), [(0.0, 1.0), (12.5, 0.0), (30.0, 0.0), (6.25, 0.5)], ids=lambda value: f"{value:g}"
)
def test_steadiness_is_clamped(tilt: float, left: float) -> None:
    assert steadiness(tilt) == pytest.approx(left)


def test_no_tilt_is_less_than_none() -> None:
    with pytest.raises(MeasureError, match="give 0 or more"):
        steadiness(-1.0)


def test_a_fall_counts_nothing_even_without_tilt() -> None:
    score = balance_score(QUIET, [trial(OPEN, 0.0), trial(CLOSED, None, held=12.0, ended="fall")])
    assert score["value"] == pytest.approx(50.0)
    assert score["components"][1]["share"] == 0.0


def test_holding_longer_than_asked_counts_no_more() -> None:
    assert balance_score(QUIET, [trial(OPEN, 0.0, held=31.0), trial(CLOSED, 0.0)])["value"] == pytest.approx(100.0)


def test_each_condition_weighs_the_same() -> None:
    trials = [trial(OPEN, 0.0, trial=n) for n in (1, 2, 3)] + [trial(CLOSED, 12.5)]
    score = balance_score(QUIET, trials)
    assert score["value"] == pytest.approx(50.0)
    assert len(score["components"]) == 4


def test_missing_tilt_makes_it_null_with_the_reason() -> None:
    reason = "The motion sensor did not answer: check its plug."
    score = balance_score(QUIET, [trial(OPEN), trial(CLOSED, None, not_reported={"trunk_sway_range_deg": reason})])
    assert score["value"] is None
    assert score["reason"] == (
        "No score: 'Eyes closed', trial 1: the tilt of the trunk is missing"
        " (The motion sensor did not answer: check its plug)."
    )
    assert len(score["components"]) == 2
    assert score["components"][0]["share"] == pytest.approx(0.8)
    assert score["components"][1]["held_s"] == 30.0


def test_interrupted_is_not_taken_for_a_failure() -> None:
    score = balance_score(QUIET, [trial(OPEN), trial(CLOSED, held=12.0, ended="interrupted")])
    assert score["value"] is None
    assert "interrupted" in score["reason"]
    assert "repeat it" in score["reason"]


def test_missing_condition() -> None:
    score = balance_score(QUIET, [trial(OPEN)])
    assert score["value"] is None
    assert "'Eyes closed' was not recorded" in score["reason"]


def test_nothing_recorded() -> None:
    score = balance_score(QUIET, [])
    assert score["value"] is None
    assert score["components"] == []


def test_nan_is_no_number() -> None:
    assert balance_score(QUIET, [trial(OPEN, float("nan")), trial(CLOSED)])["value"] is None


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40)), min_size=2, max_size=2))
def test_always_between_0_and_100_and_never_up_with_more_tilt(pairs: list[tuple[float, float]]) -> None:
    (held, tilt), (held_2, tilt_2) = pairs
    trials = [trial(OPEN, tilt, held=held), trial(CLOSED, tilt_2, held=held_2)]
    value = balance_score(QUIET, trials)["value"]
    assert 0 <= value <= 100
    more = [trial(OPEN, tilt + 1, held=held), trial(CLOSED, tilt_2, held=held_2)]
    assert balance_score(QUIET, more)["value"] <= value


# Romberg quotients


def test_romberg_by_hand() -> None:
    found = romberg_quotients(QUIET, [trial(OPEN, velocity=8.0, area=100.0), trial(CLOSED, velocity=12.0, area=250.0)])
    assert list(found) == ["romberg_velocity", "romberg_area"]
    assert found["romberg_velocity"]["value"] == pytest.approx(1.5)
    assert found["romberg_area"]["value"] == pytest.approx(2.5)
    assert found["romberg_velocity"]["of"] == ["eyes-closed/cop_velocity_mmps", "eyes-open/cop_velocity_mmps"]
    assert found["romberg_velocity"]["unit"] == "1"


def test_romberg_takes_geometric_means_of_trials() -> None:
    trials = [trial(OPEN, velocity=4.0), trial(OPEN, velocity=16.0, trial=2), trial(CLOSED, velocity=16.0)]
    assert romberg_quotients(QUIET, trials)["romberg_velocity"]["value"] == pytest.approx(2.0)
    assert geometric_mean([4.0, 16.0]) == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        ({"held": 12.0, "ended": "step"}, "was not held to the end"),
        ({"held": 30.0, "ended": "interrupted"}, "was not held to the end"),
        ({"held": 29.0}, "was not held to the end"),
        ({"fingerprint": "bw4z5/100Hz/trim3/v1/A"}, "bw4z10 against bw4z5"),
        ({"velocity": None, "not_reported": {"cop_velocity_mmps": "Too noisy."}}, "Too noisy."),
        ({"velocity": 0.0}, "above 0"),
    ],
)
def test_romberg_is_null_with_a_reason(closed: dict[str, Any], said: str) -> None:
    for first, second in ((trial(OPEN), trial(CLOSED, **closed)), (trial(CLOSED), trial(OPEN, **closed))):
        found = romberg_quotients(QUIET, [first, second])["romberg_velocity"]
        assert found["value"] is None
        assert said in found["reason"] or "bw4z5 against bw4z10" in found["reason"]


def test_romberg_needs_both_conditions() -> None:
    found = romberg_quotients(QUIET, [trial(OPEN)])
    assert {entry["value"] for entry in found.values()} == {None}
    assert "'Eyes closed' was not recorded" in found["romberg_area"]["reason"]
