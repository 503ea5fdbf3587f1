# SPDX-License-Identifier: MIT
"""Flags of a caseload, each raised and each left out; the order; and what of the store they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import laddering
from assessing import all_fine
from homing import FIRST, TODAY, at_home, day, told
from pages import Page
from stores import BY, people_in, trial_document
from surefoot.care import falls
from surefoot.care.asked import STEADY
from surefoot.care.diary import Day
from surefoot.care.flags import GOAL_DAYS, PLAN_DAYS, RANK, TABLE, Facts, Felt, flags
from surefoot.care.goal_values import Goal
from surefoot.care.ladder import load_ladder
from surefoot.care.plan import Plan, exercise_item, task_item
from surefoot.care.progression_values import NOT_FINE
from surefoot.clinic import assess, ladder_deciding, plan_entries
from surefoot.clinic.caseload import caseload
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Store
from surefoot.output.caseload_page import caseload_page

NOW = date(2026, 12, 7)
PAIN = {"peak": 5, "above_usual": 2, "rise": 2}
BANNED = ("alarm", "danger", "risk", "urgent", "warning", "failed", "bad", "poor", "complian", "diagnos", "predict")


def ago(days: int) -> date:
    return NOW - timedelta(days=days)


def facts(**told_of: Any) -> Facts:
    return Facts(NOW, **{"pains": [Felt(day, [PAIN], "own page") for day in told_of.get("days", ())], **told_of})


# Flag, what raises it, what its reason says, what is just not enough.
ROWS = [
    ("fall", {"falls": [ago(13), ago(1)]}, f"told of {ago(1)}, {ago(13)}.", {"falls": [ago(14)]}),
    ("locked", {"locked": "a fall"}, "locked: a fall", {"locked": ""}),
    ("pain", {"days": [Day(ago(1), pain_after=6)]}, f"was 6 of 10 on {ago(1)} (own page)",
     {"days": [Day(ago(1), pain_after=5)]}),
    ("pain", {"days": [Day(ago(1), pain_before=1, pain_after=4)]}, "rose by 3",
     {"days": [Day(ago(1), pain_before=1, pain_after=3)]}),
    ("pain", {"days": [Day(ago(1), pain_after=6)], "usual_pain": 2}, "limit is 5",
     {"days": [Day(ago(1), pain_after=6)], "usual_pain": 4}),
    ("pain", {"days": [Day(ago(2), falls=0)], "settled": {ago(2): NOT_FINE}}, "morning after",
     {"days": [Day(ago(2), falls=0)], "settled": {ago(3): NOT_FINE}}),
    ("balance-lost", {"days": [Day(ago(1), steadiness=5)]}, f"“{STEADY[-1]}”", {"days": [Day(ago(1), steadiness=4)]}),
    ("near-fall", {"near_falls": [ago(n) for n in range(5)]}, "and 2 more", {"near_falls": [ago(15)]}),
    ("silent", {"plan_changed": ago(20), "told_last": ago(14)}, f"since {ago(14)}, 14 days ago",
     {"plan_changed": ago(20), "told_last": ago(13)}),
    ("silent", {"plan_changed": ago(20)}, f"since the plan of {ago(20)}", {"plan_changed": ago(13)}),
    ("safety-not-asked", {"unasked": ["wound", "affected_side"]}, "2 safety questions not asked: wound, affected side",
     {"unasked": []}),
    ("safety-expired", {"expired": ["vision"]}, "1 safety answer to be asked again: vision", {"expired": ()}),
    ("stale", {"stale": ["result", "result"]}, "since: result.", {"stale": ()}),
    ("goal-near", {"goals_by": [NOW + timedelta(days=GOAL_DAYS)]}, "A goal's day is",
     {"goals_by": [NOW + timedelta(days=GOAL_DAYS + 1)]}),
    ("goal-near", {"goals_by": [ago(1)]}, "A goal's day was", {}),
    ("plan-old", {"plan_changed": ago(PLAN_DAYS), "told_last": NOW}, "6 weeks",
     {"plan_changed": ago(PLAN_DAYS - 1), "told_last": NOW}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "enough", "words", "short"), ROWS)
def test_each_flag_is_raised_and_just_not(name: str, enough: dict[str, Any], words: str, short: dict[str, Any]):
    (found,) = flags(facts(**enough), "P001")
    assert found.id == name
    assert words in found.reason
    assert "{" not in found.look
    assert not flags(facts(**short), "P001")


def test_every_row_has_its_test_and_no_alarm():
    assert {row.id for row in TABLE} == {name for name, *_ in ROWS}
    for _, enough, _, _ in ROWS:
        (found,) = flags(facts(**enough), "P001")
        text = f"{found.reason} {found.look}".lower()
        assert not [one for one in BANNED if one in text], text
        assert found.reason.endswith((".", "fall")) or "locked" in found.reason


def test_pain_is_looked_at_in_the_last_two_weeks_only_and_without_numbers_not_at_all():
    old = [Day(ago(14), pain_after=9)]
    assert not flags(facts(days=old), "P001")
    assert not flags(facts(days=[Day(NOW, pain_after=9)], pains=()), "P001")
    both = [Day(ago(3), pain_after=9), Day(ago(1), pain_after=2)]
    assert str(ago(3)) in flags(facts(days=both), "P001")[0].reason


def test_a_flag_of_a_day_names_the_week_to_look_at():
    painful = facts(days=[Day(ago(11), pain_after=9), Day(ago(1), pain_after=2)])
    lost = facts(days=[Day(ago(12), steadiness=5), Day(ago(9), steadiness=5)])
    for found, monday in ((painful, "2026-11-23"), (lost, "2026-11-23")):
        assert f"`surefoot diary show --person P001 --week {monday}`" in flags(found, "P001")[0].look


@given(st.lists(st.sampled_from(ROWS), unique_by=lambda row: row[0]))
@settings(max_examples=40, deadline=None)
def test_flags_come_in_the_order_of_the_table(rows: list[Any]):
    told_of: dict[str, Any] = {}
    for _, enough, _, _ in rows:
        told_of = enough | told_of
    found = [one.id for one in flags(facts(**told_of), "P001")]
    assert found == sorted(found, key=RANK.__getitem__)


def test_an_unreported_week_is_never_not_done(store_here: Store):
    at_home(store_here, since=TODAY - timedelta(days=20))
    (case,) = caseload(store_here, TODAY)
    assert case.band is None
    assert case.adherence == "Nothing told of the plan in these seven days: all unreported."
    (silent,) = [one for one in case.flags if one.id == "silent"]
    assert "That isn't “not done”." in silent.reason


def test_the_store_tells_each_fact(store_here: Store):
    people_in(store_here, "P002", "P003")
    at_home(store_here, since=TODAY - timedelta(days=50))
    told(store_here, day(6, pain_after=8, near_falls=1))
    assess.keep_safety(store_here, "P003", all_fine(TODAY - timedelta(days=800)), TODAY, by=BY)
    goal = Goal("to the bakery", "gait_distance_m", 900, "walk", str(TODAY + timedelta(days=3)))
    plan_entries.keep_goal(store_here, "P001", goal, TODAY, by=BY)
    trial = entries.put(store_here, "P002", "trial", TODAY, trial_document(), by=BY)
    result = {"format": 1, "kind": "surefoot-result", "session": "s", "person": "P002",
              "created_utc": "2026-03-02T09:00:00Z",
              "protocol": trial_document()["protocol"], "trials": [], "score": {}, "versions": {}}  # fmt: skip
    entries.put(store_here, "P002", "result", TODAY, result, by=BY, sources=[trial.id])
    entries.void(store_here, trial.id, by=BY, reason="the wrong leg")
    found = {one.person: one for one in caseload(store_here, TODAY)}
    names = {person: [flag.id for flag in one.flags] for person, one in found.items()}
    assert names["P001"] == ["pain", "near-fall", "goal-near", "plan-old"]
    assert names["P002"] == ["safety-not-asked", "stale"]
    assert "safety-expired" in names["P003"]
    assert found["P002"].seen == TODAY
    assert found["P001"].told == TODAY
    assert list(found) == ["P001", "P003", "P002"] or list(found) == ["P001", "P002", "P003"]


def test_falls_come_from_calendar_training_and_diary_until_a_re_check(store_here: Store):
    laddering.ready_person(store_here, on=FIRST)
    month = falls.Month(TODAY.replace(day=1), TODAY, (), (falls.NearFall(TODAY),))
    assess.keep_month(store_here, "P001", month, TODAY, by=BY)
    asked = {**laddering.session(FIRST).flags, "fall": NOT_FINE, "caught": NOT_FINE}
    laddering.trained(store_here, FIRST, flags=asked)
    told(store_here, day(1, falls=2))
    entry = ladder_deciding.suggest(store_here, "P001", ("standing", ""), TODAY, by=BY)
    assert entry.document["outcome"] == "stop"
    (case,) = caseload(store_here, TODAY)
    by_id = {one.id: one.reason for one in case.flags}
    assert f"{FIRST + timedelta(days=1)}, {FIRST}" in by_id["fall"]
    assert f"{TODAY}, {FIRST}" in by_id["near-fall"]
    assert [one.id for one in case.flags][:3] == ["fall", "locked", "near-fall"]
    ladder_deciding.clear(store_here, "P001", TODAY, by=BY, clinician="Dr Example", found="all well")
    (case,) = caseload(store_here, TODAY)
    assert not {"fall", "locked", "near-fall"} & {one.id for one in case.flags}


def test_a_persons_own_pain_numbers_count(store_here: Store):
    at_home(store_here)
    told(store_here, day(6, pain_after=4))
    assert not [one for one in caseload(store_here, TODAY)[0].flags if one.id == "pain"]
    numbers = {"pain-limit": {"peak": 3}}
    ladder_deciding.set_numbers(store_here, "P001", "all", numbers, TODAY, by=BY, why="a tender knee")
    (flag,) = [one for one in caseload(store_here, TODAY)[0].flags if one.id == "pain"]
    assert "the limit is 3" in flag.reason


def test_pain_numbers_of_one_ladder_count_for_it_and_for_days_at_home_with_it_in_the_plan(store_here: Store):
    laddering.ready_person(store_here, on=FIRST)
    strength = load_ladder("strength")
    easiest = (0,) * len(strength.axes)
    done = replace(laddering.session(TODAY, pain_before=4, pain_peak=4), ladder="strength", task=easiest)
    document = laddering.training_document(strength, done, "home", "typed")
    entries.put(store_here, "P001", "training", TODAY, document, by=BY)
    numbers = {"pain-limit": {"peak": 3}}

    def limits() -> list[str]:
        return [one.reason[-2:] for one in caseload(store_here, TODAY)[0].flags if one.id == "pain"]

    ladder_deciding.set_numbers(store_here, "P001", "standing", numbers, TODAY, by=BY, why="a tender knee")
    assert limits() == [], "of another ladder"
    told(store_here, day(6, pain_after=4))
    assert limits() == [], "nothing of that ladder is planned"
    plan = Plan((task_item("standing", "two-hands/apart", FIRST), exercise_item("walk", FIRST)))
    plan_entries.keep_plan(store_here, "P001", plan, FIRST, by=BY, over=None)
    assert limits() == ["3."]
    ladder_deciding.set_numbers(store_here, "P001", "standing", {"pain-limit": {"peak": 5}}, TODAY, by=BY, why="well")
    assert limits() == []
    ladder_deciding.set_numbers(store_here, "P001", "strength", numbers, TODAY, by=BY, why="a tender hip")
    assert limits() == ["3."]


def test_one_unreadable_person_hides_nobody_and_comes_first(store_here: Store):
    at_home(store_here)
    people_in(store_here, "P002")
    document = laddering.training_document(laddering.STANDING, laddering.session(FIRST), "clinic", "typed")
    entries.put(store_here, "P002", "training", FIRST, document | {"task": "on/the/moon"}, by=BY)
    first, second = caseload(store_here, TODAY)
    assert (first.person, first.seen) == ("P002", FIRST)
    assert "There is no level 'on' in the ladder standing" in first.problem
    assert second.flags is not None
    words = Page(caseload_page([first, second], 2, TODAY)).words
    assert "What is kept can't be read." in words
    assert not [one for one in BANNED if one in words.lower()]


def test_the_page_names_codes_only_and_says_when_there_is_nothing(store_here: Store):
    at_home(store_here)
    told(store_here, day(6, falls=0))
    (case,) = caseload(store_here, TODAY)
    quiet = replace(case, flags=())
    text = caseload_page([quiet], 1, TODAY)
    assert "Nothing to look at." in Page(text).words
    assert "1 person, 0 with something to look at." in Page(text).words
    assert "Ms Novak" not in text
    assert "Nobody is in the store yet" in Page(caseload_page([], 0, TODAY)).words
