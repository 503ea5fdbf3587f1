# SPDX-License-Identifier: MIT
"""Pain that was told at home, by any way, at the next decision: it holds or stops, and never moves anybody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from laddering import PERSON, after, asked, ready_person, trained
from stores import BY
from surefoot.care.diary import PRINTED, Day, Diary
from surefoot.care.plan import Plan, exercise_item, task_item
from surefoot.clinic import diary, ladder_deciding, plan_entries
from surefoot.clinic.ladder_deciding import clear, suggest
from surefoot.clinic.ladder_home import home_sessions, trained_at_home
from surefoot.clinic.ladder_kept import progress
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Entry, Store

TRACK = ("standing", "")
NOW = after(6)


@pytest.fixture
def clinic(store_here: Store) -> Store:
    """Somebody whose training alone leads a step up."""
    ready_person(store_here)
    suggest(store_here, PERSON, TRACK, after(0), by=BY)
    for day in (1, 4):
        trained(store_here, after(day))
    asked(store_here, NOW)
    return store_here


def told(store: Store, *days: Day) -> Entry:
    return diary.keep(store, PERSON, Diary(after(0), PRINTED, {}, days), NOW, by=BY)[0]


def walked(store: Store, day: int, **said: Any) -> Entry:
    """A walk brought home on the day of the decision, and what was told of it by button."""
    walk = {"parameters": {}, "not_reported": {}, "notes": []}
    document = {
        "format": 1, "name": f"w{day}", "begun_utc": f"{after(day)}T12:00:00Z", "fetched_utc": None, "walk": walk,
        "said": said and {"note": "", **said, "by": "button"}, "problem": None, "files": [],
    }  # fmt: skip
    return entries.put(store, PERSON, "walk", NOW, document | {"said": document["said"] or None}, by=BY)


def decided(store: Store) -> tuple[str, str]:
    found = suggest(store, PERSON, TRACK, NOW, by=BY).document
    return found["outcome"], found["rule"]


def rule_on(store: Store, day: date) -> str:
    """What would decide, and nothing kept."""
    return ladder_deciding.decided(store, progress(store, PERSON), TRACK, day).rule


def test_pain_in_a_diary_holds_until_it_is_taken_back(clinic: Store):
    entry = told(clinic, Day(after(2), pain_after=1), Day(after(5), pain_before=1, pain_after=6))
    made = suggest(clinic, PERSON, TRACK, NOW, by=BY)
    assert (made.document["outcome"], made.document["rule"]) == ("hold", "pain-elsewhere")
    assert made.document["inputs"]["at home"] == str(after(5))
    assert entry.id in made.sources
    entries.void(clinic, entry.id, by=BY, reason="another person's")
    again = entries.last(clinic, PERSON, "decision")
    assert again is not None
    assert (again.document["outcome"], again.document["rule"], again.on) == ("advance", "ready", NOW)


def test_days_without_pain_told_or_told_anew_hold_nobody(clinic: Store):
    told(clinic, Day(after(5), falls=0, steadiness=2))
    walked(clinic, 5)
    assert home_sessions(clinic, PERSON, after(0), NOW) == []
    told(clinic, Day(after(5), pain_after=9))
    told(clinic, Day(after(5), pain_after=2))
    assert [one.pain_peak for one in home_sessions(clinic, PERSON, after(0), NOW)] == [2]
    assert home_sessions(clinic, PERSON, NOW, NOW) == []
    assert decided(clinic) == ("advance", "ready")


def test_what_a_diary_tells_was_done_is_no_break_and_no_session(store_here: Store):
    ready_person(store_here)
    suggest(store_here, PERSON, TRACK, after(0), by=BY)
    item, other = task_item("standing", "two-hands/apart", after(0)), exercise_item("walk", after(0))
    plan_entries.keep_plan(store_here, PERSON, Plan((item, other)), after(0), by=BY, over=None)
    titles = {item.id: "stand", other.id: "walk"}
    days = [Day(after(day), {item.id: day != 14, other.id: True}) for day in (9, 14)]
    week = Diary(after(8), PRINTED, titles, tuple(days))
    now = after(20)
    asked(store_here, now)
    assert rule_on(store_here, now) == "long-break"
    entry = diary.keep(store_here, PERSON, week, now, by=BY)[0]
    assert trained_at_home(store_here, PERSON, TRACK, after(0), now) == [after(9)]
    assert trained_at_home(store_here, PERSON, ("standing", "left"), after(0), now) == [after(9)], "by turns"
    assert trained_at_home(store_here, PERSON, ("walking", ""), after(0), now) == []
    made = suggest(store_here, PERSON, TRACK, now, by=BY)
    assert (made.document["rule"], made.document["inputs"]["sessions"]) == ("not-asked", 0)
    assert entry.id in made.sources
    assert rule_on(store_here, after(23)) == "not-asked"
    assert rule_on(store_here, after(24)) == "long-break"


def test_the_worst_face_by_button_stops_until_a_re_check(clinic: Store):
    entry = walked(clinic, 5, steadiness=2, pain_after=10)
    made = suggest(clinic, PERSON, TRACK, NOW, by=BY)
    assert (made.document["outcome"], made.document["rule"]) == ("stop", "severe-pain")
    assert entry.id in made.sources
    clear(clinic, PERSON, NOW, by=BY, clinician="Dr Example", found="a stone in the shoe")
    told(clinic, Day(after(6), pain_after=2))
    assert decided(clinic)[0] != "stop"


def test_pain_of_the_day_of_a_re_check_is_known_to_it_and_told_twice_is_one(clinic: Store):
    told(clinic, Day(NOW, pain_after=9))
    assert decided(clinic) == ("stop", "severe-pain")
    clear(clinic, PERSON, NOW, by=BY, clinician="Dr Example", found="a cramp, gone")
    assert decided(clinic) == ("hold", "pain-elsewhere")
    told(clinic, Day(after(2), pain_after=1))
    assert suggest(clinic, PERSON, ("dynamic", ""), NOW, by=BY), "told before the training of another ladder"
    trained(clinic, NOW, pain_peak=9)
    assert decided(clinic)[1] != "severe-pain", "the same pain of the same day, by training and diary"
