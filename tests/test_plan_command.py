# SPDX-License-Identifier: MIT
"""`surefoot plan` and `surefoot goal` on a store: refusals, overrides, two stations, pages, goals."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assessing import all_fine
from pages import Page
from stores import people_in
from surefoot import cli
from surefoot.care.assessment import Profile
from surefoot.care.ladder import load_ladder
from surefoot.care.plan import Plan, added, exercise_item, task_item
from surefoot.care.progression_values import Session
from surefoot.clinic import ladder_documents, plan_entries
from surefoot.clinic.assess import keep_profile, keep_safety
from surefoot.clinic.ladder_deciding import set_numbers
from surefoot.clinic.ladder_documents import FORMAT
from surefoot.clinic.plan_rungs import ladders
from surefoot.clinic.plan_told import told
from surefoot.clinic.store import audit, entries, options
from surefoot.clinic.store.values import Conflict, Store
from surefoot.clinic.walks_folder import walker_of, walks_folder
from surefoot.output.goal_readings import readings

TODAY = date.today()
PARSER = cache(cli._parser)  # made once for all commands here
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(store_here: Store) -> Store:
    """A store with somebody who is fine in all and has a helper."""
    people_in(store_here, "P001", "P002")
    keep_safety(store_here, "P001", all_fine(TODAY), TODAY, by="T1")
    return store_here


@pytest.fixture
def run(here: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on that store: exit code, output, errors."""

    @contextmanager
    def opened(args: argparse.Namespace) -> Iterator[Store]:
        yield here

    monkeypatch.setattr(options, "opened", opened)
    monkeypatch.setattr(cli, "_parser", PARSER)

    def call(*words: str, person: str = "P001") -> tuple[int, str, str]:
        known = ["--person", person, "--by", "T1"] if words[1] != "exercises" else []
        code = cli.main([*words, *known])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def placed(store: Store, task: str, leg: str = "", target_s: float = 20.0, ladder: str = "standing") -> None:
    document = {
        "format": FORMAT, "what": ladder_documents.PLACED, "ladder": ladder, "leg": leg, "task": task,
        "target_s": target_s, "inputs": {}, "reason": "seen",
    }  # fmt: skip
    entries.put(store, "P001", "decision", TODAY, document, by="T1")


def test_a_plan_is_made_shown_changed_and_dropped(run: Run, here: Store):
    assert run("plan", "show")[1].startswith("P001 has no plan yet")
    assert run("plan", "set", "--company", "corner", "--call", "Ms Novak")[0] == 0
    assert run("plan", "add", "--task", "standing:none/together", "--days", "5")[0] == 0
    code, out, _ = run("plan", "add", "--exercise", "walk", "--minutes", "15", "--exertion", "4")
    assert code == 0
    assert "Go for a walk: 15 minutes, two days a week; exertion at most 4 of 10 (walking)\n" in out
    assert "10 seconds each time, five days a week; steadiness at most 3 of 5 (balance)\n" in out
    assert run("plan", "set", "--item", "walk", "--minutes", "20")[0] == 0
    code, out, _ = run("plan", "drop", "--item", "none/together")
    assert "20 minutes" in out
    assert "Stand" not in out
    assert len(entries.entries(here, "P001", "plan")) == 1
    assert len(entries.entries(here, "P001", "plan", every=True)) == 5
    found = json.loads(run("plan", "show", "--json")[1])
    assert found["plan"]["call"] == "Ms Novak"
    assert found["withheld"] == {}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "--task", "none/together"), "names no ladder"),
        (("add", "--task", "swimming:fast"), "no ladder 'swimming'"),
        (("add", "--task", "standing:none/moon"), "no level 'moon'"),
        (("add", "--exercise", "dance"), "no exercise 'dance'"),
        (("add", "--exercise", "walk", "--minutes", "999"), "minutes"),
        (("add", "--exercise", "walk", "--from", "soon"), "no day"),
        (("add", "--exercise", "sit-to-stand", "--leg", "left"), "leave out the leg"),
        (("set",), "Nothing is to be changed"),
        (("set", "--minutes", "5"), "name it by --item"),
        (("drop", "--item", "walk"), "This plan is empty"),
        (("show", "--nonsense"), "nrecognized"),
    ],
)
def test_mistakes_are_sentences(run: Run, words: tuple[str, ...], says: str):
    code, _, err = run("plan", *words)
    assert code == 1 or (code == 2 and "nonsense" in " ".join(words))
    assert says in err
    assert "Traceback" not in err


def test_a_person_who_is_not_there(run: Run):
    code, _, err = run("plan", "show", person="P404")
    assert code == 1
    assert "P404" in err


