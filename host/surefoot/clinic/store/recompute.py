# SPDX-License-Identifier: MIT
"""What rests on a voided, moved or corrected entry is computed anew from what remains, or stays stale and says why."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ...errors import SurefootError
from .values import STALE, Entry, Store, StoreError

# By kind, the module in this package's parent with a function
# `again(store, stale: Entry, sources: tuple[Entry, ...]) -> Again`, which raises SurefootError where it can't: sources
# are those of the stale entry that are still in force, or what replaced them.
RECOMPUTE: dict[str, str] = {"result": ".store.recompute", "decision": ".ladder_again", "training": ".ladder_again"}
LONGEST = 2000  # of a reason


@dataclass(frozen=True)
class Again:
    """A document computed anew, and the ids of the entries that it rests on."""

    document: Mapping[str, Any]
    sources: tuple[str, ...]


def anew(store: Store, stale: Iterable[str], by: str) -> tuple[Entry, ...]:
    """Compute stale entries anew, in this order; each new one, or the old one with the reason why it stays stale."""
    from .database import writing
    from .entries import one, put_in

    found = []
    for entry_id in stale:
        old = one(store, entry_id)
        if old.state != STALE:
            continue
        try:
            made = _function(old.kind)(store, old, in_force(store, old.sources))
            with writing(store) as connection:
                new = put_in(connection, store, old.person, old.kind, old.on, made.document, by=by,
                             sources=made.sources, replaces=old.id)  # fmt: skip
            found.append(new)
        except SurefootError as error:
            found.append(_stays(store, old, str(error)))
    return tuple(found)


def in_force(store: Store, ids: Iterable[str]) -> tuple[Entry, ...]:
    """The entries of these ids that are in force, or what replaced them. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .entries import SHOWN, one_in
    from .tables import entry
    from .values import REPLACED

    found: dict[str, Entry] = {}
    with reading(store) as connection:
        for entry_id in ids:
            now: str | None = entry_id
            while now is not None:
                one = one_in(connection, now)
                if one.state in SHOWN:
                    found[one.id] = one
                newer = select(entry.c.id).where(entry.c.replaces == now, entry.c.state.in_((*SHOWN, REPLACED)))
                now = connection.scalar(newer) if one.state == REPLACED else None
    return tuple(found.values())


def again(store: Store, stale: Entry, sources: tuple[Entry, ...]) -> Again:
    """The result of the trials that remain. Raises SurefootError."""
    trials = [entry for entry in sources if entry.kind == "trial"]
    if not trials:
        raise StoreError("None of its trials is left.")
    document = scored(store, stale.person, [entry.document for entry in trials])
    return Again(document, tuple(entry.id for entry in trials))


def scored(store: Store, person: str, trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The result of the documents of trials of one session, by their kept recordings. Raises SurefootError."""
    from ..scoring import score_folder
    from .documents import result_document
    from .files import laid_out
    from .leftovers import SCORE, working

    try:  # within the store: what a killed one leaves is found there by `surefoot store check`
        folder = tempfile.TemporaryDirectory(prefix=working(SCORE), dir=store.folder)
    except OSError as error:
        raise StoreError(
            f"Nothing can be scored, since {store.folder} can't be written ({error.strerror}): make room on that disk."
        ) from None
    with folder as name:
        for trial in trials:
            laid_out(store, (trial["file"], *trial["with"]), Path(name))
        result, _ = score_folder(name)
    return result_document(result, person, trials[0]["session"])


def session_anew(store: Store, moved: Entry, by: str) -> tuple[Entry, ...]:
    """The result of the session that a moved trial belongs to now; nothing for other kinds."""
    from .entries import entries, put

    if moved.kind != "trial":
        return ()
    session = moved.document["session"]

    def same(kind: str) -> list[Entry]:
        return [one for one in entries(store, moved.person, kind) if one.document["session"] == session]

    trials, before = same("trial"), same("result")
    try:
        document = scored(store, moved.person, [one.document for one in trials])
    except SurefootError as error:
        _say(store, moved, f"{moved.reason}. No result was computed of it: {error}")
        return ()
    replaces = before[-1].id if before else None
    ids = [one.id for one in trials]
    return (put(store, moved.person, "result", moved.on, document, by=by, sources=ids, replaces=replaces),)


def _function(kind: str) -> Any:
    if kind not in RECOMPUTE:
        raise StoreError(f"A {kind} isn't computed by Surefoot: look whether it still holds, and write a new one.")
    return import_module(RECOMPUTE[kind], "surefoot.clinic").again


def _stays(store: Store, old: Entry, why: str) -> Entry:
    return _say(store, old, f"{old.reason}. Not computed anew: {why}")


def _say(store: Store, entry: Entry, reason: str) -> Entry:
    from .database import writing
    from .entries import one_in
    from .undoing import state_in

    with writing(store) as connection:
        state_in(connection, entry.id, entry.state, reason[:LONGEST])
        return one_in(connection, entry.id)
