# SPDX-License-Identifier: MIT
"""Deciding on what is kept, and keeping it: suggestions, a clinician's own decisions, re-checks, a person's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ..care.ladder import ladder_names
from ..care.ladder_entry import entry as entry_place
from ..care.progression import decide
from ..care.progression import override as overridden
from ..care.progression_lower import pains, reported
from ..care.progression_tracks import Track, others, own
from ..care.progression_values import Decision, Place, Session
from ..errors import ProtocolError
from . import ladder_documents as documents
from .ladder_home import home_sessions, trained_at_home
from .ladder_kept import SEEN_DAYS, Progress, fold, ladder_of, passed, person_of, progress, rests_on, rules, seen
from .ladder_results import held_of
from .store import audit
from .store import entries as kept
from .store.values import Conflict, Entry, Store

if TYPE_CHECKING:
    from ..care.progression_case import Rule


def decided(store: Store, found: Progress, track: Track, today: date, clinic: bool | None = None) -> Decision:
    """What the rules say of a track that was placed; nothing is kept. Raises StoreError, ProtocolError."""
    sessions: Sequence[Session] = [one.session for one in seen(found, today)]
    first = today - timedelta(days=SEEN_DAYS)
    at_home = home_sessions(store, found.person, first, today)
    return decide(
        ladder_of(track[0]),
        rules(),
        found.standings[track],
        own(track, sessions),
        person_of(store, found, track, today, clinic),
        today,
        sorted([*others(track, sessions), *at_home], key=lambda one: one.on),
        trained_at_home(store, found.person, track, first, today),
    )


def suggest(store: Store, person: str, track: Track, today: date, *, by: str, clinic: bool | None = None) -> Entry:
    """Decide and keep the decision; the one before where nothing has changed since. Raises StoreError, Conflict."""
    found = progress(store, person)
    _in_time(found, today)
    if track not in found.standings:
        place(store, found, track, today, by=by)
        found = progress(store, person)
    decision = decided(store, found, track, today, clinic)
    document = documents.decision_document(ladder_of(track[0]), track[1], decision)
    last = found.last(track)
    if last is not None and (last.on, last.document) == (today, document):
        return last
    return _put(store, found, track, today, document, by=by)


def place(store: Store, found: Progress, track: Track, today: date, *, by: str) -> Entry:
    """Where somebody begins: below the highest task that the tests on file say they held, else at the easiest."""
    document, ids = place_document(store, found, track, today)
    return _put(store, found, track, today, document, by=by, sources=ids)


def place_document(store: Store, found: Progress, track: Track, today: date) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What `place` keeps, and the entries it rests on. Raises StoreError."""
    ladder = ladder_of(track[0])
    held, ids = held_of(kept.entries(store, found.person, "result"), ladder, track[1], today, rules().entry_days)
    told = {ladder.name(task): seconds for task, seconds in held.items()}
    reason = "The highest task held in a test, less one step." if held else "No test on file: the easiest task."
    at = entry_place(ladder, rules(), held)
    return documents.placed_document(ladder, track[1], at, reason, inputs={"held_s": told}), ids


def overrule(store: Store, person: str, track: Track, to: Place | None, today: date, *, by: str, reason: str) -> Entry:
    """A clinician's own decision, kept with what the rules said and noted in the audit log. `to` None stops. On a track
    that wasn't placed yet it places. Raises ProtocolError without a reason or where the rules stop, StoreError."""
    found, ladder = progress(store, person), ladder_of(track[0])
    _in_time(found, today)
    if track not in found.standings:
        if to is None or not reason.strip():
            raise ProtocolError("Say which task to begin with (--task) and why (--why).")
        document = documents.placed_document(ladder, track[1], to, reason.strip(), by)
        placed = Entry("", person, "decision", today, "", by, document)
        there = replace(found, standings=fold((*found.decisions, placed)))
        own_decision(there, track, decided(store, there, track, today), to, by, reason.strip())
    else:
        said = decided(store, found, track, today)
        own_one = own_decision(found, track, said, to, by, reason.strip())
        document = documents.decision_document(ladder, track[1], own_one)
    override_words = f"{' '.join(track).strip()}: {reason.strip()}"
    return _put(store, found, track, today, document, by=by, override=override_words)


def own_decision(found: Progress, track: Track, said: Decision, to: Place | None, by: str, reason: str) -> Decision:
    """A clinician's own one instead of what the rules said; where it leads is watched until it was passed so. Raises
    ProtocolError."""
    ladder, standing = ladder_of(track[0]), found.standings[track]
    made = overridden(ladder, standing, said, to, by, reason)
    left = ladder.watched(to.task) - standing.tried - passed(found, track) if to else ()
    return replace(made, supervised=bool(left))


def _in_time(found: Progress, today: date) -> None:
    """Raises ProtocolError for a decision before what is on file, which it would not see."""
    last = max((one.on for one in (*(one.entry for one in found.trained), *found.decisions)), default=today)
    if last > today:
        raise ProtocolError(
            f"Training or decisions of {last} are on file, and {today} is before: check the clock or --on. What should "
            f"not be there is taken out by `surefoot kept void`."
        )