def test_what_safety_speaks_against_is_refused_and_kept_only_with_a_reason(run: Run, here: Store):
    keep_safety(here, "P001", all_fine(TODAY, {"walks_alone": "not fine"}), TODAY, by="T1")
    code, _, err = run("plan", "add", "--exercise", "walk")
    assert code == 1
    assert "Not planned" in err
    assert "--despite" in err
    assert run("plan", "add", "--exercise", "walk", "--despite", "  ")[0] == 1
    code, out, _ = run("plan", "add", "--exercise", "walk", "--despite", "walks with her daughter")
    assert code == 0
    assert "walks with her daughter" in out
    kept = entries.entries(here, "P001", "plan")[-1].document["items"][0]["despite"]
    assert (kept["by"], kept["reason"]) == ("T1", "walks with her daughter")
    noted = [row for row in audit.log(here, "P001") if row.action == "override"]
    assert noted[-1].by == "T1"
    assert noted[-1].what.endswith("walks with her daughter")


def test_nothing_asked_is_named_in_one_sentence(run: Run):
    code, _, err = run("plan", "add", "--exercise", "walk", person="P002")
    assert code == 1
    assert "Not asked: " in err
    assert "`surefoot assess safety --person P002` asks" in err


def test_the_ladder_holds_back_and_gives_its_own_target(run: Run, here: Store):
    placed(here, "none/together")
    assert run("plan", "set", "--company", "corner")[0] == 0
    code, _, err = run("plan", "add", "--task", "standing:none/tandem")
    assert code == 1
    assert "this is harder" in err
    code, out, _ = run("plan", "add", "--task", "standing:none/together")
    assert code == 0
    assert "20 seconds" in out
    assert run("plan", "add", "--task", "standing:none/apart")[1].count("10 seconds") == 1


def test_a_first_time_with_closed_eyes_is_only_for_company(run: Run, here: Store):
    placed(here, "none/apart/closed", target_s=10.0)
    assert ladders(here, "P001").rungs["standing", ""].supervised
    run("plan", "set", "--company", "corner")
    assert "another adult" in run("plan", "add", "--task", "standing:none/apart/closed")[2]
    run("plan", "set", "--company", "helper")
    code, out, _ = run("plan", "add", "--task", "standing:none/apart/closed")
    assert code == 0
    assert "with a helper" in out


def test_what_was_passed_with_somebody_beside_needs_nobody_any_more(run: Run, here: Store):
    placed(here, "none/apart/closed", target_s=10.0)
    trained(here, 1, "none/apart/closed")
    assert ladders(here, "P001").rungs["standing", ""].supervised
    trained(here, 1, "none/apart/closed", beside=True)
    assert not ladders(here, "P001").rungs["standing", ""].supervised


def test_a_lock_takes_all_off_the_page(run: Run, here: Store, tmp_path: Path):
    placed(here, "none/together")
    run("plan", "add", "--exercise", "sit-to-stand")
    stop = {
        "format": FORMAT, "what": "decided", "ladder": "standing", "leg": "", "task": "none/together", "target_s": 20.0,
        "outcome": "stop", "rule": "red-flag", "words": "A fall was reported.", "inputs": {}, "would_change": "seen",
        "supervised": False,
    }  # fmt: skip
    entries.put(here, "P001", "decision", TODAY, stop, by="T1")
    code, out, _ = run("plan", "print", "--out", str(tmp_path))
    assert code == 0
    assert "Not on it: Stand up and sit down." in out
    assert "A fall was reported." in out
    page = (tmp_path / "plan-P001.html").read_text()
    assert "<svg " not in page
    assert "locked" not in page
    assert "refused" not in page
    code, _, err = run("plan", "add", "--exercise", "walk")
    assert "Training is locked" in err


def test_two_stations_that_change_one_plan(run: Run, here: Store):
    run("plan", "add", "--exercise", "walk")
    plan, entry = plan_entries.plan(here, "P001")
    assert entry is not None
    plan_entries.keep_plan(here, "P001", replace(plan, note="mine"), TODAY, by="T2", over=entry)
    with pytest.raises(Conflict, match="was changed by T2"):
        plan_entries.keep_plan(here, "P001", replace(plan, note="yours"), TODAY, by="T1", over=entry)
    code, _, err = run("plan", "set", "--company", "helper", "--seen", entry.id[:8])
    assert code == 1
    assert "by T2 now" in err
    assert entries.last(here, "P001", "plan").document["note"] == "mine"  # type: ignore[union-attr]


