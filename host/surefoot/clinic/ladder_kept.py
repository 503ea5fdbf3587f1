# SPDX-License-Identifier: MIT
"""All that the store holds of a person's progression; where they stand is the fold of the decisions kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from ..care import falls, safety
from ..care.ladder import ladder_names, ladder_of
from ..care.ladder_entry import single_leg_norm_s
from ..care.progression import after, begin, cleared, load_rules
from ..care.progression_tracks import Track, opened, taken, tracks
from ..care.progression_values import Person, Place, Session, Standing
from ..care.safety_waiting import told_apart
from . import ladder_documents as documents
from .diary_told import falls_days
from .store import entries as kept
from .store.values import LIVE, STALE, Entry, Store

if TYPE_CHECKING:
    from ..care.progression_case import Rules

SEEN_DAYS = 60  # of training that a decision looks at; what was once passed with somebody beside counts for ever
ENTERED = ("profile", "safety", "training", "decision")  # kinds whose first day is when a person was first seen
KINDS = (
    "profile",
    "safety",
    "falls",
    "diary",
    "walk",
    "thresholds",
)  # of entries besides training that a decision rests on


@dataclass(frozen=True)
class Trained:
    """A training session, where it was done, and its entry."""

    entry: Entry
    session: Session
    setting: str


@dataclass(frozen=True)
class Progress:
    """Of one person. `decisions`: entries in force, oldest first; `standings`: those of the tracks that were placed;
    `asked`: the entries of KINDS, of walks those of which something was said."""

    person: str
    trained: tuple[Trained, ...]
    decisions: tuple[Entry, ...]
    standings: Mapping[Track, Standing]
    thresholds: documents.Thresholds
    asked: tuple[Entry, ...] = ()
    thresholds_entry: Entry | None = None

    def last(self, track: Track) -> Entry | None:
        """The last decision of a track, None where there is none."""
        own = [one for one in self.decisions if track_of(one) == track]
        return own[-1] if own else None

    @property
    def locked(self) -> str:
        """Why training is locked, "" if it isn't."""
        return next((one.locked for one in self.standings.values() if one.locked), "")


@cache
def rules() -> Rules:
    return load_rules()


def all_tracks() -> tuple[Track, ...]:
    """Every shipped ladder, once or for each leg."""
    return tuple(track for name in ladder_names() for track in tracks(ladder_of(name)))


def track_of(entry: Entry) -> Track | None:
    """Of a decision; None of one that concerns all ladders."""
    document = entry.document
    return (document["ladder"], document["leg"]) if "ladder" in document else None


def progress(store: Store, person: str, *, before: Entry | None = None) -> Progress:
    """What is kept, or what was in force as the decision `before` was made. Raises StoreError, ProtocolError."""
    every = kept.entries(store, person, "decision", every=True)
    decisions, until = in_order(every), None
    if before is not None:
        first = _places(every)
        decisions = tuple(one for one in decisions if first[one.id] < first[before.id])
        until = before.on
    asked = tuple(
        one
        for one in kept.entries(store, person, KINDS)
        if (until is None or one.on <= until) and (one.kind != "walk" or one.document["said"])
    )
    live = [
        one
        for one in in_order(kept.entries(store, person, "training", every=True))
        if until in (None, one.on) or one.on <= until
    ]
    trained = _by_the_clock(Trained(one, _session(one), one.document["setting"]) for one in live)
    own = next((one for one in reversed(asked) if one.kind == "thresholds"), None)
    numbers = documents.thresholds_of(own.document if own else None)
    return Progress(person, trained, decisions, fold(decisions), numbers, asked, own)


def _session(entry: Entry) -> Session:
    return documents.session_of(ladder_of(entry.document["ladder"]), entry.document, entry.on)


def _by_the_clock(trained: Iterable[Trained]) -> tuple[Trained, ...]:
    """In the order of their days and, on a day of which every time is known, by the clock; else as they were first
    told."""
    made: list[Trained] = []
    for _, each in groupby(trained, key=lambda one: one.session.on):
        day = list(each)
        times = [one.session.minutes for one in day]
        known = [at for at in times if at is not None]
        made += [day[k] for k in sorted(range(len(day)), key=lambda k: known[k])] if len(known) == len(day) else day
    return tuple(made)


def in_order(every: Iterable[Entry]) -> tuple[Entry, ...]:
    """Those in force, in the order in which they were first made: one that was computed anew keeps its place."""
    every = tuple(every)
    first = _places(every)
    return tuple(sorted((one for one in every if one.state in (LIVE, STALE)), key=lambda one: first[one.id]))


