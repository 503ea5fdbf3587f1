# SPDX-License-Identifier: MIT
"""Visits and contacts written into the store and read from it, and what monitoring counts of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..care.billing import Counted, counted
from ..care.billing_file import Billing
from ..care.visit import (
    Clinician,
    Contact,
    Visit,
    VisitError,
    check_apart,
    check_visit,
    contact_document,
    contact_of,
    visit_document,
    visit_of,
)
from .plan_told import day_of
from .store import entries
from .store.people import must_be_there
from .store.values import LIVE, Entry, Store

VISIT, CONTACT = "visit", "contact"
WITH_DATA = ("walk", "training", "diary")


@dataclass(frozen=True)
class Kept:
    """What is kept of one person, each in order of its day."""

    visits: tuple[tuple[Entry, Visit], ...]
    contacts: tuple[tuple[Entry, Contact], ...]


def kept(store: Store, person: str) -> Kept:
    """All visits and contacts of a person. Raises StoreError, also for a code that nobody has."""
    from .store.database import reading

    with reading(store) as connection:
        must_be_there(connection, person)
    visits = [(one, visit_of(one.document)) for one in entries.entries(store, person, VISIT)]
    visits.sort(key=lambda pair: (pair[0].on, pair[1].start))
    contacts = [(one, contact_of(one.document)) for one in entries.entries(store, person, CONTACT)]
    return Kept(tuple(visits), tuple(contacts))


def put_visit(store: Store, person: str, on: date, visit: Visit, *, by: str, replaces: str | None = None) -> Entry:
    """Write a visit down. Raises VisitError where its minutes can't have been so, StoreError."""
    check_visit(visit)
    found = kept(store, person).visits
    if replaces is None or any(entry.id == replaces for entry, _ in found):  # else the store says who was quicker
        check_apart([*(one for entry, one in found if entry.on == on and entry.id != replaces), visit])
    return entries.put(store, person, VISIT, on, visit_document(visit), by=by, replaces=replaces)


def put_contact(
    store: Store, person: str, on: date, contact: Contact, *, by: str, replaces: str | None = None
) -> Entry:
    """Write a contact down. Raises StoreError."""
    return entries.put(store, person, CONTACT, on, contact_document(contact), by=by, replaces=replaces)


def to_replace(store: Store, person: str, kind: str, entry_id: str) -> Entry:
    """The entry that is to be corrected. Raises VisitError, StoreError."""
    found = entries.one(store, entry_id)
    if (found.person, found.kind) != (person, kind):
        raise VisitError(f"{entry_id} is no {kind} of {person}: `surefoot minutes show --person {person}` lists them.")
    return found


def has_result(store: Store, person: str, on: date) -> bool:
    """Whether a result of a test or a rated scale is kept of a day, and was not taken back."""
    found = [one for kind in ("result", "scale") for one in entries.entries(store, person, kind)]
    return any(one.on == on and one.state == LIVE for one in found)


def clinician_of(store: Store, by: str) -> Clinician | None:
    """Who signed the last visit that `by` wrote, so that it needn't be typed each time."""
    own = [one for one in entries.entries(store, kind=VISIT) if one.by == by]
    return visit_of(max(own, key=lambda one: one.made_utc).document).clinician if own else None


def data_days(found: Iterable[Entry]) -> tuple[date, ...]:
    """The days of which something was measured or told at home; a diary tells of several. Training at the clinic is no
    monitoring, a walk without a number is no data, and one of which nobody knows the day is of no day."""
    days: set[date] = set()
    for one in found:
        if one.kind == "diary":
            days |= _told(one.document["days"])
        elif one.kind == "training":
            days |= {one.on} if one.document["setting"] != "clinic" else set()
        else:
            day = day_of(one.document)
            days |= {day} if day is not None and not one.document["problem"] else set()
    return tuple(sorted(days))


def monitoring(store: Store, billing: Billing, person: str, on: date) -> tuple[Counted, set[str]]:
    """What monitoring counts until a day, and which of the things that its record is expected to hold it holds."""
    contacts = kept(store, person).contacts
    live = [one for kind in WITH_DATA for one in entries.entries(store, person, kind) if one.state == LIVE]
    count = counted(billing, data_days(live), [(entry.on, one) for entry, one in contacts], on)
    month = [one for entry, one in contacts if f"{entry.on:%Y-%m}" == count.month and entry.on <= on]
    held = {
        "order": entries.last(store, person, "plan") is not None,
        "consent": agrees(store, person, "consent_measure"),
        "days": bool(count.data_days),
        "minutes": bool(month),
        "interactive": any(one.interactive and one.at for one in month),
        "decision": any(one.decision for one in month),
    }
    return count, {name for name, there in held.items() if there}


def _told(days: Sequence[Any]) -> set[date]:
    """The days of a diary on which anything was told."""
    found = set()
    for one in days:
        if isinstance(one, Mapping) and any(
            value not in (None, "", [], {}) for key, value in one.items() if key != "day"
        ):
            found.add(date.fromisoformat(str(one["day"])))
    return found


def agrees(store: Store, person: str, consent: str) -> bool:
    """Whether the person agreed to a thing that the safety profile asks for; not asked is no."""
    safety = entries.last(store, person, "safety")
    return safety is not None and safety.document["answers"].get(consent, {}).get("state") == "fine"
