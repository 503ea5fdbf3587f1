# SPDX-License-Identifier: MIT
"""`surefoot ladder`: training typed in or recorded, what is suggested, overridden, set and opened, in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from laddering import DAY, PERSON, after, asked, ready_person, trained
from stores import BY, KEY, people_in
from surefoot import cli
from surefoot.care.ladder import load_ladder
from surefoot.care.progression_values import Place
from surefoot.clinic import ladder_ask, ladder_train
from surefoot.clinic.ladder_results import recorded, trials_of
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Store
from surefoot.errors import ProtocolError

Run = Callable[..., tuple[int, str]]
STANDING, WALKING = load_ladder(), load_ladder("walking")


@pytest.fixture
def run(store_here: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `ladder` on the store's data folder: its code, and all that it said."""
    monkeypatch.setattr("surefoot.clinic.store.keys.find", lambda label: KEY)
    monkeypatch.setenv("SUREFOOT_BY", BY)
    monkeypatch.chdir(tmp_path)
    ready_person(store_here)

    def go(*words: str, on: int | None = None) -> tuple[int, str]:
        more = ["--on", str(after(on))] if on is not None else []
        data = [] if words[0] == "tasks" else ["--person", PERSON, "--data", str(store_here.folder.parent)]
        code = cli.main(["ladder", *words, *data, *more])
        told = capsys.readouterr()
        return code, told.out + told.err

    return go


def test_tasks_are_a_table(run: Run):
    code, told = run("tasks")
    assert code == 0
    for ladder in (STANDING, WALKING):
        assert all(ladder.name(task) in told for task in ladder.walk)
    code, told = run("tasks", "--ladder", "dynamic", "--json")
    rows = json.loads(told)["tasks"]
    assert [row["rung"] for row in rows] == list(range(9))
    code, told = run("tasks", "--ladder", "swimming")
    assert (code, "choose one of standing, dynamic, strength, walking" in told) == (1, True)


GOOD = ("--trials", "yyy", "--steadiness", "1,1,2", "--pain-before", "1", "--pain-peak", "2", "--happened", "none",
        "--settled", "--sway")  # fmt: skip


def test_two_good_sessions_typed_in_lead_to_a_longer_time(run: Run, store_here: Store):
    code, told = run("show", on=0)
    assert code == 0
    assert "isn't on a ladder yet" in told
    code, told = run("suggest", "--ladder", "standing", on=0)
    assert code == 0, told
    assert "stay, by not-asked" in told
    assert "a clinician decides" in told
    for day in (1, 3):
        code, told = run("train", *GOOD, "--in", "clinic", on=day)
        assert code == 0, told
        assert "two-hands/apart, 3 of 3 succeeded" in told
        assert "Not asked" not in told
    asked(store_here, after(3))
    code, told = run("show", "--ladder", "standing", "--leg", "left", on=3)
    assert "make it harder, by ready" in told
    assert "100% of trials" in told
    assert "right leg" not in told
    code, told = run("suggest", "--ladder", "standing", "--json", on=3)
    rows = json.loads(told)["decisions"]
    assert [(row["leg"], row["outcome"], row["target_s"], row["kept"]) for row in rows] == [
        ("left", "advance", 20, True), ("right", "advance", 20, True),
    ]  # fmt: skip
    asked(store_here, after(4))
    code, told = run("show", "--ladder", "standing", on=4)
    assert "Standing balance, both legs" in told
    assert "stay, by not-yet" in told
    assert "next up     Stand holding on with both hands" in told
    assert "30 s; 3 trials, 30 s of rest between." in told


def test_what_was_left_out_is_said_and_the_morning_after_is_told_later(run: Run, store_here: Store):
    run("suggest", "--ladder", "walking", on=0)
    code, told = run("train", "--ladder", "walking", "--trials", "y", on=1)
    assert code == 0
    assert "Not asked: fall, caught, chest-pain, dizziness, weakness, pain before, pain, steadiness, exertion." in told
    assert run("morning", "--settled", on=1)[0] == 1
    code, told = run("morning", "--not-settled", on=2)
    assert "NOT at its usual level" in told
    (kept,) = entries.entries(store_here, PERSON, "training")
    assert (kept.document["settled"], kept.document["setting"], kept.document["beside"]) == ("not fine", "home", None)
    assert "no training before" in run("morning", "--settled", on=2)[1]


