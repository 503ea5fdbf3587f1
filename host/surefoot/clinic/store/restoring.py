# SPDX-License-Identifier: MIT
"""A backup becomes a store again, in a new data folder, or with its rows on a server: whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .backup import copied, facts_in, read_head, unpacked
from .leftovers import RESTORE, working
from .opening import building, connected, folder_in, made_recordings, must_be_new, new_tables, open_store, words_for
from .place import write_label
from .values import Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from .keys import Key


def restore(path: Path, data: Path, url: str | None, key: Key) -> dict[str, Any]:
    """Make a store in `data` of a backup, its rows in an empty database where `url` names one; the manifest.

    Raises StoreError, with nothing made: no backup, a wrong key, a damaged file, a store in the way.
    """
    label, _, _ = read_head(path)
    must_be_new(folder_in(data))
    with building(data) as part, tempfile.TemporaryDirectory(prefix=working(RESTORE), dir=data) as name:
        made_recordings(part, url)
        write_label(part, label)
        with unpacked(path, Path(name), key) as source, connected(part, url, key) as target:
            return _into(source, target, part, words_for(folder_in(data), url))


@contextmanager
def restored(path: Path, data: Path, url: str | None, key: Key) -> Iterator[Store]:
    """The store that a backup becomes, open. Raises StoreError."""
    restore(path, data, url, key)
    with open_store(data, url, key=key) as store:
        yield store


def _into(source_engine: Engine, target_engine: Engine, folder: Path, where: str) -> dict[str, Any]:
    from sqlalchemy import select

    from . import tables
    from .migrating import migrate, must_be_known, version_of
    from .trouble import in_words

    with in_words("The backup"), source_engine.execution_options(writes=True).begin() as source:
        must_be_known(version_of(source), "The backup")
        facts = {row.name: json.loads(row.value) for row in source.execute(select(tables.manifest))}
        migrate(source)
        with in_words(where), target_engine.execution_options(writes=True).begin() as target:
            new_tables(target, where)
            copied(source, target)
            if facts_in(source) != facts_in(target):
                raise StoreError(f"{where} took other rows than the backup holds, so it was not restored.")
            _files(source, folder)
    return facts


def _files(source: Connection, folder: Path) -> None:
    from sqlalchemy import select

    from . import tables
    from .files import put_blocks

    piece = tables.piece
    for sha256 in source.scalars(select(piece.c.sha256).distinct().order_by(piece.c.sha256)).all():
        own = select(piece.c.bytes).where(piece.c.sha256 == sha256).order_by(piece.c.place)
        suffix = source.scalar(own.where(piece.c.place == 0)) or b""
        put_blocks(folder, sha256, suffix.decode(), lambda own=own: source.scalars(own.where(piece.c.place > 0)))
