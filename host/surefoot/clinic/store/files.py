# SPDX-License-Identifier: MIT
"""Recordings beside the database, each under its SHA-256: written once, read-only, checked whenever read."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from .place import RECORDINGS
from .values import KeptFile, Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

READ_ONLY = 0o444
BLOCK = 1 << 20


def put_file(folder: Path, content: bytes, suffix: str) -> str:
    """Keep bytes in a store's folder; their SHA-256. The same bytes twice are one file; nothing is overwritten.
    Raises StoreError, with nothing half-written."""
    return put_blocks(folder, hashlib.sha256(content).hexdigest(), suffix, lambda: (content,))


def put_path(folder: Path, source: Path) -> tuple[str, int]:
    """Keep a file of any size, block by block, as `put_file` does; its SHA-256 and bytes. Raises StoreError."""
    sha256, size_bytes = hash_of(source)
    return put_blocks(folder, sha256, source.suffix, lambda: blocks_of(source)), size_bytes


def hash_of(path: Path) -> tuple[str, int]:
    """SHA-256 and bytes of a file of any size. Raises StoreError."""
    digest, size_bytes = hashlib.sha256(), 0
    for block in blocks_of(path):
        digest.update(block)
        size_bytes += len(block)
    return digest.hexdigest(), size_bytes


def put_blocks(folder: Path, sha256: str, suffix: str, blocks: Callable[[], Iterable[bytes]]) -> str:
    """`put_file` of blocks whose SHA-256 is known already. Raises StoreError where they have another."""
    if known := find(folder, sha256):
        _must_be(known, sha256)
        return sha256
    path = folder / RECORDINGS / sha256[:2] / f"{sha256}{suffix.lower()}"
    part = path.with_name(f".{secrets.token_hex(4)}.part")
    digest = hashlib.sha256()
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # whoever may write beside it may write into it
                path.parent.chmod(stat.S_IMODE(path.parent.parent.stat().st_mode))
        with part.open("xb") as file:
            for block in blocks():
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise StoreError(
                f"The file {sha256} is not what its hash says, as one that is still being written: nothing was kept, "
                "so repeat once it is complete."
            )
        part.chmod(READ_ONLY)
        os.replace(part, path)
        _settle(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path} can't be written ({error.strerror}), so nothing was kept: make room on that disk, then repeat."
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return sha256


def blocks_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, a MiB at a time. Raises StoreError."""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}): give yourself the right to read it.") from None


def _must_be(path: Path, sha256: str) -> None:
    """Raises StoreError where a kept file's bytes aren't what they were."""
    if hash_of(path)[0] != sha256:
        raise _changed(path)


def _changed(path: Path) -> StoreError:
    return StoreError(f"{path} was changed after it was kept: put it back from a copy, or restore a backup.")


def find(folder: Path, sha256: str) -> Path | None:
    """Where the bytes of this hash lie."""
    return next((folder / RECORDINGS / sha256[:2]).glob(f"{sha256}.*"), None)


def path_of(store: Store, sha256: str) -> Path:
    """A kept file, its bytes compared with the hash. Raises StoreError where it is missing or isn't what it was."""
    path = _there(store.folder, sha256)
    _must_be(path, sha256)
    return path


def checked_blocks(folder: Path, sha256: str) -> Iterator[bytes]:
    """The bytes of this hash, a block at a time. Raises StoreError where they are missing; at the end, where they
    aren't what they were: what was written of them counts only then."""
    path, digest = _there(folder, sha256), hashlib.sha256()
    for block in blocks_of(path):
        digest.update(block)
        yield block
    if digest.hexdigest() != sha256:
        raise _changed(path)


def read_file(folder: Path, sha256: str) -> bytes:
    """All bytes of this hash, for what is small. Raises StoreError as `checked_blocks`."""
    return b"".join(checked_blocks(folder, sha256))


def _there(folder: Path, sha256: str) -> Path:
    path = find(folder, sha256)
    if path is None:
        raise StoreError(
            f"The recording {sha256} is missing in {folder / RECORDINGS}: put it back from a copy, or restore a backup."
        )
    return path


def row_in(connection: Connection, store: Store, person: str, name: str, sha256: str, size_bytes: int) -> None:
    """Note whose a file is, within a transaction that writes; once."""
    from sqlalchemy import insert, select

    from .tables import kept_file

    known = select(kept_file.c.sha256).where(kept_file.c.sha256 == sha256, kept_file.c.code == person)
    if connection.execute(known).first() is None:
        row = {"sha256": sha256, "code": person, "name": name, "size_bytes": size_bytes, "kept_utc": store.now_utc()}
        connection.execute(insert(kept_file).values(**row))


def kept_files(store: Store, person: str | None = None) -> tuple[KeptFile, ...]:
    """The files of a person, or all, in order of their keeping. Raises StoreError."""
    from sqlalchemy import select

    from .database import reading
    from .tables import kept_file

    wanted = select(kept_file).order_by(kept_file.c.kept_utc, kept_file.c.name, kept_file.c.sha256)
    if person is not None:
        wanted = wanted.where(kept_file.c.code == person)
    with reading(store) as connection:
        return tuple(
            KeptFile(row.sha256, row.code, row.name, row.size_bytes, row.kept_utc) for row in connection.execute(wanted)
        )


def laid_out(store: Store, files: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Write kept files under their own names into a folder, as they lay in the session's. Raises StoreError."""
    for file in files:
        name = PurePosixPath(file["name"])
        if name.is_absolute() or ".." in name.parts:
            raise StoreError(f"A kept file is named '{name}', which leads out of its folder: it was not written.")
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as out:
                for block in checked_blocks(store.folder, file["sha256"]):
                    out.write(block)
        except OSError as error:
            raise StoreError(f"{path} can't be written ({error.strerror}): make room on that disk.") from None


def named_in(document: Any) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of every file that a document names."""
    if isinstance(document, Mapping):
        if {"name", "sha256"} <= set(document):
            yield str(document["name"]), str(document["sha256"])
        else:
            for value in document.values():
                yield from named_in(value)
    elif isinstance(document, list | tuple):
        for value in document:
            yield from named_in(value)


def remove(folder: Path, sha256: str) -> None:
    """Take a file away for good. Raises StoreError."""
    if path := find(folder, sha256):
        unlink(path)


def unlink(path: Path) -> None:
    """A file that is read-only, or of another station. Raises StoreError."""
    try:
        with suppress(OSError):
            path.chmod(0o600)
        path.unlink()
    except OSError as error:
        raise StoreError(f"{path} can't be deleted ({error.strerror}): delete that file by hand.") from None


def _settle(folder: Path) -> None:
    """The new name is on the disk too, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
