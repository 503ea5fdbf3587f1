# SPDX-License-Identifier: MIT
"""Ways to a higher rung than one should have, or past a stop: each is shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from laddering import DAY, PERSON, STANDING, after, asked, ready_person, session, trained
from stores import BY, people_in
from surefoot.care import falls
from surefoot.care.ladder import load_ladder
from surefoot.care.progression_case import Case
from surefoot.care.progression_values import Person, Place, Standing
from surefoot.clinic import assess, ladder_kept, ladder_train
from surefoot.clinic.ladder_actions import show, suggested
from surefoot.clinic.ladder_deciding import check_number, clear, overrule, suggest
from surefoot.clinic.ladder_documents import training_document
from surefoot.clinic.ladder_kept import progress, rules
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Entry, Store
from surefoot.errors import ProtocolError

LEFT = ("standing", "left")
UP = Place(STANDING.task("none/apart"), 10.0)
FELL = {**session(DAY).flags, "fall": "not fine"}


@pytest.fixture
def clinic(store_here: Store) -> Store:
    ready_person(store_here)
    suggest(store_here, PERSON, LEFT, DAY, by=BY)
    return store_here


def ruled(store: Store, days: int, **how: Any) -> str:
    return suggest(store, PERSON, LEFT, after(days), by=BY, **how).document["rule"]


def put_up(store: Store, days: int) -> None:
    overrule(store, PERSON, LEFT, UP, after(days), by=BY, reason="stood it in the clinic")


def test_two_sessions_after_a_break_do_not_lead_up_before_the_rung_lower(clinic: Store):
    put_up(clinic, 0)
    for days in (1, 20, 22):  # typed in, and nobody asked for a suggestion before
        trained(clinic, after(days), "none/apart")
    assert ruled(clinic, 22) == "long-break"
    assert progress(clinic, PERSON).standings[LEFT].task == STANDING.task("two-hands/apart")
    trained(clinic, after(23))
    assert ruled(clinic, 23) != "long-break"  # once a break is enough


def test_a_break_of_a_quarter_of_a_year_is_a_break(store_here: Store):
    ready_person(store_here, on=after(-100))
    overrule(store_here, PERSON, LEFT, UP, after(-100), by=BY, reason="stood it in the clinic")
    trained(store_here, after(-99), "none/apart")
    asked(store_here, after(0))
    assert ruled(store_here, 0) == "long-break"


def test_severe_pain_after_the_re_check_of_that_day_stops_again(clinic: Store):
    trained(clinic, after(1), pain_peak=9)
    assert ruled(clinic, 1) == "severe-pain"
    recheck(clinic, 1)
    assert ruled(clinic, 1) != "severe-pain"
    trained(clinic, after(1), pain_peak=8)
    assert ruled(clinic, 1) == "severe-pain"


@pytest.mark.parametrize(("state", "rule"), [("not fine", "closed"), ("not asked", "not-asked")])
def test_a_new_symptom_holds_training_at_the_clinic_too(clinic: Store, state: str, rule: str):
    for days in (1, 3):
        trained(clinic, after(days), setting="clinic")
    asked(clinic, after(3), new_symptoms=state)
    assert ruled(clinic, 3, clinic=True) == rule


def recheck(store: Store, days: int) -> Entry:
    return clear(store, PERSON, after(days), by=BY, clinician="PT7", found="no injury")


def test_a_fall_after_the_re_check_of_that_day_stops_again(clinic: Store):
    trained(clinic, after(1), flags=FELL)
    assert ruled(clinic, 1) == "red-flag"
    recheck(clinic, 1)
    assert ruled(clinic, 1) != "red-flag"  # what the re-check knew
    trained(clinic, after(1), flags=FELL)
    assert ruled(clinic, 1) == "red-flag"


def test_an_earlier_fall_that_the_re_check_could_not_know_stops_again(clinic: Store):
    first = trained(clinic, after(1), flags=FELL)
    assert ruled(clinic, 3) == "red-flag"
    recheck(clinic, 4)
    entries.put(clinic, PERSON, "training", first.on, {**first.document, "settled": "not fine"}, by=BY,
                replaces=first.id)  # fmt: skip
    assert ruled(clinic, 4) != "red-flag"  # the same fall, told again
    assess.keep_month(clinic, PERSON, falls.Month(DAY, after(5), (falls.Fall(after(3)),)), after(5), by=BY)
    assert ruled(clinic, 5) == "red-flag"


def test_pain_in_a_session_right_after_an_override_counts(clinic: Store):
    trained(clinic, after(1))
    asked(clinic, after(1))
    put_up(clinic, 1)
    trained(clinic, after(1), "none/apart", pain_peak=7)
    assert ruled(clinic, 1) == "pain-limit"


def test_a_decision_before_what_is_on_file_is_refused(clinic: Store):
    for days in (1, 3):
        trained(clinic, after(days))
    trained(clinic, after(5), flags=FELL)
    with pytest.raises(ProtocolError, match="check the clock"):
        ruled(clinic, 3)


def told(store: Store, month: falls.Month, days: int) -> None:
    assess.keep_month(store, PERSON, month, after(days), by=BY)


def test_a_fall_between_placement_and_the_first_session_stops_every_ladder(clinic: Store):
    told(clinic, falls.Month(DAY, after(4), (falls.Fall(after(2)),)), 4)
    trained(clinic, after(5))
    trained(clinic, after(7))
    assert ruled(clinic, 7) == "red-flag"
    assert suggest(clinic, PERSON, ("walking", ""), after(7), by=BY).document["task"] == "5-min"
    assert suggest(clinic, PERSON, ("walking", ""), after(7), by=BY).document["rule"] == "locked"
    recheck(clinic, 7)
    assert ruled(clinic, 7) == "fall-recent"


@pytest.mark.parametrize(("seen", "rule"), [(-8, "red-flag"), (0, "fall-recent")])
def test_a_recent_fall_before_placement_stops_who_was_seen_before_it(store_here: Store, seen: int, rule: str):
    ready_person(store_here, on=after(seen))
    told(store_here, falls.Month(after(-1).replace(day=1), after(-1), (falls.Fall(after(-1)),)), 0)
    for days in (1, 3):
        trained(store_here, after(days))
    assert ruled(store_here, 3) == rule


def test_answers_that_have_expired_hold_and_say_what_to_ask_again(store_here: Store):
    ready_person(store_here, on=after(-94))
    put_up(store_here, -94)
    for days in range(-84, 0, 10):
        one = training_document(STANDING, session(after(days), "none/apart"), "home", "diary")
        entries.put(store_here, PERSON, "training", after(days), one, by=BY)
    found = suggest(store_here, PERSON, LEFT, DAY, by=BY).document
    assert (found["outcome"], found["rule"], found["task"]) == ("hold", "not-asked", "none/apart")
    assert {"stands_alone", "new_symptoms"} <= set(found["inputs"]["missing"])
    assert "surefoot assess safety" in found["would_change"]
    rested = suggest(store_here, PERSON, ("walking", ""), DAY, by=BY)  # placed today: nothing was trained there
    assert "walks_alone" in rested.document["inputs"]["missing"]
    asked(store_here, DAY, stands_alone="not fine")
    assert ruled(store_here, 0) == "barred"


def test_an_unanswered_profile_holds_on_every_ladder_and_lists_the_questions(store_here: Store):
    people_in(store_here, PERSON)
    _, lines = suggested(store_here, PERSON, [("strength", "left"), LEFT], DAY, by=BY, clinic=None)
    text = "\n".join(lines)
    assert "stop" not in text
    assert not [line for line in lines if line.startswith(("  then", "  now"))]
    assert "  once asked  Stand up from a chair" in text
    assert "weight bearing left" in text
    assert "surefoot assess safety" in text
    assert f"  surefoot assess safety --person {PERSON} --for strength standing\n" in text
    assert f"  surefoot assess falls --person {PERSON} --history N" in text
    assert "  begins at   both-hands: No test on file: the easiest task." in text
    assert "consent train" in "\n".join(show(store_here, PERSON, [LEFT], DAY)[1])


def test_a_stop_shows_nothing_to_do(clinic: Store):
    trained(clinic, after(1), flags=FELL)
    lines = "\n".join(show(clinic, PERSON, [LEFT], after(1))[1])
    assert "stop, by red-flag" in lines
    assert not [word for word in ("  now ", "  then ", "  next up ", "Stand ") if word in lines]


@pytest.mark.parametrize(
    ("rule", "name", "lax", "strict"),
    [
        ("fall-recent", "days", 0, 21), ("severe-pain", "pain", 10, 6), ("severe-pain", "above_usual", 3, 1),
        ("not-yet", "sessions_after_loss", 2, 6), ("too-hard", "sessions", 1, 2),
    ],
)  # fmt: skip
def test_numbers_that_keep_people_safe_are_made_stricter_only(rule: str, name: str, lax: float, strict: float):
    check_number(rule, name, strict)
    with pytest.raises(ProtocolError, match=r"keeps people safe and must be at (least|most)"):
        check_number(rule, name, lax)
    case = Case(STANDING, rules(), Standing(UP.task), (), Person(numbers={rule: {name: lax}}), DAY)
    assert case.numbers(rule)[name] == next(row.numbers[name] for row in rules().rows if row.id == rule)  # kept before


def test_a_number_kept_before_its_bound_is_shown_as_it_is_in_force(clinic: Store):
    lax = {"fall-recent": {"days": 3}, "severe-pain": {"pain": 10}, "not-yet": {"sessions": 3}}
    entries.put(clinic, PERSON, "thresholds", DAY, {"format": 1, "numbers": {"all": lax}, "why": "of long ago"}, by=BY)
    lines = [line.strip() for line in show(clinic, PERSON, [LEFT], DAY)[1] if line.startswith("  all: ")]
    assert lines == [
        "all: fall-recent.days = 14, since it must be at least 14, though 3 was set (the rules: 14)",
        "all: severe-pain.pain = 8, since it must be at most 8, though 10 was set (the rules: 8)",
        "all: not-yet.sessions = 3 (the rules: 2; strength 3; walking 3)",
    ]


def test_progress_reads_no_results_and_walks(clinic: Store, monkeypatch: pytest.MonkeyPatch):
    kept_test(clinic, 0, {"side-by-side": 10})
    read = ladder_kept.kept.entries
    kinds: list[str] = []

    def noted(*args: Any, **how: Any) -> tuple[Entry, ...]:
        found = read(*args, **how)
        kinds.extend(one.kind for one in found)
        return found

    monkeypatch.setattr(ladder_kept.kept, "entries", noted)
    progress(clinic, PERSON)
    assert set(kinds) == {"decision", "profile", "safety", "falls"}


def kept_test(store: Store, on: int, held: dict[str, float]) -> Entry:
    trials = [{"condition": name, "held_s": seconds, "leg": "left"} for name, seconds in held.items()]
    document = {
        "format": 1, "kind": "surefoot-result", "session": f"s{on}", "person": PERSON, "score": {}, "versions": {},
        "protocol": {"id": "steadi-4-stage"}, "created_utc": "2026-11-01T10:00:00Z", "trials": trials,
    }  # fmt: skip
    return entries.put(store, PERSON, "result", DAY + timedelta(days=on), document, by=BY)


def test_neither_an_old_test_nor_one_above_a_failed_one_says_where_to_begin(store_here: Store):
    ready_person(store_here)
    kept_test(store_here, -400, {"side-by-side": 10, "semi-tandem": 10, "tandem": 10, "single-leg": 10})
    suggest(store_here, PERSON, LEFT, DAY, by=BY)
    assert progress(store_here, PERSON).standings[LEFT].task == STANDING.task("two-hands/apart")


def test_a_task_above_one_that_was_not_held_is_not_where_to_begin(store_here: Store):
    ready_person(store_here)
    kept_test(store_here, -20, {"side-by-side": 10, "semi-tandem": 10, "tandem": 10})
    kept_test(store_here, -1, {"side-by-side": 10, "semi-tandem": 4})
    suggest(store_here, PERSON, LEFT, DAY, by=BY)
    assert progress(store_here, PERSON).standings[LEFT].task == STANDING.task("none/apart")


def test_an_old_fall_is_no_answer_to_whether_somebody_fell_lately(store_here: Store):
    ready_person(store_here, on=after(-100))
    assess.keep_history(store_here, PERSON, falls.History(after(-100), 1, None, None, after(-150)), after(-100), by=BY)
    suggest(store_here, PERSON, LEFT, after(-100), by=BY)
    for days in (-2, 0):
        trained(store_here, after(days))
    found = suggest(store_here, PERSON, LEFT, DAY, by=BY).document
    assert (found["rule"], found["inputs"]["missing"]) == ("not-asked", ["falls"])
    told(store_here, falls.Month(after(-32), after(-2)), 0)
    told(store_here, falls.Month(after(-1), DAY), 0)
    assert ruled(store_here, 0) == "ready"


def test_a_newer_report_of_the_month_does_not_forget_a_fall(clinic: Store):
    told(clinic, falls.Month(DAY, after(2), (falls.Fall(after(2)),)), 2)
    assert ruled(clinic, 2) == "red-flag"
    recheck(clinic, 2)
    for days in (4, 6):
        trained(clinic, after(days))
    told(clinic, falls.Month(DAY, after(6)), 6)
    assert ruled(clinic, 6) == "fall-recent"


BAD: dict[str, Any] = {"succeeded": (True, False, False)}


@pytest.mark.parametrize(("good", "bad", "rule"), [(9, 18, "not-yet"), (18, 9, "ready")])
def test_sessions_of_a_day_count_by_the_clock_however_they_are_typed_in(clinic: Store, good: int, bad: int, rule: str):
    trained(clinic, after(1), minutes=bad * 60, **BAD)
    trained(clinic, after(1), minutes=good * 60)
    trained(clinic, after(3), minutes=540)
    assert ruled(clinic, 3) == rule


def test_the_morning_after_changes_no_order_of_sessions(clinic: Store):
    trained(clinic, after(1), settled="not asked")
    trained(clinic, after(1), **BAD)
    ladder_train.morning(clinic, PERSON, "fine", after(2), by=BY)
    trained(clinic, after(3))
    assert ruled(clinic, 3) == "not-yet"


def test_a_lock_outlives_the_placement_that_it_was_met_on(clinic: Store):
    stop = overrule(clinic, PERSON, LEFT, None, DAY, by=BY, reason="looks unwell")
    (placed,) = [one for one in entries.entries(clinic, PERSON, "decision") if one.document["what"] == "placed"]
    entries.void(clinic, placed.id, by=BY, reason="placed by mistake")
    for days in (1, 3):
        trained(clinic, after(days))
    found = suggest(clinic, PERSON, LEFT, after(3), by=BY).document
    assert (found["rule"], found["inputs"]["locked"]) == ("locked", stop.document["words"])
    recheck(clinic, 3)
    assert not progress(clinic, PERSON).locked


def test_no_clinicians_word_places_somebody_where_a_fall_stops(clinic: Store):
    trained(clinic, after(1), flags=FELL)
    walking = Place(load_ladder("walking").walk[3])
    with pytest.raises(ProtocolError, match=r"rules stop here \(red-flag\)"):
        overrule(clinic, PERSON, ("walking", ""), walking, after(1), by=BY, reason="walks well")
    assert ruled(clinic, 1) == "red-flag"
    recheck(clinic, 1)
    overrule(clinic, PERSON, ("walking", ""), walking, after(1), by=BY, reason="walks well")
    assert progress(clinic, PERSON).standings["walking", ""].task == walking.task


def test_a_usual_pain_that_is_raised_once_it_hurt_makes_up_for_no_session(clinic: Store):
    for days in (1, 3):
        trained(clinic, after(days), pain_before=6, pain_peak=7)
    about, entry = assess.profile(clinic, PERSON)
    raised = assess.keep_profile(clinic, PERSON, replace(about, usual_pain=6), after(3), by=BY, over=entry)
    assert ruled(clinic, 3) == "pain-limit"
    assert [assess.usual_pain(clinic, PERSON, after(days)) for days in (3, 16, 17)] == [1, 1, 6]
    assess.keep_profile(clinic, PERSON, replace(about, usual_pain=4), after(3), by=BY, over=raised)  # a slip of the pen
    assert [assess.usual_pain(clinic, PERSON, after(days)) for days in (3, 18)] == [1, 4]
