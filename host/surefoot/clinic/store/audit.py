# SPDX-License-Identifier: MIT
"""The audit log: who read or changed an identity, overrode, exported, voided, moved, deleted; rows chained by hashes.

The chain shows that a row was taken out or altered. Somebody who has the key and computes the whole chain anew isn't
found by it; an older backup does that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .values import Store

if TYPE_CHECKING:
    from sqlalchemy import Connection

ACTIONS = ("read identity", "change identity", "add person", "override", "export", "delete", "void", "move", "backup",
           "restore", "key", "paper")  # fmt: skip
ALIKE = 4  # letters of a name from which on small ones are as capitals
LONGEST = 2000  # of what was done: a whole reason with what it is about


@dataclass(frozen=True)
class Noted:
    """A row of the log; `person` is a code, or empty where it is of no one person."""

    seq: int
    at_utc: str
    action: str
    by: str
    person: str
    what: str
    hash: str


def note(store: Store, action: str, by: str, person: str, what: str) -> None:
    """One row more. Raises StoreError."""
    from .database import writing

    with writing(store) as connection:
        note_in(connection, store, action, by, person, what)


def note_in(connection: Connection, store: Store, action: str, by: str, person: str, what: str) -> None:
    """One row more, within a transaction that writes. Raises StoreError."""
    from sqlalchemy import insert, select, update

    from .tables import audit
    from .tables import store as stores
    from .words import said

    if action not in ACTIONS:
        raise ValueError(f"no action '{action}', there are {', '.join(ACTIONS)}")
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    row = {
        "seq": last.seq + 1 if last else 1,
        "at_utc": store.now_utc(),
        "action": action,
        "who": said(by, "who it was"),
        "code": person,
        "what": said(what, "what was done", longest=LONGEST),
    }
    found = hash_of(row, last.hash if last else "")
    connection.execute(insert(audit).values(**row, hash=found))
    connection.execute(update(stores).values(audited=found))


def no_names(connection: Connection, person: str, text: str) -> None:
    """Raises StoreError for a reason that names the person: it would stay after all else of them is deleted. Only for
    what people write: a path or a clinician may be called the same. Capitals count in short names, which may be words.
    """
    import re

    from sqlalchemy import select

    from .tables import identity
    from .values import StoreError
    from .words import said

    text = said(text, "what was done", empty=True, longest=len(text) * 3)
    row = connection.execute(select(identity).where(identity.c.code == person)).first()
    for name in (row.family_name, row.given_name, row.contact, row.born.isoformat()) if row else ():
        alike = re.IGNORECASE if len(name) >= ALIKE else re.NOFLAG
        if name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, alike):
            raise StoreError(f"What is noted of {person} must not name them, and this does: say it by the code.")


def hash_of(row: Mapping[Any, Any], before: str) -> str:
    """Of a row and the hash of the one before."""
    text = json.dumps([before, *(row[key] for key in ("seq", "at_utc", "action", "who", "code", "what"))])
    return hashlib.sha256(text.encode()).hexdigest()


def log(store: Store, person: str | None = None) -> tuple[Noted, ...]:
    """The rows of a person, or all. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .tables import audit

    wanted = select(audit).order_by(audit.c.seq)
    if person is not None:
        wanted = wanted.where(audit.c.code == person)
    with reading(store) as connection:
        return tuple(Noted(*row) for row in connection.execute(wanted))


def broken(store: Store) -> str | None:
    """A sentence on the first row that doesn't follow from the one before it; None where all do. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .tables import audit
    from .tables import store as stores

    before = ""
    with reading(store) as connection:
        newest = connection.scalar(select(stores.c.audited))
        rows = [dict(row) for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings()]
    for seq, row in enumerate(rows, 1):
        if row["seq"] != seq or row["hash"] != hash_of(row, before):
            return f"Row {seq} of the audit log was changed, or taken out: compare with an older backup."
        before = row["hash"]
    return None if before == newest else "The end of the audit log is missing: compare with an older backup."
