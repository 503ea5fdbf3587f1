# SPDX-License-Identifier: MIT
"""Entries: written once, read in order, replaced by newer ones, voided or moved with a reason; never changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ProtocolError
from .values import KINDS, LIVE, MOVED, REPLACED, STALE, VOID, Conflict, Entry, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = "clinic"  # of the schemas, under protocols/
SHOWN = (LIVE, STALE)


def put(
    store: Store,
    person: str,
    kind: str,
    on: date,
    document: Mapping[str, Any],
    *,
    by: str,
    sources: Sequence[str] = (),
    replaces: str | None = None,
    override: str = "",
) -> Entry:
    """Write an entry down, with the audit log's words on an `override` or not at all. Raises StoreError for a document
    that breaks its schema, a person or source that isn't there or a clock set back; Conflict where `replaces` isn't in
    force any more. One that replaces another of the same day corrects it: what was computed from that is computed
    anew."""
    from .audit import no_names, note_in
    from .database import writing
    from .recompute import RECOMPUTE, anew
    from .undoing import stale_in

    stale: tuple[str, ...] = ()
    with writing(store) as connection:
        made = put_in(connection, store, person, kind, on, document, by=by, sources=sources, replaces=replaces)
        if override:
            no_names(connection, person, override)
            note_in(connection, store, "override", by, person, f"{made.id}: {override}")
        if replaces is not None and one_in(connection, replaces).on == made.on:
            # Of the same day, it corrects the old one; of a later day, the old one was right in its time.
            why = f"the {kind} {replaces} was corrected by {made.id}"
            stale = stale_in(connection, replaces, why, {made.id}, RECOMPUTE)
    anew(store, stale, by)
    return made


def put_in(
    connection: Connection,
    store: Store,
    person: str,
    kind: str,
    on: date,
    document: Mapping[str, Any],
    *,
    by: str,
    sources: Sequence[str] = (),
    replaces: str | None = None,
) -> Entry:
    """`put` within a transaction that writes."""
    from sqlalchemy import func, insert, select, update

    from . import tables
    from .people import must_be_there
    from .words import day_of, now_in, said

    entry = tables.entry
    made_utc = now_in(connection, store)
    must_be_there(connection, person)
    _must_be_of(connection, person, sources)
    text = checked(kind, document, person)
    if replaces is not None:
        _replaced(connection, person, kind, replaces)
        connection.execute(update(entry).where(entry.c.id == replaces).values(state=REPLACED))
    seq = (connection.scalar(select(func.max(entry.c.seq))) or 0) + 1
    made = Entry(
        secrets.token_hex(8), person, kind, day_of(on, kind, made_utc), made_utc, said(by, "who writes this"),
        json.loads(text), tuple(sources), replaces,
    )  # fmt: skip
    connection.execute(
        insert(entry).values(
            seq=seq, id=made.id, code=person, kind=kind, day=made.on, made_utc=made_utc, who=made.by, document=text,
            replaces=replaces, state=LIVE, reason="",
        )
    )  # fmt: skip
    if sources:
        rows = [{"entry": made.id, "place": place, "source": one} for place, one in enumerate(sources)]
        connection.execute(insert(tables.source), rows)
    return made


def entries(
    store: Store, person: str | None = None, kind: str | Sequence[str] | None = None, *, every: bool = False
) -> tuple[Entry, ...]:
    """Live and stale ones, of a kind or several, in order of (on, made_utc), or in every state. Raises StoreError."""
    from .database import reading

    with reading(store) as connection:
        return entries_in(connection, person, kind, every=every)


def entries_in(
    connection: Connection, person: str | None = None, kind: str | Sequence[str] | None = None, *, every: bool = False
) -> tuple[Entry, ...]:
    """`entries` within a transaction."""
    from sqlalchemy import select

    from .tables import entry

    wanted = select(entry)
    if person is not None:
        wanted = wanted.where(entry.c.code == person)
    if kind is not None:
        kinds = [_known(one) for one in ([kind] if isinstance(kind, str) else kind)]
        wanted = wanted.where(entry.c.kind.in_(kinds))
    if not every:
        wanted = wanted.where(entry.c.state.in_(SHOWN))
    return _read(connection, wanted.order_by(entry.c.day, entry.c.made_utc, entry.c.seq))


def last(store: Store, person: str, kind: str) -> Entry | None:
    """The newest one that is live or stale, None where there is none. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .tables import entry

    _known(kind)
    wanted = select(entry).where(entry.c.code == person, entry.c.kind == kind, entry.c.state.in_(SHOWN))
    newest = wanted.order_by(entry.c.day.desc(), entry.c.made_utc.desc(), entry.c.seq.desc()).limit(1)
    with reading(store) as connection:
        return next(iter(_read(connection, newest)), None)


def first_day(store: Store, person: str, kinds: Sequence[str]) -> date | None:
    """The first day of which there is one that wasn't taken back, replaced or not. Raises StoreError."""
    from sqlalchemy import func, select

    from .database import reading
    from .tables import entry

    there = (entry.c.code == person, entry.c.kind.in_(kinds), entry.c.state.not_in((VOID, MOVED)))
    with reading(store) as connection:
        return connection.scalar(select(func.min(entry.c.day)).where(*there))


