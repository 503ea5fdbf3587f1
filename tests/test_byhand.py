# SPDX-License-Identifier: MIT
"""Tests without a board: cues and keys on a clock that doesn't wait, values typed in, and the files of both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from surefoot import cli
from surefoot.care.protocol import Protocol, load_protocol, protocol_names
from surefoot.clinic import byhand
from surefoot.clinic.byhand_run import HandLine, prompts, run_by_hand, type_in
from surefoot.clinic.observer import Observer, key_names
from surefoot.clinic.run_values import Moment, Setup
from surefoot.clinic.scoring import score_folder
from surefoot.errors import ProtocolError, RecordingError
from surefoot.output.report import render_report
from surefoot.output.result import plain_result

UTC = "2026-01-01T00:00:00Z"


class Desk:
    """A clock that runs by itself, an observer who presses keys so many seconds after each start cue, and answers."""

    def __init__(self, keys: dict[str, list[tuple[float, str]]] | None = None, answers: dict[str, str] | None = None):
        self.now_s, self.start_s = 0.0, None
        self.keys, self.answers = keys or {}, answers or {}
        self.left: list[tuple[float, str]] = []
        self.moments: list[Moment] = []
        self.on_cue: Callable[[Moment], None] = lambda moment: None

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def tell(self, moment: Moment) -> None:
        self.moments.append(moment)
        if moment.kind == "trial" and moment.condition:
            self.start_s = None
            self.left = list(self.keys.get(moment.condition.id, []))
        if moment.kind == "cue" and moment.condition and moment.condition.cues.start in moment.text:
            self.start_s = self.now_s
        if moment.kind == "cue":
            self.on_cue(moment)

    def pressed(self) -> tuple[str, ...]:
        if self.start_s is None:
            return ()
        due = [key for at_s, key in self.left if at_s <= self.now_s - self.start_s]
        self.left = self.left[len(due) :]
        return tuple(due)

    def ask(self, question: str) -> str:
        return next((answer for start, answer in self.answers.items() if question.startswith(start)), "")

    def run(self, protocol: Protocol, out: Path):
        line = HandLine(lambda: self.now_s, self.sleep)
        setup = Setup("P001", out, utc_now=lambda: UTC, circumstances={"aid": "cane"})
        return run_by_hand(protocol, setup, self.tell, Observer(self.pressed, self.ask), line)


def outcome_of(result: dict, name: str, condition: str | None = None) -> dict:
    return next(one for one in result["outcomes"] if one["id"] == name and condition in (None, one["condition"]))


def test_a_timed_up_and_go_by_keys(tmp_path):
    desk = Desk({"tug": [(12.34, "space")]})
    outcome = desk.run(load_protocol("tug"), tmp_path / "s")
    assert [path.name for path in outcome.recordings] == ["01-tug-practice.hand.json", "02-tug.hand.json"]
    result, series = score_folder(tmp_path / "s")
    found = outcome_of(result, "clinical")
    assert found["value"] == pytest.approx(12.34, abs=0.03)
    assert found["by_hand"]
    assert outcome_of(result, "movement")["value"] is None
    assert result["by_hand"]
    assert result["trials"][0]["practice"]
    assert result["circumstances"]["aid"] == "cane"
    assert result["circumstances"]["footwear"] is None
    assert result["score"]["value"] is None
    assert plain_result(result)["versions"]["firmware"] == "none"
    assert "by hand" in render_report(result, series).lower()


def test_a_hold_that_ends_by_a_key_keeps_its_seconds_and_blocks_what_requires_it(tmp_path):
    desk = Desk({"semi-tandem": [(6.5, "s")]})
    desk.run(load_protocol("steadi-4-stage"), tmp_path / "s")
    result, _ = score_folder(tmp_path / "s")
    assert [trial["condition"] for trial in result["trials"]] == ["side-by-side", "semi-tandem"]
    assert outcome_of(result, "held", "side-by-side")["value"] == 10.0
    assert outcome_of(result, "held", "semi-tandem")["value"] == pytest.approx(6.5, abs=0.03)
    assert outcome_of(result, "stages")["value"] == 1
    assert set(result["skipped"]) == {"tandem", "single-leg"}
    assert any("not tried" in moment.text for moment in desk.moments if moment.kind == "say")


def test_the_clock_of_one_leg_starts_with_the_foot(tmp_path):
    one = load_protocol("single-leg-stance")
    one = replace(one, conditions=(replace(one.conditions[0], trials=1),))
    desk = Desk({"eyes-open": [(2.0, "space"), (9.0, "t")]}, {"Which leg stands": "l"})
    desk.run(one, tmp_path / "s")
    document = byhand.read(tmp_path / "s" / "01-eyes-open.hand.json")
    assert document["leg"] == "left"
    assert document["typed"]["held_s"] == pytest.approx(7.0, abs=0.05)
    result, _ = score_folder(tmp_path / "s")
    assert result["trials"][0]["held_s"] == pytest.approx(7.0, abs=0.05)
    assert "1 of 3 trials" in outcome_of(result, "best", "eyes-open")["reason"]


def test_a_clock_that_nobody_started_gives_no_number_and_the_trial_is_tried_again(tmp_path):
    one = load_protocol("single-leg-stance")
    one = replace(one, conditions=(replace(one.conditions[0], trials=1),))
    outcome = Desk().run(one, tmp_path / "s")
    assert [byhand.read(path)["ended"] for path in outcome.recordings] == ["interrupted"] * 3
    assert outcome_of(score_folder(tmp_path / "s")[0], "best")["value"] is None


def test_values_are_asked_after_the_trial_and_kept_in_their_range(tmp_path):
    answers = iter(["200", "x", "12"])
    desk = Desk({"walk": [(40.0, "space"), (80.0, "space")]})
    desk.ask = lambda question: next(answers, "") if question.startswith("Metres of the last") else ""
    desk.run(load_protocol("walk-2min"), tmp_path / "s")
    result, _ = score_folder(tmp_path / "s")
    track_m = load_protocol("walk-2min").conditions[0].track_m
    assert outcome_of(result, "distance")["value"] == pytest.approx(2 * (track_m or 0.0) + 12)
    said = [moment.text for moment in desk.moments if moment.kind == "say"]
    assert any("outside" in text for text in said)
    assert any("no number" in text for text in said)


def test_cues_on_the_way_are_spoken_in_time(tmp_path):
    desk = Desk({"walk": []})
    spoken: list[tuple[float, str]] = []
    desk.on_cue = lambda moment: spoken.append((desk.now_s - (desk.start_s or desk.now_s), moment.text))
    protocol = load_protocol("walk-6min")
    desk.run(protocol, tmp_path / "s")
    during = [(at_s, text) for at_s, text in spoken if at_s > 1][:-1]
    assert [text for _, text in during] == [cue.say for cue in protocol.conditions[0].cues.during]
    for (at_s, _), cue in zip(during, protocol.conditions[0].cues.during, strict=True):
        assert at_s == pytest.approx(cue.at_s, abs=0.05)


def test_a_rule_that_ends_the_test_ends_it_and_one_thrown_out_is_done_again(tmp_path):
    protocol = load_protocol("quiet-stance")
    desk = Desk({"eyes-open": [(3.0, "q")]})
    outcome = desk.run(protocol, tmp_path / "ill")
    assert len(outcome.recordings) == 1
    assert "ended" in score_folder(tmp_path / "ill")[0]["skipped"]["eyes-closed"]
    again = Desk({"tug": [(1.0, "y")]})
    pressed = again.pressed

    def once() -> tuple[str, ...]:
        keys = pressed()
        if keys == ("y",):
            again.keys["tug"] = [(9.0, "space")]
        return keys

    again.pressed = once  # type: ignore[method-assign]
    one = load_protocol("tug")
    again.run(replace(one, conditions=(replace(one.conditions[0], practice=0),)), tmp_path / "early")
    result, _ = score_folder(tmp_path / "early")
    assert [trial["ended"] for trial in result["trials"]] == ["stopped", "complete"]
    assert outcome_of(result, "clinical")["value"] == pytest.approx(9.0, abs=0.05)


def test_ctrl_c_ends_a_trial_and_between_two_the_session(tmp_path):
    def stop(moment: Moment) -> None:
        if "Go." in moment.text:
            raise KeyboardInterrupt

    desk = Desk()
    desk.on_cue = stop
    outcome = desk.run(load_protocol("quiet-stance"), tmp_path / "s")
    assert [byhand.read(path)["ended"] for path in outcome.recordings] == ["interrupted", "interrupted"]


def in_range(question: str) -> str:
    """A number of the range that a question names, or a leg."""
    found = re.search(r"\[([\d.]+) to ([\d.]+)\]", question)
    return f"{(float(found[1]) + float(found[2])) / 2:g}" if found else "left"


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_runs_without_a_board(name, tmp_path):
    protocol = load_protocol(name)
    keys = {}
    for condition in protocol.conditions:
        start = [(0.5, mark.key) for mark in protocol.marks_of(condition, "start")]
        finish = [(5.0, mark.key) for mark in protocol.marks_of(condition, "finish")]
        counts = [(1.0 + 0.2 * k, mark.key) for mark in protocol.marks_of(condition, "count") for k in range(10)]
        keys[condition.id] = sorted([*start, *counts, *finish])
    desk = Desk(keys)
    desk.ask = in_range
    desk.run(protocol, tmp_path / "s")
    result, series = score_folder(tmp_path / "s")
    assert not result["problems"]
    assert {trial["ended"] for trial in result["trials"]} == {"complete"}
    by_hand = {rule.id for rule in protocol.outcomes if rule.by_hand}
    typed = {"angle_deg", "load_reached_share"}  # read off an instrument, so typed and not timed
    missing = [
        one for one in result["outcomes"] if one["reason"] and one["id"] in by_hand and one["measure"] not in typed
    ]
    assert missing == []
    assert render_report(result, series)


# Typed in


def typed(tmp_path: Path, name: str, *words: str) -> dict:
    protocol = load_protocol(name)
    type_in(protocol, Setup("P001", tmp_path / "s", utc_now=lambda: UTC), byhand.typed_values(list(words), protocol))
    return score_folder(tmp_path / "s")[0]


def test_a_stopwatch_typed_in_is_a_result(tmp_path):
    result = typed(tmp_path, "quiet-stance", "eyes-open.held_s=30", "eyes-closed.held_s=12,5")
    assert [outcome_of(result, "held", c)["value"] for c in ("eyes-open", "eyes-closed")] == [30.0, 12.5]
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "stopped"]
    assert not result["trials"][0]["watched"]


def test_a_file_of_typed_trials(tmp_path):
    path = tmp_path / "typed.json"
    path.write_text(json.dumps([{"condition": "tug", "typed": {"elapsed_s": 11.2}}]))
    assert outcome_of(typed(tmp_path, "tug", str(path)), "clinical")["value"] == 11.2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["elapsed_s=x"], "no number"),
        (["elapsed_s=999"], "must be a number"),
        (["speed=1"], "isn't typed"),
        (["nowhere.elapsed_s=1"], "no condition"),
        (["missing.json"], "can be read"),
        ([], "Nothing was typed"),
    ],
)
def test_what_is_typed_wrongly_is_refused_before_anything_is_written(tmp_path, words, said):
    with pytest.raises(ProtocolError, match=said):
        typed(tmp_path, "tug", *words)
    assert not (tmp_path / "s").exists()


def test_prompts_ask_for_each_trial_and_again_where_it_can_not_be(tmp_path):
    answers = iter(["500", "11", "30", "30"])
    said: list[str] = []
    entries = prompts(load_protocol("quiet-stance"), Observer(ask=lambda question: next(answers)), said.append)
    assert [entry["typed"]["held_s"] for entry in entries] == ["11", "30"]
    assert any("must be a number" in text for text in said)


# Files


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 9}, "upgrade"),
        ({"marks": [{"mark": "nothing"}]}, "no mark"),
        ({"person": "Anna Li"}, "person"),
        ({"typed": {"elapsed_s": "12"}}, "typed"),
        ({"extra": 1}, "unknown field"),
        ({"trial": 3}, "number them"),
    ],
)
def test_a_file_with_a_mistake_is_named_and_keeps_none_of_the_others_back(tmp_path, change, said):
    typed(tmp_path, "tug", "elapsed_s=11")
    good = tmp_path / "s" / "01-tug.hand.json"
    document = json.loads(good.read_text()) | change
    (tmp_path / "s" / "02-tug.hand.json").write_text(json.dumps(document))
    result, _ = score_folder(tmp_path / "s")
    assert len(result["trials"]) == 1
    assert any(said in problem and "02-tug" in problem for problem in result["problems"])


def test_trials_are_never_overwritten(tmp_path):
    typed(tmp_path, "tug", "elapsed_s=11")
    with pytest.raises(RecordingError, match="holds recordings already"):
        typed(tmp_path, "tug", "elapsed_s=11")


def test_the_command_types_in_and_prints_the_outcome(tmp_path, capsys):
    words = ["record", "--by-hand", "--protocol", "tug", "--person", "P001", "--out", str(tmp_path / "s")]
    more = ["--typed", "elapsed_s=11.25", "--aid", "cane", "--age", "80", "--sex", "female", "--session", "2"]
    assert cli.main([*words, *more]) == 0
    said = capsys.readouterr().out
    assert "From the cue to seated: 11.25 s (by hand)" in said
    kept = json.loads((tmp_path / "s" / "result.json").read_text())
    assert (
        kept["circumstances"] | {"aid": "cane", "age_years": 80, "sex": "female", "session": 2} == kept["circumstances"]
    )


def test_without_a_terminal_keys_are_not_waited_for(tmp_path, capsys):
    words = ["record", "--by-hand", "--protocol", "tug", "--person", "P001", "--out", str(tmp_path / "s")]
    assert cli.main([*words, "--json"]) == 1
    assert "--typed" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    "words", [["--age", "150"], ["--session", "0"], ["--medication-min", "-1"], ["--aid", "x" * 61]]
)
def test_circumstances_that_can_not_be_are_refused(tmp_path, capsys, words):
    call = ["record", "--protocol", "tug", "--person", "P001", "--out", str(tmp_path / "s"), "--typed", "elapsed_s=9"]
    assert cli.main([*call, *words]) == 1
    assert "--" in capsys.readouterr().err


def test_keys_have_the_names_that_marks_have():
    assert key_names(" \rA1") == ("space", "enter", "a", "1")
    assert key_names("s\x1b[A") == ("s",)
