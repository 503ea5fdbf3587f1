# SPDX-License-Identifier: MIT
"""People in a store who have a plan and tell of their days at home."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from assessing import all_fine
from stores import BY, people_in
from surefoot.care.diary import PRINTED, Day, Diary
from surefoot.care.plan import Item, Plan, exercise_item, task_item
from surefoot.clinic import assess, diary, plan_entries
from surefoot.clinic.store.values import Entry, Store

TODAY = date.today()
FIRST = TODAY - timedelta(days=6)  # of a week that is over today
ITEMS = (
    task_item("standing", "none/together", FIRST),
    task_item("standing", "none/tandem", FIRST, "left", hold_s=20.0),
    exercise_item("sit-to-stand", FIRST),
    exercise_item("walk", FIRST, minutes=15.0),
)
IDS = tuple(one.id for one in ITEMS)
TITLES = {name: f"thing {n}" for n, name in enumerate(IDS, 1)}
CALL = "Ms Novak, 01 234"


def at_home(store: Store, person: str = "P001", items: tuple[Item, ...] = ITEMS, since: date = FIRST) -> Entry:
    """Somebody who is fine in all, has a helper, and has had a plan since a day."""
    people_in(store, person)
    assess.keep_safety(store, person, all_fine(TODAY), TODAY, by=BY)
    own = tuple(replace(one, since=since) for one in items)
    return plan_entries.keep_plan(store, person, Plan(own, "helper", CALL), since, by=BY, over=None)


def day(n: int, **told: Any) -> Day:
    """Of the week that begins on FIRST."""
    return Day(FIRST + timedelta(days=n), **told)


def told(store: Store, *days: Day, person: str = "P001", way: str = PRINTED) -> Entry:
    """A diary of that week, kept."""
    return diary.keep(store, person, Diary(FIRST, way, TITLES, days), TODAY, by=BY)[0]