def one(store: Store, entry_id: str) -> Entry:
    """The entry whose id begins so, whatever its state. Raises StoreError where there is none or are several."""
    from .database import reading

    with reading(store) as connection:
        return one_in(connection, entry_id)


def one_in(connection: Connection, entry_id: str) -> Entry:
    """`one` within a transaction."""
    from sqlalchemy import select

    from .tables import entry

    found = ()
    if entry_id.isalnum():
        found = _read(connection, select(entry).where(entry.c.id.startswith(entry_id)).limit(2))
    if len(found) != 1:
        several = "Several entries begin" if found else "No entry begins"
        raise StoreError(f"{several} with '{entry_id}': `surefoot kept list --person CODE` shows their ids.")
    return found[0]


def void(store: Store, entry_id: str, *, by: str, reason: str) -> tuple[Entry, ...]:
    """Take an entry back; what was computed from it is computed anew. The entries that are new or stale because of it.
    Raises StoreError."""
    from .undoing import void as done

    return done(store, entry_id, by=by, reason=reason)


def move(store: Store, entry_id: str, person: str, *, by: str, reason: str) -> tuple[Entry, ...]:
    """Give an entry to the person it is of; the new one comes first, then what is new or stale because of it.
    Raises StoreError."""
    from .undoing import move as done

    return done(store, entry_id, person, by=by, reason=reason)


def checked(kind: str, document: Mapping[str, Any], person: str) -> str:
    """The document as the text that is kept. Raises StoreError naming the field that is wrong."""
    from ...care.file_schema import check_format, check_schema

    where = Path(f"The {kind} of {person}")
    rules = _rules(kind)
    try:
        check_format(dict(document), rules, where)
        check_schema(dict(document), rules, where)
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ProtocolError as error:
        raise StoreError(str(error)) from None
    except (TypeError, ValueError, UnicodeError):
        raise StoreError(
            f"{where} has a value that can't be kept: numbers must be finite and texts of letters."
        ) from None
    return text


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise StoreError(f"There are no entries of kind '{kind}': the kinds are {', '.join(KINDS)}.")
    return kind


@cache
def _rules(kind: str) -> dict[str, Any]:
    from ...care.file_schema import schema_of

    name = f"{FOLDER}/{KINDS[_known(kind)]}"
    try:
        return schema_of(name)
    except FileNotFoundError:
        raise StoreError(
            f"Entries of kind '{kind}' can't be kept, since their schema protocols/{name} is missing: install Surefoot "
            "again."
        ) from None


def _must_be_of(connection: Connection, person: str, sources: Iterable[str]) -> None:
    from sqlalchemy import select

    from .tables import entry

    wanted = set(sources)
    if not wanted:
        return
    rows = select(entry.c.id, entry.c.state).where(entry.c.code == person, entry.c.id.in_(wanted))
    own = {row.id: row.state for row in connection.execute(rows)}
    if missing := wanted - set(own):
        raise StoreError(f"{person} has no entry {', '.join(sorted(missing))} to compute this from: look again.")
    if gone := sorted(name for name, state in own.items() if state in (VOID, MOVED)):
        raise StoreError(f"What this rests on was taken back ({', '.join(gone)}), so it was not saved: look again.")


def _replaced(connection: Connection, person: str, kind: str, entry_id: str) -> None:
    """Raises Conflict, or StoreError, where this can't be replaced."""
    from sqlalchemy import select

    from .tables import entry

    found = connection.execute(select(entry).where(entry.c.id == entry_id)).first()
    if found is None or (found.code, found.kind) != (person, kind):
        raise StoreError(f"{person} has no {kind} {entry_id} to replace: look again which one is in force.")
    if found.state not in SHOWN:
        newer = connection.execute(
            select(entry.c.who, entry.c.made_utc).where(entry.c.replaces == entry_id).order_by(entry.c.seq.desc())
        ).first()
        how = f"was changed by {newer.who} at {newer.made_utc}" if newer else f"is {found.state}"
        raise Conflict(
            f"This {kind} of {person} {how} after you had looked at it, so yours was not saved: look at the new one "
            "and make your change to that."
        )


def _read(connection: Connection, wanted: Any) -> tuple[Entry, ...]:
    from sqlalchemy import select

    from .tables import source

    rows = connection.execute(wanted).all()
    chosen = wanted.with_only_columns(wanted.selected_columns.id).subquery()
    of: dict[str, list[str]] = {}
    for link in connection.execute(
        select(source.c.entry, source.c.source)
        .where(source.c.entry.in_(select(chosen.c.id)))
        .order_by(source.c.entry, source.c.place)
    ):
        of.setdefault(link.entry, []).append(link.source)
    return tuple(
        Entry(row.id, row.code, row.kind, row.day, row.made_utc, row.who, json.loads(row.document),
              tuple(of.get(row.id, ())), row.replaces, row.state, row.reason)
        for row in rows
    )  # fmt: skip
