# SPDX-License-Identifier: MIT
"""Voiding and moving: an entry is taken back with a reason, and what was computed from it becomes stale."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .values import LIVE, MOVED, REPLACED, STALE, VOID, Entry, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def void(store: Store, entry_id: str, *, by: str, reason: str) -> tuple[Entry, ...]:
    """As `entries.void`."""
    from .audit import no_names, note_in
    from .database import writing
    from .recompute import anew
    from .words import said

    reason = said(reason, "the reason")
    with writing(store) as connection:
        entry = _taken(connection, entry_id, "voided")
        no_names(connection, entry.person, reason)
        _state(connection, entry.id, VOID, reason)
        _back(connection, entry)
        stale = stale_in(connection, entry.id, f"the {entry.kind} {entry.id} was voided: {reason}")
        note_in(connection, store, "void", by, entry.person, f"{entry.kind} {entry.id}: {reason}")
    return anew(store, stale, by)


def move(store: Store, entry_id: str, person: str, *, by: str, reason: str) -> tuple[Entry, ...]:
    """As `entries.move`."""
    from .audit import no_names, note_in
    from .database import writing
    from .entries import one_in
    from .people import must_be_there
    from .recompute import anew, session_anew
    from .words import said

    reason = said(reason, "the reason")
    with writing(store) as connection:
        entry = _taken(connection, entry_id, "moved")
        must_be_there(connection, person)
        for code in (entry.person, person):
            no_names(connection, code, reason)
        if entry.person == person:
            raise StoreError(f"The {entry.kind} {entry.id} is of {person} already: say whose it is by --to.")
        if _computed(connection, entry):
            raise StoreError(
                f"The {entry.kind} {entry.id} was computed from other entries: move those, and it is computed anew."
            )
        _state(connection, entry.id, MOVED, reason)
        _back(connection, entry)
        new_id = _given(connection, store, entry, person, by, reason)
        _files(connection, store, entry, person)
        stale = stale_in(
            connection, entry.id, f"the {entry.kind} {entry.id} was moved to another person: {reason}", {new_id}
        )
        what = f"{entry.kind} {entry.id} became {new_id}: {reason}"
        for code in (entry.person, person):
            note_in(connection, store, "move", by, code, what)
        moved = one_in(connection, new_id)
    return (moved, *anew(store, stale, by), *session_anew(store, moved, by))


def stale_in(
    connection: Connection, entry_id: str, reason: str, but: Collection[str] = (), kinds: Collection[str] | None = None
) -> tuple[str, ...]:
    """Mark what was computed from an entry, and from that; the ids in an order in which they can be computed anew."""
    from sqlalchemy import select

    from .tables import entry, source

    found: dict[str, None] = {}
    edge = [entry_id]
    while edge:
        wanted = (
            select(entry.c.id, entry.c.kind)
            .join(source, source.c.entry == entry.c.id)
            .where(source.c.source.in_(edge), entry.c.state.in_((LIVE, STALE)))
            .order_by(entry.c.seq)
        )
        edge = []
        for row in connection.execute(wanted):
            if row.id in but or (kinds is not None and row.kind not in kinds):
                continue
            edge.append(row.id)
            found.pop(row.id, None)  # reached again, it comes after what it also rests on
            found[row.id] = None
    for one in found:
        _state(connection, one, STALE, reason)
    return tuple(found)


def state_in(connection: Connection, entry_id: str, state: str, reason: str) -> None:
    """Mark an entry, within a transaction that writes."""
    _state(connection, entry_id, state, reason)


def _state(connection: Connection, entry_id: str, state: str, reason: str) -> None:
    from sqlalchemy import update

    from .tables import entry

    connection.execute(update(entry).where(entry.c.id == entry_id).values(state=state, reason=reason))


def _taken(connection: Connection, entry_id: str, done: str) -> Entry:
    """Raises StoreError for one that isn't in force."""
    from .entries import SHOWN, one_in

    entry = one_in(connection, entry_id)
    if entry.state not in SHOWN:
        why = f" ({entry.reason})" if entry.reason else ""
        raise StoreError(f"The {entry.kind} {entry.id} is {entry.state} already{why}, so it can't be {done}.")
    return entry


def _computed(connection: Connection, entry: Entry) -> bool:
    """Whether it rests on entries of the same person; what was moved here has the one it was as its source."""
    from sqlalchemy import select

    from . import tables

    of = tables.entry
    own = select(of.c.id).where(of.c.id.in_(entry.sources), of.c.code == entry.person)
    return connection.execute(own).first() is not None


def _back(connection: Connection, entry: Entry) -> None:
    """What the entry had replaced is in force again; stale where it rests on what isn't any more."""
    from sqlalchemy import func, select

    from . import tables

    if entry.replaces is None:
        return
    of, source = tables.entry, tables.source
    gone = (
        select(func.count())
        .select_from(source.join(of, source.c.source == of.c.id))
        .where(source.c.entry == entry.replaces, of.c.state.notin_((LIVE, REPLACED)))
    )
    if connection.scalar(gone):
        _state(connection, entry.replaces, STALE, "it rests on what is not in force, and its successor was taken back")
    else:
        _state(connection, entry.replaces, LIVE, "")


def _given(connection: Connection, store: Store, entry: Entry, person: str, by: str, reason: str) -> str:
    """The entry once more, of its right person; it has the old one as its source, so that both are found."""
    from sqlalchemy import func, insert, select

    from . import tables
    from .words import now_in, said

    made_utc, new_id, of = now_in(connection, store), secrets.token_hex(8), tables.entry
    document: dict[str, Any] = dict(entry.document)
    if document.get("person") == entry.person:
        document["person"] = person
    row = {
        "seq": (connection.scalar(select(func.max(of.c.seq))) or 0) + 1,
        "id": new_id,
        "code": person,
        "kind": entry.kind,
        "day": entry.on,
        "made_utc": made_utc,
        "who": said(by, "who moves it"),
        "document": json.dumps(document, ensure_ascii=False),
        "replaces": None,
        "state": LIVE,
        "reason": f"moved here: {reason}",
    }
    connection.execute(insert(of).values(**row))
    connection.execute(insert(tables.source).values(entry=new_id, place=0, source=entry.id))
    return new_id


def _files(connection: Connection, store: Store, entry: Entry, person: str) -> None:
    """The entry's files go with it; those that another entry of the old person rests on are of both."""
    from sqlalchemy import delete, func, select

    from . import tables
    from .files import named_in, row_in

    of, kept = tables.entry, tables.kept_file
    for name, sha256 in named_in(entry.document):
        mine = (kept.c.sha256 == sha256, kept.c.code == entry.person)
        size_bytes = connection.scalar(select(kept.c.size_bytes).where(*mine))
        if size_bytes is None:
            continue
        row_in(connection, store, person, name, sha256, size_bytes)
        others = (
            select(func.count())
            .select_from(of)
            .where(of.c.code == entry.person, of.c.state != MOVED, of.c.document.contains(sha256))
        )
        if not connection.scalar(others):
            connection.execute(delete(kept).where(*mine))
