# SPDX-License-Identifier: MIT
"""Help that teaches: each command and each word below it shows an example of its own, and what is shown works."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from assessing import all_fine
from stores import people_in
from surefoot import cli, cli_examples
from surefoot.clinic.assess import keep_safety
from surefoot.clinic.store import opening
from surefoot.clinic.store.values import Store

WHOLE = cache(cli._parser)
WIDEST = 120
TODAY = date.today()
# Of the care loop, in the order in which somebody would type them.
TYPED = ("assess", "ladder", "plan", "goal", "minutes", "caseload", "kept", "store audit", "person list")
# An id, folder, lock or terminal of the examples isn't there: a sentence says so.
NOT_THERE = (
    r"no terminal here|When was the visit|begins with '3f|no folder out/|isn't locked|morning after is open|Which goal"
    r"|Not planned|has not been|overlaps|no test of sway"
)


def parsers() -> Iterator[argparse.ArgumentParser]:
    for name in (name for _, group in cli.GROUPS for name in group):
        (action,) = (one for one in WHOLE()._actions if isinstance(one, argparse._SubParsersAction))
        yield action.choices[name]
        yield from (one for one, _ in cli_examples._below(action.choices[name]))


def examples(parser: argparse.ArgumentParser, start: str = cli_examples.NAME) -> list[str]:
    return typed(parser.description or "", start)


def typed(text: str, start: str = cli_examples.NAME) -> list[str]:
    """The commands that a help text shows, as typed."""
    text = "\n".join(cli_examples.shown(text, start)).replace("\\\n", " ")
    lines = [line.strip().removeprefix("example: ") for line in text.splitlines()]
    return [re.split(r"(?<! \\) {2,}(?! *--)", line)[0] for line in lines]


EVERY = dict.fromkeys([*typed(cli.EPILOG), *(line for parser in parsers() for line in examples(parser))])


def test_each_word_shows_an_example_of_its_own():
    assert [parser.prog for parser in parsers() if not examples(parser, parser.prog)] == []


def test_no_example_of_the_table_is_of_a_command_that_has_its_own_or_is_none():
    names = {parser.prog.removeprefix("surefoot ") for parser in parsers()}
    assert set(cli_examples.EXAMPLES) - names == set()
    for parser in parsers():
        lines = [line for line in (parser.description or "").splitlines() if line.strip() == "examples:"]
        assert len(lines) < 2, parser.prog


def test_help_is_no_wider_than_a_terminal_that_is_wide():
    wide = [line for parser in parsers() for line in (parser.description or "").splitlines() if len(line) > WIDEST]
    assert wide == []


@pytest.mark.parametrize("example", EVERY)
def test_each_example_is_understood(example: str):
    words = cli._joined(shlex.split(example)[1:])
    assert WHOLE().parse_args(words).command


def test_the_examples_of_the_care_loop_do_their_job(
    store_here: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    people_in(store_here, "P001", "P002")
    keep_safety(store_here, "P001", all_fine(TODAY), TODAY, by="T1")

    @contextmanager
    def open_store(*_: object, **__: object) -> Iterator[Store]:
        yield store_here

    monkeypatch.setattr(opening, "open_store", open_store)
    monkeypatch.setattr(cli, "_parser", lambda name=None: WHOLE())
    monkeypatch.chdir(tmp_path)
    ran = 0
    for example in sorted(EVERY, key=_order):
        words = example.removeprefix("surefoot ")
        if not words.startswith(TYPED):
            continue
        code = cli.main(shlex.split(words))
        said = capsys.readouterr()
        assert code == 0 or (code == 1 and re.search(NOT_THERE, said.err)), f"{example}: {said.err}"
        ran += code == 0
    assert ran > 30


def _order(example: str) -> int:
    """Of the care loop's commands, as the table of them has it; within one, as the help has it."""
    words = example.removeprefix("surefoot ")
    return next((at for at, name in enumerate(TYPED) if words.startswith(name)), len(TYPED))
