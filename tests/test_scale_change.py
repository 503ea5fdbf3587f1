# SPDX-License-Identifier: MIT
"""Change of a rated scale: one verdict, beyond the error of named people, in the same circumstances, or no verdict."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages import Page
from surefoot import cli
from surefoot.care.change import VERDICTS, Circumstances
from surefoot.care.scale_change import Rating, error_of, judge_scale, threshold_of
from surefoot.care.scales import load_scale
from surefoot.clinic.scale_scoring import score_scales
from surefoot.errors import RecordingError
from surefoot.output.scale_view import render_scales

SAME = Circumstances("none", "none", "trainers", "none", "as the form says", "none")
BERG, PSFS, ABC = load_scale("berg"), load_scale("psfs"), load_scale("abc")
TOLD = ["--aid", "none", "--assistance", "none", "--footwear", "trainers", "--orthosis", "none", "--medication", "none"]


def rating(value: float | None, number: int = 9, **more: Any) -> Rating:
    told: dict[str, Any] = {"version": "1.0.0", "reason": None, "circumstances": SAME}
    return Rating(number, value=value, **told | more)


def test_berg_between_two_sessions_by_hand() -> None:
    """One session against one: the published MDC95 of 6.2 itself."""
    error = error_of(BERG)
    assert error
    assert threshold_of(error, 1) == pytest.approx(6.2, abs=1e-3)
    assert threshold_of(error, 3) == pytest.approx(6.2 / sqrt(2) * sqrt(1 / 3 + 1), abs=1e-3)
    assert judge_scale(BERG, [rating(40)], rating(46)).verdict == "within measurement error"
    better, worse = judge_scale(BERG, [rating(40)], rating(47)), judge_scale(BERG, [rating(40)], rating(33))
    assert (better.verdict, worse.verdict) == ("improved", "declined")
    assert better.sentence.startswith("Improved: the two differ by 7, and 6.2 can be measurement error")
    assert "93 adults with balance disorders" in better.sentence
    assert better.sentence.endswith("Berg Balance Scale: 40 before, 47 now.")


def test_ninety_percent_is_made_ninety_five() -> None:
    error = error_of(PSFS)
    assert error
    assert error.confidence_percent == 90
    assert threshold_of(error, 1) == pytest.approx(2 * 1.96 / 1.6449, abs=1e-3)


@given(st.lists(st.integers(0, 56), min_size=1, max_size=6), st.integers(0, 56))
def test_a_verdict_is_always_beyond_the_threshold_and_in_its_direction(before: list[int], now: int) -> None:
    found = judge_scale(BERG, [rating(value, n) for n, value in enumerate(before, 1)], rating(now))
    moved = now - sum(before) / len(before)
    assert found.threshold is not None
    assert found.judged
    assert (found.verdict == "improved") == (moved > found.threshold)
    assert (found.verdict == "declined") == (moved < -found.threshold)


def test_practice_is_named_until_the_third_session() -> None:
    assert "Practice alone may explain this" in judge_scale(BERG, [rating(30, 1)], rating(40, 2)).sentence
    assert "Practice" not in judge_scale(BERG, [rating(30, 3)], rating(40, 4)).sentence
    assert "Practice" not in judge_scale(BERG, [rating(40, 1)], rating(30, 2)).sentence


def test_the_ceiling_is_said() -> None:
    assert "56 is the best that it can show" in judge_scale(BERG, [rating(56)], rating(56)).sentence
    assert "is the best" not in judge_scale(BERG, [rating(50)], rating(55)).sentence


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([], rating(40), "no earlier session"),
        ([rating(None, reason="Item 3 was not asked.")], rating(40), "session 9 has no total. Item 3 was not asked."),
        ([rating(30)], rating(None), "has no total"),
        ([rating(30, version="0.9.0")], rating(50), "file was changed"),
        ([rating(30, circumstances=replace(SAME, aid="cane"))], rating(50), "aid (cane against none)"),
        ([rating(30)], rating(50, circumstances=replace(SAME, medication=None)), "medication not known"),
    ],
)
def test_no_verdict_and_why(before: list[Rating], now: Rating, said: str) -> None:
    found = judge_scale(BERG, before, now)
    assert not found.judged
    assert said in found.sentence
    assert not any(found.sentence.lower().startswith(word) for word in VERDICTS)


def test_scales_without_a_known_error_and_errors_without_days_judge_nothing() -> None:
    assert "no measurement error that was read" in judge_scale(ABC, [rating(30)], rating(90)).sentence
    far = judge_scale(PSFS, [rating(2, own=("swim",))], rating(9, own=("Swim",)))
    assert not far.judged
    assert "how far days differ isn't" in far.sentence
    near = judge_scale(PSFS, [rating(2, own=("swim",))], rating(3, own=("swim",)))
    assert near.verdict == "within measurement error"
    other = judge_scale(PSFS, [rating(2, own=("swim",))], rating(3, own=("climb stairs",)))
    assert "not the same ones" in other.sentence


def berg(out: Path, total: int, day: str, *more: str) -> Path:
    left, ratings = total, []
    for _ in BERG.keys:
        ratings.append(str(min(left, 4)))
        left -= int(ratings[-1])
    words = ["scale", "berg", "--person", "P001", "--out", str(out), "--date", day, *TOLD, *more, "--typed", *ratings]
    assert cli.main(words) == 0
    return out


def test_on_the_page_beside_earlier_sessions(tmp_path: Path, capsys: Any) -> None:
    may, june = berg(tmp_path / "a", 36, "2025-05-02"), berg(tmp_path / "b", 38, "2025-06-02")
    july = berg(tmp_path / "c", 47, "2025-07-02", "--session", "4", "--since", str(may), str(june))
    assert "Improved: the two differ by 10" in capsys.readouterr().out
    page = Page((july / "report.html").read_text("utf-8")).words
    assert "Improved: the two differ by 10" in page
    assert "2025-05-02 36; 2025-06-02 38" in page
    assert "Improved" not in Page(render_scales(score_scales(july))).words
    assert cli.main(["report", str(july), "--since", str(may), str(june)]) == 0
    assert Page((july / "report.html").read_text("utf-8")).words == page
    with pytest.raises(RecordingError, match="oldest to the newest"):
        score_scales(july, [june, may])
    with pytest.raises(RecordingError, match="named twice"):
        score_scales(july, [may, july])


def test_an_earlier_folder_without_this_scale_gives_no_verdict(tmp_path: Path) -> None:
    words = ["scale", "fga", "--person", "P001", "--out", str(tmp_path / "a"), "--typed", *["3"] * 10]
    assert cli.main(words) == 0
    found = score_scales(berg(tmp_path / "b", 40, "2025-06-02"), [tmp_path / "a"])["scales"][0]
    assert "no earlier session of this scale" in found["change"]["sentence"]


def test_another_persons_sessions_are_refused(tmp_path: Path) -> None:
    berg(tmp_path / "a", 40, "2025-05-02")
    words = ["scale", "berg", "--person", "P002", "--out", str(tmp_path / "b"), "--typed", *["4"] * 14]
    assert cli.main(words) == 0
    with pytest.raises(RecordingError, match="P001, P002"):
        score_scales(tmp_path / "b", [tmp_path / "a"])
