# SPDX-License-Identifier: MIT
"""A store of an older version: copied beside itself, then migrated, in words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from . import migrating
from .place import DATABASE
from .values import Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def upgrade(store: Store, version: int, say: Callable[[str], None]) -> None:
    """Bring a store to this version; before, its database is copied beside it. Raises StoreError, nothing changed."""
    from sqlalchemy.exc import SQLAlchemyError

    from .database import writing

    say(f"{store.where} has version {version}: it is backed up, then brought to version {migrating.newest()}.")
    with writing(store) as connection:
        if migrating.version_of(connection) != version:
            return  # another station did it meanwhile
        copy = _copied(store, connection, version)
        try:
            migrating.migrate(connection)
        except SQLAlchemyError as error:
            raise StoreError(
                f"{store.where} can't be brought from version {version} to version {migrating.newest()} "
                f"({type(error).__name__}), so it was left as it is: use the Surefoot that wrote it, and report this."
            ) from None
    say(f"Done; as it was before, it is in {copy}.")


def _copied(store: Store, connection: Connection, version: int) -> Path:
    """An encrypted file: of a file the file itself, which nobody else writes now; of a server all its rows."""
    stamp = store.now_utc().replace(":", "").replace("-", "")
    path = store.folder / f"version-{version}-{stamp}.db"
    part = path.with_name(f".{path.name}.part")
    try:
        if connection.dialect.name == "sqlite":
            shutil.copyfile(store.folder / DATABASE, part)
        else:
            _dumped(store, connection, part)
        part.replace(path)
    except OSError as error:
        raise StoreError(
            f"{store.where} can't be backed up before it is brought to a newer version ({error.strerror}), so it was "
            "left as it is: make room on that disk."
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _dumped(store: Store, connection: Connection, path: Path) -> None:
    from sqlalchemy import MetaData, insert, select

    from .database import encrypted
    from .trouble import in_words

    assert store.key
    found = MetaData()
    found.reflect(connection)
    engine = encrypted(path, store.key)
    try:
        with in_words("The backup beside the store"), engine.execution_options(writes=True).begin() as target:
            found.create_all(target)
            for table in found.sorted_tables:
                order = sorted(table.primary_key.columns, key=lambda column: column.name)
                if rows := [dict(row) for row in connection.execute(select(table).order_by(*order)).mappings()]:
                    target.execute(insert(table), rows)
    finally:
        engine.dispose()
