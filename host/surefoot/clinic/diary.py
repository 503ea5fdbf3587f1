# SPDX-License-Identifier: MIT
"""Diaries into the store: typed from a printed page, or out of the file that a person's own page saved."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

from ..care.diary import PAGE, Diary, checked, day_of, day_words, diary_document, diary_of, legend, numbered
from ..care.diary_week import settled
from ..care.progression_values import NOT_ASKED
from ..errors import RecordingError
from ..unit_words import counted
from . import assess, diary_seal, ladder_train
from .diary_told import home, of_files
from .store import entries
from .store.values import Entry, Store, StoreError


def keep(store: Store, person: str, found: Diary, today: date, *, by: str) -> tuple[Entry, list[str]]:
    """The entry, and sentences on what it means beside what is kept: nothing that was told before is taken away.
    Raises RecordingError for what can't be, StoreError."""
    from .store.database import writing

    told = checked(found, today)
    with writing(store) as connection:
        before = entries.entries_in(connection, person, "diary", every=True)
        if told.file and (same := of_files(before).get(told.file)):
            was = "" if same.state == "live" else f" and is {same.state} now"
            raise StoreError(
                f"This file was read already: {same.id} of {same.made_utc[:10]}{was}. Nothing is kept twice."
            )
        shown = [one for one in before if one.state in entries.SHOWN]
        document = diary_document(told)
        made = entries.put_in(connection, store, person, "diary", told.days[-1].on, document, by=by)
    days = [one.on for one in told.days]
    return made, [*_overlaps(shown, days), *_mornings(store, person, days, by), *_falls(person, told)]


def _overlaps(before: list[Entry], days: list[date]) -> list[str]:
    both = sorted({day.on for one in before for day in diary_of(one.document).days} & set(days))
    if not both:
        return []
    names = ", ".join(f"{day:%a} {day}" for day in both)
    return [f"{names}: told before too. Both are kept, and the newest is shown."]


def _falls(person: str, told: Diary) -> list[str]:
    days = [str(day.on) for day in told.days if day.falls]
    if not days:
        return []
    return [
        f"A fall was told of {', '.join(days)}: ask what happened, and keep it with `surefoot assess falls --person"
        f" {person}`. Until a re-check the ladder takes it as a fall."
    ]


def _mornings(store: Store, person: str, days: list[date], by: str) -> list[str]:
    """Training whose morning after is open is told it by the pain of the day after, where the usual pain is known."""
    found = home(store, person)
    usual = assess.profile(store, person)[0].usual_pain
    trained = {
        one.on
        for one in entries.entries(store, person, "training")
        if one.document.get("settled", NOT_ASKED) == NOT_ASKED
    }
    said: list[str] = []
    for day in days:
        after = [one for one in found.week(day) if one.day.on == day]
        for on, state in settled(after, usual).items():
            if state != NOT_ASKED and on in trained:
                said += ladder_train.morning(store, person, state, day, by=by)[1]
    return said


def read_file(store: Store, path: Path, today: date, *, by: str, person: str | None = None) -> tuple[Entry, list[str]]:
    """The file that a page saved, kept, and sentences as of `keep`. Raises StoreError, RecordingError, saying what is
    wrong with it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path} can't be read ({error.strerror}): check the path.") from None
    opened = diary_seal.open_file(store, content, path.name)
    if person is not None and person != opened.person:
        raise StoreError(f"{path.name} is of {opened.person}, not of {person}: check whose file this is.")
    try:
        days = tuple(day_of(row) for row in opened.typed["days"])
        found = Diary(
            date.fromisoformat(opened.first),
            PAGE,
            dict(opened.page["items"]),
            days,
            hashlib.sha256(content).hexdigest(),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise RecordingError(
            f"{path.name} tells of a day in a way that isn't understood: ask for it once more."
        ) from None
    return keep(store, opened.person, found, today, by=by)


def page_text(person: str, first: date, items: dict[str, str]) -> str:
    """What a page says of itself, as it is marked."""
    return json.dumps({"person": person, "first": str(first), "items": list(items.items())}, ensure_ascii=False)


def taken_lines(entry: Entry, said: list[str]) -> list[str]:
    """What was kept, in words."""
    found = diary_of(entry.document)
    head = f"Kept {entry.id}: {entry.person}, {counted(len(found.days), 'day')} of {found.first} to {found.last}."
    days = [f"  {day_words(day, numbered(found.items))}" for day in found.days]
    return [head, *legend(found.items), *days, *said]
