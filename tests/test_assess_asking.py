# SPDX-License-Identifier: MIT
"""Which safety questions are asked: the fewest that open a test, a task or the insoles; and what is due of all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from assessing import DAY, all_fine
from stores import BY, KEY, people_in
from surefoot import cli
from surefoot.care.ladder import load_ladder
from surefoot.care.progression_values import FINE, NOT_ASKED, NOT_FINE
from surefoot.care.safety import answered, blocks, states, table
from surefoot.care.safety_asking import Wanted, due, in_the_way, needed, next_question, of_tasks, wanted_of
from surefoot.care.safety_values import THINGS, SafetyProfile
from surefoot.care.safety_waiting import told_apart
from surefoot.clinic import assess
from surefoot.clinic.store.values import Store
from surefoot.errors import ProtocolError

STANDING = load_ladder()
TASKS = [of_tasks(f"{one.id}:{one.name(task)}", one, [task])
         for one in map(load_ladder, ("standing", "walking")) for task in (one.walk[0], one.walk[9])]  # fmt: skip
EVERYTHING = [*map(wanted_of, table().all_tests), *map(wanted_of, THINGS), *TASKS]
TODAY = date.today()


def asked(wanted: Wanted, state: Callable[[str], str], profile: SafetyProfile | None = None) -> Iterator[SafetyProfile]:
    """The profile after each question that it waits for, answered as `state` says."""
    profile, names = profile or SafetyProfile(), []
    while question := next_question(profile, DAY, names, [wanted]):
        names.append(question.id)
        profile = answered(profile, question.id, state(question.id), DAY, "T1")
        yield profile


@pytest.mark.parametrize("wanted", EVERYTHING, ids=lambda one: one.name)
def test_the_fewest_answers_open_what_is_wanted(wanted: Wanted):
    *_, last = asked(wanted, lambda name: FINE)
    assert in_the_way(blocks(last, DAY), wanted) == ()
    assert len(last.answers) <= 12 < len(table().questions) / 2
    for name in last.answers:  # none of them is asked in vain
        without = SafetyProfile({key: one for key, one in last.answers.items() if key != name})
        assert in_the_way(blocks(without, DAY), wanted)


@pytest.mark.parametrize("wanted", EVERYTHING, ids=lambda one: one.name)
def test_what_is_answered_badly_asks_no_more_than_it_could_open(wanted: Wanted):
    *_, last = asked(wanted, lambda name: NOT_FINE)
    assert in_the_way(blocks(last, DAY), wanted)
    assert len(last.answers) <= 3
    *_, shrugged = asked(wanted, lambda name: NOT_ASKED)
    assert in_the_way(blocks(shrugged, DAY), wanted)


def test_a_leg_that_must_not_be_loaded_closes_that_leg_alone():
    *_, last = asked(wanted_of("single-leg-stance"), lambda name: NOT_FINE if name.endswith("bearing_left") else FINE)
    found = blocks(last, DAY)
    assert "single-leg-stance" in found.tests_on("left")
    assert "single-leg-stance" not in found.tests_on("right")


def test_what_makes_up_for_a_bad_answer_is_asked_next():
    wanted = wanted_of("insoles")
    *_, last = asked(wanted, lambda name: NOT_FINE if name == "sensation" else FINE)
    assert last.answers["insole_release"].state == FINE
    assert in_the_way(blocks(last, DAY), wanted) == ()


def test_training_waits_for_all_that_the_rules_of_progression_would_wait_for():
    task = of_tasks("standing", STANDING, [STANDING.task("none/semi-tandem/closed")])
    *_, last = asked(task, lambda name: FINE)
    _, waiting, unasked = told_apart(blocks(last, DAY))
    assert unasked == ()
    assert not [one for one in waiting if one.barred & task.levels or one.company]


def test_what_still_holds_is_not_asked_again_and_a_bad_answer_is_after_its_days():
    profile = all_fine()
    assert due(profile, DAY) == ()
    assert [one.id for one in due(profile, DAY + timedelta(days=1))] == ["new_symptoms"]
    bad = answered(answered(profile, "wound", NOT_FINE, DAY), "pacemaker", NOT_FINE, DAY)
    assert [one.id for one in due(bad, DAY + timedelta(days=8))] == ["new_symptoms", "wound", "swelling"]
    # Who ends early has answered what blocks every test.
    first = [one.id for one in due(SafetyProfile(), DAY)][:3]
    assert set(first) == {row.answer for row in table().blocks if row.named == ("all",)}
    assert needed(profile, DAY, [wanted_of("mctsib")]) == ()


def test_what_there_is_not_can_not_be_opened():
    with pytest.raises(ProtocolError, match="There is no 'rhomberg' to open: name a test"):
        wanted_of("rhomberg")


@pytest.fixture
def run(store_here: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    people_in(store_here, "P001")
    monkeypatch.setattr("surefoot.clinic.store.keys.find", lambda label: KEY)
    monkeypatch.setenv("SUREFOOT_BY", BY)
    monkeypatch.chdir(tmp_path)

    def go(*words: str, answers: tuple[str, ...] = ()) -> tuple[str, list[str]]:
        left, asked = list(answers), []

        def ask(question: str) -> str:
            asked.append(question)
            return left.pop(0) if left else "q"

        if answers:
            monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
            monkeypatch.setattr("builtins.input", ask)
        cli.main(["assess", "safety", "--person", "P001", *words, "--data", str(store_here.folder.parent)])
        told = capsys.readouterr()
        return told.out + told.err, asked

    return go


def test_a_first_profile_opens_a_test_with_seven_answers(run, store_here: Store):
    told, _ = run("--for", "romberg", "insoles")
    assert "To ask: new_symptoms, consent_measure, instructions, weight_bearing_left, half_weight_left," in told
    told, questions = run("--for", "romberg", answers=("n", "y", "y", "n", "y", "y", "y"))
    assert len(questions) == 7
    assert "romberg: open.\n\nDue as well, 24 questions: precautions," in told
    assert "romberg" not in assess.blocks(store_here, "P001", TODAY).tests
    told, questions = run("--for", "romberg", "insoles", "dynamic", answers=("y", "n"))
    assert len(questions) == 2  # what dynamic needs is barred by the left leg, so nothing is asked for it
    assert "insoles: open." in told
    assert "dynamic: not yet.\n  These ask for more than half the weight on the left leg" in told


def test_all_that_is_due_is_asked_in_turn_and_the_shorter_way_is_told(run, store_here: Store):
    told, questions = run(answers=("n", "y", "y"))
    assert len(questions) == 4
    assert f"Up to {len(table().questions)} questions. Short of time? `--for romberg`" in told
    before, entry = assess.safety_profile(store_here, "P001")
    assert set(before.answers) == {"new_symptoms", "consent_measure", "instructions"}
    assess.keep_safety(store_here, "P001", all_fine(TODAY), TODAY, by=BY, over=entry)
    told, questions = run(answers=("y",))
    assert (questions, "Every answer still holds: `--all` asks them again." in told) == ([], True)
    _, questions = run("--all", answers=("y", "-"))
    assert len(questions) == 3
    now = states(assess.safety_profile(store_here, "P001")[0], TODAY)
    assert (now["new_symptoms"], now["consent_measure"]) == (NOT_FINE, NOT_ASKED)
