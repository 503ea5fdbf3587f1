# SPDX-License-Identifier: MIT
"""Where a store lies: `<data folder>/clinic/`, with its label, its database (or none: a server's) and recordings."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from .values import StoreError

FOLDER, DATABASE, LABEL, RECORDINGS = "clinic", "clinic.db", "store.json", "recordings"
FORMAT, KIND = 1, "surefoot-store"
PLAIN = b"SQLite format 3\0"


@dataclass(frozen=True)
class Label:
    """What lies beside a store in clear: its id, where its key is (keys.KEYRING or PASSPHRASE), and what tells whether
    a key is the right one."""

    id: str
    key: str
    proof: str


def folder_in(data: Path) -> Path:
    return data / FOLDER


def write_label(folder: Path, label: Label) -> None:
    text = json.dumps({"format": FORMAT, "kind": KIND, **asdict(label)}, indent=1) + "\n"
    (folder / LABEL).write_text(text, "utf-8")


def read_label(folder: Path) -> Label:
    """Raises StoreError where there is no store, or none that this version reads."""
    path = folder / LABEL
    try:
        told = json.loads(path.read_text("utf-8"))
        if told["kind"] != KIND:
            raise ValueError
        if told["format"] > FORMAT:
            raise StoreError(f"{path} is of a later Surefoot: upgrade Surefoot.")
        return Label(str(told["id"]), str(told["key"]), str(told["proof"]))
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
    except (ValueError, KeyError, TypeError):
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