def test_an_override_that_was_not_saved_is_not_noted(here: Store):
    plan_entries.keep_plan(here, "P001", Plan(), TODAY, by="T1", over=None)
    with pytest.raises(Conflict):
        plan_entries.keep_plan(here, "P001", Plan(), TODAY, by="T2", over=None, override="plan walk despite a: b")
    assert not [row for row in audit.log(here, "P001") if row.action == "override"]


def test_two_stations_that_begin_one_plan(here: Store):
    first = added(Plan(), exercise_item("walk", TODAY))
    plan_entries.keep_plan(here, "P001", first, TODAY, by="T1", over=None)
    with pytest.raises(Conflict, match="was made by T1"):
        plan_entries.keep_plan(here, "P001", Plan(), TODAY, by="T2", over=None)


def test_a_page_and_sentences_are_written(run: Run, here: Store, tmp_path: Path):
    plan = Plan((exercise_item("walk", TODAY), task_item("standing", "none/semi-tandem/closed", TODAY)), "helper")
    plan_entries.keep_plan(here, "P001", plan, TODAY, by="T1", over=None)
    run("goal", "set", "--words", "walk to school", "--measure", "gait_distance_m", "--value", "900", "--without-stop")
    code, out, _ = run("plan", "print", "--out", str(tmp_path / "new"))
    assert (code, "things to do: 2" in out) == (0, True)
    page = (tmp_path / "new" / "plan-P001.html").read_text()
    assert "walk to school" in page
    assert "900 m a walk, without a stop. Not measured since the goal was set." in page
    assert "eyes closed" not in " ".join(json.loads(run("plan", "speak", "--alone", "--json")[1])["sentences"])
    assert "eyes closed" in run("plan", "speak")[1]
    assert run("plan", "speak", "--out", str(tmp_path))[0] == 0
    assert (tmp_path / "plan-P001.txt").read_text().startswith("This is your plan.\n")
    blocked = tmp_path / "file"
    blocked.write_text("x")
    code, _, err = run("plan", "print", "--out", str(blocked))
    assert code == 1
    assert "can't be made" in err


def test_what_is_told_is_of_the_day_that_it_is_about(run: Run, here: Store):
    on = str(TODAY - timedelta(days=100))
    assert run("plan", "add", "--exercise", "walk", "--on", on, "--despite", "asked then")[0] == 0
    kept = entries.last(here, "P001", "plan")
    assert kept is not None
    assert (str(kept.on), kept.document["items"][0]["since"]) == (on, on)
    assert f"Seven days up to {on}" in run("plan", "show", "--on", on)[1]
    run("goal", "set", "--words", "walk", "--test", "walk-10m", "--value", "1", "--baseline", "0.5", "--on", on)
    goal = entries.last(here, "P001", "goal")
    assert goal is not None
    assert (str(goal.on), goal.document["baseline_on"]) == (on, on)
    for words in (("plan", "show"), ("plan", "speak"), ("goal", "show")):
        assert "is still to come" in run(*words, "--on", "2999-01-01")[2]


def test_pain_stops_by_this_persons_own_numbers_on_every_page(run: Run, here: Store, tmp_path: Path):
    plan = Plan((exercise_item("walk", TODAY), task_item("standing", "none/together", TODAY)), "corner")
    plan_entries.keep_plan(here, "P001", plan, TODAY, by="T1", over=None)
    keep_profile(here, "P001", Profile(usual_pain=2), TODAY, by="T1")
    assert "Pain gets stronger than 5 of 10, or rises by more than 2." in run("plan", "speak")[1]
    own = {"pain-limit": {"peak": 3.0, "rise": 1.0, "above_usual": 1.0}}
    set_numbers(here, "P001", "dynamic", {"pain-limit": {"peak": 1.0}}, TODAY, by="T1", why="not in the plan")
    set_numbers(here, "P001", "standing", own, TODAY, by="T1", why="a new hip")
    says = "pain gets stronger than 3 of 10, or rises by more than 1"
    assert says in run("plan", "speak")[1].lower()
    for words in (("plan", "print"), ("diary", "print"), ("diary", "page")):
        assert run(*words, "--out", str(tmp_path))[0] == 0
    pages = list(tmp_path.glob("*.html"))
    assert len(pages) == 3
    assert all(says in Page(one.read_text("utf-8")).words for one in pages)


def test_the_exercises_are_listed(run: Run):
    assert "sit-to-stand" in run("plan", "exercises")[1]


# ---- What was done


