# SPDX-License-Identifier: MIT
"""Profile, assessment and falls as values: what can't be is refused in words, what wasn't reported stays unreported."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assessing
from assessing import DAY
from golden import FOLDER
from surefoot.care import assessment, falls
from surefoot.care.asked import LIMITS, STEADINESS, STEADY
from surefoot.care.assessment import Assessment, Confidence, Pain, Profile
from surefoot.care.change import Circumstances
from surefoot.care.file_schema import check_schema, schema_of
from surefoot.care.progression import load_rules
from surefoot.care.safety_document import merged, safety_document, safety_of
from surefoot.care.safety_values import Answer, Readings, SafetyProfile
from surefoot.clinic.store.values import KINDS
from surefoot.errors import ProtocolError, RecordingError

VALUES = {
    "profile": (assessing.ABOUT, assessment.profile_of),
    "safety": (assessing.SAFETY, safety_of),
    "assessment": (assessing.SAID, assessment.assessment_of),
    "falls-month": (assessing.MONTH, falls.of_document),
    "falls-history": (assessing.HISTORY, falls.of_document),
}


@pytest.mark.parametrize("name", VALUES)
def test_an_old_document_is_read(name: str):
    value, read = VALUES[name]
    document = json.loads((FOLDER / "clinic-1" / f"{name}.json").read_text("utf-8"))
    check_schema(document, schema_of(f"clinic/{KINDS[name.partition('-')[0]]}"), Path(name))
    assert read(document) == value
    assert assessing.samples()[name] == document


@pytest.mark.parametrize("name", VALUES)
def test_a_document_has_no_room_for_what_is_not_of_it(name: str):
    document = assessing.samples()[name]
    for wrong in (document | {"name": "Zoë"}, {key: value for key, value in document.items() if key != "format"}):
        with pytest.raises(ProtocolError):
            check_schema(wrong, schema_of(f"clinic/{KINDS[name.partition('-')[0]]}"), Path(name))


def test_what_is_not_known_has_no_place_in_a_document():
    assert assessment.profile_document(Profile()) == {"format": 1}
    assert assessment.assessment_document(Assessment()) == {"format": 1}
    assert safety_document(SafetyProfile({"wound": Answer()})) == {"format": 1, "answers": {}}
    zero = assessment.assessment_document(Assessment((Pain(before=0),), exertion=0))
    assert zero == {"format": 1, "pain": [{"before": 0}], "exertion": 0}
    assert assessment.assessment_of(zero) == Assessment((Pain(before=0),), exertion=0)


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (Profile(age_years=-1), "age of -1 can't be"),
        (Profile(age_years=121), "age of 121 can't be"),
        (Profile(weight_kg=19.9), "weight of 19.9 kg can't be"),
        (Profile(weight_kg=300.1), "weight of 300.1 kg can't be"),
        (Profile(weight_kg=float("nan")), "weight of nan kg can't be"),
        (Profile(height_m=168), "height of 168 m can't be: give metres"),
        (Profile(height_m=0.4), "height of 0.4 m can't be"),
        (Profile(height_m=1.7, weight_kg=20), "20 kg and 1.7 m don't go together"),
        (Profile(sex="unknown"), "give female or male, or leave it out"),
        (Profile(usual_pain=11), "Usual pain goes from 0 to 10 in whole numbers, and 11 is none"),
        (Profile(pain_site="knee"), "A site of pain needs how much"),
        (Profile(usual_pain=1, pain_site="x" * 201), "keep it to 200"),
    ],
)
def test_people_that_can_t_be_are_refused(profile: Profile, says: str):
    with pytest.raises(RecordingError, match=says):
        assessment.check_profile(profile)


def test_the_smallest_and_the_largest_people_are_taken():
    for one in (Profile(0, "male", 0.9, 20.0, 0), Profile(120, "female", 2.5, 300.0, 10, "hip")):
        assert assessment.check_profile(one) == one


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (Assessment((Pain("knee", 11, 2),)), "Pain before of knee goes from 0 to 10"),
        (Assessment((Pain("", 1, -1),)), "Pain after goes from 0 to 10"),
        (Assessment((Pain("Knee", 1), Pain("knee", 2))), "same site of pain is given twice"),
        (Assessment(steadiness=0), "Steadiness goes from 1 to 5"),
        (Assessment(steadiness=6), "Steadiness goes from 1 to 5"),
        (Assessment(exertion=11), "Exertion goes from 0 to 10"),
        (Assessment(confidence=Confidence(101)), "Confidence goes from 0 to 100 percent, not 101"),
        (Assessment(confidence=Confidence(float("nan"))), "Confidence goes from 0 to 100"),
        (Assessment(confidence=Confidence(50, "guess")), "Confidence is 'said' or by 'abc'"),
        (Assessment(circumstances=Circumstances(minutes_since_dose=-1)), "-1 minutes since the last dose can't be"),
        (Assessment(circumstances=Circumstances(minutes_since_dose=45)), "last dose of what"),
        (Assessment(circumstances=Circumstances(medication="none", minutes_since_dose=45)), "last dose of what"),
        (Assessment(circumstances=Circumstances(aid="x" * 201)), "Aid has 201 letters"),
        (Assessment(note="x" * 501), "The note has 501 letters: keep it to 500"),
    ],
)
def test_ratings_that_can_t_be_are_refused(said: Assessment, says: str):
    with pytest.raises(RecordingError, match=says):
        assessment.check_assessment(said)


def test_what_is_said_later_on_a_day_joins_what_was_said_before():
    before = Assessment((Pain("left knee", 2),), 2, circumstances=Circumstances(aid="cane"), note="tired")
    after = Assessment((Pain(after=3),), exertion=4, circumstances=Circumstances(aid="none"))
    assert assessment.more_said(before, after) == Assessment(
        (Pain("left knee", 2, 3),), 2, None, 4, Circumstances(aid="none"), "tired"
    )
    sited = assessment.more_said(Assessment((Pain(before=1),)), Assessment((Pain("back", None, 2),)))
    assert sited.pain == (Pain("back", 1, 2),)
    two = assessment.more_said(assessing.SAID, Assessment((Pain("Back", None, 5), Pain(after=1))))
    assert two.pain == (Pain("left knee", 2, 3), Pain("Back", 0, 5), Pain("", None, 1))
    assert assessment.more_said(assessing.SAID, Assessment()) == assessing.SAID


def test_half_a_pain_point_is_no_rating():
    with pytest.raises(RecordingError, match=r"2\.5 is none of them"):
        assessment.rated("pain", 2.5, "Pain")  # type: ignore[arg-type]


def test_the_words_of_steadiness_go_with_its_numbers():
    assert LIMITS["steadiness"] == (1, len(STEADY))
    assert STEADINESS.endswith(f"{len(STEADY)} {STEADY[-1]}")


def test_of_two_profiles_the_answer_that_was_asked_last_counts():
    early, late = date(2026, 1, 1), date(2026, 2, 1)
    one = SafetyProfile({"wound": Answer("not fine", late), "vision": Answer("fine", early)}, Readings(late, 140, 80))
    other = SafetyProfile({"wound": Answer("fine", early), "helper": Answer("fine", early)}, Readings(early, 120, 70))
    both = merged([one, other])
    assert {name: answer.state for name, answer in both.answers.items()} == {
        "wound": "not fine",
        "vision": "fine",
        "helper": "fine",
    }
    assert both.readings == one.readings
    assert merged([]) == SafetyProfile()


# ---- Falls


def rows_of(*months: falls.Month, on: date = DAY) -> list[tuple[str, str, int, int]]:
    return [(row.name, row.state, row.days, len(row.falls)) for row in falls.calendar(months, on)]


def test_a_month_that_nobody_reported_is_shown_so_and_counts_for_nothing():
    january = falls.month("2026-01", DAY, [falls.Fall(date(2026, 1, 31))])
    march = falls.month("2026-03", DAY)
    assert rows_of(january, march) == [
        ("2026-01", falls.REPORTED, 31, 1),
        ("2026-02", falls.NOT_REPORTED, 0, 0),
        ("2026-03", falls.PARTLY, 12, 0),
    ]
    rate, count, days = falls.rate_per_year(falls.calendar((january, march), DAY))
    assert (count, days) == (1, 43)
    assert rate == pytest.approx(365.25 / 43)
    assert falls.rate_per_year(()) == (None, 0, 0)
    assert falls.calendar((), DAY) == ()
    assert [row.state for row in falls.calendar((), DAY, since=date(2026, 2, 20))] == [falls.NOT_REPORTED] * 2


def test_a_year_of_twelve_reports_has_the_rate_of_its_falls():
    today = date(2026, 1, 1)
    year = [
        falls.month(f"2025-{number:02}", today, [falls.Fall(date(2025, number, 5))] if number < 4 else [])
        for number in range(1, 13)
    ]
    rate, count, days = falls.rate_per_year(falls.calendar(year, date(2025, 12, 31)))
    assert (count, days) == (3, 365)
    assert rate == pytest.approx(3, rel=1e-3)


def test_a_later_report_of_a_month_stands_instead_of_the_earlier():
    once = falls.month("2026-02", DAY, [falls.Fall(date(2026, 2, 3))])
    again = falls.month("2026-02", DAY)
    assert rows_of(once, again)[0] == ("2026-02", falls.REPORTED, 28, 0)
    assert falls.dates((once, again), falls.History(date(2026, 2, 28), 0), DAY) == ()


def test_a_later_report_adds_to_the_month_and_words_a_fall_anew():
    minor, twice = falls.Fall(date(2026, 2, 3), "minor"), falls.Fall(date(2026, 2, 9))
    before = falls.Month(date(2026, 2, 1), date(2026, 2, 20), (minor, twice, twice), (falls.NearFall(DAY),))
    worded = replace(minor, injury="serious")
    now = falls.Month(date(2026, 2, 1), date(2026, 2, 12), (worded, replace(twice, place="stairs")))
    told = falls.told_again(before, now)
    assert (told.first, told.last) == (before.first, before.last)
    assert told.falls == (worded, twice, twice)
    assert told.near_falls == before.near_falls


@pytest.mark.parametrize(
    ("name", "happened", "says"),
    [
        ("2026-04", [], "2026-04 has not been yet"),
        ("2026-13", [], "'2026-13' is no month: write it as 2026-03"),
        ("2026-03", [falls.Fall(date(2026, 3, 13))], "lies in the future"),
        ("2026-02", [falls.Fall(date(2026, 3, 1))], "report its own month"),
        ("2026-02", [falls.NearFall(date(2026, 1, 31))], "A near-fall on 2026-01-31 isn't of 2026-02-01"),
        ("2026-02", [falls.Fall(date(2026, 2, 1), "broken")], "'broken' is no kind of injury: choose one of none"),
        ("2026-02", [falls.Fall(date(2026, 2, 1), place="x" * 201)], "Keep place and activity"),
    ],
)
def test_falls_that_can_t_be_are_refused(name: str, happened: list[falls.Fall | falls.NearFall], says: str):
    fell = [one for one in happened if isinstance(one, falls.Fall)]
    near = [one for one in happened if isinstance(one, falls.NearFall)]
    with pytest.raises(RecordingError, match=says):
        falls.month(name, DAY, fell, near)


def test_a_report_is_of_one_month():
    with pytest.raises(RecordingError, match="of days of one month"):
        falls.check_month(falls.Month(date(2026, 1, 5), date(2026, 2, 5)), DAY)


@pytest.mark.parametrize(
    ("history", "says"),
    [
        (falls.History(DAY + timedelta(days=1), 0), "lies in the future"),
        (falls.History(DAY, -1), "-1 falls in a year"),
        (falls.History(DAY, 366), "366 falls in a year"),
        (falls.History(DAY, 1, 2), "among the falls"),
        (falls.History(DAY, None, 1), "among the falls"),
        (falls.History(DAY, 0, last_fall=DAY), "not of the twelve months"),
        (falls.History(DAY, 1, last_fall=DAY - timedelta(days=400)), "not of the twelve months"),
    ],
)
def test_histories_that_can_t_be_are_refused(history: falls.History, says: str):
    with pytest.raises(RecordingError, match=says):
        falls.check_history(history, DAY)


def test_progression_is_told_falls_only_where_somebody_asked():
    """None: not asked, which holds; an empty tuple: asked, and there were none."""
    told = falls.History(DAY, 0)
    assert falls.dates((), None, DAY) is None
    assert falls.dates((), falls.History(DAY), DAY) is None
    assert falls.dates((), told, DAY) == ()
    assert falls.dates((), told, DAY + timedelta(days=falls.ASKED_DAYS)) == ()
    assert falls.dates((), told, DAY + timedelta(days=falls.ASKED_DAYS + 1)) is None
    # Falls that are remembered without a day may have been yesterday.
    assert falls.dates((), falls.History(DAY, 2), DAY) is None
    fell = date(2026, 1, 9)
    assert falls.dates((), falls.History(DAY, 2, last_fall=fell), DAY) == (fell,)


def test_a_calendar_tells_of_the_last_weeks_only_where_it_covers_them():
    today = date(2026, 3, 5)
    march = falls.month("2026-03", today)
    assert falls.dates((march,), None, today) is None  # of late February nobody knows
    assert falls.dates((falls.month("2026-02", today), march), None, today) == ()
    assert load_rules().rows[[row.id for row in load_rules().rows].index("fall-recent")].numbers["days"] == (
        falls.RECENT_DAYS
    )


def test_a_fall_is_told_until_a_re_check_however_long_nobody_asked():
    fell = date(2026, 2, 3)
    month = falls.month("2026-02", DAY, [falls.Fall(fell)], [falls.NearFall(date(2026, 2, 9), caught=True)])
    near = falls.month("2026-02", DAY, near_falls=[falls.NearFall(fell)])
    assert falls.dates((month,), None, DAY) == (fell, date(2026, 2, 9))
    assert falls.dates((near,), None, DAY) == ()
    late = DAY + timedelta(days=200)
    assert falls.dates((month,), None, late) == (fell, date(2026, 2, 9))
    assert falls.dates((month,), None, late, cleared=fell) == (date(2026, 2, 9),)
    assert falls.dates((month,), None, late, cleared=date(2026, 2, 10)) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 27), max_size=6), st.booleans(), st.integers(0, 60))
def test_one_report_less_never_turns_not_asked_into_asked(days: list[int], told: bool, later: int):
    months = tuple(
        falls.month(name, DAY, [falls.Fall(date.fromisoformat(f"{name}-01") + timedelta(days=n)) for n in days])
        for name in ("2026-01", "2026-02")
    )
    history = falls.History(date(2026, 1, 1), 0) if told else None
    today = DAY + timedelta(days=later)
    whole = falls.dates(months, history, today)
    for left in (months[:1], months[1:], ()):
        fewer = falls.dates(left, history, today)
        assert fewer is None or whole is not None
        assert set(fewer or ()) <= set(whole or ())


def test_documents_of_falls_come_back_as_they_were():
    for value in (replace(assessing.MONTH, falls=(), near_falls=()), falls.History(DAY), falls.History(DAY, 0, 0, 0)):
        document = falls.month_document(value) if isinstance(value, falls.Month) else falls.history_document(value)
        check_schema(document, schema_of("clinic/falls.schema.json"), Path("falls"))
        assert falls.of_document(json.loads(json.dumps(document))) == value
