# SPDX-License-Identifier: MIT
"""Profile, safety, assessments and falls of a person in the store: read as values, written as entries.

What is written replaces what was looked at, so two stations that change the same one meet a Conflict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..care import assessment, falls, safety, safety_readings
from ..care.safety_document import merged, safety_document, safety_of
from ..care.safety_values import Answer, Blocks, SafetyProfile
from .store import entries
from .store.values import MOVED, VOID, Entry, Store

USUAL_DAYS = 14  # for which a lower usual pain still counts (D)


@dataclass(frozen=True)
class Falls:
    """A person's calendar, oldest first, and the year before it, with their entries by month ("" for the history)."""

    months: tuple[falls.Month, ...] = ()
    history: falls.History | None = None
    entries: Mapping[str, Entry] | None = None


def profile(store: Store, person: str) -> tuple[assessment.Profile, Entry | None]:
    """What is known of a person, and the entry it is from. Raises StoreError."""
    found = entries.last(store, person, "profile")
    return (assessment.profile_of(dict(found.document)) if found else assessment.Profile()), found


def profile_on(store: Store, person: str, day: date) -> assessment.Profile:
    """The same with the age of that day, by the birth date where it is known. Raises StoreError."""
    from .store.people import age_on

    about, _ = profile(store, person)
    age = age_on(store, person, day)
    return about if age is None else replace(about, age_years=age)


def usual_pain(store: Store, person: str, today: date) -> int | None:
    """The usual pain that training is judged by: the lowest that was in force in the weeks before, so that a level that
    is raised once it hurt makes up for no session. What was corrected on its own day, or voided, was never in force."""
    every = [one for one in entries.entries(store, person, "profile", every=True) if one.state not in (VOID, MOVED)]
    ends = {one.replaces: one.on for one in every if one.replaces}
    since = today - timedelta(days=USUAL_DAYS)
    levels = [
        one.document.get("usual_pain")
        for one in every
        if one.on <= today and ends.get(one.id, date.max) > max(one.on, since)
    ]
    return min((level for level in levels if level is not None), default=None)


def keep_profile(
    store: Store, person: str, what: assessment.Profile, on: date, *, by: str, over: Entry | None = None
) -> Entry:
    """Written instead of `over`. Raises RecordingError for what can't be, StoreError, Conflict."""
    document = assessment.profile_document(what)
    return entries.put(store, person, "profile", on, document, by=by, replaces=over.id if over else None)


def safety_profile(store: Store, person: str) -> tuple[SafetyProfile, Entry | None]:
    """What was answered, with what the weight on file says where that is newer, and the entry to replace."""
    found = entries.entries(store, person, "safety")
    return merged([safety_of(one.document) for one in found]), found[-1] if found else None


def with_weight(store: Store, person: str, found: SafetyProfile) -> SafetyProfile:
    """The profile with what the weight on file says, where nobody has answered that since."""
    about, entry = profile(store, person)
    if about.weight_kg is None or entry is None:
        return found
    on = _weighed_on(store, entry, about.weight_kg)
    weighed = safety_readings.weighed(SafetyProfile(), about.weight_kg, on)
    newer = {
        name: one
        for name, one in weighed.answers.items()
        if (found.answers.get(name, Answer()).asked_on or date.min) <= on
    }
    return SafetyProfile({**found.answers, **newer}, found.readings)


def _weighed_on(store: Store, entry: Entry, weight_kg: float) -> date:
    """The day since which the profile says this weight: what is kept with it later weighs nobody anew."""
    by_id = {one.id: one for one in entries.entries(store, entry.person, "profile", every=True)}
    while (before := by_id.get(entry.replaces or "")) and before.document.get("weight_kg") == weight_kg:
        entry = before
    return entry.on


def keep_safety(
    store: Store, person: str, what: SafetyProfile, on: date, *, by: str, over: Entry | None = None
) -> Entry:
    """Written instead of `over`. Raises StoreError, Conflict."""
    document = safety_document(what)
    return entries.put(store, person, "safety", on, document, by=by, replaces=over.id if over else None)


def blocks(store: Store, person: str, today: date) -> Blocks:
    """What is blocked for a person today, with the answer that did it. Raises StoreError."""
    return safety.blocks(with_weight(store, person, safety_profile(store, person)[0]), today)


def assessments(store: Store, person: str) -> tuple[tuple[date, assessment.Assessment], ...]:
    """What was said around the tests, day by day, oldest first. Raises StoreError."""
    days: dict[date, assessment.Assessment] = {}
    for one in entries.entries(store, person, "assessment"):
        said = assessment.assessment_of(dict(one.document))
        days[one.on] = assessment.more_said(days[one.on], said) if one.on in days else said
    return tuple(days.items())


def keep_assessment(
    store: Store, person: str, what: assessment.Assessment, on: date, *, by: str, sources: Sequence[str] = ()
) -> Entry:
    """One more. `sources`: entries of the tests it is around. Raises RecordingError for what can't be, StoreError."""
    document = assessment.assessment_document(what)
    return entries.put(store, person, "assessment", on, document, by=by, sources=sources)


def tests_done(store: Store, person: str) -> dict[str, date]:
    """The day of the newest result of each test, by its id. Raises StoreError."""
    return {one.document["protocol"]["id"]: one.on for one in entries.entries(store, person, "result")}


def falls_of(store: Store, person: str) -> Falls:
    """The calendar and the history of a person. Raises StoreError."""
    months: dict[str, falls.Month] = {}
    history: falls.History | None = None
    by_name: dict[str, Entry] = {}
    for one in entries.entries(store, person, "falls"):
        value = falls.of_document(one.document)
        if isinstance(value, falls.History):
            history, by_name[""] = value, one
        else:
            months[value.name], by_name[value.name] = value, one
    return Falls(tuple(months[name] for name in sorted(months)), history, by_name)


def keep_month(store: Store, person: str, what: falls.Month, today: date, *, by: str) -> Entry:
    """Written instead of what that month said before, with all that it told. Raises RecordingError for what can't be,
    StoreError, Conflict."""
    over, what = (falls_of(store, person).entries or {}).get(what.name), falls.check_month(what, today)
    before = falls.of_document(over.document) if over else what
    document = falls.month_document(falls.told_again(before, what) if isinstance(before, falls.Month) else what)
    on = date.fromisoformat(document["last"])
    return entries.put(store, person, "falls", on, document, by=by, replaces=over.id if over else None)


def keep_history(store: Store, person: str, what: falls.History, today: date, *, by: str) -> Entry:
    """Written instead of the history before, with the day of a fall that it told. Raises RecordingError for what can't
    be, StoreError, Conflict."""
    now = falls_of(store, person)
    over, what = (now.entries or {}).get(""), falls.check_history(what, today)
    document = falls.history_document(falls.history_again(now.history, what) if now.history else what)
    return entries.put(store, person, "falls", what.until, document, by=by, replaces=over.id if over else None)