def trained(store: Store, days_ago: int, task: str, leg: str = "", beside: bool | None = None) -> None:
    ladder = load_ladder("standing")
    on = TODAY - timedelta(days=days_ago)
    one = Session(
        on, ladder.task(task), (True,) * 3, (1, 1, 1), target_s=10.0, leg=leg, beside=beside, ladder="standing"
    )
    entries.put(
        store, "P001", "training", on, ladder_documents.training_document(ladder, one, "home", "typed"), by="T1"
    )


def test_training_and_walks_count_and_days_without_a_word_are_unreported(run: Run, here: Store):
    long_ago = TODAY - timedelta(days=30)
    items = (
        task_item("standing", "none/together", long_ago),
        task_item("standing", "none/tandem", long_ago),
        exercise_item("walk", long_ago, minutes=10.0),
    )
    plan_entries.keep_plan(here, "P001", Plan(items, "corner"), TODAY, by="T1", over=None)
    for day in (1, 2, 4):
        trained(here, day, "none/together")
    trained(here, 1, "none/tandem", "left")
    trained(here, 2, "none/tandem", "left")
    trained(here, 2, "none/tandem", "right")
    kept_walk(here, 640, walked_s=300)
    kept_walk(here, 650, walked_s=200)
    known = told(here, "P001", items)
    days = {item.what: sorted((TODAY - one.on).days for one in known if one.item == item.id) for item in items}
    assert days["none/together"] == [1, 2, 4]
    assert days["none/tandem"] == [2]  # by turns: only with both legs
    assert len(days["walk"]) == 1
    out = run("plan", "show")[1]
    assert "5 of 8 done, at least 62 % and at most 100 %; " in out
    assert "unreported" in out
    assert "You did more than half of your plan" in run("plan", "speak")[1]


def diary(store: Store, item: str, *days: tuple[int, bool]) -> None:
    first = TODAY - timedelta(days=6)
    told_ = [{"day": str(TODAY - timedelta(days=ago)), "done": {item: done}} for ago, done in days]
    document = {
        "format": 1, "way": "printed", "first": str(first), "items": [{"id": item, "title": "x"}], "days": told_,
    }  # fmt: skip
    entries.put(store, "P001", "diary", TODAY, document, by="T1")


def test_the_diary_counts_and_what_was_written_down_last_holds(run: Run, here: Store):
    item = exercise_item("sit-to-stand", TODAY - timedelta(days=30))
    plan_entries.keep_plan(here, "P001", Plan((item,)), TODAY, by="T1", over=None)
    diary(here, item.id, (1, True), (2, True), (3, False))
    diary(here, item.id, (2, False), (4, True))
    known = {(TODAY - one.on).days: one.done for one in told(here, "P001", (item,))}
    assert known == {1: True, 2: False, 3: False, 4: True}
    assert "2 of 3 done, at least 67 % and at most 100 %; 3 of 7 days unreported." in run("plan", "show")[1]


def test_short_walks_say_nothing_and_nothing_told_is_no_news(run: Run, here: Store):
    item = exercise_item("walk", TODAY - timedelta(days=30), minutes=10.0)
    plan_entries.keep_plan(here, "P001", Plan((item,)), TODAY, by="T1", over=None)
    kept_walk(here, 640, walked_s=100)
    assert told(here, "P001", (item,)) == ()
    assert "Nothing is told" not in run("plan", "speak")[1]


# ---- Goals


def kept_walk(store: Store, metres: float, pauses: float = 0, walked_s: float = 600) -> None:
    values = {
        "gait_steps": 1000.0,
        "gait_bouts": 1.0,
        "gait_pauses": pauses,
        "gait_distance_m": metres,
        "gait_walking_s": walked_s,
    }
    parameters = {key: {"value": value, "unit": "", "strides": 990} for key, value in values.items()}
    document = {
        "format": 1, "name": f"w{metres:g}", "begun_utc": f"{TODAY}T00:30:00Z", "fetched_utc": None,
        "walk": {"parameters": parameters, "not_reported": {}, "notes": []}, "said": None, "problem": None, "files": [],
    }  # fmt: skip
    entries.put(store, "P001", "walk", TODAY, document, by="T1")


def test_a_goal_of_walks_is_kept_and_told_as_it_is(run: Run, here: Store):
    words = (
        "goal",
        "set",
        "--words",
        "walk to school",
        "--measure",
        "gait_distance_m",
        "--value",
        "900",
        "--without-stop",
    )
    code, out, _ = run(*words)
    assert code == 0
    assert "Not measured" in out
    kept_walk(here, 950, pauses=2)
    assert "950 m. It doesn't count: it had 2 stops." in run("goal", "show")[1]
    kept_walk(here, 640)
    assert "On the way: 640 m of 900 m." in run("goal", "show")[1]
    kept_walk(here, 905)
    told = json.loads(run("goal", "show", "--json")[1])[0]
    assert told["progress"]["state"] == "reached"
    code, out, _ = run("goal", "drop", "--as", "reached")
    assert code == 0
    assert "stays in the store" in out
    assert "No goal" in run("goal", "show")[1]
    assert entries.last(here, "P001", "goal").document["ended"] == "reached"  # type: ignore[union-attr]


