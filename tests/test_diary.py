# SPDX-License-Identifier: MIT
"""A week's diary: what is told and what isn't, a line a day, all ways merged, kept in the store and read by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import laddering
from homing import FIRST, IDS, ITEMS, TITLES, TODAY, at_home, day, told
from stores import BY, people_in
from surefoot.care import adherence
from surefoot.care.assessment import Profile
from surefoot.care.diary import FIELDS, NAMES, PRINTED, Day, Diary, checked, day_words, diary_document, diary_of
from surefoot.care.diary_line import example, legend, parsed
from surefoot.care.diary_week import Report, merged, settled, summary, week_begins
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE
from surefoot.clinic import assess, diary, ladder_kept, plan_told, visits
from surefoot.clinic.diary_told import falls_days, home
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Store, StoreError
from surefoot.errors import RecordingError

DAY = date(2026, 12, 7)
LIMITED = {one.name: st.none() | st.integers(one.least, one.most) for one in FIELDS}
DAYS = st.builds(
    Day,
    st.integers(0, 6).map(lambda n: DAY + timedelta(days=n)),
    st.dictionaries(st.sampled_from(IDS), st.booleans()),
    note=st.sampled_from(("", "wet", "went well")),
    **LIMITED,
)
REPORTS = st.lists(st.builds(Report, DAYS, st.sampled_from(("a", "b")), st.sampled_from(("1", "2", "3"))), max_size=6)


def test_a_line_is_read_in_the_order_of_the_page():
    found = parsed("11.0 2 3 2 0 0 knee  was stiff", DAY, IDS)
    assert found == Day(DAY, {IDS[0]: True, IDS[1]: True, IDS[3]: False}, 2, 3, 2, 0, 0, "knee was stiff")
    assert parsed(".... . 10", DAY, IDS) == Day(DAY, pain_after=10)
    assert parsed("  ", DAY, IDS) == Day(DAY)
    assert not parsed("....", DAY, IDS).told
    assert parsed("4", DAY, ()) == Day(DAY, pain_before=4)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("111 2", "isn't 4 signs"),
        ("11x0 2", "isn't 4 signs"),
        ("1111 11", "Pain before is '11': type 0 to 10"),
        ("1111 1 -", "Pain after is '-'"),
        ("1111 1 1 6", "How steady is '6': type 1 to 5"),
        ("1111 1 1 2 two", "Falls is 'two'"),
        ("1111 1 1 2 0 knee", "Nearly fell is 'knee'"),
        ("1111 1 1 2 ٣", "Falls is '٣'"),
        ("1111 1 1 2 0 0 " + "x" * 501, "501 letters"),
    ],
)
def test_what_is_not_understood_is_said(line: str, words: str):
    with pytest.raises(RecordingError, match=words):
        parsed(line, DAY, IDS)


def test_the_example_is_a_line_and_the_legend_has_it():
    for count in (0, 1, 4, 12):
        ids = tuple(f"{n:08x}" for n in range(count))
        assert parsed(example(ids), DAY, ids).note == "knee was stiff"
        assert example(ids) in "".join(legend(ids))


@given(DAYS)
@settings(max_examples=40, deadline=None)
def test_a_document_keeps_what_was_told_and_nothing_else(one: Day):
    whole = Diary(DAY, PRINTED, TITLES, (one,))
    assert diary_of(diary_document(whole)) == whole
    (row,) = diary_document(whole)["days"]
    assert set(row) - {"day", "done", "note"} == {name for name in NAMES if getattr(one, name) is not None}


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((), "Nothing is told"),
        ((Day(DAY),), "Nothing is told"),
        ((Day(DAY - timedelta(days=1), falls=0),), "isn't a day of the week"),
        ((Day(DAY, falls=0), Day(DAY, falls=1)), "told twice"),
        ((Day(DAY + timedelta(days=3), falls=0),), "has not been yet"),
        ((Day(DAY, pain_before=11),), "goes from 0 to 10"),
        ((Day(DAY, steadiness=True),), "whole numbers"),
        ((Day(DAY, {"ffffffff": True}),), "isn't among"),
        ((Day(DAY, note="x" * 501),), "501 letters"),
    ],
)
def test_what_cannot_be_is_not_taken(days: tuple[Day, ...], words: str):
    with pytest.raises(RecordingError, match=words):
        checked(Diary(DAY, PRINTED, TITLES, days), DAY + timedelta(days=2))


def test_untold_days_to_come_are_left_out():
    days = (Day(DAY, falls=0), Day(DAY + timedelta(days=6)))
    assert checked(Diary(DAY, PRINTED, TITLES, days), DAY).days == days[:1]


def test_a_day_in_words_says_what_was_not_told():
    words = day_words(Day(DAY, {IDS[0]: True, IDS[1]: False}, pain_after=3, note="wet"), TITLES)
    assert "done thing 1; not done thing 2; not told thing 3, thing 4" in words
    assert "pain before not told; pain after 3" in words
    assert "“wet”" in words
    assert day_words(Day(DAY), TITLES) == "Mon 2026-12-07: not told"


@given(REPORTS)
@settings(max_examples=40, deadline=None)
def test_merging_never_makes_up_what_nobody_told(reports: list[Report]):
    for seen in merged(reports, DAY):
        own = [one.day for one in reports if one.day.on == seen.day.on]
        for item, done in seen.day.done.items():
            assert done in {one.done[item] for one in own if item in one.done}
        for name in NAMES:
            assert getattr(seen.day, name) in ({getattr(one, name) for one in own} or {None})
            untold = all(getattr(one, name) is None for one in own)
            assert untold == (getattr(seen.day, name) is None)
        assert set(seen.day.done) == {item for one in own for item in one.done}
        assert seen.day.told == any(one.told for one in own)


@given(REPORTS)
@settings(max_examples=40, deadline=None)
def test_unreported_is_never_counted_as_not_done(reports: list[Report]):
    items = tuple(replace(one, since=DAY) for one in ITEMS)
    words = [
        adherence.Told(one.day.on, item, done) for one in merged(reports, DAY) for item, done in one.day.done.items()
    ]
    found = adherence.week(items, words, DAY + timedelta(days=6))
    silent = {item.id for item in items} - {one.item for one in words}
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.high
    assert all(of.most == of.prescribed for of in found.items if of.item in silent)


def test_told_twice_both_are_named_and_the_newest_is_shown():
    reports = [
        Report(Day(DAY, {IDS[0]: True}, 2, note="wet"), "own page", "2"),
        Report(Day(DAY, {IDS[0]: False}, 2, 5, note="dry"), "printed diary", "1"),
    ]
    one, *others = merged(reports, DAY, TITLES)
    assert one.day == Day(DAY, {IDS[0]: True}, 2, 5, note="dry / wet")
    assert one.ways == ("printed diary", "own page")
    assert one.twice == ("thing 1: done by own page is the newest; before: not done by printed diary.",)
    assert all(not seen.day.told and not seen.ways for seen in others)
    assert summary((one, *others)) == "1 of 7 days told."
    assert summary(others) == "This week: not told."


def test_the_morning_after_is_the_pain_before_the_next_training():
    seen = merged([Report(Day(DAY + timedelta(days=1), pain_before=3), "a", "1")], DAY)
    assert settled(seen, 3)[DAY] == FINE
    assert settled(seen, 2)[DAY] == NOT_FINE
    assert settled(seen, None)[DAY] == NOT_ASKED
    assert settled(seen, 3)[DAY + timedelta(days=1)] == NOT_ASKED
    assert week_begins(date(2026, 12, 13)) == DAY


def test_a_kept_diary_tells_adherence_and_data_days(store_here: Store):
    at_home(store_here)
    told(store_here, day(0, done={IDS[2]: True, IDS[3]: False}), day(1, falls=0), day(2, done={}))
    found = adherence.week(ITEMS, plan_told.told(store_here, "P001", ITEMS), TODAY)
    assert found.unreported == 6  # a day whose falls alone were told says nothing of the plan
    by_id = {one.item: one for one in found.items}
    assert (by_id[IDS[2]].done, by_id[IDS[3]].done, by_id[IDS[3]].told) == (1, 0, 1)
    assert visits.data_days(entries.entries(store_here, "P001", "diary")) == (FIRST, FIRST + timedelta(days=1))


def test_a_week_told_before_is_kept_beside_and_said(store_here: Store):
    at_home(store_here)
    told(store_here, day(0, pain_before=1))
    whole = Diary(FIRST, PRINTED, TITLES, (day(0, pain_before=4), day(1, falls=0)))
    _, said = diary.keep(store_here, "P001", whole, TODAY, by=BY)
    assert len(said) == 1
    assert f"{FIRST}: told before too. Both are kept, and the newest is shown." in said[0]
    assert len(entries.entries(store_here, "P001", "diary")) == 2
    one = home(store_here, "P001").week(FIRST)[0]
    assert one.day.pain_before == 4
    assert one.twice == ("Pain before: 4 by printed diary is the newest; before: 1 by printed diary.",)


def test_a_fall_in_a_diary_stops_the_ladder(store_here: Store):
    laddering.ready_person(store_here, on=FIRST)
    laddering.trained(store_here, FIRST)
    track = ("standing", "")
    from surefoot.clinic.ladder_deciding import suggest

    assert suggest(store_here, "P001", track, TODAY, by=BY).document.get("rule") != "red-flag"
    _, said = diary.keep(store_here, "P001", Diary(FIRST, PRINTED, {}, (day(2, falls=1),)), TODAY, by=BY)
    assert "surefoot assess falls" in said[-1]
    assert falls_days(store_here, "P001") == (FIRST + timedelta(days=2),)
    decision = suggest(store_here, "P001", track, TODAY, by=BY)
    assert (decision.document["outcome"], decision.document["rule"]) == ("stop", "red-flag")
    kinds = {entries.one(store_here, one).kind for one in decision.sources}
    assert "diary" in kinds
    told(store_here, day(2, falls=0))
    assert falls_days(store_here, "P001")  # taking it back is a void with a reason, not a second diary


@pytest.mark.parametrize(("usual", "state"), [(3, FINE), (1, NOT_FINE), (None, NOT_ASKED)])
def test_the_pain_of_the_next_day_tells_the_morning_after_training(store_here: Store, usual: int | None, state: str):
    people_in(store_here, "P001")
    assess.keep_profile(store_here, "P001", Profile(usual_pain=usual), FIRST, by=BY)
    one = laddering.session(FIRST, settled=NOT_ASKED)
    document = laddering.training_document(laddering.STANDING, one, "home", "typed")
    entries.put(store_here, "P001", "training", FIRST, document, by=BY)
    told(store_here, day(1, pain_before=2), day(3, pain_before=9))
    (trained,) = ladder_kept.progress(store_here, "P001").trained
    assert trained.session.settled == state


def test_walks_and_training_are_occasions_beside_the_days(store_here: Store):
    at_home(store_here)
    said = {"steadiness": 3, "pain_after": 4, "by": "button"}
    walk = {"format": 1, "name": "b-1", "begun_utc": f"{FIRST}T12:00:00Z", "fetched_utc": None, "said": said,
            "walk": {"parameters": {}, "not_reported": {}, "notes": []}, "problem": None, "files": []}  # fmt: skip
    entries.put(store_here, "P001", "walk", FIRST, walk, by=BY)
    entries.put(store_here, "P001", "walk", TODAY, walk | {"name": "b-2", "begun_utc": None, "said": None}, by=BY)
    document = laddering.training_document(laddering.STANDING, laddering.session(FIRST), "home", "typed")
    entries.put(store_here, "P001", "training", FIRST, document, by=BY)
    entries.put(store_here, "P001", "training", FIRST, document | {"leg": "left"}, by=BY)
    found = home(store_here, "P001")
    ways = {one.way: one.day for one in found.occasions}
    assert "training, two-hands/apart, left leg" in ways
    assert ways["walk, by button"] == Day(FIRST, steadiness=3, pain_after=4)
    assert ways["training, two-hands/apart"].steadiness == 2
    assert found.last == TODAY
    assert all(not one.day.told for one in found.week(FIRST))


def test_a_document_that_breaks_the_schema_is_refused(store_here: Store):
    at_home(store_here)
    whole = diary_document(Diary(FIRST, PRINTED, TITLES, (day(0, falls=0),)))
    for broken in (whole | {"way": "hearsay"}, whole | {"days": [{"day": str(FIRST)}]}, whole | {"format": 2}):
        with pytest.raises(StoreError):
            entries.put(store_here, "P001", "diary", FIRST, broken, by=BY)
