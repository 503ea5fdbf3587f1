# SPDX-License-Identifier: MIT
"""Rated scales in the store: kept once, kept anew when gone on with, compared; confidence shown by them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stores import BY, KEY, people_in
from surefoot import cli
from surefoot.care.scale_answers import RATED, Answer
from surefoot.care.scales import load_scale
from surefoot.clinic import scale_record
from surefoot.clinic.scale_kept import confidence, kept_scales, rated
from surefoot.clinic.store import entries, keys
from surefoot.clinic.store.keep import keep_folder, keep_scales
from surefoot.clinic.store.opening import open_store
from surefoot.clinic.store.values import Store, StoreError
from surefoot.errors import RecordingError

TOLD = {"aid": "none", "assistance": "none", "footwear": "trainers", "orthosis": "none", "medication": "none"}
DAYS = ("2026-01-05", "2026-01-12", "2026-02-02", "2026-03-04")
Keep = Callable[..., Any]


def sheet(
    folder: Path, name: str, value: float, day: str, *, person: str = "P001", asked: int = 99, **more: Any
) -> Path:
    """A scale rated alike on every item; the first `asked` of them."""
    scale = load_scale(name)
    answers = {key: Answer(RATED, value) for key in scale.keys[:asked]}
    ended = more.pop("ended", scale_record.COMPLETE)
    folder.mkdir(parents=True, exist_ok=True)
    made = scale_record.Sheet(person, scale, f"{day}T10:00:00Z", f"{day}T10:00:00Z", {**TOLD, **more}, False)
    scale_record.write(scale_record.written(made, answers, ended), scale_record.path_of(folder, scale))
    return folder


@pytest.fixture
def store(store_here: Store) -> Store:
    people_in(store_here, "P001", "P002")
    return store_here


def course(store: Store, tmp_path: Path, name: str, *values: float, **more: Any) -> None:
    for day, value in zip(DAYS, values, strict=False):
        keep_scales(store, sheet(tmp_path / day / name, name, value, day, **more), by=BY)


# Kept


def test_a_folder_of_scales_is_kept_once(store: Store, tmp_path: Path) -> None:
    folder = sheet(sheet(tmp_path / "a", "berg", 3, DAYS[0]), "abc", 60, DAYS[0])
    kept, of = keep_folder(store, folder, by=BY)
    assert (of, len(kept.entries), kept.known, kept.person) == ("scale", 2, 0, "P001")
    again, _ = keep_folder(store, folder, by=BY)
    assert (again.entries, again.known) == ((), 2)
    found = entries.entries(store, "P001", "scale")
    assert {one.on for one in found} == {date(2026, 1, 5)}
    assert all({"person", "kind"}.isdisjoint(one.document) for one in found)


def test_one_that_was_gone_on_with_replaces_what_was_kept(store: Store, tmp_path: Path) -> None:
    folder = sheet(tmp_path / "a", "berg", 3, DAYS[0], asked=5, ended=scale_record.INTERRUPTED)
    first = keep_scales(store, folder, by=BY).entries[0]
    assert kept_scales(store, "P001")[0].sessions[0][1].value is None
    sheet(folder, "berg", 3, DAYS[0])
    second = keep_scales(store, folder, by=BY).entries[0]
    assert second.replaces == first.id
    assert [rating.value for _, rating in kept_scales(store, "P001")[0].sessions] == [42]


def test_one_that_was_taken_back_or_moved_is_not_kept_again(store: Store, tmp_path: Path) -> None:
    folder = sheet(tmp_path / "a", "berg", 3, DAYS[0])
    made = keep_scales(store, folder, by=BY).entries[0]
    entries.move(store, made.id, "P002", by=BY, reason="It was somebody else's")
    assert keep_scales(store, folder, by=BY).entries == ()
    assert [one.scale.id for one in kept_scales(store, "P002")] == ["berg"]
    other = sheet(tmp_path / "b", "abc", 60, DAYS[1])
    entries.void(store, keep_scales(store, other, by=BY).entries[0].id, by=BY, reason="The form was a draft")
    assert keep_scales(store, other, by=BY).entries == ()
    assert kept_scales(store, "P001") == ()


def test_two_people_who_were_rated_in_the_same_second_are_both_kept(store: Store, tmp_path: Path) -> None:
    for code in ("P001", "P002"):
        assert keep_scales(store, sheet(tmp_path / code, "berg", 3, DAYS[0], person=code), by=BY).entries


def test_what_can_not_be_kept_is_told_and_nothing_is(store: Store, tmp_path: Path) -> None:
    folder = sheet(tmp_path / "a", "berg", 3, DAYS[0])
    (folder / "abc.scale.json").write_text("{")
    kept = keep_scales(store, folder, by=BY)
    assert len(kept.entries) == 1
    assert "It was not kept." in kept.problems[0]
    (folder / "berg.scale.json").unlink()
    with pytest.raises(RecordingError, match=r"Nothing in .* can be kept"):
        keep_scales(store, folder, by=BY)
    both = sheet(sheet(tmp_path / "b", "berg", 3, DAYS[1]), "abc", 60, DAYS[1], person="P002")
    with pytest.raises(RecordingError, match="scales of P001, P002: keep one person"):
        keep_scales(store, both, by=BY)
    with pytest.raises(StoreError, match="P009"):
        keep_scales(store, sheet(tmp_path / "c", "berg", 3, DAYS[1], person="P009"), by=BY)


# Compared


def test_a_change_is_judged_by_the_same_rule_as_in_folders(store: Store, tmp_path: Path) -> None:
    course(store, tmp_path, "berg", 2, 2, 3, 4)
    (found,) = rated(kept_scales(store, "P001"), date(2026, 3, 4), date(2026, 3, 4))
    assert [rating.value for _, rating in found.baseline] == [28, 28]
    assert found.change is not None
    assert (found.change.verdict, found.change.now, found.number) == ("improved", 56, 4)
    assert found.total(found.now) == "56"
    assert rated(kept_scales(store, "P001"), date(2026, 2, 3), date(2026, 3, 3)) == ()
    (early,) = rated(kept_scales(store, "P001"), date.min, date(2026, 1, 5))
    assert early.change is None
    (later,) = rated(kept_scales(store, "P001"), date.min, date(2026, 3, 4), since=date(2026, 2, 2))
    assert [on for on, _ in later.baseline] == [date(2026, 2, 2)]


def test_another_aid_gives_the_numbers_without_a_verdict(store: Store, tmp_path: Path) -> None:
    course(store, tmp_path, "berg", 2)
    keep_scales(store, sheet(tmp_path / "x", "berg", 4, DAYS[3], aid="stick"), by=BY)
    (found,) = rated(kept_scales(store, "P001"), date.min, date.max)
    assert found.change is not None
    assert found.change.sentence.startswith("Conditions differ: aid (none against stick)")


def test_confidence_is_the_last_abc_that_has_a_total(store: Store, tmp_path: Path) -> None:
    assert confidence(store, "P001", date.max) is None
    course(store, tmp_path, "abc", 60, 70)
    found = confidence(store, "P001", date(2026, 1, 11))
    assert found is not None
    assert found.now.value == 60
    found = confidence(store, "P001", date.max)
    assert found is not None
    assert found.change is not None
    assert found.change.sentence.startswith("Not judged: no measurement error that was read in its source")


# The commands


@pytest.fixture
def run(
    store_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Keep:
    data = Path(shutil.copytree(store_template, tmp_path / "data"))
    monkeypatch.setattr(keys, "find", lambda _: KEY)
    with open_store(data, key=KEY) as opened:
        people_in(opened, "P001")

    def one(*words: str) -> str:
        assert cli.main([*words, "--data", str(data), "--by", BY]) == 0
        return capsys.readouterr().out

    return one


def test_keep_takes_scales_and_assess_shows_confidence(run: Keep, tmp_path: Path) -> None:
    for day, value in zip(DAYS, (60, 65, 72.0), strict=False):
        out = run("keep", str(sheet(tmp_path / day, "abc", value, day)))
        assert "kept for P001, 1 scale" in out
    assert "already kept" in run("keep", str(tmp_path / DAYS[0]))
    out = run("assess", "show", "--person", "P001")
    assert "Confidence, Activities-specific Balance Confidence scale (ABC), 2026-02-02: 72.0 of 100." in out
    assert "62.5 before, 72.0 now" in out
    told = json.loads(run("assess", "show", "--person", "P001", "--json"))["abc"]
    assert (told["on"], told["percent"], told["change"]["before"]) == ("2026-02-02", 72.0, 62.5)
    first = run("assess", "show", "--person", "P001", "--on", DAYS[0])
    assert "60.0 of 100.\n  It is the first one that is kept." in first


def test_a_scale_is_rated_and_kept_in_one_go(run: Keep, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["--date", DAYS[0], "--typed", *["4"] * 14, "--keep"]
    assert "kept for P001, 1 scale" in run("scale", "berg", "--person", "P001", "--out", str(tmp_path / "a"), *typed)
    assert "already kept" in run("keep", str(tmp_path / "a"))
    words = [
        "scale",
        "berg",
        "--person",
        "P009",
        "--out",
        str(tmp_path / "b"),
        *typed,
        "--data",
        str(tmp_path / "data"),
    ]
    assert cli.main(words) == 1
    assert "P009" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()  # told before anything is rated
