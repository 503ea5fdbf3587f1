# SPDX-License-Identifier: MIT
"""Plans: exercises as data, items by FITT, documents, what speaks against an item, what a page for home may show."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessing import all_fine
from surefoot.care import safety
from surefoot.care.exercises import exercise, exercises, load_exercises
from surefoot.care.file_schema import check_schema, schema_of
from surefoot.care.ladder import SETTINGS, ladder_names
from surefoot.care.plan import (
    COMPANY,
    LIMITS,
    MOST_ITEMS,
    Despite,
    Item,
    Plan,
    added,
    both_sides,
    changed,
    dropped,
    exercise_item,
    ladder_of,
    plan_document,
    plan_of,
    setting_of,
    task_item,
    task_of,
    title_of,
    type_of,
)
from surefoot.care.plan_check import COMPANY as NO_COMPANY
from surefoot.care.plan_check import HIGHER, LOCKED, Rung, against, at_home, lasting, needed, refusal
from surefoot.care.progression_values import NOT_ASKED, NOT_FINE
from surefoot.care.safety_values import Blocks, SafetyProfile
from surefoot.errors import ProtocolError
from surefoot.resources import data_dir

DAY = date(2026, 3, 2)
FREE = Blocks()
STANDING = ladder_of("standing")
EVERY = [
    *(exercise_item(name, DAY) for name in exercises()),
    *(
        task_item(name, ladder_of(name).name(task), DAY)
        for name in ladder_names()
        for task in itertools.product(*(range(len(axis.levels)) for axis in ladder_of(name).axes))
    ),
]


def blocks(day: date = DAY, **states: str) -> Blocks:
    """Everything fine, but for these."""
    return safety.blocks(all_fine(DAY, states), day)


def task(name: str, **told: Any) -> Item:
    return task_item("standing", name, DAY, **told)


# ---- Exercises as data


def test_the_shipped_exercises_are_as_their_schema_has_them():
    found = load_exercises()
    assert 15 <= len(found) <= 25
    for one in found.values():
        assert one.certainty in ("R", "D"), "a dose that was read in its source needs a second look here"
        assert (one.certainty == "D") == (one.source == "ours")
        assert not any(word in " ".join(one.does) for word in ("prescri", "diagnos"))
        assert one.setting != "clinic"
        assert ("somebody beside you" in " ".join(one.needs)) == (one.setting == "helper")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "heel-raises"', 'id = "sit-to-stand"', "two exercises are called 'sit-to-stand'"),
        ('"base/single-leg"', '"base/no-leg"', "'base/no-leg', which there isn't"),
        ('["walk-4m"]', '["walk-5m"]', "'walk-5m', which there isn't"),
        ('setting = "corner"', 'setting = "garden"', "one of home, corner, helper, clinic"),
        ("reps = 10 }", "reps = 0 }", "at least 1"),
        ("format = 1", "format = 2", "upgrade Surefoot"),
    ],
)
def test_a_mistake_in_the_file_is_a_sentence(tmp_path: Path, old: str, new: str, says: str):
    text = (data_dir("protocols") / "exercises" / "exercises.toml").read_text()
    path = tmp_path / "exercises.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ProtocolError, match=says):
        load_exercises(path)


def test_an_unknown_exercise_names_those_there_are():
    with pytest.raises(ProtocolError, match="no exercise 'dance': choose one of sit-to-stand"):
        exercise("dance")


# ---- Items and plans


def test_a_task_begins_with_the_dose_of_its_ladder_and_takes_what_is_told():
    one = task("none/together")
    assert (one.days_per_week, one.sets, one.hold_s, one.steadiness, one.leg) == (3, 3, 10, 3, None)
    assert task("none/together", days_per_week=5, hold_s=20.0).hold_s == 20
    assert task_item("walking", "10-min/pavement", DAY).days_per_week == 2
    assert exercise_item("sit-to-stand", DAY, reps=6).reps == 6


def test_titles_leave_out_what_goes_without_saying():
    assert title_of(task("none/together")) == "Stand without holding on, with the feet together"
    assert title_of(task("none/apart/closed")).endswith("eyes closed")
    assert title_of(task_item("dynamic", "weight-shift", DAY)).startswith("Shift your weight")
    assert title_of(exercise_item("walk", DAY)) == "Go for a walk"
    assert type_of(task("none/apart")) == "balance"
    assert type_of(task_item("strength", "both-hands", DAY)) == "strength"
    assert type_of(exercise_item("calf-stretch", DAY)) == "stretching"


def test_one_leg_or_both_by_turns():
    assert both_sides(task("none/single-leg"))
    assert not both_sides(task("none/single-leg", leg="left"))
    assert not both_sides(task("none/apart"))
    assert both_sides(exercise_item("knee-curl", DAY))
    for make in (lambda: task("none/apart", leg="left"), lambda: exercise_item("sit-to-stand", DAY, "left")):
        with pytest.raises(ProtocolError, match="leave out the leg"):
            make()
    with pytest.raises(ProtocolError, match="no leg 'third'"):
        task("none/single-leg", leg="third")


@pytest.mark.parametrize(("name", "limits"), LIMITS.items())
def test_numbers_that_cannot_be_are_refused(name: str, limits: tuple[float, float]):
    for value in (limits[0] - 1, limits[1] + 1):
        with pytest.raises(ProtocolError, match=name.replace("_", " ")):
            exercise_item("walk", DAY, None, **{name: value})


def test_the_same_thing_keeps_its_id_and_is_planned_once():
    first, again = task("none/tandem", leg="left"), task("none/tandem", leg="left", hold_s=30.0)
    assert first.id == again.id
    assert len({one.id for one in EVERY}) == len(EVERY)
    assert task("none/tandem", leg="right").id != first.id
    with pytest.raises(ProtocolError, match="in the plan already"):
        added(added(Plan(), first), again)


def test_items_are_changed_and_dropped_by_id_or_name():
    plan = added(added(Plan(), exercise_item("walk", DAY)), task("none/tandem", leg="left"))
    longer = changed(plan, "walk", minutes=20.0)
    assert longer.item("walk").minutes == 20
    assert longer.item("walk").days_per_week == plan.item("walk").days_per_week
    assert [one.what for one in dropped(plan, plan.items[0].id).items] == ["none/tandem"]
    with pytest.raises(ProtocolError, match=r"no 'dance' in this plan: it has .*walk"):
        dropped(plan, "dance")
    with pytest.raises(ProtocolError, match="empty"):
        Plan().item("walk")
    both = added(plan, task("none/tandem", leg="right"))
    with pytest.raises(ProtocolError, match="more than once"):
        both.item("none/tandem")


def test_a_plan_has_an_end():
    plan = Plan(tuple(EVERY[:MOST_ITEMS]))
    with pytest.raises(ProtocolError, match="nobody does more"):
        added(plan, EVERY[MOST_ITEMS])


def test_documents_go_there_and_back():
    rules = schema_of("clinic/plan.schema.json")
    kept = replace(task("none/tandem", leg="left", note="slowly"), despite=Despite("seen today", "T1", DAY, {"a": "b"}))
    plan = Plan((*EVERY[:10], kept, exercise_item("walk", DAY, exertion=0)), "corner", "Ms Novak", "Well done.")
    document = json.loads(json.dumps(plan_document(plan)))
    check_schema(document, rules, Path("plan"))
    assert plan_of(document) == plan
    assert plan_of(plan_document(Plan())) == Plan()


# ---- What speaks against an item


def answers(item: Item, found: Blocks, company: str = "corner") -> set[str]:
    """The safety answers that speak against an item."""
    words = against(item, found, {}, company)
    return {one.block.answer for one in found.reasons if one.block.id in words}


def test_nothing_speaks_against_what_is_free():
    assert against(exercise_item("sit-to-stand", DAY), blocks(), {}, "home") == {}
    assert against(task("none/together"), blocks(), {}, "home") == {}


def test_a_level_the_safety_profile_bars_is_refused_with_its_reason():
    found = blocks(vision=NOT_FINE)
    assert answers(task("none/apart/foam"), found) == {"vision"}
    assert "Lifted by" in " ".join(against(task("none/apart/foam"), found, {}, "corner").values())
    assert against(task("none/together"), found, {}, "corner") == {}


def test_a_barred_leg_bars_tasks_and_exercises_that_load_it():
    left = blocks(weight_bearing_left=NOT_FINE)
    assert "weight_bearing_left" in answers(task("none/single-leg", leg="left"), left)
    assert against(task("none/single-leg", leg="right"), left, {}, "corner") == {}
    assert "weight_bearing_left" in answers(task("none/single-leg"), left)
    assert "weight_bearing_left" in answers(exercise_item("knee-curl", DAY, "right"), left)
    assert "weight_bearing_left" not in answers(exercise_item("knee-curl", DAY, "left"), left)


def test_an_exercise_is_barred_by_tests_like_it_but_not_by_what_bars_measuring():
    assert "walks_alone" in answers(exercise_item("walk", DAY), blocks(walks_alone=NOT_FINE))
    assert "rises_alone" not in answers(exercise_item("sit-to-stand", DAY), blocks(rises_alone=NOT_FINE))
    assert against(exercise_item("sit-to-stand", DAY), blocks(consent_measure=NOT_FINE), {}, "home") == {}
    assert "consent_train" in answers(exercise_item("seated-marching", DAY), blocks(consent_train=NOT_FINE))


def test_todays_symptoms_bar_when_they_are_there_and_not_when_they_were_asked_yesterday():
    tomorrow = DAY + timedelta(days=1)
    item = exercise_item("sit-to-stand", DAY)
    assert against(item, blocks(tomorrow), {}, "home") == {}
    assert "new_symptoms" in answers(item, blocks(new_symptoms=NOT_FINE))
    assert lasting(blocks(tomorrow)) == FREE


def test_company_that_is_not_there():
    words = against(exercise_item("backward-walk", DAY), FREE, {}, "corner")
    assert "this needs another adult" in words[NO_COMPANY]
    words = against(exercise_item("seated-marching", DAY), blocks(instructions=NOT_FINE), {}, "corner")
    assert "for this person that needs another adult" in words[NO_COMPANY]
    assert NO_COMPANY in against(exercise_item("backward-walk", DAY), blocks(helper=NOT_FINE), {}, "helper")
    assert against(exercise_item("backward-walk", DAY), FREE, {}, "helper") == {}


def test_a_refusal_names_what_was_not_asked_and_says_what_is_not_fine():
    found = safety.blocks(SafetyProfile(), DAY)
    said = refusal(against(exercise_item("walk", DAY), found, {}, "home"), found, "P001")
    assert "Not asked: " in said
    assert "walks_alone" in said
    assert "`surefoot assess safety --person P001`" in said
    assert len(said) < 400


def rungs(name: str, leg: str = "", **told: Any) -> dict[tuple[str, str], Rung]:
    return {("standing", leg): Rung(STANDING.task(name), **told)}


def test_the_ladder_holds_back_what_is_harder_on_any_axis():
    at = rungs("none/together")
    assert against(task("none/together"), FREE, at, "corner") == {}
    assert against(task("none/apart"), FREE, at, "corner") == {}
    assert HIGHER in against(task("none/tandem"), FREE, at, "corner")
    assert HIGHER in against(task("none/apart/closed"), FREE, at, "corner")
    assert against(exercise_item("walk", DAY), FREE, at, "corner") == {}


def test_each_leg_has_its_own_rung_and_both_by_turns_take_the_lower():
    at = rungs("none/single-leg", "left") | rungs("none/tandem", "right")
    assert against(task("none/single-leg", leg="left"), FREE, at, "corner") == {}
    assert HIGHER in against(task("none/single-leg", leg="right"), FREE, at, "corner")
    assert HIGHER in against(task("none/single-leg"), FREE, at, "corner")
    assert HIGHER in against(task("none/single-leg", leg="left"), FREE, rungs("none/tandem"), "corner")


def test_a_lock_bars_everything():
    at = rungs("none/single-leg", locked="A fall was reported.")
    for item in (task("none/apart"), exercise_item("walk", DAY), task_item("walking", "5-min", DAY)):
        assert "A fall was reported." in against(item, FREE, at, "helper")[LOCKED]


def test_no_override_shows_what_a_lock_withholds():
    at, free = rungs("none/single-leg", locked="A fall was reported."), rungs("none/single-leg")
    item = replace(task("none/apart"), despite=Despite("seen", "T1", DAY, {LOCKED: "a fall"}))
    assert at_home(Plan((item,)), FREE, at).withheld
    assert at_home(Plan((item,)), FREE, free).alone == (item,)


def test_a_first_time_is_with_somebody_beside():
    at = rungs("none/apart/closed", supervised=True)
    item = task("none/apart/closed")
    assert needed(item, FREE, at) == "helper"
    assert needed(task("none/apart"), FREE, at) == "home"
    assert NO_COMPANY in against(item, FREE, at, "corner")
    assert at_home(Plan((item,), "helper"), FREE, at).together == (item,)


# ---- What a page for home shows

REASONS = st.sampled_from(safety.blocks(SafetyProfile(), DAY).reasons)


def overridden(item: Item, found: Blocks, company: str) -> Item:
    words = against(item, found, {}, company)
    return replace(item, despite=Despite("as agreed", "T1", DAY, words)) if words else item


@given(
    st.lists(st.sampled_from(EVERY), min_size=1, max_size=6, unique_by=lambda one: one.id),
    st.sampled_from(COMPANY),
    st.frozensets(REASONS, max_size=4),
    st.booleans(),
)
@settings(max_examples=70, deadline=None)
def test_alone_at_home_nothing_needs_a_helper_or_a_clinic(
    items: list[Item], company: str, reasons: Any, override: bool
):
    found = Blocks(tuple(reasons))
    planned = tuple(overridden(one, found, company) if override else one for one in items)
    shown = at_home(Plan(planned, company), found, {})
    for item in shown.alone:
        assert setting_of(item) in ("home", "corner")
        assert SETTINGS.index(setting_of(item)) <= SETTINGS.index(company)
    for item in shown.together:
        assert company == "helper"
        assert setting_of(item) != "clinic"
    everything = [*shown.alone, *shown.together, *(item for item, _ in shown.withheld)]
    assert sorted(one.id for one in everything) == sorted(one.id for one in planned)
    assert all(words for _, words in shown.withheld)


@given(st.sampled_from(EVERY), st.frozensets(REASONS, max_size=5), REASONS)
@settings(max_examples=50, deadline=None)
def test_one_more_reason_never_shows_more(item: Item, reasons: Any, more: Any):
    before = at_home(Plan((item,), "helper"), Blocks(tuple(reasons)), {})
    after = at_home(Plan((item,), "helper"), Blocks((*reasons, more)), {})
    assert set(after.alone) <= set(before.alone)
    assert set(after.alone) | set(after.together) <= set(before.alone) | set(before.together)


def test_what_was_overridden_is_shown_and_what_came_since_is_not():
    item = overridden(exercise_item("walk", DAY), blocks(walks_alone=NOT_ASKED), "home")
    assert at_home(Plan((item,)), blocks(walks_alone=NOT_FINE), {}).alone == (item,)
    later = at_home(Plan((item,)), blocks(walks_alone=NOT_FINE, heart_event=NOT_FINE), {})
    assert "heart attack" in " ".join(later.withheld[0][1].values())


def test_every_task_and_exercise_has_a_place():
    for item in EVERY:
        assert setting_of(item) in SETTINGS
        if item.kind == "task":
            ladder, levels = task_of(item)
            assert ladder.name(levels) == item.what
