# SPDX-License-Identifier: MIT
"""`surefoot caseload`: everybody with what asks to be looked at, the most urgent first, as lines or as a page."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..clinic.day_option import add_on, day_in
from ..clinic.store import options
from ..unit_words import counted

if TYPE_CHECKING:
    from ..clinic.caseload import Case

NAME = "caseload"
HELP = "everybody with what asks to be looked at, the most urgent first"
DESCRIPTION = """\
All persons by their codes: last seen, how much of the plan was told to be done in seven days, and flags, each with its
reason and what to look at next. What wasn't told is no "not done". Surefoot shows what was told; a clinician decides.

examples:
  surefoot caseload                              the list
  surefoot caseload --flagged                    only those with a flag
  surefoot caseload --html pages/caseload.html   the same as a page
"""
NEVER = "never"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flagged", action="store_true", help="only those with a flag")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page")
    add_on(parser)
    options.add_store_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from ..clinic.caseload import caseload

    today = day_in(args)
    with options.opened(args) as store:
        every = caseload(store, today)
    cases = [one for one in every if one.flags or one.problem] if args.flagged else list(every)
    lines = case_lines(cases, len(every), today)
    if args.html:
        from .caseload_page import caseload_page
        from .result import made_folder, write_whole

        made_folder(args.html.parent)
        write_whole(args.html, caseload_page(cases, len(every), today).encode("utf-8"))
        lines = [f"{args.html}: {lines[0]}"]
    if args.json:
        print(json.dumps({"today": str(today), "people": [asdict(one) for one in cases]}, default=str))
    else:
        print("\n".join(lines))
    return 0


def head(cases: list[Case], many: int) -> str:
    """The list in a sentence."""
    if not many:
        return "Nobody is in the store yet: `surefoot person add` begins."
    flagged = sum(bool(one.flags or one.problem) for one in cases)
    return f"{counted(many, 'person').replace('persons', 'people')}, {flagged} with something to look at."


def case_lines(cases: list[Case], many: int, today: date) -> list[str]:
    """For a terminal."""
    lines = [head(cases, many)]
    for one in cases:
        who = f"{one.person} (simulated)" if one.simulated else one.person
        seen = f"last seen {one.seen or NEVER}; told last {one.told or NEVER}; {one.adherence}"
        lines.append(f"{who}  {seen}".rstrip("; "))
        if one.problem:
            lines.append(f"    What is kept can't be read: {one.problem}")
        for flag in one.flags:
            lines += [f"    {flag.reason}", f"        {flag.look}"]
    return lines
