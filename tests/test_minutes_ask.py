# SPDX-License-Identifier: MIT
"""A visit asked line by line: quick where all is as the last time, asked again where it can't be, nothing half-kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers import DAYS, VISIT, tugs
from stores import BY, KEY, people_in
from surefoot import cli
from surefoot.care.billing_file import load_billing
from surefoot.care.visit import Activity, Clinician, Contact, NamedTest, Visit, VisitError, minute_of
from surefoot.clinic import visits
from surefoot.clinic.minutes_ask import Quit, ask_contact, ask_visit, confirmed
from surefoot.clinic.minutes_typed import activity, later, named_test, span
from surefoot.clinic.store import entries, keys
from surefoot.clinic.store.opening import open_store
from surefoot.output.result import plain_result

US = load_billing()
SIGNS = VISIT.clinician
QUICK = ["900-945", "-", "15 TUG; gait belt", "18 semi-tandem; guarding", "", "", "", "Quicker.", "Go on.", "", "", ""]
FIRST = Clinician("Ana Example", "PT")


class Pen:
    """Somebody who types these lines, and what was asked of them and said."""

    def __init__(self, *lines: str) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.asked: list[str] = []
        self.said: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        try:
            return next(self.lines)
        except StopIteration:
            raise EOFError from None


def asked(*lines: str, before: Visit | None = VISIT, signs: Clinician | None = SIGNS, others: tuple[Visit, ...] = ()):
    pen = Pen(*lines)
    return ask_visit(US, before, signs, (("tug", "how a person turns"),), others, pen.ask, pen.said.append), pen


# A visit


def test_twelve_lines_are_a_visit_with_the_last_ones_codes_and_signature() -> None:
    visit, pen = asked(*QUICK)
    assert visit == Visit(
        "09:00", "09:45", SIGNS,
        (Activity("test", "09:00", "09:15", "TUG; gait belt", True),
         Activity("balance", "09:15", "09:33", "semi-tandem; guarding", True)),
        (NamedTest("tug", VISIT.tests[0].purpose),), "", "Quicker.", "Go on.", "", ("GP",),
    )  # fmt: skip
    assert len(pen.asked) == len(QUICK) == 12
    assert pen.asked[1].startswith("09:00 [talk], minutes and words")
    assert pen.asked[2].startswith("09:00 [test 1:1]")
    assert pen.asked[-2] == "Who signs? [Ana Example; PT, DPT; PT-12345] "


def test_neither_minutes_nor_words_are_taken_over() -> None:
    visit, pen = asked("900-945", "-", "", "-", "-", "", *[""] * 7)
    assert visit.activities == ()
    assert "How many minutes of test? Type them, or - to leave it out." in pen.said
    assert (visit.response, visit.interpretation, visit.plan, visit.next) == ("", "", "", "")


def test_the_first_visit_is_asked_for_all() -> None:
    visit, pen = asked(
        "9:00 45", "gait 20 stairs", "balance 9:25-9:40 group", "", "street", "ok", "", "", "", "Ana Example; PT",
        "gp kx",
        before=None, signs=None,
    )  # fmt: skip
    assert [(one.what, one.start, one.stop, one.one_to_one) for one in visit.activities] == [
        ("gait", "09:00", "09:20", None), ("balance", "09:25", "09:40", False),
    ]  # fmt: skip
    assert (visit.tests[0].purpose, visit.clinician, visit.modifiers) == ("street", FIRST, ("GP", "KX"))
    assert "97112" in " ".join(pen.said)


def test_a_filled_visit_asks_for_no_more() -> None:
    visit, pen = asked("900-910", "gait 10", *[""] * 8, before=None)
    assert visit.activities[-1].stop == "09:10"
    assert "The visit is filled. Enter goes on: " in pen.asked


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("swim 10", "There is no activity 'swim'"),
        ("10", "Which activity was it?"),
        ("gait", "lacks its minutes: write gait 18"),
        ("gait soon", "lacks its minutes"),
        ("gait 50", "lies outside of the visit"),
        ("gait 8:00-8:10", "lies outside of the visit"),
        ("gait 0", "lacks its minutes"),
    ],
)
def test_an_activity_that_can_not_be_is_asked_again(line: str, says: str) -> None:
    visit, pen = asked("900-945", line, "gait 10", "", *[""] * 7, before=None)
    assert any(says in text for text in pen.said), pen.said
    assert [one.what for one in visit.activities] == ["gait"]


def test_other_answers_that_can_not_be_are_asked_again() -> None:
    lines = ["nine", "945-900", "800-830", "900-945", "", "", "x" * 2001, "", "", "", "", "Ana", "", "gp!", "-"]
    visit, pen = asked(*lines, before=None, signs=SIGNS, others=(Visit("08:15", "08:45", SIGNS),))
    said = " ".join(pen.said)
    for words in ("'nine' is no span of time", "not after its start", "overlaps it", "Keep it to 2000 letters",
                  "write Ana Example; PT, DPT; PT-12345", "'GP!' is no modifier"):  # fmt: skip
        assert words in said
    assert (visit.clinician, visit.modifiers) == (SIGNS, ())


@pytest.mark.parametrize("upto", range(len(QUICK)))
def test_wherever_it_is_broken_off_nothing_is_kept(upto: int) -> None:
    for end in ([], ["q"]):
        with pytest.raises(Quit, match="Nothing was kept"):
            asked(*QUICK[:upto], *end)


def test_it_is_kept_only_after_a_yes() -> None:
    pen = Pen("perhaps", "")
    confirmed(pen.ask, pen.said.append, ["09:00-09:45, 45 min"])
    assert pen.said == ["09:00-09:45, 45 min", "y or n."]
    with pytest.raises(Quit):
        confirmed(Pen("n").ask, pen.said.append, [])


# A contact


def test_a_contact_is_five_lines() -> None:
    pen = Pen("many", "12", "", "diary read, called", "y", "25", "1405", "Stay a week.")
    assert ask_contact(pen.ask, pen.said.append) == Contact(12, "diary read, called", True, "Stay a week.", "14:05")
    assert len(pen.said) == 4
    assert ask_contact(Pen("1", "read", "no", "", "").ask, pen.said.append) == Contact(1, "read", False)


# What is typed


@pytest.mark.parametrize("text", ["09:00-09:45", "9:00 - 9:45", "900-945", "9:00 45", "0900 45 min"])
def test_a_span_is_read_in_each_way_people_write_it(text: str) -> None:
    assert span(text, "x") == ("09:00", "09:45")


@pytest.mark.parametrize("text", ["", "9", "9-10", "25:00-26:00", "23:50 20", "09:00-09:75", "-"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(VisitError):
        span(text, "x")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1439), st.integers(0, 1439))
def test_later_is_so_many_minutes_after(start: int, minutes: int) -> None:
    begin = f"{start // 60:02d}:{start % 60:02d}"
    if start + minutes < 1440:
        assert minute_of(later(begin, minutes)) == start + minutes
    else:
        with pytest.raises(VisitError):
            later(begin, minutes)


def test_options_are_read_by_the_same_rules() -> None:
    assert activity("gait 9:00-9:10 group stairs") == Activity("gait", "09:00", "09:10", "stairs", False)
    assert activity("gait 9:00-9:10") == Activity("gait", "09:00", "09:10")
    assert named_test("tug: safe?") == NamedTest("tug", "safe?")


# The command


@pytest.fixture
def here(store_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = Path(shutil.copytree(store_template, tmp_path / "data"))
    monkeypatch.setattr(keys, "find", lambda _: KEY)
    with open_store(data, key=KEY) as store:
        people_in(store, "P001")
        visits.put_visit(store, "P001", DAYS[0], VISIT, by=BY)
        on, result = tugs(11.0, days=DAYS[3:])[0]
        entries.put(store, "P001", "result", on, plain_result({**result, "person": "P001", "session": "s"}), by=BY)
    return data


@pytest.fixture
def type_in(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(action: str, *lines: str) -> int:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", Pen(*lines).ask)
        return cli.main(["minutes", action, "--person", "P001", "--on", str(DAYS[3]), "--data", str(here), "--by", BY])

    return run


def test_at_a_terminal_a_visit_without_options_is_asked(
    type_in: Callable[..., int], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert type_in("visit", *QUICK, "n") == 1
    assert type_in("visit", *QUICK, "") == 0
    out = capsys.readouterr().out
    assert "97112  18 min" in out
    assert "2026-03-04, 09:00 to 09:45, 45 minutes." in out
    assert type_in("contact", "5", "called", "y", "", "") == 0
    with open_store(here, key=KEY) as store:
        found = visits.kept(store, "P001")
    assert [entry.on for entry, _ in found.visits] == [DAYS[0], DAYS[3]]
    assert found.visits[1][1] == replace(
        VISIT, activities=asked(*QUICK)[0].activities, response="", interpretation="Quicker.", plan="Go on.", next=""
    )
    assert found.contacts[0][1] == Contact(5, "called", True)


def test_without_a_terminal_nothing_is_asked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["minutes", "visit", "--person", "P001", "--data", str(here), "--by", BY, "--json"]
    assert cli.main(words) == 1
    assert "When was the visit? Say --time" in capsys.readouterr().err
