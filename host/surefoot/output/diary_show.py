# SPDX-License-Identifier: MIT
"""A week at home as all ways tell it, and a printed page typed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from ..care.adherence import WEEK_DAYS, week
from ..care.diary import NAMES, PRINTED, Day, Diary, day_document, day_words, numbered
from ..care.diary import legend as titled
from ..care.diary_line import legend, parsed
from ..care.diary_week import Seen, summary
from ..clinic.diary_told import Home, home, in_week
from ..clinic.plan_entries import plan
from ..clinic.plan_told import told
from ..clinic.store.values import Store
from ..errors import RecordingError
from .diary_view import Sheet

Ask = Callable[[str], str]
Say = Callable[[str], None]


def typed(sheet: Sheet, ask: Ask, say: Say, today: date, again: bool = True) -> Diary:
    """A printed page, a line a day: asked again where a line isn't understood, or, without `again`, given up. The end
    of input leaves what is left unreported, and a day to come isn't asked of. Raises RecordingError."""
    ids, days = tuple(sheet.items), []
    if sheet.first > today:
        raise RecordingError(f"The week of {sheet.first} has not begun: check --week, and the date of this computer.")
    say(f"{sheet.person}, week of {sheet.first}, page {sheet.code}. Another code on the paper: --page CODE.")
    for card in sheet.cards:
        say(f"  {card.number} {card.title}")
    for line in legend(ids):
        say(line)
    for on in sheet.days:
        if on > today and again:
            break
        try:
            days.append(_day(on, ids, ask, say, again))
        except EOFError:
            break
    return Diary(sheet.first, PRINTED, sheet.items, tuple(days))


def _day(on: date, ids: tuple[str, ...], ask: Ask, say: Say, again: bool) -> Day:
    while True:
        line = ask(f"{on:%a} {on.day} {on:%b}: ")
        try:
            return parsed(line, on, ids)
        except RecordingError as error:
            if not again:
                raise RecordingError(f"{on}: {error} Nothing was kept.") from None
            say(str(error))


Answer = tuple[dict[str, Any], list[str]]


def shown(store: Store, person: str, first: date) -> Answer:
    """A week: day by day what diaries tell, then walks and training, then how much of the plan was done. Raises
    StoreError."""
    found, titles = home(store, person), {}
    seen = found.week(first)
    items = plan(store, person)[0].items
    titles = _titles(found, seen)
    lines = [f"{person}, week of {first}: {summary(seen)}", *titled(titles)]
    for one in seen:
        by = f" ({' and '.join(one.ways)})" if one.ways else ""
        lines += [f"{day_words(one.day, numbered(titles))}{by}", *(f"    {line}" for line in one.twice)]
    others = in_week(found.occasions, first)
    for one in others:
        lines.append(f"{one.day.on:%a} {one.day.on}, {one.way}: {_numbers(one.day)}")
    end = seen[-1].day.on
    done = week(items, told(store, person, items), end)
    lines.append(f"Seven days up to {end}: {done.words}")
    answer = {
        "person": person,
        "first": str(first),
        "items": titles,
        "days": [{**day_document(one.day), "ways": list(one.ways), "twice": list(one.twice)} for one in seen],
        "occasions": [{**day_document(one.day), "way": one.way} for one in others],
        "adherence": {
            "low": done.low, "high": done.high, "band": done.band, "unreported_days": done.unreported,
            "words": done.words, "days": WEEK_DAYS,
        },
    }  # fmt: skip
    return answer, lines


def _titles(found: Home, seen: tuple[Seen, ...]) -> dict[str, str]:
    """Of what was told of in this week, and else of nothing."""
    used = {item for one in seen for item in one.day.done}
    return {name: title for name, title in (found.titles or {}).items() if name in used}


def _numbers(day: Day) -> str:
    words = {"pain_before": "pain before", "pain_after": "after", "steadiness": "steadiness"}
    told = [f"{words[name]} {value}" for name in NAMES if name in words and (value := getattr(day, name)) is not None]
    return "; ".join([*told, *([f"“{day.note}”"] if day.note else [])])
