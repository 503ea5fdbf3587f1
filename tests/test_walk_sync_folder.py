# SPDX-License-Identifier: MIT
"""A person's walks on disk: what is written is read again, and what can't be read is said, never left out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from surefoot.clinic import walks_folder
from surefoot.clinic.walk_values import Goal, Said, ScaleCheck, Walker
from surefoot.clinic.walks_folder import keep_said, keep_walk, keep_walker, walker_of, walks_of
from surefoot.errors import CommandInvalid, ProtocolError, RecordingError, SurefootError

UTC = "2026-11-24T08:00:00Z"
WHOLE = Walker(
    "P001",
    leg_m=0.88,
    length_factor=1.18,
    measured_utc=UTC,
    weight_bearing_left="restricted",
    weight_bearing_right="full",
    goal=Goal("to the bakery", "gait_distance_m", 900.0, "walk", "2026-12-24", UTC),
    checks=(ScaleCheck(UTC, "board", 700.0, 690.0), ScaleCheck(UTC, "board", 710.0, 700.0)),
)


def entry(name: str, begun_utc: str | None = UTC) -> dict[str, Any]:
    """The least that is a walk."""
    return {
        "file": f"{name}.sfr",
        "begun_utc": begun_utc,
        "duration_s": 60.0,
        "feet": {},
        "parameters": {"gait_steps": {"value": 80.0, "unit": "{steps}", "strides": None}},
        "strides": {},
        "bouts": {},
        "not_reported": {},
        "notes": [],
    }


def document(*walks: dict[str, Any], problems: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    head = {"format": 1, "kind": "surefoot-walk", "created_utc": UTC}
    return head | {"walks": [*walks], "problems": [*problems]} | more


def keep(data: Path, name: str, begun_utc: str | None = UTC, fetched_utc: str | None = None) -> None:
    keep_walk(data, "P001", name, document(entry(name, begun_utc), fetched_utc=fetched_utc))


def test_a_walker_is_read_as_written(tmp_path: Path):
    assert walker_of(tmp_path, "P001") == Walker("P001"), "of whom nothing is known"
    for walker in (Walker("P001"), WHOLE, replace(WHOLE, goal=replace(WHOLE.goal, by_date=None))):  # type: ignore[type-var]
        path = keep_walker(tmp_path, walker)
        assert path == tmp_path / "walks" / "P001" / "walker.json"
        assert walker_of(tmp_path, "P001") == walker
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(WHOLE, leg_m=88.0), "leg_m"),
        (replace(WHOLE, length_factor=9.0), "length_factor"),
        (replace(WHOLE, weight_bearing_left="some"), "weight_bearing_left"),
        (replace(WHOLE, goal=Goal("far", "sway", 3.0, "walk")), "goal.measure"),
        (replace(WHOLE, goal=Goal("far", "gait_steps", 0.0, "walk")), "goal.value"),
        (replace(WHOLE, goal=Goal("far", "gait_steps", 10.0, "year")), "goal.per"),
    ],
)
def test_what_can_not_be_is_never_written_over_what_was(tmp_path: Path, wrong: Walker, words: str):
    keep_walker(tmp_path, WHOLE)
    with pytest.raises(ProtocolError, match=words):
        keep_walker(tmp_path, wrong)
    assert walker_of(tmp_path, "P001") == WHOLE


@pytest.mark.parametrize("code", ["Anna Muster", "", "../P001", "1950-03-04", "P" * 40])
def test_names_and_paths_are_no_codes(tmp_path: Path, code: str):
    for call in (lambda: walker_of(tmp_path, code), lambda: walks_of(tmp_path, code)):
        with pytest.raises(RecordingError, match="can't be a person's code"):
            call()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "isn't the JSON"),
        ('{"format": 1, "kind"', "isn't the JSON"),
        ("[1]", "isn't what is known"),
        ('{"format": 1, "kind": "surefoot-said", "person": "P001"}', "isn't what is known"),
        ('{"format": 2, "kind": "surefoot-walker", "person": "P001"}', "upgrade Surefoot"),
        ('{"format": 0, "kind": "surefoot-walker", "person": "P001"}', "'format' is 0"),
        ('{"format": 1, "kind": "surefoot-walker"}', "lacks 'person'"),
        ('{"format": 1, "kind": "surefoot-walker", "person": "P001", "leg": 1}', "unknown field 'leg'"),
        ('{"format": 1, "kind": "surefoot-walker", "person": "P002"}', "is of P002, not of P001"),
    ],
)
def test_a_walker_that_can_not_be_read_is_a_sentence(tmp_path: Path, text: str, words: str):
    path = keep_walker(tmp_path, WHOLE)
    path.write_text(text)
    with pytest.raises(SurefootError, match=words):
        walker_of(tmp_path, "P001")


def test_walks_come_in_order_of_time_with_what_was_said(tmp_path: Path):
    assert walks_of(tmp_path, "P001") == ()
    keep(tmp_path, "aa-00002", "2026-11-24T08:00:00Z")
    keep(tmp_path, "aa-00001", "2026-11-25T08:00:00Z")
    keep(tmp_path, "bb-00001", "2026-11-24T20:00:00Z")
    said = Said(4, 1, 2, 3, "with a stick, in the rain")
    keep_said(tmp_path, "P001", "bb-00001", said)
    walks = walks_of(tmp_path, "P001")
    assert [walk.name for walk in walks] == ["aa-00002", "bb-00001", "aa-00001"]
    assert [walk.said for walk in walks] == [None, said, None]
    assert all(walk.problem is None for walk in walks)
    assert walks[0].entry["parameters"]["gait_steps"]["value"] == 80.0


def test_a_walk_of_unknown_time_lies_before_what_its_board_logged_later(tmp_path: Path):
    keep(tmp_path, "aa-00003", None, "2026-11-28T10:00:00Z")
    keep(tmp_path, "aa-00004", "2026-11-26T08:00:00Z", "2026-11-28T10:00:00Z")
    keep(tmp_path, "bb-00001", "2026-11-27T08:00:00Z")
    keep(tmp_path, "aa-00005", None, "2026-11-28T10:00:00Z")
    walks = walks_of(tmp_path, "P001")
    assert [walk.name for walk in walks] == ["aa-00003", "aa-00004", "bb-00001", "aa-00005"]
    assert walks[0].begun_utc is None, "it is ordered, not dated"


def test_nothing_that_went_wrong_is_left_out(tmp_path: Path):
    keep(tmp_path, "aa-00001")
    folder = walks_folder.walks_folder(tmp_path, "P001")
    keep_walk(tmp_path, "P001", "aa-00002", document(problems=("aa-00002.sfr: No steps were found.",), begun_utc=UTC))
    (folder / "aa-00003.sfr").write_bytes(b"fetched, then the power went")
    keep(tmp_path, "aa-00004")
    (folder / "aa-00004.walk.json").write_text("{")
    keep_walk(tmp_path, "P001", "aa-00005", document(entry("aa-00005")))
    newer = json.loads((folder / "aa-00005.walk.json").read_text()) | {"format": 9}
    (folder / "aa-00005.walk.json").write_text(json.dumps(newer))
    keep(tmp_path, "aa-00006")
    keep_said(tmp_path, "P001", "aa-00006", Said(3))
    (folder / "aa-00006.said.json").write_text('{"format": 1, "kind": "surefoot-said", "steadiness": 30}')
    keep_walk(tmp_path, "P001", "aa-00007", document())
    walks = {walk.name[-1]: walk for walk in walks_of(tmp_path, "P001")}
    assert sorted(walks) == list("1234567")
    told = {name: str(walk.problem) for name, walk in walks.items()}
    assert told["1"] == "None"
    assert "No steps were found" in told["2"]
    assert "not analysed yet: `surefoot walk sync --person P001 --again`" in told["3"]
    assert "isn't the JSON of an analysed walk" in told["4"]
    assert "upgrade Surefoot" in told["5"]
    assert "aa-00006.said.json" in told["6"]
    assert "without a result" in told["7"]
    assert walks["2"].begun_utc == UTC
    assert walks["6"].said is None
    assert walks["6"].entry["parameters"], "what was walked doesn't hang on what was said"
    for name in "23457":
        assert walks[name].entry["parameters"] == {}
        assert walks[name].entry["notes"] == [walks[name].problem]


@pytest.mark.parametrize("said", [Said(steadiness=0), Said(steadiness=6), Said(pain_after=11), Said(exertion=-1)])
def test_said_stays_within_its_scales(tmp_path: Path, said: Said):
    keep(tmp_path, "aa-00001")
    with pytest.raises(ProtocolError):
        keep_said(tmp_path, "P001", "aa-00001", said)
    assert walks_of(tmp_path, "P001")[0].said is None


def test_unreported_stays_unreported(tmp_path: Path):
    keep(tmp_path, "aa-00001")
    keep_said(tmp_path, "P001", "aa-00001", Said(pain_before=0))
    (walk,) = walks_of(tmp_path, "P001")
    assert walk.said == Said(None, 0, None, None, "")


def test_nothing_is_said_of_a_walk_that_is_not_there(tmp_path: Path):
    with pytest.raises(RecordingError, match="none is kept yet"):
        keep_said(tmp_path, "P001", "aa-00001", Said(3))
    keep(tmp_path, "aa-00001")
    with pytest.raises(RecordingError, match="the last ones are aa-00001"):
        keep_said(tmp_path, "P001", "aa-00002", Said(3))


def test_a_folder_that_can_not_be_made_or_read_is_named(tmp_path: Path):
    (tmp_path / "walks").write_text("a file")
    with pytest.raises(RecordingError, match="name a data folder that you may write to"):
        keep_walker(tmp_path, WHOLE)
    with pytest.raises(RecordingError, match="can't be read"):
        walks_of(tmp_path, "P001")


@pytest.mark.parametrize("bad", [("900", "1e300"), ("2099-12-24", "2001-01-01")])
def test_a_goal_out_of_all_bounds_is_refused(bad: tuple[str, str]) -> None:
    from surefoot.clinic.walk_said import goal_of

    value, day = ("900", "2099-12-24")
    assert goal_of("to the bakery", "gait_distance_m", float(value), "walk", day).by_date == day
    value, day = (bad[1] if one == bad[0] else one for one in (value, day))
    with pytest.raises(CommandInvalid, match=r"is no goal: give|is over: a goal needs"):
        goal_of("to the bakery", "gait_distance_m", float(value), "walk", day)


def test_a_recording_without_an_end_says_that_it_may_be_a_part() -> None:
    from surefoot.clinic.walk_own import CUT, cut_short

    whole = SimpleNamespace(end={"reason": 0})
    assert cut_short(whole) == ()  # pyright: ignore[reportArgumentType]
    assert cut_short(SimpleNamespace(end=None)) == (CUT,)  # pyright: ignore[reportArgumentType]
