# SPDX-License-Identifier: MIT
"""Adherence by what was told, and encouragement that is true: a test for each sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surefoot.care.adherence import TOP, Told, band_of, days_running, week, weeks_running
from surefoot.care.encouragement import MOST_SAID, TABLE, Facts, Walked, facts_of, said
from surefoot.care.goal_values import ON_THE_WAY, REACHED, Progress
from surefoot.care.plan import Item, exercise_item

TODAY = date(2026, 3, 29)
LONG_AGO = date(2026, 1, 1)
THREE = exercise_item("sit-to-stand", LONG_AGO)  # three days a week
TWO = exercise_item("walk", LONG_AGO)  # two


def told(done: str, item: Item = THREE, end: date = TODAY) -> list[Told]:
    """Days up to the end: + done, - not done, . unreported."""
    days = zip(reversed(done), (end - timedelta(days=k) for k in range(len(done))), strict=True)
    return [Told(day, item.id, mark == "+") for mark, day in days if mark != "."]


@pytest.mark.parametrize(
    ("share", "band"),
    [
        (0, "less than half"), (0.49, "less than half"), (0.5, "half or more"), (0.79, "half or more"),
        (0.8, TOP), (1, TOP),
    ],
)  # fmt: skip
def test_dose_bands(share: float, band: str):
    assert band_of(share) == band


@pytest.mark.parametrize(
    ("days", "low", "high", "band", "unreported"),
    [
        ("+-+--+-", 1.0, 1.0, TOP, 0),
        ("+------", 1 / 3, 1 / 3, "less than half", 0),
        ("+-+----", 2 / 3, 2 / 3, "half or more", 0),
        (".......", 0.0, 1.0, None, 7),
        ("+.+.+..", 1.0, 1.0, TOP, 4),
        ("+.-----", 1 / 3, 2 / 3, None, 1),
        ("+++++++", 1.0, 1.0, TOP, 0),
    ],
)
def test_unreported_days_are_a_range_and_never_not_done(
    days: str, low: float, high: float, band: str | None, unreported: int
):
    found = week([THREE], told(days), TODAY)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert (found.band, found.unreported) == (band, unreported)
    assert ("unreported" in found.words) == bool(unreported)
    assert (f"({band})" in found.words) == (band is not None and low < 1)  # 100 % are more than nearly all


def test_more_of_one_thing_is_not_less_missing_of_another():
    found = week([THREE, TWO], [*told("+++++--"), *told("-------", TWO)], TODAY)
    assert (found.done, found.prescribed, found.more) == (3, 5, 2)
    assert found.low == pytest.approx(0.6)


def test_two_tellings_of_a_day_one_of_which_says_done_are_done():
    found = week([THREE], [*told("------+"), Told(TODAY, THREE.id, False)], TODAY)
    assert found.items[0].done == 1


def test_a_plan_of_a_few_days_has_no_share_yet():
    young = replace(THREE, since=TODAY - timedelta(days=2))
    found = week([young], told("++"), TODAY)
    assert (found.low, found.band, found.done) == (None, None, 2)
    assert "isn't seven days old" in found.words
    assert week([], [], TODAY).words == "Nothing was planned."


def test_streaks():
    assert days_running(told("+.+++"), TODAY) == 3
    assert days_running(told("+++."), TODAY) == 3
    assert days_running(told("+++.."), TODAY) == 0
    assert weeks_running([THREE], told("+-+-+--" * 3), TODAY) == 3
    assert weeks_running([THREE], told("......." + "+-+-+--"), TODAY) == 1


DIARIES = st.text("+-.", min_size=0, max_size=30)
PROGRESS = st.sampled_from(
    [
        None,
        *(Progress(state, "") for state in (REACHED, ON_THE_WAY, "not measured", "not nearer")),
        Progress(REACHED, "", sure=False),
        *(Progress(ON_THE_WAY, "", share=share) for share in (0.0, 0.2, 0.5, 0.51, 0.9)),
    ]
)


@given(DIARIES)
@settings(max_examples=80, deadline=None)
def test_one_more_day_told_narrows_the_range(diary: str):
    rows = told(diary)
    found = week([THREE], rows, TODAY)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.high <= 1
    missing = [day for k in range(7) if (day := TODAY - timedelta(days=k)) not in {one.on for one in rows}]
    for day in missing[:1]:
        for done in (True, False):
            more = week([THREE], [*rows, Told(day, THREE.id, done)], TODAY)
            assert more.low is not None
            assert more.high is not None
            assert found.low <= more.low <= more.high <= found.high


def marks(diary: str, days: int, back: int = 0) -> str:
    """That many days of a diary, `back` days before its end."""
    whole = "." * 60 + diary
    return whole[len(whole) - back - days : len(whole) - back]


def _run(diary: str) -> int:
    rest = diary.rstrip(".-") if diary[-1:] == "+" else diary[:-1]
    return len(rest) - len(rest.rstrip("+"))


def _silent(diary: str) -> int:
    """Days without a word before the first of this week's, 0 without one or without one before."""
    now, before = marks(diary, 7).lstrip("."), diary[:-7].rstrip(".")
    if not now or not before:
        return 0
    return len(diary) - len(now) - len(before)


