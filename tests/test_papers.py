# SPDX-License-Identifier: MIT
"""What papers say: three lines, minutes, results beside baseline and norms, the clinician's words, a block to sign."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_results import MADE, PLACED, battery, leaning
from pages import HOSTILE, Page
from papers import DAYS, HERE, VISIT, case, named, page_lines, page_text, pages, paper, squeezed, stands, tugs, whole
from surefoot.care.norms_file import Error
from surefoot.care.visit import NamedTest
from surefoot.output import changes
from surefoot.output.paper_findings import findings, primary
from surefoot.output.paper_lead import CHANGED, EXPLAINED, NEXT
from surefoot.output.paper_make import PAPERS, SIMULATED
from surefoot.output.paper_pages import html_of, pdf_of
from surefoot.output.paper_parts import NO_TEST, NOT_WRITTEN
from surefoot.output.paper_values import DECIDES, Case, Facts, Paper, PaperError, Table, texts
from surefoot.output.wording import isolated

KNOWN = Error("elapsed_s", "s", "raw", 0.5, 1, "between-days", "40 adults", "made up", "V", ("tug",))
GOLDEN = Path(__file__).with_name("papers_note.txt")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an error between days had been checked in its source."""
    monkeypatch.setattr(changes, "errors_for", lambda *_: (KNOWN,))


def says(of: Case, kind: str = "note") -> dict[str, str]:
    return dict(paper(kind, of).lead)


def tables(of: Paper) -> list[Table]:
    return [one for part in of.parts for one in part.blocks if isinstance(one, Table)]


def facts(of: Paper) -> dict[str, str]:
    return dict(row for part in of.parts for one in part.blocks if isinstance(one, Facts) for row in one.rows)


# Every paper


@pytest.mark.parametrize("kind", PAPERS)
def test_every_paper_is_headed_by_three_lines_and_ends_in_a_signature(kind: str) -> None:
    made = paper(kind)
    assert [question for question, _ in made.lead] == [CHANGED, EXPLAINED, NEXT]
    assert all(answer for _, answer in made.lead)
    assert made.signature == (
        ("Name", "Ana Example"), ("Credential", "PT, DPT"), ("Licence", "PT-12345"), ("Signature", ""), ("Date", ""),
    )  # fmt: skip
    assert made.foot[0] == DECIDES
    for words in (VISIT.interpretation, VISIT.plan, VISIT.response):
        assert words in texts(made)


@pytest.mark.parametrize("kind", PAPERS)
def test_no_name_stands_on_a_paper_unless_it_was_given(kind: str) -> None:
    plain, told = page_text(html_of(paper(kind))), page_text(html_of(paper(kind, named("Latin"))))
    assert "Müller" not in plain
    assert "Familyname" + "Müller-Žižek" in told
    assert "P001" in plain
    assert "P001" in told


def test_the_page_says_every_text_in_the_order_of_the_content() -> None:
    for kind in PAPERS:
        made = paper(kind, named("Arabic", to="Dr. Ruiz", goals=("Walk to school: 900 m",)))
        assert page_text(html_of(made)) == squeezed("".join(texts(made)))


def test_the_note_reads_as_it_did() -> None:
    """To renew the file, write into it what this one says, and read it."""
    assert page_lines(html_of(paper("note", named("Latin")))) == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_that_try_to_break_out_stay_texts(text: str) -> None:
    said = replace(VISIT, interpretation=text, plan=text, next=text, response=text)
    html = html_of(paper("note", case(*tugs(14.0, 11.0, days=(DAYS[0], DAYS[3])), visit=said, names=(("Name", text),))))
    page = Page(html)
    assert page.words.count(" ".join(text.split())) == 5
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_a_simulated_person_is_marked() -> None:
    assert paper("note").marks == ()
    made = paper("note", case(*stands(8.0, days=DAYS[3:], simulated=True)))
    assert made.marks == (SIMULATED,)


# Changed?


