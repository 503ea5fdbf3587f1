# SPDX-License-Identifier: MIT
"""A store's key is changed: at every moment the old one or the new one opens it, and what was broken off is told.

The new key is kept first, then the label names both, then SQLCipher writes every page anew in one transaction, then all
is read and compared with it, and only then the label and the keyring have the new one. No other station gets at the
database meanwhile. The old key stays, sealed by the new one: files that patients' pages save for it open still.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import keys
from .keys import Key
from .opening import opens, words_for
from .place import DATABASE, Label, folder_in, read_label, write_label
from .trouble import REKEY, in_words, sentence
from .values import Store, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine

PURPOSE, NONCE_BYTES = "older keys", 12


def rekey(data: Path, old: Key, new: Key) -> Label:
    """Change the key of the encrypted file in `<data>/clinic/`; the new label. Raises StoreError, which says which key
    opens it."""
    folder = folder_in(data)
    where = words_for(folder, None)
    if old == new:
        raise StoreError(f"The new key of {_lower(where)} is the old one, so nothing was changed: take another.")
    try:
        return _changed(folder, where, old, new)
    except StoreError as error:
        if read_label(folder).next is None:
            raise
        said: list[str] = []
        settled(folder, where, (old, new), said.append)
        raise StoreError(" ".join((str(error), *said))) from None


def _changed(folder: Path, where: str, old: Key, new: Key) -> Label:
    label = read_label(folder)
    with _alone(folder, old, where) as engine:
        before = _facts(engine)
        if new.kind == keys.KEYRING:
            keys.put_in_keyring(label.id, new, beside=True)
        coming = Label(label.id, new.kind, new.proof(label.id), _sealed(label, old, new))
        _write(folder, replace(label, next=coming), where)
        if _said(engine, f'PRAGMA rekey = "{new.pragma(folder / DATABASE)}"') != [("ok",)]:
            raise StoreError(sentence(REKEY, where))
        _said(engine, "PRAGMA shrink_memory")  # what is read from now on comes from the disk
        if _said(engine, "PRAGMA cipher_integrity_check") or _facts(engine) != before:
            raise StoreError(
                f"{where} is not with the new key what it was before: `surefoot store restore` the newest backup into "
                "a new data folder, and report this."
            )
        _write(folder, coming, where)
    return coming


def settle_keyring(label: Label, old: Key, new: Key) -> None:
    """After the store was opened with its new key: that is the one of this computer, and the old one lies beside it,
    for older backups. Raises StoreError."""
    if old.kind == keys.KEYRING:
        keys.put_in_keyring(label.id, old, beside=True)
    if new.kind == keys.KEYRING:
        keys.put_in_keyring(label.id, new)


def settled(
    folder: Path, where: str, candidates: Iterable[Key] | None, say: Callable[[str], None]
) -> tuple[Label, Key]:
    """The label and key of a store whose change of key was broken off: whichever of these opens it, or of those in the
    keyring or typed, is its key, which is said. Raises StoreError where none does, or the change is going on."""
    label = read_label(folder)
    for one in _candidates(label) if candidates is None else candidates:
        if opens(folder / DATABASE, one, where):
            break
    else:
        raise StoreError(
            f"A change of the key of {_lower(where)} was broken off, and what was given is neither its old nor its new "
            "key: give the other passphrase, or put its recovery key into the keyring (`surefoot store key --put`)."
        )
    with _alone(folder, one, where):  # nobody is changing it now
        label = read_label(folder)
        if label.next is not None:
            new = one.proof(label.id) == label.next.proof
            label = label.next if new else replace(label, next=None)
            _write(folder, label, where)
            say(
                f"A change of the key of {_lower(where)} was broken off: the "
                + ("new key opens it." if new else "old key opens it, and `surefoot store rekey` changes it.")
            )
    return label, one


def with_older(store: Store) -> Iterator[Store]:
    """The store as it is, then with each of its older keys, newest first: for what was sealed for one of those."""
    yield store
    assert store.key
    label = read_label(store.folder)
    for one in _unsealed(label, store.key):
        yield replace(store, key=Key(raw=one))


def _candidates(label: Label) -> Iterator[Key]:
    """What is in the keyring, and only then a passphrase, which is asked for."""
    both = [one for one in (label, label.next) if one]
    for one in both:
        if one.key == keys.KEYRING and (found := keys.own_in_keyring(one)):
            yield found
    if any(one.key == keys.PASSPHRASE for one in both):
        yield Key(passphrase=keys.passphrase("Passphrase of the store, the old one or the new: "))


@contextmanager
def _alone(folder: Path, key: Key, where: str) -> Iterator[Engine]:
    """The encrypted file, which no other station reads or writes meanwhile. Raises StoreError."""
    from .database import encrypted

    engine = encrypted(folder / DATABASE, key)
    try:
        with in_words(where):
            _said(engine, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT")
            yield engine
    finally:
        engine.dispose()


def _said(engine: Engine, *words: str) -> list[Any]:
    """What the database answers last, outside of SQLAlchemy's transactions; by the one connection of the engine."""
    from sqlalchemy.exc import DBAPIError

    connection = engine.raw_connection()
    try:
        return [connection.driver_connection.execute(one).fetchall() for one in words][-1]  # pyright: ignore
    except engine.dialect.dbapi.Error as error:  # pyright: ignore
        raise DBAPIError(None, None, error) from None
    finally:
        connection.close()


def _facts(engine: Engine) -> dict[str, Any]:
    from .backup import facts_in

    with engine.connect() as connection, connection.begin():
        return facts_in(connection)


def _sealed(label: Label, old: Key, new: Key) -> tuple[str, ...]:
    """The old key and those before it, each sealed by the new one, newest first."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    by = AESGCM(new.secret(PURPOSE, label.id)[:32])
    found = []
    for one in (old.base(label.id), *_unsealed(label, old)):
        nonce = secrets.token_bytes(NONCE_BYTES)
        found.append((nonce + by.encrypt(nonce, one, label.id.encode())).hex())
    return tuple(found)


def _unsealed(label: Label, key: Key) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    by = AESGCM(key.secret(PURPOSE, label.id)[:32])
    for text in label.older:
        try:
            sealed = bytes.fromhex(text)
            yield by.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.id.encode())
        except (InvalidTag, ValueError):
            continue  # it opens nothing any more, and what is sealed for it will say so


def _write(folder: Path, label: Label, where: str) -> None:
    try:
        write_label(folder, label)
    except OSError as error:
        raise StoreError(
            f"The label of {_lower(where)} can't be written ({error.strerror}): make room on that disk, then repeat."
        ) from None


def _lower(where: str) -> str:
    return where[:1].lower() + where[1:]
