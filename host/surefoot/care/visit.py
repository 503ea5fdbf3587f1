# SPDX-License-Identifier: MIT
"""Visits and contacts: what was done in which minutes, and what the clinician made of it. Documents in and out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from surefoot.errors import SurefootError

FORMAT = 1
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
WORDS = ("response", "interpretation", "plan", "next")


class VisitError(SurefootError):
    """A visit or contact can't have been so."""


@dataclass(frozen=True)
class Activity:
    """Minutes spent on one thing; `what` is an activity of protocols/billing, `one_to_one` None where nobody said."""

    what: str
    start: str
    stop: str
    words: str = ""
    one_to_one: bool | None = None

    @property
    def minutes(self) -> int:
        return minutes_between(self.start, self.stop)


@dataclass(frozen=True)
class NamedTest:
    """A test by its protocol or scale, and what it was done for."""

    test: str
    purpose: str


@dataclass(frozen=True)
class Clinician:
    """Who signs; no patient's name."""

    name: str
    credential: str
    licence: str = ""


@dataclass(frozen=True)
class Visit:
    """One visit; `start` and `stop` are local times of day, and every activity lies between them."""

    start: str
    stop: str
    clinician: Clinician
    activities: tuple[Activity, ...] = ()
    tests: tuple[NamedTest, ...] = ()
    response: str = ""
    interpretation: str = ""
    plan: str = ""
    next: str = ""
    modifiers: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        return minutes_between(self.start, self.stop)


@dataclass(frozen=True)
class Contact:
    """Minutes spent on monitoring between visits; `interactive`: a conversation with the person in real time."""

    minutes: int
    activity: str
    interactive: bool
    decision: str = ""
    at: str = ""


def minute_of(time: str) -> int:
    """The minute of the day of "09:05". Raises VisitError."""
    found = TIME.fullmatch(time)
    if not found:
        raise VisitError(f"'{time}' is no time of day: write it as 09:05.")
    return 60 * int(found[1]) + int(found[2])


def minutes_between(start: str, stop: str) -> int:
    return minute_of(stop) - minute_of(start)


def check_visit(visit: Visit) -> Visit:
    """The visit as it is. Raises VisitError where its minutes can't have been so."""
    if visit.minutes <= 0:
        raise VisitError(f"The visit stops at {visit.stop}, not after its start at {visit.start}: correct one of them.")
    for one in visit.activities:
        if one.minutes <= 0:
            raise VisitError(f"'{one.what}' stops at {one.stop}, not after its start at {one.start}: correct one.")
        if minute_of(one.start) < minute_of(visit.start) or minute_of(one.stop) > minute_of(visit.stop):
            raise VisitError(
                f"'{one.what}' from {one.start} to {one.stop} lies outside of the visit from {visit.start} to"
                f" {visit.stop}: correct one of them."
            )
    for before, after in pairwise(sorted(visit.activities, key=lambda one: minute_of(one.start))):
        if minute_of(after.start) < minute_of(before.stop):
            raise VisitError(
                f"'{before.what}' from {before.start} to {before.stop} and '{after.what}' from {after.start} to"
                f" {after.stop} overlap: a minute counts once, so correct one of them."
            )
    return visit


def check_apart(visits: Sequence[Visit]) -> None:
    """Raises VisitError where two visits of one person and day overlap."""
    for before, after in pairwise(sorted(visits, key=lambda one: minute_of(one.start))):
        if minute_of(after.start) < minute_of(before.stop):
            raise VisitError(
                f"There is a visit from {before.start} to {before.stop} on that day, and another from {after.start} to"
                f" {after.stop} overlaps it: correct the times, or correct the earlier entry with --replaces."
            )


def visit_document(visit: Visit) -> dict[str, Any]:
    """The document that the store keeps; what is empty is left out."""
    made: dict[str, Any] = {"format": FORMAT, "start": visit.start, "stop": visit.stop}
    made["activities"] = [_told(one) for one in visit.activities]
    made["clinician"] = _told(visit.clinician)
    made |= {"tests": [_told(one) for one in visit.tests]} if visit.tests else {}
    made |= {"modifiers": list(visit.modifiers)} if visit.modifiers else {}
    return made | {key: getattr(visit, key) for key in WORDS if getattr(visit, key)}


def visit_of(document: Mapping[str, Any]) -> Visit:
    """The visit of a document that the store has checked."""
    return Visit(
        document["start"],
        document["stop"],
        Clinician(**document["clinician"]),
        tuple(Activity(**one) for one in document["activities"]),
        tuple(NamedTest(**one) for one in document.get("tests", ())),
        **{key: document.get(key, "") for key in WORDS},
        modifiers=tuple(document.get("modifiers", ())),
    )


def contact_document(contact: Contact) -> dict[str, Any]:
    return {"format": FORMAT} | _told(contact)


def contact_of(document: Mapping[str, Any]) -> Contact:
    return Contact(**{key: value for key, value in document.items() if key != "format"})


def _told(value: Any) -> dict[str, Any]:
    pairs = [(one.name, getattr(value, one.name)) for one in fields(value)]
    return {key: said for key, said in pairs if said not in ("", None)}