def test_a_verdict_stands_with_both_numbers_and_the_error(known: None) -> None:
    line = says(case(*tugs(14.2, 14.0, 12.6, 11.0)))[CHANGED]
    assert line.startswith("Timed Up and Go: improved: 14.10 s before and 11.00 s now, and 1.2")
    assert "can be measurement error" in line
    assert "practice" not in line.lower()


def test_a_verdict_is_told_at_length_with_the_people_it_was_measured_in() -> None:
    told = facts(paper("note", case(*stands(8.0, 8.1, 8.2, 8.4))))
    assert "160 adults of 18-85 years, barefoot on a force plate, within one session" in told["Change"]
    assert "Measurement error" not in told


def test_the_baseline_is_the_first_two_sessions_and_since_moves_it(known: None) -> None:
    results = tugs(14.2, 14.0, 12.6, 11.0)
    found = findings(case(*results), DAYS[3], DAYS[3])[0]
    assert [on for on, _ in found.baseline] == [DAYS[0], DAYS[1]]
    assert (found.number, len(found.course)) == (4, 4)
    later = case(*results, since=DAYS[2])
    assert [on for on, _ in findings(later, DAYS[3], DAYS[3])[0].baseline] == [DAYS[2]]
    assert "12.60 s before and 11.00 s now" in says(later)[CHANGED]


def test_without_a_checked_error_there_is_no_verdict_but_the_numbers() -> None:
    line = says(case(*tugs(14.2, 14.0, 12.6, 11.0)))[CHANGED]
    assert "14.10 s before and 11.00 s now; not judged: the measurement error is recalled" in line
    assert not re.search("improved|declined", line)
    assert line.count("14.10 s") == 1


def test_the_first_session_has_nothing_to_compare_with() -> None:
    said = says(case(*tugs(11.0, days=DAYS[3:])))
    assert "first time here" in said[CHANGED]
    assert "to have a baseline" in said[NEXT]


def test_without_a_result_the_lines_say_so() -> None:
    said = says(case(*tugs(14.2, 14.0)))
    assert said[CHANGED].startswith("Not known: no test is kept")
    assert said[EXPLAINED] == "There is no number to explain."
    assert NO_TEST in texts(paper("note", case()))


# Could something else explain it?


def test_nothing_else_is_found_where_all_is_the_same() -> None:
    line = says(case(*tugs(14.2, 14.0, 12.6, 11.0)))[EXPLAINED]
    assert line == (
        "Nothing found. Aid, shoes, dose: the same. Practice: more than 3 sessions. Calibration: none used (by hand)."
        " Lost data: none (by hand)."
    )


@pytest.mark.parametrize(
    ("told", "point"),
    [
        ({"aid": "stick"}, "Aid: none against stick."),
        ({"assistance": "contact guard"}, "Aid: assistance (none against contact guard)."),
        ({"footwear": "barefoot"}, "Shoes: own shoes against barefoot."),
        ({"orthosis": "AFO left"}, "Shoes: orthosis (none against AFO left)."),
        ({"medication": "levodopa", "minutes_since_dose": 40}, "Dose: none against levodopa."),
    ],
)
def test_what_differs_may_explain_it(told: dict[str, Any], point: str) -> None:
    said = says(case(*tugs(14.2, 14.0, 12.6), *tugs(11.0, days=DAYS[3:], **told)))
    assert said[EXPLAINED].startswith("It may.")
    assert point in said[EXPLAINED]
    assert "repeat with the same" in said[NEXT]
    assert "conditions differ" in said[CHANGED]


STATES = st.fixed_dictionaries({
    "aid": st.sampled_from(["none", "stick", None]),
    "footwear": st.sampled_from(["own shoes", "sandals", None]),
    "medication": st.sampled_from(["none", "levodopa", None]),
    "minutes_since_dose": st.sampled_from([None, 20, 200]),
})  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(STATES, STATES)
def test_nothing_is_found_only_where_all_is_known_and_the_same(then: dict[str, Any], here: dict[str, Any]) -> None:
    said = says(case(*tugs(14.2, 14.0, 12.6, **then), *tugs(11.0, days=DAYS[3:], **here)))
    names = ("aid", "footwear", "medication")
    unknown = any(told[name] is None for told in (then, here) for name in names)
    differs = any(None not in (then[name], here[name]) and then[name] != here[name] for name in names)
    dosed = then["medication"] == here["medication"] == "levodopa"
    doses = [told["minutes_since_dose"] for told in (then, here)]
    apart = dosed and None not in doses and doses[0] != doses[1]
    begin = (
        "It may." if differs or apart else "Not known." if unknown or (dosed and None in doses) else "Nothing found."
    )
    assert said[EXPLAINED].startswith(begin)
    assert ("conditions differ" in said[CHANGED]) == (begin != "Nothing found.")