def test_a_clinicians_own_word_counts_with_a_reason(run: Run, store_here: Store):
    run("suggest", "--ladder", "standing", on=0)
    asked(store_here, DAY)
    code, told = run("override", "--task", "none/tandem", "--leg", "left", "--why", "stood it well", on=0)
    assert code == 0, told
    assert "decided by T1; the rules had said stay (not-asked)" in told
    assert "say --leg left or --leg right" in run("train", *GOOD, on=0)[1]
    code, told = run("train", *GOOD, "--leg", "left", "--at", "14:30", "--alone", "--note", "windy", on=0)
    assert code == 0, told
    (kept,) = entries.entries(store_here, PERSON, "training")
    assert [kept.document[key] for key in ("task", "leg", "begun", "note", "beside")] == [
        "none/tandem", "left", "14:30", "windy", False,
    ]  # fmt: skip
    code, told = run("override", "--stop", "--why", "looks unwell", on=0)
    assert code == 0
    assert told.count("stop, by override: looks unwell") == 2
    code, told = run("set", "--fallback", "seated marching", "not-yet.sessions=3", "--why", "tires", on=0)
    assert "all: not-yet.sessions = 3 (the rules: 2; strength 3; walking 3)" in told
    code, told = run("show", on=0)
    assert "LOCKED      looks unwell" in told
    assert told.count(f"decided     {DAY}: stop, by override") == 2
    assert "until then  seated marching" in told
    assert "all: not-yet.sessions = 3" in told
    code, told = run("clear", "--clinician", "PT7", "--found", "a cold, over now", on=0)
    assert code == 0
    assert "Opened by PT7" in told
    assert "LOCKED" not in run("show", on=0)[1]


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("override", "--why", "x"), "Give --task, --target or --stop"),
    (("override", "--stop", "--task", "none/apart", "--why", "x"), "leave --task out"),
    (("override", "--task", "none/flying", "--why", "x"), "no level 'flying'"),
    (("override", "--task", "none/apart", "--target", "90", "--why", "x"), "90 s can't be"),
    (("set", "--why", "x"), "Nothing to set"),
    (("set", "not-yet=3", "--why", "x"), "isn't RULE.NAME=NUMBER"),
    (("set", "not-yet.sessions=many", "--why", "x"), "isn't RULE.NAME=NUMBER"),
    (("set", "not-yet.sessions=nan", "--why", "x"), "isn't RULE.NAME=NUMBER"),
    (
        ("set", "not-yet.sessions=2", "--why", "x"),
        "not-yet sessions is 2, and 3 on strength, 3 on walking: say by --ladder",
    ),
    (("set", "too-fast.steps=2", "--why", "x"), "1 on dynamic, 1 on strength, 1 on walking"),
    (("clear", "--clinician", "PT", "--found", "x"), "nothing to open"),
    (("train", "--trials", "yy"), "isn't 3 trials"),
    (("train", "--trials", "yyy", "--steadiness", "1,2,6"), "isn't a rating"),
    (("train", "--trials", "yyy", "--happened", "flood"), "no sign 'flood'"),
    (("train", "--trials", "yyy", "--at", "25:00"), "no time of day"),
    (("train", "--trials", "yyy", "--settled"), "is still to come: leave --settled"),
    (("train",), "no terminal here"),
    (("show", "--on", "2026-13-01"), "is no day"),
    (("show", "--on", "2999-01-01"), "still to come"),
]


def test_a_clinician_may_say_where_somebody_begins(run: Run):
    assert "Nothing says yet where P001 begins" in run("train", "--ladder", "dynamic", "--trials", "yyy", on=0)[1]
    code, told = run("override", "--task", "none/together", "--target", "20", "--why", "known from before", on=0)
    assert code == 0, told
    assert told == "Standing balance, both legs\n  begins at   none/together\n"
    code, told = run("train", "--trials", "yyy", "--target", "10", on=0)
    assert "none/together, 3 of 3" in told
    assert "say --leg left or --leg right" in run("train", "--trials", "yyy", "--task", "none/tandem", on=0)[1]


def test_what_cannot_be_is_said_in_a_sentence(run: Run):
    run("suggest", "--ladder", "standing", on=0)
    for words, wanted in WRONG:
        code, told = run(*words)
        assert code == 1, words
        assert wanted in told
        assert "Traceback" not in told


def test_a_person_nobody_knows_is_refused(run: Run, store_here: Store, capsys: pytest.CaptureFixture[str]):
    words = ["ladder", "show", "--person", "P777", "--data", str(store_here.folder.parent)]
    assert cli.main(words) == 1
    assert "P777" in capsys.readouterr().err


