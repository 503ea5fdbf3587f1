# SPDX-License-Identifier: MIT
"""Texts and times that go into the store, checked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .values import StoreError

LONGEST = 500
BACK = timedelta(minutes=5)  # clocks of stations may differ so much (D)
EARLIEST, AHEAD = date(1900, 1, 1), timedelta(days=731)
PLANNED = ("plan", "goal")  # may be of a day to come


def said(text: str, what: str, *, empty: bool = False, longest: int = LONGEST) -> str:
    """A text without line ends and other control characters. Raises StoreError, calling it `what`."""
    text = " ".join(text.split())
    if not text and not empty:
        raise StoreError(f"Say {what}: it can't be empty.")
    if len(text) > longest:
        raise StoreError(f"{what[:1].upper()}{what[1:]} has {len(text)} characters: keep it to {longest}.")
    if not text.isprintable():
        raise StoreError(f"{what[:1].upper()}{what[1:]} has a character that can't be printed: type it again.")
    return text


def not_set_back(now_utc: str, newest_utc: str | None) -> None:
    """Raises StoreError where the clock says earlier than what was written already."""
    if newest_utc and datetime.fromisoformat(now_utc) + BACK < datetime.fromisoformat(newest_utc):
        raise StoreError(
            f"This computer's clock says {now_utc}, but the store has an entry of {newest_utc}: set the clock right, "
            "then repeat."
        )


def day_of(on: date, kind: str, now_utc: str) -> date:
    """A day that an entry may be about. Raises StoreError."""
    # Somewhere it is tomorrow already.
    latest = datetime.fromisoformat(now_utc).date() + (AHEAD if kind in PLANNED else timedelta(days=1))
    if not EARLIEST <= on <= latest:
        raise StoreError(f"{on.isoformat()} can't be the day of a {kind}: give a day from {EARLIEST} to {latest}.")
    return on
