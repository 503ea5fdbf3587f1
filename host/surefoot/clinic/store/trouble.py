# SPDX-License-Identifier: MIT
"""What a database complains of, in words. What was being written never appears in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .values import Conflict, StoreError

RESTORE = "`surefoot store restore` brings back the newest backup"
REKEY = "PRAGMA key or rekey"  # all that SQLCipher says where that fails
# What SQLite says, and what PostgreSQL's codes begin with, and the sentence.
SAID = (
    ("locked", ("55P03", "40P01", "40001"), "is being written by another station; nothing was changed: try again"),
    ("disk is full", ("53100",), "can't be written, since its disk is full; nothing was changed: make room, try again"),
    ("disk I/O error", ("58030",), "can't be written or read; nothing was changed: is its disk full or unplugged?"),
    ("readonly", ("25006",), "may only be read here, so nothing was changed: give yourself the right to write it"),
    (REKEY, (), "could not be written anew, as where its disk is full: make room for it once more, then repeat"),
    ("malformed", ("XX001", "XX002"), f"is damaged: {RESTORE}"),
    (
        "not a database",
        (),
        f"is damaged, or this isn't its key: repeat, if that was just changed; give the right key, or {RESTORE}",
    ),
    ("unable to open", (), "can't be opened: check the folder and your right to write into it"),
    ("", ("28",), "refuses this user or password: check the URL, and PGPASSFILE or ~/.pgpass"),
    ("", ("3D000",), "has no database of that name: make one (`createdb`), or correct the URL"),
    ("", ("42501",), "doesn't allow this user to do that: ask whoever looks after the server"),
    ("", ("08", "57P"), "can't be reached: is the server running, and is this station connected to it?"),
    ("password", (), "refuses this user or password: check the URL, and PGPASSFILE or ~/.pgpass"),
    ("does not exist", (), "has no such database, user or table: correct the URL, or make a store there"),
    ("connection", (), "can't be reached: is the server running, and is this station connected to it?"),
)


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Raises StoreError for what the database or its driver raises, and Conflict where another station was faster."""
    from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

    try:
        yield
    except IntegrityError:
        raise Conflict(
            f"{where} was changed by another station at the same moment, so nothing was saved: look again, and repeat."
        ) from None
    except UnicodeError:
        raise StoreError(
            "What was typed has a character that can't be kept, so nothing was saved: type it again."
        ) from None
    except DBAPIError as error:
        raise StoreError(sentence(error.orig, where)) from None
    except SQLAlchemyError as error:
        raise StoreError(f"{where} can't be used ({type(error).__name__}): check --store.") from None


def sentence(error: Any, where: str) -> str:
    """What went wrong, of the driver's own error."""
    text, code = str(error), str(getattr(error, "sqlstate", None) or "")
    for words, codes, then in SAID:
        if (words and words in text) or (code and codes and code.startswith(codes)):
            return f"{where} {then}."
    return f"{where} can't be used ({type(error).__name__}): `surefoot store check` looks it through."
