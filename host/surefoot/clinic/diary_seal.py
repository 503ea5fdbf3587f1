# SPDX-License-Identifier: MIT
"""The file that a person's own page saves: sealed so that the clinic's store alone opens it.

ECDH on P-256 with a key of the file's own, HKDF-SHA-256, AES-256-GCM; the head in clear is bound to what is sealed. The
clinic's private key is derived from the store's key, so it lies nowhere, and every station and a restored backup have
it. Sealing hides what was told; it doesn't tell who typed it. `mark` tells that a page was made here and is unchanged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .store.values import Store, StoreError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

KIND, FORMAT = "surefoot-diary", 1
PURPOSE = "diary"
INFO = b"surefoot diary 1"
HEAD = ("kind", "format", "clinic", "person", "first")
BEGINS = f'{{"kind":"{KIND}"'.encode()  # as the page writes it
POINT_BYTES, NONCE_BYTES, MOST_BYTES = 65, 12, 200_000
# The order of P-256 (FIPS 186-5, SP 800-186).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Opened:
    """What was in a file: the head's person and first day, the page as it was handed out, and what was typed."""

    person: str
    first: str
    page: dict[str, Any]
    typed: dict[str, Any]
    sha256: str


def clinic_point(store: Store) -> bytes:
    """The clinic's public key, as an uncompressed point. Raises StoreError."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _private(store).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def clinic_name(point: bytes) -> str:
    """What tells one clinic's pages from another's."""
    return hashlib.sha256(point).hexdigest()[:16]


def mark(store: Store, page: str) -> str:
    """Of the text that a page carries, which nobody without the store's key makes. Raises StoreError."""
    return hmac.new(_secret(store)[32:], page.encode(), hashlib.sha256).hexdigest()


def open_file(store: Store, content: bytes, name: str) -> Opened:
    """Raises StoreError, saying what is wrong with the file."""
    from .store.rekeying import with_older

    head = _head(content, name)
    # A page that was handed out before the store's key was changed is still one of this clinic's.
    found = next((one for one in with_older(store) if head["clinic"] == clinic_name(clinic_point(one))), None)
    if found is None:
        raise StoreError(
            f"{name} was saved from a page of another clinic, or of another store: only that one opens it."
        )
    try:
        told = json.loads(_unsealed(found, head))
        page, given = told["page"], told["mark"]
        typed = {"days": list(told["days"])}
        known = json.loads(page)
        same = (known["person"], known["first"]) == (head["person"], head["first"])
    except (ValueError, KeyError, TypeError):
        raise StoreError(f"{name} was changed after it was saved, or is cut short: ask for it once more.") from None
    if not hmac.compare_digest(str(given).encode(), mark(found, page).encode()):
        raise StoreError(
            f"{name} was saved from a page that was changed after it was made here: make a new one (`surefoot diary"
            " page`), and ask for the week again."
        )
    if not same:
        raise StoreError(
            f"{name} says that it is of {head['person']}, and its page is of {known['person']}: not taken."
        )
    return Opened(head["person"], head["first"], known, typed, hashlib.sha256(content).hexdigest())


def aad(head: dict[str, Any]) -> bytes:
    """What of the head is bound to what is sealed."""
    return "|".join(str(head[name]) for name in HEAD).encode()


def _head(content: bytes, name: str) -> dict[str, Any]:
    try:
        if len(content) > MOST_BYTES:
            raise ValueError
        head = json.loads(content)
        texts = all(isinstance(head[one], str) for one in (*HEAD, "point", "nonce", "sealed") if one != "format")
        if head["kind"] != KIND or not texts or type(head["format"]) is not int or head["format"] < 1:
            raise ValueError
    except (ValueError, KeyError, TypeError, UnicodeError):
        if content.startswith(BEGINS) and not content.rstrip().endswith(b"}"):
            raise StoreError(f"{name} is cut short: copy it once more, or ask for it.") from None
        raise StoreError(f"{name} isn't a diary that a page saved: take the file surefoot-....diary.") from None
    if head["format"] > FORMAT:
        raise StoreError(f"{name} is of a later Surefoot: upgrade Surefoot.")
    return head


def _unsealed(store: Store, head: dict[str, Any]) -> bytes:
    """Raises ValueError for anything but what was sealed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    try:
        point, nonce, sealed = (b64decode(head[one], validate=True) for one in ("point", "nonce", "sealed"))
        if len(nonce) != NONCE_BYTES:
            raise ValueError
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        shared = _private(store).exchange(ec.ECDH(), other)
        key = HKDF(SHA256(), 32, salt=point, info=INFO).derive(shared)
        return AESGCM(key).decrypt(nonce, sealed, aad(head))
    except (InvalidTag, Base64Error):
        raise ValueError("not what was sealed") from None


def _private(store: Store) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    # 48 bytes modulo a number of 32: no bias that anybody could see (FIPS 186-5, A.2.1).
    number = int.from_bytes(hashlib.sha512(_secret(store)[:32]).digest()[:48], "big") % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _secret(store: Store) -> bytes:
    from sqlalchemy import select

    from .store import tables
    from .store.database import reading

    if store.key is None:
        raise StoreError("This store was opened without its key, so no diary page can be made or read: open it anew.")
    with reading(store) as connection:
        store_id = connection.scalar(select(tables.store.c.id))
    return store.key.secret(PURPOSE, str(store_id))


def encoded(content: bytes) -> str:
    """For a page."""
    return b64encode(content).decode()
