# SPDX-License-Identifier: MIT
"""`surefoot person`: people by code; who they are is written down, told and deleted here only."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from .. import subcommands, unit_words
from ..errors import CommandInvalid
from .store.options import add_store_arguments, data_of, opened, url_of, who

NAME = "person"
HELP = "the people of the clinic, by code: add, list, export, delete"
DESCRIPTION = """\
A code stands for a person everywhere; who it is stands in one table, and each look at it is noted.

  surefoot person add P001               or, as other commands have it: person add --person P001
  surefoot person add P002 --ask         who it is, asked at the terminal
  surefoot person identity P002 --why "letter to her doctor"
  surefoot person export P002 p002.zip --why "she asked for it"
"""
BACKUPS = (
    "Backups made before, and copies beside the store (version-*.db), still hold this person: see that they are "
    "destroyed too, or delete again after restoring one."
)
SERVER = "On the server, deleted rows are gone from its files after VACUUM, and from its log archive when that expires."
ASKED = {
    "family": "Family name",
    "given": "Given name",
    "born": "Born (YYYY-MM-DD)",
    "contact": "Contact (Enter: none)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    below = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser), required=True)
    for name, (help_text, description, arguments, _) in ACTIONS.items():
        own = subcommands.add(below, name, help_text, description)
        if name != "list":
            own.add_argument("code", nargs="?", metavar="CODE", help="such as P001, never a name")
            own.add_argument("--person", metavar="CODE", help="the same, as other commands take it")
        arguments(own)
        add_store_arguments(own)


def run(args: argparse.Namespace) -> int:
    if args.action != "list":
        args.code = _code(args)
    answer, lines = ACTIONS[args.action][3](args)
    print(json.dumps(answer, ensure_ascii=False) if args.json else "\n".join(lines))
    return 0


def _code(args: argparse.Namespace) -> str:
    """Bare or by --person. Raises CommandInvalid for none, or two."""
    told = {code for code in (args.code, args.person) if code is not None}
    if len(told) != 1:
        what = "Two people are named" if told else "Nobody is named"
        raise CommandInvalid(f"{what}: give one CODE, such as P001. See `surefoot person {args.action} --help`.")
    return told.pop()


Answer = tuple[Any, list[str]]


def _add(args: argparse.Namespace) -> Answer:
    from .store.people import add_person

    with opened(args) as store:
        add_person(store, args.code, by=who(args), identity=_identity(args), another=args.another)
    return {"person": args.code}, [f"Added: {args.code}."]


def _list(args: argparse.Namespace) -> Answer:
    from .store.people import people

    with opened(args) as store:
        codes = people(store)
    return {"people": list(codes)}, list(codes) or ["Nobody yet: `surefoot person add P001`."]


def _show(args: argparse.Namespace) -> Answer:
    from .store.people import identity_of, set_identity

    by = who(args)
    told = _identity(args)
    with opened(args) as store:
        if told is not None:
            set_identity(store, args.code, told, by=by, another=args.another)
            return {"person": args.code, "changed": True}, [f"Written down: who {args.code} is."]
        if not args.why:
            raise CommandInvalid("Why do you look? Say it by --why: it is noted beside your name.")
        found = identity_of(store, args.code, by=by, why=args.why)
    if found is None:
        return {"person": args.code, "identity": None}, [f"Nobody wrote down who {args.code} is."]
    told_plain = {
        "family_name": found.family_name,
        "given_name": found.given_name,
        "born": found.born.isoformat(),
        "contact": found.contact,
    }
    line = f"{args.code}: {found.given_name} {found.family_name}, born {found.born.isoformat()}"
    return {"person": args.code, "identity": told_plain}, [line + (f", {found.contact}" if found.contact else "")]


def _export(args: argparse.Namespace) -> Answer:
    from .store.erasing import export_person

    with opened(args) as store:
        count = export_person(store, args.code, args.file, by=who(args), why=args.why)
    lines = [
        f"Written: {args.file}, with {unit_words.entries(count)}. It is not encrypted: hand it over, then delete it."
    ]
    lines += _beside(args, "is not in it")
    return {"person": args.code, "file": str(args.file), "entries": count}, lines


def _delete(args: argparse.Namespace) -> Answer:
    from .store.erasing import delete_person

    if args.sure != args.code:
        raise CommandInvalid(
            f"This deletes all that is kept of {args.code} for good: say the code once more, --sure {args.code}."
        )
    with opened(args) as store:
        count = delete_person(store, args.code, by=who(args), reason=args.reason)
    notes = [BACKUPS, *([SERVER] if url_of(args) else []), *_beside(args, "is still there")]
    lines = [f"Deleted: {args.code}, {unit_words.entries(count)}.", *notes]
    return {"person": args.code, "entries": count, "note": " ".join(notes)}, lines


def _beside(args: argparse.Namespace, what: str) -> list[str]:
    """What lies outside of the store."""
    from .walks_folder import walks_folder

    folder = walks_folder(data_of(args), args.code)
    walks = f", and walks as they were fetched, in {folder}" if folder.is_dir() else ""
    return [f"What lies outside of the store {what}: sessions, pages and papers in the folders named by --out{walks}."]


def _identity(args: argparse.Namespace) -> Any:
    """Who it is, as it was said; None where nothing was. Raises CommandInvalid for half of it."""
    from .store.values import Identity

    if args.ask:
        _ask(args)
    given = (args.family, args.given, args.born)
    if not any(given) and not args.contact:
        return None
    if not all(given):
        raise CommandInvalid("Who somebody is takes --family, --given and --born (YYYY-MM-DD) together.")
    try:
        born = date.fromisoformat(args.born)
        if born.isoformat() != args.born:
            raise ValueError
    except ValueError:
        raise CommandInvalid(f"--born {args.born} is no date: write it as YYYY-MM-DD.") from None
    return Identity(args.family, args.given, born, args.contact or "")


def _ask(args: argparse.Namespace) -> None:
    """Each part that wasn't said, at the terminal. Raises CommandInvalid where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandInvalid("There is no terminal to ask at: say --family, --given and --born.")
    try:
        for name, question in ASKED.items():
            setattr(args, name, getattr(args, name) or input(f"{question}: ").strip())
    except EOFError:
        raise CommandInvalid("The answers broke off, so nothing was written down: try again.") from None


