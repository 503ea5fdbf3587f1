# SPDX-License-Identifier: MIT
"""Folders that backups, restores and scoring work in. What a killed one leaves may hold people who are deleted."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from .place import FOLDER
from .values import StoreError

BACKUP, RESTORE, MAKE, SCORE = ".backup-", ".restore-", f".{FOLDER}-", ".score-"
FRESH_S = 3600  # so long nothing in a folder may be written to before it counts as left


def working(kind: str) -> str:
    """How the name of such a folder begins: with the process that it is of."""
    return f"{kind}{os.getpid()}-"


def leftovers(data: Path) -> tuple[Path, ...]:
    """Those in a data folder that no running process is at, and none was for an hour."""
    found = sorted(path for kind in (BACKUP, RESTORE, MAKE) for path in data.glob(f"{kind}*"))
    found += sorted((data / FOLDER).glob(f"{SCORE}*"))
    return tuple(path for path in found if path.is_dir() and not path.is_symlink() and _left(path))


def remove(path: Path) -> None:
    """Raises StoreError."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise StoreError(f"{path} can't be deleted ({error.strerror}): delete it by hand.") from None


def _left(path: Path) -> bool:
    return time.time() - _touched(path) > FRESH_S and not _runs(path)


def _touched(path: Path) -> float:
    """When anything in it was written last; now, where it is just being changed."""
    try:
        return max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
    except OSError:
        return time.time()


def _runs(path: Path) -> bool:
    """Whether its process is there, where the name tells it; Windows itself keeps what is open from being deleted."""
    number = path.name.split("-")[1]
    if os.name == "nt" or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
