# SPDX-License-Identifier: MIT
"""Where a store lies: `<data folder>/clinic/`, with its label, its database (or none: a server's) and recordings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .values import StoreError

FOLDER, DATABASE, LABEL, RECORDINGS = "clinic", "clinic.db", "store.json", "recordings"
FORMAT, KIND = 1, "surefoot-store"
PLAIN = b"SQLite format 3\0"


@dataclass(frozen=True)
class Label:
    """What lies beside a store in clear: its id, where its key is (keys.KEYRING or PASSPHRASE), what tells whether a
    key is the right one, its `older` keys, sealed by this one, and while it is being changed, what it is to be `next`.
    """

    id: str
    key: str
    proof: str
    older: tuple[str, ...] = ()
    next: Label | None = None


def folder_in(data: Path) -> Path:
    return data / FOLDER


def plain(label: Label) -> dict[str, Any]:
    """As it is written: what is empty is left out."""
    told: dict[str, Any] = {"id": label.id, "key": label.key, "proof": label.proof}
    told |= {"older": list(label.older)} if label.older else {}
    return told | ({"next": plain(label.next)} if label.next else {})


def label_of(told: Mapping[str, Any]) -> Label:
    """What `plain` made. Raises KeyError, TypeError."""
    older = tuple(str(one) for one in told.get("older", ()))
    coming = label_of(told["next"]) if told.get("next") else None
    return Label(str(told["id"]), str(told["key"]), str(told["proof"]), older, coming)


def write_label(folder: Path, label: Label) -> None:
    """The old one or the new one is there at every moment. Raises OSError."""
    text = json.dumps({"format": FORMAT, "kind": KIND, **plain(label)}, indent=1) + "\n"
    part = folder / f".{LABEL}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / LABEL)


def read_label(folder: Path) -> Label:
    """Raises StoreError where there is no store, or none that this version reads."""
    path = folder / LABEL
    try:
        told = json.loads(path.read_text("utf-8"))
        if told["kind"] != KIND:
            raise ValueError
        if told["format"] > FORMAT:
            raise StoreError(f"{path} is of a later Surefoot: upgrade Surefoot.")
        return label_of(told)
    except FileNotFoundError:
        if (folder / DATABASE).exists():
            raise StoreError(
                f"{path} is missing, which says where the store's key is: put it back from a copy of that folder, or "
                "`surefoot store restore` a backup into a new one."
            ) from None
        raise StoreError(
            f"There is no store in {folder}: `surefoot store make` makes one, or name its data folder with --data."
        ) from None
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}): give yourself the right to read it.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StoreError(f"{path} isn't the label of a store: put it back from a copy of that folder.") from None


def must_be_encrypted(path: Path) -> None:
    """Raises StoreError for a file that is missing, empty or a database in clear."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(PLAIN))
    except FileNotFoundError:
        raise StoreError(
            f"{path} is missing, though its label is here: put it back, or `surefoot store restore` a backup into a "
            "new data folder."
        ) from None
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}): give yourself the right to read it.") from None
    if begins == PLAIN:
        raise StoreError(
            f"{path} is a plain SQLite file, which anybody can read; a store is encrypted: put the store's own file "
            "back, or `surefoot store restore` a backup into a new data folder."
        )
    if len(begins) < len(PLAIN):
        raise StoreError(f"{path} is empty: `surefoot store restore` the newest backup into a new data folder.")
