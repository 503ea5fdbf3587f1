# SPDX-License-Identifier: MIT
"""Change on the page: one result with a verdict where the rules give one, all others as two numbers without a word."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_results import MADE, PLACED, TOLD, battery, mctsib, quiet, result_of, trial, tug
from pages import Page
from surefoot import cli
from surefoot.care.change import VERDICTS
from surefoot.care.norms_file import Error
from surefoot.care.protocol import load_protocol
from surefoot.output import changes
from surefoot.output.change_command import told, with_change
from surefoot.output.changes import ChangeError, change_of
from surefoot.output.report import render_report
from surefoot.output.result import ResultError, write_result

VERDICT = re.compile(r"\b(improved|declined|changed by more|within measurement error)\b", re.I)
DAYS = [f"2025-0{month}-04T05:06:07Z" for month in range(1, 10)]
KNOWN = Error("elapsed_s", "s", "raw", 0.5, 1, "between-days", "40 adults", "made up", "V", ("tug",))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an error between days had been checked in its source."""
    monkeypatch.setattr(changes, "errors_for", lambda *_: (KNOWN,))


def tug_change(*seconds: float, hand: bool = True, **more: Any) -> dict[str, Any]:
    *before, now = [tug(s, hand, created_utc=day, **more) for s, day in zip(seconds, DAYS, strict=False)]
    return change_of(load_protocol("tug"), before, now)