@pytest.mark.parametrize(("name", "point"), [("aid", "Aid"), ("footwear", "Shoes"), ("medication", "Dose")])
def test_what_nobody_wrote_down_is_not_known(name: str, point: str) -> None:
    said = says(case(*tugs(14.2, 14.0, 12.6), *tugs(11.0, days=DAYS[3:], **{name: None})))
    assert said[EXPLAINED].startswith("Not known.")
    assert f"{point}: not known." in said[EXPLAINED]
    assert f"write down {point.lower()} with the next test" in said[NEXT]


def test_practice_is_named_until_the_third_session(known: None) -> None:
    early = says(case(*tugs(14.2, 14.0, 11.0, days=DAYS[1:])))
    assert "Practice: Timed Up and Go done only 3 times so far" in early[EXPLAINED]
    assert "practice alone may explain this" in early[CHANGED]
    said_more = case(*tugs(14.2, 14.0, days=DAYS[1:]), *tugs(11.0, days=DAYS[3:], session=9))
    assert "Practice: more than 3 sessions" in says(said_more)[EXPLAINED]


def test_feet_that_stood_otherwise_are_a_matter_of_shoes() -> None:
    moved = case(*stands(8.0, 8.1, 8.2), *stands(8.4, days=DAYS[3:], placement=PLACED | {"heel_distance_mm": 90.0}))
    assert "Shoes: foot position (" in says(moved)[EXPLAINED]
    assert "foot position" not in says(case(*tugs(14.2, 11.0, days=DAYS[2:])))[EXPLAINED]


def test_calibration_and_lost_data_have_their_words() -> None:
    same = says(case(*stands(8.0, 8.1, 8.2, 8.4)))
    assert "Calibration: one record for each test. Lost data: at most 0.10 % of a trial's samples." in same[EXPLAINED]
    other = case(*stands(8.0, 8.1, 8.2), *stands(8.4, days=DAYS[3:], made=MADE.replace("a1", "b2")))
    assert "Calibration: records differ (cal-a1, cal-b2)." in says(other)[EXPLAINED]
    assert "score all sessions under one calibration record" in says(other)[NEXT]
    nominal = stands(8.4, days=DAYS[3:])
    for trial in nominal[0][1]["trials"]:
        trial["calibration"]["nominal"] = True
    assert "Calibration: nominal" in says(case(*stands(8.0, 8.1), *nominal))[EXPLAINED]
    broken = stands(8.4, days=DAYS[3:], problems=["03.sfr can't be read."])
    assert "Lost data: 1 recording couldn't be scored." in says(case(*stands(8.0, 8.1), *broken))[EXPLAINED]


def test_the_clinicians_words_come_first_in_what_to_check() -> None:
    line = says(case(*tugs(14.2, 11.0, days=DAYS[2:])))[NEXT]
    assert line.startswith("Lying and standing blood pressure before the next test. Surefoot suggests: ")
    quiet_one = says(case(*tugs(14.2, 14.0, 12.6, 11.0), visit=replace(VISIT, next="")))[NEXT]
    assert quiet_one == "Surefoot suggests: look at the numbers side by side, since no verdict can be given."


def test_words_of_the_clinician_end_as_sentences_do() -> None:
    for said, shown in (("ask about falls", "ask about falls. Surefoot"), ("هل وقع؟", "وقع؟\u2069 Surefoot"),
                        ("再测。", "再测。 Surefoot"), ("(again)", "(again). Surefoot")):  # fmt: skip
        assert shown in says(case(*tugs(14.2, 11.0, days=DAYS[2:]), visit=replace(VISIT, next=said)))[NEXT]


