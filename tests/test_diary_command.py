# SPDX-License-Identifier: MIT
"""`surefoot diary` and `surefoot caseload` as they are typed, and how many keys a week takes."""

from __future__ import annotations

import argparse
import builtins
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from homing import FIRST, IDS, ITEMS, TODAY, at_home, day, told
from stores import people_in
from surefoot import cli
from surefoot.care.diary_line import example
from surefoot.care.diary_week import week_begins
from surefoot.clinic.store import entries, options
from surefoot.clinic.store.values import Store
from surefoot.output import diary_show
from surefoot.output.diary_view import sheet

PARSER = cache(cli._parser)
LINES = ("11.0 2 3 2 0 0", "", ".... . . . 0 0", "1111 1 1 1 0 0 well", "", "", "")
# Card, Moran & Newell 1980, Communications of the ACM 23:396, 10.1145/358886.358895 (R): a key of a worst typist who
# knows the keyboard 0.5 s, and to think of the next thing 1.35 s.
KEY_S, THINK_S = 0.5, 1.35
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(store_here: Store) -> Store:
    at_home(store_here)
    people_in(store_here, "P002")
    return store_here


@pytest.fixture
def run(here: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on that store with what is typed into it: exit code, output, errors."""

    @contextmanager
    def opened(args: argparse.Namespace) -> Iterator[Store]:
        yield here

    monkeypatch.setattr(options, "opened", opened)
    monkeypatch.setattr(cli, "_parser", PARSER)

    def call(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = cli.main([*words, "--by", "T1"])
        told_back = capsys.readouterr()
        return code, told_back.out, told_back.err

    return call


def week_of(person: str = "P001") -> list[str]:
    return ["--person", person, "--week", str(FIRST)]


def test_a_week_is_printed_typed_and_shown(run: Run, here: Store, tmp_path: Path):
    code, out, _ = run("diary", "print", *week_of(), "--out", str(tmp_path / "pages"))
    path = tmp_path / "pages" / f"diary-P001-{FIRST}.html"
    assert (code, path.exists()) == (0, True)
    assert "things to do: 4, page " in out
    code, out, _ = run("diary", "type", *week_of(), typed="\n".join(LINES) + "\n")
    assert code == 0
    assert f"Such as: {example(IDS)}" in out
    assert "Kept " in out
    assert f"P001, 3 days of {FIRST} to {TODAY}." in out
    code, out, _ = run("diary", "show", *week_of())
    assert "3 of 7 days told." in out
    assert out.count(": not told\n") == 4
    titles = json.loads(run("diary", "show", *week_of(), "--json")[1])["items"]
    assert [out.count(title) for title in titles.values()] == [1] * len(titles)
    assert out.splitlines()[1] == f"  1 {next(iter(titles.values()))}"
    assert f"{FIRST:%a} {FIRST}: done 1, 2; not done " in out
    assert "4 of 11 done" in out or "done" in out.splitlines()[-1]
    shown = json.loads(run("diary", "show", *week_of(), "--json")[1])
    assert shown["days"][0]["done"] == {IDS[0]: True, IDS[1]: True, IDS[3]: False}
    assert shown["days"][1] == {"day": str(FIRST + timedelta(days=1)), "ways": [], "twice": []}
    assert shown["days"][2]["falls"] == 0
    assert shown["adherence"]["unreported_days"] == 5
    assert shown["adherence"]["high"] > shown["adherence"]["low"]


def test_a_full_week_takes_so_many_keys(here: Store):
    """Every box of every day filled in, no words: each key and each pause to look at the paper, by the model."""
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append("1" * len(ITEMS) + " 2 3 2 0 0")
        return asked[-1]

    found = diary_show.typed(sheet(here, "P001", FIRST, TODAY), ask, lambda text: None, TODAY)
    assert len(found.days) == len(asked) == 7
    assert all(None not in (one.pain_before, one.falls) and len(one.done) == 4 for one in found.days)
    keys = sum(len(line) + 1 for line in asked)
    assert keys == 7 * 15
    looks = sum(len(line.split()) for line in asked)
    assert keys * KEY_S + looks * THINK_S < 120


def test_a_line_that_is_not_understood_is_asked_again_at_a_terminal(
    run: Run, here: Store, monkeypatch: pytest.MonkeyPatch
):
    lines = iter(["11 2", "1111 12", "1111 1"])
    said: list[str] = []
    found = diary_show.typed(sheet(here, "P001", FIRST, TODAY), lambda _: next_or_end(lines), said.append, TODAY)
    assert [one.pain_before for one in found.days] == [1]
    assert sum("isn't 4 signs" in one for one in said) == 1
    assert sum("Pain before is '12'" in one for one in said) == 1
    code, _, err = run("diary", "type", *week_of(), typed="1111 1\n11 2\n")
    assert code == 1
    assert "Nothing was kept." in err
    assert not entries.entries(here, "P001", "diary")
    monkeypatch.setattr(builtins, "input", lambda _="": next_or_end(iter(())))
    assert "Nothing is told in this diary" in run("diary", "type", *week_of())[2]


def test_nothing_is_typed_in_vain_of_a_week_or_a_day_to_come(run: Run, here: Store):
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return ""

    half = FIRST + timedelta(days=2)
    diary_show.typed(sheet(here, "P001", FIRST, TODAY), ask, lambda text: None, half)
    assert len(asked) == 3
    later = str(TODAY + timedelta(days=1))
    code, out, err = run("diary", "type", "--person", "P001", "--week", later, typed="1111 1\n")
    assert (code, out) == (1, "")
    assert f"The week of {later} has not begun" in err
    diary_show.typed(sheet(here, "P001", FIRST, TODAY), ask, lambda text: None, half, again=False)
    assert len(asked) == 3 + 7, "what comes out of a file is never left aside"


def next_or_end(lines: Iterator[str]) -> str:
    try:
        return next(lines)
    except StopIteration:
        raise EOFError from None


def test_another_plans_page_is_typed_by_its_code(run: Run, here: Store):
    code_of = json.loads(run("diary", "print", *week_of(), "--json", "--out", "/tmp")[1])["code"]
    assert run("plan", "drop", "--person", "P001", "--item", ITEMS[0].id)[0] == 0
    assert run("diary", "type", *week_of(), typed="1111 2\n")[0] == 1
    code, out, err = run("diary", "type", *week_of(), "--page", code_of, typed="1111 2\n")
    assert (code, err) == (0, "")
    assert "with the feet together" in out


def test_the_persons_page_is_written(run: Run, tmp_path: Path):
    code, out, _ = run("diary", "page", *week_of(), "--out", str(tmp_path), "--alone")
    assert code == 0
    assert f"my-week-P001-{FIRST}.html" in out
    broken = tmp_path / "surefoot-P001.diary"
    broken.write_text("{}")
    code, _, err = run("diary", "read", str(broken))
    assert code == 1
    assert "isn't a diary that a page saved" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diary", "show", "--person", "P009"], "P009"),
        (["diary", "print", "--person", "P001", "--week", "monday"], "--week monday is no day"),
        (["diary", "type", "--person", "P001", "--page", "zz"], "No plan of P001"),
    ],
)
def test_what_cannot_be_is_said(run: Run, words: list[str], said: str):
    code, _, err = run(*words)
    assert code == 1
    assert said in err
    assert "Traceback" not in err


def test_the_week_is_this_one_unless_told(run: Run):
    shown = json.loads(run("diary", "show", "--person", "P001", "--json")[1])
    assert shown["first"] == str(week_begins(TODAY))


def test_a_store_looked_at_later_tells_of_its_own_day(run: Run, here: Store):
    told(here, day(5, falls=1, pain_before=1, pain_after=7))
    later = str(FIRST + timedelta(days=5))
    shown = json.loads(run("diary", "show", "--person", "P001", "--on", later, "--json")[1])
    assert shown["first"] == str(week_begins(date.fromisoformat(later)))
    assert json.loads(run("caseload", "--on", later, "--json")[1])["today"] == later
    for words in (["diary", "show", "--person", "P001"], ["caseload"]):
        assert "is still to come" in run(*words, "--on", "2999-01-01")[2]
        assert "--on soon is no day" in run(*words, "--on", "soon")[2]


def test_the_caseload_lists_everybody(run: Run, here: Store, tmp_path: Path):
    told(here, day(5, falls=1, pain_before=1, pain_after=7))
    code, out, _ = run("caseload")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "2 people, 2 with something to look at."
    assert lines[1].startswith("P001  last seen never; told last ")
    assert lines[2] == f"    A fall was told of {FIRST + timedelta(days=5)}."
    assert "surefoot assess falls --person P001" in lines[3]
    page = tmp_path / "pages" / "caseload.html"
    code, out, _ = run("caseload", "--flagged", "--html", str(page))
    assert str(page) in out
    assert "A fall was told of" in page.read_text("utf-8")
    found: Any = json.loads(run("caseload", "--json")[1])
    assert [one["person"] for one in found["people"]] == ["P001", "P002"]
    assert found["people"][0]["flags"][0]["id"] == "fall"