def quiet_change(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return change_of(load_protocol("quiet-stance"), [before], now)


def page_with(change: dict[str, Any], result: dict[str, Any] | None = None) -> str:
    return Page(render_report((result or tug(hand=True)) | {"change": change})).words


# The verdict


def test_one_primary_result_gets_the_verdict_and_the_page_says_it(known: None) -> None:
    change = tug_change(14.0, 14.2, 13.9, 11.0)
    assert change["verdict"] == "improved"
    assert change["judged"]
    assert change["sentence"] in page_with(change)
    assert change["sentence"].startswith("Improved: the two differ by 3.03 s")
    assert "Practice" not in change["sentence"]
    assert len(VERDICT.findall(page_with(change))) == 1


def test_practice_is_named_until_the_third_session(known: None) -> None:
    assert "Practice alone may explain this." in page_with(tug_change(14.0, 11.0))
    assert "Practice alone may explain this." not in page_with(
        tug_change(14.0, 11.0, circumstances=TOLD | {"session": 7})
    )


def test_an_error_that_is_recalled_judges_nothing() -> None:
    change = tug_change(14.0, 8.0)
    assert not change["judged"]
    assert "recalled and not yet checked" in change["sentence"]
    assert not VERDICT.search(page_with(change))


def test_sway_within_a_session_error_is_within_and_never_more() -> None:
    near = quiet_change(quiet(8.0, created_utc=DAYS[0]), quiet(8.4))
    assert near["verdict"] == "within measurement error"
    far = quiet_change(quiet(8.0, created_utc=DAYS[0]), quiet(24.0))
    assert not far["judged"]
    assert "how far days differ isn't known" in far["sentence"]


@pytest.mark.parametrize("name", ["aid", "assistance", "footwear", "orthosis", "medication"])
def test_other_conditions_give_no_verdict(name: str, known: None) -> None:
    for said, words in (("another", f"{name} (none against another)"), (None, f"{name} not known")):
        before = tug(14.0, True, created_utc=DAYS[0], circumstances=TOLD | {"footwear": "none"})
        now = tug(11.0, True, circumstances=TOLD | {"footwear": "none"} | {name: said})
        change = change_of(load_protocol("tug"), [before], now)
        assert change["verdict"] == "conditions differ"
        assert words in change["sentence"]
        assert "14.00 s before, 11.00 s now" in change["sentence"]
        assert not VERDICT.search(page_with(change, now))


def test_feet_that_stood_otherwise_give_no_verdict() -> None:
    moved = quiet(8.4, placement=PLACED | {"heel_distance_mm": 90.0})
    assert "foot position" in quiet_change(quiet(8.0, created_utc=DAYS[0]), moved)["sentence"]
    assert (
        "foot position not known"
        in quiet_change(quiet(8.0, created_utc=DAYS[0]), quiet(8.4, placement=None))["sentence"]
    )


def test_other_calibrations_say_what_to_do() -> None:
    change = quiet_change(quiet(8.0, created_utc=DAYS[0], made=MADE.replace("a1", "b2")), quiet(8.4))
    assert change["verdict"] == "not comparable"
    assert "Score all of them again under one: add --calibration FILE" in change["advice"]
    assert change["advice"] in page_with(change, quiet())
    assert any(row["note"] == "made differently" for row in change["others"])
    other = quiet_change(quiet(8.0, created_utc=DAYS[0], made="bw2z5/100Hz/trim3/v1/cal-a1"), quiet(8.4))
    assert "Name the folders of the earlier sessions" in other["advice"]


def test_a_new_version_of_the_test_is_a_new_beginning() -> None:
    old = quiet(8.0, created_utc=DAYS[0])
    old["protocol"]["version"] = "0.9.0"
    change = quiet_change(old, quiet(8.4))
    assert change["verdict"] == "not comparable"
    assert "new beginning" in change["advice"]


def test_by_hand_and_by_device_are_not_compared(known: None) -> None:
    change = change_of(load_protocol("tug"), [tug(14.0, True, created_utc=DAYS[0])], tug(11.0))
    assert change["verdict"] == "not comparable"
    assert "by hand" in change["sentence"]


def test_eight_sessions_of_ones_own_are_an_error_between_days() -> None:
    change = tug_change(12.0, 12.4, 11.9, 12.2, 12.1, 12.5, 11.8, 12.3, 8.0)
    assert change["verdict"] == "improved"
    assert "this person's own 8 sessions" in change["sentence"]


def test_the_published_change_that_matters_stands_beside_it() -> None:
    change = change_of(load_protocol("sppb"), [battery(created_utc=DAYS[0])], battery())
    assert [text[: text.index(" (")] for text in change["published"]] == [
        "Small change that matters to people: 0.5",
        "Substantial change that matters to people: 1",
    ]
    assert not change["judged"]


# All others


def test_all_others_are_numbers_without_a_word() -> None:
    change = quiet_change(quiet(8.0, 10.0, created_utc=DAYS[0]), quiet(8.4, 19.0))
    closed = next(row for row in change["others"] if row["label"] == "Sway velocity: Eyes closed")
    assert (closed["before"], closed["now"]) == ([10.0], 19.0)
    assert not any(row["label"] == "Sway velocity: Eyes open" for row in change["others"])
    words = page_with(change, quiet())
    assert "Sway velocity: Eyes closed mm/s 10.0 19.0" in words
    assert not VERDICT.search(words.replace(change["sentence"], ""))


def turns(left_s: float, right_s: float, day: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    protocol = load_protocol("turn-360")
    took = {"left": left_s, "right": right_s}
    both = [trial(protocol, key, n, typed={"elapsed_s": s}) for key, s in took.items() for n in (1, 2)]
    return result_of(protocol, both, created_utc=day)


def test_of_a_test_of_two_sides_the_worse_side_is_judged_whichever_it_is() -> None:
    protocol = load_protocol("turn-360")
    alone = change_of(protocol, [turns(3.0, 5.0, DAYS[0])], turns(3.0, 4.0))
    assert not alone["judged"]
    assert "no measurement error is known" in alone["sentence"]
    assert (alone["before"], alone["now"]) == (5.0, 4.0)
    assert {one["label"] for one in alone["others"]} >= {
        "Time of the turn, mean: Full turn to the left",
        "Time of the turn, mean: Full turn to the right",
    }
    own = [turns(3.0, 5.0 + 0.1 * (n % 2), day) for n, day in enumerate(DAYS)]
    for now, verdict in ((turns(5.05, 3.0), "within measurement error"), (turns(3.0, 4.0), "improved")):
        change = change_of(protocol, own, now)
        assert change["verdict"] == verdict
        assert change["label"] == "Time of the slower way round, mean"


def test_a_test_that_names_no_result_is_not_judged() -> None:
    protocol = replace(load_protocol("turn-360"), primary_outcome=None)
    change = change_of(protocol, [turns(3.0, 5.0, DAYS[0])], turns(3.0, 4.0))
    assert not change["judged"]
    assert "names no one result" in change["sentence"]
    assert change["others"]


def test_the_balance_score_is_never_judged() -> None:
    change = change_of(load_protocol("mctsib"), [mctsib(created_utc=DAYS[0])], mctsib(fails=False))
    assert "score" not in json.dumps(change).lower().replace("scored", "")
    assert not VERDICT.search(page_with(change, mctsib(fails=False)))


def test_a_result_of_before_outcomes_is_compared_too() -> None:
    old = quiet(8.0, created_utc=DAYS[0])
    del old["outcomes"]
    assert quiet_change(old, quiet(8.4))["verdict"] == "within measurement error"


@given(st.lists(st.floats(0.5, 120), min_size=2, max_size=9), st.booleans(), st.sampled_from([1, 3, 12, None]))
@settings(max_examples=60, deadline=None)
def test_no_verdict_word_without_a_verdict(seconds: list[float], hand: bool, number: int | None) -> None:
    change = tug_change(*seconds, hand=hand, circumstances=TOLD | {"session": number})
    words = page_with(change)
    assert bool(VERDICT.search(words)) is change["judged"]
    assert change["judged"] is (change["verdict"] in VERDICTS)


# Which sessions


def test_sessions_must_be_one_persons_of_one_test_in_order() -> None:
    protocol = load_protocol("tug")
    for before, words in (
        (tug(created_utc=DAYS[0], person="P-08"), "name one person's"),
        (quiet(created_utc=DAYS[0]), "name those of one test"),
        (tug(), "named twice"),
        (tug(created_utc="2026-01-01T00:00:00Z"), "from the oldest to the newest"),
    ):
        with pytest.raises(ChangeError, match=words):
            change_of(protocol, [before], tug())


def test_earlier_sessions_are_files_or_folders(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    write_result(tug(14.0, True, created_utc=DAYS[0]), tmp_path / "old" / "result.json")
    now = tug(11.0, True)
    by_folder = with_change(now, tmp_path, [tmp_path / "old"])
    assert by_folder["change"] == with_change(now, tmp_path, [tmp_path / "old" / "result.json"])["change"]
    assert by_folder["change"]["before"] == 14.0
    assert told(by_folder)[0].startswith("From the cue to seated. Not judged: ")
    assert with_change(now, tmp_path, []) == now
    with pytest.raises(ResultError, match="name the folder of its recordings"):
        with_change(now, tmp_path, [tmp_path / "old"], tmp_path / "record.json")
    write_result(by_folder, tmp_path / "result.json")  # strict JSON


def test_the_commands_take_earlier_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """`score` writes and says the change, `report` shows it, both scoring the earlier folder as the present one."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    for name in ("old", "new"):
        (tmp_path / name / "01.sfr").touch()
    made = {"old": quiet(8.0, created_utc=DAYS[0]), "new": quiet(8.4)}
    asked: list[tuple[str, Any]] = []

    def score_folder(folder: Path, record: Any = None, test: Any = None) -> tuple[dict[str, Any], list[None]]:
        asked.append((folder.name, record))
        return made[folder.name], [None, None]

    monkeypatch.setattr("surefoot.clinic.scoring.score_folder", score_folder)
    both = [str(tmp_path / "new"), "--since", str(tmp_path / "old")]
    assert cli.main(["score", *both, "--calibration", "r.json"]) == 0
    assert asked == [("new", Path("r.json")), ("old", Path("r.json"))]
    assert "Sway velocity: Eyes open. Within measurement error" in capsys.readouterr().out
    assert json.loads((tmp_path / "new" / "result.json").read_text("utf-8"))["change"]["judged"]
    assert cli.main(["report", *both]) == 0
    assert "Within measurement error" in (tmp_path / "new" / "report.html").read_text("utf-8")


def test_files_of_other_instruments_have_no_earlier_sessions(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.csv").write_text("1,2\n")
    assert cli.main(["score", str(tmp_path / "a.csv"), "--since", str(tmp_path)]) == 1
    assert "--since belong to a folder" in capsys.readouterr().err
