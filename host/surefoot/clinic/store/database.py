# SPDX-License-Identifier: MIT
"""Connections to SQLite with SQLCipher and to PostgreSQL, and the two kinds of transaction: reading and writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .trouble import in_words
from .values import Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from .keys import Key

BUSY_MS = 10_000  # so long a station waits for another one that writes
DRIVER = "postgresql+psycopg"


def encrypted(path: Path, key: Key) -> Engine:
    """An engine on a SQLCipher file, which is made when it is first written."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import QueuePool

    driver = _sqlcipher()

    def connect() -> Any:
        found = driver.connect(str(path), isolation_level=None, check_same_thread=False)
        found.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        found.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told by us, not on standard error
        found.execute(f'PRAGMA key = "{key.pragma(path)}"')
        found.execute("PRAGMA foreign_keys = ON")
        found.execute("PRAGMA synchronous = FULL")
        found.execute("PRAGMA secure_delete = ON")
        return found

    engine = create_engine(
        "sqlite://", module=driver, creator=connect, poolclass=QueuePool, pool_size=1, hide_parameters=True
    )
    _begins(engine, lambda writes: "BEGIN IMMEDIATE" if writes else "BEGIN")
    return engine


def _sqlcipher() -> Any:
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        raise StoreError("The store needs SQLCipher, which is missing here: `pip install sqlcipher3`.") from None
    return dbapi2


def _begins(engine: Engine, word: Callable[[bool], str]) -> None:
    from sqlalchemy import event

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # The driver's own transactions would begin too late: reads that a write rests on have to be within it.
        connection.exec_driver_sql(word(bool(connection.get_execution_options().get("writes"))))


def server(url: str) -> Engine:
    """An engine on a PostgreSQL server. Raises StoreError for a URL that is none."""
    from sqlalchemy import create_engine

    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise StoreError("A store on PostgreSQL needs psycopg: `pip install 'surefoot[postgres]'`.") from None
    options = {"connect_timeout": 10, "application_name": "surefoot", "options": f"-c lock_timeout={BUSY_MS}"}
    return create_engine(parsed(url), connect_args=options, pool_size=1, hide_parameters=True)


def parsed(url: str) -> Any:
    """The URL as SQLAlchemy has it. Raises StoreError, never with what may be a password in it."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        found = make_url(url)
    except ArgumentError:
        found = None
    if found is None or found.get_backend_name() != "postgresql" or not found.database:
        raise StoreError("--store wants a URL such as postgresql://surefoot@server/clinic: correct it.")
    return found.set(drivername=DRIVER)


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """One look at the database: what is read in it fits together. Raises StoreError."""
    engine = store.engine
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with in_words(store.where), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """All that is written within, or nothing of it. Stations write one after another. Raises StoreError, Conflict."""
    from sqlalchemy import select

    from . import tables

    with in_words(store.where), store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(select(tables.store.c.id).with_for_update())
        yield connection