def _top(diary: str, back: int) -> bool:
    return marks(diary, 7, back).count("+") >= 3


# What must hold of the diary (three days a week planned, long ago) for each sentence, in other words than the table's.
TRUTH: dict[str, Callable[[str, Progress | None], bool]] = {
    "goal-reached": lambda d, g: g is not None and g.state == REACHED and g.sure in (True, None),
    "goal-more-than-half": lambda d, g: g is not None and g.state == ON_THE_WAY and (g.share or 0) > 0.5,
    "goal-half": lambda d, g: g is not None and g.state == ON_THE_WAY and round(g.share or 0, 1) == 0.5,
    "goal-way": lambda d, g: g is not None and g.state == ON_THE_WAY and g.share != 0,
    "longest": lambda d, g: False,
    "walking-again": lambda d, g: False,
    "all-week": lambda d, g: marks(d, 7).count("+") >= 3,
    "most-week": lambda d, g: marks(d, 7).count("+") >= 3,
    "half-week": lambda d, g: marks(d, 7).count("+") >= 2,
    "some-week": lambda d, g: "+" in marks(d, 7),
    "first": lambda d, g: "+" in marks(d, 7) and "+" not in d[:-7],
    "weeks": lambda d, g: _top(d, 0) and _top(d, 7),
    "days": lambda d, g: _run(d) >= 3,
    "more": lambda d, g: min(marks(d, 7).count("+"), 3) > 7 - marks(d, 7, 7).count("-"),
    "again": lambda d, g: _silent(d) >= 14,
    "nothing-told": lambda d, g: marks(d, 7) == "......." ,
}  # fmt: skip


def test_every_sentence_has_its_test():
    assert set(TRUTH) == {row.id for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_a_sentence_is_never_said_when_it_is_not_so(row):
    @given(DIARIES, PROGRESS)
    @settings(max_examples=70, deadline=None, database=None)
    def never(diary: str, goal: Progress | None):
        facts = facts_of([THREE], told(diary), TODAY, goal)
        if row.true(facts):
            assert TRUTH[row.id](diary, goal), diary

    never()


EXAMPLES = {
    "goal-reached": ("", Progress(REACHED, "")),
    "goal-more-than-half": ("", Progress(ON_THE_WAY, "", share=0.51)),
    "goal-half": ("", Progress(ON_THE_WAY, "", share=0.5)),
    "goal-way": ("", Progress(ON_THE_WAY, "")),
    "all-week": ("+-+-+--", None),
    "most-week": ("+-+-+--", None),
    "half-week": ("+-+----", None),
    "some-week": ("------+", None),
    "first": ("+", None),
    "weeks": ("+-+-+--" * 2, None),
    "days": ("+++", None),
    "more": ("-------+-+-+--", None),
    "again": ("+" + "." * 20 + "+", None),
    "nothing-told": ("", None),
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_a_sentence_is_said_when_it_is_so(row):
    diary, goal = EXAMPLES.get(row.id, ("", None))
    walked = {"longest": Walked(3, True, False), "walking-again": Walked(2, False, True)}.get(row.id)
    assert row.true(replace(facts_of([THREE], told(diary), TODAY, goal), walked=walked))


def test_of_walks_alone_only_what_they_tell_is_said():
    assert said(Facts()) == ()
    both = Facts(walked=Walked(4, True, True), goal=Progress(ON_THE_WAY, "", share=0.6))
    assert said(both, "walk", "walks") == (
        "This was the longest of your 4 walks.",
        "You are walking again. Welcome back.",
    )
    assert said(both, "goal") == ("You are more than half way to your goal.",)
    for few in (Walked(2, True, False), Walked(9, False, False)):
        assert said(Facts(walked=few)) == ()


@given(DIARIES, PROGRESS)
@settings(max_examples=60, deadline=None)
def test_little_is_said_and_nothing_of_it_alarms_or_blames(diary: str, goal: Progress | None):
    out = said(facts_of([THREE], told(diary), TODAY, goal))
    assert len(out) <= MOST_SAID
    text = " ".join(out).lower()
    for word in ("fail", "miss", "only", "should", "must", "risk", "danger", "bad", "worse", "lazy", "not done", "{"):
        assert word not in text


def test_numbers_in_sentences_are_the_facts():
    out = said(facts_of([THREE], told("+-+-+--" + "--+++++"), TODAY))
    assert "You trained on 5 days in a row." in out or "2 weeks running with nearly all of your plan." in out
    facts: Facts = facts_of([THREE], told("------+", THREE) + told("+" + "-" * 13, TWO), TODAY)
    assert "1 done in these seven days. Each one counts." in said(facts)
