# SPDX-License-Identifier: MIT
"""Texts and times that go into the store, checked."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from .values import MOVED, VOID, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

LONGEST = 500
BACK = timedelta(minutes=5)  # clocks of stations may differ so much (D)
EARLIEST, AHEAD = date(1900, 1, 1), timedelta(days=731)
PLANNED = ("plan", "goal")  # may be of a day to come


def said(text: str, what: str, *, empty: bool = False, longest: int = LONGEST) -> str:
    """A text without line ends and other control characters. Raises StoreError, calling it `what`."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))  # what looks the same is the same
    if not text and not empty:
        raise StoreError(f"Say {what}: it can't be empty.")
    if len(text) > longest:
        raise StoreError(f"{what[:1].upper()}{what[1:]} has {len(text)} characters: keep it to {longest}.")
    if not text.isprintable():
        raise StoreError(f"{what[:1].upper()}{what[1:]} has a character that can't be printed: type it again.")
    return text


def not_set_back(now_utc: str, newest_utc: str | None, entry_id: str = "") -> None:
    """Raises StoreError where the clock says earlier than what was written already."""
    if newest_utc and datetime.fromisoformat(now_utc) + BACK < datetime.fromisoformat(newest_utc):
        raise StoreError(
            f"This computer's clock says {now_utc}, but the store has an entry of {newest_utc}: set the clock right, "
            "then repeat. If it was wrong when that was written, take that back first: `surefoot kept void "
            f'{entry_id[:8]} --reason "a wrong clock"`.'
        )


def now_in(connection: Connection, store: Store) -> str:
    """The time, as rows have it. Raises StoreError where a clock was set back since an entry that wasn't taken back."""
    from sqlalchemy import select

    from .tables import entry

    made_utc = store.now_utc()
    newest = select(entry.c.made_utc, entry.c.id).where(entry.c.state.not_in((VOID, MOVED)))
    if found := connection.execute(newest.order_by(entry.c.made_utc.desc()).limit(1)).first():
        not_set_back(made_utc, found.made_utc, found.id)
    return made_utc


def day_of(on: date, kind: str, now_utc: str) -> date:
    """A day that an entry may be about. Raises StoreError."""
    # Somewhere it is tomorrow already.
    latest = datetime.fromisoformat(now_utc).date() + (AHEAD if kind in PLANNED else timedelta(days=1))
    if not EARLIEST <= on <= latest:
        raise StoreError(f"{on.isoformat()} can't be the day of a {kind}: give a day from {EARLIEST} to {latest}.")
    return on
