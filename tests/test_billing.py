# SPDX-License-Identifier: MIT
"""Codes and rules as dated facts; minutes, days and conversations counted; visits that can't have been so refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers import VISIT
from surefoot.care.billing import (
    by_code,
    code_of,
    counted,
    data_days,
    dates_of,
    in_force,
    lacking,
    missing,
    never_advice,
    notes_of_day,
    outdated,
    standings,
    sure,
    units_of,
    units_of_day,
)
from surefoot.care.billing_file import load_billing, parse_billing
from surefoot.care.file_schema import check_schema, schema_of
from surefoot.care.visit import (
    Activity,
    Clinician,
    Contact,
    NamedTest,
    Visit,
    VisitError,
    check_apart,
    check_visit,
    contact_document,
    contact_of,
    minute_of,
    visit_document,
    visit_of,
)
from surefoot.errors import ProtocolError
from surefoot.resources import data_dir

US = load_billing()
FILE = data_dir("protocols") / "billing" / "us.toml"
DAY = date(2026, 3, 4)
times = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
quick = settings(deadline=None, max_examples=40)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)


# The rules


def test_every_row_has_a_source_and_recalled_ones_are_called_unverified() -> None:
    for row in (*US.timed, *US.units, *US.rtm):
        assert row.source
        assert sure(row.certainty) == ("unverified" if row.certainty == "R" else "")
    assert {row.code: row.certainty for row in US.timed} == {"97750": "V", "97112": "R", "97116": "R", "97530": "R"}


def test_it_is_never_advice_and_says_that_the_device_is_none() -> None:
    assert "never advice" in never_advice(US)
    assert f"as collected for {US.as_of}" in never_advice(US)
    assert "Surefoot is none" in US.device


@pytest.mark.parametrize(
    ("minutes", "units", "certainty"),
    [(0, 0, "V"), (7, 0, "V"), (8, 1, "V"), (22, 1, "V"), (23, 2, "V"), (37, 2, "V"), (38, 3, "R"), (52, 3, "R"),
     (53, 4, "R"), (67, 4, "R"), (68, 5, "R"), (83, 6, "R")],
)  # fmt: skip
def test_units_of_the_eight_minute_rule(minutes: int, units: int, certainty: str) -> None:
    assert (units_of(US, minutes).units, units_of(US, minutes).certainty) == (units, certainty)


@quick
@given(st.lists(st.integers(0, 600), min_size=2, max_size=20))
def test_more_minutes_never_give_fewer_units_nor_more_than_one_in_eight(minutes: list[int]) -> None:
    found = [units_of(US, one).units for one in sorted(minutes)]
    assert all(a <= b for a, b in pairwise(found))
    assert all(8 * units <= one for units, one in zip(found, sorted(minutes), strict=True))


def test_old_rows_hold_on_old_days_and_new_ones_on_new() -> None:
    of_day = {day: {row.code for row in US.rtm if in_force(row, day)} for day in (date(2025, 12, 31), DAY)}
    assert of_day[date(2025, 12, 31)] == {"98977", "98980"}
    assert {"98985", "98979"} <= of_day[DAY]
    assert len([row for row in US.rtm if row.code == "98977" and in_force(row, DAY)]) == 1
    assert not any(in_force(row, date(2021, 12, 31)) for row in US.rtm)


def test_a_later_year_is_told_to_look_for_newer_rows() -> None:
    assert outdated(US, DAY) == ""
    assert "collected for 2026" in outdated(US, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('code = "97750" }', 'code = "11111" }', "which no .*timed.* names"),
        ("from_min = 53", "from_min = 30", "don't rise from row to row"),
        ("valid_from = 2022-01-01", "valid_from = 2026-01-01", "ends before it begins"),
        ("apart = { evaluation", "apart = { dancing", "97750 is apart from 'dancing', which no activity is"),
        ('"test", "purpose", "result"', '"nonsense"', "'nonsense' is expected"),
        ('certainty = "V"', 'certainty = "D"', "must be one of V, R"),
        ("window_days = 30", "window_days = 0", "at least 1"),
        ("format = 1", "format = 2", "upgrade Surefoot"),
        ("as_of = 2026", "as_of = = 2026", "isn't valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(old: str, new: str, says: str) -> None:
    text = FILE.read_text("utf-8")
    assert old in text
    with pytest.raises(ProtocolError, match=says):
        parse_billing(text.replace(old, new), FILE)


def test_other_countries_have_none() -> None:
    with pytest.raises(ProtocolError, match="no billing rules 'fr'"):
        load_billing("fr")


def test_rows_tell_between_which_days_they_hold() -> None:
    told = {(row.code, in_force(row, DAY)): dates_of(row) for row in (*US.rtm, *US.timed)}
    assert (told["98977", True], told["98977", False]) == ("since 2026-01-01", "2022-01-01 to 2025-12-31")
    assert told["97750", True] == ""
    assert dates_of(replace(US.timed[0], valid_to=DAY)) == "until 2026-03-04"


def test_a_code_without_a_row_of_the_day_is_told_and_counts_nothing() -> None:
    text = FILE.read_text("utf-8")
    until = parse_billing(text.replace('code = "97112"\n', 'code = "97112"\nvalid_to = 2025-12-31\n'), FILE)
    assert [one.row.code for one in by_code(until, [(DAY, VISIT)])] == ["97750"]
    assert code_of(until, DAY, VISIT.activities[2]) is None
    assert any("No rule that is known here held for 97112 on 2026-03-04" in one for one in
               notes_of_day(until, DAY, [VISIT]))  # fmt: skip
    assert code_of(until, date(2025, 12, 31), VISIT.activities[2]) == "97112"


# Counting


def alone(*told: tuple[str, str, str, bool | None]) -> Visit:
    """A visit of these activities."""
    return Visit("08:00", "18:00", VISIT.clinician, tuple(Activity(*one[:3], "x", one[3]) for one in told))


def test_minutes_of_a_group_count_toward_no_code_that_asks_for_one_to_one() -> None:
    def made(how: bool | None) -> Visit:
        return alone(
            ("gait", "09:30", "09:52", True), ("balance", "09:20", "09:27", how), ("test", "09:00", "09:15", how)
        )

    group = by_code(US, [(DAY, made(False))])
    assert {one.row.code: one.minutes for one in group} == {"97750": 15, "97116": 22}
    assert {one.row.code for one in by_code(US, [(DAY, made(None))])} == {"97750", "97112", "97116"}
    assert [units_of_day(US, DAY, [made(how)]).units for how in (True, None, False)] == [3, 3, 2]
    assert "Not one-to-one, so not counted: 7 min." in notes_of_day(US, DAY, [made(False)])
    assert not any("one-to-one" in one for how in (True, None) for one in notes_of_day(US, DAY, [made(how)]))
    assert US.needs["one-to-one"] in lacking(US, DAY, made(None), True, True)["97112"]


@pytest.mark.parametrize(
    ("minutes", "each", "together"), [((7, 7), 0, 1), ((8, 8), 2, 1), ((7, 8, 7), 1, 1), ((7, 8, 8), 2, 2)]
)
def test_the_minutes_of_all_visits_of_a_day_count_together(minutes: tuple[int, ...], each: int, together: int) -> None:
    day = [alone(("gait", f"{9 + n:02d}:00", f"{9 + n:02d}:{one:02d}", True)) for n, one in enumerate(minutes)]
    assert units_of_day(US, DAY, day).units == together
    assert sum(units_of_day(US, DAY, [one]).units for one in day) == each


@quick
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 2)), min_size=1, max_size=6))
def test_units_of_a_day_do_not_depend_on_how_it_is_cut_into_visits(parts: list[tuple[int, int]]) -> None:
    visits: dict[int, list[tuple[str, str, str, bool | None]]] = {}
    for n, (minutes, place) in enumerate(parts):
        visits.setdefault(place, []).append(
            ("gait", f"{9 + n}:00".rjust(5, "0"), f"{9 + n}:{minutes:02d}".rjust(5, "0"), True)
        )
    day = [alone(*told) for told in visits.values()]
    assert units_of_day(US, DAY, day) == units_of(US, sum(minutes for minutes, _ in parts))


def test_a_test_on_the_day_of_an_evaluation_is_told_so() -> None:
    first, test = alone(("evaluation", "09:00", "09:20", True)), alone(("test", "14:00", "14:20", True))
    said = "97750: not on the day of a therapy evaluation (NCCI), and this day has one."
    assert said in notes_of_day(US, DAY, [first, test])
    assert said in notes_of_day(US, DAY, [test, first])
    assert said not in (*notes_of_day(US, DAY, [test]), *notes_of_day(US, DAY, [first]))
    assert by_code(US, [(DAY, first)]) == ()
    assert "97750: time for writing the note and for talk doesn't count." in notes_of_day(US, DAY, [test])
    assert any("collected for 2026" in one for one in notes_of_day(US, date(2027, 1, 1), [first]))


def test_minutes_go_to_their_codes_and_talk_to_none() -> None:
    found = by_code(US, [(DAY, VISIT), (DAY, VISIT)])
    assert {one.row.code: one.minutes for one in found} == {"97750": 30, "97112": 36}
    with pytest.raises(ProtocolError, match="no activity 'dance': write one of test, balance"):
        US.kind("dance")


@quick
@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 30)), max_size=40), st.dates(date(2026, 2, 1), DAY))
def test_data_days_are_different_days_of_the_window(days: list[date], on: date) -> None:
    found = data_days(days, on, US.window_days)
    assert len(set(found)) == len(found) <= US.window_days
    assert set(found) == {day for day in days if on - timedelta(days=29) <= day <= on}
    assert len(data_days(days[1:], on, US.window_days)) <= len(found)


def test_a_month_counts_its_own_minutes_until_the_day() -> None:
    talk, look = Contact(12, "called", True), Contact(9, "diary read", False)
    contacts = [(date(2026, 2, 28), talk), (date(2026, 3, 2), look), (DAY, talk), (date(2026, 3, 5), talk)]
    count = counted(US, [DAY, DAY, date(2026, 2, 3), date(2026, 2, 2)], contacts, DAY)
    assert (count.month, count.minutes, count.contacts, count.conversations) == ("2026-03", 21, 2, (DAY,))
    assert (count.window_from, count.data_days) == (date(2026, 2, 3), (date(2026, 2, 3), DAY))


def lacks(days: int, minutes: int, talk: bool) -> dict[str, tuple[str, ...]]:
    contacts = [(DAY, Contact(minutes, "x", talk))] if minutes else []
    count = counted(US, [DAY - timedelta(days=n) for n in range(days)], contacts, DAY)
    return {one.row.code: one.lacks for one in standings(US, count)}


def test_thresholds_say_what_is_lacking() -> None:
    nothing = lacks(0, 0, False)
    assert nothing["98985"] == ("2 more data days",)
    assert nothing["98979"] == ("10 more minutes", "a conversation with the person in this month")
    assert lacks(15, 0, False)["98985"] == lacks(16, 0, False)["98977"] == ()
    assert lacks(16, 0, False)["98985"] == ("16 data days are more than its 15",)
    assert lacks(2, 10, True)["98979"] == ()
    assert lacks(2, 10, False)["98979"] == ("a conversation with the person in this month",)
    assert lacks(2, 19, True)["98980"] == ("1 more minute",)


@pytest.mark.parametrize(("minutes", "times"), [(39, 0), (40, 1), (59, 1), (60, 2), (100, 4)])
def test_further_twenty_minutes_count_each(minutes: int, times: int) -> None:
    count = counted(US, [], [(DAY, Contact(minutes, "x", True))], DAY)
    found = {one.row.code: one.times for one in standings(US, count)}
    assert (found["98981"], found["98980"], found["98985"]) == (times, 1, 0)


def test_the_window_rolls_and_the_month_does_not() -> None:
    days = [DAY - timedelta(days=n) for n in (0, 29, 30)]
    assert len(counted(US, days, [], DAY).data_days) == 2
    before = DAY.replace(day=1) - timedelta(days=1)
    talks = [(before, Contact(30, "x", True)), (DAY.replace(day=1), Contact(5, "x", False))]
    count = counted(US, days, talks, DAY)
    assert (count.minutes, count.conversations) == (5, ())


def test_a_record_of_monitoring_never_has_the_device() -> None:
    everything = [name for name in US.rtm_expects if name != "device"]
    assert missing(US, everything) == (US.needs["device"],)
    assert len(missing(US, [])) == len(US.rtm_expects)


def test_what_a_visits_record_lacks_is_listed_by_code() -> None:
    assert lacking(US, DAY, VISIT, results=True, goal=True) == {}
    bare = replace(VISIT, tests=(), interpretation="", plan="", response="", clinician=Clinician("A", "PT"))
    found = lacking(US, DAY, bare, results=False, goal=False)
    assert found["97750"] == tuple(US.needs[one] for one in
        ("test", "purpose", "result", "interpretation", "plan", "licence"))  # fmt: skip
    assert found["97112"] == (US.needs["response"], US.needs["goal"])
    unsaid = replace(VISIT, activities=(Activity("gait", "09:00", "09:10"),))
    assert lacking(US, DAY, unsaid, True, True)["97116"] == (US.needs["one-to-one"], US.needs["skill"])


# Visits


def test_a_visit_that_can_be_is_let_through() -> None:
    assert check_visit(VISIT) is VISIT
    assert (VISIT.minutes, [one.minutes for one in VISIT.activities]) == (45, [5, 15, 18])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stop": "09:00"}, "stops at 09:00, not after its start"),
        ({"stop": "08:59"}, "stops at 08:59, not after its start"),
        ({"stop": "9:45"}, "'9:45' is no time of day"),
        ({"stop": "24:00"}, "'24:00' is no time of day"),
        ({"stop": "09:30"}, "'balance' from 09:20 to 09:38 lies outside of the visit"),
        ({"activities": (Activity("test", "09:10", "09:10"),)}, "'test' stops at 09:10, not after"),
        ({"activities": (Activity("test", "09:10", "09:20"), Activity("gait", "09:19", "09:30"))}, "overlap"),
        ({"activities": (Activity("gait", "09:19", "09:30"), Activity("test", "09:10", "09:20"))}, "overlap"),
    ],
)
def test_a_visit_that_can_not_be_is_told_in_words(change: dict[str, Any], says: str) -> None:
    with pytest.raises(VisitError, match=says):
        check_visit(replace(VISIT, **change))


def test_two_visits_of_a_day_must_not_overlap() -> None:
    check_apart([replace(VISIT, start="09:45", stop="10:00"), VISIT])
    with pytest.raises(VisitError, match="from 09:00 to 09:45 on that day"):
        check_apart([replace(VISIT, start="09:44", stop="10:00"), VISIT])


spans = st.lists(st.tuples(st.integers(540, 600), st.integers(540, 600)), max_size=4)


@quick
@given(spans, st.integers(530, 560), st.integers(580, 610))
def test_a_visit_is_refused_exactly_where_a_minute_would_count_twice_or_lie_outside(
    found: list[tuple[int, int]], start: int, stop: int
) -> None:
    def time(minute: int) -> str:
        return f"{minute // 60:02d}:{minute % 60:02d}"

    one = Visit(time(start), time(stop), VISIT.clinician, tuple(Activity("gait", time(a), time(b)) for a, b in found))
    minutes = [minute for a, b in found for minute in range(a, b)]
    fair = all(a < b for a, b in found) and len(set(minutes)) == len(minutes) and set(minutes) <= {*range(start, stop)}
    if fair:
        assert sum(each.minutes for each in check_visit(one).activities) == len(minutes) <= one.minutes
    else:
        with pytest.raises(VisitError):
            check_visit(one)


@quick
@given(
    st.lists(st.tuples(st.dates(date(2026, 2, 1), date(2026, 4, 30)), st.integers(1, 60), st.booleans()), max_size=12)
)
def test_more_contacts_never_lack_more(told: list[tuple[date, int, bool]]) -> None:
    contacts = [(day, Contact(minutes, "x", talk)) for day, minutes, talk in told]
    for some, more in pairwise([contacts[:n] for n in range(len(contacts) + 1)]):
        before, after = (standings(US, counted(US, [], one, DAY)) for one in (some, more))
        assert all(len(b.lacks) <= len(a.lacks) for a, b in zip(before, after, strict=True))
        assert counted(US, [], some, DAY).minutes <= counted(US, [], more, DAY).minutes


activity = st.builds(Activity, st.sampled_from([one.id for one in US.activities]), times, times, words,
                     st.sampled_from([None, True, False]))  # fmt: skip
visit = st.builds(
    Visit, times, times, st.builds(Clinician, words, words, words), st.lists(activity, max_size=3).map(tuple),
    st.lists(st.builds(NamedTest, st.sampled_from(["tug", "mctsib"]), words), max_size=2).map(tuple),
    words, words, words, words, st.lists(st.sampled_from(["GP", "KX"]), max_size=2).map(tuple),
)  # fmt: skip


@quick
@given(visit)
def test_a_visit_comes_back_from_its_document_which_keeps_the_schema(one: Visit) -> None:
    document = visit_document(one)
    if one.clinician.name and one.clinician.credential and all(test.purpose for test in one.tests):
        check_schema(document, schema_of("clinic/visit.schema.json"), Path("visit"))
        assert visit_of(document) == one


@quick
@given(st.builds(Contact, st.integers(1, 600), words.filter(bool), st.booleans(), words, st.just("") | times))
def test_a_contact_comes_back_from_its_document_which_keeps_the_schema(one: Contact) -> None:
    document = contact_document(one)
    check_schema(document, schema_of("clinic/contact.schema.json"), Path("contact"))
    assert contact_of(document) == one


@quick
@given(times)
def test_minutes_of_the_day(time: str) -> None:
    minute = minute_of(time)
    assert 0 <= minute < 1440
    assert f"{minute // 60:02d}:{minute % 60:02d}" == time
