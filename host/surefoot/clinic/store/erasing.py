# SPDX-License-Identifier: MIT
"""All that is kept of a person, handed over in one file; and a person deleted."""

from __future__ import annotations

import json
import os
import time
import zipfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ... import unit_words
from .files import checked_blocks, find, kept_files, remove
from .values import LIVE, MOVED, Entry, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

FORMAT = 1
ZIP64_BYTES = 1 << 30
ABOUT = """All that this clinic's Surefoot keeps of one person.

person.json   who it is, and every entry in the order of its writing
audit.json    who read or changed the identity, overrode, exported, voided or moved something
files/        recordings under their names, by their SHA-256; `surefoot score` reads the .sfr ones

This file is not encrypted: hand it to the person, then delete it.
"""


def export_person(store: Store, code: str, path: Path, *, by: str, why: str) -> int:
    """Everything kept of a person in one zip, noted in the audit log; how many entries. Raises StoreError, no file."""
    from . import audit
    from .entries import entries
    from .people import identity_of

    if path.exists():
        raise StoreError(f"{path} is there already, and nothing is overwritten: name another file.")
    identity = identity_of(store, code, by=by, why=f"export: {why}")
    audit.note(store, "export", by, code, why)
    every = entries(store, code, every=True)
    foreign = _foreign(every)
    own = [_plain(one) for one in every if one.id not in foreign]
    told = {
        "format": FORMAT,
        "kind": "surefoot-person",
        "code": code,
        "identity": {**asdict(identity), "born": identity.born.isoformat()} if identity else None,
        "entries": own,
    }
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)  # of one that was killed
        with part.open("xb") as raw:
            part.chmod(0o600)
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as out:
                out.writestr("README.txt", ABOUT)
                out.writestr("person.json", json.dumps(told, ensure_ascii=False, indent=1))
                out.writestr("audit.json", json.dumps([asdict(row) for row in audit.log(store, code)], indent=1))
                for one in kept_files(store, code):
                    about = zipfile.ZipInfo(f"files/{one.sha256}/{one.name}", time.localtime()[:6])
                    about.compress_type = zipfile.ZIP_DEFLATED
                    with out.open(about, "w", force_zip64=one.size_bytes >= ZIP64_BYTES) as held:
                        for block in checked_blocks(store.folder, one.sha256):
                            held.write(block)
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(part, path)
    except OSError as error:
        raise StoreError(
            f"{path} can't be written ({error.strerror}): make room there, or name another place."
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return len(own)


def delete_person(store: Store, code: str, *, by: str, reason: str) -> int:
    """Delete all that is kept of a person; how many entries. In the audit log their code remains. Raises StoreError."""
    from sqlalchemy import delete, func, or_, select, update

    from . import tables
    from .audit import no_names, note_in
    from .database import writing
    from .people import must_be_there
    from .words import said

    entry, source, kept = tables.entry, tables.source, tables.kept_file
    reason = said(reason, "the reason")
    with writing(store) as connection:
        must_be_there(connection, code)
        no_names(connection, code, reason)
        own = entry.c.code == code
        count = connection.scalar(select(func.count()).select_from(entry).where(own)) or 0
        gone = or_(own, entry.c.id.in_(_elsewhere(connection, code)))
        ids = select(entry.c.id).where(gone)
        connection.execute(delete(source).where(or_(source.c.entry.in_(ids), source.c.source.in_(ids))))
        connection.execute(update(entry).where(entry.c.replaces.in_(ids)).values(replaces=None))
        connection.execute(delete(entry).where(gone))
        hashes = set(connection.scalars(select(kept.c.sha256).where(kept.c.code == code)))
        for table in (kept, tables.identity, tables.person):
            connection.execute(delete(table).where(table.c.code == code))
        note_in(connection, store, "delete", by, code, f"{unit_words.entries(count)}: {reason}")
    with writing(store) as connection:  # another station may be keeping the same bytes of somebody else
        others = set(connection.scalars(select(kept.c.sha256).where(kept.c.sha256.in_(hashes))))
        for sha256 in sorted(hashes - others):
            if find(store.folder, sha256):
                remove(store.folder, sha256)
    return count


def _foreign(every: tuple[Entry, ...]) -> set[str]:
    """Of a person's entries those that turned out to be of somebody else, and what had been computed from them."""
    found = {one.id for one in every if one.state == MOVED}
    for one in every:  # sources come before what was computed from them
        if one.state != LIVE and found & set(one.sources):
            found.add(one.id)
    return found


def _elsewhere(connection: Connection, code: str) -> set[str]:
    """Ids of what other people's files still hold of this person: entries moved from there, and what rested on them."""
    from sqlalchemy import select

    from . import tables

    of, link = tables.entry, tables.source
    wanted = (
        select(link.c.source)
        .join(of, of.c.id == link.c.entry)
        .where(of.c.code == code)
        .where(link.c.source.in_(select(of.c.id).where(of.c.state == MOVED, of.c.code != code)))
    )
    found, edge = set(), set(connection.scalars(wanted))
    while edge:
        found |= edge
        wider = select(of.c.id).join(link, link.c.entry == of.c.id)
        wider = wider.where(link.c.source.in_(edge), of.c.code != code, of.c.state != LIVE)
        edge = set(connection.scalars(wider)) - found
    return found


def _plain(one: Entry) -> dict[str, object]:
    return {**asdict(one), "on": one.on.isoformat(), "document": dict(one.document)}
