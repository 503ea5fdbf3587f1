# SPDX-License-Identifier: MIT
"""A backup: one encrypted file with every row and every recording, restored and compared before it counts as made.

A line of text with the store's id, then a SQLCipher database with the store's own tables, the files in pieces and a
manifest. Whichever database it comes from, it restores into either.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import unit_words
from .leftovers import BACKUP, working
from .place import DATABASE, Label, label_of, plain
from .values import Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from .keys import Key

MAGIC = b"surefoot backup "
FORMAT = 1
PIECE_BYTES, ROWS = 1 << 20, 500


@dataclass(frozen=True)
class Made:
    """What a backup holds; `missing`: recordings that are not as they were kept, and so not in it."""

    people: int
    entries: int
    files: int
    size_bytes: int
    missing: tuple[str, ...] = ()


def backup(store: Store, path: Path, *, by: str) -> Made:
    """Write, restore into a temporary place, compare: only then it has its name. Raises StoreError, with no file."""
    from .audit import note
    from .restoring import restored

    must_be_new(path)
    assert store.key
    part = path.with_name(f".{path.name}.part")
    try:
        # Beside the store, not beside the backup: a stick would keep traces of the recordings that are tried out.
        with tempfile.TemporaryDirectory(prefix=working(BACKUP), dir=store.folder.parent) as name:
            packed = Path(name) / DATABASE
            label, facts = _pack(store, packed)
            _compose(part, label, packed)
            packed.unlink()
            with restored(part, Path(name) / "data", None, store.key) as again:
                _same(facts, _facts_of(again))
        must_be_new(path)
        os.replace(part, path)
    except OSError as error:
        raise StoreError(
            f"{error.filename or path} can't be written ({error.strerror}), so there is no backup: make room, or name "
            "another place."
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    rows = facts["rows"]
    note(store, "backup", by, "", f"{unit_words.entries(rows['entry'])} of {unit_words.people(rows['person'])}")
    return Made(rows["person"], rows["entry"], facts["files"], path.stat().st_size, tuple(facts["missing"]))


def must_be_new(path: Path) -> None:
    """Raises StoreError where a file is in the way, or no folder is there."""
    if path.exists():
        raise StoreError(f"{path} is there already, and no backup is overwritten: name another file.")
    if not path.parent.is_dir():
        raise StoreError(f"There is no folder {path.parent}: make it, or name another file.")


def read_head(path: Path) -> tuple[Label, int, str]:
    """Label of the store, and size and SHA-256 of what follows the first line. Raises StoreError."""
    try:
        with path.open("rb") as file:
            line = file.readline(4096)
        told = json.loads(line.removeprefix(MAGIC))
        if not line.startswith(MAGIC):
            raise ValueError
        if told["format"] > FORMAT:
            raise StoreError(f"{path} is a backup by a later Surefoot: upgrade Surefoot.")
        return label_of(told), int(told["size_bytes"]), str(told["sha256"])
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}): check the path.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StoreError(f"{path} isn't a backup of a store: name a file that `surefoot store backup` wrote.") from None


@contextmanager
def unpacked(path: Path, folder: Path, key: Key) -> Iterator[Engine]:
    """The database within a backup, copied into a folder and found whole. Raises StoreError."""
    from .database import encrypted
    from .place import LABEL

    label, size_bytes, sha256 = read_head(path)
    if key.proof(label.id) != label.proof:
        raise StoreError(
            f"This isn't the key of {path}: give the passphrase or recovery key of the store that it is of."
        )
    inner, digest, left = folder / f"{LABEL}.unpacked", hashlib.sha256(), 0
    try:
        with path.open("rb") as file, inner.open("xb") as out:
            file.readline()
            while chunk := file.read(PIECE_BYTES):
                digest.update(chunk)
                left += len(chunk)
                out.write(chunk)
        if left != size_bytes or digest.hexdigest() != sha256:
            what = f"ends after {left} of {size_bytes} bytes" if left < size_bytes else "was changed after it was made"
            raise StoreError(f"{path} {what}, so it can't be restored: take another backup.")
        engine = encrypted(inner, key)
        try:
            yield engine
        finally:
            engine.dispose()
    finally:
        with suppress(OSError):
            inner.unlink(missing_ok=True)


def digest(connection: Connection, table: Any) -> tuple[int, str]:
    """How many rows a table has, and a hash of them all."""
    from sqlalchemy import select

    count, found = 0, hashlib.sha256()
    for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
        found.update(json.dumps(list(row), default=str).encode() + b"\n")
        count += 1
    return count, found.hexdigest()


def facts_in(connection: Connection) -> dict[str, Any]:
    """Rows and hashes of all tables."""
    from . import tables

    found = {table.name: digest(connection, table) for table in tables.metadata.sorted_tables}
    return {
        "rows": {name: one[0] for name, one in found.items()},
        "hashes": {name: one[1] for name, one in found.items()},
    }


def copied(source: Connection, target: Connection) -> None:
    """All rows of the store's tables into empty ones."""
    from sqlalchemy import insert, select

    from . import tables

    for table in tables.metadata.sorted_tables:
        # An entry comes after the ones that it replaces.
        rows = source.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        while some := rows.fetchmany(ROWS):
            target.execute(insert(table), [dict(row) for row in some])