def clear(store: Store, person: str, today: date, *, by: str, clinician: str, found: str) -> Entry:
    """The lock opened by a named clinician after a re-check. Raises ProtocolError, StoreError."""
    now = progress(store, person)
    _in_time(now, today)
    if not now.locked:
        raise ProtocolError(f"{person} isn't locked: there is nothing to open.")
    stops = [one.id for one in now.decisions if one.document.get("outcome") == "stop"]
    track = next(iter(now.standings))
    told = person_of(store, now, track, today).falls or ()
    sessions = [one.session for one in seen(now, today)]
    known = reported(sessions, told) | pains(
        [*(one for one in sessions if one.on == today), *home_sessions(store, person, today, today)]
    )
    document, words = documents.opened_document(clinician, found, known), f"lock opened by {clinician}: {found}"
    return _put(store, now, None, today, document, by=by, sources=stops[-1:], override=words)


def set_numbers(
    store: Store, person: str, ladder: str, numbers: Mapping[str, Mapping[str, float | None]], today: date, *, by: str,
    why: str, fallback: str | None = None,
) -> Entry:  # fmt: skip
    """A person's own numbers of rules on a ladder (or "all"); None takes one back, and what was before stays as its
    history. Raises ProtocolError for a number that there isn't, StoreError, Conflict."""
    if not why.strip():
        raise ProtocolError("A threshold is set with a reason: say --why.")
    found = progress(store, person)
    mine = {name: {rule: dict(one) for rule, one in known.items()} for name, known in found.thresholds.numbers.items()}
    for rule, told in numbers.items():
        for name, value in told.items():
            check_number(rule, name, value)
            if ladder == documents.ALL:
                _loosens_none(rule, name, value)
            here = mine.setdefault(ladder, {}).setdefault(rule, {})
            if value is None:
                here.pop(name, None)
            else:
                here[name] = value
    kept_numbers = {
        name: {rule: one for rule, one in known.items() if one} for name, known in mine.items() if any(known.values())
    }
    told_fallback = found.thresholds.fallback if fallback is None else fallback.strip()
    document = documents.thresholds_document(documents.Thresholds(kept_numbers, told_fallback), why.strip())
    before = found.thresholds_entry
    replaces, words = before.id if before else None, f"own numbers: {why.strip()}"
    return kept.put(store, person, "thresholds", today, document, by=by, replaces=replaces, override=words)


LIMITS = {"pain": (0, 10), "peak": (0, 10), "rise": (0, 10), "above_usual": (0, 10), "exertion_at_most": (0, 10),
          "lost_rating": (1, 5), "median_rating": (1, 5), "median_at_most": (1, 5)}  # fmt: skip


def check_number(rule: str, name: str, value: float | None) -> None:
    """Raises ProtocolError for a rule, a name or a value that there can't be."""
    row = next((one for one in rules().rows if one.id == rule and one.numbers), None)
    if row is None:
        known = ", ".join(one.id for one in rules().rows if one.numbers)
        raise ProtocolError(f"The rule '{rule}' has no numbers to set: choose one of {known}.")
    if name not in row.numbers:
        raise ProtocolError(f"The rule {rule} has no '{name}': choose one of {', '.join(row.numbers)}.")
    low, high = LIMITS.get(name, (1 if name.startswith("sessions") else 0, 1000))
    if value is not None and not low <= value <= high:
        raise ProtocolError(f"{rule} {name} goes from {low:g} to {high:g}: {value:g} can't be.")
    if value is not None and row.within(name, value) != value:
        raise ProtocolError(
            f"{rule} {name} keeps people safe and must be {bound(row, name)}: {value:g} was not set. Stricter is free; "
            "what you decide once is an override (`surefoot ladder override`)."
        )


def _loosens_none(rule: str, name: str, value: float | None) -> None:
    """Raises ProtocolError for a number of all ladders that takes back what one of them has stricter or laxer."""
    general = next(one for one in rules().rows if one.id == rule).numbers[name]
    own = {one: ladder_of(one).numbers.get(rule, {}).get(name, general) for one in ladder_names()}
    past = {
        one: number for one, number in own.items() if value is not None and (value - number) * (number - general) < 0
    }
    if past:
        raise ProtocolError(
            f"{rule} {name} is {general:g}, and {', '.join(f'{number:g} on {one}' for one, number in past.items())}: "
            f"say by --ladder for which {value:g} is to hold."
        )


def bound(row: Rule, name: str) -> str:
    """What nobody's own number of a rule passes, in words."""
    return f"at least {row.least[name]:g}" if name in row.least else f"at most {row.most[name]:g}"


def _put(
    store: Store, found: Progress, track: Track | None, today: date, document: Mapping[str, Any], *, by: str,
    sources: Sequence[str] | None = None, override: str = "",
) -> Entry:  # fmt: skip
    """Keep a decision unless another was kept since `found` was read, with the audit log's words on an override or not
    at all. Raises Conflict."""
    from .store.database import writing

    if track is not None and sources is None:
        sources = rests_on(found, track, today)
    with writing(store) as connection:
        now = [one.id for one in kept.entries_in(connection, found.person, "decision")]
        if set(now) != {one.id for one in found.decisions}:
            raise Conflict(
                f"Somebody decided about {found.person} at another station just now: look at it (`surefoot ladder show"
                f" --person {found.person}`), and decide again."
            )
        wanted = tuple(dict.fromkeys(sources or ()))
        made = kept.put_in(connection, store, found.person, "decision", today, document, by=by, sources=wanted)
        if override:
            audit.no_names(connection, found.person, str(document.get("reason") or document.get("found") or ""))
            audit.note_in(connection, store, "override", by, found.person, f"{made.id}: {override}")
        return made
