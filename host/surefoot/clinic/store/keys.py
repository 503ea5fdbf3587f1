# SPDX-License-Identifier: MIT
"""The store's key: 32 random bytes in the keyring of the operating system, or derived from a passphrase.

It is never on a command line, in a log or in the repr of a value.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .place import Label
from .values import StoreError

SERVICE = "surefoot"
VARIABLE, NEW = "SUREFOOT_PASSPHRASE_FILE", "SUREFOOT_NEW_PASSPHRASE_FILE"
KEY_BYTES, SALT_BYTES = 32, 16
ROUNDS = 256_000  # PBKDF2 with SHA-512: SQLCipher 4's own, so that its other tools open the file by the passphrase
LEAST = 12  # characters of a new passphrase (D)
KEYRING, PASSPHRASE = "keyring", "passphrase"


@dataclass(frozen=True)
class Key:
    """What opens a store and its backups: `raw`, or a `passphrase` from which each file's own salt makes the key."""

    raw: bytes | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        return KEYRING if self.raw is not None else PASSPHRASE

    def pragma(self, path: Path) -> str:
        """The key of the file at `path` as SQLCipher takes it, with the salt of that file or a new one."""
        if self.raw is not None:
            return f"x'{self.raw.hex()}'"
        with_salt = salt_of(path) or secrets.token_bytes(SALT_BYTES)
        return f"x'{_derived(self.passphrase or '', with_salt).hex()}{with_salt.hex()}'"

    def proof(self, store_id: str) -> str:
        """Tells whether a key is a store's, without being of use to find it."""
        return hmac.new(self.base(store_id), b"surefoot store " + store_id.encode(), hashlib.sha256).hexdigest()[:16]

    def secret(self, purpose: str, store_id: str) -> bytes:
        """64 bytes for one purpose, the same on every station of a store, and of no use to find the key."""
        told = f"surefoot secret {purpose} {store_id}".encode()
        return hmac.new(self.base(store_id), told, hashlib.sha512).digest()

    def base(self, store_id: str) -> bytes:
        """32 bytes that all of its secrets and its proof are made of."""
        return self.raw if self.raw is not None else _derived(self.passphrase or "", store_id.encode())


def salt_of(path: Path) -> bytes | None:
    """The salt at the beginning of an encrypted file; None of one that isn't there yet."""
    try:
        with path.open("rb") as file:
            return file.read(SALT_BYTES) or None
    except FileNotFoundError:
        return None


_known: dict[tuple[bytes, bytes], bytes] = {}


def _derived(passphrase: str, salt: bytes) -> bytes:
    told = hashlib.sha256(passphrase.encode()).digest(), salt
    if told not in _known:  # a quarter of a second, and again for each connection
        _known[told] = hashlib.pbkdf2_hmac("sha512", passphrase.encode(), salt, ROUNDS, KEY_BYTES)
    return _known[told]


def new_key() -> Key:
    return Key(raw=secrets.token_bytes(KEY_BYTES))


def new_in_keyring(store_id: str) -> Key:
    """A new key, kept in the keyring. Raises StoreError where there is none."""
    key = new_key()
    put_in_keyring(store_id, key)
    return key


def put_in_keyring(store_id: str, key: Key, *, beside: bool = False) -> None:
    """As the store's key; `beside`: under its proof, where the one before or the next is kept. Raises StoreError where
    there is no keyring, or it doesn't give back what it was given."""
    text, name = (key.raw or b"").hex(), _beside(store_id, key.proof(store_id)) if beside else store_id
    try:
        import keyring

        keyring.set_password(SERVICE, name, text)
        if keyring.get_password(SERVICE, name) == text:
            return
    except Exception:  # what the keyrings of all systems raise is listed nowhere
        pass
    raise StoreError(
        "This computer has no keyring to keep the store's key in: `surefoot store make --passphrase` makes one that a "
        f"passphrase opens, which is asked for, or read from the file that {VARIABLE} names; to change the key of one, "
        "`surefoot store rekey --passphrase`."
    )


def from_keyring(store_id: str, proof: str = "") -> Key | None:
    """The key of this proof in the keyring, else the store's; None where there is none, or no keyring at all."""
    try:
        import keyring

        texts = [keyring.get_password(SERVICE, name) for name in (store_id, _beside(store_id, proof))]
        found = [Key(raw=bytes.fromhex(text)) for text in texts if text]
    except Exception:
        return None
    return next((key for key in found if key.proof(store_id) == proof), found[0] if found else None)


