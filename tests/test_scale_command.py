# SPDX-License-Identifier: MIT
"""Rated scales from the keys to the page: back, refused, broken off and taken up again, typed in; never a silent 0."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import HOSTILE, Page
from surefoot import cli
from surefoot.care.scale_answers import NOT_ASKED, NOT_DONE, RATED, Answer, total
from surefoot.care.scales import load_scale, scale_names
from surefoot.clinic import scale_record
from surefoot.clinic.observer import NOBODY, Observer
from surefoot.clinic.scale_run import rate
from surefoot.clinic.scale_scoring import score_scales
from surefoot.clinic.scale_typed import answers_of
from surefoot.errors import ProtocolError, RecordingError, SurefootError
from surefoot.output import scale_command
from surefoot.output.scale_view import render_scales

BERG = load_scale("berg")
FULL = ["4", "4", "4", "3", "3", "4", "4", "3", "4", "2", "2", "1", "1", "2"]  # 41
TOLD = ["--aid", "none", "--assistance", "none", "--footwear", "trainers", "--orthosis", "none", "--medication", "none"]


class Pen:
    """Somebody who types these lines, and what was said to them."""

    def __init__(self, *lines: str) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.asked: list[str] = []
        self.said: list[str] = []

    def ask(self, question: str) -> str | None:
        self.asked.append(question)
        return next(self.lines, None)


def rated(scale: str, *lines: str, answers: dict[str, Answer] | None = None) -> tuple[dict[str, Answer], bool, Pen]:
    pen, found = Pen(*lines), answers if answers is not None else {}
    whole = rate(load_scale(scale), found, pen.ask, pen.said.append, lambda _: None)
    return found, whole, pen


def call(*words: str | Path) -> argparse.Namespace:
    return cli._parser().parse_args(["scale", *map(str, words)])


def run(out: Path, *lines: str, more: tuple[str | Path, ...] = (), scale: str = "berg") -> int:
    pen = Pen(*lines)
    return scale_command.run(call(scale, "--person", "P001", "--out", out, *more), Observer(ask=pen.ask))


def typed(out: Path, *words: str, scale: str = "berg", more: tuple[str | Path, ...] = ()) -> int:
    return cli.main(["scale", scale, "--person", "P001", "--out", str(out), *map(str, more), "--typed", *words])


def only(folder: Path, *since: Path) -> dict[str, Any]:
    (one,) = score_scales(folder, since)["scales"]
    return one


# Asking


def test_item_after_item_with_what_it_is_about_and_what_ratings_mean() -> None:
    answers, whole, pen = rated("berg", *FULL, "")
    assert whole
    assert [answers[key].value for key in BERG.keys] == [float(one) for one in FULL]
    said = "\n".join(pen.said)
    for number, about in enumerate(BERG.about, 1):
        assert f"Item {number} ({number} of 14): {about}" in said
    for level in BERG.levels:
        assert f"{level.value:g}  {level.says}" in said
    assert said.count("form's own words for each item decide") == 1
    assert total(BERG, answers).value == 41
    assert "items 1, 2, 3, 4, 5 and 9 more were not asked" in str(total(BERG, {}).reason).lower()


def test_back_goes_one_item_back_and_enter_keeps_what_is_there() -> None:
    answers, whole, pen = rated("berg", "b", "4", "4", "b", "b", "1", *FULL[2:3], "3", *FULL[4:], "")
    assert "This is the first item." in pen.said
    assert whole
    assert (answers["1"].value, answers["2"].value) == (1, 4)
    answers, whole, pen = rated("fga", *["3"] * 9, "b", "", "2", "9", "1", "")
    assert whole
    assert (answers["9"].value, answers["10"].value) == (1, 2)
    assert any("Enter for 3" in question for question in pen.asked)


def test_back_from_the_end_is_the_last_item_that_was_answered() -> None:
    found, whole, _ = rated("berg", *FULL, "b", "4", "")
    assert whole
    assert found["14"].value == 4
    found, whole, _ = rated("psfs", "stairs", "4", "bags", "5", "", "b", "", "6", "", "")
    assert whole
    assert [found[key].value for key in ("1", "2")] == [4, 6]


def test_words_that_cannot_be_kept_are_asked_again_and_never_cut() -> None:
    found, _, pen = rated("psfs", "w" * 61, "\x1b[A", "walking", "4", "", "")
    assert found["1"] == Answer(RATED, 4, own="walking")
    assert pen.said.count("Keep it to 60 plain characters.") == 2
    found, _, pen = rated("berg", "x", "p" * 61, "x", "pain")
    assert found == {"1": Answer(NOT_DONE, reason="pain")}
    assert any("60 plain characters" in text for text in pen.said)


def test_null_in_a_typed_file_is_nothing_said(tmp_path: Path) -> None:
    path = tmp_path / "paper.json"
    path.write_text('[{"item": "1", "value": 4, "reason": null, "own": null, "weight": null}]', "utf-8")
    assert answers_of(BERG, [str(path)]) == {"1": Answer(RATED, 4)}


def test_a_typing_mistake_is_asked_again() -> None:
    answers, _, pen = rated("berg", "5", "2.5", "four", "", "4")
    assert answers["1"].value == 4
    assert sum("can't be" in text for text in pen.said) == 2
    assert any("'four' is no number" in text for text in pen.said)


def test_refused_needs_a_reason_and_not_asked_is_its_own_state() -> None:
    answers, whole, _ = rated("berg", "x", "", "x", "afraid", "n", *FULL[2:], "")
    assert whole
    assert answers["1"] == Answer(NOT_DONE, reason="afraid")
    assert answers["2"] == Answer(NOT_ASKED)
    found = total(BERG, answers)
    assert found.value is None
    assert found.reason == "Item 1 was not done (afraid); item 2 was not asked. What was not rated is not 0."


@pytest.mark.parametrize("last", ["q", None])
def test_broken_off_keeps_what_there_is_and_goes_on_where_it_was(last: str | None) -> None:
    lines = [*FULL[:5], last] if last else FULL[:5]
    answers, whole, _ = rated("berg", *lines)
    assert not whole
    assert list(answers) == ["1", "2", "3", "4", "5"]
    answers, whole, pen = rated("berg", *FULL[5:], "", answers=answers)
    assert whole
    assert not any("Item 5 " in text for text in pen.said)
    assert total(BERG, answers).value == 41


def test_ctrl_c_breaks_off_too() -> None:
    answers: dict[str, Answer] = {}

    def ask(question: str) -> str:
        if len(answers) == 3:
            raise KeyboardInterrupt
        return "2"

    assert not rate(BERG, answers, ask, lambda _: None, lambda _: None)
    assert len(answers) == 3


def test_both_sides_are_asked_where_the_scale_rates_both() -> None:
    scale = load_scale("mini-bestest")
    answers, whole, pen = rated("mini-bestest", *["2"] * len(scale.keys), "3-left", "0", "")
    assert whole
    assert total(scale, answers).value == 26
    assert any("On one leg, left" in text for text in pen.said)


def test_own_items_are_named_first() -> None:
    answers, whole, _ = rated("psfs", "", "climb stairs", "4", "b", "b", "", "5", "carry a bag", "7", "", "")
    assert whole
    assert [(one.own, one.value) for one in answers.values()] == [("climb stairs", 5), ("carry a bag", 7)]
    assert total(load_scale("psfs"), answers).value == 6
    answers, _, _ = rated("gas", "walk to the shop", "1", "2", "stand to cook", "-1", "", "", "")
    assert [one.weight for one in answers.values()] == [2, None]


def test_a_named_item_without_a_rating_is_not_left_out_of_the_mean() -> None:
    answers, whole, _ = rated("psfs", "climb stairs", "4", "swim", "n", "", "")
    assert whole
    found = total(load_scale("psfs"), answers)
    assert found.value is None
    assert found.missing == ("2",)


# The rule that nothing missing is 0


@settings(deadline=None)
@given(st.sampled_from([name for name in scale_names() if not load_scale(name).items.own]), st.data())
def test_no_item_without_a_rating_is_ever_counted(name: str, data: st.DataObject) -> None:
    scale = load_scale(name)
    full = {key: Answer(RATED, scale.items.low) for key in scale.keys}
    assert total(scale, full).value == scale.range[0]
    gone = data.draw(st.sets(st.sampled_from(scale.keys), min_size=1))
    states = (None, Answer(NOT_ASKED), Answer(NOT_DONE, reason="pain"))
    kept = {key: data.draw(st.sampled_from(states)) if key in gone else one for key, one in full.items()}
    found = total(scale, {key: one for key, one in kept.items() if one})
    assert found.value is None
    assert set(found.missing) == gone
    assert "is not 0" in str(found.reason)


def test_the_few_words_for_items_are_few_and_no_wording() -> None:
    for scale in map(load_scale, scale_names()):
        assert scale.wording == ()
        assert all(len(text.split()) <= 8 and not text.endswith((".", "?")) for text in scale.about)
        assert len(scale.levels) >= 2
        assert {scale.items.low, scale.items.high} <= {level.value for level in scale.levels}


# The record


def test_from_the_keys_to_the_page(tmp_path: Path, capsys: Any) -> None:
    assert run(tmp_path / "a", *FULL, "", more=(*TOLD,)) == 0
    assert "Berg Balance Scale: 41" in capsys.readouterr().out
    document = json.loads((tmp_path / "a" / "berg.scale.json").read_text("utf-8"))
    assert (document["format"], document["kind"], document["ended"]) == (1, "surefoot-scale", "complete")
    assert document["circumstances"]["footwear"] == "trainers"
    assert document["scale"] == {"id": "berg", "version": BERG.version}
    page = Page((tmp_path / "a" / "report.html").read_text("utf-8"))
    assert (41.0, "41") in page.data
    assert "6.2" in page.words
    assert "Godi 2013" in page.words
    assert "none is shown" in page.words
    assert "Nothing here was measured by the device" in page.words
    assert "predict" not in page.words.lower()


def test_broken_off_and_taken_up_again_by_the_command(tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "a"
    assert run(out, *FULL[:3], "q") == 1
    assert "--resume" in capsys.readouterr().out
    found = only(out)
    assert found["value"] is None
    assert "broken off" in found["reason"]
    with pytest.raises(RecordingError, match="add --resume"):
        run(out, *FULL, "")
    assert run(out, *FULL[3:], "", more=("--resume",)) == 0
    found = only(out)
    assert (found["value"], found["ended"], len(found["resumed_utc"])) == (41, "complete", 1)
    assert "taken up again" in Page((out / "report.html").read_text("utf-8")).words
    with pytest.raises(RecordingError, match="is complete"):
        run(out, more=("--resume",))
    with pytest.raises(RecordingError, match="none is ever overwritten"):
        run(out, *FULL, "")


def test_what_was_left_out_on_purpose_is_not_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "a"
    assert run(out, "4", "n", "x", "in pain", "3", "q") == 1
    assert [row["state"] for row in scale_record.read(out / "berg.scale.json")["answers"]] == [
        *("rated", "not-asked", "not-done", "rated")
    ]
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "" if "gone through" in question else "3"

    assert scale_command.run(call("berg", "--person", "P001", "--out", out, "--resume"), Observer(ask=ask)) == 0
    assert len(asked) == 14 - 4 + 1
    kept = scale_record.read(out / "berg.scale.json")
    assert kept["ended"] == "complete"
    assert len(kept["answers"]) == 13  # of a complete one, what was not asked has no entry
    found = only(out)
    assert found["value"] is None
    assert "item 2 was not asked" in found["reason"]


def test_each_answer_is_on_the_disk_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def ask(question: str) -> str:
        path = tmp_path / "a" / "berg.scale.json"
        seen.append(len(scale_record.read(path)["answers"]) if path.exists() else 0)
        if len(seen) == 5:
            raise KeyboardInterrupt
        return "3"

    args = call("berg", "--person", "P001", "--out", tmp_path / "a")
    assert scale_command.run(args, Observer(ask=ask)) == 1
    assert seen == [0, 1, 2, 3, 4]


def test_nothing_rated_is_nothing_kept(tmp_path: Path, capsys: Any) -> None:
    assert run(tmp_path / "a", "q") == 1
    assert "nothing was kept" in capsys.readouterr().out
    assert not list((tmp_path / "a").iterdir())


def test_what_is_resumed_must_be_the_same(tmp_path: Path) -> None:
    run(tmp_path / "a", "4", "q", more=("--aid", "cane"))
    args = call("berg", "--person", "P002", "--out", tmp_path / "a", "--resume")
    with pytest.raises(RecordingError, match="is of P001, not of P002"):
        scale_command.run(args, Observer(ask=Pen().ask))
    with pytest.raises(SurefootError, match="leave them out with --resume"):
        run(tmp_path / "a", more=("--resume", "--aid", "none"))
    path = tmp_path / "a" / "berg.scale.json"
    path.write_text(path.read_text("utf-8").replace('"version": "1.0.0"', '"version": "0.9.0"'), "utf-8")
    with pytest.raises(RecordingError, match="another version"):
        run(tmp_path / "a", more=("--resume",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"format": 1', '"format": 2', "newer than this Surefoot reads"),
        ('"kind": "surefoot-scale"', '"kind": "other"', "isn't a rated scale"),
        ('"state": "rated"', '"state": "zero"', "must be one of rated, not-done, not-asked"),
        ('"state": "rated"', '"state": "not-asked"', "only what is rated has a rating"),
        ('"value": 4.0', '"value": 9.0', "item 1: 9 can't be"),
        ('"item": "2"', '"item": "1"', "item 1 is answered twice"),
        ('"person": "P001"', '"person": "Ann Smith"', "person"),
        ("{", "[", "isn't the JSON"),
    ],
)
def test_a_record_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    typed(tmp_path / "a", *FULL)
    path = tmp_path / "a" / "berg.scale.json"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(SurefootError, match=said):
        score_scales(tmp_path / "a")


# Typed in from paper


def test_typed_from_paper(tmp_path: Path) -> None:
    assert typed(tmp_path / "a", *FULL[:11], "x:pain in the knee", "1", "n", more=("--date", "2025-05-31")) == 0
    found = only(tmp_path / "a")
    assert (found["rated"], found["typed"], found["value"]) == ("2025-05-31", True, None)
    assert [row["state"] for row in found["items"][-3:]] == ["not-done", "rated", "not-asked"]
    page = Page((tmp_path / "a" / "report.html").read_text("utf-8")).words
    assert "not done: pain in the knee" in page
    assert "Typed in from paper" in page


def test_typed_by_item_and_of_own_items(tmp_path: Path, capsys: Any) -> None:
    assert typed(tmp_path / "a", "1.own=walk to the shop", "1=1", "2.own=cook", "2=-1", "2.weight=3", scale="gas") == 0
    assert only(tmp_path / "a")["value"] == pytest.approx(50 - 20 / 11.8**0.5)
    assert typed(tmp_path / "a", *(f"{n}=50" for n in range(16, 0, -1)), scale="abc") == 0
    result = score_scales(tmp_path / "a")
    assert [one["id"] for one in result["scales"]] == ["abc", "gas"]
    page = Page(render_scales(result)).words
    assert "Activities-specific" in page
    assert "walk to the shop" in page


def test_typed_as_a_file(tmp_path: Path) -> None:
    rows = [{"item": key, "value": 3} for key in BERG.keys[:-1]] + [{"item": "14", "state": "not-done", "reason": "x"}]
    (tmp_path / "b.json").write_text(json.dumps(rows), "utf-8")
    answers = answers_of(BERG, [str(tmp_path / "b.json")])
    assert answers["14"] == Answer(NOT_DONE, reason="x")
    assert sum(one.value or 0 for one in answers.values()) == 39


@pytest.mark.parametrize(
    ("scale", "words", "said"),
    [
        ("berg", ["4"] * 13, "13 ratings were typed: give all in their order"),
        ("berg", ["4", "2=3"], "'4' says no item"),
        ("berg", ["1=5"], "item 1: 5 can't be"),
        ("berg", ["15=2"], "no item '15'"),
        ("berg", ["1=x"], "say why in a few words"),
        ("berg", ["1=4", "1=3"], "Item 1 was typed twice"),
        ("berg", ["1=four"], "'four' is no number"),
        ("berg", ["1=nan"], "nan can't be"),
        ("berg", ["1=x:" + "a" * 61], "to 60 plain characters"),
        ("berg", ["1.own=stairs", "1=2"], "its words are on the form"),
        ("berg", ["1.weight=2", "1=2"], "weight 2.0 of item '1' can't be"),
        ("berg", ["1.why=2"], "isn't known"),
        ("psfs", ["1=4"], "needs the person's own words"),
        ("psfs", ["4"], "says no item"),
        ("berg", ["missing.json"], "can't be read"),
    ],
)
def test_what_is_typed_wrongly_is_refused(scale: str, words: list[str], said: str, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        answers_of(load_scale(scale), words)
    assert said in str(caught.value)
    assert typed(tmp_path / "a", *words, scale=scale) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_wrong_calls_say_what_to_do(tmp_path: Path, capsys: Any) -> None:
    out = str(tmp_path / "a")
    for words, said in (
        (["scale", "berg"], "needs --person CODE and --out DIR"),
        (["scale", "tinetti", "--person", "P001", "--out", out], "no scale 'tinetti'"),
        (["scale", "berg", "--person", "Ann Smith", "--out", out, "--typed", *FULL], "can't be a person's code"),
        (["scale", "berg", "--person", "P1", "--out", out, "--date", "31.5.2025", "--typed", *FULL], "is no date"),
        (["scale", "berg", "--person", "P1", "--out", out, "--date", "2999-01-01", "--typed", *FULL], "lies ahead"),
        (["scale", "berg", "--person", "P1", "--out", out, "--date", "2025-01-01"], "give its ratings with --typed"),
        (["scale", "berg", "--person", "P1", "--out", out, "--resume", "--typed", *FULL], "leave one of them out"),
        (["scale", "berg", "--person", "P1", "--out", out, "--json"], "no terminal here"),
        (["record", "--protocol", "berg", "--person", "P1", "--out", out, "--by-hand"], "`surefoot scale berg`"),
    ):
        assert cli.main(words) == 1
        assert said in capsys.readouterr().err
    with pytest.raises(SurefootError, match="no terminal"):
        scale_command.run(call("berg", "--person", "P001", "--out", out), NOBODY)
    assert not (tmp_path / "a").exists()


# Score, report, list


def test_score_and_report_of_a_folder_of_scales(tmp_path: Path, capsys: Any) -> None:
    typed(tmp_path / "a", *FULL)
    page = (tmp_path / "a" / "report.html").read_bytes()
    (tmp_path / "a" / "report.html").unlink()
    capsys.readouterr()
    assert cli.main(["score", str(tmp_path / "a"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["kind"], result["scales"][0]["value"]) == ("surefoot-scale-result", 41)
    assert cli.main(["report", str(tmp_path / "a")]) == 0
    assert (tmp_path / "a" / "report.html").read_bytes() == page


def test_trials_and_scales_are_kept_apart(tmp_path: Path, capsys: Any) -> None:
    hand = ["record", "--by-hand", "--protocol", "tug", "--person", "P001", "--out", str(tmp_path / "a")]
    assert cli.main([*hand, "--typed", "elapsed_s=12.3"]) == 0
    assert typed(tmp_path / "a", *FULL) == 1
    assert "name another folder for scales" in capsys.readouterr().err
    assert typed(tmp_path / "b", *FULL) == 0
    (tmp_path / "a" / "berg.scale.json").write_bytes((tmp_path / "b" / "berg.scale.json").read_bytes())
    assert cli.main(["score", str(tmp_path / "a")]) == 1
    assert "a folder of their own" in capsys.readouterr().err
    other = ["scale", "fga", "--person", "P002", "--out", str(tmp_path / "b"), "--typed", *["3"] * 10]
    assert cli.main(other) == 1
    assert "one person per folder" in capsys.readouterr().err


def test_the_list_has_every_scale(capsys: Any) -> None:
    assert cli.main(["scale"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(scale_names())
    assert cli.main(["scale", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["scales"]] == list(scale_names())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_the_page(text: str, tmp_path: Path) -> None:
    typed(tmp_path / "a", "1.own=climb", "1=4", scale="psfs")
    result = score_scales(tmp_path / "a")
    result["scales"][0]["items"][0] |= {"about": text, "reason": text}
    page = Page(render_scales(result))
    assert [tag for tag, _ in page.tags if tag in ("img", "b")] == []
    assert sum(tag == "script" for tag, _ in page.tags) == 1
