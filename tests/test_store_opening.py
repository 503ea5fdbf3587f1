# SPDX-License-Identifier: MIT
"""Making and opening a store: its key, its version, and all that may be wrong with either, in words."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text

from stores import BY, KEY, SAMPLE, label_of, made_database, people_in, trial_document, url_of
from surefoot.clinic.store import backup, database, entries, files, keys, migrating, opening, people, restoring, tables
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.opening import make_store, open_store
from surefoot.clinic.store.values import Store, StoreError

DAY = date(2026, 3, 2)
GOLDEN = Path(__file__).parent / "golden"
PASSPHRASE = "correct horse battery staple"


def refused(data: Path, words: str, url: str | None = None, key: Key | None = KEY) -> None:
    with pytest.raises(StoreError, match=words), open_store(data, url, key=key):
        pass


@pytest.fixture
def data(store_template: Path, tmp_path: Path) -> Path:
    """A data folder with an empty store on SQLite."""
    return Path(shutil.copytree(store_template, tmp_path / "data"))


def test_nothing_of_the_file_can_be_read_without_the_key(store_here: Store) -> None:
    people.add_person(store_here, "P001", by=BY, identity=people.Identity("Müller", "Zoë", date(1950, 3, 3)))
    told = (store_here.folder / "clinic.db").read_bytes()
    assert b"SQLite" not in told
    assert "Müller".encode() not in told
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(store_here.folder / "clinic.db").execute("SELECT * FROM identity")
    assert KEY.raw
    assert KEY.raw.hex() not in (store_here.folder / "store.json").read_text()


def test_a_wrong_key_a_damaged_file_and_the_right_one(data: Path) -> None:
    refused(data, r"This is not the key of the store .*clinic: give the right passphrase", key=Key(raw=bytes(32)))
    file = data / "clinic" / "clinic.db"
    whole = file.read_bytes()
    file.write_bytes(bytes(100) + whole[100:])
    refused(data, "is damaged, or this isn't its key: .*restore")
    file.write_bytes(whole[:5000] + bytes(60_000) + whole[65_000:])
    refused(data, "damaged: `surefoot store restore`")
    file.write_bytes(whole)
    with open_store(data, key=KEY) as store:
        assert people.people(store) == ()


def test_what_is_no_store_is_told_apart(data: Path) -> None:
    refused(data.parent / "none", "There is no store in .*none/clinic: `surefoot store make` makes one")
    file, label = data / "clinic" / "clinic.db", data / "clinic" / "store.json"
    file.rename(data / "away")
    refused(data, "clinic.db is missing, though its label is here")
    file.write_bytes(b"")
    refused(data, "clinic.db is empty")
    file.unlink()
    sqlite3.connect(file).execute("CREATE TABLE entry (id)").connection.close()
    refused(data, "is a plain SQLite file, which anybody can read")
    file.unlink()
    (data / "away").rename(file)
    told = json.loads(label.read_text())
    label.write_text(json.dumps(told | {"format": 2}))
    refused(data, "is of a later Surefoot: upgrade Surefoot")
    label.write_text("{}")
    refused(data, "isn't the label of a store")
    label.write_text(json.dumps(told | {"id": "0" * 16}))
    refused(data, "isn't the one whose recordings are in")
    label.unlink()
    refused(data, "store.json is missing, which says where the store's key is")


def test_a_store_is_never_made_over_another(store: Store) -> None:
    data, url = store.folder.parent, url_of(store)
    with pytest.raises(StoreError, match=r"There is something in .*clinic already, and no store is overwritten"):
        make_store(data, url, key=KEY)
    if url:
        with pytest.raises(StoreError, match="has a store already: open that one, or name an empty database"):
            make_store(data / "other", url, key=KEY)
        assert not (data / "other" / "clinic").exists()


def test_a_store_from_the_future_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    try:
        refused(
            store.folder.parent, rf"has version 99, newer than this Surefoot reads \({tables.VERSION}\)", url_of(store)
        )
    finally:
        with store.engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{tables.VERSION:04}'"))


def test_a_version_that_is_none_is_refused_in_words(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'none'"))
    try:
        refused(store.folder.parent, "its version is 'none', which no Surefoot wrote", url_of(store))
    finally:
        with store.engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{tables.VERSION:04}'"))


def test_migrations_make_the_tables_that_queries_expect(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


@pytest.mark.parametrize("version", range(1, tables.VERSION + 1))
def test_an_old_sample_of_every_version_is_read(version: int, tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / f"store-{version}", tmp_path / "data")
    with open_store(tmp_path / "data", key=KEY) as store:
        assert people.people(store) == ("P001", "P002")
        assert people.identity_of(store, "P001", by=BY, why="test") == SAMPLE
        trial, result = entries.entries(store, "P001")
        assert (trial.kind, trial.on, trial.by) == ("trial", date(2026, 1, 2), "T1")
        assert result.sources == (trial.id,)
        replaced = entries.entries(store, "P001", every=True)[1]
        assert (replaced.state, result.replaces) == ("replaced", replaced.id)
        kept = files.kept_files(store, "P001")
        assert [one.name for one in kept] == ["01-five-1.hand.json"]
        assert b"surefoot-hand-trial" in files.read_file(store.folder, kept[0].sha256)
        from surefoot.clinic.store.checking import problems

        assert problems(store) == ()


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("seen", sa.String(), server_default="never"))
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM person")) > 1:
        op.execute("INSERT INTO nowhere VALUES (1)")
"""


