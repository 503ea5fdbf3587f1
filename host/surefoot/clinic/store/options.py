# SPDX-License-Identifier: MIT
"""Options of every command that opens the store, and the opening by them. Loads nothing: `--help` must stay quick."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .values import Store, StoreError

STORE, BY = "SUREFOOT_STORE", "SUREFOOT_BY"


def add_store_arguments(parser: argparse.ArgumentParser) -> None:
    """--data, --store and --by."""
    group = parser.add_argument_group("the clinic's store")
    group.add_argument(
        "--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA, else ~/surefoot)"
    )
    add_store(group)
    group.add_argument("--by", metavar="WHO", help=f"who does this (default: {BY}, else the name you are logged in by)")


def add_store(group: argparse._ArgumentGroup) -> None:
    """--store."""
    group.add_argument(
        "--store", metavar="URL", help=f"a PostgreSQL server's database instead of a file (default: {STORE})"
    )


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[Store]:
    """The store that the options name. Raises StoreError."""
    from .opening import open_store

    with open_store(data_of(args), url_of(args), say=lambda text: print(f"surefoot: {text}", file=sys.stderr)) as store:
        yield store


def data_of(args: argparse.Namespace) -> Path:
    from ...calibration_store import data_folder

    return data_folder(args.data)


def url_of(args: argparse.Namespace) -> str | None:
    """Raises StoreError for a password where others can read it."""
    if args.store:
        from .database import parsed

        if parsed(args.store).password:
            raise StoreError(
                "--store has a password in it, which everybody on this computer can see: leave it out, and put it into "
                "~/.pgpass or the file that PGPASSFILE names."
            )
    return args.store or os.environ.get(STORE) or None


def who(args: argparse.Namespace) -> str:
    """Who writes. Raises StoreError where that isn't known."""
    import getpass

    try:
        return args.by or os.environ.get(BY) or getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise StoreError(f"Who does this isn't known: say --by WHO, or set {BY}.") from None