def test_words_that_run_from_right_to_left_are_set_apart() -> None:
    back, plain_ = "تسير 900 m", "walks 900 m"
    kept = replace(VISIT, response=back, interpretation=f"{back}\n{plain_}", plan=plain_, next=back,
                   activities=(replace(VISIT.activities[2], words=back),))  # fmt: skip
    made = paper("note", case(*tugs(14.2, 11.0, days=DAYS[2:]), visit=kept))
    apart = f"\u2067{back}\u2069"
    assert facts(made)["Response"] == apart
    assert facts(made)["Interpretation"] == f"{apart}\n{plain_}"
    assert facts(made)["Effect on the plan"] == plain_
    assert tables(made)[0].rows[0][5] == f"{apart}; one-to-one"
    assert f"\u2067{back}.\u2069 Surefoot suggests" in dict(made.lead)[NEXT]
    assert isolated("\u202eback") == "\u2066\u202eback\u2069"
    assert isolated("\u0645\u062d\u0645\u062f turns quicker") == "\u2066\u0645\u062d\u0645\u062f turns quicker\u2069"


# The parts


def test_minutes_stand_with_start_stop_and_code() -> None:
    table = tables(paper("note"))[0]
    assert [row[:5] for row in table.rows] == [
        ("History and talk", "–", "09:00", "09:05", "5"),
        ("Physical performance test", "97750", "09:05", "09:20", "15"),
        ("Balance and coordination training", "97112", "09:20", "09:38", "18"),
    ]
    small = next(text for text in texts(paper("note")) if text.startswith("Timed codes"))
    assert "together 33 min, 2 units by the 8-minute rule. Modifiers: GP. Wording of 97112: unverified." in small
    assert "never advice" in small
    assert [row[1] for row in tables(paper("report"))[0].rows] == ["97750"]


def test_a_row_of_the_rule_that_was_recalled_is_marked() -> None:
    long = replace(VISIT, stop="10:30", activities=(replace(VISIT.activities[1], stop="09:50"),))
    text = " ".join(texts(paper("note", case(visit=long))))
    assert "together 45 min, 3 units by the 8-minute rule, unverified." in text


def test_results_stand_beside_each_baseline_session_and_the_norm() -> None:
    made = paper("note", case(*tugs(14.2, 14.0, 12.6, 11.0)))
    table = tables(made)[1]
    assert table.heads == ("Result", "Baseline\n2026-01-05", "Baseline\n2026-01-12", "Now", "Unit")
    assert table.rows == (("From the cue to seated (primary)", "14.20", "14.00", "11.00", "s"),)
    assert any("above the 95 % interval of the mean of people of 70 to 79 years" in text for text in texts(made))
    assert facts(made)["Purpose"] == "Is crossing the street by the house safe?"


def test_a_report_tells_what_has_no_number_and_why() -> None:
    rows = tables(paper("report", case(*tugs(14.2, 11.0, days=DAYS[2:]))))[1].rows
    assert any("not reported. 'Timed Up and Go', trial 1: time from first movement" in row[0] for row in rows)
    assert "aid none; assistance none; footwear own shoes" in facts(paper("report"))["Circumstances"].lower()


def test_where_there_is_no_verdict_the_error_of_a_trial_is_told() -> None:
    first = facts(paper("note", case(*stands(8.4, days=DAYS[3:]))))
    assert first["Measurement error"].startswith(
        "With nothing changed, two trials within one session differ by up to 49"
    )
    assert "For insoles no such figure is known yet" in first["Measurement error"]
    assert "checked in its source" in facts(paper("note", case(*tugs(11.0, days=DAYS[3:]))))["Measurement error"]


def test_what_is_not_written_is_said_to_be_so() -> None:
    bare = paper("note", case(*tugs(14.2, 11.0, days=DAYS[2:]), visit=replace(VISIT, interpretation="", plan="")))
    assert facts(bare)["Interpretation"] == facts(bare)["Effect on the plan"] == NOT_WRITTEN