@pytest.fixture
def two_versions(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were one version more than that of the store."""
    assert store
    folder = tmp_path / "migrations"
    shutil.copytree(migrating.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "v0002.py").write_text(MIGRATION)
    monkeypatch.setattr(migrating, "MIGRATIONS", folder)
    monkeypatch.setattr(tables, "VERSION", 2)


@pytest.mark.usefixtures("two_versions")
def test_an_older_store_is_backed_up_and_migrated_in_words(store: Store, tmp_path: Path) -> None:
    people_in(store, "P001")
    said: list[str] = []
    url = url_of(store)
    try:
        with open_store(store.folder.parent, url, key=KEY, say=said.append) as newer, database.reading(newer) as now:
            assert migrating.version_of(now) == 2
            assert now.execute(text("SELECT code, seen FROM person")).all() == [("P001", "never")]
        assert "has version 1: it is backed up, then brought to version 2" in said[0]
        copy = next(store.folder.glob("version-1-*.db"))
        assert said[1].endswith(f"it is in {copy}.")
        old = database.encrypted(copy, KEY)
        found = MetaData()
        with old.connect() as connection:
            found.reflect(connection)
            assert migrating.version_of(connection) == 1
            assert connection.execute(text("SELECT code FROM person")).all() == [("P001",)]
        old.dispose()
        assert "seen" not in found.tables["person"].columns
        said.clear()
        with open_store(store.folder.parent, url, key=KEY, say=said.append):
            assert said == []
    finally:
        if url:
            with store.engine.begin() as connection:
                connection.execute(text("ALTER TABLE person DROP COLUMN seen"))
                connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))


@pytest.mark.usefixtures("two_versions")
def test_a_backup_of_an_older_version_restores_as_the_present_one(
    store_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Path(shutil.copytree(store_template, tmp_path / "old")), tmp_path / "new"
    with monkeypatch.context() as before:
        before.setattr(migrating, "MIGRATIONS", Path(migrating.__file__).parent / "migrations")
        before.setattr(tables, "VERSION", 1)
        with open_store(old, key=KEY) as store:
            people_in(store, "P001")
            backup.backup(store, tmp_path / "b.sfb", by=BY)
    restoring.restore(tmp_path / "b.sfb", new, None, KEY)
    with open_store(new, key=KEY) as store, database.reading(store) as connection:
        assert migrating.version_of(connection) == 2
        assert connection.execute(text("SELECT code, seen FROM person")).all() == [("P001", "never")]
    newer = tmp_path / "newer.sfb"
    with open_store(new, key=KEY) as store:
        backup.backup(store, newer, by=BY)
    monkeypatch.setattr(tables, "VERSION", 1)
    refused(new, "has version 2, newer than this Surefoot reads")
    with pytest.raises(StoreError, match="The backup has version 2, newer than this Surefoot reads"):
        restoring.restore(newer, tmp_path / "newest", None, KEY)


@pytest.mark.usefixtures("two_versions")
def test_a_migration_that_fails_leaves_the_store_as_it_was(store: Store) -> None:
    people_in(store, "P001", "P002")
    refused(store.folder.parent, r"can't be brought from version 1 to version 2 .* left as it is", url_of(store))
    with store.engine.connect() as connection:
        assert migrating.version_of(connection) == 1
        assert set(connection.execute(text("SELECT * FROM person")).keys()) == {"code", "made_utc", "who"}


def test_a_passphrase_from_a_file_opens_and_is_told_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rounds, told = keys.ROUNDS, tmp_path / "passphrase"
    monkeypatch.setattr(keys, "ROUNDS", 1000)  # for the time it takes
    monkeypatch.setenv(keys.VARIABLE, str(told))
    with pytest.raises(StoreError, match=rf"The file that {keys.VARIABLE} names can't be read"):
        keys.passphrase("")
    told.write_text("short\n")
    with pytest.raises(StoreError, match="has 5 characters: take 12 or more"):
        keys.new_passphrase()
    for end in ("", "\n", "\r\n"):
        told.write_text(f"\ufeff{PASSPHRASE}{end}", "utf-8", newline="")  # as some editors write it
        assert keys.passphrase("") == PASSPHRASE
    told.write_text(f"{PASSPHRASE}\n")
    key = Key(passphrase=keys.new_passphrase())
    make_store(tmp_path, key=key)
    assert label_of(tmp_path)["key"] == "passphrase"
    with open_store(tmp_path) as store:
        people_in(store, "P001")
        assert PASSPHRASE not in f"{store!r} {key!r} {caplog.text} {store.engine!r} {store.engine.url!r}"
        with pytest.raises(StoreError, match="no recovery key: its passphrase opens it"):
            keys.recovery(key)
    other_tool = database._sqlcipher().connect(tmp_path / "clinic" / "clinic.db")
    other_tool.execute(f"PRAGMA key = '{PASSPHRASE}'")
    assert other_tool.execute("PRAGMA kdf_iter").fetchall() == [(str(rounds),)]
    other_tool.execute("PRAGMA kdf_iter = 1000")
    assert other_tool.execute("SELECT code FROM person").fetchall() == [("P001",)]
    other_tool.close()
    told.write_text(f"{PASSPHRASE}!")
    refused(tmp_path, "This is not the key", key=None)
    monkeypatch.delenv(keys.VARIABLE)
    monkeypatch.setattr("sys.stdin", None)
    refused(tmp_path, f"wants its passphrase, and there is no terminal to ask at: .* {keys.VARIABLE}", key=None)


def test_a_passphrase_is_asked_for_once_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)
    monkeypatch.setattr(keys, "_typed", {})
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    answers = iter((PASSPHRASE, PASSPHRASE, f"{PASSPHRASE}!", PASSPHRASE))
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    make_store(tmp_path, key=Key(passphrase=keys.new_passphrase()))
    refused(tmp_path, "This is not the key", key=None)
    for _ in range(2):
        with open_store(tmp_path) as store:
            assert people.people(store) == ()
    for wrong in (lambda prompt: "\udcff", lambda prompt: b"\xff".decode()):
        monkeypatch.setattr("getpass.getpass", wrong)
        with pytest.raises(StoreError, match="has a character that this terminal can't send: type it again"):
            keys.passphrase("")
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"{PASSPHRASE}{len(prompt)}")
    with pytest.raises(StoreError, match="The two passphrases differ"):
        keys.new_passphrase()


def test_the_key_of_a_new_store_is_in_the_keyring(tmp_path: Path, keyring_here: dict[tuple[str, str], str]) -> None:
    label = make_store(tmp_path)
    with open_store(tmp_path) as store:
        assert store.key
        text_of_it = keys.recovery(store.key)
    assert keys.of_recovery(text_of_it.upper()) == store.key
    with pytest.raises(StoreError, match="mistyped"):
        keys.of_recovery(text_of_it.replace(text_of_it[0], "f" if text_of_it[0] != "f" else "0", 1))
    keyring_here.clear()
    refused(tmp_path, "is not in this computer's keyring: `surefoot store key --put`", key=None)
    keys.put_in_keyring(label.id, keys.of_recovery(text_of_it))
    with open_store(tmp_path):
        pass


def test_without_a_keyring_a_store_wants_a_passphrase(tmp_path: Path) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(StoreError, match=r"no keyring .* `surefoot store make --passphrase`"):
            make_store(tmp_path)
    finally:
        keyring.set_keyring(before)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_while_saving(store_here: Store) -> None:
    people_in(store_here, "P001")
    first = entries.put(store_here, "P001", "trial", DAY, trial_document(), by=BY)
    with store_here.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    large = trial_document() | {"session": "x" * 20_000}
    with pytest.raises(StoreError, match="its disk is full; nothing was changed: make room, try again"):
        entries.put(store_here, "P001", "trial", DAY, large, by=BY, replaces=first.id)
    assert entries.entries(store_here, every=True) == (first,)


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"can't be made .* choose a data folder that you may write to"):
        make_store(tmp_path / "file" / "below", key=KEY)


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://server", "postgresql://u:secret@[", "nonsense secret"])
def test_a_url_that_is_none_is_refused_without_being_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--store wants a URL such as postgresql") as refusal:
        make_store(tmp_path, url, key=KEY)
    assert "secret" not in str(refusal.value)


def test_a_server_that_is_not_there_or_refuses(store_url: tuple[str, Path], tmp_path: Path) -> None:
    url, data = store_url
    closed = "postgresql://u:secret@127.0.0.1:1/x"
    with pytest.raises(StoreError, match=r"The store postgresql\+psycopg://u:\*\*\*@.* can't be reached") as refusal:
        make_store(tmp_path, closed, key=KEY)
    assert "secret" not in str(refusal.value)
    with pytest.raises(StoreError, match=r"has no (such )?database"):
        make_store(tmp_path, f"{url}_none", key=KEY)
    refused(data, "This is not the key of", url, Key(raw=bytes(32)))


def test_an_empty_database_of_a_server_is_no_store(store_url: tuple[str, Path], tmp_path: Path) -> None:
    url, data = store_url
    base, _, name = url.rpartition("/")
    with made_database(f"{base}/postgres", f"{name}_empty") as empty:
        refused(data, "is no store of Surefoot: `surefoot store make`", empty)


def test_a_value_of_the_store_tells_no_key(store: Store) -> None:
    assert KEY.raw
    assert KEY.raw.hex() not in repr(store)
    assert str(KEY.raw) not in repr(store)
    assert opening.quiet("") is None
