# SPDX-License-Identifier: MIT
"""What the words of `surefoot ladder` do with the store: an answer for machines and lines for people."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ..care.ladder import ladder_names
from ..care.progression_tracks import Track
from ..errors import ProtocolError
from . import ladder_ask, ladder_documents, ladder_words
from .ladder_deciding import bound, decided, overrule, set_numbers, suggest
from .ladder_kept import Progress, ladder_of, person_of, progress, rules, seen, track_of

if TYPE_CHECKING:
    from ..care.progression_values import Decision
    from .store.values import Entry, Store

Answer = tuple[dict[str, Any], list[str]]


def tasks(name: str | None) -> Answer:
    """The named ladder as a table, or all of them."""
    names = (name,) if name else ladder_names()
    found = [ladder_of(one) for one in names]
    rows = [
        {"ladder": ladder.id, "task": ladder.name(task), "rung": ladder.height(task), "words": ladder.words(task),
         "setting": ladder.setting(task), "each_leg": ladder.one_legged(task),
         "beside_first": bool(ladder.watched(task))}
        for ladder in found for task in ladder.walk
    ]  # fmt: skip
    lines = [line for ladder in found for line in (*ladder_words.ladder_lines(ladder), "")]
    return {"tasks": rows}, lines[:-1]


def show(store: Store, person: str, tracks: Sequence[Track], today: date) -> Answer:
    """Where somebody stands, and what the rules would say today; nothing is kept. Raises SurefootError."""
    found = progress(store, person)
    placed = [track for track in tracks if track in found.standings]
    if not placed:
        said = f"{person} isn't on a ladder yet: `surefoot ladder suggest --person {person}` places them by tests."
        return {"person": person, "ladders": [], "locked": ""}, [said]
    rows, parts = [], []
    for track in placed:
        ladder, decision = ladder_of(track[0]), decided(store, found, track, today)
        held = person_of(store, found, track, today)
        sessions = [one.session for one in seen(found, today)]
        standing = found.standings[track]
        rows.append(
            ladder_words.decision_row(ladder, track, decision, False)
            | {"stands_at": ladder.name(standing.task), "stands_s": standing.target_s, "last": _last(found, track)}
        )
        at, *said = ladder_words.standing_lines(ladder, rules(), track, standing, decision, sessions, held)
        if entry := found.last(track):
            said = [*ladder_words.last_line(entry.document, entry.on.isoformat()), *said]
        parts.append((ladder_words.name_of(ladder, track), [at, *said]))
    lines = [*ladder_words.merged(parts), *_asks(person, rows)]
    numbers = found.thresholds.numbers
    if numbers:
        lines += ["Own numbers:", *(f"  {line}" for line in own_numbers(found)), ""]
    lines.append(ladder_words.SUGGESTS)
    return {"person": person, "ladders": rows, "locked": found.locked, "numbers": numbers}, lines


def _last(found: Progress, track: Track) -> dict[str, Any] | None:
    entry = found.last(track)
    return None if entry is None else {"id": entry.id, "on": str(entry.on), "state": entry.state, **entry.document}


def own_numbers(found: Progress) -> list[str]:
    """A person's own numbers as they are in force, a line each, beside what else holds there."""
    return [
        f"{ladder}: {rule}.{name} = {_in_force(rule, name, value)} (the rules: {_shipped(ladder, rule, name)})"
        for ladder, known in found.thresholds.numbers.items()
        for rule, numbers in known.items()
        for name, value in numbers.items()
    ]


def _in_force(rule: str, name: str, value: float) -> str:
    """A number no laxer than its bound; where one was kept that is, both and why."""
    row = next(one for one in rules().rows if one.id == rule)
    held = row.within(name, value)
    return f"{held:g}" if held == value else f"{held:g}, since it must be {bound(row, name)}, though {value:g} was set"


def _shipped(ladder: str, rule: str, name: str) -> str:
    """The number of the rules, and of the ladders that have another of their own."""
    whole = next(row.numbers[name] for row in rules().rows if row.id == rule)
    others = {one: ladder_of(one).numbers.get(rule, {}).get(name) for one in ladder_names()}
    if ladder != ladder_documents.ALL:
        return f"{whole if (own := others[ladder]) is None else own:g}"
    return "; ".join([f"{whole:g}", *(f"{one} {own:g}" for one, own in others.items() if own is not None)])


