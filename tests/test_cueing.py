# SPDX-License-Identifier: MIT
"""Who may be cued: every reason of a refusal, and that nothing worse ever allows more."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.care.cueing import CHECK_S, OFF_SHARE, Wish, refusal
from surefoot.clinic import walk_cue, walk_scale
from surefoot.clinic.walk_check_command import answers
from surefoot.clinic.walk_values import ScaleCheck, Walker
from surefoot.errors import MeasureError

FINE = Wish("full", "full", 3600.0, 0.03, 100, None, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"left": "restricted"}, "restricted on the left leg"),
        ({"right": "restricted"}, "restricted on the right leg"),
        ({"left": "restricted", "right": "restricted"}, "restricted on the left and the right leg"),
        ({"left": "not asked"}, "Nobody has asked yet whether the left leg"),
        ({"left": "not asked", "right": "restricted"}, "restricted on the right leg"),
        ({"right": "half"}, "Nobody has asked yet whether the right leg"),
        ({"check_age_s": None}, "have not been compared with a scale on this board"),
        ({"check_age_s": -1.0}, "lies in the future"),
        ({"check_age_s": float("nan")}, "lies in the future"),
        ({"check_age_s": CHECK_S + 1}, "is 24 h old, and one holds 24 h"),
        ({"check_off": 0.2}, "20% off"),
        ({"check_off": -0.2}, "20% off"),
        ({"check_off": float("nan")}, "off, and"),
        ({"cadence": 39}, "from 40 to 140"),
        ({"cadence": 141}, "from 40 to 140"),
        ({"cadence": 99.5}, "from 40 to 140"),
        ({"cadence": float("nan")}, "from 40 to 140"),
        ({"beyond_pct": 4}, "from 5 to 60"),
        ({"beyond_pct": 61}, "from 5 to 60"),
        ({"has_part": False}, "no buzzer and no vibration motor"),
    ],
)
def test_each_reason_is_told_with_what_to_do(change: dict[str, Any], words: str) -> None:
    said = refusal(replace(FINE, **change))
    assert said is not None
    assert words in said
    assert ": " in said, "and then what to do"


@pytest.mark.parametrize(
    "change", [{}, {"has_part": None}, {"beyond_pct": 20}, {"check_age_s": CHECK_S}, {"cadence": 40}, {"cadence": 140}]
)
def test_what_is_fine_is_allowed(change: dict[str, Any]) -> None:
    assert refusal(replace(FINE, **change)) is None


# Of each input its values, from fine to worse.
BEARING = ("full", "not asked", "restricted")
AGES = (0.0, 3600.0, CHECK_S, CHECK_S + 1, 1e9, -1.0, float("nan"), None)
OFF = (0.0, OFF_SHARE, OFF_SHARE + 0.01, 1.0, float("nan"))
CADENCES = (100, 140, 141, 99.5)
BEYOND = (None, 60, 61)
PARTS = (True, None, False)
LADDERS: tuple[tuple[Any, ...], ...] = (BEARING, BEARING, AGES, OFF, CADENCES, BEYOND, PARTS)


@given(at=st.tuples(*(st.integers(0, len(ladder) - 1) for ladder in LADDERS)), which=st.integers(0, len(LADDERS) - 1))
def test_a_worse_input_never_allows_more(at: tuple[int, ...], which: int) -> None:
    worse = list(at)
    worse[which] = min(at[which] + 1, len(LADDERS[which]) - 1)
    before, after = (
        refusal(Wish(*(ladder[k] for ladder, k in zip(LADDERS, places, strict=True)))) for places in (at, worse)
    )
    assert before is None or after is not None


def test_only_full_weight_on_both_legs_allows_any() -> None:
    allowed = [
        pair for pair in product(BEARING, repeat=2) if refusal(replace(FINE, left=pair[0], right=pair[1])) is None
    ]
    assert allowed == [("full", "full")]


# -- of a walker's file --

NOW = "2026-11-28T08:00:00Z"


def check(utc: str, device: str = "dev", share: float = 1.0) -> ScaleCheck:
    return ScaleCheck(utc, device, 700.0, 700.0 * share)


def asked(*checks: ScaleCheck) -> Wish:
    return walk_cue.wish(Walker("P001", None, None, None, "full", "full", None, checks), "dev", NOW, 100, None, True)


def test_the_newest_check_of_this_board_counts() -> None:
    assert asked(check("2026-11-28T07:00:00Z")).check_age_s == 3600
    assert refusal(asked(check("2026-11-28T07:00:00Z"))) is None
    assert "compared" in (refusal(asked(check("2026-11-28T07:00:00Z", device="other"))) or "")
    assert "future" in (refusal(asked(check("2026-11-28T07:00:00Z"), check("2026-11-28T08:00:01Z"))) or "")
    off = asked(check("2026-11-28T07:30:00Z", share=0.7), check("2026-11-28T07:00:00Z"))
    assert "30% off" in (refusal(off) or ""), "an older one that was good is over"
    assert "25 h old" in (refusal(asked(check("2026-11-27T07:00:00Z"))) or "")
    assert "asked" in (refusal(walk_cue.wish(Walker("P001"), "dev", NOW, 100, None, True)) or "")


@pytest.mark.parametrize(
    ("settings", "word"),
    [((100,), "cue=100"), ((77, True), "cue=77,sides"), ((140, True, 20), "cue=140,sides,beyond=20")],
)
def test_the_word_is_what_the_board_takes(settings: tuple[Any, ...], word: str) -> None:
    import offboard

    assert walk_cue.word(*settings) == word
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(offboard._LOADED, "board", __import__("types").SimpleNamespace(cue=lambda: (1, 2, 3, 4)))
        assert offboard.firmware("cueask").refusal(word.partition("=")[2]) is None


# -- the insoles beside the scale --


def standing(left_n: float, right_n: float, seconds: float = 10.0, sway_n: float = 5.0) -> np.ndarray:
    t = np.arange(round(100 * seconds)) / 100
    sway = sway_n * np.sin(2 * np.pi * 0.5 * t)
    return np.column_stack([left_n + sway, right_n + 0.5 * sway])


def test_a_quiet_standing_is_weighed() -> None:
    force = standing(340, 350)
    force[100:150] = np.nan
    stood = walk_scale.weigh(force, 100)
    assert stood.insole_n == pytest.approx(690, abs=3)
    assert stood.left_share == pytest.approx(340 / 690, abs=0.01)
    scale = walk_scale.scale_n(71.2)
    assert scale == pytest.approx(698.2, abs=0.1)
    assert "The insoles show 99% of the scale (690 N of 698 N), 49% of it on the left foot" in walk_scale.words(
        stood, scale
    )
    assert "within 15%" in walk_scale.words(stood, scale)
    assert "Calibrate the insoles" in walk_scale.words(stood, 1.3 * scale)


@pytest.mark.parametrize(
    ("force", "words"),
    [
        (standing(340, 350, sway_n=80), "no quiet standing"),
        (standing(700, 0), "Only 0% of the load is on the right foot"),
        (standing(60, 620), "is on the left foot"),
        (standing(3, 2, sway_n=0), "Nobody stands"),
        (standing(340, 350, seconds=7), "Only 7.0 s arrived of 10"),
        (np.full((1000, 2), np.nan), "Only 0.0 s arrived"),
    ],
)
def test_what_is_no_quiet_standing_is_refused(force: np.ndarray, words: str) -> None:
    with pytest.raises(MeasureError, match=words):
        walk_scale.weigh(force, 100)


@pytest.mark.parametrize("kg", [0.0, -70.0, 24.9, 251.0, 712.0, float("nan")])
def test_an_absurd_weight_is_refused(kg: float) -> None:
    with pytest.raises(MeasureError, match="no weight of a person"):
        walk_scale.scale_n(kg)


def test_answers_on_weight_bearing() -> None:
    assert answers("left=full,right=restricted") == {
        "weight_bearing_left": "full",
        "weight_bearing_right": "restricted",
    }
    assert answers("right=not asked") == {"weight_bearing_right": "not asked"}
    for text in ("", "left", "left=partly", "both=full", "left=full,left=restricted"):
        with pytest.raises(MeasureError, match="is no answer"):
            answers(text)