def test_the_course_shows_every_session_and_what_stood_around_it() -> None:
    course = tables(paper("report", case(*tugs(14.2, 14.0, 12.6, 11.0, aid="stick"))))[-1]
    assert [row[1:3] for row in course.rows] == [
        ("2026-01-05", "14.20"), ("2026-01-12", "14.00"), ("2026-02-02", "12.60"), ("2026-03-04", "11.00"),
    ]  # fmt: skip
    assert {row[4] for row in course.rows} == {"stick"}
    assert [row[0] for row in course.rows] == ["Timed Up and Go: From the cue to seated", "", "", ""]


def test_a_discharge_summary_counts_all_visits_and_names_the_goals() -> None:
    made = paper("discharge", whole(goals=("Walk to school with my grandchild: 900 m without a stop (reached)",)))
    assert dict(made.facts) | {"From": "2026-01-05", "To": "2026-03-04", "Visits": "2"} == dict(made.facts)
    assert "2 visits, 90 minutes in all." in texts(made)
    assert [row[1:] for row in tables(made)[0].rows] == [("97750", "30"), ("97112", "36")]
    assert [row[0].endswith(" (unverified)") for row in tables(made)[0].rows] == [False, True]
    assert any("900 m without a stop (reached)" in text for text in texts(made))
    assert facts(made)["After discharge"] == VISIT.plan


def test_one_visit_is_no_visits() -> None:
    made = paper("discharge", whole(since=DAYS[-1]))
    assert "1 visit, 45 minutes in all." in texts(made)


def test_minutes_that_count_toward_no_code_stand_without_one() -> None:
    group = replace(VISIT, activities=(replace(VISIT.activities[2], one_to_one=False), VISIT.activities[1]))
    made = paper("note", case(visit=group))
    assert [row[1] for row in tables(made)[0].rows] == ["97750", "–"]
    small = next(text for text in texts(made) if text.startswith("Timed codes"))
    assert "Timed codes: 97750 15 min; together 15 min, 1 unit by the 8-minute rule." in small
    assert "Not one-to-one, so not counted: 18 min." in small
    assert any(
        text.startswith("Not one-to-one, so not counted: 18 min.")
        for text in texts(paper("discharge", case(visit=group)))
    )
    later = replace(case(), visits=((DAYS[-1].replace(year=2027), VISIT),))
    assert "collected for 2026: look whether newer ones hold in 2027" in " ".join(texts(paper("note", later)))


def test_what_was_named_and_has_no_result_is_told() -> None:
    both = replace(VISIT, tests=(*VISIT.tests, NamedTest("berg", "is she safe on stairs")))
    for kind in ("note", "report"):
        made = paper(kind, case(*tugs(14.2, 11.0, days=DAYS[2:]), visit=both))
        assert facts(made)["Berg Balance Scale"] == "Is she safe on stairs. No result of it is kept."
        assert "Timed Up and Go" not in facts(made)
    other = paper("note", case(visit=replace(VISIT, tests=(*VISIT.tests, NamedTest("own-test", "why?")))))
    assert facts(other)["Timed Up and Go"] == "Is crossing the street by the house safe? No result of it is kept."
    assert facts(other)["own test"] == "Why? No result of it is kept."


def test_what_was_made_by_hand_has_no_firmware() -> None:
    none = {"software": "0.2.0", "firmware": "none", "calibration": "none"}
    ((on, result),) = tugs(11.0, days=DAYS[3:])
    assert facts(paper("report", case((on, {**result, "versions": none}))))["Made with"] == "Surefoot: software 0.2.0."


def test_a_letter_has_the_newest_tests_and_says_how_many_it_leaves_out() -> None:
    many = [(on, {**one, "protocol": {**one["protocol"], "id": f"own-{n}", "title": f"Test {n} of this clinic"}})
            for n in range(30) for on, one in tugs(14.0, 12.6, days=DAYS[n % 2 :: 2])]  # fmt: skip
    made = paper("letter", case(*many))
    rows = tables(made)[0].rows
    assert {row[4] for row in rows} == {DAYS[3].isoformat()}
    assert len(rows) == 12
    assert any(text.endswith("18 more tests of before: a discharge summary has all.") for text in texts(made))
    assert pages(pdf_of(made)) == 1
    assert len(tables(paper("discharge", case(*many)))[1].rows) == 30


