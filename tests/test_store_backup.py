# SPDX-License-Identifier: MIT
"""Backups on both databases, restored into either; recordings beside the store; what check finds."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from stores import BY, KEY, VARIABLE, made_database, people_in, trial_document
from surefoot.clinic.store import (
    audit,
    backup,
    checking,
    database,
    entries,
    erasing,
    files,
    leftovers,
    people,
    tables,
)
from surefoot.clinic.store.keys import Key
from surefoot.clinic.store.opening import make_store, open_store
from surefoot.clinic.store.restoring import restore
from surefoot.clinic.store.values import Identity, Store, StoreError

DAY = date(2026, 3, 2)
ZOE = Identity("Müller-Žižek", "Zoë 例", date(1950, 3, 3), "+41 00")
RECORDING = b"surefoot recording 1\n\0" + bytes(range(256)) * 9000  # of more than one piece


def filled(store: Store) -> str:
    """Two people, entries that rest on one another, a recording; its SHA-256."""
    people.add_person(store, "P001", by=BY, identity=ZOE)
    people_in(store, "P002")
    sha256 = files.put_file(store.folder, RECORDING, ".sfr")
    with database.writing(store) as connection:
        files.row_in(connection, store, "P001", "01.sfr", sha256, len(RECORDING))
    first = entries.put(store, "P001", "trial", DAY, trial_document(), by=BY)
    entries.put(store, "P001", "trial", DAY, trial_document(2), by="Zoë", sources=[first.id], replaces=first.id)
    return sha256


def told(store: Store) -> Any:
    """All that a store holds, but for the note of its backup."""
    with database.reading(store) as connection:
        rows = backup.facts_in(connection)["hashes"]
    return rows, entries.entries(store, every=True), files.kept_files(store)


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_backup_of_one_database_restores_into_the_other(store: Store, into: str, tmp_path: Path) -> None:
    sha256 = filled(store)
    before = told(store)
    made = backup.backup(store, tmp_path / "b.sfb", by=BY)
    assert (made.people, made.entries, made.files, made.missing) == (2, 2, 1, ())
    assert audit.log(store)[-1].action == "backup"
    assert "Müller".encode() not in (tmp_path / "b.sfb").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.sfb", "data"]
    if into == "sqlite":
        again(tmp_path, None, before, sha256)
        return
    if VARIABLE not in os.environ:
        pytest.skip(f"no PostgreSQL: name a server where databases may be made by {VARIABLE} (`. .ci/postgres`)")
    with made_database(os.environ[VARIABLE], f"surefoot_again_{os.getpid()}") as url:
        again(tmp_path, url, before, sha256)


def again(folder: Path, url: str | None, before: Any, sha256: str) -> None:
    restore(folder / "b.sfb", folder / "again", url, KEY)
    with open_store(folder / "again", url, key=KEY) as store:
        assert told(store) == before
        assert files.read_file(store.folder, sha256) == RECORDING
        assert people.identity_of(store, "P001", by=BY, why="test") == ZOE
        assert checking.problems(store) == ()
        last = entries.entries(store)[-1]
        entries.put(store, "P001", "trial", DAY, trial_document(3), by=BY, replaces=last.id)
    with pytest.raises(StoreError, match="no store is overwritten"):
        restore(folder / "b.sfb", folder / "again", url, KEY)


def test_a_damaged_cut_or_foreign_backup_makes_no_store(store_here: Store, tmp_path: Path) -> None:
    filled(store_here)
    path, new = tmp_path / "b.sfb", tmp_path / "new"
    backup.backup(store_here, path, by=BY)
    with pytest.raises(StoreError, match="is there already, and no backup is overwritten"):
        backup.backup(store_here, path, by=BY)
    whole = path.read_bytes()
    for content, words in (
        (whole[:-4097], r"ends after \d+ of \d+ bytes, so it can't be restored"),
        (whole[:9000] + b"x" + whole[9001:], "was changed after it was made"),
        (b"PK" + whole, "isn't a backup of a store"),
        (backup.MAGIC + b"[" * 4000, "isn't a backup of a store"),
        (backup.MAGIC + b"[1]\n", "isn't a backup of a store"),
        (whole.replace(b'"format": 1', b'"format": 2', 1), "a backup by a later Surefoot: upgrade"),
    ):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=words):
            restore(path, new, None, KEY)
    path.write_bytes(whole)
    with pytest.raises(StoreError, match="isn't the key of"):
        restore(path, new, None, Key(raw=bytes(32)))
    with pytest.raises(StoreError, match=r"none can't be read"):
        restore(tmp_path / "none", new, None, KEY)
    assert not new.exists() or not list(new.iterdir())
    with pytest.raises(StoreError, match="There is no folder"):
        backup.backup(store_here, tmp_path / "none" / "b.sfb", by=BY)


def test_a_full_disk_leaves_no_backup(store_here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store_here)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for name in ("shutil.copyfileobj", "os.fsync", "os.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(name, full)
            with pytest.raises(StoreError, match="No space left on device"):
                backup.backup(store_here, tmp_path / "b.sfb", by=BY)
        assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert [row.action for row in audit.log(store_here)][-1] != "backup"


def test_a_folder_that_may_not_be_written_is_named(
    store_here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(name: str, *_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)

    monkeypatch.setattr("tempfile._os.mkdir", refuses)
    with pytest.raises(StoreError, match=rf"^{tmp_path}/data/\.backup-\d+.* can't be written \(Permission denied\)"):
        backup.backup(store_here, tmp_path / "b.sfb", by=BY)


def test_a_long_recording_takes_no_more_memory_than_a_few_blocks(store_here: Store, tmp_path: Path) -> None:
    people.add_person(store_here, "P001", by=BY, identity=ZOE)
    made = tmp_path / "day.sfr"
    made.write_bytes(os.urandom(files.BLOCK) * 10)
    sha256, size_bytes = files.put_path(store_here.folder, made)
    with database.writing(store_here) as connection:
        files.row_in(connection, store_here, "P001", "day.sfr", sha256, size_bytes)
    with tracemalloc_peak() as peak:
        assert files.path_of(store_here, sha256).stat().st_size == size_bytes == 10 * files.BLOCK
        assert backup.backup(store_here, tmp_path / "b.sfb", by=BY).files == 1  # which is restored, too
        files.laid_out(store_here, [{"name": "day.sfr", "sha256": sha256}], tmp_path / "out")
        erasing.export_person(store_here, "P001", tmp_path / "p.zip", by=BY, why="asked")
        assert checking.problems(store_here) == ()
    assert peak[0] < 5 * files.BLOCK
    with zipfile.ZipFile(tmp_path / "p.zip") as held:
        assert hashlib.sha256(held.read(f"files/{sha256}/day.sfr")).hexdigest() == sha256
    assert files.hash_of(tmp_path / "out" / "day.sfr") == (sha256, size_bytes)


@contextmanager
def tracemalloc_peak() -> Iterator[list[int]]:
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def test_a_real_disk_that_is_full(store_here: Store, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(small)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system of a set size can be mounted here")
    try:
        sha256 = filled(store_here)
        with pytest.raises(StoreError, match=r"full|No space"):
            backup.backup(store_here, small / "b.sfb", by=BY)
        assert list(small.iterdir()) == []
        make_store(small, key=KEY)
        with open_store(small, key=KEY) as store:
            people_in(store, "P001")
            with pytest.raises(StoreError, match=r"can't be written .*No space left.* nothing was kept"):
                files.put_file(store.folder, RECORDING, ".sfr")
            assert not [path for path in (store.folder / "recordings").rglob("*") if path.is_file()]
            said, before = "", ()
            while not said:
                before = entries.entries(store, every=True)
                try:
                    entries.put(store, "P001", "trial", DAY, trial_document(1, "x" * 40_000), by=BY)
                except StoreError as error:
                    said = str(error)
            assert "disk full" in said or "disk is full" in said
            assert entries.entries(store, every=True) == before != ()
            assert checking.problems(store) == ()
        assert files.read_file(store_here.folder, sha256) == RECORDING
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_backup_that_differs_from_the_store_is_thrown_away(
    store_here: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store_here)
    honest = backup.copied

    def forgets(source: Any, target: Any) -> None:
        honest(source, target)
        target.execute(text("DELETE FROM source"))

    monkeypatch.setattr(backup, "copied", forgets)
    with pytest.raises(StoreError, match="has other rows in 'source' than the store, so it was thrown away"):
        backup.backup(store_here, tmp_path / "b.sfb", by=BY)
    assert not (tmp_path / "b.sfb").exists()


def test_a_recording_is_written_once_and_a_changed_byte_is_named(store: Store, tmp_path: Path) -> None:
    sha256 = filled(store)
    path = files.path_of(store, sha256)
    assert path == store.folder / "recordings" / sha256[:2] / f"{sha256}.sfr"
    assert path.stat().st_mode & 0o777 == 0o444
    assert files.put_file(store.folder, RECORDING, ".sfr") == sha256
    assert len(list(path.parent.iterdir())) == 1
    path.chmod(0o644)
    path.write_bytes(RECORDING[:-1] + b"!")
    for read in (files.path_of, lambda store, sha256: files.put_file(store.folder, RECORDING, ".sfr")):
        with pytest.raises(StoreError, match=rf"{sha256}\.sfr was changed after it was kept"):
            read(store, sha256)
    assert any(f"{sha256}.sfr was changed" in one for one in checking.problems(store))
    made = backup.backup(store, tmp_path / "b.sfb", by=BY)
    assert made.files == 0
    assert f"{sha256}.sfr was changed" in made.missing[0]
    path.unlink()
    assert any(f"recording {sha256} is missing" in one for one in checking.problems(store))


def test_the_stations_of_a_server_share_the_recordings(store: Store, tmp_path: Path) -> None:
    """Made or restored, whoever may write into one of its folders may write into all, and delete what another kept."""
    filled(store)
    shared = store.engine.dialect.name == "postgresql"

    def modes(folder: Path) -> set[int]:
        return {path.stat().st_mode & 0o7070 for path in (folder, *folder.rglob("*")) if path.is_dir()}

    assert modes(store.folder) == ({0o2070} if shared else {0o050, 0})
    if shared:
        backup.backup(store, tmp_path / "b.sfb", by=BY)
        with made_database(os.environ[VARIABLE], f"surefoot_shared_{os.getpid()}") as url:
            restore(tmp_path / "b.sfb", tmp_path / "again", url, KEY)
        assert modes(tmp_path / "again" / "clinic") == {0o2070}


def test_check_finds_what_was_changed_behind_its_back(store: Store) -> None:
    filled(store)
    assert checking.problems(store) == ()
    stray = store.folder / "recordings" / "00" / f"{'0' * 64}.sfr"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    assert checking.problems(store) == ()
    os.utime(stray, (1, 1))
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE entry SET document = '{}' WHERE seq = 2"))
        connection.execute(text("UPDATE entry SET replaces = NULL WHERE seq = 2"))
    found = " ".join(checking.problems(store))
    for words in ("the file lacks 'format'", "was replaced by one that is not there", "1 recordings belong to nobody"):
        assert words in found
    assert checking.tidy(store) == 1
    assert not stray.exists()


def test_what_a_killed_backup_left_is_named_and_deleted(store_here: Store) -> None:
    data = store_here.folder.parent
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [data / f".{kind}-{ended.pid}-x1y2" for kind in ("backup", "clinic", "restore")] + [data / ".restore-old"]
    left.append(data / "clinic" / f".score-{ended.pid}-x1y2")
    running, fresh, other = data / leftovers.working(leftovers.BACKUP), data / ".backup-new", data / ".backups"
    for folder in (*left, running, fresh, other):
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "clinic.db").write_bytes(b"x")
        for path in (folder / "data" / "clinic.db", folder / "data", folder):
            os.utime(path, (1, 1))
    (fresh / "data" / "more").write_bytes(b"x")  # it goes on
    found = checking.problems(store_here)
    assert len(found) == len(left)
    assert all(f"{path} was left by a backup or restore that was killed" in " ".join(found) for path in left)
    assert checking.tidy(store_here) == len(left)
    assert checking.problems(store_here) == ()
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in (running, fresh, other))


def test_a_changed_row_of_the_audit_log_is_found(store: Store) -> None:
    filled(store)
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(tables.audit)).mappings()]
    changed = "Row {} of the audit log was changed, or taken out: compare with an older backup."
    for change, words in (
        ("UPDATE audit SET who = 'somebody else' WHERE seq = 2", changed.format(2)),
        ("UPDATE audit SET at_utc = '2020-01-01T00:00:00Z' WHERE seq = 1", changed.format(1)),
        ("DELETE FROM audit WHERE seq = 2", changed.format(2)),
        ("DELETE FROM audit WHERE seq = 3", "The end of the audit log is missing: compare with an older backup."),
    ):
        with store.engine.begin() as connection:
            connection.execute(text(change))
        assert checking.problems(store) == (words,)
        with store.engine.begin() as connection:
            connection.execute(delete(tables.audit))
            connection.execute(insert(tables.audit), rows)
    assert checking.problems(store) == ()


def test_files_of_a_session_are_laid_out_under_their_names(store_here: Store, tmp_path: Path) -> None:
    sha256 = filled(store_here)
    files.laid_out(store_here, [{"name": "calibration/a.json", "sha256": sha256}], tmp_path / "out")
    assert (tmp_path / "out" / "calibration" / "a.json").read_bytes() == RECORDING
    with pytest.raises(StoreError, match="leads out of its folder"):
        files.laid_out(store_here, [{"name": "../a", "sha256": sha256}], tmp_path / "out")
    assert list(files.named_in(json.loads('{"a": [{"name": "n", "sha256": "s"}, 1], "b": {"c": {}}}'))) == [("n", "s")]
