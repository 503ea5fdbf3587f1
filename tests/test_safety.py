# SPDX-License-Identifier: MIT
"""The safety table and what it blocks: every row, every limit, and no answer that gets worse ever unblocks anything."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessing import DAY, all_fine
from surefoot.care import safety
from surefoot.care.ladder import SETTINGS, folder, ladder_names, load_ladder
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE, STATES
from surefoot.care.protocol import load_protocol, protocol_names
from surefoot.care.safety_readings import check_readings, measured, weighed
from surefoot.care.safety_values import SIDES, Answer, Blocks, Readings, SafetyProfile
from surefoot.clinic.assess_words import answer_lines
from surefoot.errors import ProtocolError

TABLE = safety.table()
IDS = [one.id for one in TABLE.questions]
BY_ID = {one.id: one for one in TABLE.questions}
LADDERS = {name: load_ladder(name) for name in ladder_names()}
profiles = st.fixed_dictionaries({name: st.sampled_from(STATES) for name in IDS})


@pytest.fixture(scope="module")
def protocols():
    return [load_protocol(name) for name in protocol_names()]


def found(**but: str) -> Blocks:
    return safety.blocks(all_fine(but=but), DAY)


def test_a_question_that_was_not_asked_ends_its_sentence():
    reasons = [one for name in IDS for one in found(**{name: NOT_ASKED}).reasons if one.state == NOT_ASKED]
    assert any("?" in one.sentence for one in reasons)
    assert not [one.sentence for one in reasons if "?." in one.sentence]


def rank(blocks: Blocks) -> tuple[object, ...]:
    """All that is blocked, so that more of anything is never less."""
    wear = -(blocks.first_wear_min or 10_000)
    return (
        frozenset((side, test) for side in SIDES for test in blocks.tests_on(side)),
        frozenset((side, level) for side in SIDES for level in blocks.levels_on(side)),
        blocks.things,
        -SETTINGS.index(blocks.company),
        SETTINGS.index(blocks.needs),
        wear,
    )


def at_least(more: Blocks, less: Blocks) -> bool:
    return all(a >= b for a, b in zip(rank(more), rank(less), strict=True))  # type: ignore[operator]


@settings(max_examples=40, deadline=None)
@given(profiles, st.sampled_from(IDS))
def test_no_answer_that_gets_worse_unblocks_anything(states: dict[str, str], name: str):
    fine, open_, bad = (
        safety.blocks(all_fine(but={**states, name: state}), DAY) for state in (FINE, NOT_ASKED, NOT_FINE)
    )
    assert at_least(open_, fine)
    assert at_least(bad, open_)


@settings(max_examples=40, deadline=None)
@given(profiles, st.integers(0, 400), st.integers(0, 400))
def test_time_that_passes_unblocks_nothing(states: dict[str, str], days: int, more: int):
    profile = all_fine(but=states)
    earlier, later = (safety.blocks(profile, DAY + timedelta(days=n)) for n in (days, days + more))
    assert at_least(later, earlier)


@pytest.mark.parametrize("row", TABLE.blocks, ids=lambda row: row.id)
def test_every_row_holds_for_its_answers_alone(row):
    """With everything else fine, it holds for what it names and for nothing else, and blocks what it says."""
    for state in STATES:
        # What is asked only where another isn't fine needs that other one; what an exception lifts needs it open.
        hangs_on = BY_ID[row.answer].asked_unless_fine
        but = ({hangs_on: NOT_FINE} if hangs_on else {}) | {row.answer: state}
        blocks = found(**but, **({row.unless_fine: NOT_ASKED} if row.unless_fine else {}))
        holds = [one for one in blocks.reasons if one.block.id == row.id]
        assert bool(holds) == (state in row.when)
        if not holds:
            continue
        side = row.leg or "left"
        assert set(row.tests) <= blocks.tests_on(side)
        assert set(row.levels) <= blocks.levels_on(side)
        assert set(row.things) <= blocks.things
        assert row.lifts in holds[0].sentence
        assert row.words in holds[0].sentence
        assert holds[0].says in holds[0].sentence


def test_nothing_is_blocked_where_all_is_fine_and_everything_that_matters_where_nothing_was_asked():
    assert found() == Blocks()
    assert found().company == "helper"
    nothing = safety.blocks(SafetyProfile(), DAY)
    assert nothing.tests == set(protocol_names())
    assert nothing.insoles
    assert nothing.training
    assert nothing.sharing
    assert nothing.cues == {"metronome", "feedback", "sound", "heart-rate"}
    assert (nothing.company, nothing.needs, nothing.first_wear_min) == ("corner", "helper", 15)


def test_the_groups_are_what_the_protocols_say(protocols):
    import tomllib

    groups = tomllib.loads((folder() / "safety.toml").read_text("utf-8"))["groups"]

    def having(want) -> set[str]:
        return {one.id for one in protocols if any(want(condition) for condition in one.conditions)}

    on_feet = ("apart", "together", "semi-tandem", "tandem", "single")
    assert set(groups["standing"]) == having(lambda one: one.stance in on_feet)
    assert set(groups["foam"]) == having(lambda one: one.surface == "foam")
    assert set(groups["one-leg"]) == having(lambda one: one.stance == "single")
    moves = having(lambda one: one.kind in ("timed", "count") and one.stance == "seated")
    assert set(groups["rising"]) == moves | {"sppb"}
    walks = having(lambda one: one.stance == "walking")
    assert set(groups["walking"]) == walks | {"tug", "tug-dual", "turn-360"}
    assert set(groups["lean"]) == having(lambda one: one.kind in ("lean", "reach")) | {"push-and-release"}
    assert set(groups["bend"]) <= set(protocol_names())


def test_every_level_that_is_named_is_one_of_a_ladder():
    known = {(axis.id, level) for one in LADDERS.values() for axis in one.axes for level in axis.levels}
    assert {level for row in TABLE.blocks for level in row.levels} <= known


def test_a_restricted_leg_blocks_single_leg_tasks_on_that_leg_and_cues_on_both():
    blocks = found(weight_bearing_left=NOT_FINE)
    assert "single-leg-stance" in blocks.tests_on("left")
    assert "single-leg-stance" not in blocks.tests_on("right")
    assert "single-leg-stance-each-leg" in blocks.tests
    assert {"metronome", "feedback"} <= blocks.cues
    assert not blocks.insoles
    assert "quiet-stance" not in blocks.tests
    half = found(weight_bearing_left=NOT_FINE, half_weight_left=NOT_ASKED)
    assert {"quiet-stance", "walk-4m"} <= half.tests
    assert "single-leg-stance" in found(weight_bearing_left=NOT_FINE, weight_bearing_right=NOT_ASKED).tests


def test_what_a_full_leg_may_bear_isn_t_asked():
    assert found(half_weight_left=NOT_FINE) == Blocks()
    assert safety.states(all_fine(but={"half_weight_left": NOT_FINE}), DAY)["half_weight_left"] == FINE


@pytest.mark.parametrize("state", [NOT_FINE, NOT_ASKED])
def test_feet_that_may_not_feel_need_a_release_and_a_first_wear(state: str):
    """Section 9 of the clinical reference: absent or unknown sensation."""
    assert found(sensation=state, insole_release=NOT_ASKED).insoles
    released = found(sensation=state, first_wear=NOT_ASKED)
    assert not released.insoles
    assert released.first_wear_min == 15
    assert found(sensation=state).first_wear_min is None
    assert found(sensation=state, first_wear=NOT_FINE).insoles


def test_an_open_wound_blocks_the_insoles_and_no_test():
    for state in (NOT_FINE, NOT_ASKED):
        assert found(wound=state).insoles
        assert found(wound=state).tests == frozenset()


def test_each_heart_answer_alone_turns_heart_rate_targets_off():
    for name in ("beta_blocker", "pacemaker", "atrial_fibrillation"):
        for state in (NOT_FINE, NOT_ASKED):
            assert found(**{name: state}).cues == {"heart-rate"}


def test_what_was_fine_is_asked_again_after_its_time():
    profile, days = all_fine(), BY_ID["wound"].days
    assert safety.states(profile, DAY + timedelta(days=days))["wound"] == FINE
    late = DAY + timedelta(days=days + 1)
    assert safety.states(profile, late)["wound"] == NOT_ASKED
    (why,) = (one for one in safety.blocks(profile, late).reasons if one.block.answer == "wound")
    assert f"{DAY}, which holds {days} days: ask again" in why.says
    assert safety.states(profile, DAY + timedelta(days=1))["new_symptoms"] == NOT_ASKED
    assert safety.states(profile, DAY - timedelta(days=1))["wound"] == NOT_ASKED  # of a day to come
    bad = safety.answered(profile, "wound", NOT_FINE, DAY, "heel")
    (why,) = safety.blocks(bad, DAY).reasons
    assert (why.state, why.note) == (NOT_FINE, "heel")
    assert safety.states(bad, DAY + timedelta(days=1000))["wound"] == NOT_FINE


def test_answers_that_there_are_not_are_refused():
    empty = SafetyProfile()
    with pytest.raises(ProtocolError, match="no safety answer 'wond': choose one of new_symptoms"):
        safety.answered(empty, "wond", FINE, DAY)
    with pytest.raises(ProtocolError, match="'good' is no answer to wound"):
        safety.answered(empty, "wound", "good", DAY)
    with pytest.raises(ProtocolError, match="insole_release = fine needs a few words"):
        safety.answered(empty, "insole_release", FINE, DAY, " ")
    kept = safety.answered(empty, "insole_release", FINE, DAY, "DR7 ")
    assert kept.answers["insole_release"] == Answer(FINE, DAY, "DR7")
    assert safety.answered(kept, "insole_release", NOT_ASKED, DAY).answers["insole_release"] == Answer()


def test_an_older_answer_never_takes_the_place_of_a_newer_one():
    bad = safety.answered(SafetyProfile(), "wound", NOT_FINE, DAY)
    for older in (FINE, NOT_ASKED):
        with pytest.raises(ProtocolError, match=f"wound was answered on {DAY} \\(not fine\\), and .* is before"):
            safety.answered(bad, "wound", older, DAY - timedelta(days=1))
    with pytest.raises(ProtocolError, match="is before"):
        weighed(weighed(SafetyProfile(), 130, DAY), 90, DAY - timedelta(days=1))
    assert safety.answered(bad, "wound", FINE, DAY).answers["wound"].state == FINE


@pytest.mark.parametrize(
    ("standing", "state"), [((121, 71), FINE), ((120, 79), NOT_FINE), ((139, 70), NOT_FINE), ((150, 90), FINE)]
)
def test_a_drop_of_20_or_10_on_standing_is_not_fine(standing: tuple[int, int], state: str):
    """The consensus of Freeman 2011: at least 20 systolic or 10 diastolic."""
    profile = measured(SafetyProfile(), Readings(DAY, 140, 80, *standing))
    assert profile.answers["orthostatic_drop"].state == state
    assert profile.answers["orthostatic_drop"].note == f"140/80 lying, {standing[0]}/{standing[1]} standing"
    blocks = safety.blocks(SafetyProfile({**all_fine().answers, **profile.answers}), DAY)
    assert ("tug" in blocks.tests) == (state == NOT_FINE)
    assert blocks.needs == ("helper" if state == NOT_FINE else "home")


def test_other_readings_say_what_they_can_and_no_more():
    lying = measured(SafetyProfile(), Readings(DAY, 181, 90))
    assert lying.answers["resting_pressure"].state == NOT_FINE
    assert "orthostatic_drop" not in lying.answers
    edge = measured(SafetyProfile(), Readings(DAY, 180, 100, heart_rate_bpm=120))
    assert {edge.answers[name].state for name in ("resting_pressure", "resting_heart_rate")} == {FINE}
    assert measured(SafetyProfile(), Readings(DAY, heart_rate_bpm=121)).answers["resting_heart_rate"].state == NOT_FINE
    assert weighed(SafetyProfile(), 125, DAY).answers["foam_weight"].state == FINE
    assert weighed(SafetyProfile(), 125.1, DAY).answers["foam_weight"].state == NOT_FINE


@pytest.mark.parametrize(
    ("readings", "says"),
    [
        (Readings(DAY, 140), "lying has two numbers"),
        (Readings(DAY, 80, 140), "lying 80/140 can't be"),
        (Readings(DAY, 140, 80, 400, 80), "standing 400/80 can't be"),
        (Readings(DAY, heart_rate_bpm=0), "heart rate of 0 a minute can't be"),
    ],
)
def test_impossible_readings_are_refused(readings: Readings, says: str):
    with pytest.raises(ProtocolError, match=says):
        check_readings(readings)


def test_limits_in_the_words_are_those_of_the_numbers(protocols):
    """The tests' own sheets say the same limits to whoever stands beside."""
    numbers = {name: BY_ID[name].numbers for name in ("foam_weight", "resting_pressure", "resting_heart_rate")}
    sheets = {one.id: " ".join(one.safety.do_not_start) for one in protocols}
    kg = f"{numbers['foam_weight']['most_kg']:g} kg"
    assert {name for name, sheet in sheets.items() if "foam may bottom out" in sheet} <= {
        name for name, sheet in sheets.items() if f"more than {kg}" in sheet
    }
    pressure = numbers["resting_pressure"]
    assert f"{pressure['systolic_mmhg']:g} over {pressure['diastolic_mmhg']:g}" in sheets["walk-6min"]
    assert f"above {numbers['resting_heart_rate']['most_bpm']:g} per minute" in sheets["walk-6min"]
    for name, limits in numbers.items():
        said = BY_ID[name].ask + "".join(row.words + row.lifts for row in TABLE.blocks if row.answer == name)
        assert all(re.search(rf"\b{limit:g}\b", said) for limit in limits.values())