def _places(every: Iterable[Entry]) -> dict[str, tuple[date, int]]:
    """By id: the day, and where in the order of all that entry, or the first one that it stands for, was made."""
    by_id = {one.id: (at, one) for at, one in enumerate(every)}
    places = {}
    for name, (at, entry) in by_id.items():
        first, on = at, entry.on
        while entry.replaces in by_id:
            first, entry = by_id[entry.replaces]
        places[name] = (on, first)
    return places


def fold(decisions: Iterable[Entry]) -> dict[Track, Standing]:
    """Where a person stands on each ladder and leg that they were placed on; a lock outlives the placement that it was
    met on. Raises ProtocolError."""
    standings: dict[Track, Standing] = {}
    shared = Standing(())  # what all ladders have of a person, whichever are left: lock, re-check, first day
    for entry in decisions:
        document, track = entry.document, track_of(entry)
        if track is None:
            told = (document["by"], document["found"], entry.on, document.get("known"))
            standings, shared = opened(standings, *told), cleared(shared, *told)
            continue
        ladder = ladder_of(track[0])
        if document["what"] == documents.PLACED:
            shared = replace(shared, placed=shared.placed if standings else entry.on)
            new = begin(ladder, Place(ladder.task(document["task"]), document["target_s"]))
            standings[track] = replace(shared, task=new.task, target_s=new.target_s, begun=entry.on)
            continue
        decision = documents.decision_of(ladder, document, entry.on)
        if decision.outcome == "stop":
            shared = after(ladder, shared, decision)
            standings = {one: replace(at, locked=at.locked or shared.locked) for one, at in standings.items()}
        if track in standings:
            standings = taken(ladder, standings, track, decision)
    return standings


def seen(found: Progress, today: date) -> list[Trained]:
    """The training that a decision of that day looks at, oldest first: of each task's ladder and leg the last one
    before those days too, since a break is as long as it was."""
    first = today - timedelta(days=SEEN_DAYS)
    before = {(one.session.ladder, one.session.leg): one.entry.id for one in found.trained if one.session.on < first}
    last = set(before.values())
    return [
        one
        for one in found.trained
        if one.session.on <= today and (one.session.on >= first or one.entry.id in last or _passed(one))
    ]


def _passed(one: Trained) -> bool:
    ladder = ladder_of(one.session.ladder)
    return bool(one.session.beside and all(one.session.succeeded) and ladder.watched(one.session.task))


def passed(found: Progress, track: Track) -> frozenset[str]:
    """Levels of a track that were passed with somebody beside, ever."""
    ladder = ladder_of(track[0])
    own_ones = [one.session for one in found.trained if _passed(one) and one.session.ladder == track[0]]
    return frozenset().union(*(ladder.watched(one.task) for one in own_ones if one.leg in ("", track[1])))


def company(found: Progress, track: Track, clinic: bool | None = None) -> bool:
    """Whether a track is trained at the clinic: as told, else as its task was done last."""
    if clinic is not None:
        return clinic
    standing = found.standings[track]
    own = [one for one in found.trained if one.session.ladder == track[0] and one.session.leg in ("", track[1])]
    at_task = [one.setting for one in own if one.session.task == standing.task]
    return bool(at_task) and at_task[-1] == "clinic"


def person_of(store: Store, found: Progress, track: Track, today: date, clinic: bool | None = None) -> Person:
    """What progression decides with. Raises StoreError."""
    from . import assess

    about = assess.profile_on(store, found.person, today)
    beside, cleared = company(found, track, clinic), found.standings[track].cleared
    ladder, leg = ladder_of(track[0]), track[1] or None
    firm, waiting, unasked = told_apart(assess.blocks(store, found.person, today), leg, beside)
    told = assess.falls_of(store, found.person)
    held = safety.person(
        firm,
        ladder,
        usual_pain=assess.usual_pain(store, found.person, today),
        falls=falls.dates(told.months, told.history, today, cleared, falls_days(store, found.person)),
        leg=leg,
        beside=beside,
        numbers=found.thresholds.of(track[0]),
    )
    asked = falls.lately(told.months, told.history, today)
    return replace(
        held,
        single_leg_s=single_leg_norm_s(about.age_years),
        unasked=unasked if asked or held.falls is None else (*unasked, "falls"),
        fallback=found.thresholds.fallback,
        waiting=waiting,
        entered=kept.first_day(store, found.person, ENTERED),
    )


def rests_on(found: Progress, track: Track, today: date) -> tuple[str, ...]:
    """Ids of the entries that a decision of that day rests on: training, what was asked, and the decisions before."""
    asked = [one.id for one in found.asked if one.on <= today]
    own = [one.id for one in found.decisions if track_of(one) == track][-1:]
    locks = [one.id for one in found.decisions if track_of(one) is None or one.document.get("outcome") == "stop"][-1:]
    return (*(one.entry.id for one in seen(found, today)), *asked, *own, *locks)