def test_a_goal_is_put_beside_the_walks_only_when_asked_for_and_goes_with_it(
    run: Run, here: Store, monkeypatch: pytest.MonkeyPatch
):
    school = ("--words", "walk to school", "--measure", "gait_distance_m", "--value", "900", "--without-stop")
    data = here.folder.parent
    monkeypatch.setenv("SUREFOOT_DATA", str(data))
    assert run("goal", "set", *school)[0] == 0
    assert not walks_folder(data, "P001").exists(), "nothing in clear unasked"
    assert run("goal", "drop")[0] == 0
    assert "beside the walks" in run("goal", "set", *school, "--to-walks")[1]
    goal = walker_of(data, "P001").goal
    assert goal is not None
    assert (goal.words, goal.value, goal.without_stop) == ("walk to school", 900, True)
    assert "no longer on the page of the walks" in run("goal", "drop", "--as", "reached")[1]
    assert walker_of(data, "P001").goal is None
    refused = run("goal", "set", "--words", "cross", "--test", "walk-10m", "--value", "1", "--to-walks")
    assert (refused[0], "is of a goal of walks" in refused[2]) == (1, True)


def test_a_goal_of_a_test_takes_its_last_result_as_the_start(run: Run, here: Store):
    result: dict[str, Any] = {
        "format": 1, "kind": "surefoot-result", "session": "s1", "person": "P001", "protocol": {"id": "walk-10m"},
        "created_utc": "2026-03-02T09:00:00Z", "trials": [], "score": {}, "versions": {}, "outcomes": [_speed(0.71)],
    }  # fmt: skip
    entries.put(here, "P001", "result", TODAY, result, by="T1")
    code, out, _ = run("goal", "set", "--words", "cross the road", "--test", "walk-10m", "--value", "1.0")
    assert code == 0
    assert "at the start 0.71 m/s" in out
    goal, _ = plan_entries.goals(here, "P001")[0]
    assert [one.value for one in readings(here, "P001", goal)] == [0.71]


def _speed(value: float) -> dict[str, Any]:
    from surefoot.care.protocol import load_protocol

    named = load_protocol("walk-10m").primary_outcome
    assert named is not None
    return {"id": named.outcome, "condition": named.condition, "target": named.target, "value": value}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--measure", "gait_distance_m", "--value", "900"), "--words"),
        (("--words", "x", "--measure", "gait_distance_m"), "--value"),
        (("--words", "x", "--measure", "gait_joy", "--value", "1"), "no measure 'gait_joy'"),
        (("--words", "x", "--test", "walk-99m", "--value", "1"), "walk-99m"),
        (("--words", "x", "--measure", "gait_steps", "--value", "-1"), "above 0"),
        (("--words", "x", "--measure", "gait_steps", "--value", "9", "--by-date", "2020-01-01"), "is over"),
        (("--from-walks",), "No goal of P001 is kept with the walks"),
        (("--words", "x", "--measure", "gait_steps", "--value", "9", "--instead-of", "ff"), "No goal"),
    ],
)
def test_what_can_be_no_goal_is_said(run: Run, words: tuple[str, ...], says: str):
    code, _, err = run("goal", "set", *words)
    assert code == 1
    assert says in err


def test_several_goals_are_told_apart_by_their_ids(run: Run, here: Store):
    for words in ("to the bakery", "to the lake"):
        run("goal", "set", "--words", words, "--measure", "gait_steps", "--value", "900", "--per", "week")
    code, _, err = run("goal", "drop")
    assert code == 1
    assert "to the bakery" in err
    first = plan_entries.goals(here, "P001")[0][1]
    assert run("goal", "drop", "--goal", first.id[:8])[0] == 0
    assert [goal.words for goal, _ in plan_entries.goals(here, "P001")] == ["to the lake"]
    second = plan_entries.goals(here, "P001")[0][1]
    run(
        "goal",
        "set",
        "--words",
        "round the lake",
        "--measure",
        "gait_steps",
        "--value",
        "9000",
        "--instead-of",
        second.id,
    )
    assert [goal.words for goal, _ in plan_entries.goals(here, "P001")] == ["round the lake"]
