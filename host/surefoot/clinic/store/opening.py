# SPDX-License-Identifier: MIT
"""Making a store, and opening one: with its key, of its version, of its folder."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .leftovers import MAKE, working
from .place import DATABASE, RECORDINGS, Label, folder_in, must_be_encrypted, read_label, write_label
from .values import Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from .keys import Key

Clock = Callable[[], str]
SHARED = 0o2770  # with its group, which what is made within has too


def quiet(_: str) -> None:
    """For whoever wants no words."""


def make_store(data: Path, url: str | None = None, *, key: Key | None = None, now_utc: Clock | None = None) -> Label:
    """An empty store in `<data>/clinic/`, or with `url` in an empty database of a PostgreSQL server, its recordings
    there. The key is the one given, else a new one in the keyring. Whole or not at all. Raises StoreError."""
    from sqlalchemy import insert

    from . import keys, tables
    from .trouble import in_words

    folder, now = folder_in(data), now_utc or _clock()
    must_be_new(folder)
    identity = secrets.token_hex(8)
    key = key or keys.new_in_keyring(identity)
    label = Label(identity, key.kind, key.proof(identity))
    with building(data) as part:
        made_recordings(part, url)
        write_label(part, label)
        where = words_for(folder, url)
        with (
            connected(part, url, key) as engine,
            in_words(where),
            engine.execution_options(writes=True).begin() as connection,
        ):
            new_tables(connection, where)
            connection.execute(insert(tables.store).values(id=identity, made_utc=now(), audited=""))
    return label


def made_recordings(part: Path, url: str | None) -> None:
    """The folder of the recordings; the stations of a server share all of it. Raises OSError."""
    (part / RECORDINGS).mkdir()
    for one in (part, part / RECORDINGS) if url is not None else ():
        one.chmod(SHARED)


def new_tables(connection: Connection, where: str) -> None:
    """The tables of an empty store, within a transaction that writes. Raises StoreError where there are some."""
    from sqlalchemy import inspect

    from . import tables
    from .migrating import migrate

    if set(inspect(connection).get_table_names()) & {*tables.metadata.tables, "alembic_version"}:
        raise StoreError(f"{where} has a store already: open that one, or name an empty database.")
    migrate(connection)


@contextmanager
def open_store(
    data: Path,
    url: str | None = None,
    *,
    key: Key | None = None,
    now_utc: Clock | None = None,
    say: Callable[[str], None] = quiet,
) -> Iterator[Store]:
    """The store in `<data>/clinic/`, or on a server with its recordings there. An older version is backed up beside
    itself and migrated, which is said. Raises StoreError: no store, a wrong key, a damaged file, a later version."""
    from . import keys

    folder = folder_in(data)
    label = read_label(folder)
    if url is None:
        must_be_encrypted(folder / DATABASE)
    where = words_for(folder, url)
    if url is None and label.next is not None:
        from .rekeying import settled

        label, key = settled(folder, where, key and (key,), say)
    key = key or keys.find(label)
    if url is not None or not opens(folder / DATABASE, key, where):
        must_be_key(key, label, where)
    with connected(folder, url, key) as engine:
        store = Store(engine, folder, where, now_utc or _clock(), key)
        _look(store, label, say)
        keys.remember(label, key)
        yield store


def opens(path: Path, key: Key, where: str) -> bool:
    """Whether a key opens an encrypted file: quicker than the proof of a passphrase, and where not, that tells why.
    Raises StoreError for anything else that is wrong, such as a station that writes."""
    from sqlalchemy.exc import DBAPIError

    from .database import encrypted
    from .trouble import sentence

    engine = encrypted(path, key)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        return True
    except DBAPIError as error:
        if "not a database" in str(error.orig):
            return False
        raise StoreError(sentence(error.orig, where)) from None
    finally:
        engine.dispose()


def must_be_key(key: Key, label: Label, where: str) -> None:
    """Raises StoreError for another store's key, or a wrong passphrase."""
    if key.proof(label.id) != label.proof:
        raise StoreError(
            f"This is not the key of {where[:1].lower()}{where[1:]}: give the right passphrase, or put this store's "
            "key into the keyring (`surefoot store key --put`)."
            + (" Its key was changed since it was made: an older one opens older backups only." if label.older else "")
        )


@contextmanager
def connected(folder: Path, url: str | None, key: Key) -> Iterator[Engine]:
    """The engine of a store's database, closed at the end."""
    from .database import encrypted, server

    engine = server(url) if url else encrypted(folder / DATABASE, key)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def building(data: Path) -> Iterator[Path]:
    """A folder that becomes `<data>/clinic/` when all went well. Raises StoreError."""
    folder = folder_in(data)
    part = None
    try:
        data.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=working(MAKE), dir=data))
        yield part
        must_be_new(folder)
        if folder.exists():
            folder.rmdir()
        os.replace(part, folder)
    except OSError as error:
        raise StoreError(
            f"{folder} can't be made ({error.strerror}): choose a data folder that you may write to, with room."
        ) from None
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def must_be_new(folder: Path) -> None:
    """Raises StoreError where something is in the way."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreError(
                f"There is something in {folder} already, and no store is overwritten: name another --data."
            )
    except OSError as error:
        raise StoreError(f"{folder} can't be read ({error.strerror}): name another --data.") from None


def words_for(folder: Path, url: str | None) -> str:
    """Where a store is, without a password."""
    from .database import parsed

    return f"The store {parsed(url).render_as_string(hide_password=True)}" if url else f"The store {folder}"


def _look(store: Store, label: Label, say: Callable[[str], None]) -> None:
    """Raises StoreError unless it can be used; migrates it where it is older."""
    from sqlalchemy import select

    from . import tables
    from .database import reading
    from .migrating import must_be_known, newest, version_of

    with reading(store) as connection:
        version = version_of(connection)
        must_be_known(version, store.where)
        if not version:
            raise StoreError(f"{store.where} is no store of Surefoot: `surefoot store make` makes one.")
        found = connection.scalar(select(tables.store.c.id))
    if found != label.id:
        raise StoreError(
            f"{store.where} isn't the one whose recordings are in {store.folder}: name its own data folder with --data."
        )
    if version < newest():
        from .upgrading import upgrade

        upgrade(store, version, say)


def with_clock(store: Store, now_utc: Clock) -> Store:
    """The same store by another clock, as in demos and tests."""
    return replace(store, now_utc=now_utc)


def _clock() -> Clock:
    from ..run_values import now_utc

    return now_utc
