# SPDX-License-Identifier: MIT
"""People in a store who train on ladders: all of safety fine, falls asked, sessions kept day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import assessing
from stores import BY, people_in
from surefoot.care import falls
from surefoot.care.assessment import Profile
from surefoot.care.ladder import load_ladder
from surefoot.care.progression_values import FLAGS, Session
from surefoot.clinic import assess
from surefoot.clinic.ladder_documents import training_document
from surefoot.clinic.store import entries
from surefoot.clinic.store.values import Entry, Store

DAY = date(2026, 11, 2)
PERSON = "P001"
STANDING = load_ladder()


def ready_person(store: Store, person: str = PERSON, on: date = DAY) -> None:
    """Of whom all is asked, and all is fine."""
    people_in(store, person)
    assess.keep_profile(store, person, Profile(age_years=72, weight_kg=70, usual_pain=1), on, by=BY)
    assess.keep_safety(store, person, assessing.all_fine(on), on, by=BY)
    assess.keep_history(store, person, falls.History(on, 0), on, by=BY)


def session(on: date, task: str = "two-hands/apart", **changes: Any) -> Session:
    good: dict[str, Any] = {
        "succeeded": (True,) * 3, "steadiness": (1, 1, 2), "pain_before": 1, "pain_peak": 1, "settled": "fine",
        "sway": "fine", "flags": dict.fromkeys(FLAGS, "fine"), "target_s": 10.0, "beside": True, "ladder": "standing",
    }  # fmt: skip
    return Session(on, STANDING.task(task), **(good | changes))


def trained(store: Store, on: date, task: str = "two-hands/apart", setting: str = "home", **changes: Any) -> Entry:
    """A session kept, and all of safety asked that day."""
    asked(store, on)
    ladder = load_ladder(changes.get("ladder", "standing"))
    one = session(on, **changes) if ladder.id != "standing" else session(on, task, **changes)
    document = training_document(ladder, one, setting, "typed")
    return entries.put(store, PERSON, "training", on, document, by=BY)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def asked(store: Store, on: date, **states: str) -> None:
    """All of safety asked that day, and fine but for these."""
    before = assess.safety_profile(store, PERSON)[1]
    assess.keep_safety(store, PERSON, assessing.all_fine(on, states), on, by=BY, over=before)
