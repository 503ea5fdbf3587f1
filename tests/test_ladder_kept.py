# SPDX-License-Identifier: MIT
"""Progression in a store: where somebody stands is the fold of what was decided; decisions are computed anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from laddering import DAY, PERSON, STANDING, after, asked, ready_person, session, trained
from stores import BY, SAMPLE, people_in
from surefoot.care import falls
from surefoot.care.progression_values import Place
from surefoot.clinic import assess
from surefoot.clinic import ladder_documents as documents
from surefoot.clinic.ladder_deciding import check_number, clear, decided, overrule, set_numbers, suggest
from surefoot.clinic.ladder_kept import all_tracks, person_of, progress
from surefoot.clinic.ladder_results import held_of
from surefoot.clinic.store import audit, entries
from surefoot.clinic.store.people import set_identity
from surefoot.clinic.store.values import STALE, Conflict, Store, StoreError
from surefoot.errors import ProtocolError

LEFT, RIGHT = ("standing", "left"), ("standing", "right")
EASIEST, NEXT = "two-hands/apart", "fingertips/apart"


@pytest.fixture
def clinic(store_here: Store) -> Store:
    ready_person(store_here)
    return store_here


def test_documents_come_back_as_they_went():
    one = replace(session(DAY, minutes=14 * 60 + 5, leg="left", exertion=4), task=STANDING.task("none/tandem/foam"))
    document = documents.training_document(STANDING, one, "helper", "typed", note="", held_s=[10.0, 10.0, 9.0])
    assert (document["task"], document["begun"], "note" in document) == ("none/tandem/foam", "14:05", False)
    assert documents.session_of(STANDING, document, DAY) == one
    bare = {
        "task": "none/apart",
        "leg": "",
        "succeeded": [True],
        "steadiness": [None],
        "flags": {},
        "ladder": "standing",
    }
    asked_nothing = documents.session_of(STANDING, bare, DAY)
    assert (asked_nothing.settled, asked_nothing.minutes, set(asked_nothing.flags.values())) == (
        "not asked",
        None,
        {"not asked"},
    )
    assert documents.thresholds_of(None) == documents.Thresholds()
    own = documents.Thresholds(
        {"all": {"not-yet": {"sessions": 3.0}}, "standing": {"not-yet": {"sessions": 4.0}}}, "march"
    )
    assert documents.thresholds_of(documents.thresholds_document(own, "tired")) == own
    assert own.of("standing")["not-yet"]["sessions"] == 4
    assert own.of("walking")["not-yet"]["sessions"] == 3


def test_a_person_is_placed_decided_and_led_up_and_the_fold_says_where(clinic: Store):
    first = suggest(clinic, PERSON, LEFT, DAY, by=BY)
    assert (first.document["outcome"], first.document["rule"]) == ("hold", "not-asked")
    assert suggest(clinic, PERSON, LEFT, DAY, by=BY).id == first.id  # nothing new, nothing kept
    placed, _ = entries.entries(clinic, PERSON, "decision")
    assert (placed.document["what"], placed.document["task"]) == ("placed", EASIEST)
    seen = [trained(clinic, after(1)), trained(clinic, after(3))]
    up = suggest(clinic, PERSON, LEFT, after(3), by=BY)
    assert (up.document["outcome"], up.document["target_s"]) == ("advance", 20)
    assert {one.id for one in seen} | {first.id} <= set(up.sources)
    kinds = {one.kind for one in entries.entries(clinic, PERSON) if one.id in up.sources}
    assert kinds == {"training", "decision", "profile", "safety", "falls"}
    found = progress(clinic, PERSON)
    assert (found.standings[LEFT].target_s, found.standings[LEFT].stepped) == (20, (after(3),))
    assert RIGHT not in found.standings
    right = suggest(clinic, PERSON, RIGHT, after(3), by=BY)
    assert right.document["outcome"] == "advance"  # both feet stood; each leg has its own standing


def test_a_voided_or_moved_session_computes_its_decisions_anew(clinic: Store):
    people_in(clinic, "P002")
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    first, second = trained(clinic, after(1)), trained(clinic, after(3))
    up = suggest(clinic, PERSON, LEFT, after(3), by=BY)
    later = suggest(clinic, PERSON, LEFT, after(4), by=BY)
    made = entries.void(clinic, second.id, by=BY, reason="the neighbour's session")
    anew = {one.replaces: one for one in made}
    assert set(anew) == {up.id, later.id}
    assert (anew[up.id].document["outcome"], anew[up.id].document["rule"]) == ("hold", "not-yet")
    standing = progress(clinic, PERSON).standings[LEFT]
    assert (standing.target_s, standing.stepped) == (10, ())
    moved, *rest = entries.move(clinic, first.id, "P002", by=BY, reason="typed under the wrong code")
    assert moved.person == "P002"
    assert progress(clinic, PERSON).last(LEFT).document["rule"] == "not-asked"  # type: ignore[union-attr]
    assert not [one for one in rest if one.state == STALE]


def test_an_override_is_kept_with_what_the_rules_said_audited_and_outlives_a_voided_session(clinic: Store):
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    one = trained(clinic, after(1))
    to = Place(STANDING.task("none/tandem"), 10)
    asked(clinic, after(2))
    made = overrule(clinic, PERSON, LEFT, to, after(2), by=BY, reason="did it in the clinic")
    assert (made.document["rule"], made.document["inputs"]["rule"], made.document["by"]) == ("override", "not-yet", BY)
    assert progress(clinic, PERSON).standings[LEFT].task == to.task
    assert any(row.action == "override" and made.id in row.what for row in audit.log(clinic, PERSON))
    (anew,) = entries.void(clinic, one.id, by=BY, reason="not theirs")
    assert (anew.document["rule"], anew.document["task"], anew.document["inputs"]["rule"]) == (
        "override",
        "none/tandem",
        "not-asked",
    )
    with pytest.raises(ProtocolError, match="who decided and why"):
        overrule(clinic, PERSON, LEFT, to, after(2), by=BY, reason=" ")
    place = overrule(clinic, PERSON, ("walking", ""), Place((0, 0, 0, 0)), after(2), by=BY, reason="walks well")
    assert (place.document["what"], place.document["by"]) == ("placed", BY)
    with pytest.raises(ProtocolError, match="begin with"):
        overrule(clinic, PERSON, ("dynamic", ""), None, after(2), by=BY, reason="x")


def test_a_fall_stops_all_ladders_until_a_clinician_has_seen_the_person(clinic: Store):
    for track in all_tracks():
        suggest(clinic, PERSON, track, DAY, by=BY)
    trained(clinic, after(1), flags={**session(DAY).flags, "fall": "not fine"})
    stop = suggest(clinic, PERSON, ("walking", ""), after(1), by=BY)
    assert (stop.document["outcome"], stop.document["rule"]) == ("stop", "red-flag")
    set_numbers(clinic, PERSON, "all", {}, after(1), by=BY, why="while locked", fallback="seated marching")
    found = progress(clinic, PERSON)
    assert found.locked == stop.document["words"]
    assert all(one.locked for one in found.standings.values())
    assert person_of(clinic, found, LEFT, after(1)).fallback == "seated marching"
    assert suggest(clinic, PERSON, LEFT, after(2), by=BY).document["rule"] == "locked"
    with pytest.raises(ProtocolError, match="ladder clear"):
        overrule(clinic, PERSON, LEFT, Place((0,) * 6, 10), after(2), by=BY, reason="fine")
    for wrong in (("", "well"), ("PT7", " ")):
        with pytest.raises(ProtocolError, match="named clinician"):
            clear(clinic, PERSON, after(2), by=BY, clinician=wrong[0], found=wrong[1])
    opened = clear(clinic, PERSON, after(2), by=BY, clinician="PT7", found="no injury")
    assert any(row.action == "override" and opened.id in row.what for row in audit.log(clinic, PERSON))
    assert not progress(clinic, PERSON).locked
    with pytest.raises(ProtocolError, match="isn't locked"):
        clear(clinic, PERSON, after(2), by=BY, clinician="PT7", found="again")
    trained(clinic, after(3))
    trained(clinic, after(5))
    assert suggest(clinic, PERSON, LEFT, after(5), by=BY).document["rule"] == "fall-recent"


def test_what_rested_on_a_fall_that_was_another_persons_is_computed_anew(clinic: Store):
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    fell = trained(clinic, after(1), flags={**session(DAY).flags, "fall": "not fine"})
    suggest(clinic, PERSON, LEFT, after(1), by=BY)
    clear(clinic, PERSON, after(1), by=BY, clinician="PT7", found="no injury")
    made = entries.void(clinic, fell.id, by=BY, reason="the neighbour's")
    assert {one.document.get("outcome", one.document["what"]) for one in made} == {"hold", "opened"}
    assert not progress(clinic, PERSON).locked
    (first,) = [one for one in entries.entries(clinic, PERSON, "decision") if one.document["what"] == "placed"]
    stays = entries.void(clinic, first.id, by=BY, reason="placed by mistake")
    assert all(one.state == STALE or one.document["what"] == "opened" for one in stays)
    assert any("place them again" in one.reason for one in stays)
    assert not progress(clinic, PERSON).standings


def test_a_fall_on_the_calendar_stops_too(clinic: Store):
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    trained(clinic, after(1))
    told = falls.Month(DAY.replace(day=1), after(6), (falls.Fall(after(5)),))
    assess.keep_month(clinic, PERSON, told, after(6), by=BY)
    assert suggest(clinic, PERSON, LEFT, after(6), by=BY).document["rule"] == "red-flag"


def test_what_the_safety_profile_leaves_open_bars_and_age_limits_one_leg(clinic: Store):
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    found = progress(clinic, PERSON)
    assert person_of(clinic, found, LEFT, DAY).single_leg_s == 21.5
    assert person_of(clinic, found, LEFT, DAY, clinic=True).company == "clinic"
    people_in(clinic, "P009")
    nothing = suggest(clinic, "P009", LEFT, DAY, by=BY).document
    assert (nothing["outcome"], nothing["rule"]) == ("hold", "not-asked")
    trained(clinic, after(1))
    missing = suggest(clinic, PERSON, LEFT, after(2), by=BY).document["inputs"]["missing"]
    assert missing == ["new_symptoms"]  # it is asked each day anew
    asked(clinic, after(2), new_symptoms="not fine")
    assert suggest(clinic, PERSON, LEFT, after(2), by=BY).document["rule"] == "closed"
    made = overrule(clinic, PERSON, LEFT, Place((0,) * 6, 10), after(2), by=BY, reason="hay fever")
    assert made.document["inputs"]["rule"] == "closed"
    assert person_of(clinic, progress(clinic, "P009"), LEFT, DAY).single_leg_s is None


def test_a_task_trained_at_the_clinic_is_decided_on_by_the_company_there(clinic: Store):
    task = "none/single-leg/closed"
    overrule(clinic, PERSON, LEFT, Place(STANDING.task(task), 10), DAY, by=BY, reason="very able")
    assert decided(clinic, progress(clinic, PERSON), LEFT, DAY).rule == "barred"
    for days in (1, 3):
        trained(clinic, after(days), task, "clinic", leg="left")
    assert decided(clinic, progress(clinic, PERSON), LEFT, after(3)).outcome == "advance"


def test_an_override_that_the_audit_log_cannot_take_is_not_kept(clinic: Store):
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    before, reason = entries.entries(clinic, PERSON), "so " * 700
    with pytest.raises(StoreError):
        overrule(clinic, PERSON, LEFT, Place(STANDING.task("none/apart"), 10.0), DAY, by=BY, reason=reason)
    numbers = {"unsteady": {"median_at_most": 1.0}}
    with pytest.raises(StoreError):
        set_numbers(clinic, PERSON, "standing", numbers, DAY, by=BY, why=reason)
    assert entries.entries(clinic, PERSON) == before


def test_an_override_that_names_the_person_is_not_kept(clinic: Store):
    set_identity(clinic, PERSON, SAMPLE, by=BY)
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    before, to = entries.entries(clinic, PERSON), Place(STANDING.task("none/apart"), 10.0)
    with pytest.raises(StoreError, match="must not name them"):
        overrule(clinic, PERSON, LEFT, to, DAY, by=BY, reason="Zoë stood it well")
    with pytest.raises(StoreError, match="must not name them"):
        set_numbers(clinic, PERSON, "all", {"pain-limit": {"peak": 4}}, DAY, by=BY, why="Zoë fears pain")
    assert entries.entries(clinic, PERSON) == before


def test_own_numbers_are_kept_with_why_and_those_that_cannot_be_are_refused(clinic: Store):
    set_numbers(clinic, PERSON, "standing", {"not-yet": {"sessions": 3}}, DAY, by=BY, why="tires easily")
    set_numbers(clinic, PERSON, "all", {"pain-limit": {"peak": 4}}, DAY, by=BY, why="fears pain")
    found = progress(clinic, PERSON).thresholds
    assert found.of("standing") == {"not-yet": {"sessions": 3}, "pain-limit": {"peak": 4}}
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    trained(clinic, after(1))
    trained(clinic, after(3))
    assert suggest(clinic, PERSON, LEFT, after(3), by=BY).document["rule"] == "not-yet"
    set_numbers(clinic, PERSON, "standing", {"not-yet": {"sessions": None}}, after(3), by=BY, why="better")
    assert suggest(clinic, PERSON, LEFT, after(3), by=BY).document["outcome"] == "advance"
    history = entries.entries(clinic, PERSON, "thresholds", every=True)
    assert [one.document["why"] for one in history] == ["tires easily", "fears pain", "better"]
    for rule, name, value, wanted in (
        ("locked", "days", 1, "no numbers"),
        ("not-yet", "weeks", 1, "choose one of sessions"),
        ("not-yet", "sessions", 0, "1 to 1000"),
        ("pain-limit", "peak", 11, "0 to 10"),
        ("unsteady", "median_at_most", 6, "1 to 5"),
    ):
        with pytest.raises(ProtocolError, match=wanted):
            check_number(rule, name, value)
    with pytest.raises(ProtocolError, match="--why"):
        set_numbers(clinic, PERSON, "all", {}, DAY, by=BY, why=" ")


def test_two_stations_do_not_decide_at_once(clinic: Store, monkeypatch: pytest.MonkeyPatch):
    suggest(clinic, PERSON, LEFT, DAY, by=BY)
    stood = progress(clinic, PERSON)
    trained(clinic, after(1))
    trained(clinic, after(3))
    suggest(clinic, PERSON, LEFT, after(3), by=BY)
    monkeypatch.setattr("surefoot.clinic.ladder_deciding.progress", lambda *_: stood)
    with pytest.raises(Conflict, match="another station"):
        suggest(clinic, PERSON, LEFT, after(3), by="T2")


def test_tests_on_file_say_where_a_person_begins(clinic: Store):
    trials = [
        {"condition": "side-by-side", "held_s": 10.0}, {"condition": "semi-tandem", "held_s": 10.0, "leg": "left"},
        {"condition": "semi-tandem", "held_s": 4.0, "leg": "right"}, {"condition": "nothing", "held_s": 30.0},
        {"condition": "tandem", "held_s": 10.0, "practice": True, "leg": "left"},
    ]  # fmt: skip
    document = {
        "format": 1, "kind": "surefoot-result", "session": "s1", "person": PERSON, "protocol": {"id": "steadi-4-stage"},
        "created_utc": "2026-11-01T10:00:00Z", "trials": trials, "score": {}, "versions": {},
    }  # fmt: skip
    result = entries.put(clinic, PERSON, "result", DAY, document, by=BY)
    held, ids = held_of((result,), STANDING, "left", DAY, 90)
    assert {STANDING.name(task): seconds for task, seconds in held.items()} == {
        "none/together": 10,
        "none/semi-tandem": 10,
    }
    assert ids == (result.id,)
    assert held_of((result,), STANDING, "left", after(-1), 90) == ({}, ())
    one_leg = {"condition": "single-leg", "held_s": 10.0, "leg": "left"}
    whole = replace(result, document={**document, "trials": [one_leg]})
    assert held_of((whole,), STANDING, "left", DAY, 90)[0] == {STANDING.task("none/single-leg"): 10}
    caught = replace(whole, document={**whole.document, "circumstances": {"assistance": "minimal"}})
    assert held_of((caught,), STANDING, "left", DAY, 90) == ({}, ())
    places = {}
    for track in (LEFT, RIGHT):
        suggest(clinic, PERSON, track, DAY, by=BY)
        places[track] = STANDING.name(progress(clinic, PERSON).standings[track].task)
    assert places == {LEFT: "none/together", RIGHT: "none/apart"}
    entries.void(clinic, result.id, by=BY, reason="another's test")
    assert STANDING.name(progress(clinic, PERSON).standings[LEFT].task) == EASIEST