def own_in_keyring(label: Label) -> Key | None:
    """The very key of this label, where it is in the keyring."""
    found = from_keyring(label.id, label.proof)
    return found if found and found.proof(label.id) == label.proof else None


def _beside(store_id: str, proof: str) -> str:
    return f"{store_id} {proof}"


_typed: dict[str, Key] = {}


def remember(label: Label, key: Key) -> None:
    """A passphrase that was typed and has opened its store isn't asked for again while this command runs."""
    if key.passphrase is not None and not os.environ.get(VARIABLE):
        _typed[label.id] = key


def find(label: Label) -> Key:
    """The key of a store: from the keyring, or its passphrase. Raises StoreError."""
    if label.key == PASSPHRASE:
        if label.id in _typed and not os.environ.get(VARIABLE):
            return _typed[label.id]
        return Key(passphrase=passphrase("Passphrase of the store: "))
    if found := from_keyring(label.id, label.proof):
        return found
    raise StoreError(
        f"The key of store {label.id} is not in this computer's keyring: `surefoot store key --put` asks for the "
        "recovery key, which `surefoot store key` shows where the store was made, and puts it there."
    )


def passphrase(prompt: str, what: str = "passphrase", variable: str = VARIABLE) -> str:
    """From the file that the variable names, else asked at the terminal. Raises StoreError."""
    if named := os.environ.get(variable):
        try:
            found = Path(named).read_text("utf-8-sig").rstrip("\r\n")  # some editors begin a file with a mark
        except (OSError, UnicodeError):
            raise StoreError(f"The file that {variable} names can't be read: correct it.") from None
        if not found:
            raise StoreError(f"The file that {variable} names is empty: write the {what} into it.")
        return found
    if sys.stdin is None or not sys.stdin.isatty():
        raise StoreError(
            f"The store wants its {what}, and there is no terminal to ask at: name a file with it by {variable}."
        )
    import getpass

    try:
        found = getpass.getpass(prompt)
        found.encode()
        return found
    except EOFError:
        raise StoreError(f"No {what} was given: try again.") from None
    except UnicodeError:
        raise StoreError(f"The {what} has a character that this terminal can't send: type it again.") from None


def new_passphrase(variable: str = VARIABLE) -> str:
    """A new one, asked twice where it is typed. Raises StoreError for one that is too short."""
    what = "new passphrase"
    found = passphrase("A new passphrase: ", what, variable)
    if len(found) < LEAST:
        raise StoreError(f"The passphrase has {len(found)} characters: take {LEAST} or more, such as five words.")
    if not os.environ.get(variable) and passphrase("The same again: ", what, variable) != found:
        raise StoreError("The two passphrases differ: try again.")
    return found


def recovery(key: Key) -> str:
    """The key as it is printed: groups of four with a check at the end. Raises StoreError for a passphrase."""
    if key.raw is None:
        raise StoreError("This store has no recovery key: its passphrase opens it, and its backups, on any computer.")
    text = key.raw.hex() + hashlib.sha256(key.raw).hexdigest()[:4]
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def typed_recovery() -> Key:
    """A recovery key that is typed in, or in the file that SUREFOOT_PASSPHRASE_FILE names. Raises StoreError."""
    return of_recovery(passphrase("Recovery key: ", "recovery key"))


def of_recovery(text: str) -> Key:
    """Raises StoreError where it was mistyped."""
    plain = "".join(c for c in text.lower() if c.isalnum())
    try:
        raw = bytes.fromhex(plain[:-4])
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES or plain[-4:] != hashlib.sha256(raw).hexdigest()[:4]:
        raise StoreError("That is no recovery key, or it was mistyped: it has 17 groups of four of 0-9 and a-f.")
    return Key(raw=raw)


def for_backup(label: Label) -> Key:
    """The key of a backup: from the keyring, else the recovery key or passphrase is asked for. Raises StoreError."""
    if label.key == PASSPHRASE:
        return Key(passphrase=passphrase("Passphrase of the store that this backup is of: "))
    return own_in_keyring(label) or typed_recovery()