def test_what_progression_is_told():
    ladder = LADDERS["standing"]
    told = {"usual_pain": 2, "falls": (DAY,)}
    person = safety.person(found(), ladder, **told)
    assert (person.usual_pain, person.company, person.barred, person.falls) == (2, "helper", frozenset(), (DAY,))
    assert safety.person(found(), ladder, beside=True, **told).company == "clinic"
    assert safety.person(found(helper=NOT_ASKED), ladder, **told).company == "corner"
    left = found(weight_bearing_left=NOT_FINE)
    for leg, barred in (("left", True), (None, True), ("right", False)):
        assert (("base", "single-leg") in safety.person(left, ladder, leg=leg, **told).barred) is barred


@pytest.mark.parametrize(
    ("but", "home", "beside"),
    [
        ({"consent_train": NOT_FINE}, False, True),
        ({"instructions": NOT_FINE}, True, True),
        ({"instructions": NOT_FINE, "helper": NOT_FINE}, False, True),
    ],
)
def test_where_training_is_blocked_no_task_is_left(but: dict[str, str], home: bool, beside: bool):
    for ladder in LADDERS.values():
        easiest = (0,) * len(ladder.axes)
        for there, may in ((False, home), (True, beside)):
            person = safety.person(found(**but), ladder, usual_pain=0, falls=(), beside=there)
            assert ladder.fits(easiest, person.company, person.barred) is may


