# SPDX-License-Identifier: MIT
"""`surefoot diary`: what was done at home, on a printed page, on the person's own page, and as all ways tell it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import subcommands
from ..clinic.day_option import add_on, day_in
from ..clinic.store import options
from ..errors import CommandInvalid

if TYPE_CHECKING:
    from ..clinic.store.values import Store

NAME = "diary"
HELP = "what was done at home, with pain and steadiness: a printed week, the person's own page, the week as told"
DESCRIPTION = """\
A week at home in three ways: a page to print and type in afterwards, a page that the person fills in on their own
computer or phone and saves as one locked file, and the board's button at the end of a walk (`surefoot walk sync`). What
wasn't told is shown as not told. Told twice, both are kept and the newest is shown.

examples:
  surefoot diary print --person P001 --week 2026-12-07 --out pages     one A4 page: pages/diary-P001-2026-12-07.html
  surefoot diary type --person P001 --week 2026-12-07                  a line a day, such as: 11.0 2 3 2 0 0 a good day
  surefoot diary page --person P001 --week 2026-12-07 --out pages      for the person: open it, fill it in, Save
  surefoot diary read surefoot-P001-2026-12-07.diary                   the file that they saved
  surefoot diary show --person P001 --week 2026-12-07
"""
Answer = tuple[Any, list[str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, DESCRIPTION)
        arguments(own)
        add_on(own)
        options.add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    args.on = day_in(args)
    with options.opened(args) as store:
        if args.person is not None:
            from ..clinic.store.database import reading
            from ..clinic.store.people import must_be_there

            with reading(store) as connection:
                must_be_there(connection, args.person)
        answer, lines = ACTIONS[args.action][2](store, args)
    print(json.dumps(answer, ensure_ascii=False) if args.json else "\n".join(lines))
    return 0


def _week(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", required=True, metavar="CODE", help="a code such as P001, never a name")
    parser.add_argument(
        "--week", metavar="DAY", help="first day of the week (default: the Monday of the day it is about)"
    )


def _page(parser: argparse.ArgumentParser) -> None:
    _week(parser)
    parser.add_argument("--alone", action="store_true", help="leave out what is done with a helper")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="a folder to write into")


def _typed(parser: argparse.ArgumentParser) -> None:
    _week(parser)
    parser.add_argument(
        "--page", metavar="CODE", help="the code at the foot of the paper, where the plan is another now"
    )


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="such as surefoot-P001-2026-12-07.diary")
    parser.add_argument("--person", metavar="CODE", help="only if it is of this person")


def _first(args: argparse.Namespace) -> date:
    from ..care.diary_week import week_begins

    if args.week is None:
        return week_begins(args.on)
    try:
        return date.fromisoformat(args.week)
    except ValueError:
        raise CommandInvalid(f"--week {args.week} is no day: write it as 2026-12-07.") from None


def _print(store: Store, args: argparse.Namespace) -> Answer:
    from .diary_page import printed_page
    from .diary_view import sheet

    made = sheet(store, args.person, _first(args), args.on, not args.alone)
    return _written(args.out, f"diary-{args.person}-{made.first}.html", printed_page(made), len(made.cards), made.code)


def _own(store: Store, args: argparse.Namespace) -> Answer:
    from .diary_page import own_page
    from .diary_view import sheet

    made = sheet(store, args.person, _first(args), args.on, not args.alone)
    text = own_page(store, made)
    return _written(args.out, f"my-week-{args.person}-{made.first}.html", text, len(made.cards), made.code)


def _written(folder: Path, name: str, text: str, many: int, code: str) -> Answer:
    from .result import made_folder, write_whole

    made_folder(folder)
    path = folder / name
    write_whole(path, text.encode("utf-8"))
    return {"page": str(path), "code": code}, [f"{path}: things to do: {many}, page {code}."]


def _type(store: Store, args: argparse.Namespace) -> Answer:
    from ..clinic.diary import keep, taken_lines
    from .diary_show import typed
    from .diary_view import sheet, sheet_by_code

    today, first = args.on, _first(args)
    made = sheet_by_code(store, args.person, first, args.page) if args.page else sheet(store, args.person, first, today)

    def say(text: str) -> None:
        print(text, file=sys.stderr if args.json else sys.stdout)

    terminal = bool(sys.stdin and sys.stdin.isatty())
    found = typed(made, input if terminal else lambda _: input(), say, today, again=terminal)
    entry, said = keep(store, args.person, found, today, by=options.who(args))
    return {"entry": entry.id, "document": entry.document, "said": said}, taken_lines(entry, said)


def _read(store: Store, args: argparse.Namespace) -> Answer:
    from ..clinic.diary import read_file, taken_lines

    entry, said = read_file(store, args.file, args.on, by=options.who(args), person=args.person)
    return {"entry": entry.id, "document": entry.document, "said": said}, taken_lines(entry, said)


def _show(store: Store, args: argparse.Namespace) -> Answer:
    from .diary_show import shown

    return shown(store, args.person, _first(args))


ACTIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None], Any]] = {
    "print": ("write the page of a week, to be printed", _page, _print),
    "type": ("type such a page in, a line a day", _typed, _type),
    "page": ("write the page that the person opens and fills in", _page, _own),
    "read": ("take the file that their page saved", _file, _read),
    "show": ("a week as all ways tell it", _week, _show),
}
