# SPDX-License-Identifier: MIT
"""What was told of days at home and of walks, as a decision on the ladders looks at it: pain, and that it was done."""

from __future__ import annotations

from datetime import date

from ..care.diary import Day
from ..care.diary_week import merged
from ..care.plan import plan_of
from ..care.progression_tracks import Track
from ..care.progression_values import HOME, Session
from .diary_told import home
from .plan_told import written
from .store import entries
from .store.values import Store


def home_sessions(store: Store, person: str, first: date, last: date) -> list[Session]:
    """A session of no ladder for each day whose pain a diary tells, as it was told last, and for each such walk, oldest
    first. What isn't told has no part in it: a day unreported holds nobody back and moves nobody. Raises StoreError."""
    found = home(store, person)
    days = [merged(found.diaries, on)[0].day for on in {one.day.on for one in found.diaries}]
    days += [one.day for one in found.occasions if not one.ladder]
    told = [one for one in days if first <= one.on <= last and (one.pain_before, one.pain_after) != (None, None)]
    return sorted((_session(one) for one in told), key=lambda one: one.on)


def trained_at_home(store: Store, person: str, track: Track, first: date, last: date) -> list[date]:
    """Days on which a diary tells that something planned of a ladder and leg was done, as it was told last. How it went
    isn't told, so it is no session. Raises StoreError."""
    plans = [plan_of(one.document) for one in entries.entries(store, person, "plan", every=True)]
    ours = {
        item.id
        for one in plans
        for item in one.items
        if item.ladder == track[0] and (item.leg is None or item.leg == track[1])
    }
    told = written(entries.entries(store, person, "diary"))
    return sorted({one.on for one in told if one.done and one.item in ours and first <= one.on <= last})


def _session(day: Day) -> Session:
    return Session(day.on, (), (), (), day.pain_before, day.pain_after, ladder=HOME)