def test_a_cue_is_refused_in_words():
    assert safety.cue_refusal(found()) is None
    words = safety.cue_refusal(found(weight_bearing_left=NOT_FINE))
    assert words
    assert "a cue would ask for weight on it" in words
    assert "restricted weight-bearing on the left leg" in words
    many = safety.cue_refusal(safety.blocks(SafetyProfile(), DAY), feedback=True)
    assert many
    assert "more answers block it" in many


GOOD = (folder() / "safety.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('answer = "new_symptoms"', 'answer = "news"', r"'blocks\[1\]\.answer' names 'news', and there is no such ans"),
        ('tests = ["all"]', 'tests = ["al"]', r"'blocks\[1\]\.tests' names 'al', and there is no such test or"),
        ('levels = ["base/single-leg"]', 'levels = ["base/one"]', r"blocks\[3\]\.levels' names 'base/one'"),
        ('unless_fine = "insole_release"', 'unless_fine = "release"', r"\.unless_fine' names 'release'"),
        ('asked_unless_fine = "sensation"', 'asked_unless_fine = "helper"', "no such answer before it"),
        ('foam = ["bess",', 'foam = ["bes",', r"field 'groups\.foam' names 'bes', and there is no such test"),
        ('foam = ["bess",', 'bess = ["bess",', r"field 'groups\.bess' has the name of a test"),
        ('id = "wound-insoles"', 'id = "half-left"', "field 'blocks' has the id 'half-left' twice"),
        ('things = ["sound"]', 'things = ["noise"]', r"'blocks\[\d+\]\.things\[1\]' is \"noise\", but must be one"),
        ("days = 0\n", "days = -1\n", r"field 'answers\[1\]\.days' is -1, but must be at least 0"),
        ('basis = "published"\n', 'basis = "published"\nfrom = 1\n', r"has an unknown field 'from'"),
        ("format = 1", "format = 2", "newer than this Surefoot reads"),
        ('id = "wound"\n', "", r"field 'answers\[\d+\]' lacks 'id'"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_table_is_told_by_its_field(tmp_path: Path, old: str, new: str, says: str):
    assert old in GOOD
    path = tmp_path / "safety.toml"
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(ProtocolError, match=says):
        safety.load_table(path)


def test_a_published_row_names_its_source_and_no_row_claims_more_than_it_knows():
    for row in TABLE.blocks:
        assert bool(row.source) == (row.basis == "published"), row.id
        assert (row.certainty == "D") == (row.basis == "ours"), row.id


def test_the_shipped_table_is_read_once():
    assert safety.table() is safety.table()
    assert safety.load_table() == TABLE
    assert date.fromisoformat("2026-03-12") == DAY


def test_what_need_not_be_asked_is_not_said_to_be_so():
    felt = safety.answered(SafetyProfile(), "sensation", FINE, DAY)
    (line,) = [one for one in answer_lines(felt, DAY) if "insole_release" in one]
    assert "needn't be asked, since sensation is fine" in line
    assert "has released" not in line