def test_a_letter_has_one_row_for_each_test_even_of_an_earlier_day() -> None:
    made = paper("letter", case(*tugs(14.2, 14.0, 12.6, 11.0), *stands(8.0, 8.4), to="Dr. Ruiz"))
    assert dict(made.facts)["To"] == "Dr. Ruiz"
    assert [row[1:] for row in tables(made)[0].rows] == [
        ("14.20 / 14.00", "11.00", "s", "2026-03-04"), ("8.0", "8.4", "mm/s", "2026-01-12"),
    ]  # fmt: skip


def test_a_test_of_which_no_one_result_may_be_judged_is_told_so() -> None:
    now = dict(tugs(11.0, days=DAYS[3:])[0][1])
    now["protocol"] = now["protocol"] | {"primary_outcome": None}
    found = findings(case((DAYS[3], now)), DAYS[3], DAYS[3])[0]
    assert primary(found.now) is None
    rows = tables(paper("letter", case((DAYS[3], now))))[0].rows
    assert rows[0][0] == "Timed Up and Go: no one result may be judged"


def test_tests_without_a_verdict_for_the_same_reason_stand_together() -> None:
    both = [*((on, battery(created_utc=f"{on}T09:00:00Z", circumstances=HERE)) for on in DAYS[2:]),
            *((on, leaning(created_utc=f"{on}T10:00:00Z", circumstances=HERE)) for on in DAYS[2:])]  # fmt: skip
    said = says(case(*both))
    assert said[CHANGED].count("no measurement error is known for it") == 1
    assert "Battery: 7 before and 7 now; Limits of stability" in said[CHANGED]
    assert "Practice: each test done only 2 times so far" in said[EXPLAINED]
    first = says(case(*both[1:2], *both[3:]))[CHANGED]
    assert first.startswith(
        "Short Physical Performance Battery, Limits of stability, eight directions: first time here"
    )


def test_a_mean_of_counts_lies_between_them() -> None:
    both = [(on, battery(created_utc=f"{on}T09:00:00Z", circumstances=HERE)) for on in DAYS[1:]]
    for one in both[0][1]["outcomes"]:
        one["value"] = one["value"] - 1 if one["measure"] == "points" else one["value"]
    assert "6.5 before and 7 now" in says(case(*both))[CHANGED]
    assert "7 before and 7 now" in says(case(*both[1:]))[CHANGED]


def test_a_result_of_several_directions_names_each() -> None:
    rows = tables(paper("report", case((DAYS[3], leaning(circumstances=HERE)))))[1].rows
    labels = [row[0] for row in rows]
    assert len(set(labels)) == len(labels) > 30
    assert "Furthest lean, forward (primary)" in labels or labels[0].startswith("Furthest lean")


def test_a_test_whose_file_is_gone_is_shown_without_a_verdict() -> None:
    results = tugs(14.0, 11.0, days=DAYS[2:])
    own = [(on, {**one, "protocol": {**one["protocol"], "id": "own-test"}}) for on, one in results]
    assert "not judged" in says(case(*own))[CHANGED]


# Nothing to write about


def test_without_a_visit_there_is_no_paper() -> None:
    with pytest.raises(PaperError, match="no visit of P001 to write about: type its minutes in first"):
        paper("note", replace(whole(), visits=()))


def test_a_report_needs_a_result_of_its_day() -> None:
    with pytest.raises(PaperError, match="no result of P001 on 2026-03-04, so there is nothing to report"):
        paper("report", case(*tugs(14.2, 14.0)))


def test_a_result_of_another_day_is_not_of_this_visit() -> None:
    assert says(case(*tugs(11.0, days=[DAYS[3] + timedelta(days=1)])))[CHANGED].startswith("Not known")
    assert HERE["session"] is None
