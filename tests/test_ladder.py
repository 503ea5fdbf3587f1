# SPDX-License-Identifier: MIT
"""The shipped ladders, what is wrong with others, where a person begins, and a year of simulated patients on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import patients
from progression_page import PAGE, ladders, row_of, rules
from surefoot.care.ladder import SETTINGS, folder, ladder_names, load_ladder
from surefoot.care.ladder_entry import entry, single_leg_norm_s
from surefoot.care.progression import load_rules
from surefoot.errors import ProtocolError

LADDER, RULES = load_ladder(), load_rules()


def test_ladders_and_rules_that_are_no_good_say_why(tmp_path: Path):
    ladder = (folder() / "standing.toml").read_text("utf-8")
    text_of_rules = (folder() / "rules.toml").read_text("utf-8")
    for text, wanted, load in (
        (ladder.replace('"none/together", ', ""), "more than one step", load_ladder),
        (ladder.replace("at_least = {}", 'at_least = { base = "tandem" }'), "at_least = ", load_ladder),
        (ladder.replace('vision = "closed"', 'vision = "shut"', 1), "no level vision = shut", load_ladder),
        (ladder.replace('{ base = "tandem" }', '{ leg = "tandem" }', 1), "no level leg = tandem", load_ladder),
        (ladder.replace('words = ["eyes open", "eyes closed"]', 'words = ["a", "b", "c"]'), "3 words", load_ladder),
        (ladder.replace("format = 1", "format = 9"), "upgrade Surefoot", load_ladder),
        (text_of_rules, "holds rules and no ladder", load_ladder),
        (ladder, "holds a ladder and no rules", load_rules),
        (text_of_rules.replace('id = "locked"', 'id = "shut"'), "in this order", load_rules),
        (text_of_rules.replace('outcome = "stop"', 'outcome = "hold"', 1), "come first", load_rules),
        (text_of_rules.replace('source = "Thom', 'sauce = "Thom', 1), "sauce", load_rules),
        (text_of_rules.replace('certainty = "R"', 'certainty = "D"', 1), "V, R", load_rules),
        (text_of_rules.replace('certainty = "D"', 'certainty = "V"', 1), "must be D", load_rules),
    ):
        path = tmp_path / "one.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(ProtocolError, match=wanted):
            load(path=path)
    with pytest.raises(ProtocolError, match="no level 'flying'"):
        LADDER.task("none/flying")
    with pytest.raises(ProtocolError, match="choose one of standing"):
        load_ladder("swimming")


@pytest.mark.parametrize("name", ladder_names())
def test_names_steps_and_numbers_of_a_ladder_agree(name):
    ladder = load_ladder(name)
    assert ladder.id == name
    for task in ladder.walk:
        assert ladder.task(ladder.name(task)) == task
        for other in (*ladder.easier(task), *ladder.harder(task)):
            assert abs(ladder.height(other) - ladder.height(task)) == 1
            assert ladder.task(ladder.name(other)) == other
            assert ladder.setting(other) in SETTINGS
            assert "  " not in ladder.words(other)
    assert ladder.setting(ladder.walk[0]) == "home"
    known = {row.id: set(row.numbers) for row in RULES.rows}
    for rule, numbers in ladder.numbers.items():
        assert set(numbers) <= known[rule]


def test_a_bar_holds_for_what_is_above_it_and_on_its_own_ladder():
    tandem = LADDER.task("none/tandem")
    assert LADDER.barred(tandem, {("base", "semi-tandem")})
    assert not LADDER.barred(tandem, {("base", "single-leg"), ("ground", "uneven")})
    assert LADDER.fits(tandem, "corner", ())
    assert not LADDER.fits(tandem, "home", ())
    assert LADDER.one_legged(tandem)
    assert not LADDER.one_legged(LADDER.task("none/together"))
    assert LADDER.watched(LADDER.task("none/single-leg/closed")) == {"single-leg", "closed"}
    assert LADDER.level(tandem, "ground") == ""


def test_a_person_begins_one_step_below_what_was_held():
    def began(**held: float) -> str:
        named = {LADDER.task("none/" + name.replace("_", "-").replace("0", "/")): held[name] for name in held}
        return LADDER.name(entry(LADDER, RULES, named).task)

    assert began(together=30, semi_tandem=10, tandem=9.9) == "none/together"
    assert began(tandem=12) == "none/semi-tandem"
    assert began(together0closed=10) == "none/apart/closed"
    assert began(together=9) == began() == "two-hands/apart"
    assert entry(LADDER, RULES, {LADDER.walk[0]: 30}).task == LADDER.walk[0]
    assert entry(LADDER, RULES, {LADDER.task("none/tandem"): 30}).target_s == 10
    off = entry(LADDER, RULES, {LADDER.task("fingertips/tandem"): 10}).task  # not on the suggested walk
    assert LADDER.height(off) == LADDER.height(LADDER.task("fingertips/tandem")) - 1


def test_the_norm_of_one_leg_is_the_published_one():
    assert [single_leg_norm_s(age) for age in (None, 12, 39.9, 72, 85)] == [None, None, 44.7, 21.5, 9.4]


def test_a_year_of_patients_neither_runs_ahead_nor_swings():
    years = [patients.patient(kind, 0) for kind in patients.KINDS] + [
        patients.patient("misses sessions", number) for number in range(1, 6)
    ]
    assert any(year.fall_days for year in years)
    assert sum(year.early for year in years) == 0
    courses = [course for year in years for course in year.courses.values()]
    assert all(course.steps_days for course in courses)
    assert np.median([course.reversals_26 for course in courses]) <= 4
    gaps = np.array([course.gap for course in courses])
    assert abs(np.median(gaps)) <= 1
    assert np.mean(np.abs(gaps) <= 1.5) > 0.8
    assert max(gaps) < 1.5  # nobody is left where they can't stand


def test_legs_that_differ_stand_at_different_rungs():
    year = patients.live(patients.Kind(skill=(7.0, 7.0), uneven=4.0, learning=0.0), 3, ["standing"])
    left, right = (year.courses["standing", leg] for leg in ("left", "right"))
    assert abs(left.right - right.right) > 1
    apart = np.mean(left.places[100:]) - np.mean(right.places[100:])
    assert np.sign(apart) == np.sign(left.right - right.right)
    assert abs(apart) > 0.5


def test_the_page_has_the_tables_that_come_out():
    text = PAGE.read_text("utf-8")
    assert ladders() in text
    assert rules() in text
    assert row_of("misses sessions") in text
