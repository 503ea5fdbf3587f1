# SPDX-License-Identifier: MIT
"""`surefoot store check`: is everything in the store what was written? Sentences, and none where all is well."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import audit, files
from .database import reading
from .leftovers import FRESH_S, leftovers, remove
from .place import RECORDINGS
from .trouble import RESTORE
from .values import REPLACED, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def problems(store: Store) -> tuple[str, ...]:
    """What isn't as it was written, each with what to do. Raises StoreError where the store can't be read at all."""
    found: list[str] = []
    with reading(store) as connection:
        found += _pages(connection)
        found += _entries(connection)
    found += [words] if (words := audit.broken(store)) else []
    for sha256 in sorted({one.sha256 for one in files.kept_files(store)}):
        try:
            files.path_of(store, sha256)
        except StoreError as error:
            found.append(str(error))
    if left := strays(store):
        found.append(
            f"{len(left)} recordings belong to nobody, as after a stop in the middle of keeping or deleting: "
            "`surefoot store check --tidy` deletes them."
        )
    found += [
        f"{path} was left by a backup or restore that was killed, or by scoring, and may hold people who were deleted "
        "since: `surefoot store check --tidy` deletes it."
        for path in leftovers(store.folder.parent)
    ]
    return tuple(found)


def strays(store: Store) -> tuple[Path, ...]:
    """Files below recordings/ without a row, older than an hour."""
    known = {one.sha256 for one in files.kept_files(store)}
    found = sorted((store.folder / RECORDINGS).glob("*/*"))
    return tuple(path for path in found if path.stem not in known and time.time() - path.stat().st_mtime > FRESH_S)


def tidy(store: Store) -> int:
    """Delete the strays, and what a killed backup or restore left; how many they were. Raises StoreError."""
    left, folders = strays(store), leftovers(store.folder.parent)
    for path in folders:
        remove(path)
    for path in left:
        files.unlink(path)
    return len(left) + len(folders)


def _pages(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for question in ("cipher_integrity_check", "integrity_check", "foreign_key_check"):
            said = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA {question}")]
            if said not in ([], ["ok"]):
                yield f"The database is damaged ({question}: {said[0]}): {RESTORE}."


def _entries(connection: Connection) -> Iterator[str]:
    from .entries import checked, entries_in

    every = entries_in(connection, every=True)
    replaced = {one.replaces for one in every if one.replaces}
    for one in every:
        try:
            checked(one.kind, json.loads(json.dumps(one.document)), one.person)
        except StoreError as error:
            yield f"Entry {one.id}: {error}"
        if one.state == REPLACED and one.id not in replaced:
            yield f"Entry {one.id} ({one.kind} of {one.person}) was replaced by one that is not there: {RESTORE}."
