# SPDX-License-Identifier: MIT
"""The page of every test: outcomes first, by hand said, marks and events listed, figures only where they apply."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_results import (
    ALL,
    TOLD,
    battery,
    chair,
    leaning,
    mctsib,
    quiet,
    result_of,
    series,
    stand,
    sway,
    trial,
    tug,
    walk,
)
from made_results import by_device as seen
from pages import Page, pictures
from surefoot.care.norms_file import load_norms
from surefoot.care.protocol import load_protocol, protocol_names
from surefoot.measures import MEASURES
from surefoot.output.filled import filled
from surefoot.output.norm_view import norm_lines
from surefoot.output.report import render_report
from surefoot.output.result import NEEDED

VERDICT = re.compile(
    r"\b(improved|declined|changed by more|within measurement error|better than before|worse than before)\b", re.I
)
FORBIDDEN = re.compile(r"diagnos|predicts?\b|prescri|abnormal|patholog", re.I)


def words(result: dict[str, Any], drawn: bool = False) -> str:
    return Page(render_report(result, series(result) if drawn else None)).words


# What leads


def test_two_totals_of_the_timed_up_and_go_are_named() -> None:
    said = words(tug())
    assert "11.30 s From the cue to seated (primary)" in said
    assert "10.70 s From the first movement of the trunk to seated" in said
    assert "Marked: Used the arms to stand up or sit down." in said
    assert (
        said.index("From the cue to seated") < said.index("Beside published figures") < said.index("Marks and events")
    )


def test_both_ends_of_five_stands_are_named() -> None:
    said = words(chair())
    assert "12.90 s To the fifth seat, the end of this test (primary)" in said
    assert "11.80 s To the fifth stand, as the SPPB stops it" in said


def test_foam_velocity_and_seconds_stand_before_the_score() -> None:
    said = words(mctsib(), drawn=True)
    assert "Foam, eyes closed 11.4 / 17.0 / 30.0 of 30 s held 33.0 mm/s sway velocity" in said
    assert "19.47 s Seconds held, mean of 3 trials: 11.40 / 17.00 / 30.00" in said
    assert "109.47 s Seconds held, sum of four conditions (primary)" in said
    assert said.index("33.0 mm/s") < said.index("Balance score") < said.index("MDC about 7")


def test_what_is_by_hand_says_so() -> None:
    text = render_report(tug(hand=True))
    assert text.count('<span class="hand">by hand</span>') == 2  # on the card and in the list of trials
    assert "nothing here was measured by the device" in text
    assert "first movement to end is missing" in text
    assert "by hand" not in Page(render_report(tug())).words
    mixed = tug()
    mixed["outcomes"][0]["by_hand"] = True
    assert "From the cue to seated (primary) by hand" in words(mixed)


def test_what_was_left_out_says_why() -> None:
    said = words(battery())
    assert "Left out: Tandem: Not tried, because 'Semi-tandem' was not held to the end." in said
    assert "7 SPPB points, 0 to 12 (primary)" in said
    assert "Made by a rule that was recalled and not yet checked in its source." in said
    assert "6.2 of 10 s held ended before its time" in said


def test_many_parts_become_a_table() -> None:
    text = render_report(leaning())
    assert text.count(">by hand<") == 0
    assert "Furthest lean, %" in text
    assert "10.0</data> (primary)" in text
    assert Page(text).words.split("What was done")[0].count("(primary)") == 1
    assert "forward right" in text


def test_many_events_of_a_kind_are_one_row() -> None:
    said = words(walk())
    assert "639 times, the last at 351.5 s" in said
    assert "14 times, the last at 280.0 s" in said
    assert "432.00 m Metres in 6 minutes (primary)" in said


def test_marks_and_events_stand_with_their_times() -> None:
    said = words(tug())
    assert "0.8 Used the arms to stand up or sit down observer" in said
    assert "Timed Up and Go 4.1 Turn: left device 0.80" in said
    assert said.index("0.5 Sit to stand: rise 1") < said.index("0.8 Used the arms")
    bare = tug(hand=True)
    bare["trials"][0]["marks"] = [{"mark": "arms-used", "t_s": None}]
    assert "\u2013 Used the arms to stand up or sit down observer" in words(bare)


def test_circumstances_that_nobody_told_are_not_known() -> None:
    said = words(tug(circumstances=dict.fromkeys(TOLD)))
    assert "Aid not known Assistance not known Footwear not known" in said.replace("  ", " ")
    assert "Age not known" in said


# Which parts a test has


@pytest.mark.parametrize("name", ["tug", "tug-hand", "sit-to-stand-5", "walk-6min", "sppb-hand", "limits-of-stability"])
def test_tests_that_move_have_no_sway_pictures_and_no_score(name: str) -> None:
    result = ALL[name]()
    text = render_report(result, series(result))
    said = Page(text).words
    assert not pictures(text)
    assert "not drawn" not in said
    assert "Balance score" not in said
    assert "How the score is made" not in said
    assert "sway velocity" not in said.lower().replace("small sway", "")


@pytest.mark.parametrize("name", ["quiet-stance", "mctsib"])
def test_stands_keep_their_pictures_and_score(name: str) -> None:
    result = ALL[name]()
    text = render_report(result, series(result))
    assert len(pictures(text)) == 3
    assert "How the score is made" in text


def test_research_is_folded_and_far_from_the_score() -> None:
    text = render_report(quiet())
    label = MEASURES["research_sampen_ml"].label
    folded = text[text.index("<h2>Research</h2>") :]
    assert label in folded
    assert "<details>" in folded[: folded.index(label)]
    assert label not in text[: text.index("<h2>Research</h2>")]
    assert text.index("How the score is made") < text.index("<h2>Research</h2>")
    protocol = load_protocol("quiet-stance")
    plain = result_of(protocol, [trial(protocol, "eyes-open", **seen(sway(8.0, research=False)), held_s=30.0)])
    assert "<h2>Research</h2>" not in render_report(plain)


def test_more_trials_than_fit_make_more_tables() -> None:
    protocol = load_protocol("mctsib")
    trials = [stand(protocol, c.id, 9.0, n, held_s=12.0, ended="step") for c in protocol.conditions for n in (1, 2, 3)]
    text = render_report(result_of(protocol, trials))
    rows = re.findall(r'<th scope="row">Sway velocity</th>(.*?)</tr>', text)
    assert [row.count("<data") for row in rows] == [6, 6]


@pytest.mark.parametrize("name", protocol_names())
def test_every_test_has_a_page_with_every_outcome_on_it(name: str) -> None:
    """With trials by hand of the kind that is typed, and with none at all."""
    protocol = load_protocol(name)
    typed = dict.fromkeys(protocol.by_hand.typed, 3.0)
    trials = [
        trial(protocol, c.id, n, typed=dict(typed), target=t, held_s=3.0 if c.kind == "hold" else None)
        for c in protocol.conditions
        for t in ([one.id for one in c.targets] or [None])
        for n in range(1, c.trials + 1)
    ]
    for result in (result_of(protocol, trials, placement=None), result_of(protocol, [], placement=None)):
        page = Page(render_report(result))
        shown = [value for value, _ in page.data]
        held = {f"{one['value']:.1f}" for one in result["outcomes"] if one["measure"] == "held_s" and one["value"]}
        for one in result["outcomes"]:
            if one["value"] is not None and one["measure"] != "held_s":
                assert one["value"] in shown, one["label"]
        assert all(text in page.words for text in held)
        assert not VERDICT.search(page.words)
        assert not FORBIDDEN.search(page.words)


# Published figures


def test_a_figure_stands_with_its_people_source_and_certainty() -> None:
    lines = norm_lines(filled(tug()))
    first = lines[0]
    assert first["text"].startswith("11.30 s is above the 95 % interval of the mean of people of 70 to 79 years")
    assert "Bohannon 2006" in first["text"]
    assert "certainty V: read in the source" in first["source"]
    assert "n not given" in first["source"] or "n = " in first["source"]
    assert [line["label"] for line in lines if line["text"] is None] == [
        "From the first movement of the trunk to seated"
    ]


def test_what_is_not_known_is_the_reason() -> None:
    assert "The age isn't known." in words(tug(circumstances=TOLD | {"age_years": None}))
    protocol = load_protocol("sit-to-stand-30s")
    made = result_of(protocol, [trial(protocol, "stands", typed={"count": 12.0})], circumstances=TOLD | {"sex": None})
    assert "the sex isn't known" in words(made)
    other = tug()
    other["protocol"]["version"] = "9.0.0"
    assert "file of this version of the test isn't at hand" in words(other)
    assert "none is shown" in words(tug(circumstances=TOLD | {"age_years": 300.0}))


def test_with_a_walking_aid_only_figures_that_allow_one_are_shown_and_the_page_says_why() -> None:
    said = words(tug(circumstances=TOLD | {"aid": "rollator"}))
    assert "Bohannon 2006" not in said
    assert "CDC STEADI, Timed Up and Go" in said
    assert "other figures: none is shown. It is for people of whom the source doesn't say what they walked with" in said
    assert "here it was with rollator" in said
    for aid, unknown in (("none", False), ("No aid", False), (None, True), ("", True)):
        said = words(tug(circumstances=TOLD | {"aid": aid}))
        assert "Bohannon 2006" in said
        assert ("Whether a walking aid was used isn't known" in said) is unknown
        assert "other figures" not in said


def test_bare_feet_figures_are_for_bare_feet() -> None:
    protocol = load_protocol("single-leg-stance")
    typed = [trial(protocol, "eyes-open", n, typed={"held_s": 20.0 + n}, held_s=20.0 + n) for n in (1, 2, 3)]
    bare = result_of(protocol, typed, circumstances=TOLD | {"footwear": "barefoot"})
    assert any("Springer" in (line["text"] or "") for line in norm_lines(filled(bare)))
    shod = result_of(protocol, typed)
    assert not any(line["text"] for line in norm_lines(filled(shod)))
    device = [stand(protocol, "eyes-open", 20.0, n) for n in (1, 2, 3)]
    insole = result_of(protocol, device, circumstances=TOLD | {"footwear": "barefoot"})
    assert not any(line["text"] for line in norm_lines(filled(insole)))


@given(
    st.floats(0, 120),
    st.sampled_from(["female", "male", None]),
    st.sampled_from(["barefoot", "own shoes", None]),
    st.sampled_from([tug, chair, quiet, mctsib, walk, battery]),
)
@settings(max_examples=60, deadline=None)
def test_no_figure_outside_its_ages_and_none_unchecked(
    age: float, sex: str | None, footwear: str | None, make: Any
) -> None:
    result = make(circumstances=TOLD | {"age_years": age, "sex": sex, "footwear": footwear})
    for line in norm_lines(filled(result)):
        if line["text"] is None:
            assert line["reason"]
            continue
        tables = [t for t in load_norms().tables if t.cite in line["text"] and result["protocol"]["id"] in t.protocols]
        fitting = [t for t in tables if t.certainty == "V" and any(r.age_min <= int(age) <= r.age_max for r in t.rows)]
        assert fitting, line["text"]
        assert not FORBIDDEN.search(line["text"])
        assert "certainty V" in line["source"]


# Whatever is absent


PLACES = (
    "result",
    "protocol",
    "conditions",
    "trials",
    "outcomes",
    "score",
    "components",
    "marks",
    "events",
    "circumstances",
)


@given(st.data())
@settings(deadline=None)
def test_a_page_never_raises_for_what_is_absent(data: Any) -> None:
    """Every key that a result needn't have goes, or is null, in any combination."""
    result = copy.deepcopy(ALL[data.draw(st.sampled_from(sorted(ALL)))]())
    trials, score = result["trials"], result["score"]
    spots: dict[str, list[dict[str, Any]]] = {
        "result": [result],
        "protocol": [result["protocol"]],
        "conditions": result["protocol"]["conditions"],
        "trials": trials,
        "outcomes": result["outcomes"],
        "score": [score] if score else [],
        "components": score.get("components", []),
        "marks": [mark for one in trials for mark in one["marks"][:2]],
        "events": [event for one in trials for event in one["events"][:2]],
        "circumstances": [result["circumstances"]],
    }
    kept = {"result": set(NEEDED), "protocol": {"id", "version", "title"}, "trials": {"condition", "trial"}}
    for place in data.draw(st.sets(st.sampled_from(PLACES))):
        for one in spots[place]:
            optional = sorted(set(one) - kept.get(place, set()))
            if not optional:
                continue
            for key in data.draw(st.sets(st.sampled_from(optional))):
                if data.draw(st.booleans()):
                    one[key] = None
                else:
                    del one[key]
    said = words(result)
    assert "Not a medical device" in said
    assert "None" not in said
    assert not VERDICT.search(said)
