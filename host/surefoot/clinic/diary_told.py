# SPDX-License-Identifier: MIT
"""What the store holds of days at home: diaries, words on walks, and training, as reports of days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..care.diary import PAGE, WAYS, Day, diary_of
from ..care.diary_week import Report, Seen, falls_told, merged
from .plan_told import day_of
from .store import entries
from .store.values import LIVE, Entry, Store
from .walk_values import BY_WORDS


@dataclass(frozen=True)
class Home:
    """All that is known of a person's days at home. `diaries`: days as diaries tell them; `occasions`: what was said of
    a walk or a training session, which isn't of the whole day; `walked`: days of walks; `titles` of items by id."""

    diaries: tuple[Report, ...] = ()
    occasions: tuple[Report, ...] = ()
    walked: tuple[date, ...] = ()
    titles: dict[str, str] | None = None

    @property
    def all(self) -> tuple[Report, ...]:
        return (*self.diaries, *self.occasions)

    def week(self, first: date) -> tuple[Seen, ...]:
        """The days from `first`, by diaries."""
        return merged(self.diaries, first, self.titles)

    @property
    def last(self) -> date | None:
        """The last day of which anything was told, or a walk was brought."""
        return max((*self.walked, *(one.day.on for one in self.all if one.day.told)), default=None)


def home(store: Store, person: str) -> Home:
    """Raises StoreError."""
    kinds = ("diary", "walk", "training")
    return home_of([one for kind in kinds for one in entries.entries(store, person, kind)])


def home_of(found: Iterable[Entry]) -> Home:
    """Of one person's entries; other kinds are left aside."""
    live = [one for one in found if one.state == LIVE]
    diaries: list[Report] = []
    titles: dict[str, str] = {}
    for entry in (one for one in live if one.kind == "diary"):
        told = diary_of(entry.document)
        titles |= told.items
        diaries += [Report(day, WAYS[told.way], entry.made_utc) for day in told.days]
    walks = [_walk(one) for one in live if one.kind == "walk"]
    walked = tuple(_day_of(one) for one in live if one.kind == "walk")
    training = [_training(one) for one in live if one.kind == "training"]
    occasions = sorted((one for one in (*walks, *training) if one is not None), key=lambda one: one.day.on)
    return Home(tuple(diaries), tuple(occasions), walked, titles)


def _day_of(entry: Entry) -> date:
    return day_of(entry.document) or entry.on


def _walk(entry: Entry) -> Report | None:
    said = entry.document["said"]
    if not said:
        return None
    told: dict[str, Any] = {name: said.get(name) for name in ("pain_before", "pain_after", "steadiness")}
    day = Day(_day_of(entry), note=said.get("note", ""), **told)
    way = ", ".join(["walk", *([BY_WORDS[said["by"]]] if said.get("by") in BY_WORDS else [])])
    return Report(day, way, entry.made_utc) if day.told else None


def _training(entry: Entry) -> Report | None:
    document = entry.document
    steady = max((one for one in document["steadiness"] if one is not None), default=None)
    day = Day(entry.on, {}, document.get("pain_before"), document.get("pain_peak"), steady)
    leg = f", {document['leg']} leg" if document["leg"] else ""
    way = f"training, {document['task']}{leg}"
    return Report(day, way, entry.made_utc, document["ladder"]) if day.told else None


def falls_days(store: Store, person: str) -> tuple[date, ...]:
    """Days on which a diary told of a fall, whatever was told of them later. Raises StoreError."""
    return falls_told(home_of(entries.entries(store, person, "diary")).diaries)


def in_week(reports: Sequence[Report], first: date) -> list[Report]:
    """Those of the seven days from `first`."""
    return [one for one in reports if 0 <= (one.day.on - first).days < 7]


def of_files(found: Iterable[Entry]) -> dict[str, Entry]:
    """Diaries by the file that they came in."""
    pages = [one for one in found if one.kind == "diary" and one.document["way"] == PAGE]
    return {one.document["file"]: one for one in pages if "file" in one.document}