def _who_it_is(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who it is", "in one encrypted table, each look at which is noted")
    group.add_argument("--ask", action="store_true", help="ask for it here: what is typed after a command can be seen")
    group.add_argument("--family", metavar="NAME", help="family name")
    group.add_argument("--given", metavar="NAME", help="given name")
    group.add_argument("--born", metavar="DATE", help="YYYY-MM-DD")
    group.add_argument("--contact", metavar="TEXT", help="a telephone number or an address")
    group.add_argument(
        "--another", action="store_true", help="somebody of the same names and birth date is another person"
    )


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--why", metavar="TEXT", help="why you look")
    _who_it_is(parser)


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a new .zip")
    parser.add_argument("--why", required=True, metavar="TEXT", help="why it is handed over")


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="why, without a name: it stays in the audit log"
    )
    parser.add_argument("--sure", metavar="CODE", help="the code once more")


Does = tuple[str, str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], Answer]]
ACTIONS: dict[str, Does] = {
    "add": (
        "make a person, by code",
        "Make a person. Who it is may be said now, later by `surefoot person identity`, or never.\n\n"
        "  surefoot person add P002 --family Müller --given Zoë --born 1950-03-03",
        _who_it_is,
        _add,
    ),
    "list": ("all codes", "All codes.\n\n  surefoot person list", lambda parser: None, _list),
    "identity": (
        "who a code is: tell it, or write it down",
        "Tell who a code is, with a reason; or write it down. Both are noted.\n\n"
        '  surefoot person identity P002 --why "letter to her doctor"\n'
        "  surefoot person identity P002 --family Müller --given Zoë --born 1950-03-03",
        _show_arguments,
        _show,
    ),
    "export": (
        "all that is kept of a person, in one file",
        "Identity, entries, recordings and the rows of the audit log in one zip.\n\n"
        '  surefoot person export P002 p002.zip --why "she asked for it"',
        _export_arguments,
        _export,
    ),
    "delete": (
        "delete a person for good",
        "Delete identity, entries and recordings. The code remains in the audit log; backups made before hold the\n"
        'person still.\n\n  surefoot person delete P002 --reason "asked by letter" --sure P002',
        _delete_arguments,
        _delete,
    ),
}
