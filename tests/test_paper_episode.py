# SPDX-License-Identifier: MIT
"""What papers say beside tests: scales, what was asked, days at home, falls, ladders, plan; and none of it made up."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers import DAYS, NAMES, VISIT, case, letters, page_text, pages, paper, pdf_text, stands, tugs, whole
from stores import BY, people_in
from surefoot.care import falls
from surefoot.care.assessment import Assessment, Confidence, Pain
from surefoot.care.change import Circumstances
from surefoot.care.episode import Episode, HomeWeek, Step, falls_between, week_ends
from surefoot.care.goal import goal_document, target
from surefoot.care.goal_values import Goal
from surefoot.care.ladder import ladder_of
from surefoot.care.plan import Plan, task_item
from surefoot.care.progression_values import Decision, Place
from surefoot.care.scale_change import Rating
from surefoot.care.scales import load_scale
from surefoot.care.visit import NamedTest
from surefoot.clinic import assess, ladder_documents, plan_entries, visits
from surefoot.clinic.episode import episode
from surefoot.clinic.scale_kept import KeptScale
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Store
from surefoot.output import paper_pages
from surefoot.output.paper_command import read_case
from surefoot.output.paper_episode import MOST_WEEKS, asked_part, episode_parts
from surefoot.output.paper_lead import CHANGED, EXPLAINED, NEXT
from surefoot.output.paper_pages import html_of, pdf_of
from surefoot.output.paper_parts import NOT_WRITTEN
from surefoot.output.paper_values import Bullets, Case, Facts, Part, Table, Words, texts

FIRST, LAST = DAYS[0], DAYS[-1]
SAME = Circumstances("none", "none", "own shoes", "none", "as the form says", "none")
STANDING = ladder_of("standing")
ITEM = task_item("standing", STANDING.name(STANDING.walk[2]), FIRST)
TOLD = Assessment(
    (Pain("left knee", 2, 4), Pain("back", None, 1)), 3, Confidence(65.0), None,
    Circumstances("stick", medication="levodopa", minutes_since_dose=45),
)  # fmt: skip


def scale(name: str, *values: float | None, **more: Any) -> KeptScale:
    of, around, lacks = load_scale(name), replace(SAME, **more), "2 answers are missing."
    return KeptScale(of, tuple(
        (on, Rating(n, of.version, value, None if value is not None else lacks, around))
        for n, (on, value) in enumerate(zip(DAYS, values, strict=False), 1)))  # fmt: skip


def with_scales(*scales: KeptScale, results: bool = True) -> Case:
    return case(*(tugs(14.2, 14.0, 12.6, 11.0) if results else ()), scales=scales)


def part(parts: list[Part] | tuple[Part, ...], begins: str) -> Part:
    return next(one for one in parts if one.title.startswith(begins))


def rows(of: Part) -> tuple[tuple[str, ...], ...]:
    of_tables = [one.rows for one in of.blocks if isinstance(one, Table)]
    return (of_tables or [one.rows for one in of.blocks if isinstance(one, Facts)])[0]


def told_of(of: Part) -> dict[str, str]:
    return {row[0]: row[1] for row in rows(of)}


def told_first(of: Part) -> dict[str, str]:
    return dict(next(one.rows for one in of.blocks if isinstance(one, Facts)))


def words(of: Part) -> str:
    return " ".join(" ".join(one.lines) if isinstance(one, Bullets) else one.words for one in of.blocks
                    if isinstance(one, Bullets | Words))  # fmt: skip


# Scales


@pytest.mark.parametrize("kind", ["note", "report", "discharge", "letter"])
def test_every_paper_shows_rated_scales_and_what_changed(kind: str) -> None:
    made = paper(kind, with_scales(scale("berg", 41, 42, 45, 52), scale("abc", 60, 62, 70, 78.75)))
    shown = next(row for one in made.parts for block in one.blocks if isinstance(block, Table)
                 for row in block.rows if row[0] == "Berg Balance Scale")  # fmt: skip
    assert shown[1:3] == ("41 / 42", "52")
    said = dict(made.lead)[CHANGED]
    assert "Berg Balance Scale: improved: 41.5 before and 52 now, and 5.4 can be measurement error." in said
    assert "61.0 before and 78.8 now; not judged: no measurement error that was read in its source" in said


def test_a_verdict_is_told_with_its_people_and_the_best_that_it_can_show() -> None:
    made = part(paper("note", with_scales(scale("berg", 41, 42, 45, 56))).parts, "Rated scales")
    assert rows(made)[0] == ("Berg Balance Scale, the best it can show", "41 / 42", "56", "0 to 56", "2026-03-04")
    assert "Berg Balance Scale: improved: the two differ by 14.5, and 5.4 can be measurement error" in words(made)
    assert "93 adults with balance disorders" in words(made)
    assert words(made).endswith("56 is the best that it can show, so it can't tell what lies beyond.")


def test_a_scale_tells_what_it_was_for_and_asks_for_more_at_its_best() -> None:
    asked = replace(VISIT, tests=(NamedTest("berg", "is she safe on stairs"),))
    made = paper("report", replace(with_scales(scale("berg", 41, 42, 45, 56), results=False), visits=((LAST, asked),)))
    facts = next(one for one in part(made.parts, "Rated scales").blocks if isinstance(one, Facts))
    assert facts.rows == (("Purpose", "Is she safe on stairs."),)
    assert not any(one.title.startswith("Named") for one in made.parts)
    assert "add a harder test, since Berg Balance Scale can't show more than its best" in dict(made.lead)[NEXT]
    below = paper("report", with_scales(scale("berg", 41, 42, 45, 55), scale("abc", 60, 62, 70, 78.75)))
    assert "harder test" not in dict(below.lead)[NEXT]
    told = told_first(part(below.parts, "Rated scales"))
    assert told["Purpose: Berg Balance Scale"] == load_scale("berg").purpose


def test_scales_alone_make_a_discharge_summary_without_an_empty_part() -> None:
    made = paper("discharge", with_scales(scale("berg", 41, 42, 45, 52), results=False))
    assert not any("No result" in text for text in texts(made))
    assert "No result of a test is kept." in texts(paper("discharge", case()))


def test_a_goal_of_stages_or_points_has_no_unit() -> None:
    assert target(Goal("Wash up", "stages", 4, "test", protocol="steadi-4-stage")).endswith(": 4")
    assert target(Goal("Balance", "points", 10, "test", protocol="sppb")).endswith(": 10")
    assert target(Goal("Walk", "gait_steps", 900, "day")) == "900 steps a day"


def test_scales_alone_make_the_three_lines_and_a_report() -> None:
    made = paper("report", with_scales(scale("berg", 41, 42, 45, 52), results=False))
    said = dict(made.lead)
    assert said[EXPLAINED].startswith("Nothing found. Aid, shoes, dose: the same. Practice: more than 3 sessions.")
    first = dict(
        paper("note", case(scales=(KeptScale(load_scale("berg"), scale("berg", 1, 1, 1, 41).sessions[3:]),))).lead
    )
    assert "first time here" in first[CHANGED]
    assert "to have a baseline" in first[NEXT]


def test_another_aid_of_a_scale_may_explain_it() -> None:
    same, other = scale("berg", 41, 42), scale("berg", 0, 0, 0, 52, aid="stick")
    moved = KeptScale(same.scale, (*same.sessions, *other.sessions[3:]))
    said = dict(paper("note", with_scales(moved)).lead)
    assert "Aid: none against stick." in said[EXPLAINED]
    assert "41.5 before and 52 now; conditions differ: aid (none against stick)" in said[CHANGED]


def test_a_scale_without_a_total_has_none_on_paper() -> None:
    alone = KeptScale(load_scale("berg"), scale("berg", 1, 1, 1, None).sessions[3:])
    made = paper("note", with_scales(alone))
    assert rows(part(made.parts, "Rated scales"))[0][1:3] == ("–", "–")
    assert "Berg Balance Scale: no total. 2 answers are missing." in words(part(made.parts, "Rated scales"))
    assert "no total, 2 answers are missing" in dict(made.lead)[CHANGED]
    course = paper("note", with_scales(scale("berg", 41, 42, 45, None)))
    assert "session 4 has no total" in dict(course.lead)[CHANGED]


# What was asked at the visit, and the ladders' decisions


def of(**more: Any) -> Episode:
    return Episode(FIRST, LAST, **more)


def test_a_note_shows_what_was_asked_and_what_was_not() -> None:
    made = paper("note", whole(episode=of(asked=((FIRST, Assessment(steadiness=1)), (LAST, TOLD)))))
    assert rows(part(made.parts, "Asked around")) == (
        ("Pain, 0 to 10", "2 before, 4 after (left knee); not asked before, 1 after (back)"),
        ("Steadiness, 1 to 5", "3, swayed"), ("Confidence", "65 of 100, as said"), ("Aid", "stick"),
        ("Medication", "levodopa, 45 min since the last dose"),
    )  # fmt: skip
    assert told_of(asked_part([(LAST, Assessment(exertion=4))])) == {
        "Pain, 0 to 10": "not asked", "Steadiness, 1 to 5": "not asked", "Exertion, 0 to 10": "4 (Borg)",
        "Aid": "not asked", "Medication": "not asked",
    }  # fmt: skip
    nothing = part(paper("note", whole(episode=of(asked=((FIRST, TOLD),)))).parts, "Asked around")
    assert "were not written down" in words(nothing)


def test_the_effect_on_the_plan_shows_what_the_ladders_rules_said_and_any_override() -> None:
    steps = (
        Step("Standing", "Make it harder, by the rule up: All were held", "Stand so."),
        Step("Walking", "Stay", "Walk.", "DR7", "make it harder, by the rule up", "Tired today."),
    )
    bare = replace(VISIT, plan="")
    made = part(
        paper("note", case(visit=bare, episode=of(steps=steps))).parts, "The clinician's words, and the ladders"
    )
    told = told_of(made)
    assert told["Effect on the plan"] == NOT_WRITTEN
    assert told["Ladder: Standing"] == "Make it harder, by the rule up: All were held. Then: Stand so."
    assert told["Ladder: Walking"] == (
        "Stay, decided by DR7: Tired today. The rules had suggested: make it harder, by the rule up. Then: Walk."
    )


# Between the first visit and the last


def test_what_nobody_reported_is_said_to_be_unreported() -> None:
    parts = episode_parts(of(falls=falls_between((), None, (), FIRST, LAST)))
    assert words(part(parts, "Pain and steadiness")) == "Neither was written down at any visit."
    assert words(part(parts, "Between the visits")).startswith("Nothing was planned for home")
    assert "No day of these 59 was reported in the falls calendar, so falls are not known." in words(
        part(parts, "Falls")
    )
    assert words(part(parts, "The plan")) == "No plan was made."
    assert "Since 2026-01-05 nothing is planned." in words(part(episode_parts(of(plan_on=FIRST)), "The plan"))
    assert not any(one.title.startswith("On the ladders") for one in parts)


def test_weeks_without_a_word_are_not_counted_as_undone() -> None:
    weeks = tuple(HomeWeek(FIRST + timedelta(days=7 * n), None, 7, 7 - n % 2, (n,) if n else ()) for n in range(14))
    home = part(episode_parts(of(weeks=weeks)), "Between the visits")
    assert "Of 98 days, 7 were told of and 91 were not reported. The last 12 of 14 weeks:" in words(home)
    assert len(rows(home)) == MOST_WEEKS
    assert rows(home)[0] == ("2026-01-19", "no plan", "7 of 7 days", "2", "–")


def test_pain_of_each_site_and_visit_stands_in_its_row() -> None:
    found = rows(
        part(episode_parts(of(asked=((FIRST, TOLD), (LAST, Assessment(steadiness=1))))), "Pain and steadiness")
    )
    assert found == (
        ("2026-01-05", "left knee", "2", "4", "3", "65"), ("", "back", "–", "1", "–", "–"),
        ("2026-03-04", "", "–", "–", "1", "–"),
    )  # fmt: skip


def month(name: str, *days: int, near: tuple[int, ...] = ()) -> falls.Month:
    first = date.fromisoformat(f"{name}-01")
    return falls.Month(
        first, falls._end(first), tuple(falls.Fall(first.replace(day=day), "minor") for day in days),
        tuple(falls.NearFall(first.replace(day=day)) for day in near),
    )  # fmt: skip


def test_falls_are_of_the_days_between_alone() -> None:
    months = (month("2025-12", 3), month("2026-01", 2, 9), month("2026-02", near=(3, 4)))
    found = falls_between(months, falls.History(FIRST, 2), (date(2026, 1, 9), date(2026, 2, 10)), FIRST, LAST)
    assert (found.falls, found.near_falls, found.reported, found.days, found.injuries) == (1, 2, 55, 59, 1)
    assert (found.missing, found.by_diary) == (("2026-03",), (date(2026, 2, 10),))
    text = words(part(episode_parts(of(falls=found)), "Falls"))
    assert (
        "1 fall, 1 with an injury, and 2 near-falls in the 55 of 59 days that were reported: 6.6 falls and 13.3" in text
    )
    assert "(55 days are few for a rate)" in text
    assert "Diaries told of a fall on 2026-02-10, which the calendar doesn't have." in text
    assert "as remembered: 2 falls" in text


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(["2026-01", "2026-02", "2026-03"])), st.integers(0, 80), st.integers(0, 80))
def test_reported_days_are_never_more_than_there_were(names: set[str], start: int, length: int) -> None:
    first = date(2026, 1, 1) + timedelta(days=start)
    last = first + timedelta(days=length)
    found = falls_between([month(name, 1, 15) for name in sorted(names)], None, (), first, last)
    every = [first + timedelta(days=n) for n in range(length + 1)]
    assert found.days == len(every)
    assert found.reported == sum(f"{day:%Y-%m}" in names for day in every)
    assert found.falls == sum(f"{day:%Y-%m}" in names and day.day in (1, 15) for day in every)
    assert (found.missing == ()) == (found.reported == found.days)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400))
def test_weeks_reach_from_the_first_day_to_the_last(length: int) -> None:
    ends = week_ends(FIRST, FIRST + timedelta(days=length))
    assert ends[-1] == FIRST + timedelta(days=length)
    assert ends[0] - timedelta(days=7) < FIRST <= ends[0]
    assert all((b - a).days == 7 for a, b in pairwise(ends))


# From the store


def decided(leg: str, task: int, on: date, **more: Any) -> dict[str, Any]:
    made = Decision(on, "advance", STANDING.walk[task], "up", "All were held.", {}, "A miss.", 10.0)
    return ladder_documents.decision_document(STANDING, leg, replace(made, **more))


@pytest.fixture
def store(store_here: Store) -> Store:
    people_in(store_here, "P001")
    for on in (FIRST, LAST):
        visits.put_visit(store_here, "P001", on, VISIT, by=BY)
    return store_here


def filled(store: Store) -> None:
    plan_entries.keep_plan(store, "P001", Plan((ITEM,)), FIRST, by=BY, over=None)
    at = Place(STANDING.walk[0], 10.0)
    entries.put(store, "P001", "decision", FIRST, ladder_documents.placed_document(STANDING, "", at, "easy"), by=BY)
    entries.put(store, "P001", "decision", DAYS[1], decided("", 1, DAYS[1]), by=BY)
    override = {
        "inputs": {"outcome": "hold", "rule": "few"},
        "by": "DR7",
        "reason": "She is ready.",
        "rule": "override",
    }
    entries.put(store, "P001", "decision", LAST, decided("", 2, LAST, **override), by=BY)
    for on in (FIRST, LAST):
        assess.keep_assessment(store, "P001", TOLD, on, by=BY)
    days = [{"day": str(FIRST + timedelta(days=n)), "done": {ITEM.id: n < 2}, "pain_before": n, "steadiness": 2}
            for n in range(3)]  # fmt: skip
    diary = {"format": 1, "way": "printed", "first": str(FIRST), "items": [{"id": ITEM.id, "title": "x"}], "days": days}
    entries.put(store, "P001", "diary", FIRST, diary, by=BY)
    assess.keep_month(store, "P001", month("2026-02", 10), LAST, by=BY)


def test_the_episode_is_read_from_what_is_kept(store: Store) -> None:
    filled(store)
    found = episode(store, "P001", FIRST, LAST)
    assert (found.plan, found.plan_on) == ((ITEM,), FIRST)
    assert [on for on, _ in found.asked] == [FIRST, LAST]
    assert (found.weeks[0].end, found.weeks[0].days, found.weeks[0].unreported) == (date(2026, 1, 7), 3, 0)
    assert (found.weeks[0].pain, found.weeks[0].steadiness) == ((0, 1, 2), (2, 2, 2))
    assert {one.unreported for one in found.weeks[1:]} == {7}
    assert [(one.began_on, one.began[:7], one.now[:7]) for one in found.rungs] == [
        (FIRST, f"Rung {STANDING.height(STANDING.walk[0])}:", f"Rung {STANDING.height(STANDING.walk[2])}:"),
    ]  # fmt: skip
    (step,) = found.steps
    assert (step.by, step.said, step.reason) == ("DR7", "stay, by the rule few", "She is ready.")
    assert found.falls is not None
    assert (found.falls.falls, found.falls.reported) == (1, 28)


def test_an_earlier_day_knows_nothing_of_later_ones(store: Store) -> None:
    filled(store)
    early = episode(store, "P001", FIRST, DAYS[1])
    assert early.steps[0].words == "Make it harder, by the rule up: All were held."
    assert early.falls is not None
    assert early.falls.reported == 0
    _, entry = plan_entries.plan(store, "P001")
    plan_entries.keep_plan(store, "P001", Plan(), LAST, by=BY, over=entry)
    assert episode(store, "P001", FIRST, DAYS[1]).plan == (ITEM,)
    later = episode(store, "P001", FIRST, LAST)
    assert (later.plan, later.plan_on) == ((), LAST)
    assert later.weeks[3].week is not None


def test_papers_of_a_store_tell_it_all_and_goals_with_how_far_they_are(store: Store, tmp_path: Path) -> None:
    filled(store)
    goal = Goal("Walk to school", "gait_distance_m", 900, "walk", "2026-04-01")
    entries.put(store, "P001", "goal", FIRST, goal_document(goal), by=BY)
    args = argparse.Namespace(
        person="P001", visit=None, since=None, named=False, by=BY, kind="discharge", data=tmp_path
    )
    made = paper("discharge", read_case(store, args)[0])
    text = "\n".join(texts(made))
    for words_ in ("Walk to school: 900 m a walk, by 2026-04-01. Not measured", "0 of 3 days",
                   "2026-01-05: rung", "decided by DR7: She is ready.", "Since 2026-01-05:",
                   "Of 59 days, 3 were told of and 56 were not reported."):  # fmt: skip
        assert words_ in text
    assert pdf_text(pdf_of(made), made) == page_text(html_of(made))


def test_of_a_person_with_nothing_but_visits_nothing_is_made_up(store: Store) -> None:
    found = episode(store, "P001", FIRST, LAST)
    assert found == Episode(FIRST, LAST, falls=falls_between((), None, (), FIRST, LAST))


# As it looks


def test_long_words_and_names_stay_on_the_paper() -> None:
    long = "Donaudampfschifffahrt" * 8
    rows_ = (("Family name", "x" * 80), ("Given name", NAMES["Latin"][1]))
    said = replace(VISIT, interpretation=f"PT-1 {'0' * 23}1{'0' * 12}")
    made = paper("note", whole(goals=(long,), names=rows_, visit=said))
    assert letters(pdf_text(pdf_of(made), made)) == letters(page_text(html_of(made)))


def test_a_letter_on_eight_tests_is_set_smaller_and_stays_one_page() -> None:
    many = [(on, {**one, "protocol": {**one["protocol"], "id": f"own-{n}", "title": f"Test {n} of this clinic"}})
            for n in range(12) for on, one in tugs(14.2, 14.0, 12.6, 11.0)]  # fmt: skip
    long = replace(VISIT, interpretation=f"{VISIT.interpretation} " * 15)
    made = paper("letter", case(*many, *stands(8.0, 8.4), visit=long))
    usual = paper_pages._with(made, "a4", system=False)
    assert usual is not None
    assert (usual[1], pages(pdf_of(made))) == (2, 1)


def test_tables_have_heads_of_columns_and_rows_and_can_be_scrolled_by_keys() -> None:
    html = html_of(paper("note", with_scales(scale("berg", 41, 42, 45, 52))))
    assert '<th scope="row" class=" wide">Berg Balance Scale</th>' in html
    assert '<div class="scroll" role="region" aria-label="Rated scales" tabindex="0">' in html
    assert html.count("<table>") == html.count("<thead>") == html.count('role="region"')
    assert "<th></th>" not in html
    assert html.count("<h1>") == 1