def suggested(
    store: Store, person: str, tracks: Sequence[Track], today: date, *, by: str, clinic: bool | None
) -> Answer:
    """Decide on each and keep it. Raises SurefootError."""
    before, made = progress(store, person), {}
    for track in tracks:
        made[track] = suggest(store, person, track, today, by=by, clinic=clinic)
    rows, parts = [], []
    now = progress(store, person)
    for track, entry in made.items():
        row, title, more = _of_entry(entry, track)
        rows.append(row)
        parts.append((title, more if track in before.standings else [*_begins(now, track), *more]))
    lines = [*ladder_words.merged(parts), *_asks(person, rows)]
    return {"person": person, "decisions": rows}, [*lines, ladder_words.SUGGESTS]


def _begins(found: Progress, track: Track) -> list[str]:
    """Where somebody was placed just now, and by which test."""
    placed = [one for one in found.decisions if track_of(one) == track and "reason" in one.document]
    document = placed[-1].document
    held = ", ".join(f"{task} {seconds:g} s" for task, seconds in document["inputs"].get("held_s", {}).items())
    return [f"  begins at   {document['task']}: {document['reason']}{f' Held: {held}.' if held else ''}"]


def _asks(person: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The commands that ask what decisions on these ladders wait for."""
    missing = {name for row in rows for name in row["inputs"].get("missing", ())}
    ladders = " ".join(dict.fromkeys(row["ladder"] for row in rows if ladder_words.to_ask(row["inputs"])))
    words = [f"safety --person {person} --for {ladders}"] if ladders else []
    words += [f"profile --person {person} --usual-pain N"] if "usual_pain" in missing else []
    words += [f"falls --person {person} --history N, or --month YYYY-MM --no-falls"] if "falls" in missing else []
    return ["To ask what is missing:", *(f"  surefoot assess {one}" for one in words), ""] if words else []


def _of_entry(entry: Entry, track: Track) -> tuple[dict[str, Any], str, list[str]]:
    ladder = ladder_of(track[0])
    decision: Decision = ladder_documents.decision_of(ladder, entry.document, entry.on)
    row = ladder_words.decision_row(ladder, track, decision, True) | {"id": entry.id}
    return row, ladder_words.name_of(ladder, track), ladder_words.decision_lines(ladder, decision)


def overruled(store: Store, person: str, tracks: Sequence[Track], args: argparse.Namespace, *, by: str) -> Answer:
    """A clinician's own decision on the named leg, or on both. Raises SurefootError."""
    from .ladder_train import where

    rows, parts = [], []
    for track in tracks:
        ladder = ladder_of(track[0])
        to = None
        if not args.stop:
            if args.task is None and args.target is None:
                raise ProtocolError("Where do they go instead? Give --task, --target or --stop.")
            to, _ = where(progress(store, person), ladder, args.task, args.target, track[1] or None)
        entry = overrule(store, person, track, to, args.on, by=by, reason=args.why)
        if entry.document["what"] == ladder_documents.PLACED:
            rows.append({"ladder": track[0], "leg": track[1], "placed": entry.document["task"], "id": entry.id})
            parts.append((ladder_words.name_of(ladder, track), [f"  begins at   {entry.document['task']}"]))
            continue
        row, title, more = _of_entry(entry, track)
        rows.append(row)
        parts.append((title, more))
    return {"person": person, "decisions": rows}, ladder_words.merged(parts)[:-1]


def numbers_set(store: Store, person: str, ladder: str, args: argparse.Namespace, *, by: str) -> Answer:
    """Keep own numbers or a fallback. Raises SurefootError."""
    if not args.numbers and args.fallback is None:
        raise ProtocolError("Nothing to set: give RULE.NAME=NUMBER, such as not-yet.sessions=3, or --fallback.")
    if ladder != ladder_documents.ALL:
        ladder_of(ladder)
    told = ladder_ask.numbers_of(args.numbers)
    made = set_numbers(store, person, ladder, told, args.on, by=by, why=args.why, fallback=args.fallback)
    found = progress(store, person)
    lines = [f"Own numbers of {person}:", *(f"  {line}" for line in own_numbers(found) or ["none"])]
    if found.thresholds.fallback:
        lines.append(f"While locked: {found.thresholds.fallback}")
    return {"person": person, "id": made.id, **made.document}, lines
