# SPDX-License-Identifier: MIT
"""`surefoot keep`: a session's folder, rated scales, or a person's walks, into the clinic's store."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandInvalid
from .store.options import add_store_arguments, data_of, opened, who

if TYPE_CHECKING:
    from .store.keep import Kept

NAME = "keep"
HELP = "put a session, rated scales or walks into the clinic's store"
DESCRIPTION = """\
Keep the recordings of a session, an entry for each trial, and their result; or a folder of rated scales. What is kept
already isn't kept again; a scale that was broken off and gone on with is kept anew.
The person must be in the store: `surefoot person add P001`.

  surefoot keep out/p001 out/p002
  surefoot keep out/p001-berg            scales that `surefoot scale --out` wrote
  surefoot keep --walks P001             every walk that `surefoot walk sync` fetched
  surefoot record --protocol romberg --person P001 --out out/p001-romberg --keep    the same right after a test
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wrote = "folders that `surefoot record --out` or `surefoot scale --out` wrote"
    parser.add_argument("dir", type=Path, nargs="*", metavar="DIR", help=wrote)
    parser.add_argument("--walks", metavar="CODE", help="all walks of this person")
    add_store_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from .store.keep import keep_folder, keep_walks

    if not args.dir and not args.walks:
        raise CommandInvalid("What is to be kept? Name the folders of sessions, or a person by --walks CODE.")
    by, told = who(args), []
    with opened(args) as store:
        for folder in args.dir:
            told.append(_told(args, str(folder), *keep_folder(store, folder, by=by)))
        if args.walks:
            told.append(
                _told(args, f"walks of {args.walks}", keep_walks(store, data_of(args), args.walks, by=by), "walk")
            )
    if args.json:
        print(json.dumps({"kept": told}))
    return 0


def before_record(args: argparse.Namespace) -> None:
    """Before `surefoot record --keep` or `scale --keep`: the store opens and knows the person. Raises StoreError."""
    from .store.database import reading
    from .store.people import must_be_there

    with opened(args) as store, reading(store) as connection:
        must_be_there(connection, args.person)


def after_record(args: argparse.Namespace, folder: Path) -> None:
    """What `surefoot record --keep` and `scale --keep` do at their end. Raises SurefootError."""
    from .store.keep import keep_folder

    with opened(args) as store:
        kept, of = keep_folder(store, folder, by=who(args))
    print(_words(str(folder), kept, of), file=sys.stderr if args.json else sys.stdout)


def _told(args: argparse.Namespace, what: str, kept: Kept, of: str) -> dict[str, Any]:
    if not args.json:
        print(_words(what, kept, of))
    for problem in kept.problems:
        print(f"surefoot: {problem}", file=sys.stderr)
    ids = [entry.id for entry in kept.entries]
    result = kept.result.id if kept.result else None
    return {"what": what, "person": kept.person, "entries": ids, "result": result, "known": kept.known,
            "problems": list(kept.problems)}  # fmt: skip


def _words(what: str, kept: Kept, of: str) -> str:
    count = len(kept.entries)
    if not count:
        return f"{what}: already kept, for {kept.person}."
    known = f"; {kept.known} were kept before" if kept.known else ""
    return f"{what}: kept for {kept.person}, {count} {of}{'s' if count > 1 else ''}{known}."
