# SPDX-License-Identifier: MIT
"""A week's diary of what was done at home, as values and documents. Pure.

What a person didn't tell has no value: None, or no place in `done`. It never counts as not done, as no pain or no fall.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from surefoot.care.adherence import WEEK_DAYS
from surefoot.care.asked import LIMITS, STEADY
from surefoot.errors import RecordingError

FORMAT = 1
PRINTED, PAGE = "printed", "page"  # ways: a printed page that was typed in, the person's own page
WAYS = {PRINTED: "printed diary", PAGE: "own page"}
NOTE_MAX = 500
NOT_TOLD = "not told"


@dataclass(frozen=True)
class Field:
    """One thing that is told of a day, in whole numbers of `least` to `most`, in the order in which it is printed."""

    name: str
    label: str
    least: int
    most: int
    hint: str


FIELDS = (
    Field("pain_before", "Pain before", *LIMITS["pain"], "0 none ... 10 the worst there is"),
    Field("pain_after", "Pain after", *LIMITS["pain"], "0 none ... 10 the worst there is"),
    Field("steadiness", "How steady", *LIMITS["steadiness"],
          ", ".join(f"{level} {words}" for level, words in enumerate(STEADY, 1))),
    Field("falls", "Falls", 0, 9, "how many times you came to the ground; 0 none"),
    Field("near_falls", "Nearly fell", 0, 9, "how many times; 0 none"),
)  # fmt: skip
NAMES = tuple(one.name for one in FIELDS)


@dataclass(frozen=True)
class Day:
    """What was told of one day: `done` by an item's id, the rest as FIELDS has it."""

    on: date
    done: Mapping[str, bool] = field(default_factory=dict)
    pain_before: int | None = None
    pain_after: int | None = None
    steadiness: int | None = None
    falls: int | None = None
    near_falls: int | None = None
    note: str = ""

    @property
    def told(self) -> bool:
        """Whether anything at all was told."""
        return bool(self.done or self.note) or any(getattr(self, name) is not None for name in NAMES)


@dataclass(frozen=True)
class Diary:
    """Days of a week that begins on `first`, those told alone. `items`: titles by id, of the plan that it was of;
    `file`: SHA-256 of the file it came in, "" where there was none."""

    first: date
    way: str
    items: Mapping[str, str]
    days: tuple[Day, ...]
    file: str = ""

    @property
    def last(self) -> date:
        return self.first + timedelta(days=WEEK_DAYS - 1)


def week_days(first: date) -> tuple[date, ...]:
    """The seven days."""
    return tuple(first + timedelta(days=n) for n in range(WEEK_DAYS))


def checked(found: Diary, today: date) -> Diary:
    """The diary with the days of which something was told. Raises RecordingError for what can't be."""
    own, seen = week_days(found.first), set[date]()
    for day in found.days:
        if day.on not in own:
            raise RecordingError(
                f"{day.on} isn't a day of the week from {found.first} to {found.last}: check the date."
            )
        if day.on in seen:
            raise RecordingError(f"{day.on} is told twice in one diary: give each day once.")
        seen.add(day.on)
        if day.told and day.on > today:
            raise RecordingError(f"{day.on} has not been yet: check the week, and the date of this computer.")
        check_day(day, found.items)
    days = tuple(sorted((day for day in found.days if day.told), key=lambda day: day.on))
    if not days:
        raise RecordingError("Nothing is told in this diary, so there is nothing to keep.")
    return Diary(found.first, found.way, found.items, days, found.file)


def check_day(day: Day, items: Mapping[str, str]) -> None:
    """Raises RecordingError, naming what can't be."""
    for row in FIELDS:
        value = getattr(day, row.name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (whole and row.least <= value <= row.most):
            raise RecordingError(
                f"{row.label} of {day.on} is {value}: it goes from {row.least} to {row.most} in whole numbers."
            )
    if strange := [one for one in day.done if one not in items]:
        raise RecordingError(f"{day.on} tells of '{strange[0]}', which isn't among what this diary asks.")
    if len(day.note) > NOTE_MAX:
        raise RecordingError(f"The words of {day.on} have {len(day.note)} letters: keep them to {NOTE_MAX}.")


def day_document(day: Day) -> dict[str, Any]:
    """Only what was told."""
    row: dict[str, Any] = {"day": str(day.on)}
    row |= {"done": dict(day.done)} if day.done else {}
    row |= {name: value for name in NAMES if (value := getattr(day, name)) is not None}
    return row | ({"note": day.note} if day.note else {})


def day_of(row: Mapping[str, Any]) -> Day:
    """Raises ValueError, TypeError or KeyError for what is no day."""
    numbers = {name: row[name] for name in NAMES if row.get(name) is not None}
    done, note = dict(row.get("done") or {}), row.get("note", "")
    if not isinstance(note, str) or any(not isinstance(value, bool) for value in done.values()):
        raise TypeError("words are text, and done is true or false")
    return Day(date.fromisoformat(row["day"]), done, note=note, **numbers)


def diary_document(found: Diary) -> dict[str, Any]:
    """As diary.schema.json has it."""
    items = [{"id": name, "title": title} for name, title in found.items.items()]
    told = {"format": FORMAT, "way": found.way, "first": str(found.first), "items": items}
    return told | ({"file": found.file} if found.file else {}) | {"days": [day_document(day) for day in found.days]}


def diary_of(document: Mapping[str, Any]) -> Diary:
    """The diary that a document was made of."""
    items = {one["id"]: one["title"] for one in document["items"]}
    days = tuple(day_of(row) for row in document["days"])
    return Diary(date.fromisoformat(document["first"]), document["way"], items, days, document.get("file", ""))


def day_words(day: Day, items: Mapping[str, str]) -> str:
    """A day in a line, what is not told said so."""
    if not day.told:
        return f"{day.on:%a} {day.on}: {NOT_TOLD}"
    done = [title for name, title in items.items() if day.done.get(name)]
    left = [title for name, title in items.items() if day.done.get(name) is False]
    silent = [title for name, title in items.items() if name not in day.done]
    parts = [f"{word} {', '.join(titles)}" for word, titles in
             (("done", done), ("not done", left), (NOT_TOLD, silent)) if titles]  # fmt: skip
    parts += [f"{row.label.lower()} {_shown(getattr(day, row.name))}" for row in FIELDS]
    return f"{day.on:%a} {day.on}: {'; '.join([*parts, *([f'“{day.note}”'] if day.note else [])])}"


def numbered(items: Mapping[str, str]) -> dict[str, str]:
    """Numbers instead of titles, for days one below the other."""
    return {name: str(number) for number, name in enumerate(items, 1)}


def legend(items: Mapping[str, str]) -> list[str]:
    """What the numbers stand for, a line each."""
    return [f"  {number} {title}" for number, title in enumerate(items.values(), 1)]


def _shown(value: int | None) -> str:
    return NOT_TOLD if value is None else str(value)
