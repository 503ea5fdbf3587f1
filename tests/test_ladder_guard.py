# SPDX-License-Identifier: MIT
"""Ways to a higher rung than one should have, or past a stop: each is shut."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from laddering import DAY, PERSON, STANDING, after, asked, ready_person, session, trained
from stores import BY
from surefoot.care import falls
from surefoot.care.progression_values import Place
from surefoot.clinic import assess
from surefoot.clinic.ladder_deciding import clear, overrule, suggest
from surefoot.clinic.ladder_kept import progress
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
