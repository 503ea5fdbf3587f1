# SPDX-License-Identifier: MIT
"""What the store holds, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import SurefootError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .keys import Key

# Every kind of entry and the schema of its document, below protocols/clinic/.
KINDS = {
    "profile": "profile.schema.json",  # sex, height, weight, usual pain and its site
    "safety": "safety.schema.json",  # the safety profile: three states an answer
    "assessment": "assessment.schema.json",  # what was asked around the tests of a visit
    "falls": "falls.schema.json",  # a month of the falls calendar, or the history of a year
    "trial": "trial.schema.json",  # one recording of a test, by its hash
    "result": "result.schema.json",  # what was computed of a session's trials
    "scale": "scale.schema.json",  # a rated scale: its answers, of which totals are computed
    "walk": "walk-kept.schema.json",  # a walk's numbers, and what the person said of it
    "training": "training.schema.json",  # one day's trials of a task of a ladder
    "decision": "decision.schema.json",  # what progression suggested, and any override
    "thresholds": "thresholds.schema.json",  # a person's own numbers of the rules
    "plan": "plan.schema.json",  # tasks, walks and exercises by FITT
    "goal": "goal.schema.json",  # in the person's own words
    "diary": "diary.schema.json",  # what was done at home, by whichever way it was told
    "visit": "visit.schema.json",  # minutes, purpose, interpretation: what a note is made of
    "contact": "contact.schema.json",  # minutes spent on monitoring, and whether it was a conversation
}
LIVE, REPLACED, VOID, MOVED, STALE = "live", "replaced", "void", "moved", "stale"


class StoreError(SurefootError):
    """The store can't be opened, read or written."""


class Conflict(StoreError):
    """Somebody else changed it first."""


@dataclass(frozen=True)
class Identity:
    """Who a person is; the only value that holds it."""

    family_name: str
    given_name: str
    born: date
    contact: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing written down about a person, never changed: a newer one `replaces` it.

    `on`: the day it is about; `by`: who wrote it; `sources`: ids of the entries it was computed from; `state`: LIVE,
    REPLACED by a newer one, VOID (with the `reason`), MOVED to another person, or STALE: it rests on what was voided,
    moved or replaced, and wasn't computed anew yet.
    """

    id: str
    person: str
    kind: str
    on: date
    made_utc: str
    by: str
    document: Mapping[str, Any]
    sources: tuple[str, ...] = ()
    replaces: str | None = None
    state: str = LIVE
    reason: str = ""


@dataclass(frozen=True)
class KeptFile:
    """A recording beside the store, by its SHA-256: written once."""

    sha256: str
    person: str
    name: str
    size_bytes: int
    kept_utc: str


@dataclass(frozen=True)
class Store:
    """An open store: its database, the folder with its recordings, `where` it is in words (never a password), the clock
    that dates its rows, and the key that opened it."""

    engine: Engine = field(repr=False)
    folder: Path
    where: str
    now_utc: Callable[[], str]
    key: Key | None = field(default=None, repr=False)