def test_an_interview_takes_enter_for_not_asked_and_asks_again(monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    answers = iter(["", "yyn", "1 2 9", "12-", "3", "", "fall", "", "n", "x", "y"])
    typed = ladder_ask.interview(STANDING, lambda _: next(answers), said.append, "home")
    assert (typed.succeeded, typed.steadiness, typed.pain_before, typed.pain_peak) == (
        (True, True, False),
        (1, 2, None),
        3,
        None,
    )
    assert (typed.flags["fall"], typed.flags["dizziness"]) == ("not fine", "fine")
    assert (typed.sway, typed.beside, typed.settled) == ("not asked", False, "fine")
    assert len(said) == 3
    answers = iter(["y", "1", "2", "2", "4", "none"])
    assert (
        ladder_ask.interview(WALKING, lambda _: next(answers), said.append, "helper", morning=False).settled
        == "not asked"
    )
    answers = iter(["y", "1", "11", "2", "2", "4", "none", "n"])
    typed = ladder_ask.interview(WALKING, lambda _: next(answers), said.append, "helper")
    assert (typed.exertion, typed.happened, typed.beside, typed.settled) == (4, (), True, "not fine")


TRIALS = [
    {"condition": "firm-open", "held_s": held, "target_s": 30, "trial": number, "ended": ended}
    for number, (held, ended) in enumerate([(30.0, "complete"), (12.0, "step"), (9.9, "fall")], 1)
]
RESULT: dict[str, Any] = {
    "person": PERSON, "protocol": {"id": "mctsib"}, "created_utc": f"{after(1)}T12:00:00Z", "trials": TRIALS,
}  # fmt: skip


def of_result(trials: list[dict[str, Any]], name: str = "none/apart", leg: str = "", target_s: float | None = 10.0):
    return recorded(STANDING, trials_of(STANDING, {**RESULT, "trials": trials}), STANDING.task(name), leg, target_s)


def test_a_recorded_session_succeeds_by_what_was_held(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store_here: Store
):
    assert of_result(TRIALS) == ((True, True, False), (30.0, 12.0, 9.9))
    with pytest.raises(ProtocolError, match="it has none/apart"):
        of_result(TRIALS, "none/tandem", "left")
    unsaid = trials_of(
        STANDING, {"protocol": "steadi-4-stage", "trials": [{"condition": "single-leg", "held_s": 10.0}]}
    )
    with pytest.raises(ProtocolError, match=r"it has none/single-leg \(which leg isn't said\)"):
        recorded(STANDING, unsaid, STANDING.task("none/single-leg"), "left", 10.0)
    with pytest.raises(ProtocolError, match="no task of this ladder"):
        recorded(WALKING, trials_of(WALKING, RESULT), WALKING.walk[0], "", None)
    with pytest.raises(ProtocolError, match="ends at 10 s; 20 s"):
        of_result([{**trial, "target_s": 10} for trial in TRIALS], target_s=20.0)
    with pytest.raises(ProtocolError, match=r"2 of 3 trials.*--from DIR DIR DIR"):
        of_result(TRIALS[1:])
    assert of_result([*TRIALS, {**TRIALS[0], "trial": 4}])[0] == (True, False, True)
    # What was broken off is no trial, and one that doesn't count has not succeeded.
    assert of_result([{**TRIALS[0], "ended": "interrupted"}, *TRIALS])[0] == (True, True, False)
    assert of_result([*TRIALS[:2], {**TRIALS[0], "ended": "unable"}])[1] == (30.0, 12.0, 0.0)
    monkeypatch.setattr("surefoot.clinic.scoring.score_folder", lambda folder: (RESULT, []))
    with pytest.raises(ProtocolError, match="not of P002"):
        ladder_train.recorded([tmp_path], "P002", STANDING, Place(STANDING.task("none/apart"), 10.0), "")
    code, told = run("train", "--from", str(tmp_path), "--task", "none/apart", *GOOD[2:], on=1)
    assert code == 0, told
    assert "2 of 3 succeeded" in told
    (kept,) = entries.entries(store_here, PERSON, "training")
    assert (kept.document["how"], kept.document["held_s"], kept.document["session"]) == (
        "recorded",
        [30, 12, 9.9],
        f"{after(1)}T12:00:00Z mctsib",
    )
    again = ("train", "--from", str(tmp_path), "--task", "none/apart", *GOOD[2:])
    assert "is kept already" in run(*again, on=1)[1]
    assert "named twice" in run("train", "--from", str(tmp_path), str(tmp_path), "--task", "none/apart", on=1)[1]
    assert f"say --on {after(1)}" in run(*again, on=2)[1]  # the same session is no second one
    monkeypatch.setitem(RESULT, "circumstances", {"assistance": "contact"})
    assert "done with assistance (contact)" in run(*again, on=1)[1]
    assert len(entries.entries(store_here, PERSON, "training")) == 1


def test_a_stop_leads_to_no_task_and_an_override_says_where(run: Run, store_here: Store):
    run("suggest", "--ladder", "standing", on=0)
    code, told = run("override", "--task", "none/single-leg/closed", "--leg", "left", "--why", "able", on=0)
    assert (code, "at the clinic only" in told) == (0, True)
    assert "ONLY WITH SOMEBODY BESIDE until it was passed so once." in told
    assert "ONLY WITH" not in run("override", "--task", "none/tandem", "--leg", "right", "--why", "able", on=0)[1]
    run("train", "--trials", "yyy", "--happened", "fall", "--task", "none/apart", on=1)
    code, told = run("suggest", "--ladder", "standing", on=1)
    assert "stopped     no training on any ladder" in told
    assert "s of rest between" not in told
    asked(store_here, after(1), new_symptoms="not fine")
    missing = run("suggest", "--ladder", "walking", on=1)[1]
    assert "locked" in missing


def test_help_teaches_and_needs_no_database(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["ladder", "--help"])
    assert "ladder override --person P001" in capsys.readouterr().out


def test_of_two_people_each_has_their_own(run: Run, store_here: Store):
    people_in(store_here, "P002")
    trained(store_here, DAY + timedelta(days=1))
    assert not entries.entries(store_here, "P002", "training")
