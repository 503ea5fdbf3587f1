# SPDX-License-Identifier: MIT
"""Stores for tests: empty ones in a moment, on SQLite and on a PostgreSQL server that SUREFOOT_TEST_POSTGRES names."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from surefoot.clinic.store import database, entries, files, opening
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.people import add_person
from surefoot.clinic.store.place import folder_in
from surefoot.clinic.store.values import Identity, Store

VARIABLE = "SUREFOOT_TEST_POSTGRES"
KEY = Key(raw=bytes(range(32)))  # of tests alone; a passphrase would take a quarter of a second
BY = "T1"
SAMPLE = Identity("Müller-Žižek", "Zoë", date(1950, 3, 3), "+41 00 000 00 00")


def people_in(store: Store, *codes: str) -> None:
    """People of whom nothing but the code is known."""
    for code in codes:
        add_person(store, code, by=BY)


@pytest.fixture(scope="session")
def store_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty store on SQLite, to be copied."""
    data = tmp_path_factory.mktemp("store")
    opening.make_store(data, key=KEY)
    return data


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A database of this worker's own with an empty store, and its data folder."""
    base = os.environ.get(VARIABLE)
    if not base:
        pytest.skip(f"no PostgreSQL: name a server where databases may be made by {VARIABLE} (`. .ci/postgres`)")
    data = tmp_path_factory.mktemp("server")
    with made_database(base, f"surefoot_{os.getpid()}") as url:
        opening.make_store(data, url, key=KEY)
        yield url, data


@pytest.fixture
def store_here(store_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    data = tmp_path / "data"
    shutil.copytree(store_template, data)
    with opening.open_store(data, key=KEY) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("store_here")
        return
    url, template = request.getfixturevalue("store_url")
    data = tmp_path / "data"
    shutil.copytree(template, data)
    with opening.open_store(data, url, key=KEY) as found:
        emptied(found)
        yield found


@pytest.fixture
def keyring_here() -> Iterator[dict[tuple[str, str], str]]:
    """A keyring that is a dict."""
    import keyring
    from keyring.backend import KeyringBackend

    kept: dict[tuple[str, str], str] = {}

    class Here(KeyringBackend):
        priority = 1  # pyright: ignore

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Here())
    yield kept
    keyring.set_keyring(before)


@contextmanager
def made_database(base: str, name: str) -> Iterator[str]:
    """A new database of the server, dropped at the end."""
    from sqlalchemy import create_engine, make_url, text

    admin = create_engine(make_url(base).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
            try:
                yield make_url(base).set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        admin.dispose()


def emptied(store: Store) -> None:
    """Take out all but the row that says which store it is."""
    from sqlalchemy import text

    from surefoot.clinic.store import tables

    names = [name for name in tables.metadata.tables if name != "store"]
    with store.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(names)}"))


def label_of(data: Path) -> dict[str, Any]:
    return json.loads((folder_in(data) / "store.json").read_text())


def url_of(store: Store) -> str | None:
    """What opens the same store once more."""
    sqlite = store.engine.dialect.name == "sqlite"
    return None if sqlite else store.engine.url.render_as_string(hide_password=False)


def trial_document(number: int = 1, session: str = "2026-03-02T09:00:00Z quiet-stance") -> dict[str, Any]:
    """Of a recording that nobody made."""
    return {
        "format": 1,
        "session": session,
        "created_utc": "2026-03-02T09:00:00Z",
        "protocol": {"id": "quiet-stance", "version": "1.0.0"},
        "condition": "eyes-open",
        "trial": number,
        "file": {"name": f"{number:02}.sfr", "sha256": "0" * 64},
        "with": [],
    }


def write_sample(data: Path) -> None:
    """A store with a row in every table, as tests/golden keeps one of each version; its key is KEY."""

    def clock() -> str:
        return "2026-01-02T03:04:05Z"

    day, name = date(2026, 1, 2), "01-five-1.hand.json"
    opening.make_store(data, key=KEY, now_utc=clock)
    with opening.open_store(data, key=KEY, now_utc=clock) as store:
        add_person(store, "P001", by=BY, identity=SAMPLE)
        people_in(store, "P002")
        content = (Path(__file__).parent / "golden" / "by-hand-1.hand.json").read_bytes()
        sha256 = files.put_file(store.folder, content, ".json")
        with database.writing(store) as connection:
            files.row_in(connection, store, "P001", name, sha256, len(content))
        document = trial_document() | {"by_hand": True, "file": {"name": name, "sha256": sha256}}
        trial = entries.put(store, "P001", "trial", day, document, by=BY)
        result = {"format": 1, "kind": "surefoot-result", "session": document["session"], "person": "P001"}
        result |= {"protocol": document["protocol"], "created_utc": clock(), "trials": [], "score": {}, "versions": {}}
        first = entries.put(store, "P001", "result", day, result, by=BY, sources=[trial.id])
        later = result | {"problems": ["none"]}
        entries.put(store, "P001", "result", day, later, by=BY, sources=[trial.id], replaces=first.id)