def _pack(store: Store, path: Path) -> tuple[Label, dict[str, Any]]:
    from sqlalchemy import insert, select

    from ... import __version__
    from . import tables
    from .database import encrypted, reading
    from .migrating import migrate
    from .place import read_label
    from .trouble import in_words

    assert store.key
    engine = encrypted(path, store.key)
    try:
        # What goes wrong while reading has been put into words within.
        with in_words("The backup"), engine.execution_options(writes=True).begin() as target, reading(store) as source:
            migrate(target)
            tables.packed.create_all(target)
            copied(source, target)
            facts = facts_in(source) | {"files": 0, "missing": [], "software": __version__}
            for sha256 in sorted(set(source.scalars(select(tables.kept_file.c.sha256)))):
                _pack_file(store, target, sha256, facts)
            rows = [{"name": name, "value": json.dumps(value)} for name, value in facts.items()]
            target.execute(insert(tables.manifest), rows)
    finally:
        engine.dispose()
    return read_label(store.folder), facts


def _pack_file(store: Store, target: Connection, sha256: str, facts: dict[str, Any]) -> None:
    from sqlalchemy import delete, insert

    from .files import checked_blocks, find
    from .tables import piece

    path = find(store.folder, sha256)
    try:
        suffix = path.suffix.encode() if path else b""
        for place, one in enumerate(chain((suffix,), checked_blocks(store.folder, sha256))):
            target.execute(insert(piece).values(sha256=sha256, place=place, bytes=one))
    except StoreError as error:
        target.execute(delete(piece).where(piece.c.sha256 == sha256))
        facts["missing"].append(str(error))
        return
    facts["files"] += 1


def _compose(path: Path, label: Label, inner: Path) -> None:
    with inner.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        told = {"format": FORMAT, **plain(label), "size_bytes": inner.stat().st_size, "sha256": sha256}
        with path.open("wb") as out:
            out.write(MAGIC + json.dumps(told).encode() + b"\n")
            shutil.copyfileobj(file, out, PIECE_BYTES)
            out.flush()
            os.fsync(out.fileno())


def _facts_of(store: Store) -> dict[str, Any]:
    from .database import reading

    with reading(store) as connection:
        return facts_in(connection)


def _same(facts: dict[str, Any], again: dict[str, Any]) -> None:
    for name, one in facts["hashes"].items():
        if again["hashes"][name] != one:
            raise StoreError(
                f"The backup, restored for a test, has other rows in '{name}' than the store, so it was thrown away: "
                "`surefoot store check` looks the store through."
            )
